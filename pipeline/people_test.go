package pipeline_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/anchor"
	"kheo/pipeline/editions"
	"kheo/pipeline/papers"
	"kheo/pipeline/publish"
	"kheo/pipeline/publish/paper"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

const panelCampaign = `campaign: panel
timezone: UTC
languages: [en]
closes: 2024-12-31
units: [ { id: north, name: North }, { id: south, name: South } ]
kinds: [ { id: model } ]
rules: [rules/models.yaml]
`

const panelRules = `ruleset: models
title: { en: Models }
applies_to: { kind: model }
max_points: 40
criteria:
  - { id: worth, title: { en: Worth copying }, max: 40, panel: { scorers: 2, combine: mean, rubric: { 40: { en: Good }, 0: { en: Bad } } } }
bands: { recommended: total >= 30 }
`

// panel is a workspace with one dossier of the unit north on which people score.
type panel struct {
	*testing.T
	dir string
	w   *workspace.Workspace
	id  string

	anchored func(context.Context, review.Anchor) error // mails anchors at the end of a run
}

func newPanel(t *testing.T) *panel {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "kheo.yaml"), []byte(panelCampaign))
	write(t, filepath.Join(dir, "rules", "models.yaml"), []byte(panelRules))
	write(t, filepath.Join(dir, "inbox", "lamps", "dossier.yaml"), []byte("kind: model\ntitle: Lamps\nunit: north\n"))
	write(t, filepath.Join(dir, "inbox", "lamps", "report.txt"), []byte("Lamps were installed along the lane."))
	p := &panel{T: t, dir: dir, w: open(t, dir)}
	for _, id := range []string{"ann", "bo", "cai"} {
		p.do(review.Event{Person: review.System, Action: review.PersonAdded, Data: review.Data{Subject: id, Name: "The " + id, Roles: []review.Role{review.Evaluator}}})
	}
	p.do(review.Event{Person: review.System, Action: review.PersonAdded, Data: review.Data{Subject: "chair", Name: "The chair", Roles: []review.Role{review.Chair}}})
	p.run()
	for id := range p.list() {
		p.id = id
	}
	return p
}

func (p *panel) do(e review.Event) {
	p.Helper()
	if err := p.w.Review().Do(context.Background(), review.Subject{Unit: "north"}, e); err != nil {
		p.Fatal(err)
	}
}

func (p *panel) score(by string, points float64) {
	p.Helper()
	p.do(review.Event{Person: by, Action: review.Scored, Ruleset: "models", Dossier: p.id, Data: review.Data{Criterion: "worth", Points: &points}})
}

// run does a run and returns what it notes.
func (p *panel) run() (notes []string) {
	p.Helper()
	out, err := pipeline.Run(context.Background(), p.w, pipeline.Options{Cause: "test", MailAnchor: p.anchored})
	if err != nil {
		p.Fatal(err)
	}
	for _, s := range out.Run.Stages {
		notes = append(notes, s.Errors...)
	}
	return notes
}

func (p *panel) list() map[string]*publish.Entry {
	p.Helper()
	out := map[string]*publish.Entry{}
	f := lists(p.T, p.dir)["models"]
	for i := range f.Entries {
		out[f.Entries[i].Dossier] = &f.Entries[i]
	}
	return out
}

// is wants the dossier's outcome and points on the list, and its flags.
func (p *panel) is(outcome dossier.Outcome, points float64, flags ...string) {
	p.Helper()
	e := p.list()[p.id]
	var codes []string
	for _, f := range e.Flags {
		codes = append(codes, f.Code)
	}
	if e.Outcome != outcome || e.Points != points || fmt.Sprint(codes) != fmt.Sprint(flags) {
		p.Errorf("%s, %v points, flags %v; want %s, %v, %v", e.Outcome, e.Points, codes, outcome, points, flags)
	}
}

func (p *panel) exec(query string) {
	p.Helper()
	if _, err := p.w.Store.DB.Exec(query); err != nil {
		p.Fatal(err)
	}
}

func (p *panel) faults(expected string, files ...string) string {
	p.Helper()
	r, err := anchor.Verify(context.Background(), p.w, expected, files...)
	if err != nil {
		p.Fatal(err)
	}
	return strings.Join(r.Faults, "\n")
}

