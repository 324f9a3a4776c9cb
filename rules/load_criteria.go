package rules

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/grammar"
	"kheo/internal/strict"
	"kheo/internal/text/language"
	"kheo/internal/text/query"
	"kheo/internal/texts"
	"kheo/rules/claim"
	"kheo/rules/condition"
	"kheo/rules/factreader"
	"kheo/rules/phrase"
	"kheo/rules/scales"
	"kheo/rules/value"
)

// never are the ways of saying something that do not count as evidence, in the order in which messages list them.
var never = []string{claim.Negated, claim.Planned, claim.Wished, claim.Quoted, "hidden", "repeated"}

// sources are the keys of which a criterion has one: where its points come from. measures are those of which
// one says how a measured value gives points.
var (
	sources  = []string{"measured", "formula", "checklist", "table", "evidenced", "panel"}
	measures = []string{"steps", "proportional", "per"}
)

// criteria reads the criteria and their groups, apart from those that `without` leaves out, and what they add
// up to. A criterion with a mistake is kept, so that later checks do not report that it is missing.
func (l *loader) criteria(root *grammar.Map) {
	l.rs.selfRule = l.selfRule(root.Get("self"))
	c := &criteriaLoader{loader: l, seen: map[string]bool{}}
	for _, n := range root.List("criteria") {
		c.entry(n, scales.NoGroup, "", 0)
	}
	l.tally(root)
	// A maximum with a mistake of its own is 0, and a weight or kind with one is another: then the sum says nothing.
	c.unsure = c.unsure || slices.ContainsFunc(l.rs.criteria, func(c criterion) bool { return c.max <= 0 })
	if _, ok := root.NumberOK("max_points"); ok && !c.unsure && len(l.rs.criteria) > 0 {
		l.checkMaxPoints(root.Get("max_points"))
	}
}

// checkMaxPoints holds max_points against what the criteria can give together. Sums are compared with a
// tolerance, because maxima may have decimals. If some criteria apply only to some dossiers, max_points is
// between what the others and what all can give.
func (l *loader) checkMaxPoints(at *strict.Node) {
	rs := l.rs
	all := rs.tally.Reach(func(int) bool { return true })
	least := rs.tally.Reach(func(i int) bool { return rs.criteria[i].when == nil })
	const tolerance = 1e-9
	switch {
	case math.Abs(all-rs.MaxPoints) <= tolerance || least-tolerance <= rs.MaxPoints && rs.MaxPoints <= all:
	case least < all:
		at.Fail(fmt.Sprintf("max_points is %v, but the criteria's max add up to %v, and to %v with all "+
			"that have when",
			rs.MaxPoints, round(least), round(all)), "write what a dossier can get to which as many apply "+
			"as can at once")
	default:
		at.Fail(fmt.Sprintf("max_points is %v, but the criteria's max add up to %v", rs.MaxPoints,
			float64(int64(all*1e9+0.5))/1e9),
			"make them equal")
	}
}

// tally records how the points of criteria and groups are added up. A group without a maximum gets what its
// criteria can give together; one with a greater maximum could never reach it.
func (l *loader) tally(root *grammar.Map) {
	rs := l.rs
	t := &rs.tally
	t.Start, t.Floor, t.BonusMax = root.Number("start_points"), root.Number("min_points"), math.Inf(1)
	if v, ok := root.NumberOK("bonus_max"); ok {
		t.BonusMax = v
	}
	t.OffMax = root.Number("deduct_max")
	for i := range rs.criteria {
		c := &rs.criteria[i]
		t.Items = append(t.Items, scales.Item{Max: c.max, Weight: c.weight, Kind: c.kind, Group: c.group})
	}
	for i := range rs.groups {
		g := &rs.groups[i]
		t.Groups = append(t.Groups, scales.Group{Max: math.Inf(1), Weight: g.weight, Mean: g.mean,
			Times: g.times, Parent: g.parent, Round: g.round})
	}
	for i := len(rs.groups) - 1; i >= 0; i-- { // those inside before those around them
		g := &rs.groups[i]
		reach := rs.tally.ReachOf(i)
		switch {
		case reach == 0:
			g.at.Fail(fmt.Sprintf("the group %s has no criterion that earns points", g.id),
				"add one; criteria that are all bonuses or deductions need no group")
			g.max = 1
		case g.max == 0:
			g.max = reach
		case g.max > reach+1e-9 && g.at.Nonempty("max"):
			g.at.Get("max").Fail(fmt.Sprintf("the group %s has a max of %v, but its criteria give %v "+
				"together", g.id, g.max, round(reach)),
				"lower it, or leave it out")
		}
		t.Groups[i].Max = g.max
		g.atLeast = share(g.at.Get("at_least"), g.max)
		if g.atLeast > g.max && g.max > 0 {
			g.at.Get("at_least").Fail(fmt.Sprintf("at_least asks for %v of at most %v points", g.atLeast,
				g.max), "lower it")
		}
	}
	rs.plain = t.IsPlain()
}

