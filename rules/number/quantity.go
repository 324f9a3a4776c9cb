// Package number reads quantities out of the words of a page, as people write them in Vietnamese, Norwegian and
// English: digits with either decimal sign, digits grouped by spaces, number words, magnitudes ("2 tỷ 350 triệu",
// "half a million"), percent signs and currencies on either side. The words of each language are data of
// internal/text/language.
//
// It also says which digits are not a quantity although they look like one: years, parts of dates, numbers of
// decisions, numbering of headings (Quantity.Ordinal).
package number

import (
	"kheo/internal/text"
	"kheo/internal/text/language"
)

// Percent is the Quantity.Unit of a percentage.
const Percent = "%"

// Values of Quantity.Bound.
const (
	AtLeast = "at least"
	AtMost  = "at most"
)

// Quantity is a number that was read from a page, with what is written around it.
type Quantity struct {
	Value     float64 // in units: "2 triệu" is 2000000, and 40% is 40
	First     int     // the quantity is words [First, Last) of the page
	Last      int
	Unit      string // ISO 4217 code of the currency beside the number, Percent, or ""
	Approx    bool   // "about", "more than" precede it
	Below     bool   // "fewer than" precedes it: the value is a bound and not a statement
	Ordinal   bool   // it names something and does not count, see IsOrdinal
	Magnified bool   // it has a magnitude, such as "million"

	// Low and High are the bounds of a range, such as "5–7"; its Value is the middle and not a statement. Both are 0
	// if the quantity is not a range. Bound is AtLeast or AtMost if Value is a bound, else "".
	Low, High float64
	Bound     string

	// Doubt is a code of why Value may not be what is written, "" if it is; Others are the other values that it may
	// have. Currencies are the currencies that the sign or word beside it may mean, if there are several.
	Doubt      string
	Others     []float64
	Currencies []string

	magnitude float64 // the last magnitude that was applied
}

// Counts reports whether the quantity counts something: it is neither zero nor the name of something.
func (q *Quantity) Counts() bool { return !q.Ordinal && q.Value != 0 }

// reader reads numbers among a page's words, in one language, up to a limit: no number reads words[limit:].
type reader struct {
	page  *text.Page
	lang  *language.Language
	limit int
}

// At reads, in the language l, the quantity that begins at word i of the page and ends before word limit; ok is
// false if there is none. A currency may precede the number: at its name At reads the quantity too.
func At(p *text.Page, l *language.Language, i, limit int) (q Quantity, ok bool) {
	r := reader{p, l, limit}
	q = Quantity{First: i}
	w := p.Words
	before := i // start of the quantity for what precedes it
	code, n := r.currencyAt(i)
	if n > 0 && !w[i].Number && i+n < limit && w[i+n].Number && adjoin(w[i+n-1], w[i+n]) {
		q.Unit, i = code, i+n
	} else if code, back := r.currencyBefore(i); code != "" {
		q.Unit, before = code, i-back
	}
	k, ok := r.amountAt(&q, i)
	if !ok {
		return q, false
	}
	k = r.magnify(&q, i, k)
	if q.Value == 0.5 && k < limit && !q.Magnified && !w[i].Number { // "half" of something else
		return q, false
	}
	q.Last = r.unitAfter(&q, k)
	q.Approx = r.precededBy(l.Cues[language.Approx], before, w[i].Sentence)
	q.Below = r.precededBy(l.Cues[language.Below], before, w[i].Sentence)
	q.Ordinal = IsOrdinal(p, l, i, q.Last)
	return q, true
}

// adjoin reports whether b follows a with no more than a space and a sign between them.
func adjoin(a, b text.Word) bool { return b.Start-a.End <= 2 }

// amountAt reads the number at word i, without magnitudes and units, into q, and returns the word after it.
func (r reader) amountAt(q *Quantity, i int) (k int, ok bool) {
	half := r.halfAt(i)
	switch {
	case r.page.Words[i].Number:
		v, n, ok := r.digitsAt(i)
		q.Value = v
		return i + n, ok
	case half > 0:
		q.Value = 0.5
		return i + half, true
	}
	v, n := inWords(r.page.Words[i:r.limit], r.lang)
	q.Value, q.Magnified = v, v >= 1000
	return i + n, n > 0
}

// halfAt returns how many words mean "half of" at word i; 0 if none do.
func (r reader) halfAt(i int) (n int) {
	for _, h := range r.lang.HalfBefore {
		n = max(n, text.MatchAt(r.page.Words, i, r.limit, h))
	}
	return n
}

// precededBy reports whether one of the phrases, of up to three words, ends right before word at, in the sentence
// with the given index.
func (r reader) precededBy(phrases []string, at, sentence int) bool {
	for back := 1; back <= 3 && at-back >= 0 && r.page.Words[at-back].Sentence == sentence; back++ {
		for _, s := range phrases {
			if text.MatchAt(r.page.Words, at-back, at, s) == back {
				return true
			}
		}
	}
	return false
}

