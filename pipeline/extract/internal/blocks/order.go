package blocks

import (
	"math"
	"slices"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
)

// The order of a page's text that a file states is taken if it reads each column from top to bottom, tears no line and
// no paragraph apart, and lays nothing over something else.

// Part is a piece of a block that a file states: lines below one another, or a table.
type Part struct {
	Lines []Line
	Grid  *Grid
	rect  Rect    // of the letters without what is above their middle and below the base line
	size  float64 // of the largest letters
}

// Hint is what a file states of the block of a line.
type Hint struct {
	Block int // number of the block; 0: nothing is stated
	Kind  dossier.BlockKind
	Level int
}

// Bounds of an order.
const (
	maxParts     = 600
	besideParts  = 1.2  // distance of words of one line at most, in sizes of the letters
	belowParts   = 1.9  // distance of lines of one paragraph at most
	touchParts   = 0.3  // by how much parts may reach into one another
	maxOrderWork = 5e6  // comparisons of lines
	sureHint     = 0.9  // of kinds that a file states
	maxHeadLines = 8    // lines of a heading
	sameColumn   = 0.25 // share of the narrower of two parts that is over the other one, if they are in one column
)

// Order takes the order of parts, with the other lines of the page put among them; false if it cannot be the order in
// which a person reads.
func (p *Page) Order(parts []Part, others []Line) bool {
	if len(parts) == 0 || len(parts) > maxParts || len(others) > maxParts {
		return false
	}
	work := 0.0
	for i := range parts {
		parts[i].measure()
		work += float64(len(parts[i].Lines))
	}
	if work*work > maxOrderWork {
		return false
	}
	for k := range parts {
		for i := range k {
			if !parts[i].before(&parts[k]) {
				return false
			}
		}
		if !follows(parts, k) {
			return false
		}
	}
	var zones [][]Line
	var zone []Line
	add := func(lines ...Line) {
		for _, l := range lines {
			if n := len(zone); n > 0 && l.Base < zone[n-1].Base {
				zones, zone = append(zones, zone), nil
			}
			zone = append(zone, l)
		}
	}
	at := make([][]Line, len(parts)+1) // the other lines, by the part that they are before
	for _, l := range others {
		k := place(parts, &l)
		if k < 0 {
			return false
		}
		at[k] = append(at[k], l)
	}
	for k := range parts {
		add(at[k]...)
		if g := parts[k].Grid; g != nil {
			add(Line{Rect: g.Rect, Base: g.Y0, grid: g})
			zone[len(zone)-1].Base = g.Y0
			continue
		}
		add(parts[k].Lines...)
	}
	add(at[len(parts)]...)
	p.zones = append(zones, zone)
	return true
}

