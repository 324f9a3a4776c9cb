package main

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// texts returns a table, one row after the other. Rows that begin with ! are headers.
func texts(rows ...string) *table {
	t := &table{chosen: true, headers: []int{}}
	for r, row := range rows {
		label, header := strings.CutPrefix(row, "!")
		if header {
			t.headers = append(t.headers, r)
		}
		for c, s := range strings.Split(label, "|") {
			t.cells = append(t.cells, cell{row: r, col: c, colspan: 1, header: header, keys: addKey(nil, plain(s))})
		}
	}
	return t
}

func TestTablesAreScored(t *testing.T) {
	truth := []string{"!Name|Year|Sum", "An|2021|10", "Binh|2022|20", "Chi|2023|30"}
	for name, c := range map[string]struct {
		read []*table
		want score
	}{
		"what is read in full is right": {
			[]*table{texts(truth...)}, score{
				tables: 1, tablesFound: 1, shares: 1, cells: 12, found: 12, read: 12, right: 12, headers: 1, headersFound: 1}},
		"an empty first column shifts the others, and costs nothing": {
			[]*table{texts("!|Name|Year|Sum", "|An|2021|10", "|Binh|2022|20", "|Chi|2023|30")},
			score{
				tables: 1, tablesFound: 1, shares: 1, cells: 12, found: 12, read: 12, right: 12, headers: 1, headersFound: 1}},
		"a row too many costs its own cells": {
			[]*table{texts(truth[0], truth[1], "x|y|z", truth[2], truth[3])}, score{
				tables: 1, tablesFound: 1, shares: 1, cells: 12, found: 12, read: 15, right: 12, headers: 1, headersFound: 1}},
		"a table in two pieces is one": {
			[]*table{texts(truth[:2]...), texts(truth[2:]...)}, score{
				tables: 1, tablesFound: 1, shares: 1, cells: 12, found: 12, read: 12, right: 12, headers: 1, headersFound: 1}},
		"a table that is none costs precision": {
			[]*table{texts(truth...), texts("dear|Sir")}, score{
				tables: 1, tablesFound: 1, shares: 1, cells: 12, found: 12, read: 14, right: 12, headers: 1, headersFound: 1}},
		"a header that is not marked, and a row that is marked wrongly": {
			[]*table{texts("Name|Year|Sum", "!An|2021|10", "Binh|2022|20", "Chi|2023|30")}, score{
				tables: 1, tablesFound: 1, shares: 1, cells: 12, found: 12, read: 12, right: 12, headers: 1, headersFalse: 1}},
		"nothing read is nothing found": {nil, score{
			tables: 1, cells: 12, headers: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			var got score
			got.add([]*table{texts(truth...)}, c.read)
			if got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestRightToLeftTablesMayBeMirrored(t *testing.T) {
	truth := texts("a|b", "c|d")
	truth.rtl = true
	var got score
	got.add([]*table{truth}, []*table{texts("b|a", "d|c")})
	if got.found != 4 {
		t.Errorf("%d of 4 cells found", got.found)
	}
}

func TestCellsAreComparedByValue(t *testing.T) {
	truth := cell{keys: []string{numberKey("45356"), "2024-03-05"}}
	for _, c := range []struct {
		read string
		want bool
	}{
		{`{"start":0,"end":10,"value":{"date":"2024-03-05"}}`, true},
		{`{"start":0,"end":10,"value":{"number":"45356.0"}}`, true},
		{`{"start":0,"end":10,"value":{"date":"2024-05-03"}}`, false},
	} {
		var r readCell
		if err := json.Unmarshal([]byte(c.read), &r); err != nil {
			t.Fatal(err)
		}
		if got := equal(&truth, &cell{keys: r.keys([]rune("05/03/2024"))}); got != c.want {
			t.Errorf("%s: %v", c.read, got)
		}
	}
}

func TestWordsAreCounted(t *testing.T) {
	for _, c := range []struct {
		name, want, got, hidden string
		words, found, inHidden  int
	}{
		{"case, width and soft hyphens are alike", "Đại Lộc ＡＢＣ", "đại lộc a\u00adbc", "", 3, 3, 0},
		{"a word counts as often as it is there, up to three times", "no no no no no", "no no", "", 3, 2, 0},
		{"a word that is cut at the end of a line is whole", "recog-\nnition", "recognition", "", 1, 1, 0},
		{"a word is found where blanks lack", "good morning", "goodmorning", "", 2, 2, 0},
		{"letters of scripts without blanks count by themselves", "村民", "民村", "", 2, 2, 0},
		{"what is taken for hidden is not read", "seen unseen", "seen", "unseen", 2, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := measure(words(c.want), words(c.got), c.hidden)
			if r.words != c.words || r.found != c.found || r.hidden != c.inHidden {
				t.Errorf("%d of %d words, %d hidden", r.found, r.words, r.hidden)
			}
		})
	}
}

// pack writes a package of an office format.
func pack(t *testing.T, name string, parts map[string]string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := zip.NewWriter(f)
	for name, content := range parts {
		p, err := w.Create(name)
		if err == nil {
			_, err = p.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

const relationships = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`

func TestWordIsReadByItsXML(t *testing.T) {
	name := pack(t, "a.docx", map[string]string{
		"_rels/.rels": relationships + `<Relationship Id="a" Type="x/officeDocument"
			Target="word/document.xml"/></Relationships>`,
		"word/document.xml": `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
			<w:body>
			<w:p><w:r><w:t>Shown</w:t></w:r><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del>
			<w:r><w:rPr><w:vanish/></w:rPr><w:t>vanished</w:t></w:r></w:p>
			<w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr>
			<w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr><w:p><w:r><w:t>Head</w:t></w:r></w:p></w:tc></w:tr>
			<w:tr><w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr><w:p><w:r><w:t>one</w:t></w:r></w:p></w:tc>
			<w:tc><w:p><w:r><w:t>two</w:t></w:r></w:p></w:tc></w:tr>
			<w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc>
			<w:tc><w:p><w:r><w:t>three</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
			</w:body></w:document>`})
	text, err := wordText(name)
	if got := words(text); err != nil || !slices.Equal(got, []string{"shown", "head", "one", "two", "three"}) {
		t.Errorf("%v, %v", got, err)
	}
	tables, err := wordTables(name)
	if err != nil || len(tables) != 1 {
		t.Fatal(tables, err)
	}
	var got []string
	for _, c := range tables[0].cells {
		got = append(got, fmt.Sprint(c.keys, c.row, c.col, c.colspan))
	}
	if want := []string{"[Head] 0 0 2", "[one] 1 0 1", "[two] 1 1 1", "[three] 2 1 1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWorkbooksAreReadByValue(t *testing.T) {
	name := pack(t, "a.xlsx", map[string]string{
		"_rels/.rels": relationships + `<Relationship Id="a" Type="x/officeDocument"
			Target="xl/workbook.xml"/></Relationships>`,
		"xl/_rels/workbook.xml.rels": relationships + `<Relationship Id="s" Type="x/worksheet" Target="sheet.xml"/>
			<Relationship Id="f" Type="x/styles" Target="styles.xml"/></Relationships>`,
		"xl/workbook.xml": `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
			xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">
			<sheets><sheet name="A" r:id="s"/></sheets></workbook>`,
		"xl/styles.xml": `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs>
			<xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>`,
		"xl/sheet.xml": `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
			<row r="2"><c r="B2" t="inlineStr"><is><t>Date</t></is></c><c r="C2"><v>1250</v></c></row>
			<row r="3" hidden="1"><c r="B3" s="1"><v>45356</v></c></row></sheetData></worksheet>`})
	tables, seen, err := readBook(name)
	if err != nil || len(tables) != 1 || !slices.Equal(seen, []string{"Date"}) {
		t.Fatal(tables, seen, err)
	}
	c := tables[0].cells
	if len(c) != 3 || c[1].keys[0] != "#1250" || c[1].row != 0 || c[1].col != 1 || !c[2].optional ||
		!slices.Contains(c[2].keys, "2024-03-05") {
		t.Errorf("%+v", c)
	}
}

func TestLettersAreReadByGo(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.eml")
	letter := "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\nFrom: an@example.org\n" +
		"Content-Type: multipart/alternative; boundary=b\n\n" +
		"--b\nContent-Type: text/plain; charset=iso-8859-1\n" +
		"Content-Transfer-Encoding: quoted-printable\n\nf=FCnf\n" +
		"--b\nContent-Type: text/html\n\n<p>only html</p>\n--b--\n"
	if err := os.WriteFile(name, []byte(letter), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := mailText(name)
	want := []string{"grüße", "an", "example", "org", "fünf"}
	if got := words(text); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestEveryLabelIsRead(t *testing.T) {
	tables, unknown := 0, 0
	for _, file := range labelled(labels) {
		for _, l := range file {
			tables++
			if l.headers == nil {
				unknown++
			}
		}
	}
	if tables != 177 || unknown != 29 {
		t.Errorf("%d tables, %d of them with unknown headers", tables, unknown)
	}
}

// What the end of a page does to a table is no fault of the reader: a header that is printed again, a row that is cut.
func TestATableOverPagesIsOne(t *testing.T) {
	truth := texts("!Name|What", "An|builds a road", "Binh|plants trees", "Chi|sings")
	first, second := texts("!Name|What", "An|builds a road", "Binh|plants"), texts("!Name|What", "|trees", "Chi|sings")
	second.page = 1
	var got score
	got.add([]*table{truth}, []*table{first, second})
	if want := (score{tables: 1, tablesFound: 1, shares: 1, cells: 8, found: 8, read: 8, right: 8, headers: 1, headersFound: 1}); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// Scoring ends also on large tables in which nearly everything is the same.
func TestScoringOfLargeTablesEnds(t *testing.T) {
	big := &table{chosen: true}
	for i := range 1200 {
		big.cells = append(big.cells, cell{row: i / 4, col: i % 4, colspan: 1, keys: []string{"0"}})
	}
	var got score
	got.add([]*table{big}, []*table{big})
	if got.found != 1200 {
		t.Errorf("%d of 1200 cells", got.found)
	}
}

func TestTitlesAboveHeadersAreCountedApart(t *testing.T) {
	var got score
	got.add([]*table{texts("!All of them", "!Name|Year", "An|2021", "Binh|2022")},
		[]*table{texts("All of them", "!Name|Year", "An|2021", "Binh|2022")})
	if got.headers != 2 || got.headersFound != 1 || got.titles != 1 || got.namesF1() != 1 {
		t.Errorf("%+v, F1 %.2f", got, got.namesF1())
	}
}

func TestBordersAreRemoved(t *testing.T) {
	name := pack(t, "a.docx", map[string]string{"word/document.xml": `<w:tblPr><w:tblBorders><w:top w:val="single"/></w:tblBorders>` +
		`<w:tblW w:w="1"/></w:tblPr><w:tcBorders/><w:t>text</w:t>`})
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if b, err = borderless(b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	part, err := r.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(part)
	if want := `<w:tblPr><w:tblW w:w="1"/></w:tblPr><w:t>text</w:t>`; err != nil || string(got) != want {
		t.Errorf("%s %v", got, err)
	}
}

func TestTablesOfTheCompetitionAreRead(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a-str.xml")
	content := `<document><table id="1"><region row-increment="0" col-increment="0"><cell start-row="0" start-col="0" end-col="1">` +
		`<content>Head</content></cell></region><region row-increment="1" col-increment="0">` +
		`<cell start-row="0" start-col="1"><content>one</content></cell></region></table></document>`
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := structured(name)
	if err != nil || len(got) != 1 || len(got[0].cells) != 2 || got[0].cells[0].colspan != 2 || got[0].cells[1].row != 1 ||
		got[0].cells[1].col != 1 || got[0].cells[1].keys[0] != "one" {
		t.Errorf("%+v %v", got, err)
	}
}

// A page on which no row uses some columns cannot show that they are there.
func TestPagesHaveColumnsOfTheirOwn(t *testing.T) {
	truth := texts("Name|Year|Sum", "An|2021|10", "Binh|2022|20")
	for _, row := range []string{"roads of the hill|built", "trees of the hill|planted"} {
		for c, s := range strings.Split(row, "|") {
			truth.cells = append(truth.cells, cell{row: truth.rows() - c, col: 2 * c, colspan: 1, keys: addKey(nil, plain(s))})
		}
	}
	first, second := texts("Name|Year|Sum", "An|2021|10", "Binh|2022|20"), texts("roads of the hill|built", "trees of the hill|planted")
	second.page = 1
	var got score
	got.add([]*table{truth}, []*table{first, second})
	if got.found != 13 || got.right != 13 {
		t.Errorf("%d of 13 cells found, %d right", got.found, got.right)
	}
}

// Of two tables alike, each has its own parts; and a part that was not read does not end a table.
func TestPartsAreOfTheTableThatTheyFitBest(t *testing.T) {
	page := func(n int, rows ...string) *table {
		out := texts(rows...)
		out.page = n
		return out
	}
	one := texts("Name|Year|Done", "An|2021|yes", "Binh|2022|yes", "Chi|2023|no", "Dung|2023|yes")
	two := texts("Name|Year|Done", "Em|2021|yes", "Phuc|2022|yes", "Giang|2023|no", "Hoa|2023|yes", "Ich|2024|no")
	var got score
	got.add([]*table{one, two}, []*table{page(0, "Name|Year|Done", "An|2021|yes", "Binh|2022|yes"), page(0, "a|b"),
		page(1, "Chi|2023|no", "Dung|2023|yes"), page(2, "Name|Year|Done", "Em|2021|yes", "Phuc|2022|yes", "Giang|2023|no"),
		page(3, "Hoa|2023|yes", "Ich|2024|no")})
	if got.found != 33 {
		t.Errorf("%d of 33 cells found", got.found)
	}
}

func TestCellsThatAreNotPrintedAreNotAskedFor(t *testing.T) {
	list := texts("Name|Work", "An|field of a form", "Binh|reconstruction")
	for i, s := range []string{"Name", "Work", "An", "field of a form", "Binh", "reconstruction"} {
		list.cells[i].says = words(s)
	}
	if n := notPrinted([]*table{list}, "Name Work An\nBinh recon struction"); n != 1 || !list.cells[3].optional {
		t.Errorf("%d cells are not asked for: %+v", n, list.cells)
	}
}
