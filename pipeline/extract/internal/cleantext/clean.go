package cleantext

import (
	"kheo/internal/text/language"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// tidy brings the text of a reader into the form in which readings are compared.
func Tidy(s string) string {
	s = strings.NewReplacer("\x02\r\n", "-\n", "\ufffe\r\n", "-\n", "\x02\n", "-\n", "\ufffe\n", "-\n", "\x02", "", "\ufffe", "").Replace(s) // PDFium's sign for a word broken at the end of a line
	return dehyphenate(Clean(Modernize(s)))
}

// hiddenWords cleans text that is not shown; "" where it says nothing: dots, or
// glyphs that nothing gives a meaning to.
func HiddenWords(s string) string {
	s = Clean(Modernize(s))
	if !slices.ContainsFunc(words(s), language.Plausible) {
		return ""
	}
	return s
}

// dehyphenate joins words that were broken at the end of a line. A hyphen stays
// where the word stands with it elsewhere in the text.
func dehyphenate(s string) string {
	if !strings.Contains(s, "-\n") {
		return s
	}
	lines := strings.Split(s, "\n")
	for i := 0; i+1 < len(lines); i++ {
		head, ok := strings.CutSuffix(lines[i], "-")
		if !ok {
			continue
		}
		begin := strings.LastIndexFunc(head, func(r rune) bool { return !unicode.IsLetter(r) && r != '-' })
		word := head[begin+1:]
		end := strings.IndexFunc(lines[i+1], func(r rune) bool { return !unicode.IsLetter(r) })
		if end < 0 {
			end = len(lines[i+1])
		}
		rest := lines[i+1][:end]
		if len(word) < 2 || len(rest) < 2 || word[0] == '-' || !startsSmall(rest) {
			continue
		}
		whole := word + rest
		if strings.Contains(s, word+"-"+rest) {
			whole = word + "-" + rest
		}
		lines[i] = head[:begin+1] + whole + punctuation(lines[i+1][end:])
		lines[i+1] = strings.TrimLeft(strings.TrimPrefix(lines[i+1][end:], punctuation(lines[i+1][end:])), " ")
	}
	return strings.Join(lines, "\n")
}

func startsSmall(s string) bool {
	for _, r := range s {
		return unicode.IsLower(r)
	}
	return false
}

// punctuation is what of a text belongs to the word before it.
func punctuation(s string) string {
	i := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune(".,;:!?)»”’", r) })
	if i < 0 {
		return s
	}
	return s[:i]
}

// ligatures are the letters of U+FB00 and on.
var ligatures = [...]string{"ff", "fi", "fl", "ffi", "ffl", "st", "st"}

// Clean brings text into the stored form: valid UTF-8, NFC, \n line ends, no
// control or invisible characters, no ligatures, plain spaces, no trailing space
// on a line.
func Clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	var b strings.Builder
	b.Grow(len(s))
	for i, r := range s {
		switch {
		case r >= 0xfb00 && r <= 0xfb06:
			b.WriteString(ligatures[r-0xfb00])
		case r == '\r':
			if i+1 >= len(s) || s[i+1] != '\n' {
				b.WriteByte('\n')
			}
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case r == '\f' || r == '\v' || r == '\u2028' || r == '\u2029' || r == '\u0085':
			b.WriteByte('\n')
		case r == '\u00ad' || r == '\u200b' || r == '\u200c' || r == '\u200d' || r == '\ufeff' || r == '\u2060':
		case unicode.IsControl(r):
		case unicode.Is(unicode.Zs, r):
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	lines := strings.Split(norm.NFC.String(b.String()), "\n")
	out, blank := lines[:0], 0
	for _, l := range lines {
		l = strings.TrimRight(l, " \t")
		if l == "" {
			if blank++; blank > 1 {
				continue
			}
		} else {
			blank = 0
		}
		out = append(out, l)
	}
	return strings.Trim(strings.Join(out, "\n"), "\n")
}

// quality is the share of a text's characters that a person could read.
func Quality(s string) float64 {
	good, all := 0, 0
	for _, r := range s {
		if unicode.IsSpace(r) {
			continue
		}
		all++
		if r != '\ufffd' && !unicode.Is(unicode.Co, r) && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsPunct(r) || unicode.IsSymbol(r) || unicode.IsMark(r)) {
			good++
		}
	}
	if all == 0 {
		return 0
	}
	return float64(int(float64(good)/float64(all)*1000+0.5)) / 1000
}
