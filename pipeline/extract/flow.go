package extract

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/limits"
)

// flow collects the blocks of a document made of paragraphs and tables, in reading order. Every reader of such
// formats embeds it, and calls its methods as it meets the document's parts.
type flow struct {
	frames []*frame // the page, and the open cells within it; empty before anything was added
	deep   int      // open cells that are not kept apart, because they are nested too deeply
	legacy legacyRun
	region dossier.Region  // of the blocks that follow
	hidden strings.Builder // text that is not shown
	hid    bool            // some of it since the last paragraph began
}

// legacyRun is text of one encoding that is not yet converted.
type legacyRun struct {
	enc  cleantext.LegacyFont
	text strings.Builder
}

// frame is the inside of the page or of a cell.
type frame struct {
	nodes []*layout.Node
	leaf  *layout.Node  // the open paragraph; nil between paragraphs
	table *layout.Table // the open table
	row   *layout.Row   // its open row
	cell  *layout.Cell  // what the frame becomes; nil of the page
}

// maxFrames is the maximum depth of tables within cells.
const maxFrames = 200

// top returns the innermost open frame.
func (f *flow) top() *frame {
	if len(f.frames) == 0 {
		f.frames = append(f.frames, &frame{})
	}
	return f.frames[len(f.frames)-1]
}

// inCell reports whether a cell is open.
func (f *flow) inCell() bool { return len(f.frames) > 1 }

// open returns the open paragraph; it begins one if there is none.
func (f *flow) open() *layout.Node {
	t := f.top()
	if t.leaf == nil {
		if t.row == nil {
			t.table = nil // text ends a table that has no end of its own
		}
		t.leaf = &layout.Node{Kind: dossier.Paragraph, Region: f.region}
		t.nodes = append(t.nodes, t.leaf)
	}
	return t.leaf
}

// add appends text to the open paragraph.
func (f *flow) add(s string) {
	if s == "" {
		return
	}
	leaf := f.open()
	leaf.Spans = append(leaf.Spans, layout.Span{Text: s})
}

// field appends a form field to the open paragraph; text is its answer, or the box of a tick.
func (f *flow) field(field dossier.Field, text string) {
	f.flush()
	leaf := f.open()
	leaf.Spans = append(leaf.Spans, layout.Span{Text: text, Field: &field})
}

// run appends text set in a font. Text in fonts of legacy Vietnamese encodings is collected until the
// font changes, and then converted.
func (f *flow) run(s, font string) {
	enc := cleantext.FontEncoding(font)
	if enc != f.legacy.enc {
		f.flush()
		f.legacy.enc = enc
	}
	if !enc.Known() {
		f.add(s)
		return
	}
	f.legacy.text.WriteString(s)
}

// flush ends a run of text in a legacy encoding.
func (f *flow) flush() {
	if f.legacy.text.Len() > 0 {
		f.add(f.legacy.enc.Convert(f.legacy.text.String()))
		f.legacy.text.Reset()
	}
	f.legacy.enc = cleantext.LegacyFont{}
}

// hide adds text that is not shown.
func (f *flow) hide(s string) {
	f.hidden.WriteString(s)
	f.hid = f.hid || strings.TrimSpace(s) != ""
}

// paragraph ends a paragraph. One without text is an empty line, or a block that is not shown.
func (f *flow) paragraph() {
	f.flush()
	t := f.top()
	if t.leaf == nil {
		n := f.open()
		if f.hid {
			n.Visibility = dossier.Unseen
		}
	}
	if f.hid {
		f.hidden.WriteByte(' ')
	}
	t.leaf, f.hid = nil, false
}

// beginTable opens a table. Readers of formats whose tables have no beginning leave it out: a row opens one, and
// text outside of rows ends it.
func (f *flow) beginTable() *layout.Table {
	f.flush()
	t := f.top()
	t.leaf, t.row = nil, nil
	t.table = &layout.Table{}
	t.nodes = append(t.nodes, &layout.Node{Kind: dossier.TableKind, Region: f.region, Table: t.table})
	return t.table
}

