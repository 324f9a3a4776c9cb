package pipeline_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"kheo/internal/testspace"
	"kheo/pipeline/schedule"
	"kheo/pipeline/store"
	"kheo/pipeline/store/storetest"
	"kheo/pipeline/workspace"
)

// serveThere serves as a worker in the workspace that the environment names: one machine of the
// tests below.
func serveThere() {
	dir := os.Getenv("KHEO_TEST_SERVE")
	if dir == "" {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	w, err := workspace.Open(ctx, dir)
	if err == nil {
		err = schedule.NewService(w, "test", slog.New(slog.NewTextHandler(os.Stderr, nil))).Serve(ctx, schedule.Worker)
		w.Close()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// machine is one worker: a process with a folder of its own, that reaches the records through a
// wire that can be cut.
type machine struct {
	t         testing.TB
	dir       string
	processor string // the only one that it has; "" is all
	path      string // its PATH; "" is that of the test
	wire      *wire
	cmd       *exec.Cmd
	said      watched
}

// wire passes on what is said to PostgreSQL, and swallows it once it is cut: as a network does
// whose cable was pulled, and says nothing.
type wire struct {
	to  string
	cut atomic.Bool
}

func newWire(t testing.TB, to string) (address string, w *wire) {
	dir, err := os.MkdirTemp("", "kheo-wire-") // short: the name of a socket may have 100 characters
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	host := regexp.MustCompile(`host=([^&]+)`).FindStringSubmatch(to)[1]
	w = &wire{to: filepath.Join(host, ".s.PGSQL.5432")}
	l, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go w.pass(c)
		}
	}()
	return strings.Replace(to, host, dir, 1), w
}

func (w *wire) pass(c net.Conn) {
	p, err := net.Dial("unix", w.to)
	if err != nil {
		c.Close()
		return
	}
	half := func(from, to net.Conn) {
		buf := make([]byte, 32<<10)
		for {
			n, err := from.Read(buf)
			for w.cut.Load() { // nothing arrives, and nothing ends
				time.Sleep(20 * time.Millisecond)
			}
			if n > 0 {
				if _, e := to.Write(buf[:n]); e != nil {
					err = e
				}
			}
			if err != nil {
				from.Close()
				to.Close()
				return
			}
		}
	}
	go half(c, p)
	half(p, c)
}

func (m *machine) start() {
	m.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		m.t.Fatal(err)
	}
	m.cmd = exec.Command(exe)
	if m.processor != "" {
		m.cmd = exec.Command("taskset", "-c", m.processor, exe)
	}
	m.cmd.Env = append(os.Environ(), "KHEO_TEST_SERVE="+m.dir)
	if m.path != "" {
		m.cmd.Env = append(m.cmd.Env, "PATH="+m.path)
	}
	m.cmd.Stderr = &m.said
	if err := m.cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(m.kill)
}

func (m *machine) signal(s os.Signal) { m.cmd.Process.Signal(s) }

func (m *machine) kill() {
	m.signal(syscall.SIGKILL)
	m.cmd.Wait()
}

// machineEntries chooses the entries on which machines work: every n-th of the sample, and in make soak twice as many,
// which the real tesseract reads faster than that of slowPath.
func machineEntries(t testing.TB, n int) func(entry string) bool {
	t.Helper()
	if testspace.Soak() {
		n /= 2
	}
	return testspace.EveryNth(t, n)
}

