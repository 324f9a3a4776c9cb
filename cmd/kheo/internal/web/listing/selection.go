package listing

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline/review"
)

// maxSelected is how many entries are done at once, which bounds the time of the request.
const maxSelected = 500

// may is what a person may do with selected entries.
type may struct{ Assign, Decide, Tag bool }

// Any reports whether there is anything to be done with a selection beside comparing.
func (m may) Any() bool { return m.Assign || m.Decide || m.Tag }

// mayDo returns what a person may do with selected entries.
func mayDo(p *review.Person) may {
	return may{p.May(review.Assign), p.May(review.Decide), p.May(review.Discuss)}
}

// step is what is done about one selected entry, or why it is left out.
type step struct {
	Dossier, Title string
	Says           string // what is done, in the person's language
	Why            string // why it is left out; "" if it is not
	event          review.Event
	about          review.Subject
}

// Reason returns the reason of the decision that the step records, "" without one.
func (x step) Reason() string { return x.event.Data.Reason }

// planner makes the step of one entry: it sets Says and the event, or Why.
type planner func(st *review.State, d *access.Seen, x *step)

// Assign gives the selected entries to an evaluator.
func (s *Room) Assign(q *page.Request) error {
	person := q.Form("person")
	return s.selection(q, "assign", func(st *review.State, d *access.Seen, x *step) {
		switch p := st.People[person]; {
		case p == nil || p.Disabled:
			x.Why = s.site.Texts.Say(q.Lang, "assign.no-person")
		case slices.Contains(st.Assigned[d.ID], person):
			x.Why = s.site.Texts.Say(q.Lang, "assign.already")
		case st.Tie(person, d.ID, d.Unit) != nil:
			x.Why = s.site.Texts.Say(q.Lang, "assign.tied")
		case !p.May(review.Score):
			x.Why = s.site.Texts.Say(q.Lang, "assign.no-right")
		default:
			x.Says = p.Name
			x.event = review.Event{Action: review.Assigned, Data: review.Data{Subject: person, Unit: d.Unit}}
		}
	})
}

// Decide records for the selected entries the decision that kheo recommends, with the reason that the person
// gives or otherwise the one of the list. Entries for people to review have none, and are left out.
func (s *Room) Decide(q *page.Request) error {
	return s.selection(q, "decide", func(st *review.State, d *access.Seen, x *step) {
		decision := recommended[d.Entry.Outcome]
		if decision == "" {
			x.Why = s.site.Texts.Say(q.Lang, "selection.no-recommendation")
			return
		}
		s.decision(q, st, d, x, decision, q.Form("reason"))
	})
}

// recommended are the decisions that follow from outcomes. Entries for people to review have none.
var recommended = map[dossier.Outcome]review.Decision{dossier.Recommended: review.Recognised,
	dossier.NotRecommended: review.NotRecognised, dossier.Ineligible: review.NotRecognised}

// Return sends the selected entries back to their units, with the reason that the person gives.
func (s *Room) Return(q *page.Request) error {
	reason := q.Form("reason")
	if reason == "" {
		return page.Refuse(http.StatusBadRequest, "error.return-reason")
	}
	return s.selection(q, "return", func(st *review.State, d *access.Seen, x *step) {
		s.decision(q, st, d, x, review.Returned, reason)
	})
}

// Tag gives the selected entries a tag, or takes it from them if the form says so.
func (s *Room) Tag(q *page.Request) error {
	name := review.TagName(q.Form("tag"))
	if name == "" {
		return page.Refuse(http.StatusBadRequest, "error.tag")
	}
	what, action := "tag", review.Tagged
	if q.Form("untag") != "" {
		what, action = "untag", review.Untagged
	}
	return s.selection(q, what, func(_ *review.State, _ *access.Seen, x *step) {
		x.Says = name
		x.event = review.Event{Action: action, Data: review.Data{Name: name}}
	})
}

