package layout

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"kheo/internal/dossier"
)

// HeaderLimits are the thresholds by which header rows are recognised that a document does not state.
type HeaderLimits struct {
	Rows      int     // maximum number of header rows
	Letters   int     // maximum letters of a header cell
	Named     float64 // minimum share of the columns that a header row names
	Titles    int     // maximum number of rows above the header that are one cell of text
	Looked    int     // maximum number of rows below that are compared
	Strong    float64 // minimum share of bold, or of shaded, cells in a header that is known by them
	StrongLow float64 // maximum share of such cells below it
	Numbers   float64 // minimum share of numbers below a name, of all rows
	Shorter   float64 // maximum length of its texts by that of those below, if nothing else is in its favour
}

// UsualHeader are the thresholds for formats whose tables have their structure in the file. They were set on
// tables of Word files and workbooks.
var UsualHeader = HeaderLimits{Rows: 4, Letters: 120, Named: 0.6, Titles: 8, Looked: 200, Strong: 0.9,
	StrongLow: 0.5, Numbers: 0.5, Shorter: 0.6}

// PrintedHeader are the thresholds for tables that were found by the places of words. They were set on tables
// of PDF files. A first row of names is a header also if nothing else is in its favour.
var PrintedHeader = HeaderLimits{Rows: 4, Letters: 120, Named: 0.6, Titles: 8, Looked: 200, Strong: 0.9,
	StrongLow: 0.5, Numbers: 0.25, Shorter: 1.2}

// How sure header rows are that a document does not state: recognised by their looks, by what is below them,
// or because they are names and nothing else is in their favour.
const (
	sureLooks = 0.8
	sureTexts = 0.7
	sureNames = 0.6
)

// GuessHeaders marks the header rows of a table whose document states none, and returns how sure they are; 0
// if it marks none. They are leading rows of short text, below titles of one cell, that differ from the rows
// below: they are bold, or shaded, or above the first ruling, or their words are above numbers.
func GuessHeaders(t *Table, limits HeaderLimits) (sure float64) {
	for _, r := range t.Rows {
		if r.Header {
			return 0
		}
	}
	g := newHeaderGuess(t, limits)
	if g.columns < 2 || len(g.rows) < 2 {
		return 0
	}
	n, sure := g.rowsByLooks()
	if n == 0 {
		n, sure = g.rowsByTexts()
	}
	if n == 0 && !t.Continued && g.titled() {
		n, sure = 1, sureNames
	}
	if n == 0 {
		return 0
	}
	if g.counts(n) {
		n++
	}
	for _, r := range g.rows[:n] {
		r.row.Header = true
	}
	return sure
}

// headerGuess is a table as it is looked at for header rows.
type headerGuess struct {
	HeaderLimits
	rows    []headRow // that are shown and have text, without titles
	columns int
	ruled   int // of rows, above the first ruling
}

// headRow is a row of the table as it is looked at.
type headRow struct {
	row   *Row
	cells []headCell // that have text
	all   int        // cells, with those without text
	from  int        // number of the row in the table
}

// headCell is a cell of such a row that has text: how many columns and rows it covers, and how it looks.
type headCell struct {
	col, cols, rows int
	text            string
	number          bool
	bold, shaded    bool
}

// newHeaderGuess looks at the first rows of a table that are shown. Titles, which are rows of one cell above the
// columns, are left out of its rows.
func newHeaderGuess(t *Table, limits HeaderLimits) *headerGuess {
	g := &headerGuess{HeaderLimits: limits}
	for i, r := range t.Rows {
		if r.Hidden || len(g.rows) > limits.Rows+limits.Looked {
			continue
		}
		if row := g.lookAt(r, i); len(row.cells) > 0 {
			g.rows = append(g.rows, row)
		}
	}
	titles := 0
	for titles < min(limits.Titles, len(g.rows)-2) && g.rows[titles].isTitle() {
		titles++
	}
	if len(g.rows) > titles && len(g.rows[titles].cells) > 1 {
		g.rows = g.rows[titles:]
	}
	if t.Ruled > 0 && len(g.rows) > 0 {
		for g.ruled < len(g.rows) && g.rows[g.ruled].from < t.Ruled {
			g.ruled++
		}
	}
	return g
}

// lookAt returns how row i of the table looks.
func (g *headerGuess) lookAt(r *Row, i int) headRow {
	row, col := headRow{row: r, all: len(r.Cells), from: i}, 0
	for _, c := range r.Cells {
		if c.Col >= 0 {
			col = c.Col
		}
		h := headCell{col: col, cols: max(1, c.ColSpan), rows: max(1, c.RowSpan), bold: c.Bold}
		h.shaded = c.Shaded
		col += h.cols
		g.columns = max(g.columns, col)
		if h.text = strings.TrimSpace(Raw(c.Nodes)); h.text != "" {
			h.number = isNumeric(c, h.text)
			row.cells = append(row.cells, h)
		}
	}
	return row
}

