package claim

import (
	"slices"

	"kheo/internal/text/language"
)

// This file finds what is said of a result behind it, in its sentence and in the next ones of its paragraph: that it
// was taken back, why it is so, what became of it, and whose it is.

// aftermath looks at what is behind a result.
type aftermath struct{ told }

// openingWords is how many words of a sentence may say what it is about.
const openingWords = 4

// isTakenBack reports whether what is behind the words takes them back: a figure was struck out, the reason for it
// speaks against it, or what was done came to an end.
func (at aftermath) isTakenBack() bool {
	s := at.sentence
	if at.Has(language.Retracted, at.last, s.Last) || at.isExplainedAway(at.last, s.Last) {
		return true
	}
	n := at.page.Words[at.first].Sentence
	for k := n + 1; k <= n+laterSentences && k < len(at.page.Sentences); k++ {
		next := at.page.Sentences[k]
		if next.First >= next.Last || !at.sameParagraph(next.First) {
			break
		}
		if at.Has(language.Retracted, next.First, next.Last) || k == n+1 && at.endsIn(k) {
			return true
		}
		if k == n+1 && at.opensReason(k) && at.isExplainedAway(next.First, next.Last) {
			return true
		}
	}
	return false
}

// opensReason reports whether a sentence, given its index, begins with the reason for what is before it.
func (at aftermath) opensReason(sentence int) bool {
	first := at.page.Sentences[sentence].First
	return slices.ContainsFunc(at.Cues(sentence), func(c Cue) bool {
		return c.Kind == language.Reason &&
			c.First <= first+1
	})
}

// isExplainedAway reports whether a reason in words [from, to) is one that speaks against the result: something is
// missing, failed or is only partly so. "The reason is that we hired a nurse" explains it.
func (at aftermath) isExplainedAway(from, to int) bool {
	if from >= to {
		return false
	}
	c, ok := at.firstOf(language.Reason, from, to)
	if !ok {
		return false
	}
	return slices.ContainsFunc(at.Cues(at.page.Words[from].Sentence), func(other Cue) bool {
		return other.First >= c.Last && other.Last <= to && slices.Contains(explainsAway, other.Kind) &&
			!at.isMonth(other)
	})
}

// explainsAway are kinds of cues that make a reason one against the result.
var explainsAway = []language.CueKind{language.Negator, language.NoObject, language.Failure, language.Undone,
	language.Setback, language.Partial, language.Adverse, language.Hearsay, language.Turned, language.Retracted}

// firstOf returns the first cue of a kind in words [from, to), in the sentence of word from.
func (at aftermath) firstOf(kind language.CueKind, from, to int) (Cue, bool) {
	for _, c := range at.Cues(at.page.Words[from].Sentence) {
		if c.Kind == kind && c.First >= from && c.Last <= to {
			return c, true
		}
	}
	return Cue{}, false
}

// endsIn reports whether a sentence, given its index, says that what was done came to an end: it goes on behind a
// semicolon, or its subject is the words again. "Lớp học phải giải tán ngay."
func (at aftermath) endsIn(sentence int) bool {
	s := at.page.Sentences[sentence]
	ends := at.Has(language.Setback, s.First, s.Last) || at.takesBack(s.First, s.Last)
	if !ends {
		return false
	}
	return at.EndsWithSemicolon(sentence-1) || at.isTakenUp(s.First, min(s.Last, s.First+openingWords))
}

// isTakenUp reports whether one of words [from, to) is one of the words again, and no frequent one.
func (at aftermath) isTakenUp(from, to int) bool {
	l := at.page.LanguageAt(at.first)
	for k := at.first; k < at.last; k++ {
		w := at.page.Words[k].Text
		if l.IsCommon(w) {
			continue
		}
		for i := from; i < to; i++ {
			if at.page.Words[i].Text == w {
				return true
			}
		}
	}
	return false
}

// isNotOurs reports whether the rest of the sentence of the words, or the next one of the paragraph, says that it
// belongs to others: "the rink that opened in November is theirs".
func (at aftermath) isNotOurs() bool {
	if at.Has(language.NotOurs, at.last, at.sentence.Last) {
		return true
	}
	next := at.page.Words[at.first].Sentence + 1
	if next >= len(at.page.Sentences) {
		return false
	}
	s := at.page.Sentences[next]
	return s.First < s.Last && at.sameParagraph(s.First) && at.Has(language.NotOurs, s.First, s.Last)
}

// isSeenOnVisit reports whether the sentence is about a visit to others: "our safety rep visited a quarry where dust
// has been cut by half". What the own unit did after it is its own: "after a visit to Lom we opened a workshop".
func (at aftermath) isSeenOnVisit() bool {
	return slices.ContainsFunc(at.sentenceCues(), func(c Cue) bool {
		if c.Kind != language.Visit || c.First < at.last && c.Last > at.first {
			return false
		}
		from, _ := at.Clause(c.First, c.Last)
		switch {
		case c.Last-c.First == 1 && !at.Has(language.Us, from, c.First):
			return false // "612 people visited the open garden"
		case at.Has(language.Subordinator, from, c.First):
			return false
		}
		return c.First >= at.last || !at.Has(language.Us, c.Last, at.first)
	})
}
