package pipeline_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/anchor"
	"kheo/pipeline/editions"
	"kheo/pipeline/publish/paper"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

const factRules = `ruleset: models
title: { en: Models }
applies_to: { kind: model }
max_points: 40
facts:
  households: { type: count, unit: { en: [households] }, labels: { en: [Households] } }
criteria:
  - { id: reach, title: { en: Reach }, max: 40, measured: households, steps: [ { from: 50, points: 20 }, { from: 100, points: 40 } ] }
bands: { recommended: total >= 30 }
`

// newFacts is a panel whose dossier states a number of households in two ways.
func newFacts(t *testing.T) *panel {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "kheo.yaml"), []byte(panelCampaign))
	write(t, filepath.Join(dir, "rules", "models.yaml"), []byte(factRules))
	write(t, filepath.Join(dir, "inbox", "lamps", "dossier.yaml"), []byte("kind: model\ntitle: Lamps\nunit: north\n"))
	write(t, filepath.Join(dir, "inbox", "lamps", "a.txt"), []byte("Households: 60"))
	write(t, filepath.Join(dir, "inbox", "lamps", "b.txt"), []byte("Households: 120"))
	p := &panel{T: t, dir: dir, w: open(t, dir)}
	p.do(review.Event{Person: review.System, Action: review.PersonAdded, Data: review.Data{Subject: "chair", Name: "The chair", Roles: []review.Role{review.Chair}}})
	p.run()
	for id := range p.list() {
		p.id = id
	}
	return p
}

// correct records a correction by the chair.
func (p *panel) correct(c pipeline.FactChange) *pipeline.Changed {
	p.Helper()
	b, err := pipeline.NewBench(p.Context(), p.w, p.id)
	if err != nil {
		p.Fatal(err)
	}
	c.Fact, c.Person, c.Why = "households", "chair", "counted"
	done, err := b.Correct(p.Context(), p.w, c)
	if err != nil {
		p.Fatal(err)
	}
	return done
}

// closeList recognises the dossier and closes the list, and returns the run that it is of.
func (p *panel) closeList() (run string) {
	p.Helper()
	p.do(review.Event{Person: "chair", Action: review.Voted, Ruleset: "models", Dossier: p.id, Data: review.Data{Value: review.For}})
	if err := p.w.Review().Do(p.Context(), review.Subject{Unit: "north", Outcome: "recommended"}, review.Event{Person: "chair",
		Action: review.Decided, Ruleset: "models", Dossier: p.id, Data: review.Data{Decision: review.Recognised}}); err != nil {
		p.Fatal(err)
	}
	run, err := p.w.Store.Runs.Latest(p.Context())
	if err != nil {
		p.Fatal(err)
	}
	f, err := editions.List(p.Context(), p.w, run, "models")
	if err == nil {
		err = p.w.Review().Close(p.Context(), "chair", f)
	}
	if err != nil {
		p.Fatal(err)
	}
	return run
}

func (p *panel) publish() {
	p.Helper()
	if err := pipeline.PublishEdition(p.Context(), p.w, pipeline.Options{}); err != nil {
		p.Fatal(err)
	}
}

