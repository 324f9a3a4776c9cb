package rules

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/vm"

	"kheo/internal/dossier"
	"kheo/internal/grammar"
	"kheo/internal/strict"
	"kheo/internal/texts"
	"kheo/rules/award"
	"kheo/rules/condition"
	"kheo/rules/scales"
	"kheo/rules/value"
)

// This file reads gates, bands and the order of lists, and decides by them: who is eligible, who is
// recommended, and who comes first.

// gate is a condition of eligibility.
type gate struct {
	id        string
	require   *condition.Condition
	otherwise dossier.Text    // the reason that is given to those who fail it
	outcome   dossier.Outcome // of a dossier that fails it
	missing   dossier.Outcome // of a dossier that does not state what it asks for
}

// Band gives an outcome to the dossiers that meet its condition; the first band that is met counts.
type Band struct {
	Outcome dossier.Outcome
	cond    *condition.Condition
	award   int // index of the rank or place that the band is of; -1 for a band of bands:
}

// bands are the bands of a ruleset, in its order.
type bands []Band

// bandNames are the names that bands know beside facts, criteria and flags.
var bandNames = []string{"total", "max", "share", "each_criterion", "each_group", "unweighted"}

// scope is what conditions of the ruleset may name: facts, the campaign and the unit. Sample has a value of
// the right type for each name, by which the compiler checks types; the values themselves mean nothing.
func (l *loader) scope(what string) condition.Scope {
	sc := condition.Scope{What: what, Sample: map[string]any{}, Facts: map[string]bool{},
		Options: map[string][]string{}, Words: inWords, Trait: traitOf,
		Members: map[string][]string{"campaign": {"opens", "closes"}}}
	sc.Sample["campaign"] = map[string]any{"opens": "", "closes": ""}
	unit := map[string]any{"id": "", "name": "", "kind": ""}
	for _, u := range l.env.Units {
		for k, v := range u.Attributes {
			unit[k] = v
		}
	}
	sc.Sample["unit"] = unit
	if sc.Members["unit"] = slices.Sorted(maps.Keys(unit)); len(l.env.Units) == 0 {
		sc.Members["unit"] = []string{}
	}
	for _, f := range l.rs.facts {
		if f.unnamed {
			continue
		}
		sc.Facts[f.Name] = true
		sc.Sample[f.Name] = f.sample()
		if ids := f.optionIDs(); ids != nil {
			sc.Options[f.Name] = ids
		}
	}
	return sc
}

// gates reads the gates, apart from those that `without` leaves out.
func (l *loader) gates(root *grammar.Map) {
	seen := map[string]bool{}
	for _, g := range root.List("gates") {
		m := gateGrammar.Read(g)
		id := l.id(m.Get("id"), "a gate's id")
		if l.without[id] {
			continue
		}
		if seen[id] {
			m.Get("id").Fail(fmt.Sprintf("two gates have the id %q", id), "give each its own")
		}
		seen[id] = true
		out := gate{id: id, otherwise: l.text(m.Get("otherwise"), "otherwise"),
			outcome: dossier.Outcome(m.Word("outcome")), missing: dossier.Outcome(m.Word("missing"))}
		if r := m.Get("require"); r != nil {
			out.require = condition.Compile(r, r.String("require"), l.scope("the gate "+id))
		}
		l.rs.gates = append(l.rs.gates, out)
	}
}

// bandScope is what conditions of bands, ranks and places may name: facts, criteria, groups, points and flags.
func bandScope(l *loader, what string) condition.Scope {
	sc := l.scope(what)
	for _, k := range bandNames {
		sc.Sample[k] = 0.0
	}
	sc.Twice = map[string]bool{}
	for _, id := range scoredIDs(l.rs) {
		name := conditionName(id)
		sc.Twice[name] = sc.Facts[name]
		sc.Sample[name] = 0.0
	}
	sc.Sample["any_flag"] = func(...string) bool { return false }
	sc.Sample[condition.CriteriaWith] = func(float64) float64 { return 0 }
	return sc
}

// bands reads the conditions of outcomes, which may name criteria and points.
func (l *loader) bands(n *strict.Node) {
	if n == nil {
		return
	}
	m := n.Map("bands", bandsGrammar.Names()...)
	for _, k := range m.Keys {
		v := m.Get(k)
		if v == nil {
			m.Key(k).Fail(fmt.Sprintf("the band %s has no condition", k), "write one, such as  total >= 80")
			continue
		}
		cond := condition.Compile(v, v.String("band"), bandScope(l, "the band "+k))
		l.rs.bands = append(l.rs.bands, Band{dossier.Outcome(k), cond, -1})
	}
}

