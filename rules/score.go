package rules

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/grammar"
	"kheo/internal/strict"
	"kheo/internal/texts"
	"kheo/rules/claim"
	"kheo/rules/condition"
	"kheo/rules/scales"
)

// This file scores criteria: by facts (a measure, a checklist or a decision table of package scales), by
// evidence in the text, or by people; and adds up their points. For those who check evidence it also notes what
// was found and does not count.

// criterion earns points from facts, from the text or from people. Exactly one of measure, items, table,
// clues and panel is there.
type criterion struct {
	id      string
	title   dossier.Text
	max     float64 // above 0; of a criterion that deducts, the most that it takes off
	kind    scales.Kind
	weight  float64 // its points count this many times in sums
	atLeast float64 // points without which a dossier is not recommended; 0 for none
	group   int     // index in Ruleset.groups, or scales.NoGroup
	groupID string
	when    *condition.Condition // it applies only if this holds; nil: always
	self    string               // the fact with the points that the unit gave itself, or ""
	differs float64              // by how much those may differ from the points that it gets without a flag

	fact    *FactDef // of measure
	measure scales.Measure
	items   []item         // of a checklist
	table   *scales.Table  // a decision table
	rows    []dossier.Text // what each row of the table asks for
	clues   []Clue
	panel   *panel
	never   map[string]bool // reasons of claim.Page.Refuted for which evidence does not count
	vary    vary

	uses []string // the facts that it goes by, computed ones replaced by those that they are computed of
}

// group is a section of criteria with points of its own.
type group struct {
	id            string
	title         dossier.Text
	max           float64
	weight, times float64
	round         float64 // its points are a multiple of this; 0 for any number
	mean          bool
	atLeast       float64 // as of a criterion
	parent        int     // index in Ruleset.groups, or scales.NoGroup
	parentID      string
	at            *grammar.Map // its place in the rules
}

// item is an entry of a checklist.
type item struct {
	title dossier.Text  // nil if it has none
	ways  []alternative // the best that holds counts
}

// alternative is a condition with its points.
type alternative struct {
	title  dossier.Text // how reasons call it
	points float64
	holds  *condition.Condition
}

// selfRule is what follows from the points that units give themselves.
type selfRule struct {
	at     *strict.Node // by how much they may differ from those that criteria give; nil: by any number
	starts bool         // they count until people appraise
}

// scoredIDs are the ids of criteria and groups.
func scoredIDs(rs *Ruleset) (out []string) {
	for i := range rs.criteria {
		out = append(out, rs.criteria[i].id)
	}
	for i := range rs.groups {
		out = append(out, rs.groups[i].id)
	}
	return out
}

// linkCriteria notes which facts criteria go by, and how reasons call the items of checklists.
func linkCriteria(rs *Ruleset) {
	for i := range rs.criteria {
		c := &rs.criteria[i]
		var uses []string
		if c.fact != nil {
			c.fact = rs.factDef(c.fact.Name) // the list of facts has grown since
			uses = append(uses, c.fact.Name)
		}
		if c.when != nil {
			c.when.Words = conditionInWords(rs, c.when.Text)
			uses = append(uses, c.when.Uses...)
		}
		for k := range c.items {
			for n := range c.items[k].ways {
				w := &c.items[k].ways[n]
				uses = append(uses, w.holds.Uses...)
				if w.title == nil {
					w.title = c.items[k].title
				}
				if w.title == nil {
					w.title = conditionInWords(rs, w.holds.Text)
				}
			}
		}
		if c.table != nil {
			for k := range c.table.Columns {
				uses = append(uses, c.table.Columns[k].Name)
			}
			for k := range c.table.Rows {
				c.rows = append(c.rows, rowInWords(rs, c.table, k))
			}
		}
		if c.self != "" && rs.selfRule.starts {
			uses = append(uses, c.self)
		}
		c.uses = basesOf(rs, uses)
	}
}

// nameBands has the conditions of bands call facts, criteria and groups by their titles.
func nameBands(rs *Ruleset) {
	for i := range rs.bands {
		cond := rs.bands[i].cond
		cond.Words = conditionInWords(rs, cond.Text)
		for k := range cond.Clauses {
			cond.Clauses[k].Words = conditionInWords(rs, cond.Clauses[k].Text)
		}
	}
}

// goesBy reports whether the points of the criterion depend on a fact, which may be computed.
func (c *criterion) goesBy(fact string) bool {
	return c.fact != nil && c.fact.Name == fact || slices.Contains(c.uses, fact)
}

// byFacts reports whether facts alone give the points of the criterion.
func (c *criterion) byFacts() bool { return c.measure != nil || c.items != nil || c.table != nil }

// signed are points as they count: below 0 for a criterion that deducts.
func (c *criterion) signed(p float64) float64 {
	if c.kind == scales.Deducts && p != 0 {
		return -p
	}
	return p
}

