package forms

import (
	"bytes"
	"os"
	"testing"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/extract"
	"kheo/pipeline/publish/word"
	"kheo/pipeline/workspace"
	"kheo/rules"
	"kheo/samples"
)

func TestMain(m *testing.M) {
	extract.RunIfChild()
	os.Exit(m.Run())
}

// What is written into the fields of a form is read as it was written, by the names of the fields, in each language
// of the campaign; also if somebody has changed the labels. An empty form states nothing, and shows no paper that it
// only asks for.
func TestAFormIsReadByItsFields(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := samples.WriteCampaign(dir); err != nil {
		t.Fatal(err)
	}
	w, err := workspace.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	pool := extract.NewPool(1, time.Minute)
	t.Cleanup(pool.Close)
	c := w.Campaign()
	rs := c.Ruleset("model", "grassroots")
	read := func(file []byte) map[string]any {
		t.Helper()
		res, err := pool.Read(t.Context(), file, nil)
		if err != nil || res.Error != "" {
			t.Fatal(err, res.Error)
		}
		d := &dossier.Dossier{ID: "d", Documents: []dossier.Document{{Name: "form.docx", Type: res.Type, Pages: res.Pages, Flags: res.Flags}}}
		a := pipeline.Assess(c.Env, rs, d, rules.Given{Identity: dossier.Identity{Kind: "model", Level: "grassroots", Title: "Lamps"}})
		out := map[string]any{}
		for _, f := range a.Facts {
			out[f.Name] = f.Value
			if len(f.Readings) > 0 {
				t.Errorf("%s is uncertain: %+v", f.Name, f)
			}
		}
		return out
	}
	// Under another label, and beside one of another fact: what a field says is of the fact that it is named for.
	field := func(fact, value string) []word.Line {
		return []word.Line{{Field: &word.Field{Name: rules.FieldName(fact), Label: "x", Prompt: "write here", Value: value}}}
	}
	for value, want := range map[string]any{"1250": 1250.0, "1.250 hộ": nil, "many": nil} {
		d := &word.Doc{}
		d.Grid([]int{50, 50}, [][][]word.Line{{{{Text: "How big it is"}}, field("households", value)}}, false, true)
		b, err := d.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if got := read(b); got["households"] != want {
			t.Errorf("under another label, %q is read as %v, want %v", value, got["households"], want)
		}
	}
	for _, lang := range c.Env.Languages {
		empty, err := Word(rs, lang, "Write into the fields on the right.", "write here", nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := read(empty); len(got) != 0 {
			t.Errorf("%s: an empty form states %v", lang, got)
		}
		again, _ := Word(rs, lang, "Write into the fields on the right.", "write here", nil)
		if !bytes.Equal(empty, again) {
			t.Errorf("%s: the same form has other bytes", lang)
		}
		values := map[string]string{rules.FieldName("households"): "1250", rules.FieldName("started"): "2024-02",
			rules.FieldName("registered_on"): "2024-02-14", rules.FieldName("agreement_percent"): "92,5"}
		want := map[string]any{"households": 1250.0, "started": "2024-02", "registered_on": "2024-02-14", "agreement_percent": 92.5}
		file, err := Word(rs, lang, "Write into the fields on the right.", "write here", values)
		if err != nil {
			t.Fatal(err)
		}
		got := read(file)
		for name, v := range want {
			if got[name] != v {
				t.Errorf("%s: %s is %v, want %v", lang, name, got[name], v)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: %v", lang, got)
		}
	}
}
