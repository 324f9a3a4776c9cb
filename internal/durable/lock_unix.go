//go:build unix

package durable

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// LockFile takes an exclusive lock, which ends with the process at the latest, however that ends. The error is
// ErrLocked if the lock is held already. The file is created if needed and stays.
func LockFile(path string) (func(), error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, ErrLocked
		}
		return nil, err
	}
	return func() {
		// Closing alone would leave the lock to a child process that is just being started: until it calls exec, it
		// has a copy of every open file.
		unix.Flock(int(f.Fd()), unix.LOCK_UN)
		f.Close()
	}, nil
}

// Writable reports whether this process may write a file, or create files in a folder. It is false on a read-only
// file system.
func Writable(path string) bool { return unix.Access(path, unix.W_OK) == nil }
