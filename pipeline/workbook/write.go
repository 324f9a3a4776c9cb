package workbook

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"kheo/internal/grammar"
	"kheo/internal/texts"
	"kheo/internal/yamledit"
)

// Texts of workbooks: what sheets are for, and what keys are called in each language.
const (
	bookTexts texts.Section = "workbook"
	keyTexts  texts.Section = "keys"
)

// firstRow is the first row with entries: above it are the heads for people, and those that Import reads.
const firstRow = 3

// firstSetting is the first row of the sheet of the ruleset itself, which has no second heads.
const firstSetting = 2

// Places on the sheet Guide that Import reads.
const (
	guideForm = "B2" // the form of the workbook
	guideHash = "B3" // the SHA-256 of the file that it was made of
	bookForm  = "kheo ruleset 1"
)

// Export returns a ruleset as an .xlsx workbook, with headings in one of the languages of texts. The ruleset need
// not be right, but it must be YAML whose groups and lists are in their places.
func Export(src Source, lang string) ([]byte, error) {
	f, problems := yamledit.Parse(src.File, src.Text)
	if len(problems) > 0 {
		return nil, problems
	}
	if f.Root.Kind != yamledit.Map {
		return nil, fmt.Errorf("%s is not a ruleset: it has no keys", src.File)
	}
	b := toBook(f.Root)
	if err := withMore(b, f.Root); err != nil {
		return nil, fmt.Errorf("%s cannot be written as a workbook: %w", src.File, err)
	}
	x := excelize.NewFile()
	defer x.Close()
	w := &xlsx{file: x, lang: lang}
	w.styles()
	w.guide(src)
	for _, s := range layout() {
		w.sheet(s, b[s.name])
	}
	w.more(b[sheetMore])
	w.help()
	if w.err != nil {
		return nil, w.err
	}
	x.SetActiveSheet(0)
	var out bytes.Buffer
	if err := x.Write(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// xlsx writes a workbook. The first error ends it.
type xlsx struct {
	file                                         *excelize.File
	lang                                         string
	title, head, key, text, number, percent, doc int // styles
	err                                          error
}

// keep remembers the first error.
func (w *xlsx) keep(err error) {
	if w.err == nil {
		w.err = err
	}
}

// style makes a style.
func (w *xlsx) style(s *excelize.Style) int {
	s.Alignment = &excelize.Alignment{WrapText: true, Vertical: "top"}
	id, err := w.file.NewStyle(s)
	w.keep(err)
	return id
}

// styles makes the styles. Cells of text have the format Text, so that Excel makes no dates and numbers of what is
// typed into them.
func (w *xlsx) styles() {
	band := excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"#D9E2EF"}}
	pct := `0.####%`
	w.title = w.style(&excelize.Style{Font: &excelize.Font{Bold: true, Size: 14}})
	w.head = w.style(&excelize.Style{Font: &excelize.Font{Bold: true}, Fill: band})
	w.key = w.style(&excelize.Style{Font: &excelize.Font{Color: "#5A6675", Size: 9}, Fill: band})
	w.text = w.style(&excelize.Style{NumFmt: 49})
	w.number = w.style(&excelize.Style{})
	w.percent = w.style(&excelize.Style{CustomNumFmt: &pct})
	w.doc = w.style(&excelize.Style{Font: &excelize.Font{Color: "#5A6675"}})
}

// cellName returns the name of a cell, such as D7; columns and rows count from 1.
func cellName(col, row int) string {
	name, err := excelize.CoordinatesToCellName(col, row)
	if err != nil {
		panic(err) // the layout has fewer columns than Excel
	}
	return name
}

// put writes a text with a style.
func (w *xlsx) put(sheet, ref, text string, style int) {
	w.keep(w.file.SetCellStr(sheet, ref, text))
	w.keep(w.file.SetCellStyle(sheet, ref, ref, style))
}

// cell writes a cell of the ruleset.
func (w *xlsx) cell(sheet, ref string, form *grammar.Value, c cell) {
	style := w.text
	switch c.kind {
	case numberCell:
		f, err := strconv.ParseFloat(c.text, 64)
		w.keep(err)
		w.keep(w.file.SetCellFloat(sheet, ref, f, -1, 64))
		style = w.number
		if c.percent {
			style = w.percent
		}
	case boolCell:
		w.keep(w.file.SetCellBool(sheet, ref, c.text == "true"))
		style = w.number
	case textCell:
		w.keep(w.file.SetCellStr(sheet, ref, c.text))
	case blank:
		if form != nil && (form.Form == grammar.Number || form.Form == grammar.Share || form.Form == grammar.Limit ||
			form.Form == grammar.Bool || form.Form == grammar.Scalar) && !form.List {
			style = w.number
		}
	}
	w.keep(w.file.SetCellStyle(sheet, ref, ref, style))
}

