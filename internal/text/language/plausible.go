package language

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// vietnamese matches a Vietnamese syllable without its tone: onset, nucleus, coda.
var vietnamese = regexp.MustCompile(`^(?:b|c|ch|d|đ|g|gh|gi|h|k|kh|l|m|n|ng|ngh|nh|p|ph|qu|r|s|t|th|tr|v|x)?` +
	`(?:[aăâeêioôơuưy]|i[aê]|y[aê]|u[aâêôơyi]|ư[aơ]|o[aăeo]|uy[aê]?|uơ|oai|oay)` +
	`(?:c|ch|m|n|ng|nh|p|t|i|y|o|u)?$`)

// tones removes the marks of the five Vietnamese tones from a word in NFD.
var tones = strings.NewReplacer("\u0300", "", "\u0301", "", "\u0303", "", "\u0309", "", "\u0323", "")

// Syllable reports whether a word could be a Vietnamese syllable.
func Syllable(word string) bool {
	return vietnamese.MatchString(norm.NFC.String(tones.Replace(norm.NFD.String(strings.ToLower(word)))))
}

// Plausible reports whether people could have written a word: a number, a Vietnamese syllable, or letters
// with vowels among them and without a run of consonants that no language has. Text for which many words are
// not plausible was read with the wrong encoding or is noise of OCR.
func Plausible(word string) bool {
	const longest, shortest, longestWithDigits = 40, 3, 20
	rs := []rune(strings.ToLower(word))
	if len(rs) == 0 || len(rs) > longest {
		return false
	}
	var c letterCount
	for _, r := range rs {
		if r == '\ufffd' || r >= 0xe000 && r <= 0xf8ff { // not decoded, or of a font's private use
			return false
		}
		if !c.add(r) {
			return false
		}
	}
	switch {
	case c.letters == 0 || c.foreign || len(rs) <= shortest:
		return true
	case c.digits > 0:
		return c.digits+c.letters <= longestWithDigits
	}
	return c.vowels > 0 || Syllable(word)
}

// letterCount counts what a word consists of.
type letterCount struct {
	letters, vowels, digits int
	consonants              int  // in a row, up to here
	foreign                 bool // letters of another script than Latin, of which nothing is known
}

// add counts r, and returns false after more consonants in a row than any language has.
func (c *letterCount) add(r rune) bool {
	const maxConsonants = 6
	if r >= '0' && r <= '9' {
		c.digits++
		c.consonants = 0
		return true
	}
	c.foreign = c.foreign || r > 0x24f && (r < 0x1e00 || r > 0x1eff)
	c.letters++
	if isVowel(r) {
		c.vowels++
		c.consonants = 0
		return true
	}
	c.consonants++
	return c.consonants <= maxConsonants || c.foreign
}

// isVowel reports whether a lower case letter is a vowel, with or without diacritics.
func isVowel(r rune) bool {
	return strings.ContainsRune("aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýÿăđơư", r) || r >= 0x1ea0 && r <= 0x1ef9
}
