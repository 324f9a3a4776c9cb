package lookup

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// byteOrderMark begins text files that some programs save as UTF-8.
const byteOrderMark = "\ufeff"

// readCSV reads a CSV file (RFC 4180) in UTF-8. Its separator is the one of semicolon, comma and tab that the
// first line has most of.
func (t *Table) readCSV(data []byte) {
	data = bytes.TrimPrefix(data, []byte(byteOrderMark))
	if !utf8.Valid(data) {
		line := 1 + bytes.Count(data[:invalidAt(data)], []byte("\n"))
		t.problems.add(Cell{Line: line, Col: 1}, "this is not UTF-8 text",
			`in Excel, save it as "CSV UTF-8", or as .xlsx`)
		return
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord = separator(data), -1
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			t.problems.add(Cell{Line: wrong.Line, Col: wrong.Column},
				"this row is not CSV: "+wrong.Err.Error(),
				`write a quotation mark inside a text twice, and close every text that begins with one`)
			return // what follows may be read wrongly because of it
		}
		t.addRecord(r, record)
	}
}

// addRecord adds a row of a CSV file, which must have as many cells as there are headers.
func (t *Table) addRecord(r *csv.Reader, record []string) {
	cells := make([]Cell, len(record))
	for i, s := range record {
		line, col := r.FieldPos(i)
		cells[i] = Cell{Text: clean(s), Line: line, Col: col}
	}
	blank := strings.Join(record, "") == ""
	if n := len(t.headers); n > 0 && len(cells) != n && !blank {
		t.problems.add(cells[0], fmt.Sprintf("this row has %d cells, and the first row has %d", len(cells),
			n),
			"put quotation marks around a text that holds the separator, and write a separator for every empty cell")
		return
	}
	t.addRow(cells)
}

// separator is the separator of cells that the first line has most of; a comma if it has none.
func separator(data []byte) rune {
	line, _, _ := strings.Cut(string(data), "\n")
	best, most := ',', 0
	for _, c := range ";,\t" {
		if n := outsideQuotes(line, c); n > most {
			best, most = c, n
		}
	}
	return best
}

// outsideQuotes counts a letter outside quotation marks.
func outsideQuotes(line string, c rune) (n int) {
	quoted := false
	for _, r := range line {
		switch {
		case r == '"':
			quoted = !quoted
		case r == c && !quoted:
			n++
		}
	}
	return n
}

// invalidAt is the offset of the first byte that is not UTF-8.
func invalidAt(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(data)
}
