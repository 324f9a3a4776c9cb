package review

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline/campaign"
	"kheo/pipeline/publish"
	"kheo/pipeline/store"
)

// lists is for chains without closed lists.
func lists(string, string) (*publish.File, error) { return nil, nil }

func (h *house) verify(anchors ...Anchored) *Report {
	h.Helper()
	r, err := Open(h.store, campaign.DefaultProcedure, time.Now).Verify(context.Background(), "", lists, anchors...)
	if err != nil {
		h.Fatal(err)
	}
	return r
}

// fails verifies and wants one fault that says all of this.
func (h *house) fails(r *Report, words ...string) {
	h.Helper()
	all := strings.Join(r.Faults, "\n")
	for _, w := range words {
		if !strings.Contains(all, w) {
			h.Errorf("the faults do not say %q:\n%s", w, all)
		}
	}
}

func (h *house) exec(query string, args ...any) {
	h.Helper()
	if _, err := h.store.DB.ExecContext(context.Background(), query, args...); err != nil {
		h.Fatal(err)
	}
}

func score(by string, points float64) Event {
	return Event{Person: by, Action: Scored, Ruleset: "r", Dossier: "d", Data: Data{Criterion: "worth", Points: &points}}
}

// recorded is a score that the command line writes down for someone.
func recorded(id, name string, points float64) Event {
	e := score(System, points)
	e.Data.Subject, e.Data.Name = id, name
	return e
}

func (h *house) scores(unit string) (out []dossier.PanelScore) {
	h.Helper()
	if err := h.log.View(context.Background(), func(s *State) error { out = s.Scores("d", unit); return nil }); err != nil {
		h.Fatal(err)
	}
	return out
}

func (h *house) counting(unit string) (n int, sum float64) {
	for _, x := range h.scores(unit) {
		if x.Counts() {
			n++
			sum += x.Points
		}
	}
	return n, sum
}

func TestAnchors(t *testing.T) {
	cut := func(h *house, from int64) {
		h.unguard("events_remain")
		h.exec(`DELETE FROM events WHERE seq > ?`, from)
	}
	anchorOf := func(h *house) (a Anchor) {
		h.log.View(context.Background(), func(s *State) error { a = s.Anchor(); return nil })
		return a
	}
	t.Run("the chain as it was anchored holds, and as it went on", func(t *testing.T) {
		h := open(t)
		a := Anchored{anchorOf(h), "run.json"}
		h.do(Subject{}, score("eva", 3))
		if r := h.verify(a, Anchored{anchorOf(h), "paper"}, Anchored{Anchor{0, begin}, "first"}); len(r.Faults) > 0 || r.Anchors != (AnchorReport{3, 3}) {
			t.Errorf("%+v", r)
		}
	})
	t.Run("removing the last event is found out", func(t *testing.T) {
		h := open(t)
		a := Anchored{anchorOf(h), "lists/x/run.json"}
		cut(h, a.Events-1)
		r := h.verify(a)
		h.fails(r, "lists/x/run.json", "8 events", "has 7", "the last 1 were removed", "restored from an older backup")
		if r.Anchors != (AnchorReport{1, 0}) {
			t.Errorf("%+v", r.Anchors)
		}
	})
	t.Run("removing all is found out", func(t *testing.T) {
		h := open(t)
		a := Anchored{anchorOf(h), "x"}
		cut(h, 0)
		h.fails(h.verify(a), "has 0", "the last 8 were removed")
	})
	t.Run("another chain that is sound in itself is found out", func(t *testing.T) {
		h, other := open(t), open(t)
		a := Anchored{anchorOf(h), "x"}
		other.unguard("events_remain")
		other.exec(`DELETE FROM events`)
		other.log = Open(other.store, campaign.DefaultProcedure, time.Now)
		for _, id := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i"} {
			other.do(Subject{}, Event{Person: System, Action: PersonAdded, Data: Data{Subject: id, Name: "Mallory", Roles: []Role{Chair}}})
		}
		if r := other.verify(); len(r.Faults) > 0 {
			t.Fatalf("without an anchor nothing is to be found: %v", r.Faults)
		}
		other.fails(other.verify(a), "hash of event 8", "rewritten")
	})
	t.Run("an anchor that no chain has fails", func(t *testing.T) {
		h := open(t)
		h.fails(h.verify(Anchored{Anchor{-1, begin}, "x"}, Anchored{Anchor{0, strings.Repeat("1", 64)}, "y"}), "no audit trail has")
	})
}

