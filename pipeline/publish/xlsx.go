package publish

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/xuri/excelize/v2"

	"kheo/pipeline/publish/word"
)

// XLSX writes the list as a workbook: the list, the reasons of every criterion,
// and every piece of evidence; headers are frozen and can be filtered.
func (f *File) XLSX(n Names) ([]byte, error) {
	s, err := newSheets()
	if err != nil {
		return nil, err
	}
	defer s.x.Close()
	listHead := []any{n.t("rank"), n.t("title"), n.t("unit"), n.t("field"), n.t("outcome"), n.t("points"), n.t("max")}
	widths := []float64{8, 44, 20, 22, 20, 9, 9}
	ids := f.criteria()
	for _, c := range ids {
		listHead = append(listHead, c[1])
		widths = append(widths, 13)
	}
	listHead = append(listHead, n.t("reason"), n.t("flags"), n.t("certainty"), n.t("dossier"))
	s.begin(n.t("list"), append(widths, 70, 60, 70, 38), listHead)
	for i := range f.Entries {
		e := &f.Entries[i]
		row := []any{e.Rank, e.Title, n.unit(e.Unit), n.of(n.Env.Fields, e.Field), n.outcome(e.Outcome), e.Points, e.Max}
		for _, c := range ids {
			row = append(row, e.numberOf(c[0]))
		}
		sure := ""
		if e.Certainty != nil {
			sure = e.Certainty.Text
		}
		s.row(append(row, e.Reason, n.flagText(e), sure, e.Dossier)...)
	}
	s.end()
	s.begin(n.t("reasons"), []float64{44, 20, 28, 9, 9, 90, 38}, []any{n.t("title"), n.t("unit"), n.t("criterion"), n.t("points"), n.t("max"), n.t("reason"), n.t("dossier")})
	for _, e := range f.Entries {
		for _, g := range e.Gates {
			s.row(e.Title, n.unit(e.Unit), n.t("gates")+": "+g.ID, "", "", g.Reason, e.Dossier)
		}
		for _, c := range e.Criteria {
			s.row(e.Title, n.unit(e.Unit), c.Title, c.Points, c.Max, c.Reason, e.Dossier)
		}
	}
	s.end()
	s.begin(n.t("evidence"), []float64{44, 20, 28, 30, 8, 110, 38}, []any{n.t("title"), n.t("unit"), n.t("criterion"), n.t("document"), n.t("page"), n.t("quote"), n.t("dossier")})
	for _, e := range f.Entries {
		for _, c := range e.Criteria {
			for _, ev := range c.Evidence {
				s.row(e.Title, n.unit(e.Unit), c.Title, ev.Document, ev.Page, ev.Quote, e.Dossier)
			}
		}
	}
	s.end()
	return s.bytes()
}

// Sheet writes one table as a workbook.
func Sheet(name string, widths []float64, head []any, rows [][]any) ([]byte, error) {
	s, err := newSheets()
	if err != nil {
		return nil, err
	}
	defer s.x.Close()
	s.begin(sheetName(name), widths, head)
	for _, r := range rows {
		s.row(r...)
	}
	s.end()
	return s.bytes()
}

// sheetName is a name that a sheet may have: at most 31 characters, none of them a sign that
// workbooks keep for themselves.
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

func newSheets() (*sheets, error) {
	x := excelize.NewFile()
	head, err := x.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true, Color: "FFFFFF"}, Fill: excelize.Fill{Type: "pattern", Color: []string{"1F4E5F"}, Pattern: 1},
		Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"}})
	if err != nil {
		return nil, err
	}
	wrap, err := x.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return nil, err
	}
	return &sheets{x: x, head: head, wrap: wrap}, nil
}

// bytes is the workbook: the same for the same rows.
func (s *sheets) bytes() ([]byte, error) {
	if s.err != nil {
		return nil, s.err
	}
	if err := s.x.SetDocProps(&excelize.DocProperties{Creator: "kheo", Created: "2000-01-01T00:00:00Z", Modified: "2000-01-01T00:00:00Z"}); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := s.x.Write(&b); err != nil {
		return nil, err
	}
	return sameZip(b.Bytes())
}

func (e *Entry) numberOf(id string) any {
	for _, c := range e.Criteria {
		if c.ID == id {
			return c.Points
		}
	}
	return ""
}

