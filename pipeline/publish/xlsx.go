package publish

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/s2"
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

	keep *keeper
	kept *counter // the file that keeps the rows for the next edition; nil for none
	file io.Closer
}

// keepRows has the rows of each entry kept in a file for the next edition.
func (x *xlsxForm) keepRows(keep *keeper, f io.WriteCloser) {
	x.keep, x.kept, x.file = keep, &counter{Writer: bufio.NewWriterSize(f, 1<<16)}, f
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
	x.added++
	whole := x.added <= maxOnPage // the rest is in the JSON file
	rows := e.kept.rows
	if rows == nil {
		rows = x.rowsOf(e, whole)
	}
	if x.kept != nil && whole {
		x.keep.wrote(e.place, partRows, x.kept.n, rows)
		if _, err := x.kept.Write(rows); err != nil {
			return err
		}
	}
	x.book.put(rows, e.Rank)
	return x.book.err
}

// rowsOf encodes the rows of an entry; reasons says whether those of its reasons and evidence are among them.
func (x *xlsxForm) rowsOf(e *Entry, reasons bool) []byte {
	n, unit := x.n, x.n.unit(e.Unit)
	rank := any(rankCell{})
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
	out := x.list.encode(nil, append(row, e.Dossier)...)
	if !reasons {
		return out
	}
	for _, g := range e.Gates {
		passed := n.t("failed")
		if g.Passed {
			passed = n.t("passed")
		}
		out = x.reasons.encode(out, e.Title, unit, n.t("gates")+": "+passed, "", "", g.Reason, e.Dossier)
	}
	for _, c := range e.Criteria {
		out = x.reasons.encode(out, e.Title, unit, c.Title, c.Points, c.Max, c.Reason, e.Dossier)
		for _, ev := range c.Evidence {
			out = x.evidence.encode(out, e.Title, unit, c.Title, ev.Document, ev.Page, ev.Quote, e.Dossier, "")
		}
		for _, u := range c.Uncertain {
			out = x.evidence.encode(out, e.Title, unit, c.Title, u.Document, u.Page, u.Quote, e.Dossier,
				n.t("uncertain")+": "+u.Why)
		}
	}
	return out
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
	if err := x.book.write(x.w); err != nil || x.kept == nil {
		return err
	}
	return errors.Join(x.kept.Writer.(*bufio.Writer).Flush(), x.file.Close())
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

// book is a workbook. excelize makes everything but the rows below the headers, which sheet writes itself: they are
// held compressed until the end. The first error stays, and later calls do nothing.
type book struct {
	x          *excelize.File
	head, wrap int
	sheets     []*sheet
	parts      map[string]*packedRows // of sheets that have ended, by their names in the workbook's archive
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
	return &book{x: x, head: head, wrap: wrap, parts: map[string]*packedRows{}}, nil
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
	return b.sameZip(w, out.Bytes())
}

// packedRows is the XML of the rows of one part of a sheet, compressed.
type packedRows struct {
	packed bytes.Buffer
	w      *s2.Writer
}

// newPackedRows returns rows to write to.
func newPackedRows() *packedRows {
	p := &packedRows{}
	p.w = s2.NewWriter(&p.packed, s2.WriterConcurrency(1))
	return p
}

// sheet is one sheet of a book. When it is full it continues in another.
//
// A row is encoded without what depends on where it is: a byte that says which sheet it is in, from 1, and then its
// XML, with marks in place of the number of the row and of the rank of an entry. No text of XML has such characters.
type sheet struct {
	*book
	w        *excelize.StreamWriter
	number   byte // from firstSheet
	name     string
	part, at int
	widths   []float64
	titles   []any
	rows     *packedRows // of the part that is being written
}

// Marks in encoded rows.
const (
	rowMark    = 0x00 // the number of the row
	rankMark   = 0x01 // the rank of the entry
	firstSheet = 0x02 // a row of the first sheet begins; of the second, 0x03; and so on, to lastMark
	lastMark   = 0x08
)

// rankCell is a cell with the rank of the entry.
type rankCell struct{}

// maxRows is the maximum number of rows of a sheet; tests lower it.
var maxRows = excelize.TotalRows

// sheet begins a sheet with widths in characters and the titles of its columns.
func (b *book) sheet(name string, widths []float64, titles []any) *sheet {
	s := &sheet{book: b, number: byte(firstSheet + len(b.sheets)), name: name, widths: widths, titles: titles}
	if s.number > lastMark {
		b.err = cmp.Or(b.err, errors.New("a workbook has too many sheets"))
	}
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
	s.rows = newPackedRows()
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
		s.header()
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
func (s *sheet) row(cells ...any) { s.book.put(s.encode(nil, cells...), 0) }

// encode appends an encoded row to b.
func (s *sheet) encode(b []byte, cells ...any) []byte {
	b = append(append(b, s.number), `<row r="`...)
	b = append(append(b, rowMark), `">`...)
	for i, c := range cells {
		b = s.cell(b, i, c)
	}
	return append(b, "</row>"...)
}

// put writes encoded rows to their sheets.
func (b *book) put(encoded []byte, rank int) {
	for len(encoded) > 0 && b.err == nil {
		s := b.sheets[encoded[0]-firstSheet]
		if s.at > maxRows {
			s.end()
			s.begin()
		}
		s.at++
		at := []byte(strconv.Itoa(s.at - 1))
		for encoded = encoded[1:]; len(encoded) > 0 && b.err == nil; {
			i := 0
			for i < len(encoded) && encoded[i] > lastMark {
				i++
			}
			_, b.err = s.rows.w.Write(encoded[:i])
			if encoded = encoded[i:]; len(encoded) == 0 || encoded[0] >= firstSheet {
				break
			}
			mark := at
			if encoded[0] == rankMark {
				mark = []byte(strconv.Itoa(rank))
			}
			if b.err == nil {
				_, b.err = s.rows.w.Write(mark)
			}
			encoded = encoded[1:]
		}
	}
}

// header writes the titles of the columns as the first row, which excelize makes.
func (s *sheet) header() {
	row := make([]any, len(s.titles))
	for i, c := range s.titles {
		row[i] = excelize.Cell{StyleID: s.head, Value: cellValue(c)}
	}
	s.err = s.w.SetRow("A1", row)
	s.at = 2
}

// cellValue is what a cell shows. Texts longer than a cell can hold are cut.
func cellValue(c any) any {
	t, ok := c.(string)
	if !ok {
		return c
	}
	t = visible.Text(t)
	if r := []rune(t); len(t) > excelize.TotalCellChars && len(r) > excelize.TotalCellChars {
		t = string(r[:excelize.TotalCellChars])
	}
	return t
}

// cell appends the XML of a cell in column i, as excelize writes it. What only few cells have is left to excelize.
func (s *sheet) cell(b []byte, i int, c any) []byte {
	column, err := excelize.ColumnNumberToName(i + 1)
	if err != nil {
		s.err = cmp.Or(s.err, err)
		return b
	}
	open := func(kind string) {
		b = append(append(append(b, `<c r="`...), column...), rowMark)
		b = append(strconv.AppendInt(append(b, `" s="`...), int64(s.wrap), 10), '"')
		b = append(append(b, kind...), '>')
	}
	switch v := cellValue(c).(type) {
	case nil:
		open("")
	case rankCell:
		open("")
		b = append(append(append(b, "<v>"...), rankMark), "</v>"...)
	case int:
		open("")
		b = append(strconv.AppendInt(append(b, "<v>"...), int64(v), 10), "</v>"...)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) || math.Abs(v) >= 1e15 {
			return s.rareCell(b, column, v)
		}
		open("")
		b = append(append(append(b, "<v>"...), digits15(v)...), "</v>"...)
	case string:
		if len(v) > excelize.TotalCellChars || strings.Contains(v, "_x") {
			return s.rareCell(b, column, v)
		}
		open(` t="inlineStr"`)
		b = append(b, "<is><t"...)
		if v != "" && (isBlank(v[0]) || isBlank(v[len(v)-1])) {
			b = append(b, ` xml:space="preserve"`...)
		}
		b = append(escapeXML(append(b, '>'), v), "</t></is>"...)
	default:
		return s.rareCell(b, column, v)
	}
	return append(b, "</c>"...)
}

// digits15 writes a number below 1e15 with at most 15 significant digits, as many as Excel has; excelize does not
// round.
func digits15(v float64) string {
	text := strconv.FormatFloat(v, 'f', -1, 64)
	n := 0
	for i := range text {
		if c := text[i]; c < '0' || c > '9' || n == 0 && c == '0' {
			continue
		}
		if n++; n > 15 {
			return strings.TrimSuffix(text[:i], ".")
		}
	}
	return text
}

// isBlank reports whether a character at an end of a text is lost unless the cell says that blanks stay.
func isBlank(c byte) bool { return c == '\t' || c == '\n' || c == '\r' || c == ' ' }

// escapeXML appends a text that passed through package visible, escaped as xml.EscapeText does it but for line breaks.
func escapeXML(b []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		esc := ""
		switch s[i] {
		case '"':
			esc = "&#34;"
		case '\'':
			esc = "&#39;"
		case '&':
			esc = "&amp;"
		case '<':
			esc = "&lt;"
		case '>':
			esc = "&gt;"
		case '\t':
			esc = "&#x9;"
		case 0xef: // U+FFFE and U+FFFF are not XML
			if i+2 < len(s) && s[i+1] == 0xbf && s[i+2] >= 0xbe {
				b = append(append(b, s[from:i]...), "\ufffd"...)
				i, from = i+2, i+3
			}
			continue
		default:
			continue
		}
		b = append(append(b, s[from:i]...), esc...)
		from = i + 1
	}
	return append(b, s[from:]...)
}

