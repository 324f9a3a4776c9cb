package scruple

import (
	"slices"
	"strings"

	"kheo/internal/text/language"
	"kheo/rules/place"
)

// The kinds of words about other local bodies, by their keys in the data of languages.
const (
	fellowNoun  = "fellow"       // another body, by the noun of its kind: "the football club"
	sisterNoun  = "sister"       // a body that is another's only in a paper of an association
	unitKind    = "unit_kind"    // ends a word of a unit's name and tells its kind; in Vietnamese begins the name
	association = "associations" // the same of an association
	passive     = "passive"      // between a subject and a verb that says what was done to it
	plural      = "plural"       // the pronoun for several others
	visit       = "visit"        // a visit to see what others have
)

// fellowAt returns the end of the noun of another local body that begins at word k: one of another kind than the
// submitting unit, whose kind is known by its name. It is k if there is none, or something was done to it.
func (p others) fellowAt(k, to int) int {
	unit := strings.ToLower(p.Unit) + " "
	isOne := func(kind string) bool {
		return slices.ContainsFunc(p.lang().Scruples[kind], func(n string) bool {
			return p.lang().Inflects() && strings.Contains(unit, n+" ") || strings.HasPrefix(unit, n+" ")
		})
	}
	if k > 0 && p.isCapital(k) && p.Words[k].Sentence == p.Words[k-1].Sentence && p.isCapital(k-1) &&
		p.lang().Inflects() {
		return k // the end of a name
	}
	end := p.at(fellowNoun, k, to)
	if sister := p.at(sisterNoun, k, to); sister > end && isOne(association) {
		end = sister
	}
	if end == k || !isOne(unitKind) || p.has(passive, end, min(to, p.First)) ||
		strings.Contains(unit, p.bare(k, end)) {
		return k
	}
	return end
}

// opens reports whether only a word such as "and" is between a comma and word k.
func (p others) opens(k int) bool {
	return k > p.sentence().First+1 && strings.HasPrefix(p.Gap(k-2), ",") &&
		p.hasCue(k-1, k, language.Coordinator, language.Remaining)
}

// bare is the noun at words [k, end) in small letters, in Norwegian without the ending of its definite form.
func (p others) bare(k, end int) string {
	noun := strings.ToLower(p.Text(p.Words[k].Start, p.Words[end-1].End))
	if p.lang().Code != "nb" {
		return noun
	}
	for _, ending := range []string{"ene", "et", "en", "a"} {
		if stem, ok := strings.CutSuffix(noun, ending); ok {
			return stem
		}
	}
	return noun
}

// Bounds in sentences and words of who "they" are.
const (
	maxVisit  = 5 // sentences from that of a visit on
	maxPlural = 2 // words between the pronoun and the verb
)

// isOfThem reports whether "they" did it, and the sentence before has another body's name for a subject, or one shortly
// before tells of a visit to others.
func (p others) isOfThem() bool {
	s, n := p.sentence(), p.Words[p.First].Sentence
	at := -1
	for k := max(s.First, p.First-maxPlural-1); k < p.First; k++ {
		if p.at(plural, k, p.First) > k {
			at = k
		}
	}
	if at < 0 || n == 0 {
		return false
	}
	for k := max(0, n-maxVisit); k < n; k++ {
		up := p.Sentences[k]
		if up.First < up.Last && (p.hasCue(up.First, up.Last, language.Visit) || p.has(visit, up.First, up.Last)) {
			return true
		}
	}
	up := p.Sentences[n-1]
	return up.First < up.Last && !p.namesUnit(up.First, up.Last) && !p.hasCue(up.First, up.Last, language.Us) &&
		place.Subject(p.Page, p.Claims, n-1, up.Last-1, p.Own, func(int) bool { return false }) == place.Surely
}
