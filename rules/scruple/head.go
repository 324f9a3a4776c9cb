package scruple

import (
	"slices"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/claim"
	"kheo/rules/heading"
	"kheo/rules/number"
)

// Bounds of headings: lines between one and what is below it, and words of one that is no more than a time.
const (
	maxBelow     = 60
	maxDateHead  = 5
	maxDutyWords = 12
)

// Dated reports how sure it is that the passage is of a time before the campaign, or of one after it, by the year that
// opens its line, or by a heading above it that is no more than a year: surely if the page has other years as headings,
// as a timeline does.
func (p Passage) Dated(years claim.Years) claim.Answer {
	if years.First == 0 || p.namesCampaign(years) {
		return claim.No
	}
	line := p.Words[p.First].Line
	if _, last, ok := p.opens(line); ok {
		if last < years.First {
			return claim.Yes
		}
		return claim.No
	}
	found := claim.No
	for k := line - 1; k >= 0 && k > line-maxBelow; k-- {
		_, last, ok := p.timeHead(k)
		if !ok {
			if _, until, opens := p.opens(k); opens && k == line-1 && until < years.First && !p.isItem(line) {
				return claim.Maybe // the line goes on with that of a timeline
			}
			if p.isHead(k) && p.hasYear(k, years) {
				return claim.No
			}
			continue
		}
		switch {
		case found != claim.No:
			return claim.Yes // another year above
		case last >= years.First:
			return claim.No
		}
		found = claim.Maybe
	}
	if found == claim.No {
		return claim.No
	}
	for k := line + 1; k < len(p.Lines) && k < line+maxBelow; k++ {
		if _, _, ok := p.timeHead(k); ok {
			return claim.Yes
		}
	}
	return found
}

// namesCampaign reports whether the sentence of the passage names a year of the campaign, or a time such as "now".
func (p Passage) namesCampaign(years claim.Years) bool {
	s := p.sentence()
	for k := s.First; k < s.Last; k++ {
		if y := p.yearAt(k); y >= years.First && y != 0 {
			return true
		}
	}
	return p.hasCue(s.First, s.Last, language.NowTime)
}

// yearAt is the year that word k is or begins with, as "2018/19" does; 0 if it is none.
func (p Passage) yearAt(k int) int {
	w := p.Words[k]
	if !w.Number || len(w.Text) < 4 || !number.IsYear(w.Text[:4]) ||
		len(w.Text) > 4 && !strings.ContainsAny(w.Text, "/-–") {
		return 0
	}
	y, _ := strconv.Atoi(w.Text[:4])
	return y
}

// hasYear reports whether a line names a year of the campaign or a later one.
func (p Passage) hasYear(line int, years claim.Years) bool {
	for k := p.Lines[line].First; k < p.Lines[line].Last; k++ {
		if y := p.yearAt(k); y >= years.First && y != 0 {
			return true
		}
	}
	return false
}

// span returns the first and the last year of the years at word k, and the word behind them; ok is false without any.
func (p Passage) span(k, to int) (first, last, end int, ok bool) {
	if first = p.yearAt(k); first == 0 {
		return 0, 0, k, false
	}
	last, end = first, k+1
	if len(p.Words[k].Text) > 4 {
		last++
	}
	if end < to && p.Words[end].Number && p.Words[end].Start-p.Words[k].End <= 3 &&
		strings.ContainsAny(p.Gap(k), "–-/—") {
		if y := p.yearAt(end); y >= first {
			last, end = y, end+1
		} else if len(p.Words[end].Text) == 2 {
			last, end = first+1, end+1
		}
	}
	return first, last, end, true
}

// opens returns the first and the last year that open a line of a timeline, before a dash, a colon or a tab: "2019 –
// opened a stall".
func (p Passage) opens(line int) (first, last int, ok bool) {
	l := p.Lines[line]
	if l.First >= l.Last {
		return 0, 0, false
	}
	first, last, end, ok := p.span(l.First, l.Last)
	if !ok || end >= l.Last {
		return 0, 0, false
	}
	gap := strings.TrimLeft(p.Gap(end-1), " ")
	return first, last, gap != "" && strings.ContainsRune("–—-:\t|", []rune(gap)[0])
}

