package claim

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// isPlanned looks for a plan before the words with nothing done between them, and for one behind them.
func (at clause) isPlanned() bool {
	if c, ok := at.Last(language.Plan, at.sentence.First, at.first); ok {
		perfect := at.Has(language.Perfect, max(at.from, c.Last), at.first)
		otherClause := at.page.Words[c.First].Clause != at.page.Words[at.first].Clause
		if at.stillPlan(c) && !(perfect && otherClause) && !at.leavesOff(c) {
			return true
		}
	}
	if c, ok := at.Last(language.WeakPlan, at.from, at.first); ok && at.reaches(c) && at.stillPlan(c) {
		return true
	}
	if c, ok := at.Last(language.Purpose, max(at.from, at.first-4), at.first); ok && at.onlyLight(c.Last, at.first) &&
		!at.isJointDeed(c) {
		return true
	}
	return at.isPlanNoun() || at.isPlanBehind() || isInPlannedList(at) || at.isPartOfPlan() || isInAimedList(at)
}

// isPartOfPlan reports whether the sentence begins with words such as "of which" and says nothing of what was done, and
// the sentence before it is a plan: "Xã sẽ trích 2 tỷ đồng. Trong đó, dành 1 tỷ cho …".
func (at clause) isPartOfPlan() bool {
	n, s := at.page.Words[at.first].Sentence, at.sentence
	if n == 0 || !at.Has(language.PartOf, s.First, min(s.Last, s.First+2)) || at.Has(language.Done, s.First, s.Last) {
		return false
	}
	up := at.page.Sentences[n-1]
	c, ok := at.Last(language.Plan, up.First, up.Last)
	return ok && at.followsOn(n-1) && !at.Has(language.Done, c.Last, up.Last)
}

// isInAimedList reports whether the words are in a list whose parts semicolons separate, and which a word such as
// "nhằm" opens in its first part, with nothing told as done from there on: "Chương trình nhằm xây 7 nhà; trao 200
// suất".
func isInAimedList(at clause) bool {
	if at.page.LanguageAt(at.first).Code != "vi" {
		return false
	}
	n := at.page.Words[at.first].Sentence
	top := n
	for top > max(0, n-maxPlanParts) && at.EndsWithSemicolon(top-1) {
		top--
	}
	s := at.page.Sentences[top]
	if s.First >= s.Last || top == n && !at.EndsWithSemicolon(n) {
		return false
	}
	c, ok := at.Last(language.Aim, s.First, s.Last)
	if !ok || top == n && c.First > at.first || at.Has(language.Done, s.First, s.Last) ||
		(settling{told: told{at}}).isDated() && top < n {
		return false
	}
	for k := top + 1; k <= n; k++ {
		if s := at.page.Sentences[k]; s.First < s.Last && at.Has(language.Done, s.First, s.Last) {
			return false
		}
	}
	return true
}

// Bounds of a list of plans: the words that it may begin with before the one that says so, and its parts.
const (
	maxPlanLead  = 4
	maxPlanParts = 20
)

// isInPlannedList reports whether the words are in a later part of a list, whose parts semicolons separate, and the
// first part is a plan: "Phấn đấu thành lập 3 tổ; tăng 50% số vụ …". No part up to theirs says that something was done,
// and theirs names no time of its own: "Kế hoạch đề ra 3 sáng kiến; trong năm có 1 sáng kiến" has a result behind the
// plan.
func isInPlannedList(at clause) bool {
	n := at.page.Words[at.first].Sentence
	top := n
	for top > max(0, n-maxPlanParts) && at.EndsWithSemicolon(top-1) {
		top--
	}
	own := at.page.Sentences[n]
	if top < n && ((settling{told: told{at}}).isDated() || at.Has(language.WithinTime, own.First, at.first)) {
		return false
	}
	s := at.page.Sentences[top]
	if top == n || s.First >= s.Last || !at.Has(language.Plan, s.First, min(s.Last, s.First+maxPlanLead)) {
		return false
	}
	for k := top; k <= n; k++ {
		if s := at.page.Sentences[k]; s.First < s.Last && (told{at}).hasPast(s.First, s.Last) {
			return false
		}
	}
	return true
}

// maxJointFigure is how many words may be between a deed and its figure.
const maxJointFigure = 3

// isJointDeed reports whether a Vietnamese purpose is behind a verb of working together and before a deed with a
// figure, so that it may have been done: "phối hợp với trường để mở 12 lớp".
func (at clause) isJointDeed(purpose Cue) bool {
	if !at.Has(language.Joining, at.from, purpose.First) {
		return false
	}
	for k := at.last; k < min(at.to, at.last+maxJointFigure); k++ {
		if at.page.Words[k].Number && !at.IsYear(k) {
			return true
		}
	}
	return false
}

