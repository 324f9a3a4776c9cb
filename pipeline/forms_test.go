package pipeline_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"html"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const formCampaign = `campaign: forms
title: { en: Forms }
timezone: Asia/Ho_Chi_Minh
languages: [vi, en]
opens: 2024-01-01
closes: 2024-12-31
units:
  - { id: north, name: Xã Thử Bắc, kind: commune }
  - { id: south, name: Xã Thử Nam, kind: commune }
kinds:
  - { id: model, title: { vi: Mô hình, en: Model }, looks_like: { vi: [Phiếu đăng ký mô hình] } }
labels:
  title: { vi: [Tên mô hình] }
  unit: { vi: [Đơn vị đăng ký] }
rules: [rules/models.yaml]
`

const formRules = `ruleset: models
title: { vi: Mô hình, en: Models }
applies_to: { kind: model }
max_points: 50
facts:
  registered_on: { type: date, labels: { vi: [Ngày đăng ký] } }
  households: { type: count, unit: { vi: [hộ] }, labels: { vi: [Số hộ tham gia] } }
  contributed: { type: money, currency: VND, labels: { vi: [Nhân dân đóng góp] } }
  agreement: { type: percent, labels: { vi: [Tỷ lệ hộ đồng thuận] } }
  met: { type: yesno, labels: { vi: [Đã họp dân] } }
  leader: { type: text, labels: { vi: [Người phụ trách] } }
criteria:
  - { id: reach, title: { en: Reach }, max: 50, measured: households, steps: [ { from: 50, points: 50 } ] }
bands: { recommended: total >= 50 }
order: [ total, dossier ]
`

// formTitle and formHelp are above a form. The help says "before", which is not about last year.
const (
	formTitle = "PHIẾU ĐĂNG KÝ MÔ HÌNH"
	formHelp  = "Hướng dẫn: điền đầy đủ các ô bên dưới, nộp phiếu trước ngày 30/11."
)

// formItem is a label of a form and what is written there: as text and, if sheets have it as a number, as that with its
// style. Style 1 is #,##0, 2 a short date, 3 a percentage.
type formItem struct {
	label, text, number string
	style               int
}

var formItems = []formItem{
	{"Tên mô hình", "Tuyến đường hoa", "", 0},
	{"Đơn vị đăng ký", "Xã Thử Nam", "", 0},
	{"Ngày đăng ký", "05/03/2024", "45356", 2},
	{"Số hộ tham gia", "1.250 hộ", "1250", 1},
	{"Nhân dân đóng góp", "48,5 triệu đồng", "", 0},
	{"Tỷ lệ hộ đồng thuận", "97%", "0.97", 3},
	{"Đã họp dân", "Không", "", 0},
	{"Người phụ trách", "Lê Thị Hồng", "", 0},
}

const formFacts = "agreement=97 contributed=48500000 households=1250 leader=Lê Thị Hồng met=false registered_on=2024-03-05"

// formRows is a form as rows of cells; a label has the text of its item. A row of one cell spans the table.
var formRows = map[string]func() [][]formItem{
	"lines": func() (out [][]formItem) {
		for _, it := range formItems {
			out = append(out, []formItem{{text: it.label + ": " + it.text}})
		}
		return out
	},
	"two-columns": func() (out [][]formItem) {
		for _, it := range formItems {
			out = append(out, []formItem{{text: it.label}, it})
		}
		return out
	},
	"numbered": func() (out [][]formItem) {
		out = append(out, []formItem{{text: "STT"}, {text: "Nội dung"}, {text: "Thông tin"}})
		for i, it := range formItems {
			out = append(out, []formItem{{text: strconv.Itoa(i + 1)}, {text: it.label}, it})
		}
		return out
	},
	"pairs": func() (out [][]formItem) {
		for i := 0; i < len(formItems); i += 2 {
			a, b := formItems[i], formItems[i+1]
			out = append(out, []formItem{{text: a.label}, a, {text: b.label}, b})
		}
		return out
	},
	"one-row": func() [][]formItem {
		var heads []formItem
		for _, it := range formItems {
			heads = append(heads, formItem{text: it.label})
		}
		return [][]formItem{heads, formItems}
	},
	"titled": func() (out [][]formItem) {
		out = append(out, []formItem{{text: formTitle}}, []formItem{{text: formHelp}})
		for _, it := range formItems {
			out = append(out, []formItem{{text: it.label}, it})
		}
		return out
	},
	"below": func() (out [][]formItem) {
		for _, it := range formItems {
			out = append(out, []formItem{{text: it.label}}, []formItem{it})
		}
		return out
	},
}

