package factreader

import (
	"slices"
	"strconv"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/likely"
	"kheo/rules/number"
	"kheo/rules/phrase"
	"kheo/rules/table"
	"kheo/rules/value"
)

// This file reads facts that sentences state in words other than those of their labels: a value of the fact's type in a
// sentence that has some of these words, or is the only one that the papers have. Most of them are questions to people.

// hint is a value that is surely the fact's, with how much of a label is beside it.
type hint struct {
	Place
	found, all int // words of the label that says most, and how many of them are beside the value
}

// supports reports whether more of the label is beside the value than beside that of another hint.
func (h *hint) supports(o *hint) bool { return h.found*o.all > o.found*h.all }

// Relate notes which facts of a ruleset a value may be of instead of another.
func Relate(all []*Fact) {
	labels := make([]likely.Labels, len(all))
	for i, def := range all {
		labels[i] = likely.Labels{All: def.Labels, IsUnit: def.isUnitWord}
	}
	lexicon := likely.NewLexicon(labels)
	for i, def := range all {
		if !def.isHinted() {
			continue
		}
		def.telling, def.lexicon, def.number = def.tellingWords(), lexicon, i
		for k, o := range all {
			if k == i || len(o.Labels) == 0 {
				continue
			}
			def.siblings = append(def.siblings, sibling{o, k})
			if o.Reads.Type == def.Reads.Type &&
				(def.Reads.Type != value.Count || sharesUnit(o.Reads.Units, def.Reads.Units)) {
				def.rivals = append(def.rivals, o)
			}
		}
	}
}

// sibling is another fact of the ruleset, with its number in the lexicon.
type sibling struct {
	*Fact
	number int
}

// IsRival reports whether a value of the fact's type may be another fact's instead.
func (def *Fact) IsRival(other *Fact) bool { return slices.Contains(def.rivals, other) }

// isHinted reports whether values of the fact's type are looked for without its label.
func (def *Fact) isHinted() bool {
	if def.Want.Column != "" && def.Want.Column != table.ActualColumn {
		return false
	}
	switch def.Reads.Type {
	case value.Count:
		return len(def.Labels) > 0 && len(def.Reads.Units) > 0
	case value.Money, value.Percent, value.Date, value.YesNo, value.Choice:
		return len(def.Labels) > 0
	}
	return false
}

// Hinted finds the values that papers may state of a fact which nothing states with its label. isTaken reports whether
// a place is one of a rival, and isStated whether another fact is stated by its value.
func (def *Fact) Hinted(pages []*PageText, isTaken, isStated func(*Place) bool) []Place {
	if !def.isHinted() {
		return nil
	}
	if sure := def.inOtherWords(pages, isTaken); len(sure) > 0 {
		return sure
	}
	if out := def.mostLikely(def.Candidates(pages, isStated)); len(out) > 0 || def.Reads.Type != value.Date ||
		def.Opens == "" {
		return out
	}
	return def.mostLikely(def.candidatesOf(pages, isStated, candidateReader.daysOn))
}

// inOtherWords finds the values in sentences that have so much of a label that they most likely state the fact. People
// are asked about them: in natural papers the three that could be judged were of something else.
func (def *Fact) inOtherWords(pages []*PageText, isTaken func(*Place) bool) (out []Place) {
	if !def.Reads.Type.IsNumber() && def.Reads.Type != value.Date {
		return nil
	}
	var all []hint
	for _, p := range pages {
		r := sentenceReader{def, p}
		for si := range p.Sentences {
			for _, h := range r.hintsIn(si) {
				if !isTaken(&h.Place) {
					all = append(all, h)
				}
			}
		}
	}
	for i := range all {
		h := &all[i]
		if !slices.ContainsFunc(all, func(o hint) bool { return o.supports(h) }) {
			out = append(out, h.Place)
		}
	}
	out = unlessAgreed(def, def.withoutAsides(out))
	for i := range out {
		if out[i].Doubt == "" {
			out[i].Doubt, out[i].Others = doubtHint, []any{nil}
		}
	}
	return out
}

