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

// isDenied reports whether the words [i, end) of a pattern claim nothing. A fact that takes any column asks for plans
// as well: "the plan was issued on 27 January" states a date.
func (r sentenceReader) isDenied(i, end int) bool {
	why := r.Refuted(i, end, 0, false)
	return why != "" && (why != claim.Planned || r.Want.Column != table.AnyColumn)
}

// another reads a second amount in the clause of a value that ends before word last, of which nothing says how it
// differs: then it is not clear which is meant.
func (r sentenceReader) another(l *language.Language, v *value.Value, limit int) {
	if !v.IsTold() || r.Reads.Type != value.Money && r.Reads.Type != value.Percent {
		return
	}
	for i := v.Last; i < limit && r.Words[i].Clause == r.Words[v.Last-1].Clause; i++ {
		w, ok := r.Reads.At(r.Page, l, i, limit, false)
		if !ok && r.Reads.Type == value.Money && r.Words[i].Number && table.Year(r.Page, i) == 0 {
			w, ok = r.Reads.At(r.Page, l, i, limit, true)
			ok = ok && w.Scaled
		}
		if !ok {
			continue
		}
		told := r.Claims.Has(language.PartOf, v.Last, i) || r.Claims.Has(language.Negator, v.Last, i) ||
			r.Claims.Has(language.Compared, v.Last, i) || r.Claims.Has(language.Each, v.Last, min(limit, w.Last+1)) ||
			table.Says(r.Page, v.Last, i).Has(table.Plan|table.Budget|table.Compare|table.Previous|table.Other|table.Part)
		if !told && !Same(v.V, w.V, false) {
			v.Doubt, v.Others = doubtSeveral, []any{w.V}
		}
		return
	}
}

// isOfPlan reports whether the words before a colon that open the sentence of word i say that what follows is a plan:
// "Fremdriftsplan: …".
func isOfPlan(r sentenceReader, i int) bool {
	s := r.Sentences[r.Words[i].Sentence]
	for k := s.First; k < min(i, s.First+maxQualifier); k++ {
		w := r.Words[k].Text
		if strings.HasSuffix(w, "plan") && r.LanguageAt(k).Code == "nb" || r.Claims.Has(language.Plan, k, k+1) {
			for ; k < i; k++ {
				if strings.Contains(r.Gap(k), ":") {
					return r.Want.Column != table.AnyColumn && r.Want.Column != table.PlanColumn
				}
			}
		}
	}
	return false
}

// corrected reads the value that the sentence behind that of word i puts in the place of its value: "We wrote 45 homes.
// The correct figure is 54." told is false if it does not.
func corrected(r sentenceReader, i int) (v value.Value, told bool) {
	n := r.Words[i].Sentence + 1
	if !r.Reads.Type.IsNumber() {
		return v, false
	}
	if v, told = amended(r, i, r.Sentences[n-1].Last); told || n >= len(r.Sentences) {
		return v, told
	}
	s := r.Sentences[n]
	for k := s.First; k < min(s.Last, s.First+maxAuxiliary); k++ {
		if !r.anyAt(language.HeaderWords().Told().Correct, k, s.Last) {
			continue
		}
		_, v, ok := r.Reads.First(r.Page, r.LanguageAt(k), k, s.Last, r.Reads.Type == value.Count)
		if !ok && r.Reads.Type == value.Money {
			_, v, ok = r.Reads.First(r.Page, r.LanguageAt(k), k, s.Last, true)
		}
		return v, ok
	}
	if v, told = mendedBehind(r, s); told {
		return v, true
	}
	return v, false
}

