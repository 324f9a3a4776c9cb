package publish

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/xuri/excelize/v2"

	"kheo/internal/visible"
)

// xlsxForm writes a list as a workbook of three sheets.
type xlsxForm struct {
	w                       io.Writer
	n                       Names
	columns                 columns
	book                    *book
	list, reasons, evidence *sheet
	added                   int
	checked                 string // how much of the evidence people checked
}

// newXLSX begins a workbook with three sheets: the list, the reasons, the evidence. checked says how much of
// the evidence people checked.
func newXLSX(w io.Writer, n Names, columns columns, checked string) (*xlsxForm, error) {
	b, err := newBook()
	if err != nil {
		return nil, err
	}
	head, widths := []any{n.t("rank"), n.t("title")}, []float64{8, 36}
	who, _ := n.who(&Entry{}, false)
	for _, title := range who {
		head, widths = append(head, title), append(widths, 20)
	}
	head, widths = append(head, n.t("outcome"), n.t("points"), n.t("max")), append(widths, 18, 9, 8)
	for _, title := range columns.titles(n) {
		head = append(head, title)
		widths = append(widths, 13)
	}
	x := &xlsxForm{w: w, n: n, columns: columns, book: b, checked: checked}
	head, widths = append(head, n.t("reason"), n.t("flags")), append(widths, 44, 32)
	if columns.certain {
		head, widths = append(head, n.t("certainty")), append(widths, 32)
	}
	x.list = b.sheet(n.t("list"), append(widths, 24), append(head, n.t("dossier")))
	x.reasons = b.sheet(n.t("reasons"), []float64{44, 20, 28, 9, 9, 90, 38}, []any{n.t("title"), n.t("unit"),
		n.t("criterion"), n.t("points"), n.t("max"), n.t("reason"), n.t("dossier")})
	x.evidence = b.sheet(n.t("evidence"), []float64{44, 20, 28, 30, 8, 110, 38, 60}, []any{n.t("title"),
		n.t("unit"), n.t("criterion"), n.t("document"), n.t("page"), n.t("quote"), n.t("dossier"), n.t("uncertain")})
	return x, b.err
}

// add writes one entry to all sheets; beyond maxOnPage entries, only to the list.
func (x *xlsxForm) add(e *Entry) error {
	n, unit := x.n, x.n.unit(e.Unit)
	rank := any(e.Rank)
	if e.Rank == 0 {
		rank = "" // it is not ranked
	}
	row := []any{rank, e.Title}
	_, who := n.who(e, false)
	for _, cell := range who {
		row = append(row, cell)
	}
	row = append(append(row, n.outcome(e.Outcome), e.Points, e.Max), x.columns.cells(e)...)
	row = append(row, e.Reason, n.flagText(e))
	switch {
	case e.Certainty != nil:
		row = append(row, e.Certainty.Text)
	case x.columns.certain:
		row = append(row, "")
	}
	x.list.row(append(row, e.Dossier)...)
	if x.added++; x.added > maxOnPage { // the rest is in the JSON file
		return x.book.err
	}
	for _, g := range e.Gates {
		passed := n.t("failed")
		if g.Passed {
			passed = n.t("passed")
		}
		x.reasons.row(e.Title, unit, n.t("gates")+": "+passed, "", "", g.Reason, e.Dossier)
	}
	for _, c := range e.Criteria {
		x.reasons.row(e.Title, unit, c.Title, c.Points, c.Max, c.Reason, e.Dossier)
		for _, ev := range c.Evidence {
			x.evidence.row(e.Title, unit, c.Title, ev.Document, ev.Page, ev.Quote, e.Dossier, "")
		}
		for _, u := range c.Uncertain {
			x.evidence.row(e.Title, unit, c.Title, u.Document, u.Page, u.Quote, e.Dossier, n.t("uncertain")+": "+u.Why)
		}
	}
	return x.book.err
}

