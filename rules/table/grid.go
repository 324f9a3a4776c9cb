package table

import (
	"slices"
	"sort"

	"kheo/internal/dossier"
	"kheo/internal/text"
)

// Cell is one cell of a table. A cell that spans rows or columns is the same cell at all of them.
type Cell struct {
	Row, Col         int // of its top left corner, from 0
	RowSpan, ColSpan int // at least 1
	First, Last      int // words [First, Last) of the page
	Start, End       int // code points of the page
	Value            *dossier.Value
	HasField         bool // it has a form field
	meaning          *Meaning
}

// Blank reports whether the cell has no words.
func (c *Cell) Blank() bool { return c.Last <= c.First }

// grid is where the cells of a table are, and which words they have. It says nothing of what they mean.
type grid struct {
	Rows, Cols int

	page   *text.Page
	cells  []Cell
	at     []int32 // index into cells by row and column, -1 if there is none
	words  [2]int  // the words of the page from its first to behind its last
	byWord []int32 // indexes of cells with words, by their first word
}

// At returns the cell that covers a place, or nil.
func (g *grid) At(row, col int) *Cell {
	if row < 0 || col < 0 || row >= g.Rows || col >= g.Cols {
		return nil
	}
	if i := g.at[row*g.Cols+col]; i >= 0 {
		return &g.cells[i]
	}
	return nil
}

// CellOf returns the cell that word i of the page is in, or nil.
func (g *grid) CellOf(i int) *Cell {
	if i < g.words[0] || i >= g.words[1] {
		return nil
	}
	if g.byWord == nil {
		g.sortCells()
	}
	n, found := slices.BinarySearchFunc(g.byWord, i, func(c int32, i int) int { return g.cells[c].First - i })
	if !found {
		n--
	}
	if n < 0 || i >= g.cells[g.byWord[n]].Last {
		return nil
	}
	return &g.cells[g.byWord[n]]
}

// trim leaves out columns without words before the first and behind the last with words, as of a sheet whose form
// begins in column B.
func (g *grid) trim() {
	from, to := maxCols, 0
	for i := range g.cells {
		if c := &g.cells[i]; !c.Blank() {
			from, to = min(from, c.Col), max(to, c.Col+c.ColSpan)
		}
	}
	g.cells = slices.DeleteFunc(g.cells, func(c Cell) bool { return c.Col+c.ColSpan <= from || c.Col >= to })
	for i := range g.cells {
		c := &g.cells[i]
		end := c.Col + c.ColSpan
		c.Col = max(c.Col, from) - from
		c.ColSpan = max(1, end-from-c.Col)
	}
}

// layOut fills the grid from the cells, and reports whether there are any and not too many.
func (g *grid) layOut() bool {
	for i := range g.cells {
		c := &g.cells[i]
		g.Rows, g.Cols = max(g.Rows, c.Row+1), max(g.Cols, c.Col+1)
	}
	if g.Rows == 0 || g.Rows*g.Cols > maxCells {
		return false
	}
	g.byWord = nil
	g.at = make([]int32, g.Rows*g.Cols)
	for i := range g.at {
		g.at[i] = -1
	}
	g.words = [2]int{len(g.page.Words), 0}
	for i := range g.cells {
		c := &g.cells[i]
		for r := c.Row; r < min(g.Rows, c.Row+c.RowSpan); r++ {
			for k := c.Col; k < min(g.Cols, c.Col+c.ColSpan); k++ {
				g.at[r*g.Cols+k] = int32(i)
			}
		}
		if !c.Blank() {
			g.words[0], g.words[1] = min(g.words[0], c.First), max(g.words[1], c.Last)
		}
	}
	return true
}

// sortCells fills byWord.
func (g *grid) sortCells() {
	g.byWord = make([]int32, 0, len(g.cells))
	for i := range g.cells {
		if !g.cells[i].Blank() {
			g.byWord = append(g.byWord, int32(i))
		}
	}
	slices.SortStableFunc(g.byWord, func(a, b int32) int { return g.cells[a].First - g.cells[b].First })
}

// spread lets the cells of a first line span those of the second, if the second has more and leaves out the
// columns before: "Chỉ tiêu, 2025, 2026" over ", KH, TH, KH, TH".
func (g *grid) spread() {
	if g.Rows < 3 || g.Cols < 3 {
		return
	}
	lead := 0
	for lead < g.Cols && g.isEmpty(1, lead) && !g.isEmpty(0, lead) {
		lead++
	}
	upper, lower := g.filled(0)-lead, g.filled(1)
	if lead == 0 || upper < 1 || lower <= upper || lower%upper != 0 || g.filled(0) != g.leading(0) {
		return
	}
	by := lower / upper
	kept := g.cells[:0]
	for _, c := range g.cells {
		if c.Row == 0 && c.Col >= lead {
			if c.Blank() {
				continue
			}
			c.Col, c.ColSpan = lead+(c.Col-lead)*by, by
		}
		kept = append(kept, c)
	}
	g.cells = kept
	g.layOut()
}

