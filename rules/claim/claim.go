// Package claim decides whether words of a page claim that something happened, or only speak of it: negated, planned,
// wished for, asked, quoted from rules or forms.
//
// The method is that of NegEx (Chapman et al., J. Biomed. Inform. 34, 2001: cues with a scope, and cues that only
// look so), widened from negation to plans, wishes, conditions, questions and quotations, for three languages. The
// cues of each language are data of internal/text/language.
package claim

import (
	"kheo/internal/text"
	"kheo/internal/text/language"
)

// Reasons why words that were found do not claim that something happened.
const (
	Negated = "negated"
	Planned = "planned"
	Wished  = "wished" // or asked for, or only possible
	Quoted  = "quoted" // from rules, forms and their instructions
	Asked   = "asked"

	Earlier = "earlier" // of a year before the campaign
)

// clause is words [first, last) of a page, whose claim is in question, with the sentence and the clause
// around them. Its methods are the judgements that Refuted and Doubted are made of: those of negation, of
// what is still to come, and of what is doubtful, each in a file of its own.
type clause struct {
	*Page
	first, last int
	sentence    text.Sentence
	from, to    int // the clause
}

// clauseOf is the clause of words [first, last) of the page.
func (p *Page) clauseOf(first, last int) clause {
	at := clause{Page: p, first: first, last: last, sentence: p.page.Sentences[p.page.Words[first].Sentence]}
	at.from, at.to = p.Clause(first, last)
	return at
}

// sentenceCues are the cues of the sentence.
func (at clause) sentenceCues() []Cue { return at.Cues(at.page.Words[at.first].Sentence) }

// Refuted returns why words [first, last) of the page claim nothing: a negation, a plan, a wish, a condition or a
// question governs them, or they are quoted from rules; "" if they are a claim. The words must lie in one sentence.
// lastYear is the last year of the campaign, or 0: what is reported of a later year is a plan. quotes says whether
// quotations claim nothing either.
func (p *Page) Refuted(first, last, lastYear int, quotes bool) string {
	at := p.clauseOf(first, last)
	s := at.sentence
	guided := List{p}.isGuided(first)
	switch {
	case s.End > s.Start && p.page.Runes[s.End-1] == '?':
		return Asked
	case guided != "" && (quotes || guided != Quoted):
		return guided
	case p.isInstruction(p.page.Words[first].Sentence, first), quotes && (at.isQuoted() || told{at}.isRule()):
		return Quoted
	case at.isNegated(), at.isNominalNegated(), at.negatesObject(), at.hasFailed(), at.isOfNone(),
		(apart{told{at}}).isDeniedOver():
		return Negated
	case at.isPlanned(), at.isToCome(), at.isCaused(), lastYear > 0 && at.isOfLaterYear(lastYear),
		quotes && at.isMilestone():
		return Planned
	case (unreal{at}).isWished():
		return Wished
	}
	return ""
}

// within are kinds of cues that refute words that they are between, by the reason.
var within = map[language.CueKind]string{language.Negator: Negated, language.NoObject: Negated,
	language.Undone: Negated, language.Plan: Planned, language.WeakPlan: Planned, language.Wish: Wished,
	language.WeakWish: Wished, language.Modal: Wished}

// RefutedWithin returns why words [first, last) of the page, of which some only are looked for, claim nothing: the
// others among them deny it, or speak of a plan or wish; "" if they do not.
func RefutedWithin(p *Page, first, last int) string {
	for _, c := range p.Cues(p.page.Words[first].Sentence) {
		if why := within[c.Kind]; why != "" && c.First > first && c.Last < last && !p.isMonth(c) {
			return why
		}
	}
	return ""
}

// Denies reports whether a negation governs words [first, last) of the page, which must lie in one sentence.
func (p *Page) Denies(first, last int) bool { return p.clauseOf(first, last).isNegated() }

// Withdrawn returns the doubt of a result that is taken back behind words [first, last) of the page; "" if it is not.
func (p *Page) Withdrawn(first, last int) string {
	if at := p.clauseOf(first, last); at.takenBack() || p.Has(language.Hearsay, at.sentence.First, at.sentence.Last) {
		return DoubtWithdrawn
	}
	return ""
}

// maxNoneReach is how many words may be between a word for none and what there is none of, in Vietnamese, whose nouns
// follow words that count them.
const maxNoneReach = 4

// IsNone reports whether words [first, last) of the page are a noun of which there is none: "no thefts", "không xảy ra
// vụ trộm nào".
func (p *Page) IsNone(first, last int) bool {
	at := p.clauseOf(first, last)
	if p.page.LanguageAt(first).Code == "vi" {
		c, ok := p.Last(language.Negator, max(at.from, first-maxNoneReach), first)
		return ok && p.Has(language.NoneOf, last, min(at.to, last+maxNoneReach)) && !p.Has(language.Done, c.Last, first)
	}
	c, ok := p.Last(language.NoObject, max(at.from, first-2), first)
	return ok && p.onlyLight(c.Last, first)
}

// IsToldAsDone reports whether words [first, last) of the page, a sentence, have a form of the past, a word such as
// "đã", a time or "we": they report a deed, whatever list they are in.
func IsToldAsDone(p *Page, first, last int) bool {
	at := told{p.clauseOf(first, first+1)}
	return at.hasPast(first, last) || p.Has(language.Us, first, last) || (settling{told: at}).isDated()
}