// maxPlanNoun is how many words may be between a noun of a plan and what is planned.
const maxPlanNoun = 2

// isPlanNoun reports whether the words are what a plan, proposal or design is of, and nothing in the clause says that
// it was carried out: "phương án bê tông hóa tuyến đường … được phê duyệt".
func (at clause) isPlanNoun() bool {
	c, ok := at.Last(language.PlanNoun, max(at.from, at.first-maxPlanNoun), at.first)
	return ok && !at.Has(language.Done, c.Last, at.first) && !at.Has(language.Achieve, at.last, at.to) &&
		!at.Has(language.Done, at.last, at.to)
}

// stillPlan reports whether nothing between a plan and the words says that it was done. What begins within two words
// of the plan's first is part of the plan.
func (at clause) stillPlan(plan Cue) bool {
	d, done := at.Last(language.Done, plan.Last, at.first)
	return !done || d.First <= plan.First+2
}

// isMilestone reports whether the words are in a line of a schedule: it begins with such a word and a number or colon,
// as "Milestones:", "Month 6,", "M2 (June):"; of a list in one line, the part in question may begin so.
func (at clause) isMilestone() bool {
	w := at.page.Words
	line := at.page.Lines[w[at.first].Line]
	for _, k := range []int{line.First, at.sentence.First, at.from} {
		if word := w[k].Text; len(word) >= 2 && len(word) <= 3 && word[0] == 'm' && word[1] >= '1' && word[1] <= '9' {
			return true
		}
		if slices.ContainsFunc(at.Cues(w[k].Sentence), func(c Cue) bool { return c.First == k && at.opensStep(c) }) {
			return true
		}
	}
	return false
}

// opensStep reports whether a cue names a step of a schedule, and its number or a colon follows in its line.
func (at clause) opensStep(c Cue) bool {
	w := at.page.Words
	if c.Kind != language.Milestone || c.Last >= len(w) || w[c.Last].Line != w[c.First].Line {
		return false
	}
	numbered := w[c.Last].Number && w[c.Last].Start-w[c.Last-1].End == 1 && c.Last < at.first
	return numbered || strings.HasPrefix(at.page.Gap(c.Last-1), ":")
}

// isToCome reports whether the words are told of a time to come, whatever the tense ("in three years' time, 200 people
// have left poverty"), or are a noun that is said to be still ahead ("the course lies ahead of us").
func (at clause) isToCome() bool {
	return at.Has(language.FutureTime, at.sentence.First, at.first) ||
		at.Has(language.LyingAhead, at.last, min(at.sentence.Last, at.last+maxNegatorReach))
}

// isPlanBehind reports whether a plan follows the words: in brackets, at the end of their clause, or as the
// only verb of a clause whose subject they are in ("a course for 40 is planned").
func (at clause) isPlanBehind() bool {
	for _, c := range at.sentenceCues() {
		if c.Kind == language.Plan && at.isOnlyVerb(c) {
			return true
		}
	}
	c, ok := at.Last(language.Plan, at.last, min(at.sentence.Last, at.last+4))
	if !ok {
		return false
	}
	before := at.page.Words[c.First].Start - 1
	inBrackets := before > 0 && at.page.Runes[before] == '('
	return inBrackets || c.First <= at.last+1 && c.Last >= at.to && at.to < at.sentence.Last
}

// isOfLaterYear reports whether a year after the given one is in the clause of the words, or in one before it and
// nothing in the clause says that it was done.
func (at clause) isOfLaterYear(year int) bool {
	if at.laterYear(at.from, at.to, year) {
		return true
	}
	return at.laterYear(at.sentence.First, at.from, year) && !at.Has(language.Done, at.from, at.first)
}

// leavesOff reports whether a clause about a noun, or about when and why, begins between a plan or wish and
// the words with a verb that says that it was done: "will take over the hall, which was built by volunteers".
func (at clause) leavesOff(c Cue) bool {
	w := at.page.Words
	turn, ok := at.Last(language.Subordinator, c.Last, at.first)
	return ok && w[turn.First].Clause != w[c.First].Clause && turn.First > 0 && at.isComma(turn.First-1)
}

// isCaused reports whether an infinitive that has something done by others governs the words ("to get two tonnes
// collected"), and its verb does not say that it happened.
func (at clause) isCaused() bool {
	for _, c := range at.sentenceCues() {
		if c.Kind == language.Infinitive && c.First >= at.from && c.Last < at.first &&
			c.First >= at.first-maxPurposeReach &&
			at.Has(language.Causative, c.Last, c.Last+1) {
			return !at.Has(language.Achiever, max(at.sentence.First, c.First-4), c.First)
		}
	}
	return false
}

// unreal looks at what is only wished for, possible or conditional.
type unreal struct{ clause }

