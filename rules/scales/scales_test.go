package scales

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// Each measure gives what it gives, with its thresholds unchanged and a tenth higher.
func TestMeasures(t *testing.T) {
	up := Steps{List: []Step{{10, 2}, {20, 5}}}
	down := Steps{List: []Step{{0, 5}, {3, 2}}, Down: true}
	share := Proportional{From: 0, To: 100, Points: 20, Round: 0.5}
	fewer := Proportional{From: 10, To: 0, Points: 10, Round: 0.01}
	per := Per{Every: 0.1, Points: 1, AtMost: 5}
	for _, c := range []struct {
		m      Measure
		v      float64
		points float64
		moved  float64
		why    string
	}{
		{up, 9.9, 0, 0, "measured.below"}, {up, 10, 2, 0, "measured.step"}, {up, 21, 5, 2, "measured.step"},
		{down, 0, 5, 5, "measured.step-down"}, {down, 3.2, 0, 2, "measured.above"}, {down, 3, 2, 2, "measured.step-down"},
		{share, 73, 14.5, 13.5, "measured.proportional"}, {share, -5, 0, 0, "measured.proportional"}, {share, 1e9, 20, 20, "measured.proportional"},
		{fewer, 4, 6, 6.36, "measured.proportional"}, {per, 0.3, 3, 2, "measured.per"}, {per, 9, 5, 5, "measured.per-capped"},
		{Per{Every: 1, Points: 1000, AtMost: 1e6}, 4, 4000, 3000, "measured.per"}, {Formula{0, 1e12, 0.01}, 8750000000.25, 8750000000.25, 8750000000.25, "measured.formula"},
		{Proportional{0, 1, 0.75, 0.5}, 1, 1, 0.5, "measured.proportional"},
		{Per{Every: 1, Points: 0.1, AtMost: 5}, 3, 0.3, 0.2, "measured.per"},
		{Formula{-5, 10, 0.5}, 7.26, 7.5, 7.5, "measured.formula"}, {Formula{-5, 10, 0.5}, -9, -5, -5, "measured.formula-bounded"},
	} {
		if got := c.m.Of(c.v, 1); got != c.points {
			t.Errorf("%+v of %v gives %v, want %v", c.m, c.v, got, c.points)
		}
		if got := c.m.Of(c.v, 1.1); math.Abs(got-c.moved) > 1e-9 {
			t.Errorf("%+v of %v, moved, gives %v, want %v", c.m, c.v, got, c.moved)
		}
		if got := c.m.Why(c.v).Key; got != c.why {
			t.Errorf("%+v of %v: %s, want %s", c.m, c.v, got, c.why)
		}
		more := c.m.More(c.v, true)
		if all := c.m.Of(c.v, 1) >= c.m.Most(); all != (len(more) == 0) {
			t.Errorf("%+v of %v: more is %v", c.m, c.v, more)
		}
		if len(c.m.More(0, false)) == 0 {
			t.Errorf("%+v: nothing gives more than nothing", c.m)
		}
	}
}

// A cell of a table is a number, a comparison or an interval.
func TestTestsOfNumbers(t *testing.T) {
	for _, c := range []struct{ text, has, not string }{
		{"50", "50", "49 51"}, {">= 50", "50 90", "49.9"}, {"> 50", "50.1", "50"}, {"<3", "2 -5", "3"}, {"≤ 3", "3", "3.1"},
		{"50..99", "50 99", "49 100"}, {"[50..100)", "50 99.9", "100"}, {"(20..50]", "20.1 50", "20"}, {"20%", "0.2", "20"}, {"1_000..2_000", "1500", "1"},
	} {
		r, ok := ParseTest(c.text, false)
		if !ok {
			t.Errorf("%q is not read", c.text)
		}
		for in, list := range map[bool]string{true: c.has, false: c.not} {
			for _, s := range strings.Fields(list) {
				var v float64
				fmt.Sscan(s, &v)
				if r.Has(v) != in {
					t.Errorf("%q has %v: %v", c.text, v, !in)
				}
			}
		}
	}
	for _, s := range []string{"", "many", "..", "5..", "..5", "9..3", "(5..5)", ">", "1e400", "NaN", "1..2..3", ">= <5"} {
		if r, ok := ParseTest(s, false); ok {
			t.Errorf("%q is read as %+v", s, r)
		}
	}
	if r, _ := ParseTest("20%", true); !r.Has(20) {
		t.Error("20% of a percentage is 20")
	}
}

