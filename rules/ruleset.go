package rules

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"kheo/internal/dossier"
	"kheo/rules/phrase"
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

// Env is what rulesets know of their campaign. It must not be changed after first use, and is then safe for several
// goroutines.
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

// Hash is the hash of everything in the environment that an assessment may depend on.
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

// yearLength is the length of the year in an ISO date.
const yearLength = len("2024")

// firstYear is the year in which the campaign opens, of four digits; "" if it is not known.
func (e *Env) firstYear() string {
	if len(e.Opens) < yearLength {
		return ""
	}
	return e.Opens[:yearLength]
}

// lastYear is the year in which the campaign closes; 0 if it is not known.
func (e *Env) lastYear() int {
	if len(e.Closes) < yearLength {
		return 0
	}
	year, _ := strconv.Atoi(e.Closes[:yearLength])
	return year
}

// Quota limits, or asks for, entries of one unit, field, level or kind.
type Quota struct {
	Per       string  // unit, unit_kind, field, level, kind, all
	Of        string  // only this unit, field, level or kind; "" for each
	Most      int     // 0 for no limit
	MostShare float64 // of the dossiers registered, rounded down; 0 for no limit
	Least     int     // 0 if nothing is asked for
}

// vary is by how much the certainty analysis may move a criterion's weight, its steps, and what the bands ask of the
// total: shares.
type vary struct{ weights, steps, thresholds float64 }

// copies is what copied text leads to: shares of the text, and points.
type copies struct{ above, costs, flagAbove float64 }

// Ruleset is one loaded ruleset. It is immutable and safe for use by several goroutines at once.
type Ruleset struct {
	ID        string
	Version   string
	Title     dossier.Text
	Kind      string // applies to
	Level     string // applies to; "" for any
	MaxPoints float64
	SHA256    string // of the file's bytes and of those of the files that it extends
	File      string
	Files     map[string]string // the text of the file and of those that it extends, by name
	Quotas    []Quota
	Order     []string // keys by which the list is ordered: total, criteria, facts, and last "dossier"
	Examples  []Example

	env        *Env
	facts      []FactDef
	roles      map[string][]phrase.Phrase // headings of papers, by role
	sections   map[string][]phrase.Phrase // headings of sections, by the name of their word list
	words      map[string][]phrase.Phrase // word lists
	gates      []gate
	criteria   []criterion
	copies     copies
	bands      bands
	borderline float64 // points; 0 flags nothing
	sure       float64 // confidence from which on a fact counts, 0 to 1
	vary       vary    // of the ruleset; zero if it names nothing
	orderDown  []bool  // by the keys of Order: the highest comes first

	matcher *phrase.Matcher // of everything that is looked for in the text
	papers  []head          // of roles
	parts   []head          // of sections

	clueLists []int // of what clues look for, in the matcher
}

// compile collects everything that is looked for in the text, so that one pass over a page finds it all. It numbers
// the lists of facts and clues, and names the facts for reasons.
func (rs *Ruleset) compile() {
	m := phrase.NewMatcher()
	for _, name := range slices.Sorted(maps.Keys(rs.roles)) {
		rs.papers = append(rs.papers, head{name, m.Add(rs.roles[name])})
	}
	for _, name := range slices.Sorted(maps.Keys(rs.sections)) {
		rs.parts = append(rs.parts, head{name, m.Add(rs.sections[name])})
	}
	for i := range rs.facts {
		f := &rs.facts[i]
		f.list = m.Add(f.labels)
		f.title = rs.titleOfFact(f)
		for k := range f.say {
			t := &f.say[k]
			words := t.before
			if len(words) == 0 {
				words = t.after
			}
			t.list = m.Add([]phrase.Phrase{{Words: words}})
		}
	}
	for i := range rs.criteria {
		for k := range rs.criteria[i].clues {
			c := &rs.criteria[i].clues[k]
			if c.compile(m); len(c.any) > 0 && !slices.Contains(rs.clueLists, c.list) {
				rs.clueLists = append(rs.clueLists, c.list)
			}
		}
	}
	rs.matcher = m
}

// compile adds what the clue looks for to a matcher.
func (c *Clue) compile(m *phrase.Matcher) {
	c.list, c.lists = m.Add(c.any), map[string]int{}
	for with, list := range c.with {
		c.lists[with] = m.Add(list)
	}
	for n := range c.near {
		c.near[n].list = m.Add(c.near[n].phrases)
	}
	c.exceptList, c.objectList = m.Add(c.except), m.Add(c.objects)
}

// titleOfFact is the name of a fact in reasons: its first label in each language or, for a paper, the first heading of
// the paper. Languages without one have the name in the ruleset, with spaces; the campaign's first language has the
// first of any.
func (rs *Ruleset) titleOfFact(def *FactDef) dossier.Text {
	list := def.labels
	if def.paper != "" {
		list = rs.roles[def.paper]
	}
	out := sameText(strings.ReplaceAll(def.Name, "_", " "))
	if len(list) > 0 {
		out[rs.env.Languages[0]] = list[0].Text
	}
	for i := len(list) - 1; i >= 0; i-- {
		if l := list[i].Lang; l != nil {
			out[l.Code] = list[i].Text
		}
	}
	return out
}

// factDef returns the fact with a name, or nil.
func (rs *Ruleset) factDef(name string) *FactDef {
	for i := range rs.facts {
		if rs.facts[i].Name == name {
			return &rs.facts[i]
		}
	}
	return nil
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

// FlagAbove is the share of copied text, from 0 to 1, from which on a dossier is flagged.
func (rs *Ruleset) FlagAbove() float64 { return rs.copies.flagAbove }
