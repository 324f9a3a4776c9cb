package pdfpages

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/ledongthuc/pdf"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/blocks"
	"kheo/pipeline/extract/internal/tagged"
)

// The structure that a file states of a page is joined to the letters that are seen, by the numbers of the marked
// content that they are in. It is taken only as far as it agrees with their places: it can neither show nor hide
// anything, and what it says otherwise is left to the places of words.

// maxPageTables is the number of tables of a page that are taken from its structure.
const maxPageTables = 200

// minStated is the share of a page's letters that must be in its structure.
const minStated = 0.95

// content is a piece of marked content: the form that it is in, or 0, and its number; or an annotation and -1.
type content struct {
	stream uint32
	number int32
}

// mark is what the interpreter knows of the content that is painted.
type mark struct {
	content
	artifact bool // the file says that it is no part of the text
	none     bool // its number says nothing
}

// pageStructure is what the file states of a page.
type pageStructure struct {
	doc      *ownDoc
	elements map[content]int32
	order    map[content]int // of the pieces of content in the tree
	marks    []mark          // those that were met; the first is of what is in none
	stream   uint32          // the form that is painted; 0 if none is
	again    bool            // it was painted before
	drawn    map[uint32]bool // forms with marks of their own that were painted
}

// readStructure reads the structure that a file states, if its catalogue names one.
func (d *ownDoc) readStructure(data []byte) {
	if d.stated {
		d.tree, d.tables = tagged.Read(data), map[int32]*tagged.Table{}
	}
}

// newStructure returns what a file states of a page; nil if it states nothing, or a piece of content is in two
// elements.
func newStructure(d *ownDoc, page pdf.Value) *pageStructure {
	pieces := d.tree.Page(objectOf(page))
	if len(pieces) == 0 {
		return nil
	}
	s := &pageStructure{doc: d, elements: map[content]int32{}, order: map[content]int{}, marks: make([]mark, 1),
		drawn: map[uint32]bool{}}
	for i, p := range pieces {
		c := content{p.Stream, p.Number}
		if _, known := s.elements[c]; known && p.Number >= 0 {
			return nil
		}
		s.elements[c], s.order[c] = p.Element, i
	}
	return s
}

// contentNumber returns the number of marked content in its property list; -1 if it has none.
func (in *interpreter) contentNumber(properties string) int32 {
	if in.structure == nil || !strings.Contains(properties, "MCID") {
		return -1
	}
	l := lexer{b: []byte(properties)}
	found := false
	for range 1000 {
		o, op, ok := l.token(0)
		if !ok {
			break
		}
		if found && op == "" && o.kind == 'n' && o.num >= 0 && o.num < 1<<30 {
			return int32(o.num)
		}
		found = o.kind == '/' && o.str == "MCID"
	}
	return -1
}

// maxMarks is the number of pieces of marked content on a page that are told apart.
const maxMarks = 200_000

// setMark says that what follows is marked content with a number, or -1, or an artifact.
func (in *interpreter) setMark(number int32, artifact bool) {
	s := in.structure
	if s == nil || number < 0 && !artifact || len(s.marks) >= maxMarks {
		return
	}
	s.marks = append(s.marks, mark{content{s.stream, number}, artifact, s.again || number < 0})
	in.mark = int32(len(s.marks) - 1)
}

// enterForm says that a form is painted until the function that it returns is called. A form that is painted twice has
// the same marks twice: those of the second time say nothing.
func (in *interpreter) enterForm(x pdf.Value) func() {
	s := in.structure
	if s == nil {
		return func() {}
	}
	stream, again := s.stream, s.again
	s.stream = uint32(objectOf(x))
	s.again = s.again || s.drawn[s.stream]
	s.drawn[s.stream] = true
	return func() { s.stream, s.again = stream, again }
}

// enterAnnotation says that an annotation is painted, likewise.
func (in *interpreter) enterAnnotation(a pdf.Value) func() {
	s := in.structure
	if s == nil {
		return func() {}
	}
	before := in.mark
	if id := uint32(objectOf(a)); id != 0 {
		s.marks = append(s.marks, mark{content: content{id, -1}})
		in.mark = int32(len(s.marks) - 1)
	}
	return func() { in.mark = before }
}

// element returns the element that a glyph is in; -1 if none.
func (s *pageStructure) element(g *glyph) int32 {
	m := s.marks[g.mark]
	if g.mark == 0 || m.none || m.artifact {
		return -1
	}
	if e, ok := s.elements[m.content]; ok {
		return e
	}
	return -1
}

