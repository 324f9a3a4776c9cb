package main

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// A table that goes on over pages is read as a table on each of them. This file puts the parts together again, as far
// as they find more of the true table.

// extend adds the read tables after and before the first one that find more cells, up to a page without any. A part on
// another page has columns of its own: a page on which no row uses some of them cannot show that they are there.
func (p *pairing) extend(read []*table, took []bool, first int, mine func(part int) bool) {
	truth := newGrid(p.truth)
	whole := &pagedTable{truth: truth, alignment: p.alignment, table: p.read}
	for j := first + 1; j < min(len(read), first+maxParts) && read[j].page <= whole.table.page+1; j++ {
		if !took[j] && mine(j) && whole.append(read[j]) {
			took[j] = true
		}
	}
	page := p.read.page
	for j := first - 1; j >= max(0, first-maxParts) && read[j].page >= page-1; j-- {
		before := &pagedTable{truth: truth, table: read[j]}
		if took[j] || !mine(j) {
			continue
		}
		before.alignment = align(truth, newGrid(read[j]))
		if before.found > 0 && before.appendPaged(whole) {
			took[j], whole, page = true, before, read[j].page
		}
	}
	p.read, p.alignment = whole.table, whole.alignment
}

// affinity is how many cells a read table has of each true one, and the most that it has of any.
type affinity struct {
	found map[[2]int]int
	most  []int
}

func closest(list []candidate, read int) affinity {
	a := affinity{map[[2]int]int{}, make([]int, read)}
	for _, c := range list {
		k := [2]int{c.truth, c.read}
		a.found[k] = max(a.found[k], c.found)
		a.most[c.read] = max(a.most[c.read], c.found)
	}
	return a
}

// of returns whether a read table may be a part of a true one: it has no more of another.
func (a affinity) of(truth int) func(part int) bool {
	return func(part int) bool { return a.found[[2]int{truth, part}] >= a.most[part] }
}

// ofPart is the inverse of the share of its cells that a part must find, so that no other table is taken for one.
const ofPart = 3

// pagedTable is a table over pages, as far as its parts are joined.
type pagedTable struct {
	truth *grid
	table *table
	alignment
}

// firstRow returns the first true row that was read, lastRow the last one; -1 if there is none.
func (w *pagedTable) firstRow() int {
	first := -1
	for r := range w.rows {
		if first < 0 || r < first {
			first = r
		}
	}
	return first
}

func (w *pagedTable) lastRow() int {
	last := -1
	for r := range w.rows {
		last = max(last, r)
	}
	return last
}

// aligned aligns a part with the true rows after those that the parts before it have, or with those after the first
// row that they have, whichever finds more: they may have taken a row of this part for one of theirs.
func (w *pagedTable) aligned(part *table) alignment {
	read := newGrid(part)
	own := align(w.truth.after(w.lastRow()), read)
	if all := align(w.truth.after(w.firstRow()), read); all.found > own.found {
		return all
	}
	return own
}

// end returns the true row at which the parts so far end and the next one begins, so that most cells are found.
func (w *pagedTable) end(next *alignment, before, read *grid) int {
	found := func(a *alignment, g *grid) map[int]int {
		out := map[int]int{}
		for p, c := range w.truth.cells {
			if q, ok := a.of(p); ok && g.cells[q] != nil && equal(c, g.cells[q]) {
				out[p.row]++
			}
		}
		return out
	}
	first, second := found(&w.alignment, before), found(next, read)
	sum := 0
	for _, n := range second {
		sum += n
	}
	best, end, last := sum, 0, 0
	for r := range w.truth.rows {
		last = max(last, r)
	}
	for r := 0; r <= last; r++ {
		if sum += first[r] - second[r]; sum > best {
			best, end = sum, r+1
		}
	}
	return end
}

// append adds a part, or reports that it finds no further cell.
func (w *pagedTable) append(part *table) bool {
	return w.appendPaged(&pagedTable{truth: w.truth, table: part})
}

// appendPaged adds a part that may itself be put together; it is aligned if it has rows. The part may begin with the
// rows of the header again, which are the same rows, and with the rest of the row before it, which the end of the page
// cut.
func (w *pagedTable) appendPaged(part *pagedTable) bool {
	begin := 0
	otherPage := w.table.page != part.table.page
	if otherPage {
		first, again := w.table.lines(), part.table.lines()
		for begin < len(again)-1 && begin < len(first) && again[begin] == first[begin] {
			begin++
		}
	}
	best := w.found
	var out *pagedTable
	for _, divided := range []bool{false, true} {
		if divided && !otherPage {
			break
		}
		whole := w.with(part, begin, divided)
		further := len(newGrid(part.table).cells) - len(newGrid(part.table).until(begin).cells)
		if whole.found > best && (divided && part.table.rows() <= begin+1 || ofPart*(whole.found-w.found) >= further) {
			best, out = whole.found, whole
		}
	}
	if out == nil {
		return false
	}
	*w = *out
	return true
}

