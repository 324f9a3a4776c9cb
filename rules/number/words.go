package number

import (
	"math"
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// maxWords is how many words a number in words may have.
const maxWords = 16

// token is a word of a number in words: one word of the page, or a part of one ("tjuefem",
// "tohundreogfemti").
type token struct {
	text string
	last bool // it ends a word of the page
}

// inWords reads a number in words at the start of w: "một trăm hai mươi", "thirty-two", "to hundre og ti". It
// returns the number and how many words it has, 0 if there is none. A lone word for one to nine counts only
// before a magnitude or a ten, because "năm" is a year and "một" an article as often as not. others are what
// the number may be as well; partial reports that what follows is a number too, so that the whole was not
// understood.
func inWords(w []text.Word, l *language.Language) (v float64, n int, others []float64, partial bool) {
	if len(w) == 0 || !startsNumber(w[0].Text, l) {
		return 0, 0, nil, false
	}
	tokens := tokensOf(w, l)
	r := wordNumber{lang: l, tokens: tokens}
	for r.at < len(tokens) {
		taken := r.add(tokens[r.at].text)
		if taken == 0 {
			taken = r.fill()
			if taken == 0 {
				break
			}
			r.at += taken
			continue
		}
		r.at += taken
		r.used = r.at
	}
	r.decimals()
	if r.used == 0 || !r.strong || !tokens[r.used-1].last {
		return 0, 0, nil, false
	}
	for _, t := range tokens[:r.used] {
		if t.last {
			n++
		}
	}
	if r.doubt > 0 {
		others = []float64{r.total + r.part - r.doubt}
	}
	return r.total + r.part, n, others, r.partial || r.used < len(tokens) && r.continues(tokens[r.used].text)
}

// startsNumber reports whether a word may begin a number in words.
func startsNumber(s string, l *language.Language) bool {
	if _, ok := l.Numbers[s]; ok {
		return true
	}
	return slices.Contains(l.Hundreds, s) || l.BareHundred && l.Magnitudes[s] == 1000 ||
		l.Joined && joined(s, l) != nil
}

// tokensOf returns the words that may belong to a number at the start of w, in one clause.
func tokensOf(w []text.Word, l *language.Language) (out []token) {
	for k := 0; k < len(w) && k < maxWords && w[k].Clause == w[0].Clause && !w[k].Number; k++ {
		parts := []string{w[k].Text}
		if _, known := l.Numbers[w[k].Text]; !known && l.Joined {
			if p := joined(w[k].Text, l); p != nil {
				parts = p
			}
		}
		for i, p := range parts {
			out = append(out, token{p, i == len(parts)-1})
		}
	}
	return out
}

// joined splits a word that is a number of several words without spaces, such as "tohundreogfemti"; nil if it
// is none.
func joined(s string, l *language.Language) []string {
	at, hundred := -1, ""
	for _, h := range l.JoinedParts() {
		if i := strings.Index(s, h); i >= 0 && (at < 0 || i < at) {
			at, hundred = i, h
		}
	}
	if at < 0 || len(s) > 60 {
		return nil
	}
	var out []string
	if at > 0 {
		if _, ok := l.Numbers[s[:at]]; !ok {
			return nil
		}
		out = append(out, s[:at])
	}
	out = append(out, hundred)
	rest := s[at+len(hundred):]
	for _, fill := range l.ZeroFill {
		if r, ok := strings.CutPrefix(rest, fill); ok && r != "" {
			rest, out = r, append(out, fill)
			break
		}
	}
	if rest == "" {
		return out
	}
	if _, ok := l.Numbers[rest]; ok {
		return append(out, rest)
	}
	more := joined(rest, l)
	if more == nil {
		return nil
	}
	return append(out, more...)
}

// wordNumber is a number in words while it is read.
type wordNumber struct {
	lang   *language.Language
	tokens []token
	at     int     // token that is read next
	used   int     // tokens that belong to the number
	total  float64 // up to the last magnitude
	part   float64 // behind it
	open   bool    // a number of the part has been read, be it zero
	filled bool    // "and" is right before the next token
	last   float64 // the last magnitude
	strong bool    // it has more than a word for one to nine
	doubt  float64 // how much less it may be

	partial bool // decimals follow that were not understood
}

// add adds the token s and returns how many tokens it took; 0 if it does not continue the number.
func (n *wordNumber) add(s string) int {
	if v, ok := n.lang.Numbers[s]; ok && n.addNumber(s, v) {
		n.filled = false
		return 1
	}
	units := math.Mod(n.part, 100)
	switch {
	case slices.Contains(n.lang.Tens, s) && n.part > 0 && units > 0 && units < 10: // "hai mươi"
		n.part += units*10 - units
	case slices.Contains(n.lang.Hundreds, s) && n.hundreds():
	default:
		return n.magnify(s)
	}
	n.strong, n.filled, n.open = true, false, true
	return 1
}

// hundreds applies the word for a hundred to the part.
func (n *wordNumber) hundreds() bool {
	switch {
	case n.open && n.part == 0 && n.total > 0: // "hai nghìn không trăm"
	case n.part > 0 && n.part < 100 && (math.Mod(n.part, 10) != 0 || n.part == 10):
		n.part *= 100
	case !n.open && (n.lang.BareHundred ||
		n.total == 0 && n.at == 0 && !n.lang.SmallParts && n.groupFollows()):
		n.part = 100
	default:
		return false
	}
	return true
}

// addNumber adds a number that fits behind what has been read: ones behind tens, tens behind hundreds. "năm"
// is not five behind tens and hundreds, see not_after_ten.
func (n *wordNumber) addNumber(s string, v float64) bool {
	if !n.open {
		return n.begin(s, v)
	}
	notFive := slices.Contains(n.lang.NotAfterTen, s)
	isOne, rest := v >= 1 && v < 10, math.Mod(n.part, 100)
	switch {
	case isOne && math.Mod(n.part, 10) == 0 && (rest >= 20 || rest == 10 && len(n.lang.Tens) > 0): // "mười hai"
		if notFive {
			return false
		}
		n.part += v
	case rest == 0 && v >= 1 && v <= 90 && (n.part > 0 || n.total > 0):
		return n.behindHundred(v, isOne, notFive)
	default:
		return false
	}
	return true
}

// begin begins the number, or what follows a magnitude.
func (n *wordNumber) begin(s string, v float64) bool {
	if n.total > 0 && n.lang.SmallParts && v > 0 && v < 10 && !n.filled && !n.groupFollows() {
		return n.smallPart(s, v)
	}
	n.part, n.open = v, true
	n.strong = n.strong || v >= 10 || v != math.Trunc(v)
	return true
}

// behindHundred adds tens or ones behind a hundred. In Vietnamese "một trăm hai" is 120 to most people, and
// 102 to some.
func (n *wordNumber) behindHundred(v float64, isOne, notFive bool) bool {
	alone := !n.filled && !n.groupFollows()
	switch {
	case notFive && alone:
		return false
	case isOne && alone && n.lang.SmallParts && n.part > 0:
		n.part, n.doubt = n.part+v*10, v*10-v
	default:
		n.part += v
	}
	return true
}

// groupFollows reports whether a ten, a hundred or a magnitude follows the next token.
func (n *wordNumber) groupFollows() bool {
	if n.at+1 >= len(n.tokens) {
		return false
	}
	s := n.tokens[n.at+1].text
	return slices.Contains(n.lang.Tens, s) || slices.Contains(n.lang.Hundreds, s) || n.lang.Magnitudes[s] > 1
}

// smallPart adds a digit behind a magnitude, which is tenths of it: "hai tỷ ba".
func (n *wordNumber) smallPart(s string, v float64) bool {
	if n.last < 1000 || slices.Contains(n.lang.NotAfterTen, s) {
		return false
	}
	n.total += v * n.last / 10
	n.last = 0
	return true
}

// magnify applies a magnitude, such as "nghìn", with a half behind it.
func (n *wordNumber) magnify(s string) int {
	m := n.lang.Magnitudes[s]
	bare := !n.open && n.total == 0 && n.lang.BareHundred && m == 1000
	if m == 0 || len(s) == 1 || !bare && n.part <= 0 && !(n.open && n.total > 0) {
		return 0
	}
	if bare {
		n.part = 1
	}
	if n.total > 0 && m > n.last && n.last > 0 && n.part == 0 {
		return 0
	}
	n.total += n.part * m
	n.part, n.open, n.strong, n.filled, n.last = 0, false, true, false, m
	taken := 1
	for _, h := range n.lang.HalfAfter {
		if k := n.phraseAt(n.at+taken, h); k > 0 {
			n.total += m / 2
			taken += k
		}
	}
	return taken
}

// phraseAt returns how many tokens the phrase has if it begins at token k, else 0.
func (n *wordNumber) phraseAt(k int, phrase string) int {
	words := strings.Fields(phrase)
	for i, s := range words {
		if k+i >= len(n.tokens) || n.tokens[k+i].text != s {
			return 0
		}
	}
	return len(words)
}

// fill skips a word such as "and" or "linh" between hundreds and what follows.
func (n *wordNumber) fill() int {
	s := n.tokens[n.at].text
	if n.filled || n.at == 0 || !slices.Contains(n.lang.ZeroFill, s) || n.at+1 >= len(n.tokens) {
		return 0
	}
	v, ok := n.lang.Numbers[n.tokens[n.at+1].text]
	if !ok || v == 0 || !(n.part >= 100 || !n.open && n.total > 0) ||
		v == 1 && !n.isOne(n.tokens[n.at+1].text) {
		return 0
	}
	n.filled = true
	return 1
}

// isOne reports whether a word for one is that number here, and not an article: nothing follows it.
func (n *wordNumber) isOne(s string) bool {
	return len(s) > 2 && n.at+2 >= len(n.tokens) || len(s) > 2 && len(n.lang.Tens) > 0 || s == "one"
}

// decimals adds the digits behind a decimal point in words, up to four of them: "phẩy hai năm" is 0.25. A
// magnitude behind them is left to the caller.
func (n *wordNumber) decimals() {
	if n.used == 0 || n.used >= len(n.tokens) || n.total > 0 ||
		!slices.Contains(n.lang.DecimalWords, n.tokens[n.used].text) {
		return
	}
	k, v, scale := n.used+1, 0.0, 0.1
	for ; k < len(n.tokens) && k < n.used+5; k++ {
		d, ok := n.lang.Numbers[n.tokens[k].text]
		if !ok || d > 9 || d != math.Trunc(d) {
			break
		}
		v += d * scale
		scale /= 10
	}
	n.partial = k == n.used+1
	if !n.partial {
		n.part = math.Round((n.part+v)*10000) / 10000
		n.used, n.strong = k, true
	}
}

// continues reports whether a word behind the number looks as if it belonged to it.
func (n *wordNumber) continues(s string) bool {
	if slices.Contains(n.lang.Hundreds, s) {
		return true
	}
	v, ok := n.lang.Numbers[s]
	return ok && v >= 10 && !slices.Contains(n.lang.NotAfterTen, s)
}