// outcomes reads what decides outcomes: bands, and ranks, places or a budget. Ranks and places become bands, so
// that everything that asks for the outcome of points asks the bands.
func (l *loader) outcomes(m *grammar.Map) {
	l.bands(m.Get("bands"))
	var recommended *strict.Node
	if n := m.Get("bands"); n != nil {
		recommended = n.Map("bands", bandsGrammar.Names()...).Get(string(dossier.Recommended))
	}
	ranks, places := m.Get("ranks"), m.Get("places")
	r := award.Reader{Text: l.text, ID: l.id, Groups: l.quotaGroups,
		Condition: func(n *strict.Node, text, what string) *condition.Condition {
			return condition.Compile(n, text, bandScope(l, what))
		}}
	switch {
	case ranks != nil && places != nil:
		places.Fail("a ruleset has ranks or places, not both", "write the places as ranks with most:")
	case ranks != nil:
		if recommended != nil {
			recommended.Fail("ranks say who is recommended, and so does this band",
				"take the band out, or write places: for those that it recommends")
		}
		l.rs.Awards = r.Ranks(m.List("ranks"))
	case places != nil:
		l.rs.Awards = r.Places(m.List("places"), recommended)
		l.rs.bands = slices.DeleteFunc(l.rs.bands, func(b Band) bool { return b.Outcome == dossier.Recommended })
	case m.Get("bands") == nil:
		m.Map.Need("bands", "the ruleset", "{ recommended: total >= 80 }")
	case recommended == nil:
		m.Get("bands").Fail("no band says who is recommended", "add  recommended: total >= 80")
	}
	for i := range l.rs.Awards {
		a := &l.rs.Awards[i]
		l.rs.bands = append(l.rs.bands, Band{a.Outcome, a.Require, i})
	}
	l.rs.asked = slices.Clip(l.rs.Awards)
	if n := m.Get("budget"); n != nil {
		if ranks != nil || places != nil {
			n.Fail("a budget is given to those whom bands recommend, and cannot be combined with ranks or places",
				"write amounts into the ranks or places, or bands instead of them")
			return
		}
		l.rs.Budget = r.Budget(n, func(fact string) (string, bool) { return amountOf(l.rs, fact) }, amountFacts(l.rs),
			func(name string) bool { return sharesBy(l.rs, name) })
	}
}

// amountOf returns the currency of a fact that states an amount: one of type money, or a number without a
// currency, which counts as one of the currency that is asked for.
func amountOf(rs *Ruleset, fact string) (currency string, ok bool) {
	def := rs.factDef(fact)
	if def == nil || def.unnamed {
		return "", false
	}
	if _, numeric := def.sample().(float64); !numeric || def.Reads.Type == value.Percent {
		return "", false
	}
	if def.Reads.Type == value.Money {
		return def.Reads.Unit, true
	}
	return "", true
}

// sharesBy reports whether a budget can be shared by something: the total, a criterion, a group, or a fact that is a
// number.
func sharesBy(rs *Ruleset, name string) bool {
	if name == "total" || slices.Contains(scoredIDs(rs), name) {
		return true
	}
	def := rs.factDef(name)
	if def == nil || def.unnamed {
		return false
	}
	_, numeric := def.sample().(float64)
	return numeric
}

// amountFacts are the names of the facts that can state an amount.
func amountFacts(rs *Ruleset) (out []string) {
	for i := range rs.facts {
		if _, ok := amountOf(rs, rs.facts[i].Name); ok {
			out = append(out, rs.facts[i].Name)
		}
	}
	return out
}