func TestWhatIsKeptBesideTheChain(t *testing.T) {
	for name, c := range map[string]struct {
		query string
		want  []string
	}{
		"points changed":     {`UPDATE panel_scores SET points = 9 WHERE scorer = 'eva'`, []string{"score of eva on worth of d as 9, the audit trail as 3"}},
		"points taken away":  {`UPDATE panel_scores SET points = NULL WHERE scorer = 'eva'`, []string{"as taken back, the audit trail as 3"}},
		"a row removed":      {`DELETE FROM panel_scores WHERE scorer = 'eva'`, []string{"panel_scores lacks the score of eva on worth of d"}},
		"a row added":        {`INSERT INTO panel_scores (dossier, criterion, scorer, points, at) VALUES ('d', 'worth', 'bo', 10, 'x')`, []string{"no event tells", `10 by "bo" on worth of d`}},
		"a row added twice":  {`INSERT INTO panel_scores (dossier, criterion, scorer, points, at, seq) SELECT dossier, criterion, scorer, 10, at, seq FROM panel_scores`, []string{"no event tells"}},
		"another scorer":     {`UPDATE panel_scores SET scorer = 'bo' WHERE scorer = 'eva'`, []string{`score of eva on worth of d as one of "bo"`}},
		"another dossier":    {`UPDATE panel_scores SET dossier = 'e' WHERE scorer = 'eva'`, []string{"as one on worth of e"}},
		"another reason":     {`UPDATE panel_scores SET why = 'bribe' WHERE scorer = 'eva'`, []string{"another reason"}},
		"a password changed": {`UPDATE secrets SET password = 'planted' WHERE person = 'chair'`, []string{"the password of chair is not the one"}},
		"a password removed": {`DELETE FROM secrets WHERE person = 'chair'`, []string{"the password of chair", "is gone"}},
		"a password added":   {`INSERT INTO secrets (person, password) VALUES ('mallory', 'x')`, []string{`password of "mallory", whom no event added`}},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			h.do(Subject{}, score("eva", 3))
			if err := h.log.SetEncoded(t.Context(), Event{Person: System, Action: PasswordSet, Data: Data{Subject: "chair"}}, "encoded"); err != nil {
				t.Fatal(err)
			}
			if r := h.verify(); len(r.Faults) > 0 {
				t.Fatal(r.Faults)
			}
			h.exec(c.query)
			h.fails(h.verify(), c.want...)
			if _, sum := h.counting(""); sum != 3 {
				t.Errorf("what counts is %v, not what the chain says", sum)
			}
			if strings.Contains(name, "password") {
				return
			}
			if err := h.log.Mend(t.Context()); err != nil {
				t.Fatal(err)
			}
			if r := h.verify(); len(r.Faults) > 0 {
				t.Errorf("mended: %v", r.Faults)
			}
		})
	}
	t.Run("a password that somebody writes into the database opens nothing", func(t *testing.T) {
		h := open(t)
		if err := h.log.SetEncoded(t.Context(), Event{Person: System, Action: PasswordSet, Data: Data{Subject: "chair"}}, "encoded"); err != nil {
			t.Fatal(err)
		}
		if got, err := h.log.Password(t.Context(), "chair"); err != nil || got != "encoded" {
			t.Fatalf("%q %v", got, err)
		}
		h.exec(`UPDATE secrets SET password = 'planted' WHERE person = 'chair'`)
		if got, err := h.log.Password(t.Context(), "chair"); err != nil || got != "" {
			t.Errorf("%q %v", got, err)
		}
	})
	t.Run("a forgotten dossier leaves no scores, and that is no fault", func(t *testing.T) {
		h := open(t)
		h.do(Subject{}, score("eva", 3))
		h.do(Subject{}, Event{Person: System, Action: Forgotten, Dossier: "d", Data: Data{Reason: "asked"}})
		if _, err := h.store.Dossiers.Forget(t.Context(), "d"); err != nil {
			t.Fatal(err)
		}
		if r := h.verify(); len(r.Faults) > 0 || len(h.scores("")) > 0 {
			t.Errorf("%v %v", r.Faults, h.scores(""))
		}
	})
}

