package reading

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/index"
	"kheo/internal/text/query"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/search"
	"kheo/pipeline/store"
	"kheo/rules"
)

// searchTime is how long one search may take. A query with many wildcards over a large index could otherwise
// occupy a processor for long.
const searchTime = 20 * time.Second

// Search shows the search form and what a query finds. The index leaves out what the person may not see. A
// mistake in the query is part of the page, with a mark under its column; only a search that takes too long is
// refused.
func (s *Room) Search(q *page.Request) error {
	get := q.R.URL.Query()
	data := map[string]any{"Query": get.Get("q"), "Sort": get.Get("sort"), "Recent": s.recent(q, get)}
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
			data["Mistake"], data["Said"], data["Cure"] = qe, qe.Message, qe.Cure
			if qe.Code != "" {
				data["Said"] = s.site.Texts.Filled(q.Lang, "query."+qe.Code, qe.Args...)
				data["Cure"] = s.site.Texts.Filled(q.Lang, "query."+qe.Code+".cure", qe.Args...)
			}
			data["Under"] = strings.Repeat(" ", max(0, qe.Column-1)) + "^"
		case errors.Is(err, index.ErrPage):
			data["Gone"] = true
		case errors.Is(err, context.DeadlineExceeded):
			return page.Refuse(http.StatusServiceUnavailable, "error.slow")
		case err != nil:
			return err
		default:
			hits, err := s.found(q, res)
			if err != nil {
				return err
			}
			if page.WantsSheet(q) {
				return s.searchSheet(q, hits)
			}
			data["Results"], data["Hits"] = res, hits
			data["Sheet"] = page.WithQuery("/search", get, "as", "xlsx")
			data["Facets"], data["Narrowed"] = s.facetLinks(q, get, res), s.narrowedBy(q, get)
			data["Unknown"] = s.unknownLinks(q, get, res)
			if res.Total == 0 {
				data["Wider"] = s.wider(ctx, q, get, how)
			}
			if res.Next != "" {
				data["Next"] = "/search?" + url.Values{"q": {get.Get("q")}, "page": {res.Next}}.Encode()
			}
		}
	}
	s.site.Render(q, http.StatusOK, "search", data)
	return nil
}

// Find searches for a query, without what the person may not see. A search that takes too long is refused.
func (s *Room) Find(q *page.Request, text string, how index.How) (*index.Results, error) {
	var err error
	if how.Hidden, err = s.lists.HiddenFrom(q); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(q.Ctx(), searchTime)
	defer cancel()
	res, err := search.Find(ctx, s.site.W, text, how, nil)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, page.Refuse(http.StatusServiceUnavailable, "error.slow")
	}
	return res, err
}

// maxFound is how many hits a workbook has.
const maxFound = 1000

// hit is a dossier that was found, with what the person may see of its entry on a list.
type hit struct {
	index.Hit
	UnitName string
	Entry    *publish.Entry // nil if it is on no list
	Flags    []string       // codes of the entry, each once
	Says     []string       // what a query without words found: flags in words, or the reason of the outcome
}

// found adds to hits what the person may see of their entries. A query that asks for no words has no passage to
// quote; its hits say what is asked for instead, in the person's language.
func (s *Room) found(q *page.Request, res *index.Results) ([]hit, error) {
	mine, err := s.lists.For(q.Ctx(), q.Person)
	if err != nil {
		return nil, err
	}
	var bare []string
	for i := range res.Hits {
		if len(res.Hits[i].Marks) == 0 {
			bare = append(bare, res.Hits[i].Dossier)
		}
	}
	assessed, err := s.site.W.Store.Assessments.ByID(q.Ctx(), bare)
	if err != nil {
		return nil, err
	}
	said := map[string][]string{}
	for _, a := range assessed {
		e, err := s.lists.Said(q, a)
		if err != nil {
			return nil, err
		}
		for _, f := range e.Flags {
			said[a.Dossier] = append(said[a.Dossier], f.Message)
		}
		if len(e.Flags) == 0 && e.Reason != "" {
			said[a.Dossier] = []string{e.Reason}
		}
	}
	out := make([]hit, len(res.Hits))
	for i := range res.Hits {
		h := hit{Hit: res.Hits[i]}
		if p, ok := mine.At[h.Dossier]; ok {
			h.Entry, h.UnitName = p.Entry, s.site.UnitName(p.Entry.Unit)
			if !h.Entry.Hidden {
				for _, f := range p.Entry.Flags {
					if !slices.Contains(h.Flags, f.Code) {
						h.Flags = append(h.Flags, f.Code)
					}
				}
			}
		}
		if len(h.Marks) == 0 {
			h.Document, h.Snippet, h.More = "", "", nil
			if h.Entry != nil && !h.Entry.Hidden {
				h.Says = said[h.Dossier]
			}
		}
		out[i] = h
	}
	return out, nil
}

