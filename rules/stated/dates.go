package stated

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/phrase"
	"kheo/rules/table"
	"kheo/rules/value"
)

// movedAt returns the word behind one in [from, limit) that says that a date was moved; 0 if there is none.
func movedAt(p *PageText, from, limit int) int {
	for i := from; i < limit; i++ {
		for _, s := range language.HeaderWords().Moved() {
			n := text.MatchAt(p.Words, i, limit, s)
			if n == 0 {
				continue
			}
			to := i + n // "postponed from 20 June" says only when it was to be
			if p.Claims.Has(language.ChangeFrom, to, min(to+1, limit)) && !p.Claims.Has(language.ChangeTo, to, limit) {
				return 0
			}
			return to
		}
	}
	return 0
}

// dateOf reads the date of a label in a sentence: the one that it was moved to, or else the first behind it, or else the
// one before it whose deed it is: "on 3 May 2024 we opened the hall". A date for which something is only set is none, nor
// is that of another year's.
func (r Reader) dateOf(h phrase.Hit, l *language.Language, from, limit int) (value.Value, bool) {
	s := r.Sentences[r.Words[h.First].Sentence]
	if moved := movedAt(r.PageText, from, s.Last); moved > 0 && !r.Claims.Has(language.Negator, from, moved-1) {
		if _, v, ok := r.lastDate(l, moved, s.Last); ok {
			return v, true
		}
	}
	at, v, ok := r.Reads.First(r.Page, l, from, limit, false)
	if !ok {
		v, ok = (dateTeller{r.sentenceReader}).dateAhead(h, l)
		return v, ok
	}
	of := table.Says(r.Page, h.Last, min(at, h.Last+maxAuxiliary+1))
	if isOfPlan(r.sentenceReader, h.First) || r.disclaimed(h.Last, at, v.Last) || r.isRefuted(h.First, h.Last, at) || (dateTeller{r.sentenceReader}).isSetFor(behindLabel(h), at) || r.ofOthers(h.First) ||
		r.Want.Refuses(table.Meaning{From: of.From, To: of.To}) || anyIn(r.PageText, language.HeaderWords().Told().Follows, h.Last, at) {
		return value.Value{}, false
	}
	r.inOrder(&v, at)
	return v, true
}

// isSetFor reports whether words [from, at) before a date say that something is only set for it.
func (r dateTeller) isSetFor(from, at int) bool {
	return (r.Reads.Type == value.Date || r.Reads.Type == value.Month) && r.Want.Column != table.AnyColumn &&
		r.Want.Column != table.PlanColumn && anyIn(r.PageText, language.HeaderWords().Told().Set, from, at)
}

// maxDateAhead is how many words may be between a date and the label behind it whose date it is.
const maxDateAhead = 7

// dateAhead reads the date before a label, if a verb that says that it was done is between them, or nothing, and no other
// label, part of a sentence, purpose, or word such as "before".
func (r dateTeller) dateAhead(h phrase.Hit, l *language.Language) (v value.Value, ok bool) {
	s, words := r.Sentences[r.Words[h.First].Sentence], language.HeaderWords()
	at := -1
	for i := s.First; i < h.First; {
		d, found := r.Reads.At(r.Page, l, i, h.First, false)
		if !found {
			i++
			continue
		}
		at, v = i, d
		i = max(i+1, d.Last)
	}
	if at < 0 || h.First-v.Last > maxDateAhead || r.isPlanned(h.First) {
		return v, false
	}
	isPast := func(w text.Word) bool { return l.Code != "vi" && l.IsPast(w.Text) }
	done := h.First-v.Last <= 1 || slices.ContainsFunc(r.Words[h.First:h.Last], isPast) || r.anyAt(words.Deeds(), h.First, h.Last)
	for k := v.Last; k < h.First; k++ {
		w := r.Words[k].Text
		isLabel := slices.ContainsFunc(r.Hits[r.LabelList], func(o phrase.Hit) bool { return o.First == k })
		if isLabel || strings.ContainsAny(r.Gap(k-1), ";:()") || slices.Contains(words.Told().Parts, w) || r.Claims.Has(language.Purpose, k, k+1) ||
			table.Says(r.Page, k, k+1).Has(table.Previous) || r.Words[k].Number {
			return v, false
		}
		done = done || slices.Contains(words.Told().Did, w) || slices.Contains(words.Deeds(), w) || slices.Contains(words.IsThere(), w) ||
			r.anyAt(words.Deeds(), k, h.First) || l.Code != "vi" && l.IsPast(w)
	}
	if !done || r.isSetFor(max(s.First, at-maxAuxiliary), at) || r.isSetFor(v.Last, h.Last) || r.Refuted(h.First, h.Last, 0, false) != "" ||
		at > s.First && table.Says(r.Page, at-1, at).Has(table.Previous) || r.Claims.Has(language.Negator, v.Last, h.First) {
		return v, false
	}
	return v, true
}

// lastDate reads the last date in words [from, limit).
func (r sentenceReader) lastDate(l *language.Language, from, limit int) (
	at int, v value.Value, ok bool) {
	for i := from; i < limit; {
		next, found := r.Reads.At(r.Page, l, i, limit, true)
		if !found {
			i++
			continue
		}
		at, v, ok = i, next, true
		i = max(i+1, next.Last)
	}
	return at, v, ok
}

// behindLabel is the word from which on a sentence may say that a date is only set: that behind a label, or in it if it has
// other words between its own.
func behindLabel(h phrase.Hit) int {
	if h.Last-h.First > len(h.Phrase.Words) {
		return h.First
	}
	return h.Last
}
