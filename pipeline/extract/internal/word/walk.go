package word

import (
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/parts"
	"kheo/pipeline/extract/internal/sight"
)

// walker interprets WordprocessingML in one pass over a part. Tracked deletions and the fallbacks of text
// boxes are left out; text that is not shown is kept separately.
//
// The counters skip, hide and doubt are sums over the open elements: each frame notes what it adds, and
// takes that away when it ends. So an element need not know what is around it.
type walker struct {
	doc   *document
	flows []*layout.Flow // of the part, and of the open text boxes in it
	boxes []box          // text boxes that wait for the end of their paragraph
	stack frames         // open elements

	skip, hide, doubt int // open elements whose content is left out, is not shown, or may not be shown

	paras  []para // open paragraphs: a text box within one has its own
	run    run
	inRun  bool
	former int // open elements that hold former properties, of tracked changes
	fields []field
	forms  []*control // open content controls

	references map[string]bool // notes that the text refers to, as kind and id
	wanted     map[string]bool // of a part with notes: those that are shown; nil for other parts
	note       string          // its kind
	margins    []margin
	section    int // index of the first margin of the open section

	room        room    // of the open section
	sectionNode int     // number of blocks before the open section
	closing     bool    // the open section ends with the open paragraph
	covered     float64 // points from here on that a drawing lies over
	uncovered   float64 // points from here on until it begins
}

// frame is an open element with what its end must undo, and with what it holds for the elements in it.
type frame struct {
	name              string
	skip, hide, doubt int // what it adds to the walker's
	ground            *ground
	table             *table
	shape             *shape
	canvas            *canvas
	cover             *cover
	taken             bool // of AlternateContent: one of its alternatives was chosen
}

// table is an open table.
type table struct {
	base     *colour
	firstRow *colour // shading that its style gives to the first row
	shades   []colour
	shaded   bool
	row      int
	firstOff bool // its first row has no look of its own
	look     style
	fixed    bool    // its columns do not adapt to what is in them
	exact    float64 // height of the open row in points, if it is exact; 0 otherwise
	out      *layout.Table
	spans    map[int]*layout.Cell // by column: the cell that may continue in the next row
	col      int
	open     *layout.Cell // the open cell
	bold     bool         // all its text is
	text     bool         // it has some
	merge    string       // how it is merged with the one above
	across   bool         // it continues the one before
}

// para is an open paragraph. What its styles add is computed when first asked for: most paragraphs are plain.
type para struct {
	style  string
	own    block
	all    block // with its styles, once asked for
	asked  bool
	listed bool
	leaf   *layout.Node
	plain  bool // some of its text is not bold
}

// run is an open run.
type run struct {
	style string
	own   look
	look  look // with its styles, once asked for
	asked bool
}

// margin is a reference of a section to a header or footer.
type margin struct {
	id, kind, which string
	titlePage       bool // of its section
}

// box is a text box.
type box struct {
	nodes  []*layout.Node
	hidden string
}

// Namespaces whose elements may hold text: transitional and strict WordprocessingML, DrawingML and
// mathematics.
var textSpaces = map[string]bool{
	"http://schemas.openxmlformats.org/wordprocessingml/2006/main": true,
	"http://purl.oclc.org/ooxml/wordprocessingml/main":             true,
	"http://schemas.openxmlformats.org/drawingml/2006/main":        true,
	"http://purl.oclc.org/ooxml/drawingml/main":                    true,
	"http://schemas.openxmlformats.org/officeDocument/2006/math":   true,
	"http://purl.oclc.org/ooxml/officeDocument/math":               true,
	"": true, // not declared: the document is damaged, and read all the same
}

// understood are the extensions whose alternative Word chooses (markup compatibility, ECMA-376-3).
var understood = func() map[string]bool {
	m := map[string]bool{}
	for _, s := range strings.Fields(`wordprocessingShape wordprocessingGroup wordprocessingCanvas
		wordprocessingInk wordprocessingDrawing wordml`) {
		m["http://schemas.microsoft.com/office/word/2010/"+s] = true
	}
	for _, s := range strings.Fields(`word/2012/wordml word/2015/wordml/symex word/2018/wordml
		word/2016/wordml/cid drawing/2010/main drawing/2014/chartex drawing/2016/ink drawing/2017/model3d
		drawing/2012/chart drawing/2014/main`) {
		m["http://schemas.microsoft.com/office/"+s] = true
	}
	return m
}()

