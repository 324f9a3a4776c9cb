package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"kheo/internal/strict"
	"kheo/pipeline"
	"kheo/pipeline/campaign"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// keepsSchedule keeps the campaign's schedule, in its timezone, until ctx ends or the lease is
// lost: `intake` takes in and reads, `nightly` does a whole run, `digest` writes a summary into
// lists/<campaign>/digest.txt. Jobs take turns. A nightly run that was missed, because the machine
// slept or kheo did not run, is made up for at once, and once; so is whatever fell due while
// another job was at work.
func (s *Service) keepsSchedule(ctx context.Context, lease *store.Lease) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-lease.Lost():
			s.log.Warn("the connection to the records broke, or this machine stood still; another keeps the schedule from here")
			stop()
		case <-ctx.Done():
		}
	}()
	s.keeper.Store(true)
	defer s.keeper.Store(false)
	c := s.w.Campaign()
	late := map[string]bool{}
	do := map[string]func(due time.Time){
		"intake": func(time.Time) {
			scheduled(ctx, s.w, s.log, s.intakeOptions())
		},
		"nightly": func(due time.Time) { s.doNight(ctx, due, late["nightly"]) },
		"digest":  func(time.Time) { s.digest(ctx) },
		"backup":  func(due time.Time) { s.doBackup(ctx, due, late["backup"]) },
	}
	missed := map[string]func(context.Context, *workspace.Workspace, cron.Schedule) (bool, error){"nightly": missedNightly, "backup": missedBackup}
	var jobs []*job
	for _, name := range campaign.Jobs {
		when := c.Schedule[name]
		if when == nil {
			continue
		}
		j := &job{name: name, when: when, next: when.Next(s.w.Time())}
		j.do = func(due time.Time) { do[name](due); delete(late, name) }
		jobs = append(jobs, j)
		if j.next.IsZero() {
			s.log.Error("this job is never due: `kheo check` tells where it stands", "job", name, "cron", c.Cron[name])
			continue
		}
		s.log.Info("scheduled", "job", name, "cron", c.Cron[name], "next", j.next.Format(time.RFC3339))
		if missed[name] == nil {
			continue
		}
		was, err := missed[name](ctx, s.w, when)
		if err != nil && ctx.Err() == nil {
			return err
		}
		if was {
			s.log.Info("the last one was missed; it is done now", "job", name)
			j.next, late[name] = lastDue(when, s.w.Time()), true
		}
	}
	var asked sync.WaitGroup
	asked.Go(func() { s.doesAsked(ctx) })
	asked.Go(func() { s.keepsOutbox(ctx) })
	asked.Go(func() { s.doesEditions(ctx) })
	s.keep(ctx, jobs)
	stop()
	asked.Wait()
	return nil
}

// job is something that the schedule lets fall due.
type job struct {
	name string
	when cron.Schedule
	do   func(due time.Time)
	next time.Time // zero where it is never due
}

// lookAgain is how long the schedule sleeps at most: so that it notices a clock that was set,
// and a machine that slept.
const lookAgain = 20 * time.Second

// setBack is by how much a job may lie ahead of when it is due by the clock before the clock is
// taken to have been set back.
const setBack = 48 * time.Hour

// ahead is by how much a job may lie ahead of when it is due by the clock: of one that is due often,
// two of its intervals, so that a clock that was set back does not keep it from happening.
func (j *job) ahead(due time.Time) time.Duration {
	if after := j.when.Next(due); !after.IsZero() {
		return min(setBack, 2*after.Sub(due))
	}
	return setBack
}

// keep does jobs as they fall due.
func (s *Service) keep(ctx context.Context, jobs []*job) {
	for ctx.Err() == nil {
		now := s.w.Time()
		var first *job
		for _, j := range jobs {
			if due := j.when.Next(now); !due.IsZero() && j.next.Sub(due) > j.ahead(due) {
				j.next = due
			}
			if !j.next.IsZero() && (first == nil || j.next.Before(first.next)) {
				first = j
			}
		}
		if first == nil {
			<-ctx.Done()
			return
		}
		if first.next.After(now) {
			s.wait(ctx, first.next)
			continue
		}
		first.do(first.next)
		after := first.next
		if now := s.w.Time(); now.After(after) {
			after = now // what fell due meanwhile was this
		}
		first.next = first.when.Next(after)
	}
}

