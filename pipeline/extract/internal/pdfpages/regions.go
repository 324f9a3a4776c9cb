package pdfpages

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
)

// Headers and footers are blocks at the upper and lower edge that are repeated on other pages, but for their
// numbers.
const (
	edgeBlocks = 3    // blocks at each end of a page that may be one
	edgeShare  = 0.13 // of the page's height, from its edge
	sameHeight = 12   // points by which their places may differ
)

// edge is a block at an end of a page, as far as it is compared with those of other pages.
type edge struct {
	text   string
	bottom bool
}

// markRegions sets the regions of headers and footers.
func markRegions(pages []pdfPage) {
	heights := map[edge][]float64{}
	visit := func(do func(n *layout.Node, e edge)) {
		for i := range pages {
			nodes, high := pages[i].nodes, pages[i].height
			count := 0
			for k := 0; k < len(nodes) && count < edgeBlocks; k++ {
				if n := nodes[k]; n.Box != nil && n.Table == nil && n.Region == "" {
					count++
					if n.Box.Y+n.Box.H < edgeShare*high {
						do(n, edge{withoutDigits(n), false})
					}
				}
			}
			count = 0
			for k := len(nodes) - 1; k >= 0 && count < edgeBlocks; k-- {
				if n := nodes[k]; n.Box != nil && n.Table == nil && n.Region == "" {
					count++
					if n.Box.Y > (1-edgeShare)*high {
						do(n, edge{withoutDigits(n), true})
					}
				}
			}
		}
	}
	visit(func(n *layout.Node, e edge) { heights[e] = append(heights[e], n.Box.Y) })
	visit(func(n *layout.Node, e edge) {
		same := 0
		for _, y := range heights[e] {
			if math.Abs(y-n.Box.Y) <= sameHeight {
				same++
			}
		}
		numbered := strings.TrimFunc(e.text, func(r rune) bool { return !unicode.IsLetter(r) }) == "" &&
			strings.ContainsRune(e.text, '#') && e.bottom && len(e.text) < 12
		if same < 2 && !numbered || e.text == "" {
			return
		}
		n.Region = dossier.HeaderRegion
		if e.bottom {
			n.Region = dossier.FooterRegion
		}
		if n.Kind == dossier.Heading {
			n.Kind, n.Level = dossier.Paragraph, 0
		}
	})
}

// withoutDigits returns the text of a node with each number as the same sign.
func withoutDigits(n *layout.Node) string {
	var b strings.Builder
	number := false
	for _, r := range layout.Raw([]*layout.Node{n}) {
		if unicode.IsDigit(r) {
			if !number {
				b.WriteByte('#')
			}
			number = true
			continue
		}
		number = false
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.TrimSpace(b.String())
}

// maxRepeated is the maximum number of rows of a header that is printed again on the next page.
const maxRepeated = 4

// markContinued finds tables that may go on from one page to the next: the last block of a page and the first one of
// the next are tables of as many columns. Rows with which both begin are the header, printed again.
func markContinued(pages []pdfPage) {
	var first *layout.Table // the beginning of a table that the page before ended with
	stated := map[int]*layout.Table{}
	for i := range pages {
		goOn(stated, pages[i].nodes)
		top, bottom := ends(pages[i].nodes)
		if first != nil && top != nil && first.Stated == top.Stated && top.Stated != 0 {
			if bottom != top {
				first = bottom
			}
			continue
		}
		if first != nil && top != nil && width(first) == width(top) && (first.Stated == 0 || top.Stated == 0) {
			top.Continued = true
			splitHeader(first, top)
			same := 0
			for same < min(maxRepeated+1, len(first.Rows), len(top.Rows)-1) &&
				rowText(first.Rows[same]) == rowText(top.Rows[same]) {
				same++
			}
			if same > 0 && same <= maxRepeated {
				for k := range same {
					first.Rows[k].Header, top.Rows[k].Header = true, true
				}
			}
			if bottom == top {
				continue
			}
		}
		first = bottom
	}
}

// goOn marks the tables of a page that the file states to go on from an earlier one. stated are those of earlier pages,
// by their numbers.
func goOn(stated map[int]*layout.Table, nodes []*layout.Node) {
	for _, n := range nodes {
		if n.Table == nil || n.Table.Stated == 0 {
			continue
		}
		if stated[n.Table.Stated] != nil {
			n.Table.Continued = true
		}
		stated[n.Table.Stated] = n.Table
	}
}

// splitHeader divides the first row of a table without rulings that goes on from the page before, if it is the header,
// printed again, together with the rest of a row: each of its cells begins with what the header says there.
func splitHeader(first, top *layout.Table) {
	names, row := first.Rows[0], top.Rows[0]
	if first.Rows[0].Header && rowText(names) == rowText(row) || len(names.Cells) != len(row.Cells) ||
		len(names.Cells) < 2 {
		return
	}
	rest := &layout.Row{}
	heads := make([]string, len(row.Cells))
	letters := 0
	for i, c := range row.Cells {
		name, text := cellText(names.Cells[i]), cellText(c)
		head, after, ok := strings.Cut(text+" ", name+" ")
		if names.Cells[i].Col != c.Col || !ok || head != "" || name == "" || len(c.Nodes) != 1 ||
			hasFields(c.Nodes[0]) {
			return
		}
		heads[i], letters = name, letters+len(name)
		if after = strings.TrimSpace(after); after != "" {
			part, n := *c, *c.Nodes[0]
			n.Spans = []layout.Span{{Text: after}}
			part.Nodes, part.Bold = []*layout.Node{&n}, false
			rest.Cells = append(rest.Cells, &part)
		}
	}
	if len(rest.Cells) == 0 || letters < minNames {
		return
	}
	for i, c := range row.Cells {
		c.Nodes[0].Spans = []layout.Span{{Text: heads[i]}}
	}
	top.Rows = slices.Insert(top.Rows, 1, rest)
}

// minNames is the number of letters of a header that is known again when it is printed above the rest of a row.
const minNames = 8

// hasFields reports whether form fields are in a node.
func hasFields(n *layout.Node) bool {
	return slices.ContainsFunc(n.Spans, func(s layout.Span) bool { return s.Field != nil })
}

// cellText returns what a cell says.
func cellText(c *layout.Cell) string { return strings.Join(strings.Fields(layout.Raw(c.Nodes)), " ") }

// ends returns the tables that a page begins and ends with, apart from its header and footer; nil if it begins or ends
// with something else.
func ends(nodes []*layout.Node) (top, bottom *layout.Table) {
	begun := false
	for _, n := range nodes {
		if n.Region != "" || n.Table == nil && len(n.Spans) == 0 {
			continue
		}
		if bottom = n.Table; !begun {
			top, begun = n.Table, true
		}
	}
	return top, bottom
}

// width returns the number of columns of a table.
func width(t *layout.Table) (cols int) {
	for _, r := range t.Rows {
		for _, c := range r.Cells {
			cols = max(cols, c.Col+max(1, c.ColSpan))
		}
	}
	return cols
}

// rowText returns what the cells of a row say.
func rowText(r *layout.Row) string {
	var out []string
	for _, c := range r.Cells {
		out = append(out, cellText(c))
	}
	return strings.Join(out, "\t")
}
