package scales

import (
	"math"
)

// Measure gives points for one number. A Measure is immutable.
type Measure interface {
	// Of is what a value gives, from 0 to Most. The values at which the points change are moved by a factor,
	// 1 for none.
	Of(v, factor float64) float64
	// Most is the most points that it can give.
	Most() float64
	// Why says which part of it gives the points of a value.
	Why(v float64) Sentence
	// Explain says what it gives, in one sentence or several.
	Explain() []Sentence
	// More says what gives more than a value does; everything if known is false. It is empty if nothing does.
	More(v float64, known bool) []Sentence
}

// maxCuts is how many places at which points change are named one by one.
const maxCuts = 200

// Cuts are the values at which the points of a measure change; between them they are the same. ok is false for a
// measure whose points follow the value, or that has too many of them.
func Cuts(m Measure) (at []float64, ok bool) {
	switch m := m.(type) {
	case Steps:
		for _, step := range m.List {
			at = append(at, step.At)
		}
		return at, true
	case Per:
		n := math.Ceil(m.AtMost / m.Points)
		if !(n <= maxCuts) {
			return nil, false
		}
		for k := 1.0; k <= n; k++ {
			at = append(at, m.Above+k*m.Every)
		}
		return at, true
	}
	return nil, false
}

// Step gives points from a value upwards or, in steps that go down, up to a value.
type Step struct{ At, Points float64 }

// Steps give the points of one of several steps. Their values go up. Points go up with them, or down if fewer
// is better: then the first step whose value is not exceeded counts.
type Steps struct {
	List []Step // at least one
	Down bool   // fewer is better
}

// at is the index of the step that a value reaches, the steps moved by a factor; -1 if it reaches none.
func (s Steps) at(v, factor float64) int {
	at := -1
	for i, step := range s.List {
		switch {
		case s.Down && v <= step.At*factor:
			return i
		case !s.Down && v >= step.At*factor:
			at = i
		}
	}
	return at
}

// Reached is the index of the step that gives the points of a value; -1 if none does.
func (s Steps) Reached(v float64) int { return s.at(v, 1) }

// Of implements Measure.
func (s Steps) Of(v, factor float64) float64 {
	if at := s.at(v, factor); at >= 0 {
		return s.List[at].Points
	}
	return 0
}

// Most implements Measure.
func (s Steps) Most() float64 {
	most := 0.0
	for _, step := range s.List {
		most = math.Max(most, step.Points)
	}
	return most
}

// Why implements Measure.
func (s Steps) Why(v float64) Sentence {
	at := s.at(v, 1)
	switch {
	case at < 0 && s.Down:
		return Sentence{"measured.above", []any{Value(s.List[len(s.List)-1].At)}}
	case at < 0:
		return Sentence{"measured.below", []any{s.List[0].At}}
	case s.Down:
		return Sentence{"measured.step-down", []any{Value(s.List[at].At), s.List[at].Points}}
	}
	return Sentence{"measured.step", []any{s.List[at].At, s.List[at].Points}}
}

// Explain implements Measure.
func (s Steps) Explain() []Sentence { return s.sentences(s.List) }

// sentences are those of some of the steps.
func (s Steps) sentences(list []Step) (out []Sentence) {
	key := "step"
	if s.Down {
		key = "step-down"
	}
	for _, step := range list {
		out = append(out, Sentence{key, []any{Value(step.At), step.Points}})
	}
	return out
}

// More implements Measure.
func (s Steps) More(v float64, known bool) []Sentence {
	at := s.at(v, 1)
	switch {
	case !known:
		return s.Explain()
	case !s.Down:
		return s.sentences(s.List[at+1:])
	case at < 0:
		at = len(s.List)
	}
	return s.sentences(s.List[:at])
}

// Proportional gives points in proportion to how far a value is from From to To: none at From, all at To.
// From is above To if fewer is better.
type Proportional struct {
	From, To, Points float64
	Round            float64 // points are rounded to a multiple of this, halves away from 0; above 0
}

// Of implements Measure.
func (p Proportional) Of(v, factor float64) float64 {
	from, to := p.From*factor, p.To*factor
	share := (v - from) / (to - from)
	return roundTo(p.Points*math.Max(0, math.Min(1, share)), p.Round)
}

