package committee

import (
	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/review"
)

// Objections returns the objections of which the person may know, the oldest first: submitters those of their unit, and
// others those of dossiers from which they are not recused. open leaves out those that have their answer.
func (s *Room) Objections(q *page.Request, open bool) (out []review.ObjectionOn, err error) {
	sees, err := s.lists.VisibilityOf(q.Ctx(), q.Person)
	if err != nil {
		return nil, err
	}
	// Submitters do not have the right to see lists; for them it is the unit that counts, and not conflicts of
	// interest.
	own := !q.Person.May(review.See)
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, o := range review.Objections(st, open) {
			if own && q.Person.Unit != "" && o.Unit == q.Person.Unit || !own && !sees.Of(o.Dossier, o.Unit) {
				out = append(out, o)
			}
		}
		return nil
	})
	return out, err
}
