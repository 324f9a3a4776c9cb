package condition

import (
	"errors"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"

	"kheo/internal/isodate"
)

// Function is a function that conditions may call.
type Function struct {
	Name string
	Use  string // an example of its use
	Doc  string // what it returns, without a full stop
	call func(a ...any) (any, error)
	form []any // pointers to functions with its types, as expr asks for
}

// CriteriaWith is the name of the function that counts criteria by the share of their max that they have.
const CriteriaWith = "criteria_with"

// Functions lists what conditions may call, beside the operators of expr. any_flag and criteria_with need
// the assessment, so their meaning comes with the environment of bands.
var Functions = []Function{
	{"present", "present(fact)", "whether a fact is stated",
		func(a ...any) (any, error) { return a[0] != nil, nil }, []any{new(func(any) bool)}},
	{"absent", "absent(fact)", "whether a fact is not stated",
		func(a ...any) (any, error) { return a[0] == nil, nil }, []any{new(func(any) bool)}},
	{"months_between", "months_between(a, b)", "the whole months from one date or month to another",
		between("months_between", isodate.MonthsBetween), []any{new(func(string, string) float64)}},
	{"days_between", "days_between(a, b)", "the days from one date to another",
		between("days_between", isodate.DaysBetween), []any{new(func(string, string) float64)}},
	{"months_in", "months_in(period)", "the months of a period, the first and the last included",
		monthsIn, []any{new(func(string) float64)}},
	{"starts", "starts(period)", "the date or month on which a period starts",
		func(a ...any) (any, error) {
			from, _, _ := periodParts(a[0])
			return from,
				nil
		}, []any{new(func(string) string)}},
	{"ends", "ends(period)", "the date or month on which a period ends",
		func(a ...any) (any, error) {
			_, to, _ := periodParts(a[0])
			return to,
				nil
		}, []any{new(func(string) string)}},
	{"date", `date("2024-03-31")`, "a date to compare with",
		func(a ...any) (any, error) { return a[0], nil }, []any{new(func(string) string)}},
	{"any_flag", "any_flag(contradiction, near-duplicate)",
		"in bands: whether the dossier has one of these flags",
		nil, nil},
	{CriteriaWith, "criteria_with(60%)", "in bands: how many criteria have at least this share of their max; bonuses, " +
		"deductions and criteria that do not apply are not counted", nil, nil},
	{"number", "number(fact)", "the value of a fact, or 0 if it is not stated",
		number, []any{new(func(any) float64)}},
	{"year", "year(date)", "the year of a date, a month or a year, as a number", yearOf,
		[]any{new(func(any) float64)}},
	{"month", "month(date)", "the month of a date or month, from 1 to 12", monthOf,
		[]any{new(func(string) float64)}},
	{"min", "min(a, b)", "the lowest of two or more numbers", extreme(math.Min), numbersForm},
	{"max", "max(a, b)", "the highest of two or more numbers; not in bands, where `max` is the most points",
		extreme(math.Max), numbersForm},
	{"round", "round(number, 1)", "a number rounded to so many decimals, half away from 0; to a whole number without " +
		"them", rounded, []any{new(func(float64) float64), new(func(float64, float64) float64)}},
	{"share", "share(part, whole)", "the share that a part is of a whole; unknown if the whole is 0. Not in bands, " +
		"where `share` is of the points", shareOf, []any{new(func(float64, float64) float64)}},
}

// numbersForm is the form of a function of one or more numbers.
var numbersForm = []any{new(func(float64, ...float64) float64)}

// functions are the names of Functions.
var functions = names()

// names returns the names of Functions, in their order.
func names() []string {
	out := make([]string, len(Functions))
	for i := range Functions {
		out[i] = Functions[i].Name
	}
	return out
}

// options are the options by which expr compiles a condition of the scope.
func (sc *Scope) options() []expr.Option {
	return append(sc.names(), expr.AsBool())
}

// names are the options by which expr knows the names and functions of the scope.
func (sc *Scope) names() []expr.Option {
	out := []expr.Option{expr.Env(sc.Sample)}
	for i := range Functions {
		if f := &Functions[i]; f.call != nil {
			out = append(out, expr.Function(f.Name, f.call, f.form...))
		}
	}
	return out
}

// between makes a function of two dates callable from conditions.
func between(name string, count func(from, to string) (float64, error)) func(a ...any) (any, error) {
	return func(a ...any) (any, error) {
		from, ok1 := a[0].(string)
		to, ok2 := a[1].(string)
		if !ok1 || !ok2 {
			return nil, errors.New(name + " needs two dates")
		}
		return count(from, to)
	}
}

// monthsIn is months_in: the months of a closed period, the first and the last included.
func monthsIn(a ...any) (any, error) {
	from, to, ok := periodParts(a[0])
	if !ok {
		return nil, errors.New("months_in needs a period that has ended")
	}
	n, err := isodate.MonthsBetween(from, to)
	return n + 1, err // from March to March is one month
}

// number is the function of that name: a fact that is not stated is 0.
func number(a ...any) (any, error) {
	f, _ := a[0].(float64)
	return f, nil
}

// errNotAYear is the error of year for a value that is none of a date, a month and a year.
var errNotAYear = errors.New("year needs a date, a month or a year")

// yearOf is the function year: of an ISO date or month, or of a year, which is a number.
func yearOf(a ...any) (any, error) {
	switch v := a[0].(type) {
	case float64:
		if v != math.Trunc(v) || v < 1000 || v > 9999 {
			return nil, errNotAYear
		}
		return v, nil
	case string:
		if isodate.Valid(v, true) || isodate.Valid(v+"-01", true) {
			y, err := strconv.Atoi(v[:4])
			return float64(y), err
		}
	}
	return nil, errNotAYear
}

