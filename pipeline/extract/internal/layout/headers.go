package layout

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"kheo/internal/dossier"
)

// sureHeader is the certainty of header rows that a document does not state.
const sureHeader = 0.7

// Bounds of header rows that are recognised by their looks.
const (
	maxHeaderRows   = 3
	maxHeaderLetter = 120 // letters of a header cell
	minHeaderFill   = 0.6 // share of the columns that a header row names
)

// GuessHeaders marks the header rows of a table whose document states none, and reports whether it did: leading rows
// of short text that look unlike the rows below, because they are bold or shaded, or because numbers stand below
// their words.
func GuessHeaders(t *Table) bool {
	if len(t.Rows) < 2 {
		return false
	}
	for _, r := range t.Rows {
		if r.Header {
			return false
		}
	}
	columns := 0
	for _, r := range t.Rows {
		n := 0
		for _, c := range r.Cells {
			n += max(1, c.ColSpan)
		}
		columns = max(columns, n)
	}
	if columns < 2 {
		return false
	}
	n := 0
	for n < min(maxHeaderRows, len(t.Rows)-1) && isHeaderRow(t, n, columns) {
		n++
		if !t.spansBelow(n) {
			break
		}
	}
	if n == 0 || !t.differs(n, columns) {
		return false
	}
	if t.counts(n, columns) {
		n++
	}
	for _, r := range t.Rows[:n] {
		r.Header = true
	}
	return true
}

// spansBelow reports whether a cell of the first n rows reaches beyond them, or some cell of the last of them covers
// several columns: then the row below names what is under it.
func (t *Table) spansBelow(n int) bool {
	for i, r := range t.Rows[:n] {
		for _, c := range r.Cells {
			if i+max(1, c.RowSpan) > n || i == n-1 && c.ColSpan > 1 {
				return true
			}
		}
	}
	return false
}

// isHeaderRow reports whether row i could be a header: short texts, hardly a number, most columns named.
func isHeaderRow(t *Table, i, columns int) bool {
	named, filled := 0, 0
	for _, c := range t.Rows[i].Cells {
		text := strings.TrimSpace(Raw(c.Nodes))
		if text == "" {
			continue
		}
		filled++
		if utf8.RuneCountInString(text) > maxHeaderLetter || isNumeric(c, text) && !isYear(text) {
			return false
		}
		named += max(1, c.ColSpan)
	}
	for k, r := range t.Rows[:i] { // columns that a cell from above covers
		for _, c := range r.Cells {
			if k+max(1, c.RowSpan) > i {
				named += max(1, c.ColSpan)
			}
		}
	}
	return filled > 0 && float64(named) >= minHeaderFill*float64(columns)
}

// differs reports whether the first n rows look unlike those below them.
func (t *Table) differs(n, columns int) bool {
	if strong(t.Rows[:n]) > 0.9 && strong(t.Rows[n:]) < 0.5 {
		return true
	}
	if t.counts(n, columns) || serial[strings.ToLower(strings.TrimSpace(Raw(firstOf(t.Rows[0]))))] && columns > 2 {
		return true
	}
	if columns == 2 {
		return false // two columns of words and values may be a form
	}
	head, below := map[int]bool{}, map[int]int{}
	for i, r := range t.Rows {
		col := 0
		for _, c := range r.Cells {
			if c.Col >= 0 {
				col = c.Col
			}
			text := strings.TrimSpace(Raw(c.Nodes))
			switch {
			case i < n && text != "":
				head[col] = true
			case i >= n && isNumeric(c, text):
				below[col]++
			}
			col += max(1, c.ColSpan)
		}
	}
	for col, count := range below {
		if head[col] && 2*count >= len(t.Rows)-n {
			return true
		}
	}
	return t.isCross(n)
}

// serial are the names of the column that counts the rows.
var serial = map[string]bool{"stt": true, "tt": true, "số tt": true, "số thứ tự": true, "nr": true, "nr.": true,
	"no": true, "no.": true, "№": true, "#": true, "№ п/п": true, "lp.": true, "lfd. nr.": true, "s/n": true}

// firstOf returns the content of the first cell of a row.
func firstOf(r *Row) []*Node {
	if len(r.Cells) == 0 {
		return nil
	}
	return r.Cells[0].Nodes
}

// counts reports whether row n numbers the columns (1, 2, 3 … or A, B, 1, 2 …), as it does below the header of forms.
// It then belongs to the header.
func (t *Table) counts(n, columns int) bool {
	if n >= len(t.Rows) || len(t.Rows[n].Cells) < 3 || 2*len(t.Rows[n].Cells) < columns {
		return false
	}
	next := 1
	for _, c := range t.Rows[n].Cells {
		text := strings.Trim(strings.TrimSpace(Raw(c.Nodes)), "().")
		switch {
		case text == strconv.Itoa(next):
			next++
		case len(text) == 1 && text[0] >= 'A' && text[0] <= 'D' && next == 1:
		case strings.ContainsAny(text, "=+-*/x×") && strings.ContainsAny(text, "123456789"): // 5=3*4
			next++
		default:
			return false
		}
	}
	return next > 2
}

// isCross reports whether a table has names in its first row and first column, and an empty corner.
func (t *Table) isCross(n int) bool {
	if strings.TrimSpace(Raw(firstOf(t.Rows[0]))) != "" || len(t.Rows[0].Cells) < 3 || n != 1 {
		return false
	}
	for _, r := range t.Rows[n:] {
		if strings.TrimSpace(Raw(firstOf(r))) == "" {
			return false
		}
	}
	return true
}

// strong returns the share of the cells with text that are bold or shaded.
func strong(rows []*Row) float64 {
	all, good := 0, 0
	for _, r := range rows {
		for _, c := range r.Cells {
			if strings.TrimSpace(Raw(c.Nodes)) == "" {
				continue
			}
			all++
			if c.Strong {
				good++
			}
		}
	}
	if all == 0 {
		return 0
	}
	return float64(good) / float64(all)
}

// isNumeric reports whether a cell is a number, an amount, a percentage or a date.
func isNumeric(c *Cell, text string) bool {
	if c.Value != nil {
		switch c.Value.Kind {
		case dossier.NumberValue, dossier.PercentValue, dossier.AmountValue, dossier.DateValue, dossier.TimeValue:
			return true
		}
	}
	digits, letters := 0, 0
	for _, r := range text {
		switch {
		case unicode.IsDigit(r):
			digits++
		case unicode.IsLetter(r):
			letters++
		}
	}
	return digits > 0 && digits >= letters
}

// isYear reports whether a text is a year, which a header may be.
func isYear(text string) bool {
	return len(text) == 4 && (strings.HasPrefix(text, "19") || strings.HasPrefix(text, "20")) &&
		strings.Trim(text, "0123456789") == ""
}
