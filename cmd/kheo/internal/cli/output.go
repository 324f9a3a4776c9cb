package cli

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"kheo/internal/visible"
)

// Stdout and stderr are the writers of every command. They take out of texts what could steer a terminal; no text of
// a dossier may reach a terminal in any other way.
var Stdout, Stderr = terminalWriter(os.Stdout), visible.NewWriter(os.Stderr)

// markOn and markOff mark matched words in texts for stdout, which shows them in bold. They are random in each
// process, so that no dossier can contain them.
var markOn, markOff = "<" + rand.Text(), ">" + rand.Text()

// terminalWriter returns a writer that shows marked words in bold if f is a terminal, and between « » otherwise.
func terminalWriter(f *os.File) *visible.Writer {
	on, off := "«", "»"
	if term.IsTerminal(int(f.Fd())) {
		on, off = "\x1b[1;33m", "\x1b[0m"
	}
	return visible.NewMarkedWriter(f, strings.NewReplacer(markOn, on, markOff, off))
}

// Marked returns text on one line, with marks around the matched words. marks are ranges of code points in ascending
// order; those that overlap or exceed the text are left out.
func Marked(text string, marks [][2]int) string {
	rs := []rune(text)
	var b strings.Builder
	at := 0
	for _, m := range marks {
		if m[0] < at || m[1] > len(rs) {
			continue
		}
		b.WriteString(string(rs[at:m[0]]) + markOn + string(rs[m[0]:m[1]]) + markOff)
		at = m[1]
	}
	return visible.Line(b.String() + string(rs[at:]))
}

// PrintJSON prints v as one indented JSON document, with invisible control characters escaped.
func PrintJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(visible.JSON(b.Bytes()))
	return err
}
