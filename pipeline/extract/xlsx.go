package extract

import (
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/sheets"
)

// readXLSX reads a workbook (ECMA-376): a sheet is a page. Pictures in it are not handed on as scans.
func readXLSX(data []byte, res *Result, u *unpacker) {
	o, err := openOffice(data)
	if err != nil {
		fail(res, err)
		return
	}
	book, err := sheets.Read(o.Package, drawing)
	if err != nil {
		fail(res, err)
		return
	}
	res.Pages, res.Detail = book.Pages, book.Detail
	if book.Uncached {
		addFlag(res, dossier.FlagUncachedFormula)
	}
	if err := o.inside(u, "a spreadsheet is seldom a scan "+strings.Repeat("x ", 40)); err != nil {
		res.Detail = err.Error()
	}
}
