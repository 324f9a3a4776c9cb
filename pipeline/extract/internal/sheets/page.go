package sheets

import (
	"encoding/xml"
	"math"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/limits"
	"kheo/pipeline/extract/internal/parts"
	"kheo/pipeline/extract/internal/sight"
)

// view is a sheet as a person sees it who opens the workbook and scrolls through it, without changing
// anything.
type view struct {
	book    *workbook
	sheet   *sheet
	spans   map[place]area // merged cells by their first
	within  map[place]bool // the cells that they cover
	styled  []area         // tables whose style may paint cells
	headers []area         // rows that label columns, as the sheet states
	covered []area         // cells behind drawings
	mark    string         // decimal mark
	hidden  strings.Builder
}

// page reads a sheet as a page. All text of a hidden sheet is hidden text. A sheet that is damaged counts
// as far as it was read; only one that is too large ends the reading of the workbook.
func (w *workbook) page(i int, t tab) error {
	page := dossier.Page{Number: i + 1, Reader: "xlsx"}
	b, err := w.Part(t.part)
	var nodes []*layout.Node
	if err == nil {
		v := &view{book: w, mark: ".", spans: map[place]area{}, within: map[place]bool{}}
		v.sheet, err = readSheet(b, w, max(0, maxCells-w.cells))
		w.cells += v.sheet.cells
		if v.sheet.cut {
			w.out.Detail = "not every row was read"
		}
		nodes = v.nodes(i, t)
		page.Hidden = v.hidden.String()
	}
	if err != nil {
		w.out.Detail = err.Error()
	}
	if t.hidden {
		page.Hidden = layout.Raw(nodes) + " " + page.Hidden
	} else {
		page.Text, page.Blocks = layout.Assemble(nodes)
	}
	page.Hidden = cleantext.HiddenWords(page.Hidden)
	w.out.Pages = append(w.out.Pages, page)
	return err
}

// nodes returns the blocks of a sheet: its tables from top to bottom, then what its drawings hold. Rows
// that label columns are those that the sheet states: rows repeated on each printed page, the row of a
// filter, or up to three frozen rows.
func (v *view) nodes(number int, t tab) []*layout.Node {
	v.mark = decimalMark(v.sheet)
	v.merge()
	v.headers = append(v.headers, v.book.titles[number]...)
	boxes := v.related(t.part)
	if f := v.sheet.filter; f != nil {
		v.headers = append(v.headers, area{f.from, place{f.from.row, f.to.col}})
	}
	if n := v.sheet.frozen; n > 0 && n <= 3 && len(v.headers) == 0 && len(v.sheet.lines) > 0 {
		first := v.sheet.lines[0].row
		v.headers = append(v.headers, area{place{max(first, n-1), 0}, place{n - 1, maxCol}})
	}
	var rows []shownRow
	var out []*layout.Node
	for i := range v.sheet.lines {
		r := v.row(&v.sheet.lines[i])
		if v.book.kept += len(r.cells); v.book.kept > maxStructured {
			if len(r.cells) > 0 {
				out = append(out, r.asLine())
			}
			continue
		}
		if len(r.cells) > 0 || r.hidden {
			rows = append(rows, r)
		}
	}
	out = append(v.tables(rows), out...)
	return append(out, boxes...)
}

// decimalMark returns the decimal mark of the language that a sheet is written in. Workbooks have no mark
// in the file: each program shows that of its user, who is taken to be one of those for whom the text is
// written. 20,000 bytes are enough to decide.
func decimalMark(s *sheet) string {
	var b strings.Builder
	for i := range s.lines {
		for k := range s.lines[i].cells {
			if c := &s.lines[i].cells[k]; c.kind == 't' && b.Len() < 20_000 {
				b.WriteString(c.text.String())
				b.WriteByte('\n')
			}
		}
		if b.Len() >= 20_000 {
			break
		}
	}
	return layout.DecimalMark(b.String())
}

