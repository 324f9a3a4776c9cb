package pipeline_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"kheo/pipeline"
)

// runThere does one run in the workspace that the environment names, and ends
// this process: the other half of TestKilledRuns.
func runThere() {
	dir := os.Getenv("KHEO_TEST_RUN")
	if dir == "" {
		return
	}
	w, err := pipeline.Open(context.Background(), dir)
	if err == nil {
		_, err = w.Run(context.Background(), pipeline.Options{Cause: "killed"})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// A run that is killed at any moment leaves nothing that the next one does not
// make good, wherever the records are. KHEO_KILLS=500 kills so many times.
func TestKilledRuns(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { killRuns(t, kills(t, 14), func(testing.TB, string) {}) })
	t.Run("postgres", func(t *testing.T) { killRuns(t, kills(t, 6), inPostgres) })
}

// kills is how many runs are killed.
func kills(t *testing.T, otherwise int) int {
	t.Helper()
	if s := os.Getenv("KHEO_KILLS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return otherwise
}

func killRuns(t *testing.T, times int, records func(testing.TB, string)) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	keep := everyNth(t, 12)
	whole := t.TempDir()
	newSample(t, whole, keep)
	records(t, whole)
	run(t, whole) // warms what later runs find warm
	want := published(t, whole)
	begin := time.Now()
	again := t.TempDir()
	newSample(t, again, keep)
	records(t, again)
	run(t, again)
	took := time.Since(begin)
	seed := uint64(begin.UnixNano())
	rnd := rand.New(rand.NewPCG(seed, 0))
	killed := 0
	for try := 0; killed < times; try++ {
		if try == 4*times {
			t.Fatalf("only %d of %d runs were killed before they ended", killed, try)
		}
		dir := t.TempDir()
		newSample(t, dir, keep)
		records(t, dir)
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), "KHEO_TEST_RUN="+dir)
		var said strings.Builder
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		after := time.Duration(rnd.Int64N(int64(took)))
		begin := time.Now()
		kill := time.AfterFunc(after, func() { cmd.Process.Kill() })
		err := cmd.Wait()
		if kill.Stop() || err == nil { // it had ended before
			if err != nil {
				t.Fatalf("the run failed by itself: %v %s", err, said.String())
			}
			took = min(took, time.Since(begin))
			continue
		}
		killed++
		run(t, dir)
		sameLists(t, want, published(t, dir))
		if left := entriesIn(t, dir+"/inbox"); len(left) != countReceipts(left) {
			t.Errorf("after kill %d (seed %d, %v) the inbox holds more than receipts", killed, seed, after)
		}
		if t.Failed() {
			t.Fatalf("kill %d (seed %d, after %v of %v)", killed, seed, after, took)
		}
	}
}

func countReceipts(list []os.DirEntry) int {
	n := 0
	for _, e := range list {
		if strings.HasSuffix(e.Name(), ".receipt.txt") {
			n++
		}
	}
	return n
}