// order reads the keys by which the list is ordered. The id of the dossier is added at the end, so that no
// two entries are equal. orderDown has an entry for each key: numbers are ordered from the highest down, and
// texts and dates upwards.
func (l *loader) order(root *grammar.Map) {
	known := []string{"total", "dossier"}
	numeric := map[string]bool{"total": true}
	for _, id := range scoredIDs(l.rs) {
		known = append(known, id)
		numeric[id] = true
	}
	for _, f := range l.rs.facts {
		if f.Reads.Type != value.Paper && !f.unnamed {
			known = append(known, f.Name)
			_, numeric[f.Name] = f.sample().(float64)
		}
	}
	for _, k := range root.List("order") {
		s := k.String("order")
		if !slices.Contains(known, s) {
			k.Fail(fmt.Sprintf("order names %q, which is neither total, a criterion, a fact nor dossier", s),
				nearest(s, known, "it may be"))
			continue
		}
		l.rs.Order = append(l.rs.Order, s)
		l.rs.orderDown = append(l.rs.orderDown, numeric[s])
	}
	if len(l.rs.Order) == 0 {
		l.rs.Order, l.rs.orderDown = []string{"total"}, []bool{true}
	}
	if last := l.rs.Order[len(l.rs.Order)-1]; last != "dossier" {
		l.rs.Order = append(l.rs.Order, "dossier")
		l.rs.orderDown = append(l.rs.orderDown, false)
	}
}

// conditionEnv is what conditions see of a dossier, given the id of its unit and its facts by name: the
// facts' values, nil for those that are missing, the unit and the campaign. Each call returns a map of its
// own, with room for what bands add; the maps of the unit and the campaign are shared and must not be changed.
func (rs *Ruleset) conditionEnv(unitID string, facts map[string]*dossier.Fact) map[string]any {
	c := rs.env.compiled()
	env := make(map[string]any, len(rs.facts)+len(rs.criteria)+len(rs.groups)+len(bandNames)+4)
	env["campaign"] = c.campaignTraits
	if env["unit"] = c.unitTraits[unitID]; c.unitTraits[unitID] == nil {
		env["unit"] = unitTraits(&Unit{ID: unitID})
	}
	for i := range rs.facts {
		name := rs.facts[i].Name
		env[name] = nil
		if f := facts[name]; f != nil {
			env[name] = f.Value
		}
	}
	return env
}

// unitTraits is what conditions see of a unit.
func unitTraits(u *Unit) map[string]any {
	out := map[string]any{"id": u.ID, "name": u.Name, "kind": u.Kind}
	for k, v := range u.Attributes {
		out[k] = v
	}
	return out
}

// decide decides the outcome, by gates and then by bands, unless nothing in the dossier could be read. What
// panels and disputed facts leave open goes to people. settle looks at the outcome of gates and bands and may
// send it to people; flagBorderline looks at the bands alone.
func (s *assessment) decide() {
	if s.reading.dossier.Quarantined() {
		s.out.Outcome, s.out.Band = dossier.Quarantined, say("band.quarantined")
		return
	}
	banded := s.decideByGates()
	if banded {
		s.decideByBands()
	}
	s.settle()
	if !banded {
		tellMissing(s)
		if s.out.Outcome == dossier.Ineligible { // no score changes that
			s.out.Flags = slices.DeleteFunc(s.out.Flags,
				func(f dossier.Flag) bool { return f.Code == dossier.FlagAwaitingPanel })
		}
		return
	}
	if s.out.HasFlag(dossier.FlagUnsettledScorer) {
		s.out.Outcome, s.out.Band = dossier.NeedsReview, join("; ", say("band.scorer"), s.out.Band)
	}
	s.reviewUnknown()
	s.flagBorderline()
}

// reviewUnknown sends a dossier to people if what decides about it goes by its unit, level or field and the
// campaign does not have the one that it names: bands that name the unit and, if it would be recommended,
// quotas, to which it would be a group of its own. Gates that name the unit are left to people by tryGate.
func (s *assessment) reviewUnknown() {
	id := s.given.Identity
	names := map[string]string{"unit": id.Unit, "unit_kind": id.Unit, "level": id.Level, "field": id.Field}
	open := func(key string) bool { return !s.rs.env.knows(key, names[key]) }
	namesUnit := func(b Band) bool { return slices.Contains(b.cond.Names, "unit") }
	if open("unit") && slices.ContainsFunc(s.rs.bands, namesUnit) {
		s.leaveUnknown("band.unit", "unit", id.Unit)
	}
	for _, per := range countedPer(s.rs) {
		key := strings.TrimSuffix(per, "_kind")
		if s.out.Outcome == dossier.Recommended && open(key) {
			s.leaveUnknown("band.unknown-unit", key, names[key])
		}
	}
}

