package difference

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// base is a ruleset with something of each kind that is compared.
const base = `ruleset: models
title: { vi: Mô hình, nb: Modeller, en: Models }
applies_to: { kind: model }
max_points: 100
words: { fell: { vi: [giảm], en: [fell, reduced] } }
facts:
  households: { type: count, labels: { en: [Households] } }
criteria:
  - { id: reach, title: { vi: Quy mô, nb: Omfang, en: Reach }, max: 20, measured: households,
      steps: [ { from: 50, points: 8 }, { from: 100, points: 20 } ] }
  - group:
      id: work
      title: { en: Work }
      criteria:
        - { id: results, title: { en: Results }, max: 80, evidenced: { any: words.fell, points: 10, at_most: 8 } }
bands: { recommended: total >= 80 }
order: [ total, reach ]
examples: [ { name: none, text: Nothing, expect: { reach: 0 } } ]
`

func TestDifferencesAreSaidInWords(t *testing.T) {
	for name, c := range map[string]struct {
		old, new string // of base: what is replaced
		want     []string
	}{
		"a maximum":                       {"max: 20,", "max: 15,", []string{"Criterion “Reach”: maximum 20 → 15"}},
		"a percentage":                    {"max: 20,", "max: 2000%,", nil},
		"points of a step":                {"from: 100, points: 20", "from: 100, points: 15", []string{"Criterion “Reach”, step 2: points 20 → 15"}},
		"a new step":                      {", { from: 100, points: 20 }", ", { from: 80, points: 10 }, { from: 100, points: 20 }", []string{"Criterion “Reach”, step 2 added (points 10)"}},
		"words":                           {"[fell, reduced]", "[reduced, sank]", []string{"Word list fell: (en) added: “sank”", "Word list fell: (en) removed: “fell”"}},
		"a deduction":                     {"  - group:", "  - { id: late, title: Late, max: 5, deduct: true, measured: households, per: { points: 1 } }\n  - group:", []string{"Criterion “Late” added (maximum 5)"}},
		"yes and no":                      {"max: 20,", "max: 20, bonus: true,", []string{"Criterion “Reach”: bonus set to yes"}},
		"a condition":                     {"total >= 80", "total >= 70", []string{"The ruleset: conditions of outcomes – recommended “total >= 80” → “total >= 70”"}},
		"an order":                        {"[ total, reach ]", "[ reach, total ]", []string{"The ruleset: order in a new order: “reach”, “total”"}},
		"a title":                         {"nb: Omfang", "nb: Rekkevidde", []string{"Criterion “Reach”: title (nb) “Omfang” → “Rekkevidde”"}},
		"an example":                      {"{ reach: 0 }", "{ reach: 8 }", []string{"Example “none”, points expected of reach 0 → 8"}},
		"a fact taken away":               {"  households: { type: count, labels: { en: [Households] } }", "  people: { type: count, labels: { en: [Households] } }", []string{"Fact people added", "Fact households removed"}},
		"comments and layout":             {"order: [ total, reach ]", "order: # of the list\n  - total\n  - reach", nil},
		"a key that is short for a group": {"evidenced: { any: words.fell, points: 10, at_most: 8 }", "evidenced: [ { any: words.fell, points: 10, at_most: 8 } ]", nil},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(base, c.old, c.new, 1)
			if changed == base {
				t.Fatalf("%q is not in the ruleset", c.old)
			}
			changes, err := Of("r.yaml", []byte(base), []byte(changed))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, ch := range changes {
				got = append(got, ch.Text["en"])
				for _, lang := range []string{"vi", "nb"} {
					if ch.Text[lang] == "" || ch.Text[lang] == ch.Text["en"] {
						t.Errorf("in %s it is %q", lang, ch.Text[lang])
					}
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// A criterion that moves into a group stays the same criterion.
func TestACriterionThatMovesIsNotANewOne(t *testing.T) {
	reach := base[strings.Index(base, "  - { id: reach"):strings.Index(base, "  - group:")]
	changed := strings.Replace(base, reach, "", 1)
	changed = strings.Replace(changed, "        - { id: results", strings.ReplaceAll(reach, "  - {", "        - {")+"        - { id: results", 1)
	changes, err := Of("r.yaml", []byte(base), []byte(changed))
	if err != nil {
		t.Fatal(err)
	}
	if len(changes) == 0 || changes[0].Kind != Moved || !strings.Contains(changes[0].Text["en"], "moved to the group “work”") {
		t.Errorf("got %+v", changes)
	}
	for _, c := range changes {
		if c.Kind != Moved {
			t.Errorf("not a move: %v", c.Text["en"])
		}
	}
}

// A ruleset does not differ from itself, and differs from any other.
func TestRulesetsDoNotDifferFromThemselves(t *testing.T) {
	files, err := filepath.Glob("../../rules/testdata/schemes/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	var last []byte
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if changes, err := Of(name, src, src); err != nil || len(changes) > 0 {
			t.Errorf("%s: %v %v", name, changes, err)
		}
		if changes, err := Of(name, last, src); last != nil && (err != nil || len(changes) == 0) {
			t.Errorf("%s does not differ from the file before it: %v", name, err)
		}
		last = src
	}
}
