package rules

import (
	"os"
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
