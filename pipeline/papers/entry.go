package papers

import (
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/publish"
	"kheo/pipeline/publish/paper"
	"kheo/pipeline/review"
	"kheo/rules"
)

// entry is what an entry is called, and who is recused from it.
func (m *paperMaker) entry(s *review.State, from *publish.Entry, t review.Tally) paper.Entry {
	e := paper.Entry{Dossier: from.Dossier, Title: from.Title, Nominee: from.Nominee, Unit: from.Unit,
		Level: rules.TitleOf(m.Campaign().Env.Levels, from.Level, m.lang, "en", "vi"),
		Field: rules.TitleOf(m.Campaign().Env.Fields, from.Field, m.lang, "en", "vi")}
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
func (m *paperMaker) add(out *paper.Rows, s *review.State, rs *rules.Ruleset, f *publish.File, from *publish.Entry,
	a *dossier.Assessment) {
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
		what := o.Criterion
		if o.Criterion == "" {
			what = publish.OutcomeText(dossier.Outcome(o.Outcome), m.lang)
		} else {
			for _, c := range from.Criteria {
				if c.ID == o.Criterion {
					what = m.title(a, c.ID, c.Title)
				}
			}
			what += ": " + rules.Number(o.Points, m.lang)
		}
		out.Overrides = append(out.Overrides,
			paper.Override{Title: e.Title, What: what, Reason: o.Reason, By: nameOf(s, o.By)})
	}
}

// wanting are the flags that tell of something a unit can mend.
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
	return e.Outcome == dossier.NeedsReview && slices.ContainsFunc(e.Gates,
		func(g publish.Gate) bool { return !g.Passed })
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
	e.Rank, e.Outcome, e.Reason, e.Points = from.Rank, publish.OutcomeText(from.Outcome, m.lang), in.Reason,
		num(from.Points)
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
		if slices.Contains(wanting, f.Code) || f.Code == dossier.FlagPlanNotResult ||
			f.Code == dossier.FlagNearDuplicate {
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
			p.Quotes = append(p.Quotes, paper.Quote{Text: strings.Join(strings.Fields(q.Quote), " "),
				Document: q.Document, Page: q.Page})
		}
		e.Convinced = append(e.Convinced, p)
	}
	if rs == nil || a == nil {
		return
	}
	for _, x := range rs.Advise(a) {
		e.More = append(e.More, paper.Point{Title: x.Criterion.In(m.lang, "en", "vi"), Points: num(x.Points),
			Max: num(x.Max), Text: x.More.In(m.lang, "en")})
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
