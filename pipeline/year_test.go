package pipeline_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kheo/internal/durable"
	"kheo/internal/testspace"
	"kheo/pipeline/schedule"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// yearZone is a timezone that changes its clocks twice in the year that is simulated.
const yearZone = "Europe/Oslo"

// simulated is the time that is simulated, and how often it crashes: the whole of 2024 where
// KHEO_YEAR is set (make year), some weeks around a change of clocks else.
func simulated() (from, to time.Time, crashes int) {
	in, err := time.LoadLocation(yearZone)
	if err != nil {
		panic(err)
	}
	if os.Getenv("KHEO_YEAR") != "" {
		return time.Date(2023, 12, 31, 12, 0, 0, 0, in), time.Date(2024, 12, 31, 12, 0, 0, 0, in), 12
	}
	return time.Date(2024, 3, 20, 12, 0, 0, 0, in), time.Date(2024, 4, 20, 12, 0, 0, 0, in), 6
}

// yearThere keeps the schedule of the workspace that the environment names through a year of
// its own, in which time passes only while the schedule waits: the other half of
// TestASimulatedYear. What the clock shows is kept in a file, so that it goes on where a killed
// process left it. Every ten days a dossier comes in.
func yearThere() {
	dir := os.Getenv("KHEO_TEST_YEAR")
	if dir == "" {
		return
	}
	if err := keepYear(dir, os.Getenv("KHEO_TEST_YEAR_SLOW") != ""); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func clockOf(dir string) (time.Time, error) {
	b, err := os.ReadFile(filepath.Join(dir, "clock"))
	if err != nil {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339, string(b))
}

func setClock(dir string, t time.Time) error {
	return durable.WriteFile(filepath.Join(dir, "clock"), []byte(t.Format(time.RFC3339)))
}

func keepYear(dir string, slow bool) error {
	now, err := clockOf(dir)
	if err != nil {
		return err
	}
	w, err := workspace.Open(context.Background(), dir)
	if err != nil {
		return err
	}
	defer w.Close()
	first, last, _ := simulated()
	end := last.In(w.Campaign().Location)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	w.Now = func() time.Time { return now }
	s := schedule.NewService(w, "test", slog.New(slog.DiscardHandler))
	s.Wait = func(_ context.Context, until time.Time) {
		if until.After(end) {
			stop()
			return
		}
		for day := first; !day.After(until); day = day.AddDate(0, 0, 1) { // what came in, also while it was down
			if n := day.YearDay(); n%10 == 0 {
				name := fmt.Sprint("d", n)
				if _, err := os.Lstat(filepath.Join(dir, "came", name)); err == nil {
					continue
				}
				if err := comesIn(dir, name, n); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
			}
		}
		if err := setClock(dir, until); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		now = until
		if slow {
			time.Sleep(2 * time.Millisecond)
		}
	}
	return s.Serve(ctx, schedule.All)
}

// comesIn puts a dossier into the inbox, whole or not at all.
func comesIn(dir, name string, n int) error {
	made := filepath.Join(dir, "var", "made-"+name)
	if err := os.RemoveAll(made); err != nil {
		return err
	}
	if err := os.MkdirAll(made, 0o755); err != nil {
		return err
	}
	for file, body := range map[string]string{
		"dossier.yaml": fmt.Sprintf("kind: model\ntitle: Mô hình ngày thứ %d\nunit: dai-hiep\nlevel: district\nfield: economy\nregistered_on: 2024-02-14\n", n),
		"bao-cao.txt":  fmt.Sprintf("Báo cáo kết quả thực hiện mô hình\nSố vụ trộm giảm từ %d xuống %d vụ.\n", n+20, n%7),
	} {
		if err := os.WriteFile(filepath.Join(made, file), []byte(body), 0o644); err != nil {
			return err
		}
	}
	old := time.Now().Add(-time.Hour) // it has been lying there
	for _, f := range []string{"dossier.yaml", "bao-cao.txt", ""} {
		if err := os.Chtimes(filepath.Join(made, f), old, old); err != nil {
			return err
		}
	}
	if err := os.Rename(made, filepath.Join(dir, "inbox", name)); err != nil {
		return err
	}
	return os.MkdirAll(filepath.Join(dir, "came", name), 0o755)
}

// newYear is a workspace on new year's eve.
func newYear(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	testspace.Sample(t, dir, func(string) bool { return false })
	file := filepath.Join(dir, "kheo.yaml")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, l := range strings.Split(string(b), "\n") {
		switch {
		case strings.HasPrefix(l, "schedule:"):
			l = `schedule: { nightly: "30 2 * * *", digest: "0 7 * * 1-5" }`
		case strings.HasPrefix(l, "timezone:"):
			l = "timezone: " + yearZone
		}
		lines = append(lines, l)
	}
	write(t, file, []byte(strings.Join(lines, "\n")))
	if err := os.MkdirAll(filepath.Join(dir, "inbox"), 0o755); err != nil {
		t.Fatal(err)
	}
	from, _, _ := simulated()
	if err := setClock(dir, from); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A year passes in minutes, with twelve crashes at random moments, two changes of clocks and
// three days on which nothing ran: every night ran once, the night that was missed was made up
// for, the ledger is whole, and the lists are those of a year that nothing disturbed.
func TestASimulatedYear(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	year := func(dir string, slow bool) *exec.Cmd {
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), "KHEO_TEST_YEAR="+dir)
		if slow {
			cmd.Env = append(cmd.Env, "KHEO_TEST_YEAR_SLOW=1")
		}
		cmd.Stderr = os.Stderr
		return cmd
	}
	calm := newYear(t)
	begin := time.Now()
	if err := year(calm, false).Run(); err != nil {
		t.Fatal(err)
	}
	took := time.Since(begin)

	rough := newYear(t)
	seed := uint64(begin.UnixNano())
	rnd := rand.New(rand.NewPCG(seed, 0))
	crashes, down := 0, ""
	first, last, most := simulated()
	for done := false; !done; {
		cmd := year(rough, true)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var kill *time.Timer
		if crashes < most {
			kill = time.AfterFunc(time.Duration(rnd.Int64N(int64(took/20))+int64(100*time.Millisecond)), func() { cmd.Process.Kill() })
		}
		err := cmd.Wait()
		if kill != nil && !kill.Stop() {
			crashes++
			now, err := clockOf(rough)
			if err != nil {
				t.Fatal(err)
			}
			if down == "" && crashes == most/2 { // and no one notices for three days
				down = now.Format(time.DateOnly)
				if err := setClock(rough, now.AddDate(0, 0, 3)); err != nil {
					t.Fatal(err)
				}
			}
			continue
		}
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		done = true
	}
	if crashes < most {
		t.Fatalf("only %d crashes (seed %d)", crashes, seed)
	}
	sameLists(t, published(t, calm), published(t, rough))
	t.Logf("seed %d, %d crashes, down from %s, a calm year took %v", seed, crashes, down, took)
	for _, dir := range []string{calm, rough} {
		nights, gone := nightsOf(t, dir), 0
		for day := first.AddDate(0, 0, 1); day.Before(last.AddDate(0, 0, 1)); day = day.AddDate(0, 0, 1) {
			n, d := nights[day.Format(time.DateOnly)], day.Format(time.DateOnly)
			switch {
			case n == 1:
			case n == 0 && dir == rough && gone < 3:
				gone++ // it was down, and made up for once, on the day on which it came back
			default:
				t.Errorf("%s: the night of %s ran %d times", map[bool]string{true: "the calm year", false: "the rough year"}[dir == calm], d, n)
			}
		}
		if f := checked(t, dir); len(f) > 0 {
			t.Errorf("%q", f)
		}
	}
}

// nightsOf counts the nightly runs that ended well, by day.
func nightsOf(t *testing.T, dir string) map[string]int {
	t.Helper()
	w := open(t, dir)
	runs, err := w.Store.Runs.Newest(t.Context(), 100_000)
	if err != nil {
		t.Fatal(err)
	}
	nights := map[string]int{}
	number := int64(0)
	for i := len(runs) - 1; i >= 0; i-- {
		r := &runs[i]
		if r.Number <= number {
			t.Errorf("run %d stands behind run %d", r.Number, number)
		}
		number = r.Number
		if r.State == store.RunRunning {
			t.Errorf("run %d of %v is still at work", r.Number, r.Started)
		}
		if r.State == store.RunDone && r.Run != "" {
			nights[r.Started.In(w.Campaign().Location).Format(time.DateOnly)]++
		}
	}
	return nights
}
