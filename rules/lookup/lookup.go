// Package lookup reads tables of the office: CSV and Excel files beside the rules, such as a table of who handed in
// too late, whose rows each belong to one dossier, unit or nominee. A table is read strictly, because what it says
// counts without a paper: nothing is guessed, and every mistake is reported with its file, row and column.
//
// Rows are found by a key, which is compared in one form ([Same]); two rows with one key are a mistake unless the
// table may repeat them. A [Cell] gives its value as a number, percentage, date or answer, or the [Mistake] that it
// has, such as a formula whose result is not stored. A table that has a mistake stops the loading of its ruleset.
package lookup

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/strict"
)

// What the rows of a table may be found by, as rulesets write it.
const (
	ByUnit    = "unit"
	ByDossier = "dossier"
	ByNominee = "nominee"
	ByTitle   = "title"
)

// Keys are the words for what rows are found by.
var Keys = []string{ByUnit, ByDossier, ByNominee, ByTitle}

// Bounds of a table, and how many of its mistakes are reported.
const (
	MaxBytes    = 4 << 20 // of the file
	maxRows     = 50_000
	maxColumns  = 200
	maxCell     = 1000 // code points of one cell
	maxUnzipped = 32 << 20
	maxProblems = 50
)

// Spec says which table is meant, and by what its rows are found.
type Spec struct {
	File   string // path from the workspace, which messages and sources name
	Key    string // one of Keys
	Column string // header of the column with the key; "" is the first column
	Sheet  string // of an Excel file; "" is the first

	Repeats bool // several rows may have one key
}

// Cell is one cell of a table.
type Cell struct {
	Text      string // as the file shows it, NFC, without white space around it
	Line, Col int    // in a CSV file the line and character, in an Excel file the row and column; from 1

	// Of an Excel file, whose cells are typed. Raw is the stored number, date or truth value.
	Raw  string
	Type cellType
}

// cellType is the type that an Excel file stores of a cell.
type cellType uint8

const (
	textCell cellType = iota // also every cell of a CSV file
	numberCell
	dateCell
	boolCell
	errorCell // such as #REF!
	emptyFormula
)

// Table is a table that has been read. It is immutable.
type Table struct {
	Spec
	headers  []Cell
	rows     [][]Cell
	key      int // index of the column with the key
	problems *problems
}

// problems collects the mistakes of one file.
type problems struct {
	file string
	list strict.Problems
	more int // mistakes beyond maxProblems
}

// add reports a mistake at a cell.
func (p *problems) add(at Cell, message, cure string) {
	if len(p.list) >= maxProblems {
		p.more++
		return
	}
	p.list = append(p.list, strict.Problem{File: p.file, Line: at.Line, Col: at.Col, Message: message,
		Cure: cure})
}

// all are the mistakes, with a line that says how many more there are.
func (p *problems) all() strict.Problems {
	out := slices.Clone(p.list)
	if p.more > 0 {
		last := out[len(out)-1]
		out = append(out, strict.Problem{File: p.file, Line: last.Line, Col: last.Col,
			Message: fmt.Sprintf("%d more mistakes of this table are not shown",
				p.more), Cure: "correct those above first"})
	}
	return out
}

// Read reads a table. If it has mistakes, the table is nil and the mistakes are returned, those of a row at
// its cells.
func Read(spec Spec, data []byte) (*Table, strict.Problems) {
	t := &Table{Spec: spec, problems: &problems{file: spec.File}}
	t.read(data)
	if len(t.problems.list) == 0 {
		t.check()
	}
	if len(t.problems.list) > 0 {
		return nil, t.problems.all()
	}
	return t, nil
}

// read reads the cells of the file.
func (t *Table) read(data []byte) {
	top := Cell{Line: 1, Col: 1}
	switch lower := strings.ToLower(t.File); {
	case len(data) > MaxBytes:
		t.problems.add(top, fmt.Sprintf("the table is larger than %d MB", MaxBytes>>20),
			"keep only the rows of this campaign")
	case strings.HasSuffix(lower, ".csv"):
		if t.Sheet != "" {
			t.problems.add(top, "a .csv has no sheets", "take sheet out of the ruleset")
		}
		t.readCSV(data)
	case strings.HasSuffix(lower, ".xlsx"):
		t.readXLSX(data)
	default:
		t.problems.add(top, "a table is a .csv or an .xlsx file", "save it as one of these")
	}
}

