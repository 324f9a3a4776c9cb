package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"kheo/pipeline/dossier"
	"kheo/rules/language"
	"kheo/rules/strict"
)

// Unit is who submits, as rules see it.
type Unit struct {
	ID         string
	Name       string
	Kind       string
	Attributes map[string]any // string, float64 or bool
}

// Named is a level, field or kind: an id and how people call it.
type Named struct {
	ID    string
	Title dossier.Text
}

// Env is what rulesets know of the campaign that they belong to.
type Env struct {
	Campaign     string
	Languages    []string // first: the language of lists
	Opens        string   // ISO date, "" where not set
	Closes       string   // ISO date
	Units        []Unit
	Levels       []Named
	Fields       []Named
	Kinds        []Named
	Labels       map[string][]Label  // identity: title, unit, level, field, kind, registered_on, nominee -> how forms call it
	KindHeadings map[string][]string // kind -> headings that tell it

	identifier atomic.Pointer[identifier]
}

// Hash is the hash of everything in the environment that an assessment may
// depend on.
func (e *Env) Hash() string { return dossier.HashOf(e) }

// UnitByID returns the unit with the id, or nil.
func (e *Env) UnitByID(id string) *Unit {
	for i := range e.Units {
		if e.Units[i].ID == id {
			return &e.Units[i]
		}
	}
	return nil
}

// Quota limits, or asks for, entries of one unit, field, level or kind.
type Quota struct {
	Per   string // unit, field, level, kind
	Most  int    // 0: no limit
	Least int
}

// Band gives an outcome to the dossiers that meet its condition; the first
// band that is met counts.
type Band struct {
	Outcome dossier.Outcome
	cond    *condition
}

type gate struct {
	id        string
	require   *condition
	otherwise dossier.Text
	outcome   dossier.Outcome // of a dossier that fails it
	missing   dossier.Outcome // of a dossier that does not say
}

type step struct{ from, points float64 }

type criterion struct {
	id       string
	title    dossier.Text
	max      float64
	measured string
	steps    []step
	clues    []Clue
}

type copies struct{ above, costs, flagAbove float64 }

// Ruleset is one loaded ruleset. It is immutable and safe for use by several
// goroutines at once.
type Ruleset struct {
	ID        string
	Version   string
	Title     dossier.Text
	Kind      string // applies to
	Level     string // "" any
	MaxPoints float64
	SHA256    string // of the file's bytes
	File      string
	Quotas    []Quota
	Order     []string
	Examples  []Example

	env        *Env
	facts      []FactDef
	roles      map[string][]phrase
	sections   map[string][]phrase
	words      map[string][]phrase
	gates      []gate
	criteria   []criterion
	copies     copies
	bands      []Band
	borderline float64
	orderDown  []bool

	matcher       *matcher
	papers, parts []head
}

// compile readies everything that is looked for in the text for one pass over it.
func (rs *Ruleset) compile() {
	m := newMatcher()
	for _, name := range sortedKeys(rs.roles) {
		rs.papers = append(rs.papers, head{name, m.add(rs.roles[name])})
	}
	for _, name := range sortedKeys(rs.sections) {
		rs.parts = append(rs.parts, head{name, m.add(rs.sections[name])})
	}
	for i := range rs.facts {
		f := &rs.facts[i]
		f.list = m.add(f.labels)
		for k := range f.say {
			t := &f.say[k]
			words := t.before
			if len(words) == 0 {
				words = t.after
			}
			t.list = m.add([]phrase{{words: words}})
		}
	}
	for i := range rs.criteria {
		for k := range rs.criteria[i].clues {
			c := &rs.criteria[i].clues[k]
			c.list, c.lists = m.add(c.any), map[string]int{}
			for with, list := range c.with {
				c.lists[with] = m.add(list)
			}
		}
	}
	rs.matcher = m
}

// AppliesTo reports whether the ruleset is for dossiers of this kind and level.
func (rs *Ruleset) AppliesTo(kind, level string) bool {
	return rs.Kind == kind && (rs.Level == "" || rs.Level == level)
}

// FlagAbove is the share of copied text from which on a dossier is flagged.
func (rs *Ruleset) FlagAbove() float64 { return rs.copies.flagAbove }

func flagCodes() []string { return dossier.FlagCodes }

var idRE = regexp.MustCompile(`^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$`)

