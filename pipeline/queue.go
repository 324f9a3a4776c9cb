package pipeline

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"kheo/index"
	"kheo/internal/dossier"
	"kheo/pipeline/campaign"
	"kheo/pipeline/extract"
	"kheo/pipeline/progress"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// batchArgs is one job of the work queue: some items of one stage of one run.
// Jobs are idempotent: done twice, they leave what being done once leaves.
type batchArgs struct {
	Run   int64    `json:"run"`
	Stage string   `json:"stage"`
	Items []string `json:"items"`
}

// Kind is the name of the job in the queue.
func (batchArgs) Kind() string { return "batch" }

// spread are the stages whose work is handed out in batches, to every machine that serves.
var spread = []string{"read", "ocr", "profile", "assess"}

// tools are the programs that a machine reads with; nil where it has not got them.
type tools struct {
	scanner *extract.OCR
	office  *extract.Office
}

func findTools(ctx context.Context, c *campaign.Campaign) (t tools) {
	t.scanner, _ = extract.FindOCR(ctx, workspace.ReaderOptions(c)) // without them some documents wait; the lists say which
	t.office, _ = extract.FindOffice(ctx, workspace.ReaderOptions(c))
	return t
}

// queueOf names the queue of a stage by all that its results hang on beside the dossiers. So a
// machine with other rules, another kheo or another tesseract never takes a batch: it would do
// something else.
func queueOf(stage string, c *campaign.Campaign, t tools) string {
	on := []any{extract.Version}
	switch stage {
	case "read":
		on = append(on, t.office != nil)
	case "ocr":
		on = append(on, t.scanner.Engine())
	default:
		on = append(on, rules.Version, index.NearVersion, c.Env.Hash())
		for _, rs := range c.Rulesets {
			on = append(on, rs.ID, rs.SHA256)
		}
	}
	return stage + "-" + dossier.HashOf(on)[:16]
}

// queue is the work queue as this process takes part in it: River, on the record store's database.
type queue struct {
	client *river.Client[*sql.Tx]
	events <-chan *river.Event
	cancel func()
}

// joinQueue begins to take batches of the stages that a machine with these rules and tools can do.
// runnerFor makes the runner of a batch.
func joinQueue(ctx context.Context, w *workspace.Workspace, c *campaign.Campaign, t tools, poll time.Duration, runnerFor func(context.Context, batchArgs) (*runner, error)) (*queue, error) {
	workers := river.NewWorkers()
	processors := runtime.GOMAXPROCS(0)
	if err := river.AddWorkerSafely(workers, &batchWorker{runnerFor: runnerFor, work: &w.Work, busy: make(chan struct{}, processors)}); err != nil {
		return nil, err
	}
	queues := map[string]river.QueueConfig{}
	for _, stage := range spread {
		most := 2 * processors // while one batch waits for the disk, another works
		if stage == "ocr" {
			if t.scanner == nil {
				continue
			}
			most = processors // none is taken that would wait while another machine idles
		}
		queues[queueOf(stage, c, t)] = river.QueueConfig{MaxWorkers: most}
	}
	client, err := river.NewClient(w.Store.QueueDriver(), &river.Config{
		ID:                w.Node(),
		Queues:            queues,
		Workers:           workers,
		FetchCooldown:     5 * time.Millisecond,
		FetchPollInterval: poll,
		JobTimeout:        30 * time.Minute,
		MaxAttempts:       3,
		Logger:            slog.New(slog.NewTextHandler(io.Discard, nil)), // failures of jobs come back as errors of the stage
	})
	if err != nil {
		return nil, err
	}
	q := &queue{client: client}
	q.events, q.cancel = client.SubscribeConfig(&river.SubscribeConfig{ChanSize: 100_000, Kinds: []river.EventKind{river.EventKindJobCompleted, river.EventKindJobFailed, river.EventKindJobCancelled}})
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	return q, nil
}

// leave takes no more batches; what is under way is broken off, and done by another.
func (q *queue) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	q.client.StopAndCancel(ctx)
	q.cancel()
}

type batchWorker struct {
	river.WorkerDefaults[batchArgs]
	runnerFor func(context.Context, batchArgs) (*runner, error)
	work      *workspace.Work
	busy      chan struct{} // one for each processor: what reads documents takes a whole one
}

