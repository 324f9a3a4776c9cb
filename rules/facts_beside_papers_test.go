package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"kheo/internal/dossier"
)

const manifestRules = `ruleset: r
title: { en: R }
applies_to: { kind: model }
max_points: 100
documents: { form: { en: [Registration form] }, confirmation: { en: [Confirmation] } }
facts:
  registered_on: { type: date, labels: { en: [Registered on] } }
  households: { type: count, unit: { en: [households] }, labels: { en: [Households taking part] } }
  money: { type: money, currency: VND, labels: { en: [Contributed] } }
  confirmation: { type: document, is: confirmation }
gates:
  - { id: in-time, require: absent(registered_on) or registered_on <= date("2024-03-31"), otherwise: { en: Too late } }
criteria:
  - { id: reach, title: { en: Reach }, max: 80, measured: households, steps: [ { from: 50, points: 40 }, { from: 100, points: 80 } ] }
  - { id: money, title: { en: Money }, max: 20, measured: money, steps: [ { from: 1000, points: 20 } ] }
bands: { recommended: total >= 80 }
order: [ total, registered_on, dossier ]
`

// by makes a manifest of facts, with its text.
func by(facts map[string]any, registered string) dossier.Manifest {
	m := dossier.Manifest{Kind: "model", Facts: facts, RegisteredOn: registered, Source: "kind: model\n"}
	if registered != "" {
		m.Source += "registered_on: " + registered + "\n"
	}
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		m.Source += fmt.Sprintf("%s: %v\n", name, facts[name])
	}
	return m
}

// A submitter's own word earns nothing and fails nothing; if it matters, people look.
func TestWhatOnlyTheManifestStates(t *testing.T) {
	type facts = map[string]any
	for _, c := range []struct {
		name       string
		rules      string // appended to, as old -> new
		facts      facts
		registered string
		papers     []string
		points     float64
		outcome    dossier.Outcome
		flags      string
	}{
		{"earns nothing and goes to people", "", facts{"households": 500.0}, "", []string{"Báo cáo.", "People came."}, 0, dossier.NeedsReview, "unsupported"},
		{"that changes nothing is only flagged", "", facts{"money": 5000.0}, "", []string{"Households taking part: 120"}, 80, dossier.Recommended, "unsupported"},
		{"that could not lift it is only flagged", "", facts{"households": 60.0}, "", []string{"x"}, 0, dossier.NotRecommended, "unsupported"},
		{"is supported by a document that states the same", "", facts{"households": 120.0}, "", []string{"Households taking part: 120"}, 80, dossier.Recommended, ""},
		{"is supported as far as a document states it", "", facts{"households": 100.0}, "", []string{"Households taking part: 99.8"}, 40, dossier.NotRecommended, ""},
		{"earns no more than papers that say less", "", facts{"households": 500.0}, "", []string{"Households taking part: 60"}, 40, dossier.NeedsReview, "contradiction"},
		{"earns no more than itself where papers say more", "", facts{"households": 60.0}, "", []string{"Households taking part: 500"}, 40, dossier.NeedsReview, "contradiction"},
		{"counts where the ruleset says so", "households: { type: count, => households: { type: count, from: manifest,", facts{"households": 500.0}, "", []string{"x"}, 80, dossier.Recommended, ""},
		{"fails no gate", "", nil, "2024-06-01", []string{"Households taking part: 120"}, 80, dossier.NeedsReview, "unsupported"},
		{"passes a gate only where it would pass without", "", nil, "2024-02-01", []string{"Households taking part: 120"}, 80, dossier.Recommended, "unsupported"},
		{"passes no gate that asks for it", "absent(registered_on) or  => ", nil, "2024-02-01", []string{"Households taking part: 120"}, 80, dossier.NeedsReview, "unsupported"},
		{"does not excuse a date too late in papers", "", nil, "2024-02-01", []string{"Registered on: 2024-06-01\nHouseholds taking part: 120"}, 80, dossier.NeedsReview, "contradiction"},
		{"is no paper", "absent(registered_on) or registered_on <= date(\"2024-03-31\") => present(confirmation)", facts{"confirmation": true}, "", []string{"Households taking part: 120"}, 80, dossier.NeedsReview, "missing-document unsupported"},
		{"is not supported by a copy of the manifest", "labels: { en: [Households taking part] } => labels: { en: [Households] }", facts{"households": 500.0}, "", []string{"\x00"}, 0, dossier.NeedsReview, "unsupported"},
	} {
		t.Run(c.name, func(t *testing.T) {
			old, instead, _ := strings.Cut(c.rules, " => ")
			rs, err := Load("r.yaml", []byte(strings.Replace(manifestRules, old, instead, 1)), testEnv(), nil)
			if err != nil {
				t.Fatal(err)
			}
			d := &dossier.Dossier{ID: "d", Manifest: by(c.facts, c.registered)}
			for i, text := range c.papers {
				if text == "\x00" {
					text = strings.ReplaceAll(d.Manifest.Source, "\n", "\n\n")
				}
				d.Documents = append(d.Documents, doc(fmt.Sprintf("%d.txt", i), text))
			}
			a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model"}})
			var flags []string
			for _, f := range a.Flags {
				if (f.Code != dossier.FlagMissingDocument || strings.Contains(c.flags, f.Code)) && f.Code != dossier.FlagBorderline {
					flags = append(flags, f.Code)
				}
			}
			if a.Points != c.points || a.Outcome != c.outcome || strings.Join(flags, " ") != c.flags {
				t.Errorf("%v points, %s (%s), flags %v; want %v, %s, %s", a.Points, a.Outcome, a.Band["en"], flags, c.points, c.outcome, c.flags)
			}
			for _, cr := range a.Criteria {
				for _, e := range cr.Evidence {
					if e.Document == dossier.ManifestName && !strings.Contains(c.rules, "from: manifest") && c.facts["households"] != 60.0 {
						t.Errorf("%s cites the manifest: %q", cr.ID, e.Quote)
					}
				}
			}
			for _, lang := range []string{"vi", "nb", "en"} {
				if a.Band[lang] == "" {
					t.Errorf("nothing says in %s why", lang)
				}
			}
		})
	}
}

