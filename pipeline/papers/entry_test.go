package papers

import (
	"slices"
	"testing"

	"kheo/pipeline/publish/paper"
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

// A list whose entries have no field is one part without a name; where others have one, theirs is a dash.
func TestPartsOfAListWithoutFields(t *testing.T) {
	t.Parallel()
	field := func(e *paper.Entry) string { return e.Field }
	if got := groups([]paper.Entry{{Title: "a"}, {Title: "b"}}, field); len(got) != 1 || got[0].Name != "" || len(got[0].Entries) != 2 {
		t.Errorf("without fields: %+v", got)
	}
	if got := groups([]paper.Entry{{Title: "a", Field: "Wells"}, {Title: "b"}}, field); len(got) != 2 || got[1].Name != "–" {
		t.Errorf("with one field: %+v", got)
	}
}