// merge notes the merged cells. Of the cells that an area covers only the first is shown (18.3.1.55). An
// area is noted cell by cell, so the number of cells is bounded.
func (v *view) merge() {
	covered := 0
	for _, a := range v.sheet.merges {
		v.spans[a.from] = a
		size := (a.to.row - a.from.row + 1) * (a.to.col - a.from.col + 1)
		if covered += size; covered > maxMerged {
			return
		}
		for row := a.from.row; row <= a.to.row; row++ {
			for col := a.from.col; col <= a.to.col; col++ {
				v.within[place{row, col}] = true
			}
		}
	}
	for from := range v.spans {
		delete(v.within, from)
	}
}

// row returns what is shown of a row. A row of which some cell is seen, through a merged area, is not hidden.
func (v *view) row(l *line) shownRow {
	r := shownRow{row: l.row, hidden: v.sheet.rowHidden(l.row)}
	any := false
	for i := range l.cells {
		c := &l.cells[i]
		any = any || c.kind != 0
		if v.book.text > limits.Text {
			v.book.out.Detail = "not every row was read"
			break
		}
		if s := v.cell(c); s.visible {
			r.cells = append(r.cells, s)
		}
	}
	if len(r.cells) > 0 { // merged cells that begin in the row are seen in the next
		r.hidden = false
	}
	r.hidden = r.hidden && any
	return r
}

// piece is a part of what a cell shows.
type piece struct {
	text string
	seen dossier.Visibility
}

// cell returns what is shown of a cell, and keeps the rest as hidden text.
func (v *view) cell(c *cell) (out shownCell) {
	v.dropPlaceholder(c)
	a, shown := v.shownArea(c)
	l := v.lookOf(c)
	out.area, out.text = a, c.kind == 't' || c.kind == 0
	out.bold, out.painted = l.bold, l.painted
	pieces, number := v.pieces(c, &l)
	out.value = valueOf(c, number)
	if !shown || v.within[c.place] {
		v.hide(pieces)
		return out
	}
	whole := ""
	for _, p := range pieces {
		if p.seen != dossier.Unseen {
			whole += p.text
		}
	}
	out.text = out.text && strings.Trim(whole, "0123456789.,%-+ ") != ""
	fits := v.fits(c, a, &l.look, whole, c.kind == 'n' || c.kind == 'd', number.fixed)
	if v.mayDiffer(c) {
		fits = sight.Worse(fits, dossier.Uncertain)
	}
	out.nodes = v.cellNodes(pieces, fits)
	if len(out.nodes) == 0 {
		out.visible = out.value != nil && out.value.Missing
		return out
	}
	out.visible = strings.TrimSpace(layout.Raw(out.nodes)) != "" || out.value != nil
	return out
}

// mayDiffer reports whether a person may see something else than a cell's value: a drawing, the formula
// itself, or another value of it.
func (v *view) mayDiffer(c *cell) bool {
	return covers(v.covered, c.place) || c.has && (v.stale(c) || v.sheet.formulas)
}

// dropPlaceholder empties a formula's cell whose value is not in the file, or is only a placeholder there:
// a person sees what the program computes, which is not known here.
func (v *view) dropPlaceholder(c *cell) {
	if c.has && !c.value || c.has && v.book.recalc && v.unseen(c) {
		v.book.out.Uncached = true
		c.kind, c.value = 0, false
	}
}

// valueOf returns the typed value of a cell; nil for a text, and for a value in place of which something
// else is shown.
func valueOf(c *cell, n shownNumber) *dossier.Value {
	value := n.value
	if n.hidden && n.text != "" {
		value = nil
	}
	if c.has {
		if value == nil {
			value = &dossier.Value{}
		}
		value.Formula, value.Missing = c.formula, c.kind == 0
	}
	return value
}

