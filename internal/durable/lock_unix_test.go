//go:build linux

package durable

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// A lock that was released is free, also while a process that is being started still has a copy of its file: a run
// that begins a moment after another one ended would be told that one is at work.
func TestAReleasedLockIsFree(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	release, err := LockFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copies := 0
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range open {
		if to, _ := os.Readlink("/proc/self/fd/" + e.Name()); to != path {
			continue
		}
		fd, err := strconv.Atoi(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		dup, err := unix.Dup(fd)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(dup)
		copies++
		break
	}
	if copies != 1 {
		t.Fatalf("no file is open at %s", path)
	}
	if _, err := LockFile(path); err != ErrLocked {
		t.Fatalf("the lock is held, and taking it again says %v", err)
	}
	release()
	again, err := LockFile(path)
	if err != nil {
		t.Fatal(err)
	}
	again()
}
