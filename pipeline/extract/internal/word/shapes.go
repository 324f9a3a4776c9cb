package word

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/parts"
	"kheo/pipeline/extract/internal/sight"
)

// shape is an open drawing with text: of DrawingML (wps:wsp), or of VML, which older files have.
type shape struct {
	fill    *colour
	none    bool // it has no fill: what is behind it shows
	unknown bool // its fill is a picture, a pattern or a gradient
	width   float64
	height  float64 // of the box, in points; 0 is unknown
	grows   bool    // the box grows with its text
	letters int     // in it
}

// ground returns what lies behind the text in a shape.
func (s *shape) ground(page colour) ground {
	switch {
	case s.unknown:
		return ground{Unknown: true}
	case s.fill != nil:
		return ground{Colour: *s.fill, Unknown: !s.fill.Known}
	}
	return ground{Colour: page, Unknown: !page.Known}
}

// emu is the number of English metric units of a point.
const emu = 12_700

// shapeElements are the elements of DrawingML for the place and the fill of a drawing.
var shapeElements = map[string]func(*walker, *parts.Element, *frame){
	"extent": func(w *walker, e *parts.Element, _ *frame) { w.extent(e) },
	"ext": func(w *walker, e *parts.Element, _ *frame) {
		if parts.Attr(e.StartElement, "cx") != "" {
			w.extent(e)
		}
	},
	"docPr": func(w *walker, e *parts.Element, _ *frame) {
		if v := parts.Attr(e.StartElement, "hidden"); v == "1" || v == "true" {
			w.markDrawing(1, 0)
		}
	},
	"cNvPr": func(w *walker, e *parts.Element, _ *frame) {
		if v := parts.Attr(e.StartElement, "hidden"); v == "1" || v == "true" {
			w.markDrawing(1, 0)
		}
	},
	"noFill": func(w *walker, e *parts.Element, _ *frame) {
		if w.stack.parent("textFill") {
			w.property(e)
		} else if s := w.stack.filling("spPr"); s != nil {
			s.none = true
		}
	},
	"blipFill": pictureFill, "gradFill": pictureFill, "pattFill": pictureFill,
	"srgbClr": func(w *walker, e *parts.Element, _ *frame) { w.fillColour(e) },
	"schemeClr": func(w *walker, e *parts.Element, _ *frame) {
		w.fillColour(e)
	},
	"fillRef": func(w *walker, e *parts.Element, _ *frame) {
		if s := w.stack.shape(); s != nil && s.fill == nil && !s.none && parts.Attr(e.StartElement, "idx") != "0" {
			s.unknown = true
		}
	},
	"spAutoFit":   func(w *walker, _ *parts.Element, _ *frame) { w.grows() },
	"normAutofit": func(w *walker, _ *parts.Element, _ *frame) { w.grows() },
}

// grows notes that the open shape adapts to its text.
func (w *walker) grows() {
	if s := w.stack.shape(); s != nil {
		s.grows = true
	}
}

// parent reports whether the element around the innermost one, or around that, has a name.
func (s frames) parent(name string) bool {
	n := len(s)
	return n > 1 && s[n-2].name == name || n > 2 && s[n-3].name == name
}

// shape returns the innermost open shape; nil outside of shapes.
func (s frames) shape() *shape {
	if f := s.top(func(f *frame) bool { return f.shape != nil }); f != nil {
		return f.shape
	}
	return nil
}

// filling returns the open shape if the innermost element says what an element of a name is filled with:
// directly in it, or in a solidFill in it. Other colours are those of lines and effects.
func (s frames) filling(of string) *shape {
	n := len(s)
	solid := n > 2 && s[n-2].name == "solidFill" && s[n-3].name == of
	if n > 1 && s[n-2].name == of || solid {
		return s.shape()
	}
	return nil
}

// fillColour reads the colour of a shape or of text. A theme colour that is not known may be any.
func (w *walker) fillColour(e *parts.Element) {
	if w.stack.top(func(f *frame) bool { return f.name == "textFill" }) != nil {
		w.property(e)
		return
	}
	s := w.stack.filling("spPr")
	if s == nil {
		return
	}
	c, ok := sight.Hex(parts.Attr(e.StartElement, "val"))
	if e.Name.Local == "schemeClr" {
		c, ok = w.doc.theme.Named(parts.Attr(e.StartElement, "val"))
	}
	if ok {
		s.fill = &c
	} else {
		s.unknown = true
	}
}

// pictureFill notes that the open shape is filled with a picture, a gradient or a pattern.
func pictureFill(w *walker, _ *parts.Element, _ *frame) {
	if s := w.stack.filling("spPr"); s != nil {
		s.unknown = true
	}
}

// markDrawing notes that the innermost open drawing is not shown, or perhaps not.
func (w *walker) markDrawing(hide, doubt int) {
	f := w.stack.top(func(f *frame) bool {
		switch f.name {
		case "wsp", "anchor", "inline", "shape", "rect", "roundrect":
			return true
		}
		return false
	})
	if f != nil {
		f.hide, f.doubt = f.hide+hide, f.doubt+doubt
		w.hide, w.doubt = w.hide+hide, w.doubt+doubt
	}
}