// mendedBehind reads the right number that a sentence states which says that the one before is mistaken: "… 52
// teachers; this counts the staff by mistake, the right figure is 46".
func mendedBehind(r sentenceReader, s text.Sentence) (v value.Value, told bool) {
	words := language.HeaderWords().Told()
	if !anyIn(r.PageText, words.Mistaken, s.First, min(s.Last, s.First+maxAmendment)) {
		return v, false
	}
	for k := s.First; k < min(s.Last, s.First+maxAmendment); k++ {
		n := max(r.lengthAt(words.Amended, k, s.Last), r.lengthAt(words.Correct, k, s.Last))
		if n > 0 && anyIn(r.PageText, words.Mistaken, s.First, k) {
			return rightAway(r, k+n, s.Last)
		}
	}
	return v, false
}

// maxAmendment is how many words behind a number it is amended at most. A table that is read as text may be one
// sentence of thousands of words.
const maxAmendment = 80

// amended reads, in the words [i, limit) of a sentence, what they put in the place of a wrong number before it: "the 45
// million of table 2 are wrong and should read 54 million". Words such as "should be" do so only if the sentence says
// that something is wrong: "there should be 60 next year" amends nothing.
func amended(r sentenceReader, i, limit int) (v value.Value, told bool) {
	words, first := language.HeaderWords().Told(), r.Sentences[r.Words[i].Sentence].First
	counted := false
	for k := i; k < min(limit, i+maxAmendment); k++ {
		counted = counted || r.Words[k].Number && table.Year(r.Page, k) == 0
		if !counted {
			continue
		}
		n := r.lengthAt(words.Amended, k, limit)
		if n == 0 {
			n = r.lengthAt(words.Ought, k, limit)
			if n > 0 && !anyIn(r.PageText, words.Mistaken, first, k) {
				n = 0
			}
		}
		if n > 0 {
			return rightAway(r, k+n, limit)
		}
	}
	return v, false
}

// rightAway reads a value that begins at word from, or shortly behind it.
func rightAway(r sentenceReader, from, limit int) (v value.Value, ok bool) {
	limit = min(limit, from+maxSentenceReach)
	at, v, ok := r.Reads.First(r.Page, r.LanguageAt(from-1), from, limit, r.Reads.Type == value.Count)
	if !ok && r.Reads.Type == value.Money {
		at, v, ok = r.Reads.First(r.Page, r.LanguageAt(from-1), from, limit, true)
	}
	return v, ok && at <= from+maxAuxiliary
}

// askOught puts a value in doubt if the words [i, limit) behind it say what number it ought to be: whether that amends
// it, or is a wish, cannot be told.
func askOught(r sentenceReader, v *value.Value, i, limit int) {
	if !v.IsTold() || !r.Reads.Type.IsNumber() {
		return
	}
	for k := max(i, v.Last); k < limit; k++ {
		n := r.lengthAt(language.HeaderWords().Told().Ought, k, limit)
		if n == 0 {
			continue
		}
		if o, ok := rightAway(r, k+n, limit); ok && !Same(o.V, v.V, false) {
			v.Doubt, v.Others = doubtSeveral, []any{o.V}
		}
		return
	}
}

// atEnd reads, in a sentence that states what there was when the year began, at word at, and when it ended, the latter:
// "at the start of the year 1,900 million, at its end 1,760 million". If other words are beside the second value,
// people are asked which one is meant: "at its end we spent 60 million".
func atEnd(r sentenceReader, l *language.Language, at int, v value.Value) (end value.Value, told bool) {
	s, words := r.Sentences[r.Words[at].Sentence], language.HeaderWords().Told()
	if !r.Reads.Type.IsNumber() || !anyIn(r.PageText, words.Opening, max(s.First, at-maxSentenceReach), at) {
		return v, false
	}
	for k := v.Last; k < s.Last; k++ {
		n := r.lengthAt(words.Closing, k, s.Last)
		if n == 0 {
			continue
		}
		limit, bare := min(s.Last, k+maxSentenceReach), false
		first, end, ok := r.Reads.First(r.Page, l, k+n, limit, false)
		if !ok && r.Reads.Type != value.Percent {
			first, end, ok = r.Reads.First(r.Page, l, k+n, limit, true)
			bare = true
		}
		if !ok || r.disclaimed(v.Last, first, end.Last) || r.Refuted(first, end.Last, 0, false) != "" {
			return v, false
		}
		goesOn := bare && r.Reads.Type == value.Count && end.Last < s.Last &&
			r.Words[end.Last].Clause == r.Words[end.Last-1].Clause
		if end.IsTold() && (goesOn || !isLinked(r, k+n, first)) {
			end.Doubt, end.Others = doubtSeveral, []any{v.V}
		}
		return end, true
	}
	return v, false
}