// ends are the fewest and the most points that the criterion can have.
func (c *criterion) ends() (low, high float64) {
	if f, ok := c.measure.(scales.Formula); ok && f.Low < 0 {
		return f.Low, c.max
	}
	if c.kind == scales.Deducts {
		return -c.max, 0
	}
	return 0, c.max
}

// name is how conditions write the criterion.
func (c *criterion) name() string { return conditionName(c.id) }

// conditionName is how conditions write the id of a criterion: a hyphen would be a minus.
func conditionName(id string) string { return strings.ReplaceAll(id, "-", "_") }

// blank returns the criterion without points, evidence and reason.
func (c *criterion) blank() dossier.Criterion {
	out := dossier.Criterion{ID: c.id, Title: c.title, Max: c.max, Evidence: []dossier.Source{},
		Group: c.groupID,
		Bonus: c.kind == scales.Bonus, Deducts: c.kind == scales.Deducts}
	if c.weight != 1 {
		out.Weight = c.weight
	}
	if out.Deducts {
		out.Max = 0
	}
	return out
}

// scoreCriteria scores every criterion. A criterion that does not apply gives nothing of nothing; if that is
// not settled, asIf keeps what it would give.
func (s *assessment) scoreCriteria() {
	evidence := s.newSearch()
	s.search = evidence
	s.asIf = make([][2]float64, len(s.rs.criteria))
	s.out.Criteria = slices.Grow(s.out.Criteria, len(s.rs.criteria)+1) // copies may add one
	for i := range s.rs.criteria {
		c := &s.rs.criteria[i]
		applies, open := criterionApplies(s, c)
		if !applies && s.off == nil {
			s.off = make(notApplying, len(s.rs.criteria))
		}
		if !applies {
			s.off[i] = true
		}
		var scored dossier.Criterion
		if applies || open {
			scored = s.score(c, evidence)
			s.asIf[i] = [2]float64{scored.Points, scored.Points}
			if len(c.clues) > 0 {
				s.asIf[i][1] += scored.AtStake
			}
		}
		if !applies {
			scored = c.blank()
			scored.Max, scored.Reason = 0, say("not-applicable", c.when.Words)
		}
		s.out.Criteria = append(s.out.Criteria, scored)
	}
}

// criterionApplies reports whether a criterion applies to the dossier; open says that facts which are not
// settled may decide it otherwise.
func criterionApplies(s *assessment, c *criterion) (applies, open bool) {
	if c.when == nil {
		return true, false
	}
	applies, _, err := c.when.Decide(s.env)
	return applies && err == nil, len(s.facts.unsettled(basesOf(s.rs, c.when.Uses))) > 0
}

// notApplying says by criterion that it does not apply; nil if all apply.
type notApplying []bool

// at reports whether a criterion does not apply.
func (n notApplying) at(i int) bool { return n != nil && n[i] }

// addUp adds up the points of the criteria, with what copies cost.
func addUp(s *assessment) {
	own := make([]float64, len(s.rs.criteria))
	for i := range own {
		own[i] = s.out.Criteria[i].Points
	}
	s.sums = addPoints(s.rs, own, nil, s.off.at, s.cost)
	s.out.Points = s.sums.Total
	s.out.Groups = groupsWith(s.rs, s.sums)
	addUpSelf(s)
}

// groupsWith are the groups with what their points add up to.
func groupsWith(rs *Ruleset, sums scales.Sums) (out []dossier.Group) {
	for i := range sums.Groups {
		g := &rs.groups[i]
		d := dossier.Group{ID: g.id, Title: g.title, Points: round(sums.Groups[i]), Max: g.max,
			Group: g.parentID}
		if g.weight != 1 {
			d.Weight = g.weight
		}
		out = append(out, d)
	}
	return out
}

// addPoints adds up the points of the criteria. maxima are other maxima of theirs, or nil; off reports those
// that do not apply, and cost is taken off.
func addPoints(rs *Ruleset, own, maxima []float64, off func(int) bool, cost float64) scales.Sums {
	if rs.plain {
		sum := -cost
		for _, p := range own {
			sum += p
		}
		total := round(math.Max(0, sum))
		return scales.Sums{Total: total, Unweighted: total}
	}
	sums := rs.tally.Add(own, maxima, off, cost)
	sums.Total, sums.Unweighted = round(sums.Total), round(sums.Unweighted)
	return sums
}

// addUpSelf adds up what the unit gave itself, if it scored every criterion that asks for its points.
func addUpSelf(s *assessment) {
	asked := false
	own := make([]float64, len(s.rs.criteria))
	for i := range s.rs.criteria {
		if s.rs.criteria[i].self == "" || s.off.at(i) {
			continue
		}
		asked = true
		if s.out.Criteria[i].Self == nil {
			return
		}
		own[i] = *s.out.Criteria[i].Self
	}
	if asked {
		total := addPoints(s.rs, own, nil, s.off.at, 0).Total
		s.out.Self = &total
	}
}

