package rules

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/grammar"
	"kheo/internal/strict"
	"kheo/internal/text/language"
	"kheo/rules/number"
	"kheo/rules/table"
	"kheo/rules/value"
)

// traitNames are parts of a fact's name that name a trait of a person whatever is beside
// them, as in nominee_age. Other words for traits need to be the whole name:
// health_stations is not a trait.
var traitNames = []string{"age", "sex", "gender", "ethnicity", "religion", "alder", "kjonn", "etnisitet"}

// noTraits is the cure of a rule that reads a trait of a person.
const noTraits = "take it out: kheo assesses what was done, and no rule may read ethnicity, religion, sex, age, " +
	"health or opinion"

// traitOf returns which trait of people a name such as main_religion or leader_age names,
// or "".
func traitOf(name string) string {
	if kind := language.Trait(strings.ReplaceAll(name, "_", " ")); kind != "" {
		return kind
	}
	for _, part := range strings.Split(name, "_") {
		if slices.Contains(traitNames, part) {
			return language.Trait(cmp.Or(map[string]string{"kjonn": "kjønn"}[part], part))
		}
	}
	return ""
}

// refuseTrait refuses a fact that reads a trait of a person, by its name, its
// labels or the sentences that it is read from.
func refuseTrait(node *strict.Node, def *FactDef) {
	asked := []string{}
	if traitOf(def.Name) != "" {
		asked = append(asked, def.Name)
	}
	for _, p := range def.labels {
		asked = append(asked, p.Text)
	}
	for _, t := range def.say {
		asked = append(asked, strings.ReplaceAll(t.text, "{}", " "))
	}
	for _, s := range asked {
		if kind := cmp.Or(language.Trait(s), traitOf(s)); kind != "" {
			what := strings.TrimSpace(s)
			node.Fail(fmt.Sprintf("the fact %s reads a trait of a person: %s (%q)", def.Name, kind, what),
				noTraits+". Work for such groups is a field of work, and fine")
			return
		}
	}
}

// validFactName is the form of a fact's name.
var validFactName = regexp.MustCompile(factForm)

// facts reads the facts. Papers that facts describe by looks_like are read first, because
// facts before them may trust them.
func (l *loader) facts(n *strict.Node) {
	if n == nil {
		return
	}
	m := n.Map("facts")
	for _, name := range m.Keys {
		if node := m.Get(name); node != nil && node.IsMap() {
			if look := node.Map("the fact " + name).Get("looks_like"); look != nil && l.rs.roles[name] == nil {
				l.rs.roles[name] = l.phrases(look, "looks_like")
			}
		}
	}
	for _, name := range m.Keys {
		if !l.without[name] && l.factNamed(m, name) {
			l.rs.facts = append(l.rs.facts, l.fact(m.Get(name), name))
		}
	}
}

// factNamed reports whether a fact can be read under its name, and reports the mistake to
// the document if it cannot.
func (l *loader) factNamed(m *strict.Map, name string) bool {
	switch {
	case !validFactName.MatchString(name):
		m.Key(name).Fail(fmt.Sprintf("a fact's name %q must be small letters, digits and _", name),
			"write it like agreement_percent")
	case slices.Contains(bandNames, name) || name == "campaign" || name == "unit":
		m.Key(name).Fail(fmt.Sprintf("%q means something else in conditions", name), "choose another name")
	case m.Get(name) == nil:
		m.Key(name).Fail(fmt.Sprintf("the fact %s has no type", name),
			"write { type: count, … }; types are: "+strings.Join(value.Types, ", "))
	default:
		return true
	}
	return false
}

