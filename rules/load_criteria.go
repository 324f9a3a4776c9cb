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

	"kheo/internal/grammar"
	"kheo/internal/strict"
	"kheo/internal/text/language"
	"kheo/internal/text/query"
	"kheo/rules/claim"
	"kheo/rules/condition"
	"kheo/rules/phrase"
)

// never are the ways of saying something that do not count as evidence, in the order in which messages list them.
var never = []string{claim.Negated, claim.Planned, claim.Wished, claim.Quoted, "hidden", "repeated"}

// sources are the keys of which a criterion has one: where its points come from.
var sources = []string{"measured", "evidenced", "panel"}

// criteria reads the criteria, apart from those that `without` leaves out. Their maxima must add up to
// max_points. A criterion with a mistake is kept, so that later checks do not report that it is missing. The
// sum is compared with a tolerance, because maxima may have decimals.
func (l *loader) criteria(root *grammar.Map) {
	sum, seen := 0.0, map[string]bool{}
	for _, n := range root.List("criteria") {
		m := criterionGrammar.Read(n)
		cr := criterion{id: l.id(m.Get("id"), "a criterion's id"), title: l.text(m.Get("title"), "title")}
		if l.without[cr.id] {
			continue
		}
		l.checkCriterionID(m, cr.id, seen)
		m.Name = cr.id
		cr.max = m.Number("max")
		sum += cr.max
		cr.never = l.never(m.Get("never"))
		l.pointsFrom(m, &cr)
		if s := m.Get("steps"); s != nil && m.Get("measured") == nil {
			s.Fail("steps belong to a measured criterion", "add  measured: (the fact)  or take steps out")
		}
		cr.vary = readVary(m.Get("vary"), l.rs.vary, criterionVaryGrammar)
		l.rs.criteria = append(l.rs.criteria, cr)
	}
	if at := root.Get("max_points"); at != nil && math.Abs(sum-l.rs.MaxPoints) > 1e-9 && len(l.rs.criteria) > 0 {
		at.Fail(fmt.Sprintf("max_points is %v, but the criteria's max add up to %v", l.rs.MaxPoints, sum),
			"make them equal")
	}
}

// checkCriterionID reports an id that another criterion has, or that means something
// else.
func (l *loader) checkCriterionID(m *grammar.Map, id string, seen map[string]bool) {
	if seen[id] {
		m.Get("id").Fail(fmt.Sprintf("two criteria have the id %q", id), "give each its own")
	}
	seen[id] = true
	if id == copiesID || slices.Contains(bandNames, conditionName(id)) {
		m.Get("id").Fail(fmt.Sprintf("%q means something else in lists and bands", id), "choose another id")
	}
}

