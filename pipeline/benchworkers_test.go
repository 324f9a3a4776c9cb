package pipeline_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kheo/pipeline/schedule"
	"kheo/pipeline/store"
)

// BenchmarkWorkers is the first run of the sample, its scans read by OCR, by one worker and by two:
// processes with one processor each, around one PostgreSQL and one folder of files. It reports
// the pages of OCR and the files of reading that they did in a second.
func BenchmarkWorkers(b *testing.B) {
	for n := 1; n <= 2; n++ {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				list, w := machines(b, n, func(string) bool { return true })
				for i, m := range list {
					m.processor = fmt.Sprint(i)
					m.start()
					if i == 0 {
						until(b, "the first keeps the schedule", func() bool { return strings.Contains(m.said.String(), "scheduled") })
					}
				}
				until(b, "all are there", func() bool {
					there, err := w.Store.Machines(b.Context())
					return err == nil && len(there) == n
				})
				if err := schedule.AskRun(b.Context(), w, "the benchmark"); err != nil {
					b.Fatal(err)
				}
				var last store.Run
				for last.State != store.RunDone {
					time.Sleep(200 * time.Millisecond)
					runs, err := w.Store.Runs(b.Context(), 1)
					if err != nil {
						b.Fatal(err)
					}
					if len(runs) == 0 {
						continue
					}
					if last = runs[0]; last.State != store.RunDone && last.State != store.RunRunning {
						b.Fatalf("the run ended: %s %s", last.State, last.Error)
					}
				}
				for _, s := range last.Stages {
					if s.Name == "ocr" || s.Name == "read" {
						b.ReportMetric(float64(s.Done)/s.Seconds, s.Name+"/s")
					}
				}
				b.ReportMetric(last.Finished.Sub(last.Started).Seconds(), "run-s")
				for _, m := range list {
					m.kill()
				}
			}
		})
	}
}