// A run assesses by the scores of the audit trail: those of people who are recused do not count, and what
// someone writes into the table moves nothing.
func TestTheRunGoesByTheAuditTrail(t *testing.T) {
	t.Parallel()
	p := newPanel(t)
	p.is(dossier.NeedsReview, 0, dossier.FlagAwaitingPanel)
	p.score("ann", 40)
	p.score("bo", 30)
	p.run()
	p.is(dossier.Recommended, 35)

	p.do(review.Event{Person: "chair", Action: review.TieDeclared, Dossier: p.id, Data: review.Data{Subject: "ann", Reason: "her brother"}})
	p.run()
	p.is(dossier.NeedsReview, 0, dossier.FlagAwaitingPanel)
	minutes := p.paper(paper.Minutes)
	if !strings.Contains(minutes, "Scores that do not count: The ann") {
		t.Errorf("the minutes do not say whose scores do not count: %s", minutes)
	}
	p.do(review.Event{Person: "chair", Action: review.TieDismissed, Dossier: p.id, Data: review.Data{Subject: "ann", Reason: "no brother"}})
	p.run()
	p.is(dossier.Recommended, 35)

	p.exec(`UPDATE panel_scores SET points = 0 WHERE scorer = 'bo'`)
	notes := strings.Join(p.run(), "\n")
	p.is(dossier.Recommended, 35)
	if want := "the score of bo on worth of " + p.id + " as 0, the audit trail as 30"; !strings.Contains(notes, want) || !strings.Contains(p.faults(""), want) {
		t.Errorf("%s\n%s\nwant %s", notes, p.faults(""), want)
	}
	if all := strings.Join(checked(t, p.dir), "\n"); !strings.Contains(all, "the audit trail as 30") {
		t.Errorf("check --store: %s", all)
	}
}

// A score under a name of two people does not count, and the list says so until it is settled.
func TestAnUnsettledScorerIsOnTheList(t *testing.T) {
	t.Parallel()
	p := newPanel(t)
	for _, id := range []string{"an1", "an2"} {
		p.do(review.Event{Person: review.System, Action: review.PersonAdded, Data: review.Data{Subject: id, Name: "Nguyễn Văn An", Roles: []review.Role{review.Evaluator}}})
	}
	p.exec(`INSERT INTO panel_scores (dossier, criterion, scorer, points, at) VALUES ('` + p.id + `', 'worth', 'Nguyễn Văn An', 40, '2024-11-01T09:00:00Z'),
		('` + p.id + `', 'worth', 'The ann', 30, '2024-11-01T09:00:00Z'), ('` + p.id + `', 'worth', 'Somebody', 32, '2024-11-01T09:00:00Z')`)
	p.exec(`INSERT INTO settings (key, value) VALUES ('panel scores to adopt', '1')`)
	p.w = open(t, p.dir)
	if notes := strings.Join(p.run(), "\n"); !strings.Contains(notes, `kheo score settle "Nguyễn Văn An" PERSON`) {
		t.Errorf("the run does not say what to settle: %s", notes)
	}
	p.is(dossier.NeedsReview, 31, dossier.FlagUnsettledScorer)
	if f := p.faults(""); f != "" {
		t.Error(f)
	}
	p.do(review.Event{Person: "chair", Action: review.ScorerSettled, Data: review.Data{Name: "Nguyễn Văn An", Subject: "an2"}})
	p.run()
	p.is(dossier.Recommended, 34)
}

func (p *panel) paper(kind paper.Kind) string {
	p.Helper()
	b, err := papers.Make(context.Background(), p.w, papers.Order{Kind: kind, Ruleset: "models", Language: "en"})
	if err != nil {
		p.Fatal(err)
	}
	text, err := anchor.WordText(b)
	if err != nil {
		p.Fatal(err)
	}
	return string(text)
}

