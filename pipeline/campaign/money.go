package campaign

import (
	"fmt"

	"kheo/internal/strict"
	"kheo/rules"
	"kheo/rules/exchange"
	"kheo/rules/lookup"
)

// exchange reads the rates by which amounts in other currencies are converted.
func (c *Campaign) exchange(n *strict.Node) {
	if n == nil {
		return
	}
	m := exchangeGrammar.Read(n)
	out := &exchange.Rates{On: date(m.Get("on"), "on"), Of: map[string]float64{}}
	if to := m.Get("to"); to != nil {
		if code := to.String("to"); exchange.Check(to, code) {
			out.To = code
		}
	}
	if n := m.Get("rates"); n != nil {
		rates := n.Map("rates")
		for _, code := range rates.Keys {
			at := rates.Key(code)
			switch rate, ok := rates.Get(code).NumberOK("a rate"); {
			case !exchange.Check(at, code):
			case code == out.To:
				at.Fail(fmt.Sprintf("%s is the currency in which the rates are", code), "take it out")
			case rates.Get(code) == nil || ok && rate <= 0:
				at.Fail(fmt.Sprintf("the rate of %s must be above 0", code),
					"write what one unit is worth in the currency under to:, such as 11.45")
			case ok:
				out.Of[code] = rate
			}
		}
	}
	c.Env.Exchange = out
}

// tables reads the tables of the office that every ruleset may use. Rulesets read their files.
func (c *Campaign) tables(n *strict.Node) {
	if n == nil {
		return
	}
	c.Env.Tables, c.Env.OpenTable = map[string]lookup.Spec{}, c.ReadRules
	m := n.Map("tables")
	for _, name := range m.Keys {
		if !idRE.MatchString(name) {
			m.Key(name).Fail(fmt.Sprintf("a table's name %q must be small letters a–z, digits and -", name),
				"write it like punctuality")
		}
		if v := m.Get(name); v != nil {
			c.Env.Tables[name] = rules.ReadTable(v, RulesDir)
		} else {
			m.Key(name).Fail(fmt.Sprintf("the table %s has no file", name),
				"write { file: punctuality.csv, key: unit }")
		}
	}
}
