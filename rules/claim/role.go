package claim

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// This file decides what part the words have in their clause: whether something was done to them, or only for or about
// them, and whether the paper that they are in is one that reports results at all.

// role looks at the part that the words have.
type role struct{ told }

// maxPart is how many words before what only a part of was done may say so: "half the beds of the garden".
const maxPart = 6

// maxNounPhrase is how many words may be between a preposition and the noun that it governs.
const maxNounPhrase = 4

// isOblique reports whether the words are only what something was for, about or against: "leased a plot for a garden",
// "søknad om 600 000 kroner til lysløype". What was done to them is not told.
func (at role) isOblique() bool {
	l := at.page.LanguageAt(at.first)
	if at.isPast(at.first, at.last) && at.last-at.first == 1 || at.hasPast(at.first, at.last) {
		return false
	}
	for k := at.first - 1; k >= max(at.from, at.first-maxNounPhrase); k-- {
		w := at.page.Words[k]
		switch {
		case slices.Contains(l.Oblique, w.Text):
			return at.isOnlyDecided(k)
		case w.Number, slices.Contains(l.Prepositions, w.Text), at.hasPast(k, k+1), at.hasAuxiliary(k, k+1),
			slices.Contains(l.Cues[language.Coordinator], w.Text), slices.Contains(l.Cues[language.Locative], w.Text):
			return false
		}
	}
	return false
}

// isOnlyDecided reports whether the sentence before word k reports a step before what was done, or a paper or a
// request.
func (at role) isOnlyDecided(k int) bool {
	return slices.ContainsFunc(at.sentenceCues(), func(c Cue) bool {
		return c.Last <= k && slices.Contains(steps, c.Kind)
	})
}

// steps are kinds of cues that report a step before what was done.
var steps = []language.CueKind{language.Intent, language.Failure, language.RulePaper, language.PaperNoun,
	language.Speech, language.Wish, language.WeakWish, language.Genre, language.PlanNoun}

// isPartial reports whether only a part of the words was done, or they were only almost done: "half the garden", "halve
// lysløypa", "we almost opened".
func (at role) isPartial() bool {
	if at.Has(language.Partial, max(at.from, at.first-maxPart), at.first) || at.Has(language.Partial, at.last, at.to) {
		return true
	}
	return slices.ContainsFunc(at.sentenceCues(), func(c Cue) bool {
		return c.Kind == language.Almost && c.First >= at.from && c.Last < at.to && at.hasPast(c.Last, c.Last+1) &&
			c.Last <= at.first
	})
}

// maxPartner is how many words behind a word such as "with" may say who it was with.
const maxPartner = 3

// isWithOwn reports whether the words end in one such as "with", and who is behind it is no partner: part of the unit
// itself, by no name ("in cooperation with the committee"), or people that it serves, in their number ("worked with
// seven families").
func (at role) isWithOwn() bool {
	if at.last >= at.to || !at.Has(language.Comitative, at.last-1, at.last) {
		return false
	}
	w, l := at.page.Words, at.page.LanguageAt(at.last)
	end := min(at.to, at.last+maxPartner)
	_, counted := l.Numbers[w[at.last].Text]
	if served, ok := at.Last(language.Served, at.last, end); ok && (counted || w[at.last].Number) {
		return served.First > at.last
	}
	for k := at.last; k < at.to; k++ {
		if !w[k].Number && text.IsUpper(at.page.Runes[w[k].Start]) {
			return false // a name
		}
	}
	return at.Has(language.OwnBody, at.last, end) || l.Code == "nb" && len(w[at.last].Text) > maxPartner+1 &&
		strings.HasSuffix(w[at.last].Text, "kom")
}

// isSaidByPaper reports whether a paper "said" what the words say, before them in the sentence: who cites a paper of
// their own so is about to correct it.
func (at role) isSaidByPaper() bool {
	for _, c := range at.sentenceCues() {
		if c.Kind != language.PaperNoun || c.Last >= at.first {
			continue
		}
		if v, ok := at.Last(language.PaperSays, c.Last, at.first); ok && v.First <= c.Last+maxSaying &&
			v.Last <= at.first {
			return true
		}
	}
	return false
}

// maxSaying is how many words may be between a paper and the verb of what it says.
const maxSaying = 6

// maxGenre is how many words before the name of its kind a line may have.
const maxGenre = 3

// isOfOtherGenre reports whether the line of the words, or the title of the page that they are in a list below, names a
// kind of paper that reports no results: "Quotation 44:", "Quy chế câu lạc bộ:".
func (at role) isOfOtherGenre() bool {
	line := at.page.Words[at.first].Line
	if at.namesGenre(at.page.Lines[line], true) {
		return true
	}
	for k := line; k > 0 && k > line-maxListLines; k-- {
		if l := at.page.Lines[k]; l.First < l.Last && !at.isListed(k) {
			return false
		}
		if up := at.page.Lines[k-1]; up.First == 0 && up.First < up.Last {
			return at.namesGenre(up, false)
		}
	}
	return false
}

// isListed reports whether a line is one of a list or form: it begins with a bullet, number or time, or has a label.
func (at role) isListed(line int) bool {
	l := at.page.Lines[line]
	if (List{at.Page}).isBulleted(line) || at.page.Words[l.First].Number {
		return true
	}
	for k := l.First; k < min(l.Last, l.First+maxLabelWords); k++ {
		if strings.HasPrefix(at.page.Gap(k), ":") {
			return true
		}
	}
	return false
}

// namesGenre reports whether a line begins with a kind of paper that reports no results. own says that the words are in
// it.
func (at role) namesGenre(l text.Line, own bool) bool {
	sentence := at.page.Words[l.First].Sentence
	return slices.ContainsFunc(at.Cues(sentence), func(c Cue) bool {
		if c.Kind != language.Genre || c.First < l.First || c.First > l.First+1 || c.Last > l.Last {
			return false
		}
		for k := c.Last - 1; k < min(l.Last, c.Last+maxGenre+2); k++ {
			if own && k >= at.first {
				return false
			}
			if strings.HasPrefix(strings.TrimSpace(at.page.Gap(k)), ":") {
				return true
			}
		}
		return !own && l.Last-l.First <= maxLeadWords &&
			!strings.ContainsRune(".;", List{at.Page}.lastSign(at.page.Words[l.First].Line)) ||
			own && c.Last < at.first && at.page.Words[c.Last].Number
	})
}

// isDenied reports whether a short sentence behind that of the words takes them up and denies them: "Det var den ikke."
func (at role) isDenied() bool {
	next := at.page.Words[at.first].Sentence + 1
	if next >= len(at.page.Sentences) {
		return false
	}
	s := at.page.Sentences[next]
	if s.First >= s.Last || s.Last-s.First > maxDenial || !at.sameParagraph(s.First) ||
		!at.Has(language.Negator, s.First, s.Last) {
		return false
	}
	opening := min(s.Last, s.First+2)
	return at.Has(language.Third, s.First, opening) || at.Has(language.Anaphora, s.First, opening) ||
		at.Has(language.Pronoun, s.First, opening)
}

// maxDenial is how many words a sentence may have that does no more than deny the one before it.
const maxDenial = 6
