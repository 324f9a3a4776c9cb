// Package images shows pages of documents, and photos, as images that were rendered here: no byte of a file
// that was submitted reaches a browser.
package images

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/viewer"
)

// ViewTime is how long rendering a page may take.
const ViewTime = 45 * time.Second

// Image sends a page of a kept file as an image that was rendered here: no byte of the file itself reaches
// the browser.
func (s *Viewer) Image(q *page.Request, doc *dossier.Document, number int) error {
	v, err := s.ViewOf(q, doc, number)
	if err != nil {
		return err
	}
	if v == nil {
		return page.NotFound()
	}
	q.W.Header().Set("Content-Type", "image/jpeg")
	_, err = q.W.Write(v.JPEG)
	return err
}

// ViewOf returns a page as an image, or nil if it cannot be shown as one.
func (s *Viewer) ViewOf(q *page.Request, doc *dossier.Document, number int) (*extract.View, error) {
	ctx, cancel := context.WithTimeout(q.Ctx(), ViewTime)
	defer cancel()
	v, err := s.Pages.Page(ctx, doc, number)
	if errors.Is(err, viewer.ErrNoView) || errors.Is(err, fs.ErrNotExist) || errors.Is(err,
		context.DeadlineExceeded) {
		return nil, nil
	}
	return v, err
}
