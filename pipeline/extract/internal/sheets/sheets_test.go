package sheets

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/parts"
)

// styleSheet has the looks that the tests use, by their numbers.
const styleSheet = `<styleSheet><numFmts count="9"><numFmt numFmtId="164" formatCode=";;;"/><numFmt numFmtId="165" formatCode="#,##0 &quot;hộ&quot;"/>` +
	`<numFmt numFmtId="166" formatCode="[$-F800]dddd, mmmm dd, yyyy"/><numFmt numFmtId="167" formatCode="#,##0\ [$₫-42A]"/><numFmt numFmtId="168" formatCode="0;-0;;&quot;đạt&quot;"/>` +
	`<numFmt numFmtId="169" formatCode="[White]General"/><numFmt numFmtId="170" formatCode="000000"/><numFmt numFmtId="171" formatCode="&quot;xong&quot;"/><numFmt numFmtId="172" formatCode="[h]:mm"/></numFmts>` +
	`<fonts><font><sz val="11"/></font><font><sz val="11"/><color rgb="FFFFFFFF"/></font><font><sz val="1"/></font><font><sz val="11"/><color theme="0" tint="-0.02"/></font>` +
	`<font><sz val="11"/><color indexed="9"/></font><font><b/><sz val="11"/></font><font><strike/><sz val="11"/></font><font><sz val="7"/><color rgb="FF996633"/></font></fonts>` +
	`<fills><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FF003366"/></patternFill></fill></fills>` +
	`<cellStyleXfs><xf fontId="0" fillId="0" numFmtId="0"/><xf fontId="1" fillId="0" numFmtId="0"/></cellStyleXfs><cellXfs>` +
	`<xf fontId="0" fillId="0" numFmtId="0" xfId="0"/><xf fontId="1" fillId="0" numFmtId="0" xfId="0"/><xf fontId="2" fillId="0" numFmtId="0" xfId="0"/>` + // 0 1 2
	`<xf fontId="3" fillId="0" numFmtId="0" xfId="0"/><xf fontId="4" fillId="0" numFmtId="0" xfId="0"/><xf fontId="1" fillId="2" numFmtId="0" xfId="0"/>` + // 3 4 5
	`<xf fontId="0" fillId="0" numFmtId="164" xfId="0"/><xf fontId="0" fillId="0" numFmtId="3" xfId="0"/><xf fontId="0" fillId="0" numFmtId="14" xfId="0"/>` + // 6 7 8
	`<xf fontId="0" fillId="0" numFmtId="9" xfId="0"/><xf fontId="0" fillId="0" numFmtId="165" xfId="0"/><xf fontId="0" fillId="0" numFmtId="166" xfId="0"/>` + // 9 10 11
	`<xf fontId="0" fillId="0" numFmtId="167" xfId="0"/><xf xfId="1"/><xf fontId="6" fillId="0" numFmtId="0" xfId="0"/>` + // 12 13 14
	`<xf fontId="0" fillId="0" numFmtId="168" xfId="0"/><xf fontId="0" fillId="0" numFmtId="169" xfId="0"/><xf fontId="0" fillId="0" numFmtId="170" xfId="0"/>` + // 15 16 17
	`<xf fontId="0" fillId="0" numFmtId="171" xfId="0"/><xf fontId="0" fillId="0" numFmtId="0" xfId="0"><alignment wrapText="1"/></xf><xf fontId="7" fillId="0" numFmtId="0" xfId="0"/>` + // 18 19 20
	`<xf fontId="5" fillId="0" numFmtId="0" xfId="0"/><xf fontId="0" fillId="0" numFmtId="22" xfId="0"/><xf fontId="0" fillId="0" numFmtId="172" xfId="0"/>` + // 21 22 23
	`<xf fontId="0" fillId="0" numFmtId="20" xfId="0"/><xf fontId="0" fillId="0" numFmtId="17" xfId="0"/><xf fontId="0" fillId="0" numFmtId="0" xfId="0"><alignment shrinkToFit="1"/></xf>` + // 24 25 26
	`<xf fontId="0" fillId="0" numFmtId="0" xfId="0"><alignment textRotation="90"/></xf><xf fontId="0" fillId="0" numFmtId="0" xfId="0"><alignment horizontal="fill"/></xf></cellXfs>` + // 27 28
	`<dxfs><dxf><font><color rgb="FFFFFFFF"/></font></dxf><dxf><numFmt numFmtId="164" formatCode=";;;"/></dxf><dxf><font><color rgb="FF000000"/></font></dxf></dxfs></styleSheet>`

