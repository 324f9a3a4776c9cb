package store_test

import (
	"errors"
	"io"
	"io/fs"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"kheo/pipeline/store"
)

// The files of a store may lie in a bucket: what is put there is found there by every machine,
// once, and a file that is not what was taken in is an error and no evidence.
func TestFilesInABucket(t *testing.T) {
	kept := s3mem.New()
	server := httptest.NewServer(gofakes3.New(kept).Server())
	t.Cleanup(server.Close)
	if err := kept.CreateBucket("kheo"); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	address := "s3://kheo?region=us-east-1&use_path_style=true&endpoint=" + server.URL
	open := func() *store.Store {
		s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "kheo.db"), address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	one, other := open(), open()
	sha, size, err := one.Blobs.Put(t.Context(), strings.NewReader("Tiếng kẻng an ninh"), 1000)
	if err != nil || size != int64(len("Tiếng kẻng an ninh")) {
		t.Fatal(size, err)
	}
	if again, _, err := other.Blobs.Put(t.Context(), strings.NewReader("Tiếng kẻng an ninh"), 1000); again != sha || err != nil {
		t.Error(again, err)
	}
	if b, err := other.Blobs.Read(t.Context(), sha); err != nil || string(b) != "Tiếng kẻng an ninh" {
		t.Errorf("%q %v", b, err)
	}
	if _, _, err := one.Blobs.Put(t.Context(), strings.NewReader("12345"), 4); !errors.Is(err, store.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	if _, err := one.Blobs.Read(t.Context(), strings.Repeat("0", 64)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
	var all []string
	if err := other.Blobs.Each(t.Context(), func(sha string) error { all = append(all, sha); return nil }); err != nil || len(all) != 1 || all[0] != sha {
		t.Errorf("%v %v", all, err)
	}
	if _, err := kept.PutObject("kheo", sha[:2]+"/"+sha, map[string]string{}, strings.NewReader("Tiếng kẻng an nhin"), size, nil); err != nil {
		t.Fatal(err)
	}
	if b, err := one.Blobs.Read(t.Context(), sha); err == nil {
		t.Errorf("a changed file is taken for what was handed in: %q", b)
	}
	f, _, err := one.Blobs.Open(t.Context(), sha)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.Copy(io.Discard, f); err == nil {
		t.Error("a changed file is read to its end")
	}
}
