package pdfpages

import (
	"bytes"
	"strings"
)

// operand is a number, string, name, array or dictionary of a content stream.
type operand struct {
	kind byte // 'n' number, 's' string, '/' name, '[' array, 'd' dictionary, of which str has the inside
	num  float64
	str  string
	list []operand
}

// Bounds of what the lexer keeps; tokens beyond them are read and dropped.
const (
	maxOperands = 64 // of one operator
	maxArrays   = 20 // arrays inside one another
)

// lexer splits a content stream or a CMap into operators with their operands (ISO 32000-1, 7.2). It
// accepts any bytes, and advances with every call.
type lexer struct {
	b []byte
	i int // next byte to be read
}

// isSpace reports whether a byte is white space (ISO 32000-1, 7.2.2, table 1).
func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

// isDelim reports whether a byte ends a token (ISO 32000-1, 7.2.2, table 2).
func isDelim(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

// next collects operands into args up to an operator; false at the end of the stream. BI is returned
// after its inline image has been skipped.
func (l *lexer) next(args *[]operand) (string, bool) {
	*args = (*args)[:0]
	for {
		o, op, ok := l.token(0)
		if !ok {
			return "", false
		}
		if op == "" {
			if len(*args) < maxOperands {
				*args = append(*args, o)
			}
			continue
		}
		if op == "BI" {
			l.skipInlineImage()
		}
		return op, true
	}
}

// token reads an operand, or an operator if op is not empty; ok is false at the end. A delimiter where
// none may be is returned as the operator "?".
func (l *lexer) token(depth int) (o operand, op string, ok bool) {
	l.skipSpace()
	if l.i >= len(l.b) {
		return o, "", false
	}
	switch c := l.b[l.i]; c {
	case '(':
		return operand{kind: 's', str: l.literal()}, "", true
	case '<':
		if l.i+1 < len(l.b) && l.b[l.i+1] == '<' {
			l.i += 2
			from := l.i
			l.skipDict()
			return operand{kind: 'd', str: string(l.b[from:max(from, min(l.i-2, len(l.b)))])}, "", true
		}
		return operand{kind: 's', str: l.hex()}, "", true
	case '[':
		l.i++
		return l.array(depth)
	case '/':
		l.i++
		return operand{kind: '/', str: unescapeName(l.word())}, "", true
	case ')', '>', ']', '{', '}':
		l.i++
		return operand{}, "?", true
	}
	w := l.word()
	if c := w[0]; c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' {
		return operand{kind: 'n', num: number(w)}, "", true
	}
	return o, w, true
}

// skipSpace moves to the next byte that is neither white space nor part of a comment.
func (l *lexer) skipSpace() {
	for l.i < len(l.b) {
		switch {
		case l.b[l.i] == '%':
			for l.i < len(l.b) && l.b[l.i] != '\n' && l.b[l.i] != '\r' {
				l.i++
			}
		case isSpace(l.b[l.i]):
			l.i++
		default:
			return
		}
	}
}

// word reads up to the next white space or delimiter.
func (l *lexer) word() string {
	start := l.i
	for l.i < len(l.b) && !isSpace(l.b[l.i]) && !isDelim(l.b[l.i]) {
		l.i++
	}
	return string(l.b[start:l.i])
}

// array reads an array behind its bracket. Operators inside it are dropped. depth is the number of
// arrays around it.
func (l *lexer) array(depth int) (arr operand, op string, ok bool) {
	arr.kind = '['
	for {
		for l.i < len(l.b) && isSpace(l.b[l.i]) {
			l.i++
		}
		if l.i >= len(l.b) || l.b[l.i] == ']' {
			l.i++
			return arr, "", true
		}
		e, eop, ok := l.token(depth + 1)
		if !ok || depth > maxArrays {
			return arr, "", ok
		}
		if eop == "" {
			arr.list = append(arr.list, e)
		}
	}
}

