package rules

import (
	"math"
	"strconv"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// quantity is a number read from text.
type quantity struct {
	value   float64
	first   int // words[first:last]
	last    int
	approx  bool   // "about", "more than"
	below   bool   // "fewer than"
	unit    string // currency code or "%" where one follows, else ""
	ordinal bool   // "số 12", a year, part of a date: not a quantity

	magnified bool // a magnitude such as "million" was said
	magnitude float64
}

// grouping takes separators out of a number.
var grouping = strings.NewReplacer(".", "", ",", "")

// digits reads "1.250", "2,5", "1,250.75" as the language writes them. A
// single separator before exactly three digits groups thousands where the
// language uses it so; two kinds of separator: the last one is the decimal's.
func digits(s, decimal string) (float64, bool) {
	dots, commas := strings.Count(s, "."), strings.Count(s, ",")
	group := "."
	if decimal == "." {
		group = ","
	}
	switch {
	case dots > 0 && commas > 0:
		if strings.LastIndexByte(s, '.') > strings.LastIndexByte(s, ',') {
			s = strings.ReplaceAll(s, ",", "")
		} else {
			s = strings.ReplaceAll(strings.ReplaceAll(s, ".", ""), ",", ".")
		}
	case dots+commas > 1: // only grouping repeats
		s = grouping.Replace(s)
	case dots+commas == 1:
		sep := "."
		if commas == 1 {
			sep = ","
		}
		head, tail, _ := strings.Cut(s, sep)
		if len(tail) == 3 && len(head) <= 3 && head != "0" && sep == group {
			s = head + tail
		} else {
			s = head + "." + tail
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && !math.IsInf(f, 0)
}

func isIn(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// numberAt reads, in a language, the quantity that begins at word i: digits or number
// words, with grouping by spaces, magnitudes ("2 tỷ 350 triệu", "half a million"),
// percent sign, and currency on either side.
func (p *pageText) numberAt(l *language.Language, i, limit int) (quantity, bool) {
	q := quantity{first: i}
	w := p.Words
	before := i // where the quantity begins for what stands before it
	if code, n := currencyAt(w, l, i, limit); n > 0 && !w[i].Number && i+n < limit && w[i+n].Number && w[i+n].Start-w[i+n-1].End <= 2 {
		q.unit, i = code, i+n
	} else if code, back := currencyBefore(p, l, i); code != "" {
		q.unit, before = code, i-back
	}
	k := i
	switch half := halfAt(w, l, i, limit); {
	case w[i].Number:
		v, n, ok := p.digitsAt(l, i, limit)
		if !ok {
			return q, false
		}
		q.value, k = v, i+n
	case half > 0:
		q.value, k = 0.5, i+half
	default:
		v, n := wordsNumber(w[i:limit], l)
		if n == 0 {
			return q, false
		}
		q.value, k, q.magnified = v, i+n, v >= 1000
	}
	k = p.magnify(&q, l, i, k, limit)
	if q.value == 0.5 && k < limit && !q.magnified && !w[i].Number { // "nửa" of something else
		return q, false
	}
	if k < limit {
		if w[k].Text == "%" {
			q.unit = "%"
			k++
		} else if n := percentWord(w, k, limit); n > 0 {
			q.unit = "%"
			k += n
		} else if code, n := currencyAt(w, l, k, limit); n > 0 {
			q.unit = code
			k += n
			for _, h := range l.HalfAfter { // "hai triệu đồng rưỡi" is said too
				if q.magnified && matchWordsAt(w, k, limit, h) > 0 {
					q.value += q.magnitude / 2
					k++
				}
			}
		}
	}
	q.last = k
	for back := 1; back <= 3 && before-back >= 0 && w[before-back].Sentence == w[i].Sentence; back++ {
		for _, a := range l.Cues[language.Approx] {
			if matchWordsAt(w, before-back, before, a) == back {
				q.approx = true
			}
		}
		for _, a := range l.Cues[language.Below] {
			if matchWordsAt(w, before-back, before, a) == back {
				q.below = true
			}
		}
	}
	q.ordinal = p.isOrdinal(l, i, k)
	return q, true
}

// digitsAt reads digits, with groups of three divided by single spaces.
func (p *pageText) digitsAt(l *language.Language, i, limit int) (v float64, n int, ok bool) {
	w := p.Words
	v, ok = digits(w[i].Text, l.Decimal)
	k := i + 1
	if plain := strings.Trim(w[i].Text, "0123456789") == ""; ok && plain && len(w[i].Text) <= 3 {
		for k < limit && w[k].Number && w[k].Start == w[k-1].End+1 && spaceRune(p.Runes[w[k-1].End]) {
			whole, cents, broken := strings.Cut(w[k].Text, l.Decimal) // 1 250 000,00
			if len(whole) != 3 || strings.Trim(whole, "0123456789") != "" {
				break
			}
			g, _ := strconv.ParseFloat(whole, 64)
			c, _ := strconv.ParseFloat("0."+strings.Trim(cents, ".,"), 64)
			v = v*1000 + g + c
			k++
			if broken {
				break
			}
		}
	}
	return v, k - i, ok
}

// magnify applies the magnitudes behind a number, and adds what is said in a smaller
// one: "2 tỷ 350 triệu", "hai tỷ rưỡi".
func (p *pageText) magnify(q *quantity, l *language.Language, i, k, limit int) int {
	w := p.Words
	part := q.value
	total := 0.0
	for k < limit {
		m, ok := l.Magnitudes[w[k].Text]
		if !ok || w[k].Start-w[k-1].End > 2 || len(w[k].Text) == 1 && !w[i].Number {
			break
		}
		part *= m
		k++
		for k < limit && w[k].Start-w[k-1].End <= 2 { // "nghìn tỷ"
			again, ok := l.Magnitudes[w[k].Text]
			if !ok {
				break
			}
			m, part = m*again, part*again
			k++
		}
		q.magnified, q.magnitude = true, m
		total, part = total+part, 0
		halved := false
		for _, h := range l.HalfAfter {
			if matchWordsAt(w, k, limit, h) > 0 {
				total += m / 2
				k++
				halved = true
			}
		}
		if halved || k+1 >= limit || !w[k].Number || w[k].Start-w[k-1].End > 2 {
			break
		}
		v, n, ok := p.digitsAt(l, k, limit)
		if !ok || k+n >= limit {
			break
		}
		if smaller, ok := l.Magnitudes[w[k+n].Text]; !ok || smaller >= m {
			break
		}
		part, k = v, k+n
	}
	q.value = total + part
	return k
}

// currencyAt returns the currency whose name stands at word k, and its words.
func currencyAt(w []text.Word, l *language.Language, k, limit int) (code string, n int) {
	if k >= limit {
		return "", 0
	}
	for _, c := range l.CurrencyNames(w[k].Text) {
		if m := matchWordsAt(w, k, limit, c.Name); m > n {
			code, n = c.Code, m
		}
	}
	return code, n
}

// currencyBefore returns the currency that stands before a number, as a sign or a name.
func currencyBefore(p *pageText, l *language.Language, i int) (code string, words int) {
	w := p.Words
	if at := w[i].Start - 1; at >= 0 && w[i].Number {
		if code = map[rune]string{'$': "USD", '€': "EUR", '£': "GBP", '₫': "VND"}[p.Runes[at]]; code != "" {
			return code, 0
		}
	}
	for n := 1; n <= 2 && i-n >= 0 && w[i].Number && w[i].Start-w[i-1].End <= 2; n++ {
		if code, got := currencyAt(w, l, i-n, i); got == n && (i-n == 0 || !w[i-n-1].Number) {
			return code, n
		}
	}
	return "", 0
}

// halfAt returns how many words say "half of" at word i.
func halfAt(w []text.Word, l *language.Language, i, limit int) (n int) {
	for _, h := range l.HalfBefore {
		n = max(n, matchWordsAt(w, i, limit, h))
	}
	return n
}

// smallNumber reads a number word from one to nine, which counts only where what is
// counted stands right behind it.
func smallNumber(l *language.Language, w text.Word) (float64, bool) {
	v, ok := l.Numbers[w.Text]
	return v, ok && v >= 1 && v < 10
}

func spaceRune(r rune) bool { return r == ' ' || r == '\u00a0' || r == '\u202f' || r == '\u2009' }

func percentWord(w []text.Word, k, limit int) int {
	for _, s := range []string{"phần trăm", "prosent", "percent", "per cent"} {
		if n := matchWordsAt(w, k, limit, s); n > 0 {
			return n
		}
	}
	return 0
}

// isOrdinal reports whether the number words[i:k] names rather than counts: a
// year, part of a date, the number of a decision, a heading's numbering.
func (p *pageText) isOrdinal(l *language.Language, i, k int) bool {
	w := p.Words
	s := w[i].Text
	if i > 0 && w[i-1].Sentence == w[i].Sentence {
		prev := w[i-1].Text
		if isIn(l.OrdinalBefore, prev) {
			return true
		}
		for _, part := range []string{"day", "month", "year"} {
			if isIn(l.DateWords[part], prev) && w[i].Number && (part != "year" || len(s) == 4) { // "this year 75 households"
				return true
			}
		}
	}
	if w[i].Number {
		if w[i].CellStart && k == i+1 && w[i].End < len(p.Runes) && (p.Runes[w[i].End] == '.' || p.Runes[w[i].End] == ')') && len(s) <= 2 {
			return true
		}
		digit := func(at int) bool { return at >= 0 && at < len(p.Runes) && text.IsDigit(p.Runes[at]) }
		if at := w[i].Start - 1; at >= 0 && (p.Runes[at] == '/' || p.Runes[at] == '-') && digit(at-1) {
			return true
		}
		if at := w[k-1].End; k == i+1 && at < len(p.Runes) && (p.Runes[at] == '/' || p.Runes[at] == '-') && digit(at+1) {
			return !p.isShare(l, i)
		}
		if k == i+1 && len(s) == 4 && (strings.HasPrefix(s, "19") || strings.HasPrefix(s, "20")) {
			if k >= len(w) || w[k].Sentence != w[i].Sentence || !text.IsWordRune([]rune(w[k].Text)[0]) {
				return true
			}
			if _, month := l.Months[w[max(0, i-1)].Text]; month {
				return true
			}
		}
		if k < len(w) && w[k].Sentence == w[i].Sentence {
			if _, month := l.Months[w[k].Text]; month && k == i+1 {
				return true
			}
		}
	}
	return false
}

// isShare reports whether "8/8 households" begins at word i: a number out of a number,
// with what is counted behind it, and no date.
func (p *pageText) isShare(l *language.Language, i int) bool {
	w := p.Words
	if i+2 >= len(w) || p.gap(i) != "/" || !w[i+1].Number || w[i+2].Number || w[i+2].Sentence != w[i].Sentence || w[i+2].Clause != w[i].Clause {
		return false
	}
	part, e1 := strconv.Atoi(w[i].Text)
	whole, e2 := strconv.Atoi(w[i+1].Text)
	return e1 == nil && e2 == nil && part <= whole && whole < 1900 && !isIn(l.Until, w[i+2].Text) && !isIn(l.DateWords["year"], w[i+2].Text)
}

// wordsNumber reads "một trăm hai mươi", "thirty-two", "to hundre og ti".
// A lone word for one to nine counts only before a magnitude or a ten, since
// "năm" is a year and "một" an article as often as not.
func wordsNumber(w []text.Word, l *language.Language) (float64, int) {
	total, part := 0.0, 0.0
	k, used, strong := 0, 0, false
	for k < len(w) && k < 14 {
		if k > 0 && w[k].Clause != w[0].Clause {
			break
		}
		s := w[k].Text
		v, isNumber := l.Numbers[s]
		switch {
		case isNumber && part > 0 && math.Mod(part, 10) == 0 && v < 10 || isNumber && part == 0 && (used == k):
			part += v
			if v >= 10 {
				strong = true
			}
		case isNumber && part > 0 && math.Mod(part, 100) == 0 && v <= 90:
			part += v
		case isIn(l.Tens, s) && part > 0 && math.Mod(part, 100) > 0 && math.Mod(part, 100) < 10:
			d := math.Mod(part, 10)
			part += d*10 - d
			strong = true
		case isIn(l.Hundreds, s) && part > 0 && part < 20:
			part *= 100
			strong = true
		case isIn(l.DecimalWords, s) && k > 0 && k+1 < len(w):
			tenths, n := decimals(w[k+1:], l)
			if n == 0 {
				goto done
			}
			return total + part + tenths, k + 1 + n
		case isIn(l.ZeroFill, s) && part >= 100 && k+1 < len(w):
			if _, ok := l.Numbers[w[k+1].Text]; !ok {
				goto done
			}
			k++
			continue
		default:
			if m, ok := l.Magnitudes[s]; ok && part > 0 && len(s) > 1 {
				total += part * m
				part = 0
				strong = true
				k++
				for _, h := range l.HalfAfter {
					if matchWordsAt(w, k, len(w), h) > 0 {
						total += m / 2
						k++
					}
				}
				used = k
				continue
			}
			goto done
		}
		k++
		used = k
	}
done:
	if used == 0 || !strong {
		return 0, 0
	}
	return total + part, used
}

// decimals reads the digits behind a decimal point that is said.
func decimals(w []text.Word, l *language.Language) (v float64, n int) {
	for scale := 0.1; n < len(w) && n < 4; n++ {
		d, ok := l.Numbers[w[n].Text]
		if !ok || d > 9 {
			break
		}
		v += d * scale
		scale /= 10
	}
	return math.Round(v*10000) / 10000, n
}
