// Package table reads the tables of a page: their cells, which rows and columns label the others, and what headers,
// captions and columns of units say of the cells that they are for.
//
// The reader of a document says where tables are, if its format has any (dossier.Table). In plain text a table is a run
// of lines with tabs.
package table

import (
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
)

// Limits of a table that is read; what is beyond them is read as lines, as if there were no table.
const (
	maxCells = 20_000
	maxCols  = 200
)

// Table is a table of a page.
type Table struct {
	grid
	TitleRows  int // leading rows with one cell that has words, the title of the table
	HeaderRows int // leading rows that are titles or label the columns
	About      Meaning

	isLabel func(c *Cell) bool // of facts, if it is known, see Labelled
	pairs   bool               // it is a form with several labels in a row
	said    []bool             // by row: the document says that it is a header
	groups  []int32            // by row: the row that heads its group, or -1
	top     int                // how many of the first rows have words in one cell only; counted with groups
	columns []Meaning          // by column: what its headers say
	// carried are the headers of its columns if they are on the page before, see Continue.
	carried []Meaning
}

// Of returns the table and the cell that word i is in; of tables inside one another the innermost.
func Of(tables []*Table, i int) (*Table, *Cell) {
	var in *Table
	var cell *Cell
	for _, t := range tables {
		if c := t.CellOf(i); c != nil && (cell == nil || c.Last-c.First <= cell.Last-cell.First) {
			in, cell = t, c
		}
	}
	return in, cell
}

// Read returns the tables of a page, given the words of its text: those of its blocks or, if it has none, runs of
// lines with tabs.
func Read(pg *dossier.Page, p *text.Page) []*Table {
	var out []*Table
	blocks := false
	for i := range pg.Blocks {
		blocks = blocks || pg.Blocks[i].Table != nil
		out = fromBlock(out, p, &pg.Blocks[i])
	}
	if !blocks {
		out = runs(p)
	}
	for _, t := range out {
		if t.Rows > 1 { // one row alone, as of a letterhead, heads nothing
			t.findHeaders()
			t.About = t.readAbout()
		}
	}
	return out
}

// fromBlock appends the table of a block, and those inside its cells.
func fromBlock(out []*Table, p *text.Page, b *dossier.Block) []*Table {
	if b.Table == nil {
		return out
	}
	if t := newTable(p, b.Table); t != nil {
		out = append(out, t)
	}
	for r := range b.Table.Rows {
		for c := range b.Table.Rows[r].Cells {
			inner := b.Table.Rows[r].Cells[c].Blocks
			for k := range inner {
				out = fromBlock(out, p, &inner[k])
			}
		}
	}
	return out
}

// newTable lays out the cells of a document's table; nil if it is beyond the limits or empty.
func newTable(p *text.Page, from *dossier.Table) *Table {
	t := &Table{grid: grid{page: p}}
	n := 0
	for i := range from.Rows {
		t.said = append(t.said, from.Rows[i].Header)
		n += len(from.Rows[i].Cells)
	}
	t.cells = make([]Cell, 0, min(n, maxCells))
	for r := range from.Rows {
		if from.Rows[r].Hidden {
			continue
		}
		for c := range from.Rows[r].Cells {
			x := &from.Rows[r].Cells[c]
			if x.Row < 0 || x.Col < 0 || x.Row >= maxCells || x.Col >= maxCols || len(t.cells) >= maxCells {
				return nil
			}
			start := min(max(0, x.Start), len(p.Runes))
			end := min(max(start, x.End), len(p.Runes))
			cell := Cell{Row: x.Row, Col: x.Col, RowSpan: max(1, x.RowSpan), ColSpan: max(1, x.ColSpan), Start: start,
				End: end, Value: x.Value, HasField: len(x.Fields) > 0}
			cell.First, cell.Last = wordsIn(p, start, end)
			t.cells = append(t.cells, cell)
		}
	}
	t.trim()
	if !t.layOut() {
		return nil
	}
	if !slices.ContainsFunc(t.cells, func(c Cell) bool { return c.ColSpan > 1 }) {
		t.spread()
		t.widen()
	}
	return t
}

// Bounds of the rows above the values of a table.
const (
	maxTitleRows  = 3
	maxHeaderRows = 4
)

// findHeaders decides which rows are the title of the table and which label its columns: those of which the document
// says so, unless they have values, or else those that look so. Rows of column numbers below them are headers too.
func (t *Table) findHeaders() {
	title := 0
	for title < min(maxTitleRows, t.Rows-2) && t.Cols > 1 && t.isAlone(title) {
		title++
	}
	rows := t.saidRows(title)
	if rows == title && t.headsColumns(rows) {
		rows++
	}
	if rows == title {
		return // a form, or a table without headers
	}
	if rows < t.Rows-1 && isPartial(t, rows) {
		rows++
	}
	for rows < t.Rows-1 && t.isNumbering(rows) {
		rows++
	}
	t.TitleRows, t.HeaderRows = title, rows
}

