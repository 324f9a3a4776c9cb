package webpage

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"kheo/internal/dossier"
)

// maxSpan bounds the rows and columns that a cell spans, and the columns of a table. Browsers have the same
// bound for columns (HTML standard, section 4.9.11).
const maxSpan = 1000

// row is one row of a table.
type row struct {
	node   *html.Node
	header bool // in the head of the table
}

// rowsOf lists the rows of a table in the order in which they are shown: those of its head, of its bodies
// and of its foot, wherever these are in the file.
func rowsOf(table *html.Node) (rows []row, captions []*html.Node) {
	var head, body, foot []row
	for c := range elements(table) {
		switch c.Data {
		case "caption":
			captions = append(captions, c)
		case "tr":
			body = append(body, row{c, false})
		case "thead", "tbody", "tfoot":
			for r := range elements(c) {
				switch {
				case r.Data != "tr":
				case c.Data == "thead":
					head = append(head, row{r, true})
				case c.Data == "tfoot":
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

// table adds a table: its captions, then row by row.
//
// The first rows are headers as long as each is in the head of the table or has no cell but header cells.
// The header columns are the header cells with which every other row begins.
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
	leading := -1 // header cells that every row of the body begins with; -1 before the first
	headers := true
	for _, r := range rows {
		cells, heads, first := headerCells(r.node)
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
	for c := range elements(n) { // what the parser leaves in a table
		if c.Data == "form" || c.Data == "template" {
			w.element(c)
		}
	}
	w.space = true
}

// headerCells counts the cells of a row, those of them that head a column, and the header cells that it
// begins with.
func headerCells(tr *html.Node) (cells, heads, first int) {
	for c := range elements(tr) {
		if !isCell(c) {
			continue
		}
		if c.Data == "th" && value(c, "scope") != "row" {
			if heads++; heads == cells+1 { // all cells so far head a column
				first++
			}
		} else if c.Data == "th" && cells == first {
			first++
		}
		cells++
	}
	return cells, heads, first
}

// grid has the columns of a row that cells of earlier rows take: what the algorithm of the HTML standard,
// section 4.9.12, needs to find the column of a cell.
type grid struct {
	taken  []int        // rows that a cell in each column still spans
	hidden map[int]bool // columns that are not shown
}

// next returns the first free column from col on.
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

// row adds the cells of a row. Text between cells, which the parser leaves there only in damaged pages, is
// hidden.
func (w *walker) row(tr *html.Node, g *grid) {
	col := 0
	for c := range elements(tr) {
		if !isCell(c) {
			if !raw[c.Data] {
				w.Hide(textOf(c))
			}
			continue
		}
		if w.doc.sure[c].display == "none" && !w.doc.sure[tr].gone { // takes no column: the next cells move up
			w.Hide(textOf(c) + " ")
			continue
		}
		col = min(g.next(col), maxSpan)
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

// hiddenColumns returns the columns of a table that are not shown. Of styles for columns only style
// attributes count; rules of style sheets for them are rare.
func hiddenColumns(table *html.Node) map[int]bool {
	out := map[int]bool{}
	col := 0
	for group := range elements(table) {
		if group.Data != "colgroup" {
			continue
		}
		for c := range elements(group) {
			if c.Data != "col" {
				continue
			}
			style := strings.ReplaceAll(strings.ToLower(value(c, "style")+value(group, "style")), " ", "")
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
