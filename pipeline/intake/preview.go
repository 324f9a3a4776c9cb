package intake

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	"kheo/internal/blobs"
	"kheo/pipeline/extract"
	"kheo/pipeline/store"
)

// Preview returns the dossier as intake would make it of the submission and of what was received before, and the
// notes that its receipt would have. The content of the files goes to keep; nothing else is changed. The entry may be
// in the inbox already: links there are not followed, as intake follows none. Of an error for an entry that intake does
// not take as it is, or has taken meanwhile, NotTaken is true.
func (b *Submission) Preview(ctx context.Context, pool *extract.Pool,
	keep blobs.Blobs) (*store.Accepted, []string, error) {
	abs, err := b.source()
	if err != nil {
		return nil, nil, err
	}
	inbox, err := filepath.Abs(b.Inbox)
	if err != nil {
		return nil, nil, err
	}
	real := abs
	at, aside := filepath.Dir(abs), ""
	switch {
	case at == inbox:
	case IsNext(filepath.Base(at)) && filepath.Dir(at) == inbox:
		at, aside = inbox, filepath.Base(at)
	default: // who names another path may name a link
		if real, err = filepath.EvalSymlinks(abs); err != nil {
			return nil, nil, err
		}
		at = filepath.Dir(real)
	}
	in, err := openDir(at)
	if err != nil {
		return nil, nil, err
	}
	if aside != "" {
		outer := in
		in, err = outer.sub(aside)
		outer.close()
		if errors.Is(err, errNotPlain) {
			err = &Refused{Err: err}
		}
		if err != nil {
			return nil, nil, err
		}
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
	return a, c.receipt.Warnings, store.Merge(before, a, d)
}

// NotTaken reports whether an error says that intake does not take an entry of the inbox as it is: it is gone, is being
// written, or is a link or a private file.
func NotTaken(err error) bool {
	var refused *Refused
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrChanging) || errors.As(err, &refused)
}
