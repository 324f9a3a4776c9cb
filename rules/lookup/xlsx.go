package lookup

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"kheo/internal/strict"
)

// readXLSX reads a sheet of an Excel file. A panic of the reader of the format is a mistake of the file.
func (t *Table) readXLSX(data []byte) {
	top := Cell{Line: 1, Col: 1}
	defer func() {
		if p := recover(); p != nil {
			t.problems.add(top, "this Excel file cannot be read", "save it again in Excel, or as CSV UTF-8")
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(data),
		excelize.Options{UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped})
	if err != nil {
		t.problems.add(top, "this Excel file cannot be read: "+err.Error(),
			"save it again in Excel, or as CSV UTF-8")
		return
	}
	defer f.Close()
	sheet, ok := t.sheetOf(f)
	if !ok {
		return
	}
	shown, err := f.Rows(sheet)
	if err != nil {
		t.problems.add(top, "this sheet cannot be read: "+err.Error(),
			"save the file again in Excel, or as CSV UTF-8")
		return
	}
	defer shown.Close()
	for row := 1; shown.Next(); row++ {
		texts, err := shown.Columns()
		if err != nil || row > maxRows+1 || len(texts) > maxColumns {
			t.problems.add(Cell{Line: row, Col: 1},
				fmt.Sprintf("the table has more than %d rows or %d columns, or cannot be read",
					maxRows, maxColumns), "keep what is of this campaign, and save it again")
			return
		}
		t.addRow(t.cellsOf(f, sheet, row, texts))
	}
}

// sheetOf is the name of the sheet that is meant; ok is false if the file does not have it.
func (t *Table) sheetOf(f *excelize.File) (name string, ok bool) {
	sheets := f.GetSheetList()
	if len(sheets) == 0 {
		t.problems.add(Cell{Line: 1, Col: 1}, "the Excel file has no sheets", "save it again with one")
		return "", false
	}
	if t.Sheet == "" {
		return sheets[0], true
	}
	for _, s := range sheets {
		if folded(s) == folded(t.Sheet) {
			return s, true
		}
	}
	cure := "sheets are: " + strings.Join(sheets, ", ")
	if near := strict.Nearest(t.Sheet, sheets); near != "" {
		cure = fmt.Sprintf("did you mean %q? %s", near, cure)
	}
	t.problems.add(Cell{Line: 1, Col: 1}, fmt.Sprintf("the Excel file has no sheet %q", t.Sheet), cure)
	return "", false
}

// cellsOf are the cells of a row, as many as there are headers. Cells beyond the headers are a mistake if
// they have text.
func (t *Table) cellsOf(f *excelize.File, sheet string, row int, texts []string) []Cell {
	n := len(texts)
	if t.headers != nil {
		n = len(t.headers)
	}
	cells := make([]Cell, n)
	for i := range max(n, len(texts)) {
		c := Cell{Line: row, Col: i + 1}
		if i < len(texts) {
			c.Text = clean(texts[i])
		}
		if i >= n {
			if c.Text != "" {
				t.problems.add(c, fmt.Sprintf("%s is to the right of the columns that have a name", c.name()),
					"write the name of the column into the first row, or empty the cell")
			}
			continue
		}
		t.typed(f, sheet, &c)
		cells[i] = c
	}
	return cells
}

// typed adds what the file stores of a cell. The form of a number says whether it is a date.
func (t *Table) typed(f *excelize.File, sheet string, c *Cell) {
	name := c.name()
	if c.Text == "" {
		if formula, err := f.GetCellFormula(sheet, name); err == nil && formula != "" {
			c.Type = emptyFormula
		}
		return
	}
	kind, err := f.GetCellType(sheet, name)
	if err != nil {
		return
	}
	raw, err := f.GetCellValue(sheet, name, excelize.Options{RawCellValue: true})
	if err != nil {
		return
	}
	c.Raw = raw
	switch kind {
	case excelize.CellTypeBool:
		c.Type = boolCell
	case excelize.CellTypeError:
		c.Type = errorCell
	case excelize.CellTypeDate:
		c.Type = dateCell
	case excelize.CellTypeNumber, excelize.CellTypeUnset, excelize.CellTypeFormula:
		number, err := strconv.ParseFloat(raw, 64)
		if err != nil {
			return
		}
		c.Type = numberCell
		if isDate(f, sheet, name) {
			if day, err := excelize.ExcelDateToTime(number, t.from1904(f)); err == nil {
				c.Type, c.Raw = dateCell, day.Format("2006-01-02")
			}
		}
	}
}

// from1904 reports whether the dates of the file count from 1904.
func (t *Table) from1904(f *excelize.File) bool {
	props, err := f.GetWorkbookProps()
	return err == nil && props.Date1904 != nil && *props.Date1904
}

// isDate reports whether the number format of a cell shows numbers as dates: one of the built-in ones
// (ECMA-376 part 1, 18.8.30), or one of its own with the letters of years and days outside quotes and
// brackets.
func isDate(f *excelize.File, sheet, name string) bool {
	id, err := f.GetCellStyle(sheet, name)
	if err != nil {
		return false
	}
	style, err := f.GetStyle(id)
	if err != nil || style == nil {
		return false
	}
	if style.CustomNumFmt != nil {
		code := strings.ToLower(quotedParts.ReplaceAllString(*style.CustomNumFmt, ""))
		return strings.Contains(code, "y") && strings.ContainsAny(code, "md")
	}
	n := style.NumFmt
	return n >= 14 && n <= 17 || n == 22 || n >= 27 && n <= 31 || n == 36 || n >= 50 && n <= 58
}

// quotedParts are the parts of a number format that are written as they are, and its colours and locales.
var quotedParts = regexp.MustCompile(`"[^"]*"|\\.|\[[^\]]*\]`)

// name is the name of the cell in a sheet, such as C7.
func (c Cell) name() string {
	name, err := excelize.CoordinatesToCellName(max(c.Col, 1), max(c.Line, 1))
	if err != nil {
		return "A1"
	}
	return name
}