// Most implements Measure.
func (p Proportional) Most() float64 { return roundTo(p.Points, p.Round) }

// Why implements Measure.
func (p Proportional) Why(v float64) Sentence {
	return Sentence{"measured.proportional", []any{Value(p.From), Value(p.To), p.Of(v, 1), p.Points}}
}

// Explain implements Measure.
func (p Proportional) Explain() []Sentence {
	return []Sentence{{"proportional", []any{Value(p.From), Value(p.To), p.Points, p.Round}}}
}

// More implements Measure.
func (p Proportional) More(v float64, known bool) []Sentence {
	if known && p.Of(v, 1) >= p.Most() {
		return nil
	}
	return p.Explain()
}

// Per gives points for each full Every of what a value has above Above, at most AtMost in all.
type Per struct {
	Every, Points, AtMost float64 // all above 0
	Above                 float64
}

// count is how many full parts a value has, the size of a part moved by a factor. The nudge keeps 0.3 from
// having two parts of 0.1, as binary numbers have it.
func (p Per) count(v, factor float64) float64 {
	return math.Max(0, math.Floor((v-p.Above*factor)/(p.Every*factor)+1e-9))
}

// Of implements Measure.
func (p Per) Of(v, factor float64) float64 {
	return math.Min(p.AtMost, math.Round(p.count(v, factor)*p.Points*1e9)/1e9)
}

// Most implements Measure.
func (p Per) Most() float64 { return p.AtMost }

// Why implements Measure.
func (p Per) Why(v float64) Sentence {
	n := p.count(v, 1)
	if n*p.Points > p.AtMost {
		return Sentence{"measured.per-capped", []any{n, p.Points, n * p.Points, p.AtMost}}
	}
	return Sentence{"measured.per", []any{n, p.Points, n * p.Points}}
}

// Explain implements Measure.
func (p Per) Explain() []Sentence {
	if p.Above != 0 {
		return []Sentence{{"per-above", []any{p.Points, Value(p.Every), Value(p.Above), p.AtMost}}}
	}
	return []Sentence{{"per", []any{p.Points, Value(p.Every), p.AtMost}}}
}

// More implements Measure.
func (p Per) More(v float64, known bool) []Sentence {
	if known && p.Of(v, 1) >= p.AtMost {
		return nil
	}
	return p.Explain()
}

// Formula takes the value itself as points, within bounds.
type Formula struct {
	Low, High float64
	Round     float64 // as of Proportional
}

// Of implements Measure. A formula has no thresholds that could move.
func (f Formula) Of(v, _ float64) float64 {
	return math.Max(f.Low, math.Min(f.High, roundTo(v, f.Round)))
}

// Most implements Measure.
func (f Formula) Most() float64 { return f.High }

// Why implements Measure.
func (f Formula) Why(v float64) Sentence {
	if p := f.Of(v, 1); p != roundTo(v, f.Round) {
		return Sentence{"measured.formula-bounded", []any{f.Low, f.High, p}}
	}
	return Sentence{"measured.formula", []any{f.Of(v, 1)}}
}

// Explain implements Measure.
func (f Formula) Explain() []Sentence {
	return []Sentence{{"formula", []any{f.Low, f.High, f.Round}}}
}

// More implements Measure.
func (f Formula) More(v float64, known bool) []Sentence {
	if known && f.Of(v, 1) >= f.High {
		return nil
	}
	return f.Explain()
}

// roundTo rounds to a multiple of a step, halves away from 0. The nudge keeps 2.5 · 0.3 from being rounded
// down because binary numbers hold it as 0.7499…; it is bounded so that it moves no large number.
func roundTo(x, step float64) float64 { return RoundTo(x, step) }

// RoundTo rounds to a multiple of a step, halves away from 0; a step of 0 leaves the number as it is.
func RoundTo(x, step float64) float64 {
	if step <= 0 {
		return x
	}
	k := x / step
	nudge := math.Min(1e-6, math.Abs(k)*1e-12+1e-12)
	return math.Round(math.Round(k+math.Copysign(nudge, k))*step*1e9) / 1e9
}
