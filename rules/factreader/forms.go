package factreader

import (
	"slices"
	"strings"
	"unicode"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/heading"
	"kheo/rules/number"
	"kheo/rules/phrase"
	"kheo/rules/table"
	"kheo/rules/value"
)

// inForm reads the value in words [from, limit) behind a label of a form or in a cell, and returns its first word and
// the first of those that say something of it. Of several amounts with their years or kinds, the one that the fact asks
// for is read.
func (r sentenceReader) inForm(l *language.Language, from, limit int) (
	at, said int, v value.Value, ok bool) {
	isDate := r.Reads.Type == value.Date || r.Reads.Type == value.Month
	if isDate {
		if moved := movedAt(r.PageText, from, limit); moved > 0 {
			at, v, ok = r.lastDate(l, moved, limit)
			return at, at, v, ok
		}
	}
	all := r.amounts(l, from, limit, true)
	told := all.told()
	if len(told) == 0 {
		at, v, ok = r.Reads.First(r.Page, l, from, limit, true)
		r.ofRound(l, from, at, &v)
		return at, from, v, ok
	}
	entries := make([]table.Entry, len(told))
	for i := range told {
		entries[i] = told[i].Entry
	}
	kept, doubt := r.Want.Choose(entries)
	if len(kept) == 0 || len(told) == 1 && told[0].at >= from+formReach {
		return 0, 0, value.Value{}, false
	}
	first := &told[kept[0]]
	var values []value.Value
	for _, k := range kept {
		values = append(values, told[k].value)
	}
	v = first.value
	var c Place
	c.fill(values, doubt)
	v.Doubt, v.Others = c.Doubt, c.Others
	r.ofRound(l, from, first.at, &v)
	return first.at, first.from, v, true
}

// ofRound puts a number at word at in doubt if words from one on say that it is of one round of several: "Round 1: 50
// households; round 2: 70 households".
func (r sentenceReader) ofRound(l *language.Language, from, at int, v *value.Value) {
	if !v.IsTold() || r.Reads.Type != value.Count && r.Reads.Type != value.Money {
		return
	}
	for i := from + 1; i < at; i++ {
		if number.NamesRound(r.Page, l, i) {
			v.Doubt, v.Others = table.DoubtPart, append(v.Others, nil)
			return
		}
	}
}

// formReach is how many words behind the label of a form its only value may begin.
const formReach = 8

// placeOf finds the words in which the value of a label may be, and what is said beside the label; ok is false if it
// has none.
func (r Reader) placeOf(h phrase.Hit) (in labelled, ok bool) {
	starts, before := labelStart(r.Page, h.First)
	in.means = table.Says(r.Page, before, h.First)
	in.from = bracketed(r.Page, r.labelEnd(h))
	in.means = in.means.And(table.Says(r.Page, h.Last, in.from))
	unit := table.UnitIn(r.Page, h.Last, in.from)
	if unit.Scale == 0 && unit.Currency == "" {
		unit = unitBelow(r.Page, r.Words[h.Last-1].Line)
	}
	unqualified := in
	if to := qualified(r.Page, in.from); (starts || opensSentence(r.Page, h.First)) && to > in.from {
		means := table.Says(r.Page, in.from, to)
		if slices.Contains(originWords, r.Words[in.from].Text) {
			means.Kinds &^= table.Other // it says its source, not whose it is
		}
		if anyIn(r.PageText, language.HeaderWords().Told().Follows, in.from, to) {
			means.Kinds |= table.Next
		}
		in.means = in.means.And(means)
		in.from = to
	}
	if in.from > unqualified.from && r.Want.Refuses(table.Meaning{From: in.means.From, To: in.means.To}) &&
		yearFollows(r.sentenceReader, in.from, r.Want) {
		in = unqualified // "in 2025: 5; in 2026: 12"
		in.form, in.limit = true, r.Sentences[r.Words[h.First].Sentence].Last
		return in, true
	}
	in.means.Kinds &^= table.Part | table.Total | table.Period | table.Compare
	in.means.Scale, in.means.Currency = unit.Scale, unit.Currency
	k := in.from
	if k >= len(r.Words) || starts && r.alone && goesOn(r.Page, k) {
		return in, false
	}
	if starts && r.isForm(h, k) {
		if strings.ContainsAny(r.Gap(k-1), "\t\n") && r.opensLabel(k) {
			return in, false // the next label: this one has no value
		}
		in.form, in.limit = true, r.formEnd(k)
		return in, true
	}
	asked := r.Reads.Type.OnlyInForms() && strings.Contains(r.Gap(k-1), "?")
	// "…, 40 people. Policy in place: yes."
	if opensSentence(r.Page, h.First) && (asked || strings.Contains(r.Gap(k-1), ":")) {
		in.form, in.limit = true, min(cellEnd(r.Page, k), r.Sentences[r.Words[k].Sentence].Last)
		return in, true
	}
	sentence := r.Words[h.First].Sentence
	in.limit = k
	for in.limit < len(r.Words) && r.Words[in.limit].Sentence == sentence && in.limit < k+maxSentenceReach {
		in.limit++
	}
	return in, !r.Reads.Type.OnlyInForms() && r.Words[k].Sentence == sentence
}