// Every edition and every paper anchors the audit trail.
func TestEditionsAndPapersAnchorTheAuditTrail(t *testing.T) {
	t.Parallel()
	p := newPanel(t)
	p.score("ann", 40)
	p.score("bo", 30)
	p.run()
	now := p.anchor()
	if now.Audit.Events != 6 {
		t.Errorf("%+v", now)
	}
	r, err := anchor.Verify(t.Context(), p.w, "")
	if err != nil || r.Anchors != (review.AnchorReport{Found: 2, Held: 2}) || len(r.Faults) > 0 {
		t.Errorf("%+v %v", r, err)
	}
	signed := fmt.Sprintf("%d / %s", now.Audit.Events, now.Audit.Head)
	for _, kind := range []paper.Kind{paper.Minutes, paper.Decision, paper.List} {
		if text := p.paper(kind); !strings.Contains(text, signed) {
			t.Errorf("%s has no anchor: %s", kind, text)
		}
	}
	b, err := papers.Make(t.Context(), p.w, papers.Order{Kind: paper.Minutes, Ruleset: "models", Language: "vi"})
	if err != nil {
		t.Fatal(err)
	}
	minutes := filepath.Join(p.dir, "minutes.docx")
	write(t, minutes, b)

	// What happens on days when no list changes is anchored by the next run too.
	p.do(review.Event{Person: "ann", Action: review.Commented, Dossier: p.id, Data: review.Data{Text: "seen"}})
	p.run()
	if later := p.anchor(); later.Run != now.Run || later.Audit.Events != 7 {
		t.Errorf("%+v", later)
	}

	p.exec(`DROP TRIGGER events_remain`)
	p.exec(`DELETE FROM events WHERE seq > 5`)
	p.w = open(t, p.dir)
	for _, from := range []string{minutes, signed} {
		if all := p.faults("", from); !strings.Contains(all, from) || !strings.Contains(all, "run.json") || !strings.Contains(all, "the last 2 were removed") || !strings.Contains(all, "the last 1 were removed") {
			t.Errorf("%s", all)
		}
	}
	if all := strings.Join(checked(t, p.dir), "\n"); !strings.Contains(all, "the last 2 were removed") {
		t.Errorf("check --store: %s", all)
	}
	if notes := strings.Join(p.run(), "\n"); !strings.Contains(notes, "not the one that was anchored") {
		t.Errorf("the run notes nothing: %s", notes)
	}
	if after := p.anchor(); after.Run == now.Run && after.Audit.Events != 7 {
		t.Errorf("the anchor was written over: %+v", after)
	}
	if all := p.faults(""); !strings.Contains(all, "were removed") {
		t.Errorf("the next edition hides it: %s", all)
	}
}

// anchor is what run.json of the newest edition says.
func (p *panel) anchor() (out struct {
	Run   string
	Audit review.Anchor
}) {
	p.Helper()
	b, err := os.ReadFile(filepath.Join(p.w.Lists(), workspace.Latest, "run.json"))
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		p.Fatal(err)
	}
	return out
}

// audit: in kheo.yaml keeps anchors where no one who has the workspace alone reaches them.
func TestAnchorsAreKeptElsewhere(t *testing.T) {
	t.Parallel()
	p := newPanel(t)
	file := filepath.Join(t.TempDir(), "anchors.jsonl")
	write(t, filepath.Join(p.dir, "kheo.yaml"), []byte(panelCampaign+"mail: { server: \"smtp.example.org:587\", from: kheo@example.org }\naudit: { anchor: "+file+", mail: audit@example.org }\n"))
	p.w = open(t, p.dir)
	mailed := 0
	p.anchored = func(context.Context, review.Anchor) error { mailed++; return nil }
	p.run()
	p.run() // nothing has happened: no line, no mail
	p.do(review.Event{Person: "ann", Action: review.Commented, Dossier: p.id, Data: review.Data{Text: "seen"}})
	p.run()
	b, err := os.ReadFile(file)
	if err != nil || strings.Count(string(b), "\n") != 2 || mailed != 1 {
		t.Fatalf("%q %v, mailed %d times", b, err, mailed)
	}
	if err := os.RemoveAll(filepath.Join(p.w.Lists())); err != nil {
		t.Fatal(err)
	}
	p.exec(`DROP TRIGGER events_remain`)
	p.exec(`DELETE FROM events`)
	p.w = open(t, p.dir)
	if all := p.faults(""); !strings.Contains(all, file) || !strings.Contains(all, "has 0: the last 5 were removed") {
		t.Errorf("%s", all)
	}
}

// A list in the records that is not the one that was published is found.
func TestAListInTheRecordsIsHeldToItsEdition(t *testing.T) {
	t.Parallel()
	p := newPanel(t)
	if all := checked(t, p.dir); len(all) > 0 {
		t.Fatal(all)
	}
	f, err := editions.List(t.Context(), p.w, p.anchor().Run, "models")
	if err != nil {
		t.Fatal(err)
	}
	f.Entries[0].Outcome = dossier.Recommended
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var forged store.Compressor
	if _, err := forged.Write(b); err != nil {
		t.Fatal(err)
	}
	p.exec(`DELETE FROM lists`)
	if err := p.w.Store.Lists.Put(t.Context(), f.Run, "models", &forged); err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(checked(t, p.dir), "\n"); !strings.Contains(all, "the list of models in the records is not the one that run") {
		t.Errorf("%s", all)
	}
}
