package intake_test

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kheo/pipeline/intake"
)

const settle = 10 * time.Second

// watched is an inbox with a clock of its own. ahead is by how much its clocks are ahead of when
// its files were written.
type watched struct {
	*intake.Watch
	t     *testing.T
	ahead time.Duration
}

func watch(t *testing.T) *watched {
	t.Helper()
	w := &watched{Watch: intake.NewWatch(filepath.Join(t.TempDir(), "inbox")), t: t}
	if err := os.Mkdir(w.Inbox, 0o755); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	w.Settle = settle
	w.Clock = func() time.Time { return begin.Add(w.ahead) }
	w.DiskClock(func() time.Time { return begin.Add(w.ahead) })
	return w
}

func (w *watched) write(name, text string) {
	w.t.Helper()
	write(w.t, filepath.Join(w.Inbox, name), text)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// whole are the entries that would be taken now.
func (w *watched) whole() (names []string) {
	w.t.Helper()
	looks, _, err := w.Look()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, l := range looks {
		if l.Why == "" {
			names = append(names, l.Name)
		} else if l.Wait <= 0 || l.Wait > settle+time.Second {
			w.t.Errorf("%s waits %v", l.Name, l.Wait)
		}
	}
	return names
}

func (w *watched) is(what string, want ...string) {
	w.t.Helper()
	if got := w.whole(); !slices.Equal(got, want) {
		w.t.Errorf("%s: taken are %q, want %q", what, got, want)
	}
}

// What changed a moment ago is not taken, and what did not change for the settle time is, each
// entry for itself.
func TestOnlyWhatHasSettledIsTaken(t *testing.T) {
	w := watch(t)
	w.write("old.txt", "x")
	w.write("folder/a.txt", "x")
	w.ahead = settle / 2
	w.is("just written")
	w.ahead = settle + time.Second
	w.is("after the settle time", "folder", "old.txt")
	later := time.Now().Add(w.ahead)
	w.write("folder/b.txt", "x")
	if err := os.Chtimes(filepath.Join(w.Inbox, "folder", "b.txt"), later, later); err != nil {
		t.Fatal(err)
	}
	w.ahead += settle / 2
	w.is("another file comes into the folder", "old.txt")
	w.ahead += settle
	w.is("and settles", "folder", "old.txt")
}

// The time that a copy takes over from its source says nothing: when the copy was made counts.
func TestOldTimesOfNewCopiesDoNotCount(t *testing.T) {
	w := watch(t)
	w.write("copied.txt", "x")
	long := time.Now().Add(-24 * time.Hour)
	if err := os.Chtimes(filepath.Join(w.Inbox, "copied.txt"), long, long); err != nil {
		t.Fatal(err)
	}
	w.is("a copy with the times of its source")
}

// A time in the future, a disk that says nothing, and a disk whose clock cannot be read prove
// nothing: two looks a settle time apart must find the same.
func TestTwoLooksWhereAgeProvesNothing(t *testing.T) {
	for name, prepare := range map[string]func(*watched){
		"time in the future": func(w *watched) {
			future := time.Now().Add(48 * time.Hour)
			if err := os.Chtimes(filepath.Join(w.Inbox, "a.txt"), future, future); err != nil {
				w.t.Fatal(err)
			}
		},
		"nothing tells who writes": func(w *watched) { w.DiskTellsNothing() },
	} {
		t.Run(name, func(t *testing.T) {
			w := watch(t)
			w.write("a.txt", "x")
			prepare(w)
			w.ahead = time.Hour
			w.is("the first look")
			w.ahead += settle / 2
			w.is("too soon")
			w.ahead += settle
			w.is("a settle time later", "a.txt")
			w.write("a.txt", "xy")
			prepare(w)
			w.is("changed meanwhile")
		})
	}
}

// A disk whose clock is an hour behind makes nothing look old.
func TestTheDiskTellsItsOwnTime(t *testing.T) {
	w := watch(t)
	w.write("a.txt", "x")
	begin := time.Now()
	w.Clock = func() time.Time { return begin.Add(time.Hour) }
	w.is("by the clock of the disk it is new")
}

// A file that a program has open for writing is never taken, however old it is; nor is the folder
// that it lies in.
func TestWhatIsOpenForWritingIsNeverTaken(t *testing.T) {
	w := watch(t)
	w.write("done.txt", "x")
	w.write("folder/sub/half.txt", "x")
	f, err := os.OpenFile(filepath.Join(w.Inbox, "folder", "sub", "half.txt"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.ahead += 24 * time.Hour
		w.is("open", "done.txt")
	}
	f.Close()
	w.is("closed", "done.txt", "folder")
}

// Names of unfinished copies are no entries.
func TestPartialNamesAreNoEntries(t *testing.T) {
	w := watch(t)
	for _, name := range []string{"a.docx.part", "a.docx.filepart", "a.docx.partial", "a.docx.crdownload",
		"a.download", "a.TMP",
		"~$a.docx", ".~lock.a.odt#", ".hidden.txt", "._a.docx", "Thumbs.db", "x.receipt.txt", "taken.txt"} {
		w.write(name, "x")
	}
	w.ahead = time.Hour
	w.is("partial names", "taken.txt")
}

// What kheo renamed into the inbox is whole at once. A file of the same name that another person
// put there, or that was written to afterwards, is not.
func TestWhatKheoPutsThereIsTakenAtOnce(t *testing.T) {
	w := watch(t)
	from := filepath.Join(t.TempDir(), "lamps")
	write(t, filepath.Join(from, "report.txt"), "x")
	submit(t, w.Inbox, from, false)
	w.is("submitted", "lamps")
	write(t, filepath.Join(w.Inbox, "lamps", "more.txt"), "x")
	w.is("somebody adds to it")
	if err := os.RemoveAll(filepath.Join(w.Inbox, "lamps")); err != nil {
		t.Fatal(err)
	}
	w.write("lamps/report.txt", "x")
	w.is("another of that name")
}

func submit(t *testing.T, inbox, from string, replace bool) *intake.Submitted {
	t.Helper()
	b := intake.Submission{From: from, Inbox: inbox, Env: env(), Replace: replace}
	s, err := b.Submit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A late write ends in a new version, never in nothing: by an old handle, into a folder that is
// being taken, even where size and time stay the same.
func TestLateWritesBecomeANewVersion(t *testing.T) {
	for name, late := range map[string]func(t *testing.T, f *os.File){
		"through an open handle": func(t *testing.T, f *os.File) {
			if _, err := f.WriteAt([]byte("half and more"), 0); err != nil {
				t.Fatal(err)
			}
		},
		"with the same size and time": func(t *testing.T, f *os.File) {
			info, err := f.Stat()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteAt([]byte("HALF"), 0); err != nil {
				t.Fatal(err)
			}
			f.Close()
			if err := os.Chtimes(f.Name(), info.ModTime(), info.ModTime()); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := taker(t)
			path := filepath.Join(k.Inbox, "a.txt")
			write(t, path, "half")
			var f *os.File
			k.Recorded(func() {
				at, _ := filepath.Glob(filepath.Join(k.Inbox, ".aside-*", "a.txt"))
				var err error
				if f, err = os.OpenFile(at[0], os.O_RDWR, 0); err != nil {
					t.Fatal(err)
				}
				late(t, f)
			})
			if _, err := k.Ingest(t.Context(), intake.Entry{Name: "a.txt"}); err == nil {
				t.Fatal("what was written late was removed with what was taken")
			}
			k.Recorded(nil)
			f.Close()
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := k.Ingest(t.Context(), intake.Entry{Name: "a.txt"}); err != nil {
				t.Fatal(err)
			}
			a := accepted(t, k)[0]
			got, err := k.Store.Blobs.Read(t.Context(), a.Files[0].SHA256)
			if err != nil || string(got) != string(want) || a.Version != 2 {
				t.Errorf("version %d holds %q, want %q (%v)", a.Version, got, want, err)
			}
		})
	}
}

// A file that comes into a folder while it is taken is not removed with it.
func TestAFileThatComesLateIsNotRemoved(t *testing.T) {
	k := taker(t)
	write(t, filepath.Join(k.Inbox, "x", "a.txt"), "a")
	k.Recorded(func() {
		at, _ := filepath.Glob(filepath.Join(k.Inbox, ".aside-*", "x"))
		write(t, filepath.Join(at[0], "late.txt"), "late")
	})
	if _, err := k.Ingest(t.Context(), intake.Entry{Name: "x"}); err == nil {
		t.Error("taken with a file that was never read")
	}
	k.Recorded(nil)
	if _, err := k.Ingest(t.Context(), intake.Entry{Name: "x"}); err != nil {
		t.Fatal(err)
	}
	names(t, k, "a.txt", "late.txt")
}

// names fails where the only dossier has other files.
func names(t *testing.T, k *intake.Ingester, want ...string) {
	t.Helper()
	all := accepted(t, k)
	if len(all) != 1 {
		t.Fatalf("%d dossiers", len(all))
	}
	var got []string
	for _, f := range all[0].Files {
		got = append(got, f.Name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("version %d holds %q, want %q", all[0].Version, got, want)
	}
}

// Whatever a killed run left, the next takes it, and nothing is lost or taken back.
func TestKilledBetweenAnyTwoSteps(t *testing.T) {
	for name, c := range map[string]struct {
		left map[string]string // in the inbox
		want []string
	}{
		"moved aside, not recorded": {map[string]string{".aside-k1/x/a.txt": "a", ".aside-k1/x/c.txt": "c"},
			[]string{"a.txt", "b.txt", "c.txt"}},
		"recorded, partly removed": {map[string]string{".done-k2/x/dossier.yaml": "replaces: true\n",
			".done-k2/x/a.txt": "a"}, []string{"a.txt", "b.txt"}},
		"moved aside by an older kheo": {map[string]string{".taken-x/a.txt": "a", ".taken-x/c.txt": "c"},
			[]string{"a.txt", "b.txt", "c.txt"}},
		"delivered again meanwhile": {map[string]string{".aside-k3/x/a.txt": "older", "x/a.txt": "a"},
			[]string{"a.txt", "b.txt"}},
		"moved aside, nothing in there": {map[string]string{".aside-k4/x/a.txt": "a", "y.receipt.txt": ""},
			[]string{"a.txt", "b.txt"}},
	} {
		t.Run(name, func(t *testing.T) {
			k := taker(t)
			for _, f := range []string{"a", "b"} {
				write(t, filepath.Join(k.Inbox, "x", f+".txt"), f)
			}
			takeAll(t, k)
			for f, text := range c.left {
				write(t, filepath.Join(k.Inbox, filepath.FromSlash(f)), text)
			}
			takeAll(t, k)
			names(t, k, c.want...)
			b, err := k.Store.Blobs.Read(t.Context(), accepted(t, k)[0].Files[0].SHA256)
			if err != nil || string(b) != "a" {
				t.Errorf("a.txt holds %q, of an older delivery (%v)", b, err)
			}
			list, err := os.ReadDir(k.Inbox)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range list {
				if !strings.HasSuffix(e.Name(), intake.ReceiptSuffix) {
					t.Errorf("%s is left in the inbox", e.Name())
				}
			}
		})
	}
}

// takeAll takes everything in the inbox, as a run does.
func takeAll(t *testing.T, k *intake.Ingester) {
	t.Helper()
	w := intake.NewWatch(k.Inbox)
	w.Settle = 0
	looks, _, err := w.Look()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range looks {
		if _, err := k.Ingest(t.Context(), l.Entry); err != nil {
			t.Fatal(l.Name, err)
		}
	}
}

// read is what a file holds, "" where there is none.
func read(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	b, _ := io.ReadAll(f)
	return string(b)
}
