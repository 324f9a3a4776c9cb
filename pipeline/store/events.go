package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"strings"
)

// Events is the audit trail: the table events, a hash chain to which rows are only added. What an event
// changes in other tables (scores, secrets, sessions, links) is written in the event's own transaction.
// Package review computes the hashes and checks them.
type Events struct{ db *database }

// EventRow is one event as it is stored.
type EventRow struct {
	Seq  int64  // from 1, without gaps
	Body string // JSON
	Hash string // of the body and the hash of the event before it

	SideEffects SideEffects // side effects of an event that is added; not set in events that are read
}

// SideEffects is what an event changes in other tables, in the same transaction.
type SideEffects struct {
	Score  *ScoreRow
	Secret *Secret
	Link   *Link
	Texts  []RuleText
	Box    *BallotBox
	Ended  string // id of a person whose sessions and links end
	Beside []Beside
}

// After returns the events after a sequence number, in order.
func (s Events) After(ctx context.Context, after int64) ([]EventRow, error) {
	return events(ctx, s.db, after)
}

// Before returns at most n events before a sequence number, the newest first; before 0 means from the end.
func (s Events) Before(ctx context.Context, before int64, n int) ([]EventRow, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	const query = `SELECT seq, body, hash FROM events WHERE seq < ? ORDER BY seq DESC LIMIT ?`
	rows, err := s.db.QueryContext(ctx, query, before, n)
	if err != nil {
		return nil, err
	}
	return scanEvents(rows)
}

