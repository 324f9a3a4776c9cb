package coverage

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kheo/rules"
)

const ruleset = `ruleset: r
title: { en: R }
applies_to: { kind: model }
max_points: 40
facts:
  people: { type: count, labels: { en: [People] } }
  members: { type: count, labels: { en: [Members] } }
  audited: { type: yesno, labels: { en: [Audited] } }
gates:
  - { id: enough, require: people >= 10, otherwise: { en: Too few } }
criteria:
  - id: reach
    title: { en: Reach }
    max: 10
    measured: people
    steps:
      - { from: 10, points: 5 }
      - { from: 100, points: 10 }
  - group:
      id: work
      title: { en: Work }
      criteria:
        - { id: effect, title: { en: Effect }, max: 10, evidenced: { any: [fell], points: 10 } }
        - id: papers
          title: { en: Papers }
          max: 10
          checklist:
            - best_of:
                - { if: audited, points: 10 }
                - { if: present(people), points: 5 }
        - id: size
          title: { en: Size }
          max: 10
          table:
            rows:
              - { when: { members: "< 50" }, points: 5 }
              - { when: { members: ">= 50" }, points: 10 }
bands:
  recommended: total >= 30 and not any_flag(contradiction)
examples:
  - { name: few, text: "People: 20\nMembers: 60", expect: { reach: 5 } }
`

// env is what the ruleset may refer to.
var env = &rules.Env{Kinds: []rules.Named{{ID: "model"}}, Languages: []string{"en"}}

func TestPartsThatNoExampleReachesAreFound(t *testing.T) {
	rs, err := rules.Load("rules/r.yaml", []byte(ruleset), env, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := Of(rs)
	var got []string
	for _, p := range r.List {
		if !p.Reached {
			got = append(got, p.Place+" "+p.String())
		}
	}
	want := []string{
		"rules/r.yaml:10 the gate enough is not met",
		"rules/r.yaml:18 step 2 of reach",
		"rules/r.yaml:23 clue 1 of effect",
		"rules/r.yaml:29 alternative 1 of item 1 of papers",
		"rules/r.yaml:36 row 1 of size",
		"rules/r.yaml:39 the outcome recommended",
		"rules/r.yaml:38 the flag contradiction, which an outcome depends on",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if r.Parts != 11 || r.Reached != 4 || r.Examples != 1 {
		t.Errorf("%d of %d parts by %d examples", r.Reached, r.Parts, r.Examples)
	}
}

// A part that an extended ruleset has is found in its file.
func TestPartsOfAnExtendedRulesetHaveItsLines(t *testing.T) {
	own := "ruleset: own\nextends: base.yaml\ntitle: { en: Own }\napplies_to: { kind: model }\nexamples: [ { text: \"Results\\nThefts fell from 19 to 3.\", expect: { effect: 10 } } ]\n"
	open := func(string) ([]byte, error) { return []byte(ruleset), nil }
	rs, err := rules.Load("rules/own.yaml", []byte(own), env, open)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range Of(rs).List {
		if !strings.HasPrefix(p.Place, "rules/base.yaml:") {
			t.Errorf("%s is at %s", p, p.Place)
		}
		if p.Kind == rules.PartClue && !p.Reached {
			t.Errorf("%s is not reached by the example of the ruleset that extends", p)
		}
	}
}

// Every part of the schemes has a line of its own kind, and each example reaches something.
func TestEveryPartHasALine(t *testing.T) {
	names, err := filepath.Glob("../../rules/testdata/schemes/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatal(err)
	}
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rs, err := rules.Load(name, src, env, nil)
		if err != nil {
			continue // it needs a campaign of its own
		}
		lines := strings.Split(string(src), "\n")
		for _, p := range Of(rs).List {
			if strings.HasSuffix(p.Place, ":1") || len(lines) < 2 {
				t.Errorf("%s: %s has no line: %s", name, p, p.Place)
			}
		}
	}
}
