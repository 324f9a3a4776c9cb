package factreader

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/phrase"
	"kheo/rules/table"
	"kheo/rules/value"
)

// onLines finds the values of the fact that are on lines of their own below those of a label, which may be split into
// several lines or have words beside its own, and the answers in sentences behind questions that have the label.
func onLines(def *Fact, pages []*PageText) (out []Place) {
	for _, p := range pages {
		reader := Reader{sentenceReader: sentenceReader{def, p}}
		for li := range p.Lines {
			if c, ok := reader.lineValue(li); ok {
				out = append(out, c)
			}
		}
		for si := range p.Sentences {
			if c, ok := reader.answered(si); ok {
				out = append(out, c)
			}
		}
	}
	return unlessAgreed(def, out)
}

// lineValue reads a line that is a value and nothing else, below a label.
func (r Reader) lineValue(li int) (c Place, ok bool) {
	line := &r.Lines[li]
	first, last := line.First, line.Last
	if first >= last || last-first > maxLineValue || li == 0 {
		return c, false
	}
	if t, _ := r.TableAt(first); t != nil {
		return c, false
	}
	above := li - 1
	if r.Lines[above].First >= r.Lines[above].Last {
		above--
	}
	for n := 0; n < maxLabelLines && above-n >= 0; n++ {
		l := &r.Lines[above-n]
		if l.First >= l.Last || r.endsAsText(l) || r.startsValue(l) {
			return c, false
		}
		lang, found := r.labelIn(l.First, r.Lines[above].Last)
		if !found {
			continue
		}
		last = r.boxesEnd(li)
		v, ok := r.wholeLine(lang, first, last)
		if !ok {
			return c, false
		}
		c = Place{Value: v.V, Unit: v.Unit, Approx: v.Approx, Doubt: v.Doubt, Others: v.Others, Way: ByDerived,
			Role: r.Roles[r.Words[first].Line], Source: r.Cite(r.Words[l.First].Start, r.Words[last-1].End)}
		return c, true
	}
	return c, false
}

// boxesEnd is the end of a line or, if it begins with a box, of the lines below it that do, too: the other options.
func (r Reader) boxesEnd(li int) int {
	opens := func(li int) bool {
		l := &r.Lines[li]
		return l.First < l.Last && strings.ContainsAny(strings.TrimSpace(r.Text(l.Start, r.Words[l.First].Start)),
			"☐☒☑□■✓✔[(")
	}
	end := r.Lines[li].Last
	for n := 0; r.Reads.Type == value.Choice && opens(li) && n < maxOptionLines && li+1 < len(r.Lines) &&
		opens(li+1); n++ {
		li++
		end = r.Lines[li].Last
	}
	return end
}

// maxOptionLines is how many lines of options a question may have below it.
const maxOptionLines = 12

// endsAsText reports whether a line ends as a sentence does.
func (r Reader) endsAsText(l *text.Line) bool {
	s := strings.TrimSpace(r.Text(l.Start, l.End))
	return strings.HasSuffix(s, ".") || strings.HasSuffix(s, ";") || strings.ContainsRune(s, '\t')
}

// startsValue reports whether a line has a number that is no year, or the colon of a label with a value: it is no
// label.
func (r Reader) startsValue(l *text.Line) bool {
	for k := r.behindNumbering(l.First, l.Last); k < l.Last; k++ {
		if r.Words[k].Number && table.Year(r.Page, k) == 0 || k+1 < l.Last && strings.Contains(r.Gap(k), ":") {
			return true
		}
	}
	return false
}

// labelIn looks for a label of the fact in words [first, last), all of which it must be but for a few beside it: more
// in a question, and before a colon. Numbering, and what is in brackets, does not count.
func (r Reader) labelIn(first, last int) (l *language.Language, ok bool) {
	beside := maxBeside
	if strings.ContainsAny(r.Gap(last-1), "?:") {
		beside = maxAsked
	}
	first = r.behindNumbering(first, last)
	for k := first + 1; k < last; k++ {
		if strings.Contains(r.Gap(k-1), "(") {
			last = k
		}
	}
	for i := range r.lines {
		label := &r.lines[i]
		n, all := label.Words(r.Words, first, last, true)
		if !all || n > beside || r.Claims.Has(language.Plan, first, last) {
			continue
		}
		means := table.Says(r.Page, first, last)
		if slices.ContainsFunc(r.Words[first:last],
			func(w text.Word) bool { return slices.Contains(originWords, w.Text) }) {
			means.Kinds &^= table.Other
		}
		if means.Kinds &= table.Previous | table.Next | table.Other | table.Plan; r.Want.Refuses(means) {
			return nil, false
		}
		return label.Lang(), true
	}
	return nil, false
}