// Files called like the manifest, in a folder or a second time, are no documents either.
func TestAManifestAmongTheDocumentsIsNoEvidence(t *testing.T) {
	rs, err := Load("r.yaml", []byte(strings.Replace(manifestRules, "[Households taking part]", "[Households]", 1)), testEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, points := range map[string]float64{"dossier.yaml": 0, "old/Dossier.yml": 0, "dossier (2).yaml": 0, "report.txt": 80} {
		d := &dossier.Dossier{ID: "d", Manifest: by(map[string]any{"households": 500.0}, ""), Documents: []dossier.Document{doc(name, "title: x\nhouseholds: 500\n")}}
		if a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model"}}); a.Points != points {
			t.Errorf("%s: %v points, want %v", name, a.Points, points)
		}
	}
}

// Other points under the bounds of the certainty analysis go by what counts as well.
func TestStandingGoesByWhatCounts(t *testing.T) {
	rs, err := Load("r.yaml", []byte(manifestRules), testEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	d := &dossier.Dossier{ID: "d", Manifest: by(map[string]any{"money": 5000.0}, ""), Documents: []dossier.Document{doc("a.txt", "Households taking part: 60")}}
	a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model"}})
	if outcome, points := rs.WhatIf(a).Under(Draw{maxima: []float64{80, 20}, steps: []float64{1, 1}}); outcome != a.Outcome || points[1] != 0 {
		t.Errorf("unmoved, it is %s with %v for what only the manifest states; it was %s", outcome, points[1], a.Outcome)
	}
	for _, x := range rs.Advise(a) {
		if x.Criterion["en"] == "Money" && x.More["en"] == "" {
			t.Error("nothing says what would bring more on what only the manifest states")
		}
	}
}

// A copy costs points if it is proven to be the later one. Both are flagged if nothing proves it.
func TestACopyCostsNothingWithoutProofOfOrder(t *testing.T) {
	rs, err := Load("r.yaml", []byte(manifestRules+"copies: { flag_above: 30%, above: 50%, costs: 15 }\n"), testEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	d := &dossier.Dossier{ID: "d", Documents: []dossier.Document{doc("a.txt", "Households taking part: 120")}}
	for _, c := range []struct {
		copied dossier.Copy
		points float64
		flag   string
	}{
		{dossier.Copy{Of: "e", Share: 0.9}, 65, dossier.FlagNearDuplicate},
		{dossier.Copy{Of: "e", Share: 0.9, Unproven: true}, 80, dossier.FlagNearDuplicate},
		{dossier.Copy{Of: "e", Share: 0.9, Original: true}, 80, dossier.FlagCopiedBy},
	} {
		a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model"}, Copies: []dossier.Copy{c.copied}})
		if a.Points != c.points || !a.HasFlag(c.flag) {
			t.Errorf("%+v: %v points, flags %v", c.copied, a.Points, a.Flags)
		}
	}
}

// Many dossiers of a campaign have the same title: a flag of shared text names the other's unit too.
func TestAFlagOfACopyNamesTheUnit(t *testing.T) {
	t.Parallel()
	rs, err := Load("r.yaml", []byte(manifestRules+"copies: { flag_above: 30% }\n"), testEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	d := &dossier.Dossier{ID: "d", Documents: []dossier.Document{doc("a.txt", "Households taking part: 120")}}
	for _, c := range []struct {
		copied dossier.Copy
		named  string
	}{
		{dossier.Copy{Of: "e", OfTitle: "Clean water", OfUnit: "north", Share: 0.9}, "Clean water (Xã Bắc Sơn)"},
		{dossier.Copy{Of: "e", OfTitle: "Clean water", OfUnit: "north", Share: 0.9, Original: true}, "Clean water (Xã Bắc Sơn)"},
		{dossier.Copy{Of: "e", OfTitle: "Clean water", OfUnit: "gone", Campaign: "c-2019", Share: 0.9, Unproven: true}, "Clean water (gone, c-2019)"},
		{dossier.Copy{Of: "e", Share: 0.9}, "e"},
	} {
		a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model"}, Copies: []dossier.Copy{c.copied}})
		for _, lang := range []string{"en", "nb", "vi"} {
			if got := a.Flags[len(a.Flags)-1].Message[lang]; !strings.Contains(got, c.named+"”") && !strings.Contains(got, c.named+"»") {
				t.Errorf("%+v: %v does not name %s in %s", c.copied, a.Flags, c.named, lang)
			}
		}
	}
}

// The order of two dossiers is proven by what documents say, and not by the manifest.
func TestADateIsProvenByDocuments(t *testing.T) {
	env := testEnv()
	env.Labels = map[string][]Label{"registered_on": {{"en", "Registered on"}}}
	for _, c := range []struct{ manifest, text, more, proven string }{
		{"2024-01-01", "Report", "", ""},
		{"", "Registered on: 2024-02-14", "", "2024-02-14"},
		{"2024-02-14", "Registered on: 2024-02-14", "", "2024-02-14"},
		{"2024-01-01", "Registered on: 2024-02-14", "", ""},
		{"", "Registered on: 2024-02-14", "Registered on: 2024-01-01", ""},
	} {
		d := &dossier.Dossier{ID: "d", Manifest: by(nil, c.manifest), Documents: []dossier.Document{doc("a.txt", c.text), doc("b.txt", c.more)}}
		if got := env.Identify(Read(d)).Proven; got != c.proven {
			t.Errorf("%+v: %q is proven", c, got)
		}
	}
}

// Forms with different titles are several applications; a form and its report, or one form twice, are one.
func TestSeveralApplicationsInOneDossierAreFlagged(t *testing.T) {
	env := testEnv()
	env.Labels = map[string][]Label{"title": {{"en", "Name of the model"}}, "unit": {{"en", "Registering unit"}},
		"nominee": {{"en", "Nominee"}}, "registered_on": {{"en", "Registered on"}}}
	form := func(title string) string { return "Name of the model: " + title + "\nRegistering unit: Xã Bắc Sơn" }
	for _, c := range []struct {
		name string
		docs []string
		want bool
	}{
		{"one form", []string{form("Clean wells")}, false},
		{"one form twice", []string{form("Clean wells"), form("Clean  Wells")}, false},
		{"a form and a report under another name", []string{form("Clean wells"), "Name of the model: How the wells were built"}, false},
		{"two forms", []string{form("Clean wells"), form("Night school")}, true},
		{"two nominees", []string{"Nominee: Nguyễn Văn An\nRegistered on: 2024-02-01", "Nominee: Trần Thị Bình\nRegistered on: 2024-02-02"}, true},
	} {
		d := &dossier.Dossier{ID: "d"}
		for i, s := range c.docs {
			d.Documents = append(d.Documents, doc(fmt.Sprint(i, ".txt"), s))
		}
		flags := env.Identify(Read(d)).Flags
		got := slices.ContainsFunc(flags, func(f dossier.Flag) bool { return f.Code == dossier.FlagSeveral })
		if got != c.want {
			t.Errorf("%s: flags are %v", c.name, flags)
		}
	}
}
