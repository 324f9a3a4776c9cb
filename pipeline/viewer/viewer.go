// Package viewer shows the documents of dossiers as images of their pages.
//
// [Viewer.Page] renders a page in a confined reader process, so that no byte of a submitted file reaches a browser.
// PDF files and images have pages of their own; Office documents are printed by LibreOffice first, once, and the
// printed form is kept in the workspace. The pages and package look use it, which looks on the images for what a list
// quotes. It has readers of its own, so that people do not wait for a run. Everything it keeps can be deleted at any
// time.
package viewer

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"kheo/internal/dossier"
	"kheo/internal/durable"
	"kheo/pipeline/extract"
	"kheo/pipeline/workspace"
)

// Viewer shows documents as images of their pages. It has readers of its own, so that a person who looks at
// a page does not wait for a run. It is safe for concurrent use.
type Viewer struct {
	w      *workspace.Workspace
	pool   *extract.Pool
	office *extract.Office

	mu      sync.Mutex
	kept    map[pageKey]*extract.View
	order   []pageKey  // of kept, the oldest first
	printer sync.Mutex // LibreOffice prints one document at a time
}

// pageKey names a page of a file.
type pageKey struct {
	sha  string
	page int
}

// maxKeptPages is how many page images are kept in memory.
const maxKeptPages = 64

// renderers is how many page images are rendered at once.
const renderers = 2

// New returns a viewer; the caller must close it. Without LibreOffice, Word documents are shown as text only.
func New(ctx context.Context, w *workspace.Workspace) *Viewer {
	options := workspace.ReaderOptions(w.Campaign())
	v := &Viewer{w: w, kept: map[pageKey]*extract.View{},
		pool: extract.NewPool(renderers, workspace.ReadTimeout, options)}
	v.office, _ = extract.FindOffice(ctx, options)
	return v
}

// Close ends the readers.
func (v *Viewer) Close() { v.pool.Close() }

// ErrNoView is returned for a document that cannot be shown as images.
var ErrNoView = errors.New("this document cannot be shown as an image")

// Page returns the image of a page of a stored file. Word documents and workbooks have the pages on which
// LibreOffice prints them. ErrNoView is returned for a document of another kind.
func (v *Viewer) Page(ctx context.Context, doc *dossier.Document, page int) (*extract.View, error) {
	key := pageKey{doc.SHA256, page}
	v.mu.Lock()
	got := v.kept[key]
	v.mu.Unlock()
	if got != nil {
		return got, nil
	}
	var data []byte
	var ocr *dossier.OCRPage
	var err error
	if extract.Viewable(doc.Type) {
		if data, err = v.w.Store.Blobs.Read(ctx, doc.SHA256); err != nil {
			return nil, err
		}
		if ocr, err = v.ocrOf(ctx, doc, page); err != nil {
			return nil, err
		}
	} else if data, err = v.Printed(ctx, doc); err != nil {
		return nil, err
	}
	view, err := v.pool.View(ctx, data, page, ocr)
	if err != nil {
		return nil, err
	}
	if view.Error != "" {
		return nil, ErrNoView
	}
	v.keep(key, &view)
	return &view, nil
}

// ocrOf returns what OCR read of a page, whose word positions are marked on the image; nil if the text of
// the page does not come from OCR.
func (v *Viewer) ocrOf(ctx context.Context, doc *dossier.Document, page int) (*dossier.OCRPage, error) {
	scans, err := v.w.Store.Readings.OCR(ctx, doc.SHA256)
	if err != nil {
		return nil, err
	}
	for _, p := range doc.Pages {
		if s, ok := scans[page]; ok && p.Number == page && p.Reader == dossier.OCRReader {
			return &s, nil
		}
	}
	return nil, nil
}

// keep keeps an image in memory, and drops the oldest one if there are too many.
func (v *Viewer) keep(key pageKey, view *extract.View) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.kept[key] != nil {
		return
	}
	v.kept[key] = view
	if v.order = append(v.order, key); len(v.order) > maxKeptPages {
		delete(v.kept, v.order[0])
		v.order = v.order[1:]
	}
}

// maxPrinted is how many printed documents are kept on disk; half of them are removed when it is reached.
const maxPrinted = 500

// printedPath is where a printed document is kept, because printing takes seconds; an empty file means that the
// document cannot be printed.
func (v *Viewer) printedPath(doc *dossier.Document) string {
	return filepath.Join(v.w.Dir, "var", "printed", doc.SHA256+".pdf")
}

// Printed returns a stored document as LibreOffice prints it, in PDF; ErrNoView if it cannot be printed.
func (v *Viewer) Printed(ctx context.Context, doc *dossier.Document) ([]byte, error) {
	if v.office == nil || !extract.Printable(doc.Type) {
		return nil, ErrNoView
	}
	// One document at a time; a second request for the same one then finds the file.
	v.printer.Lock()
	defer v.printer.Unlock()
	path := v.printedPath(doc)
	if b, err := os.ReadFile(path); err == nil {
		if len(b) == 0 {
			return nil, ErrNoView // an earlier attempt failed
		}
		return b, nil
	}
	data, err := v.w.Store.Blobs.Read(ctx, doc.SHA256)
	if err != nil {
		return nil, err
	}
	b, err := v.office.Print(ctx, data)
	if err != nil {
		return nil, err
	}
	if err := keepPrinted(path, b); err != nil {
		return nil, err
	}
	if len(b) == 0 {
		return nil, ErrNoView
	}
	return b, nil
}

// keepPrinted keeps a printed document.
func keepPrinted(path string, b []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, durable.PrivateDir); err != nil {
		return err
	}
	if old, err := os.ReadDir(dir); err == nil && len(old) >= maxPrinted {
		for _, e := range old[:len(old)/2] {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
	return durable.WritePrivate(path, b)
}

// Printer names the program that prints Office documents, with its version; "" if there is none.
func (v *Viewer) Printer() string {
	if v.office == nil {
		return ""
	}
	return "LibreOffice (" + v.office.Version + ")"
}

// maxTogether is how many documents are printed in one run of LibreOffice.
const maxTogether = 20

// Prepare prints documents that Printed is going to be asked for, many in one run of LibreOffice. Those that are
// printed already, or that make LibreOffice fail, are left to Printed.
func (v *Viewer) Prepare(ctx context.Context, docs []*dossier.Document) error {
	if v.office == nil {
		return nil
	}
	v.printer.Lock()
	defer v.printer.Unlock()
	var open []*dossier.Document
	for _, doc := range docs {
		if _, err := os.Stat(v.printedPath(doc)); err != nil {
			open = append(open, doc)
		}
	}
	for part := range slices.Chunk(open, maxTogether) {
		contents := make([][]byte, len(part))
		for i, doc := range part {
			var err error
			if contents[i], err = v.w.Store.Blobs.Read(ctx, doc.SHA256); err != nil {
				return err
			}
		}
		printed, err := v.office.PrintAll(ctx, contents)
		if err != nil {
			return err
		}
		for i, b := range printed {
			if b == nil {
				continue
			}
			if err := keepPrinted(v.printedPath(part[i]), b); err != nil {
				return err
			}
		}
	}
	return nil
}

// Shows reports whether bytes are an image that can be shown, such as a photo of a visit.
func (v *Viewer) Shows(ctx context.Context, data []byte) bool {
	if !strings.HasPrefix(extract.Sniff(data), "image/") {
		return false
	}
	view, err := v.pool.View(ctx, data, 1, nil)
	return err == nil && view.Error == ""
}