// isLinked reports whether words [from, to) only link a value to what it is of: "was", "fell to", "nearly".
func isLinked(r sentenceReader, from, to int) bool {
	words := language.HeaderWords().Told()
	for k := from; k < to; k++ {
		w := r.Words[k].Text
		if !slices.Contains(words.Linking, w) && !slices.Contains(words.Aux, w) &&
			!slices.Contains(words.Pronouns, w) &&
			!r.Claims.Has(language.Approx, k, k+1) && !r.Claims.Has(language.ChangeTo, k, k+1) &&
			!r.Claims.Has(language.Done, k, k+1) {
			return false
		}
	}
	return true
}

// endOfYear is atEnd for a label that words of the year's beginning are before.
func (r Reader) endOfYear(h phrase.Hit) (v value.Value, ok bool) {
	s, l := r.Sentences[r.Words[h.First].Sentence], r.languageOf(h)
	if !r.Reads.Type.IsNumber() || !anyIn(r.PageText, language.HeaderWords().Told().Opening, s.First, h.First) {
		return v, false
	}
	at, v, ok := r.Reads.First(r.Page, l, h.Last, min(s.Last, h.Last+maxSentenceReach), false)
	if !ok {
		return v, false
	}
	return atEnd(r.sentenceReader, l, at, v)
}

// disclaimed reports whether a cue between a label, which ends before word from, and its value at words [at, last)
// says that the value is not a statement: a plan, a negation, a wish.
func (r sentenceReader) disclaimed(from, at, last int) bool {
	for sent := r.Words[from-1].Sentence; sent <= r.Words[last-1].Sentence; sent++ {
		for _, c := range r.Claims.Cues(sent) {
			if c.First < from || c.Last > at {
				continue
			}
			switch c.Kind {
			case language.Plan, language.Wish, language.Modal, language.Conditional, language.PartOf:
				return true
			case language.Negator, language.Past:
				if r.Reads.Type != value.YesNo {
					return true
				}
			}
		}
	}
	return false
}

// isRefused reports whether the clause of a quantity at words [at, last), or brackets right behind it, say that it came
// to nothing: "our loan of €60,000 was refused". What a label at words [first, end) asks for is stated all the same if
// it was only applied for.
func (r sentenceReader) isRefused(first, end, at, last int) bool {
	if r.Reads.Type != value.Money && r.Reads.Type != value.Count || table.Says(r.Page, first, end).Has(table.Request) {
		return false
	}
	from, to := r.Claims.Clause(at, last)
	if s := r.Sentences[r.Words[last-1].Sentence]; to < s.Last && strings.Contains(r.Gap(to-1), "(") && to == last {
		_, to = r.Claims.Clause(to, to+1)
	}
	c, ok := r.Claims.Last(language.Failure, from, to)
	if !ok || c.First >= first && c.Last <= end {
		return false
	}
	behind := min(c.Last+2, to)
	fell := r.Claims.Has(language.ChangeTo, c.Last, behind) || r.Claims.Has(language.ChangeFrom, c.Last, behind)
	return !fell // "the number declined to 40"
}

