package rules

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"kheo/internal/dossier"
)

// inclusive is the public scheme whose levels ask for seven of nine themes.
func inclusive(t *testing.T) (*Ruleset, string) {
	t.Helper()
	src, err := os.ReadFile("testdata/schemes/inclusive-practice.yaml")
	if err != nil {
		t.Fatal(err)
	}
	rs, err := Load("rules/r.yaml", src, testEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return rs, string(src)
}

// Levels go by how many criteria have a share of their points; as long as scores that are missing could change
// that, people wait for them.
func TestLevelsGoByHowManyCriteriaReachAShare(t *testing.T) {
	t.Parallel()
	rs, _ := inclusive(t)
	for _, c := range []struct {
		name  string
		marks []float64 // of the nine themes; below 0: not scored yet
		meets string
		waits bool
	}{
		{"seven at gold and two at silver", []float64{3, 3, 4, 3, 3, 3, 3, 2, 2}, "gold silver standard", false},
		{"six at gold are silver", []float64{3, 3, 4, 3, 3, 3, 2, 2, 2}, "silver standard", false},
		{"one theme without any is no level", []float64{6, 6, 6, 6, 6, 6, 6, 6, 0}, "", false},
		{"all at platinum", []float64{5, 5, 5, 6, 5, 5, 5, 3, 3}, "platinum gold silver standard", false},
		{"a missing score decides between silver and gold", []float64{3, 3, 4, 3, 3, 3, -1, 2, 2}, "", true},
	} {
		var scores []dossier.PanelScore
		for i := range rs.criteria {
			if c.marks[i] >= 0 {
				scores = append(scores, dossier.PanelScore{Criterion: rs.criteria[i].id, Scorer: "an", Points: c.marks[i]})
			}
		}
		d := &dossier.Dossier{ID: "d", Name: "d", Documents: []dossier.Document{doc("a.txt", "A submission")}}
		a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model", Title: "d", Unit: "north"}, Scores: scores})
		if got := strings.Join(a.Meets, " "); got != c.meets && !c.waits {
			t.Errorf("%s: %q, not %q", c.name, got, c.meets)
		}
		open := a.Open != nil && len(a.Open.MayMeet) > 0
		if open != c.waits {
			t.Errorf("%s: open %v (%+v), outcome %s", c.name, open, a.Open, a.Outcome)
		}
	}
}

// The prose says it in words, and a share that is none is refused with its place.
func TestCountsOfCriteriaAreSaidAndChecked(t *testing.T) {
	t.Parallel()
	rs, src := inclusive(t)
	for lang, want := range map[string]string{"en": "number of criteria with at least 83% ≥ 7",
		"nb": "antall kriterier med minst 83\u00a0% ≥ 7", "vi": "số tiêu chí đạt từ 83% trở lên ≥ 7"} {
		if told := rs.Explain(lang, false); !strings.Contains(told, want) {
			t.Errorf("%s: %q is not in\n%s", lang, want, told)
		}
	}
	for _, wrong := range []string{"criteria_with(83)", "criteria_with()", "criteria_with(total)", "criteria_with(0%)"} {
		_, err := Load("rules/r.yaml", []byte(strings.Replace(src, "criteria_with(83%)", wrong, 1)), testEnv(), nil)
		if line := fmt.Sprint(err); !strings.Contains(line, "criteria_with(60%) >= 7") || !strings.Contains(line, "r.yaml:19:") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	if _, err := Load("rules/r.yaml", []byte(strings.Replace(src, "criteria:\n", "gates: [ { id: g, require: criteria_with(50%) >= 1, otherwise: No } ]\ncriteria:\n", 1)), testEnv(), nil); err == nil {
		t.Error("a gate may count criteria, which have no points yet")
	}
}
