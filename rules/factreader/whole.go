package factreader

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/claim"
	"kheo/rules/date"
	"kheo/rules/phrase"
	"kheo/rules/table"
	"kheo/rules/value"
)

// ofOthers reports whether what is before the label at word first in its sentence says that it is told of somebody else
// or of an earlier year: "Xã bạn trồng được 5.000 cây, tỷ lệ sống 97%", "In 2023 we had 40 members, of whom …".
func (r sentenceReader) ofOthers(first int) bool {
	s := r.Sentences[r.Words[first].Sentence]
	from := s.First
	for k := first; k > s.First; k-- {
		if strings.Contains(r.Gap(k-1), ";") || language.HeaderWords().Joint(r.Words[k].Text) &&
			r.Words[k].Clause != r.Words[k-1].Clause {
			from = k
			break
		}
	}
	m := table.Says(r.Page, from, first)
	m.Kinds &= table.Other | table.Own
	m.From, m.To = 0, 0
	if y := r.yearOpening(from, first); y > 0 && r.Want.From > 0 {
		m.From, m.To = y, y
	}
	near := table.Says(r.Page, max(from, first-3), first)
	return r.Want.Refuses(m) || near.Has(table.Max) && r.Want.Refuses(table.Meaning{Kinds: table.Max})
}

// yearOpening is the year that opens the last clause before word first that a year opens, from word from on: "In 2023",
// "sang năm 2024"; 0 if none does, or it is only compared with.
func (r sentenceReader) yearOpening(from, first int) (year int) {
	start := from
	for k := from; k < first; k++ {
		if k > from && (r.Words[k].Clause != r.Words[k-1].Clause || language.HeaderWords().Joint(r.Words[k].Text)) {
			start = k
		}
		y := table.Year(r.Page, k)
		if y > 0 && !claim.IsOnlyNamed(r.Claims, k) &&
			k-start <= 2 && k > start && !table.Says(r.Page, start, k).Has(table.Compare) &&
			!r.Claims.Has(language.Compared, start, k) && slices.Contains(r.LanguageAt(k).DateWords["before_year"],
			r.Words[k-1].Text) {
			year = y
		}
	}
	return year
}

// notTheWhole reports whether a quantity at words [at, last), of a sentence with the label or pattern at word first,
// which ends before word end, is a part, of another time or a share.
func (r sentenceReader) notTheWhole(first, at, last, end int) bool {
	return r.isPart(first, at) || r.isEarlier(first, at, last) || r.isForEach(first, at, last, end)
}

// isPart reports whether a quantity at word at is a part of one before it ("of which"), and not what is asked for.
func (r sentenceReader) isPart(first, at int) bool {
	if !r.Reads.Type.IsNumber() {
		return false
	}
	s := r.Sentences[r.Words[at].Sentence]
	c, ok := r.Claims.Last(language.PartOf, s.First, at)
	return ok && !isYearPart(r.Page, c.Last) && !r.isOwnPart(s.First, first, at)
}

// isEarlier reports whether a quantity is of an earlier time ("last year"), and not only compared with one.
func (r sentenceReader) isEarlier(first, at, last int) bool {
	if !r.Reads.Type.IsNumber() {
		return false
	}
	from, to := r.Claims.Clause(min(first, at), last)
	if c, ok := r.Claims.Last(language.Compared, last, to); ok {
		to = c.First // "36, two more than last year"
	}
	to = beforeOrigin(r, last, to)
	return r.Claims.Has(language.Past, from, to) || r.Opens != "" && r.Claims.EarlierYear(from, to, r.Opens)
}

// beforeOrigin is the end of what is said behind a quantity, which ends before word last, without what it came from:
// "78%, up from 69% in 2024".
func beforeOrigin(r sentenceReader, last, to int) int {
	for k := last; k < to; k++ {
		if r.Claims.Has(language.ChangeFrom, k, k+1) && k+1 < to && r.Words[k+1].Number &&
			table.Year(r.Page, k+1) == 0 {
			return k
		}
	}
	return to
}

