package rules

import (
	"slices"
	"strconv"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// Reasons why words that were found do not claim that something happened.
const (
	struckNegated = "negated"
	struckPlanned = "planned"
	struckWished  = "wished" // or asked for, or only possible
	struckQuoted  = "quoted" // from rules, forms and their instructions
	struckAsked   = "asked"
)

// cue is a cue of a language that was found at words[first:last] of the page.
type cue struct {
	kind        language.CueKind
	first, last int
}

// cuesOf returns the cues of a sentence, in order. Those that another one masks, as in
// "not only", are left out.
func (p *pageText) cuesOf(sent int) []cue {
	if len(p.cues) != len(p.Sentences) {
		p.cues = slices.Grow(p.cues[:0], len(p.Sentences))[:len(p.Sentences)]
		clear(p.cues)
	}
	if p.cues[sent] != nil {
		return p.cues[sent]
	}
	s, lang := p.Sentences[sent], p.LanguageOf(sent)
	var found [48]cue
	out, masks := found[:0], false
	for i := s.First; i < s.Last; i++ {
		list := lang.CuesAt(p.Words[i].Text)
		for k := range list {
			c := &list[k]
			if i+len(c.Words) <= s.Last && p.standAt(c.Words, i) {
				out = append(out, cue{c.Kind, i, i + len(c.Words)})
				masks = masks || c.Masking
			}
		}
	}
	kept := make([]cue, 0, len(out))
	for _, c := range out {
		masked := false
		if masks {
			for _, m := range out {
				masked = masked || m.first <= c.first && c.last <= m.last && m.kind.Masks(c.kind)
			}
		}
		for k := len(kept) - 1; k >= 0 && !masked; k-- { // "không có" is one negator and not two
			masked = kept[k].kind == c.kind && c.first < kept[k].last
		}
		if !masked {
			kept = append(kept, c)
		}
	}
	p.cues[sent] = kept
	return kept
}

func (p *pageText) standAt(words []string, i int) bool {
	for k, w := range words {
		if p.Words[i+k].Text != w {
			return false
		}
	}
	return true
}

// cueIn returns the last cue of a kind that lies in words[from:to].
func (p *pageText) cueIn(kind language.CueKind, from, to int) (cue, bool) {
	if from >= to {
		return cue{}, false
	}
	all := p.cuesOf(p.Words[from].Sentence)
	for i := len(all) - 1; i >= 0; i-- {
		if c := all[i]; c.kind == kind && c.first >= from && c.last <= to {
			return c, true
		}
	}
	return cue{}, false
}

// clauseOf returns the clause around words[first:last]: between commas, brackets and
// words such as "but".
func (p *pageText) clauseOf(first, last int) (from, to int) {
	s := p.Sentences[p.Words[first].Sentence]
	from, to = first, last
	for from > s.First && p.Words[from-1].Clause == p.Words[first].Clause {
		from--
	}
	for to < s.Last && p.Words[to].Clause == p.Words[last-1].Clause {
		to++
	}
	for _, c := range p.cuesOf(p.Words[first].Sentence) {
		if c.kind != language.ClauseBreak {
			continue
		}
		if c.last <= first && c.first >= from {
			from = c.last
		}
		if c.first >= last && c.first < to {
			to = c.first
		}
	}
	return from, to
}

// struckOut returns why words[first:last] of the page claim nothing: a negation, a plan, a
// wish, a condition or a question governs them, or they are quoted from rules; "" if they
// are a claim. lastYear is the last year of the campaign, or 0: what is reported of a later
// year is a plan. quotes says whether quotations are struck out.
//
// The method is that of NegEx (Chapman et al., J. Biomed. Inform. 34, 2001: cues with
// a scope, and cues that only look so), widened from negation to plans, wishes,
// conditions, questions and quotations, for three languages.
func (p *pageText) struckOut(first, last, lastYear int, quotes bool) string {
	sent := p.Words[first].Sentence
	s := p.Sentences[sent]
	from, to := p.clauseOf(first, last)
	switch {
	case s.End > s.Start && p.Runes[s.End-1] == '?':
		return struckAsked
	case p.instructs(sent, first):
		return struckQuoted
	case quotes && p.Words[first].Quoted && !p.isSpeech(first):
		return struckQuoted
	case p.negated(from, first, last, to), p.nominalNegated(first, last, s.Last):
		return struckNegated
	case p.planned(s, from, first, last, to), lastYear > 0 && p.laterYear(s.First, to, first, lastYear):
		return struckPlanned
	case p.wished(s, from, first, last):
		return struckWished
	}
	for _, name := range p.sections[p.Words[first].Line] {
		if name == planSection {
			return struckPlanned
		}
	}
	return ""
}

// negated looks for negators of a clause that reach words[first:last]. Two affirm
// if the first says "none" ("no household that did not join").
func (p *pageText) negated(from, first, last, to int) bool {
	var found []cue
	lang := p.LanguageAt(first)
	s := p.Sentences[p.Words[first].Sentence]
	for head := first; from == head && from > s.First && p.gap(from-1) == ", "; { // one of a list: "not taken over, copied or used"
		from--
		head = from
		for from > s.First && p.Words[from-1].Clause == p.Words[head].Clause {
			from--
		}
	}
	for _, c := range p.cuesOf(p.Words[first].Sentence) {
		if c.kind != language.Negator {
			continue
		}
		closes := c.last >= to
		switch {
		case c.first >= max(from, first-12) && c.last <= first && p.reaches(c, first, last):
			found = append(found, c)
		case c.first >= first && c.last <= last: // "không còn" may be what is looked for
		case c.first >= last && c.first <= last+1 && c.first < to && (closes || c.first == last && lang.Code == "nb"):
			found = append(found, c) // "spredte seg ikke", "nhân rộng thì chưa"
		}
	}
	if len(found) == 2 {
		if _, ok := p.cueIn(language.NoneOf, found[0].first, found[1].first); ok {
			return false // "no household that did not join"
		}
	}
	return len(found) > 0
}

// reaches reports whether a cue before words[first:last] governs them. If they report a
// change with its figures ("fell from 8 to 1"), a cue further ahead belongs to their
// subject ("the fields that lack water"), unless only light words are between them, or a
// word that makes it a negation of all.
func (p *pageText) reaches(c cue, first, last int) bool {
	s := p.Sentences[p.Words[first].Sentence]
	if !p.measured(s, last) {
		return true
	}
	for k := c.last; k < first; k++ {
		if slices.Contains(p.LanguageAt(k).Cues[language.NoneOf], p.Words[k].Text) {
			return true
		}
	}
	return p.onlyLight(c.last, first)
}

// onlyLight reports whether all of words[from:to] are light words.
func (p *pageText) onlyLight(from, to int) bool {
	for k := from; k < to; k++ {
		if !slices.Contains(p.LanguageAt(k).Cues[language.Light], p.Words[k].Text) {
			return false
		}
	}
	return true
}

// measured reports whether figures of a change follow: "from 8", "to 12", "by 30%".
func (p *pageText) measured(s text.Sentence, last int) bool {
	for k := last; k < min(s.Last, last+2); k++ {
		for _, kind := range []language.CueKind{language.ChangeFrom, language.ChangeTo} {
			if c, ok := p.cueIn(kind, k, min(s.Last, k+2)); ok && c.last < s.Last && p.Words[c.last].Number {
				return true
			}
		}
		if p.Words[k].Number {
			return k+1 < s.Last && (p.Words[k+1].Text == "%" || percentWord(p.Words, k+1, s.Last) > 0)
		}
	}
	return false
}

// nominalNegated finds "việc thành lập … chưa thực hiện được": what happens is a noun,
// and the claim about it comes later in the sentence.
func (p *pageText) nominalNegated(first, last, end int) bool {
	n, ok := p.cueIn(language.Nominal, max(p.Sentences[p.Words[first].Sentence].First, first-3), first)
	if !ok || p.Words[n.first].Clause != p.Words[first].Clause {
		return false
	}
	for _, c := range p.cuesOf(p.Words[first].Sentence) {
		if c.kind == language.Negator && c.first >= last {
			if a, ok := p.cueIn(language.Achieve, c.last, min(end, c.last+4)); ok && a.first <= c.last+2 {
				return true
			}
		}
	}
	return false
}

// planned looks for a plan before the words that nothing done comes between, and for
// one in brackets behind them.
func (p *pageText) planned(s text.Sentence, from, first, last, to int) bool {
	if c, ok := p.cueIn(language.Plan, s.First, first); ok {
		d, done := p.cueIn(language.Done, c.last, first)
		_, perfect := p.cueIn(language.Perfect, max(from, c.last), first)
		if (!done || d.first <= c.first+2) && !(perfect && p.Words[c.first].Clause != p.Words[first].Clause) {
			return true
		}
	}
	if c, ok := p.cueIn(language.WeakPlan, from, first); ok && p.reaches(c, first, last) {
		d, done := p.cueIn(language.Done, c.last, first)
		if !done || d.first <= c.first+2 {
			return true
		}
	}
	if c, ok := p.cueIn(language.Purpose, max(from, first-4), first); ok && p.onlyLight(c.last, first) {
		return true
	}
	if c, ok := p.cueIn(language.Plan, last, min(s.Last, last+4)); ok {
		at := p.Words[c.first].Start - 1
		return at > 0 && p.Runes[at] == '(' || c.first <= last+1 && c.last >= to && to < s.Last
	}
	return false
}

// wished looks for wishes, duties, possibilities and conditions.
func (p *pageText) wished(s text.Sentence, from, first, last int) bool {
	if c, ok := p.cueIn(language.Wish, s.First, first); ok {
		d, done := p.cueIn(language.Done, c.last, first)
		if !done || p.LanguageAt(first).Code != "vi" && p.Words[d.first].Clause == p.Words[c.first].Clause {
			return true
		}
	}
	if c, ok := p.cueIn(language.WeakWish, from, first); ok && p.reaches(c, first, last) {
		if _, done := p.cueIn(language.Done, c.last, first); !done {
			return true
		}
	}
	if c, ok := p.cueIn(language.Modal, max(from, first-9), first); ok && p.reaches(c, first, last) {
		if d, done := p.cueIn(language.Done, c.last, first); !done || p.LanguageAt(first).Code != "vi" && d.first <= c.last+1 {
			return true
		}
	}
	if _, ok := p.cueIn(language.Conditional, s.First, first); ok {
		return true
	}
	if c, ok := p.cueIn(language.ConditionalFirst, s.First, s.First+1); ok && c.last <= first {
		return true
	}
	c, ok := p.cueIn(language.Conditional, last, s.Last)
	return ok && c.first <= last+12
}

// instructs reports whether the sentence is an instruction of a form about what to write.
func (p *pageText) instructs(sent, at int) bool {
	s := p.Sentences[sent]
	for _, c := range p.cuesOf(sent) {
		if c.kind != language.Instruction || c.first > at {
			continue
		}
		before := p.Words[c.first].Start - 1
		if before >= 0 && (p.Runes[before] == '(' || p.Runes[before] == '[') {
			return true
		}
		if c.first == s.First && c.last-c.first > 1 && p.Words[c.first].Clause == p.Words[at].Clause {
			return true
		}
	}
	return false
}

// isSpeech reports whether a quotation is what a person says, and not what rules or a form
// say: a verb of speech precedes it, and no name of a paper.
func (p *pageText) isSpeech(at int) bool {
	from := at
	for from > 0 && p.Words[from-1].Quoted && p.Words[from-1].Line >= p.Words[at].Line-1 {
		from--
	}
	begin := from
	for begin > 0 && begin > from-14 && p.Words[begin-1].Line >= p.Words[from].Line-1 && p.Words[begin-1].Sentence >= p.Words[from].Sentence-1 {
		begin--
	}
	speech := false
	for k := begin; k < from; k++ {
		for _, c := range p.LanguageAt(k).CuesAt(p.Words[k].Text) {
			if k+len(c.Words) > from || !p.standAt(c.Words, k) {
				continue
			}
			switch c.Kind {
			case language.RulePaper:
				return false
			case language.Speech:
				speech = true
			}
		}
	}
	return speech
}

// laterYear reports whether words[from:to], up to or in the clause of word at, speak
// of a year after the campaign's.
func (p *pageText) laterYear(from, to, at, lastYear int) bool {
	for k := from; k < to; k++ {
		if w := p.Words[k]; w.Number && len(w.Text) == 4 {
			if y, err := strconv.Atoi(w.Text); err == nil && y > lastYear && y < lastYear+30 && p.isYear(k) {
				return true
			}
		}
	}
	return false
}

// isYear reports whether the four digits at word k name a year and count nothing.
func (p *pageText) isYear(k int) bool {
	l := p.LanguageAt(k)
	if k > 0 && p.Words[k-1].Sentence == p.Words[k].Sentence && slices.Contains(l.DateWords["before_year"], p.Words[k-1].Text) {
		return true
	}
	return p.isOrdinal(l, k, k+1)
}