// saidRows returns the row behind those, from one on, of which the document says that they are headers and that may be.
func (t *Table) saidRows(from int) int {
	r := from
	for r < min(from+maxHeaderRows, t.Rows-1) && t.isSaid(r) && !t.hasValue(r) && (t.Cols > 2 || t.headsTwo(r)) {
		r++
	}
	return r
}

// headsTwo reports whether a row heads two columns, and is not the first line of a form: its second cell has nothing
// but words of headers, or values are below both cells.
func (t *Table) headsTwo(r int) bool {
	if c := t.At(r, 1); c == nil || c.Blank() || Covered(t.page, c.First, c.Last) {
		return true
	}
	for k := r + 1; k < t.Rows; k++ {
		a, b := t.At(k, 0), t.At(k, 1)
		if a == nil || b == nil || !t.isValue(a) || !t.isValue(b) {
			return t.hasValues(r + 1)
		}
	}
	return true
}

// isSaid reports whether the document says that a row is a header.
func (t *Table) isSaid(r int) bool { return r < len(t.said) && t.said[r] }

// hasValue reports whether a row has a value: it is no header, whatever the document says.
func (t *Table) hasValue(r int) bool {
	for c := range t.Cols {
		if cell := t.At(r, c); cell != nil && t.isValue(cell) && !isDateHeader(t, cell) && !t.isNumbering(r) {
			return true
		}
	}
	return false
}

// headsColumns reports whether a row may head columns: two or more of its cells have words, the first two of the
// table's columns among them, and none is a value. With two columns, a word of headers is asked for as well: the row
// may be the first of a form.
func (t *Table) headsColumns(r int) bool {
	filled, known := 0, false
	for c := 0; c < t.Cols; c++ {
		cell := t.At(r, c)
		if cell == nil || cell.Blank() {
			continue
		}
		if t.isValue(cell) && !isDateHeader(t, cell) && !isUnitCorner(t, cell) {
			return false
		}
		filled++
		known = known || c > 0 && (t.cellMeaning(cell) != (Meaning{}) || headsStatus(t, cell))
	}
	return filled >= 2 && (known || t.Cols > 2 && filled > t.Cols/2 || t.hasValues(r+1))
}

// headsStatus reports whether a cell is a word for how far something has come, and nothing else.
func headsStatus(t *Table, c *Cell) bool {
	return slices.ContainsFunc(language.HeaderWords().Status(), func(s string) bool {
		return text.MatchAt(t.page.Words, c.First, c.Last, s) == c.Last-c.First
	})
}

// isUnitCorner reports whether a cell of the first column names the unit of the values, and nothing else: "£'000".
func isUnitCorner(t *Table, c *Cell) bool {
	return c.Col == 0 && t.cellMeaning(c).Scale > 0 && c.Last-c.First <= maxUnitCorner
}

// maxUnitCorner is how many words the unit in the corner of a table has at most.
const maxUnitCorner = 3

// isDateHeader reports whether a cell may head the values of a day: it is a date and nothing else, and the cell below
// it is a value and not a date: "31/12/2025" over "18.200".
func isDateHeader(t *Table, c *Cell) bool {
	below := t.At(c.Row+c.RowSpan, c.Col)
	return isOnlyDate(t, c) && below != nil && !below.Blank() && t.isValue(below) && !isOnlyDate(t, below)
}

// isOnlyDate reports whether a cell is a date: numbers and a month's name, of which the last is a year.
func isOnlyDate(t *Table, c *Cell) bool {
	if c.Blank() || !t.isDate(c) || c.Last-c.First > len("dmy") {
		return false
	}
	for k := c.First; k < c.Last; k++ {
		if !t.page.Words[k].Number && !isMonth(t.page.Words[k].Text) {
			return false
		}
	}
	return year(t.page, c.Last-1) > 0
}

// isMonth reports whether a word is the name of a month in any language.
func isMonth(word string) bool {
	for _, l := range language.All() {
		if _, ok := l.Months[word]; ok {
			return true
		}
	}
	return false
}

// hasValues reports whether all of at least two rows, from one on, have a value in the second column.
func (t *Table) hasValues(from int) bool {
	n := 0
	for r := from; r < t.Rows; r++ {
		c := t.At(r, 1)
		if c == nil || c.Blank() || !t.isValue(c) {
			return false
		}
		n++
	}
	return n >= 2
}

// isPartial reports whether a row may be the second of two header rows: the first column is empty, or belongs to the
// row above.
func isPartial(t *Table, r int) bool {
	c := t.At(r, 0)
	return r > 0 && r < t.Rows-1 && (c == nil || c.Blank() || c.Row < r) && t.headsColumns(r)
}

