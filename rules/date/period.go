package date

import (
	"strconv"

	"kheo/internal/isodate"
	"kheo/internal/text"
	"kheo/internal/text/language"
)

// Period reads, in the language l, the period that begins at word i of the page and ends before word limit: "from
// March to November 2024", "01/2024 - 10/2024", "since March 2024 until now". It returns the period as an ISO 8601
// interval of dates or months, such as 2024-03/2024-11, or 2024-03/.. if it is open, and the word after it. If the
// first is a month without its year, it has the year of the second.
func Period(p *text.Page, l *language.Language, i, limit int) (interval string, last int, ok bool) {
	from, k, ok := At(p, l, i, limit)
	r := reader{p, l, limit}
	bareMonth := 0
	if !ok {
		if bareMonth, k = r.bareMonth(i); bareMonth == 0 {
			return "", i, false
		}
	}
	for n := k; n < limit && n <= k+3; n++ {
		if ok {
			if m := r.toNow(n); m > 0 {
				return from + "/..", n + m, true
			}
		}
		to, last, found := At(p, l, n, limit)
		if !found {
			continue
		}
		if bareMonth > 0 {
			if from, ok = monthOf(to, bareMonth); !ok {
				return "", i, false
			}
		}
		if IsMonth(from) {
			to = to[:min(len(to), len(from))]
		}
		if to < from {
			return "", i, false
		}
		return from + "/" + to, last, true
	}
	return "", i, false
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

// monthOf returns the ISO form of a month in the year of an ISO date.
func monthOf(iso string, month int) (string, bool) {
	y, _ := strconv.Atoi(iso[:4])
	out, ok := isodate.Make(y, month, 1)
	if !ok {
		return "", false
	}
	return out[:7], true
}

// bareMonth reads a month without its year at word k: 1 to 12, and the word after it; 0 if there is none.
func (r reader) bareMonth(k int) (month, last int) {
	if r.is(k, "day") && k+1 < r.limit { // "từ ngày 01 tháng 3 đến …" is read as of its month
		k++
	}
	if m, ok := r.num(k + 1); ok && r.is(k, "month") && m >= 1 && m <= 12 {
		return m, k + 2
	}
	if k >= r.limit {
		return 0, k
	}
	w := r.page.Words
	if m := r.lang.Months[w[k].Text]; m > 0 {
		return m, k + 1
	}
	if k+1 < r.limit && w[k].Number {
		if m := r.lang.Months[w[k+1].Text]; m > 0 { // "1. mars til 30. november 2024"
			return m, k + 2
		}
	}
	return 0, k
}
