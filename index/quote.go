package index

import (
	"slices"
	"sort"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/query"
)

// Passage is a place in a dossier where something was found.
type Passage struct {
	Document string   `json:"document,omitempty"`
	Page     int      `json:"page,omitempty"`
	Snippet  string   `json:"snippet"`
	Marks    [][2]int `json:"marks"` // words that were found: code points [from, to) of the snippet
}

// wanted is a term of a query in the form in which pages are searched for it, to quote and mark it.
type wanted struct {
	query.Term
	folded []string
	stems  map[string]bool // stem terms of a single word
}

// wants prepares the terms of a query for quoting.
func (x *Index) wants(terms []query.Term) []wanted {
	out := make([]wanted, len(terms))
	for i, t := range terms {
		w := wanted{Term: t, folded: t.Folded(), stems: map[string]bool{}}
		if len(t.Words) == 1 && !t.Exact && !t.Prefix && !t.Quoted {
			for _, form := range x.stemmers.forms(t.Words[0]) {
				w.stems[form] = true
			}
		}
		out[i] = w
	}
	return out
}

// position is an occurrence of a wanted term on a page.
type position struct {
	start, end int  // code points
	of         int  // index of the term
	exact      bool // spelt as in the query
}

// positionsOn returns the occurrences of terms on the page that the analyser has read, sorted by their start.
func (a *analyser) positionsOn(wants []wanted) []position {
	var out []position
	longest := 1
	for i := range wants {
		longest = max(longest, len(wants[i].folded))
	}
	row := make([]foundTerm, 0, 2*longest) // the most recent terms of the page
	a.read.EachTerm(func(exact string, _, start, end int) {
		k := a.word(exact)
		if k == nil {
			return
		}
		if len(row) == cap(row) {
			row = row[:copy(row, row[len(row)-longest+1:])]
		}
		row = append(row, foundTerm{k, start, end})
		for n := range wants {
			w := &wants[n]
			if exact, ok := w.ends(row); ok {
				out = append(out, position{row[len(row)-len(w.folded)].start, end, n, exact})
			} else if len(w.stems) > 0 && a.stemmers[a.read.Language.Code] != nil &&
				w.stems[a.stem(a.read.Language.Code, k.exact)] {
				out = append(out, position{start, end, n, false})
			}
		}
	})
	slices.SortStableFunc(out, func(x, y position) int { return x.start - y.start })
	return out
}

// foundTerm is a term of a page and its code points [start, end).
type foundTerm struct {
	*known
	start, end int
}

// ends reports whether the row of terms ends with the wanted words, and whether they are spelt exactly as
// wanted. ok is false if only the folded forms agree and w.Exact asks for more.
func (w *wanted) ends(row []foundTerm) (exact, ok bool) {
	first := len(row) - len(w.folded)
	if first < 0 || len(w.folded) == 0 {
		return false, false
	}
	exact = true
	for k := len(w.folded) - 1; k >= 0; k-- {
		t := row[first+k].known
		prefix := w.Prefix && k == len(w.folded)-1
		if t.folded != w.folded[k] && !(prefix && strings.HasPrefix(t.folded, w.folded[k])) {
			return false, false
		}
		exact = exact && (t.exact == w.Words[k] || prefix && strings.HasPrefix(t.exact, w.Words[k]))
	}
	return exact, exact || !w.Exact
}

// maxPassages bounds the passages that are quoted of a dossier.
const maxPassages = 3

// snippetWidth is the approximate number of code points of a snippet.
const snippetWidth = 200

