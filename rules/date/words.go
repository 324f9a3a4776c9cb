package date

import (
	"slices"
	"strconv"
	"strings"

	"kheo/internal/text"
)

// dayFirst reads "15 tháng 3 năm 2024", "15. mars 2024", "1st of March, 2024", "the third of March 2015".
func (r reader) dayFirst(k int) (pt point, ok bool) {
	w := r.page.Words
	day, at := r.dayAt(k)
	if day < 1 || day > 31 {
		return pt, false
	}
	k = at - 1
	for at < r.limit && at <= k+3 && (slices.Contains(r.lang.DateWords["ordinal"], w[at].Text) ||
		w[at].Text == "day") {
		at++
	}
	if !r.same(k, at) || strings.Trim(r.gap(at-1), ".,-") != "" {
		return pt, false
	}
	m, last := r.monthAt(at)
	if m == 0 {
		return pt, false
	}
	pt = point{kind: ofDay, month: m, day: day, last: last}
	if y, last, ok := r.yearAfter(last); ok {
		pt.year, pt.last = y, last
	}
	return pt, exists(max(2000, pt.year), m, day) || pt.year == 0 && exists(2000, m, day)
}

// dayAt reads the number of a day at word k, in digits or as an ordinal, and returns the word after it.
func (r reader) dayAt(k int) (day, last int) {
	if d, ok := r.num(k); ok {
		return d, k + 1
	}
	s := r.page.Words[k].Text
	if d := r.lang.DayNames[s]; d > 0 {
		return d, k + 1
	}
	tens := r.lang.Numbers[s]
	// "twenty first"
	if one := r.lang.DayNames[r.wordAt(k+1)]; tens >= 20 && tens <= 30 && one > 0 && one < 10 {
		return int(tens) + one, k + 2
	}
	return 0, k + 1
}

// monthAt reads a month at word k: its name, or a number or word behind the word for month. It returns 1 to
// 12 and the word after it; 0 if there is none.
func (r reader) monthAt(k int) (month, last int) {
	if k >= r.limit {
		return 0, k
	}
	if r.is(k, "month") && k+1 < r.limit {
		if len(r.lang.MonthNames) == 0 && k+2 < r.limit &&
			slices.Contains(r.lang.DateFill, r.page.Words[k+1].Text) {
			return r.monthAt(k + 2) // "the month of March"
		}
		if m, ok := r.num(k + 1); ok && m >= 1 && m <= 12 && len(r.page.Words[k+1].Text) <= 2 {
			return m, k + 2
		}
		return r.monthNamed(k + 1)
	}
	if m := r.lang.Months[r.page.Words[k].Text]; m > 0 {
		return m, k + 1
	}
	return 0, k
}

// monthNamed reads the number of a month in words at word k; of "mười hai" both.
func (r reader) monthNamed(k int) (month, last int) {
	w := r.page.Words
	if k+1 < r.limit {
		if m := r.lang.MonthNames[w[k].Text+" "+w[k+1].Text]; m > 0 {
			return m, k + 2
		}
	}
	return r.lang.MonthNames[w[k].Text], k + 1
}

// monthFirst reads "tháng 3/2024", "tháng ba năm 2024", "March 2024", "March 15, 2024", "March the third
// 2015" and months without their year.
func (r reader) monthFirst(k int) (pt point, ok bool) {
	w := r.page.Words
	m, last := r.monthAt(k)
	if m == 0 {
		return pt, false
	}
	if y, end, ok := r.yearAfter(last); ok {
		return point{kind: ofMonth, year: y, month: m, last: end}, exists(y, m, 1)
	}
	if len(r.lang.MonthNames) == 0 && r.same(last-1, last) && strings.Trim(r.gap(last-1), ".-/") == "" {
		at := last
		if w[at].Text == "the" && at+1 < r.limit {
			at++
		}
		day, isNumber := r.num(at)
		if !isNumber {
			day = r.lang.DayNames[w[at].Text]
		}
		if day >= 1 && day <= 31 {
			at++
			for at < r.limit && slices.Contains(r.lang.DateWords["ordinal"], w[at].Text) &&
				r.page.Gap(at-1) == "" {
				at++
			}
			pt = point{kind: ofDay, month: m, day: day, last: at}
			if y, end, ok := r.yearAfter(at); ok {
				pt.year, pt.last = y, end
			}
			if exists(max(2000, pt.year), m, day) {
				return pt, true
			}
		}
	}
	return point{kind: ofMonth, month: m, last: last}, true
}

