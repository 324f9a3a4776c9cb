// Package number reads quantities out of the words of a page, as people write them in Vietnamese, Norwegian
// and English: digits with either decimal sign, digits grouped by spaces, number words, magnitudes ("2 tỷ 350
// triệu", "half a million"), percent signs and currencies on either side, ranges and bounds. The words of
// each language are data of internal/text/language; docs/values.md lists the forms that are read, and those
// that are not.
//
// It also says which digits are not a quantity although they look like one: years, parts of dates, numbers of
// decisions, numbering of headings (Quantity.Ordinal); and what cannot be decided (Quantity.Doubt).
package number

import (
	"math"
	"slices"
	"strconv"
	"strings"

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

// Values of Quantity.Doubt, beside DoubtSeparator. They are codes of the texts fact.doubt.*.
const (
	DoubtRange    = "range"    // it is a range: Value is its lower bound, and Others has the upper one
	DoubtWords    = "words"    // it is written so that it can be read in two ways, or was understood in part
	DoubtSign     = "sign"     // a dash before it may be a minus
	DoubtCurrency = "currency" // several currencies have its sign or name
)

// Quantity is a number that was read from a page, with what is written around it.
type Quantity struct {
	Value     float64 // in units: "2 triệu" is 2000000, and 40% is 40
	First     int     // the quantity is words [First, Last) of the page
	Last      int
	Unit      string // ISO 4217 code of the currency beside the number, Percent, or ""
	Approx    bool   // "about", "more than" precede it
	Near      Near   // how near it is to what is meant, if it is not exactly that
	Below     bool   // "fewer than" precedes it: what is meant may be anything below it
	Ordinal   bool   // it names something and does not count, see IsOrdinal
	Magnified bool   // it has a magnitude, such as "million"

	// Low and High are the bounds of a range, such as "5–7"; both are 0 if the quantity is not a range. Bound
	// is AtLeast or AtMost if Value is a bound, else "".
	Low, High float64
	Bound     string

	// Doubt is a code of why Value may not be what is written, "" if it is; Others are the other values that
	// it may have. Currencies are the currencies that the sign or word beside it may mean, if there are
	// several.
	Doubt      string
	Others     []float64
	Currencies []string
	Home       bool // the first of Currencies is meant, unless a fact is in another one

	magnitude float64 // the last magnitude that was applied
	digits    bool    // it begins with digits
}

// Counts reports whether the quantity counts something: it is neither zero nor the name of something.
func (q *Quantity) Counts() bool { return !q.Ordinal && q.Value != 0 }

// doubt marks the quantity as one that may have other values. The first doubt stays.
func (q *Quantity) doubt(code string, others ...float64) {
	if q.Doubt == "" {
		q.Doubt = code
	}
	q.Others = append(q.Others, others...)
}

// each applies f to the value and to what else it may be.
func (q *Quantity) each(f func(float64) float64) {
	q.Value = f(q.Value)
	for i := range q.Others {
		q.Others[i] = f(q.Others[i])
	}
}

// reader reads numbers, and the currencies and words around them that make them quantities.
type reader struct{ currencyReader }

// newReader returns a reader of the words of a page before word limit.
func newReader(p *text.Page, l *language.Language, limit int) reader {
	return reader{currencyReader{words{p, l, limit}}}
}

// At reads, in the language l, the quantity that begins at word i of the page and ends before word limit; ok
// is false if there is none. A currency may precede the number: at its name At reads the quantity too. Of a
// range, the first number reads both.
func At(p *text.Page, l *language.Language, i, limit int) (q Quantity, ok bool) {
	r := newReader(p, l, limit)
	if !r.mayBegin(i) {
		return Quantity{}, false
	}
	return r.quantityAt(i)
}

// maxNameBefore is how many words the name of a currency before a number may have.
const maxNameBefore = 4

// mayBegin reports whether word i can begin a quantity: it is a number, a word of one, or the name or code of a
// currency near before one. It is asked of every word of a page, so it is quick to say no.
func (r reader) mayBegin(i int) bool {
	w := r.page.Words
	switch {
	case i >= r.limit:
		return false
	case w[i].Number || r.lang.StartsNumber(w[i].Text):
		return true
	case !r.mayNameCurrency(i):
		return false
	}
	for k := i; k <= min(i+maxNameBefore, r.limit-1); k++ {
		if w[k].Number {
			return true
		}
	}
	return false
}

// quantityAt reads a quantity or a range.
func (r reader) quantityAt(i int) (q Quantity, ok bool) {
	at, before, q, ok := r.simpleAt(i)
	if !ok {
		return q, false
	}
	r.summed(&q)
	r.ranged(&q, at, before)
	r.bounded(&q, before)
	sentence := r.page.Words[i].Sentence
	q.Near = r.nearness(&q, before)
	q.Approx = r.precededBy(r.lang.Cues[language.Approx], before, sentence) || q.Bound == AtLeast || q.Near != Exact
	if q.Near == Exact && r.precededBy(r.lang.Cues[language.Below], before, sentence) {
		q.Near = Under
	}
	q.Below = q.Near == Under
	q.Ordinal = q.High == 0 && r.isOrdinal(&q, at)
	return q, true
}

// maxTerms is how many numbers a sum that is written out may have, and maxTermWords how many words may be behind each.
const (
	maxTerms     = 20
	maxTermWords = 3
)

// summed completes a quantity that is the first term of a sum, "12 + 8 = 20 lamps": what is behind the equals sign
// counts. If it is not what the terms add up to, or if there is none, the sum is in doubt.
func (r reader) summed(q *Quantity) {
	sum, last := q.Value, q.Last
	for terms := 1; terms < maxTerms; terms++ {
		sign, at := r.nextTerm(last)
		if sign == "" || sign == "=" && terms == 1 {
			break
		}
		_, _, next, ok := r.simpleAt(at)
		if !ok || next.Ordinal {
			return
		}
		if sign == "=" {
			next.First = q.First
			if *q = next; math.Abs(sum-q.Value) > 0.005*math.Abs(q.Value) {
				q.doubt(DoubtWords, sum)
			}
			return
		}
		sum, last = sum+next.Value, next.Last
		if q.Unit == "" {
			q.Unit, q.Currencies, q.Home = next.Unit, next.Currencies, next.Home
		}
	}
	if last > q.Last {
		first := q.Value
		q.Value, q.Last = sum, last
		q.doubt(DoubtWords, first)
	}
}

// nextTerm finds the sign, + or =, behind a term of a sum that ends before word last, and the number behind the sign;
// sign is empty if there is none.
func (r reader) nextTerm(last int) (sign string, at int) {
	w := r.page.Words
	for at = last; at < min(r.limit, last+maxTermWords+1); at++ {
		gap := strings.TrimLeft(strings.TrimSpace(r.page.Gap(at-1)), ")")
		switch gap = strings.TrimSpace(gap); {
		case w[at].Line != w[last-1].Line:
			return "", 0
		case (gap == "+" || gap == "=") && w[at].Number:
			return gap, at
		case w[at].Number:
			return "", 0
		}
	}
	return "", 0
}

// simpleAt reads a quantity that is not a range, without what words around it say. Its number begins at word
// at, and before is the first word of it and of a currency before it.
func (r reader) simpleAt(i int) (at, before int, q Quantity, ok bool) {
	q = Quantity{First: i}
	w := r.page.Words
	if i >= r.limit {
		return i, i, q, false
	}
	before = i
	scale := 0.0
	if names, n := r.currencyAt(i, true); n > 0 && !w[i].Number && i+n < r.limit && w[i+n].Number &&
		adjoin(w[i+n-1], w[i+n]) {
		q.setCurrency(names)
		i, scale = i+n, names.scale
	} else if names, back := r.currencyBefore(i); names != nil {
		q.setCurrency(names)
		before, scale = i-back, names.scale
	}
	k, ok := r.amountAt(&q, i)
	if !ok {
		return i, before, q, false
	}
	k = r.magnify(&q, i, k)
	if q.Value == 0.5 && k < r.limit && !q.Magnified && !w[i].Number { // "half" of something else
		return i, before, q, false
	}
	if scale > 0 && !q.Magnified { // "MNOK 60"
		q.each(func(v float64) float64 { return v * scale })
		q.Magnified, q.magnitude = true, scale
	}
	q.Last = r.unitAfter(&q, k)
	return i, r.negate(&q, i, before), q, true
}

// adjoin reports whether b follows a with no more than a space and a sign between them.
func adjoin(a, b text.Word) bool { return b.Start-a.End <= 2 }

// isNumeral reports whether word k is a number in digits or words.
func (r words) isNumeral(k int) bool {
	_, ok := r.lang.Numbers[r.page.Words[k].Text]
	return ok || r.page.Words[k].Number
}

// amountAt reads the number at word i, without magnitudes and units, into q, and returns the word after it.
func (r reader) amountAt(q *Quantity, i int) (k int, ok bool) {
	if r.page.Words[i].Number {
		n := r.digitsAt(q, i)
		if n == 0 {
			return i, false
		}
		q.digits = true
		// "one point 77", but not "at this point 77"
		if i > 1 && r.page.Gap(i-1) == " " && slices.Contains(r.lang.DecimalWords, r.page.Words[i-1].Text) &&
			r.isNumeral(i-2) {
			q.doubt(DoubtWords)
		}
		r.thousands(q, i+n)
		return r.fractionsAfter(q, i, i+n), true
	}
	if half := r.halfAt(i); half > 0 {
		q.Value = 0.5
		return i + half, true
	}
	if r.isVague(i) {
		return i, false
	}
	v, n, others, partial := inWords(r.page.Words[i:r.limit], r.lang)
	if n == 0 {
		return r.smallWithFraction(q, i)
	}
	q.Value, q.Magnified = v, v >= 1000
	if len(others) > 0 || partial || r.isInside(i) {
		q.doubt(DoubtWords, others...)
	}
	return r.fractionsAfter(q, i, i+n), true
}

// thousands multiplies a number in digits, which ends before word k, by a thousand if the language's sign for it is
// right behind it and no quotation mark of the same form before it: "62' kr".
func (r reader) thousands(q *Quantity, k int) {
	p, w := r.page, r.page.Words
	end, start := w[k-1].End, w[q.First].Start
	if r.lang.ThousandSigns == "" || end >= len(p.Runes) || !strings.ContainsRune(r.lang.ThousandSigns, p.Runes[end]) ||
		end+1 < len(p.Runes) && text.IsWordRune(p.Runes[end+1]) ||
		start > 0 && strings.ContainsRune(r.lang.ThousandSigns+"‘", p.Runes[start-1]) {
		return
	}
	q.each(func(v float64) float64 { return v * 1000 })
	q.Magnified, q.magnitude = true, 1000
}

// smallWithFraction reads a word for one to nine before a fraction: "hai phẩy 23", "one and a half".
func (r reader) smallWithFraction(q *Quantity, i int) (k int, ok bool) {
	v, small := Small(r.lang, r.page.Words[i])
	if !small {
		return i, false
	}
	q.Value = v
	if k = r.fractionsAfter(q, i, i+1); k > i+1 {
		return k, true
	}
	if i > 0 && slices.Contains(r.lang.Minus, r.page.Words[i-1].Text) {
		return i + 1, true
	}
	if k >= r.limit || r.page.Gap(i) != " " || r.isInside(i) {
		return i, false
	}
	// "seven euros", "five percent"
	if _, n := r.currencyAt(k, false); n > 0 || PercentAt(r.page.Words, k, r.limit) > 0 {
		return k, true
	}
	m, _ := r.magnitudeAt(k, false)
	return k, m >= 1000
}

// isInside reports whether the number in words at word i is a part of one that was not understood: a word for
// a number, or for a decimal point, is right before it.
func (r reader) isInside(i int) bool {
	w := r.page.Words
	if i == 0 || w[i-1].Clause != w[i].Clause || r.page.Gap(i-1) != " " && r.page.Gap(i-1) != "-" {
		return false
	}
	v, ok := r.lang.Numbers[w[i-1].Text]
	return ok && v >= 1 && len(w[i-1].Text) > 2 && !slices.Contains(r.lang.NotAfterTen, w[i-1].Text) ||
		slices.Contains(r.lang.DecimalWords, w[i-1].Text)
}

// fractionsAfter adds what follows the whole number words[i:k]: digits behind a decimal word ("1 phẩy 5"), a
// half in words before a magnitude ("2 and a half million"), or a fraction sign ("2½").
func (r reader) fractionsAfter(q *Quantity, i, k int) int {
	w := r.page.Words
	if k+1 < r.limit && w[k+1].Number && isPlain(w[k+1].Text) &&
		slices.Contains(r.lang.DecimalWords, w[k].Text) {
		f, ok := parse("0." + w[k+1].Text)
		if ok && q.Value == math.Trunc(q.Value) {
			q.Value += f
			return k + 2
		}
	}
	if v := r.vulgarAfter(k - 1); v > 0 && w[i].Number {
		q.Value += v
	}
	if v := r.mixedAt(k); v > 0 && w[i].Number && q.Value == math.Trunc(q.Value) { // "10 1/2 miles"
		q.Value += v
		return k + 2
	}
	for _, h := range r.lang.HalfAfter {
		if n := text.MatchAt(w, k, r.limit, h); n > 0 && w[k].Clause == w[k-1].Clause {
			q.Value += 0.5
			return k + n
		}
	}
	return k
}

// mixedAt returns the fraction of a mixed number that is written at word k, such as that of "10 1/2": halves,
// thirds, quarters and eighths; 0 if there is none.
func (r reader) mixedAt(k int) float64 {
	w := r.page.Words
	if k+1 >= r.limit || k == 0 || !w[k].Number || r.page.Gap(k-1) != " " || r.page.Gap(k) != "/" ||
		len(w[k].Text) != 1 ||
		len(w[k+1].Text) != 1 || !strings.Contains("2348", w[k+1].Text) || w[k].Text >= w[k+1].Text ||
		w[k].Text == "0" {
		return 0
	}
	a, _ := parse(w[k].Text)
	b, _ := parse(w[k+1].Text)
	return a / b
}

// magnify applies to q the magnitudes behind a number, and adds what follows in a smaller one: "2 tỷ 350
// triệu", "hai tỷ rưỡi". The number is words[i:k]; the word after all of it is returned.
func (r reader) magnify(q *Quantity, i, k int) int {
	w := r.page.Words
	total := 0.0
	for k < r.limit {
		m, n := r.magnitudeAt(k, q.digits)
		if n == 0 {
			break
		}
		k += n
		q.Magnified, q.magnitude = true, m
		add := total
		q.each(func(v float64) float64 { return add + v*m })
		halves := r.halvesAfter(k)
		for range halves {
			q.each(func(v float64) float64 { return v + m/2 })
		}
		k += halves
		if halves > 0 || k >= r.limit || !adjoin(w[k-1], w[k]) || len(q.Others) > 0 {
			break
		}
		var next Quantity
		taken := 0
		if w[k].Number {
			taken = r.digitsAt(&next, k)
		} else {
			if n := r.afterHundred(q, k, m); n > 0 {
				return k + n
			}
			v, n, others, _ := inWords(w[k:r.limit], r.lang)
			if n > 0 && len(others) == 0 && v < m && q.digits { // "3 tỷ hai trăm triệu"
				q.Value += v
				return k + n
			}
		}
		if taken == 0 || next.Doubt != "" {
			break
		}
		if smaller, n := r.magnitudeAt(k+taken, true); n > 0 && smaller < m {
			total, k = q.Value, k+taken
			q.Value = next.Value
			continue
		}
		return r.smallPart(q, k, taken, m)
	}
	return k
}

// afterHundred adds the tens and ones of "3 hundred and 21", which follow at word k, and returns how many
// words they are.
func (r reader) afterHundred(q *Quantity, k int, m float64) int {
	w := r.page.Words
	if m != 100 || k+1 >= r.limit || !slices.Contains(r.lang.ZeroFill, w[k].Text) ||
		w[k].Clause != w[k+1].Clause {
		return 0
	}
	v, err := strconv.Atoi(w[k+1].Text)
	if small, isSmall := Small(r.lang, w[k+1]); isSmall && len(w[k+1].Text) > 2 {
		v, err = int(small), nil
	}
	if m, _ := r.magnitudeAt(k+2, true); err != nil || v <= 0 || v >= 100 || m > 0 {
		return 0
	}
	q.Value += float64(v)
	return 2
}

// smallPart adds bare digits behind a magnitude m, which are its decimals: "2 tỷ 3", "1 tỷ 250". The digits
// are word k.
func (r reader) smallPart(q *Quantity, k, taken int, m float64) int {
	w := r.page.Words
	s := w[k].Text
	if !r.lang.SmallParts || m < 1000 || taken != 1 || !isPlain(s) || len(s) > 3 ||
		s[0] == '0' && len(s) < 3 || w[k].Sentence != w[k-1].Sentence {
		return k
	}
	if _, _, isRange := r.linkAt(k+1, nil); isRange || joinedTo(r.page, w[k].End, 1) ||
		joinedTo(r.page, w[k].Start-1, -1) {
		return k
	}
	v, _ := parse(s)
	without := q.Value
	q.Value += v * m / math.Pow10(len(s))
	follows := k+1 < r.limit && w[k+1].Clause == w[k].Clause
	_, money := r.currencyAt(k+1, false)
	if len(s) == 2 || follows && money == 0 && q.Unit == "" {
		q.doubt(DoubtWords, without)
	}
	return k + 1
}

// magnitudeAt reads the magnitude that adjoins a number at word k, such as "triệu", or several of them, such
// as "nghìn tỷ", and how many words it has. Behind digits, "hundred" is a magnitude. Magnitudes of one letter
// are glued to their digits, as in "10K".
func (r reader) magnitudeAt(k int, digits bool) (m float64, n int) {
	w := r.page.Words
	for m = 1.0; k+n < r.limit && adjoin(w[k+n-1], w[k+n]) && w[k+n].Sentence == w[k-1].Sentence; n++ {
		if strings.ContainsAny(r.page.Gap(k+n-1), "([") { // "110 (hundre og ti)" says the number twice
			break
		}
		next := r.lang.Magnitudes[w[k+n].Text]
		if len(w[k+n].Text) == 1 {
			next = r.letterAt(k+n, digits)
		} else if next == 0 && digits && slices.Contains(r.lang.Hundreds, w[k+n].Text) {
			next = 100
		}
		if next == 0 {
			break
		}
		m *= next
	}
	if n == 0 {
		return 0, 0
	}
	return m, n
}

// isCurrency reports whether a currency is named at word k, with nothing but a space before it: "5m EUR".
func (r reader) isCurrency(k int) bool {
	if k >= r.limit || strings.TrimSpace(r.page.Gap(k-1)) != "" {
		return false
	}
	_, n := r.currencyAt(k, false)
	return n > 0
}

// letterAt returns the magnitude of a single letter at word k that is glued to digits: k is a thousand,
// capital M a million, and m or b are a million or billion of a currency; else m is a metre.
func (r reader) letterAt(k int, digits bool) float64 {
	w := r.page.Words
	if !digits || !w[k-1].Number {
		return 0
	}
	switch c := r.page.Runes[w[k].Start]; {
	case w[k].Start != w[k-1].End && (c != 'k' && c != 'K' || k+1 < r.limit && w[k+1].Clause == w[k].Clause):
		return 0 // glued, or a thousand at the end of its clause
	case c == 'k' || c == 'K':
		return 1e3
	case c == 'M':
		return 1e6
	case c == 'm' || c == 'b' || c == 'B':
		if names, _ := r.currencyBefore(k - 1); names == nil && r.signAfter(k) == nil && !r.isCurrency(k+1) {
			return 0
		}
		if c == 'm' {
			return 1e6
		}
		return 1e9
	}
	return 0
}

// negate makes q negative if a minus is before its number, which begins at word i, or before its currency. It
// returns the first word of q with what precedes it.
func (r reader) negate(q *Quantity, i, before int) int {
	w := r.page.Words
	if before > 0 && slices.Contains(r.lang.Minus, w[before-1].Text) &&
		w[before-1].Clause == w[before].Clause {
		q.each(func(v float64) float64 { return -v })
		return before - 1
	}
	r.signed(q, i, before)
	return before
}

// signed reads a dash or minus sign right before a number or its currency. One that begins a line may be a
// bullet.
func (r reader) signed(q *Quantity, i, before int) {
	p, w := r.page, r.page.Words
	at, spaced := r.dashBefore(q, i, before)
	if at < 0 {
		return
	}
	begins := p.Lines[w[before].Line].First == before || at == 0
	behindNumber := before > 0 && w[before-1].Number && !begins
	glued := at > 0 && !text.IsSpace(p.Runes[at-1]) && !strings.ContainsRune("(<>=≤≥", p.Runes[at-1])
	switch {
	case begins && spaced, behindNumber, glued: // a bullet, a range, or a hyphen
	case spaced || begins && p.Runes[at] == '-':
		q.doubt(DoubtSign, -q.Value)
	default:
		q.each(func(v float64) float64 { return -v })
	}
}

// dashBefore returns the code point of the dash before a number or its currency, -1 if there is none, and
// whether a space is between them.
func (r reader) dashBefore(q *Quantity, i, before int) (at int, spaced bool) {
	p := r.page
	at = p.Words[before].Start - 1
	for before == i && q.Unit != "" && at >= 0 && len(currencySigns(p.Runes[at])) > 0 {
		at--
	}
	if at >= 0 && isSeparator(p.Runes[at]) {
		at--
	}
	if spaced = at > 0 && p.Runes[at] == ' '; spaced {
		at--
	}
	if at < 0 || p.Runes[at] != '-' && p.Runes[at] != '−' {
		return -1, false
	}
	return at, spaced
}

// unitAfter reads a percent sign or a currency at word k, behind a number, into q, and returns the word after
// it.
func (r reader) unitAfter(q *Quantity, k int) int {
	w := r.page.Words
	if s := r.signAfter(k); s != nil {
		q.setCurrency(s)
		return r.minorAfter(q, k)
	}
	if k >= r.limit {
		return k
	}
	if n := PercentAt(w, k, r.limit); n > 0 {
		q.Unit = Percent
		return k + n
	}
	if !r.touches(k) {
		return k
	}
	if m := r.lang.MoneyMagnitudes[w[k].Text]; m > 0 && adjoin(w[k-1], w[k]) {
		q.each(func(v float64) float64 { return v * m })
		q.Unit, q.Magnified, q.magnitude = "VND", true, m
		return k + 1
	}
	names, n := r.currencyAt(k, false)
	// "CNY 10 USD 20"
	if n == 0 || q.Unit != "" && names.codes[0] != q.Unit && k+n < r.limit && w[k+n].Number {
		return r.minorAfter(q, k)
	}
	q.setCurrency(names)
	return r.minorAfter(q, r.magnitudeBehind(q, k+n))
}

// touches reports whether word k follows the one before it with nothing but spaces, a full stop, a bracket or
// a line break between them.
func (r words) touches(k int) bool {
	w := r.page.Words
	switch strings.Trim(r.page.Gap(k-1), " \u00a0\u202f") {
	case "", ".", "(", "\n":
		return w[k].Sentence == w[k-1].Sentence
	}
	return false
}

// magnitudeBehind applies to q what is written of its magnitude behind its currency, at word k: "hai triệu
// đồng rưỡi", "75 USD million". It returns the word after it.
func (r reader) magnitudeBehind(q *Quantity, k int) int {
	if q.Magnified { // two and a half million
		halves := r.halvesAfter(k)
		for range halves {
			q.each(func(v float64) float64 { return v + q.magnitude/2 })
		}
		return k + halves
	}
	if m, n := r.magnitudeAt(k, false); n > 0 && m >= 1000 { // "75 USD million"
		q.each(func(v float64) float64 { return v * m })
		q.Magnified, q.magnitude = true, m
		k += n
	}
	return k
}

// PercentAt returns how many words mean "per cent" at word k, as a sign or in words of any language; 0 if
// none do.
func PercentAt(w []text.Word, k, limit int) int {
	if w[k].Text == Percent {
		return 1
	}
	for _, s := range []string{"phần trăm", "prosent", "percent", "per cent", "pct", "percentage points",
		"prosentpoeng", "điểm phần trăm"} {
		if n := text.MatchAt(w, k, limit, s); n > 0 {
			return n
		}
	}
	return 0
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

// Small reads a word for a number from one to nine. Such words mean other things as well ("năm" is five and
// year), so they count only if what is counted follows immediately, which the caller checks.
func Small(l *language.Language, w text.Word) (v float64, ok bool) {
	v, ok = l.Numbers[w.Text]
	return v, ok && v >= 1 && v < 10
}
