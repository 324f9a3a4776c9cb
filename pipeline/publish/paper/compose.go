package paper

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kheo/pipeline/publish/word"
)

// The templates that come with kheo are written as plain text, one paragraph per line, and made into Word
// documents, which a secretary can then change:
//
//	@official, @plain   which heading the paper has
//	@landscape          the page lies
//	= …                 the title; == a second line of it
//	# …                 a heading
//	- …                 a point of a list
//	> …                 a quote
//	|10|60|30           the widths of a table's columns, in percent
//	|! a|b|c            its header
//	|a|b|c              a row; a cell that begins with # is set to the right
//	@sign left || right the end of the paper: lines are separated by /
//	{{…}}               an action alone in its paragraph
//
// **…** is bold, *…* italic.

// Layouts are the headings that papers may have.
var Layouts = []string{"official", "plain"}

var widthsLine = regexp.MustCompile(`^\|\d+(\|\d+)*$`)

// compose returns a Word document of such a text, with the heading of a layout.
func compose(text, layout string, heads map[string][]string) ([]byte, error) {
	d := &word.Doc{Official: layout == "official"}
	body := 26
	if layout == "official" {
		body = 28
	}
	var widths []int
	var rows [][][]word.Line
	header := false
	flush := func() {
		if len(rows) > 0 {
			d.Grid(widths, rows, header, true)
			d.Styled(word.Style{After: 60}, "")
		}
		rows, header = nil, false
	}
	for n, line := range strings.Split(strings.TrimSpace(text), "\n") {
		line = strings.TrimRight(line, " \t\r")
		if !strings.HasPrefix(line, "|") {
			flush()
		}
		switch {
		case line == "":
		case line == "@landscape":
			d.Landscape = true
		case line == "@head":
			head(d, heads[layout])
		case strings.HasPrefix(line, "@sign "):
			sign(d, line[len("@sign "):], body)
		case widthsLine.MatchString(line):
			var err error
			if widths, err = columnWidths(line); err != nil {
				return nil, fmt.Errorf("line %d: %w", n+1, err)
			}
		case strings.HasPrefix(line, "|"):
			isHead := strings.HasPrefix(line, "|!")
			header = header || isHead
			rows = append(rows, row(strings.TrimPrefix(line[1:], "!"), isHead))
		default:
			d.Styled(styleOf(line, body))
		}
	}
	flush()
	return d.Bytes()
}

// withoutColumn returns the text of a paper without the columns of tables whose cells are a field and nothing else. The
// second column takes the room; an action that ends the row goes to the cell before.
func withoutColumn(text, field string) string {
	lines := strings.Split(text, "\n")
	for from := 0; from < len(lines); from++ {
		to, at := from, -1
		for ; to < len(lines) && strings.HasPrefix(strings.TrimSpace(lines[to]), "|"); to++ {
			for i, cell := range cells(strings.TrimSpace(lines[to])[1:]) {
				if strings.TrimSuffix(strings.TrimSpace(cell), "{{end}}") == field && i > 0 {
					at = i
				}
			}
		}
		for i := from; i < to && at > 0; i++ {
			lines[i] = withoutCell(strings.TrimSpace(lines[i])[1:], at)
		}
		from = max(from, to-1)
	}
	return strings.Join(lines, "\n")
}

// withoutCell returns a line of a table, without its bar, without one of its cells.
func withoutCell(line string, at int) string {
	all := cells(line)
	if at >= len(all) {
		return "|" + line
	}
	gone := strings.TrimSpace(all[at])
	all = slices.Delete(all, at, at+1)
	if width, err := strconv.Atoi(gone); err == nil && widthsLine.MatchString("|"+line) {
		if second, err := strconv.Atoi(all[1]); err == nil {
			all[1] = strconv.Itoa(second + width)
		}
	} else if strings.HasSuffix(gone, "{{end}}") {
		all[at-1] += "{{end}}"
	}
	return "|" + strings.Join(all, "|")
}

// columnWidths reads the widths of a table's columns, in percent.
func columnWidths(line string) (widths []int, err error) {
	for _, w := range strings.Split(line[1:], "|") {
		v, err := strconv.Atoi(w)
		if err != nil {
			return nil, err
		}
		widths = append(widths, v)
	}
	return widths, nil
}