// endTable closes the innermost table.
func (f *flow) endTable() {
	f.flush()
	t := f.top()
	t.leaf, t.row, t.table = nil, nil, nil
}

// beginRow opens a row of a table.
func (f *flow) beginRow() *layout.Row {
	f.flush()
	t := f.top()
	if t.table == nil {
		f.beginTable()
	}
	t.leaf, t.row = nil, &layout.Row{}
	t.table.Rows = append(t.table.Rows, t.row)
	return t.row
}

// beginCell opens a cell, with or without an open row.
func (f *flow) beginCell() *layout.Cell {
	f.flush()
	t := f.top()
	c := &layout.Cell{Col: -1}
	if len(f.frames) >= maxFrames {
		f.deep++
		return c
	}
	if t.row == nil {
		f.beginRow()
	}
	t.row.Cells = append(t.row.Cells, c)
	f.frames = append(f.frames, &frame{cell: c})
	return c
}

// endCell closes a cell.
func (f *flow) endCell() {
	f.flush()
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

// endRow closes a row.
func (f *flow) endRow() {
	f.flush()
	t := f.top()
	t.leaf, t.row = nil, nil
}

// nodes returns the blocks collected so far. It closes open cells: the document may be cut off.
func (f *flow) nodes() []*layout.Node {
	f.flush()
	for f.deep = 0; len(f.frames) > 1; {
		f.endCell()
	}
	return f.top().nodes
}

// append adds blocks that another flow collected, in a region of the page.
func (f *flow) append(nodes []*layout.Node, region dossier.Region) {
	f.flush()
	t := f.top()
	t.leaf, t.row, t.table = nil, nil, nil
	for _, n := range nodes {
		n.Region = region
	}
	t.nodes = append(t.nodes, nodes...)
}

// empty reports whether nothing that is shown was collected.
func (f *flow) empty() bool { return strings.TrimSpace(layout.Raw(f.nodes())) == "" }

// String returns the text collected so far.
func (f *flow) String() string {
	text, _ := layout.Assemble(f.nodes())
	return text
}

// page returns what was collected as a page.
func (f *flow) page(number int, reader string) dossier.Page {
	p := dossier.Page{Number: number, Reader: reader, Hidden: cleantext.HiddenWords(f.hidden.String())}
	p.Text, p.Blocks = layout.Assemble(f.nodes())
	return p
}

// maxNesting is the maximum depth of nested elements or groups.
const maxNesting = 2000

// walkXML calls start, end and text for everything in an XML document. Entities that a document defines
// itself are an error, external ones are never resolved. Nesting and text are bounded.
func walkXML(b []byte, start func(xml.StartElement), end func(name string), text func(string)) error {
	d := xml.NewDecoder(bytes.NewReader(b))
	d.CharsetReader = func(label string, in io.Reader) (io.Reader,
		error) {
		return cleantext.CharsetReader(label, in)
	}
	depth, size := 0, 0
	for {
		t, err := d.RawToken()
		if err == io.EOF {
			if depth > 0 {
				return io.ErrUnexpectedEOF
			}
			return nil
		}
		if err != nil {
			return err
		}
		switch e := t.(type) {
		case xml.StartElement:
			if depth++; depth > maxNesting {
				return fmt.Errorf("elements nested more than %d deep", maxNesting)
			}
			start(e)
		case xml.EndElement:
			depth--
			end(e.Name.Local)
		case xml.CharData:
			if size += len(e); size > limits.Text {
				return errTooLarge
			}
			text(string(e))
		}
	}
}

var errTooLarge = errors.New("it unpacks to more than 64 MB, or has more than 16 MB of text")

// attr returns an attribute by its local name; "" if it is missing.
func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// fail records why a file was not read.
func fail(res *Result, err error) { res.Error, res.Detail = reasonOf(err), err.Error() }
