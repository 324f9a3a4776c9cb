package sheets

import (
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/sight"
)

// sureStated is how sure header rows are that a sheet states.
const sureStated = 0.95

// shownCell is a cell as a person sees it.
type shownCell struct {
	area    area
	nodes   []*layout.Node
	value   *dossier.Value
	text    bool // it shows words
	bold    bool
	painted bool
	visible bool
}

// shownRow is a row of cells that are shown.
type shownRow struct {
	row    int
	hidden bool
	cells  []shownCell
}

// tables divides the rows of a sheet into tables, and returns them as blocks. Rows are in order. A sheet is one
// grid, so the end of a table is a guess: see apart.
func (v *view) tables(rows []shownRow) (out []*layout.Node) {
	from := 0
	for i := 1; i <= len(rows); i++ {
		if i == len(rows) || v.apart(rows[from:i], rows[i:]) {
			if n := v.table(rows[from:i]); n != nil {
				out = append(out, n)
			}
			from = i
		}
	}
	return out
}

// maxLook bounds how far the search for what follows a gap looks.
const maxLook = 200

// apart reports whether another table begins after a gap of empty rows: always after two of them; after one if the
// columns do not overlap, if a single cell is above, which is a title, or if the next row looks like a header.
func (v *view) apart(before, after []shownRow) bool {
	last, next := before[len(before)-1], after[0]
	gap := next.row - last.row - 1
	switch {
	case gap <= 0 || next.hidden:
		return false
	case gap >= 2:
		return true
	}
	a, b := extent(before), extent(untilGap(after))
	if a[1] < b[0] || b[1] < a[0] || len(before) == 1 && len(before[0].cells) == 1 {
		return true
	}
	return len(next.cells) > 1 && allStrong(next) && !allStrong(last)
}

// untilGap returns the rows up to the next empty one.
func untilGap(rows []shownRow) []shownRow {
	n := 1
	for n < len(rows) && n < maxLook && rows[n].row == rows[n-1].row+1 {
		n++
	}
	return rows[:n]
}

// extent returns the first and the last column in which the latest rows have a cell; the last is -1 without any.
func extent(rows []shownRow) [2]int {
	out := [2]int{maxCol, -1}
	for _, r := range rows[max(0, len(rows)-maxLook):] {
		for i := range r.cells {
			out[0], out[1] = min(out[0], r.cells[i].area.from.col), max(out[1], r.cells[i].area.to.col)
		}
	}
	return out
}

// allStrong reports whether every cell with text in a row is bold or painted, as headers are.
func allStrong(r shownRow) bool {
	plain := func(c shownCell) bool { return !c.bold && !c.painted || !c.text }
	return len(r.cells) > 0 && !slices.ContainsFunc(r.cells, plain)
}

// table returns rows as one table; nil if nothing of them is shown.
func (v *view) table(rows []shownRow) *layout.Node {
	seen := false
	left := maxCol
	for _, r := range rows {
		for i := range r.cells {
			seen, left = true, min(left, r.cells[i].area.from.col)
		}
	}
	if !seen {
		return nil
	}
	t := &layout.Table{}
	last := rows[0].row - 1
	header, sure := v.header(rows)
	for _, r := range rows {
		for ; last+1 < r.row; last++ {
			t.Rows = append(t.Rows, &layout.Row{})
		}
		last = r.row
		row := &layout.Row{Hidden: r.hidden, Header: slices.Contains(header, r.row)}
		for i := range r.cells {
			c := &r.cells[i]
			row.Cells = append(row.Cells, &layout.Cell{Col: c.area.from.col - left, Ref: c.area.from.ref(),
				Value: c.value, Bold: c.bold, Shaded: c.painted, RowSpan: c.area.to.row - c.area.from.row + 1,
				ColSpan: c.area.to.col - c.area.from.col + 1, Nodes: c.nodes})
		}
		t.Rows = append(t.Rows, row)
	}
	return &layout.Node{Kind: dossier.TableKind, Table: t, Sure: sure}
}

// header returns the rows of a table that the sheet states as labels of its columns, and how sure they are; 0
// without any. Those that it does not state are guessed for all formats, in package layout.
func (v *view) header(rows []shownRow) (header []int, sure float64) {
	for _, a := range v.headers {
		for _, r := range rows {
			if len(r.cells) > 0 && !r.hidden && r.row >= a.from.row && r.row <= a.to.row {
				header = append(header, r.row)
			}
		}
	}
	if len(header) == 0 {
		return nil, 0
	}
	return header, sureStated
}

// asLine returns a row without its structure: a line with its cells separated by tabs.
func (r *shownRow) asLine() *layout.Node {
	n := &layout.Node{Kind: dossier.Paragraph}
	var parts []string
	for i := range r.cells {
		parts = append(parts, strings.Join(strings.Fields(layout.Raw(r.cells[i].nodes)), " "))
		for _, m := range r.cells[i].nodes {
			n.Visibility = sight.Worse(n.Visibility, m.Visibility)
		}
	}
	n.Spans = []layout.Span{{Text: strings.Join(parts, "\t")}}
	return n
}