// newSearch returns a search for evidence in the dossier, which must have been marked with the ruleset.
func (s *assessment) newSearch() *search {
	return &search{reading: s.reading, env: s.rs.env, ruleset: s.rs.ID, unit: s.given.Identity.Unit,
		own: s.ownPlace(), verdicts: byPiece(s.given.Verdicts), firstYear: s.rs.env.firstYear(),
		clueLists: s.rs.clueLists, anchors: s.rs.anchors, titles: s.rs.titles, deedLists: s.rs.deedLists,
		lastYear: s.rs.env.lastYear()}
}

// score scores one criterion.
func (s *assessment) score(c *criterion, evidence *search) dossier.Criterion {
	var out dossier.Criterion
	switch {
	case c.byFacts():
		out = scoreFacts(s, c)
	case c.panel != nil:
		out = c.scorePanel(s.out, s.given.Scores)
	default:
		out = s.scoreEvidence(c, evidence)
		out.Points, out.AtStake = c.signed(out.Points), c.signed(out.AtStake)
		out.Reason = c.withDeduction(&out)
	}
	if c.self != "" {
		compareSelf(s, c, &out)
	}
	return out
}

// withDeduction is the reason of a criterion with what it takes off.
func (c *criterion) withDeduction(out *dossier.Criterion) dossier.Text {
	if c.kind != scales.Deducts || out.Points == 0 {
		return out.Reason
	}
	return join("; ", out.Reason, say("deducted", -out.Points))
}

// compareSelf sets the points that the unit gave itself, flags them if they differ too far from those that
// the criterion gives, and lets them count if the ruleset starts from them. What is not settled of them
// counts for nothing, and a panel's points are never replaced.
func compareSelf(s *assessment, c *criterion, out *dossier.Criterion) {
	if s.gives == nil {
		s.gives = map[string]float64{}
	}
	gives := out.Points
	s.gives[c.id] = gives
	f := s.counting[c.self]
	if f == nil {
		if st := s.facts.of(c.self); st != nil {
			out.Reason = join("; ", out.Reason, say("self.open", st.inWords()))
		}
		return
	}
	own := c.ownAs(f)
	out.Self = &own
	if !slices.Contains(out.Evidence, f.Source) {
		out.Evidence = append(out.Evidence, f.Source)
	}
	awaited := c.panel != nil && len(c.scoresOf(s.given.Scores)) < c.panel.scorers
	if !awaited && c.selfDiffers(own, gives) {
		addFlag(s.out, dossier.FlagSelfDiffers, say("flag.self", c.title, own, gives))
	}
	if s.rs.selfRule.starts && c.panel == nil {
		out.Points = c.ownPoints(f)
		out.Reason = join("; ", say("self.starts", out.Points, gives), out.Reason)
		return
	}
	out.Reason = join("; ", out.Reason, say("self.gave", own))
}

// selfDiffers reports whether the points that the unit gave itself are too far from those that the criterion
// gives.
func (c *criterion) selfDiffers(own, gives float64) bool { return math.Abs(own-gives) > c.differs+1e-9 }

// ownAs are the points that the unit gave itself, as it states them: of a criterion that deducts, with a
// minus or without.
func (c *criterion) ownAs(f *dossier.Fact) float64 {
	v, _ := f.Value.(float64)
	if c.kind == scales.Deducts {
		return c.signed(math.Abs(v))
	}
	return v
}

// ownPoints are the points that the unit gave itself, within those that the criterion can give.
func (c *criterion) ownPoints(f *dossier.Fact) float64 {
	low, high := c.ends()
	return round(math.Max(low, math.Min(high, c.ownAs(f))))
}

// scoreFacts scores a criterion by the facts that count. What a checklist or table makes of a fact that is
// not settled is the least of what its readings make of it: it neither earns nor costs anything until people
// settle it. A measure makes so of a number that is near what is meant ("more than 1,000"); of other facts that are not
// settled it makes nothing.
func scoreFacts(s *assessment, c *criterion) dossier.Criterion {
	out := factReason(s, c)
	out.Points = c.pointsBy(s.counting, s.env, 1)
	open := s.facts.unsettled(c.uses)
	if len(open) == 0 {
		out.Reason = c.withDeduction(&out)
		return out
	}
	ways, ok := settlementsOf(s.rs, s.given.Identity.Unit, s.facts.counting(), open)
	all := []float64{out.Points}
	if !ok {
		low, high := c.ends()
		all = append(all, low, high)
	}
	for _, facts := range ways {
		all = append(all, c.pointsBy(facts, s.rs.conditionEnv(s.given.Identity.Unit, facts), 1))
	}
	allNear := !slices.ContainsFunc(open, func(st *statement) bool { return !st.near })
	if c.measure == nil || allNear {
		least := 0
		for i, p := range all {
			if math.Abs(p) < math.Abs(all[least]) {
				least = i
			}
		}
		if shift := len(all) - len(ways); allNear && all[least] != out.Points && least >= shift {
			out = nearReason(s, c, ways[least-shift])
		}
		out.Points = all[least]
	}
	if slices.ContainsFunc(open, (*statement).isUncertain) {
		farthest := slices.MaxFunc(all, func(a, b float64) int {
			return cmp.Compare(math.Abs(a-out.Points), math.Abs(b-out.Points))
		})
		out.AtStake = round(farthest - out.Points)
	}
	out.Reason = c.withDeduction(&out)
	return out
}

