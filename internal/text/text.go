// Package text cuts the text of dossiers into words, sentences and lines. It has the one definition of a word,
// which rules, the search index, the query language and the comparison of copies share, so that a position found
// by one of them means the same to the others.
//
// There are two units:
//
//   - A term is what searches count and index: a run of letters, digits and combining marks that begins with
//     anything but an ASCII digit ("thôn", "km2", "A4"), without the digits of an amount behind a currency ("kr" of
//     "kr500"), or a run of ASCII digits ("120" of "120m", "1" and "250"
//     of "1.250").
//   - A word is what rules read: a term, or a number, which is terms of digits joined by a full stop or a comma
//     ("1.250", "15.3.2024"), or one of the signs % and °, which no search asks for.
//
// Every term lies in exactly one word, and every word but a sign has at least one term.
//
// All offsets count code points, not bytes.
package text

import (
	"iter"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
)

// Classes of code points.
const (
	classWord = 1 << iota // letter, digit, combining mark
	classSpace
	classUpper
	classLower
)

// tableSize bounds the code points whose class and lower case are looked up in a table: all that Latin, Greek and
// Cyrillic texts and their punctuation consist of.
const tableSize = 0x2100

// classes holds the classes of the code points below tableSize.
var classes = func() (t [tableSize]uint8) {
	for r := range t {
		t[r] = classify(rune(r))
	}
	return t
}()

// lowers holds the lower case of the code points below tableSize.
var lowers = func() (t [tableSize]rune) {
	for r := range t {
		t[r] = unicode.ToLower(rune(r))
	}
	return t
}()

// classify returns the classes of a code point by the tables of package unicode.
func classify(r rune) (c uint8) {
	if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) {
		c |= classWord
	}
	if unicode.IsSpace(r) {
		c |= classSpace
	}
	if unicode.IsUpper(r) {
		c |= classUpper
	}
	if unicode.IsLower(r) {
		c |= classLower
	}
	return c
}

// classOf returns the classes of a code point, from the table if it has it.
func classOf(r rune) uint8 {
	if r >= 0 && int(r) < len(classes) {
		return classes[r]
	}
	return classify(r)
}

// IsWordRune reports whether r can be part of a word: a letter, a digit or a nonspacing mark (category Mn).
func IsWordRune(r rune) bool { return classOf(r)&classWord != 0 }

// IsDigit reports whether r is an ASCII digit. Other digits are letters to this package: no reader of kheo counts
// with them.
func IsDigit(r rune) bool { return r >= '0' && r <= '9' }

// IsSpace reports whether r is white space, as unicode.IsSpace does. Like IsUpper and IsLower, it is faster than
// package unicode for the letters of most texts.
func IsSpace(r rune) bool { return classOf(r)&classSpace != 0 }

// IsUpper reports whether r is an upper case letter.
func IsUpper(r rune) bool { return classOf(r)&classUpper != 0 }

// IsLower reports whether r is a lower case letter.
func IsLower(r rune) bool { return classOf(r)&classLower != 0 }

// lower returns the lower case of a code point.
func lower(r rune) rune {
	if r >= 0 && int(r) < len(lowers) {
		return lowers[r]
	}
	return unicode.ToLower(r)
}

// isSign reports whether r is a word of its own without being a term.
func isSign(r rune) bool { return r == '%' || r == '°' }

// termEnd returns the end of the term that begins at rs[i], which must be a code point of a word.
func termEnd(rs []rune, i int) int {
	if IsDigit(rs[i]) {
		for i < len(rs) && IsDigit(rs[i]) {
			i++
		}
		return i
	}
	start := i
	for i < len(rs) && IsWordRune(rs[i]) {
		if IsDigit(rs[i]) && !IsDigit(rs[i-1]) && i-start <= maxCurrency && isCurrency(rs[start:i]) {
			return i
		}
		i++
	}
	return i
}

// maxCurrency is the length of the longest short name of a currency.
const maxCurrency = 3

