package number

import (
	"math"
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

// wordCodes are codes that are words in capital letters as well: they are read behind a number only, because
// headings have them ("TOP 10").
var wordCodes = strings.Fields("ALL TOP TRY CUP SOS MOP GEL COP BAM MAD RON BOB PEN LAK MUR DOP ANG TON CHE BAN VES " +
	"HNL SUR MAN")

// currencyNames are the currencies that a name or sign may mean.
type currencyNames struct {
	codes []string // the most likely first
	minor bool     // it is a hundredth of them
	home  bool     // the first of them is meant, unless a fact has another one
	scale float64  // magnitude that its code has, as in MNOK; 0 if none
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
	q.Home = c.home
	if c.scale > 0 && q.Value != 0 {
		q.each(func(v float64) float64 { return v * c.scale })
		q.Magnified, q.magnitude = true, c.scale
	}
	if c.minor {
		q.each(func(v float64) float64 { return v / 100 })
	}
}

// currencyReader reads the names, codes and signs of currencies.
type currencyReader struct{ words }

// mayNameCurrency reports whether the name or code of a currency may begin with word k.
func (r currencyReader) mayNameCurrency(k int) bool {
	w := &r.page.Words[k]
	if n := w.End - w.Start; n >= 3 && n <= 4 && text.IsUpper(r.page.Runes[w.Start]) {
		return true
	}
	return len(r.lang.CurrencyNames(w.Text)) > 0
}

// currencyAt returns the currency whose name begins at word k, and how many words it has; before says that
// the name is before an amount.
func (r currencyReader) currencyAt(k int, before bool) (c *currencyNames, n int) {
	return r.currencyBetween(k, r.limit, before)
}

// currencyBetween is currencyAt for a name that ends before word limit.
func (r currencyReader) currencyBetween(k, limit int, before bool) (c *currencyNames, n int) {
	w := r.page.Words
	if k >= limit || w[k].Number {
		return nil, 0
	}
	names := r.lang.CurrencyNames(w[k].Text)
	for i := range names {
		name := &names[i]
		if before && !name.Before && (slices.Contains(wordNames, name.Name) || name.Minor) {
			continue
		}
		if m := text.MatchAt(w, k, limit, name.Name); m > n && !r.isCompound(k, limit) {
			c, n = &currencyNames{codes: name.Codes, minor: name.Minor, home: name.Home}, m
		}
	}
	if n > 0 {
		return c, n
	}
	if code, scale := r.codeAt(k); code != "" && !(before && slices.Contains(wordCodes, code)) {
		return &currencyNames{codes: []string{code}, scale: scale}, 1
	}
	return nil, 0
}

// wordNames are names of currencies that are words as well: they are not read before a number ("they won 20
// medals").
var wordNames = strings.Fields("won real pound pounds pund sol soles lei leu lev leva rand kip tệ bảng yên đô đồng " +
	"krone kroon buck bucks quid")

// isCompound reports whether the word at k begins one that means something else than a currency: "đồng chí", but not
// "95 đồng, phục vụ".
func (r currencyReader) isCompound(k, limit int) bool {
	for _, s := range r.lang.NotCurrency {
		if n := text.MatchAt(r.page.Words, k, limit, s); n > 0 && (n == 1 || strings.TrimSpace(r.page.Gap(k)) == "") {
			return true
		}
	}
	return false
}

// codeAt returns the code of ISO 4217 that is word k in capital letters, or "", and the magnitude before it:
// MNOK are millions of NOK, 0 if there is none.
func (r currencyReader) codeAt(k int) (code string, scale float64) {
	w := r.page.Words[k]
	n := w.End - w.Start
	if n != 3 && n != 4 {
		return "", 0
	}
	for _, c := range r.page.Runes[w.Start:w.End] {
		if c < 'A' || c > 'Z' {
			return "", 0
		}
	}
	code = string(r.page.Runes[w.Start:w.End])
	if n == 4 {
		scale = map[byte]float64{'M': 1e6, 'K': 1e3, 'T': 1e3}[code[0]]
		if code = code[1:]; scale == 0 || slices.Contains(wordCodes, code) {
			return "", 0
		}
	}
	if !IsCurrency(code) {
		return "", 0
	}
	return code, scale
}

// currencySigns are the currencies whose sign ends with a code point.
func currencySigns(c rune) []language.CurrencySign {
	if c < 0x80 && c != '$' {
		return nil
	}
	return language.CurrencySigns(c)
}

// currencyBefore returns the currency before the number at word i, as a sign or a name, and how many words it
// has.
func (r currencyReader) currencyBefore(i int) (c *currencyNames, words int) {
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

// signBefore returns the currency whose sign is right before word i, and how many words its letters are: "US$
// 3".
func (r currencyReader) signBefore(i int) (c *currencyNames, words int) {
	p, w := r.page, r.page.Words
	at := w[i].Start - 1
	if at >= 0 && (p.Runes[at] == ' ' || isSeparator(p.Runes[at])) {
		at--
	}
	if at < 0 {
		return nil, 0
	}
	// "20$ 30": of the number before it
	ofNumber := w[i].Start-1 != at && i > 0 && w[i-1].Number && w[i-1].End == at
	for _, s := range currencySigns(p.Runes[at]) {
		switch {
		case s.Letters == "" && ofNumber:
			return nil, 0
		case s.Letters == "":
			return &currencyNames{codes: s.Codes, minor: s.Minor}, 0
		case i > 0 && r.lettersEnd(i-1, at, s.Letters):
			return &currencyNames{codes: s.Codes, minor: s.Minor}, 1
		}
	}
	return nil, 0
}

// lettersEnd reports whether word k is the letters of a sign that is code point at: glued and in capital
// letters, or, if they are several, a space before it: "us $ 3".
func (r currencyReader) lettersEnd(k, at int, letters string) bool {
	p, w := r.page, r.page.Words[k]
	if w.End == at {
		return string(p.Runes[w.Start:w.End]) == letters
	}
	return len(letters) > 1 && w.End == at-1 && p.Runes[at-1] == ' ' && strings.EqualFold(w.Text, letters)
}

// signAfter returns the currency whose sign follows word k-1, with no more than a space between them.
func (r currencyReader) signAfter(k int) *currencyNames {
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
		return &currencyNames{codes: s.Codes, minor: s.Minor}
	}
	return nil
}

// minorAfter reads hundredths behind an amount, at word k: "5 dollars and 20 cents", "2 đô la 23 xen". A bare
// number that follows a currency puts the amount in doubt. It returns the word after what it reads.
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
	if c, names := r.minorNamed(at + n); c != nil && (len(q.Currencies) > 0 ||
		slices.Contains(c.codes, q.Unit) || len(c.codes) > 2) {
		v := part.Value / 100
		q.each(func(x float64) float64 { return x + v })
		return at + n + names
	}
	return r.bareMinor(q, k, at, n, part.Value/100)
}

