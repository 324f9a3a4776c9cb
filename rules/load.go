package rules

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"maps"
	"math"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"kheo/internal/dossier"
	"kheo/internal/grammar"
	"kheo/internal/strict"
	"kheo/internal/text/language"
	"kheo/rules/condition"
)

// Unit is a submitting unit of the campaign, as rules see it.
type Unit struct {
	ID         string
	Name       string
	Kind       string
	Attributes map[string]any // string, float64 or bool
}

// Named is a level, field or kind: its id and its title.
type Named struct {
	ID    string
	Title dossier.Text
}

// TitleOf returns the title of the entry of list with an id, in the first of the languages that it has, and the id if
// there is none.
func TitleOf(list []Named, id string, languages ...string) string {
	for _, n := range list {
		if n.ID == id {
			return cmp.Or(n.Title.In(languages...), id)
		}
	}
	return id
}

// Env is what rulesets know of their campaign. It must not be changed after first use.
type Env struct {
	Campaign     string
	Languages    []string // first: the language of lists
	Opens        string   // ISO date, or ""
	Closes       string   // ISO date
	Units        []Unit
	Levels       []Named
	Fields       []Named
	Kinds        []Named
	Labels       map[string][]Label  // by IdentityKeys: how forms print it
	KindHeadings map[string][]string // kind -> headings of its papers

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
	Per       string  // unit, unit_kind, field, level, kind, all
	Of        string  // only this unit, field, level or kind; "" for each
	Most      int     // 0 for no limit
	MostShare float64 // of the dossiers registered, rounded down; 0 for no limit
	Least     int
}

// Band gives an outcome to the dossiers that meet its condition; the first band that is
// met counts.
type Band struct {
	Outcome dossier.Outcome
	cond    *condition.Condition
}

// gate is a condition of eligibility.
type gate struct {
	id        string
	require   *condition.Condition
	otherwise dossier.Text
	outcome   dossier.Outcome // of a dossier that fails it
	missing   dossier.Outcome // of a dossier that does not state what it asks for
}

// step gives points from a value upwards.
type step struct{ from, points float64 }

// criterion earns points from a fact, from the text or from people.
type criterion struct {
	id       string
	title    dossier.Text
	max      float64
	measured string
	steps    []step
	clues    []Clue
	panel    *panel
	never    map[string]bool // ways of saying a thing that do not count
	vary     vary
}

// vary is by how much the certainty analysis may move a criterion's weight, its steps,
// and what the bands ask of the total: shares.
type vary struct{ weights, steps, thresholds float64 }

// copies is what copied text leads to: shares of the text, and points.
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
	SHA256    string // of the file's bytes and of those of the files that it extends
	File      string
	Files     map[string]string // the text of the file and of those that it extends, by name
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
	vary       vary // of the ruleset; zero if it names nothing
	orderDown  []bool

	matcher       *matcher
	papers, parts []head
}

// compile collects everything that is looked for in the text, so that one pass over a page
// finds it all.
func (rs *Ruleset) compile() {
	m := newMatcher()
	for _, name := range slices.Sorted(maps.Keys(rs.roles)) {
		rs.papers = append(rs.papers, head{name, m.add(rs.roles[name])})
	}
	for _, name := range slices.Sorted(maps.Keys(rs.sections)) {
		rs.parts = append(rs.parts, head{name, m.add(rs.sections[name])})
	}
	for i := range rs.facts {
		f := &rs.facts[i]
		f.list = m.add(f.labels)
		f.called = rs.nameFact(f)
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
			for n := range c.near {
				c.near[n].list = m.add(c.near[n].phrases)
			}
			c.exceptList = m.add(c.except)
		}
	}
	rs.matcher = m
}

// AppliesTo reports whether the ruleset is for dossiers of this kind and level.
func (rs *Ruleset) AppliesTo(kind, level string) bool {
	return rs.Kind == kind && (rs.Level == "" || rs.Level == level)
}

// UnitKind returns the kind of a unit of the campaign, or "".
func (rs *Ruleset) UnitKind(unit string) string {
	if u := rs.env.UnitByID(unit); u != nil {
		return u.Kind
	}
	return ""
}

// FlagAbove is the share of copied text from which on a dossier is flagged.
func (rs *Ruleset) FlagAbove() float64 { return rs.copies.flagAbove }

var idRE = regexp.MustCompile(idForm)

