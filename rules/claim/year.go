package claim

import (
	"slices"
	"strconv"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/date"
	"kheo/rules/number"
)

// EarlierYear reports whether words [from, to) of the page name a year before the given one, of four digits, and from
// 1950 on.
func (p *Page) EarlierYear(from, to int, year string) bool {
	for k := from; k < to; k++ {
		w := p.page.Words[k]
		if w.Number && len(w.Text) == 4 && w.Text < year && w.Text >= "1950" && p.isYear(k) && !IsOnlyNamed(p, k) {
			return true
		}
	}
	return false
}

// IsOnlyNamed reports whether the year at word k dates nothing else: it is that of a law or order, by words before it
// in its clause ("under the Forestry Act of 1967"), or of a day that is remembered ("kỷ niệm ngày 30/4/1975").
func IsOnlyNamed(p *Page, k int) bool {
	from, _ := p.Clause(k, k+1)
	return p.Has(language.Law, max(from, k-maxToLaw), k) || isRemembered(p, from, k)
}

// isRemembered reports whether a word such as "commemorating" is before the year at word k, from word from on, with
// nothing between them but the rest of its date.
func isRemembered(p *Page, from, k int) bool {
	l := p.page.LanguageAt(k)
	for i := k - 1; i >= max(from, k-maxToLaw); i-- {
		w := p.page.Words[i]
		if slices.ContainsFunc(p.Cues(w.Sentence), func(c Cue) bool {
			return c.Kind == language.Anniversary && c.Last == i+1 && (c.Last-c.First > 1 || l.Inflects())
		}) {
			return true
		}
		_, month := l.Months[w.Text]
		if !w.Number && !month && !slices.Contains(l.DateWords["day"], w.Text) &&
			!slices.Contains(l.DateWords["month"], w.Text) && !slices.Contains(l.DateWords["year"], w.Text) {
			return false
		}
	}
	return false
}

// maxToLaw is how many words before a year a law may begin whose year it is.
const maxToLaw = 5

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
		return endsBeforeYear(p, s.First, to, year)
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
func endsBeforeYear(p *Page, from, to int, year string) bool {
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
		if p.IsYear(k) && p.page.Words[k].Text < year && !p.isComparedWith(from, k) && !IsOnlyNamed(p, k) &&
			!(dating{told{p.clauseOf(k, k+1)}}).goesOnInto(k, year) {
			return true
		}
	}
	return false
}

// isComparedWith reports whether the year at word k is only compared with, by words from word from on: right before it,
// or further away by two words or more ("compared with the same month of 2022").
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
	return k > 1 && endsPeriod(p, k) || number.IsOrdinal(p.page, l, k, k+1)
}

// endsPeriod reports whether word k is behind a part of a year such as "the end of", in its sentence.
func endsPeriod(p *Page, k int) bool {
	w := p.page.Words
	return w[k-2].Sentence == w[k].Sentence &&
		slices.Contains(p.page.LanguageAt(k).DateParts.Before, w[k-2].Text+" "+w[k-1].Text)
}

// Years are the first and the last year of a campaign; 0 if they are not known.
type Years struct{ First, Last int }

// holds reports whether a part of a time is in the campaign.
func (y Years) holds(s date.Span) bool {
	return s.To >= y.First && s.From <= y.Last && !(s.Open && s.From < y.First)
}

// Bounds of the words between a verb and the date behind it, between a paper and the date that it has, before a date
// with a word that only compares, and between a verb and its date over brackets.
const (
	maxDateBehind = 2
	maxPaperDate  = 6
	maxChangeFrom = 3
	maxRunOn      = 12
	maxTimesUp    = 3 // sentences of the paragraph before that may say when the words were
	openingDate   = 3 // words of a sentence before the time that opens it

	maxYearsOpening = 8 // words of a clause about years that opens a sentence
)

// Outside reports how sure it is that words [first, last) of the page are told of a time before the campaign, and of
// one after it: by a date in any form in their clause, at the start of their sentence, or in the sentences of the
// paragraph before, or by a number of years that is longer than the campaign ("in the last 15 years").
func (p *Page) Outside(first, last int, years Years) (earlier, later Answer) {
	if years.First == 0 || years.Last == 0 {
		return No, No
	}
	at := outside{dating{told{p.clauseOf(first, last)}}, years}
	s := at.sentence
	times := date.Spans(p.page, s.First, at.endOfDate())
	now := slices.ContainsFunc(times, func(t date.Span) bool {
		return years.holds(t) && t.First >= at.from &&
			t.First < at.to
	}) ||
		at.isNow(at.from, at.to, times) || at.namesYearOf(at.from, at.to)
	elsewhere := now || slices.ContainsFunc(times, years.holds) || at.isNow(s.First, s.Last, times) ||
		at.namesYearOf(s.First, s.Last)
	for _, t := range times {
		answer := No
		switch {
		case years.holds(t), at.isOnlyNamed(t):
		default:
			answer = at.datedIn(t, times, now, elsewhere)
		}
		if t.From > years.Last {
			later = max(later, answer)
		} else {
			earlier = max(earlier, answer)
		}
	}
	if !now {
		earlier = max(earlier, at.ofManyYears())
	}
	if !elsewhere && len(times) == 0 {
		earlier = max(earlier, at.governed())
	}
	return earlier, later
}

