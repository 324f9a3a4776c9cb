package rules

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/expr-lang/expr/vm"

	"kheo/internal/dossier"
)

// Standing lets an assessment be asked what its outcome would be with other points. It is
// for one goroutine.
type Standing struct {
	rs     *Ruleset
	a      *dossier.Assessment
	env    map[string]any
	names  []string  // of the criteria, as conditions call them; "" of those that no band names
	points []float64 // what they got
	drawn  []float64 // what they get under the draw of now
	values []float64 // what the measured ones go by; NaN where nobody states it
	vm     vm.VM     // that the bands run on
	rest   float64   // what copies cost
	fixed  bool      // gates, or what is still awaited, decide: no points change it
}

// Standing readies an assessment that this ruleset made.
func (rs *Ruleset) Standing(a *dossier.Assessment) *Standing {
	facts := countedFacts(a)
	s := &Standing{rs: rs, a: a, env: rs.conditionEnv(dossier.Identity{Unit: a.Unit}, facts)}
	for i := range a.Criteria {
		if i >= len(rs.criteria) {
			s.rest += a.Criteria[i].Points
			continue
		}
		name := strings.ReplaceAll(a.Criteria[i].ID, "-", "_")
		if !slices.ContainsFunc(rs.bands, func(b Band) bool { return slices.Contains(b.cond.names, name) }) {
			name = ""
		}
		s.names = append(s.names, name)
		s.points = append(s.points, a.Criteria[i].Points)
		value := math.NaN()
		if f := facts[rs.criteria[i].measured]; f != nil {
			value, _ = f.Value.(float64)
		}
		s.values = append(s.values, value)
	}
	for i := range a.Gates {
		s.fixed = s.fixed || !a.Gates[i].Passed
	}
	s.fixed = s.fixed || a.Outcome == dossier.Quarantined || a.Outcome == dossier.Ineligible || len(s.points) < len(rs.criteria)
	s.env["max"] = rs.MaxPoints
	s.env["any_flag"] = func(codes ...string) bool {
		for _, f := range a.Flags {
			if f.Code == dossier.FlagBorderline || f.Code == dossier.FlagQuota || f.Code == dossier.FlagTie {
				continue // they come of the outcome
			}
			for _, c := range codes {
				if f.Code == c {
					return true
				}
			}
		}
		return false
	}
	s.fixed = s.fixed || a.Open != nil && a.Open.Decides || a.HasFlag(dossier.FlagUnsettledScorer)
	return s
}

// Fixed reports whether no points change the outcome.
func (s *Standing) Fixed() bool { return s.fixed }

// Points are what the criteria got, in the ruleset's order.
func (s *Standing) Points() []float64 { return s.points }

// outcome is what the bands say of other points, before quotas. maxima are the criteria's
// own where they are nil; thresholds move by shift.
func (s *Standing) outcome(points, maxima []float64, shift float64) dossier.Outcome {
	if s.fixed {
		return s.a.Outcome
	}
	sum, lowest := s.rest, math.Inf(1)
	for i, p := range points {
		if s.names[i] != "" {
			s.env[s.names[i]] = p
		}
		most := s.rs.criteria[i].max
		if maxima != nil {
			most = maxima[i]
		}
		sum += p
		lowest = math.Min(lowest, p/most)
	}
	total := round(math.Max(0, sum))
	s.env["total"], s.env["share"], s.env["each_criterion"] = total-shift, (total-shift)/s.rs.MaxPoints, lowest
	return s.rs.bandOn(&s.vm, s.env)
}

// With is the outcome that the bands give with other points, before quotas.
func (s *Standing) With(points []float64) dossier.Outcome { return s.outcome(points, nil, 0) }

// Without is the outcome with the points of one criterion replaced.
func (s *Standing) Without(criterion string, points float64) dossier.Outcome {
	p := append([]float64{}, s.points...)
	for i := range s.rs.criteria {
		if s.rs.criteria[i].id == criterion && i < len(p) {
			p[i] = points
		}
	}
	return s.outcome(p, nil, 0)
}

// Hinge is the one criterion that an outcome hangs on: the one of which the fewest points
// more or fewer would change it.
type Hinge struct {
	Criterion string
	Points    float64 // to be added: below 0 where fewer change it
	To        dossier.Outcome
}

