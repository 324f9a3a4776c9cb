package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// wordFile is a .docx as its XML states it. Text is what Word shows: without deleted runs, hidden runs and
// rows, and field codes. Numbers of lists are not computed.
type wordFile struct {
	a            *archive
	main         string
	styles       map[string]*element
	defaultStyle string // of paragraphs
	out          []*table
	depth        int // of the table that is read, within others
}

func off(v string) bool {
	return slices.Contains([]string{"0", "false", "off", "none"}, strings.ToLower(v))
}

// state is whether a property is switched on, and whether it is stated at all.
func state(props *element, name string) (on, stated bool) {
	e := props.child(name)
	return e != nil && !off(e.get("w:val")), e != nil
}

func openWord(name string) (*wordFile, error) {
	a, err := openArchive(name)
	if err != nil {
		return nil, err
	}
	main, styles := a.main("styles")
	d := &wordFile{a: a, main: main, styles: map[string]*element{}}
	if root, err := a.part(styles); err == nil {
		root.each("w:style", func(e *element) {
			d.styles[e.get("w:styleId")] = e
			if v, ok := e.attr["w:default"]; ok && !off(v) && e.get("w:type") == "paragraph" {
				d.defaultStyle = e.get("w:styleId")
			}
		})
	}
	return d, nil
}

// styled returns what a chain of styles makes of a property: the first element that find returns.
func (d *wordFile) styled(id string, find func(*element) *element) *element {
	for range len(d.styles) {
		s := d.styles[id]
		if s == nil {
			break
		}
		if e := find(s); e != nil {
			return e
		}
		id = s.child("w:basedOn").get("w:val")
	}
	return nil
}

func (d *wordFile) paragraphStyle(p *element) string {
	if s := p.child("w:pPr", "w:pStyle"); s != nil {
		return s.get("w:val")
	}
	return d.defaultStyle
}

// vanished is whether a run of a paragraph is hidden, by itself or by the styles of either.
func (d *wordFile) vanished(run, paragraph *element) bool {
	props := run.child("w:rPr")
	if on, stated := state(props, "w:vanish"); stated {
		return on
	}
	find := func(s *element) *element { return s.child("w:rPr", "w:vanish") }
	e := d.styled(props.child("w:rStyle").get("w:val"), find)
	if e == nil {
		e = d.styled(d.paragraphStyle(paragraph), find)
	}
	return e != nil && !off(e.get("w:val"))
}

// numbered is whether a paragraph has a list number or bullet, which is not in its text.
func (d *wordFile) numbered(p *element) bool {
	e := p.child("w:pPr", "w:numPr", "w:numId")
	if e == nil {
		find := func(s *element) *element { return s.child("w:pPr", "w:numPr", "w:numId") }
		e = d.styled(d.paragraphStyle(p), find)
	}
	return e != nil && e.get("w:val") != "0"
}

// notShown lists the elements whose text is not part of the page.
var notShown = []string{"w:del", "w:moveFrom", "w:pPr", "w:tcPr", "w:rPr", "w:sdtPr", "w:instrText",
	"w:delText", "w:delInstrText"}

// text adds the text of what is in an element. With nested, tables are put there instead of being read.
func (d *wordFile) text(e, paragraph *element, out *strings.Builder, nested *[]*element) {
	for _, k := range e.kids {
		switch {
		case k.name == "w:tbl" && nested != nil:
			*nested = append(*nested, k)
		case slices.Contains(notShown, k.name), k.name == "w:tr" && gone(k),
			k.name == "w:r" && d.vanished(k, paragraph):
		case k.name == "w:p":
			out.WriteString("\n")
			d.text(k, k, out, nested)
			out.WriteString("\n")
		case k.name == "mc:AlternateContent":
			if pick := alternative(k); pick != nil {
				d.text(pick, paragraph, out, nested)
			}
		case k.name == "w:t":
			out.WriteString(k.content())
		case k.name == "w:tab", k.name == "w:ptab", k.name == "w:br", k.name == "w:cr":
			out.WriteString("\n")
		case k.name == "w:noBreakHyphen":
			out.WriteString("-")
		case k.name == "w:sym":
			if c, _ := strconv.ParseInt(k.get("w:char"), 16, 32); c >= 32 && c < 0xE000 {
				out.WriteRune(rune(c))
			}
		default:
			d.text(k, paragraph, out, nested)
		}
	}
}

// alternative is the choice of alternate content, unless only the fallback has text.
func alternative(e *element) *element {
	has := func(e *element) (found bool) {
		e.each("w:t", func(*element) { found = true })
		return found
	}
	choice, fallback := e.child("mc:Choice"), e.child("mc:Fallback")
	if choice == nil || !has(choice) && has(fallback) {
		return fallback
	}
	return choice
}

// gone is whether a row of a table is hidden or deleted.
func gone(row *element) bool {
	props := row.child("w:trPr")
	hidden, _ := state(props, "w:hidden")
	return hidden || props.child("w:del") != nil
}