// sheets writes sheets row by row, as a stream: what was written is not held as cells. The first
// error stays.
type sheets struct {
	x          *excelize.File
	w          *excelize.StreamWriter
	head, wrap int
	name       string
	cols, at   int
	err        error
}

func (s *sheets) begin(name string, widths []float64, head []any) {
	if s.err != nil {
		return
	}
	s.at = 1
	if s.name == "" { // the one that a new workbook has
		s.err = s.x.SetSheetName("Sheet1", name)
	} else {
		_, s.err = s.x.NewSheet(name)
	}
	if s.name, s.cols = name, len(head); s.err != nil {
		return
	}
	if s.w, s.err = s.x.NewStreamWriter(name); s.err != nil {
		return
	}
	for i, w := range widths {
		if s.err = s.w.SetColWidth(i+1, i+1, w); s.err != nil {
			return
		}
	}
	if s.err = s.w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); s.err == nil {
		s.put(s.head, head)
	}
}

// row writes a row; text is written as text, never as a formula.
func (s *sheets) row(cells ...any) { s.put(s.wrap, cells) }

func (s *sheets) put(style int, cells []any) {
	if s.err != nil {
		return
	}
	at, _ := excelize.CoordinatesToCellName(1, s.at)
	row := make([]any, len(cells))
	for i, c := range cells {
		if t, ok := c.(string); ok && len(t) > excelize.TotalCellChars {
			if r := []rune(t); len(r) > excelize.TotalCellChars {
				c = string(r[:excelize.TotalCellChars])
			}
		}
		row[i] = excelize.Cell{StyleID: style, Value: c}
	}
	s.err = s.w.SetRow(at, row)
	s.at++
}

func (s *sheets) end() {
	if s.err != nil {
		return
	}
	last, _ := excelize.ColumnNumberToName(s.cols)
	if s.err = s.x.AutoFilter(s.name, fmt.Sprintf("A1:%s%d", last, max(s.at-1, 1)), nil); s.err == nil {
		s.err = s.w.Flush()
	}
}

// sameZip writes a zip's entries again, in the order of their names and
// without times.
func sameZip(b []byte) ([]byte, error) {
	zr, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	files := append([]*zip.File(nil), zr.File...)
	sort.Slice(files, func(i, j int) bool { // [Content_Types].xml sorts first, as Office likes it
		return files[i].Name < files[j].Name
	})
	var out bytes.Buffer
	zw := zip.NewWriter(&out)
	for _, f := range files {
		w, err := zw.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate})
		if err != nil {
			return nil, err
		}
		r, err := f.Open()
		if err != nil {
			return nil, err
		}
		if _, err := io.Copy(w, r); err != nil {
			return nil, err
		}
		r.Close()
	}
	if err := zw.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// DOCX writes the list as a Word document for the papers of the meeting.
func (f *File) DOCX(n Names, campaign string) ([]byte, error) {
	d := &word.Doc{Landscape: true}
	d.Heading(1, f.Title)
	d.Paragraph(campaign)
	d.Paragraph(f.summary(n))
	d.Paragraph(n.t("humans"))
	shown := 0
	for _, o := range outcomeOrder {
		more := 0
		rows := [][]string{{n.t("rank"), n.t("title"), n.t("unit"), n.t("field"), n.t("points"), n.t("reason")}}
		for _, e := range f.Entries {
			if e.Outcome != o {
				continue
			}
			if shown++; shown > mostOnPage {
				more++
				continue
			}
			rank := ""
			if e.Rank > 0 {
				rank = fmt.Sprint(e.Rank)
			}
			rows = append(rows, []string{rank, e.Title, n.unit(e.Unit), n.of(n.Env.Fields, e.Field), n.number(e.Points), e.Reason})
		}
		if len(rows) > 1 || more > 0 {
			d.Heading(2, fmt.Sprintf("%s (%d)", n.outcome(o), len(rows)-1+more))
		}
		if more > 0 {
			d.Paragraph(fmt.Sprintf(n.t("left-to-workbook"), more))
		}
		if len(rows) > 1 {
			d.Table([]int{6, 26, 14, 15, 7, 32}, rows, true, true)
		}
	}
	d.Paragraph(fmt.Sprintf("%s: %s, %s %s, sha256 %s. %s: %s", n.t("ruleset"), f.Ruleset, n.t("version"), f.RulesVersion, f.RulesetSHA256, n.t("run"), f.Run))
	return d.Bytes()
}