func TestScoresBelongToPeople(t *testing.T) {
	named := func(id, name string) Event {
		return Event{Person: System, Action: PersonAdded, Data: Data{Subject: id, Name: name, Roles: []Role{Evaluator}}}
	}
	t.Run("two people of one name have a score each", func(t *testing.T) {
		h := open(t)
		h.do(Subject{}, named("an1", "Nguyễn Văn An"), named("an2", "Nguyễn Văn An"))
		h.do(Subject{}, score("an1", 3))
		h.do(Subject{}, score("an2", 5))
		if n, sum := h.counting(""); n != 2 || sum != 8 {
			t.Errorf("%d scores, %v points", n, sum)
		}
	})
	t.Run("a renamed person has one score", func(t *testing.T) {
		h := open(t)
		h.do(Subject{}, score("eva", 3))
		h.do(Subject{}, Event{Person: System, Action: PersonChanged, Data: Data{Subject: "eva", Name: "Eva Married", Roles: []Role{Evaluator}}})
		h.do(Subject{}, score("eva", 5))
		if n, sum := h.counting(""); n != 1 || sum != 5 || h.scores("")[0].Scorer != "Eva Married" {
			t.Errorf("%+v", h.scores(""))
		}
	})
	t.Run("the command line names one person, or somebody from outside", func(t *testing.T) {
		h := open(t)
		h.do(Subject{}, named("an1", "Nguyễn Văn An"), named("an2", "Nguyễn Văn An"), named("hoa", "Trần Thị Hoa"))
		h.do(Subject{}, Event{Person: System, Action: PersonChanged, Data: Data{Subject: "hoa", Name: "Hoa Trần", Roles: []Role{Evaluator}}})
		h.log.View(t.Context(), func(s *State) error {
			for by, want := range map[string][2]string{"hoa": {"hoa", ""}, "Hoa Trần": {"hoa", ""}, " Trần  Thị Hoa ": {"hoa", ""}, "Anna": {"", "Anna"}, "external: Anna": {"", "Anna"}, "an1": {"an1", ""}} {
				if id, name, err := s.Scorer(by); err != nil || id != want[0] || name != want[1] {
					t.Errorf("%q is %q, %q, %v", by, id, name, err)
				}
			}
			if _, _, err := s.Scorer("Nguyễn Văn An"); err == nil || !strings.Contains(err.Error(), "an1, an2") {
				t.Errorf("a name of two people: %v", err)
			}
			return nil
		})
		h.do(Subject{}, recorded("", "Anna", 4))
		h.do(Subject{}, named("anna2", "Anna"))
		h.do(Subject{}, score("anna2", 6))
		if r := h.verify(); len(r.Unsettled) != 1 || len(r.Faults) > 0 {
			t.Errorf("it is not asked whether the person added later is the scorer from outside: %+v", r)
		}
		if n, sum := h.counting(""); n != 1 || sum != 6 {
			t.Errorf("a person who was added later may score twice: %+v", h.scores(""))
		}
		h.do(Subject{}, Event{Person: "chair", Action: ScorerSettled, Data: Data{Name: "Anna"}})
		if n, sum := h.counting(""); n != 2 || sum != 10 {
			t.Errorf("somebody from outside became the person who was added later: %+v", h.scores(""))
		}
		h.refused("right", Subject{}, recorded("obs", "", 4))
		h.refused("unknown", Subject{}, recorded("nobody", "", 4))
		h.refused("aside", Subject{Unit: "north"}, recorded("ann", "", 4))
		e := score("eva", 3)
		e.Data.Subject = "bo"
		h.refused("scorer", Subject{}, e)
	})
	t.Run("a score that is taken back is none", func(t *testing.T) {
		h := open(t)
		h.do(Subject{}, recorded("", "Anna", 4))
		e := recorded("", "ANNA", 0)
		e.Data.Points = nil
		h.do(Subject{}, e)
		if n, _ := h.counting(""); n != 0 {
			t.Errorf("%+v", h.scores(""))
		}
		if r := h.verify(); len(r.Faults) > 0 {
			t.Error(r.Faults)
		}
	})
}

