package rules

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"kheo/internal/strict"
)

// mistake is a wrong ruleset as a secretary would write it: a change of testdata/right.yaml.
type mistake struct {
	kind     string
	name     string
	old, new string // what is replaced in right.yaml
}

// typicalMistakes are mistakes of every kind that people make in a text editor. What is reported of each is in
// testdata/mistakes.txt.
var typicalMistakes = []mistake{
	// Keys.
	{"keys", "a key is mistyped", "max_points:", "max_ponits:"},
	{"keys", "a key is written with a hyphen", "max_points:", "max-points:"},
	{"keys", "a key is written with a space", "max_points:", "max points:"},
	{"keys", "a key is written with a capital", "title: { en: Models }", "Title: { en: Models }"},
	{"keys", "a key is in the plural", "criteria:\n  - id: reach", "criterias:\n  - id: reach"},
	{"keys", "a key is translated", "    max: 40\n    measured: households", "    maks: 40\n    measured: households"},
	{"keys", "a key of another part", "    max: 40\n    measured: households", "    max: 40\n    most: 3\n    measured: households"},
	{"keys", "a key is there twice", "max_points: 120\n", "max_points: 120\nmax_points: 100\n"},
	{"keys", "a key has no colon", "max_points: 120\n", "max_points 120\n"},
	{"keys", "a colon has no space", "max_points: 120\n", "max_points:120\n"},
	{"keys", "a key of a step is mistyped", "{ from: 20, points: 20 }", "{ form: 20, points: 20 }"},
	{"keys", "a key of a clue is mistyped", "any: words.effect", "anny: words.effect"},
	{"keys", "a key of a gate is mistyped", "    otherwise: { en: Too late }", "    othervise: { en: Too late }"},
	{"keys", "a key of a panel is mistyped", "      scorers: 3", "      scorer: 3"},
	// Layout.
	{"layout", "a tab in place of spaces", "    title: { en: Reach }", "\ttitle: { en: Reach }"},
	{"layout", "a key that is indented too little", "    max: 40\n    measured: households", "   max: 40\n    measured: households"},
	{"layout", "a key that is indented too far", "    max: 40\n    measured: households", "      max: 40\n    measured: households"},
	{"layout", "a criterion without its dash", "  - id: results\n", "    id: results\n"},
	{"layout", "a dash without a space", "  - id: results\n", "  -id: results\n"},
	{"layout", "a list whose dash is too far left", "  - id: in-time", "- id: in-time"},
	{"layout", "a bracket that is not closed", "order: [ total, reach, registered_on, dossier ]", "order: [ total, reach, registered_on, dossier"},
	{"layout", "a brace that is not closed", "title: { en: Models }", "title: { en: Models"},
	{"layout", "a round bracket in place of a square one", "order: [ total, reach, registered_on, dossier ]", "order: ( total, reach, registered_on, dossier )"},
	{"layout", "a comma that is missing", "{ from: 20, points: 20 }", "{ from: 20 points: 20 }"},
	{"layout", "a comma too many", "{ from: 20, points: 20 }", "{ from: 20,, points: 20 }"},
	{"layout", "a semicolon in place of a comma", "[ total, reach, registered_on, dossier ]", "[ total; reach; registered_on; dossier ]"},
	{"layout", "an equal sign in place of a colon", "    max: 40\n    measured: households", "    max = 40\n    measured: households"},
	{"layout", "a second ruleset in the same file", "bands:\n", "---\nbands:\n"},
	// Quotes and special characters.
	{"quotes", "a quote that is not closed", "text: \"Households: 60\"", "text: \"Households: 60"},
	{"quotes", "curly quotes in a condition", `date("2024-03-31")`, "date(“2024-03-31”)"},
	{"quotes", "curly quotes around a text with a colon", "text: \"Households: 60\"", "text: “Households: 60”"},
	{"quotes", "a colon in a text without quotes", "text: \"Households: 60\"", "text: Households: 60"},
	{"quotes", "a comma in a title without quotes", "title: { en: Worth copying }", "title: { en: Worth copying, and more }"},
	{"quotes", "a text that begins with an asterisk", "effect: { en: [reduced, rose] }", "effect: { en: [*duced, rose] }"},
	{"quotes", "a text that begins with at", "title: { en: Worth copying }", "title: { en: @home }"},
	{"quotes", "a non-breaking space behind a colon", "max_points: 120", "max_points:\u00a0120"},
	{"quotes", "typographic apostrophes around a value of a condition", `when: unit.kind == ""`, "when: unit.kind == ‘town’"},
	{"quotes", "a long dash in place of a minus", "founded - 2010", "founded – 2010"},
	// Numbers, percentages, units.
	{"numbers", "a number in words", "max_points: 120", "max_points: hundred"},
	{"numbers", "a decimal comma", "round: 0.5 }\n        - { id: founding", "round: 0,5 }\n        - { id: founding"},
	{"numbers", "a thousands separator", "max_points: 120", "max_points: 1 200"},
	{"numbers", "a number with its unit", "    max: 40\n    measured: households", "    max: 40 points\n    measured: households"},
	{"numbers", "a range in place of a number", "    max: 40\n    measured: households", "    max: 0-40\n    measured: households"},
	{"numbers", "a fraction", "weight: 50%", "weight: 1/2"},
	{"numbers", "a percent sign in front", "weight: 50%", "weight: \"%50\""},
	{"numbers", "a percentage with a decimal comma", "weight: 50%", "weight: 12,5%"},
	{"numbers", "a percentage above 100", "above: 50%, costs", "above: 150%, costs"},
	{"numbers", "a share without its percent sign", "above: 50%, costs", "above: 50, costs"},
	{"numbers", "a negative deduction", "per: { every: 1, points: 5 }", "per: { every: 1, points: -5 }"},
	{"numbers", "a negative maximum", "max: 15, deduct: true", "max: -15, deduct: true"},
	{"numbers", "a maximum of nothing", "    max: 40\n    measured: households", "    max: 0\n    measured: households"},
	{"numbers", "half a person", "      scorers: 3", "      scorers: 2.5"},
	{"numbers", "a quota of half", "most: 3 }", "most: 0.5 }"},
	{"numbers", "a quota without a number", "quotas: [ { per: unit, most: 3 } ]", "quotas: [ { per: unit, most: few } ]"},
	{"numbers", "steps that go down", "{ from: 20, points: 20 }, { from: 50, points: 40 }", "{ from: 50, points: 40 }, { from: 20, points: 20 }"},
	{"numbers", "two steps from the same value", "{ from: 20, points: 20 }, { from: 50, points: 40 }", "{ from: 50, points: 20 }, { from: 50, points: 40 }"},
	{"numbers", "more points than the maximum", "{ from: 50, points: 40 }", "{ from: 50, points: 60 }"},
	{"numbers", "maxima that do not add up", "max_points: 120", "max_points: 100"},
	{"numbers", "a sum with more clues than points", "points: 20, at_most: 2 }", "points: 50, at_most: 2 }"},
	{"numbers", "a step with a unit", "{ from: 20, points: 20 }", "{ from: 20 households, points: 20 }"},
	{"numbers", "a number of digits in another script", "max_points: 120", "max_points: １２０"},
	// Yes and no.
	{"yes and no", "yes in place of true", "deduct: true", "deduct: yes"},
	{"yes and no", "yes in Vietnamese", "bonus: true", "bonus: có"},
	{"yes and no", "yes in Norwegian", "bonus: true", "bonus: ja"},
	{"yes and no", "a mistyped true", "deduct: true", "deduct: ture"},
	{"yes and no", "one in place of true", "deduct: true", "deduct: 1"},
	{"yes and no", "true in quotes", "deduct: true", "deduct: \"true\""},
	// Names.
	{"names", "a fact that is mistyped in measured", "measured: households", "measured: househols"},
	{"names", "a fact with a capital in a condition", "require: registered_on <=", "require: Registered_on <="},
	{"names", "a fact by its label", "measured: households", "measured: Number of households"},
	{"names", "a criterion with a hyphen in a condition", "total >= 80 and each_criterion", "worth-copying >= 10 and each_criterion"},
	{"names", "an id with spaces", "  - id: worth-copying", "  - id: worth copying"},
	{"names", "an id with Vietnamese letters", "  - id: worth-copying", "  - id: đáng-học"},
	{"names", "an id with a capital", "  - id: worth-copying", "  - id: Worth-copying"},
	{"names", "two criteria of one id", "  - id: worth-copying", "  - id: reach"},
	{"names", "two gates of one id", "gates:\n", "gates:\n  - { id: in-time, require: households > 0, otherwise: { en: None } }\n"},
	{"names", "a word list that is mistyped", "any: words.effect", "any: words.efect"},
	{"names", "a word list without words in front", "in: results, any", "in: reslts, any"},
	{"names", "a paper that is mistyped", "type: document, is: confirmation", "type: document, is: confirmaton"},
	{"names", "a level that the campaign lacks", "level: district", "level: distrikt"},
	{"names", "a kind that the campaign lacks", "kind: model, level", "kind: models, level"},
	{"names", "a table that is mistyped", "table: punctuality, value: Days late", "table: punctualty, value: Days late"},
	{"names", "a column that the table lacks", "value: Days late }", "value: Days too late }"},
	{"names", "a flag that is mistyped", "any_flag(contradiction, near-duplicate)", "any_flag(contradicton, near-duplicate)"},
	{"names", "a function that is mistyped", "require: registered_on <= date(", "require: registered_on <= dat("},
	{"names", "an option that is mistyped", "rank: good, partners", "rank: goood, partners"},
	{"names", "an unknown key of the order", "[ total, reach, registered_on, dossier ]", "[ total, points, dossier ]"},
	{"names", "a criterion that an example mistypes", "expect: { reach: 40 }", "expect: { raech: 40 }"},
	{"names", "a fact named like a part of bands", "  score: { type", "  total: { type"},
	{"names", "a ruleset without a name", "ruleset: models", "ruleset:"},
	// Patterns of sentences.
	{"patterns", "the unit of a percentage behind its place", "founded: { type: year, labels: { en: [Founded] } }", "founded: { type: year, labels: { en: [Founded] } }\n  rate: { type: percent, say: { en: [\"{} percent of homes joined\"] } }"},
	{"patterns", "a percent sign behind the place of a percentage", "founded: { type: year, labels: { en: [Founded] } }", "founded: { type: year, labels: { en: [Founded] } }\n  rate: { type: percent, say: [\"{}% of homes joined\"] }"},
	{"patterns", "the currency behind the place of an amount", "labels: { en: [Contributed] } }", "labels: { en: [Contributed] }, say: { vi: [\"góp {} đồng\"] } }"},
	{"patterns", "a pattern without a place for the value", "say: [\"{} members\"]", "say: [\"members take part\"]"},
	// Types and words.
	{"types", "a type that there is not", "type: count, unit", "type: integer, unit"},
	{"types", "a type in Norwegian", "type: date, labels", "type: dato, labels"},
	{"types", "money without a currency", "type: money, currency: VND,", "type: money,"},
	{"types", "a currency by its sign", "currency: VND", "currency: đ"},
	{"types", "a choice without options", "type: choice, labels: { en: [Rank] }, options: { good: { en: [Good] }, fair: { en: [Fair, Medium] } } }", "type: choice, labels: { en: [Rank] } }"},
	{"types", "an outcome that there is not", "    outcome: ineligible", "    outcome: rejected"},
	{"types", "a way to combine that there is not", "combine: median", "combine: average"},
	{"types", "a hit policy that there is not", "hit: first", "hit: any"},
	{"types", "a list where one text belongs", "ruleset: models", "ruleset: [models]"},
	{"types", "a text where a list of criteria belongs", "gates:\n  - id: in-time\n    require: registered_on <= date(\"2024-03-31\")\n    otherwise: { en: Too late }\n    outcome: ineligible\n", "gates: in-time\n"},
	{"types", "a fact that is measured and is a date", "measured: households", "measured: registered_on"},
	// Languages.
	{"languages", "a language that there is not", "title: { en: Models }", "title: { english: Models }"},
	{"languages", "a language by another code", "title: { en: Models }", "title: { vn: Mô hình }"},
	{"languages", "Norwegian as no", "title: { en: Models }", "title: { no: Modeller }"},
	{"languages", "a title that is missing", "    title: { en: Reach }\n", ""},
	{"languages", "a title that is empty", "    title: { en: Reach }\n", "    title:\n"},
	{"languages", "labels of no language in a fact of two", "labels: { en: [Started] }", "labels: { en: Started, [Begun] }"},
	// Dates.
	{"dates", "a date as it is written in Vietnam", `date("2024-03-31")`, `date("31/3/2024")`},
	{"dates", "a date as it is written in Norway", `date("2024-03-31")`, `date("31.03.2024")`},
	{"dates", "a day that does not exist", `date("2024-03-31")`, `date("2024-02-30")`},
	{"dates", "a date without quotes", `date("2024-03-31")`, `date(2024-03-31)`},
	{"dates", "a date that is compared with a number", `registered_on <= date("2024-03-31")`, `registered_on <= 2024`},
	// Conditions.
	{"conditions", "one equal sign", `when: unit.kind == ""`, `when: unit.kind = "town"`},
	{"conditions", "a comparison the wrong way round", "total >= 80", "total => 80"},
	{"conditions", "a sign of a word processor", "total >= 80", "total ≥ 80"},
	{"conditions", "and in another language", "total >= 80 and", "total >= 80 og"},
	{"conditions", "a condition without a comparison", "recommended: total >= 80 and each_criterion >= 40%", "recommended: total"},
	{"conditions", "a bracket that is not closed", "needs-review: any_flag(contradiction, near-duplicate)", "needs-review: any_flag(contradiction, near-duplicate"},
	{"conditions", "a condition in words", "recommended: total >= 80 and each_criterion >= 40%", "recommended: at least 80 points"},
	{"conditions", "a percentage of a fact that is a number", `require: registered_on <= date("2024-03-31")`, "require: households >= many"},
	// Nesting.
	{"nesting", "steps beside a criterion and not within it", "    steps: [ { from: 20", "steps: [ { from: 20"},
	{"nesting", "a criterion with two ways of points", "    measured: households\n", "    measured: households\n    evidenced: [ { any: [x], points: 1 } ]\n"},
	{"nesting", "a criterion without any", "    measured: households\n    steps: [ { from: 20, points: 20 }, { from: 50, points: 40 } ]\n", ""},
	{"nesting", "steps without what is measured", "    measured: households\n", ""},
	{"nesting", "measured without steps", "    steps: [ { from: 20, points: 20 }, { from: 50, points: 40 } ]\n", ""},
	{"nesting", "a rubric of one level", ", 0: { en: Not told how } }", " }"},
	{"nesting", "a gate without a reason", "    otherwise: { en: Too late }\n", ""},
	{"nesting", "an example without what it must get", "    expect: { reach: 40 }\n", ""},
	{"nesting", "bands that are missing", "bands:\n  recommended: total >= 80 and each_criterion >= 40%\n  needs-review: any_flag(contradiction, near-duplicate)\n", ""},
	{"nesting", "a group without criteria", "      criteria:\n        - id: done\n", "      criteria: []\n    others:\n        - id: done\n"},
	{"nesting", "title and max beside the group", "  - group:\n      id: extra\n", "  - title: { en: More }\n    group:\n      id: extra\n"},
}

