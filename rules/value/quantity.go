package value

import (
	"math"
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/date"
	"kheo/rules/number"
	"kheo/rules/phrase"
)

// Codes of Value.Doubt beside those of package number. All are codes of the texts fact.doubt.*.
const (
	doubtPart = "part" // it may be a share of the whole: an amount per household
	doubtUnit = "unit" // its unit has another size elsewhere

	doubtSpelling = "spelling" // the page has no diacritics
)

// quantityAt reads a count, an amount of money or a percentage at word i.
func (r *Reader) quantityAt(p *text.Page, l *language.Language, i, limit int, form bool) (Value, bool) {
	q, ok := number.At(p, l, i, limit)
	switch {
	case !ok && r.Type == Count:
		return r.smallCount(p, l, i, limit, form)
	case !ok && r.Type == Percent:
		return proportion(p, l, i, limit)
	}
	if !ok || q.Below && !r.below || number.IsWhole(p, l, i) {
		return Value{}, false
	}
	ofWhole := p.Gap(i) == "/" && i+1 < limit && p.Words[i+1].Number // "85/90 households"
	if q.Ordinal && !isAmount(p, l, i, limit, form, ofWhole) {
		return Value{}, false
	}
	v, ok := r.quantity(p, l, &q, i, limit, form, ofWhole)
	if ok {
		r.nearTo(p, l, &v, &q, limit)
	}
	return v, ok
}

// quantity is the quantity at word i as a value of the reader's type; ofWhole says that it is a part of a number behind
// a slash.
func (r *Reader) quantity(p *text.Page, l *language.Language, q *number.Quantity, i, limit int, form,
	ofWhole bool) (Value, bool) {
	v := r.asWritten(p, q, i, limit)
	switch {
	case r.Type == Percent:
		return percentage(p, l, v, q, limit, form)
	case r.Type == Money:
		return r.amount(p, l, v, q, limit, form)
	case q.Unit != "":
		return r.sharingName(p, l, v, q, limit)
	}
	return r.countAt(p, l, v, q, limit, form, ofWhole)
}

// percentage completes a percentage. It may be written as a part and its whole, "45/60"; in sentences what is counted
// is then behind them.
func percentage(p *text.Page, l *language.Language, v Value, q *number.Quantity, limit int, form bool) (Value, bool) {
	v.Unit = number.Percent
	if share, ok := quotient(p, l, q, limit); ok && q.Unit == "" &&
		(form || isRatio(p, l, v.First, share.Last, limit)) {
		v.V, v.Last = share.V, share.Last
		return v, true
	}
	if q.Unit == number.Percent && isPoints(p, l, q.Last, limit) {
		return Value{}, false
	}
	v.settle(func(f float64) bool { return f <= 100 })
	return v, isPercent(p, l, q, limit, form)
}

// isRatio reports whether a part and its whole at words [first, last) of a sentence are its percentage: they are no
// date, and no percentage is written behind them.
func isRatio(p *text.Page, l *language.Language, first, last, limit int) bool {
	for k := last; k < limit; k++ {
		if number.PercentAt(p.Words, k, limit) > 0 {
			return false
		}
	}
	return !isDate(p, l, first, limit)
}

// proportion reads a percentage in words at word i: a fraction, "a fifth", or a part and its whole of words for small
// numbers, "nine in ten", "tre av fire".
func proportion(p *text.Page, l *language.Language, i, limit int) (Value, bool) {
	if i >= limit {
		return Value{}, false
	}
	v := Value{Unit: number.Percent, First: i}
	longest := 0
	for words, share := range l.Shares {
		if n := text.MatchAt(p.Words, i, limit, words); n > longest {
			v.V, v.Last, longest = share, i+n, n
		}
	}
	if longest > 0 {
		return v, true
	}
	part, ok := number.Small(l, p.Words[i])
	if !ok {
		return Value{}, false
	}
	k, ok := behindProportion(p, l, i+1, limit)
	if !ok {
		return Value{}, false
	}
	whole, ok := number.Small(l, p.Words[k])
	if q, isNumber := number.At(p, l, k, limit); !ok && isNumber && isWholeOf(&q, &number.Quantity{Value: part}) {
		whole, ok = q.Value, true
	}
	if !ok || whole <= part {
		return Value{}, false
	}
	v.V, v.Last = math.Round(part/whole*1e4)/100, k+1
	return v, true
}

