package rules

import (
	"cmp"
	"maps"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/expr-lang/expr/vm"

	"kheo/internal/dossier"
	"kheo/rules/condition"
	"kheo/rules/scales"
	"kheo/rules/value"
)

// This file computes what an assessment leaves open: which outcomes it can still have once missing panel
// scores come in, and whichever way the manifest's own statements are settled; and (WhatIf) which outcome it
// would have with other points. Bounds are sound: every outcome that is possible is among them, but not each
// of them need be possible.

// bounds are the points that each criterion can still have, in the ruleset's order.
type bounds struct {
	low, high []float64
	open      bool        // somewhere they differ, or a missing score can raise or drop a flag
	off       notApplying // criteria that do not apply; nil if all apply
	differs   bool        // the unit's own points on some criterion differ too far from what it gives
}

// panelBounds are the bounds of the points as long as panel scores are missing.
func (s *assessment) panelBounds() bounds {
	n := len(s.rs.criteria)
	b := bounds{low: make([]float64, 0, n), high: make([]float64, 0, n), off: s.off,
		differs: s.out.HasFlag(dossier.FlagSelfDiffers)}
	for i := range s.rs.criteria {
		low, high := s.out.Criteria[i].Points, s.out.Criteria[i].Points
		if c := &s.rs.criteria[i]; c.panel != nil {
			given := c.scoresOf(s.given.Scores)
			if missing := len(given) < c.panel.scorers; missing {
				low, high = c.panel.between(given, c)
				s.asIf[i] = [2]float64{low, high}
				b.open = b.open || !s.off.at(i)
			}
			if s.off.at(i) {
				low, high = 0, 0
			}
		}
		b.low, b.high = append(b.low, low), append(b.high, high)
	}
	return b
}

// between is what a criterion gets at least and at most once all have scored, each with a mark of the scale.
func (p *panel) between(given []float64, c *criterion) (low, high float64) {
	missing := p.scorers - len(given)
	worst, best := slices.Clone(given), slices.Clone(given)
	for range missing {
		worst, best = append(worst, p.scale.From), append(best, p.scale.To)
	}
	low, high = c.signed(p.combined(worst, c.max)), c.signed(p.combined(best, c.max))
	return math.Min(low, high), math.Max(low, high)
}

// measuredAs are the bounds with what goes by facts scored by other facts: measures, checklists and tables,
// whether criteria apply, and the points of the unit's own where those count.
func measuredAs(s *assessment, b bounds, facts map[string]*dossier.Fact) bounds {
	rs := s.rs
	out := bounds{low: slices.Clone(b.low), high: slices.Clone(b.high), open: b.open,
		off: slices.Clone(s.off)}
	env := rs.conditionEnv(s.given.Identity.Unit, facts)
	for i := range rs.criteria {
		c := &rs.criteria[i]
		starts := c.self != "" && rs.selfRule.starts && c.panel == nil
		own := facts[c.self]
		if c.when != nil {
			applies, _, err := c.when.Decide(env)
			if applies = applies && err == nil; !applies || s.off.at(i) {
				if out.off == nil {
					out.off = make(notApplying, len(rs.criteria))
				}
				out.off[i] = !applies
			}
			if !applies {
				out.low[i], out.high[i] = 0, 0
				continue
			}
			out.low[i], out.high[i] = math.Min(s.asIf[i][0], s.asIf[i][1]), math.Max(s.asIf[i][0],
				s.asIf[i][1])
			out.open = out.open || out.low[i] != out.high[i]
		}
		switch {
		case c.byFacts():
			p := c.pointsBy(facts, env, 1)
			out.low[i], out.high[i] = p, p
		case starts:
			out.low[i], out.high[i] = s.gives[c.id], s.gives[c.id]
		}
		if c.self == "" || own == nil {
			continue
		}
		out.differs = out.differs || c.selfDiffers(c.ownAs(own), out.low[i])
		if starts {
			out.low[i] = c.ownPoints(own)
			out.high[i] = out.low[i]
		}
	}
	return out
}

// equal reports whether two bounds say the same of every criterion. An assessment comes to the same within equal
// bounds.
func (b *bounds) equal(other *bounds) bool {
	return b.open == other.open && b.differs == other.differs && slices.Equal(b.low, other.low) &&
		slices.Equal(b.high, other.high) && slices.Equal(b.off, other.off)
}

// hasFlag is any_flag of bands, with the facts of the bounds.
func (b *bounds) hasFlag(a *dossier.Assessment) func(codes ...string) bool {
	return func(codes ...string) bool {
		return slices.ContainsFunc(codes, func(code string) bool {
			if code == dossier.FlagSelfDiffers {
				return b.differs
			}
			return a.HasFlag(code)
		})
	}
}

// maxSettlements is how many ways to settle facts are tried.
const maxSettlements = 64

// maxNearSettlements is how many are tried if some facts are numbers that are near what is meant.
const maxNearSettlements = 256

