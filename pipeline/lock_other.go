//go:build !unix

package pipeline

import "os"

// lockFile takes a lock by a file that can't be opened twice for writing.
func lockFile(path string) (func(), error) {
	os.Remove(path) // fails while another process holds it open
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, ErrBusy
	}
	return func() { f.Close(); os.Remove(path) }, nil
}
