package testspace

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Copy copies a workspace that is not open into the empty or missing folder to, with modes and links as they are.
// The copy has the store id of the original: a test must not let both share one database.
func Copy(t testing.TB, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		return copyEntry(path, filepath.Join(to, rel), e)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// copyEntry copies one file, folder or link. Folders are writable in the copy.
func copyEntry(from, to string, e fs.DirEntry) error {
	info, err := e.Info()
	if err != nil {
		return err
	}
	switch {
	case e.IsDir():
		if err := os.MkdirAll(to, 0o700); err != nil {
			return err
		}
		// A folder that the original cannot be written to must still take its files.
		return os.Chmod(to, info.Mode().Perm()|0o700)
	case e.Type()&fs.ModeSymlink != 0:
		link, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(link, to)
	case !e.Type().IsRegular():
		return nil // a socket or pipe that a process left
	}
	// Bytes, not hard links: tests damage files in place.
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		return err
	}
	return os.Chmod(to, info.Mode().Perm())
}
