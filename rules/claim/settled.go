package claim

import (
	"slices"
	"strings"

	"kheo/internal/text/language"
	"kheo/rules/number"
)

// This file decides whether a passage against which nothing speaks has the signs that right ones have. What speaks
// against a claim is an open class: each paper has words for it that no list holds. What is there in nearly every
// passage that is right is not, see docs/evidence.md for the shares.

// What a passage lacks that nearly all right ones have.
const (
	LacksEnd  = "unclosed" // no full stop ends its sentence: what is behind a semicolon may turn it
	LacksCalm = "turns"    // what is behind it in its paragraph denies, limits, wishes or puts off something
	LacksLead = "led"      // a word before it makes it what a paper, a request or a resolution was about
	LacksHold = "bare"     // no time, no mention of the submitting unit, and no figure with a form of the past
)

// turns are kinds of cues that turn away from what was told. Whether they are about it cannot be told; passages with
// one behind them were right in 48 of 95 cases, those without in 232 of 263.
var turns = []language.CueKind{language.Negator, language.Adversative, language.Modal, language.Wish, language.WeakWish,
	language.Intent, language.Failure, language.Adverse, language.Setback, language.Undone, language.Turned,
	language.Check, language.Hearsay, language.Retracted, language.RulePaper, language.FutureTime, language.LaterTime,
	language.LyingAhead}

// leads are kinds of cues that make what follows them in their clause the subject of a paper, a request or a step.
var leads = []language.CueKind{language.PaperNoun, language.Genre, language.Intent, language.Instruction}

// Known is what is known of a passage beside its words.
type Known struct {
	Own   bool // the submitting unit is named in its clause, or a change is asked for
	Shown bool // its figures show the change that is asked for
	Asked bool // the clue asks for more than its words, such as a figure, and it is there
}

// Unsettled returns which sign words [first, last) of the page lack that right passages have; "" if they lack none:
// their sentence ends in a full stop; nothing behind them in their paragraph turns away from them; and it says when
// it was or who in the submitting unit did it, or their clause has a form of the past. The words must lie in one
// sentence.
func (p *Page) Unsettled(first, last int, known Known) string {
	at := settling{told{p.clauseOf(first, last)}, known}
	switch {
	case !at.isClosed():
		return LacksEnd
	case at.turnsBehind():
		return LacksCalm
	case !known.Asked && at.isLed():
		return LacksLead
	case !known.Own && !known.Asked && !at.isTangible():
		return LacksHold
	}
	return ""
}

// settling looks for the signs of a right passage.
type settling struct {
	told
	known Known
}

// isClosed reports whether a full stop or another sign that ends sentences is behind that of the words, or the end of a
// line whose item says when and that it was done, or has a figure. What is behind a semicolon is as often against a
// result as not, unless the part before it names a time: then 19 of 20 were right if nothing behind it turned away.
func (at settling) isClosed() bool {
	for end := at.page.Words[at.sentence.Last-1].End; end < len(at.page.Runes); end++ {
		switch r := at.page.Runes[end]; {
		case strings.ContainsRune(".!…", r):
			return true
		case r == ';':
			next := at.page.Words[at.first].Sentence + 1
			goesOn := next < len(at.page.Sentences) && at.turnsIn(next, at.page.Sentences[next].First)
			return at.isReportedPart() || at.isDated() || at.known.Shown || at.known.Asked && !goesOn
		case r == '\n':
			return at.known.Shown || at.known.Asked || at.isNote() || at.isCountedItem()
		}
	}
	return at.known.Shown || at.known.Asked || at.isNote() || at.isCountedItem()
}

// isReportedPart reports whether the words are in a list in one line whose first words say that what follows was done:
// "Kết quả năm 2025: (1) …; (2) …".
func (at settling) isReportedPart() bool {
	first, last := (List{at.Page}).inlineLead(at.first)
	return first < last && (at.Has(language.ResultLabel, first, last) || at.Has(language.Done, first, last))
}

// isCountedItem reports whether the words are in an item of a list with a figure: "• Swimming lessons: 18 evenings". Of
// such items that nothing else spoke against, all 10 were right.
func (at settling) isCountedItem() bool {
	s := at.sentence
	return (List{at.Page}).isBulleted(at.page.Words[at.first].Line) && at.hasNumber(s.First, s.Last)
}

// isNote reports whether the sentence has a date and a form of the past, or brackets say that it was done.
func (at settling) isNote() bool {
	s := at.sentence
	told := at.hasPast(s.First, s.Last) || at.Has(language.CarriedOut, s.First, s.Last)
	return told && (at.isDated() || (apart{at.told}).isMarkedInBrackets())
}

// turnsBehind reports whether a cue that turns away is behind the words, in their sentence or one of the next two of
// their paragraph.
func (at settling) turnsBehind() bool {
	n := at.page.Words[at.first].Sentence
	if at.turnsIn(n, at.last) || !at.known.Shown && at.dashes() {
		return true
	}
	for k := n + 1; k <= n+laterSentences && k < len(at.page.Sentences); k++ {
		s := at.page.Sentences[k]
		if s.First >= s.Last || !at.sameParagraph(s.First) || at.known.Asked {
			return false
		}
		if at.turnsIn(k, s.First) {
			return true
		}
	}
	return false
}

// dashes reports whether a dash behind the words goes on with something else: "opened in November – we gave the land".
func (at settling) dashes() bool {
	for k := at.last - 1; k < at.sentence.Last-1; k++ {
		if gap := at.page.Gap(k); strings.Contains(gap, " – ") || strings.Contains(gap, " — ") || gap == " - " {
			return true
		}
	}
	return false
}

