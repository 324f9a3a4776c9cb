package odf

import (
	"encoding/xml"
	"math"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/parts"
	"kheo/pipeline/extract/internal/sight"
)

// key names a style: styles of different families may have the same name, and often do.
type key struct{ family, name string }

// look is what a style states of how text is shown, or what it comes to with the styles that it is based on.
type look struct {
	font      string
	colour    *sight.Colour // nil is not stated, or automatic
	ground    *sight.Colour
	size      float64 // points
	relative  float64 // size as a share of the parent's
	scale     float64 // horizontal, as a share; 0 is not stated
	invisible string  // text:display: none, true or condition
	struck    string  // the style of the line through the text
	place
}

// place is what may move letters away, or on one another. 0 is not stated.
type place struct {
	apart  float64 // space between letters, in points
	raised float64 // above the line, as a share of the size
	high   float64 // height of its lines in points, if that is fixed
	left   float64 // of its margin and the indentation of its first line, in points
	first  float64
}

// over returns p with what o states in place of its own.
func (p place) over(o place) place {
	for _, v := range []struct {
		to   *float64
		from float64
	}{{&p.apart, o.apart}, {&p.raised, o.raised}, {&p.high, o.high}, {&p.left, o.left}, {&p.first, o.first}} {
		if v.from != 0 {
			*v.to = v.from
		}
	}
	return p
}

// Bounds of places, by the size of the letters or in points.
const (
	maxApart  = 0.35 // letters this much nearer to each other are on one another
	maxRaised = 3
	minHigh   = 0.3
	maxLeft   = 800 // wider than a page
)

// sight returns whether letters of a size are seen there.
func (p place) sight(size float64) dossier.Visibility {
	left := min(p.left, p.left+p.first)
	switch {
	case p.apart < -maxApart*size, math.Abs(p.raised) > maxRaised, p.high > 0 && p.high < minHigh*size,
		left < -maxLeft/3, p.left > maxLeft, p.left+p.first > maxLeft:
		return dossier.Unseen
	case p.apart < -maxApart/2*size, p.high > 0 && p.high < 2*minHigh*size:
		return dossier.Uncertain
	}
	return ""
}

// over returns l with what m states in place of its own. A relative size is one of l, if that is known;
// otherwise it waits for the default.
func (l look) over(m look) look {
	if m.font != "" {
		l.font = m.font
	}
	if m.colour != nil {
		l.colour = m.colour
	}
	if m.ground != nil {
		l.ground = m.ground
	}
	if m.relative != 0 && l.size != 0 {
		l.size *= m.relative
	} else if m.relative != 0 {
		l.relative = m.relative
	}
	if m.size != 0 {
		l.size = m.size
	}
	if m.scale != 0 {
		l.scale = m.scale
	}
	if m.invisible != "" {
		l.invisible = m.invisible
	}
	if m.struck != "" {
		l.struck = m.struck
	}
	l.place = l.place.over(m.place)
	return l
}

// defaultSize is the size of text that states none, in points.
const defaultSize = 12

// sight returns whether text of a look is seen over a ground. Text with a ground of its own lies on that.
// Letters that are flattened to an eighth of their width cannot be read, and those of a third hardly.
func (l look) sight(ground sight.Ground) dossier.Visibility {
	if l.ground != nil {
		ground = sight.Ground{Colour: *l.ground, Unknown: !l.ground.Known}
	}
	size := l.size
	if size == 0 {
		if size = defaultSize; l.relative != 0 {
			size *= l.relative
		}
	}
	switch {
	case l.invisible == "none", l.struck != "" && l.struck != "none", size < sight.HiddenSize,
		l.scale > 0 && l.scale < 0.12:
		return dossier.Unseen
	case l.invisible == "condition":
		return dossier.Uncertain
	}
	moved := l.place.sight(size)
	if moved == dossier.Unseen {
		return moved
	}
	if l.colour != nil {
		if seen := l.colour.On(ground); seen != "" {
			return seen
		}
	}
	if size < sight.UncertainSize || l.scale > 0 && l.scale < 0.33 {
		return dossier.Uncertain
	}
	return moved
}

