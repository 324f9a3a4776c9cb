package committee

import (
	"net/http"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline/agreement"
	"kheo/pipeline/review"
)

// ScorersFor returns how people score on each criterion of each list, from the scores that count and that the person
// who asks may see: none of dossiers from which the person is recused and, of those that must be scored blind, none
// before the person has scored.
func (s *Room) ScorersFor(q *page.Request) ([]agreement.Criterion, error) {
	mine, err := s.lists.For(q.Ctx(), q.Person)
	if err != nil {
		return nil, err
	}
	out := []agreement.Criterion{}
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, rs := range s.site.W.Campaign().Rulesets {
			f := mine.Of[rs.ID]
			if f == nil {
				continue
			}
			scores := map[string][]dossier.PanelScore{}
			for i := range f.Entries {
				e := &f.Entries[i]
				if st.Tie(q.Person.ID, e.Dossier, e.Unit) == nil {
					scores[e.Dossier] = access.CountedScores(q.Person, st, rs.ID, e.Dossier, e.Unit)
				}
			}
			out = append(out, agreement.Of(rs, scores)...)
		}
		return nil
	})
	return out, err
}

// Scorers shows how people score.
func (s *Room) Scorers(q *page.Request) error {
	list, err := s.ScorersFor(q)
	if err != nil {
		return err
	}
	if page.WantsSheet(q) {
		t := page.Table{Head: []string{"list", "criterion", "scorers.alpha", "name", "scorers.marks", "scorers.mean",
			"scorers.spread", "scorers.shared", "scorers.apart"}, Widths: []float64{40, 40, 12, 30, 10, 10, 10, 12, 12}}
		for _, c := range list {
			for _, h := range c.People {
				t.Rows = append(t.Rows, []any{listTitle(s.site, q, c.Ruleset), c.Title.In(q.Lang, "en", "vi"),
					number(c.Alpha), h.Name, h.Marks, h.Mean, h.Spread, h.Shared, number(h.Apart)})
			}
		}
		return s.site.SendSheet(q, s.site.Texts.Say(q.Lang, "nav.scorers"), t)
	}
	s.site.Render(q, http.StatusOK, "scorers", map[string]any{"List": list})
	return nil
}

// listTitle is the title of a list, in the language of the person.
func listTitle(site *page.Site, q *page.Request, ruleset string) string {
	if rs := site.Ruleset(ruleset); rs != nil {
		return rs.Title.In(q.Lang, "en", "vi")
	}
	return ruleset
}

// number is a figure in a table; an empty cell if there is none.
func number(v *float64) any {
	if v == nil {
		return ""
	}
	return *v
}
