package pipeline_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kheo/internal/strict"
	"kheo/internal/testspace"
	"kheo/pipeline"
	"kheo/pipeline/schedule"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// no one keeps no entry of the sample.
func nobody(string) bool { return false }

// A run by hand waits once for what changed a moment ago, and says for what; a scheduled one leaves
// it for the next time.
func TestARunWaitsOnceForYoungEntries(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	testspace.Sample(t, dir, nobody)
	write(t, filepath.Join(dir, "inbox", "young", "a.txt"), []byte("Báo cáo"))
	w := open(t, dir)
	begin, waited := time.Now(), time.Duration(0)
	w.Watch.Settle = 10 * time.Second
	w.Watch.Clock = func() time.Time { return begin.Add(waited) }
	w.Watch.Disk = func() (time.Time, error) { return begin.Add(waited), nil }
	w.Watch.Pause = func(_ context.Context, d time.Duration) bool {
		waited += d
		return true
	}
	schedule.NewService(w, "test", slog.New(slog.DiscardHandler)).RunNow(t.Context(), "a person")
	if all, err := w.Store.Dossiers.All(t.Context()); err != nil || len(all) > 0 || waited > 0 {
		t.Errorf("%d dossiers were taken by a run that does not wait, %v (waited %v)", len(all), err, waited)
	}
	runs, err := w.Store.Runs.Newest(t.Context(), 1)
	if err != nil || len(runs) != 1 || !strings.Contains(strings.Join(runs[0].Stages[0].Errors, " "), "young is left for the next time: it changed") {
		t.Errorf("the ledger says %+v %v", runs, err)
	}
	var said []string
	out, err := pipeline.Run(t.Context(), w, pipeline.Options{Cause: "test", Waiting: func(entries []string, atMost time.Duration) {
		said = append(said, entries...)
		if atMost > w.Watch.Settle {
			t.Errorf("it waits up to %v", atMost)
		}
	}})
	if err != nil || done(out)["intake"] != 1 || strings.Join(said, " ") != "young" || waited > w.Watch.Settle {
		t.Errorf("%v %v; it waited %v for %q", out, err, waited, said)
	}
}

// While a ruleset has a mistake, dossiers are taken in and read, by a run of the schedule and by
// hand; no list is published, and the run fails with the mistake.
func TestDossiersAreTakenInWhileARulesetHasMistakes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	testspace.Sample(t, dir, nobody)
	w := open(t, dir)
	rules := filepath.Join(dir, "rules", "model-district.yaml")
	good, err := os.ReadFile(rules)
	if err != nil {
		t.Fatal(err)
	}
	write(t, rules, []byte("nonsense: [1\n"))
	entry := func(name string) { write(t, filepath.Join(dir, "inbox", name, "a.txt"), []byte("Báo cáo "+name)) }
	count := func() int {
		all, err := w.Store.Dossiers.All(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	entry("by schedule")
	schedule.NewService(w, "test", slog.New(slog.DiscardHandler)).RunNow(t.Context(), "a person")
	runs, err := w.Store.Runs.Newest(t.Context(), 1)
	if err != nil || count() != 1 || runs[0].State != store.RunFailed || !strings.Contains(runs[0].Error, "model-district.yaml:1") {
		t.Errorf("%d dossiers; the ledger says %+v %v", count(), runs, err)
	}
	entry("by hand")
	unruled, err := workspace.OpenUnruled(t.Context(), dir, workspace.Opening{})
	if err != nil {
		t.Fatal(err)
	}
	defer unruled.Close()
	_, err = pipeline.Run(t.Context(), unruled, pipeline.Options{Cause: "test", Mistakes: w.Reload()})
	var mistakes strict.Problems
	var why *pipeline.Unruled
	if !errors.As(err, &mistakes) || !errors.As(err, &why) || why.Taken != 1 || count() != 2 {
		t.Errorf("%d dossiers, %v", count(), err)
	}
	if _, err := os.Stat(filepath.Join(dir, "lists", "dai-loc-2024")); err == nil {
		t.Error("lists were published")
	}
	write(t, rules, good)
	run(t, dir)
}