// slowPath is a PATH with a tesseract that takes two seconds for each page and no processor: the work of the machines
// takes long enough for what happens to them in the middle of it. make soak lets them work with the real one.
func slowPath(t testing.TB) string {
	t.Helper()
	if testspace.Soak() {
		return os.Getenv("PATH")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir() // the name of the file that is started counts, not of a link to it
	if err := os.Link(exe, filepath.Join(dir, "tesseract")); err != nil {
		b, err := os.ReadFile(exe)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "tesseract"), b, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir + string(os.PathListSeparator) + os.Getenv("PATH")
}

// ocrThere is the tesseract of slowPath, if this process was started as one.
func ocrThere() {
	if filepath.Base(os.Args[0]) != "tesseract" {
		return
	}
	switch os.Args[1] {
	case "--version":
		fmt.Println("tesseract of the tests")
	case "--list-langs":
		fmt.Println("vie")
	default: // a page on standard input becomes a table of words
		io.Copy(io.Discard, os.Stdin)
		time.Sleep(2 * time.Second)
		for i, word := range []string{"Ủy", "ban", "nhân", "dân", "xác", "nhận"} {
			fmt.Printf("5\t1\t1\t1\t1\t%d\t%d\t100\t80\t30\t96\t%s\n", i+1, 100*i, word)
		}
	}
	os.Exit(0)
}

// machines makes n workers around one PostgreSQL and one folder of files; whatever the sample
// sends lies in the inbox of the first. The workspace that it returns looks on.
func machines(t testing.TB, n int, keep func(string) bool) ([]*machine, *workspace.Workspace) {
	t.Helper()
	address := storetest.Postgres(t)
	blobs := t.TempDir()
	var list []*machine
	place := func(i int) string {
		dir := t.TempDir()
		take := keep
		if i > 0 {
			take = func(string) bool { return false }
		}
		testspace.Sample(t, dir, take)
		return dir
	}
	reach := func(dir, address string) {
		file := filepath.Join(dir, "kheo.yaml")
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b = bytes.Replace(b, []byte("store: var/kheo.db"), []byte("store: "+address+"\nblobs: "+blobs), 1)
		// Intake that falls due at the next full ten minutes would be one more run than the tests count.
		yearly := bytes.Replace(b, []byte(`intake: "*/10 * * * *"`), []byte(`intake: "0 0 1 1 *"`), 1)
		if bytes.Equal(yearly, b) {
			t.Fatal("the sample's schedule of intake reads otherwise than this test expects")
		}
		write(t, file, yearly)
	}
	for i := range n {
		m := &machine{t: t, dir: place(i)}
		var through string
		through, m.wire = newWire(t, address)
		reach(m.dir, through)
		list = append(list, m)
	}
	looking := place(n)
	reach(looking, address)
	return list, open(t, looking)
}

// A night on three machines ends right, though the one that does it is killed, the one that takes
// its place is frozen, and the next is cut off; and what those did that came back changes nothing.
func TestMachinesThatFall(t *testing.T) {
	t.Parallel()
	keep, path := machineEntries(t, 6), slowPath(t)
	list, w := machines(t, 3, keep)
	t.Cleanup(func() {
		if t.Failed() {
			for i, m := range list {
				t.Logf("machine %d:\n%s", i, m.said.String())
			}
		}
	})
	for _, m := range list {
		m.path = path
	}
	keeper := func(but *machine) *machine {
		var who *machine
		until(t, "somebody does the run", func() bool {
			runs, err := w.Store.Runs.Newest(t.Context(), 1)
			if err != nil || len(runs) == 0 || runs[0].State != store.RunRunning {
				return false
			}
			who = nil
			for _, m := range list {
				if said := m.said.String(); strings.Contains(said, fmt.Sprintf("msg=\"run begins\" run=%d ", runs[0].Number)) {
					who = m
				}
			}
			return who != nil && who != but && len(runs[0].Stages) > 1 // it took in, and hands out work
		})
		return who
	}
	list[0].start()
	until(t, "the first keeps the schedule", func() bool { return strings.Contains(list[0].said.String(), "scheduled") })
	list[1].start()
	list[2].start()
	if err := schedule.AskRun(t.Context(), w, "the test"); err != nil {
		t.Fatal(err)
	}
	killed := keeper(nil)
	time.Sleep(time.Second)
	killed.kill()
	frozen := keeper(killed)
	frozen.signal(syscall.SIGSTOP)
	killed.start()
	cut := keeper(frozen)
	cut.wire.cut.Store(true)
	last := keeper(cut)
	time.Sleep(time.Second)
	frozen.signal(syscall.SIGCONT) // both come back in the middle of what another does
	cut.wire.cut.Store(false)
	until(t, "the run ends", func() bool {
		runs, err := w.Store.Runs.Newest(t.Context(), 1)
		return err == nil && runs[0].State == store.RunDone
	})
	for _, m := range list {
		m.signal(syscall.SIGTERM)
		m.cmd.Wait()
	}
	alone := t.TempDir()
	testspace.Sample(t, alone, keep)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	undisturbed := exec.Command(exe)
	undisturbed.Env = append(os.Environ(), "KHEO_TEST_RUN="+alone, "PATH="+path)
	if out, err := undisturbed.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	want := published(t, alone)
	runs, err := w.Store.Runs.Newest(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	done := 0
	for _, r := range runs {
		if r.State == store.RunDone {
			done++
			sameLists(t, want, published(t, last.dir))
		}
		t.Logf("run %d %s %s: %s", r.Number, r.Cause, r.State, r.Error)
	}
	if done != 1 {
		t.Errorf("%d runs were done", done)
	}
}

// The work of a run is shared out: each of two machines does some of it, and what is handed in on
// a machine that does not keep the schedule is taken in there.
func TestMachinesShareTheWork(t *testing.T) {
	t.Parallel()
	list, w := machines(t, 2, machineEntries(t, 8))
	path := slowPath(t)
	for _, m := range list {
		m.path = path
	}
	write(t, filepath.Join(list[0].dir, "inbox", "damaged", "report.docx"), []byte("PK\x03\x04word/document.xml")) // read by any machine
	list[0].start()
	until(t, "the first keeps the schedule", func() bool { return strings.Contains(list[0].said.String(), "scheduled") })
	write(t, filepath.Join(list[1].dir, "inbox", "later", "report.txt"), []byte("Handed in elsewhere."))
	list[1].start()
	until(t, "the second takes in", func() bool {
		all, err := w.Store.Dossiers.All(t.Context())
		return err == nil && len(all) == 1
	})
	if err := schedule.AskRun(t.Context(), w, "the test"); err != nil {
		t.Fatal(err)
	}
	until(t, "the run ends", func() bool {
		runs, err := w.Store.Runs.Newest(t.Context(), 1)
		return err == nil && len(runs) > 0 && runs[0].State == store.RunDone
	})
	by := map[string]int{}
	rows, err := w.Store.DB.QueryContext(t.Context(), `SELECT attempted_by[array_upper(attempted_by, 1)], count(*) FROM river_job WHERE state = 'completed' GROUP BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var who string
		var n int
		if err := rows.Scan(&who, &n); err != nil {
			t.Fatal(err)
		}
		by[who] = n
	}
	if len(by) != 2 {
		t.Errorf("batches by machine: %v\n%s\n%s", by, list[0].said.String(), list[1].said.String())
	}
	if _, err := os.Stat(filepath.Join(list[0].dir, "quarantine")); err != nil {
		t.Errorf("the machine that did the run has no quarantine: %v", err)
	}
}
