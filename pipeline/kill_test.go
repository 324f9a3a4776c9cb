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

	"kheo/internal/testspace"
	"kheo/pipeline"
	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// runThere does one run in the workspace that the environment names, and ends
// this process: the other half of TestKilledRuns.
func runThere() {
	dir := os.Getenv("KHEO_TEST_RUN")
	if dir == "" {
		return
	}
	w, err := workspace.Open(context.Background(), dir)
	if err == nil {
		_, err = pipeline.Run(context.Background(), w, pipeline.Options{Cause: "killed"})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// A run that is killed at any moment leaves nothing that the next one does not
// make good, wherever the records are. KHEO_KILLS=500 kills 500 runs; make soak kills some dozens.
func TestKilledRuns(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { killRuns(t, kills(t, 3), func(testing.TB, string) {}) })
	t.Run("postgres", func(t *testing.T) { killRuns(t, kills(t, 2), testspace.MoveToPostgres) })
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
	share := 24 // of the sample, one entry of every n: each kill costs two runs
	if os.Getenv("KHEO_KILLS") != "" {
		share = 12
	}
	keep := testspace.EveryNth(t, share)
	fresh := func(t *testing.T, dir string) {
		testspace.Sample(t, dir, keep)
		records(t, dir)
		if os.Getenv("KHEO_KILLS") == "" { // the long loop kills OCR, too
			testspace.ShareOCR(t, dir)
		}
	}
	whole, _ := testspace.Run(t, share) // warms what later runs find warm
	want := published(t, whole)
	again := t.TempDir()
	fresh(t, again)
	begin := time.Now()
	run(t, again)
	took := time.Since(begin)
	seed := uint64(begin.UnixNano())
	rnd := rand.New(rand.NewPCG(seed, 0))
	killed := 0
	for try := 0; killed < times; try++ {
		if try == 4*times {
			t.Fatalf("only %d of %d runs were killed before they ended", killed, try)
		}
		t.Run(fmt.Sprint("try ", try), func(t *testing.T) { // each leaves its folder and its database
			dir := t.TempDir()
			fresh(t, dir)
			cmd := exec.Command(exe)
			cmd.Env = append(os.Environ(), "KHEO_TEST_RUN="+dir)
			var said strings.Builder
			cmd.Stderr = &said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			after := time.Duration(rnd.Int64N(int64(took)))
			started := time.Now()
			kill := time.AfterFunc(after, func() { cmd.Process.Kill() })
			err := cmd.Wait()
			if kill.Stop() || err == nil { // it had ended before
				if err != nil {
					t.Fatalf("the run failed by itself: %v %s", err, said.String())
				}
				took = min(took, time.Since(started))
				return
			}
			killed++
			run(t, dir)
			sameLists(t, want, published(t, dir))
			if left := entriesIn(t, dir+"/inbox"); len(left) != countReceipts(left) {
				t.Error("the inbox holds more than receipts")
			}
			if t.Failed() {
				t.Errorf("kill %d (seed %d, after %v of %v)", killed, seed, after, took)
			}
		})
		if t.Failed() {
			return
		}
		if killed > 0 && killed%25 == 0 {
			t.Logf("%d runs killed, %v each", killed, (time.Since(begin) / time.Duration(killed)).Round(time.Millisecond))
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

// decideThere votes and decides in the workspace that the environment names until it is killed,
// and says of each event that it is done: the other half of TestKilledDecisions.
func decideThere() {
	dir := os.Getenv("KHEO_TEST_DECIDE")
	if dir == "" {
		return
	}
	w, err := workspace.Open(context.Background(), dir)
	for n := 0; err == nil; n++ {
		what := fmt.Sprintf("%s-%d", os.Getenv("KHEO_TEST_NAME"), n)
		err = w.Review().Do(context.Background(), review.Subject{Unit: "elsewhere"},
			review.Event{Person: "chair", Action: review.Voted, Ruleset: "model-district", Dossier: what, Data: review.Data{Value: review.For}},
			review.Event{Person: "chair", Action: review.Commented, Dossier: what, Data: review.Data{Text: "seen"}})
		if err == nil {
			fmt.Println(what)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// Someone votes, and the process is killed at any moment: what was told to be written is, once
// and with all that belongs to it; what was not is not there by halves; and the chain is sound.
func TestKilledDecisions(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { killDecisions(t, kills(t, 6), func(testing.TB, string) {}) })
	t.Run("postgres", func(t *testing.T) { killDecisions(t, kills(t, 4), testspace.MoveToPostgres) })
}

func killDecisions(t *testing.T, times int, records func(testing.TB, string)) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	testspace.Sample(t, dir, func(string) bool { return false })
	records(t, dir)
	w := open(t, dir)
	if err := w.Review().Do(t.Context(), review.Subject{}, review.Event{Person: review.System, Action: review.PersonAdded, Data: review.Data{Subject: "chair", Name: "The chair", Roles: []review.Role{review.Chair}}}); err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	told := map[string]bool{}
	for k := range times {
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), "KHEO_TEST_DECIDE="+dir, "KHEO_TEST_NAME=k"+strconv.Itoa(k))
		said := &watched{}
		var wrong strings.Builder
		cmd.Stdout, cmd.Stderr = said, &wrong
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if k%2 == 0 { // in the middle of its work; otherwise at any moment, also while it starts
			until(t, "a vote is reported", func() bool { return strings.Contains(said.String(), "\n") })
		}
		time.AfterFunc(time.Duration(rnd.Int64N(int64(400*time.Millisecond))), func() { cmd.Process.Kill() })
		cmd.Wait()
		if wrong.Len() > 0 {
			t.Fatalf("it failed by itself: %s", wrong.String())
		}
		for line := range strings.Lines(said.String()) {
			if strings.HasSuffix(line, "\n") {
				told[strings.TrimSpace(line)] = true
			}
		}
	}
	trail, err := w.Review().Events(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	votes, comments := map[string]int{}, map[string]int{}
	for _, e := range trail {
		switch e.Action {
		case review.Voted:
			votes[e.Dossier]++
		case review.Commented:
			comments[e.Dossier]++
		}
	}
	for d := range told {
		if votes[d] != 1 || comments[d] != 1 {
			t.Errorf("%s was told to be done; there are %d votes and %d comments", d, votes[d], comments[d])
		}
	}
	for d, n := range votes {
		if n != 1 || comments[d] != 1 {
			t.Errorf("%s: %d votes and %d comments", d, n, comments[d])
		}
	}
	if extra := len(votes) - len(told); extra < 0 || extra > times {
		t.Errorf("%d votes, %d of which were told, after %d kills", len(votes), len(told), times)
	}
	if len(told) < (times+1)/2 {
		t.Errorf("only %d votes in %d lives", len(told), times)
	}
	v, err := w.Review().Verify(t.Context(), "", func(run, ruleset string) (*publish.File, error) { return editions.List(t.Context(), w, run, ruleset) })
	if err != nil || len(v.Faults) > 0 {
		t.Errorf("%+v %v", v, err)
	}
	t.Logf("%d kills, %d votes told, %d there", times, len(told), len(votes))
}