// reportOf is what is reported of a changed ruleset, one problem after the other.
func reportOf(src string) (out []strict.Problem) {
	_, err := Load("r.yaml", []byte(src), testEnvOfMistakes(), openOffice)
	var ps strict.Problems
	errors.As(err, &ps)
	return ps
}

// testEnvOfMistakes is the campaign of the mistakes.
func testEnvOfMistakes() *Env {
	e := testEnv()
	e.Levels = []Named{{ID: "district"}}
	return e
}

// Each typical mistake is reported at its line, in a few problems, each with what to do. The texts are in
// testdata/mistakes.txt, to be read as the secretary reads them.
func TestTypicalMistakesHavePlaceAndCure(t *testing.T) {
	right, err := os.ReadFile("testdata/right.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if problems := reportOf(string(right)); len(problems) > 0 {
		t.Fatalf("right.yaml is not right: %v", problems)
	}
	if len(typicalMistakes) < 120 {
		t.Errorf("only %d mistakes", len(typicalMistakes))
	}
	var all strings.Builder
	for _, m := range typicalMistakes {
		at := strings.Index(string(right), m.old)
		if at < 0 {
			t.Errorf("%s: %q is not in right.yaml", m.name, m.old)
			continue
		}
		src := string(right[:at]) + m.new + string(right[at+len(m.old):])
		first := 1 + strings.Count(src[:at+common(m.old, m.new)], "\n")
		last := first + strings.Count(strings.TrimRight(m.new, "\n"), "\n") + 1
		problems := reportOf(src)
		fmt.Fprintf(&all, "%s: %s (line %d)\n", m.kind, m.name, first)
		near := false
		for _, p := range problems {
			fmt.Fprintf(&all, "    %d:%d: %s\n        %s\n", p.Line, p.Col, p.Message, p.Cure)
			// What is missing is reported at the entry that lacks it, which begins a few lines above.
			near = near || p.Line >= first-4 && p.Line <= last || p.Line == 1 && strings.Contains(p.Message, "has no")
			if p.Cure == "" {
				t.Errorf("%s: no cure: %s", m.name, p.Message)
			}
		}
		switch {
		case len(problems) == 0:
			t.Errorf("%s: nothing is reported", m.name)
		case !near:
			t.Errorf("%s: nothing is reported near line %d: %v", m.name, first, problems)
		case len(problems) > 6:
			t.Errorf("%s: one mistake is reported %d times: %v", m.name, len(problems), problems)
		}
	}
	if *update {
		if err := os.WriteFile("testdata/mistakes.txt", []byte(all.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/mistakes.txt")
	if err != nil || all.String() != string(want) {
		t.Errorf("what is reported differs from testdata/mistakes.txt (%v); read it, and then  go test ./rules -run Typical -update", err)
	}
}

// common is the length of the common beginning of two texts.
func common(a, b string) (n int) {
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// What goes by the units of a campaign that has none would be the same for all dossiers.
func TestWhatGoesByUnitsNeedsUnits(t *testing.T) {
	t.Parallel()
	env := testEnvOfMistakes()
	env.Units = nil
	src, err := os.ReadFile("testdata/right.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(src), "  score: {", "  partner: { type: unit, labels: { en: [Partner] } }\n  score: {", 1)
	_, err = Load("r.yaml", []byte(text), env, openOffice)
	var ps strict.Problems
	errors.As(err, &ps)
	for _, want := range []string{"the fact partner is a unit", "the table punctuality.csv finds its rows by the unit", "goes by unit.kind", "this is per unit"} {
		found := false
		for _, p := range ps {
			found = found || strings.Contains(p.Message, want) && strings.Contains(p.Message, "kheo.yaml lists no units") && p.Cure != "" && p.Line > 1
		}
		if !found {
			t.Errorf("%q is not reported: %v", want, ps)
		}
	}
	if len(ps) > 6 {
		t.Errorf("%d mistakes are reported: %v", len(ps), ps)
	}
	env.Units = []Unit{{ID: "north", Name: "North"}}
	_, err = Load("r.yaml", []byte(strings.Replace(string(src), "per: unit,", "per: unit_kind,", 1)), env, openOffice)
	if ps = nil; !errors.As(err, &ps) || len(ps) != 1 || !strings.Contains(ps[0].Message, "no unit of kheo.yaml has a kind") {
		t.Errorf("a quota per kind of unit, without kinds: %v", err)
	}
}
