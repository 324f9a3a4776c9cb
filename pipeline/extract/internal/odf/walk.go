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

// state is what holds within an open element.
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

// walker walks content and styles.
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

func newWalker(s *styles, mark string) *walker {
	return &walker{styles: s, mark: mark, counts: map[string][]int{},
		stack: []state{{ground: sight.Ground{Colour: sight.White}, kind: dossier.Paragraph}}}
}

// skipped are elements whose text is not part of the document.
var skipped = map[string]bool{"tracked-changes": true, "annotation": true, "forms": true, "script": true,
	"scripts": true, "desc": true, "title": true, "font-face-decls": true, "automatic-styles": true, "styles": true,
	"dde-connection-decls": true}

func (w *walker) top() *state { return &w.stack[len(w.stack)-1] }

// walk adds the text of one part.
func (w *walker) walk(b []byte) error {
	return parts.Walk(b, w.start, w.end, w.text)
}

// text adds text of a paragraph.
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

// add adds text as it is.
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

// begin opens a paragraph as the heading or list item that it is.
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

// label returns the number of a list item, once.
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
	counts = counts[:depth+1]
	counts[depth]++
	w.counts[t.list] = counts
	var parts []string
	for i := max(0, depth+1-l.levels[depth].shown); i <= depth; i++ {
		parts = append(parts, numeral(counts[i], l.levels[i].format))
	}
	return l.levels[depth].prefix + strings.Join(parts, ".") + l.levels[depth].suffix
}

// start handles the beginning of an element.
func (w *walker) start(e xml.StartElement) {
	s := *w.top()
	name := e.Name.Local
	s.skip = s.skip || skipped[name]
	w.stack = append(w.stack, s)
	if s.skip {
		return
	}
	t := w.top()
	attr := func(name string) string { return parts.Attr(e, name) }
	switch name {
	case "master-page":
		if !w.used[attr("name")] {
			t.seen = dossier.Unseen
		}
	case "header", "footer", "header-first", "footer-first", "header-left", "footer-left":
		if e.Name.Space == "presentation" {
			break
		}
		t.wanted = true
		if attr("display") == "false" {
			t.seen = dossier.Unseen
		} else if strings.HasSuffix(name, "-left") || strings.HasSuffix(name, "-first") {
			t.seen = sight.Worse(t.seen, dossier.Uncertain)
		}
	case "p", "h":
		w.startParagraph(e)
	case "span", "a":
		w.dress("text", attr("style-name"))
	case "section":
		w.conditional(attr("display"), attr("condition"), attr("is-hidden"))
	case "hidden-text":
		w.conditional("condition", attr("condition"), attr("is-hidden"))
	case "hidden-paragraph":
		if seen := byCondition(attr("condition"), attr("is-hidden")); seen != dossier.Unseen {
			t.seen = sight.Worse(t.seen, seen)
		} else if n := len(w.paras); n > 0 {
			w.paras[n-1] = true
		}
	case "list":
		w.startList(attr("style-name"))
	case "list-item", "list-header":
		if n := len(w.items); n > 0 { // the item of a list has its number to come, its header has none
			w.items[n-1] = map[bool]int{true: 0, false: 1}[name == "list-item"]
		}
	case "frame", "custom-shape", "rect", "ellipse", "text-box":
		w.startFrame(e)
	case "spreadsheet":
		w.sheets = true
	case "presentation", "drawing":
		w.slides = true
	case "page":
		w.endPage()
		if st := w.styles.get("drawing-page", attr("style-name")); st != nil && st.gone {
			t.seen = dossier.Unseen
		}
	case "s", "tab", "line-break":
		w.space(e)
	default:
		w.startTable(e)
	}
}

// startParagraph begins a paragraph or a heading.
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
	if w.InCell() && w.sheets { // the text of a cell is dressed by the cell
		own := w.styles.get("paragraph", parts.Attr(e, "style-name"))
		t.look = base
		if own != nil {
			t.look = base.over(own.look)
		}
	}
	if t.look.ground != nil {
		t.ground = sight.Ground{Colour: *t.look.ground}
		t.look.ground = nil
	}
}

// dress lets a style of text hold within the open element.
func (w *walker) dress(family, name string) {
	t := w.top()
	for _, st := range w.styles.chain(family, name) {
		t.look = t.look.over(st.look)
	}
}

// conditional hides what is in a section or a field, always or if its condition is true.
func (w *walker) conditional(display, condition, now string) {
	t := w.top()
	switch display {
	case "none":
		t.seen = dossier.Unseen
	case "condition":
		t.seen = sight.Worse(t.seen, byCondition(condition, now))
	}
}

// byCondition returns whether something is seen that a condition hides; now is whether it was hidden when the file was
// written.
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

// startList begins a list, within another or by itself.
func (w *walker) startList(style string) {
	t := w.top()
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

// Frames are not seen if they are smaller than this, or further off the page, in points.
const (
	tinyFrame = 1.5
	farOff    = 2000
)

// startFrame begins a frame or a shape.
func (w *walker) startFrame(e xml.StartElement) {
	t := w.top()
	if e.Name.Local == "text-box" {
		return
	}
	width, sized := length(parts.Attr(e, "width"))
	height, high := length(parts.Attr(e, "height"))
	x, _ := length(parts.Attr(e, "x"))
	y, _ := length(parts.Attr(e, "y"))
	switch {
	case parts.Attr(e, "display") == "none", sized && width < tinyFrame, high && height < tinyFrame,
		x > farOff || y > 2*farOff || sized && x < 0 && x+width < -20 || high && y < 0 && y+height < -20:
		t.seen = dossier.Unseen
	}
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

// space adds spaces, tabs and line breaks, which are elements.
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

// end handles the end of an element.
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

// endParagraph ends a paragraph, and hides it if a field in it says so.
func (w *walker) endParagraph(t state) {
	if n := len(w.paras); n > 0 {
		if w.paras[n-1] {
			w.Flush()
			leaf := w.Open()
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
