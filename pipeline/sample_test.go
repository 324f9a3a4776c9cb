package pipeline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/internal/testspace"
	"kheo/pipeline"
	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
	"kheo/pipeline/publish"
	"kheo/pipeline/store/storetest"
	"kheo/pipeline/workspace"
	"kheo/samples"
)

func TestMain(m *testing.M) {
	ocrThere()
	extract.RunIfChild()
	intake.DefaultSettle = 0 // what tests write is whole
	// Bleve writes to the standard log what it meets in damaged indexes. kheo makes debugging messages of it and
	// reports the errors itself, so here it is noise.
	log.SetOutput(io.Discard)
	runThere()
	indexThere()
	serveThere()
	diskThere()
	decideThere()
	yearThere()
	code := storetest.Main(m)
	testspace.Remove()
	os.Exit(code)
}

func write(t testing.TB, name string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, dir string) *pipeline.Outcome {
	t.Helper()
	w := open(t, dir)
	out, err := pipeline.Run(context.Background(), w, pipeline.Options{Cause: "test"})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range out.Run.Stages {
		for _, e := range s.Errors {
			t.Errorf("stage %s notes: %s", s.Name, e)
		}
	}
	return out
}

func open(t testing.TB, dir string) *workspace.Workspace {
	t.Helper()
	w, err := workspace.Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// lists reads every published list of a workspace.
func lists(t *testing.T, dir string) map[string]*publish.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "lists", "*", "latest", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*publish.File{}
	for _, n := range names {
		if filepath.Base(n) == "run.json" {
			continue
		}
		b, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		f := &publish.File{}
		if err := json.Unmarshal(b, f); err != nil {
			t.Fatal(err)
		}
		out[f.Ruleset] = f
	}
	return out
}

// published reads every file of the newest lists but run.json.
func published(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "lists", "*", "latest", "*"))
	if err != nil || len(names) == 0 {
		t.Fatal("nothing is published", err)
	}
	out := map[string][]byte{}
	for _, n := range names {
		if filepath.Base(n) == "run.json" {
			continue
		}
		if out[filepath.Base(n)], err = os.ReadFile(n); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func sameLists(t *testing.T, want, got map[string][]byte) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("%d files are published, want %d", len(got), len(want))
	}
	for name, b := range want {
		if !bytes.Equal(b, got[name]) {
			t.Errorf("%s differs: %s", name, firstDifference(b, got[name]))
		}
	}
}

// firstDifference shows where two files begin to differ.
func firstDifference(want, got []byte) string {
	at := 0
	for at < min(len(want), len(got)) && want[at] == got[at] {
		at++
	}
	around := func(b []byte) []byte { return b[min(max(0, at-100), len(b)):min(at+150, len(b))] }
	return fmt.Sprintf("at byte %d, want %q, got %q", at, around(want), around(got))
}

type truth map[string]struct {
	Recommended []string
	Others      []struct {
		Title   string
		Is      string
		Outcome dossier.Outcome
		Why     struct {
			Gate, Flag, Criterion string
			Says                  []string
		}
	}
}

