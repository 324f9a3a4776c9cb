package web

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"sort"
	"strconv"

	"kheo/pipeline/dossier"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// dossier is the page of one dossier.
func (s *Server) dossier(q *request) error {
	d, err := s.see(q, q.r.PathValue("dossier"))
	if err != nil {
		return err
	}
	data := map[string]any{"D": d, "UnitName": s.unitName(d.Unit), "Own": !q.person.May(review.See)}
	if d.Tie != nil || !q.person.May(review.See) {
		if d.Tie == nil {
			if err := s.decisionOf(q, d, data); err != nil {
				return err
			}
		}
		s.render(q, http.StatusOK, "dossier-aside", data)
		return nil
	}
	a, err := s.w.Store.Assessment(q.ctx(), d.ID)
	if err != nil {
		return err
	}
	_, doc, err := s.w.Load(q.ctx(), d.ID)
	if err != nil || doc == nil {
		return errors.Join(err, notFoundWhere(doc == nil))
	}
	data["Documents"] = doc.Documents
	if a != nil {
		rank := 0
		if d.Entry != nil {
			rank, a.Outcome = d.Entry.Rank, d.Entry.Outcome
		}
		e := publish.Of(a, rank, q.lang, "en", "vi")
		data["Entry"], data["Facts"], data["FieldName"] = &e, a.Facts, s.fieldName(q.lang, a.Field)
		if d.Entry != nil && d.Entry.Certainty != nil {
			data["Keeps"] = d.Entry.Certainty.Text
		}
	}
	if rs := s.ruleset(d.Ruleset); rs != nil {
		data["Panel"] = rs.PanelCriteria()
	}
	if data["Scores"], err = s.w.Store.PanelScoresOf(q.ctx(), d.ID); err != nil {
		return err
	}
	if data["Copies"], err = s.w.Store.CopiesOf(q.ctx(), d.ID); err != nil {
		return err
	}
	if data["Draft"], _, err = s.w.Store.Draft(q.ctx(), q.person.ID, "comment "+d.ID); err != nil {
		return err
	}
	if err := s.decisionOf(q, d, data); err != nil {
		return err
	}
	s.render(q, http.StatusOK, "dossier", data)
	return nil
}

func notFoundWhere(missing bool) error {
	if missing {
		return notFound()
	}
	return nil
}

// said is a comment with who made it.
type said struct{ Name, Text, At string }

// decisionOf adds what people have done about a dossier.
func (s *Server) decisionOf(q *request, d *seen, data map[string]any) error {
	return s.w.Review().View(q.ctx(), func(st *review.State) error {
		data["Decision"] = st.Decision(d.Ruleset, d.ID)
		if !q.person.May(review.See) {
			return nil
		}
		t := st.Tally(d.Ruleset, d.ID, d.Unit)
		data["Tally"], data["Aside"] = t, s.names(st, t.Aside)
		data["MyVote"] = st.VoteOf(q.person.ID, d.Ruleset, d.ID)
		_, closed := st.Closed[d.Ruleset]
		data["Closed"] = closed
		data["Overrides"] = st.Overrides(d.Ruleset, d.ID)
		data["Assigned"] = s.names(st, st.Assigned[d.ID])
		data["Mine"] = slices.Contains(st.Assigned[d.ID], q.person.ID)
		var comments []said
		for _, c := range st.Comments[d.ID] {
			comments = append(comments, said{s.name(st, c.Person), c.Text, c.At})
		}
		data["Comments"] = comments
		var voters []said
		for _, c := range t.Votes {
			voters = append(voters, said{Name: s.name(st, c.Person), Text: string(c.Vote)})
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

// text shows a page of a document, with what was quoted from it marked.
func (s *Server) text(q *request) error {
	d, err := s.see(q, q.r.PathValue("dossier"))
	if err != nil {
		return err
	}
	if d.Tie != nil {
		return notFound()
	}
	_, doc, err := s.w.Load(q.ctx(), d.ID)
	if err != nil || doc == nil {
		return errors.Join(err, notFoundWhere(doc == nil))
	}
	get := q.r.URL.Query()
	number, _ := strconv.Atoi(get.Get("page"))
	for i := range doc.Documents {
		x := &doc.Documents[i]
		if x.Name != get.Get("doc") {
			continue
		}
		for k := range x.Pages {
			p := &x.Pages[k]
			if p.Number != number {
				continue
			}
			var marks [][2]int
			if a, err := s.w.Store.Assessment(q.ctx(), d.ID); err != nil {
				return err
			} else if a != nil && q.person.May(review.See) {
				marks = quotes(a, x.Name, number)
			}
			prev, next := 0, 0
			if k > 0 {
				prev = x.Pages[k-1].Number
			}
			if k+1 < len(x.Pages) {
				next = x.Pages[k+1].Number
			}
			text := p.Text
			cut := false
			if rs := []rune(text); len(rs) > 40_000 {
				text, cut = string(rs[:40_000]), true
			}
			s.render(q, http.StatusOK, "text", map[string]any{"D": d, "Doc": x, "P": p, "Text": marked(text, marks), "Cut": cut, "Prev": prev, "Next": next})
			return nil
		}
	}
	return notFound()
}

// quotes are the places of a page that an assessment quotes, in order, each once.
func quotes(a *dossier.Assessment, doc string, page int) [][2]int {
	var all [][2]int
	add := func(list ...dossier.Source) {
		for _, e := range list {
			if e.Document == doc && e.Page == page && e.End > e.Start {
				all = append(all, [2]int{e.Start, e.End})
			}
		}
	}
	for _, c := range a.Criteria {
		add(c.Evidence...)
	}
	for _, f := range a.Facts {
		add(f.Source)
		for _, r := range f.Rivals {
			add(r.Source)
		}
	}
	sort.Slice(all, func(i, k int) bool { return all[i][0] < all[k][0] })
	var out [][2]int
	for _, m := range all {
		if n := len(out); n > 0 && m[0] < out[n-1][1] {
			out[n-1][1] = max(out[n-1][1], m[1])
			continue
		}
		out = append(out, m)
	}
	return out
}
