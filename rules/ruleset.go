package rules

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"kheo/internal/dossier"
	"kheo/internal/strict"
	"kheo/internal/text/language"
	"kheo/rules/exchange"
	"kheo/rules/lookup"
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

// TitleOf returns the title of the entry of list with an id, in the first of the languages that it has, and
// the id if there is none.
func TitleOf(list []Named, id string, languages ...string) string {
	for _, n := range list {
		if n.ID == id {
			return cmp.Or(n.Title.In(languages...), id)
		}
	}
	return id
}

// Env is what rulesets know of their campaign. It must not be changed after first use, and is then safe for
// several goroutines.
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

	Exchange *exchange.Rates        `json:",omitempty"` // nil if the campaign has no rates
	Tables   map[string]lookup.Spec `json:",omitempty"` // tables of the office that rulesets may name; files in rules/

	OpenTable func(name string) ([]byte, error) `json:"-"` // reads the files of Tables; may be nil if there are none

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

// years are the first and the last year of the campaign; 0 if they are not known.
func (e *Env) years() (from, to int) {
	from, _ = strconv.Atoi(e.firstYear())
	return from, max(from, e.lastYear())
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

// vary is by how much the certainty analysis may move a criterion's weight, its steps, and what the bands ask
// of the total: shares.
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
	Notes     strict.Problems // what is allowed but may be unintended, such as table rows of unknown units

	env        *Env
	facts      []FactDef                  // those that are computed come last, each behind those that it is computed of
	computes   bool                       // some are computed
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

// compile collects everything that is looked for in the text, so that one pass over a page finds it all. It
// numbers the lists of facts and clues, and names the facts for reasons.
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
		f.compile(m)
		for k := range f.ways {
			f.ways[k].compile(m)
		}
		if f.let == nil {
			f.title = rs.titleOfFact(f)
		}
	}
	rs.linkComputed()
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

// compile adds the labels and sentence patterns of the fact to a matcher.
func (def *FactDef) compile(m *phrase.Matcher) {
	def.list, def.bareList = m.Add(def.labels), m.Add(def.bareLabels())
	for k := range def.say {
		t := &def.say[k]
		words := t.before
		if len(words) == 0 {
			words = t.after
		}
		t.list = m.Add([]phrase.Phrase{{Words: words}})
	}
}

// linkComputed notes which facts computed ones depend on, and the other way round.
func (rs *Ruleset) linkComputed() {
	for i := range rs.facts {
		def := &rs.facts[i]
		def.feeds = []string{def.Name}
		if def.let == nil {
			continue
		}
		rs.computes = true
		for _, name := range rs.basesOf(def.let.Uses) {
			if !slices.Contains(def.bases, name) {
				def.bases = append(def.bases, name)
			}
		}
		var titles []dossier.Text
		for _, name := range def.bases {
			base := rs.factDef(name)
			base.feeds = append(base.feeds, def.Name)
			titles = append(titles, base.title)
		}
		def.needs = join(", ", titles...)
	}
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

// titleOfFact is the name of a fact in reasons: the title that the ruleset gives it, else its first label in
// each language or, for a paper, the first heading of the paper. Languages without one have the name in the
// ruleset, with spaces; the campaign's first language has the first of any.
func (rs *Ruleset) titleOfFact(def *FactDef) dossier.Text {
	list := def.allLabels()
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
	maps.Copy(out, def.called)
	return out
}

// allLabels are the labels of the fact, in all ways to find it.
func (def *FactDef) allLabels() []phrase.Phrase {
	out := slices.Clip(def.labels)
	for i := range def.ways {
		out = append(out, def.ways[i].labels...)
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

// Example is a text with what it must get: a test that a ruleset carries.
type Example struct {
	Name   string
	Text   string
	File   string
	Line   int // in the ruleset's file
	Expect []Expected
	Facts  []ExpectedFact
	Flags  []string // exactly these of contradiction and plan-not-result
	flags  bool     // flags: is there
	Scores map[string][]float64
}

// Expected is what an example says of one criterion.
type Expected struct {
	Criterion string
	Points    float64
}

// ExpectedFact is what an example says of one fact; Value is nil if it must not be found.
type ExpectedFact struct {
	Fact  string
	Value any
}

// Miss is an expectation that does not hold: of a criterion, a fact or a flag.
type Miss struct {
	Criterion string       `json:"criterion,omitempty"`
	Fact      string       `json:"fact,omitempty"`
	Flag      string       `json:"flag,omitempty"`
	Want      any          `json:"want"`
	Got       any          `json:"got"`
	Reason    dossier.Text `json:"reason,omitempty"` // why it got what it did
}

// Check assesses an example of the ruleset as a dossier of one page, and returns the expectations that do not
// hold; nil if all do. Each score of the example counts as that of another person. The manifest is empty, so
// facts come from the text alone.
func (rs *Ruleset) Check(ex Example) []Miss {
	page := dossier.Page{Number: 1, Text: strings.TrimRight(ex.Text, "\n"), Quality: 1, Reader: "example",
		Language: language.Detect(ex.Text)}
	document := dossier.Document{Name: "example", Type: "text/plain", Pages: []dossier.Page{page}}
	d := &dossier.Dossier{ID: "example", Name: ex.Name, Documents: []dossier.Document{document}}
	given := Given{Identity: dossier.Identity{Kind: rs.Kind, Level: rs.Level}}
	for _, id := range slices.Sorted(maps.Keys(ex.Scores)) {
		for i, p := range ex.Scores[id] {
			given.Scores = append(given.Scores, dossier.PanelScore{Criterion: id, Scorer: fmt.Sprint(i), Points: p})
		}
	}
	a := rs.Assess(Read(d), given)
	var out []Miss
	for _, want := range ex.Expect {
		for _, c := range a.Criteria {
			if c.ID == want.Criterion && math.Abs(c.Points-want.Points) > 1e-9 {
				out = append(out, Miss{Criterion: c.ID, Want: want.Points, Got: c.Points, Reason: c.Reason})
			}
		}
	}
	for _, want := range ex.Facts {
		var got any
		var from dossier.Text
		for _, f := range a.Facts {
			if f.Name == want.Fact {
				got, from = f.Value, sameText("“"+oneLine(f.Source.Quote)+"”")
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want.Value) {
			out = append(out, Miss{Fact: want.Fact, Want: want.Value, Got: got, Reason: from})
		}
	}
	if ex.flags {
		out = append(out, flagMisses(ex, a)...)
	}
	return out
}

// flagMisses returns the flags that an example must raise and does not, and those of the
// text that it raises and must not.
func flagMisses(ex Example, a *dossier.Assessment) []Miss {
	var out []Miss
	for _, code := range ex.Flags {
		if !a.HasFlag(code) {
			out = append(out, Miss{Flag: code, Want: true, Got: false})
		}
	}
	for _, f := range a.Flags {
		ofText := f.Code == dossier.FlagContradiction || f.Code == dossier.FlagPlanNotResult
		if ofText && !slices.Contains(ex.Flags, f.Code) {
			out = append(out, Miss{Flag: f.Code, Want: false, Got: true, Reason: f.Message})
		}
	}
	return out
}
