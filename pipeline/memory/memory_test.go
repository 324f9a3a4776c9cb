package memory

import (
	"math"
	"runtime/debug"
	"testing"
)

// Two runs that overlap in one process leave the settings of the collector as they were, whichever ends first. Before,
// the second put back the low limit of the first, for as long as the process lived.
func TestRunsThatOverlapPutTheSettingsBack(t *testing.T) {
	percent := debug.SetGCPercent(150)
	defer debug.SetGCPercent(percent)
	a := Ease()
	one := debug.SetMemoryLimit(-1)
	if one < minHeap || one > math.MaxInt64/2 {
		t.Errorf("the limit of a run is %d", one)
	}
	b := Ease()
	b.Allow(1000)
	if two := debug.SetMemoryLimit(-1); two != one+minHeap+1000*heapPerDossier {
		t.Errorf("the limit of two runs is %d, and of the first alone %d", two, one)
	}
	a.Restore()
	a.Restore() // a second time changes nothing
	if left := debug.SetMemoryLimit(-1); left != one+1000*heapPerDossier {
		t.Errorf("the limit of the second run alone is %d, and of the first %d", left, one)
	}
	b.Restore()
	if limit := debug.SetMemoryLimit(-1); limit != math.MaxInt64 {
		t.Errorf("the limit that is left is %d", limit)
	}
	if left := debug.SetGCPercent(150); left != 150 {
		t.Errorf("the percentage that is left is %d", left)
	}
}

// The limit from before a run is never exceeded.
func TestARunStaysWithinTheLimitFromBefore(t *testing.T) {
	before := debug.SetMemoryLimit(100 << 20)
	defer debug.SetMemoryLimit(before)
	s := Ease()
	s.Allow(100_000)
	if limit := debug.SetMemoryLimit(-1); limit != 100<<20 {
		t.Errorf("the limit is %d", limit)
	}
	s.Restore()
	if limit := debug.SetMemoryLimit(-1); limit != 100<<20 {
		t.Errorf("the limit that is left is %d", limit)
	}
}
