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