// A correction counts in the next edition and in every run, which then find nothing to do.
func TestCorrectionsReachTheLists(t *testing.T) {
	t.Parallel()
	p := newFacts(t)
	p.is(dossier.NotRecommended, 20, dossier.FlagContradiction)
	done := p.correct(pipeline.FactChange{Action: review.FactSet, Value: 120.0})
	if done.Before.Points != 20 || done.After.Points != 40 || done.Event.Data.Source.Document != "b.txt" || done.Event.Data.Was != 60.0 {
		t.Errorf("%v → %v points, %+v", done.Before.Points, done.After.Points, done.Event.Data)
	}
	p.is(dossier.NotRecommended, 20, dossier.FlagContradiction) // records are written by runs
	p.publish()
	p.is(dossier.Recommended, 40)
	if e := p.list()[p.id]; !slices.Equal(e.Corrected, []string{"households"}) {
		t.Errorf("corrected: %v", e.Corrected)
	}
	text := p.paper(paper.Minutes)
	if !strings.Contains(text, "Facts corrected by people") || !strings.Contains(text, "Lamps (North): Households") {
		t.Errorf("the minutes do not mark the corrected fact: %s", text)
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
	p.is(dossier.Recommended, 40)
	p.correct(pipeline.FactChange{Action: review.FactRejected})
	p.publish()
	p.is(dossier.NotRecommended, 0)
	p.correct(pipeline.FactChange{Action: review.FactRestored})
	p.run()
	p.is(dossier.NotRecommended, 20, dossier.FlagContradiction)
	if e := p.list()[p.id]; len(e.Corrected) > 0 {
		t.Errorf("corrected: %v", e.Corrected)
	}
}

// A list that was closed keeps what it says, with its mark, whatever is corrected later; the trail derives it again.
func TestClosedListsKeepTheirCorrections(t *testing.T) {
	t.Parallel()
	p := newFacts(t)
	p.correct(pipeline.FactChange{Action: review.FactSet, Value: 120.0})
	p.publish()
	run := p.closeList()
	if done := p.correct(pipeline.FactChange{Action: review.FactSet, Value: 3.0}); !done.Closed || done.After.Points != 0 {
		t.Errorf("%+v", done)
	}
	p.publish()
	p.run()
	f, err := editions.ListNow(t.Context(), p.w, run, "models")
	if err != nil || f.Entries[0].Points != 40 || len(f.Entries[0].Corrected) != 1 {
		t.Errorf("the closed list says %+v, %v", f.Entries[0], err)
	}
	r, err := anchor.Verify(t.Context(), p.w, "")
	if err != nil || len(r.Faults) > 0 || len(r.Closed) != 1 {
		t.Errorf("%+v %v", r, err)
	}
}

func TestPlacesOfCorrections(t *testing.T) {
	t.Parallel()
	p := newFacts(t)
	b, err := pipeline.NewBench(t.Context(), p.w, p.id)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		change   pipeline.FactChange
		document string // that the correction rests on, or the code of an error as !code
		quote    string
	}{
		{"of a value that is read is its own", pipeline.FactChange{Value: 60.0}, "a.txt", "Households: 60"},
		{"of a rival value is that of the rival", pipeline.FactChange{Value: 120.0}, "b.txt", "Households: 120"},
		{"of another value is that of the fact", pipeline.FactChange{Value: 7.0}, "a.txt", "Households: 60"},
		{"may be a document alone", pipeline.FactChange{Value: 7.0, Document: "b.txt"}, "b.txt", ""},
		{"may be a quote in another spacing", pipeline.FactChange{Value: 7.0, Quote: "Households:\n 120"}, "b.txt", "Households: 120"},
		{"may be dossier.yaml", pipeline.FactChange{Value: 7.0, Document: "dossier.yaml", Quote: "title: Lamps"}, "dossier.yaml", "title: Lamps"},
		{"must be a document of the dossier", pipeline.FactChange{Value: 7.0, Document: "c.txt"}, "!document", ""},
		{"must be a page of it", pipeline.FactChange{Value: 7.0, Document: "a.txt", Page: 2}, "!page", ""},
		{"must not be a page of no document", pipeline.FactChange{Value: 7.0, Page: 2}, "!page", ""},
		{"must be on the page that is named", pipeline.FactChange{Value: 7.0, Document: "a.txt", Quote: "120"}, "!quote", ""},
		{"is no pattern", pipeline.FactChange{Value: 7.0, Document: "a.txt", Quote: "Households.*"}, "!quote", ""},
		{"has a bounded quote", pipeline.FactChange{Value: 7.0, Document: "a.txt", Quote: strings.Repeat("x", 2001)}, "!quote-length", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.change.Action, c.change.Fact, c.change.Person, c.change.Why = review.FactSet, "households", "chair", "x"
			done, err := b.Correct(t.Context(), p.w, c.change)
			var wrong *rules.ValueError
			switch {
			case errors.As(err, &wrong):
				if c.document != "!"+wrong.Code {
					t.Errorf("%v", err)
				}
			case err != nil:
				t.Fatal(err)
			case done.Event.Data.Source.Document != c.document || done.Event.Data.Source.Quote != c.quote:
				t.Errorf("%+v", done.Event.Data.Source)
			default:
				restore := pipeline.FactChange{Action: review.FactRestored, Fact: "households", Person: "chair"}
				if _, err := b.Correct(t.Context(), p.w, restore); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// What would change is computed without writing anything.
func TestReadingsOfUncertainFacts(t *testing.T) {
	t.Parallel()
	p := newFacts(t)
	b, err := pipeline.NewBench(t.Context(), p.w, p.id)
	if err != nil {
		t.Fatal(err)
	}
	got := b.Readings(b.Assess(b.Corrections))["households"]
	want := []pipeline.Reading{{Value: 60.0, Points: 20, Outcome: dossier.NotRecommended}, {Value: 120.0, Points: 40, Outcome: dossier.Recommended}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if list, err := pipeline.Corrections(t.Context(), p.w); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
	if err := pipeline.PublishEdition(t.Context(), p.w, pipeline.Options{}); err != nil || errors.Is(err, workspace.ErrBusy) {
		t.Error(err)
	}
}

// What comes after the list of its dossier was closed is kept, changes nothing on the list, and is told: in the notes of the
// run, on the receipt, and with the delivery.
func TestWhatComesAfterTheListWasClosedIsTold(t *testing.T) {
	t.Parallel()
	p := newFacts(t)
	p.correct(pipeline.FactChange{Action: review.FactSet, Value: 120.0})
	p.publish()
	p.closeList()
	before := p.list()[p.id]
	write(t, filepath.Join(p.dir, "inbox", "lamps", "c.txt"), []byte("Households: 999"))
	out, err := pipeline.Run(p.Context(), p.w, pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var notes []string
	for _, s := range out.Run.Stages {
		notes = append(notes, s.Errors...)
	}
	if said := strings.Join(notes, "\n"); !strings.Contains(said, p.id+": its list was closed on ") {
		t.Errorf("the run says: %s", said)
	}
	receipt, err := os.ReadFile(filepath.Join(p.dir, "inbox", "lamps.receipt.txt"))
	if err != nil || !strings.Contains(string(receipt), "note: its list was closed on ") {
		t.Errorf("%v %s", err, receipt)
	}
	a, err := p.w.Store.Dossiers.Get(p.Context(), p.id)
	if err != nil || !slices.ContainsFunc(a.Files, func(f store.File) bool { return f.Name == "c.txt" }) {
		t.Errorf("the paper is not kept: %v %+v", err, a)
	}
	if now := p.list()[p.id]; now.Points != before.Points || now.Outcome != before.Outcome {
		t.Errorf("the closed list has changed: %+v, was %+v", now, before)
	}
}

// The rows that are kept for the next workbook are no part of the lists: if they cannot be kept, the run notes it.
func TestRowsThatCannotBeKeptFailNoRun(t *testing.T) {
	t.Parallel()
	p := newFacts(t)
	if err := os.MkdirAll(filepath.Join(p.dir, "var", "rendered", "models.rows.new", "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	p.correct(pipeline.FactChange{Action: review.FactSet, Value: 120.0})
	p.publish()
	p.is(dossier.Recommended, 40)
}

// What was rendered of a list that is no longer made is removed: it holds titles and quotes. That of others stays.
func TestWhatWasRenderedOfAListThatIsNoLongerMadeIsRemoved(t *testing.T) {
	t.Parallel()
	p := newFacts(t)
	dir := filepath.Join(p.dir, "var", "rendered")
	for _, name := range []string{"gone", "gone.rows", "gone.rows.new"} {
		write(t, filepath.Join(dir, name), []byte("a title"))
	}
	p.correct(pipeline.FactChange{Action: review.FactSet, Value: 120.0})
	p.publish()
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range left {
		names = append(names, f.Name())
	}
	if len(names) != 2 || strings.HasPrefix(names[0], "gone") || names[1] != names[0]+".rows" {
		t.Errorf("there are %v", names)
	}
}
