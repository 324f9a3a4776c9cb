package factreader

import (
	"slices"
	"sort"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/claim"
	"kheo/rules/likely"
	"kheo/rules/number"
	"kheo/rules/phrase"
	"kheo/rules/table"
)

// tellsAmounts reports whether a word among [from, limit) says of what year or kind an amount is.
func (p *PageText) tellsAmounts(from, limit int, form bool) bool {
	tells := saidOfAmount | table.Previous | table.Compare | table.Total | table.Period
	if form {
		tells |= table.Current | table.Part
	}
	m := table.Says(p.Page, from, limit)
	return m.From > 0 || m.Has(tells) || p.Claims.Has(language.OutOf, from, limit)
}

// isYear reports whether the number at word i names a year and counts nothing: "2026: 54", "54 (2026)".
func (p *PageText) isYear(l *language.Language, i int) bool {
	if table.Year(p.Page, i) == 0 {
		return false
	}
	before := i > 0 && slices.Contains(l.DateWords["before_year"], p.Words[i-1].Text)
	if i+2 < len(p.Words) && p.Words[i+2].Number && p.Words[i+1].Line == p.Words[i].Line {
		code := p.Text(p.Words[i+1].Start, p.Words[i+1].End) // "2025 NOK 3,100"
		before = before || number.IsCurrency(code) || code == "kr"
	}
	return before || number.IsOrdinal(p.Page, l, i, i+1) || strings.ContainsAny(p.Gap(i), ":)–=$€£₫") ||
		strings.Contains(p.Gap(i-1), "(")
}

// saidOf is what words [from, at) and [last, end) around a quantity say of it. Behind it, years count, and in brackets
// everything. The year nearest to it is its own.
func (p *PageText) saidOf(from, at, last, end int, form bool) table.Meaning {
	m := table.Says(p.Page, from, at)
	for k := at - 1; k >= from; k-- {
		y := table.Year(p.Page, k)
		if y == 0 {
			continue
		}
		switch {
		case claim.IsOnlyNamed(p.Claims, k), table.Says(p.Page, max(from, k-3), k).Has(table.Compare):
			// "compared with 2025, 87 households take part"
			m.From, m.To = 0, 0
		case m.To != y:
			m.From, m.To = y, y
		}
		break
	}
	m.Kinds &= saidOfAmount | table.Current | table.Previous | table.Total | table.Period
	behind := table.Says(p.Page, last, clauseBehind(p.Page, last, end))
	if last < end && !strings.Contains(p.Gap(last-1), "(") {
		behind.Kinds &= table.Current | table.Previous
	}
	behind.Kinds &= saidOfAmount | table.Current | table.Previous
	if !form { // "before 1 May", "after" are words of any sentence; cues of the past are looked for by themselves
		behind.Kinds &^= table.Previous
		m.Kinds &^= table.Previous
	}
	if m.From > 0 && behind.From > 0 { // 40 in 2025 and 54 in 2026, of which the first year was before both
		m.From, m.To = 0, 0
	}
	return m.And(behind)
}

// anyIn reports whether one of some phrases is among words [from, to).
func anyIn(p *PageText, list []string, from, to int) bool {
	for i := from; i < to; i++ {
		if p.anyAt(list, i, to) {
			return true
		}
	}
	return false
}

// anyAt reports whether one of some phrases is at word i, before word limit.
func (p *PageText) anyAt(list []string, i, limit int) bool {
	return slices.ContainsFunc(list, func(s string) bool { return text.MatchAt(p.Words, i, limit, s) > 0 })
}

// lengthAt returns how many words the longest of some phrases has that are at word i, before word limit; 0 if none is.
func (p *PageText) lengthAt(list []string, i, limit int) (n int) {
	for _, s := range list {
		n = max(n, text.MatchAt(p.Words, i, limit, s))
	}
	return n
}

// isPlanned reports whether word i is in a section of plans.
func (p *PageText) isPlanned(i int) bool {
	for _, s := range p.Sections[p.Words[i].Line] {
		if s == PlanSection {
			return true
		}
	}
	return false
}

// languageOf is the language of a label's value: that of the label.
func (p *PageText) languageOf(h phrase.Hit) *language.Language {
	if h.Phrase.Lang != nil {
		return h.Phrase.Lang
	}
	return p.LanguageAt(h.First)
}

// sentenceOf cites the sentence of word i.
func (p *PageText) sentenceOf(i int) dossier.Source {
	s := p.Sentences[p.Words[i].Sentence]
	return p.Cite(s.Start, s.End)
}

