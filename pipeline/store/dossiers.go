package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kheo/internal/dossier"
)

// Dossiers holds what was submitted: the tables dossiers, documents and deliveries. A delivery is one
// transaction: after a crash it was recorded whole or not at all.
type Dossiers struct{ db *database }

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

// Accept records a dossier as a delivery that is the whole of it. It reports whether the record
// changed: the same dossier handed in again does not.
func (s Dossiers) Accept(ctx context.Context, a *Accepted) (changed bool, err error) {
	return s.Deliver(ctx, a, &Delivery{Entry: a.Name, Whole: true, Described: a.Manifest.Source != ""})
}

// theDossiers asks for dossiers with their files; where is which.
func theDossiers(where string) string {
	return `SELECT d.id, d.name, d.version, d.manifest, d.content_hash, d.received_at,
		coalesce(f.name, ''), coalesce(f.sha256, ''), coalesce(f.size, 0), coalesce(f.problem, ''), coalesce(f.detail, '')
		FROM dossiers d LEFT JOIN documents f ON f.dossier = d.id AND f.version = d.version ` + where + ` ORDER BY d.id, f.name`
}

// Heads returns every dossier in its newest version, by id, without its files.
func (s Dossiers) Heads(ctx context.Context) ([]Accepted, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, name, version, manifest, content_hash, received_at FROM dossiers ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Accepted
	for rows.Next() {
		var a Accepted
		var manifest, received string
		if err := rows.Scan(&a.ID, &a.Name, &a.Version, &manifest, &a.ContentHash, &received); err != nil {
			return nil, err
		}
		if err := a.read(manifest, received); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

// read sets what the records hold as text.
func (a *Accepted) read(manifest, received string) error {
	a.ReceivedAt, _ = time.Parse(time.RFC3339, received)
	if err := json.Unmarshal([]byte(manifest), &a.Manifest); err != nil {
		return fmt.Errorf("the record of %s: %w", a.ID, err)
	}
	return nil
}

// CountFiles counts the files of all dossiers in their newest versions.
func (s Dossiers) CountFiles(ctx context.Context) (n int, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT count(*) FROM documents f JOIN dossiers d ON d.id = f.dossier AND d.version = f.version`).Scan(&n)
	return n, err
}

// All returns every dossier in its newest version, by id.
func (s Dossiers) All(ctx context.Context) ([]Accepted, error) {
	rows, err := s.db.QueryContext(ctx, theDossiers(""))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Accepted
	for rows.Next() {
		if out, err = addDossier(out, rows); err != nil {
			return nil, err
		}
	}
	return out, rows.Err()
}

// ByID returns the dossiers that have one of the ids.
func (s Dossiers) ByID(ctx context.Context, ids ...string) (out []Accepted, err error) {
	err = s.db.queryIn(ctx, theDossiers("WHERE d.id IN (@)"), nil, ids, func(rows *sql.Rows) (err error) {
		out, err = addDossier(out, rows)
		return err
	})
	return out, err
}

// Get returns one dossier, or nil.
func (s Dossiers) Get(ctx context.Context, id string) (*Accepted, error) {
	list, err := s.ByID(ctx, id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// addDossier adds a row of theDossiers: a dossier, or another file of the last.
func addDossier(out []Accepted, rows *sql.Rows) ([]Accepted, error) {
	var a Accepted
	var f File
	var manifest, received string
	if err := rows.Scan(&a.ID, &a.Name, &a.Version, &manifest, &a.ContentHash, &received, &f.Name, &f.SHA256, &f.Size, &f.Problem, &f.Detail); err != nil {
		return nil, err
	}
	if n := len(out); n == 0 || out[n-1].ID != a.ID {
		if err := a.read(manifest, received); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	if f.Name != "" {
		out[len(out)-1].Files = append(out[len(out)-1].Files, f)
	}
	return out, nil
}

// FileOf names a file of a dossier's newest version.
type FileOf struct{ Dossier, Name, SHA256 string }

// FileHolders returns where some files stand, by dossier and name.
func (s Dossiers) FileHolders(ctx context.Context, shas []string) (out []FileOf, err error) {
	err = s.db.queryIn(ctx, `SELECT f.dossier, f.name, f.sha256 FROM documents f WHERE f.sha256 IN (@) AND `+inNewest, nil, shas, func(rows *sql.Rows) error {
		var f FileOf
		err := rows.Scan(&f.Dossier, &f.Name, &f.SHA256)
		out = append(out, f)
		return err
	})
	slices.SortFunc(out, func(a, b FileOf) int {
		return cmp.Or(strings.Compare(a.Dossier, b.Dossier), strings.Compare(a.Name, b.Name))
	})
	return out, err
}

// SomeFiles returns the hashes of at most n files of dossiers as they are now.
func (s Dossiers) SomeFiles(ctx context.Context, n int) ([]string, error) {
	return s.db.column(ctx, `SELECT f.sha256 FROM documents f JOIN dossiers d ON d.id = f.dossier AND d.version = f.version
		WHERE f.sha256 <> '' AND f.problem = '' LIMIT ?`, n)
}

// Deliver records a delivery, in one transaction: the files of the new version and what the
// delivery changed. It reports whether the record changed: the same files delivered again do not.
func (s Dossiers) Deliver(ctx context.Context, a *Accepted, d *Delivery) (changed bool, err error) {
	delivered, manifest := a.Files, a.Manifest
	err = s.db.tx(ctx, func(tx *sql.Tx) error {
		a.Files, a.Manifest, changed = delivered, manifest, false // where the transaction is tried again
		before, err := newest(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		if err := Merge(before, a, d); err != nil {
			return err
		}
		a.ContentHash, a.Version = a.Hash(), 0
		if before != nil {
			if a.Version = before.Version; before.ContentHash == a.ContentHash {
				return nil
			}
		}
		changed = true
		a.Version++
		if err := putVersion(ctx, tx, a); err != nil {
			return err
		}
		d.Version = a.Version
		return putDelivery(ctx, tx, a, d)
	})
	return changed, err
}

// Deliveries returns what was delivered of a dossier, the oldest first. Versions that were recorded
// before deliveries were have none; the first that is returned then has a version above 1.
func (s Dossiers) Deliveries(ctx context.Context, id string) ([]Delivery, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT version, received_at, entry, replaces, files FROM deliveries WHERE dossier = ? ORDER BY version`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Delivery
	for rows.Next() {
		var d Delivery
		var at, files string
		var replaces int
		if err := rows.Scan(&d.Version, &at, &d.Entry, &replaces, &files); err != nil {
			return nil, err
		}
		d.Whole = replaces != 0
		d.At, _ = time.Parse(time.RFC3339, at)
		if err := json.Unmarshal([]byte(files), &d.Changes); err != nil {
			return nil, errors.Join(fmt.Errorf("the record of a delivery of %s", id), err)
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

// Forget removes all that is kept of a dossier, in one transaction, and returns the hashes of its
// files that belong to no other: RemoveBlob removes those. What the ledger of runs tells of it, by one
// of its names, is removed too. The audit trail and lists are not touched. What was removed may be
// left in free space until Erase is called; ToErase reports that it is due.
func (s Dossiers) Forget(ctx context.Context, id string, names ...string) (orphans []string, err error) {
	err = s.db.tx(ctx, func(tx *sql.Tx) error {
		shas, err := column(ctx, tx, `SELECT DISTINCT sha256 FROM documents WHERE dossier = ? AND sha256 <> ''`, id)
		if err != nil {
			return err
		}
		for _, q := range []string{`DELETE FROM documents WHERE dossier = ?`, `DELETE FROM deliveries WHERE dossier = ?`, `DELETE FROM dossiers WHERE id = ?`, `DELETE FROM profiles WHERE dossier = ?`, `DELETE FROM copies WHERE dossier = ?`,
			`DELETE FROM assessments WHERE dossier = ?`, `DELETE FROM panel_scores WHERE dossier = ?`, `DELETE FROM scanned WHERE dossier = ?`,
			`DELETE FROM index_entries WHERE dossier = ?`} {
			if _, err := tx.ExecContext(ctx, q, id); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM drafts WHERE place = ?`, "comment "+id); err != nil {
			return err
		}
		if err := forgetInRuns(ctx, tx, append(names, id)); err != nil {
			return err
		}
		if err := dueToErase(ctx, tx); err != nil {
			return err
		}
		if err := set(ctx, tx, epochKey, rand.Text()); err != nil {
			return err
		}
		orphans, err = orphaned(ctx, tx, shas)
		return err
	})
	return orphans, err
}

// DropVersions removes the files of versions that a newer one took the place of before a time,
// and returns the hashes of those that belong to nothing else.
func (s Dossiers) DropVersions(ctx context.Context, before time.Time) (orphans []string, err error) {
	err = s.db.tx(ctx, func(tx *sql.Tx) error {
		const old = ` FROM documents WHERE EXISTS (SELECT 1 FROM dossiers d WHERE d.id = documents.dossier AND documents.version < d.version AND d.received_at < ?)`
		at := before.UTC().Format(time.RFC3339)
		shas, err := column(ctx, tx, `SELECT DISTINCT sha256`+old, at)
		if err != nil || len(shas) == 0 {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE`+old, at); err != nil {
			return err
		}
		orphans, err = orphaned(ctx, tx, shas)
		return err
	})
	return orphans, err
}

// Unlisted is how many dossiers were taken in and are on no list yet.
func (s Dossiers) Unlisted(ctx context.Context) (n int, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT count(*) FROM dossiers WHERE id NOT IN (SELECT dossier FROM index_entries)`).Scan(&n)
	return n, err
}

// NamedFiles are the hashes of all files that the records name, and whose they are.
func (s Dossiers) NamedFiles(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	err := s.db.eachValue(ctx, `SELECT part, sha256 FROM parts WHERE part <> ''`, func(part string, in []byte) {
		out[part] = "a file inside " + string(in)
	})
	if err != nil {
		return nil, err
	}
	err = s.db.eachValue(ctx, `SELECT sha256, name || ' of ' || dossier FROM documents WHERE sha256 <> '' ORDER BY version`, func(sha string, of []byte) {
		out[sha] = string(of)
	})
	return out, err
}
