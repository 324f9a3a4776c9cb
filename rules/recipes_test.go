package rules

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// recipe finds the parts of rulesets in the manual.
var recipe = regexp.MustCompile("(?s)```yaml\n((?:documents|facts|tables|let):[^#]*?)```")

// Every recipe of the manual is a part of a ruleset that loads.
func TestRecipesOfTheManualLoad(t *testing.T) {
	manual, err := os.ReadFile("../docs/rulesets.md")
	if err != nil {
		t.Fatal(err)
	}
	found := recipe.FindAllStringSubmatch(string(manual), -1)
	if len(found) < 9 {
		t.Fatalf("only %d recipes", len(found))
	}
	for _, m := range found {
		src := "ruleset: r\ntitle: { en: R }\napplies_to: { kind: model }\nmax_points: 10\n" + m[1] +
			"criteria: [ { id: c, title: { en: C }, max: 10, evidenced: [ { any: [x], points: 1 } ] } ]\nbands: { recommended: total >= 10 }\n"
		rs, err := Load("rules/r.yaml", []byte(src), historyEnv(), openOffice)
		if err != nil {
			t.Errorf("%v\n%s", err, m[1])
			continue
		}
		for _, lang := range []string{"vi", "nb", "en"} {
			if told := rs.Explain(lang, true); strings.Contains(told, "%!") || strings.Contains(told, "[]") {
				t.Errorf("the prose in %s has a gap:\n%s", lang, told)
			}
		}
	}
}

// pointRecipe finds the recipes for points in the manual, and recipeFacts the facts that they have in common.
var (
	pointRecipe = regexp.MustCompile("(?s)```yaml\n(max_points:.*?)```")
	recipeFacts = regexp.MustCompile("(?s)Recipes for points\n.*?```yaml\n(documents:.*?)```")
)

// Every recipe for points is a part of a ruleset that loads, fits the schema, gives what its examples say, and is prose
// without ids in every language.
func TestRecipesForPointsGiveWhatTheySay(t *testing.T) {
	manual, err := os.ReadFile("../docs/rulesets.md")
	if err != nil {
		t.Fatal(err)
	}
	facts := recipeFacts.FindSubmatch(manual)
	found := pointRecipe.FindAllSubmatch(manual, -1)
	if facts == nil || len(found) < 12 {
		t.Fatalf("only %d recipes", len(found))
	}
	schema := schemaOf(t, Schema())
	for _, m := range found {
		src := "ruleset: r\ntitle: { en: R }\napplies_to: { kind: model }\n" + string(facts[1]) + string(m[1]) + "bands: { recommended: total >= 10 }\n"
		if err := validate(schema, src); err != nil {
			t.Errorf("%v\n%s", err, m[1])
		}
		rs, err := Load("rules/r.yaml", []byte(src), testEnv(), openOffice)
		if err != nil {
			t.Errorf("%v\n%s", err, m[1])
			continue
		}
		if len(rs.Examples) == 0 {
			t.Errorf("no example:\n%s", m[1])
		}
		for _, ex := range rs.Examples {
			for _, miss := range rs.Check(ex) {
				t.Errorf("%s: %+v", ex.Name, miss)
			}
		}
		for _, lang := range []string{"vi", "nb", "en"} {
			told := rs.Explain(lang, true)
			for _, no := range []string{"%!", "[]", "days_late", "open_to_all", "criterion.", "<nil>"} {
				if strings.Contains(told, no) {
					t.Errorf("the prose in %s has %q:\n%s", lang, no, told)
				}
			}
		}
	}
}

