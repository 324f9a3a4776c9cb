package claim

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// Conditions that a passage must meet to count, beside those of Refuted and Doubted. A passage that lacks
// one is left to people, who are told which.
const (
	LacksDeed      = "deed"      // nothing shows that it is told as done: no past, perfect or result form
	LacksDetail    = "detail"    // no figure, name, date or object says what it was
	LacksReport    = "report"    // it may be of rules, a form or a definition, or speaks to who judges
	NoReport       = "no-report" // it surely is of a paper of another kind, or asks for points
	LacksTime      = "earlier"   // it may be of an earlier time
	LacksPlain     = "term"      // it is part of a name, or in quotation marks as a term
	LacksActor     = "general"   // it is told of people or places in general
	judgedNearby   = 2           // sentences of its paragraph around a passage that may speak to who judges
	maxPointWords  = 4           // between the verb that gives points and the word "points"
	maxAgoReach    = 6           // words between a number of years and "ago"
	maxTimeOpening = 4           // words of a clause that opens a sentence with a time
	maxLabelWords  = 5           // words before a colon that make a label
	maxHeard       = 6           // words between a passive of being told and what begins what was told
	maxTelling     = 3           // words between a verb of speech and what begins what is said
	maxDateLine    = 6           // words of a sentence that does no more than date the next one
	maxTakeBack    = 6           // words behind "but" that hold what takes something back
	maxTermWords   = 8           // words between quotation marks that are a name or term
)

// Wanted is what a clue asks of a passage.
type Wanted int

// What a clue may ask for.
const (
	Deed    Wanted = iota // that something was done
	Object                // that it was done to something that is named, or somewhere
	Change                // that it went a way that figures show
	Mention               // only who or what was there: the passage need not say what they did
)

// Missing returns which condition of a claim words [first, last) of the page do not meet; "" if they meet
// all. wanted says what the clue asks for. The words must lie in one sentence.
//
// It certifies where Refuted and Doubted look for what speaks against a claim: it asks for signs that a
// result is told, which are closed classes of words (auxiliaries, pronouns, numerals, names of months) and
// forms of the past, and so do not depend on what a text is about. The conditions are those by which
// FactBank (Saurí and Pustejovsky, 2009) separates events that are told as facts from others: tense and
// aspect, modality, and whose word it is.
func (p *Page) Missing(first, last int, wanted Wanted) string {
	at := told{p.clauseOf(first, last)}
	switch {
	case at.isGlued():
		return LacksDeed
	case plea{at}.isRequested(), plea{at}.isInLabelOfMany(), role{at}.isOfOtherGenre():
		return NoReport
	case at.mayBeRule():
		return LacksReport
	case at.isTerm():
		return LacksPlain
	case at.isGeneral():
		return LacksActor
	case dating{at}.isOfEarlierTime():
		return LacksTime
	case at.isTold():
		return DoubtHearsay
	case role{at}.isSaidByPaper():
		return DoubtHearsay
	case role{at}.isDenied():
		return DoubtWithdrawn
	case at.isOfWiderArea(), aftermath{at}.isNotOurs(), aftermath{at}.isSeenOnVisit():
		return DoubtElsewhere
	case at.isToBe():
		return DoubtTime
	case at.isLimited():
		return DoubtWithdrawn
	case at.isAimed():
		return DoubtPurpose
	case wanted == Mention:
		return ""
	case beside{at}.isShadowed(), beside{at}.follows():
		return DoubtWithdrawn
	case beside{at}.isIntended():
		return LacksDeed
	case role{at}.isPartial():
		return LacksDeed
	case role{at}.isWithOwn():
		return DoubtObject
	case wanted == Change && !at.isScheduled():
		return ""
	case role{at}.isOblique():
		return LacksDeed
	case !at.isDone():
		return LacksDeed
	case wanted == Deed && !at.isDetailed():
		return LacksDetail
	}
	return ""
}

