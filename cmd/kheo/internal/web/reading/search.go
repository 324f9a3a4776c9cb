package reading

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/index"
	"kheo/internal/text/query"
	"kheo/pipeline/review"
	"kheo/pipeline/search"
	"kheo/pipeline/store"
)

// searchTime is how long one search may take. A query with many wildcards over a large index could otherwise
// occupy a processor for long.
const searchTime = 20 * time.Second

// Search shows the search form and what a query finds. The index leaves out what the person may not see. A
// mistake in the query is part of the page, with a mark under its column; only a search that takes too long is
// refused.
func (s *Room) Search(q *page.Request) error {
	get := q.R.URL.Query()
	data := map[string]any{"Query": get.Get("q"), "Sort": get.Get("sort")}
	saved, err := s.site.W.Store.Searches.Of(q.Ctx(), q.Person.ID)
	if err != nil {
		return err
	}
	data["Saved"] = saved
	if get.Has("q") || get.Get("page") != "" {
		hidden, err := s.lists.HiddenFrom(q)
		if err != nil {
			return err
		}
		limit := 20
		if page.WantsSheet(q) {
			limit = maxFound
		}
		how := index.How{Limit: limit, Sort: get.Get("sort"), Facets: true, KeepOrder: true,
			Page: get.Get("page"), Hidden: hidden}
		if !slices.Contains(index.Sorts, how.Sort) {
			how.Sort = ""
		}
		ctx, cancel := context.WithTimeout(q.Ctx(), searchTime)
		defer cancel()
		res, err := search.Find(ctx, s.site.W, get.Get("q"), how, nil)
		var qe *query.Error
		switch {
		case errors.As(err, &qe):
			data["Mistake"] = qe
			data["Under"] = strings.Repeat(" ", max(0, qe.Column-1)) + "^"
		case errors.Is(err, index.ErrPage):
			data["Gone"] = true
		case errors.Is(err, context.DeadlineExceeded):
			return page.Refuse(http.StatusServiceUnavailable, "error.slow")
		case err != nil:
			return err
		default:
			if page.WantsSheet(q) {
				return s.searchSheet(q, res)
			}
			data["Results"], data["Sheet"] = res, page.WithQuery("/search", get, "as", "xlsx")
			data["Facets"] = s.facetLinks(q, get, res)
			if res.Next != "" {
				data["Next"] = "/search?" + url.Values{"q": {get.Get("q")}, "page": {res.Next}}.Encode()
			}
		}
	}
	s.site.Render(q, http.StatusOK, "search", data)
	return nil
}

// maxFound is how many hits a workbook has.
const maxFound = 1000

// searchSheet sends the hits as a workbook.
func (s *Room) searchSheet(q *page.Request, res *index.Results) error {
	t := page.Table{Head: []string{"dossier", "number", "documents", "page", "source"},
		Widths: []float64{44, 40, 34, 8, 100}}
	for _, h := range res.Hits {
		t.Rows = append(t.Rows, []any{h.Title, h.Dossier, h.Document, h.Page, h.Snippet})
	}
	return s.site.SendSheet(q, s.site.Texts.Say(q.Lang, "nav.search"), t)
}

// facetLink is a value by which the hits can be narrowed, with the number of hits that have it.
type facetLink struct {
	Label, Link string
	Count       int
}

// facetGroup is a field with the values by which hits can be narrowed.
type facetGroup struct {
	Field  string
	Values []facetLink
}

// facetLinks returns the facets of a search as links that narrow it. A field on which all hits agree is left
// out, because it would not narrow them. At most 20 values of each are shown.
func (s *Room) facetLinks(q *page.Request, get url.Values, res *index.Results) []facetGroup {
	var out []facetGroup
	for _, field := range []string{"outcome", "unit", "field", "level", "kind", "flag"} {
		g := facetGroup{Field: field}
		for _, v := range res.Facets[field] {
			label := v.Value
			switch field {
			case "unit":
				label = s.site.UnitName(v.Value)
			case "field":
				label = s.site.FieldName(q.Lang, v.Value)
			case "level":
				label = s.site.LevelName(q.Lang, v.Value)
			default:
				if t := s.site.Texts.Of(q.Lang, field+"."+v.Value); t != "" {
					label = t
				}
			}
			asked := strings.TrimSpace(get.Get("q") + " " + field + ":" + v.Value)
			g.Values = append(g.Values, facetLink{label, "/search?" + url.Values{"q": {asked},
				"sort": {get.Get("sort")}}.Encode(), v.Count})
			if len(g.Values) == 20 {
				break
			}
		}
		if len(g.Values) > 1 {
			out = append(out, g)
		}
	}
	return out
}

// SaveSearch keeps a query under a name of the person's. A search of the same name is replaced. Searches belong
// to one person and are never shown to another.
func (s *Room) SaveSearch(q *page.Request) error {
	name, text := q.Form("name"), q.Form("q")
	if name == "" || len([]rune(name)) > 100 || !review.OneLine(name) {
		return page.Refuse(http.StatusBadRequest, "error.name")
	}
	if err := index.CheckQuery(text); err != nil {
		return page.Refuse(http.StatusBadRequest, "error.query")
	}
	if err := s.site.W.Store.Searches.Save(q.Ctx(), q.Person.ID, store.SavedSearch{Name: name, Query: text,
		Sort: q.Form("sort")}, s.site.W.Now()); err != nil {
		return err
	}
	return s.site.Back(q, "/search?"+url.Values{"q": {text}}.Encode(), "done.saved")
}

// ForgetSearch removes a saved query of the person.
func (s *Room) ForgetSearch(q *page.Request) error {
	if _, err := s.site.W.Store.Searches.Drop(q.Ctx(), q.Person.ID, q.Form("name")); err != nil {
		return err
	}
	return s.site.Back(q, "/search", "done.forgotten")
}
