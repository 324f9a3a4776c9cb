package review

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline/campaign"
	"kheo/pipeline/publish"
	"kheo/pipeline/store"
	"kheo/pipeline/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

type house struct {
	*testing.T
	store *store.Store
	log   *Log
}

func open(t *testing.T) *house {
	t.Helper()
	s, err := store.Open(t.Context(), storetest.Records(t), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	h := &house{t, s, Open(s, campaign.DefaultProcedure, func() time.Time { return time.Date(2024, 12, 1, 9, 0, 0, 0, time.UTC) })}
	for _, p := range []struct {
		id, unit string
		roles    []Role
	}{{"chair", "", []Role{Chair}}, {"sec", "", []Role{Secretary}}, {"ann", "north", []Role{Member}}, {"bo", "south", []Role{Member}}, {"cai", "", []Role{Member}}, {"eva", "", []Role{Evaluator}}, {"obs", "", []Role{Observer}}, {"adm", "", []Role{Administrator}}} {
		h.do(Subject{}, Event{Person: System, Action: PersonAdded, Data: Data{Subject: p.id, Name: strings.ToUpper(p.id), Roles: p.roles, Unit: p.unit}})
	}
	return h
}

// unguard drops triggers by which the records refuse that events change; in PostgreSQL all of them, which have other names.
func (h *house) unguard(triggers ...string) {
	h.Helper()
	if storetest.OnPostgres() {
		h.exec(`ALTER TABLE events DISABLE TRIGGER USER`)
		return
	}
	for _, name := range triggers {
		h.exec("DROP TRIGGER " + name)
	}
}

func (h *house) try(about Subject, events ...Event) error {
	return h.log.Do(context.Background(), about, events...)
}

func (h *house) do(about Subject, events ...Event) {
	h.Helper()
	if err := h.try(about, events...); err != nil {
		h.Fatal(err)
	}
}

func (h *house) refused(code string, about Subject, e Event) {
	h.Helper()
	var r *Refusal
	if err := h.try(about, e); !errors.As(err, &r) || r.Code != code {
		h.Errorf("%s by %s: %v, want a refusal %q", e.Action, e.Person, err, code)
	}
}

func vote(person, dossier string, v Vote) Event {
	return Event{Person: person, Action: Voted, Ruleset: "r", Dossier: dossier, Data: Data{Value: v}}
}

func decide(person, dossier string, d Decision, reason string) Event {
	return Event{Person: person, Action: Decided, Ruleset: "r", Dossier: dossier, Data: Data{Decision: d, Reason: reason}}
}

func list() *publish.File {
	f := &publish.File{Campaign: "c", Ruleset: "r", RulesetSHA256: "abc", Run: "run1"}
	for i, o := range []dossier.Outcome{dossier.Recommended, dossier.NeedsReview, dossier.NotRecommended} {
		f.Entries = append(f.Entries, publish.Entry{Rank: i + 1, Dossier: fmt.Sprint("d", i), Unit: []string{"north", "south", "west"}[i], Outcome: o, Points: float64(90 - i)})
	}
	return f
}

func TestTheCommitteeDecides(t *testing.T) {
	h := open(t)
	north, south := Subject{"north", "recommended"}, Subject{"south", "needs-review"}
	h.refused("right", north, vote("eva", "d0", For))
	h.refused("right", north, vote("obs", "d0", For))
	h.refused("right", north, vote("sec", "d0", For))
	h.refused("unknown", north, vote("nobody", "d0", For))
	h.refused("aside", north, vote("ann", "d0", For)) // of their own unit
	h.refused("vote", north, vote("bo", "d0", "perhaps"))
	h.refused("quorum", north, decide("sec", "d0", Recognised, ""))
	h.do(north, vote("bo", "d0", For))
	h.refused("quorum", north, decide("sec", "d0", Recognised, ""))
	h.do(north, vote("chair", "d0", For))
	h.refused("majority", north, decide("sec", "d0", NotRecognised, "why not"))
	h.refused("right", north, decide("bo", "d0", Recognised, ""))
	h.do(north, decide("sec", "d0", Recognised, ""))
	h.refused("decided", north, vote("cai", "d0", Against))

	// what kheo did not recommend needs a reason; a changed vote counts once
	h.do(south, vote("ann", "d1", Against))
	h.do(south, vote("ann", "d1", For))
	h.do(south, vote("cai", "d1", For))
	h.refused("reason", south, decide("sec", "d1", Recognised, " "))
	h.do(south, decide("sec", "d1", Recognised, "the visit has shown it"))
	if err := h.log.View(t.Context(), func(s *State) error {
		tally := s.Tally("r", "d1", "south")
		if tally.For != 2 || tally.Cast() != 2 || tally.Eligible != 3 || len(tally.Aside) != 1 || tally.Aside[0] != "bo" {
			t.Errorf("%+v", tally)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestEqualVotesGoToTheRuleThatWasSet(t *testing.T) {
	for rule, want := range map[string]Decision{"chair": "", "not-recognised": NotRecognised, "deferred": Deferred} {
		tally := Tally{For: 2, Against: 2, Abstain: 1, Rule: campaign.DefaultProcedure}
		tally.Rule.Tie = rule
		if got := tally.Result(); got != want {
			t.Errorf("%s: %q, want %q", rule, got, want)
		}
	}
}

func TestStandingAside(t *testing.T) {
	h := open(t)
	west := Subject{"west", "recommended"}
	h.do(west, vote("ann", "d2", For))
	h.refused("reason", west, Event{Person: "ann", Action: TieDeclared, Dossier: "d2", Data: Data{Subject: "ann"}})
	h.refused("right", west, Event{Person: "ann", Action: TieDeclared, Dossier: "d2", Data: Data{Subject: "bo", Reason: "his brother leads it"}})
	h.do(west, Event{Person: "ann", Action: TieDeclared, Dossier: "d2", Data: Data{Subject: "ann", Reason: "my brother leads it"}})
	h.refused("aside", west, vote("ann", "d2", For))
	tied := func(person, dossier, unit string, want bool) {
		t.Helper()
		if err := h.log.View(t.Context(), func(s *State) error {
			if got := s.Tie(person, dossier, unit) != nil; got != want {
				t.Errorf("%s on %s of %s: tied %v, want %v", person, dossier, unit, got, want)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	tied("ann", "d2", "west", true)
	tied("ann", "d0", "north", true)
	tied("bo", "d2", "west", false)
	// a vote from before the tie came to light does not count
	if err := h.log.View(t.Context(), func(s *State) error {
		if tally := s.Tally("r", "d2", "west"); tally.Cast() != 0 || tally.Eligible != 3 {
			t.Errorf("%+v", tally)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	// one that was found wrongly is dismissed, with a reason
	h.do(west, Event{Person: System, Action: TieFound, Dossier: "d1", Data: Data{Subject: "cai", Reason: "the name stands in the report"}})
	tied("cai", "d1", "south", true)
	h.refused("right", west, Event{Person: "cai", Action: TieDismissed, Dossier: "d1", Data: Data{Subject: "cai", Reason: "it is not me"}})
	h.do(west, Event{Person: "sec", Action: TieDismissed, Dossier: "d1", Data: Data{Subject: "cai", Reason: "another person of that name"}})
	tied("cai", "d1", "south", false)
	h.do(west, Event{Person: "sec", Action: TieDismissed, Data: Data{Subject: "ann", Unit: "north", Reason: "moved away in spring"}})
	tied("ann", "d0", "north", false)
	// no one judges their own conflicts of interest
	h.do(west, Event{Person: System, Action: TieFound, Dossier: "d2", Data: Data{Subject: "sec", Reason: "named"}})
	h.refused("own-tie", west, Event{Person: "sec", Action: TieDismissed, Dossier: "d2", Data: Data{Subject: "sec", Reason: "another person"}})
	h.do(west, Event{Person: "chair", Action: TieDismissed, Dossier: "d2", Data: Data{Subject: "sec", Reason: "another person"}})
	// no one is assigned what they are tied to
	h.refused("right", west, Event{Person: "sec", Action: Assigned, Dossier: "d1", Data: Data{Subject: "obs"}})
	h.do(west, Event{Person: System, Action: TieFound, Dossier: "d1", Data: Data{Subject: "eva", Reason: "named"}})
	h.refused("aside", west, Event{Person: "sec", Action: Assigned, Dossier: "d1", Data: Data{Subject: "eva"}})
	h.do(west, Event{Person: "eva", Action: Assigned, Dossier: "d2", Data: Data{Subject: "eva"}})
}

// closed is a house whose list was decided and closed.
func closed(t *testing.T) (*house, *publish.File) {
	h, f := open(t), list()
	north, south := Subject{"north", "recommended"}, Subject{"south", "needs-review"}
	if err := h.log.Close(t.Context(), "chair", f); err == nil || !strings.Contains(err.Error(), "2 entries are not decided") {
		t.Fatal(err)
	}
	for _, p := range []string{"bo", "cai", "chair"} {
		h.do(north, vote(p, "d0", For))
	}
	h.do(north, decide("sec", "d0", Recognised, ""))
	h.do(south, decide("sec", "d1", Returned, "the confirmation is missing"))
	if err := h.log.Close(t.Context(), "sec", f); err == nil {
		t.Fatal("the secretary closed the list")
	}
	if err := h.log.Close(t.Context(), "chair", f); err != nil {
		t.Fatal(err)
	}
	return h, f
}

func TestAClosedListStaysAsItWas(t *testing.T) {
	h, f := closed(t)
	north := Subject{"north", "recommended"}
	points := 3.0
	for _, e := range []Event{vote("cai", "d2", For), decide("sec", "d1", Recognised, "after all"), {Person: "chair", Action: Overridden, Ruleset: "r", Dossier: "d0", Data: Data{Criterion: "c", Points: &points, Reason: "x"}}} {
		h.refused("closed", north, e)
	}
	if err := h.log.Close(t.Context(), "chair", f); err == nil {
		t.Error("closed twice")
	}
	r, err := h.log.Verify(t.Context(), "", func(string, string) (*publish.File, error) { return f, nil })
	if err != nil || len(r.Faults) != 0 || len(r.Closed) != 1 {
		t.Fatalf("%+v %v", r, err)
	}
	if r, err = h.log.Verify(t.Context(), r.Head, func(string, string) (*publish.File, error) { return f, nil }); err != nil || len(r.Faults) != 0 {
		t.Errorf("%+v %v", r, err)
	}
	other := *f
	other.Entries = append([]publish.Entry{}, f.Entries...)
	other.Entries[1].Points++
	if r, err = h.log.Verify(t.Context(), "", func(string, string) (*publish.File, error) { return &other, nil }); err != nil || len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "not the one that was closed") {
		t.Errorf("another list: %+v %v", r, err)
	}
}

// Whatever someone with a hand on the database changes is found.
func TestEveryChangeOfTheTrailIsFound(t *testing.T) {
	for name, change := range map[string]func(db *sql.DB) error{
		"a vote is turned": func(db *sql.DB) error {
			_, err := db.Exec(`UPDATE events SET body = replace(body, '"value":"for"', '"value":"against"') WHERE seq = 10`)
			return err
		},
		"a reason is written anew, with its hash": func(db *sql.DB) error {
			var prev, body string
			if err := db.QueryRow(`SELECT a.hash, b.body FROM events a JOIN events b ON b.seq = a.seq + 1 WHERE b.body LIKE '%confirmation%' LIMIT 1`).Scan(&prev, &body); err != nil {
				return err
			}
			other := strings.Replace(body, "confirmation", "photograph", 1)
			_, err := db.Exec(`UPDATE events SET body = ?, hash = ? WHERE body = ?`, other, hashOf(prev, other), body)
			return err
		},
		"an event is taken out": func(db *sql.DB) error { _, err := db.Exec(`DELETE FROM events WHERE seq = 11`); return err },
		"one is taken out and the others move up": func(db *sql.DB) error {
			if _, err := db.Exec(`DELETE FROM events WHERE seq = 11`); err != nil {
				return err
			}
			_, err := db.Exec(`UPDATE events SET seq = seq - 1 WHERE seq > 11`)
			return err
		},
		"two change places": func(db *sql.DB) error {
			if _, err := db.Exec(`UPDATE events SET seq = -seq WHERE seq IN (9, 10)`); err != nil {
				return err
			}
			_, err := db.Exec(`UPDATE events SET seq = 19 + seq WHERE seq < 0`)
			return err
		},
		"the closing is taken off": func(db *sql.DB) error {
			_, err := db.Exec(`DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)`)
			return err
		},
		"the chain is written anew with another vote": func(db *sql.DB) error {
			rows, err := db.Query(`SELECT seq, body FROM events ORDER BY seq`)
			if err != nil {
				return err
			}
			var seqs []int
			var bodies []string
			for rows.Next() {
				var n int
				var b string
				if err := rows.Scan(&n, &b); err != nil {
					return err
				}
				seqs, bodies = append(seqs, n), append(bodies, b)
			}
			rows.Close()
			prev := begin
			for i, b := range bodies {
				b = strings.Replace(b, `"value":"for"`, `"value":"against"`, 1)
				prev = hashOf(prev, b)
				if _, err := db.Exec(`UPDATE events SET body = ?, hash = ? WHERE seq = ?`, b, prev, seqs[i]); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, f := closed(t)
			get := func(string, string) (*publish.File, error) { return f, nil }
			r, err := h.log.Verify(t.Context(), "", get)
			if err != nil || len(r.Faults) > 0 {
				t.Fatal(r, err)
			}
			signed := r.Head
			if err := change(h.store.DB); err == nil {
				t.Fatal("the database let it happen")
			}
			h.unguard("events_stay", "events_remain")
			if err := change(h.store.DB); err != nil {
				t.Fatal(err)
			}
			fresh := Open(h.store, campaign.DefaultProcedure, time.Now)
			if r, err = fresh.Verify(t.Context(), signed, get); err != nil || len(r.Faults) == 0 {
				t.Errorf("nothing was found: %+v %v", r, err)
			}
		})
	}
}

// Many who vote at once, through several doors, lose no vote and count none twice.
func TestVotesAtOnce(t *testing.T) {
	h := open(t)
	other := Open(h.store, campaign.DefaultProcedure, time.Now)
	var wg sync.WaitGroup
	for i := range 120 {
		wg.Go(func() {
			log := h.log
			if i%2 == 1 {
				log = other
			}
			person := []string{"bo", "cai", "chair"}[i%3]
			if err := log.Do(context.Background(), Subject{"west", "recommended"}, vote(person, fmt.Sprint("d", i/3), For)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, log := range []*Log{h.log, other} {
		if err := log.View(t.Context(), func(s *State) error {
			for i := range 40 {
				if tally := s.Tally("r", fmt.Sprint("d", i), "west"); tally.For != 3 {
					t.Errorf("d%d: %+v", i, tally)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// Showing a page looks once for what other processes appended; what this process appends it sees at any time, and the
// next page sees everything.
func TestAPageLooksOnceForEventsOfOthers(t *testing.T) {
	h := open(t)
	other := Open(h.store, campaign.DefaultProcedure, time.Now)
	votes := func(ctx context.Context) (n int) {
		t.Helper()
		if err := h.log.View(ctx, func(s *State) error { n = s.Tally("r", "d", "west").For; return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	cast := func(log *Log, person string) {
		t.Helper()
		if err := log.Do(t.Context(), Subject{"west", "recommended"}, vote(person, "d", For)); err != nil {
			t.Fatal(err)
		}
	}
	page := Once(t.Context())
	cast(other, "bo")
	if n := votes(page); n != 1 {
		t.Errorf("the page begins with %d votes, not with the one that was cast before", n)
	}
	cast(other, "cai")
	if n := votes(page); n != 1 {
		t.Errorf("%d votes later on the page", n)
	}
	cast(h.log, "chair") // brings in what others appended, too
	if n := votes(page); n != 3 {
		t.Errorf("%d votes after a vote of this process", n)
	}
	if err := other.View(Once(t.Context()), func(s *State) error {
		if n := s.Tally("r", "d", "west").For; n != 3 {
			t.Errorf("another page of another process shows %d votes", n)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// Several events happen together or not at all.
func TestAllOrNothing(t *testing.T) {
	h := open(t)
	west := Subject{"west", "recommended"}
	if err := h.try(west, vote("bo", "d1", For), vote("eva", "d1", For)); err == nil {
		t.Fatal("an evaluator voted")
	}
	if err := h.log.View(t.Context(), func(s *State) error {
		if s.VoteOf("bo", "r", "d1") != "" {
			t.Error("half of it happened")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	h.do(west, vote("bo", "d1", For), vote("cai", "d1", Abstain))
}

func TestPeople(t *testing.T) {
	h := open(t)
	add := func(id, name string, roles ...Role) Event {
		return Event{Person: "adm", Action: PersonAdded, Data: Data{Subject: id, Name: name, Roles: roles}}
	}
	h.refused("id", Subject{}, add("Ann Nguyen", "x", Member))
	h.refused("id", Subject{}, add(System, "x", Member))
	h.refused("exists", Subject{}, add("ann", "x", Member))
	h.refused("role", Subject{}, add("dan", "Dan", "emperor"))
	h.refused("person", Subject{}, add("dan", " ", Member))
	h.refused("person", Subject{}, add("dan", "Dan"))
	h.refused("too-long", Subject{}, add("dan", strings.Repeat("x", 5000), Member))
	h.do(Subject{}, add("dan", "Dan", Member))
	h.refused("last", Subject{}, Event{Person: "adm", Action: PersonDisabled, Data: Data{Subject: "adm"}})
	h.refused("last", Subject{}, Event{Person: "adm", Action: PersonChanged, Data: Data{Subject: "adm", Name: "A", Roles: []Role{Observer}}})
	h.do(Subject{}, Event{Person: "adm", Action: PersonDisabled, Data: Data{Subject: "dan"}})
	h.refused("unknown", Subject{}, vote("dan", "d0", For))
	if p := (&Person{Roles: []Role{Observer}}); p.May(CastVote) || !p.May(See) {
		t.Error("an observer votes, or sees nothing")
	}
	for _, r := range Roles {
		if len(rightsOf[r]) == 0 {
			t.Errorf("%s may do nothing", r)
		}
	}
}

func TestPasswords(t *testing.T) {
	encoded, err := HashPassword("đường hoa mười giờ")
	if err != nil || !strings.HasPrefix(encoded, "$argon2id$v=19$m=65536,t=3,p=4$") {
		t.Fatal(encoded, err)
	}
	if !CheckPassword(encoded, "đường hoa mười giờ") || CheckPassword(encoded, "duong hoa muoi gio") || CheckPassword("", "") || CheckPassword("$argon2id$v=19$m=99999999,t=3,p=4$aaaa$bbbb", "x") {
		t.Error("a wrong password is taken, or the right one is not")
	}
	if _, err := HashPassword("short"); !errors.Is(err, ErrPassword) {
		t.Error(err)
	}
	if b, err := json.Marshal(Data{}); err != nil || string(b) != "{}" {
		t.Error(string(b), err)
	}
}

// Assigning spreads the work evenly, to those who know the field first, and to no one who is
// tied.
func TestAssigningEveryDossier(t *testing.T) {
	h := open(t)
	for id, field := range map[string]string{"ev1": "economy", "ev2": "culture", "ev3": ""} {
		e := Event{Person: System, Action: PersonAdded, Data: Data{Subject: id, Name: id, Roles: []Role{Evaluator}}}
		if field != "" {
			e.Data.Fields = []string{field}
		}
		if id == "ev3" {
			e.Data.Unit = "north"
		}
		h.do(Subject{}, e)
	}
	f := &publish.File{Ruleset: "r", Run: "run1"}
	for i := range 24 {
		f.Entries = append(f.Entries, publish.Entry{Dossier: fmt.Sprint("d", i), Unit: []string{"north", "south"}[i%2], Field: []string{"economy", "culture"}[i/2%2], Outcome: dossier.Recommended})
	}
	f.Entries = append(f.Entries, publish.Entry{Dossier: "out", Unit: "south", Outcome: dossier.Ineligible})
	var events []Event
	var short []string
	if err := h.log.View(t.Context(), func(s *State) error { events, short = s.Plan(f, 2); return nil }); err != nil {
		t.Fatal(err)
	}
	load, per := map[string]int{}, map[string]int{}
	for i := range events {
		events[i].Person = "sec"
		load[events[i].Data.Subject]++
		per[events[i].Dossier]++
		if events[i].Data.Subject == "ev3" && events[i].Data.Unit == "north" || events[i].Dossier == "out" {
			t.Errorf("%+v", events[i])
		}
	}
	if len(short) > 0 || len(events) != 48 || len(per) != 24 {
		t.Fatalf("%d events for %d dossiers, short %v", len(events), len(per), short)
	}
	for id, n := range load {
		if n < 10 || n > 14 {
			t.Errorf("%s has %d of 48", id, n)
		}
	}
	tied := Event{Person: "sec", Action: Assigned, Dossier: "d0", Data: Data{Subject: "ev3", Unit: "north"}}
	if err := h.try(Subject{}, append([]Event{tied}, events...)...); err == nil {
		t.Error("of many at once, one who is tied was assigned")
	}
	h.do(Subject{}, events...)
	if err := h.log.View(t.Context(), func(s *State) error {
		if again, _ := s.Plan(f, 2); len(again) > 0 {
			t.Errorf("assigned once more: %d", len(again))
		}
		if _, short := s.Plan(f, 9); len(short) != 24 {
			t.Errorf("%d dossiers are short of nine evaluators", len(short))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
