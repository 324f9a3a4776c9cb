package workbook

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// cellAt returns the cell of a column in the first row whose column of names has a text.
func cellAt(t testing.TB, f *excelize.File, sheet, head, names, name string) string {
	t.Helper()
	rows, err := f.GetRows(sheet)
	if err != nil || len(rows) < 2 {
		t.Fatalf("%s: %v", sheet, err)
	}
	col, by := slices.Index(rows[1], head), slices.Index(rows[1], names)
	for i, row := range rows {
		if by < len(row) && i > 1 && row[by] == name {
			return cellName(col+1, i+1)
		}
	}
	t.Fatalf("%s has no %s %q", sheet, names, name)
	return ""
}

// setting returns the cell of a key of the ruleset itself.
func setting(t testing.TB, f *excelize.File, key string) string {
	t.Helper()
	rows, err := f.GetRows(sheetRules)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if len(row) > 1 && row[1] == key {
			return cellName(3, i+1)
		}
	}
	t.Fatalf("there is no key %s", key)
	return ""
}

// edited returns a workbook after an edit.
func edited(t testing.TB, data []byte, edit func(f *excelize.File)) []byte {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	edit(f)
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// withPart returns a workbook with one more part in its zip file.
func withPart(t testing.TB, data []byte, name string, content []byte) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, part := range z.File {
		if err := w.Copy(part); err != nil {
			t.Fatal(err)
		}
	}
	p, err := w.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(p, bytes.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// must fails the test for an error of an edit.
func must(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Mistakes in a workbook are reported with their sheet and cell, and with what to do.
func TestMistakesHaveSheetAndCell(t *testing.T) {
	src := sample(t, "model-district.yaml")
	data, err := Export(src, "en")
	if err != nil {
		t.Fatal(err)
	}
	reach := func(f *excelize.File, head string) string { return cellAt(t, f, "Criteria", head, "id", "reach") }
	for _, c := range []struct {
		name string
		edit func(f *excelize.File)
		// place is where the mistake is, and says a part of the message or cure.
		place, says string
	}{
		{"a maximum in words", func(f *excelize.File) { must(t, f.SetCellStr("Criteria", reach(f, "max"), "twenty")) }, "Criteria!H3", "max must be a number"},
		{"a number stored as text", func(f *excelize.File) { must(t, f.SetCellStr("Criteria", reach(f, "max"), "1.000")) }, "Criteria!H3", "stored as text"},
		{"a decimal comma stored as text", func(f *excelize.File) { must(t, f.SetCellStr("Criteria", reach(f, "max"), "2,5")) }, "Criteria!H3", "format Number"},
		{"a maximum that is missing", func(f *excelize.File) { must(t, f.SetCellValue("Criteria", reach(f, "max"), nil)) }, "Criteria!H3", "has no max"},
		{"a formula", func(f *excelize.File) { must(t, f.SetCellFormula("Criteria", reach(f, "max"), "10+10")) }, "Criteria!H3", "formula"},
		{"a date that Excel made", func(f *excelize.File) {
			style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
			must(t, err, f.SetCellValue("Steps", "B3", 45000), f.SetCellStyle("Steps", "B3", "B3", style))
		}, "Steps!B3", "made a date"},
		{"a date of a custom format", func(f *excelize.File) {
			code := "dd/mm/yyyy"
			style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
			must(t, err, f.SetCellValue("Steps", "B3", 45000), f.SetCellStyle("Steps", "B3", "B3", style))
		}, "Steps!B3", "made a date"},
		{"merged cells", func(f *excelize.File) { must(t, f.MergeCell("Steps", "B3", "C3")) }, "Steps!B3", "merged"},
		{"a hidden row", func(f *excelize.File) { must(t, f.SetRowVisible("Steps", 4, false)) }, "Steps!A4", "hidden"},
		{"a hidden column", func(f *excelize.File) { must(t, f.SetColVisible("Steps", "C", false)) }, "Steps!C1", "hidden"},
		{"a hidden sheet", func(f *excelize.File) { must(t, f.SetSheetVisible("Steps", false)) }, "Steps", "hidden"},
		{"a sheet that was deleted", func(f *excelize.File) { must(t, f.DeleteSheet("Steps")) }, "Steps", "missing"},
		{"a sheet that was renamed", func(f *excelize.File) { must(t, f.SetSheetName("Steps", "Stepps")) }, "Stepps", `did you mean "Steps"`},
		{"a column that was deleted", func(f *excelize.File) { must(t, f.RemoveCol("Steps", "C")) }, "Steps!A2", `"to" is missing`},
		{"a head that was mistyped", func(f *excelize.File) { must(t, f.SetCellStr("Steps", "C2", "point")) }, "Steps!C2", `did you mean "points"`},
		{"a column that is there twice", func(f *excelize.File) { must(t, f.SetCellStr("Steps", "E2", "points")) }, "Steps!E2", "twice"},
		{"a remark in a column without a head", func(f *excelize.File) { must(t, f.SetCellStr("Steps", "G3", "ask the chair")) }, "Steps!G3", "without a head"},
		{"steps of an unknown criterion", func(f *excelize.File) { must(t, f.SetCellStr("Steps", "A3", "raech")) }, "Steps!A3", `did you mean "reach"`},
		{"a step of nothing", func(f *excelize.File) { must(t, f.SetCellValue("Steps", "A3", nil)) }, "Steps!A3", "does not say which criterion"},
		{"points above the maximum", func(f *excelize.File) { must(t, f.SetCellValue("Steps", "D3", 99)) }, "Steps!D3", "more than the criterion's max"},
		{"an id that is there twice", func(f *excelize.File) {
			must(t, f.SetCellStr("Criteria", cellAt(t, f, "Criteria", "id", "id", "spread"), "together"))
		}, "Criteria!C7", "together"},
		{"an unknown group", func(f *excelize.File) { must(t, f.SetCellStr("Criteria", reach(f, headIn), "work")) }, "Criteria!A3", "group with the id"},
		{"a row of another kind", func(f *excelize.File) { must(t, f.SetCellStr("Criteria", reach(f, headKind), "gate")) }, "Criteria!B3", "criterion or a group"},
		{"a condition that is not one", func(f *excelize.File) { must(t, f.SetCellStr("Gates", "B3", "registered_on <=")) }, "Gates!B3", ""},
		{"a condition on an unknown fact", func(f *excelize.File) { must(t, f.SetCellStr("Gates", "B3", "registred_on <= date(\"2024-03-31\")")) }, "Gates!B3", "registered_on"},
		{"an outcome that there is not", func(f *excelize.File) {
			must(t, f.SetCellStr("Gates", cellAt(t, f, "Gates", "outcome", "id", "confirmed"), "maybe"))
		}, "Gates!G5", "cannot be"},
		{"an unknown word list", func(f *excelize.File) {
			must(t, f.SetCellStr("Clues", cellAt(t, f, "Clues", "any", "any", "words.fell"), "words.fel"))
		}, "Clues!D3", `"fell"`},
		{"two word lists of one name", func(f *excelize.File) {
			must(t, f.SetCellStr("Words", cellAt(t, f, "Words", headName, headName, "rose"), "fell"))
		}, "Words!A6", "twice"},
		{"a fact without a name", func(f *excelize.File) {
			must(t, f.SetCellValue("Facts", cellAt(t, f, "Facts", headName, headName, "households"), nil))
		}, "Facts!A5", "no name"},
		{"a title for all languages and one for one", func(f *excelize.File) { must(t, f.SetCellStr("Criteria", reach(f, "title"), "Reach")) }, "Criteria!E3", "all languages"},
		{"a sum that is wrong", func(f *excelize.File) { must(t, f.SetCellValue(sheetRules, setting(t, f, "max_points"), 90)) }, sheetRules + "!C12", "add up to 100"},
		{"a quota of nothing", func(f *excelize.File) { must(t, f.SetCellStr("Quotas", "A3", "units")) }, "Quotas!A3", "unit"},
		{"an example with points that it cannot get", func(f *excelize.File) {
			must(t, f.SetCellValue("Examples", cellAt(t, f, "Examples", "expect.spread", "name", "a plan is not a result"), 50))
		}, "Examples!C3", "can't get 50 points"},
		{"a value of More that is not YAML", func(f *excelize.File) {
			must(t, f.SetCellStr("More", "A3", "borderline"), f.SetCellStr("More", "B3", "[1"))
		}, "More!B3", "YAML"},
		{"a path of More that leads nowhere", func(f *excelize.File) {
			must(t, f.SetCellStr("More", "A3", "criteria/[none]/max"), f.SetCellStr("More", "B3", "1"))
		}, "More!A3", "no entry with the id"},
		{"a sheet of one's own", func(f *excelize.File) {
			_, err := f.NewSheet("Budget 2025")
			must(t, err, f.SetCellStr("Budget 2025", "A1", "x"))
		}, "Budget 2025", "call it Notes"},
		{"another workbook", func(f *excelize.File) { must(t, f.SetCellStr(sheetGuide, guideForm, "accounts")) }, "Guide!B2", "not a workbook of a ruleset"},
		{"a row far below", func(f *excelize.File) { must(t, f.SetCellStr("Steps", "A9000", "x")) }, "Steps!A5001", "more than 5000 rows"},
		{"a cell far to the right", func(f *excelize.File) { must(t, f.SetCellStr("Steps", "ZZ3", "x")) }, "Steps!A3", "256 columns"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, problems := Import(src, edited(t, data, c.edit))
			if len(problems) == 0 {
				t.Fatalf("nothing is reported; the ruleset is changed: %v", !bytes.Equal(got.Text, src.Text))
			}
			i := slices.IndexFunc(problems, func(p Problem) bool {
				s := p.String()
				return strings.HasPrefix(s, c.place+": ") && strings.Contains(s, c.says) && p.Cure != ""
			})
			if i < 0 {
				t.Errorf("want %s: … %s …, got\n%v", c.place, c.says, problems)
			}
			if len(problems) > 6 {
				t.Errorf("one mistake is reported %d times:\n%v", len(problems), problems)
			}
			if got.Text != nil {
				t.Error("a ruleset is returned although there are mistakes")
			}
		})
	}
}

// All mistakes of a workbook are reported at once.
func TestAllMistakesAreReportedAtOnce(t *testing.T) {
	src := sample(t, "model-district.yaml")
	data, err := Export(src, "en")
	if err != nil {
		t.Fatal(err)
	}
	_, problems := Import(src, edited(t, data, func(f *excelize.File) {
		must(t, f.SetCellStr("Criteria", "H3", "twenty"), f.SetCellStr("Gates", "B3", "registered_on <="),
			f.SetCellFormula("Steps", "D4", "1+1"), f.SetCellStr("Quotas", "A3", "units"))
	}))
	for _, place := range []string{"Criteria!H3", "Gates!B3", "Steps!D4", "Quotas!A3"} {
		if !strings.Contains(problems.Error(), place) {
			t.Errorf("%s is not in\n%v", place, problems)
		}
	}
}

// Files that are not a workbook, or hold what is not read, are refused before they are parsed.
func TestFilesThatAreNotRead(t *testing.T) {
	src := sample(t, "model-district.yaml")
	data, err := Export(src, "en")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		says string
	}{
		"nothing":                {nil, "not an .xlsx"},
		"text":                   {[]byte("ruleset: x\n"), "not an .xlsx"},
		"the old format":         {append([]byte{0xd0, 0xcf, 0x11, 0xe0}, make([]byte, 600)...), "old format"},
		"cut off":                {data[:len(data)/2], "not an .xlsx"},
		"too large":              {append(slices.Clone(data), make([]byte, maxBytes)...), "at most"},
		"macros":                 {withPart(t, data, "xl/vbaProject.bin", []byte("x")), "macros"},
		"a bomb":                 {withPart(t, data, "xl/media/x.bin", make([]byte, maxUnzip+1)), "unpacks to more"},
		"another kind of office": {withPart(t, emptyZip(t), "content.xml", []byte("<x/>")), "not an .xlsx"},
	} {
		t.Run(name, func(t *testing.T) {
			got, problems := Import(src, c.data)
			if len(problems) != 1 || !strings.Contains(problems[0].Message, c.says) || problems[0].Cure == "" || got.Text != nil {
				t.Errorf("got %v", problems)
			}
		})
	}
}

// emptyZip is a zip file without parts.
func emptyZip(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	must(t, zip.NewWriter(&out).Close())
	return out.Bytes()
}

// Edits of a secretary change what they are meant to change, and nothing else.
func TestEditsChangeOnlyWhatTheySay(t *testing.T) {
	src := sample(t, "model-district.yaml")
	data, err := Export(src, "nb")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		edit     func(f *excelize.File)
		old, new string // lines of the file; old is replaced by new
	}{
		{"points of a step", func(f *excelize.File) { must(t, f.SetCellValue("Steps", "D4", 15)) },
			"{ from: 100, points: 14 }", "{ from: 100, points: 15 }"},
		{"a percentage", func(f *excelize.File) { must(t, f.SetCellValue(sheetRules, setting(t, f, "copies.above"), 0.6)) },
			"above: 50%, costs", "above: 60%, costs"},
		{"a word more", func(f *excelize.File) {
			must(t, f.SetCellStr("Words", cellAt(t, f, "Words", "nb", headName, "fell"), "redusert\nfalt\nsank"))
		}, "nb: [redusert, falt]", "nb: [redusert, falt, sank]"},
		{"a title with a comma", func(f *excelize.File) {
			must(t, f.SetCellStr("Criteria", cellAt(t, f, "Criteria", "title.en", "id", "spread"), "Spread, and taken over"))
		}, "en: Taken over by others", `en: "Spread, and taken over"`},
		{"a gate that now leads to review", func(f *excelize.File) {
			must(t, f.SetCellStr("Gates", cellAt(t, f, "Gates", "outcome", "id", "ran-long-enough"), "needs-review"))
		}, "en: Ran for less than six months }\n", "en: Ran for less than six months }\n    outcome: needs-review\n"},
		{"a step that is taken out", func(f *excelize.File) { must(t, f.RemoveRow("Steps", 3)) },
			"[ { from: 50, points: 8 }, { from: 100", "[ { from: 100"},
		{"an example that must not find a fact", func(f *excelize.File) {
			must(t, f.SetCellStr("Examples", cellName(6, 2), "facts.households"), f.SetCellStr("Examples", cellName(6, 3), noValue))
		}, "expect: { spread: 0, results: 0 }\n", "expect: { spread: 0, results: 0 }\n    facts: { households: null }\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, problems := Import(src, edited(t, data, c.edit))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			want := strings.Replace(string(src.Text), c.old, c.new, 1)
			if want == string(src.Text) {
				t.Fatalf("%q is not in the ruleset", c.old)
			}
			if string(got.Text) != want {
				t.Errorf("%s", firstDifference(string(got.Text), want))
			}
		})
	}
}

