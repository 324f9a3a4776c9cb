package main

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	maxWord   = 40 // longer runs are encodings and addresses
	maxCounts = 3  // a word is asked for at most so often in a file
)

// written lists the scripts that put no blanks between words: each letter counts as a word.
var written = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
	unicode.Thai, unicode.Lao, unicode.Myanmar, unicode.Khmer}

// broken is a word that a hyphen cuts at the end of a line.
var broken = regexp.MustCompile(`(\pL)[-\x{2010}\x{AD}]\n\s*(\pL)`)

// words returns the runs of letters and digits of a text in compatibility form and lower case. Invisible
// characters and the marks that Arabic may leave out do not divide words.
func words(text string) (out []string) {
	text = broken.ReplaceAllString(text, "$1$2")
	text = strings.Map(func(r rune) rune {
		switch {
		case r == 0xAD, r >= 0x200B && r <= 0x200F, r == 0x2060, r == 0xFEFF, r >= 0x202A && r <= 0x202E,
			r == 0x640, r >= 0x64B && r <= 0x652:
			return -1
		}
		return r
	}, strings.ToLower(norm.NFKC.String(text)))
	between := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }
	for _, w := range strings.FieldsFunc(text, between) {
		if strings.IndexFunc(w, func(r rune) bool { return unicode.In(r, written...) }) >= 0 {
			out = append(out, strings.Split(w, "")...)
		} else if len([]rune(w)) <= maxWord {
			out = append(out, w)
		}
	}
	return out
}

// lettered returns the words that have a letter. Cells of numbers are compared by value instead (see
// sheets.go).
func lettered(list []string) (out []string) {
	for _, w := range list {
		if strings.IndexFunc(w, unicode.IsLetter) >= 0 {
			out = append(out, w)
		}
	}
	return out
}

// recall counts how many of the words of a reference are among those that were read.
type recall struct {
	words  int
	found  int
	hidden int // not found, but in the text that was taken for hidden
	missed []string
}

// measure compares the words of two texts. Words count as often as the reference has them, up to maxCounts.
// Words of three letters or more are also found inside of others, since readers differ in the places that they put
// blanks.
func measure(want, got []string, hidden string) (r recall) {
	count := func(list []string) map[string]int {
		m := map[string]int{}
		for _, w := range list {
			m[w]++
		}
		return m
	}
	have, kept, flat := count(got), count(words(hidden)), strings.Join(got, "")
	for w, n := range count(want) {
		n = min(n, maxCounts)
		f := min(n, have[w])
		if f < n && len([]rune(w)) > 2 {
			f = min(n, max(f, strings.Count(flat, w)))
		}
		r.words += n
		r.found += f
		if f < n {
			r.missed = append(r.missed, w)
			if kept[w] > 0 {
				r.hidden += n - f
			}
		}
	}
	return r
}
