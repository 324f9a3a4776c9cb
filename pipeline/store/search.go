package store

import (
	"context"
	"database/sql"
	"time"

	"kheo/internal/dossier"
)

// stateKey is the setting that tells the state of all index entries.
const stateKey = "index state"

// IndexKeys returns the key of what the search index is to hold of each dossier.
func (s *Store) IndexKeys(ctx context.Context) (map[string]string, error) {
	rows, err := s.DB.QueryContext(ctx, `SELECT dossier, key FROM index_entries`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var id, key string
		if err := rows.Scan(&id, &key); err != nil {
			return nil, err
		}
		out[id] = key
	}
	return out, rows.Err()
}

// IndexState is the hash of all keys that the search index is to hold; "" before the first run.
func (s *Store) IndexState(ctx context.Context) (string, error) { return s.Setting(ctx, stateKey) }

// PutIndexEntries changes what the search index is to hold, in one transaction with the
// state that it comes to.
func (s *Store) PutIndexEntries(ctx context.Context, entries []dossier.IndexEntry, gone []string, state string) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		for i := range entries {
			b, err := pack(&entries[i])
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO index_entries (dossier, key, entry) VALUES (?, ?, ?)
				ON CONFLICT (dossier) DO UPDATE SET key = excluded.key, entry = excluded.entry`, entries[i].Dossier.ID, entries[i].Key, b); err != nil {
				return err
			}
		}
		for _, id := range gone {
			if _, err := tx.ExecContext(ctx, `DELETE FROM index_entries WHERE dossier = ?`, id); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, stateKey, state)
		return err
	})
}

// IndexEntries returns what the search index is to hold of some dossiers, beside their text.
func (s *Store) IndexEntries(ctx context.Context, ids []string) (map[string]dossier.IndexEntry, error) {
	out := map[string]dossier.IndexEntry{}
	err := s.among(ctx, `SELECT dossier, key, entry FROM index_entries WHERE dossier IN (@)`, nil, ids, func(rows *sql.Rows) error {
		var id string
		var b []byte
		var e dossier.IndexEntry
		if err := rows.Scan(&id, &e.Key, &b); err != nil {
			return err
		}
		err := unpack(b, &e)
		out[id] = e
		return err
	})
	return out, err
}

// Unlisted is how many dossiers were taken in and are on no list yet.
func (s *Store) Unlisted(ctx context.Context) (n int, err error) {
	err = s.DB.QueryRowContext(ctx, `SELECT count(*) FROM dossiers WHERE id NOT IN (SELECT dossier FROM index_entries)`).Scan(&n)
	return n, err
}

// SavedSearch is a search that somebody keeps under a name.
type SavedSearch struct {
	Name  string `json:"name"`
	Query string `json:"query"`
	Sort  string `json:"sort,omitempty"`
	At    string `json:"at"`
}

// SaveSearch keeps a search of a person, in the place of one of the same name.
func (s *Store) SaveSearch(ctx context.Context, person string, q SavedSearch, now time.Time) error {
	_, err := s.DB.ExecContext(ctx, `INSERT INTO searches (person, name, query, sort, at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (person, name) DO UPDATE SET query = excluded.query, sort = excluded.sort, at = excluded.at`,
		person, q.Name, q.Query, q.Sort, now.UTC().Format(time.RFC3339))
	return err
}

// SavedSearches returns the searches of a person, by name.
func (s *Store) SavedSearches(ctx context.Context, person string) ([]SavedSearch, error) {
	rows, err := s.DB.QueryContext(ctx, `SELECT name, query, sort, at FROM searches WHERE person = ? ORDER BY name`, person)
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

// ForgetSearch removes a search of a person; false where there is none of that name.
func (s *Store) ForgetSearch(ctx context.Context, person, name string) (bool, error) {
	res, err := s.DB.ExecContext(ctx, `DELETE FROM searches WHERE person = ? AND name = ?`, person, name)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}
