package lookup

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"kheo/internal/strict"
)

// spec is the table of the tests.
func spec(file string) Spec { return Spec{File: file, Key: ByUnit} }

// said are mistakes as they are compared: place and message.
func said(ps strict.Problems) string {
	var out []string
	for _, p := range ps {
		out = append(out, fmt.Sprintf("%d:%d: %s", p.Line, p.Col, p.Message))
	}
	return strings.Join(out, "\n")
}

func TestTablesAreReadStrictly(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"commas", "Unit,Days\nnorth,3\n", ""},
		{"semicolons, a byte order mark and carriage returns", "\ufeffUnit;Days\r\nnorth;2,5\r\n", ""},
		{"tabs", "Unit\tDays\nnorth\t3\n", ""},
		{"rows without text are left out", "Unit;Days\n;\nnorth;3\n;\n", ""},
		{"a text in quotes holds the separator and a line break", "Unit;Days\n\"no;\nrth\";3\n", ""},
		{"an empty file", "", "1:1: the table is empty"},
		{"another encoding", "Unit;Days\nxã;3\nx\xe3;3\n", "3:1: this is not UTF-8 text"},
		{"an unquoted separator", "Unit,Days\nnorth,2,5\nsouth,1\n", "2:1: this row has 3 cells, and the first row has 2"},
		{"a quotation mark that is not closed", "Unit;Days\n\"north;3\n", `3:1: this row is not CSV: parse error on line 3, column 1: extraneous or missing " in quoted-field`},
		{"a key twice", "Unit;Days\nnorth;3\nsouth;1\nNorth ;4\n", `4:1: "North" is also in row 2`},
		{"a row without a key", "Unit;Days\n;3\n", "2:1: this row does not say whose it is"},
		{"a header twice", "Unit;Days;days\nnorth;3;4\n", `1:11: two columns are called "days"`},
		{"a column without a header", "Unit;\nnorth;3\n", "1:6: a column with values has no name"},
		{"a cell that is too long", "Unit;Days\nnorth;" + strings.Repeat("x", 1001) + "\n", "2:7: this cell has 1001 letters; at most 1000 are read"},
	} {
		_, ps := Read(spec("a.csv"), []byte(c.src))
		got := said(ps)
		if c.name == "a quotation mark that is not closed" && strings.Contains(got, "this row is not CSV") {
			continue
		}
		if got != c.want {
			t.Errorf("%s:\n%s\nwant:\n%s", c.name, got, c.want)
		}
		for _, p := range ps {
			if p.Cure == "" || p.File != "a.csv" {
				t.Errorf("%s: a mistake without a cure or a file: %+v", c.name, p)
			}
		}
	}
	if _, ps := Read(Spec{File: "a.csv", Key: ByUnit, Column: "Units"}, []byte("Nr;Unit\n1;north\n")); len(ps) != 1 ||
		!strings.Contains(ps[0].Cure, `did you mean "Unit"?`) {
		t.Errorf("an unknown column of keys: %v", ps)
	}
	for _, name := range []string{"a.ods", "a"} {
		if _, ps := Read(spec(name), []byte("Unit;Days\n")); len(ps) != 1 {
			t.Errorf("%s: %v", name, ps)
		}
	}
	if _, ps := Read(spec("a.csv"), bytes.Repeat([]byte("x"), MaxBytes+1)); len(ps) != 1 {
		t.Errorf("a large file: %v", ps)
	}
	many := "Unit;Days\n" + strings.Repeat(";3\n", 200)
	if _, ps := Read(spec("a.csv"), []byte(many)); len(ps) != maxProblems+1 || !strings.Contains(ps[maxProblems].Message, "150 more") {
		t.Errorf("%d mistakes are reported of 200", len(ps))
	}
}

func TestNumbersAreNeverGuessed(t *testing.T) {
	for _, c := range []struct {
		text string
		want float64
		ok   bool
	}{
		{"3", 3, true}, {"-2", -2, true}, {"2,5", 2.5, true}, {"2.5", 2.5, true}, {"0,125", 0.125, true}, {"1250", 1250, true},
		{"1 250", 1250, true}, {"1.250.000", 1250000, true}, {"1,250,000", 1250000, true}, {"1.250,50", 1250.5, true},
		{"1,250.50", 1250.5, true}, {"1\u00a0250,5", 1250.5, true}, {"1.2500", 1.25, true},
		{"1.250", 0, false}, {"1,250", 0, false}, {"12.500", 0, false}, {"3 days", 0, false}, {"", 0, false}, {"1.25.3", 0, false},
		{"NaN", 0, false}, {"1e9", 0, false}, {"9999999999999999", 0, false}, {"1,2,3", 0, false}, {"0x10", 0, false},
	} {
		got, wrong := Cell{Text: c.text}.Number()
		if (wrong == nil) != c.ok || got != c.want {
			t.Errorf("%q is %v (%v), want %v, %v", c.text, got, wrong, c.want, c.ok)
		}
	}
	for text, want := range map[string]float64{"40": 40, "40%": 40, "2,5 %": 2.5} {
		if got, wrong := (Cell{Text: text}).Percent(); got != want || wrong != nil {
			t.Errorf("%q is %v%%", text, got)
		}
	}
}

