package factreader

import (
	"slices"
	"strings"

	"kheo/internal/isodate"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/cells"
	"kheo/rules/date"
	"kheo/rules/likely"
	"kheo/rules/number"
	"kheo/rules/table"
	"kheo/rules/value"
)

// This file finds the values on pages that may be those of a fact which nothing states: all of its type. How likely
// each is, its signs say.

// candidateReader finds the candidates of one fact on one page.
type candidateReader struct{ sentenceReader }

// Candidate is a value that may be the fact's, with the signs around it.
type Candidate struct {
	Place
	Kind   likely.Kind
	Signs  likely.Signs
	reader candidateReader
	value  value.Value
	zones  zones
	said   *amount // what its sentence says of it; nil if it says nothing
}

// zones are the words around a value in which those of labels are looked for.
type zones struct {
	own      likely.Span // the value
	part     likely.Span // what is said of it in its sentence
	clause   likely.Span
	sentence likely.Span
	previous likely.Span // the sentence before
	lines    likely.Span // its line before it, and short lines without values above
	line     likely.Span
	below    likely.Span // the line below, if it has no value
	heads    []likely.Span
	rows     []likely.Span
	columns  []likely.Span
	asked    bool // the sentence before is a question
}

// How many lines above a value may have its label, how many words they have at most, and from how many words on a page
// is not looked at.
const (
	maxLinesAbove = 2
	maxLabelLine  = 10
	maxPageWords  = 4000
)

// maxCandidates is how many values may be the fact's: of more than that no one is asked about, and they are not looked
// at.
const maxCandidates = 200

// Candidates finds the values on pages that may be the fact's. isTaken reports whether another fact is stated by a
// value.
func (def *Fact) Candidates(pages []*PageText, isTaken func(*Place) bool) (out []Candidate) {
	return def.candidatesOf(pages, isTaken, candidateReader.valuesOn)
}

// candidatesOf is Candidates, of a fact with quantities or dates for those that valuesOn finds on a page.
func (def *Fact) candidatesOf(pages []*PageText, isTaken func(*Place) bool,
	valuesOn func(candidateReader) []Candidate) (out []Candidate) {
	for _, p := range pages {
		if len(p.Words) == 0 || len(p.Words) > maxPageWords {
			continue
		}
		r := candidateReader{sentenceReader{def, p}}
		found := r.labelWords()[def.number]
		if !r.mayBeOn(found) {
			continue
		}
		var all []Candidate
		switch def.Reads.Type {
		case value.YesNo:
			all = r.answersOn(found)
		case value.Choice:
			all = r.optionsOn()
		default:
			all = valuesOn(r)
		}
		if len(out)+len(all) > maxCandidates {
			return nil
		}
		for i := range all {
			previous, next := 0, len(p.Words)
			if i > 0 && def.Reads.Type != value.YesNo {
				previous = all[i-1].value.Last
			}
			if i+1 < len(all) && def.Reads.Type != value.YesNo {
				next = all[i+1].value.First
			}
			c := &all[i]
			c.zones = r.zonesOf(c.value.First, c.value.Last, previous, next)
			if c.Kind == likely.Told {
				c.zones.own.To = c.zones.own.From
			}
			c.look(found, isTaken)
		}
		all = slices.DeleteFunc(all, func(c Candidate) bool { return c.isRuledOut() })
		out = append(out, all...)
	}
	compare(def, out)
	return out
}

// mayBeOn reports whether a page may state the fact: a word of a label that says something is on it or, of a count, its
// unit, or of a choice, an option.
func (r candidateReader) mayBeOn(found likely.Found) bool {
	if found.Says() {
		return true
	}
	whole := text.Sentence{First: 0, Last: len(r.Words)}
	switch r.Reads.Type {
	case value.Count:
		return r.hasUnitWord(whole)
	case value.Choice:
		return len(found) > 0
	}
	return false
}

// labelWords finds the words of the labels of the ruleset's facts on the page, by their numbers in its lexicon.
func (r candidateReader) labelWords() []likely.Found {
	if r.PageText.labels == nil {
		r.PageText.labels = r.lexicon.On(r.Page)
	}
	return r.PageText.labels
}

