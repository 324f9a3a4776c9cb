package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// ErrIdle is returned if no run is under way that could be cancelled.
var ErrIdle = errors.New("no run is at work in this workspace")

// stopped is why a run was cancelled.
type stopped struct{ why string }

func (s *stopped) Error() string { return s.why }

// cancelInterval is how often a run looks for a request to cancel it.
const cancelInterval = 500 * time.Millisecond

// Running returns the run that is under way, on whichever machine, or ErrIdle. A run whose process was killed
// is not under way, although the ledger says so until the next one begins: the lock decides.
func Running(ctx context.Context, w *workspace.Workspace) (*store.Run, error) {
	if w.Store.Shared() {
		host, err := w.Store.Workers.LeaseHolder(ctx, workspace.RunLeasePrefix+w.Campaign().ID)
		if err != nil || host == "" {
			return nil, errors.Join(err, ErrIdle)
		}
	} else if w.Store.ReadOnly() {
		return nil, ErrIdle
	} else if unlock, err := w.Lock(); err == nil {
		unlock()
		return nil, ErrIdle
	} else if !errors.Is(err, workspace.ErrBusy) {
		return nil, err
	}
	runs, err := w.Store.Runs.Newest(ctx, 1)
	if err != nil {
		return nil, err
	}
	if len(runs) == 0 || runs[0].State != store.RunRunning {
		return nil, ErrIdle
	}
	return &runs[0], nil
}

// CancelRun asks the run that is under way, on whichever machine, to end, and returns its ledger entry. The run
// notices within half a second. What it has done stays done; the next run continues from there. by is the name
// of who asks, for the ledger.
func CancelRun(ctx context.Context, w *workspace.Workspace, by string) (*store.Run, error) {
	r, err := Running(ctx, w)
	if err != nil {
		return nil, err
	}
	return r, w.Store.State.Cancel.Set(ctx, store.CancelRequest{Run: r.Number, By: by})
}

// bounded does the stages of a run under a context that ends if the run is cancelled, at its deadline, and
// when its lock is lost. Then the error says which of these it was.
func bounded(
	ctx context.Context, run *runEnv, lost <-chan struct{}, do func(context.Context, *runEnv) (*results, error),
) (*results, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go watchLimits(ctx, run, lost, cancel)
	out, err := do(ctx, run)
	var why *stopped
	if errors.As(context.Cause(ctx), &why) {
		err = why
	}
	return out, err
}

// watchLimits cancels a run at the first reason to do so, and returns then or when ctx ends.
func watchLimits(ctx context.Context, run *runEnv, lost <-chan struct{}, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(cancelInterval)
	defer tick.Stop()
	var late <-chan time.Time
	if run.opts.Deadline > 0 {
		timer := time.NewTimer(run.opts.Deadline)
		defer timer.Stop()
		late = timer.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-lost:
			cancel(&stopped{"the connection to the records broke, or this machine was suspended; " +
				"another one continues from here"})
		case <-late:
			cancel(&stopped{fmt.Sprintf("it was not done after %v, its deadline; the next run continues from here",
				run.opts.Deadline)})
		case <-tick.C:
			c, err := run.ws.Store.State.Cancel.Get(ctx)
			if err == nil && c.Run == run.record.Number {
				cancel(&stopped{fmt.Sprintf("cancelled by %s; the next run continues from here", c.By)})
			}
		}
	}
}
