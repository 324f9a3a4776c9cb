package sheets

import (
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/sight"
)

// How sure header rows are that a sheet states, and that are guessed by their looks or their texts, from 0
// to 1. They are in the order of how much each of these says.
const (
	sureStated = 0.95
	sureLooks  = 0.8
	sureTexts  = 0.7
)

// shownCell is a cell as a person sees it.
type shownCell struct {
	area    area
	nodes   []*layout.Node
	value   *dossier.Value
	text    bool // it shows words
	strong  bool // bold, or painted
	visible bool
}

// shownRow is a row of cells that are shown.
type shownRow struct {
	row    int
	hidden bool
	cells  []shownCell
}

// tables divides the rows of a sheet into tables, and returns them as blocks. Rows are in order. A sheet is
// one grid, so the end of a table is a guess: see apart.
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

// apart reports whether another table begins after a gap of empty rows: always after two of them; after one
// if the columns do not overlap, if a single cell is above, which is a title, or if the next row looks like
// a header.
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

// extent returns the first and the last column in which the latest rows have a cell; the last is -1 without
// any.
func extent(rows []shownRow) [2]int {
	out := [2]int{maxCol, -1}
	for _, r := range rows[max(0, len(rows)-maxLook):] {
		for i := range r.cells {
			out[0], out[1] = min(out[0], r.cells[i].area.from.col), max(out[1], r.cells[i].area.to.col)
		}
	}
	return out
}

// allStrong reports whether all cells of a row are words in bold or on a painted ground.
func allStrong(r shownRow) bool {
	return len(r.cells) > 0 && !slices.ContainsFunc(r.cells, func(c shownCell) bool { return !c.strong || !c.text })
}

// table returns rows as one table; nil if nothing of them is shown. Empty rows between them are kept, so
// that the row of a cell is its distance from the first.
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
				Value: c.value, Strong: c.strong, RowSpan: c.area.to.row - c.area.from.row + 1,
				ColSpan: c.area.to.col - c.area.from.col + 1, Nodes: c.nodes})
		}
		t.Rows = append(t.Rows, row)
	}
	return &layout.Node{Kind: dossier.TableKind, Table: t, Sure: sure}
}

// maxHeader is how many rows of text above numbers are taken for labels.
const maxHeader = 3

// header returns the rows of a table that label its columns, and how sure they are; 0 without any. What the
// sheet states goes over its looks, and those over its texts.
func (v *view) header(rows []shownRow) (header []int, sure float64) {
	shown := slices.DeleteFunc(slices.Clone(rows), func(r shownRow) bool { return len(r.cells) == 0 || r.hidden })
	if header = v.statedHeader(shown); len(header) > 0 {
		return header, sureStated
	}
	title := 0
	for title < len(shown) && len(shown[title].cells) < 2 {
		title++
	}
	below := shown[title:]
	if len(below) < 2 {
		return nil, 0
	}
	if n := strongRows(below); n > 0 && n < len(below) {
		return numbersOf(below[:n]), sureLooks
	}
	n := textRows(below)
	if two := extent(shown); two[1]-two[0] < 2 && (n > 1 || len(below)-n < 3) {
		return nil, 0 // perhaps a form, with its labels in the first column
	}
	if n > 0 && len(below)-n >= 2 && numbersBelow(below[n-1], below[n:]) {
		return numbersOf(below[:n]), sureTexts
	}
	return nil, 0
}

// statedHeader returns those of the rows that the sheet states to label columns.
func (v *view) statedHeader(rows []shownRow) (out []int) {
	for _, a := range v.headers {
		for _, r := range rows {
			if r.row >= a.from.row && r.row <= a.to.row {
				out = append(out, r.row)
			}
		}
	}
	return out
}

// strongRows counts the rows from the first on whose cells are all bold or painted, up to maxHeader+1.
func strongRows(rows []shownRow) (n int) {
	for n < len(rows) && n <= maxHeader && allStrong(rows[n]) {
		n++
	}
	return n
}

// textRows counts the rows from the first on that hold only words, up to those that a header may have.
func textRows(rows []shownRow) (n int) {
	for n < len(rows) && n < maxHeader && allText(rows[n]) && len(rows[n].cells) >= 2 {
		n++
	}
	return n
}

// numbersOf returns the numbers of rows in the sheet, from 0.
func numbersOf(rows []shownRow) (out []int) {
	for _, r := range rows {
		out = append(out, r.row)
	}
	return out
}

// allText reports whether all cells of a row show words.
func allText(r shownRow) bool {
	return !slices.ContainsFunc(r.cells, func(c shownCell) bool { return !c.text })
}

// numbersBelow reports whether a column of the row first holds, in the rows below it, at least two numbers
// and at most a quarter as many texts.
func numbersBelow(first shownRow, rows []shownRow) bool {
	for i := range first.cells {
		col, numbers, texts := first.cells[i].area.from.col, 0, 0
		for _, r := range rows[:min(len(rows), maxLook)] {
			for k := range r.cells {
				if r.cells[k].area.from.col != col {
					continue
				}
				if r.cells[k].text {
					texts++
				} else {
					numbers++
				}
			}
		}
		if numbers >= 2 && texts*4 <= numbers {
			return true
		}
	}
	return false
}

// asLine returns a row without its structure: a line with its cells separated by tabs. It is as visible as
// the least visible of them.
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