// style is a style with what it states itself, without the styles that it is based on.
type style struct {
	parent  string
	data    string // number format
	master  string // page style that begins with the paragraph
	look    look
	maps    []mapping
	gone    bool    // a sheet or a slide that is not shown
	extent  float64 // height of rows, width of columns, in points; below 0 is not stated
	optimal bool    // the height follows the text
}

// mapping puts another style in force if a condition is true (style:map).
type mapping struct{ condition, style string }

// master is a page style.
type master struct{ layout, next string }

// styles are the styles of a document: those of styles.xml, which people see by name, and the automatic
// ones of content.xml, which programs write for each change by hand.
type styles struct {
	byKey    map[key]*style
	defaults map[string]look // by family
	data     map[string]*dataStyle
	lists    map[string]*listStyle
	masters  map[string]master
	first    string                   // the page style that the file lists first
	grounds  map[string]*sight.Colour // of page layouts
}

// newStyles returns styles without any.
func newStyles() *styles {
	return &styles{byKey: map[key]*style{}, defaults: map[string]look{}, data: map[string]*dataStyle{},
		lists: map[string]*listStyle{}, masters: map[string]master{}, grounds: map[string]*sight.Colour{}}
}

// get returns a style; nil if there is none. A style that states no family is of all.
func (s *styles) get(family, name string) *style {
	if st := s.byKey[key{family, name}]; st != nil {
		return st
	}
	return s.byKey[key{"", name}]
}

// maxParents bounds how many styles one is based on; in damaged files they may be so in a circle.
const maxParents = 50

// chain returns a style and those that it is based on, the last of them first, so that each may be laid
// over the one before.
func (s *styles) chain(family, name string) (out []*style) {
	for name != "" && len(out) < maxParents {
		st := s.get(family, name)
		if st == nil {
			break
		}
		out = append(out, st)
		name = st.parent
	}
	slices.Reverse(out)
	return out
}

// look returns how a style looks, with what it inherits.
func (s *styles) look(family, name string) look {
	l := s.defaults[family]
	for _, st := range s.chain(family, name) {
		l = l.over(st.look)
	}
	return l
}

// find returns the first of a style and those that it is based on, from the nearest on, that has something;
// nil if none has.
func (s *styles) find(family, name string, has func(*style) bool) *style {
	for range maxParents {
		st := s.get(family, name)
		if st == nil || has(st) {
			return st
		}
		name = st.parent
	}
	return nil
}

// stylesReader reads the styles of a part in one pass. Each field is the innermost open element of its kind.
type stylesReader struct {
	*styles
	style  *style
	family string // of the default style that is being read
	list   *listStyle
	data   *dataStyle
	inData bool // inside number:text or number:currency-symbol
	layout string
}

// read adds the styles of a part, and surveys its content in the same pass. After damage, what was read before counts.
func (s *styles) read(b []byte) *survey {
	r := &stylesReader{styles: s}
	found := &survey{seen: map[key]bool{}}
	parts.Walk(b, func(e xml.StartElement) {
		r.start(e)
		found.start(e)
	}, r.end, func(text string) {
		if r.inData && r.data != nil {
			r.data.literal(text)
		}
		found.add(text)
	})
	return found
}

// start handles the beginning of an element.
func (r *stylesReader) start(e xml.StartElement) {
	attr := func(name string) string { return parts.Attr(e, name) }
	switch name := e.Name.Local; name {
	case "style":
		r.style = &style{parent: attr("parent-style-name"), data: attr("data-style-name"),
			master: attr("master-page-name"), extent: -1}
		r.byKey[key{attr("family"), attr("name")}] = r.style
	case "default-style":
		r.style, r.family = &style{}, attr("family")
	case "map":
		m := mapping{attr("condition"), attr("apply-style-name")}
		switch {
		case r.data != nil:
			r.data.maps = append(r.data.maps, m)
		case r.style != nil:
			r.style.maps = append(r.style.maps, m)
		}
	case "list-style":
		r.list = &listStyle{}
		r.lists[attr("name")] = r.list
	case "list-level-style-number":
		r.list.level(e)
	case "master-page", "page-layout", "page-layout-properties":
		r.startPage(e)
	default:
		r.startData(e)
	}
}

