package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"kheo/internal/dossier"
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

// Accept records a dossier as a delivery that is the whole of it. It reports whether the record
// changed: the same dossier handed in again does not.
func (s *Store) Accept(ctx context.Context, a *Accepted) (changed bool, err error) {
	return s.Deliver(ctx, a, &Delivery{Entry: a.Name, Whole: true, Described: a.Manifest.Source != ""})
}

// theDossiers asks for dossiers with their files; where is which.
func theDossiers(where string) string {
	return `SELECT d.id, d.name, d.version, d.manifest, d.content_hash, d.received_at,
		coalesce(f.name, ''), coalesce(f.sha256, ''), coalesce(f.size, 0), coalesce(f.problem, ''), coalesce(f.detail, '')
		FROM dossiers d LEFT JOIN documents f ON f.dossier = d.id AND f.version = d.version ` + where + ` ORDER BY d.id, f.name`
}

// Heads returns every dossier in its newest version, by id, without its files.
func (s *Store) Heads(ctx context.Context) ([]Accepted, error) {
	rows, err := s.DB.QueryContext(ctx, `SELECT id, name, version, manifest, content_hash, received_at FROM dossiers ORDER BY id`)
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
func (s *Store) CountFiles(ctx context.Context) (n int, err error) {
	err = s.DB.QueryRowContext(ctx, `SELECT count(*) FROM documents f JOIN dossiers d ON d.id = f.dossier AND d.version = f.version`).Scan(&n)
	return n, err
}

// Dossiers returns every dossier in its newest version, by id.
func (s *Store) Dossiers(ctx context.Context) ([]Accepted, error) {
	rows, err := s.DB.QueryContext(ctx, theDossiers(""))
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

// DossiersOf returns the dossiers that have one of the ids.
func (s *Store) DossiersOf(ctx context.Context, ids ...string) (out []Accepted, err error) {
	err = s.among(ctx, theDossiers("WHERE d.id IN (@)"), nil, ids, func(rows *sql.Rows) (err error) {
		out, err = addDossier(out, rows)
		return err
	})
	return out, err
}

// Dossier returns one dossier, or nil.
func (s *Store) Dossier(ctx context.Context, id string) (*Accepted, error) {
	list, err := s.DossiersOf(ctx, id)
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

// Conditions of files: that of f a newest version holds one; that one of w is among those, or
// inside one of them, by a reader's version.
const (
	inNewest = `EXISTS (SELECT 1 FROM dossiers d WHERE d.id = f.dossier AND d.version = f.version)`
	isWanted = `(EXISTS (SELECT 1 FROM documents f WHERE f.sha256 = w.sha256 AND f.problem = '' AND ` + inNewest + `)
		OR EXISTS (SELECT 1 FROM parts p JOIN documents f ON f.sha256 = p.sha256 WHERE p.part = w.sha256 AND p.reader = ? AND f.problem = '' AND ` + inNewest + `))`
)

// Unread returns the hashes of files that the readers of this version have not
// read yet. office tells that LibreOffice is there, for those that wait for it.
func (s *Store) Unread(ctx context.Context, reader string, office bool) ([]string, error) {
	const unread = ` NOT EXISTS (SELECT 1 FROM readings r WHERE r.sha256 = @ AND r.reader = ?) `
	return s.column(ctx, `SELECT f.sha256 FROM documents f WHERE f.problem = '' AND `+strings.Replace(unread, "@", "f.sha256", 1)+` AND `+inNewest+`
		UNION SELECT p.part FROM parts p WHERE p.reader = ? AND `+strings.Replace(unread, "@", "p.part", 1)+`
			AND EXISTS (SELECT 1 FROM documents f WHERE f.sha256 = p.sha256 AND f.problem = '' AND `+inNewest+`)
		UNION SELECT w.sha256 FROM readings w WHERE w.reader = ? AND (w.waits <> '' OR w.scans <> '') AND w.waits <> '' AND ? AND `+isWanted+`
		ORDER BY 1`, reader, reader, reader, reader, office, reader)
}

// Scan names a page whose image OCR must read.
type Scan struct {
	SHA256 string
	Page   int
}

// Unscanned returns the pages that this OCR engine has not read yet; those that
// none has read where it is "".
func (s *Store) Unscanned(ctx context.Context, reader, engine string) ([]Scan, error) {
	rows, err := s.DB.QueryContext(ctx, `SELECT w.sha256, w.scans FROM readings w WHERE w.reader = ? AND (w.waits <> '' OR w.scans <> '') AND w.scans <> '' AND `+isWanted+` ORDER BY w.sha256`, reader, reader)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Scan
	for rows.Next() {
		var sha, pages string
		if err := rows.Scan(&sha, &pages); err != nil {
			return nil, err
		}
		for _, p := range strings.Split(pages, ",") {
			n, err := strconv.Atoi(p)
			if err != nil {
				return nil, fmt.Errorf("the record of the pages of %s: %w", sha, err)
			}
			all = append(all, Scan{sha, n})
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	have := map[Scan]bool{}
	done, err := s.DB.QueryContext(ctx, `SELECT sha256, page FROM scans WHERE ? = '' OR engine = ?`, engine, engine)
	if err != nil {
		return nil, err
	}
	defer done.Close()
	for done.Next() {
		var sc Scan
		if err := done.Scan(&sc.SHA256, &sc.Page); err != nil {
			return nil, err
		}
		have[sc] = true
	}
	return slices.DeleteFunc(all, func(sc Scan) bool { return have[sc] }), done.Err()
}

// PutScan keeps what OCR read of a page.
func (s *Store) PutScan(ctx context.Context, sc Scan, engine string, page dossier.OCRPage) error {
	b, err := pack(page)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO scans (sha256, page, engine, result) VALUES (?, ?, ?, ?)
			ON CONFLICT (sha256, page) DO UPDATE SET engine = excluded.engine, result = excluded.result`, sc.SHA256, sc.Page, engine, b)
		return err
	})
}

// ReadState tells, by the hash of a file, what of its reading can change though
// the file does not: the program that it waits for, the engines that have read
// its scanned pages. A file for which there is nothing to tell is left out.
func (s *Store) ReadState(ctx context.Context, reader string) (map[string]string, error) {
	rows, err := s.DB.QueryContext(ctx, readState(""), reader)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		if err := addReadState(out, rows); err != nil {
			return nil, err
		}
	}
	return out, rows.Err()
}

// ReadStateOf is ReadState of some files.
func (s *Store) ReadStateOf(ctx context.Context, reader string, shas []string) (map[string]string, error) {
	out := map[string]string{}
	err := s.among(ctx, readState("AND coalesce(p.sha256, r.sha256) IN (@)"), []any{reader}, shas, func(rows *sql.Rows) error { return addReadState(out, rows) })
	return out, err
}

// FileOf names a file of a dossier's newest version.
type FileOf struct{ Dossier, Name, SHA256 string }

// HoldersOf returns where some files stand, by dossier and name.
func (s *Store) HoldersOf(ctx context.Context, shas []string) (out []FileOf, err error) {
	err = s.among(ctx, `SELECT f.dossier, f.name, f.sha256 FROM documents f WHERE f.sha256 IN (@) AND `+inNewest, nil, shas, func(rows *sql.Rows) error {
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

func readState(which string) string {
	return `SELECT coalesce(p.sha256, r.sha256), r.waits, r.scans, coalesce(group_concat(DISTINCT c.engine), '')
		FROM readings r LEFT JOIN parts p ON p.part = r.sha256 AND p.reader = r.reader LEFT JOIN scans c ON c.sha256 = r.sha256
		WHERE r.reader = ? AND (r.waits <> '' OR r.scans <> '') ` + which + ` GROUP BY 1, r.sha256, r.waits, r.scans ORDER BY 1, r.sha256`
}

func addReadState(out map[string]string, rows *sql.Rows) error {
	var sha, waits, scans, engines string
	if err := rows.Scan(&sha, &waits, &scans, &engines); err != nil {
		return err
	}
	out[sha] += waits + "|" + engines + ";"
	return nil
}

// SomeFiles returns the hashes of at most n files of dossiers as they are now.
func (s *Store) SomeFiles(ctx context.Context, n int) ([]string, error) {
	return s.column(ctx, `SELECT f.sha256 FROM documents f JOIN dossiers d ON d.id = f.dossier AND d.version = f.version
		WHERE f.sha256 <> '' AND f.problem = '' LIMIT ?`, n)
}

func (s *Store) column(ctx context.Context, query string, args ...any) ([]string, error) {
	return column(ctx, s.DB, query, args...)
}

// column asks for one column, of the records or within a transaction.
func column(ctx context.Context, of interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}, query string, args ...any) ([]string, error) {
	rows, err := of.QueryContext(ctx, query, args...)
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

// PutReadings keeps what was read of files. The files inside them are kept
// already.
func (s *Store) PutReadings(ctx context.Context, reader string, results map[string]dossier.Reading) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		for _, sha := range slices.Sorted(maps.Keys(results)) { // in one order, so that no two wait for each other
			r := results[sha]
			b, err := packReading(r)
			if err != nil {
				return err
			}
			waits := ""
			if r.Error == dossier.NeedsOffice {
				waits = "office"
			}
			scans := make([]string, len(r.Scans))
			for i, n := range r.Scans {
				scans[i] = strconv.Itoa(n)
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO readings (sha256, reader, result, waits, scans) VALUES (?, ?, ?, ?, ?)
				ON CONFLICT (sha256, reader) DO UPDATE SET result = excluded.result, waits = excluded.waits, scans = excluded.scans`,
				sha, reader, b, waits, strings.Join(scans, ",")); err != nil {
				return err
			}
			for _, p := range r.Parts {
				if p.SHA256 == "" {
					continue
				}
				if _, err := tx.ExecContext(ctx, `INSERT INTO parts (sha256, reader, part) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, sha, reader, p.SHA256); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// PackedReadings returns the readings of files by a version of the readers, compressed as they are
// kept, by the files' hashes. Files that this version has not read are left out.
func (s *Store) PackedReadings(ctx context.Context, shas []string, reader string) (map[string]PackedReading, error) {
	out := map[string]PackedReading{}
	err := s.among(ctx, `SELECT sha256, result FROM readings WHERE reader = ? AND sha256 IN (@)`, []any{reader}, shas, func(rows *sql.Rows) error {
		var sha string
		var b []byte
		err := rows.Scan(&sha, &b)
		out[sha] = b
		return err
	})
	return out, err
}

// Scans returns what OCR read of a file, by page.
func (s *Store) Scans(ctx context.Context, sha string) (map[int]dossier.OCRPage, error) {
	rows, err := s.DB.QueryContext(ctx, `SELECT page, result FROM scans WHERE sha256 = ?`, sha)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int]dossier.OCRPage{}
	for rows.Next() {
		var n int
		var b []byte
		var p dossier.OCRPage
		if err := rows.Scan(&n, &b); err != nil {
			return nil, err
		}
		if err := unpack(b, &p); err != nil {
			return nil, err
		}
		out[n] = p
	}
	return out, rows.Err()
}
