package webpage

import (
	"strconv"
	"strings"
)

// stripComments removes comments, and the marks of HTML comments around a style sheet, which old pages have
// (CDO and CDC of CSS Syntax 3). A comment becomes a space, so that it separates words.
func stripComments(s string) string {
	if strings.Contains(s, "<!--") || strings.Contains(s, "-->") {
		s = strings.NewReplacer("<!--", " ", "-->", " ").Replace(s)
	}
	if !strings.Contains(s, "/*") {
		return s
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "/*")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		b.WriteByte(' ')
		if _, s, ok = strings.Cut(rest, "*/"); !ok {
			return b.String()
		}
	}
}

// unescape resolves escapes of style sheets: a backslash and up to six hexadecimal digits, with one space
// that ends them (CSS Syntax 3, section 4.3.7). Of other escapes the backslash is dropped.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		n := i + 1
		for n < len(s) && n < i+7 && strings.IndexByte("0123456789abcdefABCDEF", s[n]) >= 0 {
			n++
		}
		if n == i+1 {
			continue
		}
		code, _ := strconv.ParseUint(s[i+1:n], 16, 32)
		b.WriteRune(rune(code))
		if i = n - 1; n < len(s) && s[n] == ' ' {
			i++
		}
	}
	return b.String()
}

// indexTop returns the index of the first of some characters that is neither in a string nor in brackets;
// -1 if there is none.
func indexTop(s, chars string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case c == '"' || c == '\'':
			i = endOfString(s, i)
		case depth == 0 && strings.IndexByte(chars, c) >= 0:
			return i
		case c == '(' || c == '[':
			depth++
		case (c == ')' || c == ']') && depth > 0:
			depth--
		}
	}
	return -1
}

// endOfString returns the index of the quote that ends the string which begins at i. A string that is not
// closed ends with its line (CSS Syntax 3, section 4.3.5).
func endOfString(s string, i int) int {
	quote := s[i]
	for i++; i < len(s) && s[i] != quote && s[i] != '\n'; i++ {
		if s[i] == '\\' {
			i++
		}
	}
	return i
}

// splitTop divides a text at a character outside of strings and brackets.
func splitTop(s string, sep byte) (out []string) {
	for {
		i := indexTop(s, string(sep))
		if i < 0 {
			return append(out, s)
		}
		out, s = append(out, s[:i]), s[i+1:]
	}
}

// braces returns what is up to the closing brace that matches one before s, and what follows it. Without a
// closing brace the block ends with the sheet.
func braces(s string) (inside, rest string) {
	depth := 0
	for i := 0; i < len(s); {
		n := indexTop(s[i:], "{}")
		if n < 0 {
			break
		}
		i += n
		if s[i] == '{' {
			depth++
		} else if depth--; depth < 0 {
			return s[:i], s[i+1:]
		}
		i++
	}
	return s, ""
}

// splitSpace divides a value at spaces outside of brackets.
func splitSpace(s string) (out []string) {
	for {
		s = strings.TrimLeft(s, " \t\n\r")
		if s == "" {
			return out
		}
		i := indexTop(s, " \t\n\r")
		if i < 0 {
			return append(out, s)
		}
		out, s = append(out, s[:i]), s[i:]
	}
}
