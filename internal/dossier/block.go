package dossier

import "slices"

// BlockKind is what a block of a page is.
type BlockKind string

// Kinds of blocks.
const (
	Heading   BlockKind = "heading"
	Paragraph BlockKind = "paragraph"
	ListItem  BlockKind = "item"
	TableKind BlockKind = "table"
	FieldKind BlockKind = "field" // a form field by itself: Fields has exactly it
	Caption   BlockKind = "caption"
	Picture   BlockKind = "picture" // an image without text of its own; its range is empty
)

// Region is the part of a page's layout that a block belongs to; "" is the body.
type Region string

// Regions beside the body.
const (
	HeaderRegion  Region = "header"
	FooterRegion  Region = "footer"
	NoteRegion    Region = "note"    // footnotes, endnotes, speaker's notes, annotations
	TextBoxRegion Region = "textbox" // a box that floats over the body
)

// Visibility is whether a person who reads the page sees a text.
type Visibility string

// Visibilities beside "", which is seen.
const (
	// Uncertain is text that is in the page's text, but that a reader could not prove to be visible. It is
	// not evidence until a person confirms it.
	Uncertain Visibility = "uncertain"
	// Unseen is text that no reader sees. It is not in the page's text: the block's range is empty, and
	// Page.Hidden has the words.
	Unseen Visibility = "hidden"
)

// Block is one piece of a page's structure. Blocks are in reading order and do not overlap; together they
// cover the page's text but for the white space between them. Start and End count code points in Page.Text,
// as all offsets into pages do.
type Block struct {
	Kind       BlockKind  `json:"kind"`
	Level      int        `json:"level,omitempty"` // of a heading, 1 to 9; of a list item, from 1; 0 for other kinds
	Region     Region     `json:"region,omitempty"`
	Start      int        `json:"start"`
	End        int        `json:"end"`
	Visibility Visibility `json:"visibility,omitempty"`
	Sure       float64    `json:"sure,omitempty"` // of the kind, over 0 to 1; 0 if the format states it
	Box        *Box       `json:"box,omitempty"`
	Table      *Table     `json:"table,omitempty"`
	Fields     []Field    `json:"fields,omitempty"` // within the text, in order; those of a table are with its cells
}

// Doubts returns the ranges of a page's text, in code points, whose visibility is uncertain: those of which
// looking at the page left it unclear, and those of uncertain blocks.
func (d *Document) Doubts(p *Page) [][2]int { return doubts(d.sighted(p, Unclear), p.Blocks) }

// doubts adds the ranges of uncertain blocks, also of those in the cells of tables. A block that is uncertain covers
// what is in it, so it is not looked into.
func doubts(out [][2]int, blocks []Block) [][2]int {
	for i := range blocks {
		b := &blocks[i]
		if b.Visibility == Uncertain {
			out = append(out, [2]int{b.Start, b.End})
			continue
		}
		if b.Table == nil {
			continue
		}
		for k := range b.Table.Rows {
			for n := range b.Table.Rows[k].Cells {
				out = doubts(out, b.Table.Rows[k].Cells[n].Blocks)
			}
		}
	}
	return out
}

// Certain returns the dossier with the letters of all text whose visibility is uncertain replaced by
// spaces, so that offsets stay what they are. It is d itself, and ok is false, if it has no such text.
func (d *Dossier) Certain() (certain *Dossier, ok bool) {
	certain = d.blanked((*Document).Doubts)
	return certain, certain != d
}

// blanked returns the dossier with ranges of its pages' texts, in code points, replaced by spaces. It is d
// itself if there are none; d is not changed.
func (d *Dossier) blanked(ranges func(*Document, *Page) [][2]int) *Dossier {
	out := d
	for i := range d.Documents {
		doc, cloned := &d.Documents[i], false
		for k := range doc.Pages {
			blanks := ranges(doc, &doc.Pages[k])
			if len(blanks) == 0 {
				continue
			}
			if out == d {
				copied := *d
				copied.Documents = slices.Clone(d.Documents)
				out = &copied
			}
			if !cloned {
				out.Documents[i].Pages, cloned = slices.Clone(doc.Pages), true
			}
			out.Documents[i].Pages[k].Text = blank(doc.Pages[k].Text, blanks)
		}
	}
	return out
}

// blank replaces ranges of a text, in code points, by spaces. Line breaks and tabs stay.
func blank(text string, ranges [][2]int) string {
	rs := []rune(text)
	for _, r := range ranges {
		for i := max(r[0], 0); i < min(r[1], len(rs)); i++ {
			if rs[i] != '\n' && rs[i] != '\t' {
				rs[i] = ' '
			}
		}
	}
	return string(rs)
}

