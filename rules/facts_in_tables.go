package rules

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/heading"
	"kheo/rules/number"
	"kheo/rules/phrase"
	"kheo/rules/table"
	"kheo/rules/value"
)

// This file finds the value of a fact at its label: in the cells of a table that the label heads, behind a colon on a
// line of a form, on the next line, or later in the same sentence. How a cell becomes a number is in package number,
// how its unit makes it a value of the fact in package value, and what headers say of cells in package table.

// labelled is what follows a label: where its value may be.
type labelled struct {
	from, limit int // words [from, limit) of the page
	form        bool
	means       table.Meaning // what is said beside the label: "(plan)", "2026", "(triệu đồng)"
}

// maxSentenceReach is how many words behind a label in a sentence its value may be, and maxQualifier how many words
// may qualify a label before the colon.
const (
	maxSentenceReach = 12
	maxQualifier     = 8
)

// labelReader reads one fact on one page at its labels: in tables, in forms and in sentences.
type labelReader struct {
	sentenceReader
	units *unitNames // of the dossier, for the headers of tables; nil if they are not known
}

// on returns the reader of the fact on a page.
func (def *FactDef) on(p *pageText, units *unitNames) labelReader {
	return labelReader{sentenceReader{def, p}, units}
}

// all finds the statements of the fact on the page: at its labels, and by its sentence patterns. Labels of
// forms are noted on the page, because what is inside one is not evidence.
func (r labelReader) all() []candidate {
	var out []candidate
	for _, h := range phrase.Disjoint(r.hits[r.list]) {
		if heading.StartsCell(&r.Page, h.First) && strings.ContainsAny(r.Gap(h.Last-1), ":\t(") {
			r.pageText.labels = append(r.pageText.labels, h)
		}
		if found, done := r.inTable(h); done && !(len(found) == 0 && r.hasBoxesBehind(h)) {
			out = append(out, found...)
		} else if c, ok := r.afterLabel(h); ok {
			out = append(out, c)
		}
	}
	for _, h := range r.hits[r.bareList] {
		if inOneOf(h, r.hits[r.list]) {
			continue
		}
		if t, cell := r.tableAt(h.First); t != nil && !t.Column(cell.Col).Has(table.Unit) {
			found, _ := r.inTable(h)
			out = append(out, found...)
		}
	}
	for _, t := range r.say {
		out = append(out, r.bySentence(t)...)
	}
	return wholes(withoutStrayLabels(out))
}

// hasBoxesBehind reports whether the options of a choice are printed behind its label, in cells of the line with boxes.
func (r labelReader) hasBoxesBehind(h phrase.Hit) bool {
	line := &r.Lines[r.Words[h.First].Line]
	return r.reads.Type == value.Choice && strings.ContainsAny(r.Text(r.Words[h.Last-1].End, line.End), "☐☒☑□■")
}

// withoutStrayLabels leaves out, of a sentence that a pattern of the ruleset reads, what follows a label in it and says
// otherwise: of "received 90,000 as a grant and cost 214,700" the grant is 90,000.
func withoutStrayLabels(all []candidate) []candidate {
	return slices.DeleteFunc(all, func(c candidate) bool {
		return c.way == waySentence && slices.ContainsFunc(all, func(o candidate) bool {
			return o.way == wayPattern && o.source.Page == c.source.Page && o.source.Quote == c.source.Quote &&
				!same(o.value, c.value, o.approx || c.approx)
		})
	})
}

// bareLabels are the labels of a count without words such as "number of", as the headers of tables print them. They
// are all of a header, or nothing.
func (def *FactDef) bareLabels() (out []phrase.Phrase) {
	if def.reads.Type != value.Count {
		return nil
	}
	for _, label := range def.labels {
		if label.Lang == nil {
			continue
		}
		k := 0
		for k < len(label.Words)-1 && slices.Contains(label.Lang.CountNouns, label.Words[k]) {
			k++
		}
		if k > 0 {
			label.Words = label.Words[k:]
			out = append(out, label)
		}
	}
	return out
}

// unitNames distinguishes the dossier's own unit from others in the headers of tables.
type unitNames struct {
	named func(text string) string // the id of the campaign's unit that a text names, or ""
	own   string                   // id of the dossier's unit, or ""
	isOwn func(name string) bool   // whether a name is among those of the dossier's own place; may be nil
}

