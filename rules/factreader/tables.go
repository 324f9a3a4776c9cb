package factreader

import (
	"kheo/internal/dossier"
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/cells"
	"kheo/rules/heading"
	"kheo/rules/number"
	"kheo/rules/phrase"
	"kheo/rules/table"
	"kheo/rules/value"
)

// UnitNames distinguishes the dossier's own unit from others in the headers of tables.
type UnitNames struct {
	Named func(text string) string // the id of the campaign's unit that a text names, or ""
	Own   string                   // id of the dossier's unit, or ""
	IsOwn func(name string) bool   // whether a name is among those of the dossier's own place; may be nil
}

// inTable reads the value of the fact if its label is the header of a row or column of a table; done is false if it is
// not, and the label is to be read as that of a form or sentence.
func (r Reader) inTable(h phrase.Hit) (out []Place, done bool) {
	t, cell := r.TableAt(h.First)
	if t == nil || t.Cols == 1 || h.Last > cell.Last || r.Reads.Type == value.Paper {
		return nil, false
	}
	t = r.asForm(t)
	if !table.Covered(r.Page, cell.First, h.First) || !table.Covered(r.Page, h.Last, cell.Last) {
		return nil, heading.StartsCell(r.Page, h.First) && h.Last == cell.Last
	}
	if h.Last < cell.Last && strings.Contains(r.Gap(h.Last-1), ":") || r.Reads.Type == value.Names {
		return nil, false // "label: value" inside the cell, or a list, whose names are counted along lines and rows
	}
	at := heads{Reader: r, table: t, label: cell, hit: h}
	at.means = at.besideLabel()
	if r.isPlanned(h.First) || r.Want.Number && !r.Want.Percent && at.means.Has(table.Share|table.Each) {
		return nil, true
	}
	if r.Reads.Type == value.YesNo {
		if out, done := at.answers(); done {
			return out, true
		}
	}
	if at.isColumn() {
		return at.choose(at.below()), true
	}
	return at.choose(at.beside()), true
}

// besideLabel is what its cell says beside the label: "(plan)", "2026", "(triệu đồng)", or the cell below, if the label
// was wrapped.
func (at *heads) besideLabel() table.Meaning {
	p, cell, h := at.Page, at.label, at.hit
	m := table.Says(p, cell.First, h.First).And(table.Says(p, h.Last, cell.Last))
	unit := table.UnitIn(p, h.Last, cell.Last)
	if rest := at.table.Rest(cell); rest != nil && unit.Scale == 0 && unit.Currency == "" {
		unit = table.UnitIn(p, rest.First, rest.Last)
	}
	m.Scale, m.Currency = unit.Scale, unit.Currency
	m.Kinds &^= table.Part | table.Total | table.Period | table.Unit | table.Number | table.Note
	return m
}

// heads is a label that heads a row or column of a table.
type heads struct {
	Reader
	table *table.Table
	label *table.Cell
	hit   phrase.Hit
	means table.Meaning // what is said beside the label
}

// spot is a cell in which the value of a label may be, with what its headers say of it.
type spot struct {
	table.Entry
	cell  *table.Cell
	value value.Value
	unit  *language.Measure // that a header or a column of units names
}

// isColumn reports whether the label heads the cells below it, and not those beside it: it is in a header row. Of two
// columns the cell beside it is looked at first.
func (at *heads) isColumn() bool {
	t, c := at.table, at.label
	if c.Row >= t.HeaderRows {
		return false
	}
	if t.Cols == 2 && c.Col == 0 {
		beside := t.At(c.Row, 1)
		if beside == nil || beside == c || beside.Blank() {
			return true
		}
		if at.Reads.Type.OnlyInForms() {
			return false
		}
		_, ok := at.inCell(at.hit, beside)
		return !ok
	}
	return true
}

// beside are the cells to the right of the label, in all rows that it heads. Words there that only qualify the row,
// such as "2026" or "plan" in columns of their own, are added to what is said of it.
func (at *heads) beside() (out []spot) {
	said := at.means
	for row := at.label.Row; row < min(at.table.Rows, at.label.Row+at.label.RowSpan); row++ {
		at.means = said
		out = append(out, at.besideIn(row)...)
	}
	return out
}

