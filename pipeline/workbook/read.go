package workbook

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"kheo/internal/strict"
)

// Bounds of a workbook that is read. A ruleset of 80 criteria comes to a twentieth of them.
const (
	maxBytes   = 4 << 20
	maxUnzip   = 48 << 20 // of all parts together, and of each
	maxRows    = 5000     // of a sheet
	maxColumns = 256
	maxSheets  = 100
)

// cellReader reads a workbook into a book.
type cellReader struct {
	file     *excelize.File
	problems Problems
	dates    map[int]bool // by style: it shows a date or time
	percents map[int]bool // by style: it shows a percentage
	hash     string       // of the file that the workbook was made of
	broken   bool         // sheets, columns or rows are missing, so that nothing can be said of the ruleset
}

// fail reports a mistake at a cell; an empty one is the sheet, which then cannot be read.
func (r *cellReader) fail(sheet, ref, message, cure string) {
	r.broken = r.broken || ref == ""
	r.problems = append(r.problems, Problem{Sheet: sheet, Cell: ref, Message: message, Cure: cure})
}

// readBook reads a workbook. The book is nil if its sheets are not those of a ruleset.
func readBook(data []byte) (b book, r *cellReader) {
	r = &cellReader{dates: map[int]bool{}, percents: map[int]bool{}}
	defer func() {
		if p := recover(); p != nil { // the reader of the format gave up on a hostile file
			b = nil
			r.fail("", "", "this workbook cannot be read", "open it in Excel or LibreOffice and save it again as .xlsx")
		}
	}()
	if message, cure := unreadable(data); message != "" {
		r.fail("", "", message, cure)
		return nil, r
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: maxUnzip,
		UnzipXMLSizeLimit: maxUnzip, RawCellValue: true})
	if err != nil {
		r.fail("", "", "this workbook cannot be read: "+err.Error(),
			"open it in Excel or LibreOffice and save it again as .xlsx")
		return nil, r
	}
	defer f.Close()
	r.file = f
	return r.sheets(), r
}

// unreadable says why a file is not a workbook that kheo reads, before any of it is parsed.
func unreadable(data []byte) (message, cure string) {
	switch {
	case len(data) > maxBytes:
		return fmt.Sprintf("the file has %d bytes; at most %d are read", len(data), maxBytes),
			"take out pictures and sheets that are not of the ruleset"
	case bytes.HasPrefix(data, []byte{0xd0, 0xcf, 0x11, 0xe0}):
		return "this is a workbook of the old format .xls, or one with a password",
			"save it as .xlsx without a password"
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return "this is not an .xlsx workbook", "export the ruleset with  kheo rules export  and edit that file"
	}
	if len(z.File) > 10*maxSheets {
		return "the workbook has too many parts", "keep the sheets of the ruleset only"
	}
	var size uint64
	for _, part := range z.File {
		if size += part.UncompressedSize64; size > maxUnzip || part.UncompressedSize64 > maxUnzip {
			return fmt.Sprintf("the workbook unpacks to more than %d bytes", maxUnzip),
				"take out pictures and other sheets"
		}
		name := strings.ToLower(part.Name)
		if strings.HasSuffix(name, "vbaproject.bin") || strings.Contains(name, "macrosheets/") {
			return "the workbook has macros, which are not read", "save it as .xlsx, the format without macros"
		}
	}
	if !slices.ContainsFunc(z.File, func(f *zip.File) bool { return f.Name == "xl/workbook.xml" }) {
		return "this is not an .xlsx workbook", "save it as .xlsx; other formats such as .ods are not read"
	}
	return declaredSize(z)
}

// declaredSize says whether a part of a zip file is larger than it declares, which the reader of the format would
// find out too late.
func declaredSize(z *zip.Reader) (message, cure string) {
	for _, part := range z.File {
		in, err := part.Open()
		if err != nil {
			return "the workbook is damaged: " + err.Error(), "save it again"
		}
		_, err = io.Copy(io.Discard, io.LimitReader(in, maxUnzip+1))
		in.Close()
		if err != nil {
			return "the workbook is damaged: " + err.Error(), "save it again"
		}
	}
	return "", ""
}

