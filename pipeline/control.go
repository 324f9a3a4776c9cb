package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"kheo/pipeline/campaign"
	"kheo/pipeline/intake"
	"kheo/pipeline/store"
)

// ErrIdle is returned where no run is at work that could be cancelled.
var ErrIdle = errors.New("no run is at work in this workspace")

// stopped is why a run was ended before its end.
type stopped struct{ why string }

func (s *stopped) Error() string { return s.why }

// lookEvery is how often a run looks whether it is to end.
const lookEvery = 500 * time.Millisecond

// Running is the run that is at work; ErrIdle where none is. A run that was killed is none.
func (w *Workspace) Running(ctx context.Context) (*store.Run, error) {
	if w.Store.Shared() {
		if host, err := w.Store.Workers.LeaseHolder(ctx, runOf+w.Campaign().ID); err != nil || host == "" {
			return nil, errors.Join(err, ErrIdle)
		}
	} else if w.Store.ReadOnly() {
		return nil, ErrIdle
	} else if unlock, err := w.Lock(); err == nil {
		unlock()
		return nil, ErrIdle
	} else if !errors.Is(err, ErrBusy) {
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
func (w *Workspace) CancelRun(ctx context.Context, by string) (*store.Run, error) {
	r, err := w.Running(ctx)
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

// RunNow does a run that somebody asks for while the schedule is kept.
func (s *Service) RunNow(ctx context.Context, by string) {
	s.w.scheduled(ctx, s.log, s.options("asked for by "+by))
}

// InboxCount is how much lies in the inbox and waits to be taken in.
func (w *Workspace) InboxCount() (int, error) {
	list, err := os.ReadDir(w.Inbox())
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	n := 0
	for _, e := range list {
		if !intake.Skipped(e.Name()) && (e.IsDir() || e.Type().IsRegular()) {
			n++
		}
	}
	return n, err
}

// Next is when a job of the schedule is due, and what came of it the last time.
type Next struct {
	Job   string      `json:"job"`
	Cron  string      `json:"cron"`
	Times []time.Time `json:"next"`
	Last  *store.Run  `json:"last,omitempty"`

	Backup *BackupRun `json:"backup,omitempty"` // of the job backup: what came of it the last time
}

// Upcoming tells, for every job of the schedule, the next n times and its last run.
func (w *Workspace) Upcoming(ctx context.Context, n int) ([]Next, error) {
	runs, err := w.Store.Runs.Newest(ctx, 10_000)
	if err != nil {
		return nil, err
	}
	var out []Next
	for _, job := range campaign.Jobs {
		s := w.Campaign().Schedule[job]
		if s == nil {
			continue
		}
		x := Next{Job: job, Cron: w.Campaign().Cron[job], Times: []time.Time{}}
		at := w.now()
		for range n {
			if at = s.Next(at); at.IsZero() { // a day that never comes
				break
			}
			x.Times = append(x.Times, at)
		}
		for i := range runs {
			if runs[i].Cause == job {
				x.Last = &runs[i]
				break
			}
		}
		if job == "backup" {
			if x.Backup, err = w.LastBackup(ctx); err != nil {
				return nil, err
			}
		}
		out = append(out, x)
	}
	return out, nil
}
