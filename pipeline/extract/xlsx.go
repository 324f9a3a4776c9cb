package extract

import (
	"bytes"
	"strings"

	"github.com/xuri/excelize/v2"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/limits"
)

// Limits of a workbook: what a person could be expected to look at.
const (
	maxSheets = 200
	maxRows   = 50_000
	maxCells  = 2_000_000
)

// readXLSX reads a workbook (ECMA-376): a sheet is a page, a row a line, cells are separated by tabs. A
// hidden sheet is hidden text. Drawings of all sheets are one more page.
func readXLSX(data []byte, res *Result, u *unpacker) {
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: 4 * limits.Part,
		UnzipXMLSizeLimit: limits.Part})
	if err != nil {
		fail(res, err)
		if strings.Contains(err.Error(), "limit") {
			res.Error = TooLarge
		}
		return
	}
	defer f.Close()
	cells := 0
	for i, sheet := range f.GetSheetList() {
		if i >= maxSheets {
			res.Detail = "only the first 200 sheets were read"
			break
		}
		page := dossier.Page{Number: i + 1, Reader: "excelize"}
		text, whole, err := sheetText(f, sheet, &cells)
		if err == nil && !whole {
			res.Detail = "not every row was read"
		}
		if shown, err := f.GetSheetVisible(sheet); err == nil && !shown {
			page.Hidden = cleantext.HiddenWords(text)
		} else {
			page.Text = text
		}
		res.Pages = append(res.Pages, page)
	}
	if o, err := openOffice(data); err == nil {
		// which sheet they lie on is not looked up
		drawn := o.drawn("xl/drawings/drawing", "xl/diagrams/data", "xl/charts/chart")
		if text, blocks := layout.Assemble(drawn); text != "" {
			res.Pages = append(res.Pages, dossier.Page{Number: len(res.Pages) + 1, Text: text, Blocks: blocks,
				Reader: "xlsx drawings"})
		}
		if err := o.inside(u, "a spreadsheet is seldom a scan "+strings.Repeat("x ", 40)); err != nil {
			res.Detail = err.Error()
		}
	}
}

// sheetText returns the rows of a sheet as lines, and whether all were read; cells counts those of all
// sheets. The error is that of a sheet without rows, such as one of charts.
func sheetText(f *excelize.File, sheet string, cells *int) (text string, whole bool, err error) {
	rows, err := f.Rows(sheet)
	if err != nil {
		return "", false, err
	}
	defer rows.Close()
	var b strings.Builder
	for n := 0; rows.Next(); n++ {
		cols, err := rows.Columns()
		if *cells += len(cols); err != nil || n >= maxRows || *cells > maxCells || b.Len() > limits.Text {
			return b.String(), false, nil
		}
		b.WriteString(strings.TrimRight(strings.Join(cols, "\t"), "\t"))
		b.WriteByte('\n')
	}
	return b.String(), true, nil
}
