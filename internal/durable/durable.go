// Package durable writes files that survive a crash, whole or not at all, and locks files between
// processes.
package durable

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// ErrLocked is returned where another process holds a lock.
var ErrLocked = errors.New("another process holds the lock")

// CopyFile writes a file once more; it is on the disk when it returns.
func CopyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// WaitLock waits until a file can be locked.
func WaitLock(ctx context.Context, path string) (unlock func(), err error) {
	for {
		unlock, err := LockFile(path)
		if !errors.Is(err, ErrLocked) {
			return unlock, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// SyncDir makes renames in a folder durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Modes of what holds submitters' papers and what people did: of its owner alone, whatever the umask.
const (
	PrivateDir  = 0o700
	PrivateFile = 0o600
)

// WriteFile writes a file so that after a crash either the old or the new one
// is there, whole. What a crash may leave beside it is written over when the
// file is written again. No two may write the same file at once.
func WriteFile(path string, data []byte) error { return writeFile(path, data, 0o644) }

// WritePrivate writes a file as WriteFile does that only its owner may read.
func WritePrivate(path string, data []byte) error { return writeFile(path, data, PrivateFile) }

func writeFile(path string, data []byte, mode fs.FileMode) error {
	sum := sha256.Sum256([]byte(filepath.Base(path)))
	f, err := os.OpenFile(filepath.Join(filepath.Dir(path), ".new-"+hex.EncodeToString(sum[:8])),
		os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err := f.Write(data); err != nil {
		f.Close()
		return err
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}
