package factreader

import (
	"cmp"
	"slices"
	"strings"

	"kheo/internal/text/language"
	"kheo/rules/claim"
	"kheo/rules/heading"
	"kheo/rules/likely"
	"kheo/rules/phrase"
	"kheo/rules/table"
	"kheo/rules/value"
)

// look sets the signs around a candidate, given where the words of the fact's labels are.
func (c *Candidate) look(found likely.Found, isTaken func(*Place) bool) {
	s := &c.Signs
	s[likely.Always] = 1
	switch c.reader.Reads.Type {
	case value.Count:
		s[likely.OfCount] = 1
	case value.Money:
		s[likely.OfMoney] = 1
	case value.Percent:
		s[likely.OfPercent] = 1
	}
	if c.Kind == likely.Number || c.Kind == likely.Bare || c.Kind == likely.Cell {
		c.said, _, _ = c.reader.saidAt(c.value.First)
	}
	c.lookForLabels(found)
	c.lookAtPlace()
	c.lookAtSentence()
	switch c.Kind {
	case likely.Option:
		c.lookForBoxes()
	case likely.Told:
		c.lookForAnswer()
	case likely.Number, likely.Bare, likely.Cell:
		c.lookAtNumber()
	}
	s.Set(likely.Taken, isTaken(&c.Place))
}

// How much the places of a label say, beside one in the value's own clause.
const (
	ofSentence = 0.85
	ofLines    = 0.95
	ofCellLine = 0.9
	ofPrevious = 0.75
	ofBelow    = 0.7
	wholeLabel = 0.93 // from this share on it is there
)

// share is the best share of a fact's labels around the candidate.
func (c *Candidate) share(found likely.Found) float64 {
	z := &c.zones
	if len(z.heads) > 0 || c.Kind == likely.Cell {
		return max(found.Share(z.own, z.heads...), ofCellLine*found.Share(z.own, z.lines),
			ofBelow*found.Share(z.own, z.line, z.below))
	}
	return max(found.Share(z.own, z.part), found.Share(z.own, z.clause), ofSentence*found.Share(z.own, z.sentence),
		ofLines*found.Share(z.own, z.lines), ofPrevious*found.Share(z.own, z.sentence, z.previous),
		ofBelow*found.Share(z.own, z.line, z.below))
}

// lookForLabels sets the signs of the words of labels around the candidate.
func (c *Candidate) lookForLabels(found likely.Found) {
	s, z := &c.Signs, &c.zones
	for _, x := range []struct {
		share, whole likely.Sign
		in           []likely.Span
	}{
		{likely.InPart, likely.WholeInPart, []likely.Span{z.part}},
		{likely.InClause, 0, []likely.Span{z.clause}},
		{likely.InSentence, likely.WholeInSentence, []likely.Span{z.sentence}},
		{likely.WithBefore, 0, []likely.Span{z.sentence, z.previous}},
		{likely.InLines, likely.WholeInLines, []likely.Span{z.lines}},
		{likely.WithBelow, likely.WholeWithBelow, []likely.Span{z.line, z.below}},
		{likely.InHeads, likely.WholeInHeads, z.heads},
		{likely.InRow, 0, z.rows},
		{likely.InColumn, 0, z.columns},
	} {
		s[x.share] = found.Share(z.own, x.in...)
		if x.whole != 0 {
			s.Set(x.whole, s[x.share] > wholeLabel)
		}
	}
	s[likely.Best] = c.share(found)
	s.Set(likely.NoLabel, s[likely.InSentence] == 0 && s[likely.WithBefore] == 0 &&
		s[likely.InLines] == 0 && s[likely.WithBelow] == 0 && s[likely.InHeads] == 0)
	before, behind := found.Nearest(z.own, z.sentence)
	s[likely.Near] = 1 / float64(min(before, behind))
	s.Set(likely.Before, before <= maxRightBeside)
	s.Set(likely.Behind, behind <= maxRightBeside)
	any := 0.0
	all := c.reader.labelWords()
	for _, o := range c.reader.siblings {
		if all[o.number] == nil {
			continue
		}
		share := c.share(all[o.number])
		any = max(any, share)
		if o.Reads.Type == c.reader.Reads.Type &&
			(o.Reads.Type != value.Count || c.Kind == likely.Bare || sharesUnit(o.Reads.Units, c.reader.Reads.Units)) {
			s[likely.Rival] = max(s[likely.Rival], share)
		}
	}
	s.Set(likely.RivalTop, s[likely.Rival] > s[likely.Best])
	s.Set(likely.OtherTop, any > s[likely.Best])
	s.Set(likely.Asked, z.asked)
	if z.asked {
		s[likely.AskedShare] = s[likely.WithBefore]
		s.Set(likely.AskedFirst, z.own.From-z.sentence.From <= maxAnswerWords)
	}
}

