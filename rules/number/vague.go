package number

import (
	"slices"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// IsVagueCount reports whether a number that is not said begins at word k, as "several hundred", "hàng trăm" and
// "hundrevis" are: there are many. A word for it alone must be in the plural ("hundreds"); money says that a currency
// must follow, "hàng trăm triệu đồng", or that none may.
func IsVagueCount(p *text.Page, l *language.Language, k, limit int, money bool) bool {
	r := newReader(p, l, limit)
	vague := 0
	for _, s := range l.Vague {
		vague = max(vague, text.MatchAt(p.Words, k, limit, s))
	}
	at := k + vague
	n := 0
	for _, s := range l.VagueCounts {
		alone := vague > 0 || l.Inflects() && isPlural(l, s)
		if alone && at < limit && (vague == 0 || adjoin(p.Words[at-1], p.Words[at])) {
			n = max(n, text.MatchAt(p.Words, at, limit, s))
		}
	}
	if n == 0 || k > 0 && vague == 0 && (p.Words[k-1].Number || r.isNumeral(k-1)) {
		return false
	}
	at += n
	if at < limit && slices.Contains(l.Prepositions, p.Words[at].Text) {
		at++
	}
	return (at < limit && r.isCurrency(at)) == money
}

// isPlural reports whether a word of a number that is not said is one without a word such as "several" before it.
func isPlural(l *language.Language, s string) bool {
	return l.Magnitudes[s] == 0 && !slices.Contains(l.Hundreds, s) || len(s) > 1 && s[len(s)-1] == 's'
}
