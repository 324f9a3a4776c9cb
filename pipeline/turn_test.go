package pipeline_test

import (
	"fmt"
	"testing"

	"kheo/internal/testspace"
)

// What make test leaves out is tried on another day, and in make soak.
func TestEveryCaseHasItsTurn(t *testing.T) {
	t.Setenv("KHEO_SOAK", "")
	tried := make([]int, 10)
	for turn := range 3 {
		t.Setenv("KHEO_TURN", fmt.Sprint(turn))
		due := testspace.Turn(t, 3)
		for i := range tried {
			if due() {
				tried[i]++
			}
		}
	}
	t.Setenv("KHEO_SOAK", "1")
	due := testspace.Turn(t, 3)
	for i, n := range tried {
		if n != 1 {
			t.Errorf("case %d was tried in %d of 3 turns, not in one", i, n)
		}
		if !due() {
			t.Errorf("case %d is not tried in make soak", i)
		}
	}
}
