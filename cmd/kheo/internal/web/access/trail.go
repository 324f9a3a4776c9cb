package access

import (
	"kheo/pipeline/review"
)

// MayHash reports whether a person may see hashes of events. A hash confirms a guess at the content of its
// event, so only people from whom no event can be hidden may see them.
func MayHash(p *review.Person, st *review.State, sees *Visibility) bool {
	blind := st.Settings.Blind && (p.May(review.CastVote) || p.May(review.Score))
	return p.May(review.SeeVotes) && p.May(review.Discuss) && sees.None() && !blind
}