// inMargin reports whether a glyph is at the upper or lower edge of the page, where headers and footers are.
func (in *interpreter) inMargin(g *glyph) bool {
	p := in.box.place(g.at, in.turn)
	high := in.box.y1 - in.box.y0
	if in.turn%2 == 1 {
		high = in.box.x1 - in.box.x0
	}
	return p.y < edgeShare*high || p.y > (1-edgeShare)*high
}

// statedPage is the structure of a page while its tables are made.
type statedPage struct {
	*pageStructure
	in     *interpreter
	tree   *tagged.Tree
	of     []int32 // by glyph: its element, or -1
	glyphs []glyph
	rules  []blocks.Rect // and the edges of coloured areas
	rest   []int         // glyphs in no table
	tables []tablePart
	torn   bool // a table that the file states was not taken
}

// tablePart is a table with its place in the order of the file.
type tablePart struct {
	grid  *blocks.Grid
	order int
}

// stated takes the tables that the file states of glyphs of one direction, and returns the glyphs that are in none. s
// is nil if the file states nothing of the page that can be relied on.
func (in *interpreter) stated(p *blocks.Page, glyphs []glyph, rules []blocks.Rect) (rest []glyph, s *statedPage) {
	if in.structure == nil {
		return glyphs, nil
	}
	s = &statedPage{pageStructure: in.structure, in: in, tree: in.structure.doc.tree, of: make([]int32, len(glyphs)),
		glyphs: glyphs}
	letters, marked := 0, 0
	for i := range glyphs {
		g := &glyphs[i]
		s.of[i] = s.element(g)
		switch {
		case g.blank():
		case s.of[i] >= 0:
			letters, marked = letters+1, marked+1
		case in.inMargin(g): // headers, footers and numbers of pages are in no element
		default:
			letters++
		}
	}
	if float64(marked) < minStated*float64(letters) || marked == 0 {
		return glyphs, nil
	}
	s.rules = append(blocks.Edges(p.Shades), rules...)
	taken := make([]bool, len(glyphs))
	tables := s.outermost()
	for _, t := range tables[:min(len(tables), maxPageTables)] {
		g, header := s.table(t.element, t.glyphs, letters)
		if own := append(header, t.glyphs...); g != nil && s.alone(g, own) {
			p.Grids = append(p.Grids, g)
			s.tables = append(s.tables, tablePart{g, s.firstOf(t.glyphs)})
			for _, i := range own {
				taken[i] = true
			}
		} else {
			s.torn = true
		}
	}
	for i := range glyphs {
		if !taken[i] {
			rest, s.rest = append(rest, glyphs[i]), append(s.rest, i)
		}
	}
	return rest, s
}

// orderOf returns the place of a glyph in the order of the file.
func (s *statedPage) orderOf(i int) int { return s.order[s.marks[s.glyphs[i].mark].content] }

// firstOf returns the first place of glyphs in the order of the file.
func (s *statedPage) firstOf(glyphs []int) int {
	first := math.MaxInt
	for _, i := range glyphs {
		if !s.glyphs[i].blank() {
			first = min(first, s.orderOf(i))
		}
	}
	return first
}

// blockOf returns the element that is the block of e, with what it is; -1 if e is in none that is read in its order:
// notes and pictures stay in their places.
func (s *statedPage) blockOf(e int32) (block int32, hint blocks.Hint) {
	block = e
	found := false
	for up := e; up >= 0; up = s.tree.Elements[up].Parent {
		kind, level := dossier.Paragraph, 0
		switch role := s.tree.Elements[up].Role; role {
		case "Note", "FENote", "Figure", "Formula", "Artifact", "Annot", "Form", "Table":
			return -1, hint
		case "H", "H1", "H2", "H3", "H4", "H5", "H6", "H7", "H8", "H9":
			kind, level = dossier.Heading, 1
			if len(role) > 1 {
				level = int(role[1] - '0')
			}
		case "Title":
			kind, level = dossier.Heading, 1
		case "Caption":
			kind = dossier.Caption
		case "LI":
			kind, level = dossier.ListItem, s.listLevel(up)
			if found && !s.opens(block, up) {
				continue // a further paragraph of the item
			}
			found = false
		case "P", "TOCI":
		default:
			continue
		}
		if !found || kind != dossier.Paragraph && hint.Kind == dossier.Paragraph {
			block, hint, found = up, blocks.Hint{Kind: kind, Level: level}, true
		}
	}
	if !found {
		hint.Kind = dossier.Paragraph
	}
	hint.Block = int(block) + 1
	return block, hint
}

