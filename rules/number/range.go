package number

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// ranged reads the second number of a range into q, whose number begins at word at, with what belongs to it
// at word before: "5–7", "từ 50 đến 70", "between 40 and 60". What rose from one number to another is not a
// range; callers read it, see language.ChangeFrom.
func (r reader) ranged(q *Quantity, at, before int) {
	opener := r.openerBefore(before)
	if opener != nil && r.changes(before) {
		return
	}
	k, link, ok := r.linkAt(q.Last, opener)
	if !ok || !q.digits && opener == nil && link == "" {
		return
	}
	_, _, to, ok := r.simpleAt(k)
	if !ok || link == "" && !(q.digits && to.digits) || !r.rangeFits(q, &to, at, k, link, opener != nil) {
		return
	}
	low := q.Value
	// "2–3 triệu"
	if to.Magnified && !q.Magnified && low < to.magnitude && to.magnitude > 0 &&
		low*to.magnitude <= to.Value {
		low *= to.magnitude
	}
	if low > to.Value {
		return
	}
	if to.Unit != "" {
		q.Unit, q.Currencies = to.Unit, to.Currencies
	}
	q.Value, q.Low, q.High = low, low, to.Value
	q.Doubt, q.Others = "", nil
	q.doubt(DoubtRange, to.Value)
	q.Last, q.Magnified = to.Last, q.Magnified || to.Magnified
}

// rangeFits reports whether a second quantity, whose number is at word k, makes a range with the first one:
// they have the same unit, and are neither years, nor the parts of a date, a code or a telephone number.
func (r reader) rangeFits(q, to *Quantity, at, k int, link string, opened bool) bool {
	w := r.page.Words
	if q.Unit != "" && to.Unit != q.Unit && (to.Unit != "" || !opened) || w[k].Sentence != w[at].Sentence {
		return false
	}
	a, b := w[at].Text, w[k].Text
	if IsYear(a) && IsYear(b) && to.Unit == "" && !to.Magnified {
		return false
	}
	return link != "" ||
		!padded(a) && !padded(b) && !dashAt(r.page, w[at].Start-1, false) &&
			!dashAt(r.page, w[to.Last-1].End, true)
}

// padded reports whether digits begin with a zero that is not their value, as in codes and dates.
func padded(s string) bool { return len(s) > 1 && s[0] == '0' && isPlain(s) }

// dashAt reports whether a slash or dash is at code point i, and a digit behind it if digit is set.
func dashAt(p *text.Page, i int, digit bool) bool {
	if i < 0 || i >= len(p.Runes) || !strings.ContainsRune("/-–", p.Runes[i]) {
		return false
	}
	return !digit || i+1 < len(p.Runes) && text.IsDigit(p.Runes[i+1])
}

// IsYear reports whether digits have the form of a year of this time.
func IsYear(s string) bool {
	return len(s) == 4 && (strings.HasPrefix(s, "19") || strings.HasPrefix(s, "20")) && isPlain(s)
}

// openerBefore returns the range words of which one that opens a range is right before word i; nil if there
// are none.
func (r words) openerBefore(i int) *language.Range {
	if i == 0 {
		return nil
	}
	for n := range r.lang.Ranges {
		if len(r.lang.Ranges[n].Open) > 0 &&
			r.precededBy(r.lang.Ranges[n].Open, i, r.page.Words[i-1].Sentence) {
			return &r.lang.Ranges[n]
		}
	}
	return nil
}

// changes reports whether a verb such as "rose" precedes word i in its sentence.
func (r words) changes(i int) bool {
	w := r.page.Words
	for k := i - 1; k >= 0 && w[k].Sentence == w[i].Sentence && i-k <= 12; k-- {
		if slices.Contains(r.lang.ChangeVerbs, w[k].Text) {
			return true
		}
	}
	return false
}

// dashes are what may be between the two numbers of a range, with signs of currencies.
var dashes = []string{"-", "–", "—", "~", "−", "$-$", "-$", "–$", "€-€", "-€", "–€", "£-£", "-£", "–£"}

// maxDash is the length in bytes of what is between the two numbers of a range, with spaces.
const maxDash = 12

// linkAt finds what links the two numbers of a range behind word k-1: a dash, of which link is "", or a word,
// and the word after it. opener is what opened the range; nil if nothing did.
func (r words) linkAt(k int, opener *language.Range) (after int, link string, ok bool) {
	p, w := r.page, r.page.Words
	if k >= r.limit || k == 0 {
		return k, "", false
	}
	if gap := p.Gap(k - 1); slices.Contains(dashes, strings.Trim(gap, " ")) {
		return k, "", len(gap) < maxDash
	}
	for n := range r.lang.Ranges {
		form := &r.lang.Ranges[n]
		if opener != form && len(form.Open) > 0 {
			continue
		}
		for _, s := range form.Link {
			if n := text.MatchAt(w, k, r.limit, s); n > 0 && k+n < r.limit && w[k].Clause == w[k-1].Clause {
				return k + n, s, true
			}
		}
	}
	return k, "", false
}

