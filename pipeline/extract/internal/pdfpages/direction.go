package pdfpages

import (
	"slices"
	"unicode"
)

// logical puts a line from the order in which it is drawn, left to right, into reading order: Hebrew and
// Arabic run the other way.
func logical(line string) string {
	rtl, ltr := 0, 0
	for _, r := range line {
		switch {
		case fromRight(r):
			rtl++
		case unicode.IsLetter(r):
			ltr++
		}
	}
	if rtl == 0 {
		return line
	}
	rs := []rune(line)
	if rtl < ltr {
		turnRuns(rs, fromRight)
		return string(rs)
	}
	slices.Reverse(rs)
	turnRuns(rs, func(r rune) bool { return unicode.IsDigit(r) || unicode.IsLetter(r) && !fromRight(r) })
	return string(rs)
}

// turnRuns reverses each run of characters that turn selects. Signs and spaces within a run belong to it.
func turnRuns(rs []rune, turn func(rune) bool) {
	within := func(r rune) bool {
		return turn(r) || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\t'
	}
	for i := 0; i < len(rs); {
		if !turn(rs[i]) {
			i++
			continue
		}
		k, end := i, i
		for k < len(rs) && within(rs[k]) {
			if turn(rs[k]) {
				end = k + 1
			}
			k++
		}
		slices.Reverse(rs[i:end])
		i = max(end, i+1)
	}
}

// fromRight reports whether r belongs to a script written from right to left.
func fromRight(r rune) bool {
	return r >= 0x590 && r <= 0x8ff || r >= 0xfb1d && r <= 0xfdff || r >= 0xfe70 && r <= 0xfeff
}