// countedPer is what quotas, limited ranks and places, and the budget are counted for.
func countedPer(rs *Ruleset) (out []string) {
	for _, q := range rs.Quotas {
		out = append(out, q.Per)
	}
	for i := range rs.Awards {
		if !rs.Awards[i].Limit.None() {
			out = append(out, rs.Awards[i].Per)
		}
	}
	if rs.Budget != nil {
		out = append(out, rs.Budget.Per)
	}
	return out
}

// leaveUnknown sends the dossier to people because of a name that the campaign does not have. text is the
// sentence for it.
func (s *assessment) leaveUnknown(text, key, name string) {
	s.out.Outcome = dossier.NeedsReview
	s.out.Band = join("; ", say(text, texts.Section("identity").Text(key), name), s.out.Band)
}

// tryGates tries every gate and lists the result. One that makes the dossier ineligible does so at once; the reasons
// of the others that fail are kept in reviews.
func (s *assessment) tryGates() {
	for i := range s.rs.gates {
		g := &s.rs.gates[i]
		out, outcome := s.tryGate(g)
		s.out.Gates = append(s.out.Gates, out)
		switch {
		case out.Passed:
		case outcome == dossier.Ineligible:
			s.out.Outcome = dossier.Ineligible
		default:
			s.reviews = append(s.reviews, out.Reason)
		}
	}
}

// tryGate tries one gate, and returns the result and the outcome of a dossier that fails it. If facts that
// only the manifest states, or that were not read surely, would turn it, it goes to people. The cases are in
// this order because a gate that turns is for people even if it passes.
func (s *assessment) tryGate(g *gate) (out dossier.Gate, outcome dossier.Outcome) {
	out = dossier.Gate{ID: g.id}
	open := s.facts.unsettled(basesOf(s.rs, g.require.Uses))
	passes, turns := s.turns(g, open)
	if passes {
		out.Passed = true
		out.Reason = say("gate.passed", openInWords(open))
		return out, g.outcome
	}
	ok, missing, err := g.require.Decide(s.env)
	switch {
	case !s.rs.env.knows("unit", s.given.Identity.Unit) && slices.Contains(g.require.Names, "unit"):
		out.Reason = say("gate.unit", s.given.Identity.Unit)
		return out, dossier.NeedsReview
	case turns:
		out.Reason = say("gate.unsupported", openInWords(open))
		if slices.ContainsFunc(open, (*statement).isUncertain) {
			out.Reason = say("gate.uncertain", openInWords(open))
		}
		return out, dossier.NeedsReview
	case missing != "":
		out.Reason = s.rs.factDef(missing).unknown("gate.unknown", s.documents())
		return out, g.missing
	case err != nil:
		out.Reason = say("gate.error", err.Error())
		return out, dossier.NeedsReview
	case ok:
		out.Passed = true
		out.Reason = say("gate.passed", passedBy(s, g.require))
		return out, g.outcome
	}
	out.Reason = s.gateFailed(g)
	return out, g.outcome
}

// gateFailed is the reason of a gate that fails: the ruleset's own, with the values that decided or, if none
// did, the fact that was not found.
func (s *assessment) gateFailed(g *gate) dossier.Text {
	if used := s.usedFacts(g.require); used.In("en") != "" && used.In("en") != nothing {
		return say("gate.failed", g.otherwise, used)
	}
	if len(s.reading.dossier.Documents) > 0 {
		for _, name := range g.require.Uses {
			if s.counting[name] == nil {
				return join("; ", g.otherwise, s.rs.factDef(name).unknown("gate.unknown", s.documents()))
			}
		}
	}
	return g.otherwise
}

// tried reports whether the facts of env pass the gate, and the outcome of a dossier that fails it.
func (g *gate) tried(env map[string]any) (passed bool, outcome dossier.Outcome) {
	ok, missing, err := g.require.Decide(env)
	switch {
	case missing != "":
		return false, g.missing
	case err != nil:
		return false, dossier.NeedsReview
	}
	return ok, g.outcome
}

