package table

import (
	"slices"
	"strings"
)

// Labelled returns the table as labels of facts are looked for in it, given which cells are labels. What is labelled
// says nothing of other values in its row. If below the first row a row has two labels with something between them, the
// table is a form with several labels in a row: its first row looks like headers, but does not label the columns.
func (t *Table) Labelled(isLabel func(c *Cell) bool) *Table {
	form := *t
	form.isLabel, form.groups = isLabel, nil
	for r := range t.Rows {
		if t.Cols <= 2 || r <= t.TitleRows && t.HeaderRows > 0 || !t.hasPairs(r, isLabel) {
			continue
		}
		form.pairs, form.TitleRows, form.HeaderRows, form.carried, form.columns = true, 0, 0, nil, nil
		if t.HeaderRows > 0 {
			form.About = form.readAbout()
		}
		break
	}
	return &form
}

// HeadsLabels reports whether a cell is in a header row of which two cells side by side are labels: such a row is not
// the first line of a form.
func (t *Table) HeadsLabels(cell *Cell) bool {
	if t.isLabel == nil || cell.Row >= t.HeaderRows {
		return false
	}
	for c := 1; c < t.Cols; c++ {
		a, b := t.At(cell.Row, c-1), t.At(cell.Row, c)
		if a != nil && b != nil && a != b && t.isLabel(a) && t.isLabel(b) {
			return true
		}
	}
	return false
}

// isLabelled reports whether a cell is a label, or the value of one: it is beside one or, in the only row below
// headers, below one.
func (t *Table) isLabelled(c *Cell) bool {
	if t.isLabel == nil {
		return false
	}
	if t.pairs {
		return true
	}
	if t.HeaderRows == 0 {
		left := t.At(c.Row, c.Col-1)
		return t.isLabel(c) || left != nil && t.isLabel(left)
	}
	return t.HeaderRows == t.Rows-1 && slices.ContainsFunc(t.header(c.Col), t.isLabel)
}

// hasPairs reports whether a row has two labels or more, no two of them side by side.
func (t *Table) hasPairs(r int, isLabel func(c *Cell) bool) bool {
	labels, before := 0, false
	for c := range t.Cols {
		cell := t.At(r, c)
		if cell == nil || cell.Col != c || cell.Row != r {
			continue
		}
		label := isLabel(cell)
		if label && before {
			return false
		}
		if before = label; label {
			labels++
		}
	}
	return labels >= 2
}

// EndsInColon reports whether a cell is written as a label: its text ends in a colon.
func EndsInColon(t *Table, c *Cell) bool {
	runes := t.page.Runes
	return !c.Blank() && strings.HasSuffix(strings.TrimSpace(string(runes[max(c.Start, c.End-3):c.End])), ":")
}

// isInstruction reports whether a cell or line is a sentence that says how a form is filled in, and no title: such
// sentences say "before" and "next" of days, and not of the years of values.
func isInstruction(t *Table, first, last int) bool {
	const shortest = 8 // words
	if last-first < shortest {
		return false
	}
	for _, r := range t.page.Runes[t.page.Words[last-1].End:] {
		switch {
		case slices.Contains([]rune(" )\"”»"), r):
		default:
			return strings.ContainsRune(".!", r)
		}
	}
	return false
}

// heading is what a cell above others says of them.
func (t *Table) heading(c *Cell) Meaning {
	m := t.cellMeaning(c)
	if c != nil && !c.Blank() && isInstruction(t, c.First, c.Last) {
		m.Kinds &^= Previous | Next
	}
	return m
}
