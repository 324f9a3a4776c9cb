package cleantext

import (
	"math"
	"strings"
	"unicode"

	"kheo/internal/text/language"
)

// words returns the words by which two readings are compared, in lower case.
func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) &&
			!unicode.IsDigit(r) && !unicode.IsMark(r)
	})
}

// Agreement returns the share of words that two readings have in common, 0 to 1 in thousandths: Dice's
// coefficient over the multisets of their words.
func Agreement(a, b string) float64 {
	wa, wb := words(a), words(b)
	if len(wa)+len(wb) == 0 {
		return 1
	}
	bag := map[string]int{}
	for _, w := range wa {
		bag[w]++
	}
	both := 0
	for _, w := range wb {
		if bag[w] > 0 {
			bag[w]--
			both++
		}
	}
	return math.Round(2000*float64(both)/float64(len(wa)+len(wb))) / 1000
}

// Worth scores a reading without knowing the page: the letters of plausible words, less those of
// implausible ones, times Legible. Letters that one reading joins and the other separates are worth more
// joined, up to the length of a long word.
func Worth(s string) float64 {
	good, bad := 0.0, 0.0
	for _, w := range words(s) {
		switch n := math.Min(float64(len([]rune(w))), 12); {
		case language.Plausible(w):
			if n > 9 && !language.Syllable(w) {
				n = 0.75*n + 2 // it may be several words
			}
			good += n - 0.5
		default:
			bad += n
		}
	}
	return (good - bad) * Legible(s)
}

// Legible returns the share of a text's characters, 0 to 1 in thousandths, that a person could read:
// Quality, less if most words are single letters or if signs outnumber letters.
func Legible(s string) float64 {
	q := Quality(s)
	single, all := 0, 0
	for _, w := range strings.Fields(s) {
		all++
		if rs := []rune(w); len(rs) == 1 && unicode.IsLetter(rs[0]) {
			single++
		}
	}
	if all > 12 && float64(single) > 0.6*float64(all) {
		q *= 0.5
	}
	letters, signs := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			letters++
		case !unicode.IsSpace(r) && !strings.ContainsRune(".,-–…_:;|·•*", r): // forms are full of dotted lines
			signs++
		}
	}
	if letters+signs > 40 && letters < signs {
		q *= float64(letters) / float64(letters+signs)
	}
	return math.Round(q*1000) / 1000
}

// Lacking returns those lines of notes, cleaned, that have a word which text lacks: what annotations and form fields
// say beyond it.
func Lacking(text, notes string) (out []string) {
	if notes == "" {
		return nil
	}
	bag := map[string]int{}
	for _, w := range words(text) {
		bag[w]++
	}
	for _, line := range strings.Split(Clean(Modernize(notes)), "\n") {
		lacks := false
		for _, w := range words(line) {
			lacks = lacks || bag[w] == 0
			bag[w]--
		}
		if lacks {
			out = append(out, line)
		}
	}
	return out
}

// SameOrder returns the share of the pairs of neighbouring words of two readings that both have, 0 to 1 in
// thousandths: 1 if they read the same words in the same order.
func SameOrder(a, b string) float64 {
	pairs := func(s string) string {
		ws := words(s)
		var out strings.Builder
		for i := 1; i < len(ws); i++ {
			out.WriteString(ws[i-1] + "0" + ws[i] + " ")
		}
		return out.String()
	}
	return Agreement(pairs(a), pairs(b))
}

// Shares reports whether a text has more than half of its words, and at least one, in another.
func Shares(s, other string) bool {
	bag := map[string]bool{}
	for _, w := range words(other) {
		bag[w] = true
	}
	n, all := 0, 0
	for _, w := range words(s) {
		all++
		if bag[w] {
			n++
		}
	}
	return n*2 > all
}

// Without removes the words of hidden from a text, each as often as hidden has it, beginning at the end.
func Without(s, hidden string) string {
	bag := map[string]int{}
	for _, w := range words(hidden) {
		bag[w]++
	}
	lines := strings.Split(s, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		fields := strings.Fields(lines[i])
		for k := len(fields) - 1; k >= 0; k-- {
			key := strings.Join(words(fields[k]), "")
			if bag[key] > 0 {
				bag[key]--
				fields = append(fields[:k], fields[k+1:]...)
			}
		}
		lines[i] = strings.Join(fields, " ")
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
