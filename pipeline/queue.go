package pipeline

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"kheo/index"
	"kheo/internal/dossier"
	"kheo/pipeline/campaign/watch"
	"kheo/pipeline/extract"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// batchArgs is one job of the work queue: some items of one stage of one run.
type batchArgs struct {
	Run   int64    `json:"run"`
	Stage string   `json:"stage"`
	Items []string `json:"items"`
}

// Kind is the name of the job in the queue.
func (batchArgs) Kind() string { return "batch" }

// distributed are the stages whose items are distributed in batches, to every machine that serves.
var distributed = []string{"read", "ocr", "profile", "assess"}

// queueName is the name of the queue of a stage, with a hash of everything that the results depend on apart
// from the dossiers. So a machine with other rules, another kheo or another tesseract never takes a batch:
// its results would differ.
func (n node) queueName(stage string) string {
	on := []any{extract.Version}
	switch stage {
	case "read":
		on = append(on, n.office != nil)
	case "ocr":
		on = append(on, n.scanner.Engine())
	default:
		on = append(on, rules.Version, index.NearVersion, n.envHash)
		for _, rs := range n.campaign.Rulesets {
			on = append(on, rs.ID, rs.SHA256)
		}
	}
	return stage + "-" + dossier.HashOf(on)[:16]
}

// How jobs are done. A job that fails is tried again by River after 1 and then 16 seconds.
const (
	jobTimeout   = 30 * time.Minute // for OCR of a batch of large pages on a slow machine
	maxAttempts  = 3
	leaveTimeout = 10 * time.Second
	fetchPause   = 5 * time.Millisecond // between two fetches of jobs, at least
	eventsBuffer = 100_000

	// fetchPoll is how often each queue is asked for jobs that nothing announced: those that another process
	// queued or gave back. The jobs of a process's own run are fetched when they are queued. Each question
	// takes 2 ms of a processor with SQLite, which parses it every time.
	fetchPoll = 500 * time.Millisecond
)

// queue is the work queue as this process takes part in it: a River client on the database of the records.
type queue struct {
	ws     *workspace.Workspace
	client *river.Client[*sql.Tx]
	events <-chan *river.Event // of jobs that this process did
	cancel func()
}

// joinQueue begins to take jobs of the stages that a node can do. local is nil unless this process does a
// run. River's messages go to log.
func joinQueue(
	ctx context.Context, n node, local *localBatches, log *slog.Logger,
) (*queue, error) {
	workers := river.NewWorkers()
	processors := runtime.GOMAXPROCS(0)
	worker := &batchWorker{node: n, local: local, busy: make(chan struct{}, processors)}
	if err := river.AddWorkerSafely(workers, worker); err != nil {
		return nil, err
	}
	queues := map[string]river.QueueConfig{}
	for _, stage := range distributed {
		maxJobs := 2 * processors // while one batch waits for the disk, another works
		if stage == "ocr" {
			if n.scanner == nil {
				continue
			}
			maxJobs = processors // a batch that had to wait here could be done by an idle machine
		}
		queues[n.queueName(stage)] = river.QueueConfig{MaxWorkers: maxJobs}
	}
	client, err := river.NewClient(n.ws.Store.QueueDriver(), &river.Config{
		ID:                n.ws.Node(),
		Queues:            queues,
		Workers:           workers,
		FetchCooldown:     fetchPause,
		FetchPollInterval: fetchPoll,
		JobTimeout:        jobTimeout,
		MaxAttempts:       maxAttempts,
		Logger:            libraryLog(log),
	})
	if err != nil {
		return nil, err
	}
	q := &queue{ws: n.ws, client: client}
	q.events, q.cancel = client.SubscribeConfig(&river.SubscribeConfig{
		ChanSize: eventsBuffer,
		Kinds:    []river.EventKind{river.EventKindJobCompleted, river.EventKindJobFailed, river.EventKindJobCancelled},
	})
	// The client outlives the cancellation of a run: leave stops it, and gives back the jobs that it has
	// taken.
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	return q, nil
}

// leave takes no more jobs. What is under way is cancelled, and done by another machine.
func (q *queue) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), leaveTimeout)
	defer cancel()
	q.client.StopAndCancel(ctx)
	q.cancel()
}

