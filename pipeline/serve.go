package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"kheo/pipeline/campaign"
	"kheo/pipeline/dossier"
	"kheo/pipeline/store"
)

// Serve keeps the campaign's schedule, in its timezone, until ctx ends:
// `intake` takes in and reads, `nightly` does a whole run, `digest` writes a
// summary into lists/<campaign>/digest.txt. Jobs take turns. A nightly run that
// was missed, because the machine slept or kheo did not run, is made up for at
// once, and once; so is whatever fell due while another job was at work.
func (w *Workspace) Serve(ctx context.Context, version string, log *slog.Logger) error {
	do := map[string]func(){
		"intake": func() {
			w.scheduled(ctx, log, Options{Cause: "intake", Version: version, Intake: true, Log: log, Deadline: w.Campaign().Deadline})
		},
		"nightly": func() {
			w.scheduled(ctx, log, Options{Cause: "nightly", Version: version, Log: log, Deadline: w.Campaign().Deadline})
		},
		"digest": func() { w.digest(ctx, log) },
	}
	var jobs []*job
	for _, name := range campaign.Jobs {
		s := w.Campaign().Schedule[name]
		if s == nil {
			continue
		}
		j := &job{name, s, do[name], s.Next(w.now())}
		log.Info("scheduled", "job", name, "cron", w.Campaign().Cron[name], "next", j.next.Format(time.RFC3339))
		if name == "nightly" {
			missed, err := w.missedNightly(ctx, s)
			if err != nil && ctx.Err() == nil {
				return err
			}
			if missed {
				log.Info("the last nightly run was missed; it is done now")
				j.next = w.now()
			}
		}
		jobs = append(jobs, j)
	}
	var keeping sync.WaitGroup
	keeping.Go(func() { w.keepsIndex(ctx, log) })
	w.keep(ctx, jobs)
	keeping.Wait()
	log.Info("stopped")
	return nil
}

// job is something that the schedule lets fall due.
type job struct {
	name string
	when cron.Schedule
	do   func()
	next time.Time // zero where it is never due
}

// lookAgain is how long the schedule sleeps at most: so that it notices a clock that was set,
// and a machine that slept.
const lookAgain = 20 * time.Second

// setBack is by how much a job may lie ahead of when it is due by the clock before the clock is
// taken to have been set back.
const setBack = 48 * time.Hour

