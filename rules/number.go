package rules

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// quantity is a number read from text.
type quantity struct {
	value   float64
	first   int // words[first:last]
	last    int
	approx  bool   // "about", "more than"
	below   bool   // "fewer than"
	unit    string // currency code or "%" beside the number, else ""
	ordinal bool   // "số 12", a year, part of a date: not a quantity

	magnified bool // it has a magnitude such as "million"
	magnitude float64
}

// grouping takes separators out of a number.
var grouping = strings.NewReplacer(".", "", ",", "")

// digits reads "1.250", "2,5", "1,250.75" as a language with the given decimal sign writes
// them. A single separator before exactly three digits groups thousands if the language
// uses it so; of two kinds of separator the last one is the decimal sign.
func digits(s, decimal string) (float64, bool) {
	dots, commas := strings.Count(s, "."), strings.Count(s, ",")
	group := "."
	if decimal == "." {
		group = ","
	}
	switch {
	case dots > 0 && commas > 0:
		if strings.LastIndexByte(s, '.') > strings.LastIndexByte(s, ',') {
			s = strings.ReplaceAll(s, ",", "")
		} else {
			s = strings.ReplaceAll(strings.ReplaceAll(s, ".", ""), ",", ".")
		}
	case dots+commas > 1: // only grouping repeats
		s = grouping.Replace(s)
	case dots+commas == 1:
		sep := "."
		if commas == 1 {
			sep = ","
		}
		head, tail, _ := strings.Cut(s, sep)
		if len(tail) == 3 && len(head) <= 3 && head != "0" && sep == group {
			s = head + tail
		} else {
			s = head + "." + tail
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && !math.IsInf(f, 0)
}

// numberAt reads, in a language, the quantity that begins at word i and ends before word
// limit: digits or number words, with grouping by spaces, magnitudes ("2 tỷ 350 triệu",
// "half a million"), percent sign, and currency on either side.
func (p *pageText) numberAt(l *language.Language, i, limit int) (quantity, bool) {
	q := quantity{first: i}
	w := p.Words
	before := i // where the quantity begins for what precedes it
	code, n := currencyAt(w, l, i, limit)
	if n > 0 && !w[i].Number && i+n < limit && w[i+n].Number && adjoin(w[i+n-1], w[i+n]) {
		q.unit, i = code, i+n
	} else if code, back := currencyBefore(p, l, i); code != "" {
		q.unit, before = code, i-back
	}
	k, ok := p.amountAt(&q, l, i, limit)
	if !ok {
		return q, false
	}
	k = p.magnify(&q, l, i, k, limit)
	if q.value == 0.5 && k < limit && !q.magnified && !w[i].Number { // "half" of something else
		return q, false
	}
	q.last = p.unitAfter(&q, l, k, limit)
	q.approx = p.precededBy(l.Cues[language.Approx], before, w[i].Sentence)
	q.below = p.precededBy(l.Cues[language.Below], before, w[i].Sentence)
	q.ordinal = p.isOrdinal(l, i, q.last)
	return q, true
}

// adjoin reports whether b follows a with no more than a space and a sign between them.
func adjoin(a, b text.Word) bool { return b.Start-a.End <= 2 }

// amountAt reads the number at word i, without magnitudes and units, into q, and returns
// the word after it.
func (p *pageText) amountAt(q *quantity, l *language.Language, i, limit int) (k int, ok bool) {
	half := halfAt(p.Words, l, i, limit)
	switch {
	case p.Words[i].Number:
		v, n, ok := p.digitsAt(l, i, limit)
		q.value = v
		return i + n, ok
	case half > 0:
		q.value = 0.5
		return i + half, true
	}
	v, n := wordsNumber(p.Words[i:limit], l)
	q.value, q.magnified = v, v >= 1000
	return i + n, n > 0
}

// unitAfter reads a percent sign or a currency at word k, behind a number, into q, and
// returns the word after it.
func (p *pageText) unitAfter(q *quantity, l *language.Language, k, limit int) int {
	w := p.Words
	if k >= limit {
		return k
	}
	if w[k].Text == "%" {
		q.unit = "%"
		return k + 1
	}
	if n := percentWord(w, k, limit); n > 0 {
		q.unit = "%"
		return k + n
	}
	code, n := currencyAt(w, l, k, limit)
	if n == 0 {
		return k
	}
	q.unit, k = code, k+n
	for _, h := range l.HalfAfter { // "hai triệu đồng rưỡi": two and a half million
		if q.magnified && matchWordsAt(w, k, limit, h) > 0 {
			q.value += q.magnitude / 2
			k++
		}
	}
	return k
}

// precededBy reports whether one of the phrases, of up to three words, ends right before
// word at, in the sentence.
func (p *pageText) precededBy(phrases []string, at, sentence int) bool {
	for back := 1; back <= 3 && at-back >= 0 && p.Words[at-back].Sentence == sentence; back++ {
		for _, s := range phrases {
			if matchWordsAt(p.Words, at-back, at, s) == back {
				return true
			}
		}
	}
	return false
}

// digitsAt reads digits, with groups of three divided by single spaces.
func (p *pageText) digitsAt(l *language.Language, i, limit int) (v float64, n int, ok bool) {
	w := p.Words
	v, ok = digits(w[i].Text, l.Decimal)
	k := i + 1
	if plain := strings.Trim(w[i].Text, "0123456789") == ""; ok && plain && len(w[i].Text) <= 3 {
		for k < limit && w[k].Number && w[k].Start == w[k-1].End+1 && spaceRune(p.Runes[w[k-1].End]) {
			whole, cents, broken := strings.Cut(w[k].Text, l.Decimal) // 1 250 000,00
			if len(whole) != 3 || strings.Trim(whole, "0123456789") != "" {
				break
			}
			g, _ := strconv.ParseFloat(whole, 64)
			c, _ := strconv.ParseFloat("0."+strings.Trim(cents, ".,"), 64)
			v = v*1000 + g + c
			k++
			if broken {
				break
			}
		}
	}
	return v, k - i, ok
}

// magnify applies the magnitudes behind a number, and adds what follows in a smaller one:
// "2 tỷ 350 triệu", "hai tỷ rưỡi". The number is words[i:k]; the word after all is returned.
func (p *pageText) magnify(q *quantity, l *language.Language, i, k, limit int) int {
	w := p.Words
	part, total := q.value, 0.0
	for k < limit {
		scaled, m, n := p.magnitudeAt(l, k, limit, part)
		if n == 0 || len(w[k].Text) == 1 && !w[i].Number {
			break
		}
		k += n
		q.magnified, q.magnitude = true, m
		total, part = total+scaled, 0
		halved := false
		for _, h := range l.HalfAfter {
			if matchWordsAt(w, k, limit, h) > 0 {
				total += m / 2
				k++
				halved = true
			}
		}
		if halved || k+1 >= limit || !w[k].Number || !adjoin(w[k-1], w[k]) {
			break
		}
		v, n, ok := p.digitsAt(l, k, limit)
		if !ok || k+n >= limit {
			break
		}
		if smaller, ok := l.Magnitudes[w[k+n].Text]; !ok || smaller >= m {
			break
		}
		part, k = v, k+n
	}
	q.value = total + part
	return k
}

// magnitudeAt reads the magnitude that adjoins a number at word k, such as "triệu", or
// several of them, such as "nghìn tỷ". It returns the number times the magnitude, the
// magnitude, and how many words it has.
func (p *pageText) magnitudeAt(l *language.Language, k, limit int, number float64) (scaled, m float64, n int) {
	scaled = number
	for ; k+n < limit && adjoin(p.Words[k+n-1], p.Words[k+n]); n++ {
		next, ok := l.Magnitudes[p.Words[k+n].Text]
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

// currencyAt returns the currency whose name begins at word k, and how many words it has.
func currencyAt(w []text.Word, l *language.Language, k, limit int) (code string, n int) {
	if k >= limit {
		return "", 0
	}
	for _, c := range l.CurrencyNames(w[k].Text) {
		if m := matchWordsAt(w, k, limit, c.Name); m > n {
			code, n = c.Code, m
		}
	}
	return code, n
}

// currencyBefore returns the currency before the number at word i, as a sign or a name,
// and how many words it has.
func currencyBefore(p *pageText, l *language.Language, i int) (code string, words int) {
	w := p.Words
	if at := w[i].Start - 1; at >= 0 && w[i].Number {
		if code = map[rune]string{'$': "USD", '€': "EUR", '£': "GBP", '₫': "VND"}[p.Runes[at]]; code != "" {
			return code, 0
		}
	}
	for n := 1; n <= 2 && i-n >= 0 && w[i].Number && w[i].Start-w[i-1].End <= 2; n++ {
		if code, got := currencyAt(w, l, i-n, i); got == n && (i-n == 0 || !w[i-n-1].Number) {
			return code, n
		}
	}
	return "", 0
}

// halfAt returns how many words mean "half of" at word i.
func halfAt(w []text.Word, l *language.Language, i, limit int) (n int) {
	for _, h := range l.HalfBefore {
		n = max(n, matchWordsAt(w, i, limit, h))
	}
	return n
}

// smallNumber reads a number word from one to nine, which counts only if what is counted
// follows immediately.
func smallNumber(l *language.Language, w text.Word) (float64, bool) {
	v, ok := l.Numbers[w.Text]
	return v, ok && v >= 1 && v < 10
}

// spaceRune reports whether r groups digits: a space, or one of its kinds that do not
// break a line.
func spaceRune(r rune) bool { return r == ' ' || r == '\u00a0' || r == '\u202f' || r == '\u2009' }

// percentWord returns how many words mean "per cent" at word k, in any language.
func percentWord(w []text.Word, k, limit int) int {
	for _, s := range []string{"phần trăm", "prosent", "percent", "per cent"} {
		if n := matchWordsAt(w, k, limit, s); n > 0 {
			return n
		}
	}
	return 0
}

// isOrdinal reports whether the number words[i:k] names something and does not count: a
// year, part of a date, the number of a decision, the numbering of a heading.
func (p *pageText) isOrdinal(l *language.Language, i, k int) bool {
	switch {
	case p.namedBefore(l, i):
		return true
	case !p.Words[i].Number:
		return false
	case k == i+1 && p.numbersHeading(i), p.joined(p.Words[i].Start-1, -1):
		return true
	case k == i+1 && p.joined(p.Words[i].End, 1):
		return !p.isShare(l, i)
	}
	return k == i+1 && (p.isBareYear(l, i) || p.monthFollows(l, i))
}

// namedBefore reports whether the word before word i says that its number is a name, such
// as "số" or "day".
func (p *pageText) namedBefore(l *language.Language, i int) bool {
	w := p.Words
	if i == 0 || w[i-1].Sentence != w[i].Sentence {
		return false
	}
	prev := w[i-1].Text
	if slices.Contains(l.OrdinalBefore, prev) {
		return true
	}
	for _, part := range []string{"day", "month", "year"} {
		if slices.Contains(l.DateWords[part], prev) && w[i].Number && (part != "year" || len(w[i].Text) == 4) { // "this year 75 households"
			return true
		}
	}
	return false
}

// numbersHeading reports whether the number at word i is the numbering of a line or cell:
// "2." or "12)".
func (p *pageText) numbersHeading(i int) bool {
	w := p.Words[i]
	if !w.CellStart || w.End >= len(p.Runes) || len(w.Text) > 2 {
		return false
	}
	return p.Runes[w.End] == '.' || p.Runes[w.End] == ')'
}

// joined reports whether a slash or hyphen at a code point joins a number to another one,
// which lies in direction by (1 or -1).
func (p *pageText) joined(at, by int) bool {
	if at < 0 || at >= len(p.Runes) || p.Runes[at] != '/' && p.Runes[at] != '-' {
		return false
	}
	next := at + by
	return next >= 0 && next < len(p.Runes) && text.IsDigit(p.Runes[next])
}

// isBareYear reports whether word i has the form of a year and nothing that is counted
// follows, or a month precedes it.
func (p *pageText) isBareYear(l *language.Language, i int) bool {
	w := p.Words
	s := w[i].Text
	if len(s) != 4 || !strings.HasPrefix(s, "19") && !strings.HasPrefix(s, "20") {
		return false
	}
	k := i + 1
	if k >= len(w) || w[k].Sentence != w[i].Sentence || !text.IsWordRune([]rune(w[k].Text)[0]) {
		return true
	}
	_, month := l.Months[w[max(0, i-1)].Text]
	return month
}

// monthFollows reports whether the name of a month follows word i.
func (p *pageText) monthFollows(l *language.Language, i int) bool {
	w := p.Words
	if i+1 >= len(w) || w[i+1].Sentence != w[i].Sentence {
		return false
	}
	_, month := l.Months[w[i+1].Text]
	return month
}

// isShare reports whether "8/8 households" begins at word i: a number out of a number,
// with what is counted behind it, and no date.
func (p *pageText) isShare(l *language.Language, i int) bool {
	w := p.Words
	if i+2 >= len(w) || p.gap(i) != "/" || !w[i+1].Number || w[i+2].Number || w[i+2].Sentence != w[i].Sentence || w[i+2].Clause != w[i].Clause {
		return false
	}
	part, e1 := strconv.Atoi(w[i].Text)
	whole, e2 := strconv.Atoi(w[i+1].Text)
	return e1 == nil && e2 == nil && part <= whole && whole < 1900 && !slices.Contains(l.Until, w[i+2].Text) && !slices.Contains(l.DateWords["year"], w[i+2].Text)
}

// wordsNumber reads a number in words: "một trăm hai mươi", "thirty-two", "to hundre og
// ti". It returns the number and how many words it has, 0 if there is none. A lone word
// for one to nine counts only before a magnitude or a ten, because "năm" is a year and
// "một" an article as often as not.
func wordsNumber(w []text.Word, l *language.Language) (float64, int) {
	n := wordNumber{l: l}
	k := 0
	for k < len(w) && k < maxNumberWords && w[k].Clause == w[0].Clause {
		s := w[k].Text
		switch {
		case n.add(s, n.used == k):
			k++
			n.used = k
			continue
		case slices.Contains(l.DecimalWords, s) && k > 0 && k+1 < len(w):
			tenths, digits := decimals(w[k+1:], l)
			if digits == 0 {
				return n.result()
			}
			return n.total + n.part + tenths, k + 1 + digits
		case slices.Contains(l.ZeroFill, s) && n.part >= 100 && k+1 < len(w):
			if _, ok := l.Numbers[w[k+1].Text]; !ok {
				return n.result()
			}
			k++
			continue
		}
		taken := n.magnify(w, k)
		if taken == 0 {
			break
		}
		k += taken
		n.used = k
	}
	return n.result()
}

// maxNumberWords is how many words a number may have.
const maxNumberWords = 14

// wordNumber is a number in words while it is read.
type wordNumber struct {
	l      *language.Language
	total  float64 // up to the last magnitude
	part   float64 // behind it
	strong bool    // it has more than a word for one to nine
	used   int     // words that belong to it
}

// add takes in a word for a number, a ten or a hundred; first says that no word has been
// left out before it. It returns false if the word does not continue the number.
func (n *wordNumber) add(s string, first bool) bool {
	v, isNumber := n.l.Numbers[s]
	units := math.Mod(n.part, 100)
	switch {
	case isNumber && (n.part > 0 && math.Mod(n.part, 10) == 0 && v < 10 || n.part == 0 && first):
		n.part += v
		n.strong = n.strong || v >= 10
	case isNumber && n.part > 0 && units == 0 && v <= 90:
		n.part += v
	case slices.Contains(n.l.Tens, s) && n.part > 0 && units > 0 && units < 10: // "hai mươi"
		n.part += units*10 - units
		n.strong = true
	case slices.Contains(n.l.Hundreds, s) && n.part > 0 && n.part < 20:
		n.part *= 100
		n.strong = true
	default:
		return false
	}
	return true
}

// magnify takes in the magnitude at word k, such as "nghìn", with a half behind it, and
// returns how many words it took.
func (n *wordNumber) magnify(w []text.Word, k int) int {
	m, ok := n.l.Magnitudes[w[k].Text]
	if !ok || n.part <= 0 || len(w[k].Text) == 1 {
		return 0
	}
	n.total += n.part * m
	n.part, n.strong = 0, true
	taken := 1
	for _, h := range n.l.HalfAfter {
		if matchWordsAt(w, k+taken, len(w), h) > 0 {
			n.total += m / 2
			taken++
		}
	}
	return taken
}

func (n *wordNumber) result() (float64, int) {
	if n.used == 0 || !n.strong {
		return 0, 0
	}
	return n.total + n.part, n.used
}

// decimals reads the digits behind a decimal point in words, up to four of them.
func decimals(w []text.Word, l *language.Language) (v float64, n int) {
	for scale := 0.1; n < len(w) && n < 4; n++ {
		d, ok := l.Numbers[w[n].Text]
		if !ok || d > 9 {
			break
		}
		v += d * scale
		scale /= 10
	}
	return math.Round(v*10000) / 10000, n
}

// quantityAt reads a count, an amount of money or a percentage at word i.
func (def *FactDef) quantityAt(p *pageText, l *language.Language, i, limit int, form bool) (reading, bool) {
	q, ok := p.numberAt(l, i, limit)
	if !ok && def.Type == Count && i+1 < limit { // "five households"
		if v, small := smallNumber(l, p.Words[i]); small {
			if n := def.unitAt(p, i+1, limit); n > 0 {
				return reading{value: v, unit: def.Unit, last: i + 1 + n}, true
			}
		}
	}
	if !ok || q.below {
		return reading{}, false
	}
	of := p.gap(i) == "/" && i+1 < limit && p.Words[i+1].Number // "85/90 households"
	if q.ordinal && !form && !of {
		return reading{}, false
	}
	r := reading{value: q.value, unit: def.Unit, approx: q.approx, scaled: q.unit != "" || q.magnified, first: i, last: q.last}
	switch def.Type {
	case Percent:
		r.unit = "%"
		return r, def.acceptsPercent(p, l, &q, limit, form)
	case Money:
		r.unit = cmp.Or(q.unit, def.Unit)
		return r, q.unit != "%" && (q.unit != "" || form || q.magnified)
	}
	if q.unit != "" {
		return reading{}, false
	}
	if of {
		if whole, ok := p.numberAt(l, i+1, limit); ok {
			q.last = whole.last
		}
	}
	return def.countAt(p, l, r, q.last, limit, form, of)
}

// acceptsPercent reports whether a quantity is a percentage: it has the sign or, in a
// form, no unit and nothing that it is a part of.
func (def *FactDef) acceptsPercent(p *pageText, l *language.Language, q *quantity, limit int, form bool) bool {
	if q.unit != "" || !form {
		return q.unit == "%"
	}
	part := q.last < limit && (p.gap(q.last-1) == "/" || p.outOf(l, q.last, limit))
	return !part
}

// countAt completes a count, whose unit is looked for at word at. Sentences must name the
// unit; forms need not, but another noun in its place refuses the number: "120 người"
// does not count households.
func (def *FactDef) countAt(p *pageText, l *language.Language, r reading, at, limit int, form, of bool) (reading, bool) {
	if len(def.units) == 0 {
		return r, true
	}
	if n := def.unitAt(p, at, limit); n > 0 {
		r.last = at + n
		return r, true
	}
	if !form {
		return reading{}, false
	}
	if !of && at < limit && !p.Words[at].Number && p.Words[at].Clause == p.Words[r.first].Clause && !p.outOf(l, at, limit) {
		return reading{}, false
	}
	return r, true
}

// unitAt returns how many words of the fact's unit are at word k; 0 if it is not there.
func (def *FactDef) unitAt(p *pageText, k, limit int) int {
	for _, u := range def.units {
		if u.matchAt(p.Words[:limit], k) {
			return len(u.words)
		}
	}
	return 0
}

// outOf reports whether "of 92" is at word k.
func (p *pageText) outOf(l *language.Language, k, limit int) bool {
	for _, s := range l.Cues[language.OutOf] {
		if n := matchWordsAt(p.Words, k, limit, s); n > 0 && k+n < limit && p.Words[k+n].Number {
			return true
		}
	}
	return false
}