// Public schemes that no one of this project wrote can be written as they stand, and give what their rules say.
func TestPublicSchemesAreWrittenAsTheyStand(t *testing.T) {
	files, err := filepath.Glob("testdata/schemes/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d schemes, %v", len(files), err)
	}
	schema, env := schemaOf(t, Schema()), testEnv()
	env.Opens = "2024-01-01"
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(schema, string(src)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		rs, err := Load(name, src, env, nil)
		if err != nil {
			t.Error(err)
			continue
		}
		if len(rs.Examples) == 0 {
			t.Errorf("%s has no example", name)
		}
		for _, ex := range rs.Examples {
			for _, miss := range rs.Check(ex) {
				t.Errorf("%s, %s: %+v", name, ex.Name, miss)
			}
		}
		for _, lang := range []string{"vi", "nb", "en"} {
			for _, no := range []string{"%!", "[]", "criterion.", "<nil>", "each_", "share(", "criteria_with"} {
				if told := rs.Explain(lang, false); strings.Contains(told, no) {
					t.Errorf("%s: the prose in %s has %q:\n%s", name, lang, no, told)
				}
			}
		}
	}
}

// clueRecipe finds the parts of rulesets in the manual that have clues with examples.
var clueRecipe = regexp.MustCompile("(?s)```yaml\n((?:words:[^`]*?\n)?criteria:\n[^`]*?examples:[^`]*?)```")

// Every clue of the manual gets what the manual says, and kheo check has nothing to note of it.
func TestCluesOfTheManualMeanWhatTheySay(t *testing.T) {
	manual, err := os.ReadFile("../docs/rulesets.md")
	if err != nil {
		t.Fatal(err)
	}
	found := clueRecipe.FindAllStringSubmatch(string(manual), -1)
	if len(found) < 5 {
		t.Fatalf("only %d clues", len(found))
	}
	for _, m := range found {
		src := "ruleset: r\ntitle: { en: R }\napplies_to: { kind: model }\nmax_points: 20\n" + m[1] +
			"bands: { recommended: total >= 10 }\n"
		rs, err := Load("rules/r.yaml", []byte(src), testEnv(), nil)
		if err != nil {
			t.Errorf("%v\n%s", err, m[1])
			continue
		}
		if len(rs.Notes) > 0 {
			t.Errorf("noted: %v", rs.Notes)
		}
		for _, ex := range rs.Examples {
			if misses := rs.Check(ex); len(misses) > 0 {
				t.Errorf("%s: %+v", ex.Name, misses)
			}
		}
	}
}

// awardRecipe finds the recipes for ranks, places, quotas and budgets in the manual.
var awardRecipe = regexp.MustCompile("(?s)```yaml\n((?:ranks|bands|quotas|budget):[^#]*?)```")

// Every recipe for ranks, places, quotas and money is a part of a ruleset that loads, fits the schema, and is prose
// in every language.
func TestRecipesForAwardsLoad(t *testing.T) {
	manual, err := os.ReadFile("../docs/rulesets.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(manual), "## Ranks, places and money")
	section, _, _ = strings.Cut(section, "\n## ")
	found := awardRecipe.FindAllStringSubmatch(section, -1)
	if len(found) < 4 {
		t.Fatalf("only %d recipes", len(found))
	}
	schema := schemaOf(t, Schema())
	for _, m := range found {
		src := "ruleset: r\ntitle: { en: R }\napplies_to: { kind: model }\nmax_points: 10\n" +
			"facts: { requested: { type: money, currency: EUR, labels: [Requested] } }\n" +
			"criteria: [ { id: c, title: { en: C }, max: 10, evidenced: [ { any: [x], points: 1 } ] } ]\n" + m[1]
		if !strings.Contains(m[1], "ranks:") && !strings.Contains(m[1], "bands:") {
			src += "bands: { recommended: total >= 1 }\n"
		}
		if err := validate(schema, src); err != nil {
			t.Errorf("%v\n%s", err, m[1])
		}
		rs, err := Load("rules/r.yaml", []byte(src), testEnv(), openOffice)
		if err != nil {
			t.Errorf("%v\n%s", err, m[1])
			continue
		}
		for _, lang := range []string{"vi", "nb", "en"} {
			if told := rs.Explain(lang, true); strings.Contains(told, "%!") || strings.Contains(told, "[]") {
				t.Errorf("the prose in %s has a gap:\n%s", lang, told)
			}
		}
	}
}
