package pipeline

import (
	"context"
	"time"

	"kheo/pipeline/register"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// AssessStored assesses what a workspace holds, and does nothing else of a run but what that needs. It returns
// how many seconds the assessing itself took: benchmarks time it.
func AssessStored(ctx context.Context, w *workspace.Workspace) (seconds float64, err error) {
	run, err := begin(ctx, w, Options{Cause: "bench"})
	if err != nil {
		return 0, err
	}
	run.node = nodeWith(w, w.Campaign(), tools{})
	defer run.memory.Restore()
	defer func() {
		if run.queue != nil {
			run.queue.leave()
		}
		run.end(ctx, err)
	}()
	run.record.Stages = []store.Stage{{Name: "assess", Errors: []string{}}}
	in, err := ingestAll(ctx, run)
	if err != nil {
		return 0, err
	}
	profiles, err := profileAll(ctx, run, in.dossiers, nil)
	if err != nil {
		return 0, err
	}
	start := time.Now()
	_, err = assessAll(ctx, run, in.dossiers, profiles, nil)
	return time.Since(start).Seconds(), err
}

// SetManyTitles sets from how many new titles on all texts are read, and returns what sets it back.
func SetManyTitles(n int) (back func()) {
	was := register.ManyTitles
	register.ManyTitles = n
	return func() { register.ManyTitles = was }
}
