package intake_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kheo/pipeline/intake"
)

// follow submits a delivery of dossier x that may follow others, and says how many wait before it.
func follow(t *testing.T, k *intake.Ingester, replace bool, files ...string) int {
	t.Helper()
	from := filepath.Join(t.TempDir(), "x")
	for i := 0; i < len(files); i += 2 {
		write(t, filepath.Join(from, files[i]), files[i+1])
	}
	b := intake.Submission{From: from, Inbox: k.Inbox, Env: env(), Replace: replace, Follow: true}
	s, err := b.Submit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s.Behind
}

// Deliveries that follow one another are taken in the order in which they came, each as it was sent: one that replaces
// everything replaces what came before it and nothing that came later. At whatever step a run is killed, the next one
// gets the same dossier.
func TestDeliveriesFollowOneAnother(t *testing.T) {
	t.Parallel()
	for killed := range 6 {
		t.Run(fmt.Sprint("killed at ", killed), func(t *testing.T) {
			t.Parallel()
			k := taker(t)
			for i, n := range []int{follow(t, k, false, "a.txt", "one", "old.txt", "o"),
				follow(t, k, true, "a.txt", "two", "b.txt", "b"), follow(t, k, false, "a.txt", "three"),
				follow(t, k, false, "c.txt", "c", "a.txt", "four")} {
				if n != i {
					t.Errorf("%d wait before delivery %d", n, i)
				}
			}
			wait, err := intake.Waiting(k.Inbox, "x")
			if err != nil || len(wait) != 4 {
				t.Fatal(wait, err)
			}
			left := killed
			k.Recorded(func() {
				if left--; left == 0 {
					panic("killed")
				}
			})
			func() {
				defer func() { recover() }()
				takeAll(t, k)
			}()
			k.Recorded(nil)
			if len(accepted(t, k)) > 0 { // one more comes in between
				follow(t, k, false, "d.txt", "d")
			}
			takeAll(t, k)
			names(t, k, "a.txt", "b.txt", "c.txt", "d.txt")
			if got := texts(t, k); got["a.txt"] != "four" {
				t.Errorf("%q", got)
			}
			if wait, err := intake.Waiting(k.Inbox, "x"); err != nil || len(wait) > 0 {
				t.Errorf("%v %v", wait, err)
			}
			marks, err := os.ReadDir(filepath.Join(filepath.Dir(k.Inbox), "var", "handed-in"))
			if err != nil || len(marks) > 0 {
				t.Errorf("%d marks are left: %v", len(marks), err)
			}
		})
	}
}

// A delivery does not overtake an earlier one that is not taken yet, and the inbox bounds how many wait.
func TestNoDeliveryOvertakesAnother(t *testing.T) {
	t.Parallel()
	k := taker(t)
	write(t, filepath.Join(k.Inbox, "x", "a.txt"), "still being copied")
	if n := follow(t, k, false, "a.txt", "corrected"); n != 1 {
		t.Errorf("%d before it", n)
	}
	w := intake.NewWatch(k.Inbox)
	w.Settle = time.Hour
	looks, _, err := w.Look()
	if err != nil || len(looks) != 2 {
		t.Fatal(looks, err)
	}
	if out, held := intake.InOrder(looks); len(out) != 0 || len(held) != 1 || held[0].Aside == "" {
		t.Errorf("taken: %v, held: %v", out, held)
	}
	if out, held := intake.Without([]intake.Entry{looks[1].Entry, {Name: "y"}}, looks[0].Entry); len(out) != 1 ||
		out[0].Name != "y" || len(held) != 1 {
		t.Errorf("taken: %v, held: %v", out, held)
	}
	last := filepath.Join(k.Inbox, strings.TrimSuffix(looks[1].Aside, "001")+"100")
	if err := os.Rename(filepath.Join(k.Inbox, looks[1].Aside), last); err != nil {
		t.Fatal(err)
	}
	from := filepath.Join(t.TempDir(), "x")
	write(t, filepath.Join(from, "b.txt"), "b")
	b := intake.Submission{From: from, Inbox: k.Inbox, Env: env(), Follow: true}
	if _, err := b.Submit(t.Context()); !errors.Is(err, intake.ErrWaits) {
		t.Errorf("beyond the last number: %v", err)
	}
}

// A link in place of the folder of a delivery that follows others leads nowhere: what it names is not shown.
func TestALinkIsNoDeliveryThatFollows(t *testing.T) {
	t.Parallel()
	k := taker(t)
	private := t.TempDir()
	write(t, filepath.Join(private, "x", "secret.txt"), "secret")
	follow(t, k, false, "a.txt", "one")
	follow(t, k, false, "b.txt", "two")
	wait, err := intake.Waiting(k.Inbox, "x")
	if err != nil || len(wait) != 2 {
		t.Fatal(wait, err)
	}
	aside := filepath.Join(k.Inbox, wait[1].Aside)
	if err := errors.Join(os.RemoveAll(aside), os.Symlink(private, aside)); err != nil {
		t.Fatal(err)
	}
	b := intake.Submission{From: filepath.Join(aside, "x"), Inbox: k.Inbox, Env: env()}
	if a, _, err := b.Preview(t.Context(), nil, k.Store.Blobs); err == nil || !intake.NotTaken(err) {
		t.Errorf("%+v, %v", a, err)
	}
}

// A file that seems to be written to for a moment, as each open file does while a process is started, is waited for.
func TestAFileThatIsHeldForAMomentIsWaitedFor(t *testing.T) {
	t.Parallel()
	k := taker(t)
	follow(t, k, false, "a.txt", "one")
	f, err := os.OpenFile(filepath.Join(k.Inbox, "x", "a.txt"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(100*time.Millisecond, func() { f.Close() })
	b := intake.Submission{From: filepath.Join(k.Inbox, "x"), Inbox: k.Inbox, Env: env()}
	if a, _, err := b.Preview(t.Context(), nil, k.Store.Blobs); err != nil || len(a.Files) != 1 {
		t.Errorf("%+v, %v", a, err)
	}
}
