package committee

import (
	"cmp"
	"slices"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/review"
)

// Objection is an objection with what it is about.
type Objection struct {
	Ruleset, Dossier, Title, Unit string
	review.Objection
}

// Objections returns the objections of which the person may know, the oldest first: submitters those of their unit, and
// others those of dossiers from which they are not recused. open leaves out those that have their answer.
func (s *Room) Objections(q *page.Request, open bool) (out []Objection, err error) {
	sees, err := s.lists.VisibilityOf(q.Ctx(), q.Person)
	if err != nil {
		return nil, err
	}
	// Submitters do not have the right to see lists; for them it is the unit that counts, and not conflicts of
	// interest.
	own := !q.Person.May(review.See)
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for ruleset, c := range st.Closed {
			for _, e := range c.Entries() {
				if own && (q.Person.Unit == "" || e.Unit != q.Person.Unit) || !own && sees.Of(e.Dossier, e.Unit) {
					continue
				}
				for _, o := range st.ObjectionsTo(ruleset, e.Dossier) {
					if !open || o.Outcome == "" {
						out = append(out, Objection{ruleset, e.Dossier, e.Title, e.Unit, o})
					}
				}
			}
		}
		return nil
	})
	slices.SortFunc(out, func(a, b Objection) int { return cmp.Compare(a.Seq, b.Seq) })
	return out, err
}
