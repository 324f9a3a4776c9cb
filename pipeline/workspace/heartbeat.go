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

// Pause sleeps for a while; false where ctx ended.
func Pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// Heartbeat says, where several machines share the records, that this process is alive, until what it
// returns is called. Others take over the work of one that does not.
func (w *Workspace) Heartbeat(ctx context.Context, role string) (end func()) {
	if !w.Store.Shared() {
		return func() {}
	}
	w.Store.Workers.Heartbeat(ctx, w.node, role)
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var saying sync.WaitGroup
	saying.Go(func() {
		for Pause(ctx, store.HeartbeatExpiry/6) {
			say, done := context.WithTimeout(ctx, store.HeartbeatExpiry/3)
			if w.Store.Workers.Heartbeat(say, w.node, role) == nil { // where it fails, others learn it by silence
				w.Store.Batches.RescueOwn(say, w.node, w.Work.Jobs())
			}
			done()
		}
	})
	return func() {
		cancel()
		saying.Wait()
	}
}

// nodeName names this process among those that share the records.
func nodeName() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), strings.ToLower(rand.Text()[:6]))
}
