package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
)

// batch is the number of files that one call of kheo reads.
const batch = 40

// document is what `kheo read --json --blocks` prints about a file; see docs/reading.md.
type document struct {
	Error  string     `json:"error"`
	Pages  []page     `json:"pages"`
	Inside []document `json:"inside"`
}

type page struct {
	Text   string  `json:"text"`
	Hidden string  `json:"hidden"`
	Blocks []block `json:"blocks"`
}

type block struct {
	Table *struct {
		Rows []struct {
			Header bool       `json:"header"`
			Cells  []readCell `json:"cells"`
		} `json:"rows"`
	} `json:"table"`
}

type readCell struct {
	Row     int `json:"row"`
	Col     int `json:"col"`
	ColSpan int `json:"colspan"`
	Start   int `json:"start"`
	End     int `json:"end"`
	Value   *struct {
		Number string `json:"number"`
		Date   string `json:"date"`
	} `json:"value"`
	Blocks []block `json:"blocks"`
}

// readFiles reads files without OCR by a kheo binary, in calls of batch files, and gives each document to do.
func readFiles(kheo string, blocks bool, files []string, do func(i int, d *document)) error {
	for begin := 0; begin < len(files); begin += batch {
		part := files[begin:min(begin+batch, len(files))]
		args := []string{"read", "--json", "--no-ocr"}
		if blocks {
			args = append(args, "--blocks")
		}
		cmd := exec.Command(kheo, append(args, part...)...)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s %s: %w: %s", kheo, strings.Join(args, " "), err, stderr.Bytes())
		}
		var out struct {
			Documents []document `json:"documents"`
		}
		if err := json.Unmarshal(stdout.Bytes(), &out); err != nil {
			return err
		}
		if len(out.Documents) != len(part) {
			return fmt.Errorf("%s printed %d documents for %d files", kheo, len(out.Documents), len(part))
		}
		for i := range out.Documents {
			do(begin+i, &out.Documents[i])
		}
	}
	return nil
}

// texts returns the text of a document and what was taken for hidden; of a letter also those of what it
// encloses.
func (d *document) texts(inside bool) (text, hidden string) {
	for _, p := range d.Pages {
		text += p.Text + "\n"
		hidden += p.Hidden + "\n"
	}
	for i := range d.Inside {
		if inside {
			t, h := d.Inside[i].texts(true)
			text, hidden = text+t, hidden+h
		}
	}
	return text, hidden
}

// tables returns the tables of a document in reading order; those inside of cells come after the one around
// them.
func (d *document) tables() (out []*table) {
	for n, p := range d.Pages {
		text := []rune(p.Text)
		var walk func([]block)
		walk = func(blocks []block) {
			for _, b := range blocks {
				if b.Table == nil {
					continue
				}
				t, inner := &table{page: n}, []block(nil)
				out = append(out, t)
				for _, row := range b.Table.Rows {
					for _, c := range row.Cells {
						t.cells = append(t.cells, cell{row: c.Row, col: c.Col, colspan: max(1, c.ColSpan),
							header: row.Header, keys: c.keys(text)})
						inner = append(inner, c.Blocks...)
					}
				}
				walk(inner)
			}
		}
		walk(p.Blocks)
	}
	return out
}

// keys are the forms by which a cell may be found again: its text, and its value if it has one.
func (c *readCell) keys(text []rune) (keys []string) {
	if c.Start < c.End && c.End <= len(text) {
		keys = addKey(keys, plain(string(text[c.Start:c.End])))
	}
	if c.Value != nil {
		keys = addKey(keys, numberKey(c.Value.Number))
		keys = addKey(keys, c.Value.Date)
	}
	return keys
}
