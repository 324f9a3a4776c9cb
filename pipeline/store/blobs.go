package store

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

// Blobs are the bytes of files as they were handed in, content-addressed by SHA-256: in a folder, or in
// a bucket that several workers reach. They are outside of all transactions: bytes are on the disk
// before a record names them, and a record is removed before its bytes.
type Blobs struct{ files blobs }

// blobs are the files as they were handed in, each under its hash.
type blobs interface {
	put(ctx context.Context, r io.Reader, limit int64) (sha string, size int64, err error)
	open(ctx context.Context, sha string) (io.ReadCloser, int64, error) // fs.ErrNotExist where there is none
	each(ctx context.Context, f func(sha string) error) error
	sweep(now time.Time) error
	remove(ctx context.Context, sha string) error
	close() error
}

// openBlobs opens the files of a store: in a folder, or in a bucket where the name is an address.
func openBlobs(ctx context.Context, where string) (blobs, error) {
	if strings.Contains(where, "://") {
		return openBucket(ctx, where)
	}
	return folder(where), nil
}

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
	if err := os.MkdirAll(string(d), PrivateDir); err != nil {
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
	if err := os.MkdirAll(filepath.Dir(path), PrivateDir); err != nil {
		return "", 0, err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return "", 0, err
	}
	return sha, size, SyncDir(filepath.Dir(path))
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
	f, err := os.OpenFile(filepath.Join(filepath.Dir(path), ".new-"+hex.EncodeToString(sum[:8])), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
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

// Remove removes the bytes kept under a hash. The caller knows that nothing names them, and
// that nobody takes in.
func (s Blobs) Remove(ctx context.Context, sha string) error { return s.files.remove(ctx, sha) }
