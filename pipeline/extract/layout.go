package extract

import (
	"math"
	"sort"
	"strings"
	"unicode"
)

// glyph is one glyph where it stands on the page, turned so that its text runs
// to the right: x and y of its origin, its width and its size, in points.
type glyph struct {
	text    string
	x, y, w float64
	size    float64
	turn    int // quarter turns of the text on the page
}

func newGlyph(text string, at matrix, width float64) glyph {
	size := math.Hypot(at[2], at[3])
	run := math.Hypot(at[0], at[1])
	turn := 0
	if run > 0 {
		turn = (int(math.Round(math.Atan2(at[1], at[0])/(math.Pi/2))) + 4) % 4
	}
	g := glyph{text: text, size: size, w: width * run, turn: turn}
	switch turn {
	case 0:
		g.x, g.y = at[4], at[5]
	case 1:
		g.x, g.y = at[5], -at[4]
	case 2:
		g.x, g.y = -at[4], -at[5]
	case 3:
		g.x, g.y = -at[5], at[4]
	}
	return g
}

func finite(g glyph) bool {
	for _, v := range []float64{g.x, g.y, g.w, g.size} {
		if math.IsNaN(v) || math.IsInf(v, 0) || math.Abs(v) > 1e6 {
			return false
		}
	}
	return true
}

// layout writes glyphs as a person would read them: lines from top to bottom,
// in a line from left to right, a space where there is a gap, a tab where the
// gap is as wide as between cells of a table.
func layout(glyphs []glyph) string {
	var turns [4][]glyph
	for _, g := range glyphs {
		if finite(g) && g.text != "" {
			turns[g.turn] = append(turns[g.turn], g)
		}
	}
	order := []int{0, 1, 2, 3}
	sort.SliceStable(order, func(i, j int) bool { return len(turns[order[i]]) > len(turns[order[j]]) })
	var out []string
	for _, t := range order {
		if s := lines(turns[t]); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, "\n")
}

type row struct {
	y, size float64
	glyphs  []glyph
}

func lines(glyphs []glyph) string {
	if len(glyphs) == 0 {
		return ""
	}
	idx := make([]int, len(glyphs))
	for i := range idx {
		idx[i] = i
	}
	sort.SliceStable(idx, func(a, b int) bool { return glyphs[idx[a]].y > glyphs[idx[b]].y })
	var rows []row
	for _, i := range idx {
		g := glyphs[i]
		if n := len(rows); n > 0 {
			r := &rows[n-1]
			if r.y-g.y <= 0.35*math.Max(math.Min(r.size, g.size), 0.1) || r.y-g.y <= 0.35*r.size && g.size < r.size {
				r.glyphs = append(r.glyphs, g)
				r.size = math.Max(r.size, g.size)
				continue
			}
		}
		rows = append(rows, row{g.y, g.size, []glyph{g}})
	}
	var b strings.Builder
	for i, r := range rows {
		if i > 0 {
			b.WriteByte('\n')
			if rows[i-1].y-r.y > 2.6*math.Max(r.size, rows[i-1].size) {
				b.WriteByte('\n')
			}
		}
		writeRow(&b, r.glyphs)
	}
	return b.String()
}

func writeRow(b *strings.Builder, gs []glyph) {
	sort.SliceStable(gs, func(i, j int) bool { return gs[i].x < gs[j].x })
	end, space := math.Inf(-1), true
	var last glyph
	for i, g := range gs {
		if i > 0 && g.text == last.text && math.Abs(g.x-last.x) < 0.15*g.size && strings.TrimSpace(g.text) != "" {
			continue // drawn twice to look bold
		}
		blank := strings.TrimFunc(g.text, unicode.IsSpace) == ""
		gap := g.x - end
		switch {
		case i == 0 || blank && gap < 2*g.size:
		case gap > 2*g.size:
			b.WriteByte('\t')
			space = true
		case gap > 0.18*g.size && !space:
			b.WriteByte(' ')
			space = true
		}
		if blank {
			if !space && i < len(gs)-1 {
				b.WriteByte(' ')
				space = true
			}
		} else {
			b.WriteString(g.text)
			space = false
		}
		if !blank || g.x+g.w > end {
			end = math.Max(end, g.x+g.w)
		}
		last = g
	}
}
