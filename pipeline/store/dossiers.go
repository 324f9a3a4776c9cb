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

// Dossiers holds what was submitted: the tables dossiers, documents and deliveries. A delivery is
// recorded in one transaction: after a crash it is there as a whole or not at all.
type Dossiers struct{ db *database }

// Accepted is one version of a dossier as it was submitted: its files by hash, not what was read of
// them.
type Accepted struct {
	ID          string
	Name        string
	Version     int // 1 for the first delivery; each delivery that changes something adds 1
	Manifest    dossier.Manifest
	Files       []File // sorted by name
	ContentHash string // as Hash returns it
	ReceivedAt  time.Time
}

// File is one file of a dossier.
type File struct {
	Name    string // path inside the dossier, in NFC
	SHA256  string // of the blob; "" if the bytes were not kept
	Size    int64  // in bytes
	Problem string // a reason of package extract that intake found already, or ""
	Detail  string
}

// Hash returns the hash of everything that was submitted. Changing its input changes the hash of every
// recorded dossier, which Faults would report as damage.
func (a *Accepted) Hash() string {
	return dossier.HashOf([]any{a.Name, a.Manifest, a.Files})
}

// Accept records a dossier as a delivery that replaces the whole of it. It reports whether the record
// changed: it does not if the same dossier is submitted again.
func (s Dossiers) Accept(ctx context.Context, a *Accepted) (changed bool, err error) {
	return s.Deliver(ctx, a, &Delivery{Entry: a.Name, Whole: true, HasManifest: a.Manifest.Source != ""})
}

// dossierQuery returns the query for dossiers with their files, in the form that addDossier reads; where
// selects the dossiers.
func dossierQuery(where string) string {
	return `SELECT d.id, d.name, d.version, d.manifest, d.content_hash, d.received_at,
		coalesce(f.name, ''), coalesce(f.sha256, ''), coalesce(f.size, 0),
		coalesce(f.problem, ''), coalesce(f.detail, '')
		FROM dossiers d LEFT JOIN documents f ON f.dossier = d.id AND f.version = d.version ` + where + `
		ORDER BY d.id, f.name`
}

// Heads returns every dossier in its newest version, sorted by id, without its files.
func (s Dossiers) Heads(ctx context.Context) ([]Accepted, error) {
	rows, err := s.db.QueryContext(ctx,
		`SELECT id, name, version, manifest, content_hash, received_at FROM dossiers ORDER BY id`)
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

// read decodes the columns that hold text.
func (a *Accepted) read(manifest, received string) error {
	a.ReceivedAt, _ = time.Parse(time.RFC3339, received)
	if err := json.Unmarshal([]byte(manifest), &a.Manifest); err != nil {
		return fmt.Errorf("the record of %s: %w", a.ID, err)
	}
	return nil
}

// CountFiles counts the files of all dossiers in their newest versions.
func (s Dossiers) CountFiles(ctx context.Context) (n int, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT count(*) FROM documents f
		JOIN dossiers d ON d.id = f.dossier AND d.version = f.version`).Scan(&n)
	return n, err
}

// All returns every dossier in its newest version, sorted by id.
func (s Dossiers) All(ctx context.Context) ([]Accepted, error) {
	rows, err := s.db.QueryContext(ctx, dossierQuery(""))
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

// ByID returns the dossiers with the given ids, in no particular order; unknown ids are left out.
func (s Dossiers) ByID(ctx context.Context, ids ...string) (out []Accepted, err error) {
	err = s.db.queryIn(ctx, dossierQuery("WHERE d.id IN (@)"), nil, ids, func(rows *sql.Rows) (err error) {
		out, err = addDossier(out, rows)
		return err
	})
	return out, err
}

// Get returns one dossier in its newest version, or nil if there is none.
func (s Dossiers) Get(ctx context.Context, id string) (*Accepted, error) {
	list, err := s.ByID(ctx, id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// addDossier scans a row of dossierQuery and adds it: a new dossier, or another file of the last one.
func addDossier(out []Accepted, rows *sql.Rows) ([]Accepted, error) {
	var a Accepted
	var f File
	var manifest, received string
	if err := rows.Scan(&a.ID, &a.Name, &a.Version, &manifest, &a.ContentHash, &received,
		&f.Name, &f.SHA256, &f.Size, &f.Problem, &f.Detail); err != nil {
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

// DossierFile is a file in the newest version of a dossier.
type DossierFile struct{ Dossier, Name, SHA256 string }

// FileHolders returns which dossiers contain files with the given hashes, sorted by dossier and name.
func (s Dossiers) FileHolders(ctx context.Context, shas []string) (out []DossierFile, err error) {
	query := `SELECT f.dossier, f.name, f.sha256 FROM documents f WHERE f.sha256 IN (@) AND ` + inNewest
	err = s.db.queryIn(ctx, query, nil, shas, func(rows *sql.Rows) error {
		var f DossierFile
		err := rows.Scan(&f.Dossier, &f.Name, &f.SHA256)
		out = append(out, f)
		return err
	})
	slices.SortFunc(out, func(a, b DossierFile) int {
		return cmp.Or(strings.Compare(a.Dossier, b.Dossier), strings.Compare(a.Name, b.Name))
	})
	return out, err
}

// PaperHolders returns the ids of the dossiers that contain files with the given hashes, by hash, each in
// order. A file inside another belongs to the dossiers of the outer one, as this version of the readers found
// it.
func (s Dossiers) PaperHolders(ctx context.Context, shas []string, reader string) (map[string][]string, error) {
	out := map[string][]string{}
	take := func(rows *sql.Rows) error {
		var id, sha string
		err := rows.Scan(&id, &sha)
		out[sha] = append(out[sha], id)
		return err
	}
	direct := `SELECT f.dossier, f.sha256 FROM documents f WHERE f.sha256 IN (@) AND ` + inNewest
	inside := `SELECT f.dossier, p.part FROM parts p JOIN documents f ON f.sha256 = p.sha256
		WHERE p.reader = ? AND p.part IN (@) AND f.problem = '' AND ` + inNewest
	err := errors.Join(s.db.queryIn(ctx, direct, nil, shas, take), s.db.queryIn(ctx, inside, []any{reader}, shas, take))
	for sha, ids := range out {
		slices.Sort(ids)
		out[sha] = slices.Compact(ids)
	}
	return out, err
}

// SomeFiles returns the hashes of at most n readable files of current versions, in no particular order.
func (s Dossiers) SomeFiles(ctx context.Context, n int) ([]string, error) {
	return s.db.column(ctx, `SELECT f.sha256
		FROM documents f JOIN dossiers d ON d.id = f.dossier AND d.version = f.version
		WHERE f.sha256 <> '' AND f.problem = '' LIMIT ?`, n)
}

// FilesOf returns the files of a version of a dossier, sorted by name; none if they are not kept any more.
func (s Dossiers) FilesOf(ctx context.Context, id string, version int) (out []File, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT name, sha256, size, problem, detail FROM documents
		WHERE dossier = ? AND version = ? ORDER BY name`, id, version)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var f File
		if err := rows.Scan(&f.Name, &f.SHA256, &f.Size, &f.Problem, &f.Detail); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, rows.Err()
}

