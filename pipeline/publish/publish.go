// Package publish writes a list as files: JSON for programs, CSV and XLSX for spreadsheets, HTML for
// reading and printing, DOCX for the papers of the meeting. The bytes depend on the list alone: no
// clock, no machine and no order of submission leaves a trace in them.
//
// File is a list in one language, as its JSON. Edition (edition.go) writes all forms (forms.go, xlsx.go,
// html.go, docx.go) at once while it loads the entries part by part, and takes over the JSON of entries
// that have not changed (rendered.go). Lists for people who may not see everything are made from a File
// by recused.go; outcomes that people set are in overrides.go. Diff and Fairness compare lists and
// groups.
package publish

import (
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"kheo/internal/dossier"
	"kheo/internal/texts"
	"kheo/internal/visible"
	"kheo/pipeline/recommend"
	"kheo/rules"
	"kheo/rules/award"
)

// Version identifies how pages and sheets look: it is part of the id of a run, so lists that look
// different belong to another run.
const Version = "7"

// File is a list in one language, as in lists/<campaign>/latest/<ruleset>.json. Its JSON is part of the contract with
// users' programs: keys are added, never renamed.
type File struct {
	Campaign      string   `json:"campaign"`
	Ruleset       string   `json:"ruleset"`
	RulesetSHA256 string   `json:"ruleset_sha256"`
	RulesVersion  string   `json:"ruleset_version,omitempty"`
	Run           string   `json:"run"` // the id of the run that made the list
	Title         string   `json:"title"`
	Counts        Counts   `json:"counts"`
	Notes         []string `json:"notes,omitempty"`

	// Evidence is how much of the evidence people checked; nil if none, and no sample was drawn.
	Evidence *dossier.ListEvidence `json:"evidence,omitempty"`

	Entries []Entry `json:"entries"`
}

// Counts counts a list's dossiers, all and by outcome. The keys are part of the contract of the lists'
// JSON. (The figures of papers and of closings count decisions, and are other numbers.)
type Counts struct {
	Registered     int `json:"registered"`
	Recommended    int `json:"recommended"`
	NotRecommended int `json:"not-recommended"`
	NeedsReview    int `json:"needs-review"`
	Ineligible     int `json:"ineligible"`
	Quarantined    int `json:"quarantined"`
}

// Entry is one dossier on a list, in one language.
type Entry struct {
	Rank     int             `json:"rank"`
	Dossier  string          `json:"dossier"`
	Title    string          `json:"title"`
	Nominee  string          `json:"nominee,omitempty"`
	Unit     string          `json:"unit"`
	Level    string          `json:"level"`
	Field    string          `json:"field"`
	Kind     string          `json:"kind"`
	Outcome  dossier.Outcome `json:"outcome"`
	Reason   string          `json:"reason"`
	Points   float64         `json:"points"`
	Max      float64         `json:"max"`
	Flags    []Flag          `json:"flags"`
	Gates    []Gate          `json:"gates"`
	Criteria []Criterion     `json:"criteria"`
	Groups   []Group         `json:"groups,omitempty"`
	Self     *float64        `json:"self,omitempty"` // what the unit's own points add up to
	// NotLooked is evidence that was not looked for on its rendered page when the list was made; see docs/reading.md.
	NotLooked []dossier.Citation `json:"not_looked_at,omitempty"`

	Certainty *Certainty `json:"certainty,omitempty"`
	ByHand    *ByHand    `json:"by_hand,omitempty"`   // set if a person set the outcome
	Corrected []string   `json:"corrected,omitempty"` // facts that people set or rejected
	Deciding  []string   `json:"deciding,omitempty"`  // uncertain facts that the outcome depends on

	// Checked says how many of its pieces of evidence people checked, rejected ones among them, and how many
	// were right.
	Checked *dossier.EvidenceChecked `json:"evidence_checked,omitempty"`

	Given

	Hidden   bool   `json:"-"` // what the scores of others make of it is left out; see Blind
	rendered []byte // its JSON, if it is at hand; then gates and criteria may lack their reasons
	kept     kept   // what else is at hand
	place    int    // among the entries of an edition, from 0
}

