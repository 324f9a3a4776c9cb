package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

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
