package claim

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// This file decides by the forms of words whether something is told as done: tense and voice where a language
// has them, and else particles, figures and dates.

// isDone reports whether the words are told as done: they are, or their clause has, a form of the past or
// perfect; or they are an item of a list with a figure. In a language without tenses a word such as "đã"
// before them, a figure or a date shows it.
func (at told) isDone() bool {
	labelled := at.isLabelled()
	if len(at.page.LanguageAt(at.first).PastForms) == 0 {
		return at.isCarriedOut(labelled)
	}
	finite := at.isFinite(at.from, at.to)
	switch {
	case labelled && !finite:
		return false
	case at.hasPast(at.first, at.last):
		return !at.isReduced() && !at.isPresentPassive()
	case at.hasPast(at.from, at.first), at.hasPast(at.last, at.to):
		return true
	case at.isPast(at.first, at.last) && at.hasAuxiliary(at.from, at.first):
		return true
	}
	if (apart{at}).isToldApart() || (apart{at}).isToldBehindLabel() || (apart{at}).isMarkedInBrackets() {
		return true
	}
	result := at.Has(language.ResultLabel, at.sentence.First, at.first)
	return at.hasNumber(at.from, at.to) && (at.isFinite(at.from, at.to) || result || at.isItem())
}

// isPresentPassive reports whether the nearest auxiliary before the words is of the present, in a language
// whose present passive says what is usual or planned: "alarms are fitted by volunteers". A word such as
// "now" makes it a state.
func (at told) isPresentPassive() bool {
	if !at.page.LanguageAt(at.first).PresentPassive || at.Has(language.Settled, at.from, at.to) {
		return false
	}
	for k := at.first - 1; k >= at.from; k-- {
		l, w := at.page.LanguageAt(k), at.page.Words[k].Text
		if slices.Contains(l.PresentForms, w) {
			return true
		}
		if l.IsPast(w) || slices.Contains(l.Cues[language.Subordinator], w) {
			return false
		}
	}
	return false
}

// maxItemWords is how many words a note or an item of a list without a verb has at most.
const maxItemWords = 12

// isItem reports whether the sentence is an item of a list, with a bullet or number before it, or a short note that no
// full stop closes.
func (at told) isItem() bool {
	s := at.sentence
	if at.page.Words[s.First].CellStart && !text.IsWordRune(at.page.Runes[at.page.Lines[at.page.Words[s.First].Line].Start]) {
		return true
	}
	end := at.page.Words[s.Last-1].End
	closed := end < len(at.page.Runes) && strings.ContainsRune(".;!", at.page.Runes[end])
	return s.Last-s.First <= maxItemWords && (!closed || at.Has(language.Lower, at.first, at.last) ||
		at.Has(language.Higher, at.first, at.last))
}

// isFinite reports whether words [from, to) hold an auxiliary, or "we", whose verb is one.
func (at told) isFinite(from, to int) bool {
	return at.hasAuxiliary(from, to) || at.Has(language.Us, from, to)
}

// isCarriedOut is isDone for a language without tenses. What something befell afterwards is not certified.
func (at told) isCarriedOut(labelled bool) bool {
	if at.isBefallen() {
		return false
	}
	if at.Has(language.Done, at.last, at.to) && at.Has(language.Achieve, at.last, at.to) {
		return true // "việc lắp đặt đã hoàn thành"
	}
	if (apart{at}).isToldBehindLabel() || (apart{at}).isMarkedInBrackets() {
		return true
	}
	if at.isNominal() {
		return at.Has(language.Achieve, at.last, at.to) && at.Has(language.CarriedOut, at.from, at.to)
	}
	if at.isLeft() {
		return false
	}
	before := at.Has(language.CarriedOut, at.from, at.first) || at.Has(language.Done, at.sentence.First, at.first)
	before = before || List{at.Page}.isReported(at.first)
	if before || at.Has(language.CarriedOut, at.first, at.to) {
		return before || !at.Has(language.Done, at.last, at.to) || at.isSubject() // "the money raised was paid back"
	}
	s := at.sentence
	return !labelled && !at.isScheduled() && at.hasVerb() &&
		(at.hasNumber(s.First, s.Last) || at.hasDate(s.First, s.Last))
}

// hasVerb reports whether the clause has a verb by which work is reported, or a word of change, or the words are a verb
// of another language.
func (at told) hasVerb() bool {
	for k := at.first; k < at.last; k++ {
		if slices.ContainsFunc(language.All(),
			func(l *language.Language) bool { return l.IsPast(at.page.Words[k].Text) }) {
			return true // in a sentence that is too short for its language to be known
		}
	}
	return at.Has(language.Deed, at.from, at.to) || at.Has(language.Lower, at.from, at.to) ||
		at.Has(language.Higher, at.from, at.to)
}

