package committee

import (
	"maps"
	"net/http"
	"slices"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/review"
)

// Meeting goes through a list entry by entry: it shows the requested entry, or the first that must still be
// decided.
func (s *Room) Meeting(q *page.Request) error {
	f, rows, err := s.lists.ListRows(q, nil)
	if err != nil {
		return err
	}
	data := map[string]any{"F": f, "Title": s.site.Ruleset(f.Ruleset), "All": len(rows)}
	at, decided := -1, 0
	want := q.R.URL.Query().Get("entry")
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for i, r := range rows {
			if r.Decision != nil {
				decided++
			}
			if at < 0 && (want != "" && r.Dossier == want || want == "" && r.Aside == "" && (r.Hidden && r.Decision == nil || st.MustDecide(f.Ruleset, r.Entry))) {
				at = i
			}
		}
		data["Open"], data["OpenOthers"] = access.OpenFor(q.Person, st, f)
		return nil
	}); err != nil {
		return err
	}
	if want != "" && at < 0 {
		return page.NotFound()
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
			a, err := s.site.W.Store.Assessments.Get(q.Ctx(), rows[at].Dossier)
			if err != nil {
				return err
			}
			d, err := s.lists.See(q, rows[at].Dossier)
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
			if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
				data["Seen"] = st.Seq
				s.lists.Blind(q, st, d, data)
				return nil
			}); err != nil {
				return err
			}
		}
	}
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		if m, ok := st.Meetings[f.Ruleset]; ok {
			data["Met"], data["Present"], data["Attending"] = &m, s.site.Names(st, m.Present), s.site.Names(st, m.Attending)
		}
		var members []*review.Person
		for _, id := range slices.Sorted(maps.Keys(st.People)) {
			if p := st.People[id]; p.May(review.CastVote) || p.May(review.Decide) {
				copied := *p
				members = append(members, &copied)
			}
		}
		data["Members"] = members
		_, data["Closed"] = st.Closed[f.Ruleset]
		return nil
	}); err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "meeting", data)
	return nil
}
