package claim

import (
	"slices"

	"kheo/internal/text/language"
)

// This file finds what is said beside a result and speaks against it: clauses behind it that deny, wish or put
// something off, and verbs that report a step before what was done.

// beside looks at what is told beside a result.
type beside struct{ told }

// shadows are kinds of cues that speak against a result in a clause behind it. Whether they are about it cannot be told
// without a parser, so that they leave it open.
var shadows = []language.CueKind{language.Negator, language.NoObject, language.Failure, language.Undone,
	language.Setback, language.LyingAhead}

// turnedShadows are kinds of cues that do so only behind a word such as "but", or if nothing marks the result as done:
// what is done may go on in the same sentence.
var turnedShadows = []language.CueKind{language.Wish, language.WeakWish, language.Plan, language.WeakPlan,
	language.Conditional, language.Modal}

// isShadowed reports whether a clause behind that of the words, in their sentence, denies, wishes, plans or puts off
// something: "the roof was mended, but the walls must wait", "đã nộp hồ sơ nhưng chưa được xét".
func (at beside) isShadowed() bool {
	return slices.ContainsFunc(at.sentenceCues(), func(c Cue) bool {
		if c.First < at.to && !(c.Kind == language.Setback && c.First >= at.last) || at.isMonth(c) {
			return false
		}
		switch {
		case slices.Contains(turnedShadows, c.Kind):
			return (at.turns(c) || c.Kind != language.Modal && !at.isMarked()) && !at.isReached(c)
		case c.Kind == language.Negator, c.Kind == language.NoObject:
			return !at.isAffirmed(c) && !at.isBeside(c)
		}
		return slices.Contains(shadows, c.Kind)
	})
}

// follows reports whether the clause of the words says what followed from something that failed, in a clause before it:
// "toàn bộ 600 liều phải hủy, thành thử đợt tiêm coi như bỏ".
func (at beside) follows() bool {
	c, ok := at.Last(language.Consecutive, max(at.sentence.First, at.from-1), at.first)
	return ok && (at.Has(language.Failure, at.sentence.First, c.First) ||
		at.Has(language.Setback, at.sentence.First, c.First))
}

// turns reports whether a word such as "but" is between the words and a cue behind them, in its clause.
func (at beside) turns(c Cue) bool {
	from, _ := at.Clause(c.First, c.Last)
	return at.Has(language.Adversative, at.last, c.First) || from > at.last &&
		at.Has(language.Adversative, max(at.sentence.First, from-1), c.First)
}

// isMarked reports whether the clause of the words has a form of the past, or a word such as "đã".
func (at beside) isMarked() bool {
	return at.hasPast(at.from, at.to) || at.Has(language.Done, at.from, at.to)
}

// isBeside reports whether a negator behind the words does not speak of them: it is one such as "without" or is before
// a preposition ("without help", "but not by the council"), it opens its clause as its subject without "but" ("nobody
// was against it"), or its clause repeats the words for something else ("but the windows were not repaired").
func (at beside) isBeside(c Cue) bool {
	from, to := at.Clause(c.First, c.Last)
	w := at.page.Words
	switch {
	case at.Has(language.Subordinator, c.First, c.First+1):
		return true
	case c.Last < to && slices.Contains(at.page.LanguageAt(c.Last).Prepositions, w[c.Last].Text):
		return true
	case c.First <= from+1 && at.isQuantifier(c) && !at.turns(c):
		return true
	}
	for k := from; k < to; k++ {
		if w[k].Text == w[at.first].Text || at.repeatsDeed(k) {
			return true
		}
	}
	return false
}

// repeatsDeed reports whether word k is a verb of what was done that is in the clause of the words too.
func (at beside) repeatsDeed(k int) bool {
	if !at.hasDeed(k, k+1) {
		return false
	}
	for i := at.from; i < at.to; i++ {
		if at.page.Words[i].Text == at.page.Words[k].Text {
			return true
		}
	}
	return false
}