// isTitle reports whether a row is one cell of text, from the first column on.
func (r *headRow) isTitle() bool {
	return len(r.cells) == 1 && r.cells[0].col == 0 && r.cells[0].rows == 1
}

// rowsByLooks returns the number of leading rows that look unlike those below.
func (g *headerGuess) rowsByLooks() (n int, sure float64) {
	for _, mark := range []func(*headCell) bool{
		func(c *headCell) bool { return c.bold }, func(c *headCell) bool { return c.shaded },
		func(c *headCell) bool { return c.bold || c.shaded },
	} {
		if n := g.marked(mark); n > 0 {
			return n, sureLooks
		}
	}
	if g.ruled > 0 && g.ruled <= g.Rows && g.ruled < len(g.rows) {
		return g.ruled, sureLooks
	}
	return 0, 0
}

// marked returns the number of leading rows that have a mark which the rows below lack.
func (g *headerGuess) marked(mark func(*headCell) bool) (n int) {
	for n < len(g.rows) && share(g.rows[n:n+1], mark) >= g.Strong && g.short(n) {
		n++
	}
	if n == 0 || n > g.Rows || n == len(g.rows) {
		return 0
	}
	besides := share(beside(g.rows[n:]), mark)
	if share(g.rows[n:], mark) >= g.StrongLow && besides > 1-g.Strong {
		return 0
	}
	numbers := share(g.rows[:n], func(c *headCell) bool { return c.number && !isYear(c.text) })
	if numbers > 0.5 && besides > 0 {
		return 0
	}
	return g.withSpans(n)
}

// short reports whether the cells of a row are as short as those of a header.
func (g *headerGuess) short(i int) bool {
	for k := range g.rows[i].cells {
		if utf8.RuneCountInString(g.rows[i].cells[k].text) > g.Letters {
			return false
		}
	}
	return true
}

// rowsByTexts returns the number of leading rows that name what is below them.
func (g *headerGuess) rowsByTexts() (n int, sure float64) {
	if len(g.rows) > 3 && !g.names(0) && g.groups(0) && g.names(1) && g.aboveNumbers(2) {
		return 2, sureTexts
	}
	for n < min(g.Rows, len(g.rows)-1) && g.names(n) {
		n++
		if !g.spansBelow(n) {
			break
		}
	}
	if n == 0 {
		return 0, 0
	}
	switch {
	case g.counts(n), g.columns > 2 && serial[strings.ToLower(g.rows[0].cells[0].text)], g.isCross(n):
	case g.aboveNumbers(n):
		for g.goesOn(n) {
			n++
		}
	default:
		return 0, 0
	}
	return g.withSpans(n), sureTexts
}

// goesOn reports whether row n names what is below it, as the n rows above it do.
func (g *headerGuess) goesOn(n int) bool {
	if n >= min(g.Rows, 3) || n+2 >= len(g.rows) || g.columns < 3 || len(g.rows[n].cells) < 2 {
		return false
	}
	return g.names(n) && g.aboveNumbers(n+1)
}

// titled reports whether the first row of a table of words has a name for nearly every column, and its texts
// are shorter than those below: the weakest of the signs.
func (g *headerGuess) titled() bool {
	if g.columns < 3 || len(g.rows) < 3 || len(g.rows[0].cells) < g.columns-1 || !g.names(0) {
		return false
	}
	letters := func(rows []headRow) float64 {
		sum, all := 0, 0
		for i := range rows {
			for k := range rows[i].cells {
				sum, all = sum+utf8.RuneCountInString(rows[i].cells[k].text), all+1
			}
		}
		return float64(sum) / float64(max(1, all))
	}
	return letters(g.rows[:1]) <= g.Shorter*letters(g.rows[1:])
}

// names reports whether row i could be a header: short texts, no number but a year, most columns named.
func (g *headerGuess) names(i int) bool {
	named := 0
	for _, c := range g.rows[i].cells {
		if c.number && !isYear(c.text) {
			return false
		}
		named += c.cols
	}
	for k := range g.rows[:i] { // columns that a cell from above covers
		for _, c := range g.rows[k].cells {
			if k+c.rows > i {
				named += c.cols
			}
		}
	}
	return g.short(i) && float64(named) >= g.Named*float64(g.columns)
}

// groups reports whether row i could name groups of columns: short texts over some of them.
func (g *headerGuess) groups(i int) bool {
	cells := g.rows[i].cells
	return len(cells) > 1 && g.short(i) && !slices.ContainsFunc(cells, func(c headCell) bool { return c.number })
}

// spansBelow reports whether a cell of the first n rows reaches beyond them, or some cell of the last of them
// covers several columns: then the row below names what is under it.
func (g *headerGuess) spansBelow(n int) bool {
	for i := range g.rows[:n] {
		for _, c := range g.rows[i].cells {
			if i+c.rows > n || i == n-1 && c.cols > 1 {
				return true
			}
		}
	}
	return false
}

