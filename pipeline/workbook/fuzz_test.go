package workbook

import (
	"flag"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"kheo/internal/yamledit"
)

// Whatever bytes come in as a workbook: no crash, and a ruleset or problems with what to do.
func FuzzImport(f *testing.F) {
	src := sample(f, "model-district.yaml")
	data, err := Export(src, "en")
	must(f, err)
	f.Add(data)
	f.Add([]byte("PK\x03\x04"))
	f.Add(data[:len(data)/3])
	f.Fuzz(func(t *testing.T, data []byte) {
		got, problems := Import(src, data)
		if (got.Text == nil) == (len(problems) == 0) {
			t.Errorf("neither a ruleset nor problems, or both: %v", problems)
		}
	})
}

// Whatever is typed into cells: a ruleset that loads, or problems with a place; never a crash and never a change of
// what was not edited that no one is told of.
func TestWhateverIsTypedIntoCells(t *testing.T) {
	src := sample(t, "model-grassroots.yaml")
	data, err := Export(src, "vi")
	must(t, err)
	typed := []any{"x", "", "a: b", "- 1", "words.nothing", "1.000", "50%", 3, -1, 0.5, true, "total >= 80", "dài\nhai dòng", "[]", "(none)", "'", "\"", "#", "{", "…"}
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue { // a workbook takes half a second
		if err := checks.Value.Set("12"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { checks.Value.Set(checks.DefValue) })
	}
	rapid.Check(t, func(rt *rapid.T) {
		book := edited(t, data, func(f *excelize.File) {
			for range rapid.IntRange(1, 3).Draw(rt, "edits") {
				s := rapid.SampledFrom(layout()).Draw(rt, "sheet")
				ref := cellName(rapid.IntRange(1, 12).Draw(rt, "column"), rapid.IntRange(1, 12).Draw(rt, "row"))
				must(t, f.SetCellValue(s.name, ref, rapid.SampledFrom(typed).Draw(rt, "text")))
			}
		})
		got, problems := Import(src, book)
		if len(problems) == 0 {
			if _, wrong := yamledit.Parse(src.File, got.Text); len(wrong) > 0 || got.Rules == nil {
				rt.Fatalf("the ruleset does not load: %v", wrong)
			}
			return
		}
		for _, p := range problems {
			if p.Message == "" || p.Sheet == "" && p.File == "" {
				rt.Fatalf("a problem without a place: %+v", p)
			}
		}
	})
}
