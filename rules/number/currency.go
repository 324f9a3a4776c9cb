package number

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/currency"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// IsCurrency reports whether a code is that of a currency in ISO 4217, in capital letters.
func IsCurrency(code string) bool {
	if len(code) != 3 || code != strings.ToUpper(code) || slices.Contains(noCurrencies, code) {
		return false
	}
	_, err := currency.ParseISO(code)
	return err == nil
}

// noCurrencies are codes of ISO 4217 that no amount of money is in: tests, none, metals, funds.
var noCurrencies = strings.Fields("XXX XTS XAU XAG XPT XPD XBA XBB XBC XBD XDR XUA XSU XRE")

// wordCodes are codes that are words in capital letters as well: they are read behind a number only, because headings
// have them ("TOP 10").
var wordCodes = strings.Fields("ALL TOP TRY CUP SOS MOP GEL COP BAM MAD RON BOB PEN LAK MUR DOP ANG TON CHE BAN VES HNL SUR MAN")

// currencyNames are the currencies that a name or sign may mean.
type currencyNames struct {
	codes []string // the most likely first
	minor bool     // it is a hundredth of them
}

// setCurrency sets the unit of q. A hundredth scales its value.
func (q *Quantity) setCurrency(c *currencyNames) {
	if q.Unit != "" && q.Unit != Percent && slices.Contains(c.codes, q.Unit) { // "$5 USD", "kr 500 NOK"
		c = &currencyNames{codes: []string{q.Unit}, minor: c.minor}
	} else if q.Unit != "" && len(q.Currencies) > 0 && slices.Contains(q.Currencies, c.codes[0]) {
		q.Currencies = nil
	}
	q.Unit, q.Currencies = c.codes[0], nil
	if len(c.codes) > 1 {
		q.Currencies = c.codes
	}
	if c.minor {
		q.each(func(v float64) float64 { return v / 100 })
	}
}

// currencyAt returns the currency whose name begins at word k, and how many words it has; before says that the name is
// before an amount.
func (r reader) currencyAt(k int, before bool) (c *currencyNames, n int) {
	return r.currencyBetween(k, r.limit, before)
}

// currencyBetween is currencyAt for a name that ends before word limit.
func (r reader) currencyBetween(k, limit int, before bool) (c *currencyNames, n int) {
	w := r.page.Words
	if k >= limit || w[k].Number {
		return nil, 0
	}
	names := r.lang.CurrencyNames(w[k].Text)
	for i := range names {
		name := &names[i]
		if before && !name.Before && len(r.lang.Code) > 0 && !isFullName(name) {
			continue
		}
		if m := text.MatchAt(w, k, limit, name.Name); m > n && !r.isCompound(k, limit) {
			c, n = &currencyNames{name.Codes, name.Minor}, m
		}
	}
	if n > 0 {
		return c, n
	}
	if code := r.codeAt(k); code != "" && !(before && slices.Contains(wordCodes, code)) {
		return &currencyNames{codes: []string{code}}, 1
	}
	return nil, 0
}

// isFullName reports whether a name may be written before an amount although it is not short: "kroner 500".
func isFullName(n *language.CurrencyName) bool { return n.Name == "kroner" }

// isCompound reports whether the word at k begins one that means something else than a currency: "đồng chí".
func (r reader) isCompound(k, limit int) bool {
	for _, s := range r.lang.NotCurrency {
		if text.MatchAt(r.page.Words, k, limit, s) > 0 {
			return true
		}
	}
	return false
}

// codeAt returns the code of ISO 4217 that is word k in capital letters, or "".
func (r reader) codeAt(k int) string {
	w := r.page.Words[k]
	if w.End-w.Start != 3 {
		return ""
	}
	for _, c := range r.page.Runes[w.Start:w.End] {
		if c < 'A' || c > 'Z' {
			return ""
		}
	}
	if code := string(r.page.Runes[w.Start:w.End]); IsCurrency(code) {
		return code
	}
	return ""
}

// currencySigns are the currencies whose sign ends with a code point.
func currencySigns(c rune) []language.CurrencySign {
	if c < 0x80 && c != '$' {
		return nil
	}
	return language.CurrencySigns(c)
}

// currencyBefore returns the currency before the number at word i, as a sign or a name, and how many words it has.
func (r reader) currencyBefore(i int) (c *currencyNames, words int) {
	w := r.page.Words
	if !w[i].Number {
		return r.signBefore(i)
	}
	if c, words = r.signBefore(i); c != nil {
		return c, words
	}
	for n := min(4, i); n >= 1; n-- {
		if w[i].Start-w[i-1].End > 2 || w[i-n].Sentence != w[i].Sentence {
			continue
		}
		if c, got := r.currencyBetween(i-n, i, true); got == n && (i-n == 0 || !w[i-n-1].Number) {
			return c, n
		}
	}
	return nil, 0
}

