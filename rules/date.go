package rules

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"kheo/internal/text/language"
)

// isoDate checks and writes a date.
func isoDate(y, m, d int) (string, bool) {
	if y < 1900 || y > 2200 || m < 1 || m > 12 || d < 1 {
		return "", false
	}
	days := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[m-1]
	if m == 2 && (y%4 == 0 && y%100 != 0 || y%400 == 0) {
		days = 29
	}
	if d > days {
		return "", false
	}
	return fmt.Sprintf("%04d-%02d-%02d", y, m, d), true
}

// ValidDate reports whether s is an ISO date (2024-03-15) or, where month is
// true, an ISO month (2024-03).
func ValidDate(s string, month bool) bool {
	if month && len(s) == 7 {
		s += "-01"
	}
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return false
	}
	y, e1 := strconv.Atoi(s[:4])
	m, e2 := strconv.Atoi(s[5:7])
	d, e3 := strconv.Atoi(s[8:])
	if e1 != nil || e2 != nil || e3 != nil {
		return false
	}
	_, ok := isoDate(y, m, d)
	return ok
}

// dateReader reads dates among a page's words, in a language, up to a limit.
type dateReader struct {
	p     *pageText
	l     *language.Language
	limit int
}

// dateAt reads, in a language, the date or month that begins at word i. It
// returns the ISO form and the word after it.
func (p *pageText) dateAt(l *language.Language, i, limit int) (iso string, month bool, last int, ok bool) {
	r := dateReader{p, l, limit}
	k := i
	if r.is(k, "day") {
		k++
	}
	if k >= limit {
		return "", false, i, false
	}
	if p.Words[k].Number {
		iso, last, ok = r.digitsFirst(k)
	} else {
		iso, last, ok = r.monthFirst(k)
	}
	if !ok {
		return "", false, i, false
	}
	return iso, len(iso) == 7, last, true
}

func (r dateReader) num(k int) (int, bool) {
	if k >= r.limit || !r.p.Words[k].Number {
		return 0, false
	}
	v, err := strconv.Atoi(r.p.Words[k].Text)
	return v, err == nil
}

// is reports whether word k is the language's word for "day", "month" or "year".
func (r dateReader) is(k int, part string) bool {
	return k < r.limit && isIn(r.l.DateWords[part], r.p.Words[k].Text)
}

// parted reports whether one slash or hyphen stands between word k and the next.
func (r dateReader) parted(k int) bool {
	w := r.p.Words
	if k+1 >= r.limit || w[k+1].Start != w[k].End+1 {
		return false
	}
	c := r.p.Runes[w[k].End]
	return c == '/' || c == '-'
}

// year reads "2024" or "năm 2024" at word k.
func (r dateReader) year(k int) (y, last int, ok bool) {
	if r.is(k, "year") {
		k++
	}
	y, ok = r.num(k)
	return y, k + 1, ok
}

// digitsFirst reads 15/3/2024, 15-3-2024, 2024-03-15, 15.3.2024, 3/2024,
// 2024-03, "15 tháng 3 năm 2024" and "15. mars 2024".
func (r dateReader) digitsFirst(k int) (iso string, last int, ok bool) {
	w := r.p.Words
	if parts := strings.Split(w[k].Text, "."); len(parts) == 3 && len(parts[2]) != 3 {
		d, _ := strconv.Atoi(parts[0])
		m, _ := strconv.Atoi(parts[1])
		y := fullYear(parts[2])
		if iso, ok := isoDate(y, m, d); ok {
			return iso, k + 1, true
		}
	}
	a, ok := r.num(k)
	if !ok {
		return "", k, false
	}
	if b, ok := r.num(k + 1); ok && r.parted(k) {
		return r.slashed(k, a, b)
	}
	if m, ok := r.num(k + 2); ok && r.is(k+1, "month") {
		if y, last, ok := r.year(k + 3); ok {
			if iso, ok := isoDate(y, m, a); ok {
				return iso, last, true
			}
		}
	}
	m := k + 1
	for m < r.limit && m <= k+2 && isIn(r.l.DateWords["ordinal"], w[m].Text) { // "1st of March"
		m++
	}
	if m+1 < r.limit {
		if y, ok := r.num(m + 1); ok {
			if iso, ok := isoDate(y, r.l.Months[w[m].Text], a); ok {
				return iso, m + 2, true
			}
		}
	}
	return "", k, false
}