// formZip is a zip of parts: name, content, name, content.
func formZip(parts ...string) string {
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, _ := zw.Create(parts[i])
		w.Write([]byte(parts[i+1]))
	}
	zw.Close()
	return b.String()
}

// cols is the number of columns of a table.
func cols(rows [][]formItem) (n int) {
	for _, row := range rows {
		n = max(n, len(row))
	}
	return n
}

const (
	relsOf = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>`
	relOf  = `<Relationship Id="%s" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s"/>`
)

// formFormats write a form in each format, with its title above it unless the table has one.
var formFormats = map[string]func(title string, rows [][]formItem) string{
	"txt": func(title string, rows [][]formItem) string { return title + "\n" + delimited(rows, "\t", false) },
	"csv": func(title string, rows [][]formItem) string { return title + "\n" + delimited(rows, ",", true) },
	"html": func(title string, rows [][]formItem) string {
		return `<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"></head><body>` + webForm(title, rows) + `</body></html>`
	},
	"eml": func(title string, rows [][]formItem) string {
		return "From: a@b.vn\r\nSubject: Phieu\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n" +
			"Content-Transfer-Encoding: 8-bit\r\n\r\n<html><body>" + webForm(title, rows) + "</body></html>"
	},
	"docx": func(title string, rows [][]formItem) string {
		var b strings.Builder
		paragraph := func(s string) string { return `<w:p><w:r><w:t>` + html.EscapeString(s) + `</w:t></w:r></w:p>` }
		b.WriteString(paragraph(title))
		if cols(rows) == 1 {
			for _, row := range rows {
				b.WriteString(paragraph(row[0].text))
			}
		} else {
			b.WriteString(`<w:tbl>`)
			for _, row := range rows {
				b.WriteString(`<w:tr>`)
				for _, c := range row {
					span := ""
					if len(row) == 1 {
						span = fmt.Sprintf(`<w:gridSpan w:val="%d"/>`, cols(rows))
					}
					b.WriteString(`<w:tc><w:tcPr>` + span + `</w:tcPr>` + paragraph(c.text) + `</w:tc>`)
				}
				b.WriteString(`</w:tr>`)
			}
			b.WriteString(`</w:tbl>`)
		}
		return formZip("[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
			"_rels/.rels", fmt.Sprintf(relsOf, fmt.Sprintf(relOf, "r1", "officeDocument", "word/document1.xml")),
			"word/document1.xml", `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>`+
				b.String()+`</w:body></w:document>`)
	},
	"xlsx": func(title string, rows [][]formItem) string {
		if title != "" {
			rows = slices.Concat([][]formItem{{{text: title}}, {}}, rows)
		}
		var b strings.Builder
		for r, row := range rows {
			fmt.Fprintf(&b, `<row r="%d">`, r+1)
			for c, it := range row {
				ref := fmt.Sprintf("%c%d", 'B'+c, r+1)
				if it.number != "" {
					fmt.Fprintf(&b, `<c r="%s" s="%d"><v>%s</v></c>`, ref, it.style, it.number)
				} else {
					fmt.Fprintf(&b, `<c r="%s" t="inlineStr"><is><t>%s</t></is></c>`, ref, html.EscapeString(it.text))
				}
			}
			b.WriteString(`</row>`)
		}
		const ns = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
		return formZip("[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
			"_rels/.rels", fmt.Sprintf(relsOf, fmt.Sprintf(relOf, "r1", "officeDocument", "xl/workbook.xml")),
			"xl/workbook.xml", `<workbook `+ns+` xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`,
			"xl/_rels/workbook.xml.rels", fmt.Sprintf(relsOf, fmt.Sprintf(relOf, "r1", "worksheet", "worksheets/sheet1.xml")+
				fmt.Sprintf(relOf, "r2", "styles", "styles.xml")),
			"xl/styles.xml", `<styleSheet `+ns+`><cellXfs><xf/><xf numFmtId="3"/><xf numFmtId="14"/><xf numFmtId="9"/></cellXfs></styleSheet>`,
			"xl/worksheets/sheet1.xml", `<worksheet `+ns+`><cols><col min="1" max="12" width="70" customWidth="1"/></cols><sheetData>`+b.String()+`</sheetData></worksheet>`)
	},
	"odt": func(title string, rows [][]formItem) string {
		body := ""
		if title != "" {
			body = `<text:p>` + title + `</text:p>`
		}
		return openForm("text", body+openTable(rows, false))
	},
	"ods": func(title string, rows [][]formItem) string {
		if title != "" {
			rows = slices.Concat([][]formItem{{{text: title}}}, rows)
		}
		return openForm("spreadsheet", openTable(rows, true))
	},
}

