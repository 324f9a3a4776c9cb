package date

import (
	"slices"
	"strconv"
	"strings"

	"kheo/internal/text"
	"kheo/rules/number"
)

// Span is a date, month, part of a year or period that words of a page name, by the years in which it begins and ends.
type Span struct {
	First, Last int // its words
	From, To    int // years
	Open        bool
}

// openYear is the last year of a span that goes on.
const openYear = 9999

// Spans returns the times that words [from, to) of the page name beside bare years, in order. A year of two digits is
// read behind a full year ("2011/12") and, with an apostrophe, behind a preposition ("in '12").
func Spans(p *text.Page, from, to int) (out []Span) {
	for k := from; k < to; k++ {
		if s, ok := spanAt(p, k, to); ok {
			out = append(out, s)
			k = s.Last - 1
		}
	}
	return out
}

// spanAt reads the time that begins at word k.
func spanAt(p *text.Page, k, to int) (s Span, ok bool) {
	l, w := p.LanguageAt(k), p.Words
	if s, ok := season(p, k, to); ok {
		return s, true
	}
	if s, ok := shortYear(p, k); ok {
		return s, true
	}
	if s, ok := brokenDay(p, k, to); ok {
		return s, true
	}
	if !w[k].Number && !l.StartsDate(w[k].Text) {
		return Span{}, false
	}
	d, ok := Period(p, l, k, to)
	if day, isDay := At(p, l, k, to); isDay && (!ok || day.Last >= d.Last) {
		d = day
	} else if !ok {
		return Span{}, false
	}
	begin, end, isPeriod := strings.Cut(d.ISO, "/")
	if !isPeriod {
		end = begin
	}
	s = Span{First: k, Last: d.Last, From: year(begin), To: year(end), Open: end == ".."}
	if s.Open {
		s.To = openYear
	}
	named := w[k].Number || slices.Contains(l.DateWords["year"], w[k].Text)
	whole := named && !s.Open && s.From == s.To && strings.HasSuffix(begin, "-01") && strings.HasSuffix(end, "-12")
	if whole || s.From == 0 {
		return Span{}, false // a bare year, which may be a number of something
	}
	return s, true
}

// year is the year of an ISO form; 0 if it has none.
func year(iso string) int {
	y, _ := strconv.Atoi(iso[:min(len(iso), 4)])
	return y
}

// season reads a year and the next one, of two digits: "2011/12", "2011-12".
func season(p *text.Page, k, to int) (s Span, ok bool) {
	w := p.Words
	if k+1 >= to || !number.IsYear(w[k].Text) || len(w[k+1].Text) != 2 || !w[k+1].Number ||
		!slices.Contains([]string{"/", "-", "–"}, p.Gap(k)) {
		return s, false
	}
	if k+2 < to && w[k+2].Number && p.Gap(k+1) == p.Gap(k) {
		return s, false // 2011-12-24
	}
	y, next := year(w[k].Text), year(w[k+1].Text)
	return Span{First: k, Last: k + 2, From: y, To: y + 1}, next == (y+1)%100
}

// shortYear reads a year of two digits behind an apostrophe and a word such as "in": "in '12".
func shortYear(p *text.Page, k int) (s Span, ok bool) {
	w := p.Words
	if k == 0 || !w[k].Number || len(w[k].Text) != 2 || w[k-1].Sentence != w[k].Sentence ||
		strings.TrimRight(p.Gap(k-1), "'’‘") == p.Gap(k-1) || // "called 'made in' 12 times"
		!slices.Contains(p.LanguageAt(k).DateWords["before_year"], w[k-1].Text) {
		return s, false
	}
	y := fullYear(w[k].Text)
	return Span{First: k, Last: k + 1, From: y, To: y}, true
}

// brokenDay reads a month by its name and the year behind it, which a day and the break of a line may part: "14.
// mars⏎2012", "March 14,⏎2012".
func brokenDay(p *text.Page, k, to int) (s Span, ok bool) {
	w, l := p.Words, p.LanguageAt(k)
	first := k
	if w[k].Number && len(w[k].Text) <= 2 && k+1 < to {
		k++
	}
	if _, month := l.Months[w[k].Text]; !month {
		return s, false
	}
	end := k + 1
	for end < min(to, k+3) && (w[end].Number && len(w[end].Text) <= 2 ||
		slices.Contains(l.DateWords["ordinal"], w[end].Text)) {
		end++
	}
	if end >= to || !w[end].Number || !number.IsYear(w[end].Text) || strings.Trim(p.Gap(end-1), ", .\n\t") != "" {
		return s, false
	}
	y := year(w[end].Text)
	return Span{First: first, Last: end + 1, From: y, To: y}, true
}