// measure sets the place of a part.
func (p *Part) measure() {
	if p.Grid != nil {
		p.rect = p.Grid.Rect
		return
	}
	p.rect = Rect{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for i := range p.Lines {
		l := &p.Lines[i]
		p.size = math.Max(p.size, l.Size)
		p.rect = p.rect.union(Rect{l.X0, l.Base - lineTop*l.Size, l.X1, l.Base})
	}
}

// over returns by how much two parts are over one another, across.
func over(a, b Rect) float64 { return math.Min(a.X1, b.X1) - math.Max(a.X0, b.X0) }

// inColumn reports whether two places are in one column.
func inColumn(a, b Rect) bool {
	return over(a, b) > sameColumn*math.Max(1, math.Min(a.X1-a.X0, b.X1-b.X0))
}

// before reports whether a part may be read before another one.
func (p *Part) before(next *Part) bool {
	size := math.Max(math.Max(p.size, next.size), 4)
	if inColumn(p.rect, next.rect) && next.rect.Y0 < p.rect.Y1-touchParts*size {
		return false // it is above, or on it
	}
	if p.rect.Y0 > next.rect.Y1 || next.rect.Y0 > p.rect.Y1 {
		return true
	}
	for i := range p.Lines { // words side by side are one line
		for k := range next.Lines {
			if besides(&p.Lines[i], &next.Lines[k]) {
				return false
			}
		}
	}
	return over(p.rect, next.rect) <= touchParts*size
}

// besides reports whether two lines are one, torn apart.
func besides(a, b *Line) bool {
	size := math.Max(a.Size, b.Size)
	return math.Abs(a.Base-b.Base) < 0.3*size && -over(a.Rect, b.Rect) < besideParts*size
}

// follows reports whether part k may follow the ones before it. Nothing is between it and the part right above it, if
// they are as near as lines of a paragraph are; and a column that was left for another one is not read on: what is in
// it would come under a heading of that one.
func follows(parts []Part, k int) bool {
	p, above := &parts[k], -1
	for i := range parts {
		if i != k && over(parts[i].rect, p.rect) > 1 && parts[i].rect.Y1 < p.rect.Y1 && parts[i].rect.Y0 < p.rect.Y0 &&
			(above < 0 || parts[i].rect.Y1 > parts[above].rect.Y1) {
			above = i
		}
	}
	if above < 0 || above == k-1 {
		return true
	}
	if k > 0 && above < k && over(parts[k-1].rect, p.rect) <= 1 && over(parts[k-1].rect, parts[above].rect) <= 1 {
		return false
	}
	size := math.Max(math.Max(p.size, parts[above].size), 4)
	return p.rect.Y0-parts[above].rect.Y1 > (belowParts-lineTop)*size
}

// place returns the index of the part before which a line is that is in none: the first one if it is above all, else
// the first one that is below it in its column, or the end. It is -1 if the line is within a part or beside it.
func place(parts []Part, l *Line) int {
	r := Rect{l.X0, l.Base - lineTop*l.Size, l.X1, l.Base}
	at := len(parts)
	above, below := true, true
	for k := range parts {
		p := &parts[k]
		above, below = above && r.Y1 <= p.rect.Y0+1, below && r.Y0 >= p.rect.Y1-1
		if over(p.rect, r) > 1 && r.Y0 < p.rect.Y1-1 && r.Y1 > p.rect.Y0+1 {
			return -1
		}
		for i := range p.Lines {
			if besides(&p.Lines[i], l) {
				return -1
			}
		}
		if at == len(parts) && over(p.rect, r) > 1 && p.rect.Y0 >= r.Y1-1 {
			at = k
		}
	}
	switch {
	case above:
		return 0
	case below:
		return len(parts)
	}
	return at
}

// hinted returns a node of the kind that the file states of a line, if it is more than that it is a paragraph.
func (w *arranger) hinted(l *Line) *layout.Node {
	switch l.Hint.Kind {
	case dossier.Heading, dossier.ListItem, dossier.Caption:
		return &layout.Node{Kind: l.Hint.Kind, Level: l.Hint.Level, Sure: sureHint}
	}
	return nil
}

// isStated reports whether a file states that lines that look like a table are none: some are headings, items of lists
// or lines of one paragraph.
func isStated(lines []Line) bool {
	for i := range lines {
		switch lines[i].Hint.Kind {
		case dossier.Heading, dossier.ListItem, dossier.Caption:
			return true
		}
		if i > 0 && lines[i].Hint.Block != 0 && lines[i].Hint.Block == lines[i-1].Hint.Block &&
			len(lines[i].Pieces) == 1 &&
			len(lines[i-1].Pieces) == 1 {
			return true
		}
	}
	return false
}

// Headings leaves headings to what they look like that are too long for one.
func Headings(lines []Line) {
	if len(lines) > maxHeadLines {
		for i := range lines {
			if lines[i].Hint.Kind == dossier.Heading {
				lines[i].Hint.Kind = dossier.Paragraph
			}
		}
	}
}

// SortLines sorts lines by their base lines.
func SortLines(lines []Line) {
	slices.SortStableFunc(lines, func(a, b Line) int {
		switch {
		case a.Base < b.Base:
			return -1
		case a.Base > b.Base:
			return 1
		}
		return 0
	})
}
