package webpage

import "strings"

// percentPixels is what one percent of the window is taken for, in px: that of a window 800 px wide or high.
const percentPixels = narrowWindow / 100

// box computes the kind of the element's box.
func (s *style) box(parent *style) {
	switch v := s.values["display"]; v {
	case "", "revert":
	case "inherit":
		s.display = parent.display
	case "initial", "unset":
		s.display = "inline"
	default:
		s.display = v
	}
	s.position = s.values["position"]
	// Boxes that float or are placed absolutely are blocks (CSS 2.2, section 9.7).
	if s.display == "inline" && (s.out() || s.values["float"] == "left" || s.values["float"] == "right") {
		s.display = "block"
	}
	switch v := s.values["visibility"]; v {
	case "hidden", "collapse":
		s.hidden = true
	case "visible", "initial": // visible text in something hidden is seen (CSS 2.2, section 11.2)
		s.hidden = false
	case "inherit", "unset":
		s.hidden = parent.hidden
	}
	if s.display == "none" || s.values["content-visibility"] == "hidden" {
		s.gone = true
	}
	if strings.Contains(s.values["text-decoration"], "line-through") {
		s.struck = true
	}
}

// out reports whether the element is taken out of the flow of the text.
func (s *style) out() bool { return s.position == "absolute" || s.position == "fixed" }

// inline reports whether the element has no box of its own, so that sizes do not apply to it (CSS 2.2,
// sections 10.2 and 10.5).
func (s *style) inline() bool { return s.display == "inline" || s.display == "contents" }

// boundary computes whether the element's box cuts off what is in it.
func (s *style) boundary() {
	if s.inline() {
		return
	}
	x, y := s.clips()
	width, hasWidth := s.limit("width", "max-width")
	height, hasHeight := s.limit("height", "max-height")
	if hasWidth {
		s.width = width
	}
	s.cut(x && hasWidth, y && hasHeight, width, height)
	if n, ok := number(s.values["line-clamp"], 1); ok && n > 0 && y {
		s.clamp = n
	}
	if v := s.values["clip"]; v != "" && v != "auto" && s.out() { // CSS 2.2, section 11.1.2
		s.clipRect(v)
	}
}

// cut takes into account that the box cuts off what is wider than width (narrow) or higher than height (low).
func (s *style) cut(narrow, low bool, width, height float64) {
	flat := height <= tinyBox || height < 0.4*s.size && s.size < 40 // less than half a line
	switch {
	case narrow && width <= tinyBox, low && flat:
		s.gone = true
	case low && s.values["overflow-y"] != "scroll" && s.values["overflow-y"] != "auto":
		s.room = height
	case narrow && width < s.size:
		s.doubt = true
	}
}

// clips reports whether the box cuts off, or lets people scroll to, what is too wide (x) or too high (y)
// for it. If one direction does, the other does too, but for "clip" (CSS Overflow 3, section 3).
func (s *style) clips() (x, y bool) {
	cuts := func(v string) bool { return v == "hidden" || v == "clip" || v == "scroll" || v == "auto" }
	x, y = cuts(s.values["overflow-x"]), cuts(s.values["overflow-y"])
	both := s.values["overflow-x"] != "clip"
	x = x || y && both
	return x, y || x && both
}

// limit returns the smallest of the lengths that the named properties state, in px. Percentages of 1 and
// more count only together with a length: what they are a part of is not computed.
func (s *style) limit(names ...string) (least float64, stated bool) {
	for _, name := range names {
		v := s.values[name]
		if v == "" || v == "none" || v == "auto" {
			continue
		}
		px, percent, ok := length(v, s.size)
		if !ok || percent >= 1 && px == 0 {
			continue
		}
		if px = max(0, px+percent*percentPixels); !stated || px < least {
			least, stated = px, true
		}
	}
	return least, stated
}

// clipRect computes what is left of an element by clip: rect(top, right, bottom, left). Each side is a
// distance from the top or left edge of the box; with "auto" the size of the box would be needed.
func (s *style) clipRect(v string) {
	_, args, _ := strings.Cut(v, "(")
	sides := strings.FieldsFunc(strings.TrimSuffix(args, ")"), func(r rune) bool { return r == ',' || r == ' ' })
	if len(sides) != 4 {
		s.doubt = true
		return
	}
	var px [4]float64
	for i, side := range sides {
		v, _, ok := length(side, s.size)
		if side == "auto" || !ok {
			s.doubt = true
			return
		}
		px[i] = v
	}
	if px[2]-px[0] <= tinyBox || px[1]-px[3] <= tinyBox {
		s.gone = true
	} else {
		s.doubt = true
	}
}

// moved computes whether the element is placed outside of the page. Downwards twenty times as much is
// allowed as to the right: people scroll down long pages.
func (s *style) moved() {
	if s.position != "" && s.position != "static" { // others ignore these (CSS 2.2, section 9.3.2)
		s.offset("left", farLeft, farRight)
		s.offset("top", farLeft, 20*farRight)
		s.offset("right", farLeft, farRight)
		s.offset("bottom", farLeft, 20*farRight)
		if v, _ := number(s.values["z-index"], 1); v < 0 {
			s.doubt = true
		}
	}
	const unbounded = 1e9
	if !s.inline() {
		s.offset("margin-top", farLeft, 20*farRight)
		s.offset("margin-right", -unbounded, unbounded)
	}
	s.offset("margin-left", farLeft, farRight)
	s.offset("padding-left", -unbounded, farRight)
	if s.indent <= farLeft {
		s.gone = true
	} else if s.indent >= farRight {
		s.doubt = true
	}
}

// offset takes into account a property that moves the element: at low and below it is outside of the page,
// at high and above it may be. Percentages are of the block around it, so a whole one may be outside too.
func (s *style) offset(name string, low, high float64) {
	v := s.values[name]
	if v == "" {
		return
	}
	px, percent, ok := length(v, s.size)
	switch {
	case !ok:
	case px <= low:
		s.gone = true
	case percent <= -100 || px >= high || percent >= 200 || px <= low/3:
		s.doubt = true
	}
}
