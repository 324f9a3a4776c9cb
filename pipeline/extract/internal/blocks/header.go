package blocks

import "strings"

// rowLook is how a row of a table looks, as far as it tells headers from data.
type rowLook struct {
	filled, bold, shaded, numbers, long int
	cols                                int
}

// looks returns how each row looks.
func (t *tableau) looks() []rowLook {
	rows, _ := t.size()
	out := make([]rowLook, rows)
	for i := range t.cells {
		c := &t.cells[i]
		l := &out[c.row]
		text, bold, letters := "", true, 0
		for k := range c.lines {
			text += c.lines[k].Text() + " "
			n := c.lines[k].Letters()
			letters += n
			bold = bold && (n == 0 || c.lines[k].bold())
		}
		if c.shaded {
			l.shaded++
		}
		l.cols++
		if letters == 0 {
			continue
		}
		l.filled++
		if bold {
			l.bold++
		}
		if numeric(strings.TrimSpace(text)) {
			l.numbers++
		}
		if letters > 60 {
			l.long++
		}
	}
	return out
}

// maxHeader is the maximum number of header rows.
const maxHeader = 4

// header guesses the number of leading header rows. clear reports whether something in their looks distinguishes
// them, and so whether the guess is sure.
func (t *tableau) header() (n int, clear bool) {
	looks := t.looks()
	rows, cols := t.size()
	if rows < 2 || cols < 2 {
		return 0, true
	}
	marked := func(mark func(*rowLook) bool) int {
		k := 0
		for k < rows && mark(&looks[k]) {
			k++
		}
		rest := 0
		for i := k; i < rows; i++ {
			if mark(&looks[i]) {
				rest++
			}
		}
		if k == rows || k > maxHeader || rest*2 > rows-k {
			return 0
		}
		return k
	}
	isBold := func(l *rowLook) bool { return l.filled > 0 && l.bold == l.filled && l.numbers*2 <= l.filled }
	isShaded := func(l *rowLook) bool { return l.shaded*10 >= l.cols*8 && l.numbers*2 <= l.filled }
	if k := marked(isBold); k > 0 {
		return t.withSpans(k, rows), true
	}
	if k := marked(isShaded); k > 0 {
		return t.withSpans(k, rows), true
	}
	if t.headRows > 0 && t.headRows <= maxHeader && t.headRows < rows {
		return t.headRows, true
	}
	// text over numbers
	k := 0
	for k < rows && looks[k].filled > 0 && looks[k].numbers == 0 && looks[k].long == 0 {
		k++
	}
	if k > 0 && k <= 3 && k < rows {
		numbers, filled := 0, 0
		for i := k; i < rows; i++ {
			numbers, filled = numbers+looks[i].numbers, filled+looks[i].filled
		}
		if numbers*4 >= filled && numbers > 0 {
			return t.withSpans(k, rows), true
		}
	}
	// names over three or more columns; two columns are more often labels and what belongs to them
	first := &looks[0]
	if rows >= 3 && cols >= 3 && first.numbers == 0 && first.long == 0 && first.filled >= cols-1 && first.cols >= cols-1 {
		return t.withSpans(1, rows), false
	}
	return 0, false
}

// withSpans extends header rows over cells that span further rows.
func (t *tableau) withSpans(n, rows int) int {
	for i := range t.cells {
		c := &t.cells[i]
		end := c.row + c.rows
		if c.row < n && c.col > 0 && len(c.lines) > 0 && end > n && end <= maxHeader && end < rows {
			n = end
		}
	}
	for i := range t.cells {
		if c := &t.cells[i]; c.row < n && c.row+c.rows > n {
			return 0 // part of what would be the header goes on below it
		}
	}
	return n
}
