package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/riverqueue/river"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"kheo/internal/dossier"
	"kheo/pipeline/campaign"
	"kheo/pipeline/evidence"
	"kheo/pipeline/extract"
	"kheo/pipeline/progress"
	"kheo/pipeline/recognitions"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// node is this process as a worker: everything that the results of its batches depend on, apart from the
// dossiers. Nodes with the same queue names (queueName) can do one another's batches.
type node struct {
	ws       *workspace.Workspace
	campaign *campaign.Campaign
	envHash  string // of the campaign's environment
	tools
}

// tools are the programs that a node reads with; nil if they are not installed. Without them some documents
// wait, and the lists say which.
type tools struct {
	scanner *extract.OCR    // tesseract
	office  *extract.Office // LibreOffice
}

// newNode makes the node of this process for a campaign. It looks for the tools, which starts each once.
func newNode(ctx context.Context, w *workspace.Workspace, c *campaign.Campaign) node {
	return nodeWith(w, c, findTools(ctx, c))
}

// nodeWith makes the node of this process with tools that were looked for already.
func nodeWith(w *workspace.Workspace, c *campaign.Campaign, t tools) node {
	return node{ws: w, campaign: c, envHash: c.Env.Hash(), tools: t}
}

// findTools looks for the tools that are installed on this machine.
func findTools(ctx context.Context, c *campaign.Campaign) (t tools) {
	t.scanner, _ = extract.FindOCR(ctx, workspace.ReaderOptions(c), extract.Yielding())
	t.office, _ = extract.FindOffice(ctx, workspace.ReaderOptions(c))
	return t
}

// batch does the items of one job, or of all jobs of one stage of a local run. It knows nothing of the run
// that distributed them. Batches are idempotent: done twice, they leave what being done once leaves.
type batch struct {
	node
	progress progress.Reporter
	// unreadable handles a dossier whose documents the stage profile loaded; it does nothing if all of them
	// could be read.
	unreadable func(context.Context, *workspace.Workspace, *store.Accepted, *dossier.Dossier) error

	// What the stages profile and assess use of earlier stages, by dossier. The batch of a local run has what
	// the run has; a remote batch loads it for its own dossiers.
	readStates map[string]string
	profiles   profileHeads
	copies     copiesByDossier
	scores     scoresByDossier

	corrections correctionsByDossier
	verdicts    evidence.VerdictsByDossier
	past        *recognitions.Past
}

// batch makes a batch for a stage of this run. The stage sets what it needs of earlier stages.
func (run *runEnv) batch() *batch {
	return &batch{node: run.node, progress: run.opts.Progress, unreadable: quarantine}
}

// do does items of a stage.
func (b *batch) do(ctx context.Context, stage string, items []string) error {
	switch stage {
	case "read":
		return b.read(ctx, items)
	case "ocr":
		return b.recognise(ctx, items)
	case "profile":
		return b.profile(ctx, items)
	case "assess":
		return b.assess(ctx, items)
	}
	return river.JobCancel(fmt.Errorf("there is no stage %q", stage))
}

// remoteBatch makes the batch of a job of a run on another machine: it loads from the records what that run
// has of the job's dossiers. The error is store.ErrRunOver if the run has ended.
func (n node) remoteBatch(ctx context.Context, job batchArgs) (*batch, error) {
	active, err := n.ws.Store.Runs.UnderWay(ctx, job.Run)
	if err != nil {
		return nil, err
	}
	if !active {
		return nil, fmt.Errorf("run %d: %w", job.Run, store.ErrRunOver)
	}
	b := &batch{node: n, progress: progress.None{}, unreadable: markUnreadable}
	if job.Stage == "read" || job.Stage == "ocr" {
		return b, nil
	}
	if b.readStates, err = n.loadReadStates(ctx, job.Items); err != nil {
		return nil, err
	}
	if b.profiles, err = n.ws.Store.Profiles.HeadsByID(ctx, job.Items); err != nil {
		return nil, err
	}
	if b.copies, err = n.ws.Store.Copies.ByID(ctx, job.Items...); err != nil {
		return nil, err
	}
	if b.scores, err = CountedScores(ctx, n.ws, job.Items...); err != nil {
		return nil, err
	}
	if b.verdicts, err = evidence.Verdicts(ctx, n.ws, job.Items...); err != nil {
		return nil, err
	}
	if b.past, err = recognitions.Load(ctx, n.ws); err != nil {
		return nil, err
	}
	b.corrections, err = Corrections(ctx, n.ws, job.Items...)
	return b, err
}

// loadReadStates returns what recognisePages returns, of some dossiers.
func (n node) loadReadStates(ctx context.Context, ids []string) (map[string]string, error) {
	all, err := n.ws.Store.Dossiers.ByID(ctx, ids...)
	if err != nil {
		return nil, err
	}
	var hashes []string
	for i := range all {
		for _, f := range all[i].Files {
			hashes = append(hashes, f.SHA256)
		}
	}
	slices.Sort(hashes)
	states, err := n.ws.Store.Readings.StatesByFile(ctx, extract.Version, slices.Compact(hashes))
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for i := range all {
		for _, f := range all[i].Files { // in the order of their names
			out[all[i].ID] += readState(f.SHA256, states[f.SHA256])
		}
	}
	return out, nil
}

// localBatches are the batches of the run that this process does itself, by stage. Jobs of this run use
// what it has in memory. It may be nil: then every job is one of another machine.
type localBatches struct {
	run     int64
	mu      sync.Mutex
	byStage map[string]*batch
}

// newLocalBatches returns the batches of a run, none so far.
func newLocalBatches(run int64) *localBatches {
	return &localBatches{run: run, byStage: map[string]*batch{}}
}

// set sets the batch for the jobs of a stage, before they are queued.
func (l *localBatches) set(stage string, b *batch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.byStage[stage] = b
}

// of returns the batch for a job; nil if the job belongs to a run of another process. This process may not
// know yet that another run took the place of its own.
func (l *localBatches) of(job batchArgs) *batch {
	if l == nil || job.Run != l.run {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.byStage[job.Stage]
}

// batchWorker does the jobs that River hands to this process.
type batchWorker struct {
	river.WorkerDefaults[batchArgs]
	node  node
	local *localBatches
	busy  chan struct{} // has room for one batch that reads documents per processor
}

// Work does one job. A job of a run that has ended is cancelled, not tried again.
func (w *batchWorker) Work(ctx context.Context, job *river.Job[batchArgs]) error {
	defer w.node.ws.Work.BeginJob(job.ID)()
	ctx, span := tracer.Start(ctx, "batch of "+job.Args.Stage, trace.WithNewRoot(), trace.WithAttributes(
		attribute.Int64("kheo.run", job.Args.Run), attribute.Int("kheo.items", len(job.Args.Items))))
	err := w.do(ctx, job.Args)
	endSpan(span, err)
	if errors.Is(err, store.ErrRunOver) {
		return river.JobCancel(err)
	}
	return err
}

// do does the items of a job: with what this process has in memory if the job is of its own run, or with
// what it loads for the dossiers of the job. Its transactions are fenced by the run of the job.
func (w *batchWorker) do(ctx context.Context, job batchArgs) (err error) {
	b := w.local.of(job)
	if b == nil {
		if b, err = w.node.remoteBatch(ctx, job); err != nil {
			return err
		}
	}
	if job.Stage == "read" || job.Stage == "ocr" { // the child process that reads takes a whole processor
		select {
		case w.busy <- struct{}{}:
			defer func() { <-w.busy }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return b.do(store.ForRun(ctx, job.Run), job.Stage, job.Items)
}