// changedTo reads the second value of "from 12 to 45", whose first is at words [at, last).
func (r sentenceReader) changedTo(l *language.Language, at, last, limit int) (value.Value, bool) {
	if !r.Claims.Has(language.ChangeFrom, max(0, at-1), at) {
		return value.Value{}, false
	}
	for i := last; i < limit && i <= last+4; i++ {
		if table.Year(r.Page, i) > 0 { // "from 107 in 2025 to 118"
			continue
		}
		v, ok := r.Reads.At(r.Page, l, i, limit, false)
		if !ok && r.Reads.Type != value.Percent { // "from 12 households to 45"
			v, ok = r.Reads.At(r.Page, l, i, limit, true)
		}
		if !ok && r.Reads.Type == value.Count && r.Words[i].Number && r.Claims.Has(language.ChangeTo, i-1, i) {
			v, ok = r.Reads.At(r.Page, l, i, i+1, true) // "to 118 in 2026"
		}
		if ok {
			return v, r.Claims.Has(language.ChangeTo, last, i)
		}
	}
	return value.Value{}, false
}

// bySources puts a number at word at in doubt if its sentence states another one behind it, and says of both who states
// them, or where: "27 by the letter, 25 by the list".
func bySources(r sentenceReader, v *value.Value, at int, h phrase.Hit) {
	if !v.IsTold() || !r.Reads.Type.IsNumber() {
		return
	}
	s, l, words := r.Sentences[r.Words[at].Sentence], r.LanguageAt(at), language.HeaderWords()
	var others []any
	sourced := 0
	for i := s.First; i < s.Last; i++ {
		w, ok := r.Reads.At(r.Page, l, i, s.Last, false)
		if !ok && r.countsIn(*h.Phrase) && r.Words[i].Number {
			w, ok = r.Reads.At(r.Page, l, i, i+1, true)
		}
		if !ok {
			continue
		}
		if anyIn(r.PageText, words.Told().ByWhom, w.Last, min(s.Last, w.Last+maxToSource)) {
			sourced++
		}
		if !Same(w.V, v.V, false) {
			others = append(others, w.V)
		}
		i = max(i, w.Last-1)
	}
	if sourced > 1 && len(others) > 0 {
		v.Doubt, v.Others = doubtSeveral, others
	}
}

// maxToSource is how many words behind a number may say who states it.
const maxToSource = 5

// isRefuted reports whether the sentence of words [first, last) says that its value, at word at, is none: it is denied,
// planned, wished. A plan with a number of its own before it does not deny the result that it is compared with
// ("against a target of 85% the share reached 87%"), nor what is corrected the correction ("không phải 12 hộ mà là 14
// hộ").
func (r sentenceReader) isRefuted(first, last, at int) bool {
	why := r.Refuted(first, last, 0, false)
	s, from := r.Sentences[r.Words[first].Sentence], min(first, at)
	if why != "" && r.anyAt(language.HeaderWords().Aims(), s.First, s.Last) {
		return true
	}
	for _, c := range r.Claims.Cues(r.Words[first].Sentence) {
		if why == claim.Planned && c.Kind == language.Plan && c.First > max(at, first) &&
			strings.Contains(r.Gap(c.First-1), "(") &&
			c.Last < s.Last && r.Words[c.Last].Number {
			return false // "79.5% (plan 80%)"
		}
		l := r.LanguageAt(first)
		if c.First < s.First || c.Last >= from || !slices.ContainsFunc(r.Words[c.Last:from],
			func(w text.Word) bool { return w.Number || l.StartsNumber(w.Text) }) {
			continue
		}
		switch {
		case why == claim.Planned && c.Kind == language.Plan:
			if table.Says(r.Page, c.Last, max(first, at)).Has(table.Actual|table.Current) ||
				r.Claims.Has(language.Done, c.Last, max(first, at)) {
				return false
			}
		case why == claim.Negated && c.Kind == language.Negator:
			if slices.ContainsFunc(r.Words[c.Last:from],
				func(w text.Word) bool { return slices.Contains(language.HeaderWords().Told().Instead, w.Text) }) {
				return false
			}
		}
	}
	return why != ""
}