// isSubject reports whether words such as "đã" follow the words, all but right behind them, and what they are the
// subject of did not fail: "19 hộ nghèo đã làm đơn".
func (at clause) isSubject() bool {
	reach := maxSubjectReach
	if (told{at}).hasNumber(max(at.from, at.first-maxSubjectReach), at.last) {
		reach = maxCountedReach
	}
	c, ok := at.Last(language.Done, at.last, min(at.to, at.last+reach))
	return ok && !at.Has(language.Failure, c.Last, at.to) && !at.Has(language.Undone, c.Last, at.to) &&
		!at.Has(language.Adverse, c.Last, at.to)
}

// maxSubjectReach is how many words behind a subject its "đã" may be, and maxCountedReach how many if a number counts
// the subject.
const (
	maxSubjectReach = 6
	maxCountedReach = 14
)

// isLeft reports whether a number before the words says how many of them are left: "còn 33 nhà tạm".
func (at clause) isLeft() bool {
	c, ok := at.Last(language.Remaining, max(at.from, at.first-maxNounPhrase), at.first)
	if !ok {
		return false
	}
	return (told{at}).hasNumber(c.Last, at.first) && !at.Has(language.Done, at.from, c.First)
}

// isNominal reports whether a word such as "việc" makes a noun of the words: whether it was done is said elsewhere.
func (at clause) isNominal() bool {
	n, ok := at.Last(language.Nominal, max(at.from, at.first-2), at.first)
	change := at.Has(language.Lower, at.first, at.last) || at.Has(language.Higher, at.first, at.last)
	return ok && n.Last == at.first && !change && !(told{at}).hasNumber(max(at.from, n.First-2), n.First)
}

// isScheduled reports whether nothing but a date is before the words in their clause, as in a calendar:
// "ngày 12 ra mắt cổng thông tin" names no one who did it.
func (at told) isScheduled() bool {
	for k := at.from; k < at.first; k++ {
		if !at.page.Words[k].Number && !at.isDateWord(k) {
			return false
		}
	}
	return at.from < at.first && at.hasDate(at.from, at.first)
}

// isBefallen reports whether something befell what the words report: a word such as "bị" is right behind
// them, or behind one such as "đã" in their clause.
func (at told) isBefallen() bool {
	return slices.ContainsFunc(at.sentenceCues(), func(c Cue) bool {
		return c.Kind == language.Adverse && c.First >= at.last && c.Last <= at.to &&
			(c.First <= at.last+1 || at.Has(language.Done, c.First-1, c.First))
	})
}

// isLabelled reports whether a label with a colon is before the words in their sentence, and does not say
// that what follows is a result: it has no form of the past, no year or month and no such word.
func (at told) isLabelled() bool {
	s := at.sentence
	for k := s.First; k < min(at.first, s.First+maxLabelWords); k++ {
		if gap := at.page.Gap(k); strings.HasPrefix(gap, ":") && len(gap) > 1 { // not "1:15"
			if at.hasDate(s.First, k+1) || isDayAndMonth(at.page.Words[s.First].Text) {
				return false // a log: "12 June, 17 people: …"
			}
			result := at.Has(language.ResultLabel, s.First, k+1) || at.hasPast(s.First, k+1)
			return !result && !at.Has(language.Us, s.First, k+1)
		}
	}
	return false
}

// isPast reports whether one of words [from, to) has the form of the past or of a participle.
func (at told) isPast(from, to int) bool {
	for k := from; k < to; k++ {
		l, w := at.page.LanguageAt(k), at.page.Words[k].Text
		if l.IsPast(w) || hasEnding(w, l.Participles) {
			return true
		}
	}
	return false
}

// hasPast reports whether words [from, to) hold a form of the past.
func (at told) hasPast(from, to int) bool {
	for k := from; k < to; k++ {
		if at.page.LanguageAt(k).IsPast(at.page.Words[k].Text) || at.isVerbByPlace(k) {
			return true
		}
	}
	return from < to && at.Has(language.Done, from, to)
}

// isReduced reports whether the words are a participle behind their noun, and what is told of it comes
// later: "the shed built in May was pulled down".
func (at told) isReduced() bool {
	if at.hasAuxiliary(at.from, at.first) {
		return false
	}
	for k := at.last; k < at.to; k++ {
		for _, c := range at.sentenceCues() {
			joins := c.Kind == language.Coordinator || c.Kind == language.Subordinator || c.Kind == language.Relative
			if joins && c.First == k {
				return false
			}
		}
		if at.hasAuxiliary(k, k+1) {
			return true
		}
	}
	return false
}

// shortestVerb is the length in code points of the shortest verb that isVerbByPlace takes for one.
const shortestVerb = 6

// openingParticiples are endings of Norwegian participles by which an item of a list begins that is one.
var openingParticiples = []string{"et", "ert", "ørt", "agt", "tatt", "ått", "dt"}

// hasEnding reports whether a word ends in one of the endings.
func hasEnding(word string, endings []string) bool {
	return slices.ContainsFunc(endings, func(end string) bool { return strings.HasSuffix(word, end) })
}

