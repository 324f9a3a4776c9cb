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