// startPage reads page styles (master pages), which name a layout, and the layouts with what pages are
// painted with.
func (r *stylesReader) startPage(e xml.StartElement) {
	attr := func(name string) string { return parts.Attr(e, name) }
	switch e.Name.Local {
	case "master-page":
		if r.first == "" {
			r.first = attr("name")
		}
		r.masters[attr("name")] = master{attr("page-layout-name"), attr("next-style-name")}
	case "page-layout":
		r.layout = attr("name")
	case "page-layout-properties":
		if c := colour(attr("background-color")); c != nil && r.layout != "" {
			r.grounds[r.layout] = c
		}
	}
}

// dataStyles are the elements of number formats, with the kind of value that each shows.
var dataStyles = map[string]string{"number-style": "number", "percentage-style": "percentage",
	"currency-style": "currency", "date-style": "date", "time-style": "time", "boolean-style": "boolean",
	"text-style": "text"}

// startData begins a number format, or reads an element of the open format or style.
func (r *stylesReader) startData(e xml.StartElement) {
	name := e.Name.Local
	switch {
	case dataStyles[name] != "":
		r.data = &dataStyle{kind: dataStyles[name]}
		r.styles.data[parts.Attr(e, "name")] = r.data
	case r.data != nil:
		r.inData = name == "text" || name == "currency-symbol"
		r.data.element(e)
	case r.style != nil:
		r.style.read(e)
	}
}

// end handles the end of an element.
func (r *stylesReader) end(name string) {
	switch name {
	case "style":
		r.style = nil
	case "default-style":
		if r.style != nil {
			r.defaults[r.family] = r.style.look
		}
		r.style = nil
	case "list-style":
		r.list = nil
	case "page-layout":
		r.layout = ""
	case "text", "currency-symbol":
		r.inData = false
	default:
		if dataStyles[name] != "" {
			r.data = nil
		}
	}
}

// read reads one of a style's elements of properties. The fill of a shape goes over its background.
func (st *style) read(e xml.StartElement) {
	attr := func(name string) string { return parts.Attr(e, name) }
	switch e.Name.Local {
	case "text-properties":
		st.look = st.look.over(textProperties(e))
	case "paragraph-properties", "table-cell-properties", "graphic-properties":
		if e.Name.Local == "paragraph-properties" {
			st.look.place = st.look.place.over(paragraphPlace(e))
		}
		if c := colour(attr("background-color")); c != nil {
			st.look.ground = c
		}
		if v := attr("fill-color"); v != "" && attr("fill") != "none" {
			st.look.ground = colour(v)
		}
	case "table-properties":
		st.gone = attr("display") == "false"
	case "drawing-page-properties":
		st.gone = attr("visibility") == "hidden"
	case "table-row-properties":
		if v, ok := length(attr("row-height")); ok {
			st.extent = v
		}
		st.optimal = attr("use-optimal-row-height") == "true"
	case "table-column-properties":
		if v, ok := length(attr("column-width")); ok {
			st.extent = v
		}
	}
}

