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
	t := &Table{grid: grid{page: p}}
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
	if !t.layOut() {
		return nil
	}
	t.spread()
	t.widen()
	if !t.headsColumns(0) {
		return nil
	}
	return t
}