// outside looks at times outside the campaign.
type outside struct {
	dating
	years Years
}

// endOfDate returns the word after the sentence, or after the year of a date that it ends in and a line break parts:
// "14. mars⏎2012".
func (at outside) endOfDate() int {
	s, w := at.sentence, at.page.Words
	if s.Last < len(w) && w[s.Last].Number && number.IsYear(w[s.Last].Text) && !at.isEnded(s) {
		return s.Last + 1
	}
	return s.Last
}

// isNow reports whether a word such as "now" is in words [from, to) and in no time that goes on: "since 2012 until
// now".
func (at outside) isNow(from, to int, times []date.Span) bool {
	return slices.ContainsFunc(at.sentenceCues(), func(c Cue) bool {
		return c.Kind == language.NowTime && c.First >= from && c.Last <= to &&
			!(c.Last < at.sentence.Last && at.IsYear(c.Last)) &&
			!slices.ContainsFunc(times, func(t date.Span) bool {
				return t.Open && c.First >= t.First-1 && c.Last <= t.Last || c.Last >= t.First &&
					t.From < at.years.First && at.isOpenedBy(t)
			})
	})
}

// namesYearOf reports whether words [from, to) name a bare year of the campaign.
func (at outside) namesYearOf(from, to int) bool {
	for k := from; k < to; k++ {
		if w := at.page.Words[k].Text; at.page.Words[k].Number && number.IsYear(w) {
			if y, _ := strconv.Atoi(w); y >= at.years.First && y <= at.years.Last && at.isYear(k) {
				return true
			}
		}
	}
	return false
}

// isOnlyNamed reports whether a time dates no deed: it is compared with, ends a period, or is the date of a paper or
// rule.
func (at outside) isOnlyNamed(t date.Span) bool {
	l, s := at.page.LanguageAt(t.First), at.sentence
	before := max(s.First, t.First-maxPaperDate)
	if at.Has(language.RulePaper, before, t.First) || at.Has(language.PaperNoun, before, t.First) {
		return true
	}
	if t.First > s.First && t.From > at.years.Last && slices.Contains(l.Until, at.page.Words[t.First-1].Text) {
		return true
	}
	since := at.isOpenedBy(t)
	if since {
		return at.changes(at.from, at.to)
	}
	return at.isComparedWith(s.First, t.First) || at.Has(language.PriorTime, before, t.First) ||
		at.changes(at.from, at.to) && at.Has(language.ChangeFrom, max(s.First, t.First-maxChangeFrom), t.First)
}

// isOpenedBy reports whether a word such as "since" opens a time that goes on.
func (at outside) isOpenedBy(t date.Span) bool {
	l, w := at.page.LanguageAt(t.First), at.page.Words
	for k := max(at.sentence.First, t.First-2); k < min(t.First+2, t.Last); k++ {
		if text.MatchAt(w, k, at.sentence.Last, w[k].Text) > 0 && slices.ContainsFunc(l.Since, func(since string) bool {
			return text.MatchAt(w, k, at.sentence.Last, since) > 0
		}) {
			return true
		}
	}
	return t.Open
}

// datedIn reports whether a time outside the campaign dates the words. now says that their clause has a time of the
// campaign, and elsewhere that their sentence has.
func (at outside) datedIn(t date.Span, times []date.Span, now, elsewhere bool) Answer {
	s := at.sentence
	own := t.First >= at.from && t.First < at.to
	figure := at.hasCount(times)
	switch {
	case isRemembered(at.Page, s.First, t.Last-1):
		return No
	case own && now:
		if t.First >= at.last && t.First <= at.last+maxDateBehind && !at.isOpenedBy(t) &&
			at.onlyPrepositions(at.last, t.First) {
			return Yes // "founded 14.03.2012 and …"
		}
		return No
	case own && at.isOpenedBy(t):
		if figure && !elsewhere && t.First < at.first {
			return Yes
		}
		return Maybe
	case own && t.First >= at.last && (at.hasPast(at.last, t.First) || at.Has(language.Relative, at.last, t.First) ||
		at.Has(language.Subordinator, at.last, t.First)):
		return Maybe // "renovated the hall that opened in March 2012"
	case own && t.First >= at.first && at.isOfYears(t):
		return Maybe // "the plan for 2026–2028"
	case own:
		return Yes
	case t.First >= at.to:
		if at.runsOnTo(t, times) {
			return Maybe // "after it ran [here] in November 2014, we …"
		}
		return No
	case !elsewhere && figure && at.isOpenedBy(t) && at.Has(language.NowTime, t.Last, at.first):
		return Yes // "bắt đầu từ năm 2000, đến nay đã cấp 739 suất"
	case elsewhere, at.Has(language.Contrast, s.First, t.First):
		return No
	case at.Has(language.Relative, max(s.First, t.First-maxPaperDate), t.First):
		return No
	case t.First > s.First+openingDate:
		return Maybe
	case at.isOpenedBy(t) && !figure:
		return Maybe
	}
	return Yes
}

