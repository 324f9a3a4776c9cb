package cleantext

import (
	"kheo/internal/text/language"
	"math"
	"strings"
	"unicode"
)

// words cuts a text into the words that two readings are compared by.
func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}

// agreement is the share of words that two readings have in common (Dice's
// coefficient over the bags of their words), 0 … 1, to three digits.
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

// worth measures a reading without knowing what stands on the page: how many
// words that people could have written, less what no person writes. Of letters
// that stand together in one reading and apart in another, together is worth
// more, up to the length of a long word.
func Worth(s string) float64 {
	good, bad := 0.0, 0.0
	for _, w := range words(s) {
		switch n := math.Min(float64(len([]rune(w))), 12); {
		case language.Plausible(w):
			if n > 9 && !language.Syllable(w) {
				n = 0.75*n + 2 // it may be several
			}
			good += n - 0.5
		default:
			bad += n
		}
	}
	return (good - bad) * Legible(s)
}

// legible is the share of a text's characters that a person could read, without
// replacement characters, private ones, signs instead of letters and letters
// spaced out one by one.
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

// withNotes adds what annotations and form fields say to a text that lacks it.
func WithNotes(text, notes string) string {
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
			text += "\n" + line
		}
	}
	return strings.TrimLeft(text, "\n")
}

// without takes the words of hidden out of a text, from its end.
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
