package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
	"kheo/internal/texts"
	"kheo/pipeline/publish"
	"kheo/pipeline/publish/paper"
	"kheo/pipeline/review"
	"kheo/rules"
)

// PaperOrder says which paper is wanted.
type PaperOrder struct {
	Kind     paper.Kind
	Ruleset  string // of a paper about a list
	Unit     string // of a letter
	Dossier  string // of a letter: it goes to one applicant and tells of nothing else
	Language string // "" is the campaign's first

	Hidden func(dossier, unit string) bool // from what whoever asks is recused; nil hides nothing

	// NoHash leaves out the hash of the audit trail, by which whoever may not know all events could confirm
	// a guess at what they hold.
	NoHash bool

	list string // that the dossier of a letter is on, where it is known
}

// toApplicant reports whether the paper is read by those who handed dossiers in: it names criteria and papers,
// and neither the words that earn points nor anybody else.
func (o *PaperOrder) toApplicant() bool { return o.Kind == paper.Feedback || o.Kind == paper.Returns }

// Papers is the folder of the campaign's own templates.
func (w *Workspace) Papers() string { return filepath.Join(w.Dir, "papers") }

// PaperName is what a paper is called as a file, without its ending.
func (o *PaperOrder) PaperName() string {
	parts := []string{string(o.Kind)}
	for _, p := range []string{o.Ruleset, o.Unit, o.Dossier, o.Language} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, "-")
}

// Paper makes a paper of what holds now: of a closed list as it was closed, and of an open one
// a draft.
func (w *Workspace) Paper(ctx context.Context, o PaperOrder) ([]byte, error) {
	if o.Language == "" {
		o.Language = w.Campaign().Env.Languages[0]
	}
	m := &paperMaker{Workspace: w, order: o, lang: o.Language}
	d := &paper.Data{Language: o.Language, Campaign: w.Campaign().Title.In(o.Language, "en", "vi"), Body: m.body(), Date: texts.Letter(o.Language, w.now()), NumberLine: m.t("number") + "        /" + w.Campaign().Papers.Symbol}
	d.Issuer, d.Above = d.Body.Name, d.Body.Superior
	if o.Kind == paper.Decision && d.Body.To != "" {
		d.Issuer, d.Above = d.Body.To, ""
	}
	var lists []string
	switch {
	case o.Kind.OfList():
		lists = []string{o.Ruleset}
	case o.list != "":
		lists = []string{o.list}
	default:
		for _, rs := range w.Campaign().Rulesets {
			lists = append(lists, rs.ID)
		}
	}
	for _, id := range lists {
		rows, err := m.list(ctx, id)
		if err != nil {
			return nil, err
		}
		if rows == nil {
			continue
		}
		d.Draft = d.Draft || rows.Hash == ""
		d.Lists = append(d.Lists, *rows)
	}
	if len(d.Lists) == 0 {
		return nil, fmt.Errorf("no list of %s has been published yet: run `kheo run` first", cmp.Or(o.Ruleset, "this campaign"))
	}
	switch o.Kind {
	case paper.Feedback:
		if d.Unit = o.Unit; w.Campaign().Env.UnitByID(o.Unit) != nil {
			d.Unit = w.Campaign().Env.UnitByID(o.Unit).Name
		}
		for _, l := range d.Lists {
			d.Entries = append(d.Entries, l.Entries...)
		}
		if d.Lists = nil; len(d.Entries) != 1 {
			return nil, fmt.Errorf("there is no dossier %q of the unit %s on the lists: check the names with `kheo lists`", o.Dossier, o.Unit)
		}
		number(d.Entries)
	case paper.Summary:
		d.Summary = m.figures(d.Lists)
	default:
		d.List = d.Lists[0]
	}
	return paper.Make(w.Papers(), o.Kind, w.Campaign().Papers.Layout, d)
}

// paperMaker gathers what a paper says.
type paperMaker struct {
	*Workspace
	order PaperOrder
	lang  string

	untold []string // of the list at hand: names of what is hidden
	others []string // of the list at hand: names of all dossiers but that of the letter
}

