package testspace

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"kheo/pipeline"
	"kheo/pipeline/store/storetest"
	"kheo/pipeline/workspace"
	"kheo/samples"
)

// OnPostgres reports whether every test keeps its records in PostgreSQL (make test-postgres).
func OnPostgres() bool { return storetest.OnPostgres() }

// Soak reports whether the long checks run (make soak): tests that loop over many cases then try all of them.
func Soak() bool { return os.Getenv("KHEO_SOAK") != "" }

// inbox is samples.Inbox, unpacked once for this process. The files are not to be changed.
var inbox = sync.OnceValues(samples.Inbox)

// Sample makes a workspace in dir with the campaign of the sample and those entries of its inbox that keep wants. Its
// scanned pages are unread: a run over all of them takes a minute.
func Sample(t testing.TB, dir string, keep func(entry string) bool) {
	t.Helper()
	if err := samples.WriteCampaign(dir); err != nil {
		t.Fatal(err)
	}
	if OnPostgres() {
		MoveToPostgres(t, dir)
	}
	AddSample(t, dir, keep)
}

// ReadSample is Sample with what OCR reads of the scanned pages (see ShareOCR).
func ReadSample(t testing.TB, dir string, keep func(entry string) bool) {
	t.Helper()
	if OnPostgres() {
		Sample(t, dir, keep)
		ShareOCR(t, dir)
		return
	}
	Copy(t, empty(t), dir)
	AddSample(t, dir, keep)
}

// MoveToPostgres changes kheo.yaml so that a workspace without records begins them in a PostgreSQL database of its own.
func MoveToPostgres(t testing.TB, dir string) {
	t.Helper()
	file := filepath.Join(dir, "kheo.yaml")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	with := bytes.Replace(b, []byte("store: var/kheo.db"), []byte("store: "+storetest.Postgres(t)), 1)
	if bytes.Equal(with, b) {
		return // it keeps them there already
	}
	if err := os.WriteFile(file, with, 0o644); err != nil {
		t.Fatal(err)
	}
}

// AddSample puts those entries of the sample's inbox that keep wants into the inbox of a workspace.
func AddSample(t testing.TB, dir string, keep func(entry string) bool) {
	t.Helper()
	files, err := inbox()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !keep(entryOf(f)) {
			continue
		}
		name := filepath.Join(dir, "inbox", filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// entryOf is the entry of the inbox that a file of the sample belongs to.
func entryOf(f samples.File) string {
	entry, _, _ := strings.Cut(f.Name, "/")
	return entry
}

// Entries returns the names in the sample's inbox, sorted.
func Entries(t testing.TB) []string {
	t.Helper()
	files, err := inbox()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range files {
		out = append(out, entryOf(f))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// EveryNth chooses every n-th entry of the sample's inbox, the first among them.
func EveryNth(t testing.TB, n int) (keep func(entry string) bool) {
	t.Helper()
	chosen := map[string]bool{}
	for i, e := range Entries(t) {
		chosen[e] = i%n == 0
	}
	return func(e string) bool { return chosen[e] }
}

// prepared are the workspaces of Prepare, by name. Remove removes them.
var prepared = struct {
	sync.Mutex
	named map[string]*workspaceOnce
}{named: map[string]*workspaceOnce{}}

// workspaceOnce is a workspace that the first test that wants it makes.
type workspaceOnce struct {
	sync.Mutex
	dir string            // "" until it is made
	out *pipeline.Outcome // of the run in it, if Run made it
}

// Prepare returns the folder of a workspace that several tests of this process read or copy, and do not open.
// The first to want it makes it by fill, which leaves nothing open in it; if that fails, the next tries again. Tests
// that want the same name wait for one another.
func Prepare(t testing.TB, name string, fill func(dir string)) (dir string) {
	t.Helper()
	return prepare(t, name, func(p *workspaceOnce, dir string) { fill(dir) }).dir
}

// prepare returns the workspace with a name, which the first caller fills while the others wait. If fill ends its
// test, the folder is removed and the next caller tries again.
func prepare(t testing.TB, name string, fill func(p *workspaceOnce, dir string)) *workspaceOnce {
	t.Helper()
	prepared.Lock()
	p := prepared.named[name]
	if p == nil {
		p = &workspaceOnce{}
		prepared.named[name] = p
	}
	prepared.Unlock()
	p.Lock()
	defer p.Unlock()
	if p.dir != "" {
		return p
	}
	dir, err := os.MkdirTemp("", "kheo-prepared-")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { // also if fill ends the test by t.Fatal
		if p.dir == "" {
			os.RemoveAll(dir)
		}
	}()
	fill(p, dir)
	p.dir = dir
	return p
}

// Copied is Prepare with a workspace of the test's own: a copy. On PostgreSQL fill makes it for each test: copies would
// share one database.
func Copied(t testing.TB, name string, fill func(dir string)) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "w")
	if OnPostgres() {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		fill(dir)
		return dir
	}
	Copy(t, Prepare(t, name, fill), dir)
	return dir
}

// empty returns a workspace with the campaign of the sample, an empty inbox, and what OCR reads of the sample.
func empty(t testing.TB) string {
	t.Helper()
	return Prepare(t, "empty", func(dir string) {
		Sample(t, dir, func(string) bool { return false })
		ShareOCR(t, dir)
	})
}

// Run returns the workspace in which every n-th entry of the sample was run, and what came of it. It is made once,
// and shared: tests read the files in it, such as its lists. A test that opens the workspace takes RunCopy: opening
// makes files beside the records, which a copy made at the same time would find or miss.
func Run(t testing.TB, n int) (dir string, out *pipeline.Outcome) {
	t.Helper()
	p := prepare(t, fmt.Sprint("every ", n), func(p *workspaceOnce, dir string) {
		ReadSample(t, dir, EveryNth(t, n))
		p.out = runOnce(t, dir)
	})
	return p.dir, p.out
}

// RunCopy is Run with a workspace of the test's own. On PostgreSQL it is run for each test: copies would share one
// database.
func RunCopy(t testing.TB, n int) (dir string, out *pipeline.Outcome) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "w")
	if OnPostgres() {
		ReadSample(t, dir, EveryNth(t, n))
		return dir, runOnce(t, dir)
	}
	from, out := Run(t, n)
	Copy(t, from, dir)
	return dir, out
}

// runOnce runs a workspace, and closes it: the files of its records are whole then. No stage may note anything.
func runOnce(t testing.TB, dir string) *pipeline.Outcome {
	t.Helper()
	w, err := workspace.Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pipeline.Run(context.Background(), w, pipeline.Options{Cause: "test"})
	if err != nil {
		w.Close()
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, s := range out.Run.Stages {
		for _, e := range s.Errors {
			t.Fatalf("stage %s notes: %s", s.Name, e)
		}
	}
	return out
}

// Remove removes the workspaces that were prepared for several tests. The TestMain of a package that uses them calls it
// at the end.
func Remove() {
	prepared.Lock()
	defer prepared.Unlock()
	for _, p := range prepared.named {
		if p.dir != "" {
			os.RemoveAll(p.dir)
		}
	}
}
