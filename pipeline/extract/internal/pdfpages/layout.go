package pdfpages

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strings"
	"unicode"
)

// glyph is one glyph at its place on the page, turned so that its text runs to the right: x and y of its
// origin, its width and its size, in points.
type glyph struct {
	text    string
	x, y, w float64
	size    float64
	turn    int   // degrees by which the text is turned on the page, plus noteTurn in a note over the page
	at      point // its middle on the page; what is under and over it decides whether it is seen
	fill    colour
	alpha   float64 // opacity, 0 to 1
	order   int     // number of areas painted before it
	seq     int     // index of the glyph on the page
	clip    *clip
	font    *font // nil of a note that has no appearance
	field   int   // number of the form field that it is part of, from 1; 0 if none
	placed  bool  // it was painted at its place; notes without an appearance are not
	bold    bool
	gone    bool // painted so that it cannot be seen
	mute    bool // because of its rendering mode

	outlined bool // its outline is painted, in the colour line
	line     colour
	vague    bool  // masked, or in a layer that may be off
	doubt    bool  // what is seen may be something else, or nothing
	mark     int32 // index of the marked content that it is in; 0 if none
}

// newGlyph places text with the transformation at and a width in units of the font's size.
func newGlyph(text string, at matrix, width float64) glyph {
	size := math.Hypot(at[2], at[3])
	run := math.Hypot(at[0], at[1])
	turn, sin, cos := 0, 0.0, 1.0
	if run > 0 {
		turn = (int(math.Round(math.Atan2(at[1], at[0])*180/math.Pi)) + 360) % 360
		sin, cos = at[1]/run, at[0]/run
		if turn%90 == 0 { // straight, but for what rounding left
			sin, cos = math.Round(sin), math.Round(cos)
		}
	}
	return glyph{text: text, size: size, w: width * run, turn: turn, x: at[4]*cos + at[5]*sin,
		y: at[5]*cos - at[4]*sin}
}

// noteTurn separates the glyphs of notes, which lie over the page, from those under them.
const noteTurn = 1000

// finite reports whether the place and size of a glyph are usable numbers.
func finite(g glyph) bool {
	for _, v := range []float64{g.x, g.y, g.w, g.size} {
		if math.IsNaN(v) || math.IsInf(v, 0) || math.Abs(v) > 1e6 {
			return false
		}
	}
	return true
}

// row is a line of glyphs; y is its base line and size the largest of its glyphs, in points.
type row struct {
	y, size float64
	glyphs  []glyph
}

// rowsOf sorts glyphs of one direction into rows, from top to bottom. A glyph belongs to a row if its base
// line is within 0.35 of the smaller size below it, so that lowered and slightly raised small letters stay with
// their words; withRaised joins the others.
func rowsOf(glyphs []glyph) []row {
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
			if r.y-g.y <= 0.35*math.Max(math.Min(r.size, g.size), 0.1) || r.y-g.y <= 0.35*r.size &&
				g.size < r.size {
				r.glyphs = append(r.glyphs, g)
				r.size = math.Max(r.size, g.size)
				continue
			}
		}
		rows = append(rows, row{g.y, g.size, []glyph{g}})
	}
	return withRaised(rows)
}

// Raised letters, such as exponents and the marks of notes, are smaller than their line and above its base line, by
// more than rowsOf allows for: 4 points at letters of 12 points, in what LibreOffice prints.
const (
	raisedSize   = 0.8  // size of raised letters at most, by that of the line
	raisedBy     = 0.62 // their distance from the base line at most, in sizes of the line
	raisedApart  = 0.3  // distance from the letter before them at most, in sizes of the line
	raisedWithin = 0.15 // and by how much they may begin before its end
	raisedRun    = 12   // letters in a run at most
	maxRaised    = 200  // letters of a row at most: more are a line of small print
)

// raisedDigits are digits as raised letters: 10⁷ is not 107, and the mark of a note is not part of a number.
var raisedDigits = strings.NewReplacer("0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶",
	"7", "⁷", "8", "⁸", "9", "⁹")

var plainDigits = strings.NewReplacer("⁰", "0", "¹", "1", "²", "2", "³", "3", "⁴", "4", "⁵", "5", "⁶", "6",
	"⁷", "7", "⁸", "8", "⁹", "9")

// withoutRaised returns a text with ordinary digits for raised ones.
func withoutRaised(s string) string { return plainDigits.Replace(s) }

// withRaised moves runs of raised letters, which rowsOf made rows of their own, to the rows right below, if they
// are right behind a letter there and over none. Digits become raised ones behind other digits.
func withRaised(rows []row) []row {
	for i := range len(rows) - 1 {
		r, below := &rows[i], &rows[i+1]
		if r.y-below.y > raisedBy*below.size || r.y <= below.y {
			continue
		}
		var small, left []glyph
		for _, g := range r.glyphs {
			if g.size <= raisedSize*below.size {
				small = append(small, g)
			} else {
				left = append(left, g)
			}
		}
		if len(small) == 0 || len(small) > maxRaised {
			continue
		}
		for _, run := range runsOf(small) {
			if before := below.before(run); before != nil {
				if digit(before.text) {
					for k := range run {
						run[k].text = raisedDigits.Replace(run[k].text)
					}
				}
				below.glyphs = append(below.glyphs, run...)
			} else {
				left = append(left, run...)
			}
		}
		r.glyphs = left
	}
	return slices.DeleteFunc(rows, func(r row) bool { return len(r.glyphs) == 0 })
}