// Given is what an entry gets beside its outcome, and its places on the list. It is empty for rulesets without
// ranks, places, a budget and columns.
type Given struct {
	Award   *Award       `json:"award,omitempty"`
	Place   int          `json:"place,omitempty"` // among those that contend, from 1; equals share one
	Order   int          `json:"order,omitempty"` // among all that are eligible, from 1; equals share one
	Granted *award.Money `json:"granted,omitempty"`
	Columns []Column     `json:"columns,omitempty"`
}

// Award is the scheme's own rank or place, or what a budget gives, in one language.
type Award struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// Column is a fact that the ruleset shows in a column of its own, in one language.
type Column struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Value any    `json:"value"` // as of a fact; nil if it does not count
	Text  string `json:"text"`  // the value as readers see it
}

// awardText is the title of what an entry gets, with the money that goes with it; "" if it gets nothing.
func (n Names) awardText(e *Entry) string {
	out := ""
	if e.Award != nil {
		out = e.Award.Title
	}
	if e.Granted != nil {
		out = strings.TrimSpace(out + " " + n.granted(e))
	}
	return out
}

// granted is the money that an entry gets; "" if it gets none.
func (n Names) granted(e *Entry) string {
	if e.Granted == nil {
		return ""
	}
	return rules.Number(e.Granted.Amount, n.Lang) + " " + e.Granted.Currency
}

// AwardText returns the title of what an entry gets and the money that goes with it, for papers.
func AwardText(e *Entry, lang string) string { return Names{nil, lang}.awardText(e) }

// useRendered takes over the JSON that an entry had before, with its reason and flags.
func (e *Entry) useRendered(b []byte) {
	old := gjson.GetManyBytes(b, "reason", "flags")
	e.rendered, e.Reason, e.Flags = b, old[0].String(), []Flag{}
	old[1].ForEach(func(_, f gjson.Result) bool {
		e.Flags = append(e.Flags, Flag{f.Get("code").String(), f.Get("message").String()})
		return true
	})
}

// Certainty is how certain an outcome is, with a sentence that says so.
type Certainty struct {
	*recommend.Certainty
	Text string `json:"text"`
}

// Flag is a dossier.Flag in one language. The types of package dossier have texts in all languages, and
// so other JSON.
type Flag struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Gate is a dossier.Gate in one language.
type Gate struct {
	ID     string `json:"id"`
	Passed bool   `json:"passed"`
	Reason string `json:"reason"`
}

// Criterion is a dossier.Criterion in one language.
type Criterion struct {
	ID       string           `json:"id"`
	Title    string           `json:"title"`
	Points   float64          `json:"points"`
	Max      float64          `json:"max"`
	Reason   string           `json:"reason"`
	Evidence []dossier.Source `json:"evidence"`

	// Uncertain are passages that may be evidence and wait for a person, and AtStake the points that they could add.
	Uncertain []Uncertain `json:"uncertain,omitempty"`
	AtStake   float64     `json:"at_stake,omitempty"`
	Hidden    bool        `json:"-"` // its points are left out; see Entry.Blind

	// As of dossier.Criterion.
	Group   string   `json:"group,omitempty"`
	Weight  float64  `json:"weight,omitempty"`
	Bonus   bool     `json:"bonus,omitempty"`
	Deducts bool     `json:"deducts,omitempty"`
	Self    *float64 `json:"self,omitempty"`
}

// Group is a dossier.Group in one language.
type Group struct {
	ID     string  `json:"id"`
	Title  string  `json:"title"`
	Points float64 `json:"points"`
	Max    float64 `json:"max"`
	Group  string  `json:"group,omitempty"`
	Weight float64 `json:"weight,omitempty"`
}

// Uncertain is a passage that may be evidence, with the reason why it is not certain.
type Uncertain struct {
	dossier.Source
	Why string `json:"why"`
}

// uncertainIn writes uncertain passages in the first of the languages that the reasons have.
func uncertainIn(list []dossier.Source, languages ...string) (out []Uncertain) {
	for _, src := range list {
		out = append(out, Uncertain{src, rules.EvidenceDoubt(src.Doubt).In(languages...)})
	}
	return out
}

