package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/dossier"
)

// Readings holds what was read of files: the tables readings, parts and scans. All of it can be read
// again from the blobs; a crash loses at most the batch that was being written. reader is always the
// version of the readers (extract.Version): rows of other versions are ignored.
type Readings struct{ db *database }

// Conditions on files. inNewest: the row f of documents belongs to the newest version of its dossier.
// isWanted: the file w.sha256 is one of those, or was found inside one of them by the version of the
// readers that is its parameter.
const (
	inNewest = `EXISTS (SELECT 1 FROM dossiers d WHERE d.id = f.dossier AND d.version = f.version)`
	isWanted = `(EXISTS (SELECT 1 FROM documents f WHERE f.sha256 = w.sha256 AND f.problem = '' AND ` + inNewest + `)
		OR EXISTS (SELECT 1 FROM parts p JOIN documents f ON f.sha256 = p.sha256
			WHERE p.part = w.sha256 AND p.reader = ? AND f.problem = '' AND ` + inNewest + `))`
)

// Unread returns the hashes of files that this version of the readers has not read yet, sorted. With
// office, LibreOffice is available, and files that wait for it are returned too.
func (s Readings) Unread(ctx context.Context, reader string, office bool) ([]string, error) {
	const unread = ` NOT EXISTS (SELECT 1 FROM readings r WHERE r.sha256 = @ AND r.reader = ?) `
	const query = `SELECT f.sha256 FROM documents f WHERE f.problem = '' AND {file} AND ` + inNewest + `
		UNION SELECT p.part FROM parts p WHERE p.reader = ? AND {part}
			AND EXISTS (SELECT 1 FROM documents f WHERE f.sha256 = p.sha256 AND f.problem = '' AND ` + inNewest + `)
		UNION SELECT w.sha256 FROM readings w
			WHERE w.reader = ? AND (w.waits <> '' OR w.scans <> '') AND w.waits <> '' AND ? AND ` + isWanted + `
		ORDER BY 1`
	conditions := strings.NewReplacer(
		"{file}", strings.Replace(unread, "@", "f.sha256", 1), "{part}", strings.Replace(unread, "@", "p.part", 1))
	return s.db.column(ctx, conditions.Replace(query), reader, reader, reader, reader, office, reader)
}

// PageImage names a page that has no text and must be read by OCR.
type PageImage struct {
	SHA256 string // of the file
	Page   int    // from 1
}

// WithoutOCR returns the pages that this OCR engine has not read yet, sorted by file; with "" as the
// engine, those that no engine has read.
func (s Readings) WithoutOCR(ctx context.Context, reader, engine string) ([]PageImage, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT w.sha256, w.scans FROM readings w
		WHERE w.reader = ? AND (w.waits <> '' OR w.scans <> '') AND w.scans <> '' AND `+isWanted+`
		ORDER BY w.sha256`, reader, reader)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []PageImage
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
			all = append(all, PageImage{sha, n})
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	have := map[PageImage]bool{}
	done, err := s.db.QueryContext(ctx, `SELECT sha256, page FROM scans WHERE ? = '' OR engine = ?`, engine, engine)
	if err != nil {
		return nil, err
	}
	defer done.Close()
	for done.Next() {
		var sc PageImage
		if err := done.Scan(&sc.SHA256, &sc.Page); err != nil {
			return nil, err
		}
		have[sc] = true
	}
	return slices.DeleteFunc(all, func(sc PageImage) bool { return have[sc] }), done.Err()
}

// PutOCR stores what OCR read of a page, in place of what another engine read.
func (s Readings) PutOCR(ctx context.Context, sc PageImage, engine string, page dossier.OCRPage) error {
	b, err := pack(page)
	if err != nil {
		return err
	}
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO scans (sha256, page, engine, result) VALUES (?, ?, ?, ?)
			ON CONFLICT (sha256, page) DO UPDATE SET engine = excluded.engine, result = excluded.result`,
			sc.SHA256, sc.Page, engine, b)
		return err
	})
}