// Some returns the events with some sequence numbers, the newest first.
func (s Events) Some(ctx context.Context, seqs []int64) ([]EventRow, error) {
	var out []EventRow
	for part := range slices.Chunk(seqs, maxNumbers) {
		args := make([]any, len(part))
		for i, seq := range part {
			args[i] = seq
		}
		query := `SELECT seq, body, hash FROM events WHERE seq IN (?` + strings.Repeat(", ?", len(part)-1) + `)`
		rows, err := s.db.QueryContext(ctx, query, args...)
		if err != nil {
			return nil, err
		}
		some, err := scanEvents(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	slices.SortFunc(out, func(a, b EventRow) int { return cmp.Compare(b.Seq, a.Seq) })
	return out, nil
}

// maxNumbers is how many sequence numbers one query asks for.
const maxNumbers = 500

// queryer is a database or a transaction.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// events returns the events after a sequence number, in order.
func events(ctx context.Context, db queryer, after int64) ([]EventRow, error) {
	rows, err := db.QueryContext(ctx, `SELECT seq, body, hash FROM events WHERE seq > ? ORDER BY seq`, after)
	if err != nil {
		return nil, err
	}
	return scanEvents(rows)
}

// scanEvents scans all rows and closes them.
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

// Append adds events. Within a transaction that excludes all other writers of the trail, make receives
// the events after the sequence number that the caller knows, and returns those to add. An error of make
// rolls everything back.
func (s Events) Append(
	ctx context.Context, after int64, make func(newer []EventRow) ([]EventRow, error),
) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		if s.db.postgres { // on SQLite a writing transaction excludes all others
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
			const query = `INSERT INTO events (seq, body, hash) VALUES (?, ?, ?)`
			if _, err := tx.ExecContext(ctx, query, e.Seq, e.Body, e.Hash); err != nil {
				return err
			}
			if err := e.SideEffects.apply(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// apply writes the side effects of an event, in the event's own transaction.
func (b *SideEffects) apply(ctx context.Context, tx *sql.Tx) error {
	if b.Score != nil {
		if err := b.Score.put(ctx, tx); err != nil {
			return err
		}
	}
	if b.Secret != nil {
		if err := b.Secret.apply(ctx, tx); err != nil {
			return err
		}
	}
	for i := range b.Texts {
		if err := b.Texts[i].put(ctx, tx); err != nil {
			return err
		}
	}
	if b.Box != nil {
		if err := b.Box.apply(ctx, tx); err != nil {
			return err
		}
	}
	for _, d := range b.Beside {
		if err := set(ctx, tx, d.key, d.value); err != nil {
			return err
		}
	}
	if b.Ended != "" {
		if err := endAccess(ctx, tx, b.Ended); err != nil {
			return err
		}
	}
	if b.Link == nil {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM links WHERE person = ?`, b.Link.Person); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO links (token, person, expires) VALUES (?, ?, ?)`,
		b.Link.Token, b.Link.Person, b.Link.Expires.Unix())
	return err
}

// BallotBox is the change of a sealed box of ballots. Boxes are settings, of which only the last state is kept.
type BallotBox struct {
	Ruleset, Dossier string
	Was              string // what the box must hold; "" for a new box, which replaces an older one
	Sealed           string // what it holds from now on; "" removes it
}

// ErrBoxChanged is the error if a box does not hold what its change expects: another ballot came between.
var ErrBoxChanged = errors.New("the box of ballots has changed meanwhile")

// boxKey returns the key of the setting that is a box.
func boxKey(ruleset, dossier string) string { return "ballots " + ruleset + " " + dossier }

// Box returns a sealed box; "" if there is none.
func (s Events) Box(ctx context.Context, ruleset, dossier string) (string, error) {
	return s.db.setting(ctx, boxKey(ruleset, dossier))
}

// DropBox removes a sealed box, whatever is in it.
func (s Events) DropBox(ctx context.Context, ruleset, dossier string) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM settings WHERE key = ?`, boxKey(ruleset, dossier))
	return err
}

// apply changes the box.
func (b *BallotBox) apply(ctx context.Context, tx *sql.Tx) error {
	key := boxKey(b.Ruleset, b.Dossier)
	if b.Was == "" {
		return set(ctx, tx, key, b.Sealed)
	}
	query, args := `UPDATE settings SET value = ? WHERE key = ? AND value = ?`, []any{b.Sealed, key, b.Was}
	if b.Sealed == "" {
		query, args = `DELETE FROM settings WHERE key = ? AND value = ?`, []any{key, b.Was}
	}
	done, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		return cmp.Or(err, ErrBoxChanged)
	}
	return nil
}

// endAccess ends the sessions and links of a person.
func endAccess(ctx context.Context, tx *sql.Tx, person string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE person = ?`, person); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM links WHERE person = ?`, person)
	return err
}

// Scores holds panel scores as a table for reports: the table panel_scores.
type Scores struct{ db *database }

// ScoreRow is a row of panel_scores. The table is derived from the audit trail: lists do not depend on
// it, but reports in SQL read it, and verifying the trail compares the two.
type ScoreRow struct {
	ID                         int64 // 0 for a row that is not stored yet
	Dossier, Criterion, Scorer string
	Points                     *float64 // nil if an earlier score is withdrawn
	Why, At                    string
	Seq                        int64 // of the event with the score; 0 if no event has it
}

// put adds the row or, if it is stored already, records which event has the score.
func (r *ScoreRow) put(ctx context.Context, tx *sql.Tx) error {
	if r.ID > 0 {
		_, err := tx.ExecContext(ctx, `UPDATE panel_scores SET seq = ? WHERE id = ?`, r.Seq, r.ID)
		return err
	}
	var points sql.NullFloat64
	if r.Points != nil {
		points = sql.NullFloat64{Float64: *r.Points, Valid: true}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO panel_scores (dossier, criterion, scorer, points, why, at, seq)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, r.Dossier, r.Criterion, r.Scorer, points, r.Why, r.At, r.Seq)
	return err
}

// All returns every row of panel_scores, in the order in which they were added.
func (s Scores) All(ctx context.Context) ([]ScoreRow, error) {
	rows, err := s.db.QueryContext(ctx,
		`SELECT id, dossier, criterion, scorer, points, why, at, seq FROM panel_scores ORDER BY id`)
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

// Put records which events have the scores of rows of panel_scores, and adds missing rows.
func (s Scores) Put(ctx context.Context, rows []ScoreRow) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		for i := range rows {
			if err := rows[i].put(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// Replace replaces all rows of panel_scores by those derived from the audit trail.
func (s Scores) Replace(ctx context.Context, rows []ScoreRow) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM panel_scores`); err != nil {
			return err
		}
		for i := range rows {
			rows[i].ID = 0
			if err := rows[i].put(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// RenameScorer replaces the name under which scores were recorded by a person's id.
func (s Scores) RenameScorer(ctx context.Context, seqs []int64, to string) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		for _, seq := range seqs {
			const query = `UPDATE panel_scores SET scorer = ? WHERE seq = ?`
			if _, err := tx.ExecContext(ctx, query, to, seq); err != nil {
				return err
			}
		}
		return nil
	})
}
