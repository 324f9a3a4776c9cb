package index

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/strict"
	"kheo/internal/text/query"
)

// Fields that a query may name, apart from fact.NAME and similar.
var (
	keywords = []string{"unit", "level", "field", "kind", "ruleset", "outcome", "flag"}
	numbers  = []string{"points", "registered", "year"}
)

// span is a range of numbers that a query asks for, both ends included.
type span struct{ lo, hi float64 }

// holds reports whether a number is in the range; NaN never is.
func (s span) holds(v float64) bool { return v >= s.lo && v <= s.hi }

var dateRE = regexp.MustCompile(`^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$`)

// DateNumber returns an ISO date or month as a number that orders as dates do: 20240315 for 2024-03-15, 20240300
// for 2024-03; 0 if s is neither.
func DateNumber(s string) float64 {
	m := dateRE.FindStringSubmatch(s)
	if m == nil {
		return 0
	}
	y, _ := strconv.Atoi(m[1])
	mo, _ := strconv.Atoi(m[2])
	d, _ := strconv.Atoi(m[3])
	return float64(y*10000 + mo*100 + d)
}

// bounds returns the smallest and the largest number that a number or date of a query means: 2024-03 means the
// whole month.
func bounds(s string, date bool) (lo, hi float64, ok bool) {
	if m := dateRE.FindStringSubmatch(s); m != nil && (date || m[2] != "") {
		lo = DateNumber(s)
		hi = lo
		if m[3] == "" {
			hi += 99
		}
		if m[2] == "" {
			hi += 9900
		}
		return lo, hi, true
	}
	v, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	return v, v, err == nil && !date && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// parseSpan parses the value of a numeric field: 80, >=80, >80, <=80, <80, 10..20, ..20 or 10.. ok is false for
// anything else. A year means all days in it, in the form of DateNumber.
func parseSpan(name, value string) (span, bool) {
	date := name == "registered"
	all := span{math.Inf(-1), math.Inf(1)}
	if name == "year" {
		s, ok := parseSpan("", value)
		if !ok {
			return all, false
		}
		return span{s.lo * 10000, s.hi*10000 + 9999}, true
	}
	for _, op := range []string{">=", "<=", ">", "<"} {
		rest, found := strings.CutPrefix(value, op)
		if !found {
			continue
		}
		lo, hi, ok := bounds(rest, date)
		switch op {
		case ">=":
			all.lo = lo
		case "<=":
			all.hi = hi
		case ">":
			all.lo = math.Nextafter(hi, math.Inf(1))
		case "<":
			all.hi = math.Nextafter(lo, math.Inf(-1))
		}
		return all, ok
	}
	from, to, isRange := strings.Cut(value, "..")
	if !isRange {
		lo, hi, ok := bounds(value, date)
		return span{lo, hi}, ok
	}
	ok := from != "" || to != ""
	if from != "" {
		lo, _, good := bounds(from, date)
		all.lo, ok = lo, ok && good
	}
	if to != "" {
		_, hi, good := bounds(to, date)
		all.hi, ok = hi, ok && good
	}
	return all, ok
}

// numeric reports whether a field is numeric, and returns its name in the index.
func numeric(name string) (in string, ok bool) {
	if name == "year" {
		return "registered", true
	}
	return name, slices.Contains(numbers, name) || strings.HasPrefix(name, "fact.") && len(name) > len("fact.")
}

// checkField checks a field that a query names, and its value. column is its position in the query. It returns
// nil for a field and a value that are valid. The parser calls it for each field, so a mistake is reported
// before anything is searched.
func checkField(name, value string, column int) *query.Error {
	fail := func(message, cure string) *query.Error {
		return &query.Error{Column: column, Message: message, Cure: cure}
	}
	_, isNumber := numeric(name)
	if !isNumber && !slices.Contains(keywords, name) && name != "similar" {
		known := append(slices.Clone(keywords), append([]string{"similar"}, numbers...)...)
		cure := "fields are: " + strings.Join(known, ", ") + ", fact.NAME"
		if near := strict.Nearest(name, known); near != "" {
			cure = fmt.Sprintf("did you mean %s:%s? %s", near, value, cure)
		}
		e := fail(fmt.Sprintf("there is no field %q to search in", name), cure)
		if near := strict.Nearest(name, known); near != "" {
			return e.Coded("field-near", name, near+":"+value, strings.Join(known, ", "))
		}
		return e.Coded("field", name, strings.Join(known, ", "))
	}
	if value == "" {
		return fail(fmt.Sprintf("%s: is followed by nothing", name),
			"write the value directly after the colon, as in unit:dai-hiep or points:>=80").Coded("empty", name)
	}
	if s, ok := parseSpan(name, value); isNumber && (!ok || s.lo > s.hi) {
		if name == "registered" {
			return fail(fmt.Sprintf("%q is not a date or a range of dates", value), "write registered:2024-03-15, "+
				"registered:2024-03, registered:2024-01..2024-06 or registered:>=2024-03").Coded("date", value)
		}
		return fail(fmt.Sprintf("%q is not a number or a range of numbers", value),
			"write "+name+":80, "+name+":>=80, "+name+":<80 or "+name+":10..20").Coded("number", value, name)
	}
	return nil
}
