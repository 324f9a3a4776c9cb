package extract

import (
	"bytes"
	"encoding/xml"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/parts"
)

// readODF reads an OpenDocument: a text is one page; each sheet of a spreadsheet and each slide of a
// presentation is one.
func readODF(data []byte, res *Result, u *unpacker) {
	o, err := openOffice(data)
	if err != nil {
		fail(res, err)
		return
	}
	if b, err := o.Part("META-INF/manifest.xml"); err == nil && bytes.Contains(b, []byte("encryption-data")) {
		res.Error = Protected
		return
	}
	body, err := o.Part("content.xml")
	if err != nil {
		fail(res, err)
		return
	}
	head := &odfWalker{}
	if b, err := o.Part("styles.xml"); err == nil && res.Type == typeODT {
		head.margins = true
		head.walk(b) // headers and footers; what can be read of it counts
	}
	w := &odfWalker{fonts: head.fonts}
	w.Flow.Append(head.Nodes(), dossier.HeaderRegion)
	err = w.walk(body)
	w.endPage()
	if err != nil && !hasText(w.pages) {
		fail(res, err)
		return
	}
	res.Pages = w.pages
	all := ""
	for _, p := range w.pages {
		all += p.Text
	}
	if err := o.inside(u, all); err != nil {
		res.Detail = err.Error()
	}
}

// odfWalker walks OpenDocument's content and styles.
type odfWalker struct {
	layout.Flow
	pages   []dossier.Page
	margins bool // only headers and footers are wanted
	wanted  int  // inside one of those
	skip    int  // inside deleted text, annotations, styles
	paras   int  // open paragraphs
	repeat  int  // how often the open cell is repeated
	rows    int  // how often the open row is repeated
	row     *layout.Row
	cells   int
	sheets  bool
	hides   bool              // the open sheet is not shown
	style   string            // the style that is being defined
	fonts   map[string]string // font by style
	unshown map[string]bool   // styles that are not shown
	spans   []string          // styles of the open paragraphs and spans
}

// odfSkipped are elements whose text is not part of the document.
var odfSkipped = map[string]bool{"tracked-changes": true, "annotation": true, "forms": true, "script": true,
	"scripts": true, "desc": true, "title": true}

// walk adds the text of one part.
func (w *odfWalker) walk(b []byte) error {
	if w.fonts == nil {
		w.fonts = map[string]string{}
	}
	w.unshown = map[string]bool{}
	return parts.Walk(b, w.start, w.end, func(s string) {
		if w.skip > 0 || w.paras == 0 || w.margins && w.wanted == 0 {
			return
		}
		s = strings.Map(func(r rune) rune {
			if r == '\n' || r == '\r' || r == '\t' {
				return ' '
			}
			return r
		}, s)
		font, hidden := "", w.hides
		for _, style := range w.spans {
			if f := w.fonts[style]; f != "" {
				font = f
			}
			hidden = hidden || w.unshown[style]
		}
		if hidden {
			w.Hide(s)
			return
		}
		w.Run(s, font)
	})
}

// start handles the beginning of an element.
func (w *odfWalker) start(e xml.StartElement) {
	if odfSkipped[e.Name.Local] {
		w.skip++
	}
	switch e.Name.Local {
	case "header", "footer":
		w.wanted++
	case "style", "text-properties", "table-properties":
		w.startStyle(e)
	case "p", "h":
		w.paras++
		w.spans = append(w.spans, parts.Attr(e, "style-name"))
	case "span":
		w.spans = append(w.spans, parts.Attr(e, "style-name"))
	case "s", "tab", "line-break":
		w.space(e)
	case "spreadsheet":
		w.sheets = true
	case "table":
		if w.sheets && !w.InCell() {
			w.endPage()
			w.hides = w.unshown[parts.Attr(e, "style-name")]
		}
		w.BeginTable()
	case "page":
		w.endPage()
	case "table-row":
		w.rows = repeated(e, "number-rows-repeated", maxRepeated)
		w.row = w.BeginRow()
	case "table-cell", "covered-table-cell":
		w.repeat = repeated(e, "number-columns-repeated", maxRepeated)
		w.BeginCell()
	}
}

