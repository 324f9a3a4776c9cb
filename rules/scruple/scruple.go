// Package scruple finds what makes a passage that has all signs of a claim one that people must read: its words are
// inside the name of a fund, programme or cup; money was only given for them; an authority, a sponsor or a customer
// did it; the verb means another thing with its object; it is an offer or invitation; a heading far above dates it
// back, or says that what is below are duties.
//
// None of this can be told surely without a parser, so that nothing here strikes a passage but an address on the web
// and a line of a timeline: the answer is a doubt, in the terms of package claim. The words are data of
// internal/text/language.
package scruple

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/claim"
	"kheo/rules/heading"
	"kheo/rules/place"
)

// Passage is words [First, Last) of a page that a clue found, in one sentence.
type Passage struct {
	heading.Layout
	First, Last int
	Own         *place.Own // the names of the submitting unit
	Unit        string     // its name in the campaign
	Written     string     // what was found, as the clue has it
	Objects     bool       // the clue asks what it was done to
	Change      bool       // the clue asks for a change
	Growth      bool       // that change is upwards
	Anyone      bool       // the clue asks for what others did, or anyone
}

// The kinds of words, by their keys in the data of languages.
const (
	nameNoun    = "name_noun"    // before the name of a programme or work: "the project"
	nameTail    = "name_tail"    // behind it: "fund"
	allot       = "allot"        // a verb by which money is given or taken in for something
	grant       = "grant"        // money that is given
	toward      = "toward"       // before what it is given for
	begun       = "begun"        // allots without an amount
	symbolic    = "symbolic"     // handed over as a symbol only
	office      = "office"       // a person of state
	authority   = "authority"    // a public body, by its noun alone
	patron      = "patron"       // who gives to others, or buys from them
	backSubject = "back_subject" // takes up the subject of the sentence before
	duty        = "duty"         // heads what a body is for
	report      = "report"       // heads what it did
	experience  = "experience"   // of a person's years in a profession
	defining    = "defining"     // says what somebody is
)

// Doubt returns why a person must read the passage, as a doubt of package claim; "" if nothing here speaks against it.
func (p Passage) Doubt() string {
	switch {
	case p.isCaption():
		return claim.DoubtHeading
	case naming{p}.isInName(), naming{p}.isInUnit():
		return claim.LacksPlain
	case p.Growth && p.isLeaving():
		return claim.DoubtDirection
	case !p.Change && granting{p}.isGranted():
		return claim.LacksDeed
	case !p.Anyone && (others{p}.isTheirs() || others{p}.isOfThem()):
		return claim.DoubtElsewhere
	case p.isOfSomebody():
		return claim.DoubtElsewhere
	case !p.Objects && !p.Change && p.hasOtherSense():
		return claim.DoubtObject
	case !p.Change && listing{p}.isDuty():
		return claim.LacksReport
	case !p.Change && p.isInvited():
		return claim.DoubtTime
	}
	return ""
}

// sentence is the sentence of the passage.
func (p Passage) sentence() text.Sentence { return p.Sentences[p.Words[p.First].Sentence] }

// lang is the language of the passage.
func (p Passage) lang() *language.Language { return p.LanguageAt(p.First) }

// at returns the end of the longest of the words of a kind that begin at word k and end before word to; k if none do.
func (p Passage) at(kind string, k, to int) int {
	end := k
	for _, s := range p.lang().Scruples[kind] {
		end = max(end, k+text.MatchAt(p.Words, k, to, s))
	}
	return end
}

// has reports whether words of a kind are in words [from, to).
func (p Passage) has(kind string, from, to int) bool {
	for k := from; k < to; k++ {
		if p.at(kind, k, to) > k {
			return true
		}
	}
	return false
}

// hasCue reports whether a cue of one of the kinds is in words [from, to), which must be in one sentence.
func (p Passage) hasCue(from, to int, kinds ...language.CueKind) bool {
	return from < to && slices.ContainsFunc(kinds, func(k language.CueKind) bool { return p.Claims.Has(k, from, to) })
}

// isCapital reports whether word k begins with a capital letter.
func (p Passage) isCapital(k int) bool { return text.IsUpper(p.Runes[p.Words[k].Start]) }

// hasNumber reports whether words [from, to) hold a number in digits.
func (p Passage) hasNumber(from, to int) bool {
	return slices.ContainsFunc(p.Words[from:max(from, to)], func(w text.Word) bool { return w.Number })
}

// isCaption reports whether the line of the passage is between signs that make it slanted, as the caption of a picture
// is.
func (p Passage) isCaption() bool {
	l := p.Lines[p.Words[p.First].Line]
	line := strings.TrimSpace(p.Text(l.Start, l.End))
	for _, sign := range []string{"_", "*"} {
		inner, ok := strings.CutPrefix(line, sign)
		inner, closed := strings.CutSuffix(inner, sign)
		if ok && closed && !strings.Contains(inner, sign) {
			return true
		}
	}
	return false
}

// isOfSomebody reports whether the sentence tells of a person's years in a profession, or before the words what they
// are: "Hơn 16 năm kinh nghiệm hỗ trợ phụ huynh", "accredited schools are organisations that …".
func (p Passage) isOfSomebody() bool {
	s := p.sentence()
	if p.has(experience, s.First, s.Last) {
		return true
	}
	for k := s.First; k < p.First; k++ {
		if end := p.at(defining, k, p.First); end > k && !p.hasCue(end, p.First, language.Done) {
			return true
		}
	}
	return false
}
