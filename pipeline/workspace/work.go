package workspace

import (
	"maps"
	"slices"
	"sync"
)

// Work is what this process has under way in the work queue: its batches, by the ids of their jobs, and
// its runs. The zero value is ready to use, by several goroutines at once.
type Work struct {
	mu   sync.Mutex
	jobs map[int64]bool
	runs int
}

// BeginJob records that this process works on a job, until end is called.
func (w *Work) BeginJob(job int64) (end func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.jobs == nil {
		w.jobs = map[int64]bool{}
	}
	w.jobs[job] = true
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.jobs, job)
	}
}

// Jobs returns the numbers of the jobs under way.
func (w *Work) Jobs() []int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Collect(maps.Keys(w.jobs))
}

// BeginRun records that this process does a run, until end is called.
func (w *Work) BeginRun() (end func()) {
	w.addRuns(1)
	return func() { w.addRuns(-1) }
}

// addRuns changes the number of runs under way.
func (w *Work) addRuns(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.runs += n
}

// Running reports whether this process does a run.
func (w *Work) Running() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.runs > 0
}