// zonesOf are the zones around a value at words [first, last), which is between two others of the page: one that ends
// before word previous, and one that begins at word next.
func (r candidateReader) zonesOf(first, last, previous, next int) (z zones) {
	w := &r.Words[first]
	s := r.Sentences[w.Sentence]
	z.own, z.sentence = likely.Span{From: first, To: last}, likely.Span{From: s.First, To: s.Last}
	z.part = z.sentence
	if previous > s.First {
		z.part.From = joint(r.Page, previous, first)
	}
	if next < s.Last && next >= last {
		z.part.To = joint(r.Page, last, next)
	}
	z.clause.From, z.clause.To = r.Claims.Clause(first, last)
	if w.Sentence > 0 {
		before := r.Sentences[w.Sentence-1]
		z.previous, z.asked = likely.Span{From: before.First, To: before.Last}, r.isQuestion(before)
	}
	l := &r.Lines[w.Line]
	z.line, z.lines = likely.Span{From: l.First, To: l.Last}, likely.Span{From: r.labelAbove(w.Line), To: first}
	if w.Line+1 < len(r.Lines) {
		if b := &r.Lines[w.Line+1]; b.First < b.Last && !hasNumber(r.Page, b, true) {
			z.below = likely.Span{From: b.First, To: b.Last}
		}
	}
	if t, c := r.TableAt(first); t != nil {
		for _, x := range t.RowWords(c.Row, c.Col) {
			z.rows = append(z.rows, likely.Span{From: x[0], To: x[1]})
		}
		for _, x := range t.ColumnWords(c.Col) {
			z.columns = append(z.columns, likely.Span{From: x[0], To: x[1]})
		}
		z.heads = slices.Concat(z.rows, z.columns)
	}
	return z
}

// labelAbove is the first word of the lines that may have the label of a value on a line: its own, and short ones above
// without a value.
func (r candidateReader) labelAbove(line int) (first int) {
	first = r.Lines[line].First
	empty, found := 0, 0
	for k := line - 1; k >= 0 && found < maxLinesAbove && empty < maxLinesAbove; k-- {
		l := &r.Lines[k]
		if l.First >= l.Last {
			if empty++; found > 0 {
				break
			}
			continue
		}
		if l.Last-l.First > maxLabelLine || hasNumber(r.Page, l, false) {
			break
		}
		first = l.First
		found++
	}
	return first
}

// hasNumber reports whether a line has a number, other than a year or one digit if any is not set.
func hasNumber(p *text.Page, l *text.Line, any bool) bool {
	return slices.ContainsFunc(p.Words[l.First:l.Last], func(w text.Word) bool {
		return w.Number && (any || len(w.Text) > 1 && !number.IsYear(w.Text))
	})
}

// isQuestion reports whether a sentence ends in a question mark.
func (r candidateReader) isQuestion(s text.Sentence) bool {
	return s.End > 0 && s.End <= len(r.Runes) && r.Runes[s.End-1] == '?'
}

// candidate makes a candidate of a value.
func (r candidateReader) candidate(kind likely.Kind, v value.Value) Candidate {
	return Candidate{Place: r.inSentence(v.First, v, ByUnit, 0), Kind: kind, reader: r, value: v}
}

// valuesOn are the quantities or dates of the page.
func (r candidateReader) valuesOn() (out []Candidate) {
	isTime := r.Reads.Type.IsTime()
	for at := 0; at < len(r.Words); at++ {
		l := r.LanguageAt(at)
		w := &r.Words[at]
		if !isTime && (table.Year(r.Page, at) > 0 || !w.Number && !l.StartsNumber(w.Text)) {
			continue
		}
		limit := max(r.Sentences[w.Sentence].Last, at+1)
		t, cell := r.TableAt(at)
		if t != nil && !cell.Blank() {
			limit = max(cell.Last, at+1)
		}
		limit = min(len(r.Words), limit)
		v, bare, ok := r.valueAt(l, at, limit)
		if !ok || bare && r.isInTime(l, at) {
			continue
		}
		v.First = at
		kind := likely.Number
		switch {
		case isTime:
			kind = likely.Date
		case t != nil:
			kind = likely.Cell
			cells.Scale(&v, r.Reads.Type, t.Row(cell.Row, cell.Col).And(t.Column(cell.Col)))
		case bare:
			kind = likely.Bare
		}
		out = append(out, r.candidate(kind, v))
		at = max(at, v.Last-1)
	}
	return out
}

