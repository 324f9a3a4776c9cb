package claim

import (
	"slices"
	"strings"

	"kheo/internal/text"
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
	DoubtTime       = "time"      // it may be told of a time to come
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
	at := p.clauseOf(first, last)
	switch {
	case p.Has(language.Hearsay, at.sentence.First, at.sentence.Last):
		return DoubtHearsay
	case p.Has(language.Failure, at.from, at.first), p.Has(language.Failure, at.last, at.sentence.Last):
		return DoubtFailure
	case (mayNegate{at}).negatedBehind(), (mayNegate{at}).negatedAfar(), (mayNegate{at}).isExcepted():
		return DoubtScope
	case (sense{at}).isAbstract(), (sense{at}).isTopic():
		return DoubtObject
	case at.mayBePurpose():
		return DoubtPurpose
	case at.takenBack():
		return DoubtWithdrawn
	case at.saysLater():
		return DoubtTime
	case (sense{at}).isAttribute():
		return DoubtObject
	}
	return ""
}

// saysLater reports whether a wish, plan or possibility is right behind a noun ("a medal would be won"): its verb.
func (at clause) saysLater() bool {
	return slices.ContainsFunc(at.sentenceCues(), func(c Cue) bool {
		later := c.Kind == language.Plan || c.Kind == language.Wish || c.Kind == language.Modal
		return later && c.First == at.last && c.First < at.to
	})
}

// sense looks at what the words mean beside others.
type sense struct{ clause }

// isAttribute reports whether the words are a participle between an article and its noun: "the author of a published
// book" reports no publication. It is asked of English and Norwegian.
func (at sense) isAttribute() bool {
	if at.last-at.first != 1 || at.first == at.sentence.First || at.last >= at.to {
		return false
	}
	l := at.page.LanguageAt(at.first)
	participle := slices.ContainsFunc(l.Participles, func(end string) bool {
		return strings.HasSuffix(at.page.Words[at.first].Text, end)
	})
	article := slices.Contains(l.Articles, at.page.Words[at.first-1].Text)
	return participle && article && !at.page.Words[at.last].Number && !l.IsCommon(at.page.Words[at.last].Text)
}

// mayNegate looks at negations that only may reach the words.
type mayNegate struct{ clause }

// negatedBehind reports whether a negator is behind the words in their clause, and nothing between them begins another
// clause. In Vietnamese, whose relative clauses have no sign, the negator must say that something was not achieved.
func (at mayNegate) negatedBehind() bool {
	vietnamese := at.page.LanguageAt(at.first).Code == "vi"
	for _, c := range at.sentenceCues() {
		if c.Kind != language.Negator || c.First < at.last || c.First > at.last+maxScopeReach || c.First >= at.to ||
			at.isOfAll(c) && !at.Has(language.Subordinator, c.First, c.First+1) {
			continue
		}
		if at.Has(language.Subordinator, at.last, c.First) || at.Has(language.Coordinator, at.last, c.First) {
			return false
		}
		end := min(at.to, c.Last+4)
		if !vietnamese || c.Last >= at.to || at.Has(language.Achieve, c.Last, end) ||
			at.Has(language.NoneOf, c.Last, end) {
			return true
		}
	}
	return false
}

// Reach of negators that only leave it open, in words: of one ahead of what it may negate in a clause, and of one in a
// clause about the noun before it ("a method that has not been tried").
const (
	maxAfar     = 30
	maxRelative = 6
)

// negatedAfar reports whether a negator may reach the words from further away than one that surely does: from
// ahead in the clause, from behind in a clause about them, or over commas from a predicate whose subject is
// interrupted ("the attempt, with all its costs, is not done"). Words of change with their figures are not
// reached.
func (at mayNegate) negatedAfar() bool {
	if c, ok := at.Last(language.Neither, at.sentence.First, at.first); ok && c.First >= at.first-maxAfar &&
		!at.Has(language.ClauseBreak, c.Last, at.first) && !at.Has(language.Done, c.Last, at.first) {
		return true
	}
	if at.page.LanguageAt(at.first).Code != "nb" || at.hasFigures() {
		return false
	}
	for _, c := range at.sentenceCues() {
		switch {
		case c.Kind != language.Negator || at.isOfAll(c):
		case c.Last <= at.first:
			if c.First >= max(at.from, at.first-maxAfar) {
				return true
			}
		case c.First >= at.last && c.First <= at.last+maxRelative && at.Has(language.Relative, at.last, c.First) &&
			!at.Has(language.Done, at.from, at.first):
			return true
		}
	}
	return false
}

// isExcepted reports whether the words are behind one that leaves them out of what is told, in their clause:
// "all but two were built, except for the hall".
func (at mayNegate) isExcepted() bool {
	c, ok := at.Last(language.Exception, max(at.from, at.first-maxFigureReach), at.first)
	return ok && !at.Has(language.Done, c.Last, at.first) && !at.Has(language.Us, c.Last, at.first)
}

// maxTopicReach is how many words may be between what is spoken of and the word that says so.
const maxTopicReach = 4