// end writes the workbook, and says in the sheets how many entries they leave out.
func (x *xlsxForm) end() error {
	if more := x.added - maxOnPage; more > 0 {
		for _, s := range []*sheet{x.reasons, x.evidence} {
			s.row(fmt.Sprintf(x.n.t("left-to-json"), more))
		}
	}
	if x.checked != "" {
		x.evidence.row(x.checked)
	}
	return x.book.write(x.w)
}

// Sheet returns a table as a workbook of one sheet, with its header frozen. The same table gives the
// same bytes.
func Sheet(name string, widths []float64, head []any, rows [][]any) ([]byte, error) {
	b, err := newBook()
	if err != nil {
		return nil, err
	}
	s := b.sheet(sheetName(name), widths, head)
	for _, r := range rows {
		s.row(r...)
	}
	var out bytes.Buffer
	err = b.write(&out)
	return out.Bytes(), err
}

// sheetName returns a name that a sheet may have: at most 31 characters, without those that workbooks
// reserve.
func sheetName(name string) string {
	name = strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) || r < ' ' {
			return ' '
		}
		return r
	}, name), " ")
	if rs := []rune(name); len(rs) > excelize.MaxSheetNameLength {
		name = string(rs[:excelize.MaxSheetNameLength])
	}
	if name == "" {
		return "1"
	}
	return name
}

// book is a workbook whose sheets are written row by row, as streams: what was written is not held as
// cells. The first error stays, and later calls do nothing.
type book struct {
	x          *excelize.File
	head, wrap int
	sheets     []*sheet
	err        error
}

// newBook returns an empty workbook with the styles of headers and cells.
func newBook() (*book, error) {
	x := excelize.NewFile()
	head, err := x.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true, Color: "FFFFFF"},
		Fill:      excelize.Fill{Type: "pattern", Color: []string{"1F4E5F"}, Pattern: 1},
		Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"}})
	if err != nil {
		return nil, err
	}
	wrap, err := x.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return nil, err
	}
	x.SetZipWriter(func(w io.Writer) excelize.ZipWriter {
		zw := zip.NewWriter(w)
		zw.RegisterCompressor(zip.Deflate, deflate)
		return zw
	})
	return &book{x: x, head: head, wrap: wrap}, nil
}

// level is how much the entries of a workbook are compressed.
const level = 5

// deflaters are compressors that are not in use. Each takes a megabyte, and a workbook has a dozen entries.
var deflaters sync.Pool

// deflater compresses one entry of a workbook. Closing it gives its compressor back to deflaters.
type deflater struct{ *flate.Writer }

// deflate returns a compressor that writes to w. A compressor that was used before writes the same bytes as a new one.
func deflate(w io.Writer) (io.WriteCloser, error) {
	if d, ok := deflaters.Get().(*flate.Writer); ok {
		d.Reset(w)
		return deflater{d}, nil
	}
	d, err := flate.NewWriter(w, level)
	return deflater{d}, err
}

// Close ends the entry and keeps the compressor for the next one.
func (d deflater) Close() error {
	err := d.Writer.Close()
	deflaters.Put(d.Writer)
	return err
}

// write ends the sheets and writes the workbook. The book is used up.
func (b *book) write(w io.Writer) error {
	defer b.x.Close()
	for _, s := range b.sheets {
		s.end()
	}
	if b.err != nil {
		return b.err
	}
	if err := b.x.SetDocProps(&excelize.DocProperties{Creator: "kheo", Created: "2000-01-01T00:00:00Z",
		Modified: "2000-01-01T00:00:00Z"}); err != nil {
		return err
	}
	var out bytes.Buffer
	if err := b.x.Write(&out); err != nil {
		return err
	}
	return sameZip(w, out.Bytes())
}

// sheet is one sheet of a book. When it is full it continues in another.
type sheet struct {
	*book
	w        *excelize.StreamWriter
	name     string
	part, at int
	widths   []float64
	titles   []any
}

// maxRows is the maximum number of rows of a sheet; tests lower it.
var maxRows = excelize.TotalRows