// monthOf is the function month.
func monthOf(a ...any) (any, error) {
	s, _ := a[0].(string)
	if !isodate.Valid(s, true) {
		return nil, errors.New("month needs a date or a month")
	}
	m, err := strconv.Atoi(s[5:7])
	return float64(m), err
}

// toFloat is a number as expr hands it to a function: constants of expressions may be whole numbers.
func toFloat(v any) (float64, error) {
	switch x := v.(type) {
	case float64:
		return x, nil
	case int:
		return float64(x), nil
	}
	return 0, errors.New("this needs a number")
}

// floats are the arguments of a function of numbers.
func floats(args []any) ([]float64, error) {
	out := make([]float64, len(args))
	for i, a := range args {
		f, err := toFloat(a)
		if err != nil {
			return nil, err
		}
		out[i] = f
	}
	return out, nil
}

// extreme makes min or max of the function of two numbers.
func extreme(of func(a, b float64) float64) func(a ...any) (any, error) {
	return func(a ...any) (any, error) {
		list, err := floats(a)
		if err != nil || len(list) == 0 {
			return nil, errors.Join(err, errors.New("this needs numbers"))
		}
		out := list[0]
		for _, f := range list[1:] {
			out = of(out, f)
		}
		return out, nil
	}
}

// maxDecimals is how many decimals round may keep: a float64 has about 15 digits.
const maxDecimals = 9

// rounded is the function round.
func rounded(a ...any) (any, error) {
	list, err := floats(a)
	if err != nil {
		return nil, err
	}
	scale := 1.0
	if len(list) > 1 {
		if list[1] != math.Trunc(list[1]) || list[1] < 0 || list[1] > maxDecimals {
			return nil, errors.New("round keeps 0 to 9 decimals")
		}
		scale = math.Pow(10, list[1])
	}
	// The nudge keeps 1.005 from becoming 1.00 because binary numbers hold it as 1.00499…
	x := list[0] * scale
	return math.Round(x+math.Copysign(math.Abs(x)*1e-12, x)) / scale, nil
}

// shareOf is the function share.
func shareOf(a ...any) (any, error) {
	list, err := floats(a)
	if err != nil {
		return nil, err
	}
	if list[1] == 0 {
		return nil, errors.New("share of a whole that is 0")
	}
	return list[0] / list[1], nil
}

// periodParts splits a period; ok is false if it has no end.
func periodParts(v any) (from, to string, ok bool) {
	s, _ := v.(string)
	from, to, _ = strings.Cut(s, "/")
	if to == ".." {
		to = ""
	}
	return from, to, from != "" && to != ""
}

// percentRE finds percentages, which expr does not know: its % is the remainder.
var percentRE = regexp.MustCompile(`(\d+(?:\.\d+)?)%`)

// hundredth finds what toExpr makes of 40%, as expr writes it back from its tree.
var hundredth = regexp.MustCompile(`\(?(\d+(?:\.\d+)?) / 100\)?`)

// WithPercent writes percentages back into the text of a condition that expr has written.
func WithPercent(text string) string { return hundredth.ReplaceAllString(text, "$1%") }

// flagArgs finds calls of any_flag, and flagName the flags in one, quoted or not.
var (
	flagArgs = regexp.MustCompile(`any_flag\(([^()]*)\)`)
	flagName = regexp.MustCompile(`"[^"]*"|\b[a-z]+(?:-[a-z]+)*\b`)
)

// FlagsOf returns the flags that the arguments of an any_flag name.
func FlagsOf(args string) []string {
	out := flagName.FindAllString(args, -1)
	for i := range out {
		out[i] = strings.Trim(out[i], `"`)
	}
	return out
}

// change is a replacement in the text of a condition.
type change struct {
	from, to int
	by       string
}

// toExpr writes a condition as expr understands it: 40% as (40/100), and the flags of
// any_flag in quotes. It returns how to find the place in s of an offset in the result.
func toExpr(s string) (string, func(int) int) {
	changes := append(percentages(s), unquotedFlags(s)...)
	slices.SortFunc(changes, func(a, b change) int { return a.from - b.from })
	var b strings.Builder
	type shift struct{ at, by int }
	var shifts []shift
	last := 0
	for _, c := range changes {
		b.WriteString(s[last:c.from])
		b.WriteString(c.by)
		shifts = append(shifts, shift{b.Len(), b.Len() - c.to})
		last = c.to
	}
	b.WriteString(s[last:])
	return b.String(), func(i int) int {
		by := 0
		for _, sh := range shifts {
			if i >= sh.at {
				by = sh.by
			}
		}
		return i - by
	}
}

// percentages replaces 40%. A % before a number or a bracket is the remainder operator.
func percentages(s string) (changes []change) {
	for _, m := range percentRE.FindAllStringSubmatchIndex(s, -1) {
		if rest := strings.TrimLeft(s[m[1]:], " "); rest != "" && (rest[0] >= '0' && rest[0] <= '9' || rest[0] == '(') {
			continue
		}
		changes = append(changes, change{m[0], m[1], "(" + s[m[2]:m[3]] + "/100)"})
	}
	return changes
}

// unquotedFlags puts quotes around the flags of any_flag that have none.
func unquotedFlags(s string) (changes []change) {
	for _, m := range flagArgs.FindAllStringSubmatchIndex(s, -1) {
		for _, n := range flagName.FindAllStringIndex(s[m[2]:m[3]], -1) {
			if name := s[m[2]+n[0] : m[2]+n[1]]; name[0] != '"' {
				changes = append(changes, change{m[2] + n[0], m[2] + n[1], `"` + name + `"`})
			}
		}
	}
	return changes
}
