package pdfpages

import (
	"math"
	"slices"
	"sort"
	"unicode"
)

// chunk is a part of a row between gaps, from x0 to x1 in points.
type chunk struct {
	x0, x1  float64
	letters int
}

// chunks cuts a row at gaps of at least nine tenths of its size.
func (r *row) chunks() []chunk {
	gs := slices.Clone(r.glyphs)
	sort.SliceStable(gs, func(i, j int) bool { return gs[i].x < gs[j].x })
	var out []chunk
	for _, g := range gs {
		if g.blank() {
			continue
		}
		if n := len(out); n > 0 && g.x-out[n-1].x1 < 0.9*r.size {
			out[n-1].x1 = math.Max(out[n-1].x1, g.x+g.w)
			out[n-1].letters++
			continue
		}
		out = append(out, chunk{g.x, g.x + g.w, 1})
	}
	return out
}

// Columns of running text differ from tables in what they look like: over several rows both sides of a
// gap are long and fill their width, as broken lines of prose do and cells do not.
const (
	columnRows    = 6   // minimum number of such rows
	columnLetters = 18  // minimum letters of a row in a column
	columnFill    = 0.8 // minimum share of the column's width
)

// columns puts rows that run over two or more columns of text into reading order. depth counts
// divisions; there are at most four.
func columns(rows []row, depth int) []row {
	if depth > 3 || len(rows) < columnRows {
		return rows
	}
	all := make([][]chunk, len(rows))
	counts := map[int]int{}
	for i := range rows {
		all[i] = rows[i].chunks()
		for k := 1; k < len(all[i]); k++ {
			a, b := all[i][k-1].x1, all[i][k].x0
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
		if first, last, ok := columnBlock(all, float64(x)*4); ok {
			left, right := cut(rows[first:last], float64(x)*4)
			out := slices.Clone(columns(rows[:first], depth+1))
			out = append(out, columns(left, depth+1)...)
			out = append(out, columns(right, depth+1)...)
			return append(out, columns(rows[last:], depth+1)...)
		}
	}
	return rows
}

// columnBlock finds the longest run of rows that x divides into two columns.
func columnBlock(all [][]chunk, x float64) (first, last int, ok bool) {
	for i := 0; i < len(all); {
		for i < len(all) && crosses(all[i], x) {
			i++
		}
		start := i
		for i < len(all) && !crosses(all[i], x) {
			i++
		}
		if i-start > last-first && isColumns(all[start:i], x) {
			first, last, ok = start, i, true
		}
	}
	return first, last, ok
}

// crosses reports whether a chunk of a row extends over x.
func crosses(row []chunk, x float64) bool {
	return slices.ContainsFunc(row, func(c chunk) bool { return c.x0 < x && c.x1 > x })
}

// isColumns reports whether rows look like two columns of prose on both sides of x.
func isColumns(rows [][]chunk, x float64) bool {
	lo, hi, leftEnd, rightStart := math.Inf(1), math.Inf(-1), math.Inf(-1), math.Inf(1)
	for _, r := range rows {
		for _, c := range r {
			lo, hi = math.Min(lo, c.x0), math.Max(hi, c.x1)
			if c.x1 <= x {
				leftEnd = math.Max(leftEnd, c.x1)
			} else {
				rightStart = math.Min(rightStart, c.x0)
			}
		}
	}
	both, full := 0, 0 // rows on both sides, and those of them that look like prose on both
	var prose [2]int   // rows of each side that look like prose
	widths := [2]float64{leftEnd - lo, hi - rightStart}
	for _, r := range rows {
		letters, good := sides(r, x, widths)
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

// sides returns how many letters a row has on each side of x, and whether each side looks like a line of
// prose in a column of the given width.
func sides(row []chunk, x float64, columns [2]float64) (letters [2]float64, prose [2]bool) {
	var width [2]float64
	for _, c := range row {
		side := 0
		if c.x0 >= x {
			side = 1
		}
		width[side] += c.x1 - c.x0
		letters[side] += float64(c.letters)
	}
	for side := range prose {
		prose[side] = letters[side] >= columnLetters && width[side] >= columnFill*columns[side]
	}
	return letters, prose
}

// cut divides rows at x.
func cut(rows []row, x float64) (left, right []row) {
	for _, r := range rows {
		var l, rt []glyph
		for _, g := range r.glyphs {
			if g.x < x {
				l = append(l, g)
			} else {
				rt = append(rt, g)
			}
		}
		if len(l) > 0 {
			left = append(left, row{r.y, r.size, l})
		}
		if len(rt) > 0 {
			right = append(right, row{r.y, r.size, rt})
		}
	}
	return left, right
}

// logical puts a line from the order in which it is drawn, left to right, into reading order: Hebrew and
// Arabic run the other way.
func logical(line string) string {
	rtl, ltr := 0, 0
	for _, r := range line {
		switch {
		case fromRight(r):
			rtl++
		case unicode.IsLetter(r):
			ltr++
		}
	}
	if rtl == 0 {
		return line
	}
	rs := []rune(line)
	if rtl < ltr {
		turnRuns(rs, fromRight)
		return string(rs)
	}
	slices.Reverse(rs)
	turnRuns(rs, func(r rune) bool { return unicode.IsDigit(r) || unicode.IsLetter(r) && !fromRight(r) })
	return string(rs)
}

// turnRuns reverses each run of characters that turn selects. Signs and spaces within a run belong to it.
func turnRuns(rs []rune, turn func(rune) bool) {
	within := func(r rune) bool {
		return turn(r) || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\t'
	}
	for i := 0; i < len(rs); {
		if !turn(rs[i]) {
			i++
			continue
		}
		k, end := i, i
		for k < len(rs) && within(rs[k]) {
			if turn(rs[k]) {
				end = k + 1
			}
			k++
		}
		slices.Reverse(rs[i:end])
		i = max(end, i+1)
	}
}

// fromRight reports whether r belongs to a script written from right to left.
func fromRight(r rune) bool {
	return r >= 0x590 && r <= 0x8ff || r >= 0xfb1d && r <= 0xfdff || r >= 0xfe70 && r <= 0xfeff
}
