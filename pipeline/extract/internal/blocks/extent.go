package blocks

import "math"

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

// beside reports whether a line begins where a column other than the first one does: it goes on with a cell above.
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

// tableEnd returns the end of the lines from i on that may be one table: lines in pieces, and between them lines that
// keep to the columns, as the rest of wrapped cells does, or few lines that cross them.
func (w *arranger) tableEnd(z []Line, i int) int {
	end, crossing := i+1, 0
	gutters := guttersOf(&z[i])
	lastMulti, r, largest := i, z[i].Rect, 0.0
	for k := i + 1; k < len(z) && k-i < maxTableRows; k++ {
		l := &z[k]
		size := math.Max(l.Size, z[k-1].Size)
		step := l.Base - z[k-1].Base
		if l.grid != nil || step <= 0 || step > maxFitGap*size {
			break
		}
		left, fits := within(l, gutters)
		fits = fits && len(gutters) > 0
		if !fits && step > maxRowGap*size || w.closed(r, &z[k-1], l) {
			break
		}
		out := l.X0 < r.X0-size
		if l.RightToLeft {
			out = l.X1 > r.X1+size
		}
		if k-i >= minKnown && step > maxStepRatio*largest && (!fits || out) {
			break
		}
		largest = math.Max(largest, step)
		r = r.union(l.Rect)
		if len(l.Pieces) > 1 {
			end, crossing, lastMulti = k+1, 0, k
			if len(left) > 0 {
				gutters = left
			} else {
				gutters = guttersOf(l)
			}
			continue
		}
		if fits && beside(l, &z[lastMulti]) {
			gutters = left
			if step <= maxRowGap*size && end == k {
				end = k + 1 // the rest of a cell of the last row
			}
			continue
		}
		if fits && step <= maxTailGap*l.Size && end == k && lastMulti == k-1 && underFirst(l, &z[k-1]) {
			end = k + 1 // the rest of the first cell
			continue
		}
		if crossing++; crossing > maxCrossing {
			break
		}
	}
	return end
}

// closed reports whether a ruling between two lines reaches beyond the lines on both sides: it separates a table with
// the rectangle r, or other text, from what is below, such as the footer.
func (w *arranger) closed(r Rect, above, l *Line) bool {
	for _, rule := range w.page.Rules {
		if rule.Y0 > above.Base && rule.Y0 < l.Base && rule.X0 < r.X0-2*l.Size && rule.X1 > r.X1+2*l.Size {
			return true
		}
	}
	return false
}

// underFirst reports whether a line is below the first cell of the line before it and shorter, as the rest of it is.
func underFirst(l *Line, above *Line) bool {
	p := &above.Pieces[0]
	if l.RightToLeft {
		p = &above.Pieces[len(above.Pieces)-1]
	}
	return l.X0 >= p.X0-0.5*l.Size && l.X1 <= p.X1+0.5*l.Size
}
