package review

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kheo/pipeline/campaign"
	"kheo/pipeline/store"
)

// generated draws events that the state often allows and often refuses: few people, dossiers and rulesets, so that
// events of a batch meet on the same keys.
func generated(people, dossiers []string) *rapid.Generator[Event] {
	actions := []Action{PersonAdded, PersonChanged, PersonDisabled, PersonEnabled, LinkMade, PasswordSet, Forgotten,
		TieDeclared, TieFound, TieDismissed, Assigned, Unassigned, HandedIn, Commented, Scored, Overridden, Restored,
		Met, Voted, Decided, ScoresAdopted, ScorerSettled, VoteTaken, DecisionTaken, Registered, Reported, Visited,
		TookOver, NotTaken, SameAs, NotSame, Confirmed, Withdrawn}
	return rapid.Custom(func(t *rapid.T) Event {
		person := rapid.SampledFrom(people)
		e := Event{Action: rapid.SampledFrom(actions).Draw(t, "action")}
		e.Person = System
		if rapid.IntRange(0, 2).Draw(t, "by a person") > 0 {
			e.Person = person.Draw(t, "by")
		}
		e.Dossier = rapid.SampledFrom(dossiers).Draw(t, "dossier")
		e.Ruleset = rapid.SampledFrom([]string{"r", "q"}).Draw(t, "ruleset")
		d := &e.Data
		d.Subject = person.Draw(t, "subject")
		d.Unit = rapid.SampledFrom([]string{"", "north", "south"}).Draw(t, "unit")
		d.Reason = rapid.SampledFrom([]string{"because", "because", ""}).Draw(t, "reason")
		d.Name = rapid.SampledFrom([]string{"ANN", "Bo"}).Draw(t, "name")
		fill(t, &e, dossiers)
		return e
	})
}

// fill draws what the action of e needs beside its reason, name and subject.
func fill(t *rapid.T, e *Event, dossiers []string) {
	d := &e.Data
	switch e.Action {
	case PersonAdded, PersonChanged:
		d.Roles = rapid.SliceOfN(rapid.SampledFrom([]Role{Member, Chair, Secretary, Evaluator, Administrator}), 3, 5).Draw(t, "roles")
	case Forgotten:
		if d.Subject == "new" { // the others go on, so that there is someone to act
			e.Dossier = ""
		} else {
			d.Subject = ""
		}
	case TieDeclared, TieDismissed, TieFound:
		if d.Unit != "" {
			e.Dossier = ""
		}
	case PasswordSet:
		d.Secret = rapid.SampledFrom([]string{"a", "b"}).Draw(t, "secret")
		d.Reason = rapid.SampledFrom([]string{"", ByLink}).Draw(t, "how")
	case LinkMade:
		d.Text = rapid.SampledFrom([]string{LinkShown, LinkMailed}).Draw(t, "link")
	case Commented:
		d.Text = "text"
	case Visited:
		d.Text, d.On = "text", "2024-03-01"
	case Scored:
		points := float64(rapid.IntRange(0, 9).Draw(t, "points"))
		d.Criterion, d.Points = "c", &points
		switch {
		case e.Person != System:
			d.Subject, d.Name = "", ""
		case rapid.Bool().Draw(t, "of before"): // by a name that may fit several people
			d.Subject, d.Given = "", "2024-01-01T00:00:00Z"
		default:
			d.Name = ""
		}
	case Overridden:
		d.Outcome = rapid.SampledFrom([]string{"recommended", "ineligible"}).Draw(t, "outcome")
	case Met:
		d.Present = []string{d.Subject}
	case Voted:
		d.Value = rapid.SampledFrom(Votes).Draw(t, "vote")
	case Decided:
		d.Decision = rapid.SampledFrom(Decisions).Draw(t, "decision")
	case Registered:
		d.On = "2024-03-01"
	case Reported, TookOver, NotTaken, SameAs, NotSame:
		d.Of = rapid.SampledFrom(dossiers).Draw(t, "of")
	}
}

// replayed returns the state that the stored chain leads to, read from its first event.
func (h *house) replayed() *State {
	h.Helper()
	l := Open(h.store, h.log.state.Settings, h.log.now)
	if err := l.View(context.Background(), func(*State) error { return nil }); err != nil {
		h.Fatal(err)
	}
	return l.state
}

