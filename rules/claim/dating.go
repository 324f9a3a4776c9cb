package claim

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// This file decides whether words are told of a time before the campaign.

// dating looks at the times that a sentence names.
type dating struct{ told }

// Answer is how sure something is.
type Answer int

// The answers.
const (
	No Answer = iota
	Maybe
	Yes
)

// DatedEarlier reports whether words [first, last) of the page are told of a year before the given one, of four digits:
// one is named in their clause or at the start of their sentence, or in a short sentence that opens their paragraph, is
// not only compared with, and nothing in the sentence is of the given year or "now". It may be if the year is in
// another clause, or begins a time that goes on ("since 2019").
func (p *Page) DatedEarlier(first, last int, year string) Answer {
	if year == "" {
		return No
	}
	at := dating{told{p.clauseOf(first, last)}}
	s := at.sentence
	for k := s.First; k < s.Last; k++ {
		if at.IsYear(k) && p.page.Words[k].Text >= year {
			return No
		}
	}
	if at.isOfNow(at.from, at.first) {
		return No
	}
	earlier := p.Earlier(first, last, year)
	answer := No
	for k := s.First; k < s.Last && !earlier; k++ {
		if w := p.page.Words[k]; !w.Number || len(w.Text) < 4 || w.Text[:4] >= year || !at.opensYear(k) ||
			at.goesOnInto(k, year) || IsOnlyNamed(at.Page, k) {
			continue
		}
		answer = max(answer, at.datedBy(k))
	}
	switch {
	case earlier && at.isDatedElse():
		return Maybe
	case earlier, answer == Yes && !at.isDatedElse():
		return Yes
	case answer != No:
		return Maybe
	}
	if at.followsYear(year) {
		return Yes
	}
	return No
}

// maxCompared is how many words before a year may say that it is only compared with.
const maxCompared = 8

// datedBy reports whether the earlier year at word k dates the words.
func (at dating) datedBy(k int) Answer {
	from, _ := at.Clause(k, k+1)
	compared := at.Has(language.Compared, max(from, k-3), k) || at.Has(language.ChangeFrom, max(from, k-1), k)
	opens := from == at.sentence.First && k < at.first
	since := compared && slices.ContainsFunc(at.page.LanguageAt(k).Since, func(w string) bool {
		return from < k && at.page.Words[from].Text == strings.Fields(w)[0]
	})
	switch {
	case opens && since && !at.Has(language.Lower, at.from, at.to) && !at.Has(language.Higher, at.from, at.to):
		return Maybe // "since 2019 the club has trained 400"
	case k >= at.last && k < at.to && !at.changes(at.from, at.to) && (at.isSince(k) || at.isPeriod(k)):
		return Maybe // "đường làm từ năm 2016", "danh sách của giai đoạn 2021–2023"
	case k < at.from && from > at.sentence.First && at.Has(language.Relative, from, min(k, from+2)):
		return No // "the coach, who has held his licence since 1998, …"
	case compared, at.Has(language.Compared, max(from, k-maxCompared), k), at.Has(language.Contrast, from, k),
		k >= at.to:
		return No
	case k >= at.from && k < at.first:
		return Yes
	case k >= at.from:
		return No
	case opens && at.Has(language.Relative, from, k):
		return Maybe
	case opens:
		return Yes
	}
	return Maybe
}

// isSince reports whether the year at word k begins a time that goes on: "since 2016".
func (at dating) isSince(k int) bool {
	l := at.page.LanguageAt(k)
	for i := k - 1; i >= max(at.first, k-2); i-- {
		if slices.Contains(l.Since, at.page.Words[i].Text) {
			return true
		}
		if !slices.Contains(l.DateWords["year"], at.page.Words[i].Text) {
			return false
		}
	}
	return false
}

// isPeriod reports whether the year at word k is the first of a period of years.
func (at dating) isPeriod(k int) bool {
	if k+1 >= at.sentence.Last {
		return false
	}
	next := at.page.Words[k+1]
	return next.Number && len(next.Text) == 4 && next.Start-at.page.Words[k].End == 1 &&
		next.Text > at.page.Words[k].Text && next.Text < "2100"
}

// isDatedElse reports whether the sentence has another clause with a day or month, or a word such as "now": what is
// told of an earlier year may be what the words are compared with.
func (at dating) isDatedElse() bool {
	s := at.sentence
	if at.isOfNow(s.First, s.Last) {
		return true
	}
	for k := s.First; k < s.Last; k++ {
		l, w := at.page.LanguageAt(k), at.page.Words[k]
		if w.Clause == at.page.Words[at.first].Clause {
			continue
		}
		_, month := l.Months[w.Text]
		if month && text.IsLower(at.page.Runes[w.Start]) == (l.Code == "nb") && !at.IsYear(min(s.Last-1, k+1)) {
			return true
		}
	}
	return false
}

// isOfNow reports whether a word such as "now" is in words [from, to) of the sentence, and not one such as "since"
// before a year.
func (at dating) isOfNow(from, to int) bool {
	return slices.ContainsFunc(at.sentenceCues(), func(c Cue) bool {
		return c.Kind == language.NowTime && c.First >= from && c.Last <= to &&
			!(c.Last < at.sentence.Last && at.IsYear(c.Last))
	})
}

