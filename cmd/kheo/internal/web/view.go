package web

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/viewer"
)

// viewTime is how long a page image may take.
const viewTime = 45 * time.Second

// Photos that may be kept with a visit.
const mostPhoto = 16 << 20

// image sends a page of a kept file as an image that was rendered here: of the file itself not
// a byte reaches the browser.
func (s *Server) image(q *request, doc *dossier.Document, page int) error {
	v, err := s.viewOf(q, doc, page)
	if err != nil {
		return err
	}
	if v == nil {
		return notFound()
	}
	q.w.Header().Set("Content-Type", "image/jpeg")
	_, err = q.w.Write(v.JPEG)
	return err
}

// viewOf is a page as an image; nil where it cannot be shown as one.
func (s *Server) viewOf(q *request, doc *dossier.Document, page int) (*extract.View, error) {
	ctx, cancel := context.WithTimeout(q.ctx(), viewTime)
	defer cancel()
	v, err := s.viewer.Page(ctx, doc, page)
	if errors.Is(err, viewer.ErrNoView) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, context.DeadlineExceeded) {
		return nil, nil
	}
	return v, err
}

// picture is the image of a page of a dossier's document.
func (s *Server) picture(q *request) error {
	_, doc, err := s.documentOf(q)
	if err != nil {
		return err
	}
	page, _ := strconv.Atoi(q.r.URL.Query().Get("image"))
	return s.image(q, doc, page)
}

// documentOf is the document that the query names, of the dossier that the path names.
func (s *Server) documentOf(q *request) (*seen, *dossier.Document, error) {
	d, err := s.see(q, q.r.PathValue("dossier"))
	if err != nil {
		return nil, nil, err
	}
	if d.Tie != nil {
		return nil, nil, notFound()
	}
	_, doc, err := s.w.Load(q.ctx(), d.ID)
	if err != nil || doc == nil {
		return nil, nil, errors.Join(err, notFoundWhere(doc == nil))
	}
	for i := range doc.Documents {
		if doc.Documents[i].Name == q.r.URL.Query().Get("doc") {
			return d, &doc.Documents[i], nil
		}
	}
	return nil, nil, notFound()
}

// remove removes what was received.
func (u *upload) remove() { os.RemoveAll(u.dir) }

// keepPhoto keeps the photo that was sent, where it is one.
func (s *Server) keepPhoto(q *request, u *upload) (string, error) {
	path := filepath.Join(u.dir, u.files[0])
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(q.ctx(), viewTime)
	defer cancel()
	if len(u.files) > 1 || len(b) > mostPhoto || !s.viewer.Shows(ctx, b) {
		return "", &problem{http.StatusBadRequest, "error.photo", nil}
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sha, _, err := s.w.Store.PutBlob(q.ctx(), f, mostPhoto)
	return sha, err
}