// wait sleeps until a time, a while, or the end of ctx.
func (s *Service) wait(ctx context.Context, until time.Time) {
	if s.Wait != nil {
		s.Wait(ctx, until)
		return
	}
	timer := time.NewTimer(min(until.Sub(s.w.Time()), lookAgain))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// scheduled does one run. A failure is in the log and, where the run began, in the ledger; it must not
// end the program. It is no failure where another did this run meanwhile.
func scheduled(ctx context.Context, w *workspace.Workspace, log *slog.Logger, opts pipeline.Options) (err error) {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	defer func() {
		if p := recover(); p != nil {
			log.Error("run failed", "cause", opts.Cause, "panic", fmt.Sprint(p))
			err = fmt.Errorf("kheo made a mistake: %v", p)
		}
	}()
	// Rules and units may have been changed since the last run.
	if err := w.Reload(); err != nil {
		var mistakes strict.Problems
		unruled, failed := campaign.LoadWithoutRulesets(w.Dir)
		if failed != nil || !errors.As(err, &mistakes) {
			log.Error("kheo.yaml has mistakes; nothing is run until they are mended", "error", err)
			return fmt.Errorf("kheo.yaml has mistakes: %w", err)
		}
		log.Error("a ruleset has mistakes; dossiers are taken in, and no list is published until they are mended", "error", err)
		opts.Unruled = unruled
		if !opts.Intake {
			opts.Mistakes = err
		}
	}
	newest, err := newestRun(ctx, w)
	if err != nil {
		log.Error("the ledger cannot be read", "error", err)
		return err
	}
	begun, err := runOnce(ctx, w, opts)
	for told := false; errors.Is(err, workspace.ErrBusy); told = true {
		if opts.Intake {
			log.Info("skipped: another is at work, and takes in too", "cause", opts.Cause)
			return nil
		}
		if !told {
			log.Info("another is at work; this run waits for its end", "cause", opts.Cause)
		}
		if !workspace.Pause(ctx, time.Second) {
			return ctx.Err()
		}
		done, failed := doneAfter(ctx, w, newest)
		if failed != nil {
			log.Error("the ledger cannot be read", "error", failed)
			return failed
		}
		if done {
			log.Info("another has done this run meanwhile", "cause", opts.Cause)
			return nil
		}
		begun, err = runOnce(ctx, w, opts)
	}
	if err != nil && !begun { // the log of the run itself says any other
		log.Error("the run could not begin", "cause", opts.Cause, "error", err)
	}
	return err
}

// runOnce does a run, and reports whether it began.
func runOnce(ctx context.Context, w *workspace.Workspace, opts pipeline.Options) (begun bool, err error) {
	was, err := newestRun(ctx, w)
	if err != nil {
		return false, err
	}
	if _, err = pipeline.Run(ctx, w, opts); err == nil {
		return true, nil
	}
	now, failed := newestRun(context.WithoutCancel(ctx), w)
	return failed == nil && now > was, err
}

// newestRun is the number of the run that began last, of whatever end; 0 where none did.
func newestRun(ctx context.Context, w *workspace.Workspace) (int64, error) {
	runs, err := w.Store.Runs.Newest(ctx, 1)
	if err != nil || len(runs) == 0 {
		return 0, err
	}
	return runs[0].Number, nil
}

// doneAfter reports whether a whole run that began after another, by their numbers, ended well. Times
// would not tell, where a clock was set.
func doneAfter(ctx context.Context, w *workspace.Workspace, number int64) (bool, error) {
	runs, err := w.Store.Runs.Newest(ctx, 100)
	for _, r := range runs {
		if r.State == store.RunDone && r.Run != "" && r.Cause != pipeline.EditionCause && r.Number > number {
			return true, nil
		}
	}
	return false, err
}
