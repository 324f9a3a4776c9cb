package papers

import (
	"cmp"
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/publish"
	"kheo/pipeline/publish/paper"
	"kheo/pipeline/review"
	"kheo/rules"
)

// entry returns the identity of an entry, and who is recused from it.
func (m *paperMaker) entry(s *review.State, from *publish.Entry, t review.Tally) paper.Entry {
	env := m.Campaign().Env
	e := paper.Entry{Dossier: from.Dossier, Title: from.Title, Nominee: from.Nominee, Unit: from.Unit,
		Level: rules.TitleOf(env.Levels, from.Level, m.lang, "en", "vi"),
		Field: rules.TitleOf(env.Fields, from.Field, m.lang, "en", "vi")}
	if u := env.UnitByID(from.Unit); u != nil {
		e.Unit = u.Name
	}
	var voters []string
	for _, id := range t.Aside {
		voters = append(voters, nameOf(s, id))
	}
	e.Aside = strings.Join(voters, ", ")
	var scorers []string
	for _, x := range s.Scores(from.Dossier, from.Unit) {
		if x.Recused != "" && !slices.Contains(scorers, x.Scorer) {
			scorers = append(scorers, x.Scorer)
		}
	}
	e.NotCounted = strings.Join(scorers, ", ")
	return e
}

// add appends an entry of the list f to every part of the paper in which it belongs. a is its assessment, nil if
// there is none.
func (m *paperMaker) add(out *paper.Rows, s *review.State, rs *rules.Ruleset, f *publish.File, from *publish.Entry,
	a *dossier.Assessment) {
	t := s.Tally(f.Ruleset, from.Dossier, from.Unit)
	e := m.entry(s, from, t)
	d := s.Decision(f.Ruleset, from.Dossier)
	if d != nil {
		countDecision(out, d.Decision)
	} else if s.MustDecide(f.Ruleset, from) {
		out.Undecided++
	}
	// Votes and decisions are those of now, or of the closing; the program's part may be older.
	m.describe(&e, rs, from, a)
	e.For, e.Against, e.Abstained, e.Voted = t.For, t.Against, t.Abstain, t.Cast()
	e.Result = m.t("undecided")
	if d != nil {
		e.Decision, e.DecisionReason = m.t("decision."+string(d.Decision)), d.Reason
		// A committee may have compared dossiers in its reason.
		if m.namesOther(d.Reason) {
			e.DecisionReason = ""
		}
		e.Result = e.Decision
		if met := d.Met(); met != nil && len(met.Moves)+len(met.Earlier) > 0 {
			var names []string
			for _, id := range t.Absent {
				names = append(names, nameOf(s, id))
			}
			e.Absent = strings.Join(names, ", ")
		}
	}
	addToParts(out, &e, from, d, t)
	for _, o := range s.Overrides(f.Ruleset, from.Dossier) {
		out.Overrides = append(out.Overrides, paper.Override{Title: e.Title, What: m.overridden(o, from, a),
			Reason: o.Reason, By: nameOf(s, o.By)})
	}
}

// addToParts appends an entry to the parts of the paper in which it belongs. They overlap: an entry that was
// decided is handled, may be proposed, and may have recused members.
func addToParts(out *paper.Rows, e *paper.Entry, from *publish.Entry, d *review.DecidedEntry, t review.Tally) {
	handled := d != nil || t.Cast() > 0
	out.Entries = append(out.Entries, *e)
	if from.Outcome == dossier.Recommended || d != nil && d.Decision == review.Recognised {
		out.Proposed = append(out.Proposed, *e)
	}
	if handled {
		out.Handled = append(out.Handled, *e)
	}
	if e.Aside != "" && handled || e.NotCounted != "" {
		out.Aside = append(out.Aside, *e)
	}
	if e.Absent != "" {
		out.Absent = append(out.Absent, *e)
	}
	if e.Corrected != "" {
		out.Corrected = append(out.Corrected, *e)
	}
	// Incomplete: returned by the committee, or not settled and lacking something that its unit can send.
	settled := d != nil && (d.Decision == review.Recognised || d.Decision == review.NotRecognised)
	if d != nil && d.Decision == review.Returned || !settled && len(e.Missing) > 0 && lacks(from) {
		out.Incomplete = append(out.Incomplete, *e)
	}
}

