package sheets

import (
	"math"
	"strings"
)

// verdict is whether a condition is true; unknown if it cannot be computed, so that a text may look one way
// or the other.
type verdict int8

const (
	unknown verdict = iota
	yes
	no
)

// verdictOf returns the verdict on a condition that was computed.
func verdictOf(b bool) verdict {
	if b {
		return yes
	}
	return no
}

// signs are the comparisons of conditional formats by their names in the file.
var signs = map[string]string{"lessThan": "<", "lessThanOrEqual": "<=", "equal": "=", "notEqual": "<>",
	"greaterThanOrEqual": ">=", "greaterThan": ">"}

// applies returns whether a conditional format is in force at a cell (18.3.1.10). Its formulas are written
// for the first cell of its range. Of types of rules that are not here, such as the top ten or duplicates,
// that is unknown.
func (s *sheet) applies(r *rule, c *cell) verdict {
	move := place{c.row - r.areas[0].from.row, c.col - r.areas[0].from.col}
	value := func(i int) (any, bool) {
		if i >= len(r.formulas) {
			return nil, false
		}
		return s.evaluate(r.formulas[i], c.place, move)
	}
	e := &evaluator{sheet: s}
	own := e.cell(c.place)
	known := !e.fail
	switch r.kind {
	case "expression":
		if v, ok := value(0); ok {
			return verdictOf(truthNumber(v) != 0 && !math.IsNaN(truthNumber(v)))
		}
	case "cellIs":
		if known {
			return r.compares(own, value)
		}
	case "containsBlanks", "notContainsBlanks":
		if known {
			return verdictOf((strings.TrimSpace(textOf(own)) == "") == (r.kind == "containsBlanks"))
		}
	case "containsText", "notContainsText", "beginsWith", "endsWith":
		if known && r.text != "" {
			return verdictOf(matches(r.kind, strings.ToLower(textOf(own)), strings.ToLower(r.text)))
		}
	case "containsErrors", "notContainsErrors":
		return verdictOf((c.kind == 'e') == (r.kind == "containsErrors"))
	}
	return unknown
}

// compares returns whether the value of a cell compares to those of the rule's formulas as its operator
// says: to the first, or for between and notBetween to both.
func (r *rule) compares(own any, formula func(i int) (v any, ok bool)) verdict {
	a, ok := formula(0)
	if !ok {
		return unknown
	}
	if op := signs[r.op]; op != "" {
		return verdictOf(compare(own, a, op))
	}
	b, ok := formula(1)
	if !ok {
		return unknown
	}
	between := compare(own, a, ">=") && compare(own, b, "<=")
	return verdictOf(between == (r.op != "notBetween"))
}

// matches reports whether a text meets a rule of a kind about a part of it. Both are in lower case: case
// does not count.
func matches(kind, text, part string) bool {
	switch kind {
	case "containsText":
		return strings.Contains(text, part)
	case "notContainsText":
		return !strings.Contains(text, part)
	case "beginsWith":
		return strings.HasPrefix(text, part)
	}
	return strings.HasSuffix(text, part)
}
