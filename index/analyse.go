package index

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/analysis/lang/no"
	"github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/registry"
	bleveindex "github.com/blevesearch/bleve_index_api"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
)

// Fields of words.
const (
	fieldTitle = "title" // title and nominee
	fieldBody  = "body"
	fieldStem  = "stem" // stems of the words of Norwegian and English pages
	fieldPlace = "place"
)

// written separates the folded word, as people type who leave out diacritics, from the word as it is written, in a
// term of the title or the body: "truong\x00trường". So one term for each spelling is enough: a query with
// diacritics asks for the term itself, one without asks for all terms that begin so. The second part is left out
// if the two are the same.
const written = "\x00"

// termOf returns the term of a word, see written.
func termOf(folded, exact string) string {
	if folded == exact {
		return folded + written
	}
	return folded + written + exact
}

// cutTerm is the inverse of termOf.
func cutTerm(t string) (folded, exact string) {
	folded, exact, _ = strings.Cut(t, written)
	if exact == "" {
		exact = folded
	}
	return folded, exact
}

// stemmers are Bleve's analyzers of the languages whose words have endings, by the code of the language.
type stemmers map[string]analysis.Analyzer

// newStemmers returns the analyzers of English and Norwegian. Vietnamese words have no endings, and words of
// other languages are indexed as they are.
func newStemmers() stemmers {
	cache := registry.NewCache()
	out := stemmers{}
	for code, name := range map[string]string{"en": en.AnalyzerName, "nb": no.AnalyzerName} {
		a, err := cache.AnalyzerNamed(name)
		if err != nil {
			panic(err) // they are compiled in
		}
		out[code] = a
	}
	return out
}

// visit visits the terms under which the stems of a word are indexed: one, or none for a word that says nothing.
func (s stemmers) visit(lang, word string, visit func(term string)) {
	a := s[lang]
	if a == nil {
		return
	}
	for _, t := range a.Analyze([]byte(word)) {
		if f := language.Fold(bare(lang, string(t.Term))); text.Indexed(f) {
			visit(lang + ":" + f)
		}
	}
}

// forms returns the terms under which other forms of a word are indexed.
func (s stemmers) forms(word string) (out []string) {
	for _, lang := range []string{"en", "nb"} {
		s.visit(lang, word, func(term string) { out = append(out, term) })
	}
	return out
}

// bare takes off endings that Snowball's rules leave on short words, because they look for endings behind the
// first syllable only: veiene, veien and vei become one. l.Definite are the endings of the definite form. At
// least four letters stay, or three if the ending has more than one.
func bare(lang, stem string) string {
	l := language.Get(lang)
	if l == nil {
		return stem
	}
	for {
		best := ""
		for _, end := range l.Definite {
			left := utf8.RuneCountInString(stem) - len(end)
			if len(end) > len(best) && strings.HasSuffix(stem, end) && (left >= 4 || left == 3 && len(end) > 1) {
				best = end
			}
		}
		if best == "" {
			return stem
		}
		stem = strings.TrimSuffix(stem, best)
	}
}

// known is what a word is indexed as. Analysers cache it.
type known struct {
	folded, exact string
	term          string
	code          code
	id            uint32 // hash32 of folded, for shingles
}

// maxKnown bounds the words that an analyser caches.
const maxKnown = 100_000

// analyser makes entries ready to be indexed. It serves one goroutine at a time.
type analyser struct {
	words    map[string]*known
	stemmers stemmers
	stems    map[string]map[string]string // by language and word
	read     text.Page                    // the page being analysed, to use its memory again
}

// newAnalyser returns an analyser with empty caches. s is shared with others and not changed.
func newAnalyser(s stemmers) *analyser {
	return &analyser{words: map[string]*known{}, stemmers: s, stems: map[string]map[string]string{}}
}

// stem returns the term under which the stem of a word is indexed; "" if it has none.
func (a *analyser) stem(lang, word string) string {
	stems := a.stems[lang]
	if stems == nil {
		stems = map[string]string{}
		a.stems[lang] = stems
	}
	stem, ok := stems[word]
	if !ok {
		if len(stems) >= maxKnown {
			clear(stems)
		}
		a.stemmers.visit(lang, word, func(t string) { stem = t })
		stems[word] = stem
	}
	return stem
}

