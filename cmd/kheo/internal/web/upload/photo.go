package upload

import (
	"context"
	"net/http"
	"os"
	"path/filepath"

	"kheo/cmd/kheo/internal/web/images"
	"kheo/cmd/kheo/internal/web/page"
)

// maxPhoto is the largest photo of an inspection that is kept, in bytes.
const maxPhoto = 16 << 20

// Remove removes the received files.
func (u *upload) Remove() { os.RemoveAll(u.dir) }

// KeepPhoto keeps the received photo as a blob and returns its hash, if it can be rendered as an image.
// Rendering it, in a confined process, is the proof that it is an image; what it claims to be does not count.
func (s *Inbox) KeepPhoto(q *page.Request, u *upload) (string, error) {
	path := filepath.Join(u.dir, u.Files[0])
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(q.Ctx(), images.ViewTime)
	defer cancel()
	if len(u.Files) > 1 || len(b) > maxPhoto || !s.photos.Shows(ctx, b) {
		return "", page.Refuse(http.StatusBadRequest, "error.photo")
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sha, _, err := s.blobs.Put(q.Ctx(), f, maxPhoto)
	return sha, err
}