// countDecision counts a decision of the committee.
func countDecision(out *paper.Rows, d review.Decision) {
	switch d {
	case review.Recognised:
		out.Recognised++
	case review.NotRecognised:
		out.NotRecognised++
	case review.Deferred:
		out.Deferred++
	case review.Returned:
		out.Returned++
	}
}

// overridden returns what an override sets: an outcome, or the points of a criterion.
func (m *paperMaker) overridden(o review.Overruled, from *publish.Entry, a *dossier.Assessment) string {
	if o.Criterion == "" {
		return publish.OutcomeText(dossier.Outcome(o.Outcome), m.lang)
	}
	what := o.Criterion // its id, if the list does not have it any more
	for _, c := range from.Criteria {
		if c.ID == o.Criterion {
			what = m.title(a, c.ID, c.Title)
		}
	}
	return what + ": " + rules.Number(o.Points, m.lang)
}

// wanting are the flags about something that a unit can correct or send.
var wanting = []string{dossier.FlagMissingDocument, dossier.FlagUnreadable, dossier.FlagLowTextQuality,
	dossier.FlagContradiction, dossier.FlagUnclassified, dossier.FlagHiddenText, dossier.FlagUnsupported}

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
	failed := func(g publish.Gate) bool { return !g.Passed }
	return e.Outcome == dossier.NeedsReview && slices.ContainsFunc(e.Gates, failed)
}

// title returns the title of a criterion in the paper's language, from the assessment; without one, otherwise,
// which is in the list's language.
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

// describe adds what the program says about an entry. If the assessment a is the one that the list shows, texts are
// in the paper's language; otherwise they are in the list's, as they were published.
func (m *paperMaker) describe(e *paper.Entry, rs *rules.Ruleset, from *publish.Entry, a *dossier.Assessment) {
	// Texts of an assessment are in all languages, those of a published list in one. They may be used only if both
	// say the same: the assessment may be newer than a closed list.
	in := *from
	if a != nil && from.SaysAsIn(a, m.Campaign().Env.Languages) {
		in = publish.Of(a, from.Rank, m.lang, "en", "vi")
		in.Outcome = from.Outcome
		if len(m.hiddenNames) > 0 {
			in.HideOthers(m.hiddenNames, m.lang)
		}
		if h := from.ByHand; h != nil {
			in.Reason = publish.ByHandText(h.Was, h.Reason, m.lang)
		}
	} else {
		a = nil
	}
	e.Rank, e.Outcome, e.Reason = from.Rank, publish.OutcomeText(from.Outcome, m.lang), in.Reason
	e.Award = publish.AwardText(from, m.lang)
	e.Points = m.number(from.Points)
	if from.Max > 0 {
		e.Max = m.number(from.Max)
	}
	sent := m.order.toApplicant()
	if sent {
		e.Rank, e.Reason = 0, "" // a rank is about others, and a reason quotes the words that earn points
	}
	for _, f := range in.Flags {
		m.addFlag(e, f, sent)
	}
	m.addCorrected(e, rs, from.Corrected, sent)
	for _, g := range in.Gates {
		if !g.Passed {
			e.Missing = append(e.Missing, g.Reason)
		}
	}
	if from.Outcome == dossier.Quarantined {
		e.Missing = append(e.Missing, in.Reason)
	}
	if sent && rs != nil {
		m.addBeaten(e, rs, from)
	}
	e.Missing = eachOnce(e.Missing)
	for _, c := range in.Criteria {
		m.addCriterion(e, c, sent)
	}
	if rs == nil || a == nil {
		return
	}
	// What the ruleset says would have earned more, in the ruleset's own words.
	for _, x := range rs.Advise(a) {
		title := x.Criterion.In(m.lang, "en", "vi")
		text := x.More.In(m.lang, "en")
		for strings.HasPrefix(text, title+": ") { // a fact of the same name as its criterion
			text = strings.TrimPrefix(text, title+": ")
		}
		e.More = append(e.More, paper.Point{Title: title, Points: m.number(x.Points), Max: m.number(x.Max), Text: text})
	}
}

