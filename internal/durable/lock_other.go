//go:build !unix

package durable

import "os"

// LockFile takes a lock by a file that can't be opened twice for writing.
func LockFile(path string) (func(), error) {
	os.Remove(path) // fails while another process holds it open
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, ErrLocked
	}
	return func() { f.Close(); os.Remove(path) }, nil
}

func Writable(string) bool { return true }
