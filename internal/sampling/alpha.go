package sampling

import (
	"maps"
	"slices"
)

// Level is how values are compared: which of their differences count for how much.
type Level int

// Levels of measurement.
const (
	Nominal  Level = iota // values are the same, or they are not
	Ordinal               // values have an order
	Interval              // differences of values have a size
)

// Alpha returns Krippendorff's alpha of values that several people gave to the same units: 1 if they agree on all, 0
// if they agree as by chance, and below 0 if they differ more than that. A unit has the values of those who gave one;
// units with fewer than two say nothing of agreement and are left out. ok is false if no unit is left, or all values
// are the same: then agreement and chance cannot be distinguished.
//
// It is the alpha of K. Krippendorff, Content Analysis (4th ed., 2019, chapter 12), by coincidences of values.
func Alpha(units [][]float64, level Level) (alpha float64, ok bool) {
	coincidences, marginal, n := map[[2]float64]float64{}, map[float64]float64{}, 0.0
	for _, u := range units {
		if len(u) < 2 {
			continue
		}
		n += float64(len(u))
		for i, a := range u {
			marginal[a]++
			for j, b := range u {
				if i != j {
					coincidences[[2]float64{a, b}] += 1 / float64(len(u)-1)
				}
			}
		}
	}
	values := slices.Sorted(maps.Keys(marginal))
	observed, expected := 0.0, 0.0
	for i, a := range values { // in order, so that sums are the same each time
		for j := i + 1; j < len(values); j++ {
			b := values[j]
			d := difference(values[i:j+1], marginal, level)
			observed += coincidences[[2]float64{a, b}] * d
			expected += marginal[a] * marginal[b] * d
		}
	}
	if expected == 0 {
		return 0, false
	}
	return 1 - (n-1)*observed/expected, true
}

// difference is the squared difference between the first and the last of some values that follow one another. Of
// ordinal ones it is how many values were given from one to the other, counting the ends by half.
func difference(values []float64, marginal map[float64]float64, level Level) float64 {
	first, last := values[0], values[len(values)-1]
	d := 1.0
	switch level {
	case Ordinal:
		d = -(marginal[first] + marginal[last]) / 2
		for _, v := range values {
			d += marginal[v]
		}
	case Interval:
		d = last - first
	}
	return d * d
}