// isWished looks for wishes, duties, possibilities and conditions.
func (at unreal) isWished() bool {
	w := at.page.Words
	vietnamese := at.page.LanguageAt(at.first).Code == "vi"
	if c, ok := at.Last(language.Wish, at.sentence.First, at.first); ok && !at.leavesOff(c) && !at.isClosed(c) {
		d, done := at.Last(language.Done, c.Last, at.first)
		if !done || !vietnamese && w[d.First].Clause == w[c.First].Clause {
			return true
		}
	}
	if c, ok := at.Last(language.WeakWish, at.from, at.first); ok && at.reaches(c) {
		if !at.Has(language.Done, c.Last, at.first) {
			return true
		}
	}
	if c, ok := at.Last(language.Modal, max(at.from, at.first-9), at.first); ok && at.reaches(c) && !at.isMonth(c) &&
		!at.isSo(c) {
		if d, done := at.Last(language.Done, c.Last, at.first); !done || !vietnamese && d.First <= c.Last+1 {
			return true
		}
	}
	return at.isConditional()
}

// isSo reports whether a word for "should" means "so" here, behind a clause about why: "nhờ dời nền nên kịp xong".
func (at unreal) isSo(c Cue) bool {
	return slices.ContainsFunc(at.sentenceCues(), func(other Cue) bool {
		return other.Kind == language.Consecutive && other.First == c.First
	}) && at.Has(language.Cause, at.sentence.First, c.First)
}

// isClosed reports whether a cue is in a clause of its own before that of the words, which a comma closes and whose
// first word makes it one about time, cause or a noun, and the words' own clause reports the past: "though nobody
// thought that anyone would borrow it, the guide was used daily".
func (at unreal) isClosed(c Cue) bool {
	w := at.page.Words
	if w[c.First].Clause == w[at.first].Clause || !told(at).hasPast(at.from, at.to) {
		return false
	}
	from, end := at.partStart(c.First+1), at.partEnd(c.First)
	opens := at.Has(language.Subordinator, from, min(end, from+2)) || at.Has(language.Relative, max(from, c.First-2),
		c.First)
	return opens && !at.Has(language.Telling, end-1, end)
}

// isMonth reports whether a cue is the name of a month, as "May" is.
func (p *Page) isMonth(c Cue) bool {
	w := p.page.Words[c.First]
	_, month := p.page.LanguageAt(c.First).Months[w.Text]
	return month && text.IsUpper(p.page.Runes[w.Start]) && c.First > p.page.Sentences[w.Sentence].First
}

// isConditional reports whether a condition is before the words, or shortly behind them.
func (at unreal) isConditional() bool {
	s := at.sentence
	if at.Has(language.Conditional, s.First, at.first) || at.isWithout() {
		return true
	}
	if c, ok := at.Last(language.ConditionalFirst, s.First, s.First+1); ok && c.Last <= at.first {
		return true
	}
	if at.isOnlyThen() {
		return true
	}
	c, ok := at.Last(language.Conditional, at.last, s.Last)
	return ok && c.First <= at.last+12
}

// hasDateOrNumber reports whether a number or date is in words [from, to): something that was.
func (at unreal) hasDateOrNumber(from, to int) bool {
	t := told(at)
	return t.hasNumber(from, to) || t.hasDate(from, to)
}

// isOnlyThen reports whether the words are what comes only when something else has: "khi có nguồn mới giao", and
// nothing says that it has come.
func (at unreal) isOnlyThen() bool {
	then, ok := at.Last(language.OnlyThen, at.sentence.First, at.first)
	if !ok || then.First < at.first-maxNegatorReach || at.Has(language.Done, at.sentence.First, at.first) ||
		at.page.LanguageAt(at.first).Code != "vi" {
		return false
	}
	from := max(at.sentence.First, then.First-maxNegatorReach)
	when, ok := at.Last(language.Subordinator, from, then.First)
	return ok && when.First > at.sentence.First-1 && at.isBareWhen(when) && !at.hasDateOrNumber(when.Last, at.last)
}

// isBareWhen reports whether a word of time is one such as "khi", and not "sau khi" or "vì".
func (at unreal) isBareWhen(c Cue) bool {
	return c.Last-c.First == 1 && at.page.Words[c.First].Text == "khi" && (c.First == at.sentence.First ||
		!slices.Contains([]string{"sau", "trước", "trong", "từ", "đến"}, at.page.Words[c.First-1].Text))
}

// isWithout reports whether a negator opens the sentence and a word such as "thì" is between it and the words: without
// what did happen, they would have happened.
func (at unreal) isWithout() bool {
	c, ok := at.Last(language.Negator, at.sentence.First, min(at.first, at.sentence.First+2))
	if !ok || !at.Has(language.Then, at.sentence.First, at.first) {
		return false
	}
	then, _ := at.Last(language.Then, c.Last, at.first)
	return !at.hasDateOrNumber(c.Last, then.First)
}
