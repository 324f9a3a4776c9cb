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

	"github.com/expr-lang/expr/vm"

	"kheo/internal/dossier"
	"kheo/internal/strict"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/internal/texts"
	"kheo/rules/award"
	"kheo/rules/condition"
	"kheo/rules/exchange"
	"kheo/rules/factreader"
	"kheo/rules/history"
	"kheo/rules/lookup"
	"kheo/rules/phrase"
	"kheo/rules/scales"
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

	DateOrder text.DateOrder `json:",omitempty"` // of the office's dates, for papers in English that do not say it

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

// languagesOr is one language, or those of the campaign if it is "".
func (e *Env) languagesOr(lang string) []string {
	if lang != "" {
		return []string{lang}
	}
	return e.Languages
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
	Rank      string  // only this rank or place; "" for all that mean recommended
	Most      int     // 0 for no limit
	MostShare float64 // of the dossiers counted; 0 for no limit
	Eligible  bool    // MostShare is of the eligible ones, not of all that are registered
	Round     award.Rounding
	Ties      award.Ties
	Least     int // 0 if nothing is asked for

	// FillID is the id in Assessment.Meets of those who may fill what Least asks for; "" if no one may. It has a
	// space, so that no rank or place has the same one.
	FillID  string
	Fill    *condition.Condition // of FillID
	Reserve int                  // how many of those cut are on the reserve list; 0 for none
}

// Limit is how many the quota passes.
func (q *Quota) Limit() award.Limit {
	return award.Limit{Most: q.Most, Share: q.MostShare, Eligible: q.Eligible, Round: q.Round}
}

// vary is by how much the certainty analysis may move a criterion's weight, its steps, and what the bands ask
// of the total: shares.
type vary struct{ weights, steps, thresholds float64 }

// copies is what copied text leads to: shares of the text, and points.
type copies struct{ above, costs, flagAbove float64 }

// EvidenceGoal is how much of the evidence of a list must be right before it is closed, by what people
// checked: the lower bound of an interval. Both are shares over 0 to 1.
type EvidenceGoal struct{ Precision, Confidence float64 }

// EvidenceGoal returns how much of the evidence must be right before the list is closed; nil if nothing is
// asked.
func (rs *Ruleset) EvidenceGoal() *EvidenceGoal { return rs.goal }

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
	Awards    award.List    // ranks or places, the highest first; nil if there are none
	asked     award.List    // Awards, and behind them what dossiers must meet to fill quotas
	counts    bool          // whether a condition names criteria_with
	Budget    *award.Budget // nil if there is none
	OnlyOne   []OnlyOne     // facts of which only one dossier counts
	Order     []string      // keys by which the list is ordered: total, criteria, facts, and last "dossier"
	Columns   []string      // facts that lists show
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
	groups     []group
	tally      scales.Tally // how points are added up
	plain      bool         // the total is nothing but the sum of the criteria
	selfRule   selfRule
	copies     copies
	bands      bands
	borderline float64 // points; 0 flags nothing
	goal       *EvidenceGoal
	sure       float64 // confidence from which on a fact counts, 0 to 1
	vary       vary    // of the ruleset; zero if it names nothing
	orderDown  []bool  // by the keys of Order: the highest comes first

	history *history.Rules // where earlier recognitions are found; nil if nothing says

	matcher *phrase.Matcher // of everything that is looked for in the text
	papers  []head          // of roles
	parts   []head          // of sections

	clueLists []int           // of what clues look for, in the matcher
	deedLists []int           // of clues that ask for what was done, see Clue.mentions
	titles    []phrase.Phrase // of criteria, see longTitles
	labelList int             // of all labels together, in the matcher
	anchors   int             // the first list of anchors of scattered clues, in the matcher; all from there on are
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
		f.Compile(m)
		for k := range f.ways {
			f.ways[k].Compile(m)
		}
		if f.let == nil {
			f.title = titleOfFact(rs, f)
		}
	}
	rs.labelList = m.Add(allLabels(rs))
	countsAlone(rs, m)
	rs.linkComputed()
	linkCriteria(rs)
	nameBands(rs)
	for i := range rs.criteria {
		for k := range rs.criteria[i].clues {
			c := &rs.criteria[i].clues[k]
			if c.compile(m); len(c.any) > 0 && !slices.Contains(rs.clueLists, c.list) {
				rs.clueLists = append(rs.clueLists, c.list)
				if !c.mentions() {
					rs.deedLists = append(rs.deedLists, c.list)
				}
			}
		}
	}
	rs.anchors = m.Add(nil)
	for i := range rs.criteria {
		for k := range rs.criteria[i].clues {
			rs.criteria[i].clues[k].compileScattered(m)
		}
	}
	rs.matcher, rs.titles = m, longTitles(rs.criteria)
}

