package claim

import (
	"slices"

	"kheo/internal/text/language"
)

// Reasons why words may claim nothing. What is doubtful is neither evidence nor refuted: a person must read it.
const (
	DoubtScope      = "scope"     // a negation in the clause may govern the words
	DoubtPurpose    = "purpose"   // they may be what something was done for
	DoubtHearsay    = "hearsay"   // the paper doubts it, or only repeats it
	DoubtWithdrawn  = "withdrawn" // a later sentence may take it back
	DoubtElsewhere  = "elsewhere" // it may have happened elsewhere, or to others
	DoubtFailure    = "failure"   // a verb in the clause may say that it failed
	DoubtDirection  = "direction" // it may be a change the other way
	DoubtLearned    = "learned"   // it may have been learned from the place and not taken over there
	DoubtHeading    = "heading"   // it may be a heading
	DoubtObject     = "object"    // it is not clear what was done
	maxScopeReach   = 12          // words between what is negated and a negator behind it
	maxPurposeReach = 8           // words between a purpose's first word and what belongs to it
	maxFailureReach = 4           // words between a failing verb and its object or subject
	maxFigureReach  = 5           // words between a word of change and its figures
	laterSentences  = 2           // sentences behind a result that may take it back
)

// Doubted returns why words [first, last) of the page may claim nothing, although Refuted does not say so; "" if they
// are a claim. The words must lie in one sentence.
//
// The distinctions are those of FactBank (Saurí and Pustejovsky, Lang. Resour. Eval. 43, 2009): certain, uncertain by
// the source's own words, or by another source's. The scope of negation follows *SEM 2012 (Morante and Blanco), in
// which a negated verb's subject is in the scope; here it is only in doubt, since a clause cannot be parsed surely.
func (p *Page) Doubted(first, last int) string {
	at := span{first: first, last: last, sentence: p.page.Sentences[p.page.Words[first].Sentence]}
	at.from, at.to = p.Clause(first, last)
	switch {
	case p.Has(language.Hearsay, at.sentence.First, at.sentence.Last):
		return DoubtHearsay
	case p.Has(language.Failure, at.from, at.first), p.Has(language.Failure, at.last, at.sentence.Last):
		return DoubtFailure
	case p.negatedBehind(at):
		return DoubtScope
	case p.isAbstract(at):
		return DoubtObject
	case p.mayBePurpose(at):
		return DoubtPurpose
	case p.takenBack(at):
		return DoubtWithdrawn
	}
	return ""
}

// negatesObject reports whether the words are a verb whose object is none: "collected no waste", "benyttet av ingen".
// In Vietnamese, "không … nào" behind the verb is.
func (p *Page) negatesObject(at span) bool {
	l := p.page.LanguageAt(at.first)
	for _, c := range p.Cues(p.page.Words[at.first].Sentence) {
		if c.First < at.last || c.Last > at.to {
			continue
		}
		near := c.First <= at.last+1 && p.onlyLight(at.last, c.First)
		switch c.Kind {
		case language.NoObject:
			prepositional := c.Last-c.First > 1 && c.First <= at.last+maxNegatorReach
			if near || prepositional && !p.Has(language.Subordinator, at.last, c.First) {
				return true
			}
		case language.Negator:
			if near && l.Code == "vi" && p.Has(language.NoneOf, c.Last, min(at.to, c.Last+4)) {
				return true
			}
		}
	}
	return false
}

// hasFailed reports whether a verb that means failure governs the words, right before them or behind them: "cancelled
// the training", "the training was cancelled".
func (p *Page) hasFailed(at span) bool {
	if c, ok := p.Last(language.Failure, max(at.from, at.first-maxFailureReach), at.first); ok && p.onlyLight(c.Last, at.first) {
		return true
	}
	for _, c := range p.Cues(p.page.Words[at.first].Sentence) {
		if c.Kind == language.Failure && c.First >= at.last && c.First <= at.last+maxFailureReach && c.Last <= at.to &&
			p.onlyAuxiliary(at.last, c.First) {
			return true
		}
	}
	return false
}

