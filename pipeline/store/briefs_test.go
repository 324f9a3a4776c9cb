package store

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"kheo/internal/dossier"
)

// briefOf is what of an assessment a brief one keeps, by the other reader of JSON.
func briefOf(t *testing.T, raw []byte) *dossier.Assessment {
	t.Helper()
	a := &dossier.Assessment{}
	if err := json.Unmarshal(raw, a); err != nil {
		t.Fatal(err)
	}
	a.Band = nil
	for i := range a.Flags {
		a.Flags[i].Message = nil
	}
	for i := range a.Gates {
		a.Gates[i].Reason = nil
	}
	for i := range a.Criteria {
		a.Criteria[i].Reason, a.Criteria[i].Evidence = nil, nil
	}
	for i := range a.Facts {
		a.Facts[i] = dossier.Fact{Name: a.Facts[i].Name, Value: a.Facts[i].Value, Unit: a.Facts[i].Unit}
	}
	return a
}

func FuzzBrief(f *testing.F) {
	f.Add("Tiếng kẻng \"an ninh\"", "a\\b\n\u2028<&>,\"facts\":", 92.5, true)
	f.Add("", "\x00\ufffd😀", -1e300, false)
	f.Fuzz(func(t *testing.T, s, u string, n float64, yes bool) {
		if !utf8.ValidString(s) || !utf8.ValidString(u) {
			t.Skip()
		}
		text := dossier.Text{"vi": s, "nb": u}
		a := &dossier.Assessment{Dossier: "d" + s, Ruleset: u, Kind: s, Title: u, Unit: s, Level: u, Field: s, Nominee: u, Outcome: dossier.Recommended, Band: text, Points: n, Max: 100,
			Flags: []dossier.Flag{{Code: s, Message: text}}, Gates: []dossier.Gate{{ID: s, Passed: yes, Reason: text}},
			Criteria: []dossier.Criterion{{ID: u, Title: text, Points: n, Max: n, Reason: text, Evidence: []dossier.Source{{Document: s, Quote: u}}}},
			Facts:    []dossier.Fact{{Name: s, Value: u, Rivals: []dossier.Rival{{Value: n}}}, {Name: "n", Value: n, Unit: u}, {Name: "y", Value: yes}, {Name: "x"}},
			Order:    []dossier.OrderKey{{Number: n, Down: yes}, {String: s, Missing: yes}}, Papers: []string{s, u}}
		packed, err := pack(a)
		if err != nil {
			t.Skip() // a number that JSON has no word for
		}
		raw, err := unsqueeze(packed)
		if err != nil {
			t.Fatal(err)
		}
		var b brief
		if err := b.unpack(packed, &texts{of: map[string]dossier.Text{}}); err != nil {
			t.Fatal(err)
		}
		if want := briefOf(t, raw); !reflect.DeepEqual(b.assessment, want) {
			t.Errorf("%+v\nwant %+v", b.assessment, want)
		}

		again := func(change func(a *dossier.Assessment)) string {
			var c dossier.Assessment
			if err := json.Unmarshal(raw, &c); err != nil {
				t.Fatal(err)
			}
			change(&c)
			packed, err := pack(&c)
			if err != nil {
				t.Fatal(err)
			}
			var b brief
			if err := b.unpack(packed, &texts{of: map[string]dossier.Text{}}); err != nil {
				t.Fatal(err)
			}
			return b.said
		}
		if again(func(*dossier.Assessment) {}) != b.said {
			t.Error("the same assessment says something else")
		}
		if again(func(a *dossier.Assessment) { a.Band = dossier.Text{"vi": s + "x"} }) == b.said {
			t.Error("with another band it says the same")
		}
		if again(func(a *dossier.Assessment) { a.Flags[0].Message = nil }) == b.said {
			t.Error("with a flag that says nothing it says the same")
		}
		if again(func(a *dossier.Assessment) { a.Criteria[0].Evidence[0].Quote += "x" }) == b.said {
			t.Error("with another quote it says the same")
		}
		if again(func(a *dossier.Assessment) { a.Facts = nil }) != b.said {
			t.Error("lists do not say facts, but without them it says something else")
		}
	})
}

// A record that is none is an error, never a half of one.
func TestBriefRefusesRubbish(t *testing.T) {
	for _, raw := range []string{"", "{}", "[]", strings.Repeat("[", 1000), `{"title":"x"}`, `{"dossier":"d","title":"x"`, `{"dossier":"d","criteria":[{"id":"c"}`} {
		var b brief
		if err := b.unpack(squeeze([]byte(raw)), &texts{of: map[string]dossier.Text{}}); err == nil {
			t.Errorf("%.20s is an assessment", raw)
		}
	}
}