// told is a clause with the judgements that Missing is made of: what shows that a result is told.
type told struct{ clause }

// isRule reports whether the sentence is surely one of rules or to those who judge: it gives points,
// defines a word, asks for a figure, or speaks of judging and not of "us".
func (at told) isRule() bool {
	s := at.sentence
	judging := at.Has(language.Judging, s.First, s.Last) && !at.Has(language.Us, s.First, s.Last)
	return judging || at.isOfAssessors() || List{at.Page}.isArticle(at.first) ||
		at.Has(language.Defining, s.First, s.Last) || at.Has(language.HowMany, s.First, at.first) ||
		at.givesPoints() || at.hasTag()
}

// isOfAssessors reports whether the sentence names who judges, and nothing is told as done in the clause of the words:
// an assessor who was there, and applicants who were helped, are told of like everybody.
func (at told) isOfAssessors() bool {
	s := at.sentence
	return at.Has(language.Assessor, s.First, s.Last) && !at.hasPast(at.from, at.to) && !at.hasAuxiliary(at.from, at.to)
}

// mayBeRule reports whether the sentence speaks to its reader, or one near it in its paragraph speaks of
// judging.
func (at told) mayBeRule() bool {
	sentence := at.page.Words[at.first].Sentence
	for k := max(0, sentence-judgedNearby); k < min(len(at.page.Sentences), sentence+judgedNearby+1); k++ {
		s := at.page.Sentences[k]
		if s.First >= s.Last || k == sentence || !at.sameParagraph(s.First) {
			continue
		}
		asks := at.page.Runes[s.End-1] == '?' && at.Has(language.Addressed, s.First, s.Last)
		if asks || at.Has(language.Judging, s.First, s.Last) {
			return true
		}
	}
	return at.Has(language.Addressed, at.sentence.First, at.sentence.Last) && !at.page.Words[at.first].Quoted
}

// sameParagraph reports whether word k is in the line of the words, or in one that its sentence runs over.
func (at told) sameParagraph(k int) bool {
	w := at.page.Words
	from, to := w[at.sentence.First].Line, w[at.sentence.Last-1].Line
	return w[k].Line >= from && w[k].Line <= to
}

// givesPoints reports whether the sentence says how many points something earns: "gives ten points".
func (at told) givesPoints() bool {
	for _, verb := range at.sentenceCues() {
		if verb.Kind != language.PointVerb || at.Has(language.Done, max(at.sentence.First, verb.First-1), verb.First) {
			continue // "đã chấm 67 điểm": it was given
		}
		for _, noun := range at.sentenceCues() {
			if noun.Kind != language.PointNoun || noun.First < verb.Last || noun.First > verb.Last+maxPointWords {
				continue
			}
			for k := verb.Last; k < noun.First; k++ {
				if at.isNumber(k) {
					return true
				}
			}
		}
	}
	return false
}

// hasTag reports whether the line of the words holds a tag, as the transcripts of automatic assistants do.
// A tag is markup that a reader of the page does not see as text.
func (at told) hasTag() bool {
	l := at.page.Lines[at.page.Words[at.first].Line]
	line := at.page.Runes[l.Start:l.End]
	open := slices.Index(line, '<')
	return open >= 0 && open+1 < len(line) && (text.IsWordRune(line[open+1]) || line[open+1] == '/') &&
		slices.Contains(line[open:], '>')
}

// isTerm reports whether the words are in quotation marks around few words: they are mentioned, and claim
// nothing.
func (at told) isTerm() bool {
	const opening, closing, either = "“«„‘", "”»’", "\""
	w := at.page.Words
	l := at.page.Lines[w[at.first].Line]
	quoted, from := false, 0
	for i := l.Start; i < w[at.first].Start; i++ {
		r := at.page.Runes[i]
		switch {
		case strings.ContainsRune(opening, r):
			quoted, from = true, i
		case strings.ContainsRune(closing, r):
			quoted = false
		case strings.ContainsRune(either, r):
			quoted, from = !quoted, i
		}
	}
	first, last := at.first, at.last
	for first > l.First && w[first-1].Start > from {
		first--
	}
	for last < l.Last && !strings.ContainsAny(at.page.Gap(last-1), closing+either) {
		last++
	}
	rest := at.page.Text(w[last-1].End, max(l.End, w[last-1].End))
	closed := last < l.Last || strings.ContainsAny(rest, closing+either)
	return quoted && closed && last-first <= maxTermWords
}