// styleOf returns how a line looks, and its text without the mark that says so. size is that of ordinary
// paragraphs, in half points.
func styleOf(line string, size int) (word.Style, string) {
	for _, m := range []struct {
		mark, before string
		style        word.Style
	}{
		{"== ", "", word.Style{Bold: true, Size: size, Align: "center", After: 160}},
		{"= ", "", word.Style{Bold: true, Size: size + 2, Align: "center", Before: 280, After: 40, Next: true}},
		{"# ", "", word.Style{Bold: true, Size: size, Before: 160, After: 80, Next: true}},
		{"~ ", "", word.Style{Italic: true, Size: size, Align: "center", After: 80}},
		{"- ", "– ", word.Style{Size: size, Align: "both", After: 60, Left: 284}},
		{"> ", "", word.Style{Italic: true, Size: size - 2, Align: "both", After: 60, Left: 567}},
	} {
		if text, ok := strings.CutPrefix(line, m.mark); ok {
			return m.style, m.before + text
		}
	}
	return word.Style{Size: size, Align: "both", After: 80, First: 567}, line
}

// toTheRight matches a cell that is set to the right; an action that repeats its row may be before the
// mark.
var toTheRight = regexp.MustCompile(`(?s)^((?:\{\{[^{}]*\}\})?)#(.*)$`)

// row returns a row of a table.
func row(line string, head bool) [][]word.Line {
	var out [][]word.Line
	for _, cell := range cells(line) {
		s := word.Style{Size: 24, Bold: head}
		if head {
			s.Align = "center"
		}
		if m := toTheRight.FindStringSubmatch(strings.TrimSpace(cell)); m != nil {
			cell, s.Align = m[1]+m[2], "right"
		}
		out = append(out, []word.Line{{Style: s, Text: strings.TrimSpace(cell)}})
	}
	return out
}

// cells cuts a row at its bars, but not inside actions.
func cells(line string) []string {
	var out []string
	depth, from := 0, 0
	for i := range len(line) {
		switch {
		case strings.HasPrefix(line[i:], "{{"):
			depth++
		case strings.HasPrefix(line[i:], "}}"):
			depth--
		case line[i] == '|' && depth == 0:
			out = append(out, line[from:i])
			from = i + 1
		}
	}
	return append(out, line[from:])
}

// head writes the heading: two columns, the issuing body on the left. A line is a side (< or >), a
// letter for how it looks, a space, and the text.
func head(d *word.Doc, lines []string) {
	var left, right []word.Line
	for _, l := range lines {
		side, mark, text := l[0], l[1], l[3:]
		s := word.Style{Size: 24, Align: "center"}
		switch mark {
		case 'B':
			s.Bold, s.Size = true, 26
		case 'S':
			s.Bold = true
		case 'R':
			s.Bold, s.Size, s.Rule = true, 26, true
		case 'I':
			s.Italic, s.Size, s.Before = true, 26, 120
		case 'N':
			s.Size, s.Before = 26, 120
		}
		if side == '<' {
			left = append(left, word.Line{Style: s, Text: text})
		} else {
			right = append(right, word.Line{Style: s, Text: text})
		}
	}
	d.Grid([]int{40, 60}, [][][]word.Line{{left, right}}, false, false)
}

// sign writes the end of a paper: who receives it, and who signs.
func sign(d *word.Doc, text string, size int) {
	l, r, _ := strings.Cut(text, "||")
	var left, right []word.Line
	for i, t := range strings.Split(strings.TrimSpace(l), " / ") {
		s := word.Style{Size: 22}
		if i == 0 {
			s = word.Style{Size: 24, Bold: true, Italic: true}
		}
		left = append(left, word.Line{Style: s, Text: t})
	}
	for i, t := range strings.Split(strings.TrimSpace(r), " / ") {
		s := word.Style{Size: size, Align: "center", Bold: i == 0}
		if i > 0 {
			s.Italic, s.Size = true, size-2
		}
		right = append(right, word.Line{Style: s, Text: t})
	}
	d.Styled(word.Style{Before: 200, Next: true}, "")
	d.Grid([]int{45, 55}, [][][]word.Line{{left, right}}, false, false)
}