// share reads a number of points, or a percentage of a maximum; 0 if n is nil.
func share(n *strict.Node, max float64) float64 {
	if n == nil {
		return 0
	}
	f := n.Number("points")
	if text, _ := n.Plain(); strings.HasSuffix(strings.TrimSpace(text), "%") {
		return f * max
	}
	return f
}

// selfRule reads what follows from the points that units give themselves.
func (l *loader) selfRule(n *strict.Node) selfRule {
	if n == nil {
		return selfRule{}
	}
	m := selfGrammar.Read(n)
	return selfRule{at: m.Get("flag_above"), starts: m.Word("start_from") == fromSelf}
}

// maxGroups is how deep groups may be nested.
const maxGroups = 3

// criteriaLoader reads criteria and groups.
type criteriaLoader struct {
	*loader
	seen map[string]bool // ids of criteria and groups
	each *strict.Node    // at_least of the criteria of the group that is read

	unsure bool // a weight, bonus or deduct has a mistake, so that it is not known what the points add up to
}

// entry reads an entry of criteria, which is in a group or in none, as one of n.
func (l *criteriaLoader) entry(n *strict.Node, group int, groupID string, depth int) {
	m := criterionGrammar.Read(n)
	if m.Nonempty(groupKey) {
		for _, k := range m.Keys {
			if k != groupKey {
				m.Key(k).Fail(fmt.Sprintf("an entry that is a group has %s beside it", k),
					"move it into the group")
			}
		}
		l.group(m.Get(groupKey), group, depth)
		return
	}
	if !n.IsMap() {
		return // which is reported
	}
	cr := criterion{id: l.id(m.Get("id"), "a criterion's id"), title: l.text(m.Get("title"), "title"),
		group: group, groupID: groupID}
	if l.without[cr.id] {
		return
	}
	l.checkCriterionID(m, cr.id)
	m.Name = cr.id
	l.kind(m, &cr)
	cr.never = l.never(m.Get("never"))
	l.pointsFrom(m, &cr)
	for _, key := range measures {
		if s := m.Get(key); s != nil && m.Get("measured") == nil {
			s.Fail("there is "+key+", but nothing is measured",
				"add  measured: (the fact)  or take "+key+" out")
		}
	}
	cr.vary = readVary(m.Get("vary"), l.rs.vary, criterionVaryGrammar)
	l.own(m, &cr)
	l.rs.criteria = append(l.rs.criteria, cr)
}

// group reads a group and its criteria.
func (l *criteriaLoader) group(n *strict.Node, parent, depth int) {
	m := groupGrammar.Read(n)
	g := group{id: l.id(m.Get("id"), "a group's id"), title: l.text(m.Get("title"), "title"), parent: parent,
		at: m}
	if l.without[g.id] {
		return
	}
	l.checkCriterionID(m, g.id)
	if depth >= maxGroups {
		n.Fail(fmt.Sprintf("groups are nested more than %d deep", maxGroups),
			"put its criteria into the group around it")
		return
	}
	m.Name = g.id
	g.max, g.weight, g.times = m.Number("max"), l.weight(m), m.Number("times")
	g.mean, g.round = m.Word("combine") == combineMean, m.Number("round")
	if !g.mean && m.Get("times") != nil {
		m.Get("times").Fail("times is a factor of the mean, and this group is a sum",
			"add  combine: mean  or use weight")
	}
	if parent != scales.NoGroup {
		g.parentID = l.rs.groups[parent].id
	}
	l.rs.groups = append(l.rs.groups, g)
	at := len(l.rs.groups) - 1
	outer := l.each
	if each := m.Get("each_at_least"); each != nil {
		l.each = each
	}
	list := m.List("criteria")
	for _, c := range list {
		l.entry(c, at, g.id, depth+1)
	}
	l.each = outer
	if len(list) == 0 && m.Get("criteria") != nil {
		m.Get("criteria").Fail(fmt.Sprintf("the group %s has no criteria", g.id),
			"add some, or take the group out")
	}
}