// sheets reads all sheets.
func (r *cellReader) sheets() book {
	b := book{}
	have := r.file.GetSheetList()
	if len(have) > maxSheets {
		r.fail("", "", fmt.Sprintf("the workbook has %d sheets; at most %d are read", len(have), maxSheets),
			"take the others out")
		return nil
	}
	if form, err := r.file.GetCellValue(sheetGuide, guideForm); err != nil || form != bookForm {
		cure := "export the ruleset again, and edit that workbook"
		r.fail(sheetGuide, guideForm, fmt.Sprintf("this is not a workbook of a ruleset: here must be %q", bookForm),
			cure)
		return nil
	}
	r.hash, _ = r.file.GetCellValue(sheetGuide, guideHash)
	var known []string
	for _, s := range layout() {
		known = append(known, s.name)
		b[s.name] = &page{at: map[string]string{}}
		if !slices.Contains(have, s.name) {
			r.fail(s.name, "", "the sheet is missing", "export the ruleset again, and keep its sheets and their names")
			continue
		}
		if s.single {
			r.settings(s, b[s.name])
		} else {
			r.page(s.name, s.heads(&page{}), s.gridOf, b[s.name])
		}
	}
	b[sheetMore] = &page{at: map[string]string{}}
	if slices.Contains(have, sheetMore) {
		r.page(sheetMore, []string{headPath, headValue}, nil, b[sheetMore])
	}
	known = append(known, sheetMore, sheetGuide, sheetHelp)
	for _, name := range have {
		if slices.Contains(known, name) || strings.HasPrefix(name, notesPrefix) {
			continue
		}
		if rows := r.rows(name); len(rows) > 0 {
			cure := "take it out, or call it Notes if it is not for kheo"
			if near := strict.Nearest(name, known); near != "" {
				cure = fmt.Sprintf("did you mean %q? %s", near, cure)
			}
			r.fail(name, "", "this sheet is not one of a ruleset", cure)
		}
	}
	return b
}

// rows reads the texts of a sheet within the bounds; nil with a problem if it is beyond them or its cells are
// merged or hidden.
func (r *cellReader) rows(name string) [][]string {
	rows, err := r.file.Rows(name)
	if err != nil {
		r.fail(name, "", "the sheet cannot be read: "+err.Error(), "save the workbook again in Excel or LibreOffice")
		return nil
	}
	defer rows.Close()
	var out [][]string
	filled := 0
	for line := 1; rows.Next(); line++ {
		cells, err := rows.Columns()
		switch {
		case err != nil:
			r.fail(name, "", "the sheet cannot be read: "+err.Error(),
				"save the workbook again in Excel or LibreOffice")
			return nil
		case line > maxRows || len(cells) > maxColumns:
			r.fail(name, cellName(1, min(line, maxRows+1)),
				fmt.Sprintf("the sheet has more than %d rows or %d columns", maxRows, maxColumns),
				"delete what is below and beside the entries, blank rows too, and save it again")
			r.broken = true
			return nil
		}
		out = append(out, cells)
		if slices.ContainsFunc(cells, func(s string) bool { return s != "" }) {
			filled = len(out)
		}
	}
	return out[:filled]
}