// roman are the numbers of quarters as they are written in capital letters.
var roman = map[string]int{"i": 1, "ii": 2, "iii": 3, "iv": 4}

// quarter reads "quý I/2024", "Q1 2024", "2024 Q1", "first quarter of 2024", "1. kvartal 2024", and quarters
// without their year.
func (r reader) quarter(k int) (pt point, ok bool) {
	if y, ok := r.isYear(k); ok { // "2024 Q1"
		if q := r.gluedQuarter(k + 1); q > 0 && r.gap(k) != "," {
			return point{kind: ofMonths, year: y, month: 3*q - 2, count: 3, last: k + 2}, true
		}
	}
	q, last := r.quarterAt(k)
	if q == 0 {
		return pt, false
	}
	pt = point{kind: ofMonths, month: 3*q - 2, count: 3, last: last}
	if y, end, ok := r.yearAfter(last); ok {
		pt.year, pt.last = y, end
	}
	return pt, true
}

// gluedQuarter reads "Q1" at word k: 1 to 4, or 0.
func (r reader) gluedQuarter(k int) int {
	s, glued := strings.CutPrefix(r.wordAt(k), r.lang.Quarters.Glued)
	if glued && len(s) == 1 && s >= "1" && s <= "4" {
		return int(s[0] - '0')
	}
	return 0
}

// quarterAt reads a quarter without its year at word k: 1 to 4 and the word after it; 0 if there is none.
func (r reader) quarterAt(k int) (q, last int) {
	w := r.page.Words
	if q = r.gluedQuarter(k); q > 0 {
		return q, k + 1
	}
	if slices.Contains(r.lang.Quarters.Before, w[k].Text) && r.same(k, k+1) {
		return r.quarterNumber(k + 1), k + 2
	}
	q, last = r.quarterNumber(k), k+1
	for q > 0 && slices.Contains(r.lang.DateWords["ordinal"], r.wordAt(last)) && w[last].Text != "of" {
		last++
	}
	if !slices.Contains(r.lang.Quarters.After, r.wordAt(last)) {
		return 0, k
	}
	return q, last + 1
}

// quarterNumber reads the number of a quarter at word k: 1 to 4, or 0.
func (r reader) quarterNumber(k int) int {
	if k >= r.limit {
		return 0
	}
	s := r.page.Words[k].Text
	if v, ok := r.num(k); ok && v >= 1 && v <= 4 && len(s) == 1 {
		return v
	}
	if v := roman[s]; v > 0 && text.IsUpper(r.page.Runes[r.page.Words[k].Start]) {
		return v
	}
	if roman[s] > 0 {
		return 0
	}
	return r.lang.Quarters.Numbers[s]
}

// half reads "6 tháng đầu năm 2024", "first half of 2024", "9 tháng đầu năm 2024", and such parts without
// their year.
func (r reader) half(k int) (pt point, ok bool) {
	w := r.page.Words
	if w[k].Number && len(w[k].Text) > 2 { // no number of months
		return pt, false
	}
	for i, list := range [][]string{r.lang.Halves.First, r.lang.Halves.Second} {
		for _, s := range list {
			n := text.MatchAt(w, k, r.limit, s)
			if n == 0 {
				continue
			}
			pt = point{kind: ofMonths, month: 6*i + 1, count: 6, last: k + n}
			if y, end, ok := r.yearAfter(k + n); ok {
				pt.year, pt.last = y, end
			}
			return pt, true
		}
	}
	at := k
	if before := r.lang.FirstMonths.Before; before != "" {
		if at++; w[k].Text != before || at >= r.limit {
			return pt, false
		}
	}
	v, isNumber := r.num(at)
	if !isNumber {
		v = int(r.lang.Numbers[w[at].Text])
	}
	n := text.MatchAt(w, at+1, r.limit, r.lang.FirstMonths.After)
	if n == 0 || v < 1 || v > 12 {
		return pt, false
	}
	y, end, ok := r.yearAfter(at + 1 + n)
	return point{kind: ofMonths, year: y, month: 1, count: v, last: end}, ok
}

// decade reads "1990s": ten years.
func (r reader) decade(k int) (from string, to string, last int, ok bool) {
	y, ok := r.isYear(k)
	if !ok || y%10 != 0 || k+1 >= r.limit || r.page.Words[k+1].Text != "s" ||
		strings.Trim(r.page.Gap(k), "'’ ") != "" {
		return "", "", k, false
	}
	return strconv.Itoa(y) + "-01", strconv.Itoa(y+9) + "-12", k + 2, true
}