// besideIn are the cells to the right of the label in one row.
func (at *heads) besideIn(row int) []spot {
	t := at.table
	at.means = t.Row(row, at.label.Col).And(at.means)
	unit, first, last := t.UnitOf(row)
	if first < last && !at.fits(unit) {
		return nil
	}
	out := at.rightCells(row, t.HeaderRows > 0 && t.Detached(row))
	for i := range out {
		m := at.means.And(out[i].Meaning)
		if first < last {
			m.Scale, m.Currency = unit.Scale, unit.Currency
			out[i].unit = measureAt(at.Page, first, last)
		}
		out[i].Meaning = m
	}
	return out
}

// measureAt returns the measure that words [first, last) name in any language, and nothing else; nil if they do not.
func measureAt(p *text.Page, first, last int) *language.Measure {
	for _, l := range language.All() {
		if m, n := number.MeasureAt(p, l, first, last); n > 0 && first+n == last {
			return m
		}
	}
	return nil
}

// measureIn returns the measure that is alone in brackets among words [first, last): "Length (km)"; nil if there is
// none.
func measureIn(p *text.Page, first, last int) *language.Measure {
	for k := first; k < last; k++ {
		if k == 0 || !strings.ContainsAny(p.Gap(k-1), "([") {
			continue
		}
		end := k + 1
		for end < last && !strings.ContainsAny(p.Gap(end-1), ")]") {
			end++
		}
		return measureAt(p, k, end)
	}
	return nil
}

// rightCells reads the cells of a row to the right of the label, and adds what others say of the row to at.means.
// detached says that the headers of the columns are not those of the row.
func (at *heads) rightCells(row int, detached bool) (out []spot) {
	t, apart := at.table, false
	for c := at.label.Col + at.label.ColSpan; c < t.Cols; c++ {
		cell := t.At(row, c)
		if cell == nil || cell.Col != c || cell.Row != row {
			continue
		}
		column, words := t.Column(c), t.ColumnWords(c)
		if detached {
			column, words = table.Meaning{}, nil
		}
		isText := !cell.Blank() && !t.IsValue(cell) && cell.Value == nil
		if isText && (at.isLabelCell(cell) || table.EndsInColon(t, cell)) {
			break
		}
		if isText && column.Kinds == 0 && at.qualifies(cell) {
			at.means = at.means.And(table.Says(at.Page, cell.First, cell.Last))
			continue
		}
		if isText && !t.Headed() && len(out) > 0 && out[len(out)-1].Has && !at.isAnswer(cell) {
			break // the next label of a form with several in a row
		}
		next := at.spot(cell, column, words)
		if isText && !next.Has && !t.Headed() && table.Says(at.Page, cell.First, cell.Last).From > 0 {
			continue // the same of another year: "2023: 22"
		}
		if isText && !next.Has && !t.Headed() && at.Reads.Type.IsNumber() &&
			measureAt(at.Page, cell.First, cell.Last) == nil {
			if len(out) > 0 {
				break // the cell of the label is empty
			}
			apart = at.label.RowSpan == 1
		}
		if apart && !next.Meaning.Has(table.Total) {
			// "Number of households | Hamlet A | 20": words part the value from its label
			next.Meaning.Kinds |= table.Part
		}
		out = append(out, next)
	}
	return out
}

// isAnswer reports whether a cell is an answer, or an option, and nothing else: "Certified | no | yes".
func (at *heads) isAnswer(cell *table.Cell) bool {
	if at.Reads.Type != value.YesNo && at.Reads.Type != value.Choice {
		return false
	}
	v, ok := at.Reads.At(at.Page, at.languageOf(at.hit), cell.First, cell.Last, true)
	return ok && v.Last == cell.Last
}

