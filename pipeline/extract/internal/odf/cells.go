package odf

import (
	"encoding/xml"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/parts"
	"kheo/pipeline/extract/internal/sight"
)

// Bounds of repetition: how often a row or cell with content is written, and how many cells a spreadsheet
// has. A file of a few bytes may repeat a cell 16,384 times in each of a million rows.
const (
	maxRepeated = 200
	maxCells    = 150_000
)

// grid is an open table. In a spreadsheet it is a sheet, or a part of one between empty rows.
type grid struct {
	table   *layout.Table
	columns []bool // hidden
	row     *layout.Row
	header  bool
	hides   bool // the open row
	times   int  // that the open row is repeated
	col     int
	number  int // of the row, from 0
	cell    *layout.Cell
	content content
	repeat  int // that the open cell is repeated
	covered bool
	empty   int // rows without content since the last one
}

// grid returns the innermost open table; nil if there is none. Tables are within cells of other tables.
func (w *walker) grid() *grid {
	if len(w.grids) == 0 {
		return nil
	}
	return w.grids[len(w.grids)-1]
}

// typed reports whether the open cell shows its value in place of its paragraphs; these then are not read.
func (w *walker) typed() bool {
	g := w.grid()
	return g != nil && g.cell != nil && w.sheets && g.content.typed
}

// repeated returns a count of repetitions, 1 to max; 1 if none is stated.
func repeated(e xml.StartElement, name string, max int) int {
	n, err := strconv.Atoi(parts.Attr(e, name))
	if err != nil || n < 1 {
		return 1
	}
	return min(n, max)
}

// startTable handles the beginnings of the elements of tables; others have no effect. A sheet is a table
// outside of tables.
func (w *walker) startTable(e xml.StartElement) {
	t := w.top()
	switch e.Name.Local {
	case "table":
		if w.sheets && !w.InCell() {
			w.endPage()
			if st := w.styles.get("table", parts.Attr(e, "style-name")); st != nil && st.gone {
				t.seen = dossier.Unseen
			}
		}
		t.kind, t.level, t.body = dossier.Paragraph, 0, false
		w.grids = append(w.grids, &grid{table: w.BeginTable()})
	case "table-header-rows":
		if g := w.grid(); g != nil {
			g.header = true
		}
	case "table-column":
		w.column(e)
	case "table-row":
		w.startRow(e)
	case "table-cell", "covered-table-cell":
		w.startCell(e)
	}
}

// column notes whether columns are shown: not if they are collapsed, filtered, or less than a point wide.
func (w *walker) column(e xml.StartElement) {
	g := w.grid()
	if g == nil {
		return
	}
	hidden := parts.Attr(e, "visibility") == "collapse" || parts.Attr(e, "visibility") == "filter"
	if st := w.styles.get("table-column", parts.Attr(e, "style-name")); st != nil && st.extent >= 0 && st.extent < 1 {
		hidden = true
	}
	for range repeated(e, "number-columns-repeated", 16_384) {
		if len(g.columns) < 16_384 {
			g.columns = append(g.columns, hidden)
		}
	}
}

// startRow begins a row. A row without a table, in damaged files, begins one.
func (w *walker) startRow(e xml.StartElement) {
	g := w.grid()
	if g == nil {
		w.grids = append(w.grids, &grid{table: w.BeginTable()})
		g = w.grid()
	}
	g.row = w.BeginRow()
	g.row.Header, g.col = g.header, 0
	g.times = repeated(e, "number-rows-repeated", 1_048_576)
	v := parts.Attr(e, "visibility")
	g.hides = v == "collapse" || v == "filter"
	if st := w.styles.get("table-row", parts.Attr(e, "style-name")); st != nil && !st.optimal && st.extent >= 0 &&
		st.extent < 2 {
		g.hides = true
	}
	if g.hides {
		w.top().seen = dossier.Unseen
	}
}

// startCell begins a cell. A cell of a spreadsheet may show its value, which is written at once, in place
// of the paragraphs that follow; covered cells, and those in hidden columns, keep their text as hidden.
func (w *walker) startCell(e xml.StartElement) {
	g := w.grid()
	if g == nil || g.row == nil {
		w.startRow(xml.StartElement{})
		g = w.grid()
	}
	t := w.top()
	t.body, t.kind = false, dossier.Paragraph
	g.repeat = repeated(e, "number-columns-repeated", 16_384)
	g.cell = w.BeginCell()
	g.cell.Col = g.col
	g.covered = e.Name.Local == "covered-table-cell"
	g.cell.RowSpan = repeated(e, "number-rows-spanned", 100_000)
	g.cell.ColSpan = repeated(e, "number-columns-spanned", 16_384)
	if g.covered || g.col < len(g.columns) && g.columns[g.col] {
		t.seen = dossier.Unseen
	}
	w.dressCell(parts.Attr(e, "style-name"))
	g.content = content{}
	if !w.sheets {
		return
	}
	g.cell.Ref = layout.Ref(g.number, g.col)
	g.content = w.styles.cellContent(e, w.mark)
	c := &g.content
	if c.ink != nil {
		t.look.colour = c.ink
	}
	if c.value != nil && c.value.Missing {
		w.uncached = true
	}
	// Its format shows something else, or nothing: what it shows is text, and the paragraphs are hidden.
	if c.gone {
		if c.text != "" {
			w.add(c.text)
			w.Paragraph()
		}
		c.value, c.typed = nil, false
		t.seen = dossier.Unseen
		return
	}
	g.cell.Value = c.value
	if c.typed && c.text != "" {
		w.add(c.text)
		w.Paragraph()
	}
	// A value that is not seen must not become a fact either.
	if seen := sight.Worse(t.seen, t.look.sight(t.ground)); seen == dossier.Unseen {
		g.cell.Value = nil
	}
}

