package blocks

import (
	"math"
	"slices"

	"kheo/pipeline/extract/internal/layout"
)

// Tables that a file states are taken if their cells lie as those of a table do: rows under one another, columns side
// by side, and no ruling through a cell. What a file states is not seen, so it may be wrong or made up.
const (
	sureStated   = 0.95
	sureDisputed = 0.6  // of tables whose file says of other rows than the first ones that they are headers
	overhang     = 0.25 // by how much columns may reach into one another, in sizes of the letters
	maxCompared  = 50_000_000
	lineTop      = 0.6 // height of letters over the base line that counts for rows, in sizes
)

// StatedCell is a cell as a file states it, with the lines of its text. Row and Col count from 0.
type StatedCell struct {
	Row, Col, Rows, Cols int
	Lines                []Line
	Tables               []*Grid // that are in it
}

// Stated is what a file states of a table beside its cells.
type Stated struct {
	ID       int // the same for all parts of a table that is on several pages; not 0
	HeadRows int
	HeadCols int
	Disputed bool // it says of other rows that they are headers
	Caption  string
}

// NewStated makes a table of cells that a file states; nil if they do not lie as it says. Rules are the rulings of the
// page, and the edges of its coloured areas.
func NewStated(s Stated, cells []StatedCell, rules []Rect) *Grid {
	g := &Grid{stated: &s, Rect: Rect{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}}
	filled, size := 0, 0.0
	for _, c := range cells {
		k := GridCell{row: c.Row, col: c.Col, rows: max(1, c.Rows), cols: max(1, c.Cols), Lines: c.Lines,
			tables: c.Tables}
		k.Rect = Rect{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
		for i := range c.Lines {
			k.Rect = k.Rect.union(c.Lines[i].Rect)
			size = math.Max(size, c.Lines[i].Size)
		}
		for _, t := range c.Tables {
			k.Rect = k.Rect.union(t.Rect)
		}
		if k.filled() {
			filled++
			g.Rect = g.Rect.union(k.Rect)
		}
		g.Cells = append(g.Cells, k)
	}
	if filled < 2 || len(g.Cells) > maxCells || len(g.Cells)*len(rules) > maxCompared || !g.inRows() ||
		!g.inColumns() || !g.under() {
		return nil
	}
	for i := range g.Cells {
		if g.Cells[i].divided(rules) {
			return nil
		}
	}
	for i := range g.Cells {
		g.Cells[i].frame(rules)
	}
	return g
}

// frame widens a cell to the rulings on both sides of it.
func (c *GridCell) frame(rules []Rect) {
	if len(c.Lines) < 2 {
		return
	}
	left, right := math.Inf(-1), math.Inf(1)
	for _, r := range rules {
		if r.Y1-r.Y0 < r.X1-r.X0 || r.Y0 > c.Lines[0].Base || r.Y1 < c.Lines[len(c.Lines)-1].Base-c.Lines[0].Size {
			continue
		}
		if r.X1 <= c.X0+1 {
			left = math.Max(left, r.X1)
		}
		if r.X0 >= c.X1-1 {
			right = math.Min(right, r.X0)
		}
	}
	if c.framed = !math.IsInf(left, 0) && !math.IsInf(right, 0); c.framed {
		c.X0, c.X1 = left, right
	}
}

// filled reports whether a cell has text.
func (c *GridCell) filled() bool { return len(c.Lines) > 0 || len(c.tables) > 0 }

// extent returns the heights between which the text of a cell is, without what letters have above their middle and
// below the base line.
func (c *GridCell) extent() (top, bottom float64) {
	top, bottom = math.Inf(1), math.Inf(-1)
	for i := range c.Lines {
		l := &c.Lines[i]
		top, bottom = math.Min(top, l.Base-lineTop*l.Size), math.Max(bottom, l.Base)
	}
	for _, t := range c.tables {
		top, bottom = math.Min(top, t.Y0), math.Max(bottom, t.Y1)
	}
	return top, bottom
}

// inRows reports whether the rows of a table are under one another.
func (g *Grid) inRows() bool {
	rows := 0
	for i := range g.Cells {
		rows = max(rows, g.Cells[i].row+g.Cells[i].rows)
	}
	ends, begins := make([]float64, rows+1), make([]float64, rows+1) // by the edge between rows
	for i := range ends {
		ends[i], begins[i] = math.Inf(-1), math.Inf(1)
	}
	for i := range g.Cells {
		if c := &g.Cells[i]; c.filled() {
			top, bottom := c.extent()
			ends[c.row+c.rows] = math.Max(ends[c.row+c.rows], bottom)
			begins[c.row] = math.Min(begins[c.row], top)
		}
	}
	return ordered(ends, begins, 0.5)
}

// inColumns reports whether the columns of a table are side by side.
func (g *Grid) inColumns() bool {
	cols, size := 0, 0.0
	for i := range g.Cells {
		cols = max(cols, g.Cells[i].col+g.Cells[i].cols)
		for k := range g.Cells[i].Lines {
			size = math.Max(size, g.Cells[i].Lines[k].Size)
		}
	}
	ends, begins := make([]float64, cols+1), make([]float64, cols+1)
	for i := range ends {
		ends[i], begins[i] = math.Inf(-1), math.Inf(1)
	}
	for i := range g.Cells {
		if c := &g.Cells[i]; c.filled() {
			ends[c.col+c.cols] = math.Max(ends[c.col+c.cols], c.X1)
			begins[c.col] = math.Min(begins[c.col], c.X0)
		}
	}
	return ordered(ends, begins, overhang*size)
}

// ordered reports whether all that ends at an edge or before it is before all that begins at it or behind.
func ordered(ends, begins []float64, tolerance float64) bool {
	for i := len(begins) - 2; i >= 0; i-- {
		begins[i] = math.Min(begins[i], begins[i+1])
	}
	last := math.Inf(-1)
	for i := range ends {
		if last = math.Max(last, ends[i]); last > begins[i]+tolerance {
			return false
		}
	}
	return true
}

// under reports whether cells are under the others of their column rather than under those of another one: a file may
// say that a name is that of the column beside it.
func (g *Grid) under() bool {
	type span struct{ x0, x1 float64 }
	byCol := map[int][]span{}
	for i := range g.Cells {
		if c := &g.Cells[i]; c.filled() && c.cols == 1 {
			byCol[c.col] = append(byCol[c.col], span{c.X0, c.X1})
		}
	}
	// hull returns the middle extent of a column, without one of its cells.
	type hull struct {
		first, second, firstEnd, secondEnd float64
		n                                  int
	}
	hulls := map[int]hull{}
	for col, list := range byCol {
		h := hull{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1), len(list)}
		for _, s := range list {
			if s.x0 < h.first {
				h.first, h.second = s.x0, h.first
			} else {
				h.second = math.Min(h.second, s.x0)
			}
			if s.x1 > h.firstEnd {
				h.firstEnd, h.secondEnd = s.x1, h.firstEnd
			} else {
				h.secondEnd = math.Max(h.secondEnd, s.x1)
			}
		}
		hulls[col] = h
	}
	for i := range g.Cells {
		c := &g.Cells[i]
		own := hulls[c.col]
		if !c.filled() || c.cols != 1 || own.n < 2 {
			continue
		}
		x0, x1 := own.first, own.firstEnd
		if c.X0 == x0 {
			x0 = own.second
		}
		if c.X1 == x1 {
			x1 = own.secondEnd
		}
		gap := apartBy(c.X0, c.X1, x0, x1)
		if gap <= 0 {
			continue
		}
		for _, beside := range []int{c.col - 1, c.col + 1} {
			if o, ok := hulls[beside]; ok && apartBy(c.X0, c.X1, o.first, o.firstEnd) < gap {
				return false
			}
		}
	}
	return true
}