// asForm returns a table as labels are looked for in it: without headers if it is a form with several in a row.
func (p *PageText) asForm(t *table.Table) *table.Table {
	form, known := p.forms[t]
	if !known {
		form = t.Labelled(p.isLabelCell)
		if p.forms == nil {
			p.forms = map[*table.Table]*table.Table{}
		}
		p.forms[t] = form
	}
	return form
}

// isLabelCell reports whether a cell has nothing but a label, perhaps numbered or qualified.
func (p *PageText) isLabelCell(cell *table.Cell) bool {
	if cell.Blank() || p.LabelList >= len(p.Hits) {
		return false
	}
	return slices.ContainsFunc(p.Hits[p.LabelList], func(h phrase.Hit) bool {
		return h.First >= cell.First && h.Last <= cell.Last && table.Covered(p.Page, cell.First, h.First) &&
			table.Covered(p.Page, h.Last, cell.Last)
	})
}

// opensLabel reports whether word i begins a cell or line that has nothing but a label.
func (p *PageText) opensLabel(i int) bool {
	if i >= len(p.Words) || p.LabelList >= len(p.Hits) || !p.Words[i].CellStart {
		return false
	}
	end := cellEnd(p.Page, i)
	return slices.ContainsFunc(p.Hits[p.LabelList], func(h phrase.Hit) bool {
		return h.First >= i && h.Last <= end && table.Covered(p.Page, i, h.First) &&
			(strings.Contains(p.Gap(h.Last-1), ":") || table.Covered(p.Page, h.Last, end))
	})
}

// qualifies reports whether a cell beside a number's label says nothing but what year or kind the row is of.
func (at *heads) qualifies(cell *table.Cell) bool {
	return at.Reads.Type.IsNumber() && table.Covered(at.Page, cell.First, cell.Last)
}

// answers reads yes or no from the columns that are headed by them, by the mark in the label's row; done is false if
// there are no such columns.
func (at *heads) answers() (out []Place, done bool) {
	t, p := at.table, at.PageText
	var marked []bool
	var cell *table.Cell
	for c := at.label.Col + at.label.ColSpan; c < t.Cols && at.label.Row >= t.HeaderRows; c++ {
		words := t.ColumnWords(c)
		if len(words) == 0 {
			continue
		}
		last := words[len(words)-1]
		v, ok := at.Reads.At(p.Page, p.languageOf(at.hit), last[0], last[1], true)
		if !ok || v.Last != last[1] {
			continue
		}
		done = true
		if x := t.At(at.label.Row, c); x != nil && value.Marked(p.Text(x.Start, x.End)) {
			marked, cell = append(marked, v.V.(bool)), x
		}
	}
	if len(marked) == 0 {
		return nil, done
	}
	c := Place{Value: marked[0], Way: at.way(cell), Role: p.Roles[p.Words[at.hit.First].Line],
		Source: p.Cite(at.label.Start, cell.End)}
	if len(marked) > 1 {
		c.Doubt, c.Others = doubtChoice, []any{!marked[0], nil}
	}
	return []Place{c}, true
}

// fits reports whether what the cell of a column of units says may be the unit of the fact.
func (at *heads) fits(unit table.Meaning) bool {
	switch at.Reads.Type {
	case value.Percent:
		return unit.Currency == ""
	case value.Count:
		return unit.Currency == "" && !unit.Has(table.Share)
	case value.Money:
		return unit.Currency != "" || unit.Scale > 0
	}
	return true
}

// below are the cells below the label, in all columns that it heads.
func (at *heads) below() []spot {
	t := at.table
	var out []spot
	for r := max(t.HeaderRows, at.label.Row+at.label.RowSpan); r < t.Rows; r++ {
		row := t.Row(r, at.label.Col)
		words := t.RowWords(r, at.label.Col)
		for c := at.label.Col; c < min(t.Cols, at.label.Col+at.label.ColSpan); c++ {
			cell := t.At(r, c)
			if cell == nil || cell.Row != r || cell.Col != c || cell.Blank() && len(words) == 0 {
				continue
			}
			pl := at.spot(cell, row.And(at.otherHeaders(c)), words)
			pl.Meaning = at.means.And(pl.Meaning)
			out = append(out, pl)
		}
	}
	return out
}

