package value

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// Bounds of a list of names: entries that are counted, and those that are kept to be shown.
const (
	maxEntries = 1000
	maxNames   = 50
)

// numbering is what begins an entry of a list: a bullet, a number or a letter.
var numbering = regexp.MustCompile(`^\s*(?:[-–—•●▪◦*+]\s*|\(?\d{1,3}[.)]\s+|\(?\d{1,3}[.)]\t|\d{1,3}\t|\(?[a-zđ][.)]\s+)`)

// Entry reports whether a line begins as an entry of a list does, and returns the line without its bullet or
// number.
func Entry(line string) (rest string, ok bool) {
	m := numbering.FindString(line)
	return strings.TrimSpace(line[len(m):]), m != ""
}

// List counts the entries of a list that is written on one line: separated by semicolons or, if there are
// none, by commas and by "and" before the last. Two names with "and" between them may be one. ok is false for
// a text without names.
func List(line string, l *language.Language) (v Value, ok bool) {
	parts := splitOutside(line, ';')
	if len(parts) == 1 {
		parts = splitOutside(line, ',')
		last := parts[len(parts)-1]
		if a, b, found := cutAnd(last, l); found {
			if len(parts) == 1 {
				v.Doubt, v.Others = "names", []any{1.0}
			}
			parts = append(parts[:len(parts)-1], a, b)
		}
	}
	w, ok := Entries(parts, l)
	if w.V != 2.0 {
		return w, ok
	}
	w.Doubt, w.Others = v.Doubt, v.Others
	return w, ok
}

// Entries counts the entries of a list, each of them once. An entry such as "etc." says that there are more.
// A list whose only entry says no has none, and one that only gives a number is not a list of names.
func Entries(entries []string, l *language.Language) (v Value, ok bool) {
	var seen []string
	for _, e := range entries {
		e, _ = Entry(e)
		e = strings.Trim(strings.Join(strings.Fields(e), " "), " .,;:")
		switch key := strings.ToLower(e); {
		case e == "" || slices.Contains(seen, key):
		case slices.Contains(l.ListEnds, key):
			v.Approx = true
		case len(seen) == maxEntries:
			v.Approx = true
		default:
			seen = append(seen, key)
			if len(v.Names) < maxNames {
				v.Names = append(v.Names, e)
			}
		}
	}
	if len(seen) == 1 && (slices.Contains(l.No, seen[0]) || slices.Contains(l.Nothing, seen[0])) {
		return Value{V: 0.0}, true
	}
	if len(seen) == 1 && strings.Trim(seen[0], "0123456789 .,") == "" || len(seen) == 0 {
		return Value{}, false
	}
	v.V = float64(len(seen))
	return v, true
}

// splitOutside splits a text at a sign that is neither in brackets nor between two digits.
func splitOutside(s string, at rune) []string {
	var out []string
	rs, depth, from := []rune(s), 0, 0
	digit := func(i int) bool { return i >= 0 && i < len(rs) && rs[i] >= '0' && rs[i] <= '9' }
	for i, r := range rs {
		switch {
		case r == '(' || r == '[':
			depth++
		case (r == ')' || r == ']') && depth > 0:
			depth--
		case r == at && depth == 0 && !(digit(i-1) && digit(i+1)):
			out, from = append(out, string(rs[from:i])), i+1
		}
	}
	return append(out, string(rs[from:]))
}

// cutAnd cuts a text at the last word for "and" of the language.
func cutAnd(s string, l *language.Language) (a, b string, ok bool) {
	at, width := -1, 0
	lower := strings.ToLower(s)
	if len(lower) != len(s) { // some letters have another length in lower case
		return s, "", false
	}
	for _, w := range l.ListAnd {
		if i := strings.LastIndex(lower, " "+w+" "); i > at {
			at, width = i, len(w)+2
		}
	}
	if at < 0 {
		return s, "", false
	}
	return s[:at], s[at+width:], true
}

