package webpage

import (
	"math"
	"strings"

	"golang.org/x/net/html"
)

// maxSteps bounds how often elements are looked at for what may cover or cut them off.
const maxSteps = 5_000_000

// replaced are elements that show something other than text.
var replaced = map[string]bool{"img": true, "video": true, "canvas": true, "svg": true, "iframe": true, "embed": true,
	"object": true, "input": true, "button": true, "textarea": true, "select": true, "picture": true}

// cover finds elements over which others may lie, and those that cut off a part of their text: no layout is computed,
// so that is uncertain.
func (d *document) cover() {
	for n := range d.root.Descendants() {
		s := d.all[n]
		if n.Type != html.ElementNode || s == nil || s.gone {
			continue
		}
		if (s.room > 0 || s.clamp > 0) && d.overfull(n, s) {
			d.doubt(n, nil)
		}
		if s.nowrap && s.width > 0 && !s.inline() && s.values["overflow-x"] == "hidden" &&
			float64(len([]rune(textOf(n))))*s.size*0.4 > s.width {
			d.doubt(n, nil)
		}
		if px, _, ok := length(s.values["margin-bottom"], s.size); ok && px < -0.6*s.size && !s.inline() {
			d.doubt(n, nil)
		}
		if !s.opaque && !replaced[n.Data] || small(s.values) {
			continue
		}
		d.coveredBy(n, s)
	}
}

// coveredBy marks what an element that paints something may lie over.
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

// full reports whether an element fills the window.
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

// container returns the element on which an absolutely placed one is placed.
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

// doubt marks an element and what is in it but for one element.
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

// overfull reports whether an element has more text than its height has room for, in a window as wide as can be.
func (d *document) overfull(n *html.Node, s *style) bool {
	width := s.width
	if width == 0 {
		width = 1200
	}
	room := s.room
	if s.clamp > 0 {
		room = s.clamp * 1.3 * s.size
	}
	need, run := 0.0, 0.0
	end := func() {
		if run > 0 {
			need += math.Ceil(run/width) * s.size * 1.15
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
				run += float64(len([]rune(collapse(c.Data)))) * s.size * 0.42
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
