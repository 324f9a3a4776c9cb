package workspace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"kheo/internal/durable"
	"kheo/pipeline/store"
)

// filesLeasePrefix begins the name of the lease under which blobs are added or removed, so that no blob is
// removed while a dossier that contains the same file is ingested.
const filesLeasePrefix = "files of "

// filesLeaseInterval is the time between two attempts to take that lease.
const filesLeaseInterval = 200 * time.Millisecond

// LockFiles waits for the lease under which blobs are added or removed.
func (w *Workspace) LockFiles(ctx context.Context) (release func(), err error) {
	for {
		l, err := w.Store.Workers.Lease(ctx, filesLeasePrefix+w.Campaign().ID)
		if err != nil {
			return nil, err
		}
		if l != nil {
			return l.Release, nil
		}
		if !Pause(ctx, filesLeaseInterval) {
			return nil, ctx.Err()
		}
	}
}

// Lock takes the run lock without watching whether it is lost; ErrBusy if another run holds it. Runs use
// Hold, which shows them that they lost the lease.
func (w *Workspace) Lock() (unlock func(), err error) {
	l, err := w.Hold()
	if err != nil {
		return nil, err
	}
	return l.Release, nil
}

// RunLeasePrefix begins the name of the lease that a run holds.
const RunLeasePrefix = "run of "

// RunLock is the right to do a run: the lock of this folder, and the lease among the nodes that share its
// records.
type RunLock struct {
	*store.Lease
	unlockFolder func()
}

// Release gives the lock back.
func (l *RunLock) Release() {
	l.Lease.Release()
	l.unlockFolder()
}

// Hold takes the run lock; ErrBusy if another run holds it. The caller must watch Lost of the lease.
func (w *Workspace) Hold() (*RunLock, error) {
	unlock, err := w.LockFolder()
	if err != nil {
		return nil, err
	}
	lease, err := w.Store.Workers.Lease(context.Background(), RunLeasePrefix+w.Campaign().ID)
	if err == nil && lease == nil {
		err = ErrBusy
	}
	if err != nil {
		unlock()
		return nil, err
	}
	return &RunLock{lease, unlock}, nil
}

// LockFolder takes the lock of this folder only. It excludes runs on this node, not on other nodes.
func (w *Workspace) LockFolder() (unlock func(), err error) {
	if w.Store.ReadOnly() {
		return nil, store.ErrReadOnly
	}
	dir := filepath.Join(w.Dir, "var")
	err = os.MkdirAll(dir, durable.PrivateDir)
	if err == nil {
		unlock, err = durable.LockFile(filepath.Join(dir, "run.lock"))
	}
	switch {
	case errors.Is(err, durable.ErrLocked):
		return nil, ErrBusy
	case readOnlyFS(err), errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%w: %w", store.ErrReadOnly, err)
	}
	return unlock, err
}

// readOnlyFS reports whether err says that a file system is read-only.
func readOnlyFS(err error) bool { return errors.Is(err, syscall.EROFS) }

// ErrBusy is returned if another run holds the lock of the workspace.
var ErrBusy = errors.New("another run is in progress in this workspace; wait for it to end (kheo runs shows it)")
