package sheets

import (
	"encoding/xml"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/parts"
	"kheo/pipeline/extract/internal/sight"
)

// How far from the last cell with content a shape is too far away to be scrolled to.
const (
	farCols = 60
	farRows = 400
)

// drawingReader reads a drawing of a sheet (20.5): text boxes, and what lies over cells. Its fields are the
// state of one pass over the part, in which anchors, shapes and texts are within one another.
type drawingReader struct {
	layout.Flow
	view    *view
	others  map[string]string // charts and diagrams by relationship
	last    place             // the last row and the last column with content
	from    place
	to      place
	corner  *place // of which row and col are being read
	offsets [4]int // of both corners within their cells, in EMU
	number  string // row, col, rowOff or colOff
	twoCell bool
	sized   bool // the anchor has a size, and it is none
	seen    dossier.Visibility
	opaque  bool
	inText  bool
	shape   bool // inside the properties of a shape
	textual bool // inside its text
	colour  *sight.Colour
	fill    *sight.Colour
	noFill  bool
	size    float64
	line    int  // inside the properties of an outline
	run     bool // inside the properties of a run
	hidden  bool
	charts  []*layout.Node
}

// drawing reads a drawing, and returns its text boxes and charts. It notes on the view which cells lie
// behind shapes.
func (v *view) drawing(b []byte, part string) []*layout.Node {
	r := &drawingReader{view: v, others: v.book.Related(part)}
	r.Region = dossier.TextBoxRegion
	for i := range v.sheet.lines {
		if n := len(v.sheet.lines[i].cells); n > 0 {
			r.last = place{v.sheet.lines[i].row, max(r.last.col, v.sheet.lines[i].cells[n-1].col)}
		}
	}
	parts.Walk(b, r.start, r.end, func(s string) { // after damage, what was read before counts
		switch {
		case r.number != "":
			r.coordinate(s)
		case r.inText:
			r.text(s)
		}
	})
	v.hidden.WriteString(r.Hidden.String())
	return append(r.Nodes(), r.charts...)
}

// coordinate reads a row, a column or an offset of an anchor. Offsets are kept as row and column of the
// first corner, then of the second.
func (r *drawingReader) coordinate(s string) {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || r.corner == nil {
		return
	}
	second := 0
	if r.corner == &r.to {
		second = 2
	}
	switch r.number {
	case "row":
		r.corner.row = n
	case "col":
		r.corner.col = n
	case "rowOff":
		r.offsets[second] = n
	case "colOff":
		r.offsets[second+1] = n
	}
}

// text adds text of a shape. Without a fill the shape shows the cells behind it, whose colours are not
// known here.
func (r *drawingReader) text(s string) {
	seen := r.seen
	ground := sight.Ground{Colour: sight.White, Unknown: r.fill == nil}
	if r.fill != nil {
		ground = sight.Ground{Colour: *r.fill}
	}
	if r.colour != nil {
		seen = sight.Worse(seen, r.colour.On(ground))
	}
	if r.size > 0 && r.size < sight.HiddenSize {
		seen = dossier.Unseen
	}
	if seen == dossier.Unseen {
		r.Hide(s)
		return
	}
	r.Add(s)
	if seen != "" {
		r.Open().Visibility = seen
	}
}

// start handles the beginning of an element: here those of the anchor, which gives the place of a shape
// (20.5.2).
func (r *drawingReader) start(e xml.StartElement) {
	switch name := e.Name.Local; name {
	case "twoCellAnchor", "oneCellAnchor", "absoluteAnchor":
		r.twoCell, r.sized, r.seen, r.opaque, r.hidden = name == "twoCellAnchor", false, "", false, false
		r.from, r.to, r.offsets = place{}, place{}, [4]int{}
	case "from":
		r.corner = &r.from
	case "to":
		r.corner = &r.to
	case "row", "col", "rowOff", "colOff":
		r.number = name
	case "ext":
		if x, y := number(e, "cx"), number(e, "cy"); x >= 0 && y >= 0 && (x < minExtent || y < minExtent) {
			r.sized = true
		}
	default:
		r.startShape(e)
	}
}

// minExtent is the width or height, in EMU, of a shape of which nothing is seen: less than half a point.
const minExtent = 5000

// startShape handles the beginning of an element of a shape.
func (r *drawingReader) startShape(e xml.StartElement) {
	switch name := e.Name.Local; name {
	case "sp", "cxnSp", "pic", "graphicFrame":
		r.place()
		r.shape, r.noFill, r.fill = true, false, nil
		r.opaque = r.opaque || name == "pic"
	case "cNvPr":
		if truth(e, "hidden", false) {
			r.hidden, r.seen = true, dossier.Unseen
		}
	case "ln":
		r.line++
	case "noFill":
		r.noFill = r.noFill || r.shape && r.line == 0
	case "srgbClr", "schemeClr", "sysClr":
		r.paint(e)
	case "chart", "relIds":
		r.other(e)
	default:
		r.startText(e)
	}
}

