package web

import (
	"context"
	"errors"
	"html/template"
	"maps"
	"math"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"kheo/index"
	"kheo/pipeline"
	"kheo/pipeline/dossier"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/rules/query"
)

// searchTime is how long one search may take.
const searchTime = 20 * time.Second

// perPage is how many entries or hits a page shows.
const perPage = 50

// home is the campaign at a glance: the lists, what waits for the person, what the last run
// changed.
func (s *Server) home(q *request) error {
	if !q.person.May(review.See) {
		return s.ownDossiers(q)
	}
	run, of, _, err := s.latest(q.ctx())
	if err != nil {
		return err
	}
	type waiting struct{ Dossier, Title, Ruleset, What string }
	type counted struct {
		Ruleset, Title string
		Counts         publish.Counts
		Decided, Open  int
		Closed         *review.ClosedList
		Units          []unitCount
	}
	var all []counted
	var waits []waiting
	err = s.w.Review().View(q.ctx(), func(st *review.State) error {
		for _, rs := range s.w.Campaign.Rulesets {
			f := of[rs.ID]
			if f == nil {
				continue
			}
			c := counted{Ruleset: rs.ID, Title: rs.Title.In(q.lang, "en", "vi"), Counts: f.Counts, Open: len(st.Open(f)), Units: s.byUnit(f)}
			if x, ok := st.Closed[rs.ID]; ok {
				c.Closed = &x
			}
			for i := range f.Entries {
				e := &f.Entries[i]
				if st.Decision(rs.ID, e.Dossier) != nil {
					c.Decided++
				}
				if c.Closed != nil || st.Tie(q.person.ID, e.Dossier, e.Unit) != nil {
					continue
				}
				switch {
				case slices.Contains(st.Assigned[e.Dossier], q.person.ID):
					waits = append(waits, waiting{e.Dossier, e.Title, rs.ID, "wait.assigned"})
				case q.person.May(review.CastVote) && st.Decision(rs.ID, e.Dossier) == nil && st.VoteOf(q.person.ID, rs.ID, e.Dossier) == "" && (e.Outcome == dossier.Recommended || e.Outcome == dossier.NeedsReview):
					waits = append(waits, waiting{e.Dossier, e.Title, rs.ID, "wait.vote"})
				case q.person.May(review.Decide) && st.Decision(rs.ID, e.Dossier) == nil:
					if t := st.Tally(rs.ID, e.Dossier, e.Unit); t.Quorate {
						waits = append(waits, waiting{e.Dossier, e.Title, rs.ID, "wait.decide"})
					}
				}
			}
			all = append(all, c)
		}
		return nil
	})
	if err != nil {
		return err
	}
	runs, err := s.w.Store.Runs(q.ctx(), 1)
	if err != nil {
		return err
	}
	s.render(q, http.StatusOK, "home", map[string]any{"Run": run, "Lists": all, "Waiting": waits[:min(len(waits), 12)], "WaitingMore": max(0, len(waits)-12), "Runs": runs})
	return nil
}

// unitCount is how many dossiers of a unit have which outcome, with the widths of a bar.
type unitCount struct {
	Name                      string
	Recommended, Others, All  int
	WideRecommended, WideRest int // of 100 for the unit with most
}

func (s *Server) byUnit(f *publish.File) []unitCount {
	of := map[string]*unitCount{}
	most := 1
	for i := range f.Entries {
		e := &f.Entries[i]
		u := of[e.Unit]
		if u == nil {
			u = &unitCount{Name: s.unitName(e.Unit)}
			of[e.Unit] = u
		}
		u.All++
		if e.Outcome == dossier.Recommended {
			u.Recommended++
		} else {
			u.Others++
		}
		most = max(most, u.All)
	}
	var out []unitCount
	for _, id := range slices.Sorted(maps.Keys(of)) {
		u := of[id]
		u.WideRecommended, u.WideRest = 100*u.Recommended/most, 100*u.Others/most
		out = append(out, *u)
	}
	return out
}

