// Package claim decides whether words of a page claim that something happened, or only speak of it: negated, planned,
// wished for, asked, quoted from rules or forms.
//
// The method is that of NegEx (Chapman et al., J. Biomed. Inform. 34, 2001: cues with a scope, and cues that only
// look so), widened from negation to plans, wishes, conditions, questions and quotations, for three languages. The
// cues of each language are data of internal/text/language.
package claim

import (
	"slices"
	"strconv"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/number"
)

// Reasons why words that were found do not claim that something happened.
const (
	Negated = "negated"
	Planned = "planned"
	Wished  = "wished" // or asked for, or only possible
	Quoted  = "quoted" // from rules, forms and their instructions
	Asked   = "asked"
)

// span is words [first, last) of a page, whose claim is in question, with what is around them.
type span struct {
	first, last int
	sentence    text.Sentence
	from, to    int // the clause around them
}

// Refuted returns why words [first, last) of the page claim nothing: a negation, a plan, a wish, a condition or a
// question governs them, or they are quoted from rules; "" if they are a claim. The words must lie in one sentence.
// lastYear is the last year of the campaign, or 0: what is reported of a later year is a plan. quotes says whether
// quotations claim nothing either.
func (p *Page) Refuted(first, last, lastYear int, quotes bool) string {
	w := p.page.Words[first]
	at := span{first: first, last: last, sentence: p.page.Sentences[w.Sentence]}
	at.from, at.to = p.Clause(first, last)
	s := at.sentence
	switch {
	case s.End > s.Start && p.page.Runes[s.End-1] == '?':
		return Asked
	case p.isInstruction(w.Sentence, first), quotes && w.Quoted && !p.isSpeech(first),
		quotes && (p.Has(language.RuleText, s.First, s.Last) || p.Has(language.Prompt, s.First, s.Last)):
		return Quoted
	case p.isNegated(at), p.isNominalNegated(at), p.negatesObject(at), p.hasFailed(at):
		return Negated
	case p.isPlanned(at), lastYear > 0 && p.laterYear(s.First, at.to, lastYear), quotes && p.isMilestone(at):
		return Planned
	case p.isWished(at):
		return Wished
	}
	return ""
}

// isNegated looks for negators of the clause that reach the words. Two affirm if the first says "none" ("no household
// that did not join").
func (p *Page) isNegated(at span) bool {
	at.from = p.listStart(at)
	var found []Cue
	for _, c := range p.Cues(p.page.Words[at.first].Sentence) {
		if c.Kind == language.Negator && p.negates(c, at) {
			found = append(found, c)
		}
	}
	if len(found) == 2 && p.Has(language.NoneOf, found[0].First, found[1].First) {
		return false // "no household that did not join"
	}
	return len(found) > 0
}

// listStart returns the start of the clause if it is one of a list: in "not taken over, copied or used", "not"
// belongs to all three.
func (p *Page) listStart(at span) int {
	w, first := p.page.Words, at.sentence.First
	from := at.from
	for head := at.first; from == head && from > first && p.page.Gap(from-1) == ", "; {
		from--
		head = from
		for from > first && w[from-1].Clause == w[head].Clause {
			from--
		}
	}
	return from
}

// maxNegatorReach is how many words before what it negates a negator may be.
const maxNegatorReach = 12

// negates reports whether a negator reaches the words: before them in the clause, or behind them at its end
// ("nhân rộng thì chưa"), in Norwegian right behind the verb too ("spredte seg ikke").
func (p *Page) negates(c Cue, at span) bool {
	switch {
	case c.First >= max(at.from, at.first-maxNegatorReach) && c.Last <= at.first && p.reaches(c, at):
		return true
	case c.First >= at.first && c.Last <= at.last: // "không còn" may be what is looked for
		return false
	case c.First >= at.last && c.First <= at.last+1 && c.First < at.to:
		closes := c.Last >= at.to
		return closes || c.First == at.last && p.page.LanguageAt(at.first).Code == "nb"
	}
	return false
}

// reaches reports whether a cue before the words governs them. If they report a change with its figures ("fell from 8
// to 1"), a cue further ahead belongs to their subject ("the fields that lack water"), unless only light words are
// between them, or a word that makes it a negation of all.
func (p *Page) reaches(c Cue, at span) bool {
	if !p.hasFigures(at) {
		return true
	}
	for k := c.Last; k < at.first; k++ {
		if slices.Contains(p.page.LanguageAt(k).Cues[language.NoneOf], p.page.Words[k].Text) {
			return true
		}
	}
	return p.onlyLight(c.Last, at.first)
}

// onlyLight reports whether all of words [from, to) are light words, such as "also".
func (p *Page) onlyLight(from, to int) bool {
	for k := from; k < to; k++ {
		if !slices.Contains(p.page.LanguageAt(k).Cues[language.Light], p.page.Words[k].Text) {
			return false
		}
	}
	return true
}

