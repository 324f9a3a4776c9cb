// Package blobs keeps files as they were submitted, content-addressed by SHA-256, in a folder or in a
// bucket. When Put returns, the file is synced to disk, or complete in the bucket.
//
// Blobs are outside of all transactions. The order of writes keeps them consistent with the records: bytes
// are stored before a record names them, and a record is removed before its bytes. A crash can therefore
// leave a blob that no record names, but no record without its blob.
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
)

// Blobs is a collection of files by the SHA-256 of their bytes, in lower case hexadecimal. It may be used
// concurrently, also by several processes and, if it is a bucket or a shared folder, by several nodes.
type Blobs struct{ files backend }

// backend is the place of the files: a folder or a bucket. Its methods are those of Blobs.
type backend interface {
	put(ctx context.Context, r io.Reader, limit int64) (sha string, size int64, err error)
	open(ctx context.Context, sha string) (io.ReadCloser, int64, error) // fs.ErrNotExist if there is none
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

// Put keeps the bytes of r and returns their SHA-256 and size. When it returns they are durable. If r has
// more than limit bytes, nothing is kept and the error is ErrTooLarge. Bytes that are there already are not
// written again.
func (s Blobs) Put(ctx context.Context, r io.Reader, limit int64) (sha string, size int64, err error) {
	return s.files.put(ctx, r, limit)
}

// Open opens the bytes of a hash and returns their number. The error is fs.ErrNotExist if there are none.
// The bytes of a bucket are verified while they are read, those of a folder are not: a caller that must be
// sure hashes them.
func (s Blobs) Open(ctx context.Context, sha string) (io.ReadCloser, int64, error) {
	return s.files.open(ctx, sha)
}

// Read returns all bytes of a hash. The caller knows that they fit into memory.
func (s Blobs) Read(ctx context.Context, sha string) ([]byte, error) {
	f, size, err := s.files.open(ctx, sha)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// With room to read to the end, at which a wrong hash is reported.
	b := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	if _, err := b.ReadFrom(f); err != nil {
		return nil, &fs.PathError{Op: "reading the kept file", Path: sha, Err: err}
	}
	return b.Bytes(), nil
}

// Each calls f with the hash of every file, in no particular order, and ends with the first error.
func (s Blobs) Each(ctx context.Context, f func(sha string) error) error {
	return s.files.each(ctx, f)
}

// Sweep removes half-written files that killed processes left more than a day ago.
func (s Blobs) Sweep(now time.Time) error { return s.files.sweep(now) }

// ErrTooLarge is returned for a file beyond the limit.
var ErrTooLarge = errors.New("the file is too large")

var shaRE = regexp.MustCompile(`^[0-9a-f]{64}$`)

// folder is a backend in a folder, local or on a network file system. A file is in a subfolder named by the
// first two digits of its hash, so that no folder becomes too large.
type folder string

// path returns the file of a hash, whether it exists or not.
func (d folder) path(sha string) string { return filepath.Join(string(d), sha[:2], sha) }

// put is a batch of one file.
func (d folder) put(ctx context.Context, r io.Reader, limit int64) (sha string, size int64, err error) {
	b := d.batch()
	defer b.drop()
	if sha, size, err = b.put(ctx, r, limit); err != nil {
		return "", 0, err
	}
	return sha, size, b.commit()
}

// spool copies r into a temporary file in dir and hashes it. The caller closes and removes the file.
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

// open opens the file of a hash and returns its size.
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

// each walks over all files whose names are hashes; a folder that does not exist yet is empty.
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

// sweep removes temporary files that are older than a day. One that is younger may be that of an intake
// under way.
func (d folder) sweep(now time.Time) error {
	left, err := filepath.Glob(filepath.Join(string(d), ".new-*"))
	for _, path := range left {
		if info, e := os.Stat(path); e == nil && now.Sub(info.ModTime()) > 24*time.Hour {
			err = errors.Join(err, os.Remove(path))
		}
	}
	return err
}

// remove removes the file of a hash, if it is there.
func (d folder) remove(_ context.Context, sha string) error {
	if err := os.Remove(d.path(sha)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// close does nothing: a folder has no connection.
func (d folder) close() error { return nil }

// Remove removes the bytes of a hash; it is not an error if there are none. The caller holds the locks
// under which no record names them and no intake is running.
func (s Blobs) Remove(ctx context.Context, sha string) error { return s.files.remove(ctx, sha) }