// isCurrency reports whether letters are a currency that may be written right before its amount.
func isCurrency(rs []rune) bool {
	var b strings.Builder
	for _, r := range rs {
		b.WriteRune(lower(r))
	}
	return language.IsCurrencyPrefix(b.String())
}

// wordEnd returns the end of the word that begins at rs[i], which must be a code point of a word or a sign.
func wordEnd(rs []rune, i int) int {
	switch {
	case isSign(rs[i]):
		return i + 1
	case !IsDigit(rs[i]):
		return termEnd(rs, i)
	}
	for {
		i = termEnd(rs, i)
		if i+1 >= len(rs) || rs[i] != '.' && rs[i] != ',' || !IsDigit(rs[i+1]) {
			return i
		}
		i++
	}
}

// NextTerm returns the first term of rs that begins at or after from, as [start, end); ok is false if there is none.
func NextTerm(rs []rune, from int) (start, end int, ok bool) {
	for from < len(rs) && !IsWordRune(rs[from]) {
		from++
	}
	if from == len(rs) {
		return 0, 0, false
	}
	return from, termEnd(rs, from), true
}

// Words returns the words of a short text, such as a phrase that a ruleset looks for, in lower case and NFC.
// starred reports of each whether a * follows it at once.
func Words(s string) (words []string, starred []bool) {
	rs := []rune(norm.NFC.String(s))
	for i := 0; i < len(rs); {
		if !IsWordRune(rs[i]) && !isSign(rs[i]) {
			i++
			continue
		}
		end := wordEnd(rs, i)
		words = append(words, spelled(string(rs[i:end])))
		starred = append(starred, end < len(rs) && rs[end] == '*')
		i = end
	}
	return words, starred
}

// normal returns a term in lower case and NFC, with the marks of tones in one place, see language.PlaceTones.
func normal(s string) string { return language.PlaceTones(norm.NFC.String(strings.ToLower(s))) }

// spelled returns a word in lower case, NFC and its canonical spelling, see language.Canonical.
func spelled(s string) string { return language.Canonical(norm.NFC.String(strings.ToLower(s))) }

// maxTerm is the maximum length, in bytes, of a folded term that can be searched for.
const maxTerm = 200

// Indexed reports whether a term can be searched for, given its folded form (see language.Fold). A combining mark
// alone, of which nothing is left, cannot, nor can a term longer than maxTerm.
func Indexed(folded string) bool { return folded != "" && len(folded) <= maxTerm }

// A Term is a term of a text as searches see it.
type Term struct {
	Exact      string // lower case, NFC
	Folded     string // the same without diacritics, see language.Fold
	Start, End int    // code points into the text
	Sentence   int    // counts up over the text, see Page.Terms; 0 in a text of one sentence
	Word       int    // index of its word in Page.Words; 0 in a text of one sentence
}

// Terms returns the indexed terms of a short text, such as a title, which counts as one sentence.
func Terms(s string) []Term {
	var out []Term
	rs := []rune(s)
	for start, end, ok := NextTerm(rs, 0); ok; start, end, ok = NextTerm(rs, end) {
		exact := normal(string(rs[start:end]))
		if folded := language.Fold(exact); Indexed(folded) {
			out = append(out, Term{Exact: exact, Folded: folded, Start: start, End: end})
		}
	}
	return out
}

// Pages yields the pages of a dossier in the order in which they are read, each with its document: those written
// as text before those that OCR read, so that what is said in both is cited from the text.
func Pages(d *dossier.Dossier) iter.Seq2[*dossier.Document, *dossier.Page] {
	return func(yield func(*dossier.Document, *dossier.Page) bool) {
		for _, scanned := range []bool{false, true} {
			for i := range d.Documents {
				doc := &d.Documents[i]
				if doc.Scanned() != scanned {
					continue
				}
				for k := range doc.Pages {
					if !yield(doc, &doc.Pages[k]) {
						return
					}
				}
			}
		}
	}
}
