package store

import (
	"context"
	"database/sql"
	"math"
)

// Events is the audit trail: the table events, a hash chain that only grows. What an event changes in
// other tables (scores, secrets, sessions, links) is written in the event's own transaction.
type Events struct{ db *database }

// EventRow is one event of the chain as it is kept.
type EventRow struct {
	Seq  int64
	Body string
	Hash string

	Beside Beside // of an event that is added; events that are read have nothing here
}

// Beside is what is kept beside the chain because of an event, in the same transaction.
type Beside struct {
	Score  *ScoreRow
	Secret *Secret
	Link   *Link
	Ended  string // a person whose sessions and links end
}

// After returns the events behind one, in order.
func (s Events) After(ctx context.Context, after int64) ([]EventRow, error) {
	return events(ctx, s.db, after)
}

// Before returns the last so many events before one, the newest first; before 0 means
// all.
func (s Events) Before(ctx context.Context, before int64, most int) ([]EventRow, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	rows, err := s.db.QueryContext(ctx, `SELECT seq, body, hash FROM events WHERE seq < ? ORDER BY seq DESC LIMIT ?`, before, most)
	if err != nil {
		return nil, err
	}
	return scanEvents(rows)
}

type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func events(ctx context.Context, db queryer, after int64) ([]EventRow, error) {
	rows, err := db.QueryContext(ctx, `SELECT seq, body, hash FROM events WHERE seq > ? ORDER BY seq`, after)
	if err != nil {
		return nil, err
	}
	return scanEvents(rows)
}

func scanEvents(rows *sql.Rows) ([]EventRow, error) {
	defer rows.Close()
	var out []EventRow
	for rows.Next() {
		var e EventRow
		if err := rows.Scan(&e.Seq, &e.Body, &e.Hash); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

// Append adds events to the chain. make is told, inside the transaction that nobody
// else can write in, which events have come in behind one, and returns those to add.
func (s Events) Append(ctx context.Context, after int64, make func(newer []EventRow) ([]EventRow, error)) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		if s.db.postgres { // on SQLite whoever begins to write is alone already
			if _, err := tx.ExecContext(ctx, `LOCK TABLE events IN EXCLUSIVE MODE`); err != nil {
				return err
			}
		}
		newer, err := events(ctx, tx, after)
		if err != nil {
			return err
		}
		add, err := make(newer)
		if err != nil {
			return err
		}
		for i := range add {
			e := &add[i]
			if _, err := tx.ExecContext(ctx, `INSERT INTO events (seq, body, hash) VALUES (?, ?, ?)`, e.Seq, e.Body, e.Hash); err != nil {
				return err
			}
			if err := e.Beside.keep(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// keep writes what belongs to an event in the event's own transaction.
func (b *Beside) keep(ctx context.Context, tx *sql.Tx) error {
	if b.Score != nil {
		if err := b.Score.keep(ctx, tx); err != nil {
			return err
		}
	}
	if b.Secret != nil {
		if err := b.Secret.keep(ctx, tx); err != nil {
			return err
		}
	}
	if b.Ended != "" {
		if err := endAll(ctx, tx, b.Ended); err != nil {
			return err
		}
	}
	if b.Link == nil {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM links WHERE person = ?`, b.Link.Person); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO links (token, person, expires) VALUES (?, ?, ?)`, b.Link.Token, b.Link.Person, b.Link.Expires.Unix())
	return err
}

// endAll ends the sessions and links of a person.
func endAll(ctx context.Context, tx *sql.Tx, person string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE person = ?`, person); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM links WHERE person = ?`, person)
	return err
}

// Scores is the table panel_scores.
type Scores struct{ db *database }

// ScoreRow is a row of panel_scores. The table follows the audit trail: no list is made of it, but
// reports in SQL read it, and verifying the trail compares the two.
type ScoreRow struct {
	ID                         int64 // 0 of a row that is not kept yet
	Dossier, Criterion, Scorer string
	Points                     *float64 // nil: an earlier score is taken back
	Why, At                    string
	Seq                        int64 // of the event that tells the score; 0 of a row that no event tells
}

// keep adds the row or, where it is kept already, notes which event tells it.
func (r *ScoreRow) keep(ctx context.Context, tx *sql.Tx) error {
	if r.ID > 0 {
		_, err := tx.ExecContext(ctx, `UPDATE panel_scores SET seq = ? WHERE id = ?`, r.Seq, r.ID)
		return err
	}
	var points sql.NullFloat64
	if r.Points != nil {
		points = sql.NullFloat64{Float64: *r.Points, Valid: true}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO panel_scores (dossier, criterion, scorer, points, why, at, seq) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		r.Dossier, r.Criterion, r.Scorer, points, r.Why, r.At, r.Seq)
	return err
}

// All returns every row of panel_scores, in the order in which they came.
func (s Scores) All(ctx context.Context) ([]ScoreRow, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, dossier, criterion, scorer, points, why, at, seq FROM panel_scores ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []ScoreRow
	for rows.Next() {
		var r ScoreRow
		var points sql.NullFloat64
		if err := rows.Scan(&r.ID, &r.Dossier, &r.Criterion, &r.Scorer, &points, &r.Why, &r.At, &r.Seq); err != nil {
			return nil, err
		}
		if points.Valid {
			r.Points = &points.Float64
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// Keep notes which events tell rows of panel_scores, and adds rows that are missing.
func (s Scores) Keep(ctx context.Context, rows []ScoreRow) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		for i := range rows {
			if err := rows[i].keep(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// Replace writes panel_scores as the audit trail says.
func (s Scores) Replace(ctx context.Context, rows []ScoreRow) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM panel_scores`); err != nil {
			return err
		}
		for i := range rows {
			rows[i].ID = 0
			if err := rows[i].keep(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// RenameScorer writes a person's id in the place of the name under which scores were kept.
func (s Scores) RenameScorer(ctx context.Context, seqs []int64, to string) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		for _, seq := range seqs {
			if _, err := tx.ExecContext(ctx, `UPDATE panel_scores SET scorer = ? WHERE seq = ?`, to, seq); err != nil {
				return err
			}
		}
		return nil
	})
}
