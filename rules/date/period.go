package date

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// Period reads, in the language l, the period that begins at word i of the page and ends before word limit:
// "from March to November 2024", "01/2024 - 10/2024", "since March 2024 until now", "quý I/2024",
// "2023–2024", "năm 2024". It returns an ISO 8601 interval of dates or months, such as 2024-03/2024-11, or
// 2024-03/.. if it is open. What the first of two dates leaves out, it has from the second.
func Period(p *text.Page, l *language.Language, i, limit int) (d Date, ok bool) {
	r := reader{words{p, l, limit}}
	if i >= limit || !p.Words[i].Number && !l.StartsDate(p.Words[i].Text) || r.insideDay(i) {
		return Date{}, false
	}
	opened, between := r.opened(i)
	k := i + opened
	if from, to, last, ok := r.decade(k); ok {
		return Date{ISO: from + "/" + to, Last: last}, true
	}
	from, ok := r.point(k)
	if !ok || from.year == 0 {
		if day, isDay := r.bareDay(k); isDay && (!ok || from.kind != ofDay) {
			from, ok = day, true
		}
	}
	if !ok {
		return Date{}, false
	}
	if iso, last, ok := r.ended(&from, between); ok {
		return Date{ISO: iso, Last: last}, iso != ""
	}
	return r.alone(&from, i, opened > 0 && !between)
}

// alone is the period that is one month, part of a year or year, or begins with it and is open. i is its
// first word; opened says that a word such as "since" is its first.
func (r reader) alone(from *point, i int, opened bool) (d Date, ok bool) {
	if from.year == 0 {
		return Date{}, false
	}
	for _, s := range r.lang.Onwards {
		if n := text.MatchAt(r.page.Words, from.last, r.limit, s); n > 0 {
			return Date{ISO: from.begin() + "/..", Last: from.last + n}, true
		}
	}
	switch {
	case (opened || r.sinceBefore(i)) && from.kind != ofMonths && r.endsClause(from.last):
		return Date{ISO: from.begin() + "/..", Last: from.last}, true
	case from.kind != ofDay:
		d = Date{ISO: from.begin() + "/" + from.end(), Last: from.last}
		isLinked := from.last+1 < r.limit && (r.isLink(from.last, true) ||
			strings.ContainsAny(r.gap(from.last-1), "–—~"))
		if r.isPart(i, from.last) ||
			isLinked && from.kind == ofYear &&
				r.page.Words[from.last].Clause == r.page.Words[from.last-1].Clause {
			d.Doubt = DoubtRange
		}
		return d, true
	}
	return Date{}, false
}

// opened returns how many words at word i open a period, and whether they ask for "and" before its end.
func (r reader) opened(i int) (words int, between bool) {
	for _, s := range r.lang.Since {
		words = max(words, text.MatchAt(r.page.Words, i, r.limit, s))
	}
	for _, form := range r.lang.Ranges {
		for _, s := range form.Open {
			if n := text.MatchAt(r.page.Words, i, r.limit, s); n > words {
				words, between = n, slices.ContainsFunc(form.Link,
					func(link string) bool { return slices.Contains(r.lang.And, link) })
			}
		}
	}
	return words, between
}

// insideDay reports whether word i is a part of a day that begins before it: "3/2024" in "15/3/2024".
func (r reader) insideDay(i int) bool {
	for k := max(0, i-maxDayWords); k < i; k++ {
		if r.page.Words[k].Line != r.page.Words[i].Line {
			continue
		}
		if pt, ok := r.point(k); ok && pt.kind == ofDay && pt.last > i {
			return true
		}
	}
	return false
}

// maxDayWords is how many words of a day may be before its month and year.
const maxDayWords = 4

// isPart reports whether words before word i or from word last on say that a part of the month or year is
// meant, or what is before or after it: "end of 2024". "2007 and 2009" are two years.
func (r reader) isPart(i, last int) bool {
	w := r.page.Words
	for _, s := range r.lang.DateParts.Before {
		n := 1 + strings.Count(s, " ")
		if i >= n && text.MatchAt(w, i-n, i, s) == n && w[i-n].Sentence == w[i].Sentence {
			return true
		}
	}
	for _, s := range r.lang.DateParts.After {
		if text.MatchAt(w, last, r.limit, s) > 0 {
			return true
		}
	}
	start := w[i].Start
	if strings.ContainsAny(strings.TrimRight(r.page.Text(max(0, start-4), start), " ="), "<>≤≥") {
		return true
	}
	if last+1 < r.limit && slices.Contains(r.lang.And, w[last].Text) {
		_, ok := r.point(last + 1)
		return ok
	}
	return false
}

// sinceBefore reports whether a word that opens a period without an end is before word i.
func (r reader) sinceBefore(i int) bool {
	for _, s := range r.lang.Since {
		n := 1 + strings.Count(s, " ")
		if i >= n && text.MatchAt(r.page.Words, i-n, i, s) == n &&
			r.page.Words[i-1].Sentence == r.page.Words[i].Sentence {
			return true
		}
	}
	return false
}

// endsClause reports whether nothing follows word k-1 in its clause.
func (r reader) endsClause(k int) bool {
	w := r.page.Words
	return k >= r.limit || w[k].Clause != w[k-1].Clause
}