// sheet begins a sheet with widths in characters and the titles of its columns.
func (b *book) sheet(name string, widths []float64, titles []any) *sheet {
	s := &sheet{book: b, name: name, widths: widths, titles: titles}
	b.sheets = append(b.sheets, s)
	s.begin()
	return s
}

// title is the name of the part that is being written.
func (s *sheet) title() string {
	if s.part == 1 {
		return s.name
	}
	return fmt.Sprintf("%s %d", s.name, s.part)
}

// begin starts a part of the sheet, with its header.
func (s *sheet) begin() {
	if s.err != nil {
		return
	}
	s.at = 1
	if s.part++; s.part == 1 && len(s.sheets) == 1 { // the one that a new workbook has
		s.err = s.x.SetSheetName("Sheet1", s.title())
	} else {
		_, s.err = s.x.NewSheet(s.title())
	}
	if s.err != nil {
		return
	}
	if s.err = s.printable(); s.err != nil {
		return
	}
	if s.w, s.err = s.x.NewStreamWriter(s.title()); s.err != nil {
		return
	}
	for i, w := range s.widths {
		if s.err = s.w.SetColWidth(i+1, i+1, w); s.err != nil {
			return
		}
	}
	if s.err = s.w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2",
		ActivePane: "bottomLeft"}); s.err == nil {
		s.put(s.head, s.titles)
	}
}

// printable has a part printed on landscape A4, as wide as a page, with its header on each.
func (s *sheet) printable() error {
	landscape, a4, wide, high, fit := "landscape", 9, 1, 0, true
	if err := s.x.SetSheetProps(s.title(), &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	if err := s.x.SetPageLayout(s.title(), &excelize.PageLayoutOptions{Orientation: &landscape, Size: &a4,
		FitToWidth: &wide, FitToHeight: &high}); err != nil {
		return err
	}
	return s.x.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles",
		RefersTo: "'" + s.title() + "'!$1:$1", Scope: s.title()})
}

// row writes a row; text is written as text, never as a formula.
func (s *sheet) row(cells ...any) {
	if s.at > maxRows {
		s.end()
		s.begin()
	}
	s.put(s.wrap, cells)
}

// put writes a row in a style. Texts longer than a cell can hold are cut.
func (s *sheet) put(style int, cells []any) {
	if s.err != nil {
		return
	}
	at, _ := excelize.CoordinatesToCellName(1, s.at)
	row := make([]any, len(cells))
	for i, c := range cells {
		if t, ok := c.(string); ok {
			t = visible.Text(t)
			if r := []rune(t); len(t) > excelize.TotalCellChars && len(r) > excelize.TotalCellChars {
				t = string(r[:excelize.TotalCellChars])
			}
			c = t
		}
		row[i] = excelize.Cell{StyleID: style, Value: c}
	}
	s.err = s.w.SetRow(at, row)
	s.at++
}

// end finishes a part of the sheet.
func (s *sheet) end() {
	if s.err != nil {
		return
	}
	last, _ := excelize.ColumnNumberToName(len(s.titles))
	if s.err = s.x.AutoFilter(s.title(), fmt.Sprintf("A1:%s%d", last, max(s.at-1, 1)), nil); s.err == nil {
		s.err = s.w.Flush()
	}
}

// sameZip writes a zip's entries again, ordered by name and without times, so that the same contents
// give the same bytes.
func sameZip(w io.Writer, b []byte) error {
	zr, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	files := slices.Clone(zr.File)
	sort.Slice(files, func(i, j int) bool { // [Content_Types].xml sorts first, as Office expects
		return files[i].Name < files[j].Name
	})
	zw := zip.NewWriter(w)
	for _, f := range files {
		to, err := zw.CreateRaw(&zip.FileHeader{Name: f.Name, Method: f.Method, CRC32: f.CRC32,
			CompressedSize64: f.CompressedSize64, UncompressedSize64: f.UncompressedSize64})
		if err != nil {
			return err
		}
		r, err := f.OpenRaw()
		if err != nil {
			return err
		}
		if _, err := io.Copy(to, r); err != nil {
			return err
		}
	}
	return zw.Close()
}
