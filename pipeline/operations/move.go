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

// Moved is what moving the records came to.
type Moved struct {
	*store.Copied
	Aside string `json:"aside,omitempty"` // the new name of a file that lay at the target before
}

// Move copies the records to another place (an address of PostgreSQL, or a file) and the files to
// another folder or bucket where blobs names one, compares both, and names the new place in
// kheo.yaml last: a move that is interrupted leaves the workspace as it was and can be repeated.
// The source is not touched. A file of records that lies at the target inside the workspace, such
// as the one that an earlier move left behind, is renamed and never overwritten.
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
	target := at // where the copy is made
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
	moved := &Moved{Copied: copied}
	if target != at {
		if moved.Aside, err = replaceRecords(ctx, w, target, at); err != nil {
			return nil, err
		}
	}
	return moved, campaign.SetRecords(w.Dir, to, blobs)
}

// samePlace reports whether two places of records are one.
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

// mayHoldRecords checks that records can be written to a path without harm to what lies there.
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
		return fmt.Errorf("%s exists and is no file of records; name another file", at)
	}
	return nil
}

// copyRecords copies the records, and the files where withFiles says so, into an empty store, and
// verifies both there.
func copyRecords(ctx context.Context, w *workspace.Workspace, at, files string,
	withFiles bool) (copied *store.Copied, err error) {
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
		return nil, fmt.Errorf("the audit trail in the new place is not sound: %s", audit.Faults[0])
	}
	return copied, nil
}

// replaceRecords gives a finished copy its name. A file that has the name is renamed first; the
// result is its new name, with the date.
func replaceRecords(ctx context.Context, w *workspace.Workspace, made, at string) (aside string, err error) {
	if workspace.Exists(at) {
		if err := store.Settle(ctx, at); err != nil {
			return "", fmt.Errorf("%s, which lies at the target, cannot be set aside: %w", at, err)
		}
		if aside, err = asideName(w, at); err != nil {
			return "", err
		}
		if err := os.Rename(at, aside); err != nil {
			return "", err
		}
	}
	// A log without its file, left where a process was killed, must not be taken for the new file's.
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

// asideName is a free name for a file that is set aside today.
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
	return "", fmt.Errorf("%s was set aside a thousand times today; remove some of the files %s-*", at, name)
}

// removeRecords removes a file of records with its log.
func removeRecords(at string) error {
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(at + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// copyBlobs keeps every file of a store in another too.
func copyBlobs(ctx context.Context, from, to *store.Store) error {
	return from.Blobs.Each(ctx, func(want string) error {
		f, size, err := from.Blobs.Open(ctx, want)
		if err != nil {
			return err
		}
		defer f.Close()
		sha, _, err := to.Blobs.Put(ctx, f, size)
		if err == nil && sha != want {
			err = fmt.Errorf("the kept file %s is damaged; restore it from a backup first (kheo check --store lists all)", want)
		}
		return err
	})
}
