package schedule

import (
	"context"
	"time"

	"kheo/pipeline/campaign"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// Next is when a job of the schedule is due, and what came of it the last time.
type Next struct {
	Job   string      `json:"job"`
	Cron  string      `json:"cron"`
	Times []time.Time `json:"next"`
	Last  *store.Run  `json:"last,omitempty"`

	Backup *BackupRun `json:"backup,omitempty"` // of the job backup: what came of it the last time
}

// Upcoming tells, for every job of the schedule, the next n times and its last run.
func Upcoming(ctx context.Context, w *workspace.Workspace, n int) ([]Next, error) {
	runs, err := w.Store.Runs(ctx, 10_000)
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
			if x.Backup, err = LastBackup(ctx, w); err != nil {
				return nil, err
			}
		}
		out = append(out, x)
	}
	return out, nil
}

// Keeper is the host that keeps the schedule among those that share the records; "" where none
// does, or where they are not shared.
func Keeper(ctx context.Context, w *workspace.Workspace) (host string, err error) {
	return w.Store.Holder(ctx, scheduleOf+w.Campaign().ID)
}

// askedKey is the setting by which the pages of one process ask for a run of another.
const askedKey = "run asked for"

// AskRun has whoever keeps the schedule do a run soon.
func AskRun(ctx context.Context, w *workspace.Workspace, by string) error {
	return w.Store.SetSetting(ctx, askedKey, by)
}

// doesAsked does the runs that other processes ask for.
func (s *Service) doesAsked(ctx context.Context) {
	for {
		by, err := s.w.Store.Setting(ctx, askedKey)
		if err == nil && by != "" {
			if err = s.w.Store.DropSetting(ctx, askedKey); err == nil {
				s.RunNow(ctx, by)
			}
		}
		if err != nil && ctx.Err() == nil {
			s.log.Error("looking for runs that are asked for", "error", err)
		}
		if !workspace.Pause(ctx, askedAgain) {
			return
		}
	}
}
