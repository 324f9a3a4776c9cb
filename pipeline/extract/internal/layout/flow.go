package layout

import (
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/cleantext"
)

// Flow collects the blocks of a document made of paragraphs and tables, in reading order. Every reader of
// such formats embeds it, and calls its methods as it meets the document's parts.
type Flow struct {
	frames []*frame // the page, and the open cells within it; empty before anything was added
	deep   int      // open cells that are not kept apart, because they are nested too deeply
	legacy legacyRun
	Region dossier.Region  // of the blocks that follow
	Hidden strings.Builder // text that is not shown
	hid    bool            // some of it since the last paragraph began
}

// legacyRun is text of one encoding that is not yet converted.
type legacyRun struct {
	enc  cleantext.LegacyFont
	text strings.Builder
}

// frame is the inside of the page or of a cell.
type frame struct {
	nodes []*Node
	leaf  *Node  // the open paragraph; nil between paragraphs
	table *Table // the open table
	row   *Row   // its open row
	cell  *Cell  // what the frame becomes; nil of the page
}

// maxFrames is the maximum depth of tables within cells.
const maxFrames = 200

// top returns the innermost open frame.
func (f *Flow) top() *frame {
	if len(f.frames) == 0 {
		f.frames = append(f.frames, &frame{})
	}
	return f.frames[len(f.frames)-1]
}

// InCell reports whether a cell is open.
func (f *Flow) InCell() bool { return len(f.frames) > 1 }

// Table returns the innermost open table; nil if there is none.
func (f *Flow) Table() *Table { return f.top().table }

// Row returns the open row of the innermost table; nil if there is none.
func (f *Flow) Row() *Row { return f.top().row }

// Open returns the open paragraph; it begins one if there is none.
func (f *Flow) Open() *Node {
	t := f.top()
	if t.leaf == nil {
		if t.row == nil {
			t.table = nil // text ends a table that has no end of its own
		}
		t.leaf = &Node{Kind: dossier.Paragraph, Region: f.Region}
		t.nodes = append(t.nodes, t.leaf)
	}
	return t.leaf
}

// Add appends text to the open paragraph.
func (f *Flow) Add(s string) {
	if s == "" {
		return
	}
	leaf := f.Open()
	leaf.Spans = append(leaf.Spans, Span{Text: s})
	if leaf.Visibility == "" && strings.ContainsRune(s, rightToLeft) {
		leaf.Visibility = dossier.Uncertain
	}
}

// rightToLeft is the sign behind which programs draw the letters of any script from right to left, until its paragraph
// ends or another sign ends it (UAX #9, section 2.2): what a reader sees is not what is written.
const rightToLeft = '\u202e'

// Field appends a form field to the open paragraph; text is its answer, or the box of a tick.
func (f *Flow) Field(field dossier.Field, text string) {
	f.Flush()
	leaf := f.Open()
	leaf.Spans = append(leaf.Spans, Span{Text: text, Field: &field})
}

// Run appends text set in a font. Text in fonts of legacy Vietnamese encodings is collected until the
// font changes, and then converted.
func (f *Flow) Run(s, font string) {
	enc := cleantext.FontEncoding(font)
	if enc != f.legacy.enc {
		f.Flush()
		f.legacy.enc = enc
	}
	if !enc.Known() {
		f.Add(s)
		return
	}
	f.legacy.text.WriteString(s)
}

// Flush ends a run of text in a legacy encoding.
func (f *Flow) Flush() {
	if f.legacy.text.Len() > 0 {
		f.Add(f.legacy.enc.Convert(f.legacy.text.String()))
		f.legacy.text.Reset()
	}
	f.legacy.enc = cleantext.LegacyFont{}
}

// Hide adds text that is not shown.
func (f *Flow) Hide(s string) {
	f.Hidden.WriteString(s)
	f.hid = f.hid || strings.TrimSpace(s) != ""
}

