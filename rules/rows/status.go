package rows

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/number"
	"kheo/rules/pairs"
	"kheo/rules/table"
)

// This file reads columns that say how far a work has come: "Status", "Tình trạng", "Utført".

// maxStatus is how many words a cell has at most whose words of being done are believed: a longer one is prose.
const maxStatus = 12

// status returns what the columns of a status say of the row of a cell: that it was done, that it was not, or that
// people must say; nothing if there is no such column, or its cell is empty.
func status(p *text.Page, t *table.Table, c *table.Cell, years pairs.Years) Told {
	var all []Told
	for col := range t.Cols {
		if col <= c.Col || !isStatus(p, t, col) || t.Column(col).Has(skipped|table.Previous) ||
			t.Column(col).To > 0 && t.Column(col).To < years.Opens {
			continue
		}
		v := t.At(c.Row, col)
		if v == nil || v.Blank() || v == c {
			continue
		}
		if told := statusOf(p, v, years); told.Said != Nothing {
			all = append(all, told)
		}
	}
	if len(all) == 0 {
		return Told{}
	}
	out := agreed(all)
	if out.Said == Unclear {
		return Told{Said: Result, Unsure: true}
	}
	return Told{Said: out.Said, Unsure: all[0].Unsure}
}

// isStatus reports whether a column says how far something has come, by its header.
func isStatus(p *text.Page, t *table.Table, col int) bool {
	h := language.HeaderWords()
	for _, words := range t.ColumnWords(col) {
		for k := words[0]; k < words[1]; k++ {
			if slices.ContainsFunc(h.Status(),
				func(s string) bool { return text.MatchAt(p.Words, k, words[1], s) > 0 }) {
				return true
			}
		}
	}
	return false
}

// statusOf returns what a cell of a column of a status says.
func statusOf(p *text.Page, c *table.Cell, years pairs.Years) Told {
	h := language.HeaderWords()
	has := func(list []string) bool {
		for k := c.First; k < c.Last; k++ {
			if slices.ContainsFunc(list, func(s string) bool { return text.MatchAt(p.Words, k, c.Last, s) > 0 }) {
				return true
			}
		}
		return false
	}
	if has(h.NotDone()) {
		return Told{Said: Undone}
	}
	for k := c.First; k < c.Last; k++ {
		if y := table.Year(p, k); y > 0 && years.Closes > 0 && (y < years.Opens || y > years.Closes) {
			return Told{Said: Undone}
		}
	}
	share, told := shareOf(p, c)
	n, isNumber := value(p, c)
	switch {
	case isNumber && n <= 0:
		return Told{Said: Undone}
	case told && share < 1:
		return Told{Said: Result, Unsure: true} // not all of it
	case has(h.Done()), strings.ContainsAny(p.Text(c.Start, c.End), "✓✔☑"):
		return Told{Said: Result, Unsure: c.Last-c.First > maxStatus}
	case told:
		return Told{Said: Result}
	}
	return Told{Said: Result, Unsure: true}
}

// shareOf returns the share of the whole that a cell states: "80 %", "12/12", "41 av 60"; ok is false if it states
// none.
func shareOf(p *text.Page, c *table.Cell) (share float64, ok bool) {
	for k := c.First; k < c.Last; k++ {
		l := p.LanguageAt(k)
		q, found := number.At(p, l, k, c.Last)
		if found && q.Unit == number.Percent {
			return q.Value / 100, true
		}
		if !p.Words[k].Number || k+1 >= c.Last {
			continue
		}
		whole := 0
		if p.Gap(k) == "/" && p.Words[k+1].Number && (k+2 >= c.Last || p.Gap(k+1) != "/") {
			whole = k + 1
		} else if number.OutOf(p, l, k+1, c.Last) {
			for whole = k + 1; whole < c.Last && !p.Words[whole].Number; whole++ {
			}
		}
		if whole == 0 || whole >= c.Last || table.Year(p, whole) > 0 || isDay(p, c, k) ||
			p.Words[k].Text[0] == '0' || p.Words[whole].Text[0] == '0' {
			continue // a date: "02/6"
		}
		a, b := digits(p.Words[k].Text), digits(p.Words[whole].Text)
		if b > 0 && a <= b {
			return a / b, true
		}
	}
	return 0, false
}

// isDay reports whether a number begins a date, by a word for day before it.
func isDay(p *text.Page, c *table.Cell, k int) bool {
	return k > c.First && slices.Contains(p.LanguageAt(k).DateWords["day"], p.Words[k-1].Text)
}

// digits reads a whole number; 0 if it is none.
func digits(s string) (n float64) {
	for _, r := range s {
		if r < '0' || r > '9' {
			return 0
		}
		n = n*10 + float64(r-'0')
	}
	return n
}

// Achieved reports whether the line of a label that ends before word from sets a result beside what was planned, and
// the result is more than none: "Members admitted: target 10 – achieved 9".
func Achieved(p *text.Page, from int) bool {
	if from <= 0 || from >= len(p.Words) || p.Words[from].Line != p.Words[from-1].Line {
		return false
	}
	planned, achieved := false, false
	last := p.Lines[p.Words[from].Line].Last
	for k := from; k < last; k++ {
		for _, w := range language.HeaderWords().At(p.Words[k].Text) {
			end := k + len(w.Words)
			if end >= last || text.MatchAt(p.Words, k, last, strings.Join(w.Words, " ")) == 0 || !p.Words[end].Number {
				continue
			}
			q, ok := number.At(p, p.LanguageAt(end), end, last)
			switch w.Kind {
			case language.HeaderPlan, language.HeaderIndicator, language.HeaderRequest, language.HeaderBudget:
				planned = true
			case language.HeaderActual:
				achieved = achieved || ok && q.Value > 0
			}
		}
	}
	return planned && achieved
}

// maxBracket is how many words a bracket has at most that says that what is before it was done.
const maxBracket = 5

// DoneBehind reports whether a bracket behind word k, in its line and before a full stop, says that it was done, and
// nothing else: "1.215 ngày công (đã thực hiện)", "two benches (completed 4 May)".
func DoneBehind(p *text.Page, k int) bool {
	l := p.Lines[p.Words[k].Line]
	for ; k+1 < l.Last && !strings.Contains(p.Gap(k), "("); k++ {
		if strings.ContainsAny(p.Gap(k), ".;") {
			return false
		}
	}
	first, last := k+1, k+1
	for last < l.Last && (last == first || !strings.Contains(p.Gap(last-1), ")")) {
		last++
	}
	if first >= l.Last || last-first > maxBracket ||
		!strings.HasPrefix(strings.TrimSpace(p.Text(p.Words[last-1].End, l.End)), ")") {
		return false
	}
	h := language.HeaderWords()
	has := func(list []string) bool {
		for i := first; i < last; i++ {
			if slices.ContainsFunc(list, func(s string) bool { return text.MatchAt(p.Words, i, last, s) > 0 }) {
				return true
			}
		}
		return false
	}
	return has(h.Done()) && !has(h.NotDone())
}