// How near a word of a label is right beside a value, and how many words of an answer to a question its first are.
const (
	maxRightBeside = 3
	maxAnswerWords = 6
)

// lookAtPlace sets the signs of where on the page the candidate is.
func (c *Candidate) lookAtPlace() {
	s, z, r := &c.Signs, &c.zones, c.reader
	last := c.value.Last
	s.Set(likely.WholeLine, z.line.From == z.own.From && z.line.To <= last+maxBehindValue)
	s.Set(likely.EndsLine, z.line.To <= last+maxBehindValue)
	s.Set(likely.Colon, z.own.From > 0 && strings.Contains(r.Gap(z.own.From-1), ":"))
	t, cell := r.TableAt(z.own.From)
	if t == nil {
		s.Set(likely.Running, isRunning(r.sentenceReader, r.Sentences[r.Words[z.own.From].Sentence]))
		return
	}
	row, column := t.Row(cell.Row, cell.Col), t.Column(cell.Col)
	s.Set(likely.LastRow, cell.Row == t.Rows-1)
	s.Set(likely.TotalRow, row.Has(table.Total) || column.Has(table.Total))
	s.Set(likely.PartCell, row.Has(table.Part|table.Period) || column.Has(table.Part|table.Period))
	s.Set(likely.ShareCell, column.Has(table.Share|table.Each|table.Number|table.Note|table.Unit) ||
		row.Has(table.Share|table.Each))
	s.Set(likely.RefusedCell, r.Want.Refuses(row.And(column)))
}

// maxBehindValue is how many words, such as its unit, are behind a value that ends its line.
const maxBehindValue = 2

// lookAtSentence sets the signs of what the candidate's sentence says.
func (c *Candidate) lookAtSentence() {
	s, z, r := &c.Signs, &c.zones, c.reader
	at, last := c.value.First, c.value.Last
	from, to := z.sentence.From, z.sentence.To
	m := table.Says(r.Page, from, to)
	s.Set(likely.OtherNear, m.Has(table.Other))
	s.Set(likely.PlanNear, m.Has(table.Plan|table.Budget|table.Request))
	s.Set(likely.EachNear, m.Has(table.Each))
	s.Set(likely.WishNear, r.Claims.Has(language.Wish, from, to))
	s.Set(likely.Refuted, r.Refuted(at, last, 0, false) != "")
	us := r.Claims.Has(language.Us, from, to)
	s.Set(likely.Us, us)
	s.Set(likely.Named, !us && r.hasName(from, to))
	if c.Kind != likely.Told && c.Kind != likely.Answer {
		s.Set(likely.Denied, r.Claims.Has(language.Negator, z.clause.From, z.clause.To))
		s.Set(likely.Past, r.Claims.Has(language.Past, z.clause.From, z.clause.To))
		s.Set(likely.Done, r.Claims.Has(language.Done, z.clause.From, z.clause.To))
		said := table.Says(r.Page, z.part.From, at)
		s.Set(likely.SaysPlan, said.Has(table.Plan|table.Budget|table.Request))
		s.Set(likely.SaysPrevious, said.Has(table.Previous|table.Compare))
		s.Set(likely.SaysActual, said.Has(table.Actual|table.Current))
	}
	s.Set(likely.LooksAhead, (c.Kind == likely.Told || c.Kind == likely.Answer) &&
		(r.Claims.Has(language.Plan, from, to) ||
			r.Claims.Has(language.Modal, from, to) || r.Claims.Has(language.Wish, from, to) ||
			r.Claims.Has(language.Conditional, from, to)))
}

// maxToName is how many words behind the first of a sentence a name may be that says whose it is.
const maxToName = 5

// hasName reports whether one of the first words of a sentence, but the very first, is written as a name.
func (r candidateReader) hasName(from, to int) bool {
	for k := from + 1; k < min(to, from+1+maxToName); k++ {
		if c := r.Runes[r.Words[k].Start]; c >= 'A' && c <= 'Z' {
			return true
		}
	}
	return false
}

// lookForBoxes sets the signs of a box before an option.
func (c *Candidate) lookForBoxes() {
	r, at := c.reader, c.value.First
	start := 0
	if at > 0 {
		start = r.Words[at-1].End
		if w := r.Words[at-1]; w.Text == "x" && w.Start > 0 {
			start = w.Start - 1
		}
	}
	before := r.Text(start, r.Words[at].Start)
	c.Signs.Set(likely.EmptyBox, strings.ContainsAny(before, "☐□") || strings.Contains(before, "[ ]"))
	c.Signs.Set(likely.MarkedBox, strings.ContainsAny(before, "☒☑✓✔■") || strings.Contains(before, "[x]"))
}

