package date

import (
	"strconv"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// numeric reads dates and months of digits: 15/3/2024, 15 / 3 / 2024, 15.3.2024, 2024-03-15, 3/2024, 2024-03,
// 15/3, "15/3 năm 2024", T3/2024, 15-Mar-2024.
func (r reader) numeric(k int) (pt point, ok bool) {
	w := r.page.Words
	if !w[k].Number {
		return r.shortMonth(k)
	}
	if pt, ok = r.dotted(k); ok {
		return pt, true
	}
	a, ok := r.num(k)
	if !ok {
		return pt, false
	}
	sep := r.separator(k)
	if sep == 0 {
		return pt, false
	}
	m := r.lang.Months[r.wordAt(k+1)]
	if m == 0 { // programs write 15-Mar-2024 in every language
		m = language.Get("en").Months[r.wordAt(k+1)]
	}
	if m > 0 && sep != '.' && r.separator(k+1) == sep { // 15-Mar-2024
		if y, ok := r.num(k + 2); ok && exists(fullYear(w[k+2].Text), m, a) && y >= 0 {
			return point{kind: ofDay, year: fullYear(w[k+2].Text), month: m, day: a, last: k + 3}, true
		}
	}
	b, ok := r.num(k + 1)
	if !ok {
		return pt, false
	}
	next := r.separator(k + 1)
	if next == sep || sep == '/' && next == '-' && len(w[k+1].Text) <= 2 && len(w[k+2].Text) == 4 { // 26/5-2024
		if _, ok := r.num(k + 2); ok {
			return r.threeParts(k, a, b)
		}
	}
	if sep == '.' {
		return pt, false
	}
	return r.twoParts(k, a, b, sep)
}

// dotted reads 15.3.2024, 2024.03.15 and 03.2024, which are one word.
func (r reader) dotted(k int) (pt point, ok bool) {
	parts := strings.Split(r.page.Words[k].Text, ".")
	if len(parts) < 2 || len(parts) > 3 {
		return pt, false
	}
	n := make([]int, len(parts))
	for i, s := range parts {
		v, err := strconv.Atoi(s)
		if err != nil || len(s) > 4 {
			return pt, false
		}
		n[i] = v
	}
	if len(parts) == 3 {
		return dottedDay(parts, n, k+1)
	}
	switch {
	case len(parts[1]) == 4 && len(parts[0]) <= 2:
		return point{kind: ofMonth, year: n[1], month: n[0], last: k + 1}, exists(n[1], n[0], 1)
	case len(parts[1]) <= 2 && n[1] <= 12 && n[0] <= 31: // "15.3. 2024", "15.3 năm 2024"
		y, last, ok := r.yearAfter(k + 1)
		return point{kind: ofDay, year: y, month: n[1], day: n[0], last: last}, ok && r.gap(k) != "," &&
			exists(y, n[1], n[0])
	}
	return pt, false
}

// dottedDay is the day of three numbers between full stops, which end before word last.
func dottedDay(parts []string, n []int, last int) (pt point, ok bool) {
	switch {
	case len(parts[0]) == 4:
		return point{kind: ofDay, year: n[0], month: n[1], day: n[2], last: last}, exists(n[0], n[1], n[2])
	case len(parts[2]) == 3: // 1.250.000 is a number
		return pt, false
	case n[1] > 12:
		n[0], n[1] = n[1], n[0]
	}
	y := fullYear(parts[2])
	return point{kind: ofDay, year: y, month: n[1], day: n[0], last: last}, exists(y, n[1], n[0])
}

// order puts day and month of a date of English digits, which exists in both orders, into that of its document. If the
// document does not say it, or says both, they may be swapped.
func (r reader) order(pt *point) {
	switch r.page.DateOrder() {
	case text.DayFirst:
	case text.MonthFirst:
		pt.month, pt.day = pt.day, pt.month
	default:
		pt.swapped = true
	}
}

// threeParts reads the rest of a/b/c, which begins at word k. Of the orders that give a date that exists,
// day, month, year comes first, then year, month, day, then month, day, year. English writes both the first and the
// last.
func (r reader) threeParts(k, a, b int) (pt point, ok bool) {
	c := r.page.Words[k+2].Text
	first, third := r.page.Words[k].Text, fullYear(c)
	cn, _ := strconv.Atoi(c)
	switch {
	case len(first) == 4:
		return point{kind: ofDay, year: a, month: b, day: cn, last: k + 3}, exists(a, b, cn)
	case len(c) != 2 && len(c) != 4:
		return pt, false
	case exists(third, b, a):
		pt = point{kind: ofDay, year: third, month: b, day: a, last: k + 3}
		if a != b && a <= 12 && r.lang.Code == "en" && r.separator(k) != '.' {
			r.order(&pt)
		}
		return pt, true
	}
	return point{kind: ofDay, year: third, month: a, day: b, last: k + 3}, exists(third, a, b)
}

// twoParts reads the rest of a/b, which begins at word k: a month of a year, or a day whose year follows or
// is missing.
func (r reader) twoParts(k, a, b int, sep byte) (pt point, ok bool) {
	w := r.page.Words
	switch {
	case r.opensNumber(k + 1):
		return pt, false
	case len(w[k+1].Text) == 4 && exists(b, a, 1) && len(w[k].Text) <= 2:
		return point{kind: ofMonth, year: b, month: a, last: k + 2}, true
	case len(w[k].Text) == 4 && exists(a, b, 1) && len(w[k+1].Text) <= 2 && b <= 12:
		return point{kind: ofMonth, year: a, month: b, last: k + 2}, true
	case len(w[k].Text) <= 2 && len(w[k+1].Text) <= 2 && exists(2000, b, a):
		pt = point{kind: ofDay, month: b, day: a, last: k + 2}
		if y, last, ok := r.yearAfter(k + 2); ok {
			pt.year, pt.last = y, last
		}
		return pt, pt.year > 0 || sep == '/'
	}
	return pt, false
}

// shortMonth reads T3/2024, whose first word is "t3".
func (r reader) shortMonth(k int) (pt point, ok bool) {
	s, isShort := strings.CutPrefix(r.page.Words[k].Text, "t")
	if !isShort || r.lang.Code != "vi" {
		return pt, false
	}
	m, err := strconv.Atoi(s)
	if err != nil || m < 1 || m > 12 {
		return pt, false
	}
	y, last, ok := r.yearAfter(k + 1)
	return point{kind: ofMonth, year: y, month: m, last: last}, ok
}
