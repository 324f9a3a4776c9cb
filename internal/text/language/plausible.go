package language

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// vietnamese matches a Vietnamese syllable without its tone: onset, nucleus, coda.
var vietnamese = regexp.MustCompile(`^(?:b|c|ch|d|đ|g|gh|gi|h|k|kh|l|m|n|ng|ngh|nh|p|ph|qu|r|s|t|th|tr|v|x)?(?:[aăâeêioôơuưy]|i[aê]|y[aê]|u[aâêôơyi]|ư[aơ]|o[aăeo]|uy[aê]?|uơ|oai|oay)(?:c|ch|m|n|ng|nh|p|t|i|y|o|u)?$`)

var tones = strings.NewReplacer("\u0300", "", "\u0301", "", "\u0303", "", "\u0309", "", "\u0323", "")

// Syllable reports whether a word could be a Vietnamese syllable.
func Syllable(word string) bool {
	return vietnamese.MatchString(norm.NFC.String(tones.Replace(norm.NFD.String(strings.ToLower(word)))))
}

// Plausible reports whether people could have written a word: a number, a Vietnamese syllable, or letters with
// vowels among them and without a run of consonants that no language has. Text for which many words are not
// plausible was read with the wrong encoding or is noise of OCR.
func Plausible(word string) bool {
	rs := []rune(strings.ToLower(word))
	if len(rs) == 0 || len(rs) > 40 {
		return false
	}
	letters, vowels, run, digits := 0, 0, 0, 0
	latin := true
	for _, r := range rs {
		switch {
		case r >= '0' && r <= '9':
			digits++
			run = 0
			continue
		case r == '\ufffd' || r >= 0xe000 && r <= 0xf8ff:
			return false
		case r > 0x24f && (r < 0x1e00 || r > 0x1eff):
			latin = false
		}
		letters++
		if strings.ContainsRune("aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýÿăđơư", r) || r >= 0x1ea0 && r <= 0x1ef9 {
			vowels++
			run = 0
		} else if run++; run > 6 && latin {
			return false
		}
	}
	if letters == 0 || !latin || len(rs) <= 3 {
		return true
	}
	if digits > 0 {
		return digits+letters <= 20
	}
	return vowels > 0 || Syllable(word)
}
