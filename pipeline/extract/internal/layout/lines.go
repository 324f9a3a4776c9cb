package layout

import (
	"regexp"
	"strings"

	"kheo/internal/dossier"
)

// Certainty of what plain text looks like.
const (
	sureTable = 0.6
	sureItem  = 0.6
)

// itemStart is how a line of a list begins.
var itemStart = regexp.MustCompile(`^[ \t]*(?:[-*+•–▪●○◦]|\d{1,2}[.)]|\(?[a-zđ]\)|[a-zđ]\.)[ \t]+\S`)

// Lines returns the blocks of plain text: each line is a paragraph or an item of a list, and lines with tabs
// that follow one another are a table.
func Lines(text string) []*Node {
	var out []*Node
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
	for i := 0; i < len(lines); {
		n := i
		for n < len(lines) && hasCells(lines[n]) {
			n++
		}
		if n-i >= 2 {
			t := &Table{}
			for _, l := range lines[i:n] {
				t.Rows = append(t.Rows, rowOf(l))
			}
			out = append(out, &Node{Kind: dossier.TableKind, Sure: sureTable, Table: t})
			i = n
			continue
		}
		node := Text(dossier.Paragraph, lines[i])
		if itemStart.MatchString(lines[i]) {
			node.Kind, node.Level, node.Sure = dossier.ListItem, 1, sureItem
		}
		if lines[i] == "" {
			node.Spans = nil
		}
		out = append(out, node)
		i++
	}
	return out
}

// hasCells reports whether a line is divided by tabs.
func hasCells(line string) bool { return strings.Contains(strings.TrimSpace(line), "\t") }

// rowOf divides a line at its tabs.
func rowOf(line string) *Row {
	r := &Row{}
	for _, c := range strings.Split(strings.TrimRight(line, " \t"), "\t") {
		r.Cells = append(r.Cells, &Cell{Col: -1, Nodes: []*Node{Text(dossier.Paragraph, c)}})
	}
	return r
}