// runsOnTo reports whether a time behind the clause of the words belongs to their verb: no other verb, nor "we", and no
// time of the campaign is between.
func (at outside) runsOnTo(t date.Span, times []date.Span) bool {
	from, to := at.last, t.First
	return to-from <= maxRunOn && !at.hasPast(from, to) && !at.hasAuxiliary(from, to) &&
		!at.Has(language.Us, from, to) &&
		!at.Has(language.Deed, from, to) && !at.Has(language.Relative, from, to) && !at.namesYearOf(from, to) &&
		!at.isNow(from, to, times) &&
		!slices.ContainsFunc(times, func(o date.Span) bool {
			return at.years.holds(o) && o.First >= at.first &&
				o.First < t.First
		})
}

// isOfYears reports whether a time is of whole years alone.
func (at outside) isOfYears(t date.Span) bool {
	for k := t.First; k < t.Last; k++ {
		l, w := at.page.LanguageAt(k), at.page.Words[k]
		if _, month := l.Months[w.Text]; month || w.Number && len(w.Text) != 4 && t.Last-t.First > 2 ||
			strings.Contains(w.Text, ".") {
			return false
		}
	}
	return t.To > t.From
}

// onlyPrepositions reports whether words [from, to) are prepositions, articles and words before a date.
func (at outside) onlyPrepositions(from, to int) bool {
	for k := from; k < to; k++ {
		l, w := at.page.LanguageAt(k), at.page.Words[k].Text
		if !slices.Contains(l.DateWords["before_year"], w) && !slices.Contains(l.DateWords["day"], w) &&
			!slices.Contains(l.DateWords["month"], w) &&
			!slices.Contains(l.Prepositions, w) && !slices.Contains(l.Articles, w) &&
			!slices.Contains(l.Cues[language.Locative], w) && w != "den" && w != "on" {
			return false
		}
	}
	return true
}

// hasCount reports whether the clause of the words has a number that is no part of a time.
func (at outside) hasCount(times []date.Span) bool {
	for k := at.from; k < at.to; k++ {
		inTime := slices.ContainsFunc(times, func(t date.Span) bool { return k >= t.First && k < t.Last })
		if !inTime && at.isNumber(k) && !at.IsYear(k) {
			return true
		}
	}
	return false
}

// ofManyYears reports whether the clause of the words, or the opening of their sentence, names a number of past years
// that is longer than the campaign: "in the last 15 years", "trong suốt 15 năm qua". It may be of one longer than is
// told: "over the years", "our first year".
func (at outside) ofManyYears() Answer {
	s, w := at.sentence, at.page.Words
	opening := s.First
	for k := s.First + 1; k < min(s.Last, s.First+maxYearsOpening) && opening == s.First; k++ {
		if w[k].Clause != w[s.First].Clause {
			opening = k
		}
	}
	unsure := false
	for k := s.First; k < s.Last; k++ {
		if k >= opening && (k < at.from || k >= at.to) {
			continue
		}
		l := at.page.LanguageAt(k)
		n, ok := at.countAt(k)
		for _, form := range l.PastYears {
			unit, isUnit := form.Years[wordBefore(w, k+1, s.Last)]
			if !ok || !isUnit || n*unit <= at.years.Last-at.years.First+1 {
				continue
			}
			before := len(form.Before) == 0 || slices.ContainsFunc(form.Before, func(b string) bool {
				m := len(strings.Fields(b))
				return k-m >= s.First && text.MatchAt(w, k-m, k, b) == m
			})
			behind := len(form.After) == 0 ||
				slices.ContainsFunc(form.After, func(a string) bool { return text.MatchAt(w, k+2, s.Last, a) > 0 })
			switch {
			case !before || !behind || at.isOfDate(k):
			case len(form.Opens) == 0 || k == s.First || w[k-1].Clause != w[k].Clause ||
				slices.Contains(form.Opens, w[k-1].Text):
				return Yes
			case !at.Has(language.NowTime, k+1, min(k+3, s.Last)): // "thôn 3 năm nay" is of this year
				unsure = true
			}
		}
	}
	if unsure || at.Has(language.AllYears, at.from, at.to) || at.Has(language.AllYears, s.First, opening) {
		return Maybe
	}
	return No
}

