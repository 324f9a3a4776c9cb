package number

import (
	"kheo/internal/text"
	"kheo/internal/text/language"
)

// MeasureAt returns the unit of a measure that is named at word k of the page, behind a number, and how many
// words its name has; nil if there is none. What is squared or cubed is not a length: "500 m²" are not
// metres.
func MeasureAt(p *text.Page, l *language.Language, k, limit int) (m *language.Measure, n int) {
	if k >= limit {
		return nil, 0
	}
	names := l.MeasureNames(p.Words[k].Text)
	for i := range names {
		name := &names[i]
		if k+len(name.Words) > limit || len(name.Words) < n {
			continue
		}
		same := true
		for j, s := range name.Words {
			same = same && p.Words[k+j].Text == s
		}
		if last := p.Words[k+len(name.Words)-1].End; same && powerAt(p, last) == name.Squared &&
			!cubedAt(p, last) {
			m, n = name.Measure, len(name.Words)
		}
	}
	return m, n
}

// powerAt reports whether ² is at code point at.
func powerAt(p *text.Page, at int) bool { return at < len(p.Runes) && p.Runes[at] == '²' }

// cubedAt reports whether ³ is at code point at.
func cubedAt(p *text.Page, at int) bool { return at < len(p.Runes) && p.Runes[at] == '³' }
