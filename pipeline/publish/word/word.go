// Package word writes Word documents (.docx) with paragraphs, headings and tables, and fills in documents that
// people wrote (Fill). A .docx file is a zip of XML parts (ECMA-376). The bytes depend on the content alone, with
// no times and no random ids, because lists must be the same on every machine; libraries that write Word documents
// do not promise it.
package word

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"

	"kheo/internal/visible"
)

// Doc is a Word document being written. The zero value is a portrait A4 page.
type Doc struct {
	Landscape bool
	// Official sets the margins of an official Vietnamese paper (top and bottom 20, left 30, right 15 mm) and puts
	// page numbers on top from page 2.
	Official bool
	body     strings.Builder // the XML of the paragraphs and tables so far
}

// Style says how a paragraph looks. The zero value is an ordinary paragraph.
type Style struct {
	Bold, Italic  bool
	Size          int    // half points; 0 is 13 points
	Align         string // "" left, or center, right, both
	Before, After int    // space, in twentieths of a point
	Left, First   int    // indents, in twentieths of a point
	Rule          bool   // a short line below it
	Next          bool   // stays on the page of the next
}

// Line is a paragraph in a table's cell.
type Line struct {
	Style Style
	Text  string // **bold** and *italic*
	Field *Field // instead of Text: a place to be filled in
}

// Field is a field of a form: a content control (ECMA-376-1, 17.5.2) whose name programs read.
type Field struct {
	Name, Label string
	Prompt      string // is shown until something is written
	Value       string // what is written; "" for none
}

// xml returns the field within a paragraph.
func (f *Field) xml() string {
	shown, prompt := f.Value, ""
	if shown == "" {
		shown, prompt = f.Prompt, "<w:showingPlcHdr/>"
	}
	return fmt.Sprintf(`<w:sdt><w:sdtPr><w:alias w:val="%s"/><w:tag w:val="%s"/>%s<w:text/></w:sdtPr><w:sdtContent>%s</w:sdtContent></w:sdt>`,
		escape(f.Label), escape(f.Name), prompt, run(shown, false, 0))
}

// escape returns text as XML. All text of documents passes through it: it also removes invisible characters that
// would make a line read differently from what it is.
func escape(s string) string {
	var b bytes.Buffer
	xml.EscapeText(&b, []byte(visible.Text(s))) // a bytes.Buffer takes everything
	return b.String()
}

// run returns a run of text, with a size in half points; 0 is that of the document.
func run(s string, bold bool, halfPoints int) string {
	pr := ""
	if bold {
		pr = "<w:b/>"
	}
	if halfPoints > 0 {
		pr += fmt.Sprintf(`<w:sz w:val="%d"/><w:szCs w:val="%d"/>`, halfPoints, halfPoints)
	}
	if pr != "" {
		pr = "<w:rPr>" + pr + "</w:rPr>"
	}
	return "<w:r>" + pr + `<w:t xml:space="preserve">` + escape(s) + "</w:t></w:r>"
}

// marks matches **bold** and *italic* words.
var marks = regexp.MustCompile(`\*\*([^*]+)\*\*|\*([^*]+)\*`)

// runs returns the XML of a text, a run for each change between plain, bold and italic.
func (s *Style) runs(text string) string {
	var b strings.Builder
	add := func(t string, bold, italic bool) {
		if t == "" {
			return
		}
		pr := ""
		if s.Bold || bold {
			pr += "<w:b/>"
		}
		if s.Italic || italic {
			pr += "<w:i/>"
		}
		if s.Size > 0 {
			pr += fmt.Sprintf(`<w:sz w:val="%d"/><w:szCs w:val="%d"/>`, s.Size, s.Size)
		}
		b.WriteString(`<w:r><w:rPr>` + pr + `</w:rPr><w:t xml:space="preserve">` + escape(t) + `</w:t></w:r>`)
	}
	at := 0
	for _, m := range marks.FindAllStringSubmatchIndex(text, -1) {
		add(text[at:m[0]], false, false)
		if m[2] >= 0 {
			add(text[m[2]:m[3]], true, false)
		} else {
			add(text[m[4]:m[5]], false, true)
		}
		at = m[1]
	}
	add(text[at:], false, false)
	return b.String()
}

