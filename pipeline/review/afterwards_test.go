package review

import (
	"errors"
	"testing"
	"time"

	"kheo/pipeline/campaign"
)

// A unit objects to the decision on a dossier of its own, until the day that the rules set; the committee answers with
// reasons, and nothing of the closed list changes.
func TestAUnitObjects(t *testing.T) {
	t.Parallel()
	h := open(t)
	rule := campaign.DefaultProcedure
	rule.Objections, rule.In = 10, time.FixedZone("", 7*3600)
	h.log.Set(rule)
	now := time.Date(2024, 12, 1, 20, 0, 0, 0, time.UTC) // 2 December in the campaign
	h.log.now = func() time.Time { return now }
	for id, unit := range map[string]string{"unit-north": "north", "unit-south": "south", "unit-none": ""} {
		h.do(Subject{}, Event{Person: System, Action: PersonAdded, Data: Data{Subject: id, Name: id, Roles: []Role{Submitter}, Unit: unit}})
	}
	north := Subject{Unit: "north", Outcome: "recommended"}
	objects := func(person, text string) Event {
		return Event{Person: person, Action: Objected, Ruleset: "r", Dossier: "d0", Data: Data{Text: text}}
	}
	answer := func(person, outcome, reason string) Event {
		return Event{Person: person, Action: ObjectionAnswered, Ruleset: "r", Dossier: "d0", Data: Data{Outcome: outcome, Reason: reason}}
	}
	h.refused("objection-never", north, objects("unit-north", "the list is open"))
	for i, about := range []Subject{north, {"south", "needs-review"}} {
		id := []string{"d0", "d1"}[i]
		for _, p := range []string{"chair", "cai", []string{"bo", "ann"}[i]} {
			h.do(about, vote(p, id, Against))
		}
		h.do(about, decide("sec", id, NotRecognised, "no effect was seen"))
	}
	if err := h.log.Close(t.Context(), "chair", list()); err != nil {
		t.Fatal(err)
	}
	h.refused("objection-unit", north, objects("unit-south", "of another unit"))
	h.refused("objection-unit", Subject{}, objects("unit-none", "of no unit"))
	h.refused("right", north, objects("sec", "a secretary is no unit"))
	h.refused("objection-empty", north, objects("unit-north", " "))
	h.refused("objection-none", north, answer("sec", ObjectionRejected, "there is none"))
	now = time.Date(2024, 12, 12, 16, 59, 0, 0, time.UTC) // the last minute of the tenth day after the closing
	h.do(north, objects("unit-north", "the visit was to another village"))
	h.refused("objection-open", north, objects("unit-north", "once more"))
	h.state(func(s *State) {
		if got := s.OpenObjections("r"); len(got) != 1 || got[0] != "d0" {
			t.Errorf("open: %v", got)
		}
	})
	h.refused("right", north, answer("unit-north", ObjectionUpheld, "by the unit itself"))
	h.refused("aside", Subject{Unit: "north"}, Event{Person: h.recused("chair"), Action: ObjectionAnswered, Ruleset: "r", Dossier: "d0",
		Data: Data{Outcome: ObjectionRejected, Reason: "no"}})
	h.refused("reason", north, answer("sec", ObjectionRejected, ""))
	h.refused("objection-outcome", north, answer("sec", "perhaps", "unclear"))
	before := string(h.closedContent())
	h.do(north, answer("sec", ObjectionUpheld, "the minutes name the other village"))
	h.state(func(s *State) {
		got := s.ObjectionsTo("r", "d0")
		if len(got) != 1 || got[0].Outcome != ObjectionUpheld || got[0].AnsweredBy != "sec" || len(s.OpenObjections("r")) != 0 {
			t.Errorf("answered: %+v", got)
		}
	})
	if string(h.closedContent()) != before {
		t.Error("an objection has changed the closed list")
	}
	now = now.Add(time.Minute)
	var late *Refusal
	if err := h.try(north, objects("unit-north", "too late")); !errors.As(err, &late) || late.Code != "objection-late" ||
		late.Args[0] != "2024-12-12 23:59" {
		t.Errorf("late: %v", err)
	}
}

// recused makes a person recused from d0.
func (h *house) recused(person string) string {
	h.Helper()
	h.do(Subject{}, Event{Person: person, Action: TieDeclared, Dossier: "d0", Data: Data{Subject: person, Reason: "a friend leads it"}})
	return person
}

// closedContent returns the content of the closed list.
func (h *house) closedContent() (b []byte) {
	h.Helper()
	h.state(func(s *State) { b = s.Closed["r"].Content })
	return b
}

// What was sent while the list was open is recorded, although the list was closed before all of it was in the inbox: no
// delivery is without its event. What is sent afterwards is refused, and so is a letter.
func TestAListClosesWhileDocumentsAreReceived(t *testing.T) {
	t.Parallel()
	h := open(t)
	closed := time.Date(2024, 12, 1, 9, 0, 0, 0, time.UTC)
	now := closed
	h.log.now = func() time.Time { return now }
	h.do(Subject{}, Event{Person: System, Action: PersonAdded, Data: Data{Subject: "unit", Name: "Unit", Roles: []Role{Submitter}, Unit: "north"}})
	north := Subject{Unit: "north", Outcome: "recommended"}
	for i, about := range []Subject{north, {"south", "needs-review"}} {
		id := []string{"d0", "d1"}[i]
		for _, p := range []string{"chair", "cai", []string{"bo", "ann"}[i]} {
			h.do(about, vote(p, id, Against))
		}
		h.do(about, decide("sec", id, NotRecognised, "no effect was seen"))
	}
	if err := h.log.Close(t.Context(), "chair", list()); err != nil {
		t.Fatal(err)
	}
	sent := func(given string) Event {
		return Event{Person: "unit", Action: HandedIn, Dossier: "d0", Data: Data{Unit: "north", Name: "d0", Added: true, Given: given}}
	}
	now = closed.Add(5 * time.Minute)
	h.refused("closed-files", north, sent(""))
	h.refused("closed-files", north, sent("2024-12-01T09:00:01Z"))
	h.do(north, sent("2024-12-01T08:59:00Z"))
	letter := sent("2024-12-01T08:59:00Z")
	letter.Person, letter.Data.Mail = System, "letter"
	h.refused("closed-files", north, letter)
	now = closed.Add(10 * time.Minute)
	h.refused("closed-files", north, sent("2024-12-01T08:59:00Z"))
	h.state(func(s *State) {
		if CameLate(s, "d0", closed) != "" || CameLate(s, "d0", closed.Add(time.Second)) != "2024-12-01" ||
			CameLate(s, "d9", now) != "" || ClosedOn(s, "d0") != "2024-12-01" || ClosedOn(s, "d9") != "" {
			t.Error("which documents came late")
		}
	})
}
