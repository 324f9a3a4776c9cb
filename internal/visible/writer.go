package visible

import (
	"io"
	"strings"
	"sync"
	"unicode/utf8"
)

// Writer lets through to another what may be seen.
type Writer struct {
	mu   sync.Mutex
	to   io.Writer
	how  func(string) string
	rest []byte // of a character of which the end is still to come
}

// NewWriter is a writer of text: what goes through it is as Text makes it.
func NewWriter(to io.Writer) *Writer { return &Writer{to: to, how: Text} }

// NewMarkedWriter is a writer of text in which the program's own marks become what steers a terminal.
// They must be texts that nobody else can know.
func NewMarkedWriter(to io.Writer, marks *strings.Replacer) *Writer {
	return &Writer{to: to, how: func(s string) string { return marks.Replace(Text(s)) }}
}

// NewJSONWriter is a writer of JSON, as JSON makes it.
func NewJSONWriter(to io.Writer) *Writer {
	return &Writer{to: to, how: func(s string) string { return string(JSON([]byte(s))) }}
}

// Write writes whole characters; of one that is cut at the end it waits for the rest.
func (w *Writer) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := append(w.rest, b...)
	w.rest = nil
	for n := 1; n < utf8.UTFMax && n <= len(all); n++ {
		if tail := all[len(all)-n:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				w.rest = append([]byte{}, tail...)
				all = all[:len(all)-n]
			}
			break
		}
	}
	if _, err := io.WriteString(w.to, w.how(string(all))); err != nil {
		return 0, err
	}
	return len(b), nil
}