// wrappers may be around the rows of a table and the cells of a row.
var wrappers = []string{"w:sdt", "w:sdtContent", "w:customXml", "w:ins", "w:moveTo", "w:smartTag",
	"mc:AlternateContent", "mc:Choice"}

func within(e *element, name string) (out []*element) {
	for _, k := range e.kids {
		if k.name == name {
			out = append(out, k)
		} else if slices.Contains(wrappers, k.name) {
			out = append(out, within(k, name)...)
		}
	}
	return out
}

// table reads a table, and those inside its cells after it. Cells that continue a merged one are a part of
// it.
func (d *wordFile) table(e *element) {
	t := &table{depth: d.depth}
	d.out = append(d.out, t)
	d.depth++
	defer func() { d.depth-- }()
	t.rtl, _ = state(e.child("w:tblPr"), "w:bidiVisual")
	open := map[int]bool{} // columns in which a vertical merge began
	row := 0
	for _, tr := range within(e, "w:tr") {
		if gone(tr) {
			continue
		}
		header, _ := state(tr.child("w:trPr"), "w:tblHeader")
		col, _ := strconv.Atoi(tr.child("w:trPr", "w:gridBefore").get("w:val"))
		next := map[int]bool{}
		last := -1 // the cell that a horizontal merge widens
		for n, tc := range within(tr, "w:tc") {
			props := tc.child("w:tcPr")
			span, _ := strconv.Atoi(props.child("w:gridSpan").get("w:val"))
			span = max(1, min(span, 1000))
			if continues(props.child("w:hMerge")) && n > 0 {
				if last >= 0 {
					t.cells[last].colspan += span
				}
				col += span
				continue
			}
			vertical := props.child("w:vMerge")
			next[col] = vertical != nil
			if last = -1; !continues(vertical) || !open[col] {
				last = len(t.cells)
				t.cells = append(t.cells, d.cell(tc, cell{row: row, col: col, colspan: span, header: header}))
			}
			col += span
		}
		open = next
		row++
	}
}

// continues is whether a merge goes on, which is what it does if it does not say that it begins.
func continues(merge *element) bool {
	return merge != nil && (merge.get("w:val") == "" || merge.get("w:val") == "continue")
}

// computed are the codes of fields whose results programs compute when they print, and not as the file has them.
var computed = regexp.MustCompile(`^\s*(?:PAGE|NUMPAGES|SECTIONPAGES|PAGEREF|REF|NOTEREF|STYLEREF|DATE|TIME|SAVEDATE|` +
	`PRINTDATE|FILENAME|TOC|SEQ)\b`)

// cell fills in the text of a cell, and reads the tables in it.
func (d *wordFile) cell(tc *element, c cell) cell {
	var text strings.Builder
	var nested []*element
	d.text(tc, nil, &text, &nested)
	c.keys, c.says = addKey(nil, plain(text.String())), words(text.String())
	tc.each("w:instrText", func(e *element) { c.computed = c.computed || computed.MatchString(e.content()) })
	tc.each("w:fldSimple", func(e *element) { c.computed = c.computed || computed.MatchString(e.get("w:instr")) })
	tc.each("w:p", func(p *element) { c.numbered = c.numbered || d.numbered(p) })
	for _, n := range nested {
		d.table(n)
	}
	return c
}

// outermost calls do for the tables that are not in another, in the parts of a text that count.
func outermost(e *element, do func(*element)) {
	for _, k := range e.kids {
		switch k.name {
		case "w:tbl":
			do(k)
		case "w:del", "w:moveFrom":
		case "mc:AlternateContent":
			if pick := k.child("mc:Choice"); pick != nil {
				outermost(pick, do)
			} else {
				outermost(k, do)
			}
		default:
			outermost(k, do)
		}
	}
}

// parts returns the main part, then the headers, footers and notes that it refers to.
func (d *wordFile) parts() (out []*element, err error) {
	root, err := d.a.part(d.main)
	if err != nil {
		return nil, err
	}
	out = append(out, root)
	targets := map[string][]string{}
	for _, r := range d.a.relations(d.main) {
		targets[r.kind] = append(targets[r.kind], r.target)
	}
	for _, kind := range []string{"header", "footer", "footnotes", "endnotes"} {
		slices.Sort(targets[kind])
		for _, name := range slices.Compact(targets[kind]) {
			if e, err := d.a.part(name); err == nil {
				out = append(out, e)
			}
		}
	}
	return out, nil
}

// wordTables returns the tables of a .docx, those inside of cells after the one around them.
func wordTables(name string) ([]*table, error) {
	d, err := openWord(name)
	if err != nil {
		return nil, err
	}
	defer d.a.Close()
	parts, err := d.parts()
	for _, p := range parts {
		outermost(p, d.table)
	}
	return d.out, err
}

// wordText returns the text of a .docx: of its body, and of headers, footers and notes.
func wordText(name string) (string, error) {
	d, err := openWord(name)
	if err != nil {
		return "", err
	}
	defer d.a.Close()
	parts, err := d.parts()
	var out strings.Builder
	for _, p := range parts {
		d.text(p, nil, &out, nil)
	}
	return out.String(), err
}
