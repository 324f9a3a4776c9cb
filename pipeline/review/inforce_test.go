package review

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline/campaign"
	"kheo/pipeline/publish"
)

// state calls back with what holds.
func (h *house) state(show func(s *State)) {
	h.Helper()
	if err := h.log.View(h.Context(), func(s *State) error { show(s); return nil }); err != nil {
		h.Fatal(err)
	}
}

func set(o dossier.Outcome, id string) Event {
	return Event{Person: "chair", Action: Overridden, Ruleset: "r", Dossier: id, Data: Data{Outcome: string(o), Reason: "seen on a visit"}}
}

// Those present who have a vote are those who had one when the meeting was opened, each once.
func TestWhoIsPresentWithAVote(t *testing.T) {
	h := open(t)
	h.do(Subject{}, Event{Person: "sec", Action: Met, Ruleset: "r", Data: Data{Run: "run1", Present: []string{"chair", "ann", "sec", "chair", "obs", "bo"}}})
	check := func(when string) {
		h.Helper()
		h.state(func(s *State) {
			m := s.Meetings["r"]
			if !slices.Equal(m.Present, []string{"chair", "ann", "bo"}) || !slices.Equal(m.Attending, []string{"sec", "obs"}) || m.Voters != 4 {
				t.Errorf("%s: %+v", when, m)
			}
		})
	}
	check("at once")
	h.do(Subject{}, Event{Person: "adm", Action: PersonDisabled, Data: Data{Subject: "bo"}}, Event{Person: "adm", Action: PersonChanged, Data: Data{Subject: "obs", Name: "OBS", Roles: []Role{Member}}})
	check("after roles changed")
	h.refused("exists", Subject{}, Event{Person: "sec", Action: Met, Ruleset: "r", Data: Data{Present: []string{"chair", "nobody"}}})
	h.refused("exists", Subject{}, Event{Person: "sec", Action: Met, Ruleset: "r", Data: Data{Present: []string{"bo"}}}) // disabled
}

// A share of those present counts who is present with a vote, and not recused; nothing is decided by
// it before someone writes down who is present.
func TestAShareOfThosePresent(t *testing.T) {
	h := open(t)
	rule := campaign.DefaultProcedure
	rule.Quorum = campaign.Share{Num: 1, Den: 4}
	rule.Majority = campaign.Majority{Share: campaign.Share{Num: 1, Den: 2}, Base: campaign.Present}
	h.log.Set(rule)
	west, north := Subject{"west", "recommended"}, Subject{"north", "recommended"}
	h.do(west, vote("bo", "d2", For))
	h.refused("present", west, decide("sec", "d2", Recognised, ""))
	h.do(Subject{}, Event{Person: "sec", Action: Met, Ruleset: "r", Data: Data{Present: []string{"ann", "cai", "sec"}}})
	h.refused("majority", west, decide("sec", "d2", Recognised, "")) // 1 of ann, cai and bo, who has voted
	h.do(west, vote("cai", "d2", For))
	h.do(west, decide("sec", "d2", Recognised, ""))
	h.do(north, vote("cai", "d0", For)) // ann is of the north, and recused: cai is all who is present
	h.do(north, decide("sec", "d0", Recognised, ""))
}

// What must be decided is what keeps a list from being closed: the outcome that a person set counts,
// and a vote on whatever entry.
func TestWhatMustBeDecided(t *testing.T) {
	h, f := open(t), list()
	open := func() (ids []string) {
		h.state(func(s *State) { ids = s.Open(s.InForce(f, "r", "en")) })
		return ids
	}
	if got := open(); !slices.Equal(got, []string{"d0", "d1"}) {
		t.Errorf("%v", got)
	}
	west := Subject{"west", "not-recommended"}
	h.do(west, set(dossier.NotRecommended, "d0"), set(dossier.NotRecommended, "d1"))
	if got := open(); len(got) > 0 {
		t.Errorf("after they were overridden: %v", got)
	}
	h.do(west, vote("bo", "d2", Against))
	if got := open(); !slices.Equal(got, []string{"d2"}) {
		t.Errorf("with a vote: %v", got)
	}
	if err := h.log.Close(t.Context(), "chair", f); err == nil || !strings.Contains(err.Error(), "1 entries are not decided yet, the first is d2") {
		t.Errorf("%v", err)
	}
	// A person who is recused from the open entry learns no more than that.
	h.do(Subject{}, Event{Person: "chair", Action: TieDeclared, Data: Data{Subject: "chair", Unit: "west", Reason: "a cousin"}})
	if err := h.log.Close(t.Context(), "chair", f); err == nil || !strings.Contains(err.Error(), "on which you are recused") || strings.Contains(err.Error(), "d2") {
		t.Errorf("%v", err)
	}
	splendid := set("splendid", "d2")
	splendid.Person = "sec"
	h.refused("override", west, splendid)
}

