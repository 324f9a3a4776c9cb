package rules

import (
	"os"
	"strings"
	"testing"

	"kheo/internal/dossier"
)

// Every mistake in ranks, places and budgets is reported at its place, with a cure.
func TestMistakesInAwardsHavePlaceAndCure(t *testing.T) {
	env := wrongEnv()
	env.Fields = []Named{{ID: "economy"}}
	for _, c := range []struct{ file, old, new, want string }{
		{"ranks", "id: fair", "id: good", `two ranks have the id "good"`},
		{"ranks", "most: 20%", "most: 0.5", "most must be a whole number from 1"},
		{"ranks", "most: 20%", "most: 3", "round is about a share, and most is a number"},
		{"ranks", "total >= 90 and", "totl >= 90 and", `did you mean "total"`},
		{"ranks", "bands:\n", "bands:\n  recommended: total >= 1\n", "ranks say who is recommended, and so does this band"},
		{"ranks", "order: [", "columns: [ task ]\norder: [", `columns names "task", which is not a fact`},
		{"places", ", when_shared: split", "", "nothing says whether its amount is too"},
		{"places", "15000 NOK", "15000 XYZ", `"XYZ" is not a currency that kheo knows`},
		{"places", "15000 NOK", "lots", "write it like 300000 EUR"},
		{"places", "bands: { recommended: total >= 60 }\n", "", "nothing says who can get the place mention"},
		{"places", "most: 2 }", "most: 2, rank: winer }", `did you mean "winner"`},
		{"budget", "ask: requested", "ask: request", "which is not a fact with an amount"},
		{"shared-budget", "share_by: reached", "share_by: region", "the budget is shared by"},
		{"shared-budget", "  round_to: 10", "  then: stop", "then is about a budget that is given in order"},
		{"shared-budget", "  share_by: reached\n", "", "round_to is about a budget that is shared"},
		{"budget", "  ask: requested\n", "", "share_by: members"},
		{"shared-budget", "  round_to: 10", "  round_to: 0", "round_to must be an amount above 0"},
		{"budget", "300000 EUR", "300000 NOK", "the budget is in NOK and requested is in EUR"},
		{"budget", "economy: 100000", "economics: 100000", "economy"},
		{"budget", "from: 60%", "from: 0", "cannot begin at 0"},
	} {
		b, err := os.ReadFile("testdata/awards/" + c.file + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Load("r.yaml", b, env, nil); err != nil {
			t.Fatalf("%s: %v", c.file, err)
		}
		src := strings.Replace(string(b), c.old, c.new, 1)
		if _, err := Load("r.yaml", []byte(src), env, nil); err == nil || !strings.Contains(err.Error(), c.want) ||
			!strings.HasPrefix(err.Error(), "r.yaml:") {
			t.Errorf("%s with %q: got %v, want %q", c.file, c.new, err, c.want)
		}
	}
}

// The prose of ranks, places and budgets names titles, and no ids.
func TestAwardsAreExplainedInThreeLanguages(t *testing.T) {
	env := wrongEnv()
	env.Fields = []Named{{ID: "economy", Title: sameText("Kinh tế")}}
	for file, want := range map[string]map[string]string{
		"ranks": {"en": "Excellent, if: total ≥ 90", "vi": "Xuất sắc, nếu", "nb": "Utmerket, dersom"},
		"places": {"en": "With it go 15,000 NOK, which those who share it split", "nb": "Hederlig omtale, dersom",
			"vi": "Nhiều nhất 1 cho mỗi"},
		"shared-budget": {"en": "1,000 EUR are shared among those recommended for each field", "nb": "Beløpene rundes ned til hele ganger 10 EUR", "vi": "Chia 1.000 EUR"},
		"budget":        {"en": "300,000 EUR are given", "nb": "Kinh tế har 100 000 EUR", "vi": "Cấp 300.000 EUR"},
	} {
		b, err := os.ReadFile("testdata/awards/" + file + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		rs, err := Load("r.yaml", b, env, nil)
		if err != nil {
			t.Fatal(err)
		}
		for lang, s := range want {
			told := strings.ReplaceAll(rs.Explain(lang, false), "\u00a0", " ")
			if !strings.Contains(told, s) || strings.Contains(told, "%!") {
				t.Errorf("%s in %s lacks %q:\n%s", file, lang, s, told)
			}
		}
	}
}

// Conditions of ranks name groups, and a rank that means recommended asks for the minima of criteria and groups
// too: below them a dossier gets the next rank that does not.
func TestRanksNameGroupsAndKeepToMinima(t *testing.T) {
	ranks := `ranks:
  - { id: high, title: { en: High }, require: work >= 9 and each_group >= 50% }
  - { id: good, title: { en: Good }, require: total >= 30 }
  - { id: seen, title: { en: Seen }, require: total >= 5, outcome: not-recommended }
`
	src := strings.NewReplacer("MAX", "55", "CRITERIA", strings.TrimSpace(sections), "MORE", "",
		"bands: { recommended: BAND }", ranks).Replace(pointRules)
	rs, err := Load("r.yaml", []byte(src), testEnv(), openOffice)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text, meets string
		outcome           dossier.Outcome
		why               string
	}{
		{"groups meet the condition", "Tasks done: 9\nCompletion rate: 50%", "high seen", dossier.Recommended, "High"},
		{"a group is too low for the first", "Tasks done: 8\nCompletion rate: 80%", "good seen", dossier.Recommended,
			"High"},
		{"below a minimum only what is not recommended remains", "Tasks done: 7\nCompletion rate: 100%", "seen",
			dossier.NotRecommended, "Work: 7 points, and at least 7.5 are needed"},
	} {
		a := assessed(rs, Given{}, c.text)
		if got := strings.Join(a.Meets, " "); got != c.meets || a.Outcome != c.outcome || !strings.Contains(a.Band["en"], c.why) {
			t.Errorf("%s: meets %q, %s (%s); want %q, %s, %s", c.name, got, a.Outcome, a.Band["en"], c.meets, c.outcome, c.why)
		}
		if w := rs.WhatIf(a); w.With(w.Points()) != a.Outcome {
			t.Errorf("%s: what if nothing changed: %s", c.name, w.With(w.Points()))
		}
	}
}
