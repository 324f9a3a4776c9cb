package table

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// Kinds is a set of what headers say, one bit for each kind.
type Kinds uint32

// The kinds of headers, see package language.
const (
	Plan Kinds = 1 << iota
	Budget
	Actual
	Self
	Max
	Previous
	Current
	Next
	Compare
	Share
	Part
	Period
	Total
	Each
	Unit
	Number
	Note
	Count // how many, and not how much they cost
	Money
	Own       // of the dossier's own unit
	Other     // of others
	Request   // asked for, which is a Plan as well
	Indicator // of the first column; at a value, what is aimed at
)

// kindBits are the kinds by their names in the data.
var kindBits = map[language.HeaderKind]Kinds{
	language.HeaderPlan: Plan, language.HeaderBudget: Budget, language.HeaderActual: Actual, language.HeaderSelf: Self,
	language.HeaderMax: Max, language.HeaderPrevious: Previous, language.HeaderCurrent: Current,
	language.HeaderNext: Next, language.HeaderCompare: Compare, language.HeaderShare: Share, language.HeaderPart: Part,
	language.HeaderPeriod: Period, language.HeaderTotal: Total, language.HeaderEach: Each, language.HeaderUnit: Unit,
	language.HeaderNumber: Number, language.HeaderNote: Note, language.HeaderCount: Count, language.HeaderMoney: Money,
	language.HeaderRequest: Plan | Request, language.HeaderOwn: Own, language.HeaderOther: Other,
	language.HeaderIndicator: Plan | Indicator,
}

// Meaning is what headers, qualifiers and units say of values.
type Meaning struct {
	Kinds    Kinds
	From, To int     // the years that the values are of; 0 if none is named
	Scale    float64 // magnitude of the values; 0 if none is named
	Currency string  // ISO 4217; "" if none is named
}

// Has reports whether one of some kinds is among those of the meaning.
func (m Meaning) Has(k Kinds) bool { return m.Kinds&k != 0 }

// And adds what an inner header says to what an outer one does. The inner year and unit replace the outer.
func (m Meaning) And(inner Meaning) Meaning {
	m.Kinds |= inner.Kinds
	if inner.From > 0 {
		m.From, m.To = inner.From, inner.To
	}
	if inner.Scale > 0 {
		m.Scale = inner.Scale
	}
	if inner.Currency != "" {
		m.Currency = inner.Currency
	}
	return m.settled()
}

// settled removes kinds that others overrule: what compares plan and result is neither, and what was planned of a
// result is a plan only if nothing says that it was done.
func (m Meaning) settled() Meaning {
	const planned = Plan | Budget
	switch {
	case m.Has(Compare), m.Has(planned) && m.Has(Actual) && m.Has(Share):
		m.Kinds = m.Kinds&^(planned|Actual) | Compare
	}
	return m
}

// Says returns what words [first, last) of the page say as a header, or as a qualifier behind a label.
func Says(p *text.Page, first, last int) Meaning {
	var m Meaning
	if first >= last {
		return m
	}
	h := language.HeaderWords()
	for i := first; i < last; {
		n := 1
		if isNeighbour(p, i) {
			m.Kinds |= Other
		}
		for _, w := range h.At(p.Words[i].Text) {
			if !isAt(p, w.Words, i, last) || w.Whole && !wholly(p, i, i+len(w.Words), first, last) {
				continue
			}
			n = len(w.Words)
			if w.Kind == language.HeaderEach && i+n < last && p.Words[i+n].Number {
				break // "per 31.12.2026" is a day
			}
			m.Kinds |= kindBits[w.Kind] | alike(p, h, w, i, last)
			break
		}
		if from, to, words := yearsAt(p, i, last); words > 0 && (m.From == 0 || from > 0) {
			if m.From == 0 {
				m.From = from
			}
			m.To, n = to, words
		}
		i += n
	}
	return m.settled()
}

// alike are the other kinds of the words of a header at word i: "vår" is spring, and ours.
func alike(p *text.Page, h *language.Headers, of language.HeaderWord, i, last int) (k Kinds) {
	for _, w := range h.At(p.Words[i].Text) {
		if w.Kind != of.Kind && slices.Equal(w.Words, of.Words) && (!w.Whole || wholly(p, i, i+len(w.Words), i, last)) {
			k |= kindBits[w.Kind]
		}
	}
	return k
}

