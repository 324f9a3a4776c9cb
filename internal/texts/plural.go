package texts

import (
	"math"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Plural chooses the words of a text that depend on a number, by the rules of the language (CLDR): in "%d {entry
// is|entries are} open" those before the bar are for one, and those after it for any other number. The number is the
// value before the braces; "{2:is|are}" names the second one. It returns the text with the chosen words, and the
// values still to be filled in.
func Plural(lang, text string, args []any) string {
	if !strings.Contains(text, "|") {
		return text
	}
	var b strings.Builder
	value, next := -1, 0 // the last value, and the one that the next verb takes
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '%' && i+1 < len(text):
			n := verbLength(text[i:])
			if v := text[i : i+n]; v != "%%" {
				if value = next; v[1] == '[' {
					value = int(v[2]-'0') - 1
				} else {
					next++
				}
			}
			b.WriteString(text[i : i+n])
			i += n - 1
		case text[i] == '{':
			end, one, other, of, ok := choiceAt(text[i:])
			if !ok {
				b.WriteByte('{')
				continue
			}
			if of < 0 {
				of = value
			}
			if of >= 0 && of < len(args) && isOne(lang, args[of]) {
				b.WriteString(one)
			} else {
				b.WriteString(other)
			}
			i += end
		default:
			b.WriteByte(text[i])
		}
	}
	return b.String()
}

// choiceAt splits the choice with which a text begins: its end, the words for one and for any other number, and
// the value that it names, or -1. It returns false if the brace begins no choice.
func choiceAt(text string) (end int, one, other string, of int, ok bool) {
	end = strings.IndexByte(text, '}')
	one, other, ok = strings.Cut(text[1:max(1, end)], "|")
	if end < 0 || !ok || strings.ContainsAny(one, "{") {
		return 0, "", "", -1, false
	}
	of = -1
	if len(one) > 1 && one[1] == ':' && one[0] >= '1' && one[0] <= '9' {
		of, one = int(one[0]-'1'), one[2:]
	}
	return end, one, other, of, true
}

// verbLength returns the length of the verb with which a text begins, such as %d, %[2]s and %%.
func verbLength(text string) int {
	n := 2
	if text[1] == '[' {
		n = strings.IndexByte(text, ']') + 2
	}
	return max(2, min(n, len(text)))
}

// isOne reports whether a language speaks of a number as of one. What is no whole number is not.
func isOne(lang string, v any) bool {
	n := -1
	switch x := v.(type) {
	case int:
		n = x
	case int64:
		n = int(x)
	case float64:
		if x == math.Trunc(x) && math.Abs(x) < 1e9 {
			n = int(x)
		}
	case string:
		if i, err := strconv.Atoi(x); err == nil {
			n = i
		}
	}
	if n < 0 {
		return false
	}
	return plural.Cardinal.MatchPlural(tagOf(lang), n, 0, 0, 0, 0) == plural.One
}

// tags are the languages of the catalogue as the rules of plurals call them.
var tags = sync.OnceValue(func() map[string]language.Tag {
	all := map[string]language.Tag{}
	for _, lang := range Languages {
		all[lang] = language.Make(lang)
	}
	return all
})

// tagOf returns a language as the rules of plurals call it, also one that the catalogue does not have.
func tagOf(lang string) language.Tag {
	if tag, ok := tags()[lang]; ok {
		return tag
	}
	return language.Make(lang)
}