// flow is where text goes.
func (w *walker) flow() *layout.Flow { return w.flows[len(w.flows)-1] }

// walk adds the content of one part. On an error, what came before it has been added.
func (w *walker) walk(b []byte) error {
	err := parts.WalkNames(b, w.start, w.end, w.text)
	for len(w.flows) > 1 {
		w.endBox()
	}
	w.addBoxes()
	return err
}

// frames are the open elements, the innermost last.
type frames []frame

// top returns the innermost open frame that the test accepts; nil if there is none.
func (s frames) top(test func(*frame) bool) *frame {
	for i := len(s) - 1; i >= 0; i-- {
		if test(&s[i]) {
			return &s[i]
		}
	}
	return nil
}

// table returns the innermost open table of the innermost text box; nil outside of tables.
func (s frames) table() *table {
	for i := len(s) - 1; i >= 0 && s[i].name != "txbxContent"; i-- {
		if t := s[i].table; t != nil {
			return t
		}
	}
	return nil
}

// mark adds to what the innermost open element of a name does to its content, and to the walker's sums, as
// if the element had been known to do so when it began.
func (w *walker) mark(name string, skip, hide, doubt int) {
	f := w.stack.top(func(f *frame) bool { return f.name == name })
	if f == nil {
		return
	}
	f.skip, f.hide, f.doubt = f.skip+skip, f.hide+hide, f.doubt+doubt
	w.skip, w.hide, w.doubt = w.skip+skip, w.hide+hide, w.doubt+doubt
}

// start handles the beginning of an element.
func (w *walker) start(e *parts.Element) {
	name := e.Name.Local
	w.stack = append(w.stack, frame{name: name})
	f := &w.stack[len(w.stack)-1]
	if do := elements[name]; do != nil {
		do(w, e, f)
	} else {
		w.property(e)
	}
	w.skip, w.hide, w.doubt = w.skip+f.skip, w.hide+f.hide, w.doubt+f.doubt
}

// end handles the end of the innermost open element. The parser bounds their depth.
func (w *walker) end() {
	n := len(w.stack)
	if n == 0 {
		return
	}
	f := w.stack[n-1]
	if do := endings[f.name]; do != nil {
		do(w, &f)
	}
	w.stack = w.stack[:len(w.stack)-1]
	w.skip, w.hide, w.doubt = w.skip-f.skip, w.hide-f.hide, w.doubt-f.doubt
}

// beginDeleted leaves out what a tracked change deleted. In the properties of a row or paragraph mark, the
// change is that of the row or mark.
func beginDeleted(w *walker, _ *parts.Element, f *frame) {
	if n := len(w.stack); n > 1 {
		switch w.stack[n-2].name {
		case "trPr":
			w.mark("tr", 1, 0, 0)
			return
		case "rPr":
			return
		}
	}
	f.skip = 1
}

// alternative chooses among the alternatives of markup: the first whose extensions Word understands. The
// text of others is the same again for other programs, or hidden, if Word does not understand them.
func alternative(w *walker, e *parts.Element, f *frame) {
	n := len(w.stack)
	if n < 2 || w.stack[n-2].name != "AlternateContent" {
		if e.Name.Local == "Fallback" {
			f.skip = 1
		}
		return
	}
	outer := &w.stack[n-2]
	if outer.taken {
		f.skip = 1 // the same again, for other programs
		return
	}
	for _, prefix := range strings.Fields(parts.Attr(e.StartElement, "Requires")) {
		if space := e.Namespace(prefix); space != "" && !understood[space] {
			f.hide = 1
			return
		}
	}
	outer.taken = true
}

// beginText checks that an element with text is one that Word shows.
func beginText(w *walker, e *parts.Element, f *frame) {
	if !textSpaces[e.Space] {
		f.hide = 1 // in a namespace that programs ignore
	}
}

// text adds text of the element that is open: only few elements have text at all, and some of it is not the
// document's.
func (w *walker) text(s string) {
	n := len(w.stack)
	if n == 0 {
		return
	}
	switch w.stack[n-1].name {
	case "t":
	case "instrText":
		w.addInstruction(s)
		return
	case "posOffset":
		w.place(s)
		return
	default:
		return
	}
	w.put(s)
}

