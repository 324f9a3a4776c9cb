// Package rows reads what a row of a table says about what its first cell names: a result by the headers of its
// columns, such as "Result", or the way from one year to the next.
//
// Tables have no sentences, so the cues of sentences (done, planned, negated) are replaced by headers: a number in a
// column of results counts, one in a column of plans, budgets or maxima does not, and a form of criteria with columns
// of points is no report at all.
package rows

import (
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/number"
	"kheo/rules/pairs"
	"kheo/rules/table"
)

// Said is what a row says.
type Said int

// What a row may say.
const (
	Nothing Said = iota // no column says that its values are results
	Result              // a value that was reached, and is not zero; or it was done
	Rose                // more than before
	Fell                // less than before
	Stayed              // as much as before
	Unclear             // different ways
	Undone              // it was not done, or is still to be done
)

// Told is what a row says, and whether that is left to people.
type Told struct {
	Said   Said
	Unsure bool
}

// judged are columns of points and of those who judge: a table with one is a form of criteria, and no report.
const judged = table.Self | table.Max | table.Request | table.Other

// skipped are columns whose values are no results.
const skipped = table.Plan | table.Budget | table.Next | table.Compare | table.Unit | table.Note | table.Number

// Of returns what the row of a cell says of what the cell names: a result, by the headers of its columns.
func Of(p *text.Page, t *table.Table, c *table.Cell, years pairs.Years) Told {
	if t == nil || c == nil || !t.Headed() || c.Row < t.HeaderRows || t.IsValue(c) || isJudged(p, t) {
		return Told{}
	}
	result := false
	for col := c.Col + 1; col < t.Cols; col++ {
		m, v := t.Column(col), t.At(c.Row, col)
		if v == nil || m.Has(skipped) || !m.Has(table.Actual) {
			continue
		}
		n, ok := value(p, v)
		ofYear := m.To == 0 || m.To == years.Closes
		result = result || ok && n > 0 && ofYear && (m.Has(table.Current) || m.To > 0 || !m.Has(table.Previous))
	}
	if result {
		return Told{Said: Result}
	}
	return status(p, t, c, years)
}

// isJudged reports whether a column of a table is of points or of those who judge.
func isJudged(p *text.Page, t *table.Table) bool {
	for col := range t.Cols {
		if t.Column(col).Has(judged) || pointed(p, t, col) {
			return true
		}
	}
	return false
}

// Change returns which way the measure went that words of a cell name, by two values for two times: in the columns of
// the cell's row, in the rows below a cell that heads a column, or in the whole table if the cell is its title.
func Change(p *text.Page, t *table.Table, c *table.Cell, years pairs.Years) Told {
	if t == nil || c == nil || !t.Headed() || t.IsValue(c) || isJudged(p, t) {
		return Told{}
	}
	x := changes{p, t, years}
	switch {
	case c.Row >= t.HeaderRows:
		return x.inRow(c.Row, c.Col)
	case c.Row < t.TitleRows || c.Col == 0:
		return x.inTable()
	}
	return x.inColumn(c.Col)
}

// ChangeOf is Change for a table that a line above it names the measure of.
func ChangeOf(p *text.Page, t *table.Table, years pairs.Years) Told {
	if t == nil || !t.Headed() || isJudged(p, t) {
		return Told{}
	}
	return changes{p, t, years}.inTable()
}

// changes reads the changes of a table.
type changes struct {
	page  *text.Page
	table *table.Table
	years pairs.Years
}

// timed is a value and its time: a year, which is that of the campaign or before it.
type timed struct {
	value float64
	year  int
}

// yearOf returns the year that a header says its values are of: the campaign's for words such as "this year", and the
// one before it for "last year"; 0 if it says neither.
func (x changes) yearOf(m table.Meaning) int {
	switch {
	case m.Has(skipped):
		return 0
	case m.To > 0:
		return m.To
	case m.Has(table.Previous):
		return x.years.Opens - 1
	case m.Has(table.Current), m.Has(table.Actual):
		return x.years.Closes
	}
	return 0
}

// way compares the latest value of the campaign with the latest one before it. It is unsure if a time has two values
// that differ.
func (x changes) way(list []timed) Told {
	var now, then *timed
	unsure := false
	take := func(at **timed, v *timed) {
		switch {
		case *at == nil || v.year > (*at).year:
			*at = v
		case v.year == (*at).year && v.value != (*at).value:
			unsure = true
		}
	}
	for i := range list {
		switch v := &list[i]; {
		case v.year < x.years.Opens:
			take(&then, v)
		case v.year <= x.years.Closes:
			take(&now, v)
		}
	}
	if now == nil || then == nil {
		return Told{}
	}
	return Told{Said: map[pairs.Way]Said{pairs.Up: Rose, pairs.Down: Fell, pairs.Level: Stayed}[pairs.Of(then.value,
		now.value)], Unsure: unsure}
}