// keep does jobs as they fall due.
func (w *Workspace) keep(ctx context.Context, jobs []*job) {
	for ctx.Err() == nil {
		now := w.now()
		var first *job
		for _, j := range jobs {
			if due := j.when.Next(now); !due.IsZero() && j.next.Sub(due) > setBack {
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
			w.wait(ctx, first.next)
			continue
		}
		first.do()
		after := first.next
		if now := w.now(); now.After(after) {
			after = now // what fell due meanwhile was this
		}
		first.next = first.when.Next(after)
	}
}

// wait sleeps until a time, a while, or the end of ctx.
func (w *Workspace) wait(ctx context.Context, until time.Time) {
	if w.Wait != nil {
		w.Wait(ctx, until)
		return
	}
	timer := time.NewTimer(min(until.Sub(w.now()), lookAgain))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// scheduled does one run. A failure is in the log and in the ledger; it must
// not end the program.
func (w *Workspace) scheduled(ctx context.Context, log *slog.Logger, opts Options) {
	if ctx.Err() != nil {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			log.Error("run failed", "cause", opts.Cause, "panic", fmt.Sprint(p))
		}
	}()
	// Rules and units may have been changed since the last run.
	fresh, err := campaign.Load(w.Dir)
	if err != nil {
		log.Error("kheo.yaml or a ruleset has mistakes; nothing is run until they are mended", "error", err)
		return
	}
	w.campaign.Store(fresh)
	due := w.now()
	_, err = w.Run(ctx, opts)
	for told := false; errors.Is(err, ErrBusy); told = true { // any other error has been logged by the run itself
		if opts.Intake {
			log.Info("skipped: another is at work, and takes in too", "cause", opts.Cause)
			return
		}
		if !told {
			log.Info("another is at work; this run waits for its end", "cause", opts.Cause)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
		done, failed := w.doneSince(ctx, due)
		if failed != nil {
			log.Error("the ledger cannot be read", "error", failed)
			return
		}
		if done {
			log.Info("another has done this run meanwhile", "cause", opts.Cause)
			return
		}
		_, err = w.Run(ctx, opts)
	}
}

// doneSince reports whether a whole run that began then, or later, ended well.
func (w *Workspace) doneSince(ctx context.Context, then time.Time) (bool, error) {
	runs, err := w.Store.Runs(ctx, 100)
	for _, r := range runs {
		if r.State == store.RunDone && r.Run != "" && !r.Started.Before(then.Truncate(time.Millisecond)) {
			return true, nil
		}
	}
	return false, err
}

// keptSince is the setting that says since when the schedule is kept.
const keptSince = "schedule kept since"

// missedNightly reports whether a nightly run was due since the last whole run
// that ended well, or, where none ever did, since the schedule is kept.
func (w *Workspace) missedNightly(ctx context.Context, s cron.Schedule) (bool, error) {
	runs, err := w.Store.Runs(ctx, 10000)
	if err != nil {
		return false, err
	}
	begun := false // a whole run, that did not end well
	for _, r := range runs {
		begun = begun || r.Cause != "intake"
		if r.State == store.RunDone && r.Run != "" {
			return !s.Next(r.Started.In(w.Campaign().Location)).After(w.now()), nil
		}
	}
	said, err := w.Store.Setting(ctx, keptSince)
	if err != nil {
		return false, err
	}
	since, err := time.Parse(time.RFC3339, said)
	if err != nil { // it begins now
		return begun, w.Store.SetSetting(ctx, keptSince, w.now().Format(time.RFC3339))
	}
	return begun || !s.Next(since.In(w.Campaign().Location)).After(w.now()), nil
}

// digest writes what the evaluators look for in the morning.
func (w *Workspace) digest(ctx context.Context, log *slog.Logger) {
	text, err := w.Digest(ctx)
	if err == nil {
		err = store.WriteFile(filepath.Join(w.Lists(), "digest.txt"), []byte(text))
	}
	if err != nil {
		log.Error("digest failed", "error", err)
		return
	}
	log.Info("digest", "file", filepath.Join(w.Lists(), "digest.txt"))
}

// Digest sums the newest lists up: how many there are, what needs a person, and
// what went wrong in the last run.
func (w *Workspace) Digest(ctx context.Context) (string, error) {
	run, err := w.FindRun(ctx, "")
	if err != nil {
		return "", err
	}
	names, err := w.Store.ListRulesets(ctx, run.Run)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s, run %d, %s\n", w.Campaign().ID, run.Number, run.Finished.In(w.Campaign().Location).Format("2006-01-02 15:04"))
	for _, n := range names {
		f, err := w.List(ctx, run.Run, n)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "\n%s\n%d registered, %d recommended, %d need review, %d quarantined\n", f.Title, f.Counts.Registered, f.Counts.Recommended, f.Counts.NeedsReview, f.Counts.Quarantined)
		for _, e := range f.Entries {
			if e.Outcome == dossier.NeedsReview || e.Outcome == dossier.Quarantined {
				fmt.Fprintf(&b, "  %s (%s): %s\n", e.Title, e.Dossier, e.Reason)
				for _, x := range e.Flags {
					fmt.Fprintf(&b, "      %s\n", x.Message)
				}
			}
		}
	}
	for _, s := range run.Stages {
		for _, e := range s.Errors {
			fmt.Fprintf(&b, "\nnote: %s: %s\n", s.Name, e)
		}
	}
	return b.String(), nil
}
