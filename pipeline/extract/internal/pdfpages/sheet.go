package pdfpages

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strings"
	"unicode"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/blocks"
	"kheo/pipeline/extract/internal/layout"
)

// byDirection groups glyphs by the direction of their text: that with the most text first, notes last. A
// glyph drawn twice in one place counts once.
func byDirection(glyphs []glyph) [][]glyph {
	turns := map[int][]glyph{}
	type place struct {
		text string
		x, y int32 // hundredths of a point
	}
	drawn := map[place]bool{}
	for _, g := range glyphs {
		if !finite(g) || g.text == "" {
			continue
		}
		if at := (place{g.text, int32(g.x * 100), int32(g.y * 100)}); !drawn[at] {
			drawn[at] = true
			turns[g.turn] = append(turns[g.turn], g)
		}
	}
	order := make([]int, 0, len(turns))
	for t := range turns {
		order = append(order, t)
	}
	sort.Slice(order, func(i, j int) bool {
		a, b := len(turns[order[i]]), len(turns[order[j]])
		if over := order[i] >= noteTurn; over != (order[j] >= noteTurn) {
			return !over
		}
		return a > b || a == b && order[i] < order[j]
	})
	out := make([][]glyph, 0, len(order))
	for _, t := range order {
		out = append(out, turns[t])
	}
	return out
}

// plainLines writes glyphs as lines of text, without looking for blocks.
func plainLines(glyphs []glyph) string {
	var out []string
	for _, group := range byDirection(glyphs) {
		for _, r := range rowsOf(group) {
			l := lineOf(r, nil)
			out = append(out, strings.TrimRight(l.Text(), "\n"))
		}
	}
	return strings.Join(out, "\n")
}

// inOrder writes glyphs in the order in which they are painted: those that are hidden may be squeezed or
// piled up, so that their places do not give words.
func inOrder(glyphs []glyph) string {
	var b strings.Builder
	for i, g := range glyphs {
		if i > 0 {
			last := &glyphs[i-1]
			wide := math.Max(math.Max(last.w, g.w), 1e-3)
			gap := g.x - last.x - last.w
			switch {
			case g.turn != last.turn || math.Abs(g.y-last.y) > 0.6*math.Max(g.size, wide):
				b.WriteByte('\n')
			case gap > 0.35*wide || gap < -3*wide || g.seq-last.seq > 1:
				b.WriteByte(' ')
			}
		}
		if g.text != emptyField {
			b.WriteString(g.text)
		}
	}
	return b.String()
}

// nodes arranges glyphs as blocks: the text of each direction, then the notes. competing reports whether the
// reading order was a choice.
func (in *interpreter) nodes(glyphs []glyph) (out []*layout.Node, competing bool) {
	for _, group := range byDirection(glyphs) {
		turn := group[0].turn
		p := &blocks.Page{Place: func(r blocks.Rect) *dossier.Box { return in.place(r, turn%noteTurn) }}
		if turn < noteTurn && turn%90 == 0 {
			group = in.grids(p, group, turn)
		}
		for _, r := range rowsOf(group) {
			p.Lines = append(p.Lines, lineOf(r, in.fields))
		}
		nodes := p.Nodes()
		competing = competing || p.Competing
		if turn >= noteTurn {
			for _, n := range nodes {
				n.Region = dossier.NoteRegion
			}
		}
		out = append(out, nodes...)
	}
	return out, competing
}

// rotated returns a rectangle of the page as text of a direction sees it, with y growing downwards.
func rotated(r rect, turn int) blocks.Rect {
	sin, cos := math.Sincos(float64(turn) * math.Pi / 180)
	sin, cos = math.Round(sin), math.Round(cos)
	ax, ay := r.x0*cos+r.y0*sin, r.y0*cos-r.x0*sin
	bx, by := r.x1*cos+r.y1*sin, r.y1*cos-r.x1*sin
	c := corners(ax, ay, bx, by)
	return blocks.Rect{X0: c.x0, Y0: -c.y1, X1: c.x1, Y1: -c.y0}
}

