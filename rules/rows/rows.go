// Package rows tells what a row of a table says of what its first cell names: a result by the headers of its columns,
// such as "Result", or the way from one year to the next.
package rows

import (
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/number"
	"kheo/rules/table"
)

// Said is what a row says.
type Said int

// What a row may say.
const (
	Nothing Said = iota // no column says that its values are results
	Result              // a value that was reached, and is not zero
	Rose                // more than before
	Fell                // less than before
	Stayed              // as much as before
)

// judged are columns of points and of those who judge: a table with one is a form of criteria, and no report.
const judged = table.Self | table.Max | table.Request | table.Other

// Of returns what the row of a cell says, for a campaign whose last year is the given one. change says whether two
// values are to be compared; else a result is looked for.
func Of(p *text.Page, t *table.Table, c *table.Cell, year int, change bool) Said {
	if t == nil || c == nil || !t.Headed() || c.Row < t.HeaderRows || t.IsValue(c) {
		return Nothing
	}
	var before, after []float64
	result := false
	for col := range t.Cols {
		m := t.Column(col)
		if m.Has(judged) || pointed(p, t, col) {
			return Nothing
		}
		v := t.At(c.Row, col)
		if col <= c.Col || v == nil || m.Has(table.Plan|table.Budget|table.Next|table.Compare|table.Unit|table.Note|table.Number) {
			continue
		}
		n, ok := value(p, v)
		if !ok {
			continue
		}
		switch {
		case m.Has(table.Previous) || m.To > 0 && m.To == year-1:
			before = append(before, n)
		case m.Has(table.Current) || m.To > 0 && m.To == year:
			after = append(after, n)
			result = result || m.Has(table.Actual) && n > 0
		case m.Has(table.Actual) && m.To == 0:
			after = append(after, n)
			result = result || n > 0
		}
	}
	switch {
	case !change && result:
		return Result
	case !change || len(before) != 1 || len(after) != 1:
		return Nothing
	case after[0] > before[0]:
		return Rose
	case after[0] < before[0]:
		return Fell
	}
	return Stayed
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
