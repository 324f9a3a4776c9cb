// Package memory sets how often the garbage collector works while runs are under way.
//
// A run calls [Ease] when it begins, [Settings.Allow] when it knows how many dossiers there are, and
// [Settings.Restore] when it ends. In between, garbage is collected less often, up to a limit that grows with the
// dossiers. The settings of Go are those of the whole process, so all runs of a process share them: limits are added
// up, and the last run to end puts back what was there before the first. A limit that the operator has set
// (GOMEMLIMIT) is never exceeded.
package memory

import (
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// The collector is left alone until the heap has minHeap bytes more than before the run, and heapPerDossier more for
// each dossier. A run holds a few kilobytes of every dossier at once, and must not get near the limit by that alone:
// then garbage would be collected without a pause.
const (
	minHeap        = 380 << 20
	heapPerDossier = 8 << 10
	gcPercent      = 400 // growth of the heap in percent before the next collection, below the limit
)

// eased is the state of the process: what it was before the first run that is under way, and what those may use.
var eased struct {
	sync.Mutex
	limit   int64 // bytes, from before
	percent int
	live    int64               // bytes of the heap that were in use before
	allowed map[*Settings]int64 // bytes for each run
}

// Settings are those of the garbage collector for one run. A process may have several runs under way: those of
// different workspaces, or a trial beside a night.
type Settings struct{ _ byte }

// Ease has garbage collected less often as long as the process stays within what a small machine can
// spare. With the defaults of Go, a small heap is collected at every doubling, which takes a fifth of the
// time of a run. The settings are those of the whole process: the Restore of the last run puts them back.
func Ease() *Settings {
	s := &Settings{}
	eased.Lock()
	defer eased.Unlock()
	if len(eased.allowed) == 0 {
		eased.limit, eased.percent = debug.SetMemoryLimit(-1), debug.SetGCPercent(gcPercent)
		eased.live = live()
		eased.allowed = map[*Settings]int64{}
	}
	s.allow(0)
	return s
}

// Allow sets the limit for a run over n dossiers. It never exceeds the limit from before Ease.
func (s *Settings) Allow(n int) {
	eased.Lock()
	defer eased.Unlock()
	s.allow(n)
}

// allow is Allow for a caller that holds the lock of eased.
func (s *Settings) allow(n int) {
	eased.allowed[s] = minHeap + heapPerDossier*int64(n)
	limit()
}

// limit sets the limit of all runs together.
func limit() {
	// What was in use before counts on top, or a process with a large heap would start at its limit.
	sum := eased.live
	for _, bytes := range eased.allowed {
		sum += bytes
	}
	debug.SetMemoryLimit(min(eased.limit, sum))
}

// live returns how many bytes of the heap the last collection found in use.
func live() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// Restore puts back the settings from before Ease, when no other run is under way.
func (s *Settings) Restore() {
	eased.Lock()
	defer eased.Unlock()
	if _, mine := eased.allowed[s]; !mine {
		return
	}
	if delete(eased.allowed, s); len(eased.allowed) > 0 {
		limit()
		return
	}
	debug.SetGCPercent(eased.percent)
	debug.SetMemoryLimit(eased.limit)
}
