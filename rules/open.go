package rules

import (
	"math"
	"slices"
	"strings"

	"kheo/internal/dossier"
)

// This file tells what an assessment leaves open: which outcomes it can still have once missing panel scores
// come in, and whichever way the manifest's own statements are settled. Bounds are sound: an outcome that is
// possible is among them, though not each among them need be possible.

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
		yes, no := s.decide(rs.bands[i].cond.logic)
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

// decide reports whether a condition can hold, and whether it can fail.
func (s *spans) decide(l *logic) (yes, no bool) {
	switch l.op {
	case "not":
		no, yes = s.decide(l.left)
		return yes, no
	case "and", "or":
		y1, n1 := s.decide(l.left)
		y2, n2 := s.decide(l.right)
		if l.op == "and" {
			return y1 && y2, n1 || n2
		}
		return y1 || y2, n1 && n2
	}
	return s.leaf(&l.leaf)
}

// leaf decides a comparison. One that compares sums and products is tried at every corner of the spans
// of what it names, between which it does not turn around; of another anything is possible.
func (s *spans) leaf(c *condition) (yes, no bool) {
	var open []string
	for _, name := range c.names {
		if _, ok := s.low[name]; ok && !slices.Contains(open, name) {
			open = append(open, name)
		}
	}
	for _, code := range passingFlags {
		if strings.Contains(c.text, `"`+code+`"`) {
			return true, true
		}
	}
	const most = 8 // names, of which each has two ends
	if c.prog == nil || len(open) > 0 && !c.monotone || len(open) > most {
		return true, true
	}
	for corner := range 1 << len(open) {
		for k, name := range open {
			s.env[name] = s.low[name]
			if corner&(1<<k) != 0 {
				s.env[name] = s.high[name]
			}
		}
		holds, err := c.holds(s.env)
		yes, no = yes || holds || err != nil, no || !holds || err != nil
	}
	for _, name := range open {
		s.env[name] = s.low[name]
	}
	return yes, no
}

// settle sets what an assessment leaves open and, where that decides its outcome, hands it to people.
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
	if stated := rs.orderWith(a, all.told(), rs.measuredAs(b, all.told()).low, cost); !b.open && !slices.Equal(stated, a.Order) {
		open.Stated = stated
	}
	if open.Decides {
		var why, own []dossier.Text
		for _, s := range rs.deciding(all) {
			own = append(own, rs.toldAs(s))
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
