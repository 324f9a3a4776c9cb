// Package sheets reads workbooks (ECMA-376, SpreadsheetML): cells by their value and type, apart from what a person
// who opens the workbook does not see.
//
// book.go finds the parts, sheet.go, styles.go and text.go read them, format.go interprets number formats,
// condition.go conditional formats, visible.go decides what is seen, and page.go and tables.go make the blocks.
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

// Limits of a workbook: what a person could be expected to look at.
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
	recalc   bool // the program that opens it computes all formulas anew
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
	theme := sight.Theme{}
	var shared, styled []byte
	related := map[string]parts.Relation{}
	for _, r := range p.Relations(main) {
		related[r.ID] = r
		switch {
		case strings.HasSuffix(r.Type, "/theme"):
			if b, err := p.Part(r.Target); err == nil {
				theme = sight.ReadTheme(b)
			}
		case strings.HasSuffix(r.Type, "/styles"):
			styled, _ = p.Part(r.Target)
		case strings.HasSuffix(r.Type, "/sharedStrings"):
			if shared, err = p.Part(r.Target); errors.Is(err, parts.ErrTooLarge) {
				return nil, err
			}
		}
	}
	err = w.list(b, related)
	if len(w.sheets) == 0 {
		if err == nil {
			err = errors.New("the workbook has no sheets")
		}
		return nil, err
	}
	w.styles = readStyles(styled, theme)
	if w.strings, err = readStrings(shared, w.styles); err != nil && len(shared) > 0 {
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

// list reads the list of sheets, and what the workbook states of itself.
func (w *workbook) list(b []byte, related map[string]parts.Relation) error {
	inTitles, sheet := false, -1
	return parts.Walk(b, func(e xml.StartElement) {
		switch e.Name.Local {
		case "workbookPr":
			w.from1904 = truth(e, "date1904", false)
		case "calcPr":
			w.recalc = truth(e, "fullCalcOnLoad", false)
		case "sheet":
			state := parts.Attr(e, "state")
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
			if len(w.sheets) >= maxSheets {
				w.out.Detail = "only the first 200 sheets were read"
				return
			}
			w.sheets = append(w.sheets, tab{part, state == "hidden" || state == "veryHidden"})
		case "definedName":
			inTitles, sheet = parts.Attr(e, "name") == "_xlnm.Print_Titles", number(e, "localSheetId")
		}
	}, func(name string) {
		if name == "definedName" {
			inTitles = false
		}
	}, func(s string) {
		if !inTitles {
			return
		}
		for _, part := range strings.Split(s, ",") {
			_, rows, _ := strings.Cut(part, "!")
			from, to, _ := strings.Cut(strings.ReplaceAll(rows, "$", ""), ":")
			a, err1 := strconv.Atoi(from)
			b, err2 := strconv.Atoi(to)
			if err1 == nil && err2 == nil && a >= 1 && b >= a && b-a < 20 {
				w.titles[sheet] = append(w.titles[sheet], area{place{a - 1, 0}, place{b - 1, maxCol}})
			}
		}
	})
}
