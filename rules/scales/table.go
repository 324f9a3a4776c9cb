package scales

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Hit policies of decision tables.
const (
	Unique  = "unique"  // one row holds at most: rows that overlap are a mistake
	First   = "first"   // the first row that holds counts
	Collect = "collect" // the points of all rows that hold are added
)

// HitPolicies are the words for hit policies; the first counts for a table that names none.
var HitPolicies = []string{Unique, First, Collect}

// Interval is a range of numbers. Ends are infinite if there is none on that side.
type Interval struct {
	From, To         float64
	OpenFrom, OpenTo bool // the end itself does not belong to it
}

// Has reports whether a number is in the interval.
func (r Interval) Has(v float64) bool {
	return (v > r.From || v == r.From && !r.OpenFrom) && (v < r.To || v == r.To && !r.OpenTo)
}

// Test is what a cell of a row asks of a value: that it is in one of the intervals, or one of the words. A
// test without either allows every value.
type Test struct {
	Intervals []Interval
	Words     []string // ids of options, dates or texts, or "true" and "false"
}

// Any reports whether the test allows every value.
func (t *Test) Any() bool { return len(t.Intervals) == 0 && len(t.Words) == 0 }

// holds reports whether a value passes the test: a float64, a string or a bool. Numbers are compared as if
// the ends of intervals were moved by a factor.
func (t *Test) holds(v any, factor float64) bool {
	switch x := v.(type) {
	case float64:
		return t.Any() || slices.ContainsFunc(t.Intervals, func(r Interval) bool { return r.Has(x / factor) })
	case string:
		return t.Any() || slices.Contains(t.Words, x)
	case bool:
		return t.Any() || slices.Contains(t.Words, strconv.FormatBool(x))
	}
	return false
}

// Column is a fact by which the rows of a table are chosen.
type Column struct {
	Name    string
	Number  bool     // its values are numbers; else words
	Least   float64  // of a number: the least value that it can have, or -Inf
	Whole   bool     // of a number: only whole ones
	Options []string // of words: all that it can be; nil if it can be any text

	Paper    bool // whether a paper is there: it is never unknown
	Percents bool // numbers are percentages: 20% is 20, and not 0.2
}

// Row is a row of a table.
type Row struct {
	Tests  []Test // one of each column, in their order
	Points float64
}

// Table is a decision table: points by the values of several facts. It is immutable.
type Table struct {
	Hit       string // one of HitPolicies
	Columns   []Column
	Rows      []Row
	Otherwise *float64 // points if no row holds; nil if some row always does, and in a table that collects
}

// Hits are the rows of a table that values choose.
type Hits struct {
	Points  float64
	Rows    []int  // indexes of the rows that count
	Unknown string // the column that has no value and on which the points depend; "" if they are settled
}

// Of finds the rows for the values of the columns, nil for one that is not known, with the ends of intervals
// moved by a factor. A row that asks for a value that is not known may hold: it gives nothing and, unless the
// table collects or all rows above it are settled, neither does a row below it.
func (t *Table) Of(values []any, factor float64) (h Hits) {
	for i := range t.Rows {
		holds, unknown := t.row(i, values, factor)
		switch {
		case unknown != "":
			if h.Unknown == "" {
				h.Unknown = unknown
			}
			if t.Hit == First {
				return h
			}
		case holds:
			h.Points, h.Rows = h.Points+t.Rows[i].Points, append(h.Rows, i)
			if t.Hit != Collect {
				h.Unknown = ""
				return h
			}
		}
	}
	if len(h.Rows) == 0 && h.Unknown == "" && t.Otherwise != nil {
		h.Points = *t.Otherwise
	}
	return h
}

// row reports whether a row holds; unknown is the first column on whose value, which is not known, that
// depends.
func (t *Table) row(i int, values []any, factor float64) (holds bool, unknown string) {
	for k := range t.Columns {
		test := &t.Rows[i].Tests[k]
		switch {
		case test.Any():
		case values[k] == nil:
			if unknown == "" {
				unknown = t.Columns[k].Name
			}
		case !test.holds(values[k], factor):
			return false, ""
		}
	}
	return unknown == "", unknown
}

// Cuts are the values of a column at which the points of the table may change.
func (t *Table) Cuts(column string) (at []float64) {
	for k := range t.Columns {
		if t.Columns[k].Name != column {
			continue
		}
		for i := range t.Rows {
			for _, r := range t.Rows[i].Tests[k].Intervals {
				for _, end := range []float64{r.From, r.To} {
					if !math.IsInf(end, 0) {
						at = append(at, end)
					}
				}
			}
		}
	}
	return at
}

// Most is the most points that the table can give.
func (t *Table) Most() float64 {
	most := 0.0
	if t.Otherwise != nil {
		most = *t.Otherwise
	}
	for i := range t.Rows {
		if t.Hit == Collect {
			most += math.Max(0, t.Rows[i].Points)
		} else {
			most = math.Max(most, t.Rows[i].Points)
		}
	}
	return most
}

// ParseTest reads a test of numbers: "50", ">= 50", "< 20%", "50..99", "[50..100)", "(20..50]". A percentage
// is read as hundredths, or as the number before the sign if percents says that values are
// percentages. ok is false for anything else, and for an interval without a number in it.
func ParseTest(s string, percents bool) (r Interval, ok bool) {
	s = strings.TrimSpace(s)
	number := func(s string) (float64, bool) { return ParseNumber(s, percents) }
	all := Interval{From: math.Inf(-1), To: math.Inf(1)}
	for _, op := range []string{">=", "<=", ">", "<", "≥", "≤"} {
		rest, found := strings.CutPrefix(s, op)
		if !found {
			continue
		}
		v, ok := number(rest)
		r = all
		if op == "<" || op == "<=" || op == "≤" {
			r.To, r.OpenTo = v, op == "<"
		} else {
			r.From, r.OpenFrom = v, op == ">"
		}
		return r, ok
	}
	low, high, isRange := strings.Cut(s, "..")
	if !isRange {
		v, ok := number(s)
		return Interval{From: v, To: v}, ok
	}
	if rest, found := strings.CutPrefix(low, "("); found {
		low, r.OpenFrom = rest, true
	} else {
		low = strings.TrimPrefix(low, "[")
	}
	if rest, found := strings.CutSuffix(high, ")"); found {
		high, r.OpenTo = rest, true
	} else {
		high = strings.TrimSuffix(high, "]")
	}
	var okLow, okHigh bool
	r.From, okLow = number(low)
	r.To, okHigh = number(high)
	empty := r.From > r.To || r.From == r.To && (r.OpenFrom || r.OpenTo)
	return r, okLow && okHigh && !empty
}

// ParseNumber reads a number or a percentage, as ParseTest does.
func ParseNumber(s string, percents bool) (f float64, ok bool) {
	t, isPercent := strings.CutSuffix(strings.TrimSpace(s), "%")
	f, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(t), "_", ""), 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) >= 1e15 {
		return 0, false
	}
	if isPercent && !percents {
		f /= 100
	}
	return f, true
}