// inTable reads the value of the fact if its label is the header of a row or column of a table; done is false if it is
// not, and the label is to be read as that of a form or sentence.
func (r labelReader) inTable(h phrase.Hit) (out []candidate, done bool) {
	t, cell := r.tableAt(h.First)
	if t == nil || t.Cols == 1 || h.Last > cell.Last || r.reads.Type == value.Paper {
		return nil, false
	}
	t = r.asForm(t)
	if !table.Covered(&r.Page, cell.First, h.First) || !table.Covered(&r.Page, h.Last, cell.Last) {
		return nil, heading.StartsCell(&r.Page, h.First) && h.Last == cell.Last
	}
	if h.Last < cell.Last && strings.Contains(r.Gap(h.Last-1), ":") || r.reads.Type == value.Names {
		return nil, false // "label: value" inside the cell, or a list, whose names are counted along lines and rows
	}
	at := heads{labelReader: r, table: t, label: cell, hit: h}
	at.means = at.besideLabel()
	if r.isPlanned(h.First) || r.want.Number && !r.want.Percent && at.means.Has(table.Share|table.Each) {
		return nil, true
	}
	if r.reads.Type == value.YesNo {
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
	p, cell, h := &at.Page, at.label, at.hit
	m := table.Says(p, cell.First, h.First).And(table.Says(p, h.Last, cell.Last))
	unit := table.UnitIn(p, h.Last, cell.Last)
	if rest := at.table.Rest(cell); rest != nil && unit.Scale == 0 && unit.Currency == "" {
		unit = table.UnitIn(p, rest.First, rest.Last)
	}
	m.Scale, m.Currency = unit.Scale, unit.Currency
	m.Kinds &^= table.Part | table.Total | table.Period | table.Unit | table.Number | table.Note
	return m
}

// isPlanned reports whether word i is in a section of plans.
func (p *pageText) isPlanned(i int) bool {
	for _, s := range p.sections[p.Words[i].Line] {
		if s == planSection {
			return true
		}
	}
	return false
}

// heads is a label that heads a row or column of a table.
type heads struct {
	labelReader
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
		if at.reads.Type.OnlyInForms() {
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
			out[i].unit = measureAt(&at.Page, first, last)
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
			at.means = at.means.And(table.Says(&at.Page, cell.First, cell.Last))
			continue
		}
		if isText && !t.Headed() && len(out) > 0 && out[len(out)-1].Has && !at.isAnswer(cell) {
			break // the next label of a form with several in a row
		}
		next := at.spot(cell, column, words)
		if isText && !next.Has && !t.Headed() && table.Says(&at.Page, cell.First, cell.Last).From > 0 {
			continue // the same of another year: "2023: 22"
		}
		if isText && !next.Has && !t.Headed() && at.reads.Type.IsNumber() &&
			measureAt(&at.Page, cell.First, cell.Last) == nil {
			if len(out) > 0 {
				break // the cell of the label is empty
			}
			apart = at.label.RowSpan == 1
		}
		if apart && !next.Meaning.Has(table.Total) {
			next.Meaning.Kinds |= table.Part // "Number of households | Hamlet A | 20": words part the value from its label
		}
		out = append(out, next)
	}
	return out
}

// isAnswer reports whether a cell is an answer, or an option, and nothing else: "Certified | no | yes".
func (at *heads) isAnswer(cell *table.Cell) bool {
	if at.reads.Type != value.YesNo && at.reads.Type != value.Choice {
		return false
	}
	v, ok := at.reads.At(&at.Page, at.languageOf(at.hit), cell.First, cell.Last, true)
	return ok && v.Last == cell.Last
}