// settlementsOf are the ways in which facts that are not settled can be: the facts that count, by name, with every
// combination of the readings of those in open (of one that the manifest disputes what it says and what the documents
// say), and with what is computed of them. An amount in another currency has no reading that could be tried. ok is
// false if there are too many to try: facts with r1, r2, … readings have r1 × r2 × … ways.
func settlementsOf(rs *Ruleset,
	unit string, counting map[string]*dossier.Fact, open []*statement,
) (out []map[string]*dossier.Fact, ok bool) {
	out = []map[string]*dossier.Fact{counting}
	var near []*statement
	for _, st := range open {
		switch {
		case st.near:
			near = append(near, st)
		case st.foreign || len(out)*len(st.readings) > maxSettlements:
			return nil, false
		default:
			out = eachReading(out, st)
		}
	}
	if out, ok = nearSettlements(out, near); !ok {
		return nil, false
	}
	if len(open) > 0 {
		for _, facts := range out {
			rs.compute(unit, facts)
		}
	}
	return out, true
}

// eachReading are the ways in which facts can be settled with each reading of one more.
func eachReading(ways []map[string]*dossier.Fact, st *statement) (out []map[string]*dossier.Fact) {
	for _, facts := range ways {
		for _, f := range st.readings {
			out = append(out, withReading(facts, st, f))
		}
	}
	return out
}

// withReading are facts with one of them read as f; nil is no fact.
func withReading(facts map[string]*dossier.Fact, st *statement, f *dossier.Fact) map[string]*dossier.Fact {
	with := maps.Clone(facts)
	if delete(with, st.def.Name); f != nil {
		with[st.def.Name] = f
	}
	return with
}

