package committee

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/review"
)

// mostTogether is how many entries are voted on or decided together, which bounds the time of the request.
const mostTogether = 500

// Block shows the undisputed entries of a list with what is proposed for each, to be voted on and decided together.
func (s *Hall) Block(q *page.Request) error {
	f, rows, all, err := s.listAndAll(q)
	if err != nil {
		return err
	}
	data := map[string]any{"F": f, "Title": s.site.Ruleset(f.Ruleset)}
	recused := 0
	for i := range rows {
		if rows[i].Aside != "" {
			recused++
		}
	}
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		a := s.agendaOf(q, st, f, all, rows)
		data["Block"], data["Recused"], data["HidesVotes"] = a.Block, recused, st.Settings.Blind
		return nil
	}); err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "block", data)
	return nil
}

// VoteBlock records the person's vote on the chosen entries of the block, as proposed.
func (s *Hall) VoteBlock(q *page.Request) error {
	return s.together(q, "vote", "done.block-vote", func(e *blockEntry) (review.Event, bool) {
		return review.Event{Action: review.Voted, Data: review.Data{Value: e.Vote}}, e.MyVote == ""
	})
}

// DecideBlock records the proposed decisions on the chosen entries of the block.
func (s *Hall) DecideBlock(q *page.Request) error {
	return s.together(q, "decide", "done.block-decide", func(e *blockEntry) (review.Event, bool) {
		return review.Event{Action: review.Decided, Data: review.Data{Decision: e.Decision,
			Outcome: string(e.Outcome)}}, e.Waits == ""
	})
}

// together records an event for each of the chosen entries that are still in the block, each in a transaction of its
// own, so that one that is refused meanwhile does not undo the others. It says how many were left out, and offers to
// undo the others.
func (s *Hall) together(q *page.Request, what, said string,
	make func(*blockEntry) (review.Event, bool)) error {
	f, rows, all, err := s.listAndAll(q)
	if err != nil {
		return err
	}
	chosen := q.R.PostForm["d"]
	if len(chosen) == 0 || len(chosen) > mostTogether {
		return page.Refuse(http.StatusBadRequest, "error.selection", mostTogether)
	}
	var events []review.Event
	left := 0
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		// The agenda is made again: an entry that was disputed or decided since the page was made is not in the block
		// any more, and is counted among those left out.
		a := s.agendaOf(q, st, f, all, rows)
		for i := range a.Block.Entries {
			entry := &a.Block.Entries[i]
			if !slices.Contains(chosen, entry.Dossier) {
				continue
			}
			e, ok := make(entry)
			if !ok {
				continue
			}
			e.Person, e.Ruleset, e.Dossier = q.Person.ID, f.Ruleset, entry.Dossier
			events = append(events, e)
		}
		return nil
	}); err != nil {
		return err
	}
	done := url.Values{"what": {what}}
	for _, e := range events {
		d, err := s.lists.See(q, e.Dossier)
		if err != nil {
			return err
		}
		var r *review.Refusal
		switch err := s.site.W.Review().Do(q.Ctx(), d.About(), e); {
		case errors.As(err, &r):
			s.site.LogRefused(q, http.StatusConflict, r.Code)
		case err != nil:
			return err
		default:
			done.Add("d", e.Dossier)
		}
	}
	slices.Sort(chosen)
	left = len(slices.Compact(chosen)) - len(done["d"])
	if len(done["d"]) > 0 {
		s.site.Undoable(q, meetingPage(f.Ruleset)+"/block/undo", done)
	}
	return s.site.Back(q, meetingPage(f.Ruleset), said, len(done["d"]), left)
}

// UndoBlock takes back what was just recorded for several entries together: the person's votes, or decisions.
func (s *Hall) UndoBlock(q *page.Request) error {
	f, err := s.lists.ListOf(q)
	if err != nil {
		return err
	}
	ids := q.R.PostForm["d"]
	if len(ids) == 0 || len(ids) > mostTogether {
		return page.Refuse(http.StatusBadRequest, "error.selection", mostTogether)
	}
	action := review.VoteTaken
	if q.Form("what") == "decide" {
		action = review.DecisionTaken
		if !q.Person.May(review.Decide) {
			return page.Refuse(http.StatusForbidden, "error.right")
		}
	}
	done := 0
	for _, id := range ids {
		d, err := s.lists.See(q, id)
		if err != nil {
			return err
		}
		if d.Ruleset != f.Ruleset {
			return page.NotFound()
		}
		var r *review.Refusal
		err = s.site.W.Review().Do(q.Ctx(), d.About(), review.Event{Person: q.Person.ID, Action: action,
			Ruleset: f.Ruleset, Dossier: id})
		if errors.As(err, &r) {
			s.site.LogRefused(q, http.StatusConflict, r.Code)
		} else if err != nil {
			return err
		} else {
			done++
		}
	}
	return s.site.Back(q, meetingPage(f.Ruleset), "done.block-undone", done, len(ids)-done)
}
