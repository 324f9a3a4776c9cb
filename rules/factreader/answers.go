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

// optionTeller reads the options, answerTeller the answers, and dateTeller the dates that running text tells of a
// label.
type (
	optionTeller struct{ sentenceReader }
	answerTeller struct{ sentenceReader }
	dateTeller   struct{ sentenceReader }
)

// told reads, in running text, a yes or no that a label states as a sentence of its own ("the plan was approved"), and
// the option that is linked to a label ("the rating was good").
func (r sentenceReader) told(h phrase.Hit) (v value.Value, ok bool) {
	s := r.Sentences[r.Words[h.First].Sentence]
	beside := h.Last-h.First > len(h.Phrase.Words) // "shore power is in place" for "shore power in place"
	isProse := (beside || s.Last-s.First >= h.Last-h.First+minTold) && s.End <= len(r.Runes) &&
		strings.ContainsRune(".;!", r.Runes[s.End-1]) && r.Words[s.First].Line == r.Words[s.Last-1].Line
	if t, _ := r.TableAt(h.First); t != nil || !isProse || r.ofOthers(h.First) || r.isPlanned(h.First) {
		return v, false
	}
	switch r.Reads.Type {
	case value.YesNo:
		return (answerTeller{r}).toldAnswer(h, s)
	case value.Choice:
		return (optionTeller{r}).toldOption(h, s)
	}
	return v, false
}

// minTold is how many words a sentence has beside a label that it states.
const minTold = 1

// maxAuxiliary is how many words before or behind a label an auxiliary verb may be.
const maxAuxiliary = 2

// toldAnswer reads a yes or no in a sentence. It is yes if a word says that it was done or is there, and nothing denies
// it or leaves it open; no if the label itself is denied, among its words or right before or behind it. What is denied
// of a number of things ("three households did not agree") is not clear, nor is what is denied twice.
func (r answerTeller) toldAnswer(h phrase.Hit, s text.Sentence) (v value.Value, ok bool) {
	v = value.Value{V: true, First: h.First, Last: h.Last}
	words := language.HeaderWords()
	from, to := r.Claims.Clause(h.First, h.Last)
	for k := h.First; k > from; k-- { // "granted on appeal: permit obtained"
		if strings.ContainsAny(r.Gap(k-1), ":?") {
			from = k
		}
	}
	behind := toldBehind(r.sentenceReader, h, s.Last)
	if y := yearBehind(r.sentenceReader, from, h.First); y > 0 && r.Want.Refuses(table.Meaning{From: y, To: y}) {
		return v, false
	}
	lacks := r.anyAt(words.Lacking(), h.Last, to) || behind == denied
	done := r.anyAt(words.ThereIs(), h.Last, to) || behind == carriedOut || saysDone(h.Phrase) ||
		r.isDoneBefore(h.First, from) ||
		assertsDone(r.sentenceReader, h, from)
	denials := 0
	for k := max(from, h.First-maxDenialReach); k < h.Last; k++ {
		if r.Claims.Has(language.Negator, k, k+1) {
			denials++
		}
	}
	inside := r.Claims.Has(language.Negator, h.First, h.Last) || r.deniedAt(h.First) || denials > 0 &&
		r.Claims.Has(language.Negator, max(from, h.First-maxDenialReach), h.Last)
	why := r.Refuted(h.First, h.Last, 0, false)
	switch {
	case denials > 1 && !r.Claims.Has(language.Negator, max(from, h.First-maxDenialReach), h.Last):
		return v, false
	case lacks || inside && (done || why == claim.Negated) ||
		why == claim.Negated && (done || r.Claims.Has(language.Negator, max(from, h.First-maxAuxiliary), h.First)):
		if v.V = false; !lacks && r.deniesSome(from, h.First) {
			v.Doubt, v.Others = table.DoubtPart, []any{true}
		}
	case why != "" && !(why == claim.Planned && h.Phrase.Words[0] == "đã") || !done ||
		r.Claims.Has(language.Negator, from, to) || r.Claims.Has(language.Failure, from, to) ||
		r.disclaimed(s.First+1, h.First, h.Last) || r.disclaimed(h.First+1, h.Last, h.Last):
		return v, false
	}
	return v, true
}

