package sampling

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

func TestAStreamDrawsTheSameSampleInAnyOrder(t *testing.T) {
	draw := func(seed string, n int, reversed bool) []int {
		s := NewStream[int](seed, n)
		for i := range 500 {
			if reversed {
				i = 499 - i
			}
			s.Add(fmt.Sprint(i), i)
		}
		if s.Seen() != 500 {
			t.Errorf("%d were seen", s.Seen())
		}
		return s.Pieces()
	}
	ten := draw("a", 10, false)
	switch {
	case len(ten) != 10:
		t.Errorf("%d pieces, want 10", len(ten))
	case !slices.Equal(ten, draw("a", 10, true)):
		t.Error("the order of the pieces changes the sample")
	case !slices.Equal(ten[:4], draw("a", 4, false)):
		t.Error("the beginning of a sample is not a sample by the same seed")
	case slices.Equal(ten, draw("b", 10, false)):
		t.Error("another seed draws the same sample")
	case len(draw("a", 1000, false)) != 500:
		t.Error("a sample that is larger than what there is does not have all of it")
	}
}

// Each piece is drawn as often as any other, within four standard deviations.
func TestAStreamDrawsEveryPieceAsOften(t *testing.T) {
	const pieces, size, trials = 20, 5, 4000
	drawn := make([]int, pieces)
	for trial := range trials {
		s := NewStream[int](fmt.Sprint(trial), size)
		for i := range pieces {
			s.Add(fmt.Sprint(i), i)
		}
		for _, i := range s.Pieces() {
			drawn[i]++
		}
	}
	p := float64(size) / pieces
	bound := 4 * math.Sqrt(trials*p*(1-p))
	for i, n := range drawn {
		if math.Abs(float64(n)-trials*p) > bound {
			t.Errorf("piece %d was drawn %d times, want %v", i, n, trials*p)
		}
	}
}
