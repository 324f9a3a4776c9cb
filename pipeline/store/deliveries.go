package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"kheo/internal/dossier"
)

// Delivery is what was submitted at one time under the name of a dossier. It adds to what was received
// before, and replaces files of the same names; everything else remains.
type Delivery struct {
	Entry       string // its name in the inbox
	At          time.Time
	Whole       bool     // it replaces everything that was received before
	HasManifest bool     // it contains a valid dossier.yaml
	Obsoletes   []string // names of earlier files that it makes obsolete

	Version int // the version that it resulted in
	Changes
}

// Changes lists what a delivery did to the files of a dossier, by file name; each list is sorted.
type Changes struct {
	Added    []string `json:"added,omitempty"`
	Replaced []string `json:"replaced,omitempty"`
	Same     []string `json:"same,omitempty"`    // delivered again without a change
	Kept     []string `json:"kept,omitempty"`    // from earlier deliveries
	Removed  []string `json:"removed,omitempty"` // from earlier deliveries, no longer part of the dossier
}

// Bounds of a dossier over all its deliveries: number of files, and bytes.
const (
	MaxFiles = 2000
	MaxBytes = 1 << 30
)

// ErrTooMuch is returned for a delivery that makes a dossier exceed MaxFiles or MaxBytes.
var ErrTooMuch = fmt.Errorf("together with what was received before it has more than %d files or %d MB; "+
	"deliver less, or replace the whole dossier (kheo submit --replace)", MaxFiles, MaxBytes>>20)

// Merge merges a delivery (a, d) with what was received before (nil for a new dossier). It sets a's files
// and manifest to those of the new version, and d.Changes to what is different.
func Merge(before, a *Accepted, d *Delivery) error {
	d.Changes = Changes{}
	old := map[string]File{}
	if before != nil {
		for _, f := range before.Files {
			old[f.Name] = f
		}
	}
	files := slices.Clone(a.Files)
	for _, f := range a.Files {
		d.note(f.Name, f, old)
	}
	if before != nil {
		files = append(files, d.mergeFiles(before, a)...)
		d.mergeManifest(before, a)
	} else if d.HasManifest {
		d.Added = append(d.Added, dossier.ManifestName)
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	a.Files = files
	for _, list := range []*[]string{&d.Added, &d.Replaced, &d.Same, &d.Kept, &d.Removed} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	// A single delivery has bounds of its own at intake, which name the file that exceeds them.
	if before != nil && len(d.Kept) > 0 && exceedsBounds(files) {
		return ErrTooMuch
	}
	return nil
}

// mergeFiles records which files of the earlier version are kept and which are removed, and returns those
// that are kept.
func (d *Delivery) mergeFiles(before, a *Accepted) (kept []File) {
	for _, f := range before.Files {
		switch {
		case slices.ContainsFunc(a.Files, func(n File) bool { return n.Name == f.Name }):
		case d.Whole, slices.Contains(d.Obsoletes, f.Name), d.HasManifest && f.Name == dossier.ManifestName:
			d.Removed = append(d.Removed, f.Name)
		default:
			d.Kept = append(d.Kept, f.Name)
			kept = append(kept, f)
		}
	}
	return kept
}

// exceedsBounds reports whether files are more, or larger, than a dossier may have.
func exceedsBounds(files []File) bool {
	size := int64(0)
	for _, f := range files {
		size += f.Size
	}
	return len(files) > MaxFiles || size > MaxBytes
}

// note records whether a delivered file is new, unchanged or different.
func (d *Delivery) note(name string, f File, old map[string]File) {
	was, is := old[name]
	switch {
	case !is:
		d.Added = append(d.Added, name)
	case was == f:
		d.Same = append(d.Same, name)
	default:
		d.Replaced = append(d.Replaced, name)
	}
}

// mergeManifest treats dossier.yaml like any other file: a delivery without one keeps the earlier one.
func (d *Delivery) mergeManifest(before, a *Accepted) {
	had, name := before.Manifest.Source != "", dossier.ManifestName
	switch {
	case d.HasManifest && !had:
		d.Removed = slices.DeleteFunc(d.Removed, func(n string) bool { return n == name })
		d.Added = append(d.Added, name)
	case d.HasManifest && before.Manifest.Source == a.Manifest.Source:
		d.Same = append(d.Same, name)
	case d.HasManifest:
		d.Replaced = append(d.Replaced, name)
	case had && d.Whole:
		d.Removed = append(d.Removed, name)
	case had:
		d.Kept = append(d.Kept, name)
		a.Manifest = before.Manifest
	}
}

// newest returns the newest version of a dossier, as a transaction sees it; nil for a new dossier.
func newest(ctx context.Context, tx *sql.Tx, id string) (*Accepted, error) {
	rows, err := tx.QueryContext(ctx, dossierQuery("WHERE d.id = ?"), id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Accepted
	for rows.Next() {
		if list, err = addDossier(list, rows); err != nil {
			return nil, err
		}
	}
	if err := rows.Err(); err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// putVersion writes a new version of a dossier with all its files. Files of earlier versions remain.
func putVersion(ctx context.Context, tx *sql.Tx, a *Accepted) error {
	manifest, err := json.Marshal(a.Manifest)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO dossiers (id, name, version, manifest, content_hash, received_at)
		VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, version = excluded.version, manifest = excluded.manifest,
			content_hash = excluded.content_hash, received_at = excluded.received_at`,
		a.ID, a.Name, a.Version, string(manifest), a.ContentHash, a.ReceivedAt.UTC().Format(time.RFC3339)); err != nil {
		return err
	}
	for _, f := range a.Files {
		_, err := tx.ExecContext(ctx, `INSERT INTO documents (dossier, version, name, sha256, size, problem, detail)
			VALUES (?, ?, ?, ?, ?, ?, ?)`, a.ID, a.Version, f.Name, f.SHA256, f.Size, f.Problem, f.Detail)
		if err != nil {
			return err
		}
	}
	return nil
}

// putDelivery writes the delivery that resulted in a version.
func putDelivery(ctx context.Context, tx *sql.Tx, a *Accepted, d *Delivery) error {
	files, err := json.Marshal(d.Changes)
	if err != nil {
		return err
	}
	replaces := 0
	if d.Whole {
		replaces = 1
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO deliveries (dossier, version, received_at, entry, replaces, files)
		VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (dossier, version) DO UPDATE SET received_at = excluded.received_at, entry = excluded.entry,
			replaces = excluded.replaces, files = excluded.files`,
		a.ID, a.Version, a.ReceivedAt.UTC().Format(time.RFC3339), d.Entry, replaces, string(files))
	return err
}