// turns tries a gate with every reading of the facts that are not settled. passes reports that it is passed
// whichever is right, and turns that people must say which is: readings differ, or a fact that was not read
// surely would fail it.
func (s *assessment) turns(g *gate, open []*statement) (passes, turns bool) {
	if len(open) == 0 {
		return false, false
	}
	ways, ok := settlementsOf(s.rs, s.given.Identity.Unit, s.facts.counting(), open)
	if !ok {
		return false, true
	}
	first, a := g.tried(s.rs.conditionEnv(s.given.Identity.Unit, ways[0]))
	for _, facts := range ways[1:] {
		other, b := g.tried(s.rs.conditionEnv(s.given.Identity.Unit, facts))
		if first != other || !first && a != b {
			return false, true
		}
	}
	return first, !first && slices.ContainsFunc(open, (*statement).isUncertain)
}

// openInWords writes facts that are not settled, for reasons.
func openInWords(open []*statement) dossier.Text {
	var out []dossier.Text
	for _, st := range open {
		out = append(out, st.inWords())
	}
	return join("; ", out...)
}

// nothing is written in a reason in the place of facts if none is known.
const nothing = "–"

// usedFacts writes the facts that a condition uses, with their values.
func (s *assessment) usedFacts(c *condition.Condition) dossier.Text {
	var parts []dossier.Text
	for _, name := range c.Uses {
		f := s.counting[name]
		if f == nil {
			continue
		}
		if def := s.rs.factDef(name); def.Reads.Type == value.Paper {
			parts = append(parts, quoted(f.Source.Quote))
		} else {
			parts = append(parts, def.withValue(f))
		}
	}
	if len(parts) == 0 {
		return sameText(nothing)
	}
	return join("; ", parts...)
}

// passedBy writes the facts by which a condition is met: those that are known or, if none is, the names of those that
// are not.
func passedBy(s *assessment, c *condition.Condition) dossier.Text {
	used := s.usedFacts(c)
	if used.In("en") != nothing || len(c.Uses) == 0 {
		return used
	}
	var parts []dossier.Text
	for _, name := range c.Uses {
		parts = append(parts, join(" ", s.rs.factDef(name).title, sameText(nothing)))
	}
	return join("; ", parts...)
}

// decideByGates sets the outcome if gates decide it, and reports whether it is left to the bands.
func (s *assessment) decideByGates() (toBands bool) {
	if s.out.Outcome == dossier.Ineligible {
		var why []dossier.Text
		for i, g := range s.out.Gates {
			if !g.Passed && s.rs.gates[i].outcome == dossier.Ineligible {
				why = append(why, g.Reason)
			}
		}
		s.out.Band = say("band.ineligible", join("; ", why...))
		return false
	}
	if len(s.reviews) > 0 {
		s.out.Outcome, s.out.Band = dossier.NeedsReview, say("band.gate-review", join("; ", s.reviews...))
		return false
	}
	return true
}

// decideByBands sets the outcome to that of the first band that is met.
func (s *assessment) decideByBands() {
	a := s.out
	own := make([]float64, len(s.rs.criteria))
	for i := range a.Criteria {
		s.env[conditionName(a.Criteria[i].ID)] = a.Criteria[i].Points
		if i < len(own) {
			own[i] = a.Criteria[i].Points
		}
	}
	for i := range a.Groups {
		s.env[conditionName(a.Groups[i].ID)] = a.Groups[i].Points
	}
	s.env[marksMissed] = anyMarksBelow(s.rs, a)
	setTotals(s.rs, s.env, own, nil, s.off.at, s.sums, 0)
	s.env["any_flag"] = func(codes ...string) bool { return a.HasFlag(codes...) }
	a.Outcome = s.rs.bands.outcome(&vm.VM{}, s.env)
	a.Meets = s.rs.asked.IDs(s.rs.asked.Met(&vm.VM{}, s.env, s.env[minimaMet] != false))
	if s.rs.Awards != nil {
		a.Band = explainAward(s)
	} else {
		a.Band = s.explainBand()
	}
}