// withSpans extends n header rows over cells, but for those of the first column, that reach into further
// rows. It returns 0 if the cells of the header would be parts of rows below it.
func (g *headerGuess) withSpans(n int) int {
	end := n
	for i := range g.rows[:n] {
		for _, c := range g.rows[i].cells {
			if c.col > 0 && i+c.rows <= g.Rows && i+c.rows < len(g.rows) {
				end = max(end, i+c.rows)
			}
		}
	}
	for i := range g.rows[:end] {
		for _, c := range g.rows[i].cells {
			if c.col > 0 && i+c.rows > max(end, n) && c.cols < g.columns {
				return 0
			}
		}
	}
	return end
}

// aboveNumbers reports whether in some column that the first n rows name, most of what is below are numbers.
// A table of two columns may be a form, with a label before each answer: all of its answers must be numbers.
func (g *headerGuess) aboveNumbers(n int) bool {
	head, numbers, texts := map[int]bool{}, map[int]int{}, map[int]int{}
	for i := range g.rows {
		for _, c := range g.rows[i].cells {
			switch {
			case i < n:
				for col := c.col; col < c.col+c.cols; col++ {
					head[col] = true
				}
			case c.number:
				numbers[c.col]++
			default:
				texts[c.col]++
			}
		}
	}
	below := len(g.rows) - n
	if g.columns == 2 {
		return head[1] && n == 1 && below >= 3 && numbers[1] == below && (numbers[0] == 0 || texts[0] == 0)
	}
	for col, count := range numbers {
		if !head[col] {
			continue
		}
		if float64(count) >= g.Numbers*float64(below) || col > 0 && count >= 2 && texts[col]*4 <= count {
			return true
		}
	}
	return false
}

// serial are the names of the column that counts the rows.
var serial = map[string]bool{"stt": true, "tt": true, "số tt": true, "số thứ tự": true, "nr": true, "nr.": true,
	"no": true, "no.": true, "№": true, "#": true, "№ п/п": true, "lp.": true, "lfd. nr.": true, "s/n": true}

// counts reports whether row n numbers the columns (1, 2, 3 … or A, B, 1, 2 …), as it does below the header
// of forms. It then belongs to the header.
func (g *headerGuess) counts(n int) bool {
	if n >= len(g.rows) {
		return false
	}
	r := &g.rows[n]
	if r.all < 3 || 2*r.all < g.columns || len(r.cells) < r.all {
		return false
	}
	next, letters := 1, 0
	for _, c := range r.cells {
		text := strings.Trim(c.text, "().")
		switch {
		case text == strconv.Itoa(next):
			next++
		case len(text) == 1 && text[0] >= 'A' && text[0] <= 'D' && next == 1:
			letters++
		case strings.ContainsAny(text, "=+-*/x×") && strings.ContainsAny(text, "123456789"): // 5=3*4
			next++
		default:
			return false
		}
	}
	return next > 2 && (letters == 0 || next > 3) // A, 1, 2 may be a row of data
}

// isCross reports whether a table has names in its first row and first column, and an empty corner.
func (g *headerGuess) isCross(n int) bool {
	if g.rows[0].cells[0].col == 0 || g.rows[0].all < 3 && len(g.rows[0].cells) < 2 || n != 1 {
		return false
	}
	for i := range g.rows[n:] {
		if g.rows[n+i].cells[0].col != 0 {
			return false
		}
	}
	return true
}

// share returns the share of the cells with text of some rows that have a mark.
func share(rows []headRow, mark func(*headCell) bool) float64 {
	all, marked := 0, 0
	for i := range rows {
		for k := range rows[i].cells {
			all++
			if mark(&rows[i].cells[k]) {
				marked++
			}
		}
	}
	if all == 0 {
		return 0
	}
	return float64(marked) / float64(all)
}

// beside returns rows without their first column, which may be as bold as the header.
func beside(rows []headRow) []headRow {
	out := make([]headRow, 0, len(rows))
	for _, r := range rows {
		r.cells = slices.DeleteFunc(slices.Clone(r.cells), func(c headCell) bool { return c.col == 0 })
		out = append(out, r)
	}
	return out
}

// isNumeric reports whether a cell is a number, an amount, a percentage or a date.
func isNumeric(c *Cell, text string) bool {
	if c.Value != nil {
		switch c.Value.Kind {
		case dossier.NumberValue, dossier.PercentValue, dossier.AmountValue, dossier.DateValue, dossier.TimeValue:
			return true
		}
	}
	if c.Ref != "" {
		return false // a sheet says itself what is a number
	}
	digits, letters, joined := 0, 0, false
	for _, r := range text {
		switch {
		case unicode.IsDigit(r):
			if digits++; joined && digits == 1 {
				return false // the name of something, such as Q1
			}
		case unicode.IsLetter(r):
			letters++
		}
		joined = unicode.IsLetter(r)
	}
	return digits > 0 && digits >= letters
}

// isYear reports whether a text is a year, which a header may be.
func isYear(text string) bool {
	return len(text) == 4 && (strings.HasPrefix(text, "19") || strings.HasPrefix(text, "20")) &&
		strings.Trim(text, "0123456789") == ""
}
