package layout

import (
	"math"
	"strconv"

	"kheo/internal/text/language"
	"kheo/pipeline/extract/internal/cleantext"
)

// Ref returns the name of a cell by its row and column, from 0, such as B7.
func Ref(row, col int) string {
	name := ""
	for n := col + 1; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name + strconv.Itoa(row+1)
}

// Plain writes a number as decimal digits without an exponent, rounded to a number of significant digits.
// Whole numbers below 10^15 keep all of theirs.
func Plain(v float64, digits int) string {
	f, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', digits, 64), 64)
	if err != nil || v == math.Trunc(v) && math.Abs(v) < 1e15 {
		f = v
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// DecimalMark returns the decimal mark of the language that a text is written in.
func DecimalMark(text string) string {
	if l := language.Get(language.Detect(cleantext.Clean(text))); l != nil {
		return l.Decimal
	}
	return "."
}
