package claim

import (
	"slices"
	"strings"

	"kheo/internal/text/language"
)

// This file finds which clause of a sentence reports words that are in a noun phrase of their own, and which one a
// cue governs.

// against are kinds of cues that speak against what their own clause says.
var against = []language.CueKind{language.Negator, language.NoObject, language.Failure, language.Undone,
	language.Setback, language.Plan, language.WeakPlan, language.Wish, language.WeakWish, language.Modal,
	language.Intent, language.LyingAhead, language.Conditional, language.Hearsay, language.Adverse, language.RulePaper}

// hasAgainst reports whether a cue in words [from, to) speaks against what they say.
func (at clause) hasAgainst(from, to int) bool {
	return slices.ContainsFunc(at.sentenceCues(), func(c Cue) bool {
		return c.First >= from && c.Last <= to && slices.Contains(against, c.Kind) && !at.isMonth(c)
	})
}

// partEnd returns the end of the part of the sentence that begins at word k: what lies between commas, brackets and
// dashes.
func (at clause) partEnd(k int) int {
	w, end := at.page.Words, k+1
	for end < at.sentence.Last && w[end].Clause == w[k].Clause {
		end++
	}
	return end
}

// partStart returns the beginning of the part of the sentence that ends before word k.
func (at clause) partStart(k int) int {
	w, from := at.page.Words, k-1
	for from > at.sentence.First && w[from-1].Clause == w[k-1].Clause {
		from--
	}
	return from
}

// apart looks at the other clauses of the sentence of the words.
type apart struct{ told }

// isToldApart reports whether another clause says what was done to the words, whose own has no verb: a later one that
// begins with the verb, other clauses between them ("the warning, for which we had paid, went live"), or an earlier one
// whose objects they go on with ("we handed out 143 parcels, 76 of them small").
func (at apart) isToldApart() bool {
	if at.isFinite(at.from, at.to) || at.hasPast(at.from, at.to) ||
		at.Has(language.Subordinator, at.from, min(at.first, at.from+2)) {
		return false
	}
	return at.isSubjectOver() || at.hasNumber(at.from, at.to) && at.isObjectOver()
}

// isSubjectOver reports whether a clause behind that of the words begins with a form of the past, and only clauses that
// interrupt are between them.
func (at apart) isSubjectOver() bool {
	found := false
	for from := at.to; from < at.sentence.Last; {
		end := at.partEnd(from)
		switch {
		case at.beginsWithVerb(from, end):
			if at.hasAgainst(from, end) {
				return false
			}
			found = true
		case at.closesList(from, end):
			return !at.hasAgainst(from, end)
		case !at.interrupts(from, end):
			return found
		}
		from = end
	}
	return found
}

// isDeniedOver reports whether the verb of the words, behind clauses that interrupt, is negated: "the kiosk, for which
// we had paid, has not been put up".
func (at apart) isDeniedOver() bool {
	if at.to >= at.sentence.Last || at.isFinite(at.from, at.to) || at.hasPast(at.from, at.to) {
		return false
	}
	for from := at.to; from < at.sentence.Last; {
		end := at.partEnd(from)
		if at.beginsWithVerb(from, end) {
			if c, ok := at.Last(language.Negator, from, min(end, from+maxListed)); ok &&
				at.onlyAuxiliary(from, c.First) {
				return true
			}
		} else if !at.interrupts(from, end) {
			return false
		}
		from = end
	}
	return false
}

// closesList reports whether words [from, to) are the last of the things of a list, with a form of the past right
// behind: "drums and music stands were bought".
func (at apart) closesList(from, to int) bool {
	c, ok := at.Last(language.Coordinator, from, min(to, from+maxListed))
	return ok && at.hasPast(c.Last+1, min(to, c.Last+maxListed)) && !at.hasPast(from, c.Last+1)
}

// maxListed is how many words a thing of a list may have before its verb.
const maxListed = 4

// beginsWithVerb reports whether words [from, to) begin with a form of the past, light words aside.
func (at apart) beginsWithVerb(from, to int) bool {
	for k := from; k < min(to, from+2); k++ {
		if at.hasPast(k, k+1) {
			return true
		}
		if !at.onlyLight(k, k+1) {
			return false
		}
	}
	return false
}

// interrupts reports whether words [from, to) are a clause that only interrupts another one: it is about a noun, or has
// no verb.
func (at apart) interrupts(from, to int) bool {
	if at.Has(language.Relative, from, min(to, from+2)) {
		return true
	}
	return !at.isFinite(from, to) && !at.hasPast(from, to) && !at.Has(language.Coordinator, from, from+1) &&
		!at.Has(language.Subordinator, from, from+1)
}

// isObjectOver reports whether the words go on with a list of what a verb in a clause before theirs was done to.
func (at apart) isObjectOver() bool {
	for to := at.from; to > at.sentence.First; {
		from := at.partStart(to)
		switch {
		case at.Has(language.Relative, from, to), at.Has(language.Subordinator, from, to), at.hasAgainst(from, to):
			return false
		case at.hasPast(from, to):
			return true
		case at.isFinite(from, to):
			return false
		}
		to = from
	}
	return false
}

// isToldBehindLabel reports whether the words are in a label, and what is behind its colon says that it was done, with
// a figure: "Nutrition classes: 12 sessions have been held".
func (at apart) isToldBehindLabel() bool {
	s := at.sentence
	for k := at.last - 1; k < min(s.Last-1, at.last+maxLabelWords); k++ {
		if strings.HasPrefix(at.page.Gap(k), ":") {
			end := at.partEnd(k + 1)
			return at.hasNumber(k+1, end) && (at.hasPast(k+1, end) || at.Has(language.Done, k+1, end)) &&
				!at.hasAgainst(k+1, s.Last)
		}
	}
	return false
}

// isMarkedInBrackets reports whether brackets right behind the clause of the words say that it was done: "(đã thực
// hiện)".
func (at apart) isMarkedInBrackets() bool {
	if at.to >= at.sentence.Last || !strings.Contains(at.page.Gap(at.to-1), "(") {
		return false
	}
	end := at.partEnd(at.to)
	return at.beginsWithVerb(at.to, end) && !at.hasAgainst(at.to, end)
}
