package word

import (
	"slices"
	"strings"

	"kheo/pipeline/extract/internal/parts"
)

// readStyles reads styles.xml; after damage, what was read before counts.
func readStyles(b []byte, t theme) *styles {
	r := &stylesReader{theme: t, styles: &styles{byID: map[string]*style{}, summed: map[string]style{}}}
	parts.WalkNames(b, r.start, r.end, func(string) {})
	return r.styles
}

// stylesReader reads styles.xml in one pass.
type stylesReader struct {
	*styles
	theme     theme
	now       *style   // the open style; nil outside of one
	open      []string // names of the open elements
	condition string   // which cells of a table style are meant (w:tblStylePr)
}

// within reports whether an element of a name is open.
func (r *stylesReader) within(name string) bool { return slices.Contains(r.open, name) }

// start handles the beginning of an element.
func (r *stylesReader) start(e *parts.Element) {
	name := e.Name.Local
	r.open = append(r.open, name)
	switch {
	case name == "style":
		r.begin(e)
	case name == "name" && r.now != nil:
		r.now.name = strings.ToLower(parts.Attr(e.StartElement, "val"))
	case name == "tblStylePr":
		r.condition = parts.Attr(e.StartElement, "type")
	case name == "basedOn" && r.now != nil:
		r.now.basedOn = parts.Attr(e.StartElement, "val")
	default:
		r.property(e)
	}
}

// begin opens a style (17.7.4.17). A style that nothing can name has no effect, but its properties must not
// go to another one.
func (r *stylesReader) begin(e *parts.Element) {
	id := parts.Attr(e.StartElement, "styleId")
	r.now = &style{kind: parts.Attr(e.StartElement, "type")}
	if id != "" {
		r.byID[id] = r.now
	}
	if v := parts.Attr(e.StartElement, "default"); v == "1" || v == "true" || v == "on" {
		switch r.now.kind {
		case "paragraph":
			r.normal = id
		case "table":
			r.table = id
		}
	}
}

// property reads a property: of the document's defaults, of a style, or of some cells of a table style.
func (r *stylesReader) property(e *parts.Element) {
	switch {
	case r.within("docDefaults") && r.within("rPr"):
		r.defaults.read(e, r.theme)
	case r.within("docDefaults") && r.within("pPr"):
		r.block.read(e, r.theme)
	case r.now == nil:
	case e.Name.Local == "shd" && r.within("tcPr"):
		r.shadeCells(e)
	case r.within("tblStylePr"):
		if r.within("rPr") {
			r.textOfCells(e)
		}
	case r.within("rPr"):
		r.now.look.read(e, r.theme)
	case r.within("pPr"):
		r.now.block.read(e, r.theme)
	}
}

// shadeCells reads the shading of a table style: of all cells, or of those that a condition is about.
func (r *stylesReader) shadeCells(e *parts.Element) {
	c, none := r.theme.shading(e.StartElement)
	switch {
	case none:
	case !r.within("tblStylePr"):
		r.now.cell = &c
	default:
		r.now.shades, r.now.shade = true, append(r.now.shade, c)
		if r.condition == "firstRow" {
			r.now.firstRow = &c
		}
	}
}

// textOfCells reads a property of the text in some cells of a table style. Which cells these are is
// computed only for the first row; of others it counts whether their text may be hidden or light.
func (r *stylesReader) textOfCells(e *parts.Element) {
	if r.condition == "firstRow" {
		r.now.firstLook.read(e, r.theme)
		return
	}
	var l look
	if l.read(e, r.theme); l.vanish == on || l.colour != nil && l.colour.Known && l.colour.Luminance() > 0.5 {
		r.now.pale = true
	}
}

// end handles the end of the innermost open element.
func (r *stylesReader) end() {
	n := len(r.open)
	if n == 0 {
		return
	}
	if r.open[n-1] == "style" {
		r.now = nil
	}
	r.open = r.open[:n-1]
}
