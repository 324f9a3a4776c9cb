package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	"kheo/internal/dossier"
)

// Known is what a dossier says it is, without its text.
type Known struct {
	Key      string // changes with what the dossier says
	Identity dossier.Identity
	Papers   []string // the kinds of paper found in it
}

// Known returns what every dossier says it is, by id.
func (s *Store) Known(ctx context.Context) (map[string]Known, error) {
	rows, err := s.DB.QueryContext(ctx, `SELECT p.dossier, p.key, p.identity, COALESCE(a.papers, '') FROM profiles p LEFT JOIN assessments a ON a.dossier = p.dossier`)
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
type Scanned struct{ Dossier, Title, Key string }

// InRegister is a dossier of a kind that the register is of: what of it was looked through, and
// the key of what it is now.
type InRegister struct {
	Scanned
	Now string
}

// InRegister returns the dossiers of some kinds, by id.
func (s *Store) InRegister(ctx context.Context, kinds []string) (out []InRegister, err error) {
	err = s.among(ctx, `SELECT p.dossier, p.key, coalesce(s.title, ''), coalesce(s.key, '') FROM profiles p LEFT JOIN scanned s ON s.dossier = p.dossier WHERE p.kind IN (@) ORDER BY p.dossier`, nil, kinds, func(rows *sql.Rows) error {
		var x InRegister
		err := rows.Scan(&x.Dossier, &x.Now, &x.Title, &x.Key)
		out = append(out, x)
		return err
	})
	return out, err
}

// PutScanned keeps what was looked through, in one transaction.
func (s *Store) PutScanned(ctx context.Context, list []Scanned) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		for _, x := range list {
			if _, err := tx.ExecContext(ctx, `INSERT INTO scanned (dossier, title, key) VALUES (?, ?, ?) ON CONFLICT (dossier) DO UPDATE SET title = excluded.title, key = excluded.key`, x.Dossier, x.Title, x.Key); err != nil {
				return err
			}
		}
		return nil
	})
}

// PastCopies returns, by dossier, the ids, titles, units and shares of the dossiers of past
// campaigns whose text stands in it too.
func (s *Store) PastCopies(ctx context.Context) (map[string][]PastCopy, error) {
	rows, err := s.DB.QueryContext(ctx, `SELECT dossier, copies FROM copies WHERE copies LIKE '%"campaign":%'`)
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

// PastCopy is a dossier of a past campaign.
type PastCopy struct {
	Of       string  `json:"of"`
	Title    string  `json:"of_title"`
	Unit     string  `json:"of_unit"`
	Campaign string  `json:"campaign"`
	Share    float64 `json:"share"` // of the later one's words, 0 … 1
}