// maxNumbering is how many words number a question: "Câu hỏi 5.".
const maxNumbering = 3

// behindNumbering is the word behind the number of a question or line that begins at word first.
func (r Reader) behindNumbering(first, last int) int {
	for k := first; k < min(last-1, first+maxNumbering); k++ {
		if r.Words[k].Number && strings.ContainsAny(r.Gap(k), ".):") {
			return k + 1
		}
	}
	return first
}

// wholeLine reads the value that words [first, last) are, and nothing else.
func (r Reader) wholeLine(l *language.Language, first, last int) (v value.Value, ok bool) {
	at, _, v, ok := r.inForm(l, first, last)
	if !ok || at > first+maxAuxiliary || r.disclaimed(max(1, first), at, v.Last) {
		return v, false
	}
	rest := last
	if v.Last < last && strings.Contains(r.Gap(v.Last-1), "(") {
		rest = v.Last
	}
	return v, v.Last >= rest || r.Reads.Type == value.YesNo || r.Reads.Type == value.Choice ||
		table.Covered(r.Page, v.Last, last)
}

// maxToAnswer is how many words of an answer may be before its value.
const maxToAnswer = 4

// answered reads the sentence behind a question that has a label.
func (r Reader) answered(si int) (c Place, ok bool) {
	s := r.Sentences[si]
	if si+1 >= len(r.Sentences) || s.Last <= s.First || s.End > len(r.Runes) || r.Runes[s.End-1] != '?' {
		return c, false
	}
	answer := r.Sentences[si+1]
	if answer.First >= answer.Last || answer.End <= len(r.Runes) && r.Runes[answer.End-1] == '?' {
		return c, false
	}
	lang, found := r.askedFor(s)
	if !found {
		return c, false
	}
	limit := min(answer.Last, answer.First+maxToAnswer)
	isForm := r.Reads.Type == value.YesNo
	if r.Reads.Type == value.Choice {
		_, v, ok := r.Reads.First(r.Page, lang, answer.First, answer.Last, true)
		c = r.inSentence(answer.First, v, ByDerived, 0)
		return c, ok
	}
	for i := answer.First; i < limit; i++ {
		v, ok := r.Reads.At(r.Page, lang, i, answer.Last, isForm)
		if !ok {
			continue
		}
		if r.Reads.Type.IsNumber() && (r.isEarlier(i, i, v.Last) || r.isForEach(i, i, v.Last, v.Last)) ||
			r.isPlanned(i) ||
			r.Claims.Has(language.Plan, answer.First, i) {
			return c, false
		}
		c = r.inSentence(i, v, ByDerived, 0)
		c.Source = r.Cite(s.Start, answer.End)
		return c, true
	}
	return c, false
}

// askedFor reports whether a question has a label of the fact.
func (r Reader) askedFor(s text.Sentence) (l *language.Language, ok bool) {
	for i := range r.lines {
		if _, all := r.lines[i].Words(r.Words, s.First, s.Last, false); all {
			return r.lines[i].Lang(), true
		}
	}
	return nil, false
}

// lineLabels are the labels of a fact as they are looked for on lines of their own.
func lineLabels(def *Fact) (out []phrase.Loose) {
	if !isLoose(def) {
		return nil
	}
	for _, label := range withOtherUnits(def, def.Labels) {
		if label.Lang == nil || len(label.Words) == 0 {
			continue
		}
		loose, ok := phrase.NewLoose(label)
		if !ok {
			loose = phrase.Plainly(label)
		}
		out = append(out, loose)
	}
	return out
}
