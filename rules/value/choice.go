package value

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/phrase"
)

// Option is one of the named values of a choice.
type Option struct {
	ID    string
	Words []phrase.Phrase // how forms print it
}

// optionAt reads an option whose words are at word i: of several, the one with the most words.
func (r *Reader) optionAt(p *text.Page, i, limit int) (v Value, ok bool) {
	most := 0
	for _, o := range r.Options {
		for _, ph := range o.Words {
			if n := len(ph.Words); n > most && ph.IsAt(p.Words[:limit], i) {
				v, most = Value{V: o.ID, First: i, Last: i + n}, n
			}
		}
	}
	return v, most > 0
}

// printed is an option that is printed on a form, with the boxes beside it.
type printed struct {
	Value
	before, behind box
}

// box is a box beside an option.
type box uint8

const (
	noBox box = iota
	emptyBox
	markedBox
)

// writtenBoxes replaces the boxes that are written with brackets.
var writtenBoxes = strings.NewReplacer("[ ]", "☐", "[]", "☐", "( )", "☐", "()", "☐",
	"[x]", "☑", "[X]", "☑", "(x)", "☑", "(X)", "☑")

// boxIn is the box in the text between two words: the last one if last is set, else the first. marks is the
// letter that some forms put in place of a mark, as in [x], and is a word itself.
func boxIn(gap string, last bool) box {
	found := noBox
	gap = writtenBoxes.Replace(gap)
	for _, r := range gap {
		b := noBox
		switch {
		case strings.ContainsRune("☒☑✓✔🗹■", r):
			b = markedBox
		case strings.ContainsRune("☐□", r):
			b = emptyBox
		}
		if b != noBox && (found == noBox || last) {
			found = b
		}
	}
	return found
}

// chosen reads which of the options printed in words [from, limit) of a form is chosen: by marks in boxes,
// which are all before the options or all behind them, or because it is the only one that is written, and
// nothing else is. Of several that are printed without a mark none is chosen.
func (r *Reader) chosen(p *text.Page, from, limit int) (Value, bool) {
	all := r.printedIn(p, from, limit)
	if len(all) == 0 {
		return Value{}, false
	}
	before, behind := 0, 0
	for _, o := range all {
		if o.before != noBox {
			before++
		}
		if o.behind != noBox {
			behind++
		}
	}
	switch {
	case before+behind == 0:
		return written(p, all, from, limit)
	case before == len(all) && behind == len(all) && len(all) > 1:
		return doubtfulChoice(all, func(o printed) bool { return o.before == markedBox || o.behind == markedBox })
	case before >= behind:
		return marked(all, func(o printed) bool { return o.before == markedBox }, before == len(all))
	}
	return marked(all, func(o printed) bool { return o.behind == markedBox }, behind == len(all))
}

// printedIn are the options in words [from, limit), with the boxes on their lines.
func (r *Reader) printedIn(p *text.Page, from, limit int) (all []printed) {
	for i := from; i < limit; i++ {
		v, ok := r.optionAt(p, i, limit)
		if !ok {
			continue
		}
		o := printed{Value: v}
		start, end := 0, len(p.Runes)
		if i > 0 {
			start = p.Words[i-1].End
			if w := p.Words[i-1]; w.Text == "x" && w.Start > 0 && i > from { // [x]
				start = w.Start - 1
			}
		}
		if v.Last < len(p.Words) {
			end = p.Words[v.Last].Start
			if w := p.Words[v.Last]; w.Text == "x" && w.End < len(p.Runes) {
				end = w.End + 1
			}
		}
		ahead, rest := p.Text(start, p.Words[i].Start), p.Text(p.Words[v.Last-1].End, end)
		ahead = ahead[strings.LastIndexByte(ahead, '\n')+1:]
		rest, _, _ = strings.Cut(rest, "\n")
		o.before, o.behind = boxIn(ahead, true), boxIn(rest, false)
		all = append(all, o)
		i = v.Last - 1
	}
	return all
}