// cellNodes returns the pieces of a cell as paragraphs, one for each run of equal visibility. fits is how
// much of the cell's text has room in it.
func (v *view) cellNodes(pieces []piece, fits dossier.Visibility) (out []*layout.Node) {
	for _, p := range pieces {
		p.seen = sight.Worse(p.seen, fits)
		if p.seen == dossier.Unseen {
			v.hide([]piece{p})
			continue
		}
		if p.text == "" {
			continue
		}
		if n := len(out); n > 0 && out[n-1].Visibility == p.seen {
			out[n-1].Spans[0].Text += p.text
			continue
		}
		out = append(out, &layout.Node{Kind: dossier.Paragraph, Visibility: p.seen,
			Spans: []layout.Span{{Text: p.text}}})
	}
	return out
}

// hide keeps text that is not shown, up to the bound of a document's text.
func (v *view) hide(pieces []piece) {
	for _, p := range pieces {
		if v.hidden.Len() < limits.Text {
			v.hidden.WriteString(p.text)
			v.hidden.WriteByte(' ')
		}
	}
}

// pieces returns what a cell shows, and what it holds instead of it.
func (v *view) pieces(c *cell, l *shownLook) (out []piece, n shownNumber) {
	if c.kind == 't' {
		return v.textPieces(c, l), n
	}
	n, shown := v.shownValue(c, l.format)
	if !shown {
		return nil, n
	}
	if f, ok := c.number(); ok && n.hidden {
		out = append(out, piece{layout.Plain(f, layout.GeneralDigits), dossier.Unseen})
	}
	seen := l.sight(nil, n.colour)
	if l.replaced || n.hidden && n.text == "" || c.kind == 'b' && n.hidden {
		seen = dossier.Unseen
	}
	if seen == dossier.Unseen {
		n.value = nil
	}
	if seen == "" && v.mayBeHidden(c, l) {
		seen = dossier.Uncertain
	}
	if n.text != "" {
		out = append(out, piece{n.text, seen})
	}
	return out, n
}

// shownValue returns what a format shows of the value of a cell that is not a text. shown is false for a
// cell without a value, and for a zero on a sheet that shows none.
func (v *view) shownValue(c *cell, f *format) (n shownNumber, shown bool) {
	switch c.kind {
	case 'b':
		yes := c.raw == "1" || strings.EqualFold(c.raw, "true")
		n.value = &dossier.Value{Kind: dossier.YesNoValue, Yes: yes}
		n.text = strings.ToUpper(strconv.FormatBool(yes))
		if k := f.forNumber(1).kind; k == showsNothing || k == showsLiteral {
			n.hidden = true
		}
	case 'e':
		n.value, n.text = &dossier.Value{Kind: dossier.ErrorValue}, c.raw
	case 'd':
		n = isoDate(c.raw)
	case 'n':
		number, ok := c.number()
		switch {
		case !ok:
			n.text = c.raw
		case number == 0 && v.sheet.noZeros:
			return n, false
		default:
			n = f.show(number, v.mark, v.book.from1904)
		}
	default:
		return n, false
	}
	return n, true
}

// number returns the number of a cell; ok is false if it holds something else.
func (c *cell) number() (f float64, ok bool) {
	if c.kind != 'n' {
		return 0, false
	}
	f, err := strconv.ParseFloat(c.raw, 64)
	return f, err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
}

// mayBeHidden reports whether a condition may put another number format in force that does not show the
// cell's number.
func (v *view) mayBeHidden(c *cell, l *shownLook) bool {
	f, err := strconv.ParseFloat(c.raw, 64)
	if c.kind != 'n' || err != nil {
		return false
	}
	return slices.ContainsFunc(l.doubt, func(d look) bool {
		return d.format != l.format && d.format.show(f, v.mark, v.book.from1904).hidden
	})
}

