package access

import (
	"maps"
	"net/url"
	"slices"
	"time"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/internal/isodate"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/rules"
)

// Blind removes from the data of a page, in a blind campaign, the scores and votes of others, until the person
// has given their own score or vote, or the entry is decided. It must be called after DecisionOf, which sets
// Decision, and after Scores is set. data["Blind"] reports whether anything was removed.
func (s *Lists) Blind(q *page.Request, st *review.State, d *Seen, data map[string]any) {
	if !st.Settings.Blind || data["Decision"].(*review.DecidedEntry) != nil {
		return
	}
	if scores, ok := data["Scores"].([]dossier.PanelScore); ok {
		data["Scores"], data["Blind"] = scoresFor(q.Person, st, false, scores)
	}
	if q.Person.May(review.CastVote) && st.VoteOf(q.Person.ID, d.Ruleset, d.ID) == "" {
		data["Blind"], data["Voters"] = true, []Said(nil)
		data["Tally"] = s.tally(q.Person, st, d.Ruleset, d.ID, d.Unit)
	}
}

// Counted is how many entries of a list have a decision.
type Counted struct {
	Decision review.Decision // "open" for entries without one
	N        int
}

// CountDecisions counts the decisions on the entries of a list as a person sees it; those without one come last.
func CountDecisions(st *review.State, f *publish.File) (out []Counted) {
	const open = "open"
	n := map[review.Decision]int{}
	for i := range f.Entries {
		if d := st.Decision(f.Ruleset, f.Entries[i].Dossier); d != nil {
			n[d.Decision]++
		} else {
			n[open]++
		}
	}
	for _, d := range append(slices.Clone(review.Decisions), open) {
		if n[d] > 0 {
			out = append(out, Counted{d, n[d]})
		}
	}
	return out
}

// Said is a comment or vote with the name of its author.
type Said struct{ Name, Text, At string }

// DecisionOf adds to the data of a page what people have done about a dossier: votes, decision, overrides,
// comments and assignments. Votes are set here in full, and Blind removes them; a page for people who may see
// votes calls both. For submitters only the decision is set.
func (s *Lists) DecisionOf(q *page.Request, d *Seen, data map[string]any) error {
	return s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		decided := st.Decision(d.Ruleset, d.ID)
		data["Decision"] = decided
		if decided != nil {
			data["DecidedBy"] = s.site.Name(st, decided.By)
		}
		data["NextTier"], data["Origin"] = st.AnswerTo(d.Ruleset, d.ID), st.TakenIn(d.ID)
		objections(q, st, d, s.site.W.Now(), data)
		if !q.Person.May(review.See) {
			return nil
		}
		// Submitters have left above: what follows is about how the committee came to the decision.
		t := st.Tally(d.Ruleset, d.ID, d.Unit)
		data["Tally"], data["Aside"] = t, s.site.Names(st, t.Aside)
		if data["Secret"] = st.Rule(d.Ruleset).Secret; st.Rule(d.Ruleset).Secret {
			data["BallotAt"] = "/meeting/" + url.PathEscape(d.Ruleset) + "?entry=" + url.QueryEscape(d.ID)
		}
		data["MyVote"] = st.VoteOf(q.Person.ID, d.Ruleset, d.ID)
		_, closed := st.Closed[d.Ruleset]
		data["Closed"] = closed
		data["Overrides"] = s.overrides(q.Person, st, d.Ruleset, d.ID, d.hidden)
		data["Assigned"] = s.site.Names(st, st.Assigned[d.ID])
		data["Mine"] = slices.Contains(st.Assigned[d.ID], q.Person.ID)
		var comments []Said
		for _, c := range st.Comments[d.ID] {
			comments = append(comments, Said{s.site.Name(st, c.Person), c.Text, c.At})
		}
		data["Comments"] = comments
		if q.Person.May(review.Discuss) {
			data["Tags"] = st.Tags(d.ID)
		}
		var voters []Said
		for _, c := range t.Votes {
			voters = append(voters, Said{Name: s.site.Name(st, c.Person), Text: string(c.Vote)})
		}
		data["Voters"] = voters
		var evaluators []*review.Person
		for _, id := range slices.Sorted(maps.Keys(st.People)) {
			if p := st.People[id]; p.May(review.Score) && st.Tie(id, d.ID, d.Unit) == nil {
				copied := *p
				evaluators = append(evaluators, &copied)
			}
		}
		data["Evaluators"] = evaluators
		return nil
	})
}

// objections adds to the data of a page what a unit has objected to the decision, whether the person may object now,
// and when the list was closed, after which no more files are accepted.
func objections(q *page.Request, st *review.State, d *Seen, now time.Time, data map[string]any) {
	list := st.ObjectionsTo(d.Ruleset, d.ID)
	open := len(list) > 0 && list[len(list)-1].Outcome == ""
	data["Objections"], data["ObjectionOpen"] = list, open
	if c, ok := review.ListThatClosed(st, d.ID); ok {
		data["FilesClosed"] = c.At
	}
	until, may := review.ObjectUntil(st, d.Ruleset)
	if may && !open && now.Before(until) && q.Person.May(review.Submit) && q.Person.Unit == d.Unit && d.Unit != "" {
		data["MayObject"], data["ObjectUntil"] = true, isodate.Told(until, until.Location()).Format(time.RFC3339)
	}
}

// Proposed returns the decision that the votes give, or without enough votes that which the outcome suggests.
func Proposed(t review.Tally, e *publish.Entry) review.Decision {
	if t.Quorate && t.For+t.Against > 0 {
		if d := t.Result(); d != "" {
			return d
		}
	}
	if e == nil || e.Hidden {
		return ""
	}
	switch e.Outcome {
	case dossier.Recommended:
		return review.Recognised
	case dossier.NotRecommended, dossier.Ineligible:
		return review.NotRecognised
	}
	return ""
}

// examination are the actions by which an evaluator has said something about a dossier.
var examination = []review.Action{review.Commented, review.Scored, review.Overridden, review.FactSet,
	review.FactRejected, review.EvidenceJudged}

// Examined reports whether a person who was to evaluate a dossier has: by a score on every panel criterion of
// the ruleset or, if it has none, by anything that they said about the dossier.
func Examined(person string, st *review.State, rs *rules.Ruleset, id string) bool {
	if len(rs.PanelCriteria()) > 0 {
		return ScoredAll(person, st, rs, id)
	}
	return slices.ContainsFunc(st.History(id), func(c review.Change) bool {
		return c.Person == person && slices.Contains(examination, c.Action)
	})
}

// ScoredAll reports whether a person has scored every panel criterion of a dossier, and there is one.
func ScoredAll(person string, st *review.State, rs *rules.Ruleset, id string) bool {
	panel := rs.PanelCriteria()
	scores := st.Scores(id, "")
	for i := range panel {
		if !slices.ContainsFunc(scores, func(x dossier.PanelScore) bool {
			return x.Criterion == panel[i].ID && x.Person == person
		}) {
			return false
		}
	}
	return len(panel) > 0
}
