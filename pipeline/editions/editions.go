// Package editions reads and keeps what runs have published: the lists in the records, and the folder
// lists/<campaign> with one folder per run and latest, which points to the newest.
//
// If several machines share the records, the run's folder is made on the machine that does the run. Its
// files are kept as blobs, so that each machine brings its own lists/ up to date.
package editions

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// Where several machines share the records, the folder of an edition is made on the machine that does
// the run. Its files are kept as blobs, so that each machine brings its own lists/ up to date.

// Keep keeps the files of a run's edition for other machines, where there can be any.
func Keep(ctx context.Context, w *workspace.Workspace, run string) error {
	if !w.Store.Shared() {
		return nil
	}
	dir := filepath.Join(w.Lists(), run)
	list, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	was, err := w.Store.Edition(ctx, run)
	if err != nil {
		return err
	}
	if was != nil { // they are the files of this run, whichever machine made them
		return nil
	}
	files := map[string]string{}
	for _, e := range list {
		if !e.Type().IsRegular() {
			continue
		}
		if files[e.Name()], err = keepFile(ctx, w, filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("keeping %s for other machines: %w", e.Name(), err)
		}
	}
	return w.Store.PutEdition(ctx, run, files)
}

func keepFile(ctx context.Context, w *workspace.Workspace, at string) (sha string, err error) {
	f, err := os.Open(at)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	sha, _, err = w.Store.PutBlob(ctx, f, info.Size())
	return sha, err
}

// ErrListsElsewhere is returned where the files of the newest lists are on another machine alone.
var ErrListsElsewhere = errors.New("the files of the newest lists are on the machine that made them; the next run writes them here too")

// BringNewest brings the folder of lists to the newest edition, where another machine made it; false
// where it is up to date already. ErrBusy says that a run of this machine is at work, which does the
// same; ErrListsElsewhere that the edition is not kept.
func BringNewest(ctx context.Context, w *workspace.Workspace) (bool, error) {
	if !w.Store.Shared() {
		return false, nil
	}
	run, err := w.Store.LatestRun(ctx)
	if err != nil || run == "" {
		return false, err
	}
	dir := filepath.Join(w.Lists(), run)
	if LatestIs(w.Lists(), run) && workspace.Exists(filepath.Join(dir, "run.json")) {
		return false, nil
	}
	unlock, err := w.LockFolder()
	if err != nil {
		return false, err
	}
	defer unlock()
	return true, Bring(ctx, w, run)
}

// runFolder is the name of the folder of a run, or of one that was set aside because it was changed.
var runFolder = regexp.MustCompile(`^([0-9a-f]{16})(?:\.changed-[0-9]+)?$`)

// dropStale removes folders of runs whose lists the records have dropped, because a dossier was
// forgotten or they were kept long enough, on another machine.
func dropStale(ctx context.Context, w *workspace.Workspace) error {
	list, err := os.ReadDir(w.Lists())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range list {
		m := runFolder.FindStringSubmatch(e.Name())
		if m == nil || !e.IsDir() {
			continue
		}
		known, err := w.Store.Dropped(ctx, m[1])
		if err != nil {
			return err
		}
		if known {
			if err := os.RemoveAll(filepath.Join(w.Lists(), e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// Bring makes the edition of a run the newest of this machine. The caller holds the lock of the
// workspace.
func Bring(ctx context.Context, w *workspace.Workspace, run string) error {
	if !Intact(filepath.Join(w.Lists(), run)) {
		if err := fetchEdition(ctx, w, run); err != nil {
			return err
		}
	}
	if err := PointLatest(w.Lists(), run); err != nil {
		return err
	}
	return dropStale(ctx, w)
}

// fetchEdition makes the folder of a run of the files that are kept.
func fetchEdition(ctx context.Context, w *workspace.Workspace, run string) error {
	files, err := w.Store.Edition(ctx, run)
	if err != nil {
		return err
	}
	if files == nil {
		return ErrListsElsewhere
	}
	tmp := filepath.Join(w.Lists(), ".new")
	defer os.RemoveAll(tmp)
	if err := errors.Join(os.RemoveAll(tmp), os.MkdirAll(tmp, 0o755)); err != nil {
		return err
	}
	for name, sha := range files {
		if name == "" || name != filepath.Base(name) {
			return fmt.Errorf("the edition of run %s names the file %q", run, name)
		}
		if err := fetchFile(ctx, w, sha, filepath.Join(tmp, name)); err != nil {
			return fmt.Errorf("bringing %s of the newest lists here: %w", name, err)
		}
	}
	if !Intact(tmp) {
		return fmt.Errorf("the files of run %s that are kept are not those that it published: run `kheo check --store`", run)
	}
	if err := store.SyncDir(tmp); err != nil {
		return err
	}
	_, err = MoveFolder(w, tmp, run)
	return err
}

func fetchFile(ctx context.Context, w *workspace.Workspace, sha, at string) error {
	from, _, err := w.Store.OpenBlob(ctx, sha)
	if err != nil {
		return err
	}
	defer from.Close()
	f, err := os.OpenFile(at, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	return errors.Join(err, f.Sync(), f.Close())
}
