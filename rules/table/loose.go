package table

import (
	"strings"

	"kheo/internal/text"
)

// Bounds of a table that is set with spaces or strokes.
const (
	minLooseRows  = 3
	maxLooseCells = 12 // of a row
	maxLooseWords = 12 // of a cell
)

// Loose finds the tables of a page whose columns are set with two spaces or more, or separated by strokes, as in plain
// text: runs of lines that have as many cells each, of which the first is a header. In the header the first cell may be
// missing if years or other times head the others. Such runs may be something else, so facts are not read from them.
func Loose(p *text.Page) []*Table {
	var out []*Table
	for _, cut := range []func(p *text.Page, l *text.Line) [][2]int{spaced, stroked('/'), stroked('|'), stroked('–'),
		stroked('-')} {
		for li := 0; li < len(p.Lines); {
			rows := looseRows(p, li, cut)
			if len(rows) >= minLooseRows {
				if t := looseTable(p, rows); t != nil {
					out = append(out, t)
				}
			}
			li += max(1, len(rows))
		}
	}
	return out
}

// looseRows cuts the lines from one on into cells, as long as they have as many as the second of them.
func looseRows(p *text.Page, from int, cut func(p *text.Page, l *text.Line) [][2]int) (rows [][][2]int) {
	for li := from; li < len(p.Lines); li++ {
		l := &p.Lines[li]
		if l.First >= l.Last {
			break
		}
		cells := cut(p, l)
		if len(cells) < 2 && !(len(rows) == 0 && len(cells) == 1) || len(cells) > maxLooseCells {
			break
		}
		if len(rows) >= 2 && len(cells) != len(rows[1]) {
			break
		}
		if len(rows) == 1 && len(cells) != len(rows[0]) {
			if len(cells) != len(rows[0])+1 {
				break
			}
			rows[0] = append([][2]int{{rows[0][0][0], rows[0][0][0]}}, rows[0]...) // nothing heads the first column
		}
		rows = append(rows, cells)
	}
	return rows
}

// spaced cuts a line at runs of two spaces or more. What is before its first word is none.
func spaced(p *text.Page, l *text.Line) (out [][2]int) {
	start := -1
	for i := l.Start; i <= l.End; i++ {
		end := i == l.End || p.Runes[i] == ' ' && i+1 < l.End && p.Runes[i+1] == ' '
		switch {
		case end && start >= 0:
			out = append(out, [2]int{start, i})
			start = -1
		case !end && start < 0 && p.Runes[i] != ' ':
			start = i
		}
	}
	return out
}

// stroked cuts lines at a sign with spaces around it.
func stroked(sign rune) func(p *text.Page, l *text.Line) [][2]int {
	return func(p *text.Page, l *text.Line) (out [][2]int) {
		start := l.Start
		for i := l.Start; i <= l.End; i++ {
			if i == l.End || p.Runes[i] == sign && i > l.Start && p.Runes[i-1] == ' ' && i+1 < l.End &&
				p.Runes[i+1] == ' ' {
				out = append(out, [2]int{start, i})
				start = i + 1
			}
		}
		return out
	}
}

// looseTable makes a table of rows of cells; nil if the first row is no header, or a cell has too many words to be one.
func looseTable(p *text.Page, rows [][][2]int) *Table {
	t := &Table{grid: grid{page: p}}
	for r, cells := range rows {
		for col, at := range cells {
			c := Cell{Row: r, Col: col, RowSpan: 1, ColSpan: 1, Start: at[0], End: at[1]}
			c.First, c.Last = wordsIn(p, at[0], at[1])
			if c.Last-c.First > maxLooseWords || len(t.cells) >= maxCells {
				return nil
			}
			t.cells = append(t.cells, c)
		}
	}
	if !t.layOut() || !headsTimes(t) && !(t.headsColumns(0) && headsKnown(t)) {
		return nil
	}
	t.TitleRows, t.HeaderRows = 0, 1
	t.About = t.readAbout()
	return t
}

// headsTimes reports whether each cell of the first row but the first names a year, and the first names none or is
// empty.
func headsTimes(t *Table) bool {
	if c := t.At(0, 0); c != nil && !c.Blank() && t.cellMeaning(c).To > 0 {
		return false
	}
	for col := 1; col < t.Cols; col++ {
		c := t.At(0, col)
		if c == nil || c.Blank() || t.cellMeaning(c).To == 0 || !Covered(t.page, c.First, c.Last) {
			return false
		}
	}
	return t.Cols > 1 && strings.TrimSpace(t.page.Text(t.At(0, 1).Start, t.At(0, 1).End)) != ""
}

// headsKnown reports whether a header behind the first is one of known words.
func headsKnown(t *Table) bool {
	for col := 1; col < t.Cols; col++ {
		if c := t.At(0, col); c != nil && !c.Blank() && (t.cellMeaning(c) != (Meaning{}) || headsStatus(t, c)) {
			return true
		}
	}
	return false
}
