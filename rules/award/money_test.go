package award

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"kheo/internal/strict"
	"kheo/rules/number"
)

// readMoney reads an amount as a value of YAML, and reports the problems.
func readMoney(text string) (Money, strict.Problems) {
	quoted, err := json.Marshal(text) // which YAML reads as JSON does
	if err != nil {
		return Money{}, strict.Problems{{Message: err.Error(), Cure: "none"}}
	}
	doc, root := strict.Parse("r.yaml", []byte("amount: "+string(quoted)+"\n"))
	if root == nil || !root.IsMap() {
		return Money{}, doc.Problems
	}
	n := root.Map("a budget").Get("amount")
	if n == nil {
		return Money{}, doc.Problems
	}
	m := ReadMoney(n, "amount")
	return m, doc.Problems
}

func TestMoneyOfRulesets(t *testing.T) {
	for _, c := range []struct {
		text string
		want Money
	}{
		{"300000 EUR", Money{300000, "EUR"}}, {"15 000 NOK", Money{15000, "NOK"}}, {"1_000.50 USD", Money{1000.5, "USD"}},
		{"2500000000VND", Money{2.5e9, "VND"}}, {"300000", Money{}}, {"300.000 EUR", Money{}}, {"0 EUR", Money{}}, {"-5 EUR", Money{}},
		{"1e9 EUR", Money{}}, {"EUR 300", Money{}}, {"300 eur", Money{}}, {"3 XYZ", Money{}}, {"9999999999999999 EUR", Money{}}, {"", Money{}},
	} {
		got, wrong := readMoney(c.text)
		if len(wrong) > 0 {
			got = Money{}
		}
		if got != c.want || (c.want == Money{}) != (len(wrong) > 0) {
			t.Errorf("%q: %v, %v; want %v", c.text, got, wrong, c.want)
		}
		for _, p := range wrong {
			if p.Line != 1 || p.Cure == "" {
				t.Errorf("%q: a problem without its place or cure: %+v", c.text, p)
			}
		}
	}
}

// An amount that is accepted is above 0, exact in hundredths, in a known currency, and is read again from what it is
// written as; any other text is one problem with a cure.
func FuzzReadMoney(f *testing.F) {
	for _, s := range []string{"300000 EUR", "15 000 NOK", "1_000.50 USD", "0.01 EUR", "1e9 EUR", "９ EUR", "3 XYZ", "1 EUR EUR", "", "\x00", "_ EUR",
		"999999999999999 VND", "1000000000000001 VND", "0.00 EUR", "1.005 EUR"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, wrong := readMoney(text)
		if len(wrong) > 0 {
			if wrong[0].Cure == "" || strings.Contains(wrong[0].Message, "%!") {
				t.Errorf("%q: %+v", text, wrong[0])
			}
			return
		}
		cents := m.Amount * 100
		if !(m.Amount > 0) || m.Amount > MaxAmount || math.Abs(cents-math.Round(cents)) > 1e-3*math.Max(1, cents*1e-12) || !number.IsCurrency(m.Currency) {
			t.Errorf("%q: %v", text, m)
		}
		again, wrong := readMoney(fmt.Sprintf("%.2f %s", m.Amount, m.Currency))
		if len(wrong) > 0 || again != m {
			t.Errorf("%q: %v, read again %v, %v", text, m, again, wrong)
		}
	})
}
