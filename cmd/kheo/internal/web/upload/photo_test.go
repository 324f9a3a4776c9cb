package upload

import (
	"context"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"kheo/cmd/kheo/internal/web/page"
)

// fakePhotos accepts every file as an image, or none.
type fakePhotos bool

func (f fakePhotos) Shows(context.Context, []byte) bool { return bool(f) }

// fakeBlobs counts the files that are stored.
type fakeBlobs struct{ stored int }

func (f *fakeBlobs) Put(_ context.Context, r io.Reader, _ int64) (string, int64, error) {
	f.stored++
	n, err := io.Copy(io.Discard, r)
	return "hash", n, err
}

// A photo is stored if it is one file that can be shown; anything else is refused, and nothing is stored.
func TestOnlyPhotosAreStored(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.jpg"), []byte("an image"), 0o600); err != nil {
		t.Fatal(err)
	}
	q := &page.Request{R: httptest.NewRequest("POST", "/", nil)}
	for name, c := range map[string]struct {
		shows  bool
		files  []string
		stored int
	}{
		"a photo":      {true, []string{"a.jpg"}, 1},
		"not an image": {false, []string{"a.jpg"}, 0},
		"two files":    {true, []string{"a.jpg", "b.jpg"}, 0},
	} {
		var kept fakeBlobs
		s := &Inbox{photos: fakePhotos(c.shows), blobs: &kept}
		hash, err := s.KeepPhoto(q, &upload{dir: dir, Files: c.files})
		if kept.stored != c.stored || (err == nil) != (c.stored == 1) || (hash != "") != (c.stored == 1) {
			t.Errorf("%s: stored %d times, %q, %v", name, kept.stored, hash, err)
		}
	}
}
