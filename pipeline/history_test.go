package pipeline_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// pastRules counts whom closed lists recognised, and leaves out who was.
const pastRules = `ruleset: models
title: { en: Models }
applies_to: { kind: model }
max_points: 40
history: { lists: all }
facts:
  households: { type: count, unit: { en: [households] }, labels: { en: [Households] } }
  times: { type: count, title: { en: Recognitions }, from: history }
gates:
  - { id: once, require: times < 1, otherwise: { en: Recognised before } }
criteria:
  - { id: reach, title: { en: Reach }, max: 40, measured: households, steps: [ { from: 50, points: 20 }, { from: 100, points: 40 } ] }
bands: { recommended: total >= 30 }
`

// Whom a past campaign recognised counts in the next one, for the same model of the same unit; its own closed list does
// not. A past campaign that cannot be read ends the run: otherwise its models would count as new.
func TestPastCampaignsAreCounted(t *testing.T) {
	t.Parallel()
	before := newFacts(t)
	before.correct(pipeline.FactChange{Action: review.FactSet, Value: 120.0})
	before.publish()
	before.closeList()

	dir := t.TempDir()
	campaign := strings.Replace(panelCampaign, "campaign: ", "past: [ "+before.dir+" ]\ncampaign: next-", 1)
	write(t, filepath.Join(dir, "kheo.yaml"), []byte(campaign))
	write(t, filepath.Join(dir, "rules", "models.yaml"), []byte(pastRules))
	for folder, manifest := range map[string]string{"same": "title: Lamps\nunit: north\n", "elsewhere": "title: Lamps\nunit: south\n",
		"nowhere": "title: Lamps\n", "alike": "title: Lámps\nunit: north\n", "new": "title: Bins\nunit: north\n"} {
		write(t, filepath.Join(dir, "inbox", folder, "dossier.yaml"), []byte("kind: model\n"+manifest))
		write(t, filepath.Join(dir, "inbox", folder, "a.txt"), []byte("Households: 120 ("+folder+")"))
	}
	p := &panel{T: t, dir: dir, w: open(t, dir)}
	p.do(review.Event{Person: review.System, Action: review.PersonAdded,
		Data: review.Data{Subject: "chair", Name: "The chair", Roles: []review.Role{review.Chair}}})
	p.run()
	want := map[string]dossier.Outcome{"same": dossier.Ineligible, "elsewhere": dossier.Recommended, "nowhere": dossier.NeedsReview,
		"alike": dossier.NeedsReview, "new": dossier.Recommended}
	check := func(when string) {
		t.Helper()
		for id, e := range p.list() {
			for folder, outcome := range want {
				if strings.Contains(id, folder) && e.Outcome != outcome {
					t.Errorf("%s: %s is %s (%s), want %s", when, id, e.Outcome, e.Reason, outcome)
				}
			}
		}
	}
	check("with the past campaign")
	for id := range p.list() {
		if strings.Contains(id, "same") {
			a, err := p.w.Store.Assessments.Get(t.Context(), id)
			if err != nil || len(a.Facts) < 2 {
				t.Fatal(a, err)
			}
			f := a.Facts[1]
			if year := time.Now().Format("2006"); !strings.Contains(f.Source.Document, "lists/") || !strings.Contains(f.Source.Quote, year) {
				t.Errorf("the source of %s is %+v", f.Name, f.Source)
			}
		}
	}

	if err := os.Rename(before.dir, before.dir+"-gone"); err != nil {
		t.Fatal(err)
	}
	defer os.Rename(before.dir+"-gone", before.dir)
	if _, err := pipeline.Run(t.Context(), p.w, pipeline.Options{Cause: "test"}); err == nil ||
		!strings.Contains(err.Error(), "correct past: in kheo.yaml") {
		t.Errorf("without the past campaign: %v", err)
	}
	check("as long as it cannot be read")
}

// A past campaign whose papers an older kheo has read is compared as it was read: no one has to run kheo there first.
func TestAPastCampaignMayBeReadByAnOlderKheo(t *testing.T) {
	t.Parallel()
	var report strings.Builder
	for i := range 60 {
		fmt.Fprintf(&report, "In week %d the club put up %d lamps along the road to the mill.\n", i, 7*i+3)
	}
	campaigns := func(campaign, folder string) *panel {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "kheo.yaml"), []byte(campaign))
		write(t, filepath.Join(dir, "rules", "models.yaml"), []byte(factRules))
		write(t, filepath.Join(dir, "inbox", folder, "dossier.yaml"), []byte("kind: model\ntitle: "+folder+"\nunit: north\n"))
		write(t, filepath.Join(dir, "inbox", folder, "a.txt"), []byte(report.String()+folder))
		return &panel{T: t, dir: dir, w: open(t, dir)}
	}
	before := campaigns(panelCampaign, "lamps")
	before.run()
	if _, err := before.w.Store.DB.Exec(`UPDATE readings SET reader = '1'`); err != nil {
		t.Fatal(err)
	}
	p := campaigns(strings.Replace(panelCampaign, "campaign: ", "past: [ "+before.dir+" ]\ncampaign: next-", 1), "lights")
	p.run()
	for id, e := range p.list() {
		if !slices.ContainsFunc(e.Flags, func(f publish.Flag) bool { return f.Code == dossier.FlagNearDuplicate }) {
			t.Errorf("%s is not flagged as a copy: %+v", id, e.Flags)
		}
	}
}
