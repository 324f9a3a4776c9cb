package webpage

import (
	"math"
	"strings"

	"golang.org/x/net/html"
)

// maxSteps bounds how often elements are looked at for what may cover or cut them off. Each covering
// element marks all that is in its container, so hostile pages would take quadratic time.
const maxSteps = 5_000_000

// replaced are elements that show something other than text.
var replaced = map[string]bool{"img": true, "video": true, "canvas": true, "svg": true, "iframe": true, "embed": true,
	"object": true, "input": true, "button": true, "textarea": true, "select": true, "picture": true}

// cover finds elements over which others may lie, and those that cut off a part of their text: no layout is
// computed, so that is uncertain.
func (d *document) cover() {
	for n := range d.root.Descendants() {
		s := d.all[n]
		if n.Type != html.ElementNode || s == nil || s.gone {
			continue
		}
		if d.cutsText(n, s) || s.pullsUp() {
			d.doubt(n, nil)
		}
		if (s.opaque || replaced[n.Data]) && !small(s.values) {
			d.coveredBy(n, s)
		}
	}
}

// cutsText reports whether a box may cut off a part of its text: below, or at the end of a line that is not
// broken.
func (d *document) cutsText(n *html.Node, s *style) bool {
	if (s.room > 0 || s.clamp > 0) && d.overfull(n, s) {
		return true
	}
	return s.nowrap && s.width > 0 && !s.inline() && s.values["overflow-x"] == "hidden" &&
		float64(len([]rune(textOf(n))))*s.size*narrowLetter > s.width
}

// pullsUp reports whether what follows the element is drawn over it, by a negative margin of more than half
// a line.
func (s *style) pullsUp() bool {
	px, _, ok := length(s.values["margin-bottom"], s.size)
	return ok && px < -0.6*s.size && !s.inline()
}

// Sizes of text that is not laid out, as factors of the size of its font. They are below the average of
// ordinary fonts (0.5 and 1.2), so that text which fits is not taken for text that is cut off.
const (
	narrowLetter = 0.4
	letterWidth  = 0.42
	lineHeight   = 1.15
)

// coveredBy marks what an element that paints something may lie over: what is in its container if it is
// placed absolutely, or what comes before it if it is moved back over that.
func (d *document) coveredBy(n *html.Node, s *style) {
	z, _ := number(s.values["z-index"], 1)
	up, _, _ := length(s.values["margin-top"], s.size)
	top, _, _ := length(s.values["top"], s.size)
	switch {
	case z < 0:
	case s.position == "absolute" || s.position == "fixed" && full(s):
		d.doubt(d.container(n, s), n)
	case up < -0.6*s.size, s.position == "relative" && top < -0.6*s.size, s.values["grid-area"] != "",
		(s.values["transform"] != "" || s.values["translate"] != "") && s.position != "fixed" && s.movesBack():
		for c := n.PrevSibling; c != nil; c = c.PrevSibling {
			if c.Type == html.ElementNode {
				d.doubt(c, nil)
			}
		}
	}
	if left, _, _ := length(s.values["margin-left"], s.size); left < -20 && n.PrevSibling != nil && n.Parent != nil {
		d.doubt(n.Parent, n)
	}
}

// movesBack reports whether a transformation moves the element to the left or up.
func (s *style) movesBack() bool {
	for _, v := range []string{s.values["transform"], s.values["translate"]} {
		if strings.LastIndexByte(v, '-') > 0 {
			return true
		}
	}
	return false
}

// full reports whether an element fills the window: by its edges, or by a size of 80 % or 600 px.
func full(s *style) bool {
	fills := func(a, b, size string) bool {
		if s.values[a] == "0" && s.values[b] == "0" || s.values[a] == "0px" && s.values[b] == "0px" {
			return true
		}
		px, percent, ok := length(s.values[size], s.size)
		return ok && (percent >= 80 || px >= 600)
	}
	return fills("left", "right", "width") && fills("top", "bottom", "height")
}

// container returns the element on which an absolutely placed one is placed: the nearest one around it that
// is positioned or transformed (CSS 2.2, section 10.1).
func (d *document) container(n *html.Node, s *style) *html.Node {
	for p := n.Parent; p != nil && p.Type == html.ElementNode; p = p.Parent {
		ps := d.all[p]
		if p.Data == "body" || ps != nil && s.position != "fixed" &&
			(ps.position != "" && ps.position != "static" || ps.values["transform"] != "") {
			return p
		}
	}
	return n
}

// doubt marks an element and what is in it, apart from the element but. What is marked whole is not visited
// again.
func (d *document) doubt(n, but *html.Node) {
	if n == nil || n == but || d.doubts[n] && but == nil {
		return
	}
	if d.steps++; d.steps > maxSteps {
		d.unknown = true
		return
	}
	if but != nil && !within(but, n) {
		but = nil
	}
	d.doubts[n] = true
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			d.doubt(c, but)
		}
	}
}

// within reports whether a node is in another.
func within(n, outer *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == outer {
			return true
		}
	}
	return false
}

// overfull reports whether an element has more text than its height has room for. Unless its width is
// stated, it is taken to be as wide as an ordinary window allows.
func (d *document) overfull(n *html.Node, s *style) bool {
	width := s.width
	if width == 0 {
		width = 1200
	}
	room := s.room
	if s.clamp > 0 { // a number of lines, of at most 1.3 times the font
		room = s.clamp * 1.3 * s.size
	}
	need, run := 0.0, 0.0
	end := func() {
		if run > 0 {
			need += math.Ceil(run/width) * s.size * lineHeight
		}
		run = 0
	}
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if d.steps++; d.steps > maxSteps {
				d.unknown = true
				return
			}
			switch c.Type {
			case html.TextNode:
				run += float64(len([]rune(collapse(c.Data)))) * s.size * letterWidth
			case html.ElementNode:
				if cs := d.all[c]; cs != nil && !cs.gone && !raw[c.Data] {
					if !cs.inline() || c.Data == "br" {
						end()
					}
					walk(c)
					if !cs.inline() {
						end()
					}
				}
			}
		}
	}
	walk(n)
	end()
	return need > room*1.1
}
