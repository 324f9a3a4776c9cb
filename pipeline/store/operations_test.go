package store_test

import (
	"sync"
	"testing"
	"time"

	"kheo/pipeline/store"
)

// Runs are numbered without gaps, also after a sequence of the database has skipped numbers, as that
// of PostgreSQL does when it is restarted after a crash, and also where several begin at once.
func TestRunNumbersHaveNoGaps(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		skip := `UPDATE sqlite_sequence SET seq = seq + 32 WHERE name = 'runs'`
		if s.Shared() {
			skip = `SELECT setval(pg_get_serial_sequence('runs', 'number'), 33)`
		}
		const runs = 4
		var mu sync.Mutex
		seen := map[int64]bool{}
		var all sync.WaitGroup
		for range runs {
			all.Go(func() {
				r, err := s.Runs.Begin(t.Context(), "nightly", "test", time.Now())
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				seen[r.Number] = true
				mu.Unlock()
				if _, err := s.DB.ExecContext(t.Context(), skip); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for n := int64(1); n <= runs; n++ {
			if !seen[n] {
				t.Errorf("no run is numbered %d; there are %v", n, seen)
			}
		}
	})
}