// agreed is what all of several changes say, left to people unless there is only one; nothing if they differ.
func agreed(all []Told) Told {
	if len(all) == 0 {
		return Told{}
	}
	out := all[0]
	for _, t := range all[1:] {
		if t.Said != out.Said {
			return Told{Said: Unclear, Unsure: true}
		}
	}
	out.Unsure = out.Unsure || len(all) > 1
	return out
}

// group is what values must have in common to be compared, beside their row: shares, amounts of money and counts are
// measures of their own.
const group = table.Share | table.Money | table.Count | table.Each | table.Total

// inRow compares the values of a row, behind a column.
func (x changes) inRow(row, from int) Told {
	byKind := map[table.Kinds][]timed{}
	for col := from + 1; col < x.table.Cols; col++ {
		m, v := x.table.Column(col), x.table.At(row, col)
		year := x.yearOf(m)
		if v == nil || year == 0 || v.Col != col {
			continue
		}
		if n, ok := value(x.page, v); ok {
			byKind[m.Kinds&group] = append(byKind[m.Kinds&group], timed{n, year})
		}
	}
	var all []Told
	for _, list := range byKind {
		if t := x.way(list); t.Said != Nothing {
			all = append(all, t)
		}
	}
	return merged(all)
}

// merged is what several measures of one row or column say: their common way, or that it is unclear.
func merged(all []Told) Told {
	out := agreed(all)
	if out.Said != Unclear {
		out.Unsure = false
		for _, t := range all {
			out.Unsure = out.Unsure || t.Unsure
		}
	}
	return out
}

// inColumn compares the values below a header, if the first column names times.
func (x changes) inColumn(col int) Told {
	if x.table.Column(col).Has(skipped) {
		return Told{}
	}
	var list []timed
	for row := x.table.HeaderRows; row < x.table.Rows; row++ {
		label, v := x.table.At(row, 0), x.table.At(row, col)
		if label == nil || label.Blank() || v == nil || label == v {
			continue
		}
		year := x.rowYear(label)
		if n, ok := value(x.page, v); ok && year > 0 {
			list = append(list, timed{n, year})
		}
	}
	return x.way(list)
}

// rowYear returns the year of a row whose first cell is the given one: it is a year, or words such as "last year", and
// nothing else.
func (x changes) rowYear(label *table.Cell) int {
	m := x.table.Says(label)
	if !table.Covered(x.page, label.First, label.Last) {
		return 0
	}
	return x.yearOf(m)
}

// inTable compares the values of a table whose title names the measure: those of its row of totals, or of its only row
// or column; if it has several without a total, they must agree, and people are asked.
func (x changes) inTable() Told {
	var rows, totals []Told
	for row := x.table.HeaderRows; row < x.table.Rows; row++ {
		t := x.inRow(row, 0)
		if t.Said == Nothing {
			continue
		}
		rows = append(rows, t)
		if label := x.table.At(row, 0); label != nil && x.table.Says(label).Has(table.Total) {
			totals = append(totals, t)
		}
	}
	if len(totals) == 1 {
		return totals[0]
	}
	if len(rows) > 0 {
		return agreed(rows)
	}
	var columns []Told
	for col := 1; col < x.table.Cols; col++ {
		if t := x.inColumn(col); t.Said != Nothing {
			columns = append(columns, t)
		}
	}
	return agreed(columns)
}

// pointed reports whether a header of a column speaks of points.
func pointed(p *text.Page, t *table.Table, col int) bool {
	for row := range t.HeaderRows {
		h := t.At(row, col)
		if h == nil {
			continue
		}
		for k := h.First; k < h.Last; k++ {
			for _, cue := range p.LanguageAt(k).CuesAt(p.Words[k].Text) {
				if cue.Kind == language.PointNoun {
					return true
				}
			}
		}
	}
	return false
}

// value is the number that a cell holds and nothing else but its unit.
func value(p *text.Page, c *table.Cell) (float64, bool) {
	if c.Blank() || c.Last-c.First > maxValueWords {
		return 0, false
	}
	q, ok := number.At(p, p.LanguageAt(c.First), c.First, c.Last)
	return q.Value, ok
}

// maxValueWords is how many words a cell with a number and its unit has at most.
const maxValueWords = 4
