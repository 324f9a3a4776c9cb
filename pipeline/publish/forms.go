package publish

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/visible"
)

// form is one of the files that a list is written as. It takes the entries one after the other, in the
// list's order, so that a list need not fit into memory.
type form interface {
	add(e *Entry) error
	end() error // writes the rest of the file; it is not called after an error
}

// whole writes a list in a form.
func (f *File) whole(begin func(w io.Writer) (form, error)) ([]byte, error) {
	var b bytes.Buffer
	to, err := begin(&b)
	if err != nil {
		return nil, err
	}
	for e := range f.each() {
		if err := to.add(e); err != nil {
			return nil, err
		}
	}
	if err := to.end(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// each yields the entries in order.
func (f *File) each() iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		for i := range f.Entries {
			if !yield(&f.Entries[i]) {
				return
			}
		}
	}
}

// JSON returns the list's JSON, indented, with a newline at its end.
func (f *File) JSON() ([]byte, error) {
	return f.whole(func(w io.Writer) (form, error) { return newJSON(w, f) })
}

// CSV returns the list as comma-separated values, with a byte order mark so that Excel reads the
// diacritics.
func (f *File) CSV(n Names) ([]byte, error) {
	return f.whole(func(w io.Writer) (form, error) { return newCSV(w, n, f.columns()) })
}

// XLSX returns the list as a workbook: the list, the reasons of every criterion, and every piece of
// evidence; headers are frozen and can be filtered.
func (f *File) XLSX(n Names) ([]byte, error) {
	return f.whole(func(w io.Writer) (form, error) { return newXLSX(w, n, f.columns(), f.evidenceText(n)) })
}

// HTML returns the list as one self-contained page: no script, no other file, readable on a phone,
// printable. languages are those of the campaign, the list's own first; href returns the address of the
// page in a language.
func (f *File) HTML(n Names, campaign string, languages []string,
	href func(lang string) string) ([]byte, error) {
	return f.whole(func(w io.Writer) (form, error) {
		return &htmlForm{w: w, shown: newShown(f), n: n, campaign: campaign, languages: languages, href: href},
			nil
	})
}

// DOCX returns the list as a Word document for the papers of the meeting.
func (f *File) DOCX(n Names, campaign string) ([]byte, error) {
	return f.whole(func(w io.Writer) (form, error) {
		return &docxForm{w: w, shown: newShown(f), n: n, campaign: campaign}, nil
	})
}

// columns are those of a table that depend on the ruleset.
type columns struct {
	criteria [][2]string // ids and titles of criteria and groups, in the order of their first appearance on a list
	facts    [][2]string // that the ruleset shows, likewise
	given    bool        // what entries get, and their places
	money    bool        // some of it is money
	certain  bool        // how certain outcomes are was tried
}

// who are the columns that say whose an entry is and of what, and their cells: of those that the campaign has.
func (n Names) who(e *Entry, level bool) (titles, cells []string) {
	add := func(has bool, title, cell string) {
		if has {
			titles, cells = append(titles, n.t(title)), append(cells, cell)
		}
	}
	add(len(n.Env.Units) > 0, "unit", n.unit(e.Unit))
	add(level && len(n.Env.Levels) > 0, "level", n.of(n.Env.Levels, e.Level))
	add(len(n.Env.Fields) > 0, "field", n.of(n.Env.Fields, e.Field))
	return titles, cells
}

// see adds a criterion or group that can give points or take them off, unless it is there already.
func (c *columns) see(id string, counts bool, title func() string) {
	if counts && !slices.ContainsFunc(c.criteria, func(have [2]string) bool { return have[0] == id }) {
		c.criteria = append(c.criteria, [2]string{id, title()})
	}
}

// seeFact adds a fact that has a column, unless it is there already.
func (c *columns) seeFact(id, title string) {
	if !slices.ContainsFunc(c.facts, func(have [2]string) bool { return have[0] == id }) {
		c.facts = append(c.facts, [2]string{id, title})
	}
}

// titles are the titles of the columns between max and reason.
func (c *columns) titles(n Names) (out []string) {
	if c.given {
		out = append(out, n.t("award"), n.t("place"), n.t("order"))
	}
	if c.money {
		out = append(out, n.t("granted"))
	}
	for _, col := range c.facts {
		out = append(out, n.notFixed(col[1], "fact"))
	}
	for _, col := range c.criteria {
		out = append(out, n.notFixed(col[1], "criterion"))
	}
	return out
}

