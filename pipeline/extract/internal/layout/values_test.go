package layout

import "testing"

// Spreadsheets and OpenDocuments show the digits of a number in one way: rounded as decimals, with the zeros that the
// format asks for, and zero without a sign.
func TestNumbersAreShownWithTheDigitsOfTheirFormat(t *testing.T) {
	for _, c := range []struct {
		name                  string
		v                     float64
		form                  NumberForm
		sign, whole, fraction string
	}{
		{"a half in binary below it is rounded up", 1.005, NumberForm{1, 2}, "", "1", "01"},
		{"halves are rounded away from zero", -2.5, NumberForm{1, 0}, "-", "3", ""},
		{"zeros at the end are dropped", 1.5, NumberForm{1, 3}, "", "1", "5"},
		{"zeros before the number are kept", 7, NumberForm{3, 0}, "", "007", ""},
		{"what is rounded to zero has no sign", -0.4, NumberForm{1, 0}, "", "0", ""},
		{"a number that is not rounded has all its digits", 0.1, NumberForm{1, -1}, "", "0", "1"},
		{"many decimals show no more than the number has", 123.1, NumberForm{1, 18}, "", "123", "1"},
		{"too many places are not filled", 5, NumberForm{1000, 0}, "", "5", ""},
		{"large whole numbers keep their digits", 123456789012345, NumberForm{1, 2}, "", "123456789012345", ""},
	} {
		sign, whole, fraction := c.form.Digits(c.v)
		if sign != c.sign || whole != c.whole || fraction != c.fraction {
			t.Errorf("%s: %q %q %q", c.name, sign, whole, fraction)
		}
	}
}

// A sign is written once: as a minus, if brackets or a dash of the format say it.
func TestTheSignOfANumberIsWrittenOnce(t *testing.T) {
	for _, c := range []struct{ before, after, want string }{{"(", ")", "-5"}, {"-", " kr", "-5 kr"}, {"$ ", "", "$ -5"}} {
		if got := Around(c.before, "-", "5", c.after, true); got != c.want {
			t.Errorf("%q 5 %q is written %q", c.before, c.after, got)
		}
	}
}
