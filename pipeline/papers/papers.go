// Package papers makes the papers of a campaign from its records: the proposal, minutes, submission and decision
// draft of a list, the list of dossiers to be completed, letters to applicants, and the annual summary.
//
// Make collects a paper.Data: papers.go chooses the lists and hides what the reader may not see, entry.go describes
// each entry, figures.go counts for the summary. Package publish/paper then fills in the template. A paper about a
// closed list shows the list as it was closed; about an open list it is a draft.
package papers

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
	"kheo/internal/texts"
	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/publish/paper"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// Order says which paper is wanted, and for whom.
type Order struct {
	Kind     paper.Kind
	Ruleset  string // the list, for a paper about one list
	Unit     string // the recipient of a letter
	Dossier  string // the dossier of a letter, which contains nothing about any other
	Language string // "" is the campaign's first

	// Hidden reports entries from which the person who asks for the paper is recused; nil hides nothing.
	Hidden func(dossier, unit string) bool

	// NoHash leaves out the hash of the audit trail. With it, a person who may not see all events could confirm
	// guesses about their contents.
	NoHash bool

	certified *certified // of a certificate

	list string // the list that the dossier of a letter is on; "" if it is not known
}

// toApplicant reports whether applicants read the paper. Such a paper names criteria and documents, but neither the
// words that earn points nor anyone else's dossier.
func (o *Order) toApplicant() bool { return o.Kind == paper.Feedback || o.Kind == paper.Returns }

// Folder returns the folder with the campaign's own templates.
func Folder(w *workspace.Workspace) string { return filepath.Join(w.Dir, "papers") }

// Blanks returns the keys of papers: in kheo.yaml without which papers in a language have gaps, in the order in which
// they are there.
func Blanks(w *workspace.Workspace, lang string) []string {
	m := &paperMaker{Workspace: w, lang: lang}
	b := m.body()
	type key struct{ name, value string }
	keys := []key{{"body", m.Campaign().Papers.Name.In(lang, "en", "vi")}, {"place", b.Place}, {"symbol", b.Symbol},
		{"to", b.To}, {"signs", b.Signs}, {"decides", b.Decides}}
	if w.Campaign().Papers.Layout == "official" {
		keys = slices.Insert(keys, 0, key{"superior", b.Superior})
		keys = slices.Insert(keys, 2, key{"state", b.State}, key{"motto", b.Motto})
	}
	var out []string
	for _, k := range keys {
		if strings.TrimSpace(k.value) == "" {
			out = append(out, k.name)
		}
	}
	return out
}

// FileName returns the file name of a paper, without the extension.
func (o *Order) FileName() string {
	parts := []string{string(o.Kind)}
	for _, p := range []string{o.Ruleset, o.Unit, o.Dossier, o.Language} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, "-")
}

