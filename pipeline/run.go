package pipeline

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"kheo/index"
	"kheo/internal/dossier"
	"kheo/pipeline/anchor"
	"kheo/pipeline/campaign"
	"kheo/pipeline/editions"
	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
	"kheo/pipeline/progress"
	"kheo/pipeline/publish"
	"kheo/pipeline/recommend"
	"kheo/pipeline/register"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// Options of a run.
type Options struct {
	Cause    string // what started it: command, nightly, …
	Version  string // of kheo, for the ledger
	Progress progress.Reporter
	Log      *slog.Logger
	Intake   bool          // only take in and read; publish nothing
	Deadline time.Duration // how long it may take; 0 is as long as it takes

	AcceptLoss bool // publish also where the lists lose more dossiers than kheo.yaml allows
	// Waiting, where it is not nil, lets the run wait once for entries of the inbox that changed a
	// moment ago, at most the settle time, and hears for which. Otherwise they are left for the next.
	Waiting func(entries []string, atMost time.Duration)
	// Mistakes, where it is not nil, is why nothing can be assessed: the run takes in and reads, and
	// then fails with it.
	Mistakes error

	// Unruled, unless nil, is the campaign without its rulesets: the run takes in by it while the
	// rulesets have mistakes.
	Unruled *campaign.Campaign
	// MailAnchor, unless nil, mails the anchor of the audit trail at the end of the run.
	MailAnchor func(ctx context.Context, a review.Anchor) error

	edition bool // publish again what the last run assessed, with what people have set since
}

// Outcome is what a run did.
type Outcome struct {
	Run      *store.Run
	Counts   []ListCounts
	Lists    []*recommend.List // where they were made anew, of store.Briefs; nil where nothing that they hang on had changed
	Receipts []*intake.Receipt
	Nothing  bool // nothing was new: the lists are those of the last run
	NeedOCR  int  // pages that wait for OCR, which is not installed
}

// runner is one run under way.
type runner struct {
	*workspace.Workspace
	Campaign *campaign.Campaign // by which this run goes, whatever is read meanwhile
	opts     Options
	run      *store.Run
	receipts []*intake.Receipt
	queue    *queue
	memory   *memory

	dossiers map[string]*store.Accepted // their files may be missing
	ids      []string                   // of all dossiers, sorted
	profiles map[string]store.ProfileHead
	copies   map[string][]dossier.Copy
	scores   map[string][]dossier.PanelScore
	lists    []*recommend.List // of brief assessments
	said     map[string]string // hash of what a list says of a dossier, before quotas
	keys     [][]publish.Key   // of the entries of the lists
	rendered []publish.Rendered

	tools
	foreign   bool              // another machine does the run; this one a batch of it
	readState map[string]string // by dossier: its files for which OCR or LibreOffice did something, and what
	waiting   []store.PageImage // pages that wait for OCR

	envHash string                                 // of the campaign, once asked for
	key     string                                 // what the lists hang on, once asked for
	choices map[string]map[string]recommend.Choice // outcomes that people set, by ruleset and dossier

	fresh     bool // some stage had work to do
	counts    []ListCounts
	unchanged bool // the lists are those of the last run
}

