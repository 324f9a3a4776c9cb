package rules

import (
	"slices"
	"strconv"
	"strings"

	"kheo/internal/isodate"
	"kheo/internal/text/language"
)

// reading is a value that was read from text.
type reading struct {
	value       any
	unit        string
	approx      bool
	scaled      bool // it has a magnitude or a currency of its own
	first, last int  // words [first, last) of the page; first is set by quantityAt only
}

// valueAt reads, in a language, a value of the fact's type that begins at word i and ends
// before word limit. form says that it follows a label, where less needs to be written.
func (def *FactDef) valueAt(p *pageText, l *language.Language, i, limit int, form bool) (reading, bool) {
	switch def.Type {
	case Count, Money, Percent:
		return def.quantityAt(p, l, i, limit, form)
	case Date, Month:
		iso, month, last, ok := p.dateAt(l, i, limit)
		return reading{value: iso, last: last}, ok && !(month && def.Type == Date)
	case Period:
		return p.periodAt(l, i, limit)
	case YesNo:
		return p.answerAt(l, i, limit)
	case OfUnit:
		id := ""
		if def.env != nil {
			id = def.env.unitNamed(p.Text(p.Words[i].Start, p.Words[limit-1].End))
		}
		return reading{value: id, last: limit}, id != ""
	case Words:
		s := oneLine(p.Text(p.Words[i].Start, p.Words[limit-1].End))
		return reading{value: s, last: limit}, s != ""
	}
	return reading{}, false
}

// answers are the words for no and yes of a language. No comes first, because in some
// languages it contains the word for yes.
func answers(l *language.Language) [2]struct {
	words []string
	value bool
} {
	return [2]struct {
		words []string
		value bool
	}{{l.No, false}, {l.Yes, true}}
}

// answerAt reads yes or no at word i. Of "yes / no" nothing has been chosen.
func (p *pageText) answerAt(l *language.Language, i, limit int) (reading, bool) {
	for _, answer := range answers(l) {
		for _, s := range answer.words {
			n := matchWordsAt(p.Words, i, limit, s)
			if n == 0 {
				continue
			}
			choice := i+n < limit && strings.Contains(p.gap(i+n-1), "/") || strings.Contains(p.gap(i-1), "/")
			if choice {
				return reading{}, false
			}
			return reading{value: answer.value, last: i + n}, true
		}
	}
	return reading{}, false
}

// ticked reads a yes or no that is chosen by a mark in a box. boxes is false if there are
// no boxes; ok is false unless exactly one answer is marked.
func (p *pageText) ticked(l *language.Language, k, limit int) (v reading, ok, boxes bool) {
	chosen := map[bool]int{}
	for i := k; i < limit; i++ {
		marked, box := boxBefore(p, i)
		boxes = boxes || box
		if !marked {
			continue
		}
		for _, answer := range answers(l) {
			for _, s := range answer.words {
				if n := matchWordsAt(p.Words, i, limit, s); n > 0 && chosen[answer.value] == 0 {
					chosen[answer.value] = i + n
				}
			}
		}
	}
	if len(chosen) != 1 {
		return reading{}, false, boxes
	}
	for value, last := range chosen {
		v = reading{value: value, last: last}
	}
	return v, true, boxes
}

// boxBefore reports whether there is a box before word i, and whether it is marked.
func boxBefore(p *pageText, i int) (marked, box bool) {
	from := max(0, p.Words[i].Start-6)
	if i > 0 {
		from = max(from, p.Words[i-1].End)
		if x := p.Words[i-1]; x.Text == "x" { // [x]
			from = max(0, x.Start-1)
		}
	}
	s := strings.ReplaceAll(string(p.Runes[from:p.Words[i].Start]), " ", "")
	switch {
	case strings.ContainsAny(s, "☒☑✓✔🗹■"), strings.HasSuffix(strings.ToLower(s), "[x]"), strings.HasSuffix(strings.ToLower(s), "(x)"):
		return true, true
	case strings.ContainsAny(s, "☐□"), strings.HasSuffix(s, "[]"), strings.HasSuffix(s, "()"):
		return false, true
	}
	return false, false
}

// periodAt reads "from March to November 2024", "01/2024 - 10/2024": an ISO 8601
// interval. The year of the first may be written with the second only.
func (p *pageText) periodAt(l *language.Language, i, limit int) (reading, bool) {
	from, month, k, ok := p.dateAt(l, i, limit)
	bareMonth := 0
	if !ok {
		r := dateReader{p, l, limit}
		if bareMonth, k = r.bareMonth(i); bareMonth == 0 {
			return reading{}, false
		}
	}
	for n := k; n < limit && n <= k+3; n++ {
		for _, s := range l.ToNow {
			if m := matchWordsAt(p.Words, n, limit, s); m > 0 && ok {
				return reading{value: from + "/..", last: n + m}, true
			}
		}
		to, _, last, found := p.dateAt(l, n, limit)
		if !found {
			continue
		}
		if bareMonth > 0 {
			y, _ := strconv.Atoi(to[:4])
			iso, valid := isodate.Make(y, bareMonth, 1)
			if !valid {
				return reading{}, false
			}
			from = iso[:7]
		}
		if month || bareMonth > 0 {
			to = to[:min(len(to), 7)]
		}
		if to < from {
			return reading{}, false
		}
		return reading{value: from + "/" + to, last: last}, true
	}
	return reading{}, false
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

// num returns the number at word k, which must be whole.
func (r dateReader) num(k int) (int, bool) {
	if k >= r.limit || !r.p.Words[k].Number {
		return 0, false
	}
	v, err := strconv.Atoi(r.p.Words[k].Text)
	return v, err == nil
}

// is reports whether word k is the language's word for "day", "month" or "year".
func (r dateReader) is(k int, part string) bool {
	return k < r.limit && slices.Contains(r.l.DateWords[part], r.p.Words[k].Text)
}

// separated reports whether one slash or hyphen is between word k and the next.
func (r dateReader) separated(k int) bool {
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
		if iso, ok := isodate.Make(y, m, d); ok {
			return iso, k + 1, true
		}
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

// monthNamed reads the rest of "15. mars 2024" or "1st of March 2024", whose day is at
// word k.
func (r dateReader) monthNamed(k, day int) (iso string, last int, ok bool) {
	w := r.p.Words
	m := k + 1
	for m < r.limit && m <= k+2 && slices.Contains(r.l.DateWords["ordinal"], w[m].Text) { // "1st of March"
		m++
	}
	if m+1 < r.limit {
		if y, ok := r.num(m + 1); ok {
			if iso, ok := isodate.Make(y, r.l.Months[w[m].Text], day); ok {
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

// slashed reads the rest of a/b or a/b/c.
func (r dateReader) slashed(k, a, b int) (iso string, last int, ok bool) {
	if c, ok := r.num(k + 2); ok && r.separated(k+1) {
		for _, ymd := range [][3]int{{fullYear(r.p.Words[k+2].Text), b, a}, {a, b, c}} {
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
			if iso, ok := isodate.Make(y, m, 1); ok {
				return iso[:7], last, true
			}
		}
	}
	m := r.l.Months[r.p.Words[k].Text]
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
