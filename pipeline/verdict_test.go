package pipeline_test

import (
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"kheo/internal/dossier"
	"kheo/internal/testspace"
	"kheo/pipeline"
	"kheo/pipeline/editions"
	"kheo/pipeline/evidence"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/rules"
)

const evidenceRules = `ruleset: models
title: { en: Models }
applies_to: { kind: model }
max_points: 40
criteria:
  - id: results
    title: { en: Results }
    max: 40
    evidenced: { any: [reduced, saved], points: 20, at_most: 2 }
bands: { recommended: total >= 30 }
borderline: 11
`

// newEvidence is a panel whose dossiers lamps, of the unit north, and copy, of the unit south, have the same
// paper.
func newEvidence(t *testing.T, paper string) *panel {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "kheo.yaml"), []byte(panelCampaign))
	write(t, filepath.Join(dir, "rules", "models.yaml"), []byte(evidenceRules))
	for name, unit := range map[string]string{"lamps": "north", "copy": "south"} {
		write(t, filepath.Join(dir, "inbox", name, "dossier.yaml"), []byte("kind: model\ntitle: "+name+"\nunit: "+unit+"\n"))
		write(t, filepath.Join(dir, "inbox", name, name+".txt"), []byte(paper))
	}
	p := &panel{T: t, dir: dir, w: open(t, dir)}
	for _, id := range []string{"chair", "ann", "bo"} {
		p.do(review.Event{Person: review.System, Action: review.PersonAdded, Data: review.Data{Subject: id, Name: "The " + id, Roles: []review.Role{review.Chair}}})
	}
	p.run()
	p.id = p.named("lamps")
	return p
}

// named is the id of the dossier with a title.
func (p *panel) named(title string) string {
	for id, e := range p.list() {
		if e.Title == title {
			return id
		}
	}
	p.Fatalf("there is no dossier %s", title)
	return ""
}

// pieces are the pieces of evidence of the dossier as it is now.
func (p *panel) pieces() []evidence.Piece {
	p.Helper()
	b, err := pipeline.NewBench(p.Context(), p.w, p.id)
	if err != nil {
		p.Fatal(err)
	}
	out, err := b.Pieces(p.Context(), p.w)
	if err != nil {
		p.Fatal(err)
	}
	return out
}

// judge records the verdict of a person on the first piece whose quote is the given one.
func (p *panel) judge(person, quote string, kind dossier.VerdictKind) *pipeline.Changed {
	p.Helper()
	b, err := pipeline.NewBench(p.Context(), p.w, p.id)
	if err != nil {
		p.Fatal(err)
	}
	all := p.pieces()
	i := slices.IndexFunc(all, func(x evidence.Piece) bool { return x.Quote == quote })
	if i < 0 {
		p.Fatalf("%q is no piece of %+v", quote, all)
	}
	done, err := b.Judge(p.Context(), p.w, pipeline.Judgement{Piece: all[i].ID, Verdict: kind, Person: person})
	if err != nil {
		p.Fatal(err)
	}
	return done
}

const (
	sure      = "We reduced thefts by half."
	other     = "We saved 40 million dong."
	refuted   = "The number of fires was not reduced."
	threeKind = sure + "\n\n" + refuted + "\n\n" + other + "\n"
)

// A verdict changes the points at once, reaches the lists with the next edition, holds in every run and in
// another dossier with the same paper.
func TestVerdictsReachTheLists(t *testing.T) {
	t.Parallel()
	p := newEvidence(t, threeKind)
	copied := p.named("copy")
	p.is(dossier.Recommended, 40, dossier.FlagBorderline)
	done := p.judge("chair", sure, dossier.VerdictWrong)
	if done.Before.Points != 40 || done.After.Points != 20 || done.After.Outcome != dossier.NotRecommended {
		t.Errorf("%v → %v points, %s", done.Before.Points, done.After.Points, done.After.Outcome)
	}
	p.publish()
	for _, id := range []string{p.id, copied} {
		e := p.list()[id]
		if e.Points != 20 || e.Checked == nil || *e.Checked != (dossier.EvidenceChecked{Checked: 1}) {
			t.Errorf("%s: %v points, %+v", e.Title, e.Points, e.Checked)
		}
	}
	out, err := pipeline.Run(t.Context(), p.w, pipeline.Options{Cause: "test"})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range out.Run.Stages {
		if s.Name == "assess" && s.Done != 0 {
			t.Error("a run assesses again what the edition has assessed")
		}
	}
	if e := p.list()[p.id]; e.Points != 20 {
		t.Errorf("%v points after the next run", e.Points)
	}
	p.judge("chair", sure, dossier.VerdictRight)
	p.run()
	e := p.list()[copied]
	if e.Points != 40 || e.Criteria[0].Evidence[0].Verdict != dossier.VerdictRight || *e.Checked != (dossier.EvidenceChecked{Checked: 1, Right: 1}) {
		t.Errorf("%v points, %+v, %+v", e.Points, e.Criteria[0].Evidence, e.Checked)
	}
	p.judge("chair", sure, "")
	p.run()
	if e := p.list()[p.id]; e.Points != 40 || e.Checked != nil || e.Criteria[0].Evidence[0].Verdict != "" {
		t.Errorf("%+v", e)
	}
}