// startText handles the beginning of an element of the text in a shape (DrawingML, 21.1.2).
func (r *drawingReader) startText(e xml.StartElement) {
	switch name := e.Name.Local; name {
	case "txBody":
		r.textual, r.shape = true, false
		if r.sized {
			r.seen = dossier.Unseen
		}
	case "rPr", "defRPr", "endParaRPr":
		r.run = name == "rPr"
		if r.run {
			r.colour, r.size = nil, 0
			if n := number(e, "sz"); n > 0 { // in hundredths of a point
				r.size = float64(n) / 100
			}
		}
	case "r":
		r.colour, r.size = nil, 0
	case "t":
		r.inText = true
	case "br":
		if r.textual {
			r.Add("\n")
		}
	}
}

// place decides by its anchor whether a shape is seen: not if both corners are in one place, or if all rows
// or columns that it spans are hidden.
func (r *drawingReader) place() {
	switch {
	case r.hidden:
	case r.twoCell && r.from == r.to && (r.offsets[0] >= r.offsets[2] || r.offsets[1] >= r.offsets[3]),
		r.twoCell && r.allHidden():
		r.seen = dossier.Unseen
	case r.from.row > r.last.row+farRows || r.from.col > r.last.col+farCols:
		r.seen = dossier.Uncertain
	}
}

// allHidden reports whether all rows, or all columns, that a shape spans are hidden. Of a large shape the
// first 1000 count.
func (r *drawingReader) allHidden() bool {
	rows, cols := true, true
	for row := r.from.row; row <= min(r.to.row, r.from.row+1000) && rows; row++ {
		rows = r.view.sheet.rowHidden(row)
	}
	for col := r.from.col; col <= min(r.to.col, r.from.col+1000) && cols; col++ {
		_, hidden := r.view.sheet.columnAt(col)
		cols = cols && hidden
	}
	return rows || cols
}

// paint notes a colour of a shape or of a run. The first colour within the properties of a shape is its
// fill, unless it is within the outline.
func (r *drawingReader) paint(e xml.StartElement) {
	c, ok := sight.Hex(parts.Attr(e, "val"))
	switch e.Name.Local {
	case "schemeClr":
		c, ok = r.view.book.styles.theme.Named(parts.Attr(e, "val"))
	case "sysClr":
		c, ok = sight.Hex(parts.Attr(e, "lastClr"))
	}
	switch {
	case !ok:
	case r.textual && r.run && r.line == 0:
		r.colour = &c
	case r.shape && r.line == 0 && r.fill == nil && !r.noFill:
		r.fill = &c
		r.opaque = true
	}
}

// other reads a chart or a diagram.
func (r *drawingReader) other(e xml.StartElement) {
	id := parts.Attr(e, "id")
	if e.Name.Local == "relIds" {
		id = parts.Attr(e, "dm")
	}
	part := r.others[id]
	if part == "" || r.seen == dossier.Unseen || r.view.book.drawn == nil {
		return
	}
	r.opaque = true
	if b, err := r.view.book.Part(part); err == nil {
		nodes := r.view.book.drawn(b)
		for _, n := range nodes {
			n.Region = dossier.TextBoxRegion
			n.Visibility = sight.Worse(n.Visibility, r.seen)
		}
		r.charts = append(r.charts, nodes...)
	}
}

// end handles the end of an element.
func (r *drawingReader) end(name string) {
	switch name {
	case "from", "to":
		r.corner = nil
	case "row", "col", "rowOff", "colOff":
		r.number = ""
	case "ln":
		r.line = max(r.line-1, 0)
	case "rPr":
		r.run = false
	case "t":
		r.inText = false
	case "p":
		if r.textual {
			r.Paragraph()
		}
	case "txBody":
		r.textual = false
	case "sp", "pic", "graphicFrame":
		r.shape = false
	case "twoCellAnchor":
		r.cover()
	}
}

// maxCovered bounds the areas that drawings cover: each cell is compared to each of them.
const maxCovered = 1000

// Offsets in EMU (12,700 to a point) from which a drawing leaves the first row, or the first column,
// readable: about a third of an ordinary row, and of an ordinary column.
const (
	rowStaysClear = 60_000
	colStaysClear = 200_000
)

// cover notes the cells that lie behind an opaque shape as a whole. The shape ends within the cell of its
// second corner, so that cell is not among them.
func (r *drawingReader) cover() {
	if !r.opaque || r.hidden || r.seen != "" || len(r.view.covered) >= maxCovered {
		return
	}
	a := area{place{r.from.row, r.from.col}, place{r.to.row - 1, r.to.col - 1}}
	if r.offsets[0] > rowStaysClear {
		a.from.row++
	}
	if r.offsets[1] > colStaysClear {
		a.from.col++
	}
	if a.from.row <= a.to.row && a.from.col <= a.to.col {
		r.view.covered = append(r.view.covered, a)
	}
}
