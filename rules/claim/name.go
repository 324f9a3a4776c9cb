package claim

import (
	"slices"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// named are kinds of cues whose words may be parts of names: "Will Barker", "Plan International", "Sở Kế hoạch và Đầu tư",
// "Cần Thơ".
var named = []language.CueKind{language.Negator, language.Plan, language.WeakPlan, language.Wish, language.WeakWish,
	language.Modal, language.Conditional, language.ConditionalFirst, language.RulePaper, language.Intent, language.Failure}

// maxNameRun is how many words in a row with capital letters a name has at most: a title in capitals has more.
const maxNameRun = 4

// isInName reports whether a cue is a part of a name, and says nothing of its sentence: it begins with a capital letter
// in the middle of it, beside another word that does, or behind the noun of a body. A sentence begins so only if its next
// word does too, and the cue may be a first name. A word in capitals ("NOT"), and a heading of words that all begin with
// one, are no names.
func (p *Page) isInName(c Cue, s text.Sentence) bool {
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

// isBehindBody reports whether the noun of a body ends right before word k of a sentence. It asks the words and no cues,
// which are not known yet.
func (p *Page) isBehindBody(k int, s text.Sentence) bool {
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
func (p *Page) isProper(k int) bool {
	w := p.page.Words[k]
	return !w.Number && w.End-w.Start > 1 && text.IsUpper(p.page.Runes[w.Start]) && text.IsLower(p.page.Runes[w.Start+1])
}

// isTitled reports whether more than half of the words of a sentence outside [from, to) begin with a capital letter.
func (p *Page) isTitled(s text.Sentence, from, to int) bool {
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
