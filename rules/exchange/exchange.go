// Package exchange knows the currencies of ISO 4217, and converts amounts by the rates of one day.
//
// Rates come from kheo.yaml, and never from the network: a list must come out the same on any machine and on any day.
// [Rates.Rate] goes by way of the currency in which the rates are written. An amount whose rate is not known is not
// converted: the fact is then uncertain, and says so.
package exchange

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/currency"

	"kheo/internal/strict"
)

// Rates are rates of one day. They are not changed after they are read.
type Rates struct {
	On string             // ISO date of the rates
	To string             // ISO 4217 code of the currency in which Of is
	Of map[string]float64 // what one unit of a currency is worth in To, by its code
}

// Rate is what one unit of a currency is worth in another one, if need be by way of To; ok is false if that is not
// known. Nil rates know nothing.
func (r *Rates) Rate(from, to string) (rate float64, ok bool) {
	if r == nil {
		return 0, false
	}
	worth := func(code string) float64 {
		if code == r.To {
			return 1
		}
		return r.Of[code]
	}
	a, b := worth(from), worth(to)
	if a <= 0 || b <= 0 {
		return 0, false
	}
	return a / b, true
}

// IsCurrency reports whether a text is the ISO 4217 code of a currency, in capital letters.
func IsCurrency(code string) bool {
	_, err := currency.ParseISO(code)
	return err == nil && code == strings.ToUpper(code)
}

// Check reports a text that is not the ISO 4217 code of a currency, with the nearest code; ok is false for such a text.
func Check(n *strict.Node, code string) (ok bool) {
	if code == "" || IsCurrency(code) {
		return code != ""
	}
	var codes []string
	for it := currency.Query(); it.Next(); {
		codes = append(codes, it.Unit().String())
	}
	slices.Sort(codes)
	cure := "write its code of three capital letters, such as VND, NOK or EUR"
	if near := strict.Nearest(code, slices.Compact(codes)); near != "" {
		cure = fmt.Sprintf("did you mean %q? %s", near, cure)
	}
	n.Fail(fmt.Sprintf("ISO 4217 has no currency %q", code), cure)
	return false
}