// deniedAt reports whether a word that denies goes on into the label at word i: "không có hồ sơ trễ hạn", of which the
// label has "có".
func (r answerTeller) deniedAt(i int) bool {
	return slices.ContainsFunc(r.Claims.Cues(r.Words[i].Sentence), func(c claim.Cue) bool {
		return c.Kind == language.Negator && c.First < i && c.Last > i
	})
}

// deniesSome reports whether what is denied in words [from, to) is denied of a number of things, or not of all of them:
// "three households did not agree", "not every ramp". What an earlier part of the clause counts does not matter.
func (r answerTeller) deniesSome(from, to int) bool {
	l := r.LanguageAt(from)
	for k := to - 1; k > from; k-- {
		if slices.Contains(language.HeaderWords().Told().Parts, r.Words[k].Text) {
			from = k + 1
			break
		}
	}
	for k := from; k < to; k++ {
		w := r.Words[k].Text
		switch {
		case slices.Contains(language.HeaderWords().Every(), w):
			return true
		case table.Year(r.Page, k) > 0, k > from && slices.Contains(l.DateWords["month"], r.Words[k-1].Text),
			k > from && slices.Contains(l.DateWords["day"], r.Words[k-1].Text):
		case r.Words[k].Number, l.Numbers[w] > 1 && w != "năm":
			return true
		}
	}
	return false
}

// answerBehind is what words behind a label say of it.
type answerBehind uint8

// toldBehind is what the words behind a label, before word to, say of it: that it was done, or was not.
func toldBehind(r sentenceReader, h phrase.Hit, to int) answerBehind {
	words, l := language.HeaderWords(), r.LanguageAt(h.First)
	auxiliary, not := false, false
	for k := h.Last; k < min(to, h.Last+maxToldBehind); k++ {
		w := r.Words[k].Text
		switch {
		case strings.ContainsAny(r.Gap(k-1), ",:;("):
			if not && auxiliary {
				return denied
			}
			return nothingTold
		case negatorAt(r, k) > 0:
			not = true
			k += negatorAt(r, k) - 1
		case r.anyAt(words.Deeds(), k, to):
			if not {
				return denied
			}
			return carriedOut
		case slices.Contains(words.IsThere(), w):
			auxiliary = true
		case not && auxiliary:
			if slices.Contains(l.DateWords["before_year"], w) || slices.Contains(words.Yet(), w) {
				return denied
			}
			if !slices.Contains(words.Pronouns(), w) {
				return nothingTold
			}
		case !slices.Contains(words.Pronouns(), w):
			return nothingTold
		}
	}
	if not && auxiliary && h.Last < to {
		return denied
	}
	return nothingTold
}

