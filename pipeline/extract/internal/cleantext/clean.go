// Package cleantext turns the bytes and raw text that readers find into text in the form that kheo
// stores, and judges how good a text is: encodings (decode.go, legacy.go), cleaning (clean.go) and the
// comparison of two readings of the same page (compare.go).
package cleantext

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/text/language"
)

// Tidy brings the text of a PDF reader into the form in which readings are compared: cleaned, in
// Unicode, and without hyphens at the ends of lines. PDFium marks such hyphens by U+0002 or U+FFFE.
func Tidy(s string) string {
	s = strings.NewReplacer("\x02\r\n", "-\n", "\ufffe\r\n", "-\n", "\x02\n", "-\n", "\ufffe\n", "-\n", "\x02",
		"", "\ufffe", "").Replace(s)
	return Dehyphenate(Clean(Modernize(s)))
}

// HiddenWords cleans text that is not shown. It returns "" if no word of it is plausible: dots, or
// glyphs without a known meaning.
func HiddenWords(s string) string {
	s = Clean(Modernize(s))
	if !slices.ContainsFunc(words(s), language.Plausible) {
		return ""
	}
	return s
}

// Dehyphenate joins words that were broken at the end of a line. The hyphen is kept if the text has the
// word with it elsewhere.
func Dehyphenate(s string) string {
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

// startsSmall reports whether a text begins with a small letter.
func startsSmall(s string) bool {
	for _, r := range s {
		return unicode.IsLower(r)
	}
	return false
}

// punctuation returns the signs at the beginning of a text that belong to the word before it.
func punctuation(s string) string {
	i := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune(".,;:!?)»”’", r) })
	if i < 0 {
		return s
	}
	return s[:i]
}

// ligatures are the letters of U+FB00 to U+FB06.
var ligatures = [...]string{"ff", "fi", "fl", "ffi", "ffl", "st", "st"}

// Clean brings text into the stored form: valid UTF-8, NFC, \n line ends, no control or invisible
// characters, no ligatures, plain spaces, no trailing space on a line and at most one empty line in a
// row. It is idempotent.
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
		case isBreak(r):
			b.WriteByte('\n')
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case isInvisible(r) || unicode.IsControl(r):
		case unicode.Is(unicode.Zs, r):
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return trimLines(norm.NFC.String(b.String()))
}

// isBreak reports whether r ends a line or a page, beside \n and \r.
func isBreak(r rune) bool {
	return r == '\f' || r == '\v' || r == '\u2028' || r == '\u2029' || r == '\u0085'
}

// isInvisible reports whether r is a soft hyphen, a joiner, a space of no width or a byte order mark.
func isInvisible(r rune) bool {
	return r == '\u00ad' || r >= '\u200b' && r <= '\u200d' || r == '\ufeff' || r == '\u2060'
}

// trimLines removes space at the ends of lines, empty lines at both ends of a text, and all but one of
// several empty lines.
func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	out, blank := lines[:0], 0
	for _, l := range lines {
		l = strings.TrimRight(l, " \t")
		if l != "" {
			blank = 0
		} else if blank++; blank > 1 {
			continue
		}
		out = append(out, l)
	}
	return strings.Trim(strings.Join(out, "\n"), "\n")
}

// Quality returns the share of a text's characters, 0 to 1 in thousandths, that are letters, digits,
// signs or marks; replacement and private characters are not. Space does not count.
func Quality(s string) float64 {
	good, all := 0, 0
	for _, r := range s {
		if unicode.IsSpace(r) {
			continue
		}
		all++
		if r != '\ufffd' && !unicode.Is(unicode.Co, r) && (unicode.IsLetter(r) || unicode.IsDigit(r) ||
			unicode.IsPunct(r) || unicode.IsSymbol(r) || unicode.IsMark(r)) {
			good++
		}
	}
	if all == 0 {
		return 0
	}
	return float64(int(float64(good)/float64(all)*1000+0.5)) / 1000
}
