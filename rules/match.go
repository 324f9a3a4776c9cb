package rules

import (
	"slices"
	"strings"
)

// matcher finds the phrases of many lists on a page in one pass over its words, so
// that another criterion costs next to nothing.
type matcher struct {
	starts   map[string][]start // by the phrase's first word
	prefixes []start            // phrases whose first word ends in *
	lists    int
}

type start struct {
	list   int
	phrase phrase
}

func newMatcher() *matcher { return &matcher{starts: map[string][]start{}} }

// add takes a list of phrases in, and returns the number by which its hits are asked for.
func (m *matcher) add(list []phrase) int {
	id := m.lists
	m.lists++
	for _, ph := range list {
		if len(ph.words) == 0 {
			continue
		}
		first, st := ph.words[0], start{id, ph}
		if p, ok := strings.CutSuffix(first, "*"); ok && p != "" {
			m.prefixes = append(m.prefixes, st)
			continue
		}
		m.starts[first] = append(m.starts[first], st)
		if ph.label && ph.lang != nil && len(first) > 3 {
			for _, end := range ph.lang.Definite {
				m.starts[first+end] = append(m.starts[first+end], st)
			}
		}
	}
	return id
}

// scan returns where the phrases of each list stand on the page, in order, each inside
// one sentence.
func (m *matcher) scan(p *pageText) [][]hit {
	out := slices.Grow(p.hits[:0], m.lists)[:m.lists]
	for i := range out {
		out[i] = out[i][:0]
	}
	try := func(i int, st *start) {
		n := len(st.phrase.words)
		if st.phrase.matchAt(p.Words, i) && p.Words[i].Sentence == p.Words[i+n-1].Sentence {
			out[st.list] = append(out[st.list], hit{p, i, i + n, &st.phrase})
		}
	}
	for i := range p.Words {
		list := m.starts[p.Words[i].Text]
		for k := range list {
			try(i, &list[k])
		}
		for k := range m.prefixes {
			if matchWord(m.prefixes[k].phrase.words[0], p.Words[i].Text) {
				try(i, &m.prefixes[k])
			}
		}
	}
	return out
}

// apart keeps, of hits that overlap, the longer one that starts first.
func apart(hits []hit) []hit {
	if len(hits) < 2 {
		return hits
	}
	all := slices.Clone(hits)
	slices.SortStableFunc(all, func(a, b hit) int {
		if a.first != b.first {
			return a.first - b.first
		}
		return b.last - a.last
	})
	out := all[:0]
	for _, h := range all {
		if len(out) == 0 || h.first >= out[len(out)-1].last {
			out = append(out, h)
		}
	}
	return out
}