// isForEach reports whether a quantity is one for each of something ("each household gave"). What is inside the
// statement does not count: a pattern such as "{} per square metre" asks for a share itself.
func (r sentenceReader) isForEach(first, at, last, end int) bool {
	if !r.Reads.Type.IsNumber() || r.Reads.Type == value.Percent {
		return false
	}
	if end <= at && first < end && (anyIn(r.PageText, language.HeaderWords().Told().Extreme, first, end) ||
		table.Says(r.Page, first, end).Has(table.Each)) {
		return false // the label asks for what each has: "average income per month"
	}
	from, to := r.Claims.Clause(min(first, at), last)
	return r.isExtreme(first, at, last, end, to) || saysEach(r, from, last) || saysEach(r, end, min(to, end+3)) ||
		last < len(r.Words) && r.Gap(last-1) == "/"
}

// saysEach reports whether words [from, to) say that a quantity is one for each of something. Before a day or a time
// such a word says when: "per 31.12.2026".
func saysEach(r sentenceReader, from, to int) bool {
	return from < to && slices.ContainsFunc(r.Claims.Cues(r.Words[from].Sentence), func(c claim.Cue) bool {
		return c.Kind == language.Each && c.First >= from && c.Last <= to && !isTime(r, c.Last)
	})
}

// isTime reports whether a day, a year or a word such as "now" is at word k.
func isTime(r sentenceReader, k int) bool {
	if k >= len(r.Words) {
		return false
	}
	l := r.LanguageAt(k)
	s := r.Sentences[r.Words[k].Sentence]
	if _, ok := date.At(r.Page, l, k, s.Last); ok || table.Year(r.Page, k) > 0 ||
		r.Claims.Has(language.NowTime, k, k+1) {
		return true
	}
	for _, all := range [][]string{language.HeaderWords().Told().Closing, language.HeaderWords().Told().Opening} {
		if r.anyAt(all, k, s.Last) {
			return true
		}
	}
	if !r.Words[k].Number || k+1 >= s.Last {
		return false
	}
	_, month := l.Months[r.Words[k+1].Text]
	return month || r.Words[k+1].Number && len(r.Words[k].Text) <= 2 && len(r.Words[k+1].Text) <= 2 && r.Gap(k) == "."
}

// isExtreme reports whether a quantity is the greatest, the least or the middle of several, by words before it or its
// label, or behind it in its clause: "the largest single debt written off was 41,000". What the label says itself is
// asked for.
func (r sentenceReader) isExtreme(first, at, last, end, to int) bool {
	if r.Reads.Type != value.Money && r.Reads.Type != value.Count {
		return false
	}
	s := r.Sentences[r.Words[at].Sentence]
	for k := max(s.First, min(first, at)-maxToExtreme); k < min(to, last+maxToExtreme); k++ {
		if k >= min(first, at) && k < max(min(end, at), first) {
			continue // the label
		}
		if k >= at && k < last || !r.anyAt(language.HeaderWords().Told().Extreme, k, min(to, last+maxToExtreme)) {
			continue
		}
		return true
	}
	return false
}

// maxToExtreme is how many words from a quantity and its label a word may be by which it is the greatest of several.
const maxToExtreme = 4

// isYearPart reports whether a year is at word i, behind a cue of a part, or one word further: "in 2026 alone".
func isYearPart(p *text.Page, i int) bool {
	return table.Year(p, i) > 0 || i+1 < len(p.Words) && table.Year(p, i+1) > 0
}

// isOwnPart reports whether a part at word at is what the fact asks for: a percentage, or "of which the State gave …"
// with the label, at word first, behind the cue and no other label of the fact before it in the sentence.
func (r sentenceReader) isOwnPart(sentence, first, at int) bool {
	if r.Reads.Type == value.Percent {
		return !r.Claims.Has(language.PartOf, min(first, at), at)
	}
	isLabel := false
	for _, h := range r.Hits[r.List] {
		if h.First >= sentence && h.First < first {
			return false
		}
		isLabel = isLabel || h.First == first
	}
	return isLabel && first < at && !r.Claims.Has(language.PartOf, first, at)
}