// fact reads one fact.
func (l *loader) fact(node *strict.Node, name string) FactDef {
	f := factGrammar.ReadAs(node, "the fact "+name)
	def := FactDef{Name: name, opens: l.env.firstYear(), sure: l.rs.sure}
	def.reads = value.Reader{Type: value.Type(f.Word("type")), UnitNamed: l.env.unitNamed}
	def.labels = l.phrases(f.Get("labels"), "labels")
	for i := range def.labels {
		def.labels[i].Label = true
	}
	l.factUnit(node, f, &def)
	for _, s := range langStrings(f.Get("say"), "say") {
		t, ok := newTemplate(s.text)
		if !ok {
			s.node.Fail(fmt.Sprintf("%q has no place for the value", s.text),
				"write {} in the place of the value, as in  {} households take part")
			continue
		}
		def.say = append(def.say, t)
	}
	def.derive()
	l.factTrust(f, &def)
	if def.reads.Type == value.Paper {
		l.factPaper(node, f, &def)
	} else if ofIdentity := name == "registered_on" || name == "nominee"; !ofIdentity && !def.manifest &&
		len(def.labels) == 0 && len(def.say) == 0 {
		node.Fail(fmt.Sprintf("nothing says where the fact %s is read", name),
			"add labels: [ … ] as forms print them, or say: [ … ] as sentences go; "+
				"without either only dossier.yaml can state it, which counts with  from: manifest  alone")
	}
	l.factColumn(f, &def)
	refuseTrait(node, &def)
	return def
}

// campaignYear is how rulesets write the year of the campaign, and validYear the form of another one.
const campaignYear = "campaign"

var validYear = regexp.MustCompile(yearForm)

// factColumn reads which of several values in a table or sentence are those of the fact: results or plans, and of which
// year.
func (l *loader) factColumn(f *grammar.Map, def *FactDef) {
	def.want = table.Want{Column: table.Column(f.Word("column")), Number: def.reads.Type.IsNumber(),
		Percent: def.reads.Type == value.Percent, Money: def.reads.Type == value.Money}
	def.want.From, def.want.To = l.env.years()
	year := f.Get("year")
	if year == nil {
		return
	}
	switch s, _ := year.Plain(); {
	case s == "any":
		def.want.From, def.want.To, def.opens = 0, 0, ""
	case s == campaignYear:
	case validYear.MatchString(s):
		n, _ := strconv.Atoi(s)
		def.want.From, def.want.To, def.opens = n, n, s
	default:
		year.Fail(fmt.Sprintf("%q is not a year", s), "write campaign, any, or a year such as 2025")
	}
}

// factUnit reads what a fact counts: its unit, or the currency of an amount of money.
func (l *loader) factUnit(node *strict.Node, f *grammar.Map, def *FactDef) {
	def.reads.Units = l.phrases(f.Get("unit"), "unit")
	if u := f.Get("unit"); u != nil {
		def.unitText = l.unitText(u)
		def.reads.Unit = def.unitText.In("en", "vi")
	}
	if c := f.Get("currency"); c != nil {
		def.reads.Unit = c.String("currency")
	}
	if def.reads.Type == value.Percent {
		def.reads.Unit = number.Percent
	}
	if def.reads.Type == value.Money && def.reads.Unit == "" {
		node.Fail("an amount of money needs its currency", "add  currency: VND")
	}
}

// factTrust reads which sources of a fact count first, and whether dossier.yaml counts by
// itself.
func (l *loader) factTrust(f *grammar.Map, def *FactDef) {
	known := append([]string{manifestRole}, slices.Sorted(maps.Keys(l.rs.roles))...)
	for _, t := range f.List("trust") {
		paper := t.String("trust")
		if paper != "" && !slices.Contains(known, paper) {
			t.Fail(fmt.Sprintf("trust names the paper %q, which nothing describes", paper),
				nearest(paper, known, "describe it under documents: by its headings; known are"))
		}
		def.trust = append(def.trust, paper)
	}
	if def.manifest = f.Word("from") == manifestRole; def.manifest && def.reads.Type == value.Paper {
		f.Get("from").Fail(fmt.Sprintf("the fact %s is a paper, which dossier.yaml cannot replace", def.Name),
			"take from out: a paper is in the dossier or it is not")
	}
}

// factPaper reads which paper a fact of type document is.
func (l *loader) factPaper(node *strict.Node, f *grammar.Map, def *FactDef) {
	if f.Get("is") != nil {
		def.paper = f.Word("is", slices.Sorted(maps.Keys(l.rs.roles))...)
	} else if look := f.Get("looks_like"); look != nil {
		def.paper = def.Name
		l.rs.roles[def.Name] = l.phrases(look, "looks_like")
	} else {
		node.Fail("a fact of type document does not say which paper",
			"add  is: confirmation  (a name under documents), or  looks_like: [Confirmation]")
	}
}

// unitText reads the unit of a fact for reasons: the first way of writing it, in each language or in all.
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

// placed is a text of a ruleset with its place, for messages.
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
