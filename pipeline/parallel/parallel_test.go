package parallel

import (
	"sync"
	"sync/atomic"
	"testing"
)

// Every task runs once, and tasks with the same worker never at the same time.
func TestEach(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000} {
		ran := make([]atomic.Int32, n)
		busy := make([]sync.Mutex, Workers())
		Each(n, func(worker, i int) {
			if !busy[worker].TryLock() {
				t.Errorf("worker %d does two tasks at once", worker)
				return
			}
			defer busy[worker].Unlock()
			ran[i].Add(1)
		})
		for i := range ran {
			if got := ran[i].Load(); got != 1 {
				t.Errorf("task %d of %d ran %d times", i, n, got)
			}
		}
	}
}
