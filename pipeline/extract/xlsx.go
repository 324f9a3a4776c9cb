package extract

import (
	"bytes"
	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/limits"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Limits of a spreadsheet: what a person could still be expected to look at.
const (
	maxSheets = 200
	maxRows   = 50_000
	maxCells  = 2_000_000
)

// readXLSX reads a workbook: a sheet is a page, a row a line, cells are parted
// by tabs. A sheet that is not shown is hidden text.
func readXLSX(data []byte, res *Result, u *unpacker) {
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: 4 * limits.Part, UnzipXMLSizeLimit: limits.Part})
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
		rows, err := f.Rows(sheet)
		if err != nil { // a sheet of charts
			res.Pages = append(res.Pages, page)
			continue
		}
		var b strings.Builder
		for n := 0; rows.Next(); n++ {
			cols, err := rows.Columns()
			if cells += len(cols); err != nil || n >= maxRows || cells > maxCells || b.Len() > limits.Text {
				res.Detail = "not every row was read"
				break
			}
			b.WriteString(strings.TrimRight(strings.Join(cols, "\t"), "\t"))
			b.WriteByte('\n')
		}
		rows.Close()
		if shown, err := f.GetSheetVisible(sheet); err == nil && !shown {
			page.Hidden = cleantext.HiddenWords(b.String())
		} else {
			page.Text = b.String()
		}
		res.Pages = append(res.Pages, page)
	}
	if o, err := openOffice(data); err == nil {
		if s := o.drawn("xl/drawings/drawing", "xl/diagrams/data", "xl/charts/chart"); strings.TrimSpace(s) != "" { // which sheet they lie on is not looked up
			res.Pages = append(res.Pages, dossier.Page{Number: len(res.Pages) + 1, Text: s, Reader: "xlsx drawings"})
		}
		if err := o.inside(u, "a spreadsheet is seldom a scan "+strings.Repeat("x ", 40)); err != nil {
			res.Detail = err.Error()
		}
	}
}
