package page

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"kheo/internal/dossier"
)

// Structured returns the text of a page as HTML with its structure: headings, lists and tables look like what
// they are, and text that may not be visible is set apart under the label doubt. marks are half-open ranges
// of code points in ascending order, as Marked takes them. Blocks that begin behind the first limit code
// points are left out. Pages without blocks are shown as text.
func Structured(p *dossier.Page, marks []Mark, limit int, doubt string) template.HTML {
	w := &structure{text: []rune(p.Text), marks: marks, doubt: doubt}
	w.window = [2]int{0, len(w.text)}
	if len(p.Blocks) == 0 {
		return markedAs(w.text[:min(limit, len(w.text))], marks)
	}
	for i := range p.Blocks {
		if p.Blocks[i].Start < limit {
			w.block(&p.Blocks[i])
		}
	}
	return template.HTML(w.out.String()) // every piece of text in it is escaped
}

// Excerpt returns what surrounds a passage of a page, as Structured does: the blocks, and the rows of tables,
// that begin or end at most reach code points from it. Headers of tables are kept. start and end are the
// half-open range of the passage in code points; it is marked.
func Excerpt(p *dossier.Page, start, end, reach int, doubt string) template.HTML {
	w := &structure{text: []rune(p.Text), marks: []Mark{{From: start, To: end}}, doubt: doubt}
	w.window = [2]int{max(0, start-reach), min(len(w.text), end+reach)}
	if len(p.Blocks) == 0 {
		w.block(&dossier.Block{Kind: dossier.Paragraph, End: len(w.text)})
	}
	for i := range p.Blocks {
		if b := &p.Blocks[i]; w.inWindow(b.Start, b.End) {
			w.block(b)
		}
	}
	return template.HTML(w.out.String()) // every piece of text in it is escaped
}

// ellipsis returns the sign of a cut, if there is one.
func ellipsis(cut bool) template.HTML {
	if cut {
		return "…"
	}
	return ""
}

// structure writes blocks.
type structure struct {
	out   strings.Builder
	text  []rune
	marks []Mark
	doubt string

	window [2]int // the part of the text of which blocks and rows are written
}

// inWindow reports whether a range touches the part that is written.
func (w *structure) inWindow(start, end int) bool { return start <= w.window[1] && end >= w.window[0] }

// rowInWindow reports whether a row of a table is written: as a header, or because one of its cells is.
func (w *structure) rowInWindow(r *dossier.Row) bool {
	isShown := func(c dossier.Cell) bool { return w.inWindow(c.Start, c.End) }
	return r.Header || slices.ContainsFunc(r.Cells, isShown)
}

// block writes one block. A hidden one has no text and is left out.
func (w *structure) block(b *dossier.Block) {
	if b.Visibility == dossier.Unseen || b.Table == nil && b.Start == b.End {
		return
	}
	class := string(b.Kind)
	if b.Kind == dossier.Heading {
		class += fmt.Sprintf(" level%d", max(1, min(b.Level, 6)))
	}
	if b.Region != "" {
		class += " " + string(b.Region)
	}
	if b.Visibility == dossier.Uncertain {
		fmt.Fprintf(&w.out, `<div class="doubt"><span class="label">%s</span>`, template.HTMLEscapeString(w.doubt))
		defer w.out.WriteString("</div>")
	}
	if b.Table != nil {
		w.table(b.Table, class)
		return
	}
	from, to := max(b.Start, w.window[0]), min(b.End, w.window[1])
	fmt.Fprintf(&w.out, `<p class="%s">%s%s%s</p>`, class, ellipsis(from > b.Start), w.part(from, to),
		ellipsis(to < b.End))
}

// table writes a table. Cells of header rows and columns are headers of what is below and beside them.
func (w *structure) table(t *dossier.Table, class string) {
	fmt.Fprintf(&w.out, `<div class="wide"><table class="%s">`, class)
	if t.Caption != "" {
		w.out.WriteString("<caption>" + template.HTMLEscapeString(t.Caption) + "</caption>")
	}
	for i := range t.Rows {
		if t.Rows[i].Hidden || !w.rowInWindow(&t.Rows[i]) {
			continue
		}
		w.out.WriteString("<tr>")
		for k := range t.Rows[i].Cells {
			c := &t.Rows[i].Cells[k]
			tag, scope := "td", ""
			if t.Rows[i].Header {
				tag, scope = "th", ` scope="col"`
			} else if c.Col < t.HeaderCols {
				tag, scope = "th", ` scope="row"`
			}
			fmt.Fprintf(&w.out, "<%s%s%s%s>%s</%s>", tag, scope, span("rowspan", c.RowSpan),
				span("colspan", c.ColSpan), w.part(c.Start, c.End), tag)
		}
		w.out.WriteString("</tr>")
	}
	w.out.WriteString("</table></div>")
}

// maxSpan bounds the spans that are written; browsers have bounds of their own.
const maxSpan = 1000

// span returns an attribute of a cell that spans n rows or columns, with a space before it; "" for one that does not.
func span(name string, n int) string {
	if n < 2 {
		return ""
	}
	return fmt.Sprintf(` %s="%d"`, name, min(n, maxSpan))
}

// part returns the text between two places, with the marks in it.
func (w *structure) part(start, end int) template.HTML {
	start, end = max(0, min(start, len(w.text))), max(0, min(end, len(w.text)))
	if start >= end {
		return ""
	}
	var marks []Mark
	for _, m := range w.marks {
		from, to := max(m.From, start), min(m.To, end)
		if from < to {
			marks = append(marks, Mark{from - start, to - start, m.Class, m.First && from == m.From})
		}
	}
	return markedAs(w.text[start:end], marks)
}
