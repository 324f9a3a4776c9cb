package webpage

import "strings"

// effects computes what is done to the element as drawn: how far it is moved, scaled down or made
// transparent.
func (s *style) effects(d *document) {
	v := s.values
	if !s.inline() { // inline boxes are not transformed (CSS Transforms 1, section 3)
		s.transformations()
	}
	if f, ok := number(v["zoom"], 1); ok {
		s.scale *= f
	}
	if f, ok := number(v["opacity"], 1); ok {
		s.opacity *= min(1, max(0, f))
	} else if strings.Contains(v["opacity"], "(") {
		s.doubt = true
	}
	s.filter()
	s.masks()
	s.tracks()
	if w := v["-webkit-text-stroke-width"]; w != "" { // a wide stroke in another colour covers its letter
		px, _, ok := length(w, s.size)
		s.doubt = s.doubt || !ok || px > 0.1*s.size
	}
	for _, w := range strings.FieldsFunc(v["animation"], func(r rune) bool { return r == ' ' || r == ',' }) {
		s.doubt = s.doubt || d.sheet.moving[w]
	}
	if t, ok := v["text-shadow"]; ok {
		s.shadow = t != "none"
	}
}

// masks takes into account what shows only a part of the element, or mixes it with what is behind it.
func (s *style) masks() {
	switch p := s.values["clip-path"]; {
	case p == "" || p == "none":
	case emptyShape(p):
		s.gone = true
	default:
		s.doubt = true
	}
	if m := s.values["mask-image"]; m != "" && m != "none" {
		s.doubt = true
	}
	if m := s.values["offset-path"] + s.values["offset"]; m != "" && m != "none" && m != "auto" {
		s.doubt = true // moved along a path
	}
	if m := s.values["mix-blend-mode"]; m != "" && m != "normal" {
		s.doubt = true
	}
}

// tracks takes into account a grid one of whose rows or columns has no size: whether that cuts off what is in
// it depends on other boxes.
func (s *style) tracks() {
	if s.display != "grid" && s.display != "inline-grid" {
		return
	}
	for _, name := range []string{"grid-template-rows", "grid-template-columns", "grid-auto-rows",
		"grid-auto-columns"} {
		for _, w := range splitSpace(s.values[name]) {
			w = strings.TrimSuffix(w, "fr")
			if px, percent, ok := length(w, s.size); ok && px <= tinyBox && percent == 0 && strings.HasPrefix(w, "0") {
				s.doubt = true
			}
		}
	}
}

// transformations applies the property transform, and the three that each state one transformation.
func (s *style) transformations() {
	v := s.values
	if t := v["transform"]; t != "" && t != "none" {
		s.transforms(t)
	}
	if t := v["scale"]; t != "" && t != "none" {
		s.transform("scale", splitSpace(t))
	}
	if t := v["translate"]; t != "" && t != "none" {
		s.transform("translate", splitSpace(t))
	}
	if t := v["rotate"]; strings.Contains(t, " ") { // around an axis, so perhaps out of the plane
		s.doubt = true
	}
}

// transforms computes the scale and the displacement of a list of transformations.
func (s *style) transforms(v string) {
	for v = strings.TrimSpace(v); v != ""; v = strings.TrimSpace(v) {
		name, rest, ok := strings.Cut(v, "(")
		args, after, ok2 := strings.Cut(rest, ")")
		if !ok || !ok2 || strings.Contains(args, "(") {
			s.doubt = true
			return
		}
		v = after
		fields := strings.FieldsFunc(args, func(r rune) bool { return r == ',' || r == ' ' })
		s.transform(strings.TrimSpace(name), fields)
	}
}

// transform applies one transformation. Of the scale the smaller direction counts: text that is flat in one
// direction cannot be read. Rotations and skews in the plane leave text readable; what turns it out of the
// plane may hide it.
func (s *style) transform(name string, args []string) {
	f := make([]float64, len(args))
	for i, a := range args {
		f[i], _ = number(a, 1)
	}
	switch {
	case len(args) == 0:
		s.doubt = true
	case strings.HasPrefix(name, "scale"):
		least := 1.0
		for _, v := range f {
			least = min(least, max(v, -v))
		}
		if f[0] > 1 {
			least = min(least*f[0], f[0])
		}
		s.scale *= least
	case name == "matrix" && len(f) == 6: // a, b, c, d scale and turn, e and f displace
		s.scale *= min(1, max(abs(f[0]), abs(f[1])), max(abs(f[2]), abs(f[3])))
		s.displaced(args[4] + "px")
		s.displaced(args[5] + "px")
	case strings.HasPrefix(name, "translate"):
		for _, a := range args {
			s.displaced(a)
		}
	case name == "rotate" || name == "rotatez" || name == "skew" || name == "skewx" || name == "skewy":
	default: // in space
		s.doubt = true
	}
}

// abs returns the absolute value of v.
func abs(v float64) float64 { return max(v, -v) }

// displaced moves the element by a length in one direction. Percentages are of the element's own box.
func (s *style) displaced(v string) {
	px, percent, ok := length(v, s.size)
	switch {
	case !ok:
		s.doubt = true
	case px <= farLeft:
		s.gone = true
	case px <= farLeft/3 || px >= 1000 || percent <= -100 || percent > 100:
		s.doubt = true
	}
}

// filter takes the property filter into account. Filters that shift hues, brightness or saturation alone
// leave text visible; a blur or a partial opacity may not.
func (s *style) filter() {
	f := s.values["filter"]
	if f == "" || f == "none" {
		return
	}
	if strings.Contains(f, "opacity(0") && !strings.Contains(f, "opacity(0.") {
		s.gone = true
	} else if strings.Trim(f, "()0123456789.%graysclepobdhuw-xt ,#f") != "" || strings.Contains(f, "opacity") ||
		strings.Contains(f, "blur") {
		s.doubt = true
	}
}

// emptyShape reports whether a clip-path leaves nothing (CSS Masking 1; the shapes are those of CSS Shapes
// 1).
func emptyShape(p string) bool {
	name, args, _ := strings.Cut(p, "(")
	args = strings.TrimSuffix(strings.TrimSpace(args), ")")
	f := splitSpace(args)
	switch {
	case len(f) == 0:
		return false
	case name == "inset": // opposite sides meet
		var pc [4]float64
		for i := range pc {
			_, pc[i], _ = length(ofSide(f, i), browserSize)
		}
		return pc[0]+pc[2] >= 99 || pc[1]+pc[3] >= 99
	case name == "circle" || name == "ellipse":
		px, percent, ok := length(f[0], browserSize)
		return ok && px <= tinyBox && percent <= 0.5
	case name == "polygon":
		return samePoints(args)
	}
	return false
}

// samePoints reports whether the corners of a polygon are all one point.
func samePoints(list string) bool {
	first := ""
	for point := range strings.SplitSeq(list, ",") {
		point = strings.Join(strings.Fields(point), " ")
		if first == "" {
			first = point
		} else if point != first {
			return false
		}
	}
	return true
}