// listLevel returns in how many lists an item is.
func (s *statedPage) listLevel(e int32) (n int) {
	for ; e >= 0; e = s.tree.Elements[e].Parent {
		if s.tree.Elements[e].Role == "L" {
			n++
		}
	}
	return max(1, min(n, 9))
}

// opens reports whether a paragraph is the first one of an item of a list.
func (s *statedPage) opens(block, item int32) bool {
	for k := item + 1; k < block; k++ {
		if s.tree.Elements[k].Role == "P" {
			return false
		}
	}
	return true
}

// inOrder hands the letters that are in no table to the page in the order of the file. It returns false if that is not
// an order in which a person reads.
func (s *statedPage) inOrder(p *blocks.Page) bool {
	if s.torn || len(s.in.fields) > 0 || len(p.Grids) != len(s.tables) {
		return false
	}
	type block struct {
		hint   blocks.Hint
		glyphs []int
	}
	type known struct {
		block int32
		hint  blocks.Hint
	}
	byElement := map[int32]known{}
	found := map[int32]*block{}
	var list []*block
	var others []int
	for _, i := range s.rest {
		k, ok := byElement[s.of[i]]
		if !ok {
			k.block = -1
			if s.of[i] >= 0 {
				k.block, k.hint = s.blockOf(s.of[i])
			}
			byElement[s.of[i]] = k
		}
		if k.block < 0 {
			others = append(others, i)
			continue
		}
		b := found[k.block]
		if b == nil {
			b = &block{hint: k.hint}
			found[k.block] = b
			list = append(list, b)
		}
		b.glyphs = append(b.glyphs, i)
	}
	type ordered struct {
		blocks.Part
		order int
	}
	var parts []ordered
	for _, t := range s.tables {
		parts = append(parts, ordered{blocks.Part{Grid: t.grid}, t.order})
	}
	for _, b := range list {
		for _, run := range s.runs(b.glyphs) {
			lines := s.lines(run)
			for i := range lines {
				lines[i].Hint = b.hint
			}
			if blocks.Headings(lines); len(lines) > 0 {
				parts = append(parts, ordered{blocks.Part{Lines: lines}, s.firstOf(run)})
			}
		}
	}
	slices.SortStableFunc(parts, func(a, b ordered) int { return cmp.Compare(a.order, b.order) })
	out := make([]blocks.Part, len(parts))
	for i := range parts {
		out[i] = parts[i].Part
	}
	return p.Order(out, s.lines(others))
}

// runs divides the glyphs of a block at each column that it goes on in.
func (s *statedPage) runs(glyphs []int) (out [][]int) {
	slices.SortStableFunc(glyphs, func(a, b int) int {
		return cmp.Or(cmp.Compare(s.orderOf(a), s.orderOf(b)), cmp.Compare(s.glyphs[a].seq, s.glyphs[b].seq))
	})
	from := 0
	for k := 1; k < len(glyphs); k++ {
		last, g := &s.glyphs[glyphs[k-1]], &s.glyphs[glyphs[k]]
		if g.y > last.y+1.5*math.Max(g.size, last.size) {
			out, from = append(out, glyphs[from:k]), k
		}
	}
	return append(out, glyphs[from:])
}

// part is an element with the indices of the glyphs in it.
type part struct {
	element int32
	glyphs  []int
}

// above returns the nearest element around e, or e, that has a role, below the element top; -1 if none has.
func (s *statedPage) above(e, top int32, role ...string) (found int32) {
	for ; e >= 0 && e != top; e = s.tree.Elements[e].Parent {
		if slices.Contains(role, s.tree.Elements[e].Role) {
			return e
		}
	}
	return -1
}

// outermost returns the tables of the page that are in no other one, in the order of the file. The caption of a table
// is not among its glyphs.
func (s *statedPage) outermost() (out []part) {
	index, known := map[int32]int{}, map[int32]int32{-1: -1}
	for i, e := range s.of {
		table, ok := known[e]
		if !ok {
			table = -1
			for t := s.above(e, -1, "Table"); t >= 0; t = s.above(s.tree.Elements[t].Parent, -1, "Table") {
				table = t
			}
			if table >= 0 && s.above(e, table, "Caption") >= 0 && s.above(e, table, "TR") < 0 {
				table = -1
			}
			known[e] = table
		}
		if table < 0 {
			continue
		}
		k, ok := index[table]
		if !ok {
			k = len(out)
			index[table] = k
			out = append(out, part{element: table})
		}
		out[k].glyphs = append(out[k].glyphs, i)
	}
	return out
}

// tableOf returns the cells of a table as the file states them; nil if they are none.
func (d *ownDoc) tableOf(e int32) *tagged.Table {
	t, known := d.tables[e]
	if !known {
		t = d.tree.Table(e)
		d.tables[e] = t
	}
	return t
}

