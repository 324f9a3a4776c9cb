package factreader

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/claim"
	"kheo/rules/phrase"
	"kheo/rules/table"
	"kheo/rules/value"
)

// maxToOption is how many words may be between a label and its option in a sentence.
const maxToOption = 7

// toldOption reads the option that is linked to a label in a sentence: by a verb such as "is", with what only says
// whose it is, when, and how sure between them. An option may have the label among its own words: "no award".
func (r optionTeller) toldOption(h phrase.Hit, s text.Sentence) (v value.Value, ok bool) {
	bySelf := h.First > s.First && r.Words[h.First-1].Text == "tự" // the unit proposes itself
	l := r.LanguageAt(h.First)
	for k := max(s.First, h.First-maxAuxiliary); k < h.First; k++ {
		if v, ok = r.Reads.At(r.Page, l, k, s.Last, false); ok && v.Last > h.First {
			return v, true
		}
	}
	if bySelf {
		return v, false
	}
	if v, ok = r.optionAs(l, h, s); ok {
		return v, true
	}
	from, _ := r.Claims.Clause(h.First, h.Last)
	for k := h.Last; k < min(s.Last, h.Last+maxToOption) && r.isWithin(h, k); k++ {
		if v, ok = r.option(l, k, s.Last); ok {
			return r.linkedOption(h, l, v, from)
		}
		if r.Claims.Has(language.Negator, k, k+1) || r.Words[k].Number && table.Year(r.Page, k) == 0 {
			break
		}
	}
	return value.Value{}, false
}

// isWithin reports whether word k, behind a label, is in its clause: also behind a comma that closes what is said
// beside it.
func (r optionTeller) isWithin(h phrase.Hit, k int) bool {
	return r.Words[k].Clause == r.Words[h.Last-1].Clause
}

// optionAs reads the option before a label that is told "as" it: "the parents chose bark as ground surface".
func (r optionTeller) optionAs(l *language.Language, h phrase.Hit, s text.Sentence) (v value.Value, ok bool) {
	k := h.First - 1
	for k > s.First && h.First-k <= maxAuxiliary && slices.Contains([]string{"the", "a", "an", "our", "vår", "vårt"},
		r.Words[k].Text) {
		k--
	}
	if k <= s.First || !slices.Contains(language.HeaderWords().Told().As, r.Words[k].Text) ||
		r.Refuted(h.First, h.Last, 0, false) != "" {
		return v, false
	}
	for i := max(s.First, k-maxToOption); i < k; i++ {
		if v, ok = r.option(l, i, k); ok && v.Last == k && r.Words[i].Clause == r.Words[k].Clause &&
			!r.Claims.Has(language.Negator, max(s.First, i-maxAuxiliary), i) {
			return v, true
		}
	}
	return v, false
}

// linkedOption is the option that is linked to a label whose clause begins at word from. If the sentence tells options
// of several years, it is that of the year that counts.
func (r optionTeller) linkedOption(h phrase.Hit, l *language.Language, v value.Value, from int) (value.Value, bool) {
	s := r.Sentences[r.Words[h.First].Sentence]
	between := table.Says(r.Page, h.Last, v.First)
	between.Kinds &= table.Previous | table.Plan | table.Self | table.Other
	if why := r.Refuted(h.First, h.Last, 0, false); r.Want.Refuses(between) || why != "" &&
		!r.onlyOptionDenies(h, v, why) ||
		!r.isLinked(h, v.First) {
		return value.Value{}, false
	}
	if refusesYear(r.sentenceReader, yearBehind(r.sentenceReader, from, h.First)) ||
		refusesYear(r.sentenceReader, yearBehind(r.sentenceReader, h.Last, v.First)) {
		return r.optionOfYear(l, v.Last, s.Last)
	}
	_, to := r.Claims.Clause(h.First, v.Last)
	if refusesYear(r.sentenceReader, yearBehind(r.sentenceReader, v.Last, to)) {
		return r.optionOfYear(l, v.Last, s.Last)
	}
	if r.Claims.Has(language.Past, from, h.First) || r.Claims.Has(language.Past, h.Last, to) {
		return value.Value{}, false
	}
	next := v.Last
	if isOfSome(r.sentenceReader, from, h.First) ||
		next+1 < s.Last && r.Words[next].Number && isStockAt(r.sentenceReader, next+1, s.Last) {
		v.Doubt, v.Others = doubtChoice, []any{nil}
		return v, true
	}
	if next < s.Last && strings.Trim(r.Gap(next-1), " ") == "" && !r.Words[next].Number &&
		!behindOption(r.sentenceReader, l, next) {
		v.Doubt, v.Others = doubtChoice, []any{nil}
	}
	return v, true
}