// place turns a rectangle, as text of a direction sees it, into a box of the upright page.
func (in *interpreter) place(r blocks.Rect, turn int) *dossier.Box {
	sin, cos := math.Sincos(float64(turn) * math.Pi / 180)
	b := rect{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for _, p := range []point{{r.X0, -r.Y0}, {r.X1, -r.Y0}, {r.X0, -r.Y1}, {r.X1, -r.Y1}} {
		q := in.box.place(point{p.x*cos - p.y*sin, p.x*sin + p.y*cos}, in.turn)
		b = rect{math.Min(b.x0, q.x), math.Min(b.y0, q.y), math.Max(b.x1, q.x), math.Max(b.y1, q.y)}
	}
	tenth := func(v float64) float64 { return math.Round(v*10) / 10 }
	out := &dossier.Box{X: tenth(b.x0), Y: tenth(b.y0), W: tenth(b.x1 - b.x0), H: tenth(b.y1 - b.y0)}
	for _, v := range []float64{out.X, out.Y, out.W, out.H} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
	}
	return out
}

// place returns where a point is on the page as it is shown, from its top left corner. turn is in quarter
// turns.
func (shown rect) place(p point, turn int) point {
	switch turn {
	case 1:
		return point{p.y - shown.y0, p.x - shown.x0}
	case 2:
		return point{shown.x1 - p.x, p.y - shown.y0}
	case 3:
		return point{shown.y1 - p.y, shown.x1 - p.x}
	}
	return point{p.x - shown.x0, shown.y1 - p.y}
}

// grids finds the tables with rulings, and puts glyphs into their cells, by their middles, before lines are
// made of them: a line of glyphs may run through several cells. It returns the glyphs that are in no table. A
// grid in which too few cells have text is a frame or a drawing, and its glyphs are returned too.
func (in *interpreter) grids(p *blocks.Page, glyphs []glyph, turn int) []glyph {
	rules := make([]blocks.Rect, 0, len(in.rules))
	for _, r := range in.rules {
		rules = append(rules, rotated(r, turn))
	}
	found, rest := blocks.Grids(rules)
	p.Rules = rest
	var shades []blocks.Rect
	for i := range in.areas {
		a := &in.areas[i]
		shade := a.fill.unknown || a.fill.contrast(gray(1)) > sameLight
		if !a.image && shade && math.Min(a.x1-a.x0, a.y1-a.y0) > thin {
			shades = append(shades, rotated(a.rect, turn))
		}
	}
	p.Shades = shades
	glyphs, stated := in.stated(p, glyphs, rules)
	for _, g := range found {
		cells := make([][]glyph, len(g.Cells))
		var others []glyph
		for _, gl := range glyphs {
			k := g.At(gl.x+gl.w/2, -gl.y-0.3*gl.size)
			if k < 0 {
				others = append(others, gl)
				continue
			}
			cells[k] = append(cells[k], gl)
		}
		if len(others) == len(glyphs) {
			continue
		}
		for k, inside := range cells {
			if !slices.ContainsFunc(inside, func(g glyph) bool { return !g.blank() }) {
				continue
			}
			for _, r := range rowsOf(inside) {
				if l := lineOf(r, in.fields); l.Letters() > 0 {
					g.Cells[k].Lines = append(g.Cells[k].Lines, l)
				}
			}
		}
		if g.Plausible() {
			g.Shade(shades)
			p.Grids = append(p.Grids, g)
			glyphs = others
		} else {
			for k := range g.Cells {
				g.Cells[k].Lines = nil
			}
		}
	}
	if stated != nil && stated.inOrder(p) {
		return nil
	}
	slices.SortStableFunc(p.Grids, func(a, b *blocks.Grid) int { return cmp.Compare(a.Y0, b.Y0) })
	return glyphs
}

// pieceGap is the gap, in sizes of the row, from which words are separate pieces of a line.
const pieceGap = 0.9

// lineOf makes a line of a row: words, with a space at a gap, in pieces at wide gaps. Many programs paint no
// spaces; a gap counts from 0.18 of a size beyond the usual distance of the letters of its segment, which
// allows for text that is spaced out. Ascent and descent are taken as 0.75 and 0.22 of the size.
func lineOf(r row, fields []formField) blocks.Line {
	l := blocks.Line{Base: -r.y, Size: r.size,
		Rect: blocks.Rect{X0: math.Inf(1), Y0: -r.y - 0.75*r.size, X1: math.Inf(-1), Y1: -r.y + 0.22*r.size}}
	w := rowWriter{fields: fields, size: r.size, end: math.Inf(-1), ink: math.Inf(-1), space: true}
	for _, s := range segments(r.glyphs) {
		for _, g := range s.glyphs {
			w.glyph(g, s.apart)
		}
	}
	l.Pieces = w.done()
	rtl, ltr := 0, 0
	for i := range l.Pieces {
		l.X0, l.X1 = math.Min(l.X0, l.Pieces[i].X0), math.Max(l.X1, l.Pieces[i].X1)
		for _, c := range l.Pieces[i].Text() {
			if fromRight(c) {
				rtl++
			} else if unicode.IsLetter(c) {
				ltr++
			}
		}
	}
	l.RightToLeft = rtl > 0 && rtl >= ltr
	if len(l.Pieces) == 0 {
		l.X0, l.X1 = r.glyphs[0].x, r.glyphs[0].x
	}
	return l
}

