package pipeline_test

import (
	"path/filepath"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline/review"
)

// As long as scores are missing that could change who is within a quota or has a place, no one is or has it for
// certain; once all are in, a run settles it. Scores are real events, and lists those of a run.
func TestQuotasAndPlacesWaitForRealScores(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rules string
		first string // the award of the best; "" without places
	}{
		"quota":  {"quotas: [ { per: all, most: 1 } ]\n", ""},
		"places": {"places: [ { id: first, title: { en: First }, number: 1 } ]\n", "first"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, filepath.Join(dir, "kheo.yaml"), []byte(panelCampaign))
			write(t, filepath.Join(dir, "rules", "models.yaml"), []byte(panelRules+c.rules))
			for _, title := range []string{"lamps", "wells"} {
				write(t, filepath.Join(dir, "inbox", title, "dossier.yaml"), []byte("kind: model\ntitle: "+title+"\nunit: north\n"))
				write(t, filepath.Join(dir, "inbox", title, "report.txt"), []byte("The work on "+title+"."))
			}
			p := &panel{T: t, dir: dir, w: open(t, dir)}
			for _, id := range []string{"ann", "bo"} {
				p.do(review.Event{Person: review.System, Action: review.PersonAdded,
					Data: review.Data{Subject: id, Name: "The " + id, Roles: []review.Role{review.Evaluator}}})
			}
			p.run()
			of := func(title string) string {
				for id := range p.list() {
					if strings.Contains(id, title) {
						return id
					}
				}
				t.Fatalf("no dossier %s", title)
				return ""
			}
			score := func(title, by string, points float64) {
				p.id = of(title)
				p.score(by, points)
			}
			want := func(when string, lamps, wells dossier.Outcome) {
				t.Helper()
				p.run()
				for title, outcome := range map[string]dossier.Outcome{"lamps": lamps, "wells": wells} {
					e := p.list()[of(title)]
					if e.Outcome != outcome {
						t.Errorf("%s: %s is %s (%s), want %s", when, title, e.Outcome, e.Reason, outcome)
					}
					award := ""
					if e.Award != nil {
						award = e.Award.ID
					}
					if (outcome == dossier.Recommended) != (award == c.first) && c.first != "" {
						t.Errorf("%s: %s has the award %q", when, title, award)
					}
				}
			}
			score("lamps", "ann", 34)
			score("lamps", "bo", 36) // 35
			score("wells", "ann", 32)
			want("one score could put the other first", dossier.NeedsReview, dossier.NeedsReview)
			score("wells", "bo", 30) // 31
			want("all scores are in", dossier.Recommended, dossier.NotRecommended)
		})
	}
}
