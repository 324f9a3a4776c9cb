package rules

import (
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/claim"
	"kheo/rules/phrase"
	"kheo/rules/place"
	"slices"
)

// This file reads whose deed a passage reports: the dossier's unit's, another body's, or one that was only learned of.

// actor judges who did what a hit says, by the names before it in its sentence: another unit of the campaign that is
// nearer than any name or word of the dossier's own makes it another's. A clue that asks for other places wants them.
func (s *search) actor(c *Clue, p *pageText, h phrase.Hit) judgement {
	if c.By == byAnyone {
		return judgement{}
	}
	sentence := p.Words[h.First].Sentence
	first := p.Sentences[sentence].First
	other, clause := s.lastOther(p, first, h.First)
	own := s.lastOwn(p, first, h.First)
	if c.By == byOthers {
		if other < 0 {
			return judgement{why: others}
		}
		return judgement{}
	}
	if other < 0 {
		return s.named(p, h, own >= 0)
	}
	if own > other {
		return judgement{}
	}
	from, _ := p.claims.Clause(h.First, h.Last)
	if clause >= from || other == first {
		return judgement{why: others}
	}
	return judgement{doubt: claim.DoubtElsewhere}
}

// named judges who did what a hit says if no unit of the campaign is named before it: a body, or perhaps a bare name,
// that is not the dossier's own may be the subject; and "there" may be at a place that was named before. If the
// sentence speaks of the dossier's own unit before the hit, only a name right before it may be.
func (s *search) named(p *pageText, h phrase.Hit, own bool) judgement {
	sentence := p.Words[h.First].Sentence
	before := place.RightBefore(&p.Page, &p.claims, sentence, h.First, s.own)
	if own && !before {
		return judgement{}
	}
	acts := func(k int) bool { return s.acts(p, k) }
	switch place.Subject(&p.Page, &p.claims, sentence, h.First, s.own, acts) {
	case place.Surely:
		if resemblesOwn(p, p.Sentences[sentence].First, h.First, s.env.nameOf("unit", s.unit)) {
			return judgement{doubt: claim.DoubtElsewhere}
		}
		return judgement{why: others}
	}
	if before || s.isThere(p, h) || followsOthers(s, p, sentence) {
		return judgement{doubt: claim.DoubtElsewhere}
	}
	return judgement{}
}

// shortestStem is how many letters a word of a unit's name has at least that tells it from others.
const shortestStem = 4

// resemblesOwn reports whether words [first, last) of a page hold a part of the unit's name that may be all of it in
// another form, such as its long name: a word of it that is no noun of a body, or in Vietnamese its last two syllables.
func resemblesOwn(p *pageText, first, last int, unit string) bool {
	words, _ := text.Words(unit)
	if len(words) == 0 || first >= last {
		return false
	}
	l := p.LanguageAt(first)
	if l.Code == "vi" {
		words = words[max(0, len(words)-2):]
	}
	found := 0
	for k := first; k < last; k++ {
		if !text.IsUpper(p.Runes[p.Words[k].Start]) {
			continue
		}
		w := p.Words[k].Text
		if l.Code == "vi" {
			if len(words) == 2 && k+1 < last && w == words[0] && p.Words[k+1].Text == words[1] || len(words) == 1 &&
				w == words[0] {
				found++
			}
			continue
		}
		noun := slices.Contains(l.Cues[language.Body], w) || slices.Contains(l.Cues[language.Association], w)
		if !noun && len([]rune(w)) >= shortestStem && slices.Contains(words, w) {
			found++
		}
	}
	return found > 0
}

// followsOthers reports whether only a semicolon parts a sentence, given its index, from one whose subject is surely
// another's name.
func followsOthers(s *search, p *pageText, sentence int) bool {
	if sentence == 0 || !p.claims.EndsWithSemicolon(sentence-1) {
		return false
	}
	before := p.Sentences[sentence-1]
	return before.First < before.Last && place.Subject(&p.Page, &p.claims, sentence-1, before.Last-1, s.own,
		func(int) bool { return false }) == place.Surely
}

