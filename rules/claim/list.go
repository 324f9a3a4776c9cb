package claim

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// List looks at the lines of a page as those of lists.
type List struct{ *Page }

// Bounds of a list: lines between an item and the line that introduces it, and words of that line.
const (
	maxListLines = 20
	maxLeadWords = 16
)

// lead returns the line that introduces the list which a line is an item of; -1 if the line is no item with a bullet or
// number, or nothing introduces it. The line has no full stop.
func (p List) lead(line int) int {
	if !p.isBulleted(line) {
		return -1
	}
	for k := line - 1; k >= 0 && k > line-maxListLines; k-- {
		l := &p.page.Lines[k]
		if l.First >= l.Last || p.isBulleted(k) {
			continue
		}
		if l.Last-l.First > maxLeadWords || strings.ContainsRune(".;", p.lastSign(k)) {
			return -1
		}
		return k
	}
	return -1
}

// IsItem reports whether a line begins as an item of a list does.
func (p List) IsItem(line int) bool { return p.isBulleted(line) }

// isBulleted reports whether a line begins with a bullet, or with a number or letter and a full stop or bracket.
func (p List) isBulleted(line int) bool {
	l := &p.page.Lines[line]
	i := l.Start
	for i < l.End && text.IsSpace(p.page.Runes[i]) {
		i++
	}
	if i >= l.End {
		return false
	}
	if strings.ContainsRune("-–—•+*·", p.page.Runes[i]) {
		return true
	}
	if l.First >= l.Last {
		return false
	}
	w := p.page.Words[l.First]
	numbered := w.Number || text.IsRomanOrLetter(w.Text)
	return numbered && w.End < l.End && strings.ContainsRune(".)", p.page.Runes[w.End])
}

// lastSign returns the last sign of a line that is no space; 0 if it has none.
func (p List) lastSign(line int) rune {
	l := &p.page.Lines[line]
	for i := l.End - 1; i >= l.Start; i-- {
		if !text.IsSpace(p.page.Runes[i]) {
			return p.page.Runes[i]
		}
	}
	return 0
}

// isGuided returns why a word in an item of a list claims nothing: the line that introduces the list says that it is
// one of what to do, or of what is planned ("How to sort waste:", "HƯỚNG DẪN HỘ GIA ĐÌNH"), and not of what was done.
func (p List) isGuided(word int) string {
	first, last := p.inlineLead(word)
	if k := p.lead(p.page.Words[word].Line); first >= last && k >= 0 {
		first, last = p.page.Lines[k].First, p.page.Lines[k].Last
	}
	if first >= last {
		return ""
	}
	has := func(kinds ...language.CueKind) bool {
		for _, kind := range kinds {
			if p.Has(kind, first, last) {
				return true
			}
		}
		return false
	}
	switch {
	case has(language.Done, language.ResultLabel, language.CarriedOut, language.Achieve):
		return ""
	case p.tellsBefore(first, last):
		return "" // "We walked the site, with the plan of 1987 in hand: …"
	case has(language.RulePaper, language.Addressed, language.Instruction, language.Guidance, language.Modal):
		return Quoted
	case has(language.Plan, language.WeakPlan):
		return Planned
	case has(language.Wish):
		return Wished
	}
	return ""
}

// tellsBefore reports whether words [first, last) have a form of the past before any word of plans, rules or
// instructions.
func (p List) tellsBefore(first, last int) bool {
	at := told{p.clauseOf(first, first+1)}
	end := last
	for _, c := range p.Cues(p.page.Words[first].Sentence) {
		guides := slices.Contains([]language.CueKind{language.RulePaper, language.Addressed, language.Instruction,
			language.Guidance, language.Modal, language.Plan, language.WeakPlan, language.Wish}, c.Kind)
		if guides && c.First >= first && c.First < end {
			end = c.First
		}
	}
	return at.hasPast(first, end)
}

// inlineLead returns the words before the colon that introduces a list in one line, whose parts semicolons separate and
// one of which has the given word; none if it is in no such list, or in its first part.
func (p List) inlineLead(word int) (first, last int) {
	n := p.page.Words[word].Sentence
	top := n
	for top > 0 && p.EndsWithSemicolon(top-1) {
		top--
	}
	s := p.page.Sentences[top]
	if top == n || s.First >= s.Last {
		return 0, 0
	}
	for k := s.First; k < s.Last; k++ {
		if strings.HasPrefix(p.page.Gap(k), ":") {
			return s.First, k + 1
		}
	}
	return 0, 0
}