// Deliver merges a delivery with the dossier as it is recorded, and records the new version and what the
// delivery changed, in one transaction. It sets a's version, files and manifest, and d's version and
// changes. It reports whether the record changed: it does not if the same files are delivered again.
func (s Dossiers) Deliver(ctx context.Context, a *Accepted, d *Delivery) (changed bool, err error) {
	h := Handover{Accepted: a, Delivery: d}
	err = s.db.tx(ctx, func(tx *sql.Tx) (err error) {
		h.Changed, err = deliver(ctx, tx, a, d)
		return err
	})
	return h.Changed, err
}

// Handover is one of several deliveries that are recorded together.
type Handover struct {
	Accepted *Accepted
	Delivery *Delivery
	Changed  bool  // as Deliver reports it
	Err      error // as Deliver returns it; the others are recorded
}

// DeliverAll does what Deliver does with several deliveries of different dossiers, in one transaction. If that fails,
// each is tried in a transaction of its own, so that one that cannot be recorded holds no one up.
func (s Dossiers) DeliverAll(ctx context.Context, all []*Handover) {
	as := make([]Accepted, len(all)) // as they were, should the transaction fail
	ds := make([]Delivery, len(all))
	for i, h := range all {
		as[i], ds[i] = *h.Accepted, *h.Delivery
	}
	err := s.db.tx(ctx, func(tx *sql.Tx) error {
		for _, h := range all {
			var err error
			h.Changed, err = deliver(ctx, tx, h.Accepted, h.Delivery)
			if h.Err = err; err != nil && !errors.Is(err, ErrTooMuch) { // which is found before anything is written
				return err
			}
		}
		return nil
	})
	if err == nil {
		return
	}
	for i, h := range all {
		*h.Accepted, *h.Delivery = as[i], ds[i]
		h.Changed, h.Err = s.Deliver(ctx, h.Accepted, h.Delivery)
	}
}

// deliver is Deliver within a transaction.
func deliver(ctx context.Context, tx *sql.Tx, a *Accepted, d *Delivery) (changed bool, err error) {
	before, err := newest(ctx, tx, a.ID)
	if err != nil {
		return false, err
	}
	if err := Merge(before, a, d); err != nil {
		return false, err
	}
	a.ContentHash, a.Version = a.Hash(), 0
	if before != nil {
		if a.Version = before.Version; before.ContentHash == a.ContentHash {
			return false, nil
		}
	}
	a.Version++
	if err := putVersion(ctx, tx, a); err != nil {
		return false, err
	}
	d.Version = a.Version
	return true, putDelivery(ctx, tx, a, d)
}

