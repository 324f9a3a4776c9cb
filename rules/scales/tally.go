package scales

import "math"

// Kind is how the points of an item count.
type Kind int

// The kinds of items.
const (
	Earns   Kind = iota // up to the maximum of the whole
	Bonus               // beyond the maximum of the whole
	Deducts             // below 0: they are taken off
)

// NoGroup is the index of the group of what belongs to none.
const NoGroup = -1

// Item is a criterion, as far as adding up goes.
type Item struct {
	Max    float64 // above 0, also of an item that deducts
	Weight float64 // its points are multiplied by it; 1 for none
	Kind   Kind
	Group  int // index of the group that it is in, or NoGroup
}

// Group is a part of a whole with a maximum of its own. Bonus items in it count beyond its maximum, in the
// whole.
type Group struct {
	Max    float64 // above 0
	Weight float64 // its points are multiplied by it; 1 for none
	Mean   bool    // its points are Times the mean of its items' and not their sum
	Times  float64 // of a mean; else 1
	Parent int     // index of the group that it is in, which is before this one, or NoGroup
	Round  float64 // its points are a multiple of this; 0 for any number
}

// Tally adds up the points of items. It is immutable.
type Tally struct {
	Items    []Item
	Groups   []Group // each after the one that it is in
	Start    float64 // what everybody has to begin with
	Floor    float64 // the total is never below it
	BonusMax float64 // the most that bonus items add together; +Inf for any number
	OffMax   float64 // the most that deducting items take off together; 0 for any number
}

// Sums are what points add up to.
type Sums struct {
	Total      float64
	Unweighted float64   // the total without weights
	Groups     []float64 // points of each group, before its weight
	Maxima     []float64 // of each group: its maximum, moved along with those of its items
}

// IsPlain reports whether the total is nothing but the sum of the items.
func (t *Tally) IsPlain() bool {
	if len(t.Groups) > 0 || t.Start != 0 || t.Floor != 0 || t.OffMax != 0 || !math.IsInf(t.BonusMax, 1) {
		return false
	}
	for i := range t.Items {
		if it := &t.Items[i]; it.Weight != 1 || it.Kind != Earns {
			return false
		}
	}
	return true
}

// part is what has been added up of a group.
type part struct {
	sum, plain float64 // with weights, and without
	off        float64 // what deductions take off the sum
	n          float64 // items that earn
	max        float64 // what the maxima of its items add up to, and what they did before they moved
	was        float64
}

// Add adds up points, one of each item in their order; those of items that deduct are below 0. Items that do
// not apply, of which off reports true, are left out of means; off may be nil. maxima are other maxima of the
// items, which move those of the groups along, or nil. less is taken off the total.
func (t *Tally) Add(points, maxima []float64, off func(i int) bool, less float64) Sums {
	parts := make([]part, len(t.Groups)+1) // the last is the whole
	whole := len(t.Groups)
	at := func(group int) *part {
		if group == NoGroup {
			return &parts[whole]
		}
		return &parts[group]
	}
	bonus, plainBonus := 0.0, 0.0
	inGroups := 0.0 // what deductions in groups take off
	for i := range t.Items {
		it, p := &t.Items[i], points[i]
		in := at(it.Group)
		switch it.Kind {
		case Bonus:
			bonus, plainBonus = bonus+p*it.Weight, plainBonus+p
		case Deducts:
			in.off += p * it.Weight
			if it.Group != NoGroup {
				inGroups += p * it.Weight
			}
		default:
			in.was += it.Max * it.Weight
			if maxima != nil {
				in.max += maxima[i] * it.Weight
			}
			if off == nil || !off(i) {
				in.sum, in.plain, in.n = in.sum+p*it.Weight, in.plain+p, in.n+1
			}
		}
	}
	out := Sums{Groups: make([]float64, len(t.Groups)), Maxima: make([]float64, len(t.Groups))}
	for g := len(t.Groups) - 1; g >= 0; g-- {
		group, p := &t.Groups[g], &parts[g]
		most := group.Max
		if maxima != nil && p.was > 0 {
			most = most * (p.max / p.was)
		}
		points, plain := group.points(p.sum, p.off, p.n, most), group.points(p.plain, p.off, p.n, most)
		out.Groups[g], out.Maxima[g] = points, most
		up := at(group.Parent)
		up.sum, up.plain, up.n = up.sum+points*group.Weight, up.plain+plain, up.n+1
		up.was, up.max = up.was+group.Max*group.Weight, up.max+most*group.Weight
	}
	all := &parts[whole]
	taken := all.off
	if t.OffMax > 0 {
		taken = math.Max(-t.OffMax, taken+inGroups) - inGroups
	}
	less -= taken + t.Start
	out.Total = math.Max(t.Floor, all.sum+math.Min(bonus, t.BonusMax)-less)
	out.Unweighted = math.Max(t.Floor, all.plain+math.Min(plainBonus, t.BonusMax)-less)
	return out
}

// points are those of a group whose items have a sum, of which off is taken: from 0 to most.
func (g *Group) points(sum, off, n, most float64) float64 {
	if g.Mean {
		if n == 0 {
			return 0
		}
		sum = sum / n * g.Times
	}
	if g.Round > 0 {
		sum = roundTo(sum, g.Round)
	}
	return math.Max(0, math.Min(most, sum+off))
}

// Reach is the most points that all items that earn can give together, with the start and without bonuses;
// groups count up to their maxima. Of items of which some reports false it takes none.
func (t *Tally) Reach(some func(i int) bool) float64 {
	points := make([]float64, len(t.Items))
	for i := range t.Items {
		if t.Items[i].Kind == Earns && some(i) {
			points[i] = t.Items[i].Max
		}
	}
	return t.Add(points, nil, func(i int) bool { return !some(i) }, 0).Total
}

// ReachOf is the most points that the items and groups in a group can give together, whatever its own
// maximum. The groups in it must have their maxima.
func (t *Tally) ReachOf(group int) float64 {
	sum, n := 0.0, 0.0
	for i := range t.Items {
		if it := &t.Items[i]; it.Group == group && it.Kind == Earns {
			sum, n = sum+it.Max*it.Weight, n+1
		}
	}
	for i := range t.Groups {
		if g := &t.Groups[i]; g.Parent == group {
			sum, n = sum+g.Max*g.Weight, n+1
		}
	}
	if g := &t.Groups[group]; g.Mean && n > 0 {
		return sum / n * g.Times
	}
	return sum
}