// Make returns a paper as a Word document. The error names what to do if nothing has been published yet, or if the
// dossier of a letter is not on a list.
func Make(ctx context.Context, w *workspace.Workspace, o Order) ([]byte, error) {
	if o.Language == "" {
		o.Language = w.Campaign().Env.Languages[0]
	}
	// What every paper has; its kind decides what else is needed.
	m := &paperMaker{Workspace: w, order: o, lang: o.Language}
	d := &paper.Data{Language: o.Language, Campaign: w.Campaign().Title.In(o.Language, "en", "vi"), Body: m.body(),
		Date: texts.Letter(o.Language, w.Time()), NumberLine: m.t("number") + "        /" + w.Campaign().Papers.Symbol}
	d.Issuer, d.Above = d.Body.Name, d.Body.Superior
	// The body that receives the submission issues the decision.
	if o.Kind == paper.Decision && d.Body.To != "" {
		d.Issuer, d.Above = d.Body.To, ""
	}
	if o.Kind == paper.Certificate {
		if err := m.certificate(ctx, d); err != nil {
			return nil, err
		}
		return paper.Make(Folder(w), o.Kind, w.Campaign().Papers.Layout, d)
	}
	for _, id := range o.lists(w) {
		rows, err := m.list(ctx, id)
		if err != nil {
			return nil, err
		}
		if rows == nil {
			continue
		}
		d.Draft = d.Draft || rows.Hash == "" // an open list has no hash of its closing
		d.Lists = append(d.Lists, *rows)
	}
	if len(d.Lists) == 0 {
		return nil, fmt.Errorf("no list of %s has been published yet: run `kheo run` first",
			cmp.Or(o.Ruleset, "this campaign"))
	}
	switch o.Kind {
	case paper.Feedback:
		// A letter has one entry, and no lists.
		if d.Unit = o.Unit; w.Campaign().Env.UnitByID(o.Unit) != nil {
			d.Unit = w.Campaign().Env.UnitByID(o.Unit).Name
		}
		for _, l := range d.Lists {
			d.Entries = append(d.Entries, l.Entries...)
		}
		if d.Lists = nil; len(d.Entries) != 1 {
			return nil, fmt.Errorf("there is no dossier %q of the unit %s on the lists: "+
				"check the names with `kheo lists`", o.Dossier, o.Unit)
		}
		if number(d.Entries); d.Unit == "" { // who submits without a unit gets the letter
			d.Unit = cmp.Or(d.Entries[0].Nominee, d.Entries[0].Title)
		}
	case paper.Summary:
		d.Summary = m.figures(d.Lists)
	default:
		d.List = d.Lists[0]
	}
	return paper.Make(Folder(w), o.Kind, w.Campaign().Papers.Layout, d)
}

// lists returns the rulesets whose lists the paper needs.
func (o *Order) lists(w *workspace.Workspace) (ids []string) {
	switch {
	case o.Kind.OfList():
		return []string{o.Ruleset}
	case o.list != "":
		return []string{o.list}
	}
	for _, rs := range w.Campaign().Rulesets {
		ids = append(ids, rs.ID)
	}
	return ids
}

// paperMaker collects the data of one paper.
type paperMaker struct {
	*workspace.Workspace
	order Order
	lang  string

	// For the list that is being collected: ids and titles of hidden entries, and of all dossiers except the
	// letter's.
	hiddenNames, otherNames []string
}

// t returns a text of papers in the paper's language.
func (m *paperMaker) t(key string) string { return texts.Section("papers").In(m.lang, key) }

// body returns who issues the paper, in its language.
func (m *paperMaker) body() paper.Body {
	p := &m.Campaign().Papers
	in := func(t dossier.Text) string { return t.In(m.lang, "en", "vi") }
	return paper.Body{Superior: in(p.Superior), Name: cmp.Or(in(p.Name), in(m.Campaign().Title)),
		State: in(p.State), Motto: in(p.Motto), Place: p.Place, Symbol: p.Symbol,
		To: in(p.To), Signs: in(p.Signs), Decides: in(p.Decides)}
}

// Letters returns the orders of all letters to the applicants of a unit, or of all units if unit is "": one for
// each dossier on a list, sorted by unit and dossier.
func Letters(ctx context.Context, w *workspace.Workspace, unit string) ([]Order, error) {
	m := &paperMaker{Workspace: w}
	var out []Order
	for _, rs := range w.Campaign().Rulesets {
		f, _, err := m.published(ctx, rs.ID)
		if err != nil {
			return nil, err
		}
		for i := 0; f != nil && i < len(f.Entries); i++ {
			if e := &f.Entries[i]; unit == "" || e.Unit == unit {
				out = append(out, Order{Kind: paper.Feedback, Unit: e.Unit, Dossier: e.Dossier, list: rs.ID})
			}
		}
	}
	slices.SortFunc(out, func(a, b Order) int {
		return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Dossier, b.Dossier))
	})
	return out, nil
}

// includes reports whether an entry belongs in the paper. A letter is about one dossier.
func (m *paperMaker) includes(e *publish.Entry) bool {
	return m.order.Kind != paper.Feedback || e.Dossier == m.order.Dossier && e.Unit == m.order.Unit
}

