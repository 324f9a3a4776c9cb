package place

import (
	"slices"
	"strings"

	"kheo/internal/text"
)

// Bounds of a short name: letters of an abbreviation, and words of a name behind words such as "hereafter".
const (
	minInitials   = 2
	maxInitials   = 8
	maxShortName  = 3
	maxInBrackets = 8
)

// ShortNames returns the short names that a page gives its own unit, in brackets right behind the unit's name, given in
// words: an abbreviation of the name, or what follows words such as "hereafter". An abbreviation has the initials of
// the name in their order, so that brackets with another body's name give none.
func ShortNames(p *text.Page, name []string) (out []string) {
	for k := 0; len(name) > 1 && k+len(name) < len(p.Words); k++ {
		if p.Words[k].Text != name[0] || !slices.EqualFunc(p.Words[k:k+len(name)], name,
			func(w text.Word, s string) bool { return w.Text == s }) {
			continue
		}
		from := k + len(name)
		if strings.TrimSpace(p.Gap(from-1)) != "(" {
			continue
		}
		to := from + 1
		for to < len(p.Words) && to-from < maxInBrackets && strings.TrimSpace(p.Gap(to-1)) == "" {
			to++
		}
		if !strings.HasPrefix(p.Gap(to-1), ")") {
			continue
		}
		if s := shortName(p, from, to, name); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// shortName returns the short name in words [from, to), which are in brackets behind a name; "" if there is none.
func shortName(p *text.Page, from, to int, name []string) string {
	written := p.Text(p.Words[from].Start, p.Words[to-1].End)
	if to-from == 1 && IsInitials(written, name) {
		return written
	}
	for _, called := range p.LanguageAt(from).Called {
		n := text.MatchAt(p.Words, from, to, called)
		if n == 0 || n >= to-from || to-from-n > maxShortName || !text.IsUpper(p.Runes[p.Words[from+n].Start]) {
			continue
		}
		return p.Text(p.Words[from+n].Start, p.Words[to-1].End)
	}
	return ""
}

// IsInitials reports whether s is made of capitals that begin words of a name, in their order, the first word's first.
func IsInitials(s string, name []string) bool {
	letters := []rune(s)
	if len(letters) < minInitials || len(letters) > maxInitials {
		return false
	}
	k := 0
	for i, r := range letters {
		if !text.IsUpper(r) {
			return false
		}
		initial := []rune(strings.ToLower(string(r)))[0]
		for k < len(name) && []rune(name[k])[0] != initial {
			if i == 0 {
				return false
			}
			k++
		}
		if k++; k > len(name) {
			return false
		}
	}
	return true
}
