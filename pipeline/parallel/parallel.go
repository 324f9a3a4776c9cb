// Package parallel does many small things on all processors.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Workers is how many workers Each has.
func Workers() int { return runtime.GOMAXPROCS(0) }

// Each does n things, from 0 on, each worker one after the other. do must not touch what the do of
// another worker touches.
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