// bookOf makes a workbook of one sheet; more are other parts, by name and content.
func bookOf(t testing.TB, sheet, state string, more ...string) []byte {
	t.Helper()
	const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	files := append([]string{"_rels/.rels", `<Relationships><Relationship Id="r" Type="` + office + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml", `<workbook xmlns:r="` + office + `"><workbookPr/><sheets><sheet name="A" sheetId="1" state="` + state + `" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="r1" Type="` + office + `/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="` + office + `/styles" Target="styles.xml"/></Relationships>`,
		"xl/styles.xml", styleSheet, "xl/worksheets/sheet1.xml", `<worksheet xmlns:r="` + office + `">` + sheet + `</worksheet>`}, more...)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := z.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		f.Write([]byte(files[i+1]))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readBook(t testing.TB, data []byte) *Book {
	t.Helper()
	p, err := parts.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Read(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// text is a cell with text in a style.
func text(ref string, style int, s string) string {
	return fmt.Sprintf(`<c r="%s" s="%d" t="inlineStr"><is><t>%s</t></is></c>`, ref, style, s)
}

// num is a cell with a number in a style.
func num(ref string, style int, v string) string {
	return fmt.Sprintf(`<c r="%s" s="%d"><v>%s</v></c>`, ref, style, v)
}

func row(n int, attrs, cells string) string {
	return fmt.Sprintf(`<row r="%d" %s>%s</row>`, n, attrs, cells)
}

const claim = "Mô hình đã giúp 245 hộ thoát nghèo"

// seen returns how a reader sees the claim: "" is seen, and absent if it is nowhere.
func seen(b *Book, claim string) dossier.Visibility {
	for _, p := range b.Pages {
		if strings.Contains(p.Hidden, claim) {
			return dossier.Unseen
		}
		for _, block := range p.Blocks {
			if block.Table == nil {
				continue
			}
			for _, r := range block.Table.Rows {
				for _, c := range r.Cells {
					if !strings.Contains(string([]rune(p.Text)[c.Start:c.End]), claim) {
						continue
					}
					for _, inner := range c.Blocks {
						if inner.Visibility != "" {
							return inner.Visibility
						}
					}
					return ""
				}
			}
		}
	}
	return "absent"
}

func TestWhatAReaderOfAWorkbookSees(t *testing.T) {
	data := func(rows string) string { return `<sheetData>` + rows + `</sheetData>` }
	one := func(style int) string { return data(row(1, "", text("A1", style, claim))) }
	rule := func(formula string, dxf int) string {
		return fmt.Sprintf(`<conditionalFormatting sqref="A1"><cfRule type="expression" priority="1" dxfId="%d"><formula>%s</formula></cfRule></conditionalFormatting>`, dxf, formula)
	}
	const unseen, doubt = dossier.Unseen, dossier.Uncertain
	for _, c := range []struct {
		name, sheet, state string
		want               dossier.Visibility
	}{
		{"plain text", one(0), "visible", ""},
		{"a hidden sheet", one(0), "hidden", unseen},
		{"a sheet that menus do not show", one(0), "veryHidden", unseen},
		{"a hidden row", data(row(1, `hidden="1"`, text("A1", 0, claim))), "", unseen},
		{"a row without height", data(row(1, `ht="0" customHeight="1"`, text("A1", 0, claim))), "", unseen},
		{"a row one point high", data(row(1, `ht="1" customHeight="1"`, text("A1", 0, claim))), "", unseen},
		{"a row of half the height of its text", data(row(1, `ht="5.5" customHeight="1"`, text("A1", 0, claim))), "", doubt},
		{"a collapsed outline", data(row(1, `hidden="1" outlineLevel="1"`, text("A1", 0, claim)) + row(2, `collapsed="1"`, text("A2", 0, "tổng"))), "", unseen},
		{"a hidden column", `<cols><col min="1" max="1" width="9" hidden="1"/></cols>` + one(0), "", unseen},
		{"a column without width", `<cols><col min="1" max="1" width="0"/></cols>` + one(0), "", unseen},
		{"a column too narrow, beside a filled one", `<cols><col min="1" max="1" width="0.5"/></cols>` + data(row(1, "", text("A1", 0, claim)+text("B1", 0, "x"))), "", unseen},
		{"a narrow column beside an empty one", `<cols><col min="1" max="1" width="2"/></cols>` + one(0), "", ""},
		{"a hidden column elsewhere", `<cols><col min="2" max="2" width="9" hidden="1"/></cols>` + one(0), "", ""},
		{"white on white", one(1), "", unseen},
		{"white on a dark cell", one(5), "", ""},
		{"a theme's white, two per cent darker", one(3), "", unseen},
		{"white by its number in the palette", one(4), "", unseen},
		{"white by the named style", one(13), "", unseen},
		{"one point", one(2), "", unseen},
		{"seven points in colour", one(20), "", ""},
		{"struck out", one(14), "", unseen},
		{"a format that shows nothing", one(6), "", unseen},
		{"a format that shows another text", one(15), "", unseen},
		{"a white run in visible text", data(row(1, "", `<c r="A1" t="inlineStr"><is><r><t>Báo cáo. </t></r><r><rPr><color rgb="FFFFFFFF"/><sz val="11"/></rPr><t>`+claim+`</t></r></is></c>`)), "", unseen},
		{"a coloured run over a white style", data(row(1, "", `<c r="A1" s="1" t="inlineStr"><is><r><rPr><color rgb="FF000000"/></rPr><t>`+claim+`</t></r></is></c>`)), "", ""},
		{"covered by a merged cell", data(row(1, "", text("A1", 0, "x")+text("B1", 0, claim))) + `<mergeCells><mergeCell ref="A1:B1"/></mergeCells>`, "", unseen},
		{"a merged cell whose first row is hidden", data(row(1, `hidden="1"`, text("A1", 0, claim))) + `<mergeCells><mergeCell ref="A1:F2"/></mergeCells>`, "", ""},
		{"white by a condition that is true", one(0) + rule("$C$1&lt;10", 0), "", unseen},
		{"white by a condition that is false", data(row(1, "", text("A1", 0, claim)+num("F1", 0, "5"))) + rule("$F$1&gt;10", 0), "", ""},
		{"white by a condition that is not computed", one(0) + rule("TODAY()&gt;C1", 0), "", doubt},
		{"nothing shown by a condition", one(0) + rule("TRUE", 1), "", unseen},
		{"black by a condition over white", one(1) + rule("LEN(A1)&gt;3", 2), "", ""},
		{"lines below the height of the row", data(row(1, `ht="15" customHeight="1"`, text("A1", 19, "x&#10;&#10;"+claim))), "", doubt},
		{"lines in a row that follows its text", data(row(1, "", text("A1", 19, "x&#10;"+claim))), "", ""},
		{"cut off by the cell beside it", `<cols><col min="1" max="1" width="4"/></cols>` + data(row(1, "", text("A1", 0, claim)+text("B1", 0, "x"))), "", doubt},
		{"a label that is longer than a usual column", data(row(1, "", text("A1", 0, claim)+text("B1", 0, "x"))), "", ""},
		{"pressed into a narrow column", `<cols><col min="1" max="1" width="2"/></cols>` + one(26), "", unseen},
		{"turned in a row as high as a line", data(row(1, `ht="15" customHeight="1"`, text("A1", 27, claim))), "", doubt},
		{"turned in a row that is high enough", data(row(1, `ht="90" customHeight="1"`, text("A1", 27, claim))), "", ""},
		{"filling a narrow column", `<cols><col min="1" max="1" width="3"/></cols>` + one(28), "", doubt},
		{"filling a wide column", `<cols><col min="1" max="1" width="60"/></cols>` + one(28), "", ""},
		{"a row that is listed where all others are hidden", `<sheetFormatPr zeroHeight="1"/>` + one(0), "", ""},
		{"a value that the formula does not have", data(row(1, "", `<c r="A1" t="str"><f>"a"&amp;"b"</f><v>`+claim+`</v></c>`)), "", doubt},
	} {
		if got := seen(readBook(t, bookOf(t, c.sheet, c.state)), claim); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestCellsByValue(t *testing.T) {
	for _, c := range []struct {
		name, cell, text string
		value            dossier.Value
	}{
		{"a number with grouping", num("A1", 7, "1250"), "1250", dossier.Value{Kind: "number", Number: "1250", Format: "#,##0"}},
		{"a number with a unit", num("A1", 10, "1250"), "1250 hộ", dossier.Value{Kind: "number", Number: "1250", Format: `#,##0 "hộ"`}},
		{"money", num("A1", 12, "2500000"), "2500000 ₫", dossier.Value{Kind: "amount", Number: "2500000", Unit: "VND", Format: `#,##0\ [$₫-42A]`}},
		{"a fraction", num("A1", 0, "0.5"), "0.5", dossier.Value{Kind: "number", Number: "0.5"}},
		{"three digits after the point get a fourth", num("A1", 0, "2.125"), "2.1250", dossier.Value{Kind: "number", Number: "2.125"}},
		{"noise of binary fractions", num("A1", 0, "0.30000000000000004"), "0.3", dossier.Value{Kind: "number", Number: "0.3"}},
		{"a code with leading zeros", num("A1", 17, "1234"), "001234", dossier.Value{Kind: "number", Number: "1234", Format: "000000"}},
		{"a percentage", num("A1", 9, "0.98"), "98%", dossier.Value{Kind: "percent", Number: "0.98", Format: "0%"}},
		{"a short date", num("A1", 8, "45356"), "2024-03-05", dossier.Value{Kind: "date", Date: "2024-03-05", Format: "yyyy-mm-dd"}},
		{"a late short date", num("A1", 8, "45366"), "2024-03-15", dossier.Value{Kind: "date", Date: "2024-03-15", Format: "yyyy-mm-dd"}},
		{"the long date of the system", num("A1", 11, "45356"), "2024-03-05", dossier.Value{Kind: "date", Date: "2024-03-05", Format: "[$-F800]dddd, mmmm dd, yyyy"}},
		{"a month", num("A1", 25, "45356"), "2024-03", dossier.Value{Kind: "date", Date: "2024-03-05", Format: "mmm-yy"}},
		{"a date with a time", num("A1", 22, "45356.75"), "2024-03-05 18:00", dossier.Value{Kind: "date", Date: "2024-03-05T18:00:00", Format: "yyyy-mm-dd h:mm"}},
		{"a date as text of ISO 8601", `<c r="A1" t="d"><v>2024-03-05T00:00:00</v></c>`, "2024-03-05", dossier.Value{Kind: "date", Date: "2024-03-05"}},
		{"a time", num("A1", 24, "0.5"), "12:00", dossier.Value{Kind: "time", Number: "0.5", Format: "h:mm"}},
		{"more hours than a day has", num("A1", 23, "1.25"), "30:00", dossier.Value{Kind: "time", Number: "1.25", Format: "[h]:mm"}},
		{"yes", `<c r="A1" t="b"><v>1</v></c>`, "TRUE", dossier.Value{Kind: "yesno", Yes: true}},
		{"an error", `<c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c>`, "#DIV/0!", dossier.Value{Kind: "error", Formula: "1/0"}},
		{"a formula with its value", `<c r="A1"><f>60+65</f><v>125</v></c>`, "125", dossier.Value{Kind: "number", Number: "125", Formula: "60+65"}},
		{"a formula without a value", `<c r="A1"><f>60+65</f><v></v></c>`, "", dossier.Value{Formula: "60+65", Missing: true}},
	} {
		b := readBook(t, bookOf(t, `<sheetData><row r="1">`+c.cell+`</row></sheetData>`, ""))
		p := b.Pages[0]
		if len(p.Blocks) != 1 || p.Blocks[0].Table == nil {
			t.Errorf("%s: %+v", c.name, p)
			continue
		}
		cell := p.Blocks[0].Table.Rows[0].Cells[0]
		if p.Text != c.text || cell.Value == nil || *cell.Value != c.value || cell.Ref != "A1" {
			t.Errorf("%s: %q with %+v, want %q with %+v", c.name, p.Text, cell.Value, c.text, c.value)
		}
		if b.Uncached != c.value.Missing {
			t.Errorf("%s: uncached is %v", c.name, b.Uncached)
		}
	}
}

func TestDecimalMarkOfThePagesLanguage(t *testing.T) {
	vi := text("A1", 0, "Báo cáo kết quả thực hiện mô hình dân vận khéo của xã, trong đó có các hộ đã tham gia và được hỗ trợ")
	en := text("A1", 0, "The report of the model that the village has carried out with all of the households and their neighbours")
	for _, c := range []struct{ name, cell, want string }{{"Vietnamese", vi, "2,5"}, {"English", en, "2.5"}} {
		p := readBook(t, bookOf(t, `<sheetData>`+row(1, "", c.cell)+row(2, "", num("A2", 0, "2.5"))+`</sheetData>`, "")).Pages[0]
		if !strings.HasSuffix(p.Text, "\n"+c.want) {
			t.Errorf("%s: %q", c.name, p.Text)
		}
	}
}

func TestTablesOfASheet(t *testing.T) {
	sheet := `<sheetData>` + row(1, "", text("A1", 21, "Phiếu")) +
		row(3, "", text("A3", 21, "Thôn")+text("B3", 21, "Số hộ")+text("C3", 21, "Ghi chú")) +
		row(4, "", text("A4", 0, "Phú Hưng")+num("B4", 7, "1250")) +
		row(5, `hidden="1"`, text("A5", 0, "Ẩn")+num("B5", 7, "7")) +
		row(6, "", text("A6", 0, "Ngọc Kinh")+num("B6", 7, "120")+text("C6", 0, "tốt")) +
		row(9, "", text("A9", 0, "Người lập")) + `</sheetData><mergeCells><mergeCell ref="A1:C1"/></mergeCells>`
	p := readBook(t, bookOf(t, sheet, "")).Pages[0]
	want := "Phiếu\nThôn\tSố hộ\tGhi chú\nPhú Hưng\t1250\nNgọc Kinh\t120\ttốt\nNgười lập"
	if p.Text != want || len(p.Blocks) != 3 {
		t.Fatalf("read %d blocks:\n%s\nwant:\n%s", len(p.Blocks), p.Text, want)
	}
	title, table := p.Blocks[0].Table, p.Blocks[1].Table
	if title.Rows[0].Cells[0].ColSpan != 3 {
		t.Errorf("the title spans %d columns", title.Rows[0].Cells[0].ColSpan)
	}
	if len(table.Rows) != 4 || table.HeaderRows() != 1 || !table.Rows[2].Hidden || p.Blocks[1].Sure == 0 {
		t.Errorf("%+v", table)
	}
	if !strings.Contains(p.Hidden, "Ẩn") {
		t.Errorf("hidden: %q", p.Hidden)
	}
}

func TestHeaderRowsOfASheet(t *testing.T) {
	line := func(n int, cells ...string) string {
		out := ""
		for i, c := range cells {
			ref := place{n - 1, i}.ref()
			if strings.Trim(c, "0123456789") == "" {
				out += num(ref, 0, c)
			} else {
				out += text(ref, 0, c)
			}
		}
		return row(n, "", out)
	}
	for _, c := range []struct {
		name, sheet string
		want        int
	}{
		{"labels over numbers", line(1, "Thôn", "Hộ", "Người") + line(2, "A", "1", "2") + line(3, "B", "3", "4"), 1},
		{"two rows of labels over numbers", line(1, "Thôn", "Năm nay", "Năm trước") + line(2, "Tên", "Hộ", "Hộ") + line(3, "A", "1", "2") + line(4, "B", "3", "4"), 2},
		{"a form with labels before its answers", line(1, "Tên mô hình", "Bảng tính") + line(2, "Đơn vị", "Xã") + line(3, "Số hộ", "120") + line(4, "Số người", "480") + line(5, "Số tháng", "9"), 0},
		{"text alone", line(1, "a", "b", "c") + line(2, "d", "e", "f") + line(3, "g", "h", "i"), 0},
	} {
		table := readBook(t, bookOf(t, `<sheetData>`+c.sheet+`</sheetData>`, "")).Pages[0].Blocks[0].Table
		if got := table.HeaderRows(); got != c.want {
			t.Errorf("%s: %d header rows, want %d", c.name, got, c.want)
		}
	}
}

func TestTextBoxesOfASheet(t *testing.T) {
	const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	box := func(to, props, runProps, s string) string {
		return `<xdr:twoCellAnchor><xdr:from><xdr:col>4</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>0</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:to>` + to + `</xdr:to>` +
			`<xdr:sp><xdr:nvSpPr><xdr:cNvPr id="2" name="b" ` + props + `/></xdr:nvSpPr><xdr:spPr><a:solidFill><a:srgbClr val="FFFFFF"/></a:solidFill></xdr:spPr>` +
			`<xdr:txBody><a:p><a:r><a:rPr>` + runProps + `</a:rPr><a:t>` + s + `</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:twoCellAnchor>`
	}
	const large = `<xdr:col>8</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>5</xdr:row><xdr:rowOff>0</xdr:rowOff>`
	const none = `<xdr:col>4</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>0</xdr:row><xdr:rowOff>0</xdr:rowOff>`
	for _, c := range []struct {
		name, box string
		hidden    bool
	}{
		{"a text box", box(large, "", "", claim), false},
		{"a text box that is switched off", box(large, `hidden="1"`, "", claim), true},
		{"a text box without a size", box(none, "", "", claim), true},
		{"white text in a white box", box(large, "", `<a:solidFill><a:srgbClr val="FEFEFE"/></a:solidFill>`, claim), true},
	} {
		p := readBook(t, bookOf(t, `<sheetData>`+row(1, "", text("A1", 0, "x"))+`</sheetData><drawing r:id="d"/>`, "",
			"xl/worksheets/_rels/sheet1.xml.rels", `<Relationships><Relationship Id="d" Type="`+office+`/drawing" Target="../drawings/drawing1.xml"/></Relationships>`,
			"xl/drawings/drawing1.xml", `<xdr:wsDr>`+c.box+`</xdr:wsDr>`)).Pages[0]
		if strings.Contains(p.Hidden, claim) != c.hidden || strings.Contains(p.Text, claim) == c.hidden {
			t.Errorf("%s: text %q, hidden %q", c.name, p.Text, p.Hidden)
		}
	}
}

func TestLargeSheetIsReadQuickly(t *testing.T) {
	var b strings.Builder
	for r := 1; r <= 2000; r++ {
		b.WriteString(fmt.Sprintf(`<row r="%d">`, r))
		for c := range 10 {
			b.WriteString(num(place{r - 1, c}.ref(), 7, fmt.Sprint(r*c)))
		}
		b.WriteString(`</row>`)
	}
	data := bookOf(t, `<sheetData>`+b.String()+`</sheetData>`, "")
	begin := time.Now()
	p := readBook(t, data).Pages[0]
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("20,000 cells took %s", took)
	}
	if n := len(p.Blocks[0].Table.Rows); n != 2000 {
		t.Errorf("%d rows", n)
	}
}

