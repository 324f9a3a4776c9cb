package publish

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"kheo/internal/dossier"
	"kheo/pipeline/recommend"
	"kheo/rules"
	"kheo/rules/award"
)

func testList() (*File, Names) {
	text := func(s string) dossier.Text { return dossier.Text{"vi": s, "nb": s, "en": s} }
	a := &dossier.Assessment{Dossier: "keng-abcde", Title: `=HYPERLINK("http://x","Tiếng kẻng")`, Unit: "north",
		Kind: "model", Outcome: dossier.Recommended, Points: 92.5, Max: 100, Band: text("vì đủ điểm"),
		Criteria: []dossier.Criterion{{ID: "results", Title: text("Kết quả"), Points: 27.5, Max: 30,
			Reason: text("hai dẫn chứng"),
			Evidence: []dossier.Source{{Document: "bao cao.pdf", Page: 2,
				Quote: "Giảm từ 12 xuống 3 <script>alert(1)</script>", Start: 5, End: 40}}}}}
	b := &dossier.Assessment{Dossier: "cam-fghij", Title: "Camera", Unit: "north", Kind: "model",
		Outcome: dossier.NeedsReview, Max: 100, Band: text("cần xem lại"),
		Flags: []dossier.Flag{{Code: dossier.FlagContradiction, Message: text("150 nhưng 210")}}}
	l := recommend.Make(&rules.Ruleset{ID: "r", Title: text("Danh sách")}, []*dossier.Assessment{b, a})
	f := NewFile(l, "c", "vi")
	f.Run = "run"
	return f, Names{&rules.Env{Units: []rules.Unit{{ID: "north", Name: "Xã Bắc"}}}, "vi"}
}

func TestJSONIsTheContract(t *testing.T) {
	f, _ := testList()
	b, err := f.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Campaign, Ruleset, Run string
		RulesetSHA256          *string `json:"ruleset_sha256"`
		Counts                 map[string]int
		Entries                []struct {
			Rank                                              *int
			Dossier, Title, Unit, Level, Field, Kind, Outcome string
			Points, Max                                       *float64
			Flags                                             []struct{ Code, Message string }
			Gates                                             []struct{ ID, Reason string }
			Criteria                                          []struct {
				ID, Reason  string
				Points, Max float64
				Evidence    []struct {
					Document, Quote  string
					Page, Start, End int
				}
			}
		}
	}
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if got.Counts["registered"] != 2 || got.Counts["recommended"] != 1 || got.Counts["needs-review"] != 1 ||
		len(got.Counts) != 6 || got.RulesetSHA256 == nil {
		t.Errorf("counts %v", got.Counts)
	}
	e := got.Entries[0]
	if *e.Rank != 1 || e.Outcome != "recommended" || *e.Points != 92.5 || e.Criteria[0].Evidence[0].Page != 2 ||
		e.Flags == nil || e.Gates == nil {
		t.Errorf("%+v", e)
	}
	if *got.Entries[1].Rank != 0 || got.Entries[1].Flags[0].Code != "contradiction" {
		t.Errorf("%+v", got.Entries[1])
	}
	if !bytes.Contains(b, []byte("<script>")) || bytes.Contains(b, []byte(`\u003c`)) {
		t.Error("quotes are not verbatim")
	}
}

func TestCSVOpensRightInExcel(t *testing.T) {
	f, n := testList()
	b, err := f.CSV(n)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(b, []byte("\xef\xbb\xbf")) {
		t.Error("no byte order mark")
	}
	rows, err := csv.NewReader(bytes.NewReader(b[3:])).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatal(rows, err)
	}
	if rows[1][2][0] == '=' || !strings.Contains(rows[1][2], "Tiếng kẻng") {
		t.Errorf("a title that looks like a formula: %s", rows[1][2])
	}
	if !strings.Contains(strings.Join(rows[2], "|"), "150 nhưng 210") {
		t.Errorf("the flag is missing: %v", rows[2])
	}
}

