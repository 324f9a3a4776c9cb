package main

import (
	"context"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"kheo/internal/testspace"
	"kheo/pipeline/extract"
)

func TestMain(m *testing.M) {
	extract.RunIfChild()
	os.Exit(m.Run())
}

// everyDay are the kinds of scans of which each run of the tests reads one, in turns; KHEO_SOAK=1 reads all kinds.
var everyDay = []string{"200 dpi, noise, skew −2°", "the same, turned by 90°", "the same, turned by 180°"}

// Scanned pages are read, also when they lie askew, on their side or on their
// head, and under a stamp.
func TestScansAreRead(t *testing.T) {
	ocr, err := extract.FindOCR(context.Background())
	if err != nil {
		t.Fatal(err, "(`make test` installs it)")
	}
	face, text, err := prepare("../../../samples/stories/district.txt",
		"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
	if err != nil {
		t.Fatal(err)
	}
	pool := extract.NewPool(runtime.GOMAXPROCS(0), time.Minute)
	t.Cleanup(pool.Close)
	found, due := 0, testspace.Turn(t, len(everyDay))
	for _, s := range scans {
		if !testspace.Soak() {
			if !slices.Contains(everyDay, s.name) {
				continue
			}
			found++
			if !due() {
				continue
			}
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			if got, words, _ := s.accuracy(ocr, pool, face, text, 1); got < s.atLeast {
				t.Errorf("%.4f of %d words are read right, fewer than %.2f", got, words, s.atLeast)
			}
		})
	}
	if !testspace.Soak() && found < len(everyDay) {
		t.Errorf("%d kinds of scans were read, not %q", found, everyDay)
	}
}
