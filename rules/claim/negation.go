package claim

import (
	"slices"
	"strings"

	"kheo/internal/text/language"
	"kheo/rules/number"
)

// isNegated looks for negators of the clause that reach the words. Two affirm if the first says "none" ("no household
// that did not join").
func (at clause) isNegated() bool {
	at.from = at.listStart()
	var found []Cue
	for _, c := range at.sentenceCues() {
		if c.Kind == language.Negator && at.negates(c) {
			found = append(found, c)
		}
	}
	if len(found) == 2 && at.Has(language.NoneOf, found[0].First, found[1].First) {
		return false // "no household that did not join"
	}
	if len(found) > 0 && at.isOfAll(found[0]) {
		return false
	}
	return len(found) > 0
}

// maxOpening is how many words may precede a "none" that opens its sentence.
const maxOpening = 2

// isOfAll reports whether a negator is undone by a "none" that opens the sentence, in another clause ("not
// one of the 52 who took part went home without having collected"): that there were those, and what they did,
// is then a claim.
func (at clause) isOfAll(negator Cue) bool {
	for _, c := range at.sentenceCues() {
		if c.First > at.sentence.First+maxOpening || c.Kind != language.NoObject && c.Kind != language.NoneOf {
			continue
		}
		for _, second := range at.sentenceCues() {
			apart := second.Kind == language.Negator && second.First >= c.Last &&
				at.Has(language.Relative, c.Last, second.First)
			if apart && (second == negator || negator.First <= c.First &&
				(second.First >= at.last || second.Last <= at.first)) {
				return true
			}
		}
	}
	return false
}

// listStart returns the start of the clause if it is one of a list: in "not taken over, copied or used", "not"
// belongs to all three. A list has a word such as "or" before its last part.
func (at clause) listStart() int {
	w, first := at.page.Words, at.sentence.First
	from := at.from
	if !at.Has(language.Coordinator, at.from, min(at.sentence.Last, at.to+1)) {
		return from
	}
	if at.Has(language.Coordinator, at.from+1, at.first) && onlyVerbs(at.from, at.first) && from > first &&
		at.isComma(from-1) { // "nobody has saved, planted and collected"
		at.first = from
	}
	for head := at.first; from == head && from > first && at.isComma(from-1); {
		from--
		head = from
		for from > first && w[from-1].Clause == w[head].Clause {
			from--
		}
	}
	return from
}

// isComma reports whether word k and the next one are separated by a comma and nothing else.
func (p *Page) isComma(k int) bool { return strings.TrimSpace(p.page.Gap(k)) == "," }

// onlyVerbs reports whether words [from, to) are at most two words of a list and what joins them: "planted and".
func onlyVerbs(from, to int) bool { return to-from <= 2 }

// maxNegatorReach is how many words before what it negates a negator may be.
const maxNegatorReach = 12

// negates reports whether a negator reaches the words: before them in the clause, or behind them at its end
// ("nhân rộng thì chưa"), in Norwegian right behind the verb too ("spredte seg ikke").
func (at clause) negates(c Cue) bool {
	switch {
	case c.First >= max(at.from, at.first-maxNegatorReach) && c.Last <= at.first && at.reaches(c):
		return !at.endsBefore(c)
	case c.First >= at.first && c.Last <= at.last: // "không còn" may be what is looked for
		return false
	case c.First >= at.last && c.First <= at.last+1 && c.First < at.to:
		closes := c.Last >= at.to
		without := at.Has(language.Subordinator, c.First, c.First+1)
		return closes || !without && c.First == at.last && at.page.LanguageAt(at.first).Code == "nb"
	}
	return false
}

// endsBefore reports whether what a negator says ends before the words: in Vietnamese, "mà đã" and "bao giờ" do.
func (at clause) endsBefore(c Cue) bool {
	if at.page.LanguageAt(at.first).Code != "vi" {
		return false
	}
	turn, ok := at.Last(language.Subordinator, c.Last, at.first)
	return ok && at.Has(language.Done, turn.Last, at.first)
}

