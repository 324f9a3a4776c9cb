package blocks

import (
	"math"
	"strings"
)

// Bounds of the extent of a table without rulings, in sizes of its letters.
const (
	maxRowGap    = 3.2 // distance of lines of one table
	maxFitGap    = 5.2 // distance of a line that keeps to the columns above it
	maxTailGap   = 1.45
	minGutter    = 0.4 // width of the space between two columns
	maxCrossing  = 3   // lines in a row that cross the space between columns, such as names of groups of rows
	maxTableRows = 400 // lines that are looked at
	minKnown     = 4   // lines after which a larger distance, by maxStepRatio, ends a table
	maxStepRatio = 1.45
	minApart     = 0.9 // distance of lines below each other: nearer ones are side by side
	maxTitle     = 3   // lines of the title of the next table
	minNamed     = 8   // letters of a header by which the next table is known
)

// gutter is the space between two columns.
type gutter struct{ x0, x1 float64 }

// guttersOf returns the spaces between the pieces of a line.
func guttersOf(l *Line) []gutter {
	out := make([]gutter, 0, len(l.Pieces))
	for i := 1; i < len(l.Pieces); i++ {
		if a, b := l.Pieces[i-1].X1, l.Pieces[i].X0; b > a {
			out = append(out, gutter{a, b})
		}
	}
	return out
}

// within returns what a line leaves of the spaces between columns, and whether it leaves something of each.
func within(l *Line, gutters []gutter) (left []gutter, all bool) {
	for _, g := range gutters {
		for i := range l.Pieces {
			p := &l.Pieces[i]
			switch {
			case p.X1 <= g.x0 || p.X0 >= g.x1:
			case p.X0+p.X1 < g.x0+g.x1: // more of it is on the left
				g.x0 = p.X1
			default:
				g.x1 = p.X0
			}
		}
		if g.x1-g.x0 >= minGutter*l.Size {
			left = append(left, g)
		}
	}
	return left, len(left) == len(gutters)
}

// beside reports whether a line begins where a column other than the first one does: it goes on with a cell
// above.
func beside(l *Line, above *Line) bool {
	for n := range above.Pieces {
		if l.RightToLeft {
			if n+1 < len(above.Pieces) && math.Abs(above.Pieces[n].X1-l.X1) < 0.5*l.Size {
				return true
			}
		} else if n > 0 && math.Abs(above.Pieces[n].X0-l.X0) < 0.5*l.Size {
			return true
		}
	}
	return false
}

// besideLines is how many lines above a line are compared with it: cells in the middle of the height of their row have
// lines of their own.
const besideLines = 6

// beside reports whether line k begins where a column other than the first one does.
func (e *extent) beside(l *Line, k int) bool {
	if beside(l, &e.z[e.lastMulti]) {
		return true
	}
	for n := max(e.first, k-besideLines); n < k; n++ {
		if len(e.z[n].Pieces) > 1 && beside(l, &e.z[n]) {
			return true
		}
	}
	return false
}

// extent is a table without rulings while lines are added to it.
type extent struct {
	z         []Line
	r         Rect
	gutters   []gutter // between its columns, as far as all lines leave them
	first     int      // index of its first line
	end       int      // index behind its last line
	lastMulti int      // index of the last line in pieces
	crossing  int      // lines since then that cross the gutters
	largest   float64  // distance of its lines, in points
}

// tableEnd returns the end of the lines from i on that may be one table: lines in pieces, and between them
// lines that keep to the columns, as the rest of wrapped cells does, or few lines that cross them.
func (w *arranger) tableEnd(z []Line, i int) int {
	e := &extent{z: z, r: z[i].Rect, gutters: guttersOf(&z[i]), first: i, end: i + 1, lastMulti: i}
	for k := i + 1; k < len(z) && k-i < maxTableRows; k++ {
		if z[k].grid != nil || w.closed(e.r, &z[k-1], &z[k]) {
			break
		}
		if e.repeats(k) {
			return e.before(k)
		}
		if !e.add(k) {
			break
		}
	}
	return e.end
}

// repeats reports whether line k says what one of the first ones does: the header of the next table.
func (e *extent) repeats(k int) bool {
	if len(e.z[k].Pieces) < 2 {
		return false
	}
	for n := e.first; n <= min(e.first+1, k-3); n++ {
		if sameNames(&e.z[n], &e.z[k]) {
			return true
		}
	}
	return false
}

