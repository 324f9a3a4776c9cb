package query

import (
	"slices"
	"sort"
	"strings"

	"kheo/internal/text"
)

// Position is where something that was asked for stands: tokens [First, Last) of a page.
type Position struct {
	Page, First, Last int
}

// Match reports whether a dossier, given as the tokens of its pages, holds what the query
// asks for, and where its terms stand: those that made it match, in order. field tells
// whether the dossier has a property; it may be nil where the query asks for none.
func Match(n Node, pages [][]text.Term, field func(Field) bool) (bool, []Position) {
	return MatchIn(n, pagesOf(pages), field)
}

// Source is a dossier that can be asked where terms stand, however it keeps its words.
type Source interface {
	// Term returns where a term stands, in order.
	Term(t Term) []Position
	// Sentence returns the first and the last token of the sentence that a spot begins in.
	Sentence(s Position) (first, last int)
}

// MatchIn is Match over a dossier that keeps its words in a form of its own.
func MatchIn(n Node, in Source, field func(Field) bool) (bool, []Position) {
	m := matching{in, field}
	ok, positions := m.eval(n)
	if !ok {
		return false, nil
	}
	sortPositions(positions)
	return true, slices.Compact(positions)
}

type matching struct {
	in    Source
	field func(Field) bool
}

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
		any := false
		var all []Position
		for _, part := range x {
			if ok, positions := m.eval(part); ok {
				any = true
				all = append(all, positions...)
			}
		}
		return any, all
	case Not:
		ok, _ := m.eval(x.Node)
		return !ok, nil
	case Near:
		return m.near(x)
	}
	f, ok := n.(Field)
	return ok && m.field != nil && m.field(f), nil
}

// pagesOf are the tokens of a dossier's pages.
type pagesOf [][]text.Term

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

// near keeps the positions of two queries that stand together. Only those within reach of
// each other are compared, so that frequent words cost no more than they are.
func (m *matching) near(n Near) (bool, []Position) {
	_, as := m.eval(n.A)
	_, bs := m.eval(n.B)
	sortPositions(bs)
	bs = slices.Compact(bs) // a OR a has each of its places once
	longest := 1
	for _, b := range bs {
		longest = max(longest, b.Last-b.First)
	}
	from := func(page, first int) int { // the first of bs that begins there or later
		return sort.Search(len(bs), func(i int) bool { return bs[i].Page > page || bs[i].Page == page && bs[i].First >= first })
	}
	uses := make([]int, len(bs)+1) // how many more of as use bs[i] than bs[i-1]
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

// apart is how many other words stand between two positions of a page; very many where they
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

func (pages pagesOf) Sentence(a Position) (first, last int) {
	page := pages[a.Page]
	s := page[a.First].Sentence
	first = sort.Search(len(page), func(i int) bool { return page[i].Sentence >= s })
	return first, sort.Search(len(page), func(i int) bool { return page[i].Sentence > s }) - 1
}

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
