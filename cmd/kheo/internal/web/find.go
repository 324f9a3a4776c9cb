package web

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"kheo/index"
	"kheo/internal/text/query"
	"kheo/pipeline/review"
	"kheo/pipeline/search"
	"kheo/pipeline/store"
)

// searchTime is how long one search may take.
const searchTime = 20 * time.Second

// search is the search page.
func (s *Server) search(q *request) error {
	get := q.r.URL.Query()
	data := map[string]any{"Query": get.Get("q"), "Sort": get.Get("sort")}
	saved, err := s.w.Store.SavedSearches(q.ctx(), q.person.ID)
	if err != nil {
		return err
	}
	data["Saved"] = saved
	if get.Has("q") || get.Get("page") != "" {
		hidden, err := s.hiddenFrom(q)
		if err != nil {
			return err
		}
		limit := 20
		if wantsSheet(q) {
			limit = mostFound
		}
		how := index.How{Limit: limit, Sort: get.Get("sort"), Facets: true, Hold: true, Page: get.Get("page"), Hidden: hidden}
		if !slices.Contains(index.Sorts, how.Sort) {
			how.Sort = ""
		}
		ctx, cancel := context.WithTimeout(q.ctx(), searchTime)
		defer cancel()
		res, err := search.Find(ctx, s.w, get.Get("q"), how, nil)
		var qe *query.Error
		switch {
		case errors.As(err, &qe):
			data["Mistake"] = qe
			data["Under"] = strings.Repeat(" ", max(0, qe.Column-1)) + "^"
		case errors.Is(err, index.ErrPage):
			data["Gone"] = true
		case errors.Is(err, context.DeadlineExceeded):
			return &problem{http.StatusServiceUnavailable, "error.slow", nil}
		case err != nil:
			return err
		default:
			if wantsSheet(q) {
				return s.searchSheet(q, res)
			}
			data["Results"], data["Sheet"] = res, withQuery("/search", get, "as", "xlsx")
			data["Facets"] = s.facetLinks(q, get, res)
			if res.Next != "" {
				data["Next"] = "/search?" + url.Values{"q": {get.Get("q")}, "page": {res.Next}}.Encode()
			}
		}
	}
	s.render(q, http.StatusOK, "search", data)
	return nil
}

// mostFound is how many hits a workbook has.
const mostFound = 1000

// searchSheet sends what was found.
func (s *Server) searchSheet(q *request, res *index.Results) error {
	t := table{head: []string{"dossier", "number", "documents", "page", "source"}, widths: []float64{44, 40, 34, 8, 100}}
	for _, h := range res.Hits {
		t.rows = append(t.rows, []any{h.Title, h.Dossier, h.Document, h.Page, h.Snippet})
	}
	return s.sheet(q, s.texts.say(q.lang, "nav.search"), t)
}

// facetLink is a value by which what was found can be narrowed.
type facetLink struct {
	Label, Link string
	Count       int
}

type facetGroup struct {
	Field  string
	Values []facetLink
}

func (s *Server) facetLinks(q *request, get url.Values, res *index.Results) []facetGroup {
	var out []facetGroup
	for _, field := range []string{"outcome", "unit", "field", "level", "kind", "flag"} {
		g := facetGroup{Field: field}
		for _, v := range res.Facets[field] {
			label := v.Value
			switch field {
			case "unit":
				label = s.unitName(v.Value)
			case "field":
				label = s.fieldName(q.lang, v.Value)
			case "level":
				label = s.levelName(q.lang, v.Value)
			default:
				if t := s.texts.of(q.lang, field+"."+v.Value); t != "" {
					label = t
				}
			}
			asked := strings.TrimSpace(get.Get("q") + " " + field + ":" + v.Value)
			g.Values = append(g.Values, facetLink{label, "/search?" + url.Values{"q": {asked}, "sort": {get.Get("sort")}}.Encode(), v.Count})
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

func (s *Server) saveSearch(q *request) error {
	name, text := q.form("name"), q.form("q")
	if name == "" || len([]rune(name)) > 100 || !review.OneLine(name) {
		return &problem{http.StatusBadRequest, "error.name", nil}
	}
	if err := index.CheckQuery(text); err != nil {
		return &problem{http.StatusBadRequest, "error.query", nil}
	}
	if err := s.w.Store.SaveSearch(q.ctx(), q.person.ID, store.SavedSearch{Name: name, Query: text, Sort: q.form("sort")}, s.w.Now()); err != nil {
		return err
	}
	return s.back(q, "/search?"+url.Values{"q": {text}}.Encode(), "done.saved")
}

func (s *Server) forgetSearch(q *request) error {
	if _, err := s.w.Store.ForgetSearch(q.ctx(), q.person.ID, q.form("name")); err != nil {
		return err
	}
	return s.back(q, "/search", "done.forgotten")
}

// marked parts a snippet at its marks.
func marked(snippet string, marks [][2]int) template.HTML {
	rs := []rune(snippet)
	var b strings.Builder
	at := 0
	for _, m := range marks {
		if m[0] < at || m[1] > len(rs) || m[0] > m[1] {
			continue
		}
		b.WriteString(template.HTMLEscapeString(string(rs[at:m[0]])))
		b.WriteString("<mark>" + template.HTMLEscapeString(string(rs[m[0]:m[1]])) + "</mark>")
		at = m[1]
	}
	b.WriteString(template.HTMLEscapeString(string(rs[at:])))
	return template.HTML(b.String()) // every piece of it is escaped
}