// setTotals sets what bands may name beside criteria, groups and flags, see bandNames, for the points of the
// criteria and what they add up to. maxima are other maxima of the criteria, or nil. Criteria that do not
// apply, of which off reports true, and those that add a bonus or take points off have no part in
// each_criterion. The total is looked at as if it were lower by shift.
func setTotals(rs *Ruleset, env map[string]any, own, maxima []float64, off func(int) bool, sums scales.Sums,
	shift float64) {
	lowest, lowestGroup := math.Inf(1), math.Inf(1)
	met := env[marksMissed] != true
	for i, p := range own {
		c := &rs.criteria[i]
		if off != nil && off(i) {
			continue
		}
		most := c.max
		if maxima != nil {
			most = maxima[i]
		}
		if c.kind == scales.Earns {
			lowest = math.Min(lowest, p/most)
		}
		met = met && (c.atLeast == 0 || p >= c.atLeast*(most/c.max)-1e-9)
	}
	for i, p := range sums.Groups {
		g := &rs.groups[i]
		lowestGroup = math.Min(lowestGroup, p/sums.Maxima[i])
		met = met && p >= g.atLeast*(sums.Maxima[i]/g.max)-1e-9
	}
	total := sums.Total - shift
	env["total"], env["max"], env["share"], env["each_criterion"] = total, rs.MaxPoints, total/rs.MaxPoints,
		lowest
	env["each_group"], env["unweighted"], env[minimaMet] = lowestGroup, sums.Unweighted-shift, met
	if rs.counts {
		env[condition.CriteriaWith] = criteriaWith(rs, own, maxima, off)
	}
}

// countsCriteria reports whether a band, rank, place or quota goes by criteria_with. Those with mistakes have no
// condition.
func countsCriteria(rs *Ruleset) bool {
	counts := func(c *condition.Condition) bool { return c != nil && slices.Contains(c.Names, condition.CriteriaWith) }
	return slices.ContainsFunc(rs.bands, func(b Band) bool { return counts(b.cond) }) ||
		slices.ContainsFunc(rs.asked, func(a award.Award) bool { return counts(a.Require) })
}

// criteriaWith counts the criteria that have at least a share of their maximum, for the points of setTotals.
func criteriaWith(rs *Ruleset, own, maxima []float64, off func(int) bool) func(share float64) float64 {
	return func(share float64) float64 {
		n := 0.0
		for i, p := range own {
			most := rs.criteria[i].max
			if maxima != nil {
				most = maxima[i]
			}
			if rs.criteria[i].kind == scales.Earns && (off == nil || !off(i)) && p >= share*most-1e-9 {
				n++
			}
		}
		return n
	}
}

// minimaMet is the name under which the environment of bands has whether every criterion and group has its
// at_least. Conditions cannot write it.
const minimaMet = "minima met"

// marksMissed is the name under which it has whether marks, as they were given, are below their minimum.
const marksMissed = "marks missed"

// outcome is the outcome of the first band that is met; no dossier below an at_least is recommended. m is a
// virtual machine that may be used again, which saves its allocation.
func (b bands) outcome(m *vm.VM, env map[string]any) dossier.Outcome {
	outcome, _ := b.first(m, env)
	return outcome
}

// first is the outcome of the first band that is met, and the index of its rank or place, -1 if it is none.
func (b bands) first(m *vm.VM, env map[string]any) (outcome dossier.Outcome, award int) {
	for i := range b {
		if b[i].Outcome == dossier.Recommended && env[minimaMet] == false {
			continue
		}
		if b[i].cond.Run(m, env) {
			return b[i].Outcome, b[i].award
		}
	}
	return dossier.NotRecommended, -1
}

// names reports whether the condition of a band names a criterion, points or a function.
func (b bands) names(name string) bool {
	return slices.ContainsFunc(b, func(b Band) bool { return slices.Contains(b.cond.Names, name) })
}

// uses reports whether the condition of a band names a fact.
func (b bands) uses(fact string) bool {
	return slices.ContainsFunc(b, func(b Band) bool { return slices.Contains(b.cond.Uses, fact) })
}

// totalClause is a condition on the total alone, as the bands of a ruleset write it.
var totalClause = regexp.MustCompile(`^total\s*>=?\s*([0-9]+(?:\.[0-9]+)?)$`)

// Threshold returns from how many points on a ruleset recommends, which is the lowest total that a band for those
// recommended asks for, and within how many points of a limit it flags dossiers as borderline. points is 0 if one of
// these bands names no total by itself.
func Threshold(rs *Ruleset) (points, borderline float64) {
	for i := range rs.bands {
		if rs.bands[i].Outcome != dossier.Recommended {
			continue
		}
		total := leastTotal(rs.bands[i].cond)
		if total == 0 {
			return 0, rs.borderline
		}
		if points == 0 || total < points {
			points = total
		}
	}
	return points, rs.borderline
}