// loader walks one ruleset file.
type loader struct {
	rs      *Ruleset
	env     *Env
	open    func(name string) ([]byte, error)
	docs    []*strict.Doc
	without map[string]bool // gates, criteria and facts of the base that do not count
}

// maxExtends is how many rulesets may extend one another in a row.
const maxExtends = 5

// Load reads a ruleset. open reads the files that it extends, by their paths from the
// folder that file is relative to; if open is nil, a ruleset must not extend another. If
// there are mistakes, the error is a strict.Problems with all of them.
func Load(file string, src []byte, env *Env, open func(name string) ([]byte, error)) (*Ruleset, error) {
	l := &loader{env: env, open: open, without: map[string]bool{}, rs: &Ruleset{File: file, env: env, Files: map[string]string{},
		roles: map[string][]phrase{}, sections: map[string][]phrase{}, words: map[string][]phrase{}}}
	h := sha256.New()
	root := l.parse(file, src, h, 0)
	if root != nil {
		l.ruleset(root)
	}
	var problems strict.Problems
	for _, d := range l.docs {
		problems = append(problems, d.Problems...)
	}
	if len(problems) > 0 {
		problems.Sort()
		return nil, slices.Compact(problems)
	}
	l.rs.SHA256 = hex.EncodeToString(h.Sum(nil))
	l.rs.compile()
	return l.rs, nil
}

// rulesetLine is a line that only rulesets have.
var rulesetLine = regexp.MustCompile(`(?m)^[{, ]*["']?(ruleset|extends|applies_to|criteria|gates|bands|max_points)["']?[ \t]*:(\s|$)`)

// parse reads a file and, under it, the one that it extends; the hash takes in both, the
// base first.
func (l *loader) parse(file string, src []byte, h hash.Hash, depth int) *strict.Node {
	doc, root := strict.Parse(file, src)
	if len(src) > 0 && !rulesetLine.Match(src) { // no text of another file may show in a message
		doc.Problems = strict.Problems{{File: file, Line: 1, Col: 1, Message: "this is not a ruleset: no line of it begins with a key such as ruleset: or criteria:",
			Cure: "name a ruleset here; one begins with a line such as ruleset: models"}}
		root = nil
	}
	l.docs = append(l.docs, doc)
	l.rs.Files[file] = string(src)
	if root == nil {
		return nil
	}
	if root.IsMap() {
		if n := root.Map("a ruleset", rulesetGrammar.Names()...).Get("extends"); n != nil {
			doc.Problems = nil // reported again when the whole is read
			base := l.base(file, n, h, depth)
			if base == nil {
				return nil
			}
			root = root.Over(base, joined...)
		}
		doc.Problems = nil
	}
	h.Write(src)
	return root
}

// base reads the file that extends: names.
func (l *loader) base(file string, n *strict.Node, h hash.Hash, depth int) *strict.Node {
	name := n.String("extends")
	if name == "" {
		return nil
	}
	full := path.Join(path.Dir(file), name)
	_, twice := l.rs.Files[full]
	switch {
	case l.open == nil || path.IsAbs(name) || strings.HasPrefix(full, ".."):
		n.Fail(fmt.Sprintf("the ruleset %s cannot be extended: it lies outside the workspace", name), "copy it beside this one")
	case twice:
		n.Fail(fmt.Sprintf("%s extends itself", name), "name another ruleset, or take extends out")
	case depth >= maxExtends:
		n.Fail(fmt.Sprintf("more than %d rulesets stand under one another", maxExtends), "join some of them")
	default:
		src, err := l.open(full)
		if err != nil {
			n.Fail(fmt.Sprintf("the ruleset %s that this one extends cannot be read: %v", full, errors.Unwrap(err)), "check the name; it is looked for beside this file, beneath rules/")
			return nil
		}
		return l.parse(full, src, h, depth+1)
	}
	return nil
}

// joined are the keys whose values a ruleset joins with those of the one it extends.
var joined = []string{"documents", "words", "facts", "gates", "criteria", "examples"}

