package sheets

import (
	"encoding/xml"
	"math"
	"slices"
	"strconv"

	"kheo/pipeline/extract/internal/parts"
	"kheo/pipeline/extract/internal/sight"
)

// font is how a cell, or a run of its text, is written.
type font struct {
	name   string
	size   float64       // in points; 0 is not stated
	colour *sight.Colour // nil: automatic, which is black
	bold   bool
	strike bool
}

// fill is what a cell is painted with.
type fill struct {
	painted bool
	colour  sight.Colour // not known: a pattern or a gradient
}

// look is how cells of a style are shown, as far as it decides whether their text is seen.
type look struct {
	font
	fill
	format  *format
	wrap    bool
	shrink  bool
	filled  bool // repeated over the width of its cell, and cut off there
	rotated bool
	right   bool // aligned to the right or centred: the text also runs over its left side
	indent  int
}

// change is what a conditional format changes in a look (dxf, 18.8.14); nil is what it leaves as it is.
type change struct {
	colour *sight.Colour
	fill   *fill
	format *format
	strike bool
}

// styles are the styles of a workbook (18.8.39). Cells name a record of cells by its number, and that its
// font, fill and number format by theirs.
type styles struct {
	theme   sight.Theme
	palette []sight.Colour // the workbook's own indexed colours
	fonts   []font
	fills   []fill
	formats map[int]*format
	named   []xf // cellStyleXfs
	cells   []xf // cellXfs
	changes []change
	looks   []look // of cells
}

// xf is a formatting record (18.8.45): numbers of what it uses; -1 of what it does not state.
type xf struct {
	font, fill, format, base int
	look                     look // its alignment
	aligned                  bool
}

// defaultColours are the indexed colours 8 to 63 (18.8.27); 0 to 7 are the same as 8 to 15.
var defaultColours = []string{"000000", "FFFFFF", "FF0000", "00FF00", "0000FF", "FFFF00", "FF00FF", "00FFFF", "800000",
	"008000", "000080", "808000", "800080", "008080", "C0C0C0", "808080", "9999FF", "993366", "FFFFCC", "CCFFFF",
	"660066", "FF8080", "0066CC", "CCCCFF", "000080", "FF00FF", "FFFF00", "00FFFF", "800080", "800000", "008080",
	"0000FF", "00CCFF", "CCFFFF", "CCFFCC", "FFFF99", "99CCFF", "FF99CC", "CC99FF", "FFCC99", "3366FF", "33CCCC",
	"99CC00", "FFCC00", "FF9900", "FF6600", "666699", "969696", "003366", "339966", "003300", "333300", "993300",
	"993366", "333399", "333333"}

// indexed returns a colour of the default palette; black for a number that it does not have.
func indexed(n int) sight.Colour {
	if n >= 8 {
		n -= 8
	}
	if n < 0 || n >= len(defaultColours) {
		return sight.Black
	}
	c, _ := sight.Hex(defaultColours[n])
	return c
}

// themeOrder is the order in which workbooks count the colours of their theme: light before dark, other
// than in the theme itself.
var themeOrder = []string{"lt1", "dk1", "lt2", "dk2", "accent1", "accent2", "accent3", "accent4", "accent5", "accent6",
	"hlink", "folHlink"}

// officeTheme is the theme of workbooks that have none.
var officeTheme = map[string]string{"lt1": "FFFFFF", "dk1": "000000", "lt2": "EEECE1", "dk2": "1F497D",
	"accent1": "4F81BD", "accent2": "C0504D", "accent3": "9BBB59", "accent4": "8064A2", "accent5": "4BACC6",
	"accent6": "F79646", "hlink": "0000FF", "folHlink": "800080"}

// colour reads the colour of an element (18.8.3, 18.8.19); nil is automatic. A theme goes over a stated
// colour, and that over an index. 64 is the system's text, 65 its window.
func (s *styles) colour(e xml.StartElement) *sight.Colour {
	c, ok := sight.Colour{}, false
	index := parts.Attr(e, "indexed")
	if v := parts.Attr(e, "rgb"); len(v) == 8 {
		c, ok = sight.Hex(v[2:])
	} else if len(v) == 6 {
		c, ok = sight.Hex(v)
	}
	if n, err := strconv.Atoi(parts.Attr(e, "theme")); err == nil && n >= 0 && n < len(themeOrder) {
		if c, ok = s.theme.Named(themeOrder[n]); !ok {
			c, ok = sight.Hex(officeTheme[themeOrder[n]])
		}
	} else if n, err := strconv.Atoi(index); err == nil && !ok {
		switch {
		case n == 65:
			c, ok = sight.White, true
		case n >= 64:
			return nil
		case n < len(s.palette):
			c, ok = s.palette[n], true
		default:
			c, ok = indexed(n), true
		}
	}
	if !ok {
		return nil
	}
	if tint, err := strconv.ParseFloat(parts.Attr(e, "tint"), 64); err == nil && !math.IsNaN(tint) {
		c = tinted(c, math.Max(-1, math.Min(1, tint)))
	}
	return &c
}