// searchSheet sends the hits as a workbook.
func (s *Room) searchSheet(q *page.Request, hits []hit) error {
	t := page.Table{Head: []string{"dossier", "number", "unit", "outcome", "points", "documents", "page", "source"},
		Widths: []float64{44, 40, 24, 18, 9, 34, 8, 100}}
	for i := range hits {
		h := &hits[i]
		outcome, points := "", any("")
		if h.Entry != nil && !h.Entry.Hidden {
			outcome, points = s.site.Texts.Say(q.Lang, "outcome."+string(h.Entry.Outcome)), h.Entry.Points
		}
		pageNo := any(h.Page)
		if h.Document == "" {
			pageNo = ""
		}
		t.Rows = append(t.Rows, []any{h.Title, h.Dossier, h.UnitName, outcome, points, h.Document, pageNo,
			cmp.Or(h.Snippet, strings.Join(h.Says, "; "))})
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
			label := s.valueName(q.Lang, field, v.Value)
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

// valueName returns how a value of a field is called in a language.
func (s *Room) valueName(lang, field, value string) string {
	switch field {
	case "unit":
		return s.site.UnitName(value)
	case "field":
		return s.site.FieldName(lang, value)
	case "level":
		return s.site.LevelName(lang, value)
	case "kind":
		return rules.TitleOf(s.site.W.Campaign().Env.Kinds, value, lang, "en", "vi")
	}
	return cmp.Or(s.site.Texts.Of(lang, field+"."+value), value)
}

// fieldRE matches what a query asks for by a field.
var fieldRE = regexp.MustCompile(`(?:^|\s)-?([a-z]+(?:\.[a-z0-9_]+)?):("[^"]*"|[^\s()"]+)`)

// narrowing is a field of a query, with the link that takes it out.
type narrowing struct{ Field, Value, Without, Link string }

// narrowedBy returns what a query asks for by fields, in the order in which it asks.
func (s *Room) narrowedBy(q *page.Request, get url.Values) (out []narrowing) {
	text := get.Get("q")
	for _, m := range fieldRE.FindAllStringSubmatchIndex(text, -1) {
		field, value := text[m[2]:m[3]], strings.Trim(text[m[4]:m[5]], `"`)
		without := strings.TrimSpace(text[:m[0]] + text[m[1]:])
		name := cmp.Or(s.site.Texts.Of(q.Lang, field), field)
		if strings.HasPrefix(strings.TrimSpace(text[m[0]:m[1]]), "-") {
			name = "– " + name
		}
		out = append(out, narrowing{name, s.valueName(q.Lang, field, value), without,
			"/search?" + url.Values{"q": {without}, "sort": {get.Get("sort")}}.Encode()})
	}
	return out
}

// unknownLink is a value of a query that no dossier has, with the query that has the nearest one instead.
type unknownLink struct{ Field, Value, Nearest, Link string }

// unknownLinks returns what a query asks for and no dossier has, with links to what may be meant.
func (s *Room) unknownLinks(q *page.Request, get url.Values, res *index.Results) (out []unknownLink) {
	for _, u := range res.Unknown {
		x := unknownLink{Field: strings.ToLower(cmp.Or(s.site.Texts.Of(q.Lang, u.Field), u.Field)), Value: u.Value}
		if u.Nearest != "" {
			old, now := u.Field+":"+u.Value, u.Field+":"+u.Nearest
			if strings.HasPrefix(u.Field, "fact.") {
				now = u.Nearest + ":" + u.Value
			}
			x.Nearest = now
			x.Link = "/search?" + url.Values{"q": {strings.Replace(get.Get("q"), old, now, 1)}}.Encode()
		}
		out = append(out, x)
	}
	return out
}

// wider is a query that finds more than one that finds nothing.
type wider struct {
	Query, Link string
	Total       int
}

// maxWider is how many queries are tried when one finds nothing.
const maxWider = 6

// wider returns queries that ask for less than the one that found nothing, and find something: without one of its
// fields, without quotation marks, and with any of its words. Errors only mean that there is less to offer.
func (s *Room) wider(ctx context.Context, q *page.Request, get url.Values, how index.How) (out []wider) {
	text := get.Get("q")
	var tries []string
	for _, n := range s.narrowedBy(q, get) {
		tries = append(tries, n.Without)
	}
	if strings.Contains(text, `"`) {
		tries = append(tries, strings.NewReplacer(`"`, "", "=", "").Replace(text))
	}
	if words := strings.Fields(text); len(words) > 1 && len(words) < 8 && !strings.ContainsAny(text, `":()-`) {
		tries = append(tries, strings.Join(words, " OR "))
	}
	how.Limit, how.Facets, how.KeepOrder, how.Page = 1, false, false, ""
	for _, t := range tries[:min(len(tries), maxWider)] {
		if t == "" {
			continue
		}
		res, err := search.Find(ctx, s.site.W, t, how, nil)
		if err == nil && res.Total > 0 && res.Instead == "" {
			out = append(out, wider{t, "/search?" + url.Values{"q": {t}}.Encode(), res.Total})
		}
	}
	return out
}

// recentKey is where a session keeps the last searches, and maxRecent how many.
const (
	recentKey = "recent-searches"
	maxRecent = 6
)

// recent returns the last searches of the session, the newest first, and adds the one that is asked for now. They end
// with the session.
func (s *Room) recent(q *page.Request, get url.Values) (out []string) {
	for t := range strings.SplitSeq(s.site.Sessions.GetString(q.Ctx(), recentKey), "\n") {
		if t != "" {
			out = append(out, t)
		}
	}
	text := page.PlainText(strings.ReplaceAll(get.Get("q"), "\n", " "))
	if text == "" || len(text) > 300 || get.Has("as") || get.Has("page") {
		return out
	}
	kept := slices.DeleteFunc(slices.Clone(out), func(t string) bool { return t == text })
	kept = append([]string{text}, kept...)
	kept = kept[:min(len(kept), maxRecent)]
	if !slices.Equal(kept, out) {
		s.site.Sessions.Put(q.Ctx(), recentKey, strings.Join(kept, "\n"))
	}
	return slices.DeleteFunc(out, func(t string) bool { return t == text })
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
