package evidence

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"kheo/pipeline/review"
	"kheo/rules"
)

// The lower bound counts, and the refusal says how many more must be checked.
func TestWhatClosingAsksFor(t *testing.T) {
	goal := &rules.EvidenceGoal{Precision: 0.95, Confidence: 0.95}
	for _, c := range []struct {
		name                          string
		pieces, checked, wrong, maybe int
		drawn                         bool
		code, says                    string
	}{
		{"there is no evidence", 0, 0, 0, 0, false, "", ""},
		{"no sample was drawn", 50_000, 0, 0, 0, false, "evidence-plan", "72 pieces must be checked"},
		{"nothing was checked", 50_000, 0, 0, 0, true, "evidence", "72 more pieces"},
		{"one is missing", 50_000, 71, 0, 0, true, "evidence", "1 more pieces"},
		{"72 are right", 50_000, 72, 0, 0, true, "", ""},
		{"three of 150 are wrong", 50_000, 150, 3, 0, true, "evidence", "more pieces"},
		{"three of 173 are wrong", 50_000, 173, 3, 0, true, "", ""},
		{"nobody could tell of three", 50_000, 173, 0, 3, true, "", ""},
		{"nobody could tell of most", 40, 40, 0, 30, true, "evidence-unsure", "nobody could tell"},
		{"all were checked, and what is wrong has left", 20, 20, 15, 0, true, "", ""},
		{"all were checked without a sample", 20, 20, 5, 0, false, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			pieces := made("a", c.pieces, 0.95)
			var m *review.Sample
			if c.drawn {
				m = &review.Sample{Seed: "s", Precision: 0.95, Margin: 0.03, Confidence: 0.95}
				Draw(pieces, m)
				slices.SortFunc(pieces, func(a, b Piece) int { return a.place - b.place })
			}
			for i := range c.checked {
				switch {
				case i < c.wrong:
					says(&pieces[i], no)
				case i < c.wrong+c.maybe:
					says(&pieces[i], maybe)
				default:
					says(&pieces[i], yes)
				}
			}
			err := shows(pieces, m, goal)
			var r *review.Refusal
			if c.code == "" && err != nil || c.code != "" && (!errors.As(err, &r) || r.Code != c.code || !strings.Contains(r.Why, c.says)) {
				t.Errorf("%v, want %q with %q", err, c.code, c.says)
			}
		})
	}
}
