package blocks

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
)

// Bounds and tolerances of tables with rulings, in points.
const (
	maxRules   = 4000 // rulings of a page; a drawing has more
	maxCells   = 20_000
	sameRule   = 2.5 // rulings this near are one, such as a double line
	ruleJoin   = 3.5 // pieces of a ruling this near are one, and rulings that meet
	minRule    = 6   // length
	thinRow    = 3.5 // a row or column without text up to this is the inside of a double line
	minCovered = 0.6 // share of a cell's edge that is ruled, if it has one
)

// Grid is a table found by its rulings. Its cells are filled by the caller.
type Grid struct {
	Rect
	xs, ys []float64 // edges of columns and rows
	of     []int     // index of the cell of each field of the grid, row by row
	Cells  []GridCell
	stated *Stated // what the file states of it; nil if it was found by its rulings
}

// GridCell is a cell of a Grid. Row and Col are of its first field.
type GridCell struct {
	Rect
	row, col, rows, cols int
	Lines                []Line
	Shaded               bool
	tables               []*Grid // in the cell
	framed               bool    // of a cell that the file states: rulings are on both sides of it
}

// segment is a ruling: at is its place across, from and to along its direction.
type segment struct{ at, from, to float64 }

// Grids finds tables by the rulings of a page, given as thin rectangles, from top to bottom. A page with more
// than maxRules has none: its rulings are a drawing, and looking for those that meet takes quadratic time. A
// table within a cell of another one stays text of that cell. rest are the rulings that are part of none.
func Grids(rules []Rect) (grids []*Grid, rest []Rect) {
	if len(rules) > maxRules {
		return nil, nil
	}
	var hs, vs []segment
	for _, r := range rules {
		switch w, h := r.X1-r.X0, r.Y1-r.Y0; {
		case w >= h && w >= minRule:
			hs = append(hs, segment{(r.Y0 + r.Y1) / 2, r.X0, r.X1})
		case h > w && h >= minRule:
			vs = append(vs, segment{(r.X0 + r.X1) / 2, r.Y0, r.Y1})
		}
	}
	hs, vs = mergedRules(hs), mergedRules(vs)
	if len(hs)+len(vs) > 1500 {
		return nil, nil
	}
	group := components(hs, vs)
	byRoot := map[int][2][]segment{}
	for i, s := range hs {
		g := byRoot[group[i]]
		g[0] = append(g[0], s)
		byRoot[group[i]] = g
	}
	for i, s := range vs {
		g := byRoot[group[len(hs)+i]]
		g[1] = append(g[1], s)
		byRoot[group[len(hs)+i]] = g
	}
	roots := make([]int, 0, len(byRoot))
	for r := range byRoot {
		roots = append(roots, r)
	}
	slices.Sort(roots)
	for _, r := range roots {
		if g := newGrid(byRoot[r][0], byRoot[r][1]); g != nil {
			grids = append(grids, g)
			continue
		}
		for _, s := range byRoot[r][0] {
			rest = append(rest, Rect{s.from, s.at, s.to, s.at})
		}
	}
	grids = slices.DeleteFunc(grids, func(g *Grid) bool { // a table inside a table's cell stays in its cell
		return slices.ContainsFunc(grids, func(o *Grid) bool {
			return o != g && o.Rect != g.Rect &&
				o.X0 <= g.X0+1 && o.Y0 <= g.Y0+1 && o.X1 >= g.X1-1 && o.Y1 >= g.Y1-1
		})
	})
	slices.SortStableFunc(grids, func(a, b *Grid) int {
		return cmp.Or(cmp.Compare(a.Y0, b.Y0), cmp.Compare(a.X0, b.X0))
	})
	return grids, rest
}

// mergedRules joins pieces of the same ruling, and double rulings. Programs draw a ruling once for each cell,
// as thin filled areas, in dashes or twice, so what is near enough is one; its place is that of the piece in
// the middle.
func mergedRules(list []segment) []segment {
	slices.SortFunc(list, func(a, b segment) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.from, b.from))
	})
	var out []segment
	for i := 0; i < len(list); {
		k := i + 1
		for k < len(list) && list[k].at-list[k-1].at <= 0.6 && list[k].at-list[i].at <= sameRule {
			k++
		}
		near := slices.Clone(list[i:k])
		slices.SortFunc(near, func(a, b segment) int { return cmp.Compare(a.from, b.from) })
		at := near[len(near)/2].at
		for _, s := range near {
			if n := len(out); n > 0 && out[n-1].at == at && s.from <= out[n-1].to+ruleJoin {
				out[n-1].to = math.Max(out[n-1].to, s.to)
				continue
			}
			out = append(out, segment{at, s.from, s.to})
		}
		i = k
	}
	return out
}

