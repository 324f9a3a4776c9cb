package scales

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"kheo/internal/grammar"
	"kheo/internal/strict"
)

// This file reads the ways of giving points out of a ruleset, and reports mistakes at their places. Each
// reader is given the maximum of the criterion, 0 if that has a mistake of its own.

// number reads a number of the measured value, in which 20% is 20 if values are percentages.
func number(n *strict.Node, what string, percents bool) float64 {
	f, ok := n.NumberOK(what)
	if text, _ := n.Plain(); ok && percents && strings.HasSuffix(strings.TrimSpace(text), "%") {
		return math.Round(f*100*1e9) / 1e9
	}
	return f
}

// tooMany reports points above the maximum of the criterion, unless that has a mistake of its own.
func tooMany(n *strict.Node, what string, points, max float64) {
	if points > max && max > 0 && n != nil {
		n.Fail(fmt.Sprintf("%s gives %v points, more than the criterion's max of %v", what, points, max),
			"lower it, or raise max")
	}
}

// ReadSteps reads steps, which must be in order: their values go up, and more of what is better never gives less.
func ReadSteps(at *strict.Node, max float64, percents bool) Steps {
	var out Steps
	for i, n := range at.List("steps") {
		m := StepGrammar.Read(n)
		if i == 0 {
			out.Down = m.Nonempty("to") && !m.Nonempty("from")
		}
		value := out.end(n, m)
		if value == nil {
			continue
		}
		st := Step{number(value, "the value of a step", percents), m.Number("points")}
		if k := len(out.List); k > 0 {
			out.checkOrder(n, out.List[k-1], st)
		}
		if p := m.Get("points"); st.Points < 0 && p != nil {
			p.Fail("a step gives points and takes none", takesNone)
		}
		tooMany(m.Get("points"), "a step", st.Points, max)
		out.List = append(out.List, st)
	}
	if len(out.List) == 0 {
		out.List = []Step{{}} // the mistake is reported
	}
	return out
}

// takesNone is the cure of points below 0.
const takesNone = "write 0 or more; for points that are taken off, add  deduct: true  to the criterion"

// end is the value of a step: its from or, if the steps go down, its to. It returns nil, with a mistake reported, if
// the step does not have just that.
func (s *Steps) end(n *strict.Node, m *grammar.Map) *strict.Node {
	from, to := m.Get("from"), m.Get("to")
	switch {
	case from != nil && to != nil:
		to.Fail("a step has from and to", "write from alone: the step above it says where it ends")
	case from == nil && to == nil:
		n.Fail("the step has no from", "add a line such as  from: 20  or, if fewer is better,  to: 3")
		return nil
	case s.Down != (from == nil):
		n.Fail("some steps have from and others have to",
			"write all with from or, if fewer is better, all with to")
		return nil
	}
	if s.Down {
		return to
	}
	return from
}

// checkOrder reports a step that is out of order behind the one before it.
func (s *Steps) checkOrder(n *strict.Node, last, next Step) {
	const cure = "order them from the smallest to the largest"
	switch {
	case s.Down && (next.At <= last.At || next.Points > last.Points):
		n.Fail("steps with to must go up in to, and not in points", cure)
	case !s.Down && (next.At <= last.At || next.Points < last.Points):
		n.Fail("steps must go up, in from and in points", cure)
	}
}

// ReadProportional reads proportional.
func ReadProportional(at *strict.Node, max float64, percents bool) Proportional {
	m := ProportionalGrammar.Read(at)
	p := Proportional{Points: max, Round: m.Number("round")}
	if v, ok := m.NumberOK("points"); ok {
		p.Points = v
		tooMany(m.Get("points"), "proportional", v, max)
	}
	from, to := m.Get("from"), m.Get("to")
	if from != nil && to != nil {
		p.From, p.To = number(from, "from", percents), number(to, "to", percents)
		if p.From == p.To {
			to.Fail("from and to are the same", "write the value that gives no points, and the one that "+
				"gives all")
		}
	}
	return p
}

// ReadPer reads per.
func ReadPer(at *strict.Node, max float64, percents bool) Per {
	m := PerGrammar.Read(at)
	p := Per{Every: 1, AtMost: max}
	if v := m.Get("every"); v != nil {
		if _, ok := m.NumberOK("every"); ok {
			p.Every = number(v, "every", percents)
		}
	}
	if v := m.Get("above"); v != nil {
		p.Above = number(v, "above", percents)
	}
	p.Points = m.Number("points")
	tooMany(m.Get("points"), "one unit", p.Points, max)
	if v, ok := m.NumberOK("at_most"); ok {
		p.AtMost = v
		tooMany(m.Get("at_most"), "per", v, max)
	}
	return p
}