// ruleset reads the whole ruleset. Words and documents come first, then facts, then what
// names them.
func (l *loader) ruleset(root *strict.Node) {
	rs := l.rs
	m := rulesetGrammar.Read(root)
	for _, n := range m.List("without") {
		l.without[n.String("without")] = true
	}
	if n := m.Get("without"); n != nil && m.Get("extends") == nil {
		n.Fail("without takes out what an extended ruleset has, and this one extends none", "take it out")
	}
	l.identity(m)
	rs.MaxPoints = m.Number("max_points")
	l.lists(m.Get("documents"), rs.roles, "documents", "a paper's name")
	l.lists(m.Get("words"), rs.words, "words", "a word list's name")
	for _, lang := range language.All() {
		for _, s := range lang.PlanSections {
			rs.sections[planSection] = append(rs.sections[planSection], newPhrase(s))
		}
	}
	rs.vary = readVary(m.Get("vary"), vary{}, varyGrammar)
	l.facts(m.Get("facts"))
	l.gates(m)
	l.criteria(m)
	l.copies(m.Get("copies"))
	rs.borderline = m.Number("borderline")
	l.bands(m.Get("bands"))
	l.quotas(m)
	l.order(m)
	l.examples(m)
	l.unusedWithout(m)
}

// identity reads what the ruleset is called and which dossiers it is for.
func (l *loader) identity(m *grammar.Map) {
	rs := l.rs
	rs.ID = l.id(m.Get("ruleset"), "ruleset")
	if rs.ID == UnplacedID {
		m.Get("ruleset").Fail(fmt.Sprintf("%q is the name of the list of dossiers that no ruleset applies to", UnplacedID), "choose another name")
	}
	rs.Version = m.Text("version")
	rs.Title = l.text(m.Get("title"), "title")
	if n := m.Get("applies_to"); n != nil {
		a := appliesToGrammar.Read(n)
		rs.Kind = a.Word("kind", ids(l.env.Kinds)...)
		rs.Level = a.Word("level", ids(l.env.Levels)...)
	}
}

// lists reads named word lists: documents and words.
func (l *loader) lists(n *strict.Node, into map[string][]phrase, what, called string) {
	if n == nil {
		return
	}
	m := n.Map(what)
	for _, name := range m.Keys {
		l.checkID(m.Key(name), name, called)
		into[name] = l.phrases(m.Get(name), what+" "+name)
	}
}

// copies reads what copies of other dossiers' text lead to. A share of 0 counts as one
// that is not written.
func (l *loader) copies(n *strict.Node) {
	above, flagAbove := copiesGrammar.Default("above"), copiesGrammar.Default("flag_above")
	l.rs.copies = copies{above: above, flagAbove: flagAbove}
	if n != nil {
		m := copiesGrammar.Read(n)
		l.rs.copies = copies{cmp.Or(m.Number("above"), above), m.Number("costs"), cmp.Or(m.Number("flag_above"), flagAbove)}
	}
}