// States returns, by the hash of a file, what can change about its reading while the file does not: the
// program that it waits for, and the engines that have read its scanned pages. It is part of cache keys,
// so its form must not change. Files about which nothing can change are left out.
func (s Readings) States(ctx context.Context, reader string) (map[string]string, error) {
	rows, err := s.db.QueryContext(ctx, readStateQuery(""), reader)
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

// StatesByFile returns what States does, for some files.
func (s Readings) StatesByFile(ctx context.Context, reader string, shas []string) (map[string]string, error) {
	out := map[string]string{}
	query := readStateQuery("AND coalesce(p.sha256, r.sha256) IN (@)")
	err := s.db.queryIn(ctx, query, []any{reader}, shas, func(rows *sql.Rows) error {
		return addReadState(out, rows)
	})
	return out, err
}

// readStateQuery returns the query of States; which adds a condition on the rows.
func readStateQuery(which string) string {
	return `SELECT coalesce(p.sha256, r.sha256), r.waits, r.scans, coalesce(group_concat(DISTINCT c.engine), '')
		FROM readings r LEFT JOIN parts p ON p.part = r.sha256 AND p.reader = r.reader
			LEFT JOIN scans c ON c.sha256 = r.sha256
		WHERE r.reader = ? AND (r.waits <> '' OR r.scans <> '') ` + which + `
		GROUP BY 1, r.sha256, r.waits, r.scans ORDER BY 1, r.sha256`
}

// addReadState adds a row of readStateQuery. The state of a file inside another belongs to the outer one.
func addReadState(out map[string]string, rows *sql.Rows) error {
	var sha, waits, scans, engines string
	if err := rows.Scan(&sha, &waits, &scans, &engines); err != nil {
		return err
	}
	out[sha] += waits + "|" + engines + ";"
	return nil
}

// Put stores what was read of files, by hash, in one transaction. The blobs of files that were found
// inside them must be stored already.
func (s Readings) Put(ctx context.Context, reader string, results map[string]dossier.Reading) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		// In a fixed order, so that two transactions never wait for each other's rows.
		for _, sha := range slices.Sorted(maps.Keys(results)) {
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
			if _, err := tx.ExecContext(ctx, `INSERT INTO readings (sha256, reader, result, waits, scans)
				VALUES (?, ?, ?, ?, ?)
				ON CONFLICT (sha256, reader) DO UPDATE
					SET result = excluded.result, waits = excluded.waits, scans = excluded.scans`,
				sha, reader, b, waits, strings.Join(scans, ",")); err != nil {
				return err
			}
			for _, p := range r.Parts {
				if p.SHA256 == "" {
					continue
				}
				const query = `INSERT INTO parts (sha256, reader, part) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`
				if _, err := tx.ExecContext(ctx, query, sha, reader, p.SHA256); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Packed returns the readings of files, compressed, by hash. Files that this version of the readers has
// not read are left out.
func (s Readings) Packed(ctx context.Context, shas []string, reader string) (map[string]PackedReading, error) {
	out := map[string]PackedReading{}
	const query = `SELECT sha256, result FROM readings WHERE reader = ? AND sha256 IN (@)`
	err := s.db.queryIn(ctx, query, []any{reader}, shas, func(rows *sql.Rows) error {
		var sha string
		var b []byte
		err := rows.Scan(&sha, &b)
		out[sha] = b
		return err
	})
	return out, err
}

// LatestPacked is Packed with what an older version read of the files that this version has not read: the
// latest such reading of each.
func (s Readings) LatestPacked(ctx context.Context, shas []string, reader string) (map[string]PackedReading, error) {
	out := map[string]PackedReading{}
	best := map[string]int{}
	const query = `SELECT sha256, reader, result FROM readings WHERE sha256 IN (@)`
	err := s.db.queryIn(ctx, query, nil, shas, func(rows *sql.Rows) error {
		var sha, by string
		var b []byte
		if err := rows.Scan(&sha, &by, &b); err != nil {
			return err
		}
		rank, err := strconv.Atoi(by)
		if err != nil {
			rank = 0 // not a version that a release had
		}
		if by == reader {
			rank = math.MaxInt
		}
		if old, ok := best[sha]; !ok || rank > old {
			best[sha], out[sha] = rank, b
		}
		return nil
	})
	return out, err
}

// OCR returns what OCR read of a file, by page number.
func (s Readings) OCR(ctx context.Context, sha string) (map[int]dossier.OCRPage, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT page, result FROM scans WHERE sha256 = ?`, sha)
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

// separateTexts is the first byte of a reading whose texts follow its JSON instead of being in it: most of a
// reading is text, and decoding JSON strings costs more than everything else about loading it. Older
// readings are JSON only, and begin with a brace.
const separateTexts = 'T'

// errDamagedReading is returned for a reading whose lengths do not fit its bytes.
var errDamagedReading = errors.New("the record of what was read is damaged")

// packReading encodes a reading: a marker, the length of the JSON without the texts of the pages, the
// JSON, then each text with its length before it. Lengths are unsigned varints in bytes.
func packReading(r dossier.Reading) ([]byte, error) {
	texts := make([]string, len(r.Pages))
	r.Pages = slices.Clone(r.Pages)
	total := 0
	for i := range r.Pages {
		texts[i], r.Pages[i].Text = r.Pages[i].Text, ""
		total += len(texts[i])
	}
	head, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 0, len(head)+total+16+4*len(texts))
	b = append(b, separateTexts)
	b = binary.AppendUvarint(b, uint64(len(head)))
	b = append(b, head...)
	for _, t := range texts {
		b = binary.AppendUvarint(b, uint64(len(t)))
		b = append(b, t...)
	}
	return compress(b), nil
}

// PackedReading is a reading as it is stored. A batch of dossiers is loaded packed, and one dossier is
// unpacked at a time, to bound the memory in use.
type PackedReading []byte

// Pack encodes a reading as it would be stored.
func Pack(r dossier.Reading) (PackedReading, error) { return packReading(r) }

// Unpack decodes the reading.
func (p PackedReading) Unpack() (dossier.Reading, error) { return unpackReading(p) }

// unpackReading decodes what packReading or an older version wrote.
func unpackReading(packed []byte) (res dossier.Reading, err error) {
	b, err := decompress(packed)
	if err != nil {
		return res, err
	}
	if len(b) == 0 || b[0] != separateTexts {
		return res, json.Unmarshal(b, &res)
	}
	b = b[1:]
	next := func() ([]byte, bool) {
		n, k := binary.Uvarint(b)
		if k <= 0 || n > uint64(len(b)-k) {
			return nil, false
		}
		out := b[k : k+int(n)]
		b = b[k+int(n):]
		return out, true
	}
	head, ok := next()
	if !ok {
		return res, errDamagedReading
	}
	if err := json.Unmarshal(head, &res); err != nil {
		return res, err
	}
	for i := range res.Pages {
		text, ok := next()
		if !ok {
			return res, errDamagedReading
		}
		res.Pages[i].Text = string(text)
	}
	return res, nil
}

// Sightings holds what was seen of quotes on rendered pages: the table sightings. These are records, not a
// cache: lists depend on them, and another machine may have another renderer, or none.
type Sightings struct{ db *database }

const sightingColumns = `s.sha256, s.page, s.words, s.result, s.renderer, s.seen_at`

// Put records sightings in one transaction. A quote that was looked for before keeps its first result,
// unless the file could not be rendered then.
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

// query runs a query for sightings by the hashes of files, which may be more than one statement takes, and
// sorts them: their order must not depend on the database.
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

// DoubtsByDossier returns the sightings of Doubts of all dossiers in their newest versions, by the
// dossier's id. A file inside another counts to the dossiers of the outer one, as this version of the
// readers found it.
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

// PrintedByDossier returns how many quotes were seen on pages that were not rendered by renderer alone, which are those
// of Office documents, by dossier. It counts the files that DoubtsByDossier does; dossiers without any are left out.
func (s Sightings) PrintedByDossier(ctx context.Context, reader, renderer string) (map[string]int, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT printed.dossier, COUNT(*) FROM (
			SELECT f.dossier AS dossier, s.sha256, s.page, s.quote FROM sightings s
				JOIN documents f ON f.sha256 = s.sha256
			WHERE s.result = 'seen' AND s.renderer <> ? AND f.problem = '' AND `+inNewest+`
			UNION SELECT f.dossier, s.sha256, s.page, s.quote FROM sightings s
				JOIN parts p ON p.part = s.sha256 AND p.reader = ? JOIN documents f ON f.sha256 = p.sha256
			WHERE s.result = 'seen' AND s.renderer <> ? AND f.problem = '' AND `+inNewest+`) AS printed
		GROUP BY printed.dossier`, renderer, reader, renderer)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var id string
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			return nil, err
		}
		out[id] = n
	}
	return out, rows.Err()
}

// scanSighting scans the columns first and then those of a sighting.
func scanSighting(rows *sql.Rows, first ...any) (x dossier.Sighting, err error) {
	err = rows.Scan(append(first, &x.SHA256, &x.Page, &x.Quote, &x.Result, &x.Renderer, &x.At)...)
	return x, err
}
