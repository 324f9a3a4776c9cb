package review

import (
	"maps"
	"math"
	"slices"
	"strings"

	"kheo/internal/dossier"
)

// actor returns the person whose act an event is: its own or, of what the command line records for someone,
// that person. It is System if no one is named.
func (e *Event) actor() string {
	if e.Person == System && e.Data.Subject != "" {
		return e.Data.Subject
	}
	return e.Person
}

// mayCorrect reports whether a person may correct facts of a dossier: a person who may override, of every dossier;
// others with the right, of those assigned to them.
func (s *State) mayCorrect(p *Person, id string) bool {
	return p.May(Correct) && (p.May(Override) || slices.Contains(s.Assigned[id], p.ID))
}

// MayCorrect reports whether a person may correct facts of a dossier. Conflicts of interest are another
// matter: Check refuses what they bar.
func (s *State) MayCorrect(person, id string) bool {
	p := s.People[person]
	return p != nil && !p.Disabled && s.mayCorrect(p, id)
}

// checkCorrection checks that a fact is set, rejected or restored by a person who may, with a reason and the
// paper that it rests on. Whether the value fits the fact is for the ruleset, which the state does not know.
func (a attempt) checkCorrection() error {
	s, e := a.state, a.event
	d := &e.Data
	if err := a.checkCorrector(e.actor()); err != nil {
		return err
	}
	switch {
	case e.Dossier == "" || d.Fact == "":
		return refuse("fact", "name the dossier and the fact")
	case e.Action == FactRestored && s.correctionOf(e.Dossier, d.Fact) == nil:
		return refuse("uncorrected", "nobody has corrected %s of this dossier", d.Fact)
	case e.Action == FactRestored:
		return nil
	case d.Paper == nil || d.Paper.SHA256 == "":
		return refuse("fact", "a correction rests on a paper, or on all of them")
	case (e.Action == FactSet) != (d.To != nil) || !storable(d.To):
		return refuse("fact", "a fact is set to a number, a text, yes or no, and rejected without a value")
	}
	return checkReason(d)
}

// checkCorrector checks that a person may correct facts of the dossier of e. checkRight and Check ask this of the
// person who records the event; the command line records it for another person.
func (a attempt) checkCorrector(by string) error {
	s, e := a.state, a.event
	if by == System {
		return nil
	}
	if t := s.Tie(by, e.Dossier, a.about.Unit); t != nil {
		return refuse("aside", "%s stands aside on this dossier: %s", by, t.Reason)
	}
	p := s.People[by]
	switch {
	case p == nil:
		return refuse("exists", "there is no person %q", by)
	case p.Disabled || !p.May(Correct):
		return refuse("right", "this needs the right %q, which none of the roles of %s has", Correct, by)
	case !s.mayCorrect(p, e.Dossier):
		return refuse("assigned", "%s corrects facts of dossiers that are assigned to the person; this one is not",
			by)
	}
	return nil
}

// storable reports whether v is a value that a fact may have and JSON can hold: a finite number, a text of
// bounded length, a bool, or nil.
func storable(v any) bool {
	switch x := v.(type) {
	case nil, bool:
		return true
	case float64:
		return !math.IsNaN(x) && !math.IsInf(x, 0)
	case string:
		return strings.TrimSpace(x) != "" && len([]rune(x)) <= maxText
	}
	return false
}

// applyCorrection records what a person states of a fact, in place of what was stated before, or takes it
// back.
func (u update) applyCorrection() {
	s, e := u.state, u.event
	d := &e.Data
	same := func(c dossier.Correction) bool { return c.Fact == d.Fact }
	list := slices.DeleteFunc(slices.Clone(s.corrections[e.Dossier]), same)
	if e.Action != FactRestored {
		c := dossier.Correction{Fact: d.Fact, Value: d.To, By: e.actor(), Why: d.Reason, At: e.At}
		if d.Source != nil {
			c.Source = *d.Source
		}
		if d.Paper != nil {
			c.Basis = *d.Paper
		}
		list = append(list, c)
		slices.SortFunc(list, func(a, b dossier.Correction) int { return strings.Compare(a.Fact, b.Fact) })
	}
	put(s, s.corrections, e.Dossier, list)
}

// correctionOf returns what a person stated of a fact of a dossier, or nil.
func (s *State) correctionOf(id, fact string) *dossier.Correction {
	list := s.corrections[id]
	i := slices.IndexFunc(list, func(c dossier.Correction) bool { return c.Fact == fact })
	if i < 0 {
		return nil
	}
	return &list[i]
}

// Corrections returns what people state of the facts of a dossier of a unit, ordered by fact, whether or not
// the papers that they rest on are still there: see dossier.Dossier.Holding. Those of people who are recused
// by now say so, and do not hold as long as that is so.
func (s *State) Corrections(id, unit string) []dossier.Correction {
	out := slices.Clone(s.corrections[id])
	for i := range out {
		if t := s.Tie(out[i].By, id, unit); t != nil {
			out[i].Recused = t.Reason
		}
	}
	return out
}

// CorrectedDossiers returns the dossiers of which people state facts, or did, in order.
func (s *State) CorrectedDossiers() []string { return slices.Sorted(maps.Keys(s.corrections)) }
