package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"kheo/internal/dossier"
)

// Assessments holds the result of each dossier's ruleset: the table assessments. It is a cache: each
// row carries the key of what it was made from.
type Assessments struct{ db *database }

// Keys returns the memo keys of all assessments, by dossier.
func (s Assessments) Keys(ctx context.Context) (map[string]string, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT dossier, key FROM assessments`)
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

// Keyed is an assessment with its memo key.
type Keyed struct {
	Key        string
	Assessment *dossier.Assessment
}

// Put keeps assessments, in one transaction.
func (s Assessments) Put(ctx context.Context, list []Keyed) error {
	blobs := make([][]byte, len(list)) // packed before the transaction, which only one may hold
	for i, k := range list {
		var err error
		if blobs[i], err = pack(k.Assessment); err != nil {
			return err
		}
	}
	return s.db.tx(ctx, func(tx *sql.Tx) error {
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

// ByRuleset returns the assessments of a ruleset, by dossier id.
func (s Assessments) ByRuleset(ctx context.Context, ruleset string) ([]*dossier.Assessment, error) {
	return s.query(ctx, `SELECT assessment FROM assessments WHERE ruleset = ? ORDER BY dossier`, ruleset)
}

// ByID returns the assessments of some dossiers, in the order of the ids.
func (s Assessments) ByID(ctx context.Context, ids []string) ([]*dossier.Assessment, error) {
	of := map[string]*dossier.Assessment{}
	err := s.db.queryIn(ctx, `SELECT assessment FROM assessments WHERE dossier IN (@)`, nil, ids, func(rows *sql.Rows) error {
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

// Get returns the assessment of a dossier, or nil.
func (s Assessments) Get(ctx context.Context, id string) (*dossier.Assessment, error) {
	list, err := s.query(ctx, `SELECT assessment FROM assessments WHERE dossier = ?`, id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

func (s Assessments) query(ctx context.Context, query string, args ...any) ([]*dossier.Assessment, error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return unpacked(rows, onlyBytes, func(b []byte, a **dossier.Assessment) error {
		*a = &dossier.Assessment{}
		return unpack(b, *a)
	})
}
