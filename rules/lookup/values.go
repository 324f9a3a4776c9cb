package lookup

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"kheo/internal/isodate"
	"kheo/internal/strict"
	"kheo/internal/text/language"
)

// Mistake is what is wrong with a cell, and what to do.
type Mistake struct{ Message, Cure string }

// Fail reports a mistake of a cell, beside those of the file.
func (t *Table) Fail(at Cell, m Mistake) { t.problems.add(at, m.Message, m.Cure) }

// Problems returns the mistakes that Fail reported.
func (t *Table) Problems() strict.Problems {
	if len(t.problems.list) == 0 {
		return nil
	}
	return t.problems.all()
}

// Empty reports whether the cell states nothing. A formula without a stored result is not empty: see Check.
func (c Cell) Empty() bool { return c.Text == "" && c.Type != emptyFormula }

// Check returns a mistake if the cell shows an error, or a formula whose result the file does not hold.
func (c Cell) Check() *Mistake {
	switch {
	case c.Type == emptyFormula:
		return &Mistake{"the file does not hold the result of this formula",
			"open the file in Excel, and save it"}
	case c.Type == errorCell || strings.HasPrefix(c.Text, "#") && strings.HasSuffix(c.Text, "!"):
		return &Mistake{fmt.Sprintf("this cell shows the error %s", c.Text), "correct the formula"}
	}
	return nil
}

// Forms of numbers in text: grouped by spaces, and with at most one separator, whose meaning must be plain.
var (
	plainNumber = regexp.MustCompile(`^[-+]?[0-9]+(?:[.,][0-9]+)?$`)
	threeDigits = regexp.MustCompile(`^[-+]?[1-9][0-9]{0,2}[.,][0-9]{3}$`)
	groups      = regexp.MustCompile(`^[-+]?[1-9][0-9]{0,2}(?:([., ])[0-9]{3})+(?:[.,][0-9]+)?$`)
)

// maxNumber is the number from which on no measure of a table is.
const maxNumber = 1e15

// Number reads a number. Typed cells are read as the file stores them; in text, one separator before three
// digits may group thousands or mark decimals, and is refused.
func (c Cell) Number() (float64, *Mistake) {
	switch c.Type {
	case numberCell:
		f, err := strconv.ParseFloat(c.Raw, 64)
		if err != nil || math.Abs(f) >= maxNumber || math.IsNaN(f) {
			return 0, &Mistake{fmt.Sprintf("%q is not a number that can be read", c.Text),
				"write it with digits"}
		}
		return f, nil
	case dateCell, boolCell:
		return 0, &Mistake{fmt.Sprintf("%q is not a number", c.Text), "give the cell the format of a number"}
	}
	s := strings.NewReplacer("\u00a0", " ", "\u202f", " ", "−", "-").Replace(c.Text)
	if threeDigits.MatchString(s) {
		whole := strings.NewReplacer(".", "", ",", "").Replace(s)
		return 0, &Mistake{fmt.Sprintf("%q may be a thousand or a fraction", c.Text),
			fmt.Sprintf("write %s, or %s0 if the separator marks decimals", whole, s)}
	}
	if m := groups.FindStringSubmatch(s); m != nil && !plainNumber.MatchString(s) {
		s = ungrouped(s, m[1])
	}
	if !plainNumber.MatchString(s) {
		return 0, &Mistake{fmt.Sprintf("%q is not a number", c.Text), "write digits alone, such as 12 or 2,5"}
	}
	f, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if err != nil || math.Abs(f) >= maxNumber {
		return 0, &Mistake{fmt.Sprintf("%q is larger than any number that is read", c.Text),
			"check the number of digits"}
	}
	return f, nil
}

// ungrouped takes the signs that group thousands out of a number. A number that has decimals behind the same
// sign is returned as it is, and is then refused.
func ungrouped(s, group string) string {
	decimal := strings.LastIndexAny(s, ".,")
	if decimal >= 0 && s[decimal:decimal+1] != group {
		return strings.ReplaceAll(s[:decimal], group, "") + s[decimal:]
	}
	return strings.ReplaceAll(s, group, "")
}

// Percent reads a percentage, such as 40 or 40%. A cell whose format shows percentages stores 0.4.
func (c Cell) Percent() (float64, *Mistake) {
	text, signed := strings.CutSuffix(c.Text, "%")
	if c.Type == numberCell {
		f, wrong := c.Number()
		if signed {
			f = math.Round(f*1e12) / 1e10
		}
		return f, wrong
	}
	c.Text = strings.TrimSpace(text)
	return c.Number()
}

// localDate is a date as people write it, with the day first.
var localDate = regexp.MustCompile(`^([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4})$`)

// Date reads an ISO date or one with the day first or, if month is set, also a month.
func (c Cell) Date(month bool) (string, *Mistake) {
	s := c.Text
	if c.Type == dateCell {
		s = c.Raw
		if len(s) > len("2026-03-31") {
			s = s[:len("2026-03-31")]
		}
	}
	if isodate.Valid(s, month) {
		return s, nil
	}
	if m := localDate.FindStringSubmatch(s); m != nil {
		day, _ := strconv.Atoi(m[1])
		mon, _ := strconv.Atoi(m[2])
		year, _ := strconv.Atoi(m[3])
		if iso, ok := isodate.Make(year, mon, day); ok {
			return iso, nil
		}
	}
	return "", &Mistake{fmt.Sprintf("%q is not a date", c.Text),
		"write year-month-day, as in 2026-03-31, or 31/3/2026"}
}

// yes and no are the words of any language for a truth value, beside the languages' own.
var yes, no = []string{"true", "x", "✓", "✔", "1"}, []string{"false", "0", "-"}

// YesNo reads yes or no, in any language.
func (c Cell) YesNo() (bool, *Mistake) {
	word := folded(c.Text)
	for _, l := range language.All() {
		for _, w := range l.No {
			if word == w {
				return false, nil
			}
		}
		for _, w := range l.Yes {
			if word == w {
				return true, nil
			}
		}
	}
	for i, list := range [][]string{no, yes} {
		for _, w := range list {
			if word == w {
				return i == 1, nil
			}
		}
	}
	return false, &Mistake{fmt.Sprintf("%q is neither yes nor no", c.Text),
		"write yes or no, có or không, ja or nei"}
}