// lookForAnswer sets the signs of a sentence that may say yes or no.
func (c *Candidate) lookForAnswer() {
	r, z, told := c.reader, &c.zones, language.HeaderWords()
	here := r.deniesIn(z.clause.From, z.clause.To)
	c.Signs.Set(likely.DeniedHere, here)
	c.Signs.Set(likely.DeniedElsewhere, !here && c.value.V == false)
	c.Signs.Set(likely.ThereIs, anyIn(r.PageText, told.ThereIs(), z.clause.From, z.clause.To) ||
		anyIn(r.PageText, told.IsThere(), z.clause.From, z.clause.To) ||
		anyIn(r.PageText, told.Told().Did, z.clause.From, z.clause.To))
	c.Signs.Set(likely.Question, r.isQuestion(r.Sentences[r.Words[c.value.First].Sentence]))
}

// lookAtNumber sets the signs of what is said of a number.
func (c *Candidate) lookAtNumber() {
	s, z, r := &c.Signs, &c.zones, c.reader
	at, last := c.value.First, c.value.Last
	said := c.said
	s.Set(likely.IsOther, said != nil && r.isOther(said))
	s.Set(likely.OwnYear, said != nil && said.From > 0 && !r.isOther(said))
	s.Set(likely.Whole, r.isWhole(at, last, z.sentence.To))
	s.Set(likely.Part, r.notTheWhole(at, at, last, last))
	s.Set(likely.Required, anyIn(r.PageText, language.HeaderWords().Told().Required, z.part.From, at))
	s.Set(likely.SaysEach, table.Says(r.Page, z.part.From, at).Has(table.Each) ||
		table.Says(r.Page, last, min(z.sentence.To, last+maxSaidBehind)).Has(table.Each))
	if c.Kind != likely.Bare {
		return
	}
	if last >= len(r.Words) {
		s[likely.EndsClause] = 1
		return
	}
	l, w := r.LanguageAt(at), &r.Words[last]
	s.Set(likely.EndsClause, w.Sentence != r.Words[at].Sentence || strings.ContainsAny(r.Gap(last-1), ",;.:)\n\t"))
	s.Set(likely.BeforeLight, l.IsCommon(w.Text) || slices.Contains(l.LooseFill, w.Text))
	sentence := r.Sentences[r.Words[at].Sentence]
	s.Set(likely.UnitSentence, r.hasUnitWord(sentence))
	sentence.Last = at
	s.Set(likely.UnitBefore, r.hasUnitWord(sentence))
	if i := r.Words[at].Sentence; i > 0 {
		s.Set(likely.UnitPrevious, r.hasUnitWord(r.Sentences[i-1]))
	}
}

// leastShare is the least share of a label around an amount, a share, a date or a number without a unit.
const leastShare = 0.25

// isRuledOut reports whether a candidate is nothing that a paper states of the fact, whatever else is near: it is of
// others or of another year, a plan, to come, a code, the number of a line, in a form that was not filled in, or what
// another fact of the type is rather stated by.
func (c *Candidate) isRuledOut() bool {
	r, z := c.reader, &c.zones
	at, last := c.value.First, c.value.Last
	said := c.said
	ofYear := said != nil && said.From > 0
	from := z.part.From // of what is said of it; outside of running text, on lines above, too
	lines := table.Meaning{}
	if c.Signs[likely.Running] == 0 {
		from = min(from, z.lines.From)
		lines = table.Says(r.Page, z.lines.From, at)
		lines.Kinds &= table.Plan | table.Budget | table.Request | table.Next | table.Max
	}
	if r.isPlanned(at) || r.Claims.Has(language.Plan, z.clause.From, z.clause.To) || r.hasOnlyEmptyBoxes(at) ||
		!ofYear && (r.ofOthers(at) || r.Want.Refuses(lines)) {
		return true
	}
	if r.isLeftOpen(c) {
		return true
	}
	switch c.Kind {
	case likely.Told, likely.Answer:
		if c.Kind == likely.Answer && c.isOneOfPrinted() {
			return true
		}
		t, _ := r.TableAt(at)
		return r.Claims.Has(language.Modal, z.clause.From, z.clause.To) ||
			c.Kind == likely.Told && (t != nil || c.Signs[likely.OtherTop] > 0)
	case likely.Option:
		return r.Claims.Has(language.Negator, max(z.clause.From, at-1), at) || c.Signs[likely.Past] > 0 ||
			c.isOneOfPrinted()
	}
	y := cmp.Or(yearBehind(r.sentenceReader, from, at), yearBehind(r.sentenceReader, last, z.part.To))
	if why := r.Refuted(at, last, 0, false); why == claim.Planned || why == claim.Wished ||
		r.isRefused(at, at, at, last) ||
		r.Claims.Has(language.Modal, last, z.clause.To) || isUnfilled(r.PageText, at, last) || ofYear &&
		r.isOther(said) ||
		!ofYear && y > 0 && refusesYear(r.sentenceReader, y) || c.Signs[likely.RivalTop] > 0 {
		return true
	}
	if day, ok := c.Value.(string); ok {
		return isRemembered(r.sentenceReader, at) || r.isToCome(day) ||
			c.Signs[likely.Best] < leastShare ||
			dateTeller(r).isSetFor(max(z.sentence.From, at-maxAuxiliary), at) ||
			dateTeller(r).isSetFor(last, z.sentence.To)
	}
	return r.isCode(at, last) || c.Signs[likely.Required] > 0 || r.isExtremeIn(z.part) || c.saysTooLittle()
}