// batchSize is the size of a stage's batches for a number of items: the least, or more if there are that
// many items that queueing would take longer than the work.
func batchSize(items, least, most int) int { return min(most, max(least, items/200)) }

// distribute has the items of a stage done in batches, by every machine that takes them, and returns when all
// are done. b does those that this process takes. It fails if a batch failed maxAttempts times.
func (run *runEnv) distribute(ctx context.Context, stage string, items []string, size int, b *batch) (err error) {
	if len(items) == 0 {
		return nil
	}
	if run.queue == nil {
		if run.queue, err = joinQueue(ctx, run.node, run.local, run.river); err != nil {
			return fmt.Errorf("starting the work queue: %w", err)
		}
	}
	run.local.set(stage, b)
	name := run.queueName(stage)
	var jobs []river.InsertManyParams
	for part := range slices.Chunk(items, size) {
		jobs = append(jobs, river.InsertManyParams{
			Args:       batchArgs{run.record.Number, stage, part},
			InsertOpts: &river.InsertOpts{MaxAttempts: maxAttempts, Queue: name},
		})
	}
	if err := run.queue.insert(ctx, jobs); err != nil {
		return err
	}
	return run.queue.wait(ctx, name, len(jobs), run.note)
}

// insert queues jobs in one transaction and has this process fetch what it can do of them. With SQLite, River's
// listener sees the jobs; with PostgreSQL, which is reached without a listener, River wakes the queues of this
// process if it commits the transaction itself, as here.
func (q *queue) insert(ctx context.Context, jobs []river.InsertManyParams) error {
	if _, err := q.client.InsertManyFast(ctx, jobs); err != nil {
		return fmt.Errorf("queueing work: %w", err)
	}
	return nil
}

const (
	// stallTimeout is how long the queue of a single machine may be without a job under way before it
	// counts as stuck. A job that failed is tried again after at most 16 seconds.
	stallTimeout = 40 * time.Second
	// progressInterval is how often a stage counts the jobs that are left: events say nothing of the jobs
	// that other machines do.
	progressInterval = 250 * time.Millisecond
)

// wait waits until all jobs of a queue are done; n is how many were queued. Failures that are tried again are
// notes.
func (q *queue) wait(ctx context.Context, name string, n int, note func(string, ...any)) error {
	tick := time.NewTicker(progressInterval)
	defer tick.Stop()
	noted := map[attempt]bool{}
	active := time.Now() // when a job was last under way here
	for left := n; ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e := <-q.events:
			// Events save queries while all is well: the records are asked once the count says that all is
			// done.
			if e.Kind == river.EventKindJobCompleted {
				if left--; left > 0 {
					continue
				}
			}
		case <-tick.C:
		}
		if err := q.failures(ctx, name, noted, note); err != nil {
			return err
		}
		rescued, err := q.ws.Store.Batches.Rescue(ctx, name)
		if err != nil {
			return err
		}
		if rescued > 0 {
			note("%d batches of a machine that is gone were given to others", rescued)
		}
		if len(q.ws.Work.Jobs()) > 0 {
			active = time.Now()
		}
		if !q.ws.Store.Shared() && time.Since(active) > stallTimeout {
			return errors.New("the work queue is stuck: it could not be recorded that a batch was done; " +
				"is the disk full?")
		}
		if left, err = q.ws.Store.Batches.Waiting(ctx, name); err != nil || left == 0 {
			return errors.Join(err, q.failures(ctx, name, noted, note))
		}
	}
}

// attempt is one attempt to do a job.
type attempt struct {
	job    int64
	number int
}

// failures notes each failed attempt of a job that is tried again, once; noted are those noted before. It
// is an error if a job failed for good.
func (q *queue) failures(ctx context.Context, name string, noted map[attempt]bool, note func(string, ...any)) error {
	list, err := q.client.JobList(ctx, river.NewJobListParams().Queues(name).States(
		rivertype.JobStateRetryable, rivertype.JobStateDiscarded, rivertype.JobStateCancelled).First(100))
	if err != nil {
		return err
	}
	for _, j := range list.Jobs {
		if j.State != rivertype.JobStateRetryable {
			return fmt.Errorf("a batch failed %d times: %s", j.Attempt, lastError(j))
		}
		if a := (attempt{j.ID, j.Attempt}); !noted[a] {
			noted[a] = true
			note("a batch failed and is tried again: %s", lastError(j))
		}
	}
	return nil
}