// leastTotal is the total that a condition asks for by itself, 0 if it asks for none.
func leastTotal(c *condition.Condition) (points float64) {
	for i := range c.Clauses {
		if m := totalClause.FindStringSubmatch(strings.TrimSpace(c.Clauses[i].Text)); m != nil {
			n, _ := strconv.ParseFloat(m[1], 64) // the expression lets numbers through only
			points = max(points, n)
		}
	}
	return points
}

// flagBorderline flags a dossier whose outcome, rank or place by the bands a few points more or fewer would
// change. It leaves the environment as it was.
func (s *assessment) flagBorderline() {
	by := s.rs.borderline
	if by <= 0 {
		return
	}
	total := s.env["total"].(float64)
	outcome, award := s.rs.bands.first(&vm.VM{}, s.env)
	for _, other := range []float64{total + by, total - by} {
		s.env["total"] = other
		if o, a := s.rs.bands.first(&vm.VM{}, s.env); o != outcome || a != award {
			addFlag(s.out, dossier.FlagBorderline, say("flag.borderline", by))
			break
		}
	}
	s.env["total"] = total
}

// explainBand says which condition was met or, for those not recommended, which parts of the condition for a
// recommendation are not met.
func (s *assessment) explainBand() dossier.Text {
	a := s.out
	at := slices.IndexFunc(s.rs.bands, func(b Band) bool { return b.Outcome == dossier.Recommended })
	if at < 0 {
		return sameText(fmt.Sprintf("%v/%v", a.Points, a.Max))
	}
	b := &s.rs.bands[at]
	if a.Outcome == dossier.Recommended {
		return say("band.met", a.Points, a.Max, b.cond.Words)
	}
	return say("band.unmet", a.Points, a.Max, unmet(s, b.cond, b.Outcome))
}

// unmet lists the parts of the condition of an outcome that are not met and, if it is that of those recommended,
// the criteria and groups below their at_least.
func unmet(s *assessment, cond *condition.Condition, of dossier.Outcome) dossier.Text {
	var missing []dossier.Text
	for k := range cond.Clauses {
		cl := &cond.Clauses[k]
		if cl.Holds(s.env) {
			continue
		}
		t := cl.Words
		if strings.Contains(cl.Text, "each_criterion") {
			c := lowestCriterion(s)
			t = join(", ", t, say("lowest", c.Title, c.Points, c.Max, c.Reason))
		}
		missing = append(missing, t)
	}
	if of == dossier.Recommended {
		missing = append(missing, belowMinima(s)...)
	}
	return join("; ", missing...)
}

// explainAward says which rank or place a dossier meets the condition of, before their limits, and what is
// missing for the one above it or, if it meets none, for the lowest.
func explainAward(s *assessment) dossier.Text {
	a, list := s.out, s.rs.Awards
	missing := func(to *award.Award) dossier.Text { return unmet(s, to.Require, to.Outcome) }
	at := slices.IndexFunc(list, func(x award.Award) bool { return slices.Contains(a.Meets, x.ID) })
	if at < 0 {
		last := &list[len(list)-1]
		return say("award.unmet", a.Points, a.Max, last.Title, missing(last))
	}
	met := say("award.met", a.Points, a.Max, list[at].Title, list[at].Require.Words)
	if at == 0 {
		return met
	}
	return join("; ", met, say("award.missing", list[at-1].Title, missing(&list[at-1])))
}

// lowestCriterion is the criterion with the lowest share of its maximum, of those that each_criterion goes
// by.
func lowestCriterion(s *assessment) dossier.Criterion {
	best := -1
	for i := range s.rs.criteria {
		c := &s.out.Criteria[i]
		if s.rs.criteria[i].kind != scales.Earns || s.off.at(i) {
			continue
		}
		if best < 0 || c.Points/c.Max < s.out.Criteria[best].Points/s.out.Criteria[best].Max {
			best = i
		}
	}
	return s.out.Criteria[max(best, 0)]
}

// belowMinima says which criteria and groups have less than their at_least.
func belowMinima(s *assessment) (out []dossier.Text) {
	for i := range s.rs.criteria {
		c, got := &s.rs.criteria[i], &s.out.Criteria[i]
		if c.atLeast > 0 && !s.off.at(i) && got.Points < c.atLeast-1e-9 { // what is taken off is below 0
			out = append(out, say("below-minimum", c.title, got.Points, c.atLeast))
		}
		if c.marksBelow(got) {
			out = append(out, join(": ", c.title, say("panel.marks-below", *got.Marks, c.panel.marksAtLeast)))
		}
	}
	for i := range s.out.Groups {
		if g := &s.rs.groups[i]; s.out.Groups[i].Points < g.atLeast-1e-9 {
			out = append(out, say("below-minimum", g.title, s.out.Groups[i].Points, g.atLeast))
		}
	}
	return out
}