// countsAlone marks the counts whose unit no other fact of the ruleset counts.
func countsAlone(rs *Ruleset, m *phrase.Matcher) {
	all := make([]*factreader.Fact, len(rs.facts))
	for i := range rs.facts {
		all[i] = &rs.facts[i].Fact
	}
	factreader.Relate(all)
	for i := range rs.facts {
		if len(rs.facts[i].ways) == 0 {
			all[i].CountAlone(all, m)
		}
	}
}

// allLabels are the labels of all facts and of the campaign: what may be beside or below another label without being
// its value.
func allLabels(rs *Ruleset) (out []phrase.Phrase) {
	for i := range rs.facts {
		out = append(out, rs.facts[i].LabelForms()...)
		for k := range rs.facts[i].ways {
			out = append(out, rs.facts[i].ways[k].LabelForms()...)
		}
	}
	for _, key := range IdentityKeys {
		for _, s := range rs.env.Labels[key] {
			out = append(out, phrase.New(s.Text))
		}
	}
	return out
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
		for _, name := range basesOf(rs, def.let.Uses) {
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

// compileScattered adds the words by which the clue is found where its own are apart. One that asks for an object has
// its words together.
func (c *Clue) compileScattered(m *phrase.Matcher) {
	if len(c.objects) > 0 || c.mentions() {
		return
	}
	for _, ph := range c.any {
		for _, own := range ph.Spellings() {
			if s, ok := phrase.NewScattered(own); ok {
				c.scattered = append(c.scattered, scattered{s, m.Add(s.Anchors())})
			}
		}
	}
}

// titleOfFact is the name of a fact in reasons: the title that the ruleset gives it, else its first label in
// each language or, for a paper, the first heading of the paper. Languages without one have the title in the first of
// the campaign's languages that has one, else the first label; only a fact without both has its name in the ruleset.
func titleOfFact(rs *Ruleset, def *FactDef) dossier.Text {
	list := def.allLabels()
	if def.paper != "" {
		list = rs.roles[def.paper]
	}
	title := strings.ReplaceAll(def.Name, "_", " ")
	if len(list) > 0 {
		title = list[0].Text
	}
	for _, lang := range slices.Backward(rs.env.Languages) {
		title = cmp.Or(def.called[lang], title)
	}
	out := sameText(title)
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
	out := slices.Clip(def.Labels)
	for i := range def.ways {
		out = append(out, def.ways[i].Labels...)
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

// Column is a fact of a dossier as lists show it.
type Column struct {
	ID    string
	Title dossier.Text
	Value any          // nil if the fact is missing or does not count
	Text  dossier.Text // the value as readers see it; nil if there is none
}

// ColumnsOf returns the facts of an assessment that lists show.
func (rs *Ruleset) ColumnsOf(a *dossier.Assessment) (out []Column) {
	if rs.Columns == nil {
		return nil
	}
	facts := countedFacts(a)
	for _, name := range rs.Columns {
		def := rs.factDef(name)
		c := Column{ID: name, Title: def.title}
		if f := facts[name]; f != nil {
			c.Value, c.Text = f.Value, dossier.Text{}
			for _, lang := range texts.Languages {
				c.Text[lang] = def.shown(f)(lang)
			}
		}
		out = append(out, c)
	}
	return out
}

// Which one counts of dossiers that state the same of a fact, as rulesets write it.
const (
	KeepBest     = "best"
	KeepLatest   = "latest"
	KeepEarliest = "earliest"
)

// OnlyOne is a fact of which, of several dossiers that state the same, only one counts.
type OnlyOne struct {
	Of        string // the fact
	Keep      string // one of the constants above
	By        string // the fact that says which is the latest or earliest; "" with KeepBest
	Outcome   dossier.Outcome
	Otherwise dossier.Text // the reason of the others
}

// GroupTitle is what readers call a group that limits are counted for: the name of a unit, field, level or kind;
// nil for the whole list, and the id if the campaign has no title for it.
func GroupTitle(rs *Ruleset, per, id string) dossier.Text {
	if rs.env == nil {
		return sameText(id)
	}
	lists := map[string][]Named{"field": rs.env.Fields, "level": rs.env.Levels, "kind": rs.env.Kinds}
	for _, n := range lists[per] {
		if n.ID == id && len(n.Title) > 0 {
			return n.Title
		}
	}
	switch {
	case per == "all":
		return nil
	case per == "unit" && rs.env.UnitByID(id) != nil:
		return sameText(rs.env.UnitByID(id).Name)
	}
	return sameText(id)
}

// CriterionTitle returns how a criterion is called; its id if the ruleset has no such criterion.
func CriterionTitle(rs *Ruleset, id string) dossier.Text {
	for i := range rs.criteria {
		if rs.criteria[i].id == id {
			return rs.criteria[i].title
		}
	}
	return sameText(id)
}

// GateTitle returns the reason that is given to those who fail a gate; its id if the ruleset has no such gate.
func GateTitle(rs *Ruleset, id string) dossier.Text {
	for i := range rs.gates {
		if rs.gates[i].id == id {
			return rs.gates[i].otherwise
		}
	}
	return sameText(id)
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

// Expected is what an example says of one criterion or group, or of the total.
type Expected struct {
	Criterion string // its id, or "total"
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
	d, given := ex.dossier(rs)
	a := rs.Assess(Read(d), given)
	var out []Miss
	for _, want := range ex.Expect {
		got, ok := scoredPoints(a, want.Criterion)
		if want.Criterion == "total" {
			got, ok = a.Points, true
		}
		if !ok || math.Abs(got-want.Points) <= 1e-9 {
			continue
		}
		miss := Miss{Criterion: want.Criterion, Want: want.Points, Got: got, Reason: a.Band}
		if at := criterionAt(rs, want.Criterion); at >= 0 {
			miss.Reason = a.Criteria[at].Reason
		}
		out = append(out, miss)
	}
	for _, want := range ex.Facts {
		var got any
		var from dossier.Text
		for _, f := range a.Facts {
			if f.Name == want.Fact {
				got, from = f.Value, quoted(f.Source.Quote)
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

// dossier returns the example as a dossier of one page, with what is given of it.
func (ex *Example) dossier(rs *Ruleset) (*dossier.Dossier, Given) {
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
	return d, given
}

// Simulate assesses a text as Check assesses examples, and returns what the clues find in it as well, whether or not
// it counts.
func Simulate(rs *Ruleset, text string) (*dossier.Assessment, []Find) {
	d, given := (&Example{Text: text}).dossier(rs)
	return rs.Assess(Read(d), given), rs.Finds(Read(d), given)
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

// Part is a part of a ruleset that an example can reach: a step, row, item, clue, band and so on.
type Part struct {
	Kind string // one of the constants below
	ID   string // of the criterion, gate, rank or place; the outcome of a band; the code of a flag
	At   int    // which step, row, item or clue of the criterion, from 0
	Way  int    // of an item with alternatives: which of them, from 0; else -1
}

// Kinds of parts.
const (
	PartStep    = "step"
	PartRow     = "row"
	PartItem    = "item"
	PartClue    = "clue"
	PartMet     = "gate-met"
	PartNotMet  = "gate-not-met"
	PartBand    = "band"
	PartAward   = "award"
	PartFlag    = "flag"
	noWay       = -1
	awardOfNone = -1 // of a band that belongs to no rank or place
)

// ofText are the flags that the text, scores and facts of an example can raise. Others come of files, of other
// dossiers or of what people did.
var ofText = []string{dossier.FlagContradiction, dossier.FlagBorderline, dossier.FlagPlanNotResult,
	dossier.FlagAwaitingPanel, dossier.FlagPanelSpread, dossier.FlagUncertain, dossier.FlagUncertainFact,
	dossier.FlagOtherCurrency, dossier.FlagSelfDiffers}

// Parts are the parts of a ruleset that its examples can reach, in the order of the ruleset. Flags are those that
// conditions of outcomes name and a text can raise.
func Parts(rs *Ruleset) (out []Part) {
	add := func(kind, id string, at, way int) { out = append(out, Part{kind, id, at, way}) }
	for i := range rs.gates {
		add(PartMet, rs.gates[i].id, 0, noWay)
		add(PartNotMet, rs.gates[i].id, 0, noWay)
	}
	for i := range rs.criteria {
		out = append(out, rs.criteria[i].parts()...)
	}
	var flags []string
	for i := range rs.bands {
		b := &rs.bands[i]
		if b.award == awardOfNone {
			add(PartBand, string(b.Outcome), 0, noWay)
		}
		for _, call := range flagCall.FindAllString(b.cond.Text, -1) {
			flags = append(flags, condition.FlagsOf(call[len("any_flag("):])...)
		}
	}
	for i := range rs.Awards {
		add(PartAward, rs.Awards[i].ID, 0, noWay)
	}
	slices.Sort(flags)
	for _, code := range slices.Compact(flags) {
		if !slices.Contains(ofText, code) {
			continue
		}
		add(PartFlag, code, 0, noWay)
	}
	return out
}

// parts are those of one criterion.
func (c *criterion) parts() (out []Part) {
	add := func(kind string, at, way int) { out = append(out, Part{kind, c.id, at, way}) }
	if steps, ok := c.measure.(scales.Steps); ok {
		for i := range steps.List {
			add(PartStep, i, noWay)
		}
	}
	if c.table != nil {
		for i := range c.table.Rows {
			add(PartRow, i, noWay)
		}
	}
	for i := range c.items {
		for k := range c.items[i].ways {
			add(PartItem, i, wayOf(&c.items[i], k))
		}
	}
	for i := range c.clues {
		add(PartClue, i, noWay)
	}
	return out
}

// wayOf is the number of an alternative of an item in a Part: -1 for an item that has only its own condition.
func wayOf(it *item, k int) int {
	if len(it.ways) == 1 {
		return noWay
	}
	return k
}

// Reached are the parts of a ruleset that give an example its points and outcome: the steps, rows and items that count,
// the clues that find something that counts, the gates that are met or not met by facts of the example, and the band,
// ranks and flags that it comes to.
func Reached(rs *Ruleset, ex *Example) map[Part]bool {
	out := map[Part]bool{}
	d, given := ex.dossier(rs)
	s := inProgress(rs, Read(d), given)
	for i := range rs.gates {
		if ok, missing, err := rs.gates[i].require.Decide(s.env); err == nil && missing == "" {
			out[Part{map[bool]string{true: PartMet, false: PartNotMet}[ok], rs.gates[i].id, 0, noWay}] = true
		}
	}
	for i := range rs.criteria {
		if !s.off.at(i) {
			reachedOf(s, &rs.criteria[i], out)
		}
	}
	for _, f := range rs.Finds(Read(d), given) {
		if f.Answer == Counts {
			out[Part{PartClue, f.Criterion, f.Clue - 1, noWay}] = true
		}
	}
	for _, f := range s.out.Flags {
		out[Part{PartFlag, f.Code, 0, noWay}] = true
	}
	for _, id := range s.out.Meets {
		out[Part{PartAward, id, 0, noWay}] = true
	}
	if s.env["any_flag"] != nil { // the gates left the outcome to the bands
		if outcome, of := rs.bands.first(&vm.VM{}, s.env); of == awardOfNone {
			out[Part{PartBand, string(outcome), 0, noWay}] = true
		}
	}
	return out
}

// reachedOf adds the parts of a criterion that give points by facts.
func reachedOf(s *assessment, c *criterion, out map[Part]bool) {
	if steps, ok := c.measure.(scales.Steps); ok {
		if f := s.counting[c.fact.Name]; f != nil {
			if v, ok := f.Value.(float64); ok {
				out[Part{PartStep, c.id, steps.Reached(v), noWay}] = true
			}
		}
	}
	if c.table != nil {
		for _, i := range c.table.Of(c.columnsOf(s.counting), 1).Rows {
			out[Part{PartRow, c.id, i, noWay}] = true
		}
	}
	for i := range c.items {
		it := &c.items[i]
		w, _ := it.best(s.env)
		for k := range it.ways {
			if w == &it.ways[k] {
				out[Part{PartItem, c.id, i, wayOf(it, k)}] = true
			}
		}
	}
}
