package lookup

import (
	"fmt"

	"kheo/internal/strict"
)

// Sheet is a table whose rows are not found by a key, such as the marks of a panel, where a dossier has several rows.
type Sheet struct {
	Headers []Cell
	Rows    [][]Cell // each with as many cells as there are headers
}

// ReadSheet reads such a table from a .csv or .xlsx file, as strictly as Read. sheet names the sheet of an Excel file;
// the first if it is empty. Mistakes are returned with their places, and then there is no table.
func ReadSheet(file, sheet string, data []byte) (*Sheet, strict.Problems) {
	t := &Table{Spec: Spec{File: file, Sheet: sheet}, problems: &problems{file: file}}
	t.read(data)
	if len(t.problems.list) == 0 && len(t.headers) == 0 {
		t.problems.add(Cell{Line: 1, Col: 1}, "the table is empty", "write the names of the columns into the first row")
	}
	if len(t.problems.list) > 0 {
		return nil, t.problems.all()
	}
	return &Sheet{Headers: t.headers, Rows: t.rows}, nil
}

// Column is the index of the column with a header, whose case and spacing do not matter; -1 if there is none.
func (s *Sheet) Column(header string) int { return (&Table{headers: s.Headers}).column(header) }

// Known is a cure that names the columns, the one nearest to a mistyped one first.
func (s *Sheet) Known(header string) string { return (&Table{headers: s.Headers}).known(header) }

// Problem is a mistake at a cell of a file.
func Problem(file string, at Cell, cure, format string, args ...any) strict.Problem {
	return strict.Problem{File: file, Line: at.Line, Col: at.Col, Message: fmt.Sprintf(format, args...), Cure: cure}
}
