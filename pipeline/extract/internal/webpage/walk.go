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

// walker writes the blocks of a page.
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

// put adds text of an element.
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

// newline begins a line.
func (w *walker) newline() {
	if !w.space || !w.InCell() {
		w.Paragraph()
	}
	w.space = true
}

// collapse writes white space as single spaces.
func collapse(s string) string { return strings.Join(strings.Fields(s), " ") }

// text adds the text of a node with its white space as browsers show it.
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

// element adds one element.
func (w *walker) element(n *html.Node) {
	if raw[n.Data] {
		return
	}
	kind, level, lists := w.kind, w.level, w.lists
	defer func() { w.kind, w.level, w.lists = kind, level, lists }()
	s := w.doc.sure[n]
	switch n.Data {
	case "head":
		w.head(n)
		return
	case "title":
		if n.Namespace == "" {
			w.title(n)
		}
		return
	case "br":
		w.newline()
		return
	case "table":
		w.table(n)
		return
	case "input", "textarea", "select":
		w.control(n)
		return
	case "iframe":
		w.frame(n)
		return
	case "h1", "h2", "h3", "h4", "h5", "h6":
		w.kind, w.level = dossier.Heading, int(n.Data[1]-'0')
	case "ul", "ol", "menu", "dir":
		w.lists++
	case "li", "dt", "dd":
		w.kind, w.level = dossier.ListItem, max(1, w.lists)
	case "figcaption":
		w.kind, w.level = dossier.Caption, 0
	case "noscript":
		if !w.doc.options.Mail {
			return // its content is not parsed
		}
	}
	if role := value(n, "role"); role == "heading" {
		level, _ := strconv.Atoi(value(n, "aria-level"))
		w.kind, w.level = dossier.Heading, min(9, max(1, level))
	}
	block := !s.inline() && s.display != "inline-block" && s.display != "inline-flex" && s.display != "none" ||
		s.display == "none" && blockTags[n.Data]
	if block {
		w.newline()
	}
	w.children(n)
	if block {
		w.newline()
	}
}

// head adds what is shown of the head of a page: its title. It is not on the page itself: it is uncertain unless the
// page says the same.
func (w *walker) head(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && c.Data == "title" {
			w.title(c)
		}
	}
}

// title adds the title of a page, which browsers show on its tab.
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

// says reports whether the visible text of a page contains a text.
func (d *document) says(text string) bool {
	var b strings.Builder
	for n := range d.root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Type == html.ElementNode && n.Parent.Data != "title" && !raw[n.Parent.Data] &&
			d.sure[n.Parent] != nil && d.sight(n.Parent) == "" {
			b.WriteString(n.Data + " ")
		}
	}
	return strings.Contains(collapse(b.String()), text)
}

// frame adds a page that is written into the attribute of a frame.
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

// maxSpan bounds the rows and columns that a cell spans.
const maxSpan = 1000

// row is one row of a table with where it is.
type row struct {
	node   *html.Node
	header bool // in the head of the table
}

// rowsOf lists the rows of a table: those of its head, of its bodies and of its foot.
func rowsOf(table *html.Node) (rows []row, captions []*html.Node) {
	var head, body, foot []row
	for c := table.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		switch c.Data {
		case "caption":
			captions = append(captions, c)
		case "tr":
			body = append(body, row{c, false})
		case "thead", "tbody", "tfoot":
			for r := c.FirstChild; r != nil; r = r.NextSibling {
				if r.Type != html.ElementNode || r.Data != "tr" {
					continue
				}
				switch c.Data {
				case "thead":
					head = append(head, row{r, true})
				case "tfoot":
					foot = append(foot, row{r, false})
				default:
					body = append(body, row{r, false})
				}
			}
		}
	}
	return append(append(head, body...), foot...), captions
}

// isCell reports whether a node is a cell.
func isCell(n *html.Node) bool {
	return n.Type == html.ElementNode && (n.Data == "td" || n.Data == "th")
}

