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

// RenewLink puts another token (its hash) in the place of that of a person's link, and returns until when the link
// is valid. ErrLink is returned if the person has no valid link.
func (s People) RenewLink(ctx context.Context, person, token string, now time.Time) (expires time.Time, err error) {
	var unix int64
	err = s.db.QueryRowContext(ctx, `UPDATE links SET token = ? WHERE person = ? AND expires > ? RETURNING expires`,
		token, person, now.Unix()).Scan(&unix)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrLink
	}
	return time.Unix(unix, 0), err
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
