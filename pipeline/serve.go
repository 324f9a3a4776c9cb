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
// summary into lists/<campaign>/digest.txt. A nightly run that was missed,
// because the machine slept or kheo did not run, is made up for at once. A job
// that falls due while another is at work waits for its end; one that is
// already waiting does not queue twice.
func (w *Workspace) Serve(ctx context.Context, version string, log *slog.Logger) error {
	c := cron.New(cron.WithLocation(w.Campaign.Location))
	jobs := map[string]func(){
		"intake": func() {
			w.scheduled(ctx, log, Options{Cause: "intake", Version: version, Intake: true, Log: log, Deadline: w.Campaign.Deadline})
		},
		"nightly": func() {
			w.scheduled(ctx, log, Options{Cause: "nightly", Version: version, Log: log, Deadline: w.Campaign.Deadline})
		},
		"digest": func() { w.digest(ctx, log) },
	}
	var turn sync.Mutex
	for _, name := range campaign.Jobs {
		s := w.Campaign.Schedule[name]
		if s == nil {
			continue
		}
		job := &oneAtATime{do: jobs[name], turn: &turn}
		c.Schedule(s, job)
		log.Info("scheduled", "job", name, "cron", w.Campaign.Cron[name], "next", s.Next(w.now()).Format(time.RFC3339))
		if name == "nightly" {
			missed, err := w.missedNightly(ctx, s)
			if err != nil && ctx.Err() == nil {
				return err
			}
			if missed {
				log.Info("the last nightly run was missed; it is done now")
				go job.Run()
			}
		}
	}
	c.Start()
	var keeping sync.WaitGroup
	keeping.Go(func() { w.keepsIndex(ctx, log) })
	<-ctx.Done()
	keeping.Wait()
	<-c.Stop().Done() // running jobs see ctx and end
	turn.Lock()       // so does one that is made up for
	log.Info("stopped")
	return nil
}

// oneAtATime lets jobs of one workspace take turns, and drops a job that is
// already waiting for its turn.
type oneAtATime struct {
	do      func()
	turn    *sync.Mutex
	waiting sync.Mutex
}

func (o *oneAtATime) Run() {
	if !o.waiting.TryLock() {
		return
	}
	o.turn.Lock()
	o.waiting.Unlock()
	defer o.turn.Unlock()
	o.do()
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
	w.Campaign = fresh
	if _, err := w.Run(ctx, opts); errors.Is(err, ErrBusy) {
		log.Warn("skipped: another run is at work", "cause", opts.Cause)
	} // any other error has been logged by the run itself
}

// missedNightly reports whether a nightly run was due since the last whole run
// that ended. A workspace that never ran has missed none.
func (w *Workspace) missedNightly(ctx context.Context, s cron.Schedule) (bool, error) {
	runs, err := w.Store.Runs(ctx, 10000)
	if err != nil {
		return false, err
	}
	for _, r := range runs {
		if r.State == store.RunDone && r.Run != "" {
			return s.Next(r.Started.In(w.Campaign.Location)).Before(w.now()), nil
		}
	}
	return false, nil
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
	fmt.Fprintf(&b, "%s, run %d, %s\n", w.Campaign.ID, run.Number, run.Finished.In(w.Campaign.Location).Format("2006-01-02 15:04"))
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