func (m *paperMaker) t(key string) string { return texts.Section("papers").In(m.lang, key) }

func (m *paperMaker) body() paper.Body {
	p := &m.Campaign().Papers
	in := func(t dossier.Text) string { return t.In(m.lang, "en", "vi") }
	return paper.Body{Superior: in(p.Superior), Name: cmp.Or(in(p.Name), in(m.Campaign().Title)), State: in(p.State), Motto: in(p.Motto), Place: p.Place, Symbol: p.Symbol,
		To: in(p.To), Signs: in(p.Signs), Decides: in(p.Decides)}
}

// Letters are the orders of the letters to the applicants of a unit: one for each dossier on a list.
func (w *Workspace) Letters(ctx context.Context, unit string) ([]PaperOrder, error) {
	m := &paperMaker{Workspace: w}
	var out []PaperOrder
	for _, rs := range w.Campaign().Rulesets {
		f, _, err := m.published(ctx, rs.ID)
		if err != nil {
			return nil, err
		}
		for i := 0; f != nil && i < len(f.Entries); i++ {
			if e := &f.Entries[i]; unit == "" || e.Unit == unit {
				out = append(out, PaperOrder{Kind: paper.Feedback, Unit: e.Unit, Dossier: e.Dossier, list: rs.ID})
			}
		}
	}
	slices.SortFunc(out, func(a, b PaperOrder) int {
		return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Dossier, b.Dossier))
	})
	return out, nil
}

// tellsOf reports whether an entry belongs into the paper.
func (m *paperMaker) tellsOf(e *publish.Entry) bool {
	return m.order.Kind != paper.Feedback || e.Dossier == m.order.Dossier && e.Unit == m.order.Unit
}

// published is a list as it was closed, or as it is; nil where there is none.
func (m *paperMaker) published(ctx context.Context, ruleset string) (*publish.File, *review.ClosedList, error) {
	run, err := m.Store.Runs.Latest(ctx)
	if err != nil {
		return nil, nil, err
	}
	f, err := m.ListNow(ctx, run, ruleset)
	if err != nil || f == nil {
		return nil, nil, err
	}
	var closed *review.ClosedList
	if err := m.review.View(ctx, func(s *review.State) error {
		if c, ok := s.Closed[ruleset]; ok {
			closed = &c
		}
		return nil
	}); err != nil {
		return nil, nil, err
	}
	return f, closed, nil
}

