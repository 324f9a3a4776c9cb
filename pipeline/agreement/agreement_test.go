package agreement

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline/workspace"
)

const campaign = `campaign: c
title: { en: C }
closes: 2024-11-30
timezone: Europe/Oslo
languages: [en]
units: [ { id: north, name: North } ]
rules: [rules/models.yaml]
`

const ruleset = `ruleset: models
version: 1
title: { en: Models }
applies_to: { kind: model }
max_points: 40
facts: { households: { type: count, labels: { en: [Households] } } }
criteria:
  - { id: worth, title: { en: Worth copying }, max: 40, panel: { scorers: 2, rubric: { 0: { en: none }, 40: { en: much } } } }
bands: { recommended: total >= 20 }
`

// Means, spread and distance are those of the marks, each compared on the dossiers that others scored, too; the rest
// is left out of the agreement.
func TestHowPeopleScore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"kheo.yaml": campaign, "rules/models.yaml": ruleset} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	w, err := workspace.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	mark := func(person string, points float64) dossier.PanelScore {
		return dossier.PanelScore{Criterion: "worth", Person: person, Scorer: person, Points: points}
	}
	got := Of(w.Campaign().Rulesets[0], map[string][]dossier.PanelScore{"a": {mark("an", 10), mark("binh", 20), mark("chi", 12)},
		"b": {mark("an", 20), mark("binh", 30)}, "c": {mark("an", 40)}, "d": {{Criterion: "another", Person: "an", Points: 1}}})
	if len(got) != 1 || got[0].Dossiers != 3 || got[0].Shared != 2 || got[0].Alpha == nil || len(got[0].People) != 3 {
		t.Fatalf("%+v", got)
	}
	an, chi := got[0].People[0], got[0].People[2]
	// On "a" the others have 16 on average, on "b" 30: an is 6 and 10 below.
	if an.Name != "an" || an.Marks != 3 || math.Abs(an.Mean-70.0/3) > 1e-9 || an.Shared != 2 || an.Apart == nil || math.Abs(*an.Apart+8) > 1e-9 ||
		math.Abs(an.Spread-15.275252316519467) > 1e-9 {
		t.Errorf("an: %+v", an)
	}
	if chi.Marks != 1 || chi.Spread != 0 || *chi.Apart != -3 {
		t.Errorf("chi: %+v", chi)
	}
	if got := Of(w.Campaign().Rulesets[0], nil); len(got) != 1 || got[0].Alpha != nil || len(got[0].People) != 0 {
		t.Errorf("without a score: %+v", got)
	}
}