// addBeaten says in a letter that another dossier counts in place of this one, in the words of the ruleset for it,
// which name no other dossier.
func (m *paperMaker) addBeaten(e *paper.Entry, rs *rules.Ruleset, from *publish.Entry) {
	for i := range rs.OnlyOne {
		otherwise := rs.OnlyOne[i].Otherwise
		if said := otherwise.In(m.Campaign().Env.Languages...); said != "" && strings.HasPrefix(from.Reason, said) {
			e.Missing = append(e.Missing, otherwise.In(m.lang, "en"))
		}
	}
}

// eachOnce returns what is missing without what another sentence says, too: a gate names the paper that a flag misses.
func eachOnce(list []string) (out []string) {
	for i, text := range list {
		if !slices.ContainsFunc(list[i+1:], func(later string) bool { return strings.Contains(later, text) }) {
			out = append(out, text)
		}
	}
	return out
}

// number formats points in the paper's language.
func (m *paperMaker) number(v float64) string { return rules.Number(v, m.lang) }

// addCorrected names the facts that people corrected. Papers for applicants do not have it: what
// was corrected is the committee's work.
func (m *paperMaker) addCorrected(e *paper.Entry, rs *rules.Ruleset, facts []string, sent bool) {
	if len(facts) == 0 || sent {
		return
	}
	var titles []string
	for _, name := range facts {
		title := name // of a ruleset that is not known any more
		if rs != nil {
			title = rs.FactTitle(name).In(m.lang, "en", "vi")
		}
		titles = append(titles, title)
	}
	e.Corrected = strings.Join(titles, "; ")
}

// addFlag adds a flag, and what is missing according to it. Papers for applicants have only flags that concern them.
func (m *paperMaker) addFlag(e *paper.Entry, f publish.Flag, sent bool) {
	text := f.Message
	if sent {
		if text = m.forApplicant(f); text == "" {
			return
		}
	}
	e.Flags = append(e.Flags, paper.Flag{Name: rules.FlagTitle(f.Code).In(m.lang, "en"), Text: text})
	if slices.Contains(wanting, f.Code) || f.Code == dossier.FlagPlanNotResult || f.Code == dossier.FlagNearDuplicate {
		e.Missing = append(e.Missing, text)
	}
}

// addCriterion adds a criterion that earned at least half of its points, with quotes, or says what is missing if it
// earned none.
func (m *paperMaker) addCriterion(e *paper.Entry, c publish.Criterion, sent bool) {
	if c.Max <= 0 || c.Points*2 < c.Max {
		if c.Max > 0 && c.Points == 0 && sent {
			e.Missing = append(e.Missing, c.Title+": "+m.t("nothing"))
		} else if c.Max > 0 && c.Points == 0 {
			e.Missing = append(e.Missing, c.Title+": "+c.Reason)
		}
		return
	}
	p := paper.Point{Title: c.Title, Points: m.number(c.Points), Max: m.number(c.Max)}
	if !sent {
		p.Text = c.Reason
	}
	for _, q := range c.Evidence[:min(2, len(c.Evidence))] {
		p.Quotes = append(p.Quotes, paper.Quote{Text: strings.Join(strings.Fields(q.Quote), " "), Document: q.Document,
			Page: q.Page})
	}
	e.Convinced = append(e.Convinced, p)
}

// forApplicant returns the text of a flag for an applicant: what can be corrected, and nothing about another
// dossier. It returns "" for flags that only concern the committee.
func (m *paperMaker) forApplicant(f publish.Flag) string {
	switch {
	case f.Code == dossier.FlagNearDuplicate:
		return m.t("shared")
	case slices.Contains(wanting, f.Code) || f.Code == dossier.FlagPlanNotResult:
		return f.Message
	}
	return ""
}

// number numbers the entries of a table from 1.
func number(list []paper.Entry) {
	for i := range list {
		list[i].Number = i + 1
	}
}

// groups groups entries by a key, in the order in which keys first occur. Entries are numbered within their group. The
// group of those without a key has a dash for a name, and none if it is the only one.
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
	if len(out) > 1 {
		for i := range out {
			out[i].Name = cmp.Or(out[i].Name, "–")
		}
	}
	return out
}
