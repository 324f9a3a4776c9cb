package rules

import (
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/claim"
	"kheo/rules/heading"
	"kheo/rules/number"
	"kheo/rules/phrase"
	"kheo/rules/table"
	"kheo/rules/value"
)

// This file reads facts in sentences: by sentence patterns, and whether what a sentence says of a fact is a statement
// of it at all, and not a plan, a share, a part or the figure of another year.

// template is a sentence pattern with one place for the value; … beside the place matches up to maxGap other words of
// the clause. At least one of before and after has words.
type template struct {
	before, after       []string
	gapBefore, gapAfter bool
	derived             bool // made of a label
	list                int  // of the words before the value or, if there are none, behind it
	text                string
}

// maxGap is how many words … matches at most in a sentence pattern.
const maxGap = 5

// maxPattern is how many words of a sentence a pattern may match.
const maxPattern = 24

// newTemplate reads a sentence pattern; ok is false if it has no place for the value, or nothing beside it.
func newTemplate(s string) (t template, ok bool) {
	before, after, ok := strings.Cut(s, "{}")
	if !ok {
		return template{}, false
	}
	t = template{text: s, before: phrase.New(before).Words, after: phrase.New(after).Words}
	ahead, behind := strings.TrimSpace(before), strings.TrimSpace(after)
	t.gapBefore = strings.HasSuffix(ahead, "…") || strings.HasSuffix(ahead, "...")
	t.gapAfter = strings.HasPrefix(behind, "…") || strings.HasPrefix(behind, "...")
	return t, len(t.before)+len(t.after) > 0
}

// unitTwice returns what a pattern has behind its value that is read as a part of the value already, as in "{} percent of
// homes" for a percentage, in one of some languages; "" if there is nothing. Such a pattern matches no text. The unit of
// a count may be there twice, see unitEats.
func unitTwice(def *FactDef, t template, langs []string) string {
	_, after, _ := strings.Cut(t.text, "{}")
	after = strings.TrimSpace(after)
	if t.gapAfter || after == "" {
		return ""
	}
	if sign := number.Percent; def.reads.Type == value.Percent && strings.HasPrefix(after, sign) {
		return sign
	}
	for _, code := range langs {
		r := sentenceReader{def, readPage("", &dossier.Page{Number: 1, Text: "12 " + after})}
		v, ok := r.reads.At(&r.Page, language.Get(code), 0, len(r.Words), false)
		if ok && v.Last > 1 && !r.unitEats(phrase.Phrase{Words: t.after}, v.Last, len(r.Words)) {
			return strings.TrimSpace(r.Text(r.Words[1].Start, r.Words[v.Last-1].End))
		}
	}
	return ""
}

// withoutUnit is the text of a pattern without the unit that follows its value.
func (t template) withoutUnit(unit string) string {
	before, after, _ := strings.Cut(t.text, "{}")
	return strings.TrimSpace(before + "{} " + strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(after), unit)))
}

// way is the way in which the pattern reads.
func (t template) way() way {
	if t.derived {
		return wayDerived
	}
	return wayPattern
}

// derive makes sentence patterns of the labels of a count: what a form prints as "số hộ tham gia", sentences write as
// "120 hộ … tham gia" and "sự tham gia của 120 hộ".
func (def *FactDef) derive() {
	if def.reads.Type != value.Count {
		return
	}
	for _, label := range def.labels {
		if label.Lang == nil || !def.countsIn(label) {
			continue
		}
		var rest []string // the label without its unit and words such as "number of"
		for k := 0; k < len(label.Words); k++ {
			unit := 0
			for _, u := range def.reads.Units {
				if u.BeginsAt(label, k) {
					unit = max(unit, len(u.Words))
				}
			}
			switch {
			case unit > 0:
				k += unit - 1
			case !slices.Contains(label.Lang.CountNouns, label.Words[k]):
				rest = append(rest, label.Words[k])
			}
		}
		if len(rest) >= 2 {
			def.say = append(def.say,
				template{after: rest, gapAfter: true, derived: true, text: label.Text},
				template{before: rest, gapBefore: true, derived: true, text: label.Text})
		}
	}
}

// sentenceReader reads one fact on one page in sentences, and in words behind a label.
type sentenceReader struct {
	*FactDef
	*pageText
}

// bySentence reads values by a pattern such as "{} households take part".
func (r sentenceReader) bySentence(t template) []candidate {
	var out []candidate
	past := 0 // words up to here belong to a value: no other begins inside it
	for _, i := range r.begins(t) {
		if i < past {
			continue
		}
		limit := min(r.Sentences[r.Words[i].Sentence].Last, i+maxPattern)
		at, v, ok := r.valueIn(t, i, limit)
		if !ok {
			continue
		}
		past = v.Last
		end, ok := t.closes(r, v.Last, limit)
		if !ok || r.isDenied(i, end) {
			continue
		}
		said, all, index := r.saidAt(at)
		if said != nil && r.isOther(said) {
			if v, ok = r.stated(all, index); ok { // "saved 12 million in 2025 and 14 million in 2026"
				out = append(out, r.inSentence(i, v, t.way(), 0))
			}
			continue
		}
		dated := said != nil && said.From > 0 // of the year that counts
		if r.disclaimed(i+1, end, end) || r.isRefused(i, i, at, v.Last) || r.isPart(i, at) && !r.asksPart(t, i) ||
			!dated && (r.isEarlier(i, at, v.Last) || r.ofOthers(i)) || r.isForEach(i, at, v.Last, end) {
			continue
		}
		out = append(out, r.inSentence(i, v, t.way(), said.kinds()))
	}
	return out
}

// isDenied reports whether the words [i, end) of a pattern claim nothing. A fact that takes any column asks for plans as
// well: "the plan was issued on 27 January" states a date.
func (r sentenceReader) isDenied(i, end int) bool {
	why := r.refuted(i, end, 0, false)
	return why != "" && (why != claim.Planned || r.want.Column != table.AnyColumn)
}

// inSentence is a candidate of which the sentence of word i states the value; said is what words around it say.
func (r sentenceReader) inSentence(i int, v value.Value, way way, said table.Kinds) candidate {
	r.inOrder(&v, i)
	if right, told := corrected(r, i); told {
		v = right
	}
	return candidate{value: v.V, unit: v.Unit, approx: v.Approx, way: way, role: r.roles[r.Words[i].Line],
		source: r.sentenceOf(i), doubt: v.Doubt, others: v.Others, said: said}
}

// asksPart reports whether a pattern that begins at word i says what part it asks for behind the value, and nothing of
// the fact is before it in its sentence: "200 households, of which 153 households take part".
func (r sentenceReader) asksPart(t template, i int) bool {
	if t.derived || len(t.after) == 0 {
		return false
	}
	after := phrase.Phrase{Words: t.after}
	if slices.ContainsFunc(r.reads.Units, func(u phrase.Phrase) bool { return u.In(after) }) {
		return false
	}
	s := r.Sentences[r.Words[i].Sentence]
	states := func(list int) bool {
		return slices.ContainsFunc(r.hits[list], func(h phrase.Hit) bool { return h.First >= s.First && h.First < i })
	}
	return !states(r.list) && !slices.ContainsFunc(r.say, func(t template) bool { return states(t.list) })
}

// maxUnitReach is how many words before its unit a number may begin.
const maxUnitReach = 6

// doubtSeveral is the doubt of a number of which the papers state several, and nothing says which is meant.
const doubtSeveral = "several"

// byUnit reads a count whose unit no other fact of the ruleset counts, and whose label says no more than how many there
// are, where a sentence states it: "the school has 236 pupils and 14 teachers" for "number of teachers".
func (r sentenceReader) byUnit() (out []candidate) {
	past := 0
	for _, h := range r.hits[r.unitList] {
		if h.First < past || heading.StartsCell(&r.Page, h.First) || r.isPlanned(h.First) {
			continue
		}
		s := r.Sentences[r.Words[h.First].Sentence]
		for at := max(s.First, h.First-maxUnitReach); at < h.First; at++ {
			v, ok := r.reads.At(&r.Page, r.LanguageAt(at), at, s.Last, false)
			if !ok || v.Last < h.Last {
				continue
			}
			past = v.Last
			said, _, _ := r.saidAt(at)
			if said != nil && r.isOther(said) || r.refuted(at, v.Last, 0, false) != "" ||
				r.disclaimed(s.First+1, at, v.Last) || r.notTheWhole(at, at, v.Last, v.Last) ||
				r.isRefused(at, at, at, v.Last) || r.claims.Has(language.PartOf, v.Last, min(s.Last, v.Last+1)) ||
				anyIn(r.pageText, language.HeaderWords().Told().Required, s.First, at) ||
				(said == nil || said.From == 0) && r.ofOthers(at) ||
				table.Says(&r.Page, v.Last, min(s.Last, v.Last+maxSaidBehind)).Has(table.Other) {
				break
			}
			if !r.alone && !isSupported(r, s, at, v.Last) {
				break
			}
			out = append(out, r.inSentence(at, v, wayUnit, said.kinds()))
			break
		}
	}
	return wholes(out)
}

