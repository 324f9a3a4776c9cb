// Package word writes Word documents (.docx): paragraphs, headings and tables,
// no more. The bytes depend on the content alone, which the libraries that
// write Word do not promise; lists must be the same on every machine.
package word

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
)

// Doc is a Word document being written. The zero value is a portrait A4 page.
type Doc struct {
	Landscape bool
	body      strings.Builder
}

func escape(s string) string {
	var b bytes.Buffer
	xml.EscapeText(&b, []byte(s)) // a bytes.Buffer takes everything
	return b.String()
}

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

// Heading adds a heading; level 1 is the largest and centred.
func (d *Doc) Heading(level int, s string) {
	size, align := 26, ""
	if level == 1 {
		size, align = 30, `<w:jc w:val="center"/>`
	}
	fmt.Fprintf(&d.body, `<w:p><w:pPr><w:keepNext/><w:spacing w:before="160" w:after="80"/>%s</w:pPr>%s</w:p>`, align, run(s, true, size))
}

// Paragraph adds a paragraph.
func (d *Doc) Paragraph(s string) {
	fmt.Fprintf(&d.body, `<w:p><w:pPr><w:spacing w:after="100"/></w:pPr>%s</w:p>`, run(s, false, 0))
}

// Table adds a table; widths are in percent of the page. The first row is a
// header that is repeated on every page where header is true.
func (d *Doc) Table(widths []int, rows [][]string, header, borders bool) {
	d.body.WriteString(`<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/>`)
	if borders {
		d.body.WriteString(`<w:tblBorders>`)
		for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
			fmt.Fprintf(&d.body, `<w:%s w:val="single" w:sz="4" w:space="0" w:color="808080"/>`, side)
		}
		d.body.WriteString(`</w:tblBorders>`)
	}
	d.body.WriteString(`<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>`)
	full := 9600
	if d.Landscape {
		full = 14400
	}
	for _, w := range widths {
		fmt.Fprintf(&d.body, `<w:gridCol w:w="%d"/>`, full*w/100)
	}
	d.body.WriteString(`</w:tblGrid>`)
	for i, r := range rows {
		d.body.WriteString(`<w:tr><w:trPr><w:cantSplit/>`)
		if i == 0 && header {
			d.body.WriteString(`<w:tblHeader/>`)
		}
		d.body.WriteString(`</w:trPr>`)
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

const (
	contentTypes = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/></Types>`
	packageRels = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`
	documentRels = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`
	styles = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:cs="Times New Roman" w:eastAsia="Times New Roman"/><w:sz w:val="26"/><w:szCs w:val="26"/></w:rPr></w:rPrDefault></w:docDefaults></w:styles>`
)

// Bytes returns the document.
func (d *Doc) Bytes() ([]byte, error) {
	size := `<w:pgSz w:w="11906" w:h="16838"/>`
	if d.Landscape {
		size = `<w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/>`
	}
	doc := `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>` + d.body.String() +
		`<w:sectPr>` + size + `<w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr></w:body></w:document>`
	var out bytes.Buffer
	zw := zip.NewWriter(&out)
	for _, p := range []struct{ name, data string }{
		{"[Content_Types].xml", contentTypes}, {"_rels/.rels", packageRels}, {"word/document.xml", doc},
		{"word/_rels/document.xml.rels", documentRels}, {"word/styles.xml", styles},
	} {
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
