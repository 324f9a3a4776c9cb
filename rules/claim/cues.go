package claim

import (
	"slices"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// Cue is a cue of a language, such as "not" or "will", that was found at words [First, Last) of a page.
type Cue struct {
	Kind        language.CueKind
	First, Last int
}

// Page finds the cues of a page, and what they make of its words. It may be used by one goroutine at a time. Read
// must be called before everything else.
type Page struct {
	page  *text.Page
	cues  [][]Cue   // by sentence, filled on first use
	kinds []kindSet // of cues, by sentence
}

// kindSet is a set of kinds of cues that may hold more than was put into it: most sentences have few kinds, and most
// questions are about ones that they do not have.
type kindSet uint64

// setOf is the set of one kind.
func setOf(kind language.CueKind) kindSet {
	n := len(kind)
	return 1 << ((uint(n)*7 + uint(kind[0])*3 + uint(kind[n-1])*5 + uint(kind[n/2])*11) % 64)
}

// Read begins with another page, and reuses the memory of the one before.
func (p *Page) Read(page *text.Page) {
	p.page = page
	p.cues = slices.Grow(p.cues[:0], len(page.Sentences))[:len(page.Sentences)]
	clear(p.cues)
	p.kinds = slices.Grow(p.kinds[:0], len(page.Sentences))[:len(page.Sentences)]
}

// Cues returns the cues of a sentence, given its index, in order. Those that another one masks, as "not" in "not
// only", are left out. The caller must not change the list.
func (p *Page) Cues(sentence int) []Cue {
	if p.cues[sentence] == nil {
		var found [48]Cue
		p.cues[sentence] = unmasked(p.allCues(found[:0], sentence))
		p.kinds[sentence] = 0
		for _, c := range p.cues[sentence] {
			p.kinds[sentence] |= setOf(c.Kind)
		}
	}
	return p.cues[sentence]
}

// allCues appends to out every cue of a sentence, and reports whether some of them can mask others.
func (p *Page) allCues(out []Cue, sentence int) (found []Cue, masks bool) {
	s, lang := p.page.Sentences[sentence], p.page.LanguageOf(sentence)
	for i := s.First; i < s.Last; i++ {
		list := lang.CuesAt(p.page.Words[i].Text)
		for k := range list {
			c := &list[k]
			if i+len(c.Words) <= s.Last && p.isAt(c.Words[1:], i+1) &&
				!(naming{p}).isInName(Cue{c.Kind, i, i + len(c.Words)}, s) {
				out = append(out, Cue{c.Kind, i, i + len(c.Words)})
				masks = masks || c.Masking
			}
		}
	}
	return out, masks
}

// maxCue is more words than a cue has: one that begins so far before another does not overlap it.
const maxCue = 10

// unmasked returns the cues that no other one masks, and of cues of one kind that overlap the first: "không có" is
// one negator and not two. It never returns nil.
func unmasked(all []Cue, masks bool) []Cue {
	out := make([]Cue, 0, len(all))
	for _, c := range all {
		hidden := masks && slices.ContainsFunc(all, func(m Cue) bool {
			return m.First <= c.First && c.Last <= m.Last && m.Kind.Masks(c.Kind)
		})
		for k := len(out) - 1; k >= 0 && !hidden && out[k].First > c.First-maxCue; k-- {
			hidden = out[k].Kind == c.Kind && c.First < out[k].Last
		}
		if !hidden {
			out = append(out, c)
		}
	}
	return out
}

// isAt reports whether the words are at word i of the page, which must have as many words from there on.
func (p *Page) isAt(words []string, i int) bool {
	for k, w := range words {
		if p.page.Words[i+k].Text != w {
			return false
		}
	}
	return true
}

// Last returns the last cue of a kind that lies in words [from, to) of the page, in the sentence of word from.
func (p *Page) Last(kind language.CueKind, from, to int) (Cue, bool) {
	if from >= to {
		return Cue{}, false
	}
	sentence := p.page.Words[from].Sentence
	all := p.Cues(sentence)
	if p.kinds[sentence]&setOf(kind) == 0 {
		return Cue{}, false
	}
	for i := len(all) - 1; i >= 0; i-- {
		if c := all[i]; c.Kind == kind && c.First >= from && c.Last <= to {
			return c, true
		}
	}
	return Cue{}, false
}

// Has reports whether a cue of a kind lies in words [from, to) of the page, in the sentence of word from.
func (p *Page) Has(kind language.CueKind, from, to int) bool {
	_, ok := p.Last(kind, from, to)
	return ok
}

// Clause returns the clause around words [first, last) of the page: what lies between commas, brackets and words such
// as "but".
func (p *Page) Clause(first, last int) (from, to int) {
	w := p.page.Words
	s := p.page.Sentences[w[first].Sentence]
	from, to = first, last
	for from > s.First && w[from-1].Clause == w[first].Clause {
		from--
	}
	for to < s.Last && w[to].Clause == w[last-1].Clause {
		to++
	}
	for _, c := range p.Cues(w[first].Sentence) {
		if c.Kind != language.ClauseBreak || p.Has(language.Negator, c.Last, min(s.Last, c.Last+1)) &&
			c.First > s.First {
			continue // "likevel ikke" goes on with its clause
		}
		if p.isPartOfCue(c) {
			continue // "không còn", "từ 11 còn 7"
		}
		if c.Last <= first && c.First >= from {
			from = c.Last
		}
		if c.First >= last && c.First < to {
			to = c.First
		}
	}
	return from, to
}

// isPartOfCue reports whether a cue is inside a longer one, or is one of a change with its figure too.
func (p *Page) isPartOfCue(c Cue) bool {
	w := p.page.Words
	return slices.ContainsFunc(p.Cues(w[c.First].Sentence), func(other Cue) bool {
		if other.First == c.First && other.Last == c.Last {
			return other.Kind == language.ChangeTo && c.Last < len(w) && w[c.Last].Number
		}
		return other.First <= c.First && other.Last >= c.Last
	})
}

// named are kinds of cues whose words may be parts of names: "Will Barker", "Plan International", "Sở Kế hoạch và Đầu
// tư", "Cần Thơ".
var named = []language.CueKind{language.Negator, language.Plan, language.WeakPlan, language.Wish, language.WeakWish,
	language.Modal, language.Conditional, language.ConditionalFirst, language.RulePaper, language.Intent,
	language.Failure}

// maxNameRun is how many words in a row with capital letters a name has at most: a title in capitals has more.
const maxNameRun = 4

// naming looks at cues that may be parts of names, before the cues of their sentence are known.
type naming struct{ *Page }

// isInName reports whether a cue is a part of a name, and says nothing of its sentence: it begins with a capital letter
// in the middle of it, beside another word that does, or behind the noun of a body. A sentence begins so only if its
// next word does too, and the cue may be a first name. A word in capitals ("NOT"), and a heading of words that all
// begin with one, are no names.
func (p naming) isInName(c Cue, s text.Sentence) bool {
	if !slices.Contains(named, c.Kind) || !p.isProper(c.First) {
		return false
	}
	from, to := c.First, c.First+1
	for from > s.First && p.isProper(from-1) && p.page.Gap(from-1) == " " {
		from--
	}
	for to < s.Last && p.isProper(to) && p.page.Gap(to-1) == " " {
		to++
	}
	opening := from == s.First
	switch {
	case to-from > maxNameRun || p.isTitled(s, from, to):
		return false
	case c.First == s.First:
		return to > c.Last && slices.Contains(p.page.LanguageAt(c.First).FirstNames, p.page.Words[c.First].Text)
	case p.page.Gap(c.First-1) != " ":
		return false
	case to > c.Last, from < c.First && !opening, from < c.First-1:
		return true
	}
	return c.Kind != language.Negator && p.isBehindBody(c.First, s)
}

// isBehindBody reports whether the noun of a body ends right before word k of a sentence. It asks the words and no
// cues, which are not known yet.
func (p naming) isBehindBody(k int, s text.Sentence) bool {
	for i := max(s.First, k-maxCue); i < k; i++ {
		for _, c := range p.page.LanguageAt(i).CuesAt(p.page.Words[i].Text) {
			body := c.Kind == language.Body || c.Kind == language.Association || c.Kind == language.OwnBody
			if body && i+len(c.Words) == k && p.isAt(c.Words, i) {
				return true
			}
		}
	}
	return false
}

// isProper reports whether word k begins with a capital letter and has another letter that is none.
func (p naming) isProper(k int) bool {
	w := p.page.Words[k]
	return !w.Number && w.End-w.Start > 1 && text.IsUpper(p.page.Runes[w.Start]) &&
		text.IsLower(p.page.Runes[w.Start+1])
}

// isTitled reports whether more than half of the words of a sentence outside [from, to) begin with a capital letter.
func (p naming) isTitled(s text.Sentence, from, to int) bool {
	upper, all := 0, 0
	for k := s.First; k < s.Last; k++ {
		w := p.page.Words[k]
		if k >= from && k < to || w.Number {
			continue
		}
		all++
		if text.IsUpper(p.page.Runes[w.Start]) {
			upper++
		}
	}
	return 2*upper > all
}
