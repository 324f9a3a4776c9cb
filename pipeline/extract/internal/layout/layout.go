// Package layout builds pages out of blocks: readers hand it a tree of what they found, in reading order, and it
// writes the page's text and the blocks with their places in it. The text is a view of the blocks: a paragraph is a
// line, a row of a table a line with its cells separated by tabs.
//
// It also has what readers of several formats must do in the same way: numbers as spreadsheets show them, items of
// lists in plain text, and the guess which rows of a table are headers. A guess says how sure it is, and states
// nothing where the format does. Places are code points of the cleaned text, so cleaning is part of the writing.
package layout

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/cleantext"
)

// Node is a block as a reader found it: its text is raw.
type Node struct {
	Kind       dossier.BlockKind
	Level      int
	Region     dossier.Region
	Visibility dossier.Visibility
	Sure       float64 // over 0 to 1; 0 if the format states the kind
	Box        *dossier.Box
	Spans      []Span // the text of a block that is not a table; empty: an empty line
	Table      *Table
}

// Span is a piece of a block's text, or a form field within it.
type Span struct {
	Text  string
	Field *dossier.Field // its Text is the answer; nil for ordinary text
}

// Text is a node that is ordinary text.
func Text(kind dossier.BlockKind, s string) *Node { return &Node{Kind: kind, Spans: []Span{{Text: s}}} }

// Table is a table as a reader found it.
type Table struct {
	Rows       []*Row
	HeaderCols int
	Caption    string
	Ruled      int  // leading rows above the only ruling below them, as a header is; 0 if that is not known
	Printed    bool // it was found by the places of words, not stated by the file
	Stated     int  // of tables that the file states: the same number for the parts of a table on several pages; else 0
	Continued  bool // it may go on with a table of the page before it, so that its first row may be any
}

// Row is a row of a table.
type Row struct {
	Header, Hidden bool
	Cells          []*Cell
}

// Cell is a cell of a table. Col is set by the reader, or is -1 for the column after the cell before it; a
// cell that continues one of an earlier row or column is left out.
type Cell struct {
	Col              int
	RowSpan, ColSpan int // 0 is 1
	Ref              string
	Bold, Shaded     bool // all of its text is bold; it has a colour other than the paper's
	Value            *dossier.Value
	Nodes            []*Node
}

// maxLine is the length, in bytes, up to which a cell becomes one line of text: a longer one may be a page
// that is laid out as a table, and keeps its paragraphs.
const maxLine = 300

// maxGap is the column up to which those without a cell are written as empty ones.
const maxGap = 64

// Raw returns the text of nodes before it is cleaned, as far as it decides about legacy encodings and about
// whether there is any.
func Raw(nodes []*Node) string {
	var b strings.Builder
	addRaw(&b, nodes)
	return b.String()
}

// addRaw writes the text of nodes that may be seen, each on a line of its own, and tables cell by cell.
func addRaw(b *strings.Builder, nodes []*Node) {
	for _, n := range nodes {
		if n.Visibility == dossier.Unseen {
			continue
		}
		for _, s := range n.Spans {
			b.WriteString(s.Text)
		}
		if n.Table != nil {
			for _, r := range n.Table.Rows {
				for i, c := range r.Cells {
					if i > 0 {
						b.WriteByte('\t')
					}
					addRaw(b, c.Nodes)
				}
				b.WriteByte('\n')
			}
		}
		b.WriteByte('\n')
	}
}

// Each hands on nodes and those in the cells of tables, each before what is in it.
func Each(nodes []*Node, do func(n *Node)) {
	for _, n := range nodes {
		do(n)
		if n.Table == nil {
			continue
		}
		for _, r := range n.Table.Rows {
			for _, c := range r.Cells {
				Each(c.Nodes, do)
			}
		}
	}
}

// Assemble writes the text of nodes in kheo's stored form, and the blocks with their places in it.
func Assemble(nodes []*Node) (text string, blocks []dossier.Block) {
	w := &writer{modern: cleantext.Modernizer(Raw(nodes))}
	blocks = w.nodes(nodes, separate)
	w.trim()
	text = strings.TrimRight(string(w.buf), "\n")
	if !norm.NFC.IsNormalString(text) { // a mark at the beginning of a piece has joined the letter before it
		return cleantext.Clean(text), nil
	}
	w.resolve(text)
	w.place(blocks)
	return text, blocks
}

// writer writes text and remembers places in it. While it writes, the blocks hold indices of marks instead of
// offsets, because trailing space is removed at the end of each line.
type writer struct {
	buf    []byte
	marks  []int // offsets in bytes, never falling
	line   int   // index of the first mark of the open line
	modern func(string) string
}