// word returns what a term is indexed as, given in lower case and NFC; nil if it is not indexed.
func (a *analyser) word(exact string) *known {
	if k, ok := a.words[exact]; ok {
		return k
	}
	if len(a.words) >= maxKnown {
		clear(a.words)
	}
	exact = strings.Clone(exact) // it may be part of a page's text, which need not be kept
	var k *known
	if folded := language.Fold(exact); text.Indexed(folded) {
		k = &known{folded, exact, termOf(folded, exact), codeOf(folded, exact), hash32(folded)}
	}
	a.words[exact] = k
	return k
}

// bag counts terms. It is a field of a Bleve document, which takes the place of Bleve's own analysis. free is
// the rest of an allocated array of frequencies: one allocation serves up to 256 terms.
type bag struct {
	name    string
	options bleveindex.FieldIndexingOptions
	terms   bleveindex.TokenFrequencies
	length  int
	free    []bleveindex.TokenFreq
}

// newBag returns an empty bag for a field. size is the expected number of different terms.
func newBag(name string, size int, options bleveindex.FieldIndexingOptions) *bag {
	return &bag{name: name, options: bleveindex.IndexField | options, terms: make(bleveindex.TokenFrequencies, size)}
}

// add counts a term. The term must not change afterwards.
func (b *bag) add(term string) {
	b.length++
	if t, ok := b.terms[term]; ok {
		t.SetFrequency(t.Frequency() + 1)
		return
	}
	if len(b.free) == 0 {
		b.free = make([]bleveindex.TokenFreq, min(256, max(1, b.length)))
	}
	t := &b.free[0]
	b.free = b.free[1:]
	t.Term = unsafe.Slice(unsafe.StringData(term), len(term)) // Bleve does not write to it
	t.SetFrequency(1)
	b.terms[term] = t
}

// The other methods implement document.Field. Analyze does nothing, because the terms were counted already, and
// Value is nil, because the index stores no text.
func (b *bag) Name() string                                          { return b.name }
func (b *bag) ArrayPositions() []uint64                              { return nil }
func (b *bag) Options() bleveindex.FieldIndexingOptions              { return b.options }
func (b *bag) Analyze()                                              {}
func (b *bag) Value() []byte                                         { return nil }
func (b *bag) NumPlainTextBytes() uint64                             { return 0 }
func (b *bag) Size() int                                             { return 64 * len(b.terms) }
func (b *bag) EncodedFieldType() byte                                { return 't' }
func (b *bag) AnalyzedLength() int                                   { return b.length }
func (b *bag) AnalyzedTokenFrequencies() bleveindex.TokenFrequencies { return b.terms }

// analysed is an entry that is ready but for its place.
type analysed struct {
	doc *document.Document
	rec record
}

// page adds the terms of a page to the body, to its stems and to the record. Each word is counted once in the
// body, and once more in the stems if the page's language has them. A page without indexed words gets an entry
// in r.pages all the same, so that pages keep their numbers.
func (a *analyser) page(pg *dossier.Page, body, stem *bag, r *record) {
	a.read.Read(pg)
	lang := a.read.Language.Code
	stemmed := a.stemmers[lang] != nil
	r.pages = append(r.pages, uint32(len(r.folded)))
	sentence := -1
	a.read.EachTerm(func(exact string, word, _, _ int) {
		k := a.word(exact)
		if k == nil {
			return
		}
		now := a.read.Words[word].Sentence
		r.add(k, now != sentence)
		sentence = now
		body.add(k.term)
		if stemmed {
			if t := a.stem(lang, k.exact); t != "" {
				stem.add(t)
			}
		}
	})
}

// title adds the terms of a title or a name to the title and to the record, as a page of its own.
func (a *analyser) title(s string, title *bag, r *record) {
	r.pages = append(r.pages, uint32(len(r.folded)))
	begins := true
	for _, t := range text.Terms(s) {
		k := a.word(t.Exact)
		r.add(k, begins)
		begins = false
		title.add(k.term)
	}
}

