package word

import (
	"math"
	"strconv"

	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/parts"
)

// This file notes where the geometry of pages, tables and drawings leaves no room for text, or puts something over it.

// geometryElements are the elements that say where text is, or in which order its letters are drawn.
var geometryElements = map[string]func(*walker, *parts.Element, *frame){
	"tblInd": tableIndent, "tblLayout": tableLayout, "tcW": cellWidth,
	"pgSz": pageSize, "pgMar": pageMargins, "cols": pageColumns,
	"bdo": forcedOrder, "show": phantom,
	"wrapNone": func(w *walker, _ *parts.Element, _ *frame) {
		if c := w.stack.cover(); c != nil {
			c.free = true
		}
	},
	"pic": func(w *walker, _ *parts.Element, _ *frame) {
		if c := w.stack.cover(); c != nil {
			c.picture = true
		}
	},
	"positionV": func(w *walker, e *parts.Element, _ *frame) {
		if c := w.stack.cover(); c != nil {
			c.from = parts.Attr(e.StartElement, "relativeFrom")
		}
	},
}

// twips returns a length that an attribute states in twips; ok is false if it is none.
func twips(e *parts.Element, name string) (n int, ok bool) {
	n, err := strconv.Atoi(parts.Attr(e.StartElement, name))
	return n, err == nil
}

// tableIndent hides a table that is indented off the page.
func tableIndent(w *walker, e *parts.Element, _ *frame) {
	n, ok := twips(e, "w")
	if ok && w.former == 0 && parts.Attr(e.StartElement, "type") != "pct" && isIndentedOff(n) {
		w.mark("tbl", 0, 1, 0)
	}
}

// tableLayout notes that the columns of the open table do not adapt to what is in them (17.4.52).
func tableLayout(w *walker, e *parts.Element, _ *frame) {
	if t := w.stack.table(); t != nil && w.former == 0 {
		t.fixed = parts.Attr(e.StartElement, "type") == "fixed"
	}
}

// narrowCell is the width in twips under which a cell of a fixed layout may show nothing of its text: between its
// usual margins of 108 twips there is no room for two letters.
const narrowCell = 340

// cellWidth takes into account that a cell is too narrow for its text.
func cellWidth(w *walker, e *parts.Element, _ *frame) {
	t := w.stack.table()
	n, ok := twips(e, "w")
	if t != nil && t.fixed && ok && w.former == 0 && parts.Attr(e.StartElement, "type") == "dxa" &&
		n > 0 && n < narrowCell {
		w.mark("tc", 0, 0, 1)
	}
}

// forcedOrder takes into account that letters are drawn from right to left, whatever script they are of (17.3.2.3).
func forcedOrder(_ *walker, e *parts.Element, f *frame) {
	if parts.Attr(e.StartElement, "val") == "rtl" {
		f.doubt = 1
	}
}

// phantom hides what a formula leaves room for and does not show (22.1.2.81).
func phantom(w *walker, e *parts.Element, _ *frame) {
	if w.stack.parent("phantPr") && toggleOf(e.StartElement) == off {
		w.mark("phant", 0, 1, 0)
	}
}

// room is what the page of the open section leaves for text, in twips; 0 is not stated.
type room struct{ width, height, left, right, top, bottom, columns, space int }

// Least room for text in twips: 30 points for a line, 15 for its height.
const (
	leastWidth  = 600
	leastHeight = 300
)

// pageSize and pageMargins read the page of a section, whose properties come behind its text.
func pageSize(w *walker, e *parts.Element, _ *frame) {
	if w.former == 0 {
		w.room.width, _ = twips(e, "w")
		w.room.height, _ = twips(e, "h")
	}
}

func pageMargins(w *walker, e *parts.Element, _ *frame) {
	if w.former == 0 {
		w.room.left, _ = twips(e, "left")
		w.room.right, _ = twips(e, "right")
		w.room.top, _ = twips(e, "top")
		w.room.bottom, _ = twips(e, "bottom")
	}
}

// pageColumns reads into how many columns the text of a section is divided.
func pageColumns(w *walker, e *parts.Element, _ *frame) {
	if w.former == 0 && parts.Attr(e.StartElement, "equalWidth") != "0" {
		w.room.columns, _ = twips(e, "num")
		w.room.space, _ = twips(e, "space")
	}
}

// endSection ends a section. If its page has no room for text between its margins, its text is uncertain.
func endSection(w *walker, _ *frame) {
	w.section = len(w.margins)
	if w.para() != nil { // the section ends with this paragraph, whose text follows its properties
		w.closing = true
		return
	}
	closeSection(w)
}

