package extract

import (
	"math"
	"strings"

	"github.com/ledongthuc/pdf"
)

// Text that stands in a file but that no reader of the page sees must not earn
// a point: white on white, of no size, invisible by its mode, off the page,
// under an image or under a painted area.

type point struct{ x, y float64 }

type rect struct{ x0, y0, x1, y1 float64 }

func corners(x0, y0, x1, y1 float64) rect {
	return rect{math.Min(x0, x1), math.Min(y0, y1), math.Max(x0, x1), math.Max(y0, y1)}
}

func (r rect) has(p point) bool { return p.x >= r.x0 && p.x <= r.x1 && p.y >= r.y0 && p.y <= r.y1 }

func (m matrix) apply(x, y float64) point {
	return point{m[0]*x + m[2]*y + m[4], m[1]*x + m[3]*y + m[5]}
}

// colour is a fill. The zero value is black; unknown is a pattern, a spot
// colour or an image.
type colour struct {
	light   float64 // 0 black … 1 white
	unknown bool
}

// colourOf reads a colour operator.
func colourOf(op string, args []operand, resources pdf.Value, now colour) colour {
	n := make([]float64, 0, 4)
	for _, a := range args {
		if a.kind == 'n' {
			n = append(n, a.num)
		}
	}
	switch op {
	case "cs":
		if len(args) == 0 {
			return now
		}
		name := args[0].str
		if v := resources.Key("ColorSpace").Key(name); v.Kind() == pdf.Array {
			name = v.Index(0).Name()
		}
		switch name {
		case "Pattern", "Separation", "DeviceN", "Indexed", "Lab":
			return colour{unknown: true}
		}
		return colour{}
	case "sc", "scn":
		if now.unknown {
			return now
		}
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

// area is a painted area, by its bounds.
type area struct {
	rect
	fill  colour
	image bool
}

func (in *interpreter) paint(ctm matrix, path []point, fill colour, image bool) {
	if len(path) < 3 || len(in.areas) >= 20_000 {
		return
	}
	a := area{rect{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}, fill, image}
	for _, p := range path {
		q := ctm.apply(p.x, p.y)
		a.x0, a.y0, a.x1, a.y1 = math.Min(a.x0, q.x), math.Min(a.y0, q.y), math.Max(a.x1, q.x), math.Max(a.y1, q.y)
	}
	if !image && len(path) != 4 {
		a.fill.unknown = true // of another shape than its bounds: nobody knows what it covers
	}
	in.areas = append(in.areas, a)
}

// imageShare is how much of the page its largest image covers.
func (in *interpreter) imageShare() float64 {
	most := 0.0
	for _, a := range in.areas {
		if a.image {
			w := math.Min(a.x1, in.box.x1) - math.Max(a.x0, in.box.x0)
			h := math.Min(a.y1, in.box.y1) - math.Max(a.y0, in.box.y0)
			if w > 0 && h > 0 {
				most = math.Max(most, w*h/((in.box.x1-in.box.x0)*(in.box.y1-in.box.y0)))
			}
		}
	}
	return most
}

// visible parts the glyphs into those that a reader of the page sees and those
// that are hidden.
func (in *interpreter) visible() (seen, unseen []glyph) {
	const margin = 18 // a word that runs over the edge is still seen
	edge := rect{in.box.x0 - margin, in.box.y0 - margin, in.box.x1 + margin, in.box.y1 + margin}
	for _, g := range in.glyphs {
		if strings.TrimSpace(g.text) == "" {
			seen = append(seen, g)
		} else if g.unseen || !edge.has(g.at) || in.blends(g) {
			unseen = append(unseen, g)
		} else {
			seen = append(seen, g)
		}
	}
	return seen, unseen
}

// look asks the rendered page about glyphs that seem to be hidden: where
// something is to be seen in a glyph's place, it is seen. Not so for text that
// its mode makes invisible and that lies over an image: the image is what is
// seen there.
func (in *interpreter) look(seen, unseen []glyph, see func(rect) bool) ([]glyph, []glyph) {
	var still []glyph
	for _, g := range unseen {
		r := math.Max(1, 0.4*g.size)
		if in.box.has(g.at) && !(g.mute && in.onImage(g.at)) && see(rect{g.at.x - r, g.at.y - r, g.at.x + r, g.at.y + r}) {
			seen = append(seen, g)
		} else {
			still = append(still, g)
		}
	}
	return seen, still
}

func (in *interpreter) onImage(p point) bool {
	for _, a := range in.areas {
		if a.image && a.has(p) {
			return true
		}
	}
	return false
}

// blends reports whether a glyph has the colour of what it stands on, or is
// painted over.
func (in *interpreter) blends(g glyph) bool {
	under := colour{light: 1}
	for i, a := range in.areas {
		if !a.has(g.at) {
			continue
		}
		if i < g.order {
			under = a.fill
			if a.image {
				under = colour{unknown: true}
			}
			continue
		}
		if a.image || !a.fill.unknown {
			return true
		}
	}
	return !g.fill.unknown && !under.unknown && math.Abs(g.fill.light-under.light) < 0.04
}

// annotations reads what annotations and form fields show, and the notes that
// a viewer would open.
func (in *interpreter) annotations(annots pdf.Value) {
	for i := 0; i < annots.Len() && i < 2000; i++ {
		a := annots.Index(i)
		if flags := a.Key("F").Int64(); flags&(1|2|32) != 0 { // invisible, hidden, not shown
			continue
		}
		kind, before := a.Key("Subtype").Name(), len(in.glyphs)
		in.annotation(a, kind)
		if kind == "Widget" {
			continue // a form's fields belong beside their labels
		}
		for k := range in.glyphs[before:] {
			in.glyphs[before+k].turn += noteTurn
		}
	}
}

func (in *interpreter) annotation(a pdf.Value, kind string) {
	r := a.Key("Rect")
	if kind == "FileAttachment" && len(in.attached) < 100 {
		in.attach(a.Key("FS"))
	}
	if r.Len() != 4 {
		return
	}
	ap := a.Key("AP").Key("N")
	if ap.Kind() == pdf.Dict {
		ap = ap.Key(a.Key("AS").Name())
	}
	box := corners(r.Index(0).Float64(), r.Index(1).Float64(), r.Index(2).Float64(), r.Index(3).Float64())
	switch kind {
	case "Widget", "FreeText", "Stamp":
		if ap.Kind() == pdf.Stream && in.appearance(ap, box) {
			return
		}
		value := a.Key("V")
		if kind != "Widget" {
			value = a.Key("Contents")
		} else if value.IsNull() {
			value = a.Key("Parent").Key("V")
		}
		if value.Kind() == pdf.String {
			in.note(value.Text(), point{box.x0, math.Max((box.y0+box.y1)/2-3, box.y1-15)})
		}
	case "Text", "Highlight", "Underline", "Squiggly", "StrikeOut", "Caret":
		if s := a.Key("Contents"); s.Kind() == pdf.String {
			in.note(s.Text(), point{box.x0, box.y0})
		}
	}
}

// attach takes out a file that hangs on an annotation.
func (in *interpreter) attach(spec pdf.Value) {
	b, err := stream(spec.Key("EF").Key("F"))
	if err != nil || len(b) == 0 {
		return
	}
	name := spec.Key("UF").Text()
	if name == "" {
		name = spec.Key("F").Text()
	}
	if name == "" {
		name = "attachment" + ending(b)
	}
	in.attached = append(in.attached, attachment{name, b})
}

// appearance draws an annotation's appearance into its rectangle, and reports
// whether it showed any text.
func (in *interpreter) appearance(ap pdf.Value, box rect) bool {
	b, err := stream(ap)
	if err != nil {
		return false
	}
	m := identity
	if mv := ap.Key("Matrix"); mv.Kind() == pdf.Array && mv.Len() == 6 {
		for i := range m {
			m[i] = mv.Index(i).Float64()
		}
	}
	if bb := ap.Key("BBox"); bb.Len() == 4 {
		c := corners(bb.Index(0).Float64(), bb.Index(1).Float64(), bb.Index(2).Float64(), bb.Index(3).Float64())
		p, q := m.apply(c.x0, c.y0), m.apply(c.x1, c.y1)
		t := corners(p.x, p.y, q.x, q.y)
		if w, h := t.x1-t.x0, t.y1-t.y0; w > 0 && h > 0 {
			sx, sy := (box.x1-box.x0)/w, (box.y1-box.y0)/h
			m = m.mul(matrix{sx, 0, 0, sy, box.x0 - t.x0*sx, box.y0 - t.y0*sy})
		}
	}
	before := len(in.glyphs)
	in.run(b, ap.Key("Resources"), m, 1)
	return len(in.glyphs) > before
}

// note puts text on the page where an annotation stands.
func (in *interpreter) note(s string, at point) {
	const size = 9
	for _, r := range s {
		if len(in.glyphs) > 500_000 {
			return
		}
		if r == '\n' || r == '\r' {
			r = ' '
		}
		in.glyphs = append(in.glyphs, glyph{text: string(r), x: at.x, y: at.y, w: size / 2, size: size, at: point{(in.box.x0 + in.box.x1) / 2, (in.box.y0 + in.box.y1) / 2}, order: len(in.areas), seq: len(in.glyphs)})
		at.x += size / 2
	}
}
