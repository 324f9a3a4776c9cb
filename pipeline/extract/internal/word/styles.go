package word

import (
	"encoding/xml"
	"strconv"
	"strings"

	"kheo/pipeline/extract/internal/parts"
	"kheo/pipeline/extract/internal/sight"
)

// toggle is a property that may be on, off or not stated.
type toggle int8

const (
	unset toggle = iota
	on
	off
)

// toggleOf reads a property that is on unless its value says otherwise.
func toggleOf(e xml.StartElement) toggle {
	switch parts.Attr(e, "val") {
	case "0", "false", "off", "none":
		return off
	}
	return on
}

// look is how text looks, as far as it decides whether it can be seen: the properties that one style, or
// one run, states. Sizes are in half points, distances in twentieths of a point (twips).
type look struct {
	font                 string
	vanish, strike, bold toggle
	colour               *colour // of the text; a colour that is not known is automatic
	clear                float64 // how transparent its fill is, 0 to 1
	ground               *colour // highlight or shading of the run
	size                 int     // 0 is not stated
	scale                int     // horizontal scaling in percent; 0 is not stated
	spacing              int     // added to each character
	raised               int     // half points
	fit                  int     // width into which the run is pressed; 0 is none
}

// over returns l with what m states in place of its own.
func (l look) over(m look) look {
	if m.font != "" {
		l.font = m.font
	}
	for _, t := range []struct{ to, from *toggle }{{&l.vanish, &m.vanish}, {&l.strike, &m.strike}, {&l.bold, &m.bold}} {
		if *t.from != unset {
			*t.to = *t.from
		}
	}
	if m.colour != nil {
		l.colour = m.colour
	}
	if m.ground != nil {
		l.ground = m.ground
	}
	for _, n := range []struct{ to, from *int }{{&l.size, &m.size}, {&l.scale, &m.scale}, {&l.spacing, &m.spacing},
		{&l.raised, &m.raised}, {&l.fit, &m.fit}} {
		if *n.from != 0 {
			*n.to = *n.from
		}
	}
	l.clear = max(l.clear, m.clear)
	return l
}

// read reads one run property (17.3.2).
func (l *look) read(e *parts.Element, t theme) {
	switch e.Name.Local {
	case "rFonts":
		if f := parts.Attr(e.StartElement, "ascii"); f != "" {
			l.font = f
		}
	case "vanish":
		l.vanish = toggleOf(e.StartElement)
	case "strike", "dstrike": // either suffices: one that is off does not undo the other
		if on := toggleOf(e.StartElement); on != off || l.strike == unset {
			l.strike = on
		}
	case "b":
		l.bold = toggleOf(e.StartElement)
	case "color":
		c, _ := t.attrColour(e.StartElement, "val", "themeColor", "themeTint", "themeShade")
		l.colour = &c
	case "highlight":
		if c, ok := sight.Hex(highlights[parts.Attr(e.StartElement, "val")]); ok {
			l.ground = &c
		}
	case "shd": // a highlight goes over it
		if c, none := t.shading(e.StartElement); !none && l.ground == nil {
			l.ground = &c
		}
	default:
		l.readNumber(e)
	}
}

// readNumber reads a run property that is a number. Zero is kept as 1 if it would mean that nothing is
// stated.
func (l *look) readNumber(e *parts.Element) {
	n, _ := strconv.Atoi(parts.Attr(e.StartElement, "val"))
	switch e.Name.Local {
	case "sz":
		l.size = max(n, 1)
	case "w":
		l.scale = max(n, 1)
	case "spacing":
		l.spacing = n
	case "position":
		l.raised = n
	case "fitText":
		l.fit = max(n, 1)
	}
}

// block is what a style or paragraph states about paragraphs.
type block struct {
	outline int // 1 to 9; 0 is body text or not stated
	list    *listed
	ground  *colour
	exact   int  // line height in twips, if it is exact; 0 otherwise
	left    int  // indentation in twips
	first   int  // of the first line from the others, in twips
	gone    bool // its frame has no size, or lies off the page
}

// over returns b with what c states in place of its own.
func (b block) over(c block) block {
	if c.outline != 0 {
		b.outline = c.outline
	}
	if c.list != nil {
		b.list = c.list
	}
	if c.ground != nil {
		b.ground = c.ground
	}
	if c.exact != 0 {
		b.exact = c.exact
	}
	if c.left != 0 {
		b.left = c.left
	}
	if c.first != 0 {
		b.first = c.first
	}
	b.gone = b.gone || c.gone
	return b
}

// read reads one paragraph property (17.3.1).
func (b *block) read(e *parts.Element, t theme) {
	attr := func(name string) string { return parts.Attr(e.StartElement, name) }
	number := func(name string) int { n, _ := strconv.Atoi(attr(name)); return n }
	switch e.Name.Local {
	case "outlineLvl":
		if n := number("val"); n >= 0 && n < 9 {
			b.outline = n + 1
		}
	case "numId":
		b.item().num = attr("val")
	case "ilvl":
		b.item().level = number("val")
	case "shd":
		if c, none := t.shading(e.StartElement); !none {
			b.ground = &c
		}
	case "spacing":
		if attr("lineRule") == "exact" {
			b.exact = max(number("line"), 1)
		}
	case "ind":
		b.left = number("left") + number("start")
		b.first = number("firstLine") - number("hanging")
		b.gone = b.gone || number("right")+number("end") > widest
	case "framePr":
		b.gone = isFrameGone(e)
	}
}

