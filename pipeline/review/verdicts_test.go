package review

import (
	"strings"
	"testing"

	"kheo/internal/dossier"
)

// paper is the hash of the document that the verdicts of these tests are about.
var paper = strings.Repeat("b", 64)

// judges is the event by which a person says of a passage of the dossier lamps what it is; "" takes it back.
func judges(person string, kind dossier.VerdictKind) Event {
	e := Event{Person: person, Action: EvidenceJudged, Ruleset: "r", Dossier: "lamps", Data: Data{Criterion: "results",
		Verdict: kind, Paper: &dossier.Basis{SHA256: paper},
		Source: &dossier.Source{Document: "report.pdf", Page: 2, Quote: "Thefts  fell\nby half.", Start: 5, End: 26}}}
	if kind == "" {
		e.Action = EvidenceUnjudged
	}
	return e
}

// judged is the piece that judges is about.
var judged = dossier.PieceKey{Ruleset: "r", Criterion: "results", SHA256: paper, Page: 2, Quote: "Thefts fell by half."}

func TestVerdicts(t *testing.T) {
	is := func(h *house, unit string, want dossier.VerdictKind, people int) {
		h.Helper()
		if err := h.log.View(h.Context(), func(s *State) error {
			list := s.Verdicts(judged, "lamps", unit)
			if got := Verdict(list); got != want || len(list) != people {
				h.Errorf("%q of %d people, want %q of %d", got, len(list), want, people)
			}
			return nil
		}); err != nil {
			h.Fatal(err)
		}
	}
	east := Subject{Unit: "east"}
	t.Run("the newest of each person counts, and most decide", func(t *testing.T) {
		h := open(t)
		is(h, "east", "", 0)
		h.do(east, judges("ann", dossier.VerdictUnsure))
		is(h, "east", dossier.VerdictUnsure, 1)
		h.do(east, judges("ann", dossier.VerdictRight))
		is(h, "east", dossier.VerdictRight, 1)
		h.do(east, judges("bo", dossier.VerdictWrong))
		is(h, "east", dossier.VerdictDisputed, 2)
		h.do(east, judges("cai", dossier.VerdictUnsure))
		is(h, "east", dossier.VerdictDisputed, 3)
		h.do(east, judges("cai", dossier.VerdictWrong))
		is(h, "east", dossier.VerdictWrong, 3)
		h.do(east, judges("bo", ""))
		is(h, "east", dossier.VerdictDisputed, 2)
		h.do(east, judges("ann", ""))
		is(h, "east", dossier.VerdictWrong, 1)
		if r := h.verify(); len(r.Faults) > 0 {
			t.Errorf("%+v", r)
		}
		again := Open(h.store, h.log.state.Settings, h.log.now)
		if err := again.View(t.Context(), func(s *State) error {
			if papers, pieces := s.JudgedPapers(), s.JudgedPieces(paper); len(papers) != 1 || len(pieces) != 1 || pieces[0] != judged {
				t.Errorf("%v, %v", papers, pieces)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	})
	t.Run("a conflict of interest bars from them", func(t *testing.T) {
		h := open(t)
		h.refused("aside", north, judges("ann", dossier.VerdictRight))
		recorded := judges(System, dossier.VerdictRight)
		recorded.Data.Subject = "ann"
		h.refused("aside", north, recorded)
		h.do(north, judges("bo", dossier.VerdictRight))
	})
	t.Run("one counts in no dossier from which the person is recused", func(t *testing.T) {
		h := open(t)
		h.do(east, judges("ann", dossier.VerdictRight))
		is(h, "north", "", 0) // the same paper in a dossier of her own unit
		is(h, "east", dossier.VerdictRight, 1)
		h.do(east, Event{Person: "ann", Action: TieDeclared, Dossier: "lamps", Data: Data{Subject: "ann", Reason: "a cousin"}})
		is(h, "east", "", 0)
	})
	t.Run("evaluators, members, the chair and the secretary judge", func(t *testing.T) {
		h := open(t)
		for _, person := range []string{"eva", "cai", "chair", "sec", System} {
			h.do(east, judges(person, dossier.VerdictRight))
		}
		is(h, "east", dossier.VerdictRight, 5)
		for _, person := range []string{"obs", "adm"} {
			h.refused("right", east, judges(person, dossier.VerdictRight))
		}
		h.refused("right", east, without(judges(System, dossier.VerdictRight), func(d *Data) { d.Subject = "obs" }))
		h.refused("exists", east, without(judges(System, dossier.VerdictRight), func(d *Data) { d.Subject = "nobody" }))
	})
	t.Run("what is incomplete is refused", func(t *testing.T) {
		h := open(t)
		for _, change := range []func(*Data){
			func(d *Data) { d.Criterion = "" },
			func(d *Data) { d.Paper = nil },
			func(d *Data) { d.Paper = &dossier.Basis{} },
			func(d *Data) { d.Source = nil },
			func(d *Data) { d.Source = &dossier.Source{Quote: " \n"} },
			func(d *Data) { d.Source = &dossier.Source{Quote: strings.Repeat("x", maxText+1)} },
		} {
			h.refused("piece", east, without(judges("sec", dossier.VerdictRight), change))
		}
		h.refused("verdict", east, judges("sec", dossier.VerdictDisputed))
		h.refused("verdict", east, judges("sec", "perhaps"))
		h.refused("unjudged", east, judges("sec", ""))
		h.refused("control", east, without(judges("sec", dossier.VerdictRight), func(d *Data) { d.Reason = "a\u202eb" }))
	})
	t.Run("a batch that is refused leaves nothing behind", func(t *testing.T) {
		h := open(t)
		h.do(east, judges("sec", dossier.VerdictRight))
		if h.try(east, judges("chair", dossier.VerdictWrong), judges("obs", dossier.VerdictWrong)) == nil {
			t.Error("the batch was taken")
		}
		is(h, "east", dossier.VerdictRight, 1)
	})
}