// textPieces returns the text of a cell by its runs. A number format may put literals around a text, and
// its fourth section may show something else instead.
func (v *view) textPieces(c *cell, l *shownLook) (out []piece) {
	before, after, shown := l.format.forText()
	if before = strings.TrimLeft(before, " "); before != "" {
		out = append(out, piece{before, l.sight(nil, nil)})
	}
	for _, r := range c.text {
		name := l.name
		if r.font != nil && r.font.name != "" {
			name = r.font.name
		}
		p := piece{modern(r.text, name), l.sight(r.font, nil)}
		if !shown || l.replaced {
			p.seen = dossier.Unseen
		}
		for _, d := range l.doubt {
			if _, _, s := d.format.forText(); !s && p.seen == "" {
				p.seen = dossier.Uncertain
			}
		}
		out = append(out, p)
		v.book.text += len(p.text)
	}
	if after = strings.TrimRight(after, " "); after != "" {
		out = append(out, piece{after, l.sight(nil, nil)})
	}
	return out
}

// isoDate returns a date that is written as one, in the form of ISO 8601 (cells of type d, 18.18.11). What
// has another form is shown as it is, without a value.
func isoDate(s string) (n shownNumber) {
	day, clock, timed := strings.Cut(strings.TrimSuffix(s, "Z"), "T")
	n.value = &dossier.Value{Kind: dossier.DateValue, Date: day}
	n.text = day
	clock, _, _ = strings.Cut(clock, ".")
	if timed && strings.Trim(clock, "0:") != "" {
		n.value.Date = day + "T" + clock
		n.text = day + " " + clock
	}
	if len(day) != 10 {
		n.value, n.text = nil, s
	}
	return n
}

// unseen reports whether the value of a formula in a workbook that is computed when it is opened is only a
// placeholder: programs that do not compute write 0 there.
func (v *view) unseen(c *cell) bool {
	if c.kind != 'n' || strings.Trim(c.raw, "0.") != "" {
		return false
	}
	f, ok := v.sheet.evaluate(c.formula, c.place, place{})
	return !ok || truthNumber(f) != 0
}

// stale reports whether the value of a formula in the file is not the one that it has. The value was edited
// in the file, or a program changed the cells that it depends on; which of the two a person sees depends on
// the program that opens it. The margin is for sums in another order.
func (v *view) stale(c *cell) bool {
	if c.formula == "" || !c.value {
		return false
	}
	f, ok := v.sheet.evaluate(c.formula, c.place, place{})
	if !ok {
		return false
	}
	switch x := f.(type) {
	case float64:
		own, err := strconv.ParseFloat(c.raw, 64)
		return c.kind == 'n' && err == nil && math.Abs(own-x) > 1e-6*math.Max(1, math.Abs(x))
	case string:
		return c.kind == 't' && c.text.String() != x || c.kind == 'n'
	}
	return false
}

// related reads the tables and drawings of a sheet, and returns the blocks of the drawings.
func (v *view) related(part string) (out []*layout.Node) {
	for _, r := range v.book.Relations(part) {
		b, err := v.book.Part(r.Target)
		if err != nil {
			continue
		}
		switch {
		case strings.HasSuffix(r.Type, "/table"):
			v.listed(b)
		case strings.HasSuffix(r.Type, "/drawing"):
			out = append(out, v.drawing(b, r.Target)...)
		}
	}
	return out
}

// listed reads a table of a sheet (18.5.1.2): its header row, and whether a style paints it.
func (v *view) listed(b []byte) {
	var a area
	ok, header := false, true
	parts.Walk(b, func(e xml.StartElement) { // after damage, what was read before counts
		switch e.Name.Local {
		case "table":
			a, ok = parseArea(parts.Attr(e, "ref"))
			header = number(e, "headerRowCount") != 0
		case "tableStyleInfo":
			if name := parts.Attr(e, "name"); ok && name != "" && name != "TableStyleLight1" {
				v.styled = append(v.styled, a)
			}
		}
	}, func(string) {}, func(string) {})
	if ok && header {
		v.headers = append(v.headers, area{a.from, place{a.from.row, a.to.col}})
	}
}

// maxMerged bounds the cells that merged areas cover together.
const maxMerged = 500_000
