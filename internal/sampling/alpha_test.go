package sampling

import (
	"math"
	"testing"
)

// The reliability data of K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011): four observers, twelve
// units, missing values; with the alphas that it gives. The last unit has one value, and says nothing.
var published = [][]float64{{1, 1, 1}, {2, 2, 3, 2}, {3, 3, 3, 3}, {3, 3, 3, 3}, {2, 2, 2, 2}, {1, 2, 3, 4}, {4, 4, 4, 4},
	{1, 1, 2, 1}, {2, 2, 2, 2}, {5, 5, 5}, {1, 1}, {3}}

func TestAlphaIsThatOfThePublishedData(t *testing.T) {
	t.Parallel()
	for level, want := range map[Level]float64{Nominal: 0.743, Ordinal: 0.815, Interval: 0.849} {
		got, ok := Alpha(published, level)
		if !ok || math.Abs(got-want) > 0.0005 {
			t.Errorf("level %d: %v %v, want %v", level, got, ok, want)
		}
	}
	for name, units := range map[string][][]float64{"nothing": nil, "one value each": {{1}, {2}}, "all the same": {{3, 3}, {3, 3}}} {
		if got, ok := Alpha(units, Interval); ok {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got, ok := Alpha([][]float64{{1, 5}, {5, 1}}, Interval); !ok || got >= 0 {
		t.Errorf("people who always differ: %v %v", got, ok)
	}
	if got, ok := Alpha([][]float64{{1, 1}, {5, 5}}, Nominal); !ok || got != 1 {
		t.Errorf("people who agree: %v %v", got, ok)
	}
}
