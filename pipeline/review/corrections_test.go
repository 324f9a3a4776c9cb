package review

import (
	"math"
	"strings"
	"testing"

	"kheo/internal/dossier"
)

// north is a dossier of the unit of ann, who is a member.
var north = Subject{Unit: "north"}

// corrects is the event by which a person sets a fact of the dossier lamps, or rejects it if the value is nil.
func corrects(person string, v any) Event {
	e := Event{Person: person, Action: FactSet, Dossier: "lamps", Data: Data{Fact: "households", To: v, Was: 60.0,
		Reason: "counted on the page", Paper: &dossier.Basis{SHA256: strings.Repeat("a", 64)},
		Source: &dossier.Source{Document: "report.pdf", Page: 2, Quote: "120 households", Start: 5, End: 19}}}
	if v == nil {
		e.Action = FactRejected
	}
	return e
}

// without returns the event after a change of its data.
func without(e Event, change func(*Data)) Event {
	change(&e.Data)
	return e
}

func TestCorrections(t *testing.T) {
	of := func(h *house) (out []dossier.Correction) {
		if err := h.log.View(h.Context(), func(s *State) error { out = s.Corrections("lamps", "north"); return nil }); err != nil {
			h.Fatal(err)
		}
		return out
	}
	t.Run("the last one of a fact holds, and the trail keeps all", func(t *testing.T) {
		h := open(t)
		h.do(north, corrects("sec", 120.0))
		h.do(north, corrects("chair", 125.0))
		if list := of(h); len(list) != 1 || list[0].Value != 125.0 || list[0].By != "chair" || list[0].Source.Start != 5 {
			t.Errorf("%+v", list)
		}
		h.do(north, corrects("sec", nil))
		if list := of(h); len(list) != 1 || list[0].Value != nil || list[0].By != "sec" {
			t.Errorf("%+v", list)
		}
		h.do(north, Event{Person: "sec", Action: FactRestored, Dossier: "lamps", Data: Data{Fact: "households"}})
		if list := of(h); len(list) != 0 {
			t.Errorf("%+v", list)
		}
		r := h.verify()
		if len(r.Faults) > 0 || r.Events != 12 {
			t.Errorf("%+v", r)
		}
		again := Open(h.store, h.log.state.Settings, h.log.now)
		if err := again.View(t.Context(), func(s *State) error {
			if past := s.History("lamps"); len(past) != 4 || past[1].Fact != "households" || past[1].Person != "chair" {
				t.Errorf("%+v", past)
			}
			if list := s.CorrectedDossiers(); len(list) != 1 {
				t.Errorf("%v", list)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	})
	t.Run("a conflict of interest bars from them", func(t *testing.T) {
		h := open(t)
		h.do(Subject{}, Event{Person: System, Action: PersonChanged, Data: Data{Subject: "sec", Name: "SEC", Roles: []Role{Secretary}, Unit: "north"}})
		h.refused("aside", north, corrects("sec", 120.0))
		h.refused("aside", north, without(corrects(System, 120.0), func(d *Data) { d.Subject = "sec" }))
	})
	t.Run("one of a person who is recused afterwards does not hold", func(t *testing.T) {
		h := open(t)
		h.do(north, corrects("sec", 120.0))
		h.do(north, Event{Person: "sec", Action: TieDeclared, Dossier: "lamps", Data: Data{Subject: "sec", Reason: "a cousin"}})
		d := &dossier.Dossier{Documents: []dossier.Document{{Name: "report.pdf", SHA256: strings.Repeat("a", 64)}}}
		if holds, lapsed := d.Holding(of(h)); len(holds) != 0 || len(lapsed) != 1 || lapsed[0].Recused == "" {
			t.Errorf("%+v holds, %+v lapsed", holds, lapsed)
		}
	})
	t.Run("evaluators correct dossiers that are assigned to them", func(t *testing.T) {
		h := open(t)
		h.refused("assigned", north, corrects("eva", 120.0))
		h.do(north, Event{Person: "sec", Action: Assigned, Dossier: "lamps", Data: Data{Subject: "eva"}})
		h.do(north, corrects("eva", 120.0))
		for _, person := range []string{"ann", "obs", "adm"} {
			h.refused("right", north, corrects(person, 120.0))
		}
		h.refused("right", north, without(corrects(System, 120.0), func(d *Data) { d.Subject = "obs" }))
		h.refused("exists", north, without(corrects(System, 120.0), func(d *Data) { d.Subject = "nobody" }))
	})
	t.Run("what is incomplete is refused", func(t *testing.T) {
		h := open(t)
		h.refused("reason", north, without(corrects("sec", 120.0), func(d *Data) { d.Reason = " " }))
		h.refused("fact", north, without(corrects("sec", 120.0), func(d *Data) { d.Paper = nil }))
		h.refused("fact", north, without(corrects("sec", 120.0), func(d *Data) { d.Fact = "" }))
		h.refused("fact", north, without(corrects("sec", 120.0), func(d *Data) { d.To = nil }))
		h.refused("fact", north, without(corrects("sec", nil), func(d *Data) { d.To = 1.0 }))
		h.refused("fact", north, corrects("sec", math.Inf(1)))
		h.refused("fact", north, corrects("sec", strings.Repeat("x", maxText+1)))
		h.refused("fact", north, corrects("sec", []any{1.0}))
		h.refused("control", north, corrects("sec", "a\u202eb"))
		h.refused("uncorrected", north, Event{Person: "sec", Action: FactRestored, Dossier: "lamps", Data: Data{Fact: "households"}})
	})
	t.Run("a dossier that is forgotten has none", func(t *testing.T) {
		h := open(t)
		h.do(north, corrects("sec", 120.0))
		h.do(Subject{}, Event{Person: System, Action: Forgotten, Dossier: "lamps", Data: Data{Reason: "asked for"}})
		if list := of(h); len(list) != 0 {
			t.Errorf("%+v", list)
		}
	})
}
