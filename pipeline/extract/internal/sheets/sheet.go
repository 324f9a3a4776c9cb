package sheets

import (
	"encoding/xml"
	"math"
	"slices"
	"strconv"
	"strings"

	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/parts"
	"kheo/pipeline/extract/internal/sight"
)

// Bounds of a sheet. Those of rows and columns are Excel's, the size of text and of columns is what Excel
// begins with.
const (
	maxCol       = 16_384
	maxRow       = 1_048_576
	maxMerges    = 100_000 // merged areas
	maxAreas     = 10_000  // ranges of one conditional format
	maxValue     = 100_000 // bytes of a value or a formula; longer ones are cut off
	defaultWidth = 8.43    // of columns, in characters
	defaultSize  = 11      // of text, in points
)

// place is a cell's row and column, from 0.
type place struct{ row, col int }

// area is a range of cells, both ends included.
type area struct{ from, to place }

// has reports whether a cell is in the area.
func (a area) has(p place) bool {
	return p.row >= a.from.row && p.row <= a.to.row && p.col >= a.from.col && p.col <= a.to.col
}

// ref returns the name of a cell, such as B7.
func (p place) ref() string { return layout.Ref(p.row, p.col) }

// parseRef reads B7 or $B$7; ok is false for what is not a cell, such as a whole column.
func parseRef(s string) (p place, ok bool) {
	s = strings.ReplaceAll(s, "$", "")
	i, col := 0, 0
	for ; i < len(s) && (s[i]|0x20) >= 'a' && (s[i]|0x20) <= 'z'; i++ {
		if col = col*26 + int(s[i]|0x20-'a') + 1; col > maxCol {
			return p, false
		}
	}
	row, err := strconv.Atoi(s[i:])
	if i == 0 || err != nil || row < 1 || row > maxRow {
		return p, false
	}
	return place{row - 1, col - 1}, true
}

// parseArea reads B7 or B7:C9, whatever two opposite corners it is written with.
func parseArea(s string) (a area, ok bool) {
	from, to, two := strings.Cut(s, ":")
	if a.from, ok = parseRef(from); !ok {
		return a, false
	}
	if a.to = a.from; two {
		if a.to, ok = parseRef(to); !ok {
			return a, false
		}
	}
	a.from, a.to = place{min(a.from.row, a.to.row), min(a.from.col, a.to.col)},
		place{max(a.from.row, a.to.row), max(a.from.col, a.to.col)}
	return a, true
}

// parseAreas reads ranges separated by spaces (ST_Sqref), without those that it cannot read.
func parseAreas(s string) (out []area) {
	for _, f := range strings.Fields(s) {
		if a, ok := parseArea(f); ok && len(out) < maxAreas {
			out = append(out, a)
		}
	}
	return out
}

// cell is a cell as the file has it (18.3.1.4). Its kind is that of its type, ST_CellType (18.18.11), with
// the three kinds of text as one.
type cell struct {
	place
	style   int
	kind    byte     // n number, t text, b yes or no, e error, d date, 0 empty
	raw     string   // of other kinds than t
	text    richText // of kind t
	formula string
	has     bool // it has a formula
	value   bool // its value is in the file
}

// line is a row of a sheet (18.3.1.73); its cells are in the order of their columns.
type line struct {
	row    int
	height float64 // in points; 0 is not stated
	custom bool    // the height does not follow the text
	hidden bool
	cells  []cell
}

// column is what a sheet states of some columns, numbered from 0, both ends included.
type column struct {
	from, to int
	width    float64 // in characters; below 0 is not stated
	hidden   bool
}

// rule is a conditional format (18.3.1.10). It changes the look of a cell, shows an icon or a bar in place
// of its value, or paints it in one of a scale of colours.
type rule struct {
	areas    []area
	kind, op string
	text     string
	formulas []string
	priority int
	stop     bool
	change   *change
	replaces bool // a sign is shown in place of the value
	paints   bool // a ground that is not computed
}

// sheet is a sheet as the file has it. Rows that have no cells need not be in the file, so rows are found
// by search.
type sheet struct {
	lines        []line
	columns      []column
	width        float64 // of columns that state none
	height       float64 // of rows that state none; 0 is not stated
	rowsHidden   bool    // rows that the file does not list are hidden
	merges       []area
	rules        []rule
	frozen       int // rows at the top that stay when the sheet is scrolled
	noZeros      bool
	formulas     bool // formulas are shown in place of their values
	filter       *area
	picture      bool // behind the cells
	cells, limit int
	cut          bool // not every cell was read
	steps        int  // cells that formulas have looked up
}

