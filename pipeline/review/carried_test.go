package review

import (
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline/publish"
)

// A conflict of interest that comes to light after the decision takes votes away from it: where the rest
// does not carry it, it must be decided again before the list can be closed.
func TestADecisionWhoseVotesDoNotCountAnyMore(t *testing.T) {
	h := open(t)
	d := Subject{Unit: "west", Outcome: "recommended"}
	vote := func(who string, v Vote) Event {
		return Event{Person: who, Action: Voted, Ruleset: "r", Dossier: "d", Data: Data{Value: v}}
	}
	h.do(d, vote("chair", Against), vote("ann", For), vote("bo", For), vote("cai", For))
	h.do(d, Event{Person: "chair", Action: Decided, Ruleset: "r", Dossier: "d", Data: Data{Decision: Recognised}})
	entry := &publish.Entry{Dossier: "d", Unit: "west", Outcome: dossier.Recommended}
	open := func() (out bool) {
		h.state(func(s *State) { out = s.MustDecide("r", entry) })
		return out
	}
	if open() {
		t.Error("what is decided must be decided")
	}
	tie := func(who string) {
		h.do(d, Event{Person: who, Action: TieDeclared, Dossier: "d", Data: Data{Subject: who, Reason: "family"}})
	}
	tie("ann")
	if open() {
		t.Error("two for and one against still carry the decision")
	}
	tie("bo")
	tie("cai")
	if !open() {
		t.Error("the decision holds with no vote for it")
	}
	h.do(d, Event{Person: "chair", Action: DecisionTaken, Ruleset: "r", Dossier: "d"})
	if !open() {
		t.Error("it need not be decided again")
	}
}

// Entering another unit for a person ends no conflict of interest; dismissing it does.
func TestAFormerUnitRecuses(t *testing.T) {
	h := open(t)
	d := Subject{Unit: "north", Outcome: "recommended"}
	h.do(Subject{}, Event{Person: "adm", Action: PersonChanged, Data: Data{Subject: "ann", Name: "ANN", Roles: []Role{Member}, Unit: ""}})
	if h.try(d, Event{Person: "ann", Action: Voted, Ruleset: "r", Dossier: "d", Data: Data{Value: For}}) == nil {
		t.Error("the vote is taken of a person who was of the unit")
	}
	h.state(func(s *State) {
		if _, units := s.Recused("ann"); len(units) != 1 || units[0] != "north" {
			t.Error(units)
		}
	})
	h.do(d, Event{Person: "chair", Action: TieDismissed, Data: Data{Subject: "ann", Unit: "north", Reason: "the unit was entered by mistake"}})
	h.do(d, Event{Person: "ann", Action: Voted, Ruleset: "r", Dossier: "d", Data: Data{Value: For}})
}
