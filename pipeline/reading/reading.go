// Package reading assembles dossiers from the record store: each file of a dossier, and the files inside it, becomes
// a document with the pages that were read of it. It joins what the store keeps (readings by file hash, OCR pages) by
// the rules of package extract, so that the store itself needs to know nothing of readers.
//
// What is assessed is loaded by [Load] and [LoadEach], which want all files read by one version of the readers; a
// file that was not read yet is an error, since a fact that is missing must not look like one that no paper states.
// For people and the index, [LoadLatest] takes what an older version read. [LoadFrom] is for dossiers that are not
// recorded. Batches are bounded in number and size.
package reading

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"kheo/internal/blobs"
	"kheo/internal/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/store"
)

// A batch of dossiers whose readings are loaded by one query is bounded in both ways.
const (
	maxBatch      = 32       // dossiers
	maxBatchBytes = 32 << 20 // total size of their files
)

// LoadEach assembles dossiers with everything that the readers of a version read of them, and calls
// each with one after the other. It stops at the first error, also one of each. A file that has not
// been read yet is an error.
func LoadEach(
	ctx context.Context, s *store.Store, list []*store.Accepted, reader string,
	each func(*store.Accepted, *dossier.Dossier) error,
) error {
	return loader{store: s, reader: reader, packed: s.Readings.Packed}.each(ctx, list, each)
}

