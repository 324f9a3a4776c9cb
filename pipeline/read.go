package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"kheo/pipeline/extract"
	"kheo/pipeline/store"
)

func (r *runner) read(ctx context.Context) (int, int, error) {
	total, err := r.Store.CountFiles(ctx)
	if err != nil {
		return 0, 0, err
	}
	done := 0
	for round := range 2 { // the second round reads what was inside the files of the first
		unread, err := r.Store.Unread(ctx, extract.Version, r.office != nil)
		if err != nil {
			return total, done, err
		}
		r.opts.Progress.Begin("read", len(unread))
		if err := r.work(ctx, "read", unread, batchOf(len(unread), 12, 24)); err != nil {
			return total, done, err
		}
		done += len(unread)
		total += round * len(unread)
	}
	return total, done, nil
}

// readBatch reads files, by hash, and keeps what was read and what was inside.
func (r *runner) readBatch(ctx context.Context, shas []string) error {
	results := map[string]extract.Result{}
	for _, sha := range shas {
		b, err := r.Store.Blob(ctx, sha)
		if err != nil {
			return err
		}
		if results[sha], err = r.readFile(ctx, b); err != nil {
			return err
		}
		r.opts.Progress.Add(1)
	}
	return r.Store.PutReadings(ctx, extract.Version, results)
}

func (r *runner) readFile(ctx context.Context, b []byte) (extract.Result, error) {
	var parts []extract.Part
	keep := func(p extract.Part, data []byte) (err error) {
		if p.Problem == "" {
			p.SHA256, p.Size, err = r.Store.PutBlob(ctx, bytes.NewReader(data), extract.MaxFile)
		}
		parts = append(parts, p)
		return err
	}
	res, err := r.Pool.Read(ctx, b, keep)
	if err == nil && res.Error == extract.NeedsOffice && r.office != nil {
		parts = nil
		res, err = r.Pool.ReadOld(ctx, r.office, b, keep)
	}
	res.Parts = parts
	return res, err
}

// ocr has tesseract read the images of pages that have no usable text.
func (r *runner) ocr(ctx context.Context) (int, int, error) {
	engine, total := r.scanner.Engine(), 0
	pages, err := r.Store.Unscanned(ctx, extract.Version, engine)
	if err != nil {
		return 0, 0, err
	}
	if r.scanner == nil {
		r.waiting, pages = pages, nil
	}
	total = len(pages)
	r.opts.Progress.Begin("ocr", total)
	items := make([]string, total)
	for i, p := range pages {
		items[i] = fmt.Sprintf("%s %d", p.SHA256, p.Page)
	}
	if err := r.work(ctx, "ocr", items, 4); err != nil {
		return total, 0, err
	}
	states, err := r.Store.ReadState(ctx, extract.Version)
	if err != nil {
		return total, total, err
	}
	files, err := r.Store.HoldersOf(ctx, slices.Sorted(maps.Keys(states)))
	r.readState = map[string]string{}
	for _, f := range files {
		r.readState[f.Dossier] += readState(f.SHA256, states[f.SHA256])
	}
	return total, total, err
}

// readState is what a dossier's profile says of one of its files, in the order of their names.
func readState(sha, state string) string {
	if state == "" {
		return ""
	}
	return " " + sha + " " + state
}

func (r *runner) ocrBatch(ctx context.Context, items []string) error {
	for _, item := range items {
		var sc store.Scan
		if _, err := fmt.Sscanf(item, "%s %d", &sc.SHA256, &sc.Page); err != nil {
			return err
		}
		b, err := r.Store.Blob(ctx, sc.SHA256)
		if err != nil {
			return err
		}
		page, err := r.scanner.Page(ctx, r.Pool, b, sc.Page)
		if err != nil {
			return err
		}
		if err := r.Store.PutScan(ctx, sc, r.scanner.Engine(), page); err != nil {
			return err
		}
		r.opts.Progress.Add(1)
	}
	return nil
}
