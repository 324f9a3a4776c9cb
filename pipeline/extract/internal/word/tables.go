package word

import (
	"strconv"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/parts"
	"kheo/pipeline/extract/internal/sight"
)

func beginTable(w *walker, _ *parts.Element, f *frame) {
	f.table = &table{out: w.flow().BeginTable(), spans: map[int]*layout.Cell{}}
	if w.doc.styles.table != "" {
		w.styleOf(f.table, w.doc.styles.table)
	}
}

func endTable(w *walker, _ *frame) { w.flow().EndTable() }

// styleTable notes the style of the open table.
func (w *walker) styleTable(id string) {
	if t := w.table(); t != nil && w.former == 0 {
		w.styleOf(t, id)
	}
}

func (w *walker) styleOf(t *table, id string) {
	s := w.doc.styles.of(id)
	t.look, t.base, t.shades, t.shaded = s, s.cell, s.shade, s.shades
	t.firstRow = s.firstRow
}

func beginRow(w *walker, _ *parts.Element, _ *frame) {
	w.flow().BeginRow()
	if t := w.table(); t != nil {
		t.row++
		t.col, t.exact = 0, 0
	}
}

func endRow(w *walker, f *frame) {
	row := w.flow().Row()
	w.flow().EndRow()
	if t := w.table(); t != nil && row != nil && f.skip > 0 { // the row was deleted
		t.out.Rows = t.out.Rows[:len(t.out.Rows)-1]
	} else if row != nil && f.hide > 0 {
		row.Hidden = true
	}
}

func beginCell(w *walker, _ *parts.Element, _ *frame) {
	c := w.flow().BeginCell()
	if t := w.table(); t != nil {
		c.Col, c.ColSpan = t.col, 1
		t.open, t.bold, t.text = c, true, false
	}
}

// cellProperty notes how many columns and rows a cell spans.
func cellProperty(w *walker, e *parts.Element, _ *frame) {
	t := w.table()
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

// endCell closes a cell. One that continues the cell above or before it is joined to that.
func endCell(w *walker, f *frame) {
	w.flow().EndCell()
	t := w.table()
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

// usualLine is the height of a line in points, by which it is judged what does not fit.
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