// Of returns an assessment in the first of the languages that its texts have.
func Of(a *dossier.Assessment, rank int, languages ...string) Entry {
	e := Entry{Rank: rank, Dossier: a.Dossier, Title: a.Title, Nominee: a.Nominee, Unit: a.Unit, Level: a.Level,
		Field: a.Field, Kind: a.Kind, Outcome: a.Outcome, Reason: a.Band.In(languages...), Points: a.Points, Max: a.Max,
		Flags: []Flag{}, Gates: []Gate{}, Criteria: []Criterion{}, Corrected: a.Corrected,
		Deciding: a.Deciding, Checked: a.Checked, NotLooked: a.NotLooked, Self: a.Self}
	for _, f := range a.Flags {
		e.Flags = append(e.Flags, Flag{f.Code, f.Message.In(languages...)})
	}
	for _, g := range a.Gates {
		e.Gates = append(e.Gates, Gate{g.ID, g.Passed, g.Reason.In(languages...)})
	}
	for _, c := range a.Criteria {
		ev := c.Evidence
		if ev == nil {
			ev = []dossier.Source{}
		}
		e.Criteria = append(e.Criteria, Criterion{ID: c.ID, Title: c.Title.In(languages...), Points: c.Points,
			Max: c.Max, Reason: c.Reason.In(languages...), Evidence: ev,
			Uncertain: uncertainIn(c.Uncertain, languages...), AtStake: c.AtStake, Group: c.Group,
			Weight: c.Weight,
			Bonus:  c.Bonus, Deducts: c.Deducts, Self: c.Self})
	}
	for _, g := range a.Groups {
		e.Groups = append(e.Groups, Group{g.ID, g.Title.In(languages...), g.Points, g.Max, g.Group, g.Weight})
	}
	return e
}

// CountsOf counts a list.
func CountsOf(l *recommend.List) Counts {
	n := l.Counts()
	return Counts{len(l.Entries), n[dossier.Recommended], n[dossier.NotRecommended], n[dossier.NeedsReview],
		n[dossier.Ineligible], n[dossier.Quarantined]}
}

// NewFile returns a list in the first of the languages that its texts have. Run is left empty.
func NewFile(l *recommend.List, campaign string, languages ...string) *File {
	f := head(l, campaign, languages...)
	for i := range l.Entries {
		f.Entries = append(f.Entries, ranked(&l.Entries[i], l.Entries[i].Assessment, languages...))
	}
	return f
}

// head returns a list without its entries.
func head(l *recommend.List, campaign string, languages ...string) *File {
	f := &File{Campaign: campaign, Ruleset: l.Ruleset, RulesetSHA256: l.SHA256, RulesVersion: l.Version,
		Title: l.Title.In(languages...), Evidence: l.Evidence, Entries: []Entry{}}
	f.Counts = CountsOf(l)
	for _, t := range l.Notes {
		f.Notes = append(f.Notes, t.In(languages...))
	}
	return f
}

// ranked returns an assessment with its rank on a list, its certainty, and the outcome that a person
// set.
func ranked(r *recommend.Ranked, a *dossier.Assessment, languages ...string) Entry {
	e := Of(a, r.Rank, languages...)
	e.Given = givenIn(r, languages...)
	if r.Certainty != nil {
		e.Certainty = &Certainty{r.Certainty, CertaintyText(r.Certainty, &e, languages...)}
	}
	if h := r.ByHand; h != nil {
		e.Outcome = h.Was
		if h.Certainty != nil {
			e.Certainty = &Certainty{h.Certainty, CertaintyText(h.Certainty, &e, languages...)}
		}
		e.choose(recommend.Choice{Outcome: r.Outcome, Reason: h.Reason, Award: h.Award}, h.Place, languages[0])
	}
	return e
}

// givenIn returns what an entry gets in the first of the languages that its texts have.
func givenIn(r *recommend.Ranked, languages ...string) Given {
	g := Given{Place: r.Place, Order: r.Position, Granted: r.Granted}
	if r.Award != nil {
		g.Award = &Award{r.Award.ID, r.Award.Title.In(languages...)}
	}
	for _, c := range r.Columns {
		g.Columns = append(g.Columns, Column{c.ID, c.Title.In(languages...), c.Value, c.Text.In(languages...)})
	}
	return g
}

