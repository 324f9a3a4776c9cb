// Package visible removes from text what people do not see but what has an effect: characters that control a
// terminal, and those that reverse the direction of text, so that a line reads differently from what it is.
//
// Text that others wrote (titles, names, reasons, file names, quotes) is stored as it came, and passes through
// this package on its way out: each output, whether a terminal, a page, a cell, a document or a mail, has one
// place that calls it. Letters of all languages pass, composed or not, and so do the joiners that some scripts
// need.
package visible

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// kind is what becomes of a character.
type kind int

const (
	keep kind = iota
	blank
	drop
)

// of returns what becomes of a character.
func of(r rune) kind {
	switch {
	case r == '\n' || r == '\t':
		return keep
	case r < 0x20, r >= 0x7f && r < 0xa0, r == 0x2028, r == 0x2029: // C0, DEL, C1, separators of lines
		return blank
	// the direction of text
	case r == 0x061c, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return drop
	// unseen
	case r == 0xfeff, r >= 0x2060 && r <= 0x2065, r >= 0x206a && r <= 0x206f, r >= 0xfff9 && r <= 0xfffb,
		r >= 0xe0000 && r <= 0xe007f:
		return drop
	}
	return keep
}

// clean reports whether nothing has to be done. It looks at bytes only, so it may return false without need.
func clean(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < 0x20 && c != '\n' && c != '\t', c == 0x7f:
			return false
		case c < 0xc0:
		case c == 0xc2 && (i+1 >= len(s) || s[i+1] < 0xa0), c == 0xd8, c == 0xf3:
			return false
		case c == 0xe2, c == 0xef:
			if i+2 >= len(s) || actsUnseen(c, s[i+1], s[i+2]) {
				return false
			}
		}
	}
	return utf8.ValidString(s)
}

// actsUnseen reports whether three bytes that begin with e2 or ef may be a character that of does not keep. Quotation
// marks, dashes and the ellipsis, which are next to those characters, are in most texts.
func actsUnseen(a, b, c byte) bool {
	if a == 0xef {
		return b == 0xbb || b == 0xbf
	}
	return b == 0x80 && (c == 0x8e || c == 0x8f || c >= 0xa8 && c <= 0xae) || b == 0x81 && c >= 0xa0
}

// Text returns s without what acts unseen. Line breaks and tabs stay.
func Text(s string) string {
	if clean(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch of(r) {
		case blank:
			return ' '
		case drop:
			return -1
		}
		return r
	}, strings.ReplaceAll(s, "\r\n", "\n"))
}

// Line is Text of one line: line breaks and tabs become spaces.
func Line(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		return r
	}, Text(s))
}

// JSON escapes in a JSON document what Text removes. Such characters are in strings only, and a reader of the
// document gets them back.
func JSON(b []byte) []byte {
	if clean(string(b)) {
		return b
	}
	var out strings.Builder
	for _, r := range string(b) {
		switch {
		case of(r) == keep:
			out.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&out, `\u%04x\u%04x`, 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff)
		case r == '\r':
			out.WriteRune(r) // it is between values: in a string it would be escaped
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return []byte(out.String())
}