// rowWriter collects the pieces of a row while its glyphs are written from left to right.
type rowWriter struct {
	fields []formField
	size   float64
	out    []blocks.Piece
	text   strings.Builder // of the open span
	field  int             // of the open span
	bold   int             // letters of the open piece that are bold
	end    float64         // of what was written, with space
	ink    float64         // of what was written, without space at its end
	space  bool            // a space would be superfluous
	tab    bool            // the next piece is as far away as a cell
	breaks []blocks.Break  // of the open piece
	drawn  []glyph         // the last ones, to find what is drawn twice to look bold
}

// glyph writes one glyph; apart is the usual distance between those of its segment.
func (w *rowWriter) glyph(g glyph, apart float64) {
	if i := twice(w.drawn, g); i >= 0 {
		if n := len(w.out); n > 0 && !w.drawn[i].bold {
			w.bold++ // drawn twice to look bold
		}
		return
	}
	if w.drawn = append(w.drawn, g); len(w.drawn) > 60 {
		w.drawn = slices.Clone(w.drawn[30:])
	}
	first := len(w.out) == 0
	gap := g.x - w.end
	if g.blank() {
		if !first && gap > 2*g.size {
			w.tab = true
		}
		if !w.space {
			w.text.WriteByte(' ')
			w.space = true
		}
		w.end = math.Max(w.end, g.x+g.w)
		return
	}
	switch {
	case first || g.x-w.ink > pieceGap*w.size || w.tab:
		tab := !first && (w.tab || gap > 2*g.size)
		w.endPiece()
		w.out = append(w.out, blocks.Piece{X0: g.x, X1: g.x, Tab: tab})
		w.space, w.tab = false, false
	case gap > apart+0.18*g.size && !w.space:
		w.text.WriteByte(' ')
		w.space = true
		fallthrough
	case w.space:
		if at := w.text.Len() - 1; at >= 0 {
			w.breaks = append(w.breaks, blocks.Break{X0: w.ink, X1: g.x, At: at})
		}
	}
	if g.field != w.field {
		w.endSpan()
		w.field = g.field
	}
	p := &w.out[len(w.out)-1]
	w.text.WriteString(g.text)
	w.space = false
	if g.text != emptyField {
		p.Letters++
	}
	p.Doubt = p.Doubt || g.doubt
	if g.bold {
		w.bold++
	}
	w.end = math.Max(w.end, g.x+g.w)
	w.ink = math.Max(w.ink, g.x+g.w)
	p.X1 = math.Max(p.X1, g.x+g.w)
}

// endSpan ends a run of text of one form field, or of none.
func (w *rowWriter) endSpan() {
	if w.text.Len() == 0 || len(w.out) == 0 {
		return
	}
	p := &w.out[len(w.out)-1]
	s := layout.Span{Text: logical(w.text.String())}
	w.text.Reset()
	if w.field > 0 && w.field <= len(w.fields) {
		f := w.fields[w.field-1].Field
		s.Field = &f
		trimmed := strings.TrimRight(s.Text, " ")
		p.Spans = append(p.Spans, layout.Span{Text: trimmed, Field: &f})
		if trimmed != s.Text {
			p.Spans = append(p.Spans, layout.Span{Text: " "})
		}
		return
	}
	p.Spans = append(p.Spans, s)
}

// endPiece ends the open piece.
func (w *rowWriter) endPiece() {
	if s := w.text.String(); w.field == 0 && strings.HasSuffix(s, " ") {
		w.text.Reset()
		w.text.WriteString(strings.TrimRight(s, " "))
	}
	raw := w.text.String()
	w.endSpan()
	w.field = 0
	if n := len(w.out); n > 0 {
		// Breaks are places in the text as it is painted; text of fields, and from the right, has other
		// places.
		if s := w.out[n-1].Spans; len(s) == 1 && s[0].Text == raw && s[0].Field == nil {
			w.out[n-1].Breaks = w.breaks
		}
		w.out[n-1].Bold = w.bold*10 >= w.out[n-1].Letters*9 && w.bold > 0
	}
	w.bold, w.breaks = 0, nil
}

// done ends the row and returns its pieces.
func (w *rowWriter) done() []blocks.Piece {
	w.endPiece()
	return w.out
}