// loader walks one ruleset file.
type loader struct {
	rs  *Ruleset
	env *Env
}

// Load reads a ruleset. Where it has mistakes, the error is strict.Problems
// with all of them.
func Load(file string, src []byte, env *Env) (*Ruleset, error) {
	doc, root := strict.Parse(file, src)
	if root == nil {
		return nil, doc.Problems
	}
	sum := sha256.Sum256(src)
	l := &loader{env: env, rs: &Ruleset{File: file, SHA256: hex.EncodeToString(sum[:]), env: env,
		roles: map[string][]phrase{}, sections: map[string][]phrase{}, words: map[string][]phrase{}}}
	l.ruleset(root)
	if len(doc.Problems) > 0 {
		doc.Problems.Sort()
		return nil, doc.Problems
	}
	l.rs.compile()
	return l.rs, nil
}

func (l *loader) ruleset(root *strict.Node) {
	rs := l.rs
	m := root.Map("a ruleset", "ruleset", "version", "title", "applies_to", "max_points", "documents", "words", "facts", "gates", "criteria", "copies", "bands", "quotas", "order", "borderline", "examples")
	rs.ID = l.id(m.Need("ruleset", "the ruleset", strings.TrimSuffix(path.Base(rs.File), path.Ext(rs.File))), "ruleset")
	if rs.ID == UnplacedID {
		m.Get("ruleset").Fail(fmt.Sprintf("%q is the name of the list of dossiers that no ruleset applies to", UnplacedID), "choose another name")
	}
	rs.Version = m.Get("version").String("version")
	rs.Title = l.text(m.Need("title", "the ruleset", "{ en: Models of the district }"), "title")
	if n := m.Need("applies_to", "the ruleset", "{ kind: model, level: district }"); n != nil {
		a := n.Map("applies_to", "kind", "level")
		rs.Kind = a.Need("kind", "applies_to", "model").OneOf("kind", ids(l.env.Kinds)...)
		rs.Level = a.Get("level").OneOf("level", ids(l.env.Levels)...)
	}
	rs.MaxPoints = m.Need("max_points", "the ruleset", "100").Number("max_points")
	if n := m.Get("documents"); n != nil {
		d := n.Map("documents")
		for _, name := range d.Keys {
			l.checkID(d.Key(name), name, "a paper's name")
			rs.roles[name] = l.phrases(d.Get(name), "documents "+name)
		}
	}
	if n := m.Get("words"); n != nil {
		w := n.Map("words")
		for _, name := range w.Keys {
			l.checkID(w.Key(name), name, "a word list's name")
			rs.words[name] = l.phrases(w.Get(name), "words "+name)
		}
	}
	for _, lang := range language.All() {
		for _, s := range lang.PlanSections {
			rs.sections[planSection] = append(rs.sections[planSection], newPhrase(s))
		}
	}
	l.facts(m.Get("facts"))
	l.gates(m.Get("gates"))
	l.criteria(m, m.Need("criteria", "the ruleset", "[ … ]"))
	if n := m.Get("copies"); n != nil {
		c := n.Map("copies", "above", "costs", "flag_above")
		rs.copies = copies{c.Get("above").Number("above"), c.Get("costs").Number("costs"), c.Get("flag_above").Number("flag_above")}
		for key, v := range map[string]float64{"above": rs.copies.above, "flag_above": rs.copies.flagAbove} {
			if v < 0 || v > 1 {
				c.Get(key).Fail(fmt.Sprintf("%s is a share of the text and cannot be %v", key, v), "write a percentage, such as 40%")
			}
		}
	}
	if rs.copies.flagAbove == 0 {
		rs.copies.flagAbove = 0.3
	}
	if rs.copies.above == 0 {
		rs.copies.above = 1
	}
	rs.borderline = m.Get("borderline").Number("borderline")
	l.bands(m, m.Need("bands", "the ruleset", "{ recommended: total >= 80 }"))
	l.quotas(m.Get("quotas"))
	l.order(m.Get("order"))
	l.examples(m.Get("examples"))
}

func (l *loader) id(n *strict.Node, what string) string {
	if n == nil {
		return ""
	}
	s := n.String(what)
	l.checkID(n, s, what)
	return s
}

func (l *loader) checkID(n *strict.Node, s, what string) {
	if s != "" && !idRE.MatchString(s) {
		n.Fail(fmt.Sprintf("%s %q must be small letters a–z, digits, - or _", what, s), "write it like registered-in-time")
	}
}

