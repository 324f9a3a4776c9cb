package odf

import (
	"encoding/xml"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/parts"
	"kheo/pipeline/extract/internal/sight"
)

// state is what holds within an open element: each begins with that of the element around it.
type state struct {
	look   look
	ground sight.Ground
	seen   dossier.Visibility
	skip   bool // not a part of the document
	wanted bool // in a header or footer, where only those are read
	kind   dossier.BlockKind
	level  int    // of a heading, or of a list item
	list   string // style of the list
	body   bool   // inside a paragraph
}

// walker walks content and styles in one pass over a part.
type walker struct {
	layout.Flow
	styles   *styles
	stack    []state
	pages    []dossier.Page
	margins  bool            // only headers and footers are wanted
	used     map[string]bool // page styles whose headers and footers are printed
	mark     string          // decimal mark
	sheets   bool
	slides   bool
	uncached bool
	paras    []bool           // open paragraphs: whether a field in it hides it
	items    []int            // by level: whether the item has had its number
	counts   map[string][]int // of the items of lists, by style
	grids    []*grid
	cells    int
}

// newWalker returns a walker over a part of a document; mark is its decimal mark.
func newWalker(s *styles, mark string) *walker {
	return &walker{styles: s, mark: mark, counts: map[string][]int{},
		stack: []state{{ground: sight.Ground{Colour: sight.White}, kind: dossier.Paragraph}}}
}

// skipped are elements whose text is not part of the document: tracked changes keep deleted text,
// annotations are comments, and titles and descriptions of drawings are for screen readers.
var skipped = map[string]bool{"tracked-changes": true, "annotation": true, "forms": true, "script": true,
	"scripts": true, "desc": true, "title": true, "font-face-decls": true, "automatic-styles": true, "styles": true,
	"dde-connection-decls": true}

// top returns the state of the innermost open element.
func (w *walker) top() *state { return &w.stack[len(w.stack)-1] }

// walk adds the text of one part. On an error, what came before it has been added.
func (w *walker) walk(b []byte) error {
	return parts.Walk(b, w.start, w.end, w.text)
}

// text adds text of a paragraph. Line breaks and tabs are elements (text:line-break, text:tab); in text
// they are white space.
func (w *walker) text(s string) {
	t := w.top()
	if t.skip || !t.body || w.margins && !t.wanted || w.typed() {
		return
	}
	w.add(strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' {
			return ' '
		}
		return r
	}, s))
}

// add adds text as it is, in the style of the innermost element, as shown or as hidden.
func (w *walker) add(s string) {
	t := w.top()
	seen := sight.Worse(t.seen, t.look.sight(t.ground))
	if seen == dossier.Unseen {
		w.Hide(s)
		return
	}
	w.begin()
	w.Run(s, t.look.font)
	if seen != "" && strings.TrimSpace(s) != "" {
		w.Open().Visibility = seen
	}
}

// begin opens a paragraph as the heading or list item that it is, before its first text; empty paragraphs
// remain as they are.
func (w *walker) begin() {
	t := w.top()
	n := w.Open()
	if len(n.Spans) > 0 || n.Kind != dossier.Paragraph || t.kind == dossier.Paragraph {
		return
	}
	n.Kind, n.Level = t.kind, t.level
	if t.kind == dossier.ListItem {
		if s := w.label(t); s != "" {
			w.Add(s + " ")
		}
	}
}

// label returns the number of a list item, once: "2.1." with as many levels before it as the style shows.
// Deeper levels start over when a shallower one counts on.
func (w *walker) label(t *state) string {
	l := w.styles.lists[t.list]
	depth := min(t.level, 10) - 1
	if l == nil || depth < 0 || depth >= len(w.items) || w.items[depth] != 0 || l.levels[depth].format == "" {
		return ""
	}
	w.items[depth] = 1
	counts := w.counts[t.list]
	for len(counts) <= depth {
		counts = append(counts, l.levels[len(counts)].start-1)
	}
	// deeper levels start over
	counts = counts[:depth+1]
	counts[depth]++
	w.counts[t.list] = counts
	var parts []string
	for i := max(0, depth+1-l.levels[depth].shown); i <= depth; i++ {
		parts = append(parts, numeral(counts[i], l.levels[i].format))
	}
	return l.levels[depth].prefix + strings.Join(parts, ".") + l.levels[depth].suffix
}

// start handles the beginning of an element: it opens a state like that around it, which the element may
// change.
func (w *walker) start(e xml.StartElement) {
	s := *w.top()
	s.skip = s.skip || skipped[e.Name.Local]
	w.stack = append(w.stack, s)
	if s.skip {
		return
	}
	if begin := beginnings[e.Name.Local]; begin != nil {
		begin(w, e)
	} else {
		w.startTable(e)
	}
}

// beginnings maps elements to what their beginning does; those of tables are in cells.go.
var beginnings map[string]func(*walker, xml.StartElement)

