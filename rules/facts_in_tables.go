package rules

import (
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
	"kheo/rules/phrase"
	"kheo/rules/value"
)

// This file finds the value of a fact behind its label: "label: value" on a line of a form, in the next cell of a
// table, on the next line, or later in the same sentence. Readers of documents write the cells of a table row on one
// line with tabs between them. How a cell becomes a number is in package number, and how its unit makes it a value of
// the fact in package value.

// labelled is what follows a label: where its value may be.
type labelled struct {
	from, limit int     // words [from, limit) of the page
	form        bool    // the label is that of a form, table or list
	scale       float64 // magnitude that the label names in brackets, else 1: "Kinh phí (triệu đồng): 85"
}

// maxSentenceReach is how many words behind a label in a sentence its value may be.
const maxSentenceReach = 12

// fromPage finds the statements of the fact on one page: behind its labels, and by its sentence patterns. Labels of
// forms are noted on the page, because what is inside one is not evidence.
func (def *FactDef) fromPage(p *pageText) []candidate {
	var out []candidate
	for _, h := range phrase.Disjoint(p.hits[def.list]) {
		if p.startsCell(h.First) && strings.ContainsAny(p.Gap(h.Last-1), ":\t(") {
			p.labels = append(p.labels, h)
		}
		if c, ok := def.afterLabel(p, h); ok {
			out = append(out, c)
		}
	}
	for _, t := range def.say {
		out = append(out, def.bySentence(p, t)...)
	}
	return out
}

// afterLabel reads the value of the fact that follows a label: behind a colon or in the next cell or line (surely),
// or later in the same sentence.
func (def *FactDef) afterLabel(p *pageText, h phrase.Hit) (c candidate, ok bool) {
	in, ok := def.placeOf(p, h)
	if !ok {
		return candidate{}, false
	}
	l := h.Phrase.Lang // a value is written in the language of its label
	if l == nil {
		l = p.LanguageAt(h.First)
	}
	v, ok := def.valueOf(p, h, l, in)
	if !ok {
		return candidate{}, false
	}
	if n, isNumber := v.V.(float64); isNumber && in.scale != 1 && !v.Scaled {
		v.V = n * in.scale
	}
	c = candidate{value: v.V, unit: v.Unit, approx: v.Approx, role: p.roles[p.Words[h.First].Line],
		doubt: v.Doubt, others: v.Others, names: v.Names}
	if in.form {
		c.way = wayForm
		c.source = p.source(p.Words[h.First].Start, max(p.Words[v.Last-1].End, p.Words[h.Last-1].End))
	} else {
		c.way, c.source = waySentence, p.sentenceOf(h.First)
	}
	return c, true
}

// sentenceOf cites the sentence of word i.
func (p *pageText) sentenceOf(i int) dossier.Source {
	s := p.Sentences[p.Words[i].Sentence]
	return p.source(s.Start, s.End)
}

// placeOf finds the cells in which the value of a label may be; ok is false if it has none.
func (def *FactDef) placeOf(p *pageText, h phrase.Hit) (in labelled, ok bool) {
	in.from, in.scale = p.bracketed(h.Last)
	k := in.from
	if k >= len(p.Words) {
		return in, false
	}
	gap := p.Gap(k - 1)
	nextLine := strings.Contains(gap, "\n") && p.Words[k].Line == p.Words[h.Last-1].Line+1
	in.form = p.startsCell(h.First) && (strings.ContainsAny(gap, ":\t") || nextLine)
	if in.form {
		in.limit = p.cellEnd(k)
		return in, true
	}
	sentence := p.Words[h.First].Sentence
	in.limit = k
	for in.limit < len(p.Words) && p.Words[in.limit].Sentence == sentence && in.limit < k+maxSentenceReach {
		in.limit++
	}
	return in, !def.reads.Type.OnlyInForms() && p.Words[k].Sentence == sentence
}

// cellEnd returns the word after the cell that word k is in: a cell ends at a tab, a semicolon or the end of its line.
func (p *pageText) cellEnd(k int) int {
	end := k + 1
	for end < len(p.Words) && p.Words[end].Line == p.Words[k].Line && !strings.ContainsAny(p.Gap(end-1), "\t;") {
		end++
	}
	return end
}

// bracketed skips what a label ending before word k has in brackets behind it, such as "(hộ)", up to 8 words. It
// returns the word after it and the magnitude that it names, else 1.
func (p *pageText) bracketed(k int) (after int, scale float64) {
	scale = 1
	if !strings.Contains(p.Gap(k-1), "(") {
		return k, scale
	}
	for n := 0; n < 8 && k < len(p.Words); n++ {
		if n > 0 && strings.Contains(p.Gap(k-1), ")") {
			break
		}
		if m, ok := p.LanguageAt(k).Magnitudes[p.Words[k].Text]; ok {
			scale *= m
		}
		k++
	}
	return k, scale
}

// valueOf reads the value of a label at its place, unless the passage does not state it.
func (def *FactDef) valueOf(p *pageText, h phrase.Hit, l *language.Language, in labelled) (value.Value, bool) {
	switch def.reads.Type {
	case value.Names:
		return def.reads.NamesAfter(&p.Page, l, h.Last, in.from)
	case value.Choice:
		in.limit = def.reads.OptionsEnd(&p.Page, in.from, in.limit)
	}
	at, v, ok := def.reads.First(&p.Page, l, in.from, in.limit, in.form)
	if !ok && !in.form && def.countsIn(*h.Phrase) {
		at, v, ok = def.bareCount(p, l, in.from, in.limit)
	}
	if !ok || def.disclaimed(p, h.Last, at, v.Last) {
		return value.Value{}, false
	}
	if in.form {
		return v, true
	}
	if def.notTheWhole(p, h.First, at, v.Last) || p.refuted(h.First, h.Last, 0, false) != "" {
		return value.Value{}, false
	}
	if to, changed := def.changedTo(p, l, at, v.Last, in.limit); changed {
		v = to
	}
	return v, true
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
