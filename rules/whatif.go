package rules

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/expr-lang/expr/vm"

	"kheo/internal/dossier"
	"kheo/rules/condition"
)

// This file computes what an assessment leaves open: which outcomes it can still have once
// missing panel scores come in, and whichever way the manifest's own statements are
// settled; and (WhatIf) which outcome it would have with other points. Bounds are sound:
// every outcome that is possible is among them, but not each of them need be possible.

// bounds are the points that each criterion can still have, in the ruleset's order.
type bounds struct {
	low, high []float64
	open      bool // somewhere they differ, or a missing score can raise or drop a flag
}

// panelBounds are the bounds of an assessment's points as long as panel scores are missing.
func (rs *Ruleset) panelBounds(a *dossier.Assessment, scores []dossier.PanelScore) bounds {
	var b bounds
	for i := range rs.criteria {
		low, high := a.Criteria[i].Points, a.Criteria[i].Points
		if c := &rs.criteria[i]; c.panel != nil {
			if given := c.given(scores); len(given) < c.panel.scorers {
				low, high = c.panel.between(given, c.max)
				b.open = true
			}
		}
		b.low, b.high = append(b.low, low), append(b.high, high)
	}
	return b
}

// between is what a criterion gets at least and at most once all have scored.
func (p *panel) between(given []float64, most float64) (low, high float64) {
	missing := p.scorers - len(given)
	worst, best := slices.Clone(given), slices.Clone(given)
	for range missing {
		worst, best = append(worst, 0), append(best, most)
	}
	return round(math.Min(most, p.combined(worst))), round(math.Min(most, p.combined(best)))
}

// measuredAs are the bounds with the measured criteria scored by other facts.
func (rs *Ruleset) measuredAs(b bounds, facts map[string]*dossier.Fact) bounds {
	out := bounds{slices.Clone(b.low), slices.Clone(b.high), b.open}
	for i := range rs.criteria {
		if c := &rs.criteria[i]; c.measured != "" {
			p := rs.scoreMeasured(c, facts, 0).Points
			out.low[i], out.high[i] = p, p
		}
	}
	return out
}

// total is what points add up to; cost is what copies take off.
func total(points []float64, cost float64) float64 {
	sum := -cost
	for _, p := range points {
		sum += p
	}
	return round(math.Max(0, sum))
}

// outcomes are those that an assessment can have by some facts and within some bounds, before quotas.
func (rs *Ruleset) outcomes(a *dossier.Assessment, env map[string]any, b bounds, cost float64) []dossier.Outcome {
	review := false
	for i := range rs.gates {
		g := &rs.gates[i]
		passed, outcome := g.tried(env)
		if !passed && outcome == dossier.Ineligible {
			return []dossier.Outcome{dossier.Ineligible}
		}
		review = review || !passed
	}
	if review {
		return []dossier.Outcome{dossier.NeedsReview}
	}
	s := &spans{rs: rs, a: a, env: env, low: map[string]float64{}, high: map[string]float64{}}
	s.set(b, cost)
	if !b.open {
		return []dossier.Outcome{rs.band(env)}
	}
	var out []dossier.Outcome
	for i := range rs.bands {
		yes, no := rs.bands[i].cond.Possible(s.leaf)
		if yes && !slices.Contains(out, rs.bands[i].Outcome) {
			out = append(out, rs.bands[i].Outcome)
		}
		if !no {
			return out
		}
	}
	if !slices.Contains(out, dossier.NotRecommended) {
		out = append(out, dossier.NotRecommended)
	}
	return out
}

// spans are the values that the names of a band's condition can have.
type spans struct {
	rs        *Ruleset
	a         *dossier.Assessment
	env       map[string]any
	low, high map[string]float64 // of names that are not settled
}

func (s *spans) set(b bounds, cost float64) {
	of := func(points []float64) map[string]float64 {
		out, lowest := map[string]float64{}, math.Inf(1)
		for i, p := range points {
			out[strings.ReplaceAll(s.rs.criteria[i].id, "-", "_")] = p
			lowest = math.Min(lowest, p/s.rs.criteria[i].max)
		}
		out["total"] = total(points, cost)
		out["share"], out["each_criterion"] = out["total"]/s.rs.MaxPoints, lowest
		return out
	}
	low, high := of(b.low), of(b.high)
	for name, v := range low {
		s.env[name] = v
		if v != high[name] {
			s.low[name], s.high[name] = v, high[name]
		}
	}
	s.env["max"] = s.rs.MaxPoints
	s.env["any_flag"] = func(codes ...string) bool { return s.a.HasFlag(codes...) }
}

// passingFlags are raised or dropped by scores that come in.
var passingFlags = []string{dossier.FlagAwaitingPanel, dossier.FlagPanelSpread}

// leaf decides a comparison. One that compares sums and products is tried at every corner of the spans
// of what it names, between which it does not turn; for others every result is possible.
func (s *spans) leaf(c *condition.Comparison) (yes, no bool) {
	var open []string
	for _, name := range c.Names {
		if _, ok := s.low[name]; ok && !slices.Contains(open, name) {
			open = append(open, name)
		}
	}
	for _, code := range passingFlags {
		if strings.Contains(c.Text, `"`+code+`"`) {
			return true, true
		}
	}
	const most = 8 // names, of which each has two ends
	if len(open) > 0 && !c.Monotone || len(open) > most {
		return true, true
	}
	for corner := range 1 << len(open) {
		for k, name := range open {
			s.env[name] = s.low[name]
			if corner&(1<<k) != 0 {
				s.env[name] = s.high[name]
			}
		}
		holds, err := c.Holds(s.env)
		yes, no = yes || holds || err != nil, no || !holds || err != nil
	}
	for _, name := range open {
		s.env[name] = s.low[name]
	}
	return yes, no
}