// PlanSection is the name of the sections that hold plans: every language has its headings for them.
const PlanSection = "\x00plans"

// PageText is a page as facts are read on it: its words, and what a ruleset finds on it.
type PageText struct {
	*text.Page
	Document string
	Number   int           // of the page in its document, from 1
	Of       *dossier.Page // what it was read from
	Claims   *claim.Page
	Tables   *table.OnPage
	Roles    []string       // by line: role of the part of the document that it belongs to
	Sections [][]string     // by line: names of the sections that it belongs to
	Hits     [][]phrase.Hit // by list of the ruleset's matcher

	LabelList  int          // the list of all labels among Hits
	FormLabels []phrase.Hit // labels of forms, as reading the facts found them

	forms   map[*table.Table]*table.Table // tables as labels are looked for in them, filled by asForm
	fields  []dossier.Field               // form fields in the order of their places; filled by fieldAt
	fielded bool                          // fields are filled

	units  *UnitNames     // of the dossier that the page is read for; nil if they are not known
	labels []likely.Found // by fact of the ruleset: where the words of its labels are; filled by labelWords
}

// Mark notes what a ruleset finds on the page.
func (p *PageText) Mark(roles []string, sections [][]string, hits [][]phrase.Hit, labelList int) {
	p.Roles, p.Sections, p.Hits, p.LabelList, p.FormLabels = roles, sections, hits, labelList, p.FormLabels[:0]
	clear(p.forms)
	p.labels = nil
}

// TableAt returns the table and the cell that word i is in; nil if it is in none. Only lines with tabs are in tables.
func (p *PageText) TableAt(i int) (*table.Table, *table.Cell) { return p.Tables.At(i) }

// Cite cites the code points [start, end) of the page.
func (p *PageText) Cite(start, end int) dossier.Source {
	return dossier.Source{Document: p.Document, Page: p.Number, Quote: p.Text(start, end), Start: start, End: end}
}

// Refuted returns why words [first, last) claim nothing, as claim.Page.Refuted does; what is in a section of plans is
// planned.
func (p *PageText) Refuted(first, last, lastYear int, quotes bool) string {
	why := p.Claims.Refuted(first, last, lastYear, quotes)
	if why == "" && slices.Contains(p.Sections[p.Words[first].Line], PlanSection) {
		return claim.Planned
	}
	return why
}

// Inside reports whether a hit lies inside one of others.
func Inside(h phrase.Hit, others []phrase.Hit) bool {
	for _, x := range others {
		if x.First <= h.First && h.Last <= x.Last {
			return true
		}
	}
	return false
}

// fieldAt returns the form field, other than a box, whose text words [first, last) of the page are, or are a part of;
// nil if they are in none.
func (p *PageText) fieldAt(first, last int) *dossier.Field {
	if !p.fielded {
		p.fielded, p.fields = true, fieldsIn(nil, p.Of.Blocks)
		slices.SortStableFunc(p.fields, func(a, b dossier.Field) int { return a.Start - b.Start })
	}
	if len(p.fields) == 0 || first >= last {
		return nil
	}
	start, end := p.Words[first].Start, p.Words[last-1].End
	at := sort.Search(len(p.fields), func(i int) bool { return p.fields[i].End >= end })
	if at < len(p.fields) && p.fields[at].Start <= start {
		return &p.fields[at]
	}
	return nil
}

// Named returns the form fields of a name on the page that are filled in, in their order.
func (p *PageText) Named(name string) (out []dossier.Field) {
	p.fieldAt(0, min(1, len(p.Words))) // fills fields
	for i := range p.fields {
		if f := &p.fields[i]; f.Name == name && f.State == dossier.Filled {
			out = append(out, *f)
		}
	}
	return out
}

// fieldsIn appends the form fields with text in blocks and in the tables among them. Boxes are not among them: their
// state is in the text.
func fieldsIn(out []dossier.Field, blocks []dossier.Block) []dossier.Field {
	add := func(fields []dossier.Field) {
		for i := range fields {
			f := &fields[i]
			if f.Control != dossier.CheckBox && f.Control != dossier.Radio && f.Start < f.End {
				out = append(out, *f)
			}
		}
	}
	for i := range blocks {
		add(blocks[i].Fields)
		if blocks[i].Table == nil {
			continue
		}
		for r := range blocks[i].Table.Rows {
			for c := range blocks[i].Table.Rows[r].Cells {
				cell := &blocks[i].Table.Rows[r].Cells[c]
				add(cell.Fields)
				out = fieldsIn(out, cell.Blocks)
			}
		}
	}
	return out
}
