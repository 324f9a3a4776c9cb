package claim

import (
	"slices"
	"strconv"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/number"
)

// EarlierYear reports whether words [from, to) of the page name a year before the given one, of four digits, and from
// 1950 on.
func (p *Page) EarlierYear(from, to int, year string) bool {
	for k := from; k < to; k++ {
		w := p.page.Words[k]
		if w.Number && len(w.Text) == 4 && w.Text < year && w.Text >= "1950" && p.isYear(k) {
			return true
		}
	}
	return false
}

// Earlier reports whether words [first, last) of the page are told of a year before the given one, of four digits: it
// is named in their clause, and not only compared with, and no later year is in the sentence.
func (p *Page) Earlier(first, last int, year string) bool {
	s := p.page.Sentences[p.page.Words[first].Sentence]
	from, to := p.Clause(first, last)
	for k := s.First; k < s.Last; k++ {
		if w := p.page.Words[k]; w.Number && len(w.Text) == 4 && w.Text >= year && w.Text < "2100" && p.isYear(k) {
			return false
		}
	}
	if p.Has(language.YearAfter, from, to) {
		return p.endsBeforeYear(s.First, to, year)
	}
	compared := last+1 < to && p.Has(language.Compared, last, last+1) && !p.changes(first, last)
	if compared && p.EarlierYear(last+1, to, year) {
		return true // "built since 1991"
	}
	return p.namesEarlier(from, to, year) || p.namesEarlier(s.First, min(s.Last, p.opening(s)), year)
}

// changes reports whether words [first, last) of the page are of a change up or down.
func (p *Page) changes(first, last int) bool {
	return p.Has(language.Lower, first, last) || p.Has(language.Higher, first, last)
}

// endsBeforeYear reports whether words [from, to) name a year whose next one is still before the given one.
func (p *Page) endsBeforeYear(from, to int, year string) bool {
	for k := from; k < to; k++ {
		if !p.IsYear(k) {
			continue
		}
		if y, err := strconv.Atoi(p.page.Words[k].Text); err == nil && strconv.Itoa(y+1) < year {
			return true
		}
	}
	return false
}

// namesEarlier reports whether words [from, to) name a year before the given one that is not only compared with.
func (p *Page) namesEarlier(from, to int, year string) bool {
	for k := from; k < to; k++ {
		if p.IsYear(k) && p.page.Words[k].Text < year && !p.isComparedWith(from, k) && !(dating{told{p.clauseOf(k, k+1)}}).goesOnInto(k, year) {
			return true
		}
	}
	return false
}

// isComparedWith reports whether the year at word k is only compared with, by words from word from on: right before it, or
// further away by two words or more ("compared with the same month of 2022").
func (p *Page) isComparedWith(from, k int) bool {
	if p.Has(language.Compared, max(from, k-3), k) {
		return true
	}
	c, ok := p.Last(language.Compared, max(from, k-maxCompared), k)
	return ok && c.Last-c.First > 1
}

// opening returns the word after the opening of a sentence, if that is a short time before a comma ("In 2023,
// …"), else its first word.
func (p *Page) opening(s text.Sentence) int {
	const longest = 4 // words
	for k := s.First + 1; k < s.Last && k <= s.First+longest; k++ {
		if p.page.Words[k].Clause != p.page.Words[s.First].Clause {
			return k
		}
	}
	return s.First
}

// IsYear reports whether word k of the page is a year and counts nothing.
func (p *Page) IsYear(k int) bool {
	w := p.page.Words[k]
	return w.Number && len(w.Text) == 4 && (w.Text[:2] == "19" || w.Text[:2] == "20") && p.isYear(k)
}

// laterYear reports whether words [from, to) of the page name a year after the given one, by less than 30 years.
func (p *Page) laterYear(from, to, year int) bool {
	for k := from; k < to; k++ {
		w := p.page.Words[k]
		if !w.Number || len(w.Text) != 4 {
			continue
		}
		if y, err := strconv.Atoi(w.Text); err == nil && y > year && y < year+30 && p.isYear(k) {
			return true
		}
	}
	return false
}

// isYear reports whether the four digits at word k name a year and count nothing.
func (p *Page) isYear(k int) bool {
	l, w := p.page.LanguageAt(k), p.page.Words
	beforeYear := l.DateWords["before_year"]
	if k > 0 && w[k-1].Sentence == w[k].Sentence && slices.Contains(beforeYear, w[k-1].Text) {
		return true
	}
	return k > 1 && p.endsPeriod(k) || number.IsOrdinal(p.page, l, k, k+1)
}

// endsPeriod reports whether word k is behind a part of a year such as "the end of", in its sentence.
func (p *Page) endsPeriod(k int) bool {
	w := p.page.Words
	return w[k-2].Sentence == w[k].Sentence &&
		slices.Contains(p.page.LanguageAt(k).DateParts.Before, w[k-2].Text+" "+w[k-1].Text)
}
