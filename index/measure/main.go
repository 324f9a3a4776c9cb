// Measure reports how quickly kheo's index is made and searched, and beside it, on the
// same texts and in the same run, SQLite's FTS5 (modernc.org/sqlite) and Xapian. `make
// bench-search` runs it.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"kheo/index"
	"kheo/internal/dossier"
)

// measured is what one engine did.
type measured struct {
	Rate float64            `json:"rate"` // dossiers indexed per second
	Peak float64            `json:"peak"` // MB resident at most while indexing, with what is mapped of files
	Own  float64            `json:"own"`  // of these its own memory, without what is mapped of files
	Size float64            `json:"size"` // of the index, in times of the text
	P50  map[string]float64 `json:"p50"`  // ms
	P99  map[string]float64 `json:"p99"`
	Hits map[string]int     `json:"hits"` // in all, to see that the engines find the same
}

// main compares the engines, or, with -engine, measures one of them: compare starts this program again for
// each, so that the memory of one does not count for another.
func main() {
	n := flag.Int("n", 100_000, "dossiers")
	dir := flag.String("dir", filepath.Join(os.TempDir(), "kheo-measure-search"), "where to work")
	engine := flag.String("engine", "", "measure one engine in this process, and print JSON")
	engines := flag.String("engines", "kheo,fts5,xapian", "engines to compare")
	script := flag.String("xapian", "index/measure/against_xapian.py", "the program that measures Xapian")
	keep := flag.Bool("keep", false, "search the index that is there")
	flag.Parse()
	var err error
	if *engine != "" {
		err = one(*engine, *dir, *keep)
	} else {
		err = compare(*dir, *n, strings.Split(*engines, ","), *script, *keep)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

// compare measures engines, each in a process of its own, and prints a table. The texts are written once
// and used by all; with keep, so is each index.
func compare(dir string, n int, engines []string, script string, keep bool) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	path := filepath.Join(dir, "texts")
	t, err := openTexts(path)
	if err != nil || t.len() != n {
		fmt.Fprintf(os.Stderr, "writing %d texts\n", n)
		if err := writeTexts(path, n); err != nil {
			return err
		}
		if t, err = openTexts(path); err != nil {
			return err
		}
	}
	sets := querySets(t)
	results := map[string]measured{}
	for _, e := range engines {
		fmt.Fprintf(os.Stderr, "measuring %s\n", e)
		var cmd *exec.Cmd
		if e == "xapian" {
			if err := writeForXapian(dir, t, sets); err != nil {
				return err
			}
			cmd = exec.Command("/usr/bin/python3", script, dir)
		} else {
			args := []string{"-engine", e, "-dir", dir}
			if keep {
				args = append(args, "-keep")
			}
			cmd = exec.Command(os.Args[0], args...)
		}
		m, err := measuredBy(cmd)
		if err != nil {
			return fmt.Errorf("%s: %w", e, err)
		}
		m.Size /= float64(t.bytes())
		results[e] = m
	}
	fmt.Printf("%d texts, %.0f MB, %d cores\n", n, float64(t.bytes())/1e6, runtime.GOMAXPROCS(0))
	return printFigures(engines, results, sets)
}

// measuredBy runs a program that measures one engine, and returns the figures that it prints as JSON.
func measuredBy(cmd *exec.Cmd) (m measured, err error) {
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(out, &m); err != nil {
		return m, fmt.Errorf("%w: %s", err, out)
	}
	// A program that does not report its memory itself, such as the one for Xapian, is judged by what
	// the kernel saw of it.
	if m.Peak == 0 {
		m.Peak = float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) / 1024
	}
	return m, nil
}

// printFigures prints a table of the figures of all engines.
func printFigures(names []string, results map[string]measured, sets []set) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	// One row for each figure and one column for each engine, as docs/benchmarks.md has them.
	row := func(name string, cell func(m measured) string) {
		fmt.Fprint(w, name)
		for _, e := range names {
			fmt.Fprint(w, "\t", cell(results[e]))
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, "\t"+strings.Join(names, "\t"))
	row("indexed per second", func(m measured) string { return fmt.Sprintf("%.0f", m.Rate) })
	row("peak memory, MB", func(m measured) string { return fmt.Sprintf("%.0f", m.Peak) })
	row("own memory of that, MB", func(m measured) string {
		if m.Own == 0 {
			return "–"
		}
		return fmt.Sprintf("%.0f", m.Own)
	})
	row("index, times the text", func(m measured) string { return fmt.Sprintf("%.2f", m.Size) })
	for _, s := range sets {
		row(s.name+": p50 / p99 ms (hits)", func(m measured) string {
			p, ok := m.P99[s.name]
			if !ok {
				return "–"
			}
			return fmt.Sprintf("%.2f / %.2f (%d)", m.P50[s.name], p, m.Hits[s.name])
		})
	}
	return w.Flush()
}

