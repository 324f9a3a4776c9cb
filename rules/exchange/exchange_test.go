package exchange

import "testing"

func TestRates(t *testing.T) {
	rates := &Rates{On: "2026-06-30", To: "NOK", Of: map[string]float64{"EUR": 11.5, "USD": 10}}
	for _, c := range []struct {
		rates    *Rates
		from, to string
		want     float64
		ok       bool
	}{
		{rates, "EUR", "NOK", 11.5, true}, {rates, "NOK", "USD", 0.1, true}, {rates, "EUR", "USD", 1.15, true},
		{rates, "VND", "NOK", 0, false}, {rates, "EUR", "VND", 0, false}, {rates, "", "NOK", 0, false}, {nil, "EUR", "NOK", 0, false},
	} {
		if rate, ok := c.rates.Rate(c.from, c.to); rate != c.want || ok != c.ok {
			t.Errorf("one %s is %v %s (%v), want %v", c.from, rate, c.to, ok, c.want)
		}
	}
	for code, want := range map[string]bool{"NOK": true, "VND": true, "XYZ": false, "nok": false, "": false, "NOKK": false} {
		if IsCurrency(code) != want {
			t.Errorf("%q is a currency: %v", code, !want)
		}
	}
}
