package sheets

import (
	"math"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/sight"
)

// forNumber returns the section that shows a number. Without conditions the sections are for positive
// numbers, negative ones, zero and text; with one section less than that, the first also shows what has
// none.
func (f *format) forNumber(v float64) *section {
	s := f.sections
	if s[0].compare != "" || len(s) > 1 && s[1].compare != "" {
		for i := range s {
			if i < 3 && (s[i].compare == "" || holds(v, s[i].compare, s[i].bound)) {
				return &s[i]
			}
		}
		return &s[min(len(s), 3)-1]
	}
	if n := len(s); n > 1 && n < 4 && s[n-1].kind == showsText {
		s = s[:n-1]
	}
	switch {
	case v < 0 && len(s) > 1:
		return &s[1]
	case v == 0 && len(s) > 2:
		return &s[2]
	}
	return &s[0]
}

// holds reports whether a comparison is true; an operator that there is not never holds.
func holds(v float64, op string, w float64) bool {
	switch op {
	case "<":
		return v < w
	case "<=":
		return v <= w
	case ">":
		return v > w
	case ">=":
		return v >= w
	case "=":
		return v == w
	case "<>":
		return v != w
	}
	return false
}

// forText returns what a format shows of a text: the literals on either side of it, and whether it shows it.
func (f *format) forText() (before, after string, shown bool) {
	n := len(f.sections)
	s := &f.sections[n-1]
	if n < 4 && s.kind != showsText {
		return "", "", true
	}
	if s.kind != showsText && s.kind != showsGeneral {
		return s.before, s.after, false
	}
	return s.before, s.after, true
}

// shownNumber is what a cell shows of a number.
type shownNumber struct {
	text   string
	value  *dossier.Value
	hidden bool          // the format shows something else, or nothing
	colour *sight.Colour // that the format paints it in
	fixed  bool          // it does not adapt to the width of its column
}

// show returns what a format shows of a number. mark is the decimal mark, from1904 the epoch of dates. A
// section that shows words in place of a number hides it, but for a dash in place of zero.
func (f *format) show(v float64, mark string, from1904 bool) shownNumber {
	s := f.forNumber(v)
	out := shownNumber{colour: s.colour, fixed: s.kind != showsGeneral && s.kind != showsText,
		value: &dossier.Value{Kind: dossier.NumberValue, Number: layout.Plain(v, layout.AllDigits), Format: f.code}}
	if f.code == "General" {
		out.value.Format = ""
	}
	switch s.kind {
	case showsNothing:
		out.hidden, out.value = true, nil
	case showsLiteral:
		out.text = strings.TrimSpace(s.before)
		if out.hidden, out.value = v != 0, nil; v == 0 && strings.Trim(out.text, "-–— ") == "" {
			// a dash is how accountants write it
			out.value = &dossier.Value{Kind: dossier.NumberValue, Number: "0", Format: f.code}
		}
	case showsDate:
		s.showDate(v, from1904, &out)
	case showsNumber:
		s.showNumber(v, mark, &out)
	default:
		out.text = s.before + layout.Decimal(layout.Plain(v, layout.GeneralDigits), mark) + s.after
	}
	return out
}

// showNumber writes a number as a section with places for digits does, but without grouping: a number that
// is read again must not depend on what groups digits in a language. A fraction or an exponent is written
// as the number it is.
func (s *section) showNumber(v float64, mark string, out *shownNumber) {
	switch {
	case s.percent > 0:
		out.value.Kind = dossier.PercentValue
	case s.money() != "":
		out.value.Kind, out.value.Unit = dossier.AmountValue, s.money()
	}
	shown := v * math.Pow(100, float64(s.percent)) / math.Pow(1000, float64(s.thousands))
	form := layout.NumberForm{Whole: s.whole, Decimals: s.digits}
	if s.exact {
		form = layout.NumberForm{Decimals: -1}
	}
	sign, text, fraction := form.Digits(shown)
	if m := s.masked(text); m != "" {
		text = m
	}
	if fraction != "" {
		text = layout.Decimal(text+"."+fraction, mark)
	}
	out.text = layout.Around(s.before, sign, text, s.after, s.abs)
}

// masked writes digits into places that have literals between them, from the last to the first, as
// "00-00-00" does; "" if the section has none. Digits without a place go before the first.
func (s *section) masked(digits string) string {
	if strings.Trim(string(s.mask), "0#?") == "" {
		return ""
	}
	var out []rune
	at := len(digits)
	for i := len(s.mask) - 1; i >= 0; i-- {
		switch r := s.mask[i]; {
		case !strings.ContainsRune("0#?", r):
			out = append(out, r)
		case at > 0:
			at--
			out = append(out, rune(digits[at]))
		}
	}
	for ; at > 0; at-- {
		out = append(out, rune(digits[at-1]))
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return strings.TrimSpace(string(out))
}

// currencies maps signs of money in number formats to ISO 4217 codes.
var currencies = map[string]string{"₫": "VND", "đ": "VND", "đồng": "VND", "vnđ": "VND", "vnd": "VND", "$": "USD",
	"us$": "USD", "usd": "USD", "€": "EUR", "eur": "EUR", "£": "GBP", "gbp": "GBP", "nok": "NOK", "kr": "kr",
	"kr.": "kr"}

// money returns the currency that a section shows, as a code of ISO 4217 if it is known; "" if it shows none.
func (s *section) money() string {
	for _, word := range []string{s.currency, s.before, s.after} {
		if code := currencies[strings.ToLower(strings.TrimSpace(strings.Trim(word, "()- ")))]; code != "" {
			return code
		}
	}
	return s.currency
}
