package main

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite"

	"kheo/internal/text/language"
)

// measureFTS5 measures SQLite's full-text index: folded words with positions, no texts (content=”). It runs
// without a journal and without syncing, which is faster than it could be used for records.
func measureFTS5(m *measured, t *texts, path string, keep bool) error {
	if !keep {
		os.Remove(path)
	}
	db, err := sql.Open("sqlite",
		path+"?_pragma=journal_mode(off)&_pragma=synchronous(off)&_pragma=cache_size(-200000)")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if !keep {
		start := time.Now()
		if err := fillFTS5(db, t); err != nil {
			return err
		}
		m.Rate = float64(t.len()) / time.Since(start).Seconds()
		m.Peak = peak()
	}
	m.Size = sizeOf(path)
	for _, s := range querySets(t) {
		if s.exact || s.similar {
			continue
		}
		if err := m.time(s, func(q string) (int, error) { return searchFTS5(db, s, q) }); err != nil {
			return err
		}
	}
	return nil
}

// fillFTS5 makes the tables and writes all texts, with what facets are counted by.
func fillFTS5(db *sql.DB, t *texts) error {
	if _, err := db.Exec(`
		CREATE VIRTUAL TABLE texts USING fts5(body, content='', tokenize="unicode61 remove_diacritics 2");
		CREATE TABLE about (id INTEGER PRIMARY KEY, unit TEXT, field TEXT, outcome TEXT)`); err != nil {
		return err
	}
	for i := 0; i < t.len(); i += batchSize {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		for n := i; n < min(t.len(), i+batchSize); n++ {
			if _, err := tx.Exec(`INSERT INTO texts(rowid, body) VALUES (?, ?)`, n+1,
				strings.ReplaceAll(t.get(n), "đ", "d")); err != nil {
				return err
			}
			if _, err := tx.Exec(`INSERT INTO about VALUES (?, ?, ?, ?)`, n+1,
				unitOf(n), fieldOf(n), outcomeOf(n)); err != nil {
				return err
			}
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// searchFTS5 reads the first ten hits of a query, and returns the number of all. For a set with facets it counts
// the hits by each of them, as kheo does.
func searchFTS5(db *sql.DB, s set, q string) (n int, err error) {
	if s.phrase {
		q = `"` + q + `"`
	}
	rows, err := db.Query(`SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rank LIMIT 10`, q)
	if err != nil {
		return 0, err
	}
	for rows.Next() {
	}
	if err := rows.Close(); err != nil {
		return 0, err
	}
	if !s.facets {
		err = db.QueryRow(`SELECT count(*) FROM texts WHERE texts MATCH ?`, q).Scan(&n)
		return n, err
	}
	for _, by := range []string{"unit", "field", "outcome"} {
		if n, err = countFTS5(db, by, q); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// countFTS5 counts the hits of a query by the values of a column, and returns their sum.
func countFTS5(db *sql.DB, by, q string) (n int, err error) {
	rows, err := db.Query(`SELECT `+by+`, count(*)
		FROM texts JOIN about ON about.id = texts.rowid WHERE texts MATCH ? GROUP BY 1`, q)
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		var value string
		var k int
		if err := rows.Scan(&value, &k); err != nil {
			return 0, err
		}
		n += k
	}
	return n, rows.Close()
}

// writeForXapian writes what the program that measures Xapian reads: a line for each text, folded, and the
// queries. Xapian has no bindings for Go, so against_xapian.py does the rest.
func writeForXapian(dir string, t *texts, sets []set) error {
	f, err := os.Create(filepath.Join(dir, "xapian.txt"))
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	for n := range t.len() {
		fmt.Fprintf(w, "%s %s %s\t%s\n", unitOf(n), fieldOf(n), outcomeOf(n), language.Fold(t.get(n)))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	type asked struct {
		Name    string   `json:"name"`
		Queries []string `json:"queries"`
		Phrase  bool     `json:"phrase"`
		Facets  bool     `json:"facets"`
	}
	var all []asked
	for _, s := range sets {
		if !s.exact && !s.similar {
			all = append(all, asked{s.name, s.queries, s.phrase, s.facets})
		}
	}
	b, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "xapian.json"), b, 0o644)
}