// isWhole reports whether "of" is before a quantity at words [at, last), and another one follows: it is the whole of
// which that is a part.
func (r sentenceReader) isWhole(at, last, limit int) bool {
	sentence := r.Sentences[r.Words[at].Sentence]
	if c, ok := r.Claims.Last(language.OutOf, max(sentence.First, at-3), at); !ok || c.Last != at {
		return false
	}
	for k := last; k < min(limit, last+maxPattern); k++ {
		if r.Words[k].Number && table.Year(r.Page, k) == 0 {
			return true
		}
	}
	return false
}

// wholes leaves out, of the values that sentences of a page state, those of parts if one is said to be the total: "30
// households in hamlet 1, 45 in hamlet 2, 75 in all". Of a part of the year and the whole year, the whole counts.
func wholes(all []Place) []Place {
	total, year := -1, false
	for i := range all {
		if !all[i].Way.InForm() && all[i].Said&table.Total != 0 {
			total = i
		}
		year = year || all[i].Said&table.Period == 0
	}
	return slices.DeleteFunc(all, func(c Place) bool {
		switch {
		case c.Way.InForm():
			return false
		case total >= 0 && c.Said&table.Total == 0:
			sum, ok := all[total].Value.(float64)
			v, _ := c.Value.(float64)
			return ok && v < sum
		}
		return year && c.Said&table.Period != 0
	})
}

// wholeOf is the amount of the whole year, or of all, if the i-th is of a part of the year: "310 million in the first
// half, 395 in the second, 705 in all".
func wholeOf(r sentenceReader, all amounts, i int) (v value.Value, ok bool) {
	if i < 0 || !all[i].Meaning.Has(table.Period) {
		return v, false
	}
	for k := i + 1; k < len(all); k++ {
		if a := &all[k]; a.Has && a.Meaning.Has(table.Total) && !r.Want.Refuses(a.Meaning) &&
			!r.disclaimed(a.from+1, a.at, a.value.Last) {
			return a.value, true
		}
	}
	return v, false
}

// laterYear reads, behind a label in a clause of another year, the amount of the sentence that is of the year that
// counts: "in 2022 we got a grant of 60 000, in 2023 it rose to 85 000 kroner".
func laterYear(r sentenceReader, h phrase.Hit) (v value.Value, ok bool) {
	s := r.Sentences[r.Words[h.First].Sentence]
	if !r.Reads.Type.IsNumber() || !refusesYear(r, r.yearOpening(s.First, h.First)) {
		return v, false
	}
	all := r.amounts(r.LanguageAt(h.First), s.First, s.Last, false)
	for k := range all {
		if a := &all[k]; a.Has && a.at > h.Last && a.Meaning.From > 0 && !a.whole && !r.isOther(a) &&
			!r.disclaimed(a.from+1, a.at, a.value.Last) {
			return a.value, true
		}
	}
	return v, false
}

// refusesYear reports whether a year is not one that counts; 0 is none.
func refusesYear(r sentenceReader, y int) bool {
	return y > 0 && r.Want.Refuses(table.Meaning{From: y, To: y})
}

// yearBehind is the first year among words [from, to); 0 if there is none.
func yearBehind(r sentenceReader, from, to int) int {
	for k := from; k < to; k++ {
		if y := table.Year(r.Page, k); y > 0 {
			return y
		}
	}
	return 0
}

// isOfWider reports whether words [from, to) say that a value is of a wider area than a unit: "của huyện là 4,4%".
func isOfWider(p *text.Page, from, to int) bool {
	for i := from; i < to; i++ {
		if slices.ContainsFunc(language.HeaderWords().Wider(),
			func(s string) bool { return text.MatchAt(p.Words, i, to, s) > 0 }) {
			return true
		}
	}
	return false
}
