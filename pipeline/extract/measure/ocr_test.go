package main

import (
	"context"
	"os"
	"runtime"
	"testing"
	"time"

	"kheo/pipeline/extract"
)

func TestMain(m *testing.M) {
	extract.RunIfChild()
	os.Exit(m.Run())
}

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
	defer pool.Close()
	for _, s := range scans {
		if got, words, _ := s.accuracy(ocr, pool, face, text, 1); got < s.atLeast {
			t.Errorf("%s: %.4f of %d words are read right, fewer than %.2f", s.name, got, words, s.atLeast)
		}
	}
}