// Work does one batch.
func (w *batchWorker) Work(ctx context.Context, job *river.Job[batchArgs]) error {
	defer w.work.BeginJob(job.ID)()
	ctx, span := tracer.Start(ctx, "batch of "+job.Args.Stage, trace.WithNewRoot(), trace.WithAttributes(attribute.Int64("kheo.run", job.Args.Run), attribute.Int("kheo.items", len(job.Args.Items))))
	r, err := w.runnerFor(ctx, job.Args)
	if err == nil {
		err = w.do(store.ForRun(ctx, job.Args.Run), r, job.Args)
	}
	endSpan(span, err)
	if errors.Is(err, store.ErrRunOver) {
		return river.JobCancel(err)
	}
	return err
}

func (w *batchWorker) do(ctx context.Context, r *runner, args batchArgs) error {
	switch args.Stage {
	case "read", "ocr":
		select {
		case w.busy <- struct{}{}:
			defer func() { <-w.busy }()
		case <-ctx.Done():
			return ctx.Err()
		}
		if args.Stage == "ocr" {
			return r.ocrBatch(ctx, args.Items)
		}
		return r.readBatch(ctx, args.Items)
	case "profile":
		return r.profileBatch(ctx, args.Items)
	case "assess":
		return r.assessBatch(ctx, args.Items)
	}
	return river.JobCancel(fmt.Errorf("no stage %q", args.Stage))
}

// own is the runner of a batch of the run that this process itself does. Where another run took its
// place, which it does not know yet, its batches are done as any other machine does them.
func (r *runner) own(ctx context.Context, args batchArgs) (*runner, error) {
	if args.Run != r.run.Number {
		return elsewhere(ctx, r.Workspace, r.Campaign, r.tools, args)
	}
	return r, nil
}

// elsewhere is the runner of a batch of a run that another machine does: with what the batch
// needs to know of its dossiers.
func elsewhere(ctx context.Context, w *workspace.Workspace, c *campaign.Campaign, t tools, args batchArgs) (*runner, error) {
	under, err := w.Store.Runs.UnderWay(ctx, args.Run)
	if err != nil {
		return nil, err
	}
	if !under {
		return nil, fmt.Errorf("run %d: %w", args.Run, store.ErrRunOver)
	}
	r := &runner{Workspace: w, Campaign: c, tools: t, opts: Options{Progress: progress.None{}}, run: &store.Run{Number: args.Run}, dossiers: map[string]*store.Accepted{}, foreign: true}
	if args.Stage == "read" || args.Stage == "ocr" {
		return r, nil
	}
	all, err := w.Store.Dossiers.ByID(ctx, args.Items...)
	if err != nil {
		return nil, err
	}
	var shas []string
	for i := range all {
		r.dossiers[all[i].ID] = &all[i]
		for _, f := range all[i].Files {
			shas = append(shas, f.SHA256)
		}
	}
	slices.Sort(shas)
	states, err := w.Store.Readings.StatesByFile(ctx, extract.Version, slices.Compact(shas))
	if err != nil {
		return nil, err
	}
	r.readState = map[string]string{}
	for i := range all {
		for _, f := range all[i].Files { // in the order of their names
			r.readState[all[i].ID] += readState(f.SHA256, states[f.SHA256])
		}
	}
	if r.profiles, err = w.Store.Profiles.HeadsByID(ctx, args.Items); err != nil {
		return nil, err
	}
	if r.copies, err = w.Store.Copies.ByID(ctx, args.Items...); err != nil {
		return nil, err
	}
	r.scores, err = CountedScores(ctx, w, args.Items...)
	return r, err
}

// standsStill is after how long without a batch under way the queue of one machine counts as stuck;
// a batch that failed is tried again within 16 seconds.
const standsStill = 40 * time.Second

// lookAtWork is how often a stage looks how far its batches are: other machines' say nothing here.
const lookAtWork = 250 * time.Millisecond

