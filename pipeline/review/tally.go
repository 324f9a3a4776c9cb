package review

import (
	"slices"

	"kheo/pipeline/campaign"
)

// Tally is the count of the votes on an entry.
type Tally struct {
	For, Against, Abstain int
	Votes                 []Cast   // of the eligible, by person
	Eligible              int      // people with a vote who are not recused
	Present               int      // of these, those recorded as present or who have voted
	Met                   bool     // a meeting is recorded
	Aside                 []string // people with a vote who are recused
	Need                  int      // votes needed for a quorum
	Quorate               bool
	Rule                  campaign.Procedure // how the votes are counted
}

// Cast returns how many have voted.
func (t Tally) Cast() int { return t.For + t.Against + t.Abstain }

// Base returns the number of which the majority is a share.
func (t Tally) Base() int {
	switch {
	case t.Rule.Majority.Base == campaign.Members:
		return t.Eligible
	case t.Rule.Majority.Base == campaign.Present:
		return t.Present
	case t.Rule.Abstain:
		return t.Cast()
	}
	return t.For + t.Against
}

// Needs returns how many votes in favour are enough.
func (t Tally) Needs() int { return t.Rule.Majority.Need(t.Base()) }

// Result returns what the votes say, or "" if they are equal and the chair decides. The rule for equal votes
// applies only if one more vote would be enough: a casting vote does not turn half of the votes into four fifths.
func (t Tally) Result() Decision {
	if t.For+t.Against == 0 {
		return NotRecognised
	}
	if t.For >= t.Needs() && (t.For != t.Against || !t.Rule.Majority.Plain) {
		return Recognised
	}
	one := t
	one.For++
	if t.For == t.Against && (t.Rule.Majority.Plain || one.For >= one.Needs()) {
		switch t.Rule.Tie {
		case "not-recognised":
			return NotRecognised
		case "deferred":
			return Deferred
		}
		return ""
	}
	return NotRecognised
}

// Tally counts the votes on an entry; on a closed list, as of its closing. A recused person counts in nothing, even
// if the conflict of interest came to light after the vote.
func (s *State) Tally(ruleset, dossier, unit string) Tally {
	if c, ok := s.Closed[ruleset]; ok {
		if t, ok := c.figures.tallies[dossier]; ok {
			return t
		}
	}
	return s.tally(ruleset, dossier, unit, s.Rule(ruleset))
}

// Rule returns how the votes on a list are counted; on a closed list, as of its closing.
func (s *State) Rule(ruleset string) campaign.Procedure {
	if c, ok := s.Closed[ruleset]; ok && c.figures.rule != nil {
		return *c.figures.rule
	}
	return s.Settings.Of(ruleset)
}

// tally is Tally by a given rule, from the present votes.
func (s *State) tally(ruleset, dossier, unit string, rule campaign.Procedure) Tally {
	met, ok := s.Meetings[ruleset]
	t := Tally{Rule: rule, Met: ok}
	for _, id := range s.voters {
		if s.Tie(id, dossier, unit) != nil {
			t.Aside = append(t.Aside, id)
			continue
		}
		t.Eligible++
		c, voted := s.votes[on{ruleset, dossier}][id]
		if voted || slices.Contains(met.Present, id) {
			t.Present++
		}
		if !voted {
			continue
		}
		t.Votes = append(t.Votes, c)
		switch c.Vote {
		case For:
			t.For++
		case Against:
			t.Against++
		case Abstain:
			t.Abstain++
		}
	}
	t.Need = max(1, t.Rule.Quorum.AtLeast(t.Eligible))
	t.Quorate = t.Cast() >= t.Need
	return t
}

// meeting separates the attendants into those who have a vote at this moment and those who have none.
func (u update) meeting() Meeting {
	s, e := u.state, u.event
	m := Meeting{Run: e.Data.Run, Voters: len(s.voters), By: e.Person, At: e.At}
	for _, id := range e.Data.Present {
		to := &m.Attending
		if slices.Contains(s.voters, id) {
			to = &m.Present
		}
		if !slices.Contains(*to, id) {
			*to = append(*to, id)
		}
	}
	return m
}

// checkPresent checks that every attendant is an enabled person.
func (a attempt) checkPresent() error {
	s, e := a.state, a.event
	for _, id := range e.Data.Present {
		if p := s.People[id]; p == nil || p.Disabled {
			return refuse("exists", "there is no person %q who could be present", id)
		}
	}
	return nil
}
