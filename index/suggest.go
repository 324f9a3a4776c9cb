package index

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"sync"

	"github.com/blevesearch/vellum/levenshtein"

	"kheo/internal/strict"
	"kheo/internal/text/language"
	"kheo/internal/text/query"
)

// fewFound is the number of hits up to which a search looks for what else the searcher may have meant.
const fewFound = 2

// A word in at most rare dossiers may be a misspelling of another that at least farMore times as many have.
const rare, farMore = 2, 20

// alternative returns another query that the searcher may have meant, and how many dossiers it finds; nil if there
// is none. First words are replaced by similar ones that dossiers have; if that finds nothing, words are left out,
// as few as possible, the most common first. It is called for queries with at most fewFound hits, given in found.
func (f *finding) alternative(n query.Node, filters map[string]string, found int) (query.Node, int, error) {
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

// maxTries bounds the queries with fewer words that are tried.
const maxTries = 60

// fewer returns the queries with one word less, then those with two words less, but never with less than half
// of them. Only single words are left out: phrases and fields are what the searcher was sure of. The most
// frequent word is left out first: it says least about what was meant.
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

// suggest returns the query with words that no dossier has, or hardly any, replaced by the nearest word that some
// have: one letter inserted, removed, changed or swapped, two in long words. Of equally near words it takes the
// most frequent, in its most frequent spelling. Words without a near one are left out if others remain. The result
// is nil if there is nothing to change.
func (f *finding) suggest(n query.Node) (query.Node, error) {
	s := suggester{f: f, found: map[string]string{}}
	again, err := s.node(n)
	if err != nil || !s.changed {
		return nil, err
	}
	return again, nil
}

// suggester changes the words of one query. Words are looked up once.
type suggester struct {
	f       *finding
	found   map[string]string // the replacement of a word, "" if there is none
	changed bool
}

// node returns the changed node; nil if nothing is left of it.
func (s *suggester) node(n query.Node) (query.Node, error) {
	switch x := n.(type) {
	case query.Term:
		return s.term(x)
	case query.And:
		return s.and(x)
	case query.Or:
		return s.or(x)
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

// and leaves out the parts of which nothing is left. A query that only excludes dossiers finds nothing useful, so
// nil is returned if no other part remains.
func (s *suggester) and(x query.And) (query.Node, error) {
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
}

// or leaves out the alternatives of which nothing is left.
func (s *suggester) or(x query.Or) (query.Node, error) {
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
}

// term replaces the words of a term, except for a prefix; nil if a word has no replacement and no dossier has it.
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

// near returns the word itself if enough dossiers have it, or else the nearest word that dossiers have. Words of
// seven letters and more may differ in two letters, words of one or two letters in none.
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
		most = 0 // every other short word would be near
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

// levenshteins build the automata that accept the words near a word, by distance, when they are first used.
var levenshteins = func() (out [3]func() (*levenshtein.LevenshteinAutomatonBuilder, error)) {
	for d := range out {
		out[d] = sync.OnceValues(func() (*levenshtein.LevenshteinAutomatonBuilder, error) {
			return levenshtein.NewLevenshteinAutomatonBuilder(uint8(d), true)
		})
	}
	return out
}()

// nearest returns the nearest word that a dossier which may be found has, in its most frequent spelling, and the
// number of dossiers that have it; "" if there is none within the distance.
func (s *suggester) nearest(folded string, distance int) (string, uint64, error) {
	counts, err := s.countNear(folded, distance)
	if err != nil {
		return "", 0, err
	}
	for _, other := range nearestFirst(folded, distance, counts) {
		w, err := s.f.word(other, false, false, false)
		if err != nil {
			return "", 0, err
		}
		if w.df > 0 { // otherwise a searcher would learn that a hidden dossier has it
			spelt, err := s.spelt(other, counts)
			return spelt, w.df, err
		}
	}
	return "", 0, nil
}

// countNear returns, by term, the number of dossiers that have a term near a word, hidden ones included. It is nil
// for a word that is too long for an automaton.
func (s *suggester) countNear(folded string, distance int) (map[string]uint64, error) {
	builder, err := levenshteins[distance]()
	if err != nil {
		return nil, err
	}
	dfa, err := builder.BuildDfa(folded, uint8(distance))
	if err != nil {
		return nil, nil
	}
	counts := map[string]uint64{}
	for _, seg := range s.f.v.segs {
		for _, field := range []string{fieldBody, fieldTitle} {
			dict, err := seg.snap.Segment().Dictionary(field)
			if err != nil {
				return nil, err
			}
			it := dict.AutomatonIterator(foldedNear{dfa}, nil, nil)
			for {
				e, err := it.Next()
				if err != nil {
					return nil, err
				}
				if e == nil {
					break
				}
				counts[e.Term] += e.Count
			}
		}
		if err := s.f.ctx.Err(); err != nil {
			return nil, err
		}
	}
	return counts, nil
}

// nearestFirst returns at most 20 folded words of the counted terms within a distance of a word, without the word
// itself: the nearest first, and of equally near ones the most frequent.
func nearestFirst(folded string, distance int, counts map[string]uint64) []string {
	byFolded := map[string]uint64{}
	for t, n := range counts {
		if other, _ := cutTerm(t); other != folded {
			byFolded[other] += n
		}
	}
	far := map[string]int{}
	var list []string
	for other := range byFolded {
		if far[other] = strict.Distance(folded, other); far[other] <= distance {
			list = append(list, other)
		}
	}
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(cmp.Compare(far[a], far[b]), cmp.Compare(byFolded[b], byFolded[a]), cmp.Compare(a, b))
	})
	return list[:min(len(list), 20)]
}

// spelt returns the spelling of a folded word that most dossiers have, of those that may be found.
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

// foldedNear adapts an automaton over folded words to terms: it accepts terms whose folded part the automaton
// accepts, whatever follows the separator. It implements vellum's Automaton.
type foldedNear struct{ dfa *levenshtein.DFA }

// States beside those of the automaton: the folded part was accepted, or rejected.
const rest, dead = math.MaxInt32, math.MaxInt32 - 1

// The following methods implement vellum.Automaton. The states of the inner automaton are passed on; once the
// separator was read, rest accepts everything and dead nothing.
func (a foldedNear) Start() int         { return a.dfa.Start() }
func (a foldedNear) IsMatch(s int) bool { return s == rest }
func (a foldedNear) CanMatch(s int) bool {
	return s == rest || s != dead && a.dfa.CanMatch(s)
}
func (a foldedNear) WillAlwaysMatch(s int) bool { return s == rest }

// Accept returns the state after a byte. The separator ends the folded part of a term.
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