// hasFigures reports whether figures of a change follow the words: "from 8", "to 12", "by 30%".
func (p *Page) hasFigures(at span) bool {
	w, end := p.page.Words, at.sentence.Last
	for k := at.last; k < min(end, at.last+2); k++ {
		for _, kind := range []language.CueKind{language.ChangeFrom, language.ChangeTo} {
			if c, ok := p.Last(kind, k, min(end, k+2)); ok && c.Last < end && w[c.Last].Number {
				return true
			}
		}
		if w[k].Number {
			return k+1 < end && number.PercentAt(w, k+1, end) > 0
		}
	}
	return false
}

// isNominalNegated finds "việc thành lập … chưa thực hiện được": what happens is a noun, and the claim about it comes
// later in the sentence.
func (p *Page) isNominalNegated(at span) bool {
	n, ok := p.Last(language.Nominal, max(at.sentence.First, at.first-3), at.first)
	if !ok || p.page.Words[n.First].Clause != p.page.Words[at.first].Clause {
		return false
	}
	for _, c := range p.Cues(p.page.Words[at.first].Sentence) {
		if c.Kind == language.Negator && c.First >= at.last {
			a, ok := p.Last(language.Achieve, c.Last, min(at.sentence.Last, c.Last+4))
			if ok && a.First <= c.Last+2 {
				return true
			}
		}
	}
	return false
}

// isPlanned looks for a plan before the words with nothing done between them, and for one behind them.
func (p *Page) isPlanned(at span) bool {
	if c, ok := p.Last(language.Plan, at.sentence.First, at.first); ok {
		perfect := p.Has(language.Perfect, max(at.from, c.Last), at.first)
		otherClause := p.page.Words[c.First].Clause != p.page.Words[at.first].Clause
		if p.stillPlan(c, at) && !(perfect && otherClause) {
			return true
		}
	}
	if c, ok := p.Last(language.WeakPlan, at.from, at.first); ok && p.reaches(c, at) && p.stillPlan(c, at) {
		return true
	}
	if c, ok := p.Last(language.Purpose, max(at.from, at.first-4), at.first); ok && p.onlyLight(c.Last, at.first) {
		return true
	}
	return p.isPlanBehind(at)
}

// stillPlan reports whether nothing between a plan and the words says that it was done. What begins within two words
// of the plan's first is part of the plan.
func (p *Page) stillPlan(plan Cue, at span) bool {
	d, done := p.Last(language.Done, plan.Last, at.first)
	return !done || d.First <= plan.First+2
}

// isMilestone reports whether the words are in a line of a schedule: it begins with such a word and a number or colon,
// as "Milestones:", "Month 6,", "M2 (June):"; of a list in one line, the part in question may begin so.
func (p *Page) isMilestone(at span) bool {
	w := p.page.Words
	line := p.page.Lines[w[at.first].Line]
	for _, k := range []int{line.First, at.sentence.First, at.from} {
		if word := w[k].Text; len(word) >= 2 && len(word) <= 3 && word[0] == 'm' && word[1] >= '1' && word[1] <= '9' {
			return true
		}
		for _, c := range p.Cues(w[k].Sentence) {
			if c.Kind != language.Milestone || c.First != k || c.Last >= len(w) || w[c.Last].Line != w[k].Line {
				continue
			}
			gap := p.page.Gap(c.Last - 1)
			if len(gap) > 0 && gap[0] == ':' || w[c.Last].Number && w[c.Last].Start-w[c.Last-1].End == 1 && c.Last < at.first {
				return true
			}
		}
	}
	return false
}

// isPlanBehind reports whether a plan follows the words: in brackets, or at the end of their clause.
func (p *Page) isPlanBehind(at span) bool {
	c, ok := p.Last(language.Plan, at.last, min(at.sentence.Last, at.last+4))
	if !ok {
		return false
	}
	before := p.page.Words[c.First].Start - 1
	inBrackets := before > 0 && p.page.Runes[before] == '('
	return inBrackets || c.First <= at.last+1 && c.Last >= at.to && at.to < at.sentence.Last
}

// isWished looks for wishes, duties, possibilities and conditions.
func (p *Page) isWished(at span) bool {
	w := p.page.Words
	vietnamese := p.page.LanguageAt(at.first).Code == "vi"
	if c, ok := p.Last(language.Wish, at.sentence.First, at.first); ok {
		d, done := p.Last(language.Done, c.Last, at.first)
		if !done || !vietnamese && w[d.First].Clause == w[c.First].Clause {
			return true
		}
	}
	if c, ok := p.Last(language.WeakWish, at.from, at.first); ok && p.reaches(c, at) {
		if !p.Has(language.Done, c.Last, at.first) {
			return true
		}
	}
	if c, ok := p.Last(language.Modal, max(at.from, at.first-9), at.first); ok && p.reaches(c, at) {
		if d, done := p.Last(language.Done, c.Last, at.first); !done || !vietnamese && d.First <= c.Last+1 {
			return true
		}
	}
	return p.isConditional(at)
}

