package value

import (
	"strings"

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

// ticked reads a yes or no in words [from, limit) that is chosen by a mark in a box. boxes is false if there are no
// boxes; ok is false unless exactly one answer is marked.
func ticked(p *text.Page, l *language.Language, from, limit int) (v Value, ok, boxes bool) {
	chosen := map[bool]int{} // the word after each answer that is marked
	for i := from; i < limit; i++ {
		marked, box := boxBefore(p, i)
		boxes = boxes || box
		if !marked {
			continue
		}
		for _, answer := range answers(l) {
			for _, s := range answer.words {
				if n := text.MatchAt(p.Words, i, limit, s); n > 0 && chosen[answer.value] == 0 {
					chosen[answer.value] = i + n
				}
			}
		}
	}
	if len(chosen) != 1 {
		return Value{}, false, boxes
	}
	for value, last := range chosen {
		v = Value{V: value, Last: last}
	}
	return v, true, boxes
}

// boxBefore reports whether there is a box before word i, and whether it is marked.
func boxBefore(p *text.Page, i int) (marked, box bool) {
	const widest = 6 // code points of a box, spaces included
	from := max(0, p.Words[i].Start-widest)
	if i > 0 {
		from = max(from, p.Words[i-1].End)
		if x := p.Words[i-1]; x.Text == "x" { // [x]
			from = max(0, x.Start-1)
		}
	}
	s := strings.ReplaceAll(string(p.Runes[from:p.Words[i].Start]), " ", "")
	lower := strings.ToLower(s)
	switch {
	case strings.ContainsAny(s, "☒☑✓✔🗹■"), strings.HasSuffix(lower, "[x]"), strings.HasSuffix(lower, "(x)"):
		return true, true
	case strings.ContainsAny(s, "☐□"), strings.HasSuffix(s, "[]"), strings.HasSuffix(s, "()"):
		return false, true
	}
	return false, false
}