// assertsDone reports whether the words of a label, as a sentence has them, state that something was done: they have a
// verb of the past, or a participle with an auxiliary, or the label is a statement of its own ("meets the standard").
func assertsDone(r sentenceReader, h phrase.Hit, from int) bool {
	l := h.Phrase.Lang
	if l == nil || len(h.Phrase.Words) < 2 {
		return false
	}
	auxiliary := slices.ContainsFunc(r.Words[from:h.Last], func(w text.Word) bool {
		return slices.Contains(language.HeaderWords().IsThere(), w.Text)
	})
	if l.Code != "vi" && slices.ContainsFunc(h.Phrase.Words, func(w string) bool {
		return slices.Contains(language.HeaderWords().IsThere(), w)
	}) {
		return true // "borrowing is free"
	}
	if auxiliary && anyIn(r.PageText, language.HeaderWords().Deeds(), h.First, h.Last) {
		return true // "shore power is in place"
	}
	for k := h.First; k < h.Last; k++ {
		w := r.Words[k].Text
		isLabels := slices.ContainsFunc(h.Phrase.Words, func(s string) bool { return l.SameWord(s, w) })
		participle := l.Code == "nb" && len(w) > minCompoundPart && strings.HasSuffix(w, "t") &&
			!strings.HasSuffix(w, "et")
		switch {
		case l.Code == "vi" && (w == "đã" || w == "được"):
			return true
		case isLabels && l.Code != "vi" && l.IsPast(w) && (k == h.First || k == h.Last-1 || auxiliary):
			return true
		case isLabels && participle && (auxiliary || k == h.Last-1 &&
			r.Words[k].Text == h.Phrase.Words[len(h.Phrase.Words)-1]):
			return true
		}
	}
	first, second := h.Phrase.Words[0], h.Phrase.Words[1]
	return l.Code == "en" && strings.HasSuffix(first, "s") && r.Words[h.First].Text == first && h.First > from &&
		slices.Contains([]string{"the", "a", "an", "with", "to", "all", "its"}, second)
}

// saysDone reports whether a label says itself that something was done: "đã được phê duyệt", "racks installed".
func saysDone(label *phrase.Phrase) bool {
	first, last := label.Words[0], label.Words[len(label.Words)-1]
	if label.Lang == nil || len(label.Words) < 2 {
		return false
	}
	switch label.Lang.Code {
	case "vi":
		return first == "đã" || first == "được" || first == "có"
	case "nb":
		return strings.HasSuffix(first, "res") // the passive of verbs
	}
	return strings.HasSuffix(last, "ed")
}

// isDoneBefore reports whether a verb that says that something is there, or was done, is before word i, not before word
// from; articles may be between them.
func (r answerTeller) isDoneBefore(i, from int) bool {
	words, l := language.HeaderWords(), r.LanguageAt(i)
	if i-2 >= from && slices.Contains(articles, r.Words[i-2].Text) && !r.Words[i-1].Number &&
		negatorAt(r.sentenceReader, i-1) == 0 {
		i-- // the adjective of "a small fee"
	}
	for i--; i >= from; i-- {
		switch w := r.Words[i].Text; {
		case slices.Contains(words.IsThere(), w), slices.Contains(words.Told().Did, w):
			return true
		case l.Code == "vi" && w == "có" && (i == from || !r.Claims.Has(language.Negator, i-1, i+1)):
			return true
		case r.Words[i].Number && table.Year(r.Page, i) == 0 && w != "0": // "there are 2 overdue files"
		case slices.Contains(words.Deeds(), w), slices.Contains(words.Told().Before, w), strings.HasSuffix(w, "ly"),
			l.Code == "vi" && i+1 < len(r.Words) && r.anyAt(words.Deeds(), i, i+2):
		default:
			return false
		}
	}
	return false
}

// articles are those before which an adjective may stand.
var articles = []string{"et", "en", "ei", "a", "an"}

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

// dateOf reads the date of a label in a sentence: the one that it was moved to, or else the first behind it, or else
// the one before it whose deed it is: "on 3 May 2024 we opened the hall". A date for which something is only set is
// none, nor is that of another year's.
func (r Reader) dateOf(h phrase.Hit, l *language.Language, from, limit int) (value.Value, bool) {
	s := r.Sentences[r.Words[h.First].Sentence]
	if moved := movedAt(r.PageText, from, s.Last); moved > 0 && !r.Claims.Has(language.Negator, from, moved-1) {
		if _, v, ok := r.lastDate(l, moved, s.Last); ok {
			return v, true
		}
	}
	at, v, ok := r.Reads.First(r.Page, l, from, limit, false)
	if !ok {
		if v, ok = (dateTeller{r.sentenceReader}).dateAhead(h, l); ok && isRemembered(r.sentenceReader, h.First) {
			return value.Value{}, false
		}
		return v, ok
	}
	if isRemembered(r.sentenceReader, h.First) {
		return value.Value{}, false
	}
	of := table.Says(r.Page, h.Last, min(at, h.Last+maxAuxiliary+1))
	if isOfPlan(r.sentenceReader, h.First) || r.disclaimed(h.Last, at, v.Last) || r.isRefuted(h.First, h.Last, at) ||
		(dateTeller{r.sentenceReader}).isSetFor(behindLabel(h), at) || r.ofOthers(h.First) ||
		r.Want.Refuses(table.Meaning{From: of.From, To: of.To}) ||
		anyIn(r.PageText, language.HeaderWords().Told().Follows, h.Last, at) {
		return value.Value{}, false
	}
	if of = table.Says(r.Page, h.Last, at); of.Has(table.Previous|table.Next) && v.IsTold() {
		v.Doubt, v.Others = doubtHint, []any{nil} // "the last meeting but one was held on"
	}
	askNamed(r.sentenceReader, &v, at)
	r.inOrder(&v, at)
	return v, true
}

