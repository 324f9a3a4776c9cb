package rules

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/expr-lang/expr/vm"

	"kheo/internal/dossier"
	"kheo/rules/condition"
)

// This file computes what an assessment leaves open: which outcomes it can still have once missing panel
// scores come in, and whichever way the manifest's own statements are settled; and (WhatIf) which outcome it
// would have with other points. Bounds are sound: every outcome that is possible is among them, but not each
// of them need be possible.

// bounds are the points that each criterion can still have, in the ruleset's order.
type bounds struct {
	low, high []float64
	open      bool // somewhere they differ, or a missing score can raise or drop a flag
}

// panelBounds are the bounds of the points as long as panel scores are missing.
func (s *assessment) panelBounds() bounds {
	var b bounds
	for i := range s.rs.criteria {
		low, high := s.out.Criteria[i].Points, s.out.Criteria[i].Points
		if c := &s.rs.criteria[i]; c.panel != nil {
			if given := c.scoresOf(s.given.Scores); len(given) < c.panel.scorers {
				low, high = c.panel.between(given, c.max)
				b.open = true
			}
		}
		b.low, b.high = append(b.low, low), append(b.high, high)
	}
	return b
}

// between is what a criterion gets at least and at most once all have scored, each from 0 to most.
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
		if c := &rs.criteria[i]; c.fact != nil {
			p := c.scoreFact(facts[c.fact.Name], 0).Points
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

// maxSettlements is how many ways to settle facts are tried.
const maxSettlements = 64

// settlements are the ways in which facts that are not settled can be: those that the manifest disputes as it
// or as the documents say, and those that were not read surely by each of their readings. Only facts that
// decide something are considered. ok is false if there are too many to try: facts with r1, r2, … readings
// have r1 × r2 × … ways.
func (s *assessment) settlements() (out []map[string]*dossier.Fact, ok bool) {
	return s.rs.settlementsOf(s.given.Identity.Unit, s.facts.counting(), s.decidingDisputes())
}

// settlementsOf are the facts that count, by name, with every combination of the readings of those that are
// not settled, and with what is computed of them. An amount in another currency has no reading that could be
// tried.
func (rs *Ruleset) settlementsOf(
	unit string, counting map[string]*dossier.Fact, open []*statement,
) (out []map[string]*dossier.Fact, ok bool) {
	out = []map[string]*dossier.Fact{counting}
	for _, st := range open {
		if st.foreign || len(out)*len(st.readings) > maxSettlements {
			return nil, false
		}
		var next []map[string]*dossier.Fact
		for _, facts := range out {
			for _, f := range st.readings {
				with := maps.Clone(facts)
				if delete(with, st.def.Name); f != nil {
					with[st.def.Name] = f
				}
				next = append(next, with)
			}
		}
		out = next
	}
	if len(open) > 0 {
		for _, facts := range out {
			rs.compute(unit, facts)
		}
	}
	return out, true
}

// decidingDisputes are the facts that are not settled and that a gate, a criterion or a band goes by.
func (s *assessment) decidingDisputes() (out []*statement) {
	for i := range s.facts {
		if st := &s.facts[i]; len(st.readings) > 0 && slices.ContainsFunc(st.def.feeds, s.rs.decidesBy) {
			out = append(out, st)
		}
	}
	return out
}

// decidesBy reports whether a gate, a criterion or a band goes by a fact.
func (rs *Ruleset) decidesBy(fact string) bool {
	return slices.ContainsFunc(rs.gates, func(g gate) bool {
		return slices.Contains(g.require.Uses,
			fact)
	}) ||
		slices.ContainsFunc(rs.criteria, func(c criterion) bool { return c.measuredBy(fact) }) ||
		rs.bands.uses(fact)
}

// outcomes are those that the assessment can have by some facts and within some bounds, before quotas.
func (s *assessment) outcomes(facts map[string]*dossier.Fact, b bounds) []dossier.Outcome {
	env := s.rs.conditionEnv(s.given.Identity.Unit, facts)
	review := false
	for i := range s.rs.gates {
		passed, outcome := s.rs.gates[i].tried(env)
		if !passed && outcome == dossier.Ineligible {
			return []dossier.Outcome{dossier.Ineligible}
		}
		review = review || !passed
	}
	if review {
		return []dossier.Outcome{dossier.NeedsReview}
	}
	sp := newSpans(s.rs, s.out, env, b, s.cost)
	if !b.open {
		return []dossier.Outcome{s.rs.bands.outcome(&vm.VM{}, env)}
	}
	var out []dossier.Outcome
	for i := range s.rs.bands {
		yes, no := s.rs.bands[i].cond.Possible(sp.decide)
		if yes {
			out = with(out, s.rs.bands[i].Outcome)
		}
		if !no {
			return out
		}
	}
	return with(out, dossier.NotRecommended)
}

// with adds an outcome to a list that does not have it.
func with(list []dossier.Outcome, o dossier.Outcome) []dossier.Outcome {
	if slices.Contains(list, o) {
		return list
	}
	return append(list, o)
}

// spans are the values that the names of a band's condition can have.
type spans struct {
	env       map[string]any     // the lowest value of each name
	low, high map[string]float64 // of names that are not settled
}

// newSpans returns the spans of points within bounds, and sets the lowest in env. cost is what copies take
// off.
func newSpans(rs *Ruleset, a *dossier.Assessment, env map[string]any, b bounds, cost float64) *spans {
	low, high := rs.namedPoints(b.low, cost), rs.namedPoints(b.high, cost)
	s := &spans{env: env, low: map[string]float64{}, high: map[string]float64{}}
	for name, v := range low {
		env[name] = v
		if v != high[name] {
			s.low[name], s.high[name] = v, high[name]
		}
	}
	env["max"] = rs.MaxPoints
	env["any_flag"] = func(codes ...string) bool { return a.HasFlag(codes...) }
	return s
}

// namedPoints are the points of the criteria, and what they add up to, by the names that bands have for them.
func (rs *Ruleset) namedPoints(points []float64, cost float64) map[string]float64 {
	out, lowest := map[string]float64{}, math.Inf(1)
	for i, p := range points {
		out[rs.criteria[i].name()] = p
		lowest = math.Min(lowest, p/rs.criteria[i].max)
	}
	out["total"] = total(points, cost)
	out["share"], out["each_criterion"] = out["total"]/rs.MaxPoints, lowest
	return out
}

// passingFlags are raised or dropped by scores that come in.
var passingFlags = []string{dossier.FlagAwaitingPanel, dossier.FlagPanelSpread}

// maxCorners is how many unsettled names of a comparison are tried at both ends.
const maxCorners = 8

// decide decides a comparison. One that compares sums and products is tried at every corner of the spans of
// what it names, between which it does not turn; for others every result is possible.
func (s *spans) decide(c *condition.Comparison) (yes, no bool) {
	open := s.unsettled(c)
	namesPassing := slices.ContainsFunc(passingFlags, func(code string) bool {
		return strings.Contains(c.Text, `"`+code+`"`)
	})
	if namesPassing || len(open) > 0 && !c.Monotone || len(open) > maxCorners {
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

// unsettled are the names of a comparison that are not settled, each once.
func (s *spans) unsettled(c *condition.Comparison) (open []string) {
	for _, name := range c.Names {
		if _, ok := s.low[name]; ok && !slices.Contains(open, name) {
			open = append(open, name)
		}
	}
	return open
}

// settle sets what the assessment leaves open and, if that decides its outcome, sends it to people.
func (s *assessment) settle() {
	a, b := s.out, s.panelBounds()
	byPanel := s.outcomes(s.counting, b)
	if b.open {
		byPanel = with(byPanel, a.Outcome) // what is shown counts nothing of a panel that is not complete
	}
	possible := slices.Clone(byPanel)
	wide := s.withUncertain(b)
	for _, o := range s.outcomes(s.counting, wide) {
		possible = with(possible, o)
	}
	byEvidence := len(possible) > len(byPanel)
	settlements, ok := s.settlements()
	var orders [][]dossier.OrderKey
	for _, facts := range settlements {
		points := s.rs.measuredAs(wide, facts)
		for _, o := range s.outcomes(facts, points) {
			possible = with(possible, o)
		}
		orders = append(orders, s.orderWith(facts, points.low), s.orderWith(facts, points.high))
	}
	ok = ok || s.isIneligibleAnyway()
	open := &dossier.Open{Decides: len(possible) > 1 || !ok}
	uncertain := slices.ContainsFunc(s.decidingDisputes(), (*statement).isUncertain)
	if (uncertain || s.out.HasFlag(dossier.FlagUncertain)) && !b.open {
		open.Readings = otherThan(a.Order, orders)
	}
	if b.open {
		open.Outcomes = byPanel
		open.Best, open.Worst = s.orderWith(s.counting, b.high), s.orderWith(s.counting, b.low)
	} else {
		open.Stated = s.statedOrder(b)
	}
	if open.Decides {
		s.review(len(byPanel) > 1, byEvidence, len(s.decidingDisputes()) > 0 && (len(possible) > len(byPanel) || !ok))
	}
	if open.Decides || b.open || open.Stated != nil || open.Readings != nil {
		a.Open = open
	}
}

// statedOrder is the order that the assessment has by its facts as they are shown; nil if it is the same.
func (s *assessment) statedOrder(b bounds) []dossier.OrderKey {
	stated := s.facts.stated()
	order := s.orderWith(stated, s.rs.measuredAs(b, stated).low)
	if slices.Equal(order, s.out.Order) {
		return nil
	}
	return order
}

// isIneligibleAnyway reports whether a gate that goes by settled facts alone makes the dossier ineligible.
func (s *assessment) isIneligibleAnyway() bool {
	return slices.ContainsFunc(s.rs.gates, func(g gate) bool {
		passed, outcome := g.tried(s.env)
		return !passed && outcome == dossier.Ineligible && len(s.facts.unsettled(s.rs.basesOf(g.require.Uses))) == 0
	})
}

// otherThan are the distinct orders among some that differ from one.
func otherThan(one []dossier.OrderKey, some [][]dossier.OrderKey) (out [][]dossier.OrderKey) {
	for _, o := range some {
		same := func(x []dossier.OrderKey) bool { return slices.Equal(x, o) }
		if !same(one) && !slices.ContainsFunc(out, same) {
			out = append(out, o)
		}
	}
	return out
}

// withUncertain are bounds in which the uncertain evidence may count too.
func (s *assessment) withUncertain(b bounds) bounds {
	out := bounds{slices.Clone(b.low), slices.Clone(b.high), b.open}
	for i := range s.rs.criteria {
		if stake := s.out.Criteria[i].AtStake; stake > 0 {
			out.high[i], out.open = out.high[i]+stake, true
		}
	}
	return out
}

// review sends the assessment to people, because missing panel scores, uncertain evidence or disputed facts decide its
// outcome. The reason that changes the outcome comes first.
func (s *assessment) review(byPanel, byEvidence, byDisputes bool) {
	var why []dossier.Text
	if byPanel {
		why = append(why, say("band.panel"))
	}
	if byEvidence {
		var titles []dossier.Text
		for i := range s.out.Criteria {
			if s.out.Criteria[i].AtStake > 0 {
				titles = append(titles, s.out.Criteria[i].Title)
			}
		}
		why = append(why, say("band.uncertain-evidence", join(", ", titles...)))
	}
	if byDisputes {
		why = append(why, s.openReasons()...)
	}
	if s.out.Outcome != dossier.NeedsReview || byPanel {
		why = append(why, s.out.Band)
	} else {
		why = append([]dossier.Text{s.out.Band}, why...)
	}
	s.out.Band = join("; ", why...)
	s.out.Outcome = dossier.NeedsReview
}

// openReasons names the facts that are not settled and decide something: those that only the manifest states, and
// those that were not read surely. The latter are recorded in Assessment.Deciding.
func (s *assessment) openReasons() (out []dossier.Text) {
	open := s.decidingDisputes()
	of := func(uncertain bool) []*statement {
		return slices.DeleteFunc(slices.Clone(open),
			func(st *statement) bool { return st.isUncertain() != uncertain })
	}
	if unsupported := of(false); len(unsupported) > 0 {
		out = append(out, say("band.unsupported", openInWords(unsupported)))
	}
	if uncertain := of(true); len(uncertain) > 0 {
		out = append(out, say("band.uncertain", openInWords(uncertain)))
		for _, st := range uncertain {
			s.out.Deciding = append(s.out.Deciding, st.def.Name)
		}
	}
	return out
}

// orderWith is the order that the assessment has with other facts and points.
func (s *assessment) orderWith(facts map[string]*dossier.Fact, points []float64) []dossier.OrderKey {
	other := *s.out
	other.Points, other.Criteria = total(points, s.cost), slices.Clone(s.out.Criteria)
	for i, p := range points {
		other.Criteria[i].Points = p
	}
	return s.rs.orderKeys(&other, facts)
}

// WhatIf answers what the outcome of an assessment would be with other points. It is for one goroutine.
type WhatIf struct {
	rs     *Ruleset
	a      *dossier.Assessment
	env    map[string]any
	names  []string  // of the criteria, as conditions call them; "" of those that no band names
	points []float64 // what they got
	drawn  []float64 // what they get under the draw of the last call of Under
	values []float64 // of the facts of measured criteria; NaN if not stated
	vm     vm.VM     // that the bands run on
	rest   float64   // what copies cost: 0 or below
	fixed  bool      // gates, or what is still awaited, decide: no points change it
}

// WhatIf prepares an assessment that this ruleset made. The assessment must not be changed as long as the
// result is used.
func (rs *Ruleset) WhatIf(a *dossier.Assessment) *WhatIf {
	facts := countedFacts(a)
	s := &WhatIf{rs: rs, a: a, env: rs.conditionEnv(a.Unit, facts)}
	for i := range a.Criteria {
		if i >= len(rs.criteria) { // copies
			s.rest += a.Criteria[i].Points
			continue
		}
		name := conditionName(a.Criteria[i].ID)
		if !rs.bands.names(name) {
			name = ""
		}
		s.names = append(s.names, name)
		s.points = append(s.points, a.Criteria[i].Points)
		s.values = append(s.values, measuredValue(&rs.criteria[i], facts))
	}
	s.fixed = a.Outcome == dossier.Quarantined || a.Outcome == dossier.Ineligible || len(s.points) < len(rs.criteria) ||
		slices.ContainsFunc(a.Gates, func(g dossier.Gate) bool { return !g.Passed }) ||
		a.Open != nil && a.Open.Decides || a.HasFlag(dossier.FlagUnsettledScorer)
	s.env["max"] = rs.MaxPoints
	s.env["any_flag"] = func(codes ...string) bool { return hasOwnFlag(a, codes) }
	return s
}

// measuredValue is the value of the fact that a criterion is measured by; NaN if it is not stated.
func measuredValue(c *criterion, facts map[string]*dossier.Fact) float64 {
	if c.fact == nil || facts[c.fact.Name] == nil {
		return math.NaN()
	}
	v, _ := facts[c.fact.Name].Value.(float64)
	return v
}

// hasOwnFlag reports whether an assessment has one of some flags, apart from those that come of its outcome.
func hasOwnFlag(a *dossier.Assessment, codes []string) bool {
	return slices.ContainsFunc(a.Flags, func(f dossier.Flag) bool {
		switch f.Code {
		case dossier.FlagBorderline, dossier.FlagQuota, dossier.FlagTie:
			return false
		}
		return slices.Contains(codes, f.Code)
	})
}

// Fixed reports whether no points change the outcome.
func (s *WhatIf) Fixed() bool { return s.fixed }

// Points are what the criteria got, in the ruleset's order. The caller must not change them.
func (s *WhatIf) Points() []float64 { return s.points }

// outcome is the outcome of the bands with other points, before quotas. If maxima is nil, those of the
// criteria count; thresholds move by shift, in points. It writes into s.env, which is why a WhatIf is for one
// goroutine.
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
	return s.rs.bands.outcome(&s.vm, s.env)
}

// With is the outcome that the bands give with other points, in the ruleset's order, before quotas.
func (s *WhatIf) With(points []float64) dossier.Outcome { return s.outcome(points, nil, 0) }

// Without is the outcome with the points of one criterion, by its id, replaced.
func (s *WhatIf) Without(criterion string, points float64) dossier.Outcome {
	p := slices.Clone(s.points)
	if i := s.rs.criterionAt(criterion); i >= 0 && i < len(p) {
		p[i] = points
	}
	return s.outcome(p, nil, 0)
}

// Hinge is the criterion that an outcome depends on most: the one of which the fewest points more or fewer
// would change it.
type Hinge struct {
	Criterion string
	Points    float64 // to be added; below 0 if fewer change it
	To        dossier.Outcome
}

// Hinge finds the hinge of the outcome, to a tenth of a point; found is false if no single criterion changes
// it. Criteria are tried in the order of the ruleset, first down to 0 and then up to the maximum; of equally
// near hinges the first is returned.
func (s *WhatIf) Hinge() (h Hinge, found bool) {
	if s.fixed {
		return h, false
	}
	now := s.With(s.points)
	p := slices.Clone(s.points)
	for i := range s.rs.criteria {
		for _, end := range []float64{0, s.rs.criteria[i].max} {
			p[i] = end
			to := s.With(p)
			if to == now {
				continue
			}
			away := s.smallestChange(p, i, end, now)
			if !found || math.Abs(away) < math.Abs(h.Points) {
				h, found = Hinge{s.rs.criteria[i].id, away, to}, true
			}
		}
		p[i] = s.points[i]
	}
	return h, found
}

// smallestChange returns the fewest points, rounded up to a tenth, by which criterion i must move towards
// end, where the outcome is not the present one, for it to change. It changes p[i].
func (s *WhatIf) smallestChange(p []float64, i int, end float64, now dossier.Outcome) float64 {
	keeps, changes := s.points[i], end
	for math.Abs(changes-keeps) > 0.05 {
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
	return away
}

// Varies reports whether the ruleset names bounds within which its weights, steps or thresholds may move.
func (rs *Ruleset) Varies() bool {
	return rs.vary != (vary{}) || slices.ContainsFunc(rs.criteria,
		func(c criterion) bool { return c.vary != (vary{}) })
}

// Draw is one way in which the ruleset could have been written, within its bounds.
type Draw struct {
	maxima []float64 // of the criteria; they add up to what they did
	steps  []float64 // factor of each criterion's steps
	shift  float64   // of what the bands ask of the total, in points
}

// Draw draws one, evenly within the bounds. It takes the same numbers of r for every ruleset of as many
// criteria, and the same numbers give the same draw on every machine. Changing how it draws changes the
// certainty on lists, so it needs a new version of the package that publishes it.
func (rs *Ruleset) Draw(r *rand.Rand) Draw {
	d := Draw{maxima: make([]float64, len(rs.criteria)), steps: make([]float64, len(rs.criteria))}
	// Conversions to float64 keep compilers from fusing operations, which rounds differently.
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

// Under is the outcome under a draw, before quotas, and the points, which are good until the next call.
func (s *WhatIf) Under(d Draw) (dossier.Outcome, []float64) {
	s.drawn = s.drawn[:0]
	for i, p := range s.points {
		c := &s.rs.criteria[i]
		if v := s.values[i]; c.fact != nil && !math.IsNaN(v) {
			p = 0
			if at := c.stepAt(v, d.steps[i]); at >= 0 {
				p = c.steps[at].points
			}
		}
		s.drawn = append(s.drawn, round(p*float64(d.maxima[i]/c.max)))
	}
	return s.outcome(s.drawn, d.maxima, d.shift), s.drawn
}

// OrderByPoints are the places of the order's keys that go by points: indexes into Ruleset.Order.
func (rs *Ruleset) OrderByPoints() []int {
	var out []int
	for k, name := range rs.Order {
		if name == "total" || rs.criterionAt(name) >= 0 {
			out = append(out, k)
		}
	}
	return out
}

// criterionAt is the index of the criterion with an id; -1 if there is none.
func (rs *Ruleset) criterionAt(id string) int {
	for i := range rs.criteria {
		if rs.criteria[i].id == id {
			return i
		}
	}
	return -1
}

// OrderNumbers sets out to what the keys at some places, those of OrderByPoints, are with other points. out
// must be as long as places.
func (s *WhatIf) OrderNumbers(out []float64, places []int, points []float64) {
	for at, k := range places {
		number := 0.0
		if name := s.rs.Order[k]; name == "total" {
			number = total(points, -s.rest)
		} else if i := s.rs.criterionAt(name); i >= 0 && i < len(points) {
			number = points[i]
		}
		out[at] = number
	}
}