// mark returns the index of a mark at the end of what is written.
func (w *writer) mark() int {
	w.marks = append(w.marks, len(w.buf))
	return len(w.marks) - 1
}

// trim removes space at the end of the open line.
func (w *writer) trim() {
	n := len(w.buf)
	for n > 0 && (w.buf[n-1] == ' ' || w.buf[n-1] == '\t') {
		n--
	}
	w.buf = w.buf[:n]
	for i := w.line; i < len(w.marks); i++ {
		w.marks[i] = min(w.marks[i], n)
	}
	w.line = len(w.marks)
}

// newline ends a line; no more than one empty line follows another, and none is at the beginning.
func (w *writer) newline() {
	w.trim()
	n := len(w.buf)
	if n == 0 || n > 1 && w.buf[n-1] == '\n' && w.buf[n-2] == '\n' {
		return
	}
	w.buf = append(w.buf, '\n')
}

// write adds clean text of one or more lines.
func (w *writer) write(s string) {
	for {
		line, rest, more := strings.Cut(s, "\n")
		w.buf = append(w.buf, line...)
		if !more {
			return
		}
		w.newline()
		s = rest
	}
}

// How what is written in a row is separated: each on lines of its own, or by spaces on one line.
type joint int

const (
	separate joint = iota
	oneLine
)

// nodes writes nodes, and returns them as blocks.
func (w *writer) nodes(nodes []*Node, j joint) []dossier.Block {
	var out []dossier.Block
	for _, n := range nodes {
		if b, ok := w.node(n, j); ok {
			out = append(out, b)
		}
		if n.Visibility == dossier.Unseen {
			continue
		}
		w.end(j)
	}
	return out
}

// end separates what is written from what follows.
func (w *writer) end(j joint) {
	if j == separate {
		w.newline()
	} else {
		w.space()
	}
}

// space separates what is written on one line.
func (w *writer) space() {
	if n := len(w.buf); n > 0 && w.buf[n-1] != ' ' && w.buf[n-1] != '\t' && w.buf[n-1] != '\n' {
		w.buf = append(w.buf, ' ')
	}
}

// node writes one node. ok reports whether it is a block: an empty line is not.
func (w *writer) node(n *Node, j joint) (b dossier.Block, ok bool) {
	b = dossier.Block{Kind: n.Kind, Level: n.Level, Region: n.Region, Visibility: n.Visibility, Sure: n.Sure,
		Box: n.Box, Start: w.mark()}
	switch {
	case n.Visibility == dossier.Unseen:
		ok = true
	case n.Table != nil:
		limits := UsualHeader
		if n.Table.Printed {
			limits = PrintedHeader
		}
		if sure := GuessHeaders(n.Table, limits); sure > 0 && (b.Sure == 0 || b.Sure > sure) {
			b.Sure = sure
		}
		b.Table, ok = w.table(n.Table, j), len(n.Table.Rows) > 0
	default:
		before := len(w.buf)
		b.Fields = w.spans(n.Spans, j)
		ok = len(w.buf) > before && strings.TrimSpace(string(w.buf[before:])) != "" || len(b.Fields) > 0 ||
			n.Kind == dossier.Picture
	}
	b.End = w.mark()
	return b, ok
}

// spans writes the text of a block.
func (w *writer) spans(spans []Span, j joint) (fields []dossier.Field) {
	for i := 0; i < len(spans); i++ {
		s := spans[i]
		if s.Field != nil {
			f := *s.Field
			f.Start = w.mark()
			w.write(w.clean(s.Text, j))
			f.End = w.mark()
			fields = append(fields, f)
			continue
		}
		text := s.Text // together with what follows: a letter and its mark may be in two spans
		for i+1 < len(spans) && spans[i+1].Field == nil {
			i++
			text += spans[i].Text
		}
		w.write(w.clean(text, j))
	}
	return fields
}

// clean brings raw text into the stored form; with oneLine all its space becomes single spaces.
func (w *writer) clean(s string, j joint) string {
	if s == "" {
		return ""
	}
	lead, tail := edge(s)
	s = cleantext.Clean(w.modern(s))
	if j == oneLine {
		s = strings.Join(strings.Fields(s), " ")
		if n := len(w.buf); n > 0 && (w.buf[n-1] == ' ' || w.buf[n-1] == '\t' || w.buf[n-1] == '\n') {
			lead = ""
		}
		if lead != "" {
			lead = " "
		}
		if tail != "" {
			tail = " "
		}
		return lead + s + tail
	}
	if strings.HasPrefix(s, lead) {
		lead = "" // Clean keeps space at the beginning
	}
	return lead + s + tail
}

