package value

import (
	"math"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/number"
)

// Doubts of numbers that are not exactly what is meant. The number that is written is the value, and what it may be
// beside that are its other values.
const (
	DoubtAbout = "about" // "about 40", "nearly 40"
	DoubtBound = "bound" // "more than 40", "up to 40"
)

// Around reports whether a doubt is only how near a number is to what is meant.
func Around(doubt string) bool { return doubt == DoubtAbout || doubt == DoubtBound }

// IsTold reports whether a value is stated without a doubt but how near its number is to what is meant.
func (v *Value) IsTold() bool { return v.Doubt == "" || Around(v.Doubt) }

// How far what is meant may be from a number, as shares of it: "about" is half of the place of its last digit that is
// not zero, within bounds, as people round; what is over or under a number goes to the next one that is as round.
const (
	leastAbout = 0.05
	mostAbout  = 0.1
	mostOver   = 0.5
)

// nearTo puts a number in doubt that is not exactly what is meant, by the words before and behind it. What is at most
// a number may also be no statement of it at all.
func (r *Reader) nearTo(p *text.Page, l *language.Language, v *Value, q *number.Quantity, limit int) {
	near := q.Near
	if near == number.Exact && v.Last > q.Last {
		near = number.NearBehind(p, l, v.Last, limit)
	}
	n, ok := v.V.(float64)
	if !ok || n <= 0 || v.Doubt != "" || near == number.Exact {
		return
	}
	step := lastPlace(q.Value)
	about, over := min(max(step/2, leastAbout), mostAbout), min(step, mostOver)
	v.Approx = true
	switch near {
	case number.Around:
		v.doubt(DoubtAbout, r.near(n, -about), r.near(n, about))
	case number.Short:
		v.doubt(DoubtAbout, r.near(n, -about))
	case number.Over:
		v.doubt(DoubtBound, r.near(n, over))
	case number.Under:
		v.doubt(DoubtBound, r.near(n, -over), nil)
	}
}

// near is a number changed by a share of itself, in whole steps of what the fact counts. A share of up to 100 % stays
// one.
func (r *Reader) near(n, share float64) float64 {
	to := n * (1 + share)
	switch {
	case r.Type == Percent && n <= 100:
		return math.Min(100, math.Round(to*10)/10)
	case n != math.Trunc(n):
		return math.Round(to*1e4) / 1e4
	case share < 0:
		return math.Floor(to + 1e-9)
	}
	return math.Ceil(to - 1e-9)
}

// lastPlace is the value of the last digit's place of a number that is not zero, as a share of the number: 0.1 of 40
// is 0.25, as 10 is of 40.
func lastPlace(n float64) float64 {
	n = math.Abs(n)
	if n == 0 {
		return 0
	}
	place := math.Pow10(int(math.Floor(math.Log10(n))))
	for range maxPlaces {
		if x := n / place; math.Abs(x-math.Round(x)) < 1e-9*x {
			break
		}
		place /= 10
	}
	return place / n
}

// maxPlaces is how many digits of a number are looked at.
const maxPlaces = 12