// A list is closed with the outcomes that people set, and its figures stay whatever comes later.
func TestTheFiguresOfAClosedListStay(t *testing.T) {
	h, f := open(t), list()
	north, south := Subject{"north", "recommended"}, Subject{"south", "needs-review"}
	h.do(south, set(dossier.NotRecommended, "d1"))
	for _, p := range []string{"bo", "cai", "chair"} {
		h.do(north, vote(p, "d0", For))
	}
	h.do(north, decide("sec", "d0", Recognised, ""))
	if err := h.log.Close(t.Context(), "chair", f); err != nil {
		t.Fatal(err)
	}
	var was *publish.File
	var tally Tally
	h.state(func(s *State) {
		was, tally = s.InForce(f, "r", "en"), s.Tally("r", "d0", "north")
		var content ClosedContent
		if err := json.Unmarshal(s.Closed["r"].Content, &content); err != nil || content.Entries[2].Dossier != "d1" || content.Entries[2].Outcome != dossier.NotRecommended {
			t.Errorf("%v: %+v", err, content.Entries)
		}
	})
	if was.Counts != (publish.Counts{Registered: 3, Recommended: 1, NotRecommended: 2}) {
		t.Errorf("%+v", was.Counts)
	}
	h.refused("closed", south, set(dossier.Recommended, "d1"))
	h.refused("closed", south, Event{Person: "chair", Action: Restored, Ruleset: "r", Dossier: "d1"})
	h.do(Subject{}, Event{Person: "adm", Action: PersonDisabled, Data: Data{Subject: "bo"}}, Event{Person: "chair", Action: TieDeclared, Data: Data{Subject: "cai", Unit: "north", Reason: "a cousin"}})
	rule := campaign.DefaultProcedure
	rule.Majority = campaign.Majority{Share: campaign.Share{Num: 4, Den: 5}, Exact: true, Base: campaign.Members}
	h.log.Set(rule)
	h.state(func(s *State) {
		now := s.Tally("r", "d0", "north")
		if now.For != 3 || now.Eligible != tally.Eligible || now.Needs() != tally.Needs() || s.Rule("r").Majority != campaign.DefaultProcedure.Majority {
			t.Errorf("the tally was %+v, and is %+v", tally, now)
		}
		if len(s.Open(was)) > 0 {
			t.Error("something must still be decided on a closed list")
		}
		if gone := s.InForce(nil, "r", "en"); gone == nil || gone.Counts != was.Counts {
			t.Errorf("without the list of its run: %+v", gone)
		}
	})
	r, err := h.log.Verify(t.Context(), "", func(string, string) (*publish.File, error) { return f, nil })
	if err != nil || len(r.Faults) > 0 || len(r.Closed) != 1 {
		t.Errorf("%+v %v", r, err)
	}
}

// A list that was closed before rules and overrides were kept with it is verified as it was then.
func TestAClosingOfBefore(t *testing.T) {
	h, f := open(t), list()
	h.do(Subject{"south", "needs-review"}, set(dossier.Recommended, "d1"))
	var content []byte
	h.state(func(s *State) {
		sum, err := ListSHA256(f)
		if err != nil {
			t.Fatal(err)
		}
		if content, err = json.Marshal(closedContent(s, f, sum, nil)); err != nil || strings.Contains(string(content), `"rule"`) {
			t.Fatalf("%v %s", err, content)
		}
	})
	h.do(Subject{}, Event{Person: "chair", Action: Closed, Ruleset: "r", Data: Data{Run: "run1", Content: content}})
	h.state(func(s *State) {
		if got := s.InForce(f, "r", "en"); got != f {
			t.Errorf("%+v", got)
		}
	})
	if r, err := h.log.Verify(t.Context(), "", func(string, string) (*publish.File, error) { return f, nil }); err != nil || len(r.Faults) > 0 {
		t.Errorf("%+v %v", r, err)
	}
}
