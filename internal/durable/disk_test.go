package durable

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Both ways of syncing many files sync them, and name what they cannot sync.
func TestDisksSyncManyFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d, err := OpenDisk(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var files []*os.File
	for i := range 40 {
		f, err := os.Create(filepath.Join(dir, fmt.Sprint(i)))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		f.WriteString("text")
		files = append(files, f)
	}
	for _, whole := range []bool{d.whole, false} {
		d.whole = whole
		if err := d.Sync(files, []string{dir}); err != nil {
			t.Errorf("whole=%v: %v", whole, err)
		}
	}
	files[7].Close()
	err = d.Sync(files, []string{dir, filepath.Join(dir, "missing")})
	for _, want := range []string{"file already closed", "missing"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, without %q", err, want)
		}
	}
}
