package blobs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// watched is a disk that looks at the folder when it is to sync something.
type watched struct {
	sync func(files []*os.File, dirs []string) error
}

func (w watched) Sync(files []*os.File, dirs []string) error { return w.sync(files, dirs) }
func (watched) Close() error                                 { return nil }

// named lists the files of a folder that have the name of a hash, and temporary those that do not.
func named(t *testing.T, dir string) (hashes, temporary int) {
	t.Helper()
	for pattern, n := range map[string]*int{"??/*": &hashes, ".new-*": &temporary} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		*n = len(found)
	}
	return hashes, temporary
}

// After a power cut a hash names a file of which every byte is there: files get their names when all of them are
// synced, and count as kept when the names are.
func TestABatchNamesWhatIsSynced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := folder(dir).batch()
	var syncs []string
	b.disk = watched{func(files []*os.File, dirs []string) error {
		hashes, temporary := named(t, dir)
		syncs = append(syncs, fmt.Sprintf("%d files and %d folders: %d named, %d not", len(files), len(dirs), hashes, temporary))
		return nil
	}}
	for _, text := range []string{"a", "b", "a", strings.Repeat("c", inMemory), strings.Repeat("c", inMemory)} {
		if _, _, err := b.put(t.Context(), strings.NewReader(text), 1<<30); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.commit(); err != nil {
		t.Fatal(err)
	}
	want := "[3 files and 0 folders: 0 named, 3 not 0 files and 4 folders: 3 named, 0 not]"
	if got := fmt.Sprint(syncs); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	// A file that is there already is not written again, but its name is synced: another process may have made it.
	syncs = nil
	if _, _, err := b.put(t.Context(), strings.NewReader("a"), 1<<30); err != nil {
		t.Fatal(err)
	}
	if err := b.commit(); err != nil || fmt.Sprint(syncs) != "[0 files and 1 folders: 3 named, 0 not]" {
		t.Errorf("%v %v", syncs, err)
	}
}

// A disk that cannot write is an error, and nothing has a name.
func TestABatchOnADiskThatFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := folder(dir).batch()
	full := errors.New("the disk is full")
	b.disk = watched{func([]*os.File, []string) error { return full }}
	for i := range 3 {
		if _, _, err := b.put(t.Context(), strings.NewReader(fmt.Sprint(i)), 10); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.commit(); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	b.drop()
	if hashes, temporary := named(t, dir); hashes+temporary > 0 {
		t.Errorf("%d files are named, and %d are left", hashes, temporary)
	}
}

// A batch holds a bounded number of files open, and commits by itself beyond it.
func TestALongBatchCommitsByItself(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := Blobs{folder(dir)}
	b := files.Batch()
	defer b.Drop()
	for i := range maxOpen + 3 {
		if _, _, err := b.Put(t.Context(), strings.NewReader(fmt.Sprint(i)), 10); err != nil {
			t.Fatal(err)
		}
	}
	if hashes, temporary := named(t, dir); hashes != maxOpen || temporary != 3 {
		t.Errorf("%d are committed and %d wait", hashes, temporary)
	}
	if err := b.Commit(); err != nil {
		t.Fatal(err)
	}
	if hashes, temporary := named(t, dir); hashes != maxOpen+3 || temporary != 0 {
		t.Errorf("%d are committed and %d wait", hashes, temporary)
	}
}