// acts reports whether word k begins a word that some clue looks for, by which someone acts: a change up or down
// happens by itself ("crime fell") unless the verb has other meanings ("raised").
func (s *search) acts(p *pageText, k int) bool {
	at := p.Words[k].Sentence
	for _, list := range s.clueLists {
		for _, x := range p.hits[list] {
			if x.First == k && p.Words[k].Sentence == at {
				return !p.claims.Has(language.Lower, k, x.Last) && !p.claims.Has(language.Higher, k, x.Last) ||
					p.claims.Has(language.Ambiguous, k, x.Last)
			}
		}
	}
	return false
}

// isThere reports whether the clause of a hit ends in "there" or its sentence begins so, and another place was named
// before it in its sentence or the sentence before.
func (s *search) isThere(p *pageText, h phrase.Hit) bool {
	sentence := p.Words[h.First].Sentence
	at := p.Sentences[sentence]
	from, to := p.claims.Clause(h.First, h.Last)
	for _, c := range p.claims.Cues(sentence) {
		opens := c.First == at.First || c.First == from
		if c.Kind == language.There && (opens && c.Last <= h.First || c.Last == to && c.First >= h.Last || !opens &&
			c.Last <= h.First &&
			c.First >= from && p.Words[c.First].Text != "der") {
			return place.Named(&p.Page, p.paragraphStart(sentence), c.First, s.own)
		}
	}
	return false
}

// isLearned judges whether a clue that asks for other places found what was learned from one, and not what one took
// over. It was if the place is behind a word such as "from", with no word such as "to" before it, and the dossier's own
// unit acts in the clause; right behind a passive ("is copied from"), and with the dossier's own unit in another
// clause, it may be.
func (s *search) isLearned(c *Clue, p *pageText, h phrase.Hit) judgement {
	if !c.asksForPlaces() {
		return judgement{}
	}
	at := p.Sentences[p.Words[h.First].Sentence]
	from, to := p.claims.Clause(h.First, h.Last)
	if s.byUs(p, h) || p.claims.Has(language.Motion, max(at.First, h.First-1), h.First) {
		return judgement{doubt: claim.DoubtLearned}
	}
	source, ok := p.claims.Last(language.Source, h.Last, to)
	if !ok && s.weAct(p, h, to) {
		return judgement{doubt: claim.DoubtLearned}
	}
	if !ok || p.claims.Has(language.Toward, h.Last, source.First) || s.isOursOrTime(p, source.Last, to) {
		return judgement{}
	}
	own := s.lastOwn(p, at.First, h.First)
	switch {
	case own >= from && place.Subject(&p.Page, &p.claims, p.Words[h.First].Sentence, h.First, s.own,
		func(int) bool { return false }) == place.Nobody:
		return judgement{why: learned}
	case own >= 0, source.First <= h.Last+1 && !place.Named(&p.Page, at.First, h.First, s.own):
		return judgement{doubt: claim.DoubtLearned}
	}
	return judgement{}
}

// byUs reports whether a word such as "by" and "us" follow a hit in its sentence: "copied by us".
func (s *search) byUs(p *pageText, h phrase.Hit) bool {
	at := p.Words[h.First].Sentence
	return slices.ContainsFunc(p.claims.Cues(at), func(c claim.Cue) bool {
		return c.Kind == language.Agent && c.First >= h.Last && c.Last < p.Sentences[at].Last &&
			p.claims.Has(language.Us, c.Last, c.Last+1)
	})
}

// weAct reports whether "we" is right beside a hit and no word such as "to" or "in" with a place is behind it, before
// word to: "inspired by Largs, we copied its rules".
func (s *search) weAct(p *pageText, h phrase.Hit, to int) bool {
	first, l := p.Sentences[p.Words[h.First].Sentence].First, p.LanguageAt(h.First)
	we := l.Cues[language.Us][0]
	beside := h.First > first && p.Words[h.First-1].Text == we || h.Last < to && p.Words[h.Last].Text == we
	return beside && l.Code != "vi" && !p.claims.Has(language.Toward, h.Last, to) &&
		!p.claims.Has(language.Locative, h.Last, to)
}

