package factreader

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/number"
	"kheo/rules/table"
	"kheo/rules/value"
)

// This file asks about values that are read beside a label and look like those of something else.

// doubtOdd is the doubt of a value that looks like that of something else: a year, a number in a reference, an entry of
// a list.
const doubtOdd = "odd"

// askOrNone puts a value in doubt: it is what is meant, or nothing is.
func askOrNone(v *value.Value, doubt string) {
	v.Doubt, v.Others = doubt, append(slices.Clip(v.Others), nil)
}

// askOdd puts a value at words [at, last) in doubt if it looks like one of something else, though its label, which ends
// before word end, is beside it. form says that it is behind the label as in a form.
func askOdd(r sentenceReader, v *value.Value, at, end int, form bool) {
	last := v.Last
	isTime := r.Reads.Type.IsTime() || r.Reads.Type == value.Year
	if isTime {
		at = last - 1 // where they begin is not known
	}
	if !v.IsTold() || at < 0 || at >= last || last > len(r.Words) {
		return
	}
	switch {
	case r.Reads.Type == value.Count && isYearLike(r, v, at, last),
		r.Reads.Type == value.Count && isInDate(r, at),
		form && r.Reads.Type.IsNumber() && at > end+1 && isReferred(r, end, at, last),
		r.Reads.Type.IsNumber() && isGoneOn(r, end, at):
		askOrNone(v, doubtOdd)
	case !form && isTime && isObject(r, at, last):
		v.Doubt, v.Others = doubtWhose, []any{nil}
	}
}

// askNegatives puts amounts behind a minus in doubt that no field or manifest states: accounts write what was spent like
// that, too.
func askNegatives(def *Fact, all []Place) {
	for i := range all {
		n, ok := all[i].Value.(float64)
		if def.Reads.Type == value.Money && ok && n < 0 && all[i].Doubt == "" && all[i].Way >= ByForm &&
			!strings.Contains(all[i].Source.Quote, "(") {
			all[i].Doubt, all[i].Others = doubtOdd, []any{-n}
		}
	}
}

// isYearLike reports whether a count is written as years are, and not with its unit: "Events / Spring 2017".
func isYearLike(r sentenceReader, v *value.Value, at, last int) bool {
	return number.IsYear(r.Words[at].Text) && !hasUnitAt(r, at+1, last+1)
}

// hasUnitAt reports whether a unit of the fact is among words [from, to) of the sentence of the word before.
func hasUnitAt(r sentenceReader, from, to int) bool {
	to = min(to, r.Sentences[r.Words[from-1].Sentence].Last)
	for k := from; k < to; k++ {
		for _, u := range r.Reads.Units {
			if u.IsAt(r.Words, k) {
				return true
			}
		}
	}
	return false
}

// isInDate reports whether a number is a part of a date written with strokes, or of a time of day.
func isInDate(r sentenceReader, at int) bool {
	return (candidateReader{r}).isInTime(r.LanguageAt(at), at)
}

// isReferred reports whether words of their own are before a number in the place of a form's value, which names no
// unit: "Present: list in appendix 1".
func isReferred(r sentenceReader, from, at, last int) bool {
	return !hasUnitAt(r, at+1, last+1) && r.Words[at].Number && statesElse(r, from, at) &&
		r.Words[at-1].Line == r.Words[at].Line &&
		!strings.ContainsAny(r.Text(r.Words[from].Start, r.Words[at].Start), ":(,;")
}

// isGoneOn reports whether a label, which ends before word end, goes on to name something narrower before its value at
// word at: "Result of financial items -725".
func isGoneOn(r sentenceReader, end, at int) bool {
	if end <= 0 || end+1 >= at || r.Words[end].Sentence != r.Words[end-1].Sentence || r.Gap(end-1) != " " {
		return false
	}
	kinds, n := headAt(r.Words, end, at)
	k := end + n
	return slices.Contains(kinds, language.HeadOf) && k < at && !r.Words[k].Number && table.Year(r.Page, k) == 0 &&
		strings.ContainsAny(r.Text(r.Words[k].Start, r.Words[at].Start), "\t\n") &&
		!strings.Contains(r.Text(r.Words[end].Start, r.Words[at].Start), ":")
}

// isObject reports whether a date or year is that of something that is named right behind it, or before a
// comma that ends the date: "The club founded on 18.03.2013 the subsidiary X".
func isObject(r sentenceReader, at, last int) bool {
	s := r.Sentences[r.Words[at].Sentence]
	if last >= s.Last || r.Gap(last-1) != " " || r.Claims.Has(language.Us, s.First, at) {
		return false
	}
	return isOwnWord(r, s, last)
}

// isOwnWord reports whether word k of a sentence is one that names something: no link, no common word, no number.
func isOwnWord(r sentenceReader, s text.Sentence, k int) bool {
	w, l := r.Words[k].Text, r.LanguageAt(k)
	words := language.HeaderWords()
	return l.Inflects() && !r.Words[k].Number && !words.Joint(w) && !words.Light(w) && !l.IsCommon(w) &&
		!slices.Contains(words.Links(), w) && !slices.Contains(l.LooseFill, w)
}
