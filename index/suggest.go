package index

import (
	"math"
	"slices"
	"sort"
	"sync"

	"github.com/blevesearch/vellum/levenshtein"

	"kheo/internal/strict"
	"kheo/internal/text/language"
	"kheo/internal/text/query"
)

// fewFound is the number of hits up to which a search looks for what else may have been meant.
const fewFound = 2

// rare is the number of dossiers up to which a word may be a slip for another, if farMore times as many have that
// one.
const rare, farMore = 2, 20

// otherwise returns what may have been meant by a query that finds hardly anything, and how much that finds: the
// query with words near those typed; or, if no dossier has all the words, with as few words left out as it takes,
// the most common first.
func (f *finding) otherwise(n query.Node, filters map[string]string, found int) (query.Node, int, error) {
	count := func(n query.Node) (int, error) {
		sets, err := f.all(filtered(n, filters))
		return total(sets), err
	}
	again, err := f.suggest(n)
	if err != nil {
		return nil, 0, err
	}
	if again != nil {
		if k, err := count(again); err != nil || k > found {
			return again, k, err
		}
		n = again
	}
	if found > 0 {
		return nil, 0, nil
	}
	for _, fewer := range f.fewer(n) {
		if k, err := count(fewer); err != nil || k > 0 {
			return fewer, k, err
		}
	}
	return nil, 0, nil
}

// maxTries bounds the queries of fewer words that are tried.
const maxTries = 60

// fewer returns the queries that have one word less, then two, but never less than half of them. Only single words
// are left out.
func (f *finding) fewer(n query.Node) []query.Node {
	all, ok := n.(query.And)
	if !ok {
		return nil
	}
	type worded struct {
		at int
		df uint64
	}
	var words []worded
	for i, p := range all {
		if t, ok := p.(query.Term); ok && len(t.Words) == 1 && !t.Exact {
			if x, err := f.term(t); err == nil {
				words = append(words, worded{i, x.ws[0].df})
			}
		}
	}
	sort.SliceStable(words, func(i, k int) bool { return words[i].df > words[k].df })
	without := func(drop ...int) query.Node {
		var out query.And
		for i, p := range all {
			if !slices.Contains(drop, i) {
				out = append(out, p)
			}
		}
		if len(out) == 1 {
			return out[0]
		}
		return out
	}
	var out []query.Node
	if len(words) >= 3 {
		for _, w := range words {
			out = append(out, without(w.at))
		}
	}
	for i := range words {
		for k := 0; k < i && len(words) >= 4; k++ {
			out = append(out, without(words[k].at, words[i].at))
		}
	}
	return out[:min(len(out), maxTries)]
}

// suggest returns the query with words that no dossier has, or hardly any, replaced by the nearest that some have:
// one letter inserted, removed, changed or swapped – two in long words – and of equally near ones the most
// frequent, as it is mostly spelt. Words without a near one are left out if others remain. The result is nil if
// there is nothing to change.
func (f *finding) suggest(n query.Node) (query.Node, error) {
	s := suggester{f: f, found: map[string]string{}}
	again, err := s.node(n)
	if err != nil || !s.changed {
		return nil, err
	}
	return again, nil
}

type suggester struct {
	f       *finding
	found   map[string]string // what to write for a word, "" if there is nothing
	changed bool
}

// node returns the changed node, nil if nothing is left of it.
func (s *suggester) node(n query.Node) (query.Node, error) {
	switch x := n.(type) {
	case query.Term:
		return s.term(x)
	case query.And:
		out := query.And{}
		words := false
		for _, p := range x {
			again, err := s.node(p)
			if err != nil {
				return nil, err
			}
			if again == nil {
				s.changed = true
				continue
			}
			if _, not := again.(query.Not); !not {
				words = true
			}
			out = append(out, again)
		}
		switch {
		case !words:
			return nil, nil
		case len(out) == 1:
			return out[0], nil
		}
		return out, nil
	case query.Or:
		out := query.Or{}
		for _, p := range x {
			again, err := s.node(p)
			if err != nil {
				return nil, err
			}
			if again != nil {
				out = append(out, again)
			}
		}
		switch len(out) {
		case 0:
			return nil, nil
		case 1:
			return out[0], nil
		}
		return out, nil
	case query.Near:
		a, err := s.node(x.A)
		if err != nil || a == nil {
			return nil, err
		}
		b, err := s.node(x.B)
		if err != nil || b == nil {
			return nil, err
		}
		x.A, x.B = a, b
		return x, nil
	}
	return n, nil
}

func (s *suggester) term(x query.Term) (query.Node, error) {
	out := query.Term{Words: append([]string{}, x.Words...), Exact: x.Exact, Prefix: x.Prefix, Quoted: x.Quoted}
	for i, w := range x.Words {
		if x.Prefix && i == len(x.Words)-1 {
			continue
		}
		near, err := s.near(w)
		if err != nil {
			return nil, err
		}
		switch near {
		case "":
			return nil, nil
		case w:
		default:
			out.Words[i], out.Exact, s.changed = near, false, true
		}
	}
	return out, nil
}

