package scruple

// The kinds of words about growth and invitations, by their keys in the data of languages.
const (
	leaving    = "leaving"    // what members do who are members no longer
	offer      = "offer"      // says what one can have
	invitation = "invitation" // asks people to come, or says what it costs
	present    = "present"    // an auxiliary of what is or will be
	told       = "told"       // a word of what was
)

// Bounds in words of a verb of leaving from the words, and of a present auxiliary from its verb; and in sentences of an
// invitation from the words.
const (
	maxLeaving = 8
	maxPresent = 3
	maxInvite  = 6
)

// isLeaving reports whether a verb of leaving is beside the words in their clause, so that "more" are fewer: "nine more
// members have departed".
func (p Passage) isLeaving() bool {
	from, to := p.Claims.Clause(p.First, p.Last)
	return p.has(leaving, max(from, p.First-maxLeaving), min(to, p.Last+maxLeaving))
}

// isInvited reports whether the words are what one can have or may come to: behind the words of an offer in their
// sentence, or told of the present near an invitation.
func (p Passage) isInvited() bool {
	return p.has(offer, p.sentence().First, p.First) || p.isOfPresent() && p.isNearInvitation()
}

// isOfPresent reports whether the sentence has the passive of the present and no word of what was, or in a language
// without tenses no word of what was.
func (p Passage) isOfPresent() bool {
	s, l := p.sentence(), p.lang()
	if p.has(told, s.First, s.Last) {
		return false
	}
	if !l.Inflects() {
		return true
	}
	for k := s.First; k < s.Last; k++ {
		if p.at(present, k, s.Last) == k {
			continue
		}
		for i := k + 1; i < min(s.Last, k+1+maxPresent); i++ {
			if l.IsPast(p.Words[i].Text) || i >= p.First && i < p.Last {
				return true
			}
		}
	}
	return false
}

// isNearInvitation reports whether a sentence near that of the words asks people to come.
func (p Passage) isNearInvitation() bool {
	n := p.Words[p.First].Sentence
	near := p.Sentences[max(0, n-maxInvite):min(len(p.Sentences), n+maxInvite+1)]
	for _, s := range near {
		if s.First < s.Last && p.has(invitation, s.First, s.Last) {
			return true
		}
	}
	return false
}