// A workbook that was exported before the ruleset changed says so.
func TestAStaleWorkbookSaysSo(t *testing.T) {
	src := sample(t, "model-district.yaml")
	data, err := Export(src, "en")
	if err != nil {
		t.Fatal(err)
	}
	src.Text = bytes.Replace(src.Text, []byte("borderline: 2"), []byte("borderline: 3"), 1)
	got, problems := Import(src, data)
	if len(problems) > 0 || !got.Stale || !bytes.Contains(got.Text, []byte("borderline: 2")) {
		t.Errorf("stale: %v %v", got.Stale, problems)
	}
}

// What no column holds is on the sheet More, and comes back.
func TestMoreHoldsTheRest(t *testing.T) {
	src := sample(t, "model-district.yaml")
	src.Text = bytes.Replace(src.Text, []byte("nb: [redusert, falt]"), []byte(`nb: [redusert, "falt; sank"]`), 1)
	src.Text = bytes.Replace(src.Text, []byte("  - name: said twice is said once"), []byte("  - name: \"bell \\a\""), 1)
	data, err := Export(src, "en")
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(data))
	must(t, err)
	defer f.Close()
	rows, err := f.GetRows(sheetMore)
	must(t, err)
	if got := fmt.Sprint(rows[2:]); !strings.Contains(got, "words/fell/nb [redusert, falt; sank]") || len(rows) != 4 {
		t.Errorf("More has %v", got)
	}
	got, problems := Import(src, data)
	if len(problems) > 0 || !bytes.Equal(got.Text, src.Text) {
		t.Errorf("%v\n%s", problems, firstDifference(string(got.Text), string(src.Text)))
	}
}
