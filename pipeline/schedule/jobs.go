package schedule

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"kheo/internal/strict"
	"kheo/pipeline"
	"kheo/pipeline/amend"
	"kheo/pipeline/campaign"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// keepSchedule keeps the campaign's schedule, in its timezone, until ctx ends or the lease is lost: intake ingests
// and reads, nightly does a whole run, digest writes a summary into lists/<campaign>/digest.txt, backup makes a
// backup. Jobs take turns. A nightly run or a backup that was missed, because the machine slept or kheo did not
// run, is caught up with at once, and once; so is whatever fell due while another job was under way.
func (s *Service) keepSchedule(ctx context.Context, lease *store.Lease) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-lease.Lost():
			s.log.Warn("the connection to the records broke, or this machine was suspended; " +
				"another one keeps the schedule from here")
			stop()
		case <-ctx.Done():
		}
	}()
	s.keeper.Store(true)
	defer s.keeper.Store(false)
	jobs, err := s.jobs(ctx)
	if err != nil {
		return err
	}
	var requests sync.WaitGroup
	requests.Go(func() { s.doRequestedRuns(ctx) })
	requests.Go(func() { s.sendOutbox(ctx) })
	requests.Go(func() { s.tellElsewhere(ctx) })
	requests.Go(func() { s.fetchLetters(ctx) })
	requests.Go(func() { s.remind(ctx) })
	requests.Go(func() { s.publishEditions(ctx) })
	requests.Go(func() { s.lookAtOffice(ctx) })
	s.keep(ctx, jobs)
	stop()
	requests.Wait()
	return nil
}

// job is a job of the schedule.
type job struct {
	name string
	when cron.Schedule
	do   func(due time.Time, late bool)
	next time.Time // when it is due next; zero if it is never due
	late bool      // the next time is one that was missed
}

// jobs returns the jobs that kheo.yaml schedules, each with when it is due next. Those that were missed are
// due already.
func (s *Service) jobs(ctx context.Context) ([]*job, error) {
	do := map[string]func(due time.Time, late bool){
		"intake":  func(time.Time, bool) { s.runScheduled(ctx, s.intakeOptions()) },
		"nightly": func(due time.Time, late bool) { s.doNight(ctx, due, late) },
		"digest":  func(time.Time, bool) { s.digest(ctx) },
		"backup":  func(due time.Time, late bool) { s.doBackup(ctx, due, late) },
	}
	missed := map[string]func(context.Context, *workspace.Workspace, cron.Schedule) (bool, error){
		"nightly": missedNightly, "backup": missedBackup,
	}
	c := s.w.Campaign()
	var out []*job
	for _, name := range campaign.Jobs {
		when := c.Schedule[name]
		if when == nil {
			continue
		}
		j := &job{name: name, when: when, do: do[name], next: when.Next(s.w.Time())}
		out = append(out, j)
		if j.next.IsZero() {
			s.log.Error("this job is never due: `kheo check` shows its line in kheo.yaml",
				"job", name, "cron", c.Cron[name])
			continue
		}
		s.log.Info("scheduled", "job", name, "cron", c.Cron[name], "next", j.next.Format(time.RFC3339))
		if missed[name] == nil {
			continue
		}
		was, err := missed[name](ctx, s.w, when)
		if err != nil && ctx.Err() == nil {
			return nil, err
		}
		if was {
			s.log.Info("the last one was missed; it is done now", "job", name)
			j.next, j.late = lastDue(when, s.w.Time()), true
		}
	}
	return out, nil
}

const (
	// wakeInterval is how long the schedule sleeps at most, so that it notices a clock that was set and a machine
	// that slept.
	wakeInterval = 20 * time.Second
	// setBack is by how much a job may be ahead of when it is due by the clock, before the clock counts as having
	// been set back.
	setBack = 48 * time.Hour
)

// maxAhead is by how much a job may be ahead of a time at which it is due by the clock. Of a job that is due
// often it is two of its intervals, so that a clock that was set back does not stop it for two days.
func (j *job) maxAhead(due time.Time) time.Duration {
	if after := j.when.Next(due); !after.IsZero() {
		return min(setBack, 2*after.Sub(due))
	}
	return setBack
}

