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
	"kheo/pipeline/workspace"
)

// stdout and stderr are the writers of every command. They take out of texts what could steer a terminal; no text of
// a dossier may reach a terminal in any other way.
var stdout, stderr = terminalWriter(os.Stdout), visible.NewWriter(os.Stderr)

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

// marked returns text on one line, with marks around the matched words. marks are ranges of code points in ascending
// order; those that overlap or exceed the text are left out.
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

// printJSON prints v as one indented JSON document, with invisible control characters escaped.
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

// table prints rows in columns below a ruled head. The columns whose numbers are in right are aligned right, which
// text/tabwriter cannot do for single columns. Every row has as many cells as head. Cells are measured in code points.
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

// countsTable prints the numbers of dossiers on lists by outcome; countsRow makes its rows.
func countsTable(w io.Writer, rows [][]string) {
	head := []string{"list", "registered", "recommended", "needs review", "not recommended", "ineligible", "quarantined"}
	table(w, head, rows, 1, 2, 3, 4, 5, 6)
}

// countsRow returns a row of countsTable: the name of a list, and its counts in the order of the columns.
func countsRow(name string, counts ...int) []string {
	row := []string{name}
	for _, n := range counts {
		row = append(row, fmt.Sprint(n))
	}
	return row
}

// printNext prints what a person may do next: pairs of a command and its purpose.
func printNext(w io.Writer, commands [][2]string) {
	fmt.Fprint(w, "\nNext:\n")
	printAligned(w, commands)
}

// printAligned prints pairs in two columns, indented by two spaces.
func printAligned(w io.Writer, pairs [][2]string) {
	width := 0
	for _, p := range pairs {
		width = max(width, utf8.RuneCountInString(p[0]))
	}
	for _, p := range pairs {
		fmt.Fprintf(w, "  %s%s   %s\n", p[0], strings.Repeat(" ", width-utf8.RuneCountInString(p[0])), p[1])
	}
}

// plural returns a count with a noun, as in "1 dossier" and "2 dossiers".
func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// isAre is like plural with the verb, as in "1 dossier is" and "2 dossiers are".
func isAre(n int, word string) string {
	if n == 1 {
		return "1 " + word + " is"
	}
	return plural(n, word) + " are"
}

// orNone returns s, or "none" if it is empty.
func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// because returns a reason to append to a sentence: ": " and the reason, or "" without one.
func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

// nonEmpty returns the texts that are not empty, in their order.
func nonEmpty(list ...string) []string {
	var out []string
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// clip puts s on one line and shortens it to n code points, of which the last is then "…".
func clip(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if rs := []rune(s); len(rs) > n {
		return string(rs[:n-1]) + "…"
	}
	return s
}

// listLanguages returns the languages to show texts in, in order of preference: the one that --lang names, then those
// of the campaign.
func listLanguages(c *common, ws *workspace.Workspace) []string {
	if c.lang != "" {
		return append([]string{c.lang}, ws.Campaign().Env.Languages...)
	}
	return ws.Campaign().Env.Languages
}

// bars shows the progress of a run on a terminal, one bar at a time. It implements pipeline.Progress; its methods may
// be called by several goroutines at once.
type bars struct {
	mu  sync.Mutex
	p   *mpb.Progress
	bar *mpb.Bar // of the stage under way; nil between stages
}

// newBars returns progress bars on standard error, or nil, which is silent, if that is not a terminal.
func newBars() progress.Reporter {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return nil
	}
	return &bars{p: mpb.New(mpb.WithOutput(os.Stderr), mpb.WithWidth(40))}
}

// stageWords names the stages of a run for people.
var stageWords = map[string]string{"intake": "ingesting", "read": "reading", "ocr": "OCR", "profile": "profiling",
	"compare": "comparing", "assess": "assessing", "recommend": "recommending", "index": "indexing",
	"publish": "publishing"}

// Begin starts the bar of a stage with total items, unless there is nothing to do.
func (b *bars) Begin(stage string, total int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if total == 0 {
		return
	}
	b.bar = b.p.AddBar(int64(total), mpb.PrependDecorators(decor.Name(fmt.Sprintf("%-16s", stageWords[stage]))),
		mpb.AppendDecorators(decor.CountersNoUnit("%d / %d")))
}

// Add counts n more items as done.
func (b *bars) Add(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar != nil {
		b.bar.IncrBy(n)
	}
}

// End ends the bar of the stage, also if the stage did not finish.
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
