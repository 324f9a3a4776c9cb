// Package public is the page that everybody may see: the results of closed lists, as far as the campaign releases
// them.
//
// [Room] shows what [results.Reader] returns, as a page, JSON and CSV, to people who are not signed in. What is
// released, and when, is decided there and not here. If the campaign releases nothing, the page does not exist.
package public

import (
	"encoding/json"
	"net/http"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/publish"
	"kheo/pipeline/results"
)

// Room serves the page of results.
type Room struct {
	site    *page.Site
	results *results.Reader
}

// New returns the page of results of a site.
func New(site *page.Site) *Room { return &Room{site, results.New(site.W)} }

// released returns what is released; it refuses if the campaign releases no list.
func (s *Room) released(q *page.Request) ([]results.List, error) {
	lists, _, err := s.results.Lists(q.Ctx(), q.Lang)
	if err == nil && lists == nil {
		err = page.NotFound()
	}
	return lists, err
}

// Page shows the results.
func (s *Room) Page(q *page.Request) error {
	lists, err := s.released(q)
	if err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "results", map[string]any{"Lists": lists})
	return nil
}

// JSON answers with the results for other programs.
func (s *Room) JSON(q *page.Request) error {
	lists, err := s.released(q)
	if err != nil {
		return err
	}
	q.W.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(q.W).Encode(map[string]any{"campaign": s.site.W.Campaign().ID, "lists": lists})
}

// CSV sends the results as comma-separated values.
func (s *Room) CSV(q *page.Request) error {
	lists, err := s.released(q)
	if err != nil {
		return err
	}
	b, err := publish.CommaSeparated(table(func(key string) string { return s.site.Texts.Say(q.Lang, key) }, lists))
	if err != nil {
		return err
	}
	return s.site.Send(q, "results.csv", b)
}

// table returns the results as a head and rows.
func table(say func(key string) string, lists []results.List) (head []any, rows [][]any) {
	for _, key := range []string{"list", "results.number", "results.name", "unit", "results.award", "results.place",
		"results.closed"} {
		head = append(head, say(key))
	}
	for _, l := range lists {
		for _, e := range l.Results {
			row := []any{l.Title, e.Number, e.Name, e.Unit, e.Award, nil, l.Closed}
			if e.Place > 0 {
				row[5] = e.Place
			}
			rows = append(rows, row)
		}
	}
	return head, rows
}
