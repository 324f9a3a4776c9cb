package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"kheo/pipeline/dossier"
	"kheo/pipeline/extract"
)

// Accepted is one dossier as it was handed in: its files by hash, not what was
// read of them.
type Accepted struct {
	ID          string
	Name        string
	Version     int
	Manifest    dossier.Manifest
	Files       []File
	ContentHash string
	ReceivedAt  time.Time
}

// File is one file of a dossier.
type File struct {
	Name    string // path inside the dossier, NFC
	SHA256  string
	Size    int64
	Problem string // a reason of package extract that intake already knows, or ""
	Detail  string
}

// Hash is the hash of everything that was handed in.
func (a *Accepted) Hash() string {
	return dossier.HashOf([]any{a.Name, a.Manifest, a.Files})
}

// Accept records a dossier, in one transaction. It reports whether the record
// changed: the same dossier handed in again does not.
func (s *Store) Accept(ctx context.Context, a *Accepted) (changed bool, err error) {
	a.ContentHash = a.Hash()
	manifest, err := json.Marshal(a.Manifest)
	if err != nil {
		return false, err
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		var version int
		var hash string
		err := tx.QueryRowContext(ctx, `SELECT version, content_hash FROM dossiers WHERE id = ?`, a.ID).Scan(&version, &hash)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		a.Version = version
		if hash == a.ContentHash {
			return nil
		}
		changed = true
		a.Version++
		if _, err := tx.ExecContext(ctx, `INSERT INTO dossiers (id, name, version, manifest, content_hash, received_at) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, version = excluded.version, manifest = excluded.manifest, content_hash = excluded.content_hash, received_at = excluded.received_at`,
			a.ID, a.Name, a.Version, string(manifest), a.ContentHash, a.ReceivedAt.UTC().Format(time.RFC3339)); err != nil {
			return err
		}
		for _, f := range a.Files {
			if _, err := tx.ExecContext(ctx, `INSERT INTO documents (dossier, version, name, sha256, size, problem, detail) VALUES (?, ?, ?, ?, ?, ?, ?)`,
				a.ID, a.Version, f.Name, f.SHA256, f.Size, f.Problem, f.Detail); err != nil {
				return err
			}
		}
		return nil
	})
	return changed, err
}

// Dossiers returns every dossier in its newest version, by id.
func (s *Store) Dossiers(ctx context.Context) ([]Accepted, error) {
	return s.dossiers(ctx, "")
}

// Dossier returns one dossier, or nil.
func (s *Store) Dossier(ctx context.Context, id string) (*Accepted, error) {
	list, err := s.dossiers(ctx, id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

func (s *Store) dossiers(ctx context.Context, only string) ([]Accepted, error) {
	where, args := "", []any{}
	if only != "" {
		where, args = " WHERE d.id = ?", []any{only}
	}
	rows, err := s.DB.QueryContext(ctx, `SELECT d.id, d.name, d.version, d.manifest, d.content_hash, d.received_at,
		coalesce(f.name, ''), coalesce(f.sha256, ''), coalesce(f.size, 0), coalesce(f.problem, ''), coalesce(f.detail, '')
		FROM dossiers d LEFT JOIN documents f ON f.dossier = d.id AND f.version = d.version`+where+` ORDER BY d.id, f.name`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Accepted
	for rows.Next() {
		var a Accepted
		var f File
		var manifest, received string
		if err := rows.Scan(&a.ID, &a.Name, &a.Version, &manifest, &a.ContentHash, &received, &f.Name, &f.SHA256, &f.Size, &f.Problem, &f.Detail); err != nil {
			return nil, err
		}
		if n := len(out); n == 0 || out[n-1].ID != a.ID {
			if err := json.Unmarshal([]byte(manifest), &a.Manifest); err != nil {
				return nil, fmt.Errorf("the record of %s: %w", a.ID, err)
			}
			a.ReceivedAt, _ = time.Parse(time.RFC3339, received)
			out = append(out, a)
		}
		if f.Name != "" {
			out[len(out)-1].Files = append(out[len(out)-1].Files, f)
		}
	}
	return out, rows.Err()
}

// Unread returns the hashes of files, of newest versions, that the readers of
// this version have not read yet.
func (s *Store) Unread(ctx context.Context, reader string) ([]string, error) {
	return s.column(ctx, `SELECT DISTINCT f.sha256 FROM documents f JOIN dossiers d ON d.id = f.dossier AND d.version = f.version
		WHERE f.problem = '' AND NOT EXISTS (SELECT 1 FROM readings r WHERE r.sha256 = f.sha256 AND r.reader = ?) ORDER BY f.sha256`, reader)
}

func (s *Store) column(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := s.DB.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// PutReadings keeps what was read of files.
func (s *Store) PutReadings(ctx context.Context, reader string, results map[string]extract.Result) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		for sha, r := range results {
			b, err := pack(r)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO readings (sha256, reader, result) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, sha, reader, b); err != nil {
				return err
			}
		}
		return nil
	})
}

// Load assembles a dossier with everything that was read of it.
func (s *Store) Load(ctx context.Context, a *Accepted, reader string) (*dossier.Dossier, error) {
	d := &dossier.Dossier{ID: a.ID, Name: a.Name, Manifest: a.Manifest, Documents: []dossier.Document{}}
	for _, f := range a.Files {
		doc := dossier.Document{Name: f.Name, SHA256: f.SHA256, Size: f.Size, Error: f.Problem, Detail: f.Detail, Pages: []dossier.Page{}}
		if f.Problem == "" {
			var b []byte
			var res extract.Result
			err := s.DB.QueryRowContext(ctx, `SELECT result FROM readings WHERE sha256 = ? AND reader = ?`, f.SHA256, reader).Scan(&b)
			switch {
			case errors.Is(err, sql.ErrNoRows):
				return nil, fmt.Errorf("%s of %s has not been read yet", f.Name, a.ID)
			case err != nil:
				return nil, err
			}
			if err := unpack(b, &res); err != nil {
				return nil, fmt.Errorf("the reading of %s: %w", f.Name, err)
			}
			doc.Type, doc.Error, doc.Detail, doc.Flags = res.Type, res.Error, res.Detail, res.Flags
			if res.Pages != nil {
				doc.Pages = res.Pages
			}
			if extract.Misnamed(f.Name, res.Type) {
				doc.Flags = append(doc.Flags, dossier.FlagMisnamedDocument)
			}
		}
		d.Documents = append(d.Documents, doc)
	}
	return d, nil
}