// behindProportion returns the word behind one at word k that links a part to its whole in proportions, such as the
// "in" of "nine in ten"; ok is false if there is none, or no word behind it.
func behindProportion(p *text.Page, l *language.Language, k, limit int) (after int, ok bool) {
	for _, s := range l.ShareLinks {
		if n := text.MatchAt(p.Words, k, limit, s); n > 0 && k+n < limit && p.Words[k+n].Clause == p.Words[k-1].Clause {
			return k + n, true
		}
	}
	return k, false
}

// isPoints reports whether a percentage, which ends before word k, is one of percentage points: by how much a share
// changed, and not the share.
func isPoints(p *text.Page, l *language.Language, k, limit int) bool {
	for _, s := range l.PercentPoints {
		for back := range maxPointWords {
			if at := k - back; at > 0 && text.MatchAt(p.Words, at, limit, s) > back {
				return true
			}
		}
	}
	return false
}

// maxPointWords bounds how many words of "percentage points" were read as the percent sign.
const maxPointWords = 4

// isAmount reports whether what is written as an ordinal at word i counts something all the same: in a form unless it
// is part of a date, and else only as the part of a whole behind a slash.
func isAmount(p *text.Page, l *language.Language, i, limit int, form, ofWhole bool) bool {
	if form {
		return !isDate(p, l, i, limit)
	}
	return ofWhole
}

// asWritten is the quantity at word i as it is written, in the unit of the fact until another one is read. It is in
// doubt if its digits may be garbled.
func (r *Reader) asWritten(p *text.Page, q *number.Quantity, i, limit int) Value {
	v := Value{V: q.Value, Unit: r.Unit, Approx: q.Approx, Scaled: q.Unit != "" || q.Magnified,
		First: i, Last: q.Last, Doubt: q.Doubt}
	for _, o := range q.Others {
		v.Others = append(v.Others, o)
	}
	if isGarbled(p, i, limit) || r.Type == Percent && isTorn(p, i) {
		v.doubt(number.DoubtWords, nil)
	}
	return v
}

// isDate reports whether word i is one of the numbers of a date in digits: "31/12/2025" in the place of an amount is
// none.
func isDate(p *text.Page, l *language.Language, i, limit int) bool {
	for k := max(0, i-2); k <= i; k++ {
		if d, ok := date.At(p, l, k, limit); ok && d.Last == k+3 && d.Last > i && !date.IsMonth(d.ISO) {
			return true
		}
	}
	return false
}

// maxBareCount is the number from which on a count must name what it counts.
const maxBareCount = 1e8

// isGarbled reports whether digits from word i on are followed without a space by letters that scanners and typists
// take for digits, such as the O of "3,2OO".
func isGarbled(p *text.Page, i, limit int) bool {
	for k := i + 1; k < limit && p.Words[k].Start == p.Words[k-1].End; k++ {
		if p.Words[k-1].Number && strings.Trim(p.Words[k].Text, "ol") == "" {
			return true
		}
	}
	return false
}

// isTorn reports whether digits right before word i may belong to its number, which a scanner tore apart: "9 2,3%".
func isTorn(p *text.Page, i int) bool {
	return i > 0 && p.Words[i-1].Number && len(p.Words[i-1].Text) <= 2 && p.Gap(i-1) == " "
}

