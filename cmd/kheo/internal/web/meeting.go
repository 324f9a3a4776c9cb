package web

import (
	"maps"
	"net/http"
	"slices"

	"kheo/pipeline/dossier"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// meeting goes through a list entry by entry: the one asked for, or the first that is not
// decided.
func (s *Server) meeting(q *request) error {
	f, rows, err := s.listRows(q, nil)
	if err != nil {
		return err
	}
	at := -1
	want := q.r.URL.Query().Get("entry")
	for i, r := range rows {
		if want != "" && r.Dossier == want || want == "" && r.Decision == nil && r.Aside == "" && (r.Outcome == dossier.Recommended || r.Outcome == dossier.NeedsReview) {
			at = i
			break
		}
	}
	if want != "" && at < 0 {
		return notFound()
	}
	data := map[string]any{"F": f, "Title": s.ruleset(f.Ruleset), "All": len(rows)}
	decided := 0
	for _, r := range rows {
		if r.Decision != nil {
			decided++
		}
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
			a, err := s.w.Store.Assessment(q.ctx(), rows[at].Dossier)
			if err != nil {
				return err
			}
			if a != nil {
				a.Outcome = rows[at].Outcome
				e := publish.Of(a, rows[at].Rank, q.lang, "en", "vi")
				if err := s.untold(q, &e); err != nil {
					return err
				}
				data["Entry"] = &e
			}
			d, err := s.see(q, rows[at].Dossier)
			if err != nil {
				return err
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
			data["Met"], data["Present"] = &m, s.names(st, m.Present)
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
