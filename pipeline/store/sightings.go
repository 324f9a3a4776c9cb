package store

import (
	"context"
	"database/sql"
	"slices"

	"kheo/internal/dossier"
)

// Sightings holds what was seen of quotes on rendered pages: the table sightings. These are records, not a cache:
// lists depend on them, and another machine may have another renderer, or none.
type Sightings struct{ db *database }

const sightingColumns = `s.sha256, s.page, s.words, s.result, s.renderer, s.seen_at`

// Put records sightings in one transaction. A quote that was looked for before keeps its first result, unless the
// file could not be rendered then.
func (s Sightings) Put(ctx context.Context, list []dossier.Sighting) error {
	list = slices.SortedFunc(slices.Values(list), dossier.CompareSightings) // so that transactions do not deadlock
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		for _, x := range list {
			_, err := tx.ExecContext(ctx, `INSERT INTO sightings (sha256, page, quote, words, result, renderer, seen_at)
				VALUES (?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (sha256, page, quote) DO UPDATE
					SET result = excluded.result, renderer = excluded.renderer, seen_at = excluded.seen_at
					WHERE sightings.result = 'not-rendered'`,
				x.SHA256, x.Page, dossier.SHA256([]byte(x.Quote)), x.Quote, string(x.Result), x.Renderer, x.At)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// OfFiles returns all sightings of quotes from files, by the hash of the file, each sorted by page and quote.
func (s Sightings) OfFiles(ctx context.Context, shas []string) (map[string][]dossier.Sighting, error) {
	return s.query(ctx, `SELECT `+sightingColumns+` FROM sightings s WHERE s.sha256 IN (@)`, shas)
}

// Doubts returns the sightings of OfFiles that an assessment depends on: those of quotes that were not seen.
func (s Sightings) Doubts(ctx context.Context, shas []string) (map[string][]dossier.Sighting, error) {
	return s.query(ctx, `SELECT `+sightingColumns+` FROM sightings s
		WHERE s.result <> 'seen' AND s.sha256 IN (@)`, shas)
}

func (s Sightings) query(ctx context.Context, query string, shas []string) (map[string][]dossier.Sighting, error) {
	out := map[string][]dossier.Sighting{}
	err := s.db.queryIn(ctx, query, nil, shas, func(rows *sql.Rows) error {
		x, err := scanSighting(rows)
		out[x.SHA256] = append(out[x.SHA256], x)
		return err
	})
	for _, list := range out {
		slices.SortFunc(list, dossier.CompareSightings)
	}
	return out, err
}

// DoubtsByDossier returns the sightings of Doubts of all dossiers in their newest versions, by the dossier's id. A
// file inside another counts to the dossiers of the outer one, as this version of the readers found it.
func (s Sightings) DoubtsByDossier(ctx context.Context, reader string) (map[string][]dossier.Sighting, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT f.dossier, `+sightingColumns+` FROM sightings s
			JOIN documents f ON f.sha256 = s.sha256
		WHERE s.result <> 'seen' AND f.problem = '' AND `+inNewest+`
		UNION SELECT f.dossier, `+sightingColumns+` FROM sightings s
			JOIN parts p ON p.part = s.sha256 AND p.reader = ? JOIN documents f ON f.sha256 = p.sha256
		WHERE s.result <> 'seen' AND f.problem = '' AND `+inNewest, reader)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string][]dossier.Sighting{}
	for rows.Next() {
		var id string
		x, err := scanSighting(rows, &id)
		if err != nil {
			return nil, err
		}
		out[id] = append(out[id], x)
	}
	return out, rows.Err()
}

// scanSighting scans the columns first and then those of a sighting.
func scanSighting(rows *sql.Rows, first ...any) (x dossier.Sighting, err error) {
	err = rows.Scan(append(first, &x.SHA256, &x.Page, &x.Quote, &x.Result, &x.Renderer, &x.At)...)
	return x, err
}
