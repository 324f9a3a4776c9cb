package rules

import (
	"strconv"
	"strings"

	"kheo/internal/text/language"
)

// reading is a value read from text.
type reading struct {
	value  any
	unit   string
	approx bool
	scaled bool // it has a magnitude or a currency of its own
	last   int  // word after it
}

// valueAt reads, in a language, a value of the fact's type that begins at word i.
// form says that it stands behind a label, where less needs to be said.
func (def *FactDef) valueAt(p *pageText, l *language.Language, i, limit int, form bool) (reading, bool) {
	switch def.Type {
	case Count, Money, Percent:
		return def.quantityAt(p, l, i, limit, form)
	case Date, Month:
		iso, month, last, ok := p.dateAt(l, i, limit)
		return reading{value: iso, last: last}, ok && !(month && def.Type == Date)
	case Period:
		return p.periodAt(l, i, limit)
	case YesNo:
		for _, answer := range []struct {
			words []string
			value bool
		}{{l.No, false}, {l.Yes, true}} {
			for _, s := range answer.words {
				if n := matchWordsAt(p.Words, i, limit, s); n > 0 {
					if i+n < limit && strings.Contains(p.gap(i+n-1), "/") || strings.Contains(p.gap(i-1), "/") { // "yes / no": nobody chose
						return reading{}, false
					}
					return reading{value: answer.value, last: i + n}, true
				}
			}
		}
	case OfUnit:
		s := p.Text(p.Words[i].Start, p.Words[limit-1].End)
		id := ""
		if def.env != nil {
			id = def.env.unitNamed(s)
		}
		return reading{value: id, last: limit}, id != ""
	case Words:
		s := strings.Join(strings.Fields(p.Text(p.Words[i].Start, p.Words[limit-1].End)), " ")
		return reading{value: s, last: limit}, s != ""
	}
	return reading{}, false
}

// quantityAt reads a count, an amount of money or a percentage.
func (def *FactDef) quantityAt(p *pageText, l *language.Language, i, limit int, form bool) (reading, bool) {
	q, ok := p.numberAt(l, i, limit)
	if !ok && def.Type == Count && i+1 < limit { // "five households"
		if v, small := smallNumber(l, p.Words[i]); small {
			for _, u := range def.units {
				if u.matchAt(p.Words[:limit], i+1) {
					return reading{value: v, unit: def.Unit, last: i + 1 + len(u.words)}, true
				}
			}
		}
	}
	if !ok || q.below {
		return reading{}, false
	}
	of := p.gap(i) == "/" && i+1 < limit && p.Words[i+1].Number // "85/90 households"
	if q.ordinal && !form && !of {
		return reading{}, false
	}
	r := reading{value: q.value, unit: def.Unit, approx: q.approx, scaled: q.unit != "" || q.magnified, last: q.last}
	switch def.Type {
	case Percent:
		if q.unit != "%" && !(form && q.unit == "") || form && q.unit == "" && q.last < limit && (p.gap(q.last-1) == "/" || p.outOf(l, q.last, limit)) {
			return reading{}, false
		}
		r.unit = "%"
		return r, true
	case Money:
		if q.unit == "%" || q.unit == "" && !form && !q.magnified {
			return reading{}, false
		}
		if q.unit != "" {
			r.unit = q.unit
		}
		return r, true
	}
	if q.unit != "" {
		return reading{}, false
	}
	at := q.last
	if of {
		if whole, ok := p.numberAt(l, i+1, limit); ok {
			at = whole.last
		}
	}
	for _, u := range def.units {
		if u.matchAt(p.Words[:limit], at) {
			r.last = at + len(u.words)
			return r, true
		}
	}
	if len(def.units) > 0 && !form {
		return reading{}, false
	}
	if form && len(def.units) > 0 && !of && at < limit && !p.Words[at].Number && p.Words[at].Clause == p.Words[i].Clause && !p.outOf(l, at, limit) {
		return reading{}, false // "120 người" where households are asked for
	}
	return r, true
}

// outOf reports whether "of 92" stands at word k.
func (p *pageText) outOf(l *language.Language, k, limit int) bool {
	for _, s := range l.Cues[language.OutOf] {
		if n := matchWordsAt(p.Words, k, limit, s); n > 0 && k+n < limit && p.Words[k+n].Number {
			return true
		}
	}
	return false
}

// ticked reads a yes or no that is chosen by a mark in a box. boxes is false where
// there are none.
func (p *pageText) ticked(l *language.Language, k, limit int) (v reading, ok, boxes bool) {
	chosen := map[bool]int{}
	for i := k; i < limit; i++ {
		marked, box := boxBefore(p, i)
		boxes = boxes || box
		if !marked {
			continue
		}
		for _, answer := range []struct {
			words []string
			value bool
		}{{l.No, false}, {l.Yes, true}} {
			for _, s := range answer.words {
				if n := matchWordsAt(p.Words, i, limit, s); n > 0 && chosen[answer.value] == 0 {
					chosen[answer.value] = i + n
				}
			}
		}
	}
	if len(chosen) != 1 {
		return reading{}, false, boxes
	}
	for value, last := range chosen {
		v = reading{value: value, last: last}
	}
	return v, true, boxes
}

// boxBefore reports whether a box stands before word i, and whether it is marked.
func boxBefore(p *pageText, i int) (marked, box bool) {
	from := max(0, p.Words[i].Start-6)
	if i > 0 {
		from = max(from, p.Words[i-1].End)
		if x := p.Words[i-1]; x.Text == "x" { // [x]
			from = max(0, x.Start-1)
		}
	}
	s := strings.ReplaceAll(string(p.Runes[from:p.Words[i].Start]), " ", "")
	switch {
	case strings.ContainsAny(s, "☒☑✓✔🗹■"), strings.HasSuffix(strings.ToLower(s), "[x]"), strings.HasSuffix(strings.ToLower(s), "(x)"):
		return true, true
	case strings.ContainsAny(s, "☐□"), strings.HasSuffix(s, "[]"), strings.HasSuffix(s, "()"):
		return false, true
	}
	return false, false
}

// periodAt reads "from March to November 2024", "01/2024 - 10/2024": an ISO 8601
// interval. The year of the first may be said with the second only.
func (p *pageText) periodAt(l *language.Language, i, limit int) (reading, bool) {
	from, month, k, ok := p.dateAt(l, i, limit)
	bareMonth := 0
	if !ok {
		r := dateReader{p, l, limit}
		if bareMonth, k = r.bareMonth(i); bareMonth == 0 {
			return reading{}, false
		}
	}
	for n := k; n < limit && n <= k+3; n++ {
		for _, s := range l.ToNow {
			if m := matchWordsAt(p.Words, n, limit, s); m > 0 && ok {
				return reading{value: from + "/..", last: n + m}, true
			}
		}
		to, _, last, found := p.dateAt(l, n, limit)
		if !found {
			continue
		}
		if bareMonth > 0 {
			y, _ := strconv.Atoi(to[:4])
			iso, valid := isoDate(y, bareMonth, 1)
			if !valid {
				return reading{}, false
			}
			from = iso[:7]
		}
		if month || bareMonth > 0 {
			to = to[:min(len(to), 7)]
		}
		if to < from {
			return reading{}, false
		}
		return reading{value: from + "/" + to, last: last}, true
	}
	return reading{}, false
}