// nearSettlements are ways to settle facts with the readings of numbers that are near what is meant: every combination
// or, if these are too many, each reading of one of them alone, and all of them at their least and at their most.
func nearSettlements(ways []map[string]*dossier.Fact, near []*statement) (out []map[string]*dossier.Fact, ok bool) {
	all, some := len(ways), 2
	for _, st := range near {
		all, some = all*len(st.readings), some+len(st.readings)
	}
	if all <= maxSettlements {
		for _, st := range near {
			ways = eachReading(ways, st)
		}
		return ways, true
	}
	if len(ways)*some > maxNearSettlements {
		return nil, false
	}
	byValue := func(a, b *dossier.Fact) int {
		x, _ := a.Value.(float64)
		y, _ := b.Value.(float64)
		return cmp.Compare(x, y)
	}
	for _, facts := range ways {
		least, most := facts, facts
		for _, st := range near {
			out = append(out, eachReading([]map[string]*dossier.Fact{facts}, st)...)
			least = withReading(least, st, slices.MinFunc(st.readings, byValue))
			most = withReading(most, st, slices.MaxFunc(st.readings, byValue))
		}
		out = append(out, least, most)
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

// decidesBy reports whether a gate, a criterion, a band or the order goes by a fact.
func (rs *Ruleset) decidesBy(fact string) bool {
	return slices.ContainsFunc(rs.gates, func(g gate) bool {
		return slices.Contains(g.require.Uses,
			fact)
	}) ||
		slices.ContainsFunc(rs.criteria, func(c criterion) bool { return c.goesBy(fact) }) ||
		rs.bands.uses(fact) || slices.Contains(rs.Order, fact)
}

// possible is what an assessment can come to before quotas: its outcomes, and the ranks, places and fills of
// quotas (Ruleset.asked) whose conditions it meets in every case and in any case.
type possible struct {
	outcomes      []dossier.Outcome
	always, never uint64 // by the bits of their indexes; those in neither are met in some cases
}

// nothingPossible is met by no assessment: the neutral element of join.
func nothingPossible(rs *Ruleset) possible {
	all := uint64(1)<<len(rs.asked) - 1
	return possible{always: all, never: all}
}

// join adds what is possible in other cases.
func (p possible) join(other possible) possible {
	for _, o := range other.outcomes {
		p.outcomes = with(p.outcomes, o)
	}
	p.always, p.never = p.always&other.always, p.never&other.never
	return p
}

// firstAwards are the ranks or places that can be the first of n whose condition is met; bit n is for none.
func (p possible) firstAwards(n int) (set uint64) {
	for i := range n {
		if p.never&(1<<i) == 0 {
			set |= 1 << i
		}
		if p.always&(1<<i) != 0 {
			return set
		}
	}
	return set | 1<<n
}

// outcomes is what the assessment can come to by some facts and within some bounds, before quotas.
func (s *assessment) outcomes(facts map[string]*dossier.Fact, b bounds) possible {
	env := s.rs.conditionEnv(s.given.Identity.Unit, facts)
	all := nothingPossible(s.rs).never
	review := false
	for i := range s.rs.gates {
		passed, outcome := s.rs.gates[i].tried(env)
		if !passed && outcome == dossier.Ineligible {
			return possible{[]dossier.Outcome{dossier.Ineligible}, 0, all}
		}
		review = review || !passed
	}
	if review {
		return possible{[]dossier.Outcome{dossier.NeedsReview}, 0, all}
	}
	sp := newSpans(s.rs, s.out, env, &b, s.cost)
	if !b.open {
		met := s.rs.asked.Met(&vm.VM{}, env, sp.meets)
		return possible{[]dossier.Outcome{s.rs.bands.outcome(&vm.VM{}, env)}, met, all &^ met}
	}
	out := possible{}
	for i := range s.rs.asked {
		yes, no := sp.possible(s.rs.asked[i].Require, s.rs.asked[i].Outcome)
		if !no {
			out.always |= 1 << i
		}
		if !yes {
			out.never |= 1 << i
		}
	}
	for i := range s.rs.bands {
		yes, no := sp.possible(s.rs.bands[i].cond, s.rs.bands[i].Outcome)
		if yes {
			out.outcomes = with(out.outcomes, s.rs.bands[i].Outcome)
		}
		if !no {
			return out
		}
	}
	out.outcomes = with(out.outcomes, dossier.NotRecommended)
	return out
}

// possible reports whether the condition of a band, rank or place can be met, and whether it can fail. Those that
// mean recommended ask for every at_least, too.
func (s *spans) possible(cond *condition.Condition, of dossier.Outcome) (yes, no bool) {
	yes, no = cond.Possible(s.decide)
	if of == dossier.Recommended {
		yes, no = yes && s.mayMeet, no || !s.meets
	}
	return yes, no
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

	// counts is criteria_with for the lowest points and for the highest, where these are not the same.
	counts [2]any

	meets, mayMeet bool // whether every at_least is met with the fewest points, and with the most
}

// newSpans returns the spans of points within bounds, and sets the lowest in env. cost is what copies take
// off.
func newSpans(rs *Ruleset, a *dossier.Assessment, env map[string]any, b *bounds, cost float64) *spans {
	s := &spans{env: env}
	env[marksMissed] = anyMarksBelow(rs, a)
	if !slices.Equal(b.low, b.high) {
		namePoints(rs, env, b.high, b.off.at, cost)
		s.mayMeet = env[minimaMet].(bool)
		s.low, s.high = map[string]float64{}, map[string]float64{}
		eachPointsName(rs, func(name string) { s.high[name] = env[name].(float64) })
		s.counts[1] = env[condition.CriteriaWith]
	}
	namePoints(rs, env, b.low, b.off.at, cost)
	s.counts[0] = env[condition.CriteriaWith]
	s.meets = env[minimaMet].(bool) && !awaitsMarks(rs, b)
	if s.high == nil { // the points are settled
		s.mayMeet = s.meets
	}
	for name, v := range s.high {
		if low := env[name].(float64); low != v {
			s.low[name] = low
		} else {
			delete(s.high, name)
		}
	}
	env["any_flag"] = b.hasFlag(a)
	return s
}

// awaitsMarks reports whether marks of a criterion with a minimum of marks are still missing.
func awaitsMarks(rs *Ruleset, b *bounds) bool {
	for i := range rs.criteria {
		if p := rs.criteria[i].panel; p != nil && p.marksAtLeast > 0 && b.low[i] != b.high[i] {
			return true
		}
	}
	return false
}

// namePoints sets in env the points of the criteria and groups, and what they add up to, by the names that bands
// have for them, and whether every at_least is met.
func namePoints(rs *Ruleset, env map[string]any, own []float64, off func(int) bool, cost float64) {
	sums := addPoints(rs, own, nil, off, cost)
	setTotals(rs, env, own, nil, off, sums, 0)
	for i, p := range own {
		env[rs.criteria[i].name()] = p
	}
	for i, p := range sums.Groups {
		env[conditionName(rs.groups[i].id)] = p
	}
}

// eachPointsName visits the names that namePoints sets.
func eachPointsName(rs *Ruleset, visit func(name string)) {
	for _, name := range bandNames {
		visit(name)
	}
	for i := range rs.criteria {
		visit(rs.criteria[i].name())
	}
	for i := range rs.groups {
		visit(conditionName(rs.groups[i].id))
	}
}

// passingFlags are raised or dropped by scores that come in.
var passingFlags = []string{dossier.FlagAwaitingPanel, dossier.FlagPanelSpread, dossier.FlagSelfDiffers}

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
			s.set(name, corner>>k&1)
		}
		holds, err := c.Holds(s.env)
		yes, no = yes || holds || err != nil, no || !holds || err != nil
	}
	for _, name := range open {
		s.set(name, 0)
	}
	return yes, no
}

// set gives a name that is not settled its lowest value (end 0) or its highest (end 1).
func (s *spans) set(name string, end int) {
	switch {
	case name == condition.CriteriaWith:
		s.env[name] = s.counts[end]
	case end == 0:
		s.env[name] = s.low[name]
	default:
		s.env[name] = s.high[name]
	}
}

// unsettled are the names of a comparison that are not settled, each once.
func (s *spans) unsettled(c *condition.Comparison) (open []string) {
	for _, name := range c.Names {
		_, ok := s.low[name]
		ok = ok || name == condition.CriteriaWith && s.counts[1] != nil
		if ok && !slices.Contains(open, name) {
			open = append(open, name)
		}
	}
	return open
}

