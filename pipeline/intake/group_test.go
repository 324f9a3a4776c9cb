package intake_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"kheo/pipeline/intake"
)

// Entries that are taken together come out as if each were alone: one that changes, one that is refused, and a second
// one of the same dossier hold up no one else, and nothing is lost.
func TestEntriesAreTakenTogether(t *testing.T) {
	t.Parallel()
	k := taker(t)
	var entries []intake.Entry
	for i := range 8 {
		name := fmt.Sprintf("d%d", i)
		write(t, filepath.Join(k.Inbox, name, "report.txt"), "report "+name)
		write(t, filepath.Join(k.Inbox, name, "same.txt"), "the same in all")
		entries = append(entries, intake.Entry{Name: name})
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(k.Inbox, "link.txt")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(k.Inbox, ".aside-k1", "d3", "more.txt"), "of dossier d3 too")
	entries = append(entries, intake.Entry{Name: "link.txt"}, intake.Entry{Name: "d3", Aside: ".aside-k1"},
		intake.Entry{Name: "gone"})
	k.Recorded(func() {
		at, _ := filepath.Glob(filepath.Join(k.Inbox, ".aside-*", "d5", "report.txt"))
		write(t, at[0], "written late")
	})
	got := map[string]string{}
	rounds := 0
	for ; len(entries) > 0; rounds++ {
		done, err := k.IngestSome(t.Context(), entries)
		if err != nil || len(done) == 0 {
			t.Fatal(len(done), err)
		}
		k.Recorded(nil)
		for i, o := range done {
			if o.Entry != entries[i] {
				t.Fatalf("%d: %s", i, o.Entry.Name)
			}
			var refused *intake.Refused
			switch {
			case errors.Is(o.Err, intake.ErrChanging):
				got[o.Entry.Name] = "changing"
			case errors.As(o.Err, &refused):
				got[o.Entry.Name] = "refused"
			case o.Err != nil:
				t.Errorf("%s: %v", o.Entry.Name, o.Err)
			default:
				got[o.Entry.Name] = fmt.Sprintf("version %d", o.Receipt.Version)
			}
		}
		entries = entries[len(done):]
	}
	if rounds != 2 {
		t.Errorf("%d rounds: two entries of a dossier are taken one after the other, and all others together", rounds)
	}
	want := map[string]string{"link.txt": "refused", "d3": "version 2", "gone": "changing", "d5": "changing"}
	for i := range 8 {
		if name := fmt.Sprintf("d%d", i); want[name] == "" {
			want[name] = "version 1"
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
	left, err := filepath.Glob(filepath.Join(k.Inbox, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range left {
		switch name := filepath.Base(at); name {
		case "d5", "link.txt":
		default:
			if filepath.Ext(name) != ".txt" || len(name) < len(intake.ReceiptSuffix) {
				t.Errorf("%s is left", name)
			}
		}
	}
	if b, err := os.ReadFile(filepath.Join(k.Inbox, "d5", "report.txt")); err != nil || string(b) != "written late" {
		t.Errorf("what was written late: %q %v", b, err)
	}
	if n := len(accepted(t, k)); n != 8 {
		t.Errorf("%d dossiers", n)
	}
}
