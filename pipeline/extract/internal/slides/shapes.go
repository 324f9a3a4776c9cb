package slides

import (
	"math"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/sight"
)

// rect is an area of a slide, in EMU.
type rect struct{ x, y, w, h float64 }

// area is what a shape or picture fills.
type area struct {
	rect
	paint paint
}

// placed is a shape with text, or a table, with its place. Text is written when all shapes are collected,
// since what lies over it comes after it.
type placed struct {
	e      *element
	rect   rect
	known  bool // rect is its place
	hidden bool
	order  int // number of areas behind it, with its own
	fill   paint
	filled bool // it has a fill of its own
	ph     *element
	layout *element // what it inherits from as a placeholder
	master *element
}

// transform maps coordinates within a group to those of the slide. Rotations are not computed.
type transform struct{ sx, sy, dx, dy float64 }

// apply returns where r, in the coordinates of the group, is on the slide.
func (t transform) apply(r rect) rect {
	return rect{r.x*t.sx + t.dx, r.y*t.sy + t.dy, math.Abs(r.w * t.sx), math.Abs(r.h * t.sy)}
}

// maxGroups is the maximum depth of groups.
const maxGroups = 50

// collect lists the areas of a tree of shapes, from the back to the front, and of the slide itself (own)
// its text. Shapes of the layout and the master lie behind those of the slide.
func (s *slide) collect(tree *element, t transform, own bool, depth int) {
	if tree == nil || depth > maxGroups {
		return
	}
	for _, e := range tree.children {
		hidden := isHidden(e)
		switch e.name {
		case "grpSp":
			if hidden {
				if own { // its text is kept
					s.placed = append(s.placed, placed{e: e, hidden: true})
				}
				continue
			}
			s.collect(e, t.within(e.child("grpSpPr", "xfrm")), own, depth+1)
		case "sp", "cxnSp":
			s.shape(e, t, own, hidden)
		case "pic":
			if r, ok := place(e.child("spPr", "xfrm"), t); ok && !hidden {
				s.areas = append(s.areas, area{r, paint{odd: true, alpha: 1}})
			}
		case "graphicFrame":
			if own {
				r, ok := place(e.child("xfrm"), t)
				s.placed = append(s.placed, placed{e: e, rect: r, known: ok, hidden: hidden, order: len(s.areas)})
			}
		}
	}
}

// isHidden reports whether a shape is switched off.
func isHidden(e *element) bool {
	for _, c := range e.children {
		switch c.name {
		case "nvSpPr", "nvGrpSpPr", "nvGraphicFramePr", "nvPicPr", "nvCxnSpPr":
			return on(c.child("cNvPr"), "hidden")
		}
	}
	return false
}

// within returns the transform of what is inside a group: chOff and chExt are the group in the coordinates
// of its content (20.1.7.2, 20.1.7.1). A group without a size changes nothing.
func (t transform) within(xfrm *element) transform {
	outer, ok := place(xfrm, t)
	inner := rect{number(xfrm.child("chOff").attr("x")), number(xfrm.child("chOff").attr("y")),
		number(xfrm.child("chExt").attr("cx")), number(xfrm.child("chExt").attr("cy"))}
	if !ok || inner.w <= 0 || inner.h <= 0 {
		return t
	}
	// A group may be scaled as a whole, so its content has coordinates of its own.
	sx, sy := outer.w/inner.w, outer.h/inner.h
	return transform{sx, sy, outer.x - inner.x*sx, outer.y - inner.y*sy}
}

// place returns the area that a transformation gives a shape on the slide.
func place(xfrm *element, t transform) (rect, bool) {
	off, ext := xfrm.child("off"), xfrm.child("ext")
	if off == nil || ext == nil {
		return rect{}, false
	}
	r := rect{number(off.attr("x")), number(off.attr("y")), number(ext.attr("cx")), number(ext.attr("cy"))}
	return t.apply(r), true
}

// shape adds a shape: its area, and its text if it is on the slide itself (own).
func (s *slide) shape(e *element, t transform, own, hidden bool) {
	p := placed{e: e, hidden: hidden}
	// A placeholder is a frame for content; what it does not state is in the layout and the master.
	if p.ph = e.child("nvSpPr", "nvPr", "ph"); p.ph != nil {
		if !own {
			return // placeholders of a layout show nothing by themselves
		}
		p.layout, p.master = s.inherited(p.ph)
	}
	s.resolve(&p, t)
	if p.filled && p.known && !hidden {
		s.areas = append(s.areas, area{p.rect, p.fill})
	}
	if p.order = len(s.areas); own && e.child("txBody") != nil {
		s.placed = append(s.placed, p)
	}
}

