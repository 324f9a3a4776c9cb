package papers

import (
	"slices"
	"testing"
)

// A letter does not say that a paper is missing a second time where the condition that asks for it says so.
func TestALetterSaysWhatIsMissingOnce(t *testing.T) {
	t.Parallel()
	got := eachOnce([]string{"No Confirmation found", "Reach: nothing", "No confirmation by the committee; No Confirmation found",
		"Reach: nothing"})
	if !slices.Equal(got, []string{"No confirmation by the committee; No Confirmation found", "Reach: nothing"}) {
		t.Errorf("it says %q", got)
	}
}