func TestScoresOfTheRecused(t *testing.T) {
	tie := func(action Action, d Data, on string) Event {
		return Event{Person: "chair", Action: action, Dossier: on, Data: d}
	}
	for name, c := range map[string]struct {
		lose, regain []Event
	}{
		"declared on the dossier": {[]Event{tie(TieDeclared, Data{Subject: "eva", Reason: "cousin"}, "d")}, []Event{tie(TieDismissed, Data{Subject: "eva", Reason: "no cousin"}, "d")}},
		"declared on the unit":    {[]Event{tie(TieDeclared, Data{Subject: "eva", Unit: "north", Reason: "cousin"}, "")}, []Event{tie(TieDismissed, Data{Subject: "eva", Unit: "north", Reason: "no"}, "")}},
		"found by the program": {[]Event{{Person: System, Action: TieFound, Dossier: "d", Data: Data{Subject: "eva", Reason: "named"}}},
			[]Event{tie(TieDismissed, Data{Subject: "eva", Reason: "another Eva"}, "d")}},
		"moved to the unit": {[]Event{{Person: System, Action: PersonChanged, Data: Data{Subject: "eva", Name: "E", Roles: []Role{Evaluator}, Unit: "north"}}},
			[]Event{{Person: System, Action: PersonChanged, Data: Data{Subject: "eva", Name: "E", Roles: []Role{Evaluator}}},
				tie(TieDismissed, Data{Subject: "eva", Unit: "north", Reason: "the unit was entered by mistake"}, "")}},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			h.do(Subject{Unit: "north"}, score("eva", 3))
			h.do(Subject{Unit: "north"}, score("cai", 5))
			h.do(Subject{}, c.lose...)
			if n, sum := h.counting("north"); n != 1 || sum != 5 {
				t.Errorf("recused: %+v", h.scores("north"))
			}
			if all := h.scores("north"); len(all) != 2 || all[1].Recused == "" {
				t.Errorf("that it does not count is not told: %+v", all)
			}
			h.do(Subject{}, c.regain...)
			if n, sum := h.counting("north"); n != 2 || sum != 8 {
				t.Errorf("withdrawn: %+v", h.scores("north"))
			}
		})
	}
	t.Run("also when the person has left since", func(t *testing.T) {
		h := open(t)
		h.do(Subject{Unit: "north"}, score("eva", 3))
		h.do(Subject{}, Event{Person: System, Action: PersonChanged, Data: Data{Subject: "eva", Name: "E", Roles: []Role{Evaluator}, Unit: "north"}})
		for _, e := range []Event{
			{Person: System, Action: PersonChanged, Data: Data{Subject: "eva", Name: "E", Roles: []Role{Observer}, Unit: "north"}},
			{Person: System, Action: PersonDisabled, Data: Data{Subject: "eva"}},
			{Person: System, Action: Forgotten, Data: Data{Subject: "eva", Reason: "asked"}},
		} {
			h.do(Subject{}, e)
			if n, _ := h.counting("north"); n != 0 {
				t.Errorf("after %s the score of a recused person counts", e.Action)
			}
		}
	})
}

// older writes what a kheo left that kept scores beside the chain, by display name.
func older(t *testing.T, rows ...string) *house {
	h := open(t)
	h.do(Subject{}, Event{Person: System, Action: PersonAdded, Data: Data{Subject: "an1", Name: "An", Roles: []Role{Evaluator}}},
		Event{Person: System, Action: PersonAdded, Data: Data{Subject: "an2", Name: "An", Roles: []Role{Evaluator}}})
	h.do(Subject{}, score("eva", 3))
	h.exec(`DELETE FROM panel_scores`)
	at := "'2024-12-01T09:00:00Z'"
	h.exec(`INSERT INTO panel_scores (dossier, criterion, scorer, points, at) VALUES ('d', 'worth', 'EVA', 3, ` + at + `)`)
	for _, r := range rows {
		h.exec(`INSERT INTO panel_scores (dossier, criterion, points, at, scorer) VALUES ('d', 'worth', ` + r + `)`)
	}
	h.exec(`INSERT INTO settings (key, value) VALUES ('panel scores to adopt', '1')`)
	h.log = Open(h.store, campaign.DefaultProcedure, h.log.now)
	return h
}

func (h *house) adopt() {
	h.Helper()
	if err := h.log.Adopt(context.Background()); err != nil {
		h.Fatal(err)
	}
}