// beginDrawing opens a drawing.
func beginDrawing(w *walker, e *parts.Element, f *frame) {
	if e.Name.Local == "anchor" {
		v := parts.Attr(e.StartElement, "behindDoc")
		f.cover = &cover{front: v != "1" && v != "true"}
	}
	if v := parts.Attr(e.StartElement, "hidden"); v == "1" || v == "true" {
		f.hide = 1
	}
}

// extent reads the size of a drawing, in English metric units: one that is too small for a letter shows
// nothing.
func (w *walker) extent(e *parts.Element) {
	x, errX := strconv.ParseFloat(parts.Attr(e.StartElement, "cx"), 64)
	y, errY := strconv.ParseFloat(parts.Attr(e.StartElement, "cy"), 64)
	if errX != nil || errY != nil {
		return
	}
	if x/emu < sight.HiddenSize+1 || y/emu < sight.HiddenSize+1 {
		if e.Name.Local == "ext" && w.stack.shape() == nil {
			return // of a group's coordinates
		}
		w.markDrawing(1, 0)
	}
	if c := w.stack.cover(); c != nil && e.Name.Local == "extent" {
		c.width, c.height = x/emu, y/emu
	}
	if s := w.stack.shape(); s != nil && e.Name.Local == "ext" {
		s.width, s.height = x/emu, y/emu
	}
}

// place reads the position of a drawing, in English metric units from what it is anchored to: one that is
// off the page by more than its size shows nothing.
func (w *walker) place(s string) {
	n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || len(w.stack) < 2 {
		return
	}
	limit := w.doc.pages().width
	if w.stack[len(w.stack)-2].name == "positionV" {
		limit = w.doc.pages().height
		if c := w.stack.cover(); c != nil {
			c.top = n / emu
		}
	}
	if n /= emu; n > limit || n < -limit {
		w.markDrawing(1, 0)
	}
}

// beginShape opens a shape.
func beginShape(w *walker, _ *parts.Element, f *frame) { f.shape = &shape{} }

// crowded is by how much the letters of a box may exceed its area before some are cut off.
const crowded = 1.6

// endShape ends a shape: text beyond the size of a box that does not grow is cut off.
func endShape(w *walker, f *frame) {
	s := f.shape
	inGroup := w.stack.top(func(f *frame) bool { return f.name == "wgp" }) != nil
	if c := w.stack.cover(); c != nil && s != nil && s.isOpaque() && !inGroup { // shapes of a group cover parts of it
		c.opaque = true
	}
	if s == nil || s.grows || s.width == 0 || len(w.boxes) == 0 {
		return
	}
	if area := float64(s.letters) * 10 * 10 * 0.6; area > crowded*s.width*s.height {
		doubt(w.boxes[len(w.boxes)-1].nodes)
	}
}

// doubt marks blocks as uncertain.
func doubt(nodes []*layout.Node) {
	for _, n := range nodes {
		if n.Visibility == "" && len(n.Spans) > 0 {
			n.Visibility = dossier.Uncertain
		}
	}
}

// length is a length in the style of a VML shape.
var length = regexp.MustCompile(`^\s*(-?[\d.]+)\s*(pt|in|cm|mm|px|pc)?\s*$`)

// perUnit are the units of VML in points; without a unit it is px.
var perUnit = map[string]float64{"": 0.75, "pt": 1, "in": 72, "cm": 28.35, "mm": 2.835, "px": 0.75, "pc": 12}

// vmlSpace is the namespace of VML.
const vmlSpace = "urn:schemas-microsoft-com:vml"

// canvas maps the coordinates of the shapes in a VML group to points.
type canvas struct {
	left, top    float64 // of the group, in points
	x, y         float64 // its coordinates there
	perX, perY   float64 // points to one of its coordinates
	unmeasurable bool    // the group does not say how large it is
}

// canvas returns the coordinates of the innermost open group; nil outside of groups.
func (w *walker) canvas() *canvas {
	if f := w.stack.top(func(f *frame) bool { return f.canvas != nil }); f != nil {
		return f.canvas
	}
	return nil
}

// vmlStyle returns the properties of a style that are lengths, in points, and whether it hides its element. Within
// a group, numbers without a unit are its coordinates.
func vmlStyle(style string, c *canvas) (lengths map[string]float64, hidden bool) {
	lengths = map[string]float64{}
	for _, rule := range strings.Split(style, ";") {
		key, value, _ := strings.Cut(rule, ":")
		key, value = strings.TrimSpace(strings.ToLower(key)), strings.TrimSpace(strings.ToLower(value))
		hidden = hidden || key == "visibility" && value == "hidden" || key == "display" && value == "none"
		m := length.FindStringSubmatch(value)
		if m == nil {
			continue
		}
		n, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			continue
		}
		if c != nil && m[2] == "" {
			lengths[key] = c.points(key, n)
		} else {
			lengths[key] = n * perUnit[m[2]]
		}
	}
	return lengths, hidden
}

