package store

import (
	"context"
	"time"
)

// Searches holds the searches that people save: the table searches.
type Searches struct{ db *database }

// SavedSearch is a search that somebody keeps under a name.
type SavedSearch struct {
	Name  string `json:"name"`
	Query string `json:"query"`
	Sort  string `json:"sort,omitempty"`
	At    string `json:"at"`
}

// Save keeps a search of a person, in the place of one of the same name.
func (s Searches) Save(ctx context.Context, person string, q SavedSearch, now time.Time) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO searches (person, name, query, sort, at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (person, name) DO UPDATE SET query = excluded.query, sort = excluded.sort, at = excluded.at`,
		person, q.Name, q.Query, q.Sort, now.UTC().Format(time.RFC3339))
	return err
}

// Of returns the searches of a person, by name.
func (s Searches) Of(ctx context.Context, person string) ([]SavedSearch, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT name, query, sort, at FROM searches WHERE person = ? ORDER BY name`, person)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []SavedSearch{}
	for rows.Next() {
		var q SavedSearch
		if err := rows.Scan(&q.Name, &q.Query, &q.Sort, &q.At); err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	return out, rows.Err()
}

// Drop removes a search of a person; false where there is none of that name.
func (s Searches) Drop(ctx context.Context, person, name string) (bool, error) {
	res, err := s.db.ExecContext(ctx, `DELETE FROM searches WHERE person = ? AND name = ?`, person, name)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}
