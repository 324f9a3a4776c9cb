package store

import (
	"encoding/json"
	"reflect"
	"slices"
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
	a.Band, a.Refuted, a.Cited = nil, nil, nil
	for i := range a.Flags {
		a.Flags[i].Message = nil
	}
	for i := range a.Gates {
		a.Gates[i].Reason = nil
	}
	for i := range a.Criteria {
		c := &a.Criteria[i]
		*c = dossier.Criterion{ID: c.ID, Title: c.Title, Points: c.Points, Max: c.Max, Deducts: c.Max == 0 && c.Deducts}
	}
	for i := range a.Facts {
		a.Facts[i] = dossier.Fact{Name: a.Facts[i].Name, Value: a.Facts[i].Value, Unit: a.Facts[i].Unit,
			State: a.Facts[i].State, Readings: a.Facts[i].Readings}
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
			Criteria: []dossier.Criterion{{ID: u, Title: text, Points: n, Max: n, Reason: text, Evidence: []dossier.Source{{Document: s, Quote: u}}, Self: &n, Group: s},
				{ID: s, Title: text, Deducts: yes, AtStake: n, Uncertain: []dossier.Source{{Document: u, Page: 7, Quote: s, Start: 1, End: 9, Certainty: 0.5, Verdict: dossier.VerdictUnsure, Doubt: u}, {}}}},
			Groups: []dossier.Group{{ID: u, Title: text, Points: n, Max: n, Group: s, Weight: n}}, Self: &n,
			Facts:   []dossier.Fact{{Name: s, Value: u, Rivals: []dossier.Rival{{Value: n}}}, {Name: "n", Value: n, Unit: u}, {Name: "y", Value: yes, State: dossier.Doubtful, Readings: []any{n, nil, u}}, {Name: "x"}},
			Checked: &dossier.EvidenceChecked{Checked: 3, Right: 2}, Refuted: []dossier.Refuted{{Criterion: u}, {Criterion: s, Source: dossier.Source{Document: s, Page: 2, Quote: u, Certainty: 0.1, Doubt: s}}}, Cited: map[string]string{s: u},
			Corrected: []string{s, u}, Deciding: []string{u},
			Order: []dossier.OrderKey{{Number: n, Down: yes}, {String: s, Missing: yes}}, Papers: []string{s, u}}
		packed, err := pack(a)
		if err != nil {
			t.Skip() // a number that JSON has no word for
		}
		raw, err := decompress(packed)
		if err != nil {
			t.Fatal(err)
		}
		var b brief
		if err := b.unpack(packed, &textCache{byJSON: map[string]dossier.Text{}}); err != nil {
			t.Fatal(err)
		}
		if want := briefOf(t, raw); !reflect.DeepEqual(b.assessment, want) {
			t.Errorf("%+v\nwant %+v", b.assessment, want)
		}

		var with brief
		if err := with.unpackWith(packed, &textCache{byJSON: map[string]dossier.Text{}}, evidenceFields); err != nil {
			t.Fatal(err)
		}
		want := briefOf(t, raw)
		whole := &dossier.Assessment{}
		if err := json.Unmarshal(raw, whole); err != nil {
			t.Fatal(err)
		}
		want.Refuted, want.Cited = whole.Refuted, whole.Cited
		for i := range want.Criteria {
			c := &whole.Criteria[i]
			want.Criteria[i].Evidence, want.Criteria[i].Uncertain, want.Criteria[i].AtStake = c.Evidence, c.Uncertain, c.AtStake
		}
		if !reflect.DeepEqual(with.assessment, want) {
			t.Errorf("with evidence: %+v\nwant %+v", with.assessment, want)
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
			if err := b.unpack(packed, &textCache{byJSON: map[string]dossier.Text{}}); err != nil {
				t.Fatal(err)
			}
			return b.listHash
		}
		if again(func(*dossier.Assessment) {}) != b.listHash {
			t.Error("the same assessment says something else")
		}
		if again(func(a *dossier.Assessment) { a.Band = dossier.Text{"vi": s + "x"} }) == b.listHash {
			t.Error("with another band it says the same")
		}
		if again(func(a *dossier.Assessment) { a.Flags[0].Message = nil }) == b.listHash {
			t.Error("with a flag that says nothing it says the same")
		}
		if again(func(a *dossier.Assessment) { a.Criteria[0].Evidence[0].Quote += "x" }) == b.listHash {
			t.Error("with another quote it says the same")
		}
		if again(func(a *dossier.Assessment) { a.Corrected = nil }) == b.listHash {
			t.Error("without the mark of what was corrected it says the same")
		}
		if again(func(a *dossier.Assessment) { a.Facts = nil }) != b.listHash {
			t.Error("lists do not say facts, but without them it says something else")
		}
	})
}

