package scruple

import (
	"slices"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// maxSenseReach is how many words may be between a verb and the object that gives it another sense.
const maxSenseReach = 4

// hasOtherSense reports whether the words are a verb that means another thing with the object behind it
// or, in the passive, before it: "trained a model", "the network was trained".
func (p Passage) hasOtherSense() bool {
	l := p.lang()
	from, to := p.Claims.Clause(p.First, p.Last)
	for _, sense := range l.OtherSenses {
		isAll := func(v string) bool { return p.First+text.MatchAt(p.Words, p.First, p.Last, v) == p.Last }
		if !slices.ContainsFunc(sense.Verbs, isAll) {
			continue
		}
		is := func(k, limit int) bool {
			return slices.ContainsFunc(sense.Objects, func(o string) bool {
				return text.MatchAt(p.Words, k, limit, o) > 0
			})
		}
		for k := p.Last; k < min(to, p.Last+maxSenseReach); k++ {
			if is(k, to) {
				return true
			}
			if p.Words[k].Number && !p.Claims.IsYear(k) || slices.Contains(l.Prepositions, p.Words[k].Text) {
				break // "trained 40 people in models"
			}
		}
		for k := max(from, p.First-maxSenseReach); l.Inflects() && k < p.First; k++ {
			if is(k, p.First) && p.hasPassive(k, p.First) {
				return true
			}
		}
	}
	return false
}

// hasPassive reports whether words [from, to) hold an auxiliary of the passive or of the perfect.
func (p Passage) hasPassive(from, to int) bool {
	return p.hasCue(from, to, language.Done, language.Perfect)
}