// allowed returns those of the events that are allowed one after the other.
func (s *State) allowed(events []Event, about Subject) (out []Event) {
	for _, e := range events {
		e.Seq, e.At = s.Seq+1, "2024-12-01T09:00:00Z"
		s.People.complete(&e)
		if s.Check(&e, about) == nil {
			s.Apply(&e)
			out = append(out, e)
		}
	}
	return out
}

// A batch does what its events do one by one; a batch of which the last event is refused changes neither the
// state nor the store; and the state is at all times the one that the stored events lead to.
func TestABatchIsItsEvents(t *testing.T) {
	batched, single := open(t), open(t)
	gen := generated([]string{"ann", "bo", "chair", "adm", "new"}, []string{"d0", "d1"})
	about := Subject{"west", "recommended"}
	done := map[Action]int{}
	rapid.Check(t, func(t *rapid.T) {
		before := batched.replayed()
		events := batched.replayed().allowed(rapid.SliceOfN(gen, 5, 25).Draw(t, "events"), about)
		var refused *Refusal
		if err := batched.try(about, append(slices.Clone(events), vote("nobody", "d0", For))...); !errors.As(err, &refused) {
			t.Fatalf("a vote of nobody: %v", err)
		}
		if !reflect.DeepEqual(batched.log.state, before) {
			t.Fatal("a refused batch changed the state")
		}
		if rows, err := batched.store.Events.After(context.Background(), before.Seq); err != nil || len(rows) > 0 {
			t.Fatalf("a refused batch left %d events in the store (%v)", len(rows), err)
		}
		if err := batched.try(about, events...); err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			done[e.Action]++
			if err := single.try(about, e); err != nil {
				t.Fatalf("%s of %s is refused alone, and was not in a batch: %v", e.Action, e.Person, err)
			}
		}
		for name, other := range map[string]*State{"one by one": single.log.state, "replayed": batched.replayed()} {
			if !reflect.DeepEqual(batched.log.state, other) {
				t.Fatalf("the batch leads to another state than its events %s", name)
			}
		}
	})
	if len(done) < 25 && !testing.Short() { // of 33 actions that are drawn
		t.Errorf("the batches had %v only: the test shows little", slices.Sorted(maps.Keys(done)))
	}
}

// A batch that the database does not take leaves the state as it was: here the last event needs a link that is
// not valid, which shows only when its row is written.
func TestABatchThatTheStoreRefuses(t *testing.T) {
	h := open(t)
	before := h.replayed()
	last := Event{Person: "ann", Action: PasswordSet, Data: Data{Subject: "ann", Reason: ByLink, Secret: "x"}}
	last.beside.Secret = &store.Secret{Person: "ann", Encoded: "y", Link: "none", Now: h.log.now()}
	about := Subject{"west", "recommended"}
	if err := h.try(about, vote("bo", "d1", For), vote("cai", "d1", For), last); !errors.Is(err, store.ErrLink) {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(h.log.state, before) || !reflect.DeepEqual(h.replayed(), before) {
		t.Error("half of the batch is there")
	}
	h.do(about, vote("bo", "d1", For), vote("cai", "d1", For))
}

// BenchmarkAssignBatch assigns 200 dossiers at once on a trail of 50,000 events. No one can vote or open a page
// while Do holds the lock.
func BenchmarkAssignBatch(b *testing.B) {
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Join(b.TempDir(), "kheo.db"), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	l := Open(s, campaign.DefaultProcedure, time.Now)
	add := func(events ...Event) {
		if err := l.Do(ctx, Subject{}, events...); err != nil {
			b.Fatal(err)
		}
	}
	add(Event{Person: System, Action: PersonAdded, Data: Data{Subject: "sec", Name: "S", Roles: []Role{Secretary}}},
		Event{Person: System, Action: PersonAdded, Data: Data{Subject: "eva", Name: "E", Roles: []Role{Evaluator}}})
	comments := make([]Event, 1000)
	for n := range 50 {
		for i := range comments {
			comments[i] = Event{Person: "sec", Action: Commented, Dossier: fmt.Sprint("d", (n*1000+i)%10000), Data: Data{Text: "seen"}}
		}
		add(comments...)
	}
	assigned, taken := make([]Event, 200), make([]Event, 200)
	for i := range assigned {
		assigned[i] = Event{Person: "sec", Action: Assigned, Dossier: fmt.Sprint("d", i), Data: Data{Subject: "eva"}}
		taken[i] = assigned[i]
		taken[i].Action = Unassigned
	}
	for b.Loop() {
		add(assigned...)
		b.StopTimer()
		add(taken...)
		b.StartTimer()
	}
}