// edge returns the space at both ends of a text that stays: Clean removes it at the end of a line, but text
// may follow on the same line.
func edge(s string) (lead, tail string) {
	trimmed := strings.TrimRight(s, " \t\u00a0")
	tail = strings.ReplaceAll(s[len(trimmed):], "\u00a0", " ")
	if trimmed == "" {
		return "", tail
	}
	rest := strings.TrimLeft(trimmed, " \t")
	return trimmed[:len(trimmed)-len(rest)], tail
}

// table writes the rows of a table.
func (w *writer) table(t *Table, j joint) *dossier.Table {
	out := &dossier.Table{HeaderCols: t.HeaderCols, Caption: cleantext.Clean(w.modern(t.Caption)),
		Rows: []dossier.Row{}}
	for i, r := range t.Rows {
		row := dossier.Row{Header: r.Header, Hidden: r.Hidden, Cells: []dossier.Cell{}}
		col := 0
		for k, c := range r.Cells {
			if k > 0 {
				w.buf = append(w.buf, '\t')
			}
			for ; col < min(c.Col, maxGap); col++ { // columns of cells that began in an earlier row
				w.buf = append(w.buf, '\t')
			}
			col = max(col, c.Col)
			row.Cells = append(row.Cells, w.cell(c, i, col))
			col += max(1, c.ColSpan)
		}
		out.Rows = append(out.Rows, row)
		if i+1 < len(t.Rows) && !(r.Hidden && len(r.Cells) == 0) {
			w.end(j)
		}
	}
	return out
}

// cell writes a cell: on one line if it is short.
func (w *writer) cell(c *Cell, row, col int) dossier.Cell {
	out := dossier.Cell{Row: row, Col: col, Ref: c.Ref, Value: c.Value, Start: w.mark()}
	if c.RowSpan > 1 {
		out.RowSpan = c.RowSpan
	}
	if c.ColSpan > 1 {
		out.ColSpan = c.ColSpan
	}
	j := oneLine
	if len(Raw(c.Nodes)) >= maxLine {
		j = separate
	}
	before := len(w.buf)
	for _, b := range w.nodes(c.Nodes, j) {
		out.Fields = append(out.Fields, b.Fields...)
		if b.Table != nil || b.Visibility != "" {
			out.Blocks = append(out.Blocks, b)
		}
	}
	for n := len(w.buf); n > before && (w.buf[n-1] == ' ' || w.buf[n-1] == '\n' || w.buf[n-1] == '\t'); n-- {
		w.buf = w.buf[:n-1]
	}
	for i := out.Start; i < len(w.marks); i++ {
		w.marks[i] = min(w.marks[i], len(w.buf))
	}
	w.line = min(w.line, out.Start)
	out.End = w.mark()
	return out
}

// resolve turns the marks from bytes into code points.
func (w *writer) resolve(text string) {
	at, points := 0, 0
	for i, m := range w.marks {
		m = min(m, len(text))
		points += utf8.RuneCountInString(text[at:m])
		at = m
		w.marks[i] = points
	}
}

// place replaces the indices of marks by their offsets.
func (w *writer) place(blocks []dossier.Block) {
	eachPlace(blocks, func(at *int) { *at = w.marks[*at] })
}

// eachPlace hands on the beginnings and ends of blocks, and of the cells and fields in them.
func eachPlace(blocks []dossier.Block, do func(at *int)) {
	fields := func(list []dossier.Field) {
		for i := range list {
			do(&list[i].Start)
			do(&list[i].End)
		}
	}
	for i := range blocks {
		b := &blocks[i]
		do(&b.Start)
		do(&b.End)
		fields(b.Fields)
		if b.Table == nil {
			continue
		}
		for _, r := range b.Table.Rows {
			for n := range r.Cells {
				c := &r.Cells[n]
				do(&c.Start)
				do(&c.End)
				fields(c.Fields)
				eachPlace(c.Blocks, do)
			}
		}
	}
}

// Decimal writes a number with a decimal mark. Three digits after it could be read as a group in another
// language: they get a zero.
func Decimal(s, mark string) string {
	whole, part, ok := strings.Cut(s, ".")
	if !ok {
		return s
	}
	if bare := strings.TrimPrefix(whole, "-"); len(part) == 3 && len(bare) <= 3 && bare != "0" {
		part += "0"
	}
	return whole + mark + part
}

// Shift moves blocks by a number of code points.
func Shift(blocks []dossier.Block, by int) {
	eachPlace(blocks, func(at *int) { *at += by })
}