// NamesAfter counts the entries of the list behind a label that ends before word last; from is the first word
// behind it. On the label's own line the list is written in one; below it, it is lines with bullets or
// numbers, rows of a table, or one line.
func (r *Reader) NamesAfter(p *text.Page, l *language.Language, last, from int) (Value, bool) {
	if from >= len(p.Words) {
		return Value{}, false
	}
	line := p.Words[from].Line
	if line == p.Words[last-1].Line {
		return inline(p, l, from)
	}
	first := p.Text(p.Lines[line].Start, p.Lines[line].End)
	switch _, isEntry := Entry(first); {
	case strings.Contains(first, "\t"):
		return tableRows(p, l, line)
	case isEntry:
		return listed(p, l, line)
	}
	return inline(p, l, from)
}

// inline reads a list from word from to the end of its cell, and on over lines as long as they end in a
// separator.
func inline(p *text.Page, l *language.Language, from int) (Value, bool) {
	line := p.Words[from].Line
	s, _, more := strings.Cut(p.Text(p.Words[from].Start, p.Lines[line].End), "\t")
	for !more && line+1 < len(p.Lines) && (strings.HasSuffix(strings.TrimSpace(s),
		",") || strings.HasSuffix(strings.TrimSpace(s), ";")) {
		line++
		s += " " + p.Text(p.Lines[line].Start, p.Lines[line].End)
	}
	v, ok := List(s, l)
	v.Last = max(from+1, p.Lines[line].Last)
	if more {
		v.Last = from + 1
		for v.Last < p.Lines[line].Last && !strings.Contains(p.Gap(v.Last-1), "\t") {
			v.Last++
		}
	}
	return v, ok
}

// maxWrapped is how many lines an entry of a list may go on over.
const maxWrapped = 2

// listed counts lines with bullets or numbers from a line on. Numbers must go up by one; a line with a colon
// begins something else.
func listed(p *text.Page, l *language.Language, line int) (Value, bool) {
	var entries []string
	number, end, wrapped := 0, line, 0
	for ; line < len(p.Lines) && wrapped <= maxWrapped && len(entries) <= maxEntries; line++ {
		s := p.Text(p.Lines[line].Start, p.Lines[line].End)
		rest, ok := Entry(s)
		if !ok {
			if wrapped++; strings.Contains(s, ":") {
				break
			}
			continue
		}
		if n, err := strconv.Atoi(strings.Trim(numbering.FindString(s), " \t().")); err == nil {
			if number > 0 && n != number+1 {
				break
			}
			number = n
		}
		entries, end, wrapped = append(entries, rest), line, 0
	}
	v, ok := Entries(entries, l)
	v.Last = p.Lines[end].Last
	return v, ok
}

// tableRows counts the rows of a table from a line on: those with a number in the first cell and a name in
// the next. If no row has a number, the first may be a header or not.
func tableRows(p *text.Page, l *language.Language, line int) (Value, bool) {
	var numbered, all []string
	end := line
	for ; line < len(p.Lines) && len(all) <= maxEntries; line++ {
		s := p.Text(p.Lines[line].Start, p.Lines[line].End)
		cells := strings.Split(s, "\t")
		if len(cells) < 2 {
			break
		}
		if name := strings.TrimSpace(cells[0]); name != "" {
			all = append(all, name)
		}
		if n := strings.Trim(cells[0], " .)"); n != "" && strings.Trim(n, "0123456789") == "" {
			numbered = append(numbered, cells[1])
		}
		end = line
	}
	if len(numbered) > 0 {
		v, ok := Entries(numbered, l)
		v.Last = p.Lines[end].Last
		return v, ok
	}
	v, ok := Entries(all, l)
	v.Last = p.Lines[end].Last
	if n, isNumber := v.V.(float64); ok && isNumber && n > 0 {
		v.V, v.Doubt, v.Others = n-1, "header", []any{n}
		v.Names = v.Names[1:]
	}
	return v, ok
}
