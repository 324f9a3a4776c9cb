// Package editions reads and keeps what runs have published: the lists in the records, and the folder
// lists/<campaign> with one folder per run and latest, which points to the newest.
//
// If several nodes share the records, the folder of a run is made on the node that does the run. Its files are stored
// as blobs too, so that every other node can bring its own lists/ up to date.
//
// The records are the truth and the folder is for people: [List] and [ListNow] read the records, [BringNewest] makes
// the folder agree with them. A folder whose files were changed by hand is set aside and never overwritten. What must
// stay when old editions are removed, closed lists and photos of visits, [Bound] says.
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

	"kheo/internal/durable"
	"kheo/pipeline/workspace"
)

// Keep stores the files of a run's edition as blobs, if other nodes can exist that need them. It is called
// under the run lock, after the folder is complete. It does nothing if the records are not shared.
func Keep(ctx context.Context, w *workspace.Workspace, run string) error {
	if !w.Store.Shared() {
		return nil
	}
	dir := filepath.Join(w.Lists(), run)
	list, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	was, err := w.Store.Lists.Edition(ctx, run)
	if err != nil {
		return err
	}
	if was != nil { // the same run has the same files, whichever node made them
		return nil
	}
	files := map[string]string{}
	for _, e := range list {
		if !e.Type().IsRegular() {
			continue
		}
		if files[e.Name()], err = keepFile(ctx, w, filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("storing %s for other nodes: %w", e.Name(), err)
		}
	}
	return w.Store.Lists.PutEdition(ctx, run, files)
}

// keepFile stores a file as a blob, and returns its hash. A file that is stored already is not stored again:
// blobs are named for their content.
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
	sha, _, err = w.Store.Blobs.Put(ctx, f, info.Size())
	return sha, err
}

// ErrListsElsewhere is returned if the files of the newest lists exist only on another node.
var ErrListsElsewhere = errors.New("the files of the newest lists are on the node that made them; " +
	"the next run writes them here too")

// BringNewest brings the folder of lists of this node to the newest edition. It returns false if there is
// nothing to do. The error is ErrBusy if a run is in progress on this node, which does the same, and
// ErrListsElsewhere if the files of the edition are not stored.
func BringNewest(ctx context.Context, w *workspace.Workspace) (bool, error) {
	if !w.Store.Shared() {
		return false, nil
	}
	run, err := w.Store.Runs.Latest(ctx)
	if err != nil || run == "" {
		return false, err
	}
	dir := filepath.Join(w.Lists(), run)
	// This is asked often, so only run.json is looked for; Bring checks every file.
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

// runFolder matches the folder of a run, and one that was set aside because it had been changed.
var runFolder = regexp.MustCompile(`^([0-9a-f]{16})(?:\.changed-[0-9]+)?$`)

// dropStale removes folders of runs whose lists are no longer in the records: on another node, a dossier was
// forgotten or the retention period ended. Only folders with the name of a run are looked at, so what people
// put beside them stays.
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
		known, err := w.Store.Lists.Dropped(ctx, m[1])
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

// Bring makes the edition of a run the newest one on this node. The caller holds the lock of the folder.
func Bring(ctx context.Context, w *workspace.Workspace, run string) error {
	if !Intact(filepath.Join(w.Lists(), run)) {
		if err := fetchEdition(ctx, w, run); err != nil {
			return err
		}
	}
	// First latest, then the removal of stale folders: latest never points to a folder that is gone.
	if err := PointLatest(w.Lists(), run); err != nil {
		return err
	}
	return dropStale(ctx, w)
}

// fetchEdition writes the folder of a run from the stored files. The folder appears only when all files
// are there and have the hashes that run.json names.
func fetchEdition(ctx context.Context, w *workspace.Workspace, run string) error {
	files, err := w.Store.Lists.Edition(ctx, run)
	if err != nil {
		return err
	}
	if files == nil {
		return ErrListsElsewhere
	}
	// A name that no run has; a crash leaves it, and the next attempt removes it.
	tmp := filepath.Join(w.Lists(), ".new")
	defer os.RemoveAll(tmp)
	if err := errors.Join(os.RemoveAll(tmp), os.MkdirAll(tmp, 0o755)); err != nil {
		return err
	}
	for name, sha := range files {
		if name == "" || name != filepath.Base(name) { // the records may be forged: no path leaves the folder
			return fmt.Errorf("the edition of run %s names the file %q", run, name)
		}
		if err := fetchFile(ctx, w, sha, filepath.Join(tmp, name)); err != nil {
			return fmt.Errorf("bringing %s of the newest lists here: %w", name, err)
		}
	}
	if !Intact(tmp) {
		return fmt.Errorf("the stored files of run %s are not those that it published: "+
			"run `kheo check --store`", run)
	}
	if err := durable.SyncDir(tmp); err != nil {
		return err
	}
	_, err = MoveFolder(w, tmp, run)
	return err
}

// fetchFile writes a blob to a new file and flushes it to the disk. It refuses a file that exists.
func fetchFile(ctx context.Context, w *workspace.Workspace, sha, at string) error {
	from, _, err := w.Store.Blobs.Open(ctx, sha)
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
