package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Sessions holds the sessions of signed-in people: the table sessions, by the hash of each token.
type Sessions struct{ db *database }

// EndAll ends all sessions and links of a person.
func (s Sessions) EndAll(ctx context.Context, person string) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error { return endAll(ctx, tx, person) })
}

// Get returns what is kept of a session; nil where there is none, or it has ended.
func (s Sessions) Get(ctx context.Context, token string, now time.Time) ([]byte, error) {
	var b []byte
	err := s.db.QueryRowContext(ctx, `SELECT data FROM sessions WHERE token = ? AND expires > ?`, token, now.Unix()).Scan(&b)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return b, err
}

// Begin begins a session of a person, which lasts until it expires. Sessions that are over are
// removed, and so are the oldest of a person who has too many.
func (s Sessions) Begin(ctx context.Context, token, person string, data []byte, expires, now time.Time) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expires <= ?`, now.Unix()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO sessions (token, data, expires, person) VALUES (?, ?, ?, ?)
			ON CONFLICT (token) DO UPDATE SET data = excluded.data, expires = excluded.expires, person = excluded.person`, token, data, expires.Unix(), person)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM sessions WHERE person = ? AND token NOT IN (SELECT token FROM sessions WHERE person = ? ORDER BY expires DESC LIMIT ?)`, person, person, maxSessions)
		return err
	})
}

// Keep keeps a session that is not over yet, with what it holds now. One that was ended
// meanwhile stays ended.
func (s Sessions) Keep(ctx context.Context, token string, data []byte, expires, now time.Time) error {
	_, err := s.db.ExecContext(ctx, `UPDATE sessions SET data = ?, expires = ? WHERE token = ? AND expires > ?`, data, expires.Unix(), token, now.Unix())
	return err
}

// SessionRow is a session as it is kept.
type SessionRow struct {
	Token   string // hash of it
	Data    []byte
	Expires time.Time
}

// Of returns the sessions of a person that are not over, the one used last first.
func (s Sessions) Of(ctx context.Context, person string, now time.Time) ([]SessionRow, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT token, data, expires FROM sessions WHERE person = ? AND expires > ? ORDER BY expires DESC, token`, person, now.Unix())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []SessionRow
	for rows.Next() {
		var r SessionRow
		var expires int64
		if err := rows.Scan(&r.Token, &r.Data, &expires); err != nil {
			return nil, err
		}
		r.Expires = time.Unix(expires, 0)
		out = append(out, r)
	}
	return out, rows.Err()
}

// EndOthers ends all sessions of a person but one.
func (s Sessions) EndOthers(ctx context.Context, person, token string) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM sessions WHERE person = ? AND token <> ?`, person, token)
	return err
}

// mostSessions is how many sessions a person has at most; a new one ends the oldest.
const maxSessions = 20

// End ends one session.
func (s Sessions) End(ctx context.Context, token string) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM sessions WHERE token = ?`, token)
	return err
}