// visible reports hidden sheets, rows and columns with content, and merged cells: what is not seen is not edited
// knowingly.
func (r *cellReader) visible(name string, rows [][]string) {
	if shown, err := r.file.GetSheetVisible(name); err == nil && !shown {
		r.fail(name, "", "the sheet is hidden", "show it: right-click a tab, Unhide")
	}
	merged, err := r.file.GetMergeCells(name)
	if err != nil {
		r.fail(name, "", "the sheet cannot be read: "+err.Error(), "save the workbook again in Excel or LibreOffice")
	}
	for i, m := range merged {
		if i < 20 { // more of the same do not help
			r.fail(name, m.GetStartAxis(), fmt.Sprintf("the cells %s to %s are merged", m.GetStartAxis(),
				m.GetEndAxis()), "unmerge them: each row and column has its own meaning")
		}
	}
	width := 0
	for i, cells := range rows {
		width = max(width, len(cells))
		shown, err := r.file.GetRowVisible(name, i+1)
		if err == nil && !shown && slices.ContainsFunc(cells, func(s string) bool { return s != "" }) {
			r.fail(name, cellName(1, i+1), fmt.Sprintf("row %d is hidden, by a filter or by hand", i+1),
				"clear the filter, or show the row; delete it if it is not to count")
		}
	}
	for col := 1; col <= width; col++ {
		letters, _ := excelize.ColumnNumberToName(col)
		if shown, err := r.file.GetColVisible(name, letters); err == nil && !shown {
			r.fail(name, letters+"1", fmt.Sprintf("column %s is hidden", letters),
				"show it; delete its texts if they are not to count")
		}
	}
}

// page reads a sheet of entries: heads in the second row, entries below.
func (r *cellReader) page(name string, wanted []string, gridOf func(string) *column, p *page) {
	rows := r.rows(name)
	r.visible(name, rows)
	if len(rows) < 2 {
		if len(r.problems) == 0 || r.problems[len(r.problems)-1].Sheet != name {
			r.fail(name, "A2", "the second row has no heads", "export the ruleset again, and keep its first two rows")
			r.broken = true
		}
		return
	}
	at := map[int]string{}
	for i, head := range rows[1] {
		head = strings.TrimSpace(head)
		if head == "" {
			continue
		}
		ref := cellName(i+1, 2)
		switch {
		case p.at[head] != "":
			r.fail(name, ref, fmt.Sprintf("the column %q is here twice", head), "keep one of them")
		case slices.Contains(wanted, head) || gridOf != nil && gridOf(head) != nil:
			p.at[head], at[i] = strings.TrimRight(ref, "0123456789"), head
			p.heads = append(p.heads, head)
		default:
			cure := "take the column out; remarks can be on a sheet called Notes"
			if near := strict.Nearest(head, wanted); near != "" {
				cure = fmt.Sprintf("did you mean %q? %s", near, cure)
			}
			r.fail(name, ref, fmt.Sprintf("the sheet has no column %q", head), cure)
		}
	}
	for _, head := range wanted {
		if p.at[head] == "" {
			r.fail(name, "A2", fmt.Sprintf("the column %q is missing", head),
				"export the ruleset again, and keep its columns")
			r.broken = true
		}
	}
	for i := firstRow - 1; i < len(rows); i++ {
		line := &row{line: i + 1, cells: map[string]cell{}}
		for k, text := range rows[i] {
			ref := cellName(k+1, i+1)
			if at[k] == "" {
				if strings.TrimSpace(text) != "" {
					r.fail(name, ref, "this text is in a column without a head",
						"move it to a column that has one, or to a sheet called Notes")
				}
				continue
			}
			line.cells[at[k]] = r.cell(name, ref, text)
		}
		p.rows = append(p.rows, line)
	}
}

// settings reads the sheet of the ruleset itself: a key in each row.
func (r *cellReader) settings(s *sheet, p *page) {
	rows := r.rows(s.name)
	r.visible(s.name, rows)
	line := &row{line: 1, cells: map[string]cell{}}
	p.rows = []*row{line}
	wanted := s.heads(p)
	for i, cells := range rows {
		if i+1 < firstSetting || len(cells) < 2 {
			continue
		}
		head := strings.TrimSpace(cells[1])
		text := ""
		if len(cells) > 2 {
			text = cells[2]
		}
		ref := cellName(2, i+1)
		switch {
		case head == "" && strings.TrimSpace(text) == "":
		case p.at[head] != "":
			r.fail(s.name, ref, fmt.Sprintf("the key %q is here twice", head), "keep one of the rows")
		case !slices.Contains(wanted, head):
			cure := "take the row out; remarks can be on a sheet called Notes"
			if near := strict.Nearest(head, wanted); near != "" {
				cure = fmt.Sprintf("did you mean %q? %s", near, cure)
			}
			r.fail(s.name, ref, fmt.Sprintf("the sheet has no key %q", head), cure)
		default:
			p.at[head] = cellName(3, i+1)
			line.cells[head] = r.cell(s.name, p.at[head], text)
		}
	}
	for _, head := range wanted {
		if p.at[head] == "" {
			r.fail(s.name, "B1", fmt.Sprintf("the row of the key %q is missing", head),
				"export the ruleset again, and keep its rows")
			r.broken = true
		}
	}
}

