package number

import (
	"slices"
	"strconv"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// IsOrdinal reports whether the number words[i:k] of the page names something and does not count: a year,
// part of a date, the number of a decision, the numbering of a heading.
func IsOrdinal(p *text.Page, l *language.Language, i, k int) bool {
	switch {
	case namedBefore(p, l, i):
		return true
	case !p.Words[i].Number:
		return false
	case k == i+1 && numbersHeading(p, i), joinedTo(p, p.Words[i].Start-1, -1):
		return true
	case k == i+1 && joinedTo(p, p.Words[i].End, 1):
		return !isShare(p, l, i)
	}
	return k == i+1 && (isBareYear(p, l, i) || opensYear(p, l, i) || monthFollows(p, l, i))
}

// opensYear reports whether a year follows the first word of its sentence: "In 2024 households …".
func opensYear(p *text.Page, l *language.Language, i int) bool {
	w := p.Words
	return i > 0 && IsYear(w[i].Text) && w[i-1].Sentence == w[i].Sentence &&
		p.Sentences[w[i].Sentence].First == i-1 &&
		slices.Contains(l.DateWords["before_year"], w[i-1].Text)
}

// isOrdinal is IsOrdinal for a quantity whose number is at word at. A currency, a percent sign or a magnitude
// makes it an amount; "4th", "4. plass" and the number of a decision such as 47/QĐ-UBND are names.
func (r reader) isOrdinal(q *Quantity, at int) bool {
	if q.Unit != "" || q.Magnified {
		return namedBefore(r.page, r.lang, at)
	}
	return IsOrdinal(r.page, r.lang, at, q.Last) || q.digits && q.Last == at+1 && (r.suffixed(at) ||
		r.numbersPaper(at))
}

// suffixed reports whether word i has the ending of an ordinal: "4th", "1st"; or a full stop before a word in
// lower case: "den 4. husstanden".
func (r words) suffixed(i int) bool {
	w := r.page.Words
	if i+1 >= len(w) || w[i+1].Sentence != w[i].Sentence {
		return false
	}
	if w[i+1].Start == w[i].End {
		return slices.Contains(r.lang.DateWords["ordinal"], w[i+1].Text)
	}
	return len(r.lang.Definite) > 0 && r.page.Gap(i) == ". " && !text.IsUpper(r.page.Runes[w[i+1].Start]) &&
		!w[i].CellStart
}

// numbersPaper reports whether word i is the number of a paper: a slash and capital letters follow it.
func (r words) numbersPaper(i int) bool {
	p, end := r.page, r.page.Words[i].End
	return end+2 < len(p.Runes) && (p.Runes[end] == '/' ||
		p.Runes[end] == '-') && text.IsUpper(p.Runes[end+1]) && text.IsUpper(p.Runes[end+2])
}

// NamesRound reports whether the number at word i names a round or an instalment, by the word before it: "đợt
// 1", "phase 2".
func NamesRound(p *text.Page, l *language.Language, i int) bool {
	return i > 0 && p.Words[i].Number && p.Words[i-1].Line == p.Words[i].Line &&
		slices.Contains(l.RoundBefore, p.Words[i-1].Text)
}

// namedBefore reports whether the word before word i says that its number is a name, such as "số" or "day".
func namedBefore(p *text.Page, l *language.Language, i int) bool {
	w := p.Words
	if i == 0 || w[i-1].Sentence != w[i].Sentence {
		return false
	}
	prev := w[i-1].Text
	if slices.Contains(l.OrdinalBefore, prev) || slices.Contains(l.RoundBefore, prev) {
		return true
	}
	for _, s := range l.OrdinalBefore { // "phụ lục 7"
		first, second, two := strings.Cut(s, " ")
		if two && second == prev && i >= 2 && w[i-2].Text == first && w[i-2].Sentence == w[i].Sentence {
			return true
		}
	}
	for _, part := range []string{"day", "month", "year"} {
		isName := w[i].Number && (part != "year" || len(w[i].Text) == 4) // not of "this year 75 households"
		if isName && slices.Contains(l.DateWords[part], prev) {
			return true
		}
	}
	return false
}

// numbersHeading reports whether the number at word i is the numbering of a line or cell: "2." or "12)".
func numbersHeading(p *text.Page, i int) bool {
	w := p.Words[i]
	if !w.CellStart || w.End >= len(p.Runes) || len(w.Text) > 2 {
		return false
	}
	return p.Runes[w.End] == '.' || p.Runes[w.End] == ')'
}

// joinedTo reports whether a slash or hyphen at code point at joins a number to another one, which lies in
// direction by (1 or -1).
func joinedTo(p *text.Page, at, by int) bool {
	if at < 0 || at >= len(p.Runes) || p.Runes[at] != '/' && p.Runes[at] != '-' {
		return false
	}
	next := at + by
	return next >= 0 && next < len(p.Runes) && text.IsDigit(p.Runes[next])
}

// isBareYear reports whether word i has the form of a year and nothing that is counted follows, or a month
// precedes it.
func isBareYear(p *text.Page, l *language.Language, i int) bool {
	w := p.Words
	s := w[i].Text
	if len(s) != 4 || !strings.HasPrefix(s, "19") && !strings.HasPrefix(s, "20") {
		return false
	}
	k := i + 1
	if k >= len(w) || w[k].Sentence != w[i].Sentence || !text.IsWordRune([]rune(w[k].Text)[0]) {
		return true
	}
	_, month := l.Months[w[max(0, i-1)].Text]
	return month
}

// monthFollows reports whether the name of a month follows word i.
func monthFollows(p *text.Page, l *language.Language, i int) bool {
	w := p.Words
	if i+1 >= len(w) || w[i+1].Sentence != w[i].Sentence {
		return false
	}
	_, month := l.Months[w[i+1].Text]
	return month
}

// isShare reports whether "8/8 households" begins at word i: a number out of a number, with what is counted
// behind it, and no date.
func isShare(p *text.Page, l *language.Language, i int) bool {
	w := p.Words
	if i+2 >= len(w) || p.Gap(i) != "/" || !w[i+1].Number || w[i+2].Number ||
		w[i+2].Sentence != w[i].Sentence || w[i+2].Clause != w[i].Clause {
		return false
	}
	part, e1 := strconv.Atoi(w[i].Text)
	whole, e2 := strconv.Atoi(w[i+1].Text)
	isFraction := e1 == nil && e2 == nil && part <= whole && whole < 1900
	counted := w[i+2].Text
	return isFraction && !slices.Contains(l.Until, counted) && !slices.Contains(l.DateWords["year"], counted)
}
