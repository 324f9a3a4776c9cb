package factreader

import (
	"kheo/internal/dossier"
	"kheo/rules/phrase"
	"kheo/rules/table"
	"kheo/rules/value"
	"math"
	"strconv"
	"strings"
)

// This file reads the value of a table's cell: by its type where the format has one, else by its text, in the unit that
// its headers, its caption or its column of units give it.

// scale applies the magnitude and the currency of headers to a value that has none of its own.
func (def *Fact) scale(v *value.Value, m table.Meaning) {
	n, isNumber := v.V.(float64)
	if !isNumber || v.Scaled {
		return
	}
	switch def.Reads.Type {
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

// negative makes an amount negative that is in brackets, and nothing else in its cell, as accounts write it: "(1,350)".
func (at *heads) negative(v *value.Value, cell *table.Cell) {
	n, isNumber := v.V.(float64)
	s := strings.TrimSpace(at.Text(cell.Start, cell.End))
	if at.Reads.Type != value.Money || !isNumber || n <= 0 || !strings.HasPrefix(s, "(") ||
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

// inCell reads the value of the fact in a cell of a table: the typed value if the document has one, else its words.
func (r Reader) inCell(h phrase.Hit, cell *table.Cell) (value.Value, bool) {
	if cell.Blank() || cell.Value != nil && (cell.Value.Missing || cell.Value.Kind == dossier.ErrorValue) {
		return value.Value{}, false
	}
	l := r.languageOf(h)
	at, _, v, ok := r.inForm(l, cell.First, cell.Last)
	r.asAsked(h, &v)
	if ok && isUnfilled(r.PageText, at, v.Last) {
		return value.Value{}, false
	}
	if v.Scaled && isBare(r.PageText, cell) {
		v.Scaled, v.Unit = false, r.Reads.Unit // the currency is that of the cell before
	}
	switch f := r.fieldAt(at, v.Last); {
	case cell.Value != nil:
		return r.typed(v, ok, cell.Value)
	case ok && f != nil && f.Value != nil:
		return r.typed(v, ok, f.Value)
	}
	return v, ok
}

// asAsked takes back the doubt that an amount "per year" or "per head" is only a share, if the label asks for one: "Fee
// per participant".
func (r Reader) asAsked(h phrase.Hit, v *value.Value) {
	if v.Doubt == table.DoubtPart && table.Says(r.Page, h.First, h.Last).Has(table.Each) {
		v.Doubt, v.Others = "", nil
	}
}

// isUnfilled reports whether words [first, last) are in a form field that no one has filled in: they are its prompt, or
// the first of its options.
func isUnfilled(p *PageText, first, last int) bool {
	f := p.fieldAt(first, last)
	return f != nil && (f.State == dossier.Placeholder || f.State == dossier.Unfilled)
}

// isBare reports whether a cell has a number without a unit.
func isBare(p *PageText, cell *table.Cell) bool {
	return strings.Trim(p.Text(cell.Start, cell.End), "0123456789., -+\u00a0\u202f") == ""
}

// typed is the value of a cell or field whose document says what it is, given what its words are read as.
func (def *Fact) typed(v value.Value, ok bool, of *dossier.Value) (value.Value, bool) {
	const day = len("2006-01-02")
	kind := def.Reads.Type
	switch {
	case of.Kind == dossier.YesNoValue && kind == value.YesNo:
		v.V, v.Doubt, v.Others = of.Yes, "", nil
		return v, true
	case !ok:
		return v, false
	case of.Kind == dossier.DateValue && (kind == value.Date || kind == value.Month) && len(of.Date) >= day:
		v.V, v.Doubt, v.Others = of.Date[:day], "", nil
	case kind.IsNumber():
		return def.typedNumber(v, of)
	}
	return v, true
}

// hundredths is how many of them a whole has.
const hundredths = 100

// typedNumber is typed for a number: a percentage is no amount, and what is written with a magnitude is read as text.
func (def *Fact) typedNumber(v value.Value, of *dossier.Value) (value.Value, bool) {
	n, err := strconv.ParseFloat(of.Number, 64)
	switch {
	case err != nil || of.Kind == dossier.NumberValue && v.Scaled:
		return v, true
	case of.Kind == dossier.PercentValue:
		v.V, v.Doubt, v.Others = math.Round(n*hundredths*hundredths)/hundredths, "", nil
		return v, def.Reads.Type == value.Percent
	case of.Kind == dossier.AmountValue:
		v.V, v.Doubt, v.Others = n, "", nil
		return v, def.Reads.Type == value.Money
	case of.Kind == dossier.NumberValue:
		v.V, v.Doubt, v.Others = n, "", nil
	}
	return v, true
}