// isTopic reports whether the words are only what something was about: "told 340 members about savings groups",
// "surveyed the need for loans".
func (at sense) isTopic() bool {
	c, ok := at.Last(language.Topic, max(at.from, at.first-maxTopicReach), at.first)
	return ok && !at.Has(language.Done, c.Last, at.first) && !at.Has(language.ChangeFrom, c.Last, at.first) &&
		!at.Has(language.Lower, at.last, at.to) &&
		!at.Has(language.Higher, at.last, at.to)
}

// mayBePurpose reports whether a word of purpose is before the words in their clause with nothing done between, or an
// infinitive whose verb does not say that it happened: "trained to reduce", but not "helped to reduce".
func (at clause) mayBePurpose() bool {
	if c, ok := at.Last(language.Infinitive, max(at.from, at.first-2), at.first); ok && at.onlyLight(c.Last, at.first) {
		return !at.Has(language.Achiever, max(at.sentence.First, c.First-4), c.First)
	}
	if at.page.LanguageAt(at.first).Code != "vi" {
		return false
	}
	c, ok := at.Last(language.Purpose, max(at.from, at.first-maxPurposeReach), at.first)
	return ok && !at.Has(language.Done, c.Last, at.first) && !at.isMeasuredChange(c)
}

// isMeasuredChange reports whether the words say by how much a measure changed, and the purpose is in its name: "lượt
// nghỉ làm để đi giấy tờ giảm 85%". The clause begins with the measure, and the purpose has a verb of its own.
func (at clause) isMeasuredChange(purpose Cue) bool {
	behind := at.page.Words[at.last:min(at.to, at.last+maxFigureReach)]
	if at.first-purpose.Last < 2 || !slices.ContainsFunc(behind, func(w text.Word) bool { return w.Number }) {
		return false
	}
	return slices.ContainsFunc(at.Cues(at.page.Words[at.first].Sentence), func(c Cue) bool {
		return c.Kind == language.Quantity && c.First == at.from && c.Last <= purpose.First
	})
}

// maxAbstractReach is how many words an ambiguous verb may be from what it was done to.
const maxAbstractReach = 4

// isAbstract reports whether the words are a verb that means many things, done to what shows no result: "built trust",
// "xây dựng kế hoạch".
func (at sense) isAbstract() bool {
	if !at.Has(language.Ambiguous, at.first, at.last) {
		return false
	}
	return at.Has(language.Abstract, at.last, min(at.to, at.last+maxAbstractReach)) ||
		at.Has(language.Abstract, max(at.from, at.first-maxAbstractReach), at.first)
}

// takenBack reports whether one of the next sentences of the paragraph takes up the claim and says that it failed or
// no longer holds, or whether something did not last, in the rest of the sentence or in the next one.
func (at clause) takenBack() bool {
	if at.Has(language.Undone, at.last, at.sentence.Last) || at.isChecked() || (aftermath{told{at}}).isTakenBack() {
		return true
	}
	s := at.page.Words[at.first].Sentence
	for k := s + 1; k <= s+laterSentences && k < len(at.page.Sentences); k++ {
		next := at.page.Sentences[k]
		if next.First >= next.Last {
			continue
		}
		if k == s+1 && at.EndsWithSemicolon(s) && at.Has(language.Undone, next.First, next.Last) {
			return true
		}
		end := min(next.Last, next.First+4)
		refers := at.Has(language.Anaphora, next.First, end) || at.Has(language.Third, next.First, end)
		if refers && (at.Has(language.Failure, next.First, next.Last) ||
			at.Has(language.Hearsay, next.First, next.Last) ||
			at.Has(language.Undone, next.First, next.Last)) {
			return true
		}
	}
	return false
}

// isChecked reports whether what is told as the word of a paper or of someone is held against what was found, in the
// same sentence or the next one: "báo cáo nói …; kiểm tra lại thì …".
func (at clause) isChecked() bool {
	n := at.page.Words[at.first].Sentence
	said := false
	for _, kind := range []language.CueKind{language.Speech, language.RulePaper, language.PaperNoun} {
		said = said || at.Has(kind, at.sentence.First, at.first)
	}
	for k := n; k <= n+1 && k < len(at.page.Sentences); k++ {
		from, s := at.page.Sentences[k].First, at.page.Sentences[k]
		if k == n {
			from = at.last
		}
		if from >= s.Last {
			continue
		}
		if said && (at.Has(language.Check, from, s.Last) || at.Has(language.Turned, from, s.Last)) {
			return true
		}
		if k > n {
			s.Last = min(s.Last, s.First+maxCheckOpening)
		}
		if at.Has(language.Turned, from, s.Last) {
			return true
		}
	}
	return false
}

// maxCheckOpening is how many words a sentence may begin with that says that something was looked at again.
const maxCheckOpening = 6

// EndsWithSemicolon reports whether a semicolon parts a sentence, given its index, from the next: both report the
// same.
func (p *Page) EndsWithSemicolon(sentence int) bool {
	end := p.page.Sentences[sentence].End
	return end > 0 && (p.page.Runes[end-1] == ';' || end < len(p.page.Runes) && p.page.Runes[end] == ';')
}
