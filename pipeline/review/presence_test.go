package review

import (
	"slices"
	"testing"

	"kheo/pipeline/campaign"
)

// Who is present at an entry is who was there when it was decided, even if others come and leave afterwards; and a
// majority of those present is counted of them.
func TestPresenceChangesDuringTheMeeting(t *testing.T) {
	h := open(t)
	h.log.Set(campaign.Procedure{Quorum: campaign.Share{Num: 1, Den: 4}, Tie: "chair",
		Majority: campaign.Majority{Share: campaign.Share{Num: 1, Den: 2}, Base: campaign.Present}})
	d := Subject{Unit: "west", Outcome: "recommended"}
	move := func(a Action, who string) Event {
		return Event{Person: "sec", Action: a, Ruleset: "r", Data: Data{Subject: who}}
	}
	h.refused("no-meeting", Subject{}, move(Left, "bo"))
	h.do(Subject{}, Event{Person: "sec", Action: Met, Ruleset: "r", Data: Data{Run: "run1",
		Present: []string{"chair", "ann", "bo", "sec"}}})
	h.refused("presence", Subject{}, move(Came, "bo"))
	h.refused("presence", Subject{}, move(Left, "cai"))
	h.refused("right", Subject{}, Event{Person: "ann", Action: Left, Ruleset: "r", Data: Data{Subject: "bo"}})

	h.do(d, vote("ann", "d0", For), vote("chair", "d0", For))
	h.do(d, decide("chair", "d0", Recognised, ""))
	h.do(Subject{}, move(Left, "bo"), move(Came, "cai"), move(Left, "sec"))
	h.do(d, vote("ann", "d1", For))
	h.refused("majority", d, decide("chair", "d1", Recognised, "")) // one of three: chair, ann and cai
	h.do(Subject{}, move(Left, "cai"), move(Left, "chair"))
	h.do(d, decide("sec", "d1", Recognised, "")) // one of one
	h.state(func(s *State) {
		first, second := s.Tally("r", "d0", "west"), s.Tally("r", "d1", "west")
		if first.Present != 3 || !slices.Equal(first.Absent, []string{"cai"}) {
			t.Errorf("at the first were %d, without %v", first.Present, first.Absent)
		}
		if second.Present != 1 || !slices.Equal(second.Absent, []string{"bo", "cai", "chair"}) {
			t.Errorf("at the second were %d, without %v", second.Present, second.Absent)
		}
		m := s.Meetings["r"]
		if got := m.Attended(); len(got) != 4 || m.Voters != 4 || len(m.Attending) != 0 {
			t.Errorf("%v attended of %d, and %v without a vote", got, m.Voters, m.Attending)
		}
	})

	// A second meeting does not change the first, in which something was decided; one that decided nothing is replaced.
	again := Event{Person: "sec", Action: Met, Ruleset: "r", Data: Data{Run: "run1", Present: []string{"bo"}}}
	h.do(Subject{}, again, again)
	h.state(func(s *State) {
		if m := s.Meetings["r"]; len(m.Earlier) != 1 || len(m.Moves) != 0 {
			t.Errorf("%+v", m)
		}
		if first := s.Tally("r", "d0", "west"); first.Present != 3 {
			t.Errorf("the second meeting changed who was at the first: %+v", first)
		}
	})
}

// The entry that was called is at hand until another is, or a new meeting is opened.
func TestAnEntryIsCalled(t *testing.T) {
	h := open(t)
	call := func(who, id string) Event { return Event{Person: who, Action: Called, Ruleset: "r", Dossier: id} }
	h.refused("right", Subject{}, call("ann", "d0"))
	h.refused("called", Subject{}, call("chair", ""))
	h.do(Subject{}, call("chair", "d0"), call("sec", "d1"))
	h.state(func(s *State) {
		if s.AtHand("r") != "d1" || s.AtHand("other") != "" {
			t.Error(s.AtHand("r"))
		}
	})
	h.do(Subject{}, Event{Person: "sec", Action: Met, Ruleset: "r"})
	h.state(func(s *State) {
		if s.AtHand("r") != "" {
			t.Error(s.AtHand("r"))
		}
	})
}
