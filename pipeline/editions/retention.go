package editions

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kheo/pipeline/campaign"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// dropEdition removes the stored files of an edition, except for those that something else needs. The caller
// holds the lease of the files.
func dropEdition(ctx context.Context, w *workspace.Workspace, run string) error {
	orphans, err := w.Store.Lists.DropEdition(ctx, run)
	if err != nil || len(orphans) == 0 {
		return err
	}
	_, photos, err := Bound(ctx, w)
	if err != nil {
		return err
	}
	return RemoveBlobs(ctx, w, orphans, photos)
}

// Bound returns what must not be removed: the rulesets of closed lists, by run, and the hashes of photos
// of visits, which only the audit trail names.
func Bound(ctx context.Context, w *workspace.Workspace) (closed map[string][]string, photos []string, err error) {
	closed = map[string][]string{}
	err = w.Review().View(ctx, func(s *review.State) error {
		for name, c := range s.Closed {
			closed[c.Run] = append(closed[c.Run], name)
		}
		for _, id := range s.Models() {
			for _, v := range s.Model(id).Visits {
				photos = append(photos, v.Photo)
			}
		}
		return nil
	})
	return closed, photos, err
}

// RemoveBlobs removes blobs, except for photos. shas must be orphans: no record refers to them. The caller
// holds the lease of LockFiles.
func RemoveBlobs(ctx context.Context, w *workspace.Workspace, shas, photos []string) error {
	for _, sha := range shas {
		if slices.Contains(photos, sha) {
			continue
		}
		if err := w.Store.Blobs.Remove(ctx, sha); err != nil {
			return err
		}
	}
	return nil
}

// Drop removes the lists of a run from the records, and all its folders.
func Drop(ctx context.Context, w *workspace.Workspace, run string) error {
	if err := errors.Join(w.Store.Lists.Drop(ctx, run), dropEdition(ctx, w, run)); err != nil {
		return err
	}
	if run == "" || strings.ContainsAny(run, "/.") {
		return fmt.Errorf("%q is not a valid name of a run", run)
	}
	// The pattern also covers folders that were set aside because a person had changed them.
	kept, err := filepath.Glob(filepath.Join(w.Lists(), run+"*"))
	for _, dir := range kept {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	if LatestIs(w.Lists(), run) {
		err = errors.Join(err, os.Remove(filepath.Join(w.Lists(), workspace.Latest)))
	}
	return err
}

// maxClockStep is how far the clock may have moved since the previous run for old data to be removed.
const maxClockStep = 90 * 24 * time.Hour

// clockJumped reports whether the clock is far from its time at the previous run. It may be set
// wrong, and what is removed because of it cannot be restored; the next run removes it instead.
func clockJumped(ctx context.Context, w *workspace.Workspace, run *store.Run, log *slog.Logger) (bool, error) {
	runs, err := w.Store.Runs.Newest(ctx, 2)
	if err != nil || len(runs) < 2 {
		return false, err
	}
	d := run.Started.Sub(runs[1].Started)
	if d.Abs() > maxClockStep {
		log.Warn("nothing old is removed in this run: the clock is far from where it was at the previous run",
			"apart", d)
		return true, nil
	}
	return false, nil
}

// Retain removes what has exceeded the retention periods of kheo.yaml: lists of old runs, unless they were
// closed, and files of superseded versions. A run calls it at its end, under the run lock.
func Retain(
	ctx context.Context, w *workspace.Workspace, c *campaign.Campaign, this *store.Run, log *slog.Logger,
) error {
	keep := c.Keep
	if keep.Runs == 0 && keep.Versions == 0 && keep.Letters == 0 {
		return nil
	}
	if jumped, err := clockJumped(ctx, w, this, log); err != nil || jumped {
		return err
	}
	if keep.Letters > 0 {
		n, err := ForgetLetters(ctx, w, "", w.Now().Add(-keep.Letters))
		if err != nil {
			return err
		}
		if n > 0 {
			log.Info("records of letters and links were removed", "records", n)
		}
	}
	// Without this lease an intake could store a file again between the query for orphans and its removal.
	free, err := w.LockFiles(ctx)
	if err != nil {
		return err
	}
	defer free()
	closed, photos, err := Bound(ctx, w)
	if err != nil {
		return err
	}
	if keep.Versions > 0 {
		if err := retainVersions(ctx, w, w.Now().Add(-keep.Versions), photos, log); err != nil {
			return err
		}
	}
	if keep.Runs == 0 { // 0 keeps lists forever
		return nil
	}
	old, err := w.Store.Lists.RunsBefore(ctx, w.Now().Add(-keep.Runs))
	if err != nil {
		return err
	}
	for _, run := range old {
		if run == this.Run || len(closed[run]) > 0 {
			continue
		}
		if err := Drop(ctx, w, run); err != nil {
			return err
		}
		log.Info("lists of an old run were removed", "lists", run)
	}
	return nil
}

// retainVersions removes the files of versions that were superseded before a time. The newest version of a
// dossier is never among them.
func retainVersions(
	ctx context.Context, w *workspace.Workspace, before time.Time, photos []string, log *slog.Logger,
) error {
	orphans, err := w.Store.Dossiers.DropVersions(ctx, before)
	if err == nil {
		err = RemoveBlobs(ctx, w, orphans, photos)
	}
	if err == nil && len(orphans) > 0 {
		log.Info("files of old versions were removed", "files", len(orphans))
	}
	return err
}
