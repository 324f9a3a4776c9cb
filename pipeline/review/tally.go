package review

import (
	"slices"

	"kheo/pipeline/campaign"
)

// Tally is how the votes on an entry stand.
type Tally struct {
	For, Against, Abstain int
	Votes                 []Cast // of those who have a vote and are not recused, by person
	Eligible              int    // who have a vote and are not recused
	Present               int    // of these, those who are present, and those who have voted
	Met                   bool   // who is present was written down
	Aside                 []string
	Need                  int // votes for a quorum
	Quorate               bool
	Rule                  campaign.Procedure // by which they are counted
}

// Cast is how many have voted.
func (t Tally) Cast() int { return t.For + t.Against + t.Abstain }

// Base is how many the majority is a share of.
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

// Needs is how many votes for are enough.
func (t Tally) Needs() int { return t.Rule.Majority.Need(t.Base()) }

// Result is what the votes say; "" where they are equal and the chair is to decide. The rule for
// equal votes holds where one vote more would be enough: no casting vote turns half of the votes
// into four fifths.
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

// Voters are those who are counted in a quorum, but for who is recused, in order.
func (s *State) Voters() []string { return slices.Clone(s.voters) }

func (s *State) countVoters() {
	var voters []string
	for id, p := range s.People {
		if p.votes() {
			voters = append(voters, id)
		}
	}
	slices.Sort(voters)
	s.voters = voters
}

// Tally counts the votes on an entry: on a closed list as they stood at the closing. Who is
// recused is counted in nothing, also where the conflict of interest came to light after the vote.
func (s *State) Tally(ruleset, dossier, unit string) Tally {
	if c, ok := s.Closed[ruleset]; ok {
		if t, ok := c.figures.tallies[dossier]; ok {
			return t
		}
	}
	return s.tally(ruleset, dossier, unit, s.Rule(ruleset))
}

// Rule is how the votes on a list are counted: on a closed one as at the closing.
func (s *State) Rule(ruleset string) campaign.Procedure {
	if c, ok := s.Closed[ruleset]; ok && c.figures.rule != nil {
		return *c.figures.rule
	}
	return s.Settings.Of(ruleset)
}

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

// meeting parts those who meet into those who have a vote at that moment and those who have none.
func (s *State) meeting(e *Event) Meeting {
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

// checkPresent reports whether those who are said to meet can.
func (s *State) checkPresent(e *Event, _ Subject) error {
	for _, id := range e.Data.Present {
		if p := s.People[id]; p == nil || p.Disabled {
			return refuse("exists", "there is no person %q who could be present", id)
		}
	}
	return nil
}