// isValue reports whether a cell has a number that is neither a year nor the number of a column, and does not begin
// with words: "1.250 hộ" and not "Năm 2026".
func (t *Table) isValue(c *Cell) bool {
	if c != nil && !c.Blank() && t.isOfYear(c) {
		return true
	}
	if c == nil || c.Blank() || !t.page.Words[c.First].Number && (c.Value == nil || c.Value.Number == "") {
		return false
	}
	for k := c.First; k < c.Last; k++ {
		if year(t.page, k) > 0 {
			return t.isDate(c)
		}
	}
	return !t.isPeriod(c)
}

// isOfYear reports whether a cell has a value with its year: "Năm 2024: 29", "2024: 29".
func (t *Table) isOfYear(c *Cell) bool {
	for k := c.First; k+1 < c.Last && k < c.First+maxBeforeYear; k++ {
		if year(t.page, k) > 0 {
			return strings.Contains(t.page.Gap(k), ":") && t.page.Words[k+1].Number && Covered(t.page, c.First, k)
		}
	}
	return false
}

// maxBeforeYear is how many words before and with a year may open a cell that has the value of it.
const maxBeforeYear = 3

// isPeriod reports whether a cell names a part of the year and nothing else: "1. halvår", "6 tháng đầu".
func (t *Table) isPeriod(c *Cell) bool {
	_, isSmall := ordinal(&t.page.Words[c.First])
	return isSmall && c.Last-c.First > 1 && t.cellMeaning(c).Has(Period) && Covered(t.page, c.First, c.Last)
}

// isDate reports whether a cell that names a year is a date: it begins with a number that is not the year, and names
// no part of a year as "2. kvartal 2026" does.
func (t *Table) isDate(c *Cell) bool {
	w := &t.page.Words[c.First]
	return w.Number && len(w.Text) != len("2026") && !t.cellMeaning(c).Has(Period)
}

// isNumbering reports whether a row numbers the columns: "A, B, 1, 2, 3" or "(1), (2), (3)".
func (t *Table) isNumbering(r int) bool {
	next, n := 0, 0
	for c := 0; c < t.Cols; c++ {
		cell := t.At(r, c)
		if cell == nil || cell.Blank() {
			continue
		}
		w := &t.page.Words[cell.First]
		number, isNumber := ordinal(w)
		switch {
		case isNumber && number == next+1: // "5=4/3" numbers column 5
			next, n = number, n+1
		case next == 0 && cell.Last == cell.First+1 && len(w.Text) == 1 && !w.Number:
		default:
			return false
		}
	}
	return n+1 >= t.Cols/2 && (n >= 3 || n == 2 && !t.isEmpty(r, 0) && t.page.Words[t.At(r, 0).First].Number)
}

// ordinal reads a word as the number of a column.
func ordinal(w *text.Word) (n int, ok bool) {
	if !w.Number || len(w.Text) > 2 {
		return 0, false
	}
	for _, r := range w.Text {
		if r < '0' || r > '9' {
			return 0, false
		}
		n = n*10 + int(r-'0')
	}
	return n, true
}

// Continue takes over the headers of a table that ends the page before, if this one begins its page without headers
// and has as many columns.
func (t *Table) Continue(before *Table) {
	if t.HeaderRows > 0 || before.Cols != t.Cols || !t.beginsPage() || !before.endsPage() ||
		!before.Headed() {
		return
	}
	t.carried = slices.Clone(before.carried)
	if before.HeaderRows > 0 {
		t.carried = nil
		for c := range before.Cols {
			t.carried = append(t.carried, before.Column(c))
		}
	}
	t.About = before.About
}

// maxMargin is how many lines of a header or footer may be between a table and the edge of its page.
const maxMargin = 3

// beginsPage and endsPage report whether nothing but a page header or footer is between the table and the edge of the
// page.
func (t *Table) beginsPage() bool {
	return t.words[0] < t.words[1] && t.page.Words[t.words[0]].Line <= maxMargin
}

func (t *Table) endsPage() bool {
	return t.words[0] < t.words[1] && len(t.page.Lines)-t.page.Words[t.words[1]-1].Line <= maxMargin+1
}

// header returns the header cells of a column, top down, each once.
func (t *Table) header(col int) []*Cell {
	var out []*Cell
	words := false
	for r := t.TitleRows; r < t.HeaderRows; r++ {
		if c := t.At(r, col); c != nil && !slices.Contains(out, c) {
			out = append(out, c)
			words = words || !c.Blank()
		}
	}
	if !words && col > 1 && t.isGap(col-1) {
		return t.header(col - 1) // the header is set a little to the left of its values
	}
	return out
}