// The analysis of a table names the rows and the values.
func TestAnalysisOfTables(t *testing.T) {
	number := Column{Name: "n", Number: true, Least: 0}
	whole := Column{Name: "n", Number: true, Least: 0, Whole: true}
	choice := Column{Name: "c", Options: []string{"a", "b"}}
	text := Column{Name: "w"}
	for _, c := range []struct {
		name    string
		hit     string
		columns []Column
		rows    string // rows separated by ;, cells by |
		want    string
	}{
		{"rows that overlap at one number", Unique, []Column{number}, "<= 50; >= 50", "overlap 1 0 n 50"},
		{"a hole between whole numbers", Unique, []Column{number}, "<= 49; >= 50", "gap 0 0 n 49.5"},
		{"no hole between whole numbers", Unique, []Column{whole}, "<= 49; >= 50", ""},
		{"an option without a row", Unique, []Column{choice, number}, "a | -; b | >= 5", "gap 0 0 c b, n 0"},
		{"a row below one that holds for everything", First, []Column{number}, "-; 3", "unreachable 1 0 "},
		{"a row that rows above cover together", First, []Column{number}, "< 5; >= 5; 3..9", "unreachable 2 0 "},
		{"texts are open", First, []Column{text}, "x; y", "gap 0 0 w another text"},
		{"rows that are added may overlap and leave out", Collect, []Column{number}, "3; 3", ""},
		{"below the least value there is nothing", Unique, []Column{number}, "[0..5); >= 5", ""},
		{"a corner of two columns", Unique, []Column{number, {Name: "m", Number: true, Least: 0}}, "< 5 | -; >= 5 | < 5", "gap 0 0 n 5, m 5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, f := range tableOf(t, c.hit, c.columns, c.rows).Analyse() {
				got = append(got, fmt.Sprintf("%s %d %d %s", f.Kind, f.Row, f.Other, f.Sample))
			}
			if strings.Join(got, "; ") != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// tableOf makes a table of rows separated by semicolons, with cells separated by bars.
func tableOf(t *testing.T, hit string, columns []Column, rows string) *Table {
	t.Helper()
	table := &Table{Hit: hit, Columns: columns}
	for i, line := range strings.Split(rows, ";") {
		row := Row{Points: float64(i + 1)}
		for k, cell := range strings.Split(line, "|") {
			var test Test
			switch cell = strings.TrimSpace(cell); {
			case cell == "-":
			case columns[k].Number:
				in, ok := ParseTest(cell, false)
				if !ok {
					t.Fatalf("%q", cell)
				}
				test.Intervals = []Interval{in}
			default:
				test.Words = []string{cell}
			}
			row.Tests = append(row.Tests, test)
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

// What the analysis says of tables made at random agrees with trying every combination of values that a cell names,
// and of values between them.
func TestAnalysisAgreesWithTryingEverything(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 400 {
		table := &Table{Hit: HitPolicies[r.IntN(2)], Columns: []Column{{Name: "n", Number: true, Least: math.Inf(-1)}, {Name: "c", Options: []string{"a", "b", "c"}}}}
		for range 1 + r.IntN(5) {
			low := float64(r.IntN(6))
			in := Interval{low, low + float64(r.IntN(3)), r.IntN(2) == 0, r.IntN(2) == 0}
			if in.From == in.To {
				in.OpenFrom, in.OpenTo = false, false
			}
			row := Row{Tests: []Test{{}, {}}}
			if r.IntN(4) > 0 {
				row.Tests[0].Intervals = []Interval{in}
			}
			if r.IntN(3) > 0 {
				row.Tests[1].Words = []string{[]string{"a", "b", "c"}[r.IntN(3)]}
			}
			table.Rows = append(table.Rows, row)
		}
		overlap, gap := false, false
		reached := make([]bool, len(table.Rows))
		for v := -1.0; v <= 9; v += 0.5 {
			for _, o := range []string{"a", "b", "c"} {
				hits := 0
				for i := range table.Rows {
					if holds, _ := table.row(i, []any{v, o}, 1); holds {
						if hits == 0 {
							reached[i] = true
						}
						hits++
					}
				}
				overlap, gap = overlap || hits > 1, gap || hits == 0
			}
		}
		said := map[string]bool{}
		never := map[int]bool{}
		for _, f := range table.Analyse() {
			said[f.Kind] = true
			if f.Kind == Unreachable {
				never[f.Row] = true
			}
		}
		if table.Hit == Unique && said[Overlap] != overlap {
			t.Fatalf("%+v: overlap is %v", table, overlap)
		}
		if said[Overlap] {
			continue
		}
		if said[Gap] != gap {
			t.Fatalf("%+v: a gap is %v", table, gap)
		}
		for i, ok := range reached {
			if ok == never[i] {
				t.Fatalf("%+v: row %d is reached: %v", table, i, ok)
			}
		}
	}
}

// A fact that is not known leaves open what depends on it, and nothing else.
func TestTablesWithUnknownValues(t *testing.T) {
	columns := []Column{{Name: "n", Number: true}, {Name: "c", Options: []string{"a", "b"}}}
	for _, c := range []struct {
		hit     string
		rows    string
		values  []any
		points  float64
		unknown string
	}{
		{First, "> 5 | a; - | b", []any{nil, "b"}, 2, ""},      // the first row fails whatever n is
		{First, "> 5 | -; - | b", []any{nil, "b"}, 0, "n"},     // the first row may hold
		{Unique, "> 5 | a; <= 5 | b", []any{6.0, nil}, 0, "c"}, //
		{Unique, "> 5 | -; <= 5 | b", []any{6.0, nil}, 1, ""},  //
		{Collect, "> 5 | -; - | b", []any{6.0, nil}, 1, "c"},   // what is known counts
	} {
		h := tableOf(t, c.hit, columns, c.rows).Of(c.values, 1)
		if h.Points != c.points || h.Unknown != c.unknown {
			t.Errorf("%s %q of %v: %+v, want %v, %q", c.hit, c.rows, c.values, h, c.points, c.unknown)
		}
	}
}

// Reading a cell never fails, and what it reads is an interval with a number in it.
func FuzzParseTest(f *testing.F) {
	for _, s := range []string{">= 50", "50..99", "(1..2)", "20%", "..", "-", "1e308", "0x1p-2", "≤ 3"} {
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, s string, percents bool) {
		r, ok := ParseTest(s, percents)
		if !ok {
			return
		}
		if r.From > r.To || math.IsNaN(r.From) || math.IsNaN(r.To) {
			t.Errorf("%q is %+v", s, r)
		}
		table := &Table{Hit: First, Columns: []Column{{Name: "n", Number: true, Least: math.Inf(-1)}},
			Rows: []Row{{Tests: []Test{{Intervals: []Interval{r}}}}}}
		for _, finding := range table.Analyse() {
			if finding.Kind == Unreachable {
				t.Errorf("%q has no number", s)
			}
		}
	})
}

// Marks are those of the scale, and the highest gives all points.
func TestScales(t *testing.T) {
	halves := Scale{From: 0, To: 5, Step: 0.5}
	only := Scale{From: 0, To: 10, Only: []float64{0, 3, 7, 10}}
	letters := Scale{From: 0, To: 10, Named: []Mark{{"A", 10}, {"B", 7}, {"C", 0}}}
	for _, c := range []struct {
		s    Scale
		text string
		mark float64
		ok   bool
	}{
		{halves, "2,5", 2.5, true}, {halves, "2.3", 2.3, false}, {halves, "5.5", 5.5, false}, {halves, "NaN", 0, false},
		{only, "7", 7, true}, {only, "5", 5, false}, {letters, "b", 7, true}, {letters, "D", 0, false},
	} {
		if mark, ok := c.s.Parse(c.text); ok != c.ok || ok && mark != c.mark {
			t.Errorf("%q is %v %v", c.text, mark, ok)
		}
	}
	if got := halves.Points(5, 20, 1); got != 20 {
		t.Errorf("the highest mark gives %v of 20", got)
	}
	if got := (&Scale{From: 1, To: 6, Zero: 1}).Points(1, 20, 1); got != 0 {
		t.Errorf("the mark that is worth nothing gives %v", got)
	}
}

// However points move within their maxima, a total is within its bounds, and more points never give less.
func TestTalliesAreMonotone(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 300 {
		tally := Tally{Floor: -5, BonusMax: 4, Start: float64(r.IntN(3))}
		for g := range r.IntN(3) {
			tally.Groups = append(tally.Groups, Group{Max: 5 + float64(r.IntN(20)), Weight: 1 + r.Float64(), Mean: r.IntN(2) == 0, Times: 1, Parent: r.IntN(g+1) - 1})
		}
		var low, high []float64
		for range 1 + r.IntN(6) {
			it := Item{Max: 1 + float64(r.IntN(10)), Weight: 1, Kind: Kind(r.IntN(3)), Group: r.IntN(len(tally.Groups)+1) - 1}
			tally.Items = append(tally.Items, it)
			p := r.Float64() * it.Max
			q := p + r.Float64()*(it.Max-p)
			if it.Kind == Deducts {
				p, q = -q, -p
			}
			low, high = append(low, p), append(high, q)
		}
		a, b := tally.Add(low, nil, nil, 0), tally.Add(high, nil, nil, 0)
		if a.Total > b.Total+1e-9 || a.Unweighted > b.Unweighted+1e-9 || a.Total < tally.Floor {
			t.Fatalf("%+v: %v gives %v, and %v gives %v", tally, low, a.Total, high, b.Total)
		}
		for g := range tally.Groups {
			if p := b.Groups[g]; p < 0 || p > tally.Groups[g].Max+1e-9 {
				t.Fatalf("%+v: group %d has %v", tally, g, p)
			}
		}
	}
}

// Standard scores make strict and lenient scorers comparable, whatever the order of the marks, and refuse too few.
func TestStandardScores(t *testing.T) {
	scale := &Scale{From: 0, To: 10}
	var list []Marked
	for _, m := range []float64{1, 2, 3, 4, 5} {
		list = append(list, Marked{"strict", m}, Marked{"lenient", m + 4})
	}
	out, ok := Standardise(ZScore, list, scale)
	if !ok {
		t.Fatal("five marks each are enough")
	}
	for i := 0; i < len(out); i += 2 {
		if math.Abs(out[i]-out[i+1]) > 1e-9 {
			t.Errorf("%v and %v become %v and %v", list[i], list[i+1], out[i], out[i+1])
		}
	}
	if math.Abs(out[4]-5) > 1e-9 || out[0] >= out[2] {
		t.Errorf("the middle is the mean, and order is kept: %v", out)
	}
	turned := slices.Clone(list)
	slices.Reverse(turned)
	back, _ := Standardise(ZScore, turned, scale)
	slices.Reverse(back)
	if !slices.Equal(out, back) {
		t.Errorf("%v, and in another order %v", out, back)
	}
	if _, ok := Standardise(ZScore, list[:8], scale); ok {
		t.Error("four marks are too few")
	}
	same := append(slices.Clone(list), Marked{"flat", 3}, Marked{"flat", 3}, Marked{"flat", 3}, Marked{"flat", 3}, Marked{"flat", 3})
	if _, ok := Standardise(ZScore, same, scale); ok {
		t.Error("a scorer who gives all the same mark has no spread")
	}
	if _, ok := Standardise(ZScore, nil, scale); ok {
		t.Error("no marks at all")
	}
}
