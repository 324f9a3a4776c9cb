package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"kheo/internal/dossier"
)

// Copies holds the near-duplicates of each dossier: the table copies. They are replaced as a whole, in
// one transaction with the key of the comparison that found them.
type Copies struct{ db *database }

// Replace replaces what is known of copies, and remembers of which dossiers
// it was made.
func (s Copies) Replace(ctx context.Context, key string, copies map[string][]dossier.Copy) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM copies`); err != nil {
			return err
		}
		for id, list := range copies {
			b, err := json.Marshal(list)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO copies (dossier, copies) VALUES (?, ?)`, id, string(b)); err != nil {
				return err
			}
		}
		return set(ctx, tx, copiesKey, key)
	})
}

// Key returns the hash of what the copies were found in; "" before the first comparison.
func (s Copies) Key(ctx context.Context) (string, error) { return s.db.setting(ctx, copiesKey) }

// All returns what is known of copies, by dossier.
func (s Copies) All(ctx context.Context) (map[string][]dossier.Copy, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT dossier, copies FROM copies`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string][]dossier.Copy{}
	for rows.Next() {
		var id, b string
		if err := rows.Scan(&id, &b); err != nil {
			return nil, err
		}
		var list []dossier.Copy
		if err := json.Unmarshal([]byte(b), &list); err != nil {
			return nil, err
		}
		out[id] = list
	}
	return out, rows.Err()
}

// ByID returns what is known of copies of some dossiers.
func (s Copies) ByID(ctx context.Context, ids ...string) (map[string][]dossier.Copy, error) {
	out := map[string][]dossier.Copy{}
	err := s.db.queryIn(ctx, `SELECT dossier, copies FROM copies WHERE dossier IN (@)`, nil, ids, func(rows *sql.Rows) error {
		var id, b string
		if err := rows.Scan(&id, &b); err != nil {
			return err
		}
		var list []dossier.Copy
		err := json.Unmarshal([]byte(b), &list)
		out[id] = list
		return err
	})
	return out, err
}

// FromPast returns, by dossier, the ids, titles, units and shares of the dossiers of past
// campaigns whose text stands in it too.
func (s Copies) FromPast(ctx context.Context) (map[string][]PastCopy, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT dossier, copies FROM copies WHERE copies LIKE '%"campaign":%'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string][]PastCopy{}
	for rows.Next() {
		var id, b string
		if err := rows.Scan(&id, &b); err != nil {
			return nil, err
		}
		var list []PastCopy
		if err := json.Unmarshal([]byte(b), &list); err != nil {
			return nil, err
		}
		for _, c := range list {
			if c.Campaign != "" {
				out[id] = append(out[id], c)
			}
		}
	}
	return out, rows.Err()
}
