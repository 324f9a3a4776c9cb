package factreader

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/number"
	"kheo/rules/table"
	"kheo/rules/value"
)

// amount is one quantity of a passage, with what is said of it: the words around it up to those of the next one.
type amount struct {
	table.Entry
	at    int // the first word of it
	from  int // the first word of what is said of it
	value value.Value
	whole bool // it is what another one is a part of: "of 120 households"
}

// amounts are the quantities of a passage, in order.
type amounts []amount

// at returns the index of the amount at word i, or -1.
func (all amounts) at(i int) int {
	return slices.IndexFunc(all, func(a amount) bool { return a.at == i && a.Has })
}

// saidOfAmount are the kinds of header words that sentences use as headers do.
const saidOfAmount = table.Plan | table.Budget | table.Actual | table.Self | table.Max | table.Other | table.Own

// maxAmounts is how many quantities of one passage are told apart.
const maxAmounts = 40

// amounts finds the quantities in words [from, limit) and what is said of each. It returns nil, which is the usual
// case, if no word says of what year or kind any of them is.
func (r sentenceReader) amounts(l *language.Language, from, limit int, form bool) amounts {
	if !r.Reads.Type.IsNumber() || from >= limit {
		return nil
	}
	if !r.tellsAmounts(from, limit, form) {
		return nil
	}
	var all amounts
	for i := from; i < limit && len(all) < maxAmounts; {
		if r.isYear(l, i) || i+1 < limit && !r.Words[i].Number && table.Year(r.Page, i+1) > 0 {
			i++
			continue
		}
		last := i + 1
		// Behind a number of something else, what has no unit may be of that as well: "2,050 of a population of 6,400".
		bare := form && (r.Reads.Type != value.Count ||
			!slices.ContainsFunc(all, func(a amount) bool { return !a.Has }))
		if v, ok := r.amountAt(l, i, limit, bare); ok {
			all = append(all, amount{at: i, value: v, Entry: table.Entry{Has: true},
				whole: r.isWhole(i, v.Last, limit)})
			last = max(last, v.Last)
		} else if r.Words[i].Number && (form || table.Year(r.Page, i) == 0) { // another quantity
			all = append(all, amount{at: i, value: value.Value{Last: i + 1}})
		}
		i = last
	}
	start := from
	for i := range all {
		end := limit
		if i+1 < len(all) {
			end = joint(r.Page, all[i].value.Last, all[i+1].at)
		}
		all[i].from = start
		all[i].Meaning = r.saidOf(start, all[i].at, all[i].value.Last, end, form)
		start = end
	}
	return all
}

// amountAt reads a value of the fact at word i. In forms the unit may be missing also before "of which" and "now".
func (r sentenceReader) amountAt(l *language.Language, i, limit int, form bool) (value.Value, bool) {
	if number.NamesRound(r.Page, l, i) {
		return value.Value{}, false
	}
	v, ok := r.Reads.At(r.Page, l, i, limit, form)
	next := i + 1
	if behind := next + 1; !ok && !form && behind < limit && r.Words[i].Number && table.Year(r.Page, behind) > 0 &&
		slices.Contains(l.DateWords["before_year"], r.Words[next].Text) && r.Reads.Type != value.Count {
		v, ok = r.Reads.At(r.Page, l, i, next, true) // "300 000 kroner in 2024 and 250 000 in 2025"
	}
	if !ok && form && next < limit &&
		table.Says(r.Page, next, min(next+3, limit)).Has(table.Current|table.Part) {
		v, ok = r.Reads.At(r.Page, l, i, next, true) // "320 of which 110 are children"
	}
	return v, ok
}

// joint returns where what is said of a quantity ending before word last ends, and what is said of the next one, which
// begins at word next, begins.
func joint(p *text.Page, last, next int) int {
	h := language.HeaderWords()
	bracket := -1
	for k := last; k <= next; k++ {
		switch gap := p.Gap(k - 1); {
		case strings.ContainsAny(gap, ",;\t\n"), k < next && h.Joint(p.Words[k].Text):
			return k
		case strings.Contains(gap, "(") && bracket < 0:
			bracket = k
		case strings.Contains(gap, ")") && bracket >= 0:
			bracket = k
		}
	}
	if bracket >= 0 {
		return bracket
	}
	return last
}

