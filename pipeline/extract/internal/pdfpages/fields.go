package pdfpages

import (
	"math"
	"slices"
	"strings"

	"github.com/ledongthuc/pdf"

	"kheo/internal/dossier"
)

// formField is a form field of a page, with its place.
type formField struct {
	dossier.Field
	rect
}

// Flags of form fields (ISO 32000-1, 12.7.4).
const (
	flagRadio      = 1 << 15
	flagPushButton = 1 << 16
)

// What the text of a field is if its appearance has none.
const (
	ticked     = "☑"
	unticked   = "☐"
	chosen     = "◉"
	unchosen   = "○"
	emptyField = "\u200b" // removed when text is cleaned
)

// fieldKey returns an attribute of a form field, or of the nearest field above that has it.
func fieldKey(field pdf.Value, key string) pdf.Value { return nearest(field, key, 30) }

// fieldName returns the names of a form field and those above it, separated by points.
func fieldName(field pdf.Value) string {
	var names []string
	for range 30 {
		if t := field.Key("T"); t.Kind() == pdf.String {
			names = append(names, t.Text())
		}
		if field = field.Key("Parent"); field.IsNull() {
			break
		}
	}
	slices.Reverse(names)
	return strings.Join(names, ".")
}

// widget reads a form field: ap is its appearance in its present state.
func (in *interpreter) widget(a, ap pdf.Value, box rect) {
	f := formField{rect: box}
	f.Name, f.Label = fieldName(a), strings.TrimSpace(fieldKey(a, "TU").Text())
	kind, flags := fieldKey(a, "FT").Name(), fieldKey(a, "Ff").Int64()
	value := fieldKey(a, "V")
	if kind == "Btn" && flags&flagPushButton != 0 {
		if ap.Kind() == pdf.Stream {
			in.appearance(ap, box)
		}
		return
	}
	if in.gone || in.off > 0 {
		if kind != "Btn" && (ap.Kind() != pdf.Stream || !in.appearance(ap, box)) && value.Kind() == pdf.String {
			in.note(value.Text(), point{box.x0, box.y0})
		}
		return
	}
	before := len(in.glyphs)
	in.fields = append(in.fields, f)
	in.field = len(in.fields)
	defer func() { in.field = 0 }()
	out := &in.fields[in.field-1]
	out.State = dossier.Unfilled
	switch kind {
	case "Btn":
		in.tick(a, ap, out, flags&flagRadio != 0)
		return
	case "Ch":
		out.Control, out.Options = dossier.Choice, optionsOf(a)
	case "Sig":
		out.Control = dossier.Signature
		if !value.IsNull() {
			out.State = dossier.Filled
		}
	default:
		out.Control = dossier.TextField
	}
	base := point{box.x0, math.Max((box.y0+box.y1)/2-3, box.y1-15)}
	if ap.Kind() != pdf.Stream || !in.appearance(ap, box) {
		if value.Kind() == pdf.String {
			in.note(value.Text(), base)
		}
	}
	for _, g := range in.glyphs[before:] {
		if !g.blank() {
			in.fields[in.field-1].State = dossier.Filled
			return
		}
	}
	in.glyphs = in.glyphs[:before]
	in.symbol(emptyField, base, 0, 9)
}

// tick reads the state of a check box or a radio button: by the appearance that is chosen, which is what a
// person sees.
func (in *interpreter) tick(a, ap pdf.Value, f *formField, radio bool) {
	on, off := ticked, unticked
	f.Control, f.State = dossier.CheckBox, dossier.Unchecked
	if radio {
		on, off, f.Control = chosen, unchosen, dossier.Radio
	}
	state := a.Key("AS").Name()
	if state == "" { // the viewer chooses by the value
		for _, name := range a.Key("AP").Key("N").Keys() {
			if name != "Off" && name == fieldKey(a, "V").Name() {
				state = name
				ap = a.Key("AP").Key("N").Key(name)
			}
		}
	}
	doubt := false
	if state != "" && state != "Off" {
		f.State, off = dossier.Checked, on
		if ap.Kind() == pdf.Stream {
			b, err := stream(ap)
			doubt = err == nil && procedure(b) == paintsNothing // ticked, but it cannot be seen
		}
	}
	size := math.Max(5, math.Min(12, f.y1-f.y0))
	before := len(in.glyphs)
	in.symbol(off, point{f.x0, (f.y0+f.y1)/2 - 0.35*size}, math.Min(f.x1-f.x0, 1.2*size), size)
	in.glyphs[before].doubt = in.glyphs[before].doubt || doubt
}

// optionsOf returns the options of a choice, as they are shown.
func optionsOf(a pdf.Value) (out []string) {
	opt := fieldKey(a, "Opt")
	for i := range min(opt.Len(), 500) {
		o := opt.Index(i)
		if o.Kind() == pdf.Array {
			o = o.Index(1)
		}
		if o.Kind() == pdf.String {
			out = append(out, o.Text())
		}
	}
	return out
}

// label gives the fields that have no label of their own the words beside them.
func (in *interpreter) label(seen []glyph) {
	for i := range in.fields[:min(len(in.fields), 500)] {
		f := &in.fields[i]
		if f.Label != "" {
			continue
		}
		var left, right, above []glyph
		mid, reach := (f.y0+f.y1)/2, math.Max((f.y1-f.y0)/2, 6)
		for _, g := range seen {
			switch {
			case g.field != 0 || g.turn != 0:
			case math.Abs(g.y+0.3*g.size-mid) <= reach && g.x+g.w <= f.x0+2:
				left = append(left, g)
			case math.Abs(g.y+0.3*g.size-mid) <= reach && g.x >= f.x1-2:
				right = append(right, g)
			case g.y >= f.y1-2 && g.y <= f.y1+1.5*g.size && g.x+g.w > f.x0-2 && g.x < f.x1+2:
				above = append(above, g)
			}
		}
		left, right = in.beside(left, f, false), in.beside(right, f, true)
		candidates := [][]glyph{left, above, right}
		if f.Control == dossier.CheckBox || f.Control == dossier.Radio {
			candidates = [][]glyph{right, left, above}
		}
		for _, c := range candidates {
			if f.Label = strings.TrimSpace(strings.ReplaceAll(plainLines(c), "\n", " ")); f.Label != "" {
				break
			}
		}
	}
}

// beside returns the glyphs next to a field, up to the next field or a gap as wide as between columns.
func (in *interpreter) beside(glyphs []glyph, f *formField, right bool) []glyph {
	slices.SortStableFunc(glyphs, func(a, b glyph) int {
		if (a.x < b.x) == right {
			return -1
		}
		return 1
	})
	edge := f.x0
	if right {
		edge = f.x1
	}
	for i, g := range glyphs {
		near, far := g.x+g.w, g.x
		gap := edge - near
		if right {
			near, far = g.x, g.x+g.w
			gap = near - edge
		}
		blocked := slices.ContainsFunc(in.fields, func(o formField) bool {
			return o.rect != f.rect && math.Abs((o.y0+o.y1-f.y0-f.y1)/2) < 4 &&
				(right && o.x0 >= f.x1-1 && o.x0 < near || !right && o.x1 <= f.x0+1 && o.x1 > near)
		})
		if blocked || gap > 3*g.size && (i > 0 || gap > 20*g.size) {
			return glyphs[:i]
		}
		edge = far
	}
	return glyphs
}
