// Package operations is what an operator does with a workspace besides running it: backup and restore,
// moving the records, forgetting a person or a dossier, and checking everything against everything.
package operations

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"kheo/pipeline/anchor"
	"kheo/pipeline/editions"
	"kheo/pipeline/progress"
	"kheo/pipeline/review"
	"kheo/pipeline/search"
	"kheo/pipeline/workspace"
)

// CheckReport is what checking the records, the files and the index against one another found.
type CheckReport struct {
	Dossiers int   `json:"dossiers"`
	Files    int   `json:"files"`
	Bytes    int64 `json:"bytes"`
	Events   int   `json:"events"`

	Anchors review.AnchorReport `json:"anchors"`

	Faults []string `json:"faults"` // what is wrong, and what to do
}

// Check reads every file that the records name and holds it to its hash, verifies the
// audit trail, and looks at the published lists and at the search index. progress may be nil.
func Check(ctx context.Context, w *workspace.Workspace, on progress.Reporter) (*CheckReport, error) {
	if on == nil {
		on = progress.None{}
	}
	r := &CheckReport{Faults: []string{}}
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
	anchors, unreadable, err := anchor.All(w, nil)
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
	on.Begin("files", len(owner))
	for sha, whose := range owner {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		n, err := hashBlob(ctx, w, sha)
		r.Files++
		r.Bytes += n
		switch {
		case errors.Is(err, fs.ErrNotExist):
			fault("%s is gone (%s): restore it from a backup, or ask the unit to send it again", whose, sha)
		case err != nil:
			fault("%s is damaged (%s, %v): restore it from a backup, or ask the unit to send it again", whose, sha, err)
		}
		on.Add(1)
	}
	on.End()
	r.Events, r.Anchors = audit.Events, audit.Anchors
	run, err := w.Store.Runs.Latest(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := editions.BringNewest(ctx, w); err != nil && !errors.Is(err, workspace.ErrBusy) &&
		!errors.Is(err, editions.ErrListsElsewhere) {
		fault("%v", err)
	}
	if run != "" && (!editions.LatestIs(w.Lists(), run) || !editions.Intact(filepath.Join(w.Lists(), run))) {
		fault("the files in %s are not those of the last run: run `kheo run`; it writes them again from the records", filepath.Join(w.Lists(), workspace.Latest))
	}
	if run != "" {
		changed, err := anchor.EditionFaults(ctx, w, run)
		if err != nil {
			return nil, err
		}
		for _, f := range changed {
			fault("%s: restore the last backup (kheo restore), and find out who changed it", f)
		}
	}
	index, err := search.Check(ctx, w)
	if err != nil {
		return nil, err
	}
	if !index.Sound() {
		fault("the search index is not what the records say (`kheo check --index` tells in what): `kheo check --index --rebuild` builds it again")
	}
	return r, nil
}

// hashBlob holds a kept file to its hash.
func hashBlob(ctx context.Context, w *workspace.Workspace, want string) (int64, error) {
	f, _, err := w.Store.Blobs.Open(ctx, want)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	sum, n, err := editions.Sum(f)
	if err == nil && sum != want {
		err = errors.New("its bytes are not those that were taken in")
	}
	return n, err
}