// isEmpty reports whether a place has no cell with words.
func (g *grid) isEmpty(row, col int) bool {
	c := g.At(row, col)
	return c == nil || c.Blank()
}

// filled counts the cells of a row that have words.
func (g *grid) filled(row int) (n int) {
	for c := range g.Cols {
		if !g.isEmpty(row, c) {
			n++
		}
	}
	return n
}

// isAlone reports whether at most one cell of a row has words, in one column or merged over all of them.
func (g *grid) isAlone(row int) bool {
	n := g.filled(row)
	return n <= 1 || n == g.Cols && g.At(row, 0) == g.At(row, g.Cols-1)
}

// leading counts the cells of a row before the first that has no words.
func (g *grid) leading(row int) (n int) {
	for n < g.Cols && !g.isEmpty(row, n) {
		n++
	}
	return n
}

// firstCell returns the first cell of a row that has words and is more than a number of the row; nil if there
// is none.
func (g *grid) firstCell(r int) *Cell {
	for c := range g.Cols {
		if cell := g.At(r, c); cell != nil && !cell.Blank() && !(c == 0 && g.isOrdinalCell(cell)) {
			return cell
		}
	}
	return nil
}

// isOrdinalCell reports whether a cell is the number of its row: "1", "II", "a)".
func (g *grid) isOrdinalCell(c *Cell) bool {
	if c.Last != c.First+1 {
		return false
	}
	w := &g.page.Words[c.First]
	_, number := ordinal(w)
	return number || text.IsRomanOrLetter(w.Text)
}

// continues reports whether a cell goes on with the one above it: it begins with a bracket or a small letter.
func (g *grid) continues(c *Cell) bool {
	for _, r := range g.page.Runes[c.Start:g.page.Words[c.First].Start] {
		if r == '(' || r == '[' {
			return true
		}
	}
	return text.IsLower(g.page.Runes[g.page.Words[c.First].Start])
}

// Rest is the cell below another one that goes on with it, as labels that were wrapped do in a row of their
// own; nil if there is none.
func (g *grid) Rest(c *Cell) *Cell {
	below := g.At(c.Row+c.RowSpan, c.Col)
	if below == nil || below.Blank() || g.filled(below.Row) != 1 || !g.continues(below) {
		return nil
	}
	return below
}

// wordsIn returns the words [first, last) of the page that begin in code points [start, end).
func wordsIn(p *text.Page, start, end int) (first, last int) {
	first = sort.Search(len(p.Words), func(i int) bool { return p.Words[i].Start >= start })
	last = first
	for last < len(p.Words) && p.Words[last].Start < end {
		last++
	}
	return first, last
}

// ofTime are the kinds of headers below a wider one: what year, part of one, or kind a column is of.
const ofTime = Period | Plan | Budget | Actual | Previous | Current | Total

// widen lets a header of the first row head the columns right of it whose own first cells are empty, if the second row
// says of each of them what year, part of one or kind it is: "Loads washed | | Families" above "Jan-Jun | Jul-Dec |
// 2025".
func (g *grid) widen() {
	if g.Rows < 3 || g.Cols < 3 {
		return
	}
	told := func(col int) bool {
		c := g.At(1, col)
		if c == nil || c.Blank() || c.RowSpan > 1 || c.ColSpan > 1 {
			return false
		}
		m := Says(g.page, c.First, c.Last)
		return m.From > 0 || m.Has(ofTime)
	}
	wide := map[int]int{} // by column of a header, how many it heads
	for col := 1; col < g.Cols; col++ {
		c := g.At(0, col)
		if c == nil || c.Blank() || c.Row != 0 || c.Col != col || c.ColSpan > 1 || c.RowSpan > 1 || !told(col) {
			continue
		}
		next := col + 1
		for next < g.Cols && g.isEmpty(0, next) && told(next) {
			next++
		}
		if next > col+1 {
			wide[col] = next - col
		}
	}
	if len(wide) == 0 {
		return
	}
	kept := g.cells[:0]
	for _, c := range g.cells {
		if c.Row == 0 && c.Blank() {
			inside := false
			for col, n := range wide {
				inside = inside || c.Col > col && c.Col < col+n
			}
			if inside {
				continue
			}
		}
		if n := wide[c.Col]; c.Row == 0 && n > 0 {
			c.ColSpan = n
		}
		kept = append(kept, c)
	}
	g.cells = kept
	g.layOut()
}
