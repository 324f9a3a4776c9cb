package rules

import (
	"fmt"
	"math/bits"
	"regexp"
	"slices"
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
			"to settle it, state Households taking part (at least 100 households: recommended; less, not stated: not recommended)"},
		{"an uncertain fact that decides a rank", ranks, Given{}, "In all the number of households taking part was 120 households.",
			"to settle it, state Households taking part (at least 100 households: Gold; less, not stated: No rank)"},
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

// From which value on which outcome follows is told where the ruleset goes by a number in steps and comparisons, and it
// is what a correction to each value then gives.
func TestThresholdsOfWhatWouldSettleIt(t *testing.T) {
	t.Parallel()
	const text = "In all the number of households taking part was 120 households."
	reach := "measured: households, steps: [ { from: 50, points: 40 }, { from: 100, points: 80 } ]"
	ranks := "ranks: [ { id: gold, title: { en: Gold }, require: total >= 80 }, { id: silver, title: { en: Silver }, require: total >= 40 }, " +
		"{ id: none, title: { en: No rank }, require: total >= 0, outcome: not-recommended } ]"
	for _, c := range []struct{ name, old, with, says string }{
		{"steps", "", "", "at least 100 households: recommended; less, not stated: not recommended"},
		{"steps and a gate that is stricter", "gates:\n", "gates:\n  - { id: few, require: households > 110, otherwise: { en: Too few } }\n",
			"more than 110 households: recommended; at most 110 households: ineligible; not stated: up for review"},
		{"several ranks", "bands: { recommended: total >= 80 }", ranks,
			"at least 100 households: Gold; at least 50 households: Silver; less, not stated: No rank"},
		{"fewer is better", reach, "measured: households, steps: [ { to: 130, points: 80 } ]",
			"more than 130 households: not recommended; at most 130 households: recommended; not stated: not recommended"},
		{"points for every ten", reach, "measured: households, per: { every: 10, points: 10, at_most: 80 }",
			"at least 80 households: recommended; less, not stated: not recommended"},
		{"a decision table", reach, "table: { hit: first, rows: [ { when: { households: 100..200 }, points: 80 } ], otherwise: 0 }",
			"more than 200 households: not recommended; at least 100 households: recommended; less, not stated: not recommended"},
		{"a checklist", reach, "checklist: [ { if: households >= 70 or present(money), points: 80 } ]",
			"at least 70 households: recommended; less, not stated: not recommended"},
		{"points in proportion follow the value", reach, "measured: households, proportional: { from: 0, to: 100 }",
			"120 households: recommended; not stated: not recommended"},
		{"an expression", reach, `measured: "households * 2", steps: [ { from: 100, points: 80 } ]`,
			"120 households: recommended; not stated: not recommended"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rs := loadTest(t, strings.Replace(strings.Replace(manifestRules, "facts:\n", "sure: 96%\nfacts:\n", 1), c.old, c.with, 1))
			a := assessed(rs, Given{}, text)
			_, told, _ := strings.Cut(a.Band["en"], "to settle it, state Households taking part (")
			told, _, _ = strings.Cut(told, ")")
			if a.Outcome != dossier.NeedsReview || told != c.says {
				t.Fatalf("%s: %s\nsays %s\nwant %s", a.Outcome, a.Band["en"], told, c.says)
			}
			at := slices.IndexFunc(a.Facts, func(f dossier.Fact) bool { return f.Name == "households" })
			for _, v := range []any{nil, 0.0, 10.0, 49.0, 50.0, 69.0, 70.0, 79.0, 80.0, 99.0, 100.0, 110.0, 111.0, 120.0, 130.0, 131.0, 200.0, 201.0, 5000.0} {
				want := answerFor(told, v)
				b := assessed(rs, Given{Corrections: []dossier.Correction{{Fact: "households", Value: v, Source: a.Facts[at].Source}}}, text)
				got := outcomeTitle(b.Outcome)["en"]
				if set := rs.Awards.Set(b.Meets); set != 0 && b.Outcome != dossier.Ineligible {
					got = rs.Awards[bits.TrailingZeros64(set)].Title["en"]
				}
				if want != "" && got != want {
					t.Errorf("%v: %s, and told was %s", v, got, want)
				}
			}
		})
	}
}

// answerFor is what a sentence reports a value, nil for none; "" if it does not say.
func answerFor(told string, value any) string {
	for part := range strings.SplitSeq(told, "; ") {
		words, end, _ := strings.Cut(part, ": ")
		for w := range strings.SplitSeq(words, ", ") {
			var limit float64
			fmt.Sscanf(regexp.MustCompile(`[\d.]+`).FindString(w), "%g", &limit)
			v, stated := value.(float64)
			switch {
			case !stated && w == "not stated", stated && w == "less",
				stated && strings.HasPrefix(w, "at least") && v >= limit, stated && strings.HasPrefix(w, "more than") && v > limit,
				stated && strings.HasPrefix(w, "at most") && v <= limit:
				return end
			}
		}
	}
	return ""
}

// A gate that waits for a number that nothing states says from which value on it is passed, and what follows then.
func TestANumberThatAGateWaitsFor(t *testing.T) {
	t.Parallel()
	gate := "gates:\n  - { id: many, require: households >= 20, otherwise: { en: Too few }, missing: needs-review }\n"
	rs := loadTest(t, strings.Replace(strings.Replace(manifestRules, "gates:\n", gate, 1), "total >= 80", "total >= 40", 1))
	a := assessed(rs, Given{}, "A report.")
	want := "to settle it, state Households taking part (at least 50 households: recommended; at least 20 households: not recommended; less: ineligible)"
	if a.Outcome != dossier.NeedsReview || !strings.HasSuffix(a.Band["en"], want) {
		t.Errorf("%s: %s; want %s", a.Outcome, a.Band["en"], want)
	}
	if !strings.Contains(a.Band["vi"], "từ 50 households trở lên") || !strings.Contains(a.Band["nb"], "minst 20 households") {
		t.Errorf("%v", a.Band)
	}
}

// No one is asked to score a dossier that no score can make eligible; one that people still look at waits for scores.
func TestOnlyDossiersThatScoresCanChangeAwaitThem(t *testing.T) {
	t.Parallel()
	panel := `  - { id: idea, title: { en: Idea }, max: 10, panel: { scorers: 2, rubric: { 10: { en: All }, 0: { en: Nothing } } } }
`
	src := strings.Replace(manifestRules, "criteria:\n", "criteria:\n"+panel, 1)
	src = strings.Replace(src, "max_points: 100", "max_points: 110", 1)
	src = strings.Replace(src, "gates:\n", "gates:\n  - { id: many, require: households >= 20, otherwise: { en: Too few }, missing: needs-review }\n", 1)
	rs := loadTest(t, src)
	for text, want := range map[string]struct {
		outcome dossier.Outcome
		awaits  bool
	}{
		"Households taking part: 10":  {dossier.Ineligible, false},
		"Households taking part: 120": {dossier.Recommended, true},
		"A report.":                   {dossier.NeedsReview, true},
	} {
		a := assessed(rs, Given{}, text)
		if a.Outcome != want.outcome || a.HasFlag(dossier.FlagAwaitingPanel) != want.awaits {
			t.Errorf("%s: %s, awaits the panel: %v", text, a.Outcome, a.HasFlag(dossier.FlagAwaitingPanel))
		}
	}
}
