package number

import (
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// Near says how near a number that is written is to the one that is meant.
type Near string

// Values of Near.
const (
	Exact  Near = ""       // it is the number
	Over   Near = "over"   // it is the number or more: "more than 40", "at least 40", "40 or more"
	Under  Near = "under"  // it is the number or less: "up to 40", "fewer than 40"
	Short  Near = "short"  // it is a little less: "nearly 40"
	Around Near = "around" // it is a little less or more: "about 40", "40 or so"
)

// nearness is how near q is to what is meant, by the longest of the phrases right before its first word, before, or
// else by those behind it, which may be in brackets.
func (r reader) nearness(q *Quantity, before int) Near {
	switch {
	case q.High != 0:
		return Exact
	case q.Bound == AtLeast:
		return Over
	case before >= len(r.page.Words):
		return Exact
	}
	sentence := r.page.Words[before].Sentence
	around := r.longestBefore(r.lang.About.Before, before, sentence)
	short := r.longestBefore(r.lang.Nearly.Before, before, sentence)
	under := r.longestBefore(r.lang.AtMost.Before, before, sentence)
	switch {
	case short > 0 && short >= max(around, under): // "just under 40" ends in "under 40"
		return Short
	case q.Bound == AtMost:
		return Under
	case around > 0, r.isSigned(before, "~≈∼"):
		return Around
	}
	near, _ := r.nearBehind(q.Last)
	if near == Exact && r.isPlus(q.Last-1) {
		near = Over
	}
	return near
}

// isSigned reports whether one of some signs is right before word i, and no digit right before the sign.
func (r words) isSigned(i int, signs string) bool {
	at := r.page.Words[i].Start - 1
	for at >= 0 && r.page.Runes[at] == ' ' {
		at--
	}
	if at < 0 || !strings.ContainsRune(signs, r.page.Runes[at]) {
		return false
	}
	for at--; at >= 0 && r.page.Runes[at] == ' '; at-- {
	}
	return at < 0 || !text.IsDigit(r.page.Runes[at])
}

// isPlus reports whether a plus is glued to the end of word i, and no number follows: "200+ households".
func (r words) isPlus(i int) bool {
	end := r.page.Words[i].End
	return end < len(r.page.Runes) && r.page.Runes[end] == '+' && (i+1 >= r.limit || !r.page.Words[i+1].Number)
}

// NearBehind is how near a quantity that ends, with what is counted, before word k is to what is meant, by the words
// behind it: "50 households or more", "50 hộ trở lên", "50 households (approx.)".
func NearBehind(p *text.Page, l *language.Language, k, limit int) Near {
	near, _ := newReader(p, l, limit).nearBehind(k)
	return near
}

// nearBehind is what words at word k, behind a quantity, say of how near it is, and how many words they are.
func (r words) nearBehind(k int) (near Near, n int) {
	if k >= r.limit || k == 0 || r.page.Words[k].Sentence != r.page.Words[k-1].Sentence {
		return Exact, 0
	}
	for _, form := range []struct {
		near  Near
		words language.Bound
	}{{Over, r.lang.AtLeast}, {Under, r.lang.AtMost}, {Around, r.lang.About}, {Short, r.lang.Nearly}} {
		list := form.words.After
		if strings.Contains(r.page.Gap(k-1), "(") { // "(about)"
			list = append(list[:len(list):len(list)], form.words.Before...)
		}
		for _, s := range list {
			m := text.MatchAt(r.page.Words, k, r.limit, s)
			if m > n && (k+m >= r.limit || !r.isNumeral(k+m)) {
				near, n = form.near, m
			}
		}
	}
	return near, n
}