// signBefore returns the currency whose sign is right before word i, and how many words its letters are: "US$ 3".
func (r reader) signBefore(i int) (c *currencyNames, words int) {
	p, w := r.page, r.page.Words
	at := w[i].Start - 1
	if at >= 0 && (p.Runes[at] == ' ' || isSeparator(p.Runes[at])) {
		at--
	}
	if at < 0 {
		return nil, 0
	}
	for _, s := range currencySigns(p.Runes[at]) {
		n := len([]rune(s.Letters))
		if n == 0 {
			if w[i].Start-1 != at && i > 0 && w[i-1].Number && w[i-1].End == at { // "20$ 30": of the number before it
				return nil, 0
			}
			return &currencyNames{s.Codes, s.Minor}, 0
		}
		if at >= n && strings.ToUpper(string(p.Runes[at-n:at])) == s.Letters && i > 0 && w[i-1].End == at && w[i-1].Start == at-n {
			return &currencyNames{s.Codes, s.Minor}, 1
		}
	}
	return nil, 0
}

// signAfter returns the currency whose sign follows word k-1, with no more than a space between them.
func (r reader) signAfter(k int) *currencyNames {
	p, w := r.page, r.page.Words
	at := w[k-1].End
	if at < len(p.Runes) && p.Runes[at] == ' ' {
		at++
	}
	letters := at
	for at < len(p.Runes) && at-letters < 3 && unicode.IsUpper(p.Runes[at]) {
		at++
	}
	if at >= len(p.Runes) {
		return nil
	}
	glued := at+1 < len(p.Runes) && text.IsDigit(p.Runes[at+1])
	for _, s := range currencySigns(p.Runes[at]) {
		if string(p.Runes[letters:at]) != s.Letters || glued && letters != w[k-1].End { // "20 $30"
			continue
		}
		return &currencyNames{s.Codes, s.Minor}
	}
	return nil
}

// minorAfter reads hundredths behind an amount, at word k: "5 dollars and 20 cents", "2 đô la 23 xen". A bare number
// that follows a currency puts the amount in doubt. It returns the word after what it reads.
func (r reader) minorAfter(q *Quantity, k int) int {
	w := r.page.Words
	if q.Unit == "" || q.Unit == Percent || k >= r.limit || w[k].Sentence != w[k-1].Sentence {
		return r.signWords(q, k)
	}
	k = r.signWords(q, k)
	if k >= r.limit {
		return k
	}
	at := k
	if slices.Contains([]string{"and", "og", "và"}, w[at].Text) && at+1 < r.limit {
		at++
	}
	var part Quantity
	n := 0
	if w[at].Number {
		n = r.digitsAt(&part, at)
	} else if v, taken, _, _ := inWords(w[at:r.limit], r.lang); taken > 0 {
		part.Value, n = v, taken
	} else if v, small := Small(r.lang, w[at]); small {
		part.Value, n = v, 1
	}
	if n == 0 || part.Value >= 100 || part.Value < 0 {
		return k
	}
	if c, names := r.minorNamed(at + n); c != nil && (len(q.Currencies) > 0 || slices.Contains(c.codes, q.Unit) || len(c.codes) > 2) {
		v := part.Value / 100
		q.each(func(x float64) float64 { return x + v })
		return at + n + names
	}
	ends := at+n >= r.limit || w[at+n].Sentence != w[at].Sentence
	if ends && w[k].Clause == w[k-1].Clause && r.page.Gap(k-1) == " " && q.Value < 1000 {
		q.doubt(DoubtWords, q.Value+part.Value/100)
	}
	return k
}

// signWords skips a word that is the sign which signAfter read, and a code that repeats the currency.
func (r reader) signWords(q *Quantity, k int) int {
	w := r.page.Words
	if k < r.limit && k > 0 && w[k].End < len(r.page.Runes) && len(currencySigns(r.page.Runes[w[k].End])) > 0 &&
		unicode.IsUpper(r.page.Runes[w[k].Start]) && w[k].Start-w[k-1].End <= 1 {
		k++
	}
	if k < r.limit && q.Unit != "" && q.Unit != Percent && w[k].Clause == w[k-1].Clause {
		if c, n := r.currencyAt(k, false); n > 0 && !c.minor && (c.codes[0] == q.Unit || slices.Contains(q.Currencies, c.codes[0])) {
			q.Unit, q.Currencies = c.codes[0], nil
			if len(c.codes) > 1 {
				q.Currencies = c.codes
			}
			k += n
		}
	}
	return k
}

// minorNamed returns the currencies whose hundredth is named at word k, and how many words the name has.
func (r reader) minorNamed(k int) (c *currencyNames, n int) {
	if s := r.signAfter(k); s != nil && s.minor {
		return s, 0
	}
	if k >= r.limit {
		return nil, 0
	}
	names := r.lang.CurrencyNames(r.page.Words[k].Text)
	for i := range names {
		if m := text.MatchAt(r.page.Words, k, r.limit, names[i].Name); m > n && names[i].Minor {
			c, n = &currencyNames{names[i].Codes, true}, m
		}
	}
	return c, n
}
