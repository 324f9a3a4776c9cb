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

// looseLabel is a label that may be written in other forms and with words between its own, with the list of the words
// by which it is found.
type looseLabel struct {
	phrase.Loose
	list int
}

// isLoose reports whether running text states values of the fact's type with its labels in other forms.
func isLoose(def *Fact) bool {
	switch def.Reads.Type {
	case value.Count, value.Money, value.Percent, value.Number, value.Date, value.YesNo, value.Choice:
		return len(def.Labels) > 0
	}
	return false
}

// looseLabels are the loose labels of a fact whose values running text states.
func looseLabels(def *Fact, m *phrase.Matcher) (out []looseLabel) {
	if !isLoose(def) {
		return nil
	}
	for _, label := range append(withOtherUnits(def, def.Labels), withoutShare(def)...) {
		if l, ok := phrase.NewLoose(label); ok {
			out = append(out, looseLabel{l, m.Add(l.Anchors())})
		}
	}
	return out
}

// withoutShare are the labels of a percentage without "share of", as sentences have them behind the number: "55% lượng
// rác được phân loại".
func withoutShare(def *Fact) (out []phrase.Phrase) {
	for _, label := range def.Labels {
		if def.Reads.Type != value.Percent || label.Lang == nil {
			continue
		}
		for _, s := range language.HeaderWords().Told().ShareOf {
			if n := len(strings.Fields(s)); len(label.Words) > n+1 && strings.Join(label.Words[:n], " ") == s {
				label.Words = label.Words[n:]
				out = append(out, label)
				break
			}
		}
	}
	return out
}

// byLooseLabels finds the sentences that state a fact of which nothing else states a value, with its label in other
// forms of its words. If they differ, nothing says which is meant.
func byLooseLabels(def *Fact, pages []*PageText) (out []Place) {
	for _, p := range pages {
		reader := sentenceReader{def, p}
		for i := range def.loose {
			for _, anchor := range p.Hits[def.loose[i].list] {
				if c, ok := loosely(reader, &def.loose[i], anchor.First); ok {
					out = append(out, c)
				}
			}
		}
	}
	return unlessAgreed(def, def.withoutAsides(out))
}

// onlyDerived reports whether all places were read in ways that do not contradict one another.
func onlyDerived(all []Place) bool {
	return len(all) > 1 && !slices.ContainsFunc(all, func(c Place) bool { return c.Way.Contradicts() })
}

// unlessAgreed puts places in doubt that state different values, of which nothing says which is meant.
func unlessAgreed(def *Fact, out []Place) []Place {
	differ := slices.ContainsFunc(out, func(c Place) bool {
		return !def.Same(out[0].Value, c.Value, out[0].Approx || c.Approx)
	})
	for i := range out {
		if differ && (out[i].Doubt == "" || out[i].IsNear()) {
			out[i].Doubt, out[i].Others = doubtSeveral, []any{nil}
		}
	}
	return out
}

// maxBehindLoose is how many words behind a loose label its value may begin.
const maxBehindLoose = 8

// loosely reads the value of a loose label around word i, in running text.
func loosely(r sentenceReader, l *looseLabel, i int) (c Place, ok bool) {
	s := r.Sentences[r.Words[i].Sentence]
	if t, _ := r.TableAt(i); t != nil {
		return c, false
	}
	h, ok := l.At(r.Words, i, s.First, s.Last, func(k int) bool { return r.Words[k].Clause != r.Words[i].Clause })
	if !ok || !isRunning(r, s) || isStrict(r, h) || cutsCompound(r, h) {
		return c, false
	}
	if r.Reads.Type == value.YesNo || r.Reads.Type == value.Choice {
		v, ok := r.told(h)
		return r.inSentence(h.First, v, ByDerived, 0), ok
	}
	v, ok := looseValue(r, h, s)
	askOfKind(r, &v, s)
	askNamed(r, &v, max(h.First, v.First))
	return r.inSentence(h.First, v, ByDerived, 0), ok
}

// minRunning is how many words a sentence has that has labels in other forms.
const minRunning = 3

// isRunning reports whether a sentence is running text, on lines of its own page: it ends as sentences do.
func isRunning(r sentenceReader, s text.Sentence) bool {
	return s.Last-s.First >= minRunning && s.End <= len(r.Runes) && strings.ContainsRune(".;!?", r.Runes[s.End-1])
}

// isStrict reports whether what was found is a label as the ruleset has it, which has been read already, or is inside
// one of another fact.
func isStrict(r sentenceReader, h phrase.Hit) bool {
	return slices.ContainsFunc(r.Hits[r.LabelList], func(o phrase.Hit) bool {
		return o.First <= h.First &&
			o.Last >= h.Last
	})
}

