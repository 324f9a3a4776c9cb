package review

import (
	"strings"
	"unicode"
)

// OneLine reports whether a text can be shown as a name: without line breaks and other control
// characters, and without those that turn the direction of what follows.
func OneLine(s string) bool { return !strings.ContainsFunc(s, unprintable) }

// manyLines reports the same of a reason or comment, which may have several lines.
func manyLines(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return unprintable(r) && r != '\n' && r != '\r' && r != '\t' })
}

func unprintable(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r)
}

// checkPlain refuses control characters in what people write. What the program writes itself may quote
// foreign papers; only names of people are held to it there too.
func checkPlain(e *Event) error {
	person := e.Action == PersonAdded || e.Action == PersonChanged
	if e.Person == System && !person {
		return nil
	}
	for _, t := range []string{e.Data.Name, e.Data.Unit, e.Data.Place, e.Data.On, e.Data.Subject} {
		if !OneLine(t) {
			return refuse("control", "%q has a line break or another control character; write it on one line", t)
		}
	}
	for _, t := range []string{e.Data.Reason, e.Data.Text} {
		if !manyLines(t) {
			return refuse("control", "%q has a control character; leave it out", t)
		}
	}
	return nil
}