// isLinked reports whether an option at word k is linked to a label: by a verb, by words that only link, or by a colon.
func (r optionTeller) isLinked(h phrase.Hit, k int) bool {
	linked := slices.ContainsFunc(r.Words[h.Last:k],
		func(w text.Word) bool { return slices.Contains(language.HeaderWords().Linking(), w.Text) })
	return linked || k <= h.Last+maxAuxiliary && onlyLinks(r.sentenceReader, h.Last, k) ||
		strings.Contains(r.Gap(k-1), ":")
}

// onlyOptionDenies reports whether what seems to deny a label, or to leave it open, is the option itself, which has a
// word such as "none", or a verb by which it is told: "is rated as".
func (r optionTeller) onlyOptionDenies(h phrase.Hit, v value.Value, why string) bool {
	from, to := r.Claims.Clause(h.First, v.Last)
	switch why {
	case claim.Negated:
		return r.Claims.Has(language.Negator, v.First, v.Last) && !r.Claims.Has(language.Negator, from, v.First) &&
			!r.Claims.Has(language.Negator, v.Last, to)
	case claim.Wished, claim.Planned:
		for k := from; k < v.First; k++ {
			if k >= h.First && k < h.Last {
				continue
			}
			rated := slices.Contains(language.HeaderWords().Linking(), r.Words[k].Text)
			if !rated && (r.Claims.Has(language.Wish, k, k+1) || r.Claims.Has(language.Plan, k, k+1) ||
				r.Claims.Has(language.Modal, k, k+1) || r.Claims.Has(language.Conditional, k, k+1)) {
				return false
			}
		}
		return slices.ContainsFunc(r.Words[from:v.First],
			func(w text.Word) bool { return slices.Contains(language.HeaderWords().Linking(), w.Text) })
	}
	return false
}

// isOfSome reports whether words [from, to) of a clause before a label, or the list that they end, have a number of
// people or things, whose option it is rather than the unit's: "22 teachers are rated good".
func isOfSome(r sentenceReader, from, to int) bool {
	first := r.Sentences[r.Words[from].Sentence].First
	for from > first && from < to && r.Gap(from-1) == ", " && isStockAt(r, from, to) { // "20 cadres, teachers"
		from, _ = r.Claims.Clause(from-1, from)
	}
	for k := from; k+1 < to; k++ {
		if r.Words[k].Number && !r.Words[k+1].Number && r.Gap(k) == " " && table.Year(r.Page, k) == 0 &&
			!(candidateReader{r}).isInTime(r.LanguageAt(k), k) && !(asideReader{r}).isNumbered(k) {
			return true
		}
	}
	return false
}

// isStockAt reports whether people of whom a body has a number begin at word k.
func isStockAt(r sentenceReader, k, to int) bool {
	kinds, _ := headAt(r.Words, k, to)
	return slices.Contains(kinds, language.HeadStock)
}

// optionOfYear reads, in words [from, limit), the option right behind or right before a year that counts: "poor in 2019
// and fair in 2025".
func (r optionTeller) optionOfYear(l *language.Language, from, limit int) (v value.Value, ok bool) {
	for k := from; k < limit; k++ {
		if v, ok = r.option(l, k, limit); !ok {
			continue
		}
		for i := max(from, k-maxToYear); i < min(limit, v.Last+maxToYear); i++ {
			y := table.Year(r.Page, i)
			if y > 0 && r.Want.From > 0 && !refusesYear(r.sentenceReader, y) &&
				r.Words[min(i, k)].Clause == r.Words[max(i, v.Last-1)].Clause {
				return v, true
			}
		}
	}
	return value.Value{}, false
}

// maxToYear is how many words may be between an option and its year.
const maxToYear = 3

// onlyLinks reports whether words [from, to) only link a label to its option.
func onlyLinks(r sentenceReader, from, to int) bool {
	return !slices.ContainsFunc(r.Words[from:to], func(w text.Word) bool {
		return !slices.Contains(language.HeaderWords().Links(), w.Text)
	})
}

// behindOption reports whether word k, behind an option, opens what is said beside it: why, by whom or when.
func behindOption(r sentenceReader, l *language.Language, k int) bool {
	w := r.Words[k].Text
	return slices.Contains(language.HeaderWords().Beside(), w) || slices.Contains(l.DateWords["before_year"], w)
}

// option reads an option at word k; one of a single word may have another form.
func (r optionTeller) option(l *language.Language, k, limit int) (v value.Value, ok bool) {
	if v, ok = r.Reads.At(r.Page, l, k, limit, false); ok {
		return v, true
	}
	found := 0
	for _, o := range r.Reads.Options {
		for _, ph := range o.Words {
			if len(ph.Words) == 1 && l.SameWord(ph.Words[0], r.Words[k].Text) && v.V != o.ID {
				v, found = value.Value{V: o.ID, First: k, Last: k + 1}, found+1
			}
		}
	}
	return v, found == 1
}

// doubtChoice is the doubt of an answer of which it is not clear whether it was chosen.
const doubtChoice = "choice"
