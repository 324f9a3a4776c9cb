package web

import (
	"maps"
	"net/http"
	"slices"

	"kheo/pipeline/review"
)

// meeting goes through a list entry by entry: the one asked for, or the first that is not
// decided.
func (s *Server) meeting(q *request) error {
	f, rows, err := s.listRows(q, nil)
	if err != nil {
		return err
	}
	data := map[string]any{"F": f, "Title": s.ruleset(f.Ruleset), "All": len(rows)}
	at, decided := -1, 0
	want := q.r.URL.Query().Get("entry")
	if err := s.w.Review().View(q.ctx(), func(st *review.State) error {
		for i, r := range rows {
			if r.Decision != nil {
				decided++
			}
			if at < 0 && (want != "" && r.Dossier == want || want == "" && r.Aside == "" && (r.Hidden && r.Decision == nil || st.MustDecide(f.Ruleset, r.Entry))) {
				at = i
			}
		}
		data["Open"], data["OpenOthers"] = openFor(q.person, st, f)
		return nil
	}); err != nil {
		return err
	}
	if want != "" && at < 0 {
		return notFound()
	}
	data["Decided"] = decided
	if at >= 0 {
		if err := s.fill(q, f, rows[at:at+1]); err != nil {
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
			a, err := s.w.Store.Assessments.Get(q.ctx(), rows[at].Dossier)
			if err != nil {
				return err
			}
			d, err := s.see(q, rows[at].Dossier)
			if err != nil {
				return err
			}
			if a != nil {
				e, err := s.entryOf(q, d, a)
				if err != nil {
					return err
				}
				data["Entry"] = e
			}
			data["D"] = d
			if err := s.decisionOf(q, d, data); err != nil {
				return err
			}
			if err := s.w.Review().View(q.ctx(), func(st *review.State) error {
				data["Seen"] = st.Seq
				s.blind(q, st, d, data)
				return nil
			}); err != nil {
				return err
			}
		}
	}
	if err := s.w.Review().View(q.ctx(), func(st *review.State) error {
		if m, ok := st.Meetings[f.Ruleset]; ok {
			data["Met"], data["Present"], data["Attending"] = &m, s.names(st, m.Present), s.names(st, m.Attending)
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
	s.render(q, http.StatusOK, "meeting", data)
	return nil
}
