package reading

import (
	"net/http"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/editions"
)

// Run shows what a run changed compared with the one before it. An unknown run and an ambiguous prefix are both
// not found.
func (s *Room) Run(q *page.Request) error {
	to, err := editions.FindRun(q.Ctx(), s.site.W, q.R.PathValue("run"))
	if err != nil {
		return page.NotFound()
	}
	from, all, err := s.lists.Moves(q.Ctx(), q.Person, q.Lang, to)
	if err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "run", map[string]any{"To": to, "From": from, "Moved": all})
	return nil
}