// Without returns the list without some of its entries, counted again.
func (f *File) Without(hidden func(e *Entry) bool) *File {
	out := *f
	out.Entries = []Entry{}
	out.Counts = Counts{}
	of := map[dossier.Outcome]*int{dossier.Recommended: &out.Counts.Recommended,
		dossier.NotRecommended: &out.Counts.NotRecommended, dossier.NeedsReview: &out.Counts.NeedsReview,
		dossier.Ineligible: &out.Counts.Ineligible, dossier.Quarantined: &out.Counts.Quarantined}
	for i := range f.Entries {
		e := &f.Entries[i]
		if hidden(e) {
			continue
		}
		out.Entries = append(out.Entries, *e)
		out.Counts.Registered++
		if n := of[e.Outcome]; n != nil {
			*n++
		}
	}
	return &out
}

// CertaintyText says how certain an outcome is, and which criterion it depends on, in the first of the languages that
// has the words. Titles are as the entry has them.
func CertaintyText(c *recommend.Certainty, e *Entry, languages ...string) string {
	lang := "en"
	for _, l := range languages {
		if words.Text("certain")[l] != "" {
			lang = l
			break
		}
	}
	said := "certain"
	if c.Awards != nil {
		said = "certain-award"
	}
	s := fmt.Sprintf(words.Text(said)[lang], rules.Number(100*c.Keeps, lang), c.Draws)
	if c.DependsOn == "" {
		return s
	}
	title := c.DependsOn
	for _, x := range e.Criteria {
		if x.ID == c.DependsOn {
			title = x.Title
		}
	}
	key, by := "more", c.By
	if by < 0 {
		key, by = "fewer", -by
	}
	return s + " " + fmt.Sprintf(words.Text("hangs-" + key)[lang], title, rules.Number(by, lang),
		strings.ToLower(Names{nil, lang}.t(string(c.To))))
}

// Names looks up how units, fields and levels are called in a language.
type Names struct {
	Env  *rules.Env
	Lang string
}

// unit returns the name of a unit; its id if the campaign does not have it.
func (n Names) unit(id string) string {
	if u := n.Env.UnitByID(id); u != nil {
		return u.Name
	}
	return id
}

// of returns the title of a level, field or kind.
func (n Names) of(list []rules.Named, id string) string { return rules.TitleOf(list, id, n.Lang) }

// number formats a number as the language writes it.
func (n Names) number(f float64) string { return rules.Number(f, n.Lang) }

// words are the texts of the published lists.
const words texts.Section = "lists"

// t is a text of the list in its language.
func (n Names) t(key string) string {
	return words.In(n.Lang, key)
}

// OutcomeText returns an outcome in words.
func OutcomeText(o dossier.Outcome, lang string) string { return Names{nil, lang}.outcome(o) }

// outcome returns an outcome in words.
func (n Names) outcome(o dossier.Outcome) string { return n.t(string(o)) }

// PlainCell returns a text for a cell of comma-separated values, on one line. A spreadsheet must not
// take it for a formula.
func PlainCell(s string) string {
	s = strings.Join(strings.Fields(visible.Line(s)), " ")
	if s != "" && strings.ContainsRune("=+-@", rune(s[0])) {
		return "'" + s
	}
	return s
}

// flagText returns the flags of an entry, and the note of what people corrected, as one line.
func (n Names) flagText(e *Entry) string {
	var out []string
	for _, f := range e.Flags {
		out = append(out, rules.FlagTitle(f.Code).In(n.Lang, "en")+": "+f.Message)
	}
	if note := n.correctedText(e); note != "" {
		out = append(out, note)
	}
	return strings.Join(out, " | ")
}

// correctedText is the note that people corrected facts of an entry; "" if they did not.
func (n Names) correctedText(e *Entry) string {
	if len(e.Corrected) == 0 {
		return ""
	}
	return fmt.Sprintf(n.t("corrected"), strings.Join(e.Corrected, ", "))
}

// pointsOf returns the points of a criterion or group; false if the entry does not have it.
func (e *Entry) pointsOf(id string) (float64, bool) {
	for _, c := range e.Criteria {
		if c.ID == id {
			return c.Points, true
		}
	}
	for _, g := range e.Groups {
		if g.ID == id {
			return g.Points, true
		}
	}
	return 0, false
}
