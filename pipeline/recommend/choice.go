package recommend

import (
	"cmp"
	"slices"

	"kheo/internal/dossier"
)

// Choice is an outcome that a person sets in place of the computed one, and the reason.
type Choice struct {
	Outcome dossier.Outcome
	Reason  string
	Award   *GivenAward `json:",omitempty"` // what it gets; nil: what the program gives it, if the outcome is the same
}

// ByHand is the computed state of an entry whose outcome a person has set.
type ByHand struct {
	Was       dossier.Outcome
	Place     int // on the computed list, from 0
	Reason    string
	Certainty *Certainty
	Award     *GivenAward // that the person gave; nil if none was named
}

// Choose sets the outcomes that people chose, by dossier. It is applied after the quotas: a
// choice concerns one entry, and moves no other into a quota or out of it. Entries whose
// outcome changes come last in their new group; all others keep their order.
func (l *List) Choose(choices map[string]Choice) {
	for i := range l.Entries {
		e := &l.Entries[i]
		c, ok := choices[e.Dossier]
		if !ok {
			continue
		}
		e.ByHand = &ByHand{Was: e.Outcome, Place: i, Reason: c.Reason, Certainty: e.Certainty, Award: c.Award}
		e.Outcome, e.Certainty = c.Outcome, nil
	}
	slices.SortStableFunc(l.Entries, func(a, b Ranked) int {
		return ComparePlaces(Placed{a.Outcome, a.moved(), a.Points, a.Dossier},
			Placed{b.Outcome, b.moved(), b.Points, b.Dossier})
	})
	for i := range l.Entries {
		l.Entries[i].Rank = 0
		if l.Entries[i].Outcome == dossier.Recommended {
			l.Entries[i].Rank = i + 1
		}
	}
}

// moved reports whether a person gave the entry another outcome.
func (r *Ranked) moved() bool { return r.ByHand != nil && r.ByHand.Was != r.Outcome }

// Placed is what the place of an entry depends on once people have chosen outcomes.
type Placed struct {
	Outcome dossier.Outcome
	Moved   bool // a person gave it another outcome than the computed one
	Points  float64
	Dossier string
}

// ComparePlaces compares two entries, for a stable sort of a list that is in the computed order.
func ComparePlaces(a, b Placed) int {
	if c := cmp.Compare(slices.Index(dossier.Outcomes, a.Outcome), slices.Index(dossier.Outcomes, b.Outcome)); c != 0 {
		return c
	}
	switch {
	case a.Moved && b.Moved:
		return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(a.Dossier, b.Dossier))
	case a.Moved:
		return 1
	case b.Moved:
		return -1
	}
	return 0
}
