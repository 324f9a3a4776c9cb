package pdfpages

import (
	"math"

	"github.com/ledongthuc/pdf"
)

// clip is what clipping paths leave of the page: the part that is inside of all of them. A nil clip is the
// whole page.
type clip struct {
	rect
	inner   *clip   // the clip in force before it
	outline outline // nil: the rectangle is all there is to it
	evenOdd bool
	vague   bool // how much it leaves within its bounds is not known, as of letters that are used as a path
}

// outline is a path of one or more closed parts, on the page.
type outline [][]point

// has reports whether a clip leaves a point, and whether that is certain.
func (c *clip) has(p point) (inside, vague bool) {
	for n := 0; c != nil && n < 2*maxSaved; c, n = c.inner, n+1 {
		if !c.rect.has(p) || c.outline != nil && !c.outline.has(p, c.evenOdd) {
			return false, false
		}
		vague = vague || c.vague
	}
	return true, vague
}

// bounds returns the part of r that is within the bounds of a clip.
func (c *clip) bounds(r rect) rect {
	for n := 0; c != nil && n < 2*maxSaved; c, n = c.inner, n+1 {
		r = rect{math.Max(r.x0, c.x0), math.Max(r.y0, c.y0), math.Min(r.x1, c.x1), math.Min(r.y1, c.y1)}
	}
	return r
}

// shaped reports whether a clip is anything but rectangles.
func (c *clip) shaped() bool {
	for n := 0; c != nil && n < 2*maxSaved; c, n = c.inner, n+1 {
		if c.outline != nil || c.vague {
			return true
		}
	}
	return false
}

// has reports whether a point is inside, by the rule of even and odd crossings or by the winding number.
func (o outline) has(p point, evenOdd bool) bool {
	crossings, winding := 0, 0
	for _, part := range o {
		for i, a := range part {
			b := part[(i+1)%len(part)]
			if (a.y <= p.y) == (b.y <= p.y) {
				continue
			}
			if a.x+(p.y-a.y)/(b.y-a.y)*(b.x-a.x) <= p.x {
				continue
			}
			crossings++
			if a.y <= p.y {
				winding++
			} else {
				winding--
			}
		}
	}
	if evenOdd {
		return crossings%2 == 1
	}
	return winding != 0
}

// upright returns the rectangle that four or five points outline; false if they do not outline an upright
// one.
func upright(ps []point) (rect, bool) {
	if len(ps) == 5 && ps[4] == ps[0] {
		ps = ps[:4]
	}
	if len(ps) != 4 {
		return rect{}, false
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < 0.05 }
	a := near(ps[0].y, ps[1].y) && near(ps[1].x, ps[2].x) && near(ps[2].y, ps[3].y) && near(ps[3].x, ps[0].x)
	b := near(ps[0].x, ps[1].x) && near(ps[1].y, ps[2].y) && near(ps[2].x, ps[3].x) && near(ps[3].y, ps[0].y)
	return corners(ps[0].x, ps[0].y, ps[2].x, ps[2].y), a || b
}

// straight reports whether an outline is an upright rectangle.
func (o outline) straight() bool {
	if len(o) != 1 {
		return false
	}
	_, ok := upright(o[0])
	return ok
}

// boundsOf returns the smallest rectangle around an outline; it is empty if the outline is.
func (o outline) boundsOf() rect {
	r := rect{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for _, part := range o {
		for _, p := range part {
			r.x0, r.y0 = math.Min(r.x0, p.x), math.Min(r.y0, p.y)
			r.x1, r.y1 = math.Max(r.x1, p.x), math.Max(r.y1, p.y)
		}
	}
	return r
}

// path is the current path in user space: the points of its parts, with curves as a few lines.
type path struct {
	points []point
	starts []int // index of the first point of each part
	clip   byte  // 'W' or 'w' (even-odd) if it becomes a clip when it ends; 0 otherwise
	curved bool
	cut    bool // it has more than maxPath points; the rest is lost
}

// move begins a part of the path.
func (p *path) move(at point) {
	if len(p.points) >= maxPath {
		p.cut = true
		return
	}
	p.starts = append(p.starts, len(p.points))
	p.points = append(p.points, at)
}

// line adds a line to the path.
func (p *path) line(to point) {
	if len(p.points) >= maxPath {
		p.cut = true
		return
	}
	if len(p.starts) == 0 {
		p.starts = append(p.starts, 0)
	}
	p.points = append(p.points, to)
}

// rectangle adds a part of four corners.
func (p *path) rectangle(x, y, w, h float64) {
	p.move(point{x, y})
	p.line(point{x + w, y})
	p.line(point{x + w, y + h})
	p.line(point{x, y + h})
}

// curve adds a Bézier curve with two control points.
func (p *path) curve(a, b, to point) {
	p.curved = true
	if len(p.points) == 0 {
		p.move(to)
		return
	}
	from := p.points[len(p.points)-1]
	for _, t := range []float64{0.2, 0.4, 0.6, 0.8} {
		u := 1 - t
		p.line(point{
			u*u*u*from.x + 3*u*u*t*a.x + 3*u*t*t*b.x + t*t*t*to.x,
			u*u*u*from.y + 3*u*u*t*a.y + 3*u*t*t*b.y + t*t*t*to.y,
		})
	}
	p.line(to)
}

// on returns the path on the page.
func (p *path) on(ctm matrix) outline {
	out := make(outline, 0, len(p.starts))
	for i, from := range p.starts {
		to := len(p.points)
		if i+1 < len(p.starts) {
			to = p.starts[i+1]
		}
		part := make([]point, 0, to-from)
		for _, q := range p.points[from:to] {
			part = append(part, ctm.apply(q.x, q.y))
		}
		out = append(out, part)
	}
	return out
}

// clipTo restricts the clip to an outline.
func (g *graphics) clipTo(o outline, evenOdd, vague bool) {
	c := &clip{rect: o.boundsOf(), inner: g.clip, evenOdd: evenOdd, vague: vague}
	if !o.straight() {
		c.outline = o
	}
	g.clip = c
}

// clipToBox restricts the clip to the BBox of a form or an appearance.
func (g *graphics) clipToBox(box pdf.Value) {
	if r, ok := rectOf(box); ok {
		p := path{}
		p.rectangle(r.x0, r.y0, r.x1-r.x0, r.y1-r.y0)
		g.clipTo(p.on(g.ctm), false, false)
	}
}