// otherHeaders is what the headers of a column say apart from the label.
func (at *heads) otherHeaders(col int) table.Meaning {
	m := table.Meaning{}
	for r := at.table.TitleRows; r < at.table.HeaderRows; r++ {
		if c := at.table.At(r, col); c != nil && c != at.label && c.Row == r {
			m = m.And(at.table.Says(c))
		}
	}
	return m
}

// spot reads a cell, given what its headers say and the words [first, last) of those that may name a unit.
func (at *heads) spot(cell *table.Cell, m table.Meaning, words [][2]int) spot {
	pl := spot{cell: cell}
	pl.Meaning = m
	pl.value, pl.Has = at.inCell(at.hit, cell)
	for _, w := range words {
		own, foreign, named := at.units.who(at.PageText, w[0], w[1])
		pl.Own, pl.Foreign, pl.Place = pl.Own || own, pl.Foreign || foreign, pl.Place || named
	}
	pl.Foreign = pl.Foreign && !pl.Own
	return pl
}

// who reports whether words [first, last) name the dossier's own unit, another unit of the campaign, or any place.
func (u *UnitNames) who(p *PageText, first, last int) (own, foreign, named bool) {
	if u == nil {
		return false, false, false
	}
	s := p.Text(p.Words[first].Start, p.Words[last-1].End)
	noun := p.Claims.Has(language.PlaceNoun, first, last) && last-first > 1
	id := ""
	if u.Named != nil {
		id = u.Named(s)
	}
	switch {
	case id != "" && u.Own != "":
		return id == u.Own, id != u.Own, true
	case id != "":
		return false, true, true
	case noun && u.IsOwn != nil && u.IsOwn(s):
		return true, false, true
	}
	return false, false, noun
}

// choose makes places that state the fact of the cells that count, see table.Want.Choose.
func (at *heads) choose(all []spot) []Place {
	about := at.table.About
	kept, doubt := at.Want.Choose(at.entries(all))
	if len(kept) == 0 {
		return nil
	}
	if at.Reads.Type.OnlyInForms() {
		if at.isColumn() && differ(all, kept) {
			return nil // the rows of a list, and not the answer to a question
		}
		if answers := at.Reads.Type == value.YesNo || at.Reads.Type == value.Choice; answers && differ(all, kept) {
			doubt = table.DoubtHeader // "Certified | no | yes", of which nothing says what years they are
		} else {
			kept, doubt = kept[:1], ""
		}
	}
	var values []value.Value
	for _, k := range kept {
		m := all[k].Meaning
		if m.Scale == 0 && m.Currency == "" {
			m.Scale, m.Currency = about.Scale, about.Currency
		}
		unit := all[k].unit
		if unit == nil {
			unit = measureIn(at.Page, at.hit.Last, at.label.Last)
		}
		if !cells.IsBare(at.Page, all[k].cell) {
			unit = nil
		}
		if !at.Reads.InUnit(&all[k].value, unit) {
			return nil
		}
		cells.Scale(&all[k].value, at.Reads.Type, m)
		cells.Negative(&all[k].value, at.Reads.Type, at.Page, all[k].cell)
		values = append(values, all[k].value)
	}
	first := &all[kept[0]]
	c := Place{Way: at.way(first.cell), Role: at.Roles[at.Words[at.hit.First].Line],
		Source: at.Cite(at.quoteFrom(first.cell), max(first.cell.End, at.Words[at.hit.Last-1].End))}
	if first.cell.Start < at.label.Start || first.cell.End <= first.cell.Start {
		c.Source = at.Cite(at.label.Start, at.label.End)
	}
	c.fill(values, doubt)
	return []Place{c}
}

// differ reports whether the places that count state different values.
func differ(all []spot, kept []int) bool {
	return slices.ContainsFunc(kept, func(k int) bool { return all[k].value.V != all[kept[0]].value.V })
}