func ids(list []Named) []string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = n.ID
	}
	return out
}

// text reads a title or reason: one text for all languages, or one per language.
func (l *loader) text(n *strict.Node, what string) dossier.Text {
	if n == nil {
		return nil
	}
	if !n.IsMap() {
		return sameText(n.String(what))
	}
	m := n.Map(what, language.Codes()...)
	out := dossier.Text{}
	for _, k := range m.Keys {
		out[k] = m.Get(k).String(what)
	}
	return out
}

// Label is how forms of a language call something; Lang may be "".
type Label struct{ Lang, Text string }

// phrases reads a word list: a list, lists per language, or words.NAME.
func (l *loader) phrases(n *strict.Node, what string) []phrase {
	var out []phrase
	add := func(v *strict.Node, lang string) {
		s := v.String(what)
		if name, ok := strings.CutPrefix(s, "words."); ok {
			list, known := l.rs.words[name]
			if !known {
				v.Fail(fmt.Sprintf("there is no word list %q", name), l.nearest(name, sortedKeys(l.rs.words), "word lists are"))
			}
			out = append(out, list...)
			return
		}
		ph := newPhrase(s)
		if len(ph.words) == 0 && s != "" {
			v.Fail(fmt.Sprintf("%q holds no word", s), "write words, such as taken over by")
			return
		}
		ph.lang = language.Get(lang)
		out = append(out, ph)
	}
	if n == nil {
		return nil
	}
	if n.IsMap() {
		m := n.Map(what, language.Codes()...)
		for _, k := range m.Keys {
			for _, v := range m.Get(k).List(what) {
				add(v, k)
			}
		}
		return out
	}
	for _, v := range n.List(what) {
		add(v, "")
	}
	return out
}

func (l *loader) nearest(word string, known []string, are string) string {
	cure := are + ": " + strings.Join(known, ", ")
	if len(known) == 0 {
		cure = "none is defined"
	}
	if near := strict.Nearest(word, known); near != "" {
		cure = fmt.Sprintf("did you mean %q? %s", near, cure)
	}
	return cure
}

// traitNames are the parts of a fact's name that tell a trait of a person whatever
// stands beside them, as in nominee_age. Others need to be the whole name:
// health_stations is none.
var traitNames = []string{"age", "sex", "gender", "ethnicity", "religion", "alder", "kjonn", "etnisitet"}

// refuseTrait refuses a fact that reads a trait of a person, by its name, its
// labels or the sentences that it is read from.
func refuseTrait(node *strict.Node, def *FactDef) {
	asked := []string{strings.ReplaceAll(def.Name, "_", " ")}
	for _, part := range strings.Split(def.Name, "_") {
		if slices.Contains(traitNames, part) {
			asked = append(asked, map[string]string{"kjonn": "kjønn"}[part], part)
		}
	}
	for _, p := range def.labels {
		asked = append(asked, p.text)
	}
	for _, t := range def.say {
		asked = append(asked, strings.ReplaceAll(t.text, "{}", " "))
	}
	for _, s := range asked {
		if kind := language.Trait(s); kind != "" {
			node.Fail(fmt.Sprintf("the fact %s reads a trait of a person: %s (%q)", def.Name, kind, strings.TrimSpace(s)),
				"take it out: kheo assesses what was done, and no rule may read ethnicity, religion, sex, age, health or opinion. Work for such groups is a field of work, and fine")
			return
		}
	}
}