// check finds the column of the keys, and reports headers and keys that are missing or there twice.
func (t *Table) check() {
	top := Cell{Line: 1, Col: 1}
	if len(t.headers) == 0 {
		t.problems.add(top, "the table is empty", "write the names of the columns into the first row")
		return
	}
	seen := map[string]bool{}
	for i, h := range t.headers {
		name := folded(h.Text)
		if name != "" && seen[name] {
			t.problems.add(h, fmt.Sprintf("two columns are called %q", h.Text), "give each a name of its own")
		}
		seen[name] = true
		if name == "" && t.used(i) {
			t.problems.add(h, "a column with values has no name", "write its name into the first row")
		}
	}
	if t.Column != "" {
		if t.key = t.column(t.Column); t.key < 0 {
			t.problems.add(top, fmt.Sprintf("the table has no column %q for its keys", t.Column),
				t.known(t.Column))
			return
		}
	}
	t.checkKeys()
}

// checkKeys reports rows without a key, and keys that two rows have.
func (t *Table) checkKeys() {
	first := map[string]Cell{}
	for _, row := range t.rows {
		c := row[t.key]
		k := folded(c.Text)
		if before, twice := first[k]; k == "" {
			t.problems.add(c, "this row does not say whose it is", fmt.Sprintf("fill in the column %q",
				t.headers[t.key].Text))
		} else if twice && !t.Repeats {
			t.problems.add(c, fmt.Sprintf("%q is also in row %d", c.Text, before.Line),
				"keep one row of each")
		} else {
			first[k] = c
		}
	}
}

// used reports whether a column has values.
func (t *Table) used(column int) bool {
	return slices.ContainsFunc(t.rows, func(row []Cell) bool { return row[column].Text != "" })
}

// column is the index of the column with a header; -1 if there is none.
func (t *Table) column(header string) int {
	return slices.IndexFunc(t.headers, func(h Cell) bool { return folded(h.Text) == folded(header) })
}

// known is a cure that lists the columns, the one nearest to a mistyped one first.
func (t *Table) known(header string) string {
	names := make([]string, 0, len(t.headers))
	for _, h := range t.headers {
		if h.Text != "" {
			names = append(names, h.Text)
		}
	}
	cure := "columns are: " + strings.Join(names, ", ")
	if near := strict.Nearest(header, names); near != "" {
		cure = fmt.Sprintf("did you mean %q? %s", near, cure)
	}
	return cure
}

// Row is one row of a table as a fact sees it.
type Row struct {
	Key   Cell
	Value Cell
	Quote string // the cells of the row that are not empty
}

// Values returns the rows with the values of a column. If the table has no such column, ok is false, and cure
// names those that it has.
func (t *Table) Values(header string) (rows []Row, cure string, ok bool) {
	at := t.column(header)
	if at < 0 {
		return nil, t.known(header), false
	}
	for _, cells := range t.rows {
		var texts []string
		for _, c := range cells {
			if c.Text != "" {
				texts = append(texts, c.Text)
			}
		}
		rows = append(rows, Row{Key: cells[t.key], Value: cells[at], Quote: strings.Join(texts, "; ")})
	}
	return rows, "", true
}

// Same returns the form of a key in which keys are compared: NFC, in lower case, with single spaces.
// Diacritics count, because names may differ by them alone.
func Same(key string) string { return folded(key) }

// folded is Same, also of headers.
func folded(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(norm.NFC.String(s)), " "))
}

// clean is the text of a cell: NFC, on one line and without white space around it.
func clean(s string) string { return strings.Join(strings.Fields(norm.NFC.String(s)), " ") }

// addRow adds a row of the file: the first is that of the headers, and rows without any text are left out.
func (t *Table) addRow(cells []Cell) {
	for i := range cells {
		if n := len([]rune(cells[i].Text)); n > maxCell {
			t.problems.add(cells[i], fmt.Sprintf("this cell has %d letters; at most %d are read", n,
				maxCell), "shorten it")
			cells[i].Text = ""
		}
	}
	empty := !slices.ContainsFunc(cells, func(c Cell) bool { return c.Text != "" || c.Type == emptyFormula })
	switch {
	case empty:
	case len(cells) > maxColumns:
		t.problems.add(cells[0], fmt.Sprintf("the table has more than %d columns", maxColumns),
			"keep those that are used")
	case t.headers == nil:
		t.headers = cells
	case len(t.rows) == maxRows:
		t.problems.add(cells[0], fmt.Sprintf("the table has more than %d rows", maxRows),
			"keep those of this campaign")
	case len(t.rows) < maxRows:
		t.rows = append(t.rows, cells)
	}
}

// RowKeys are the cells with the keys of all rows.
func (t *Table) RowKeys() []Cell {
	out := make([]Cell, len(t.rows))
	for i, row := range t.rows {
		out[i] = row[t.key]
	}
	return out
}
