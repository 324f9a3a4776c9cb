package store

import (
	"context"
	"database/sql"
	"time"

	"kheo/internal/dossier"
)

// Index holds what the search index must contain of each dossier: the table index_entries. The index
// itself consists of files that can be deleted; it is rebuilt from this table and from the readings.
type Index struct{ db *database }

// Epoch returns a random value that changes when the search index must be rebuilt, because it may hold
// traces of what was removed; "" before the first removal.
func (s Index) Epoch(ctx context.Context) (string, error) { return s.db.setting(ctx, epochKey) }

// Keys returns, by dossier id, the cache key of its entry in the search index.
func (s Index) Keys(ctx context.Context) (map[string]string, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT dossier, key FROM index_entries`)
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

// State returns the hash of all keys that the search index must contain; "" before the first run.
func (s Index) State(ctx context.Context) (string, error) { return s.db.setting(ctx, stateKey) }

// Put writes changed entries, removes those of the dossiers in gone, and sets the state that results, in
// one transaction.
func (s Index) Put(ctx context.Context, entries []dossier.IndexEntry, gone []string, state string) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		for i := range entries {
			b, err := pack(&entries[i])
			if err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, `INSERT INTO index_entries (dossier, key, entry) VALUES (?, ?, ?)
				ON CONFLICT (dossier) DO UPDATE SET key = excluded.key, entry = excluded.entry`,
				entries[i].Dossier.ID, entries[i].Key, b)
			if err != nil {
				return err
			}
		}
		for _, id := range gone {
			if _, err := tx.ExecContext(ctx, `DELETE FROM index_entries WHERE dossier = ?`, id); err != nil {
				return err
			}
		}
		return set(ctx, tx, stateKey, state)
	})
}

// Entries returns what the search index must contain of some dossiers, except their text.
func (s Index) Entries(ctx context.Context, ids []string) (map[string]dossier.IndexEntry, error) {
	out := map[string]dossier.IndexEntry{}
	const query = `SELECT dossier, key, entry FROM index_entries WHERE dossier IN (@)`
	err := s.db.queryIn(ctx, query, nil, ids, func(rows *sql.Rows) error {
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

// Searches holds the searches that people save: the table searches.
type Searches struct{ db *database }

// SavedSearch is a search that a person saved under a name.
type SavedSearch struct {
	Name  string `json:"name"`
	Query string `json:"query"`
	Sort  string `json:"sort,omitempty"`
	At    string `json:"at"`
}

// Save saves a search of a person, and replaces the person's search of the same name.
func (s Searches) Save(ctx context.Context, person string, q SavedSearch, now time.Time) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO searches (person, name, query, sort, at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (person, name) DO UPDATE SET query = excluded.query, sort = excluded.sort, at = excluded.at`,
		person, q.Name, q.Query, q.Sort, now.UTC().Format(time.RFC3339))
	return err
}

// Of returns the saved searches of a person, sorted by name.
func (s Searches) Of(ctx context.Context, person string) ([]SavedSearch, error) {
	rows, err := s.db.QueryContext(ctx,
		`SELECT name, query, sort, at FROM searches WHERE person = ? ORDER BY name`, person)
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

// Drop removes a saved search of a person; it returns false if there is none of that name.
func (s Searches) Drop(ctx context.Context, person, name string) (bool, error) {
	res, err := s.db.ExecContext(ctx, `DELETE FROM searches WHERE person = ? AND name = ?`, person, name)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}