// widest is a width in twips that no page has between its margins.
const widest = 16_000

// isIndentedOff reports whether text that begins at a distance in twips from the margin is off any page.
func isIndentedOff(twips int) bool { return twips < -6_000 || twips > widest }

// isFrameGone reports whether a text frame (17.3.1.11) has no room for a letter, or lies off any page. Heights
// of up to 60 twips and widths of up to 20 are less than 3 points and a point.
func isFrameGone(e *parts.Element) bool {
	attr := func(name string) string { return parts.Attr(e.StartElement, name) }
	number := func(name string) int { n, _ := strconv.Atoi(attr(name)); return n }
	low := attr("hRule") == "exact" && attr("h") != "" && number("h") < 60
	narrow := attr("w") != "" && number("w") < 20 && number("w") > 0
	return low || narrow || isOffPage(number("x"), attr("hAnchor")) || isOffPage(number("y"), attr("vAnchor"))
}

// item returns the list of the block, which it opens if there is none.
func (b *block) item() *listed {
	if b.list == nil {
		b.list = &listed{}
	}
	return b.list
}

// far reports whether a position in twips is off any page: 53 cm to the right or below, 21 cm to the left
// or above.
func far(twips int) bool { return twips > 30_000 || twips < -12_000 }

// isOffPage reports whether a frame or table at a position in twips lies off any page. From the edge of the page
// itself it needs no more than its own size, which is taken for 7 cm.
func isOffPage(twips int, anchor string) bool {
	return far(twips) || anchor == "page" && twips < -4_000
}

// style is a style of styles.xml with what it states itself, without the styles that it is based on.
type style struct {
	kind, name, basedOn string
	look                look
	block               block
	cell                *colour // shading of all cells of a table style
	shades              bool    // a table style shades some of its cells: the first row, every second row …
	shade               []colour
	firstRow            *colour // shading of the first row
	firstLook           look    // of text in the first row
	pale                bool    // some cells, other than those, have light text over no ground of their own
}

// styles are the styles of a document.
type styles struct {
	byID     map[string]*style
	defaults look
	block    block
	normal   string           // default paragraph style
	summed   map[string]style // what of returned
	table    string           // default table style
}

// maxStyles is the maximum length of a chain of styles that are based on one another; in damaged files they
// may be so in a circle.
const maxStyles = 30

// chain returns a style and those that it is based on, the outermost first.
func (s *styles) chain(id string) (out []*style) {
	for range maxStyles {
		st := s.byID[id]
		if st == nil {
			break
		}
		out = append([]*style{st}, out...)
		id = st.basedOn
	}
	return out
}

// of returns what a style and those that it is based on state together. Documents ask for the same few
// styles over and over, so the sums are kept.
func (s *styles) of(id string) (sum style) {
	if known, ok := s.summed[id]; ok {
		return known
	}
	defer func() { s.summed[id] = sum }()
	for _, st := range s.chain(id) {
		sum.look, sum.block = sum.look.over(st.look), sum.block.over(st.block)
		if st.cell != nil {
			sum.cell = st.cell
		}
		sum.shades, sum.shade = sum.shades || st.shades, append(sum.shade, st.shade...)
		if st.firstRow != nil {
			sum.firstRow = st.firstRow
		}
		sum.firstLook, sum.pale = sum.firstLook.over(st.firstLook), sum.pale || st.pale
		sum.name = st.name
	}
	return sum
}

// text returns how a run looks by its table and the styles of its paragraph and itself and by its own
// properties. Toggle properties of several levels of styles cancel each other out (ECMA-376-1, 17.7.3).
func (s *styles) text(table look, paragraph, character string, own look) look {
	out := s.defaults.over(table)
	hidden, struck := s.defaults.vanish == on, s.defaults.strike == on
	byStyle, struckByStyle := table.vanish == on, table.strike == on
	for _, id := range []string{paragraph, character} {
		if id == "" {
			continue
		}
		l := s.of(id).look
		out = out.over(l)
		byStyle, struckByStyle = byStyle != (l.vanish == on), struckByStyle != (l.strike == on)
	}
	out = out.over(own)
	out.vanish, out.strike = resolved(own.vanish, hidden || byStyle), resolved(own.strike, struck || struckByStyle)
	return out
}

// resolved returns a toggle property: what the run states itself counts more than its styles.
func resolved(own toggle, styled bool) toggle {
	switch {
	case own != unset:
		return own
	case styled:
		return on
	}
	return off
}

// headingLevel returns the level of a heading by the name of its style; 0 for other styles. Names of
// built-in styles are English in every language version of Word.
func headingLevel(name string) int {
	switch {
	case name == "title":
		return 1
	case name == "subtitle":
		return 2
	case strings.HasPrefix(name, "heading "):
		if n, err := strconv.Atoi(name[8:]); err == nil && n >= 1 && n <= 9 {
			return n
		}
	}
	return 0
}