// xml returns the line as a paragraph; width is that of its column, in twentieths of a point.
func (l *Line) xml(width int) string {
	s := &l.Style
	pr := ""
	if s.Next {
		pr += "<w:keepNext/>"
	}
	pr += fmt.Sprintf(`<w:spacing w:before="%d" w:after="%d"/><w:ind w:left="%d" w:firstLine="%d"/>`, s.Before,
		s.After, s.Left, s.First)
	if s.Align != "" {
		pr += fmt.Sprintf(`<w:jc w:val="%s"/>`, s.Align)
	}
	content := s.runs(l.Text)
	if l.Field != nil {
		content = l.Field.xml()
	}
	out := `<w:p><w:pPr>` + pr + `</w:pPr>` + content + `</w:p>`
	if s.Rule {
		// The rule is the upper border of an empty paragraph whose indents leave the middle third.
		side := width / 3
		out += fmt.Sprintf(`<w:p><w:pPr><w:pBdr><w:top w:val="single" w:sz="6" w:space="1" w:color="auto"/>`+
			`</w:pBdr><w:spacing w:before="60" w:after="0" w:line="120" w:lineRule="exact"/>`+
			`<w:ind w:left="%d" w:right="%d"/></w:pPr></w:p>`, side, side)
	}
	return out
}

// Styled adds a paragraph with a style.
func (d *Doc) Styled(s Style, text string) {
	d.body.WriteString((&Line{Style: s, Text: text}).xml(d.width()))
}

// width returns the width of the text in twentieths of a point: that of A4 (210 or 297 mm) without its margins.
func (d *Doc) width() int {
	w := 11906
	if d.Landscape {
		w = 16838
	}
	if d.Official {
		return w - officialLeft - officialRight
	}
	return w - 2*1134
}

// Grid adds a table whose cells contain lines; widths are in percent of the page. With header, the first
// row is repeated on every page.
func (d *Doc) Grid(widths []int, rows [][][]Line, header, borders bool) {
	full := d.width()
	d.tableHead(widths, full, borders)
	for i, r := range rows {
		d.rowHead(i == 0 && header)
		for k, cell := range r {
			w := full * widths[min(k, len(widths)-1)] / 100
			fmt.Fprintf(&d.body, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/></w:tcPr>`, w)
			for _, l := range cell {
				d.body.WriteString(l.xml(w))
			}
			if len(cell) == 0 {
				d.body.WriteString(`<w:p/>`)
			}
			d.body.WriteString(`</w:tc>`)
		}
		d.body.WriteString(`</w:tr>`)
	}
	d.body.WriteString(`</w:tbl>`)
}

// tableHead begins a table of a width in twentieths of a point.
func (d *Doc) tableHead(widths []int, full int, borders bool) {
	d.body.WriteString(`<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/>`)
	if borders {
		d.body.WriteString(`<w:tblBorders>`)
		for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
			fmt.Fprintf(&d.body, `<w:%s w:val="single" w:sz="4" w:space="0" w:color="808080"/>`, side)
		}
		d.body.WriteString(`</w:tblBorders>`)
	}
	d.body.WriteString(`<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>`)
	for _, w := range widths {
		fmt.Fprintf(&d.body, `<w:gridCol w:w="%d"/>`, full*w/100)
	}
	d.body.WriteString(`</w:tblGrid>`)
}

// rowHead begins a row.
func (d *Doc) rowHead(header bool) {
	d.body.WriteString(`<w:tr><w:trPr><w:cantSplit/>`)
	if header {
		d.body.WriteString(`<w:tblHeader/>`)
	}
	d.body.WriteString(`</w:trPr>`)
}

// Heading adds a heading; level 1 is the largest and centred.
func (d *Doc) Heading(level int, s string) {
	size, align := 26, ""
	if level == 1 {
		size, align = 30, `<w:jc w:val="center"/>`
	}
	fmt.Fprintf(&d.body, `<w:p><w:pPr><w:keepNext/><w:spacing w:before="160" w:after="80"/>%s</w:pPr>%s</w:p>`,
		align, run(s, true, size))
}

// Paragraph adds a paragraph.
func (d *Doc) Paragraph(s string) {
	fmt.Fprintf(&d.body, `<w:p><w:pPr><w:spacing w:after="100"/></w:pPr>%s</w:p>`, run(s, false, 0))
}

// Table adds a table of text; widths are in percent of the page. With header, the first row is repeated
// on every page.
func (d *Doc) Table(widths []int, rows [][]string, header, borders bool) {
	// Close to the width of the page between its margins; Word scales the columns to it.
	full := 9600
	if d.Landscape {
		full = 14400
	}
	d.tableHead(widths, full, borders)
	for i, r := range rows {
		d.rowHead(i == 0 && header)
		for k, c := range r {
			w := 100 / len(r)
			if k < len(widths) {
				w = widths[k]
			}
			fmt.Fprintf(&d.body, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/></w:tcPr>`, full*w/100)
			for _, p := range strings.Split(c, "\n") {
				d.body.WriteString(`<w:p>` + run(p, i == 0 && header, 0) + `</w:p>`)
			}
			d.body.WriteString(`</w:tc>`)
		}
		d.body.WriteString(`</w:tr>`)
	}
	d.body.WriteString(`</w:tbl><w:p/>`)
}