// analyse makes an entry ready. What is still missing is its place, see place.
func (a *analyser) analyse(e *dossier.IndexEntry) analysed {
	out := analysed{doc: document.NewDocument(e.Dossier.ID)}
	title, body, stem := newBag(fieldTitle, 16, 0), newBag(fieldBody, 512, 0), newBag(fieldStem, 0, 0)
	for _, t := range []string{e.Title, e.Nominee} {
		a.title(t, title, &out.rec)
	}
	for _, pg := range text.Pages(e.Dossier) {
		a.page(pg, body, stem, &out.rec)
	}
	for _, b := range []*bag{title, body, stem} {
		if b.length > 0 {
			out.doc.AddField(b)
		}
	}
	a.properties(out.doc, e)
	out.doc.AddIDField()
	return out
}

// properties adds the fields that are not text. Empty values, and those of more than 1000 bytes, are left out.
// Numbers get doc values, from which comparisons read a column.
func (a *analyser) properties(doc *document.Document, e *dossier.IndexEntry) {
	keyword := func(name string, values ...string) {
		b := newBag(name, len(values), bleveindex.SkipFreqNorm)
		for _, v := range values {
			if v != "" && len(v) <= 1000 {
				b.add(v)
			}
		}
		if b.length > 0 {
			doc.AddField(b)
		}
	}
	keyword("unit", e.Unit)
	keyword("level", e.Level)
	keyword("field", e.Field)
	keyword("kind", e.Kind)
	keyword("ruleset", e.Ruleset)
	keyword("outcome", e.Outcome)
	keyword("flag", e.Flags...)
	number := func(name string, v float64) {
		b := newBag(name, 1, bleveindex.SkipFreqNorm|bleveindex.DocValues)
		b.add(numberTerm(v))
		doc.AddField(b)
	}
	number("points", e.Points)
	if n := DateNumber(e.Registered); n > 0 {
		number("registered", n)
	}
	for name, v := range e.Facts {
		number("fact."+name, v)
	}
}

// numberTerm returns a number as a term, and termNumber the number of a term: the bits of the float, which is
// exact. Terms do not order as numbers do; comparisons read the column.
func numberTerm(v float64) string { return strconv.FormatUint(math.Float64bits(v), 16) }

// termNumber returns NaN for a term that is not one of numberTerm's, as in a damaged file.
func termNumber(t []byte) float64 {
	n, err := strconv.ParseUint(string(t), 16, 64)
	if err != nil {
		return math.NaN()
	}
	return math.Float64frombits(n)
}

// place adds the location of the dossier's record, and the key of what was indexed.
func (d *analysed) place(l location, key string) {
	l.tie = fnv32(d.doc.ID())
	b := newBag(fieldPlace, 1, bleveindex.SkipFreqNorm|bleveindex.DocValues)
	b.add(placeTerm(l, key))
	d.doc.AddField(b)
}

// placeSize is the length of a place term before the key: 24 bytes in base64.
const placeSize = 32

// placeTerm encodes a location and the key of the dossier as one term. Its first part has a fixed length, so
// that cutPlace needs no separator.
func placeTerm(l location, key string) string {
	var raw [24]byte
	for i, n := range []uint32{l.file, l.at, l.block, l.words} {
		binary.BigEndian.PutUint32(raw[4*i:], n)
	}
	binary.BigEndian.PutUint32(raw[16:], l.number)
	binary.BigEndian.PutUint32(raw[20:], l.tie)
	return base64.RawURLEncoding.EncodeToString(raw[:]) + key
}

// cutPlace is the inverse of placeTerm; ok is false for a term that is not one of its.
func cutPlace(t []byte) (l location, key string, ok bool) {
	var raw [24]byte
	if len(t) < placeSize {
		return l, "", false
	}
	if n, err := base64.RawURLEncoding.Decode(raw[:], t[:placeSize]); err != nil || n != len(raw) {
		return l, "", false
	}
	u := func(i int) uint32 { return binary.BigEndian.Uint32(raw[i:]) }
	l = location{file: u(0), at: u(4), block: u(8), words: u(12), number: u(16), tie: u(20), exists: true}
	return l, string(t[placeSize:]), true
}
