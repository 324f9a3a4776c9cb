package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"kheo/internal/dossier"
)

// Profiles holds what identifies each dossier, and the sketch of its text: the table profiles. It is
// a cache: each row carries the key of what it was made from.
type Profiles struct{ db *database }

// ProfileRow is what a run needs of a profile without reading it.
type ProfileHead struct{ Key, Kind, Level string }

// Heads returns the keys of all profiles, by dossier.
func (s Profiles) Heads(ctx context.Context) (map[string]ProfileHead, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT dossier, key, kind, level FROM profiles`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]ProfileHead{}
	for rows.Next() {
		var d string
		var r ProfileHead
		if err := rows.Scan(&d, &r.Key, &r.Kind, &r.Level); err != nil {
			return nil, err
		}
		out[d] = r
	}
	return out, rows.Err()
}

// HeadsByID returns the keys of the profiles of some dossiers.
func (s Profiles) HeadsByID(ctx context.Context, ids []string) (map[string]ProfileHead, error) {
	out := map[string]ProfileHead{}
	err := s.db.queryIn(ctx, `SELECT dossier, key, kind, level FROM profiles WHERE dossier IN (@)`, nil, ids, func(rows *sql.Rows) error {
		var d string
		var r ProfileHead
		err := rows.Scan(&d, &r.Key, &r.Kind, &r.Level)
		out[d] = r
		return err
	})
	return out, err
}

// Profile is what a dossier is, and the sketch of its text.
type Profile struct {
	ProfileHead
	Identity dossier.Identity
	Sketch   dossier.Sketch
}

// Put keeps dossiers' profiles, in one transaction.
func (s Profiles) Put(ctx context.Context, profiles map[string]Profile) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		for _, id := range slices.Sorted(maps.Keys(profiles)) { // in one order, so that no two wait for each other
			p := profiles[id]
			identity, err := json.Marshal(p.Identity)
			if err != nil {
				return err
			}
			sketch, err := pack(p.Sketch)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO profiles (dossier, key, kind, level, identity, sketch) VALUES (?, ?, ?, ?, ?, ?)
				ON CONFLICT (dossier) DO UPDATE SET key = excluded.key, kind = excluded.kind, level = excluded.level, identity = excluded.identity, sketch = excluded.sketch`,
				id, p.Key, p.Kind, p.Level, string(identity), sketch); err != nil {
				return err
			}
		}
		return nil
	})
}

// Identity returns what a dossier is; false where it has no profile yet.
func (s Profiles) Identity(ctx context.Context, id string) (out dossier.Identity, ok bool, err error) {
	var b string
	st, err := s.db.prepared(ctx, `SELECT identity FROM profiles WHERE dossier = ?`)
	if err != nil {
		return out, false, err
	}
	err = st.QueryRowContext(ctx, id).Scan(&b)
	if errors.Is(err, sql.ErrNoRows) {
		return out, false, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(b), &out)
	}
	return out, err == nil, err
}

// Identities returns what dossiers are, by their ids.
func (s Profiles) Identities(ctx context.Context, ids []string) (map[string]dossier.Identity, error) {
	out := map[string]dossier.Identity{}
	err := s.db.queryIn(ctx, `SELECT dossier, identity FROM profiles WHERE dossier IN (@)`, nil, ids, func(rows *sql.Rows) error {
		var id, b string
		if err := rows.Scan(&id, &b); err != nil {
			return err
		}
		var identity dossier.Identity
		err := json.Unmarshal([]byte(b), &identity)
		out[id] = identity
		return err
	})
	return out, err
}

// Texts returns what comparing the dossiers needs, in the order of their ids.
func (s Profiles) Texts(ctx context.Context) ([]dossier.TextProfile, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT dossier, identity, sketch FROM profiles ORDER BY dossier`)
	if err != nil {
		return nil, err
	}
	type row struct {
		dossier, identity string
		sketch            []byte
	}
	return unpacked(rows, func(rows *sql.Rows) (r row, err error) {
		err = rows.Scan(&r.dossier, &r.identity, &r.sketch)
		return r, err
	}, func(r row, p *dossier.TextProfile) error {
		var id dossier.Identity
		if err := json.Unmarshal([]byte(r.identity), &id); err != nil {
			return err
		}
		p.Dossier, p.Title, p.Unit, p.Registered = r.dossier, id.Title, id.Unit, id.Proven
		return unpack(r.sketch, &p.Sketch)
	})
}
