package stated

import (
	"slices"
	"strings"

	"kheo/internal/text/language"
	"kheo/rules/number"
	"kheo/rules/table"
	"kheo/rules/value"
)

// bareCount reads a number without its unit in words [k, limit), behind a label that says what is counted: one that
// ends its clause, or begins "from 12 to 45".
func (r sentenceReader) bareCount(l *language.Language, k, limit int) (int, value.Value, bool) {
	for i := k; i < limit; i++ {
		if table.Year(r.Page, i) > 0 { // "412 visitors in 2025"
			continue
		}
		v, ok := r.Reads.At(r.Page, l, i, limit, true)
		if n, qualified := countBeforeTime(r, l, k, i, limit); !ok && qualified {
			return i, n, true
		}
		if !ok {
			if q, isNumber := number.At(r.Page, l, i, limit); isNumber && q.Unit != "" { // an amount
				break
			}
			continue
		}
		to := r.Claims.Has(language.ChangeTo, v.Last, min(limit, v.Last+2))
		return i, v, to || v.Last == limit || r.Words[v.Last].Clause != r.Words[v.Last-1].Clause
	}
	return 0, value.Value{}, false
}

// countBeforeTime reads the bare number at word i that only a verb links to a label before word k, if what follows says when,
// where or by whom: "was 27 at the end of the year".
func countBeforeTime(r sentenceReader, l *language.Language, k, i, limit int) (v value.Value, ok bool) {
	q, isNumber := number.At(r.Page, l, i, limit)
	if !isNumber || q.Unit != "" || q.Last >= limit || !onlyLinks(r, k, i) ||
		!slices.Contains(language.HeaderWords().Qualifies(), r.Words[q.Last].Text) || number.OutOf(r.Page, l, q.Last, limit) {
		return v, false
	}
	return r.Reads.At(r.Page, l, i, q.Last, true)
}

// magnitudeIn reads, in words [from, limit) behind a label of an amount, the first number with a magnitude and no currency,
// if nothing that it may count follows: "doanh thu hơn 400 triệu".
func magnitudeIn(r sentenceReader, l *language.Language, from, limit int) (at int, v value.Value, ok bool) {
	for i := from; i < limit; i++ {
		q, isNumber := number.At(r.Page, l, i, limit)
		if !isNumber {
			continue
		}
		v, ok = r.Reads.At(r.Page, l, i, q.Last, true)
		ends := q.Last >= limit || r.Words[q.Last].Clause != r.Words[q.Last-1].Clause || strings.TrimSpace(r.Gap(q.Last-1)) != "" ||
			slices.Contains(language.HeaderWords().Qualifies(), r.Words[q.Last].Text) || slices.Contains(language.HeaderWords().Told().AmountOf, r.Words[q.Last].Text)
		return i, v, ok && v.Scaled && q.Unit == "" && ends
	}
	return 0, v, false
}

// countOfYear reads, in words [from, limit) behind a label that says what is counted, the number of the year that counts,
// of several with their years: "was 12 in 2024 and 15 in 2025", "năm 2024 là 12, năm 2025 là 15". told is false if no
// number has a year.
func countOfYear(r sentenceReader, l *language.Language, from, limit int) (v value.Value, told, ok bool) {
	for i := from; i < limit; i++ {
		if !r.Words[i].Number || table.Year(r.Page, i) > 0 {
			continue
		}
		n, isCount := r.Reads.At(r.Page, l, i, min(limit, i+1), true)
		if !isCount {
			return v, false, false
		}
		year := 0
		for k := i - 1; k >= max(from, i-maxToYear-1); k-- {
			if year = table.Year(r.Page, k); year > 0 || r.Words[k].Number {
				break
			}
		}
		if behind := n.Last; behind+1 < limit && slices.Contains(l.DateWords["before_year"], r.Words[behind].Text) &&
			table.Year(r.Page, behind+1) > 0 && r.Words[behind].Clause == r.Words[i].Clause {
			year = table.Year(r.Page, behind+1)
		}
		if year > 0 && !told || year > 0 && !refusesYear(r, year) {
			told = true
			if !refusesYear(r, year) && !r.disclaimed(from, i, n.Last) {
				v, ok = n, true
			}
		}
		i = max(i, n.Last-1)
	}
	return v, told, ok
}