// magnify applies to q the magnitudes behind a number, and adds what follows in a smaller one: "2 tỷ 350 triệu",
// "hai tỷ rưỡi". The number is words[i:k]; the word after all of it is returned.
func (r reader) magnify(q *Quantity, i, k int) int {
	w := r.page.Words
	part, total := q.Value, 0.0
	for k < r.limit {
		scaled, m, n := r.magnitudeAt(k, part)
		if n == 0 || len(w[k].Text) == 1 && !w[i].Number {
			break
		}
		k += n
		q.Magnified, q.magnitude = true, m
		total, part = total+scaled, 0
		halves := r.halvesAfter(k)
		for range halves {
			total += m / 2
		}
		k += halves
		if halves > 0 || k+1 >= r.limit || !w[k].Number || !adjoin(w[k-1], w[k]) {
			break
		}
		v, n, ok := r.digitsAt(k)
		if !ok || k+n >= r.limit {
			break
		}
		if smaller, ok := r.lang.Magnitudes[w[k+n].Text]; !ok || smaller >= m {
			break
		}
		part, k = v, k+n
	}
	q.Value = total + part
	return k
}

// halvesAfter returns how many words meaning "and a half" of the magnitude before them begin at word k.
func (r reader) halvesAfter(k int) (n int) {
	for _, h := range r.lang.HalfAfter {
		if text.MatchAt(r.page.Words, k+n, r.limit, h) > 0 {
			n++
		}
	}
	return n
}

// magnitudeAt reads the magnitude that adjoins a number at word k, such as "triệu", or several of them, such as
// "nghìn tỷ". It returns the number times the magnitude, the magnitude, and how many words it has.
func (r reader) magnitudeAt(k int, number float64) (scaled, m float64, n int) {
	w := r.page.Words
	scaled = number
	for ; k+n < r.limit && adjoin(w[k+n-1], w[k+n]); n++ {
		next, ok := r.lang.Magnitudes[w[k+n].Text]
		if !ok {
			break
		}
		scaled *= next
		if n == 0 {
			m = 1
		}
		m *= next
	}
	return scaled, m, n
}

// unitAfter reads a percent sign or a currency at word k, behind a number, into q, and returns the word after it.
func (r reader) unitAfter(q *Quantity, k int) int {
	w := r.page.Words
	if k >= r.limit {
		return k
	}
	if n := PercentAt(w, k, r.limit); n > 0 {
		q.Unit = Percent
		return k + n
	}
	code, n := r.currencyAt(k)
	if n == 0 {
		return k
	}
	q.Unit, k = code, k+n
	if q.Magnified { // "hai triệu đồng rưỡi": two and a half million
		halves := r.halvesAfter(k)
		for range halves {
			q.Value += q.magnitude / 2
		}
		k += halves
	}
	return k
}

// PercentAt returns how many words mean "per cent" at word k, as a sign or in words of any language; 0 if none do.
func PercentAt(w []text.Word, k, limit int) int {
	if w[k].Text == Percent {
		return 1
	}
	for _, s := range []string{"phần trăm", "prosent", "percent", "per cent"} {
		if n := text.MatchAt(w, k, limit, s); n > 0 {
			return n
		}
	}
	return 0
}

// currencyAt returns the currency whose name begins at word k, and how many words it has.
func (r reader) currencyAt(k int) (code string, n int) { return r.currencyBetween(k, r.limit) }

// currencyBetween is currencyAt for a name that ends before word limit.
func (r reader) currencyBetween(k, limit int) (code string, n int) {
	w := r.page.Words
	if k >= limit {
		return "", 0
	}
	for _, c := range r.lang.CurrencyNames(w[k].Text) {
		if m := text.MatchAt(w, k, limit, c.Name); m > n {
			code, n = c.Code, m
		}
	}
	return code, n
}

// currencySigns are the signs that may be written right before an amount, with ISO 4217 codes.
var currencySigns = map[rune]string{'$': "USD", '€': "EUR", '£': "GBP", '₫': "VND"}

// currencyBefore returns the currency before the number at word i, as a sign or a name, and how many words it has.
func (r reader) currencyBefore(i int) (code string, words int) {
	w := r.page.Words
	if at := w[i].Start - 1; at >= 0 && w[i].Number {
		if code = currencySigns[r.page.Runes[at]]; code != "" {
			return code, 0
		}
	}
	for n := 1; n <= 2 && i-n >= 0 && w[i].Number && w[i].Start-w[i-1].End <= 2; n++ {
		if code, got := r.currencyBetween(i-n, i); got == n && (i-n == 0 || !w[i-n-1].Number) {
			return code, n
		}
	}
	return "", 0
}

// OutOf reports whether "of 92" is at word k of the page: the number before it is a part of another one.
func OutOf(p *text.Page, l *language.Language, k, limit int) bool {
	for _, s := range l.Cues[language.OutOf] {
		if n := text.MatchAt(p.Words, k, limit, s); n > 0 && k+n < limit && p.Words[k+n].Number {
			return true
		}
	}
	return false
}

// Small reads a word for a number from one to nine. Such words mean other things as well ("năm" is five and year), so
// they count only if what is counted follows immediately, which the caller checks.
func Small(l *language.Language, w text.Word) (v float64, ok bool) {
	v, ok = l.Numbers[w.Text]
	return v, ok && v >= 1 && v < 10
}