// neighbour begins the Norwegian names of others next to one's own: "nabobiblioteket", "nabokommunen".
const neighbour = "nabo"

// isNeighbour reports whether word i of the page names others next to one's own.
func isNeighbour(p *text.Page, i int) bool {
	rest, ok := strings.CutPrefix(p.Words[i].Text, neighbour)
	return ok && len(rest) > 3 && p.LanguageAt(i).Code == "nb"
}

// wholly reports whether words [from, to) are all of words [first, last) but for what is in brackets.
func wholly(p *text.Page, from, to, first, last int) bool {
	return from == first && (to == last || strings.ContainsAny(p.Gap(to-1), "(["))
}

// isAt reports whether words are at word i of the page and end before last.
func isAt(p *text.Page, words []string, i, last int) bool {
	if i+len(words) > last {
		return false
	}
	for k, w := range words {
		if p.Words[i+k].Text != w {
			return false
		}
	}
	return true
}

// The years that headers may name.
const (
	firstYear = 1950
	endYear   = 2100
)

// yearsAt reads a year at word i, or two of them as in "2025-2026" and "2025/26"; words is 0 if there is none.
func yearsAt(p *text.Page, i, last int) (from, to, words int) {
	from = year(p, i)
	if from == 0 {
		return 0, 0, 0
	}
	if i+1 < last && isJoint(p.Gap(i)) {
		if to = year(p, i+1); to > from && to-from <= 10 {
			return from, to, 2
		}
		if n, ok := ordinal(&p.Words[i+1]); ok && len(p.Words[i+1].Text) == 2 && n == (from+1)%100 {
			return from, from + 1, 2
		}
	}
	return from, from, 1
}

// isJoint reports whether what is between two years makes them a range.
func isJoint(gap string) bool {
	switch strings.TrimSpace(gap) {
	case "-", "–", "—", "/":
		return true
	}
	return false
}

// year returns the year that word i of the page is, of four digits, or ends with, if it is a date; 0 if it is none.
func year(p *text.Page, i int) int {
	w := &p.Words[i]
	const date = len("31.12.")
	digits := w.Text
	if n := len(digits) - len("2026"); n >= len("1.1.") && n <= date && digits[n-1] == '.' {
		if strings.Count(digits[:n], ".") == 2 {
			digits = digits[n:] // 31.12.2026
		}
	}
	if fy, ok := strings.CutPrefix(digits, "fy"); ok && len(fy) == len("2026") {
		digits = fy // the financial year: FY2026
	} else if !w.Number {
		return 0
	}
	if len(digits) != len("2026") {
		return 0
	}
	n := 0
	for _, r := range digits {
		if r < '0' || r > '9' {
			return 0
		}
		n = n*10 + int(r-'0')
	}
	if n < firstYear || n >= endYear {
		return 0
	}
	return n
}

// Year returns the year that word i of the page has the form of, by itself or at the end of a date; 0 if it has none.
func Year(p *text.Page, i int) int { return year(p, i) }

// Covered reports whether words [first, last) of the page say nothing but what Says reads: they are words of headers,
// years, numbering, light words, words such as "number of", or in brackets.
func Covered(p *text.Page, first, last int) bool {
	h := language.HeaderWords()
	bracket := 0
	for i := first; i < last; {
		gap := ""
		if i > first {
			gap = p.Gap(i - 1)
		} else if i > 0 {
			gap = p.Gap(i - 1)
			gap = gap[strings.LastIndexAny(gap, "\t\n")+1:]
		}
		bracket += strings.Count(gap, "(") - strings.Count(gap, ")")
		n := 0
		w := &p.Words[i]
		_, ordinal := ordinal(w)
		switch {
		case bracket > 0, h.Light(w.Text), ordinal, text.IsRomanOrLetter(w.Text), year(p, i) > 0, countNoun(w.Text):
			n = 1
		default:
			for _, x := range h.At(w.Text) {
				if isAt(p, x.Words, i, last) && !x.Whole {
					n = len(x.Words)
					break
				}
			}
		}
		if n == 0 {
			return false
		}
		i += n
	}
	return true
}

