package blobs

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"kheo/internal/explain"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/encrypt"
)

// bucket is a backend in an object store such as S3, which several nodes share.
type bucket struct {
	client  minio.Core
	name    string
	prefix  string             // of the keys of its objects
	sealed  encrypt.ServerSide // how the store encrypts objects; nil as the bucket says
	address string
}

// bucketTime is the maximum time to store or fetch one file.
const bucketTime = 5 * time.Minute

// openBucket prepares the connection to a bucket by its URL, such as s3://name?region=eu-north-1. For other providers
// than Amazon it has endpoint=https://…, and use_path_style=true where the bucket is not part of the host's name.
func openBucket(_ context.Context, address string) (backend, error) {
	b, err := bucketOf(address)
	if err != nil {
		return nil, fmt.Errorf("the bucket of the files: %w", err)
	}
	return b, nil
}

// bucketOf returns the bucket of an address.
func bucketOf(address string) (*bucket, error) {
	u, err := url.Parse(address)
	var q url.Values
	if err == nil {
		q, err = url.ParseQuery(u.RawQuery)
	}
	if err != nil { // which may quote a secret
		return nil, errors.New("its address is no URL; write it as s3://bucket?region=eu-north-1")
	}
	if u.Scheme != "s3" || u.Host == "" {
		return nil, errors.New("its address does not name a bucket; write it as s3://bucket?region=eu-north-1")
	}
	given := func(name string, other ...string) string {
		for _, n := range append([]string{name}, other...) {
			if v := q.Get(n); v != "" {
				return v
			}
		}
		return ""
	}
	known := []string{"region", "endpoint", "use_path_style", "s3ForcePathStyle", "disable_https", "profile",
		"anonymous", "prefix", "ssetype", "kmskeyid"}
	// older addresses have them; nothing is wrong without
	for _, name := range []string{"awssdk", "accelerate", "dualstack"} {
		q.Del(name)
	}
	for name := range q {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("its address has %q, which is not known; there are %s", name,
				strings.Join(known, ", "))
		}
	}
	yes := func(s string) bool { b, _ := strconv.ParseBool(s); return b }
	o := &minio.Options{Region: cmp.Or(given("region"), os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION")),
		Secure: !yes(given("disable_https")), MaxRetries: attempts()}
	host := cmp.Or(given("endpoint"), os.Getenv("AWS_ENDPOINT_URL_S3"), os.Getenv("AWS_ENDPOINT_URL"))
	if e, err := url.Parse(host); err == nil && e.Host != "" {
		host, o.Secure = e.Host, e.Scheme != "http"
	}
	if host == "" {
		host = "s3.amazonaws.com"
		if o.Region != "" {
			host = "s3." + o.Region + ".amazonaws.com"
		}
	}
	if yes(given("use_path_style", "s3ForcePathStyle")) {
		o.BucketLookup = minio.BucketLookupPath
	}
	if !yes(given("anonymous")) {
		o.Creds = credentials.New(newKeys(given("profile")))
	}
	c, err := minio.New(host, o)
	if err != nil {
		return nil, fmt.Errorf("its endpoint is not one: %w; write it as endpoint=https://host", err)
	}
	b := &bucket{client: minio.Core{Client: c}, name: u.Host, prefix: given("prefix"), address: address}
	switch kind := given("ssetype"); kind {
	case "":
	case "AES256":
		b.sealed = encrypt.NewSSE()
	case "aws:kms":
		b.sealed, err = encrypt.NewSSEKMS(given("kmskeyid"), nil)
	default:
		err = fmt.Errorf("its address has ssetype=%s; it is AES256 or aws:kms", kind)
	}
	return b, err
}

// attempts returns how often a request is tried: three times, or as often as AWS_MAX_ATTEMPTS says.
func attempts() int {
	if n, err := strconv.Atoi(os.Getenv("AWS_MAX_ATTEMPTS")); err == nil && n > 0 {
		return n
	}
	return 3
}

// metadataTime is how long the service that gives keys to machines and containers may take to answer.
const metadataTime = 5 * time.Second

// keys finds the key where programs of Amazon look for it: in the environment, in ~/.aws, with the service of the
// machine or container. It is an error if there is none.
type keys struct{ credentials.Chain }

