// Package operations has what an operator does with a workspace apart from running it: making and restoring backups,
// moving the records, forgetting a person or a dossier, and checking that records, blobs, lists and index agree.
//
// Most functions take an open workspace and return a report of what was done and what was not. Those that must not
// work beside a run take its lock. What they make is complete or absent: it is written under a temporary name,
// verified by reading it back, and renamed. Nothing that was submitted or decided is removed, but for what people ask
// to have forgotten, and then the audit trail says so.
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

// CheckReport is the result of Check.
type CheckReport struct {
	Dossiers int   `json:"dossiers"` // known to the records
	Files    int   `json:"files"`    // blobs that were read
	Bytes    int64 `json:"bytes"`    // of these blobs
	Events   int   `json:"events"`   // of the audit trail

	Anchors review.AnchorReport `json:"anchors"`

	Faults []string `json:"faults"` // what is wrong, and what to do
}

// fault records what is wrong, and what to do.
func (r *CheckReport) fault(format string, args ...any) {
	r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
}

// Check verifies a workspace: it reads every blob that the records name and compares it with its hash, verifies the
// records and the audit trail with its anchors, and checks the published lists and the search index. Faults are
// part of the report; an error means that the check could not be completed. on may be nil.
func Check(ctx context.Context, w *workspace.Workspace, on progress.Reporter) (*CheckReport, error) {
	if on == nil {
		on = progress.None{}
	}
	r := &CheckReport{Faults: []string{}}
	// If the database itself is damaged, nothing that it returns can be relied on.
	if err := w.Store.CheckIntegrity(ctx); err != nil {
		r.fault("the records are damaged (%v): restore the last backup (kheo restore)", err)
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
	owners, audit, faults, err := verifyRecords(ctx, w.Store, w.Campaign(), "", anchors...)
	if err != nil {
		return nil, err
	}
	r.Events, r.Anchors = audit.Events, audit.Anchors
	for _, f := range append(faults, unreadable...) {
		r.fault("%s: restore the last backup (kheo restore), and find out who changed it", f)
	}
	if err := r.checkBlobs(ctx, w, owners, on); err != nil {
		return nil, err
	}
	if err := r.checkLists(ctx, w); err != nil {
		return nil, err
	}
	index, err := search.Check(ctx, w)
	if err != nil {
		return nil, err
	}
	if !index.Sound() {
		r.fault("the search index does not agree with the records (`kheo check --index` lists the differences): " +
			"`kheo check --index --rebuild` rebuilds it")
	}
	return r, nil
}

// checkBlobs compares every blob that the records name with its hash. owners says, by hash, what each blob is.
func (r *CheckReport) checkBlobs(ctx context.Context, w *workspace.Workspace, owners map[string]string,
	on progress.Reporter) error {
	on.Begin("files", len(owners))
	for sha, owner := range owners {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		n, err := hashBlob(ctx, w, sha)
		r.Files++
		r.Bytes += n
		switch {
		case errors.Is(err, fs.ErrNotExist):
			r.fault("%s is gone (%s): restore it from a backup, or ask the unit to send it again", owner, sha)
		case err != nil:
			r.fault("%s is damaged (%s, %v): restore it from a backup, or ask the unit to send it "+
				"again", owner, sha, err)
		}
		on.Add(1)
	}
	on.End()
	return nil
}

// checkLists compares the published lists of the last run with the records, and with the hashes that the audit
// trail holds of them. Lists that are missing on this node are fetched first; that another run is at work, or that
// the lists are on another node, is not a fault.
func (r *CheckReport) checkLists(ctx context.Context, w *workspace.Workspace) error {
	run, err := w.Store.Runs.Latest(ctx)
	if err != nil {
		return err
	}
	_, err = editions.BringNewest(ctx, w)
	if err != nil && !errors.Is(err, workspace.ErrBusy) && !errors.Is(err, editions.ErrListsElsewhere) {
		r.fault("%v", err)
	}
	if run == "" {
		return nil
	}
	if !editions.LatestIs(w.Lists(), run) || !editions.Intact(filepath.Join(w.Lists(), run)) {
		r.fault("the files in %s are not those of the last run: run `kheo run`; it writes them again from the records",
			filepath.Join(w.Lists(), workspace.Latest))
	}
	changed, err := anchor.EditionFaults(ctx, w, run)
	if err != nil {
		return err
	}
	for _, f := range changed {
		r.fault("%s: restore the last backup (kheo restore), and find out who changed it", f)
	}
	return nil
}

// hashBlob reads a blob, and returns its size and an error if its hash is not the one that is its name.
func hashBlob(ctx context.Context, w *workspace.Workspace, want string) (int64, error) {
	f, _, err := w.Store.Blobs.Open(ctx, want)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	sum, n, err := editions.Sum(f)
	if err == nil && sum != want {
		err = errors.New("its bytes are not those that were ingested")
	}
	return n, err
}