// delimited is a table with a sign between its cells.
func delimited(rows [][]formItem, sign string, quoted bool) string {
	var b strings.Builder
	for _, row := range rows {
		for c, it := range row {
			if c > 0 {
				b.WriteString(sign)
			}
			if quoted && strings.Contains(it.text, sign) {
				it.text = `"` + it.text + `"`
			}
			b.WriteString(it.text)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// webForm is a form in HTML: a table or, if it has one column, paragraphs.
func webForm(title string, rows [][]formItem) string {
	var b strings.Builder
	if title != "" {
		b.WriteString("<h1>" + title + "</h1>")
	}
	if cols(rows) == 1 {
		for _, row := range rows {
			b.WriteString("<p>" + row[0].text + "</p>")
		}
		return b.String()
	}
	b.WriteString("<table>")
	for _, row := range rows {
		b.WriteString("<tr>")
		for _, c := range row {
			span := ""
			if len(row) == 1 {
				span = fmt.Sprintf(` colspan="%d"`, cols(rows))
			}
			b.WriteString("<td" + span + ">" + c.text + "</td>")
		}
		b.WriteString("</tr>")
	}
	return b.String() + "</table>"
}

// openTable is a table of OpenDocument; sheets have typed cells and begin in column B.
func openTable(rows [][]formItem, sheet bool) string {
	var b strings.Builder
	b.WriteString(`<table:table table:name="T">`)
	for _, row := range rows {
		b.WriteString(`<table:table-row>`)
		if sheet {
			b.WriteString(`<table:table-cell/>`)
		}
		for _, c := range row {
			attr := ""
			switch {
			case len(row) == 1 && cols(rows) > 1:
				attr = fmt.Sprintf(` table:number-columns-spanned="%d"`, cols(rows))
			case sheet && c.style == 1:
				attr = ` office:value-type="float" office:value="` + c.number + `"`
			case sheet && c.style == 2:
				attr = ` office:value-type="date" office:date-value="2024-03-05"`
			case sheet && c.style == 3:
				attr = ` office:value-type="percentage" office:value="` + c.number + `"`
			}
			b.WriteString(`<table:table-cell` + attr + `><text:p>` + c.text + `</text:p></table:table-cell>`)
		}
		b.WriteString(`</table:table-row>`)
	}
	return b.String() + `</table:table>`
}

// openForm is a file of OpenDocument.
func openForm(kind, body string) string {
	const ns = `xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"`
	return formZip("mimetype", "application/vnd.oasis.opendocument."+kind,
		"content.xml", `<office:document-content `+ns+`><office:body><office:`+kind+`>`+body+`</office:`+kind+`></office:body></office:document-content>`)
}

// The same form states the same facts in every format and layout, from the file to the assessment.
func TestTheSameFormInEveryFormatAndLayout(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "kheo.yaml"), []byte(formCampaign))
	write(t, filepath.Join(dir, "rules", "models.yaml"), []byte(formRules))
	var names []string
	for layout, rows := range formRows {
		for format, as := range formFormats {
			title := formTitle
			if layout == "titled" {
				title = ""
			}
			name := layout + "-as-" + format
			names = append(names, name)
			write(t, filepath.Join(dir, "inbox", name, "form."+format), []byte(as(title, rows())))
		}
	}
	run(t, dir)
	w := open(t, dir)
	slices.Sort(names)
	for _, name := range names {
		id, err := w.Resolve(context.Background(), name)
		if err != nil {
			t.Fatal(err)
		}
		a, err := w.Store.Assessments.Get(context.Background(), id)
		if err != nil || a == nil {
			t.Fatalf("%s is not assessed: %v", name, err)
		}
		var facts []string
		for i := range a.Facts {
			f := &a.Facts[i]
			v := fmt.Sprint(f.Value)
			if n, ok := f.Value.(float64); ok {
				v = strconv.FormatFloat(n, 'f', -1, 64)
			}
			facts = append(facts, f.Name+"="+v)
			if f.State != "certain" {
				facts[len(facts)-1] += " (" + string(f.State) + ")"
			}
		}
		slices.Sort(facts)
		if got := strings.Join(facts, " "); got != formFacts {
			t.Errorf("%s: %s", name, got)
		}
		if a.Title != "Tuyến đường hoa" || a.Unit != "south" {
			t.Errorf("%s: title %q, unit %q", name, a.Title, a.Unit)
		}
	}
}