// settle sets what an assessment leaves open and, if that decides its outcome, sends it to
// people.
func (rs *Ruleset) settle(a *dossier.Assessment, id dossier.Identity, all statements, b bounds, cost float64) {
	counting := all.counting()
	byPanel := rs.outcomes(a, rs.conditionEnv(id, counting), b, cost)
	if b.open && !slices.Contains(byPanel, a.Outcome) {
		byPanel = append(byPanel, a.Outcome) // what is shown counts nothing of a panel that is not complete
	}
	possible := slices.Clone(byPanel)
	readings, ok := rs.readings(all)
	for _, facts := range readings {
		for _, o := range rs.outcomes(a, rs.conditionEnv(id, facts), rs.measuredAs(b, facts), cost) {
			if !slices.Contains(possible, o) {
				possible = append(possible, o)
			}
		}
	}
	open := &dossier.Open{Decides: len(possible) > 1 || !ok}
	if b.open {
		open.Outcomes = byPanel
		open.Best, open.Worst = rs.orderWith(a, counting, b.high, cost), rs.orderWith(a, counting, b.low, cost)
	}
	if stated := rs.orderWith(a, all.stated(), rs.measuredAs(b, all.stated()).low, cost); !b.open && !slices.Equal(stated, a.Order) {
		open.Stated = stated
	}
	if open.Decides {
		var why, own []dossier.Text
		for _, s := range rs.deciding(all) {
			own = append(own, rs.asStated(s))
		}
		if len(byPanel) > 1 {
			why = append(why, say("band.panel"))
		}
		if len(possible) > len(byPanel) || !ok {
			why = append(why, say("band.unsupported", join("; ", own...)))
		}
		if a.Outcome != dossier.NeedsReview || len(byPanel) > 1 {
			a.Band = join("; ", append(why, a.Band)...)
		} else {
			a.Band = join("; ", append([]dossier.Text{a.Band}, why...)...)
		}
		a.Outcome = dossier.NeedsReview
	}
	if open.Decides || b.open || open.Stated != nil {
		a.Open = open
	}
}

// orderWith is the order that an assessment has with other facts and points.
func (rs *Ruleset) orderWith(a *dossier.Assessment, facts map[string]*dossier.Fact, points []float64, cost float64) []dossier.OrderKey {
	other := *a
	other.Order, other.Points, other.Criteria = nil, total(points, cost), slices.Clone(a.Criteria)
	for i, p := range points {
		other.Criteria[i].Points = p
	}
	rs.orderKeys(&other, facts)
	return other.Order
}

// WhatIf answers what the outcome of an assessment would be with other points. It is for
// one goroutine.
type WhatIf struct {
	rs     *Ruleset
	a      *dossier.Assessment
	env    map[string]any
	names  []string  // of the criteria, as conditions call them; "" of those that no band names
	points []float64 // what they got
	drawn  []float64 // what they get under the draw of now
	values []float64 // of the facts of measured criteria; NaN if not stated
	vm     vm.VM     // that the bands run on
	rest   float64   // what copies cost
	fixed  bool      // gates, or what is still awaited, decide: no points change it
}

// WhatIf prepares an assessment that this ruleset made.
func (rs *Ruleset) WhatIf(a *dossier.Assessment) *WhatIf {
	facts := countedFacts(a)
	s := &WhatIf{rs: rs, a: a, env: rs.conditionEnv(dossier.Identity{Unit: a.Unit}, facts)}
	for i := range a.Criteria {
		if i >= len(rs.criteria) {
			s.rest += a.Criteria[i].Points
			continue
		}
		name := strings.ReplaceAll(a.Criteria[i].ID, "-", "_")
		if !slices.ContainsFunc(rs.bands, func(b Band) bool { return slices.Contains(b.cond.Names, name) }) {
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
func (s *WhatIf) Fixed() bool { return s.fixed }

// Points are what the criteria got, in the ruleset's order.
func (s *WhatIf) Points() []float64 { return s.points }

// outcome is the outcome of the bands with other points, before quotas. If maxima is nil,
// those of the criteria count; thresholds move by shift.
func (s *WhatIf) outcome(points, maxima []float64, shift float64) dossier.Outcome {
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
func (s *WhatIf) With(points []float64) dossier.Outcome { return s.outcome(points, nil, 0) }

// Without is the outcome with the points of one criterion replaced.
func (s *WhatIf) Without(criterion string, points float64) dossier.Outcome {
	p := append([]float64{}, s.points...)
	for i := range s.rs.criteria {
		if s.rs.criteria[i].id == criterion && i < len(p) {
			p[i] = points
		}
	}
	return s.outcome(p, nil, 0)
}

// Hinge is the criterion that an outcome depends on most: the one of which the fewest
// points more or fewer would change it.
type Hinge struct {
	Criterion string
	Points    float64 // to be added; below 0 if fewer change it
	To        dossier.Outcome
}

// Hinge finds it; found is false if no single criterion changes the outcome.
func (s *WhatIf) Hinge() (Hinge, bool) {
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
func (s *WhatIf) Under(d Draw) (dossier.Outcome, []float64) {
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
func (s *WhatIf) OrderNumbers(out []float64, places []int, points []float64) {
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
