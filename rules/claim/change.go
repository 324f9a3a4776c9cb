package claim

import (
	"slices"

	"kheo/internal/text/language"
)

// IsChange reports whether a cue of a change up or down reports one: it does not if it is a part of a bound or estimate
// ("more than a third"), or a particle of another verb ("set up", "tatt opp").
func (p *Page) IsChange(c Cue) bool { return change{p}.isOne(c) }

// change looks at cues of changes up and down.
type change struct{ *Page }

// isOne is IsChange.
func (p change) isOne(c Cue) bool {
	if slices.ContainsFunc(p.Cues(p.page.Words[c.First].Sentence), func(other Cue) bool {
		bound := other.Kind == language.Approx || other.Kind == language.Below
		return bound && other.First <= c.First && other.Last >= c.Last && other.Last-other.First > 1 &&
			p.isFigured(other)
	}) {
		return p.comparesTime(c)
	}
	l := p.page.LanguageAt(c.First)
	if c.Last-c.First > 1 || !slices.Contains(l.Particles, p.page.Words[c.First].Text) {
		return true
	}
	return p.isMeasured(c) || p.isMoved(c)
}

// isFigured reports whether a figure is right behind a cue: "more than a third", "over 40".
func (p change) isFigured(c Cue) bool {
	s := p.page.Sentences[p.page.Words[c.First].Sentence]
	for k := c.Last; k < min(s.Last, c.Last+2); k++ {
		l, w := p.page.LanguageAt(k), p.page.Words[k]
		if _, named := l.Numbers[w.Text]; w.Number || named || p.Has(language.Fraction, k, min(s.Last, k+3)) {
			return true
		}
	}
	return false
}

// comparesTime reports whether a time follows a comparative with its "than": "more than last year".
func (p change) comparesTime(c Cue) bool {
	s := p.page.Sentences[p.page.Words[c.First].Sentence]
	for k := c.Last; k < min(s.Last, c.Last+maxTimeReach); k++ {
		if p.page.Words[k].Number && !p.IsYear(k) {
			return false
		}
		if p.Has(language.EarlierTime, k, s.Last) || p.Has(language.Past, k, s.Last) || p.IsYear(k) {
			return true
		}
	}
	return false
}

// maxTimeReach is how many words may be between a comparative and the time that it compares with.
const maxTimeReach = 7

// isMeasured reports whether a figure, or a word such as "by", is behind a particle: "down 27 per cent", "up from 12".
func (p change) isMeasured(c Cue) bool {
	s := p.page.Sentences[p.page.Words[c.First].Sentence]
	if c.Last >= s.Last {
		return false
	}
	next := p.page.Words[c.Last]
	l := p.page.LanguageAt(c.Last)
	_, named := l.Numbers[next.Text]
	kinds := []language.CueKind{language.ChangeFrom, language.ChangeTo, language.Approx, language.Agent,
		language.Fraction}
	return next.Number || named || slices.ContainsFunc(kinds, func(kind language.CueKind) bool {
		at := p.Cues(p.page.Words[c.First].Sentence)
		return slices.ContainsFunc(at, func(other Cue) bool { return other.Kind == kind && other.First == c.Last })
	}) || slices.Contains(l.ByHowMuch, next.Text)
}

// isMoved reports whether a verb of being or going is before a particle, light words aside: "went down", "er opp".
func (p change) isMoved(c Cue) bool {
	s := p.page.Sentences[p.page.Words[c.First].Sentence]
	for k := c.First - 1; k >= max(s.First, c.First-maxMoved); k-- {
		l, w := p.page.LanguageAt(k), p.page.Words[k].Text
		if slices.Contains(l.Going, w) {
			return true
		}
		if l.IsPast(w) || hasEnding(w, l.Participles) {
			return false // "var tatt opp"
		}
	}
	return false
}

// maxMoved is how many words may be between a verb of going and its particle: "brought the waiting times down".
const maxMoved = 5
