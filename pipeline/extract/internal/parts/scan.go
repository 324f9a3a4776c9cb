package parts

import (
	"bytes"
	"encoding/xml"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// scanner reads the XML that programs write for office files: elements with ASCII names, attributes, text, and the
// entities that need no declaration. It reads it as encoding/xml does, in a fraction of the time and of the memory. At
// anything else it stops before the token, and the rest is left to encoding/xml.
type scanner struct {
	b    []byte
	at   int               // the next token begins here
	seen map[string]string // names and short values that have been read: they are repeated all the time

	name  xml.Name
	attrs []xml.Attr // of the element, copied before they are handed on
	empty bool       // the element is closed by its own tag
	text  string
}

// scanners keep what they have seen: office files repeat the names of one another.
var scanners = sync.Pool{New: func() any { return &scanner{seen: map[string]string{}} }}

// release gives a scanner back, without what it has read.
func (s *scanner) release() {
	if len(s.seen) == maxSeen {
		clear(s.seen)
	}
	clear(s.attrs[:cap(s.attrs)])
	*s = scanner{seen: s.seen, attrs: s.attrs[:0]}
	scanners.Put(s)
}

// token is what a scanner has read.
type token uint8

const (
	other  token = iota // left to encoding/xml, as the end of the file is
	opens               // an element begins: name, attrs, empty
	closes              // an element ends: name
	says                // text
	skips               // the declaration of XML
)

// next reads the next token.
func (s *scanner) next() token {
	b := s.b[s.at:]
	switch {
	case len(b) == 0:
		return other
	case b[0] != '<':
		return s.said()
	case len(b) > 1 && b[1] == '/':
		return s.closed()
	case len(b) > 1 && b[1] == '?':
		return s.declared()
	}
	return s.opened()
}

// maxShort is the length up to which values of attributes are kept, and maxSeen how many names and values are.
const (
	maxShort = 32
	maxSeen  = 1000
)

// kept returns a string, and the same one for the same bytes as far as it can.
func (s *scanner) kept(b []byte) string {
	if len(b) > maxShort {
		return string(b)
	}
	if k, ok := s.seen[string(b)]; ok {
		return k
	}
	k := string(b)
	if len(s.seen) < maxSeen {
		s.seen[k] = k
	}
	return k
}

// said reads text up to the next element.
func (s *scanner) said() token {
	n := bytes.IndexByte(s.b[s.at:], '<')
	if n < 0 {
		n = len(s.b) - s.at
	}
	text, ok := plainText(s.b[s.at:s.at+n], true)
	if !ok {
		return other
	}
	s.text, s.at = string(text), s.at+n
	return says
}

// plainText is a text, or the value of an attribute, with its entities replaced and its line ends as XML has them; ok
// is false if encoding/xml may refuse it, or read it otherwise.
func plainText(b []byte, betweenElements bool) (text []byte, ok bool) {
	special := false
	ascii := true
	for i, c := range b {
		switch {
		case c >= utf8.RuneSelf:
			ascii = false
		case c == '&' || c == '\r':
			special = true
		case c < ' ' && c != '\n' && c != '\t', c == '<':
			return nil, false
		case c == '>' && betweenElements && i > 1 && b[i-1] == ']' && b[i-2] == ']':
			return nil, false
		}
	}
	if !ascii && (!utf8.Valid(b) || bytes.Contains(b, []byte("\ufffe")) || bytes.Contains(b, []byte("\uffff"))) {
		return nil, false
	}
	if !special {
		return b, true
	}
	if bytes.IndexByte(b, '\r') >= 0 {
		b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
		b = bytes.ReplaceAll(b, []byte("\r"), []byte("\n"))
	}
	return resolved(b)
}

// resolved is a text with its entities replaced; ok is false if one is none of those that need no declaration.
func resolved(b []byte) (text []byte, ok bool) {
	var out []byte
	for {
		i := bytes.IndexByte(b, '&')
		if i < 0 {
			return append(out, b...), true
		}
		out, b = append(out, b[:i]...), b[i+1:]
		n := bytes.IndexByte(b[:min(len(b), maxEntity)], ';')
		if n < 0 {
			return nil, false
		}
		r := entity(string(b[:n]))
		if r == 0 {
			return nil, false
		}
		out, b = utf8.AppendRune(out, r), b[n+1:]
	}
}

// maxEntity is the length of the longest entity that is replaced, #x10FFFF;
const maxEntity = 9

// entity returns the character that an entity denotes; 0 if that must be declared, or is none of a text.
func entity(name string) rune {
	switch name {
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "amp":
		return '&'
	case "apos":
		return '\''
	case "quot":
		return '"'
	}
	digits, ok := strings.CutPrefix(name, "#")
	base := 10
	if hex, is := strings.CutPrefix(digits, "x"); is {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	r := rune(n)
	if !ok || err != nil || n > utf8.MaxRune || !utf8.ValidRune(r) || r < ' ' && r != '\t' && r != '\n' && r != '\r' ||
		r == '\ufffe' || r == '\uffff' {
		return 0
	}
	return r
}

// nameAt reads a name from position i, and returns its end; ok is false if it is none or not ASCII.
func (s *scanner) nameAt(i int) (name xml.Name, end int, ok bool) {
	colon := -1
	end = i
	for end < len(s.b) {
		c := s.b[end]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_':
		case end > i && ('0' <= c && c <= '9' || c == '.' || c == '-'):
		case c == ':' && colon < 0 && end > i:
			colon = end
		case c >= utf8.RuneSelf || c == ':':
			return name, end, false
		default:
			goto ended
		}
		end++
	}
ended:
	if end == i || colon == end-1 || end == len(s.b) {
		return name, end, false
	}
	if colon >= 0 {
		name.Space, i = s.kept(s.b[i:colon]), colon+1
	}
	name.Local = s.kept(s.b[i:end])
	return name, end, true
}

// skipSpace returns the position of the next byte from i on that is no white space.
func (s *scanner) skipSpace(i int) int {
	for i < len(s.b) && (s.b[i] == ' ' || s.b[i] == '\n' || s.b[i] == '\r' || s.b[i] == '\t') {
		i++
	}
	return i
}

// closed reads the end of an element.
func (s *scanner) closed() token {
	name, i, ok := s.nameAt(s.at + 2)
	if i = s.skipSpace(i); !ok || i == len(s.b) || s.b[i] != '>' {
		return other
	}
	s.name, s.at = name, i+1
	return closes
}

// opened reads the beginning of an element.
func (s *scanner) opened() token {
	name, i, ok := s.nameAt(s.at + 1)
	if !ok {
		return other
	}
	s.attrs = s.attrs[:0]
	for {
		if i = s.skipSpace(i); i+1 >= len(s.b) {
			return other
		}
		if s.b[i] == '>' {
			s.name, s.at, s.empty = name, i+1, false
			return opens
		}
		if s.b[i] == '/' && s.b[i+1] == '>' {
			s.name, s.at, s.empty = name, i+2, true
			return opens
		}
		if i, ok = s.attr(i); !ok {
			return other
		}
	}
}

// attr reads an attribute from position i, and returns its end.
func (s *scanner) attr(i int) (end int, ok bool) {
	name, i, ok := s.nameAt(i)
	if i = s.skipSpace(i); !ok || i == len(s.b) || s.b[i] != '=' {
		return i, false
	}
	i = s.skipSpace(i + 1)
	if i == len(s.b) || s.b[i] != '"' && s.b[i] != '\'' {
		return i, false
	}
	n := bytes.IndexByte(s.b[i+1:], s.b[i])
	if n < 0 {
		return i, false
	}
	value, ok := plainText(s.b[i+1:i+1+n], false)
	if !ok {
		return i, false
	}
	s.attrs = append(s.attrs, xml.Attr{Name: name, Value: s.kept(value)})
	return i + n + 2, true
}

// declared reads the declaration of XML, as office programs write it.
func (s *scanner) declared() token {
	for _, d := range declarations {
		if bytes.HasPrefix(s.b[s.at:], d) {
			s.at += len(d)
			return skips
		}
	}
	return other
}

var declarations = [][]byte{[]byte(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`),
	[]byte(`<?xml version="1.0" encoding="UTF-8"?>`),
	[]byte(`<?xml version="1.0" encoding="utf-8"?>`), []byte(`<?xml version="1.0" encoding="UTF-8" standalone="no"?>`),
	[]byte(`<?xml version="1.0"?>`)}