// put adds text of the open run as shown or hidden.
func (w *walker) put(s string) {
	if w.skip > 0 || s == "" {
		return
	}
	seen := w.seen(s)
	if seen == dossier.Unseen {
		w.flow().Hide(s)
		return
	}
	w.beginLine()
	leaf := w.flow().Open()
	if seen == dossier.Uncertain {
		leaf.Visibility = dossier.Uncertain
	}
	l := w.effective()
	if p := w.para(); p != nil {
		p.leaf = leaf
		p.plain = p.plain || l.bold != on && strings.TrimSpace(s) != ""
	}
	if font := symbolFont(l.font); font != "" {
		for _, r := range s {
			w.addSymbol(symbol(font, r))
		}
		return
	}
	if sight.DrawsSigns(l.font) && leaf.Visibility == "" {
		leaf.Visibility = dossier.Uncertain
	}
	w.flow().Run(s, l.font)
}

// seen returns whether text of the open run is seen in its place. How it looks is not computed for white
// space, which separates words even if it is hidden.
func (w *walker) seen(s string) dossier.Visibility {
	switch {
	case w.hide > 0 || w.inCode():
		return dossier.Unseen
	case strings.TrimSpace(s) == "":
		return ""
	}
	seen := w.sight()
	if t := w.stack.table(); seen == "" && (w.doubt > 0 || t != nil && t.look.pale) {
		return dossier.Uncertain
	}
	return seen
}

// para returns the open paragraph; nil outside of one.
func (w *walker) para() *para {
	if n := len(w.paras); n > 0 {
		return &w.paras[n-1]
	}
	return nil
}

// beginLine writes the number of a paragraph in a list before its first text.
func (w *walker) beginLine() {
	p := w.para()
	if p == nil || p.listed {
		return
	}
	p.listed = true
	b := w.block()
	if b.list == nil {
		return
	}
	if number := w.doc.lists.next(*b.list); number != "" {
		w.flow().Add(number)
		leaf := w.flow().Open()
		leaf.Kind, leaf.Level = dossier.ListItem, b.list.level+1
	}
}

// block returns the properties of the open paragraph with those of its styles. A paragraph may state the
// level of a list alone, and the style the list (17.9.18), so these are joined one by one.
func (w *walker) block() block {
	p := w.para()
	if p == nil {
		return w.doc.styles.block
	}
	if !p.asked {
		p.asked = true
		styled := w.doc.styles.block.over(w.doc.styles.of(p.style).block)
		if p.own.list != nil && p.own.list.num == "" && styled.list != nil {
			p.own.list.num = styled.list.num
		}
		if l := styled.list; l != nil && p.own.list == nil {
			copied := *l
			styled.list = &copied
		}
		p.all = styled.over(p.own)
	}
	return p.all
}

// effective returns how the open run looks: by the style of the table, of the paragraph, of the run, and
// its own properties, in this order (17.7.2).
func (w *walker) effective() look {
	if !w.run.asked {
		w.run.asked = true
		style, table := w.doc.styles.normal, look{}
		if p := w.para(); p != nil {
			style = p.style
		}
		if t := w.stack.table(); t != nil {
			if table = t.look.look; t.row == 1 && !t.firstOff {
				table = table.over(t.look.firstLook)
			}
		}
		w.run.look = w.doc.styles.text(table, style, w.run.style, w.run.own)
	}
	return w.run.look
}

// sight returns whether text of the open run is seen.
func (w *walker) sight() dossier.Visibility { return w.effective().sight(w.block(), w.ground) }

// ground returns what lies behind the open paragraph: its own shading, or that of the innermost cell, row,
// table, shape or page around it that paints something.
func (w *walker) ground() ground {
	if p := w.para(); p != nil {
		if g := w.block().ground; g != nil {
			return ground{Colour: *g, Unknown: !g.Known}
		}
	}
	for i := len(w.stack) - 1; i >= 0; i-- {
		f := &w.stack[i]
		if f.ground != nil {
			return *f.ground
		}
		if t := f.table; t != nil {
			if t.row == 1 && t.firstRow != nil && !t.firstOff {
				return ground{Colour: *t.firstRow, Unknown: !t.firstRow.Known}
			}
			if t.base != nil {
				return ground{Colour: *t.base, Unknown: !t.base.Known, Other: t.shades}
			}
			if t.shaded {
				return ground{Colour: w.doc.pages().ground, Other: append(t.shades, sight.Black)}
			}
		}
		if f.shape != nil {
			return f.shape.ground(w.doc.pages().ground)
		}
	}
	page := w.doc.pages()
	return ground{Colour: page.ground, Unknown: !page.ground.Known || page.behind}
}

