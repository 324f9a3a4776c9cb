package blobs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"kheo/internal/durable"
)

// Batch keeps files that become durable together, which on a disk is many times as fast as one after the other. It
// must not be used concurrently. The caller ends it by Drop.
type Batch struct {
	files  backend
	folder *folderBatch // nil for a bucket, which has no use for batches
}

// Batch begins a batch.
func (s Blobs) Batch() *Batch {
	b := &Batch{files: s.files}
	if d, is := s.files.(folder); is {
		b.folder = d.batch()
	}
	return b
}

// Put is Blobs.Put, except that the bytes may become durable only by Commit.
func (b *Batch) Put(ctx context.Context, r io.Reader, limit int64) (sha string, size int64, err error) {
	if b.folder == nil {
		return b.files.put(ctx, r, limit)
	}
	return b.folder.put(ctx, r, limit)
}

// Commit makes everything that was put durable. After an error some of it may not be kept.
func (b *Batch) Commit() error {
	if b.folder == nil {
		return nil
	}
	return b.folder.commit()
}

// Drop removes what was not committed.
func (b *Batch) Drop() {
	if b.folder != nil {
		b.folder.drop()
	}
}

// Bounds of what a batch holds open before it commits by itself.
const (
	maxOpen      = 256
	maxOpenBytes = 64 << 20
)

// inMemory is the size, in bytes, up to which a file is read and hashed before anything is written: of what is kept
// already nothing is.
const inMemory = 256 << 10

// buffers holds buffers of that size.
var buffers = sync.Pool{New: func() any { return new([inMemory]byte) }}

// folderBatch is a Batch of a folder. A hash names whole and durable files only: files are written to temporary names,
// synced, renamed, and their folders synced, which a crash could lose the names without.
type folderBatch struct {
	dir   folder
	disk  syncer // opened before the first file is written
	files map[string]*os.File
	names map[string]bool // folders that hold, or will hold, a name that a crash could lose
	bytes int64
}

// syncer is the disk of a folder, see durable.Disk.
type syncer interface {
	Sync(files []*os.File, dirs []string) error
	Close() error
}

// batch begins a batch in the folder.
func (d folder) batch() *folderBatch {
	return &folderBatch{dir: d, files: map[string]*os.File{}, names: map[string]bool{}}
}

// put writes a file to a temporary name, unless its bytes are there already.
func (b *folderBatch) put(_ context.Context, r io.Reader, limit int64) (sha string, size int64, err error) {
	buf := buffers.Get().(*[inMemory]byte)
	defer buffers.Put(buf)
	n, err := io.ReadFull(r, buf[:min(inMemory, limit+1)])
	if int64(n) > limit {
		return "", 0, ErrTooLarge
	}
	switch err {
	case io.EOF, io.ErrUnexpectedEOF: // it fits
		sum := sha256.Sum256(buf[:n])
		sha, size = hex.EncodeToString(sum[:]), int64(n)
		if b.has(sha, size) {
			return sha, size, nil
		}
		r = bytes.NewReader(buf[:n])
	case nil:
		r = io.MultiReader(bytes.NewReader(buf[:n]), r)
	default:
		return "", 0, err
	}
	if err := b.open(); err != nil {
		return "", 0, err
	}
	f, sha, size, err := spool(string(b.dir), r, limit)
	if err != nil {
		return "", 0, err
	}
	if b.has(sha, size) {
		f.Close()
		return sha, size, os.Remove(f.Name())
	}
	b.files[sha] = f
	b.names[filepath.Dir(b.dir.path(sha))] = true
	if b.bytes += size; len(b.files) >= maxOpen || b.bytes >= maxOpenBytes {
		return sha, size, b.commit()
	}
	return sha, size, nil
}

// has reports whether the batch or the folder holds a file. Another process may have named it a moment ago, so that its
// folder is synced with the batch.
func (b *folderBatch) has(sha string, size int64) bool {
	if b.files[sha] != nil {
		return true
	}
	path := b.dir.path(sha)
	st, err := os.Stat(path)
	if err != nil || st.Size() != size {
		return false
	}
	b.names[filepath.Dir(path)] = true
	return true
}

// open makes the folder, if it is missing, and opens its disk.
func (b *folderBatch) open() error {
	if b.disk != nil {
		return nil
	}
	if err := os.MkdirAll(string(b.dir), durable.PrivateDir); err != nil {
		return err
	}
	disk, err := durable.OpenDisk(string(b.dir))
	if err == nil {
		b.disk = disk
	}
	return err
}

// commit syncs the files, renames them to their hashes, and syncs the folders.
func (b *folderBatch) commit() error {
	if len(b.names) == 0 {
		return nil
	}
	if err := b.open(); err != nil {
		return err
	}
	if len(b.files) > 0 {
		if err := b.disk.Sync(slices.Collect(maps.Values(b.files)), nil); err != nil {
			return err
		}
	}
	for sha, f := range b.files {
		path := b.dir.path(sha)
		err := os.Mkdir(filepath.Dir(path), durable.PrivateDir)
		if err == nil {
			b.names[string(b.dir)] = true
		} else if !os.IsExist(err) {
			return err
		}
		if err := os.Rename(f.Name(), path); err != nil {
			return err
		}
		f.Close()
		delete(b.files, sha)
	}
	if err := b.disk.Sync(nil, slices.Sorted(maps.Keys(b.names))); err != nil {
		return err
	}
	clear(b.names)
	b.bytes = 0
	return nil
}

// drop removes files that were not committed.
func (b *folderBatch) drop() {
	for sha, f := range b.files {
		f.Close()
		os.Remove(f.Name())
		delete(b.files, sha)
	}
	if b.disk != nil {
		b.disk.Close()
		b.disk = nil
	}
}