// countNoun reports whether a word is one of "number of" in any language.
func countNoun(word string) bool {
	for _, l := range language.All() {
		if slices.Contains(l.CountNouns, word) {
			return true
		}
	}
	return false
}

// cellMeaning is what a cell says as a header; nothing if there is none.
func (t *Table) cellMeaning(c *Cell) Meaning {
	if c == nil || c.Blank() {
		return Meaning{}
	}
	if c.meaning == nil {
		m, unit := Says(t.page, c.First, c.Last), UnitIn(t.page, c.First, c.Last)
		m.Scale, m.Currency = unit.Scale, unit.Currency
		c.meaning = &m
	}
	return *c.meaning
}

// unitMeaning is what the cell of a column of units says.
func (t *Table) unitMeaning(c *Cell) Meaning {
	m := unitAt(t.page, c.First, c.Last, true)
	if t.page.Words[c.First].Text == "%" {
		m.Kinds |= Share
	}
	return m
}

// aboutTable are the kinds that a caption may say of a whole table. Others are words of its title.
const aboutTable = Plan | Budget | Actual | Previous | Next | Current

// ofTable keeps of the kinds of a caption those that are of the whole table. What is asked for is the title of a form.
func (k Kinds) ofTable() Kinds {
	if k&Request != 0 {
		k &^= Plan
	}
	return k & aboutTable
}

// readAbout reads what is said of the whole table by the line above it, or by the two lines above it if the nearer one
// only states the unit, and by the header of its first column.
func (t *Table) readAbout() Meaning {
	corner := t.corner()
	if t.TitleRows > 0 {
		return t.title().And(corner)
	}
	first, last := t.lineAbove(t.words[0])
	if first >= last {
		return corner
	}
	m, unit := Says(t.page, first, last), UnitIn(t.page, first, last)
	if unit.Scale > 0 || unit.Currency != "" {
		if first, last := t.lineAbove(first); first < last {
			m = Says(t.page, first, last).And(m)
		}
	}
	if isInstruction(t, first, last) {
		m.Kinds &^= Previous | Next
	}
	m.Kinds = m.Kinds.ofTable()
	m.Scale, m.Currency = unit.Scale, unit.Currency
	return m.And(corner)
}

// title is what the title rows inside the table say of it.
func (t *Table) title() (m Meaning) {
	for r := range t.TitleRows {
		if c := t.firstCell(r); c != nil {
			said := t.heading(c)
			said.Kinds = said.Kinds.ofTable()
			m = m.And(said)
		}
	}
	return m
}

// corner is what the header of the first column says of the whole table: "(in thousand EUR)", "Budget 2027 (USD)".
func (t *Table) corner() Meaning {
	c := t.At(t.TitleRows, 0)
	if t.HeaderRows == 0 || c == nil || c.Blank() {
		return Meaning{}
	}
	m := t.cellMeaning(c)
	if m.Has(Indicator|Number|Note|Unit) || m.From == 0 && m.Scale == 0 && m.Currency == "" {
		m.Kinds = 0 // it names the rows
	}
	m.Kinds = m.Kinds.ofTable()
	return m
}

// Caption returns the words of the line above the table that may name what it is about; none if there is no such line.
func (t *Table) Caption() (first, last int) { return t.lineAbove(t.words[0]) }

// lineAbove returns the words of the line above the one that word i is in, if it is short, near and not of a table.
func (t *Table) lineAbove(i int) (first, last int) {
	const longest, near = 110, 3 // code points, lines
	p := t.page
	if i >= len(p.Words) || p.Words[i].Line == 0 {
		return 0, 0
	}
	li := p.Words[i].Line - 1
	for li >= 0 && p.Lines[li].First == p.Lines[li].Last {
		li--
	}
	if li < 0 || p.Words[i].Line-li > near {
		return 0, 0
	}
	l := &p.Lines[li]
	if l.End-l.Start > longest || slices.Contains(p.Runes[l.Start:l.End], '\t') {
		return 0, 0
	}
	return l.First, l.Last
}
