package sampling

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The bounds of Clopper and Pearson, from published tables (Newcombe, Stat. Med. 17, 1998, table I, method 5) and by
// hand: if all of n are right, the lower bound is the n-th root of half the error.
func TestClopperPearson(t *testing.T) {
	for _, c := range []struct{ k, n, low, high float64 }{
		{81, 263, 0.2527, 0.3676},
		{15, 148, 0.0578, 0.1617},
		{0, 20, 0, 0.1684},
		{1, 29, 0.0009, 0.1776},
		{72, 72, math.Pow(0.025, 1.0/72), 1},
	} {
		low, high := ClopperPearson(c.k, c.n, 0.95)
		if math.Abs(low-c.low) > 5e-5 || math.Abs(high-c.high) > 5e-5 {
			t.Errorf("%v of %v: %.4f to %.4f, want %.4f to %.4f", c.k, c.n, low, high, c.low, c.high)
		}
	}
}

// With a very large number of pieces, 72 right ones without a wrong one show 95 %, and 173 with 3 wrong ones.
func TestHowManyAreNeeded(t *testing.T) {
	for _, c := range []struct{ wrong, want int }{{0, 72}, {3, 173}} {
		if n, ok := Needed(10_000_000, c.wrong, 0.95, 0.95); !ok || n != c.want {
			t.Errorf("%d wrong: %d, want %d", c.wrong, n, c.want)
		}
	}
	if n, ok := Needed(50, 0, 0.95, 0.95); !ok || n >= 50 || n < 30 {
		t.Errorf("of 50 pieces %d, %v", n, ok)
	}
	if _, ok := Needed(50, 5, 0.95, 0.95); ok {
		t.Error("5 wrong of 50 can not be 95 % right")
	}
}

// The interval covers the true share as often as it says, within a point, over strata that are checked at different
// rates and have different shares.
func TestTheIntervalCoversTheShare(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		name    string
		sizes   []int
		checked []int
		right   []float64
	}{
		{"one stratum", []int{1000}, []int{120}, []float64{0.95}},
		{"strata of different size", []int{700, 250, 50}, []int{70, 25, 10}, []float64{0.98, 0.9, 0.6}},
		{"a small one checked at a high rate", []int{900, 60}, []int{60, 40}, []float64{0.97, 0.7}},
		{"few pieces", []int{60, 40}, []int{20, 15}, []float64{0.9, 0.9}},
		{"hardly a wrong one", []int{800, 200}, []int{80, 30}, []float64{0.995, 0.98}},
		{"most were checked", []int{200, 100}, []int{150, 80}, []float64{0.9, 0.8}},
	} {
		const rounds = 4000
		covered := 0
		truth, total := 0, 0
		right := make([]int, len(c.sizes))
		for i, size := range c.sizes {
			right[i] = int(math.Round(c.right[i] * float64(size)))
			truth, total = truth+right[i], total+size
		}
		share := float64(truth) / float64(total)
		for range rounds {
			var strata []Stratum
			for i, size := range c.sizes {
				s := Stratum{Size: size, Checked: c.checked[i]}
				for _, k := range rnd.Perm(size)[:c.checked[i]] {
					if k < right[i] {
						s.Right++
					}
				}
				strata = append(strata, s)
			}
			if e := Of(strata, 0.95); e.Low <= share && share <= e.High {
				covered++
			}
		}
		if rate := float64(covered) / rounds; rate < 0.94 {
			t.Errorf("%s: covered in %.3f of samples", c.name, rate)
		}
	}
}

func TestEstimatesAtTheEdges(t *testing.T) {
	if e := Of(nil, 0.95); e.Low != 0 || e.High != 1 {
		t.Errorf("nothing: %+v", e)
	}
	if e := Of([]Stratum{{Size: 10, Checked: 10, Right: 9}}, 0.95); e.Low != 0.9 || e.High != 0.9 {
		t.Errorf("all were checked: %+v", e)
	}
	half := Of([]Stratum{{Size: 100, Checked: 50, Right: 50}, {Size: 100}}, 0.95)
	if half.Low > 0.5 || half.High != 1 || half.Share != 1 {
		t.Errorf("of one stratum nothing was checked: %+v", half)
	}
}

func TestAllocationKeepsToTheStrata(t *testing.T) {
	got := Allocate(30, []int{200, 90, 9, 1, 0})
	if !slices.Equal(got, []int{18, 8, 2, 1, 0}) && sum(got) != 30 {
		t.Errorf("%v", got)
	}
	for i, n := range []int{200, 90, 9, 1, 0} {
		if got[i] > n || got[i] < min(n, 2) {
			t.Errorf("%v", got)
		}
	}
	if got := Allocate(1000, []int{3, 4}); !slices.Equal(got, []int{3, 4}) {
		t.Errorf("%v", got)
	}
}

func sum(list []int) (n int) {
	for _, k := range list {
		n += k
	}
	return n
}

func TestTheDrawIsTheSameForTheSameSeed(t *testing.T) {
	keys := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	back := slices.Clone(keys)
	slices.Reverse(back)
	one, two := Draw("2026-1", 4, keys), Draw("2026-1", 4, back)
	if !slices.Equal(one, two) || len(one) != 4 {
		t.Errorf("%v and %v", one, two)
	}
	if slices.Equal(one, Draw("2026-2", 4, keys)) {
		t.Error("another seed draws the same")
	}
}