// bareMinor reads a bare number of n words at word at, behind a currency that ends before word k: two digits
// that end the clause are hundredths, "15 dollars 50"; others put the amount in doubt.
func (r reader) bareMinor(q *Quantity, k, at, n int, part float64) int {
	w := r.page.Words
	if w[k].Clause != w[k-1].Clause || strings.Trim(r.page.Gap(k-1), " ") != "" || q.Value >= 1000 ||
		q.Magnified ||
		q.Value != math.Trunc(q.Value) {
		return k
	}
	ends := at+n >= r.limit || w[at+n].Clause != w[at].Clause
	if ends && at == k && part >= 0.1 && (!w[at].Number || len(w[at].Text) == 2) {
		q.each(func(x float64) float64 { return x + part })
		return at + n
	}
	if ends || at == k {
		q.doubt(DoubtWords, q.Value+part)
	}
	return k
}

// signWords skips a word that is the sign which signAfter read, and a code that repeats the currency.
func (r reader) signWords(q *Quantity, k int) int {
	w := r.page.Words
	if k < r.limit && k > 0 && w[k].End < len(r.page.Runes) &&
		len(currencySigns(r.page.Runes[w[k].End])) > 0 &&
		unicode.IsUpper(r.page.Runes[w[k].Start]) && w[k].Start-w[k-1].End <= 1 {
		k++
	}
	if k < r.limit && q.Unit != "" && q.Unit != Percent && w[k].Clause == w[k-1].Clause {
		if c, n := r.currencyAt(k, false); n > 0 && !c.minor && (c.codes[0] == q.Unit ||
			slices.Contains(q.Currencies, c.codes[0])) {
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
func (r currencyReader) minorNamed(k int) (c *currencyNames, n int) {
	if s := r.signAfter(k); s != nil && s.minor {
		return s, 0
	}
	if k >= r.limit {
		return nil, 0
	}
	names := r.lang.CurrencyNames(r.page.Words[k].Text)
	for i := range names {
		if m := text.MatchAt(r.page.Words, k, r.limit, names[i].Name); m > n && names[i].Minor {
			c, n = &currencyNames{codes: names[i].Codes, minor: true}, m
		}
	}
	return c, n
}