// number reads a PDF number, and what faulty writers produce instead, such as 1.2.3 or 4-5.
func number(s string) float64 {
	neg, v, scale, frac := false, 0.0, 1.0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '-' && i == 0:
			neg = true
		case c == '.':
			frac = true
		case c >= '0' && c <= '9':
			if frac {
				scale /= 10
				v += float64(c-'0') * scale
			} else {
				v = v*10 + float64(c-'0')
			}
		}
	}
	if neg {
		return -v
	}
	return v
}

// unescapeName replaces #XX in a name by the byte that it encodes.
func unescapeName(s string) string {
	if !strings.Contains(s, "#") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '#' && i+2 < len(s) {
			if h, l := unhex(s[i+1]), unhex(s[i+2]); h >= 0 && l >= 0 {
				b.WriteByte(byte(h<<4 | l))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// unhex returns the value of a hexadecimal digit; -1 if c is not one.
func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// literal reads a string in parentheses. One that does not end reaches to the end of the stream.
func (l *lexer) literal() string {
	l.i++
	var out []byte
	for depth := 1; l.i < len(l.b); l.i++ {
		c := l.b[l.i]
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				l.i++
				return string(out)
			}
		case '\\':
			if l.i++; l.i >= len(l.b) {
				return string(out)
			}
			var ok bool
			if c, ok = l.escaped(); !ok {
				continue
			}
		}
		out = append(out, c)
	}
	return string(out)
}

// escapes are the characters that a backslash and a letter encode.
var escapes = map[byte]byte{'n': '\n', 'r': '\r', 't': '\t', 'b': '\b', 'f': '\f'}

// escaped reads what follows a backslash, and stays on its last byte; false for a line break, which the
// backslash removes.
func (l *lexer) escaped() (c byte, ok bool) {
	c = l.b[l.i]
	switch {
	case c == '\r':
		if l.i+1 < len(l.b) && l.b[l.i+1] == '\n' {
			l.i++
		}
		return 0, false
	case c == '\n':
		return 0, false
	case c >= '0' && c <= '7':
		v, n := 0, 0
		for ; n < 3 && l.i < len(l.b) && l.b[l.i] >= '0' && l.b[l.i] <= '7'; n++ {
			v = v*8 + int(l.b[l.i]-'0')
			l.i++
		}
		l.i--
		return byte(v), true
	}
	if e, known := escapes[c]; known {
		return e, true
	}
	return c, true
}

// hex reads a string in angle brackets. Bytes that are not digits are skipped.
func (l *lexer) hex() string {
	l.i++
	var out []byte
	half := -1
	for ; l.i < len(l.b); l.i++ {
		c := l.b[l.i]
		if c == '>' {
			l.i++
			break
		}
		if d := unhex(c); d >= 0 {
			if half < 0 {
				half = d
			} else {
				out = append(out, byte(half<<4|d))
				half = -1
			}
		}
	}
	if half >= 0 {
		out = append(out, byte(half<<4))
	}
	return string(out)
}

// skipDict moves behind the end of a dictionary whose beginning has been read.
func (l *lexer) skipDict() {
	for depth := 1; l.i < len(l.b) && depth > 0; {
		rest := l.b[l.i:]
		switch {
		case rest[0] == '(':
			l.literal()
			continue
		case bytes.HasPrefix(rest, []byte("<<")):
			depth++
			l.i++
		case bytes.HasPrefix(rest, []byte(">>")):
			depth--
			l.i++
		}
		l.i++
	}
}

// skipInlineImage moves behind EI: the bytes between ID and EI are not tokens.
func (l *lexer) skipInlineImage() {
	id := bytes.Index(l.b[l.i:], []byte("ID"))
	if id < 0 {
		l.i = len(l.b)
		return
	}
	for at := l.i + id + 2; ; {
		n := bytes.Index(l.b[at:], []byte("EI"))
		if n < 0 {
			l.i = len(l.b)
			return
		}
		at += n
		if isSpace(l.b[at-1]) && (at+2 >= len(l.b) || isSpace(l.b[at+2])) {
			l.i = at + 2
			return
		}
		at += 2
	}
}
