package phrase

import (
	"slices"
	"unicode/utf8"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// Loose is a label as running text writes it: with other forms of its words, other words between them and, where the
// language allows it, in another order. "Kostnadene kom i alt på 90 000 kroner" has the label "kostnader i alt".
type Loose struct {
	label   Phrase
	content []string // its words but those that say nothing
	ordered bool     // its words may not change places
	tight   bool     // nothing may be between them
}

// How far from one another the words of a loose label may be, and from how many letters on a label of one word is
// loose.
const (
	maxBetween    = 4
	maxFilled     = 9 // with numbers and words that say nothing
	shortestAlone = 6
)

// How many words a label of a language of syllables has at least that may change places, and how far from one another
// they are then: "tiếp nhận 1.286 hồ sơ trực tuyến" has the label "hồ sơ trực tuyến tiếp nhận".
const (
	shortestSet = 4
	maxSet      = 10
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
	if first := label.Words[0]; len(l.content) == 1 && slices.Contains(label.Lang.CountNouns, first) && !l.ordered &&
		len(first) > 2 {
		l.content = []string{first, l.content[0]} // "the number of wooden ramps"
	}
	switch n := len(l.content); {
	case l.ordered && n == 2 && len(label.Words) > n:
		l.tight = true // "doanh thu" of "tổng doanh thu"
	case n == 0, l.ordered && n < 3:
		return l, false
	case n == 1:
		return l, !l.ordered && utf8.RuneCountInString(l.content[0]) >= shortestAlone
	}
	return l, true
}

// Plainly is the loose form of a label of which all words count, for a place where there is nothing but a label.
func Plainly(label Phrase) Loose {
	return Loose{label: label, content: label.Words, ordered: label.Lang.Ordered}
}

// Lang is the language of the label.
func (l *Loose) Lang() *language.Language { return l.label.Lang }

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

// At finds the label around word i, which is a form of its anchor, inside words [first, last) of a sentence. Words
// between its own may be refused by skip.
func (l *Loose) At(w []text.Word, i, first, last int, skip func(int) bool) (h Hit, ok bool) {
	at := slices.Index(l.content, l.anchor())
	if !l.label.Lang.SameWord(l.content[at], w[i].Text) {
		return h, false
	}
	if h, ok = l.inOrder(w, i, first, last, at, skip); !ok && l.ordered && len(l.content) >= shortestSet {
		return l.anywhere(w, i, first, last, at, skip)
	}
	return h, ok
}

// anywhere finds the words of the label but the one at index at, which is at word i, around it in any order: the
// nearest ones.
func (l *Loose) anywhere(w []text.Word, i, first, last, at int, skip func(int) bool) (h Hit, ok bool) {
	found := []int{i}
	for n, s := range l.content {
		if n == at {
			continue
		}
		near := -1
		for k := max(first, i-maxSet); k < min(last, i+maxSet+1); k++ {
			if w[k].Text == s && !skip(k) && !slices.Contains(found, k) && (near < 0 || abs(k-i) < abs(near-i)) {
				near = k
			}
		}
		if near < 0 {
			return h, false
		}
		found = append(found, near)
	}
	return Hit{First: slices.Min(found), Last: slices.Max(found) + 1, Phrase: &l.label}, true
}

// abs is the absolute value of a number.
func abs(n int) int { return max(n, -n) }

// inOrder finds the words of the label around the one at index at, which is at word i.
func (l *Loose) inOrder(w []text.Word, i, first, last, at int, skip func(int) bool) (h Hit, ok bool) {
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

// Words reports whether all words of the label are among words [first, last), in its order if the language asks for it
// and ordered is set, and how many others there are.
func (l *Loose) Words(w []text.Word, first, last int, ordered bool) (others int, ok bool) {
	next := first
	for _, s := range l.content {
		k := next
		if !l.ordered || !ordered {
			k = first
		}
		for k < last && !l.label.Lang.SameWord(s, w[k].Text) {
			k++
		}
		if k == last {
			return 0, false
		}
		next = k + 1
	}
	for k := first; k < last; k++ {
		isOwn := slices.ContainsFunc(l.content, func(s string) bool { return l.label.Lang.SameWord(s, w[k].Text) })
		if !isOwn && !slices.Contains(l.label.Lang.LooseFill, w[k].Text) &&
			!slices.Contains(l.label.Lang.CountNouns, w[k].Text) {
			others++
		}
	}
	return others, true
}

// most is how many words that say something may be between two words of the label.
func (l *Loose) most() int {
	if l.tight {
		return 0
	}
	return maxBetween
}

// says is 1 for a word between those of a label that says something, and 0 for a number or one that says nothing.
func (l *Loose) says(w text.Word) int {
	if !l.tight && (w.Number || slices.Contains(l.label.Lang.LooseFill, w.Text) ||
		slices.Contains(language.HeaderWords().Auxiliaries(), w.Text)) {
		return 0
	}
	return 1
}

// extend adds another word of the label to what was found of it: the nearest, before it or behind it.
func (l *Loose) extend(w []text.Word, h *Hit, s string, first, last int, before bool, skip func(int) bool) bool {
	ahead, behind := 0, 0
	for k, between := h.Last, 0; k < min(last, h.Last+maxFilled) && between <= l.most() &&
		(!l.ordered || !before); k++ {
		if l.label.Lang.SameWord(s, w[k].Text) {
			behind = k
			break
		}
		if between += l.says(w[k]); skip(k) {
			break
		}
	}
	for k, between := h.First-1, 0; k >= max(first, h.First-maxFilled) && between <= l.most() &&
		(!l.ordered || before); k-- {
		if l.label.Lang.SameWord(s, w[k].Text) {
			ahead = k + 1
			break
		}
		if between += l.says(w[k]); skip(k) {
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