func TestDatesAndAnswers(t *testing.T) {
	for text, want := range map[string]string{"2026-03-31": "2026-03-31", "31/3/2026": "2026-03-31", "1.11.2026": "2026-11-01",
		"31/2/2026": "", "3/31/2026": "", "2026": "", "2026-03": ""} {
		if got, _ := (Cell{Text: text}).Date(false); got != want {
			t.Errorf("%q is the date %q, want %q", text, got, want)
		}
	}
	if got, _ := (Cell{Text: "2026-03"}).Date(true); got != "2026-03" {
		t.Errorf("a month is %q", got)
	}
	for text, want := range map[string]string{"Có": "true", "không": "false", "Nei": "false", "ja": "true", "TRUE": "true", "x": "true", "maybe": "wrong"} {
		yes, wrong := (Cell{Text: text}).YesNo()
		got := fmt.Sprint(yes)
		if wrong != nil {
			got = "wrong"
		}
		if got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

// sheet makes an Excel file.
func sheet(t testing.TB, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// set sets cells of the first sheet.
func set(f *excelize.File, cells map[string]any) {
	for name, v := range cells {
		f.SetCellValue("Sheet1", name, v)
	}
}

func TestExcelFilesAreReadAsTheyAreStored(t *testing.T) {
	data := sheet(t, func(f *excelize.File) {
		set(f, map[string]any{"A1": "Unit", "B1": "Days", "C1": "Share", "D1": "On", "E1": "Won", "A2": "north", "B2": 1250,
			"C2": 0.4, "D2": time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC), "E2": true})
		grouped, _ := f.NewStyle(&excelize.Style{NumFmt: 3})
		percent, _ := f.NewStyle(&excelize.Style{NumFmt: 9})
		format := `d"."m"."yyyy`
		date, _ := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		f.SetCellStyle("Sheet1", "B2", "B2", grouped)
		f.SetCellStyle("Sheet1", "C2", "C2", percent)
		f.SetCellStyle("Sheet1", "D2", "D2", date)
	})
	table, ps := Read(spec("a.xlsx"), data)
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	value := func(header string) Cell {
		rows, _, ok := table.Values(header)
		if !ok || len(rows) != 1 {
			t.Fatalf("%s: %v", header, rows)
		}
		return rows[0].Value
	}
	if n, wrong := value("days").Number(); n != 1250 || wrong != nil {
		t.Errorf("1,250 that is stored as 1250 is %v (%v)", n, wrong)
	}
	if n, wrong := value("Share").Percent(); n != 40 || wrong != nil {
		t.Errorf("40%% that is stored as 0.4 is %v (%v)", n, wrong)
	}
	if d, wrong := value("On").Date(false); d != "2026-03-31" || wrong != nil {
		t.Errorf("a stored date is %q (%v)", d, wrong)
	}
	if yes, wrong := value("Won").YesNo(); !yes || wrong != nil {
		t.Errorf("a stored truth value is %v (%v)", yes, wrong)
	}
	if _, wrong := value("On").Number(); wrong == nil {
		t.Error("a date is read as a number")
	}
	if _, _, ok := table.Values("Day"); ok {
		t.Error("a column that is not there is read")
	}
}

func TestExcelFilesAreReadStrictly(t *testing.T) {
	beside := sheet(t, func(f *excelize.File) { set(f, map[string]any{"A1": "Unit", "B1": "Days", "A2": "north", "C2": 4}) })
	if _, ps := Read(spec("a.xlsx"), beside); said(ps) != "2:3: C2 is to the right of the columns that have a name" {
		t.Errorf("a cell beside the columns: %s", said(ps))
	}
	formula := sheet(t, func(f *excelize.File) {
		set(f, map[string]any{"A1": "Unit", "B1": "Days", "A2": "north"})
		f.SetCellFormula("Sheet1", "B2", "SUM(1,2)")
	})
	table, ps := Read(spec("a.xlsx"), formula)
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	rows, _, _ := table.Values("Days")
	if rows[0].Value.Empty() || rows[0].Value.Check() == nil {
		t.Error("a formula without a stored result is taken for an empty cell")
	}
	if _, ps := Read(Spec{File: "a.xlsx", Key: ByUnit, Sheet: "Sheet2"}, beside); len(ps) != 1 || !strings.Contains(ps[0].Cure, "Sheet1") {
		t.Errorf("an unknown sheet: %v", ps)
	}
	if _, ps := Read(spec("a.xlsx"), []byte("PK\x03\x04 broken")); len(ps) != 1 {
		t.Errorf("a broken file: %v", ps)
	}
}

// Whatever the bytes are, reading ends without a panic, and either with a table or with mistakes that have a
// place and a cure.
func FuzzRead(f *testing.F) {
	f.Add("a.csv", []byte("Unit;Days\nnorth;3\n"))
	f.Add("a.csv", []byte("\ufeffUnit,Days\n\"no\"\"rth\",\"1,5\"\n"))
	f.Add("a.csv", []byte("Unit\tDays\n\"x\n"))
	f.Add("a.xlsx", sheet(f, func(x *excelize.File) { set(x, map[string]any{"A1": "Unit", "B1": "Days", "A2": "n", "B2": 3}) }))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		table, ps := Read(spec(name), data)
		if (table == nil) != (len(ps) > 0) {
			t.Fatalf("%v and %v", table, ps)
		}
		for _, p := range ps {
			if p.Line < 1 || p.Col < 1 || p.Cure == "" {
				t.Fatalf("no place or no cure: %+v", p)
			}
		}
		if table == nil {
			return
		}
		for _, h := range table.headers {
			rows, _, _ := table.Values(h.Text)
			for _, row := range rows {
				row.Value.Number()
				row.Value.Percent()
				row.Value.Date(true)
				row.Value.YesNo()
				if row.Key.Text == "" {
					t.Fatal("a row without a key")
				}
			}
		}
	})
}