// isOursOrTime reports whether words [from, to) begin with "us" or a time: "taken over from us", "since April".
func (s *search) isOursOrTime(p *pageText, from, to int) bool {
	if from >= to {
		return false
	}
	l := p.LanguageAt(from)
	_, month := l.Months[p.Words[from].Text]
	timed := month || p.Words[from].Number || slices.Contains(l.DateWords["month"], p.Words[from].Text) ||
		slices.Contains(l.DateWords["year"], p.Words[from].Text) ||
		slices.Contains(l.DateWords["day"], p.Words[from].Text)
	return timed || p.claims.Has(language.Us, from, min(to, from+2)) || s.lastOwn(p, from, min(to, from+4)) >= 0
}

// lastOther returns the word where the last name of another unit, or of other places without a name, begins in words
// [first, before), and its end; -1 if there is none. One that something is taken or comes from did nothing.
func (s *search) lastOther(p *pageText, first, before int) (at, end int) {
	at, end = -1, -1
	take := func(from, to int) {
		if from > at && !p.claims.Has(language.Source, max(first, from-1), from) {
			at, end = from, to
		}
	}
	units := s.env.compiled().unitAt
	for k := first; k < before; k++ {
		for _, u := range units[p.Words[k].Text] {
			if u.id != s.unit && u.name.IsAt(p.Words[:before], k) && !s.isInOwnName(p, k, k+len(u.name.Words)) {
				take(k, k+len(u.name.Words))
			}
		}
	}
	if before > first {
		if c, ok := p.claims.Last(language.Elsewhere, first, before); ok {
			take(c.First, c.Last)
		}
	}
	return at, end
}

// isInOwnName reports whether words [from, to) are in the name of the dossier's own unit, or are it: another unit may
// have the same name, or one that is a part of it.
func (s *search) isInOwnName(p *pageText, from, to int) bool {
	own := s.ownName()
	for k := max(0, to-len(own.Words)); k <= from; k++ {
		if len(own.Words) > 0 && own.IsAt(p.Words, k) {
			return true
		}
	}
	return false
}

// ownName is the name of the dossier's own unit, in words; without words if it is not known.
func (s *search) ownName() phrase.Phrase {
	if s.name == nil {
		name := phrase.New(s.env.nameOf("unit", s.unit))
		s.name = &name
	}
	return *s.name
}

// lastOwn returns the last word of [first, before) that speaks of the dossier's own unit, by its name or as "we"; -1
// if none does.
func (s *search) lastOwn(p *pageText, first, before int) int {
	at := -1
	if before > first {
		if c, ok := p.claims.Last(language.Us, first, before); ok {
			at = c.First
		}
	}
	for _, own := range append([]phrase.Phrase{s.ownName()}, s.shortNames()...) {
		for k := first; len(own.Words) > 0 && k+len(own.Words) <= before; k++ {
			if own.IsAt(p.Words[:before], k) && !s.goesOn(p, k+len(own.Words)) {
				at = max(at, k)
			}
		}
	}
	return at
}

// shortNames are the short names that the dossier's papers give its own unit.
func (s *search) shortNames() []phrase.Phrase {
	if s.short == nil {
		s.short = []phrase.Phrase{}
		for _, name := range s.reading.shortNames(s.env, s.unit) {
			s.short = append(s.short, phrase.New(name))
		}
	}
	return s.short
}

// maxNaming is on how many pages of each paper its unit may be given a short name.
const maxNaming = 3

// shortNames returns the short names that the first pages of papers give a unit, apart from those of other units.
func (r *Reading) shortNames(env *Env, unit string) (out []string) {
	name, _ := text.Words(env.nameOf("unit", unit))
	for _, p := range r.pages {
		if p.page > maxNaming {
			continue
		}
		for _, short := range place.ShortNames(&p.Page, name) {
			other := slices.ContainsFunc(env.Units, func(u Unit) bool {
				return u.ID != unit &&
					fold(u.Name) == fold(short)
			})
			if !other && !slices.Contains(out, short) {
				out = append(out, short)
			}
		}
	}
	return out
}

// goesOn reports whether a capitalised word follows a name that ends before word k, in a language whose names are of
// several words: "xã Hòa Xuân Đông" is not "xã Hòa Xuân".
func (s *search) goesOn(p *pageText, k int) bool {
	return k < len(p.Words) && k > 0 && p.Words[k].Sentence == p.Words[k-1].Sentence && p.Gap(k-1) == " " &&
		p.LanguageAt(k).Code == "vi" && text.IsUpper(p.Runes[p.Words[k].Start])
}