// onlyAuxiliary reports whether all of words [from, to) are auxiliaries or light words, such as "was then".
func (p *Page) onlyAuxiliary(from, to int) bool {
	for k := from; k < to; k++ {
		l := p.page.LanguageAt(k)
		word := p.page.Words[k].Text
		if !slices.Contains(l.Cues[language.Perfect], word) && !slices.Contains(l.Cues[language.Light], word) &&
			!slices.Contains(l.Cues[language.Done], word) {
			return false
		}
	}
	return true
}

// negatedBehind reports whether a negator is behind the words in their clause, and nothing between them begins another
// clause. In Vietnamese, whose relative clauses have no sign, the negator must say that something was not achieved.
func (p *Page) negatedBehind(at span) bool {
	vietnamese := p.page.LanguageAt(at.first).Code == "vi"
	for _, c := range p.Cues(p.page.Words[at.first].Sentence) {
		if c.Kind != language.Negator || c.First < at.last || c.First > at.last+maxScopeReach || c.First >= at.to {
			continue
		}
		if p.Has(language.Subordinator, at.last, c.First) || p.Has(language.Coordinator, at.last, c.First) {
			return false
		}
		if !vietnamese || c.Last >= at.to || p.Has(language.Achieve, c.Last, min(at.to, c.Last+3)) {
			return true
		}
	}
	return false
}

// mayBePurpose reports whether a word of purpose is before the words in their clause with nothing done between, or an
// infinitive whose verb does not say that it happened: "trained to reduce", but not "helped to reduce".
func (p *Page) mayBePurpose(at span) bool {
	if c, ok := p.Last(language.Infinitive, max(at.from, at.first-2), at.first); ok && p.onlyLight(c.Last, at.first) {
		return !p.Has(language.Achiever, max(at.sentence.First, c.First-4), c.First)
	}
	for _, c := range p.Cues(p.page.Words[at.first].Sentence) { // "to get two tonnes collected"
		if c.Kind == language.Infinitive && c.First >= at.from && c.Last < at.first && c.First >= at.first-maxPurposeReach &&
			p.Has(language.Causative, c.Last, c.Last+1) {
			return !p.Has(language.Achiever, max(at.sentence.First, c.First-4), c.First)
		}
	}
	if p.page.LanguageAt(at.first).Code != "vi" || p.hasNumber(at.last, min(at.to, at.last+maxFigureReach)) {
		return false // "để" also means to put and to leave: "gạo để dành tăng lên 6,2 tấn" is a result
	}
	c, ok := p.Last(language.Purpose, max(at.from, at.first-maxPurposeReach), at.first)
	return ok && !p.Has(language.Done, c.Last, at.first)
}

// maxAbstractReach is how many words an ambiguous verb may be from what it was done to.
const maxAbstractReach = 4

// isAbstract reports whether the words are a verb that means many things, done to what shows no result: "built trust",
// "xây dựng kế hoạch".
func (p *Page) isAbstract(at span) bool {
	if !p.Has(language.Ambiguous, at.first, at.last) {
		return false
	}
	return p.Has(language.Abstract, at.last, min(at.to, at.last+maxAbstractReach)) ||
		p.Has(language.Abstract, max(at.from, at.first-maxAbstractReach), at.first)
}

// hasNumber reports whether one of words [from, to) is a number.
func (p *Page) hasNumber(from, to int) bool {
	for k := from; k < to; k++ {
		if p.page.Words[k].Number {
			return true
		}
	}
	return false
}

// takenBack reports whether one of the next sentences of the paragraph takes up the claim and says that it failed or
// no longer holds.
func (p *Page) takenBack(at span) bool {
	s := p.page.Words[at.first].Sentence
	for k := s + 1; k <= s+laterSentences && k < len(p.page.Sentences); k++ {
		next := p.page.Sentences[k]
		if next.First >= next.Last {
			continue
		}
		refers := p.Has(language.Anaphora, next.First, min(next.Last, next.First+4))
		if refers && (p.Has(language.Failure, next.First, next.Last) || p.Has(language.Hearsay, next.First, next.Last)) {
			return true
		}
	}
	return false
}
