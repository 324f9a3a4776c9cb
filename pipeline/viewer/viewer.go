// Package viewer shows the documents of dossiers as images of their pages.
package viewer

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"kheo/internal/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// Viewer shows documents as page images. Readers of its own render them, so that nobody who
// looks at a page waits for a nightly run.
type Viewer struct {
	w      *workspace.Workspace
	pool   *extract.Pool
	office *extract.Office

	mu      sync.Mutex
	kept    map[viewed]*extract.View
	order   []viewed
	printer sync.Mutex // LibreOffice prints one document at a time
}

type viewed struct {
	sha  string
	page int
}

// mostKept is how many page images are kept for whoever looks next.
const mostKept = 64

// viewers is how many page images are rendered at once.
const viewers = 2

// New opens a viewer; the caller closes it.
func New(ctx context.Context, w *workspace.Workspace) *Viewer {
	v := &Viewer{w: w, pool: extract.NewPool(viewers, workspace.ReadTimeout, workspace.ReaderOptions(w.Campaign())), kept: map[viewed]*extract.View{}}
	v.office, _ = extract.FindOffice(ctx, workspace.ReaderOptions(w.Campaign())) // without it Word documents are shown as text alone
	return v
}

// Close ends its readers.
func (v *Viewer) Close() { v.pool.Close() }

// ErrNoView is returned for a document that cannot be shown as images.
var ErrNoView = errors.New("this document cannot be shown as an image")

// Page renders a page of a kept file. The pages of a Word document or a workbook are those on
// which LibreOffice prints it.
func (v *Viewer) Page(ctx context.Context, doc *dossier.Document, page int) (*extract.View, error) {
	key := viewed{doc.SHA256, page}
	v.mu.Lock()
	got := v.kept[key]
	v.mu.Unlock()
	if got != nil {
		return got, nil
	}
	data, err := v.w.Store.Blob(ctx, doc.SHA256)
	if err != nil {
		return nil, err
	}
	var scanned *extract.OCRPage
	switch {
	case extract.Viewable(doc.Type):
		scans, err := v.w.Store.Scans(ctx, doc.SHA256)
		if err != nil {
			return nil, err
		}
		for _, p := range doc.Pages {
			if s, ok := scans[page]; ok && p.Number == page && p.Reader == dossier.OCRReader {
				scanned = &s
			}
		}
	case v.office != nil && extract.Printable(doc.Type):
		if data, err = v.printed(ctx, doc, data); err != nil {
			return nil, err
		}
	default:
		return nil, ErrNoView
	}
	view, err := v.pool.View(ctx, data, page, scanned)
	if err != nil {
		return nil, err
	}
	if view.Error != "" {
		return nil, ErrNoView
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.kept[key] == nil {
		v.kept[key] = &view
		if v.order = append(v.order, key); len(v.order) > mostKept {
			delete(v.kept, v.order[0])
			v.order = v.order[1:]
		}
	}
	return &view, nil
}

// mostPrinted is how many printed documents are kept on disk.
const mostPrinted = 500

// printed is a document as LibreOffice prints it: kept, since that takes seconds.
func (v *Viewer) printed(ctx context.Context, doc *dossier.Document, data []byte) ([]byte, error) {
	v.printer.Lock()
	defer v.printer.Unlock()
	dir := filepath.Join(v.w.Dir, "var", "printed")
	path := filepath.Join(dir, doc.SHA256+".pdf")
	if b, err := os.ReadFile(path); err == nil {
		if len(b) == 0 {
			return nil, ErrNoView // it was tried
		}
		return b, nil
	}
	b, err := v.office.Print(ctx, data)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, store.PrivateDir); err != nil {
		return nil, err
	}
	if old, err := os.ReadDir(dir); err == nil && len(old) >= mostPrinted {
		for _, e := range old[:len(old)/2] {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
	if err := store.WritePrivate(path, b); err != nil {
		return nil, err
	}
	if len(b) == 0 {
		return nil, ErrNoView
	}
	return b, nil
}

// Shows reports whether a file is an image that can be shown.
func (v *Viewer) Shows(ctx context.Context, data []byte) bool {
	if !strings.HasPrefix(extract.Sniff(data), "image/") {
		return false
	}
	view, err := v.pool.View(ctx, data, 1, nil)
	return err == nil && view.Error == ""
}