// nearReason is factReason where a number is only near what is meant, and these are the facts by the reading that
// counts.
func nearReason(s *assessment, c *criterion, facts map[string]*dossier.Fact) dossier.Criterion {
	other := *s
	other.counting, other.env = facts, s.rs.conditionEnv(s.given.Identity.Unit, facts)
	out := factReason(&other, c)
	out.Reason = join("; ", say("near.least"), out.Reason)
	return out
}

// pointsBy are the points that facts give the criterion, with the thresholds of its measure or table moved by
// a factor. env is what conditions see of the facts.
func (c *criterion) pointsBy(facts map[string]*dossier.Fact, env map[string]any, factor float64) float64 {
	p := 0.0
	switch {
	case c.measure != nil:
		f := facts[c.fact.Name]
		if f == nil {
			return 0
		}
		v, _ := f.Value.(float64)
		return c.signed(math.Min(c.max, c.measure.Of(v, factor)))
	case c.table != nil:
		p = c.table.Of(c.columnsOf(facts), factor).Points
	default:
		for i := range c.items {
			if w, _ := c.items[i].best(env); w != nil {
				p += w.points
			}
		}
	}
	return c.signed(round(math.Min(c.max, p)))
}

// columnsOf are the values of the columns of the criterion's table. A paper that is not there is false; every
// other fact that is not there is not known.
func (c *criterion) columnsOf(facts map[string]*dossier.Fact) []any {
	out := make([]any, len(c.table.Columns))
	for k := range out {
		if f := facts[c.table.Columns[k].Name]; f != nil {
			out[k] = f.Value
		} else if c.table.Columns[k].Paper {
			out[k] = false
		}
	}
	return out
}

// best is the alternative of an item that gives most of those that hold, nil if none does; unknown is a fact
// that is not known and on which more depends, or "".
func (it *item) best(env map[string]any) (w *alternative, unknown string) {
	for i := range it.ways {
		a := &it.ways[i]
		holds, missing, err := a.holds.Decide(env)
		if missing != "" && unknown == "" {
			unknown = missing
		}
		if holds && err == nil && (w == nil || a.points > w.points) {
			w = a
		}
	}
	return w, unknown
}

// factReason is the criterion without points, with the reason and the evidence of what the facts that count
// give.
func factReason(s *assessment, c *criterion) dossier.Criterion {
	switch {
	case c.measure != nil:
		return measuredReason(s, c)
	case c.table != nil:
		return tableReason(s, c)
	}
	out := c.blank()
	var reasons []dossier.Text
	for i := range c.items {
		it := &c.items[i]
		w, unknown := it.best(s.env)
		switch {
		case w != nil:
			reasons = append(reasons, say("checklist.met", w.title, w.points))
			citeFacts(s, &out, w.holds.Uses)
		case unknown != "":
			reasons = append(reasons, join(": ", it.called(), notKnown(s, unknown)))
		default:
			reasons = append(reasons, say("checklist.unmet", it.called()))
		}
	}
	out.Reason = join("; ", reasons...)
	return out
}

// called is how reasons call an item.
func (it *item) called() dossier.Text {
	if it.title != nil {
		return it.title
	}
	return it.ways[0].title
}

// notKnown says why a fact is not known: the dossier does not state it, or not surely.
func notKnown(s *assessment, fact string) dossier.Text {
	if st := s.facts.of(fact); st != nil && st.counts == nil {
		if st.isUncertain() {
			return say("gate.uncertain", st.inWords())
		}
		return say("gate.unsupported", st.inWords())
	}
	return s.rs.factDef(fact).unknown("measured.missing", s.documents())
}

// citeFacts adds the sources of some facts to the evidence of a criterion.
func citeFacts(s *assessment, out *dossier.Criterion, facts []string) {
	for _, name := range facts {
		f := s.counting[name]
		if f == nil {
			continue
		}
		sources := f.Sources
		if len(sources) == 0 {
			sources = []dossier.Source{f.Source}
		}
		for _, src := range sources {
			if !slices.Contains(out.Evidence, src) {
				out.Evidence = append(out.Evidence, src)
			}
		}
	}
}

