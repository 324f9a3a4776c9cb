package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// People holds how people prove who they are: the tables secrets and links. Who they are is in the
// audit trail.
type People struct{ db *database }

// Secret is how a person proves who they are from now on. Their sessions and links end with it.
type Secret struct {
	Person, Encoded string
	Link            string // hash of the link that allowed it, which must be valid; "" where none is needed
	Now             time.Time
}

// Link is a link by which a person chooses a password. The person has at most one.
type Link struct {
	Token   string // hash of it
	Person  string
	Expires time.Time
}

// ErrLink is returned where a link was used already, has expired or was replaced by another.
var ErrLink = errors.New("this link is not valid any more; ask for another one")

// keep sets the password, where the link that it needs is valid.
func (s *Secret) keep(ctx context.Context, tx *sql.Tx) error {
	if s.Link != "" {
		done, err := tx.ExecContext(ctx, `DELETE FROM links WHERE token = ? AND person = ? AND expires > ?`, s.Link, s.Person, s.Now.Unix())
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, ErrLink)
		}
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO secrets (person, password) VALUES (?, ?) ON CONFLICT (person) DO UPDATE SET password = excluded.password`,
		s.Person, s.Encoded); err != nil {
		return err
	}
	return endAll(ctx, tx, s.Person)
}

// LinkOwner returns whose a link is, by its hash; "" where it is not valid.
func (s People) LinkOwner(ctx context.Context, token string, now time.Time) (person string, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT person FROM links WHERE token = ? AND expires > ?`, token, now.Unix()).Scan(&person)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return person, err
}

// Passwords returns the encoded passwords, by person.
func (s People) Passwords(ctx context.Context) (map[string]string, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT person, password FROM secrets`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var person, encoded string
		if err := rows.Scan(&person, &encoded); err != nil {
			return nil, err
		}
		out[person] = encoded
	}
	return out, rows.Err()
}

// Password returns the encoded password of a person, "" where there is none.
func (s People) Password(ctx context.Context, person string) (string, error) {
	var p string
	err := s.db.QueryRowContext(ctx, `SELECT password FROM secrets WHERE person = ?`, person).Scan(&p)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return p, err
}

// SetPassword keeps the encoded password of a person, and ends all sessions of that person.
func (s People) SetPassword(ctx context.Context, person, encoded string) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		return (&Secret{Person: person, Encoded: encoded}).keep(ctx, tx)
	})
}

// Forget removes what is kept of a person outside the audit trail.
func (s People) Forget(ctx context.Context, person string) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		for _, q := range []string{`DELETE FROM secrets WHERE person = ?`, `DELETE FROM sessions WHERE person = ?`, `DELETE FROM links WHERE person = ?`, `DELETE FROM drafts WHERE person = ?`, `DELETE FROM searches WHERE person = ?`} {
			if _, err := tx.ExecContext(ctx, q, person); err != nil {
				return err
			}
		}
		return dueToErase(ctx, tx)
	})
}

// RenewLink replaces the token (its hash) of a person's link, and returns until when the link is valid.
// ErrLink is returned if the person has no valid link.
func (s People) RenewLink(ctx context.Context, person, token string, now time.Time) (expires time.Time, err error) {
	var unix int64
	err = s.db.QueryRowContext(ctx, `UPDATE links SET token = ? WHERE person = ? AND expires > ? RETURNING expires`,
		token, person, now.Unix()).Scan(&unix)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrLink
	}
	return time.Unix(unix, 0), err
}

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

// Drafts holds texts that people have not finished: the table drafts.
type Drafts struct{ db *database }

// Get returns what a person was typing at a place, and when; "" where there is nothing.
func (s Drafts) Get(ctx context.Context, person, place string) (text, at string, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT text, at FROM drafts WHERE person = ? AND place = ?`, person, place).Scan(&text, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", nil
	}
	return text, at, err
}

// Set keeps what a person is typing at a place; nothing is kept of an empty text.
func (s Drafts) Set(ctx context.Context, person, place, text string, now time.Time) error {
	if text == "" {
		_, err := s.db.ExecContext(ctx, `DELETE FROM drafts WHERE person = ? AND place = ?`, person, place)
		return err
	}
	_, err := s.db.ExecContext(ctx, `INSERT INTO drafts (person, place, text, at) VALUES (?, ?, ?, ?)
		ON CONFLICT (person, place) DO UPDATE SET text = excluded.text, at = excluded.at`, person, place, text, now.UTC().Format(time.RFC3339))
	return err
}

// Writers returns who, but for one, has been typing at a place since then.
func (s Drafts) Writers(ctx context.Context, place, but string, since time.Time) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT person FROM drafts WHERE place = ? AND person <> ? AND at >= ? ORDER BY person`, place, but, since.UTC().Format(time.RFC3339))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var p string
		if err := rows.Scan(&p); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}