// askOfKind puts a count of a loose label in doubt if its sentence counts another kind of what the fact is of, too:
// "over 1,900 gift bags and 730 grants".
func askOfKind(r sentenceReader, v *value.Value, s text.Sentence) {
	if !v.IsTold() || r.Reads.Type != value.Count {
		return
	}
	unit := unitBefore(r, v.Last)
	for k := v.Last + 1; k <= min(s.Last, v.Last+maxAuxiliary) && unit == ""; k++ {
		unit = unitBefore(r, k) // it is read without its unit
	}
	for i := s.First; i < s.Last && unit != ""; i++ {
		o, ok := r.Reads.At(r.Page, r.LanguageAt(i), i, s.Last, false)
		if !ok {
			continue
		}
		if u := unitBefore(r, o.Last); u != "" && u != unit && !Same(o.V, v.V, false) {
			v.Doubt, v.Others = doubtSeveral, []any{o.V, nil}
			return
		}
		i = max(i, o.Last-1)
	}
}

// unitBefore is the longest unit of the fact that ends before word last; "" if none does.
func unitBefore(r sentenceReader, last int) (unit string) {
	for _, u := range r.Reads.Units {
		if from := last - len(u.Words); from >= 0 && len(u.Text) > len(unit) && u.IsAt(r.Words, from) {
			unit = u.Text
		}
	}
	return unit
}

// cutsCompound reports whether the end of a label is the beginning of a word that means something else: "tổ chức" of
// "tổ chức bộ máy".
func cutsCompound(r sentenceReader, h phrase.Hit) bool {
	return slices.ContainsFunc(r.Claims.Cues(r.Words[h.First].Sentence), func(c claim.Cue) bool {
		return c.Kind == language.Compound && c.First >= h.First && c.First < h.Last && c.Last > h.Last
	})
}

// isInOther reports whether word i is a part of a word that means something else than a label with it: of "tổ chức bộ
// máy", for the label "ngày tổ chức".
func isInOther(r sentenceReader, label phrase.Phrase, i int) bool {
	return slices.ContainsFunc(r.Claims.Cues(r.Words[i].Sentence), func(c claim.Cue) bool {
		return c.Kind == language.Compound && c.First <= i && c.Last > i &&
			slices.ContainsFunc(r.Words[c.First:c.Last], func(w text.Word) bool {
				return !slices.Contains(label.Words, w.Text)
			})
	})
}

// looseValue reads the quantity or date of a loose label: among its words, right before it, or soon behind it with no
// other label and no other number between.
func looseValue(r sentenceReader, h phrase.Hit, s text.Sentence) (v value.Value, ok bool) {
	l := r.LanguageAt(h.First)
	if r.Claims.Has(language.Negator, h.First, h.Last) {
		return v, false
	}
	for at := h.First + 1; at < h.Last; at++ {
		isYear := table.Year(r.Page, at) > 0 && !r.Reads.Type.IsTime()
		if isYear || !r.Words[at].Number && !l.StartsNumber(r.Words[at].Text) && !r.Reads.Type.IsTime() {
			continue
		}
		if v, ok = r.Reads.At(r.Page, l, at, min(s.Last, h.Last+1), false); !ok && !r.Words[at].Number {
			continue
		}
		if !ok || r.Claims.Has(language.Plan, h.First, h.Last) || (dateTeller{r}).isSetFor(h.First, h.Last) {
			return v, false
		}
		said, _, _ := r.saidAt(at)
		dated := said != nil && said.From > 0
		ok = !(said != nil && r.isOther(said)) && r.Refuted(h.First, h.Last, 0, false) == "" &&
			(dated || !r.ofOthers(h.First)) &&
			!r.disclaimed(h.First+1, at, v.Last) && !r.notTheWhole(h.First, at, v.Last, v.Last) &&
			!r.isRefused(h.First, h.Last, at, v.Last) && !r.isWhole(at, v.Last, s.Last)
		plain, _ := r.isPlain(h.Phrase)
		askAside(r, &v, at, v.Last, plain, false)
		return v, ok
	}
	limit := min(s.Last, h.Last+maxBehindLoose)
	for k := h.Last; k < limit; k++ {
		other := slices.ContainsFunc(r.Hits[r.LabelList], func(o phrase.Hit) bool { return o.First == k })
		if strings.ContainsAny(r.Gap(k-1), ":\t\n") {
			return v, false
		}
		if r.Words[k].Number || other {
			if other {
				limit = k
			} else {
				limit = min(s.Last, k+maxSentenceReach)
			}
			break
		}
	}
	if h.Last >= len(r.Words) {
		return r.aheadOf(h, l)
	}
	lr := Reader{sentenceReader: r}
	return lr.valueOf(h, l, labelled{from: h.Last, limit: limit})
}
