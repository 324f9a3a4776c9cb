package rules

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"kheo/internal/dossier"
)

// A fact that was not read surely earns nothing and fails no gate; the dossier goes to people only if one of the
// possible values would change its outcome.
func TestUncertainFacts(t *testing.T) {
	const doubtful = "facts:\n => sure: 96%\nfacts:\n" // what sentences say is then uncertain, and forms are not
	gate := "absent(registered_on) or registered_on <= date(\"2024-03-31\") => households >= 50"
	for _, c := range []struct {
		name    string
		rules   string // old => new, separated by |
		text    string
		facts   map[string]any // of the manifest
		points  float64
		outcome dossier.Outcome
		flags   string
	}{
		{"it earns nothing, and people settle what decides", doubtful, "In all the number of households taking part was 120 households.", nil, 0, dossier.NeedsReview, "uncertain"},
		{"one that decides nothing is only flagged", doubtful, "In all the number of households taking part was 60 households.", nil, 0, dossier.NotRecommended, "uncertain"},
		{"a sure place settles it", doubtful, "Households taking part: 120\nThe households taking part were 120 households.", nil, 80, dossier.Recommended, ""},
		{"the manifest settles which value it is", doubtful, "In all the number of households taking part was 120 households.", map[string]any{"households": 120.0}, 80, dossier.Recommended, ""},
		{"the manifest is not supported by another value", doubtful, "In all the number of households taking part was 120 households.", map[string]any{"households": 500.0}, 0, dossier.NeedsReview, "unsupported"},
		{"it fails no gate", doubtful + "|" + gate, "In all the number of households taking part was 12 households.", nil, 0, dossier.NeedsReview, "uncertain"},
		{"what is read surely counts", "", "In all the number of households taking part was 120 households.", nil, 80, dossier.Recommended, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := manifestRules
			for _, edit := range strings.Split(c.rules, "|") {
				old, instead, _ := strings.Cut(edit, " => ")
				src = strings.Replace(src, old, instead, 1)
			}
			rs, err := Load("r.yaml", []byte(src), testEnv(), nil)
			if err != nil {
				t.Fatal(err)
			}
			d := &dossier.Dossier{ID: "d", Manifest: by(c.facts, ""), Documents: []dossier.Document{doc("a.txt", c.text)}}
			a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model"}})
			var flags []string
			for _, f := range a.Flags {
				if f.Code != dossier.FlagMissingDocument {
					flags = append(flags, f.Code)
				}
			}
			if a.Points != c.points || a.Outcome != c.outcome || strings.Join(flags, " ") != c.flags {
				t.Errorf("%v points, %s (%s), flags %v; want %v, %s, %s", a.Points, a.Outcome, a.Band["en"], flags, c.points, c.outcome, c.flags)
			}
			for _, f := range a.Facts {
				if uncertain := c.flags == "uncertain"; uncertain != (f.State == dossier.Doubtful) && c.flags != "unsupported" {
					t.Errorf("%s is %s", f.Name, f.State)
				}
			}
		})
	}
}

// A dossier that waits for people says what they would decide, and what each answer would come to.
func TestWhatWouldSettleIt(t *testing.T) {
	t.Parallel()
	panel := one("panel: { scorers: 2, combine: mean, rubric: { 10: { en: All }, 0: { en: Nothing } } }")
	evidenced := one(`evidenced: { any: [joined], with: number, points: 10 }`)
	doubtful := strings.Replace(manifestRules, "facts:\n", "sure: 96%\nfacts:\n", 1)
	ranks := regexp.MustCompile(`(?m)^bands:.*$`).ReplaceAllString(doubtful, "ranks: [ { id: gold, title: { en: Gold }, require: total >= 80 }, "+
		"{ id: none, title: { en: No rank }, require: total >= 0, outcome: not-recommended } ]")
	scores := []dossier.PanelScore{{Criterion: "c", Person: "a", Points: 4}}
	for _, c := range []struct {
		name  string
		rules string
		given Given
		text  string
		says  string
	}{
		{"an uncertain fact", doubtful, Given{}, "In all the number of households taking part was 120 households.",
			"to settle it, state Households taking part (120 households: recommended; not stated: not recommended)"},
		{"an uncertain fact that decides a rank", ranks, Given{}, "In all the number of households taking part was 120 households.",
			"to settle it, state Households taking part (120 households: Gold; not stated: No rank)"},
		{"marks that are missing", panel, Given{Scores: scores}, "x", "to settle it, the missing marks (the highest: recommended; the lowest: not recommended)"},
		{"evidence that may count", evidenced, Given{}, "Not one of the 52 who joined went home without a gift.",
			"to settle it, judge the uncertain passages (all of them count: recommended; none counts: not recommended)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var rs *Ruleset
			if strings.HasPrefix(c.rules, "-") {
				rs = pointsRuleset(t, 10, c.rules, "", "total >= 5")
			} else {
				rs = loadTest(t, c.rules)
			}
			a := assessed(rs, c.given, c.text)
			if a.Outcome != dossier.NeedsReview || !strings.Contains(a.Band["en"], c.says) {
				t.Errorf("%s: %s; want %s", a.Outcome, a.Band["en"], c.says)
			}
			if !strings.Contains(a.Band["nb"], "for å avgjøre") || !strings.Contains(a.Band["vi"], "để quyết định") {
				t.Errorf("%v", a.Band)
			}
		})
	}
}