// decision makes the step by which an entry is decided. One that is decided already is left out: a person who
// wants to change a decision does so on its page, where the present one is seen.
func (s *Room) decision(q *page.Request, st *review.State, d *access.Seen, x *step,
	decision review.Decision, reason string) {
	if st.Decision(d.Ruleset, d.ID) != nil {
		x.Why = s.site.Texts.Say(q.Lang, "selection.decided")
		return
	}
	// A recognition needs no reason; for every other decision the log demands one.
	if decision != review.Recognised {
		reason = cmp.Or(reason, d.Entry.Reason)
	}
	x.Says = s.site.Texts.Say(q.Lang, "decision."+string(decision))
	x.event = review.Event{Action: review.Decided, Ruleset: d.Ruleset, Data: review.Data{Decision: decision,
		Reason: reason, Outcome: x.about.Outcome}}
}

// selection shows what would be done about the selected entries (the values of d), and does it once the
// preview is confirmed. Everything is checked again then. Entries from which the person is recused are always
// left out.
func (s *Room) selection(q *page.Request, what string, plan planner) error {
	f, err := s.lists.ListOf(q)
	if err != nil {
		return err
	}
	// A form may name an entry twice; events must not be recorded twice.
	ids := slices.Compact(slices.Sorted(slices.Values(q.R.PostForm["d"])))
	if len(ids) == 0 || len(ids) > maxSelected {
		return page.Refuse(http.StatusBadRequest, "error.selection", maxSelected)
	}
	steps, err := s.plan(q, f.Ruleset, what, ids, plan)
	if err != nil {
		return err
	}
	list := "/lists/" + f.Ruleset
	if q.Form("sure") == "yes" {
		done, left, err := s.carryOut(q, f.Ruleset, steps)
		if err != nil {
			return err
		}
		return s.site.Back(q, q.From(list), "done.selection", done, left)
	}
	// Back on the list, its filters are as they were.
	if from := s.site.Referring(q); strings.HasPrefix(from, list+"?") {
		list = from
	}
	n := 0
	for i := range steps {
		if steps[i].Why == "" {
			n++
		}
	}
	s.site.Render(q, http.StatusOK, "selection", map[string]any{"F": f, "What": what, "Steps": steps, "N": n,
		"Left": len(steps) - n, "To": q.R.URL.Path, "Person": q.Form("person"), "Reason": q.Form("reason"),
		"Tag": q.Form("tag"), "Untag": q.Form("untag"), "Back": list})
	return nil
}

// plan makes the steps of entries, in the order of the list. The log itself says what it would refuse.
func (s *Room) plan(q *page.Request, ruleset, what string, ids []string, plan planner) ([]step, error) {
	var out []step
	for _, id := range ids {
		d, err := s.lists.See(q, id)
		if err != nil {
			return nil, err
		}
		if d.Ruleset != ruleset {
			return nil, page.NotFound()
		}
		x := step{Dossier: id, Title: d.Title, about: d.About()}
		err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
			switch {
			case d.Tie != nil || d.Entry == nil:
				x.Why = s.site.Texts.Say(q.Lang, "selection.recused")
				return nil
			// Refusing, or carrying out, an action that follows from the outcome would reveal the outcome. A tag does
			// not.
			case d.Entry.Hidden && what != "tag" && what != "untag":
				x.Why = s.site.Texts.Say(q.Lang, "selection.hidden")
				return nil
			}
			// The plan gives the reasons that a person understands best; what is left, the log refuses itself.
			if plan(st, d, &x); x.Why != "" {
				return nil
			}
			x.event.Person, x.event.Dossier = q.Person.ID, id
			var r *review.Refusal
			if err := st.Check(&x.event, x.about); errors.As(err, &r) {
				x.Why = s.site.Refusal(q.Lang, r)
			} else if err != nil {
				return err
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// carryOut records the events of steps, each in a transaction of its own, so that one that is refused
// meanwhile does not undo the others, and offers to undo them. It returns how many were recorded and how many left
// out.
func (s *Room) carryOut(q *page.Request, ruleset string, steps []step) (done, left int, err error) {
	offer, err := page.UndoableBatch(s.site, q, ruleset)
	if err != nil {
		return 0, 0, err
	}
	for i := range steps {
		x := &steps[i]
		if x.Why != "" {
			left++
			continue
		}
		var r *review.Refusal
		if err := s.site.W.Review().Do(q.Ctx(), x.about, x.event); errors.As(err, &r) {
			left++
			s.site.LogRefused(q, http.StatusConflict, r.Code)
		} else if err != nil {
			return done, left, err
		} else {
			done++
		}
	}
	if done > 0 {
		err = offer()
	}
	return done, left, err
}
