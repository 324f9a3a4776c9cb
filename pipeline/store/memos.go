package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"kheo/internal/dossier"
)

// ProfileRow is what a run needs of a profile without reading it.
type ProfileRow struct{ Key, Kind, Level string }

// Profiles returns the keys of all profiles, by dossier.
func (s *Store) Profiles(ctx context.Context) (map[string]ProfileRow, error) {
	rows, err := s.DB.QueryContext(ctx, `SELECT dossier, key, kind, level FROM profiles`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]ProfileRow{}
	for rows.Next() {
		var d string
		var r ProfileRow
		if err := rows.Scan(&d, &r.Key, &r.Kind, &r.Level); err != nil {
			return nil, err
		}
		out[d] = r
	}
	return out, rows.Err()
}

// ProfilesOf returns the keys of the profiles of some dossiers.
func (s *Store) ProfilesOf(ctx context.Context, ids []string) (map[string]ProfileRow, error) {
	out := map[string]ProfileRow{}
	err := s.among(ctx, `SELECT dossier, key, kind, level FROM profiles WHERE dossier IN (@)`, nil, ids, func(rows *sql.Rows) error {
		var d string
		var r ProfileRow
		err := rows.Scan(&d, &r.Key, &r.Kind, &r.Level)
		out[d] = r
		return err
	})
	return out, err
}

// AssessmentKeys returns the memo keys of all assessments, by dossier.
func (s *Store) AssessmentKeys(ctx context.Context) (map[string]string, error) {
	rows, err := s.DB.QueryContext(ctx, `SELECT dossier, key FROM assessments`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var d, k string
		if err := rows.Scan(&d, &k); err != nil {
			return nil, err
		}
		out[d] = k
	}
	return out, rows.Err()
}

// Profile is what a dossier is, and the sketch of its text.
type Profile struct {
	ProfileRow
	Identity dossier.Identity
	Sketch   dossier.Sketch
}

// PutProfiles keeps dossiers' profiles, in one transaction.
func (s *Store) PutProfiles(ctx context.Context, profiles map[string]Profile) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
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
func (s *Store) Identity(ctx context.Context, id string) (out dossier.Identity, ok bool, err error) {
	var b string
	st, err := s.prepared(ctx, `SELECT identity FROM profiles WHERE dossier = ?`)
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
func (s *Store) Identities(ctx context.Context, ids []string) (map[string]dossier.Identity, error) {
	out := map[string]dossier.Identity{}
	err := s.among(ctx, `SELECT dossier, identity FROM profiles WHERE dossier IN (@)`, nil, ids, func(rows *sql.Rows) error {
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

// Sketches returns what comparing the dossiers needs, in the order of their ids.
func (s *Store) Sketches(ctx context.Context) ([]dossier.TextProfile, error) {
	rows, err := s.DB.QueryContext(ctx, `SELECT dossier, identity, sketch FROM profiles ORDER BY dossier`)
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

// PutCopies replaces what is known of copies, and remembers of which dossiers
// it was made.
func (s *Store) PutCopies(ctx context.Context, key string, copies map[string][]dossier.Copy) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
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
		_, err := tx.ExecContext(ctx, `INSERT INTO settings (key, value) VALUES ('copies', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key)
		return err
	})
}

// Copies returns what is known of copies, by dossier.
func (s *Store) Copies(ctx context.Context) (map[string][]dossier.Copy, error) {
	rows, err := s.DB.QueryContext(ctx, `SELECT dossier, copies FROM copies`)
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

// CopiesOf returns what is known of copies of some dossiers.
func (s *Store) CopiesOf(ctx context.Context, ids ...string) (map[string][]dossier.Copy, error) {
	out := map[string][]dossier.Copy{}
	err := s.among(ctx, `SELECT dossier, copies FROM copies WHERE dossier IN (@)`, nil, ids, func(rows *sql.Rows) error {
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

// Keyed is an assessment with its memo key.
type Keyed struct {
	Key        string
	Assessment *dossier.Assessment
}

// PutAssessments keeps assessments, in one transaction.
func (s *Store) PutAssessments(ctx context.Context, list []Keyed) error {
	blobs := make([][]byte, len(list)) // packed before the transaction, which only one may hold
	for i, k := range list {
		var err error
		if blobs[i], err = pack(k.Assessment); err != nil {
			return err
		}
	}
	return s.tx(ctx, func(tx *sql.Tx) error {
		st, err := tx.PrepareContext(ctx, `INSERT INTO assessments (dossier, key, ruleset, assessment, papers) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (dossier) DO UPDATE SET key = excluded.key, ruleset = excluded.ruleset, assessment = excluded.assessment, papers = excluded.papers`)
		if err != nil {
			return err
		}
		defer st.Close()
		for i, k := range list {
			if _, err := st.ExecContext(ctx, k.Assessment.Dossier, k.Key, k.Assessment.Ruleset, blobs[i], strings.Join(k.Assessment.Papers, " ")); err != nil {
				return err
			}
		}
		return nil
	})
}

// Assessments returns the assessments of a ruleset, by dossier id.
func (s *Store) Assessments(ctx context.Context, ruleset string) ([]*dossier.Assessment, error) {
	return s.assessments(ctx, `SELECT assessment FROM assessments WHERE ruleset = ? ORDER BY dossier`, ruleset)
}

// AssessmentsOf returns the assessments of some dossiers, in the order of the ids.
func (s *Store) AssessmentsOf(ctx context.Context, ids []string) ([]*dossier.Assessment, error) {
	of := map[string]*dossier.Assessment{}
	err := s.among(ctx, `SELECT assessment FROM assessments WHERE dossier IN (@)`, nil, ids, func(rows *sql.Rows) error {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			return err
		}
		a := &dossier.Assessment{}
		err := unpack(b, a)
		of[a.Dossier] = a
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]*dossier.Assessment, len(ids))
	for i, id := range ids {
		if out[i] = of[id]; out[i] == nil {
			return nil, fmt.Errorf("there is no assessment of %s", id)
		}
	}
	return out, nil
}

// Assessment returns the assessment of a dossier, or nil.
func (s *Store) Assessment(ctx context.Context, id string) (*dossier.Assessment, error) {
	list, err := s.assessments(ctx, `SELECT assessment FROM assessments WHERE dossier = ?`, id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

func (s *Store) assessments(ctx context.Context, query string, args ...any) ([]*dossier.Assessment, error) {
	rows, err := s.DB.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return unpacked(rows, onlyBytes, func(b []byte, a **dossier.Assessment) error {
		*a = &dossier.Assessment{}
		return unpack(b, *a)
	})
}