// ReadScale reads a scale; ok is false if it has a mistake.
func ReadScale(n *strict.Node) (s Scale, ok bool) {
	m := ScaleGrammar.Read(n)
	s = Scale{From: m.Number("from"), To: 1, Zero: m.Number("zero"), Step: m.Number("step")}
	to, only, named := m.Get("to"), m.Get("only"), m.Get("named")
	given := 0
	for _, k := range []*strict.Node{to, only, named} {
		if k != nil {
			given++
		}
	}
	if given != 1 {
		n.Fail("a scale has one of to, only and named",
			"write { from: 1, to: 6 }, { only: [0, 3, 7, 10] } or { named: { A: 10, B: 7 } }")
		return s, false
	}
	switch {
	case to != nil:
		s.To = m.Number("to")
	case only != nil:
		for _, v := range only.List("only") {
			s.Only = append(s.Only, v.Number("only"))
		}
		slices.Sort(s.Only)
	default:
		ok = s.readNamed(named)
		if !ok {
			return s, false
		}
	}
	marks := s.Only
	for _, mark := range s.Named {
		marks = append(marks, mark.Worth)
	}
	if to == nil && len(marks) > 0 {
		s.From, s.To = slices.Min(marks), slices.Max(marks)
		for _, key := range []string{"from", "step"} {
			if v := m.Get(key); v != nil {
				v.Fail(key+" is for scales with to", "take it out")
			}
		}
	}
	if s.From >= s.To || s.Zero >= s.To {
		n.Fail(fmt.Sprintf("the highest mark, %v, is not above the others", s.To),
			"write a scale such as { from: 1, to: 6 }")
		return s, false
	}
	return s, true
}

// readNamed reads the names of marks; ok is false if one has a mistake.
func (s *Scale) readNamed(n *strict.Node) (ok bool) {
	ok = true
	names := n.Map("named")
	for _, name := range names.Keys {
		v := names.Get(name)
		if v == nil {
			names.Key(name).Fail(fmt.Sprintf("the mark %s is worth nothing", name),
				"write a number, 0 for no points")
			ok = false
			continue
		}
		worth := v.Number("the worth of " + name)
		if s.Name(worth) != "" {
			v.Fail(fmt.Sprintf("two marks are worth %v", worth), "give each mark another worth")
			ok = false
		}
		s.Named = append(s.Named, Mark{name, worth})
	}
	slices.SortFunc(s.Named, func(a, b Mark) int {
		switch {
		case a.Worth > b.Worth:
			return -1
		case a.Worth < b.Worth:
			return 1
		}
		return 0
	})
	if len(s.Named) < 2 {
		n.Fail("a scale needs two marks or more", "write { A: 10, B: 7, C: 4 }")
		ok = false
	}
	return ok
}

// ReadTable reads a decision table and reports what its analysis finds. column looks a fact up, and names are
// those of all facts, for messages. It returns nil if the table cannot be used.
func ReadTable(n *strict.Node, max float64, column func(name string) (Column, bool), names []string) *Table {
	m := TableGrammar.Read(n)
	t := &Table{Hit: m.Word("hit")}
	rows := m.List("rows")
	if len(rows) > MaxRows {
		m.Get("rows").Fail(fmt.Sprintf("a decision table has at most %d rows", MaxRows),
			"make several criteria of it")
		return nil
	}
	r := tableReader{t: t, column: column, names: names, cells: make([]map[string]*strict.Node, len(rows)),
		ok: true}
	for i, row := range rows {
		r.row(i, row, max)
	}
	if len(t.Columns) > MaxColumns {
		n.Fail(fmt.Sprintf("a decision table has at most %d facts, and this one has %d", MaxColumns,
			len(t.Columns)),
			"make several criteria of it")
		return nil
	}
	r.whole(m)
	for i := range t.Rows {
		for _, c := range t.Columns {
			t.Rows[i].Tests = append(t.Rows[i].Tests, r.test(r.cells[i][c.Name], c))
		}
	}
	if v, ok := m.NumberOK("otherwise"); ok {
		t.Otherwise = &v
		r.points(m.Get("otherwise"), "otherwise", v, max)
		if t.Hit == Collect {
			m.Get("otherwise").Fail("a table that adds rows gives 0 if none holds", "take otherwise out")
		}
	}
	if len(t.Rows) == 0 || !r.ok {
		if len(rows) == 0 && m.Get("rows") != nil {
			m.Get("rows").Fail("the decision table has no rows",
				"add  { when: { members: \">= 100\" }, points: 10 }")
		}
		return nil
	}
	r.report(n, rows)
	return t
}

