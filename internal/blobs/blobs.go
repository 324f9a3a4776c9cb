// Package blobs keeps files as they were submitted, content-addressed by SHA-256, in a folder or in a
// bucket. A file is on the disk, or whole in the bucket, when Put returns.
package blobs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"kheo/internal/durable"
)

// Blobs are the bytes of files as they were handed in, content-addressed by SHA-256: in a folder, or in
// a bucket that several workers reach. They are outside of all transactions: bytes are on the disk
// before a record names them, and a record is removed before its bytes.
type Blobs struct{ files backend }

// backend keeps files by their hash.
type backend interface {
	put(ctx context.Context, r io.Reader, limit int64) (sha string, size int64, err error)
	open(ctx context.Context, sha string) (io.ReadCloser, int64, error) // fs.ErrNotExist where there is none
	each(ctx context.Context, f func(sha string) error) error
	sweep(now time.Time) error
	remove(ctx context.Context, sha string) error
	close() error
}

// Open opens the blobs in a folder, or in a bucket if where is an address (s3://…). A folder is
// created when the first file is kept.
func Open(ctx context.Context, where string) (Blobs, error) {
	if !strings.Contains(where, "://") {
		return Blobs{folder(where)}, nil
	}
	b, err := openBucket(ctx, where)
	return Blobs{b}, err
}

// Close closes the connection to a bucket.
func (s Blobs) Close() error { return s.files.close() }

// Put keeps the bytes of r, at most limit of them, and returns their
// SHA-256 and size. When it returns they are on the disk, whatever happens
// next. A file larger than limit is ErrTooLarge.
func (s Blobs) Put(ctx context.Context, r io.Reader, limit int64) (sha string, size int64, err error) {
	return s.files.put(ctx, r, limit)
}

// Open opens the bytes kept under a hash, and tells how many there are. The error is
// fs.ErrNotExist where there are none.
func (s Blobs) Open(ctx context.Context, sha string) (io.ReadCloser, int64, error) {
	return s.files.open(ctx, sha)
}

// Read returns the bytes kept under a hash.
func (s Blobs) Read(ctx context.Context, sha string) ([]byte, error) {
	f, size, err := s.files.open(ctx, sha)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead)) // to its end, where what is wrong with it is said
	if _, err := b.ReadFrom(f); err != nil {
		return nil, &fs.PathError{Op: "reading the kept file", Path: sha, Err: err}
	}
	return b.Bytes(), nil
}

// Each calls f with the hash of every file that is kept.
func (s Blobs) Each(ctx context.Context, f func(sha string) error) error {
	return s.files.each(ctx, f)
}

// Sweep removes what writers that were killed more than a day ago left half
// written.
func (s Blobs) Sweep(now time.Time) error { return s.files.sweep(now) }

// ErrTooLarge is returned for a file beyond the limit.
var ErrTooLarge = errors.New("the file is too large")

var shaRE = regexp.MustCompile(`^[0-9a-f]{64}$`)

// folder keeps files in a folder, of this machine or one that several share.
type folder string

func (d folder) path(sha string) string { return filepath.Join(string(d), sha[:2], sha) }

func (d folder) put(_ context.Context, r io.Reader, limit int64) (sha string, size int64, err error) {
	if err := os.MkdirAll(string(d), durable.PrivateDir); err != nil {
		return "", 0, err
	}
	f, sha, size, err := spool(string(d), r, limit)
	if err != nil {
		return "", 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	path := d.path(sha)
	if st, err := os.Stat(path); err == nil && st.Size() == size {
		return sha, size, nil
	}
	if err := f.Sync(); err != nil {
		return "", 0, err
	}
	if err := os.MkdirAll(filepath.Dir(path), durable.PrivateDir); err != nil {
		return "", 0, err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return "", 0, err
	}
	return sha, size, durable.SyncDir(filepath.Dir(path))
}

// spool writes what is handed in into a file under a name of its own, and hashes it.
func spool(dir string, r io.Reader, limit int64) (f *os.File, sha string, size int64, err error) {
	if f, err = os.CreateTemp(dir, ".new-*"); err != nil {
		return nil, "", 0, err
	}
	h := sha256.New()
	size, err = io.Copy(io.MultiWriter(f, h), io.LimitReader(r, limit+1))
	if err == nil && size > limit {
		err = ErrTooLarge
	}
	if err != nil {
		f.Close()
		os.Remove(f.Name())
		return nil, "", 0, err
	}
	return f, hex.EncodeToString(h.Sum(nil)), size, nil
}

func (d folder) open(_ context.Context, sha string) (io.ReadCloser, int64, error) {
	f, err := os.Open(d.path(sha))
	if errors.Is(err, fs.ErrNotExist) {
		err = &fs.PathError{Op: "reading the kept file", Path: d.path(sha), Err: fs.ErrNotExist}
	}
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

func (d folder) each(ctx context.Context, f func(string) error) error {
	return filepath.WalkDir(string(d), func(at string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && at == string(d) {
			return nil
		}
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if !e.Type().IsRegular() || !shaRE.MatchString(e.Name()) {
			return nil
		}
		return f(e.Name())
	})
}

func (d folder) sweep(now time.Time) error {
	left, err := filepath.Glob(filepath.Join(string(d), ".new-*"))
	for _, path := range left {
		if info, e := os.Stat(path); e == nil && now.Sub(info.ModTime()) > 24*time.Hour {
			err = errors.Join(err, os.Remove(path))
		}
	}
	return err
}

func (d folder) remove(_ context.Context, sha string) error {
	if err := os.Remove(d.path(sha)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (d folder) close() error { return nil }

// Remove removes the bytes kept under a hash. The caller knows that nothing names them, and
// that nobody takes in.
func (s Blobs) Remove(ctx context.Context, sha string) error { return s.files.remove(ctx, sha) }