// published returns a list: as it was closed, with its closing, or as it is now. f is nil if there is none.
func (m *paperMaker) published(ctx context.Context, ruleset string) (*publish.File, *review.ClosedList, error) {
	run, err := m.Store.Runs.Latest(ctx)
	if err != nil {
		return nil, nil, err
	}
	f, err := editions.ListNow(ctx, m.Workspace, run, ruleset)
	if err != nil || f == nil {
		return nil, nil, err
	}
	var closed *review.ClosedList
	if err := m.Review().View(ctx, func(s *review.State) error {
		if c, ok := s.Closed[ruleset]; ok {
			closed = &c
		}
		return nil
	}); err != nil {
		return nil, nil, err
	}
	return f, closed, nil
}

// list collects the rows of a list; nil if there is none.
func (m *paperMaker) list(ctx context.Context, ruleset string) (*paper.Rows, error) {
	f, closed, err := m.published(ctx, ruleset)
	if err != nil || f == nil {
		return nil, err
	}
	now, err := m.assessments(ctx, ruleset)
	if err != nil {
		return nil, err
	}
	rs := rulesetByID(m.Workspace, ruleset)
	// Everything below uses the reduced list, so that counts and ranks do not reveal hidden entries either.
	whole := f
	f = m.hide(whole, rs)
	out := &paper.Rows{Title: f.Title, Version: f.RulesVersion, Run: f.Run, Registered: f.Counts.Registered,
		Recommended: f.Counts.Recommended, Proposes: f.Program().Counts.Recommended,
		Evidence: publish.EvidenceText(f.Evidence, m.lang)}
	if rs != nil {
		out.Title = rs.Title.In(m.lang, "en", "vi")
	}
	if closed != nil {
		out.ClosedOn = m.day(closed.At)
		if !m.order.NoHash {
			out.Hash = closed.Hash
		}
	}
	err = m.Review().View(ctx, func(s *review.State) error {
		out.Audit = m.auditText(s, closed)
		out.Meeting = m.meeting(s, ruleset)
		m.addElsewhere(s, f, &out.Meeting)
		for i := range f.Entries {
			if !m.includes(&f.Entries[i]) {
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
	// Once the committee has recognised an entry, only recognised ones are proposed.
	if out.Recognised > 0 || closed != nil {
		out.Proposed = slices.DeleteFunc(out.Proposed,
			func(e paper.Entry) bool { return e.Decision != m.t("decision.recognised") })
	}
	for _, list := range [][]paper.Entry{out.Entries, out.Proposed, out.Handled, out.Incomplete, out.Aside,
		out.Absent} {
		number(list)
	}
	out.Fields = groups(out.Proposed, func(e *paper.Entry) string { return e.Field })
	out.Units = groups(out.Proposed, func(e *paper.Entry) string { return e.Unit })
	return out, nil
}

// hide returns the list without the entries that the person who asks may not see, and notes the names that no text
// of the others may contain. If nothing is hidden, it returns the list itself.
func (m *paperMaker) hide(whole *publish.File, rs *rules.Ruleset) *publish.File {
	f := m.apart(whole, rs)
	m.hiddenNames = nil
	if f != whole {
		m.hiddenNames = namesOf(whole, m.order.Hidden)
	}
	if m.order.Kind == paper.Feedback {
		m.otherNames = namesOf(whole, func(dossier, _ string) bool { return dossier != m.order.Dossier })
	}
	return f
}

// auditText returns the anchor of the audit trail, at the closing or now: the number of events and the hash of the
// last.
func (m *paperMaker) auditText(s *review.State, closed *review.ClosedList) string {
	// Papers of a closed list must stay the same whatever happens afterwards.
	anchor := s.Anchor()
	if closed != nil {
		anchor = closed.Anchor()
	}
	if m.order.NoHash {
		anchor.Head = "–"
	}
	return fmt.Sprintf("%d / %s", anchor.Events, anchor.Head)
}

// assessments returns the assessments of a ruleset that the paper needs, by dossier.
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

// rulesetByID returns a ruleset of the campaign; nil if it has been removed since.
func rulesetByID(w *workspace.Workspace, id string) *rules.Ruleset {
	for _, r := range w.Campaign().Rulesets {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// meeting returns who met about a list, and how they decide.
func (m *paperMaker) meeting(s *review.State, ruleset string) paper.Meeting {
	rule := s.Rule(ruleset)
	out := paper.Meeting{Quorum: rule.Quorum.In(m.lang), Needed: rule.QuorumIn(m.lang),
		Majority: rule.Majority.Share.In(m.lang), Rule: rule.Majority.In(m.lang, rule.Abstain), Voters: len(s.Voters())}
	if met, ok := s.Meetings[ruleset]; ok {
		out.On, out.Voters = m.day(met.At), met.Voters
		for _, id := range met.Attended() {
			out.Present = append(out.Present, nameOf(s, id))
		}
		m.addMoves(s, &met, &out)
		for _, id := range met.Attending {
			out.Attending = append(out.Attending, nameOf(s, id))
		}
	}
	return out
}

// addMoves adds who came and left, and the meetings before.
func (m *paperMaker) addMoves(s *review.State, met *review.Meeting, out *paper.Meeting) {
	for _, x := range met.Moves {
		key := "meeting-left"
		if x.Came {
			key = "meeting-came"
		}
		out.Moves = append(out.Moves, fmt.Sprintf(m.t(key), m.clock(x.At), nameOf(s, x.Person)))
	}
	for i := range met.Earlier {
		var names []string
		for _, id := range met.Earlier[i].Attended() {
			names = append(names, nameOf(s, id))
		}
		out.Earlier = append(out.Earlier, m.day(met.Earlier[i].At)+": "+strings.Join(names, ", "))
	}
}

// clock returns the time of day of an event, in the campaign's time zone.
func (m *paperMaker) clock(at string) string {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return at
	}
	return t.In(m.Campaign().Location).Format("15:04")
}

// addElsewhere names the people whose votes count and whom no meeting names as present.
func (m *paperMaker) addElsewhere(s *review.State, f *publish.File, out *paper.Meeting) {
	met, ok := s.Meetings[f.Ruleset]
	if !ok {
		return
	}
	var here, ids []string
	for _, x := range append(slices.Clone(met.Earlier), met) {
		here = append(here, x.Attended()...)
	}
	for i := range f.Entries {
		for _, c := range s.Tally(f.Ruleset, f.Entries[i].Dossier, f.Entries[i].Unit).Votes {
			if !slices.Contains(here, c.Person) && !slices.Contains(ids, c.Person) {
				ids = append(ids, c.Person)
			}
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		out.Elsewhere = append(out.Elsewhere, nameOf(s, id))
	}
}

// nameOf returns the name of a person; the id if the person is not known any more.
func nameOf(s *review.State, id string) string {
	if p := s.People[id]; p != nil {
		return p.Name
	}
	return id
}

// apart returns the list without the entries from which the person who asks is recused; the list itself if there
// are none.
func (m *paperMaker) apart(f *publish.File, rs *rules.Ruleset) *publish.File {
	if m.order.Hidden == nil {
		return f
	}
	return f.Apart(func(e *publish.Entry) bool { return m.order.Hidden(e.Dossier, e.Unit) },
		rs == nil || len(rs.Quotas) > 0, m.lang)
}

// namesOther reports whether a text that a person wrote contains the name of another dossier. A letter to an
// applicant must not reveal anything about others.
func (m *paperMaker) namesOther(text string) bool {
	folded := " " + language.Fold(text) + " "
	return slices.ContainsFunc(m.otherNames, func(name string) bool {
		name = language.Fold(name)
		return name != "" && strings.Contains(folded, " "+name+" ")
	})
}

// namesOf returns the ids and titles of the entries that are hidden.
func namesOf(f *publish.File, hidden func(dossier, unit string) bool) []string {
	var out []string
	for i := range f.Entries {
		if e := &f.Entries[i]; hidden(e.Dossier, e.Unit) {
			out = append(out, e.Dossier, e.Title)
		}
	}
	return out
}

// addRecused appends the entries from which the person who asks is recused, by title, with nothing but their
// identity.
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