// label is what a column or key is called in the language of the workbook.
func (w *xlsx) label(head string) string {
	var out []string
	for i, part := range strings.Split(head, ".") {
		t, ok := keyTexts.Lookup(part)
		switch {
		case ok:
			out = append(out, t.In(w.lang, "en"))
		case i > 0 && (part == "vi" || part == "nb" || part == "en"):
			out[i-1] += " (" + part + ")"
		default:
			out = append(out, part)
		}
	}
	return strings.Join(out, " – ")
}

// spare is how many blank rows below the entries have formats and lists to choose from.
const spare = 50

// sheet writes the sheet of a list or group, or of the ruleset itself.
func (w *xlsx) sheet(s *sheet, p *page) {
	_, err := w.file.NewSheet(s.name)
	w.keep(err)
	if s.single {
		w.settings(s, p)
		return
	}
	heads := s.heads(p)
	forms := map[string]*grammar.Value{}
	for i := range s.columns {
		forms[s.columns[i].head] = s.columns[i].value
	}
	last := firstRow + len(p.rows) + spare
	for i, head := range heads {
		w.put(s.name, cellName(i+1, 1), w.label(head), w.head)
		w.put(s.name, cellName(i+1, 2), head, w.key)
		form := forms[head]
		if g := s.gridOf(head); g != nil {
			form = g.value
		}
		for line := firstRow; line <= last; line++ {
			var c cell
			if k := line - firstRow; k < len(p.rows) {
				c = p.rows[k].cells[head]
			}
			w.cell(s.name, cellName(i+1, line), form, c)
		}
		w.choices(s, i+1, last, head, form)
		letters, err := excelize.ColumnNumberToName(i + 1)
		w.keep(err)
		w.keep(w.file.SetColWidth(s.name, letters, letters, widthOf(head, form)))
	}
	w.keep(w.file.SetPanes(s.name, &excelize.Panes{Freeze: true, XSplit: max(1, len(s.leading())), YSplit: 2,
		TopLeftCell: cellName(max(1, len(s.leading()))+1, firstRow), ActivePane: "bottomRight"}))
}

// widthOf is the width of a column in characters.
func widthOf(head string, form *grammar.Value) float64 {
	switch {
	case form == nil:
		return 18
	case head == "text":
		return 70
	case form.Form == grammar.Title || form.Form == grammar.Phrases || form.Form == grammar.Condition:
		return 34
	}
	return 14
}

// choices gives cells a list to choose from where the grammar has one: words, yes and no, kinds of rows, and the
// entries that rows can belong to.
func (w *xlsx) choices(s *sheet, col, last int, head string, form *grammar.Value) {
	dv := excelize.NewDataValidation(true)
	dv.SetSqref(cellName(col, firstRow) + ":" + cellName(col, last))
	switch {
	case len(s.refs) > 0 && head == s.refs[len(s.refs)-1]:
		at := "A"
		for i, h := range s.parent.heads(&page{}) {
			if s.parent.naming == byID && h == "id" || h == headName || h == headNumber {
				at, _ = excelize.ColumnNumberToName(i + 1)
			}
		}
		dv.SetSqrefDropList(fmt.Sprintf("'%s'!$%s$%d:$%s$%d", s.parent.name, at, firstRow, at, firstRow+1000))
	case head == headKind:
		w.keep(dv.SetDropList([]string{rowItem, rowGroup}))
	case form == nil || form.List:
		return
	case form.Form == grammar.Word && len(strings.Join(form.Words, ",")) < 255:
		w.keep(dv.SetDropList(form.Words))
	case form.Form == grammar.Bool:
		w.keep(dv.SetDropList([]string{"true", "false"}))
	default:
		return
	}
	dv.ShowErrorMessage = false // Import says what is wrong, and where
	w.keep(w.file.AddDataValidation(s.name, dv))
}

// settings writes the sheet of the ruleset itself: one key in each row.
func (w *xlsx) settings(s *sheet, p *page) {
	for i, head := range []string{"", headPath, headValue, "doc"} {
		label := ""
		if head != "" {
			label = bookTexts.In(w.lang, "head."+head)
		}
		w.put(s.name, cellName(i+1, 1), label, w.head)
	}
	for i, c := range s.columns {
		line := firstSetting + i
		w.put(s.name, cellName(1, line), w.label(c.head), w.head)
		w.put(s.name, cellName(2, line), c.head, w.key)
		w.cell(s.name, cellName(3, line), c.value, p.rows[0].cells[c.head])
		w.put(s.name, cellName(4, line), texts.Help(w.lang, c.key.Doc), w.doc)
		if c.value.Form == grammar.Word && !c.value.List {
			dv := excelize.NewDataValidation(true)
			dv.SetSqref(cellName(3, line))
			w.keep(dv.SetDropList(c.value.Words))
			dv.ShowErrorMessage = false
			w.keep(w.file.AddDataValidation(s.name, dv))
		}
	}
	for col, width := range map[string]float64{"A": 30, "B": 26, "C": 60, "D": 70} {
		w.keep(w.file.SetColWidth(s.name, col, col, width))
	}
	w.keep(w.file.SetPanes(s.name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2",
		ActivePane: "bottomLeft"}))
}