// weight reads the weight of a criterion or group.
func (l *criteriaLoader) weight(m *grammar.Map) float64 {
	w, ok := m.NumberOK("weight")
	if !ok && m.Get("weight") != nil { // which is reported
		l.unsure = true
		return 1
	}
	if w <= 0 {
		m.Get("weight").Fail("a weight must be above 0",
			"write how many times the points count, such as 1.5 or 50%")
		return 1
	}
	return w
}

// checkCriterionID reports an id that another criterion or group has, or that means something else.
func (l *criteriaLoader) checkCriterionID(m *grammar.Map, id string) {
	if l.seen[id] {
		m.Get("id").Fail(fmt.Sprintf("two criteria have the id %q", id), "give each its own")
	}
	l.seen[id] = true
	if id == copiesID || slices.Contains(bandNames, conditionName(id)) {
		m.Get("id").Fail(fmt.Sprintf("%q means something else in lists and bands", id), "choose another id")
	}
}

// kind reads how the points of a criterion count: up to its max, with its weight, as a bonus or deduction,
// and for whom.
func (l *criteriaLoader) kind(m *grammar.Map, cr *criterion) {
	cr.max, cr.weight = m.Number("max"), l.weight(m)
	bonus, deduct := m.Bool("bonus"), m.Bool("deduct")
	for _, key := range []string{"bonus", "deduct"} {
		if word, ok := m.Get(key).Plain(); ok && word != "true" && word != "false" {
			l.unsure = true
		}
	}
	switch {
	case bonus && deduct:
		m.Get("deduct").Fail("a criterion cannot both add a bonus and take points off",
			"make a criterion of each")
	case bonus:
		cr.kind = scales.Bonus
	case deduct:
		cr.kind = scales.Deducts
	}
	least := m.Get("at_least")
	switch {
	case least == nil && cr.kind == scales.Earns:
		least = l.each
	case least != nil && cr.kind == scales.Deducts:
		least.Fail("a criterion that takes points off has no least number of points", "take at_least out")
		return
	}
	if cr.atLeast = share(least, cr.max); cr.atLeast > cr.max && cr.max > 0 {
		least.Fail(fmt.Sprintf("at_least asks for %v of at most %v points", cr.atLeast, cr.max), "lower it")
	}
	if w := m.Get("when"); w != nil {
		cr.when = condition.Compile(w, w.String("when"), l.scope("when of "+cr.id))
	}
}

// own reads which fact has the points that the unit gave itself.
func (l *criteriaLoader) own(m *grammar.Map, cr *criterion) {
	n := m.Get("self")
	if n == nil {
		return
	}
	name := n.String("self")
	names := l.numbers()
	if !slices.Contains(names, name) {
		n.Fail(fmt.Sprintf("self names %q, which is not a fact with a number", name), nearest(name, names,
			"facts with numbers are"))
		return
	}
	cr.self, cr.differs = name, math.Inf(1)
	if at := l.rs.selfRule.at; at != nil {
		cr.differs = share(at, cr.max)
	}
}

// numbers are the names of the facts with a number.
func (l *loader) numbers() (out []string) {
	for i := range l.rs.facts {
		f := &l.rs.facts[i]
		if _, number := f.sample().(float64); number && !f.unnamed {
			out = append(out, f.Name)
		}
	}
	return out
}

// pointsFrom reads the source of a criterion's points, which must be one of sources.
func (l *criteriaLoader) pointsFrom(m *grammar.Map, cr *criterion) {
	var kinds []string
	for _, k := range sources {
		if m.Get(k) != nil {
			kinds = append(kinds, k)
		}
	}
	switch {
	case len(kinds) > 1:
		m.Fail(fmt.Sprintf("the criterion %s is both %s", cr.id, strings.Join(kinds, " and ")),
			"make a criterion of each")
		return
	case len(kinds) == 0:
		m.Fail(fmt.Sprintf("the criterion %s does not say what earns its points", cr.id),
			"add  measured: (a fact, with steps),  evidenced: (what to look for in the text),  "+
				"panel: (what people score),  checklist:,  table:  or  formula:")
		return
	}
	switch kinds[0] {
	case "measured":
		l.measured(m, cr)
	case "formula":
		l.formula(m, cr)
	case "checklist":
		l.checklist(m, cr)
	case "table":
		l.table(m.Get("table"), cr)
	case "panel":
		cr.panel = l.panel(m.Get("panel"), cr.max)
	default:
		for _, e := range m.List("evidenced") {
			cr.clues = append(cr.clues, l.clue(e, cr.max))
		}
	}
}