func (l *loader) facts(n *strict.Node) {
	if n == nil {
		return
	}
	m := n.Map("facts")
	for _, name := range m.Keys {
		if !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(name) {
			m.Key(name).Fail(fmt.Sprintf("a fact's name %q must be small letters, digits and _", name), "write it like agreement_percent")
			continue
		}
		if name == "total" || name == "share" || name == "max" || name == "each_criterion" || name == "campaign" || name == "unit" {
			m.Key(name).Fail(fmt.Sprintf("%q means something else in conditions", name), "choose another name")
			continue
		}
		node := m.Get(name)
		if node == nil {
			m.Key(name).Fail(fmt.Sprintf("the fact %s has no type", name), "write { type: count, … }; types are: "+strings.Join(factTypes, ", "))
			continue
		}
		f := node.Map("the fact "+name, "type", "unit", "currency", "labels", "say", "trust", "looks_like", "is")
		def := FactDef{Name: name, env: l.env, Type: FactType(f.Need("type", "the fact "+name, "count").OneOf("type", factTypes...))}
		def.labels = l.phrases(f.Get("labels"), "labels")
		for i := range def.labels {
			def.labels[i].label = true
		}
		def.units = l.phrases(f.Get("unit"), "unit")
		if u := f.Get("unit"); u != nil {
			def.unitText = l.unitText(u)
			def.Unit = def.unitText.In("en", "vi")
		}
		if c := f.Get("currency"); c != nil {
			def.Unit = c.String("currency")
		}
		if def.Type == Percent {
			def.Unit = "%"
		}
		if def.Type == Money && def.Unit == "" {
			node.Fail("an amount of money needs its currency", "add  currency: VND")
		}
		for _, s := range langStrings(f.Get("say"), "say") {
			t, ok := newTemplate(s.text)
			if !ok {
				s.node.Fail(fmt.Sprintf("%q has no place for the value", s.text), "write {} where the value stands, as in  {} households take part")
				continue
			}
			def.say = append(def.say, t)
		}
		for _, t := range f.Get("trust").List("trust") {
			def.trust = append(def.trust, t.OneOf("trust", append([]string{"manifest"}, sortedKeys(l.rs.roles)...)...))
		}
		if def.Type == Paper {
			if is := f.Get("is"); is != nil {
				def.paper = is.OneOf("is", sortedKeys(l.rs.roles)...)
			} else if look := f.Get("looks_like"); look != nil {
				def.paper = name
				l.rs.roles[name] = l.phrases(look, "looks_like")
			} else {
				node.Fail("a fact of type document does not say which paper", "add  is: confirmation  (a name under documents), or  looks_like: [Confirmation]")
			}
		} else if len(def.labels) == 0 && len(def.say) == 0 && name != "registered_on" && name != "nominee" {
			node.Fail(fmt.Sprintf("nothing says where the fact %s is read", name), "add labels: [ … ] as forms print them, or say: [ … ] as sentences go; without either only dossier.yaml can state it")
		}
		refuseTrait(node, &def)
		l.rs.facts = append(l.rs.facts, def)
	}
}

func (l *loader) unitText(n *strict.Node) dossier.Text {
	if !n.IsMap() {
		if list := n.List("unit"); len(list) > 0 {
			s, _ := list[0].Plain()
			return sameText(s)
		}
		return nil
	}
	m, out := n.Map("unit", language.Codes()...), dossier.Text{}
	for _, k := range m.Keys {
		if list := m.Get(k).List("unit"); len(list) > 0 {
			out[k], _ = list[0].Plain()
		}
	}
	return out
}

type placed struct {
	text string
	node *strict.Node
}

// langStrings reads a list of texts, or such lists per language.
func langStrings(n *strict.Node, what string) []placed {
	var out []placed
	if n == nil {
		return nil
	}
	if n.IsMap() {
		m := n.Map(what, language.Codes()...)
		for _, k := range m.Keys {
			out = append(out, langStrings(m.Get(k), what)...)
		}
		return out
	}
	for _, v := range n.List(what) {
		out = append(out, placed{v.String(what), v})
	}
	return out
}

func newTemplate(s string) (template, bool) {
	before, after, ok := strings.Cut(s, "{}")
	if !ok {
		return template{}, false
	}
	t := template{text: s, before: newPhrase(before).words, after: newPhrase(after).words}
	t.gapBefore = strings.HasSuffix(strings.TrimSpace(before), "…") || strings.HasSuffix(strings.TrimSpace(before), "...")
	t.gapAfter = strings.HasPrefix(strings.TrimSpace(after), "…") || strings.HasPrefix(strings.TrimSpace(after), "...")
	return t, len(t.before)+len(t.after) > 0
}

