package rules

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"

	"kheo/internal/dossier"
)

// small is a ruleset of one criterion and one clue.
func small(t *testing.T, clue string) *Ruleset {
	t.Helper()
	rs, err := Load("r.yaml", []byte(`ruleset: small
title: { en: Small }
applies_to: { kind: model }
max_points: 30
words:
  spread: [taken up by, replicated]
  places: [hamlet, commune]
  results: [Results]
facts:
  contributed: { type: money, currency: VND, labels: [Contributed] }
criteria:
  - id: c
    title: { en: C }
    max: 30
    evidenced: [ `+clue+` ]
bands: { recommended: total >= 30 }
`), testEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

func pointsOf(rs *Ruleset, text string) float64 {
	d := &dossier.Dossier{ID: "d", Documents: []dossier.Document{doc("a.txt", text)}}
	return rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model", Unit: "south"}}).Points
}

func TestCluesReachAsFarAsTheySay(t *testing.T) {
	for _, c := range []struct {
		clue, text string
		points     float64
	}{
		{"{ any: words.spread, near: [words.places], within: 3 words, points: 10 }", "It was replicated in the next hamlet.", 10},
		{"{ any: words.spread, near: [words.places], within: 1 words, points: 10 }", "It was replicated in the next hamlet.", 0},
		{"{ any: words.spread, near: [words.places], points: 10 }", "It was replicated. The hamlet is small.", 0},
		{"{ any: words.spread, near: [words.places], within: page, points: 10 }", "It was replicated. The hamlet is small.", 10},
		{"{ any: words.spread, near: [number], within: sentence, points: 10 }", "It was replicated in 4 places.", 10},
		{"{ any: [number], near: [contributed], within: 6 words, points: 10 }", "The villagers themselves contributed some 300 million dong.", 10},
		{"{ any: [number], near: [contributed], within: 6 words, points: 10 }", "There are 12 houses.", 0},
		{"{ any: [number], near: [contributed, words.places], within: 6 words, points: 10 }", "There are 12 houses in the hamlet.", 10},
		{"{ any: words.spread, near: [words.places], within: section, in: results, points: 10 }", "Background\nThe hamlet is small.\nResults:\nIt was replicated.", 0},
		{"{ any: words.spread, near: [words.places], within: section, in: results, points: 10 }", "Results:\nThe hamlet is small.\nIt was replicated.", 10},
		{"{ any: words.spread, except: [replicated DNA], points: 10 }", "They replicated DNA.", 0},
		{"{ any: words.spread, except: [replicated DNA], points: 10 }", "They replicated the model.", 10},
		{"{ any: words.spread, with: other_unit, points: 10 }", "It was replicated by Xã Bắc Sơn.", 10},
		{"{ any: words.spread, with: other_unit, points: 10 }", "It was replicated by others.", 0},
		{"{ query: '=replicated NEAR/3 (hamlet OR commune)', points: 10 }", "It was replicated in the hamlet.", 10},
		{"{ query: '=replicated NEAR/3 (hamlet OR commune)', points: 10 }", "It was not replicated in the hamlet.", 0},
		{"{ query: 'lamps -candles', points: 10 }", "Lamps were bought. Candles too.", 0},
		{"{ query: 'lamp*', points: 10, at_most: 2 }", "Lamps were bought by Ann. A lamp was mended in spring.", 20},
		{"{ query: lamps, points: 10, at_most: 3 }", "Lamps were bought. Lamps were bought. Lamps were bought.", 10},
	} {
		if got := pointsOf(small(t, c.clue), c.text); got != c.points {
			t.Errorf("%s in %q earns %v, want %v", c.clue, c.text, got, c.points)
		}
	}
}

func TestNeverLeavesOutWhatIsToCount(t *testing.T) {
	src := strings.Replace(smallSource(), "    evidenced:", "    never: [ negated, quoted, hidden ]\n    evidenced:", 1)
	rs, err := Load("r.yaml", []byte(src), testEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if pointsOf(rs, "It will be replicated.") != 10 || pointsOf(rs, "It was not replicated.") != 0 {
		t.Error("a plan must count where never leaves plans out, and a negation must not")
	}
	if told := rs.Explain("en", false); !strings.Contains(told, "all the same: plans, wishes and questions") {
		t.Errorf("the prose does not say so:\n%s", told)
	}
}

func smallSource() string {
	return `ruleset: small
title: { en: Small }
applies_to: { kind: model }
max_points: 30
criteria:
  - id: c
    title: { en: C }
    max: 30
    evidenced: [ { any: [replicated], points: 10 } ]
bands: { recommended: total >= 30 }
`
}

const panelRules = `ruleset: panel
title: { en: Panel }
applies_to: { kind: model }
max_points: 35
facts: { households: { type: count, labels: [Households] } }
criteria:
  - { id: reach, title: { en: Reach }, max: 20, measured: households, steps: [ { from: 10, points: 10 }, { from: 50, points: 20 } ] }
  - id: worth
    title: { en: Worth copying }
    max: 15
    panel: { scorers: 3, combine: COMBINE, talk_when_spread_over: 5, rubric: { 15: { en: Tomorrow }, 10: { en: Mostly }, 0: { en: No } } }
bands:
  recommended: total >= 25
  needs-review: any_flag(contradiction)
`

func scored(points ...float64) []dossier.PanelScore {
	var out []dossier.PanelScore
	for i, p := range points {
		out = append(out, dossier.PanelScore{Criterion: "worth", Scorer: fmt.Sprint("scorer ", i), Points: p})
	}
	return out
}

func TestPanelScores(t *testing.T) {
	for _, c := range []struct {
		combine    string
		households int
		scores     []float64
		points     float64
		outcome    dossier.Outcome
		flags      string
	}{
		{"median", 60, nil, 20, dossier.NeedsReview, "awaiting-panel"},                      // the scores could lift it
		{"median", 1, nil, 0, dossier.NotRecommended, "awaiting-panel"},                     // they could not
		{"median", 60, []float64{10, 10}, 20, dossier.NeedsReview, "awaiting-panel"},        // one is missing
		{"median", 60, []float64{10, 12, 15}, 32, dossier.Recommended, ""},                  //
		{"median", 60, []float64{2, 3, 15}, 23, dossier.NotRecommended, "panel-spread"},     //
		{"median", 60, []float64{0, 10, 12, 15}, 31, dossier.Recommended, "panel-spread"},   // the mean of the two in the middle
		{"mean", 60, []float64{3, 6, 6}, 25, dossier.Recommended, ""},                       //
		{"trimmed-mean", 60, []float64{0, 10, 15}, 30, dossier.Recommended, "panel-spread"}, //
		{"median", 60, []float64{10, 99, -1}, 20, dossier.NeedsReview, "awaiting-panel"},    // not scores at all
	} {
		rs, err := Load("r.yaml", []byte(strings.Replace(panelRules, "COMBINE", c.combine, 1)), testEnv(), nil)
		if err != nil {
			t.Fatal(err)
		}
		d := &dossier.Dossier{ID: "d", Documents: []dossier.Document{doc("a.txt", fmt.Sprint("Households: ", c.households))}}
		a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model"}, Scores: scored(c.scores...)})
		var flags []string
		for _, f := range a.Flags {
			flags = append(flags, f.Code)
		}
		if a.Points != c.points || a.Outcome != c.outcome || strings.Join(flags, " ") != c.flags {
			t.Errorf("%s of %v with %d households: %v points, %s, flags %v; want %v, %s, %s", c.combine, c.scores, c.households, a.Points, a.Outcome, flags, c.points, c.outcome, c.flags)
		}
	}
}

func inMemory(list map[string]string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if s, ok := list[name]; ok {
			return []byte(s), nil
		}
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
}

func TestARulesetExtendsAnother(t *testing.T) {
	open := inMemory(map[string]string{"rules/base.yaml": rightRules, "rules/punctuality.csv": officeFiles["punctuality.csv"]})
	env := testEnv()
	env.Levels = []Named{{ID: "district"}, {ID: "grassroots"}}
	src := `ruleset: grassroots
extends: base.yaml
without: [ worth-copying, extra, lateness ]
applies_to: { kind: model, level: grassroots }
max_points: 90
words: { effect: { en: [fell] } }
criteria:
  - id: reach
    title: { en: Reach }
    max: 50
    measured: households
    steps: [ { from: 5, points: 50 } ]
bands: { recommended: total >= 50 }
`
	rs, err := Load("rules/grassroots.yaml", []byte(src), env, open)
	if err != nil {
		t.Fatal(err)
	}
	if rs.ID != "grassroots" || rs.Level != "grassroots" || len(rs.criteria) != 2 || rs.criteria[0].id != "reach" || rs.criteria[0].max != 50 || rs.criteria[1].id != "results" || len(rs.gates) != 1 || len(rs.facts) != 17 {
		t.Errorf("%+v", rs.criteria)
	}
	if got := rs.words["effect"]; len(got) != 1 || got[0].Text != "fell" {
		t.Errorf("the word list of the base was not replaced: %v", got)
	}
	other, err := Load("rules/grassroots.yaml", []byte(src), env, inMemory(map[string]string{"rules/base.yaml": rightRules + "# changed\n", "rules/punctuality.csv": officeFiles["punctuality.csv"]}))
	if err != nil || other.SHA256 == rs.SHA256 {
		t.Errorf("a change of the base leaves the hash as it was (%v)", err)
	}
	for _, c := range []struct{ src, place, says string }{
		{strings.Replace(src, "from: 5", "from: five", 1), "rules/grassroots.yaml:12:22", "must be a number"},
		{strings.Replace(src, "base.yaml", "bass.yaml", 1), "rules/grassroots.yaml:2:10", "cannot be read"},
		{strings.Replace(src, "worth-copying", "worth-coping", 1), "rules/grassroots.yaml:3:12", "does not have"},
		{strings.Replace(src, "extends: base.yaml", "extends: grassroots.yaml", 1), "rules/grassroots.yaml:2:10", "extends itself"},
	} {
		_, err := Load("rules/grassroots.yaml", []byte(c.src), env, open)
		if err == nil || !strings.Contains(err.Error(), c.place) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("want %s %q: %v", c.place, c.says, err)
		}
	}
	broken := inMemory(map[string]string{"rules/base.yaml": strings.Replace(rightRules, "max: 40\n    measured", "max: forty\n    measured", 1), "rules/punctuality.csv": officeFiles["punctuality.csv"]})
	if _, err := Load("rules/other.yaml", []byte("extends: base.yaml\nruleset: other\n"), env, broken); err == nil || !strings.Contains(err.Error(), "rules/base.yaml:46:10") {
		t.Errorf("a mistake of the base must be told in the base: %v", err)
	}
}

// What extends: or rules: names is told only if it is a ruleset: nothing of another file comes out.
func TestNothingOfOtherFilesIsTold(t *testing.T) {
	for name, text := range map[string]string{
		"a word": "s3cret-of-mail\n", "a mapping": "password: s3cret-of-mail\n", "broken YAML": "user: \"s3cret-of-mail\nx\ty: [", "a list": "- s3cret-of-mail\n",
		"a key of a ruleset": "title: s3cret-of-mail\nversion: [s3cret-of-mail]\n", "not UTF-8": "s3cret-of-mail\xff\n",
		"twice the same key": "s3cret-of-mail: 1\ns3cret-of-mail: 2\n", "an anchor": "a: *s3cret-of-mail\n",
	} {
		_, err := Load("rules/a.yaml", []byte("ruleset: a\nextends: b.yaml\n"), testEnv(), inMemory(map[string]string{"rules/b.yaml": text}))
		if err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "rules/b.yaml:1:1: this is not a ruleset") {
			t.Errorf("%s, extended: %v", name, err)
		}
		if _, err := Load("rules/b.yaml", []byte(text), testEnv(), nil); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHingeIsTheSmallestChangeOfOneCriterion(t *testing.T) {
	rs, err := Load("r.yaml", []byte(strings.Replace(panelRules, "COMBINE", "median", 1)), testEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	d := &dossier.Dossier{ID: "d", Documents: []dossier.Document{doc("a.txt", "Households: 60")}}
	a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model"}, Scores: scored(8, 8, 8)})
	h, ok := rs.WhatIf(a).Hinge()
	if !ok || h.Points > -3 || h.Points < -3.2 || h.To != dossier.NotRecommended {
		t.Errorf("28 of 25 points hangs on three of them: %+v", h)
	}
	if got := rs.WhatIf(a).Without("worth", 0); got != dossier.NotRecommended {
		t.Errorf("without the panel's points: %s", got)
	}
}

func TestDrawsStayWithinTheirBounds(t *testing.T) {
	rs, err := Load("r.yaml", []byte(strings.Replace(panelRules, "COMBINE", "median", 1)+"vary: { weights: 20%, steps: 10%, thresholds: 4% }\n"), testEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	moved := false
	for range 2000 {
		d := rs.Draw(r)
		sum := 0.0
		for i, m := range d.maxima {
			sum += m
			if share := m / rs.criteria[i].max; share < 0.8/1.2-1e-9 || share > 1.2/0.8+1e-9 {
				t.Fatalf("a weight moved by %v", share)
			}
			moved = moved || m != rs.criteria[i].max
			if d.steps[i] < 0.9-1e-9 || d.steps[i] > 1.1+1e-9 {
				t.Fatalf("steps moved by %v", d.steps[i])
			}
		}
		if sum < rs.MaxPoints-1e-6 || sum > rs.MaxPoints+1e-6 || d.shift > 0.04*35+1e-9 || d.shift < -0.04*35-1e-9 {
			t.Fatalf("weights add up to %v, thresholds moved by %v", sum, d.shift)
		}
	}
	if !moved {
		t.Error("nothing moved")
	}
}

func TestTraitsAreRefusedInEvidence(t *testing.T) {
	for _, words := range []string{"[female]", "[đảng viên]", "[theo đạo]", "[aged over 60]", "{ nb: [kvinnelig] }"} {
		_, err := Load("r.yaml", []byte(strings.Replace(smallSource(), "[replicated]", words, 1)), testEnv(), nil)
		if err == nil || !strings.Contains(err.Error(), "trait of a person") {
			t.Errorf("%s: %v", words, err)
		}
	}
	for _, words := range []string{"[Hội Phụ nữ]", "[đồng bào dân tộc thiểu số]", "[the elderly association]", "[trạm y tế]"} {
		if _, err := Load("r.yaml", []byte(strings.Replace(smallSource(), "[replicated]", words, 1)), testEnv(), nil); err != nil {
			t.Errorf("work for a group is refused: %s: %v", words, err)
		}
	}
}