// never reads which ways of saying something do not count: all of them, unless the list deliberately leaves one
// out. The result also has claim.Asked, which rulesets cannot name. hidden must be in the list: text that no
// one sees would otherwise earn points.
func (l *loader) never(n *strict.Node) map[string]bool {
	out := map[string]bool{}
	if n == nil {
		for _, s := range never {
			out[s] = true
		}
		out[claim.Asked] = true
		return out
	}
	for _, v := range n.List("never") {
		out[v.OneOf("never", never...)] = true
	}
	out[claim.Asked] = out[claim.Wished] // a question claims no more than a wish does
	if !out["hidden"] {
		n.Fail("never leaves out hidden, but text that nobody can see never counts", "write hidden into the list")
	}
	return out
}

// measured reads a measured criterion: a fact or an expression, and how its value gives points.
func (l *criteriaLoader) measured(m *grammar.Map, cr *criterion) {
	node := m.Get("measured")
	name := node.String("measured")
	if names := l.numbers(); slices.Contains(names, name) {
		cr.fact = l.rs.factDef(name)
	} else if validFactName.MatchString(name) {
		node.Fail(fmt.Sprintf("measured names %q, which is not a fact with a number", name),
			nearest(name, names, "facts with numbers are"))
	} else {
		cr.fact = l.expression(node, cr)
	}
	percents := cr.fact != nil && cr.fact.Reads.Type == value.Percent
	var given []string
	for _, k := range measures {
		if m.Get(k) != nil {
			given = append(given, k)
		}
	}
	switch {
	case len(given) == 0:
		m.Need("steps", "the measured criterion", criterionGrammar.Key("steps").Example)
		return
	case len(given) > 1:
		m.Get(given[1]).Fail(fmt.Sprintf("the criterion %s has both %s", cr.id, strings.Join(given,
			" and ")), "keep one of them")
		return
	}
	at := m.Get(given[0])
	switch given[0] {
	case "steps":
		cr.measure = scales.ReadSteps(at, cr.max, percents)
	case "proportional":
		cr.measure = scales.ReadProportional(at, cr.max, percents)
	default:
		cr.measure = scales.ReadPer(at, cr.max, percents)
	}
}

// expression reads an expression of facts that gives a number, as a fact without a name of its own: its
// readings, sources and arithmetic are then those of every computed fact. It returns nil if the expression
// has a mistake.
func (l *criteriaLoader) expression(n *strict.Node, cr *criterion) *FactDef {
	e := condition.CompileExpression(n, n.String("an expression"), l.scope("the criterion "+cr.id))
	if e == nil {
		return nil
	}
	if e.Kind != condition.Number {
		n.Fail(fmt.Sprintf("the criterion %s computes something other than a number", cr.id),
			"write an expression that gives a number, as in  share(done, planned)")
		return nil
	}
	title := dossier.Text{}
	for _, lang := range texts.Languages {
		title[lang] = cr.title.In(lang, "en")
	}
	l.rs.facts = append(l.rs.facts, FactDef{Name: "criterion." + cr.id, title: title, let: e, unnamed: true,
		Fact: factreader.Fact{Reads: value.Reader{Type: value.Number}}})
	return &l.rs.facts[len(l.rs.facts)-1]
}

// formula reads a formula, which gives the points themselves.
func (l *criteriaLoader) formula(m *grammar.Map, cr *criterion) {
	n := m.Get("formula")
	f := scales.Formula{High: cr.max, Round: scales.FormulaGrammar.Default("round")}
	if n.IsMap() {
		fm := scales.FormulaGrammar.Read(n)
		f.Low, f.Round = fm.Number("from"), fm.Number("round")
		if from := fm.Get("from"); f.Low >= f.High && from != nil && cr.max > 0 {
			from.Fail(fmt.Sprintf("the formula gives at least %v and at most %v points", f.Low, f.High),
				"lower from, or raise max")
		} else if f.Low < 0 && cr.kind == scales.Deducts {
			from.Fail("a criterion that takes points off gives none", "write from: 0 or more")
		}
		n = fm.Get("value")
	}
	cr.measure = f
	if n != nil {
		cr.fact = l.expression(n, cr)
	}
}

