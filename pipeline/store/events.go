package store

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"time"
)

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

// Events returns the events behind one, in order.
func (s *Store) Events(ctx context.Context, after int64) ([]EventRow, error) {
	return events(ctx, s.DB, after)
}

// EventsBefore returns the last so many events before one, the newest first; before 0 means
// all.
func (s *Store) EventsBefore(ctx context.Context, before int64, most int) ([]EventRow, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	rows, err := s.DB.QueryContext(ctx, `SELECT seq, body, hash FROM events WHERE seq < ? ORDER BY seq DESC LIMIT ?`, before, most)
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

// AppendEvents adds events to the chain. make is told, inside the transaction that nobody
// else can write in, which events have come in behind one, and returns those to add.
func (s *Store) AppendEvents(ctx context.Context, after int64, make func(newer []EventRow) ([]EventRow, error)) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if s.postgres { // on SQLite whoever begins to write is alone already
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

// endAll ends the sessions and links of a person.
func endAll(ctx context.Context, tx *sql.Tx, person string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE person = ?`, person); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM links WHERE person = ?`, person)
	return err
}

// RenewLink puts another token (its hash) in the place of that of a person's link, and returns until when the link
// is valid. ErrLink is returned if the person has no valid link.
func (s *Store) RenewLink(ctx context.Context, person, token string, now time.Time) (expires time.Time, err error) {
	var unix int64
	err = s.DB.QueryRowContext(ctx, `UPDATE links SET token = ? WHERE person = ? AND expires > ? RETURNING expires`,
		token, person, now.Unix()).Scan(&unix)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrLink
	}
	return time.Unix(unix, 0), err
}

// LinkOf returns whose a link is, by its hash; "" where it is not valid.
func (s *Store) LinkOf(ctx context.Context, token string, now time.Time) (person string, err error) {
	err = s.DB.QueryRowContext(ctx, `SELECT person FROM links WHERE token = ? AND expires > ?`, token, now.Unix()).Scan(&person)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return person, err
}

// Secrets returns the encoded passwords, by person.
func (s *Store) Secrets(ctx context.Context) (map[string]string, error) {
	rows, err := s.DB.QueryContext(ctx, `SELECT person, password FROM secrets`)
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
func (s *Store) Password(ctx context.Context, person string) (string, error) {
	var p string
	err := s.DB.QueryRowContext(ctx, `SELECT password FROM secrets WHERE person = ?`, person).Scan(&p)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return p, err
}

// SetPassword keeps the encoded password of a person, and ends all sessions of that person.
func (s *Store) SetPassword(ctx context.Context, person, encoded string) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		return (&Secret{Person: person, Encoded: encoded}).keep(ctx, tx)
	})
}

// EndSessions ends all sessions and links of a person.
func (s *Store) EndSessions(ctx context.Context, person string) error {
	return s.tx(ctx, func(tx *sql.Tx) error { return endAll(ctx, tx, person) })
}

// Session returns what is kept of a session; nil where there is none, or it has ended.
func (s *Store) Session(ctx context.Context, token string, now time.Time) ([]byte, error) {
	var b []byte
	err := s.DB.QueryRowContext(ctx, `SELECT data FROM sessions WHERE token = ? AND expires > ?`, token, now.Unix()).Scan(&b)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return b, err
}

// PutSession begins a session of a person, which lasts until it expires. Sessions that are over are
// removed, and so are the oldest of a person who has too many.
func (s *Store) PutSession(ctx context.Context, token, person string, data []byte, expires, now time.Time) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expires <= ?`, now.Unix()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO sessions (token, data, expires, person) VALUES (?, ?, ?, ?)
			ON CONFLICT (token) DO UPDATE SET data = excluded.data, expires = excluded.expires, person = excluded.person`, token, data, expires.Unix(), person)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM sessions WHERE person = ? AND token NOT IN (SELECT token FROM sessions WHERE person = ? ORDER BY expires DESC LIMIT ?)`, person, person, mostSessions)
		return err
	})
}

// KeepSession keeps a session that is not over yet, with what it holds now. One that was ended
// meanwhile stays ended.
func (s *Store) KeepSession(ctx context.Context, token string, data []byte, expires, now time.Time) error {
	_, err := s.DB.ExecContext(ctx, `UPDATE sessions SET data = ?, expires = ? WHERE token = ? AND expires > ?`, data, expires.Unix(), token, now.Unix())
	return err
}

// SessionRow is a session as it is kept.
type SessionRow struct {
	Token   string // hash of it
	Data    []byte
	Expires time.Time
}

// Sessions returns the sessions of a person that are not over, the one used last first.
func (s *Store) Sessions(ctx context.Context, person string, now time.Time) ([]SessionRow, error) {
	rows, err := s.DB.QueryContext(ctx, `SELECT token, data, expires FROM sessions WHERE person = ? AND expires > ? ORDER BY expires DESC, token`, person, now.Unix())
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

// EndOtherSessions ends all sessions of a person but one.
func (s *Store) EndOtherSessions(ctx context.Context, person, token string) error {
	_, err := s.DB.ExecContext(ctx, `DELETE FROM sessions WHERE person = ? AND token <> ?`, person, token)
	return err
}

// mostSessions is how many sessions a person has at most; a new one ends the oldest.
const mostSessions = 20

// EndSession ends one session.
func (s *Store) EndSession(ctx context.Context, token string) error {
	_, err := s.DB.ExecContext(ctx, `DELETE FROM sessions WHERE token = ?`, token)
	return err
}

// Draft returns what a person was typing at a place, and when; "" where there is nothing.
func (s *Store) Draft(ctx context.Context, person, place string) (text, at string, err error) {
	err = s.DB.QueryRowContext(ctx, `SELECT text, at FROM drafts WHERE person = ? AND place = ?`, person, place).Scan(&text, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", nil
	}
	return text, at, err
}

// SetDraft keeps what a person is typing at a place; nothing is kept of an empty text.
func (s *Store) SetDraft(ctx context.Context, person, place, text string, now time.Time) error {
	if text == "" {
		_, err := s.DB.ExecContext(ctx, `DELETE FROM drafts WHERE person = ? AND place = ?`, person, place)
		return err
	}
	_, err := s.DB.ExecContext(ctx, `INSERT INTO drafts (person, place, text, at) VALUES (?, ?, ?, ?)
		ON CONFLICT (person, place) DO UPDATE SET text = excluded.text, at = excluded.at`, person, place, text, now.UTC().Format(time.RFC3339))
	return err
}

// Writing returns who, but for one, has been typing at a place since then.
func (s *Store) Writing(ctx context.Context, place, but string, since time.Time) ([]string, error) {
	rows, err := s.DB.QueryContext(ctx, `SELECT person FROM drafts WHERE place = ? AND person <> ? AND at >= ? ORDER BY person`, place, but, since.UTC().Format(time.RFC3339))
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
