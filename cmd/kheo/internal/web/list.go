package web

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"sort"
	"strconv"

	"kheo/pipeline"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// perPage is how many entries or hits a page shows.
const perPage = 50

// list is the page of a ruleset's list.
func (s *Server) list(q *request) error {
	f, rows, err := s.listRows(q)
	if err != nil {
		return err
	}
	get := q.r.URL.Query()
	var shown []row
	for _, r := range rows {
		if (get.Get("outcome") == "" || string(r.Outcome) == get.Get("outcome")) && (get.Get("unit") == "" || r.Unit == get.Get("unit")) && (get.Get("field") == "" || r.Field == get.Get("field")) {
			shown = append(shown, r)
		}
	}
	switch get.Get("sort") {
	case "title":
		sort.SliceStable(shown, func(i, k int) bool { return shown[i].Title < shown[k].Title })
	case "unit":
		sort.SliceStable(shown, func(i, k int) bool { return shown[i].UnitName < shown[k].UnitName })
	case "votes":
		if err := s.fill(q, f, shown); err != nil {
			return err
		}
		sort.SliceStable(shown, func(i, k int) bool { return shown[i].Tally.For > shown[k].Tally.For })
	case "certainty":
		sort.SliceStable(shown, func(i, k int) bool { return certainty(shown[i]) < certainty(shown[k]) })
	}
	from, _ := strconv.Atoi(get.Get("from"))
	from = min(max(0, from), len(shown))
	to := min(len(shown), from+perPage)
	if err := s.fill(q, f, shown[from:to]); err != nil {
		return err
	}
	data := map[string]any{"F": f, "Title": s.ruleset(f.Ruleset), "Rows": shown[from:to], "Total": len(shown), "From": from + 1, "To": to, "Get": get, "Outcomes": outcomes(), "Units": s.w.Campaign.Env.Units, "Files": s.listFiles(f.Ruleset)}
	link := func(at int) string {
		v := url.Values{}
		for _, k := range []string{"outcome", "unit", "field", "sort"} {
			if get.Get(k) != "" {
				v.Set(k, get.Get(k))
			}
		}
		v.Set("from", strconv.Itoa(at))
		return "/lists/" + f.Ruleset + "?" + v.Encode()
	}
	if from > 0 {
		data["Before"] = link(max(0, from-perPage))
	}
	if to < len(shown) {
		data["After"] = link(to)
	}
	if err := s.w.Review().View(q.ctx(), func(st *review.State) error {
		data["Open"] = len(st.Open(f))
		if c, ok := st.Closed[f.Ruleset]; ok {
			data["Closed"] = &c
			data["ClosedBy"] = s.name(st, c.By)
			data["Later"] = c.Run != f.Run
		}
		return nil
	}); err != nil {
		return err
	}
	s.render(q, http.StatusOK, "list", data)
	return nil
}

func certainty(r row) float64 {
	if r.Entry.Certainty == nil || r.Entry.Certainty.Certainty == nil {
		return math.Inf(1)
	}
	return r.Entry.Certainty.Keeps
}

// listFiles are the names of the files of a list that can be downloaded.
func (s *Server) listFiles(ruleset string) []string {
	var out []string
	for _, ext := range []string{".xlsx", ".docx", ".csv", ".json"} {
		out = append(out, ruleset+ext)
	}
	return out
}

// file sends a file of a list, as the newest run published it.
func (s *Server) file(q *request) error {
	f, err := s.listOf(q)
	if err != nil {
		return err
	}
	name := q.r.PathValue("file")
	if !slices.Contains(s.listFiles(f.Ruleset), name) {
		return notFound()
	}
	aside := 0
	if err := s.w.Review().View(q.ctx(), func(st *review.State) error {
		for i := range f.Entries {
			if e := &f.Entries[i]; st.Tie(q.person.ID, e.Dossier, e.Unit) != nil {
				aside++
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if aside > 0 { // the file has their points too
		return &problem{http.StatusConflict, "error.papers-aside", []any{aside}}
	}
	q.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	http.ServeFile(q.w, q.r, filepath.Join(s.w.Lists(), pipeline.Latest, name))
	return nil
}

// compare lays two entries side by side, criterion by criterion.
func (s *Server) compare(q *request) error {
	f, err := s.listOf(q)
	if err != nil {
		return err
	}
	get := q.r.URL.Query()
	type side struct {
		D *seen
		E *publish.Entry
	}
	var sides []side
	for _, id := range []string{get.Get("a"), get.Get("b")} {
		d, err := s.see(q, id)
		if err != nil {
			return err
		}
		if d.Entry == nil || d.Ruleset != f.Ruleset {
			return notFound()
		}
		a, err := s.w.Store.Assessment(q.ctx(), id)
		if err != nil || a == nil {
			return errors.Join(err, notFoundWhere(a == nil))
		}
		a.Outcome = d.Entry.Outcome
		e := publish.Of(a, d.Entry.Rank, q.lang, "en", "vi")
		sides = append(sides, side{d, &e})
	}
	type line struct {
		Title        string
		A, B         publish.Criterion
		Max, Differ  float64
		WideA, WideB int
	}
	var lines []line
	for i, c := range sides[0].E.Criteria {
		if i >= len(sides[1].E.Criteria) || sides[1].E.Criteria[i].ID != c.ID {
			continue
		}
		o := sides[1].E.Criteria[i]
		lines = append(lines, line{c.Title, c, o, c.Max, c.Points - o.Points, int(100 * c.Points / max(c.Max, 1)), int(100 * o.Points / max(o.Max, 1))})
	}
	s.render(q, http.StatusOK, "compare", map[string]any{"F": f, "A": sides[0], "B": sides[1], "Lines": lines})
	return nil
}