// isGeneral reports whether a class of people or places in general is the subject of the clause or of the
// sentence, and the clause has no figure.
func (at told) isGeneral() bool {
	for _, c := range at.sentenceCues() {
		opens := c.First == at.from || c.First == at.sentence.First
		if c.Kind == language.GenericSubject && opens && c.Last <= at.first {
			return at.Has(language.Speech, c.Last, at.first) || !at.hasNumber(at.from, at.to)
		}
	}
	return false
}

// isGlued reports whether signs that join words to a tag are right beside the words: "#40_trained".
func (at told) isGlued() bool {
	before := ""
	if at.first > 0 {
		before = at.page.Gap(at.first - 1)
	}
	return strings.ContainsAny(before, "_#") || strings.ContainsAny(at.page.Gap(at.last-1), "_")
}

// isTold reports whether a verb of speech and a word such as "that" or "how" before the words make them
// what another person says: "a speaker told us how her group had composted two tonnes", "governors were told that …".
// What the unit's own people report is the word of the unit: "the training officer noted that …".
func (at told) isTold() bool {
	for _, c := range at.sentenceCues() {
		if c.Kind == language.Heard && at.Has(language.Telling, c.Last, min(at.first, c.Last+maxHeard)) &&
			!at.turnsAway(c.Last) {
			return true
		}
		ours := at.Has(language.Us, max(at.sentence.First, c.First-2), c.First)
		if c.Kind != language.Speech || c.Last >= at.first || ours {
			continue
		}
		if at.Has(language.Telling, c.Last, min(at.first, c.Last+maxTelling)) && !at.turnsAway(c.Last) &&
			at.isSaidByOthers(c) {
			return true
		}
	}
	return false
}

// turnsAway reports whether a clause that begins with a word such as "but" and has a verb of its own is between word k
// and the words: it is no part of what is told before it.
func (at told) turnsAway(k int) bool {
	c, ok := at.Last(language.Adversative, k, at.first)
	return ok && at.page.Words[c.First].Clause != at.page.Words[c.First-1].Clause &&
		(at.hasPast(c.Last, at.sentence.Last) || at.isFinite(c.Last, at.sentence.Last))
}

// isSaidByOthers reports whether the subject of a verb of speech may be another person: it "tells us", it is "a"
// someone, a role or class of others, a pronoun, or what it says is "theirs".
func (at told) isSaidByOthers(verb Cue) bool {
	from := at.partStart(verb.First + 1)
	for from > at.sentence.First && (from == verb.First || at.Has(language.Relative, from, min(verb.First, from+2))) {
		from = at.partStart(from) // "the coach, who has held his licence since 1998, reports"
	}
	subject := at.page.Words[from].Text
	l := at.page.LanguageAt(verb.First)
	_, indefinite := l.Numbers[subject]
	if from >= verb.First || indefinite || at.Has(language.Us, verb.Last, min(at.first, verb.Last+2)) {
		return true
	}
	for _, kind := range []language.CueKind{language.OtherRole, language.Elsewhere, language.GenericSubject,
		language.Third, language.Pronoun, language.Body} {
		if at.Has(kind, from, verb.First) {
			return true
		}
	}
	return at.Has(language.Theirs, verb.Last, at.last)
}

