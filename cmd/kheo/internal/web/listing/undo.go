package listing

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/review"
)

// maxUndone is how many events are looked at to undo what was done together.
const maxUndone = 20_000

// Undo takes back what the person did to several entries of a list together: the assignments, decisions and tags
// among the events from one number of the audit trail to another. What was changed again since, by whomever, stays
// and is counted. The log checks each event as it checks every other one.
func (s *Room) Undo(q *page.Request) error {
	ruleset := q.R.PathValue("ruleset")
	from, err1 := strconv.ParseInt(q.Form("from"), 10, 64)
	to, err2 := strconv.ParseInt(q.Form("to"), 10, 64)
	if errors.Join(err1, err2) != nil || from < 1 || to < from || to-from >= maxUndone {
		return page.Refuse(http.StatusBadRequest, "error.undo")
	}
	events, err := s.site.W.Review().Page(q.Ctx(), to+1, int(to-from)+1)
	if err != nil {
		return err
	}
	done, left := 0, 0
	for _, e := range events {
		if e.Person != q.Person.ID || !canUndo[e.Action] || e.Ruleset != "" && e.Ruleset != ruleset {
			continue
		}
		d, err := s.lists.See(q, e.Dossier)
		if err != nil {
			return err
		}
		ok, err := s.undo(q, e, d)
		if err != nil {
			return err
		}
		if ok {
			done++
		} else {
			left++
		}
	}
	return s.site.Back(q, q.From("/lists/"+ruleset), "done.undone", done, left)
}

// canUndo are the actions that are done to several entries together, and undone together.
var canUndo = map[review.Action]bool{review.Assigned: true, review.Unassigned: true, review.Decided: true,
	review.Tagged: true, review.Untagged: true}

// undo records the event that takes back another one of the same person. It reports false if what that one did
// does not hold any more, or the log refuses it.
func (s *Room) undo(q *page.Request, e *review.Event, d *access.Seen) (ok bool, err error) {
	back := review.Event{Person: q.Person.ID, Dossier: e.Dossier, Ruleset: e.Ruleset}
	switch e.Action {
	case review.Assigned, review.Unassigned:
		back.Action = review.Unassigned
		if e.Action == review.Unassigned {
			back.Action = review.Assigned
		}
		back.Data = review.Data{Subject: e.Data.Subject, Unit: e.Data.Unit}
	case review.Tagged, review.Untagged:
		back.Action = review.Untagged
		if e.Action == review.Untagged {
			back.Action = review.Tagged
		}
		back.Data = review.Data{Name: e.Data.Name}
	case review.Decided:
		back.Action = review.DecisionTaken
	}
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		ok = holds(st, e)
		return nil
	}); err != nil || !ok {
		return false, err
	}
	var r *review.Refusal
	if err := s.site.W.Review().Do(q.Ctx(), d.About(), back); errors.As(err, &r) {
		s.site.LogRefused(q, http.StatusConflict, r.Code)
		return false, nil
	} else if err != nil {
		return false, err
	}
	return true, nil
}

// holds reports whether what an event did is still so: no one has decided, assigned or tagged otherwise since.
func holds(st *review.State, e *review.Event) bool {
	switch e.Action {
	case review.Decided:
		d := st.Decision(e.Ruleset, e.Dossier)
		return d != nil && d.Seq == e.Seq
	case review.Assigned, review.Unassigned:
		return slices.Contains(st.Assigned[e.Dossier], e.Data.Subject) == (e.Action == review.Assigned)
	}
	return true // of tags the log says so itself
}
