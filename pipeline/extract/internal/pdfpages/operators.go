package pdfpages

import "github.com/ledongthuc/pdf"

// operators maps the operators of content streams (ISO 32000-1, annex A) to what they do. An operator
// that is missing here has no influence on text or on what can be seen of it. A handler finds its
// operands in contentStream.args and tolerates that they are missing or of another type.
var operators map[string]func(*contentStream)

// The table is filled in here because drawing a form runs another content stream, which reads it.
func init() {
	operators = map[string]func(*contentStream){
		"q": (*contentStream).save, "Q": (*contentStream).restore, "cm": (*contentStream).transform,
		"gs": (*contentStream).setGraphics, "Do": (*contentStream).drawObject,

		"BT": (*contentStream).beginText, "Tf": (*contentStream).setFont,
		"Tc": func(s *contentStream) { s.g.tc = s.num(0) },
		"Tw": func(s *contentStream) { s.g.tw = s.num(0) },
		"Tz": func(s *contentStream) { s.g.th = s.num(0) / 100 },
		"TL": func(s *contentStream) { s.g.tl = s.num(0) },
		"Ts": func(s *contentStream) { s.g.rise = s.num(0) },
		"Tr": func(s *contentStream) { s.g.mode = int(s.num(0)) },
		"Td": func(s *contentStream) { s.moveLine(s.num(0), s.num(1)) },
		"TD": func(s *contentStream) {
			s.g.tl = -s.num(1)
			s.moveLine(s.num(0), s.num(1))
		},
		"Tm": (*contentStream).setTextMatrix,
		"T*": func(s *contentStream) { s.moveLine(0, -s.g.tl) },
		"Tj": (*contentStream).showLast, "TJ": (*contentStream).showSpaced,
		"'": func(s *contentStream) {
			s.moveLine(0, -s.g.tl)
			s.showLast()
		},
		"\"": (*contentStream).showOnNextLine,

		"m": (*contentStream).lineTo, "l": (*contentStream).lineTo, "re": (*contentStream).addRectangle,
		"c": (*contentStream).curveTo, "v": (*contentStream).curveTo, "y": (*contentStream).curveTo,
		"n": (*contentStream).endPath,
	}
	for _, name := range []string{"f", "F", "f*", "B", "B*", "b", "b*"} {
		operators[name] = (*contentStream).fillPath
	}
	for _, name := range []string{"S", "s", "sh", "BI"} {
		operators[name] = (*contentStream).paintOther
	}
	for _, name := range []string{"g", "rg", "k", "sc", "scn", "cs"} {
		operators[name] = func(s *contentStream) { s.g.fill = colourOf(name, s.args, s.resources, s.g.fill) }
	}
}

// save is q.
func (s *contentStream) save() {
	if len(s.saved) < maxSaved {
		s.saved = append(s.saved, s.g)
	}
}

// restore is Q; one without a q is ignored.
func (s *contentStream) restore() {
	if n := len(s.saved); n > 0 {
		s.g, s.saved = s.saved[n-1], s.saved[:n-1]
	}
}

// matrixArg returns the six operands as a matrix; false if there are fewer.
func (s *contentStream) matrixArg() (m matrix, ok bool) {
	for i := range m {
		m[i] = s.num(i)
	}
	return m, len(s.args) >= len(m)
}

// transform is cm.
func (s *contentStream) transform() {
	if m, ok := s.matrixArg(); ok {
		s.g.ctm = m.mul(s.g.ctm)
	}
}

// beginText is BT.
func (s *contentStream) beginText() { s.tm, s.tlm = identity, identity }

// setTextMatrix is Tm.
func (s *contentStream) setTextMatrix() {
	if m, ok := s.matrixArg(); ok {
		s.tm, s.tlm = m, m
	}
}

// setFont is Tf.
func (s *contentStream) setFont() {
	if len(s.args) >= 2 {
		s.g.font, s.g.size = s.in.font(s.resources, s.args[0].str), s.num(1)
	}
}

// moveLine begins a line at tx, ty from the beginning of the current one.
func (s *contentStream) moveLine(tx, ty float64) {
	s.tlm = translation(tx, ty).mul(s.tlm)
	s.tm = s.tlm
}