// Run does one whole run: intake, read, profile, compare, assess, recommend,
// index, publish. It holds the workspace's lock and writes the run ledger.
func Run(ctx context.Context, w *workspace.Workspace, opts Options) (*Outcome, error) {
	lock, err := w.Hold()
	if err != nil {
		return nil, err
	}
	defer lock.Release()
	if err := w.RequireFiles(ctx); err != nil {
		return nil, err
	}
	defer w.Work.BeginRun()()
	defer w.Heartbeat(ctx, "run")()
	if opts.Progress == nil {
		opts.Progress = progress.None{}
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	camp := w.Campaign()
	if opts.Unruled != nil {
		camp = opts.Unruled
	}
	r := &runner{Workspace: w, Campaign: camp, opts: opts, dossiers: map[string]*store.Accepted{}}
	if r.run, err = w.Store.Runs.Begin(ctx, opts.Cause, opts.Version, w.Now()); err != nil {
		return nil, err
	}
	r.opts.Log = opts.Log.With("run", r.run.Number)
	r.opts.Log.Info("run begins", "cause", opts.Cause)
	r.memory = easeMemory()
	defer r.memory.restore()
	ctx = store.ForRun(ctx, r.run.Number)
	r.tools = findTools(ctx, r.Campaign)
	ctx, span := tracer.Start(ctx, "run", trace.WithAttributes(attribute.Int64("kheo.run", r.run.Number), attribute.String("kheo.cause", opts.Cause)))
	working, free := r.bounded(ctx, lock.Lost())
	if err = r.confinable(); err == nil {
		err = r.stages(working)
	}
	var why *stopped
	if errors.As(context.Cause(working), &why) {
		err = why
	}
	free()
	if err == nil && opts.Mistakes != nil {
		err = &Unruled{Taken: r.run.Stages[0].Done, Err: opts.Mistakes}
	}
	if err == nil && !opts.Intake && !opts.edition {
		r.noteConfinement()
		if err := r.takeovers(ctx); err != nil {
			r.note("%v", err)
		}
		if err := editions.Retain(ctx, r.Workspace, r.Campaign, r.run, r.opts.Log); err != nil {
			r.note("removing what is kept no longer: %v", err)
		}
		if err := anchor.Keep(ctx, r.Workspace, opts.MailAnchor); err != nil {
			r.note("%v", err)
		}
	}
	if r.queue != nil {
		r.queue.leave()
	}
	if err == nil && !opts.Intake {
		if err := r.eraseDue(ctx); err != nil {
			r.note("%v", err)
		}
	}
	if r.run.Finished = w.Now().UTC().Truncate(time.Millisecond); r.run.Finished.Before(r.run.Started) {
		r.run.Finished = r.run.Started // the clock was set back meanwhile
	}
	r.run.State = store.RunDone
	if err != nil {
		r.run.State, r.run.Error = store.RunFailed, err.Error()
	}
	endSpan(span, err)
	saved := w.Store.Runs.Save(context.WithoutCancel(ctx), r.run)
	if err := errors.Join(err, saved); err != nil {
		r.opts.Log.Error("run failed", "error", err)
		return nil, err
	}
	r.opts.Log.Info("run ends", "lists", r.run.Run, "seconds", r.run.Finished.Sub(r.run.Started).Seconds())
	return &Outcome{Run: r.run, Counts: r.counts, Lists: r.lists, Receipts: r.receipts, Nothing: !r.fresh, NeedOCR: len(r.waiting)}, nil
}

// Unruled is the error of a run that took dossiers in, and published nothing because kheo.yaml or a
// ruleset has mistakes.
type Unruled struct {
	Taken int // dossiers that are new or changed
	Err   error
}

func (u *Unruled) Error() string {
	return fmt.Sprintf("dossiers were taken in (%d new or changed), and no list was published because of mistakes in the rules:\n%v",
		u.Taken, u.Err)
}

func (u *Unruled) Unwrap() error { return u.Err }

// takeovers looks for models that others took over, where anything changed since it last did.
func (r *runner) takeovers(ctx context.Context) error {
	now := dossier.HashOf([]any{r.listsKey(), r.Campaign.Register})
	was, err := r.Store.State.Takeovers.Get(ctx)
	if err != nil || was == now {
		return err
	}
	if _, err := register.FindTakeovers(ctx, r.Workspace); err != nil {
		return err
	}
	return r.Store.State.Takeovers.Set(ctx, now)
}

// tracer tells OpenTelemetry of runs, their stages and batches; nobody listens unless asked to.
var tracer = otel.Tracer("kheo")

// endSpan ends a span, and says of it what went wrong.
func endSpan(span trace.Span, err error) {
	if err != nil {
		span.RecordError(err)
		span.SetStatus(codes.Error, err.Error())
	}
	span.End()
}

// stage is a part of a run.
type stage struct {
	name string
	do   func(context.Context) (total, done int, err error)
}

func (r *runner) stages(ctx context.Context) error {
	list := []stage{{"intake", r.intake}, {"read", r.read}, {"ocr", r.ocr}}
	if r.opts.edition {
		list = r.editionStages()
	} else if !r.opts.Intake && r.opts.Mistakes == nil {
		list = append(list, stage{"profile", r.profile}, stage{"compare", r.compare}, stage{"assess", r.assess}, stage{"recommend", r.recommend}, stage{"index", r.index}, stage{"publish", r.publish})
	}
	for _, s := range list {
		if err := ctx.Err(); err != nil {
			return errors.New("the run was stopped; the next one goes on from here")
		}
		r.run.Stages = append(r.run.Stages, store.Stage{Name: s.name, Errors: []string{}})
		at := &r.run.Stages[len(r.run.Stages)-1]
		start := time.Now()
		in, span := tracer.Start(ctx, s.name)
		total, done, err := s.do(in)
		span.SetAttributes(attribute.Int("kheo.total", total), attribute.Int("kheo.done", done))
		endSpan(span, err)
		at.Total, at.Done, at.Seconds = total, done, float64(time.Since(start).Milliseconds())/1000
		r.opts.Progress.End()
		if err != nil {
			at.Errors = append(at.Errors, err.Error())
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if done > 0 {
			r.fresh = true
		}
		r.opts.Log.Info("stage", "stage", s.name, "total", total, "done", done, "seconds", at.Seconds)
		if err := r.Store.Runs.Save(ctx, r.run); err != nil {
			return err
		}
	}
	return nil
}

// note writes something that went wrong, without ending the run, into the
// ledger entry of the stage under way.
func (r *runner) note(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	at := &r.run.Stages[len(r.run.Stages)-1]
	if len(at.Errors) < 100 {
		at.Errors = append(at.Errors, s)
	}
	r.opts.Log.Warn(s)
}

// settledPairs returns what the last comparison kept; nil if it kept nothing or it cannot be read.
func (r *runner) settledPairs(ctx context.Context) (index.Settled, error) {
	text, err := r.Store.State.SettledPairs.Get(ctx)
	if err != nil {
		return nil, err
	}
	var settled index.Settled
	if b, err := base64.StdEncoding.DecodeString(text); err != nil || settled.UnmarshalBinary(b) != nil {
		return nil, nil
	}
	return settled, nil
}

// keepSettledPairs keeps the pairs for the next comparison.
func (r *runner) keepSettledPairs(ctx context.Context, settled index.Settled) error {
	b, err := settled.MarshalBinary()
	if err != nil {
		return err
	}
	return r.Store.State.SettledPairs.Set(ctx, base64.StdEncoding.EncodeToString(b))
}

// confinable is the error with which nothing is read on a machine that cannot confine the readers, unless
// the campaign accepts that.
func (r *runner) confinable() error {
	if r.Campaign.Readers.Reduced {
		return nil
	}
	return extract.CanConfine()
}

// noteConfinement records in the ledger that the readers of this run were confined less than usual.
func (r *runner) noteConfinement() {
	if err := extract.CanConfine(); err != nil {
		r.note("the readers are confined less than usual, as readers: { confinement: reduced } accepts; `kheo doctor` shows what holds")
	}
}

// eraseDue erases what removing left in free space of the records, where that is due.
func (r *runner) eraseDue(ctx context.Context) error {
	due, err := r.Store.ErasureDue(ctx)
	if err != nil || !due {
		return err
	}
	return r.Store.Erase(ctx)
}
