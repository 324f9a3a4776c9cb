package claim

import (
	"slices"

	"kheo/internal/text/language"
)

// This file finds what a paper says of a body in each of its reports: when it was founded, and what for. That tells of
// no founding in the campaign.

// origin looks at a verb of founding and what is around it.
type origin struct{ dating }

// maxFoundingDate is how many words may be between a verb and the year that dates it, and maxOrigin between a word such
// as "since" or "anniversary" and a verb of founding.
const (
	maxFoundingDate = 4
	maxOrigin       = 7
)

// OfOrigin reports whether words [first, last) of the page are a verb of founding that speaks of how a body began
// before the given year, of four digits, or of none: an anniversary ("kỷ niệm 20 năm ngày thành lập"), a year behind
// the verb ("stiftet 1920"). It may be what is said without a date, behind a word such as "since" or before what the
// body is for ("the committee was set up to assist the treasurer").
func OfOrigin(p *Page, first, last int, year string) Answer {
	at := origin{dating{told{p.clauseOf(first, last)}}}
	switch {
	case !at.Has(language.Founding, first, last):
		return No
	case at.isDatedBehind(year), at.isOfAnniversary():
		return Yes
	case at.isSinceThen(), at.isStandingPurpose():
		return Maybe
	}
	return No
}

// isDatedBehind reports whether a year before the given one dates the verb from behind, with nothing but a preposition,
// a day and a month between: "founded in September 2015 and registered on 2 May 2017".
func (at origin) isDatedBehind(year string) bool {
	w := at.page.Words
	for k := at.last; k < min(at.to, at.last+maxFoundingDate); k++ {
		l := at.page.LanguageAt(k)
		_, month := l.Months[w[k].Text]
		switch {
		case w[k].Number && len(w[k].Text) == 4 && w[k].Text >= "1500" && w[k].Text < "2100":
			return year != "" && w[k].Text < year && (k == at.last || at.IsYear(k))
		case month, w[k].Number, slices.Contains(l.DateWords["before_year"], w[k].Text),
			slices.Contains(l.DateWords["month"], w[k].Text), slices.Contains(l.DateWords["day"], w[k].Text),
			slices.Contains(l.Prepositions, w[k].Text), slices.Contains(l.Cues[language.Locative], w[k].Text):
		default:
			return false
		}
	}
	return false
}

// isOfAnniversary reports whether the verb is what an anniversary is of: a preposition is between them ("the
// anniversary of the founding"), or, in Vietnamese, "ngày" or a number of years before the verb makes a noun of it.
func (at origin) isOfAnniversary() bool {
	c, ok := at.Last(language.Anniversary, max(at.from, at.first-maxOrigin), at.first)
	if !ok || c.Last >= at.first || at.Has(language.Us, c.Last, at.first) {
		return false
	}
	l := at.page.LanguageAt(at.first)
	if l.Code == "vi" {
		return at.isNoun() && !at.Has(language.Done, c.Last, at.first)
	}
	return slices.Contains(l.Prepositions, at.page.Words[c.Last].Text)
}

// isNoun reports whether a word for a day, or a number of years, is before the verb of a language without endings.
func (at origin) isNoun() bool {
	l, w := at.page.LanguageAt(at.first), at.page.Words
	k := at.first - 1
	return k >= at.from && (slices.Contains(l.DateWords["day"], w[k].Text) ||
		k > at.from && w[k-1].Number && slices.Contains(l.DateWords["year"], w[k].Text))
}

// isSinceThen reports whether a word such as "since" begins a clause whose verb this is, and no date is between
// ("since the club was founded", "từ khi thành lập"), or the sentence says what the body was before.
func (at origin) isSinceThen() bool {
	if at.Has(language.Forerunner, at.sentence.First, at.first) {
		return true
	}
	c, ok := at.Last(language.Origin, max(at.from, at.first-maxOrigin), at.first)
	if !ok || at.hasDate(c.Last, at.first) {
		return false
	}
	for k := c.Last; k < at.first; k++ {
		if slices.Contains(at.page.LanguageAt(k).PresentPerfect, at.page.Words[k].Text) {
			return false // "since May we have formed three clubs"
		}
	}
	return true
}

// isStandingPurpose reports whether the clause says of a body that is known what it was founded for, and nothing in the
// sentence says when: its subject is definite, or in Vietnamese no word says that it was done, and a word of purpose is
// behind the verb.
func (at origin) isStandingPurpose() bool {
	s := at.sentence
	if at.hasDate(s.First, s.Last) || at.Has(language.NowTime, s.First, s.Last) ||
		at.Has(language.Us, at.from, at.first) {
		return false
	}
	aimed := at.Has(language.Purpose, at.last, s.Last) || at.Has(language.Infinitive, at.last, s.Last) ||
		at.Has(language.Aim, at.last, s.Last)
	if !aimed {
		return false
	}
	if at.page.LanguageAt(at.first).Code == "vi" {
		return at.Has(language.CarriedOut, max(at.from, at.first-1), at.first) &&
			!at.Has(language.Done, at.from, at.first) &&
			!at.hasNumber(at.from, at.to)
	}
	return at.hasAuxiliary(max(at.from, at.first-2), at.first) && at.isDefinite(at.from)
}

// isDefinite reports whether the noun phrase at word k is of what is known: it begins with "the" or "it", or its first
// noun has the ending of one.
func (at origin) isDefinite(k int) bool {
	l, w := at.page.LanguageAt(k), at.page.Words[k].Text
	if l.Code == "en" {
		return w == "the" || at.Has(language.Third, k, k+1)
	}
	return at.Has(language.Third, k, k+1) || len(w) > maxOrigin-2 && (w[len(w)-2:] == "en" || w[len(w)-2:] == "et")
}