// isReported reports whether the line that introduces the list of a word says that what follows was done.
func (p List) isReported(word int) bool {
	k := p.lead(p.page.Words[word].Line)
	if k < 0 {
		return false
	}
	l := &p.page.Lines[k]
	return p.Has(language.Done, l.First, l.Last) || p.Has(language.ResultLabel, l.First, l.Last)
}

// HasResults reports whether a line introduces a list of dated results, or is an item of one: each of at least two
// lines that follow has a date, and a figure beside it or a form of the past, which the first line may have for all of
// them: "Clean-up days this year", "13 January – 41 bags". lead says that the line itself
// introduces the list.
func (p List) HasResults(line int, lead bool) bool {
	top := line
	for !lead && top > 0 && p.isDated(top) && p.page.Lines[top].First < p.page.Lines[top].Last {
		top--
	}
	if !lead && top == line {
		return false
	}
	l := &p.page.Lines[top]
	if l.First >= l.Last || l.Last-l.First > maxLeadWords || strings.ContainsRune(".;?!", p.lastSign(top)) ||
		p.isDated(top) {
		return false
	}
	at := told{p.clauseOf(l.First, l.First+1)}
	for _, kind := range []language.CueKind{language.Plan, language.Wish, language.WeakPlan, language.WeakWish,
		language.Negator, language.RulePaper, language.Addressed, language.Listing, language.Modal, language.Guidance,
		language.Milestone} {
		if p.Has(kind, l.First, l.Last) {
			return false
		}
	}
	told := at.hasPast(l.First, l.Last) || at.isPast(l.First, l.Last)
	n := 0
	for k := top + 1; k < len(p.page.Lines) && p.page.Lines[k].First < p.page.Lines[k].Last; k++ {
		x := &p.page.Lines[k]
		if !p.isDated(k) || !told && !p.isCounted(k) && !at.hasPast(x.First, x.Last) && !at.isPast(x.First, x.Last) {
			break
		}
		n++
	}
	return n >= 2 && (lead || told && line <= top+n)
}

// isDated reports whether a line has a date: a month and a day, or two numbers of a day and a month.
func (p List) isDated(line int) bool {
	l := &p.page.Lines[line]
	if l.First >= l.Last {
		return false
	}
	at := told{p.clauseOf(l.First, l.First+1)}
	for k := l.First; k < l.Last; k++ {
		_, month := p.page.LanguageAt(k).Months[p.page.Words[k].Text]
		day := at.isDateWord(k) && k+1 < l.Last && p.page.Words[k+1].Number && !p.IsYear(k+1)
		if month || day || isDayAndMonth(p.page.Words[k].Text) {
			return true
		}
	}
	return false
}

// isDayAndMonth reports whether a number is a day and a month, or begins so: "12.9", "12/4/2024".
func isDayAndMonth(w string) bool {
	day, rest, ok := strings.Cut(strings.ReplaceAll(w, "/", "."), ".")
	month, _, _ := strings.Cut(rest, ".")
	return ok && len(day) >= 1 && len(day) <= 2 && len(month) >= 1 && len(month) <= 2 && day[0] >= '0' && day[0] <= '9'
}

// isCounted reports whether a line has a number beside its date.
func (p List) isCounted(line int) bool {
	l := &p.page.Lines[line]
	n, dates := 0, 0
	for k := l.First; k < l.Last; k++ {
		w := p.page.Words[k]
		_, month := p.page.LanguageAt(k).Months[w.Text]
		switch {
		case month, isDayAndMonth(w.Text):
			dates++
		}
		if w.Number && !p.IsYear(k) && !isDayAndMonth(w.Text) {
			n++
		}
		if month {
			n-- // its day
		}
	}
	return dates > 0 && n > 0
}

// isArticle reports whether the line of a word begins with the number of an article of rules ("Article 6.", "§ 4"), or
// is an item below such a line.
func (p List) isArticle(word int) bool {
	line := p.page.Words[word].Line
	if p.beginsArticle(line) {
		return true
	}
	for k := line; k > 0 && k > line-maxListLines && p.isBulleted(k); k-- {
		if l := p.page.Lines[k-1]; l.First < l.Last && p.beginsArticle(k-1) {
			return true
		}
	}
	return false
}

// beginsArticle reports whether a line begins with the number of an article of rules.
func (p List) beginsArticle(line int) bool {
	w, l := p.page.Words, p.page.Lines[line]
	if l.First >= l.Last {
		return false
	}
	if l.Start < len(p.page.Runes) && p.page.Runes[l.Start] == '§' {
		return true
	}
	return slices.ContainsFunc(p.Cues(w[l.First].Sentence), func(c Cue) bool {
		return c.Kind == language.Article && c.First == l.First && c.Last < l.Last && w[c.Last].Number
	})
}
