// Package date reads dates, months, years and periods out of the words of a page, in the forms of Vietnamese,
// Norwegian and English: 15/3/2024, 15 / 3 / 2024, 2024-03-15, "15 tháng 3 năm 2024", "15. mars 2024", "March
// 2024", "quý I/2024", "6 tháng đầu năm 2024", "2023–2024". Day comes before month unless the other order is
// the only one that exists. The names of months, quarters and halves and the words around them are data of
// internal/text/language; docs/values.md lists the forms that are read, and those that are not.
package date

import (
	"slices"
	"strconv"
	"strings"

	"kheo/internal/isodate"
	"kheo/internal/text"
	"kheo/internal/text/language"
)

// Values of Date.Doubt. They are codes of the texts fact.doubt.*.
const (
	DoubtOrder = "order" // day and month may be the other way round
	DoubtRange = "range" // it is a period, of which one month or year was asked for
)

// Date is a date, month or period that was read from a page.
type Date struct {
	ISO    string // 2024-03-15, 2024-03, 2024, or an ISO 8601 interval of dates or months, 2024-03/2024-11, 2024-03/..
	Last   int    // the word after it
	Doubt  string // why it may be another one, "" if it is not
	Others []string
}

// IsMonth reports whether an ISO form that this package returned is that of a month, 2024-03, and not of a
// date.
func IsMonth(iso string) bool { return len(iso) == len("2024-03") }

// At reads, in the language l, the date or month that begins at word i of the page and ends before word
// limit.
func At(p *text.Page, l *language.Language, i, limit int) (d Date, ok bool) {
	r := reader{words{p, l, limit}}
	pt, ok := r.point(i)
	if !ok || pt.year == 0 || pt.months() > 1 {
		return Date{}, false
	}
	iso, ok := pt.iso()
	d = Date{ISO: iso, Last: pt.last}
	if pt.swapped {
		other, _ := isodate.Make(pt.year, pt.day, pt.month)
		d.Doubt, d.Others = DoubtOrder, []string{other}
	}
	return d, ok
}

// WithoutYear reads, in the language l, the day that begins at word i of the page and has no year, and returns its
// month and day and the word after it. The month must have its name, or a word for day be before it: "5/10" is a
// share, too.
func WithoutYear(p *text.Page, l *language.Language, i, limit int) (month, day, last int, ok bool) {
	r := reader{words{p, l, limit}}
	pt, ok := r.point(i)
	if !ok || pt.kind != ofDay || pt.year != 0 || r.insideDay(i) {
		return 0, 0, 0, false
	}
	named := r.is(i, "day")
	for k := i; k < pt.last && !named; k++ {
		named = !p.Words[k].Number
	}
	return pt.month, pt.day, pt.last, named
}

// MonthAt is At for a month: of a quarter or half year it returns the first month, in doubt.
func MonthAt(p *text.Page, l *language.Language, i, limit int) (d Date, ok bool) {
	if d, ok = At(p, l, i, limit); ok {
		return d, true
	}
	r := reader{words{p, l, limit}}
	pt, ok := r.point(i)
	if !ok || pt.year == 0 || pt.kind == ofYear || pt.months() == 0 {
		return Date{}, false
	}
	d = Date{Last: pt.last, Doubt: DoubtRange}
	for m := 0; m < pt.months(); m++ {
		iso, _ := isodate.Make(pt.year, pt.month+m, 1)
		if m == 0 {
			d.ISO = iso[:7]
		} else {
			d.Others = append(d.Others, iso[:7])
		}
	}
	return d, true
}

// DayIn is At for a day of which only the month, quarter or half year is written: it returns the first day of it, in
// doubt, and the last day as the other.
func DayIn(p *text.Page, l *language.Language, i, limit int) (d Date, ok bool) {
	r := reader{words{p, l, limit}}
	pt, ok := r.point(i)
	if !ok || pt.year == 0 || pt.kind == ofDay || pt.kind == ofYear || r.insideDay(i) ||
		i > 0 && p.Words[i-1].Number && len(p.Words[i-1].Text) <= 2 && r.same(i-1, i) { // "31/2/2024" does not exist
		return Date{}, false
	}
	month := pt.month + pt.months() - 1
	first, ok := isodate.Make(pt.year, pt.month, 1)
	last := ""
	for day := 28; day <= 31; day++ {
		if s, exists := isodate.Make(pt.year, month, day); exists {
			last = s
		}
	}
	return Date{ISO: first, Last: pt.last, Doubt: DoubtRange, Others: []string{last}}, ok && last != ""
}

// YearAt reads, in the language l, the year of the date, month, quarter, half or year at word i: four digits
// as text. form says that it follows a label; else a bare year must be named as one, "năm 2024", "in 2024".
// Of several years it returns the first, in doubt.
func YearAt(p *text.Page, l *language.Language, i, limit int, form bool) (d Date, ok bool) {
	r := reader{words{p, l, limit}}
	pt, ok := r.point(i)
	if !ok || pt.year == 0 || pt.kind == ofYear && !form && !pt.named && !r.beforeYear(i) {
		return Date{}, false
	}
	d = Date{ISO: strconv.Itoa(pt.year), Last: pt.last}
	if iv, isPeriod := Period(p, l, i, limit); isPeriod {
		from, to, _ := strings.Cut(iv.ISO, "/")
		if from[:4] != to[:min(4, len(to))] && to != ".." {
			d = Date{ISO: from[:4], Last: iv.Last, Doubt: DoubtRange, Others: []string{to[:4]}}
		}
	}
	return d, true
}

// kind is what part of time a point is.
type kind uint8

const (
	ofDay kind = iota
	ofMonth
	ofMonths // several months of a year, such as a quarter
	ofYear
)

