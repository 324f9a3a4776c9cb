package intake

import (
	"context"
	"path/filepath"
	"time"

	"kheo/internal/blobs"
	"kheo/pipeline/extract"
	"kheo/pipeline/store"
)

// Preview returns the dossier as intake would make it of the submission and of what was received before, and the
// notes that its receipt would have. The content of the files goes to keep; nothing else is changed. The entry may be
// in the inbox already; if intake takes it meanwhile, the error is fs.ErrNotExist.
func (b *Submission) Preview(ctx context.Context, pool *extract.Pool, keep blobs.Blobs) (*store.Accepted, []string, error) {
	abs, err := b.source()
	if err != nil {
		return nil, nil, err
	}
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return nil, nil, err
	}
	in, err := openDir(filepath.Dir(real))
	if err != nil {
		return nil, nil, err
	}
	defer in.close()
	name := filepath.Base(abs)
	var before *store.Accepted
	if b.Before != nil {
		if before, err = b.Before(ctx, ID(name)); err != nil {
			return nil, nil, err
		}
	}
	k := marksOf(b.Inbox).of(in, name)
	c, a, d, err := b.collect(ctx, in, filepath.Base(real), pool, before, keep.Put)
	if err != nil {
		return nil, nil, err
	}
	d.Whole = d.Whole || k != nil && k.Replace
	a.ReceivedAt = time.Now()
	return a, c.receipt.Warnings, store.Merge(before, a, d)
}