func TestScoresOfBefore(t *testing.T) {
	t.Run("are taken over once, by the people whom their names fit", func(t *testing.T) {
		h := older(t, `4, '2024-11-01T09:00:00Z', 'CAI'`, `6, '2024-11-02T09:00:00Z', 'Somebody Else'`, `1, '2024-11-03T09:00:00Z', 'EVA'`)
		h.adopt()
		got := map[string]float64{}
		for _, x := range h.scores("") {
			got[x.Person] = x.Points
		}
		if len(got) != 3 || got["cai"] != 4 || got["external:Somebody Else"] != 6 || got["eva"] != 3 { // eva scored later on the pages
			t.Errorf("%v", got)
		}
		if r := h.verify(); len(r.Faults) > 0 || len(r.Unsettled) > 0 {
			t.Errorf("%+v", r)
		}
		n := h.verify().Events
		h.exec(`INSERT INTO settings (key, value) VALUES ('panel scores to adopt', '1')`)
		h.exec(`INSERT INTO panel_scores (dossier, criterion, scorer, points, at) VALUES ('d', 'worth', 'Mallory', 10, 'x')`)
		h.adopt()
		if r := h.verify(); r.Events != n {
			t.Errorf("a row was slipped in: %d events, not %d", r.Events, n)
		}
		h.fails(h.verify(), "no event tells", "Mallory")
	})
	t.Run("wait where a name fits two people, until it is settled", func(t *testing.T) {
		h := older(t, `7, '2024-11-01T09:00:00Z', 'An'`)
		h.adopt()
		r := h.verify()
		if len(r.Faults) > 0 || len(r.Unsettled) != 1 || r.Unsettled[0].Name != "An" {
			t.Fatalf("%+v", r)
		}
		if n, _ := h.counting(""); n != 1 {
			t.Errorf("it counts already: %+v", h.scores(""))
		}
		settle := func(by, name, person string) Event {
			return Event{Person: by, Action: ScorerSettled, Data: Data{Name: name, Subject: person}}
		}
		h.refused("right", Subject{}, settle("eva", "An", "an1"))
		h.refused("settle", Subject{}, settle("chair", "An", "eva"))
		h.refused("settle", Subject{}, settle("chair", "EVA", "eva"))
		h.do(Subject{}, settle("chair", "An", "an2"))
		if n, sum := h.counting(""); n != 2 || sum != 10 {
			t.Errorf("%+v", h.scores(""))
		}
		h.do(Subject{}, score("an2", 1))
		if n, sum := h.counting(""); n != 2 || sum != 4 {
			t.Errorf("the person scores twice: %+v", h.scores(""))
		}
		h.do(Subject{}, settle("chair", "An", ""))
		if n, sum := h.counting(""); n != 3 || sum != 11 {
			t.Errorf("settled otherwise: %+v", h.scores(""))
		}
	})
	t.Run("nobody settles that scores are their own", func(t *testing.T) {
		h := older(t, `7, '2024-11-01T09:00:00Z', 'An'`)
		h.do(Subject{}, Event{Person: System, Action: PersonChanged, Data: Data{Subject: "an1", Name: "An", Roles: []Role{Chair}}})
		h.adopt()
		h.refused("own-settle", Subject{}, Event{Person: "an1", Action: ScorerSettled, Data: Data{Name: "An", Subject: "an1"}})
	})
	t.Run("that were edited before they were taken over are found out", func(t *testing.T) {
		h := older(t)
		h.exec(`UPDATE panel_scores SET points = 10`)
		h.adopt()
		if n, sum := h.counting(""); n != 1 || sum != 3 {
			t.Errorf("%+v", h.scores(""))
		}
		h.fails(h.verify(), "as 10, the audit trail as 3")
	})
}

