package layout

import (
	"math"
	"strconv"
	"strings"

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

// Digits of a number that spreadsheets count, and those that they show of it without a format.
const (
	AllDigits     = 15
	GeneralDigits = 10
)

// NumberForm is how a number format of a spreadsheet shows the digits of a number, apart from what groups them: a
// number that is read again must not depend on that.
type NumberForm struct {
	Whole    int // digits that are always shown before the point
	Decimals int // at most after the point; below 0 the number is not rounded
}

// Bounds of what formats ask for: zeros are added up to maxWhole digits before the point, and a number is rounded to
// at most maxDecimals after it. More would show digits that the binary number has and the spreadsheet does not.
const (
	maxWhole    = 40
	maxDecimals = 12
)

// Digits returns a number as its sign and the digits before and after the point, without zeros at the end. Zero has no
// sign, also if it was rounded from below. Leading zeros matter: they make 007 a code and not a number.
func (f NumberForm) Digits(v float64) (sign, whole, fraction string) {
	text := Plain(v, AllDigits)
	if f.Decimals >= 0 && f.Decimals <= maxDecimals {
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			text = strconv.FormatFloat(roundHalf(n, f.Decimals), 'f', f.Decimals, 64)
		}
	}
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	whole, fraction, _ = strings.Cut(text, ".")
	if fraction = strings.TrimRight(fraction, "0"); fraction == "" && strings.Trim(whole, "0") == "" {
		sign = ""
	}
	if n := f.Whole - len(whole); n > 0 && f.Whole <= maxWhole {
		whole = strings.Repeat("0", n) + whole
	}
	return sign, whole, fraction
}

// roundHalf rounds a number, halves away from zero, to a number of digits after the point. It rounds what
// spreadsheets show, 15 digits, and not the binary number: 1.005 is shown as 1.01, though the nearest binary
// number is below it.
func roundHalf(v float64, digits int) float64 {
	if math.Abs(v) > 1e15 {
		return v
	}
	scale := math.Pow10(digits)
	f, err := strconv.ParseFloat(strconv.FormatFloat(v*scale, 'g', AllDigits, 64), 64)
	if err != nil {
		return v
	}
	return math.Round(f) / scale
}

// Around puts the literals of a number format around the digits of a number. signed says that the literals have the
// sign of a negative number already, such as brackets, which is then written once, as a minus.
func Around(before, sign, digits, after string, signed bool) string {
	if signed && sign != "" {
		before, after = strings.Trim(before, "(-"), strings.TrimRight(after, ") ")
	}
	return strings.TrimSpace(before + sign + digits + after)
}

// DecimalMark returns the decimal mark of the language that a text is written in.
func DecimalMark(text string) string {
	if l := language.Get(language.Detect(cleantext.Clean(text))); l != nil {
		return l.Decimal
	}
	return "."
}
