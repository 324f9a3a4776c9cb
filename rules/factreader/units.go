package factreader

import (
	"slices"
	"strings"
	"unicode"

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
			if to, changed := r.changedTo(r.LanguageAt(at), at, v.Last, s.Last); changed {
				if c, ok := grownTo(r, at, to); ok {
					out = append(out, c)
				}
				past = max(past, to.Last)
				break
			}
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
			askAside(r, &v, at, v.Last, r.alone, r.alone)
			askNamed(r, &v, at)
			askOdd(r, &v, at, at, false)
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

// grownTo is the place of a count that a sentence says to have come from the one at word at: "from 107 members in 2025
// to 118".
func grownTo(r sentenceReader, at int, to value.Value) (c Place, ok bool) {
	s := r.Sentences[r.Words[at].Sentence]
	said := table.Says(r.Page, to.Last, min(s.Last, to.Last+maxSaidBehind))
	if !r.alone || r.Refuted(at, to.Last, 0, false) != "" || r.disclaimed(s.First+1, at, to.Last) ||
		r.isRefused(at, at, at, to.Last) || r.ofOthers(at) || r.Want.Refuses(said) {
		return c, false
	}
	askAside(r, &to, at, to.Last, false, false)
	askNamed(r, &to, at)
	return r.inSentence(at, to, ByUnit, 0), true
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

// doubtAside is the doubt of a count of which its sentence says something else than how many there are: how many came,
// joined or left, or some of them.
const doubtAside = "aside"

// askedHeads are what the labels and units of a count ask for themselves, so that such words are no reason to ask.
type askedHeads struct {
	asked map[language.HeadKind]bool
	stock bool // it counts those who belong to a body for a time
}

// headsOf are what the labels and units of a fact ask for.
func headsOf(def *Fact) (out askedHeads) {
	out.asked = map[language.HeadKind]bool{}
	for i, p := range slices.Concat(def.Labels, def.Reads.Units) {
		words := make([]text.Word, len(p.Words))
		for k, w := range p.Words {
			words[k].Text = w
		}
		for k := 0; k < len(words); {
			kinds, n := headAt(words, k, len(words))
			for _, kind := range kinds {
				out.asked[kind] = true
				out.stock = out.stock || kind == language.HeadStock && i >= len(def.Labels)
			}
			k += max(n, 1)
		}
	}
	return out
}

// headAt returns the kinds of the longest phrase about numbers of people that begins at word k, and its length.
func headAt(words []text.Word, k, limit int) (kinds []language.HeadKind, n int) {
	for _, ph := range language.HeadPhrases(words[k].Text) {
		if k+len(ph.Words) > limit || n > len(ph.Words) {
			continue
		}
		same := true
		for i, w := range ph.Words {
			same = same && words[k+i].Text == w
		}
		if same {
			kinds, n = append(kinds, ph.Kind), len(ph.Words)
		}
	}
	return kinds, n
}

// says reports whether words [from, to) have a phrase of a kind that the fact's labels do not ask for. Words before
// "than" only compare.
func says(r sentenceReader, kind language.HeadKind, from, to int) bool {
	if r.heads.asked[kind] {
		return false
	}
	for k := from; k < to; {
		kinds, n := headAt(r.Words, k, to)
		if slices.Contains(kinds, kind) && !(k+n < len(r.Words) && r.Claims.Has(language.Compared, k+n, k+n+1)) {
			return true
		}
		k += max(n, 1)
	}
	return false
}

// askAside puts a count at words [at, last) of a sentence in doubt if it is not how many there are: those who joined or
// left, came, or some of all. alone says that only the unit says what is counted, and bare that not even words such as
// "number of" do.
func askAside(r sentenceReader, v *value.Value, at, last int, alone, bare bool) {
	if r.Reads.Type != value.Count || !r.heads.stock && !alone || language.MeasureNamed(r.Reads.Unit) != nil {
		return
	}
	if (asideReader{r}).isAside(at, last, alone, bare) {
		askOrNone(v, doubtAside)
	}
}

// askQualified puts a count behind a label in doubt if words between the label and its colon, which is before word
// from, say that it is something else than how many there are: "Members at the annual meeting: 31".
func askQualified(r sentenceReader, v *value.Value, h phrase.Hit, from int) {
	plain, _ := r.isPlain(h.Phrase)
	if r.Reads.Type == value.Count && (r.heads.stock || plain) && (says(r, language.HeadMoved, h.Last, from) ||
		says(r, language.HeadSome, h.Last, from) || says(r, language.HeadBodies, h.Last, from) ||
		r.heads.stock && says(r, language.HeadPresent, h.Last, from)) {
		askOrNone(v, doubtAside)
	}
}

// askMoved puts a count in the place of a form's value, which begins at word from, in doubt if it is of those who
// joined or left: "Members: 6 new members".
func askMoved(r sentenceReader, v *value.Value, from int) {
	to := v.Last
	if to < len(r.Words) && r.Gap(to-1) == " " {
		to++
	}
	if v.IsTold() && r.Reads.Type == value.Count && r.heads.stock && says(r, language.HeadMoved, from, to) {
		askOrNone(v, doubtAside)
	}
}

// askNamed puts a number or date at words [at, last) of a sentence in doubt if its sentence states it of a body or
// place by a name that is not the dossier's own, and does not say "we": "The library of Hill End lent 4,000 books".
func askNamed(r sentenceReader, v *value.Value, at int) {
	if v.IsTold() && (r.Reads.Type == value.Count || r.Reads.Type == value.Percent || r.Reads.Type.IsTime()) &&
		(asideReader{r}).isOfOther(at) {
		v.Doubt, v.Others = doubtWhose, []any{nil}
	}
}

// doubtWhose is the doubt of a value that may be of others.
const doubtWhose = "whose"

// asideReader distinguishes counts of all that there are from others.
type asideReader struct{ sentenceReader }

// isAside is askAside for a count at words [at, last).
func (r asideReader) isAside(at, last int, alone, bare bool) bool {
	start, end := r.Claims.Clause(at, last)
	from, to := r.saidOfCount(at, last, start, end)
	grown := r.Claims.Has(language.ChangeTo, max(from, at-maxAuxiliary), at)
	switch {
	case !grown && says(r.sentenceReader, language.HeadMoved, from, to),
		says(r.sentenceReader, language.HeadSome, from, to),
		r.heads.stock && says(r.sentenceReader, language.HeadPresent, from, to),
		says(r.sentenceReader, language.HeadBodies, start, to),
		r.isOfAge(last, to), r.isOfNamed(last, to):
		return true
	case !alone:
		return false
	}
	return r.isShareOf(at) || r.isNumbered(at) || r.isHeaded(at) ||
		bare && r.heads.stock && !r.isHeld(start, from, at, to)
}

// saidOfCount are the words of a clause [start, end) that say something of the count at words [at, last), and not of
// another number.
func (r asideReader) saidOfCount(at, last, start, end int) (from, to int) {
	from, to = start, end
	for k := at - 1; k >= start; k-- {
		if r.Words[k].Number {
			from = joint(r.Page, k+1, at)
			break
		}
	}
	for k := last; k < end; k++ {
		if r.Words[k].Number && !r.isOfAge(k-1, end) {
			to = joint(r.Page, last, k)
			if to == last {
				to = k
			}
			break
		}
	}
	return from, to
}

// isOfAge reports whether words such as "under 26" follow at word last.
func (r asideReader) isOfAge(last, to int) bool {
	for k := last; k < min(to, last+maxAuxiliary); k++ {
		kinds, n := headAt(r.Words, k, to)
		if slices.Contains(kinds, language.HeadAges) && k+n < to && r.Words[k+n].Number &&
			table.Year(r.Page, k+n) == 0 && !r.heads.asked[language.HeadAges] {
			return true
		}
	}
	return false
}

// isOfNamed reports whether what is counted is of a body that is called by its name behind it: "12 members of the Lions
// Club".
func (r asideReader) isOfNamed(last, to int) bool {
	if last >= to {
		return false
	}
	kinds, n := headAt(r.Words, last, to)
	if !slices.Contains(kinds, language.HeadOf) {
		return false
	}
	for k := last + n; k < min(to, last+n+maxAuxiliary+1); k++ {
		if unicode.IsUpper(r.Runes[r.Words[k].Start]) {
			return true
		}
	}
	return false
}

// isShareOf reports whether a number at word at is written as some of another behind it: "45/50 teachers".
func (r asideReader) isShareOf(at int) bool {
	return at+1 < len(r.Words) && r.Words[at].Number && r.Words[at+1].Number && strings.TrimSpace(r.Gap(at)) == "/"
}

// isNumbered reports whether the word before a count makes a name of its number: "Item 15 members' proposals".
func (r asideReader) isNumbered(at int) bool {
	if at == 0 || r.Words[at-1].Line != r.Words[at].Line || r.Gap(at-1) != " " || !r.Words[at].Number {
		return false
	}
	w := r.Words[at-1].Text
	return slices.ContainsFunc(language.All(), func(l *language.Language) bool {
		return slices.Contains(l.OrdinalBefore, w) && !slices.Contains(l.CountNouns, w)
	})
}

// isHeaded reports whether other words than the fact's are before a colon that a count is behind on its line:
// "Teambuilding: 11 members".
func (r asideReader) isHeaded(at int) bool {
	line := &r.Lines[r.Words[at].Line]
	k := at - 1
	for k >= line.First && !strings.Contains(r.Gap(k), ":") && !isDash(r.Gap(k)) {
		k--
	}
	if k < line.First {
		return false
	}
	from := r.Sentences[r.Words[k].Sentence].First
	from = max(from, line.First)
	for i := from; i <= k; {
		kinds, n := headAt(r.Words, i, k+1)
		if slices.Contains(kinds, language.HeadTotal) || slices.Contains(kinds, language.HeadHas) {
			return false
		}
		i += max(n, 1)
	}
	return !r.hasUnitWord(text.Sentence{First: from, Last: k + 1}) && table.Year(r.Page, k) == 0
}

// isDash reports whether a dash between spaces is between two words.
func isDash(gap string) bool {
	switch strings.TrimSpace(gap) {
	case "-", "–", "—":
		return len(gap) > len(strings.TrimSpace(gap))+1
	}
	return false
}

// isHeld reports whether words say that a body has them: a verb such as "has" before a count at word at, in a clause
// that begins at word start, or words such as "in all" among [from, to) around it.
func (r asideReader) isHeld(start, from, at, to int) bool {
	for k := start; k < to; {
		kinds, n := headAt(r.Words, k, to)
		if slices.Contains(kinds, language.HeadHas) && k < at ||
			slices.Contains(kinds, language.HeadTotal) && k >= from {
			return true
		}
		k += max(n, 1)
	}
	return false
}

// isPlain reports whether a label says no more than what is counted, and bare whether it has not even words such as
// "number of".
func (def *Fact) isPlain(label *phrase.Phrase) (plain, bare bool) {
	if label.Lang == nil || def.Reads.Type != value.Count {
		return false, false
	}
	k := 0
	for k < len(label.Words) && slices.Contains(label.Lang.CountNouns, label.Words[k]) {
		k++
	}
	plain = slices.ContainsFunc(def.Reads.Units, func(u phrase.Phrase) bool {
		return slices.Equal(u.Words, label.Words[k:])
	})
	return plain, plain && k == 0
}

// withoutAsides leaves out places that are doubted for being something else than how many there are, if others are not.
func (def *Fact) withoutAsides(all []Place) []Place {
	if !def.heads.stock {
		return all // a change may be what is asked for
	}
	isAside := func(c Place) bool { return c.Doubt == doubtAside }
	if !slices.ContainsFunc(all, func(c Place) bool { return !isAside(c) }) {
		return all
	}
	return slices.DeleteFunc(all, isAside)
}

// isOfOther reports whether a name that is not the dossier's own, or in a label of the fact, is before word at in its
// sentence.
func (r asideReader) isOfOther(at int) bool {
	s := r.Sentences[r.Words[at].Sentence]
	if r.PageText.units == nil || r.PageText.units.IsOwn == nil || r.Claims.Has(language.Us, s.First, s.Last) {
		return false
	}
	for k := s.First; k < at; k++ {
		n := r.nameAt(k, at)
		if n == 0 {
			continue
		}
		name := r.Text(r.Words[k].Start, r.Words[k+n-1].End)
		inLabel := slices.ContainsFunc(r.Labels, func(l phrase.Phrase) bool {
			isOther := func(w text.Word) bool { return !slices.Contains(l.Words, w.Text) }
			return !slices.ContainsFunc(r.Words[k:k+n], isOther)
		})
		if !inLabel && !r.PageText.units.IsOwn(name) && !r.Claims.Has(language.Law, max(s.First, k-1), k+n) {
			return true
		}
		k += n - 1
	}
	return false
}

// nameAt returns how many words before word limit a name has that begins at word k; 0 if none does. The first word of
// a sentence has a capital letter anyway, months and abbreviations do, and in a language that writes syllables apart a
// name has two of them.
func (r asideReader) nameAt(k, limit int) (n int) {
	s, l := r.Sentences[r.Words[k].Sentence], r.LanguageAt(k)
	isCapital := func(i int) bool {
		w := &r.Words[i]
		_, month := l.Months[w.Text]
		return !w.Number && !month && w.End-w.Start > 1 && unicode.IsUpper(r.Runes[w.Start]) &&
			!unicode.IsUpper(r.Runes[w.Start+1])
	}
	if k == s.First || k > 0 && strings.ContainsAny(r.Gap(k-1), ":.?!") || !isCapital(k) {
		return 0
	}
	if kinds, _ := headAt(r.Words, k, limit); slices.Contains(kinds, language.HeadPlain) {
		return 0
	}
	for k+n < limit && isCapital(k+n) && (n == 0 || r.Gap(k+n-1) == " ") {
		n++
	}
	if !l.Inflects() && n < 2 {
		return 0
	}
	return n
}
