// Package date reads dates, months and periods out of the words of a page, in the forms of Vietnamese, Norwegian and
// English: 15/3/2024, 2024-03-15, "15 tháng 3 năm 2024", "15. mars 2024", "March 2024". Day comes before month, and
// the names of months and the words for day, month and year are data of internal/text/language.
package date

import (
	"slices"
	"strconv"
	"strings"

	"kheo/internal/isodate"
	"kheo/internal/text"
	"kheo/internal/text/language"
)

// reader reads dates among a page's words, in one language, up to a limit: no date reads words[limit:]. Its methods
// return the ISO form of what they read and the word after it.
type reader struct {
	page  *text.Page
	lang  *language.Language
	limit int
}

// IsMonth reports whether an ISO form that this package returned is that of a month, 2024-03, and not of a date.
func IsMonth(iso string) bool { return len(iso) == len("2024-03") }

// At reads, in the language l, the date or month that begins at word i of the page and ends before word limit. It
// returns the ISO form, 2024-03-15 or 2024-03, and the word after it.
func At(p *text.Page, l *language.Language, i, limit int) (iso string, last int, ok bool) {
	r := reader{p, l, limit}
	k := i
	if r.is(k, "day") {
		k++
	}
	if k >= limit {
		return "", i, false
	}
	if p.Words[k].Number {
		iso, last, ok = r.digitsFirst(k)
	} else {
		iso, last, ok = r.monthFirst(k)
	}
	if !ok {
		return "", i, false
	}
	return iso, last, true
}

// num returns the number at word k, which must be whole.
func (r reader) num(k int) (int, bool) {
	if k >= r.limit || !r.page.Words[k].Number {
		return 0, false
	}
	v, err := strconv.Atoi(r.page.Words[k].Text)
	return v, err == nil
}

// is reports whether word k is the language's word for "day", "month" or "year".
func (r reader) is(k int, part string) bool {
	return k < r.limit && slices.Contains(r.lang.DateWords[part], r.page.Words[k].Text)
}

// separated reports whether exactly one slash or hyphen is between word k and the next.
func (r reader) separated(k int) bool {
	w := r.page.Words
	if k+1 >= r.limit || w[k+1].Start != w[k].End+1 {
		return false
	}
	c := r.page.Runes[w[k].End]
	return c == '/' || c == '-'
}

// year reads "2024" or "năm 2024" at word k.
func (r reader) year(k int) (y, last int, ok bool) {
	if r.is(k, "year") {
		k++
	}
	y, ok = r.num(k)
	return y, k + 1, ok
}

// digitsFirst reads 15/3/2024, 15-3-2024, 2024-03-15, 15.3.2024, 3/2024, 2024-03, "15 tháng 3 năm 2024" and
// "15. mars 2024".
func (r reader) digitsFirst(k int) (iso string, last int, ok bool) {
	if iso, ok := dotted(r.page.Words[k].Text); ok {
		return iso, k + 1, true
	}
	a, ok := r.num(k)
	if !ok {
		return "", k, false
	}
	if b, ok := r.num(k + 1); ok && r.separated(k) {
		return r.slashed(k, a, b)
	}
	if m, ok := r.num(k + 2); ok && r.is(k+1, "month") {
		if y, last, ok := r.year(k + 3); ok {
			if iso, ok := isodate.Make(y, m, a); ok {
				return iso, last, true
			}
		}
	}
	return r.monthNamed(k, a)
}

// dotted reads 15.3.2024, which is one word.
func dotted(s string) (iso string, ok bool) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 || len(parts[2]) == 3 { // 1.250.000 is a number
		return "", false
	}
	d, _ := strconv.Atoi(parts[0])
	m, _ := strconv.Atoi(parts[1])
	return isodate.Make(fullYear(parts[2]), m, d)
}

// monthNamed reads the rest of "15. mars 2024" or "1st of March 2024", whose day is at word k.
func (r reader) monthNamed(k, day int) (iso string, last int, ok bool) {
	w := r.page.Words
	m := k + 1
	for m < r.limit && m <= k+2 && slices.Contains(r.lang.DateWords["ordinal"], w[m].Text) { // "1st of March"
		m++
	}
	if m+1 < r.limit {
		if y, ok := r.num(m + 1); ok {
			if iso, ok := isodate.Make(y, r.lang.Months[w[m].Text], day); ok {
				return iso, m + 2, true
			}
		}
	}
	return "", k, false
}

// fullYear reads the year of a date; one of two digits below 70 is in this century.
func fullYear(s string) int {
	y, _ := strconv.Atoi(s)
	if len(s) == 2 && y < 70 {
		y += 2000
	}
	return y
}

// slashed reads the rest of a/b or a/b/c, which begins at word k. Of the orders that give a date that exists, day,
// month, year comes first and year, month, day second.
func (r reader) slashed(k, a, b int) (iso string, last int, ok bool) {
	if c, ok := r.num(k + 2); ok && r.separated(k+1) {
		for _, ymd := range [][3]int{{fullYear(r.page.Words[k+2].Text), b, a}, {a, b, c}} {
			if iso, ok := isodate.Make(ymd[0], ymd[1], ymd[2]); ok {
				return iso, k + 3, true
			}
		}
	}
	for _, ym := range [][2]int{{b, a}, {a, b}} {
		if iso, ok := isodate.Make(ym[0], ym[1], 1); ok {
			return iso[:7], k + 2, true
		}
	}
	return "", k, false
}

// monthFirst reads "tháng 3/2024", "tháng 3 năm 2024", "March 2024" and "March 15, 2024".
func (r reader) monthFirst(k int) (iso string, last int, ok bool) {
	if m, ok := r.num(k + 1); ok && r.is(k, "month") {
		if y, last, ok := r.year(k + 2); ok {
			if iso, ok := isodate.Make(y, m, 1); ok {
				return iso[:7], last, true
			}
		}
	}
	m := r.lang.Months[r.page.Words[k].Text]
	if v, ok := r.num(k + 1); ok && m > 0 {
		if iso, ok := isodate.Make(v, m, 1); ok {
			return iso[:7], k + 2, true
		}
		if y, ok := r.num(k + 2); ok {
			if iso, ok := isodate.Make(y, m, v); ok {
				return iso, k + 3, true
			}
		}
	}
	return "", k, false
}