// near returns the word itself if enough dossiers have it, or else the nearest that one has.
func (s *suggester) near(w string) (string, error) {
	if near, ok := s.found[w]; ok {
		return near, nil
	}
	folded := language.Fold(w)
	own, err := s.f.word(w, false, false, true)
	if err != nil {
		return "", err
	}
	near := w
	if own.df == 0 {
		near = ""
	}
	most := 1
	if n := len([]rune(folded)); n >= 7 {
		most = 2
	} else if n <= 2 {
		most = 0 // nothing is near a word so short
	}
	if most > 0 && own.df <= rare {
		other, df, err := s.nearest(folded, most)
		if err != nil {
			return "", err
		}
		if other != "" && (own.df == 0 || df >= farMore*own.df) {
			near = other
		}
	}
	s.found[w] = near
	return near, nil
}

// levenshteins build the automata that accept what is near a word, by distance.
var levenshteins = func() (out [3]func() (*levenshtein.LevenshteinAutomatonBuilder, error)) {
	for d := range out {
		out[d] = sync.OnceValues(func() (*levenshtein.LevenshteinAutomatonBuilder, error) {
			return levenshtein.NewLevenshteinAutomatonBuilder(uint8(d), true)
		})
	}
	return out
}()

// nearest returns the nearest word that a dossier which may be found has, as it is mostly spelt, and how many have
// it.
func (s *suggester) nearest(folded string, most int) (string, uint64, error) {
	builder, err := levenshteins[most]()
	if err != nil {
		return "", 0, err
	}
	dfa, err := builder.BuildDfa(folded, uint8(most))
	if err != nil {
		return "", 0, nil // the word is too long for an automaton
	}
	counts := map[string]uint64{} // by term
	for _, seg := range s.f.v.segs {
		for _, field := range []string{fieldBody, fieldTitle} {
			dict, err := seg.snap.Segment().Dictionary(field)
			if err != nil {
				return "", 0, err
			}
			it := dict.AutomatonIterator(foldedNear{dfa}, nil, nil)
			for {
				e, err := it.Next()
				if err != nil {
					return "", 0, err
				}
				if e == nil {
					break
				}
				counts[e.Term] += e.Count
			}
		}
		if err := s.f.ctx.Err(); err != nil {
			return "", 0, err
		}
	}
	type candidate struct {
		folded string
		far    int
		count  uint64
	}
	byFolded := map[string]*candidate{}
	for t, n := range counts {
		other, _ := cutTerm(t)
		if other == folded {
			continue
		}
		c := byFolded[other]
		if c == nil {
			c = &candidate{folded: other, far: strict.Distance(folded, other)}
			byFolded[other] = c
		}
		c.count += n
	}
	var list []*candidate
	for _, c := range byFolded {
		if c.far <= most {
			list = append(list, c)
		}
	}
	sort.Slice(list, func(i, k int) bool {
		a, b := list[i], list[k]
		if a.far != b.far {
			return a.far < b.far
		}
		if a.count != b.count {
			return a.count > b.count
		}
		return a.folded < b.folded
	})
	for _, c := range list[:min(len(list), 20)] {
		w, err := s.f.word(c.folded, false, false, false)
		if err != nil {
			return "", 0, err
		}
		if w.df > 0 { // or else a searcher would learn that a hidden dossier has it
			spelt, err := s.spelt(c.folded, counts)
			return spelt, w.df, err
		}
	}
	return "", 0, nil
}

// spelt returns how a folded word is mostly written.
func (s *suggester) spelt(folded string, counts map[string]uint64) (string, error) {
	best, most := folded, uint64(0)
	for t := range counts {
		other, exact := cutTerm(t)
		if other != folded {
			continue
		}
		w, err := s.f.word(exact, true, false, false)
		if err != nil {
			return "", err
		}
		if w.df > most || w.df == most && exact < best {
			best, most = exact, w.df
		}
	}
	return best, nil
}

// foldedNear accepts terms whose folded part an automaton accepts, whatever follows.
type foldedNear struct{ dfa *levenshtein.DFA }

const rest, dead = math.MaxInt32, math.MaxInt32 - 1

func (a foldedNear) Start() int         { return a.dfa.Start() }
func (a foldedNear) IsMatch(s int) bool { return s == rest }
func (a foldedNear) CanMatch(s int) bool {
	return s == rest || s != dead && a.dfa.CanMatch(s)
}
func (a foldedNear) WillAlwaysMatch(s int) bool { return s == rest }
func (a foldedNear) Accept(s int, b byte) int {
	switch {
	case s == rest || s == dead:
		return s
	case b == written[0] && a.dfa.IsMatch(s):
		return rest
	case b == written[0]:
		return dead
	}
	return a.dfa.Accept(s, b)
}