// dressCell lets the style of a cell hold within it. A style that a condition puts in force counts only if
// the text would be seen otherwise in it, since conditions are not evaluated.
func (w *walker) dressCell(name string) {
	t := w.top()
	l := w.styles.look("table-cell", name)
	if l.ground != nil {
		t.ground = sight.Ground{Colour: *l.ground}
		l.ground = nil
	}
	if !w.sheets {
		return
	}
	// Only what the conditions change of the visibility matters, not which of them holds.
	plain := l.sight(t.ground)
	for _, st := range w.styles.chain("table-cell", name) {
		for _, m := range st.maps { // formats by condition
			other := l.over(w.styles.look("table-cell", m.style))
			if other.sight(t.ground) != plain {
				t.seen = sight.Worse(t.seen, dossier.Uncertain)
			}
		}
	}
	t.look = l
}

// endTable handles the ends of the elements of tables. It is called for all elements that nothing else
// handles.
func (w *walker) endTable(name string) {
	g := w.grid()
	if g == nil {
		return
	}
	switch name {
	case "table-cell", "covered-table-cell":
		w.endCell(g)
	case "table-row":
		w.endRow(g)
	case "table-header-rows":
		g.header = false
	case "table":
		w.EndTable()
		w.grids = w.grids[:len(w.grids)-1]
	}
}

// blank reports whether a cell has neither text nor value.
func blank(c *layout.Cell) bool {
	return strings.TrimSpace(layout.Raw(c.Nodes)) == "" && c.Value == nil
}

// endCell ends a cell. One of a spreadsheet is left out if it is empty, and repeated as the file says.
func (w *walker) endCell(g *grid) {
	w.EndCell()
	c := g.cell
	if c == nil || g.row == nil {
		return
	}
	g.cell, g.content = nil, content{}
	n := len(g.row.Cells) - 1
	if n < 0 {
		return
	}
	switch {
	case g.covered, w.sheets && blank(c):
		g.row.Cells = g.row.Cells[:n]
	case w.sheets:
		w.cells++
		for i := 1; i < min(g.repeat, maxRepeated) && w.cells < maxCells; i++ {
			again := *c
			again.Col, again.Ref = c.Col+i, layout.Ref(g.number, c.Col+i)
			g.row.Cells = append(g.row.Cells, &again)
			w.cells++
		}
	}
	g.col += g.repeat
}

// endRow ends a row. In a spreadsheet, empty rows at the end are left out, and two or more of them
// elsewhere divide a table.
func (w *walker) endRow(g *grid) {
	w.EndRow()
	row := g.row
	g.row = nil
	if row == nil {
		return
	}
	row.Hidden = g.hides
	if !w.sheets || w.InCell() {
		return
	}
	n := len(g.table.Rows) - 1
	g.number += g.times
	if len(row.Cells) == 0 {
		g.table.Rows = g.table.Rows[:max(n, 0)]
		if !g.hides {
			g.empty += g.times
		}
		return
	}
	if g.empty > 0 && n > 0 {
		if g.empty == 1 {
			// One empty row is part of the table.
			g.table.Rows = slices.Insert(g.table.Rows, n, &layout.Row{})
		} else {
			g.table.Rows = g.table.Rows[:n]
			g.table = w.BeginTable()
			g.table.Rows = append(g.table.Rows, row)
		}
	}
	g.empty = 0
	// The row was written once; its copies get the references of their own rows.
	for i := 1; i < min(g.times, maxRepeated) && w.cells < maxCells; i++ {
		again := &layout.Row{Header: row.Header, Hidden: row.Hidden}
		for _, c := range row.Cells {
			cell := *c
			cell.Ref = layout.Ref(g.number-g.times+i, c.Col)
			again.Cells = append(again.Cells, &cell)
		}
		g.table.Rows = append(g.table.Rows, again)
		w.cells += len(again.Cells)
	}
}