// measuredReason is the reason of a measured criterion.
func measuredReason(s *assessment, c *criterion) dossier.Criterion {
	out := c.blank()
	f := s.counting[c.fact.Name]
	if f == nil {
		out.Reason = notKnown(s, c.fact.Name)
		return out
	}
	citeFacts(s, &out, []string{c.fact.Name})
	v, _ := f.Value.(float64)
	why := c.measure.Why(v)
	out.Reason = say(why.Key, append([]any{c.fact.title, c.fact.shown(f)}, c.inUnits(why.Args)...)...)
	return out
}

// inUnits are the arguments of a sentence of package scales, with values in the unit of what is measured.
func (c *criterion) inUnits(args []any) []any {
	out := slices.Clone(args)
	for i, a := range out {
		if v, ok := a.(scales.Value); ok {
			out[i] = formatter(showValue(float64(v), c.fact.unitText, c.fact.Reads.Unit))
		}
	}
	return out
}

// tableReason is the reason of a criterion with a decision table.
func tableReason(s *assessment, c *criterion) dossier.Criterion {
	out := c.blank()
	hits := c.table.Of(c.columnsOf(s.counting), 1)
	var used []string
	for k := range c.table.Columns {
		used = append(used, c.table.Columns[k].Name)
	}
	citeFacts(s, &out, used)
	var reasons []dossier.Text
	for _, i := range hits.Rows {
		reasons = append(reasons, say("table.row", i+1, c.rows[i], c.table.Rows[i].Points))
	}
	switch {
	case hits.Unknown != "":
		reasons = append(reasons, notKnown(s, hits.Unknown))
	case len(hits.Rows) == 0:
		var values []dossier.Text
		for _, name := range used {
			if f := s.counting[name]; f != nil {
				values = append(values, s.rs.factDef(name).withValue(f))
			}
		}
		reasons = append(reasons, say("table.none", join("; ", values...), hits.Points))
	}
	out.Reason = join("; ", reasons...)
	return out
}

// refutedOrder is the order in which reasons list why passages claim nothing.
var refutedOrder = []string{claim.Planned, claim.Negated, claim.Wished, claim.Asked, claim.Quoted, others, contrary,
	unchanged, learned, foreign, earlier, unclaimed, rejected}

// scoreEvidence gives points for every find of every clue, up to the criterion's maximum, and cites each passage once.
// Plans in a section of results are flagged, once.
func (s *assessment) scoreEvidence(c *criterion, evidence *search) dossier.Criterion {
	out := c.blank()
	var reasons []dossier.Text
	var refuted map[string][]dossier.Source // by reason
	none := true                            // no clue found anything that counts
	most := 0.0                             // points with all uncertain evidence
	var planned string                      // the first plan in a section
	for i := range c.clues {
		clue := &c.clues[i]
		got := evidence.evidence(c.id, clue, c.never)
		s.missable = append(s.missable, clueFinds{c.id, clue, got.missable})
		for _, src := range got.rejected {
			s.refute(c.id, src)
		}
		earned := clue.Points * float64(len(got.counts))
		out.Points += earned
		most += clue.Points * float64(len(got.counts)+len(got.uncertain))
		for _, f := range got.uncertain {
			out.Uncertain = withSource(out.Uncertain, f.source)
		}
		if len(got.counts) > 0 {
			none = false
			var what []string
			for _, f := range got.counts {
				what = append(what, f.what)
				out.Evidence = withSource(out.Evidence, f.source)
			}
			reasons = append(reasons, say("evidenced.found", len(got.counts), strings.Join(what, ", "), earned))
		}
		if plans := got.refuted[claim.Planned]; len(plans) > 0 && clue.In != "" {
			planned = cmp.Or(planned, plans[0].Quote)
		}
		for why, list := range got.refuted {
			if refuted == nil {
				refuted = map[string][]dossier.Source{}
			}
			for _, src := range list {
				refuted[why] = withSource(refuted[why], src)
			}
		}
	}
	if none {
		var sought []dossier.Text
		for i := range c.clues {
			sought = append(sought, c.clues[i].LooksFor())
		}
		reasons = append(reasons, say("evidenced.none", join("; ", sought...), s.documents()))
	}
	if planned != "" {
		addFlag(s.out, dossier.FlagPlanNotResult, say("flag.plan", c.title, oneLine(planned)))
	}
	sum := out.Points
	out.Points = round(math.Min(c.max, sum))
	out.AtStake = round(math.Min(c.max, most) - out.Points)
	var spare []dossier.Source
	if out.AtStake == 0 { // what is sure gives all that can be had
		spare, out.Uncertain = out.Uncertain, nil
	}
	reasons = append(reasons, uncounted(len(out.Uncertain), refuted)...)
	if len(spare) > 0 {
		reasons = append(reasons, say("evidenced.spare", len(spare)))
	}
	s.countChecked(c.id, &out)
	if sum > c.max {
		reasons = append(reasons, say("capped", c.max))
	}
	out.Reason = join("; ", reasons...)
	sortSources(out.Evidence)
	sortSources(out.Uncertain)
	if len(out.Uncertain) > 0 {
		addFlag(s.out, dossier.FlagUncertain, say("flag.uncertain-evidence", c.title, len(out.Uncertain), out.AtStake,
			quoted(shorten(oneLine(out.Uncertain[0].Quote), longestQuote)), say("doubtful."+out.Uncertain[0].Doubt)))
	}
	return out
}