// turnsIn reports whether a sentence, given its index, has a cue that turns away from word from on.
func (at settling) turnsIn(sentence, from int) bool {
	return slices.ContainsFunc(at.Cues(sentence), func(c Cue) bool {
		if c.First < from || !slices.Contains(turns, c.Kind) || at.isMonth(c) || at.known.Asked &&
			c.Kind != language.Adversative {
			return false
		}
		if later := c.Kind == language.LaterTime || c.Kind == language.FutureTime; later && at.isPastNear(c) {
			return false // "by autumn the bus carried 60"
		}
		return !at.isMet(c) && !(at.page.Words[at.first].Sentence == sentence && at.isHarmless(c))
	})
}

// isPastNear reports whether the clause of a cue has a form of the past.
func (at settling) isPastNear(c Cue) bool {
	from, to := at.Clause(c.First, c.Last)
	for k := from; k < to; k++ {
		own := k >= c.First && k < c.Last
		if !own && at.page.LanguageAt(k).IsPast(at.page.Words[k].Text) {
			return true
		}
	}
	return at.Has(language.Done, from, to)
}

// isHarmless reports whether a negator in the sentence of the words does not speak of them, a word such as "but" begins
// what has no more than such a negator ("the roof was repaired, but the windows were not repaired"), or a paper is what
// the verb of the words was done to.
func (at settling) isHarmless(c Cue) bool {
	b := beside{at.told}
	switch c.Kind {
	case language.Negator:
		return b.isAffirmed(c) || b.isBeside(c)
	case language.Adversative:
		n, ok := at.Last(language.Negator, c.Last, at.sentence.Last)
		return ok && b.isBeside(n)
	case language.Intent:
		change := at.Has(language.Lower, at.first, at.last) || at.Has(language.Higher, at.first, at.last)
		return change && at.hasNumber(at.from, at.to) // "injuries fell by 12 because everyone agreed to wear helmets"
	case language.RulePaper:
		return c.Last <= at.to // "all supported the plan"
	}
	return false
}

// isMet reports whether a plan, rule or resolution was kept or outdone: "vượt 2 đồng chí so với nghị quyết", "ahead of
// plan".
func (at settling) isMet(c Cue) bool {
	switch c.Kind {
	case language.Plan, language.WeakPlan, language.RulePaper, language.Intent:
	default:
		return false
	}
	s := at.page.Sentences[at.page.Words[c.First].Sentence]
	before := max(s.First, c.First-maxReach)
	return at.Has(language.Achieve, before, c.First) || at.Has(language.Compared, before, c.First) ||
		slices.ContainsFunc(at.Cues(at.page.Words[c.First].Sentence), func(m Cue) bool {
			return m.Kind == language.NotPlan && m.First <= c.First && m.Last >= c.Last
		})
}

// isLed reports whether a word before the words in their clause makes them the subject of a paper, a request or a step,
// with no form of the past between, or someone who checks is before them in their sentence and reports them.
func (at settling) isLed() bool {
	return slices.ContainsFunc(at.sentenceCues(), func(c Cue) bool {
		if c.Last > at.first {
			return false
		}
		if c.Kind == language.Checker {
			return !at.Has(language.Us, max(at.sentence.First, c.First-1), c.Last)
		}
		verb := c.Kind != language.Intent && at.Has(language.Done, max(at.from, c.First-1), c.First) // "đã thông báo"
		return c.First >= at.from && slices.Contains(leads, c.Kind) && !verb &&
			!at.hasPast(min(at.first, c.Last+1), at.first)
	})
}

// isTangible reports whether the sentence names a time or the submitting unit, the clause of the words has a form of
// the past, or a figure and a verb of work, or a heading or label before them says that what follows was done.
func (at settling) isTangible() bool {
	s := at.sentence
	if at.isDated() || at.Has(language.Us, at.from, at.to) || at.hasVerbOfPast(at.from, at.to) ||
		at.Has(language.CarriedOut, at.from, at.to) || (List{at.Page}).isReported(at.first) {
		return true
	}
	if at.Has(language.Body, at.from, at.first) || at.Has(language.Association, at.from, at.first) {
		return true
	}
	if at.hasNumber(s.First, s.Last) && (at.Has(language.ResultLabel, s.First, at.first) ||
		(apart{at.told}).isToldBehindLabel()) {
		return true
	}
	change := at.Has(language.Lower, at.from, at.to) || at.Has(language.Higher, at.from, at.to)
	return at.hasNumber(at.from, at.to) && (change || at.Has(language.Deed, at.from, at.to))
}

// hasVerbOfPast reports whether words [from, to) hold a form of the past other than "has", which may say what something
// has.
func (at settling) hasVerbOfPast(from, to int) bool {
	for k := from; k < to; k++ {
		if at.hasPast(k, k+1) && !slices.Contains(at.page.LanguageAt(k).PresentPerfect, at.page.Words[k].Text) {
			return true
		}
	}
	return false
}

// isDated reports whether the sentence names a time: a date, a year, a quarter, or one such as "this year".
func (at settling) isDated() bool {
	s := at.sentence
	if at.hasDate(s.First, s.Last) || at.Has(language.NowTime, s.First, s.Last) {
		return true
	}
	for k := s.First; k < s.Last; k++ {
		l, w := at.page.LanguageAt(k), at.page.Words[k]
		year := w.Number && number.IsYear(w.Text) && !strings.HasPrefix(at.page.Gap(k), " ") // "vụ thu 2024: …"
		day := isDayAndMonth(w.Text) && (l.Decimal != "." || strings.Contains(w.Text, "/"))
		if year || day || slices.Contains(l.Quarters.Before, w.Text) {
			return true
		}
	}
	return false
}
