package blocks

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// Lists and tables of contents are in columns, too: signs or numbers before the items, numbers of pages behind them.
// They are no tables.

// minListed is the share of the lines in pieces that begin with the sign of an item, in percent, from which on lines
// are a list whatever else they have.
const minListed = 75

// bullet is a sign that begins an item and is no number; programs write those of symbol fonts as characters for
// private use, and a round one as the letter o.
func bullet(s string) bool {
	s = strings.TrimSpace(s)
	if s == "o" {
		return true
	}
	rs := []rune(s)
	return len(rs) == 1 && (unicode.Is(unicode.Co, rs[0]) || strings.ContainsRune("-–—*+•▪■●○◦‣∙·►➢➤❖✦◆◇➔→", rs[0]))
}

// listed reports whether lines in pieces are the items of a list: nearly all of them begin with a sign.
func listed(lines []Line, cuts []float64) bool {
	multi, signs := 0, 0
	for i := range lines {
		l := &lines[i]
		if len(l.Pieces) < 2 {
			continue
		}
		multi++
		for k := range len(l.Pieces) - 1 { // items of items have empty columns before them, or none
			if p := &l.Pieces[k]; bullet(p.Text()) {
				signs++
				break
			} else if pieceColumn(p, cuts) > 0 {
				break
			}
		}
	}
	return multi > 0 && signs*100 >= minListed*multi
}

// leaders is the end of a line of a table of contents, or of a form: dots, and the number of a page at most.
var leaders = regexp.MustCompile(`(?:\.{4,}|(?:\. ){4,}|…{2,}|_{4,})\s*(\d{1,4}|[ivxlcIVXLC]{1,6})?\s*$`)

// contents reports whether most lines end with dots that lead to the number of a page, in rising order. A table may
// have dots between its columns, too, but its numbers do not rise.
func contents(lines []Line) bool {
	led, falls, last := 0, 0, 0
	for i := range lines {
		m := leaders.FindStringSubmatch(strings.ReplaceAll(lines[i].Text(), "\t", " "))
		if m == nil {
			continue
		}
		led++
		if n, err := strconv.Atoi(m[1]); err == nil {
			if n < last {
				falls++
			}
			last = n
		}
	}
	return led >= 2 && led*2 >= len(lines) && falls*8 <= led
}
