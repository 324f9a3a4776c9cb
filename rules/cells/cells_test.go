package cells

import (
	"testing"

	"kheo/internal/dossier"
	"kheo/rules/table"
	"kheo/rules/value"
)

// A typed cell is what the document says, whatever its words were read as, and never a value of another kind.
func TestTypedCells(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		cell dossier.Value
		kind value.Type
		read any // what the words were read as; nil for nothing
		want any // nil if the cell has no such value
	}{
		{"a number shown with a separator", dossier.Value{Kind: dossier.NumberValue, Number: "1250"}, value.Count, 1.25, 1250.0},
		{"a percentage is stored as a share", dossier.Value{Kind: dossier.PercentValue, Number: "0.125"}, value.Percent, 13.0, 12.5},
		{"a percentage is no amount", dossier.Value{Kind: dossier.PercentValue, Number: "0.5"}, value.Money, 50.0, nil},
		{"an amount is no count", dossier.Value{Kind: dossier.AmountValue, Number: "900"}, value.Count, 900.0, nil},
		{"an amount", dossier.Value{Kind: dossier.AmountValue, Number: "900.5"}, value.Money, 901.0, 900.5},
		{"a date with a time", dossier.Value{Kind: dossier.DateValue, Date: "2025-03-01T10:00:00"}, value.Date, "2025-01-03", "2025-03-01"},
		{"a ticked box without words", dossier.Value{Kind: dossier.YesNoValue, Yes: true}, value.YesNo, nil, true},
		{"words that are no number", dossier.Value{Kind: dossier.NumberValue, Number: "3"}, value.Count, nil, nil},
	} {
		v, ok := Typed(value.Value{V: c.read, Doubt: "a doubt about the words"}, c.read != nil, &c.cell, c.kind)
		if ok != (c.want != nil) || ok && (v.V != c.want || v.Doubt != "") {
			t.Errorf("%s: %v %q %v, want %v", c.name, v.V, v.Doubt, ok, c.want)
		}
	}
}

// The magnitude and the currency of headers are for numbers that have none of their own.
func TestHeadersScaleCells(t *testing.T) {
	t.Parallel()
	thousands := table.Meaning{Scale: 1000, Currency: "NOK"}
	v := value.Value{V: 12.5, Others: []any{12.0}}
	if Scale(&v, value.Money, thousands); v.V != 12500.0 || v.Unit != "NOK" || v.Others[0] != 12000.0 {
		t.Errorf("an amount is %+v", v)
	}
	v = value.Value{V: 12.5, Scaled: true}
	if Scale(&v, value.Money, thousands); v.V != 12.5 || v.Unit != "" {
		t.Errorf("an amount with its own magnitude is %+v", v)
	}
	v = value.Value{V: 12.0}
	if Scale(&v, value.Count, thousands); v.V != 12.0 {
		t.Errorf("a count below amounts is %+v", v)
	}
}
