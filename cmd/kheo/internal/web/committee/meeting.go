package committee

import (
	"maps"
	"net/http"
	"slices"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// Meeting goes through a list entry by entry: it shows the requested entry, or the first that must still be
// decided. A hidden entry that is not decided counts as one that must still be decided, because the program
// must not reveal which of them is.
func (s *Room) Meeting(q *page.Request) error {
	f, rows, err := s.lists.ListRows(q, nil)
	if err != nil {
		return err
	}
	data := map[string]any{"F": f, "Title": s.site.Ruleset(f.Ruleset), "All": len(rows)}
	at := -1
	want := q.R.URL.Query().Get("entry")
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		at = slices.IndexFunc(rows, func(r access.Row) bool {
			if want != "" {
				return r.Dossier == want
			}
			return r.Aside == "" && (r.Hidden && r.Decision == nil || st.MustDecide(f.Ruleset, r.Entry))
		})
		data["Open"], data["OpenOthers"] = access.OpenFor(q.Person, st, f)
		s.addMeeting(st, f.Ruleset, data)
		return nil
	}); err != nil {
		return err
	}
	if want != "" && at < 0 {
		return page.NotFound()
	}
	decided := 0
	for i := range rows {
		if rows[i].Decision != nil {
			decided++
		}
	}
	data["Decided"] = decided
	if at >= 0 {
		if err := s.lists.Fill(q, f, rows[at:at+1]); err != nil {
			return err
		}
		data["Row"], data["At"] = rows[at], at+1
		if at > 0 {
			data["Before"] = rows[at-1].Dossier
		}
		if at+1 < len(rows) {
			data["After"] = rows[at+1].Dossier
		}
		if rows[at].Aside == "" {
			if err := s.addEntry(q, rows[at].Dossier, data); err != nil {
				return err
			}
		}
	}
	s.site.Render(q, http.StatusOK, "meeting", data)
	return nil
}

// addEntry adds to the data of the meeting's page the entry at hand, with votes, decision and comments.
func (s *Room) addEntry(q *page.Request, id string, data map[string]any) error {
	a, err := s.site.W.Store.Assessments.Get(q.Ctx(), id)
	if err != nil {
		return err
	}
	d, err := s.lists.See(q, id)
	if err != nil {
		return err
	}
	if a != nil {
		e, err := s.lists.EntryOf(q, d, a)
		if err != nil {
			return err
		}
		data["Entry"] = e
	}
	data["D"] = d
	if err := s.lists.DecisionOf(q, d, data); err != nil {
		return err
	}
	return s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		data["Seen"] = st.Seq
		s.lists.Blind(q, st, d, data)
		tally, _ := data["Tally"].(review.Tally)
		e, _ := data["Entry"].(*publish.Entry)
		data["Proposed"] = access.Proposed(tally, e)
		return nil
	})
}

// addMeeting adds to the data of the meeting's page who is present, who may be, and whether the list is closed.
// Members are all people who may vote or decide, ordered by sign-in name, whether they are recused from some
// entries or not.
func (s *Room) addMeeting(st *review.State, ruleset string, data map[string]any) {
	if m, ok := st.Meetings[ruleset]; ok {
		data["Met"], data["Present"], data["Attending"] = &m, s.site.Names(st, m.Present), s.site.Names(st,
			m.Attending)
	}
	var members []*review.Person
	for _, id := range slices.Sorted(maps.Keys(st.People)) {
		if p := st.People[id]; p.May(review.CastVote) || p.May(review.Decide) {
			copied := *p
			members = append(members, &copied)
		}
	}
	data["Members"] = members
	_, data["Closed"] = st.Closed[ruleset]
}