// tinted darkens (tint below 0) or lightens a colour by its lightness in HLS (18.8.19). A mixture with
// black or white changes the lightness in the same way.
func tinted(c sight.Colour, tint float64) sight.Colour {
	if tint < 0 {
		return c.Mix(sight.Black, -tint)
	}
	return c.Mix(sight.White, tint)
}

// stylesReader reads styles.xml in one pass. within has the names of the open elements, which decide
// whether a font or a fill is the workbook's or a conditional format's.
type stylesReader struct {
	*styles
	within []string
	font   *font
	fill   *fill
	bg     *sight.Colour
	fg     *sight.Colour
	kind   string // of the open fill's pattern
	xf     *xf
	change *change
}

// readStyles reads a workbook's styles. After damage, what was read before counts.
func readStyles(b []byte, theme sight.Theme) *styles {
	s := &styles{theme: theme, formats: map[int]*format{}}
	r := &stylesReader{styles: s}
	parts.Walk(b, func(e xml.StartElement) { // the palette is behind what uses it
		if e.Name.Local == "rgbColor" && len(s.palette) < 64 {
			v := parts.Attr(e, "rgb")
			c, _ := sight.Hex(v[max(0, len(v)-6):])
			s.palette = append(s.palette, c)
		}
	}, func(string) {}, func(string) {})
	parts.Walk(b, r.start, r.end, func(string) {})
	s.looks = make([]look, 0, len(s.cells))
	for i := range s.cells {
		s.looks = append(s.looks, s.resolve(&s.cells[i]))
	}
	if len(s.looks) == 0 {
		s.looks = []look{{format: s.format(0)}}
	}
	return s
}

// format returns a number format by its number. What neither the file nor the program defines is General.
func (s *styles) format(id int) *format {
	if f := s.formats[id]; f != nil {
		return f
	}
	code := builtinFormat(id)
	if code == "" {
		code = "General"
	}
	f := parseFormat(code)
	s.formats[id] = f
	return f
}

// resolve returns the look of a record, with what it does not state taken from the named style it is based
// on.
func (s *styles) resolve(x *xf) look {
	base := xf{font: 0, fill: 0, format: 0}
	if x.base >= 0 && x.base < len(s.named) {
		base = s.named[x.base]
	}
	pick := func(own, base int) int {
		if own >= 0 {
			return own
		}
		return max(base, 0)
	}
	l := x.look
	if !x.aligned {
		l = base.look
	}
	if n := pick(x.font, base.font); n < len(s.fonts) {
		l.font = s.fonts[n]
	}
	if n := pick(x.fill, base.fill); n < len(s.fills) {
		l.fill = s.fills[n]
	}
	l.format = s.format(pick(x.format, base.format))
	return l
}

// look returns the look of the cells of a style; the first for a number that the file does not have.
func (s *styles) look(n int) *look {
	if n < 0 || n >= len(s.looks) {
		n = 0
	}
	return &s.looks[n]
}

// number reads an attribute that is a whole number; -1 if it is missing or is not one.
func number(e xml.StartElement, name string) int {
	n, err := strconv.Atoi(parts.Attr(e, name))
	if err != nil {
		return -1
	}
	return n
}

// truth reads an attribute that is true or false (xsd:boolean, and the "on" of some programs); missing is
// its value if it is not there.
func truth(e xml.StartElement, name string, missing bool) bool {
	switch parts.Attr(e, name) {
	case "1", "true", "on":
		return true
	case "":
		return missing
	}
	return false
}

// inside reports whether an element of a name is open.
func (r *stylesReader) inside(name string) bool { return slices.Contains(r.within, name) }

// start handles the beginning of an element.
func (r *stylesReader) start(e xml.StartElement) {
	name := e.Name.Local
	switch name {
	case "numFmt":
		f := parseFormat(parts.Attr(e, "formatCode"))
		if r.change != nil {
			r.change.format = f
		} else if id := number(e, "numFmtId"); id >= 0 {
			r.formats[id] = f
		}
	case "font":
		r.font = &font{}
	case "fill", "patternFill", "gradientFill", "fgColor", "bgColor":
		r.startFill(e)
	case "dxf":
		r.change = &change{}
	case "xf":
		r.xf = &xf{font: number(e, "fontId"), fill: number(e, "fillId"), format: number(e, "numFmtId"),
			base: number(e, "xfId")}
	case "alignment":
		if r.xf != nil {
			r.xf.align(e)
		}
	default:
		r.font.read(e, r.styles)
	}
	r.within = append(r.within, name)
}