// yearFollows reports whether a year that counts is named in the sentence from word k on, before a colon.
func yearFollows(r sentenceReader, k int, want table.Want) bool {
	if !r.Reads.Type.IsNumber() {
		return false
	}
	s := r.Sentences[r.Words[k].Sentence]
	for ; k < s.Last; k++ {
		if y := table.Year(r.Page, k); y > 0 && want.Of(table.Meaning{From: y, To: y}) && k+1 < s.Last &&
			strings.Contains(r.Gap(k), ":") {
			return true
		}
	}
	return false
}

// labelEnd is the word after a label, with another label of the fact that begins inside it: "tỷ lệ bao phủ" and "bao
// phủ BHYT" are one label in "Tỷ lệ bao phủ BHYT".
func (r Reader) labelEnd(h phrase.Hit) int {
	end := h.Last
	for _, other := range r.Hits[r.List] {
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
	for i := k; i < min(k+maxQualifier, len(p.Words)) && p.Words[i].Line == p.Words[k-1].Line &&
		!p.Words[i].Number; i++ {
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
	if first := l.Start + slices.IndexFunc(p.Runes[l.Start:l.End],
		func(r rune) bool { return !unicode.IsSpace(r) }); first < l.Start || p.Runes[first] != '(' {
		return table.Meaning{}
	}
	if s := strings.TrimSpace(p.Text(l.Start, l.End)); !strings.HasPrefix(s, "(") || !strings.HasSuffix(s, ")") {
		return table.Meaning{}
	}
	return table.UnitIn(p, l.First, l.Last)
}

// isForm reports whether word k follows a label as a value does in a form: behind a colon, in the next cell, on the
// next line, behind the question mark of a yes or no, or as a number that is all that follows.
func (r Reader) isForm(h phrase.Hit, k int) bool {
	gap := r.Gap(k - 1)
	nextLine := strings.Contains(gap, "\n") && (r.Words[k].Line == r.Words[h.Last-1].Line+1 || r.nextParagraph(h, k))
	question := r.Reads.Type == value.YesNo && strings.Contains(gap, "?")
	boxes := r.Reads.Type.OnlyInForms() && strings.ContainsAny(gap, "([☐☒☑□■")
	return strings.ContainsAny(gap, ":\t") || isLeader(gap) || nextLine || question || boxes || r.onlyValue(h, k)
}

// isLeader reports whether what is between a label and its value is a row of dots, as forms print it.
func isLeader(gap string) bool {
	return strings.Contains(gap, "....") || strings.Contains(gap, "……")
}

// nextParagraph reports whether word k begins the paragraph behind the label's, where the paragraphs of the page are
// separated by empty lines: as of web pages, the label has one to itself, and so has what is before it.
func (r Reader) nextParagraph(h phrase.Hit, k int) bool {
	line := r.Words[h.First].Line
	isEmpty := func(li int) bool { return li >= 0 && r.Lines[li].First == r.Lines[li].Last }
	return r.Words[k].Line == line+2 && r.Words[h.Last-1].Line == line && isEmpty(line+1) &&
		(line == 0 || isEmpty(line-1)) &&
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
	return strings.TrimSpace(p.Gap(from-1)) == "" && slices.Contains(language.HeaderWords().Qualifies(),
		p.Words[from].Text) &&
		!slices.ContainsFunc(p.Words[from:k], func(w text.Word) bool { return w.Number })
}

// onlyValue reports whether a number follows a label at word k with nothing but a space between them, and nothing but
// its unit behind it on the line or in the cell.
func (r Reader) onlyValue(h phrase.Hit, k int) bool {
	if !r.Reads.Type.IsNumber() || r.Words[k].Line != r.Words[h.Last-1].Line ||
		strings.Trim(r.Gap(k-1), " )") != "" {
		return false
	}
	limit := cellEnd(r.Page, k)
	v, ok := r.Reads.At(r.Page, r.languageOf(h), k, limit, true)
	return ok && v.Last == limit && table.Year(r.Page, k) == 0
}

// opensSentence reports whether word i is the first of its sentence.
func opensSentence(p *text.Page, i int) bool { return p.Sentences[p.Words[i].Sentence].First == i }

// formEnd returns the word after the cell that word k is in; for a yes or no also after the lines below it that begin
// with a box, which are its other options.
func (r Reader) formEnd(k int) int {
	end := cellEnd(r.Page, k)
	for n := 0; r.Reads.Type == value.YesNo && end < len(r.Words) && n < maxOptions; n++ {
		if _, box := value.Box(r.Page, k, k+1); !box {
			break
		}
		_, box := value.Box(r.Page, end, end+1)
		if w := &r.Words[end]; !box || !w.CellStart || w.Line > r.Words[end-1].Line+1 {
			break
		}
		end = cellEnd(r.Page, end)
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
