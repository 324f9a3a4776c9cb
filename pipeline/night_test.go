package pipeline_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kheo/pipeline"
	"kheo/pipeline/editions"
	"kheo/pipeline/operations"
	"kheo/pipeline/schedule"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// clocked is a small workspace whose schedule is kept by a clock that jumps to whatever is due next.
type clocked struct {
	dir    string
	mu     sync.Mutex
	now    time.Time
	waits  int
	jump   func(waits int, until time.Time) time.Time // where the clock goes instead
	alerts []schedule.Alert
}

func newClocked(t *testing.T, dossiers int, more string) *clocked {
	t.Helper()
	c := &clocked{dir: small(t, dossiers), now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}
	c.add(t, more)
	change(t, c.dir, `UPDATE runs SET started = '2026-03-02T11:00:00Z', finished = '2026-03-02T11:00:01Z'`)
	return c
}

func (c *clocked) add(t *testing.T, more string) {
	t.Helper()
	file := filepath.Join(c.dir, "kheo.yaml")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, append(b, more+"\n"...))
}

func (c *clocked) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// open opens the workspace with the clock.
func (c *clocked) open(t *testing.T) *workspace.Workspace {
	w := open(t, c.dir)
	w.Now = c.time
	return w
}

// service returns the schedule of the workspace; alerts are collected.
func (c *clocked) service(w *workspace.Workspace, log io.Writer) *schedule.Service {
	s := schedule.NewService(w, "test", slog.New(slog.NewTextHandler(log, nil)))
	s.HeartbeatPause = time.Millisecond
	s.Alerted = func(_ context.Context, a schedule.Alert) (bool, error) {
		c.alerts = append(c.alerts, a)
		return true, nil
	}
	return s
}

// keep keeps the schedule until the clock has waited n times.
func (c *clocked) keep(t *testing.T, waits int) string {
	t.Helper()
	w := c.open(t)
	defer w.Close()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	c.waits = 0
	log := &watched{}
	s := c.service(w, log)
	s.Wait = func(_ context.Context, until time.Time) {
		if c.waits++; c.waits > waits {
			stop()
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.now = until
		if c.jump != nil {
			c.now = c.jump(c.waits, until)
		}
	}
	if err := s.Serve(ctx, schedule.All); err != nil {
		t.Fatal(err)
	}
	return log.String()
}

// causes are the runs of a cause, by when they began, the oldest first.
func (c *clocked) causes(t *testing.T, cause string) (out []string) {
	t.Helper()
	runs := runsOf(t, c.dir)
	for i := len(runs) - 1; i >= 0; i-- {
		if runs[i].Cause == cause {
			out = append(out, runs[i].Started.UTC().Format("02 15:04"))
		}
	}
	return out
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// A night that fails is told to the operator, once, whatever is tried again; the heartbeat is called
// after good nights alone, and a call that fails changes nothing.
func TestANightThatFailsIsToldOnce(t *testing.T) {
	t.Parallel()
	calls, answer := 0, http.StatusOK
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if calls++; q.Method != http.MethodGet {
			t.Error(q.Method)
		}
		w.WriteHeader(answer)
	}))
	defer web.Close()
	c := newClocked(t, 12, "schedule: { nightly: '0 2 * * *' }\nheartbeat: "+web.URL+"/secret")
	c.keep(t, 1)
	if calls != 1 || len(c.alerts) != 0 {
		t.Fatalf("after a good night: %d calls, %+v", calls, c.alerts)
	}
	change(t, c.dir, `DELETE FROM dossiers WHERE id > 'dossier-00'`, `DELETE FROM profiles WHERE dossier > 'dossier-0z'`)
	c.keep(t, 2)
	if calls != 1 || len(c.alerts) != 2 || !strings.Contains(c.alerts[0].Error, "would lose") || c.alerts[0].Due.Format("02 15:04") != "04 02:00" {
		t.Fatalf("after two bad nights: %d calls, %+v", calls, c.alerts)
	}
	c.keep(t, 0) // a restart tries the night again
	if n := len(c.causes(t, "nightly")); n != 4 || len(c.alerts) != 2 {
		t.Fatalf("%d nights, %+v", n, c.alerts)
	}
	c.add(t, "publish: { at_most_lost: 100 }")
	answer = http.StatusInternalServerError
	if log := c.keep(t, 1); calls < 4 || !strings.Contains(log, "the heartbeat could not be called") || strings.Contains(log, "secret") {
		t.Errorf("%d calls\n%s", calls, log)
	}
	if runs := runsOf(t, c.dir); runs[0].State != store.RunDone {
		t.Errorf("%+v", runs[0])
	}
}

// A night that did not happen is told, with what came of making up for it.
func TestANightThatDidNotHappenIsTold(t *testing.T) {
	t.Parallel()
	c := newClocked(t, 1, "schedule: { nightly: '0 2 * * *' }")
	c.keep(t, 1)
	c.now = c.now.Add(30 * time.Hour)
	c.keep(t, 0)
	if len(c.alerts) != 1 || !c.alerts[0].Late || c.alerts[0].Error != "" || c.alerts[0].Due.Format("02 15:04") != "04 02:00" {
		t.Errorf("%+v", c.alerts)
	}
	c.keep(t, 0)
	if len(c.alerts) != 1 {
		t.Errorf("told again: %+v", c.alerts)
	}
}