// fullYear reads the year of a date, of two digits as of this century.
func fullYear(s string) int {
	y, _ := strconv.Atoi(s)
	if len(s) == 2 && y < 70 {
		y += 2000
	}
	return y
}

// slashed reads the rest of a/b or a/b/c.
func (r dateReader) slashed(k, a, b int) (iso string, last int, ok bool) {
	if c, ok := r.num(k + 2); ok && r.parted(k+1) {
		for _, ymd := range [][3]int{{fullYear(r.p.Words[k+2].Text), b, a}, {a, b, c}} {
			if iso, ok := isoDate(ymd[0], ymd[1], ymd[2]); ok {
				return iso, k + 3, true
			}
		}
	}
	for _, ym := range [][2]int{{b, a}, {a, b}} {
		if iso, ok := isoDate(ym[0], ym[1], 1); ok {
			return iso[:7], k + 2, true
		}
	}
	return "", k, false
}

// bareMonth reads a month without its year.
func (r dateReader) bareMonth(k int) (month, last int) {
	if r.is(k, "day") && k+1 < r.limit { // "từ ngày 01 tháng 3 đến …" is read as of its month
		k++
	}
	if m, ok := r.num(k + 1); ok && r.is(k, "month") && m >= 1 && m <= 12 {
		return m, k + 2
	}
	if k < r.limit {
		if m := r.l.Months[r.p.Words[k].Text]; m > 0 {
			return m, k + 1
		}
		if m := 0; k+1 < r.limit && r.p.Words[k].Number {
			if m = r.l.Months[r.p.Words[k+1].Text]; m > 0 { // "1. mars til 30. november 2024"
				return m, k + 2
			}
		}
	}
	return 0, k
}

// monthFirst reads "tháng 3/2024", "tháng 3 năm 2024", "March 2024" and
// "March 15, 2024".
func (r dateReader) monthFirst(k int) (iso string, last int, ok bool) {
	if m, ok := r.num(k + 1); ok && r.is(k, "month") {
		if y, last, ok := r.year(k + 2); ok {
			if iso, ok := isoDate(y, m, 1); ok {
				return iso[:7], last, true
			}
		}
	}
	m := r.l.Months[r.p.Words[k].Text]
	if v, ok := r.num(k + 1); ok && m > 0 {
		if iso, ok := isoDate(v, m, 1); ok {
			return iso[:7], k + 2, true
		}
		if y, ok := r.num(k + 2); ok {
			if iso, ok := isoDate(y, m, v); ok {
				return iso, k + 3, true
			}
		}
	}
	return "", k, false
}

// monthsBetween counts the months from one date or month to another, by
// calendar months; negative where the second is earlier.
func monthsBetween(from, to string) (float64, error) {
	if !ValidDate(from, true) || !ValidDate(to, true) {
		return 0, fmt.Errorf("months_between needs two dates, has %q and %q", from, to)
	}
	y1, _ := strconv.Atoi(from[:4])
	m1, _ := strconv.Atoi(from[5:7])
	y2, _ := strconv.Atoi(to[:4])
	m2, _ := strconv.Atoi(to[5:7])
	n := float64((y2-y1)*12 + m2 - m1)
	if len(from) == 10 && len(to) == 10 && to[8:] < from[8:] {
		n--
	}
	return n, nil
}

// daysBetween counts the days from one date to another; negative where the second is
// earlier.
func daysBetween(from, to string) (float64, error) {
	a, e1 := time.Parse(time.DateOnly, from)
	b, e2 := time.Parse(time.DateOnly, to)
	if e1 != nil || e2 != nil {
		return 0, fmt.Errorf("days_between needs two dates with their days, has %q and %q", from, to)
	}
	return math.Round(b.Sub(a).Hours() / 24), nil
}
