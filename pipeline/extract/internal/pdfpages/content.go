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
func readPage(page pdf.Value, number int, doc *ownDoc, see look) (out pdfPage) {
	in := &interpreter{fonts: doc.fonts, layers: doc.layers, budget: maxOperators, box: pageBox(page)}
	in.structure = newStructure(doc, page)
	in.turn = int(inherited(page, "Rotate").Int64()/90%4+4) % 4
	firstNote := math.MaxInt // the glyphs of annotations and form fields begin here
	defer func() {
		if p := recover(); p != nil {
			out.err = fmt.Errorf("page: %v", p)
			out.marks = true
		}
		var here func(rect) (shade, bool)
		if see != nil {
			here = func(box rect) (shade, bool) { return see(number, in.box, in.turn, box) }
		}
		seen, unseen := in.visible(here)
		in.label(seen)
		out.nodes, out.competing = in.nodes(seen)
		if layer, rest := in.scanLayer(seen, unseen); layer != nil {
			out.nodes, out.competing = in.nodes(layer)
			out.layer, unseen = true, rest
		}
		slices.SortStableFunc(unseen, func(a, b glyph) int { return a.seq - b.seq })
		out.hidden = inOrder(unseen)
		out.doubtful = in.contradicted
		isText := func(g glyph) bool { return g.seq < firstNote }
		out.notes = plainLines(slices.DeleteFunc(slices.Clone(seen), isText))
		out.image = in.imageShare() > 0.5
		if out.height = in.box.y1 - in.box.y0; in.turn%2 == 1 {
			out.height = in.box.x1 - in.box.x0
		}
	}()
	content, err := stream(page.Key("Contents"))
	if err != nil {
		return pdfPage{err: err, marks: true}
	}
	in.run(content, inherited(page, "Resources"), pdf.Value{}, identity, 0)
	firstNote = len(in.glyphs)
	in.annotations(page.Key("Annots"))
	return pdfPage{marks: in.marks, attached: in.attached}
}

// matrix is a PDF transformation [a b c d e f] (ISO 32000-1, 8.3.3).
type matrix [6]float64

// identity is the transformation that changes nothing.
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
	group float64 // opacity of the groups around it, 0 to 1
	mask  bool    // a soft mask is in force
	wide  float64 // line width
	line  colour  // of strokes
	clip  *clip   // nil: all of the page
}

// opaque reports whether a fill hides what it covers.
func (g *graphics) opaque() bool { return g.alpha*g.group > 0.9 && !g.blend && !g.mask }

// interpreter collects what the content streams of one page paint.
type interpreter struct {
	fonts        map[string]*font // of the whole document, by their dictionary
	glyphs       []glyph          // in the order in which they are shown
	areas        []area           // painted areas and images, in order
	rules        []rect           // thin areas and lines, of which tables are made
	layers       *layers          // of the document; nil if it has none
	off          int              // parts around the current one that are switched off
	vague        int              // parts around the current one of which it is unknown whether they are shown
	unsure       bool             // all that is painted may be unseen: an annotation that is not printed
	gone         bool             // all that is painted is unseen: a hidden annotation
	fields       []formField      // of the page, in the order of the file
	field        int              // number of the form field that is painted, from 1; 0 if none is
	marks        bool             // something other than text is painted
	box          rect             // the page
	turn         int              // quarter turns by which it is shown
	budget       int              // operators that may still run
	inherit      *graphics        // state of the stream that draws the current form; nil on the page
	attached     []Attachment
	structure    *pageStructure // what the file states of the page; nil if nothing
	mark         int32          // index in structure of the marked content that is painted; 0 if none
	contradicted bool           // the file says of some glyphs other than what is painted
}

// contentStream is the state of one content stream while it runs: of the page, a form or an appearance.
type contentStream struct {
	in        *interpreter
	resources pdf.Value
	depth     int       // number of streams around it
	args      []operand // of the current operator
	g         graphics
	saved     []graphics // stack of q and Q
	path      path       // current path, in user space
	tm, tlm   matrix     // text matrix and text line matrix
	marked    []marked   // marked content that is open
	textClip  outline    // boxes of the letters that become a clip at the end of the text object
	clipFrom  int        // number of glyphs before them
}

// run interprets one content stream. Unknown operators are ignored, as PDF asks for. It panics if the
// page exceeds its bounds; readPage recovers. box is the BBox of a form or an appearance.
func (in *interpreter) run(content []byte, resources, box pdf.Value, ctm matrix, depth int) {
	s := &contentStream{in: in, resources: resources, depth: depth, tm: identity, tlm: identity,
		g: graphics{ctm: ctm, th: 1, alpha: 1, group: 1, wide: 1}}
	if depth > 0 && in.inherit != nil {
		o := in.inherit
		s.g.fill, s.g.line, s.g.alpha, s.g.blend, s.g.group = o.fill, o.line, o.alpha, o.blend, o.group
		s.g.mask, s.g.wide, s.g.clip = o.mask, o.wide, o.clip
	}
	if depth > 0 {
		s.g.clipToBox(box)
	}
	off, vague, mark := in.off, in.vague, in.mark
	defer func() { in.off, in.vague, in.mark = off, vague, mark }() // of marked content that has no end
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
		gl.font, gl.field, gl.placed, gl.clip, gl.mark = g.font, in.field, true, g.clip, in.mark
		gl.bold = g.font.bold || g.mode == 2
		gl.mute = g.mode == 3 || g.mode == 7
		gl.doubt = in.unsure || g.font.contradicted(c)
		in.contradicted = in.contradicted || gl.doubt
		paint := g.font.painted(c)
		gl.vague = in.vague > 0 || g.mask || paint == paintsUnclear
		gl.gone = in.gone || in.off > 0 || g.alpha*g.group < 0.03 || paint == paintsNothing || g.tiny(at) ||
			g.fill.none
		gl.at, gl.fill, gl.order, gl.seq = at.apply(w/2, 0.3), g.fill, len(in.areas), len(in.glyphs)
		if g.mode == 1 || g.mode == 5 {
			gl.fill = g.line
		}
		gl.outlined, gl.line = g.mode == 2 || g.mode == 6, g.line
		gl.alpha = g.alpha * g.group
		if g.mode >= 4 {
			s.addTextClip(at, w)
		}
		in.glyphs = append(in.glyphs, gl)
		s.tm = translation(advance, 0).mul(s.tm)
	}
}

// tiny reports whether letters are too small to be read, in one direction or both.
func (g *graphics) tiny(at matrix) bool {
	high := math.Hypot(at[2], at[3]) * g.font.scale
	wide := math.Hypot(at[0], at[1]) * g.font.scale
	flat := math.Abs(at[0]*at[3]-at[1]*at[2]) * g.font.scale * g.font.scale // twice squeezed: a shear to a line
	return high < tooSmall || wide < tooSmall || wide < 0.12*high || high < 0.12*wide || flat < 0.1*high*wide
}

// addTextClip adds the box of a letter to the clip that its text object makes.
func (s *contentStream) addTextClip(at matrix, w float64) {
	if len(s.textClip) == 0 {
		s.clipFrom = len(s.in.glyphs)
	}
	if len(s.textClip) < maxPath {
		s.textClip = append(s.textClip,
			[]point{at.apply(0, -0.25), at.apply(w, -0.25), at.apply(w, 0.9), at.apply(0, 0.9)})
	}
}

// endText is ET: letters shown in the modes 4 to 7 become a clip.
func (s *contentStream) endText() {
	if len(s.textClip) > 0 {
		s.g.clipTo(s.textClip, false, true)
		s.textClip = nil
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