// checklist reads the items of a checklist.
func (l *criteriaLoader) checklist(m *grammar.Map, cr *criterion) {
	nodes, sum := m.List("checklist"), 0.0
	if len(nodes) > scales.MaxRows {
		m.Get("checklist").Fail(fmt.Sprintf("a checklist has at most %d items", scales.MaxRows),
			"make several criteria of it")
		return
	}
	for _, n := range nodes {
		im := scales.ItemGrammar.Read(n)
		it := item{title: l.text(im.Get("title"), "title")}
		switch condition, best := im.Get("if"), im.Get("best_of"); {
		case condition != nil && best != nil:
			best.Fail("an item has if and best_of", "keep one of them")
		case condition == nil && best == nil:
			n.Fail("an item has no condition", "add  if: present(accounts)  or  best_of: [ … ]")
		case best != nil:
			if p := im.Get("points"); p != nil {
				p.Fail("an item with best_of has no points of its own", "give each alternative its points")
			}
			for _, a := range best.List("best_of") {
				it.ways = append(it.ways, l.alternative(scales.AlternativeGrammar.Read(a), cr))
			}
		default:
			if im.Get("points") == nil {
				im.Need("points", "the item", "5")
			}
			it.ways = []alternative{l.alternative(im, cr)}
		}
		most := 0.0
		for i := range it.ways {
			most = math.Max(most, it.ways[i].points)
		}
		sum += most
		cr.items = append(cr.items, it)
	}
	if sum < cr.max-1e-9 && sum > 0 {
		m.Get("max").Fail(fmt.Sprintf("the items give %v points together, and max is %v", round(sum),
			cr.max), "lower max, or add items")
	}
}

// alternative reads a condition with its points.
func (l *criteriaLoader) alternative(m *grammar.Map, cr *criterion) alternative {
	a := alternative{title: l.text(m.Get("title"), "title"), points: m.Number("points")}
	if a.points > cr.max && cr.max > 0 {
		m.Get("points").Fail(fmt.Sprintf("an item gives %v points, more than the criterion's max of %v",
			a.points, cr.max),
			"lower it, or raise max")
	}
	if n := m.Get("if"); n != nil {
		a.holds = condition.Compile(n, n.String("if"), l.scope("an item of "+cr.id))
	}
	return a
}

// table reads a decision table, whose columns are the facts that its rows name, and reports what its analysis
// finds.
func (l *criteriaLoader) table(n *strict.Node, cr *criterion) {
	known := func(name string) (scales.Column, bool) {
		def := l.rs.factDef(name)
		if def == nil || def.unnamed {
			return scales.Column{}, false
		}
		return tableColumn(def), true
	}
	var names []string
	for i := range l.rs.facts {
		if !l.rs.facts[i].unnamed {
			names = append(names, l.rs.facts[i].Name)
		}
	}
	cr.table = scales.ReadTable(n, cr.max, known, names)
}

// tableColumn is the fact as a column of a decision table.
func tableColumn(def *FactDef) scales.Column {
	c := scales.Column{Name: def.Name, Least: math.Inf(-1), Percents: def.Reads.Type == value.Percent,
		Paper: def.Reads.Type == value.Paper}
	switch def.sample().(type) {
	case float64:
		c.Number = true
		switch def.Reads.Type {
		case value.Year, value.Names:
			c.Least, c.Whole = 0, true
		case value.Count, value.Money, value.Percent, value.File:
			c.Least = 0
		}
	case bool:
		c.Options = []string{"true", "false"}
	default:
		c.Options = def.optionIDs()
	}
	return c
}

// panel reads how people score a criterion with the given maximum.
func (l *loader) panel(n *strict.Node, max float64) *panel {
	m := panelGrammar.Read(n)
	p := &panel{scorers: 1, talk: math.Inf(1), combine: m.Word("combine"),
		standardise: m.Word("normalise"), round: m.Number("round"), marksAtLeast: m.Number("marks_at_least"),
		scale: scales.Scale{To: max}}
	if v, ok := m.NumberOK("scorers"); ok {
		p.scorers = int(v)
	}
	usable := true
	if s := m.Get("scale"); s != nil {
		p.scale, usable = scales.ReadScale(s)
	}
	if p.combine == scales.TrimmedMean && p.scorers < 3 {
		m.Get("combine").Fail("a trimmed mean leaves out the highest and the lowest score, and needs three scorers",
			"write scorers: 3 or more, or combine: median")
	}
	if p.combine == scales.Sum && m.Get("scale") == nil {
		p.scale.To = max / float64(p.scorers)
	}
	if v, ok := m.NumberOK("talk_when_spread_over"); ok {
		p.talk = v
	}
	if rubric := m.Get("rubric"); rubric != nil && usable { // levels are marks of the scale
		p.rubric = l.rubric(rubric, max, &p.scale)
	}
	return p
}