// followsYear reports whether the sentence before that of the words, in their paragraph, is of an earlier year, and is
// short, or names what the sentence takes up: "It was refurbished in 2017. This refurbishment renewed the roof."
func (at dating) followsYear(year string) bool {
	s := at.sentence
	sentence := at.page.Words[at.first].Sentence
	if sentence == 0 || at.Has(language.NowTime, s.First, s.Last) {
		return false
	}
	up := at.page.Sentences[sentence-1]
	short := up.First < up.Last && up.Last-up.First <= maxDateLine
	return up.First < up.Last && at.sameParagraph(up.First) && (short || at.takesUp(up)) &&
		at.datesEarlier(up.First, up.Last, year)
}

// Bounds of a noun that takes up the sentence before: words from the start of its sentence, and letters that it has in
// common with the word that it takes up.
const (
	maxTakenUp   = 5
	maxTakenStem = 7
)

// takesUp reports whether the sentence begins with a word such as "this" and a word that the given sentence has too, in
// this form or another one.
func (at dating) takesUp(up text.Sentence) bool {
	w, s := at.page.Words, at.sentence
	end := min(s.Last, s.First+maxTakenUp)
	if !at.Has(language.Demonstrative, s.First, end) {
		return false
	}
	for k := s.First; k < end; k++ {
		stem := []rune(w[k].Text)
		if at.page.LanguageAt(k).IsCommon(w[k].Text) || len(stem) < maxTakenUp && at.page.LanguageAt(k).Inflects() {
			continue
		}
		stem = stem[:min(len(stem), maxTakenStem)]
		for i := up.First; i < up.Last; i++ {
			if strings.HasPrefix(w[i].Text, string(stem)) && (at.page.LanguageAt(k).Inflects() ||
				w[i].Text == w[k].Text) {
				return true
			}
		}
	}
	return false
}

// datesEarlier reports whether words [from, to) hold a year before the given one that is not only compared
// with.
func (at dating) datesEarlier(from, to int, year string) bool {
	for k := from; k < to; k++ {
		w := at.page.Words[k]
		if !w.Number || len(w.Text) < 4 || w.Text[:4] >= year || !at.opensYear(k) {
			continue
		}
		if !at.isComparedWith(from, k) && !at.Has(language.ChangeFrom, max(from, k-1), k) {
			return true
		}
	}
	return false
}

// opensYear reports whether the number at word k is a year, or the first one of a school year or a period
// such as "2021/22" and "2020–2024".
func (at dating) opensYear(k int) bool {
	w := at.page.Words[k]
	if len(w.Text) == 4 {
		if at.IsYear(k) {
			return true
		}
		century := w.Text[:2] == "19" || w.Text[:2] == "20"
		gap := at.page.Gap(k)
		joined := gap != "" && strings.ContainsRune("–-/):", []rune(gap)[0])
		return century && joined
	}
	return false
}

// goesOnInto reports whether the year at word k begins a period that lasts until the given year or longer: "2023–2027".
func (at dating) goesOnInto(k int, year string) bool {
	if k+1 >= at.sentence.Last {
		return false
	}
	end := at.page.Words[k+1]
	if !end.Number || end.Start-at.page.Words[k].End != 1 {
		return false
	}
	short := len(end.Text) == 2 && end.Text == year[2:] && at.page.Words[k].Text[2:] < end.Text // "2024/25"
	return short || len(end.Text) == 4 && end.Text >= year && end.Text < "2100"
}

// isOfEarlierTime reports whether the clause, or a short opening of its sentence, dates the words years
// back or at a time that was named before.
func (at dating) isOfEarlierTime() bool {
	opening := at.timeOpening()
	if at.Has(language.Habit, at.last, at.sentence.Last) && at.opensWithTime() {
		return true // "when the club was young, volunteers visited ninety people each month"
	}
	return slices.ContainsFunc(at.sentenceCues(), func(c Cue) bool {
		inClause := c.First >= at.from && c.Last <= at.to
		return (inClause || c.Last <= opening) && at.datesBack(c)
	})
}

// opensWithTime reports whether a clause about a time without a date opens the sentence: "when …", "da …",
// "hồi …".
func (at dating) opensWithTime() bool {
	s := at.sentence
	word := at.page.Words[s.First].Text
	if !slices.Contains(at.page.LanguageAt(s.First).TimeOpeners, word) {
		return false
	}
	for k := s.First + 1; k < at.first; k++ {
		if at.page.Words[k].Clause != at.page.Words[s.First].Clause {
			return !at.hasDate(s.First, k)
		}
	}
	return false
}

// datesBack reports whether a cue in the clause or the opening of its sentence dates the words back, and is
// not what they are compared with.
func (at dating) datesBack(c Cue) bool {
	s := at.sentence
	switch c.Kind {
	case language.BackThen:
		return true
	case language.Ago:
		return c.First <= at.last+maxAgoReach && !at.Has(language.Compared, max(s.First, c.First-3), c.First)
	case language.EarlierTime:
		leads := (c.First == at.from || c.First == s.First) && c.Last <= at.first
		ends := c.First >= at.last && c.Last == at.to && !at.Has(language.Compared, at.first, c.First)
		return leads && !at.Has(language.NowTime, c.Last, s.Last) || ends
	}
	return false
}

// timeOpening returns the word after a short opening of the sentence and its comma, before the words; the
// first word of the sentence without one.
func (at dating) timeOpening() int {
	w, first := at.page.Words, at.sentence.First
	for k := first + 1; k <= min(at.first, first+maxTimeOpening); k++ {
		if w[k].Clause != w[first].Clause {
			return k
		}
	}
	return first
}