// sheetReader reads a worksheet part (18.3.1.99) in one pass. A row is open from its start to its end, a
// cell within it, and each goes to its list when it ends: damaged files may lack an end, so a start also
// ends what is open.
type sheetReader struct {
	*sheet
	book   *workbook
	line   *line
	cell   *cell
	text   textReader
	inText string // the element whose text is collected: v, f, formula, sqref
	buf    strings.Builder
	inline bool
	typ    string
	rule   *rule
	dxf    *stylesReader
	sqref  []area
	old    []*rule // rules of the extension list, which wait for their range
}

// readSheet reads a worksheet, of at most limit cells. err says that it is damaged; what was read before
// counts. The file need not list rows in order, and rules have their order in their priority.
func readSheet(b []byte, w *workbook, limit int) (*sheet, error) {
	r := &sheetReader{sheet: &sheet{width: defaultWidth, limit: limit}, book: w}
	r.text.styles = w.styles
	err := parts.Walk(b, r.start, r.end, r.add)
	r.endCell()
	r.endLine()
	slices.SortStableFunc(r.lines, func(a, b line) int { return a.row - b.row })
	slices.SortStableFunc(r.rules, func(a, b rule) int { return a.priority - b.priority })
	return r.sheet, err
}

// float reads an attribute that is a finite number.
func float(e xml.StartElement, name string) (float64, bool) {
	f, err := strconv.ParseFloat(parts.Attr(e, name), 64)
	return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
}

// start handles the beginning of an element. Within a change that is written in its rule, and within rich
// text, other readers take over.
func (r *sheetReader) start(e xml.StartElement) {
	name := e.Name.Local
	if r.dxf != nil {
		r.dxf.start(e)
		return
	}
	if r.inline {
		r.text.start(e)
		return
	}
	switch name {
	case "row":
		r.startLine(e)
	case "c":
		r.startCell(e)
	case "is":
		r.inline = r.cell != nil
	case "v", "f", "formula", "sqref":
		r.inText = name
		r.buf.Reset()
		if name == "f" && r.cell != nil {
			r.cell.has = true
		}
	case "conditionalFormatting", "cfRule", "dxf", "iconSet", "dataBar", "colorScale":
		r.startRule(e)
	default:
		r.setting(e)
	}
}

// setting reads what a sheet states of itself.
func (r *sheetReader) setting(e xml.StartElement) {
	switch e.Name.Local {
	case "sheetFormatPr":
		r.defaults(e)
	case "sheetView":
		r.noZeros = !truth(e, "showZeros", true)
		r.formulas = truth(e, "showFormulas", false)
	case "pane":
		if n := number(e, "ySplit"); n > 0 && strings.HasPrefix(parts.Attr(e, "state"), "frozen") {
			r.frozen = n
		}
	case "col":
		r.addColumns(e)
	case "mergeCell":
		if a, ok := parseArea(parts.Attr(e, "ref")); ok && len(r.merges) < maxMerges {
			r.merges = append(r.merges, a)
		}
	case "autoFilter":
		if a, ok := parseArea(parts.Attr(e, "ref")); ok {
			r.filter = &a
		}
	case "picture":
		r.picture = true
	}
}

// defaults reads the size of rows and columns that state none (18.3.1.81). A height that is not set by hand
// follows the text.
func (r *sheetReader) defaults(e xml.StartElement) {
	if v, ok := float(e, "defaultColWidth"); ok {
		r.width = v
	}
	if v, ok := float(e, "defaultRowHeight"); ok && truth(e, "customHeight", false) {
		r.height = v
	}
	r.rowsHidden = truth(e, "zeroHeight", false)
}

// addColumns reads the width of columns (18.3.1.13).
func (r *sheetReader) addColumns(e xml.StartElement) {
	c := column{from: number(e, "min") - 1, to: number(e, "max") - 1, width: -1, hidden: truth(e, "hidden", false)}
	if v, ok := float(e, "width"); ok {
		c.width = v
	}
	if c.from >= 0 && c.to >= c.from && len(r.columns) < maxCol {
		r.columns = append(r.columns, c)
	}
}

