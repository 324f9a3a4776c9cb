package factreader

import (
	"kheo/internal/dossier"
	"kheo/rules/cells"
	"kheo/rules/phrase"
	"kheo/rules/table"
	"kheo/rules/value"
)

// This file finds the value of a table's cell among its words and fields; package cells says what it is.

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
	if v.Scaled && cells.IsBare(r.Page, cell) {
		v.Scaled, v.Unit = false, r.Reads.Unit // the currency is that of the cell before
	}
	switch f := r.fieldAt(at, v.Last); {
	case cell.Value != nil:
		return cells.Typed(v, ok, cell.Value, r.Reads.Type)
	case ok && f != nil && f.Value != nil:
		return cells.Typed(v, ok, f.Value, r.Reads.Type)
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