// withSource adds a passage to a list that does not have it.
func withSource(list []dossier.Source, src dossier.Source) []dossier.Source {
	if slices.Contains(list, src) {
		return list
	}
	return append(list, src)
}

// uncounted says how many passages are uncertain, and how many do not count for which reason.
func uncounted(uncertain int, refuted map[string][]dossier.Source) (reasons []dossier.Text) {
	if uncertain > 0 {
		reasons = append(reasons, say("evidenced.uncertain", uncertain))
	}
	for _, why := range refutedOrder {
		if n := len(refuted[why]); n > 0 {
			reasons = append(reasons, say("evidenced."+why, n))
		}
	}
	return reasons
}

// clueFinds is what a clue of a criterion found that the text itself refutes.
type clueFinds struct {
	criterion string
	clue      *Clue
	list      []refutation
}

// maxRefuted is how many refuted passages of a dossier are kept beside those that people rejected.
const maxRefuted = 40

// refute notes a passage that does not count, once.
func (s *assessment) refute(criterion string, src dossier.Source) {
	if r := (dossier.Refuted{Criterion: criterion, Source: src}); !slices.Contains(s.out.Refuted, r) {
		s.out.Refuted = append(s.out.Refuted, r)
	}
}

// isNearLimit reports whether few points or one uncertain fact or passage decide the outcome: where something
// that was missed matters most.
func (s *assessment) isNearLimit() bool {
	return s.out.HasFlag(dossier.FlagBorderline) || s.out.Outcome == dossier.NeedsReview ||
		s.out.Open != nil && s.out.Open.Decides
}

// listRefuted notes what the text refutes, if the dossier is near a limit. Passages that lack what their clue
// asks for beside the words are left out: no verdict would make them count.
func (s *assessment) listRefuted() {
	if !s.isNearLimit() {
		return
	}
	room := len(s.out.Refuted) + maxRefuted
	for _, of := range s.missable {
		for _, r := range of.list {
			for _, f := range s.search.accompanied(of.clue, r.page, r.hit) {
				if len(s.out.Refuted) >= room {
					return
				}
				src := f.source
				src.Certainty, src.Doubt = refutedFind, r.why
				if s.search.verdict(of.criterion, src) == dossier.VerdictWrong {
					src.Verdict = dossier.VerdictWrong
				}
				s.refute(of.criterion, src)
			}
		}
	}
}

// countChecked counts the pieces of evidence of a criterion that people settled: those that count or are
// uncertain, and those that were rejected. It is called before refuted passages are noted.
func (s *assessment) countChecked(criterion string, c *dossier.Criterion) {
	var n dossier.EvidenceChecked
	for _, src := range c.Evidence {
		if src.Verdict == dossier.VerdictRight {
			n.Right++
		}
	}
	n.Checked = n.Right
	for i := range s.out.Refuted {
		if s.out.Refuted[i].Criterion == criterion {
			n.Checked++
		}
	}
	if n.Checked == 0 {
		return
	}
	if s.out.Checked == nil {
		s.out.Checked = &dossier.EvidenceChecked{}
	}
	s.out.Checked.Checked += n.Checked
	s.out.Checked.Right += n.Right
}

// cite notes the hashes of the documents that passages are in, by which people's verdicts name them.
func (s *assessment) cite() {
	note := func(src *dossier.Source) {
		if src.Certainty == 0 { // the source of a fact
			return
		}
		if s.out.Cited == nil {
			s.out.Cited = map[string]string{}
		}
		if _, ok := s.out.Cited[src.Document]; !ok {
			s.out.Cited[src.Document] = s.reading.dossier.PaperSHA256(src.Document)
		}
	}
	for i := range s.out.Criteria {
		c := &s.out.Criteria[i]
		for k := range c.Evidence {
			note(&c.Evidence[k])
		}
		for k := range c.Uncertain {
			note(&c.Uncertain[k])
		}
	}
	for i := range s.out.Refuted {
		note(&s.out.Refuted[i].Source)
	}
}

