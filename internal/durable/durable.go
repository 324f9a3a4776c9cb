// Package durable writes files that are complete or absent after a crash, and locks files between processes.
//
// [WriteFile] writes, syncs and renames. [Disk] does so for many files with one sync for each step, which is what
// intake needs. A new or renamed file is durable when its folder was synced as well ([SyncDir]). Locks are those of
// the operating system, so they end with their process, however that ends; a lock file that is left means nothing.
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

// ErrLocked is returned if another process holds a lock.
var ErrLocked = errors.New("another process holds the lock")

// CopyFile copies a file to a new name, which must not exist. The copy is synced when it returns, but not its name;
// see SyncDir.
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

// WaitLock waits until a file can be locked, or ctx ends.
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

// SyncDir makes new and renamed files in a folder durable: their names are contents of the folder.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Modes of folders and files with submitted documents, scores or votes: only their owner may read them, whatever
// the umask.
const (
	PrivateDir  = 0o700
	PrivateFile = 0o600
)

// WriteFile writes a file by writing and syncing a temporary one and renaming it, so that after a crash either the
// old or the new content is there. A temporary file that a crash leaves is overwritten by the next write. Two
// goroutines must not write the same file at once.
func WriteFile(path string, data []byte) error { return writeFile(path, data, 0o644) }

// WritePrivate is WriteFile for a file that only its owner may read.
func WritePrivate(path string, data []byte) error { return writeFile(path, data, PrivateFile) }

// writeFile is WriteFile with the mode of the file. The temporary name is a hash of the file's name: the same at each
// attempt, so that crashes do not leave more than one, and short, so that a long name does not become too long by it.
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