func TestXLSX(t *testing.T) {
	f, n := testList()
	b, err := f.XLSX(n)
	if err != nil {
		t.Fatal(err)
	}
	x, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	sheets := x.GetSheetList()
	if len(sheets) != 3 {
		t.Fatalf("sheets: %v", sheets)
	}
	for _, s := range sheets {
		panes, err := x.GetPanes(s)
		if err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("%s: the header is not frozen: %+v %v", s, panes, err)
		}
	}
	if f, err := x.GetCellFormula(sheets[0], "C2"); err != nil || f != "" {
		t.Errorf("a title became a formula: %q", f)
	}
	rows, err := x.GetRows(sheets[2])
	if err != nil || !strings.Contains(strings.Join(rows[1], "|"), "Giảm từ 12 xuống 3") {
		t.Errorf("the sheet of evidence: %v %v", rows, err)
	}
	again, _ := f.XLSX(n)
	if !bytes.Equal(b, again) {
		t.Error("the same list gives another workbook")
	}
}

func TestHTMLIsSafeAndSelfContained(t *testing.T) {
	f, n := testList()
	b, err := f.HTML(n, "Phong trào", []string{"vi", "nb"}, func(l string) string { return "r." + l + ".html" })
	if err != nil {
		t.Fatal(err)
	}
	s := string(b)
	for _, bad := range []string{"<script", "http://x\"", "src=", "@import", "url("} {
		if strings.Contains(s, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
	for _, want := range []string{`lang="vi"`, `href="r.nb.html"`, "&lt;script&gt;", "Xã Bắc", "150 nhưng 210",
		"92,5"} {
		if !strings.Contains(s, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestDiffSaysWhy(t *testing.T) {
	from, _ := testList()
	to, _ := testList()
	e := &to.Entries[0]
	e.Outcome, e.Rank, e.Points = dossier.NotRecommended, 0, 60
	e.Criteria = []Criterion{{ID: "results", Points: 0, Max: 30, Reason: "không có dẫn chứng"}}
	to.Entries = append(to.Entries, Entry{Dossier: "new", Title: "Mới", Outcome: dossier.Recommended, Rank: 1})
	changes := Diff(from, to)
	if len(changes) != 2 || changes[0].What != "left" || changes[1].What != "new" {
		t.Fatalf("%+v", changes)
	}
	if len(changes[0].Why) != 1 || changes[0].Why[0] != "results: 27.5 → 0 (không có dẫn chứng)" {
		t.Errorf("why: %v", changes[0].Why)
	}
	if len(Diff(from, from)) > 0 {
		t.Error("a list differs from itself")
	}
}

// A reason that only reads differently moves no one; a flag that comes or goes does not either, and is told apart.
func TestOtherWordsAreNoMove(t *testing.T) {
	from, _ := testList()
	to, _ := testList()
	to.Entries[0].Reason = "80 of 100 points; missing: total ≥ 95"
	if changes := Diff(from, to); len(changes) != 1 || changes[0].What != Worded {
		t.Errorf("another reason: %+v", changes)
	}
	to.Entries[0].Flags = append(to.Entries[0].Flags, Flag{Code: "borderline", Message: "x"})
	if changes := Diff(from, to); len(changes) != 1 || changes[0].What != "flags" {
		t.Errorf("another flag: %+v", changes)
	}
	from.Entries[0].Gates = append(from.Entries[0].Gates, Gate{ID: "asked"})
	to.Entries[0].Flags = from.Entries[0].Flags
	if changes := Diff(from, to); len(changes) != 1 || changes[0].What != "flags" || changes[0].Differs[0].Kind != DiffersNoGate {
		t.Errorf("a gate that is no longer asked: %+v", changes)
	}
}

func TestFairnessNamesTheCriterionThatMakesTheDifference(t *testing.T) {
	f := &File{}
	for i := range 20 {
		e := Entry{Dossier: fmt.Sprint(i), Unit: "north", Field: "economy", Outcome: dossier.Recommended,
			Points: 30, Criteria: []Criterion{{ID: "reach", Points: 20, Max: 20}, {ID: "spread", Points: 10,
				Max: 20}}}
		if i%2 == 1 {
			e.Unit = "south"
		}
		if e.Unit == "south" && i > 5 {
			e.Outcome, e.Points, e.Criteria = dossier.NotRecommended, 15, []Criterion{{ID: "reach", Points: 5,
				Max: 20}, {ID: "spread", Points: 10, Max: 20}}
		}
		f.Entries = append(f.Entries, e)
	}
	for _, s := range f.Fairness() {
		if s.By != "unit" {
			continue
		}
		north, south := s.Groups[0], s.Groups[1]
		if north.Name != "north" || north.Rate != 1 || south.Rate != 0.3 || south.RestRate != 1 ||
			!south.Apart || !north.Apart {
			t.Errorf("%+v", s.Groups)
		}
		if south.Criterion != "reach" || south.Difference != -10.5 {
			t.Errorf("%s makes a difference of %v, want reach and -10.5", south.Criterion, south.Difference)
		}
	}
}

// A list too long for a page says how many it leaves out; the workbook has them all.
func TestAListTooLongForAPage(t *testing.T) {
	f, n := testList()
	one := f.Entries[len(f.Entries)-1]
	const many = 5100
	for i := len(f.Entries); i < many; i++ {
		e := one
		e.Dossier, e.Title = fmt.Sprintf("more-%d", i), fmt.Sprintf("More %d", i)
		f.Entries = append(f.Entries, e)
	}
	page, err := f.HTML(n, "c", []string{n.Lang}, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	left := fmt.Sprintf("%d", many-5000)
	if c := bytes.Count(page, []byte("<article")); c != 5000 || !bytes.Contains(page,
		[]byte(left+" more are not shown here")) && !bytes.Contains(page, []byte(left+" mục nữa")) {
		t.Errorf("%d entries are explained, or what is left out is not said", c)
	}
	b, err := f.XLSX(n)
	if err != nil {
		t.Fatal(err)
	}
	x, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := x.GetRows(x.GetSheetName(0))
	if err != nil || len(rows) != many+1 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	if _, err := f.DOCX(n, "c"); err != nil {
		t.Error(err)
	}
}

// awardedList is testList with what entries get and with columns of facts, one of which looks like a formula.
func awardedList() (*File, Names) {
	f, n := testList()
	f.Entries[0].Given = Given{Award: &Award{ID: "winner", Title: "Giải nhất"}, Place: 1, Order: 1,
		Granted: &award.Money{Amount: 15000, Currency: "NOK"},
		Columns: []Column{{"requested", "Số tiền xin", 20000.0, "20.000 NOK"}, {"held", "Ngày", "2024-05-02", "=2+5"}}}
	f.Entries[1].Given = Given{Order: 2, Columns: []Column{{ID: "requested", Title: "Số tiền xin"}, {ID: "held", Title: "Ngày"}}}
	return f, n
}

// What entries get, and the facts that a ruleset shows, have columns of their own before those of the criteria. A
// criterion that is called as a column of every list is told apart from it.
func TestAwardsAndColumnsInCSV(t *testing.T) {
	f, n := awardedList()
	b, err := f.CSV(n)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(b[3:])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.Index(rows[0], "Số tiền xin")
	if at < 4 || rows[0][at+1] != "Ngày" || rows[0][at+2] != "Tiêu chí: Kết quả" {
		t.Fatalf("the header is %q", rows[0])
	}
	for i, want := range []string{"Giải nhất|1|1|15000|20000|'=2+5|27.5", "||2||||"} {
		if got := strings.Join(rows[i+1][at-4:at+3], "|"); got != want {
			t.Errorf("row %d has %q, want %q", i+1, got, want)
		}
	}
}

// In a sheet amounts are numbers, and text that looks like a formula is text.
func TestAwardsAndColumnsInASheet(t *testing.T) {
	f, n := awardedList()
	b, err := f.XLSX(n)
	if err != nil {
		t.Fatal(err)
	}
	x, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	sheet := x.GetSheetList()[0]
	rows, err := x.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.Index(rows[0], "Số tiền xin")
	if at < 4 || rows[1][at-4] != "Giải nhất" || rows[1][at+1] != "=2+5" {
		t.Fatalf("the sheet has %q", rows)
	}
	amount, _ := excelize.CoordinatesToCellName(at+1, 2)
	text, _ := excelize.CoordinatesToCellName(at+2, 2)
	ofAmount, _ := x.GetCellType(sheet, amount)
	ofText, _ := x.GetCellType(sheet, text)
	if formula, err := x.GetCellFormula(sheet, text); err != nil || formula != "" || ofAmount == ofText {
		t.Errorf("the amount is of type %v, the text of type %v with the formula %q, %v", ofAmount, ofText, formula, err)
	}
}

func TestAwardsAndColumnsOnThePageAndInJSON(t *testing.T) {
	f, n := awardedList()
	page, err := f.HTML(n, "c", []string{n.Lang}, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	doc, err := f.JSON()
	if err != nil {
		t.Fatal(err)
	}
	for form, want := range map[string][]string{string(page): {"Giải nhất", "20.000 NOK"},
		string(doc): {`"award"`, `"granted"`, `"columns"`, "20000"}} {
		for _, s := range want {
			if !strings.Contains(form, s) {
				t.Errorf("%q is missing in %.60s…", s, form)
			}
		}
	}
}

// Rank, place and order are three numbers; their columns have three titles in every language.
func TestNoTwoColumnsHaveOneTitle(t *testing.T) {
	for _, lang := range []string{"vi", "nb", "en"} {
		f, n := testList()
		f.Entries, n.Lang = f.Entries[:1], lang
		f.Entries[0].Criteria, f.Entries[0].Order = nil, 1
		b, err := f.CSV(n)
		if err != nil {
			t.Fatal(err)
		}
		head, err := csv.NewReader(bytes.NewReader(b[3:])).Read()
		if err != nil {
			t.Fatal(err)
		}
		for i, title := range head {
			if slices.Contains(head[:i], title) {
				t.Errorf("%s: two columns are %q in %q", lang, title, head)
			}
		}
	}
}

// Tables have no columns for what the campaign or the ruleset does not have.
func TestTablesHaveNoColumnsThatStayBlank(t *testing.T) {
	t.Parallel()
	f := &File{Ruleset: "a", Entries: []Entry{{Rank: 1, Dossier: "d", Title: "D", Outcome: dossier.Recommended, Points: 3, Max: 10}}}
	f.Entries[0].Order = 1
	head := func(n Names) string {
		t.Helper()
		b, err := f.CSV(n)
		if err != nil {
			t.Fatal(err)
		}
		first, rest, _ := strings.Cut(strings.TrimPrefix(string(b), "\ufeff"), "\r\n")
		if strings.Count(first, ",") != strings.Count(rest, ",") {
			t.Errorf("the row has other columns than the head:\n%s\n%s", first, rest)
		}
		if _, err := f.XLSX(n); err != nil {
			t.Fatal(err)
		}
		return first
	}
	const bare = "Rank,Dossier,Title,Outcome,Points,Max,Award,Place,Order,Reason,Flags"
	if got := head(Names{&rules.Env{}, "en"}); got != bare {
		t.Errorf("%s", got)
	}
	f.Entries[0].Granted, f.Entries[0].Certainty = &award.Money{Amount: 5, Currency: "NOK"}, &Certainty{Certainty: &recommend.Certainty{Keeps: 1}}
	full := Names{&rules.Env{Units: []rules.Unit{{ID: "north", Name: "North"}}, Levels: []rules.Named{{ID: "l"}}, Fields: []rules.Named{{ID: "f"}}}, "en"}
	if got := head(full); got != "Rank,Dossier,Title,Unit,Level,Field,Outcome,Points,Max,Award,Place,Order,Granted,Reason,Flags,Certainty" {
		t.Errorf("%s", got)
	}
}