// property handles an element that is a property of what is open.
func (w *walker) property(e *parts.Element) {
	if w.former > 0 {
		return
	}
	switch within := w.properties(); within {
	case "rPr":
		w.runProperty(e)
	case "textFill":
		if w.inRun {
			w.run.own.readFill(e, w.doc.theme)
		}
	case "pPr":
		if p := w.para(); p == nil {
			break
		} else if e.Name.Local == "pStyle" {
			p.style = parts.Attr(e.StartElement, "val")
		} else {
			p.own.read(e, w.doc.theme)
		}
	case "tcPr":
		w.shade(e, "tc")
	case "tblPr":
		w.shade(e, "tbl")
	case "trPr":
		if e.Name.Local == "hidden" && toggleOf(e.StartElement) == on {
			w.mark("tr", 0, 1, 0)
		}
	}
}

// properties returns the name of the innermost element of properties around the innermost element; "" if
// that is not a property of the run, paragraph, cell, row or table around it.
func (w *walker) properties() string {
	for i := len(w.stack) - 2; i >= 0; i-- {
		switch n := w.stack[i].name; n {
		case "rPr", "pPr", "tcPr", "tblPr", "trPr", "sectPr", "textFill":
			return n
		case "r", "p", "tc", "tr", "tbl":
			return ""
		}
	}
	return ""
}

// runProperty reads a property of the open run. Those of a paragraph's mark are not of its text.
func (w *walker) runProperty(e *parts.Element) {
	switch name := e.Name.Local; {
	case name == "rStyle":
		w.run.style = parts.Attr(e.StartElement, "val")
	case name == "textFill": // what is in it follows
	case w.inRun:
		w.run.own.read(e, w.doc.theme)
	}
}

// shade notes the shading of the innermost open element of a name as what lies behind its text.
func (w *walker) shade(e *parts.Element, name string) {
	if e.Name.Local != "shd" {
		return
	}
	c, none := w.doc.theme.shading(e.StartElement)
	if none {
		return
	}
	if f := w.stack.top(func(f *frame) bool { return f.name == name }); f != nil {
		f.ground = &ground{Colour: c, Unknown: !c.Known}
	}
}

// readFill reads the fill of text (w14:textFill), which counts before its colour.
func (l *look) readFill(e *parts.Element, t theme) {
	switch e.Name.Local {
	case "noFill":
		l.clear = 1
	case "srgbClr":
		if c, ok := sight.Hex(parts.Attr(e.StartElement, "val")); ok {
			l.colour = &c
		}
	case "schemeClr":
		if c, ok := t.Named(parts.Attr(e.StartElement, "val")); ok {
			l.colour = &c
		}
	case "alpha": // in 1000ths of a percent, of transparency
		if n, err := strconv.Atoi(parts.Attr(e.StartElement, "val")); err == nil {
			l.clear = float64(n) / 100_000
		}
	}
}

// beginParagraph opens a paragraph, which begins in the default style.
func beginParagraph(w *walker, _ *parts.Element, _ *frame) {
	if n := len(w.stack); n > 1 && w.stack[n-2].name == "txBody" { // of DrawingML
		return
	}
	w.paras = append(w.paras, para{style: w.doc.styles.normal})
	w.run, w.inRun = run{}, false
}

// endParagraph ends a paragraph, and decides what it is. Text boxes that are anchored in it follow it.
func endParagraph(w *walker, _ *frame) {
	p := w.para()
	if p != nil && p.leaf != nil {
		w.classify(p)
	}
	if p != nil {
		coverParagraph(w, p.leaf)
	}
	if n := len(w.paras); n > 0 {
		w.paras = w.paras[:n-1]
	}
	if w.skip == 0 {
		w.flow().Paragraph()
	}
	if len(w.flows) == 1 {
		w.addBoxes()
	}
	if w.closing && len(w.paras) == 0 {
		closeSection(w)
	}
}