// maxPageCell is the share of a page's letters that a cell may have, of a table with few cells: a table with more is a
// page that is laid out as one.
const maxPageCell = 0.6

// table makes a table of the glyphs that the file says are in it; nil if they do not lie as it says. header are the
// glyphs of its header, if that is printed again above it.
func (s *statedPage) table(e int32, glyphs []int, letters int) (g *blocks.Grid, header []int) {
	t := s.doc.tableOf(e)
	if t == nil {
		return nil, nil
	}
	known := map[int32]int{}
	inside := map[int][]int{}
	for _, i := range glyphs {
		k, ok := known[s.of[i]]
		if !ok {
			k = -1
			for up := s.of[i]; up >= 0 && up != e && k < 0; up = s.tree.Elements[up].Parent {
				if c, ok := t.Index[up]; ok {
					k = c
				}
			}
			known[s.of[i]] = k
		}
		switch {
		case k >= 0:
			inside[k] = append(inside[k], i)
		case !s.glyphs[i].blank():
			return nil, nil // in a row, but in no cell
		}
	}
	first, last := t.Rows, -1 // rows of the table on this page
	for k, list := range inside {
		if s.letters(list) > 0 {
			first, last = min(first, t.Cells[k].Row), max(last, t.Cells[k].Row)
		}
	}
	filled, most := 0, 0
	var out []blocks.StatedCell
	for k := range t.Cells {
		c := t.Cells[k]
		from, to := max(c.Row, first), min(c.Row+c.RowSpan, last+1)
		if from >= to {
			continue
		}
		n := s.letters(inside[k])
		if n > 0 {
			filled, most = filled+1, max(most, n)
		}
		cell := blocks.StatedCell{Row: from - first, Col: c.Col, Rows: to - from, Cols: c.ColSpan}
		cell.Lines = s.lines(s.inner(c.Element, inside[k], letters, &cell))
		out = append(out, cell)
	}
	if filled < 4 && float64(most) > maxPageCell*float64(letters) {
		return nil, nil
	}
	stated := s.headers(t, inside, first, last)
	if first == 0 && stated.HeadRows == 1 {
		t.Names = nil
		for i := range out {
			if c := &out[i]; c.Row == 0 {
				t.Names = append(t.Names, tagged.Name{Col: c.Col, Cols: c.Cols, Text: wordsOf(c.Lines)})
			}
		}
	}
	if first > 0 && len(t.Names) > 0 {
		if again, glyphs := s.repeated(t, out); again != nil {
			out, header, stated.HeadRows = again, glyphs, 1
		}
	}
	return blocks.NewStated(stated, out, s.rules), header
}

// lines makes lines of glyphs.
func (s *statedPage) lines(of []int) (out []blocks.Line) {
	if s.letters(of) == 0 {
		return nil
	}
	for _, r := range rowsOf(s.list(of)) {
		if l := lineOf(r, s.in.fields); l.Letters() > 0 {
			out = append(out, l)
		}
	}
	return out
}

// wordsOf returns what lines say, without space.
func wordsOf(lines []blocks.Line) string {
	var b strings.Builder
	for i := range lines {
		b.WriteString(strings.Join(strings.Fields(lines[i].Text()), ""))
	}
	return b.String()
}

// repeatedHigh is how far above a table its header may be that is printed again, in sizes of the letters.
const repeatedHigh = 8

// repeated looks above the rest of a table for its header, which programs print again on the next page as an artifact:
// each column has the words there that its header on the page before has. It returns the cells with those of the header
// before them, and the glyphs of the header; nil if it is not there.
func (s *statedPage) repeated(t *tagged.Table, cells []blocks.StatedCell) (out []blocks.StatedCell, glyphs []int) {
	top, size := math.Inf(1), 0.0
	begins := make([]float64, t.Cols+1)
	for i := range begins {
		begins[i] = math.Inf(1)
	}
	for i := range cells {
		for k := range cells[i].Lines {
			l := &cells[i].Lines[k]
			top, size = math.Min(top, l.Y0), math.Max(size, l.Size)
			begins[cells[i].Col] = math.Min(begins[cells[i].Col], l.X0)
		}
	}
	above := make([][]int, len(t.Names))
	for i := range s.glyphs {
		g := &s.glyphs[i]
		if !s.marks[g.mark].artifact || -g.y > top+0.3*size || -g.y < top-repeatedHigh*size {
			continue
		}
		at := -1
		for k := range t.Names { // the last column that begins before it
			if b := begins[t.Names[k].Col]; at < 0 || b <= g.x+g.w/2 && !math.IsInf(b, 0) {
				at = k
			}
		}
		above[at] = append(above[at], i)
	}
	for k, n := range t.Names {
		lines := s.lines(above[k])
		if wordsOf(lines) != n.Text {
			return nil, nil
		}
		out = append(out, blocks.StatedCell{Col: n.Col, Cols: n.Cols, Rows: 1, Lines: lines})
		glyphs = append(glyphs, above[k]...)
	}
	for _, c := range cells {
		c.Row++
		out = append(out, c)
	}
	return out, glyphs
}