// panel is how people score a criterion by a rubric.
type panel struct {
	scorers int     // how many must have scored
	combine string  // one of scales.Combines
	talk    float64 // scores that lie further apart than this call for a talk; +Inf for never
	scale   scales.Scale
	rubric  []Level // the highest first

	standardise  string  // how marks count as standard scores of their scorers, see scales.Standardise; "none"
	round        float64 // what marks are combined to is a multiple of this; 0 for any number
	marksAtLeast float64 // without which a dossier is not recommended, whatever marks count as; 0 for none
}

// Level is one level of a rubric: what a dossier shows that gets its mark.
type Level struct {
	Points float64 // the mark; points unless the panel has a scale of its own
	Name   string  `json:",omitempty"` // of the mark, if it has one
	Text   dossier.Text
}

// PanelCriterion is what a scorer needs to know of a criterion.
type PanelCriterion struct {
	ID      string
	Title   dossier.Text
	Max     float64      // the highest mark
	Scale   scales.Scale `json:"-"` // the marks that may be given
	Scorers int          // how many must score before the criterion gives points
	Rubric  []Level      // the highest first
}

// Marks says which marks may be given, in a language.
func (c PanelCriterion) Marks(lang string) string {
	return c.Scale.Range(func(f float64) string { return Number(f, lang) })
}

// Mark writes a mark: its name, or a number in the form of a language.
func (c PanelCriterion) Mark(mark float64, lang string) string {
	return cmp.Or(c.Scale.Name(mark), Number(mark, lang))
}

// PanelCriteria returns the criteria that people score, in the ruleset's order.
func (rs *Ruleset) PanelCriteria() []PanelCriterion {
	var out []PanelCriterion
	for i := range rs.criteria {
		if c := &rs.criteria[i]; c.panel != nil {
			out = append(out, PanelCriterion{c.id, c.title, c.panel.scale.To, c.panel.scale, c.panel.scorers,
				c.panel.rubric})
		}
	}
	return out
}

// EvidencedCriterion names a criterion that quotes evidence.
type EvidencedCriterion struct {
	ID    string
	Title dossier.Text
}

// EvidencedCriteria returns the criteria that quote evidence, in the ruleset's order.
func (rs *Ruleset) EvidencedCriteria() []EvidencedCriterion {
	var out []EvidencedCriterion
	for i := range rs.criteria {
		if c := &rs.criteria[i]; len(c.clues) > 0 {
			out = append(out, EvidencedCriterion{c.id, c.title})
		}
	}
	return out
}

// standardises reports whether marks count as standard scores.
func (p *panel) standardises() bool { return p.standardise != "" && p.standardise != normaliseNone }

// combined is what several marks, at least one, are worth on a criterion with a maximum.
func (p *panel) combined(marks []float64, max float64) float64 {
	of := 1
	if p.combine == scales.Sum {
		of = p.scorers
	}
	return round(math.Min(max, p.scale.Points(scales.RoundTo(scales.Combine(p.combine, marks, p.scorers), p.round), max,
		of)))
}

// level returns what the rubric says of a mark: the highest level that it reaches; nil if it reaches none.
func (p *panel) level(mark float64) dossier.Text {
	for _, l := range p.rubric {
		if mark >= l.Points {
			return l.Text
		}
	}
	return nil
}

// accepts reports whether a score is one of this criterion, and a mark of its scale.
func (c *criterion) accepts(s dossier.PanelScore) bool {
	return s.Criterion == c.id && c.panel.scale.Allows(s.Points)
}

// scoresOf are the marks that people gave on the criterion and that count, sorted.
func (c *criterion) scoresOf(scores []dossier.PanelScore) []float64 {
	var out []float64
	for _, s := range scores {
		if c.accepts(s) && s.Counts() {
			out = append(out, c.panel.mark(&s))
		}
	}
	slices.Sort(out)
	return out
}

// mark is the mark of a score that counts: as it was given, or as a standard score.
func (p *panel) mark(s *dossier.PanelScore) float64 {
	if p.standardises() && s.Standard != nil {
		return *s.Standard
	}
	return s.Points
}

// Standardise returns the scores of all dossiers of the ruleset, by dossier, with the standard scores of the
// criteria that ask for them. Scores that do not count have no part in it, and the argument is not changed.
func (rs *Ruleset) Standardise(all map[string][]dossier.PanelScore) map[string][]dossier.PanelScore {
	out := maps.Clone(all)
	for i := range rs.criteria {
		c := &rs.criteria[i]
		if c.panel == nil || !c.panel.standardises() {
			continue
		}
		var marks []scales.Marked
		var at []*dossier.PanelScore
		for _, id := range slices.Sorted(maps.Keys(all)) {
			out[id] = slices.Clone(out[id])
			for k := range out[id] {
				if s := &out[id][k]; c.accepts(*s) && s.Counts() {
					marks, at = append(marks, scales.Marked{By: s.Person, Mark: s.Points}), append(at, s)
				}
			}
		}
		standard, ok := scales.Standardise(c.panel.standardise, marks, &c.panel.scale)
		for k := range at {
			if at[k].Standard = nil; ok {
				at[k].Standard = &standard[k]
			}
		}
	}
	return out
}

