// Package parallel runs many small tasks on all processors.
//
// errgroup does not serve here: it starts a goroutine per task, and the tasks are as short as applying
// one draw of weights to a list. Each starts one goroutine per processor, and passes its number so that
// tasks can reuse buffers of their worker.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Workers returns the number of workers of Each.
func Workers() int { return runtime.GOMAXPROCS(0) }

// Each runs do for i from 0 to n-1, at most Workers at once, and returns when all are done. worker is
// from 0 to Workers()-1; calls with the same worker follow one another, so they may share what belongs
// to it, and nothing else.
func Each(n int, do func(worker, i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for w := range min(n, Workers()) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(w, i)
			}
		})
	}
	wg.Wait()
}