// reaches reports whether a cue before the words governs them. If they report a change with its figures ("fell from 8
// to 1"), a cue further ahead belongs to their subject ("the fields that lack water"), unless only light words are
// between them, or a word that makes it a negation of all.
func (at clause) reaches(c Cue) bool {
	if !at.hasFigures() {
		return true
	}
	for k := c.Last; k < at.first; k++ {
		if slices.Contains(at.page.LanguageAt(k).Cues[language.NoneOf], at.page.Words[k].Text) {
			return true
		}
	}
	return at.onlyLight(c.Last, at.first)
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
func (at clause) hasFigures() bool {
	w, end := at.page.Words, at.sentence.Last
	for k := at.last; k < min(end, at.last+2); k++ {
		for _, kind := range []language.CueKind{language.ChangeFrom, language.ChangeTo} {
			if c, ok := at.Last(kind, k, min(end, k+2)); ok && c.Last < end && w[c.Last].Number {
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
func (at clause) isNominalNegated() bool {
	n, ok := at.Last(language.Nominal, max(at.sentence.First, at.first-3), at.first)
	if !ok || at.page.Words[n.First].Clause != at.page.Words[at.first].Clause {
		return false
	}
	for _, c := range at.sentenceCues() {
		if c.Kind == language.Negator && c.First >= at.last {
			a, ok := at.Last(language.Achieve, c.Last, min(at.sentence.Last, c.Last+4))
			if ok && a.First <= c.Last+2 {
				return true
			}
		}
	}
	return false
}

// negatesObject reports whether the words are a verb whose object is none: "collected no waste", "benyttet av ingen".
// In Vietnamese, "không … nào" behind the verb is.
func (at clause) negatesObject() bool {
	l := at.page.LanguageAt(at.first)
	for _, c := range at.sentenceCues() {
		if c.First < at.last || c.Last > at.to {
			continue
		}
		near := c.First <= at.last+1 && at.onlyLight(at.last, c.First)
		switch c.Kind {
		case language.NoObject:
			prepositional := c.Last-c.First > 1 && c.First <= at.last+maxNegatorReach
			if near || prepositional && !at.Has(language.Subordinator, at.last, c.First) {
				return true
			}
		case language.Negator:
			if near && l.Code == "vi" && at.Has(language.NoneOf, c.Last, min(at.to, c.Last+4)) {
				return true
			}
		}
	}
	return false
}

// maxZeroReach is how many words behind a verb a zero may be that is its object.
const maxZeroReach = 3

// isOfNone reports whether the words are done to none: a zero is their object ("planted 0 trees"), or what follows the
// colon behind them begins with a negation ("talks held: not a single one"). A change to zero is a result.
func (at clause) isOfNone() bool {
	w := at.page.Words
	if at.to < at.sentence.Last && at.to-at.last <= maxZeroReach && strings.HasPrefix(at.page.Gap(at.to-1), ":") {
		for _, c := range at.sentenceCues() {
			if c.First == at.to && (c.Kind == language.Negator || c.Kind == language.NoObject) {
				return true
			}
		}
	}
	if at.Has(language.Lower, at.first, at.last) || at.Has(language.Higher, at.first, at.last) {
		return false
	}
	for k := at.last; k < min(at.to, at.last+maxZeroReach); k++ {
		if w[k].Number {
			return strings.Trim(w[k].Text, "0") == ""
		}
		if at.Has(language.ChangeTo, k, k+1) {
			return false
		}
	}
	return false
}

// hasFailed reports whether a verb that means failure governs the words, right before them or behind them: "cancelled
// the training", "the training was cancelled".
func (at clause) hasFailed() bool {
	if at.failsObject() {
		return true
	}
	return slices.ContainsFunc(at.sentenceCues(), func(c Cue) bool {
		if c.Kind != language.Failure {
			return false
		}
		if c.First <= at.first && c.Last >= at.last && c.Last-c.First > at.last-at.first {
			return true // "fell" in "fell through"
		}
		behind := c.First >= at.last && c.First <= at.last+maxFailureReach && c.Last <= at.to
		return behind && at.onlyAuxiliary(at.last, c.First) || at.isOnlyVerb(c)
	})
}

// failsObject reports whether the words are the object of a verb that means failure, an article between them or not.
func (at clause) failsObject() bool {
	c, ok := at.Last(language.Failure, max(at.from, at.first-maxFailureReach), at.first)
	if !ok {
		return false
	}
	k := c.Last
	for k < at.first && slices.Contains(at.page.LanguageAt(k).Articles, at.page.Words[k].Text) {
		k++
	}
	return at.onlyLight(k, at.first)
}

// isOnlyVerb reports whether a verb behind the words is passive and the only one of their clause, so that
// they are in its subject: "the training for 30 volunteers was cancelled".
func (at clause) isOnlyVerb(c Cue) bool {
	k := c.First
	for k > at.last && at.onlyAuxiliary(k-1, k) {
		k--
	}
	if c.First < at.last || c.Last > at.to || k == c.First && c.Last-c.First == 1 || c.First > at.last+maxScopeReach {
		return false
	}
	for _, verb := range []language.CueKind{language.Done, language.Perfect} {
		if at.Has(verb, at.last, k) || at.Has(verb, at.from, at.first) {
			return false
		}
	}
	return !at.Has(language.Subordinator, at.last, k) && !at.Has(language.Coordinator, at.last, k)
}

// onlyAuxiliary reports whether all of words [from, to) are auxiliaries or light words, such as "was then".
func (p *Page) onlyAuxiliary(from, to int) bool {
	for k := from; k < to; k++ {
		l := p.page.LanguageAt(k)
		word := p.page.Words[k].Text
		if !slices.Contains(l.Cues[language.Perfect], word) && !slices.Contains(l.Cues[language.Light], word) &&
			!slices.Contains(l.Cues[language.Done], word) {
			return false
		}
	}
	return true
}
