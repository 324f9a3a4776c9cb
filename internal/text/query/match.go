package query

import (
	"slices"
	"sort"
	"strings"

	"kheo/internal/text"
)

// Position is an occurrence of a term: terms [First, Last) of a page.
type Position struct {
	Page, First, Last int
}

// Match reports whether a dossier, given as the terms of its pages, has what the query asks for, and returns the
// positions of the terms that made it match, in order. field reports whether the dossier has a property; it may be
// nil if the query asks for none.
func Match(n Node, pages [][]text.Term, field func(Field) bool) (bool, []Position) {
	return MatchIn(n, pagesOf(pages), field)
}

// Source is a dossier that can be asked for the positions of terms, however it stores them.
type Source interface {
	// Term returns the positions of a term, in order.
	Term(t Term) []Position
	// Sentence returns the first and the last term of the sentence that a position begins in.
	Sentence(s Position) (first, last int)
}

// MatchIn is Match over a dossier that stores its terms in a form of its own.
func MatchIn(n Node, in Source, field func(Field) bool) (bool, []Position) {
	m := matching{in, field}
	ok, positions := m.eval(n)
	if !ok {
		return false, nil
	}
	sortPositions(positions)
	return true, slices.Compact(positions)
}

// matching evaluates a query over one dossier.
type matching struct {
	in    Source
	field func(Field) bool // nil if the query names no fields
}

// eval evaluates a node, and returns the positions of its terms in no order. A negation has no positions.
func (m *matching) eval(n Node) (bool, []Position) {
	switch x := n.(type) {
	case Term:
		positions := m.in.Term(x)
		return len(positions) > 0, positions
	case And:
		var all []Position
		for _, part := range x {
			ok, positions := m.eval(part)
			if !ok {
				return false, nil
			}
			all = append(all, positions...)
		}
		return true, all
	case Or:
		found := false
		var all []Position
		for _, part := range x {
			if ok, positions := m.eval(part); ok {
				found = true
				all = append(all, positions...)
			}
		}
		return found, all
	case Not:
		ok, _ := m.eval(x.Node)
		return !ok, nil
	case Near:
		return m.near(x)
	}
	f, ok := n.(Field)
	return ok && m.field != nil && m.field(f), nil
}

// pagesOf is a Source: the terms of a dossier's pages in memory.
type pagesOf [][]text.Term

// Term returns the positions of a term, in order.
func (pages pagesOf) Term(t Term) []Position {
	want := t.Words
	if !t.Exact {
		want = t.Folded()
	}
	var out []Position
	for pi, page := range pages {
		for i := 0; i+len(want) <= len(page); i++ {
			ok := true
			for k, w := range want {
				have := page[i+k].Folded
				if t.Exact {
					have = page[i+k].Exact
				}
				if have != w && !(t.Prefix && k == len(want)-1 && strings.HasPrefix(have, w)) {
					ok = false
					break
				}
			}
			if ok {
				out = append(out, Position{pi, i, i + len(want)})
			}
		}
	}
	return out
}

// near keeps the positions of two queries that are near each other. Only those within reach of each other are
// compared, so that the cost stays linear for frequent words.
func (m *matching) near(n Near) (bool, []Position) {
	_, as := m.eval(n.A)
	_, bs := m.eval(n.B)
	sortPositions(bs)
	bs = slices.Compact(bs) // or else a OR a would have each twice
	longest := 1
	for _, b := range bs {
		longest = max(longest, b.Last-b.First)
	}
	from := func(page, first int) int { // the first of bs that begins there or later
		return sort.Search(len(bs), func(i int) bool {
			return bs[i].Page > page ||
				bs[i].Page == page && bs[i].First >= first
		})
	}
	uses := make([]int, len(bs)+1) // by difference: how many of as use bs[i] beyond those that use bs[i-1]
	var out []Position
	for _, a := range as {
		var lo, hi int
		switch n.Scope {
		case Page:
			lo, hi = from(a.Page, 0), from(a.Page+1, 0)
		case Sentence:
			first, last := m.in.Sentence(a)
			lo, hi = from(a.Page, first), from(a.Page, last+1)
		default:
			lo, hi = from(a.Page, a.First-n.Words-longest), from(a.Page, a.Last+n.Words+1)
		}
		found := hi-lo > 1 || hi-lo == 1 && bs[lo] != a
		if n.Scope == Words {
			found = false
			for i := lo; i < hi; i++ {
				if apart(a, bs[i]) <= n.Words {
					found = true
					uses[i]++
					uses[i+1]--
				}
			}
		} else if found {
			uses[lo]++
			uses[hi]--
		}
		if found {
			out = append(out, a)
		}
	}
	used := 0
	for i := range bs {
		if used += uses[i]; used > 0 {
			out = append(out, bs[i])
		}
	}
	return len(out) > 0, out
}

// apart returns how many other words are between two positions of a page; more than any query allows if they
// overlap.
func apart(a, b Position) int {
	if a.First > b.First {
		a, b = b, a
	}
	if b.First < a.Last {
		return 1 << 30
	}
	return b.First - a.Last
}

// Sentence returns the first and the last term of the sentence in which a position begins.
func (pages pagesOf) Sentence(a Position) (first, last int) {
	page := pages[a.Page]
	s := page[a.First].Sentence
	first = sort.Search(len(page), func(i int) bool { return page[i].Sentence >= s })
	return first, sort.Search(len(page), func(i int) bool { return page[i].Sentence > s }) - 1
}

// sortPositions sorts by page and place.
func sortPositions(positions []Position) {
	sort.Slice(positions, func(i, j int) bool {
		a, b := positions[i], positions[j]
		if a.Page != b.Page {
			return a.Page < b.Page
		}
		if a.First != b.First {
			return a.First < b.First
		}
		return a.Last < b.Last
	})
}
