package phrase

import (
	"slices"
	"unicode/utf8"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// Scattered is a clue of several words as running text may have it: its words apart from one another, in another
// order or in other forms. "All six bells were rehung" has the clue "rehung the bells". What is between them, or the
// order, may make another thing of it, so such a hit is loose, unless the words only change places around a passive.
type Scattered struct{ loose Loose }

// Bounds of a scattered clue in a language of syllables: how many of them it has at least, and how many each of the two
// parts into which it falls; and how many words may be between these.
const (
	shortestScattered = 4
	shortestPart      = 2
	maxApart          = 6
)

// shortestContent is how many letters the words of a scattered clue have at least: shorter ones are everywhere, and
// part of verbs such as "hand out".
const shortestContent = 4

// NewScattered makes a scattered clue of a phrase; ok is false if it has too few words that say something.
func NewScattered(ph Phrase) (s Scattered, ok bool) {
	if ph.Lang == nil || slices.ContainsFunc(ph.Words, func(w string) bool { return w[len(w)-1] == '*' }) {
		return s, false
	}
	if ph.Lang.Ordered {
		return Scattered{Plainly(ph)}, len(ph.Words) >= shortestScattered
	}
	l, ok := NewLoose(ph)
	short := slices.ContainsFunc(l.content, func(w string) bool { return utf8.RuneCountInString(w) < shortestContent })
	return Scattered{l}, ok && len(l.content) > 1 && !short
}

// Anchors are the words by which a matcher finds where the clue may be.
func (s *Scattered) Anchors() []Phrase {
	if l := s.loose.label.Lang; l.Ordered {
		first := s.loose.label.Words[0]
		return []Phrase{{Words: []string{first}, Text: first, Lang: l}}
	}
	return s.loose.Anchors()
}

// isIn reports whether word i is one of a sentence in the language of the clue.
func (s *Scattered) isIn(p *text.Page, i int) bool {
	return p.LanguageAt(i).Code == s.loose.label.Lang.Code
}

// At finds the clue around word i of a page, which is one of its anchors, in the sentence of that word.
func (s *Scattered) At(p *text.Page, i int) (h Hit, ok bool) {
	if !s.isIn(p, i) {
		return h, false
	}
	at := p.Sentences[p.Words[i].Sentence]
	if s.loose.label.Lang.Ordered {
		h, ok = s.inParts(p, i, at)
	} else {
		h, ok = s.loose.At(p.Words, i, at.First, at.Last, func(int) bool { return false })
	}
	if ok {
		h.Loose = s.mayTurn(p, h)
	}
	return h, ok
}

// inParts finds a clue of syllables that begins at word i of a sentence and falls into two parts, in either order.
func (s *Scattered) inParts(p *text.Page, i int, at text.Sentence) (h Hit, ok bool) {
	w, words := p.Words, s.loose.label.Words
	is := func(k int, part []string) bool {
		if k < at.First || k+len(part) > at.Last || w[k].Clause != w[i].Clause ||
			w[k+len(part)-1].Clause != w[i].Clause {
			return false
		}
		for n, s := range part {
			if w[k+n].Text != s {
				return false
			}
		}
		return true
	}
	for n := len(words) - shortestPart; n >= shortestPart; n-- {
		if !is(i, words[:n]) {
			continue
		}
		rest := words[n:]
		for gap := 0; gap <= maxApart; gap++ {
			if k := i + n + gap; is(k, rest) {
				return Hit{First: i, Last: k + len(rest), Phrase: &s.loose.label}, true
			}
			if k := i - gap - len(rest); is(k, rest) {
				return Hit{First: k, Last: i + n, Phrase: &s.loose.label}, true
			}
		}
	}
	return h, false
}

// mayTurn reports whether a hit may say another thing than the clue. In a language of syllables all may. Else one may
// whose verb is before other words that say something, "planted hedges below the trees" for "planted trees", or that
// has "and" between its words; and one whose words are in another order and end in a verb with an object, "teachers
// trained 40 pupils" for "trained teachers". Behind an auxiliary, or before a preposition, the verb has none.
func (s *Scattered) mayTurn(p *text.Page, h Hit) bool {
	l, content, w := s.loose.label.Lang, s.loose.content, p.Words
	if l.Ordered {
		return true
	}
	verb := l.IsPast(w[h.First].Text)
	for _, x := range w[h.First:h.Last] {
		if slices.Contains(l.Cues[language.Coordinator], x.Text) && !slices.Contains(s.loose.label.Words, x.Text) {
			return true
		}
		own := slices.ContainsFunc(s.loose.label.Words, func(word string) bool { return l.SameWord(word, x.Text) })
		if verb && !own && s.loose.says(x) > 0 && !slices.Contains(l.Between, x.Text) &&
			!slices.Contains(l.Articles, x.Text) {
			return true
		}
	}
	if l.SameWord(content[0], w[h.First].Text) || !l.SameWord(content[0], w[h.Last-1].Text) {
		return false
	}
	for _, x := range w[h.First:h.Last] {
		if slices.Contains(language.HeaderWords().Auxiliaries(), x.Text) {
			return false
		}
	}
	next := h.Last
	return next < len(w) && w[next].Clause == w[h.Last-1].Clause && w[next].Sentence == w[h.First].Sentence &&
		!slices.Contains(l.Prepositions, w[next].Text) && !slices.Contains(l.Cues[language.Locative], w[next].Text)
}