// withCall finds criteria_with(…) in a condition whose percentages are written back, which may take a bracket.
var withCall = regexp.MustCompile(condition.CriteriaWith + `\((\d+(?:\.\d+)?%?)\)|` + condition.CriteriaWith +
	`\(?(\d+(?:\.\d+)?%)`)

// flagCall finds any_flag(…) in a condition.
var flagCall = regexp.MustCompile(`any_flag\([^)]*\)`)

// decimalPoint finds a number with decimals in a condition.
var decimalPoint = regexp.MustCompile(`\b([0-9]+)\.([0-9]+)\b`)

// percentIn finds a percentage in a condition.
var percentIn = regexp.MustCompile(`\b[0-9]+(?:[.,][0-9]+)?%`)

// inWords writes a condition as readers would put it, in every language.
func inWords(text string) dossier.Text {
	text = condition.WithPercent(text)
	out := dossier.Text{}
	for _, lang := range texts.Languages {
		t := flagCall.ReplaceAllStringFunc(text, func(call string) string {
			var names []string
			for _, code := range condition.FlagsOf(call[len("any_flag("):]) {
				names = append(names, FlagTitle(code).In(lang))
			}
			return "any_flag " + strings.Join(names, ", ")
		})
		if lang != "en" {
			t = decimalPoint.ReplaceAllString(t, "$1,$2")
		}
		word := func(key string) string { return sentences.In(lang, "condition."+key) }
		t = withCall.ReplaceAllString(t, word("criteria-with"))
		t = percentIn.ReplaceAllStringFunc(t, func(share string) string {
			return inPercent(strings.TrimSuffix(share, "%"), lang)
		})
		out[lang] = strings.NewReplacer(
			"each_criterion", word("each-criterion"), "each_group", word("each-group"),
			"unweighted", word("unweighted"), "total", word("total"),
			" and ", " "+word("and")+" ", " or ", " "+word("or")+" ",
			"not any_flag", word("unflagged"), "!any_flag", word("unflagged"), "any_flag", word("flagged"),
			">=", "≥", "<=", "≤", "not ", word("not")+" ",
		).Replace(t)
	}
	return out
}

// orderKeys returns the keys by which a list is ordered, in the order of the ruleset, for the points of an
// assessment and some facts by name. A fact that the dossier does not state has a key that is marked as
// missing, which lists place last.
func (rs *Ruleset) orderKeys(a *dossier.Assessment, facts map[string]*dossier.Fact) []dossier.OrderKey {
	var out []dossier.OrderKey
	for i, name := range rs.Order {
		key := dossier.OrderKey{Down: rs.orderDown[i]}
		switch {
		case name == "total":
			key.Number = a.Points
		case name == "dossier":
			key.String = a.Dossier
		case facts[name] != nil:
			setOrderKey(&key, rs.factDef(name).orderValue(facts[name].Value))
		default:
			var ok bool
			key.Number, ok = scoredPoints(a, name)
			key.Missing = !ok
		}
		out = append(out, key)
	}
	return out
}

// scoredPoints are the points of a criterion or group; ok is false if the assessment does not have it.
func scoredPoints(a *dossier.Assessment, id string) (points float64, ok bool) {
	if at := slices.IndexFunc(a.Criteria, func(c dossier.Criterion) bool { return c.ID == id }); at >= 0 {
		return a.Criteria[at].Points, true
	}
	if at := slices.IndexFunc(a.Groups, func(g dossier.Group) bool { return g.ID == id }); at >= 0 {
		return a.Groups[at].Points, true
	}
	return 0, false
}

// setOrderKey sets a key to the value of a fact; yes comes after no. A value of any other type leaves the key
// at its zero value.
func setOrderKey(key *dossier.OrderKey, fact any) {
	switch v := fact.(type) {
	case float64:
		key.Number = v
	case string:
		key.String = v
	case bool:
		if v {
			key.Number = 1
		}
	}
}