// isConditional reports whether a condition is before the words, or shortly behind them.
func (p *Page) isConditional(at span) bool {
	s := at.sentence
	if p.Has(language.Conditional, s.First, at.first) {
		return true
	}
	if c, ok := p.Last(language.ConditionalFirst, s.First, s.First+1); ok && c.Last <= at.first {
		return true
	}
	c, ok := p.Last(language.Conditional, at.last, s.Last)
	return ok && c.First <= at.last+12
}

// isInstruction reports whether a sentence, given its index, is an instruction of a form about what to write, which
// word at follows.
func (p *Page) isInstruction(sentence, at int) bool {
	w, s := p.page.Words, p.page.Sentences[sentence]
	for _, c := range p.Cues(sentence) {
		if c.Kind != language.Instruction || c.First > at {
			continue
		}
		before := w[c.First].Start - 1
		if before >= 0 && (p.page.Runes[before] == '(' || p.page.Runes[before] == '[') {
			return true
		}
		if c.First == s.First && c.Last-c.First > 1 && w[c.First].Clause == w[at].Clause {
			return true
		}
	}
	return false
}

// isSpeech reports whether the quotation around word at is what a person says, and not what rules or a form say: a
// verb of speech precedes it, and no name of a paper.
func (p *Page) isSpeech(at int) bool {
	w := p.page.Words
	from := at
	for from > 0 && w[from-1].Quoted && w[from-1].Line >= w[at].Line-1 {
		from--
	}
	begin := from
	for begin > 0 && begin > from-14 && w[begin-1].Line >= w[from].Line-1 && w[begin-1].Sentence >= w[from].Sentence-1 {
		begin--
	}
	speech := false
	for k := begin; k < from; k++ {
		for _, c := range p.page.LanguageAt(k).CuesAt(w[k].Text) {
			if k+len(c.Words) > from || !p.isAt(c.Words, k) {
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

// EarlierYear reports whether words [from, to) of the page name a year before the given one, of four digits, and from
// 1950 on.
func (p *Page) EarlierYear(from, to int, year string) bool {
	for k := from; k < to; k++ {
		w := p.page.Words[k]
		if w.Number && len(w.Text) == 4 && w.Text < year && w.Text >= "1950" && p.isYear(k) {
			return true
		}
	}
	return false
}

// Earlier reports whether words [first, last) of the page are told of a year before the given one, of four digits: it
// is named in their clause, and not only compared with, and no later year is in the sentence.
func (p *Page) Earlier(first, last int, year string) bool {
	s := p.page.Sentences[p.page.Words[first].Sentence]
	from, to := p.Clause(first, last)
	for k := s.First; k < s.Last; k++ {
		if w := p.page.Words[k]; w.Number && len(w.Text) == 4 && w.Text >= year && w.Text < "2100" && p.isYear(k) {
			return false
		}
	}
	return p.namesEarlier(from, to, year) || p.namesEarlier(s.First, min(s.Last, p.opening(s)), year)
}

// namesEarlier reports whether words [from, to) name a year before the given one that is not only compared with.
func (p *Page) namesEarlier(from, to int, year string) bool {
	for k := from; k < to; k++ {
		if p.IsYear(k) && p.page.Words[k].Text < year && !p.Has(language.Compared, max(from, k-3), k) {
			return true
		}
	}
	return false
}

// opening returns the word after the opening of a sentence, if that is a short time before a comma ("In 2023, …"), else
// its first word.
func (p *Page) opening(s text.Sentence) int {
	const longest = 4 // words
	for k := s.First + 1; k < s.Last && k <= s.First+longest; k++ {
		if p.page.Words[k].Clause != p.page.Words[s.First].Clause {
			return k
		}
	}
	return s.First
}

// IsYear reports whether word k of the page is a year and counts nothing.
func (p *Page) IsYear(k int) bool {
	w := p.page.Words[k]
	return w.Number && len(w.Text) == 4 && (w.Text[:2] == "19" || w.Text[:2] == "20") && p.isYear(k)
}

// laterYear reports whether words [from, to) of the page name a year after the given one, by less than 30 years.
func (p *Page) laterYear(from, to, year int) bool {
	for k := from; k < to; k++ {
		w := p.page.Words[k]
		if !w.Number || len(w.Text) != 4 {
			continue
		}
		if y, err := strconv.Atoi(w.Text); err == nil && y > year && y < year+30 && p.isYear(k) {
			return true
		}
	}
	return false
}

// isYear reports whether the four digits at word k name a year and count nothing.
func (p *Page) isYear(k int) bool {
	l, w := p.page.LanguageAt(k), p.page.Words
	beforeYear := l.DateWords["before_year"]
	if k > 0 && w[k-1].Sentence == w[k].Sentence && slices.Contains(beforeYear, w[k-1].Text) {
		return true
	}
	return number.IsOrdinal(p.page, l, k, k+1)
}
