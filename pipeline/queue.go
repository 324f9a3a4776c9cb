package pipeline

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
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

// queue is the work queue of one run: River, on the record store's database.
type queue struct {
	client *river.Client[*sql.Tx]
	events <-chan *river.Event
	cancel func()
}

type batchWorker struct {
	river.WorkerDefaults[batchArgs]
	r    *runner
	busy chan struct{} // one for each processor: what reads documents takes a whole one
}

// Work does one batch.
func (w *batchWorker) Work(ctx context.Context, job *river.Job[batchArgs]) error {
	if job.Args.Run != w.r.run.Number {
		return river.JobCancel(fmt.Errorf("of run %d, which is over", job.Args.Run))
	}
	switch job.Args.Stage {
	case "read", "ocr":
		select {
		case w.busy <- struct{}{}:
			defer func() { <-w.busy }()
		case <-ctx.Done():
			return ctx.Err()
		}
		if job.Args.Stage == "ocr" {
			return w.r.ocrBatch(ctx, job.Args.Items)
		}
		return w.r.readBatch(ctx, job.Args.Items)
	case "profile":
		return w.r.profileBatch(ctx, job.Args.Items)
	case "assess":
		return w.r.assessBatch(ctx, job.Args.Items)
	}
	return river.JobCancel(fmt.Errorf("no stage %q", job.Args.Stage))
}

func (r *runner) startQueue(ctx context.Context) error {
	workers := river.NewWorkers()
	processors := runtime.GOMAXPROCS(0)
	if err := river.AddWorkerSafely(workers, &batchWorker{r: r, busy: make(chan struct{}, processors)}); err != nil {
		return err
	}
	client, err := river.NewClient(r.Store.QueueDriver(), &river.Config{
		// Twice as many as processors: while one batch waits for the disk, another works.
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2 * processors}},
		Workers:           workers,
		FetchCooldown:     5 * time.Millisecond,
		FetchPollInterval: 40 * time.Millisecond,
		JobTimeout:        30 * time.Minute,
		MaxAttempts:       3,
		Logger:            slog.New(slog.NewTextHandler(io.Discard, nil)), // failures of jobs come back as errors of the stage
	})
	if err != nil {
		return err
	}
	q := &queue{client: client}
	q.events, q.cancel = client.SubscribeConfig(&river.SubscribeConfig{ChanSize: 100_000, Kinds: []river.EventKind{river.EventKindJobCompleted, river.EventKindJobFailed, river.EventKindJobCancelled}})
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	r.queue = q
	return nil
}

func (q *queue) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	q.client.StopAndCancel(ctx)
	q.cancel()
}

// work has the items of a stage done, in batches, by the queue's workers, and
// waits for the last. The jobs are inserted in one transaction.
func (r *runner) work(ctx context.Context, stage string, items []string, size int) error {
	if len(items) == 0 {
		return nil
	}
	if r.queue == nil {
		if err := r.startQueue(ctx); err != nil {
			return fmt.Errorf("starting the work queue: %w", err)
		}
	}
	var jobs []river.InsertManyParams
	for i := 0; i < len(items); i += size {
		jobs = append(jobs, river.InsertManyParams{Args: batchArgs{r.run.Number, stage, items[i:min(len(items), i+size)]}, InsertOpts: &river.InsertOpts{MaxAttempts: 3}})
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
	for left := len(jobs); left > 0; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e := <-r.queue.events:
			switch {
			case e.Kind == river.EventKindJobCompleted:
				left--
			case e.Kind == river.EventKindJobCancelled || e.Job.State == rivertype.JobStateDiscarded:
				return fmt.Errorf("a batch failed %d times: %s", e.Job.Attempt, lastError(e.Job))
			default:
				r.note("a batch failed and is tried again: %s", lastError(e.Job))
			}
		}
	}
	return nil
}

func lastError(j *rivertype.JobRow) string {
	if n := len(j.Errors); n > 0 {
		return j.Errors[n-1].Error
	}
	return "no reason given"
}
