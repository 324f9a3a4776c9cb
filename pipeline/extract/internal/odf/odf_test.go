package odf

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/parts"
)

const claim = "Mô hình đã giúp 245 hộ thoát nghèo"

// documentOf makes a document of automatic styles, a body and common styles.
func documentOf(t testing.TB, automatic, body, common string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range [][2]string{{"content.xml", `<office:document-content><office:automatic-styles>` + automatic + `</office:automatic-styles><office:body>` + body + `</office:body></office:document-content>`},
		{"styles.xml", `<office:document-styles>` + common + `</office:document-styles>`}} {
		w, err := z.Create(f[0])
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(f[1]))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readDocument(t testing.TB, data []byte, text bool) *Document {
	t.Helper()
	p, err := parts.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Read(p, text)
	if d == nil {
		t.Log(err)
		return &Document{Pages: []dossier.Page{{}}}
	}
	return d
}

// seen returns how a reader sees the claim: "" is seen, and absent if it is nowhere.
func seen(d *Document) dossier.Visibility {
	for _, p := range d.Pages {
		if strings.Contains(p.Hidden, claim) {
			return dossier.Unseen
		}
		if s, ok := within(p.Blocks, p.Text); ok {
			return s
		}
	}
	return "absent"
}

func within(blocks []dossier.Block, text string) (dossier.Visibility, bool) {
	for _, b := range blocks {
		if !strings.Contains(string([]rune(text)[b.Start:b.End]), claim) {
			continue
		}
		if b.Table != nil {
			for _, r := range b.Table.Rows {
				for _, c := range r.Cells {
					if s, ok := within(c.Blocks, text); ok {
						return s, true
					}
				}
			}
		}
		return b.Visibility, true
	}
	return "", false
}

func TestWhatAReaderOfATextSees(t *testing.T) {
	p := func(style string) string {
		return `<office:text><text:p text:style-name="` + style + `">` + claim + `</text:p></office:text>`
	}
	style := func(name, parent, props string) string {
		return `<style:style style:name="` + name + `" style:family="paragraph" style:parent-style-name="` + parent + `">` + props + `</style:style>`
	}
	const white, vanish = `<style:text-properties fo:color="#ffffff"/>`, `<style:text-properties text:display="none"/>`
	frame := func(attrs string) string {
		return `<office:text><text:p>x<draw:frame ` + attrs + `><draw:text-box><text:p>` + claim + `</text:p></draw:text-box></draw:frame></text:p></office:text>`
	}
	section := func(attrs string) string {
		return `<office:text><text:section ` + attrs + `><text:p>` + claim + `</text:p></text:section></office:text>`
	}
	master := func(name string) string {
		return `<office:master-styles><style:master-page style:name="Standard"/><style:master-page style:name="` + name + `"><style:header><text:p>` + claim + `</text:p></style:header></style:master-page></office:master-styles>`
	}
	const unseen, doubt = dossier.Unseen, dossier.Uncertain
	for _, c := range []struct {
		name, automatic, body, common string
		want                          dossier.Visibility
	}{
		{"plain text", "", p(""), "", ""},
		{"white", style("W", "", white), p("W"), "", unseen},
		{"white by the style that it is based on", style("P", "W", ""), p("P"), style("W", "", white), unseen},
		{"hidden by the style that it is based on", style("P", "V", ""), p("P"), style("V", "", vanish), unseen},
		{"shown over a hidden style", style("P", "V", `<style:text-properties text:display="true"/>`), p("P"), style("V", "", vanish), ""},
		{"white by the default style", "", p(""), `<style:default-style style:family="paragraph">` + white + `</style:default-style>`, unseen},
		{"white on a dark paragraph", style("W", "", white+`<style:paragraph-properties fo:background-color="#003366"/>`), p("W"), "", ""},
		{"dark text of the colour of its paragraph", style("W", "", `<style:text-properties fo:color="#003366"/><style:paragraph-properties fo:background-color="#003366"/>`), p("W"), "", unseen},
		{"the colour of the page", style("B", "", `<style:text-properties fo:color="#102030"/>`), p("B"), `<style:page-layout style:name="l"><style:page-layout-properties fo:background-color="#102030"/></style:page-layout><office:master-styles><style:master-page style:name="Standard" style:page-layout-name="l"/></office:master-styles>`, unseen},
		{"one point", style("S", "", `<style:text-properties fo:font-size="1pt"/>`), p("S"), "", unseen},
		{"a tenth of its parent's size", style("S", "N", `<style:text-properties fo:font-size="10%"/>`), p("S"), style("N", "", `<style:text-properties fo:font-size="12pt"/>`), unseen},
		{"seven points", style("S", "", `<style:text-properties fo:font-size="7pt"/>`), p("S"), "", ""},
		{"pressed to a twentieth of its width", style("S", "", `<style:text-properties style:text-scale="5%"/>`), p("S"), "", unseen},
		{"letters of a hundredth of their size, by their position", style("S", "", `<style:text-properties style:text-position="-33% 1%"/>`), p("S"), "", unseen},
		{"an exponent", style("S", "", `<style:text-properties style:text-position="super 58%"/>`), p("S"), "", ""},
		{"letters on one another", style("S", "", `<style:text-properties fo:letter-spacing="-1cm"/>`), p("S"), "", unseen},
		{"spaced letters", style("S", "", `<style:text-properties fo:letter-spacing="0.05cm"/>`), p("S"), "", ""},
		{"a margin off the page", style("S", "", `<style:paragraph-properties fo:margin-left="-60cm"/>`), p("S"), "", unseen},
		{"a first line off the page", style("S", "", `<style:paragraph-properties fo:text-indent="-60cm"/>`), p("S"), "", unseen},
		{"a first line that hangs", style("S", "", `<style:paragraph-properties fo:margin-left="1.27cm" fo:text-indent="-0.63cm"/>`), p("S"), "", ""},
		{"lines without height", style("S", "", `<style:paragraph-properties fo:line-height="0.01cm"/>`), p("S"), "", unseen},
		{"lines of a height", style("S", "", `<style:paragraph-properties fo:line-height="0.5cm"/>`), p("S"), "", ""},
		{"a section that is not shown", "", section(`text:display="none"`), "", unseen},
		{"a section hidden by a condition that is true", "", section(`text:display="condition" text:condition="ooow:1==1"`), "", unseen},
		{"a section hidden by a condition that is false", "", section(`text:display="condition" text:condition="ooow:1==2"`), "", ""},
		{"a section hidden by a condition that is not computed", "", section(`text:display="condition" text:condition="ooow:page gt 1"`), "", doubt},
		{"a field that hides its text", "", `<office:text><text:p>x<text:hidden-text text:condition="ooow:1" text:string-value="y">` + claim + `</text:hidden-text></text:p></office:text>`, "", unseen},
		{"a field that hides its paragraph", "", `<office:text><text:p>` + claim + `<text:hidden-paragraph text:condition="ooow:1==1"/></text:p></office:text>`, "", unseen},
		{"a deletion that is recorded", "", `<office:text><text:tracked-changes><text:changed-region><text:deletion><text:p>` + claim + `</text:p></text:deletion></text:changed-region></text:tracked-changes><text:p>x</text:p></office:text>`, "", "absent"},
		{"a frame without a size", "", frame(`svg:width="0.01cm" svg:height="0.01cm"`), "", unseen},
		{"a frame off the page", "", frame(`svg:width="5cm" svg:height="2cm" svg:x="-30cm" svg:y="1cm"`), "", unseen},
		{"a frame", "", frame(`svg:width="5cm" svg:height="2cm" svg:x="1cm" svg:y="1cm"`), "", ""},
		{"the header of a page style that is not used", "", `<office:text><text:p>x</text:p></office:text>`, master("Other"), unseen},
		{"the header of a page style that a paragraph begins", `<style:style style:name="M" style:family="paragraph" style:master-page-name="Other"/>`, `<office:text><text:p text:style-name="M">x</text:p></office:text>`, master("Other"), ""},
		{"a collapsed row of a table", "", `<office:text><table:table><table:table-row table:visibility="collapse"><table:table-cell><text:p>` + claim + `</text:p></table:table-cell></table:table-row></table:table></office:text>`, "", unseen},
		{"a covered cell of a table", "", `<office:text><table:table><table:table-row><table:table-cell table:number-columns-spanned="2"><text:p>x</text:p></table:table-cell><table:covered-table-cell><text:p>` + claim + `</text:p></table:covered-table-cell></table:table-row></table:table></office:text>`, "", unseen},
	} {
		if got := seen(readDocument(t, documentOf(t, c.automatic, c.body, c.common), true)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestStructureOfAText(t *testing.T) {
	body := `<office:text><text:h text:outline-level="2">Kết quả</text:h><text:list text:style-name="L"><text:list-item><text:p>một</text:p><text:list><text:list-item><text:p>con</text:p></text:list-item></text:list></text:list-item><text:list-item><text:p>hai</text:p></text:list-item></text:list>` +
		`<table:table><table:table-header-rows><table:table-row><table:table-cell table:number-columns-spanned="2"><text:p>Thôn và số hộ</text:p></table:table-cell><table:covered-table-cell/></table:table-row></table:table-header-rows><table:table-row><table:table-cell><text:p>A</text:p></table:table-cell><table:table-cell><text:p>12</text:p></table:table-cell></table:table-row></table:table></office:text>`
	list := `<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-suffix="." style:num-format="1"/><text:list-level-style-number text:level="2" style:num-suffix=")" style:num-format="a"/></text:list-style>`
	p := readDocument(t, documentOf(t, list, body, ""), true).Pages[0]
	if want := "Kết quả\n1. một\na) con\n2. hai\nThôn và số hộ\nA\t12"; p.Text != want {
		t.Errorf("read:\n%s\nwant:\n%s", p.Text, want)
	}
	var kinds []string
	for _, b := range p.Blocks {
		kinds = append(kinds, string(b.Kind))
	}
	if got := strings.Join(kinds, " "); got != "heading item item item table" || p.Blocks[0].Level != 2 || p.Blocks[2].Level != 2 {
		t.Errorf("%s: %+v", got, p.Blocks)
	}
	if table := p.Blocks[len(p.Blocks)-1].Table; table == nil || table.HeaderRows() != 1 || table.Rows[0].Cells[0].ColSpan != 2 {
		t.Errorf("%+v", table)
	}
}

func TestCellsOfASpreadsheet(t *testing.T) {
	styles := `<style:style style:name="W" style:family="table-cell"><style:text-properties fo:color="#ffffff"/></style:style><style:style style:name="N" style:family="table-cell" style:data-style-name="n"/><number:number-style style:name="n"/>` +
		`<style:style style:name="D" style:family="table-cell" style:data-style-name="d"/><number:number-style style:name="d"><number:number number:decimal-places="0" number:grouping="true"/><number:text> hộ</number:text></number:number-style>` +
		`<style:style style:name="H" style:family="table"><style:table-properties table:display="false"/></style:style>`
	for _, c := range []struct {
		name, cell, text string
		value            dossier.Value
	}{
		{"a number with grouping", `<table:table-cell table:style-name="D" office:value-type="float" office:value="1250"><text:p>1.250 hộ</text:p></table:table-cell>`, "1250 hộ", dossier.Value{Kind: "number", Number: "1250"}},
		{"a date", `<table:table-cell office:value-type="date" office:date-value="2024-03-05"><text:p>05/03/24</text:p></table:table-cell>`, "2024-03-05", dossier.Value{Kind: "date", Date: "2024-03-05"}},
		{"a percentage", `<table:table-cell office:value-type="percentage" office:value="0.98"><text:p>98 %</text:p></table:table-cell>`, "98%", dossier.Value{Kind: "percent", Number: "0.98"}},
		{"money", `<table:table-cell office:value-type="currency" office:currency="VND" office:value="2500000"><text:p>2.500.000 ₫</text:p></table:table-cell>`, "2500000", dossier.Value{Kind: "amount", Number: "2500000", Unit: "VND"}},
		{"a time", `<table:table-cell office:value-type="time" office:time-value="PT26H30M00S"><text:p>26:30</text:p></table:table-cell>`, "26:30", dossier.Value{Kind: "time", Number: "1.10416666666667"}},
		{"yes", `<table:table-cell office:value-type="boolean" office:boolean-value="true"><text:p>ĐÚNG</text:p></table:table-cell>`, "TRUE", dossier.Value{Kind: "yesno", Yes: true}},
		{"a formula", `<table:table-cell table:formula="of:=60+65" office:value-type="float" office:value="125"><text:p>125</text:p></table:table-cell>`, "125", dossier.Value{Kind: "number", Number: "125", Formula: "60+65"}},
		{"a formula without a value", `<table:table-cell table:formula="of:=60+65"/>`, "", dossier.Value{Formula: "60+65", Missing: true}},
	} {
		d := readDocument(t, documentOf(t, styles, `<office:spreadsheet><table:table table:name="A"><table:table-row>`+c.cell+`</table:table-row></table:table></office:spreadsheet>`, ""), false)
		p := d.Pages[0]
		if len(p.Blocks) != 1 || p.Text != c.text || len(p.Blocks[0].Table.Rows) != 1 || len(p.Blocks[0].Table.Rows[0].Cells) != 1 {
			t.Errorf("%s: %+v", c.name, p)
			continue
		}
		if v := p.Blocks[0].Table.Rows[0].Cells[0].Value; v == nil || *v != c.value || d.Uncached != c.value.Missing {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
	for _, c := range []struct {
		name, table string
		want        dossier.Visibility
	}{
		{"a cell", `<table:table><table:table-row><table:table-cell><text:p>` + claim + `</text:p></table:table-cell></table:table-row></table:table>`, ""},
		{"a hidden sheet", `<table:table table:style-name="H"><table:table-row><table:table-cell><text:p>` + claim + `</text:p></table:table-cell></table:table-row></table:table>`, dossier.Unseen},
		{"a filtered row", `<table:table><table:table-row table:visibility="filter"><table:table-cell><text:p>` + claim + `</text:p></table:table-cell></table:table-row></table:table>`, dossier.Unseen},
		{"a hidden column", `<table:table><table:table-column table:visibility="collapse"/><table:table-row><table:table-cell><text:p>` + claim + `</text:p></table:table-cell></table:table-row></table:table>`, dossier.Unseen},
		{"white on white", `<table:table><table:table-row><table:table-cell table:style-name="W"><text:p>` + claim + `</text:p></table:table-cell></table:table-row></table:table>`, dossier.Unseen},
	} {
		if got := seen(readDocument(t, documentOf(t, styles, `<office:spreadsheet>`+c.table+`</office:spreadsheet>`, ""), false)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A document is read to its end whatever its markup, and its blocks lie within its text.
func FuzzContent(f *testing.F) {
	f.Add([]byte(`<office:text><text:list><text:list-item><text:p>a<text:note><text:note-body><text:p>b</text:p></text:note-body></text:note></text:p></text:list-item></text:list></office:text>`))
	f.Add([]byte(`<office:spreadsheet><table:table><table:table-row table:number-rows-repeated="9"><table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="3"/></table:table-row></table:table>`))
	f.Add([]byte(`<office:spreadsheet><table:table><table:table-row table:number-rows-repeated="9"><table:table-cell table:number-columns-repeated="99999"><text:p>a</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet>`))
	f.Add([]byte(`</text:p><table:table-cell><text:h></table:table></office:text><table:table-row><text:s text:c="9"/>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, p := range readDocument(t, documentOf(t, "", string(data), ""), true).Pages {
			for _, b := range p.Blocks {
				if b.Start > b.End || b.End > len([]rune(p.Text)) {
					t.Errorf("block %d–%d of %d", b.Start, b.End, len([]rune(p.Text)))
				}
			}
		}
	})
}