// isOfDate reports whether the number at word k is that of a day, a month or a quarter: "tháng 3 năm nay".
func (at outside) isOfDate(k int) bool {
	if k == at.sentence.First {
		return false
	}
	l, before := at.page.LanguageAt(k), at.page.Words[k-1].Text
	return slices.Contains(l.DateWords["day"], before) || slices.Contains(l.DateWords["month"], before) ||
		slices.Contains(l.Quarters.Before, before) || slices.Contains([]string{"/", "-", "–", "."}, at.page.Gap(k-1))
}

// wordBefore is word k, or "" from the given one on.
func wordBefore(w []text.Word, k, to int) string {
	if k >= to {
		return ""
	}
	return w[k].Text
}

// countAt reads the whole number at word k, in digits or as one word.
func (at outside) countAt(k int) (int, bool) {
	w := at.page.Words[k]
	if n, ok := at.page.LanguageAt(k).Numbers[w.Text]; ok {
		return int(n), true
	}
	n, err := strconv.Atoi(w.Text)
	return n, err == nil && len(w.Text) <= 2
}

// governed reports whether a sentence of the paragraph before that of the words says that they are of an earlier time,
// and none between them names another one. It surely does if the sentence goes on in theirs over a line break, or
// theirs states a total: "Since 2008 … . Tổng số ly sữa đã trao đạt hơn 33 triệu".
func (at outside) governed() Answer {
	w := at.page.Words
	n := w[at.first].Sentence
	for k := n - 1; k >= max(0, n-maxTimesUp); k-- {
		s := at.page.Sentences[k]
		if s.First >= s.Last || !at.followsOn(k) {
			return No
		}
		if at.Has(language.Founding, s.First, s.Last) && !at.Has(language.Us, s.First, s.Last) {
			return No
		}
		times := date.Spans(at.page, s.First, s.Last)
		for i := s.First; i < s.Last; i++ {
			if y, err := strconv.Atoi(w[i].Text); err == nil && number.IsYear(w[i].Text) && at.isYear(i) {
				times = append(times, date.Span{First: i, Last: i + 1, From: y, To: y})
			}
		}
		if len(times) == 0 {
			continue
		}
		if slices.ContainsFunc(times, at.years.holds) || at.isOfNowIn(s) {
			return No
		}
		return at.governedBy(s, times, k == n-1)
	}
	return No
}

// isOfNowIn reports whether a sentence has a word such as "now" that no year follows.
func (at outside) isOfNowIn(s text.Sentence) bool {
	c, ok := at.Last(language.NowTime, s.First, s.Last)
	return ok && !(c.Last < s.Last && at.IsYear(c.Last))
}

// governedBy is governed for a sentence with times that are not of the campaign; next says that the words are in the
// sentence behind it.
func (at outside) governedBy(s text.Sentence, times []date.Span, next bool) Answer {
	for _, t := range times {
		if t.From > at.years.Last || at.isComparedWith(s.First, t.First) && !at.opensSince(s, t) ||
			at.Has(language.RulePaper, max(s.First, t.First-maxPaperDate), t.First) {
			continue
		}
		opens := t.First <= s.First+openingDate
		broken := next && !at.isEnded(s)
		total := at.Has(language.Total, at.sentence.First, at.last) && at.hasNumber(at.from, at.to)
		switch {
		case broken && opens, total:
			return Yes
		case opens && len(at.page.LanguageAt(at.first).PastForms) == 0 && !at.Has(language.NowTime, at.sentence.First,
			at.sentence.Last), opens && at.hasPast(at.from, at.to):
			return Maybe
		}
	}
	return No
}

// opensSince reports whether a sentence begins with a word such as "since" and the time.
func (at outside) opensSince(s text.Sentence, t date.Span) bool {
	return t.First <= s.First+openingDate && slices.ContainsFunc(at.page.LanguageAt(s.First).Since,
		func(w string) bool {
			return text.MatchAt(at.page.Words, s.First, s.Last, w) > 0
		})
}

// followsOn reports whether nothing but a space or one line break is between a sentence, given its index, and the next
// one.
func (p *Page) followsOn(sentence int) bool {
	gap := p.page.Gap(p.page.Sentences[sentence].Last - 1)
	return strings.Count(gap, "\n") <= 1 && !strings.ContainsAny(gap, "\t•*#|")
}

// isEnded reports whether a sign that ends sentences is behind a sentence.
func (p *Page) isEnded(s text.Sentence) bool {
	return strings.ContainsAny(p.page.Gap(s.Last-1), ".!?:;…")
}