// A record that is none is an error, never a half of one.
func TestBriefRefusesRubbish(t *testing.T) {
	for _, raw := range []string{"", "{}", "[]", strings.Repeat("[", 1000), `{"title":"x"}`, `{"dossier":"d","title":"x"`, `{"dossier":"d","criteria":[{"id":"c"}`} {
		var b brief
		if err := b.unpack(compress([]byte(raw)), &textCache{byJSON: map[string]dossier.Text{}}); err == nil {
			t.Errorf("%.20s is an assessment", raw)
		}
	}
}

// leftOut are the fields of an assessment that a brief one does not have: their readers load the
// whole assessment. deducts is decoded of criteria without a maximum only.
var leftOut = []string{"band", "flags.message", "gates.reason", "criteria.reason", "criteria.evidence",
	"criteria.uncertain", "criteria.at_stake", "criteria.group", "criteria.weight", "criteria.bonus", "criteria.marks", "criteria.deducts",
	"criteria.self", "not_looked_at", "facts.source", "facts.confidence", "facts.rivals",
	"facts.doubt", "facts.names", "facts.how", "facts.sources", "refuted", "cited"}

// A field that is added to dossier.Assessment is either decoded or listed in leftOut: Briefs would
// otherwise drop it silently, and lists would be made without it.
func TestBriefKnowsEveryField(t *testing.T) {
	var a dossier.Assessment
	fill(reflect.ValueOf(&a).Elem())
	packed, err := pack(&a)
	if err != nil {
		t.Fatal(err)
	}
	var b brief
	if err := b.unpack(packed, &textCache{byJSON: map[string]dossier.Text{}}); err != nil {
		t.Fatal(err)
	}
	var missing []string
	compare(t, "", reflect.ValueOf(a), reflect.ValueOf(*b.assessment), &missing)
	if !reflect.DeepEqual(missing, leftOut) {
		t.Errorf("a brief assessment leaves out %q; listed are %q", missing, leftOut)
	}
}

// fill sets every field, with one element in each slice and map.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Map:
		e := reflect.New(v.Type().Elem()).Elem()
		fill(e)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("vi").Convert(v.Type().Key()), e)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Interface:
		v.Set(reflect.ValueOf("x"))
	case reflect.String:
		v.SetString("x")
	case reflect.Float64:
		v.SetFloat(7.5)
	case reflect.Int:
		v.SetInt(7)
	case reflect.Bool:
		v.SetBool(true)
	}
}

// compare notes the JSON names of fields that want has and got has not; other differences are faults.
func compare(t *testing.T, name string, want, got reflect.Value, missing *[]string) {
	switch {
	case reflect.DeepEqual(want.Interface(), got.Interface()):
	case got.IsZero():
		*missing = append(*missing, name)
	case want.Kind() == reflect.Pointer:
		compare(t, name, want.Elem(), got.Elem(), missing)
	case want.Kind() == reflect.Slice && got.Len() == 1:
		compare(t, name, want.Index(0), got.Index(0), missing)
	case want.Kind() == reflect.Struct:
		for i := range want.NumField() {
			tag, _, _ := strings.Cut(want.Type().Field(i).Tag.Get("json"), ",")
			if tag == "-" {
				continue
			}
			compare(t, strings.TrimPrefix(name+"."+tag, "."), want.Field(i), got.Field(i), missing)
		}
	default:
		t.Errorf("%s is %v, not %v", name, got, want)
	}
}

// BenchmarkBrief decodes one assessment of the usual size: a dozen criteria, twenty facts.
func BenchmarkBrief(b *testing.B) {
	var a dossier.Assessment
	fill(reflect.ValueOf(&a).Elem())
	a.Criteria = slices.Repeat(a.Criteria, 12)
	a.Facts = slices.Repeat(a.Facts, 20)
	packed, err := pack(&a)
	if err != nil {
		b.Fatal(err)
	}
	titles := &textCache{byJSON: map[string]dossier.Text{}}
	for b.Loop() {
		var x brief
		if err := x.unpack(packed, titles); err != nil {
			b.Fatal(err)
		}
	}
}
