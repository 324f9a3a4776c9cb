// Package pipeline does the nightly run: it takes what was submitted from the inbox to published lists.
//
// This file is the place to begin. [Run] holds the workspace's lock and writes the run ledger; [stages] lists
// the stages in order. Each stage is a function in a file of its own (intake.go, read.go, profile.go,
// compare.go, assess.go, recommend.go, index.go, publish.go). What a stage makes is its result, and what it
// needs of earlier stages are its parameters; files and their readings pass through the record store, by
// content hash. All stages get the environment of the run (env.go), which carries no results.
//
// The expensive stages distribute their items in batches through a queue (queue.go), so that every machine
// that shares the records does some (batch.go).
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"kheo/internal/dossier"
	"kheo/pipeline/anchor"
	"kheo/pipeline/campaign"
	"kheo/pipeline/editions"
	"kheo/pipeline/intake"
	"kheo/pipeline/progress"
	"kheo/pipeline/recommend"
	"kheo/pipeline/register"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// Options of a run. The zero value does a whole run without a deadline, a log or reports of progress.
type Options struct {
	Cause    string            // what started it, for the ledger: command, nightly, intake, …
	Version  string            // of kheo, for the ledger
	Progress progress.Reporter // nil reports nothing
	Log      *slog.Logger      // nil logs nothing, for the ledger has the notes; the queue then logs to slog.Default
	Intake   bool              // only ingest and read; publish nothing
	Deadline time.Duration     // the run is cancelled after it; 0 for no deadline

	// AcceptLoss publishes the lists even if they lose more dossiers than kheo.yaml allows.
	AcceptLoss bool
	// Waiting, unless nil, lets the run wait once for entries of the inbox that changed a moment ago, and
	// is called with their names before it does. It waits at most the settle time of the workspace. If it is
	// nil, such entries are left for the next run.
	Waiting func(entries []string, atMost time.Duration)
	// Mistakes, unless nil, is why nothing can be assessed: the run ingests and reads, and then fails with
	// it as *Unruled.
	Mistakes error

	// Unruled, unless nil, is the campaign without its rulesets. The run uses it for ingesting while the
	// rulesets have mistakes.
	Unruled *campaign.Campaign
	// MailAnchor, unless nil, mails the anchor of the audit trail at the end of the run.
	MailAnchor func(ctx context.Context, a review.Anchor) error

	edition bool // publish what the last run assessed again, with the outcomes that people have set since
}

// Outcome is the result of a run that ended well.
type Outcome struct {
	Run      *store.Run        // its entry in the ledger
	Counts   []ListCounts      // of the published lists, in the order of the rulesets
	Lists    []*recommend.List // of brief assessments; nil if no list had to be made again
	Receipts []*intake.Receipt // of what was ingested
	Nothing  bool              // no stage had anything to do: the lists are those of the last run
	NeedOCR  int               // pages that wait for OCR, which is not installed
}

// Run does one whole run: intake, read, ocr, profile, compare, assess, recommend, index, publish. Every stage
// keeps its results under keys of what they depend on, so a run that is killed or cancelled loses nothing and
// the next one continues from there.
//
// It holds the workspace's lock meanwhile (workspace.ErrBusy if another run does) and writes the run ledger,
// also if it fails.
func Run(ctx context.Context, w *workspace.Workspace, opts Options) (*Outcome, error) {
	lock, err := w.Hold()
	if err != nil {
		return nil, err
	}
	defer lock.Release()
	if err := w.RequireFiles(ctx); err != nil {
		return nil, err
	}
	// Both say that this process is at work: to its own helper, which leaves the queue, and to other
	// machines, which would otherwise put back the batches of this one.
	defer w.Work.BeginRun()()
	defer w.Heartbeat(ctx, "run")()
	run, err := begin(ctx, w, opts)
	if err != nil {
		return nil, err
	}
	defer run.memory.Restore()
	// From here on nothing is written unless this run is still the active one. A process that was suspended
	// and whose place another took changes nothing when it wakes up.
	ctx = store.ForRun(ctx, run.record.Number)
	ctx, span := tracer.Start(ctx, "run", trace.WithAttributes(
		attribute.Int64("kheo.run", run.record.Number), attribute.String("kheo.cause", opts.Cause)))
	out, err := bounded(ctx, run, lock.Lost(), stages)
	if err == nil && opts.Mistakes != nil {
		err = &Unruled{Taken: run.record.Stages[0].Done, Err: opts.Mistakes}
	}
	finish(ctx, run, out, err)
	endSpan(span, err)
	if err := run.end(ctx, err); err != nil {
		return nil, err
	}
	return out.public(run), nil
}

// results are what the stages of a run made that is needed after the last of them.
type results struct {
	receipts []*intake.Receipt
	waiting  []store.PageImage // pages that wait for OCR
	lists    *listSet          // nil if the run only ingests and reads
}