// Deliveries returns the deliveries of a dossier, the oldest first. Versions from before deliveries were
// recorded have none; the first one returned then has a version above 1.
func (s Dossiers) Deliveries(ctx context.Context, id string) ([]Delivery, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT version, received_at, entry, replaces, files
		FROM deliveries WHERE dossier = ? ORDER BY version`, id)
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

// Forget removes everything that the records hold about a dossier, in one transaction, and returns the
// hashes of its files that no other dossier contains; the caller must remove those blobs. Messages of
// the run ledger that contain the id or one of the names are replaced. The audit trail and published
// lists are not touched. Removed content may remain in free space until Erase is called; ErasureDue
// reports that this is due.
func (s Dossiers) Forget(ctx context.Context, id string, names ...string) (orphans []string, err error) {
	err = s.db.tx(ctx, func(tx *sql.Tx) error {
		shas, err := column(ctx, tx,
			`SELECT DISTINCT sha256 FROM documents WHERE dossier = ? AND sha256 <> ''`, id)
		if err != nil {
			return err
		}
		for _, q := range []string{
			`DELETE FROM documents WHERE dossier = ?`, `DELETE FROM deliveries WHERE dossier = ?`,
			`DELETE FROM dossiers WHERE id = ?`, `DELETE FROM profiles WHERE dossier = ?`,
			`DELETE FROM copies WHERE dossier = ?`, `DELETE FROM assessments WHERE dossier = ?`,
			`DELETE FROM panel_scores WHERE dossier = ?`, `DELETE FROM scanned WHERE dossier = ?`,
			`DELETE FROM index_entries WHERE dossier = ?`,
		} {
			if _, err := tx.ExecContext(ctx, q, id); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM drafts WHERE place = ?`, "comment "+id); err != nil {
			return err
		}
		if err := redactRuns(ctx, tx, append(names, id)); err != nil {
			return err
		}
		if err := markErasureDue(ctx, tx); err != nil {
			return err
		}
		if err := set(ctx, tx, epochKey, rand.Text()); err != nil {
			return err
		}
		orphans, err = dropOrphans(ctx, tx, shas)
		return err
	})
	return orphans, err
}

// DropVersions removes the files of versions that were superseded before a time, and returns the hashes
// of the blobs that nothing refers to any more; the caller must remove them.
func (s Dossiers) DropVersions(ctx context.Context, before time.Time) (orphans []string, err error) {
	err = s.db.tx(ctx, func(tx *sql.Tx) error {
		const old = ` FROM documents WHERE EXISTS (SELECT 1 FROM dossiers d
			WHERE d.id = documents.dossier AND documents.version < d.version AND d.received_at < ?)`
		at := before.UTC().Format(time.RFC3339)
		shas, err := column(ctx, tx, `SELECT DISTINCT sha256`+old, at)
		if err != nil || len(shas) == 0 {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE`+old, at); err != nil {
			return err
		}
		orphans, err = dropOrphans(ctx, tx, shas)
		return err
	})
	return orphans, err
}

// Unlisted returns how many dossiers were ingested and are not in the search index, hence on no list, yet. Each search
// asks for it, so it is counted only if something was ingested, indexed or forgotten since: dossiers are only added,
// unless one is forgotten, which changes the epoch.
func (s Dossiers) Unlisted(ctx context.Context) (n int, err error) {
	var at unlistedAt
	const setting = `coalesce((SELECT value FROM settings WHERE key = ?), '')`
	if err := s.db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM dossiers), `+setting+`, `+setting,
		stateKey, epochKey).Scan(&at.dossiers, &at.state, &at.epoch); err != nil {
		return 0, err
	}
	if last := s.db.unlisted.Load(); last != nil && last.at == at {
		return last.n, nil
	}
	err = s.db.QueryRowContext(ctx,
		`SELECT count(*) FROM dossiers WHERE id NOT IN (SELECT dossier FROM index_entries)`).Scan(&n)
	if err == nil {
		s.db.unlisted.Store(&unlisted{at, n})
	}
	return n, err
}

// unlisted is what Unlisted counted, and when.
type unlisted struct {
	at unlistedAt
	n  int
}

// unlistedAt is what the count follows from.
type unlistedAt struct {
	dossiers     int
	state, epoch string // of the index
}

// NamedFiles returns the hashes of all blobs that the records refer to, each with a description of the
// file for messages.
func (s Dossiers) NamedFiles(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	err := s.db.eachValue(ctx, `SELECT part, sha256 FROM parts WHERE part <> ''`, func(part string, in []byte) {
		out[part] = "a file inside " + string(in)
	})
	if err != nil {
		return nil, err
	}
	err = s.db.eachValue(ctx, `SELECT sha256, name || ' of ' || dossier FROM documents
		WHERE sha256 <> '' ORDER BY version`, func(sha string, of []byte) {
		out[sha] = string(of)
	})
	return out, err
}
