package word

import (
	"strconv"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/parts"
	"kheo/pipeline/extract/internal/sight"
)

// beginTable opens a table, in the default style for tables until it states another.
func beginTable(w *walker, _ *parts.Element, f *frame) {
	f.table = &table{out: w.flow().BeginTable(), spans: map[int]*layout.Cell{}}
	if w.doc.styles.table != "" {
		w.styleOf(f.table, w.doc.styles.table)
	}
}

// endTable closes a table.
func endTable(w *walker, _ *frame) { w.flow().EndTable() }

// styleOf gives a table what its style states about its cells.
func (w *walker) styleOf(t *table, id string) {
	s := w.doc.styles.of(id)
	t.look, t.base, t.shades, t.shaded = s, s.cell, s.shade, s.shades
	t.firstRow = s.firstRow
}

// beginRow opens a row.
func beginRow(w *walker, _ *parts.Element, _ *frame) {
	w.flow().BeginRow()
	if t := w.stack.table(); t != nil {
		t.row++
		t.col, t.exact = 0, 0
	}
}

// endRow closes a row, and removes one that a tracked change deleted.
func endRow(w *walker, f *frame) {
	row := w.flow().Row()
	w.flow().EndRow()
	if t := w.stack.table(); t != nil && row != nil && f.skip > 0 { // the row was deleted
		t.out.Rows = t.out.Rows[:len(t.out.Rows)-1]
	} else if row != nil && f.hide > 0 {
		row.Hidden = true
	}
}

// beginCell opens a cell in the next free column.
func beginCell(w *walker, _ *parts.Element, _ *frame) {
	c := w.flow().BeginCell()
	if t := w.stack.table(); t != nil {
		c.Col, c.ColSpan = t.col, 1
		t.open, t.bold, t.text = c, true, false
	}
}

// cellProperty notes how many columns and rows a cell spans.
func cellProperty(w *walker, e *parts.Element, _ *frame) {
	t := w.stack.table()
	if t == nil || t.open == nil || w.former > 0 {
		return
	}
	val := parts.Attr(e.StartElement, "val")
	switch e.Name.Local {
	case "gridSpan":
		if n, err := strconv.Atoi(val); err == nil && n > 0 && n < 1000 {
			t.open.ColSpan = n
		}
	case "vMerge":
		t.merge = val
		if val == "" {
			t.merge = "continue"
		}
	case "hMerge":
		if val != "restart" {
			t.across = true
		}
	}
}

// endCell closes a cell. One that continues the cell above it (w:vMerge) or before it (w:hMerge) is joined
// to that.
func endCell(w *walker, f *frame) {
	w.flow().EndCell()
	t := w.stack.table()
	if t == nil || t.open == nil {
		return
	}
	c, merge, across := t.open, t.merge, t.across
	c.Bold = t.bold && t.text
	c.Shaded = f.ground != nil && f.ground.Colour.Known && f.ground.Colour != sight.White
	if t.exact > 0 {
		cutOff(c.Nodes, t.exact)
	}
	t.open, t.merge, t.across = nil, "", false
	row := w.flow().Row()
	if row == nil || len(row.Cells) == 0 {
		return
	}
	above := t.spans[c.Col]
	switch {
	case across && len(row.Cells) > 1:
		before := row.Cells[len(row.Cells)-2]
		before.ColSpan = max(1, before.ColSpan) + c.ColSpan
		before.Nodes = append(before.Nodes, c.Nodes...)
		row.Cells = row.Cells[:len(row.Cells)-1]
	case merge == "continue" && above != nil:
		above.RowSpan = max(1, above.RowSpan) + 1
		above.Nodes = append(above.Nodes, c.Nodes...)
		row.Cells = row.Cells[:len(row.Cells)-1]
	case merge == "restart":
		t.spans[c.Col] = c
	default:
		delete(t.spans, c.Col)
	}
	t.col = c.Col + c.ColSpan
}

// usualLine is the height of a line in points, by which it is judged what does not fit: text of 11 points
// with single spacing.
const usualLine = 13.0

// cutOff marks the paragraphs of a cell as uncertain that begin below the height of its row.
func cutOff(nodes []*layout.Node, height float64) {
	used := 0.0
	for _, n := range nodes {
		if used > height-usualLine/2 && n.Visibility == "" {
			n.Visibility = dossier.Uncertain
		}
		used += usualLine
	}
}

// headerRow notes that a row is repeated at the top of each page, so that it labels the columns.
func headerRow(w *walker, e *parts.Element, _ *frame) {
	if row := w.flow().Row(); row != nil && w.former == 0 {
		row.Header = toggleOf(e.StartElement) == on
	}
}

// lowRow is the exact height, in twips, of a row of which nothing is read: 3 points.
const lowRow = 60

// rowHeight reads the height of a row: only one that is exact cuts off text.
func rowHeight(w *walker, e *parts.Element, _ *frame) {
	n, ok := twips(e, "val")
	if !ok || parts.Attr(e.StartElement, "hRule") != "exact" || w.former > 0 {
		return
	}
	if n < lowRow {
		w.mark("tr", 0, 1, 0)
	}
	if t := w.stack.table(); t != nil {
		t.exact = float64(n) / 20
	}
}

// tableStyle notes the style of the open table.
func tableStyle(w *walker, e *parts.Element, _ *frame) {
	if t := w.stack.table(); t != nil && w.former == 0 {
		w.styleOf(t, parts.Attr(e.StartElement, "val"))
	}
}

// tableLook notes whether the style of the open table gives its first row a look of its own: by an
// attribute, or in older files by a bit (0x20 of ST_ShortHexNumber).
func tableLook(w *walker, e *parts.Element, _ *frame) {
	t := w.stack.table()
	if t == nil {
		return
	}
	first := parts.Attr(e.StartElement, "firstRow")
	bits, err := strconv.ParseUint(parts.Attr(e.StartElement, "val"), 16, 32)
	if first == "0" || first == "" && err == nil && bits&0x20 == 0 {
		t.firstOff = true
	}
}

// tablePlace hides a floating table that is placed off any page.
func tablePlace(w *walker, e *parts.Element, _ *frame) {
	x, _ := twips(e, "tblpX")
	y, _ := twips(e, "tblpY")
	if isOffPage(x, parts.Attr(e.StartElement, "horzAnchor")) ||
		isOffPage(y, parts.Attr(e.StartElement, "vertAnchor")) {
		w.mark("tbl", 0, 1, 0)
	}
}

// deletedCell leaves out a cell that a tracked change deleted.
func deletedCell(w *walker, _ *parts.Element, _ *frame) { w.mark("tc", 1, 0, 0) }

// widestInset is a width in twips that no margin of a cell has.
const widestInset = 4000

// cellMargin marks the text of a cell as uncertain that states a margin without room for letters beside it.
func cellMargin(w *walker, e *parts.Element, _ *frame) {
	n, ok := twips(e, "w")
	if !ok || w.former > 0 {
		return
	}
	inset := len(w.stack) > 1 && w.stack[len(w.stack)-2].name == "tcMar"
	if inset && n > widestInset {
		w.mark("tc", 0, 0, 1)
	}
}
