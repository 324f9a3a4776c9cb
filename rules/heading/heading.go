// Package heading recognises the headings of a page by what a reader sees, because most papers that are submitted
// have no styles that say so. With them it decides what else on a page is no sentence: labels, cells, options, lists.
//
// [LevelOf] says of what level a line is a heading, and [Layout] answers about words: whether they are a label,
// surely no sentence, or part of a programme. Both look at one page at a time. Where the format of a document states
// its blocks, these count before looks. Doubts are kept apart: IsNoSentence is true only of what surely is none, and
// MayHead of whatever may be a heading.
package heading

import (
	"slices"
	"strings"

	"kheo/internal/text"
)

// Level is the level of a heading; of two headings the one of the lower level contains the other.
type Level int8

// Levels of headings.
const (
	None   Level = iota // not a heading
	Roman               // "II. RESULTS", or a line of capitals
	Digit               // "2. Results"
	Letter              // "a) Results", or a short line closed by a colon
)

// LevelOf returns of what level a line of the page is a heading: it is short, numbered, in capitals or closed by a
// colon, and not a sentence.
func LevelOf(p *text.Page, l *text.Line) Level {
	const shortest, longest = 3, 110 // code points
	start, end := l.Start, l.End
	for start < end && text.IsSpace(p.Runes[start]) {
		start++
	}
	for end > start && text.IsSpace(p.Runes[end-1]) {
		end--
	}
	if n := end - start; n < shortest || n > longest || l.Last == l.First {
		return None
	}
	line := p.Runes[start:end]
	if slices.Contains(line, '\t') || strings.ContainsRune(".;,", line[len(line)-1]) {
		return None
	}
	if level := numbered(p, l); level != None {
		return level
	}
	return unnumbered(line)
}

// numbered returns the level of a line by the numbering that it begins with, such as "II.", "2)" or "a)".
func numbered(p *text.Page, l *text.Line) Level {
	first := &p.Words[l.First]
	if l.Last-l.First < 2 || first.End >= len(p.Runes) || p.Runes[first.End] != '.' && p.Runes[first.End] != ')' {
		return None
	}
	written := p.Text(first.Start, first.End)
	switch {
	case strings.Trim(written, "IVX") == "":
		return Roman
	case first.Number && len(written) <= 2:
		return Digit
	case first.End-first.Start == 1:
		return Letter
	}
	return None
}

// unnumbered returns the level of a line without numbering: capitals throughout, or a short label.
func unnumbered(line []rune) Level {
	const fewestCapitals, longestLabel = 4, 60
	upper, lower := 0, 0
	for _, r := range line {
		switch {
		case text.IsUpper(r):
			upper++
		case text.IsLower(r):
			lower++
		}
	}
	switch {
	case upper >= fewestCapitals && lower == 0:
		return Roman
	case line[len(line)-1] == ':' && len(line) <= longestLabel:
		return Letter
	}
	return None
}