// init fills beginnings. An element that is not in it is one of tables, or has no effect of its own.
func init() {
	beginnings = map[string]func(*walker, xml.StartElement){
		"master-page": (*walker).startMaster,
		"header":      (*walker).startMargin, "footer": (*walker).startMargin,
		"header-first": (*walker).startMargin, "footer-first": (*walker).startMargin,
		"header-left": (*walker).startMargin, "footer-left": (*walker).startMargin,
		"p": (*walker).startParagraph, "h": (*walker).startParagraph,
		"span": (*walker).startSpan, "a": (*walker).startSpan,
		"section": func(w *walker, e xml.StartElement) {
			w.conditional(parts.Attr(e, "display"), parts.Attr(e, "condition"), parts.Attr(e, "is-hidden"))
		},
		"hidden-text": func(w *walker, e xml.StartElement) {
			w.conditional("condition", parts.Attr(e, "condition"), parts.Attr(e, "is-hidden"))
		},
		"hidden-paragraph": (*walker).hideParagraph,
		"list":             func(w *walker, e xml.StartElement) { w.startList(parts.Attr(e, "style-name")) },
		"list-item":        (*walker).startItem, "list-header": (*walker).startItem,
		"frame": (*walker).startFrame, "custom-shape": (*walker).startFrame, "rect": (*walker).startFrame,
		"ellipse": (*walker).startFrame, "text-box": (*walker).startFrame,
		"spreadsheet":  func(w *walker, _ xml.StartElement) { w.sheets = true },
		"presentation": func(w *walker, _ xml.StartElement) { w.slides = true },
		"drawing":      func(w *walker, _ xml.StartElement) { w.slides = true },
		"page":         (*walker).startSlide,
		"s":            (*walker).space, "tab": (*walker).space, "line-break": (*walker).space,
	}
}

// startMaster begins a page style; headers and footers of one that is not in use are not printed.
func (w *walker) startMaster(e xml.StartElement) {
	if !w.used[parts.Attr(e, "name")] {
		w.top().seen = dossier.Unseen
	}
}

// startMargin begins a header or a footer. Whether there is a left or a first page depends on the layout,
// which is not computed. In presentations the elements of that name are fields.
func (w *walker) startMargin(e xml.StartElement) {
	if e.Name.Space == "presentation" {
		return
	}
	t := w.top()
	t.wanted = true
	name := e.Name.Local
	if parts.Attr(e, "display") == "false" {
		t.seen = dossier.Unseen
	} else if strings.HasSuffix(name, "-left") || strings.HasSuffix(name, "-first") {
		t.seen = sight.Worse(t.seen, dossier.Uncertain)
	}
}

// startSpan begins text in a style of its own, or a link.
func (w *walker) startSpan(e xml.StartElement) { w.dress("text", parts.Attr(e, "style-name")) }

// hideParagraph reads a field that hides the paragraph around it: all of it, so that its end decides.
func (w *walker) hideParagraph(e xml.StartElement) {
	t := w.top()
	if seen := byCondition(parts.Attr(e, "condition"), parts.Attr(e, "is-hidden")); seen != dossier.Unseen {
		t.seen = sight.Worse(t.seen, seen)
	} else if n := len(w.paras); n > 0 {
		w.paras[n-1] = true
	}
}

// startItem begins an item of a list, which has its number to come, or its header, which has none.
func (w *walker) startItem(e xml.StartElement) {
	if n := len(w.items); n > 0 {
		w.items[n-1] = map[bool]int{true: 0, false: 1}[e.Name.Local == "list-item"]
	}
}

// startSlide begins a slide, and ends the one before it.
func (w *walker) startSlide(e xml.StartElement) {
	w.endPage()
	if st := w.styles.get("drawing-page", parts.Attr(e, "style-name")); st != nil && st.gone {
		w.top().seen = dossier.Unseen
	}
}

// startParagraph begins a paragraph or a heading. What lies behind its text is its own ground, or that
// around it.
func (w *walker) startParagraph(e xml.StartElement) {
	t := w.top()
	t.body = true
	w.paras = append(w.paras, false)
	if e.Name.Local == "h" {
		n, err := strconv.Atoi(parts.Attr(e, "outline-level"))
		if err != nil {
			n = 1
		}
		t.kind, t.level = dossier.Heading, min(max(n, 1), 9)
	}
	base := t.look
	t.look = w.styles.look("paragraph", parts.Attr(e, "style-name"))
	// What a cell looks like is the style of the cell; an automatic paragraph style lies over it.
	if w.InCell() && w.sheets { // the text of a cell is dressed by the cell
		own := w.styles.get("paragraph", parts.Attr(e, "style-name"))
		t.look = base
		if own != nil {
			t.look = base.over(own.look)
		}
	}
	if t.look.ground != nil {
		t.ground = sight.Ground{Colour: *t.look.ground}
		// From here on the ground belongs to the element, not to the text: a span in it may have a ground
		// of its own.
		t.look.ground = nil
	}
}