// cell reads one cell. Formulas, dates and errors are reported: what they show is not what is stored.
func (r *cellReader) cell(sheet, ref, text string) cell {
	typ, err := r.file.GetCellType(sheet, ref)
	if err != nil {
		r.fail(sheet, ref, "the cell cannot be read: "+err.Error(), "type it again")
		return cell{ref: ref}
	}
	formula, err := r.file.GetCellFormula(sheet, ref)
	c := cell{kind: textCell, text: strings.ReplaceAll(text, "\r\n", "\n"), ref: ref}
	switch {
	case formula != "" || err != nil && !errors.Is(err, excelize.ErrParameterInvalid):
		r.fail(sheet, ref, "the cell holds a formula, whose result can change with the program that shows it",
			"write the value itself: copy the cell and paste its value")
	case typ == excelize.CellTypeError:
		r.fail(sheet, ref, "the cell holds the error "+text, "write the value that is meant")
	case text == "":
		return cell{ref: ref}
	case typ == excelize.CellTypeBool:
		c.kind, c.text = boolCell, map[string]string{"1": "true", "0": "false", "TRUE": "true", "FALSE": "false"}[text]
	case typ == excelize.CellTypeDate:
		r.date(sheet, ref)
	case typ == excelize.CellTypeUnset || typ == excelize.CellTypeNumber:
		r.number(sheet, ref, &c)
	}
	return c
}

// date reports a cell that Excel has made a date of.
func (r *cellReader) date(sheet, ref string) {
	r.fail(sheet, ref, "Excel has made a date or time of this cell",
		"give the cell the format Text and write it again, a date as 2024-03-31")
}

// number reads a cell with a number.
func (r *cellReader) number(sheet, ref string, c *cell) {
	f, err := strconv.ParseFloat(c.text, 64)
	if err != nil {
		return // a text that is stored without a type
	}
	style, err := r.file.GetCellStyle(sheet, ref)
	if err == nil && r.isDate(style) {
		r.date(sheet, ref)
		return
	}
	// What Excel has computed with may end in 0.30000000000000004; 15 digits are what it keeps.
	f, _ = strconv.ParseFloat(strconv.FormatFloat(f, 'g', 15, 64), 64)
	c.kind, c.text = numberCell, strconv.FormatFloat(f, 'f', -1, 64)
	c.percent = err == nil && r.percents[style]
}

// dateCodes are the letters of formats that show dates and times, and quoted what is shown as it is.
var (
	quoted    = regexp.MustCompile(`"[^"]*"|\\.|\[[^\]]*\]`)
	dateCodes = regexp.MustCompile(`[yYdDhHsS]`)
)

// isDate reports whether a style shows a number as a date or time, and remembers whether it shows a percentage.
func (r *cellReader) isDate(style int) bool {
	is, known := r.dates[style]
	if known {
		return is
	}
	s, err := r.file.GetStyle(style)
	if err != nil || s == nil {
		return false
	}
	n := s.NumFmt
	is = n >= 14 && n <= 22 || n >= 27 && n <= 36 || n >= 45 && n <= 47 || n >= 50 && n <= 58
	percent := n == 9 || n == 10
	if s.CustomNumFmt != nil {
		code := quoted.ReplaceAllString(*s.CustomNumFmt, "")
		is = dateCodes.MatchString(code) && !strings.EqualFold(code, "General")
		percent = strings.Contains(code, "%")
	}
	r.dates[style], r.percents[style] = is, percent
	return is
}