// isVerbByPlace reports whether word k ends as participles do, which definite nouns of Norwegian do too,
// and no article, preposition or number before it says that it is a noun: "20. mai undertegnet lederen".
func (at told) isVerbByPlace(k int) bool {
	w, l := at.page.Words[k], at.page.LanguageAt(k)
	if k == at.sentence.First && w.CellStart && l.Code == "nb" && w.End-w.Start >= shortestVerb {
		return !at.hasAuxiliary(k, at.sentence.Last) && hasEnding(w.Text, openingParticiples) // "- Gjennomført kurs"
	}
	short := w.End-w.Start < shortestVerb || text.IsUpper(at.page.Runes[w.Start])
	if short || k <= at.sentence.First || l.Code != "nb" ||
		!hasEnding(w.Text, l.Participles) {
		return false
	}
	before := at.page.Words[k-1]
	lists := [][]string{l.Articles, l.Prepositions, l.Cues[language.Locative], l.Cues[language.Coordinator]}
	return !before.Number && !slices.ContainsFunc(lists, func(list []string) bool {
		return slices.Contains(list, before.Text)
	})
}

// hasAuxiliary reports whether words [from, to) hold an auxiliary.
func (at told) hasAuxiliary(from, to int) bool {
	for k := from; k < to; k++ {
		l, w := at.page.LanguageAt(k), at.page.Words[k].Text
		if slices.Contains(l.Cues[language.Perfect], w) || slices.Contains(l.Cues[language.Done], w) ||
			slices.Contains(l.PresentForms, w) {
			return true
		}
	}
	return false
}

// isDetailed reports whether something definite is told: a figure, a date, a name within the sentence, or a
// whole clause with its tense, and not only words of an item or a note.
func (at told) isDetailed() bool {
	s := at.sentence
	if at.hasNumber(s.First, s.Last) || at.hasDate(s.First, s.Last) {
		return true
	}
	isVerb := at.isPast(at.first, at.last) || at.hasPast(at.first, at.last)
	if len(at.page.LanguageAt(at.first).PastForms) > 0 && !isVerb {
		return false
	}
	if at.hasName(s.First+1, s.Last) {
		return true
	}
	if at.hasAuxiliary(at.from, at.to) || at.Has(language.Us, at.from, at.to) {
		return true
	}
	l := at.page.LanguageAt(at.first)
	if len(l.PastForms) == 0 {
		return at.Has(language.CarriedOut, at.from, at.to)
	}
	return at.first > at.from && at.isPast(at.first, at.last) // a preterite behind its subject
}

// hasNumber reports whether words [from, to) hold a number that counts something, in figures or words, or a
// fraction.
func (at told) hasNumber(from, to int) bool {
	for k := from; k < to; k++ {
		if at.isNumber(k) && !at.IsYear(k) {
			return true
		}
	}
	return from < to && at.Has(language.Fraction, from, to)
}

// isNumber reports whether word k is a number, other than "one", which is an article too, and in Vietnamese
// "năm", which is a year too.
func (at told) isNumber(k int) bool {
	w := at.page.Words[k]
	if w.Number {
		return true
	}
	l := at.page.LanguageAt(k)
	v, named := l.Numbers[w.Text]
	return named && v >= 2 && !slices.Contains(l.NotAfterTen, w.Text)
}

// hasDate reports whether words [from, to) hold a year, a month, or in a language whose months have no
// names a word such as "month" and a number.
func (at told) hasDate(from, to int) bool {
	for k := from; k < to; k++ {
		l, w := at.page.LanguageAt(k), at.page.Words[k]
		_, month := l.Months[w.Text]
		if month && text.IsLower(at.page.Runes[w.Start]) == (l.Code == "nb") || at.IsYear(k) {
			return true
		}
		if len(l.Months) > 0 || k+1 >= to || !at.page.Words[k+1].Number {
			continue
		}
		if at.isDateWord(k) {
			return true
		}
	}
	return false
}

// isDateWord reports whether word k is one such as "day", "month" or "year".
func (at told) isDateWord(k int) bool {
	l, w := at.page.LanguageAt(k), at.page.Words[k].Text
	return slices.ContainsFunc([]string{"day", "month", "year"}, func(unit string) bool {
		return slices.Contains(l.DateWords[unit], w)
	})
}

// hasName reports whether words [from, to) hold a word with a capital letter.
func (at told) hasName(from, to int) bool {
	for k := from; k < to; k++ {
		if w := at.page.Words[k]; text.IsUpper(at.page.Runes[w.Start]) && w.End-w.Start > 1 {
			return true
		}
	}
	return false
}

// TellsBehind reports whether what is behind a label that ends before a word, in its sentence, is told as done with a
// figure: "Training: 40 people were trained".
func (p *Page) TellsBehind(label int) bool {
	at := told{p.clauseOf(label-1, label)}
	s := at.sentence
	return label < s.Last && at.hasNumber(label, s.Last) &&
		(at.hasPast(label, s.Last) || at.Has(language.CarriedOut, label, s.Last))
}