func TestDutiesAreSeparated(t *testing.T) {
	change := func(by, id, unit string, roles ...Role) Event {
		return Event{Person: by, Action: PersonChanged, Data: Data{Subject: id, Name: strings.ToUpper(id), Roles: roles, Unit: unit}}
	}
	add := func(by, id string, roles ...Role) Event {
		return Event{Person: by, Action: PersonAdded, Data: Data{Subject: id, Name: id, Roles: roles}}
	}
	t.Run("nobody gives a role to themselves", func(t *testing.T) {
		h := open(t)
		for _, r := range []Role{Member, Chair, Secretary, Evaluator, Observer} {
			h.refused("own-roles", Subject{}, change("adm", "adm", "", Administrator, r))
		}
		h.do(Subject{}, change("adm", "eva", "", Evaluator, Member))
		h.do(Subject{}, Event{Person: System, Action: PersonChanged, Data: Data{Subject: "adm", Name: "A", Roles: []Role{Administrator, Member}}})
		h.do(Subject{}, change("adm", "adm", "", Administrator)) // giving one up is no gain
	})
	t.Run("nobody leaves the unit that recuses them", func(t *testing.T) {
		h := open(t)
		h.do(Subject{}, change(System, "adm", "north", Administrator, Member))
		h.refused("own-unit", Subject{}, change("adm", "adm", "", Administrator, Member))
	})
	t.Run("an account that somebody made gives its maker nothing", func(t *testing.T) {
		h := open(t)
		h.do(Subject{}, add("adm", "puppet", Administrator))
		h.do(Subject{}, add("puppet", "puppet2", Administrator))
		h.refused("own-puppet", Subject{}, change("puppet", "adm", "", Administrator, Chair))
		h.refused("own-puppet", Subject{}, change("puppet2", "adm", "", Administrator, Chair))
		h.do(Subject{}, add(System, "other", Administrator))
		h.do(Subject{}, change("other", "adm", "", Administrator, Chair))
	})
	t.Run("nor does one whose link somebody saw", func(t *testing.T) {
		h := open(t)
		h.do(Subject{}, add(System, "other", Administrator))
		token, _, err := h.log.MakeLink(t.Context(), "adm", "other", false)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.log.UseLink(t.Context(), token, "known to adm"); err != nil {
			t.Fatal(err)
		}
		h.refused("own-puppet", Subject{}, change("other", "adm", "", Administrator, Chair))
	})
	t.Run("nobody sets the password of somebody else", func(t *testing.T) {
		h := open(t)
		h.refused("password-other", Subject{}, Event{Person: "adm", Action: PasswordSet, Data: Data{Subject: "chair"}})
		h.do(Subject{}, Event{Person: "chair", Action: PasswordSet, Data: Data{Subject: "chair"}})
	})
	t.Run("editing a disabled person enables nobody", func(t *testing.T) {
		h := open(t)
		h.do(Subject{}, Event{Person: "adm", Action: PersonDisabled, Data: Data{Subject: "bo"}})
		h.do(Subject{}, change("adm", "bo", "", Member))
		h.do(Subject{}, change(System, "bo", "", Member, Observer))
		h.log.View(t.Context(), func(s *State) error {
			if !s.People["bo"].Disabled || s.People["bo"].May(CastVote) {
				t.Error("bo is enabled")
			}
			return nil
		})
		h.refused("unknown", Subject{}, score("bo", 3))
		h.refused("disabled", Subject{}, Event{Person: "adm", Action: LinkMade, Data: Data{Subject: "bo"}})
		h.do(Subject{}, Event{Person: "adm", Action: PersonEnabled, Data: Data{Subject: "bo"}})
		h.do(Subject{}, score("bo", 3))
		h.do(Subject{}, Event{Person: System, Action: Forgotten, Data: Data{Subject: "bo", Reason: "asked"}})
		h.refused("forgotten", Subject{}, Event{Person: "adm", Action: PersonEnabled, Data: Data{Subject: "bo"}})
		h.refused("forgotten", Subject{}, change("adm", "bo", "", Member))
	})
	t.Run("what an older kheo enabled by editing stays as it was then", func(t *testing.T) {
		s := NewState(campaign.DefaultProcedure)
		for _, e := range []Event{add(System, "bo", Member), {Action: PersonDisabled, Data: Data{Subject: "bo"}}, change("adm", "bo", "", Member)} {
			s.Apply(&e)
		}
		if s.People["bo"].Disabled {
			t.Error("closed lists of that time would be derived otherwise")
		}
	})
	t.Run("people are told what others did to their account", func(t *testing.T) {
		h := open(t)
		h.do(Subject{}, change("adm", "bo", "south", Member, Evaluator))
		h.do(Subject{}, Event{Person: "bo", Action: PasswordSet, Data: Data{Subject: "bo"}})
		h.do(Subject{}, Event{Person: System, Action: PasswordSet, Data: Data{Subject: "bo"}})
		h.log.View(t.Context(), func(s *State) error {
			if told := s.Told("bo"); len(told) != 2 || told[0].By != "adm" || told[1].Action != PasswordSet {
				t.Errorf("%+v", told)
			}
			return nil
		})
	})
}