// A number that is only near what is meant counts as far as all of its readings agree; people are asked only where
// another one would change the outcome.
func TestNumbersThatAreNearWhatIsMeant(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		text    string
		facts   map[string]any // of the manifest
		points  float64
		outcome dossier.Outcome
		flags   string
	}{
		{"more than what is asked for", "Households taking part: more than 100", nil, 80, dossier.Recommended, ""},
		{"more than less than is asked for", "Households taking part: more than 90", nil, 40, dossier.NeedsReview, "uncertain"},
		{"more than far less than is asked for", "Households taking part: more than 50", nil, 40, dossier.NotRecommended, ""},
		{"nearly what is asked for", "Households taking part: nearly 100", nil, 40, dossier.NeedsReview, "uncertain"},
		{"about more than is asked for", "Households taking part: about 120", nil, 80, dossier.Recommended, ""},
		{"about what is asked for", "Households taking part: about 100", nil, 40, dossier.NeedsReview, "uncertain"},
		{"up to what is asked for", "Households taking part: up to 100", nil, 0, dossier.NeedsReview, "uncertain"},
		{"the exact number elsewhere", "Households taking part: 104\nMore than 100 households are taking part.", nil, 80, dossier.Recommended, ""},
		{"another number elsewhere", "Households taking part: 40\nThe households taking part were about 300 households.", nil, 0,
			dossier.NotRecommended, "contradiction"},
		{"the manifest says which number it is", "Households taking part: more than 90", map[string]any{"households": 97.0}, 40,
			dossier.NotRecommended, ""},
		{"the manifest says another one", "Households taking part: more than 90", map[string]any{"households": 400.0}, 40,
			dossier.NeedsReview, "contradiction"},
	} {
		rs := loadTest(t, manifestRules)
		d := &dossier.Dossier{ID: "d", Manifest: by(c.facts, ""), Documents: []dossier.Document{doc("a.txt", c.text)}}
		a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model"}})
		var flags []string
		for _, f := range a.Flags {
			if f.Code != dossier.FlagMissingDocument {
				flags = append(flags, f.Code)
			}
		}
		if a.Points != c.points || a.Outcome != c.outcome || strings.Join(flags, " ") != c.flags {
			t.Errorf("%s: %v points, %s (%s), flags %v; want %v, %s, %s", c.name, a.Points, a.Outcome, a.Band["en"], flags,
				c.points, c.outcome, c.flags)
		}
		if why := a.Criteria[0].Reason["en"]; c.points == 40 && c.text[len(c.text)-3:] == "100" && !strings.Contains(why, "only near what is meant") {
			t.Errorf("%s: the reason is %s", c.name, why)
		}
	}
}

// However many numbers are only near what is meant, people are asked no more for it.
func TestManyNumbersThatAreNearAskNothing(t *testing.T) {
	t.Parallel()
	var facts, criteria, paper strings.Builder
	for i, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		fmt.Fprintf(&facts, "  %s: { type: count, labels: { en: [Number %s] } }\n", name, name)
		fmt.Fprintf(&criteria, "  - { id: c-%s, title: { en: C }, max: 10, measured: %s, steps: [ { from: 50, points: 10 } ] }\n", name, name)
		fmt.Fprintf(&paper, "Number %s: about %d\n", name, 200+10*i)
	}
	rs := loadTest(t, "ruleset: r\ntitle: { en: R }\napplies_to: { kind: model }\nmax_points: 80\nfacts:\n"+facts.String()+
		"criteria:\n"+criteria.String()+"bands: { recommended: total >= 80 }\n")
	a := assessed(rs, Given{}, paper.String())
	if a.Points != 80 || a.Outcome != dossier.Recommended || len(a.Flags) > 0 {
		t.Errorf("%v points, %s (%s), flags %v", a.Points, a.Outcome, a.Band["en"], a.Flags)
	}
	for _, f := range a.Facts {
		if f.State != dossier.Doubtful || len(f.Readings) != 2 {
			t.Errorf("%s is %s with %v", f.Name, f.State, f.Readings)
		}
	}
}