// components returns for each of hs, then for each of vs, the index of a representative of the rulings that
// it is connected with.
func components(hs, vs []segment) []int {
	group := newSets(len(hs) + len(vs))
	for i, h := range hs {
		for k, v := range vs {
			if v.at >= h.from-ruleJoin && v.at <= h.to+ruleJoin && h.at >= v.from-ruleJoin && h.at <= v.to+ruleJoin {
				group.join(i, len(hs)+k)
			}
		}
	}
	for i := range group {
		group[i] = group.find(i)
	}
	return group
}

// sets are numbers that are joined to sets: each has the number of another one of its set, and the
// representative of the set its own.
type sets []int

// newSets returns n sets of one number each.
func newSets(n int) sets {
	s := make(sets, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// find returns the representative of the set of i.
func (s sets) find(i int) int {
	for s[i] != i {
		s[i] = s[s[i]]
		i = s[i]
	}
	return i
}

// join makes one set of those of i and k, with the representative of k's.
func (s sets) join(i, k int) { s[s.find(i)] = s.find(k) }

// edges returns the places of rulings and the ends of those across them, each once.
func edges(along, across []segment) []float64 {
	var out []float64
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, s := range along {
		out = append(out, s.at)
		lo, hi = math.Min(lo, s.at), math.Max(hi, s.at)
	}
	first, last := math.Inf(1), math.Inf(-1)
	for _, s := range across {
		first, last = math.Min(first, s.from), math.Max(last, s.to)
	}
	if first < lo-2*ruleJoin { // a table that is open at its sides
		out = append(out, first)
	}
	if last > hi+2*ruleJoin {
		out = append(out, last)
	}
	slices.Sort(out)
	kept := out[:0]
	for _, v := range out {
		if n := len(kept); n == 0 || v-kept[n-1] > sameRule {
			kept = append(kept, v)
		}
	}
	return kept
}

// newGrid makes a table of rulings that are connected; nil if they enclose fewer than two cells. Fields are
// joined to cells where no ruling is between them; a ruling must cover minCovered of an edge, because rulings
// may have gaps at crossings.
func newGrid(hs, vs []segment) *Grid {
	if len(hs) == 0 || len(vs) == 0 {
		return nil
	}
	g := &Grid{xs: edges(vs, hs), ys: edges(hs, vs)}
	nx, ny := len(g.xs)-1, len(g.ys)-1
	if nx < 1 || ny < 1 || nx*ny < 2 || nx*ny > maxCells {
		return nil
	}
	g.Rect = Rect{g.xs[0], g.ys[0], g.xs[nx], g.ys[ny]}
	fields := newSets(nx * ny)
	for r := range ny {
		for c := range nx {
			if c+1 < nx && !ruled(vs, g.xs[c+1], g.ys[r], g.ys[r+1]) {
				fields.join(r*nx+c+1, r*nx+c)
			}
			if r+1 < ny && !ruled(hs, g.ys[r+1], g.xs[c], g.xs[c+1]) {
				fields.join((r+1)*nx+c, r*nx+c)
			}
		}
	}
	g.of = make([]int, nx*ny)
	index := map[int]int{}
	for i := range fields {
		root := fields.find(i)
		k, known := index[root]
		if !known {
			k = len(g.Cells)
			index[root] = k
			g.Cells = append(g.Cells, g.cellAt(i/nx, i%nx, func(j int) bool { return fields.find(j) == root }))
		}
		g.of[i] = k
	}
	if len(g.Cells) < 2 {
		return nil
	}
	return g
}

// ruled reports whether a ruling at a place covers most of an edge.
func ruled(list []segment, at, from, to float64) bool {
	covered := 0.0
	for _, s := range list {
		if math.Abs(s.at-at) <= sameRule {
			covered += math.Max(0, math.Min(s.to, to)-math.Max(s.from, from))
		}
	}
	return covered >= minCovered*(to-from)
}

// cellAt returns the cell whose first field is at a row and column; same reports whether a field is part of
// it. Of a cell that is not a rectangle, the part to the right of and below its first field counts.
func (g *Grid) cellAt(row, col int, same func(int) bool) GridCell {
	nx, ny := len(g.xs)-1, len(g.ys)-1
	cols := 1
	for col+cols < nx && same(row*nx+col+cols) {
		cols++
	}
	rows := 1
	for row+rows < ny {
		whole := true
		for c := range cols {
			whole = whole && same((row+rows)*nx+col+c)
		}
		if !whole {
			break
		}
		rows++
	}
	box := Rect{g.xs[col], g.ys[row], g.xs[col+cols], g.ys[row+rows]}
	return GridCell{Rect: box, row: row, col: col, rows: rows, cols: cols}
}

// At returns the index of the cell at a place; -1 outside.
func (g *Grid) At(x, y float64) int {
	if x < g.X0 || x > g.X1 || y < g.Y0 || y > g.Y1 {
		return -1
	}
	nx, ny := len(g.xs)-1, len(g.ys)-1
	c := min(max(sort.SearchFloat64s(g.xs, x)-1, 0), nx-1)
	r := min(max(sort.SearchFloat64s(g.ys, y)-1, 0), ny-1)
	return g.of[r*nx+c]
}

// Shade marks the cells that areas of a colour cover.
func (g *Grid) Shade(areas []Rect) {
	for i := range g.Cells {
		c := &g.Cells[i]
		mid := Rect{(c.X0 + c.X1) / 2, (c.Y0 + c.Y1) / 2, 0, 0}
		for _, a := range areas {
			c.Shaded = c.Shaded || a.X0 <= mid.X0 && mid.X0 <= a.X1 && a.Y0 <= mid.Y0 && mid.Y0 <= a.Y1
		}
	}
}

// Plausible reports whether the grid with its text is a table, not a frame or a drawing: several cells have
// text.
func (g *Grid) Plausible() bool {
	filled := 0
	for i := range g.Cells {
		if len(g.Cells[i].Lines) > 0 {
			filled++
		}
	}
	return filled >= 2 && filled*12 >= len(g.Cells)
}

// gridNode makes a table of a grid.
func (w *arranger) gridNode(g *Grid) *layout.Node {
	if g.stated != nil {
		return w.statedNode(g)
	}
	t := tableau{sure: sureGrid, rect: g.Rect}
	nx, ny := len(g.xs)-1, len(g.ys)-1
	row, col := make([]int, ny+1), make([]int, nx+1) // numbers without those that are the inside of double lines
	for r := range ny {
		row[r+1] = row[r] + 1
		if g.ys[r+1]-g.ys[r] <= thinRow && !g.hasText(func(c *GridCell) bool { return c.row == r }) {
			row[r+1]--
		}
	}
	for c := range nx {
		col[c+1] = col[c] + 1
		if g.xs[c+1]-g.xs[c] <= thinRow && !g.hasText(func(k *GridCell) bool { return k.col == c }) {
			col[c+1]--
		}
	}
	for i := range g.Cells {
		c := &g.Cells[i]
		c.markCut()
		n := tcell{row: row[c.row], col: col[c.col], lines: c.Lines, shaded: c.Shaded}
		n.rows, n.cols = row[c.row+c.rows]-n.row, col[c.col+c.cols]-n.col
		if n.rows > 0 && n.cols > 0 {
			t.cells = append(t.cells, n)
		}
	}
	t.splitRows()
	t.splitColumns()
	return w.tableNode(&t)
}

// hasText reports whether a cell that which selects has text.
func (g *Grid) hasText(which func(*GridCell) bool) bool {
	for i := range g.Cells {
		if which(&g.Cells[i]) && len(g.Cells[i].Lines) > 0 {
			return true
		}
	}
	return false
}

// tableau is a table before it becomes a node.
type tableau struct {
	cells    []tcell
	rect     Rect
	sure     float64
	headRows int // rows above the first ruling of a table without other rulings
}

// tcell is a cell of a tableau: the place of its first field, in rows and columns from 0, and how many it
// spans.
type tcell struct {
	row, col, rows, cols int
	lines                []Line
	shaded               bool
	tables               []*Grid
}

// size returns the number of rows and columns.
func (t *tableau) size() (rows, cols int) {
	for i := range t.cells {
		rows, cols = max(rows, t.cells[i].row+t.cells[i].rows), max(cols, t.cells[i].col+t.cells[i].cols)
	}
	return rows, cols
}

// splitRows divides a row of a table without rulings between its rows: all its cells have the same number of
// lines, three or more, at the same heights.
func (t *tableau) splitRows() {
	rows, _ := t.size()
	for r := rows - 1; r >= 0; r-- {
		var bases []float64
		ok, filled := true, 0
		for i := range t.cells {
			c := &t.cells[i]
			if c.row > r || c.row+c.rows <= r || len(c.lines) == 0 {
				continue
			}
			filled++
			if c.row != r || c.rows != 1 || len(c.lines) < 3 || bases != nil && len(bases) != len(c.lines) {
				ok = false
				break
			}
			for k := range c.lines {
				if bases == nil || len(bases) < len(c.lines) {
					bases = append(bases, c.lines[k].Base)
				} else if math.Abs(bases[k]-c.lines[k].Base) > 2 {
					ok = false
				}
			}
		}
		if !ok || filled < 2 || len(bases) < 3 {
			continue
		}
		t.splitRow(r, len(bases))
	}
}

// splitRow makes n rows of row r, one for each line of its cells.
func (t *tableau) splitRow(r, n int) {
	var out []tcell
	for _, c := range t.cells {
		switch {
		case c.row > r:
			c.row += n - 1
			out = append(out, c)
		case c.row < r && c.row+c.rows > r:
			c.rows += n - 1
			out = append(out, c)
		case c.row < r:
			out = append(out, c)
		default:
			for k := range n {
				part := c
				part.row, part.lines = r+k, nil
				if k < len(c.lines) {
					part.lines = c.lines[k : k+1]
				}
				out = append(out, part)
			}
		}
	}
	t.cells = out
}

// splitColumns divides the only column of a table whose rows are ruled and whose columns are not, if the
// words of its rows are aligned.
func (t *tableau) splitColumns() {
	rows, cols := t.size()
	if cols != 1 || rows < 2 {
		return
	}
	var all []Line
	multi := 0
	for i := range t.cells {
		all = append(all, t.cells[i].lines...)
		if slices.ContainsFunc(t.cells[i].lines, func(l Line) bool { return len(l.Pieces) > 1 }) {
			multi++
		}
	}
	if multi*2 < rows {
		return
	}
	cuts := gaps(all)
	if len(cuts) == 0 {
		return
	}
	var out []tcell
	for _, c := range t.cells {
		for k, lines := range byColumn(c.lines, cuts) {
			part := c
			part.col, part.lines = k, lines
			out = append(out, part)
		}
	}
	t.cells = out
}

// allBold reports whether all text of a cell is bold.
func allBold(lines []Line) bool {
	plain := func(l Line) bool { return l.Letters() > 0 && !l.bold() }
	return len(lines) > 0 && !slices.ContainsFunc(lines, plain)
}

// tableNode makes a node of a table: it writes rows and cells, with the looks by which its header is guessed.
func (w *arranger) tableNode(t *tableau) *layout.Node {
	slices.SortStableFunc(t.cells, func(a, b tcell) int {
		return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.col, b.col))
	})
	rows, _ := t.size()
	table := &layout.Table{Rows: make([]*layout.Row, rows)}
	for r := range table.Rows {
		table.Rows[r] = &layout.Row{}
	}
	for i := range t.cells {
		c := &t.cells[i]
		cell := &layout.Cell{Col: c.col, RowSpan: c.rows, ColSpan: c.cols, Shaded: c.shaded,
			Bold: allBold(c.lines), Nodes: w.cellNodes(c.lines)}
		for _, inner := range c.tables {
			cell.Nodes = append(cell.Nodes, w.gridNode(inner))
		}
		table.Rows[c.row].Cells = append(table.Rows[c.row].Cells, cell)
	}
	table.Ruled, table.Printed = t.headRows, true
	table.Rows = slices.DeleteFunc(table.Rows, func(r *layout.Row) bool { return len(r.Cells) == 0 })
	return &layout.Node{Kind: dossier.TableKind, Sure: t.sure, Table: table, Box: w.box(t.rect)}
}

// cellNodes returns the text of a cell; lines that may be unseen are kept apart.
func (w *arranger) cellNodes(lines []Line) []*layout.Node {
	var out []*layout.Node
	for i := 0; i < len(lines); {
		k := i + 1
		for k < len(lines) && lines[k].doubt() == lines[i].doubt() {
			k++
		}
		n := &layout.Node{Kind: dossier.Paragraph, Sure: sureSentence}
		w.fill(n, lines[i:k])
		out = append(out, n)
		i = k
	}
	return out
}