// startLine begins a row. Without a number it follows the row before it (18.3.1.73). A height of 0 is kept
// as a tiny one, since 0 means that none is stated.
func (r *sheetReader) startLine(e xml.StartElement) {
	r.endCell()
	r.endLine()
	row := number(e, "r") - 1
	if row < 0 {
		row = 0
		if n := len(r.lines); n > 0 {
			row = r.lines[n-1].row + 1
		}
	}
	if row >= maxRow {
		return
	}
	l := line{row: row, custom: truth(e, "customHeight", false), hidden: truth(e, "hidden", false)}
	v, ok := float(e, "ht")
	switch {
	case ok:
		l.height = max(v, 0.001)
	case r.height > 0:
		l.height, l.custom = r.height, true
	}
	r.line = &l
}

// endLine gives the open row its place in the sheet.
func (r *sheetReader) endLine() {
	if r.line != nil {
		r.lines = append(r.lines, *r.line)
	}
	r.line = nil
}

// startCell begins a cell. Without a reference it follows the cell before it. The row of a reference is
// that of its row element in any valid file, so it is not looked at.
func (r *sheetReader) startCell(e xml.StartElement) {
	r.endCell()
	if r.line == nil {
		return
	}
	if r.cells++; r.cells > r.limit {
		r.cut = true
		return
	}
	c := cell{place: place{r.line.row, 0}, style: max(number(e, "s"), 0)}
	if p, ok := parseRef(parts.Attr(e, "r")); ok {
		c.col = p.col
	} else if n := len(r.line.cells); n > 0 {
		c.col = r.line.cells[n-1].col + 1
	}
	if c.col >= maxCol {
		return
	}
	r.typ = parts.Attr(e, "t")
	r.cell = &c
}

// endCell gives a cell its place in its row. Nearly all files list cells in order, so that sorting is rare.
func (r *sheetReader) endCell() {
	r.inline, r.inText = false, ""
	c := r.cell
	if c == nil || r.line == nil {
		return
	}
	r.cell = nil
	if c.kind == 0 && !c.has {
		return // a cell that is only painted
	}
	r.line.cells = append(r.line.cells, *c)
	if n := len(r.line.cells); n > 1 && r.line.cells[n-2].col >= c.col {
		slices.SortStableFunc(r.line.cells, func(a, b cell) int { return a.col - b.col })
	}
}

// add handles text.
func (r *sheetReader) add(s string) {
	switch {
	case r.inline:
		r.text.add(s)
	case r.inText != "" && r.buf.Len() < maxValue:
		r.buf.WriteString(s)
	}
}

// end handles the end of an element.
func (r *sheetReader) end(name string) {
	if r.dxf != nil {
		r.endChange(name)
		return
	}
	if r.inline && name != "is" && name != "c" {
		r.text.end(name)
		return
	}
	switch name {
	case "c":
		r.endCell()
	case "row":
		r.endCell()
		r.endLine()
	case "is":
		if r.inline {
			r.inline = false
			r.cell.kind, r.cell.text, r.cell.value = 't', r.text.take(), true
		}
	case "cfRule", "conditionalFormatting":
		r.endRule(name)
	case r.inText:
		r.endText()
	}
}

// endText takes a value, a formula or a range that was collected. f is a cell's formula, or in the
// extension list one of a rule's.
func (r *sheetReader) endText() {
	s := r.buf.String()
	what := r.inText
	r.inText = ""
	switch {
	case r.rule != nil && (what == "formula" || what == "f"):
		r.rule.formulas = append(r.rule.formulas, s)
	case what == "sqref":
		r.sqref = parseAreas(s)
		for _, o := range r.old {
			o.areas = r.sqref
		}
	case r.cell == nil:
	case what == "f":
		r.cell.formula = strings.TrimSpace(s)
	case what == "v":
		r.setValue(s)
	}
}

// setValue gives the open cell its value by its type (18.18.11). A number that is not one stays as it is
// written.
func (r *sheetReader) setValue(s string) {
	c := r.cell
	switch r.typ {
	case "s":
		if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil && n >= 0 && n < len(r.book.strings) {
			c.kind, c.text, c.value = 't', r.book.strings[n], true
		}
	case "str", "inlineStr":
		c.kind, c.text, c.value = 't', richText{{text: unescape(s)}}, true
	case "b", "e", "d":
		c.kind, c.raw, c.value = r.typ[0], strings.TrimSpace(s), s != ""
	default:
		if s = strings.TrimSpace(s); s != "" {
			c.kind, c.raw, c.value = 'n', s, true
		}
	}
}

