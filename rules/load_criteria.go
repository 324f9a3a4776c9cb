package rules

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/strict"
	"kheo/internal/text/language"
	"kheo/internal/text/query"
)

// never are the ways in which text may not count, in the order in which they are told.
var never = []string{struckNegated, struckPlanned, struckWished, struckQuoted, "hidden", "repeated"}

func (l *loader) criteria(root *strict.Map, n *strict.Node) {
	if n == nil {
		return
	}
	sum, seen := 0.0, map[string]bool{}
	for _, c := range n.List("criteria") {
		m := c.Map("a criterion", "id", "title", "max", "measured", "steps", "evidenced", "panel", "never", "vary")
		cr := criterion{id: l.id(m.Need("id", "the criterion", "reach"), "a criterion's id"), title: l.text(m.Need("title", "the criterion", "{ en: How many take part }"), "title")}
		if l.without[cr.id] {
			continue
		}
		if seen[cr.id] {
			m.Get("id").Fail(fmt.Sprintf("two criteria have the id %q", cr.id), "give each its own")
		}
		seen[cr.id] = true
		if cr.id == "copies" || isIn(bandNames, strings.ReplaceAll(cr.id, "-", "_")) {
			m.Get("id").Fail(fmt.Sprintf("%q means something else in lists and bands", cr.id), "choose another id")
		}
		cr.max = m.Need("max", "the criterion", "25").Number("max")
		if v := m.Get("max"); v != nil && cr.max <= 0 {
			v.Fail(fmt.Sprintf("the criterion %s can earn no points", cr.id), "write a max above 0, or take the criterion out")
		}
		sum += cr.max
		var kinds []string
		for _, k := range []string{"measured", "evidenced", "panel"} {
			if m.Get(k) != nil {
				kinds = append(kinds, k)
			}
		}
		cr.never = l.never(m.Get("never"))
		switch {
		case len(kinds) > 1:
			c.Fail(fmt.Sprintf("the criterion %s is both %s", cr.id, strings.Join(kinds, " and ")), "make a criterion of each")
		case len(kinds) == 0:
			c.Fail(fmt.Sprintf("the criterion %s does not say what earns its points", cr.id), "add  measured: (a fact, with steps),  evidenced: (what to look for in the text)  or  panel: (what people score)")
		case kinds[0] == "measured":
			l.measured(m, &cr)
		case kinds[0] == "panel":
			cr.panel = l.panel(m.Get("panel"), cr.max)
		default:
			for _, e := range m.Get("evidenced").List("evidenced") {
				cr.clues = append(cr.clues, l.clue(e, cr.max))
			}
		}
		if s := m.Get("steps"); s != nil && m.Get("measured") == nil {
			s.Fail("steps belong to a measured criterion", "add  measured: (the fact)  or take steps out")
		}
		cr.vary = l.vary(m.Get("vary"), l.rs.vary, "the criterion's vary", "weight", "steps")
		l.rs.criteria = append(l.rs.criteria, cr)
	}
	if at := root.Get("max_points"); at != nil && math.Abs(sum-l.rs.MaxPoints) > 1e-9 && len(l.rs.criteria) > 0 {
		at.Fail(fmt.Sprintf("max_points is %v, but the criteria's max add up to %v", l.rs.MaxPoints, sum), "make them equal")
	}
}

// never reads which ways of saying a thing do not count: all of them, unless the list
// leaves one out on purpose.
func (l *loader) never(n *strict.Node) map[string]bool {
	out := map[string]bool{}
	if n == nil {
		for _, s := range never {
			out[s] = true
		}
		out[struckAsked] = true
		return out
	}
	for _, v := range n.List("never") {
		out[v.OneOf("never", never...)] = true
	}
	out[struckAsked] = out[struckWished] // a question wishes no more than it claims
	if !out["hidden"] {
		n.Fail("never leaves out hidden, but text that nobody can see never counts", "write hidden into the list")
	}
	return out
}

func (l *loader) measured(m *strict.Map, cr *criterion) {
	node := m.Get("measured")
	var names []string
	for _, f := range l.rs.facts {
		if f.Type == Count || f.Type == Money || f.Type == Percent {
			names = append(names, f.Name)
		}
	}
	cr.measured = node.String("measured")
	if !isIn(names, cr.measured) {
		node.Fail(fmt.Sprintf("measured names %q, which is no fact with a number", cr.measured), l.nearest(cr.measured, names, "facts with numbers are"))
	}
	for _, s := range m.Need("steps", "the measured criterion", "[ { from: 20, points: 5 } ]").List("steps") {
		sm := s.Map("a step", "from", "points")
		st := step{sm.Need("from", "the step", "20").Number("from"), sm.Need("points", "the step", "5").Number("points")}
		if n := len(cr.steps); n > 0 && (st.from <= cr.steps[n-1].from || st.points < cr.steps[n-1].points) {
			s.Fail("steps must go up, in from and in points", "order them from the smallest to the largest")
		}
		if st.points > cr.max {
			sm.Get("points").Fail(fmt.Sprintf("a step gives %v points, more than the criterion's max of %v", st.points, cr.max), "lower it, or raise max")
		}
		cr.steps = append(cr.steps, st)
	}
}

