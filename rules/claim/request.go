package claim

import (
	"slices"
	"strings"

	"kheo/internal/text/language"
)

// This file finds text that asks for points in the place of telling what was done.

// plea looks at text that may ask for points.
type plea struct{ told }

// requests are kinds of cues by which someone asks for something.
var requests = []language.CueKind{language.Wish, language.WeakWish, language.Addressed, language.Prompt,
	language.Assessor}

// isRequested reports whether a sentence near the words, in their paragraph, asks for something and names what is
// judged by: "please accept these words as proof", "đề nghị tính cho cả ba tiêu chí".
func (at plea) isRequested() bool {
	sentence := at.page.Words[at.first].Sentence
	for k := max(0, sentence-judgedNearby); k < min(len(at.page.Sentences), sentence+judgedNearby+1); k++ {
		s := at.page.Sentences[k]
		if s.First >= s.Last || k != sentence && !at.sameParagraph(s.First) ||
			!at.Has(language.Standard, s.First, s.Last) {
			continue
		}
		if slices.ContainsFunc(requests, func(kind language.CueKind) bool { return at.Has(kind, s.First, s.Last) }) {
			return true
		}
	}
	return false
}

// isInLabelOfMany reports whether the words are in a label before a colon that lists several things and says nothing of
// them: "Hiến máu, sân chơi, ngày công: …".
func (at plea) isInLabelOfMany() bool {
	s := at.sentence
	many := false
	for k := s.First; k < s.Last; k++ {
		gap := strings.TrimSpace(at.page.Gap(k))
		switch {
		case strings.HasPrefix(gap, ":"):
			return k >= at.last-1 && many && !at.hasPast(s.First, k+1) && !at.Has(language.Us, s.First, k+1) &&
				!at.hasNumber(s.First, k+1)
		case gap == "," || gap == "/" || gap == "+":
			many = true
		}
	}
	return false
}