// resolve finds the place and the fill of a shape: by itself, its layout or its master. Its own style comes
// before what it inherits.
func (s *slide) resolve(p *placed, t transform) {
	for _, from := range []*element{p.e, p.layout, p.master} {
		if r, ok := place(from.child("spPr", "xfrm"), t); ok && !p.known {
			p.rect, p.known = r, true
		}
		if f, ok := s.colours.fill(from.child("spPr")); ok && !p.filled {
			p.fill, p.filled = f, true
		}
		if from == p.e && !p.filled {
			p.fill, p.filled = s.styleFill(p.e)
		}
	}
	if p.fill.none || p.fill.alpha < clearAlpha && !p.fill.odd {
		p.filled = false
	}
}

// styleFill returns what a shape's style fills it with (20.1.4.2.10): one of the theme's fills in a colour.
// Those after the first are gradients and pictures, which are not computed. ok is false if the style fills
// it with nothing.
func (s *slide) styleFill(e *element) (p paint, ok bool) {
	ref := e.child("style", "fillRef")
	if ref == nil || ref.attr("idx") == "0" || len(ref.children) == 0 {
		return paint{}, false
	}
	p = s.colours.colour(ref.children[0])
	if ref.attr("idx") != "1" && !p.odd {
		p.odd, p.stops = true, []sight.Colour{p.colour}
	}
	return p, true
}

// clearAlpha is the opacity, 0 to 1, up to which nothing is seen of a fill.
const clearAlpha = 0.05

// inherited returns the placeholders of the layout and of the master that one on the slide inherits from.
func (s *slide) inherited(ph *element) (inLayout, inMaster *element) {
	inLayout = find(s.pattern, ph, true)
	if inLayout == nil {
		inLayout = find(s.pattern, ph, false)
	}
	of := ph
	if inLayout != nil && ph.attr("type") == "" {
		of = inLayout.child("nvSpPr", "nvPr", "ph")
	}
	return inLayout, find(s.master, of, false)
}

// find returns the placeholder of a master or layout that corresponds to one: by its index (the same
// document uses it for the same purpose), or by its type; nil if there is none.
func find(root, ph *element, byIndex bool) *element {
	tree := root.child("cSld", "spTree")
	if tree == nil {
		return nil
	}
	for _, e := range tree.children {
		other := e.child("nvSpPr", "nvPr", "ph")
		switch {
		case other == nil:
		case byIndex && other.attr("idx") == ph.attr("idx") && ph.attr("idx") != "",
			!byIndex && phKind(other) == phKind(ph):
			return e
		}
	}
	return nil
}

// phKind returns the kind of a placeholder as masters have it: all that hold content are a body there.
func phKind(ph *element) string {
	switch t := ph.attr("type"); t {
	case "title", "ctrTitle":
		return "title"
	case "dt", "ftr", "sldNum", "hdr", "sldImg", "pic":
		return t
	default:
		return "body"
	}
}

// share returns the share of r that lies within other, 0 to 1.
func (r rect) share(other rect) float64 {
	w := min(r.x+r.w, other.x+other.w) - max(r.x, other.x)
	h := min(r.y+r.h, other.y+other.h) - max(r.y, other.y)
	if w <= 0 || h <= 0 || r.w <= 0 || r.h <= 0 {
		return 0
	}
	return w * h / (r.w * r.h)
}

// position returns whether a shape is seen in its place: on the slide, and not covered. A shape that is half
// covered may have its text in either half.
func (s *slide) position(p *placed) dossier.Visibility {
	if p.hidden {
		return dossier.Unseen
	}
	if !p.known {
		return ""
	}
	if p.rect.w <= 0 || p.rect.h <= 0 {
		if p.e.name == "graphicFrame" {
			return ""
		}
		return dossier.Uncertain // its text may be wider than itself
	}
	// Shapes may reach over the edge, with their text in the part on the slide or not.
	on := p.rect.share(rect{0, 0, s.deck.width, s.deck.height})
	switch {
	case on < 0.02:
		return dossier.Unseen
	case on < 0.4:
		return dossier.Uncertain
	}
	for _, a := range s.areas[p.order:] {
		if p.rect.share(a.rect) > 0.5 && (a.paint.odd || a.paint.alpha > 0.5) {
			return dossier.Uncertain
		}
	}
	return ""
}

// behind returns what lies behind the text of a shape, each of which may: its own fill, or all that lies
// under a part of it from the last area on that covers it as a whole.
func (s *slide) behind(p *placed) []paint {
	if p.filled && (p.fill.odd || p.fill.alpha > 0.9) {
		return []paint{p.fill}
	}
	out := []paint{s.ground}
	if !p.known {
		return out
	}
	for _, a := range s.areas[:p.order] {
		switch on := p.rect.share(a.rect); {
		case on > 0.98 && (a.paint.odd || a.paint.alpha > 0.9):
			out = []paint{a.paint}
		case on > 0.02:
			out = append(out, a.paint)
		}
	}
	return out
}