// isRemembered reports whether the clause of word i says before it that something long ago is celebrated, and how long
// ago: its day is that of the feast, "the 25th anniversary of the founding was on 3 May".
func isRemembered(r sentenceReader, i int) bool {
	from, _ := r.Claims.Clause(i, i+1)
	return slices.ContainsFunc(r.Claims.Cues(r.Words[i].Sentence), func(c claim.Cue) bool {
		if c.Kind != language.Anniversary || c.First < from || c.First >= i {
			return false
		}
		return c.Last-c.First > 1 || r.LanguageAt(c.First).Inflects() || c.Last < i && r.Words[c.Last].Number
	})
}

// isSetFor reports whether words [from, at) before a date say that something is only set for it.
func (r dateTeller) isSetFor(from, at int) bool {
	return (r.Reads.Type == value.Date || r.Reads.Type == value.Month) && r.Want.Column != table.AnyColumn &&
		r.Want.Column != table.PlanColumn && anyIn(r.PageText, language.HeaderWords().Told().Set, from, at)
}

// maxDateAhead is how many words may be between a date and the label behind it whose date it is.
const maxDateAhead = 7

// dateAhead reads the date before a label, if a verb that says that it was done is between them, or nothing, and no
// other label, part of a sentence, purpose, or word such as "before".
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
	done := h.First-v.Last <= 1 || slices.ContainsFunc(r.Words[h.First:h.Last], isPast) ||
		r.anyAt(words.Deeds(), h.First, h.Last)
	for k := v.Last; k < h.First; k++ {
		w := r.Words[k].Text
		isLabel := slices.ContainsFunc(r.Hits[r.LabelList], func(o phrase.Hit) bool { return o.First == k })
		if isLabel || strings.ContainsAny(r.Gap(k-1), ";:()") || slices.Contains(words.Told().Parts, w) ||
			r.Claims.Has(language.Purpose, k, k+1) ||
			table.Says(r.Page, k, k+1).Has(table.Previous) || r.Words[k].Number {
			return v, false
		}
		done = done || slices.Contains(words.Told().Did, w) || slices.Contains(words.Deeds(), w) ||
			slices.Contains(words.IsThere(), w) ||
			r.anyAt(words.Deeds(), k, h.First) || l.Code != "vi" && l.IsPast(w)
	}
	if !done || r.isSetFor(max(s.First, at-maxAuxiliary), at) || r.isSetFor(v.Last, h.Last) ||
		r.Refuted(h.First, h.Last, 0, false) != "" ||
		at > s.First && table.Says(r.Page, at-1, at).Has(table.Previous) ||
		r.Claims.Has(language.Negator, v.Last, h.First) {
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

// behindLabel is the word from which on a sentence may say that a date is only set: that behind a label, or in it if it
// has other words between its own.
func behindLabel(h phrase.Hit) int {
	if h.Last-h.First > len(h.Phrase.Words) {
		return h.First
	}
	return h.Last
}
