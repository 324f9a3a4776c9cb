// Package memory sets how often the garbage collector works while a run is under way.
package memory

import (
	"runtime/debug"
)

// The collector is left alone until the heap has minHeap bytes and heapPerDossier more for each dossier.
// A run holds a few kilobytes of every dossier at once, and must not get near the limit by that alone:
// then garbage would be collected without a pause.
const (
	minHeap        = 380 << 20
	heapPerDossier = 8 << 10
	gcPercent      = 400 // growth of the heap in percent before the next collection, below the limit
)

// Settings are those of the garbage collector from before Ease.
type Settings struct {
	limit   int64 // bytes
	percent int
}

// Ease has garbage collected less often as long as the process stays within what a small machine can
// spare. With the defaults of Go, a small heap is collected at every doubling, which takes a fifth of the
// time of a run. The settings are those of the whole process: Restore puts them back.
func Ease() *Settings {
	s := &Settings{limit: debug.SetMemoryLimit(-1), percent: debug.SetGCPercent(gcPercent)}
	s.Allow(0)
	return s
}

// Allow sets the limit for a run over n dossiers. It never exceeds the limit from before Ease.
func (s *Settings) Allow(n int) {
	debug.SetMemoryLimit(min(s.limit, minHeap+heapPerDossier*int64(n)))
}

// Restore puts back the settings from before Ease.
func (s *Settings) Restore() {
	debug.SetGCPercent(s.percent)
	debug.SetMemoryLimit(s.limit)
}