// A clock that is set back keeps the intake going, does no night twice, and loses none.
func TestAClockThatIsSetBack(t *testing.T) {
	t.Parallel()
	c := newClocked(t, 1, "schedule: { intake: '0 */6 * * *', nightly: '0 2 * * *' }")
	c.jump = func(waits int, until time.Time) time.Time {
		if waits == 4 { // at 06:00 of the third; the night of it was done
			return until.Add(-20 * time.Hour)
		}
		return until
	}
	c.keep(t, 9)
	same(t, "intake", c.causes(t, "intake"), "02 18:00", "03 00:00", "02 12:00", "02 18:00", "03 00:00", "03 06:00", "03 12:00")
	same(t, "nights", c.causes(t, "nightly"), "03 02:00")
	c.keep(t, 3)
	if nights := c.causes(t, "nightly"); nights[len(nights)-1] != "04 02:00" {
		t.Errorf("%q", nights)
	}
	runs := runsOf(t, c.dir)
	for i, r := range runs {
		if r.Finished.Before(r.Started) || i > 0 && r.Number >= runs[i-1].Number {
			t.Errorf("run %d: %v to %v", r.Number, r.Started, r.Finished)
		}
	}
}

// A run during which the clock is set back ends after it began, and its lists are the newest.
func TestAClockThatIsSetBackDuringARun(t *testing.T) {
	t.Parallel()
	c := newClocked(t, 2, "")
	w := c.open(t)
	w.Now = func() time.Time {
		c.now = c.now.Add(-time.Hour)
		return c.now
	}
	submit(t, c.dir, "later", true)
	out, err := pipeline.Run(t.Context(), w, pipeline.Options{Cause: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if out.Run.Finished.Before(out.Run.Started) {
		t.Errorf("%v to %v", out.Run.Started, out.Run.Finished)
	}
	latest, err := editions.FindRun(t.Context(), w, "")
	if err != nil || latest.Number != out.Run.Number {
		t.Errorf("%+v, %v", latest, err)
	}
}

// A job that is never due is neither missed nor run.
func TestAScheduleThatIsNeverDue(t *testing.T) {
	t.Parallel()
	c := newClocked(t, 1, "schedule: { nightly: '0 2 30 2 *', backup: '0 3 31 4 *' }")
	c.jump = func(int, time.Time) time.Time { return c.now.Add(time.Hour) }
	w := c.open(t)
	ctx, stop := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer stop()
	log := &watched{}
	if err := c.service(w, log).Serve(ctx, schedule.All); err != nil {
		t.Fatal(err)
	}
	if n := len(c.causes(t, "nightly")); n != 0 || !strings.Contains(log.String(), "never due") {
		t.Errorf("%d nights\n%s", n, log)
	}
	if list, _ := filepath.Glob(filepath.Join(c.dir, "backups", "*")); len(list) > 0 {
		t.Errorf("%q", list)
	}
}

// Backups of the schedule are numbered, verified by restoring them, and only the last ones are kept; one
// that fails removes none, and is told.
func TestBackupsOfTheSchedule(t *testing.T) {
	t.Parallel()
	c := newClocked(t, 2, "schedule: { backup: '0 3 * * *' }\nbackups: { keep: 2 }")
	c.jump = func(waits int, until time.Time) time.Time {
		if waits == 3 { // a clock that is set back a year changes nothing of their order
			return until.AddDate(-1, 0, 0)
		}
		return until
	}
	c.keep(t, 4)
	backups := func() (out []string) {
		list, err := os.ReadDir(filepath.Join(c.dir, "backups"))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			out = append(out, e.Name())
		}
		return out
	}
	same(t, "backups", backups(), "small-000002-20260304-030000.tar", "small-000003-20250306-030000.tar")
	f, err := os.Open(filepath.Join(c.dir, "backups", "small-000003-20250306-030000.tar"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := operations.Restore(t.Context(), f, filepath.Join(t.TempDir(), "again")); err != nil {
		t.Error(err)
	}
	write(t, someBlobs(t, c.dir)[0], []byte("damaged"))
	c.jump = nil
	log := c.keep(t, 1)
	same(t, "backups", backups(), "small-000002-20260304-030000.tar", "small-000003-20250306-030000.tar")
	if len(c.alerts) != 1 || c.alerts[0].Job != "backup" || !strings.Contains(c.alerts[0].Error, "is damaged") || !strings.Contains(log, "the backup failed") {
		t.Errorf("%+v\n%s", c.alerts, log)
	}
	w := c.open(t)
	last, err := schedule.LastBackup(t.Context(), w)
	if err != nil || !strings.Contains(last.Error, "is damaged") || last.Good.IsZero() {
		t.Errorf("%+v, %v", last, err)
	}
}

// A clock that jumped ahead removes nothing that is old only by its word.
func TestAClockThatJumpsAheadRemovesNothing(t *testing.T) {
	t.Parallel()
	c := newClocked(t, 2, "keep: { runs: 30, versions: 30 }")
	w := c.open(t)
	submit(t, c.dir, "later", true)
	if _, err := pipeline.Run(t.Context(), w, pipeline.Options{Cause: "test"}); err != nil {
		t.Fatal(err)
	}
	count := func() int {
		list, _ := filepath.Glob(filepath.Join(c.dir, "lists", "small", "*", "run.json"))
		return len(list)
	}
	before := count()
	c.now = c.now.AddDate(5, 0, 0)
	submit(t, c.dir, "later still", true)
	if _, err := pipeline.Run(t.Context(), w, pipeline.Options{Cause: "test"}); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != before+1 {
		t.Errorf("%d editions, not %d", n, before+1)
	}
}