// bounded reads what makes q a bound: "at least" before it or "or more" behind it. before is the first word
// of q.
func (r reader) bounded(q *Quantity, before int) {
	if q.High != 0 || before >= len(r.page.Words) {
		return
	}
	if near, n := r.nearBehind(q.Last); near == Over || near == Under {
		if q.Bound = AtLeast; near == Under {
			q.Bound = AtMost
		}
		q.Last += n
		return
	}
	if q.Bound = r.signedBound(before); q.Bound == "" {
		q.Bound = r.boundBefore(before, r.page.Words[before].Sentence)
	}
	r.bothBounds(q)
}

// boundBefore returns the bound that words right before word at make; of several the longest.
func (r words) boundBefore(at, sentence int) string {
	most := r.longestBefore(r.lang.AtMost.Before, at, sentence)
	least := r.longestBefore(r.lang.AtLeast.Before, at, sentence)
	for _, s := range r.lang.OrEqual { // "less than or equal to", "less or equal than"
		if n := 1 + strings.Count(s, " "); at >= n && text.MatchAt(r.page.Words, at-n, at, s) == n {
			most = max(most, r.longestBefore(slices.Concat(r.lang.AtMost.Before,
				withoutThan(r.lang.AtMost.Before)), at-n, sentence))
			least = max(least, r.longestBefore(slices.Concat(r.lang.AtLeast.Before,
				withoutThan(r.lang.AtLeast.Before)), at-n, sentence))
			break
		}
	}
	switch {
	case most > least && most > 1 && r.changes(at-most): // "went up to 80"
		return ""
	case most > least:
		return AtMost
	case least > 0 && !r.precededBy(r.lang.AtLeastNeedsAfter, at, sentence):
		return AtLeast
	}
	return ""
}

// withoutThan returns phrases that end in "than" without that word, which "or equal to" may replace.
func withoutThan(phrases []string) (out []string) {
	for _, s := range phrases {
		for _, than := range []string{" than", " enn"} {
			if cut, ok := strings.CutSuffix(s, than); ok {
				out = append(out, cut)
			}
		}
	}
	return out
}

// signedBound returns the bound that a sign such as ≥ right before word i makes.
func (r words) signedBound(i int) string {
	at := r.page.Words[i].Start - 1
	for at >= 0 && strings.ContainsRune(" =-−", r.page.Runes[at]) {
		at--
	}
	if at < 0 {
		return ""
	}
	switch r.page.Runes[at] {
	case '>', '≥':
		return AtLeast
	case '<', '≤':
		return AtMost
	}
	return ""
}

// bothBounds makes a range of a bound and the other one behind it: "more than 40 and less than 100".
func (r reader) bothBounds(q *Quantity) {
	w := r.page.Words
	k := q.Last
	if q.Bound == "" || k+1 >= r.limit || w[k].Sentence != w[k-1].Sentence {
		return
	}
	for _, and := range r.lang.And {
		if n := text.MatchAt(w, k, r.limit, and); n > 0 {
			k += n
			break
		}
	}
	for at := k + 1; at < min(k+8, r.limit) && w[at].Sentence == w[k].Sentence; at++ {
		_, _, to, ok := r.simpleAt(at)
		if !ok {
			continue
		}
		other := r.boundBefore(at, w[at].Sentence)
		low, high := q.Value, to.Value
		if q.Bound == AtMost {
			low, high = high, low
		}
		if other == "" || other == q.Bound || low >= high ||
			q.Unit != "" && to.Unit != "" && q.Unit != to.Unit {
			return
		}
		q.Low, q.High, q.Value, q.Bound, q.Others = low, high, low, "", nil
		q.doubt(DoubtRange, high)
		q.Last = to.Last
		return
	}
}

// Continues reports whether the count that begins at word i and ends, with what is counted, before word k is
// the lower bound of a range, "từ 120 hộ đến 130 hộ", and returns the upper one.
func Continues(p *text.Page, l *language.Language, i, k, limit int) (upper float64, ok bool) {
	r := newReader(p, l, limit)
	opener := r.openerBefore(i)
	if opener == nil || r.changes(i) {
		return 0, false
	}
	at, _, ok := r.linkAt(k, opener)
	if !ok {
		return 0, false
	}
	_, _, q, ok := r.simpleAt(at)
	return q.Value, ok
}

// IsWhole reports whether the number at word i is the whole that another one is a part of: the second of "85
// of the 92 households".
func IsWhole(p *text.Page, l *language.Language, i int) bool {
	w := p.Words
	for back := 1; back <= maxOutOf && i-back > 0 && w[i-back].Clause == w[i].Clause; back++ {
		if !w[i-back-1].Number || w[i-back-1].Clause != w[i].Clause {
			continue
		}
		for _, s := range l.WholeLinks {
			if text.MatchAt(w, i-back, i, s) == back {
				return true
			}
		}
	}
	return false
}

// maxOutOf is how many words may be between a part and its whole.
const maxOutOf = 4

// WholeAt returns the word after the whole of "85 of the 92 households", of which "of" is word k; ok is false
// if there is none.
func WholeAt(p *text.Page, l *language.Language, k, limit int) (after int, ok bool) {
	for _, s := range l.WholeLinks {
		if n := text.MatchAt(p.Words, k, limit, s); n > 0 && k+n < limit && p.Words[k+n].Number &&
			p.Words[k+n].Clause == p.Words[k-1].Clause {
			r := newReader(p, l, limit)
			if _, _, q, ok := r.simpleAt(k + n); ok && q.Unit == "" {
				return q.Last, true
			}
		}
	}
	return k, false
}
