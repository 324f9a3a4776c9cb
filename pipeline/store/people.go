package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// People holds how people prove their identity: the tables secrets and links. Accounts and roles are in
// the audit trail. No secret is stored as it is: passwords are encoded (argon2id), tokens are hashed.
type People struct{ db *database }

// Secret is a new password of a person. The person's sessions and links end when it is set.
type Secret struct {
	Person, Encoded string
	Link            string // hash of the link that permits it, which must be valid; "" if none is needed
	Now             time.Time
}

// Link is a link by which a person chooses a password. A person has at most one.
type Link struct {
	Token   string // hash of the token
	Person  string
	Expires time.Time
}

// ErrLink is returned for a link that was used, has expired, or was replaced by another.
var ErrLink = errors.New("this link is not valid any more; ask for another one")

// apply sets the password if the link that it needs is valid; the link is then used up.
func (s *Secret) apply(ctx context.Context, tx *sql.Tx) error {
	if s.Link != "" {
		done, err := tx.ExecContext(ctx, `DELETE FROM links WHERE token = ? AND person = ? AND expires > ?`,
			s.Link, s.Person, s.Now.Unix())
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, ErrLink)
		}
	}
	const query = `INSERT INTO secrets (person, password) VALUES (?, ?)
		ON CONFLICT (person) DO UPDATE SET password = excluded.password`
	if _, err := tx.ExecContext(ctx, query, s.Person, s.Encoded); err != nil {
		return err
	}
	return endAccess(ctx, tx, s.Person)
}

// LinkOwner returns the person to whom a link belongs, by the hash of its token; "" if it is not valid.
func (s People) LinkOwner(ctx context.Context, token string, now time.Time) (person string, err error) {
	const query = `SELECT person FROM links WHERE token = ? AND expires > ?`
	err = s.db.QueryRowContext(ctx, query, token, now.Unix()).Scan(&person)
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

// Password returns the encoded password of a person; "" if there is none.
func (s People) Password(ctx context.Context, person string) (string, error) {
	var p string
	err := s.db.QueryRowContext(ctx, `SELECT password FROM secrets WHERE person = ?`, person).Scan(&p)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return p, err
}

// SetPassword stores the encoded password of a person, and ends all sessions of that person.
func (s People) SetPassword(ctx context.Context, person, encoded string) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		return (&Secret{Person: person, Encoded: encoded}).apply(ctx, tx)
	})
}

// Forget removes what is stored about a person outside the audit trail.
func (s People) Forget(ctx context.Context, person string) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		for _, q := range []string{
			`DELETE FROM secrets WHERE person = ?`, `DELETE FROM sessions WHERE person = ?`,
			`DELETE FROM links WHERE person = ?`, `DELETE FROM drafts WHERE person = ?`,
			`DELETE FROM searches WHERE person = ?`, `DELETE FROM rule_drafts WHERE person = ?`,
		} {
			if _, err := tx.ExecContext(ctx, q, person); err != nil {
				return err
			}
		}
		return markErasureDue(ctx, tx)
	})
}

// RenewLink replaces the token of a person's link by another one (its hash), and returns when the link
// expires. It returns ErrLink if the person has no valid link.
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
	return s.db.tx(ctx, func(tx *sql.Tx) error { return endAccess(ctx, tx, person) })
}

// Get returns the data of a session; nil if there is none or it has expired.
func (s Sessions) Get(ctx context.Context, token string, now time.Time) ([]byte, error) {
	var b []byte
	const query = `SELECT data FROM sessions WHERE token = ? AND expires > ?`
	err := s.db.QueryRowContext(ctx, query, token, now.Unix()).Scan(&b)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return b, err
}

// Begin stores a session of a person until it expires. It removes expired sessions, and the oldest ones of
// a person who has more than maxSessions.
func (s Sessions) Begin(ctx context.Context, token, person string, data []byte, expires, now time.Time) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expires <= ?`, now.Unix()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO sessions (token, data, expires, person) VALUES (?, ?, ?, ?)
			ON CONFLICT (token) DO UPDATE
				SET data = excluded.data, expires = excluded.expires, person = excluded.person`,
			token, data, expires.Unix(), person)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM sessions WHERE person = ? AND token NOT IN
			(SELECT token FROM sessions WHERE person = ? ORDER BY expires DESC LIMIT ?)`, person, person, maxSessions)
		return err
	})
}

// Update updates the data and expiry of a session that has not expired. A session that was ended meanwhile
// is not restored.
func (s Sessions) Update(ctx context.Context, token string, data []byte, expires, now time.Time) error {
	_, err := s.db.ExecContext(ctx, `UPDATE sessions SET data = ?, expires = ? WHERE token = ? AND expires > ?`,
		data, expires.Unix(), token, now.Unix())
	return err
}

// SessionRow is a session as it is stored.
type SessionRow struct {
	Token   string // hash of the token
	Data    []byte
	Expires time.Time
}

// Of returns the sessions of a person that have not expired, the most recently used first.
func (s Sessions) Of(ctx context.Context, person string, now time.Time) ([]SessionRow, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT token, data, expires FROM sessions
		WHERE person = ? AND expires > ? ORDER BY expires DESC, token`, person, now.Unix())
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

// EndOthers ends all sessions of a person except the one with the given token hash.
func (s Sessions) EndOthers(ctx context.Context, person, token string) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM sessions WHERE person = ? AND token <> ?`, person, token)
	return err
}

// maxSessions is the number of sessions that a person may have; a new one ends the oldest.
const maxSessions = 20

// End ends one session.
func (s Sessions) End(ctx context.Context, token string) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM sessions WHERE token = ?`, token)
	return err
}

// Drafts holds texts that people have not finished: the table drafts.
type Drafts struct{ db *database }

// Get returns what a person was writing at a place, and when (RFC 3339, UTC); "" if there is nothing.
func (s Drafts) Get(ctx context.Context, person, place string) (text, at string, err error) {
	const query = `SELECT text, at FROM drafts WHERE person = ? AND place = ?`
	err = s.db.QueryRowContext(ctx, query, person, place).Scan(&text, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", nil
	}
	return text, at, err
}

// Set stores what a person is writing at a place; an empty text removes it.
func (s Drafts) Set(ctx context.Context, person, place, text string, now time.Time) error {
	if text == "" {
		_, err := s.db.ExecContext(ctx, `DELETE FROM drafts WHERE person = ? AND place = ?`, person, place)
		return err
	}
	_, err := s.db.ExecContext(ctx, `INSERT INTO drafts (person, place, text, at) VALUES (?, ?, ?, ?)
		ON CONFLICT (person, place) DO UPDATE SET text = excluded.text, at = excluded.at`,
		person, place, text, now.UTC().Format(time.RFC3339))
	return err
}

// Writers returns who, except for one person, has written at a place since a time.
func (s Drafts) Writers(ctx context.Context, place, but string, since time.Time) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT person FROM drafts
		WHERE place = ? AND person <> ? AND at >= ? ORDER BY person`, place, but, since.UTC().Format(time.RFC3339))
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
