package index

import (
	"github.com/blevesearch/bleve/v2"

	"kheo/rules/language"
	"kheo/rules/query"
	"kheo/rules/strict"
)

// suggest writes a query anew whose words no dossier has, with the nearest words that some
// have: by one letter more, fewer, other or two changed about – two in long words – and of
// those as near the one in most dossiers. It is "" where every word is known, or nothing
// is near.
func (x *Index) suggest(n query.Node) (string, error) {
	if n == nil {
		return "", nil
	}
	s := suggester{index: x.b, found: map[string]string{}}
	again, err := s.node(n)
	if err != nil || !s.changed || s.lost {
		return "", err
	}
	return again.String(), nil
}

type suggester struct {
	index   bleve.Index
	found   map[string]string // word -> the nearest, "" where there is none
	changed bool
	lost    bool // a word has nothing near it
}

func (s *suggester) node(n query.Node) (query.Node, error) {
	var err error
	switch x := n.(type) {
	case query.Term:
		out := query.Term{Words: append([]string{}, x.Words...), Exact: x.Exact, Prefix: x.Prefix}
		for i, w := range x.Words {
			if x.Prefix && i == len(x.Words)-1 {
				continue
			}
			near, err := s.near(language.Fold(w))
			if err != nil {
				return n, err
			}
			switch {
			case near == "":
				s.lost = true
			case near != language.Fold(w):
				out.Words[i], out.Exact, s.changed = near, false, true
			}
		}
		return out, nil
	case query.And:
		out := append(query.And{}, x...)
		for i := range out {
			if out[i], err = s.node(out[i]); err != nil {
				return n, err
			}
		}
		return out, nil
	case query.Or:
		out, err := s.node(query.And(x))
		and, _ := out.(query.And)
		return query.Or(and), err
	case query.Near:
		if x.A, err = s.node(x.A); err == nil {
			x.B, err = s.node(x.B)
		}
		return x, err
	}
	return n, nil
}

// near returns the word itself where a dossier has it, or the nearest that one has.
func (s *suggester) near(word string) (string, error) {
	if near, ok := s.found[word]; ok {
		return near, nil
	}
	best, distance, count := "", 2, uint64(0)
	if n := len([]rune(word)); n >= 7 {
		distance = 3
	} else if n <= 2 {
		distance = 1 // nothing is near a word so short
	}
	for _, field := range []string{"body", "title"} {
		dict, err := s.index.FieldDict(field)
		if err != nil {
			return "", err
		}
		for {
			e, err := dict.Next()
			if err != nil {
				dict.Close()
				return "", err
			}
			if e == nil {
				break
			}
			if len(e.Term) > len(word)+2 || len(e.Term)+2 < len(word) {
				continue
			}
			if d := strict.Distance(word, e.Term); d < distance || d == distance && best != "" && e.Count > count {
				best, distance, count = e.Term, d, e.Count
			}
		}
		dict.Close()
	}
	s.found[word] = best
	return best, nil
}
