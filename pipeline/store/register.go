package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	"kheo/rules"
)

// Known is what a dossier says it is, without its text.
type Known struct {
	Key      string // changes with what the dossier says
	Identity rules.Identity
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

// Scanned returns what was looked through, by dossier.
func (s *Store) Scanned(ctx context.Context) (map[string]Scanned, error) {
	rows, err := s.DB.QueryContext(ctx, `SELECT dossier, title, key FROM scanned`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]Scanned{}
	for rows.Next() {
		var x Scanned
		if err := rows.Scan(&x.Dossier, &x.Title, &x.Key); err != nil {
			return nil, err
		}
		out[x.Dossier] = x
	}
	return out, rows.Err()
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