func (l *loader) scope(what string) scope {
	sc := scope{what: what, sample: map[string]any{}, facts: map[string]bool{}, members: map[string][]string{"campaign": {"opens", "closes"}}}
	sc.sample["campaign"] = map[string]any{"opens": "", "closes": ""}
	unit := map[string]any{"id": "", "name": "", "kind": ""}
	for _, u := range l.env.Units {
		for k, v := range u.Attributes {
			unit[k] = v
		}
	}
	sc.sample["unit"] = unit
	sc.members["unit"] = sortedKeys(unit)
	for _, f := range l.rs.facts {
		sc.facts[f.Name] = true
		switch f.Type {
		case Count, Money, Percent:
			sc.sample[f.Name] = 0.0
		case YesNo, Paper:
			sc.sample[f.Name] = false
		default:
			sc.sample[f.Name] = ""
		}
	}
	return sc
}

func (l *loader) gates(n *strict.Node) {
	seen := map[string]bool{}
	for _, g := range n.List("gates") {
		m := g.Map("a gate", "id", "require", "otherwise", "outcome", "missing")
		id := l.id(m.Need("id", "the gate", "registered-in-time"), "a gate's id")
		if seen[id] {
			m.Get("id").Fail(fmt.Sprintf("two gates have the id %q", id), "give each its own")
		}
		seen[id] = true
		out := gate{id: id, outcome: dossier.Ineligible, missing: dossier.NeedsReview, otherwise: l.text(m.Need("otherwise", "the gate", "{ en: Registered too late }"), "otherwise")}
		if r := m.Need("require", "the gate", `registered_on <= date("2024-03-31")`); r != nil {
			out.require = compile(r, r.String("require"), l.scope("the gate "+id))
		}
		for key, to := range map[string]*dossier.Outcome{"outcome": &out.outcome, "missing": &out.missing} {
			if o := m.Get(key); o != nil {
				*to = dossier.Outcome(o.OneOf(key, string(dossier.Ineligible), string(dossier.NeedsReview)))
			}
		}
		l.rs.gates = append(l.rs.gates, out)
	}
}

