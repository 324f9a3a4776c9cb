package table

import "kheo/internal/text"

// runs finds the tables of a page whose reader knows none: runs of lines with tabs between their words, the first of
// which has as many cells as any other and no values. A form, "label, tab, value" line by line, is not one.
func runs(p *text.Page) []*Table {
	var out []*Table
	for li := 0; li < len(p.Lines); {
		end := li
		for end < len(p.Lines) && tabs(p, end) > 0 {
			end++
		}
		if end-li >= 2 {
			if t := run(p, li, end); t != nil {
				out = append(out, t)
			}
		}
		li = max(end, li+1)
	}
	return out
}

// tabs counts the tabs of a line that has words.
func tabs(p *text.Page, li int) int {
	l := &p.Lines[li]
	if l.First == l.Last {
		return 0
	}
	n := 0
	for _, r := range p.Runes[l.Start:l.End] {
		if r == '\t' {
			n++
		}
	}
	return n
}

// run makes a table of lines [from, to); nil if their first line is not a header. Its cells are cut at tabs. Of two
// header lines, the first with fewer cells, the cells of the first span those of the second.
func run(p *text.Page, from, to int) *Table {
	t := &Table{page: p}
	for li := from; li < to; li++ {
		l := &p.Lines[li]
		col, start := 0, l.Start
		for i := l.Start; i <= l.End; i++ {
			if i < l.End && p.Runes[i] != '\t' {
				continue
			}
			c := Cell{Row: li - from, Col: col, RowSpan: 1, ColSpan: 1, Start: start, End: i}
			c.First, c.Last = wordsIn(p, start, i)
			if t.cells = append(t.cells, c); len(t.cells) > maxCells || col >= maxCols {
				return nil
			}
			col, start = col+1, i+1
		}
	}
	if t = t.layOut(); t == nil {
		return nil
	}
	t.spread()
	if !t.headsColumns(0) {
		return nil
	}
	return t
}

// spread lets the cells of a first line span those of the second, if the second has more and leaves out the columns
// before: "Chỉ tiêu, 2025, 2026" over ", KH, TH, KH, TH".
func (t *Table) spread() {
	if t.Rows < 3 || t.Cols < 3 {
		return
	}
	lead := 0
	for lead < t.Cols && t.isEmpty(1, lead) && !t.isEmpty(0, lead) {
		lead++
	}
	upper, lower := t.filled(0)-lead, t.filled(1)
	if lead == 0 || upper < 1 || lower <= upper || lower%upper != 0 || t.filled(0) != t.leading(0) {
		return
	}
	by := lower / upper
	kept := t.cells[:0]
	for _, c := range t.cells {
		if c.Row == 0 && c.Col >= lead {
			if c.Blank() {
				continue
			}
			c.Col, c.ColSpan = lead+(c.Col-lead)*by, by
		}
		kept = append(kept, c)
	}
	t.cells = kept
	t.layOut()
}

// isEmpty reports whether a place has no cell with words.
func (t *Table) isEmpty(row, col int) bool {
	c := t.At(row, col)
	return c == nil || c.Blank()
}

// filled counts the cells of a row that have words.
func (t *Table) filled(row int) (n int) {
	for c := range t.Cols {
		if !t.isEmpty(row, c) {
			n++
		}
	}
	return n
}

// leading counts the cells of a row before the first that has no words.
func (t *Table) leading(row int) (n int) {
	for n < t.Cols && !t.isEmpty(row, n) {
		n++
	}
	return n
}