// asForm returns a table as labels are looked for in it: without headers if it is a form with several in a row.
func (p *pageText) asForm(t *table.Table) *table.Table {
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
func (p *pageText) isLabelCell(cell *table.Cell) bool {
	if cell.Blank() || p.labelList >= len(p.hits) {
		return false
	}
	return slices.ContainsFunc(p.hits[p.labelList], func(h phrase.Hit) bool {
		return h.First >= cell.First && h.Last <= cell.Last && table.Covered(&p.Page, cell.First, h.First) &&
			table.Covered(&p.Page, h.Last, cell.Last)
	})
}

// opensLabel reports whether word i begins a cell or line that has nothing but a label.
func (p *pageText) opensLabel(i int) bool {
	if i >= len(p.Words) || p.labelList >= len(p.hits) || !p.Words[i].CellStart {
		return false
	}
	end := cellEnd(&p.Page, i)
	return slices.ContainsFunc(p.hits[p.labelList], func(h phrase.Hit) bool {
		return h.First >= i && h.Last <= end && table.Covered(&p.Page, i, h.First) &&
			(strings.Contains(p.Gap(h.Last-1), ":") || table.Covered(&p.Page, h.Last, end))
	})
}

// qualifies reports whether a cell beside a number's label says nothing but what year or kind the row is of.
func (at *heads) qualifies(cell *table.Cell) bool {
	return at.reads.Type.IsNumber() && table.Covered(&at.Page, cell.First, cell.Last)
}

// answers reads yes or no from the columns that are headed by them, by the mark in the label's row; done is false if
// there are no such columns.
func (at *heads) answers() (out []candidate, done bool) {
	t, p := at.table, at.pageText
	var marked []bool
	var cell *table.Cell
	for c := at.label.Col + at.label.ColSpan; c < t.Cols && at.label.Row >= t.HeaderRows; c++ {
		words := t.ColumnWords(c)
		if len(words) == 0 {
			continue
		}
		last := words[len(words)-1]
		v, ok := at.reads.At(&p.Page, p.languageOf(at.hit), last[0], last[1], true)
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
	c := candidate{value: marked[0], way: at.way(cell), role: p.roles[p.Words[at.hit.First].Line],
		source: p.source(at.label.Start, cell.End)}
	if len(marked) > 1 {
		c.doubt, c.others = doubtChoice, []any{!marked[0], nil}
	}
	return []candidate{c}, true
}

// doubtChoice is the doubt of an answer of which it is not clear whether it was chosen.
const doubtChoice = "choice"

// byBox reads yes if the label itself is ticked: "☒ Public meeting held". A box that is not ticked says nothing.
func (r labelReader) byBox(h phrase.Hit) (c candidate, done bool) {
	if r.reads.Type != value.YesNo {
		return candidate{}, false
	}
	marked, box := value.Box(&r.Page, h.First, h.Last)
	if !box || !marked {
		return candidate{}, false
	}
	at := r.Words[h.First].Start
	return candidate{value: true, way: wayForm, role: r.roles[r.Words[h.First].Line],
		source: r.source(at, r.Words[h.Last-1].End)}, true
}

// fits reports whether what the cell of a column of units says may be the unit of the fact.
func (at *heads) fits(unit table.Meaning) bool {
	switch at.reads.Type {
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
		own, foreign, named := at.units.who(at.pageText, w[0], w[1])
		pl.Own, pl.Foreign, pl.Place = pl.Own || own, pl.Foreign || foreign, pl.Place || named
	}
	pl.Foreign = pl.Foreign && !pl.Own
	return pl
}

// who reports whether words [first, last) name the dossier's own unit, another unit of the campaign, or any place.
func (u *unitNames) who(p *pageText, first, last int) (own, foreign, named bool) {
	if u == nil {
		return false, false, false
	}
	s := p.Text(p.Words[first].Start, p.Words[last-1].End)
	noun := p.claims.Has(language.PlaceNoun, first, last) && last-first > 1
	id := ""
	if u.named != nil {
		id = u.named(s)
	}
	switch {
	case id != "" && u.own != "":
		return id == u.own, id != u.own, true
	case id != "":
		return false, true, true
	case noun && u.isOwn != nil && u.isOwn(s):
		return true, false, true
	}
	return false, false, noun
}

// choose makes candidates of the places that count, see table.Want.Choose.
func (at *heads) choose(all []spot) []candidate {
	about := at.table.About
	kept, doubt := at.want.Choose(at.entries(all))
	if len(kept) == 0 {
		return nil
	}
	if at.reads.Type.OnlyInForms() {
		if at.isColumn() && differ(all, kept) {
			return nil // the rows of a list, and not the answer to a question
		}
		if answers := at.reads.Type == value.YesNo || at.reads.Type == value.Choice; answers && differ(all, kept) {
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
			unit = measureIn(&at.Page, at.hit.Last, at.label.Last)
		}
		if !isBare(at.pageText, all[k].cell) {
			unit = nil
		}
		if !at.reads.InUnit(&all[k].value, unit) {
			return nil
		}
		at.scale(&all[k].value, m)
		at.negative(&all[k].value, all[k].cell)
		values = append(values, all[k].value)
	}
	first := &all[kept[0]]
	c := candidate{way: at.way(first.cell), role: at.roles[at.Words[at.hit.First].Line],
		source: at.source(at.quoteFrom(first.cell), max(first.cell.End, at.Words[at.hit.Last-1].End))}
	if first.cell.Start < at.label.Start || first.cell.End <= first.cell.Start {
		c.source = at.source(at.label.Start, at.label.End)
	}
	c.fill(values, doubt)
	return []candidate{c}
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
func (at *heads) way(cell *table.Cell) way {
	switch {
	case cell.Value != nil && cell.Value.Kind != "", cell.HasField:
		return wayField
	case at.table.Headed():
		return wayCell
	}
	return wayForm
}

// fill sets the value of a candidate out of those that it may have. If all are the same, it is certain; else the others
// are possible, and with a doubt about more than the header, that none is stated.
func (c *candidate) fill(values []value.Value, doubt string) {
	v := values[0]
	c.value, c.unit, c.approx, c.doubt, c.others = v.V, v.Unit, v.Approx, v.Doubt, v.Others
	differ := false
	for _, other := range values[1:] {
		if !same(v.V, other.V, false) {
			differ = true
			c.others = append(c.others, other.V)
		}
	}
	switch {
	case doubt == "" || doubt == table.DoubtHeader && !differ:
	default:
		c.doubt = doubt
		if doubt != table.DoubtHeader {
			c.others = append(c.others, nil)
		}
	}
}

// scale applies the magnitude and the currency of headers to a value that has none of its own.
func (def *FactDef) scale(v *value.Value, m table.Meaning) {
	n, isNumber := v.V.(float64)
	if !isNumber || v.Scaled {
		return
	}
	switch def.reads.Type {
	case value.Money:
		if m.Currency != "" {
			v.Unit = m.Currency
		}
	case value.Count:
		if m.Currency != "" {
			return
		}
	default:
		return
	}
	if m.Scale > 0 {
		v.V = n * m.Scale
		for i, o := range v.Others {
			if x, ok := o.(float64); ok {
				v.Others[i] = x * m.Scale
			}
		}
	}
}

// negative makes an amount negative that is in brackets, and nothing else in its cell, as accounts write it: "(1,350)".
func (at *heads) negative(v *value.Value, cell *table.Cell) {
	n, isNumber := v.V.(float64)
	s := strings.TrimSpace(at.Text(cell.Start, cell.End))
	if at.reads.Type != value.Money || !isNumber || n <= 0 || !strings.HasPrefix(s, "(") || !strings.HasSuffix(s, ")") ||
		strings.Trim(s, "0123456789., -()\u00a0\u202f") != "" {
		return
	}
	v.V = -n
	for i, o := range v.Others {
		if f, ok := o.(float64); ok {
			v.Others[i] = -f
		}
	}
}

// inCell reads the value of the fact in a cell of a table: the typed value if the document has one, else its words.
func (r labelReader) inCell(h phrase.Hit, cell *table.Cell) (value.Value, bool) {
	if cell.Blank() || cell.Value != nil && (cell.Value.Missing || cell.Value.Kind == dossier.ErrorValue) {
		return value.Value{}, false
	}
	l := r.languageOf(h)
	at, _, v, ok := r.inForm(l, cell.First, cell.Last)
	r.asAsked(h, &v)
	if ok && isUnfilled(r.pageText, at, v.Last) {
		return value.Value{}, false
	}
	if v.Scaled && isBare(r.pageText, cell) {
		v.Scaled, v.Unit = false, r.reads.Unit // the currency is that of the cell before
	}
	switch f := r.fieldAt(at, v.Last); {
	case cell.Value != nil:
		return r.typed(v, ok, cell.Value)
	case ok && f != nil && f.Value != nil:
		return r.typed(v, ok, f.Value)
	}
	return v, ok
}

// asAsked takes back the doubt that an amount "per year" or "per head" is only a share, if the label asks for one: "Fee
// per participant".
func (r labelReader) asAsked(h phrase.Hit, v *value.Value) {
	if v.Doubt == table.DoubtPart && table.Says(&r.Page, h.First, h.Last).Has(table.Each) {
		v.Doubt, v.Others = "", nil
	}
}

// isUnfilled reports whether words [first, last) are in a form field that no one has filled in: they are its prompt, or
// the first of its options.
func isUnfilled(p *pageText, first, last int) bool {
	f := p.fieldAt(first, last)
	return f != nil && (f.State == dossier.Placeholder || f.State == dossier.Unfilled)
}

// isBare reports whether a cell has a number without a unit.
func isBare(p *pageText, cell *table.Cell) bool {
	return strings.Trim(p.Text(cell.Start, cell.End), "0123456789., -+\u00a0\u202f") == ""
}

// typed is the value of a cell or field whose document says what it is, given what its words are read as.
func (def *FactDef) typed(v value.Value, ok bool, of *dossier.Value) (value.Value, bool) {
	const day = len("2006-01-02")
	kind := def.reads.Type
	switch {
	case of.Kind == dossier.YesNoValue && kind == value.YesNo:
		v.V, v.Doubt, v.Others = of.Yes, "", nil
		return v, true
	case !ok:
		return v, false
	case of.Kind == dossier.DateValue && (kind == value.Date || kind == value.Month) && len(of.Date) >= day:
		v.V, v.Doubt, v.Others = of.Date[:day], "", nil
	case kind.IsNumber():
		return def.typedNumber(v, of)
	}
	return v, true
}

// typedNumber is typed for a number: a percentage is no amount, and what is written with a magnitude is read as text.
func (def *FactDef) typedNumber(v value.Value, of *dossier.Value) (value.Value, bool) {
	n, err := strconv.ParseFloat(of.Number, 64)
	switch {
	case err != nil || of.Kind == dossier.NumberValue && v.Scaled:
		return v, true
	case of.Kind == dossier.PercentValue:
		v.V, v.Doubt, v.Others = round(n*100), "", nil
		return v, def.reads.Type == value.Percent
	case of.Kind == dossier.AmountValue:
		v.V, v.Doubt, v.Others = n, "", nil
		return v, def.reads.Type == value.Money
	case of.Kind == dossier.NumberValue:
		v.V, v.Doubt, v.Others = n, "", nil
	}
	return v, true
}

// languageOf is the language of a label's value: that of the label.
func (p *pageText) languageOf(h phrase.Hit) *language.Language {
	if h.Phrase.Lang != nil {
		return h.Phrase.Lang
	}
	return p.LanguageAt(h.First)
}

// afterLabel reads the value of the fact that follows a label: behind a colon or in the next cell or line (surely),
// or later in the same sentence.
func (r labelReader) afterLabel(h phrase.Hit) (c candidate, ok bool) {
	in, ok := r.placeOf(h)
	if ok = ok && !r.want.Refuses(in.means); !ok {
		return r.withoutValue(h)
	}
	v, ok := r.valueOf(h, r.languageOf(h), in)
	if !ok && !in.form {
		v, ok = laterYear(r.sentenceReader, h)
	}
	if !ok {
		return r.byBox(h)
	}
	last := v.Last
	if in.form && !r.reads.InUnit(&v, measureIn(&r.Page, h.Last, in.from)) {
		return candidate{}, false
	}
	r.scale(&v, in.means)
	c = candidate{value: v.V, unit: v.Unit, approx: v.Approx, role: r.roles[r.Words[h.First].Line],
		doubt: v.Doubt, others: v.Others, names: v.Names}
	if right, told := corrected(r.sentenceReader, h.First); told {
		c.value, c.doubt, c.others = right.V, right.Doubt, right.Others
	}
	if in.form {
		if c.way = wayForm; r.fieldAt(last-1, last) != nil {
			c.way = wayField
		}
		c.source = r.source(r.Words[h.First].Start, max(r.Words[last-1].End, r.Words[h.Last-1].End))
	} else {
		c.way, c.source = waySentence, r.sentenceOf(h.First)
	}
	return c, true
}

// withoutValue reads the value of a label that none follows: by the box beside it, the number before it, or what its
// sentence says.
func (r labelReader) withoutValue(h phrase.Hit) (c candidate, ok bool) {
	if c, ok = r.byBox(h); ok || h.Last < len(r.Words) && strings.ContainsAny(r.Gap(h.Last-1), ":\t") {
		return c, ok
	}
	way := waySentence
	v, ok := r.aheadOf(h, r.languageOf(h))
	if !ok {
		way = wayDerived
		if v, ok = laterYear(r.sentenceReader, h); ok {
			return r.inSentence(h.First, v, way, 0), true
		}
		if v, ok = r.told(h); !ok && r.reads.Type == value.Date {
			v, ok = (dateTeller{r.sentenceReader}).dateAhead(h, r.languageOf(h))
		}
	}
	if !ok {
		return candidate{}, false
	}
	return r.inSentence(h.First, v, way, 0), true
}

// sentenceOf cites the sentence of word i.
func (p *pageText) sentenceOf(i int) dossier.Source {
	s := p.Sentences[p.Words[i].Sentence]
	return p.source(s.Start, s.End)
}

// placeOf finds the words in which the value of a label may be, and what is said beside the label; ok is false if it
// has none.
func (r labelReader) placeOf(h phrase.Hit) (in labelled, ok bool) {
	starts, before := labelStart(&r.Page, h.First)
	in.means = table.Says(&r.Page, before, h.First)
	in.from = bracketed(&r.Page, r.labelEnd(h))
	in.means = in.means.And(table.Says(&r.Page, h.Last, in.from))
	unit := table.UnitIn(&r.Page, h.Last, in.from)
	if unit.Scale == 0 && unit.Currency == "" {
		unit = unitBelow(&r.Page, r.Words[h.Last-1].Line)
	}
	unqualified := in
	if to := qualified(&r.Page, in.from); (starts || opensSentence(&r.Page, h.First)) && to > in.from {
		means := table.Says(&r.Page, in.from, to)
		if slices.Contains(originWords, r.Words[in.from].Text) {
			means.Kinds &^= table.Other // it says its source, not whose it is
		}
		if anyIn(r.pageText, language.HeaderWords().Told().Follows, in.from, to) {
			means.Kinds |= table.Next
		}
		in.means = in.means.And(means)
		in.from = to
	}
	if in.from > unqualified.from && r.want.Refuses(table.Meaning{From: in.means.From, To: in.means.To}) && yearFollows(r.sentenceReader, in.from, r.want) {
		in = unqualified // "in 2025: 5; in 2026: 12"
		in.form, in.limit = true, r.Sentences[r.Words[h.First].Sentence].Last
		return in, true
	}
	in.means.Kinds &^= table.Part | table.Total | table.Period | table.Compare
	in.means.Scale, in.means.Currency = unit.Scale, unit.Currency
	k := in.from
	if k >= len(r.Words) || starts && r.alone && goesOn(&r.Page, k) {
		return in, false
	}
	if starts && r.isForm(h, k) {
		if strings.ContainsAny(r.Gap(k-1), "\t\n") && r.opensLabel(k) {
			return in, false // the next label: this one has no value
		}
		in.form, in.limit = true, r.formEnd(k)
		return in, true
	}
	asked := r.reads.Type.OnlyInForms() && strings.Contains(r.Gap(k-1), "?")
	if opensSentence(&r.Page, h.First) && (asked || strings.Contains(r.Gap(k-1), ":")) { // "…, 40 people. Policy in place: yes."
		in.form, in.limit = true, min(cellEnd(&r.Page, k), r.Sentences[r.Words[k].Sentence].Last)
		return in, true
	}
	sentence := r.Words[h.First].Sentence
	in.limit = k
	for in.limit < len(r.Words) && r.Words[in.limit].Sentence == sentence && in.limit < k+maxSentenceReach {
		in.limit++
	}
	return in, !r.reads.Type.OnlyInForms() && r.Words[k].Sentence == sentence
}

// yearFollows reports whether a year that counts is named in the sentence from word k on, before a colon.
func yearFollows(r sentenceReader, k int, want table.Want) bool {
	if !r.reads.Type.IsNumber() {
		return false
	}
	s := r.Sentences[r.Words[k].Sentence]
	for ; k < s.Last; k++ {
		if y := table.Year(&r.Page, k); y > 0 && want.Of(table.Meaning{From: y, To: y}) && k+1 < s.Last && strings.Contains(r.Gap(k), ":") {
			return true
		}
	}
	return false
}

// labelEnd is the word after a label, with another label of the fact that begins inside it: "tỷ lệ bao phủ" and "bao
// phủ BHYT" are one label in "Tỷ lệ bao phủ BHYT".
func (r labelReader) labelEnd(h phrase.Hit) int {
	end := h.Last
	for _, other := range r.hits[r.list] {
		if other.First > h.First && other.First < h.Last && other.Last > end {
			end = other.Last
		}
	}
	return end
}

// goesOn reports whether words from k on, behind a label that is only the name of what is counted, go on to a colon on
// its line: "Volunteers hours: 1,120" does not count volunteers.
func goesOn(p *text.Page, k int) bool {
	if strings.ContainsAny(p.Gap(k-1), ":\t\n(") {
		return false
	}
	for i := k; i < min(k+maxQualifier, len(p.Words)) && p.Words[i].Line == p.Words[k-1].Line && !p.Words[i].Number; i++ {
		if strings.Contains(p.Gap(i), ":") {
			return !table.Covered(p, k, i+1)
		}
	}
	return false
}

// unitBelow is what the line below a line says of its unit, if it says nothing else: "(ĐVT: nghìn đồng)".
func unitBelow(p *text.Page, line int) table.Meaning {
	if line+1 >= len(p.Lines) {
		return table.Meaning{}
	}
	l := &p.Lines[line+1]
	if first := l.Start + slices.IndexFunc(p.Runes[l.Start:l.End], func(r rune) bool { return !unicode.IsSpace(r) }); first < l.Start || p.Runes[first] != '(' {
		return table.Meaning{}
	}
	if s := strings.TrimSpace(p.Text(l.Start, l.End)); !strings.HasPrefix(s, "(") || !strings.HasSuffix(s, ")") {
		return table.Meaning{}
	}
	return table.UnitIn(p, l.First, l.Last)
}

// isForm reports whether word k follows a label as a value does in a form: behind a colon, in the next cell, on the
// next line, behind the question mark of a yes or no, or as a number that is all that follows.
func (r labelReader) isForm(h phrase.Hit, k int) bool {
	gap := r.Gap(k - 1)
	nextLine := strings.Contains(gap, "\n") && (r.Words[k].Line == r.Words[h.Last-1].Line+1 || r.nextParagraph(h, k))
	question := r.reads.Type == value.YesNo && strings.Contains(gap, "?")
	boxes := r.reads.Type.OnlyInForms() && strings.ContainsAny(gap, "([☐☒☑□■")
	return strings.ContainsAny(gap, ":\t") || isLeader(gap) || nextLine || question || boxes || r.onlyValue(h, k)
}

// isLeader reports whether what is between a label and its value is a row of dots, as forms print it.
func isLeader(gap string) bool {
	return strings.Contains(gap, "....") || strings.Contains(gap, "……")
}

// nextParagraph reports whether word k begins the paragraph behind the label's, where the paragraphs of the page are
// separated by empty lines: as of web pages, the label has one to itself, and so has what is before it.
func (r labelReader) nextParagraph(h phrase.Hit, k int) bool {
	line := r.Words[h.First].Line
	isEmpty := func(li int) bool { return li >= 0 && r.Lines[li].First == r.Lines[li].Last }
	return r.Words[k].Line == line+2 && r.Words[h.Last-1].Line == line && isEmpty(line+1) && (line == 0 || isEmpty(line-1)) &&
		r.Lines[line].First == h.First && r.Lines[line].Last == h.Last
}

// labelStart reports whether the label at word i begins its line or cell, but for numbering and words that qualify it,
// and returns the first of these.
func labelStart(p *text.Page, i int) (starts bool, before int) {
	if heading.StartsCell(p, i) {
		return true, i
	}
	k := i
	for k > 0 && i-k < maxQualifier && !p.Words[k].CellStart && p.Words[k-1].Line == p.Words[i].Line &&
		!strings.Contains(p.Gap(k-1), ":") {
		k--
	}
	if (p.Words[k].CellStart || opensSentence(p, k)) && table.Covered(p, k, i) {
		return p.Words[k].CellStart, k
	}
	return false, i
}

// qualified skips words between a label and its colon that only qualify it, as in "Participants 2026: 54"; it returns
// from if there are none.
func qualified(p *text.Page, from int) int {
	k := from
	for k < len(p.Words) && k < from+maxQualifier && p.Words[k].Line == p.Words[from-1].Line {
		gap := p.Gap(k - 1)
		if strings.ContainsAny(gap, ":\t;") {
			break
		}
		k++
	}
	colon := k > from && k < len(p.Words) && strings.ContainsAny(p.Gap(k-1), ":\t") &&
		!strings.ContainsAny(p.Gap(from-1), ":\t\n")
	if !colon || !table.Covered(p, from, k) && !opensQualifier(p, from, k) {
		return from
	}
	return k
}

// opensQualifier reports whether words [from, k) between a label and its colon begin with a word that opens what only
// qualifies it, "của Hội cấp trên:", "ved årsskiftet:", and have no number.
func opensQualifier(p *text.Page, from, k int) bool {
	return strings.TrimSpace(p.Gap(from-1)) == "" && slices.Contains(language.HeaderWords().Qualifies(), p.Words[from].Text) &&
		!slices.ContainsFunc(p.Words[from:k], func(w text.Word) bool { return w.Number })
}

// onlyValue reports whether a number follows a label at word k with nothing but a space between them, and nothing but
// its unit behind it on the line or in the cell.
func (r labelReader) onlyValue(h phrase.Hit, k int) bool {
	if !r.reads.Type.IsNumber() || r.Words[k].Line != r.Words[h.Last-1].Line ||
		strings.Trim(r.Gap(k-1), " )") != "" {
		return false
	}
	limit := cellEnd(&r.Page, k)
	v, ok := r.reads.At(&r.Page, r.languageOf(h), k, limit, true)
	return ok && v.Last == limit && table.Year(&r.Page, k) == 0
}

// opensSentence reports whether word i is the first of its sentence.
func opensSentence(p *text.Page, i int) bool { return p.Sentences[p.Words[i].Sentence].First == i }

// formEnd returns the word after the cell that word k is in; for a yes or no also after the lines below it that begin
// with a box, which are its other options.
func (r labelReader) formEnd(k int) int {
	end := cellEnd(&r.Page, k)
	for n := 0; r.reads.Type == value.YesNo && end < len(r.Words) && n < maxOptions; n++ {
		if _, box := value.Box(&r.Page, k, k+1); !box {
			break
		}
		_, box := value.Box(&r.Page, end, end+1)
		if w := &r.Words[end]; !box || !w.CellStart || w.Line > r.Words[end-1].Line+1 {
			break
		}
		end = cellEnd(&r.Page, end)
	}
	return end
}

// maxOptions is how many lines of options a question may have below it.
const maxOptions = 4

// cellEnd returns the word after the cell that word k is in: a cell ends at a tab, a semicolon or the end of its line.
func cellEnd(p *text.Page, k int) int {
	end := k + 1
	for end < len(p.Words) && p.Words[end].Line == p.Words[k].Line && !strings.ContainsAny(p.Gap(end-1), "\t;") {
		end++
	}
	return end
}

// bracketed skips what a label ending before word k has in brackets behind it, such as "(hộ)", up to 8 words, and
// returns the word after it.
func bracketed(p *text.Page, k int) (after int) {
	if gap := p.Gap(k - 1); !strings.Contains(gap, "(") || strings.Contains(gap, ")") ||
		k < len(p.Words) && p.Words[k].Text == "x" { // none, or a box
		return k
	}
	for n := 0; n < maxQualifier && k < len(p.Words); n++ {
		if n > 0 && strings.Contains(p.Gap(k-1), ")") {
			break
		}
		k++
	}
	return k
}

// valueOf reads the value of a label at its place, unless the passage does not state it.
func (r labelReader) valueOf(h phrase.Hit, l *language.Language, in labelled) (value.Value, bool) {
	switch r.reads.Type {
	case value.Names:
		return r.reads.NamesAfter(&r.Page, l, h.Last, in.from)
	case value.Choice:
		in.limit = r.reads.OptionsEnd(&r.Page, in.from, in.limit)
	}
	if in.form {
		return r.filledIn(h, l, in)
	}
	if v, ok := r.aheadOf(h, l); ok {
		return v, true
	}
	sentence := r.Sentences[r.Words[h.First].Sentence]
	if r.reads.Type == value.Date || r.reads.Type == value.Month {
		return r.dateOf(h, l, in.from, in.limit)
	}
	denied := h.Last
	if k := ratherAt(r.sentenceReader, h.Last, sentence.Last); k > 0 && r.reads.Type.IsNumber() {
		in.from, in.limit, denied = k, min(sentence.Last, k+maxSentenceReach), k
	}
	at, v, ok := r.reads.First(&r.Page, l, in.from, in.limit, false)
	if !ok && r.reads.Type == value.Money {
		at, v, ok = magnitudeIn(r.sentenceReader, l, in.from, in.limit)
	}
	if !ok && r.countsIn(*h.Phrase) {
		if v, told, ok := countOfYear(r.sentenceReader, l, in.from, sentence.Last); told {
			return v, ok
		}
		at, v, ok = r.bareCount(l, in.from, in.limit)
	}
	if !ok {
		return value.Value{}, false
	}
	all := r.amounts(l, in.from, sentence.Last, false)
	if i := all.at(at); i >= 0 && r.isOther(&all[i]) {
		return r.stated(all, i)
	}
	if v, ok := wholeOf(r.sentenceReader, all, all.at(at)); ok {
		return v, true
	}
	ofYear := all.at(at) >= 0 && all[all.at(at)].From > 0
	if isOfPlan(r.sentenceReader, h.First) || r.disclaimed(denied, at, v.Last) || r.notTheWhole(h.First, at, v.Last, v.Last) ||
		r.isRefuted(h.First, h.Last, at) || r.isRefused(h.First, h.Last, at, v.Last) || !ofYear && r.ofOthers(h.First) {
		return value.Value{}, false
	}
	if to, changed := r.changedTo(l, at, v.Last, in.limit); changed {
		return to, true
	}
	r.another(l, &v, in.limit)
	if v.IsTold() && r.reads.Type.IsNumber() && isOfWider(&r.Page, h.Last, at) {
		v.Doubt, v.Others = "whose", []any{nil}
	}
	r.inOrder(&v, at)
	bySources(r.sentenceReader, &v, at, h)
	return v, true
}

// isOfWider reports whether words [from, to) say that a value is of a wider area than a unit: "của huyện là 4,4%".
func isOfWider(p *text.Page, from, to int) bool {
	for i := from; i < to; i++ {
		if slices.ContainsFunc(language.HeaderWords().Wider(), func(s string) bool { return text.MatchAt(p.Words, i, to, s) > 0 }) {
			return true
		}
	}
	return false
}

// filledIn reads the value behind the label of a form, unless what is written there says that it does not count, or
// no one has filled in the control that it is in.
func (r labelReader) filledIn(h phrase.Hit, l *language.Language, in labelled) (value.Value, bool) {
	at, said, v, ok := r.inForm(l, in.from, in.limit)
	r.asAsked(h, &v)
	if ok && (dateTeller{r.sentenceReader}).isSetFor(in.from, at) {
		return value.Value{}, false
	}
	if !ok || r.isDeniedBehind(v.Last, in.limit) || r.isRefused(h.First, h.Last, at, v.Last) ||
		isUnfilled(r.pageText, at, v.Last) {
		return value.Value{}, false
	}
	if f := r.fieldAt(at, v.Last); f != nil && f.Value != nil {
		if v, ok = r.typed(v, ok, f.Value); !ok {
			return v, false
		}
	}
	if said == in.from {
		said = h.Last
	}
	return v, !r.disclaimed(said, at, v.Last)
}

// isDeniedBehind reports whether brackets right behind a value, at word k, say that it does not count, without another
// number in them: "March 2027 (planned)".
func (r labelReader) isDeniedBehind(k, limit int) bool {
	if k >= limit || !strings.Contains(r.Gap(k-1), "(") {
		return false
	}
	end := k
	for end < limit && !r.Words[end].Number {
		end++
		if strings.Contains(r.Gap(end-1), ")") {
			break
		}
	}
	closed := end == limit || strings.Contains(r.Gap(end-1), ")")
	return closed && r.want.Refuses(table.Says(&r.Page, k, end))
}

// countsIn reports whether a label says what is counted, as in "number of households".
func (def *FactDef) countsIn(label phrase.Phrase) bool {
	for _, u := range def.reads.Units {
		if u.In(label) {
			return true
		}
	}
	return false
}
