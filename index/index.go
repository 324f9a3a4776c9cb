// Package index finds dossiers: by words, with or without diacritics, through
// Bleve, and by shared passages. The index on disk is a view of the record
// store. It can be deleted at any time and is built again by the next run; what
// it holds is told by the index itself, in the same write as the dossiers, so
// that a killed run never leaves it believing what is not so.
package index

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/registry"

	"kheo/pipeline/dossier"
	"kheo/rules/language"
	"kheo/rules/query"
)

// version names the mapping: an index made by another is built anew.
const version = "3"

// Entry is what is indexed of a dossier.
type Entry struct {
	Dossier *dossier.Dossier
	Title   string
	Nominee string
	Unit    string
	Level   string
	Field   string
	Kind    string
	Ruleset string
	Outcome string
	Flags   []string
	Points  float64

	Registered string             // ISO date
	Facts      map[string]float64 // those with a number; dates as DateNumber writes them, yes as 1
}

// Index is an open index. Its methods may be called by several goroutines.
type Index struct {
	b bleve.Index
}

// Open opens the index in dir, or makes an empty one: also where what is there
// is damaged or was made with another mapping.
func Open(dir string) (*Index, error) {
	b, err := bleve.OpenUsing(dir, map[string]any{"bolt_timeout": "20s"})
	if err == nil {
		if v, err := b.GetInternal([]byte("version")); err == nil && string(v) == version {
			return &Index{b}, nil
		}
		b.Close()
	} else if busy(err) {
		return nil, fmt.Errorf("the index in %s is in use by another kheo; wait for it to end", dir)
	}
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("removing the old index: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, err
	}
	if b, err = bleve.New(dir, newMapping()); err != nil {
		return nil, fmt.Errorf("making the index: %w", err)
	}
	if err := b.SetInternal([]byte("version"), []byte(version)); err != nil {
		b.Close()
		return nil, err
	}
	return &Index{b}, nil
}

func busy(err error) bool { return strings.Contains(err.Error(), "timeout") }

// ErrNone is returned by OpenForSearch where nothing has been indexed yet.
var ErrNone = errors.New("nothing is indexed yet")

// OpenForSearch opens the index for reading only; several may do so at once.
func OpenForSearch(dir string) (*Index, error) {
	b, err := bleve.OpenUsing(dir, map[string]any{"read_only": true, "bolt_timeout": "10s"})
	switch {
	case errors.Is(err, bleve.ErrorIndexPathDoesNotExist) || errors.Is(err, bleve.ErrorIndexMetaMissing):
		return nil, ErrNone
	case err != nil && busy(err):
		return nil, errors.New("a run is writing the index just now; try again when it has ended")
	case err != nil:
		return nil, fmt.Errorf("the index in %s cannot be read (%w); the next run builds it anew", dir, err)
	}
	return &Index{b}, nil
}

// Close closes the index.
func (x *Index) Close() error { return x.b.Close() }

// pageBreak parts the pages of a body: no phrase goes over it.
const (
	pageBreak = '\f'
	pageGap   = 1000
)

const foldedAnalyzer = "kheo-folded"

func init() {
	registry.RegisterTokenizer(foldedAnalyzer, func(map[string]any, *registry.Cache) (analysis.Tokenizer, error) {
		return folder{}, nil
	})
}

// folder splits text into words, in lower case and without diacritics.
type folder struct{}

func (folder) Tokenize(text []byte) analysis.TokenStream {
	var out analysis.TokenStream
	s := string(text)
	start, gap := -1, 0
	flush := func(end int) {
		if start < 0 {
			return
		}
		if f := language.Fold(s[start:end]); query.Indexed(f) {
			out = append(out, &analysis.Token{Term: []byte(f), Start: start, End: end, Position: len(out) + 1 + gap})
		}
		start = -1
	}
	for i, r := range s {
		if r == pageBreak {
			gap += pageGap
		}
		if query.IsWordRune(r) {
			if start < 0 {
				start = i
			}
		} else {
			flush(i)
		}
	}
	flush(len(s))
	return out
}

func newMapping() mapping.IndexMapping {
	m := bleve.NewIndexMapping()
	if err := m.AddCustomAnalyzer(foldedAnalyzer, map[string]any{"type": custom.Name, "tokenizer": foldedAnalyzer}); err != nil {
		panic(err)
	}
	m.DefaultAnalyzer = foldedAnalyzer
	m.ScoringModel = "bm25"
	m.StoreDynamic, m.IndexDynamic, m.DocValuesDynamic = true, true, false
	doc := bleve.NewDocumentStaticMapping()
	for _, name := range []string{"title", "body"} {
		f := bleve.NewTextFieldMapping()
		f.Analyzer, f.Store, f.IncludeInAll, f.DocValues = foldedAnalyzer, false, false, false
		doc.AddFieldMappingsAt(name, f)
	}
	for _, name := range keywords {
		f := bleve.NewTextFieldMapping()
		f.Analyzer, f.Store, f.IncludeInAll, f.IncludeTermVectors = keyword.Name, true, false, false
		doc.AddFieldMappingsAt(name, f)
	}
	for _, name := range []string{"points", "registered"} {
		n := bleve.NewNumericFieldMapping()
		n.IncludeInAll = false
		doc.AddFieldMappingsAt(name, n)
	}
	doc.AddSubDocumentMapping("fact", bleve.NewDocumentMapping()) // whatever facts the rulesets read
	m.DefaultMapping = doc
	return m
}

// registered is a date as a number; nil where nobody says it.
func registered(date string) any {
	if n := DateNumber(date); n > 0 {
		return n
	}
	return nil
}

// Known returns what the index holds: dossier id -> key.
func (x *Index) Known() (map[string]string, error) {
	out := map[string]string{}
	v, err := x.b.GetInternal([]byte("known"))
	if err != nil || len(v) == 0 {
		return out, err
	}
	for _, l := range strings.Split(string(v), "\n") {
		if id, key, ok := strings.Cut(l, " "); ok {
			out[id] = key
		}
	}
	return out, nil
}

// Update writes entries (by key) and removes dossiers, in one write together
// with the knowledge of what the index then holds.
func (x *Index) Update(entries map[string]Entry, remove []string, known map[string]string) error {
	batch := x.b.NewBatch()
	ids := make([]string, 0, len(entries))
	for key := range entries {
		ids = append(ids, key)
	}
	sort.Strings(ids)
	for _, key := range ids {
		e := entries[key]
		var body strings.Builder
		for _, d := range e.Dossier.Documents {
			for _, p := range d.Pages {
				body.WriteString(p.Text)
				body.WriteRune(pageBreak)
			}
		}
		if err := batch.Index(e.Dossier.ID, map[string]any{"title": e.Title + string(pageBreak) + e.Nominee, "body": body.String(), "unit": e.Unit, "level": e.Level, "field": e.Field,
			"kind": e.Kind, "ruleset": e.Ruleset, "outcome": e.Outcome, "flag": e.Flags, "points": e.Points, "registered": registered(e.Registered), "fact": e.Facts}); err != nil {
			return fmt.Errorf("indexing %s: %w", e.Dossier.ID, err)
		}
		known[e.Dossier.ID] = key
	}
	for _, id := range remove {
		batch.Delete(id)
		delete(known, id)
	}
	list := make([]string, 0, len(known))
	for id, key := range known {
		list = append(list, id+" "+key)
	}
	sort.Strings(list)
	batch.SetInternal([]byte("known"), []byte(strings.Join(list, "\n")))
	return x.b.Batch(batch)
}