func readTruth(t *testing.T) truth {
	t.Helper()
	b, err := os.ReadFile("../samples/testdata/truth.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var out truth
	if err := yaml.UnmarshalWithOptions(b, &out, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return out
}

// Every dossier of the sample comes out as its story says, for the right
// reason.
func TestSampleComesOutAsItsStoriesSay(t *testing.T) {
	t.Parallel()
	dir, _ := testspace.Run(t, 1)
	got := lists(t, dir)
	for ruleset, want := range readTruth(t) {
		f := got[ruleset]
		if f == nil {
			t.Errorf("no list %s", ruleset)
			continue
		}
		if n := len(want.Recommended) + len(want.Others); f.Counts.Registered != n || len(f.Entries) != n || f.Counts.Recommended != len(want.Recommended) {
			t.Errorf("%s: %d registered, %d recommended; want %d, %d", ruleset, f.Counts.Registered, f.Counts.Recommended, n, len(want.Recommended))
		}
		byTitle := map[string]*publish.Entry{}
		for i := range f.Entries {
			byTitle[f.Entries[i].Title] = &f.Entries[i]
		}
		for _, title := range want.Recommended {
			if e := byTitle[norm.NFC.String(title)]; e == nil {
				t.Errorf("%s: %s is not on the list", ruleset, title)
			} else if e.Outcome != dossier.Recommended || e.Rank < 1 {
				t.Errorf("%s: %s is %s (%s, %v), want recommended", ruleset, title, e.Outcome, e.Reason, e.Flags)
			}
		}
		for _, o := range want.Others {
			e := byTitle[norm.NFC.String(o.Title)]
			if e == nil {
				t.Errorf("%s: %s is not on the list", ruleset, o.Title)
				continue
			}
			if e.Outcome != o.Outcome {
				t.Errorf("%s: %s (%s) is %s (%s), want %s", ruleset, o.Title, o.Is, e.Outcome, e.Reason, o.Outcome)
			}
			if o.Why.Gate == "" && o.Why.Flag == "" && o.Why.Criterion == "" {
				t.Errorf("%s: the truth of %s names no reason", ruleset, o.Title)
			}
			for _, missing := range unsaid(e, o.Why.Gate, o.Why.Flag, o.Why.Criterion, o.Why.Says) {
				t.Errorf("%s: %s (%s): %s\n  reason: %s\n  flags: %v", ruleset, o.Title, o.Is, missing, e.Reason, e.Flags)
			}
		}
	}
	if len(got) != len(readTruth(t)) {
		t.Errorf("there are %d lists", len(got))
	}
}

// unsaid returns what an entry should give as its reason and does not.
func unsaid(e *publish.Entry, gate, flag, criterion string, says []string) []string {
	var out []string
	words := e.Reason
	for _, f := range e.Flags {
		words += "\n" + f.Message
	}
	if gate != "" {
		found := false
		for _, g := range e.Gates {
			if !g.Passed && g.ID == gate && strings.Contains(e.Reason, g.Reason) {
				found = true
			} else if !g.Passed && g.ID != gate {
				out = append(out, "gate "+g.ID+" fails too")
			}
		}
		if !found {
			out = append(out, "gate "+gate+" does not fail, or the reason does not say it")
		}
	} else if e.Outcome != dossier.Quarantined {
		for _, g := range e.Gates {
			if !g.Passed {
				out = append(out, "gate "+g.ID+" fails")
			}
		}
	}
	if flag != "" {
		found := false
		for _, f := range e.Flags {
			found = found || f.Code == flag
		}
		if !found {
			out = append(out, "no flag "+flag)
		}
	}
	for _, c := range e.Criteria {
		if c.ID == criterion && !strings.Contains(e.Reason, c.Title) {
			out = append(out, "the reason does not name "+c.Title)
		}
	}
	for _, s := range says {
		if !strings.Contains(words, norm.NFC.String(s)) {
			out = append(out, "nothing says "+s)
		}
	}
	return out
}

// No title, file name or manifest of the sample gives an outcome away.
func TestSampleGivesNoOutcomeAway(t *testing.T) {
	t.Parallel()
	files, err := samples.Inbox()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := strings.ToLower(norm.NFC.String(f.Name))
		for _, tell := range []string{"recommend", "reject", "plan", "copy", "late", "fail", "kế hoạch", "trễ", "scan", "protected", "truncated"} {
			if strings.Contains(name, tell) && !strings.Contains(name, "plant") {
				t.Errorf("%s gives away %q", f.Name, tell)
			}
		}
		if path.Base(f.Name) == dossier.ManifestName && bytes.Contains(f.Data, []byte("outcome")) {
			t.Errorf("%s names an outcome", f.Name)
		}
	}
}

// No two models share their sentences, the copies that the truth names aside.
func TestSampleStoriesAreTheirOwn(t *testing.T) {
	t.Parallel()
	copies := map[string]bool{}
	for _, of := range readTruth(t) {
		for _, o := range of.Others {
			if o.Why.Flag == dossier.FlagNearDuplicate {
				copies[norm.NFC.String(o.Title)] = true
			}
		}
	}
	if len(copies) != 2 {
		t.Fatalf("the truth names %d copies", len(copies))
	}
	seen := map[string]string{}
	err := fs.WalkDir(os.DirFS("../samples/stories"), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join("../samples/stories", p))
		if err != nil {
			return err
		}
		title := ""
		for _, line := range strings.Split(norm.NFC.String(string(b)), "\n") {
			if strings.HasPrefix(line, "#") {
				parts := strings.Split(line, "|")
				title = strings.TrimSpace(parts[3])
				continue
			}
			_, text, ok := strings.Cut(line, ":")
			if !ok || copies[title] {
				continue
			}
			for _, s := range strings.Split(text, ". ") {
				s = strings.Trim(strings.ToLower(s), " .")
				if len(strings.Fields(s)) < 4 {
					continue
				}
				if other := seen[s]; other != "" && other != title {
					t.Errorf("%s and %s share: %s", other, title, s)
				}
				seen[s] = title
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) < 800 {
		t.Errorf("only %d sentences were found", len(seen))
	}
}

// Where tesseract is missing, scanned pages wait for it and say so; once it is
// there the next run reads them, and them alone.
func TestScansWaitForOCR(t *testing.T) {
	dir := t.TempDir()
	testspace.Sample(t, dir, func(entry string) bool {
		return strings.Contains(entry, "Bữa sáng") || strings.HasPrefix(entry, "bua-sang")
	})
	path := os.Getenv("PATH")
	t.Setenv("PATH", t.TempDir())
	out := run(t, dir)
	if out.NeedOCR == 0 {
		t.Fatal("no page waits for OCR")
	}
	flags := func(out *pipeline.Outcome) map[string]bool {
		m := map[string]bool{}
		for _, l := range out.Lists {
			for _, e := range l.Entries {
				for _, f := range e.Flags {
					m[f.Code] = true
				}
			}
		}
		return m
	}
	if f := flags(out); !f[dossier.FlagNeedsOCR] || !f[dossier.FlagLowTextQuality] {
		t.Errorf("without OCR the flags are %v", f)
	}
	t.Setenv("PATH", path)
	out = run(t, dir)
	done := map[string]int{}
	for _, s := range out.Run.Stages {
		done[s.Name] = s.Done
	}
	if done["read"] != 0 || done["ocr"] == 0 || done["assess"] != 1 || out.NeedOCR != 0 {
		t.Errorf("with OCR the stages did %v", done)
	}
	if f := flags(out); f[dossier.FlagNeedsOCR] || f[dossier.FlagLowTextQuality] {
		t.Errorf("with OCR the flags are %v", f)
	}
	if out = run(t, dir); !out.Nothing {
		t.Error("a third run found something to do")
	}
}
