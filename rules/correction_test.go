package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"kheo/internal/dossier"
)

// correctionRules read a fact of every type that a person may state.
const correctionRules = `ruleset: r
title: { en: R }
applies_to: { kind: model }
max_points: 100
documents: { confirmation: { en: [Confirmation] } }
facts:
  households: { type: count, unit: { vi: [hộ], nb: [husstander], en: [households] }, labels: { en: [Households] } }
  money: { type: money, currency: VND, labels: { en: [Contributed] } }
  agreement: { type: percent, labels: { en: [Agreement] } }
  approved_on: { type: date, labels: { en: [Approved on] } }
  began: { type: month, labels: { en: [Began] } }
  public: { type: yesno, labels: { en: [Public] } }
  partner: { type: unit, labels: { en: [Partner] } }
  motto: { type: text, labels: { en: [Motto] } }
  confirmation: { type: document, is: confirmation }
criteria:
  - { id: reach, title: { en: Reach }, max: 100, measured: households, steps: [ { from: 50, points: 40 }, { from: 100, points: 80 } ] }
bands: { recommended: total >= 80 }
`

func TestPeopleWriteValues(t *testing.T) {
	rs := loadTest(t, correctionRules)
	for _, c := range []struct {
		fact, written string
		want          any // a value, or the code of a ValueError as code("…")
	}{
		{"households", "120", 120.0},
		{"households", "1250.5", 1250.5},
		{"households", "120 hộ", 120.0},
		{"households", "120 husstander", 120.0},
		{"households", "1 250", 1250.0},
		{"households", "1.250.000", 1250000.0},
		{"households", "một trăm hai mươi hộ", 120.0},
		{"households", "1.250", code("ambiguous")},
		{"households", "1,250 households", code("ambiguous")},
		{"households", "0.125", 0.125},
		{"households", "-3", code("type")},
		{"households", "120 người", code("type")},
		{"households", "120 hộ và 30 người", code("type")},
		{"households", "about right", code("type")},
		{"households", "", code("length")},
		{"households", strings.Repeat("9", 401), code("length")},
		{"money", "2,5 tỷ đồng", 2.5e9},
		{"money", "2500000", 2.5e6},
		{"money", "2 500 000 VND", 2.5e6},
		{"money", "300 EUR", code("currency")},
		{"agreement", "92,5 %", 92.5},
		{"agreement", "92.5", 92.5},
		{"approved_on", "2024-03-15", "2024-03-15"},
		{"approved_on", "15/3/2024", "2024-03-15"},
		{"approved_on", "15. mars 2024", "2024-03-15"},
		{"approved_on", "ngày 15 tháng 3 năm 2024", "2024-03-15"},
		{"approved_on", "2024-02-30", code("type")},
		{"began", "2024-03", "2024-03"},
		{"public", "có", true},
		{"public", "Nei", false},
		{"public", "yes", true},
		{"public", "perhaps", code("type")},
		{"partner", "north", "north"},
		{"partner", "xã Bắc Sơn", "north"},
		{"partner", "Nowhere", code("unit")},
		{"motto", "  Together \n for all ", "Together for all"},
		{"confirmation", "ja", true},
		{"confirmation", "no", code("paper")},
		{"houseolds", "120", code("unknown")},
	} {
		t.Run(c.fact+" "+c.written[:min(len(c.written), 30)], func(t *testing.T) {
			got, err := rs.ParseFact(c.fact, c.written, "vi", "en")
			var wrong *ValueError
			if errors.As(err, &wrong) {
				got = code(wrong.Code)
			} else if err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("%v (%v), want %v", got, err, c.want)
			}
			if err == nil && !rs.FitsFact(c.fact, got) {
				t.Errorf("%v does not fit", got)
			}
		})
	}
	_, err := rs.ParseFact("houseolds", "1")
	if err == nil || !strings.Contains(err.Error(), "did you mean households?") {
		t.Errorf("an unknown fact: %v", err)
	}
}