// settle sets what the assessment leaves open and, if that decides its outcome, rank or place, sends it to
// people. What missing scores leave open of its rank or place is left to the list, where others are before it.
func (s *assessment) settle() {
	a, b, n := s.out, s.panelBounds(), len(s.rs.Awards)
	settled := s.outcomes(s.counting, b)
	byPanel := settled
	if b.open {
		// what is shown counts nothing of a panel that is not complete
		byPanel.outcomes = with(byPanel.outcomes, a.Outcome)
	}
	wide := s.withUncertain(b)
	if !wide.equal(&b) {
		settled = s.outcomes(s.counting, wide)
	}
	found := nothingPossible(s.rs).join(byPanel).join(settled)
	firsts := byPanel.firstAwards(n)
	byEvidence := len(found.outcomes) > len(byPanel.outcomes) || found.firstAwards(n) != firsts
	disputes := s.decidingDisputes()
	settlements, ok := settlementsOf(s.rs, s.given.Identity.Unit, s.facts.counting(), disputes)
	looksForOrders := !b.open && (s.out.HasFlag(dossier.FlagUncertain) ||
		slices.ContainsFunc(disputes, (*statement).isUncertain))
	var orders [][]dossier.OrderKey
	if len(disputes) == 0 && !looksForOrders && s.scoresAreKept() {
		settlements = nil // its only one scores what was scored
	}
	for _, facts := range settlements {
		b := measuredAs(s, wide, facts)
		if len(disputes) > 0 || !b.equal(&wide) {
			found = found.join(s.outcomes(facts, b))
		}
		if !looksForOrders {
			continue
		}
		orders = append(orders, s.orderWith(facts, b.low, b.off.at), s.orderWith(facts, b.high, b.off.at))
	}
	ok = ok || s.isIneligibleAnyway()
	moves := found.firstAwards(n) != firsts
	open := &dossier.Open{Decides: len(found.outcomes) > 1 || !ok || moves}
	if looksForOrders {
		open.Readings = otherThan(a.Order, orders)
	}
	if b.open {
		open.Outcomes = byPanel.outcomes
		open.MayMeet = s.rs.asked[:n].IDs((s.rs.Awards.Set(a.Meets) | ^byPanel.never) &^ byPanel.always)
		open.Best, open.Worst = s.orderWith(s.counting, b.high, b.off.at), s.orderWith(s.counting, b.low,
			b.off.at)
	} else {
		open.Stated = s.statedOrder(b)
	}
	// Who fills a quota is open if anything leaves it open: it is not the outcome of the bands, which goes to people.
	open.MayMeet = append(open.MayMeet, s.rs.asked.IDs(^(found.always|found.never)&^(1<<n-1))...)
	if open.Decides {
		more := len(found.outcomes) > len(byPanel.outcomes) || moves
		s.review(len(byPanel.outcomes) > 1, byEvidence, len(disputes) > 0 && (more || !ok))
		a.Band = join("; ", append([]dossier.Text{a.Band}, whatSettles(s, b, wide, disputes)...)...)
	}
	if open.Decides || b.open || open.Stated != nil || open.Readings != nil || open.MayMeet != nil {
		a.Open = open
	}
}

// scoresAreKept reports whether the facts that count give every criterion the points that it has: none applies
// under a condition or goes by the points that the unit gave itself. measuredAs changes nothing then.
func (s *assessment) scoresAreKept() bool {
	for i := range s.rs.criteria {
		if c := &s.rs.criteria[i]; c.when != nil || c.self != "" {
			return false
		}
	}
	return true
}

// statedOrder is the order that the assessment has by its facts as they are shown; nil if it is the same.
func (s *assessment) statedOrder(b bounds) []dossier.OrderKey {
	asStated := func(st statement) bool { return st.counts == st.stated && !st.foreign }
	if s.scoresAreKept() && !slices.ContainsFunc(s.facts, func(st statement) bool { return !asStated(st) }) {
		return nil
	}
	stated := s.facts.stated()
	as := measuredAs(s, b, stated)
	order := s.orderWith(stated, as.low, as.off.at)
	if slices.Equal(order, s.out.Order) {
		return nil
	}
	return order
}