// rareCell has excelize write a cell, and appends its XML.
func (s *sheet) rareCell(b []byte, column string, v any) []byte {
	x := excelize.NewFile()
	defer x.Close()
	w, err := x.NewStreamWriter("Sheet1")
	if err == nil {
		err = w.SetRow(column+"1", []any{excelize.Cell{StyleID: s.wrap, Value: v}})
	}
	if err == nil {
		err = w.Flush()
	}
	var out bytes.Buffer
	if err == nil {
		err = x.Write(&out)
	}
	var sheet []byte
	if err == nil {
		sheet, err = zipped(out.Bytes(), "xl/worksheets/sheet1.xml")
	}
	_, cells, _ := bytes.Cut(sheet, []byte(`<row r="1">`))
	cells, _, ok := bytes.Cut(cells, []byte("</row>"))
	before, after, found := bytes.Cut(cells, []byte(`r="`+column+`1"`))
	if err == nil && (!ok || !found) {
		err = fmt.Errorf("a cell cannot be written: %.40q", v)
	}
	s.err = cmp.Or(s.err, err)
	b = append(append(append(b, before...), `r="`...), column...)
	return append(append(append(b, rowMark), '"'), after...)
}

// zipped returns a file of an archive.
func zipped(archive []byte, name string) ([]byte, error) {
	zr, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, err
	}
	f, err := zr.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
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
	if s.err == nil {
		s.err = s.rows.w.Close()
	}
	for id, name := range s.x.GetSheetMap() {
		if name == s.title() {
			s.parts[fmt.Sprintf("xl/worksheets/sheet%d.xml", id)] = s.rows
		}
	}
}

