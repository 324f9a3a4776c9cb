package index

import (
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"kheo/internal/text/language"
	"kheo/internal/text/query"
)

// compounding are the languages that write compounds as one word, by their codes.
var compounding = []string{"nb"}

// Bounds of compounds: letters of the word that is asked for and of the rest, and how many compounds are found.
const (
	leastPart    = 4
	leastRest    = 3
	maxCompounds = 200
)

// stemList is the stems that a segment has of one language, without its code: sorted, and by their last letters.
type stemList struct {
	sorted   []string
	backward []string // each reversed
}

// vocabularyOf returns the stems of a language; it is computed once for each segment.
func (s *seg) vocabularyOf(lang string) (*stemList, error) {
	s.data.mu.Lock()
	defer s.data.mu.Unlock()
	if v := s.data.stems[lang]; v != nil {
		return v, nil
	}
	v := &stemList{}
	err := s.terms(fieldStem, []byte(lang+":"), []byte(lang+";"), func(t string) error {
		v.sorted = append(v.sorted, strings.Clone(t[len(lang)+1:]))
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, t := range v.sorted {
		v.backward = append(v.backward, reversed(t))
	}
	slices.Sort(v.backward)
	if s.data.stems == nil {
		s.data.stems = map[string]*stemList{}
	}
	s.data.stems[lang] = v
	return v, nil
}

// has reports whether a stem is in the list.
func (v *stemList) has(stem string) bool {
	_, ok := slices.BinarySearch(v.sorted, stem)
	return ok
}

// reversed returns a string with its code points in reverse order.
func reversed(s string) string {
	rs := []rune(s)
	slices.Reverse(rs)
	return string(rs)
}

// startingWith returns the words of a sorted list that begin with something and are longer.
func startingWith(sorted []string, begin string) []string {
	from := sort.SearchStrings(sorted, begin)
	to := from
	for to < len(sorted) && strings.HasPrefix(sorted[to], begin) {
		to++
	}
	return sorted[from:to]
}

// compounds returns the stem terms of the compounds of which a word is the first or the last part: skolegård and
// grunnskole for skole. The other part must be a word that the segment has by itself, perhaps with the s or e that
// joins compounds, so that Vestland does not become a West with land where no paper has a word vest.
func (f *finding) compounds(s *seg, word string) (out []string, err error) {
	if utf8.RuneCountInString(word) < leastPart {
		return nil, nil
	}
	for _, lang := range compounding {
		v, err := s.vocabularyOf(lang)
		if err != nil {
			return nil, err
		}
		known := func(part string) bool {
			if utf8.RuneCountInString(part) < leastRest {
				return false
			}
			found := v.has(part)
			f.v.x.stemmers.visit(lang, part, func(term string) {
				found = found || v.has(strings.TrimPrefix(term, lang+":"))
			})
			return found
		}
		knownFirst := func(part string) bool {
			return known(part) || strings.HasSuffix(part, "s") && known(strings.TrimSuffix(part, "s")) ||
				strings.HasSuffix(part, "e") && known(strings.TrimSuffix(part, "e"))
		}
		// The last part has the endings of the whole word, so it is compared as a stem; the first part has none.
		stems := []string{}
		f.v.x.stemmers.visit(lang, word, func(term string) {
			stems = append(stems,
				strings.TrimPrefix(term, lang+":"))
		})
		for _, stem := range stems {
			if utf8.RuneCountInString(stem) < leastRest {
				continue
			}
			for _, back := range startingWith(v.backward, reversed(stem)) {
				whole := reversed(back)
				if first := strings.TrimSuffix(whole, stem); first != "" && knownFirst(first) {
					out = append(out, lang+":"+whole)
				}
			}
		}
		folded := language.Fold(word)
		for _, whole := range startingWith(v.sorted, folded) {
			last := strings.TrimPrefix(whole, folded)
			if last != "" && (known(last) || strings.HasPrefix(last, "s") && known(last[1:])) {
				out = append(out, lang+":"+whole)
			}
		}
	}
	return out[:min(len(out), maxCompounds)], nil
}

// joined returns a query that also finds words that are written together: bla baer finds blåbær, too. Neighbours
// are joined only to a word that a dossier has which may be found; otherwise the query is returned as it is.
func (f *finding) joined(n query.Node) (query.Node, error) {
	all, ok := n.(query.And)
	if !ok {
		return n, nil
	}
	out := query.And{}
	for i := 0; i < len(all); i++ {
		first, ok1 := single(all[i])
		if !ok1 || i+1 == len(all) {
			out = append(out, all[i])
			continue
		}
		second, ok2 := single(all[i+1])
		if !ok2 || utf8.RuneCountInString(first+second) < leastPart+leastRest-1 {
			out = append(out, all[i])
			continue
		}
		w, err := f.word(first+second, false, false, true)
		if err != nil {
			return nil, err
		}
		if w.df == 0 {
			out = append(out, all[i])
			continue
		}
		out = append(out, query.Or{query.And{all[i], all[i+1]}, query.Term{Words: []string{first + second}}})
		i++
	}
	if len(out) == 1 {
		return out[0], nil
	}
	return out, nil
}

// single returns the word of a term that is one plain word of letters.
func single(n query.Node) (string, bool) {
	t, ok := n.(query.Term)
	if !ok || len(t.Words) != 1 || t.Exact || t.Prefix || t.Quoted || len(t.Words[0]) < 2 ||
		t.Words[0][0] >= '0' && t.Words[0][0] <= '9' {
		return "", false
	}
	return t.Words[0], true
}
