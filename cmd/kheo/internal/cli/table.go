package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"kheo/pipeline/publish"
)

// OutcomeRow returns a row of CountsTable: the name of a list, and its counts in the order of the columns.
func OutcomeRow(name string, k publish.Counts) []string {
	row := []string{name}
	for _, n := range []int{
		k.Registered, k.Recommended, k.NeedsReview, k.NotRecommended, k.Ineligible, k.Quarantined,
	} {
		row = append(row, fmt.Sprint(n))
	}
	return row
}

// Table prints rows in columns below a ruled head. The columns whose numbers are in right are aligned right, for
// numbers; text/tabwriter cannot do that for single columns. Every row must have as many cells as head. Widths are
// counted in code points, which fits text in NFC with Latin letters; wide and combining characters shift a column,
// but lose nothing.
func Table(w io.Writer, head []string, rows [][]string, right ...int) {
	widths := make([]int, len(head))
	for _, r := range append([][]string{head}, rows...) {
		for i, c := range r {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	isRight := map[int]bool{}
	for _, i := range right {
		isRight[i] = true
	}
	line := func(r []string) {
		var b strings.Builder
		for i, c := range r {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c))
			if isRight[i] {
				b.WriteString(pad + c)
			} else {
				b.WriteString(c + pad)
			}
			b.WriteString("  ")
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
	line(head)
	rule := make([]string, len(head))
	for i := range rule {
		rule[i] = strings.Repeat("─", widths[i])
	}
	line(rule)
	for _, r := range rows {
		line(r)
	}
}

// CountsTable prints the numbers of dossiers on lists by outcome; OutcomeRow makes its rows.
func CountsTable(w io.Writer, rows [][]string) {
	head := []string{
		"list",
		"registered",
		"recommended",
		"needs review",
		"not recommended",
		"ineligible",
		"quarantined",
	}
	Table(w, head, rows, 1, 2, 3, 4, 5, 6)
}

// PrintNext prints what a person may do next: pairs of a command and its purpose.
func PrintNext(w io.Writer, commands [][2]string) {
	fmt.Fprint(w, "\nNext:\n")
	PrintAligned(w, commands)
}

// PrintAligned prints pairs in two columns, indented by two spaces.
func PrintAligned(w io.Writer, pairs [][2]string) {
	width := 0
	for _, p := range pairs {
		width = max(width, utf8.RuneCountInString(p[0]))
	}
	for _, p := range pairs {
		fmt.Fprintf(w, "  %s%s   %s\n", p[0], strings.Repeat(" ", width-utf8.RuneCountInString(p[0])), p[1])
	}
}