// startRule begins a part of conditional formatting. In the extension list (Excel 2010 and later) a rule
// has its change written within it, not by its number in the styles, and the range follows the rule.
func (r *sheetReader) startRule(e xml.StartElement) {
	switch e.Name.Local {
	case "conditionalFormatting":
		r.sqref, r.old = parseAreas(parts.Attr(e, "sqref")), nil
	case "cfRule":
		n := number(e, "priority")
		r.rule = &rule{areas: r.sqref, kind: parts.Attr(e, "type"), op: parts.Attr(e, "operator"),
			text: parts.Attr(e, "text"), priority: n, stop: truth(e, "stopIfTrue", false)}
		if i := number(e, "dxfId"); i >= 0 && i < len(r.book.styles.changes) {
			r.rule.change = &r.book.styles.changes[i]
		}
	case "dxf":
		if r.rule != nil {
			r.dxf = &stylesReader{styles: &styles{theme: r.book.styles.theme, palette: r.book.styles.palette,
				formats: map[int]*format{}}}
			r.dxf.start(e)
		}
	case "iconSet", "dataBar":
		if r.rule != nil {
			r.rule.replaces = !truth(e, "showValue", true)
		}
	case "colorScale":
		if r.rule != nil {
			r.rule.paints = true
		}
	}
}

// endChange ends an element of a change that is written within its rule.
func (r *sheetReader) endChange(name string) {
	r.dxf.end(name)
	if len(r.dxf.within) > 0 {
		return
	}
	if n := len(r.dxf.changes); n > 0 && r.rule != nil {
		r.rule.change = &r.dxf.changes[n-1]
	}
	r.dxf = nil
}

// maxRules bounds the conditional formats of a sheet: each is tried on each cell.
const maxRules = 2000

// endRule ends a conditional format, or its formatting as a whole. The rules wait in r.old until then,
// since in the extension list their range follows them. Rules that change nothing of what is seen are
// dropped.
func (r *sheetReader) endRule(name string) {
	if name == "cfRule" {
		if r.rule != nil && len(r.rules)+len(r.old) < maxRules {
			r.old = append(r.old, r.rule)
		}
		r.rule = nil
		return
	}
	for _, o := range r.old {
		if len(o.areas) > 0 && (o.change != nil || o.replaces || o.paints) {
			r.rules = append(r.rules, *o)
		}
	}
	r.old = nil
}

// columnAt returns the width of a column, in characters of the default font, and whether it is hidden: also
// one so narrow that nothing is seen of it.
func (s *sheet) columnAt(col int) (width float64, hidden bool) {
	width = s.width
	for i := range s.columns {
		if c := &s.columns[i]; col >= c.from && col <= c.to {
			if c.width >= 0 {
				width = c.width
			}
			return width, c.hidden || width < 0.1
		}
	}
	return width, width < 0.1
}

// lineAt returns the row of a number; nil if the file has none.
func (s *sheet) lineAt(row int) *line {
	i, ok := slices.BinarySearchFunc(s.lines, row, func(l line, row int) int { return l.row - row })
	if !ok {
		return nil
	}
	return &s.lines[i]
}

// at returns a cell; nil if the file has none.
func (s *sheet) at(p place) *cell {
	l := s.lineAt(p.row)
	if l == nil {
		return nil
	}
	i, ok := slices.BinarySearchFunc(l.cells, p.col, func(c cell, col int) int { return c.col - col })
	if !ok {
		return nil
	}
	return &l.cells[i]
}

// tooLow is the height, in points, of a row of which nothing is seen.
const tooLow = 2

// rowHidden reports whether a row is not shown: hidden, too low, or not in the file of a sheet that hides
// such rows.
func (s *sheet) rowHidden(row int) bool {
	l := s.lineAt(row)
	if l == nil {
		return s.rowsHidden
	}
	return l.hidden || l.height > 0 && l.height <= tooLow
}

// ground returns what lies behind the cells of a sheet that are not painted: white, or a picture.
func (s *sheet) ground() sight.Ground { return sight.Ground{Colour: sight.White, Unknown: s.picture} }
