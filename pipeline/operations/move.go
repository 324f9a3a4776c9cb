package operations

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"kheo/internal/durable"
	"kheo/pipeline/campaign"
	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// Moved is the result of Move.
type Moved struct {
	*store.CopySummary
	Aside string `json:"aside,omitempty"` // the new name of a file that was at the target before
}

// Move copies the records to another place (a file, or the URL of PostgreSQL), and the blobs to another folder or
// bucket if blobs names one. It verifies the copy, and writes the new place into kheo.yaml last, so that an
// interrupted move leaves the workspace as it was and can be repeated. The source is not changed. A record store
// that is at the target already, for example from an earlier move, is renamed and never overwritten.
func Move(ctx context.Context, w *workspace.Workspace, to, blobs string) (*Moved, error) {
	unlock, err := w.Lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	next, err := w.Campaign().At(to, blobs)
	if err != nil {
		return nil, err
	}
	at, files := next.Records()
	here, filesHere := w.Campaign().Records()
	if samePlace(at, here) {
		return nil, fmt.Errorf("the records are in %s already", to)
	}
	// A file is copied under a temporary name. In PostgreSQL, CopyTo refuses a database that has records.
	target := at // the copy gets its final name when it is complete
	if !strings.Contains(at, "://") {
		if err := mayHoldRecords(at); err != nil {
			return nil, err
		}
		target = at + ".moving"
		if err := removeRecords(target); err != nil { // left by a move that was interrupted
			return nil, err
		}
	}
	copied, err := copyRecords(ctx, w, target, files, files != filesHere)
	if err != nil {
		return nil, err
	}
	moved := &Moved{CopySummary: copied}
	// The copy is complete and verified. Only the renaming and the line in kheo.yaml are left.
	if target != at {
		if moved.Aside, err = replaceRecords(ctx, w, target, at); err != nil {
			return nil, err
		}
	}
	// The last step: until kheo.yaml names the new place, the old records are in use.
	return moved, campaign.SetRecords(w.Dir, to, blobs)
}

// samePlace reports whether two places of records are the same, also under different paths.
func samePlace(a, b string) bool {
	if a == b {
		return true
	}
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// mayHoldRecords returns an error if something other than a record store is at a path.
func mayHoldRecords(at string) error {
	info, err := os.Lstat(at)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		return fmt.Errorf("%s is a folder; name a file in it, such as %s", at, filepath.Join(at, "kheo.db"))
	}
	if !info.Mode().IsRegular() || !store.IsRecords(at) {
		return fmt.Errorf("%s exists and is not a record store; name another file", at)
	}
	return nil
}

// copyRecords copies the records, and with withFiles the blobs, into an empty store and verifies the copy there.
// Blobs are copied first: records never name a blob that is not there.
func copyRecords(ctx context.Context, w *workspace.Workspace, at, files string,
	withFiles bool) (copied *store.CopySummary, err error) {
	other, err := store.Open(ctx, at, files)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, other.Close()) }()
	if withFiles {
		if err := copyBlobs(ctx, w.Store, other); err != nil {
			return nil, err
		}
	}
	if copied, err = w.Store.CopyTo(ctx, other); err != nil {
		return nil, err
	}
	log := review.Open(other, w.Campaign().Review, w.Time)
	list := func(run, ruleset string) (*publish.File, error) { return editions.List(ctx, w, run, ruleset) }
	audit, err := log.Verify(ctx, "", list)
	if err != nil {
		return nil, err
	}
	if len(audit.Faults) > 0 {
		return nil, fmt.Errorf("the audit trail in the new place is damaged: %s", audit.Faults[0])
	}
	return copied, nil
}

// replaceRecords gives a complete copy its final name. A file of that name is renamed first; aside is its new name,
// with the date, or "".
func replaceRecords(ctx context.Context, w *workspace.Workspace, made, at string) (aside string, err error) {
	if workspace.Exists(at) {
		if err := store.Checkpoint(ctx, at); err != nil {
			return "", fmt.Errorf("%s is at the target and cannot be renamed: %w", at, err)
		}
		if aside, err = asideName(w, at); err != nil {
			return "", err
		}
		if err := os.Rename(at, aside); err != nil {
			return "", err
		}
	}
	// A killed process may have left a write-ahead log; SQLite would apply it to the new file.
	for _, end := range []string{"-wal", "-shm"} {
		if err := os.Remove(at + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	if err := os.Rename(made, at); err != nil {
		return "", err
	}
	return aside, durable.SyncDir(filepath.Dir(at))
}

// asideName returns a free name for a file that is renamed today.
func asideName(w *workspace.Workspace, at string) (string, error) {
	name := at + "." + w.Time().Format("2006-01-02")
	for n := 1; n < 1000; n++ {
		try := name
		if n > 1 {
			try = fmt.Sprintf("%s-%d", name, n)
		}
		if !workspace.Exists(try) {
			return try, nil
		}
	}
	return "", fmt.Errorf("%s was renamed a thousand times today; remove some of the files %s-*", at, name)
}

// removeRecords removes a record store: the file of SQLite with its write-ahead log.
func removeRecords(at string) error {
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(at + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// copyBlobs copies every blob of a store to another store.
func copyBlobs(ctx context.Context, from, to *store.Store) error {
	return from.Blobs.Each(ctx, func(want string) error {
		f, size, err := from.Blobs.Open(ctx, want)
		if err != nil {
			return err
		}
		defer f.Close()
		sha, _, err := to.Blobs.Put(ctx, f, size)
		if err == nil && sha != want {
			err = fmt.Errorf("the kept file %s is damaged; restore it from a backup first "+
				"(`kheo check --store` lists all)", want)
		}
		return err
	})
}