// bareDay reads the first day of "13–15 July 2013", whose month follows with the second.
func (r reader) bareDay(k int) (pt point, ok bool) {
	for n := 0; n < 2 && r.is(k, "day"); n++ {
		k++
	}
	d, ok := r.num(k)
	if !ok || d < 1 || d > 31 {
		return pt, false
	}
	last := k + 1
	for last < r.limit && slices.Contains(r.lang.DateWords["ordinal"], r.page.Words[last].Text) &&
		r.page.Gap(last-1) == "" {
		last++
	}
	return point{kind: ofDay, day: d, last: last}, true
}

// maxLink is how many words may be between the two dates of a period.
const maxLink = 5

// ended reads what ends a period that begins with from; between says that "and" may link them. iso is empty
// if the period ends before it begins.
func (r reader) ended(from *point, between bool) (iso string, last int, ok bool) {
	w := r.page.Words
	k := from.last
	if k >= r.limit || w[k].Line != w[k-1].Line && !r.page.Words[k].Number {
		return "", k, false
	}
	dashed := from.isDashed(r.gap(k - 1))
	for n := k; n < min(k+maxLink, r.limit) && w[n].Line == w[k].Line; n++ {
		if m := r.toNow(n); m > 0 && from.year > 0 {
			return from.begin() + "/..", n + m, true
		}
		if n == k && !dashed && !r.isLink(n, between) {
			return "", k, false
		}
		if to, ok := r.second(from, n, dashed && n == k); ok {
			iso, last, _ = r.interval(from, to)
			return iso, last, true
		}
		words := r.betweenAt(n, between)
		if words == 0 {
			return "", k, false
		}
		n += words - 1
	}
	return "", k, false
}

// isDashed reports whether what is between the first date of a period and the next word is a dash, or between two years
// a slash.
func (from *point) isDashed(gap string) bool {
	return strings.ContainsAny(gap, "-–—→~") || gap == "/" && from.kind == ofYear
}

// betweenAt returns how many words at word n may be between the two dates of a period: those of a link, or one that
// belongs to the second date, as "day" does; 0 if there are none.
func (r reader) betweenAt(n int, and bool) (words int) {
	words = r.linkAt(n, and)
	if words == 0 && (r.is(n, "day") || slices.Contains(r.lang.DateFill, r.page.Words[n].Text)) {
		return 1
	}
	return words
}

// second reads the second date of a period at word n. Behind a dash it may be a day alone, whose month the
// first has, or the last two digits of a year.
func (r reader) second(from *point, n int, dashed bool) (to point, ok bool) {
	w := r.page.Words
	if dashed && from.kind == ofYear && len(w[n].Text) == 2 {
		if v, ok := r.num(n); ok && v == (from.year+1)%100 {
			return point{kind: ofYear, year: from.year + 1, month: 1, last: n + 1}, true
		}
	}
	if to, ok = r.point(n); ok && to.year > 0 {
		return to, true
	}
	if from.kind == ofDay && from.month > 0 { // "July 13–15, 2013"
		day, isDay := r.bareDay(n)
		if !isDay {
			return to, ok
		}
		y, last, hasYear := r.yearAfter(day.last)
		if hasYear || from.year > 0 {
			day.month, day.year = from.month, max(y, from.year)
			if hasYear {
				day.last = last
			}
			return day, exists(day.year, day.month, day.day)
		}
	}
	if ok && from.year > 0 && to.kind == from.kind { // "March 2024 to November"
		to.year = from.year
		return to, true
	}
	return to, false
}

// isLink reports whether the two dates of a period are linked at word n; "and" links them if and is set.
func (r reader) isLink(n int, and bool) bool { return r.linkAt(n, and) > 0 }

// linkAt returns how many words link the two dates of a period at word n, "to" or "up to and including"; 0 if none do.
func (r reader) linkAt(n int, and bool) (words int) {
	count := func(links []string) {
		for _, s := range links {
			if and || !slices.Contains(r.lang.And, s) {
				words = max(words, text.MatchAt(r.page.Words, n, r.limit, s))
			}
		}
	}
	count(r.lang.Until)
	for _, form := range r.lang.Ranges {
		count(form.Link)
	}
	return words
}

// interval writes a period; what its first date leaves out it has from the second. ok is false if it ends
// before it begins, or one of its dates does not exist.
func (r reader) interval(from *point, to point) (iso string, last int, ok bool) {
	a := *from
	if a.year == 0 {
		a.year = to.year
	}
	if a.month == 0 {
		a.month = to.month
	}
	if a.kind == ofDay && to.kind != ofDay {
		// "1 March to November 2024" begins with its month
		if a.day > 0 && to.kind == ofMonth && from.month > 0 {
			a.kind = ofMonth
		} else {
			return "", to.last, false
		}
	}
	switch {
	case to.kind != ofDay || a.kind == ofDay:
	case a.kind == ofYear:
		a.kind, a.day = ofDay, 1
	default:
		to.kind = ofMonth
	}
	begin, end := a.begin(), to.end()
	if begin == "" || end == "" || begin > end || from.year == 0 && from.kind == ofYear {
		return "", to.last, false
	}
	return begin + "/" + end, to.last, true
}

// toNow returns how many words mean "until now" at word k; 0 if none do.
func (r reader) toNow(k int) int {
	for _, s := range r.lang.ToNow {
		if n := text.MatchAt(r.page.Words, k, r.limit, s); n > 0 {
			return n
		}
	}
	return 0
}
