package web

import (
	"net/http"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/review"
)

// Tokens of the stylesheet that the design page shows: roles of colours, and sizes of type, ascending.
var (
	designColours = []string{"paper", "raised", "sunken", "line", "edge", "ink", "quiet", "main", "main-weak", "good",
		"good-weak", "warn", "warn-weak", "bad", "bad-weak", "fill", "rest", "mark"}
	designSizes  = []string{"f-1", "f0", "f1", "f2", "f3"}
	designStates = []string{"certain", "uncertain", "corrected"} // of a fact
)

// design shows every component of the pages in each of its states, for those who change or translate them.
func (s *Server) design(q *page.Request) error {
	s.site.Render(q, http.StatusOK, "design", map[string]any{"Outcomes": page.Outcomes(),
		"Decisions": review.Decisions, "States": designStates, "Colours": designColours, "Sizes": designSizes,
		"Icons": page.Icons()})
	return nil
}