// apartBy returns the distance of two extents; 0 or less if they overlap.
func apartBy(a0, a1, b0, b1 float64) float64 { return math.Max(b0-a1, a0-b1) }

// divided reports whether a ruling goes through the text of a cell: between two of its
// lines, or between two of its words. Lines under or through words are no longer than them.
func (c *GridCell) divided(rules []Rect) bool {
	if len(c.Lines) == 0 {
		return false
	}
	box := Rect{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for i := range c.Lines {
		box = box.union(c.Lines[i].Rect)
	}
	across := func(y, x0, x1 float64) bool {
		if x0 > box.X0-0.5 || x1 < box.X1+0.5 || len(c.Lines) < 2 {
			return false
		}
		above := func(l Line) bool { return l.Base <= y }
		below := func(l Line) bool { return l.Base-lineTop*l.Size >= y }
		return slices.ContainsFunc(c.Lines, above) && slices.ContainsFunc(c.Lines, below)
	}
	for _, r := range rules {
		switch w, h := r.X1-r.X0, r.Y1-r.Y0; {
		case w >= h && across((r.Y0+r.Y1)/2, r.X0, r.X1):
			return true
		case h > w && r.X0 > box.X0+1 && r.X1 < box.X1-1:
			for i := range c.Lines {
				if l := &c.Lines[i]; r.Y0 <= l.Base-lineTop*l.Size && r.Y1 >= l.Base {
					return true
				}
			}
		}
	}
	return false
}

// maxShades is the number of coloured areas of which it is looked for which go on in another one.
const maxShades = 2000

// Edges returns the upper and lower edges of coloured areas, as rulings, but for those at which another one goes on.
func Edges(shades []Rect) (out []Rect) {
	for i, r := range shades {
		for _, y := range []float64{r.Y0, r.Y1} {
			if len(shades) > maxShades || !goesOn(shades, i, y) {
				out = append(out, Rect{r.X0, y, r.X1, y})
			}
		}
	}
	return out
}

// goesOn reports whether another coloured area begins or ends at an edge of area i: Word paints the ground of a cell
// line by line.
func goesOn(shades []Rect, i int, y float64) bool {
	r := shades[i]
	for k, o := range shades {
		beside := math.Abs(o.Y0-y) < sameRule || math.Abs(o.Y1-y) < sameRule
		if k != i && beside && o.X0 <= r.X0+sameRule && o.X1 >= r.X1-sameRule {
			return true
		}
	}
	return false
}

// statedNode makes a node of a table that the file states.
func (w *arranger) statedNode(g *Grid) *layout.Node {
	t := tableau{sure: sureStated, rect: g.Rect}
	if g.stated.Disputed {
		t.sure = sureDisputed
	}
	for i := range g.Cells {
		c := &g.Cells[i]
		if c.framed {
			c.markCut()
		}
		t.cells = append(t.cells, tcell{row: c.row, col: c.col, rows: c.rows, cols: c.cols, lines: c.Lines,
			shaded: c.Shaded, tables: c.tables})
	}
	n := w.tableNode(&t)
	for i := range n.Table.Rows[:min(g.stated.HeadRows, len(n.Table.Rows))] {
		n.Table.Rows[i].Header = true
	}
	n.Table.HeaderCols, n.Table.Caption, n.Table.Stated = g.stated.HeadCols, g.stated.Caption, g.stated.ID
	return n
}