// Hinge finds it; false where no single criterion changes the outcome.
func (s *Standing) Hinge() (Hinge, bool) {
	best, found := Hinge{}, false
	if s.fixed {
		return best, false
	}
	now := s.With(s.points)
	p := append([]float64{}, s.points...)
	for i := range s.rs.criteria {
		for _, end := range []float64{0, s.rs.criteria[i].max} {
			p[i] = end
			if s.With(p) == now {
				continue
			}
			keeps, changes := s.points[i], end
			for math.Abs(changes-keeps) > 0.05 { // the smallest change, to a tenth of a point
				p[i] = (keeps + changes) / 2
				if s.With(p) == now {
					keeps = p[i]
				} else {
					changes = p[i]
				}
			}
			away := math.Ceil(math.Abs(changes-s.points[i])*10-1e-6) / 10
			if end < s.points[i] {
				away = -away
			}
			if p[i] = end; !found || math.Abs(away) < math.Abs(best.Points) {
				best, found = Hinge{s.rs.criteria[i].id, away, s.With(p)}, true
			}
		}
		p[i] = s.points[i]
	}
	return best, found
}

// Varies reports whether the ruleset names bounds within which its weights, steps or
// thresholds may move.
func (rs *Ruleset) Varies() bool {
	if rs.vary != (vary{}) {
		return true
	}
	for i := range rs.criteria {
		if rs.criteria[i].vary != (vary{}) {
			return true
		}
	}
	return false
}

// Draw is one way in which the ruleset could have been written, within its bounds.
type Draw struct {
	maxima []float64 // of the criteria; they add up to what they did
	steps  []float64 // factor of each criterion's steps
	shift  float64   // of what the bands ask of the total
}

// Draw draws one, evenly within the bounds.
func (rs *Ruleset) Draw(r *rand.Rand) Draw {
	d := Draw{maxima: make([]float64, len(rs.criteria)), steps: make([]float64, len(rs.criteria))}
	even := func(by float64) float64 { return float64(by * (2*r.Float64() - 1)) }
	sum := 0.0
	for i := range rs.criteria {
		c := &rs.criteria[i]
		d.maxima[i] = c.max * float64(1+even(c.vary.weights))
		d.steps[i] = 1 + even(c.vary.steps)
		sum += d.maxima[i]
	}
	for i := range d.maxima {
		d.maxima[i] = d.maxima[i] * float64(rs.MaxPoints/sum)
	}
	d.shift = float64(rs.MaxPoints * even(rs.vary.thresholds))
	return d
}

// Under is the outcome under a draw, before quotas, and the points, which are good until the next
// call.
func (s *Standing) Under(d Draw) (dossier.Outcome, []float64) {
	s.drawn = s.drawn[:0]
	for i, p := range s.points {
		c := &s.rs.criteria[i]
		if v := s.values[i]; c.measured != "" && v == v {
			p = 0
			for _, st := range c.steps {
				if v >= st.from*d.steps[i] {
					p = st.points
				}
			}
		}
		s.drawn = append(s.drawn, round(p*float64(d.maxima[i]/c.max)))
	}
	return s.outcome(s.drawn, d.maxima, d.shift), s.drawn
}

// OrderByPoints are the places of the order's keys that go by points.
func (rs *Ruleset) OrderByPoints() []int {
	var out []int
	for k, name := range rs.Order {
		if name == "total" || slices.ContainsFunc(rs.criteria, func(c criterion) bool { return c.id == name }) {
			out = append(out, k)
		}
	}
	return out
}

// OrderNumbers sets out to what the keys at some places, those of OrderByPoints, are with other
// points.
func (s *Standing) OrderNumbers(out []float64, places []int, points []float64) {
	for at, k := range places {
		name, number := s.rs.Order[k], 0.0
		if name == "total" {
			sum := s.rest
			for _, p := range points {
				sum += p
			}
			number = round(math.Max(0, sum))
		}
		for i := range s.rs.criteria {
			if s.rs.criteria[i].id == name && i < len(points) {
				number = points[i]
			}
		}
		out[at] = number
	}
}