func TestFactsOfEveryTypeAreReadAsPeopleWriteThem(t *testing.T) {
	rs := typed(t, `founded: { type: year, labels: [Founded] }
panels: { type: number, labels: [Panels] }
road: { type: count, unit: { en: [m], vi: [m], nb: [m] }, labels: [Road] }
rank: { type: choice, labels: [Rank], options: { good: [Good, Tốt], top: [Very good, Svært godt] } }
partners: { type: names, labels: [Partners] }
season: { type: period, labels: [Season] }
pages: { type: file, property: pages }
format: { type: file, property: format }
received: { type: file, property: received_on }`, nil, nil)
	for _, c := range []struct {
		fact, written string
		want          any
	}{
		{"founded", "2012", 2012.0}, {"founded", "năm 2012", 2012.0}, {"founded", "12", code("type")},
		{"founded", "the year of the flood", code("type")},
		{"panels", "1250", 1250.0}, {"panels", "1.250,5", 1250.5}, {"panels", "1,250", code("ambiguous")},
		{"panels", "-3", code("type")}, {"panels", "12 + 8 = 20", 20.0}, {"panels", "12 + 8", code("unsure")},
		{"road", "1,35 km", 1350.0}, {"road", "900 m", 900.0}, {"road", "900", 900.0}, {"road", "2 ha", code("type")},
		{"rank", "top", "top"}, {"rank", "tốt", "good"}, {"rank", "Svært godt", "top"}, {"rank", "bad", code("type")},
		{"partners", "3", 3.0}, {"partners", "An; Bình; Chi", 3.0}, {"partners", "Oslo, Bergen og Voss", 3.0},
		{"partners", "An and Bo", code("unsure")}, {"partners", "2.5", code("type")},
		{"season", "2026-03/2026-09", "2026-03/2026-09"}, {"season", "2026-03/..", "2026-03/.."},
		{"season", "mars til september 2026", "2026-03/2026-09"}, {"season", "quý I/2026", "2026-01/2026-03"},
		{"season", "2026-09/2026-03", code("type")}, {"season", "soon", code("type")},
		{"pages", "12", 12.0}, {"pages", "many", code("type")}, {"format", "pdf", "pdf"},
		{"received", "15/3/2026", "2026-03-15"}, {"received", "2026-03-15", "2026-03-15"}, {"received", "soon", code("type")},
	} {
		got, err := rs.ParseFact(c.fact, c.written, "vi", "nb", "en")
		var wrong *ValueError
		if errors.As(err, &wrong) {
			got = code(wrong.Code)
		}
		if got != c.want {
			t.Errorf("%s %q: %v (%v), want %v", c.fact, c.written, got, err, c.want)
		}
		if err == nil && !rs.FitsFact(c.fact, got) {
			t.Errorf("%s: %v does not fit", c.fact, got)
		}
	}
	if got := rs.FactValue("founded", 2012.0).In("vi"); got != "2012" {
		t.Errorf("a year is shown as %s", got)
	}
	if got := rs.FactValue("rank", "top").In("en"); got != "Very good" {
		t.Errorf("an option is shown as %s", got)
	}
}

// code is the code of a ValueError.
type code string

func FuzzParseFact(f *testing.F) {
	rs, err := Load("rules/test.yaml", []byte(correctionRules), testEnv(), nil)
	if err != nil {
		f.Fatal(err)
	}
	names := rs.FactNames()
	f.Add(uint8(0), "1.250 hộ")
	f.Add(uint8(1), "kr 12.500,- og 2 tỷ 3")
	f.Add(uint8(3), "15/3/2024")
	f.Add(uint8(7), "\u202e\x00")
	f.Fuzz(func(t *testing.T, n uint8, s string) {
		name := names[int(n)%len(names)]
		v, err := rs.ParseFact(name, s, "vi")
		if (err == nil) != (v != nil) {
			t.Errorf("%q: %v and %v", s, v, err)
		}
		if err == nil && !rs.FitsFact(name, v) {
			t.Errorf("%q is read as %v, which does not fit", s, v)
		}
	})
}

func TestCorrections(t *testing.T) {
	rs := loadTest(t, correctionRules)
	paper := func(d *dossier.Dossier, name string) dossier.Basis {
		b, ok := d.BasisOf(name)
		if !ok {
			t.Fatal("no such paper: " + name)
		}
		return b
	}
	stated := func(pages ...string) *dossier.Dossier {
		d := &dossier.Dossier{ID: "d", Name: "d"}
		for i, p := range pages {
			x := doc(fmt.Sprintf("%d.docx", i), p)
			x.SHA256 = dossier.SHA256([]byte(p))
			d.Documents = append(d.Documents, x)
		}
		return d
	}
	twoValues := stated("Households: 60", "Households: 120")
	correct := func(d *dossier.Dossier, fact string, v any, document string) []dossier.Correction {
		return []dossier.Correction{{Fact: fact, Value: v, Basis: paper(d, document), By: "lan", Why: "counted",
			Source: dossier.Source{Document: document}}}
	}
	renamed := stated("Households: 60", "Households: 120")
	renamed.Documents[1].Name = "9.docx"
	for _, c := range []struct {
		name      string
		d         *dossier.Dossier
		made      []dossier.Correction
		points    float64
		corrected []string
		flags     string
	}{
		{"settles a contradiction", twoValues, correct(twoValues, "households", 120.0, "1.docx"), 80, []string{"households"}, "missing-document"},
		{"wins against every paper", twoValues, correct(twoValues, "households", 3.0, "1.docx"), 0, []string{"households"}, "missing-document"},
		{"that rejects a fact takes it away", twoValues, correct(twoValues, "households", nil, "1.docx"), 0, []string{"households"}, "missing-document"},
		{"holds while its paper has another name", renamed, correct(twoValues, "households", 120.0, "1.docx"), 80, []string{"households"}, "missing-document"},
		{"lapses without its paper, with a flag", stated("Households: 60"), correct(twoValues, "households", 120.0, "1.docx"), 40, nil, "missing-document lapsed-correction"},
		{"of a fact that no paper states holds for the same papers", stated("x", "y"), correct(stated("y", "x"), "households", 120.0, ""), 80, []string{"households"}, "missing-document"},
		{"of a fact that no paper states lapses with another paper", stated("x", "y", "z"), correct(stated("x", "y"), "households", 120.0, ""), 0, nil, "missing-document lapsed-correction"},
		{"of a fact that the ruleset does not read lapses", twoValues, correct(twoValues, "villages", 2.0, "1.docx"), 40, nil, "missing-document contradiction lapsed-correction"},
		{"of another type than the fact has now lapses", twoValues, correct(twoValues, "households", "many", "1.docx"), 40, nil, "missing-document contradiction lapsed-correction"},
		{"that states a missing paper replaces the flag for it", stated("Households: 60"), correct(stated("Households: 60"), "confirmation", true, ""), 40, []string{"confirmation"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			given := Given{Identity: dossier.Identity{Kind: "model", Title: "d", Unit: "north"}}
			given.Corrections, given.Lapsed = c.d.Holding(c.made)
			a := rs.Assess(Read(c.d), given)
			var flags []string
			for _, f := range a.Flags {
				flags = append(flags, f.Code)
			}
			want := strings.Fields(c.flags)
			slices.Sort(want)
			slices.Sort(flags)
			if a.Points != c.points || !slices.Equal(a.Corrected, c.corrected) || !slices.Equal(flags, want) {
				t.Errorf("%v points, corrected %v, flags %v; want %v, %v, %v", a.Points, a.Corrected, flags, c.points, c.corrected, want)
			}
			for _, f := range a.Facts {
				if slices.Contains(c.corrected, f.Name) && (f.State != dossier.Corrected || len(f.Rivals) > 0) {
					t.Errorf("the fact is %+v", f)
				}
			}
		})
	}
}

