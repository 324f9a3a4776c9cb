package blocks

import (
	"math"
	"slices"
	"sort"
	"strings"

	"kheo/internal/text/language"
)

// Columns of running text differ from tables in what they look like: over several lines both sides of a
// gap are long and fill their width, as broken lines of prose do and cells do not.
const (
	columnRows    = 6   // minimum number of such lines
	columnLetters = 18  // minimum letters of a line in a column
	columnFill    = 0.8 // minimum share of the column's width
)

// columns divides lines that run over two or more columns of text into zones in reading order. depth counts
// divisions; there are at most four.
func columns(lines []Line, depth int) [][]Line {
	if len(lines) == 0 {
		return nil
	}
	if depth > 3 || len(lines) < columnRows {
		return [][]Line{lines}
	}
	counts := map[int]int{}
	for i := range lines {
		ps := lines[i].Pieces
		for k := 1; k < len(ps); k++ {
			a, b := ps[k-1].X1, ps[k].X0
			for x := math.Ceil(a / 4); x*4 < b && b-a < 300; x++ {
				counts[int(x)]++
			}
		}
	}
	var at []int
	for x, n := range counts {
		if n >= columnRows {
			at = append(at, x)
		}
	}
	sort.Slice(at, func(i, j int) bool {
		return counts[at[i]] > counts[at[j]] || counts[at[i]] == counts[at[j]] && at[i] < at[j]
	})
	for _, x := range at[:min(len(at), 12)] {
		if first, end, ok := columnBlock(lines, float64(x)*4); ok {
			left, right := cut(lines[first:end], float64(x)*4)
			out := columns(lines[:first], depth+1)
			out = append(out, columns(left, depth+1)...)
			out = append(out, columns(right, depth+1)...)
			return append(out, columns(lines[end:], depth+1)...)
		}
	}
	return [][]Line{lines}
}

// columnBlock finds the longest run of lines that x divides into two columns.
func columnBlock(all []Line, x float64) (first, end int, ok bool) {
	for i := 0; i < len(all); {
		for i < len(all) && crosses(&all[i], x) {
			i++
		}
		start := i
		for i < len(all) && !crosses(&all[i], x) {
			i++
		}
		if i-start > end-first && isColumns(all[start:i], x) {
			first, end, ok = start, i, true
		}
	}
	return first, end, ok
}

// crosses reports whether a piece of a line, or a table, extends over x.
func crosses(l *Line, x float64) bool {
	if l.grid != nil {
		return l.X0 < x && l.X1 > x
	}
	return slices.ContainsFunc(l.Pieces, func(p Piece) bool { return p.X0 < x && p.X1 > x })
}

// isColumns reports whether lines look like two columns of prose on both sides of x.
func isColumns(lines []Line, x float64) bool {
	lo, hi, leftEnd, rightStart := math.Inf(1), math.Inf(-1), math.Inf(-1), math.Inf(1)
	for i := range lines {
		for _, c := range lines[i].Pieces {
			lo, hi = math.Min(lo, c.X0), math.Max(hi, c.X1)
			if c.X1 <= x {
				leftEnd = math.Max(leftEnd, c.X1)
			} else {
				rightStart = math.Min(rightStart, c.X0)
			}
		}
	}
	both, full := 0, 0 // lines on both sides, and those of them that look like prose on both
	var prose [2]int   // lines of each side that look like prose
	widths := [2]float64{leftEnd - lo, hi - rightStart}
	for i := range lines {
		letters, good := sides(lines[i].Pieces, x, widths)
		for side := range good {
			if good[side] {
				prose[side]++
			}
		}
		if letters[0] > 0 && letters[1] > 0 {
			both++
			if good[0] && good[1] {
				full++
			}
		}
	}
	return prose[0] >= columnRows && prose[1] >= columnRows && (full*2 > both || both < columnRows)
}

