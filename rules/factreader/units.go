package factreader

import (
	"slices"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/heading"
	"kheo/rules/phrase"
	"kheo/rules/table"
	"kheo/rules/value"
)

// maxUnitReach is how many words before its unit a number may begin.
const maxUnitReach = 6

// doubtSeveral is the doubt of a number of which the papers state several, and nothing says which is meant.
const doubtSeveral = "several"

// byUnit reads a count whose unit no other fact of the ruleset counts, and whose label says no more than how many there
// are, where a sentence states it: "the school has 236 pupils and 14 teachers" for "number of teachers".
func (r sentenceReader) byUnit() (out []Place) {
	past := 0
	for _, h := range r.Hits[r.unitList] {
		if h.First < past || heading.StartsCell(r.Page, h.First) || r.isPlanned(h.First) {
			continue
		}
		s := r.Sentences[r.Words[h.First].Sentence]
		for at := max(s.First, h.First-maxUnitReach); at < h.First; at++ {
			if table.Year(r.Page, at) > 0 {
				continue // "in 2025 we had 204 calls"
			}
			v, ok := r.Reads.At(r.Page, r.LanguageAt(at), at, s.Last, false)
			if !ok || v.Last < h.Last {
				continue
			}
			past = v.Last
			said, _, _ := r.saidAt(at)
			if said != nil && r.isOther(said) || r.Refuted(at, v.Last, 0, false) != "" ||
				r.disclaimed(s.First+1, at, v.Last) || r.notTheWhole(at, at, v.Last, v.Last) ||
				r.isRefused(at, at, at, v.Last) || r.Claims.Has(language.PartOf, v.Last, min(s.Last, v.Last+1)) ||
				anyIn(r.PageText, language.HeaderWords().Told().Required, s.First, at) ||
				(said == nil || said.From == 0) && r.ofOthers(at) ||
				table.Says(r.Page, v.Last, min(s.Last, v.Last+maxSaidBehind)).Has(table.Other) {
				break
			}
			if !r.alone && !isSupported(r, s, at, v.Last) {
				break
			}
			c := r.inSentence(at, v, ByUnit, said.kinds())
			if o, several := otherOf(r, s, v); several && !r.alone && c.Doubt == "" {
				c.Doubt, c.Others = doubtSeveral, []any{o, nil}
			}
			out = append(out, c)
			break
		}
	}
	return wholes(out)
}

// otherOf is another count of the unit that a sentence has behind a value.
func otherOf(r sentenceReader, s text.Sentence, v value.Value) (other any, ok bool) {
	for i := v.Last; i < s.Last; i++ {
		if w, ok := r.Reads.At(r.Page, r.LanguageAt(i), i, s.Last, false); ok && table.Year(r.Page, i) == 0 &&
			!Same(w.V, v.V, false) {
			return w.V, true
		}
	}
	return nil, false
}

// isSupported reports whether a sentence has, beside a number with its unit at words [at, last), more than half of what
// one of the labels says beside the unit.
func isSupported(r sentenceReader, s text.Sentence, at, last int) bool {
	return slices.ContainsFunc(r.Fact.Labels, func(label phrase.Phrase) bool {
		if label.Lang == nil {
			return false
		}
		all, found := 0, 0
		for k, w := range label.Words {
			isUnit := slices.ContainsFunc(r.Reads.Units, func(u phrase.Phrase) bool {
				return slices.Contains(u.Words, w) && u.In(label)
			})
			if isUnit || slices.Contains(label.Lang.LooseFill, w) ||
				slices.Contains(label.Lang.CountNouns, label.Words[k]) {
				continue
			}
			all++
			for i := s.First; i < s.Last; i++ {
				if (i < at || i >= last) && label.Lang.SameWord(w, r.Words[i].Text) {
					found++
					break
				}
			}
		}
		return all > 0 && 2*found > all
	})
}

// CountAlone marks a count that byUnit may read: no other count of the ruleset has a unit in common with it. It notes
// whether one of its labels is its unit with no more than "number of": the unit alone says what is counted.
func (def *Fact) CountAlone(others []*Fact, m *phrase.Matcher) {
	if def.Reads.Type == value.Count && len(def.Reads.Units) > 0 &&
		!slices.ContainsFunc(others, func(other *Fact) bool {
			return other != def && other.Reads.Type == value.Count && sharesUnit(other.Reads.Units, def.Reads.Units)
		}) {
		def.byUnits, def.alone, def.unitList = true, def.isPlainCount(), m.Add(def.Reads.Units)
	}
}

// sharesUnit reports whether two lists of units have one in common, or one is inside another: "poor households".
func sharesUnit(a, b []phrase.Phrase) bool {
	return slices.ContainsFunc(a, func(u phrase.Phrase) bool {
		return slices.ContainsFunc(b, func(v phrase.Phrase) bool { return u.In(v) || v.In(u) })
	})
}

// isPlainCount reports whether the labels of a count say no more than how many there are, in each of their languages.
func (def *Fact) isPlainCount() bool {
	if def.Reads.Type != value.Count || len(def.Reads.Units) == 0 || language.MeasureNamed(def.Reads.Unit) != nil {
		return false
	}
	plain := map[*language.Language]bool{}
	for _, label := range def.Labels {
		if label.Lang == nil {
			return false
		}
		rest := label
		for len(rest.Words) > 0 && slices.Contains(label.Lang.CountNouns, rest.Words[0]) {
			rest.Words = rest.Words[1:]
		}
		isUnit := slices.ContainsFunc(def.Reads.Units,
			func(u phrase.Phrase) bool { return slices.Equal(u.Words, rest.Words) })
		plain[label.Lang] = plain[label.Lang] || isUnit
	}
	for _, ok := range plain {
		if !ok {
			return false
		}
	}
	return len(plain) > 0
}
