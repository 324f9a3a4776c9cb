package workspace

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"kheo/pipeline/store"
)

// Pause waits for a duration. It returns false if ctx ended first.
func Pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// Heartbeat records at intervals that this process is alive, until end is called, if several nodes share
// the records: others take over the work of a process without heartbeats. It also puts batches back into
// the queue that the records attribute to this process and that it does not work on.
func (w *Workspace) Heartbeat(ctx context.Context, role string) (end func()) {
	if !w.Store.Shared() {
		return func() {}
	}
	w.Store.Workers.Heartbeat(ctx, w.node, role)
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var beating sync.WaitGroup
	beating.Go(func() {
		for Pause(ctx, store.HeartbeatExpiry/6) {
			beat, done := context.WithTimeout(ctx, store.HeartbeatExpiry/3)
			// A heartbeat that fails needs no handling: others notice that it is missing.
			if w.Store.Workers.Heartbeat(beat, w.node, role) == nil {
				w.Store.Batches.RescueOwn(beat, w.node, w.Work.Jobs())
			}
			done()
		}
	})
	return func() {
		cancel()
		beating.Wait()
	}
}

// nodeName returns a name for this process that is unique among those that share the records.
func nodeName() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), strings.ToLower(rand.Text()[:6]))
}