// newKeys returns the keys of a profile in ~/.aws; "" is that of AWS_PROFILE, or the default.
func newKeys(profile string) *keys {
	return &keys{credentials.Chain{Providers: []credentials.Provider{&credentials.EnvAWS{},
		&credentials.FileAWSCredentials{Profile: profile},
		&credentials.IAM{Client: &http.Client{Timeout: metadataTime}}}}}
}

// RetrieveWithCredContext is part of credentials.Provider.
func (k *keys) RetrieveWithCredContext(c *credentials.CredContext) (credentials.Value, error) {
	v, err := k.Chain.RetrieveWithCredContext(c)
	if err == nil && v.AccessKeyID == "" {
		err = errors.New("no credentials were found")
	}
	return v, err
}

// Retrieve is part of credentials.Provider.
func (k *keys) Retrieve() (credentials.Value, error) { return k.RetrieveWithCredContext(nil) }

// coded is an error of the object store with its code, which package explain knows.
type coded struct {
	error
	code string
}

// ErrorCode returns the code.
func (c coded) ErrorCode() string { return c.code }

// Unwrap returns the error.
func (c coded) Unwrap() error { return c.error }

// explain says what is wrong with the bucket.
func (b *bucket) explain(err error) error {
	if err == nil {
		return nil
	}
	if code := minio.ToErrorResponse(err).Code; code != "" {
		err = coded{err, code}
	}
	return explain.Bucket(b.address, err)
}

// missing reports whether an error says that an object does not exist.
func missing(err error) bool { return minio.ToErrorResponse(err).Code == "NoSuchKey" }

// key returns the name of a blob in the bucket.
func (b *bucket) key(sha string) string { return b.prefix + sha[:2] + "/" + sha }

// put copies to a local temporary file first, since the key of the object is the hash of all its bytes.
func (b *bucket) put(ctx context.Context, r io.Reader, limit int64) (sha string, size int64, err error) {
	f, sha, size, err := spool("", r, limit)
	if err != nil {
		return "", 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	ctx, cancel := context.WithTimeout(ctx, bucketTime)
	defer cancel()
	at, err := b.client.StatObject(ctx, b.name, b.key(sha), minio.StatObjectOptions{})
	if err == nil && at.Size == size {
		return sha, size, nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", 0, err
	}
	// An upload that is interrupted creates no object.
	_, err = b.client.Client.PutObject(ctx, b.name, b.key(sha), f, size,
		minio.PutObjectOptions{ContentType: "application/octet-stream", DisableMultipart: true,
			ServerSideEncryption: b.sealed})
	return sha, size, b.explain(err)
}

// open fetches an object. Its bytes are verified when they have been read to the end; the time to do so is
// bucketTime.
func (b *bucket) open(ctx context.Context, sha string) (io.ReadCloser, int64, error) {
	ctx, cancel := context.WithTimeout(ctx, bucketTime)
	r, info, _, err := b.client.GetObject(ctx, b.name, b.key(sha), minio.GetObjectOptions{})
	if err != nil {
		cancel()
		if missing(err) {
			err = &fs.PathError{Op: "reading the kept file", Path: b.key(sha), Err: fs.ErrNotExist}
		}
		return nil, 0, b.explain(err)
	}
	return &checked{r, sha256.New(), sha, cancel}, info.Size, nil
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
func (b *bucket) each(ctx context.Context, f func(string) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the listing, should f fail
	for o := range b.client.Client.ListObjects(ctx, b.name, minio.ListObjectsOptions{Recursive: true,
		Prefix: b.prefix}) {
		if o.Err != nil {
			return b.explain(o.Err)
		}
		if sha := path.Base(o.Key); shaRE.MatchString(sha) && o.Key == b.key(sha) {
			if err := f(sha); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// sweep does nothing: an upload that is interrupted leaves no object.
func (b *bucket) sweep(time.Time) error { return nil }

// remove removes an object, if it is there.
func (b *bucket) remove(ctx context.Context, sha string) error {
	err := b.client.RemoveObject(ctx, b.name, b.key(sha), minio.RemoveObjectOptions{})
	if err != nil && !missing(err) {
		return b.explain(err)
	}
	return nil
}

// close does nothing: connections end by themselves.
func (b *bucket) close() error { return nil }
