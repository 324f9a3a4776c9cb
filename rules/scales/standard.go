package scales

import (
	"cmp"
	"math"
	"slices"
)

// Marked is a mark that a scorer gave.
type Marked struct {
	By   string
	Mark float64
}

// How marks are standardised, as rulesets write it.
const (
	ZScore      = "z-score"
	ZScoreOfAll = "z-score-of-all"
)

// MinMarks is how many marks of each scorer Standardise asks for. With fewer, the mean and the spread of a scorer say
// more about the few dossiers than about the scorer.
const MinMarks = 5

// Standardise takes out how strict or lenient scorers are, and how far apart they mark: each mark becomes the
// standard score (z-score) of its scorer, the distance from that scorer's mean in standard deviations (Glass and
// Hopkins, Statistical Methods in Education and Psychology), times the standard deviation that scorers have on
// average (pooled, so that strictness does not count as spread), around the mean of all marks. The result is within
// the scale. It supposes that all scorers marked comparable dossiers.
//
// ok is false, and nothing is standardised, if a scorer gave fewer than MinMarks marks or the same mark to all. The
// order of the list does not matter.
//
// With ZScoreOfAll, as calls for research grants have it, the marks of each scorer get the mean and the standard
// deviation of all marks (of a population), those of a scorer with fewer than MinMarks stay as they are, and those of
// one with the same mark for all become the mean. ok is then always true, unless there are no marks.
func Standardise(how string, list []Marked, scale *Scale) (out []float64, ok bool) {
	if how == ZScoreOfAll {
		return likeAll(list, scale)
	}
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { // sums of floats depend on their order
		return cmp.Or(cmp.Compare(list[a].By, list[b].By), cmp.Compare(list[a].Mark, list[b].Mark))
	})
	by := map[string][]float64{}
	var names []string // in their order
	sum := 0.0
	for _, i := range order {
		name := list[i].By
		if by[name] == nil {
			names = append(names, name)
		}
		by[name] = append(by[name], list[i].Mark)
		sum += list[i].Mark
	}
	mean := sum / float64(len(list))
	pooled, free := 0.0, 0.0
	for _, name := range names {
		_, spread := meanAndSpread(by[name])
		if len(by[name]) < MinMarks || spread == 0 {
			return nil, false
		}
		n := float64(len(by[name]) - 1)
		// Conversions keep compilers from fusing operations, which rounds differently.
		pooled, free = pooled+float64(n*float64(spread*spread)), free+n
	}
	pooled = math.Sqrt(pooled / free)
	out = make([]float64, len(list))
	for i := range list {
		own, spread := meanAndSpread(by[list[i].By])
		z := float64((list[i].Mark - own) / spread)
		out[i] = math.Max(scale.From, math.Min(scale.To, roundTo(mean+float64(z*pooled), 1e-4)))
	}
	return out, len(list) > 0
}

// meanAndSpread are the mean and the standard deviation of a sample; the latter is 0 for less than two numbers.
func meanAndSpread(list []float64) (mean, spread float64) {
	for _, v := range list {
		mean += v
	}
	mean /= float64(len(list))
	for _, v := range list {
		spread += float64((v - mean) * (v - mean))
	}
	if len(list) < 2 {
		return mean, 0
	}
	return mean, math.Sqrt(spread / float64(len(list)-1))
}

// likeAll is Standardise with ZScoreOfAll.
func likeAll(list []Marked, scale *Scale) (out []float64, ok bool) {
	by := map[string][]float64{}
	var all []float64
	for _, m := range list {
		by[m.By] = append(by[m.By], m.Mark)
		all = append(all, m.Mark)
	}
	mean, spread := ofPopulation(all)
	out = make([]float64, len(list))
	for i, m := range list {
		given := by[m.By]
		own, ownSpread := ofPopulation(given)
		switch {
		case len(given) < MinMarks:
			out[i] = m.Mark
			continue
		case ownSpread == 0:
			out[i] = mean
		default:
			out[i] = mean + float64(spread*float64((m.Mark-own)/ownSpread))
		}
		out[i] = math.Max(scale.From, math.Min(scale.To, RoundTo(out[i], 1e-7)))
	}
	return out, len(list) > 0
}

// ofPopulation are the mean and the standard deviation of a population. The numbers are sorted first, because sums of
// floats depend on their order.
func ofPopulation(list []float64) (mean, spread float64) {
	list = slices.Sorted(slices.Values(list))
	for _, v := range list {
		mean += v
	}
	mean /= float64(len(list))
	for _, v := range list {
		spread += float64((v - mean) * (v - mean))
	}
	return mean, math.Sqrt(spread / float64(len(list)))
}
