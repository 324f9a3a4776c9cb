package pipeline

import (
	"runtime/debug"
)

// memory is how often a run collects its garbage: seldom, as long as it grows to no more than a
// small machine has to spare. Collecting it at every doubling of a small heap costs a fifth of the
// time.
type memory struct {
	limit   int64 // as it was before
	percent int
}

// The heap, in bytes, from which on garbage is collected as often as it takes: a run holds something
// of every dossier, and must not come near it with that alone.
const (
	leastHeap  = 380 << 20
	heapOfEach = 8 << 10
)

func easeMemory() *memory {
	m := &memory{limit: debug.SetMemoryLimit(-1), percent: debug.SetGCPercent(400)}
	m.allow(0)
	return m
}

// allow lets the heap be as large as a run over so many dossiers needs.
func (m *memory) allow(dossiers int) {
	debug.SetMemoryLimit(min(m.limit, leastHeap+heapOfEach*int64(dossiers)))
}

// restore puts back what was before.
func (m *memory) restore() {
	debug.SetGCPercent(m.percent)
	debug.SetMemoryLimit(m.limit)
}