// notFixed returns the title of a column of the ruleset; if a column of every list has the same title, with what it is
// in front, so that both can be told apart.
func (n Names) notFixed(title, what string) string {
	for _, fixed := range []string{"rank", "dossier", "title", "unit", "level", "field", "outcome", "points", "max",
		"award", "place", "order", "granted", "reason", "flags", "certainty"} {
		if strings.EqualFold(title, n.t(fixed)) {
			return n.t(what) + ": " + title
		}
	}
	return title
}

// cells are the values of an entry in these columns; "" if it has none.
func (c *columns) cells(e *Entry) (out []any) {
	blank := func(v any, ok bool) any {
		if !ok {
			return ""
		}
		return v
	}
	if c.given {
		award := ""
		if e.Award != nil {
			award = e.Award.Title
		}
		out = append(out, award, blank(e.Place, e.Place > 0), blank(e.Order, e.Order > 0))
	}
	if c.money {
		granted := any("")
		if e.Granted != nil {
			granted = e.Granted.Amount
		}
		out = append(out, granted)
	}
	for _, col := range c.facts {
		i := slices.IndexFunc(e.Columns, func(x Column) bool { return x.ID == col[0] })
		switch {
		case i < 0 || e.Columns[i].Value == nil:
			out = append(out, "")
		case isNumber(e.Columns[i].Value):
			out = append(out, e.Columns[i].Value)
		default:
			out = append(out, e.Columns[i].Text)
		}
	}
	for _, col := range c.criteria {
		p, ok := e.pointsOf(col[0])
		out = append(out, blank(p, ok))
	}
	return out
}

// isNumber reports whether a value of a fact is a number.
func isNumber(v any) bool { _, ok := v.(float64); return ok }

// columns returns the columns of the list: its criteria and groups that can give points or take them off, and
// what else its ruleset shows.
func (f *File) columns() (out columns) {
	for e := range f.each() {
		out.given = out.given || e.Order > 0 || e.Award != nil
		out.money, out.certain = out.money || e.Granted != nil, out.certain || e.Certainty != nil
		for _, c := range e.Columns {
			out.seeFact(c.ID, c.Title)
		}
		for i := range e.Criteria {
			c := &e.Criteria[i]
			out.see(c.ID, c.Max > 0 || c.Deducts, func() string { return c.Title })
		}
		for i := range e.Groups {
			out.see(e.Groups[i].ID, true, func() string { return e.Groups[i].Title })
		}
	}
	return out
}

// jsonForm writes the JSON of a list entry by entry: the same bytes as encoding the whole.
type jsonForm struct {
	w    *bufio.Writer
	buf  bytes.Buffer
	e    *json.Encoder
	n    int // entries written
	size int64
	foot string
	keep *keeper
}

// write counts the bytes of the file while writing them.
func (j *jsonForm) write(b []byte) error {
	n, err := j.w.Write(b)
	j.size += int64(n)
	return err
}

// newJSON writes a list's head; the entries of f are not written.
func newJSON(w io.Writer, f *File) (*jsonForm, error) {
	j := &jsonForm{w: bufio.NewWriterSize(w, 1<<16), foot: "]\n}\n"}
	without := *f
	without.Entries = []Entry{}
	top := json.NewEncoder(&j.buf)
	top.SetEscapeHTML(false)
	top.SetIndent("", "  ")
	if err := top.Encode(&without); err != nil {
		return nil, err
	}
	above, ok := bytes.CutSuffix(j.buf.Bytes(), []byte(j.foot)) // the entries come last
	if !ok {
		return nil, fmt.Errorf("the JSON of a list ends with %.20q", j.buf.Bytes())
	}
	j.write(visible.JSON(above))
	j.e = json.NewEncoder(&j.buf)
	j.e.SetEscapeHTML(false)
	j.e.SetIndent("    ", "  ")
	return j, nil
}

// add writes one entry; JSON that is at hand from the last edition is copied.
func (j *jsonForm) add(e *Entry) error {
	b := e.rendered
	if b == nil {
		j.buf.Reset()
		if err := j.e.Encode(e); err != nil {
			return err
		}
		b = visible.JSON(bytes.TrimSuffix(j.buf.Bytes(), []byte("\n")))
	}
	between := ",\n    "
	if j.n == 0 {
		between = between[1:]
	}
	j.write([]byte(between))
	if head := len(rankedJSON) + len(strconv.Itoa(e.Rank)); j.keep != nil && bytes.HasPrefix(b, []byte(rankedJSON)) {
		j.keep.wrote(e.place, partJSON, j.size+int64(head), b[head:])
	}
	j.n++
	return j.write(b)
}

