package tagged

import (
	"bytes"
	"errors"
	"strconv"
)

// Objects of a file: nil, bool, int64, float64, string, name, ref, array, dict.
type (
	object any
	name   string
	ref    uint32 // number of an indirect object; its generation is not looked at
	array  []object
	dict   map[name]object
)

var (
	errSyntax = errors.New("the structure of the file is damaged")
	errBounds = errors.New("the structure of the file is larger than that of a document")
)

// Bounds of one object.
const (
	maxNested = 40      // arrays and dictionaries in one another
	maxArray  = 500_000 // items
	maxText   = 1 << 16 // bytes of a string that are kept
)

// parser reads objects from the text of a file (ISO 32000-1, 7.3).
type parser struct {
	b      []byte
	at     int
	budget *int // tokens that may still be read
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func isDelimiter(c byte) bool { return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 }

// skip moves over white space and comments.
func (p *parser) skip() {
	for p.at < len(p.b) {
		switch c := p.b[p.at]; {
		case isSpace(c):
			p.at++
		case c == '%':
			for p.at < len(p.b) && p.b[p.at] != '\n' && p.b[p.at] != '\r' {
				p.at++
			}
		default:
			return
		}
	}
}

// word returns what is up to the next white space or delimiter.
func (p *parser) word() string {
	from := p.at
	for p.at < len(p.b) && !isSpace(p.b[p.at]) && !isDelimiter(p.b[p.at]) {
		p.at++
	}
	return string(p.b[from:p.at])
}

// keyword moves over a word, and reports whether it is the one that is expected.
func (p *parser) keyword(want string) bool {
	p.skip()
	if !bytes.HasPrefix(p.b[min(p.at, len(p.b)):], []byte(want)) {
		return false
	}
	p.at += len(want)
	return true
}

// number reads a whole number that is not negative.
func (p *parser) number() (int, bool) {
	p.skip()
	from := p.at
	for p.at < len(p.b) && p.b[p.at] >= '0' && p.b[p.at] <= '9' && p.at-from < 12 {
		p.at++
	}
	n, err := strconv.Atoi(string(p.b[from:p.at]))
	return n, err == nil
}

// object reads one object. deep is the number of those around it.
func (p *parser) object(deep int) (object, error) {
	if *p.budget--; *p.budget < 0 || deep > maxNested {
		return nil, errBounds
	}
	p.skip()
	if p.at >= len(p.b) {
		return nil, errSyntax
	}
	switch c := p.b[p.at]; {
	case c == '/':
		return p.name(), nil
	case c == '(':
		return p.literal()
	case c == '[':
		return p.array(deep)
	case c == '<' && p.at+1 < len(p.b) && p.b[p.at+1] == '<':
		return p.dict(deep)
	case c == '<':
		return p.hex()
	case c >= '0' && c <= '9':
		return p.numberOrRef()
	}
	switch w := p.word(); w {
	case "null":
		return nil, nil
	case "true", "false":
		return w == "true", nil
	default:
		f, err := strconv.ParseFloat(w, 64)
		if err != nil {
			return nil, errSyntax
		}
		if f == float64(int64(f)) {
			return int64(f), nil
		}
		return f, nil
	}
}

// numberOrRef reads a number, or a reference: 12 0 R.
func (p *parser) numberOrRef() (object, error) {
	w := p.word()
	n, err := strconv.ParseInt(w, 10, 64)
	if err != nil {
		f, err := strconv.ParseFloat(w, 64)
		if err != nil {
			return nil, errSyntax
		}
		return f, nil
	}
	after := p.at
	if n >= 0 && n < maxObjects {
		if _, ok := p.number(); ok {
			if p.skip(); p.at < len(p.b) && p.b[p.at] == 'R' && (p.at+1 == len(p.b) || isSpace(p.b[p.at+1]) ||
				isDelimiter(p.b[p.at+1])) {
				p.at++
				return ref(n), nil
			}
		}
	}
	p.at = after
	return n, nil
}

// name reads a name, with its #xx resolved.
func (p *parser) name() name {
	p.at++
	w := p.word()
	for i := 0; i+2 < len(w); i++ {
		if w[i] == '#' {
			if c, err := strconv.ParseUint(w[i+1:i+3], 16, 8); err == nil {
				w = w[:i] + string([]byte{byte(c)}) + w[i+3:]
			}
		}
	}
	return name(w)
}

// literal reads a string in parentheses. Escapes stay as they are: only names of namespaces are looked at.
func (p *parser) literal() (object, error) {
	p.at++
	from, open := p.at, 1
	for ; p.at < len(p.b); p.at++ {
		switch p.b[p.at] {
		case '\\':
			p.at++
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				s := string(p.b[from:min(p.at, from+maxText)])
				p.at++
				return s, nil
			}
		}
	}
	return nil, errSyntax
}

// hex moves over a string in hexadecimal digits, of which nothing here is looked at.
func (p *parser) hex() (object, error) {
	end := bytes.IndexByte(p.b[p.at:], '>')
	if end < 0 {
		return nil, errSyntax
	}
	p.at += end + 1
	return "", nil
}

func (p *parser) array(deep int) (object, error) {
	p.at++
	out := array{}
	for {
		if p.skip(); p.at >= len(p.b) {
			return nil, errSyntax
		}
		if p.b[p.at] == ']' {
			p.at++
			return out, nil
		}
		o, err := p.object(deep + 1)
		if err != nil {
			return nil, err
		}
		if out = append(out, o); len(out) > maxArray {
			return nil, errBounds
		}
	}
}

func (p *parser) dict(deep int) (object, error) {
	p.at += 2
	out := dict{}
	for {
		if p.skip(); p.at >= len(p.b) {
			return nil, errSyntax
		}
		if p.b[p.at] == '>' {
			p.at = min(p.at+2, len(p.b))
			return out, nil
		}
		if p.b[p.at] != '/' {
			return nil, errSyntax
		}
		key := p.name()
		o, err := p.object(deep + 1)
		if err != nil {
			return nil, err
		}
		if out[key] = o; len(out) > maxArray {
			return nil, errBounds
		}
	}
}
