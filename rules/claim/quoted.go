package claim

import (
	"slices"
	"strings"

	"kheo/internal/text/language"
)

// isQuoted reports whether the words are quoted from rules or a form: in quotation marks, and not as what a
// person says, or in a sentence as only those have.
func (at clause) isQuoted() bool {
	if at.page.Words[at.first].Quoted && !at.isSpeech(at.first) && !at.isSpokenOf(at.first) ||
		isSlogan(at.Page, at.first) {
		return true
	}
	s := at.sentence
	return at.Has(language.RuleText, s.First, s.Last) || at.Has(language.Prompt, s.First, s.Last)
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
		long := c.Last-c.First > 1 || c.Last < s.Last && slices.Contains(p.page.LanguageOf(sentence).Articles,
			w[c.Last].Text)
		long = long || p.Has(language.Telling, c.Last, min(s.Last, c.Last+maxTelling)) // "Write here that …"
		if c.First == s.First && long && w[c.First].Clause == w[at].Clause {
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

// maxSlogan is how many words a slogan may have before the one in question.
const maxSlogan = 5

// isSlogan reports whether word at is in quotation marks behind the name of a slogan, poster or rule: 'the
// slogan "less plastic"'.
func isSlogan(p *Page, at int) bool {
	w, first := p.page.Words, p.page.Sentences[p.page.Words[at].Sentence].First
	for k := at; k > max(first, at-maxSlogan); k-- {
		gap := p.page.Gap(k - 1)
		if strings.ContainsAny(gap, "\"“«„”»") {
			return strings.ContainsAny(gap, "\"“«„") && p.Has(language.RulePaper, max(first, k-3), k)
		}
		if w[k].Clause != w[k-1].Clause {
			return false
		}
	}
	return false
}

// maxSpeechReach is how many words behind a quotation its verb of speech may be.
const maxSpeechReach = 5

// isSpokenOf reports whether a verb of speech follows the quotation around word at: '"…," our reporter writes'.
func (p *Page) isSpokenOf(at int) bool {
	w := p.page.Words
	to := at
	for to < len(w) && w[to].Quoted && w[to].Line <= w[at].Line+1 {
		to++
	}
	for k := to; k < min(len(w), to+maxSpeechReach) && w[k].Line <= w[to-1].Line+1; k++ {
		for _, c := range p.page.LanguageAt(k).CuesAt(w[k].Text) {
			if k+len(c.Words) > len(w) || !p.isAt(c.Words, k) {
				continue
			}
			if c.Kind == language.RulePaper {
				return false
			}
			if c.Kind == language.Speech {
				return true
			}
		}
	}
	return false
}