// Standardises reports whether a criterion of the ruleset counts standard scores.
func (rs *Ruleset) Standardises() bool {
	return slices.ContainsFunc(rs.criteria, func(c criterion) bool {
		return c.panel != nil &&
			c.panel.standardises()
	})
}

// standardised says what the marks of a panel are as they were given, if they count as standard scores, or
// that there are too few for that; nil if the ruleset asks for none.
func (c *criterion) standardised(scores []dossier.PanelScore) dossier.Text {
	if !c.panel.standardises() {
		return nil
	}
	var raw []float64
	for _, s := range scores {
		if c.accepts(s) && s.Counts() {
			if s.Standard == nil {
				return say("panel.raw", scales.MinMarks)
			}
			raw = append(raw, s.Points)
		}
	}
	slices.Sort(raw)
	return say("panel.standard", c.panel.marks(raw))
}

// scorePanel combines what people gave, and flags scores that do not count, that lie far apart or that are missing.
// Until enough people have scored, the criterion gives nothing and the dossier waits.
func (c *criterion) scorePanel(a *dossier.Assessment, scores []dossier.PanelScore) dossier.Criterion {
	out := c.blank()
	given := c.scoresOf(scores)
	for _, s := range scores {
		if c.accepts(s) && s.Recused == "" && !s.Counts() {
			addFlag(a, dossier.FlagUnsettledScorer, say("flag.scorer", c.title, s.Scorer, len(s.Fits)))
		}
	}
	if len(given) < c.panel.scorers {
		out.Reason = say("panel.waiting", len(given), c.panel.scorers)
		addFlag(a, dossier.FlagAwaitingPanel, say("flag.panel", c.title, len(given), c.panel.scorers))
		return out
	}
	out.Points = c.signed(c.panel.combined(given, c.max))
	mark := scales.Combine(c.panel.combine, given, c.panel.scorers)
	if c.panel.combine == scales.Sum {
		mark /= float64(c.panel.scorers)
	}
	out.Reason = join(": ", say("panel."+c.panel.combine, len(given), c.panel.marks(given)),
		c.panel.level(round(mark)))
	if c.panel.scale.To != c.max || c.panel.combine == scales.Sum {
		out.Reason = join("; ", out.Reason, say("panel.worth", math.Abs(out.Points), c.max))
	}
	out.Reason = join("; ", out.Reason, c.standardised(scores))
	c.noteMarks(&out, scores)
	lowest, highest := given[0], given[len(given)-1]
	if spread := highest - lowest; spread > c.panel.talk {
		addFlag(a, dossier.FlagPanelSpread, say("flag.spread", c.title, spread, lowest, highest))
	}
	return out
}

// noteMarks notes what the marks are combined to as they were given, if the ruleset asks for a minimum of that.
func (c *criterion) noteMarks(out *dossier.Criterion, scores []dossier.PanelScore) {
	if c.panel.marksAtLeast == 0 {
		return
	}
	var raw []float64
	for _, s := range scores {
		if c.accepts(s) && s.Counts() {
			raw = append(raw, s.Points)
		}
	}
	mark := round(scales.Combine(c.panel.combine, raw, c.panel.scorers))
	out.Marks = &mark
	if mark < c.panel.marksAtLeast {
		out.Reason = join("; ", out.Reason, say("panel.marks-below", mark, c.panel.marksAtLeast))
	}
}

// marksBelow reports whether the marks on a criterion, as they were given, are below what the ruleset asks for.
func (c *criterion) marksBelow(got *dossier.Criterion) bool {
	return c.panel != nil && c.panel.marksAtLeast > 0 && got.Marks != nil && *got.Marks < c.panel.marksAtLeast-1e-9
}

// anyMarksBelow reports whether marksBelow holds for a criterion of the assessment.
func anyMarksBelow(rs *Ruleset, a *dossier.Assessment) bool {
	for i := range rs.criteria {
		if i < len(a.Criteria) && rs.criteria[i].marksBelow(&a.Criteria[i]) {
			return true
		}
	}
	return false
}

// marks writes marks with commas between them, by their names if they have any.
func (p *panel) marks(list []float64) dossier.Text {
	if p.scale.Named == nil {
		return numbers(list)
	}
	var names []string
	for _, m := range list {
		names = append(names, cmp.Or(p.scale.Name(m), Number(m, "en")))
	}
	return sameText(strings.Join(names, ", "))
}

// numbers writes numbers with commas between them.
func numbers(list []float64) dossier.Text {
	out := dossier.Text{}
	for _, lang := range texts.Languages {
		var s []string
		for _, v := range list {
			s = append(s, num(v)(lang))
		}
		out[lang] = strings.Join(s, ", ")
	}
	return out
}