// each assembles dossiers one after the other, with one query for the readings of a batch.
func (l loader) each(
	ctx context.Context, list []*store.Accepted, each func(*store.Accepted, *dossier.Dossier) error,
) error {
	for len(list) > 0 {
		var shas []string
		n, size := 0, int64(0)
		for ; n < len(list) && n < maxBatch && (n == 0 || size < maxBatchBytes); n++ {
			for _, f := range list[n].Files {
				shas = append(shas, f.SHA256)
				size += f.Size
			}
		}
		batch := list[:n]
		list = list[n:]
		read, err := l.packed(ctx, shas, l.reader)
		if err != nil {
			return err
		}
		if l.doubts, err = l.store.Sightings.Doubts(ctx, shas); err != nil {
			return err
		}
		for _, a := range batch {
			d, err := l.assemble(ctx, a, read)
			if err != nil {
				return err
			}
			if err := each(a, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// Load assembles one dossier, as LoadEach does.
func Load(ctx context.Context, s *store.Store, a *store.Accepted, reader string) (d *dossier.Dossier, err error) {
	err = LoadEach(ctx, s, []*store.Accepted{a}, reader, func(_ *store.Accepted, loaded *dossier.Dossier) error {
		d = loaded
		return nil
	})
	return d, err
}

// LoadLatest assembles one dossier for people, and for a search index: a file that the readers of this version have
// not read yet is there as an older version read it. What is assessed is read by one version, see Load.
func LoadLatest(ctx context.Context, s *store.Store, a *store.Accepted, reader string) (d *dossier.Dossier, err error) {
	l := loader{store: s, reader: reader, packed: s.Readings.LatestPacked}
	err = l.each(ctx, []*store.Accepted{a}, func(_ *store.Accepted, loaded *dossier.Dossier) error {
		d = loaded
		return nil
	})
	return d, err
}

// LoadFrom assembles one dossier that the record store does not have: its readings, and those of the files inside its
// files, come from read, by hash.
func LoadFrom(ctx context.Context, s *store.Store, a *store.Accepted,
	read func(ctx context.Context, shas []string) (map[string]store.PackedReading, error)) (*dossier.Dossier, error) {
	l := loader{store: s, packed: func(ctx context.Context, shas []string,
		_ string) (map[string]store.PackedReading, error) {
		return read(ctx, shas)
	}}
	packed, err := read(ctx, hashes(a))
	if err != nil {
		return nil, err
	}
	return l.assemble(ctx, a, packed)
}

// Files reads one file by read, which hands over the files inside it, and stores those in keep.
func Files(ctx context.Context, keep blobs.Blobs, read func(extract.Keep) (dossier.Reading, error)) (dossier.Reading,
	error) {
	var parts []dossier.Part
	res, err := read(func(p dossier.Part, data []byte) (err error) {
		if p.Problem == "" {
			p.SHA256, p.Size, err = keep.Put(ctx, bytes.NewReader(data), extract.MaxFile)
		}
		parts = append(parts, p)
		return err
	})
	res.Parts = parts
	return res, err
}

// hashes are those of the files of a dossier that were kept.
func hashes(a *store.Accepted) (out []string) {
	for _, f := range a.Files {
		if f.Problem == "" {
			out = append(out, f.SHA256)
		}
	}
	return out
}

// loader assembles documents from readings.
type loader struct {
	store  *store.Store
	reader string // version of the readers
	packed func(ctx context.Context, shas []string, reader string) (map[string]store.PackedReading, error)
	doubts map[string][]dossier.Sighting // of the files that are being loaded, by hash
}

// assemble makes the documents of a dossier. The files inside a file follow it, named by both names.
// A container without text of its own (an archive, a letter that only holds attachments) is left out.
func (l loader) assemble(
	ctx context.Context, a *store.Accepted, read map[string]store.PackedReading,
) (*dossier.Dossier, error) {
	d := &dossier.Dossier{ID: a.ID, Name: a.Name, Manifest: a.Manifest, Documents: []dossier.Document{}}
	for _, f := range a.Files {
		doc := dossier.Document{
			Name: f.Name, SHA256: f.SHA256, Size: f.Size, Error: f.Problem, Detail: f.Detail, Pages: []dossier.Page{},
		}
		var parts []dossier.Part
		if f.Problem == "" {
			var err error
			if parts, err = l.fill(ctx, &doc, read); err != nil {
				return nil, fmt.Errorf("%s of %s: %w", f.Name, a.ID, err)
			}
		}
		// A container has no text of its own. An error is shown all the same, unless it says just that.
		container := len(parts) > 0 && len(doc.Pages) == 0 && (doc.Error == "" || doc.Error == extract.NoText)
		if !container {
			d.Documents = append(d.Documents, doc)
		}
		if err := l.addParts(ctx, d, f.Name, parts); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// addParts adds the files inside a file, until the dossier has extract.MaxParts documents.
func (l loader) addParts(ctx context.Context, d *dossier.Dossier, outer string, parts []dossier.Part) error {
	if len(parts) == 0 {
		return nil
	}
	shas := make([]string, len(parts))
	for i, p := range parts {
		shas[i] = p.SHA256
	}
	read, err := l.packed(ctx, shas, l.reader)
	if err != nil {
		return err
	}
	if l.doubts, err = l.store.Sightings.Doubts(ctx, shas); err != nil {
		return err
	}
	for _, p := range parts {
		if len(d.Documents) >= extract.MaxParts {
			return nil
		}
		doc := dossier.Document{
			Name: outer + "/" + p.Name, SHA256: p.SHA256, Size: p.Size, Error: p.Problem, Detail: p.Detail,
			Pages: []dossier.Page{},
		}
		if p.Problem == "" {
			if _, err := l.fill(ctx, &doc, read); err != nil {
				return fmt.Errorf("%s of %s: %w", doc.Name, d.ID, err)
			}
		}
		d.Documents = append(d.Documents, doc)
	}
	return nil
}

// fill sets what was read of a document, with the OCR of its scanned pages, and returns the files
// inside it. A name whose extension promises another type than the content has is flagged.
func (l loader) fill(
	ctx context.Context, doc *dossier.Document, read map[string]store.PackedReading,
) ([]dossier.Part, error) {
	packed, ok := read[doc.SHA256]
	if !ok {
		return nil, errors.New("it has not been read yet")
	}
	res, err := packed.Unpack()
	if err != nil {
		return nil, err
	}
	if len(res.Scans) > 0 {
		scans, err := l.store.Readings.OCR(ctx, doc.SHA256)
		if err != nil {
			return nil, err
		}
		extract.AddOCR(&res, scans)
	}
	doc.Type, doc.Error, doc.Detail, doc.Flags = res.Type, res.Error, res.Detail, res.Flags
	doc.Sightings = l.doubts[doc.SHA256]
	if res.Pages != nil {
		doc.Pages = res.Pages
	}
	if extract.Misnamed(doc.Name, res.Type) {
		doc.Flags = append(doc.Flags, dossier.FlagMisnamedDocument)
	}
	return res.Parts, nil
}
