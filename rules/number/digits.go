package number

import (
	"math"
	"strconv"
	"strings"
)

// grouping takes separators out of a number.
var grouping = strings.NewReplacer(".", "", ",", "")

// digits reads "1.250", "2,5", "1,250.75" as a language with the given decimal sign, "," or ".", writes them. A single
// separator before exactly three digits groups thousands if the language uses it so; of two kinds of separator the
// last one is the decimal sign.
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

// digitsAt reads the digits of word i, with groups of three behind it that single spaces separate ("1 250 000,00"),
// and returns how many words they are.
func (r reader) digitsAt(i int) (v float64, n int, ok bool) {
	w := r.page.Words
	v, ok = digits(w[i].Text, r.lang.Decimal)
	k := i + 1
	if !ok || !isPlain(w[i].Text) || len(w[i].Text) > 3 {
		return v, 1, ok
	}
	for k < r.limit && w[k].Number && w[k].Start == w[k-1].End+1 && isGroupSpace(r.page.Runes[w[k-1].End]) {
		whole, fraction, last := strings.Cut(w[k].Text, r.lang.Decimal)
		if len(whole) != 3 || !isPlain(whole) {
			break
		}
		g, _ := strconv.ParseFloat(whole, 64)
		c, _ := strconv.ParseFloat("0."+strings.Trim(fraction, ".,"), 64)
		v = v*1000 + g + c
		k++
		if last {
			break
		}
	}
	return v, k - i, ok
}

// isPlain reports whether s consists of ASCII digits only.
func isPlain(s string) bool { return strings.Trim(s, "0123456789") == "" }

// isGroupSpace reports whether r groups digits: a space, a no-break space, a narrow no-break space or a thin space.
func isGroupSpace(r rune) bool { return r == ' ' || r == '\u00a0' || r == '\u202f' || r == '\u2009' }