// isOfWiderArea reports whether a role of others, or a word such as "across", is before the words in their
// sentence, and nothing there speaks of "us".
func (at told) isOfWiderArea() bool {
	s := at.sentence
	c, other := at.Last(language.OtherRole, s.First, at.first)
	if other && (at.Has(language.Comitative, max(s.First, c.First-1), c.First) ||
		at.Has(language.Us, c.Last, at.first)) {
		other = false // "with our partners we planted"
	}
	area := at.Has(language.Area, s.First, at.first) && !at.Has(language.Us, s.First, s.Last)
	return other || area
}

// isToBe reports whether a time to come is behind the words in their clause, or a word such as "when"
// before them and the present or present perfect between: what is told so is a rule, or will be.
func (at told) isToBe() bool {
	if at.Has(language.LaterTime, at.last, at.to) {
		return true
	}
	c, ok := at.Last(language.When, at.sentence.First, at.first)
	if !ok || len(at.page.LanguageAt(at.first).PastForms) == 0 {
		return false
	}
	for k := c.Last; k < at.first; k++ {
		l, w := at.page.LanguageAt(k), at.page.Words[k].Text
		if slices.Contains(l.PresentForms, w) || slices.Contains(l.PresentPerfect, w) {
			return true
		}
		if l.IsPast(w) {
			return false
		}
	}
	return false
}

// isAimed reports whether a word of purpose is before the words in their clause, and nothing done between
// them: "set up in order to reduce absence by a fifth and get a room built".
func (at told) isAimed() bool {
	c, ok := at.Last(language.Aim, at.from, at.first)
	return ok && !at.hasPast(c.Last, at.first) && !at.hasAuxiliary(c.Last, at.first)
}

// isLimited reports whether a word such as "but" begins the clause behind that of the words, or the next
// sentence of the paragraph, and a failure is in what it begins, or a pronoun that takes the words up.
func (at told) isLimited() bool {
	for _, c := range at.sentenceCues() {
		if c.Kind != language.Adversative || c.First < at.to {
			continue
		}
		if at.takesBack(c.Last, min(at.sentence.Last, c.Last+maxTakeBack)) ||
			at.Has(language.Third, c.Last, min(at.sentence.Last, c.Last+1)) ||
			at.page.Words[c.First-1].Clause != at.page.Words[c.First].Clause && at.doubts(c.Last, at.sentence.Last) {
			return true
		}
	}
	next := at.page.Words[at.first].Sentence + 1
	if next >= len(at.page.Sentences) {
		return false
	}
	s := at.page.Sentences[next]
	if s.First >= s.Last || !at.sameParagraph(s.First) {
		return false
	}
	turns := slices.ContainsFunc(at.Cues(next), func(c Cue) bool {
		return c.Kind == language.Adversative &&
			c.First == s.First
	})
	return at.Has(language.AllOfThem, s.First, s.Last) ||
		turns && (at.takesBack(s.First, s.Last) || at.Has(language.Setback, s.First, s.Last) ||
			at.Has(language.Anaphora, s.First+1, s.Last))
}

// doubts reports whether words [from, to) negate something or take up a figure: what follows "but" so limits the
// result before it. A contrast does not: "the roof was repaired, but the windows were not repaired", "by six clubs, but
// not by the council".
func (at clause) doubts(from, to int) bool {
	if at.Has(language.Anaphora, from, to) || at.Has(language.Hearsay, from, to) {
		return true
	}
	c, ok := at.Last(language.Negator, from, to)
	if !ok || c.First == from && c.Last < to && slices.Contains(at.page.LanguageAt(c.Last).Prepositions,
		at.page.Words[c.Last].Text) {
		return false
	}
	for k := from; k < to; k++ {
		if at.page.Words[k].Text == at.page.Words[at.first].Text || (beside{told{at}}).repeatsDeed(k) {
			return false
		}
	}
	return true
}

// takesBack reports whether words [from, to) say that something failed or did not last.
func (at clause) takesBack(from, to int) bool {
	return at.Has(language.Failure, from, to) || at.Has(language.Undone, from, to)
}
