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

// Register holds what the register of models needs of dossiers without reading them: the table
// scanned, and joins of profiles and assessments.
type Register struct{ db *database }

// Known is what a dossier says it is, without its text.
type Known struct {
	Key      string // changes with what the dossier says
	Identity dossier.Identity
	Papers   []string // the kinds of paper found in it
}

// Known returns what every dossier says it is, by id.
func (s Register) Known(ctx context.Context) (map[string]Known, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT p.dossier, p.key, p.identity, COALESCE(a.papers, '') FROM profiles p LEFT JOIN assessments a ON a.dossier = p.dossier`)
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

// Scanned is what was looked through for the names of other models.
type Searched struct{ Dossier, Title, Key string }

// InRegister is a dossier of a kind that the register is of: what of it was looked through, and
// the key of what it is now.
type Submission struct {
	Searched
	Now string
}

// Submissions returns the dossiers of some kinds, by id.
func (s Register) Submissions(ctx context.Context, kinds []string) (out []Submission, err error) {
	err = s.db.queryIn(ctx, `SELECT p.dossier, p.key, coalesce(s.title, ''), coalesce(s.key, '') FROM profiles p LEFT JOIN scanned s ON s.dossier = p.dossier WHERE p.kind IN (@) ORDER BY p.dossier`, nil, kinds, func(rows *sql.Rows) error {
		var x Submission
		err := rows.Scan(&x.Dossier, &x.Now, &x.Title, &x.Key)
		out = append(out, x)
		return err
	})
	return out, err
}

// PutSearched keeps what was looked through, in one transaction.
func (s Register) PutSearched(ctx context.Context, list []Searched) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		for _, x := range list {
			if _, err := tx.ExecContext(ctx, `INSERT INTO scanned (dossier, title, key) VALUES (?, ?, ?) ON CONFLICT (dossier) DO UPDATE SET title = excluded.title, key = excluded.key`, x.Dossier, x.Title, x.Key); err != nil {
				return err
			}
		}
		return nil
	})
}

// PastCopy is a dossier of a past campaign.
type PastCopy struct {
	Of       string  `json:"of"`
	Title    string  `json:"of_title"`
	Unit     string  `json:"of_unit"`
	Campaign string  `json:"campaign"`
	Share    float64 `json:"share"` // of the later one's words, 0 … 1
}