// threeDecimals are the currencies with thousandths. An amount in another one has no three decimals, so that a
// separator before three digits groups thousands.
var threeDecimals = []string{"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}

// amount completes an amount of money. Sentences must name its currency, or its magnitude.
func (r *Reader) amount(p *text.Page, l *language.Language, v Value, q *number.Quantity, limit int,
	form bool) (Value, bool) {
	if !q.Magnified && !slices.Contains(threeDecimals, q.Unit) {
		v.settle(func(f float64) bool { return f >= 1000 })
	}
	if q.Unit != "" {
		r.currencyOf(q, &v)
	} else if form && namesUnknown(p, l, q.Last, limit) {
		v.doubt(number.DoubtCurrency)
	}
	if form && isShare(p, l, q.Last, limit) {
		v.doubt(doubtPart, nil)
	}
	return v, q.Unit != number.Percent && (q.Unit != "" || form || q.Magnified)
}

// countAt completes a count or a quantity of a measure; ofWhole says that it is a part of a number behind a
// slash.
func (r *Reader) countAt(p *text.Page, l *language.Language, v Value, q *number.Quantity, limit int, form,
	ofWhole bool) (Value, bool) {
	at, i, slash := q.Last, v.First, ofWhole
	if whole, ok := number.WholeAt(p, l, q.Last, limit); ok {
		at, ofWhole = whole, true
	} else if slash {
		if whole, ok := number.At(p, l, i+1, limit); ok {
			at = whole.Last
		}
	}
	if to := language.MeasureNamed(r.Unit); to != nil {
		if whole, ok := number.At(p, l, i+1, limit); slash && ok && whole.Value != 0 { // "1/4 mile"
			v.V = q.Value / whole.Value
		}
		return r.measured(p, l, v, to, at, limit, form)
	}
	v.settle(func(f float64) bool { return f == math.Trunc(f) }) // no one counts 1.25 households
	if len(r.Units) > 0 && v.Doubt == number.DoubtSign {
		v.Doubt, v.Others = "", nil // nor -120 of them: the dash is a bullet
	}
	v, ok := r.counted(p, l, v, at, limit, form, ofWhole)
	if n, isNumber := v.V.(float64); isNumber && len(r.Units) > 0 && v.Last <= at && n >= maxBareCount {
		v.doubt(doubtUnit, nil) // "2 tỷ" without its unit is money
	}
	if upper, isRange := number.Continues(p, l, i, v.Last, limit); ok && isRange && !form {
		v.doubt(number.DoubtRange, upper)
	}
	return v, ok
}

// doubt marks a value as one that may be another one; nil is no value. The first doubt stays, unless it is only how
// near the number is.
func (v *Value) doubt(code string, others ...any) {
	if v.IsTold() {
		v.Doubt = code
	}
	v.Others = append(v.Others, others...)
}

// settle decides between the readings of a number whose separator is in doubt, if exactly one of them is
// possible.
func (v *Value) settle(possible func(float64) bool) {
	if v.Doubt != number.DoubtSeparator || len(v.Others) != 1 {
		return
	}
	a, b := v.V.(float64), v.Others[0].(float64)
	if possible(a) == possible(b) {
		return
	}
	if possible(b) {
		v.V = b
	}
	v.Doubt, v.Others = "", nil
}

// currencyOf sets the currency of an amount: its own if one is written; the fact's if none is, or if what is
// written may mean it.
func (r *Reader) currencyOf(q *number.Quantity, v *Value) {
	switch {
	case slices.Contains(q.Currencies, r.Unit):
		v.Unit = r.Unit
	default:
		v.Unit = q.Unit
		if len(q.Currencies) > 1 && !q.Home {
			v.doubt(number.DoubtCurrency)
		}
	}
}

// maxCurrencyName is how many words the name of a currency that kheo does not know may have.
const maxCurrencyName = 2

// namesUnknown reports whether an amount without a currency, which ends before word k, is followed by what
// may be the name of one that is not known: one or two words to the end of the clause, which are not frequent
// ones.
func namesUnknown(p *text.Page, l *language.Language, k, limit int) bool {
	if k >= limit || k == 0 || p.Words[k].Clause != p.Words[k-1].Clause ||
		strings.Trim(p.Gap(k-1), " .") != "" || p.Words[k].Number {
		return false
	}
	end := k
	for end < limit && p.Words[end].Clause == p.Words[k].Clause {
		end++
	}
	w := p.Words[k].Text
	return end-k <= maxCurrencyName && !slices.Contains(l.NoAdjectives, w) && !slices.Contains(l.Common, w) &&
		len(l.CuesAt(w)) == 0
}

// isShare reports whether an amount, which ends before word k, is one for each of something: "500.000
// đồng/hộ", "500 euro per household", and not "per 31.12.2026".
func isShare(p *text.Page, l *language.Language, k, limit int) bool {
	if k == 0 || k >= limit || p.Words[k].Number {
		return false
	}
	if strings.TrimSpace(p.Gap(k-1)) == "/" {
		return true
	}
	if p.Words[k].Clause != p.Words[k-1].Clause || k+1 >= limit || p.Words[k+1].Number {
		return false
	}
	for _, c := range l.CuesAt(p.Words[k].Text) { // the longest first
		if isWords(p, c.Words, k, limit) {
			return c.Kind == language.Each
		}
	}
	return false
}

// isWords reports whether words are at word k of the page and end before limit.
func isWords(p *text.Page, words []string, k, limit int) bool {
	return phrase.Phrase{Words: words}.IsAt(p.Words[:limit], k)
}

// smallCount reads "five households": a word for one to nine counts only with its unit right behind it, or if it is all
// that a form has. A word for one that is an article too counts only alone: "một số hộ" and "a number of members" are some,
// and "a volunteer" is any.
func (r *Reader) smallCount(p *text.Page, l *language.Language, i, limit int, form bool) (Value, bool) {
	if i >= limit {
		return Value{}, false
	}
	v, small := number.Small(l, p.Words[i])
	if zero, isNumber := l.Numbers[p.Words[i].Text]; isNumber && zero == 0 &&
		!slices.Contains(l.No, p.Words[i].Text) {
		small = form && i+1 == limit
	}
	if !small || slices.Contains(l.Indefinite, p.Words[i].Text) && goesOn(p, i) {
		return Value{}, false
	}
	if i+1 == limit {
		return Value{V: v, Unit: r.Unit, First: i, Last: i + 1}, form
	}
	if to := language.MeasureNamed(r.Unit); to != nil {
		m, n := number.MeasureAt(p, l, i+1, limit)
		out := Value{V: v, Unit: r.Unit, First: i, Last: i + 1 + n}
		return out, m != nil && r.convert(&out, m, to)
	}
	n := r.UnitAt(p, i+1, limit)
	return Value{V: v, Unit: r.Unit, First: i, Last: i + 1 + n}, n > 0
}

// goesOn reports whether another word follows word i in its clause and line.
func goesOn(p *text.Page, i int) bool {
	return i+1 < len(p.Words) && p.Words[i+1].Line == p.Words[i].Line && p.Words[i+1].Clause == p.Words[i].Clause
}

// isPercent reports whether a quantity is a percentage: it has the sign or, in a form, no unit and nothing
// that it is a part of.
func isPercent(p *text.Page, l *language.Language, q *number.Quantity, limit int, form bool) bool {
	if q.Unit != "" || !form {
		return q.Unit == number.Percent
	}
	isPart := q.Last < limit && (p.Gap(q.Last-1) == "/" || number.OutOf(p, l, q.Last, limit))
	isWhole := q.First > 0 && strings.TrimSpace(p.Gap(q.First-1)) == "/" && p.Words[q.First-1].Number
	return !isPart && !isWhole
}

// maxWhole bounds the wholes of which parts are percentages, so that no year is one: "3/2026" is a month.
const maxWhole = 1900

// quotient reads "45/60", "45 of 60" or "45 trên tổng số 60", of which q is the part, as a percentage, rounded to two
// decimals; ok is false if no whole follows, or a smaller one, as in a date.
func quotient(p *text.Page, l *language.Language, q *number.Quantity, limit int) (v Value, ok bool) {
	k := q.Last
	if k >= limit || q.Doubt != "" || q.Magnified || q.Value < 0 || q.Value != math.Trunc(q.Value) {
		return Value{}, false
	}
	if k, ok = behindLink(p, l, k, limit); !ok || k >= limit || !p.Words[k].Number {
		return Value{}, false
	}
	whole, ok := number.At(p, l, k, limit)
	if !ok || !isWholeOf(&whole, q) || whole.Last < limit && strings.TrimSpace(p.Gap(whole.Last-1)) == "/" {
		return Value{}, false
	}
	return Value{V: math.Round(q.Value/whole.Value*1e4) / 100, Last: whole.Last}, true
}

// behindLink returns the word behind what links a part, which ends before word k, to its whole: a slash, or words such
// as "of"; ok is false if nothing does.
func behindLink(p *text.Page, l *language.Language, k, limit int) (after int, ok bool) {
	if strings.TrimSpace(p.Gap(k-1)) == "/" {
		return k, true
	}
	n := 0
	for _, s := range slices.Concat(l.WholeLinks, l.Cues[language.OutOf]) {
		n = max(n, text.MatchAt(p.Words, k, limit, s))
	}
	return k + n, n > 0
}

// isWholeOf reports whether a number can be the whole of a part: it has no unit, is not in doubt, and is not smaller.
func isWholeOf(whole, part *number.Quantity) bool {
	return whole.Unit == "" && whole.Doubt == "" && whole.Value >= part.Value && whole.Value > 0 &&
		whole.Value < maxWhole && whole.Value == math.Trunc(whole.Value)
}

// InUnit converts a bare number, whose unit a header names, into the unit of the reader. It reports whether the number
// can be a value in it: a unit of another measure refuses it. Of other values nothing changes.
func (r *Reader) InUnit(v *Value, header *language.Measure) bool {
	to := language.MeasureNamed(r.Unit)
	if r.Type != Count || to == nil || header == nil || v.Scaled {
		return true
	}
	v.Scaled = true
	return r.convert(v, header, to)
}

// measured reads a quantity of a measure, whose unit is looked for at word at, and converts it to the unit of
// the fact. In a form the unit may be missing; a unit of another measure refuses the number.
func (r *Reader) measured(p *text.Page, l *language.Language, v Value, to *language.Measure, at, limit int,
	form bool) (Value, bool) {
	m, n := number.MeasureAt(p, l, at, limit)
	if m == nil {
		inClause := at < limit && p.Words[at].Clause == p.Words[v.First].Clause && !p.Words[at].Number
		return v, form && !inClause
	}
	v.Last, v.Scaled = at+n, true
	parts := r.smallerParts(p, l, &v, m, limit)
	if !r.convert(&v, m, to) {
		return v, false
	}
	if f, ok := v.V.(float64); ok && parts > 0 {
		v.V = math.Round((f+parts/to.Factor)*1e9) / 1e9
	}
	return v, true
}

// smallerParts reads what follows a quantity in smaller units of its measure, "1 giờ 30 phút", "5 ft 2 in",
// and returns it in the base unit of the dimension.
func (r *Reader) smallerParts(p *text.Page, l *language.Language, v *Value, m *language.Measure,
	limit int) (sum float64) {
	for k := v.Last; k+1 < limit && p.Words[k].Clause == p.Words[k-1].Clause; k = v.Last {
		if slices.Contains(l.And, p.Words[k].Text) {
			k++
		}
		q, ok := number.At(p, l, k, limit)
		if !ok || q.Unit != "" || q.Doubt != "" || p.Gap(k-1) != " " && p.Gap(k-1) != "" {
			return sum
		}
		small, n := number.MeasureAt(p, l, q.Last, limit)
		if small == nil || small.Dimension != m.Dimension || small.Factor >= m.Factor {
			return sum
		}
		sum += q.Value * small.Factor
		v.Last, m = q.Last+n, small
	}
	return sum
}

// convert changes a value of one unit into one of another, and reports whether they are of one measure. A
// unit that has another size elsewhere puts the value in doubt, unless the campaign says its size.
func (r *Reader) convert(v *Value, from, to *language.Measure) bool {
	if from.Dimension != to.Dimension {
		return false
	}
	base, _ := v.V.(float64)
	in := func(x, factor float64) float64 {
		if factor == to.Factor {
			return x
		}
		return math.Round(x*factor/to.Factor*1e9) / 1e9
	}
	v.V = in(base, from.Factor)
	for i, o := range v.Others {
		if f, ok := o.(float64); ok {
			v.Others[i] = in(f, from.Factor)
		}
	}
	if from != to {
		for _, factor := range from.Or {
			v.doubt(doubtUnit, in(base, factor))
		}
	}
	return true
}

// sharingName reads a count whose unit was taken for a currency that has the same name, such as pounds.
func (r *Reader) sharingName(p *text.Page, l *language.Language, v Value, q *number.Quantity,
	limit int) (Value, bool) {
	to := language.MeasureNamed(r.Unit)
	if to == nil || q.Unit == number.Percent {
		return Value{}, false
	}
	for at := q.First + 1; at <= q.Last && at < limit; at++ {
		if m, n := number.MeasureAt(p, l, at, limit); m != nil && at+n >= q.Last {
			v.Last = at + n
			return v, r.convert(&v, m, to)
		}
	}
	return Value{}, false
}

// maxAdjectives is how many words may be between a number and what it counts, in a language whose adjectives
// come before their nouns.
const maxAdjectives = 2

// counted completes a count, whose unit is looked for at word at. Sentences must name the unit; forms need
// not, but another noun in its place refuses the number: "120 người" does not count households.
func (r *Reader) counted(p *text.Page, l *language.Language, v Value, at, limit int, form,
	ofWhole bool) (Value, bool) {
	if len(r.Units) == 0 {
		if at < limit && p.Gap(at-1) == "" && !p.Words[at].Number && !ofWhole { // "4B"
			v.doubt(number.DoubtWords, nil)
		}
		return v, true
	}
	if n := r.UnitAt(p, at, limit); n > 0 {
		v.Last = at + n
		return v, true
	}
	if n := r.unitBehindAdjectives(p, l, at, limit); n > 0 {
		v.Last = n
		return v, true
	}
	if !form {
		return Value{}, false
	}
	inClause := at < limit && p.Words[at].Clause == p.Words[v.First].Clause
	if !ofWhole && inClause && !p.Words[at].Number && !number.OutOf(p, l, at, limit) {
		return Value{}, false
	}
	return v, true
}

// unitBehindAdjectives returns the word after the unit of "40 poor families", of which the words before the
// unit begin at word at; 0 if there is none.
func (r *Reader) unitBehindAdjectives(p *text.Page, l *language.Language, at, limit int) int {
	if l.Adjectives != "before" || at == 0 {
		return 0
	}
	for k := at; k < min(at+maxAdjectives, limit); k++ {
		w := p.Words[k]
		if w.Number || w.Clause != p.Words[at-1].Clause || slices.Contains(l.NoAdjectives, w.Text) ||
			len(l.CuesAt(w.Text)) > 0 ||
			p.Gap(k-1) != " " {
			return 0
		}
		if n := r.UnitAt(p, k+1, limit); n > 0 && p.Gap(k) == " " {
			return k + 1 + n
		}
	}
	return 0
}

// UnitAt returns how many words of the reader's unit are at word k of the page, before word limit; 0 if it is
// not there.
func (r *Reader) UnitAt(p *text.Page, k, limit int) int {
	for _, u := range r.Units {
		if u.IsAt(p.Words[:limit], k) {
			return len(u.Words)
		}
		if p.Language != nil && p.Language.Plain {
			if folded, ok := u.Folded(); ok && folded.IsAt(p.Words[:limit], k) {
				return len(u.Words)
			}
		}
	}
	return 0
}
