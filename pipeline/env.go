package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"kheo/pipeline/campaign"
	"kheo/pipeline/extract"
	"kheo/pipeline/memory"
	"kheo/pipeline/progress"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// runEnv is the environment of one run: what every stage may use. What a stage makes for the next ones is
// not in it, but returned. Only the goroutine that does the run changes it.
type runEnv struct {
	node                    // the campaign is the one that the run began with, whatever is reloaded meanwhile
	opts   Options          // without nil for Progress
	log    *slog.Logger     // each line has the number of the run
	river  *slog.Logger     // for messages of the queue
	record *store.Run       // its entry in the ledger, which stage and note extend
	memory *memory.Settings // to be restored
	local  *localBatches    // of this run, for the queue
	queue  *queue           // nil until a stage has items to distribute
}

// begin enters a run in the ledger and makes its environment. The caller holds the workspace's lock and
// restores memory.
func begin(ctx context.Context, w *workspace.Workspace, opts Options) (*runEnv, error) {
	if opts.Progress == nil {
		opts.Progress = progress.None{}
	}
	log, river := opts.Log, opts.Log
	if log == nil {
		log, river = slog.New(slog.DiscardHandler), slog.Default()
	}
	record, err := w.Store.Runs.Begin(ctx, opts.Cause, opts.Version, w.Now())
	if err != nil {
		return nil, err
	}
	log, river = log.With("run", record.Number), river.With("run", record.Number)
	log.Info("run begins", "cause", opts.Cause)
	settings := memory.Ease()
	camp := cmp.Or(opts.Unruled, w.Campaign())
	return &runEnv{
		node: newNode(ctx, w, camp), opts: opts, log: log, river: river, record: record,
		memory: settings, local: newLocalBatches(record.Number),
	}, nil
}

// end completes the entry of the ledger and saves it. It returns why the run failed, or could not be saved.
func (run *runEnv) end(ctx context.Context, failed error) error {
	r := run.record
	r.Finished = run.finishedNow()
	r.State = store.RunDone
	if failed != nil {
		r.State, r.Error = store.RunFailed, failed.Error()
	}
	saved := run.ws.Store.Runs.Save(context.WithoutCancel(ctx), r)
	if err := errors.Join(failed, saved); err != nil {
		run.log.Error("run failed", "error", err)
		return err
	}
	run.log.Info("run ends", "lists", r.Run, "seconds", r.Finished.Sub(r.Started).Seconds())
	return nil
}

// finishedNow is the time at which the run ends, never before it began: the clock may have been set back.
func (run *runEnv) finishedNow() time.Time {
	now := run.ws.Now().UTC().Truncate(time.Millisecond)
	if now.Before(run.record.Started) {
		return run.record.Started
	}
	return now
}

// none is the result of a stage that makes nothing for later ones.
type none struct{}

// stage does one stage of a run, and saves its counts, seconds and errors in the ledger, which pages show while the
// run is under way. A run that was cancelled begins no further stage. Saving also fails if another run has taken the
// place of this one (store.ErrRunOver): then no stage follows either.
func stage[T any](
	ctx context.Context, run *runEnv, name string, do func(context.Context, *runEnv) (T, error),
) (made T, err error) {
	if ctx.Err() != nil {
		return made, errStopped
	}
	run.record.Stages = append(run.record.Stages, store.Stage{Name: name, Errors: []string{}})
	entry := run.stageEntry()
	start := time.Now()
	in, span := tracer.Start(ctx, name)
	made, err = do(in, run)
	span.SetAttributes(attribute.Int("kheo.total", entry.Total), attribute.Int("kheo.done", entry.Done))
	endSpan(span, err)
	entry.Seconds = float64(time.Since(start).Milliseconds()) / 1000
	run.opts.Progress.End()
	if err != nil {
		entry.Errors = append(entry.Errors, err.Error())
		return made, fmt.Errorf("%s: %w", name, err)
	}
	run.log.Info("stage", "stage", name, "total", entry.Total, "done", entry.Done, "seconds", entry.Seconds)
	return made, run.ws.Store.Runs.Save(ctx, run.record)
}

// stageEntry is the entry of the stage under way in the ledger, or of the last one.
func (run *runEnv) stageEntry() *store.Stage {
	return &run.record.Stages[len(run.record.Stages)-1]
}

// count records how many items the stage under way is about, and how many of them it had to work on.
func (run *runEnv) count(total, done int) {
	entry := run.stageEntry()
	entry.Total, entry.Done = total, done
}

// maxNotes is how many notes of one stage the ledger keeps; the log has all.
const maxNotes = 100

// note records something that went wrong, without failing the run, in the ledger entry of the stage under
// way and in the log.
func (run *runEnv) note(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	if entry := run.stageEntry(); len(entry.Errors) < maxNotes {
		entry.Errors = append(entry.Errors, s)
	}
	run.log.Warn(s)
}

// tracer makes the OpenTelemetry spans of runs, their stages and batches. They go nowhere unless the
// command sets a provider.
var tracer = otel.Tracer("kheo")

// endSpan ends a span, with the error of what it covers.
func endSpan(span trace.Span, err error) {
	if err != nil {
		span.RecordError(err)
		span.SetStatus(codes.Error, err.Error())
	}
	span.End()
}

// confinable is an error on a machine that cannot confine the processes that read documents, unless the
// campaign accepts less confinement.
func confinable(c *campaign.Campaign) error {
	if c.Readers.Reduced {
		return nil
	}
	return extract.CanConfine()
}

// noteConfinement notes that the reading processes of this run were confined less than usual.
func noteConfinement(run *runEnv) {
	if err := extract.CanConfine(); err != nil {
		run.note("the readers are confined less than usual, as readers: { confinement: reduced } accepts; " +
			"`kheo doctor` shows what holds")
	}
}