// isQuantifier reports whether a cue is, or ends in, a word for no one: "no one", "không ai".
func (at beside) isQuantifier(c Cue) bool {
	if c.Kind == language.NoObject {
		return true
	}
	return at.Has(language.NoObject, c.First, min(at.sentence.Last, c.First+2)) ||
		at.Has(language.NoneOf, c.First, min(at.sentence.Last, c.Last+1))
}

// isAffirmed reports whether a negator is one of two in its clause, which undo each other: "nothing is now without a
// number".
func (at beside) isAffirmed(c Cue) bool {
	if c.Kind != language.Negator && c.Kind != language.NoObject {
		return false
	}
	from, to := at.Clause(c.First, c.Last)
	return slices.ContainsFunc(at.sentenceCues(), func(other Cue) bool {
		negates := other.Kind == language.Negator || other.Kind == language.NoObject
		return negates && other.First >= from && other.Last <= to && (other.First >= c.Last || other.Last <= c.First)
	})
}

// maxReach is how many words may be between a verb such as "exceeded" and the plan that was.
const maxReach = 5

// isReached reports whether a plan was reached or outdone: "vượt 3% chỉ tiêu".
func (at beside) isReached(c Cue) bool {
	if c.Kind != language.Plan && c.Kind != language.WeakPlan {
		return false
	}
	before := max(at.sentence.First, c.First-maxReach)
	return at.Has(language.Achieve, before, c.First) || at.Has(language.Compared, before, c.First)
}

// maxIntent is how many words may be between the words and a verb of a step before what was done.
const maxIntent = 6

// isIntended reports whether the verb of the clause that is nearest to the words reports a step before what was done:
// "applied for", "approved", "đăng ký". It is before them with no other verb between, or behind them with nothing but
// auxiliaries between.
func (at beside) isIntended() bool {
	if at.hasFigures() && (at.Has(language.Lower, at.first, at.last) || at.Has(language.Higher, at.first, at.last)) {
		return false // "đơn kiến nghị giảm từ 64 xuống 7"
	}
	if at.isResolved() || at.isBegun() {
		return true
	}
	c, ok := at.Last(language.Intent, max(at.from, at.first-maxIntent), at.first)
	if ok && !at.hasDeed(c.Last, at.first) && !at.Has(language.Done, c.Last, at.first) {
		return true
	}
	return slices.ContainsFunc(at.sentenceCues(), func(c Cue) bool {
		behind := c.Kind == language.Intent && c.First >= at.last && c.Last <= at.to && c.First <= at.last+maxIntent
		return behind && !at.hasDeed(at.last, c.First) && !at.hasDeed(c.Last, at.to) && !at.hasDeed(at.from, at.first)
	})
}

// maxFirstStep is how many words may be between a step before what was done and the words, over commas.
const maxFirstStep = 16

// isBegun reports whether a step before what was done is told before the words in their sentence, such as money that
// was allotted or ground that was broken, and nothing from there on says that it went further.
func (at beside) isBegun() bool {
	c, ok := at.Last(language.FirstStep, max(at.sentence.First, at.first-maxFirstStep), at.first)
	return ok && !at.Has(language.Done, c.Last, at.first) && !at.Has(language.Finished, c.Last, at.last) &&
		!at.isPast(at.first, at.last)
}

// isResolved reports whether the words are in what was only resolved: a verb such as "decided" and a word such as
// "that" are before them, and behind that word nothing is told as done: "vedtok at prosjektering av … legges inn i
// økonomiplanen".
func (at beside) isResolved() bool {
	c, ok := at.Last(language.Telling, at.from, at.first)
	if !ok || at.hasDeed(c.Last, at.to) || at.Has(language.Done, c.Last, at.to) {
		return false
	}
	return at.Has(language.Intent, at.from, c.First)
}

// hasDeed reports whether words [from, to) hold a verb that reports what was done, other than auxiliaries.
func (at beside) hasDeed(from, to int) bool {
	for k := from; k < to; k++ {
		l, w := at.page.LanguageAt(k), at.page.Words[k].Text
		if l.IsPast(w) && !slices.Contains(l.Cues[language.Perfect], w) && !slices.Contains(l.Cues[language.Done], w) {
			return true
		}
	}
	return at.Has(language.Deed, from, to)
}