// end writes what follows the entries.
func (j *jsonForm) end() error {
	if j.n > 0 {
		j.write([]byte("\n  "))
	}
	j.write([]byte(j.foot))
	return j.w.Flush()
}

// csvForm writes a list as comma-separated values.
type csvForm struct {
	w       *bufio.Writer
	rows    *csv.Writer // to row
	row     bytes.Buffer
	size    int64
	n       Names
	columns columns
	keep    *keeper
}

// beginCSV returns a form that writes rows to w.
func beginCSV(w io.Writer, n Names, columns columns) *csvForm {
	c := &csvForm{w: bufio.NewWriterSize(w, 1<<16), n: n, columns: columns}
	c.rows = csv.NewWriter(&c.row)
	c.rows.UseCRLF = true
	c.put([]byte("\ufeff"))
	return c
}

// put writes bytes and counts them. bufio.Writer keeps the first error.
func (c *csvForm) put(b []byte) {
	n, _ := c.w.Write(b)
	c.size += int64(n)
}

// newCSV writes the header of a table.
func newCSV(w io.Writer, n Names, columns columns) (*csvForm, error) {
	c := beginCSV(w, n, columns)
	who, _ := n.who(&Entry{}, true)
	head := append([]string{n.t("rank"), n.t("dossier"), n.t("title")}, who...)
	head = append(append(head, n.t("outcome"), n.t("points"), n.t("max")), columns.titles(n)...)
	head = append(head, n.t("reason"), n.t("flags"))
	if columns.certain {
		head = append(head, n.t("certainty"))
	}
	return c, c.write(head)
}

// add writes one entry as a row. What is kept of it is what follows the rank.
func (c *csvForm) add(e *Entry) error {
	rank := strconv.Itoa(e.Rank)
	rest := e.kept.csv
	if rest == nil {
		if err := c.encode(c.cells(e)); err != nil {
			return err
		}
		rest = c.row.Bytes()[len(rank):]
	}
	c.put([]byte(rank))
	c.keep.wrote(e.place, partCSV, c.size, rest)
	c.put(rest)
	return nil
}

// cells are the cells of an entry. Numbers are written as in JSON, so that programs can read them.
func (c *csvForm) cells(e *Entry) []string {
	n := c.n
	_, who := n.who(e, true)
	row := append([]string{fmt.Sprint(e.Rank), e.Dossier, PlainCell(e.Title)}, who...)
	row = append(row, n.outcome(e.Outcome), fmt.Sprint(e.Points), fmt.Sprint(e.Max))
	for _, cell := range c.columns.cells(e) {
		switch v := cell.(type) {
		case float64:
			row = append(row, plainNumber(v))
		case string:
			row = append(row, PlainCell(v))
		default:
			row = append(row, fmt.Sprint(v))
		}
	}
	row = append(row, PlainCell(e.Reason), PlainCell(n.flagText(e)))
	switch {
	case e.Certainty != nil:
		row = append(row, fmt.Sprint(e.Certainty.Keeps))
	case c.columns.certain:
		row = append(row, "")
	}
	return row
}

// CommaSeparated returns a table as comma-separated values, like CSV: text that a spreadsheet would take for a formula
// begins with an apostrophe.
func CommaSeparated(head []any, rows [][]any) ([]byte, error) {
	var b bytes.Buffer
	c := beginCSV(&b, Names{}, columns{})
	for _, r := range append([][]any{head}, rows...) {
		out := make([]string, len(r))
		for i, cell := range r {
			switch v := cell.(type) {
			case float64:
				out[i] = plainNumber(v)
			case string:
				out[i] = PlainCell(v)
			case int, int64:
				out[i] = fmt.Sprint(v)
			case nil:
			default:
				out[i] = PlainCell(fmt.Sprint(v))
			}
		}
		if err := c.write(out); err != nil {
			return nil, err
		}
	}
	err := c.end()
	return b.Bytes(), err
}

// plainNumber writes a number for programs. Amounts of money are long, and are not to have an exponent.
func plainNumber(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// encode encodes a row into c.row, each cell on one line.
func (c *csvForm) encode(row []string) error {
	for i := range row {
		row[i] = visible.Line(row[i])
	}
	c.row.Reset()
	err := c.rows.Write(row)
	c.rows.Flush()
	return err
}

// write writes a row.
func (c *csvForm) write(row []string) error {
	err := c.encode(row)
	c.put(c.row.Bytes())
	return err
}

// end writes what is still buffered.
func (c *csvForm) end() error { return c.w.Flush() }
