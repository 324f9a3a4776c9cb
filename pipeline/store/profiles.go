package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"kheo/internal/dossier"
)

// Profiles holds the identity of each dossier and the sketch of its text: the table profiles. It is a
// cache: each row has the key of what it was made from.
type Profiles struct{ db *database }

// ProfileHead is what a run needs of a profile that it does not load: its cache key, and the kind and
// level of the dossier, by which rulesets are matched.
type ProfileHead struct{ Key, Kind, Level string }

// Heads returns the heads of all profiles, by dossier id.
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

// HeadsByID returns the heads of the profiles of some dossiers; dossiers without a profile are left out.
func (s Profiles) HeadsByID(ctx context.Context, ids []string) (map[string]ProfileHead, error) {
	out := map[string]ProfileHead{}
	const query = `SELECT dossier, key, kind, level FROM profiles WHERE dossier IN (@)`
	err := s.db.queryIn(ctx, query, nil, ids, func(rows *sql.Rows) error {
		var d string
		var r ProfileHead
		err := rows.Scan(&d, &r.Key, &r.Kind, &r.Level)
		out[d] = r
		return err
	})
	return out, err
}

// Profile is the identity of a dossier and the sketch of its text.
type Profile struct {
	ProfileHead
	Identity dossier.Identity
	Sketch   dossier.Sketch
}

// Put stores profiles by dossier id, in one transaction.
func (s Profiles) Put(ctx context.Context, profiles map[string]Profile) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		// In a fixed order, so that two transactions never wait for each other's rows.
		for _, id := range slices.Sorted(maps.Keys(profiles)) {
			p := profiles[id]
			identity, err := json.Marshal(p.Identity)
			if err != nil {
				return err
			}
			sketch, err := pack(p.Sketch)
			if err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, `INSERT INTO profiles (dossier, key, kind, level, identity, sketch)
				VALUES (?, ?, ?, ?, ?, ?)
				ON CONFLICT (dossier) DO UPDATE SET key = excluded.key, kind = excluded.kind,
					level = excluded.level, identity = excluded.identity, sketch = excluded.sketch`,
				id, p.Key, p.Kind, p.Level, string(identity), sketch)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Identity returns the identity of a dossier; ok is false if it has no profile yet.
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

// Identities returns the identities of some dossiers, by id; dossiers without a profile are left out.
func (s Profiles) Identities(ctx context.Context, ids []string) (map[string]dossier.Identity, error) {
	out := map[string]dossier.Identity{}
	const query = `SELECT dossier, identity FROM profiles WHERE dossier IN (@)`
	err := s.db.queryIn(ctx, query, nil, ids, func(rows *sql.Rows) error {
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

// Texts returns what the search for near-duplicates needs of all dossiers, sorted by id.
func (s Profiles) Texts(ctx context.Context) ([]dossier.TextProfile, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT dossier, identity, sketch FROM profiles ORDER BY dossier`)
	if err != nil {
		return nil, err
	}
	type row struct {
		dossier, identity string
		sketch            []byte
	}
	return unpackRows(rows, func(rows *sql.Rows) (r row, err error) {
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

// Copies holds the near-duplicates of each dossier: the table copies. All rows are replaced together, in
// one transaction with the key of the comparison that found them.
type Copies struct{ db *database }

// Replace replaces all near-duplicates, and records the key of the comparison that found them.
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
			const query = `INSERT INTO copies (dossier, copies) VALUES (?, ?)`
			if _, err := tx.ExecContext(ctx, query, id, string(b)); err != nil {
				return err
			}
		}
		return set(ctx, tx, copiesKey, key)
	})
}

// Key returns the key of the comparison that found the near-duplicates; "" before the first one.
func (s Copies) Key(ctx context.Context) (string, error) { return s.db.setting(ctx, copiesKey) }

// All returns all near-duplicates, by dossier id.
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

// ByID returns the near-duplicates of some dossiers, by dossier id.
func (s Copies) ByID(ctx context.Context, ids ...string) (map[string][]dossier.Copy, error) {
	out := map[string][]dossier.Copy{}
	const query = `SELECT dossier, copies FROM copies WHERE dossier IN (@)`
	err := s.db.queryIn(ctx, query, nil, ids, func(rows *sql.Rows) error {
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

// FromPast returns, by dossier id, the dossiers of past campaigns with which it shares text.
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

// Register holds what the register of models needs to know of dossiers without loading them: the table
// scanned, and joins of profiles and assessments.
type Register struct{ db *database }

// Known is what the profile and the assessment say about a dossier.
type Known struct {
	Key      string // of the profile; it changes when the dossier changes
	Identity dossier.Identity
	Papers   []string // the kinds of documents found in it
}

// Known returns what is known of every dossier with a profile, by id.
func (s Register) Known(ctx context.Context) (map[string]Known, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT p.dossier, p.key, p.identity, COALESCE(a.papers, '')
		FROM profiles p LEFT JOIN assessments a ON a.dossier = p.dossier`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]Known{}
	for rows.Next() {
		var id, identity, papers string
		var k Known
		if err := rows.Scan(&id, &k.Key, &identity, &papers); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(identity), &k.Identity); err != nil {
			return nil, err
		}
		k.Papers = strings.Fields(papers)
		out[id] = k
	}
	return out, rows.Err()
}

// Searched records that a dossier, as of a profile key, was searched for the titles of other models, and
// under which title it was itself searched for.
type Searched struct{ Dossier, Title, Key string }

// Submission is a dossier of a kind that the register covers: what was last searched of it (zero if
// nothing was), and the key of its profile now.
type Submission struct {
	Searched
	Now string // present key of the profile; differs from Key if the dossier must be searched again
}

// Submissions returns the dossiers of some kinds, sorted by id.
func (s Register) Submissions(ctx context.Context, kinds []string) (out []Submission, err error) {
	const query = `SELECT p.dossier, p.key, coalesce(s.title, ''), coalesce(s.key, '')
		FROM profiles p LEFT JOIN scanned s ON s.dossier = p.dossier WHERE p.kind IN (@) ORDER BY p.dossier`
	err = s.db.queryIn(ctx, query, nil, kinds, func(rows *sql.Rows) error {
		var x Submission
		err := rows.Scan(&x.Dossier, &x.Now, &x.Title, &x.Key)
		out = append(out, x)
		return err
	})
	return out, err
}

// PutSearched records what was searched, in one transaction.
func (s Register) PutSearched(ctx context.Context, list []Searched) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		for _, x := range list {
			const query = `INSERT INTO scanned (dossier, title, key) VALUES (?, ?, ?)
				ON CONFLICT (dossier) DO UPDATE SET title = excluded.title, key = excluded.key`
			if _, err := tx.ExecContext(ctx, query, x.Dossier, x.Title, x.Key); err != nil {
				return err
			}
		}
		return nil
	})
}

// PastCopy is a dossier of a past campaign that shares text with one of this campaign.
type PastCopy struct {
	Of       string  `json:"of"` // its id in the past campaign
	Title    string  `json:"of_title"`
	Unit     string  `json:"of_unit"`
	Campaign string  `json:"campaign"`
	Share    float64 `json:"share"` // share of the words of the later dossier, 0 … 1
}
