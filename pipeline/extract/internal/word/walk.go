package word

import (
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/parts"
	"kheo/pipeline/extract/internal/sight"
)

// walker interprets WordprocessingML. Tracked deletions and the fallbacks of text boxes are left out; text that is
// not shown is kept separately.
type walker struct {
	doc   *document
	flows []*layout.Flow // of the part, and of the open text boxes in it
	boxes []box          // text boxes that wait for the end of their paragraph
	stack []frame        // open elements

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
}

// frame is an open element.
type frame struct {
	name              string
	skip, hide, doubt int // what it adds to the walker's
	ground            *ground
	table             *table
	shape             *shape
	canvas            *canvas
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

// para is an open paragraph.
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

// Namespaces whose elements may hold text.
var textSpaces = map[string]bool{
	"http://schemas.openxmlformats.org/wordprocessingml/2006/main": true,
	"http://purl.oclc.org/ooxml/wordprocessingml/main":             true,
	"http://schemas.openxmlformats.org/drawingml/2006/main":        true,
	"http://purl.oclc.org/ooxml/drawingml/main":                    true,
	"http://schemas.openxmlformats.org/officeDocument/2006/math":   true,
	"http://purl.oclc.org/ooxml/officeDocument/math":               true,
	"": true, // not declared: the document is damaged, and read all the same
}

// understood are the extensions whose alternative Word chooses.
var understood = func() map[string]bool {
	m := map[string]bool{}
	for _, s := range []string{"wordprocessingShape", "wordprocessingGroup", "wordprocessingCanvas", "wordprocessingInk",
		"wordprocessingDrawing", "wordml"} {
		m["http://schemas.microsoft.com/office/word/2010/"+s] = true
	}
	for _, s := range []string{"word/2012/wordml", "word/2015/wordml/symex", "word/2018/wordml", "word/2016/wordml/cid",
		"drawing/2010/main", "drawing/2014/chartex", "drawing/2016/ink", "drawing/2017/model3d", "drawing/2012/chart",
		"drawing/2014/main"} {
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

// top returns the innermost open frame that the test accepts; nil if there is none.
func (w *walker) top(test func(*frame) bool) *frame {
	for i := len(w.stack) - 1; i >= 0; i-- {
		if test(&w.stack[i]) {
			return &w.stack[i]
		}
	}
	return nil
}

// table returns the innermost open table of the innermost text box; nil outside of tables.
func (w *walker) table() *table {
	for i := len(w.stack) - 1; i >= 0 && w.stack[i].name != "txbxContent"; i-- {
		if t := w.stack[i].table; t != nil {
			return t
		}
	}
	return nil
}

// mark adds to what the innermost open element of a name does to its content.
func (w *walker) mark(name string, skip, hide, doubt int) {
	f := w.top(func(f *frame) bool { return f.name == name })
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

// end handles the end of an element.
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

// elements maps the elements that are more than a property to what their beginning does. What it notes in the
// frame counts until the end of the element.
var elements map[string]func(*walker, *parts.Element, *frame)

// endings maps elements to what their end does.
var endings map[string]func(*walker, *frame)

func init() {
	leaveOut := func(_ *walker, _ *parts.Element, f *frame) { f.skip = 1 }
	former := func(w *walker, _ *parts.Element, _ *frame) { w.former++ }
	elements = map[string]func(*walker, *parts.Element, *frame){
		"del": beginDeleted, "moveFrom": beginDeleted, "delText": leaveOut, "delInstrText": leaveOut,
		"rPrChange": former, "pPrChange": former, "tblPrChange": former, "tcPrChange": former, "trPrChange": former, "sectPrChange": former,
		"Choice": alternative, "Fallback": alternative,
		"p": beginParagraph, "r": func(w *walker, _ *parts.Element, _ *frame) { w.run, w.inRun = run{}, true },
		"t":   beginText,
		"tab": tabElement, "ptab": tabElement, "br": lineBreak, "cr": lineBreak,
		"noBreakHyphen": func(w *walker, _ *parts.Element, _ *frame) { w.put("-") },
		"sym":           symbolElement,
		"tbl":           beginTable, "tr": beginRow, "tc": beginCell,
		"tblHeader": func(w *walker, e *parts.Element, _ *frame) {
			if row := w.flow().Row(); row != nil && w.former == 0 {
				row.Header = toggleOf(e.StartElement) == on
			}
		},
		"gridSpan": cellProperty, "vMerge": cellProperty, "hMerge": cellProperty,
		"trHeight": func(w *walker, e *parts.Element, _ *frame) {
			n, err := strconv.Atoi(parts.Attr(e.StartElement, "val"))
			if err != nil || parts.Attr(e.StartElement, "hRule") != "exact" || w.former > 0 {
				return
			}
			if n < 60 {
				w.mark("tr", 0, 1, 0)
			}
			if t := w.table(); t != nil {
				t.exact = float64(n) / 20
			}
		},
		"tblStyle": func(w *walker, e *parts.Element, _ *frame) { w.styleTable(parts.Attr(e.StartElement, "val")) },
		"tblLook": func(w *walker, e *parts.Element, _ *frame) {
			n, err := strconv.ParseUint(parts.Attr(e.StartElement, "val"), 16, 32)
			if t := w.table(); t != nil && (parts.Attr(e.StartElement, "firstRow") == "0" || err == nil && n&0x20 == 0 && parts.Attr(e.StartElement, "firstRow") == "") {
				t.firstOff = true
			}
		},
		"tblpPr": func(w *walker, e *parts.Element, _ *frame) {
			x, _ := strconv.Atoi(parts.Attr(e.StartElement, "tblpX"))
			y, _ := strconv.Atoi(parts.Attr(e.StartElement, "tblpY"))
			if far(x) || far(y) {
				w.mark("tbl", 0, 1, 0)
			}
		},
		"txbxContent": beginBox,
		"sdt":         beginControl, "sdtContent": controlContent,
		"fldChar": fieldChar, "fldSimple": func(_ *walker, e *parts.Element, f *frame) {
			simple := field{}
			simple.code.WriteString(parts.Attr(e.StartElement, "instr"))
			if resultless[simple.kind()] {
				f.hide = 1
			}
		},
		"footnoteReference": noteReference, "endnoteReference": noteReference,
		"footnote": beginNote, "endnote": beginNote,
		"headerReference": marginReference, "footerReference": marginReference,
		"titlePg": func(w *walker, e *parts.Element, _ *frame) {
			if toggleOf(e.StartElement) == on && w.former == 0 {
				for i := w.section; i < len(w.margins); i++ {
					w.margins[i].titlePage = true
				}
			}
		},
		"altChunk": importChunk,
		"anchor":   beginDrawing, "inline": beginDrawing,
		"shape": vmlShape, "rect": vmlShape, "roundrect": vmlShape, "oval": vmlShape, "textbox": vmlShape,
		"wsp": beginShape,
	}
	for name, do := range shapeElements {
		elements[name] = do
	}
	for name, do := range formElements {
		elements[name] = do
	}
	control := elements["group"]
	elements["group"] = func(w *walker, e *parts.Element, f *frame) {
		if e.Space == vmlSpace {
			vmlGroup(w, e, f)
		} else {
			control(w, e, f)
		}
	}
	unformer := func(w *walker, _ *frame) { w.former-- }
	endings = map[string]func(*walker, *frame){
		"p": endParagraph, "tbl": endTable, "tr": endRow, "tc": endCell,
		"r":         func(w *walker, _ *frame) { w.run, w.inRun = run{}, false },
		"rPrChange": unformer, "pPrChange": unformer, "tblPrChange": unformer, "tcPrChange": unformer, "trPrChange": unformer, "sectPrChange": unformer,
		"txbxContent": func(w *walker, _ *frame) { w.endBox() }, "sdt": endControl, "wsp": endShape,
		"sectPr": func(w *walker, _ *frame) { w.section = len(w.margins) },
	}
}

// beginDeleted leaves out what a tracked change deleted. In the properties of a row or paragraph mark, the change is
// that of the row or mark.
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

// alternative chooses among the alternatives of markup: the first whose extensions Word understands.
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

// text adds text of the element that is open.
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
	sight := dossier.Visibility("")
	switch {
	case w.hide > 0 || w.inCode():
		sight = dossier.Unseen
	case strings.TrimSpace(s) == "":
	default:
		t := w.table()
		if sight = w.sight(); sight == "" && (w.doubt > 0 || t != nil && t.look.pale) {
			sight = dossier.Uncertain
		}
	}
	if sight == dossier.Unseen {
		w.flow().Hide(s)
		return
	}
	w.beginLine()
	leaf := w.flow().Open()
	if sight == dossier.Uncertain {
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
	w.flow().Run(s, l.font)
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

// block returns the properties of the open paragraph with those of its styles.
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

// effective returns how the open run looks.
func (w *walker) effective() look {
	if !w.run.asked {
		w.run.asked = true
		style, table := w.doc.styles.normal, look{}
		if p := w.para(); p != nil {
			style = p.style
		}
		if t := w.table(); t != nil {
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

// ground returns what lies behind the open paragraph.
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
	name := e.Name.Local
	within := ""
	for i := len(w.stack) - 2; i >= 0 && within == ""; i-- {
		switch n := w.stack[i].name; n {
		case "rPr", "pPr", "tcPr", "tblPr", "trPr", "sectPr", "textFill":
			within = n
		case "r", "p", "tc", "tr", "tbl":
			return
		}
	}
	switch within {
	case "rPr":
		switch {
		case name == "rStyle":
			w.run.style = parts.Attr(e.StartElement, "val")
		case name == "textFill": // what is in it follows
		case w.inRun:
			w.run.own.read(e, w.doc.theme)
		}
	case "textFill":
		if w.inRun {
			w.run.own.readFill(e, w.doc.theme)
		}
	case "pPr":
		if p := w.para(); p != nil {
			if name == "pStyle" {
				p.style = parts.Attr(e.StartElement, "val")
			} else {
				p.own.read(e, w.doc.theme)
			}
		}
	case "tcPr", "tblPr":
		if name == "shd" {
			if c, none := w.doc.theme.shading(e.StartElement); !none {
				kind := map[string]string{"tcPr": "tc", "tblPr": "tbl"}[within]
				if f := w.top(func(f *frame) bool { return f.name == kind }); f != nil {
					f.ground = &ground{Colour: c, Unknown: !c.Known}
				}
			}
		}
	case "trPr":
		if name == "hidden" && toggleOf(e.StartElement) == on {
			w.mark("tr", 0, 1, 0)
		}
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

func beginParagraph(w *walker, _ *parts.Element, _ *frame) {
	if n := len(w.stack); n > 1 && w.stack[n-2].name == "txBody" { // of DrawingML
		return
	}
	w.paras = append(w.paras, para{style: w.doc.styles.normal})
	w.run, w.inRun = run{}, false
}

// endParagraph ends a paragraph, and says what it is.
func endParagraph(w *walker, _ *frame) {
	p := w.para()
	if p != nil && p.leaf != nil {
		w.classify(p)
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
}

// Certainty of a heading that only looks like one, and its longest text in letters.
const (
	sureHeading = 0.6
	maxHeading  = 120
)

// classify says what kind of block a paragraph is: by its outline level, by its style, by how it looks.
func (w *walker) classify(p *para) {
	name := w.doc.styles.of(p.style).name
	level := headingLevel(name)
	if b := w.block(); b.outline > 0 {
		level = b.outline
	}
	raw := strings.TrimSpace(layout.Raw([]*layout.Node{p.leaf}))
	if t := w.table(); t != nil && t.open != nil && raw != "" {
		t.bold, t.text = t.bold && !p.plain, true
	}
	switch {
	case level > 0:
		p.leaf.Kind, p.leaf.Level = dossier.Heading, level
	case name == "caption":
		p.leaf.Kind, p.leaf.Level = dossier.Caption, 0
	case !p.plain && raw != "" && w.table() == nil && len([]rune(raw)) <= maxHeading && !strings.HasSuffix(raw, ".") &&
		!strings.ContainsAny(raw, "\t☐☑"):
		p.leaf.Kind, p.leaf.Level, p.leaf.Sure = dossier.Heading, 2, sureHeading
	}
}

// tabElement adds a tab; a tab stop's definition is no tab.
func tabElement(w *walker, e *parts.Element, _ *frame) {
	if n := len(w.stack); n > 1 && w.stack[n-2].name == "tabs" || w.skip > 0 {
		return
	}
	w.flow().Flush()
	w.put("\t")
}

func lineBreak(w *walker, _ *parts.Element, _ *frame) {
	if w.skip > 0 || !w.inRun {
		return
	}
	w.flow().Flush()
	w.put("\n")
}

// beginNote opens a note; those that nothing refers to are not shown.
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

func noteReference(w *walker, e *parts.Element, _ *frame) {
	if w.skip == 0 && w.hide == 0 {
		w.references[strings.TrimSuffix(e.Name.Local, "Reference")+" "+parts.Attr(e.StartElement, "id")] = true
	}
}

func marginReference(w *walker, e *parts.Element, _ *frame) {
	if w.former == 0 {
		id := ""
		for _, a := range e.Attr {
			if a.Name.Local == "id" {
				id = a.Value
			}
		}
		w.margins = append(w.margins, margin{id: id, kind: strings.TrimSuffix(e.Name.Local, "Reference"), which: parts.Attr(e.StartElement, "type")})
	}
}

// importChunk adds a file that the document imports.
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