// Box is a rectangle on a page as a person sees it (turned upright), in points from its top left corner.
type Box struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
	W float64 `json:"w"`
	H float64 `json:"h"`
}

// Table is the structure of a table. Rows and columns count from 0; a row lists the cells that begin in it,
// so a cell that spans rows is in the first of them only.
type Table struct {
	Rows       []Row  `json:"rows"`
	HeaderCols int    `json:"header_cols,omitempty"` // leading columns that label the rows
	Caption    string `json:"caption,omitempty"`     // its text, if the document has one for the table
}

// HeaderRows returns the number of leading header rows.
func (t *Table) HeaderRows() int {
	for i := range t.Rows {
		if !t.Rows[i].Header {
			return i
		}
	}
	return len(t.Rows)
}

// Row is one row of a table.
type Row struct {
	Header bool   `json:"header,omitempty"` // its cells label the columns
	Hidden bool   `json:"hidden,omitempty"` // not shown; its cells have no text
	Cells  []Cell `json:"cells"`
}

// Cell is one cell of a table. Its text is Page.Text between Start and End.
type Cell struct {
	Row     int     `json:"row"`
	Col     int     `json:"col"`
	RowSpan int     `json:"rowspan,omitempty"` // 0 is 1
	ColSpan int     `json:"colspan,omitempty"` // 0 is 1
	Start   int     `json:"start"`
	End     int     `json:"end"`
	Ref     string  `json:"ref,omitempty"` // its name in a sheet, such as B7
	Value   *Value  `json:"value,omitempty"`
	Fields  []Field `json:"fields,omitempty"`
	Blocks  []Block `json:"blocks,omitempty"` // the tables inside it
}

// ValueKind is the type of a Value.
type ValueKind string

// Kinds of values.
const (
	NumberValue  ValueKind = "number"
	PercentValue ValueKind = "percent" // Number 0.98 is 98 %
	AmountValue  ValueKind = "amount"  // of money; Unit is its ISO 4217 code or the sign in the format
	DateValue    ValueKind = "date"    // Date
	TimeValue    ValueKind = "time"    // a time of day or a duration; Number is in days
	YesNoValue   ValueKind = "yesno"   // Yes
	ErrorValue   ValueKind = "error"   // the program shows an error such as #REF!
)

// Value is the typed content of a cell or field, if the format has one. It does not depend on how the
// document writes it: 1250 is "1250", whether it is shown as 1,250 or 1.250.
type Value struct {
	Kind    ValueKind `json:"kind,omitempty"`    // "" for a formula whose value the file does not hold
	Number  string    `json:"number,omitempty"`  // decimal, with a point and without grouping
	Date    string    `json:"date,omitempty"`    // 2006-01-02, or 2006-01-02T15:04:05 if it has a time
	Yes     bool      `json:"yes,omitempty"`     // of a YesNoValue
	Unit    string    `json:"unit,omitempty"`    // of an AmountValue
	Format  string    `json:"format,omitempty"`  // the number format in the file
	Formula string    `json:"formula,omitempty"` // without the equals sign
	Missing bool      `json:"missing,omitempty"` // the formula's value is not in the file
}

// Control is the kind of a form field.
type Control string

// Controls.
const (
	CheckBox  Control = "checkbox"
	Radio     Control = "radio"
	TextField Control = "text"
	DateField Control = "date"
	Choice    Control = "choice" // one of several options
	Signature Control = "signature"
)

// FieldState is what has been done with a form field.
type FieldState string

// States of form fields.
const (
	Checked     FieldState = "checked"
	Unchecked   FieldState = "unchecked"
	Filled      FieldState = "filled"
	Unfilled    FieldState = "empty"
	Placeholder FieldState = "placeholder" // it shows its prompt, which is not a value
)

// Field is a form field. Start and End are its text within Page.Text: the answer, or the box of a tick;
// both are the place that it would have if it has none.
type Field struct {
	Label   string     `json:"label,omitempty"` // the words that say what it is for, if the document has them
	Name    string     `json:"name,omitempty"`  // its name or tag in the file
	Control Control    `json:"control"`
	State   FieldState `json:"state"`
	Value   *Value     `json:"value,omitempty"`
	Options []string   `json:"options,omitempty"` // of a choice, as they are shown
	Start   int        `json:"start"`
	End     int        `json:"end"`
}
