package value

import (
	"cmp"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/number"
)

// quantityAt reads a count, an amount of money or a percentage at word i.
func (r *Reader) quantityAt(p *text.Page, l *language.Language, i, limit int, form bool) (Value, bool) {
	q, ok := number.At(p, l, i, limit)
	if !ok && r.Type == Count {
		if v, ok := r.smallCount(p, l, i, limit); ok {
			return v, true
		}
	}
	if !ok || q.Below {
		return Value{}, false
	}
	ofWhole := p.Gap(i) == "/" && i+1 < limit && p.Words[i+1].Number // "85/90 households"
	if q.Ordinal && !form && !ofWhole {
		return Value{}, false
	}
	v := Value{V: q.Value, Unit: r.Unit, Approx: q.Approx, Scaled: q.Unit != "" || q.Magnified, First: i, Last: q.Last}
	switch r.Type {
	case Percent:
		v.Unit = number.Percent
		return v, isPercent(p, l, &q, limit, form)
	case Money:
		v.Unit = cmp.Or(q.Unit, r.Unit)
		return v, q.Unit != number.Percent && (q.Unit != "" || form || q.Magnified)
	}
	if q.Unit != "" {
		return Value{}, false
	}
	at := q.Last
	if ofWhole {
		if whole, ok := number.At(p, l, i+1, limit); ok {
			at = whole.Last
		}
	}
	return r.counted(p, l, v, at, limit, form, ofWhole)
}

// smallCount reads "five households": a word for one to nine counts only with its unit right behind it.
func (r *Reader) smallCount(p *text.Page, l *language.Language, i, limit int) (Value, bool) {
	if i+1 >= limit {
		return Value{}, false
	}
	v, small := number.Small(l, p.Words[i])
	if !small {
		return Value{}, false
	}
	n := r.UnitAt(p, i+1, limit)
	return Value{V: v, Unit: r.Unit, Last: i + 1 + n}, n > 0
}

// isPercent reports whether a quantity is a percentage: it has the sign or, in a form, no unit and nothing that it is
// a part of.
func isPercent(p *text.Page, l *language.Language, q *number.Quantity, limit int, form bool) bool {
	if q.Unit != "" || !form {
		return q.Unit == number.Percent
	}
	isPart := q.Last < limit && (p.Gap(q.Last-1) == "/" || number.OutOf(p, l, q.Last, limit))
	return !isPart
}

// counted completes a count, whose unit is looked for at word at. Sentences must name the unit; forms need not, but
// another noun in its place refuses the number: "120 người" does not count households.
func (r *Reader) counted(p *text.Page, l *language.Language, v Value, at, limit int, form, ofWhole bool) (Value, bool) {
	if len(r.Units) == 0 {
		return v, true
	}
	if n := r.UnitAt(p, at, limit); n > 0 {
		v.Last = at + n
		return v, true
	}
	if !form {
		return Value{}, false
	}
	inClause := at < limit && p.Words[at].Clause == p.Words[v.First].Clause
	if !ofWhole && inClause && !p.Words[at].Number && !number.OutOf(p, l, at, limit) {
		return Value{}, false
	}
	return v, true
}

// UnitAt returns how many words of the reader's unit are at word k of the page, before word limit; 0 if it is not
// there.
func (r *Reader) UnitAt(p *text.Page, k, limit int) int {
	for _, u := range r.Units {
		if u.IsAt(p.Words[:limit], k) {
			return len(u.Words)
		}
	}
	return 0
}
