package scales

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Ways in which the marks of a panel become one, as rulesets write them.
const (
	Median      = "median"
	Mean        = "mean"
	TrimmedMean = "trimmed-mean"
	Sum         = "sum"
)

// Combines are the ways in which marks become one; the first is that of a panel that names none.
var Combines = []string{Median, Mean, TrimmedMean, Sum}

// Combine makes one mark of several, at least one; the trimmed mean needs three and leaves out the highest
// and the lowest. A sum is of as many marks as are asked for: of more, it is their mean times that number, so
// that no one gains by being marked by more people.
func Combine(how string, marks []float64, asked int) float64 {
	s := slices.Sorted(slices.Values(marks))
	n := len(s)
	switch how {
	case Median:
		if n%2 == 1 {
			return s[n/2]
		}
		return (s[n/2-1] + s[n/2]) / 2
	case TrimmedMean:
		s = s[1 : n-1]
	}
	sum := 0.0
	for _, v := range s {
		sum += v
	}
	mean := sum / float64(len(s))
	switch {
	case how != Sum:
		return mean
	case n <= asked:
		return sum
	}
	return mean * float64(asked)
}

// Mark is a mark that has a name, such as A, with what it is worth.
type Mark struct {
	Name  string
	Worth float64
}

// Scale are the marks that people give. Marks are recorded as numbers: a named one as what it is worth.
type Scale struct {
	From, To float64   // the lowest and the highest mark
	Zero     float64   // the mark that is worth nothing
	Step     float64   // marks are From plus a multiple of it; 0 for any number
	Only     []float64 // the marks that may be given, upwards; nil for all between From and To
	Named    []Mark    // the highest first; nil if marks are numbers
}

// Allows reports whether a number is a mark of the scale.
func (s *Scale) Allows(v float64) bool {
	if !(v >= s.From && v <= s.To) { // also refuses NaN
		return false
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }
	if s.Only != nil {
		return slices.ContainsFunc(s.Only, func(o float64) bool { return near(o, v) })
	}
	if s.Step == 0 {
		return true
	}
	k := (v - s.From) / s.Step
	return near(k, math.Round(k))
}

// Parse reads a mark as people write it: a name, or a number with a decimal point or comma.
func (s *Scale) Parse(text string) (v float64, ok bool) {
	text = strings.TrimSpace(text)
	for _, m := range s.Named {
		if strings.EqualFold(m.Name, text) {
			return m.Worth, true
		}
	}
	v, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", "."), 64)
	return v, err == nil && s.Allows(v)
}

// Points are what a mark is worth on a criterion with a maximum, which the highest mark gives. of is how many
// marks were added up to this one; 1 for a mark or mean.
func (s *Scale) Points(mark, max float64, of int) float64 {
	n := float64(of)
	if s.Zero == 0 && s.To*n == max {
		return mark // the usual case, without what rounding would add
	}
	return max * math.Max(0, mark-s.Zero*n) / ((s.To - s.Zero) * n)
}

// Range says which marks may be given: "0–10", "1–6 (0.5)" in steps, "0, 3, 7, 10" or "A, B, C". number
// writes a number.
func (s *Scale) Range(number func(float64) string) string {
	var parts []string
	for _, m := range s.Named {
		parts = append(parts, m.Name)
	}
	for _, v := range s.Only {
		parts = append(parts, number(v))
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, ", ")
	case s.Step > 0:
		return number(s.From) + "–" + number(s.To) + " (" + number(s.Step) + ")"
	}
	return number(s.From) + "–" + number(s.To)
}

// Name is how a mark is written if it has a name; "" if it has none.
func (s *Scale) Name(mark float64) string {
	for _, m := range s.Named {
		if m.Worth == mark {
			return m.Name
		}
	}
	return ""
}

// Bound says what the highest mark is, for messages: the criterion's max, or that of the scale.
func (s *Scale) Bound(max float64) string {
	if s.To == max {
		return "the criterion's max"
	}
	return "the highest mark"
}