// tableReader reads the rows of a decision table.
type tableReader struct {
	t      *Table
	column func(name string) (Column, bool)
	names  []string
	cells  []map[string]*strict.Node // of each row, by column
	ok     bool                      // no cell has a mistake
}

// points reports points that a row cannot give.
func (r *tableReader) points(n *strict.Node, what string, points, max float64) {
	if n == nil {
		return
	}
	if points < 0 {
		n.Fail(what+" gives points and takes none", takesNone)
	}
	tooMany(n, what, points, max)
}

// row reads a row without its cells, which need all columns.
func (r *tableReader) row(i int, n *strict.Node, max float64) {
	m := RowGrammar.Read(n)
	row := Row{Points: m.Number("points")}
	r.points(m.Get("points"), "a row", row.Points, max)
	r.t.Rows = append(r.t.Rows, row)
	r.cells[i] = map[string]*strict.Node{}
	when := m.Get("when")
	if when == nil {
		r.ok = false
		return
	}
	cells := when.Map("when")
	for _, name := range cells.Keys {
		known := slices.ContainsFunc(r.t.Columns, func(c Column) bool { return c.Name == name })
		if !known {
			c, ok := r.column(name)
			if !ok {
				r.fail(cells.Key(name), fmt.Sprintf("a row names %q, which is not a fact", name),
					nearest(name, r.names))
				continue
			}
			r.t.Columns = append(r.t.Columns, c)
		}
		r.cells[i][name] = cells.Get(name)
	}
}

// fail reports a mistake of a cell.
func (r *tableReader) fail(n *strict.Node, message, cure string) {
	n.Fail(message, cure)
	r.ok = false
}

// nearest is a cure that lists names, with the one nearest to a mistyped one first.
func nearest(word string, names []string) string {
	cure := "facts are: " + strings.Join(names, ", ")
	if near := strict.Nearest(word, names); near != "" {
		cure = fmt.Sprintf("did you mean %q? %s", near, cure)
	}
	return cure
}

// whole reads which columns have whole numbers only.
func (r *tableReader) whole(m *grammar.Map) {
	for _, n := range m.List("whole") {
		name := n.String("whole")
		at := slices.IndexFunc(r.t.Columns, func(c Column) bool { return c.Name == name && c.Number })
		if at < 0 {
			r.fail(n, fmt.Sprintf("whole names %q, which is not a number that a row asks for", name),
				"take it out")
			continue
		}
		r.t.Columns[at].Whole = true
	}
}

// anything is the cell that allows every value.
const anything = "-"

// test reads a cell; n is nil if the row does not ask for the column.
func (r *tableReader) test(n *strict.Node, c Column) (t Test) {
	if n == nil {
		return t
	}
	for _, v := range n.List("a cell") {
		s := v.String("a cell")
		if s == anything {
			return Test{}
		}
		if c.Number {
			in, ok := ParseTest(s, c.Percents)
			if !ok {
				r.fail(v, fmt.Sprintf("%q is not a range of numbers", s),
					`write 50, ">= 50", "< 20%", "50..99" or "[50..100)"`)
				continue
			}
			if c.Whole && !hasWhole(in) {
				r.fail(v, fmt.Sprintf("%q has no whole number in it", s),
					"write whole numbers, or take the fact out of whole")
			}
			t.Intervals = append(t.Intervals, in)
			continue
		}
		if c.Options != nil && !slices.Contains(c.Options, s) {
			r.fail(v, fmt.Sprintf("%q is not a value of %s", s, c.Name),
				"it may be: "+strings.Join(c.Options, ", "))
			continue
		}
		t.Words = append(t.Words, s)
	}
	return t
}

// report reports what the analysis of the table finds, at the rows that it is about.
func (r *tableReader) report(n *strict.Node, rows []*strict.Node) {
	for _, f := range r.t.Analyse() {
		switch f.Kind {
		case Overlap:
			rows[f.Row].Fail(fmt.Sprintf("rows %d and %d both hold for %s", f.Other+1, f.Row+1, f.Sample),
				"tell them apart, or write  hit: first  so that the upper one counts, or  hit: collect  "+
					"to add them")
		case Unreachable:
			rows[f.Row].Fail(fmt.Sprintf("row %d never counts: the rows above it hold whenever it does",
				f.Row+1),
				"move it up, or take it out")
		case Gap:
			n.Fail("no row holds for "+f.Sample, "add a row, or  otherwise: 0  for all that no row holds "+
				"for; if a number is always "+
				"whole, name its fact under  whole:")
		case TooLarge:
			n.Fail("the table has too many combinations to find its gaps", "make several criteria of it")
		}
	}
}
