package review

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/text/language"
)

// ErrCommonPassword is returned for a password that is easy to guess: a common one, even with digits or
// punctuation around it, one that repeats itself or follows the keyboard, or one that is little more than a
// name.
var ErrCommonPassword = fmt.Errorf("%w, and is none of those that are guessed first: "+
	"no common password, no name, no row of keys; several words in a row are good", ErrPassword)

//go:embed common-passwords.txt
var commonList string

//go:embed common-words.txt
var wordList string

// common holds the common passwords in small letters without diacritics, and the common words and phrases,
// which are written as one word too.
var common = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(commonList + "\n" + wordList) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out[language.Fold(line)] = true
		}
	}
	for line := range strings.Lines(wordList) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out[onlyLetters(language.Fold(line))] = true
		}
	}
	return out
})

// letters takes the place of what people write for letters in passwords.
var letters = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t",
	"@", "a", "$", "s", "!", "i")

// rows are the keys of keyboards from left to right, and what is counted in order.
var rows = []string{"abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm",
	"1q2w3e4r5t6y7u8i9o0p", "1qaz2wsx3edc4rfv5tgb6yhn7ujm"}

// minLeft is how many letters and digits a password needs beside the names and common words in it.
const minLeft = 6

// Weak reports whether a password is easy to guess. about are names that an attacker knows, of the person
// and of the campaign.
func Weak(password string, about ...string) bool {
	p := language.Fold(strings.ToLower(norm.NFKC.String(password)))
	for _, variant := range []string{p, letters.Replace(p)} {
		if common()[variant] || common()[core(variant)] || twoCommon(core(variant)) {
			return true
		}
	}
	if aroundCommon(password) {
		return true
	}
	plain := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, p)
	return plain == "" || repeats(plain) || steps(plain) < 3 || len([]rune(withoutNames(plain, about))) < minLeft
}

// aroundCommon reports whether a password is one or two common words with digits and punctuation before,
// between and after them, even if some of these replace letters.
func aroundCommon(password string) bool {
	var b strings.Builder
	for _, r := range norm.NFKC.String(password) {
		switch f := language.Fold(string(r)); {
		case f != "":
			b.WriteString(f)
		case !unicode.Is(unicode.Mn, r) && !invisible(r):
			b.WriteRune(r)
		}
	}
	p := b.String()
	start := strings.IndexFunc(p, unicode.IsLetter)
	if start < 0 {
		return false
	}
	last := strings.LastIndexFunc(p, unicode.IsLetter)
	_, size := utf8.DecodeRuneInString(p[last:])
	is := func(word string) bool { return common()[word] || twoCommon(word) }
	if is(onlyLetters(p[start:])) {
		return true
	}
	for i := last + size; i <= len(p); i++ {
		if is(onlyLetters(letters.Replace(p[start:i]))) || is(onlyLetters(letters.Replace(p[:i]))) {
			return true
		}
	}
	return false
}

// onlyLetters returns the letters of a text.
func onlyLetters(p string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, p)
}

// core returns a password without the digits and punctuation before and after it.
func core(p string) string {
	return strings.TrimFunc(p, func(r rune) bool { return !unicode.IsLetter(r) })
}

// twoCommon reports whether a password is two common ones in sequence.
func twoCommon(p string) bool {
	for i := range p {
		if i >= 4 && len(p)-i >= 4 && common()[p[:i]] && common()[core(p[i:])] {
			return true
		}
	}
	return false
}

// repeats reports whether a text is a shorter one several times, or has very few different characters.
func repeats(p string) bool {
	rs := []rune(p)
	different := map[rune]bool{}
	for _, r := range rs {
		different[r] = true
	}
	if len(different) < 5 {
		return true
	}
	for n := 1; n <= len(rs)/2; n++ {
		same := true
		for i := n; i < len(rs) && same; i++ {
			same = rs[i] == rs[i-n]
		}
		if same {
			return true
		}
	}
	return false
}

// steps counts the places at which a text does not continue along one of the rows, in either direction.
func steps(p string) int {
	rs := []rune(p)
	n := 0
	for i := 1; i < len(rs); i++ {
		pair, back := string(rs[i-1:i+1]), string([]rune{rs[i], rs[i-1]})
		along := rs[i] == rs[i-1]
		for _, row := range rows {
			along = along || strings.Contains(row, pair) || strings.Contains(row, back)
		}
		if !along {
			n++
		}
	}
	return n
}

// withoutNames returns a password without the names in it, and without a year or number after them.
func withoutNames(p string, about []string) string {
	found := false
	for _, name := range about {
		folded := language.Fold(strings.ToLower(norm.NFC.String(name)))
		words := strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		for _, w := range append([]string{strings.Join(words, "")}, words...) {
			if len([]rune(w)) >= 3 && strings.Contains(p, w) {
				p, found = strings.ReplaceAll(p, w, ""), true
			}
		}
	}
	if found {
		p = core(p)
	}
	return p
}
