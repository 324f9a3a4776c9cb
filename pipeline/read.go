package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"kheo/internal/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/reading"
	"kheo/pipeline/store"
)

// readFiles is the stage read: it reads every file that this version of the readers has not read yet. Readings
// are in the record store, by the hash of the file.
func readFiles(ctx context.Context, run *runEnv) (none, error) {
	total, err := run.ws.Store.Dossiers.CountFiles(ctx)
	if err != nil {
		return none{}, err
	}
	done := 0
	for round := range 2 { // the second round reads what the first found inside files
		unread, err := run.ws.Store.Readings.Unread(ctx, extract.Version, run.office != nil)
		if err != nil {
			return none{}, err
		}
		run.count(total, done)
		run.opts.Progress.Begin("read", len(unread))
		err = run.distribute(ctx, "read", unread, batchSize(len(unread), 12, 24), run.batch())
		if err != nil {
			return none{}, err
		}
		done += len(unread)
		total += round * len(unread)
		run.count(total, done)
	}
	return none{}, nil
}

// read reads files, by their hashes, and keeps what was read and the files that were inside.
func (b *batch) read(ctx context.Context, hashes []string) error {
	results := map[string]dossier.Reading{}
	for _, sha := range hashes {
		content, err := b.ws.Store.Blobs.Read(ctx, sha)
		if err != nil {
			return err
		}
		if results[sha], err = b.readFile(ctx, content); err != nil {
			return err
		}
		b.progress.Add(1)
	}
	return b.ws.Store.Readings.Put(ctx, extract.Version, results)
}

// readFile reads one file. Formats of old office programs are converted first, if LibreOffice is installed.
func (b *batch) readFile(ctx context.Context, content []byte) (dossier.Reading, error) {
	res, err := reading.Files(ctx, b.ws.Store.Blobs, func(keep extract.Keep) (dossier.Reading, error) {
		return b.ws.Pool.Read(ctx, content, keep)
	})
	if err != nil || res.Error != extract.NeedsOffice || b.office == nil {
		return res, err
	}
	return reading.Files(ctx, b.ws.Store.Blobs, func(keep extract.Keep) (dossier.Reading, error) {
		return b.ws.Pool.ReadOld(ctx, b.office, content, keep)
	})
}

// ocrBatchSize is how many pages are one batch: each takes seconds.
const ocrBatchSize = 4

// recognised is the result of the stage ocr.
type recognised struct {
	// readStates says, by dossier, for which of its files OCR or LibreOffice did something, and what. It is
	// part of the cache key of the dossier's profile: the same file reads differently once OCR is installed.
	readStates map[string]string
	waiting    []store.PageImage // pages without usable text, if tesseract is not installed
}

// recognisePages is the stage ocr: it has tesseract read the images of pages that have no usable text.
func recognisePages(ctx context.Context, run *runEnv) (*recognised, error) {
	out := &recognised{readStates: map[string]string{}}
	pages, err := run.ws.Store.Readings.WithoutOCR(ctx, extract.Version, run.scanner.Engine())
	if err != nil {
		return nil, err
	}
	if run.scanner == nil {
		out.waiting, pages = pages, nil
	}
	run.count(len(pages), 0)
	run.opts.Progress.Begin("ocr", len(pages))
	items := make([]string, len(pages))
	for i, p := range pages {
		items[i] = fmt.Sprintf("%s %d", p.SHA256, p.Page)
	}
	if err := run.distribute(ctx, "ocr", items, ocrBatchSize, run.batch()); err != nil {
		return nil, err
	}
	run.count(len(pages), len(pages))
	states, err := run.ws.Store.Readings.States(ctx, extract.Version)
	if err != nil {
		return nil, err
	}
	files, err := run.ws.Store.Dossiers.FileHolders(ctx, slices.Sorted(maps.Keys(states)))
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		out.readStates[f.Dossier] += readState(f.SHA256, states[f.SHA256])
	}
	return out, nil
}

// readState is the part of a dossier's read state about one of its files. Parts follow one another in the
// order of the files' names.
func readState(sha, state string) string {
	if state == "" {
		return ""
	}
	return " " + sha + " " + state
}

// recognise has tesseract read page images. An item is the hash of a file and a page number.
func (b *batch) recognise(ctx context.Context, items []string) error {
	for _, item := range items {
		var image store.PageImage
		if _, err := fmt.Sscanf(item, "%s %d", &image.SHA256, &image.Page); err != nil {
			return err
		}
		content, err := b.ws.Store.Blobs.Read(ctx, image.SHA256)
		if err != nil {
			return err
		}
		page, err := b.scanner.Page(ctx, b.ws.Pool, content, image.Page)
		if err != nil {
			return err
		}
		if err := b.ws.Store.Readings.PutOCR(ctx, image, b.scanner.Engine(), page); err != nil {
			return err
		}
		b.progress.Add(1)
	}
	return nil
}
