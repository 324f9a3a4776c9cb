package workbook

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"

	"kheo/internal/grammar"
	"kheo/internal/yamledit"
)

// kind is the kind of a cell.
type kind int

const (
	blank kind = iota
	textCell
	numberCell
	boolCell
)

// cell is a cell of a sheet.
type cell struct {
	kind    kind
	text    string // of a number: its digits with a point; of a boolean: true or false
	percent bool   // the number is shown as a percentage
	ref     string // such as D7; "" in a book that was not read from a file
}

// row is a row of a sheet: its cells by the heads of their columns.
type row struct {
	line  int
	cells map[string]cell
}

// page is what is on a sheet.
type page struct {
	heads []string
	at    map[string]string // the letters of the column of each head
	rows  []*row
}

// book is a workbook: its pages by the names of the sheets.
type book map[string]*page

const (
	noValue      = "(none)" // a value that must not be found, in a cell of a grid
	emptyList    = "[]"     // a list that is written and has no entries
	maxCellUnits = 32767    // of UTF-16 in a cell of Excel
)

// cellOf returns the cell for a value; false if no cell can hold it.
func cellOf(form *grammar.Value, v *yamledit.Value) (cell, bool) {
	if v == nil {
		return cell{}, true
	}
	if form.List || form.Form == grammar.Phrases {
		return listCell(v)
	}
	switch v.Kind {
	case yamledit.Null:
		return cell{kind: textCell, text: noValue}, form.Form == grammar.Scalar
	case yamledit.Scalar:
		return scalarCell(form.Form, v), fits(v.Text)
	}
	return cell{}, false
}

// fits reports whether Excel can hold a text in one cell.
func fits(s string) bool {
	for _, r := range s {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xfffe || r == 0xffff {
			return false // XML 1.0 has no such character
		}
	}
	return len(s) <= maxCellUnits || len(utf16.Encode([]rune(s))) <= maxCellUnits
}

// scalarCell returns the cell of a single value.
func scalarCell(form grammar.Form, v *yamledit.Value) cell {
	switch form {
	case grammar.Number, grammar.Share, grammar.Limit:
		if f, ok := yamledit.ParseNumber(v.Text); ok {
			return cell{kind: numberCell, text: strconv.FormatFloat(f, 'f', -1, 64), percent: strings.HasSuffix(v.Text,
				"%")}
		}
	case grammar.Bool, grammar.Scalar:
		if v.Str {
			break
		}
		if v.Text == "true" || v.Text == "false" {
			return cell{kind: boolCell, text: v.Text}
		}
		if _, ok := yamledit.ParseNumber(v.Text); ok && plainNumber.MatchString(v.Text) && len(v.Text) < 15 {
			return cell{kind: numberCell, text: v.Text}
		}
	}
	return cell{kind: textCell, text: v.Text}
}

// listCell returns the cell of a list of single values: one on each line.
func listCell(v *yamledit.Value) (cell, bool) {
	items := v.Items
	if v.Kind != yamledit.List {
		items = []*yamledit.Value{v}
	} else if len(items) == 0 {
		return cell{kind: textCell, text: emptyList}, true
	}
	lines := make([]string, len(items))
	for i, item := range items {
		if item.Kind != yamledit.Scalar || strings.ContainsAny(item.Text, ";\n\r") ||
			strings.TrimSpace(item.Text) != item.Text ||
			item.Text == "" || item.Text == emptyList {
			return cell{}, false
		}
		lines[i] = item.Text
	}
	s := strings.Join(lines, "\n")
	return cell{kind: textCell, text: s}, fits(s)
}

// Forms of numbers: as YAML reads them, and with a point or comma of which a text cell does not say what it means.
var (
	plainNumber   = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)
	typedNumber   = regexp.MustCompile(`^[-+]?[0-9]+ ?%?$`)
	unclearNumber = regexp.MustCompile(`^[-+]?[0-9][0-9 ]*([., ][0-9]+)+ ?%?$`)
)

// valueOf returns what a cell says; nil for a blank one. A message and cure are returned if that cannot be told.
func valueOf(form *grammar.Value, c cell) (v *yamledit.Value, message, cure string) {
	trimmed := strings.TrimSpace(c.text)
	if c.kind == blank || c.kind == textCell && trimmed == "" {
		return nil, "", ""
	}
	if form.List || form.Form == grammar.Phrases {
		return listOf(form, c), "", ""
	}
	switch form.Form {
	case grammar.Number, grammar.Share, grammar.Limit:
		return numberOf(c, trimmed)
	case grammar.Bool:
		if low := strings.ToLower(trimmed); low == "true" || low == "false" {
			return yamledit.Literal(low), "", ""
		}
	case grammar.Scalar:
		switch {
		case c.kind != textCell:
			return literal(c), "", ""
		case trimmed == noValue:
			return &yamledit.Value{Kind: yamledit.Null}, "", ""
		}
		return yamledit.Text(c.text), "", ""
	case grammar.Text, grammar.Title:
		trimmed = c.text
	}
	if c.kind != textCell {
		return literal(c), "", ""
	}
	if plainNumber.MatchString(trimmed) {
		return yamledit.Literal(trimmed), "", ""
	}
	return yamledit.Text(trimmed), "", ""
}

// literal is a number or boolean as it is.
func literal(c cell) *yamledit.Value {
	v := yamledit.Literal(c.text)
	v.Number = c.kind == numberCell
	if c.percent {
		v.Text, v.Str = percentage(c.text), true // which YAML reads as a text
	}
	return v
}

// percentage writes a share as a percentage: 0.3 is 30%.
func percentage(s string) string {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return s
	}
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(f*100, 'f', 9, 64), "0"), ".") + "%"
}

// numberOf reads a number. One that is stored as text is read if it has digits only: whether 1.000 is one or a
// thousand depends on the language of who typed it, and Excel has not said.
func numberOf(c cell, trimmed string) (v *yamledit.Value, message, cure string) {
	switch {
	case c.kind == numberCell:
		v = literal(c)
	case c.kind == boolCell:
		return literal(c), "", ""
	case typedNumber.MatchString(trimmed):
		v = yamledit.Literal(strings.ReplaceAll(strings.TrimPrefix(trimmed, "+"), " ", ""))
		v.Number, v.Str = true, strings.HasSuffix(trimmed, "%")
	case unclearNumber.MatchString(trimmed):
		return nil, "the number " + trimmed + " is stored as text, so it is not certain what its point or comma means",
			"give the cell the format Number (or General) and type the number again"
	default:
		return yamledit.Text(trimmed), "", ""
	}
	return v, "", ""
}

// listOf reads a list: one entry on each line, or several with ; between them.
func listOf(form *grammar.Value, c cell) *yamledit.Value {
	out := &yamledit.Value{Kind: yamledit.List}
	if c.kind != textCell {
		out.Items = append(out.Items, literal(c))
		return out
	}
	if strings.TrimSpace(c.text) == emptyList {
		return out
	}
	for _, s := range strings.FieldsFunc(c.text, func(r rune) bool { return r == '\n' || r == ';' }) {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		if plainNumber.MatchString(s) || form.Form != grammar.Text && (s == "true" || s == "false") {
			out.Items = append(out.Items, yamledit.Literal(s))
		} else {
			out.Items = append(out.Items, yamledit.Text(s))
		}
	}
	return out
}