func (l *loader) criteria(root *strict.Map, n *strict.Node) {
	if n == nil {
		return
	}
	sum, seen := 0.0, map[string]bool{}
	for _, c := range n.List("criteria") {
		m := c.Map("a criterion", "id", "title", "max", "measured", "steps", "evidenced")
		cr := criterion{id: l.id(m.Need("id", "the criterion", "reach"), "a criterion's id"), title: l.text(m.Need("title", "the criterion", "{ en: How many take part }"), "title")}
		if seen[cr.id] {
			m.Get("id").Fail(fmt.Sprintf("two criteria have the id %q", cr.id), "give each its own")
		}
		seen[cr.id] = true
		cr.max = m.Need("max", "the criterion", "25").Number("max")
		sum += cr.max
		switch {
		case m.Get("measured") != nil && m.Get("evidenced") != nil:
			c.Fail(fmt.Sprintf("the criterion %s is both measured and evidenced", cr.id), "make two criteria of it")
		case m.Get("measured") != nil:
			l.measured(m, &cr)
		case m.Get("evidenced") != nil:
			for _, e := range m.Get("evidenced").List("evidenced") {
				cr.clues = append(cr.clues, l.clue(e, cr.max))
			}
		default:
			c.Fail(fmt.Sprintf("the criterion %s does not say what earns its points", cr.id), "add  measured: (a fact, with steps)  or  evidenced: (what to look for in the text)")
		}
		l.rs.criteria = append(l.rs.criteria, cr)
	}
	if at := root.Get("max_points"); at != nil && math.Abs(sum-l.rs.MaxPoints) > 1e-9 && len(l.rs.criteria) > 0 {
		at.Fail(fmt.Sprintf("max_points is %v, but the criteria's max add up to %v", l.rs.MaxPoints, sum), "make them equal")
	}
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

func (l *loader) clue(n *strict.Node, most float64) Clue {
	m := n.Map("what to look for", "in", "from", "any", "with", "points", "at_most", "distinct")
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
	if any := m.Need("any", "the evidence", "words.results"); any != nil {
		c.any = l.phrases(any, "any")
	}
	for _, w := range m.Get("with").List("with") {
		s := w.String("with")
		switch s {
		case "number", "money", "percent", "other_place":
		default:
			name := strings.TrimPrefix(s, "words.")
			list, ok := l.rs.words[name]
			if !ok {
				w.Fail(fmt.Sprintf("with cannot be %q", s), l.nearest(s, append([]string{"number", "money", "percent", "other_place"}, sortedKeys(l.rs.words)...), "it may be"))
			}
			c.with[s] = list
		}
		c.With = append(c.With, s)
	}
	c.Points = m.Need("points", "the evidence", "10").Number("points")
	if c.Points > most {
		m.Get("points").Fail(fmt.Sprintf("one find gives %v points, more than the criterion's max of %v", c.Points, most), "lower it, or raise max")
	}
	if a := m.Get("at_most"); a != nil {
		if c.AtMost = int(a.Number("at_most")); c.AtMost < 1 {
			a.Fail("at_most must be 1 or more", "leave it out for 1")
		}
	}
	c.Distinct = "sentence"
	if isIn(c.With, "other_place") {
		c.Distinct = "place"
	}
	if d := m.Get("distinct"); d != nil {
		c.Distinct = d.OneOf("distinct", "sentence", "word", "place")
		if c.Distinct == "place" && !isIn(c.With, "other_place") {
			d.Fail("distinct: place needs with: other_place", "add  with: other_place")
		}
	}
	return c
}

func (l *loader) bands(root *strict.Map, n *strict.Node) {
	if n == nil {
		return
	}
	sc := l.scope("a band")
	for _, k := range []string{"total", "max", "share", "each_criterion"} {
		sc.sample[k] = 0.0
	}
	for _, c := range l.rs.criteria {
		sc.sample[strings.ReplaceAll(c.id, "-", "_")] = 0.0
	}
	sc.sample["any_flag"] = func(...string) bool { return false }
	m := n.Map("bands", string(dossier.Recommended), string(dossier.NeedsReview))
	for _, k := range m.Keys {
		v := m.Get(k)
		if v == nil {
			m.Key(k).Fail(fmt.Sprintf("the band %s has no condition", k), "write one, such as  total >= 80")
			continue
		}
		sc.what = "the band " + k
		l.rs.bands = append(l.rs.bands, Band{dossier.Outcome(k), compile(v, v.String("band"), sc)})
	}
	if m.Get(string(dossier.Recommended)) == nil {
		n.Fail("no band says who is recommended", "add  recommended: total >= 80")
	}
}

func (l *loader) quotas(n *strict.Node) {
	for _, q := range n.List("quotas") {
		m := q.Map("a quota", "per", "most", "least")
		out := Quota{Per: m.Need("per", "the quota", "unit").OneOf("per", "unit", "field", "level", "kind", "all")}
		for key, to := range map[string]*int{"most": &out.Most, "least": &out.Least} {
			if v := m.Get(key); v != nil {
				if *to = int(v.Number(key)); *to < 1 {
					v.Fail(key+" must be 1 or more", "leave the quota out where there is no limit")
				}
			}
		}
		if m.Get("most") == nil && m.Get("least") == nil {
			q.Fail("a quota needs most or least", "write { per: unit, most: 3 }")
		}
		l.rs.Quotas = append(l.rs.Quotas, out)
	}
}

func (l *loader) order(n *strict.Node) {
	known := []string{"total", "dossier"}
	numeric := map[string]bool{"total": true}
	for _, c := range l.rs.criteria {
		known = append(known, c.id)
		numeric[c.id] = true
	}
	for _, f := range l.rs.facts {
		if f.Type != Paper {
			known = append(known, f.Name)
			numeric[f.Name] = f.Type == Count || f.Type == Money || f.Type == Percent
		}
	}
	for _, k := range n.List("order") {
		s := k.String("order")
		if !isIn(known, s) {
			k.Fail(fmt.Sprintf("order names %q, which is neither total, a criterion, a fact nor dossier", s), l.nearest(s, known, "it may be"))
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

// LoadAll checks what only several rulesets together can get wrong.
func LoadAll(sets []*Ruleset) strict.Problems {
	var out strict.Problems
	for i, a := range sets {
		for _, b := range sets[:i] {
			if a.ID == b.ID {
				out = append(out, strict.Problem{File: a.File, Line: 1, Col: 1, Message: fmt.Sprintf("the ruleset %q is also defined in %s", a.ID, b.File), Cure: "give each its own name"})
			} else if a.Kind == b.Kind && (a.Level == b.Level || a.Level == "" || b.Level == "") {
				out = append(out, strict.Problem{File: a.File, Line: 1, Col: 1, Message: fmt.Sprintf("applies to the same dossiers as %s in %s", b.ID, b.File), Cure: "change applies_to of one of them: a dossier has one ruleset"})
			}
		}
	}
	return out
}