// isSupported reports whether a sentence has, beside a number with its unit at words [at, last), more than half of what one
// of the labels says beside the unit.
func isSupported(r sentenceReader, s text.Sentence, at, last int) bool {
	return slices.ContainsFunc(r.FactDef.labels, func(label phrase.Phrase) bool {
		if label.Lang == nil {
			return false
		}
		all, found := 0, 0
		for k, w := range label.Words {
			isUnit := slices.ContainsFunc(r.reads.Units, func(u phrase.Phrase) bool {
				return slices.Contains(u.Words, w) && u.In(label)
			})
			if isUnit || slices.Contains(label.Lang.LooseFill, w) || slices.Contains(label.Lang.CountNouns, label.Words[k]) {
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

// countsAlone marks the counts that byUnit may read: no other count of the ruleset has a unit in common with them. It notes
// those of which one label is their unit with no more than "number of": the unit alone says what is counted.
func countsAlone(rs *Ruleset, m *phrase.Matcher) {
	for i := range rs.facts {
		def := &rs.facts[i]
		if len(def.ways) == 0 && def.reads.Type == value.Count && len(def.reads.Units) > 0 && !slices.ContainsFunc(rs.facts, func(other FactDef) bool {
			return other.Name != def.Name && other.reads.Type == value.Count && sharesUnit(other.reads.Units, def.reads.Units)
		}) {
			def.byUnits, def.alone, def.unitList = true, def.isPlainCount(), m.Add(def.reads.Units)
		}
	}
}

// sharesUnit reports whether two lists of units have one in common, or one is inside another: "poor households".
func sharesUnit(a, b []phrase.Phrase) bool {
	return slices.ContainsFunc(a, func(u phrase.Phrase) bool {
		return slices.ContainsFunc(b, func(v phrase.Phrase) bool { return u.In(v) || v.In(u) })
	})
}

// isPlainCount reports whether the labels of a count say no more than how many there are, in each of their languages.
func (def *FactDef) isPlainCount() bool {
	if def.reads.Type != value.Count || len(def.reads.Units) == 0 || language.MeasureNamed(def.reads.Unit) != nil {
		return false
	}
	plain := map[*language.Language]bool{}
	for _, label := range def.labels {
		if label.Lang == nil {
			return false
		}
		rest := label
		for len(rest.Words) > 0 && slices.Contains(label.Lang.CountNouns, rest.Words[0]) {
			rest.Words = rest.Words[1:]
		}
		isUnit := slices.ContainsFunc(def.reads.Units, func(u phrase.Phrase) bool { return slices.Equal(u.Words, rest.Words) })
		plain[label.Lang] = plain[label.Lang] || isUnit
	}
	for _, ok := range plain {
		if !ok {
			return false
		}
	}
	return len(plain) > 0
}

// begins returns the words at which a pattern may begin: the places of what it has before the value or, if it has
// nothing there, all words of sentences with what follows it.
func (p *pageText) begins(t template) []int {
	var out []int
	sent := -1
	for _, h := range p.hits[t.list] {
		if len(t.before) > 0 {
			out = append(out, h.First)
			continue
		}
		if p.Words[h.First].Sentence == sent {
			continue
		}
		sent = p.Words[h.First].Sentence
		for i := p.Sentences[sent].First; i < p.Sentences[sent].Last; i++ {
			out = append(out, i)
		}
	}
	return out
}

// valueIn reads the value of a pattern that begins at word i: behind the words before it, with the gap that it allows.
// No number may be skipped.
func (r sentenceReader) valueIn(t template, i, limit int) (at int, v value.Value, ok bool) {
	gap := 0
	switch {
	case t.gapBefore:
		gap = maxGap
	case len(t.before) > 0:
		gap = 2 // "contributed about", "đóng góp được hơn"
	}
	from := i + len(t.before)
	for at = from; at < limit && at <= from+gap; at++ {
		if v, ok = r.reads.At(&r.Page, r.LanguageAt(i), at, limit, false); ok || r.Words[at].Number {
			return at, v, ok
		}
	}
	return at, value.Value{}, false
}

// closes finds what a pattern has behind its value, which ends before word last, and returns the word after it.
func (t template) closes(r sentenceReader, last, limit int) (int, bool) {
	if len(t.after) == 0 {
		return last, true
	}
	after := phrase.Phrase{Words: t.after}
	for gap := 0; gap <= maxGap && last+gap < limit; gap++ {
		at := last + gap
		if after.IsAt(r.Words[:limit], at) && r.Words[at].Clause == r.Words[last-1].Clause {
			return at + len(t.after), true
		}
		if !t.gapAfter || r.Words[at].Number {
			break
		}
	}
	return last, r.unitEats(after, last, limit)
}

// unitEats allows "{} households take part" to match although the unit "households" was read as part of the value.
func (r sentenceReader) unitEats(after phrase.Phrase, last, limit int) bool {
	for _, u := range r.reads.Units {
		from, words := last-len(u.Words), r.Words[:limit]
		if len(u.Words) <= len(after.Words) && from >= 0 && u.IsAt(words, from) && after.IsAt(words, from) {
			return true
		}
	}
	return false
}

// bareCount reads a number without its unit in words [k, limit), behind a label that says what is counted: one that
// ends its clause, or begins "from 12 to 45".
func (r sentenceReader) bareCount(l *language.Language, k, limit int) (int, value.Value, bool) {
	for i := k; i < limit; i++ {
		if table.Year(&r.Page, i) > 0 { // "412 visitors in 2025"
			continue
		}
		v, ok := r.reads.At(&r.Page, l, i, limit, true)
		if n, qualified := countBeforeTime(r, l, k, i, limit); !ok && qualified {
			return i, n, true
		}
		if !ok {
			if q, isNumber := number.At(&r.Page, l, i, limit); isNumber && q.Unit != "" { // an amount
				break
			}
			continue
		}
		to := r.claims.Has(language.ChangeTo, v.Last, min(limit, v.Last+2))
		return i, v, to || v.Last == limit || r.Words[v.Last].Clause != r.Words[v.Last-1].Clause
	}
	return 0, value.Value{}, false
}

// countBeforeTime reads the bare number at word i that only a verb links to a label before word k, if what follows says when,
// where or by whom: "was 27 at the end of the year".
func countBeforeTime(r sentenceReader, l *language.Language, k, i, limit int) (v value.Value, ok bool) {
	q, isNumber := number.At(&r.Page, l, i, limit)
	if !isNumber || q.Unit != "" || q.Last >= limit || !onlyLinks(r, k, i) ||
		!slices.Contains(language.HeaderWords().Qualifies(), r.Words[q.Last].Text) || number.OutOf(&r.Page, l, q.Last, limit) {
		return v, false
	}
	return r.reads.At(&r.Page, l, i, q.Last, true)
}

// magnitudeIn reads, in words [from, limit) behind a label of an amount, the first number with a magnitude and no currency,
// if nothing that it may count follows: "doanh thu hơn 400 triệu".
func magnitudeIn(r sentenceReader, l *language.Language, from, limit int) (at int, v value.Value, ok bool) {
	for i := from; i < limit; i++ {
		q, isNumber := number.At(&r.Page, l, i, limit)
		if !isNumber {
			continue
		}
		v, ok = r.reads.At(&r.Page, l, i, q.Last, true)
		ends := q.Last >= limit || r.Words[q.Last].Clause != r.Words[q.Last-1].Clause || strings.TrimSpace(r.Gap(q.Last-1)) != "" ||
			slices.Contains(language.HeaderWords().Qualifies(), r.Words[q.Last].Text) || slices.Contains(language.HeaderWords().Told().AmountOf, r.Words[q.Last].Text)
		return i, v, ok && v.Scaled && q.Unit == "" && ends
	}
	return 0, v, false
}

// maxSaidBehind is how many words behind a label may say whose a number before it is.
const maxSaidBehind = 5

// maxAhead is how many words before a label a number directly before it may begin.
const maxAhead = 10

// aheadOf reads the quantity right before a label in a sentence: "114 volunteer hours", "70 per cent completed the
// course", "€10,700 in donations". Of a count the label must name what is counted.
func (r sentenceReader) aheadOf(h phrase.Hit, l *language.Language) (v value.Value, ok bool) {
	s := r.Sentences[r.Words[h.First].Sentence]
	end := h.First
	switch r.reads.Type {
	case value.Count:
		if !r.countsIn(*h.Phrase) && !isCompound(r.FactDef, *h.Phrase) {
			return besideLabel(r, h, l)
		}
	case value.Percent:
		end = beforeAuxiliary(r, h.First)
		for end == h.First || end > s.First+1 && h.First-end < maxAuxiliary {
			if end <= s.First+1 || !slices.Contains(language.HeaderWords().Told().OfShare, r.Words[end-1].Text) {
				break
			}
			end--
		}
	case value.Money:
		if end = beforeAuxiliary(r, h.First); end == h.First && !isAmountOf(r, h, l, s.First) {
			return v, false
		} else if end == h.First && slices.Contains(language.HeaderWords().Told().AmountOf, r.Words[end-1].Text) {
			end--
		}
	default:
		return v, false
	}
	at := max(s.First, end-maxAhead)
	for ; at < end; at++ {
		if r.Words[at].Clause != r.Words[h.First].Clause && !r.Words[at].Number || table.Year(&r.Page, at) > 0 {
			continue
		}
		v, ok = r.reads.At(&r.Page, l, at, end, r.reads.Type == value.Count)
		if n, adjective := r.reads.At(&r.Page, l, at, h.Last, false); !ok && adjective && r.reads.Type == value.Count && r.Words[at].Number &&
			n.Last > h.First && n.Last <= h.Last && r.Words[at].Clause == r.Words[h.First].Clause { // "122 active users"
			v, ok = n, true
			break
		}
		if ok && r.Words[end-1].Clause == r.Words[h.First].Clause && at < end && endsAt(r, l, v.Last, end) {
			break
		}
		ok = false
	}
	if !ok {
		return v, false
	}
	said, all, index := r.saidAt(at)
	if said != nil && r.isOther(said) {
		return r.stated(all, index)
	}
	dated := said != nil && said.From > 0
	if _, to := r.claims.Clause(h.First, h.Last); table.Says(&r.Page, h.Last, min(to, h.Last+maxSaidBehind)).Has(table.Other) {
		return value.Value{}, false // "1,400 singers from all over the country"
	}
	laid := at >= s.First+2 && r.Words[at-2].Text == "lagt" && r.Words[at-1].Text == "ned" // hours, not a school
	if laid && r.isPlanned(at) || !dated && r.ofOthers(h.First) || !laid && r.isRefuted(at, h.Last, at) ||
		r.disclaimed(s.First+1, at, v.Last) && !dated || r.isPart(at, at) ||
		!dated && r.isEarlier(at, at, h.Last) || r.isForEach(at, at, h.Last, h.Last) ||
		!laid && r.isRefused(at, at, at, v.Last) ||
		r.isWhole(at, v.Last, s.Last) {
		return value.Value{}, false
	}
	return v, true
}

// isAmountOf reports whether an amount right before a label is of it: "10 700 euros in donations", "a 5,000 euro grant". In
// Vietnamese, what follows an amount says what it was for.
func isAmountOf(r sentenceReader, h phrase.Hit, l *language.Language, first int) bool {
	k := h.First - 1
	if k < first || r.Words[k].Clause != r.Words[h.First].Clause {
		return false
	}
	return l.Code != "vi" || slices.Contains(language.HeaderWords().Told().AmountOf, r.Words[k].Text)
}

// endsAt reports whether a quantity that ends before word last goes on to word end: it is a part, and its whole is all
// that is between.
func endsAt(r sentenceReader, l *language.Language, last, end int) bool {
	if last == end {
		return true
	}
	if last >= end {
		return false
	}
	if strings.TrimSpace(r.Gap(last-1)) == "/" {
		whole, ok := number.At(&r.Page, l, last, end)
		return ok && whole.Last == end
	}
	after, ok := number.WholeAt(&r.Page, l, last, end)
	return ok && after == end
}

// beforeAuxiliary is the word behind which a quantity before a label at word first ends: "64 percent is locally sourced".
func beforeAuxiliary(r sentenceReader, first int) int {
	s := r.Sentences[r.Words[first].Sentence]
	end := first
	for end > s.First+1 && first-end < maxAuxiliary && r.Words[end-1].Clause == r.Words[first].Clause &&
		slices.Contains(language.HeaderWords().Auxiliaries(), r.Words[end-1].Text) {
		end--
	}
	return end
}

// besideLabel reads the count before a label that does not say what is counted: with its unit right before it ("318 tonn
// mat reddet"), or bare before an auxiliary where the sentence has named the unit ("Of 150 items, 117 were repaired").
func besideLabel(r sentenceReader, h phrase.Hit, l *language.Language) (v value.Value, ok bool) {
	s, end := r.Sentences[r.Words[h.First].Sentence], beforeAuxiliary(r, h.First)
	for at := max(s.First, end-maxUnitReach); at < end; at++ {
		if r.Words[at].Clause != r.Words[h.First].Clause || table.Year(&r.Page, at) > 0 {
			continue
		}
		if v, ok = r.reads.At(&r.Page, l, at, end, false); !ok && end < h.First && at+1 == end && r.Words[at].Number {
			named := slices.ContainsFunc(r.Words[s.First:at], func(w text.Word) bool {
				return slices.ContainsFunc(r.reads.Units, func(u phrase.Phrase) bool { return len(u.Words) == 1 && u.Words[0] == w.Text })
			})
			of := slices.Contains(l.WholeLinks, r.Words[s.First].Text) // "Of 640 objects, 455 were repaired"
			if v, ok = r.reads.At(&r.Page, l, at, end, true); !named && !of {
				ok = false
			}
		}
		if !ok || v.Last != end {
			continue
		}
		said, _, _ := r.saidAt(at)
		return v, !(said != nil && r.isOther(said)) && !r.ofOthers(h.First) && !r.isRefuted(at, h.Last, at) &&
			!r.disclaimed(s.First+1, at, v.Last) && !r.isEarlier(at, at, h.Last) && !r.isForEach(at, at, h.Last, h.Last) &&
			!r.isRefused(at, at, at, v.Last) && !number.IsWhole(&r.Page, l, at)
	}
	return v, false
}

// isCompound reports whether the last word of a label is a compound that ends in a unit of the fact, as dugnadstimer
// ends in timer.
func isCompound(def *FactDef, label phrase.Phrase) bool {
	if label.Lang == nil || label.Lang.Code != "nb" {
		return false
	}
	last := label.Words[len(label.Words)-1]
	return slices.ContainsFunc(def.reads.Units, func(u phrase.Phrase) bool {
		return len(u.Words) == 1 && len(u.Words[0]) >= minCompoundPart && len(last) > len(u.Words[0]) &&
			strings.HasSuffix(last, u.Words[0])
	})
}

// minCompoundPart is the length in bytes of the shortest word that ends a compound.
const minCompoundPart = 4

// ofOthers reports whether what is before the label at word first in its sentence says that it is told of somebody else
// or of an earlier year: "Xã bạn trồng được 5.000 cây, tỷ lệ sống 97%", "In 2023 we had 40 members, of whom …".
func (r sentenceReader) ofOthers(first int) bool {
	s := r.Sentences[r.Words[first].Sentence]
	from := s.First
	for k := first; k > s.First; k-- {
		if strings.Contains(r.Gap(k-1), ";") || language.HeaderWords().Joint(r.Words[k].Text) && r.Words[k].Clause != r.Words[k-1].Clause {
			from = k
			break
		}
	}
	m := table.Says(&r.Page, from, first)
	m.Kinds &= table.Other | table.Own
	m.From, m.To = 0, 0
	if y := r.yearOpening(from, first); y > 0 && r.want.From > 0 {
		m.From, m.To = y, y
	}
	near := table.Says(&r.Page, max(from, first-3), first)
	return r.want.Refuses(m) || near.Has(table.Max) && r.want.Refuses(table.Meaning{Kinds: table.Max})
}

// yearOpening is the year that opens the last clause before word first that a year opens, from word from on: "In 2023",
// "sang năm 2024"; 0 if none does, or it is only compared with.
func (r sentenceReader) yearOpening(from, first int) (year int) {
	start := from
	for k := from; k < first; k++ {
		if k > from && (r.Words[k].Clause != r.Words[k-1].Clause || language.HeaderWords().Joint(r.Words[k].Text)) {
			start = k
		}
		y := table.Year(&r.Page, k)
		if y > 0 && k-start <= 2 && k > start && !table.Says(&r.Page, start, k).Has(table.Compare) &&
			!r.claims.Has(language.Compared, start, k) && slices.Contains(r.LanguageAt(k).DateWords["before_year"], r.Words[k-1].Text) {
			year = y
		}
	}
	return year
}

// another reads a second amount in the clause of a value that ends before word last, of which nothing says how it
// differs: then it is not clear which is meant.
func (r sentenceReader) another(l *language.Language, v *value.Value, limit int) {
	if !v.IsTold() || r.reads.Type != value.Money && r.reads.Type != value.Percent {
		return
	}
	for i := v.Last; i < limit && r.Words[i].Clause == r.Words[v.Last-1].Clause; i++ {
		w, ok := r.reads.At(&r.Page, l, i, limit, false)
		if !ok && r.reads.Type == value.Money && r.Words[i].Number && table.Year(&r.Page, i) == 0 {
			w, ok = r.reads.At(&r.Page, l, i, limit, true)
			ok = ok && w.Scaled
		}
		if !ok {
			continue
		}
		told := r.claims.Has(language.PartOf, v.Last, i) || r.claims.Has(language.Negator, v.Last, i) ||
			r.claims.Has(language.Compared, v.Last, i) || r.claims.Has(language.Each, v.Last, min(limit, w.Last+1)) ||
			table.Says(&r.Page, v.Last, i).Has(table.Plan|table.Budget|table.Compare|table.Previous|table.Other|table.Part)
		if !told && !same(v.V, w.V, false) {
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
		if strings.HasSuffix(w, "plan") && r.LanguageAt(k).Code == "nb" || r.claims.Has(language.Plan, k, k+1) {
			for ; k < i; k++ {
				if strings.Contains(r.Gap(k), ":") {
					return r.want.Column != table.AnyColumn && r.want.Column != table.PlanColumn
				}
			}
		}
	}
	return false
}

// corrected reads the value that the sentence behind that of word i puts in the place of its value: "We wrote 45 homes. The
// correct figure is 54." told is false if it does not.
func corrected(r sentenceReader, i int) (v value.Value, told bool) {
	n := r.Words[i].Sentence + 1
	if n >= len(r.Sentences) || !r.reads.Type.IsNumber() {
		return v, false
	}
	s := r.Sentences[n]
	for k := s.First; k < min(s.Last, s.First+maxAuxiliary); k++ {
		if !r.anyAt(language.HeaderWords().Told().Correct, k, s.Last) {
			continue
		}
		_, v, ok := r.reads.First(&r.Page, r.LanguageAt(k), k, s.Last, r.reads.Type == value.Count)
		if !ok && r.reads.Type == value.Money {
			_, v, ok = r.reads.First(&r.Page, r.LanguageAt(k), k, s.Last, true)
		}
		return v, ok
	}
	return v, false
}

// disclaimed reports whether a cue between a label, which ends before word from, and its value at words [at, last)
// says that the value is not a statement: a plan, a negation, a wish.
func (r sentenceReader) disclaimed(from, at, last int) bool {
	for sent := r.Words[from-1].Sentence; sent <= r.Words[last-1].Sentence; sent++ {
		for _, c := range r.claims.Cues(sent) {
			if c.First < from || c.Last > at {
				continue
			}
			switch c.Kind {
			case language.Plan, language.Wish, language.Modal, language.Conditional, language.PartOf:
				return true
			case language.Negator, language.Past:
				if r.reads.Type != value.YesNo {
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
	if r.reads.Type != value.Money && r.reads.Type != value.Count || table.Says(&r.Page, first, end).Has(table.Request) {
		return false
	}
	from, to := r.claims.Clause(at, last)
	if s := r.Sentences[r.Words[last-1].Sentence]; to < s.Last && strings.Contains(r.Gap(to-1), "(") && to == last {
		_, to = r.claims.Clause(to, to+1)
	}
	c, ok := r.claims.Last(language.Failure, from, to)
	if !ok || c.First >= first && c.Last <= end {
		return false
	}
	behind := min(c.Last+2, to)
	fell := r.claims.Has(language.ChangeTo, c.Last, behind) || r.claims.Has(language.ChangeFrom, c.Last, behind)
	return !fell // "the number declined to 40"
}

// notTheWhole reports whether a quantity at words [at, last), of a sentence with the label or pattern at word first,
// which ends before word end, is a part, of another time or a share.
func (r sentenceReader) notTheWhole(first, at, last, end int) bool {
	return r.isPart(first, at) || r.isEarlier(first, at, last) || r.isForEach(first, at, last, end)
}

// isPart reports whether a quantity at word at is a part of one before it ("of which"), and not what is asked for.
func (r sentenceReader) isPart(first, at int) bool {
	if !r.reads.Type.IsNumber() {
		return false
	}
	s := r.Sentences[r.Words[at].Sentence]
	c, ok := r.claims.Last(language.PartOf, s.First, at)
	return ok && !isYearPart(&r.Page, c.Last) && !r.isOwnPart(s.First, first, at)
}

// isEarlier reports whether a quantity is of an earlier time ("last year"), and not only compared with one.
func (r sentenceReader) isEarlier(first, at, last int) bool {
	if !r.reads.Type.IsNumber() {
		return false
	}
	from, to := r.claims.Clause(min(first, at), last)
	if c, ok := r.claims.Last(language.Compared, last, to); ok {
		to = c.First // "36, two more than last year"
	}
	to = beforeOrigin(r, last, to)
	return r.claims.Has(language.Past, from, to) || r.opens != "" && r.claims.EarlierYear(from, to, r.opens)
}

// beforeOrigin is the end of what is said behind a quantity, which ends before word last, without what it came from: "78%,
// up from 69% in 2024".
func beforeOrigin(r sentenceReader, last, to int) int {
	for k := last; k < to; k++ {
		if r.claims.Has(language.ChangeFrom, k, k+1) && k+1 < to && r.Words[k+1].Number && table.Year(&r.Page, k+1) == 0 {
			return k
		}
	}
	return to
}

// isForEach reports whether a quantity is one for each of something ("each household gave"). What is inside the
// statement does not count: a pattern such as "{} per square metre" asks for a share itself.
func (r sentenceReader) isForEach(first, at, last, end int) bool {
	if !r.reads.Type.IsNumber() || r.reads.Type == value.Percent {
		return false
	}
	from, to := r.claims.Clause(min(first, at), last)
	return r.claims.Has(language.Each, from, last) || r.claims.Has(language.Each, end, min(to, end+3)) ||
		last < len(r.Words) && r.Gap(last-1) == "/"
}

// isYearPart reports whether a year is at word i, behind a cue of a part, or one word further: "in 2026 alone".
func isYearPart(p *text.Page, i int) bool {
	return table.Year(p, i) > 0 || i+1 < len(p.Words) && table.Year(p, i+1) > 0
}

// isOwnPart reports whether a part at word at is what the fact asks for: a percentage, or "of which the State gave …"
// with the label, at word first, behind the cue and no other label of the fact before it in the sentence.
func (r sentenceReader) isOwnPart(sentence, first, at int) bool {
	if r.reads.Type == value.Percent {
		return !r.claims.Has(language.PartOf, min(first, at), at)
	}
	isLabel := false
	for _, h := range r.hits[r.list] {
		if h.First >= sentence && h.First < first {
			return false
		}
		isLabel = isLabel || h.First == first
	}
	return isLabel && first < at && !r.claims.Has(language.PartOf, first, at)
}

// changedTo reads the second value of "from 12 to 45", whose first is at words [at, last).
func (r sentenceReader) changedTo(l *language.Language, at, last, limit int) (value.Value, bool) {
	if !r.claims.Has(language.ChangeFrom, max(0, at-1), at) {
		return value.Value{}, false
	}
	for i := last; i < limit && i <= last+4; i++ {
		v, ok := r.reads.At(&r.Page, l, i, limit, false)
		if !ok && r.reads.Type != value.Percent { // "from 12 households to 45"
			v, ok = r.reads.At(&r.Page, l, i, limit, true)
		}
		if ok {
			return v, r.claims.Has(language.ChangeTo, last, i)
		}
	}
	return value.Value{}, false
}

// amount is one quantity of a passage, with what is said of it: the words around it up to those of the next one.
type amount struct {
	table.Entry
	at    int // the first word of it
	from  int // the first word of what is said of it
	value value.Value
	whole bool // it is what another one is a part of: "of 120 households"
}

// amounts are the quantities of a passage, in order.
type amounts []amount

// at returns the index of the amount at word i, or -1.
func (all amounts) at(i int) int {
	return slices.IndexFunc(all, func(a amount) bool { return a.at == i && a.Has })
}

// saidOfAmount are the kinds of header words that sentences use as headers do.
const saidOfAmount = table.Plan | table.Budget | table.Actual | table.Self | table.Max | table.Other | table.Own

// maxAmounts is how many quantities of one passage are told apart.
const maxAmounts = 40

// amounts finds the quantities in words [from, limit) and what is said of each. It returns nil, which is the usual
// case, if no word says of what year or kind any of them is.
func (r sentenceReader) amounts(l *language.Language, from, limit int, form bool) amounts {
	if !r.reads.Type.IsNumber() || from >= limit {
		return nil
	}
	if !r.tellsAmounts(from, limit, form) {
		return nil
	}
	var all amounts
	for i := from; i < limit && len(all) < maxAmounts; {
		if r.isYear(l, i) || i+1 < limit && !r.Words[i].Number && table.Year(&r.Page, i+1) > 0 {
			i++
			continue
		}
		last := i + 1
		// Behind a number of something else, what has no unit may be of that as well: "2,050 of a population of 6,400".
		bare := form && (r.reads.Type != value.Count || !slices.ContainsFunc(all, func(a amount) bool { return !a.Has }))
		if v, ok := r.amountAt(l, i, limit, bare); ok {
			all = append(all, amount{at: i, value: v, Entry: table.Entry{Has: true},
				whole: r.isWhole(i, v.Last, limit)})
			last = max(last, v.Last)
		} else if r.Words[i].Number && (form || table.Year(&r.Page, i) == 0) { // another quantity
			all = append(all, amount{at: i, value: value.Value{Last: i + 1}})
		}
		i = last
	}
	start := from
	for i := range all {
		end := limit
		if i+1 < len(all) {
			end = joint(&r.Page, all[i].value.Last, all[i+1].at)
		}
		all[i].from = start
		all[i].Meaning = r.saidOf(start, all[i].at, all[i].value.Last, end, form)
		start = end
	}
	return all
}

// tellsAmounts reports whether a word among [from, limit) says of what year or kind an amount is.
func (p *pageText) tellsAmounts(from, limit int, form bool) bool {
	tells := saidOfAmount | table.Previous | table.Compare | table.Total | table.Period
	if form {
		tells |= table.Current | table.Part
	}
	m := table.Says(&p.Page, from, limit)
	return m.From > 0 || m.Has(tells) || p.claims.Has(language.OutOf, from, limit)
}

// amountAt reads a value of the fact at word i. In forms the unit may be missing also before "of which" and "now".
func (r sentenceReader) amountAt(l *language.Language, i, limit int, form bool) (value.Value, bool) {
	if number.NamesRound(&r.Page, l, i) {
		return value.Value{}, false
	}
	v, ok := r.reads.At(&r.Page, l, i, limit, form)
	next := i + 1
	if behind := next + 1; !ok && !form && behind < limit && r.Words[i].Number && table.Year(&r.Page, behind) > 0 &&
		slices.Contains(l.DateWords["before_year"], r.Words[next].Text) && r.reads.Type != value.Count {
		v, ok = r.reads.At(&r.Page, l, i, next, true) // "300 000 kroner in 2024 and 250 000 in 2025"
	}
	if !ok && form && next < limit &&
		table.Says(&r.Page, next, min(next+3, limit)).Has(table.Current|table.Part) {
		v, ok = r.reads.At(&r.Page, l, i, next, true) // "320 of which 110 are children"
	}
	return v, ok
}

// isYear reports whether the number at word i names a year and counts nothing: "2026: 54", "54 (2026)".
func (p *pageText) isYear(l *language.Language, i int) bool {
	if table.Year(&p.Page, i) == 0 {
		return false
	}
	before := i > 0 && slices.Contains(l.DateWords["before_year"], p.Words[i-1].Text)
	if i+2 < len(p.Words) && p.Words[i+2].Number && p.Words[i+1].Line == p.Words[i].Line {
		code := p.Text(p.Words[i+1].Start, p.Words[i+1].End) // "2025 NOK 3,100"
		before = before || number.IsCurrency(code) || code == "kr"
	}
	return before || number.IsOrdinal(&p.Page, l, i, i+1) || strings.ContainsAny(p.Gap(i), ":)–=$€£₫") ||
		strings.Contains(p.Gap(i-1), "(")
}

// isWhole reports whether "of" is before a quantity at words [at, last), and another one follows: it is the whole of
// which that is a part.
func (r sentenceReader) isWhole(at, last, limit int) bool {
	sentence := r.Sentences[r.Words[at].Sentence]
	if c, ok := r.claims.Last(language.OutOf, max(sentence.First, at-3), at); !ok || c.Last != at {
		return false
	}
	for k := last; k < min(limit, last+maxPattern); k++ {
		if r.Words[k].Number && table.Year(&r.Page, k) == 0 {
			return true
		}
	}
	return false
}

// joint returns where what is said of a quantity ending before word last ends, and what is said of the next one, which
// begins at word next, begins.
func joint(p *text.Page, last, next int) int {
	h := language.HeaderWords()
	bracket := -1
	for k := last; k <= next; k++ {
		switch gap := p.Gap(k - 1); {
		case strings.ContainsAny(gap, ",;\t\n"), k < next && h.Joint(p.Words[k].Text):
			return k
		case strings.Contains(gap, "(") && bracket < 0:
			bracket = k
		case strings.Contains(gap, ")") && bracket >= 0:
			bracket = k
		}
	}
	if bracket >= 0 {
		return bracket
	}
	return last
}

// saidOf is what words [from, at) and [last, end) around a quantity say of it. Behind it, years count, and in brackets
// everything. The year nearest to it is its own.
func (p *pageText) saidOf(from, at, last, end int, form bool) table.Meaning {
	m := table.Says(&p.Page, from, at)
	for k := at - 1; k >= from; k-- {
		y := table.Year(&p.Page, k)
		if y == 0 {
			continue
		}
		switch {
		case table.Says(&p.Page, max(from, k-3), k).Has(table.Compare): // "compared with 2025, 87 households take part"
			m.From, m.To = 0, 0
		case m.To != y:
			m.From, m.To = y, y
		}
		break
	}
	m.Kinds &= saidOfAmount | table.Current | table.Previous | table.Total | table.Period
	behind := table.Says(&p.Page, last, clauseBehind(&p.Page, last, end))
	if last < end && !strings.Contains(p.Gap(last-1), "(") {
		behind.Kinds &= table.Current | table.Previous
	}
	behind.Kinds &= saidOfAmount | table.Current | table.Previous
	if !form { // "before 1 May", "after" are words of any sentence; cues of the past are looked for by themselves
		behind.Kinds &^= table.Previous
		m.Kinds &^= table.Previous
	}
	if m.From > 0 && behind.From > 0 { // 40 in 2025 and 54 in 2026, of which the first year was before both
		m.From, m.To = 0, 0
	}
	return m.And(behind)
}

// clauseBehind returns the end of what is said of a quantity right behind it: its brackets or, if there are none, what
// is before the next comma or joint. It is not after word end.
func clauseBehind(p *text.Page, last, end int) int {
	if last >= end {
		return end
	}
	closing := ",;:("
	if strings.Contains(p.Gap(last-1), "(") {
		closing = ")"
	}
	h := language.HeaderWords()
	for k := last; k < end; k++ {
		if k > last && strings.ContainsAny(p.Gap(k-1), closing) || closing != ")" && h.Joint(p.Words[k].Text) {
			return k
		}
	}
	return end
}

// isOther reports whether an amount of a sentence is not what the fact states: it is of another year or unit, a plan of
// which nothing says that it was carried out, or the whole of which another amount is a part.
func (r sentenceReader) isOther(a *amount) bool {
	m := a.Meaning
	if m.Has(table.Plan|table.Budget) && r.claims.Has(language.Done, a.from, a.at) {
		m.Kinds &^= table.Plan | table.Budget
	}
	return a.whole || r.want.Refuses(m)
}

// saidAt is what its sentence says of the amount at word at, with all amounts of the sentence and its index; nil if
// nothing is said of any of them.
func (r sentenceReader) saidAt(at int) (said *amount, all amounts, index int) {
	s := r.Sentences[r.Words[at].Sentence]
	all = r.amounts(r.LanguageAt(at), s.First, s.Last, false)
	if index = all.at(at); index < 0 {
		return nil, all, index
	}
	return &all[index], all, index
}

// kinds are the kinds of what is said of an amount; none if nothing is.
func (a *amount) kinds() table.Kinds {
	if a == nil {
		return 0
	}
	return a.Kinds
}

// wholes leaves out, of the values that sentences of a page state, those of parts if one is said to be the total: "30
// households in hamlet 1, 45 in hamlet 2, 75 in all". Of a part of the year and the whole year, the whole counts.
func wholes(all []candidate) []candidate {
	total, year := -1, false
	for i := range all {
		if !all[i].way.inForm() && all[i].said&table.Total != 0 {
			total = i
		}
		year = year || all[i].said&table.Period == 0
	}
	return slices.DeleteFunc(all, func(c candidate) bool {
		switch {
		case c.way.inForm():
			return false
		case total >= 0 && c.said&table.Total == 0:
			sum, ok := all[total].value.(float64)
			v, _ := c.value.(float64)
			return ok && v < sum
		}
		return year && c.said&table.Period != 0
	})
}

// wholeOf is the amount of the whole year, or of all, if the i-th is of a part of the year: "310 million in the first half,
// 395 in the second, 705 in all".
func wholeOf(r sentenceReader, all amounts, i int) (v value.Value, ok bool) {
	if i < 0 || !all[i].Meaning.Has(table.Period) {
		return v, false
	}
	for k := i + 1; k < len(all); k++ {
		if a := &all[k]; a.Has && a.Meaning.Has(table.Total) && !r.want.Refuses(a.Meaning) && !r.disclaimed(a.from+1, a.at, a.value.Last) {
			return a.value, true
		}
	}
	return v, false
}

// stated returns the amount of a sentence that the fact states, given that the i-th is of another year, a plan or a
// whole: the first behind it of which the sentence says that it is the result, or of the campaign's year.
func (r sentenceReader) stated(all amounts, i int) (value.Value, bool) {
	for k := i + 1; k < len(all); k++ {
		a := &all[k]
		if !a.Has || a.whole || r.want.Refuses(a.Meaning) {
			continue
		}
		ofYear := r.want.From > 0 && a.Meaning.From > 0
		if (all[i].whole || ofYear || a.Meaning.Has(table.Actual|table.Current)) &&
			!r.disclaimed(a.from+1, a.at, a.value.Last) {
			return a.value, true
		}
	}
	return value.Value{}, false
}

// inForm reads the value in words [from, limit) behind a label of a form or in a cell, and returns its first word and
// the first of those that say something of it. Of several amounts with their years or kinds, the one that the fact asks
// for is read.
func (r sentenceReader) inForm(l *language.Language, from, limit int) (
	at, said int, v value.Value, ok bool) {
	isDate := r.reads.Type == value.Date || r.reads.Type == value.Month
	if isDate {
		if moved := movedAt(r.pageText, from, limit); moved > 0 {
			at, v, ok = r.lastDate(l, moved, limit)
			return at, at, v, ok
		}
	}
	all := r.amounts(l, from, limit, true)
	told := all.told()
	if len(told) == 0 {
		at, v, ok = r.reads.First(&r.Page, l, from, limit, true)
		r.ofRound(l, from, at, &v)
		return at, from, v, ok
	}
	entries := make([]table.Entry, len(told))
	for i := range told {
		entries[i] = told[i].Entry
	}
	kept, doubt := r.want.Choose(entries)
	if len(kept) == 0 || len(told) == 1 && told[0].at >= from+formReach {
		return 0, 0, value.Value{}, false
	}
	first := &told[kept[0]]
	var values []value.Value
	for _, k := range kept {
		values = append(values, told[k].value)
	}
	v = first.value
	var c candidate
	c.fill(values, doubt)
	v.Doubt, v.Others = c.doubt, c.others
	r.ofRound(l, from, first.at, &v)
	return first.at, first.from, v, true
}

// ofRound puts a number at word at in doubt if words from one on say that it is of one round of several: "Round 1: 50
// households; round 2: 70 households".
func (r sentenceReader) ofRound(l *language.Language, from, at int, v *value.Value) {
	if !v.IsTold() || r.reads.Type != value.Count && r.reads.Type != value.Money {
		return
	}
	for i := from + 1; i < at; i++ {
		if number.NamesRound(&r.Page, l, i) {
			v.Doubt, v.Others = table.DoubtPart, append(v.Others, nil)
			return
		}
	}
}

// formReach is how many words behind the label of a form its only value may begin.
const formReach = 8

// told are the first amount and those of which something is said.
func (all amounts) told() (out amounts) {
	for _, a := range all {
		if a.Has && !a.whole && (len(out) == 0 || a.Meaning.From > 0 || a.Meaning.Kinds != 0) {
			out = append(out, a)
		}
	}
	return out
}

// movedAt returns the word behind one in [from, limit) that says that a date was moved; 0 if there is none.
func movedAt(p *pageText, from, limit int) int {
	for i := from; i < limit; i++ {
		for _, s := range language.HeaderWords().Moved() {
			n := text.MatchAt(p.Words, i, limit, s)
			if n == 0 {
				continue
			}
			to := i + n // "postponed from 20 June" says only when it was to be
			if p.claims.Has(language.ChangeFrom, to, min(to+1, limit)) && !p.claims.Has(language.ChangeTo, to, limit) {
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
func (r labelReader) dateOf(h phrase.Hit, l *language.Language, from, limit int) (value.Value, bool) {
	s := r.Sentences[r.Words[h.First].Sentence]
	if moved := movedAt(r.pageText, from, s.Last); moved > 0 && !r.claims.Has(language.Negator, from, moved-1) {
		if _, v, ok := r.lastDate(l, moved, s.Last); ok {
			return v, true
		}
	}
	at, v, ok := r.reads.First(&r.Page, l, from, limit, false)
	if !ok {
		v, ok = (dateTeller{r.sentenceReader}).dateAhead(h, l)
		return v, ok
	}
	of := table.Says(&r.Page, h.Last, min(at, h.Last+maxAuxiliary+1))
	if isOfPlan(r.sentenceReader, h.First) || r.disclaimed(h.Last, at, v.Last) || r.isRefuted(h.First, h.Last, at) || (dateTeller{r.sentenceReader}).isSetFor(h.Last, at) || r.ofOthers(h.First) ||
		r.want.Refuses(table.Meaning{From: of.From, To: of.To}) || anyIn(r.pageText, language.HeaderWords().Told().Follows, h.Last, at) {
		return value.Value{}, false
	}
	r.inOrder(&v, at)
	return v, true
}

// isSetFor reports whether words [from, at) before a date say that something is only set for it.
func (r dateTeller) isSetFor(from, at int) bool {
	return (r.reads.Type == value.Date || r.reads.Type == value.Month) && r.want.Column != table.AnyColumn &&
		r.want.Column != table.PlanColumn && anyIn(r.pageText, language.HeaderWords().Told().Set, from, at)
}

// maxDateAhead is how many words may be between a date and the label behind it whose date it is.
const maxDateAhead = 7

// dateAhead reads the date before a label, if a verb that says that it was done is between them, or nothing, and no other
// label, part of a sentence, purpose, or word such as "before".
func (r dateTeller) dateAhead(h phrase.Hit, l *language.Language) (v value.Value, ok bool) {
	s, words := r.Sentences[r.Words[h.First].Sentence], language.HeaderWords()
	at := -1
	for i := s.First; i < h.First; {
		d, found := r.reads.At(&r.Page, l, i, h.First, false)
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
		isLabel := slices.ContainsFunc(r.hits[r.labelList], func(o phrase.Hit) bool { return o.First == k })
		if isLabel || strings.ContainsAny(r.Gap(k-1), ";:()") || slices.Contains(words.Told().Parts, w) || r.claims.Has(language.Purpose, k, k+1) ||
			table.Says(&r.Page, k, k+1).Has(table.Previous) || r.Words[k].Number {
			return v, false
		}
		done = done || slices.Contains(words.Told().Did, w) || slices.Contains(words.Deeds(), w) || slices.Contains(words.IsThere(), w) ||
			r.anyAt(words.Deeds(), k, h.First) || l.Code != "vi" && l.IsPast(w)
	}
	if !done || r.isSetFor(max(s.First, at-maxAuxiliary), at) || r.isSetFor(v.Last, h.Last) || r.refuted(h.First, h.Last, 0, false) != "" ||
		at > s.First && table.Says(&r.Page, at-1, at).Has(table.Previous) || r.claims.Has(language.Negator, v.Last, h.First) {
		return v, false
	}
	return v, true
}

// countOfYear reads, in words [from, limit) behind a label that says what is counted, the number of the year that counts,
// of several with their years: "was 12 in 2024 and 15 in 2025", "năm 2024 là 12, năm 2025 là 15". told is false if no
// number has a year.
func countOfYear(r sentenceReader, l *language.Language, from, limit int) (v value.Value, told, ok bool) {
	for i := from; i < limit; i++ {
		if !r.Words[i].Number || table.Year(&r.Page, i) > 0 {
			continue
		}
		n, isCount := r.reads.At(&r.Page, l, i, min(limit, i+1), true)
		if !isCount {
			return v, false, false
		}
		year := 0
		for k := i - 1; k >= max(from, i-maxToYear-1); k-- {
			if year = table.Year(&r.Page, k); year > 0 || r.Words[k].Number {
				break
			}
		}
		if behind := n.Last; behind+1 < limit && slices.Contains(l.DateWords["before_year"], r.Words[behind].Text) &&
			table.Year(&r.Page, behind+1) > 0 && r.Words[behind].Clause == r.Words[i].Clause {
			year = table.Year(&r.Page, behind+1)
		}
		if year > 0 && !told || year > 0 && !refusesYear(r, year) {
			told = true
			if !refusesYear(r, year) && !r.disclaimed(from, i, n.Last) {
				v, ok = n, true
			}
		}
		i = max(i, n.Last-1)
	}
	return v, told, ok
}

// bySources puts a number at word at in doubt if its sentence states another one behind it, and says of both who states
// them, or where: "27 by the letter, 25 by the list".
func bySources(r sentenceReader, v *value.Value, at int, h phrase.Hit) {
	if !v.IsTold() || !r.reads.Type.IsNumber() {
		return
	}
	s, l, words := r.Sentences[r.Words[at].Sentence], r.LanguageAt(at), language.HeaderWords()
	var others []any
	sourced := 0
	for i := s.First; i < s.Last; i++ {
		w, ok := r.reads.At(&r.Page, l, i, s.Last, false)
		if !ok && r.countsIn(*h.Phrase) && r.Words[i].Number {
			w, ok = r.reads.At(&r.Page, l, i, i+1, true)
		}
		if !ok {
			continue
		}
		if anyIn(r.pageText, words.Told().ByWhom, w.Last, min(s.Last, w.Last+maxToSource)) {
			sourced++
		}
		if !same(w.V, v.V, false) {
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

// lastDate reads the last date in words [from, limit).
func (r sentenceReader) lastDate(l *language.Language, from, limit int) (
	at int, v value.Value, ok bool) {
	for i := from; i < limit; {
		next, found := r.reads.At(&r.Page, l, i, limit, true)
		if !found {
			i++
			continue
		}
		at, v, ok = i, next, true
		i = max(i+1, next.Last)
	}
	return at, v, ok
}

// isRefuted reports whether the sentence of words [first, last) says that its value, at word at, is none: it is denied,
// planned, wished. A plan with a number of its own before it does not deny the result that it is compared with ("against a
// target of 85% the share reached 87%"), nor what is corrected the correction ("không phải 12 hộ mà là 14 hộ").
func (r sentenceReader) isRefuted(first, last, at int) bool {
	why := r.refuted(first, last, 0, false)
	s, from := r.Sentences[r.Words[first].Sentence], min(first, at)
	if why != "" && r.anyAt(language.HeaderWords().Aims(), s.First, s.Last) {
		return true
	}
	for _, c := range r.claims.Cues(r.Words[first].Sentence) {
		if why == claim.Planned && c.Kind == language.Plan && c.First > max(at, first) && strings.Contains(r.Gap(c.First-1), "(") &&
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
			if table.Says(&r.Page, c.Last, max(first, at)).Has(table.Actual|table.Current) || r.claims.Has(language.Done, c.Last, max(first, at)) {
				return false
			}
		case why == claim.Negated && c.Kind == language.Negator:
			if slices.ContainsFunc(r.Words[c.Last:from], func(w text.Word) bool { return slices.Contains(language.HeaderWords().Told().Instead, w.Text) }) {
				return false
			}
		}
	}
	return why != ""
}

// ratherAt returns the word behind "but" of "not 145 but 154" among words [from, limit) behind a label; 0 if there is none.
func ratherAt(r sentenceReader, from, limit int) int {
	not := 0
	for k := from; k < min(limit, from+maxSentenceReach); k++ {
		if n := negatorAt(r, k); n > 0 {
			not = k + n
		}
		if not > 0 && k > not && slices.Contains(language.HeaderWords().Told().Instead, r.Words[k].Text) && slices.ContainsFunc(r.Words[not:k],
			func(w text.Word) bool { return w.Number || r.LanguageAt(k).StartsNumber(w.Text) }) {
			return k + 1
		}
	}
	return 0
}

// laterYear reads, behind a label in a clause of another year, the amount of the sentence that is of the year that counts:
// "in 2022 we got a grant of 60 000, in 2023 it rose to 85 000 kroner".
func laterYear(r sentenceReader, h phrase.Hit) (v value.Value, ok bool) {
	s := r.Sentences[r.Words[h.First].Sentence]
	if !r.reads.Type.IsNumber() || !refusesYear(r, r.yearOpening(s.First, h.First)) {
		return v, false
	}
	all := r.amounts(r.LanguageAt(h.First), s.First, s.Last, false)
	for k := range all {
		if a := &all[k]; a.Has && a.at > h.Last && a.Meaning.From > 0 && !a.whole && !r.isOther(a) && !r.disclaimed(a.from+1, a.at, a.value.Last) {
			return a.value, true
		}
	}
	return v, false
}

// inOrder puts a value of the sentence of word i in doubt if the sentence gives several in the order of what it named.
func (r sentenceReader) inOrder(v *value.Value, i int) {
	if s := r.Sentences[r.Words[i].Sentence]; v.IsTold() && r.reads.Type.IsNumber() && r.isRespective(s) {
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
	for i := from; i < limit && len(out) < maxReadings; i++ {
		if v, ok := r.reads.At(&r.Page, l, i, limit, false); ok {
			out = append(out, v.V)
			i = max(i, v.Last-1)
		}
	}
	return out
}

// looseLabel is a label that may be written in other forms and with words between its own, with the list of the words by
// which it is found.
type looseLabel struct {
	phrase.Loose
	list int
}

// isLoose reports whether running text states values of the fact's type with its labels in other forms.
func isLoose(def *FactDef) bool {
	switch def.reads.Type {
	case value.Count, value.Money, value.Percent, value.Number, value.Date, value.YesNo, value.Choice:
		return len(def.labels) > 0
	}
	return false
}

// looseLabels are the loose labels of a fact whose values running text states.
func looseLabels(def *FactDef, m *phrase.Matcher) (out []looseLabel) {
	if !isLoose(def) {
		return nil
	}
	for _, label := range append(withOtherUnits(def, def.labels), withoutShare(def)...) {
		if l, ok := phrase.NewLoose(label); ok {
			out = append(out, looseLabel{l, m.Add(l.Anchors())})
		}
	}
	return out
}

// withoutShare are the labels of a percentage without "share of", as sentences have them behind the number: "55% lượng rác
// được phân loại".
func withoutShare(def *FactDef) (out []phrase.Phrase) {
	for _, label := range def.labels {
		if def.reads.Type != value.Percent || label.Lang == nil {
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

// byLooseLabels finds the sentences that state a fact of which nothing else states a value, with its label in other forms
// of its words. If they differ, nothing says which is meant.
func byLooseLabels(def *FactDef, r *Reading) (out []candidate) {
	for _, p := range r.pages {
		reader := sentenceReader{def, p}
		for i := range def.loose {
			for _, anchor := range p.hits[def.loose[i].list] {
				if c, ok := loosely(reader, &def.loose[i], anchor.First); ok {
					out = append(out, c)
				}
			}
		}
	}
	return unlessAgreed(def, out)
}

// Bounds of a form whose labels and values are on lines of their own: how many lines a label has, how many words a value,
// and how many words beside its own a label may have, and a question.
const (
	maxLabelLines = 3
	maxLineValue  = 8
	maxBeside     = 3
	maxAsked      = 6
)

// onlyDerived reports whether all places were read in ways that do not contradict one another.
func onlyDerived(all []candidate) bool {
	return len(all) > 1 && !slices.ContainsFunc(all, func(c candidate) bool { return c.way.contradicts() })
}

// onLines finds the values of the fact that are on lines of their own below those of a label, which may be split into
// several lines or have words beside its own, and the answers in sentences behind questions that have the label.
func onLines(def *FactDef, r *Reading) (out []candidate) {
	for _, p := range r.pages {
		reader := labelReader{sentenceReader: sentenceReader{def, p}}
		for li := range p.Lines {
			if c, ok := reader.lineValue(li); ok {
				out = append(out, c)
			}
		}
		for si := range p.Sentences {
			if c, ok := reader.answered(si); ok {
				out = append(out, c)
			}
		}
	}
	return unlessAgreed(def, out)
}

// lineValue reads a line that is a value and nothing else, below a label.
func (r labelReader) lineValue(li int) (c candidate, ok bool) {
	line := &r.Lines[li]
	first, last := line.First, line.Last
	if first >= last || last-first > maxLineValue || li == 0 {
		return c, false
	}
	if t, _ := r.tableAt(first); t != nil {
		return c, false
	}
	above := li - 1
	if r.Lines[above].First >= r.Lines[above].Last {
		above--
	}
	for n := 0; n < maxLabelLines && above-n >= 0; n++ {
		l := &r.Lines[above-n]
		if l.First >= l.Last || r.endsAsText(l) || r.startsValue(l) {
			return c, false
		}
		lang, found := r.labelIn(l.First, r.Lines[above].Last)
		if !found {
			continue
		}
		last = r.boxesEnd(li)
		v, ok := r.wholeLine(lang, first, last)
		if !ok {
			return c, false
		}
		c = candidate{value: v.V, unit: v.Unit, approx: v.Approx, doubt: v.Doubt, others: v.Others, way: wayDerived,
			role: r.roles[r.Words[first].Line], source: r.source(r.Words[l.First].Start, r.Words[last-1].End)}
		return c, true
	}
	return c, false
}

// boxesEnd is the end of a line or, if it begins with a box, of the lines below it that do, too: the other options.
func (r labelReader) boxesEnd(li int) int {
	opens := func(li int) bool {
		l := &r.Lines[li]
		return l.First < l.Last && strings.ContainsAny(strings.TrimSpace(r.Text(l.Start, r.Words[l.First].Start)), "☐☒☑□■✓✔[(")
	}
	end := r.Lines[li].Last
	for n := 0; r.reads.Type == value.Choice && opens(li) && n < maxOptionLines && li+1 < len(r.Lines) && opens(li+1); n++ {
		li++
		end = r.Lines[li].Last
	}
	return end
}

// maxOptionLines is how many lines of options a question may have below it.
const maxOptionLines = 12

// endsAsText reports whether a line ends as a sentence does.
func (r labelReader) endsAsText(l *text.Line) bool {
	s := strings.TrimSpace(r.Text(l.Start, l.End))
	return strings.HasSuffix(s, ".") || strings.HasSuffix(s, ";") || strings.ContainsRune(s, '\t')
}

// startsValue reports whether a line has a number that is no year, or the colon of a label with a value: it is no label.
func (r labelReader) startsValue(l *text.Line) bool {
	for k := r.behindNumbering(l.First, l.Last); k < l.Last; k++ {
		if r.Words[k].Number && table.Year(&r.Page, k) == 0 || k+1 < l.Last && strings.Contains(r.Gap(k), ":") {
			return true
		}
	}
	return false
}

// originWords are the words by which a label says where something came from, and not whose it is: "grant received from the
// county".
var originWords = []string{"fra", "from", "do", "bởi", "từ", "by", "av"}

// labelIn looks for a label of the fact in words [first, last), all of which it must be but for a few beside it: more in a
// question, and before a colon. Numbering, and what is in brackets, does not count.
func (r labelReader) labelIn(first, last int) (l *language.Language, ok bool) {
	beside := maxBeside
	if strings.ContainsAny(r.Gap(last-1), "?:") {
		beside = maxAsked
	}
	first = r.behindNumbering(first, last)
	for k := first + 1; k < last; k++ {
		if strings.Contains(r.Gap(k-1), "(") {
			last = k
		}
	}
	for i := range r.lines {
		label := &r.lines[i]
		n, all := label.Words(r.Words, first, last, true)
		if !all || n > beside || r.claims.Has(language.Plan, first, last) {
			continue
		}
		means := table.Says(&r.Page, first, last)
		if slices.ContainsFunc(r.Words[first:last], func(w text.Word) bool { return slices.Contains(originWords, w.Text) }) {
			means.Kinds &^= table.Other
		}
		if means.Kinds &= table.Previous | table.Next | table.Other | table.Plan; r.want.Refuses(means) {
			return nil, false
		}
		return label.Lang(), true
	}
	return nil, false
}

// maxNumbering is how many words number a question: "Câu hỏi 5.".
const maxNumbering = 3

// behindNumbering is the word behind the number of a question or line that begins at word first.
func (r labelReader) behindNumbering(first, last int) int {
	for k := first; k < min(last-1, first+maxNumbering); k++ {
		if r.Words[k].Number && strings.ContainsAny(r.Gap(k), ".):") {
			return k + 1
		}
	}
	return first
}

// wholeLine reads the value that words [first, last) are, and nothing else.
func (r labelReader) wholeLine(l *language.Language, first, last int) (v value.Value, ok bool) {
	at, _, v, ok := r.inForm(l, first, last)
	if !ok || at > first+maxAuxiliary || r.disclaimed(max(1, first), at, v.Last) {
		return v, false
	}
	rest := last
	if v.Last < last && strings.Contains(r.Gap(v.Last-1), "(") {
		rest = v.Last
	}
	return v, v.Last >= rest || r.reads.Type == value.YesNo || r.reads.Type == value.Choice || table.Covered(&r.Page, v.Last, last)
}

// maxToAnswer is how many words of an answer may be before its value.
const maxToAnswer = 4

// answered reads the sentence behind a question that has a label.
func (r labelReader) answered(si int) (c candidate, ok bool) {
	s := r.Sentences[si]
	if si+1 >= len(r.Sentences) || s.Last <= s.First || s.End > len(r.Runes) || r.Runes[s.End-1] != '?' {
		return c, false
	}
	answer := r.Sentences[si+1]
	if answer.First >= answer.Last || answer.End <= len(r.Runes) && r.Runes[answer.End-1] == '?' {
		return c, false
	}
	lang, found := r.askedFor(s)
	if !found {
		return c, false
	}
	limit := min(answer.Last, answer.First+maxToAnswer)
	isForm := r.reads.Type == value.YesNo
	if r.reads.Type == value.Choice {
		_, v, ok := r.reads.First(&r.Page, lang, answer.First, answer.Last, true)
		c = r.inSentence(answer.First, v, wayDerived, 0)
		return c, ok
	}
	for i := answer.First; i < limit; i++ {
		v, ok := r.reads.At(&r.Page, lang, i, answer.Last, isForm)
		if !ok {
			continue
		}
		if r.reads.Type.IsNumber() && (r.isEarlier(i, i, v.Last) || r.isForEach(i, i, v.Last, v.Last)) || r.isPlanned(i) ||
			r.claims.Has(language.Plan, answer.First, i) {
			return c, false
		}
		c = r.inSentence(i, v, wayDerived, 0)
		c.source = r.source(s.Start, answer.End)
		return c, true
	}
	return c, false
}

// askedFor reports whether a question has a label of the fact.
func (r labelReader) askedFor(s text.Sentence) (l *language.Language, ok bool) {
	for i := range r.lines {
		if _, all := r.lines[i].Words(r.Words, s.First, s.Last, false); all {
			return r.lines[i].Lang(), true
		}
	}
	return nil, false
}

// lineLabels are the labels of a fact as they are looked for on lines of their own.
func lineLabels(def *FactDef) (out []phrase.Loose) {
	if !isLoose(def) {
		return nil
	}
	for _, label := range withOtherUnits(def, def.labels) {
		if label.Lang == nil || len(label.Words) == 0 {
			continue
		}
		loose, ok := phrase.NewLoose(label)
		if !ok {
			loose = phrase.Plainly(label)
		}
		out = append(out, loose)
	}
	return out
}

// unlessAgreed puts places in doubt that state different values, of which nothing says which is meant.
func unlessAgreed(def *FactDef, out []candidate) []candidate {
	differ := slices.ContainsFunc(out, func(c candidate) bool {
		return !def.same(out[0].value, c.value, out[0].approx || c.approx)
	})
	for i := range out {
		if differ && (out[i].doubt == "" || out[i].isNear()) {
			out[i].doubt, out[i].others = doubtSeveral, []any{nil}
		}
	}
	return out
}

// maxBehindLoose is how many words behind a loose label its value may begin.
const maxBehindLoose = 8

// loosely reads the value of a loose label around word i, in running text.
func loosely(r sentenceReader, l *looseLabel, i int) (c candidate, ok bool) {
	s := r.Sentences[r.Words[i].Sentence]
	if t, _ := r.tableAt(i); t != nil {
		return c, false
	}
	h, ok := l.At(r.Words, i, s.First, s.Last, func(k int) bool { return r.Words[k].Clause != r.Words[i].Clause })
	if !ok || !isRunning(r, s) || isStrict(r, h) {
		return c, false
	}
	if r.reads.Type == value.YesNo || r.reads.Type == value.Choice {
		v, ok := r.told(h)
		return r.inSentence(h.First, v, wayDerived, 0), ok
	}
	v, ok := looseValue(r, h, s)
	return r.inSentence(h.First, v, wayDerived, 0), ok
}

// minRunning is how many words a sentence has that has labels in other forms.
const minRunning = 5

// isRunning reports whether a sentence is running text, on lines of its own page: it ends as sentences do.
func isRunning(r sentenceReader, s text.Sentence) bool {
	return s.Last-s.First >= minRunning && s.End <= len(r.Runes) && strings.ContainsRune(".;!?", r.Runes[s.End-1])
}

// isStrict reports whether what was found is a label as the ruleset has it, which has been read already, or is inside one
// of another fact.
func isStrict(r sentenceReader, h phrase.Hit) bool {
	return slices.ContainsFunc(r.hits[r.labelList], func(o phrase.Hit) bool { return o.First <= h.First && o.Last >= h.Last })
}

// looseValue reads the quantity or date of a loose label: among its words, right before it, or soon behind it with no
// other label and no other number between.
func looseValue(r sentenceReader, h phrase.Hit, s text.Sentence) (v value.Value, ok bool) {
	l := r.LanguageAt(h.First)
	if r.claims.Has(language.Negator, h.First, h.Last) {
		return v, false
	}
	for at := h.First + 1; at < h.Last; at++ {
		isYear := table.Year(&r.Page, at) > 0 && !r.reads.Type.IsTime()
		if isYear || !r.Words[at].Number && !l.StartsNumber(r.Words[at].Text) && !r.reads.Type.IsTime() {
			continue
		}
		if v, ok = r.reads.At(&r.Page, l, at, min(s.Last, h.Last+1), false); !ok && !r.Words[at].Number {
			continue
		}
		if !ok || r.claims.Has(language.Plan, h.First, h.Last) || (dateTeller{r}).isSetFor(h.First, h.Last) {
			return v, false
		}
		said, _, _ := r.saidAt(at)
		dated := said != nil && said.From > 0
		ok = !(said != nil && r.isOther(said)) && r.refuted(h.First, h.Last, 0, false) == "" && (dated || !r.ofOthers(h.First)) &&
			!r.disclaimed(h.First+1, at, v.Last) && !r.notTheWhole(h.First, at, v.Last, v.Last) &&
			!r.isRefused(h.First, h.Last, at, v.Last) && !r.isWhole(at, v.Last, s.Last)
		return v, ok
	}
	limit := min(s.Last, h.Last+maxBehindLoose)
	for k := h.Last; k < limit; k++ {
		other := slices.ContainsFunc(r.hits[r.labelList], func(o phrase.Hit) bool { return o.First == k })
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
	lr := labelReader{sentenceReader: r}
	return lr.valueOf(h, l, labelled{from: h.Last, limit: limit})
}

// optionTeller reads the options, answerTeller the answers, and dateTeller the dates that running text tells of a label.
type (
	optionTeller struct{ sentenceReader }
	answerTeller struct{ sentenceReader }
	dateTeller   struct{ sentenceReader }
)

// told reads, in running text, a yes or no that a label states as a sentence of its own ("the plan was approved"), and
// the option that is linked to a label ("the rating was good").
func (r sentenceReader) told(h phrase.Hit) (v value.Value, ok bool) {
	s := r.Sentences[r.Words[h.First].Sentence]
	isProse := s.Last-s.First >= h.Last-h.First+minTold && s.End <= len(r.Runes) &&
		strings.ContainsRune(".;!", r.Runes[s.End-1]) && r.Words[s.First].Line == r.Words[s.Last-1].Line
	if t, _ := r.tableAt(h.First); t != nil || !isProse || r.ofOthers(h.First) || r.isPlanned(h.First) {
		return v, false
	}
	switch r.reads.Type {
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

// toldAnswer reads a yes or no in a sentence. It is yes if a word says that it was done or is there, and nothing denies it
// or leaves it open; no if the label itself is denied, among its words or right before or behind it. What is denied of a
// number of things ("three households did not agree") is not clear, nor is what is denied twice.
func (r answerTeller) toldAnswer(h phrase.Hit, s text.Sentence) (v value.Value, ok bool) {
	v = value.Value{V: true, First: h.First, Last: h.Last}
	words := language.HeaderWords()
	from, to := r.claims.Clause(h.First, h.Last)
	for k := h.First; k > from; k-- { // "granted on appeal: permit obtained"
		if strings.ContainsAny(r.Gap(k-1), ":?") {
			from = k
		}
	}
	behind := toldBehind(r.sentenceReader, h, s.Last)
	if y := yearBehind(r.sentenceReader, from, h.First); y > 0 && r.want.Refuses(table.Meaning{From: y, To: y}) {
		return v, false
	}
	lacks := r.anyAt(words.Lacking(), h.Last, to) || behind == denied
	done := r.anyAt(words.ThereIs(), h.Last, to) || behind == carriedOut || saysDone(h.Phrase) || r.isDoneBefore(h.First, from) ||
		assertsDone(r.sentenceReader, h, from)
	denials := 0
	for k := max(from, h.First-maxDenialReach); k < h.Last; k++ {
		if r.claims.Has(language.Negator, k, k+1) {
			denials++
		}
	}
	inside := r.claims.Has(language.Negator, h.First, h.Last) || r.deniedAt(h.First) || denials > 0 && r.claims.Has(language.Negator, max(from, h.First-maxDenialReach), h.Last)
	why := r.refuted(h.First, h.Last, 0, false)
	switch {
	case denials > 1 && !r.claims.Has(language.Negator, max(from, h.First-maxDenialReach), h.Last):
		return v, false
	case lacks || inside && (done || why == claim.Negated) ||
		why == claim.Negated && (done || r.claims.Has(language.Negator, max(from, h.First-maxAuxiliary), h.First)):
		if v.V = false; !lacks && r.deniesSome(from, h.First) {
			v.Doubt, v.Others = table.DoubtPart, []any{true}
		}
	case why != "" && !(why == claim.Planned && h.Phrase.Words[0] == "đã") || !done || r.claims.Has(language.Negator, from, to) || r.claims.Has(language.Failure, from, to) ||
		r.disclaimed(s.First+1, h.First, h.Last):
		return v, false
	}
	return v, true
}

// negatorAt is how many words a word or phrase that denies has that begins at word i; 0 if there is none.
func negatorAt(r sentenceReader, i int) (n int) {
	for _, c := range r.claims.Cues(r.Words[i].Sentence) {
		if c.Kind == language.Negator && c.First == i {
			n = max(n, c.Last-c.First)
		}
	}
	return n
}

// deniedAt reports whether a word that denies goes on into the label at word i: "không có hồ sơ trễ hạn", of which the
// label has "có".
func (r answerTeller) deniedAt(i int) bool {
	return slices.ContainsFunc(r.claims.Cues(r.Words[i].Sentence), func(c claim.Cue) bool {
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
		case table.Year(&r.Page, k) > 0, k > from && slices.Contains(l.DateWords["month"], r.Words[k-1].Text),
			k > from && slices.Contains(l.DateWords["day"], r.Words[k-1].Text):
		case r.Words[k].Number, l.Numbers[w] > 1 && w != "năm":
			return true
		}
	}
	return false
}

// maxDenialReach is how many words before a label a word that denies it may be, and maxToldBehind how many words behind it
// may say that it was done.
const (
	maxDenialReach = 4
	maxToldBehind  = 6
)

// answerBehind is what words behind a label say of it.
type answerBehind uint8

const (
	nothingTold answerBehind = iota
	carriedOut               // "was held"
	denied                   // "was not held", "ble det ikke i år"
)

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
	for k := h.First; k < h.Last; k++ {
		w := r.Words[k].Text
		isLabels := slices.ContainsFunc(h.Phrase.Words, func(s string) bool { return l.SameWord(s, w) })
		participle := l.Code == "nb" && len(w) > minCompoundPart && strings.HasSuffix(w, "t") && !strings.HasSuffix(w, "et")
		switch {
		case l.Code == "vi" && (w == "đã" || w == "được"):
			return true
		case isLabels && l.Code != "vi" && l.IsPast(w) && (k == h.First || k == h.Last-1 || auxiliary):
			return true
		case isLabels && participle && (auxiliary || k == h.Last-1 && r.Words[k].Text == h.Phrase.Words[len(h.Phrase.Words)-1]):
			return true
		}
	}
	first, second := h.Phrase.Words[0], h.Phrase.Words[1]
	return l.Code == "en" && strings.HasSuffix(first, "s") && r.Words[h.First].Text == first && h.First > from &&
		slices.Contains([]string{"the", "a", "an", "with", "to", "all", "its"}, second)
}

// anyIn reports whether one of some phrases is among words [from, to).
func anyIn(p *pageText, list []string, from, to int) bool {
	for i := from; i < to; i++ {
		if p.anyAt(list, i, to) {
			return true
		}
	}
	return false
}

// anyAt reports whether one of some phrases is at word i, before word limit.
func (p *pageText) anyAt(list []string, i, limit int) bool {
	return slices.ContainsFunc(list, func(s string) bool { return text.MatchAt(p.Words, i, limit, s) > 0 })
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
	if i-2 >= from && slices.Contains(articles, r.Words[i-2].Text) && !r.Words[i-1].Number && negatorAt(r.sentenceReader, i-1) == 0 {
		i-- // the adjective of "a small fee"
	}
	for i--; i >= from; i-- {
		switch w := r.Words[i].Text; {
		case slices.Contains(words.IsThere(), w), slices.Contains(words.Told().Did, w):
			return true
		case l.Code == "vi" && w == "có" && (i == from || !r.claims.Has(language.Negator, i-1, i+1)):
			return true
		case r.Words[i].Number && table.Year(&r.Page, i) == 0 && w != "0": // "there are 2 overdue files"
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

// maxToOption is how many words may be between a label and its option in a sentence.
const maxToOption = 7

// toldOption reads the option that is linked to a label in a sentence: by a verb such as "is", with what only says whose
// it is, when, and how sure between them. An option may have the label among its own words: "no award".
func (r optionTeller) toldOption(h phrase.Hit, s text.Sentence) (v value.Value, ok bool) {
	bySelf := h.First > s.First && r.Words[h.First-1].Text == "tự" // the unit proposes itself
	l := r.LanguageAt(h.First)
	for k := max(s.First, h.First-maxAuxiliary); k < h.First; k++ {
		if v, ok = r.reads.At(&r.Page, l, k, s.Last, false); ok && v.Last > h.First {
			return v, true
		}
	}
	if bySelf {
		return v, false
	}
	if v, ok = r.optionAs(l, h, s); ok {
		return v, true
	}
	from, _ := r.claims.Clause(h.First, h.Last)
	for k := h.Last; k < min(s.Last, h.Last+maxToOption) && r.isWithin(h, k); k++ {
		if v, ok = r.option(l, k, s.Last); ok {
			return r.linkedOption(h, l, v, from)
		}
		if r.claims.Has(language.Negator, k, k+1) || r.Words[k].Number && table.Year(&r.Page, k) == 0 {
			break
		}
	}
	return value.Value{}, false
}

// isWithin reports whether word k, behind a label, is in its clause: also behind a comma that closes what is said beside it.
func (r optionTeller) isWithin(h phrase.Hit, k int) bool {
	return r.Words[k].Clause == r.Words[h.Last-1].Clause
}

// optionAs reads the option before a label that is told "as" it: "the parents chose bark as ground surface".
func (r optionTeller) optionAs(l *language.Language, h phrase.Hit, s text.Sentence) (v value.Value, ok bool) {
	k := h.First - 1
	for k > s.First && h.First-k <= maxAuxiliary && slices.Contains([]string{"the", "a", "an", "our", "vår", "vårt"}, r.Words[k].Text) {
		k--
	}
	if k <= s.First || !slices.Contains(language.HeaderWords().Told().As, r.Words[k].Text) || r.refuted(h.First, h.Last, 0, false) != "" {
		return v, false
	}
	for i := max(s.First, k-maxToOption); i < k; i++ {
		if v, ok = r.option(l, i, k); ok && v.Last == k && r.Words[i].Clause == r.Words[k].Clause &&
			!r.claims.Has(language.Negator, max(s.First, i-maxAuxiliary), i) {
			return v, true
		}
	}
	return v, false
}

// linkedOption is the option that is linked to a label whose clause begins at word from. If the sentence tells options of
// several years, it is that of the year that counts.
func (r optionTeller) linkedOption(h phrase.Hit, l *language.Language, v value.Value, from int) (value.Value, bool) {
	s := r.Sentences[r.Words[h.First].Sentence]
	between := table.Says(&r.Page, h.Last, v.First)
	between.Kinds &= table.Previous | table.Plan | table.Self | table.Other
	if why := r.refuted(h.First, h.Last, 0, false); r.want.Refuses(between) || why != "" && !r.onlyOptionDenies(h, v, why) ||
		!r.isLinked(h, v.First) {
		return value.Value{}, false
	}
	if refusesYear(r.sentenceReader, yearBehind(r.sentenceReader, from, h.First)) || refusesYear(r.sentenceReader, yearBehind(r.sentenceReader, h.Last, v.First)) {
		return r.optionOfYear(l, v.Last, s.Last)
	}
	_, to := r.claims.Clause(h.First, v.Last)
	if refusesYear(r.sentenceReader, yearBehind(r.sentenceReader, v.Last, to)) {
		return r.optionOfYear(l, v.Last, s.Last)
	}
	if r.claims.Has(language.Past, from, h.First) || r.claims.Has(language.Past, h.Last, to) {
		return value.Value{}, false
	}
	next := v.Last
	if next < s.Last && strings.Trim(r.Gap(next-1), " ") == "" && !r.Words[next].Number && !behindOption(r.sentenceReader, l, next) {
		v.Doubt, v.Others = doubtChoice, []any{nil}
	}
	return v, true
}

// refusesYear reports whether a year is not one that counts; 0 is none.
func refusesYear(r sentenceReader, y int) bool {
	return y > 0 && r.want.Refuses(table.Meaning{From: y, To: y})
}

// isLinked reports whether an option at word k is linked to a label: by a verb, by words that only link, or by a colon.
func (r optionTeller) isLinked(h phrase.Hit, k int) bool {
	linked := slices.ContainsFunc(r.Words[h.Last:k], func(w text.Word) bool { return slices.Contains(language.HeaderWords().Linking(), w.Text) })
	return linked || k <= h.Last+maxAuxiliary && onlyLinks(r.sentenceReader, h.Last, k) || strings.Contains(r.Gap(k-1), ":")
}

// onlyOptionDenies reports whether what seems to deny a label, or to leave it open, is the option itself, which has a word
// such as "none", or a verb by which it is told: "is rated as".
func (r optionTeller) onlyOptionDenies(h phrase.Hit, v value.Value, why string) bool {
	from, to := r.claims.Clause(h.First, v.Last)
	switch why {
	case claim.Negated:
		return r.claims.Has(language.Negator, v.First, v.Last) && !r.claims.Has(language.Negator, from, v.First) && !r.claims.Has(language.Negator, v.Last, to)
	case claim.Wished, claim.Planned:
		for k := from; k < v.First; k++ {
			if k >= h.First && k < h.Last {
				continue
			}
			rated := slices.Contains(language.HeaderWords().Linking(), r.Words[k].Text)
			if !rated && (r.claims.Has(language.Wish, k, k+1) || r.claims.Has(language.Plan, k, k+1) || r.claims.Has(language.Modal, k, k+1) || r.claims.Has(language.Conditional, k, k+1)) {
				return false
			}
		}
		return slices.ContainsFunc(r.Words[from:v.First], func(w text.Word) bool { return slices.Contains(language.HeaderWords().Linking(), w.Text) })
	}
	return false
}

// optionOfYear reads, in words [from, limit), the option right behind or right before a year that counts: "poor in 2019 and
// fair in 2025".
func (r optionTeller) optionOfYear(l *language.Language, from, limit int) (v value.Value, ok bool) {
	for k := from; k < limit; k++ {
		if v, ok = r.option(l, k, limit); !ok {
			continue
		}
		for i := max(from, k-maxToYear); i < min(limit, v.Last+maxToYear); i++ {
			y := table.Year(&r.Page, i)
			if y > 0 && r.want.From > 0 && !refusesYear(r.sentenceReader, y) && r.Words[min(i, k)].Clause == r.Words[max(i, v.Last-1)].Clause {
				return v, true
			}
		}
	}
	return value.Value{}, false
}

// maxToYear is how many words may be between an option and its year.
const maxToYear = 3

// yearBehind is the first year among words [from, to); 0 if there is none.
func yearBehind(r sentenceReader, from, to int) int {
	for k := from; k < to; k++ {
		if y := table.Year(&r.Page, k); y > 0 {
			return y
		}
	}
	return 0
}

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
	if v, ok = r.reads.At(&r.Page, l, k, limit, false); ok {
		return v, true
	}
	found := 0
	for _, o := range r.reads.Options {
		for _, ph := range o.Words {
			if len(ph.Words) == 1 && l.SameWord(ph.Words[0], r.Words[k].Text) && v.V != o.ID {
				v, found = value.Value{V: o.ID, First: k, Last: k + 1}, found+1
			}
		}
	}
	return v, found == 1
}