// Certainty of a heading that only looks like one, from 0 to 1, and its longest text in letters: titles on
// Vietnamese forms are in bold and of up to three lines.
const (
	sureHeading = 0.6
	maxHeading  = 120
)

// classify decides what kind of block a paragraph is: by its outline level, by the name of its style, or by
// its looks: short, bold as a whole, outside of tables, and without a full stop.
func (w *walker) classify(p *para) {
	name := w.doc.styles.of(p.style).name
	level := headingLevel(name)
	if b := w.block(); b.outline > 0 {
		level = b.outline
	}
	raw := strings.TrimSpace(layout.Raw([]*layout.Node{p.leaf}))
	if t := w.stack.table(); t != nil && t.open != nil && raw != "" {
		t.bold, t.text = t.bold && !p.plain, true
	}
	switch {
	case level > 0:
		p.leaf.Kind, p.leaf.Level = dossier.Heading, level
	case name == "caption":
		p.leaf.Kind, p.leaf.Level = dossier.Caption, 0
	case !p.plain && raw != "" && w.stack.table() == nil && len([]rune(raw)) <= maxHeading &&
		!strings.HasSuffix(raw, ".") && !strings.ContainsAny(raw, "\t☐☑"):
		p.leaf.Kind, p.leaf.Level, p.leaf.Sure = dossier.Heading, 2, sureHeading
	}
}

// tabElement adds a tab. The definition of a tab stop has the same name but is not a tab.
func tabElement(w *walker, e *parts.Element, _ *frame) {
	if n := len(w.stack); n > 1 && w.stack[n-2].name == "tabs" || w.skip > 0 {
		return
	}
	w.flow().Flush()
	w.put("\t")
}

// lineBreak adds a line break, or a page or column break, which separate words all the same.
func lineBreak(w *walker, e *parts.Element, _ *frame) {
	if w.skip > 0 || !w.inRun {
		return
	}
	if parts.Attr(e.StartElement, "type") == "page" {
		w.covered = 0
	}
	w.flow().Flush()
	w.put("\n")
}

// beginNote opens a note. Separators are notes by their type; notes that nothing refers to are not shown.
func beginNote(w *walker, e *parts.Element, f *frame) {
	if w.wanted == nil || e.Name.Local != w.note {
		return
	}
	if kind := parts.Attr(e.StartElement, "type"); kind != "" && kind != "normal" {
		f.skip = 1
	} else if !w.wanted[w.note+" "+parts.Attr(e.StartElement, "id")] {
		f.hide = 1
	}
}

// noteReference notes that a footnote or endnote is referred to by text that is shown.
func noteReference(w *walker, e *parts.Element, _ *frame) {
	if w.skip == 0 && w.hide == 0 {
		w.references[strings.TrimSuffix(e.Name.Local, "Reference")+" "+parts.Attr(e.StartElement, "id")] = true
	}
}

// marginReference notes a header or footer of the open section.
func marginReference(w *walker, e *parts.Element, _ *frame) {
	if w.former == 0 {
		id := ""
		for _, a := range e.Attr {
			if a.Name.Local == "id" {
				id = a.Value
			}
		}
		w.margins = append(w.margins, margin{id: id, kind: strings.TrimSuffix(e.Name.Local, "Reference"),
			which: parts.Attr(e.StartElement, "type")})
	}
}

// importChunk adds a file that the document imports (w:altChunk, 17.17.2.1), as hidden text if it is within
// such.
func importChunk(w *walker, e *parts.Element, _ *frame) {
	name := w.doc.relations[parts.Attr(e.StartElement, "id")]
	if w.skip > 0 || w.doc.chunk == nil || name == "" {
		return
	}
	b, err := w.doc.Part(name)
	if err != nil {
		return
	}
	nodes, hidden, ok := w.doc.chunk(b)
	if !ok {
		return
	}
	if w.hide > 0 {
		hidden, nodes = hidden+" "+layout.Raw(nodes), nil
	}
	w.flow().Append(nodes, "")
	w.flow().Hide(hidden)
}
