package value

import (
	"slices"
	"strings"
	"unicode/utf8"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// answer is yes or no, with the words for it.
type answer struct {
	words []string
	value bool
}

// answers are the words for no and yes of a language. No comes first, because in some languages it contains the word
// for yes.
func answers(l *language.Language) [2]answer { return [2]answer{{l.No, false}, {l.Yes, true}} }

// answerAt reads yes or no at word i. Of "yes / no" nothing has been chosen.
func answerAt(p *text.Page, l *language.Language, i, limit int) (Value, bool) {
	if isUnknown(p, i, limit) {
		return Value{}, false
	}
	for _, answer := range answers(l) {
		for _, s := range answer.words {
			n := text.MatchAt(p.Words, i, limit, s)
			if n == 0 {
				continue
			}
			isChoice := i+n < limit && strings.Contains(p.Gap(i+n-1), "/") || strings.Contains(p.Gap(i-1), "/")
			if isChoice {
				return Value{}, false
			}
			return Value{V: answer.value, Last: i + n}, true
		}
	}
	return Value{}, false
}

// bothPrinted reports whether words [from, to) begin with one answer and the other follows it, to the end of the cell
// and perhaps behind marks, without a sign between them: both are printed on the form, and which one is meant is not
// said.
func bothPrinted(p *text.Page, l *language.Language, from, to, limit int) bool {
	for i := from; i < min(to, limit); i++ {
		for _, a := range answers(l) {
			for _, s := range a.words {
				if n := text.MatchAt(p.Words, i, limit, s); n > 0 && followedBy(p, l, i+n, limit, !a.value) {
					return true
				}
			}
		}
	}
	return false
}

// followedBy reports whether an answer is at word k or the one behind it, and ends the words before limit.
func followedBy(p *text.Page, l *language.Language, k, limit int, other bool) bool {
	for at := k; at < min(k+2, limit); at++ {
		if strings.Trim(p.Gap(at-1), " \t.…_") != "" { // also "Yes …… No ……", lines to tick on
			return false
		}
		for _, a := range answers(l) {
			for _, s := range a.words {
				if n := text.MatchAt(p.Words, at, limit, s); n > 0 && a.value == other && at+n >= limit-1 {
					return true
				}
			}
		}
	}
	return false
}

// tick is a box, or an answer beside one, in the order in which they are written.
type tick struct {
	isBox  bool
	marked bool // of a box
	answer bool // of an answer
	last   int  // the word after an answer
}

// ticked reads a yes or no in words [from, limit) that is chosen by a mark in a box. boxes is false if there are no
// boxes; ok is false unless an answer is marked. Whether boxes are before or behind their answers is decided by which
// comes first and which last; if that does not say it, or both answers are marked, the value is in doubt.
func ticked(p *text.Page, l *language.Language, from, limit int) (v Value, ok, boxes bool) {
	all := ticks(p, l, from, limit)
	if !slices.ContainsFunc(all, func(t tick) bool { return t.isBox }) {
		return Value{}, false, false
	}
	behind, ambiguous := false, false
	if !all[0].isBox {
		behind = true
		ambiguous = !all[len(all)-1].isBox && len(all) > 2
	}
	chosen := map[bool]int{} // the word after each answer that is marked
	for i, t := range all {
		if t.isBox || !beside(all, i, behind) && !(ambiguous && beside(all, i, false)) {
			continue
		}
		if chosen[t.answer] == 0 {
			chosen[t.answer] = t.last
		}
	}
	switch yes, no := chosen[true], chosen[false]; {
	case yes > 0 && no > 0:
		return Value{V: true, Last: max(yes, no), Doubt: doubtChoice, Others: []any{false, nil}}, true, true
	case yes > 0, no > 0:
		v = Value{V: yes > 0, Last: max(yes, no)}
		if ambiguous {
			v.Doubt, v.Others = doubtChoice, []any{!v.V.(bool)}
		}
		return v, true, true
	}
	return Value{}, false, true
}

// doubtChoice is the doubt of an answer of which it is not clear whether it was chosen.
const doubtChoice = "choice"

// beside reports whether the box of the i-th tick, an answer, is marked: the one behind it, or else before it.
func beside(all []tick, i int, behind bool) bool {
	at := i - 1
	if behind {
		at = i + 1
	}
	return at >= 0 && at < len(all) && all[at].isBox && all[at].marked
}

// ticks are the boxes and answers around words [from, limit), in order: also the box before the first word, and one
// behind the last on its line.
func ticks(p *text.Page, l *language.Language, from, limit int) []tick {
	var out []tick
	start := 0
	if from > 0 {
		start = p.Words[from-1].End
	}
	skip := 0
	for i := from; i < limit; i++ {
		w := &p.Words[i]
		if marks := boxesIn(p, start, w.Start); i >= skip {
			out = append(out, marks...)
		}
		start = w.End
		if i < skip {
			continue
		}
		if isMark(p, i) {
			out = append(out, tick{isBox: true, marked: true})
			continue
		}
		if v, n := answerWords(p, l, i, limit); n > 0 {
			out = append(out, tick{answer: v, last: i + n})
			skip = i + n
		}
	}
	return append(out, boxesIn(p, start, cellEnd(p, start, limit))...)
}

// cellEnd is where the line or cell ends that code point at is in, but not after word next.
func cellEnd(p *text.Page, at, next int) int {
	end := len(p.Runes)
	if next < len(p.Words) {
		end = p.Words[next].Start
	}
	for at < end && p.Runes[at] != '\n' && p.Runes[at] != '\t' {
		at++
	}
	return at
}

// answerWords returns the answer at word i and how many words it has; n is 0 if there is none.
func answerWords(p *text.Page, l *language.Language, i, limit int) (v bool, n int) {
	for _, a := range answers(l) {
		for _, s := range a.words {
			if m := text.MatchAt(p.Words, i, limit, s); m > n {
				v, n = a.value, m
			}
		}
	}
	return v, n
}

// Marks of boxes, as single characters.
const (
	markedBoxes = "☒☑✓✔🗹■✗✘"
	emptyBoxes  = "☐□▢"
)

// boxesIn are the boxes in code points [start, end) of the page, between two words.
func boxesIn(p *text.Page, start, end int) (out []tick) {
	s := strings.ReplaceAll(string(p.Runes[start:max(start, end)]), " ", "")
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case strings.ContainsRune(markedBoxes, r):
			out = append(out, tick{isBox: true, marked: true})
		case strings.ContainsRune(emptyBoxes, r):
			out = append(out, tick{isBox: true})
		case strings.HasPrefix(s, "[]"), strings.HasPrefix(s, "()"):
			out = append(out, tick{isBox: true})
			n = len("[]")
		}
		s = s[n:]
	}
	return out
}