// points returns a length in a group's coordinates in points.
func (c *canvas) points(key string, n float64) float64 {
	switch key {
	case "left":
		return c.left + (n-c.x)*c.perX
	case "top":
		return c.top + (n-c.y)*c.perY
	case "width":
		return n * c.perX
	}
	return n * c.perY
}

// vmlGroup opens a group of VML shapes, which has coordinates of its own.
func vmlGroup(w *walker, e *parts.Element, f *frame) {
	outer := w.canvas()
	at, hidden := vmlStyle(parts.Attr(e.StartElement, "style"), outer)
	if hidden {
		f.hide = 1
	}
	c := &canvas{left: at["left"] + at["margin-left"], top: at["top"] + at["margin-top"]}
	c.x, c.y = pair(parts.Attr(e.StartElement, "coordorigin"), 0)
	width, height := pair(parts.Attr(e.StartElement, "coordsize"), 1000)
	number := c.x + c.y + width + height
	c.unmeasurable = at["width"] <= 0 || at["height"] <= 0 || width <= 0 || height <= 0 ||
		math.IsNaN(number) || math.IsInf(number, 0) || outer != nil && outer.unmeasurable
	if !c.unmeasurable {
		c.perX, c.perY = at["width"]/width, at["height"]/height
	}
	f.canvas = c
}

// pair reads two numbers; one that is not stated is the usual one.
func pair(s string, usual float64) (x, y float64) {
	first, second, _ := strings.Cut(s, ",")
	read := func(s string) float64 {
		if n, err := strconv.ParseFloat(strings.TrimSpace(s), 64); err == nil {
			return n
		}
		return usual
	}
	return read(first), read(second)
}

// vmlShape opens a shape of VML, whose style gives its place: one that is too small for a letter or far off the page
// shows nothing. In a group that does not say how large it is, that is not known.
func vmlShape(w *walker, e *parts.Element, f *frame) {
	box := e.Name.Local == "textbox"
	if !box {
		f.shape = vmlFill(e)
	}
	c := w.canvas()
	if c != nil && c.unmeasurable {
		f.doubt = 1
		c = nil
	}
	at, hidden := vmlStyle(parts.Attr(e.StartElement, "style"), c)
	if hidden {
		f.hide = 1
	}
	if f.doubt > 0 {
		return
	}
	for _, key := range []string{"width", "height"} {
		if n, ok := at[key]; ok && n < sight.HiddenSize+1 && !box {
			f.hide = 1
		}
	}
	for _, key := range []string{"margin-left", "margin-top", "left", "top"} {
		if n := at[key]; n < -600 || n > 1500 {
			f.hide = 1
		}
	}
}

// vmlFill returns how a VML shape is filled; white unless it says otherwise.
func vmlFill(e *parts.Element) *shape {
	s := &shape{fill: &sight.White}
	v := strings.ToLower(parts.Attr(e.StartElement, "fillcolor"))
	v, _, _ = strings.Cut(v, " ")
	switch {
	case parts.Attr(e.StartElement, "filled") == "f" || parts.Attr(e.StartElement, "filled") == "false":
		s.fill, s.none = nil, true
	case v == "", v == "white", v == "window":
	default:
		if c, ok := sight.Hex(strings.TrimPrefix(v, "#")); ok {
			s.fill = &c
		} else {
			s.unknown = true
		}
	}
	return s
}

// maxBoxes is the maximum depth of text boxes within text boxes; the text of deeper ones is left out, as
// Word does not open such files.
const maxBoxes = 20

// beginBox opens a text box: its text follows the paragraph that it is anchored in.
func beginBox(w *walker, _ *parts.Element, f *frame) {
	if len(w.flows) > maxBoxes {
		f.skip = 1
		return
	}
	w.flows = append(w.flows, &layout.Flow{})
}

// endBox closes a text box. Its blocks wait until the paragraph ends that it is anchored in.
func (w *walker) endBox() {
	n := len(w.flows)
	if n < 2 {
		return
	}
	f := w.flows[n-1]
	w.flows = w.flows[:n-1]
	nodes := f.Nodes()
	if s := w.stack.shape(); s != nil {
		s.letters += len([]rune(layout.Raw(nodes)))
	}
	w.boxes = append(w.boxes, box{nodes, f.Hidden.String()})
}

// addBoxes adds the text boxes that wait, in the order in which they ended.
func (w *walker) addBoxes() {
	for _, b := range w.boxes {
		if strings.TrimSpace(layout.Raw(b.nodes)) != "" {
			w.flow().Append(b.nodes, dossier.TextBoxRegion)
		}
		w.flow().Hidden.WriteString(b.hidden)
	}
	w.boxes = nil
}
