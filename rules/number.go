package rules

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"kheo/rules/language"
)

// quantity is a number read from text.
type quantity struct {
	value   float64
	first   int // words[first:last]
	last    int
	approx  bool   // "about", "more than"
	unit    string // currency code or "%" where one follows, else ""
	ordinal bool   // "số 12", a year, part of a date: not a quantity
}

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
		s = strings.NewReplacer(".", "", ",", "").Replace(s)
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

// numberAt reads, in a language, the quantity that begins at word i: digits or number words,
// with grouping by spaces, magnitudes, percent sign and currency.
func (p *pageText) numberAt(l *language.Language, i, limit int) (quantity, bool) {
	q := quantity{first: i}
	k := i
	w := p.words
	if w[i].number {
		v, ok := digits(w[i].s, l.Decimal)
		if !ok {
			return q, false
		}
		k++
		// 1 250 000: groups of three divided by single spaces
		if plain := strings.Trim(w[i].s, "0123456789") == ""; plain && len(w[i].s) <= 3 {
			for k < limit && w[k].number && len(w[k].s) == 3 && w[k].start == w[k-1].end+1 && strings.Trim(w[k].s, "0123456789") == "" && spaceRune(p.runes[w[k-1].end]) {
				g, _ := strconv.ParseFloat(w[k].s, 64)
				v = v*1000 + g
				k++
			}
		}
		q.value = v
	} else {
		v, n := wordsNumber(w[i:limit], l)
		if n == 0 {
			return q, false
		}
		q.value, k = v, i+n
	}
	for k < limit {
		if m, ok := l.Magnitudes[w[k].s]; ok && w[k].start-w[k-1].end <= 2 {
			if w[k].s == "m" && !w[i].number {
				break
			}
			q.value *= m
			k++
			continue
		}
		break
	}
	if k < limit {
		if w[k].s == "%" {
			q.unit = "%"
			k++
		} else if n := percentWord(w, k, limit); n > 0 {
			q.unit = "%"
			k += n
		} else {
			for _, code := range sortedKeys(l.Currencies) {
				for _, c := range l.Currencies[code] {
					if n := matchWordsAt(w, k, limit, c); n > 0 && q.unit == "" {
						q.unit = code
						k += n
					}
				}
			}
		}
	}
	q.last = k
	for back := 1; back <= 2 && i-back >= 0 && w[i-back].sent == w[i].sent; back++ {
		for _, a := range l.Approx {
			if matchWordsAt(w, i-back, i, a) == back {
				q.approx = true
			}
		}
	}
	q.ordinal = p.isOrdinal(l, i, k)
	return q, true
}

func spaceRune(r rune) bool { return r == ' ' || r == '\u00a0' || r == '\u202f' || r == '\u2009' }

func percentWord(w []word, k, limit int) int {
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
	w := p.words
	s := w[i].s
	if i > 0 && w[i-1].sent == w[i].sent {
		prev := w[i-1].s
		if isIn(l.OrdinalBefore, prev) {
			return true
		}
		for _, list := range l.DateWords {
			if isIn(list, prev) && w[i].number {
				return true
			}
		}
	}
	if w[i].number {
		if w[i].cellStart && k == i+1 && w[i].end < len(p.runes) && (p.runes[w[i].end] == '.' || p.runes[w[i].end] == ')') && len(s) <= 2 {
			return true
		}
		for _, at := range []int{w[i].start - 1, w[k-1].end} {
			if at >= 0 && at < len(p.runes) && (p.runes[at] == '/' || p.runes[at] == '-' && at+1 < len(p.runes) && isDigit(p.runes[at+1])) {
				return true
			}
		}
		if k == i+1 && len(s) == 4 && (strings.HasPrefix(s, "19") || strings.HasPrefix(s, "20")) {
			if k >= len(w) || w[k].sent != w[i].sent || !isWordRune([]rune(w[k].s)[0]) {
				return true
			}
			for _, list := range l.DateWords {
				if i > 0 && isIn(list, w[i-1].s) {
					return true
				}
			}
			if _, month := l.Months[w[max(0, i-1)].s]; month {
				return true
			}
		}
		if k < len(w) && w[k].sent == w[i].sent {
			if _, month := l.Months[w[k].s]; month && k == i+1 {
				return true
			}
		}
	}
	return false
}