// Paragraph ends a paragraph. One without text is an empty line, or a block that is not shown.
func (f *Flow) Paragraph() {
	f.Flush()
	t := f.top()
	if t.leaf == nil {
		n := f.Open()
		if f.hid {
			n.Visibility = dossier.Unseen
		}
	}
	if f.hid {
		f.Hidden.WriteByte(' ')
	}
	t.leaf, f.hid = nil, false
}

// BeginTable opens a table. Readers of formats whose tables have no beginning leave it out: a row opens one,
// and text outside of rows ends it.
func (f *Flow) BeginTable() *Table {
	f.Flush()
	t := f.top()
	t.leaf, t.row = nil, nil
	t.table = &Table{}
	t.nodes = append(t.nodes, &Node{Kind: dossier.TableKind, Region: f.Region, Table: t.table})
	return t.table
}

// EndTable closes the innermost table.
func (f *Flow) EndTable() {
	f.Flush()
	t := f.top()
	t.leaf, t.row, t.table = nil, nil, nil
}

// BeginRow opens a row of a table.
func (f *Flow) BeginRow() *Row {
	f.Flush()
	t := f.top()
	if t.table == nil {
		f.BeginTable()
	}
	t.leaf, t.row = nil, &Row{}
	t.table.Rows = append(t.table.Rows, t.row)
	return t.row
}

// BeginCell opens a cell, with or without an open row.
func (f *Flow) BeginCell() *Cell {
	f.Flush()
	t := f.top()
	c := &Cell{Col: -1}
	if len(f.frames) >= maxFrames {
		f.deep++
		return c
	}
	if t.row == nil {
		f.BeginRow()
	}
	t.row.Cells = append(t.row.Cells, c)
	f.frames = append(f.frames, &frame{cell: c})
	return c
}

// EndCell closes a cell.
func (f *Flow) EndCell() {
	f.Flush()
	if f.deep > 0 {
		f.deep--
		return
	}
	if n := len(f.frames); n > 1 {
		t := f.frames[n-1]
		t.cell.Nodes = t.nodes
		f.frames = f.frames[:n-1]
	}
}

// EndRow closes a row.
func (f *Flow) EndRow() {
	f.Flush()
	t := f.top()
	t.leaf, t.row = nil, nil
}

// Len returns the number of blocks of the innermost open cell, or of the page.
func (f *Flow) Len() int { return len(f.top().nodes) }

// Only returns the paragraph with text that was added since there were n blocks, if it is the only block with
// text.
func (f *Flow) Only(n int) *Node {
	var only *Node
	t := f.top()
	for _, b := range t.nodes[min(n, len(t.nodes)):] {
		switch {
		case b.Table != nil:
			return nil
		case len(b.Spans) == 0:
		case only != nil:
			return nil
		default:
			only = b
		}
	}
	return only
}

// Nodes returns the blocks collected so far. It closes open cells: the document may be cut off.
func (f *Flow) Nodes() []*Node {
	f.Flush()
	for f.deep = 0; len(f.frames) > 1; {
		f.EndCell()
	}
	return f.top().nodes
}

// Append adds blocks that another flow collected, in a region of the page.
func (f *Flow) Append(nodes []*Node, region dossier.Region) {
	f.Flush()
	t := f.top()
	t.leaf, t.row, t.table = nil, nil, nil
	for _, n := range nodes {
		n.Region = region
	}
	t.nodes = append(t.nodes, nodes...)
}

// Empty reports whether nothing that is shown was collected.
func (f *Flow) Empty() bool { return strings.TrimSpace(Raw(f.Nodes())) == "" }

// String returns the text collected so far.
func (f *Flow) String() string {
	text, _ := Assemble(f.Nodes())
	return text
}

// Page returns what was collected as a page.
func (f *Flow) Page(number int, reader string) dossier.Page {
	p := dossier.Page{Number: number, Reader: reader, Hidden: cleantext.HiddenWords(f.Hidden.String())}
	p.Text, p.Blocks = Assemble(f.Nodes())
	return p
}
