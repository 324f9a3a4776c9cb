package blobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"time"

	"kheo/internal/explain"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/s3blob" // addresses that begin with s3://
	"gocloud.dev/gcerrors"
)

// bucket is a backend in an object store such as S3, which several nodes share.
type bucket struct {
	*blob.Bucket
	address string
}

// bucketTime is the maximum time to store or fetch one file.
const bucketTime = 5 * time.Minute

// openBucket connects to a bucket by its URL, such as s3://name?region=eu-north-1.
func openBucket(ctx context.Context, address string) (backend, error) {
	b, err := blob.OpenBucket(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("the bucket of the files: %w", explain.Bucket(address, err))
	}
	return bucket{b, address}, nil
}

// bucketKey returns the name of a blob in the bucket.
func bucketKey(sha string) string { return sha[:2] + "/" + sha }

// put copies to a local temporary file first, since the key of the object is the hash of all its bytes.
func (b bucket) put(ctx context.Context, r io.Reader, limit int64) (sha string, size int64, err error) {
	f, sha, size, err := spool("", r, limit)
	if err != nil {
		return "", 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	ctx, cancel := context.WithTimeout(ctx, bucketTime)
	defer cancel()
	if at, err := b.Attributes(ctx, bucketKey(sha)); err == nil && at.Size == size {
		return sha, size, nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", 0, err
	}
	// An upload that is interrupted creates no object.
	err = b.Upload(ctx, bucketKey(sha), f, &blob.WriterOptions{ContentType: "application/octet-stream"})
	return sha, size, explain.Bucket(b.address, err)
}

// open fetches an object. Its bytes are verified when they have been read to the end; the time to do so is
// bucketTime.
func (b bucket) open(ctx context.Context, sha string) (io.ReadCloser, int64, error) {
	ctx, cancel := context.WithTimeout(ctx, bucketTime)
	r, err := b.NewReader(ctx, bucketKey(sha), nil)
	if err != nil {
		cancel()
		if gcerrors.Code(err) == gcerrors.NotFound {
			err = &fs.PathError{Op: "reading the kept file", Path: bucketKey(sha), Err: fs.ErrNotExist}
		}
		return nil, 0, explain.Bucket(b.address, err)
	}
	return &checked{r, sha256.New(), sha, cancel}, r.Size(), nil
}

// checked reads a file from a bucket and verifies its hash at the end, since bytes cross a network.
type checked struct {
	io.ReadCloser
	h      hash.Hash
	sha    string
	cancel func()
}

// Read is part of io.Reader.
func (c *checked) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.h.Write(p[:n])
	if errors.Is(err, io.EOF) && hex.EncodeToString(c.h.Sum(nil)) != c.sha {
		err = errors.New("its bytes are not those that were ingested")
	}
	return n, err
}

// Close is part of io.Closer.
func (c *checked) Close() error {
	defer c.cancel()
	return c.ReadCloser.Close()
}

// each lists the objects whose keys are those of blobs; others in the bucket are not kheo's.
func (b bucket) each(ctx context.Context, f func(string) error) error {
	for it := b.List(nil); ; {
		o, err := it.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return explain.Bucket(b.address, err)
		}
		if sha := path.Base(o.Key); shaRE.MatchString(sha) && o.Key == bucketKey(sha) {
			if err := f(sha); err != nil {
				return err
			}
		}
	}
}

// sweep does nothing: an upload that is interrupted leaves no object.
func (b bucket) sweep(time.Time) error { return nil }

// remove removes an object, if it is there.
func (b bucket) remove(ctx context.Context, sha string) error {
	if err := b.Delete(ctx, bucketKey(sha)); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return explain.Bucket(b.address, err)
	}
	return nil
}

// close closes the connection.
func (b bucket) close() error { return b.Bucket.Close() }
