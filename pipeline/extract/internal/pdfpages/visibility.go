package pdfpages

import (
	"math"
	"strings"

	"github.com/ledongthuc/pdf"
)

// Text that is in a file but that no reader of the page sees must not earn a point. It is hidden if it is
// white on white, smaller than a point, invisible by its rendering mode, off the page, under an image or
// under a painted area. This file decides that from what the content stream paints; confirmHidden asks the
// rendered page about what seems hidden, because the order of painting alone is sometimes misleading.

// Bounds of the decision.
const (
	maxAreas     = 20_000
	pageMargin   = 18   // points beyond the page's edge at which a word still counts as seen
	sameLight    = 0.04 // difference in lightness up to which text blends with its ground
	defaultWidth = 595  // A4 in points, for a page that does not say its size
	defaultHigh  = 842
)

// point is a place on the page, in points from its lower left corner.
type point struct{ x, y float64 }

// rect is an upright rectangle on the page with x0 <= x1 and y0 <= y1.
type rect struct{ x0, y0, x1, y1 float64 }

// corners returns the rectangle with two opposite corners.
func corners(x0, y0, x1, y1 float64) rect {
	return rect{math.Min(x0, x1), math.Min(y0, y1), math.Max(x0, x1), math.Max(y0, y1)}
}

// rectOf reads an array of four numbers, such as MediaBox; false if v is not one.
func rectOf(v pdf.Value) (rect, bool) {
	if v.Kind() != pdf.Array || v.Len() != 4 {
		return rect{}, false
	}
	return corners(v.Index(0).Float64(), v.Index(1).Float64(), v.Index(2).Float64(), v.Index(3).Float64()), true
}

func (r rect) has(p point) bool { return p.x >= r.x0 && p.x <= r.x1 && p.y >= r.y0 && p.y <= r.y1 }

// pageBox returns the part of a page that is shown; A4 if the page does not say it.
func pageBox(page pdf.Value) rect {
	for _, key := range []string{"CropBox", "MediaBox"} {
		if r, ok := rectOf(inherited(page, key)); ok && r.x1-r.x0 > 1 && r.y1-r.y0 > 1 {
			return r
		}
	}
	return rect{0, 0, defaultWidth, defaultHigh}
}

// colour is a fill, by its lightness. The zero value is black.
type colour struct {
	light   float64 // 0 black to 1 white
	unknown bool    // a pattern, a spot colour or an image
}

// colourOf returns the fill after a colour operator: g, rg, k, sc, scn or cs. now is the fill before it.
// RGB becomes lightness by the weights of ITU-R BT.601.
func colourOf(op string, args []operand, resources pdf.Value, now colour) colour {
	n := make([]float64, 0, 4)
	for _, a := range args {
		if a.kind == 'n' {
			n = append(n, a.num)
		}
	}
	switch {
	case op == "cs" && len(args) == 0:
		return now
	case op == "cs":
		return initialColour(args[0].str, resources)
	case (op == "sc" || op == "scn") && now.unknown:
		return now
	}
	switch len(n) {
	case 1:
		return colour{light: n[0]}
	case 3:
		return colour{light: 0.3*n[0] + 0.59*n[1] + 0.11*n[2]}
	case 4:
		return colour{light: (1 - math.Min(1, 0.3*n[0]+0.59*n[1]+0.11*n[2])) * (1 - math.Min(1, n[3]))}
	}
	return colour{unknown: true}
}

// initialColour returns the fill that a colour space begins with.
func initialColour(space string, resources pdf.Value) colour {
	if v := resources.Key("ColorSpace").Key(space); v.Kind() == pdf.Array {
		space = v.Index(0).Name()
	}
	switch space {
	case "Pattern", "Separation", "DeviceN", "Indexed", "Lab":
		return colour{unknown: true}
	}
	return colour{}
}

// area is a painted area or an image, by its bounds on the page.
type area struct {
	rect
	fill  colour
	image bool
}

// paint records an area with the outline path, in user space. Of an outline that is not a rectangle it is
// unknown what it covers.
func (in *interpreter) paint(ctm matrix, path []point, fill colour, image bool) {
	if len(path) < 3 || len(in.areas) >= maxAreas {
		return
	}
	a := area{rect{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}, fill, image}
	for _, p := range path {
		q := ctm.apply(p.x, p.y)
		a.x0, a.y0 = math.Min(a.x0, q.x), math.Min(a.y0, q.y)
		a.x1, a.y1 = math.Max(a.x1, q.x), math.Max(a.y1, q.y)
	}
	if !image && len(path) != 4 {
		a.fill.unknown = true
	}
	in.areas = append(in.areas, a)
}

// imageShare returns the share of the page, 0 to 1, that its largest image covers.
func (in *interpreter) imageShare() float64 {
	largest := 0.0
	for _, a := range in.areas {
		if a.image {
			w := math.Min(a.x1, in.box.x1) - math.Max(a.x0, in.box.x0)
			h := math.Min(a.y1, in.box.y1) - math.Max(a.y0, in.box.y0)
			if w > 0 && h > 0 {
				largest = math.Max(largest, w*h/((in.box.x1-in.box.x0)*(in.box.y1-in.box.y0)))
			}
		}
	}
	return largest
}

// visible separates the glyphs that a reader of the page sees from those that are hidden.
func (in *interpreter) visible() (seen, unseen []glyph) {
	edge := rect{in.box.x0 - pageMargin, in.box.y0 - pageMargin, in.box.x1 + pageMargin, in.box.y1 + pageMargin}
	for _, g := range in.glyphs {
		if strings.TrimSpace(g.text) != "" && (g.unseen || !edge.has(g.at) || in.blends(g)) {
			unseen = append(unseen, g)
		} else {
			seen = append(seen, g)
		}
	}
	return seen, unseen
}

// confirmHidden asks the rendered page about glyphs that seem hidden: a glyph with something to be seen in
// its place is seen. An exception is text that is invisible by its mode and over an image, as OCR programs
// lay it over a scan: there the image is seen.
func (in *interpreter) confirmHidden(seen, unseen []glyph, see func(rect) bool) ([]glyph, []glyph) {
	var hidden []glyph
	for _, g := range unseen {
		r := math.Max(1, 0.4*g.size)
		around := rect{g.at.x - r, g.at.y - r, g.at.x + r, g.at.y + r}
		if in.box.has(g.at) && !(g.mute && in.onImage(g.at)) && see(around) {
			seen = append(seen, g)
		} else {
			hidden = append(hidden, g)
		}
	}
	return seen, hidden
}

func (in *interpreter) onImage(p point) bool {
	for _, a := range in.areas {
		if a.image && a.has(p) {
			return true
		}
	}
	return false
}

// blends reports whether a glyph has the colour of its ground, or is painted over.
func (in *interpreter) blends(g glyph) bool {
	ground := colour{light: 1} // paper
	for i, a := range in.areas {
		if !a.has(g.at) {
			continue
		}
		if i < g.order {
			ground = a.fill
			if a.image {
				ground = colour{unknown: true}
			}
			continue
		}
		if a.image || !a.fill.unknown {
			return true
		}
	}
	return !g.fill.unknown && !ground.unknown && math.Abs(g.fill.light-ground.light) < sameLight
}
