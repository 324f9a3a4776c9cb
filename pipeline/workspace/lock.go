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

	"kheo/pipeline/store"
)

// filesOf begins the name of the lease of whoever takes in or removes files: so that none is
// removed that is just being taken in again.
const filesOf = "files of "

// filesAgain is how often whoever waits for that lease asks.
const filesAgain = 200 * time.Millisecond

// LockFiles waits until nobody else takes in or removes files.
func (w *Workspace) LockFiles(ctx context.Context) (release func(), err error) {
	for {
		l, err := w.Store.Lease(ctx, filesOf+w.Campaign().ID)
		if err != nil {
			return nil, err
		}
		if l != nil {
			return l.Release, nil
		}
		if !Pause(ctx, filesAgain) {
			return nil, ctx.Err()
		}
	}
}

// Lock takes the workspace for one run; ErrBusy where another holds it.
func (w *Workspace) Lock() (unlock func(), err error) {
	l, err := w.Hold()
	if err != nil {
		return nil, err
	}
	return l.Release, nil
}

// RunLease begins the name of the lease that a run holds.
const RunLease = "run of "

// RunLock is what one run alone holds: in this folder, and among the machines that share its records.
type RunLock struct {
	*store.Lease
	here func()
}

// Release gives the lock back.
func (l *RunLock) Release() {
	l.Lease.Release()
	l.here()
}

func (w *Workspace) Hold() (*RunLock, error) {
	here, err := w.LockFolder()
	if err != nil {
		return nil, err
	}
	lease, err := w.Store.Lease(context.Background(), RunLease+w.Campaign().ID)
	if err == nil && lease == nil {
		err = ErrBusy
	}
	if err != nil {
		here()
		return nil, err
	}
	return &RunLock{lease, here}, nil
}

// LockFolder takes what one run alone holds in this folder.
func (w *Workspace) LockFolder() (unlock func(), err error) {
	if w.Store.ReadOnly() {
		return nil, store.ErrReadOnly
	}
	dir := filepath.Join(w.Dir, "var")
	err = os.MkdirAll(dir, store.PrivateDir)
	if err == nil {
		unlock, err = store.LockFile(filepath.Join(dir, "run.lock"))
	}
	switch {
	case errors.Is(err, store.ErrLocked):
		return nil, ErrBusy
	case readOnlyFS(err), errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%w: %w", store.ErrReadOnly, err)
	}
	return unlock, err
}

// readOnlyFS reports whether something failed because its file system is read-only.
func readOnlyFS(err error) bool { return errors.Is(err, syscall.EROFS) }

// ErrBusy is returned where another run holds the workspace.
var ErrBusy = errors.New("another run is at work in this workspace; wait for it to end (kheo runs shows it)")
