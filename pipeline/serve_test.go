package pipeline_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kheo/internal/testspace"
	"kheo/pipeline"
	"kheo/pipeline/schedule"
	"kheo/pipeline/store"
)

// watched is a log that others may read while it is written.
type watched struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// until waits for something to become true.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(5 * time.Minute)
	for !is() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%s: nothing after five minutes", what)
		}
	}
}

// serve keeps the schedule of a sample workspace until the test ends, and
// returns its log and how to end it earlier.
func serve(t *testing.T, dir, cron string) (*watched, func()) {
	t.Helper()
	file := filepath.Join(dir, "kheo.yaml")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, l := range strings.Split(string(b), "\n") {
		if strings.HasPrefix(l, "schedule:") {
			l = "schedule: " + cron
		}
		lines = append(lines, l)
	}
	write(t, file, []byte(strings.Join(lines, "\n")))
	w := open(t, dir)
	ctx, cancel := context.WithCancel(context.Background())
	log, done := &watched{}, make(chan error, 1)
	go func() {
		done <- schedule.NewService(w, "test", slog.New(slog.NewTextHandler(log, nil))).Serve(ctx, schedule.All)
	}()
	stopped := false
	stop := func() {
		if !stopped {
			stopped = true
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(stop)
	return log, stop
}

func runsOf(t *testing.T, dir string) []store.Run {
	t.Helper()
	rs, err := open(t, dir).Store.Runs.Newest(context.Background(), 100)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

func TestServeKeepsTheSchedule(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	testspace.ReadSample(t, dir, testspace.EveryNth(t, 40))
	log, stop := serve(t, dir, `{ intake: "@every 1s", nightly: "@every 2s", digest: "@every 3s" }`)
	digest := filepath.Join(dir, "lists", "dai-loc-2024", "digest.txt")
	until(t, "the digest", func() bool {
		b, err := os.ReadFile(digest)
		return err == nil && strings.Contains(string(b), "registered")
	})
	stop()
	causes := map[string]int{}
	for _, r := range runsOf(t, dir) {
		causes[r.Cause]++
		if r.State != store.RunDone && r.State != store.RunFailed {
			t.Errorf("run %d is %s", r.Number, r.State)
		}
	}
	if causes["intake"] == 0 || causes["nightly"] == 0 {
		t.Errorf("runs: %v\n%s", causes, log)
	}
	if len(lists(t, dir)) < 4 {
		t.Error("the nightly run published nothing")
	}
}

// A nightly run that was due while nothing ran is made up for at once; one that
// was not due is not.
func TestServeMakesUpForAMissedNight(t *testing.T) {
	t.Parallel()
	for _, missed := range []bool{true, false} {
		t.Run(fmt.Sprint(missed), func(t *testing.T) {
			dir := t.TempDir()
			testspace.ReadSample(t, dir, testspace.EveryNth(t, 40))
			w := open(t, dir)
			if missed {
				w.Now = func() time.Time { return time.Now().Add(-49 * time.Hour) }
			}
			out, err := pipeline.Run(context.Background(), w, pipeline.Options{Cause: "test"})
			if err != nil {
				t.Fatal(err)
			}
			first := out.Run.Number
			log, stop := serve(t, dir, `{ nightly: "@every 24h", intake: "@every 1s" }`)
			until(t, "an intake", func() bool { return strings.Contains(log.String(), "cause=intake") })
			stop()
			made := false
			for _, r := range runsOf(t, dir) {
				made = made || r.Cause == "nightly" && r.Number > first
			}
			if made != missed {
				t.Errorf("made up for: %v, want %v\n%s", made, missed, log)
			}
		})
	}
}

// A mistake in the rules costs no run: the old lists remain, and the log says
// what is wrong.
func TestServeWithMistakes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	testspace.ReadSample(t, dir, testspace.EveryNth(t, 40))
	log, stop := serve(t, dir, `{ nightly: "@every 1s" }`)
	until(t, "a run", func() bool { return strings.Contains(log.String(), "run ends") })
	file := filepath.Join(dir, "rules", "model-district.yaml")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before := published(t, dir)
	write(t, file, []byte("ruleset: [\n"))
	until(t, "the mistake in the log", func() bool { return strings.Contains(log.String(), "mistakes") })
	sameLists(t, before, published(t, dir))
	write(t, file, b)
	n := len(runsOf(t, dir))
	until(t, "a run after the mistake was mended", func() bool { return len(runsOf(t, dir)) > n })
	stop()
}
