package sheets

import (
	"math"
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/sight"
)

// shownLook is how a cell looks with the conditional formats that are in force. A format that may be in
// force adds a look to doubt: the text is seen only if it is so in all of them.
type shownLook struct {
	look
	ground   sight.Ground
	replaced bool // a sign is shown in place of the value
	doubt    []look
}

// lookOf returns how a cell looks. Rules are tried in the order of their priority: the first that states a
// colour or a fill sets it, and one with stopIfTrue is the last.
func (v *view) lookOf(c *cell) shownLook {
	l := shownLook{look: *v.book.styles.look(c.style), ground: v.sheet.ground()}
	base := l.look
	coloured, filled := false, false
	for i := range v.sheet.rules {
		r := &v.sheet.rules[i]
		if !covers(r.areas, c.place) {
			continue
		}
		switch v.sheet.applies(r, c) {
		case no:
			continue
		case unknown:
			if r.change != nil {
				l.doubt = append(l.doubt, r.change.on(base, true, true))
			}
			l.ground.Unknown = l.ground.Unknown || r.paints
			continue
		}
		if r.change != nil {
			l.look = r.change.on(l.look, !coloured, !filled)
			coloured, filled = coloured || r.change.colour != nil, filled || r.change.fill != nil
		}
		l.replaced = l.replaced || r.replaces
		if r.stop {
			break
		}
	}
	if covers(v.styled, c.place) && !l.painted {
		l.ground.Unknown = true
	}
	return l
}

// covers reports whether a cell is in one of some areas.
func covers(areas []area, p place) bool {
	return slices.ContainsFunc(areas, func(a area) bool { return a.has(p) })
}

// on returns a look with a change; the colour and the fill only if no stronger format has set them.
func (c *change) on(l look, colour, filled bool) look {
	if colour && c.colour != nil {
		l.font.colour = c.colour
	}
	if filled && c.fill != nil {
		l.fill = *c.fill
	}
	if c.format != nil {
		l.format = c.format
	}
	l.strike = l.strike || c.strike
	return l
}

// sight returns whether text of a look is seen over a ground; painted is the colour that a number format
// gives it.
func (l *look) sight(g sight.Ground, painted *sight.Colour) dossier.Visibility {
	if l.painted {
		g = sight.Ground{Colour: l.fill.colour, Unknown: !l.fill.colour.Known}
	}
	size := l.size
	if size == 0 {
		size = defaultSize
	}
	if l.strike || size < sight.HiddenSize {
		return dossier.Unseen
	}
	ink := painted
	if ink == nil {
		ink = l.font.colour
	}
	seen := dossier.Visibility("")
	if ink != nil {
		seen = ink.On(g)
	} else if l.painted && sight.Black.On(g) != "" { // automatic is black; some programs choose white on a dark ground
		seen = dossier.Uncertain
	}
	if seen == "" && size < sight.UncertainSize {
		return dossier.Uncertain
	}
	return seen
}

// sight returns whether a run of a cell's text is seen; own is the run's font, nil if it is the cell's. A
// run that states no colour is black, whatever the colour of the cell.
func (l *shownLook) sight(own *font, painted *sight.Colour) dossier.Visibility {
	with := func(base look) look {
		if own == nil {
			return base
		}
		name := own.name
		if name == "" {
			name = base.name
		}
		size := own.size
		if size == 0 {
			size = base.size
		}
		base.font = font{name: name, size: size, colour: own.colour, bold: own.bold, strike: own.strike}
		return base
	}
	return sight.OnAny(1+len(l.doubt), func(i int) dossier.Visibility {
		one := l.look
		if i > 0 {
			one = l.doubt[i-1]
		}
		one = with(one)
		return one.sight(l.ground, painted)
	})
}

// Shares of a text up to which a reader is taken to see none, or not enough, of it. Widths are estimates,
// so the shares are low.
const (
	noneShown = 0.03
	partShown = 0.25
)

// textWidth estimates the width of a text in characters of the default font: a column as wide as n
// characters shows n digits of it. CJK characters are twice as wide as digits, combining marks take no
// room.
func textWidth(s string, size float64, bold bool) float64 {
	n := 0.0
	for _, r := range s {
		switch {
		case r >= 0x2E80:
			n += 2
		case r >= 0x300 && r < 0x370: // marks
		case strings.ContainsRune("iljtfrI.,:;'|!()[] -", r):
			n += 0.55
		case r == 'm' || r == 'w' || r == 'M' || r == 'W':
			n += 1.5
		default:
			n++
		}
	}
	if size > 0 {
		n *= size / defaultSize
	}
	if bold {
		n *= 1.08
	}
	return n
}

// room returns the width, in characters, and the height, in points, of a cell with those it is merged with;
// height is 0 if it follows the text. custom reports that the height is set by hand. Of merged cells 200
// rows and columns are added up, which is more than a text needs.
func (v *view) room(a area) (width, height float64, custom bool) {
	for col := a.from.col; col <= min(a.to.col, a.from.col+200); col++ {
		if w, hidden := v.sheet.columnAt(col); !hidden {
			width += w
		}
	}
	custom = true
	for row := a.from.row; row <= min(a.to.row, a.from.row+200); row++ {
		l := v.sheet.lineAt(row)
		switch {
		case v.sheet.rowHidden(row):
		case l == nil && a.from != a.to:
			height += 15
		case l == nil || l.height == 0:
			return width, 0, false
		default:
			height += l.height
			custom = custom && l.custom
		}
	}
	return width, height, custom
}