// textProperties reads how text looks. A size may be a share of the parent's, so it is kept as such until
// that is known.
func textProperties(e xml.StartElement) look {
	attr := func(name string) string { return parts.Attr(e, name) }
	l := look{font: attr("font-name"), invisible: attr("display"), struck: attr("text-line-through-style"),
		colour: colour(attr("color"))}
	if l.font == "" {
		l.font = strings.Trim(attr("font-family"), `'"`)
	}
	if attr("use-window-font-color") == "true" {
		l.colour = nil
	}
	if c := colour(attr("background-color")); c != nil {
		l.ground = c
	}
	if v, ok := percent(attr("font-size")); ok {
		l.relative = v
	} else if v, ok := length(attr("font-size")); ok {
		l.size = max(v, 0.01)
	}
	if v, ok := percent(attr("text-scale")); ok {
		l.scale = max(v, 0.001)
	}
	if v, ok := length(attr("letter-spacing")); ok {
		l.apart = v
	}
	raised, size, _ := strings.Cut(attr("text-position"), " ")
	if v, ok := percent(raised); ok {
		l.raised = v
	}
	// of the size that is stated beside it, or of the parent's
	if v, ok := percent(strings.TrimSpace(size)); ok && v < 1 {
		if v = max(v, 0.001); l.size > 0 {
			l.size *= v
		} else if l.relative > 0 {
			l.relative *= v
		} else {
			l.relative = v
		}
	}
	return l
}

// paragraphPlace reads where the lines of a paragraph are.
func paragraphPlace(e xml.StartElement) (p place) {
	points := func(name string) float64 {
		v, _ := length(parts.Attr(e, name))
		return v
	}
	return place{high: points("line-height"), left: points("margin-left"), first: points("text-indent")}
}

// colour reads #RRGGBB; nil for "transparent" and for anything else.
func colour(s string) *sight.Colour {
	c, ok := sight.Hex(strings.TrimPrefix(s, "#"))
	if !ok {
		return nil
	}
	return &c
}

// percent reads a percentage as a share.
func percent(s string) (float64, bool) {
	n, found := strings.CutSuffix(s, "%")
	v, err := strconv.ParseFloat(n, 64)
	return v / 100, found && err == nil
}

// units are the units of lengths, in points.
var units = map[string]float64{"pt": 1, "cm": 72 / 2.54, "mm": 7.2 / 2.54, "in": 72, "pc": 12, "px": 0.75}

// length reads a length in points; ok is false without one of the units.
func length(s string) (float64, bool) {
	if len(s) < 3 {
		return 0, false
	}
	v, err := strconv.ParseFloat(s[:len(s)-2], 64)
	unit := units[s[len(s)-2:]]
	return v * unit, err == nil && unit > 0
}

// listStyle is how the items of a list are numbered; OpenDocument has ten levels.
type listStyle struct{ levels [10]listLevel }

// listLevel is one level of it; format is "" for bullets.
type listLevel struct {
	format, prefix, suffix string
	start, shown           int
}

// level reads a level that is numbered.
func (l *listStyle) level(e xml.StartElement) {
	n, err := strconv.Atoi(parts.Attr(e, "level"))
	if l == nil || err != nil || n < 1 || n > len(l.levels) {
		return
	}
	v := listLevel{format: parts.Attr(e, "num-format"), prefix: parts.Attr(e, "num-prefix"),
		suffix: parts.Attr(e, "num-suffix"), start: 1, shown: 1}
	if s, err := strconv.Atoi(parts.Attr(e, "start-value")); err == nil {
		v.start = s
	}
	if s, err := strconv.Atoi(parts.Attr(e, "display-levels")); err == nil {
		v.shown = s
	}
	l.levels[n-1] = v
}

// numeral writes a number of a list in one of the formats 1, a, A, i and I; letters go up to 26.
func numeral(n int, format string) string {
	switch format {
	case "a", "A":
		if n >= 1 && n <= 26 {
			return string(rune(format[0]) + rune(n-1))
		}
	case "i", "I":
		s := roman(n)
		if format == "i" {
			s = strings.ToLower(s)
		}
		return s
	}
	return strconv.Itoa(n)
}

// roman writes a Roman numeral; numbers that have none are written in digits.
func roman(n int) string {
	if n < 1 || n > 3999 {
		return strconv.Itoa(n)
	}
	var b strings.Builder
	for _, r := range []struct {
		value int
		sign  string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"},
		{9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; n >= r.value; n -= r.value {
			b.WriteString(r.sign)
		}
	}
	return b.String()
}
