package pdfpages

import (
	"math"
	"slices"
	"sort"
	"unicode"
)

// chunk is a part of a row between gaps.
type chunk struct {
	x0, x1  float64
	letters int
}

// chunks cuts a row where there is a gap as wide as its letters are high.
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

// Columns of running text are told from tables by what they look like: over
// several rows both sides of a gap are long and fill their width, as broken
// lines of prose do and cells of a table do not.
const (
	columnRows    = 6   // rows that must look so
	columnLetters = 18  // letters in a row of a column
	columnFill    = 0.8 // of its width
)

// columns puts rows that run over two columns of text, or more, into the order in
// which they are read.
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

// columnBlock finds the longest run of rows that x parts into two columns.
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

func crosses(row []chunk, x float64) bool {
	return slices.ContainsFunc(row, func(c chunk) bool { return c.x0 < x && c.x1 > x })
}

// isColumns reports whether rows look like two columns of prose on either side
// of x.
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
	both, full := 0, 0
	var rows2 [2]int // rows of each side that look like prose
	for _, r := range rows {
		var width, letters [2]float64
		for _, c := range r {
			side := 0
			if c.x0 >= x {
				side = 1
			}
			width[side] += c.x1 - c.x0
			letters[side] += float64(c.letters)
		}
		good := [2]bool{letters[0] >= columnLetters && width[0] >= columnFill*(leftEnd-lo), letters[1] >= columnLetters && width[1] >= columnFill*(hi-rightStart)}
		for side := range good {
			if good[side] {
				rows2[side]++
			}
		}
		if letters[0] > 0 && letters[1] > 0 {
			both++
			if good[0] && good[1] {
				full++
			}
		}
	}
	return rows2[0] >= columnRows && rows2[1] >= columnRows && (full*2 > both || both < columnRows)
}

// cut parts rows at x.
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

// logical puts a line that stands as it is drawn, from left to right, into the
// order in which it is read: Hebrew and Arabic run the other way.
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
	turnRuns := func(turn func(rune) bool) {
		for i := 0; i < len(rs); {
			if !turn(rs[i]) {
				i++
				continue
			}
			k, end := i, i
			for k < len(rs) && (turn(rs[k]) || !unicode.IsLetter(rs[k]) && !unicode.IsDigit(rs[k]) && rs[k] != '\t') {
				if turn(rs[k]) {
					end = k + 1
				}
				k++
			}
			slices.Reverse(rs[i:end])
			i = max(end, i+1)
		}
	}
	if rtl >= ltr {
		slices.Reverse(rs)
		turnRuns(func(r rune) bool { return unicode.IsDigit(r) || unicode.IsLetter(r) && !fromRight(r) })
	} else {
		turnRuns(fromRight)
	}
	return string(rs)
}

func fromRight(r rune) bool {
	return r >= 0x590 && r <= 0x8ff || r >= 0xfb1d && r <= 0xfdff || r >= 0xfe70 && r <= 0xfeff
}