// daysOn are the days of the page without their year, each in the years of the campaign.
func (r candidateReader) daysOn() (out []Candidate) {
	for at := 0; at < len(r.Words); at++ {
		s := r.Sentences[r.Words[at].Sentence]
		month, day, last, ok := date.WithoutYear(r.Page, r.LanguageAt(at), at, max(s.Last, at+1))
		if !ok {
			continue
		}
		v := value.Value{First: at, Last: last, Doubt: doubtHint}
		for year := r.Want.From; year <= r.Want.To; year++ {
			iso, exists := isodate.Make(year, month, day)
			switch {
			case exists && v.V == nil:
				v.V = iso
			case exists:
				v.Others = append(v.Others, iso)
			}
		}
		if v.V != nil {
			out = append(out, r.candidate(likely.Date, v))
		}
		at = max(at, last-1)
	}
	return out
}

// valueAt reads the quantity or date at a word; bare says that its unit is not written.
func (r candidateReader) valueAt(l *language.Language, at, limit int) (v value.Value, bare, ok bool) {
	if v, ok = r.Reads.At(r.Page, l, at, limit, false); ok || r.Reads.Type.IsTime() {
		return v, false, ok
	}
	if v, ok = r.Reads.At(r.Page, l, at, limit, true); ok {
		return v, !(r.Reads.Type == value.Money && v.Scaled), true
	}
	if r.Reads.Type != value.Count {
		return v, false, false
	}
	q, ok := number.At(r.Page, l, at, limit)
	if !ok || q.Unit != "" || q.Ordinal || q.Below || q.Low != 0 || q.Value != float64(int(q.Value)) {
		return v, false, false
	}
	return value.Value{V: q.Value, Unit: r.Reads.Unit, Last: q.Last, Approx: q.Approx}, true, true
}

// maxDateWords is how many words of a date are before the one that is looked at.
const maxDateWords = 4

// isInTime reports whether the number at a word is a part of a date or a time of day.
func (r candidateReader) isInTime(l *language.Language, at int) bool {
	s := r.Sentences[r.Words[at].Sentence]
	last := max(s.Last, at+1)
	for k := max(s.First, at-maxDateWords); k <= at; k++ {
		if d, ok := date.At(r.Page, l, k, last); ok && d.Last > at {
			return true
		}
	}
	isPair := func(k int) bool { // "18:30", "31/12"
		return k >= 0 && k+1 < len(r.Words) && r.Words[k].Number && r.Words[k+1].Number &&
			len(r.Words[k].Text) <= 2 && len(r.Words[k+1].Text) <= 2 && (r.Gap(k) == ":" || r.Gap(k) == "/")
	}
	before, behind := "", ""
	if at > s.First {
		before = r.Words[at-1].Text
	}
	if at+1 < last {
		behind = r.Words[at+1].Text
	}
	_, month := l.Months[behind]
	return isPair(at) || isPair(at-1) || month || slices.Contains(l.DateWords["day"], before) ||
		slices.Contains(l.DateWords["month"], before) || slices.Contains(l.DateWords["clock"], before) ||
		slices.Contains(l.DateWords["hour"], behind) && r.Words[at].Number ||
		slices.Contains(l.DateWords["hour"], before)
}

// optionsOn are the options of a choice on the page, also in other forms of their only word.
func (r candidateReader) optionsOn() (out []Candidate) {
	for at := 0; at < len(r.Words); at++ {
		v, ok := r.Reads.At(r.Page, r.LanguageAt(at), at, len(r.Words), false)
		if !ok {
			v, ok = r.optionInForm(at)
		}
		if !ok {
			continue
		}
		v.First = at
		out = append(out, r.candidate(likely.Option, v))
		at = max(at, v.Last-1)
	}
	return out
}

// shortestOption is the length in bytes of the shortest option that is known in other forms.
const shortestOption = 4

