package rules

import (
	"strings"
	"testing"

	"kheo/internal/dossier"
)

// A dossier whose kind is not known says which headings were looked for, and how its papers begin.
func TestAnUnmatchedDossierNamesHeadings(t *testing.T) {
	headings := map[string][]string{"model": {"Registration of a model"}, "person": {"Nomination"}}
	for _, c := range []struct {
		name     string
		headings map[string][]string
		pages    []string
		says     []string
	}{
		{"another heading", headings, []string{"\n  Application for the prize \nof the year\nMore", "Annex\nTable"},
			[]string{"“Registration of a model”, “Nomination”", "begin with: “Application for the prize”, “Annex”"}},
		{"no headings in kheo.yaml", nil, []string{"Application"}, []string{"kheo.yaml has no headings"}},
		{"more headings than are named", map[string][]string{"model": strings.Split("a b c d e f g h i j", " ")}, []string{"x"},
			[]string{"“h”, …"}},
	} {
		env := testEnv()
		env.KindHeadings = c.headings
		d := &dossier.Dossier{ID: "d", Name: "d"}
		for i, p := range c.pages {
			d.Documents = append(d.Documents, doc(string(rune('a'+i))+".txt", p))
		}
		a := Unplaced(env, Read(d), dossier.Identity{})
		for _, want := range c.says {
			if !strings.Contains(a.Band["en"], want) {
				t.Errorf("%s: %q, want %q", c.name, a.Band["en"], want)
			}
		}
		if strings.Contains(a.Band["vi"]+a.Band["nb"], "%") {
			t.Errorf("%s: %v", c.name, a.Band)
		}
	}
}

// A ruleset of a campaign without kinds is refused with what to add to kheo.yaml, and copies that cost nothing are
// explained so.
func TestACampaignNeedsTheKindsOfItsRulesets(t *testing.T) {
	src := "ruleset: r\ntitle: { en: R }\napplies_to: { kind: model }\nmax_points: 1\n" +
		"criteria: [ { id: c, title: { en: C }, max: 1, evidenced: [ { any: [x], points: 1 } ] } ]\nbands: { recommended: total >= 1 }\n"
	env := testEnv()
	env.Kinds = nil
	if _, err := Load("r.yaml", []byte(src), env, nil); err == nil || !strings.Contains(err.Error(), "r.yaml:3:21") ||
		!strings.Contains(err.Error(), "kinds: [ { id: model") {
		t.Errorf("without kinds: %v", err)
	}
	rs, err := Load("r.yaml", []byte(src), testEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if told := rs.Explain("en", false); strings.Contains(told, "costs 0") || !strings.Contains(told, "costs nothing") {
		t.Errorf("copies that cost nothing are explained as:\n%s", told)
	}
}