// isGap reports whether a column has a header and nothing below it.
func (t *Table) isGap(col int) bool {
	for r := t.HeaderRows; r < t.Rows; r++ {
		if !t.isEmpty(r, col) {
			return false
		}
	}
	return t.HeaderRows > 0 && !t.isEmpty(t.HeaderRows-1, col)
}

// Headed reports whether the table has headers of its columns, on this page or the one before.
func (t *Table) Headed() bool { return t.HeaderRows > 0 || t.carried != nil }

// Column returns what the headers of a column say.
func (t *Table) Column(col int) Meaning {
	if t.carried != nil && col < len(t.carried) {
		return t.carried[col]
	}
	if t.HeaderRows == 0 {
		return Meaning{}
	}
	if t.columns == nil {
		t.columns = make([]Meaning, t.Cols)
		for c := range t.columns {
			for _, x := range t.header(c) {
				m := t.cellMeaning(x)
				if t.Cols == 2 && !x.Blank() && !Covered(t.page, x.First, x.Last) {
					m = Meaning{Scale: m.Scale, Currency: m.Currency} // it may be the first line of a form
				}
				t.columns[c] = t.columns[c].And(m)
			}
		}
	}
	return t.columns[col]
}

// Detached reports whether a row is below an empty one, in a part of the table with no more than two columns, and the
// rows above have more: a form below a table, to which the table's headers do not apply.
func (t *Table) Detached(row int) bool {
	if t.HeaderRows == 0 || t.filled(t.HeaderRows-1) <= 2 {
		return false
	}
	gap := row
	for gap > t.HeaderRows && t.filled(gap) > 0 {
		if t.filled(gap) > 2 {
			return false
		}
		gap--
	}
	return gap > t.HeaderRows
}

// Row returns what the cells of a row before column col say of it, and the row of a group that it belongs to: one
// above with words in its first cell only. Such a row at the top of the table is its title, as in a form that is a
// sheet: "registration of a model" does not make a plan of all that is below.
func (t *Table) Row(row, col int) Meaning {
	m := Meaning{}
	if g := t.group(row); g >= 0 {
		m = t.heading(t.firstCell(g))
		if g < t.top {
			m.Kinds = m.Kinds.ofTable()
		}
	}
	for c := range min(col, t.Cols) {
		if cell := t.At(row, c); cell != nil && cell.Col == c && !t.isValue(cell) && !t.isLabelled(cell) {
			m = m.And(t.cellMeaning(cell))
		}
	}
	return m
}

// group returns the row above a row that heads its group, or -1.
func (t *Table) group(row int) int {
	if t.groups == nil {
		for t.top = 0; t.top < t.Rows && t.isAlone(t.top); t.top++ {
		}
		t.groups = make([]int32, t.Rows)
		last := int32(-1)
		for r := range t.groups {
			t.groups[r] = last
			if r >= t.HeaderRows && t.isGroup(r) {
				last = int32(r)
			}
		}
	}
	return int(t.groups[row])
}

// isGroup reports whether a row has words in one cell only, which is its first or spans it.
func (t *Table) isGroup(r int) bool {
	first := t.firstCell(r)
	if first == nil || first.Col > 1 || t.isValue(first) || t.continues(first) {
		return false
	}
	for c := range t.Cols {
		if cell := t.At(r, c); cell != nil && cell != first && !cell.Blank() && !(c == 0 && t.isOrdinalCell(cell)) {
			return false
		}
	}
	return t.Cols > 1
}

// RowWords returns the words [first, last) of each cell of a row before column col that is not a value.
func (t *Table) RowWords(row, col int) (out [][2]int) {
	for c := range min(col, t.Cols) {
		cell := t.At(row, c)
		if cell != nil && cell.Col == c && !cell.Blank() && !t.isValue(cell) && !t.isOrdinalCell(cell) {
			out = append(out, [2]int{cell.First, cell.Last})
		}
	}
	return out
}

// ColumnWords returns the words [first, last) of each header of a column.
func (t *Table) ColumnWords(col int) (out [][2]int) {
	for _, c := range t.header(col) {
		if !c.Blank() {
			out = append(out, [2]int{c.First, c.Last})
		}
	}
	return out
}

// Says returns what a cell says as a header.
func (t *Table) Says(c *Cell) Meaning { return t.cellMeaning(c) }

// IsValue reports whether a cell has a value: it begins with a number that is not a year.
func (t *Table) IsValue(c *Cell) bool { return t.isValue(c) }

// UnitOf returns what the columns of units say of a row. The first column has its label, also if it is headed
// "Measure".
func (t *Table) UnitOf(row int) (m Meaning, first, last int) {
	for c := 1; c < t.Cols; c++ {
		if t.Column(c).Has(Unit) {
			if cell := t.At(row, c); cell != nil && !cell.Blank() {
				return t.unitMeaning(cell), cell.First, cell.Last
			}
		}
	}
	return Meaning{}, 0, 0
}