// mostLikely is the value that is most likely the fact's of all that may be. People are asked about it if it may well be.
func (def *Fact) mostLikely(all []Candidate) []Place {
	model := likely.Fitted()
	chances := make([]float64, len(all))
	best, second := -1, -1
	for i := range all {
		chances[i] = model.Of[all[i].Kind].Chance(&all[i].Signs)
		if best < 0 || chances[i] > chances[best] {
			best = i
		}
	}
	if best < 0 || chances[best] < model.Ask[all[best].Kind] {
		return nil
	}
	c := &all[best]
	for i := range all {
		if !def.Same(all[i].Value, c.Value, false) && (second < 0 || chances[i] > chances[second]) {
			second = i
		}
	}
	other := second >= 0 && chances[second] >= model.Also*chances[best]
	c.Others = slices.Clip(c.Others)
	switch {
	case c.Kind == likely.Told:
		c.Others = append(c.Others, c.Value == false)
	case other:
		c.Others = append(c.Others, all[second].Value)
	}
	c.Doubt, c.Others = doubtHint, append(c.Others, nil)
	return []Place{c.Place}
}

// doubtHint is the doubt of a value that stands without the words of a label.
const doubtHint = "hint"

// How many words of a label are beside a value, and which share of them, if the value is surely the fact's.
const (
	minSureWords = 2
	sureOf       = 3 // of these, two
)

// isSure reports whether so much of a label is beside the value that it is surely the fact's.
func (h *hint) isSure() bool { return h.found >= minSureWords && sureOf*h.found >= minSureWords*h.all }

// mayBeHinted reports whether enough words of a label are in a sentence, or in the question before it, so that a value
// in it may be surely the fact's.
func mayBeHinted(r sentenceReader, si int, asked bool) bool {
	from := r.Sentences[si].First
	if asked {
		from = r.Sentences[si-1].First
	}
	if r.Reads.Type == value.Count && !r.hasUnitWord(r.Sentences[si]) {
		return false
	}
	found := 0
	for _, w := range r.telling {
		if slices.ContainsFunc(r.Words[from:r.Sentences[si].Last],
			func(x text.Word) bool { return w.lang.SameWord(w.text, x.Text) }) {
			if found++; found >= minSureWords {
				return true
			}
		}
	}
	return false
}

// hasUnitWord reports whether a word of the fact's units is in a sentence: without one, no count of it is.
func (r sentenceReader) hasUnitWord(s text.Sentence) bool {
	return slices.ContainsFunc(r.Reads.Units, func(u phrase.Phrase) bool {
		if u.Lang == nil || len(u.Words) == 0 {
			return true // in any form
		}
		for i := s.First; i < s.Last; i++ {
			if slices.ContainsFunc(u.Words, func(w string) bool { return u.Lang.SameWord(w, r.Words[i].Text) }) {
				return true
			}
		}
		return false
	})
}

// tellingWord is a word of a label that says what a value is of, and the language of the label.
type tellingWord struct {
	lang *language.Language
	text string
}

