package store

import (
	"context"
	"database/sql"

	"kheo/internal/dossier"
)

// Index holds what the search index is to hold of each dossier: the table index_entries. The index
// itself is files that can be deleted; it is rebuilt from here and from the readings.
type Index struct{ db *database }

// Epoch changes when the search index must be built again, because it may hold traces of what
// was removed; "" is the first.
func (s Index) Epoch(ctx context.Context) (string, error) { return s.db.setting(ctx, epochKey) }

// Keys returns the key of what the search index is to hold of each dossier.
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

// State is the hash of all keys that the search index is to hold; "" before the first run.
func (s Index) State(ctx context.Context) (string, error) { return s.db.setting(ctx, stateKey) }

// Put changes what the search index is to hold, in one transaction with the
// state that it comes to.
func (s Index) Put(ctx context.Context, entries []dossier.IndexEntry, gone []string, state string) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
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
		return set(ctx, tx, stateKey, state)
	})
}

// Entries returns what the search index is to hold of some dossiers, beside their text.
func (s Index) Entries(ctx context.Context, ids []string) (map[string]dossier.IndexEntry, error) {
	out := map[string]dossier.IndexEntry{}
	err := s.db.queryIn(ctx, `SELECT dossier, key, entry FROM index_entries WHERE dossier IN (@)`, nil, ids, func(rows *sql.Rows) error {
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
