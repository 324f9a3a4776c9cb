package language

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"golang.org/x/text/unicode/norm"
)

// currency is an entry of currencies.yaml.
type currency struct {
	Codes  []string `yaml:"codes"` // ISO 4217
	Signs  []string `yaml:"signs"`
	Before []string `yaml:"before"`
	All    []string `yaml:"all"` // names in every language
	Vi     []string `yaml:"vi"`
	Nb     []string `yaml:"nb"`
	En     []string `yaml:"en"`
	Minor  bool     `yaml:"minor"` // it is a hundredth
}

// CurrencyName is a name of one or several currencies in a language.
type CurrencyName struct {
	Name   string
	Codes  []string // ISO 4217, the most likely first
	Before bool     // it may be written before an amount
	Minor  bool     // it is a hundredth of the currency
}

// CurrencyNames returns the names that begin with a word, the longest first.
func (l *Language) CurrencyNames(first string) []CurrencyName { return l.currencies[first] }

// CurrencySign is a sign of one or several currencies, with the letters before it, such as US$.
type CurrencySign struct {
	Letters string // in upper case
	Codes   []string
	Minor   bool
}

// loadCurrencies reads currencies.yaml, once. It is part of the program, so mistakes panic.
var loadCurrencies = sync.OnceValue(func() (all []currency) {
	b, err := files.ReadFile("currencies.yaml")
	if err == nil {
		err = yaml.UnmarshalWithOptions(norm.NFC.Bytes(b), &all, yaml.Strict())
	}
	if err != nil {
		panic(fmt.Sprintf("currencies: %v", err))
	}
	return all
})

// signs are the signs of currencies by their last code point, those with the most letters first.
var signs = sync.OnceValue(func() map[rune][]CurrencySign {
	m := map[rune][]CurrencySign{}
	for _, c := range loadCurrencies() {
		for _, s := range c.Signs {
			rs := []rune(s)
			last := rs[len(rs)-1]
			if last < 0x80 && last != '$' { // "Kč" is a word
				continue
			}
			m[last] = append(m[last], CurrencySign{strings.ToUpper(string(rs[:len(rs)-1])), c.Codes, c.Minor})
		}
	}
	for _, list := range m {
		slices.SortStableFunc(list, func(a, b CurrencySign) int { return len(b.Letters) - len(a.Letters) })
	}
	return m
})

// CurrencySigns returns the currencies whose sign ends with r, those with letters before it first.
func CurrencySigns(r rune) []CurrencySign {
	if r < 0x80 && r != '$' {
		return nil
	}
	return signs()[r]
}

// shortNames are the names that may be written right before digits without a space, in lower case.
var shortNames = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for _, c := range loadCurrencies() {
		for _, s := range c.Before {
			m[s] = true
		}
	}
	return m
})

// IsCurrencyPrefix reports whether letters, in lower case, are a short name of a currency that may be written right
// before digits: "kr500", "USD20".
func IsCurrencyPrefix(letters string) bool { return shortNames()[letters] }

// nameCurrencies fills the look-up table of the names of currencies.
func (l *Language) nameCurrencies() {
	l.currencies = map[string][]CurrencyName{}
	for _, c := range loadCurrencies() {
		own := map[string][]string{"vi": c.Vi, "nb": c.Nb, "en": c.En}[l.Code]
		for _, n := range slices.Concat(c.Before, c.All, own) {
			n = Canonical(strings.ToLower(n))
			first, _, _ := strings.Cut(n, " ")
			l.currencies[first] = append(l.currencies[first], CurrencyName{n, c.Codes, slices.Contains(c.Before, n), c.Minor})
		}
	}
	for _, list := range l.currencies {
		slices.SortStableFunc(list, func(a, b CurrencyName) int { return len(b.Name) - len(a.Name) })
	}
}