// tellingWords are the words of the labels of a fact beside its unit and those that any label may have.
func (def *Fact) tellingWords() (out []tellingWord) {
	for _, label := range def.Labels {
		if label.Lang == nil {
			continue
		}
		for _, w := range label.Words {
			t := tellingWord{label.Lang, w}
			if !def.isFill(label, w) && !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	return out
}

// isFill reports whether a word of a label says nothing about a value beside its unit.
func (def *Fact) isFill(label phrase.Phrase, w string) bool {
	return slices.Contains(label.Lang.LooseFill, w) || slices.Contains(label.Lang.CountNouns, w) ||
		def.isUnitWord(label, w) ||
		def.Reads.Type == value.Percent && isOfAnyShare(w)
}

// hintsIn are the values of a sentence that may be the fact's.
func (r sentenceReader) hintsIn(si int) (out []hint) {
	s := r.Sentences[si]
	if s.Last-s.First < minHinting || !r.hasValue(s) {
		return nil
	}
	if t, _ := r.TableAt(s.First); t != nil {
		return nil
	}
	asked := si > 0 && r.Sentences[si-1].End <= len(r.Runes) && r.Sentences[si-1].End > 0 &&
		r.Runes[r.Sentences[si-1].End-1] == '?'
	if !asked && !isRunning(r, s) {
		return nil
	}
	if !mayBeHinted(r, si, asked) {
		return nil
	}
	var values []value.Value
	for at := s.First; at < s.Last; at++ {
		if table.Year(r.Page, at) > 0 && !r.Reads.Type.IsTime() {
			continue
		}
		l := r.LanguageAt(at)
		v, ok := r.Reads.At(r.Page, l, at, s.Last, false)
		if !ok && r.Reads.Type == value.Money {
			v, ok = r.Reads.At(r.Page, l, at, s.Last, true)
			ok = ok && v.Scaled
		}
		if !ok {
			continue
		}
		v.First = at
		values = append(values, v)
		at = max(at, v.Last-1)
	}
	for i, v := range values {
		from, to := s.First, s.Last
		if i > 0 {
			from = joint(r.Page, values[i-1].Last, v.First)
		}
		if i+1 < len(values) {
			to = joint(r.Page, v.Last, values[i+1].First)
		}
		if !r.holds(s, from, v) || table.Says(r.Page, from, v.First).Has(neverHinted) ||
			anyIn(r.PageText, language.HeaderWords().Told().Extreme, from, to) {
			continue
		}
		h := hint{all: 1}
		if asked && i == 0 {
			from = r.Sentences[si-1].First // the question
		}
		h.found, h.all = r.beside(r.Fact, from, to, v)
		other := false
		for _, o := range r.rivals {
			n, all := r.beside(o, from, to, v)
			other = other || n*h.all >= h.found*all
		}
		if other {
			continue
		}
		if !h.isSure() || !(asked && i == 0) && isApart(r, from, to, v) {
			continue
		}
		askAside(r, &v, v.First, v.Last, false, false)
		askNamed(r, &v, v.First)
		h.Place = r.inSentence(v.First, v, ByUnit, 0)
		out = append(out, h)
	}
	return out
}

// isApart reports whether a label's words among words [from, to) are not in the clause of a value, so that it may be of
// something else: "gifts received were many, and we spent $900"; or the value is a share of what no label names: "80%
// người dân ủng hộ".
func isApart(r sentenceReader, from, to int, v value.Value) bool {
	first, last := r.Claims.Clause(v.First, v.Last)
	near := hint{}
	near.found, near.all = r.beside(r.Fact, max(from, first), min(to, last), v)
	if !near.isSure() {
		return true
	}
	if r.Reads.Type != value.Percent || v.Last >= last {
		return false
	}
	next := r.Words[v.Last].Text
	return !slices.Contains(language.HeaderWords().Told().OfShare, next) &&
		!slices.ContainsFunc(r.Labels, func(l phrase.Phrase) bool {
			return l.Lang != nil && slices.ContainsFunc(l.Words,
				func(w string) bool { return l.Lang.SameWord(w, next) })
		})
}

// neverHinted are the kinds of words before a value that is not looked at: it is a plan, a wish, of before or of
// others.
const neverHinted = table.Plan | table.Budget | table.Request | table.Previous | table.Compare | table.Max | table.Other

// minHinting is how many words a sentence has at least in which a value is looked for without a label.
const minHinting = 3

// hasValue reports whether a sentence may have a value of the fact's type at all.
func (r sentenceReader) hasValue(s text.Sentence) bool {
	for k := s.First; k < s.Last; k++ {
		if r.Words[k].Number || r.LanguageAt(k).StartsNumber(r.Words[k].Text) {
			return true
		}
	}
	return false
}

// holds reports whether a sentence states a value as something that is: no plan, part, share, or value of others. What
// is said of the value begins at word from.
func (r sentenceReader) holds(s text.Sentence, from int, v value.Value) bool {
	at, last := v.First, v.Last
	_, to := r.Claims.Clause(at, last)
	if r.isPlanned(at) || isUnfilled(r.PageText, at, last) || r.Claims.Has(language.Modal, last, to) ||
		r.Claims.Has(language.Plan, last, to) || r.Claims.Has(language.Negator, last, to) ||
		r.Reads.Type == value.Percent && r.Words[last-1].Number &&
			!strings.Contains(r.Text(r.Words[at].Start, min(r.Words[last-1].End+2, len(r.Runes))), number.Percent) {
		return false // "85/90 households" is no share that is stated
	}
	said, _, _ := r.saidAt(at)
	if said != nil && r.isOther(said) || r.Refuted(at, last, 0, false) != "" || r.disclaimed(s.First+1, at, last) ||
		r.notTheWhole(at, at, last, last) || r.isRefused(at, at, at, last) ||
		anyIn(r.PageText, language.HeaderWords().Told().Required, from, at) ||
		(said == nil || said.From == 0) && r.ofOthers(at) || r.isWhole(at, last, s.Last) ||
		table.Says(r.Page, last, min(s.Last, last+maxSaidBehind)).Has(table.Other) {
		return false
	}
	if r.Reads.Type.IsTime() {
		if isRemembered(r, at) {
			return false
		}
		if day, ok := v.V.(string); ok && r.isToCome(day) || isOfPlan(r, at) {
			return false
		}
		return !(dateTeller{r}).isSetFor(max(s.First, at-maxAuxiliary), at) && !(dateTeller{r}).isSetFor(last, s.Last)
	}
	return !r.Claims.Has(language.PartOf, last, min(s.Last, last+1))
}

// isToCome reports whether a day or month is behind the last year that counts: that in which the campaign closes.
func (def *Fact) isToCome(day string) bool {
	if def.Opens == "" || len(day) < len(def.Opens) {
		return false
	}
	year, err := strconv.Atoi(day[:len(def.Opens)])
	return err == nil && year > def.Want.To
}

// beside counts the words that one of a fact's labels says beside its unit, and those of them that are among words
// [from, to) beside a value: of the label of which most are there.
func (r sentenceReader) beside(def *Fact, from, to int, v value.Value) (found, all int) {
	all = 1
	for _, label := range def.Labels {
		if label.Lang == nil {
			continue
		}
		n, of := 0, 0
		for _, w := range label.Words {
			if def.isFill(label, w) {
				continue
			}
			of++
			for i := from; i < to; i++ {
				if (i < v.First || i >= v.Last) && label.Lang.SameWord(w, r.Words[i].Text) &&
					!isInOther(r, label, i) {
					n++
					break
				}
			}
		}
		if lacksYear(r, label, from, to) {
			n = 0
		}
		if of > 0 && n*all > found*of {
			found, all = n, of
		}
	}
	return found, all
}

// lacksYear reports whether a label names a year that is not among words [from, to).
func lacksYear(r sentenceReader, label phrase.Phrase, from, to int) bool {
	return slices.ContainsFunc(label.Words, func(w string) bool {
		return number.IsYear(w) && !slices.ContainsFunc(r.Words[from:to], func(x text.Word) bool { return x.Text == w })
	})
}

// isOfAnyShare reports whether a word is in the labels of many percentages: "tỷ lệ", "households".
func isOfAnyShare(w string) bool {
	told := language.HeaderWords().Told()
	return slices.Contains(told.Crowd, w) || slices.ContainsFunc(told.ShareOf,
		func(s string) bool { return slices.Contains(strings.Fields(s), w) })
}

// isUnitWord reports whether a word of a label is one of the fact's unit.
func (def *Fact) isUnitWord(label phrase.Phrase, w string) bool {
	return slices.ContainsFunc(def.Reads.Units, func(u phrase.Phrase) bool {
		return slices.Contains(u.Words, w) && u.In(label)
	})
}