// list gathers a list as it was closed, or as it is; nil where there is none.
func (m *paperMaker) list(ctx context.Context, ruleset string) (*paper.Rows, error) {
	f, closed, err := m.published(ctx, ruleset)
	if err != nil || f == nil {
		return nil, err
	}
	now, err := m.assessments(ctx, ruleset)
	if err != nil {
		return nil, err
	}
	rs := m.ruleset(ruleset)
	whole := f
	m.untold = nil
	if f = m.apart(whole, rs); f != whole {
		m.untold = namesOf(whole, m.order.Hidden)
	}
	if m.order.Kind == paper.Feedback {
		m.others = namesOf(whole, func(dossier, _ string) bool { return dossier != m.order.Dossier })
	}
	out := &paper.Rows{Title: f.Title, Version: f.RulesVersion, Run: f.Run, Registered: f.Counts.Registered, Recommended: f.Counts.Recommended, Proposes: f.Program().Counts.Recommended}
	if rs != nil {
		out.Title = rs.Title.In(m.lang, "en", "vi")
	}
	if closed != nil {
		out.ClosedOn = m.day(closed.At)
		if !m.order.NoHash {
			out.Hash = closed.Hash
		}
	}
	err = m.review.View(ctx, func(s *review.State) error {
		anchor := s.Anchor()
		if closed != nil {
			anchor = closed.Anchor()
		}
		if m.order.NoHash {
			anchor.Head = "–"
		}
		out.Audit = fmt.Sprintf("%d / %s", anchor.Events, anchor.Head)
		out.Meeting = m.meeting(s, ruleset)
		for i := range f.Entries {
			if !m.tellsOf(&f.Entries[i]) {
				continue
			}
			m.add(out, s, rs, f, &f.Entries[i], now[f.Entries[i].Dossier])
		}
		if f != whole && m.order.Kind != paper.Feedback { // a letter is about one dossier
			m.addRecused(out, s, whole)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if out.Recognised > 0 || closed != nil {
		out.Proposed = slices.DeleteFunc(out.Proposed, func(e paper.Entry) bool { return e.Decision != m.t("decision.recognised") })
	}
	for _, list := range [][]paper.Entry{out.Entries, out.Proposed, out.Handled, out.Incomplete, out.Aside} {
		number(list)
	}
	out.Fields = groups(out.Proposed, func(e *paper.Entry) string { return e.Field })
	out.Units = groups(out.Proposed, func(e *paper.Entry) string { return e.Unit })
	return out, nil
}

// assessments are those of a ruleset that the paper needs, by dossier.
func (m *paperMaker) assessments(ctx context.Context, ruleset string) (map[string]*dossier.Assessment, error) {
	out := map[string]*dossier.Assessment{}
	if m.order.Kind == paper.Feedback {
		a, err := m.Store.Assessments.Get(ctx, m.order.Dossier)
		if a != nil && a.Ruleset == ruleset {
			out[a.Dossier] = a
		}
		return out, err
	}
	all, err := m.Store.Assessments.ByRuleset(ctx, ruleset)
	for _, a := range all {
		out[a.Dossier] = a
	}
	return out, err
}

func (w *Workspace) ruleset(id string) *rules.Ruleset {
	for _, r := range w.Campaign().Rulesets {
		if r.ID == id {
			return r
		}
	}
	return nil
}

func (m *paperMaker) meeting(s *review.State, ruleset string) paper.Meeting {
	rule := s.Rule(ruleset)
	out := paper.Meeting{Quorum: rule.Quorum.In(m.lang), Majority: rule.Majority.Share.In(m.lang), Rule: rule.Majority.In(m.lang, rule.Abstain), Voters: len(s.Voters())}
	if met, ok := s.Meetings[ruleset]; ok {
		out.On, out.Voters = m.day(met.At), met.Voters
		for _, id := range met.Present {
			out.Present = append(out.Present, nameOf(s, id))
		}
		for _, id := range met.Attending {
			out.Attending = append(out.Attending, nameOf(s, id))
		}
	}
	return out
}

func nameOf(s *review.State, id string) string {
	if p := s.People[id]; p != nil {
		return p.Name
	}
	return id
}

// apart is a list without the entries from which whoever asks is recused; the list itself where
// there are none.
func (m *paperMaker) apart(f *publish.File, rs *rules.Ruleset) *publish.File {
	if m.order.Hidden == nil {
		return f
	}
	return f.Apart(func(e *publish.Entry) bool { return m.order.Hidden(e.Dossier, e.Unit) }, rs == nil || len(rs.Quotas) > 0, m.lang)
}

// namesOther reports whether a text that people wrote names another dossier of the list: a letter to one
// applicant tells nothing of others.
func (m *paperMaker) namesOther(text string) bool {
	folded := " " + language.Fold(text) + " "
	return slices.ContainsFunc(m.others, func(name string) bool {
		name = language.Fold(name)
		return name != "" && strings.Contains(folded, " "+name+" ")
	})
}

// namesOf are the ids and titles of the entries of a list that are hidden.
func namesOf(f *publish.File, hidden func(dossier, unit string) bool) []string {
	var out []string
	for i := range f.Entries {
		if e := &f.Entries[i]; hidden(e.Dossier, e.Unit) {
			out = append(out, e.Dossier, e.Title)
		}
	}
	return out
}

// addRecused puts the entries from which whoever asks is recused behind all others, by title, with
// nothing but their names.
func (m *paperMaker) addRecused(out *paper.Rows, s *review.State, whole *publish.File) {
	var list []paper.Entry
	for i := range whole.Entries {
		from := &whole.Entries[i]
		if m.order.Hidden(from.Dossier, from.Unit) {
			e := m.entry(s, from, s.Tally(whole.Ruleset, from.Dossier, from.Unit))
			e.Hidden = true
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b paper.Entry) int {
		return cmp.Or(strings.Compare(a.Title, b.Title), strings.Compare(a.Dossier, b.Dossier))
	})
	out.Entries = append(out.Entries, list...)
	for _, e := range list {
		if e.Aside != "" || e.NotCounted != "" {
			out.Aside = append(out.Aside, e)
		}
	}
}

// entry is what an entry is called, and who is recused from it.
func (m *paperMaker) entry(s *review.State, from *publish.Entry, t review.Tally) paper.Entry {
	e := paper.Entry{Dossier: from.Dossier, Title: from.Title, Nominee: from.Nominee, Unit: from.Unit, Level: named(m.Campaign().Env.Levels, m.lang, from.Level), Field: named(m.Campaign().Env.Fields, m.lang, from.Field)}
	if u := m.Campaign().Env.UnitByID(from.Unit); u != nil {
		e.Unit = u.Name
	}
	var aside []string
	for _, id := range t.Aside {
		aside = append(aside, nameOf(s, id))
	}
	e.Aside = strings.Join(aside, ", ")
	var recused []string
	for _, x := range s.Scores(from.Dossier, from.Unit) {
		if x.Recused != "" && !slices.Contains(recused, x.Scorer) {
			recused = append(recused, x.Scorer)
		}
	}
	e.NotCounted = strings.Join(recused, ", ")
	return e
}

// add puts an entry into the parts of a list where it belongs.
func (m *paperMaker) add(out *paper.Rows, s *review.State, rs *rules.Ruleset, f *publish.File, from *publish.Entry, a *dossier.Assessment) {
	t := s.Tally(f.Ruleset, from.Dossier, from.Unit)
	e := m.entry(s, from, t)
	d := s.Decision(f.Ruleset, from.Dossier)
	if d != nil {
		switch d.Decision {
		case review.Recognised:
			out.Recognised++
		case review.NotRecognised:
			out.NotRecognised++
		case review.Deferred:
			out.Deferred++
		case review.Returned:
			out.Returned++
		}
	} else if s.MustDecide(f.Ruleset, from) {
		out.Undecided++
	}
	m.tell(&e, rs, from, a)
	e.For, e.Against, e.Abstained, e.Voted = t.For, t.Against, t.Abstain, t.Cast()
	e.Result = m.t("undecided")
	if d != nil {
		e.Decision, e.DecisionReason = m.t("decision."+string(d.Decision)), d.Reason
		if m.namesOther(d.Reason) {
			e.DecisionReason = ""
		}
		e.Result = e.Decision
	}
	out.Entries = append(out.Entries, e)
	if from.Outcome == dossier.Recommended || d != nil && d.Decision == review.Recognised {
		out.Proposed = append(out.Proposed, e)
	}
	if d != nil || t.Cast() > 0 {
		out.Handled = append(out.Handled, e)
	}
	if e.Aside != "" && (d != nil || t.Cast() > 0) || e.NotCounted != "" {
		out.Aside = append(out.Aside, e)
	}
	settled := d != nil && (d.Decision == review.Recognised || d.Decision == review.NotRecognised)
	if d != nil && d.Decision == review.Returned || !settled && len(e.Missing) > 0 && lacks(from) {
		out.Incomplete = append(out.Incomplete, e)
	}
	for _, o := range s.Overrides(f.Ruleset, from.Dossier) {
		what := publish.OutcomeText(dossier.Outcome(o.Outcome), m.lang)
		if o.Criterion != "" {
			what = o.Criterion
			for _, c := range from.Criteria {
				if c.ID == o.Criterion {
					what = m.title(a, c.ID, c.Title)
				}
			}
			what += ": " + rules.Number(o.Points, m.lang)
		}
		out.Overrides = append(out.Overrides, paper.Override{Title: e.Title, What: what, Reason: o.Reason, By: nameOf(s, o.By)})
	}
}

// wanting are the flags that tell of something a unit can mend.
var wanting = []string{dossier.FlagMissingDocument, dossier.FlagUnreadable, dossier.FlagLowTextQuality, dossier.FlagContradiction, dossier.FlagUnclassified, dossier.FlagHiddenText, dossier.FlagUnsupported}

// lacks reports whether a dossier lacks something that its unit can send.
func lacks(e *publish.Entry) bool {
	if e.Outcome == dossier.Quarantined {
		return true
	}
	for _, f := range e.Flags {
		if slices.Contains(wanting, f.Code) {
			return true
		}
	}
	return e.Outcome == dossier.NeedsReview && slices.ContainsFunc(e.Gates, func(g publish.Gate) bool { return !g.Passed })
}

func (m *paperMaker) title(a *dossier.Assessment, id, otherwise string) string {
	if a != nil {
		for _, c := range a.Criteria {
			if c.ID == id {
				return c.Title.In(m.lang, "en", "vi")
			}
		}
	}
	return otherwise
}

// tell adds what the program says of an entry, in the paper's language where the assessment is
// the one that the list shows.
func (m *paperMaker) tell(e *paper.Entry, rs *rules.Ruleset, from *publish.Entry, a *dossier.Assessment) {
	in := *from
	if a != nil && from.SaysAsIn(a, m.Campaign().Env.Languages) {
		in = publish.Of(a, from.Rank, m.lang, "en", "vi")
		in.Outcome = from.Outcome
		if len(m.untold) > 0 {
			in.Untold(m.untold, m.lang)
		}
		if h := from.ByHand; h != nil {
			in.Reason = publish.ByHandText(h.Was, h.Reason, m.lang)
		}
	} else {
		a = nil
	}
	num := func(v float64) string { return rules.Number(v, m.lang) }
	e.Rank, e.Outcome, e.Reason, e.Points = from.Rank, publish.OutcomeText(from.Outcome, m.lang), in.Reason, num(from.Points)
	if from.Max > 0 {
		e.Max = num(from.Max)
	}
	sent := m.order.toApplicant()
	if sent {
		e.Rank, e.Reason = 0, "" // a place tells of others, and a reason of the words that earn points
	}
	for _, f := range in.Flags {
		text := f.Message
		if sent {
			if text = m.mend(f); text == "" {
				continue
			}
		}
		e.Flags = append(e.Flags, paper.Flag{Name: rules.FlagTitle(f.Code).In(m.lang, "en"), Text: text})
		if slices.Contains(wanting, f.Code) || f.Code == dossier.FlagPlanNotResult || f.Code == dossier.FlagNearDuplicate {
			e.Missing = append(e.Missing, text)
		}
	}
	for _, g := range in.Gates {
		if !g.Passed {
			e.Missing = append(e.Missing, g.Reason)
		}
	}
	if from.Outcome == dossier.Quarantined {
		e.Missing = append(e.Missing, in.Reason)
	}
	for _, c := range in.Criteria {
		if c.Max <= 0 || c.Points*2 < c.Max {
			if c.Max > 0 && c.Points == 0 && sent {
				e.Missing = append(e.Missing, c.Title+": "+m.t("nothing"))
			} else if c.Max > 0 && c.Points == 0 {
				e.Missing = append(e.Missing, c.Title+": "+c.Reason)
			}
			continue
		}
		p := paper.Point{Title: c.Title, Points: num(c.Points), Max: num(c.Max)}
		if !sent {
			p.Text = c.Reason
		}
		for _, q := range c.Evidence[:min(2, len(c.Evidence))] {
			p.Quotes = append(p.Quotes, paper.Quote{Text: strings.Join(strings.Fields(q.Quote), " "), Document: q.Document, Page: q.Page})
		}
		e.Convinced = append(e.Convinced, p)
	}
	if rs == nil || a == nil {
		return
	}
	for _, x := range rs.Advise(a) {
		e.More = append(e.More, paper.Point{Title: x.Criterion.In(m.lang, "en", "vi"), Points: num(x.Points), Max: num(x.Max), Text: x.More.In(m.lang, "en")})
	}
}

// mend is what an applicant is told of a flag: what can be mended, and nothing of another dossier; "" for what
// is the committee's own concern.
func (m *paperMaker) mend(f publish.Flag) string {
	switch {
	case f.Code == dossier.FlagNearDuplicate:
		return m.t("shared")
	case slices.Contains(wanting, f.Code) || f.Code == dossier.FlagPlanNotResult:
		return f.Message
	}
	return ""
}

func named(list []rules.Named, lang, id string) string {
	for _, n := range list {
		if n.ID == id {
			return cmp.Or(n.Title.In(lang, "en", "vi"), id)
		}
	}
	return id
}

func number(list []paper.Entry) {
	for i := range list {
		list[i].Number = i + 1
	}
}

// groups parts entries by what they have in common, in the order in which it comes up.
func groups(list []paper.Entry, by func(*paper.Entry) string) []paper.Group {
	at := map[string]int{}
	var out []paper.Group
	for i := range list {
		k := by(&list[i])
		if _, ok := at[k]; !ok {
			at[k] = len(out)
			out = append(out, paper.Group{Number: len(out) + 1, Name: k})
		}
		g := &out[at[k]]
		e := list[i]
		e.Number = len(g.Entries) + 1
		g.Entries = append(g.Entries, e)
	}
	return out
}

// figures are the figures of the year.
func (m *paperMaker) figures(lists []paper.Rows) paper.Figures {
	var out paper.Figures
	names := m.Campaign().Papers.Names
	call := func(key string) string { return cmp.Or(names[key].In(m.lang, "en", "vi"), key) }
	kinds, attributes := map[string]int{}, map[string]int{}
	for _, u := range m.Campaign().Env.Units {
		if u.Kind != "" {
			kinds[u.Kind]++
		}
		for k, v := range u.Attributes {
			if is, ok := v.(bool); ok && is {
				attributes[k]++
			}
		}
	}
	for _, of := range []map[string]int{kinds, attributes} {
		for _, k := range slices.Sorted(maps.Keys(of)) {
			out.Units = append(out.Units, paper.Figure{Name: call(k), Count: of[k]})
		}
	}
	recognised := m.t("decision.recognised")
	recommended := publish.OutcomeText(dossier.Recommended, m.lang)
	fields, units, flags := counted{}, counted{}, counted{}
	for _, l := range lists {
		for i := range l.Entries {
			e := &l.Entries[i]
			for _, f := range []*paper.Figure{fields.of(e.Field), units.of(e.Unit)} {
				f.Registered++
				if e.Outcome == recommended {
					f.Recommended++
				}
				if e.Decision == recognised {
					f.Recognised++
				}
			}
			once := map[string]bool{}
			for _, f := range e.Flags {
				if !once[f.Name] {
					once[f.Name] = true
					flags.of(f.Name).Count++
				}
			}
		}
	}
	out.Fields, out.ByUnit, out.Flags = fields.list(), units.list(), flags.list()
	for _, t := range m.Campaign().Papers.Tasks {
		out.Tasks = append(out.Tasks, t.In(m.lang, "en", "vi"))
	}
	return out
}

// counted is how many there are of what, by name.
type counted map[string]*paper.Figure

func (c counted) of(name string) *paper.Figure {
	if c[name] == nil {
		c[name] = &paper.Figure{Name: name}
	}
	return c[name]
}

func (c counted) list() []paper.Figure {
	var out []paper.Figure
	for _, k := range slices.Sorted(maps.Keys(c)) {
		if k != "" {
			out = append(out, *c[k])
		}
	}
	return out
}

// day writes the day of a time of the log, in the campaign's timezone.
func (m *paperMaker) day(at string) string {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return at
	}
	return rules.LocalDate(t.In(m.Campaign().Location).Format("2006-01-02"), m.lang)
}
