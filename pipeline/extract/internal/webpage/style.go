package webpage

import (
	"slices"

	"golang.org/x/net/html"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/sight"
)

// style is how an element looks, as far as it decides whether its text is seen: the computed values of CSS
// 2.2, section 6.1, with what follows from them. Sizes are in px.
//
// Every field is inherited from the parent element unless style resets it, also where CSS does not inherit
// the property: an element inside something that is gone, faint or scaled down is so too.
type style struct {
	display  string
	position string
	gone     bool // what is in the element is not shown, whatever it says itself
	doubt    bool // something that is not computed may hide it
	hidden   bool // visibility
	struck   bool
	pre      bool
	nowrap   bool
	shadow   bool
	size     float64
	scale    float64
	opacity  float64
	indent   float64
	spacing  float64 // between letters
	colour   paint
	odd      bool // the colour is not computed
	grounds  []sight.Colour
	picture  bool // a picture lies behind the text
	opaque   bool // the element itself paints something behind its text
	family   string
	vars     map[string]string
	values   map[string]string // of the element itself
	room     float64           // the height in px to which content is cut; 0 if it is not
	width    float64           // the width of content, 0 if it is not stated
	clamp    float64           // the number of lines to which content is cut; 0 if it is not
}

// Bounds beside those of package sight.
//
// They are far from what an ordinary layout has: text for screen readers alone, for example, is hidden in a
// box of 1 px, or moved thousands of px out of the window. What lies between is uncertain.
const (
	pixelsPerPoint = 96.0 / 72
	clearAlpha     = 0.05 // opacity up to which text is not seen
	faintAlpha     = 0.25 // … up to which that is uncertain
	farLeft        = -300 // px from the left or top edge at which nothing is seen
	farRight       = 3000 // px to the right, where people must scroll to
	tinyBox        = 3    // px of a box that cuts off what is in it
)

// browserSize is the size of text in px that browsers begin with, and that of "medium".
const browserSize = 16

// compute computes the style of every element: by the rules that apply, and by those that may apply.
func (d *document) compute() {
	base := &style{display: "block", size: browserSize, scale: 1, opacity: 1, colour: paint{sight.Black, 1},
		grounds: []sight.Colour{sight.White}}
	d.sure = map[*html.Node]*style{}
	d.computeIn(d.root, base, false, d.sure)
	d.all = d.sure
	if slices.ContainsFunc(d.sheet.rules, func(r *rule) bool { return r.sure == perhaps }) {
		d.all = map[*html.Node]*style{}
		d.computeIn(d.root, base, true, d.all)
	}
}

// computeIn computes the styles of the elements in a node. The parser bounds their depth.
func (d *document) computeIn(n *html.Node, parent *style, withPerhaps bool, out map[*html.Node]*style) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		s := d.style(c, parent, withPerhaps)
		out[c] = s
		d.computeIn(c, s, withPerhaps, out)
	}
}

// style computes the style of an element.
//
// The order of the steps matters: lengths in em need the size of the font, and whether a size or a
// transformation applies at all depends on the kind of box.
func (d *document) style(n *html.Node, parent *style, withPerhaps bool) *style {
	s := *parent
	s.position, s.opaque, s.room, s.clamp, s.width = "", false, 0, 0, 0
	values, pseudo := d.declared(n, withPerhaps)
	var doubt bool
	s.vars, doubt = resolveVariables(values, parent.vars)
	s.doubt = s.doubt || doubt
	s.values = values
	d.browser(n, &s)
	s.font(n, parent)
	s.box(parent)
	s.boundary()
	s.moved()
	s.effects(d)
	s.paint(parent)
	s.pseudo(pseudo)
	return &s
}

// sight returns whether a person sees text of the style.
func (s *style) sight() dossier.Visibility {
	points := s.size * s.scale / pixelsPerPoint
	switch {
	case s.gone || s.hidden || s.struck || points < sight.HiddenSize || s.opacity <= clearAlpha:
		return dossier.Unseen
	case s.spacing < -0.45*s.size: // letters lie on one another: they are about half as wide as the font is high
		return dossier.Unseen
	}
	seen := s.contrast()
	switch {
	case seen == "" && (s.doubt || s.odd || s.faint(points)):
		return dossier.Uncertain
	case seen == dossier.Unseen && (s.shadow || s.odd): // the shadow may set the letters off
		return dossier.Uncertain
	}
	return seen
}

// faint reports whether text of a size in points is so small, so dense or spread so wide, or so transparent
// that people may overlook it.
func (s *style) faint(points float64) bool {
	return points < sight.UncertainSize || s.colour.alpha*s.opacity < faintAlpha ||
		s.spacing < -0.25*s.size || s.spacing > 10*s.size
}

// contrast returns whether the text differs enough from what may lie behind it.
func (s *style) contrast() dossier.Visibility {
	alpha := s.colour.alpha * s.opacity
	if alpha <= clearAlpha {
		return dossier.Unseen
	}
	if s.picture {
		return dossier.Uncertain
	}
	return sight.OnAny(len(s.grounds), func(i int) dossier.Visibility {
		c := s.colour.Colour
		if alpha < 1 {
			c = s.grounds[i].Mix(c, alpha)
		}
		return c.On(sight.Ground{Colour: s.grounds[i]})
	})
}

// sight returns whether a person sees the text in an element: uncertain if that depends on rules that may
// not apply.
func (d *document) sight(n *html.Node) dossier.Visibility {
	a := d.sure[n].sight()
	if b := d.all[n].sight(); a != b {
		return dossier.Uncertain
	}
	if a == "" && (d.doubts[n] || d.sure[n].unreadable(d.sheet.fonts)) {
		return dossier.Uncertain
	}
	return a
}