func TestLinks(t *testing.T) {
	link := func(h *house, person string) string {
		h.Helper()
		token, _, err := h.log.MakeLink(context.Background(), "adm", person, false)
		if err != nil {
			h.Fatal(err)
		}
		return token
	}
	use := func(h *house, token string) error {
		_, err := h.log.UseLink(context.Background(), token, "a good password")
		return err
	}
	for name, c := range map[string]struct {
		before func(h *house, token string)
		fits   bool
	}{
		"works":      {func(*house, string) {}, true},
		"works once": {func(h *house, token string) { use(h, token) }, false},
		"expires": {func(h *house, _ string) {
			h.log.now = func() time.Time { return time.Date(2024, 12, 4, 9, 0, 1, 0, time.UTC) }
		}, false},
		"works until it expires": {func(h *house, _ string) {
			h.log.now = func() time.Time { return time.Date(2024, 12, 4, 8, 59, 0, 0, time.UTC) }
		}, true},
		"is replaced by the next":     {func(h *house, _ string) { link(h, "bo") }, false},
		"ends when the person is out": {func(h *house, _ string) { h.log.Disable(context.Background(), "adm", "bo") }, false},
		"ends with another password": {func(h *house, _ string) {
			h.log.SetPassword(context.Background(), Event{Person: "bo", Action: PasswordSet, Data: Data{Subject: "bo"}}, "quite another one")
		}, false},
		"is another person's business": {func(h *house, _ string) { link(h, "eva") }, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			token := link(h, "bo")
			c.before(h, token)
			err := use(h, token)
			if c.fits != (err == nil) || err != nil && !errors.Is(err, store.ErrLink) {
				t.Errorf("%v", err)
			}
			encoded, err := h.log.Password(t.Context(), "bo")
			if err != nil || c.fits && encoded == "" {
				t.Errorf("%q %v", encoded, err)
			}
			if r := h.verify(); len(r.Faults) > 0 {
				t.Error(r.Faults)
			}
		})
	}
	t.Run("is kept as its hash", func(t *testing.T) {
		h := open(t)
		token := link(h, "bo")
		var kept string
		if err := h.store.DB.QueryRowContext(t.Context(), `SELECT token FROM links`).Scan(&kept); err != nil || strings.Contains(kept, token) {
			t.Errorf("%q %v", kept, err)
		}
		rows, err := h.store.Events.After(t.Context(), 0)
		if err != nil || strings.Contains(rows[len(rows)-1].Body, token) {
			t.Error("the audit trail holds the link")
		}
	})
	t.Run("of two at once one is used", func(t *testing.T) {
		h := open(t)
		token := link(h, "bo")
		var all sync.WaitGroup
		done := make(chan error, 4)
		for range 4 {
			all.Go(func() { done <- use(h, token) })
		}
		all.Wait()
		close(done)
		used := 0
		for err := range done {
			if err == nil {
				used++
			}
		}
		if used != 1 {
			t.Errorf("it was used %d times", used)
		}
	})
}

// Who is recused after the dossier was assigned leaves the place to another person.
func TestARecusedEvaluatorIsReplaced(t *testing.T) {
	h := open(t)
	f := &publish.File{Ruleset: "r", Entries: []publish.Entry{{Dossier: "d", Unit: "north", Outcome: dossier.NeedsReview}}}
	plan := func() (n int) {
		h.log.View(t.Context(), func(s *State) error {
			events, _ := s.Plan(f, 1)
			n = len(events)
			return nil
		})
		return n
	}
	h.do(Subject{}, Event{Person: System, Action: PersonAdded, Data: Data{Subject: "eve", Name: "Eve", Roles: []Role{Evaluator}}})
	h.do(Subject{Unit: "north"}, Event{Person: "chair", Action: Assigned, Dossier: "d", Data: Data{Subject: "eva"}})
	if n := plan(); n != 0 {
		t.Errorf("%d more are assigned, and one was asked for", n)
	}
	h.do(Subject{}, Event{Person: "chair", Action: TieDeclared, Dossier: "d", Data: Data{Subject: "eva", Reason: "cousin"}})
	if n := plan(); n != 1 {
		t.Errorf("%d are assigned in the place of who is recused", n)
	}
}