// ratherAt returns the word behind "but" of "not 145 but 154" among words [from, limit) behind a label; 0 if there is
// none.
func ratherAt(r sentenceReader, from, limit int) int {
	not := 0
	for k := from; k < min(limit, from+maxSentenceReach); k++ {
		if n := negatorAt(r, k); n > 0 {
			not = k + n
		}
		if not > 0 && k > not && slices.Contains(language.HeaderWords().Told().Instead, r.Words[k].Text) &&
			slices.ContainsFunc(r.Words[not:k], func(w text.Word) bool {
				return w.Number ||
					r.LanguageAt(k).StartsNumber(w.Text)
			}) {
			return k + 1
		}
	}
	return 0
}

// inOrder puts a value of the sentence of word i in doubt if the sentence gives several in the order of what it named.
func (r sentenceReader) inOrder(v *value.Value, i int) {
	if s := r.Sentences[r.Words[i].Sentence]; v.IsTold() && r.Reads.Type.IsNumber() && r.isRespective(s) {
		v.Doubt, v.Others = doubtSeveral, r.others(r.LanguageAt(i), i, s.Last)
	}
}

// isRespective reports whether a sentence gives several values in the order of what it named before: "respectively".
func (r sentenceReader) isRespective(s text.Sentence) bool {
	for i := s.First; i < s.Last; i++ {
		if slices.ContainsFunc(language.HeaderWords().Respective(), func(w string) bool {
			return text.MatchAt(r.Words, i, s.Last, w) > 0
		}) {
			return true
		}
	}
	return false
}

// others are the values of the fact in words [from, limit).
func (r sentenceReader) others(l *language.Language, from, limit int) (out []any) {
	for i := from; i < limit && len(out) < MaxReadings; i++ {
		if v, ok := r.Reads.At(r.Page, l, i, limit, false); ok {
			out = append(out, v.V)
			i = max(i, v.Last-1)
		}
	}
	return out
}

// negatorAt is how many words a word or phrase that denies has that begins at word i; 0 if there is none.
func negatorAt(r sentenceReader, i int) (n int) {
	for _, c := range r.Claims.Cues(r.Words[i].Sentence) {
		if c.Kind == language.Negator && c.First == i {
			n = max(n, c.Last-c.First)
		}
	}
	return n
}

// askApart puts a quantity at word at in doubt if other words than those that link it to its label, which ends before
// word last, begin a statement of its own between them: "gifts received were many, and we spent $900".
func askApart(r sentenceReader, v *value.Value, last, at int) {
	if !v.IsTold() || !r.Reads.Type.IsNumber() {
		return
	}
	turn := -1
	for k := last; k < at; k++ {
		w := &r.Words[k]
		if k > last && w.Clause != r.Words[k-1].Clause || language.HeaderWords().Joint(w.Text) &&
			!r.Claims.Has(language.ChangeTo, k, k+1) && !r.Claims.Has(language.ChangeFrom, k, k+1) {
			turn = k
		}
	}
	if turn >= 0 && statesElse(r, turn, at) {
		askOrNone(v, doubtHint)
	}
}

// statesElse reports whether words [from, to) before a quantity have "we", or a word that neither links it to what it
// is of, nor is one of any sentence, nor of the fact's labels.
func statesElse(r sentenceReader, from, to int) bool {
	if r.Claims.Has(language.Us, from, to) {
		return true
	}
	words, l := language.HeaderWords(), r.LanguageAt(from)
	for k := from; k < to; k++ {
		w := r.Words[k].Text
		known := r.Words[k].Number || words.Joint(w) || words.Light(w) || l.IsCommon(w) ||
			slices.Contains(l.LooseFill, w) ||
			l.StartsDate(w) || slices.Contains(words.Links(), w) || isLinked(r, k, k+1) ||
			slices.ContainsFunc(r.telling, func(t tellingWord) bool { return t.lang.SameWord(t.text, w) }) ||
			slices.ContainsFunc(r.Claims.Cues(r.Words[k].Sentence), func(c claim.Cue) bool {
				return c.First <= k && c.Last > k && c.Kind != language.Deed
			})
		if !known {
			return true
		}
	}
	return false
}