// levelName is the name of a rubric's level if marks have no names: its points.
var levelName = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)

// rubric reads the levels of a rubric, and sorts them from the highest to the lowest. A level whose name is not a
// mark of the scale, or that says nothing, is left out.
func (l *loader) rubric(n *strict.Node, max float64, scale *scales.Scale) []Level {
	var out []Level
	unknown := max == 0 && scale.To == max // max has a mistake of its own, and would be the highest mark
	m := n.Map("rubric")
	for _, k := range m.Keys {
		mark, err := strconv.ParseFloat(k, 64)
		if scale.Named != nil {
			var ok bool
			if mark, ok = scale.Parse(k); !ok || scale.Name(mark) == "" {
				m.Key(k).Fail(fmt.Sprintf("the scale has no mark %q", k),
					"call levels by the marks of the scale")
				continue
			}
			err = nil
		}
		switch {
		case scale.Named == nil && (err != nil || !levelName.MatchString(strings.TrimPrefix(k, "-"))):
			m.Key(k).Fail(fmt.Sprintf("a level of the rubric is called by its points, and %q is not a number", k),
				"write  10: { en: What a dossier of ten points shows }")
			continue
		case !unknown && (mark < scale.From || mark > scale.To):
			m.Key(k).Fail(fmt.Sprintf("a level of %v points is outside %v to %v, %s", mark, scale.From,
				scale.To, scale.Bound(max)),
				"lower it, or raise max")
		}
		v := m.Get(k)
		if v == nil {
			m.Key(k).Fail(fmt.Sprintf("the level %s says nothing", k), "write what a dossier of that level shows")
			continue
		}
		out = append(out, Level{Points: mark, Name: scale.Name(mark), Text: l.text(v, "a level")})
	}
	slices.SortFunc(out, func(a, b Level) int { return cmp.Compare(b.Points, a.Points) })
	if len(out) < 2 {
		n.Fail("a rubric needs two levels or more", "say what the highest and the lowest score mean")
	} else if out[0].Points != scale.To && !unknown {
		n.Fail(fmt.Sprintf("no level of the rubric gives %s of %v", scale.Bound(max), scale.To),
			fmt.Sprintf("add  %v: { en: … }", scale.To))
	}
	return out
}

// readVary reads how far the certainty analysis may move things: shares such as 10%. What
// is not written is as in def.
func readVary(n *strict.Node, def vary, g *grammar.Group) vary {
	if n == nil {
		return def
	}
	m := g.Read(n)
	for _, k := range m.Keys {
		f, ok := m.NumberOK(k)
		if !ok {
			continue
		}
		switch k {
		case "weight", "weights":
			def.weights = f
		case "steps":
			def.steps = f
		case "thresholds":
			def.thresholds = f
		}
	}
	return def
}

// What `with` may ask for, as rulesets write it, beside word lists.
const (
	withNumber     = "number"
	withMoney      = "money"
	withPercent    = "percent"
	withOtherPlace = "other_place"
	withOtherUnit  = "other_unit"
)

// withKinds are all that `with` may ask for, in the order in which messages list them.
var withKinds = []string{withNumber, withMoney, withPercent, withOtherPlace, withOtherUnit}

