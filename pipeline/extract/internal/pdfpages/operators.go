package pdfpages

import (
	"math"
	"strings"

	"github.com/ledongthuc/pdf"
)

// operators maps the operators of content streams (ISO 32000-1, annex A) to what they do. An operator
// that is missing here has no influence on text or on what can be seen of it. A handler finds its
// operands in contentStream.args and tolerates that they are missing or of another type.
var operators map[string]func(*contentStream)

// The table is filled in here because drawing a form runs another content stream, which reads it.
func init() {
	operators = map[string]func(*contentStream){
		"q": (*contentStream).save, "Q": (*contentStream).restore, "cm": (*contentStream).transform,
		"gs": (*contentStream).setGraphics, "Do": (*contentStream).drawObject,

		"BT": (*contentStream).beginText, "ET": (*contentStream).endText, "Tf": (*contentStream).setFont,
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

		"m": func(s *contentStream) { s.path.move(s.pointArg(0)) },
		"l": func(s *contentStream) { s.path.line(s.pointArg(0)) },
		"c": func(s *contentStream) { s.path.curve(s.pointArg(0), s.pointArg(2), s.pointArg(4)) },
		"v": func(s *contentStream) { s.path.curve(s.penPoint(), s.pointArg(0), s.pointArg(2)) },
		"y": func(s *contentStream) { s.path.curve(s.pointArg(0), s.pointArg(2), s.pointArg(2)) },
		"h": (*contentStream).closePath,
		"re": func(s *contentStream) {
			if len(s.args) >= 4 {
				s.path.rectangle(s.num(0), s.num(1), s.num(2), s.num(3))
			}
		},
		"W":  func(s *contentStream) { s.path.clip = 'W' },
		"W*": func(s *contentStream) { s.path.clip = 'w' },
		"w":  func(s *contentStream) { s.g.wide = s.num(0) },
		"n":  (*contentStream).endPath, "S": (*contentStream).strokePath,
		"s": func(s *contentStream) {
			s.closePath()
			s.strokePath()
		},
		"sh": (*contentStream).paintShading, "BI": (*contentStream).paintInline,
		"BDC": (*contentStream).beginMarked, "BMC": (*contentStream).beginMarked, "EMC": (*contentStream).endMarked,
	}
	for _, name := range []string{"f", "F", "f*"} {
		operators[name] = (*contentStream).fillPath
	}
	for _, name := range []string{"B", "B*", "b", "b*"} {
		operators[name] = func(s *contentStream) {
			s.addRules()
			s.fillPath()
		}
	}
	for _, name := range []string{"g", "rg", "k", "sc", "scn", "cs"} {
		operators[name] = func(s *contentStream) { s.g.fill = colourOf(name, s.args, s.resources, s.g.fill) }
		operators[strings.ToUpper(name)] = func(s *contentStream) {
			s.g.line = colourOf(name, s.args, s.resources, s.g.line)
		}
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
	if lw := gs.Key("LW"); lw.Kind() == pdf.Integer || lw.Kind() == pdf.Real {
		s.g.wide = lw.Float64()
	}
	if m := gs.Key("SMask"); !m.IsNull() {
		s.g.mask = m.Kind() == pdf.Dict
	}
	if bm := gs.Key("BM"); bm.Kind() == pdf.Name {
		s.g.blend = bm.Name() != "Normal" && bm.Name() != "Compatible"
	}
	if f := gs.Key("Font"); f.Kind() == pdf.Array && f.Len() == 2 {
		s.g.font, s.g.size = s.in.fontOf(f.Index(0)), f.Index(1).Float64()
	}
}

// drawObject is Do: an image covers the unit square; a form is a content stream of its own, with the
// graphics state of the stream that draws it.
func (s *contentStream) drawObject() {
	in := s.in
	in.marks = true
	if len(s.args) == 0 || s.depth >= maxForms {
		return
	}
	x := s.resources.Key("XObject").Key(s.args[0].str)
	layer := marked{}
	layer.off, layer.vague = in.layers.hidden(x.Key("OC"))
	in.enter(layer, 1)
	defer in.enter(layer, -1)
	switch x.Key("Subtype").Name() {
	case "Image":
		sheer := !x.Key("SMask").IsNull() || !x.Key("Mask").IsNull() || x.Key("ImageMask").Bool()
		s.paintImage(sheer)
	case "Form":
		s.drawForm(x)
	}
}

// paintImage paints an image. sheer is whether what it covers may be seen through it.
func (s *contentStream) paintImage(sheer bool) {
	s.in.marks = true
	if s.in.off > 0 {
		return
	}
	p := path{}
	p.rectangle(0, 0, 1, 1)
	on := p.on(s.g.ctm)
	s.addRuleArea(on[0])
	if s.g.opaque() {
		s.paint(on, colour{unknown: sheer || s.in.vague > 0}, true)
	}
}

// drawForm runs the content stream of a form.
func (s *contentStream) drawForm(x pdf.Value) {
	in := s.in
	b, err := stream(x)
	if in.budget -= 1000 + len(b)/20; err != nil { // large forms drawn again and again run out of it
		return
	}
	resources := x.Key("Resources")
	if resources.IsNull() {
		resources = s.resources
	}
	outer := in.inherit
	state := s.g
	if x.Key("Group").Key("S").Name() == "Transparency" { // what is in it mixes before it is laid over the page
		state.group, state.alpha = state.group*state.alpha, 1
	}
	in.inherit = &state
	defer in.enterForm(x)()
	in.run(b, resources, x.Key("BBox"), matrixOf(x).mul(s.g.ctm), s.depth+1)
	in.inherit = outer
}

// pointArg returns the operands i and i+1 as a point.
func (s *contentStream) pointArg(i int) point { return point{s.num(i), s.num(i + 1)} }

// penPoint returns the end of the path.
func (s *contentStream) penPoint() point {
	if n := len(s.path.points); n > 0 {
		return s.path.points[n-1]
	}
	return s.pointArg(0)
}

// closePath is h: a line to the beginning of the part.
func (s *contentStream) closePath() {
	if n := len(s.path.starts); n > 0 && len(s.path.points) > s.path.starts[n-1] {
		s.path.line(s.path.points[s.path.starts[n-1]])
	}
}

// endPath is n, and ends the path of every operator that paints one: the path becomes a clip if W was before
// it.
func (s *contentStream) endPath() {
	p := &s.path
	if p.clip != 0 {
		s.g.clipTo(p.on(s.g.ctm), p.clip == 'w', p.cut)
	}
	s.path = path{points: p.points[:0], starts: p.starts[:0]}
}

// fillPath is every operator that fills the path.
func (s *contentStream) fillPath() {
	s.in.marks = true
	if s.in.off == 0 {
		on := s.path.on(s.g.ctm)
		for _, part := range on {
			s.addRuleArea(part)
		}
		if s.g.opaque() {
			fill := s.g.fill
			if s.path.curved || s.path.cut || s.in.vague > 0 {
				fill.unknown = true
			}
			s.paint(on, fill, false)
		}
	}
	s.endPath()
}

// coversText is the width, in points, from which a stroke may cover letters.
const coversText = 3

// strokePath is S and s. Wide strokes cover what is under them as areas do.
func (s *contentStream) strokePath() {
	s.in.marks = true
	s.addRules()
	scale := math.Sqrt(math.Abs(s.g.ctm[0]*s.g.ctm[3] - s.g.ctm[1]*s.g.ctm[2]))
	if half := s.g.wide * scale / 2; half*2 >= coversText && s.in.off == 0 && s.g.opaque() {
		for _, part := range s.path.on(s.g.ctm) {
			for i := 1; i < len(part); i++ {
				a, b := part[i-1], part[i]
				r := corners(a.x, a.y, b.x, b.y)
				fill := s.g.line
				if r.x1-r.x0 > 0.5 && r.y1-r.y0 > 0.5 {
					fill.unknown = true // aslant
				}
				if r.x1-r.x0 > r.y1-r.y0 {
					r.y0, r.y1 = r.y0-half, r.y1+half
				} else {
					r.x0, r.x1 = r.x0-half, r.x1+half
				}
				s.paint(r.outline(), fill, false)
			}
		}
	}
	s.endPath()
}

// paintShading is sh: it fills the clip.
func (s *contentStream) paintShading() {
	s.in.marks = true
	if s.in.off == 0 && s.g.opaque() {
		s.paint(s.in.box.outline(), colour{unknown: true}, false)
	}
}

// paintInline is BI: an image within the content stream. Whether it is a mask has been skipped with its
// bytes.
func (s *contentStream) paintInline() { s.paintImage(true) }

// thin is the thickness, in points, up to which an area is a ruling.
const thin = 3.2

// addRuleArea adds an area to the rulings if it is thin.
func (s *contentStream) addRuleArea(part []point) {
	r, ok := upright(part)
	if !ok && len(part) > 1 { // a line of no width, or one with more points
		r = outline{part}.boundsOf()
	}
	if w, h := r.x1-r.x0, r.y1-r.y0; math.Min(w, h) <= thin && math.Max(w, h) >= 3*math.Min(w, h) {
		s.addRule(r)
	}
}

// addRules adds the straight parts of a path that is stroked to the rulings.
func (s *contentStream) addRules() {
	if s.in.off > 0 || s.path.curved || s.g.alpha*s.g.group < 0.03 {
		return
	}
	for _, part := range s.path.on(s.g.ctm) {
		n := len(part)
		if r, ok := upright(part); ok && n == 4 { // a rectangle is closed
			part = append(part, part[0])
			if math.Min(r.x1-r.x0, r.y1-r.y0) <= thin {
				s.addRule(r)
				continue
			}
		}
		for i := 1; i < len(part); i++ {
			r := corners(part[i-1].x, part[i-1].y, part[i].x, part[i].y)
			if math.Min(r.x1-r.x0, r.y1-r.y0) < 0.7 {
				s.addRule(r)
			}
		}
	}
}

// addRule adds the part of a ruling that the clip leaves.
func (s *contentStream) addRule(r rect) {
	r = s.g.clip.bounds(r)
	if len(s.in.rules) < maxRules && r.x1-r.x0 >= 0 && r.y1-r.y0 >= 0 && math.Max(r.x1-r.x0, r.y1-r.y0) > 1 {
		s.in.rules = append(s.in.rules, r)
	}
}