// written is the option that is written in a cell without boxes. If other options are printed there as well, none is
// chosen, unless they are told apart from it: "recovering (2024: poor)", "good, not very good". If the option goes on
// into other words, it may be part of them.
func written(p *text.Page, all []printed, from, limit int) (Value, bool) {
	v := all[0].Value
	if v.First != from {
		only := !slices.ContainsFunc(all, func(o printed) bool { return o.V != v.V })
		v.Doubt, v.Others = "choice", []any{nil}
		return v, only && limit-from <= maxAnswer && limit-from > v.Last-v.First+1
	}
	for _, o := range all[1:] {
		if o.V != v.V && !isToldApart(p, v.Last, o.First) {
			return Value{}, false
		}
	}
	if v.Last < limit && strings.Trim(p.Gap(v.Last-1), " \t") == "" {
		v.Doubt, v.Others = "choice", []any{nil}
	}
	return v, true
}

// maxAnswer is how many words an answer has that may name an option.
const maxAnswer = 20

// isToldApart reports whether an option at word k is told apart from one that ends before word last: it is in brackets
// with words before it, or a word says that it is not the one, or of what time it is.
func isToldApart(p *text.Page, last, k int) bool {
	if k <= last {
		return false
	}
	words := language.HeaderWords()
	bracket := 0
	for i := last; i <= k; i++ {
		gap := p.Gap(i - 1)
		bracket += strings.Count(gap, "(") - strings.Count(gap, ")")
	}
	if bracket > 0 {
		return true
	}
	for i := last; i < k; i++ {
		if slices.ContainsFunc(words.Told().Rather, func(s string) bool { return text.MatchAt(p.Words, i, k, s) > 0 }) {
			return true
		}
	}
	return false
}

// marked is the option that is marked. sure is false if not every option has a box, so that marks may belong
// to another option than it seems.
func marked(all []printed, is func(printed) bool, sure bool) (Value, bool) {
	var ids []any
	var out Value
	for _, o := range all {
		if is(o) && !slices.Contains(ids, o.V) {
			ids, out = append(ids, o.V), o.Value
		}
	}
	switch {
	case len(ids) == 0:
		return Value{}, false
	case len(ids) > 1:
		out.V, out.Doubt, out.Others = ids[0], "choice", ids[1:]
	case !sure:
		return doubtfulChoice(all, is)
	}
	return out, true
}

// doubtfulChoice is one of the options, if any is marked, of which it is not clear to which the marks belong.
func doubtfulChoice(all []printed, is func(printed) bool) (Value, bool) {
	at := slices.IndexFunc(all, is)
	if at < 0 {
		return Value{}, false
	}
	v := all[at].Value
	v.Doubt = "choice"
	for _, o := range all {
		if o.V != v.V && !slices.Contains(v.Others, o.V) {
			v.Others = append(v.Others, o.V)
		}
	}
	return v, true
}

// OptionsEnd returns the word behind the options that a form prints from word from on, of which the first
// cell ends before limit: if they have boxes, the cells and lines that follow belong to them as long as they
// have an option with a box, and no label of their own.
func (r *Reader) OptionsEnd(p *text.Page, from, limit int) int {
	for end := limit; ; {
		if boxIn(p.Text(startOf(p, from), endOf(p, limit)), true) == noBox || end >= len(p.Words) {
			return limit
		}
		next := end + 1
		for next < len(p.Words) && p.Words[next].Line == p.Words[end].Line && !strings.Contains(p.Gap(next-1), "\t") {
			next++
		}
		cell := p.Text(p.Words[end-1].End, endOf(p, next))
		if strings.Contains(cell, ":") || boxIn(cell, true) == noBox || len(r.printedIn(p, end, next)) == 0 {
			return limit
		}
		limit, end = next, next
	}
}

// startOf is where the text before word i begins, and endOf where that behind the words before word i ends,
// on their lines.
func startOf(p *text.Page, i int) int {
	if i == 0 {
		return 0
	}
	return p.Words[i-1].End
}

// endOf returns the end of the line if word i is on another line than the word before it.
func endOf(p *text.Page, i int) int {
	if i == 0 {
		return 0
	}
	last := p.Words[i-1]
	if i == len(p.Words) || p.Words[i].Line != last.Line {
		return p.Lines[last.Line].End
	}
	return last.End
}