// optionInForm reads an option of one word in another form.
func (r candidateReader) optionInForm(at int) (v value.Value, ok bool) {
	for _, o := range r.Reads.Options {
		for _, w := range o.Words {
			if len(w.Words) == 1 && w.Lang != nil && len(w.Words[0]) >= shortestOption &&
				w.Lang.SameWord(w.Words[0], r.Words[at].Text) {
				return value.Value{V: o.ID, First: at, Last: at + 1}, true
			}
		}
	}
	return v, false
}

// leastTold is the least share of a label that a sentence has which may say yes or no.
const leastTold = 0.6

// answersOn are the answers on the page: those that are written, and the sentences with words of a label.
func (r candidateReader) answersOn(found likely.Found) (out []Candidate) {
	for _, s := range r.Sentences {
		if s.Last <= s.First {
			continue
		}
		written := false
		for at := s.First; at < s.Last; at++ {
			if at > s.First && !r.Words[at].CellStart && !strings.ContainsAny(r.Gap(at-1), ":?–-—,") {
				continue
			}
			if v, ok := r.Reads.At(r.Page, r.LanguageAt(at), at, s.Last, true); ok {
				v.First = at
				out, written = append(out, r.candidate(likely.Answer, v)), true
			}
		}
		start, all := likely.Span{From: s.First, To: s.First}, likely.Span{From: s.First, To: s.Last}
		if written || strings.Contains(r.Text(s.Start, s.End), "\t") || s.Last-s.First <= r.longestLabel()+1 ||
			found.Share(start, all) < leastTold {
			continue
		}
		first := s.First
		if before, behind := found.Nearest(start, all); min(before, behind) < likely.Far {
			first = min(s.Last-1, s.First+min(before, behind)-1)
		}
		v := value.Value{V: !r.deniesIn(s.First, s.Last), First: first, Last: first + 1}
		out = append(out, r.candidate(likely.Told, v))
	}
	return out
}

// longestLabel is how many words the longest label has: a sentence of no more is a label without an answer.
func (r candidateReader) longestLabel() (n int) {
	for _, l := range r.Labels {
		n = max(n, len(l.Words))
	}
	return n
}

// deniesIn reports whether words [from, to) deny something, or say that it lacks.
func (r candidateReader) deniesIn(from, to int) bool {
	return r.Claims.Has(language.Negator, from, to) || anyIn(r.PageText, language.HeaderWords().Lacking(), from, to)
}

// compare sets the signs by which the candidates of a fact differ from one another.
func compare(def *Fact, all []Candidate) {
	for i := range all {
		c := &all[i]
		second, better, equal, left := 0.0, false, false, false
		for k := range all {
			o := &all[k]
			if k == i {
				continue
			}
			c.follow(o)
			if def.Same(o.Value, c.Value, false) {
				continue
			}
			second = max(second, o.Signs[likely.Best])
			better = better || o.Signs[likely.Best] > c.Signs[likely.Best]
			equal = equal || o.Signs[likely.Best] == c.Signs[likely.Best]
			left = left || o.Signs[likely.Taken] == 0 && (o.Kind != likely.Bare || c.Kind == likely.Bare)
		}
		c.Signs[likely.Ahead] = c.Signs[likely.Best] - second
		c.Signs.Set(likely.First, !better)
		c.Signs.Set(likely.Alone, !better && !equal)
		c.Signs.Set(likely.OnlyLeft, !left)
	}
}

// follow notes that a candidate may be a part of another in its sentence, or the whole of it.
func (c *Candidate) follow(o *Candidate) {
	r := c.reader
	if r.Reads.Type == value.YesNo || o.reader.PageText != r.PageText ||
		o.reader.Words[o.value.First].Sentence != r.Words[c.value.First].Sentence {
		return
	}
	isWhole := func(c *Candidate) bool { return c.Signs[likely.Whole] > 0 || c.isOutOf() }
	if o.value.First < c.value.First {
		c.Signs.Set(likely.AfterWhole, isWhole(o))
	} else {
		c.Signs.Set(likely.BeforePart, isWhole(c))
	}
}

// isOutOf reports whether words such as "of" are before a number: "of 40 volunteers trained, 22 are on the rota".
func (c *Candidate) isOutOf() bool {
	at := c.value.First
	return c.reader.Claims.Has(language.OutOf, max(c.zones.sentence.From, at-maxOutOf), at)
}

// maxOutOf is how many words before a number those may be that make it a whole.
const maxOutOf = 3
