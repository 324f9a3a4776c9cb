package pdfpages

import (
	"math"
	"slices"

	"github.com/ledongthuc/pdf"
)

// Text that is in a file but that no reader of the page sees must not earn a point. It is hidden if it is
// white on white, smaller than a point, invisible by its rendering mode, off the page, clipped, in a layer
// that is off, under an image or under a painted area. This file decides that from what the content stream
// paints, and asks the rendered page where that is not enough. What neither can say is uncertain.

// Bounds of the decision.
const (
	maxAreas     = 20_000
	maxRules     = 6000
	pageMargin   = 1    // points beyond the page's edge at which the middle of a letter still counts as seen
	tooSmall     = 0.9  // size in points below which text cannot be read
	sameLight    = 0.04 // difference in lightness up to which text blends with its ground
	inkLight     = 0.12 // difference in lightness, on the rendered page, from which there is ink
	noInkLight   = 0.03 // and up to which there is none
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

// union returns the smallest rectangle around both.
func (r rect) union(o rect) rect {
	return rect{math.Min(r.x0, o.x0), math.Min(r.y0, o.y0), math.Max(r.x1, o.x1), math.Max(r.y1, o.y1)}
}

// outline returns the four sides of a rectangle.
func (r rect) outline() outline {
	return outline{{{r.x0, r.y0}, {r.x1, r.y0}, {r.x1, r.y1}, {r.x0, r.y1}}}
}

// has reports whether a point is in the rectangle, or on its edge.
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

// colour is a fill. The zero value is black.
type colour struct {
	r, g, b float64 // 0 to 1
	unknown bool    // a pattern, a spot colour or an image
	tint    bool    // of a spot colour: 0 paints without ink
	none    bool    // the colorant None, which paints nothing
}

// gray returns a shade, 0 black to 1 white.
func gray(v float64) colour { return colour{r: v, g: v, b: v} }

// light returns the lightness of a colour by the weights of ITU-R BT.601.
func (c colour) light() float64 { return 0.3*c.r + 0.59*c.g + 0.11*c.b }

// contrast returns how much two colours differ, 0 to 1.
func (c colour) contrast(o colour) float64 {
	return 0.3*math.Abs(c.r-o.r) + 0.59*math.Abs(c.g-o.g) + 0.11*math.Abs(c.b-o.b)
}

// over returns the colour that a colour of some opacity has on a ground.
func (c colour) over(ground colour, alpha float64) colour {
	mix := func(a, b float64) float64 { return a*alpha + b*(1-alpha) }
	return colour{r: mix(c.r, ground.r), g: mix(c.g, ground.g), b: mix(c.b, ground.b)}
}

// colourOf returns the fill after a colour operator: g, rg, k, sc, scn or cs. now is the fill before it.
func colourOf(op string, args []operand, resources pdf.Value, now colour) colour {
	n := make([]float64, 0, 4)
	for _, a := range args {
		if a.kind == 'n' {
			n = append(n, math.Max(0, math.Min(1, a.num)))
		}
	}
	switch {
	case op == "cs" && len(args) == 0:
		return now
	case op == "cs":
		return initialColour(args[0].str, resources)
	case (op == "sc" || op == "scn") && now.tint:
		ink := 0.0
		for _, v := range n {
			ink += v
		}
		if ink == 0 && len(n) > 0 {
			return colour{r: 1, g: 1, b: 1, tint: true, none: now.none}
		}
		return colour{unknown: true, tint: true, none: now.none}
	case (op == "sc" || op == "scn") && now.unknown:
		return now
	}
	switch len(n) {
	case 1:
		return gray(n[0])
	case 3:
		return colour{r: n[0], g: n[1], b: n[2]}
	case 4:
		return colour{r: (1 - n[0]) * (1 - n[3]), g: (1 - n[1]) * (1 - n[3]), b: (1 - n[2]) * (1 - n[3])}
	}
	return colour{unknown: true}
}

// initialColour returns the fill that a colour space begins with.
func initialColour(space string, resources pdf.Value) colour {
	v := resources.Key("ColorSpace").Key(space)
	if v.Kind() == pdf.Array {
		space = v.Index(0).Name()
	} else if v.Kind() == pdf.Name {
		space = v.Name()
	}
	switch space {
	case "Separation", "DeviceN":
		return colour{unknown: true, tint: true, none: space == "Separation" && v.Index(1).Name() == "None"}
	case "Pattern", "Indexed", "Lab":
		return colour{unknown: true}
	}
	return colour{}
}

// area is a painted area or an image, by its bounds on the page.
type area struct {
	rect
	fill  colour // unknown if it is not known what is seen in its place, or how much of its bounds it covers
	image bool
	clip  *clip // what is left of it, if its clip is not a rectangle
}

// paint records painted areas with the outline on the page.
func (s *contentStream) paint(on outline, fill colour, image bool) {
	if len(on) > 1 && len(on) <= 64 && apart(on) {
		for _, part := range on {
			s.paint(outline{part}, fill, image)
		}
		return
	}
	r := on.boundsOf()
	if len(s.in.areas) >= maxAreas || len(on) == 0 || !image && (r.x1-r.x0 < 0.4 || r.y1-r.y0 < 0.4) {
		return
	}
	a := area{rect: s.g.clip.bounds(r), fill: fill, image: image}
	if !on.straight() {
		a.fill.unknown = true
	}
	if s.g.clip.shaped() {
		a.clip = s.g.clip
	}
	if a.x0 < a.x1 && a.y0 < a.y1 {
		s.in.areas = append(s.in.areas, a)
	}
}

// apart reports whether the parts of an outline are rectangles that do not touch one another.
func apart(on outline) bool {
	rects := make([]rect, 0, len(on))
	for _, part := range on {
		r, ok := upright(part)
		if !ok {
			return false
		}
		for _, o := range rects {
			if r.x0 < o.x1 && o.x0 < r.x1 && r.y0 < o.y1 && o.y0 < r.y1 {
				return false
			}
		}
		rects = append(rects, r)
	}
	return true
}

// covers reports whether an area is painted at a point, and whether that is certain.
func (a *area) covers(p point) (covers, certain bool) {
	if !a.rect.has(p) {
		return false, true
	}
	if a.clip != nil {
		inside, vague := a.clip.has(p)
		if !inside {
			return false, true
		}
		if vague {
			return true, false
		}
	}
	return true, !a.fill.unknown
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

// standing is what computation says of a glyph.
type standing byte

const (
	isSeen     standing = iota
	isHidden            // certainly
	isBlending          // its ground has its colour, as far as that is known
	isMute              // its rendering mode paints nothing
	isUnclear           // it may be covered, masked or clipped
	onUnclear           // its ground is not known: an image, a pattern or a shading
)

// shade is how light a part of the rendered page is, 0 black to 1 white.
type shade struct{ dark, light, ground float64 }

// visible separates the glyphs that a reader of the page sees from those that are hidden, and marks those of
// which it is uncertain. see looks at the rendered page; nil without it.
func (in *interpreter) visible(see func(rect) (shade, bool)) (seen, unseen []glyph) {
	suspicious := false
	seen = make([]glyph, 0, len(in.glyphs))
	standings := make([]standing, len(in.glyphs))
	for i := range in.glyphs {
		g := &in.glyphs[i]
		if !g.blank() && finite(*g) {
			standings[i] = in.standing(g)
			suspicious = suspicious || standings[i] != isSeen && standings[i] != isHidden || g.doubt
		}
	}
	for i := range in.glyphs {
		g := in.glyphs[i]
		switch st := standings[i]; {
		case g.blank() || st == isSeen:
			seen = append(seen, g)
		case st == isHidden:
			unseen = append(unseen, g)
		default:
			shown, doubt := in.looked(&g, st, see)
			if g.doubt = g.doubt || doubt; shown {
				seen = append(seen, g)
			} else {
				unseen = append(unseen, g)
			}
		}
	}
	if suspicious && see != nil {
		var blank []glyph
		seen, blank = in.withInk(seen, see)
		unseen = append(unseen, blank...)
	}
	return seen, unseen
}

// standing computes whether a glyph is seen, by its middle: outside of the page or its clip it is hidden,
// under what is painted later too, and on a ground of its own colour probably. The ground is the last area
// painted before it in its place. Areas thinner than 0.4 of its size are lines through or under the text.
func (in *interpreter) standing(g *glyph) standing {
	if g.gone {
		return isHidden
	}
	if !g.placed {
		return isSeen
	}
	edge := rect{in.box.x0 - pageMargin, in.box.y0 - pageMargin, in.box.x1 + pageMargin, in.box.y1 + pageMargin}
	inside, vague := g.clip.has(g.at)
	switch {
	case !edge.has(g.at) || !inside:
		return isHidden
	case g.mute:
		return isMute
	}
	ground := gray(1) // paper
	for i := range in.areas {
		a := &in.areas[i]
		covers, certain := a.covers(g.at)
		if !covers || !a.image && math.Min(a.x1-a.x0, a.y1-a.y0) < 0.4*g.size {
			continue // a line through the text is no ground
		}
		switch {
		case i < g.order:
			ground = a.fill
			ground.unknown = a.image || !certain
		case certain:
			return isHidden
		default:
			vague = true
		}
	}
	switch {
	case vague || g.vague:
		return isUnclear
	case ground.unknown:
		return onUnclear
	case g.fill.unknown:
		return isSeen
	case g.outlined && !g.line.unknown && g.line.over(ground, g.alpha).contrast(ground) >= sameLight:
		return isSeen // its outline is
	case g.fill.over(ground, g.alpha).contrast(ground) < sameLight:
		return isBlending
	}
	return isSeen
}

// looked decides about a glyph by the rendered page: shown is whether there is ink in its place, and doubt
// whether the ink may be something else. Without a rendering, or with a font that the renderer may lack, what
// is unclear is shown and in doubt, and what has its ground's colour is not shown.
func (in *interpreter) looked(g *glyph, st standing, see func(rect) (shade, bool)) (shown, doubt bool) {
	var s shade
	ok := false
	if see != nil && (g.mute || g.font.rendered()) {
		r := math.Max(1, 0.4*g.size)
		s, ok = see(rect{g.at.x - r, g.at.y - r, g.at.x + r, g.at.y + r})
	}
	ink := ok && s.light-s.dark > inkLight
	apart := math.Abs(s.ground-g.fill.light()) > 0.15 // the ground differs from the letter
	switch st {
	case isMute:
		// over an image it is the text that OCR programs lay over a scan: there the image is seen
		return ink && !in.onImage(g.at), true
	case isBlending:
		return ink && apart, false
	case onUnclear:
		switch {
		case !ok:
			return true, g.fill.light() > 0.5
		case !ink:
			return false, false
		}
		return true, !g.fill.unknown && !apart
	}
	if ok && !ink {
		return false, false
	}
	return true, true
}

// onImage reports whether a point is within the bounds of an image, whatever is painted after it.
func (in *interpreter) onImage(p point) bool {
	for i := range in.areas {
		if in.areas[i].image && in.areas[i].has(p) {
			return true
		}
	}
	return false
}

// minLayer is the minimum number of glyphs of a text layer.
const minLayer = 20

// scanLayer returns the glyphs of the text that a program laid under or over a scan, and the other glyphs
// that are not seen; nil if the page is no scan, or has text that is seen. What the layer says is in the
// image, or not: that only OCR can decide, so all of the glyphs are in doubt.
func (in *interpreter) scanLayer(seen, unseen []glyph) (layer, rest []glyph) {
	letter := func(g glyph) bool { return !g.blank() }
	if len(unseen) < minLayer || in.imageShare() <= 0.5 || slices.ContainsFunc(seen, letter) {
		return nil, unseen
	}
	for _, g := range unseen {
		if g.placed && !g.gone && finite(g) && in.box.has(g.at) && in.onImage(g.at) {
			g.doubt = true
			layer = append(layer, g)
		} else {
			rest = append(rest, g)
		}
	}
	if len(layer) < minLayer {
		return nil, unseen
	}
	return layer, rest
}

// withInk keeps the words in whose place the rendered page has ink. Words in fonts that the renderer may lack
// are kept in any case.
func (in *interpreter) withInk(seen []glyph, see func(rect) (shade, bool)) (kept, blank []glyph) {
	kept = make([]glyph, 0, len(seen))
	for i := 0; i < len(seen); {
		k := i + 1
		box := seen[i].around()
		for k < len(seen) && seen[k].seq == seen[k-1].seq+1 && !seen[k].blank() && !seen[i].blank() &&
			seen[k].turn == seen[i].turn && math.Abs(seen[k].y-seen[i].y) < 0.1*seen[i].size &&
			math.Abs(seen[k].x-seen[k-1].x-seen[k-1].w) < 0.5*seen[k].size {
			box = box.union(seen[k].around())
			k++
		}
		word := seen[i:k]
		i = k
		g := &word[0]
		if g.blank() || !g.placed || !g.font.rendered() || g.size < 4 || !in.box.has(g.at) {
			kept = append(kept, word...)
			continue
		}
		if s, ok := see(box); ok && s.light-s.dark <= noInkLight {
			blank = append(blank, word...)
		} else {
			kept = append(kept, word...)
		}
	}
	return kept, blank
}

// around returns a box around a glyph on the page.
func (g *glyph) around() rect {
	r := math.Max(1, 0.5*g.size)
	return rect{g.at.x - r, g.at.y - r, g.at.x + r, g.at.y + r}
}

// rendered reports whether the renderer surely has the font: it is in the file, or is Latin.
func (f *font) rendered() bool {
	return f != nil && (f.embedded || !f.procs.IsNull() || !f.composite && !f.symbolic)
}