// pointsFrom reads the source of a criterion's points, which must be one of sources.
func (l *loader) pointsFrom(m *grammar.Map, cr *criterion) {
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
	case len(kinds) == 0:
		m.Fail(fmt.Sprintf("the criterion %s does not say what earns its points", cr.id),
			"add  measured: (a fact, with steps),  evidenced: (what to look for in the text)  "+
				"or  panel: (what people score)")
	case kinds[0] == "measured":
		l.measured(m, cr)
	case kinds[0] == "panel":
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

// measured reads a measured criterion: the fact, and points by its value. Steps must rise in both values, so
// that more of a fact never earns less; stepAt relies on their order.
func (l *loader) measured(m *grammar.Map, cr *criterion) {
	node := m.Get("measured")
	var names []string
	for _, f := range l.rs.facts {
		if _, number := f.sample().(float64); number {
			names = append(names, f.Name)
		}
	}
	name := node.String("measured")
	if cr.fact = l.rs.factDef(name); !slices.Contains(names, name) {
		node.Fail(fmt.Sprintf("measured names %q, which is not a fact with a number", name),
			nearest(name, names, "facts with numbers are"))
	}
	steps := m.Need("steps", "the measured criterion", criterionGrammar.Key("steps").Example)
	for _, s := range steps.List("steps") {
		sm := stepGrammar.Read(s)
		st := step{sm.Number("from"), sm.Number("points")}
		if n := len(cr.steps); n > 0 && (st.from <= cr.steps[n-1].from || st.points < cr.steps[n-1].points) {
			s.Fail("steps must go up, in from and in points", "order them from the smallest to the largest")
		}
		if st.points > cr.max {
			message := fmt.Sprintf("a step gives %v points, more than the criterion's max of %v", st.points, cr.max)
			sm.Get("points").Fail(message, "lower it, or raise max")
		}
		cr.steps = append(cr.steps, st)
	}
}

// panel reads how people score a criterion with the given maximum.
func (l *loader) panel(n *strict.Node, max float64) *panel {
	m := panelGrammar.Read(n)
	p := &panel{scorers: 1, talk: math.Inf(1), combine: m.Word("combine")}
	if v, ok := m.NumberOK("scorers"); ok {
		p.scorers = int(v)
	}
	if p.combine == byTrimmedMean && p.scorers < 3 {
		m.Get("combine").Fail("a trimmed mean leaves out the highest and the lowest score, and needs three scorers",
			"write scorers: 3 or more, or combine: median")
	}
	if v, ok := m.NumberOK("talk_when_spread_over"); ok {
		p.talk = v
	}
	if rubric := m.Get("rubric"); rubric != nil {
		p.rubric = l.rubric(rubric, max)
	}
	return p
}

// levelName is the name of a rubric's level: its points.
var levelName = regexp.MustCompile(levelForm)

// rubric reads the levels of a rubric, and sorts them from the highest to the lowest. A level whose name is not a
// number, or that says nothing, is left out.
func (l *loader) rubric(n *strict.Node, max float64) []Level {
	var out []Level
	m := n.Map("rubric")
	for _, k := range m.Keys {
		points, err := strconv.ParseFloat(k, 64)
		switch {
		case err != nil || !levelName.MatchString(strings.TrimPrefix(k, "-")):
			m.Key(k).Fail(fmt.Sprintf("a level of the rubric is called by its points, and %q is not a number", k),
				"write  10: { en: What a dossier of ten points shows }")
			continue
		case points < 0 || points > max:
			m.Key(k).Fail(fmt.Sprintf("a level of %v points is outside 0 to %v, the criterion's max", points, max),
				"lower it, or raise max")
		}
		v := m.Get(k)
		if v == nil {
			m.Key(k).Fail(fmt.Sprintf("the level %s says nothing", k), "write what a dossier of that level shows")
			continue
		}
		out = append(out, Level{points, l.text(v, "a level")})
	}
	slices.SortFunc(out, func(a, b Level) int { return cmp.Compare(b.Points, a.Points) })
	if len(out) < 2 {
		n.Fail("a rubric needs two levels or more", "say what the highest and the lowest score mean")
	} else if out[0].Points != max {
		n.Fail(fmt.Sprintf("no level of the rubric gives the criterion's max of %v", max),
			fmt.Sprintf("add  %v: { en: … }", max))
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
	c := Clue{with: map[string][]phrase.Phrase{}}
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
	c.except = l.phrases(m.Get("except"), "except")
	c.objects = l.phrases(m.Get("of"), "of")
	c.Direction = m.Word("direction")
	l.near(m, &c)
	c.Points = m.Number("points")
	if c.Points > max {
		message := fmt.Sprintf("one find gives %v points, more than the criterion's max of %v", c.Points, max)
		m.Get("points").Fail(message, "lower it, or raise max")
	}
	c.AtMost = int(m.Number("at_most"))
	places := slices.Contains(c.With, withOtherPlace) || slices.Contains(c.With, withOtherUnit)
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
			c.with[s] = list
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
		refuseTraitWords(any, c.any)
	}
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
