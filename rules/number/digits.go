package number

import (
	"math"
	"strconv"
	"strings"

	"kheo/internal/text"
)

// DoubtSeparator is the Quantity.Doubt of a number whose full stop or comma may group thousands or mark
// decimals.
const DoubtSeparator = "separator"

// grouping removes separators from a number.
var grouping = strings.NewReplacer(".", "", ",", "")

// digits reads "1.250", "2,5", "1,250.75". Of two kinds of separator the last one is the decimal sign; a
// repeated one groups thousands; so does a single one before exactly three digits, or it is the decimal sign:
// that is decided by the language's decimal sign and what the page says. other is what the number may be as
// well, if doubt is set.
func digits(s, decimal string, page func() text.Separators) (v, other float64, doubt, ok bool) {
	dots, commas := strings.Count(s, "."), strings.Count(s, ",")
	sep := "."
	if dots == 0 || commas > 0 && strings.LastIndexByte(s, ',') > strings.LastIndexByte(s, '.') {
		sep = ","
	}
	switch {
	case dots+commas == 0:
		v, ok = parse(s)
		return v, 0, false, ok
	case dots > 0 && commas > 0:
		at := strings.LastIndex(s, sep)
		v, ok = parse(grouping.Replace(s[:at]) + "." + s[at+1:])
		return v, 0, false, ok && text.Grouped(s)
	case dots+commas > 1:
		v, ok = parse(grouping.Replace(s))
		return v, 0, false, ok && text.Grouped(s)
	}
	return oneSeparator(s, sep, decimal, page)
}

// oneSeparator is digits for a number with one separator, sep.
func oneSeparator(s, sep, decimal string, page func() text.Separators) (v, other float64, doubt, ok bool) {
	head, tail, _ := strings.Cut(s, sep)
	fraction, ok := parse(head + "." + tail)
	whole, isWhole := parse(head + tail)
	if !ok || !isWhole || len(tail) != 3 || head == "0" {
		return fraction, 0, false, ok
	}
	if len(head) > 3 || strings.HasPrefix(head, "0") { // "1250.000": no group is so long
		return fraction, whole, sep != decimal && len(head) > 3, true
	}
	isDecimal, doubt := decide(sep, decimal, page())
	if isDecimal {
		return fraction, whole, doubt, true
	}
	return whole, fraction, doubt, true
}

// decide reports whether a separator that is followed by three digits is the decimal sign, given that of the
// language and what the page says, and whether that is in doubt.
func decide(sep, decimal string, page text.Separators) (isDecimal, doubt bool) {
	switch page.Decimal {
	case "":
		return sep == decimal, sep == decimal // people of every language group thousands by three digits
	case decimal:
		return sep == decimal, false
	}
	return sep == page.Decimal, !page.Grouped
}

// parse reads digits with at most a point between them.
func parse(s string) (float64, bool) {
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && !math.IsInf(f, 0)
}

// digitsAt reads into q the digits of word i, with groups of three behind it that single spaces or
// apostrophes separate ("1 250 000,00"), and returns how many words they are; 0 if the word is not a number.
func (r reader) digitsAt(q *Quantity, i int) (n int) {
	w := r.page.Words
	if start := w[i].Start; start > 0 && isSeparator(r.page.Runes[start-1]) {
		return r.fractionAt(q, i)
	}
	v, other, doubt, ok := digits(w[i].Text, r.lang.Decimal, r.page.Separators)
	if !ok {
		return 0
	}
	q.Value = v
	if doubt {
		q.Doubt, q.Others = DoubtSeparator, []float64{other}
	}
	if !isPlain(w[i].Text) || len(w[i].Text) > 3 || w[i].Text == "0" {
		return 1
	}
	k := i + 1
	for k < r.limit && w[k].Number && w[k].Start == w[k-1].End+1 && isGroupSpace(r.page.Runes[w[k-1].End]) {
		at := strings.IndexAny(w[k].Text, ".,")
		whole, fraction := w[k].Text, ""
		if at >= 0 {
			whole, fraction = w[k].Text[:at], w[k].Text[at+1:]
		}
		if len(whole) != 3 || !isPlain(whole) || !isPlain(fraction) {
			break
		}
		g, _ := parse(whole)
		c, _ := parse("0." + fraction)
		q.Value = q.Value*1000 + g + c
		k++
		if at >= 0 {
			break
		}
	}
	return k - i
}

// fractionAt reads ",77" and ".5", whose digits are word i; 0 if the separator belongs to what is before it.
func (r reader) fractionAt(q *Quantity, i int) (n int) {
	w := r.page.Words[i]
	if w.Start > 1 && !text.IsSpace(r.page.Runes[w.Start-2]) && r.page.Runes[w.Start-2] != '(' &&
		!isSign(r.page.Runes[w.Start-2]) ||
		!isPlain(w.Text) {
		return 0
	}
	v, ok := parse("0." + w.Text)
	if !ok {
		return 0
	}
	q.Value = v
	return 1
}

// isSeparator reports whether r may mark decimals or group thousands.
func isSeparator(r rune) bool { return r == '.' || r == ',' }

// isSign reports whether r is a sign that may be written right before a number.
func isSign(r rune) bool { return r == '-' || r == '−' || r == '+' || len(currencySigns(r)) > 0 }

// isPlain reports whether s consists of ASCII digits only.
func isPlain(s string) bool { return strings.Trim(s, "0123456789") == "" }

// isGroupSpace reports whether r groups digits: a space, a no-break space, a narrow no-break space, a thin
// space or an apostrophe.
func isGroupSpace(r rune) bool {
	return r == ' ' || r == '\u00a0' || r == '\u202f' || r == '\u2009' || r == '\'' || r == '’'
}

// vulgar are the fractions that are one code point.
var vulgar = map[rune]float64{'½': 0.5, '¼': 0.25, '¾': 0.75, '⅓': 1.0 / 3, '⅔': 2.0 / 3}

// vulgarAfter returns the fraction that is written right behind word k, such as that of "2½".
func (r reader) vulgarAfter(k int) float64 {
	end := r.page.Words[k].End
	if end < len(r.page.Runes) && r.page.Runes[end] == ' ' {
		end++
	}
	if end < len(r.page.Runes) {
		return vulgar[r.page.Runes[end]]
	}
	return 0
}