// inner makes the tables in a cell, and returns its other glyphs.
func (s *statedPage) inner(cell int32, glyphs []int, letters int, out *blocks.StatedCell) (text []int) {
	byTable := map[int32][]int{}
	var order []int32
	for _, i := range glyphs {
		table := int32(-1) // the outermost in the cell
		for t := s.above(s.of[i], cell, "Table"); t >= 0; t = s.above(s.tree.Elements[t].Parent, cell, "Table") {
			table = t
		}
		if table < 0 {
			text = append(text, i)
			continue
		}
		if byTable[table] == nil {
			order = append(order, table)
		}
		byTable[table] = append(byTable[table], i)
	}
	for _, t := range order {
		if g, _ := s.table(t, byTable[t], letters); g != nil {
			out.Tables = append(out.Tables, g)
		} else {
			text = append(text, byTable[t]...)
		}
	}
	slices.Sort(text)
	return text
}

// list returns glyphs by their indices.
func (s *statedPage) list(of []int) []glyph {
	out := make([]glyph, len(of))
	for k, i := range of {
		out[k] = s.glyphs[i]
	}
	return out
}

// letters returns the number of glyphs that are not space.
func (s *statedPage) letters(of []int) (n int) {
	for _, i := range of {
		if !s.glyphs[i].blank() {
			n++
		}
	}
	return n
}

// alone reports whether no letters but those of a table are in its box.
func (s *statedPage) alone(g *blocks.Grid, own []int) bool {
	mine := make(map[int]bool, len(own))
	for _, i := range own {
		mine[i] = true
	}
	for i := range s.glyphs {
		gl := &s.glyphs[i]
		x, y := gl.x+gl.w/2, -gl.y-0.3*gl.size
		if !mine[i] && !gl.blank() && x > g.X0 && x < g.X1 && y > g.Y0 && y < g.Y1 {
			return false
		}
	}
	return true
}

// maxHeadRows is the number of header rows that a file may state.
const maxHeadRows = 6

// headers returns what a file states of a table beside its cells: the leading rows of which all cells are headers, if
// they have no numbers, and whether the first column is one of headers. What it says of other rows is not taken.
func (s *statedPage) headers(t *tagged.Table, inside map[int][]int, first, last int) (out blocks.Stated) {
	out.ID = int(t.Element) + 1
	names, others := map[int]bool{}, map[int]bool{} // rows with cells that name columns, and with others
	labels, column := 0, true                       // cells of the first column that name rows; all do
	for k := range t.Cells {
		c := &t.Cells[k]
		if c.Row < first || c.Row > last || s.letters(inside[k]) == 0 {
			continue
		}
		figure := isFigure(plainLines(s.list(inside[k])))
		switch {
		case c.Header && c.Scope != 'R' && !figure:
			names[c.Row] = true
		case c.Col > 0 || c.ColSpan > 1:
			others[c.Row] = true
		}
		out.Disputed = out.Disputed || c.Header && figure && c.Col > 0
		if c.Col == 0 && c.Header {
			labels++
		} else if c.Col == 0 {
			column = false
		}
	}
	for first == 0 && out.HeadRows < min(maxHeadRows, last) && names[out.HeadRows] && !others[out.HeadRows] {
		out.HeadRows++
	}
	for r := range names {
		out.Disputed = out.Disputed || r >= out.HeadRows && !others[r]
	}
	if column && labels > out.HeadRows && !out.Disputed {
		out.HeadCols = 1
	}
	return out
}

// isFigure reports whether a text is a number, rather than the name of something. Years are names.
func isFigure(text string) bool {
	digits, letters := 0, 0
	for _, r := range text {
		switch {
		case unicode.IsDigit(r):
			digits++
		case unicode.IsLetter(r):
			letters++
		}
	}
	text = strings.TrimSpace(text)
	year := len(text) == 4 && digits == 4 && (strings.HasPrefix(text, "19") || strings.HasPrefix(text, "20"))
	return digits > 0 && digits >= letters && !year
}