// timeHead returns the years of a line that is no more than them, with words such as "year" or a month.
func (p Passage) timeHead(line int) (first, last int, ok bool) {
	l := p.Lines[line]
	if l.First >= l.Last || l.Last-l.First > maxDateHead || strings.ContainsAny(p.Text(l.Start, l.End), "\t|,") {
		return 0, 0, false
	}
	for k := l.First; k < l.Last; k++ {
		if f, t, end, isYear := p.span(k, l.Last); isYear {
			if ok {
				return 0, 0, false
			}
			first, last, ok, k = f, t, true, end-1
			continue
		}
		if !p.isOfTime(k) {
			return 0, 0, false
		}
	}
	return first, last, ok
}

// isOfTime reports whether word k may be beside the year of a heading that is no more than a time.
func (p Passage) isOfTime(k int) bool {
	l, w := p.LanguageAt(k), p.Words[k].Text
	_, month := l.Months[w]
	return month || slices.Contains(l.YearHeads, w) || slices.Contains(l.DateWords["year"], w) ||
		slices.Contains(l.DateWords["month"], w) || slices.Contains(l.DateWords["before_year"], w) ||
		p.Words[k].Number && len(w) <= 2
}

// isHead reports whether a line is a heading by its looks: by its style or numbering, or a short line without a full
// stop that begins with a capital letter and is no item of a list.
func (p Passage) isHead(line int) bool {
	l := p.Lines[line]
	if l.First >= l.Last || strings.Contains(p.Text(l.Start, l.End), "\t") {
		return false
	}
	if p.StatedLevel(line) > 0 || p.Levels[line] == heading.Roman {
		return true
	}
	return l.Last-l.First <= maxDutyWords && !p.isItem(line) && p.isCapital(l.First) &&
		!strings.ContainsRune(".;,!?", p.lastSign(line)) && (p.lastSign(line) == ':' || p.MayHead(line))
}

// isItem reports whether a line begins as an item of a list does.
func (p Passage) isItem(line int) bool { return claim.List{Page: p.Claims}.IsItem(line) }

// lastSign returns the last sign of a line that is no space; 0 if it has none.
func (p Passage) lastSign(line int) rune {
	l := p.Lines[line]
	for i := l.End - 1; i >= l.Start; i-- {
		if !text.IsSpace(p.Runes[i]) {
			return p.Runes[i]
		}
	}
	return 0
}

// listing finds items of lists that say what a body is for.
type listing struct{ Passage }

// isDuty reports whether the nearest heading above the passage is of duties, aims or rules and not of a report, and the
// sentence has no form of the past, time or "we"; or whether the passage is in an item that begins with a participle
// ("Organising …") and no heading above it is of a report.
func (p listing) isDuty() bool {
	s := p.sentence()
	if claim.IsToldAsDone(p.Claims, s.First, s.Last) {
		return false
	}
	line := p.Words[p.First].Line
	for k := line - 1; k >= 0 && k > line-maxBelow; k-- {
		if !p.isHead(k) || p.styledText(k) {
			continue
		}
		l := p.Lines[k]
		if p.has(report, l.First, l.Last) || p.hasNumber(l.First+1, l.Last) && p.hasAnyYear(l) {
			return false
		}
		return p.has(duty, l.First, l.Last) || p.opensWithGerund(line)
	}
	return p.opensWithGerund(line)
}

// styledText reports whether the format of the document says that a line is no heading.
func (p listing) styledText(line int) bool {
	at := p.Lines[line].Start
	for _, b := range p.Blocks {
		if b.Sure == 0 && at >= b.Start && at < b.End {
			return b.Kind != dossier.Heading
		}
	}
	return false
}

// hasAnyYear reports whether a line names a year.
func (p listing) hasAnyYear(l text.Line) bool {
	for k := l.First; k < l.Last; k++ {
		if p.yearAt(k) != 0 {
			return true
		}
	}
	return false
}

// shortestGerund is how many letters a word in "-ing" has at least that begins an item.
const shortestGerund = 6

// opensWithGerund reports whether the item of a list that the passage is in begins with a word in "-ing".
func (p listing) opensWithGerund(line int) bool {
	l := p.Lines[line]
	if l.First >= l.Last || !p.isItem(line) || !p.lang().Inflects() {
		return false
	}
	first := l.First
	if p.Words[first].Number && first+1 < l.Last {
		first++
	}
	w := p.Words[first].Text
	return len(w) >= shortestGerund && strings.HasSuffix(w, "ing")
}
