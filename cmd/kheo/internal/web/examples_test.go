package web

import (
	"bufio"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"kheo/internal/dossier"
	"kheo/pipeline/review"
	"kheo/pipeline/webhooks"
)

// example is one of the programs of examples/, built, which acts with a token.
type example struct {
	*program
	path string
}

// command returns the program with its arguments.
func (e *example) command(args ...string) *exec.Cmd {
	c := exec.CommandContext(e.Context(), e.path, args...)
	c.Env = append(os.Environ(), "KHEO="+e.http.URL, "TOKEN="+e.token)
	return c
}

// does runs the program, and returns what it prints.
func (e *example) does(ok bool, args ...string) string {
	e.Helper()
	out, err := e.command(args...).CombinedOutput()
	if (err == nil) != ok {
		e.Fatalf("%s %v: %v\n%s", filepath.Base(e.path), args, err, out)
	}
	return string(out)
}

// The programs of examples/ do what they say, against the pages as they are served: one pulls the lists into a workbook,
// one assigns from a table or nothing, one writes what was recognised once it is told that the list is closed.
func TestTheExamples(t *testing.T) {
	t.Parallel()
	s := open(t)
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", dir, "kheo/examples/nightly", "kheo/examples/assign",
		"kheo/examples/website").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	as := func(name, person string, scopes ...review.Scope) *example {
		return &example{s.programOf(person, scopes...), filepath.Join(dir, name)}
	}
	s.pulledIntoAWorkbook(as("nightly", "observer", review.ReadScope), filepath.Join(dir, "lists.xlsx"))
	s.assignedFromATable(as("assign", "secretary", review.ReviewScope), dir)
	s.resultsOnAWebsite(as("website", "observer", review.ReadScope), dir)
}