// minTurned is the height of a row, in sizes, from which on text that is turned in it may be read.
const minTurned = 2.5

// fits returns whether a text can be read in the room that its cell has. A number that is too wide is
// rounded, or shown as #### if its format is fixed; a text is cut off, or runs over the cells beside it.
func (v *view) fits(c *cell, a area, l *look, text string, isNumber, fixed bool) dossier.Visibility {
	width, height, custom := v.room(a)
	size := l.size
	if size == 0 {
		size = defaultSize
	}
	need := textWidth(text, l.size, l.bold) + 1.5*float64(l.indent)
	if text == "" {
		return ""
	}
	if l.rotated {
		if custom && height > 0 && a.from == a.to && need > 3 && height < minTurned*size {
			return dossier.Uncertain // its row is as high as a line is wide
		}
		return ""
	}
	if height > 0 && a.from == a.to {
		switch {
		case height < 0.3*size:
			return dossier.Unseen
		case height < 0.55*size:
			return dossier.Uncertain
		}
	}
	switch {
	case l.shrink && !l.wrap:
		return v.shrunk(size*math.Min(1, width/math.Max(need, 0.1)), need)
	case isNumber:
		if fixed && need > width*1.6+1 { // shown as ####
			return dossier.Uncertain
		}
		return ""
	case l.filled && need > width*1.3+1: // it ends at the edge of its cell
		return dossier.Uncertain
	case l.wrap || strings.Contains(strings.TrimSpace(text), "\n"):
		return wrapped(text, l, width, height, custom)
	}
	return v.cutOff(c, a, need, width)
}

// shrunk returns whether a text is seen that is made as small, in points, as its cell needs.
func (v *view) shrunk(size, need float64) dossier.Visibility {
	switch {
	case size < sight.HiddenSize:
		return dossier.Unseen
	case size < sight.UncertainSize && need > 3:
		return dossier.Uncertain
	}
	return ""
}

// wrapped returns whether the lines of a text fit into the height of its row. Words break earlier than
// characters, and fonts are narrower than the estimate; the factors leave room for both.
func wrapped(text string, l *look, width, height float64, custom bool) dossier.Visibility {
	if height == 0 {
		return ""
	}
	size := l.size
	if size == 0 {
		size = defaultSize
	}
	lines := 0.0
	for _, p := range strings.Split(strings.TrimRight(text, "\n "), "\n") {
		lines += math.Max(1, math.Ceil(0.9*textWidth(p, l.size, l.bold)/math.Max(width, 0.5)))
	}
	if !l.wrap {
		lines = 1
	}
	fit := math.Max(height/(size*1.25), 1)
	if !custom { // the program that wrote it measured the text better than this does
		fit *= 2.5
	}
	if lines > fit*1.45+0.3 {
		return dossier.Uncertain
	}
	return ""
}

// cutOff returns whether a text on one line is cut off by the cells beside it. A text runs over empty cells
// on its right, and on its left unless it is aligned to the left; one in merged cells does not leave these.
func (v *view) cutOff(c *cell, a area, need, width float64) dossier.Visibility {
	if need <= width+3 && width > 1 {
		return ""
	}
	if a.from == a.to {
		width = v.roomBeside(c, need, width)
	}
	switch {
	case width < need*noneShown:
		return dossier.Unseen
	case width < need*partShown && need > width+3:
		return dossier.Uncertain
	}
	return ""
}

// maxBeside bounds the columns on the right that a text is followed over: more than a window shows.
const maxBeside = 60

// roomBeside adds to the width of a cell that of the empty cells beside it, until the text has the room
// that it needs.
func (v *view) roomBeside(c *cell, need, width float64) float64 {
	for col := c.col + 1; col < c.col+maxBeside && width < need; col++ {
		if v.filled(place{c.row, col}) {
			break
		}
		if w, hidden := v.sheet.columnAt(col); !hidden {
			width += w
		}
	}
	if !v.book.styles.look(c.style).right {
		return width
	}
	for col := c.col - 1; col >= 0 && width < need && !v.filled(place{c.row, col}); col-- {
		if w, hidden := v.sheet.columnAt(col); !hidden {
			width += w
		}
	}
	return width
}

// filled reports whether a cell has something to show, so that text beside it does not run over it.
func (v *view) filled(p place) bool {
	if _, ok := v.spans[p]; ok {
		return true
	}
	c := v.sheet.at(p)
	return c != nil && (c.kind != 't' || c.text.String() != "" || c.has)
}

// shownArea returns the cells that a cell is merged with, and whether any of them is shown: a row and a
// column of them that are not hidden.
func (v *view) shownArea(c *cell) (a area, shown bool) {
	a, ok := v.spans[c.place]
	if !ok {
		a = area{c.place, c.place}
	}
	rows, cols := false, false
	for row := a.from.row; row <= a.to.row && !rows; row++ {
		rows = !v.sheet.rowHidden(row)
	}
	for col := a.from.col; col <= a.to.col && !cols; col++ {
		_, hidden := v.sheet.columnAt(col)
		cols = !hidden
	}
	return a, rows && cols
}