// closeSection judges the room of the section that ends, and begins the next one.
func closeSection(w *walker) {
	r, flow := w.room, w.flows[0]
	nodes := flow.Nodes()
	width := r.width - max(0, r.left) - max(0, r.right)
	if r.columns > 1 {
		width = (width - (r.columns-1)*r.space) / r.columns
	}
	if r.width != 0 && width < leastWidth ||
		r.height != 0 && r.height-max(0, r.top)-max(0, r.bottom) < leastHeight {
		narrow(nodes[min(w.sectionNode, len(nodes)):])
	}
	w.covered = 0
	w.room, w.sectionNode, w.closing = room{}, len(nodes), false
}

// narrow marks blocks, and what is in the cells of tables among them, as uncertain.
func narrow(nodes []*layout.Node) {
	doubt(nodes)
	for _, n := range nodes {
		if n.Table == nil {
			continue
		}
		for _, row := range n.Table.Rows {
			for _, c := range row.Cells {
				narrow(c.Nodes)
			}
		}
	}
}

// cover is a drawing that may lie over text.
type cover struct {
	front   bool    // it is drawn over the text, and not behind it
	free    bool    // text does not flow around it
	picture bool    // it is a picture
	opaque  bool    // it is a shape that is filled and has no text of its own
	width   float64 // in points
	height  float64
	top     float64 // from what from names, in points
	from    string  // what its place is measured from: paragraph, line, page …
}

// cover returns the innermost open drawing that is anchored to a place; nil outside of such.
func (s frames) cover() *cover {
	if f := s.top(func(f *frame) bool { return f.cover != nil }); f != nil {
		return f.cover
	}
	return nil
}

// Sizes from which a drawing over text matters, in points: a shape as wide as a few words, and a picture that is wider
// than a stamp or a signature, which are put over names and dates on purpose. Pictures of framePicture of the page's
// height are the frames of title pages. What is placed on the page and not beside text matters from coveringPage of
// the page's area on.
const (
	coveringShape   = 100
	coveringPicture = 300
	framePicture    = 0.6
	coveringPage    = 0.5
)

// endAnchor ends a drawing that is anchored to a paragraph. If it lies over text, the text under it is uncertain. Where
// lines are is estimated: each paragraph has at least one.
func endAnchor(w *walker, f *frame) {
	c := f.cover
	if c == nil || !c.front || !c.free || len(w.flows) > 1 || w.skip > 0 || c.height < usualLine/2 {
		return
	}
	sheet := w.doc.pages()
	if !(c.opaque && c.width >= coveringShape ||
		c.picture && c.width >= coveringPicture && c.height < framePicture*sheet.height) {
		return
	}
	from, to := c.top, c.top+c.height
	beside := c.from == "paragraph" || c.from == "line"
	if !beside {
		if c.width*c.height < coveringPage*sheet.width*sheet.height {
			return
		}
		from, to = -sheet.height, sheet.height
	}
	reach := to // below the paragraph
	nodes := w.flows[0].Nodes()
	if p := w.para(); p != nil && p.leaf != nil && len(nodes) > 0 && nodes[len(nodes)-1] == p.leaf {
		nodes = nodes[:len(nodes)-1]
	}
	for i := len(nodes) - 1; i >= 0 && from < -usualLine/2; i-- {
		h := height(nodes[i])
		if to > usualLine/2-h {
			narrow(nodes[i : i+1])
		}
		from, to = from+h, to+h
	}
	w.covered = max(w.covered, reach)
	w.uncovered = max(0, c.top)
}

// height estimates the height of a block in points, by lines of about 90 letters.
func height(n *layout.Node) float64 {
	return usualLine * math.Ceil(float64(1+len([]rune(layout.Raw([]*layout.Node{n}))))/90)
}

// coverParagraph marks the paragraph that ends if a drawing before it reaches over it.
func coverParagraph(w *walker, leaf *layout.Node) {
	if w.covered <= 0 || len(w.flows) > 1 {
		return
	}
	h := usualLine
	if leaf != nil {
		h = height(leaf)
		if w.uncovered < h/2 && w.covered > usualLine/2 {
			doubt([]*layout.Node{leaf})
		}
	}
	w.covered, w.uncovered = w.covered-h, max(0, w.uncovered-h)
}

// isOpaque reports whether a shape hides what is behind it.
func (s *shape) isOpaque() bool {
	return !s.none && s.letters == 0 && (s.unknown || s.fill != nil && s.fill.Known)
}
