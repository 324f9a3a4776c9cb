// Package cells turns a table's cell into a number, a date or an answer. What the document types, as spreadsheets do, is
// taken by its type (Typed). The words of other cells are read by package value and, in it, number; what they lack, the
// headers give: a magnitude, a currency (Scale), a sign (Negative).
//
// Which cell is read for which fact is decided by package factreader; what headers mean is read by package table.
package cells

import (
	"math"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/rules/table"
	"kheo/rules/value"
)

// Typed is the value of a cell or form field whose document says what it is, given what its words are read as; ok says
// whether they are read as a value at all. It is false if the cell has no value of the kind that is asked for.
func Typed(v value.Value, ok bool, of *dossier.Value, kind value.Type) (value.Value, bool) {
	const day = len("2006-01-02")
	switch {
	case of.Kind == dossier.YesNoValue && kind == value.YesNo:
		v.V, v.Doubt, v.Others = of.Yes, "", nil
		return v, true
	case !ok:
		return v, false
	case of.Kind == dossier.DateValue && (kind == value.Date || kind == value.Month) && len(of.Date) >= day:
		v.V, v.Doubt, v.Others = of.Date[:day], "", nil
	case kind.IsNumber():
		return typedNumber(v, of, kind)
	}
	return v, true
}

// hundredths is how many of them a whole has.
const hundredths = 100

// typedNumber is Typed for a number: a percentage is no amount, and what is written with a magnitude is read as text.
func typedNumber(v value.Value, of *dossier.Value, kind value.Type) (value.Value, bool) {
	n, err := strconv.ParseFloat(of.Number, 64)
	switch {
	case err != nil || of.Kind == dossier.NumberValue && v.Scaled:
		return v, true
	case of.Kind == dossier.PercentValue:
		v.V, v.Doubt, v.Others = math.Round(n*hundredths*hundredths)/hundredths, "", nil
		return v, kind == value.Percent
	case of.Kind == dossier.AmountValue:
		v.V, v.Doubt, v.Others = n, "", nil
		return v, kind == value.Money
	case of.Kind == dossier.NumberValue:
		v.V, v.Doubt, v.Others = n, "", nil
	}
	return v, true
}

// Scale applies the magnitude and the currency of headers to a value that has none of its own.
func Scale(v *value.Value, kind value.Type, m table.Meaning) {
	n, isNumber := v.V.(float64)
	if !isNumber || v.Scaled {
		return
	}
	switch kind {
	case value.Money:
		if m.Currency != "" {
			v.Unit = m.Currency
		}
	case value.Count:
		if m.Currency != "" {
			return
		}
	default:
		return
	}
	if m.Scale > 0 {
		v.V = n * m.Scale
		for i, o := range v.Others {
			if x, ok := o.(float64); ok {
				v.Others[i] = x * m.Scale
			}
		}
	}
}

// Negative makes an amount negative that is in brackets, and nothing else in its cell, as accounts write it: "(1,350)".
func Negative(v *value.Value, kind value.Type, p *text.Page, cell *table.Cell) {
	n, isNumber := v.V.(float64)
	s := strings.TrimSpace(p.Text(cell.Start, cell.End))
	if kind != value.Money || !isNumber || n <= 0 || !strings.HasPrefix(s, "(") ||
		!strings.HasSuffix(s, ")") ||
		strings.Trim(s, "0123456789., -()\u00a0\u202f") != "" {
		return
	}
	v.V = -n
	for i, o := range v.Others {
		if f, ok := o.(float64); ok {
			v.Others[i] = -f
		}
	}
}

// IsBare reports whether a cell has a number without a unit.
func IsBare(p *text.Page, cell *table.Cell) bool {
	return strings.Trim(p.Text(cell.Start, cell.End), "0123456789., -+\u00a0\u202f") == ""
}