// What people say of a passage wins over what kheo says: a confirmed one counts, whatever was refuted in it,
// one of which people disagree is uncertain, and "cannot tell" changes nothing.
func TestWhatVerdictsDo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		judge  func(p *panel)
		points float64
		quote  string
		state  evidence.State
	}{
		{"nobody judged", func(p *panel) {}, 40, sure, evidence.Counts},
		{"nobody judged what its own text refutes", func(p *panel) { p.judge("ann", sure, dossier.VerdictWrong) }, 20, refuted, evidence.Refuted},
		{"cannot tell", func(p *panel) { p.judge("ann", sure, dossier.VerdictUnsure) }, 40, sure, evidence.Counts},
		{"rejected", func(p *panel) { p.judge("ann", sure, dossier.VerdictWrong) }, 20, sure, evidence.Rejected},
		{"two disagree", func(p *panel) {
			p.judge("ann", sure, dossier.VerdictWrong)
			p.judge("bo", sure, dossier.VerdictRight)
		}, 20, sure, evidence.Uncertain},
		{"a third decides", func(p *panel) {
			p.judge("ann", sure, dossier.VerdictWrong)
			p.judge("bo", sure, dossier.VerdictRight)
			p.judge("chair", sure, dossier.VerdictRight)
		}, 40, sure, evidence.Counts},
		{"a missed one is confirmed", func(p *panel) {
			p.judge("ann", sure, dossier.VerdictWrong)
			p.judge("ann", refuted, dossier.VerdictRight)
		}, 40, refuted, evidence.Counts},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newEvidence(t, threeKind)
			c.judge(p)
			b, err := pipeline.NewBench(t.Context(), p.w, p.id)
			if err != nil {
				t.Fatal(err)
			}
			if a := b.Assess(b.Corrections); a.Points != c.points {
				t.Errorf("%v points, want %v", a.Points, c.points)
			}
			all := p.pieces()
			if i := slices.IndexFunc(all, func(x evidence.Piece) bool { return x.Quote == c.quote }); i < 0 || all[i].State != c.state {
				t.Errorf("%+v, want %s", all, c.state)
			}
			p.run()
			if e := p.list()[p.id]; e.Points != c.points {
				t.Errorf("the list says %v points", e.Points)
			}
		})
	}
}

func TestAPieceThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	p := newEvidence(t, threeKind)
	b, err := pipeline.NewBench(t.Context(), p.w, p.id)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"", "a", "000000000000", "zzzzzzzzzzzz"} {
		_, err := b.Judge(t.Context(), p.w, pipeline.Judgement{Piece: id, Verdict: dossier.VerdictRight, Person: "chair"})
		var wrong *rules.ValueError
		if !errors.As(err, &wrong) || wrong.Code != "piece" {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// A ruleset that asks for right evidence keeps its list open until what was checked shows it.
func TestClosingWaitsForCheckedEvidence(t *testing.T) {
	t.Parallel()
	p := newEvidence(t, threeKind)
	write(t, filepath.Join(p.dir, "rules", "models.yaml"), []byte(evidenceRules+"review: { evidence: { precision: 95% } }\n"))
	p.w = open(t, p.dir)
	p.run()
	published := func() *publish.File {
		run, err := p.w.Store.Runs.Latest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		f, err := editions.List(t.Context(), p.w, run, "models")
		if err != nil || f == nil {
			t.Fatal(f, err)
		}
		return f
	}
	refused := func(code string) {
		t.Helper()
		var r *review.Refusal
		if err := evidence.Close(t.Context(), p.w, "chair", published()); !errors.As(err, &r) || r.Code != code {
			t.Errorf("%v, want a refusal %q", err, code)
		}
	}
	refused("evidence-plan")
	rs := p.w.Campaign().Rulesets[0]
	pieces, _, err := evidence.Load(t.Context(), p.w, rs)
	if err != nil {
		t.Fatal(err)
	}
	first, err := evidence.DrawSample(t.Context(), p.w, rs, pieces, evidence.Plan{}, "chair", "")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := evidence.DrawSample(t.Context(), p.w, rs, pieces, evidence.Plan{}, "ann", ""); err != nil || *again != *first {
		t.Errorf("another sample was drawn: %+v, %v", again, err)
	}
	refused("evidence")
	p.judge("chair", sure, dossier.VerdictRight)
	p.judge("chair", other, dossier.VerdictRight)
	p.publish()
	refused("open") // of the entries, which is the next thing to be asked for
	if e := published().Evidence; e == nil || *e != (dossier.ListEvidence{Pieces: 2, Checked: 2, Right: 2, Sampled: 2, Share: 1, Low: 1, High: 1, Confidence: 0.95}) {
		t.Errorf("%+v", e)
	}
}

// What a verdict would lead to is worked out on papers that were read once, for many verdicts one after the other.
func TestVerdictsAreTriedAsOnFreshPapers(t *testing.T) {
	t.Parallel()
	dir, _ := testspace.RunCopy(t, 20)
	w := open(t, dir)
	heads, err := w.Store.Dossiers.Heads(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, h := range heads {
		b, err := pipeline.NewBench(t.Context(), w, h.ID)
		if err != nil {
			t.Fatal(err)
		}
		pieces, err := b.Pieces(t.Context(), w)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pieces[:min(len(pieces), 3)] {
			for _, kind := range []dossier.VerdictKind{dossier.VerdictWrong, dossier.VerdictRight, ""} {
				fresh, err := pipeline.NewBench(t.Context(), w, h.ID)
				if err != nil {
					t.Fatal(err)
				}
				got, want := b.AssessJudged(p.PieceKey, kind), fresh.AssessJudged(p.PieceKey, kind)
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s: %q said of %q: %v points, on fresh papers %v", h.ID, kind, p.Quote, got.Points, want.Points)
				}
				fresh.Close()
				tried++
			}
		}
		if b.Close(); len(b.Corrections) > 0 {
			t.Errorf("%s was corrected", h.ID)
		}
	}
	if tried < 30 {
		t.Errorf("only %d verdicts were tried", tried)
	}
}
