package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"kheo/internal/visible"
	"kheo/pipeline/progress"
)

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func printJSON(w io.Writer, v any) error {
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

// table prints rows in columns; columns named in right are aligned right.
func table(w io.Writer, head []string, rows [][]string, right ...int) {
	widths := make([]int, len(head))
	for _, r := range append([][]string{head}, rows...) {
		for i, c := range r {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	isRight := map[int]bool{}
	for _, i := range right {
		isRight[i] = true
	}
	line := func(r []string) {
		var b strings.Builder
		for i, c := range r {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c))
			if isRight[i] {
				b.WriteString(pad + c)
			} else {
				b.WriteString(c + pad)
			}
			b.WriteString("  ")
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
	line(head)
	rule := make([]string, len(head))
	for i := range rule {
		rule[i] = strings.Repeat("─", widths[i])
	}
	line(rule)
	for _, r := range rows {
		line(r)
	}
}

// countsTable prints how many dossiers of each list came to what.
func countsTable(w io.Writer, rows [][]string) {
	table(w, []string{"list", "registered", "recommended", "needs review", "not recommended", "ineligible", "quarantined"}, rows, 1, 2, 3, 4, 5, 6)
}

func countsRow(name string, counts ...int) []string {
	row := []string{name}
	for _, n := range counts {
		row = append(row, fmt.Sprint(n))
	}
	return row
}

// printNext says what a person may do next: commands, and what they are for.
func printNext(w io.Writer, commands [][2]string) {
	fmt.Fprint(w, "\nNext:\n")
	width := 0
	for _, c := range commands {
		width = max(width, utf8.RuneCountInString(c[0]))
	}
	for _, c := range commands {
		fmt.Fprintf(w, "  %s%s   %s\n", c[0], strings.Repeat(" ", width-utf8.RuneCountInString(c[0])), c[1])
	}
}

func clip(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if rs := []rune(s); len(rs) > n {
		return string(rs[:n-1]) + "…"
	}
	return s
}

// bars shows a run's progress on a terminal; on anything else it is silent.
type bars struct {
	mu  sync.Mutex
	p   *mpb.Progress
	bar *mpb.Bar
}

func newBars() progress.Reporter {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return nil
	}
	return &bars{p: mpb.New(mpb.WithOutput(os.Stderr), mpb.WithWidth(40))}
}

var stageWords = map[string]string{"intake": "taking in", "read": "reading", "profile": "looking through", "compare": "comparing", "assess": "assessing", "recommend": "recommending", "index": "indexing", "publish": "publishing"}

func (b *bars) Begin(stage string, total int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if total == 0 {
		return
	}
	b.bar = b.p.AddBar(int64(total), mpb.PrependDecorators(decor.Name(fmt.Sprintf("%-16s", stageWords[stage]))), mpb.AppendDecorators(decor.CountersNoUnit("%d / %d")))
}

func (b *bars) Add(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar != nil {
		b.bar.IncrBy(n)
	}
}

func (b *bars) End() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar != nil {
		if !b.bar.Completed() {
			b.bar.Abort(false)
		}
		b.bar.Wait()
		b.bar = nil
	}
}

// What a command prints goes through these: no text of others reaches a terminal in any other way.
var stdout, stderr = terminalWriter(os.Stdout), visible.NewWriter(os.Stderr)

// Marks around words that were found. Nobody can write them into a dossier: they differ from one
// call of the program to the next.
var markOn, markOff = "<" + rand.Text(), ">" + rand.Text()

// terminalWriter shows marked words in bold on a terminal, and between « » elsewhere.
func terminalWriter(f *os.File) *visible.Writer {
	on, off := "«", "»"
	if term.IsTerminal(int(f.Fd())) {
		on, off = "\x1b[1;33m", "\x1b[0m"
	}
	return visible.NewMarkedWriter(f, strings.NewReplacer(markOn, on, markOff, off))
}

// marked is one line of text with marks around the words that were found.
func marked(text string, marks [][2]int) string {
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