// entries are the places with what is said of the whole table, as far as their own headers do not say otherwise.
func (at *heads) entries(all []spot) []table.Entry {
	about := at.table.About
	named := !at.table.Headed()
	for i := range all {
		m := all[i].Meaning
		named = named || m.From > 0 || m.Has(table.Plan|table.Budget|table.Actual|table.Previous|table.Current)
	}
	out := make([]table.Entry, len(all))
	for i := range all {
		m := &all[i].Meaning
		if !named {
			m.Kinds |= about.Kinds
		}
		if m.From == 0 && !m.Has(table.Previous|table.Next) {
			m.From, m.To = about.From, about.To
		}
		out[i] = all[i].Entry
	}
	return out
}

// quoteFrom is where the quote of a cell begins: at the label if it is in the same row, else at the row's first cell.
func (at *heads) quoteFrom(cell *table.Cell) int {
	if cell.Row == at.label.Row {
		return at.label.Start
	}
	start := cell.Start
	for c := range cell.Col {
		if x := at.table.At(cell.Row, c); x != nil && x.Row == cell.Row && !x.Blank() {
			start = min(start, x.Start)
		}
	}
	return start
}

// way is the way in which a cell is read.
func (at *heads) way(cell *table.Cell) Way {
	switch {
	case cell.Value != nil && cell.Value.Kind != "", cell.HasField:
		return ByField
	case at.table.Headed():
		return ByCell
	}
	return ByForm
}

// fill sets the value of a place out of those that it may have. If all are the same, it is certain; else the others
// are possible, and with a doubt about more than the header, that none is stated.
func (c *Place) fill(values []value.Value, doubt string) {
	v := values[0]
	c.Value, c.Unit, c.Approx, c.Doubt, c.Others = v.V, v.Unit, v.Approx, v.Doubt, v.Others
	differ := false
	for _, other := range values[1:] {
		if !Same(v.V, other.V, false) {
			differ = true
			c.Others = append(c.Others, other.V)
		}
	}
	switch {
	case doubt == "" || doubt == table.DoubtHeader && !differ:
	default:
		c.Doubt = doubt
		if doubt != table.DoubtHeader {
			c.Others = append(c.Others, nil)
		}
	}
}

// inCell reads the value of the fact in a cell of a table: the typed value if the document has one, else its words.
func (r Reader) inCell(h phrase.Hit, cell *table.Cell) (value.Value, bool) {
	if cell.Blank() || cell.Value != nil && (cell.Value.Missing || cell.Value.Kind == dossier.ErrorValue) {
		return value.Value{}, false
	}
	l := r.languageOf(h)
	at, _, v, ok := r.inForm(l, cell.First, cell.Last)
	r.asAsked(h, &v)
	if ok && isUnfilled(r.PageText, at, v.Last) {
		return value.Value{}, false
	}
	if v.Scaled && cells.IsBare(r.Page, cell) {
		v.Scaled, v.Unit = false, r.Reads.Unit // the currency is that of the cell before
	}
	switch f := r.fieldAt(at, v.Last); {
	case cell.Value != nil:
		return cells.Typed(v, ok, cell.Value, r.Reads.Type)
	case ok && f != nil && f.Value != nil:
		return cells.Typed(v, ok, f.Value, r.Reads.Type)
	}
	return v, ok
}

// asAsked takes back the doubt that an amount "per year" or "per head" is only a share, if the label asks for one: "Fee
// per participant".
func (r Reader) asAsked(h phrase.Hit, v *value.Value) {
	if v.Doubt == table.DoubtPart && table.Says(r.Page, h.First, h.Last).Has(table.Each) {
		v.Doubt, v.Others = "", nil
	}
}

// isUnfilled reports whether words [first, last) are in a form field that no one has filled in: they are its prompt, or
// the first of its options.
func isUnfilled(p *PageText, first, last int) bool {
	f := p.fieldAt(first, last)
	return f != nil && (f.State == dossier.Placeholder || f.State == dossier.Unfilled)
}