// combines are the ways in which a panel's scores become one.
var combines = []string{"median", "mean", "trimmed-mean"}

func (l *loader) panel(n *strict.Node, most float64) *panel {
	m := n.Map("panel", "scorers", "combine", "talk_when_spread_over", "rubric")
	p := &panel{scorers: 1, combine: "median", talk: math.Inf(1)}
	if s := m.Need("scorers", "the panel", "3"); s != nil {
		if v := s.Number("scorers"); v < 1 || v != math.Trunc(v) || v > 100 {
			s.Fail("scorers must be a whole number from 1 to 100", "write how many people must have scored, such as 3")
		} else {
			p.scorers = int(v)
		}
	}
	if c := m.Get("combine"); c != nil {
		p.combine = c.OneOf("combine", combines...)
		if p.combine == "trimmed-mean" && p.scorers < 3 {
			c.Fail("a trimmed mean leaves out the highest and the lowest score, and needs three scorers", "write scorers: 3 or more, or combine: median")
		}
	}
	if t := m.Get("talk_when_spread_over"); t != nil {
		if p.talk = t.Number("talk_when_spread_over"); p.talk < 0 {
			t.Fail("talk_when_spread_over cannot be below 0", "write how many points scores may lie apart")
		}
	}
	rubric := m.Need("rubric", "the panel", "{ 10: { en: What a dossier of ten points shows }, 0: { en: … } }")
	if rubric == nil {
		return p
	}
	r := rubric.Map("rubric")
	for _, k := range r.Keys {
		points, err := strconv.ParseFloat(k, 64)
		switch {
		case err != nil:
			r.Key(k).Fail(fmt.Sprintf("a level of the rubric is called by its points, and %q is no number", k), "write  10: { en: What a dossier of ten points shows }")
			continue
		case points < 0 || points > most:
			r.Key(k).Fail(fmt.Sprintf("a level of %v points is outside 0 to %v, the criterion's max", points, most), "lower it, or raise max")
		}
		v := r.Get(k)
		if v == nil {
			r.Key(k).Fail(fmt.Sprintf("the level %s says nothing", k), "write what a dossier of that level shows")
			continue
		}
		p.rubric = append(p.rubric, Level{points, l.text(v, "a level")})
	}
	slices.SortFunc(p.rubric, func(a, b Level) int {
		if a.Points > b.Points {
			return -1
		}
		return 1
	})
	if n := len(p.rubric); n < 2 {
		rubric.Fail("a rubric needs two levels or more", "say what the highest and the lowest score mean")
	} else if p.rubric[0].Points != most {
		rubric.Fail(fmt.Sprintf("no level of the rubric gives the criterion's max of %v", most), fmt.Sprintf("add  %v: { en: … }", most))
	}
	return p
}

