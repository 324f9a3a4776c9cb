package pipeline_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kheo/internal/testspace"
	"kheo/pipeline"
	"kheo/pipeline/store"
	"kheo/pipeline/trial"
	"kheo/pipeline/workspace"
)

func stage(t *testing.T, out *pipeline.Outcome, name string) store.Stage {
	t.Helper()
	for _, s := range out.Run.Stages {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no stage %s", name)
	return store.Stage{}
}

// done is what each stage had to work on.
func done(out *pipeline.Outcome) map[string]int {
	m := map[string]int{}
	for _, s := range out.Run.Stages {
		if s.Done > 0 {
			m[s.Name] = s.Done
		}
	}
	return m
}

func TestSecondRunDoesNothing(t *testing.T) {
	t.Parallel()
	dir, first := testspace.RunCopy(t, 8)
	if first.Nothing || stage(t, first, "assess").Done == 0 {
		t.Fatal("the first run did nothing")
	}
	before := published(t, dir)
	second := run(t, dir)
	if !second.Nothing || len(done(second)) > 0 {
		t.Errorf("the second run worked: %v", done(second))
	}
	if second.Run.Run != first.Run.Run {
		t.Errorf("the run is called %s, then %s", first.Run.Run, second.Run.Run)
	}
	sameLists(t, before, published(t, dir))
}

// The lists do not depend on the order and the parts in which dossiers come in, on the clock, or on the folder. Every
// third entry of the sample comes in; make soak takes all.
func TestOrderClockAndPlaceLeaveNoTrace(t *testing.T) {
	t.Parallel()
	n, files := 3, 20
	if testspace.Soak() {
		n = 1
	}
	keep := testspace.EveryNth(t, n)
	all := slices.DeleteFunc(testspace.Entries(t), func(e string) bool { return !keep(e) })
	workspaces := [2]string{}
	for i := range workspaces {
		dir := filepath.Join(t.TempDir(), fmt.Sprint("at-", i))
		workspaces[i] = dir
		testspace.ReadSample(t, dir, func(string) bool { return false })
		w := open(t, dir)
		w.Now = func() time.Time { return time.Date(2024+i, 12, 1+i, 3*i, 0, 0, 0, time.UTC) }
		order := slices.Clone(all)
		if i == 1 {
			slices.Reverse(order)
		}
		for len(order) > 0 { // in three parts, each with a run behind it
			n := min(len(order), len(all)/3+1)
			testspace.AddSample(t, dir, func(e string) bool { return slices.Contains(order[:n], e) })
			if _, err := pipeline.Run(context.Background(), w, pipeline.Options{Cause: "test"}); err != nil {
				t.Fatal(err)
			}
			order = order[n:]
		}
	}
	one, other := published(t, workspaces[0]), published(t, workspaces[1])
	if len(one) < files {
		t.Fatalf("only %d files are published", len(one))
	}
	sameLists(t, one, other)
	whole, _ := testspace.Run(t, n)
	sameLists(t, published(t, whole), one)
}

func TestChangedDocumentIsReadAlone(t *testing.T) {
	t.Parallel()
	dir, _ := testspace.RunCopy(t, 8)
	var entry string
	for _, e := range testspace.Entries(t) {
		if testspace.EveryNth(t, 8)(e) && !strings.Contains(e, ".") {
			entry = e
			break
		}
	}
	testspace.AddSample(t, dir, func(e string) bool { return e == entry })
	write(t, filepath.Join(dir, "inbox", entry, "bo-sung.txt"), []byte("Ghi chú bổ sung: hồ sơ đã nộp đủ.\n"))
	out := run(t, dir)
	if got := done(out); got["intake"] != 1 || got["read"] != 1 || got["assess"] != 1 {
		t.Errorf("after one document was added, the stages worked on %v", got)
	}
	w := open(t, dir)
	all, err := w.Store.Dossiers.All(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	versions := 0
	for _, a := range all {
		if a.Version == 2 {
			versions++
		}
	}
	if versions != 1 {
		t.Errorf("%d dossiers have a second version", versions)
	}
}

func TestChangedRulesAssessAndReadNothing(t *testing.T) {
	t.Parallel()
	dir, first := testspace.RunCopy(t, 8)
	file := filepath.Join(dir, "rules", "model-grassroots.yaml")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(b, []byte("{ from: 15, points: 10 }"), []byte("{ from: 15, points: 5 }"), 1)
	changed = bytes.Replace(changed, []byte("version: 1\n"), []byte("version: 2\n"), 1)
	if bytes.Equal(b, changed) {
		t.Fatal("nothing was changed")
	}
	write(t, file, changed)
	grassroots := 0
	for _, l := range first.Lists {
		if l.Ruleset == "model-grassroots" {
			grassroots = len(l.Entries)
		}
	}
	out := run(t, dir)
	if got := done(out); got["read"] != 0 || got["intake"] != 0 || got["assess"] != grassroots || grassroots == 0 {
		t.Errorf("after one ruleset was changed, the stages worked on %v; %d dossiers are under it", got, grassroots)
	}
	if out.Run.Run == first.Run.Run {
		t.Error("the run has kept its name, though its lists differ")
	}
	if _, err := os.Stat(filepath.Join(dir, "lists", "dai-loc-2024", first.Run.Run, "model-grassroots.json")); err != nil {
		t.Errorf("the lists of the first run are gone: %v", err)
	}
	write(t, file, b)
	if again := run(t, dir); again.Run.Run != first.Run.Run {
		t.Error("the old rules do not give the old lists")
	}
}

func TestListsChangedByHandAreKeptAndWrittenAnew(t *testing.T) {
	t.Parallel()
	dir, first := testspace.RunCopy(t, 20)
	before := published(t, dir)
	file := filepath.Join(dir, "lists", "dai-loc-2024", "latest", "model-grassroots.json")
	write(t, file, []byte("{}"))
	w := open(t, dir)
	out, err := pipeline.Run(context.Background(), w, pipeline.Options{Cause: "test"})
	if err != nil {
		t.Fatal(err)
	}
	sameLists(t, before, published(t, dir))
	if notes := stage(t, out, "publish").Errors; len(notes) != 1 || !strings.Contains(notes[0], "changed by hand") {
		t.Errorf("the ledger notes %q", notes)
	}
	kept, err := os.ReadFile(filepath.Join(dir, "lists", "dai-loc-2024", first.Run.Run+".changed-1", "model-grassroots.json"))
	if err != nil || string(kept) != "{}" {
		t.Errorf("the changed file was not kept: %q, %v", kept, err)
	}
}

func TestTwoRunsAtOnceAreRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	testspace.Sample(t, dir, func(string) bool { return false })
	unlock, err := open(t, dir).Lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pipeline.Run(context.Background(), open(t, dir), pipeline.Options{}); err != workspace.ErrBusy {
		t.Errorf("the second run: %v", err)
	}
	unlock()
	run(t, dir)
}

// What is wrong with an entry costs that entry and nothing else, and nothing is
// lost.
func TestHostileEntries(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	testspace.ReadSample(t, dir, testspace.EveryNth(t, 40))
	good := len(entriesIn(t, filepath.Join(dir, "inbox")))
	zipOf := func(files map[string]string) []byte {
		var b bytes.Buffer
		zw := zip.NewWriter(&b)
		for name, text := range files {
			f, err := zw.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(f, text)
		}
		zw.Close()
		return b.Bytes()
	}
	in := func(name string) string { return filepath.Join(dir, "inbox", name) }
	write(t, in("escape.zip"), zipOf(map[string]string{"../../outside.txt": "out", "in.txt": "Báo cáo"}))
	write(t, in("bomb.zip"), zipOf(map[string]string{"zeros.txt": strings.Repeat("\x00", 300<<20)}))
	write(t, in("broken.zip"), []byte("PK\x03\x04 no archive"))
	write(t, in("empty.pdf"), nil)
	write(t, in("noise.pdf"), append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte{0x80, 0x0a, 0xff}, 4000)...))
	write(t, in("program.docx"), []byte("MZ\x90\x00"))
	write(t, in("bad-manifest/dossier.yaml"), []byte("kind: [model\ntitel: x\n"))
	write(t, in("bad-manifest/report.txt"), []byte("Báo cáo kết quả"))
	write(t, in("strange\u202ename\t.txt"), []byte("Báo cáo"))
	if err := os.Symlink("/etc/passwd", in("link.txt")); err != nil {
		t.Fatal(err)
	}
	w := open(t, dir)
	hostile := func() *pipeline.Outcome {
		t.Helper()
		out, err := pipeline.Run(t.Context(), w, pipeline.Options{Cause: "test"})
		if err != nil {
			t.Fatal(err)
		}
		if notes := stage(t, out, "intake").Errors; len(notes) != 1 || !strings.Contains(notes[0], "link.txt stays in the inbox") {
			t.Errorf("the ledger notes %q", notes)
		}
		return out
	}
	out := hostile()
	total := 0
	for _, l := range out.Lists {
		for _, e := range l.Entries {
			total++
			if e.Outcome == "" {
				t.Errorf("%s has no outcome", e.Dossier)
			}
			if strings.Contains(e.Title, "root:") {
				t.Error("a link was followed")
			}
		}
	}
	if want := good + 8; total != want && total != want+1 { // a link may be refused or noted
		t.Errorf("%d dossiers are on the lists, want %d", total, want)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(dir), "outside.txt")); err == nil {
		t.Error("an archive wrote outside the workspace")
	}
	reasons := 0
	filepath.WalkDir(filepath.Join(dir, "quarantine"), func(p string, d os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(p, ".reason.txt") {
			reasons++
			if b, _ := os.ReadFile(p); len(b) < 20 {
				t.Errorf("%s says nothing", p)
			}
			if _, err := os.Lstat(strings.TrimSuffix(p, ".reason.txt")); err != nil && !strings.Contains(p, "link") && !strings.Contains(p, "zeros") && !strings.Contains(p, "outside") {
				t.Errorf("the file of %s was not kept", p)
			}
		}
		return nil
	})
	if reasons < 6 {
		t.Errorf("only %d files stand in quarantine with a reason", reasons)
	}
	if again := hostile(); !again.Nothing {
		t.Errorf("the next run takes them anew: %v", done(again))
	}
}

func entriesIn(t *testing.T, dir string) []os.DirEntry {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestTryMovesNothing(t *testing.T) {
	t.Parallel()
	dir, out := testspace.RunCopy(t, 1)
	b, err := os.ReadFile(filepath.Join(dir, "rules", "model-district.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "changed.yaml")
	write(t, file, bytes.Replace(b, []byte("{ from: 200, points: 20 }"), []byte("{ from: 240, points: 20 }"), 1))
	w := open(t, dir)
	now, then, changes, err := trial.Try(context.Background(), w, file)
	if err != nil {
		t.Fatal(err)
	}
	if now.Counts.Registered != 41 || then.Counts.Registered != 41 || len(changes) == 0 {
		t.Fatalf("registered %d and %d, %d changes", now.Counts.Registered, then.Counts.Registered, len(changes))
	}
	for _, c := range changes {
		if len(c.Why) == 0 && c.Rank[0] == c.Rank[1] {
			t.Errorf("%s: nothing says why", c.Title)
		}
	}
	if again := run(t, dir); !again.Nothing || again.Run.Run != out.Run.Run {
		t.Error("trying a ruleset has changed the records")
	}
}