// sameNames reports whether two lines have the same words at the same places, and no numbers.
func sameNames(a, b *Line) bool {
	if len(a.Pieces) < 2 || len(a.Pieces) != len(b.Pieces) {
		return false
	}
	letters := 0
	for i := range a.Pieces {
		text := strings.TrimSpace(a.Pieces[i].Text())
		if text != strings.TrimSpace(b.Pieces[i].Text()) || math.Abs(a.Pieces[i].X0-b.Pieces[i].X0) > 0.5*a.Size ||
			numeric(text) {
			return false
		}
		letters += a.Pieces[i].Letters
	}
	return letters >= minNamed
}

// before returns the end of the table whose next one has its header at line k: lines above the header of one piece, or
// of the sign of an item and its text, that have some space above or are bold, are its title.
func (e *extent) before(k int) int {
	for n := k - 1; n > e.first && n >= k-maxTitle; n-- {
		l := &e.z[n]
		item := len(l.Pieces) == 2 && (l.isItem() || bullet(l.Pieces[0].Text()))
		if !item && len(l.Pieces) != 1 {
			break
		}
		if item || l.Base-e.z[n-1].Base > maxTailGap*l.Size || l.bold() && !e.z[n-1].bold() {
			return min(n, e.end)
		}
	}
	return min(k, e.end)
}

// add adds line k, or reports that the table ends before it.
func (e *extent) add(k int) bool {
	l := &e.z[k]
	size, step := math.Max(l.Size, e.z[k-1].Size), l.Base-e.z[k-1].Base
	left, fits := within(l, e.gutters)
	fits = fits && len(e.gutters) > 0
	if e.tooFar(k, step, size, fits) {
		return false
	}
	e.largest, e.r = math.Max(e.largest, step), e.r.union(l.Rect)
	switch {
	case len(l.Pieces) > 1:
		e.end, e.crossing, e.lastMulti, e.gutters = k+1, 0, k, left
		if len(left) == 0 {
			e.gutters = guttersOf(l)
		}
	case fits && e.beside(l, k):
		e.gutters = left
		if step <= maxRowGap*size && e.end == k {
			e.end = k + 1 // the rest of a cell of the last row
		}
	case fits && step < minApart*l.Size && e.end == k && l.X1 <= e.gutters[0].x1:
		e.gutters, e.end = left, k+1 // the first cell of a row, in the middle of its height
	case fits && step <= maxTailGap*l.Size && e.end == k && e.lastMulti == k-1 && underFirst(l, &e.z[k-1]):
		e.end = k + 1 // the rest of the first cell
	case !fits && l.Letters() > maxCellLine:
		return false // prose
	default:
		e.crossing++
	}
	return e.crossing <= maxCrossing
}

// tooFar reports whether line k is too far below the one before it to be of the same table: by the size of
// the letters, or by the distances of the lines so far, unless it keeps to the columns.
func (e *extent) tooFar(k int, step, size float64, fits bool) bool {
	if step <= 0 || step > maxFitGap*size || !fits && step > maxRowGap*size {
		return true
	}
	l := &e.z[k]
	out := l.X0 < e.r.X0-size
	if l.RightToLeft {
		out = l.X1 > e.r.X1+size
	}
	return k-e.first >= minKnown && step > maxStepRatio*e.largest && (!fits || out)
}

// closed reports whether a ruling between two lines reaches beyond the lines on both sides: it separates a
// table with the rectangle r, or other text, from what is below, such as the footer.
func (w *arranger) closed(r Rect, above, l *Line) bool {
	for _, rule := range w.page.Rules {
		if rule.Y0 > above.Base && rule.Y0 < l.Base && rule.X0 < r.X0-2*l.Size && rule.X1 > r.X1+2*l.Size {
			return true
		}
	}
	return false
}

// underFirst reports whether a line is below the first cell of the line before it and shorter, as the rest of
// it is.
func underFirst(l *Line, above *Line) bool {
	p := &above.Pieces[0]
	if l.RightToLeft {
		p = &above.Pieces[len(above.Pieces)-1]
	}
	return l.X0 >= p.X0-0.5*l.Size && l.X1 <= p.X1+0.5*l.Size
}