// stages does the stages of a run in order.
func stages(ctx context.Context, run *runEnv) (*results, error) {
	if err := confinable(run.campaign); err != nil {
		return nil, err
	}
	if run.opts.edition {
		return editionStages(ctx, run)
	}
	in, err := stage(ctx, run, "intake", ingestAll)
	if err != nil {
		return nil, err
	}
	all := in.dossiers
	if _, err := stage(ctx, run, "read", readFiles); err != nil {
		return nil, err
	}
	pages, err := stage(ctx, run, "ocr", recognisePages)
	if err != nil {
		return nil, err
	}
	done := &results{receipts: in.receipts, waiting: pages.waiting}
	if run.opts.Intake || run.opts.Mistakes != nil {
		return done, nil
	}
	profiles, err := stage(ctx, run, "profile", func(ctx context.Context, run *runEnv) (profileHeads, error) {
		return profileAll(ctx, run, all, pages.readStates)
	})
	if err != nil {
		return nil, err
	}
	copies, err := stage(ctx, run, "compare", func(ctx context.Context, run *runEnv) (copiesByDossier, error) {
		return compareAll(ctx, run, all, profiles)
	})
	if err != nil {
		return nil, err
	}
	assessed, err := stage(ctx, run, "assess", func(ctx context.Context, run *runEnv) (assessKeys, error) {
		return assessAll(ctx, run, all, profiles, copies)
	})
	if err != nil {
		return nil, err
	}
	done.lists, err = listStages(ctx, run, all, profiles, assessed)
	return done, err
}

// leaveQueue ends taking jobs, if the run does. A stage that distributes work joins again.
func (run *runEnv) leaveQueue() {
	if run.queue != nil {
		run.queue.leave()
		run.queue = nil
	}
}

// listStages makes the lists and publishes them, which this process does alone: a queue that it waited on would cost
// more than some of it. assessed is nil for an edition, whose lists are made even if nothing that they depend on
// changed.
func listStages(
	ctx context.Context, run *runEnv, all *dossierSet, profiles profileHeads, assessed assessKeys,
) (*listSet, error) {
	run.leaveQueue()
	lists, err := stage(ctx, run, "recommend", func(ctx context.Context, run *runEnv) (*listSet, error) {
		return recommendAll(ctx, run, all, profiles, assessed)
	})
	if err != nil {
		return nil, err
	}
	_, err = stage(ctx, run, "index", func(ctx context.Context, run *runEnv) (none, error) {
		return none{}, updateIndex(ctx, run, all, profiles, lists)
	})
	if err != nil {
		return nil, err
	}
	_, err = stage(ctx, run, "publish", func(ctx context.Context, run *runEnv) (none, error) {
		return none{}, publishLists(ctx, run, lists)
	})
	return lists, err
}

// finish does what follows the stages of a run. Whole runs that ended well look for models that others took
// over, remove what is kept no longer, and anchor the audit trail. Failures here are notes in the ledger: the
// lists are published. failed is the error of the stages.
func finish(ctx context.Context, run *runEnv, done *results, failed error) {
	if failed == nil && !run.opts.Intake && !run.opts.edition {
		noteConfinement(run)
		if err := findTakeovers(ctx, run, done.lists.key); err != nil {
			run.note("%v", err)
		}
		if err := editions.Retain(ctx, run.ws, run.campaign, run.record, run.log); err != nil {
			run.note("removing what is kept no longer: %v", err)
		}
		if err := anchor.Keep(ctx, run.ws, run.opts.MailAnchor); err != nil {
			run.note("%v", err)
		}
	}
	run.leaveQueue()
	if failed == nil && !run.opts.Intake {
		if err := eraseDue(ctx, run.ws.Store); err != nil {
			run.note("%v", err)
		}
	}
}

// public is what the caller of Run gets of the results.
func (r *results) public(run *runEnv) *Outcome {
	out := &Outcome{Run: run.record, Receipts: r.receipts, NeedOCR: len(r.waiting)}
	out.Nothing = !slices.ContainsFunc(run.record.Stages, func(s store.Stage) bool { return s.Done > 0 })
	if r.lists != nil {
		out.Counts, out.Lists = r.lists.counts, r.lists.lists
	}
	return out
}

// Unruled is the error of a run that ingested dossiers and published nothing, because kheo.yaml or a ruleset
// has mistakes.
type Unruled struct {
	Taken int   // dossiers that are new or changed
	Err   error // the mistakes
}

// Error says what was done and what was not, with the mistakes.
func (u *Unruled) Error() string {
	return fmt.Sprintf("dossiers were ingested (%d new or changed), and no list was published because of mistakes "+
		"in the rules:\n%v", u.Taken, u.Err)
}

// Unwrap returns the mistakes, each with its place in the file.
func (u *Unruled) Unwrap() error { return u.Err }

// findTakeovers looks for models that other units took over, unless nothing that this depends on has changed
// since the last time: lists is the key of the lists.
func findTakeovers(ctx context.Context, run *runEnv, lists string) error {
	key := dossier.HashOf([]any{lists, run.campaign.Register})
	last, err := run.ws.Store.State.Takeovers.Get(ctx)
	if err != nil || last == key {
		return err
	}
	if _, err := register.FindTakeovers(ctx, run.ws); err != nil {
		return err
	}
	return run.ws.Store.State.Takeovers.Set(ctx, key)
}

// eraseDue overwrites what removed dossiers left in free space of the records, if any were removed.
func eraseDue(ctx context.Context, s *store.Store) error {
	due, err := s.ErasureDue(ctx)
	if err != nil || !due {
		return err
	}
	return s.Erase(ctx)
}

var errStopped = errors.New("the run was stopped; the next one continues from here")

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
