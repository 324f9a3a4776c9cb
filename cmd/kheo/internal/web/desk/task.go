package desk

import (
	"slices"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/rules"
)

// Kinds of tasks.
const (
	// it is assigned to the person, who has said nothing of it, and no criterion asks for a score
	examineTask = "examine"
	scoreTask   = "score"
	voteTask    = "vote"
	decideTask  = "decide"
)

// task is what the bar of a dossier's page asks the person for. Kind is "" if nothing is left to do here.
type task struct {
	Kind      string
	Criterion *rules.PanelCriterion // that is to be scored
	Left      int                   // criteria that are to be scored, this one among them
	Decision  review.Decision       // that is proposed; "" if nothing suggests one
}

// addTask adds to the data of a dossier's page what the person is asked for. It comes last, because it asks for
// what the other data say is not done.
func (s *Room) addTask(q *page.Request, d *access.Seen, data map[string]any) error {
	var t task
	closed, _ := data["Closed"].(bool)
	decided, _ := data["Decision"].(*review.DecidedEntry)
	rs := s.site.Ruleset(d.Ruleset)
	if closed || rs == nil {
		data["Task"] = t
		return nil
	}
	panel, entry := rs.PanelCriteria(), entryIn(data)
	var unscored []int
	var examined bool
	mine, _ := data["Mine"].(bool)
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		scores := st.Scores(d.ID, "")
		examined = access.Examined(q.Person.ID, st, rs, d.ID)
		for i := range panel {
			if !slices.ContainsFunc(scores, func(x dossier.PanelScore) bool {
				return x.Criterion == panel[i].ID && x.Person == q.Person.ID
			}) {
				unscored = append(unscored, i)
			}
		}
		return nil
	}); err != nil {
		return err
	}
	mayScore := q.Person.May(review.Score) && len(unscored) > 0 && decided == nil
	mayVote := q.Person.May(review.CastVote) && decided == nil
	// Scores come before the vote for people to whom the dossier is assigned, who must score it blind, or who do not
	// vote. Others are asked for their vote, and for a score afterwards.
	isFirst := mine || entry != nil && entry.Hidden || !mayVote
	switch vote, _ := data["MyVote"].(review.Vote); {
	case mine && !examined && len(panel) == 0 && decided == nil && q.Person.May(review.Discuss):
		t = task{Kind: examineTask}
	case mayScore && isFirst, mayScore && vote != "" && !q.Person.May(review.Decide):
		t = task{Kind: scoreTask, Criterion: &panel[unscored[0]], Left: len(unscored)}
	case mayVote && vote == "":
		t = task{Kind: voteTask}
	case q.Person.May(review.Decide) && decided == nil:
		tally, _ := data["Tally"].(review.Tally)
		t = task{Kind: decideTask, Decision: access.Proposed(tally, entry)}
	}
	data["Task"] = t
	return nil
}

// entryIn returns the entry among the data of a page; nil if there is none.
func entryIn(data map[string]any) *publish.Entry {
	e, _ := data["Entry"].(*publish.Entry)
	return e
}