// one measures one engine of this program on the texts in dir, and prints the result as JSON. With keep it
// searches the index that an earlier run left there.
func one(engine, dir string, keep bool) error {
	t, err := openTexts(filepath.Join(dir, "texts"))
	if err != nil {
		return err
	}
	m := measured{P50: map[string]float64{}, P99: map[string]float64{}, Hits: map[string]int{}}
	switch engine {
	case "kheo":
		err = measureKheo(&m, t, filepath.Join(dir, "kheo"), keep)
	case "fts5":
		err = measureFTS5(&m, t, filepath.Join(dir, "fts5.db"), keep)
	default:
		err = fmt.Errorf("there is no engine %q", engine)
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(m)
}

// longest is how long an engine may take for one round of a set; then it is measured by the queries that it
// came to. Without a bound, the phrases of frequent words would take some engines hours.
const longest = 30 * time.Second

// time searches a set twice, and measures the second time, with warm caches: what people wait for on a
// server that is in use. The hits of both rounds are the same; those of the second are kept.
func (m *measured) time(s set, search func(q string) (int, error)) error {
	took := make([]float64, 0, len(s.queries))
	for round := range 2 {
		m.Hits[s.name] = 0
		begin := time.Now()
		for _, q := range s.queries {
			if time.Since(begin) > longest {
				break
			}
			start := time.Now()
			n, err := search(q)
			if err != nil {
				return fmt.Errorf("%s: %w", q, err)
			}
			if round == 1 {
				took = append(took, float64(time.Since(start).Microseconds())/1000)
			}
			m.Hits[s.name] += n
		}
	}
	sort.Float64s(took)
	m.P50[s.name], m.P99[s.name] = took[len(took)/2], took[len(took)*99/100]
	return nil
}

// dossierID returns the id of the n-th dossier. measureKheo parses the number from it.
func dossierID(n int) string { return fmt.Sprintf("d%07d", n) }

// dossierOf returns the n-th text as a dossier of one document, whose pages are separated by form feeds in
// the text.
func dossierOf(t *texts, n int) *dossier.Dossier {
	d := &dossier.Dossier{ID: dossierID(n), Documents: []dossier.Document{{Name: "report.txt", Type: "text/plain"}}}
	for i, page := range strings.Split(t.get(n), "\f") {
		d.Documents[0].Pages = append(d.Documents[0].Pages, dossier.Page{Number: i + 1, Text: page, Language: "vi"})
	}
	return d
}

// batchSize is how many dossiers go into one write of the index.
const batchSize = 1000

// measureKheo indexes the texts in writes of batchSize dossiers, as a run does, and then searches the index,
// with passages and facets as the sets of queries ask for them.
func measureKheo(m *measured, t *texts, dir string, keep bool) error {
	if !keep {
		os.RemoveAll(dir)
		x, err := index.Open(dir)
		if err != nil {
			return err
		}
		own := watchOwn()
		start := time.Now()
		for i := 0; i < t.len(); i += batchSize {
			var entries []dossier.IndexEntry
			for n := i; n < min(t.len(), i+batchSize); n++ {
				entries = append(entries, dossier.IndexEntry{
					Dossier: dossierOf(t, n), Key: "0123456789abcdef0123456789abcdef", Title: dossierID(n),
					Unit: unitOf(n), Field: fieldOf(n), Outcome: outcomeOf(n), Kind: "model", Level: "district",
					Points: float64(n % 100), Registered: "2024-03-15",
				})
			}
			if err := x.Update(entries, nil); err != nil {
				return err
			}
		}
		m.Rate = float64(t.len()) / time.Since(start).Seconds()
		if err := x.Close(); err != nil {
			return err
		}
		m.Peak, m.Own = peak(), own()
	}
	m.Size = sizeOf(dir)
	x, err := index.OpenForSearch(dir)
	if err != nil {
		return err
	}
	defer x.Close()
	// The index keeps no texts: passages are quoted from the records, which the file of texts takes the
	// place of.
	text := func(id string) (*index.Text, error) {
		n, err := strconv.Atoi(id[1:])
		return &index.Text{Dossier: dossierOf(t, n), Title: id}, err
	}
	for _, s := range querySets(t) {
		if err := m.time(s, func(q string) (int, error) {
			switch {
			case s.similar:
				q = "similar:" + q
			case s.phrase:
				q = `"` + q + `"`
			case s.exact:
				q = "=" + q
			}
			res, err := x.Search(context.Background(), q, index.How{Limit: 10, Facets: s.facets}, text)
			if err != nil {
				return 0, err
			}
			return res.Total, nil
		}); err != nil {
			return err
		}
	}
	if keep {
		m.Peak = peak()
	}
	return nil
}

// watchOwn looks every tenth of a second how much memory is the process's own, until the
// function that it returns is called, and that returns the most, in MB.
func watchOwn() func() float64 {
	most, stop, done := 0.0, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		every := time.NewTicker(100 * time.Millisecond)
		defer every.Stop()
		for {
			if b, err := os.ReadFile("/proc/self/status"); err == nil {
				for _, l := range strings.Split(string(b), "\n") {
					var kb float64
					if n, _ := fmt.Sscanf(l, "RssAnon: %f kB", &kb); n == 1 {
						most = max(most, kb/1024)
					}
				}
			}
			select {
			case <-stop:
				return
			case <-every.C:
			}
		}
	}()
	return func() float64 { close(stop); <-done; return most }
}

// peak is the most memory this process has had, in MB, with what is mapped of files.
func peak() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Maxrss) / 1024
}

// sizeOf returns the size of all files in a folder, in bytes; what cannot be read counts as nothing.
func sizeOf(dir string) (sum float64) {
	filepath.Walk(dir, func(_ string, fi os.FileInfo, err error) error {
		if err == nil && !fi.IsDir() {
			sum += float64(fi.Size())
		}
		return nil
	})
	return sum
}
