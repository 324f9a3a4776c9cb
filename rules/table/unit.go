package table

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// UnitIn returns the magnitude and the currency that words [first, last) of the page name as the unit of other values:
// in brackets ("(triệu đồng)"), behind words that announce a unit ("ĐVT: nghìn đồng"), or by both together ("in 1000
// NOK", "mill. kr", "MNOK"). A word such as "million" alone, in a title, is not a unit.
func UnitIn(p *text.Page, first, last int) Meaning {
	if !hasUnit(p, first, last) {
		return Meaning{Currency: signIn(p, first, last)}
	}
	for i := first; i < last; i++ {
		bracket := i > 0 && strings.ContainsAny(p.Gap(i-1), "([")
		if !bracket && !announced(p, first, i) {
			continue
		}
		to := last
		if bracket {
			to = i + 1
			for to < last && !strings.ContainsAny(p.Gap(to-1), ")]") {
				to++
			}
		}
		if m := unitAt(p, i, to, true); m.Scale > 0 || m.Currency != "" {
			return m
		}
	}
	for i := first; i < last; i++ {
		if m := unitAt(p, i, last, false); m.Currency != "" {
			return m
		}
	}
	return Meaning{Currency: signIn(p, first, last)}
}

// hasUnit reports whether a word among [first, last) may be part of a unit: most headers have none.
func hasUnit(p *text.Page, first, last int) bool {
	h := language.HeaderWords()
	for i := first; i < last; i++ {
		w := &p.Words[i]
		round := w.Number && (w.Text[0] == '0' || w.Text[0] == '1')
		if round || h.MayBeUnit(w.Text) || signBefore(p, i) != "" {
			return true
		}
	}
	return false
}

// signIn returns the currency whose sign is alone in brackets among words [first, last) or right behind them, as in
// "Amount (£)".
func signIn(p *text.Page, first, last int) string {
	const behind = 4 // code points
	if first >= last {
		return ""
	}
	to := min(p.Words[last-1].End+behind, len(p.Runes))
	for i := p.Words[first].Start; i < to && p.Runes[i] != '\t' && p.Runes[i] != '\n'; i++ {
		code := signs[p.Runes[i]]
		if code != "" && i > 0 && i+1 < len(p.Runes) && p.Runes[i-1] == '(' && p.Runes[i+1] == ')' {
			return code
		}
	}
	return ""
}

// announced reports whether word i follows words that announce a unit, such as "đvt" or "in".
func announced(p *text.Page, first, i int) bool {
	if i <= first {
		return false
	}
	switch p.Words[i-1].Text {
	case "in", "i", "tính", "đvt", "unit", "enhet", "units", "beløp", "tall", "currency", "valuta", "tệ":
		return true
	}
	return p.Words[i-1].Text == "vị" && strings.Contains(p.Gap(i-1), ":") // "Đơn vị: triệu đồng"
}

// unitAt reads a magnitude and a currency at word i, in either order; with alone, one of them is enough.
func unitAt(p *text.Page, i, last int, alone bool) Meaning {
	m := Meaning{}
	h := language.HeaderWords()
	if c, ok := h.Scaled(p.Words[i].Text); ok {
		return Meaning{Scale: c.By, Currency: c.Currency}
	}
	k := i
	if code, n := currencyAt(p, k, last); n > 0 {
		m.Currency, k = code, k+n
	} else {
		m.Currency = signBefore(p, k)
	}
	sign := m.Currency != ""
	scale, n := magnitudeAt(p, k, last, sign)
	k += n
	if n > 0 && m.Currency == "" && k+1 < last && slices.Contains([]string{"of", "av"}, p.Words[k].Text) {
		k++ // "in thousands of US dollars"
	}
	if m.Currency == "" && k < last {
		code, n := currencyAt(p, k, last)
		if m.Currency = code; n == 0 {
			m.Currency = signBefore(p, k)
		}
	}
	if n > 0 {
		m.Scale = scale
	}
	if !alone && (m.Currency == "" || n == 0) {
		return Meaning{}
	}
	return m
}

// signs are the signs of currencies, with ISO 4217 codes. A sign that several currencies share is not among them.
var signs = map[rune]string{'€': "EUR", '£': "GBP", '₫': "VND", '$': "USD"}

// signBefore returns the currency whose sign is right before word k.
func signBefore(p *text.Page, k int) string {
	if k < 0 || k >= len(p.Words) || p.Words[k].Start == 0 {
		return ""
	}
	for at := p.Words[k].Start - 1; at >= 0 && at >= p.Words[k].Start-2; at-- {
		if code := signs[p.Runes[at]]; code != "" {
			return code
		}
	}
	return ""
}

// currencyAt returns the currency that is named at word k in any language, and how many words it has. A name that
// several currencies share counts only if one of them is meant by default.
func currencyAt(p *text.Page, k, last int) (code string, n int) {
	if k >= last {
		return "", 0
	}
	for _, l := range language.All() {
		for _, c := range l.CurrencyNames(p.Words[k].Text) {
			if m := text.MatchAt(p.Words, k, last, c.Name); m > n && (len(c.Codes) == 1 || c.Home) {
				code, n = c.Codes[0], m
			}
		}
	}
	return code, n
}

// magnitudeAt reads magnitudes at word k, as words in any language or as digits ("1000", "1 000", "000"), and returns
// how many words they have. Behind the sign of a currency, letters such as k count too.
func magnitudeAt(p *text.Page, k, last int, sign bool) (scale float64, n int) {
	scale, n, ok := roundAt(p, k, last)
	if !ok {
		return 0, 0
	}
	for ; k+n < last; n++ {
		m := magnitude(p.Words[k+n].Text)
		if m == 0 || len(p.Words[k+n].Text) == 1 && !sign {
			break
		}
		scale *= m
	}
	return scale, n
}

// roundAt reads a thousand or a million in digits at word k, also without the leading 1. It returns 1 and no words if
// there are no digits; ok is false if they are another number.
func roundAt(p *text.Page, k, last int) (scale float64, n int, ok bool) {
	zeros, digits := 0, 0
	for ; k+n < last && p.Words[k+n].Number; n++ {
		for _, r := range p.Words[k+n].Text {
			switch {
			case r == '0':
				zeros++
			case r == '1' && digits == 0:
			case r == '.' || r == ',':
				continue
			default:
				return 0, 0, false
			}
			digits++
		}
	}
	switch zeros {
	case 0:
		return 1, 0, n == 0
	case 3:
		return 1000, n, true
	case 6:
		return 1_000_000, n, true
	}
	return 0, 0, false
}

// magnitude returns the magnitude that a word is in any language, from a thousand up; 0 if it is none.
func magnitude(word string) float64 {
	for _, l := range language.All() {
		if m := l.Magnitudes[word]; m >= 1000 {
			return m
		}
	}
	return language.HeaderWords().Thousands(word)
}
