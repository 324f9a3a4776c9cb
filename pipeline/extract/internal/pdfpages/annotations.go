package pdfpages

import (
	"math"

	"github.com/ledongthuc/pdf"
)

// Flags of annotations (ISO 32000-1, 12.5.3).
const (
	flagInvisible = 1
	flagHidden    = 2
	flagPrint     = 4
	flagNoView    = 32
)

// annotations reads what annotations and form fields show, and the notes that a viewer would open. Up to
// 2,000 per page are read; the text of those with the flags invisible, hidden or no view is hidden.
func (in *interpreter) annotations(annots pdf.Value) {
	for i := 0; i < annots.Len() && i < 2000; i++ {
		a := annots.Index(i)
		flags := a.Key("F").Int64()
		kind, before := a.Key("Subtype").Name(), len(in.glyphs)
		in.gone = flags&(flagInvisible|flagHidden|flagNoView) != 0
		in.unsure = (kind == "FreeText" || kind == "Stamp") && flags&flagPrint == 0 // on the screen only
		layer := marked{}
		layer.off, layer.vague = in.layers.hidden(a.Key("OC"))
		in.enter(layer, 1)
		leave := in.enterAnnotation(a)
		in.annotation(a, kind)
		leave()
		in.enter(layer, -1)
		in.gone, in.unsure = false, false
		if kind == "Widget" {
			continue // a form's fields belong beside their labels
		}
		for k := range in.glyphs[before:] {
			in.glyphs[before+k].turn += noteTurn
		}
	}
}

// annotation reads one annotation: its appearance if that shows text, otherwise its value or contents.
func (in *interpreter) annotation(a pdf.Value, kind string) {
	if kind == "FileAttachment" && len(in.attached) < 100 {
		in.attach(a.Key("FS"))
	}
	box, ok := rectOf(a.Key("Rect"))
	if !ok {
		return
	}
	ap := a.Key("AP").Key("N")
	if ap.Kind() == pdf.Dict {
		ap = ap.Key(a.Key("AS").Name())
	}
	switch kind {
	case "Widget":
		in.widget(a, ap, box)
	case "FreeText", "Stamp":
		if ap.Kind() == pdf.Stream && in.appearance(ap, box) {
			return
		}
		if value := a.Key("Contents"); value.Kind() == pdf.String {
			in.note(value.Text(), point{box.x0, math.Max((box.y0+box.y1)/2-3, box.y1-15)})
		}
	case "Text", "Highlight", "Underline", "Squiggly", "StrikeOut", "Caret":
		if s := a.Key("Contents"); s.Kind() == pdf.String {
			in.note(s.Text(), point{box.x0, box.y0})
		}
	case "Square", "Circle", "Polygon", "PolyLine", "Line", "Ink", "Redact", "Watermark":
		before := len(in.glyphs)
		if ap.Kind() == pdf.Stream && !in.gone { // it may cover text
			in.appearance(ap, box)
		} else if c := a.Key("IC"); c.Len() > 0 && !in.gone && in.off == 0 && kind != "Ink" && kind != "Line" {
			in.areas = append(in.areas, area{rect: box, fill: colour{unknown: true}}) // drawn by the viewer itself
		}
		if kind != "Watermark" && kind != "Redact" {
			for i := range in.glyphs[before:] {
				in.glyphs[before+i].doubt = true
			}
		}
	}
}

// attach takes out a file attached to an annotation.
func (in *interpreter) attach(spec pdf.Value) {
	b, err := stream(spec.Key("EF").Key("F"))
	if err != nil || len(b) == 0 {
		return
	}
	name := spec.Key("UF").Text()
	if name == "" {
		name = spec.Key("F").Text()
	}
	in.attached = append(in.attached, Attachment{name, b})
}

// appearance draws an annotation's appearance into its rectangle (ISO 32000-1, 12.5.5), and reports
// whether it showed any text.
func (in *interpreter) appearance(ap pdf.Value, box rect) bool {
	b, err := stream(ap)
	if err != nil {
		return false
	}
	m := matrixOf(ap)
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
	in.run(b, ap.Key("Resources"), ap.Key("BBox"), m, 1)
	return len(in.glyphs) > before
}

// note puts text on the page at an annotation's place.
func (in *interpreter) note(s string, at point) {
	const size = 9
	for _, r := range s {
		if len(in.glyphs) > 500_000 {
			return
		}
		if r == '\n' || r == '\r' {
			r = ' '
		}
		in.symbol(string(r), at, size/2.0, size)
		at.x += size / 2.0
	}
}

// symbol puts text that no content stream paints at a place: part of a note, or the box of a tick.
func (in *interpreter) symbol(text string, at point, width, size float64) {
	in.glyphs = append(in.glyphs, glyph{text: text, x: at.x, y: at.y, w: width, size: size, at: at, alpha: 1,
		order: len(in.areas), seq: len(in.glyphs), field: in.field, gone: in.gone || in.off > 0,
		mark: in.mark, doubt: in.unsure || in.vague > 0})
}