// digit reports whether a text ends with a digit.
func digit(s string) bool {
	rs := []rune(s)
	return len(rs) > 0 && unicode.IsDigit(rs[len(rs)-1])
}

// runsOf divides glyphs of a row where there is space between them.
func runsOf(list []glyph) (out [][]glyph) {
	slices.SortStableFunc(list, func(a, b glyph) int { return cmp.Compare(a.x, b.x) })
	for i, g := range list {
		if n := len(out); i > 0 && g.x-list[i-1].x-list[i-1].w <= 0.5*g.size {
			out[n-1] = append(out[n-1], g)
			continue
		}
		out = append(out, []glyph{g})
	}
	return out
}

// before returns the letter of a row that a run of raised letters is right behind; nil if there is none, or if
// the run is over other letters or too long.
func (r *row) before(run []glyph) *glyph {
	from, to, letters := run[0].x, run[0].x, 0
	for _, g := range run {
		if !g.blank() {
			to, letters = math.Max(to, g.x+g.w), letters+1
		}
	}
	if letters == 0 || letters > raisedRun {
		return nil
	}
	var out *glyph
	for i := range r.glyphs {
		g := &r.glyphs[i]
		end := g.x + g.w
		switch gap := from - end; {
		case g.blank():
		case gap <= raisedApart*r.size && gap >= -raisedWithin*r.size && g.x < from:
			if out == nil || end > out.x+out.w {
				out = g
			}
		case g.x < to-raisedWithin*r.size && end > from+raisedWithin*r.size:
			return nil
		}
	}
	return out
}

// segment is a run of glyphs that were drawn one after the other.
type segment struct {
	glyphs []glyph
	apart  float64 // usual distance between its glyphs, in points: text may be spaced out
}

// start returns where a segment begins.
func (s segment) start() float64 { return s.glyphs[0].x }

// segments cuts a row, in drawing order, where the pen jumps, and returns the pieces from left to right.
func segments(gs []glyph) []segment {
	sort.SliceStable(gs, func(i, j int) bool { return gs[i].seq < gs[j].seq })
	var out []segment
	for i, g := range gs {
		if i > 0 {
			last := gs[i-1]
			gap := g.x - (last.x + last.w)
			if g.seq-last.seq < 8 && g.x > last.x-0.3*g.size && gap < 2*g.size {
				s := &out[len(out)-1]
				s.glyphs = append(s.glyphs, g)
				continue
			}
		}
		out = append(out, segment{glyphs: []glyph{g}})
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].start() < out[j].start() })
	if len(out) < 1000 { // a line of text has a few
		out = interleave(out)
	}
	for i := range out {
		out[i].apart = usualGap(out[i].glyphs)
	}
	return out
}

// interleave joins segments that were drawn into each other's gaps, as letters of another font are.
// Segments that overlap because their glyph widths are wrong stay one after the other.
func interleave(list []segment) []segment {
	var out []segment
	for _, s := range list {
		if n := len(out); n > 0 {
			last := &out[n-1]
			end := last.glyphs[len(last.glyphs)-1]
			if s.start() < end.x+0.5*end.w && !collide(last.glyphs, s.glyphs) {
				last.glyphs = append(last.glyphs, s.glyphs...)
				sort.SliceStable(last.glyphs, func(i,
					j int) bool {
					return last.glyphs[i].x < last.glyphs[j].x
				})
				continue
			}
		}
		out = append(out, s)
	}
	return out
}

// collide reports whether many glyphs of one segment lie on glyphs of another.
func collide(a, b []glyph) bool {
	hits := 0
	for _, g := range b {
		i := sort.Search(len(a), func(i int) bool { return a[i].x+a[i].w > g.x+0.3*g.w })
		if i < len(a) && a[i].x < g.x+0.7*g.w && !a[i].blank() && !g.blank() && a[i].text != g.text {
			hits++
		}
	}
	return 4*hits > len(b)
}

// usualGap returns the median distance between neighbouring letters in points; 0 if there are few.
func usualGap(gs []glyph) float64 {
	var gaps []float64
	for i := 1; i < len(gs); i++ {
		if !gs[i].blank() && !gs[i-1].blank() {
			gaps = append(gaps, gs[i].x-gs[i-1].x-gs[i-1].w)
		}
	}
	if len(gaps) < 3 {
		return 0
	}
	sort.Float64s(gaps)
	usual := gaps[len(gaps)/2]
	if usual < 0 || usual > 0.5*gs[0].size {
		return 0 // single letters side by side, not a word spaced out
	}
	return usual
}

// blank reports whether a glyph is space.
func (g glyph) blank() bool { return strings.TrimFunc(g.text, unicode.IsSpace) == "" }

// twice returns the index of the same glyph drawn in this place before, in another pass over the line, as
// bold letters are made by double printing; -1 if there is none.
func twice(drawn []glyph, g glyph) int {
	for i, d := range drawn {
		if d.text == g.text && !g.blank() && math.Abs(float64(g.seq-d.seq)) > 1 &&
			math.Abs(g.x-d.x) < 0.15*g.size {
			return i
		}
	}
	return -1
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