// table adds a table.
func (w *walker) table(n *html.Node) {
	rows, captions := rowsOf(n)
	w.newline()
	w.kind, w.level = "", 0
	for _, c := range captions {
		w.kind = dossier.Caption
		w.children(c)
		w.newline()
		w.kind = ""
	}
	t := w.BeginTable()
	for _, c := range captions {
		if w.doc.sight(c) != dossier.Unseen {
			t.Caption = textOf(c)
		}
	}
	g := &grid{hidden: hiddenColumns(n)}
	leading := -1 // header cells that every row of the body begins with
	headers := true
	for _, r := range rows {
		cells, heads, first := 0, 0, 0
		for c := r.node.FirstChild; c != nil; c = c.NextSibling {
			if isCell(c) {
				if c.Data == "th" && value(c, "scope") != "row" {
					if heads++; heads == cells+1 {
						first++
					}
				} else if c.Data == "th" && cells == first {
					first++
				}
				cells++
			}
		}
		if cells == 0 {
			continue
		}
		out := w.BeginRow()
		headers = headers && (r.header || heads == cells)
		out.Header = headers
		out.Hidden = w.doc.sure[r.node].gone || w.doc.sure[r.node].hidden
		if !headers && cells > 1 {
			if leading < 0 {
				leading = first
			}
			leading = min(leading, first)
		}
		w.row(r.node, g)
		w.EndRow()
	}
	t.HeaderCols = max(0, leading)
	w.EndTable()
	for c := n.FirstChild; c != nil; c = c.NextSibling { // what the parser leaves in a table
		if c.Type == html.ElementNode && (c.Data == "form" || c.Data == "template") {
			w.element(c)
		}
	}
	w.space = true
}

// grid tells which columns of a row are taken by cells of earlier rows.
type grid struct {
	taken  []int // rows that a cell in each column still spans
	hidden map[int]bool
}

// next returns the first free column from one on.
func (g *grid) next(col int) int {
	for col < len(g.taken) && g.taken[col] > 0 {
		col++
	}
	return col
}

// take reserves columns for a cell.
func (g *grid) take(col, cols, rows int) {
	for len(g.taken) < col+cols {
		g.taken = append(g.taken, 0)
	}
	for i := col; i < col+cols; i++ {
		g.taken[i] = rows
	}
}

// row adds the cells of a row.
func (w *walker) row(tr *html.Node, g *grid) {
	col := 0
	for c := tr.FirstChild; c != nil; c = c.NextSibling {
		if !isCell(c) {
			if c.Type == html.ElementNode && !raw[c.Data] {
				w.Hide(textOf(c))
			}
			continue
		}
		if w.doc.sure[c].display == "none" && !w.doc.sure[tr].gone {
			w.Hide(textOf(c) + " ")
			continue
		}
		col = g.next(col)
		if col > maxSpan {
			col = maxSpan
		}
		cell := w.BeginCell()
		w.space = true
		cols, rows := span(c, "colspan"), span(c, "rowspan")
		cell.Col, cell.ColSpan, cell.RowSpan = col, cols, rows
		if hides := g.hidden[col]; hides {
			w.Hide(textOf(c) + " ")
		} else {
			w.children(c)
		}
		w.EndCell()
		g.take(col, cols, rows)
		col += cols
	}
	for i := range g.taken {
		g.taken[i] = max(0, g.taken[i]-1)
	}
}

// span returns how many rows or columns a cell spans.
func span(n *html.Node, key string) int {
	v, err := strconv.Atoi(strings.TrimSpace(value(n, key)))
	if err != nil || v < 1 {
		return 1
	}
	return min(v, maxSpan)
}

// hiddenColumns returns the columns of a table that are not shown.
func hiddenColumns(table *html.Node) map[int]bool {
	out := map[int]bool{}
	col := 0
	for n := table.FirstChild; n != nil; n = n.NextSibling {
		if n.Type != html.ElementNode || n.Data != "colgroup" {
			continue
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type != html.ElementNode || c.Data != "col" {
				continue
			}
			style := strings.ReplaceAll(strings.ToLower(value(c, "style")+value(n, "style")), " ", "")
			for range span(c, "span") {
				if strings.Contains(style, "visibility:collapse") || strings.Contains(style, "visibility:hidden") ||
					strings.Contains(style, "display:none") {
					out[col] = true
				}
				col++
			}
		}
	}
	return out
}
