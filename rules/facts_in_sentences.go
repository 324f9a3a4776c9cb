package rules

import (
	"slices"
	"strings"

	"kheo/internal/text/language"
	"kheo/rules/phrase"
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

// bySentence reads values by a pattern such as "{} households take part".
func (def *FactDef) bySentence(p *pageText, t template) []candidate {
	var out []candidate
	past := 0 // words up to here belong to a value: no other begins inside it
	for _, i := range p.begins(t) {
		if i < past {
			continue
		}
		limit := min(p.Sentences[p.Words[i].Sentence].Last, i+maxPattern)
		at, v, ok := def.valueIn(p, t, i, limit)
		if !ok {
			continue
		}
		past = v.Last
		end, ok := t.closes(p, def, v.Last, limit)
		if !ok || p.refuted(i, end, 0, false) != "" || def.disclaimed(p, i+1, end, end) ||
			def.notTheWhole(p, i, at, v.Last) {
			continue
		}
		out = append(out, candidate{value: v.V, unit: v.Unit, approx: v.Approx, way: t.way(),
			role: p.roles[p.Words[i].Line], source: p.sentenceOf(i), doubt: v.Doubt, others: v.Others})
	}
	return out
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
func (def *FactDef) valueIn(p *pageText, t template, i, limit int) (at int, v value.Value, ok bool) {
	gap := 0
	switch {
	case t.gapBefore:
		gap = maxGap
	case len(t.before) > 0:
		gap = 2 // "contributed about", "đóng góp được hơn"
	}
	from := i + len(t.before)
	for at = from; at < limit && at <= from+gap; at++ {
		if v, ok = def.reads.At(&p.Page, p.LanguageAt(i), at, limit, false); ok || p.Words[at].Number {
			return at, v, ok
		}
	}
	return at, value.Value{}, false
}

// closes finds what a pattern has behind its value, which ends before word last, and returns the word after it.
func (t template) closes(p *pageText, def *FactDef, last, limit int) (int, bool) {
	if len(t.after) == 0 {
		return last, true
	}
	after := phrase.Phrase{Words: t.after}
	for gap := 0; gap <= maxGap && last+gap < limit; gap++ {
		at := last + gap
		if after.IsAt(p.Words[:limit], at) && p.Words[at].Clause == p.Words[last-1].Clause {
			return at + len(t.after), true
		}
		if !t.gapAfter || p.Words[at].Number {
			break
		}
	}
	return last, def.unitEats(p, after, last, limit)
}

// unitEats allows "{} households take part" to match although the unit "households" was read as part of the value.
func (def *FactDef) unitEats(p *pageText, after phrase.Phrase, last, limit int) bool {
	for _, u := range def.reads.Units {
		from, words := last-len(u.Words), p.Words[:limit]
		if len(u.Words) <= len(after.Words) && from >= 0 && u.IsAt(words, from) && after.IsAt(words, from) {
			return true
		}
	}
	return false
}

// bareCount reads a number without its unit in words [k, limit), behind a label that says what is counted: one that
// ends its clause, or begins "from 12 to 45".
func (def *FactDef) bareCount(p *pageText, l *language.Language, k, limit int) (int, value.Value, bool) {
	for i := k; i < limit; i++ {
		v, ok := def.reads.At(&p.Page, l, i, limit, true)
		if !ok {
			continue
		}
		to := p.claims.Has(language.ChangeTo, v.Last, min(limit, v.Last+2))
		return i, v, to || v.Last == limit || p.Words[v.Last].Clause != p.Words[v.Last-1].Clause
	}
	return 0, value.Value{}, false
}

// disclaimed reports whether a cue between a label, which ends before word from, and its value at words [at, last)
// says that the value is not a statement: a plan, a negation, a wish.
func (def *FactDef) disclaimed(p *pageText, from, at, last int) bool {
	for sent := p.Words[from-1].Sentence; sent <= p.Words[last-1].Sentence; sent++ {
		for _, c := range p.claims.Cues(sent) {
			if c.First < from || c.Last > at {
				continue
			}
			switch c.Kind {
			case language.Plan, language.Wish, language.Modal, language.Conditional, language.PartOf:
				return true
			case language.Negator, language.Past:
				if def.reads.Type != value.YesNo {
					return true
				}
			}
		}
	}
	return false
}

// notTheWhole reports whether a quantity at words [at, last), of a sentence with the label or pattern at word first,
// is a share ("each household gave"), a part ("of which"), or of another time ("last year").
func (def *FactDef) notTheWhole(p *pageText, first, at, last int) bool {
	if !def.reads.Type.IsNumber() {
		return false
	}
	s := p.Sentences[p.Words[at].Sentence]
	if p.claims.Has(language.PartOf, s.First, at) {
		return true
	}
	from, to := p.claims.Clause(min(first, at), last)
	if p.claims.Has(language.Past, from, to) || def.opens != "" && p.claims.EarlierYear(from, to, def.opens) {
		return true
	}
	if def.reads.Type == value.Percent {
		return false
	}
	return p.claims.Has(language.Each, from, min(to, last+3)) || last < len(p.Words) && p.Gap(last-1) == "/"
}

// changedTo reads the second value of "from 12 to 45", whose first is at words [at, last).
func (def *FactDef) changedTo(p *pageText, l *language.Language, at, last, limit int) (value.Value, bool) {
	if !p.claims.Has(language.ChangeFrom, max(0, at-1), at) {
		return value.Value{}, false
	}
	for i := last; i < limit && i <= last+4; i++ {
		v, ok := def.reads.At(&p.Page, l, i, limit, false)
		if !ok && def.reads.Type != value.Percent { // "from 12 households to 45"
			v, ok = def.reads.At(&p.Page, l, i, limit, true)
		}
		if ok {
			return v, p.claims.Has(language.ChangeTo, last, i)
		}
	}
	return value.Value{}, false
}
