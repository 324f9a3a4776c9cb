package language

import (
	"slices"
	"strings"
	"sync"

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
	Home   []string `yaml:"home"`  // languages in whose country the first code is meant
	Group  string   `yaml:"group"` // the names are used with those of countries too
	Of     string   `yaml:"of"`    // the names are those of a country, for the names of a group
}

// CurrencyName is a name of one or several currencies in a language.
type CurrencyName struct {
	Name   string
	Codes  []string // ISO 4217, the most likely first
	Before bool     // it may be written before an amount
	Minor  bool     // it is a hundredth of the currency
	Home   bool     // the first code is meant, unless a fact has another one of them
}

// CurrencyNames returns the names that begin with a word, the longest first.
func (l *Language) CurrencyNames(first string) []CurrencyName {
	names := l.currencies()
	if !names.mayHave.MayHave(first) {
		return nil
	}
	return names.byFirst[first]
}

// currencyNames are the names of currencies in a language, by their first word.
type currencyNames struct {
	byFirst map[string][]CurrencyName
	mayHave Filter
}

// byFirstWord makes names of currencies that are given by their first word ready to be looked up.
func byFirstWord(names map[string][]CurrencyName) *currencyNames {
	out := &currencyNames{byFirst: names}
	for first := range names {
		out.mayHave.Add(first)
	}
	return out
}

// CurrencySign is a sign of one or several currencies, with the letters before it, such as US$.
type CurrencySign struct {
	Letters string // in upper case
	Codes   []string
	Minor   bool
}

// loadCurrencies reads currencies.yaml, once. It is part of the program, so mistakes panic.
var loadCurrencies = sync.OnceValue(func() (all []currency) {
	decode("currencies.yaml", &all, norm.NFC.String)
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

// IsCurrencyPrefix reports whether letters, in lower case, are a short name of a currency that may be written
// right before digits: "kr500", "USD20".
func IsCurrencyPrefix(letters string) bool { return shortNames()[letters] }

// own returns the names that an entry has in a language.
func (c *currency) own(lang string) []string {
	return map[string][]string{"vi": c.Vi, "nb": c.Nb, "en": c.En}[lang]
}

// names returns the names that an entry has in a language: its own, or those of its group with the name of
// the country.
func (c *currency) names(lang string) (out []string) {
	if c.Of == "" {
		return slices.Concat(c.Before, c.All, c.own(lang))
	}
	for _, g := range loadCurrencies() {
		if g.Group != c.Of {
			continue
		}
		for _, noun := range slices.Concat(g.Before, g.All, g.own(lang)) {
			for _, country := range c.own(lang) {
				if lang == "vi" { // adjectives follow
					out = append(out, noun+" "+country)
				} else {
					out = append(out, country+" "+noun)
				}
			}
		}
	}
	return out
}

// namedCurrencies are the names of currencies by their first word.
func (l *Language) namedCurrencies() map[string][]CurrencyName {
	names := map[string][]CurrencyName{}
	all := loadCurrencies()
	for i := range all {
		c := &all[i]
		for _, n := range c.names(l.Code) {
			n = Canonical(strings.ToLower(n))
			first, _, _ := strings.Cut(n, " ")
			names[first] = append(names[first], CurrencyName{Name: n, Codes: c.Codes,
				Before: c.Of == "" &&
					slices.Contains(c.Before, n), Minor: c.Minor, Home: slices.Contains(c.Home, l.Code)})
		}
	}
	for _, list := range names {
		slices.SortStableFunc(list, func(a, b CurrencyName) int { return len(b.Name) - len(a.Name) })
	}
	return names
}
