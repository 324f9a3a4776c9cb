package criteria

import (
	"testing"

	"kheo/pipeline/publish"
)

// Who only gets another reason is not among those whom a ruleset that is tried would move.
func TestOnlyWhoMovesIsCountedAsMoved(t *testing.T) {
	t.Parallel()
	var got tried
	got.sort([]publish.Change{{What: "flags"}, {What: "left"}, {What: "points"}, {What: publish.Worded}, {What: "moved"}})
	if got.Total != 2 || got.TotalPoints != 1 || got.Flagged != 1 || got.Worded != 1 {
		t.Errorf("%d moved, %d with other points, %d with other flags, %d with other words", got.Total, got.TotalPoints, got.Flagged, got.Worded)
	}
}
