package schedule

import (
	"context"
	"time"

	"kheo/pipeline/campaign"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// Next is when a job of the schedule is due next, and its last result.
type Next struct {
	Job   string      `json:"job"`
	Cron  string      `json:"cron"`
	Times []time.Time `json:"next"` // empty for a day that never comes, such as 30 February
	Last  *store.Run  `json:"last,omitempty"`

	Backup *BackupRun `json:"backup,omitempty"` // the last result of the job backup
}

// Upcoming returns the jobs of the schedule, each with the next n times at which it is due and its last run.
func Upcoming(ctx context.Context, w *workspace.Workspace, n int) ([]Next, error) {
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
		at := w.Time()
		for range n {
			if at = s.Next(at); at.IsZero() {
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
			if x.Backup, err = LastBackup(ctx, w); err != nil {
				return nil, err
			}
		}
		out = append(out, x)
	}
	return out, nil
}

// Keeper returns the host that keeps the schedule among those that share the records; "" if none does, or if the
// records are not shared.
func Keeper(ctx context.Context, w *workspace.Workspace) (host string, err error) {
	return w.Store.Workers.LeaseHolder(ctx, leasePrefix+w.Campaign().ID)
}

// AskRun asks the process that keeps the schedule, on whichever machine, for a run. It begins within
// requestInterval, once no job is under way. by is the name of who asks, for the ledger.
func AskRun(ctx context.Context, w *workspace.Workspace, by string) error {
	return w.Store.State.RunRequest.Set(ctx, by)
}

// doRequestedRuns does the runs that other processes ask for, until ctx ends. A request is removed before its run:
// one that crashes is not repeated forever.
func (s *Service) doRequestedRuns(ctx context.Context) {
	for {
		by, err := s.w.Store.State.RunRequest.Get(ctx)
		if err == nil && by != "" {
			if err = s.w.Store.State.RunRequest.Drop(ctx); err == nil {
				s.RunNow(ctx, by)
			}
		}
		if err != nil && ctx.Err() == nil {
			s.log.Error("looking for requests of a run", "error", err)
		}
		if !workspace.Pause(ctx, requestInterval) {
			return
		}
	}
}