// sides returns how many letters a line has on each side of x, and whether each side looks like a line of
// prose in a column of the given width.
func sides(line []Piece, x float64, columns [2]float64) (letters [2]float64, prose [2]bool) {
	var width [2]float64
	for _, c := range line {
		side := 0
		if c.X0 >= x {
			side = 1
		}
		width[side] += c.X1 - c.X0
		letters[side] += float64(c.Letters)
	}
	for side := range prose {
		prose[side] = letters[side] >= columnLetters && width[side] >= columnFill*columns[side]
	}
	return letters, prose
}

// cut divides lines at x.
func cut(lines []Line, x float64) (left, right []Line) {
	for _, l := range lines {
		if l.grid != nil {
			if l.X0 < x {
				left = append(left, l)
			} else {
				right = append(right, l)
			}
			continue
		}
		k := 0
		for k < len(l.Pieces) && l.Pieces[k].X0 < x {
			k++
		}
		if k > 0 {
			left = append(left, l.part(0, k))
		}
		if k < len(l.Pieces) {
			right = append(right, l.part(k, len(l.Pieces)))
		}
	}
	return left, right
}

// part returns a line with some of its pieces.
func (l *Line) part(from, to int) Line {
	out := *l
	out.Pieces = slices.Clone(l.Pieces[from:to])
	out.Pieces[0].Tab = false
	out.X0, out.X1 = out.Pieces[0].X0, out.Pieces[len(out.Pieces)-1].X1
	return out
}

// maxBeside is the maximum number of lines of blocks side by side, such as the two sides of a letterhead.
const maxBeside = 10

// sideBySide finds a block of few lines with two sides that are read one after the other: a letterhead, or
// the signatures at the end. next is i if there is none at line i.
func sideBySide(z []Line, i int) (left, right []Line, next int) {
	if len(z[i].Pieces) != 2 || z[i].grid != nil {
		return nil, nil, i
	}
	lo, hi := z[i].Pieces[0].X1, z[i].Pieces[1].X0
	end := i
	for end < len(z) && end-i < maxBeside {
		l := &z[end]
		if l.grid != nil || len(l.Pieces) > 2 || end > i && l.Base-z[end-1].Base > 3.2*l.Size {
			break
		}
		a, b := lo, hi
		if len(l.Pieces) == 2 {
			a, b = math.Max(lo, l.Pieces[0].X1), math.Min(hi, l.Pieces[1].X0)
		} else if mid := (lo + hi) / 2; l.X1 <= mid+l.Size && l.X1 < hi {
			a = math.Max(lo, l.X1)
		} else if l.X0 >= mid-l.Size && l.X0 > lo {
			b = math.Min(hi, l.X0)
		} else {
			break
		}
		if b-a < 0.8*l.Size {
			break
		}
		lo, hi, end = a, b, end+1
	}
	left, right = cut(z[i:end], (lo+hi)/2)
	if len(left) < 2 && len(right) < 2 || len(left) == 0 || len(right) == 0 {
		return nil, nil, i
	}
	if letterhead(z[i:end]) || len(left) > 1 && len(right) > 1 && centred(left) && centred(right) {
		return left, right, end
	}
	return nil, nil, i
}

// motto is how the head of every Vietnamese official paper begins, on its right side.
const motto = "cong hoa xa hoi chu nghia"

// letterhead reports whether the first lines have the national motto beside something else.
func letterhead(lines []Line) bool {
	for i := range lines[:min(len(lines), 3)] {
		if len(lines[i].Pieces) == 2 && strings.Contains(language.Fold(lines[i].Text()), motto) {
			return true
		}
	}
	return false
}

// centred reports whether lines of different lengths share a middle.
func centred(lines []Line) bool {
	mid := (lines[0].X0 + lines[0].X1) / 2
	differ := false
	for i := range lines[1:] {
		l := &lines[i+1]
		if math.Abs((l.X0+l.X1)/2-mid) > 0.7*l.Size {
			return false
		}
		differ = differ || math.Abs(l.X0-lines[0].X0) > 1.2*l.Size
	}
	return differ
}