// point is a day, month, part of a year or year. Parts that are not written are 0.
type point struct {
	kind             kind
	year, month, day int
	count            int  // of ofMonths: how many
	last             int  // the word after it
	named            bool // of ofYear: "năm 2024"
	swapped          bool // month and day may be the other way round
}

// months returns how many months the point has; 0 if it is a day.
func (pt *point) months() int {
	return map[kind]int{ofDay: 0, ofMonth: 1, ofMonths: pt.count, ofYear: 12}[pt.kind]
}

// iso returns the ISO form of a day or month.
func (pt *point) iso() (string, bool) {
	if pt.kind == ofDay {
		return isodate.Make(pt.year, pt.month, pt.day)
	}
	iso, ok := isodate.Make(pt.year, pt.month, 1)
	if !ok {
		return "", false
	}
	return iso[:7], true
}

// begin and end return the first and the last part of a point: dates for days, else months.
func (pt *point) begin() string {
	s, _ := (&point{kind: pt.kind, year: pt.year, month: max(1, pt.month), day: pt.day}).iso()
	return s
}

// end returns the last month of a quarter, a half or a year.
func (pt *point) end() string {
	month := max(1, pt.month)
	if n := pt.months(); n > 1 {
		month += n - 1
	}
	s, _ := (&point{kind: pt.kind, year: pt.year, month: month, day: pt.day}).iso()
	return s
}

// reader reads dates and periods.
type reader struct{ words }

// point reads what begins at word k: a day, month, quarter, half or year, with or without its year.
func (r reader) point(k int) (pt point, ok bool) {
	if k >= r.limit || !r.page.Words[k].Number && !r.lang.StartsDate(r.page.Words[k].Text) {
		return pt, false
	}
	for n := 0; n < 2 && r.is(k, "day"); n++ { // "ngày mồng 3"
		k++
	}
	if k >= r.limit {
		return pt, false
	}
	for _, read := range []func(int) (point, bool){r.half, r.quarter, r.numeric, r.dayFirst, r.monthFirst,
		r.yearFirst} {
		if pt, ok = read(k); ok {
			return pt, true
		}
	}
	return point{}, false
}

// yearAfter reads the year behind a part of it, at word k: "2024", "năm 2024", "of the year 2024", "/2024",
// "'24".
func (r reader) yearAfter(k int) (y, last int, ok bool) {
	if k == 0 || k >= r.limit {
		return 0, k, false
	}
	for n := 0; n < 3 && k < r.limit && (slices.Contains(r.lang.DateFill, r.page.Words[k].Text) ||
		r.is(k, "year")); n++ {
		k++
	}
	if !r.same(k-1, k) || strings.Trim(r.gap(k-1), ",./-–'’") != "" {
		return 0, k, false
	}
	if y, ok := r.isYear(k); ok {
		return y, k + 1, true
	}
	if strings.ContainsAny(r.gap(k-1), "'’") && len(r.page.Words[k].Text) == 2 {
		if _, ok := r.num(k); ok {
			return fullYear(r.page.Words[k].Text), k + 1, true
		}
	}
	return 0, k, false
}

// fullYear reads the year of a date; one of two digits is in this century below 70, else in the last.
func fullYear(s string) int {
	y, _ := strconv.Atoi(s)
	switch {
	case len(s) == 2 && y < 70:
		y += 2000
	case len(s) == 2:
		y += 1900
	}
	return y
}

// exists reports whether a date exists.
func exists(y, m, d int) bool {
	_, ok := isodate.Make(y, m, d)
	return ok
}

// yearFirst reads what is bareYear or begins with one: "2016 June", "2016, November", "2016 H2",
// "2019/Sep/01".
func (r reader) yearFirst(k int) (pt point, ok bool) {
	year, ok := r.bareYear(k)
	if !ok || year.last >= r.limit || !r.same(year.last-1, year.last) {
		return year, ok
	}
	gap := r.gap(year.last - 1)
	if strings.Trim(gap, ",/-") != "" || len(gap) > 1 {
		return year, true
	}
	at := year.last
	if r.page.Words[at].Text == "the" && at+1 < r.limit {
		at++
	}
	m := r.lang.Months[r.page.Words[at].Text]
	if d, isDay := r.num(at + 1); m > 0 && isDay && r.gap(at) == gap && exists(year.year, m, d) &&
		gap != "" && gap != "," {
		return point{kind: ofDay, year: year.year, month: m, day: d, last: at + 2}, true
	}
	for _, read := range []func(int) (point, bool){r.half, r.quarter, r.monthFirst} {
		part, ok := read(at)
		if !ok || r.page.Words[at].Number && gap != "" {
			continue
		}
		if part.kind == ofDay || part.year != 0 {
			return year, true
		}
		part.year = year.year
		return part, true
	}
	return year, true
}

// bareYear reads "2024" and "năm 2024".
func (r reader) bareYear(k int) (pt point, ok bool) {
	named := false
	if r.is(k, "year") {
		k, named = k+1, true
	}
	y, ok := r.isYear(k)
	if !ok {
		return pt, false
	}
	if !named && r.opensNumber(k) {
		return pt, false
	}
	return point{kind: ofYear, year: y, month: 1, last: k + 1, named: named}, true
}

// opensNumber reports whether word k goes on as the number of a paper does: 2024/QĐ-UBND, 12/2023/NĐ-CP.
func (r reader) opensNumber(k int) bool {
	end := r.page.Words[k].End
	return end+1 < len(r.page.Runes) && strings.ContainsRune("/-", r.page.Runes[end]) &&
		text.IsUpper(r.page.Runes[end+1])
}
