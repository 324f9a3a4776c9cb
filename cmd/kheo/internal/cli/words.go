package cli

import (
	"fmt"
	"strings"
)

// Plural returns a count with a noun, as in "1 dossier" and "2 dossiers".
func Plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// PluralIs is like Plural with the verb, as in "1 dossier is" and "2 dossiers are".
func PluralIs(n int, word string) string {
	if n == 1 {
		return "1 " + word + " is"
	}
	return Plural(n, word) + " are"
}

// OrNone returns s, or "none" if it is empty.
func OrNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// Because returns a reason to append to a sentence: ": " and the reason, or "" without one.
func Because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

// Clip puts s on one line and shortens it to n code points, of which the last is then "…".
func Clip(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if rs := []rune(s); len(rs) > n {
		return string(rs[:n-1]) + "…"
	}
	return s
}
