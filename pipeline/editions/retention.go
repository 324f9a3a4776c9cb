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

// dropEdition removes the files of an edition that are kept for other machines.
func dropEdition(ctx context.Context, w *workspace.Workspace, run string) error {
	orphans, err := w.Store.DropEdition(ctx, run)
	if err != nil || len(orphans) == 0 {
		return err
	}
	_, photos, err := Bound(ctx, w)
	if err != nil {
		return err
	}
	return RemoveBlobs(ctx, w, orphans, photos)
}

// Bound tells what must stay: by run, the lists that were closed; and the photos of visits.
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

func RemoveBlobs(ctx context.Context, w *workspace.Workspace, shas, photos []string) error {
	for _, sha := range shas {
		if slices.Contains(photos, sha) {
			continue
		}
		if err := w.Store.RemoveBlob(ctx, sha); err != nil {
			return err
		}
	}
	return nil
}

// Drop removes the lists of a run from the records, and its folder.
func Drop(ctx context.Context, w *workspace.Workspace, run string) error {
	if err := errors.Join(w.Store.DropLists(ctx, run), dropEdition(ctx, w, run)); err != nil {
		return err
	}
	if run == "" || strings.ContainsAny(run, "/.") {
		return fmt.Errorf("%q is no name of a run", run)
	}
	kept, err := filepath.Glob(filepath.Join(w.Lists(), run+"*")) // and what was kept of it under another name, because somebody changed it
	for _, dir := range kept {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	if LatestIs(w.Lists(), run) {
		err = errors.Join(err, os.Remove(filepath.Join(w.Lists(), workspace.Latest)))
	}
	return err
}

// mostBetween is how far apart the clocks of two runs may be, for the second one to remove what is old.
const mostBetween = 90 * 24 * time.Hour

// clockJumped reports whether the clock is far from where it was at the run before: it may have been
// set wrong, and what is removed by its word does not come back. The next run removes it.
func clockJumped(ctx context.Context, w *workspace.Workspace, run *store.Run, log *slog.Logger) (bool, error) {
	runs, err := w.Store.Runs(ctx, 2)
	if err != nil || len(runs) < 2 {
		return false, err
	}
	d := run.Started.Sub(runs[1].Started)
	if d.Abs() > mostBetween {
		log.Warn("nothing old is removed in this run: the clock is far from where it was at the run before", "apart", d)
		return true, nil
	}
	return false, nil
}

// Retain removes what kheo.yaml says is kept no longer: lists of old runs that nobody closed, and
// files of versions that newer ones took the place of.
func Retain(ctx context.Context, w *workspace.Workspace, c *campaign.Campaign, this *store.Run, log *slog.Logger) error {
	keep := c.Keep
	if keep.Runs == 0 && keep.Versions == 0 {
		return nil
	}
	if jumped, err := clockJumped(ctx, w, this, log); err != nil || jumped {
		return err
	}
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
		orphans, err := w.Store.DropVersions(ctx, w.Now().Add(-keep.Versions))
		if err == nil {
			err = RemoveBlobs(ctx, w, orphans, photos)
		}
		if err != nil {
			return err
		}
		if len(orphans) > 0 {
			log.Info("files of old versions were removed", "files", len(orphans))
		}
	}
	if keep.Runs > 0 {
		old, err := w.Store.OldLists(ctx, w.Now().Add(-keep.Runs))
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
	}
	return nil
}
