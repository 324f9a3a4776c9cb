package rules

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// phrase is a sequence of words; a word that ends in * matches every word that begins so.
type phrase struct {
	words []string
	text  string             // as written
	lang  *language.Language // whose words these are; nil if the ruleset does not say
	label bool               // of a form: in a sentence its noun may be definite or plural
}

// newPhrase cuts what a ruleset looks for into words, as pages are cut.
func newPhrase(s string) phrase {
	words, starred := text.Words(s)
	for i := range words {
		if starred[i] {
			words[i] += "*"
		}
	}
	return phrase{text: s, words: words}
}

// matchAt reports whether the phrase is in words from i on.
func (ph phrase) matchAt(words []text.Word, i int) bool {
	if i+len(ph.words) > len(words) {
		return false
	}
	for k, w := range ph.words {
		if !matchWord(w, words[i+k].Text) && !(ph.label && ph.inflected(w, words[i+k].Text)) {
			return false
		}
	}
	return len(ph.words) > 0
}

// inflected reports whether s is the word with one of its language's endings.
func (ph phrase) inflected(w, s string) bool {
	end, ok := strings.CutPrefix(s, w)
	return ok && ph.lang != nil && len(w) > 3 && slices.Contains(ph.lang.Definite, end)
}

// matchWord reports whether s is the word that pattern names, or begins so if it ends in *.
func matchWord(pattern, s string) bool {
	if p, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(s, p)
	}
	return pattern == s
}

// matchWordsAt returns how many words the space-separated list s has if words[i:limit] begins with them, and 0 if
// not.
func matchWordsAt(words []text.Word, i, limit int, s string) int {
	n := 0
	for len(s) > 0 {
		f, rest, _ := strings.Cut(s, " ")
		if i+n >= limit || words[i+n].Text != f {
			return 0
		}
		n++
		s = rest
	}
	return n
}

// hit is a phrase that was found: words [first, last) of the page.
type hit struct {
	page        *pageText
	first, last int
	phrase      *phrase
}

// isLabel reports whether a hit is in the label of a form: that is the form's text and does not claim anything.
func (p *pageText) isLabel(h hit) bool {
	for _, l := range p.labels {
		if l.first <= h.first && h.last <= l.last {
			return true
		}
	}
	return false
}

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

// scan returns the places of the phrases of each list on the page, in order, each inside
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
