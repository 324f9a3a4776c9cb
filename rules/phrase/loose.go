package phrase

import (
	"slices"
	"unicode/utf8"

	"kheo/internal/text"
)

// Loose is a label as running text writes it: with other forms of its words, other words between them and, where the
// language allows it, in another order. "Kostnadene kom i alt på 90 000 kroner" has the label "kostnader i alt".
type Loose struct {
	label   Phrase
	content []string // its words but those that say nothing
	ordered bool     // its words may not change places
}

// How far from one another the words of a loose label may be, and from how many letters on a label of one word is loose.
const (
	maxBetween    = 4
	shortestAlone = 6
)

// NewLoose makes a loose label; ok is false if too little would be left of it.
func NewLoose(label Phrase) (l Loose, ok bool) {
	if label.Lang == nil {
		return l, false
	}
	l = Loose{label: label, ordered: label.Lang.Ordered}
	for _, w := range label.Words {
		if !slices.Contains(label.Lang.LooseFill, w) && !slices.Contains(label.Lang.CountNouns, w) {
			l.content = append(l.content, w)
		}
	}
	if first := label.Words[0]; len(l.content) == 1 && slices.Contains(label.Lang.CountNouns, first) && !l.ordered && len(first) > 2 {
		l.content = []string{first, l.content[0]} // "the number of wooden ramps"
	}
	switch n := len(l.content); {
	case n == 0, l.ordered && n < 3:
		return l, false
	case n == 1:
		return l, !l.ordered && utf8.RuneCountInString(l.content[0]) >= shortestAlone
	}
	return l, true
}

// Anchors are the words by which a matcher finds where the label may be: the forms of its longest word.
func (l *Loose) Anchors() (out []Phrase) {
	longest := l.anchor()
	for _, form := range l.label.Lang.FormsOf(longest) {
		out = append(out, Phrase{Words: []string{form}, Text: form, Lang: l.label.Lang})
	}
	return out
}

// anchor is the longest word of the label.
func (l *Loose) anchor() string {
	return slices.MaxFunc(l.content, func(a, b string) int { return utf8.RuneCountInString(a) - utf8.RuneCountInString(b) })
}

// At finds the label around word i, which is a form of its anchor, inside words [first, last) of a sentence. Words between
// its own may be refused by skip.
func (l *Loose) At(w []text.Word, i, first, last int, skip func(int) bool) (h Hit, ok bool) {
	at := slices.Index(l.content, l.anchor())
	if !l.label.Lang.SameWord(l.content[at], w[i].Text) {
		return h, false
	}
	h = Hit{First: i, Last: i + 1, Phrase: &l.label}
	for k := at - 1; k >= 0; k-- { // those before it in the label, then those behind it
		if !l.extend(w, &h, l.content[k], first, last, true, skip) {
			return h, false
		}
	}
	for _, s := range l.content[at+1:] {
		if !l.extend(w, &h, s, first, last, false, skip) {
			return h, false
		}
	}
	return h, true
}

// extend adds another word of the label to what was found of it: the nearest, before it or behind it.
func (l *Loose) extend(w []text.Word, h *Hit, s string, first, last int, before bool, skip func(int) bool) bool {
	ahead, behind := 0, 0
	for k := h.Last; k < min(last, h.Last+maxBetween+1) && (!l.ordered || !before); k++ {
		if l.label.Lang.SameWord(s, w[k].Text) {
			behind = k
			break
		}
		if skip(k) {
			break
		}
	}
	for k := h.First - 1; k >= max(first, h.First-maxBetween-1) && (!l.ordered || before); k-- {
		if l.label.Lang.SameWord(s, w[k].Text) {
			ahead = k + 1
			break
		}
		if skip(k) {
			break
		}
	}
	switch {
	case ahead == 0 && behind == 0:
		return false
	case behind == 0 || ahead > 0 && h.First-ahead <= behind-h.Last:
		h.First = ahead - 1
	default:
		h.Last = behind + 1
	}
	return true
}
