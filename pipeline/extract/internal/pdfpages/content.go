package pdfpages

import (
	"fmt"
	"math"
	"slices"

	"github.com/ledongthuc/pdf"
)

// Bounds of one page. They are generous: a full page of small print has 20,000 glyphs. A page beyond
// them ends with an error; what was read of it before counts.
const (
	maxGlyphs    = 300_000
	maxOperators = 4_000_000
	maxSaved     = 200  // graphics states on the stack of q and Q
	maxPath      = 2000 // points of one path
	maxForms     = 8    // forms drawn inside one another
)

// readPage reads page number (from 0) of kheo's own reader: it interprets the content stream, then the
// annotations, and arranges the glyphs that a reader of the page sees apart from those that are hidden.
// Panics of the library and of the bounds above become the page's error. see may be nil.
func readPage(page pdf.Value, number int, fonts map[string]*font, see ink) (out pdfPage) {
	in := &interpreter{fonts: fonts, budget: maxOperators, box: pageBox(page)}
	firstNote := math.MaxInt // the glyphs of annotations and form fields begin here
	defer func() {
		if p := recover(); p != nil {
			out.err = fmt.Errorf("page: %v", p)
			out.marks = true
		}
		seen, unseen := in.visible()
		if see != nil && len(unseen) > 0 {
			turn := int(inherited(page, "Rotate").Int64()/90%4+4) % 4
			look := func(box rect) bool { return see(number, in.box, turn, box) }
			seen, unseen = in.confirmHidden(seen, unseen, look)
		}
		out.text, out.hidden = arrange(seen), arrange(unseen)
		isText := func(g glyph) bool { return g.seq < firstNote }
		out.notes = arrange(slices.DeleteFunc(slices.Clone(seen), isText))
		out.image = in.imageShare() > 0.5
	}()
	content, err := stream(page.Key("Contents"))
	if err != nil {
		return pdfPage{err: err, marks: true}
	}
	in.run(content, inherited(page, "Resources"), identity, 0)
	firstNote = len(in.glyphs)
	in.annotations(page.Key("Annots"))
	return pdfPage{marks: in.marks, attached: in.attached}
}

// matrix is a PDF transformation [a b c d e f] (ISO 32000-1, 8.3.3).
type matrix [6]float64

var identity = matrix{1, 0, 0, 1, 0, 0}

// translation returns the matrix that moves by tx and ty.
func translation(tx, ty float64) matrix { return matrix{1, 0, 0, 1, tx, ty} }

// mul returns m applied before n.
func (m matrix) mul(n matrix) matrix {
	return matrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5],
	}
}

// apply returns where m puts the point x, y.
func (m matrix) apply(x, y float64) point {
	return point{m[0]*x + m[2]*y + m[4], m[1]*x + m[3]*y + m[5]}
}

// matrixOf reads the Matrix entry of a form or an appearance; identity if it is missing or damaged.
func matrixOf(x pdf.Value) matrix {
	m := identity
	if v := x.Key("Matrix"); v.Kind() == pdf.Array && v.Len() == 6 {
		for i := range m {
			m[i] = v.Index(i).Float64()
		}
	}
	return m
}

// graphics is the part of PDF's graphics state that text and its visibility depend on. The text
// parameters have the names of ISO 32000-1, 9.3, in lower case.
type graphics struct {
	ctm   matrix // current transformation
	font  *font  // nil until Tf, and if the font is missing
	size  float64
	tc    float64 // character spacing
	tw    float64 // word spacing
	th    float64 // horizontal scaling, 1 is 100 %
	tl    float64 // leading
	rise  float64
	mode  int     // text rendering mode; 3 and 7 paint nothing
	fill  colour  // of text and areas
	alpha float64 // opacity of fills, 0 to 1
	blend bool    // fills mix with what they cover
}

// opaque reports whether a fill hides what it covers.
func (g *graphics) opaque() bool { return g.alpha > 0.9 && !g.blend }

// interpreter collects what the content streams of one page paint.
type interpreter struct {
	fonts    map[string]*font // of the whole document, by their dictionary
	glyphs   []glyph          // in the order in which they are shown
	areas    []area           // painted areas and images, in order
	marks    bool             // something other than text is painted
	box      rect             // the page
	budget   int              // operators that may still run
	inherit  *graphics        // state of the stream that draws the current form; nil on the page
	attached []Attachment
}

// contentStream is the state of one content stream while it runs: of the page, a form or an appearance.
type contentStream struct {
	in        *interpreter
	resources pdf.Value
	depth     int       // number of streams around it
	args      []operand // of the current operator
	g         graphics
	saved     []graphics // stack of q and Q
	path      []point    // current path, in user space
	tm, tlm   matrix     // text matrix and text line matrix
}

// run interprets one content stream. Unknown operators are ignored, as PDF asks for. It panics if the
// page exceeds its bounds; readPage recovers.
func (in *interpreter) run(content []byte, resources pdf.Value, ctm matrix, depth int) {
	s := &contentStream{in: in, resources: resources, depth: depth, tm: identity, tlm: identity,
		g: graphics{ctm: ctm, th: 1, alpha: 1}}
	if depth > 0 && in.inherit != nil {
		s.g.fill, s.g.alpha, s.g.blend = in.inherit.fill, in.inherit.alpha, in.inherit.blend
	}
	lex := lexer{b: content}
	for {
		name, ok := lex.next(&s.args)
		if !ok {
			return
		}
		if in.budget--; in.budget <= 0 {
			panic("more operators than a page has")
		}
		if do := operators[name]; do != nil {
			do(s)
		}
	}
}

// num returns operand i as a number; 0 if it is missing or not a number.
func (s *contentStream) num(i int) float64 {
	if i < len(s.args) {
		return s.args[i].num
	}
	return 0
}

// show adds the glyphs of a string and moves the text matrix behind them (ISO 32000-1, 9.4.4).
func (s *contentStream) show(text string) {
	g, in := &s.g, s.in
	if g.font == nil {
		return
	}
	for _, c := range g.font.split(text) {
		at := matrix{g.size * g.th, 0, 0, g.size, 0, g.rise}.mul(s.tm).mul(g.ctm)
		w := g.font.width(c)
		advance := w*g.size + g.tc
		if c == " " {
			advance += g.tw
		}
		advance *= g.th
		if len(in.glyphs) >= maxGlyphs {
			panic("more letters than a page has")
		}
		gl := newGlyph(g.font.text(c), at, w)
		gl.mute = g.mode == 3 || g.mode == 7
		gl.unseen = gl.mute || g.alpha < 0.03 || gl.size*g.font.scale < 0.9
		gl.at, gl.fill, gl.order, gl.seq = at.apply(w/2, 0.3), g.fill, len(in.areas), len(in.glyphs)
		in.glyphs = append(in.glyphs, gl)
		s.tm = translation(advance, 0).mul(s.tm)
	}
}

// font returns the font of a name in the resources; nil if there is none.
func (in *interpreter) font(resources pdf.Value, name string) *font {
	return in.fontOf(resources.Key("Font").Key(name))
}

// fontOf returns the font of a dictionary, read once per document.
func (in *interpreter) fontOf(v pdf.Value) *font {
	if v.Kind() != pdf.Dict {
		return nil
	}
	key := v.String() // references are written out as such, so this is short and distinguishes fonts
	if f, ok := in.fonts[key]; ok {
		return f
	}
	f := newFont(v)
	in.fonts[key] = f
	return f
}