// passages quotes the places of a dossier where most of the terms are near each other, preferably spelt exactly and
// in the order typed: the best place of each page, the best pages first. If no page has any of the terms, it quotes
// the beginning of the dossier.
func (x *Index) passages(d *dossier.Dossier, wants []wanted) []Passage {
	type scored struct {
		Passage
		score int
	}
	var list []scored
	first := Passage{Marks: [][2]int{}}
	a := x.quoting.Get().(*analyser)
	defer x.quoting.Put(a)
	for di := range d.Documents {
		for pi := range d.Documents[di].Pages {
			pg := &d.Documents[di].Pages[pi]
			a.read.Read(pg)
			rs := a.read.Runes
			if first.Snippet == "" && len(rs) > 0 {
				first = quote(rs, nil)
				first.Document, first.Page = d.Documents[di].Name, pg.Number
			}
			positions := a.positionsOn(wants)
			best, from, to := 0, 0, 0
			for i := range positions {
				score, last := window(positions, i)
				if score > best {
					best, from, to = score, i, last
				}
			}
			if best > 0 {
				p := quote(rs, positions[from:to+1])
				p.Document, p.Page = d.Documents[di].Name, pg.Number
				list = append(list, scored{p, best})
			}
		}
	}
	if len(list) == 0 {
		return []Passage{first}
	}
	sort.SliceStable(list, func(i, k int) bool { return list[i].score > list[k].score })
	var out []Passage
	for _, s := range list {
		same := slices.ContainsFunc(out, func(p Passage) bool { return p.Snippet == s.Snippet })
		if !same && len(out) < maxPassages {
			out = append(out, s.Passage)
		}
	}
	return out
}

// window scores the passage that begins with a position, and returns the last position in it. A further term
// counts 4, an exact spelling 1, and directly following the previous position 2.
func window(positions []position, from int) (score, last int) {
	got := map[int]bool{}
	for k := from; k < len(positions) && positions[k].end-positions[from].start <= snippetWidth; k++ {
		if !got[positions[k].of] {
			got[positions[k].of] = true
			score += 4
		}
		if positions[k].exact {
			score++
		}
		if k > from && positions[k].start-positions[k-1].end == 1 {
			score += 2
		}
		last = k
	}
	return score, last
}

// quote returns the snippet around positions, widened to whole words; adjacent positions share one mark. Marks
// are ranges of code points of the snippet, not of the page. Without positions it is the beginning of the page.
func quote(rs []rune, positions []position) Passage {
	from, to := 0, min(len(rs), snippetWidth)
	if len(positions) > 0 {
		from = begin(rs, positions[0].start)
		to = min(len(rs), max(positions[len(positions)-1].end+30, from+snippetWidth))
	}
	for from > 0 && text.IsWordRune(rs[from-1]) {
		from--
	}
	for to < len(rs) && text.IsWordRune(rs[to]) {
		to++
	}
	p := Passage{Snippet: strings.Map(oneSpace, string(rs[from:to])), Marks: [][2]int{}}
	for _, s := range positions {
		if n := len(p.Marks); n > 0 && s.start-from <= p.Marks[n-1][1]+1 {
			p.Marks[n-1][1] = max(p.Marks[n-1][1], s.end-from)
			continue
		}
		p.Marks = append(p.Marks, [2]int{s.start - from, s.end - from})
	}
	return p
}

// before is how far, in code points, the beginning of a line or sentence may be from what was found in it for the
// snippet to begin there; from a longer one it shows lead code points.
const before, lead = 70, 30

// begin returns where the snippet of what was found at a code point begins: with its line or sentence, so that a
// letterhead above it is not quoted.
func begin(rs []rune, at int) int {
	for i := at; i > max(0, at-before); i-- {
		isEnd := strings.ContainsRune(".!?;", rs[i-1]) && i < len(rs) && text.IsSpace(rs[i])
		if rs[i-1] == '\n' || isEnd {
			for i < at && !text.IsWordRune(rs[i]) {
				i++
			}
			return i
		}
	}
	if at <= before {
		return 0
	}
	return at - lead
}

// oneSpace replaces line breaks and tabs by a space. It keeps the number of code points, so that marks stay right.
func oneSpace(r rune) rune {
	if r == '\n' || r == '\t' {
		return ' '
	}
	return r
}
