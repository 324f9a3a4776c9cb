package factreader

import (
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/number"
	"kheo/rules/phrase"
	"kheo/rules/table"
	"kheo/rules/value"
)

// Pattern is a sentence pattern with one place for the value; … beside the place matches up to maxGap other words of
// the clause. At least one of before and after has words.
type Pattern struct {
	before, after       []string
	gapBefore, gapAfter bool
	Derived             bool // made of a label
	list                int  // of the words before the value or, if there are none, behind it
	Text                string
}

// maxGap is how many words … matches at most in a sentence pattern.
const maxGap = 5

// maxPattern is how many words of a sentence a pattern may match.
const maxPattern = 24

// NewPattern reads a sentence pattern; ok is false if it has no place for the value, or nothing beside it.
func NewPattern(s string) (t Pattern, ok bool) {
	before, after, ok := strings.Cut(s, "{}")
	if !ok {
		return Pattern{}, false
	}
	t = Pattern{Text: s, before: phrase.New(before).Words, after: phrase.New(after).Words}
	ahead, behind := strings.TrimSpace(before), strings.TrimSpace(after)
	t.gapBefore = strings.HasSuffix(ahead, "…") || strings.HasSuffix(ahead, "...")
	t.gapAfter = strings.HasPrefix(behind, "…") || strings.HasPrefix(behind, "...")
	return t, len(t.before)+len(t.after) > 0
}

// UnitTwice returns what a pattern has behind its value that is read as a part of the value already, as in "{} percent
// of homes" for a percentage, in one of some languages; "" if there is nothing. Such a pattern matches no text. The
// unit of a count may be there twice, see unitEats.
func UnitTwice(def *Fact, t Pattern, langs []string) string {
	_, after, _ := strings.Cut(t.Text, "{}")
	after = strings.TrimSpace(after)
	if t.gapAfter || after == "" {
		return ""
	}
	if sign := number.Percent; def.Reads.Type == value.Percent && strings.HasPrefix(after, sign) {
		return sign
	}
	for _, code := range langs {
		page := &text.Page{}
		page.Read(&dossier.Page{Number: 1, Text: "12 " + after})
		r := sentenceReader{def, &PageText{Page: page}}
		v, ok := r.Reads.At(r.Page, language.Get(code), 0, len(r.Words), false)
		if ok && v.Last > 1 && !r.unitEats(phrase.Phrase{Words: t.after}, v.Last, len(r.Words)) {
			return strings.TrimSpace(r.Text(r.Words[1].Start, r.Words[v.Last-1].End))
		}
	}
	return ""
}

// WithoutUnit is the text of a pattern without the unit that follows its value.
func (t Pattern) WithoutUnit(unit string) string {
	before, after, _ := strings.Cut(t.Text, "{}")
	return strings.TrimSpace(before + "{} " + strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(after), unit)))
}

// way is the way in which the pattern reads.
func (t Pattern) way() Way {
	if t.Derived {
		return ByDerived
	}
	return ByPattern
}

// Derive makes sentence patterns of the labels of a count: what a form prints as "số hộ tham gia", sentences write as
// "120 hộ … tham gia" and "sự tham gia của 120 hộ".
func (def *Fact) Derive() {
	if def.Reads.Type != value.Count {
		return
	}
	for _, label := range def.Labels {
		if label.Lang == nil || !def.countsIn(label) {
			continue
		}
		var rest []string // the label without its unit and words such as "number of"
		for k := 0; k < len(label.Words); k++ {
			unit := 0
			for _, u := range def.Reads.Units {
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
			def.Say = append(def.Say,
				Pattern{after: rest, gapAfter: true, Derived: true, Text: label.Text},
				Pattern{before: rest, gapBefore: true, Derived: true, Text: label.Text})
		}
	}
}

// bySentence reads values by a pattern such as "{} households take part".
func (r sentenceReader) bySentence(t Pattern) []Place {
	var out []Place
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
		if t.Derived {
			askAside(r, &v, at, v.Last, false, false)
		}
		out = append(out, r.inSentence(i, v, t.way(), said.kinds()))
	}
	return out
}

// inSentence is a place of which the sentence of word i states the value; said is what words around it say.
func (r sentenceReader) inSentence(i int, v value.Value, way Way, said table.Kinds) Place {
	r.inOrder(&v, i)
	askOught(r, &v, i, r.Sentences[r.Words[i].Sentence].Last)
	if right, told := corrected(r, i); told {
		v = right
	}
	return Place{Value: v.V, Unit: v.Unit, Approx: v.Approx, Way: way, Role: r.Roles[r.Words[i].Line],
		Source: r.sentenceOf(i), Doubt: v.Doubt, Others: v.Others, Said: said}
}

// asksPart reports whether a pattern that begins at word i says what part it asks for behind the value, and nothing of
// the fact is before it in its sentence: "200 households, of which 153 households take part".
func (r sentenceReader) asksPart(t Pattern, i int) bool {
	if t.Derived || len(t.after) == 0 {
		return false
	}
	after := phrase.Phrase{Words: t.after}
	if slices.ContainsFunc(r.Reads.Units, func(u phrase.Phrase) bool { return u.In(after) }) {
		return false
	}
	s := r.Sentences[r.Words[i].Sentence]
	states := func(list int) bool {
		return slices.ContainsFunc(r.Hits[list], func(h phrase.Hit) bool { return h.First >= s.First && h.First < i })
	}
	return !states(r.List) && !slices.ContainsFunc(r.Say, func(t Pattern) bool { return states(t.list) })
}

// begins returns the words at which a pattern may begin: the places of what it has before the value or, if it has
// nothing there, all words of sentences with what follows it.
func (p *PageText) begins(t Pattern) []int {
	var out []int
	sent := -1
	for _, h := range p.Hits[t.list] {
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
func (r sentenceReader) valueIn(t Pattern, i, limit int) (at int, v value.Value, ok bool) {
	gap := 0
	switch {
	case t.gapBefore:
		gap = maxGap
	case len(t.before) > 0:
		gap = 2 // "contributed about", "đóng góp được hơn"
	}
	from := i + len(t.before)
	for at = from; at < limit && at <= from+gap; at++ {
		if v, ok = r.Reads.At(r.Page, r.LanguageAt(i), at, limit, false); ok || r.Words[at].Number {
			return at, v, ok
		}
	}
	return at, value.Value{}, false
}

// closes finds what a pattern has behind its value, which ends before word last, and returns the word after it.
func (t Pattern) closes(r sentenceReader, last, limit int) (int, bool) {
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
	for _, u := range r.Reads.Units {
		from, words := last-len(u.Words), r.Words[:limit]
		if len(u.Words) <= len(after.Words) && from >= 0 && u.IsAt(words, from) && after.IsAt(words, from) {
			return true
		}
	}
	return false
}

// Bounds of a form whose labels and values are on lines of their own: how many lines a label has, how many words a
// value, and how many words beside its own a label may have, and a question.
const (
	maxLabelLines = 3
	maxLineValue  = 8
	maxBeside     = 3
	maxAsked      = 6
)

// maxDenialReach is how many words before a label a word that denies it may be, and maxToldBehind how many words behind
// it may say that it was done.
const (
	maxDenialReach = 4
	maxToldBehind  = 6
)

const (
	nothingTold answerBehind = iota
	carriedOut               // "was held"
	denied                   // "was not held", "ble det ikke i år"
)
