package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"kheo/pipeline/review"
)

// StoreReport is what checking the records, the files and the index against one another found.
type StoreReport struct {
	Dossiers int   `json:"dossiers"`
	Files    int   `json:"files"`
	Bytes    int64 `json:"bytes"`
	Events   int   `json:"events"`

	Anchors review.AnchorReport `json:"anchors"`

	Faults []string `json:"faults"` // what is wrong, and what to do
}

// CheckStore reads every file that the records name and holds it to its hash, verifies the
// audit trail, and looks at the published lists and at the search index. progress may be nil.
func (w *Workspace) CheckStore(ctx context.Context, progress Progress) (*StoreReport, error) {
	if progress == nil {
		progress = Silent{}
	}
	r := &StoreReport{Faults: []string{}}
	fault := func(format string, args ...any) { r.Faults = append(r.Faults, fmt.Sprintf(format, args...)) }
	if err := w.Store.Sound(ctx); err != nil {
		fault("the records are damaged (%v): restore the last backup (kheo restore)", err)
		return r, nil
	}
	all, err := w.Store.Dossiers.Heads(ctx)
	if err != nil {
		return nil, err
	}
	r.Dossiers = len(all)
	anchors, unreadable, err := w.anchors(nil)
	if err != nil {
		return nil, err
	}
	owner, audit, faults, err := verifyRecords(ctx, w.Store, w.Campaign(), "", anchors...) // whose file it is
	if err != nil {
		return nil, err
	}
	for _, f := range append(faults, unreadable...) {
		fault("%s: restore the last backup (kheo restore), and find out who changed it", f)
	}
	progress.Begin("files", len(owner))
	for sha, whose := range owner {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		n, err := w.hashBlob(ctx, sha)
		r.Files++
		r.Bytes += n
		switch {
		case errors.Is(err, fs.ErrNotExist):
			fault("%s is gone (%s): restore it from a backup, or ask the unit to send it again", whose, sha)
		case err != nil:
			fault("%s is damaged (%s, %v): restore it from a backup, or ask the unit to send it again", whose, sha, err)
		}
		progress.Add(1)
	}
	progress.End()
	r.Events, r.Anchors = audit.Events, audit.Anchors
	run, err := w.Store.Runs.Latest(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := w.BringLists(ctx); err != nil && !errors.Is(err, ErrBusy) && !errors.Is(err, ErrListsElsewhere) {
		fault("%v", err)
	}
	if run != "" && (!latestIs(w.Lists(), run) || !intact(filepath.Join(w.Lists(), run))) {
		fault("the files in %s are not those of the last run: run `kheo run`; it writes them again from the records", filepath.Join(w.Lists(), Latest))
	}
	if run != "" {
		changed, err := w.editionFaults(ctx, run)
		if err != nil {
			return nil, err
		}
		for _, f := range changed {
			fault("%s: restore the last backup (kheo restore), and find out who changed it", f)
		}
	}
	index, err := w.CheckIndex(ctx)
	if err != nil {
		return nil, err
	}
	if !index.Sound() {
		fault("the search index is not what the records say (`kheo check --index` tells in what): `kheo check --index --rebuild` builds it again")
	}
	return r, nil
}

// hashBlob holds a kept file to its hash.
func (w *Workspace) hashBlob(ctx context.Context, want string) (int64, error) {
	f, _, err := w.Store.Blobs.Open(ctx, want)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	sum, n, err := sumOf(f)
	if err == nil && sum != want {
		err = errors.New("its bytes are not those that were taken in")
	}
	return n, err
}
