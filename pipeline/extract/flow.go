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
	"kheo/pipeline/extract/internal/limits"
)

// flow collects the text of a document made of paragraphs and tables in reading order: a paragraph is a
// line; a row of a table is a line with its cells separated by tabs. Every reader of such formats embeds
// it.
type flow struct {
	out    strings.Builder
	cells  []*cell // open table cells, the innermost last; nil is a row without a cell so far
	legacy legacyRun
	hidden strings.Builder // text that is not shown
}

// legacyRun is text of one encoding that is not yet converted.
type legacyRun struct {
	enc  cleantext.LegacyFont
	text strings.Builder
}

// cell collects a table cell's paragraphs.
type cell struct {
	paras []string
	cur   strings.Builder
	first bool // first cell of its row
}

// add appends text to the open cell, or to the document.
func (f *flow) add(s string) {
	if n := len(f.cells); n > 0 && f.cells[n-1] != nil {
		f.cells[n-1].cur.WriteString(s)
		return
	}
	f.out.WriteString(s)
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
func (f *flow) hide(s string) { f.hidden.WriteString(s) }

// paragraph ends a paragraph.
func (f *flow) paragraph() {
	f.flush()
	if n := len(f.cells); n > 0 && f.cells[n-1] != nil {
		c := f.cells[n-1]
		c.paras = append(c.paras, c.cur.String())
		c.cur.Reset()
		return
	}
	f.out.WriteByte('\n')
}

// beginRow opens a row of a table. More than 200 open rows and cells are not nested further.
func (f *flow) beginRow() {
	f.flush()
	if len(f.cells) < 200 {
		f.cells = append(f.cells, nil)
	}
}

// beginCell opens a cell, with or without an open row.
func (f *flow) beginCell() {
	f.flush()
	c := &cell{}
	if n := len(f.cells); n > 0 && f.cells[n-1] == nil {
		c.first = true
		f.cells = f.cells[:n-1]
	}
	if len(f.cells) < 200 {
		f.cells = append(f.cells, c)
	}
}

// endCell closes a cell. The text of a short one becomes one line; a long one may be a page laid out as
// a table.
func (f *flow) endCell() {
	f.flush()
	n := len(f.cells)
	if n == 0 || f.cells[n-1] == nil {
		return
	}
	c := f.cells[n-1]
	f.cells = f.cells[:n-1]
	if rest := c.cur.String(); strings.TrimSpace(rest) != "" {
		c.paras = append(c.paras, rest)
	}
	s := strings.Join(c.paras, "\n")
	if len(s) < 300 { // a value, not a page laid out in a table
		s = strings.Join(strings.Fields(s), " ")
	}
	if !c.first {
		s = "\t" + s
	}
	f.add(s)
}

// endRow closes a row.
func (f *flow) endRow() {
	f.flush()
	if n := len(f.cells); n > 0 && f.cells[n-1] == nil { // a row without cells
		f.cells = f.cells[:n-1]
	}
	f.add("\n")
}

// String returns the text collected so far. It closes open cells: the document may be cut off.
func (f *flow) String() string {
	f.flush()
	for len(f.cells) > 0 { // a document that was cut off
		if f.cells[len(f.cells)-1] == nil {
			f.cells = f.cells[:len(f.cells)-1]
			continue
		}
		f.endCell()
	}
	return f.out.String()
}

// page returns the collected text as a page.
func (f *flow) page(number int, reader string) dossier.Page {
	return dossier.Page{Number: number, Text: f.String(), Reader: reader, Hidden: cleantext.HiddenWords(f.hidden.String())}
}

// maxNesting is the maximum depth of nested elements or groups.
const maxNesting = 2000

// walkXML calls start, end and text for everything in an XML document. Entities that a document defines
// itself are an error, external ones are never resolved. Nesting and text are bounded.
func walkXML(b []byte, start func(xml.StartElement), end func(name string), text func(string)) error {
	d := xml.NewDecoder(bytes.NewReader(b))
	d.CharsetReader = func(label string, in io.Reader) (io.Reader, error) { return cleantext.CharsetReader(label, in) }
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