// keep does jobs as they fall due, until ctx ends.
func (s *Service) keep(ctx context.Context, jobs []*job) {
	for ctx.Err() == nil {
		now := s.w.Time()
		var first *job
		for _, j := range jobs {
			if due := j.when.Next(now); !due.IsZero() && j.next.Sub(due) > j.maxAhead(due) {
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
		first.do(first.next, first.late)
		after := first.next
		if now := s.w.Time(); now.After(after) {
			after = now // times that passed meanwhile are covered by what was just done
		}
		first.next, first.late = first.when.Next(after), false
	}
}

// wait sleeps until a time, but not longer than wakeInterval, or until ctx ends.
func (s *Service) wait(ctx context.Context, until time.Time) {
	if s.Wait != nil {
		s.Wait(ctx, until)
		return
	}
	timer := time.NewTimer(min(until.Sub(s.w.Time()), wakeInterval))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// runScheduled does one run. If another run is under way it waits for its end; it does nothing if that was a whole
// run. A failure is in the log and, if the run began, in the ledger. It must not end the program, nor must a panic.
func (s *Service) runScheduled(ctx context.Context, opts pipeline.Options) (err error) {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("run failed", "cause", opts.Cause, "panic", fmt.Sprint(p))
			err = fmt.Errorf("kheo made a mistake: %v", p)
		}
	}()
	if opts, err = s.reloadFor(ctx, opts); err != nil {
		return err
	}
	newest, err := newestRun(ctx, s.w)
	if err != nil {
		s.log.Error("the ledger cannot be read", "error", err)
		return err
	}
	begun, err := runOnce(ctx, s.w, opts)
	for logged := false; errors.Is(err, workspace.ErrBusy); logged = true {
		if opts.Intake {
			s.log.Info("skipped: another run is under way, and ingests too", "cause", opts.Cause)
			return nil
		}
		if !logged {
			s.log.Info("another run is under way; this one waits for its end", "cause", opts.Cause)
		}
		if !workspace.Pause(ctx, time.Second) {
			return ctx.Err()
		}
		done, failed := doneAfter(ctx, s.w, newest)
		if failed != nil {
			s.log.Error("the ledger cannot be read", "error", failed)
			return failed
		}
		if done {
			s.log.Info("another machine has done this run meanwhile", "cause", opts.Cause)
			return nil
		}
		begun, err = runOnce(ctx, s.w, opts)
	}
	if err != nil && !begun { // a run that began logs its own failure
		s.log.Error("the run could not begin", "cause", opts.Cause, "error", err)
	}
	return err
}

// reloadFor reloads kheo.yaml and the rulesets, which may have been changed since the last run, and returns the
// options for it: if only rulesets have mistakes, the run ingests and publishes nothing.
func (s *Service) reloadFor(ctx context.Context, opts pipeline.Options) (pipeline.Options, error) {
	s.settleRules(ctx)
	err := s.w.Reload()
	if err == nil {
		return opts, nil
	}
	var mistakes strict.Problems
	unruled, failed := campaign.LoadWithoutRulesets(s.w.Dir)
	if failed != nil || !errors.As(err, &mistakes) {
		s.log.Error("kheo.yaml has mistakes; nothing is run until they are corrected", "error", err)
		return opts, fmt.Errorf("kheo.yaml has mistakes: %w", err)
	}
	s.log.Error("a ruleset has mistakes; dossiers are ingested, and no list is published until they are corrected",
		"error", err)
	opts.Unruled = unruled
	if !opts.Intake {
		opts.Mistakes = err
	}
	return opts, nil
}

// settleRules writes versions of rulesets and of kheo.yaml that were put into force and are not in the files of this
// machine yet. Files that were changed by hand are left as they are, and named in the log.
func (s *Service) settleRules(ctx context.Context) {
	settled, err := amend.Settle(ctx, s.w)
	if err != nil && ctx.Err() == nil {
		s.log.Error("bringing the rules to the version in force", "error", err)
	}
	if settled == nil {
		return
	}
	for _, file := range settled.Written {
		s.log.Info("the version in force was written", "file", file)
	}
	for _, file := range settled.Outside {
		s.log.Warn("the file was changed by hand; the version that was put into force in the browser is not written "+
			"over it", "file", file)
	}
}

// runOnce does a run, and reports whether it began.
func runOnce(ctx context.Context, w *workspace.Workspace, opts pipeline.Options) (begun bool, err error) {
	before, err := newestRun(ctx, w)
	if err != nil {
		return false, err
	}
	if _, err = pipeline.Run(ctx, w, opts); err == nil {
		return true, nil
	}
	after, failed := newestRun(context.WithoutCancel(ctx), w)
	return failed == nil && after > before, err
}

// newestRun is the number of the run that began last, however it ended; 0 if there was none.
func newestRun(ctx context.Context, w *workspace.Workspace) (int64, error) {
	runs, err := w.Store.Runs.Newest(ctx, 1)
	if err != nil || len(runs) == 0 {
		return 0, err
	}
	return runs[0].Number, nil
}

// doneAfter reports whether a whole run with a higher number than another ended well. Times would be misleading if
// a clock was set.
func doneAfter(ctx context.Context, w *workspace.Workspace, number int64) (bool, error) {
	runs, err := w.Store.Runs.Newest(ctx, 100)
	for _, r := range runs {
		if r.State == store.RunDone && r.Run != "" && r.Cause != pipeline.EditionCause && r.Number > number {
			return true, nil
		}
	}
	return false, err
}
