package pipeline_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kheo/pipeline"
)

// BenchmarkNight is three nights over KHEO_DOSSIERS stored dossiers of 4.5 KB (2,000 where it is
// not set): the first, in which all of them are profiled, compared, assessed, indexed and
// published, though already taken in and read; one in which nothing changed; and one in which a
// hundredth was handed in anew, which holds taking those in and reading them. Each is a process'
// own work from opening the workspace to closing it.
func BenchmarkNight(b *testing.B) {
	dir, n := storedSample(b)
	night := func(name string) float64 {
		resetPeak(b)
		start := time.Now()
		w, err := pipeline.Open(context.Background(), dir)
		if err != nil {
			b.Fatal(err)
		}
		defer w.Close()
		out, err := w.Run(context.Background(), pipeline.Options{Cause: name})
		if err != nil {
			b.Fatal(err)
		}
		took := time.Since(start).Seconds()
		fmt.Printf("%s: %.1f s, peak %d MB\n", name, took, peakMemory()>>20)
		for _, s := range out.Run.Stages {
			fmt.Printf("    %-10s %6d of %6d  %7.2f s\n", s.Name, s.Done, s.Total, s.Seconds)
		}
		return took
	}
	for b.Loop() {
		first := night("first")
		nothing := night("nothing changed")
		for i := 0; i < n; i += 100 {
			at := filepath.Join(dir, "inbox", fmt.Sprint("bench ", i))
			write(b, filepath.Join(at, "dossier.yaml"), fmt.Appendf(nil, "kind: model\nlevel: district\nunit: dai-hiep\nfield: economy\ntitle: Mô hình %d\nregistered_on: 2024-02-14\nfacts: { households: %d }\n", i, 40+i%300))
			write(b, filepath.Join(at, "bao-cao.txt"), fmt.Appendf(nil, "BÁO CÁO KẾT QUẢ THỰC HIỆN MÔ HÌNH\nMô hình %d đã được triển khai từ tháng 2 năm 2024, có %d hộ tham gia, duy trì thường xuyên và được nhân dân đồng tình ủng hộ.\n", i, 40+i%300))
		}
		changed := night("a hundredth changed")
		b.ReportMetric(first, "first-s")
		b.ReportMetric(nothing, "nothing-s")
		b.ReportMetric(changed, "changed-s")
		b.ReportMetric(100*changed/first, "changed-%-of-first")
	}
}

// resetPeak lets the system forget the largest size that this process had.
func resetPeak(b *testing.B) {
	b.Helper()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		b.Logf("peaks are those since the beginning: %v", err)
	}
}
