package pipeline

import (
	"context"
	"io"
	"log/slog"
	"time"

	"kheo/pipeline/progress"
	"kheo/pipeline/register"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// AssessStored assesses what a workspace holds, and does nothing else of a run but what
// that needs. It returns how many seconds the assessing itself took: benchmarks time it.
func AssessStored(ctx context.Context, w *workspace.Workspace) (seconds float64, err error) {
	r := &runner{Workspace: w, Campaign: w.Campaign(), opts: Options{Progress: progress.None{}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, dossiers: map[string]*store.Accepted{}}
	r.memory = easeMemory()
	defer r.memory.restore()
	if r.run, err = w.Store.BeginRun(ctx, "bench", "", w.Now()); err != nil {
		return 0, err
	}
	defer func() {
		if r.queue != nil {
			r.queue.leave()
		}
		r.run.State = store.RunDone
		w.Store.SaveRun(ctx, r.run)
	}()
	r.run.Stages = []store.Stage{{Name: "assess", Errors: []string{}}}
	for _, stage := range []func(context.Context) (int, int, error){r.intake, r.profile, r.assess} {
		start := time.Now()
		if _, _, err := stage(ctx); err != nil {
			return 0, err
		}
		seconds = time.Since(start).Seconds()
	}
	return seconds, nil
}

// SetManyTitles sets from how many new titles on all texts are read, and returns what sets it back.
func SetManyTitles(n int) (back func()) {
	was := register.ManyTitles
	register.ManyTitles = n
	return func() { register.ManyTitles = was }
}
