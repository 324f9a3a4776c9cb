package visible

import (
	"io"
	"strings"
	"sync"
	"unicode/utf8"
)

// Writer passes text on to another writer without what acts unseen. It is safe for use by several goroutines.
type Writer struct {
	mu   sync.Mutex
	to   io.Writer
	how  func(string) string
	rest []byte // of a character whose end has not been written yet
}

// NewWriter returns a writer of text, which Text cleans.
func NewWriter(to io.Writer) *Writer { return &Writer{to: to, how: Text} }

// NewMarkedWriter returns a writer of text in which the program's own marks are replaced by what controls a
// terminal. The marks must be texts that no one else can know, or else a dossier could contain them.
func NewMarkedWriter(to io.Writer, marks *strings.Replacer) *Writer {
	return &Writer{to: to, how: func(s string) string { return marks.Replace(Text(s)) }}
}

// NewJSONWriter returns a writer of JSON, which JSON cleans.
func NewJSONWriter(to io.Writer) *Writer {
	return &Writer{to: to, how: func(s string) string { return string(JSON([]byte(s))) }}
}

// Write passes on whole characters; of one that is cut off at the end of b it keeps the bytes until the rest
// comes.
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
