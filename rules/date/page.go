package date

import (
	"slices"
	"strconv"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// words are the words of a page in one language, up to a limit: no date reads words[limit:]. Its methods read
// single words and what is between two; those of reader put dates together.
type words struct {
	page  *text.Page
	lang  *language.Language
	limit int
}

// num returns the number at word k, which must be whole.
func (r words) num(k int) (int, bool) {
	if k < 0 || k >= r.limit || !r.page.Words[k].Number || len(r.page.Words[k].Text) > 4 {
		return 0, false
	}
	v, err := strconv.Atoi(r.page.Words[k].Text)
	return v, err == nil
}

// is reports whether word k is the language's word for "day", "month" or "year".
func (r words) is(k int, part string) bool {
	return k < r.limit && slices.Contains(r.lang.DateWords[part], r.page.Words[k].Text)
}

// gap returns what is between word k and the next one, without spaces.
func (r words) gap(k int) string { return strings.Trim(r.page.Gap(k), " \u00a0") }

// same reports whether words j and k are on one line and in one cell.
func (r words) same(j, k int) bool {
	return k < r.limit && r.page.Words[j].Line == r.page.Words[k].Line &&
		!strings.Contains(r.page.Gap(k-1), "\t")
}

// isYear reports whether word k is a year of four digits.
func (r words) isYear(k int) (int, bool) {
	y, ok := r.num(k)
	if !ok || len(r.page.Words[k].Text) != 4 || y < 1900 || y > 2200 {
		return 0, false
	}
	return y, true
}

// beforeYear reports whether the word before word i is one that a year follows.
func (r words) beforeYear(i int) bool {
	w := r.page.Words
	return i > 0 && w[i-1].Sentence == w[i].Sentence &&
		slices.Contains(r.lang.DateWords["before_year"], w[i-1].Text)
}

// wordAt returns word k, or "".
func (r words) wordAt(k int) string {
	if k >= r.limit {
		return ""
	}
	return r.page.Words[k].Text
}

// separator returns the slash, hyphen or full stop between word k and the next one, with spaces around it or
// without; 0 if there is something else.
func (r words) separator(k int) byte {
	if k+1 >= r.limit || len(r.page.Gap(k)) > 5 {
		return 0
	}
	switch s := r.gap(k); s {
	case "/", "-", ".":
		return s[0]
	case "–":
		return '-'
	}
	return 0
}