func TestUnknownNames(t *testing.T) {
	env := testEnv()
	env.Units = []Unit{{ID: "north", Name: "North"}, {ID: "south", Name: "South"}, {ID: "hill-1", Name: "Hill"}, {ID: "hill-2", Name: "Hill"}}
	env.Labels = map[string][]Label{"unit": {{Text: "Unit", Lang: "en"}}, "field": {{Text: "Field", Lang: "en"}}}
	for _, c := range []struct {
		name     string
		manifest dossier.Manifest
		text     string
		unit     string
		flag     string // part of its message; "" for no flag
	}{
		{"a unit of the manifest that the campaign does not have stays as it is named", dossier.Manifest{Unit: "Nort"}, "x", "Nort", "The nearest is “North”"},
		{"a known unit of papers is taken before an unknown one of the manifest", dossier.Manifest{Unit: "Nort"}, "Unit: South", "south", "“Nort” is not known"},
		{"a unit of papers that the campaign does not have is named", dossier.Manifest{}, "Unit: Sout Hill", "Sout Hill", "The nearest is “South”"},
		{"words behind the label that are no name are not taken", dossier.Manifest{}, "Unit: million kroner", "", ""},
		{"a name that two units have is no unit of the campaign by itself", dossier.Manifest{}, "Unit: Hill", "Hill", "several units of this campaign are called “Hill”"},
		{"the manifest says which of two is meant", dossier.Manifest{Unit: "hill-2"}, "Unit: Hill", "hill-2", ""},
		{"a known unit raises nothing", dossier.Manifest{Unit: "south"}, "Unit: South", "south", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &dossier.Dossier{ID: "d", Name: "d", Manifest: c.manifest, Documents: []dossier.Document{doc("a.docx", c.text)}}
			id := env.Identify(Read(d))
			flags := ""
			for _, f := range id.Flags {
				flags += f.Code + " " + f.Message.In("en")
			}
			if id.Unit != c.unit || (c.flag == "") != (flags == "") || !strings.Contains(flags, c.flag) {
				t.Errorf("unit %q, flags %q", id.Unit, flags)
			}
		})
	}
}

// A quota cannot be applied to a unit that the campaign does not have; other rules go on without it.
func TestAnUnknownUnitNeedsReviewForQuotas(t *testing.T) {
	for rules, want := range map[string]dossier.Outcome{
		correctionRules: dossier.Recommended,
		correctionRules + "quotas: [ { per: field, most: 3 } ]\n":                                              dossier.Recommended,
		correctionRules + "quotas: [ { per: unit, most: 3 } ]\n":                                               dossier.NeedsReview,
		correctionRules + "quotas: [ { per: unit_kind, most: 3 } ]\n":                                          dossier.NeedsReview,
		correctionRules + "gates: [ { id: kind, require: 'unit.kind == \"town\"', otherwise: { en: no } } ]\n": dossier.NeedsReview,
	} {
		d := &dossier.Dossier{ID: "d", Name: "d", Documents: []dossier.Document{doc("a.docx", "Households: 120")}}
		env := testEnv()
		env.Units[0].Kind = "commune"
		rs, err := Load("rules/test.yaml", []byte(rules), env, nil)
		if err != nil {
			t.Fatal(err)
		}
		a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model", Title: "d", Unit: "Nort"}})
		if a.Outcome != want {
			t.Errorf("%s: %s", rules[len(correctionRules):], a.Outcome)
		}
	}
}