// more writes the sheet More.
func (w *xlsx) more(p *page) {
	_, err := w.file.NewSheet(sheetMore)
	w.keep(err)
	for i, head := range p.heads {
		w.put(sheetMore, cellName(i+1, 1), bookTexts.In(w.lang, "head."+head), w.head)
		w.put(sheetMore, cellName(i+1, 2), head, w.key)
		for k, r := range p.rows {
			w.cell(sheetMore, cellName(i+1, firstRow+k), nil, r.cells[head])
		}
	}
	w.keep(w.file.SetColWidth(sheetMore, "A", "B", 60))
}

// guide writes the first sheet: what the workbook is, how it is edited, and what each sheet has.
func (w *xlsx) guide(src Source) {
	w.keep(w.file.SetSheetName(w.file.GetSheetName(0), sheetGuide))
	sum := sha256.Sum256(src.Text)
	w.put(sheetGuide, "A1", bookTexts.In(w.lang, "guide.title")+" "+src.File, w.title)
	w.put(sheetGuide, "A2", bookTexts.In(w.lang, "guide.form"), w.doc)
	w.put(sheetGuide, guideForm, bookForm, w.doc)
	w.put(sheetGuide, "A3", bookTexts.In(w.lang, "guide.hash"), w.doc)
	w.put(sheetGuide, guideHash, hex.EncodeToString(sum[:]), w.doc)
	line := 5
	for _, lang := range append([]string{w.lang}, texts.Languages...) {
		if lang == w.lang && line > 5 {
			continue
		}
		for _, s := range strings.Split(strings.TrimSpace(bookTexts.In(lang, "guide.text")), "\n") {
			w.put(sheetGuide, cellName(2, line), s, w.text)
			line++
		}
		line++
	}
	w.put(sheetGuide, cellName(1, line), bookTexts.In(w.lang, "head.sheet"), w.head)
	w.put(sheetGuide, cellName(2, line), bookTexts.In(w.lang, "head.doc"), w.head)
	about := func(name, key, doc string) {
		line++
		w.put(sheetGuide, cellName(1, line), name, w.text)
		if t, ok := keyTexts.Lookup(key); ok {
			doc = t.In(w.lang, "en") + ". " + doc
		}
		w.put(sheetGuide, cellName(2, line), doc, w.text)
	}
	for _, s := range layout() {
		if s.single {
			about(s.name, "ruleset", texts.Help(w.lang, s.keys.Doc))
			continue
		}
		doc := s.key.Doc
		if s.keys != nil && s.keys.Doc != "" {
			doc = s.keys.Doc
		}
		about(s.name, s.key.Name, texts.Help(w.lang, doc))
	}
	about(sheetMore, "", bookTexts.In(w.lang, "guide.more"))
	about(sheetHelp, "", bookTexts.In(w.lang, "guide.columns"))
	about(notesPrefix+" …", "", bookTexts.In(w.lang, "guide.notes"))
	w.keep(w.file.SetColWidth(sheetGuide, "A", "A", 24))
	w.keep(w.file.SetColWidth(sheetGuide, "B", "B", 110))
}

// help writes the sheet that explains every column.
func (w *xlsx) help() {
	_, err := w.file.NewSheet(sheetHelp)
	w.keep(err)
	for i, head := range []string{"sheet", "column", "doc", "words", "default", "example"} {
		w.put(sheetHelp, cellName(i+1, 1), bookTexts.In(w.lang, "head."+head), w.head)
	}
	line := 1
	for _, s := range layout() {
		for _, c := range append(s.columns[:len(s.columns):len(s.columns)], s.grids...) {
			if c.lang != "" {
				continue // as the column for all languages
			}
			line++
			doc := texts.Help(w.lang, c.key.Doc)
			if c.key.Required {
				doc += " (" + bookTexts.In(w.lang, "required") + ")"
			}
			for i, text := range []string{s.name, c.head, doc, strings.Join(c.value.Words, ", "), c.key.Default,
				c.key.Example} {
				w.put(sheetHelp, cellName(i+1, line), text, w.text)
			}
		}
	}
	for col, width := range map[string]float64{"A": 16, "B": 24, "C": 90, "D": 40, "E": 20, "F": 50} {
		w.keep(w.file.SetColWidth(sheetHelp, col, col, width))
	}
}
