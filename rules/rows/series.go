package rows

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/claim"
	"kheo/rules/number"
	"kheo/rules/pairs"
	"kheo/rules/table"
)

// This file reads values for several times in lines without columns: "Visits: 7,044 (2023: 6,020)", or a title with
// lines such as "2023: 37,900" below it.

// notResults are what a label may say of values that are no results.
const notResults = table.Plan | table.Budget | table.Next | table.Request | judged

// Series returns which way the measure went that words [first, last) of a label name, by the values of their line.
func Series(p *text.Page, claims *claim.Page, first, last int, years pairs.Years) Told {
	l := p.Lines[p.Words[first].Line]
	if table.Says(p, l.First, l.Last).Has(notResults) {
		return Told{}
	}
	way, sure := pairs.In(p, claims, l.First, l.Last, first, last, years)
	told := Went(way)
	told.Unsure = !sure
	return told
}

// Went is what a row says whose values surely went a way.
func Went(way pairs.Way) Told {
	return Told{Said: map[pairs.Way]Said{pairs.Up: Rose, pairs.Down: Fell, pairs.Level: Stayed}[way]}
}

// Bounds of lines that have a value each for one time, below a title.
const (
	minSeries      = 2
	maxSeries      = 40
	maxSeriesWords = 10
	maxSeriesTitle = 16
)

// Below returns which way the measure went that a title names, by the lines below it: each begins with its time, and
// has one value. Years are compared by their order; parts of the year, such as quarters, from the first to the last.
func Below(p *text.Page, claims *claim.Page, title int, years pairs.Years) Told {
	l := p.Lines[title]
	if l.First >= l.Last || l.Last-l.First > maxSeriesTitle || table.Says(p, l.First, l.Last).Has(notResults) {
		return Told{}
	}
	list, parts := seriesBelow(p, title)
	if len(parts) >= minSeries && len(list) == 0 {
		return overParts(parts)
	}
	if len(list) < minSeries || len(parts) > 0 {
		return Told{}
	}
	return changes{page: p, years: years}.way(list)
}

// seriesBelow reads the lines below a title: values of years, and of parts of a year.
func seriesBelow(p *text.Page, title int) (list []timed, parts []float64) {
	for k := title + 1; k < len(p.Lines) && k <= title+maxSeries; k++ {
		l := p.Lines[k]
		if l.First >= l.Last || l.Last-l.First > maxSeriesWords || slices.Contains(p.Runes[l.Start:l.End], '\t') {
			break
		}
		behind, year, part := timeAt(p, l)
		if behind < 0 {
			break
		}
		q, ok := number.At(p, p.LanguageAt(behind), behind, l.Last)
		if !ok || q.First != behind && behind != q.First-1 || q.Bound != "" {
			break
		}
		if part {
			parts = append(parts, q.Value)
			continue
		}
		list = append(list, timed{q.Value, year})
	}
	return list, parts
}

// timeAt reads the time that a line begins with, behind a bullet, and that a colon or dash parts from its value. behind
// is the first word of the value, or -1.
func timeAt(p *text.Page, l text.Line) (behind, year int, part bool) {
	end := -1
	for k := l.First; k+1 < l.Last; k++ {
		if gap := strings.TrimSpace(p.Gap(k)); gap == ":" || (gap == "–" || gap == "—" || gap == "=") &&
			strings.Contains(p.Gap(k), " ") {
			end = k + 1
			break
		}
	}
	if end < 0 || !table.Covered(p, l.First, end) && !isYearLabel(p, l.First, end) {
		return -1, 0, false
	}
	m := table.Says(p, l.First, end)
	switch {
	case m.To > 0 && !m.Has(table.Period):
		return end, m.To, false
	case m.Has(table.Period):
		return end, 0, true
	}
	return -1, 0, false
}

// isYearLabel reports whether words [first, last) are a year, alone or behind a word for it.
func isYearLabel(p *text.Page, first, last int) bool {
	for k := first; k < last; k++ {
		w := p.Words[k]
		if !w.Number && !slices.ContainsFunc(language.All(),
			func(l *language.Language) bool { return slices.Contains(l.DateWords["year"], w.Text) }) {
			return false
		}
	}
	return table.Year(p, first) > 0 || last-first > 1 && table.Year(p, first+1) > 0
}

// overParts is which way values of the parts of a year went, from the first to the last. It is unsure unless each step
// went that way or was none.
func overParts(parts []float64) Told {
	way := pairs.Of(parts[0], parts[len(parts)-1])
	unsure := false
	for i := range parts[1:] {
		step := pairs.Of(parts[i], parts[i+1])
		unsure = unsure || step != way && step != pairs.Level
	}
	told := Went(way)
	told.Unsure = unsure
	return told
}