// clue reads what to look for in the text, for a criterion with the given maximum. The section that a clue
// names is recorded in l.rs.sections, so that pages are divided by the headings that some clue asks for.
func (l *loader) clue(n *strict.Node, max float64) Clue {
	m := clueGrammar.Read(n)
	line, col := n.Pos()
	c := Clue{with: map[string][]phrase.Phrase{}, Place: fmt.Sprintf("%s:%d:%d", n.File(), line, col)}
	if in := m.Get("in"); in != nil {
		c.In = strings.TrimPrefix(in.String("in"), "words.")
		list, ok := l.rs.words[c.In]
		if !ok {
			in.Fail(fmt.Sprintf("in names the section %q, but there is no such word list", c.In), l.nearestWords(c.In))
		}
		l.rs.sections[c.In] = list
	}
	for _, f := range m.List("from") {
		c.From = append(c.From, f.OneOf("from", slices.Sorted(maps.Keys(l.rs.roles))...))
	}
	l.lookFor(m, &c)
	l.with(m, &c)
	c.except = asObjects(l.phrases(m.Get("except"), "except"))
	c.objects = asObjects(l.phrases(m.Get("of"), "of"))
	c.Direction = m.Word("direction")
	l.near(m, &c)
	l.noteAmbiguous(m.Get("any"), &c)
	c.Points = m.Number("points")
	if c.Points > max && max > 0 {
		message := fmt.Sprintf("one find gives %v points, more than the criterion's max of %v", c.Points, max)
		m.Get("points").Fail(message, "lower it, or raise max")
	}
	c.AtMost = int(m.Number("at_most"))
	places := c.asksForPlaces()
	if c.By = m.Word("by"); c.By == "" {
		c.By = byOwn
		if places {
			c.By = byAnyone
		}
	}
	switch c.Distinct = m.Word("distinct"); {
	case c.Distinct == byPlace && !places:
		m.Get("distinct").Fail("distinct: place needs with: other_place or other_unit", "add  with: other_place")
	case c.Distinct == "" && m.Get("distinct") == nil:
		c.Distinct = bySentence
		if places {
			c.Distinct = byPlace
		}
	}
	return c
}

// with reads what the sentence of a find must have as well.
func (l *loader) with(m *grammar.Map, c *Clue) {
	for _, w := range m.List("with") {
		s := w.String("with")
		if !slices.Contains(withKinds, s) {
			list, ok := l.rs.words[strings.TrimPrefix(s, "words.")]
			if !ok {
				known := append(slices.Clone(withKinds), slices.Sorted(maps.Keys(l.rs.words))...)
				w.Fail(fmt.Sprintf("with cannot be %q", s), nearest(s, known, "it may be"))
			}
			c.with[s] = asObjects(list)
		}
		c.With = append(c.With, s)
	}
}

// lookFor reads any or query, of which exactly one must be there.
func (l *loader) lookFor(m *grammar.Map, c *Clue) {
	any, q := m.Get("any"), m.Get("query")
	switch {
	case any != nil && q != nil:
		q.Fail("any and query both say what to look for", "keep one of them")
	case any == nil && q == nil:
		m.Fail("nothing says what to look for",
			`add  any: words.results  (a word list)  or  query: '"put up" NEAR/5 lamps'`)
	case q != nil:
		c.query = readQuery(q)
	default:
		l.anyOf(any, c)
		for i := range c.any {
			c.any[i] = c.any[i].AsNoun()
		}
		refuseTraitWords(any, c.any)
	}
}

// asObjects returns the phrases of a list with the other forms of nouns.
func asObjects(list []phrase.Phrase) []phrase.Phrase {
	out := make([]phrase.Phrase, len(list))
	for i, ph := range list {
		out[i] = ph.AsObject()
	}
	return out
}

// anyOf reads the words of any; the word number there means any number.
func (l *loader) anyOf(n *strict.Node, c *Clue) {
	if n.IsMap() {
		c.any = l.phrases(n, "any")
		return
	}
	for _, v := range n.List("any") {
		if s, _ := v.Plain(); s == "number" {
			c.numbers = true
			continue
		}
		c.any = append(c.any, l.phrases(v, "any")...)
	}
}

// maxNoted is how many words a note names.
const maxNoted = 5

// noteAmbiguous notes verbs that a clue looks for and that mean many things, if nothing beside them says which meaning
// counts. any is their place in the rules, nil if the clue has a query. This is no mistake: what was done may be clear
// from the section alone.
func (l *loader) noteAmbiguous(any *strict.Node, c *Clue) {
	if any == nil || len(c.objects) > 0 || len(c.near) > 0 || len(c.With) > 0 {
		return
	}
	var verbs []string
	for _, ph := range c.any {
		if verb := `"` + ph.Text + `"`; language.IsAmbiguous(ph.Lang, strings.Join(ph.Words, " ")) &&
			!slices.Contains(verbs, verb) {
			verbs = append(verbs, verb)
		}
	}
	if len(verbs) == 0 {
		return
	}
	named, what := strings.Join(verbs[:min(len(verbs), maxNoted)], ", "), "alone means many things"
	switch more := len(verbs) - maxNoted; {
	case more > 0:
		named, what = fmt.Sprintf("%s and %d more", named, more), "alone mean many things"
	case len(verbs) > 1:
		what = "alone mean many things"
	}
	line, col := any.Pos()
	l.rs.Notes = append(l.rs.Notes, strict.Problem{File: any.File(), Line: line, Col: col,
		Message: fmt.Sprintf("%s %s, of which some are no result", named, what),
		Cure: "say what it was done to, as in  of: [hall, playground]  or what must be beside it, as in  with: number  " +
			"or  near: [words.places]; or write more words, as in  any: [put into use];  kheo rules sample  shows " +
			"what it finds"})
}