// with returns the parts together; begin rows of the second one are left out, and with divided its next row is the
// rest of the last row of the first one.
func (w *pagedTable) with(part *pagedTable, begin int, divided bool) *pagedTable {
	out := &pagedTable{truth: w.truth, table: &table{page: part.table.page}}
	rows := w.table.rows()
	from := begin
	if divided {
		from++
	}
	rest := &table{page: part.table.page}
	for _, c := range part.table.cells {
		if c.row >= from {
			rest.cells = append(rest.cells, c)
		}
	}
	own := part.alignment
	if own.rows == nil {
		own = w.aligned(rest)
	}
	end := w.end(&own, newGrid(w.table), newGrid(rest))
	out.alignment = alignment{rows: map[int]int{}, cols: w.cols, later: w.later}
	for t, r := range w.rows {
		if t < end {
			out.rows[t] = r
		}
	}
	shift := rows - from
	for t, r := range own.rows {
		if t >= end && r >= from {
			out.rows[t] = r + shift
		}
	}
	if samePage := w.table.page == part.table.page; !samePage {
		out.later = append(out.later[:len(out.later):len(out.later)], columnsFrom{rows, own.cols})
	}
	for _, l := range own.later {
		out.later = append(out.later, columnsFrom{l.row + shift, l.cols})
	}
	out.table.cells = append(out.table.cells, w.table.cells...)
	if divided {
		w.join(out.table, part.table, begin, own.cols)
	}
	for _, c := range rest.cells {
		c.row += shift
		out.table.cells = append(out.table.cells, c)
	}
	grid := newGrid(out.table)
	if w.table.page == part.table.page {
		out.columns(grid)
	}
	out.count(w.truth, grid)
	return out
}

// columns finds the columns of the last page again, of which there is another part.
func (w *pagedTable) columns(read *grid) {
	from := 0
	if n := len(w.later); n > 0 {
		from = w.later[n-1].row
	}
	rows := map[int]int{}
	for t, r := range w.rows {
		if r >= from {
			rows[t] = r
		}
	}
	cols := heaviest(columnPairs(w.truth, read, rows))
	var numbers [2][]int
	for p := range w.truth.cells {
		numbers[0] = append(numbers[0], p.col)
	}
	for p := range read.cells {
		if p.row >= from {
			numbers[1] = append(numbers[1], p.col)
		}
	}
	fill(cols, numbers)
	if n := len(w.later); n > 0 {
		w.later = slices.Clone(w.later)
		w.later[n-1].cols = cols
		return
	}
	w.cols = cols
}

// lastColumns returns the columns of the last page.
func (w *pagedTable) lastColumns() map[int]int {
	if n := len(w.later); n > 0 {
		return w.later[n-1].cols
	}
	return w.cols
}

// join adds a row, the rest of one that the end of a page cut, to the cells of the last row of a table. The columns of
// both are found by those of the truth.
func (w *pagedTable) join(whole, part *table, row int, cols map[int]int) {
	last, before := whole.rows()-1, w.lastColumns()
	column := func(col int) int {
		for t, c := range cols {
			if b, ok := before[t]; ok && c == col {
				return b
			}
		}
		return col
	}
	for _, c := range part.cells {
		if c.row == row {
			c.col = column(c.col)
			whole.extendCell(c, last)
		}
	}
}

// extendCell adds the rest of a cell to the cell of a row.
func (t *table) extendCell(rest cell, row int) {
	rest.row = row
	for i := range t.cells {
		c := &t.cells[i]
		if c.row != row || c.col != rest.col {
			continue
		}
		switch {
		case len(c.keys) == 0:
			c.keys = rest.keys
		case len(rest.keys) > 0:
			c.keys = []string{c.keys[0] + rest.keys[0]}
		}
		return
	}
	t.cells = append(t.cells, rest)
}

// after returns the rows of a grid after a row, and until those before one.
func (g *grid) after(row int) *grid { return g.only(func(r int) bool { return r > row }) }

func (g *grid) until(row int) *grid { return g.only(func(r int) bool { return r < row }) }

func (g *grid) only(keep func(row int) bool) *grid {
	t := &table{}
	for p, c := range g.cells {
		if keep(p.row) {
			t.cells = append(t.cells, *c)
		}
	}
	return newGrid(t)
}

// fonts remembers of which letters a font is installed. LibreOffice prints a box for those of which there is none.
var fonts = map[rune]bool{}

// printable reports whether a word has only letters of which a font is installed, as far as fc-list knows.
func printable(word string) bool {
	for _, r := range word {
		if r < 0x530 { // Latin, Greek, Cyrillic: in every font
			continue
		}
		has, known := fonts[r]
		if !known {
			b, err := exec.Command("fc-list", fmt.Sprintf(":charset=%x", r), "family").Output()
			has = err != nil || len(b) > 0
			fonts[r] = has
		}
		if !has {
			return false
		}
	}
	return true
}

// notPrinted makes the cells of a table optional that the printed page does not show: at least one of their words is
// nowhere in its text by another reader, neither as a whole nor cut in two, or has a letter of which no font is
// installed. It returns how many there are.
func notPrinted(tables []*table, text string) (count int) {
	joined, known := strings.ToLower(plain(text)), map[string]bool{}
	for _, w := range words(text) {
		known[w] = true
	}
	shown := func(w string) bool {
		if known[w] || strings.Contains(joined, w) {
			return true
		}
		for i := range w {
			if i > 0 && known[w[:i]] && known[w[i:]] {
				return true
			}
		}
		return false
	}
	for _, t := range tables {
		for i := range t.cells {
			c := &t.cells[i]
			for _, w := range c.says {
				if !shown(w) || !printable(w) {
					c.optional = true
					if t.chosen {
						count++
					}
					break
				}
			}
		}
	}
	return count
}