// ownDossiers shows a submitter the dossiers of the own unit, and what each of them lacks.
func (s *Server) ownDossiers(q *request) error {
	_, _, at, err := s.latest(q.ctx())
	if err != nil {
		return err
	}
	type own struct {
		Dossier, Title, Ruleset string
		Missing                 []string
		Decision                *review.DecidedEntry
	}
	var out []own
	all, err := s.w.Store.Dossiers(q.ctx())
	if err != nil {
		return err
	}
	err = s.w.Review().View(q.ctx(), func(st *review.State) error {
		for _, a := range all {
			p, ok := at[a.ID]
			o := own{Dossier: a.ID, Title: a.Name}
			if ok {
				o.Title, o.Ruleset = p.entry.Title, p.ruleset
				if p.entry.Unit != q.person.Unit {
					continue
				}
				for _, f := range p.entry.Flags {
					if f.Code == dossier.FlagMissingDocument || f.Code == dossier.FlagUnreadable || f.Code == dossier.FlagNeedsOCR {
						o.Missing = append(o.Missing, f.Message)
					}
				}
				o.Decision = st.Decision(p.ruleset, a.ID)
			} else if a.Manifest.Unit != q.person.Unit {
				continue
			}
			out = append(out, o)
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.render(q, http.StatusOK, "own", map[string]any{"Dossiers": out, "Unit": s.unitName(q.person.Unit), "Kinds": s.w.Campaign.Env.Kinds, "Levels": s.w.Campaign.Env.Levels, "Fields": s.w.Campaign.Env.Fields})
	return nil
}

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
		ids, units, err := s.hiddenFrom(q)
		if err != nil {
			return err
		}
		how := index.How{Limit: 20, Sort: get.Get("sort"), Facets: true, Hold: true, Page: get.Get("page"), Hidden: index.Hidden{Dossiers: ids, Units: units}}
		if !slices.Contains(index.Sorts, how.Sort) {
			how.Sort = ""
		}
		ctx, cancel := context.WithTimeout(q.ctx(), searchTime)
		defer cancel()
		res, err := s.w.Search(ctx, get.Get("q"), how, nil)
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
			data["Results"] = res
			data["Facets"] = s.facetLinks(q, get, res)
			if res.Next != "" {
				data["Next"] = "/search?" + url.Values{"q": {get.Get("q")}, "page": {res.Next}}.Encode()
			}
		}
	}
	s.render(q, http.StatusOK, "search", data)
	return nil
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
	if name == "" || len([]rune(name)) > 100 {
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

// dossier is the page of one dossier.
func (s *Server) dossier(q *request) error {
	d, err := s.see(q, q.r.PathValue("dossier"))
	if err != nil {
		return err
	}
	data := map[string]any{"D": d, "UnitName": s.unitName(d.Unit), "Own": !q.person.May(review.See)}
	if d.Tie != nil || !q.person.May(review.See) {
		if d.Tie == nil {
			if err := s.decisionOf(q, d, data); err != nil {
				return err
			}
		}
		s.render(q, http.StatusOK, "dossier-aside", data)
		return nil
	}
	a, err := s.w.Store.Assessment(q.ctx(), d.ID)
	if err != nil {
		return err
	}
	_, doc, err := s.w.Load(q.ctx(), d.ID)
	if err != nil || doc == nil {
		return errors.Join(err, notFoundWhere(doc == nil))
	}
	data["Documents"] = doc.Documents
	if a != nil {
		rank := 0
		if d.Entry != nil {
			rank, a.Outcome = d.Entry.Rank, d.Entry.Outcome
		}
		e := publish.Of(a, rank, q.lang, "en", "vi")
		data["Entry"], data["Facts"], data["FieldName"] = &e, a.Facts, s.fieldName(q.lang, a.Field)
		if d.Entry != nil && d.Entry.Certainty != nil {
			data["Keeps"] = d.Entry.Certainty.Text
		}
	}
	if rs := s.ruleset(d.Ruleset); rs != nil {
		data["Panel"] = rs.PanelCriteria()
	}
	scores, err := s.w.Store.PanelScores(q.ctx())
	if err != nil {
		return err
	}
	data["Scores"] = scores[d.ID]
	copies, err := s.w.Store.Copies(q.ctx())
	if err != nil {
		return err
	}
	data["Copies"] = copies[d.ID]
	if data["Draft"], _, err = s.w.Store.Draft(q.ctx(), q.person.ID, "comment "+d.ID); err != nil {
		return err
	}
	if err := s.decisionOf(q, d, data); err != nil {
		return err
	}
	s.render(q, http.StatusOK, "dossier", data)
	return nil
}

func notFoundWhere(missing bool) error {
	if missing {
		return notFound()
	}
	return nil
}

// said is a comment with who made it.
type said struct{ Name, Text, At string }

// decisionOf adds what people have done about a dossier.
func (s *Server) decisionOf(q *request, d *seen, data map[string]any) error {
	return s.w.Review().View(q.ctx(), func(st *review.State) error {
		data["Decision"] = st.Decision(d.Ruleset, d.ID)
		if !q.person.May(review.See) {
			return nil
		}
		t := st.Tally(d.Ruleset, d.ID, d.Unit)
		data["Tally"], data["Aside"] = t, s.names(st, t.Aside)
		data["MyVote"] = st.VoteOf(q.person.ID, d.Ruleset, d.ID)
		_, closed := st.Closed[d.Ruleset]
		data["Closed"] = closed
		data["Overrides"] = st.Overrides(d.Ruleset, d.ID)
		data["Assigned"] = s.names(st, st.Assigned[d.ID])
		data["Mine"] = slices.Contains(st.Assigned[d.ID], q.person.ID)
		var comments []said
		for _, c := range st.Comments[d.ID] {
			comments = append(comments, said{s.name(st, c.Person), c.Text, c.At})
		}
		data["Comments"] = comments
		var voters []said
		for _, c := range t.Votes {
			voters = append(voters, said{Name: s.name(st, c.Person), Text: string(c.Vote)})
		}
		data["Voters"] = voters
		var evaluators []*review.Person
		for _, id := range slices.Sorted(maps.Keys(st.People)) {
			if p := st.People[id]; p.May(review.Score) && st.Tie(id, d.ID, d.Unit) == nil {
				copied := *p
				evaluators = append(evaluators, &copied)
			}
		}
		data["Evaluators"] = evaluators
		return nil
	})
}

// text shows a page of a document, with what was quoted from it marked.
func (s *Server) text(q *request) error {
	d, err := s.see(q, q.r.PathValue("dossier"))
	if err != nil {
		return err
	}
	if d.Tie != nil {
		return notFound()
	}
	_, doc, err := s.w.Load(q.ctx(), d.ID)
	if err != nil || doc == nil {
		return errors.Join(err, notFoundWhere(doc == nil))
	}
	get := q.r.URL.Query()
	number, _ := strconv.Atoi(get.Get("page"))
	for i := range doc.Documents {
		x := &doc.Documents[i]
		if x.Name != get.Get("doc") {
			continue
		}
		for k := range x.Pages {
			p := &x.Pages[k]
			if p.Number != number {
				continue
			}
			var marks [][2]int
			if a, err := s.w.Store.Assessment(q.ctx(), d.ID); err != nil {
				return err
			} else if a != nil && q.person.May(review.See) {
				marks = quotes(a, x.Name, number)
			}
			prev, next := 0, 0
			if k > 0 {
				prev = x.Pages[k-1].Number
			}
			if k+1 < len(x.Pages) {
				next = x.Pages[k+1].Number
			}
			text := p.Text
			cut := false
			if rs := []rune(text); len(rs) > 40_000 {
				text, cut = string(rs[:40_000]), true
			}
			s.render(q, http.StatusOK, "text", map[string]any{"D": d, "Doc": x, "P": p, "Text": marked(text, marks), "Cut": cut, "Prev": prev, "Next": next})
			return nil
		}
	}
	return notFound()
}

// quotes are the places of a page that an assessment quotes, in order, each once.
func quotes(a *dossier.Assessment, doc string, page int) [][2]int {
	var all [][2]int
	add := func(list ...dossier.Source) {
		for _, e := range list {
			if e.Document == doc && e.Page == page && e.End > e.Start {
				all = append(all, [2]int{e.Start, e.End})
			}
		}
	}
	for _, c := range a.Criteria {
		add(c.Evidence...)
	}
	for _, f := range a.Facts {
		add(f.Source)
		for _, r := range f.Rivals {
			add(r.Source)
		}
	}
	sort.Slice(all, func(i, k int) bool { return all[i][0] < all[k][0] })
	var out [][2]int
	for _, m := range all {
		if n := len(out); n > 0 && m[0] < out[n-1][1] {
			out[n-1][1] = max(out[n-1][1], m[1])
			continue
		}
		out = append(out, m)
	}
	return out
}

// list is the page of a ruleset's list.
func (s *Server) list(q *request) error {
	f, err := s.listOf(q)
	if err != nil {
		return err
	}
	rows, err := s.rows(q, f)
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
		sort.SliceStable(shown, func(i, k int) bool { return shown[i].Tally.For > shown[k].Tally.For })
	case "certainty":
		sort.SliceStable(shown, func(i, k int) bool { return certainty(shown[i]) < certainty(shown[k]) })
	}
	from, _ := strconv.Atoi(get.Get("from"))
	from = min(max(0, from), len(shown))
	to := min(len(shown), from+perPage)
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

// meeting goes through a list entry by entry: the one asked for, or the first that is not
// decided.
func (s *Server) meeting(q *request) error {
	f, err := s.listOf(q)
	if err != nil {
		return err
	}
	rows, err := s.rows(q, f)
	if err != nil {
		return err
	}
	at := -1
	want := q.r.URL.Query().Get("entry")
	for i, r := range rows {
		if want != "" && r.Dossier == want || want == "" && r.Decision == nil && r.Aside == "" && (r.Outcome == dossier.Recommended || r.Outcome == dossier.NeedsReview) {
			at = i
			break
		}
	}
	if want != "" && at < 0 {
		return notFound()
	}
	data := map[string]any{"F": f, "Title": s.ruleset(f.Ruleset), "All": len(rows)}
	decided := 0
	for _, r := range rows {
		if r.Decision != nil {
			decided++
		}
	}
	data["Decided"] = decided
	if at >= 0 {
		data["Row"], data["At"] = rows[at], at+1
		if at > 0 {
			data["Before"] = rows[at-1].Dossier
		}
		if at+1 < len(rows) {
			data["After"] = rows[at+1].Dossier
		}
		if rows[at].Aside == "" {
			a, err := s.w.Store.Assessment(q.ctx(), rows[at].Dossier)
			if err != nil {
				return err
			}
			if a != nil {
				a.Outcome = rows[at].Outcome
				e := publish.Of(a, rows[at].Rank, q.lang, "en", "vi")
				data["Entry"] = &e
			}
			d, err := s.see(q, rows[at].Dossier)
			if err != nil {
				return err
			}
			data["D"] = d
			if err := s.decisionOf(q, d, data); err != nil {
				return err
			}
		}
	}
	if err := s.w.Review().View(q.ctx(), func(st *review.State) error {
		if m, ok := st.Meetings[f.Ruleset]; ok {
			data["Met"], data["Present"] = &m, s.names(st, m.Present)
		}
		var members []*review.Person
		for _, id := range slices.Sorted(maps.Keys(st.People)) {
			if p := st.People[id]; p.May(review.CastVote) || p.May(review.Decide) {
				copied := *p
				members = append(members, &copied)
			}
		}
		data["Members"] = members
		_, data["Closed"] = st.Closed[f.Ruleset]
		return nil
	}); err != nil {
		return err
	}
	s.render(q, http.StatusOK, "meeting", data)
	return nil
}

// runs is the ledger of runs.
func (s *Server) runs(q *request) error {
	runs, err := s.w.Store.Runs(q.ctx(), 60)
	if err != nil {
		return err
	}
	s.render(q, http.StatusOK, "runs", map[string]any{"Runs": runs})
	return nil
}

// run shows what a run moved against the one before it.
func (s *Server) run(q *request) error {
	to, err := s.w.FindRun(q.ctx(), q.r.PathValue("run"))
	if err != nil {
		return notFound()
	}
	runs, err := s.w.Store.Runs(q.ctx(), 100000)
	if err != nil {
		return err
	}
	var from *store.Run
	for i := range runs {
		if r := &runs[i]; r.Number < to.Number && r.Run != "" && r.Run != to.Run && r.State == store.RunDone {
			from = r
			break
		}
	}
	type moved struct {
		Title   string
		Changes []publish.Change
		Hidden  int
	}
	var all []moved
	if from != nil {
		for _, rs := range s.w.Campaign.Rulesets {
			a, err1 := s.w.List(q.ctx(), from.Run, rs.ID)
			b, err2 := s.w.List(q.ctx(), to.Run, rs.ID)
			if err := errors.Join(err1, err2); err != nil {
				return err
			}
			if a == nil || b == nil {
				continue
			}
			m := moved{Title: rs.Title.In(q.lang, "en", "vi")}
			err := s.w.Review().View(q.ctx(), func(st *review.State) error {
				for _, c := range publish.Diff(a, b) {
					if st.Tie(q.person.ID, c.Dossier, c.Unit) != nil {
						m.Hidden++
					} else if len(m.Changes) < 200 {
						m.Changes = append(m.Changes, c)
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
			all = append(all, m)
		}
	}
	s.render(q, http.StatusOK, "run", map[string]any{"To": to, "From": from, "Moved": all})
	return nil
}

// rules is a ruleset as prose.
func (s *Server) rules(q *request) error {
	rs := s.ruleset(q.r.PathValue("ruleset"))
	if rs == nil {
		return notFound()
	}
	s.render(q, http.StatusOK, "rules", map[string]any{"Title": rs.Title.In(q.lang, "en", "vi"), "Prose": rs.Explain(q.lang, false), "Version": rs.Version, "SHA256": rs.SHA256})
	return nil
}

// people lists who takes part, and what ties whom.
func (s *Server) people(q *request) error {
	data := map[string]any{"Roles": review.Roles, "Units": s.w.Campaign.Env.Units}
	err := s.w.Review().View(q.ctx(), func(st *review.State) error {
		type listed struct {
			review.Person
			UnitName string
		}
		var people []listed
		for _, id := range slices.Sorted(maps.Keys(st.People)) {
			people = append(people, listed{*st.People[id], s.unitName(st.People[id].Unit)})
		}
		data["People"] = people
		type tied struct {
			review.TieRecord
			Name, What, ByName string
		}
		var ties []tied
		for _, t := range st.Ties() {
			if t.Person != q.person.ID && !q.person.May(review.JudgeTies) {
				continue
			}
			what := s.unitName(t.Unit)
			if t.Dossier != "" {
				what = t.Dossier
			}
			ties = append(ties, tied{t, s.name(st, t.Person), what, s.name(st, t.By)})
		}
		data["Ties"] = ties
		return nil
	})
	if err != nil {
		return err
	}
	s.render(q, http.StatusOK, "people", data)
	return nil
}

// audit shows the audit trail, the newest first, but for what the person stands aside on.
func (s *Server) audit(q *request) error {
	events, err := s.w.Review().Events(q.ctx())
	var tampered *review.TamperError
	if err != nil && !errors.As(err, &tampered) {
		return err
	}
	_, _, at, err := s.latest(context.WithoutCancel(q.ctx()))
	if err != nil {
		return err
	}
	from, _ := strconv.Atoi(q.r.URL.Query().Get("before"))
	type told struct {
		*review.Event
		Name, Subject, Title string
		Hidden               bool
	}
	var out []told
	next := 0
	err = s.w.Review().View(q.ctx(), func(st *review.State) error {
		for i := len(events) - 1; i >= 0; i-- {
			e := events[i]
			if from > 0 && e.Seq >= int64(from) {
				continue
			}
			if len(out) == perPage {
				next = int(out[len(out)-1].Seq)
				break
			}
			t := told{Event: e, Name: s.name(st, e.Person), Subject: s.name(st, e.Data.Subject)}
			if p, ok := at[e.Dossier]; ok {
				t.Title = p.entry.Title
				if st.Tie(q.person.ID, e.Dossier, p.entry.Unit) != nil {
					t.Hidden = true
				}
			}
			out = append(out, t)
		}
		return nil
	})
	if err != nil {
		return err
	}
	data := map[string]any{"Events": out, "Next": next}
	if tampered != nil {
		data["Tampered"] = tampered.Error()
	}
	s.render(q, http.StatusOK, "audit", data)
	return nil
}