// vary reads by how much the certainty analysis may move things: shares such as 10%.
func (l *loader) vary(n *strict.Node, def vary, what string, keys ...string) vary {
	if n == nil {
		return def
	}
	m := n.Map(what, keys...)
	for _, k := range m.Keys {
		v := m.Get(k)
		if v == nil {
			continue
		}
		f := v.Number(k)
		if f < 0 || f > 0.9 {
			v.Fail(fmt.Sprintf("%s cannot vary by %v", k, f), "write a share from 0% to 90%, such as 10%")
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

var clueKeys = []string{"in", "from", "any", "query", "near", "within", "with", "except", "points", "at_most", "distinct"}

func (l *loader) clue(n *strict.Node, most float64) Clue {
	m := n.Map("what to look for", clueKeys...)
	c := Clue{AtMost: 1, with: map[string][]phrase{}}
	if in := m.Get("in"); in != nil {
		c.In = strings.TrimPrefix(in.String("in"), "words.")
		list, ok := l.rs.words[c.In]
		if !ok {
			in.Fail(fmt.Sprintf("in names the section %q, but there is no such word list", c.In), l.nearest(c.In, sortedKeys(l.rs.words), "word lists are"))
		}
		l.rs.sections[c.In] = list
	}
	for _, f := range m.Get("from").List("from") {
		c.From = append(c.From, f.OneOf("from", sortedKeys(l.rs.roles)...))
	}
	l.lookFor(n, m, &c)
	for _, w := range m.Get("with").List("with") {
		s := w.String("with")
		switch s {
		case "number", "money", "percent", "other_place", "other_unit":
		default:
			name := strings.TrimPrefix(s, "words.")
			list, ok := l.rs.words[name]
			if !ok {
				w.Fail(fmt.Sprintf("with cannot be %q", s), l.nearest(s, append([]string{"number", "money", "percent", "other_place", "other_unit"}, sortedKeys(l.rs.words)...), "it may be"))
			}
			c.with[s] = list
		}
		c.With = append(c.With, s)
	}
	c.except = l.phrases(m.Get("except"), "except")
	l.near(m, &c)
	c.Points = m.Need("points", "the evidence", "10").Number("points")
	if p := m.Get("points"); p != nil && c.Points <= 0 {
		p.Fail("one find must give points", "write a number above 0; what costs points is a gate, or copies")
	}
	if c.Points > most {
		m.Get("points").Fail(fmt.Sprintf("one find gives %v points, more than the criterion's max of %v", c.Points, most), "lower it, or raise max")
	}
	if a := m.Get("at_most"); a != nil {
		if c.AtMost = int(a.Number("at_most")); c.AtMost < 1 || c.AtMost > 1000 {
			a.Fail("at_most must be 1 or more", "leave it out for 1")
		}
	}
	places := isIn(c.With, "other_place") || isIn(c.With, "other_unit")
	c.Distinct = "sentence"
	if places {
		c.Distinct = "place"
	}
	if d := m.Get("distinct"); d != nil {
		c.Distinct = d.OneOf("distinct", "sentence", "word", "place")
		if c.Distinct == "place" && !places {
			d.Fail("distinct: place needs with: other_place or other_unit", "add  with: other_place")
		}
	}
	return c
}

// lookFor reads any: or query:, of which one must stand.
func (l *loader) lookFor(n *strict.Node, m *strict.Map, c *Clue) {
	any, q := m.Get("any"), m.Get("query")
	switch {
	case any != nil && q != nil:
		q.Fail("any and query both say what to look for", "keep one of them")
	case any == nil && q == nil:
		n.Fail("nothing says what to look for", `add  any: words.results  (a word list)  or  query: '"put up" NEAR/5 lamps'`)
	case q != nil:
		s := q.String("query")
		node, err := query.Parse(s, nil)
		var qe *query.Error
		switch {
		case errors.As(err, &qe):
			q.FailAt(byteOffset(s, qe.Column-1), "the query cannot be understood: "+qe.Message, qe.Cure)
		case node == nil:
			q.Fail("the query asks for nothing", `write words, as in  '"put up" NEAR/5 lamps'`)
		default:
			c.query = node
			refuseTraitWords(q, terms(node))
		}
	default:
		list := any.List("any")
		if any.IsMap() {
			c.any = l.phrases(any, "any")
		} else {
			var rest []phrase
			for _, v := range list {
				if s, _ := v.Plain(); s == "number" {
					c.numbers = true
					continue
				}
				rest = append(rest, l.phrases(v, "any")...)
			}
			c.any = rest
		}
		refuseTraitWords(any, c.any)
	}
}

// near reads near: and within:.
func (l *loader) near(m *strict.Map, c *Clue) {
	within := m.Get("within")
	c.reach = reach{scope: query.Sentence}
	if within != nil {
		s := strings.TrimSpace(within.String("within"))
		words, isWords := strings.CutSuffix(s, " words")
		if w, ok := strings.CutSuffix(s, " word"); ok {
			words, isWords = w, true
		}
		k, err := strconv.Atoi(words)
		switch {
		case isWords && err == nil && k >= 0 && k <= 200:
			c.reach = reach{scope: query.Words, words: k}
		case s == "sentence":
		case s == "page":
			c.reach = reach{scope: query.Page}
		case s == "section":
			c.reach = reach{scope: query.Page, section: true}
		default:
			within.Fail(fmt.Sprintf("within cannot be %q", s), "it may be: 8 words (any number up to 200), sentence, section, page")
		}
		if m.Get("near") == nil {
			within.Fail("within says how near, but nothing says near to what", "add  near: [ words.places ]  or take within out")
		}
	}
	for _, v := range m.Get("near").List("near") {
		s := v.String("near")
		nr := nearTo{name: s}
		switch {
		case s == "number":
			nr.numbers = true
		case strings.HasPrefix(s, "words."):
			nr.phrases = l.phrases(v, "near")
		case l.rs.factDef(s) != nil:
			nr.phrases = l.rs.factDef(s).labels
		case l.rs.words[s] != nil:
			nr.phrases = l.rs.words[s]
		default:
			nr.phrases = l.phrases(v, "near")
		}
		c.near = append(c.near, nr)
	}
}

// terms are the words that a query asks for.
func terms(n query.Node) []phrase {
	switch x := n.(type) {
	case query.Term:
		return []phrase{newPhrase(strings.Join(x.Words, " "))}
	case query.And:
		var out []phrase
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

// refuseTraitWords refuses evidence that looks for a trait of a person.
func refuseTraitWords(n *strict.Node, list []phrase) {
	for _, ph := range list {
		kind := language.Trait(ph.text)
		if kind == "" {
			kind = language.TraitClaim(strings.Join(ph.words, " "))
		}
		if kind != "" {
			n.Fail(fmt.Sprintf("the evidence looks for a trait of a person: %s (%q)", kind, ph.text),
				"take it out: kheo assesses what was done, and no rule may read ethnicity, religion, sex, age, health or opinion. Work for such groups is fine: write what was done for them")
			return
		}
	}
}

// level returns what a rubric says of a number of points: the highest level that it
// reaches.
func (p *panel) level(points float64) dossier.Text {
	for _, l := range p.rubric {
		if points >= l.Points {
			return l.Text
		}
	}
	return nil
}
