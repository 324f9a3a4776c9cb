package webpage

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
)

// walker writes the blocks of a page: it visits the elements in the order of the file, which is the order
// of reading unless a page places its elements otherwise.
type walker struct {
	layout.Flow
	doc   *document
	space bool // a space would be one too many here
	kind  dossier.BlockKind
	level int // of a heading, or of a list
	lists int // open lists
}

// at begins the open block with the kind of the elements around it, and marks it if its text is uncertain.
func (w *walker) at(seen dossier.Visibility) *layout.Node {
	leaf := w.Open()
	if len(leaf.Spans) == 0 && w.kind != "" {
		leaf.Kind, leaf.Level = w.kind, w.level
	}
	if seen == dossier.Uncertain {
		leaf.Visibility = seen
	}
	return leaf
}

// put adds text of an element n. Text that is not seen goes where hidden text is kept; text in a legacy
// font is decoded.
func (w *walker) put(s string, n *html.Node) {
	switch seen := w.doc.sight(n); {
	case seen == dossier.Unseen:
		w.Hide(s)
	case w.doc.sure[n].family != "":
		w.at(seen)
		w.Run(s, w.doc.sure[n].family)
	default:
		w.Flush()
		w.at(seen)
		w.Add(s)
	}
}

// newline begins a line. In a cell that has no text yet there is nothing to end.
func (w *walker) newline() {
	if !w.space || !w.InCell() {
		w.Paragraph()
	}
	w.space = true
}

// collapse writes white space as single spaces.
func collapse(s string) string { return strings.Join(strings.Fields(s), " ") }

// text adds the text of a node with its white space as browsers show it: runs of spaces are one (CSS Text
// 3, section 4.1), and none begins a line. Preformatted text keeps its lines.
func (w *walker) text(s string, n *html.Node) {
	if s == "" {
		return
	}
	if w.doc.sure[n].pre && strings.Contains(strings.TrimSpace(s), "\n") {
		for i, line := range strings.Split(strings.Trim(s, "\r\n"), "\n") {
			if i > 0 {
				w.newline()
			}
			w.put(strings.TrimRight(line, "\r"), n)
			w.space = false
		}
		return
	}
	words := collapse(s)
	if words == "" {
		if !w.space {
			w.put(" ", n)
			w.space = true
		}
		return
	}
	if r, _ := utf8.DecodeRuneInString(s); unicode.IsSpace(r) && !w.space {
		w.put(" ", n)
	}
	w.put(words, n)
	r, _ := utf8.DecodeLastRuneInString(s)
	if w.space = unicode.IsSpace(r); w.space {
		w.put(" ", n)
	}
}

// children adds what is in a node.
func (w *walker) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.Type {
		case html.TextNode:
			if n.Type == html.ElementNode && !raw[n.Data] {
				w.text(c.Data, n)
			}
		case html.ElementNode:
			w.element(c)
		}
	}
}

// element adds one element, with the kind that it gives to the blocks in it.
func (w *walker) element(n *html.Node) {
	if raw[n.Data] {
		return
	}
	kind, level, lists := w.kind, w.level, w.lists
	defer func() { w.kind, w.level, w.lists = kind, level, lists }()
	if w.special(n) {
		return
	}
	w.enter(n)
	s := w.doc.sure[n]
	block := s.display == "none" && blockTags[n.Data] ||
		!s.inline() && s.display != "inline-block" && s.display != "inline-flex" && s.display != "none"
	if block && !isAnswer(n) {
		w.newline()
	}
	w.children(n)
	switch {
	case block && isAsked(n):
		w.put("\t", n)
		w.space = true
	case block:
		w.newline()
	}
}

// isAsked reports whether a node is the term of a description list that its description follows at once, as forms write
// a label and what was filled in. Both are on one line, as the cells of a row are.
func isAsked(n *html.Node) bool {
	next := n.NextSibling
	for next != nil && next.Type != html.ElementNode {
		next = next.NextSibling
	}
	return n.Data == "dt" && next != nil && next.Data == "dd"
}

// isAnswer reports whether a node is the description that belongs to the term before it, see isAsked.
func isAnswer(n *html.Node) bool {
	before := n.PrevSibling
	for before != nil && before.Type != html.ElementNode {
		before = before.PrevSibling
	}
	return n.Data == "dd" && before != nil && isAsked(before)
}

// special adds an element whose content is not just text, and reports whether it is one.
func (w *walker) special(n *html.Node) bool {
	switch n.Data {
	case "head":
		w.head(n)
	case "title":
		if n.Namespace == "" { // in a drawing it is a tooltip
			w.title(n)
		}
	case "br":
		w.newline()
	case "table":
		w.table(n)
	case "input", "textarea", "select":
		w.control(n)
	case "iframe":
		w.frame(n)
	case "noscript":
		return !w.doc.options.Mail // its content is not parsed
	default:
		return false
	}
	return true
}

// enter sets the kind and the level of the blocks in an element. A role goes over the name of the element.
func (w *walker) enter(n *html.Node) {
	switch n.Data {
	case "h1", "h2", "h3", "h4", "h5", "h6":
		w.kind, w.level = dossier.Heading, int(n.Data[1]-'0')
	case "ul", "ol", "menu", "dir":
		w.lists++
	case "li", "dt", "dd":
		w.kind, w.level = dossier.ListItem, max(1, w.lists)
	case "figcaption":
		w.kind, w.level = dossier.Caption, 0
	}
	if role := value(n, "role"); role == "heading" {
		level, _ := strconv.Atoi(value(n, "aria-level"))
		w.kind, w.level = dossier.Heading, min(9, max(1, level))
	}
}

// head adds what is shown of the head of a page: its title.
func (w *walker) head(n *html.Node) {
	for c := range elements(n) {
		if c.Data == "title" {
			w.title(c)
		}
	}
}

// title adds the title of a page, which browsers show on its tab. It is not on the page itself, so it is
// uncertain unless the page says the same.
func (w *walker) title(n *html.Node) {
	title := textOf(n)
	if title == "" {
		return
	}
	w.newline()
	leaf := w.Open()
	leaf.Kind, leaf.Level, leaf.Region = dossier.Heading, 1, dossier.HeaderRegion
	if !w.doc.says(title) {
		leaf.Visibility = dossier.Uncertain
	}
	w.Add(title)
	w.newline()
}

// says reports whether the visible text of a page contains a text, without regard to how it is divided into
// elements.
func (d *document) says(text string) bool {
	var b strings.Builder
	for n := range d.root.Descendants() {
		p := n.Parent
		if n.Type == html.TextNode && p.Type == html.ElementNode && p.Data != "title" && !raw[p.Data] &&
			d.sure[p] != nil && d.sight(p) == "" {
			b.WriteString(n.Data + " ")
		}
	}
	return strings.Contains(collapse(b.String()), text)
}

// frame adds a page that is written into the attribute srcdoc of a frame. The content of the element itself
// is a fallback for browsers without frames.
func (w *walker) frame(n *html.Node) {
	inner := value(n, "srcdoc")
	s := w.doc.sure[n]
	if inner == "" || w.doc.options.depth >= maxFrames || s == nil {
		w.children(n)
		return
	}
	o := w.doc.options
	o.depth++
	f := Read(inner, o)
	nodes := f.Nodes()
	if n.Parent != nil && w.doc.sure[n.Parent] != nil && w.doc.sight(n.Parent) == dossier.Unseen {
		w.Hide(layout.Raw(nodes))
		return
	}
	markUncertain(nodes) // the size of the frame is not computed
	w.newline()
	w.Hide(f.Hidden.String())
	w.Append(nodes, w.Region)
}