// lastError is the text of the last error of a job.
func lastError(j *rivertype.JobRow) string {
	if n := len(j.Errors); n > 0 {
		return cmp.Or(j.Errors[n-1].Error, "no reason given")
	}
	return "no reason given"
}

// helpInterval is how often a machine that helps checks whether it still should, and by which rules.
const helpInterval = time.Second

// Help takes part in the runs of other machines that share the records, until ctx ends. While this process
// does a run itself, it leaves the queue: the run takes part in its own way.
func Help(ctx context.Context, w *workspace.Workspace, log *slog.Logger) {
	if !w.Store.Shared() {
		return
	}
	h := &helper{ws: w, log: log, tools: findTools(ctx, w.Campaign()), rules: watch.New(w.Dir)}
	defer h.leave()
	for {
		h.check(ctx)
		if !workspace.Pause(ctx, helpInterval) {
			return
		}
	}
}

// helper is a process that helps other machines.
type helper struct {
	ws       *workspace.Workspace
	log      *slog.Logger
	tools    tools
	rules    *watch.Watcher
	node     node   // of the campaign that was loaded last
	names    string // of the queues that it takes jobs from; "" if it has not joined
	queue    *queue // nil if it has not joined
	reported string // the mistakes that were logged last; "" if there are none
}

// check joins the queue, leaves it, or changes to other queues, as the campaign now demands.
func (h *helper) check(ctx context.Context) {
	if h.ws.Work.Running() {
		h.leave()
		return
	}
	c, err := h.rules.Load()
	if err != nil {
		h.leave()
		if h.reported != err.Error() {
			h.reported = err.Error()
			h.log.Error("kheo.yaml or a ruleset has mistakes; no work is taken until they are corrected", "error", err)
		}
		return
	}
	h.reported = ""
	if c == h.node.campaign && h.queue != nil {
		return
	}
	h.node = nodeWith(h.ws, c, h.tools)
	names := h.node.queueName("read") + h.node.queueName("ocr") + h.node.queueName("assess")
	if names == h.names {
		return
	}
	h.leave()
	if h.queue, err = joinQueue(ctx, h.node, nil, h.log); err != nil {
		h.log.Error("the work queue cannot be joined; it is tried again", "error", err)
		return
	}
	h.names = names
	h.log.Info("takes part in the work of runs", "machine", h.ws.Node())
}

// leave leaves the queue if it has joined.
func (h *helper) leave() {
	if h.queue != nil {
		h.queue.leave()
	}
	h.queue, h.names = nil, ""
}

// libraryLog is the log that a library writes to. What the library reports as information is of interest for
// debugging only, such as that its client started; warnings and errors keep their level.
func libraryLog(log *slog.Logger) *slog.Logger { return slog.New(demoting{log.Handler()}) }

// demoting is a handler that makes debugging messages of informative ones.
type demoting struct{ slog.Handler }

// demoted returns the level at which a message of a library is logged.
func demoted(l slog.Level) slog.Level {
	if l == slog.LevelInfo {
		return slog.LevelDebug
	}
	return l
}

// Enabled is part of slog.Handler.
func (d demoting) Enabled(ctx context.Context, l slog.Level) bool {
	return d.Handler.Enabled(ctx, demoted(l))
}

// Handle is part of slog.Handler; it changes the level of its own copy of the record.
func (d demoting) Handle(ctx context.Context, r slog.Record) error {
	r.Level = demoted(r.Level)
	return d.Handler.Handle(ctx, r)
}

// WithAttrs is part of slog.Handler.
func (d demoting) WithAttrs(attrs []slog.Attr) slog.Handler {
	return demoting{d.Handler.WithAttrs(attrs)}
}

// WithGroup is part of slog.Handler.
func (d demoting) WithGroup(name string) slog.Handler { return demoting{d.Handler.WithGroup(name)} }
