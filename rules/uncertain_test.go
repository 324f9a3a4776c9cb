package rules

import (
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

// What a person stated counts, whatever the papers and the manifest say, and a rejected fact is missing.
func TestWhatAPersonStatedCountsWhateverPapersSay(t *testing.T) {
	rs := loadTest(t, manifestRules)
	d := &dossier.Dossier{ID: "d", Manifest: by(map[string]any{"households": 500.0}, ""),
		Documents: []dossier.Document{doc("a.txt", "Households taking part: 60\nContributed: 5000 VND")}}
	a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model"}, Corrections: []dossier.Correction{
		{Fact: "households", Value: 120.0, Source: dossier.Source{Document: "a.txt", Page: 1}, By: "an", Why: "counted in the list"},
		{Fact: "money", By: "an", Why: "of another year"},
	}})
	if a.Points != 80 || a.HasFlag(dossier.FlagContradiction, dossier.FlagUnsupported) {
		t.Errorf("%v points, flags %v", a.Points, a.Flags)
	}
	if len(a.Facts) != 1 || a.Facts[0].State != dossier.Corrected || a.Facts[0].Value != 120.0 {
		t.Errorf("facts %+v", a.Facts)
	}
}