// unusedWithout reports names under without: that the extended ruleset does not have.
func (l *loader) unusedWithout(m *grammar.Map) {
	for _, n := range m.List("without") {
		s := n.String("without")
		found := false
		for _, key := range []string{"gates", "criteria"} {
			for _, item := range m.List(key) {
				id, _ := item.Map(key).Get("id").Plain()
				found = found || id == s
			}
		}
		if f := m.Get("facts"); f != nil && f.IsMap() {
			found = found || f.Map("facts").Get(s) != nil
		}
		if !found {
			n.Fail(fmt.Sprintf("without names %q, which the extended ruleset does not have", s), "check the name of the gate, criterion or fact")
		}
	}
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

// Label is what forms of a language print for something; Lang may be "".
type Label struct{ Lang, Text string }

// phrases reads a word list: a list, lists per language, or words.NAME.
func (l *loader) phrases(n *strict.Node, what string) []phrase {
	var out []phrase
	add := func(v *strict.Node, lang string) {
		s := v.String(what)
		if name, ok := strings.CutPrefix(s, "words."); ok {
			list, known := l.rs.words[name]
			if !known {
				v.Fail(fmt.Sprintf("there is no word list %q", name), l.nearest(name, slices.Sorted(maps.Keys(l.rs.words)), "word lists are"))
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

// nearest is a cure that lists known words, with the one nearest to a mistyped one first.
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

// scope is what conditions of the ruleset may name: facts, the campaign and the unit.
func (l *loader) scope(what string) condition.Scope {
	sc := condition.Scope{What: what, Sample: map[string]any{}, Facts: map[string]bool{}, Words: inWords, Trait: traitOf,
		Members: map[string][]string{"campaign": {"opens", "closes"}}}
	sc.Sample["campaign"] = map[string]any{"opens": "", "closes": ""}
	unit := map[string]any{"id": "", "name": "", "kind": ""}
	for _, u := range l.env.Units {
		for k, v := range u.Attributes {
			unit[k] = v
		}
	}
	sc.Sample["unit"] = unit
	sc.Members["unit"] = slices.Sorted(maps.Keys(unit))
	for _, f := range l.rs.facts {
		sc.Facts[f.Name] = true
		switch f.Type {
		case Count, Money, Percent:
			sc.Sample[f.Name] = 0.0
		case YesNo, Paper:
			sc.Sample[f.Name] = false
		default:
			sc.Sample[f.Name] = ""
		}
	}
	return sc
}

// gates reads the gates, but for those that without leaves out.
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

// bandNames are the names that bands know beside facts, criteria and flags.
var bandNames = []string{"total", "max", "share", "each_criterion"}

// bands reads the conditions of outcomes, which may name criteria and points.
func (l *loader) bands(n *strict.Node) {
	if n == nil {
		return
	}
	sc := l.scope("a band")
	for _, k := range bandNames {
		sc.Sample[k] = 0.0
	}
	sc.Twice = map[string]bool{}
	for _, c := range l.rs.criteria {
		name := conditionName(c.id)
		sc.Twice[name] = sc.Facts[name]
		sc.Sample[name] = 0.0
	}
	sc.Sample["any_flag"] = func(...string) bool { return false }
	m := n.Map("bands", bandsGrammar.Names()...)
	for _, k := range m.Keys {
		v := m.Get(k)
		if v == nil {
			m.Key(k).Fail(fmt.Sprintf("the band %s has no condition", k), "write one, such as  total >= 80")
			continue
		}
		sc.What = "the band " + k
		l.rs.bands = append(l.rs.bands, Band{dossier.Outcome(k), condition.Compile(v, v.String("band"), sc)})
	}
	if m.Get(string(dossier.Recommended)) == nil {
		n.Fail("no band says who is recommended", "add  recommended: total >= 80")
	}
}

// quotas reads the quotas.
func (l *loader) quotas(root *grammar.Map) {
	for _, n := range root.List("quotas") {
		m := quotaGrammar.Read(n)
		q := Quota{Per: m.Word("per"), Least: int(m.Number("least"))}
		if of := m.Get("of"); of != nil {
			if q.Per == "all" {
				of.Fail("a quota of the whole list is of nothing narrower", "take of out, or write per: field")
			} else {
				q.Of = of.OneOf("of", l.quotaGroups(q.Per)...)
			}
		}
		if v := m.Get("most"); v != nil {
			readMost(v, &q)
		}
		if m.Get("most") == nil && m.Get("least") == nil {
			n.Fail("a quota needs most or least", "write { per: unit, most: 3 }")
		}
		l.rs.Quotas = append(l.rs.Quotas, q)
	}
}

// quotaGroups are the units, fields, levels or kinds that a quota may be of.
func (l *loader) quotaGroups(per string) []string {
	switch per {
	case "field":
		return ids(l.env.Fields)
	case "level":
		return ids(l.env.Levels)
	case "kind":
		return ids(l.env.Kinds)
	}
	var out []string
	for _, u := range l.env.Units {
		switch per {
		case "unit":
			out = append(out, u.ID)
		case "unit_kind":
			out = append(out, u.Kind)
		}
	}
	return out
}

// readMost reads the limit of a quota: a number, or a share of those registered.
func readMost(n *strict.Node, q *Quota) {
	text, _ := n.Plain()
	switch f, ok := n.NumberOK("most"); {
	case !ok:
	case strings.HasSuffix(strings.TrimSpace(text), "%") && f > 0 && f <= 1:
		q.MostShare = f
	case f < 1 || f != math.Trunc(f):
		n.Fail("most must be a whole number from 1, or a share of those registered", "write most: 3 or most: 20%; leave the quota out where there is no limit")
	default:
		q.Most = int(f)
	}
}

// order reads the keys by which the list is ordered. The id of the dossier is added at the
// end, so that no two entries are equal.
func (l *loader) order(root *grammar.Map) {
	known := []string{"total", "dossier"}
	numeric := map[string]bool{"total": true}
	for _, c := range l.rs.criteria {
		known = append(known, c.id)
		numeric[c.id] = true
	}
	for _, f := range l.rs.facts {
		if f.Type != Paper {
			known = append(known, f.Name)
			numeric[f.Name] = f.Type.numeric()
		}
	}
	for _, k := range root.List("order") {
		s := k.String("order")
		if !slices.Contains(known, s) {
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
