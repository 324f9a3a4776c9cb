package claim

import (
	"slices"

	"kheo/internal/text/language"
)

// This file decides when the reason for which words claim nothing is itself unsure, so that a person is asked.

// refutation looks at the reason for which words claim nothing.
type refutation struct{ told }

// MayStand returns the doubt about words [first, last) of the page that Refuted refutes for the given reason, if the
// refutation is unsure; "" if it is sure.
func (p *Page) MayStand(first, last int, why string) string {
	at := refutation{told{p.clauseOf(first, last)}}
	against := why != Quoted && why != Wished && at.hasAgainst(at.from, at.to)
	if !against && at.isToldInFull() {
		if doubt := unsure[why]; doubt != "" {
			return doubt
		}
	}
	switch why {
	case Asked:
		if at.isAnswered() {
			return LacksDeed
		}
	case Negated:
		if at.isDoublyNegated() || at.isMadeUpFor() {
			return DoubtScope
		}
	case Quoted:
		if at.isOnlyInMarks() {
			return LacksReport
		}
	case Planned:
		if at.isPlannedApart() || at.isMadeUpFor() {
			return DoubtTime
		}
	case Wished:
		if at.isMadeUpFor() {
			return DoubtTime
		}
	}
	return ""
}

// isOnlyInMarks reports whether nothing but quotation marks speaks for a quotation, and the sentence has a figure: a
// mark that is never closed, or one that belongs to a name, makes quotations of what is told.
func (at refutation) isOnlyInMarks() bool {
	s := at.sentence
	return at.page.Words[at.first].Quoted && at.hasNumber(s.First, s.Last) && !at.isRule() && !at.isInstruction(
		at.page.Words[at.first].Sentence, at.first) && (List{at.Page}).isGuided(at.first) == "" &&
		!isSlogan(at.Page, at.first) && !at.Has(language.RuleText, s.First, s.Last) &&
		!at.Has(language.Prompt, s.First, s.Last) && !at.Has(language.RulePaper, s.First, s.Last)
}

// unsure are the doubts about what is told in full, by the reason for which it is refuted.
var unsure = map[string]string{Quoted: LacksReport, Negated: DoubtScope, Planned: DoubtTime, Wished: DoubtTime}

// isToldInFull reports whether the sentence has all that results have: a day or month, a figure and a form of the past,
// and nothing that gives points or is an article of rules. Of such passages that were refuted at first sight, 9 of 21
// were right.
func (at refutation) isToldInFull() bool {
	s := at.sentence
	settled := settling{at.told, Known{}}
	for _, kind := range []language.CueKind{language.Prompt, language.RuleText, language.Instruction,
		language.Addressed, language.Judging, language.FutureTime, language.Conditional, language.Milestone} {
		if at.Has(kind, s.First, s.Last) {
			return false
		}
	}
	return at.hasNumber(s.First, s.Last) && settled.isDated() && settled.hasVerbOfPast(s.First, s.Last) &&
		!(List{at.Page}).isArticle(at.first) && !at.givesPoints()
}

// Leans decides what people nearly always decide alike: whether words [first, last) of the page, about which there is
// the given doubt, count, or why they do not. It returns "" and false if it may be either. The classes are those that
// held in at least four of five sets of labelled passages and on natural papers, see docs/evidence.md.
func Leans(p *Page, first, last int, doubt string) (why string, counts bool) {
	at := settling{told{p.clauseOf(first, last)}, Known{}}
	s := at.sentence
	switch doubt {
	case LacksTime: // of an earlier time, and neither of "us" nor set against the present
		if !at.Has(language.Us, s.First, s.Last) && !at.Has(language.Contrast, s.First, s.Last) {
			return Earlier, false
		}
	case DoubtScope: // a negation, and nothing behind its clause
		if at.to == s.Last && !at.isDated() && !(refutation{at.told}).isDoublyNegated() {
			return Negated, false
		}
	case LacksReport: // it may be of rules, and has no figure
		if !at.hasNumber(s.First, s.Last) {
			return Quoted, false
		}
	case LacksLead: // behind the name of a paper, with a date; what somebody found who checks is theirs to say
		return "", at.hasDate(s.First, s.Last) && !at.Has(language.Checker, s.First, s.Last)
	}
	return "", false
}

// isAnswered reports whether the next sentence of the paragraph begins with a word for yes.
func (at refutation) isAnswered() bool {
	next := at.page.Words[at.first].Sentence + 1
	if next >= len(at.page.Sentences) {
		return false
	}
	s := at.page.Sentences[next]
	return s.First < s.Last && at.sameParagraph(s.First) &&
		slices.Contains(at.page.LanguageAt(s.First).Yes, at.page.Words[s.First].Text)
}

// isDoublyNegated reports whether two negations are in the sentence, or a negation of a failure, which may undo each
// other: "there is none who has not had a talk", "the class was not cancelled".
func (at refutation) isDoublyNegated() bool {
	var before *Cue
	for _, c := range at.sentenceCues() {
		if c.Kind != language.Negator && c.Kind != language.Failure && c.Kind != language.Undone {
			continue
		}
		if before != nil && before.Kind == language.Negator && c.First >= before.Last {
			near := c.First <= before.Last+maxFailureReach && c.Kind != language.Negator
			related := c.Kind == language.Negator && at.Has(language.Relative, before.Last, c.First)
			same := c.Kind == language.Negator && at.page.Words[c.First].Clause == at.page.Words[before.First].Clause
			if near || related || same {
				return true
			}
		}
		before = &c
	}
	return false
}

// isMadeUpFor reports whether a clause behind that of the words turns to what was done: "the drill planned for May was
// put off, but we made up for it in October".
func (at refutation) isMadeUpFor() bool {
	for _, c := range at.sentenceCues() {
		if c.Kind != language.Adversative || c.First < at.last || c.Last >= at.sentence.Last {
			continue
		}
		from, to := at.Clause(c.Last, c.Last+1)
		ours := at.Has(language.Us, from, to) || at.hasNumber(from, at.sentence.Last) ||
			at.hasDate(from, at.sentence.Last)
		against := slices.ContainsFunc(shadows,
			func(kind language.CueKind) bool { return at.Has(kind, c.Last, at.sentence.Last) })
		if ours && !against && (at.hasPast(c.Last, at.sentence.Last) ||
			at.Has(language.Deed, c.Last, at.sentence.Last)) {
			return true
		}
	}
	return false
}

// isPlannedApart reports whether a plan is only named in a clause before that of the words, which reports the present
// or has a form of the past: "after years in which it was but a plan, this year the village set up a troupe"; or
// whether it is a participle before the words: "all twelve planned workshops went ahead".
func (at refutation) isPlannedApart() bool {
	c, ok := at.Last(language.Plan, at.sentence.First, at.first)
	if !ok || at.Has(language.Plan, at.last, at.sentence.Last) || at.Has(language.FutureTime, at.sentence.First,
		at.first) {
		return false
	}
	if c.Last >= at.first-1 && at.page.LanguageAt(c.First).IsPast(at.page.Words[c.First].Text) && c.Last-c.First == 1 {
		return at.hasPast(at.last, at.to)
	}
	from, _ := at.Clause(c.First, c.Last)
	apart := from < at.from && at.page.Words[c.First].Clause != at.page.Words[at.first].Clause
	told := beside(at).isMarked() || at.Has(language.NowTime, c.Last, at.first) || at.hasDate(c.Last, at.to)
	return apart && told && !at.Has(language.Subordinator, max(at.sentence.First, c.First-1), c.First)
}