func BenchmarkRead(b *testing.B) {
	var s strings.Builder
	for r := 1; r <= 2000; r++ {
		s.WriteString(fmt.Sprintf(`<row r="%d">`, r))
		for c := range 10 {
			s.WriteString(num(place{r - 1, c}.ref(), 7, fmt.Sprint(r*c)))
		}
		s.WriteString(`</row>`)
	}
	data := bookOf(b, `<sheetData>`+s.String()+`</sheetData>`, "")
	b.ReportAllocs()
	for b.Loop() {
		readBook(b, data)
	}
}

// A sheet is read to its end whatever its markup, and its blocks lie within its text.
func FuzzSheet(f *testing.F) {
	for _, s := range []string{
		`<sheetData><row r="1"><c r="A1" s="7"><v>1</v></c><c r="B1" t="inlineStr"><is><r><rPr><b/></rPr><t>x</t></r></is></c></row></sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells>`,
		`<row><c><f>SUM(A1:A9)+MOD(ROW(),2)</f><v>1</v></c></row><conditionalFormatting sqref="A1:B9"><cfRule type="expression" dxfId="0"><formula>AND(A1>1,NOT(B$1="x"))</formula></cfRule></conditionalFormatting>`,
		`<cols><col min="1" max="9" width="0"/></cols><row r="3" ht="0"><c t="d"><v>2024</v></c></row></c></is><v>1`,
		`<row r="1"><c r="A1" t="inlineStr"><is><t>a`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b := readBook(t, bookOf(t, string(data), ""))
		for _, p := range b.Pages {
			for _, block := range p.Blocks {
				if block.Start > block.End || block.End > len([]rune(p.Text)) {
					t.Errorf("block %d–%d of %d", block.Start, block.End, len([]rune(p.Text)))
				}
			}
		}
	})
}

// A number format of any form shows any number.
func FuzzFormat(f *testing.F) {
	for code := range map[string]bool{`#,##0.00;[Red](#,##0.00);"-"`: true, `[$-F800]dddd`: true, `[<1]0%;[h]:mm:ss.0;@`: true, `000-0000`: true, `\`: true, `0.0,,"m"`: true, `# ?/?`: true} {
		f.Add(code, 1250.5)
	}
	f.Fuzz(func(t *testing.T, code string, v float64) {
		n := parseFormat(code)
		n.show(v, ",", false)
		n.forText()
	})
}