// dress lets a style of text, with those that it is based on, hold within the open element.
func (w *walker) dress(family, name string) {
	t := w.top()
	for _, st := range w.styles.chain(family, name) {
		t.look = t.look.over(st.look)
	}
}

// conditional hides what is in a section or a field, always or if its condition is true; now is whether it
// was hidden when the file was written.
func (w *walker) conditional(display, condition, now string) {
	t := w.top()
	switch display {
	case "none":
		t.seen = dossier.Unseen
	case "condition":
		t.seen = sight.Worse(t.seen, byCondition(condition, now))
	}
}

// byCondition returns whether something is seen that a condition hides; now is whether it was hidden when
// the file was written.
func byCondition(condition, now string) dossier.Visibility {
	hides, known := always(condition)
	switch {
	case hides, !known && now == "true":
		return dossier.Unseen
	case !known:
		return dossier.Uncertain
	}
	return ""
}

// startList begins a list, within another or by itself. Without a style it has that of the list around it.
func (w *walker) startList(style string) {
	t := w.top()
	// A list within an item continues one level deeper; any other begins at the first.
	if t.kind != dossier.ListItem || t.body {
		t.level = 0
		w.items = w.items[:0]
	}
	if style != "" {
		t.list = style
	}
	t.kind, t.level = dossier.ListItem, t.level+1
	w.items = append(w.items[:min(len(w.items), t.level-1)], 1)
}

// Frames are not seen if they are smaller than tinyFrame, or further off the page than farOff, in points.
const (
	tinyFrame = 1.5
	farOff    = 2000
)

// startFrame begins a frame or a shape. A text box has the size of the frame around it.
func (w *walker) startFrame(e xml.StartElement) {
	if e.Name.Local == "text-box" {
		return
	}
	t := w.top()
	if parts.Attr(e, "display") == "none" || outOfSight(e) {
		t.seen = dossier.Unseen
	}
	// Shapes of slides have styles of a family of their own, but may also use those of drawings.
	family := "graphic"
	if w.slides {
		family = "presentation"
	}
	for _, f := range []string{family, "graphic"} {
		name := parts.Attr(e, "style-name")
		if w.styles.get(f, name) == nil {
			continue
		}
		if l := w.styles.look(f, name); l.ground != nil {
			t.ground = sight.Ground{Colour: *l.ground}
		}
		break
	}
	if w.slides && t.ground.Colour == sight.White {
		t.ground.Unknown = true // the master or the page may be painted
	}
}

// outOfSight reports whether a frame is too small for a letter, or lies off the page. The page begins at 0;
// its right and lower edges are not known here, so those bounds are beyond any page.
func outOfSight(e xml.StartElement) bool {
	width, sized := length(parts.Attr(e, "width"))
	height, high := length(parts.Attr(e, "height"))
	x, _ := length(parts.Attr(e, "x"))
	y, _ := length(parts.Attr(e, "y"))
	tiny := sized && width < tinyFrame || high && height < tinyFrame
	before := sized && x < 0 && x+width < -20 || high && y < 0 && y+height < -20
	return tiny || before || x > farOff || y > 2*farOff
}

// space adds spaces, tabs and line breaks, which are elements (text:s is a number of spaces, of which at
// most 100 count).
func (w *walker) space(e xml.StartElement) {
	t := w.top()
	if !t.body || w.margins && !t.wanted || w.typed() {
		return
	}
	switch e.Name.Local {
	case "s":
		n, _ := strconv.Atoi(parts.Attr(e, "c"))
		w.add(strings.Repeat(" ", min(max(n, 1), 100)))
	case "tab":
		w.Flush()
		w.add("\t")
	case "line-break":
		w.Flush()
		w.add("\n")
	}
}

// end handles the end of an element: with its state ends what it changed.
func (w *walker) end(name string) {
	if len(w.stack) < 2 {
		return
	}
	t := *w.top()
	w.stack = w.stack[:len(w.stack)-1]
	if t.skip {
		return
	}
	switch name {
	case "p", "h":
		w.endParagraph(t)
	case "list":
		if n := len(w.items); n > 0 {
			w.items = w.items[:n-1]
		}
	case "page":
	default:
		w.endTable(name)
	}
}

// endParagraph ends a paragraph, and hides it if a field in it says so (text:hidden-paragraph).
func (w *walker) endParagraph(t state) {
	if n := len(w.paras); n > 0 {
		if w.paras[n-1] {
			w.Flush()
			leaf := w.Open()
			// The field may be anywhere in the paragraph, so what was read of it is taken back.
			for _, s := range leaf.Spans {
				w.Hide(s.Text)
			}
			leaf.Spans, leaf.Visibility = nil, dossier.Unseen
		}
		w.paras = w.paras[:n-1]
	}
	if !w.margins || t.wanted {
		w.Paragraph()
	}
}