// showLast is Tj: it shows the last operand.
func (s *contentStream) showLast() {
	if n := len(s.args); n > 0 {
		s.show(s.args[n-1].str)
	}
}

// showSpaced is TJ: strings, and numbers that move back in thousandths of the size.
func (s *contentStream) showSpaced() {
	if len(s.args) == 0 {
		return
	}
	for _, e := range s.args[len(s.args)-1].list {
		if e.kind == 's' {
			s.show(e.str)
			continue
		}
		s.tm = translation(-e.num/1000*s.g.size*s.g.th, 0).mul(s.tm)
	}
}

// showOnNextLine is the operator ": word and character spacing, then the next line with a string.
func (s *contentStream) showOnNextLine() {
	s.g.tw, s.g.tc = s.num(0), s.num(1)
	s.moveLine(0, -s.g.tl)
	if len(s.args) > 2 {
		s.show(s.args[2].str)
	}
}

// setGraphics is gs: opacity, blend mode and font of a graphics state dictionary.
func (s *contentStream) setGraphics() {
	if len(s.args) == 0 {
		return
	}
	gs := s.resources.Key("ExtGState").Key(s.args[0].str)
	if ca := gs.Key("ca"); ca.Kind() == pdf.Integer || ca.Kind() == pdf.Real {
		s.g.alpha = ca.Float64()
	}
	if bm := gs.Key("BM"); bm.Kind() == pdf.Name {
		s.g.blend = bm.Name() != "Normal" && bm.Name() != "Compatible"
	}
	if f := gs.Key("Font"); f.Kind() == pdf.Array && f.Len() == 2 {
		s.g.font, s.g.size = s.in.fontOf(f.Index(0)), f.Index(1).Float64()
	}
}

// drawObject is Do: an image covers the unit square; a form is a content stream of its own, with the
// fill of the stream that draws it.
func (s *contentStream) drawObject() {
	in := s.in
	in.marks = true
	if len(s.args) == 0 || s.depth >= maxForms {
		return
	}
	x := s.resources.Key("XObject").Key(s.args[0].str)
	if x.Key("Subtype").Name() == "Image" && s.g.opaque() {
		in.paint(s.g.ctm, []point{{0, 0}, {1, 0}, {1, 1}, {0, 1}}, colour{}, true)
	}
	if x.Key("Subtype").Name() != "Form" {
		return
	}
	b, err := stream(x)
	if in.budget -= 1000 + len(b)/20; err != nil { // large forms drawn again and again run out of it
		return
	}
	resources := x.Key("Resources")
	if resources.IsNull() {
		resources = s.resources
	}
	outer := in.inherit
	in.inherit = &graphics{fill: s.g.fill, alpha: s.g.alpha, blend: s.g.blend}
	in.run(b, resources, matrixOf(x).mul(s.g.ctm), s.depth+1)
	in.inherit = outer
}

// lineTo is m and l.
func (s *contentStream) lineTo() {
	if len(s.args) >= 2 && len(s.path) < maxPath {
		s.path = append(s.path, point{s.num(0), s.num(1)})
	}
}

// curveTo is c, v and y: of a curve only its end counts.
func (s *contentStream) curveTo() {
	if n := len(s.args); n >= 2 && len(s.path) < maxPath {
		s.path = append(s.path, point{s.num(n - 2), s.num(n - 1)})
	}
}

// addRectangle is re.
func (s *contentStream) addRectangle() {
	if len(s.args) >= 4 && len(s.path) < maxPath {
		x, y, w, h := s.num(0), s.num(1), s.num(2), s.num(3)
		s.path = append(s.path, point{x, y}, point{x + w, y}, point{x + w, y + h}, point{x, y + h})
	}
}

// endPath is n: a path that paints nothing.
func (s *contentStream) endPath() { s.path = s.path[:0] }

// fillPath is every operator that fills the path.
func (s *contentStream) fillPath() {
	s.in.marks = true
	if s.g.opaque() {
		s.in.paint(s.g.ctm, s.path, s.g.fill, false)
	}
	s.endPath()
}

// paintOther is every operator that paints what covers no text: strokes, shadings, inline images.
func (s *contentStream) paintOther() {
	s.in.marks = true
	s.endPath()
}
