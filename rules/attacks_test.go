package rules

import (
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"
	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
)

// minRepelled is the share of attacks that may earn nothing at all; the rest must be left to people.
const minRepelled = 0.95

// attackUnits are the dossier's own unit and another one by the language of a text.
var attackUnits = []Unit{{ID: "vi", Name: "Xã Đại An"}, {ID: "nb", Name: "Lundby kommune"}, {ID: "en", Name: "Elmford"},
	{ID: "other", Name: "Xã Đại Hiệp"}}

// attackRules loads the ruleset of the attacks. The campaign is of 2026.
func attackRules(t *testing.T) *Ruleset {
	t.Helper()
	src, err := os.ReadFile("testdata/attacks/ruleset.yaml")
	if err != nil {
		t.Fatal(err)
	}
	env := &Env{Campaign: "attacks", Languages: []string{"vi", "nb", "en"}, Opens: "2026-01-01", Closes: "2026-12-31",
		Kinds: []Named{{ID: "model"}}, Units: attackUnits}
	rs, err := Load("testdata/attacks/ruleset.yaml", src, env, nil)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

// An attack is a text that has the words of the criteria and no merit. At least minRepelled of them earn no point.
func TestAttacksEarnNothing(t *testing.T) {
	rs := attackRules(t)
	list, err := os.ReadFile("testdata/attacks/attacks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var attacks map[string][]string
	if err := yaml.Unmarshal(list, &attacks); err != nil {
		t.Fatal(err)
	}
	all, repelled, uncertain := 0, 0, 0
	for _, kind := range slices.Sorted(maps.Keys(attacks)) {
		for _, text := range attacks[kind] {
			all++
			text = norm.NFC.String(text)
			lang := language.Guess(text).Code
			page := dossier.Page{Number: 1, Text: text, Quality: 1, Language: lang}
			d := &dossier.Dossier{ID: "d", Documents: []dossier.Document{{Name: "d.txt", Type: "text/plain", Pages: []dossier.Page{page}}}}
			a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model", Unit: lang}})
			if a.HasFlag(dossier.FlagUncertain) {
				uncertain++
			}
			if a.Points == 0 {
				repelled++
				continue
			}
			for _, c := range a.Criteria {
				if c.Points > 0 {
					t.Logf("%s: %q earns %v points for %s", kind, text, c.Points, c.ID)
				}
			}
		}
	}
	t.Logf("%d of %d attacks earn nothing, %d are left to people", repelled, all, uncertain)
	if all < 80 || float64(repelled) < minRepelled*float64(all) {
		t.Errorf("%d of %d attacks earn nothing", repelled, all)
	}
}