// isLeftOpen reports whether a form or table has the fact's own label for a candidate: if it stated the fact, it would
// have been read there.
func (r candidateReader) isLeftOpen(c *Candidate) bool {
	z := &c.zones
	if c.Signs[likely.Running] > 0 {
		return false
	}
	return slices.ContainsFunc(r.Hits[r.List], func(h phrase.Hit) bool {
		if c.Kind == likely.Cell {
			inRow := slices.IndexFunc(z.rows, func(s likely.Span) bool { return s.Has(h.First) })
			inHeads := slices.ContainsFunc(z.heads, func(s likely.Span) bool { return s.Has(h.First) })
			// another cell is between them
			return c.Signs[likely.RefusedCell] > 0 && inHeads || inRow >= 0 && inRow < len(z.rows)-1
		}
		return z.line.Has(h.First) && heading.StartsCell(r.Page, h.First)
	})
}

// saysTooLittle reports whether a number has neither enough of a label near nor a unit in which not just anything is
// counted.
func (c *Candidate) saysTooLittle() bool {
	if c.Kind == likely.Number && c.reader.Reads.Type == value.Count {
		return c.Signs[likely.NoLabel] > 0 && slices.ContainsFunc(c.reader.Reads.Units, func(u phrase.Phrase) bool {
			return slices.Contains(language.HeaderWords().Told().Crowd, strings.Join(u.Words, " "))
		})
	}
	n, _ := c.value.V.(float64)
	return c.Signs[likely.Best] < leastShare || c.reader.Reads.Type == value.Percent && n > 100 ||
		c.Kind == likely.Cell && c.Signs[likely.OtherTop] > 0
}

// isExtremeIn reports whether words say that a number is the greatest, the least or the middle of several, and the
// fact's labels do not ask for that.
func (r candidateReader) isExtremeIn(in likely.Span) bool {
	words := language.HeaderWords().Told().Extreme
	return anyIn(r.PageText, words, in.From, in.To) && !slices.ContainsFunc(r.Labels, func(l phrase.Phrase) bool {
		label := " " + strings.Join(l.Words, " ") + " "
		return slices.ContainsFunc(words, func(s string) bool { return strings.Contains(label, " "+s+" ") })
	})
}

// isOneOfPrinted reports whether an option or answer is one of several that are printed on a line, without a box: which
// of them is chosen is not said.
func (c *Candidate) isOneOfPrinted() bool {
	r, z := c.reader, &c.zones
	if c.Signs[likely.EmptyBox]+c.Signs[likely.MarkedBox] > 0 {
		return false
	}
	for k := z.line.From; k < z.line.To; k++ {
		v, ok := r.Reads.At(r.Page, r.LanguageAt(k), k, z.line.To, false)
		first, last := min(k, c.value.First), max(k, c.value.First)
		if ok && v.V != c.Value && strings.ContainsAny(r.Text(r.Words[first].Start, r.Words[last].Start), "/|\t") {
			return true
		}
	}
	return false
}

// isCode reports whether a number at words [at, last) is a part of a code, or numbers its line.
func (r candidateReader) isCode(at, last int) bool {
	if at > 0 {
		if gap := r.Gap(at - 1); gap == "/" || gap == "-" || gap == "–" || gap == "." || gap == "#" {
			return true
		}
	}
	return last < len(r.Words) && r.Words[at].CellStart &&
		(strings.HasPrefix(r.Gap(last-1), ". ") || strings.HasPrefix(r.Gap(last-1), ")"))
}

// hasOnlyEmptyBoxes reports whether the line of word i has several boxes, of which none is marked.
func (r candidateReader) hasOnlyEmptyBoxes(i int) bool {
	l := &r.Lines[r.Words[i].Line]
	line := r.Text(l.Start, l.End)
	return strings.Count(line, "☐")+strings.Count(line, "[ ]") > 1 && !strings.ContainsAny(line, "☒☑") &&
		!strings.Contains(line, "[x]")
}
