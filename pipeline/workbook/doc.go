// Package workbook writes a ruleset as an Excel workbook that a secretary edits, and reads it back.
//
// The sheets come from the table of the keys of rulesets (rules.Grammar): a list of entries, such as criteria or
// facts, is a sheet with one row for each, and its keys are columns; a list within an entry, such as the steps of a
// criterion, is a sheet whose first columns name the entry. What a sheet cannot hold is on the sheet More, as a
// path and a YAML value. Export reads back what it wrote before it returns it, so that nothing of a ruleset is lost.
//
// Import changes the YAML file only where the workbook differs from it, see package yamledit: importing what was
// just exported changes no byte. The changed ruleset is checked by the loader of rulesets, and its mistakes are
// reported with the sheet and cell that they come from.
package workbook

import (
	"fmt"
	"slices"
	"strings"

	"kheo/rules"
)

// Source is a ruleset file and what it is checked against.
type Source struct {
	File string                            // as messages call it, such as rules/models.yaml
	Text []byte                            // the YAML
	Env  *rules.Env                        // of the campaign
	Open func(name string) ([]byte, error) // reads what the ruleset extends, as for rules.Load
}

// Problem is a mistake in a workbook. It has a sheet and mostly a cell, or, if it is in a file that the ruleset
// extends or in a table of the office, a file, line and column.
type Problem struct {
	Sheet   string `json:"sheet,omitempty"`
	Cell    string `json:"cell,omitempty"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Col     int    `json:"column,omitempty"`
	Message string `json:"message"` // what is wrong
	Cure    string `json:"cure"`    // what to do
}

// String returns the problem as SHEET!CELL: message, and the cure on a line of its own.
func (p Problem) String() string {
	place := ""
	switch {
	case p.Cell != "":
		place = p.Sheet + "!" + p.Cell + ": "
	case p.Sheet != "":
		place = p.Sheet + ": "
	case p.File != "":
		place = fmt.Sprintf("%s:%d:%d: ", p.File, p.Line, p.Col)
	}
	s := place + p.Message
	if p.Cure != "" {
		s += "\n    " + p.Cure
	}
	return s
}

// Problems is a list of mistakes. As an error it prints them all.
type Problems []Problem

// Error returns all problems, one after the other.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// without removes problems that are there twice, and keeps the order.
func (ps Problems) without() Problems {
	var out Problems
	for _, p := range ps {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}
