// Package images shows pages of documents, and photos, as images that were rendered here: no byte of a file that was
// submitted reaches a browser.
//
// [Viewer] asks the confined readers of package viewer for the pixels of a page and the places of its words. A
// [Sheet] is such an image with the places of quotes on it, which are drawn here; [Sheet.Clip] cuts out what
// surrounds them. Pages of Office documents are those that LibreOffice prints, so a passage is searched for on the
// first few of them. The caller has asked whether the person may see the dossier; this package asks only whether
// names are hidden from the person, because a name in an image cannot be masked.
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

// Shows reports whether pages of a document can be shown as images, so far as its media type says.
func (s *Viewer) Shows(doc *dossier.Document) bool {
	return extract.Viewable(doc.Type) || extract.Printable(doc.Type) && s.Pages.Printer() != ""
}

// Image sends a page of a kept file as an image, without marks.
func (s *Viewer) Image(q *page.Request, doc *dossier.Document, number int) error {
	v, err := s.ViewOf(q, doc, number)
	if err != nil || v == nil {
		return errors.Join(err, page.NotFoundWhere(v == nil))
	}
	return Send(q, v.JPEG, nil)
}

// Send sends an image that was rendered here: no byte of the file itself reaches the browser.
func Send(q *page.Request, image []byte, err error) error {
	if err != nil {
		return err
	}
	q.W.Header().Set("Content-Type", "image/jpeg")
	_, err = q.W.Write(image)
	return err
}

// ViewOf returns a page as an image, or nil if it cannot be shown as one.
func (s *Viewer) ViewOf(q *page.Request, doc *dossier.Document, number int) (*extract.View, error) {
	if q.HidesNames { // they cannot be masked in images
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(q.Ctx(), ViewTime)
	defer cancel()
	v, err := s.Pages.Page(ctx, doc, number)
	if errors.Is(err, viewer.ErrNoView) || errors.Is(err, fs.ErrNotExist) || errors.Is(err,
		context.DeadlineExceeded) {
		return nil, nil
	}
	return v, err
}
