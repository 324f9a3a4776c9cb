package listing

import (
	"net/http"
	"net/url"
	"strings"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/review"
)

// view is a query of a list that a person keeps under a name, and the link to it.
type view struct{ Name, Query, Link string }

// Bounds of what a person keeps for one list.
const (
	maxViews     = 20
	maxViewQuery = 1000 // bytes
	maxViewName  = 60   // code points
)

// views returns the views of a list that a person keeps, the oldest first. They are a line each, name and
// query.
func (s *Room) views(q *page.Request, ruleset string) ([]view, error) {
	text, _, err := s.site.W.Store.Drafts.Get(q.Ctx(), q.Person.ID, "views "+ruleset)
	if err != nil {
		return nil, err
	}
	var out []view
	for line := range strings.Lines(text) {
		if name, query, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); ok {
			out = append(out, view{name, query, "/lists/" + url.PathEscape(ruleset) + "?" + query})
		}
	}
	return out, nil
}

// keepViews stores the views of a list.
func (s *Room) keepViews(q *page.Request, ruleset string, list []view) error {
	var b strings.Builder
	for _, v := range list {
		b.WriteString(v.Name + "\t" + v.Query + "\n")
	}
	return s.site.W.Store.Drafts.Set(q.Ctx(), q.Person.ID, "views "+ruleset, b.String(), s.site.W.Now())
}

// View keeps the present filters, columns and order of a list under a name, replaces the view of that name,
// or removes it. Views belong to one person and are never shown to another.
func (s *Room) View(q *page.Request) error {
	f, err := s.lists.ListOf(q)
	if err != nil {
		return err
	}
	name := q.Form("name")
	if name == "" || len([]rune(name)) > maxViewName || !review.OneLine(name) || strings.Contains(name, "\t") {
		return page.Refuse(http.StatusBadRequest, "error.name")
	}
	old, err := s.views(q, f.Ruleset)
	if err != nil {
		return err
	}
	var list []view
	for _, v := range old {
		if v.Name != name {
			list = append(list, v)
		}
	}
	if q.Form("forget") != "" {
		if err := s.keepViews(q, f.Ruleset, list); err != nil {
			return err
		}
		return s.site.Back(q, linkTo(f.Ruleset, nil, "", ""), "done.forgotten")
	}
	get, err := url.ParseQuery(q.Form("query"))
	if err != nil || len(q.Form("query")) > maxViewQuery {
		return page.Refuse(http.StatusBadRequest, "error.query")
	}
	if len(list) >= maxViews {
		return page.Refuse(http.StatusConflict, "error.views", maxViews)
	}
	link := linkTo(f.Ruleset, get, "", "") // with known values only
	_, query, _ := strings.Cut(link, "?")
	if err := s.keepViews(q, f.Ruleset, append(list, view{Name: name, Query: query})); err != nil {
		return err
	}
	return s.site.Back(q, link, "done.saved")
}
