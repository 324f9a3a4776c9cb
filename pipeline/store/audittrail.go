package store

import (
	"cmp"
	"context"
	"database/sql"
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

// endAccess ends the sessions and links of a person.
func endAccess(ctx context.Context, tx *sql.Tx, person string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE person = ?`, person); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM links WHERE person = ?`, person)
	return err
}