// wordsNumber reads "một trăm hai mươi", "thirty-two", "to hundre og ti".
// A lone word for one to nine counts only before a magnitude or a ten, since
// "năm" is a year and "một" an article as often as not.
func wordsNumber(w []word, l *language.Language) (float64, int) {
	total, part := 0.0, 0.0
	k, used, strong := 0, 0, false
	for k < len(w) && k < 14 {
		if k > 0 && w[k].clause != w[0].clause {
			break
		}
		s := w[k].s
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
		case isIn(l.Hundreds, s) && part > 0 && part < 10:
			part *= 100
			strong = true
		case isIn(l.ZeroFill, s) && part >= 100 && k+1 < len(w):
			if _, ok := l.Numbers[w[k+1].s]; !ok {
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

// isoDate checks and writes a date.
func isoDate(y, m, d int) (string, bool) {
	if y < 1900 || y > 2200 || m < 1 || m > 12 || d < 1 {
		return "", false
	}
	days := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[m-1]
	if m == 2 && (y%4 == 0 && y%100 != 0 || y%400 == 0) {
		days = 29
	}
	if d > days {
		return "", false
	}
	return fmt.Sprintf("%04d-%02d-%02d", y, m, d), true
}

// ValidDate reports whether s is an ISO date (2024-03-15) or, where month is
// true, an ISO month (2024-03).
func ValidDate(s string, month bool) bool {
	if month && len(s) == 7 {
		s += "-01"
	}
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return false
	}
	y, e1 := strconv.Atoi(s[:4])
	m, e2 := strconv.Atoi(s[5:7])
	d, e3 := strconv.Atoi(s[8:])
	if e1 != nil || e2 != nil || e3 != nil {
		return false
	}
	_, ok := isoDate(y, m, d)
	return ok
}

// dateReader reads dates among a page's words, in a language, up to a limit.
type dateReader struct {
	p     *pageText
	l     *language.Language
	limit int
}

// dateAt reads, in a language, the date or month that begins at word i. It
// returns the ISO form and the word after it.
func (p *pageText) dateAt(l *language.Language, i, limit int) (iso string, month bool, last int, ok bool) {
	r := dateReader{p, l, limit}
	k := i
	if r.is(k, "day") {
		k++
	}
	if k >= limit {
		return "", false, i, false
	}
	if p.words[k].number {
		iso, last, ok = r.digitsFirst(k)
	} else {
		iso, last, ok = r.monthFirst(k)
	}
	if !ok {
		return "", false, i, false
	}
	return iso, len(iso) == 7, last, true
}

func (r dateReader) num(k int) (int, bool) {
	if k >= r.limit || !r.p.words[k].number {
		return 0, false
	}
	v, err := strconv.Atoi(r.p.words[k].s)
	return v, err == nil
}

// is reports whether word k is the language's word for "day", "month" or "year".
func (r dateReader) is(k int, part string) bool {
	return k < r.limit && isIn(r.l.DateWords[part], r.p.words[k].s)
}

// parted reports whether one slash or hyphen stands between word k and the next.
func (r dateReader) parted(k int) bool {
	w := r.p.words
	if k+1 >= r.limit || w[k+1].start != w[k].end+1 {
		return false
	}
	c := r.p.runes[w[k].end]
	return c == '/' || c == '-'
}

// year reads "2024" or "năm 2024" at word k.
func (r dateReader) year(k int) (y, last int, ok bool) {
	if r.is(k, "year") {
		k++
	}
	y, ok = r.num(k)
	return y, k + 1, ok
}

// digitsFirst reads 15/3/2024, 15-3-2024, 2024-03-15, 15.3.2024, 3/2024,
// 2024-03, "15 tháng 3 năm 2024" and "15. mars 2024".
func (r dateReader) digitsFirst(k int) (iso string, last int, ok bool) {
	w := r.p.words
	if parts := strings.Split(w[k].s, "."); len(parts) == 3 {
		d, _ := strconv.Atoi(parts[0])
		m, _ := strconv.Atoi(parts[1])
		y, _ := strconv.Atoi(parts[2])
		if iso, ok := isoDate(y, m, d); ok {
			return iso, k + 1, true
		}
	}
	a, ok := r.num(k)
	if !ok {
		return "", k, false
	}
	if b, ok := r.num(k + 1); ok && r.parted(k) {
		return r.slashed(k, a, b)
	}
	if m, ok := r.num(k + 2); ok && r.is(k+1, "month") {
		if y, last, ok := r.year(k + 3); ok {
			if iso, ok := isoDate(y, m, a); ok {
				return iso, last, true
			}
		}
	}
	if k+2 < r.limit {
		if y, ok := r.num(k + 2); ok {
			if iso, ok := isoDate(y, r.l.Months[w[k+1].s], a); ok {
				return iso, k + 3, true
			}
		}
	}
	return "", k, false
}

// slashed reads the rest of a/b or a/b/c.
func (r dateReader) slashed(k, a, b int) (iso string, last int, ok bool) {
	if c, ok := r.num(k + 2); ok && r.parted(k+1) {
		for _, ymd := range [][3]int{{c, b, a}, {a, b, c}} {
			if iso, ok := isoDate(ymd[0], ymd[1], ymd[2]); ok {
				return iso, k + 3, true
			}
		}
	}
	for _, ym := range [][2]int{{b, a}, {a, b}} {
		if iso, ok := isoDate(ym[0], ym[1], 1); ok {
			return iso[:7], k + 2, true
		}
	}
	return "", k, false
}

// monthFirst reads "tháng 3/2024", "tháng 3 năm 2024", "March 2024" and
// "March 15, 2024".
func (r dateReader) monthFirst(k int) (iso string, last int, ok bool) {
	if m, ok := r.num(k + 1); ok && r.is(k, "month") {
		if y, last, ok := r.year(k + 2); ok {
			if iso, ok := isoDate(y, m, 1); ok {
				return iso[:7], last, true
			}
		}
	}
	m := r.l.Months[r.p.words[k].s]
	if v, ok := r.num(k + 1); ok && m > 0 {
		if iso, ok := isoDate(v, m, 1); ok {
			return iso[:7], k + 2, true
		}
		if y, ok := r.num(k + 2); ok {
			if iso, ok := isoDate(y, m, v); ok {
				return iso, k + 3, true
			}
		}
	}
	return "", k, false
}

// monthsBetween counts the months from one date or month to another, by
// calendar months; negative where the second is earlier.
func monthsBetween(from, to string) (float64, error) {
	if !ValidDate(from, true) || !ValidDate(to, true) {
		return 0, fmt.Errorf("months_between needs two dates, has %q and %q", from, to)
	}
	y1, _ := strconv.Atoi(from[:4])
	m1, _ := strconv.Atoi(from[5:7])
	y2, _ := strconv.Atoi(to[:4])
	m2, _ := strconv.Atoi(to[5:7])
	n := float64((y2-y1)*12 + m2 - m1)
	if len(from) == 10 && len(to) == 10 && to[8:] < from[8:] {
		n--
	}
	return n, nil
}