// Namespaces and types of Office Open XML (ECMA-376): parts 1 (WordprocessingML) and 2 (packages).
const (
	packageNS = "http://schemas.openxmlformats.org/package/2006/"
	wordNS    = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
	officeRel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	wordType  = "application/vnd.openxmlformats-officedocument.wordprocessingml."
)

// The parts of a document that are always the same: the list of its parts, their relations, the number of the page in
// the header of official papers, and the default font, Times New Roman of 13 points.
const (
	contentTypes = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="` + packageNS + `content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/word/document.xml" ContentType="` + wordType + `document.main+xml"/>` +
		`<Override PartName="/word/styles.xml" ContentType="` + wordType + `styles+xml"/>` +
		`</Types>`
	packageRels = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="` + packageNS + `relationships">` +
		`<Relationship Id="rId1" Type="` + officeRel + `/officeDocument" Target="word/document.xml"/>` +
		`</Relationships>`
	documentRels = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="` + packageNS + `relationships">` +
		`<Relationship Id="rId1" Type="` + officeRel + `/styles" Target="styles.xml"/>` +
		`</Relationships>`
	officialTypes = `<Override PartName="/word/header1.xml" ContentType="` + wordType + `header+xml"/>` +
		`</Types>`
	officialRels = `<Relationship Id="rId2" Type="` + officeRel + `/header" Target="header1.xml"/>` +
		`</Relationships>`
	pageNumber = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:hdr xmlns:w="` + wordNS + `"><w:p><w:pPr>` +
		`<w:jc w:val="center"/></w:pPr><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r>` +
		`<w:instrText xml:space="preserve"> PAGE </w:instrText></w:r><w:r>` +
		`<w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>2</w:t></w:r><w:r>` +
		`<w:fldChar w:fldCharType="end"/></w:r></w:p></w:hdr>`
	styles = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:styles xmlns:w="` + wordNS + `"><w:docDefaults>` +
		`<w:rPrDefault><w:rPr>` +
		`<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:cs="Times New Roman"` +
		` w:eastAsia="Times New Roman"/>` +
		`<w:sz w:val="26"/><w:szCs w:val="26"/></w:rPr></w:rPrDefault></w:docDefaults></w:styles>`
)

// Margins of an official paper, in twentieths of a point: 30 and 15 mm.
const (
	officialLeft  = 1701
	officialRight = 851
)

// pageMargins is the XML of the margins of a page, in twentieths of a point: 1134 is 20 mm.
func pageMargins(left, right int) string {
	return fmt.Sprintf(`<w:pgMar w:top="1134" w:right="%d" w:bottom="1134" w:left="%d" w:header="567" w:footer="567"`+
		` w:gutter="0"/>`, right, left)
}

// Bytes returns the document as a file. The same content gives the same bytes.
func (d *Doc) Bytes() ([]byte, error) {
	size := `<w:pgSz w:w="11906" w:h="16838"/>`
	if d.Landscape {
		size = `<w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/>`
	}
	names := ""
	margins, reference, types, rels := pageMargins(1134, 1134), "", contentTypes, documentRels
	if d.Official {
		margins = pageMargins(officialLeft, officialRight) + `<w:titlePg/>`
		names = ` xmlns:r="` + officeRel + `"`
		reference = `<w:headerReference w:type="default" r:id="rId2"/>`
		types = strings.Replace(types, "</Types>", officialTypes, 1)
		rels = strings.Replace(rels, "</Relationships>", officialRels, 1)
	}
	doc := `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:document xmlns:w="` + wordNS + `"` + names + `><w:body>` + d.body.String() +
		`<w:sectPr>` + reference + size + margins + `</w:sectPr></w:body></w:document>`
	// Word expects the list of parts to come first.
	parts := []struct{ name, data string }{
		{"[Content_Types].xml", types}, {"_rels/.rels", packageRels}, {"word/document.xml", doc},
		{"word/_rels/document.xml.rels", rels}, {"word/styles.xml", styles},
	}
	if d.Official {
		parts = append(parts, struct{ name, data string }{"word/header1.xml", pageNumber})
	}
	var out bytes.Buffer
	zw := zip.NewWriter(&out)
	for _, p := range parts {
		w, err := zw.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Deflate})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write([]byte(p.data)); err != nil {
			return nil, err
		}
	}
	if err := zw.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
