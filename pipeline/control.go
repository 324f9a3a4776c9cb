package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// ErrIdle is returned where no run is at work that could be cancelled.
var ErrIdle = errors.New("no run is at work in this workspace")

// stopped is why a run was ended before its end.
type stopped struct{ why string }

func (s *stopped) Error() string { return s.why }

// lookEvery is how often a run looks whether it is to end.
const lookEvery = 500 * time.Millisecond

// Running is the run that is at work; ErrIdle where none is. A run that was killed is none.
func Running(ctx context.Context, w *workspace.Workspace) (*store.Run, error) {
	if w.Store.Shared() {
		if host, err := w.Store.Workers.LeaseHolder(ctx, workspace.RunLeasePrefix+w.Campaign().ID); err != nil || host == "" {
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

// CancelRun tells the run that is at work, on whichever machine, to end. What it has done stays
// done; the next run goes on from there.
func CancelRun(ctx context.Context, w *workspace.Workspace, by string) (*store.Run, error) {
	r, err := Running(ctx, w)
	if err != nil {
		return nil, err
	}
	return r, w.Store.State.Cancel.Set(ctx, store.CancelRequest{Run: r.Number, By: by})
}

// bounded lets a run end when it is told to, at its deadline, and when its lock is lost.
func (r *runner) bounded(ctx context.Context, lost <-chan struct{}) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		var late <-chan time.Time
		if r.opts.Deadline > 0 {
			timer := time.NewTimer(r.opts.Deadline)
			defer timer.Stop()
			late = timer.C
		}
		for {
			select {
			case <-ctx.Done():
				return
			case <-lost:
				cancel(&stopped{"the connection to the records broke, or this machine stood still; another goes on from here"})
			case <-late:
				cancel(&stopped{fmt.Sprintf("it was not done after %v, its deadline; the next run goes on from here", r.opts.Deadline)})
			case <-tick.C:
				if c, err := r.Store.State.Cancel.Get(ctx); err == nil && c.Run == r.run.Number {
					cancel(&stopped{fmt.Sprintf("cancelled by %s; the next run goes on from here", c.By)})
				}
			}
		}
	}()
	return ctx, func() { cancel(nil) }
}
