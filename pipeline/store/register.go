package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	"kheo/internal/dossier"
)

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