// readQuery reads a query of evidence; nil if it is not valid.
func readQuery(n *strict.Node) query.Node {
	s := n.String("query")
	node, err := query.Parse(s, nil)
	var qe *query.Error
	switch {
	case errors.As(err, &qe):
		n.FailAt(condition.ByteOffset(s, qe.Column-1), "the query cannot be understood: "+qe.Message, qe.Cure)
		return nil
	case node == nil:
		n.Fail("the query asks for nothing", `write words, as in  '"put up" NEAR/5 lamps'`)
		return nil
	}
	refuseTraitWords(n, terms(node))
	return node
}

// near reads near and within. A name without words. is a fact, then a word list, and otherwise a phrase, in
// this order.
func (l *loader) near(m *grammar.Map, c *Clue) {
	c.reach = reach{scope: query.Sentence}
	if within := m.Get("within"); within != nil {
		s := strings.TrimSpace(within.String("within"))
		var ok bool
		if c.reach, ok = readReach(s); !ok {
			within.Fail(fmt.Sprintf("within cannot be %q", s),
				"it may be: 8 words (any number up to 200), sentence, section, page")
		}
		if m.Get("near") == nil {
			within.Fail("within says how near, but nothing says near to what",
				"add  near: [ words.places ]  or take within out")
		}
	}
	for _, v := range m.List("near") {
		s := v.String("near")
		nr := nearTo{name: s}
		switch {
		case s == "number":
			nr.numbers = true
		case strings.HasPrefix(s, "words."):
			nr.phrases = l.phrases(v, "near")
		case l.rs.factDef(s) != nil:
			nr.phrases = l.rs.factDef(s).allLabels()
		case l.rs.words[s] != nil:
			nr.phrases = l.rs.words[s]
		default:
			nr.phrases = l.phrases(v, "near")
		}
		nr.phrases = asObjects(nr.phrases)
		c.near = append(c.near, nr)
	}
}

// maxReach is how many words away near may look.
const maxReach = 200

// readReach reads how near near is: sentence, section, page, or a number of words.
func readReach(s string) (reach, bool) {
	switch s {
	case "sentence":
		return reach{scope: query.Sentence}, true
	case "page":
		return reach{scope: query.Page}, true
	case "section":
		return reach{scope: query.Page, section: true}, true
	}
	words, ok := strings.CutSuffix(s, " words")
	if !ok {
		words, ok = strings.CutSuffix(s, " word")
	}
	k, err := strconv.Atoi(words)
	if !ok || err != nil || k < 0 || k > maxReach {
		return reach{scope: query.Sentence}, false
	}
	return reach{scope: query.Words, words: k}, true
}

// terms are the words that a query asks for. What a NOT excludes is not among them.
func terms(n query.Node) []phrase.Phrase {
	switch x := n.(type) {
	case query.Term:
		return []phrase.Phrase{phrase.New(strings.Join(x.Words, " "))}
	case query.And:
		var out []phrase.Phrase
		for _, p := range x {
			out = append(out, terms(p)...)
		}
		return out
	case query.Or:
		return terms(query.And(x))
	case query.Near:
		return append(terms(x.A), terms(x.B)...)
	}
	return nil
}

// refuseTraitWords refuses evidence that looks for a trait of a person. One mistake is reported for a list, not
// one for each word.
func refuseTraitWords(n *strict.Node, list []phrase.Phrase) {
	for _, ph := range list {
		kind := language.Trait(ph.Text)
		if kind == "" {
			kind = language.TraitClaim(strings.Join(ph.Words, " "))
		}
		if kind != "" {
			n.Fail(fmt.Sprintf("the evidence looks for a trait of a person: %s (%q)", kind, ph.Text),
				noTraits+". Work for such groups is fine: write what was done for them")
			return
		}
	}
}
