package blobs

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// fakeBucket serves a bucket named kheo, and calls seen with each request.
func fakeBucket(t *testing.T, seen func(*http.Request)) (endpoint string) {
	t.Helper()
	kept := s3mem.New()
	if err := kept.CreateBucket("kheo"); err != nil {
		t.Fatal(err)
	}
	store := gofakes3.New(kept).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen(r)
		store.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// The key of a bucket may be in the file of keys that programs of Amazon have, under the name of a profile, and a large
// file is kept as a whole.
func TestTheKeyOfABucketIsInAFile(t *testing.T) {
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_PROFILE"} {
		t.Setenv(name, "")
	}
	keys := filepath.Join(t.TempDir(), "credentials")
	text := "[default]\naws_access_key_id = other\naws_secret_access_key = x\n\n[papers]\naws_access_key_id = of-papers\naws_secret_access_key = y\n"
	if err := os.WriteFile(keys, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", keys)
	signed := 0
	endpoint := fakeBucket(t, func(r *http.Request) {
		if !strings.Contains(r.Header.Get("Authorization"), "Credential=of-papers/") || !strings.HasPrefix(r.URL.Path, "/kheo/") {
			t.Errorf("%s %s: %s", r.Method, r.URL, r.Header.Get("Authorization"))
		}
		signed++
	})
	b, err := Open(t.Context(), "s3://kheo?region=eu-north-1&profile=papers&use_path_style=true&endpoint="+endpoint)
	if err != nil {
		t.Fatal(err)
	}
	large := bytes.Repeat([]byte("0123456789abcdef"), 20<<16)
	sha, _, err := b.Put(t.Context(), bytes.NewReader(large), 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := b.Read(t.Context(), sha); err != nil || !bytes.Equal(got, large) || signed == 0 {
		t.Errorf("%d bytes of %d, %d requests: %v", len(got), len(large), signed, err)
	}
	if err := b.Remove(t.Context(), sha); err != nil {
		t.Error(err)
	}
	if err := b.Remove(t.Context(), sha); err != nil {
		t.Errorf("removing what is not there: %v", err)
	}
	n := 0
	if err := b.Each(t.Context(), func(string) error { n++; return nil }); err != nil || n != 0 {
		t.Errorf("%d files are left: %v", n, err)
	}
}

// An address may name the folder of the bucket that is kheo's, and how the store is to encrypt: those of older workspaces
// do. What else is in the bucket is left alone.
func TestABucketIsSharedWithOthers(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "k")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
	encrypted := 0
	endpoint := fakeBucket(t, func(r *http.Request) {
		if r.Header.Get("X-Amz-Server-Side-Encryption") == "AES256" {
			encrypted++
		}
		if r.Method == http.MethodPut && !strings.HasPrefix(r.URL.Path, "/kheo/papers/") && !strings.Contains(r.URL.Path, "/kheo/other") {
			t.Errorf("%s %s", r.Method, r.URL)
		}
	})
	open := func(prefix string) Blobs {
		b, err := Open(t.Context(), "s3://kheo?region=eu-north-1&awssdk=v2&ssetype=AES256&use_path_style=true&prefix="+prefix+"&endpoint="+endpoint)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	ours, others := open("papers/"), open("other/")
	sha, _, err := ours.Put(t.Context(), strings.NewReader("ours"), 100)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := others.Put(t.Context(), strings.NewReader("theirs"), 100); err != nil {
		t.Fatal(err)
	}
	var all []string
	if err := ours.Each(t.Context(), func(s string) error { all = append(all, s); return nil }); err != nil ||
		len(all) != 1 || all[0] != sha || encrypted != 2 {
		t.Errorf("%q, %d encrypted: %v", all, encrypted, err)
	}
	if got, err := ours.Read(t.Context(), sha); err != nil || string(got) != "ours" {
		t.Errorf("%q %v", got, err)
	}
	if _, err := others.Read(t.Context(), sha); err == nil {
		t.Error("a file of another folder is read")
	}
}

// An address with a mistake says what is wrong, and never more of it than that.
func TestAddressesOfBuckets(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"s3://kheo?regoin=eu-north-1":  `"regoin"`,
		"s3://kheo?ssetype=none":       "AES256 or aws:kms",
		"s3://?region=eu-north-1":      "does not name a bucket",
		"gs://kheo?region=eu-north-1":  "does not name a bucket",
		"s3://kheo?secret-of-x=%zz":    "no URL",
		"s3://kheo:secret-of-x@[::1?x": "no URL",
	} {
		_, err := Open(t.Context(), address)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, without %s", address, err, want)
		}
		if err != nil && want == "no URL" && strings.Contains(err.Error(), "secret-of") {
			t.Errorf("%v tells a secret", err)
		}
	}
}