// work has the items of a stage done, in batches, by every machine that takes them, and
// waits for the last. The jobs are inserted in one transaction.
func (r *runner) work(ctx context.Context, stage string, items []string, size int) (err error) {
	if len(items) == 0 {
		return nil
	}
	if r.queue == nil {
		if r.queue, err = joinQueue(ctx, r.Workspace, r.Campaign, r.tools, 40*time.Millisecond, r.own); err != nil {
			return fmt.Errorf("starting the work queue: %w", err)
		}
	}
	name := queueOf(stage, r.Campaign, r.tools)
	var jobs []river.InsertManyParams
	for i := 0; i < len(items); i += size {
		jobs = append(jobs, river.InsertManyParams{Args: batchArgs{r.run.Number, stage, items[i:min(len(items), i+size)]}, InsertOpts: &river.InsertOpts{MaxAttempts: 3, Queue: name}})
	}
	tx, err := r.Store.BeginWork(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := r.queue.client.InsertManyFastTx(ctx, tx, jobs); err != nil {
		return fmt.Errorf("queueing work: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	tick := time.NewTicker(lookAtWork)
	defer tick.Stop()
	told := map[[2]int64]bool{}
	moving := time.Now() // when last a batch was under way
	for left := len(jobs); ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e := <-r.queue.events:
			if e.Kind == river.EventKindJobCompleted {
				left--
			}
			if e.Kind == river.EventKindJobCompleted && left > 0 {
				continue
			}
		case <-tick.C:
		}
		if err := r.failures(ctx, name, told); err != nil {
			return err
		}
		n, err := r.Store.Batches.Rescue(ctx, name)
		if err != nil {
			return err
		}
		if n > 0 {
			r.note("%d batches of a machine that is gone were given to others", n)
		}
		if len(r.Work.Jobs()) > 0 {
			moving = time.Now()
		}
		if !r.Store.Shared() && time.Since(moving) > standsStill {
			return errors.New("the work queue stands still: that a batch was done could not be written down; is the disk full?")
		}
		if left, err = r.Store.Batches.Waiting(ctx, name); err != nil || left == 0 {
			return errors.Join(err, r.failures(ctx, name, told))
		}
	}
}

// failures notes the batches that failed and are tried again, once each time; it is an error
// where one failed for good.
func (r *runner) failures(ctx context.Context, queue string, told map[[2]int64]bool) error {
	list, err := r.queue.client.JobList(ctx, river.NewJobListParams().Queues(queue).States(rivertype.JobStateRetryable, rivertype.JobStateDiscarded, rivertype.JobStateCancelled).First(100))
	if err != nil {
		return err
	}
	for _, j := range list.Jobs {
		if j.State != rivertype.JobStateRetryable {
			return fmt.Errorf("a batch failed %d times: %s", j.Attempt, lastError(j))
		}
		if key := [2]int64{j.ID, int64(j.Attempt)}; !told[key] {
			told[key] = true
			r.note("a batch failed and is tried again: %s", lastError(j))
		}
	}
	return nil
}

func lastError(j *rivertype.JobRow) string {
	if n := len(j.Errors); n > 0 {
		return cmp.Or(j.Errors[n-1].Error, "no reason given")
	}
	return "no reason given"
}

// Help takes part in the runs of other machines, until ctx ends. While this process itself does a
// run it takes its batches anyway.
func Help(ctx context.Context, w *workspace.Workspace, log *slog.Logger) {
	if !w.Store.Shared() {
		return
	}
	t := findTools(ctx, w.Campaign())
	var q *queue
	var joined, said string
	leave := func() {
		if q != nil {
			q.leave()
			q, joined = nil, ""
		}
	}
	defer leave()
	for {
		c, err := campaign.Load(w.Dir)
		switch {
		case w.Work.Running():
			leave()
		case err != nil:
			leave()
			if said != err.Error() {
				said = err.Error()
				log.Error("kheo.yaml or a ruleset has mistakes; no work is taken until they are mended", "error", err)
			}
		default:
			said = ""
			if name := queueOf("read", c, t) + queueOf("ocr", c, t) + queueOf("assess", c, t); name != joined {
				leave()
				if q, err = joinQueue(ctx, w, c, t, time.Second/2, func(ctx context.Context, args batchArgs) (*runner, error) { return elsewhere(ctx, w, c, t, args) }); err != nil {
					log.Error("the work queue cannot be joined; it is tried again", "error", err)
				} else {
					joined = name
					log.Info("takes part in the work of runs", "machine", w.Node())
				}
			}
		}
		if !workspace.Pause(ctx, helpAgain) {
			return
		}
	}
}

// helpAgain is how often a machine that takes part looks whether it still should, and by which rules.
const helpAgain = time.Second

// batchOf is the size of a stage's batches: the least, and more where there is so much
// to do that handing out the work would cost more than the work.
func batchOf(items, least, most int) int { return min(most, max(least, items/200)) }
