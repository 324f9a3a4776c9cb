package access

import (
	"kheo/pipeline/review"
)

// MayHash reports whether a person may know hashes of events: only one from whom no event can be hidden.
func MayHash(p *review.Person, st *review.State, sees *Visibility) bool {
	blind := st.Settings.Blind && (p.May(review.CastVote) || p.May(review.Score))
	return p.May(review.SeeVotes) && p.May(review.Discuss) && sees.None() && !blind
}
