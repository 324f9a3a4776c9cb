package number

import (
	"math"
	"slices"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// maxWords is how many words a number in words may have.
const maxWords = 14

// inWords reads a number in words at the start of w: "một trăm hai mươi", "thirty-two", "to hundre og ti". It returns
// the number and how many words it has, 0 if there is none. A lone word for one to nine counts only before a
// magnitude or a ten, because "năm" is a year and "một" an article as often as not.
func inWords(w []text.Word, l *language.Language) (float64, int) {
	n := wordNumber{lang: l}
	k := 0
	for k < len(w) && k < maxWords && w[k].Clause == w[0].Clause {
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

// wordNumber is a number in words while it is read.
type wordNumber struct {
	lang   *language.Language
	total  float64 // up to the last magnitude
	part   float64 // behind it
	strong bool    // it has more than a word for one to nine
	used   int     // words that belong to it
}

// add adds a word for a number, a ten or a hundred; first says that no word has been left out before it. It returns
// false if the word does not continue the number.
func (n *wordNumber) add(s string, first bool) bool {
	if v, ok := n.lang.Numbers[s]; ok && n.addNumber(v, first) {
		return true
	}
	units := math.Mod(n.part, 100)
	switch {
	case slices.Contains(n.lang.Tens, s) && n.part > 0 && units > 0 && units < 10: // "hai mươi"
		n.part += units*10 - units
	case slices.Contains(n.lang.Hundreds, s) && n.part > 0 && n.part < 20:
		n.part *= 100
	default:
		return false
	}
	n.strong = true
	return true
}

// addNumber adds a number that fits behind what has been read: ones behind tens, tens behind hundreds.
func (n *wordNumber) addNumber(v float64, first bool) bool {
	switch {
	case n.part == 0 && first, n.part > 0 && math.Mod(n.part, 10) == 0 && v < 10:
		n.part += v
		n.strong = n.strong || v >= 10
	case n.part > 0 && math.Mod(n.part, 100) == 0 && v <= 90:
		n.part += v
	default:
		return false
	}
	return true
}

// magnify applies the magnitude at word k, such as "nghìn", with a half behind it, and returns how many words it
// read; 0 without a magnitude.
func (n *wordNumber) magnify(w []text.Word, k int) int {
	m, ok := n.lang.Magnitudes[w[k].Text]
	if !ok || n.part <= 0 || len(w[k].Text) == 1 {
		return 0
	}
	n.total += n.part * m
	n.part, n.strong = 0, true
	taken := 1
	for _, h := range n.lang.HalfAfter {
		if text.MatchAt(w, k+taken, len(w), h) > 0 {
			n.total += m / 2
			taken++
		}
	}
	return taken
}

// result returns the number and how many words it has; both are 0 if too little was read to be a number.
func (n *wordNumber) result() (float64, int) {
	if n.used == 0 || !n.strong {
		return 0, 0
	}
	return n.total + n.part, n.used
}

// decimals reads the digits behind a decimal point in words, up to four of them: "phẩy hai năm" is 0.25. n is how
// many words they are.
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
