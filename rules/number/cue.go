package number

import (
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// words are the words of a page in one language, up to a limit: nothing reads words[limit:]. Its methods find
// the words around a number that say what it is, and read no number themselves.
type words struct {
	page  *text.Page
	lang  *language.Language
	limit int
}

// maxCue is how many words a phrase before a number may have that says what the number is.
const maxCue = 5

// precededBy reports whether one of the phrases, of up to maxCue words, ends right before word at, in the
// sentence with the given index.
func (r words) precededBy(phrases []string, at, sentence int) bool {
	return r.longestBefore(phrases, at, sentence) > 0
}

// longestBefore returns how many words the longest of the phrases has that ends right before word at; 0 if
// none does.
func (r words) longestBefore(phrases []string, at, sentence int) int {
	if at == 0 || at > len(r.page.Words) {
		return 0
	}
	last, n := r.page.Words[at-1].Text, 0
	for _, s := range phrases {
		if !strings.HasSuffix(s, last) {
			continue
		}
		back := 1 + strings.Count(s, " ")
		if back > n && back <= maxCue && back <= at && r.page.Words[at-back].Sentence == sentence &&
			text.MatchAt(r.page.Words, at-back, at, s) == back {
			n = back
		}
	}
	return n
}

// isVague reports whether the word before word i makes a number in words one that is not said: "several
// hundred".
func (r words) isVague(i int) bool {
	w := r.page.Words
	return i > 0 && w[i-1].Clause == w[i].Clause && r.precededBy(r.lang.Vague, i, w[i].Sentence)
}

// halfAt returns how many words mean "half of" at word i; 0 if none do.
func (r words) halfAt(i int) (n int) {
	for _, h := range r.lang.HalfBefore {
		n = max(n, text.MatchAt(r.page.Words, i, r.limit, h))
	}
	return n
}

// halvesAfter returns how many words meaning "and a half" of the magnitude before them begin at word k.
func (r words) halvesAfter(k int) (n int) {
	for _, h := range r.lang.HalfAfter {
		n += text.MatchAt(r.page.Words, k+n, r.limit, h)
	}
	return n
}
