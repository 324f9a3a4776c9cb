package language

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// How many letters two forms of a word have in common: fewer if they differ by one letter.
const (
	shortestShared = 4
	shortestFirst  = 3
)

// SameWord reports whether two words in lower case are forms of one, by their endings, or by the language's own list:
// kostnader and kostnadene, kostet. Words of a language without endings are only the same if they are equal.
func (l *Language) SameWord(a, b string) bool {
	if a == b {
		return true
	}
	if n := l.family[a]; n > 0 && n == l.family[b] {
		return true
	}
	if len(l.WordEndings) == 0 || a == "" || b == "" || a[0] != b[0] {
		return false
	}
	shared := 0
	for shared < len(a) && shared < len(b) && a[shared] == b[shared] {
		shared++
	}
	for ; shared >= shortestFirst; shared-- {
		if !utf8.ValidString(a[:shared]) {
			continue
		}
		x, y := a[shared:], b[shared:]
		if l.isEnding(x) && l.isEnding(y) && (utf8.RuneCountInString(a[:shared]) >= shortestShared ||
			len(x)+len(y) == 1) {
			return true
		}
	}
	return false
}

// isEnding reports whether forms of a word may end so; they may end in nothing.
func (l *Language) isEnding(s string) bool { return s == "" || slices.Contains(l.WordEndings, s) }

// FormsOf returns a word and what may be other forms of it, by their endings.
func (l *Language) FormsOf(w string) []string {
	out := []string{w}
	for _, f := range l.Families {
		if slices.Contains(f, w) {
			out = append(out, f...)
		}
	}
	for _, end := range append([]string{""}, l.WordEndings...) {
		stem, ok := strings.CutSuffix(w, end)
		if !ok || utf8.RuneCountInString(stem) < shortestShared {
			continue
		}
		for _, other := range append([]string{""}, l.WordEndings...) {
			if form := stem + other; len(l.WordEndings) > 0 && !slices.Contains(out, form) {
				out = append(out, form)
			}
		}
	}
	return out
}