// startStyle notes the font of a style, and whether it is shown.
func (w *odfWalker) startStyle(e xml.StartElement) {
	switch e.Name.Local {
	case "style":
		w.style = parts.Attr(e, "name")
	case "text-properties":
		if f := parts.Attr(e, "font-name"); f != "" {
			w.fonts[w.style] = f
		}
		if parts.Attr(e, "display") == "none" {
			w.unshown[w.style] = true
		}
	case "table-properties":
		if parts.Attr(e, "display") == "false" {
			w.unshown[w.style] = true
		}
	}
}

// space adds spaces, tabs and line breaks, which are elements.
func (w *odfWalker) space(e xml.StartElement) {
	switch e.Name.Local {
	case "s":
		if n, _ := strconv.Atoi(parts.Attr(e, "c")); w.paras > 0 {
			w.Add(strings.Repeat(" ", min(max(n, 1), 100)))
		}
	case "tab":
		if w.paras > 0 {
			w.Flush()
			w.Add("\t")
		}
	case "line-break":
		w.Flush()
		w.Add("\n")
	}
}

// maxRepeated bounds how often a row or cell is written that the document repeats.
const maxRepeated = 200

// maxCells bounds the cells of a spreadsheet that repeats them.
const maxCells = 2_000_000

// repeated returns a count of repetitions, 1 to max.
func repeated(e xml.StartElement, name string, max int) int {
	n, err := strconv.Atoi(parts.Attr(e, name))
	if err != nil || n < 1 {
		return 1
	}
	return min(n, max)
}

// end handles the end of an element.
func (w *odfWalker) end(name string) {
	if odfSkipped[name] {
		w.skip--
	}
	switch name {
	case "header", "footer":
		w.wanted--
	case "p", "h", "span":
		if n := len(w.spans); n > 0 {
			w.spans = w.spans[:n-1]
		}
		if name == "span" {
			break
		}
		w.paras--
		if w.skip == 0 && (!w.margins || w.wanted > 0) {
			w.Paragraph()
		}
	case "table-cell", "covered-table-cell":
		w.endODFCell()
	case "table-row":
		w.endODFRow()
	case "table":
		w.EndTable()
	}
}

// endODFCell ends a cell, and repeats it as often as a spreadsheet does.
func (w *odfWalker) endODFCell() {
	w.EndCell()
	row := w.Row()
	if w.repeat <= 1 || !w.sheets || w.cells >= maxCells || row == nil || len(row.Cells) == 0 {
		return
	}
	last := row.Cells[len(row.Cells)-1]
	times := w.repeat - 1
	if strings.TrimSpace(layout.Raw(last.Nodes)) == "" {
		times = min(times, 30)
	} else {
		w.cells += w.repeat
	}
	for range times {
		row.Cells = append(row.Cells, last)
	}
}

// endODFRow ends a row, and repeats it as often as a spreadsheet does, unless it is empty.
func (w *odfWalker) endODFRow() {
	w.EndRow()
	table := w.Table()
	if !w.sheets || w.rows <= 1 || w.cells >= maxCells || table == nil || w.row == nil {
		return
	}
	for _, c := range w.row.Cells {
		if strings.TrimSpace(layout.Raw(c.Nodes)) != "" {
			for range w.rows - 1 {
				table.Rows = append(table.Rows, w.row)
			}
			w.cells += w.rows
			return
		}
	}
}

// endPage ends a sheet or a slide, and the document at its end.
func (w *odfWalker) endPage() {
	p := w.Page(len(w.pages)+1, "odf")
	w.Flow = layout.Flow{}
	w.hides = false
	if strings.TrimSpace(p.Text) == "" && p.Hidden == "" && len(w.pages) == 0 && w.sheets {
		return // text before the first sheet
	}
	if strings.TrimSpace(p.Text) != "" || p.Hidden != "" || w.sheets {
		w.pages = append(w.pages, p)
	}
}