// sameZip writes a zip's entries again, ordered by name and without times, so that the same contents give the same
// bytes, and the sheets with their rows.
func (b *book) sameZip(w io.Writer, archive []byte) error {
	zr, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return err
	}
	files := slices.Clone(zr.File)
	sort.Slice(files, func(i, j int) bool { // [Content_Types].xml sorts first, as Office expects
		return files[i].Name < files[j].Name
	})
	zw := zip.NewWriter(w)
	for _, f := range files {
		as, r, err := b.again(f)
		if err != nil {
			return err
		}
		to, err := zw.CreateRaw(as)
		if err != nil {
			return err
		}
		if _, err := io.Copy(to, r); err != nil {
			return err
		}
	}
	if len(b.parts) > 0 {
		return fmt.Errorf("%d sheets have no place in the workbook", len(b.parts))
	}
	return zw.Close()
}

// again returns a file of the archive as it is written, compressed: as it is, or with its rows.
func (b *book) again(f *zip.File) (*zip.FileHeader, io.Reader, error) {
	as := &zip.FileHeader{Name: f.Name, Method: f.Method, CRC32: f.CRC32,
		CompressedSize64: f.CompressedSize64, UncompressedSize64: f.UncompressedSize64}
	rows := b.parts[f.Name]
	if rows == nil {
		r, err := f.OpenRaw()
		return as, r, err
	}
	delete(b.parts, f.Name)
	r, err := f.Open()
	if err != nil {
		return nil, nil, err
	}
	frame, err := io.ReadAll(r)
	if err != nil {
		return nil, nil, err
	}
	const end = "</sheetData>"
	at := bytes.Index(frame, []byte(end))
	if at < 0 {
		return nil, nil, fmt.Errorf("%s has no rows", f.Name)
	}
	var packed bytes.Buffer
	to, err := deflate(&packed)
	if err != nil {
		return nil, nil, err
	}
	sum, all := crc32.NewIEEE(), &counter{Writer: to}
	_, err = io.Copy(io.MultiWriter(sum, all), io.MultiReader(bytes.NewReader(frame[:at]),
		s2.NewReader(&rows.packed), bytes.NewReader(frame[at:])))
	if err = errors.Join(err, to.Close()); err != nil {
		return nil, nil, err
	}
	as.CRC32, as.CompressedSize64, as.UncompressedSize64 = sum.Sum32(), uint64(packed.Len()), uint64(all.n)
	return as, &packed, nil
}