// isMark reports whether word i is the x of "[x]" or "(x)".
func isMark(p *text.Page, i int) bool {
	w := &p.Words[i]
	if w.Text != "x" || w.Start == 0 || w.End >= len(p.Runes) {
		return false
	}
	before := strings.TrimSpace(string(p.Runes[max(0, w.Start-2):w.Start]))
	after := strings.TrimSpace(string(p.Runes[w.End:min(len(p.Runes), w.End+2)]))
	return (strings.HasSuffix(before, "[") || strings.HasSuffix(before, "(")) &&
		(strings.HasPrefix(after, "]") || strings.HasPrefix(after, ")"))
}

// Box reports whether there is a box right before word first or, at the end of a line or cell, right behind the word
// before last, and whether it is marked: the box of what words [first, last) say.
func Box(p *text.Page, first, last int) (marked, box bool) {
	start := 0
	if first > 0 {
		start = p.Words[first-1].End
		if isMark(p, first-1) {
			return true, true
		}
	}
	if all := boxesIn(p, start, p.Words[first].Start); len(all) > 0 {
		return all[len(all)-1].marked, true
	}
	end := cellEnd(p, p.Words[last-1].End, last)
	if last < len(p.Words) && isMark(p, last) {
		return true, true
	}
	if all := boxesIn(p, p.Words[last-1].End, end); len(all) > 0 {
		return all[0].marked, true
	}
	return false, false
}

// Marked reports whether the text of a cell is a mark by which an answer is chosen: x, v, a tick or a ticked box.
func Marked(s string) bool {
	switch s = strings.ToLower(strings.Trim(s, " []()\t\n")); s {
	case "x", "v", "có", "yes", "ja":
		return true
	}
	return strings.ContainsAny(s, markedBoxes)
}

// isUnknown reports whether words of the form "not known" are at word i.
func isUnknown(p *text.Page, i, limit int) bool {
	return slices.ContainsFunc(language.HeaderWords().Unknown(), func(s string) bool {
		return text.MatchAt(p.Words, i, limit, s) > 0
	})
}
