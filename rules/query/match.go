package query

import (
	"sort"
	"strings"

	"kheo/rules/language"
)

// Token is a word of a page.
type Token struct {
	Exact      string // lower case, NFC
	Folded     string // without diacritics
	Start, End int    // code points into the page
	Sentence   int    // counts up over the page
}

// Tokens cuts a page into words. sentence tells in which sentence a code point stands;
// it may be nil where nobody asks.
func Tokens(rs []rune, sentence func(at int) int) []Token {
	var out []Token
	for i := 0; i < len(rs); {
		if !IsWordRune(rs[i]) {
			i++
			continue
		}
		start := i
		for i < len(rs) && IsWordRune(rs[i]) {
			i++
		}
		w := strings.ToLower(string(rs[start:i]))
		t := Token{Exact: w, Folded: language.Fold(w), Start: start, End: i}
		if !Indexed(t.Folded) {
			continue
		}
		if sentence != nil {
			t.Sentence = sentence(start)
		}
		out = append(out, t)
	}
	return out
}

// Spot is where something that was asked for stands: tokens [First, Last) of a page.
type Spot struct {
	Page, First, Last int
}

// Match reports whether a dossier, given as the tokens of its pages, holds what the query
// asks for, and where its terms stand: those that made it match, in order. field tells
// whether the dossier has a property; it may be nil where the query asks for none.
func Match(n Node, pages [][]Token, field func(Field) bool) (bool, []Spot) {
	m := matching{pages, field}
	ok, spots := m.eval(n)
	if !ok {
		return false, nil
	}
	sort.Slice(spots, func(i, j int) bool {
		a, b := spots[i], spots[j]
		if a.Page != b.Page {
			return a.Page < b.Page
		}
		if a.First != b.First {
			return a.First < b.First
		}
		return a.Last < b.Last
	})
	out := spots[:0]
	for i, s := range spots {
		if i == 0 || s != spots[i-1] {
			out = append(out, s)
		}
	}
	return true, out
}

type matching struct {
	pages [][]Token
	field func(Field) bool
}

func (m *matching) eval(n Node) (bool, []Spot) {
	switch x := n.(type) {
	case Term:
		spots := m.term(x)
		return len(spots) > 0, spots
	case And:
		var all []Spot
		for _, part := range x {
			ok, spots := m.eval(part)
			if !ok {
				return false, nil
			}
			all = append(all, spots...)
		}
		return true, all
	case Or:
		any := false
		var all []Spot
		for _, part := range x {
			if ok, spots := m.eval(part); ok {
				any = true
				all = append(all, spots...)
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

func (m *matching) term(t Term) []Spot {
	want := t.Words
	if !t.Exact {
		want = t.Folded()
	}
	var out []Spot
	for pi, page := range m.pages {
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
				out = append(out, Spot{pi, i, i + len(want)})
			}
		}
	}
	return out
}

func (m *matching) near(n Near) (bool, []Spot) {
	_, as := m.eval(n.A)
	_, bs := m.eval(n.B)
	byPage := map[int][]Spot{}
	for _, b := range bs {
		byPage[b.Page] = append(byPage[b.Page], b)
	}
	var out []Spot
	for _, a := range as {
		for _, b := range byPage[a.Page] {
			if a == b || !m.together(n, a, b) {
				continue
			}
			out = append(out, a, b)
			if len(out) > 20000 {
				return true, out
			}
		}
	}
	return len(out) > 0, out
}

func (m *matching) together(n Near, a, b Spot) bool {
	switch n.Scope {
	case Page:
		return true
	case Sentence:
		p := m.pages[a.Page]
		return p[a.First].Sentence == p[b.Last-1].Sentence
	}
	if a.First > b.First {
		a, b = b, a
	}
	return b.First >= a.Last && b.First-a.Last <= n.Words
}
