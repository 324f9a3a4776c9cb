package pipeline_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/internal/testspace"
	"kheo/pipeline"
	"kheo/pipeline/editions"
	"kheo/pipeline/operations"
	"kheo/pipeline/review"
	"kheo/pipeline/store/storetest"
	"kheo/pipeline/workspace"
)

// The lists of a run are on each machine that shares the records, the same bytes everywhere: brought by
// a look at them, or by the next run wherever it is done. What is forgotten takes its editions with it.
func TestListsComeToOtherMachines(t *testing.T) {
	t.Parallel()
	address, blobs := storetest.Postgres(t), t.TempDir()
	place := func(keep func(string) bool) string {
		dir := t.TempDir()
		testspace.Sample(t, dir, keep)
		file := filepath.Join(dir, "kheo.yaml")
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		write(t, file, bytes.Replace(b, []byte("store: var/kheo.db"), []byte("store: "+address+"\nblobs: "+blobs), 1))
		return dir
	}
	nothing := func(string) bool { return false }
	one, two, three := place(testspace.EveryNth(t, 40)), place(nothing), place(nothing)
	run(t, one)
	want := published(t, one)

	w := open(t, two)
	if _, err := os.Stat(w.Lists()); err == nil {
		t.Fatal("the second machine has lists already")
	}
	for i, brings := range []bool{true, false} {
		if got, err := editions.BringNewest(t.Context(), w); err != nil || got != brings {
			t.Errorf("look %d brought lists: %v (%v)", i+1, got, err)
		}
	}
	sameLists(t, want, published(t, two))
	a, b := readFile(t, one, "run.json"), readFile(t, two, "run.json")
	if !bytes.Equal(a, b) {
		t.Error("run.json differs between machines")
	}
	if f := checked(t, two); slices.ContainsFunc(f, func(s string) bool { return !strings.Contains(s, "search index") }) {
		t.Errorf("%q", f)
	}
	if out := run(t, three); done(out)["recommend"]+done(out)["publish"] > 0 {
		t.Errorf("a run on the third machine, where nothing is new, works on %v", done(out))
	}
	sameLists(t, want, published(t, three))

	// A file that is damaged on the way is not shown.
	latest, err := filepath.EvalSymlinks(filepath.Join(w.Lists(), workspace.Latest))
	if err != nil {
		t.Fatal(err)
	}
	files, err := w.Store.Lists.Edition(t.Context(), filepath.Base(latest))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	sha := files["model-district.csv"]
	kept := filepath.Join(blobs, sha[:2], sha)
	whole, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	write(t, kept, []byte("forged"))
	if err := os.RemoveAll(w.Lists()); err != nil {
		t.Fatal(err)
	}
	if _, err := editions.BringNewest(t.Context(), w); err == nil {
		t.Error("a damaged file was brought as a list")
	}
	if _, err := os.Stat(filepath.Join(w.Lists(), workspace.Latest)); err == nil {
		t.Error("damaged lists are the newest")
	}
	write(t, kept, whole)

	all, err := w.Store.Dossiers.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := operations.ForgetDossier(t.Context(), w, all[0].ID, "a mistake"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(kept); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the files of editions with a forgotten dossier are still kept: %v", err)
	}
	if _, err := pipeline.Run(t.Context(), open(t, two), pipeline.Options{Cause: "test"}); err != nil { // it notes what was forgotten
		t.Fatal(err)
	}
	first := open(t, one)
	if got, err := editions.BringNewest(t.Context(), first); !got || err != nil {
		t.Errorf("the first machine did not get the lists that the second made: %v", err)
	}
	if _, err := os.Stat(filepath.Join(first.Lists(), filepath.Base(latest))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the first machine keeps lists with a forgotten dossier: %v", err)
	}
}

func readFile(t *testing.T, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "lists", "dai-loc-2024", "latest", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Two editions that follow one another, with no run between them, both reach the files.
func TestTwoEditionsFollowOneAnother(t *testing.T) {
	t.Parallel()
	p := newPanel(t)
	set := func(outcome dossier.Outcome) {
		t.Helper()
		p.do(review.Event{Person: "chair", Action: review.Overridden, Ruleset: "models", Dossier: p.id,
			Data: review.Data{Outcome: string(outcome), Reason: "a visit"}})
		if err := pipeline.AskEdition(t.Context(), p.w); err != nil {
			t.Fatal(err)
		}
		if err := pipeline.PublishEdition(t.Context(), p.w, pipeline.Options{}); err != nil {
			t.Fatal(err)
		}
		if got := p.list()[p.id].Outcome; got != outcome {
			t.Errorf("the file says %s after an edition with %s", got, outcome)
		}
	}
	outcomes := []dossier.Outcome{dossier.Recommended, dossier.NotRecommended}
	if slices.Contains(outcomes[:1], p.list()[p.id].Outcome) {
		slices.Reverse(outcomes)
	}
	for _, o := range outcomes {
		set(o)
	}
}