// pulledIntoAWorkbook checks that a workbook has every entry of a list, and stays as it is when the pull fails.
func (s *site) pulledIntoAWorkbook(nightly *example, file string) {
	s.Helper()
	_, of, _, err := s.s.lists.Latest(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	nightly.does(true, file)
	x, err := excelize.OpenFile(file)
	if err != nil {
		s.Fatal(err)
	}
	defer x.Close()
	seen := map[string]string{}
	for _, sheet := range x.GetSheetList() {
		rows, err := x.GetRows(sheet)
		if err != nil {
			s.Fatal(err)
		}
		for _, r := range rows[1:] {
			seen[r[1]] = r[5] + " " + r[6]
		}
	}
	n := 0
	for _, f := range of {
		for _, e := range f.Entries {
			if n++; seen[e.Dossier] != fmt.Sprintf("%s %v", e.Outcome, e.Points) {
				s.Errorf("%s: %q on the sheet, and %s %v", e.Dossier, seen[e.Dossier], e.Outcome, e.Points)
			}
		}
	}
	if len(seen) != n {
		s.Errorf("%d entries on the sheets, want %d", len(seen), n)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		s.Fatal(err)
	}
	wrong := &example{&program{s, "kheo_0123456789_wrong"}, nightly.path}
	if out := wrong.does(false, file); !strings.Contains(out, "kheo answers 401") {
		s.Errorf("with a wrong token: %s", out)
	}
	if after, err := os.ReadFile(file); err != nil || string(after) != string(before) {
		s.Errorf("a pull that failed changed the workbook (%v)", err)
	}
}

// assignedFromATable checks that a table with one wrong line assigns nothing and names the line, and one without all.
func (s *site) assignedFromATable(assign *example, dir string) {
	s.Helper()
	first, second := s.dossierLike("rung-go-lon"), s.dossierLike("tieng-keng")
	file := filepath.Join(dir, "assignments.csv")
	assigned := func() (n int) {
		if err := s.w.Review().View(s.Context(), func(st *review.State) error {
			n = len(st.Assigned[first]) + len(st.Assigned[second])
			return nil
		}); err != nil {
			s.Fatal(err)
		}
		return n
	}
	put(s.T, file, []byte("\ufeffperson,dossier\nevaluator,"+first+"\nnobody,"+second+"\n"))
	if out := assign.does(false, "model-district", file); !strings.Contains(out, "line 3 ("+second+" nobody)") || assigned() != 0 {
		s.Errorf("%d assigned: %s", assigned(), out)
	}
	put(s.T, file, []byte("dossier,person\n"+first+",evaluator\n"+second+",evaluator\n"))
	if out := assign.does(true, "model-district", file); assigned() != 2 {
		s.Errorf("%d assigned: %s", assigned(), out)
	}
}

// resultsOnAWebsite checks that the page has what was recognised once the list is closed, and nothing before.
func (s *site) resultsOnAWebsite(website *example, dir string) {
	s.Helper()
	file, secret := filepath.Join(dir, "results.html"), filepath.Join(dir, "secret")
	put(s.T, secret, []byte(webhooks.NewSecret()+"\n"))
	waiting := website.command("-listen", "127.0.0.1:0", "-secret", secret, file)
	waiting.Stderr = os.Stderr
	out, err := waiting.StdoutPipe()
	if err != nil {
		s.Fatal(err)
	}
	if err := waiting.Start(); err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { waiting.Process.Kill(); waiting.Wait() })
	at := ""
	for lines := bufio.NewScanner(out); at == "" && lines.Scan(); {
		_, at, _ = strings.Cut(lines.Text(), "waits at ")
	}
	yaml := filepath.Join(s.w.Dir, "kheo.yaml")
	text, err := os.ReadFile(yaml)
	if err != nil {
		s.Fatal(err)
	}
	put(s.T, yaml, append(text, fmt.Sprintf("\nwebhooks: [ { id: website, url: 'http://%s/', events: [list.closed], "+
		"secret_file: '%s', allow: [127.0.0.1] } ]\n", at, secret)...))
	if err := s.w.Reload(); err != nil {
		s.Fatal(err)
	}
	sender := webhooks.NewSender(s.w, slog.New(slog.DiscardHandler))
	round := func() string {
		if err := sender.Round(s.Context()); err != nil {
			s.Fatal(err)
		}
		b, err := os.ReadFile(file)
		if err != nil {
			s.Fatal(err)
		}
		return string(b)
	}
	recognised, deferred := s.decidedAndClosed("model-district", func(stage string) {
		if page := round(); !strings.Contains(page, "No list is closed yet") {
			s.Errorf("%s: %s", stage, page)
		}
	})
	page := round()
	if !strings.Contains(page, recognised) || strings.Contains(page, deferred) || strings.Count(page, "<li>") != 1 {
		s.Errorf("recognised is %q and deferred %q: %s", recognised, deferred, page)
	}
}

// decidedAndClosed recognises one entry of a list, defers the others that must be decided, and closes it. It returns the
// titles of the one and of one of the others, and calls look before it closes the list.
func (s *site) decidedAndClosed(ruleset string, look func(stage string)) (recognised, deferred string) {
	s.Helper()
	_, of, _, err := s.s.lists.Latest(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	look("before a decision")
	chair := s.as("chair")
	for _, e := range of[ruleset].Entries {
		if e.Outcome != dossier.Recommended && e.Outcome != dossier.NeedsReview {
			continue
		}
		form := url.Values{"decision": {"deferred"}, "reason": {"next time"}}
		if e.Outcome == dossier.Recommended && recognised == "" {
			for _, voter := range []string{"chair", "second", "third"} {
				s.as(voter).must("/dossiers/"+e.Dossier+"/vote", url.Values{"vote": {"for"}})
			}
			recognised, form = e.Title, url.Values{"decision": {"recognised"}}
		} else {
			deferred = e.Title
		}
		chair.must("/dossiers/"+e.Dossier+"/decide", form)
	}
	look("before it is closed")
	chair.must("/lists/"+ruleset+"/close", url.Values{"sure": {"yes"}})
	return recognised, deferred
}