// startFill handles the beginning of an element of a fill (18.8.20, 18.8.32). A pattern without a type is
// none, but in a conditional format a solid one.
func (r *stylesReader) startFill(e xml.StartElement) {
	switch e.Name.Local {
	case "fill":
		r.fill, r.bg, r.fg, r.kind = &fill{}, nil, nil, ""
	case "patternFill":
		if r.kind = parts.Attr(e, "patternType"); r.kind == "" && r.change != nil {
			r.kind = "solid"
		}
	case "gradientFill":
		r.kind = "gradient"
	case "fgColor":
		r.fg = r.colour(e)
	case "bgColor":
		r.bg = r.colour(e)
	}
}

// read reads a property of a font, or of a run of rich text.
func (f *font) read(e xml.StartElement, s *styles) {
	if f == nil {
		return
	}
	switch e.Name.Local {
	case "name", "rFont":
		f.name = parts.Attr(e, "val")
	case "sz":
		f.size, _ = strconv.ParseFloat(parts.Attr(e, "val"), 64)
	case "color":
		f.colour = s.colour(e)
	case "b":
		f.bold = truth(e, "val", true)
	case "strike":
		f.strike = truth(e, "val", true)
	}
}

// align reads the alignment of cells.
func (x *xf) align(e xml.StartElement) {
	x.aligned = true
	x.look.wrap, x.look.shrink = truth(e, "wrapText", false), truth(e, "shrinkToFit", false)
	x.look.rotated = number(e, "textRotation") > 0
	x.look.indent = max(number(e, "indent"), 0)
	switch parts.Attr(e, "horizontal") {
	case "right", "center", "centerContinuous":
		x.look.right = true
	case "justify", "distributed":
		x.look.wrap = true
	case "fill":
		x.look.filled = true
	}
}

// end handles the end of the innermost open element. It goes by the names in within.
func (r *stylesReader) end(string) {
	n := len(r.within)
	if n == 0 {
		return
	}
	name := r.within[n-1]
	r.within = r.within[:n-1]
	switch name {
	case "font":
		r.endFont()
	case "fill":
		r.endFill()
	case "xf":
		if r.xf != nil && r.inside("cellStyleXfs") {
			r.named = append(r.named, *r.xf)
		} else if r.xf != nil && r.inside("cellXfs") {
			r.cells = append(r.cells, *r.xf)
		}
		r.xf = nil
	case "dxf":
		if r.change != nil {
			r.changes = append(r.changes, *r.change)
		}
		r.change = nil
	}
}

// endFont gives a font its place: in the open conditional format, or in the list of the workbook.
func (r *stylesReader) endFont() {
	switch {
	case r.font == nil:
	case r.change != nil:
		r.change.colour, r.change.strike = r.font.colour, r.font.strike
	case r.inside("fonts"):
		r.fonts = append(r.fonts, *r.font)
	}
	r.font = nil
}

// endFill notes what a fill paints. The colour of a solid fill is the pattern's; in conditional formats it
// is the ground's.
func (r *stylesReader) endFill() {
	if r.fill == nil {
		return
	}
	f := *r.fill
	front := r.fg
	if r.change != nil && r.bg != nil {
		front = r.bg
	}
	switch r.kind {
	case "", "none":
	case "solid":
		f.painted, f.colour = true, sight.Black
		if front != nil {
			f.colour = *front
		} else if r.change != nil {
			f.painted = false
		}
	default:
		f.painted = true
		if share, ok := dots[r.kind]; ok {
			ink, paper := sight.Black, sight.White
			if r.fg != nil {
				ink = *r.fg
			}
			if r.bg != nil {
				paper = *r.bg
			}
			f.colour = paper.Mix(ink, share)
		}
	}
	if r.change != nil {
		r.change.fill = &f
	} else if r.inside("fills") {
		r.fills = append(r.fills, f)
	}
	r.fill = nil
}

// dots is the share of ink of patterns that look like one colour. Text on other patterns may lie on either
// colour.
var dots = map[string]float64{"darkGray": 0.75, "mediumGray": 0.5, "lightGray": 0.25, "gray125": 0.125,
	"gray0625": 0.0625}
