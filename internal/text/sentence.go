package text

import (
	"slices"
	"strings"
)

// minFullWidth is the least width in code points of a page whose lines break because they are full.
const minFullWidth = 50

// fullWidth returns the length in code points from which on a line counts as broken by the width of the page and
// not by its writer: seven tenths of the length that nine tenths of the lines do not exceed.
func (p *Page) fullWidth() int {
	var lengths []int
	for _, l := range p.Lines {
		if n := l.End - l.Start; n > 0 {
			lengths = append(lengths, n)
		}
	}
	if len(lengths) == 0 {
		return 1
	}
	slices.Sort(lengths)
	return max(minFullWidth, lengths[len(lengths)*9/10]*7/10)
}

// trimmed returns the span without white space at its ends.
func (p *Page) trimmed(s Span) Span {
	for s.End > s.Start && IsSpace(p.Runes[s.End-1]) {
		s.End--
	}
	for s.Start < s.End && IsSpace(p.Runes[s.Start]) {
		s.Start++
	}
	return s
}

// lineEndsSentence reports whether the end of a line, given its index, ends a sentence too: it does, unless the
// line is as wide as the page and goes on in the next.
func (s *splitter) lineEndsSentence(line int) bool {
	l := s.Lines[line].Span
	for l.End > l.Start && IsSpace(s.Runes[l.End-1]) {
		l.End--
	}
	if l.End-l.Start < s.width || l.End == l.Start || slices.Contains(s.Runes[l.Start:l.End], '\t') {
		return true
	}
	switch s.Runes[l.End-1] {
	case '.', '!', '?', ':', ';', '…':
		return true
	}
	if line+1 >= len(s.Lines) {
		return true
	}
	next := s.trimmed(s.Lines[line+1].Span)
	if next.Start == next.End {
		return true
	}
	switch s.Runes[next.Start] {
	case '-', '–', '•', '+', '*':
		return true
	}
	return false
}

// sentenceEndsAt reports whether the full stop (or ! ? …) at code point i ends a sentence: white space and then
// something that can begin one must follow.
func (p *Page) sentenceEndsAt(i int) bool {
	k := i + 1
	for k < len(p.Runes) && strings.ContainsRune(`"”)»`, p.Runes[k]) {
		k++
	}
	if k < len(p.Runes) && !IsSpace(p.Runes[k]) {
		return false
	}
	for k < len(p.Runes) && IsSpace(p.Runes[k]) {
		k++
	}
	if k >= len(p.Runes) {
		return true
	}
	if n := len(p.Words); p.Runes[i] == '.' && n > 0 && p.Words[n-1].End == i {
		if ends, decided := p.stopBehindWord(n-1, p.Runes[k]); decided {
			return ends
		}
	}
	return !IsLower(p.Runes[k])
}

// stopBehindWord decides whether the full stop directly behind a word ends a sentence, if the word says so; next is
// the code point that follows behind white space.
func (p *Page) stopBehindWord(word int, next rune) (ends, decided bool) {
	const longestDay, longestMonth, longestNumeral = 2, 4, 4
	w := &p.Words[word]
	length := w.End - w.Start
	switch {
	case w.Number && length <= longestDay && IsLower(next): // "15. mars"
		return false, true
	case p.Language.Months[w.Text] > 0 && length <= longestMonth: // "1. feb. 2024" goes on, "in May. We" does not
		return IsUpper(next), true
	case slices.Contains(p.Language.Abbreviations, w.Text):
		// "kr. 500" goes on, but "500 kr. Then" does not
		return word > 0 && p.Words[word-1].Number && IsUpper(next), true
	case w.CellStart && (w.Number || length <= longestNumeral && IsRomanOrLetter(w.Text)): // "1. Heading"
		return false, true
	}
	return false, false
}

// IsRomanOrLetter reports whether a word in lower case can number a heading or an item: a single letter, or a Roman
// numeral below fifty.
func IsRomanOrLetter(s string) bool {
	return len([]rune(s)) == 1 || strings.Trim(s, "ivx") == ""
}