// clauseBehind returns the end of what is said of a quantity right behind it: its brackets or, if there are none, what
// is before the next comma or joint. It is not after word end.
func clauseBehind(p *text.Page, last, end int) int {
	if last >= end {
		return end
	}
	closing := ",;:("
	if strings.Contains(p.Gap(last-1), "(") {
		closing = ")"
	}
	h := language.HeaderWords()
	for k := last; k < end; k++ {
		if k > last && strings.ContainsAny(p.Gap(k-1), closing) || closing != ")" && h.Joint(p.Words[k].Text) {
			return k
		}
	}
	return end
}

// isOther reports whether an amount of a sentence is not what the fact states: it is of another year or unit, a plan of
// which nothing says that it was carried out, or the whole of which another amount is a part.
func (r sentenceReader) isOther(a *amount) bool {
	m := a.Meaning
	if m.Has(table.Plan|table.Budget) && r.Claims.Has(language.Done, a.from, a.at) {
		m.Kinds &^= table.Plan | table.Budget
	}
	return a.whole || r.Want.Refuses(m)
}

// saidAt is what its sentence says of the amount at word at, with all amounts of the sentence and its index; nil if
// nothing is said of any of them.
func (r sentenceReader) saidAt(at int) (said *amount, all amounts, index int) {
	s := r.Sentences[r.Words[at].Sentence]
	all = r.amounts(r.LanguageAt(at), s.First, s.Last, false)
	if index = all.at(at); index < 0 {
		return nil, all, index
	}
	return &all[index], all, index
}

// kinds are the kinds of what is said of an amount; none if nothing is.
func (a *amount) kinds() table.Kinds {
	if a == nil {
		return 0
	}
	return a.Kinds
}

// stated returns the amount of a sentence that the fact states, given that the i-th is of another year, a plan or a
// whole: the first behind it of which the sentence says that it is the result, or of the campaign's year.
func (r sentenceReader) stated(all amounts, i int) (value.Value, bool) {
	for k := i + 1; k < len(all); k++ {
		a := &all[k]
		if !a.Has || a.whole || r.Want.Refuses(a.Meaning) {
			continue
		}
		ofYear := r.Want.From > 0 && a.Meaning.From > 0
		if (all[i].whole || ofYear || a.Meaning.Has(table.Actual|table.Current)) &&
			!r.disclaimed(a.from+1, a.at, a.value.Last) {
			return a.value, true
		}
	}
	return value.Value{}, false
}

// told are the first amount and those of which something is said.
func (all amounts) told() (out amounts) {
	for _, a := range all {
		if a.Has && !a.whole && (len(out) == 0 || a.Meaning.From > 0 || a.Meaning.Kinds != 0) {
			out = append(out, a)
		}
	}
	return out
}

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

// countBeforeTime reads the bare number at word i that only a verb links to a label before word k, if what follows says
// when, where or by whom: "was 27 at the end of the year".
func countBeforeTime(r sentenceReader, l *language.Language, k, i, limit int) (v value.Value, ok bool) {
	q, isNumber := number.At(r.Page, l, i, limit)
	if !isNumber || q.Unit != "" || q.Last >= limit || !onlyLinks(r, k, i) ||
		!slices.Contains(language.HeaderWords().Qualifies(), r.Words[q.Last].Text) ||
		number.OutOf(r.Page, l, q.Last, limit) {
		return v, false
	}
	return r.Reads.At(r.Page, l, i, q.Last, true)
}

// magnitudeIn reads, in words [from, limit) behind a label of an amount, the first number with a magnitude and no
// currency, if nothing that it may count follows: "doanh thu hơn 400 triệu".
func magnitudeIn(r sentenceReader, l *language.Language, from, limit int) (at int, v value.Value, ok bool) {
	for i := from; i < limit; i++ {
		q, isNumber := number.At(r.Page, l, i, limit)
		if !isNumber {
			continue
		}
		v, ok = r.Reads.At(r.Page, l, i, q.Last, true)
		ends := q.Last >= limit || r.Words[q.Last].Clause != r.Words[q.Last-1].Clause ||
			strings.TrimSpace(r.Gap(q.Last-1)) != "" ||
			slices.Contains(language.HeaderWords().Qualifies(), r.Words[q.Last].Text) ||
			slices.Contains(language.HeaderWords().Told().AmountOf, r.Words[q.Last].Text)
		return i, v, ok && v.Scaled && q.Unit == "" && ends
	}
	return 0, v, false
}

// countOfYear reads, in words [from, limit) behind a label that says what is counted, the number of the year that
// counts, of several with their years: "was 12 in 2024 and 15 in 2025", "năm 2024 là 12, năm 2025 là 15". told is false
// if no number has a year.
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
