package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

func (s *Store) blobPath(sha string) string { return filepath.Join(s.blobs, sha[:2], sha) }

// PutBlob keeps the bytes of r, at most limit of them, and returns their
// SHA-256 and size. When it returns they are on the disk, whatever happens
// next. A file larger than limit is ErrTooLarge.
func (s *Store) PutBlob(r io.Reader, limit int64) (sha string, size int64, err error) {
	if err := os.MkdirAll(s.blobs, 0o755); err != nil {
		return "", 0, err
	}
	f, err := os.CreateTemp(s.blobs, ".new-*")
	if err != nil {
		return "", 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(io.MultiWriter(f, h), io.LimitReader(r, limit+1))
	if err != nil {
		return "", 0, err
	}
	if size > limit {
		return "", 0, ErrTooLarge
	}
	sha = hex.EncodeToString(h.Sum(nil))
	path := s.blobPath(sha)
	if st, err := os.Stat(path); err == nil && st.Size() == size {
		return sha, size, nil
	}
	if err := f.Sync(); err != nil {
		return "", 0, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", 0, err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return "", 0, err
	}
	return sha, size, SyncDir(filepath.Dir(path))
}

// SweepBlobs removes what writers that were killed more than a day ago left half
// written.
func (s *Store) SweepBlobs(now time.Time) error {
	left, err := filepath.Glob(filepath.Join(s.blobs, ".new-*"))
	for _, path := range left {
		if info, e := os.Stat(path); e == nil && now.Sub(info.ModTime()) > 24*time.Hour {
			err = errors.Join(err, os.Remove(path))
		}
	}
	return err
}

// ErrTooLarge is returned for a file beyond the limit.
var ErrTooLarge = errors.New("the file is too large")

// Blob returns the bytes kept under a hash.
func (s *Store) Blob(sha string) ([]byte, error) {
	b, err := os.ReadFile(s.blobPath(sha))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &fs.PathError{Op: "reading the kept file", Path: s.blobPath(sha), Err: fs.ErrNotExist}
	}
	return b, err
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

// WriteFile writes a file so that after a crash either the old or the new one
// is there, whole. What a crash may leave beside it is written over when the
// file is written again. No two may write the same file at once.
func WriteFile(path string, data []byte) error {
	sum := sha256.Sum256([]byte(filepath.Base(path)))
	f, err := os.OpenFile(filepath.Join(filepath.Dir(path), ".new-"+hex.EncodeToString(sum[:8])), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
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
