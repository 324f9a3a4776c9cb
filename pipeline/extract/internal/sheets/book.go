// Package sheets reads workbooks (ECMA-376, SpreadsheetML): cells by their value and type, apart from what
// a person who opens the workbook does not see.
//
// book.go finds the parts of a workbook, and sheet.go, styles.go, text.go and drawing.go read them.
// format.go parses number formats, by which number.go and date.go write values; formula.go computes simple
// formulas, and condition.go by them the conditions of conditional formats. visible.go decides what is
// seen, and page.go and tables.go make the blocks. Numbers of sections in comments are those of
// ECMA-376-1:2016.
package sheets

import (
	"encoding/xml"
	"errors"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/parts"
	"kheo/pipeline/extract/internal/sight"
)

// Limits of a workbook: what a person could be expected to look at. Cells beyond maxCells are not read, and
// the document says so; each takes some 100 bytes, so that they fit into the memory of a reading process.
const (
	maxSheets     = 200
	maxCells      = 2_000_000
	maxStructured = 150_000 // cells that are kept as cells of tables; those after them are lines of text
)

// Book is what was read of a workbook.
type Book struct {
	Pages    []dossier.Page // one for each sheet
	Uncached bool           // it has formulas whose values are not in the file
	Detail   string         // what was left out; "" if nothing was
}

// workbook is a workbook that is being read.
type workbook struct {
	*parts.Package
	from1904 bool
	recalc   bool // the program that opens it computes all formulas again
	strings  []richText
	styles   *styles
	sheets   []tab
	titles   map[int][]area // rows that are printed on each page, by the number of the sheet
	cells    int            // that were read
	kept     int            // as cells of tables
	text     int            // bytes of text, shown or not
	drawn    func([]byte) []*layout.Node
	out      Book
}

// tab is an entry in the list of sheets.
type tab struct {
	part   string
	hidden bool
}

// Read reads a workbook. drawn reads charts and diagrams.
func Read(p *parts.Package, drawn func([]byte) []*layout.Node) (*Book, error) {
	w := &workbook{Package: p, drawn: drawn, titles: map[int][]area{}}
	main := p.Main()
	if main == "" {
		main = "xl/workbook.xml"
	}
	b, err := p.Part(main)
	if err != nil {
		return nil, err
	}
	found, err := w.related(main)
	if err != nil {
		return nil, err
	}
	if err := w.list(b, found.byID); len(w.sheets) == 0 {
		if err == nil {
			err = errors.New("the workbook has no sheets")
		}
		return nil, err
	}
	w.styles = readStyles(found.styles, found.theme)
	if w.strings, err = readStrings(found.strings, w.styles); err != nil && len(found.strings) > 0 {
		if errors.Is(err, parts.ErrTooLarge) {
			return nil, err
		}
		w.out.Detail = err.Error()
	}
	for i, t := range w.sheets {
		if err := w.page(i, t); errors.Is(err, parts.ErrTooLarge) {
			return nil, err
		}
	}
	return &w.out, nil
}

// relatedParts are the parts that a workbook refers to.
type relatedParts struct {
	byID    map[string]parts.Relation
	theme   sight.Theme
	styles  []byte // nil if it is missing or damaged
	strings []byte // shared strings
}

// related reads the parts that a workbook refers to. Without theme or styles a workbook can be read, and
// without shared strings its numbers; but if these are too large, to go on would be to leave out most of
// the text.
func (w *workbook) related(main string) (out relatedParts, err error) {
	out = relatedParts{byID: map[string]parts.Relation{}, theme: sight.Theme{}}
	for _, r := range w.Relations(main) {
		out.byID[r.ID] = r
		switch {
		case strings.HasSuffix(r.Type, "/theme"):
			if b, err := w.Part(r.Target); err == nil {
				out.theme = sight.ReadTheme(b)
			}
		case strings.HasSuffix(r.Type, "/styles"):
			out.styles, _ = w.Part(r.Target)
		case strings.HasSuffix(r.Type, "/sharedStrings"):
			if out.strings, err = w.Part(r.Target); errors.Is(err, parts.ErrTooLarge) {
				return out, err
			}
		}
	}
	return out, nil
}

// list reads the list of sheets (18.2.20), and what the workbook states of itself.
func (w *workbook) list(b []byte, related map[string]parts.Relation) error {
	inTitles, sheet := false, -1
	return parts.Walk(b, func(e xml.StartElement) {
		switch e.Name.Local {
		case "workbookPr":
			w.from1904 = truth(e, "date1904", false)
		case "calcPr":
			w.recalc = truth(e, "fullCalcOnLoad", false)
		case "sheet":
			w.entry(e, related)
		case "definedName":
			inTitles, sheet = parts.Attr(e, "name") == "_xlnm.Print_Titles", number(e, "localSheetId")
		}
	}, func(name string) {
		if name == "definedName" {
			inTitles = false
		}
	}, func(s string) {
		if inTitles {
			w.titles[sheet] = append(w.titles[sheet], titleRows(s)...)
		}
	})
}

// entry adds a sheet to the list. A sheet whose part is not found by its relationship has the usual name.
func (w *workbook) entry(e xml.StartElement, related map[string]parts.Relation) {
	if len(w.sheets) >= maxSheets {
		w.out.Detail = "only the first 200 sheets were read"
		return
	}
	id := ""
	for _, a := range e.Attr {
		if a.Name.Space != "" && a.Name.Local == "id" {
			id = a.Value
		}
	}
	part := related[id].Target
	if part == "" {
		part = "xl/worksheets/sheet" + strconv.Itoa(len(w.sheets)+1) + ".xml"
	}
	state := parts.Attr(e, "state")
	w.sheets = append(w.sheets, tab{part, state == "hidden" || state == "veryHidden"})
}

// maxTitles bounds the rows that are repeated on each printed page: more are not labels of columns.
const maxTitles = 20

// titleRows reads the rows that are printed on each page, such as "Sheet1!$A:$B,Sheet1!$1:$3". Columns in
// that list are passed over.
func titleRows(s string) (out []area) {
	for part := range strings.SplitSeq(s, ",") {
		_, rows, _ := strings.Cut(part, "!")
		from, to, _ := strings.Cut(strings.ReplaceAll(rows, "$", ""), ":")
		a, err1 := strconv.Atoi(from)
		b, err2 := strconv.Atoi(to)
		if err1 == nil && err2 == nil && a >= 1 && b >= a && b-a < maxTitles {
			out = append(out, area{place{a - 1, 0}, place{b - 1, maxCol}})
		}
	}
	return out
}
