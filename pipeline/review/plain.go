package review

import (
	"strings"
	"unicode"
)

// OneLine reports whether a text can be shown as a name: it has no line breaks or other control characters, and
// none that change the direction of the text after it.
func OneLine(s string) bool { return !strings.ContainsFunc(s, unprintable) }

// manyLines is OneLine for reasons and comments, which may have several lines.
func manyLines(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return unprintable(r) && r != '\n' && r != '\r' && r != '\t' })
}

// unprintable reports control characters, line separators and bidirectional controls (UAX #9).
func unprintable(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r)
}

// checkPlain refuses control characters in what people write. The program itself may quote foreign documents; of
// its events only the names of people are checked.
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