// isIneligibleAnyway reports whether a gate that goes by settled facts alone makes the dossier ineligible.
func (s *assessment) isIneligibleAnyway() bool {
	return slices.ContainsFunc(s.rs.gates, func(g gate) bool {
		passed, outcome := g.tried(s.env)
		return !passed && outcome == dossier.Ineligible && len(s.facts.unsettled(basesOf(s.rs, g.require.Uses))) == 0
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
	out := b
	out.low, out.high = slices.Clone(b.low), slices.Clone(b.high)
	for i := range s.rs.criteria {
		stake := evidenceAtStake(s, i)
		out.low[i], out.high[i] = out.low[i]+math.Min(0, stake), out.high[i]+math.Max(0, stake)
		out.open = out.open || stake != 0
	}
	return out
}

// evidenceAtStake are the points that uncertain evidence of a criterion could add.
func evidenceAtStake(s *assessment, i int) float64 {
	if i >= len(s.rs.criteria) || len(s.rs.criteria[i].clues) == 0 {
		return 0
	}
	return s.out.Criteria[i].AtStake
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
			if evidenceAtStake(s, i) != 0 {
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

// maxNamed is how many readings of a fact are named with what they would come to.
const maxNamed = 6

// turnsNear reports whether a reading of a number that is near what is meant would change what a gate or criterion
// makes of it, or bands or a budget go by it: only then are people told of it.
func turnsNear(s *assessment, st *statement) bool {
	rs, unit := s.rs, s.given.Identity.Unit
	uses := func(names []string) bool {
		return slices.ContainsFunc(st.def.feeds, func(f string) bool { return slices.Contains(names, f) })
	}
	if slices.ContainsFunc(st.def.feeds, rs.bands.uses) || rs.Budget != nil &&
		uses([]string{rs.Budget.Ask, rs.Budget.ShareBy}) {
		return true
	}
	counting := s.facts.counting()
	env := rs.conditionEnv(unit, counting)
	for _, f := range st.readings[1:] {
		facts := withReading(counting, st, f)
		rs.compute(unit, facts)
		other := rs.conditionEnv(unit, facts)
		for i := range rs.gates {
			a, _ := rs.gates[i].tried(env)
			if b, _ := rs.gates[i].tried(other); uses(rs.gates[i].require.Uses) && a != b {
				return true
			}
		}
		for i := range rs.criteria {
			c := &rs.criteria[i]
			switch {
			case !slices.ContainsFunc(st.def.feeds, c.goesBy):
			case !c.byFacts(), c.when != nil, c.pointsBy(counting, env, 1) != c.pointsBy(facts, other, 1):
				return true
			}
		}
	}
	return false
}

// whatSettles says what people would decide, and what each answer would come to before quotas, everything else being as
// it is: facts that are not settled, evidence that may count, and marks that are missing. What changes nothing by
// itself is left out. b and wide are the bounds without and with uncertain evidence.
func whatSettles(s *assessment, b, wide bounds, disputes []*statement) (out []dossier.Text) {
	for _, st := range disputes {
		if st.foreign || len(st.readings) > maxNamed {
			continue
		}
		var answers []reply
		for _, f := range st.readings {
			facts := s.facts.counting()
			if delete(facts, st.def.Name); f != nil {
				facts[st.def.Name] = f
			}
			s.rs.compute(s.given.Identity.Unit, facts)
			words := say("settle.not-stated")
			if f != nil {
				words = shownIn(st.def, f)
			}
			answers = append(answers, reply{words, s.outcomes(facts, measuredAs(s, b, facts))})
		}
		if told := tell(s.rs, answers); told != nil {
			if by := thresholds(s, st.def, unitOf(st.readings), b, slices.Contains(st.readings, nil)); by != nil {
				told = by
			}
			out = append(out, say("settle.fact", st.def.title, told))
		}
	}
	within := func(ends []float64) possible {
		return s.outcomes(s.counting, bounds{low: ends, high: ends, off: b.off, differs: b.differs})
	}
	if counted := withEvidence(b, wide); !b.open && !slices.Equal(counted, b.low) {
		if told := tell(s.rs, []reply{{say("settle.all-evidence"), within(counted)},
			{say("settle.no-evidence"), within(b.low)}}); told != nil {
			out = append(out, say("settle.evidence", told))
		}
	}
	if b.open {
		if told := tell(s.rs, []reply{{say("settle.best-marks"), within(b.high)},
			{say("settle.worst-marks"), within(b.low)}}); told != nil {
			out = append(out, say("settle.marks", told))
		}
	}
	return out
}

// withEvidence are the points of the criteria if all uncertain evidence counts, also if it takes points off.
func withEvidence(b, wide bounds) []float64 {
	out := slices.Clone(b.low)
	for i := range out {
		if out[i] = wide.high[i]; wide.low[i] < b.low[i] {
			out[i] = wide.low[i]
		}
	}
	return out
}

// reply is one of the answers that people can give, in words, with what it would come to.
type reply struct {
	words dossier.Text
	comes possible
}

// endOf is what something comes to, in words: an outcome, a rank or place, or that it is still open.
func endOf(rs *Ruleset, comes possible) dossier.Text {
	if len(comes.outcomes) != 1 {
		return say("settle.open")
	}
	n := len(rs.Awards)
	if first := comes.firstAwards(n); n > 0 && comes.outcomes[0] != dossier.Ineligible &&
		bits.OnesCount64(first) == 1 &&
		bits.TrailingZeros64(first) < n {
		return rs.Awards[bits.TrailingZeros64(first)].Title
	}
	return outcomeTitle(comes.outcomes[0])
}

// tell writes what each of some answers would come to, those that come to the same one after the other; nil if it is
// the same for all, or not settled by any.
func tell(rs *Ruleset, answers []reply) dossier.Text {
	var words, ends []dossier.Text
	for _, x := range answers {
		end := endOf(rs, x.comes)
		if n := len(ends); n > 0 && maps.Equal(ends[n-1], end) {
			words[n-1] = join(", ", words[n-1], x.words)
			continue
		}
		words, ends = append(words, x.words), append(ends, end)
	}
	if len(ends) < 2 {
		return nil
	}
	told := make([]dossier.Text, len(ends))
	for i := range ends {
		told[i] = join(": ", words[i], ends[i])
	}
	return join("; ", told...)
}

// unitOf is the unit of the readings of a fact, as its values name it.
func unitOf(readings []*dossier.Fact) string {
	for _, f := range readings {
		if f != nil {
			return f.Unit
		}
	}
	return ""
}

// tellMissing adds to the reason of a dossier that waits because a gate needs a number that it does not state, from
// which value on which outcome follows.
func tellMissing(s *assessment) {
	if s.out.Outcome != dossier.NeedsReview || s.out.Open != nil && s.out.Open.Decides {
		return
	}
	told := map[string]bool{}
	for i := range s.rs.gates {
		_, missing, _ := s.rs.gates[i].require.Decide(s.env)
		def := s.rs.factDef(missing)
		if def == nil || told[missing] || s.rs.gates[i].missing != dossier.NeedsReview ||
			slices.ContainsFunc(s.facts, func(st statement) bool { return st.def == def }) {
			continue
		}
		told[missing] = true
		unit := def.Reads.Unit
		if def.Reads.Type == value.Percent {
			unit = "%"
		}
		if by := thresholds(s, def, unit, s.panelBounds(), false); by != nil {
			s.out.Band = join("; ", s.out.Band, say("settle.fact", def.title, by))
		}
	}
}

// maxRegions is how many answers with numbers are told.
const maxRegions = 5

// region is a range of values of a fact with the same outcome.
type region struct {
	from  float64 // the lowest value; of the lowest region the lowest value that there is
	above bool    // from itself does not belong to it
	comes possible
}

// thresholds says from which value of a number on which outcome follows, everything else being as it is: "at least 20
// households: recommended; less: not recommended". It is nil if the outcome is the same for all values, if the ruleset
// goes by the number otherwise than in steps and comparisons, or if there are too many. orNone asks what follows if the
// fact is not stated as well.
func thresholds(s *assessment, def *FactDef, unit string, b bounds, orNone bool) dossier.Text {
	cuts, ok := cutsOf(s.rs, def)
	if !ok {
		return nil
	}
	comes := func(f *dossier.Fact) possible {
		facts := s.facts.counting()
		if delete(facts, def.Name); f != nil {
			facts[def.Name] = f
		}
		s.rs.compute(s.given.Identity.Unit, facts)
		return s.outcomes(facts, measuredAs(s, b, facts))
	}
	with := func(v float64) *dossier.Fact { return &dossier.Fact{Name: def.Name, Value: v, Unit: unit} }
	regions := regionsOf(s.rs, cuts, func(v float64) possible { return comes(with(v)) })
	if len(regions) < 2 || len(regions) > maxRegions {
		return nil
	}
	var answers []reply
	for i, r := range slices.Backward(regions) {
		value := shownIn(def, with(r.from))
		switch {
		case i > 0 && r.above:
			answers = append(answers, reply{say("settle.more-than", value), r.comes})
		case i > 0:
			answers = append(answers, reply{say("settle.at-least", value), r.comes})
		case regions[1].above:
			answers = append(answers, reply{say("settle.at-most", shownIn(def, with(regions[1].from))), r.comes})
		default:
			answers = append(answers, reply{say("settle.less"), r.comes})
		}
	}
	if orNone {
		answers = append(answers, reply{say("settle.not-stated"), comes(nil)})
	}
	return tell(s.rs, answers)
}

// regionsOf are the ranges of values, from 0 upwards, within which the outcome is the same. It may change at the cuts
// alone.
func regionsOf(rs *Ruleset, cuts []float64, comes func(float64) possible) (out []region) {
	add := func(from float64, above bool, sample float64) {
		next := region{from, above, comes(sample)}
		if n := len(out); n > 0 && maps.Equal(endOf(rs, out[n-1].comes), endOf(rs, next.comes)) {
			return
		}
		out = append(out, next)
	}
	cuts = slices.DeleteFunc(slices.Clone(cuts), func(v float64) bool { return v < 0 })
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	for i, at := range cuts {
		if i == 0 && at > 0 {
			add(0, false, at/2)
		}
		add(at, false, at)
		beyond := 2*at + 1
		if i+1 < len(cuts) {
			beyond = (at + cuts[i+1]) / 2
		}
		add(at, true, beyond)
	}
	return out
}

// cutsOf are the values of a number at which the outcome of a dossier may change, as gates, criteria, bands, ranks and
// places go by it. ok is false if one of them goes by it otherwise than by comparing it with numbers.
func cutsOf(rs *Ruleset, def *FactDef) (out []float64, ok bool) {
	if !def.Reads.Type.IsNumber() || def.let != nil {
		return nil, false
	}
	computed := func(name string) bool { return name != def.Name && slices.Contains(def.feeds, name) }
	ok = true
	add := func(at []float64, known bool) { out, ok = append(out, at...), ok && known }
	byCondition := func(c *condition.Condition) {
		if c != nil {
			add(c.Cuts(def.Name))
			add(nil, !slices.ContainsFunc(c.Uses, computed))
		}
	}
	for i := range rs.gates {
		byCondition(rs.gates[i].require)
	}
	for i := range rs.bands {
		byCondition(rs.bands[i].cond)
	}
	for i := range rs.asked {
		byCondition(rs.asked[i].Require)
	}
	for i := range rs.criteria {
		c := &rs.criteria[i]
		byCondition(c.when)
		add(nil, !slices.Contains(def.feeds, c.self))
		switch {
		case c.measure != nil && c.fact.Name == def.Name:
			add(scales.Cuts(c.measure))
		case c.measure != nil:
			add(nil, !slices.Contains(c.uses, def.Name) && !computed(c.fact.Name))
		case c.table != nil:
			add(c.table.Cuts(def.Name), !slices.ContainsFunc(c.table.Columns,
				func(k scales.Column) bool { return computed(k.Name) }))
		}
		for _, item := range c.items {
			for _, way := range item.ways {
				byCondition(way.holds)
			}
		}
	}
	return out, ok
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

// orderWith is the order that the assessment has with other facts and points; off reports criteria that do
// not apply.
func (s *assessment) orderWith(facts map[string]*dossier.Fact, own []float64,
	off func(int) bool) []dossier.OrderKey {
	other := *s.out
	sums := addPoints(s.rs, own, nil, off, s.cost)
	other.Points, other.Criteria, other.Groups = sums.Total, slices.Clone(s.out.Criteria),
		groupsWith(s.rs, sums)
	for i, p := range own {
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
	// the values of the columns of criteria with a decision table; nil if their points are not those
	tables [][]any
	off    notApplying // criteria that do not apply; nil if all apply
	groups []string    // as names
	vm     vm.VM       // that the bands run on
	rest   float64     // what copies cost: 0 or below
	fixed  bool        // gates, or what is still awaited, decide: no points change it
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
		s.take(&rs.criteria[i], &a.Criteria[i], facts)
	}
	for i := range rs.groups {
		name := conditionName(rs.groups[i].id)
		if !rs.bands.names(name) {
			name = ""
		}
		s.groups = append(s.groups, name)
	}
	s.fixed = a.Outcome == dossier.Quarantined || a.Outcome == dossier.Ineligible || len(s.points) < len(rs.criteria) ||
		slices.ContainsFunc(a.Gates, func(g dossier.Gate) bool { return !g.Passed }) ||
		a.Open != nil && a.Open.Decides || a.HasFlag(dossier.FlagUnsettledScorer)
	s.env["max"] = rs.MaxPoints
	s.env["any_flag"] = func(codes ...string) bool { return hasOwnFlag(a, codes) }
	return s
}

// take notes what gave a criterion its points, so that Under can give them again with other thresholds.
func (s *WhatIf) take(c *criterion, got *dossier.Criterion, facts map[string]*dossier.Fact) {
	i, value := len(s.values), math.NaN()
	var columns []any
	fixed := c.when != nil && got.Max == 0 && !got.Deducts
	if fixed {
		if s.off == nil {
			s.off = make(notApplying, len(s.rs.criteria))
		}
		s.off[i] = true
	}
	switch {
	case fixed || c.self != "" && s.rs.selfRule.starts:
	case c.measure != nil:
		if f := facts[c.fact.Name]; f != nil && c.pointsBy(facts, nil, 1) == got.Points {
			value, _ = f.Value.(float64)
		}
	case c.table != nil:
		if c.pointsBy(facts, nil, 1) == got.Points {
			columns = c.columnsOf(facts)
		}
	}
	s.values, s.tables = append(s.values, value), append(s.tables, columns)
}

// hasOwnFlag reports whether an assessment has one of some flags, apart from those that come of its outcome.
func hasOwnFlag(a *dossier.Assessment, codes []string) bool {
	return slices.ContainsFunc(a.Flags, func(f dossier.Flag) bool {
		switch f.Code {
		case dossier.FlagBorderline, dossier.FlagQuota, dossier.FlagMovedUp, dossier.FlagTie:
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
	for i, p := range points {
		if s.names[i] != "" {
			s.env[s.names[i]] = p
		}
	}
	sums := addPoints(s.rs, points, maxima, s.off.at, -s.rest)
	for i, name := range s.groups {
		if name != "" {
			s.env[name] = sums.Groups[i]
		}
	}
	setTotals(s.rs, s.env, points, maxima, s.off.at, sums, shift)
	return s.rs.bands.outcome(&s.vm, s.env)
}

// Meets is the set of what Assessment.Meets lists, under the points of the last call of Under, With or Without; see
// MetIDs.
func (s *WhatIf) Meets() uint64 { return s.rs.asked.Met(&s.vm, s.env, s.env[minimaMet] != false) }

// With is the outcome that the bands give with other points, in the ruleset's order, before quotas.
func (s *WhatIf) With(points []float64) dossier.Outcome { return s.outcome(points, nil, 0) }

// Without is the outcome with the points of one criterion, by its id, replaced.
func (s *WhatIf) Without(criterion string, points float64) dossier.Outcome {
	p := slices.Clone(s.points)
	if i := criterionAt(s.rs, criterion); i >= 0 && i < len(p) {
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
// it. Criteria are tried in the order of the ruleset, first down to their fewest points and then up to the
// most; of equally near hinges the first is returned.
func (s *WhatIf) Hinge() (h Hinge, found bool) {
	if s.fixed {
		return h, false
	}
	now := s.With(s.points)
	p := slices.Clone(s.points)
	for i := range s.rs.criteria {
		low, high := s.rs.criteria[i].ends()
		if s.off.at(i) {
			continue
		}
		for _, end := range []float64{low, high} {
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
	maxima []float64 // of the criteria; those that earn add up, with their weights, to what they did
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
	sum, was := 0.0, 0.0
	for i := range rs.criteria {
		c := &rs.criteria[i]
		d.maxima[i] = c.max * float64(1+even(c.vary.weights))
		d.steps[i] = 1 + even(c.vary.steps)
		if c.kind == scales.Earns {
			sum += float64(d.maxima[i] * c.weight)
			was += float64(c.max * c.weight)
		}
	}
	if rs.plain {
		was = rs.MaxPoints
	}
	for i := range d.maxima {
		if rs.criteria[i].kind == scales.Earns {
			d.maxima[i] = d.maxima[i] * float64(was/sum)
		}
	}
	d.shift = float64(rs.MaxPoints * even(rs.vary.thresholds))
	return d
}

// Under is the outcome under a draw, before quotas, and the points, which are good until the next call.
func (s *WhatIf) Under(d Draw) (dossier.Outcome, []float64) {
	s.drawn = s.drawn[:0]
	for i, p := range s.points {
		c := &s.rs.criteria[i]
		if v := s.values[i]; !math.IsNaN(v) {
			p = c.signed(math.Min(c.max, c.measure.Of(v, d.steps[i])))
		} else if s.tables[i] != nil {
			p = c.signed(math.Min(c.max, c.table.Of(s.tables[i], d.steps[i]).Points))
		}
		s.drawn = append(s.drawn, round(p*float64(d.maxima[i]/c.max)))
	}
	return s.outcome(s.drawn, d.maxima, d.shift), s.drawn
}

// OrderByPoints are the places of the order's keys that go by points: indexes into Ruleset.Order.
func (rs *Ruleset) OrderByPoints() []int {
	var out []int
	for k, name := range rs.Order {
		if name == "total" || criterionAt(rs, name) >= 0 || groupAt(rs, name) >= 0 {
			out = append(out, k)
		}
	}
	return out
}

// criterionAt is the index of the criterion with an id; -1 if there is none.
func criterionAt(rs *Ruleset, id string) int {
	for i := range rs.criteria {
		if rs.criteria[i].id == id {
			return i
		}
	}
	return -1
}

// groupAt is the index of the group with an id; -1 if there is none.
func groupAt(rs *Ruleset, id string) int {
	return slices.IndexFunc(rs.groups, func(g group) bool { return g.id == id })
}

// OrderNumbers sets out to what the keys at some places, those of OrderByPoints, are with other points. out
// must be as long as places.
func (s *WhatIf) OrderNumbers(out []float64, places []int, points []float64) {
	sums := addPoints(s.rs, points, nil, s.off.at, -s.rest)
	for at, k := range places {
		number := 0.0
		name := s.rs.Order[k]
		if g := groupAt(s.rs, name); name == "total" {
			number = sums.Total
		} else if g >= 0 {
			number = sums.Groups[g]
		} else if i := criterionAt(s.rs, name); i >= 0 && i < len(points) {
			number = points[i]
		}
		out[at] = number
	}
}

// DecidesByEvidence reports whether the bands would give an assessment under this ruleset another outcome if
// all uncertain evidence counted, with the panel scores that there are.
func (rs *Ruleset) DecidesByEvidence(a *dossier.Assessment) bool {
	points := make([]float64, len(rs.criteria))
	staked := false
	for i := range rs.criteria {
		for k := range a.Criteria {
			c := &a.Criteria[k]
			if c.ID != rs.criteria[i].id {
				continue
			}
			points[i] = c.Points
			if len(rs.criteria[i].clues) > 0 && c.AtStake != 0 { // below 0 if the criterion deducts
				points[i] += c.AtStake
				staked = true
			}
		}
	}
	if !staked {
		return false
	}
	settled := *a
	settled.Open = nil // that people must decide because of this evidence does not fix the outcome
	s := rs.WhatIf(&settled)
	return !s.Fixed() && s.With(s.Points()) != s.With(points)
}

// MetIDs are the ids, as Assessment.Meets has them, of a set that WhatIf.Meets returned.
func MetIDs(rs *Ruleset, set uint64) []string { return rs.asked.IDs(set) }

// PointsBetween are the fewest and the most points that a criterion, by its id, can have: one that takes points off
// has points below 0. ok is false if the ruleset does not have it.
func PointsBetween(rs *Ruleset, criterion string) (low, high float64, ok bool) {
	i := criterionAt(rs, criterion)
	if i < 0 {
		return 0, 0, false
	}
	low, high = rs.criteria[i].ends()
	return low, high, true
}
