package web

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"

	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// perPage is how many entries or hits a page shows.
const perPage = 50

// list is the page of a ruleset's list.
func (s *Server) list(q *request) error {
	get := q.r.URL.Query()
	outcome, unit, field := get.Get("outcome"), get.Get("unit"), get.Get("field")
	alone := get.Get("alone") != ""
	taken, err := s.taken(q)
	if err != nil {
		return err
	}
	f, shown, err := s.listRows(q, func(e *publish.Entry) bool {
		return (outcome == "" || string(e.Outcome) == outcome) && (unit == "" || e.Unit == unit) && (field == "" || e.Field == field) &&
			(!alone || (e.Outcome != "" || e.Hidden) && !taken[e.Dossier])
	})
	if err != nil {
		return err
	}
	if err := s.sortRows(q, f, shown, get.Get("sort")); err != nil {
		return err
	}
	if wantsSheet(q) {
		return s.listSheet(q, f, shown)
	}
	from, _ := strconv.Atoi(get.Get("from"))
	from = min(max(0, from), len(shown))
	to := min(len(shown), from+perPage)
	if err := s.fill(q, f, shown[from:to]); err != nil {
		return err
	}
	data := map[string]any{"F": f, "Title": s.ruleset(f.Ruleset), "Rows": shown[from:to], "Total": len(shown), "From": from + 1, "To": to, "Get": get, "Outcomes": outcomes(), "Units": s.w.Campaign().Env.Units, "Files": s.listFiles(f.Ruleset)}
	link := func(at int) string {
		v := url.Values{}
		for _, k := range []string{"outcome", "unit", "field", "sort", "alone"} {
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
	mine, err := s.listsOf(q.ctx(), q.person)
	if err != nil {
		return err
	}
	data["Apart"], data["Blind"] = len(mine.aside[f.Ruleset]), mine.sees.blind(f.Ruleset)
	newest, later := mine.run, false
	if err := s.w.Review().View(q.ctx(), func(st *review.State) error {
		data["Open"], data["OpenOthers"] = openFor(q.person, st, f)
		if c, ok := st.Closed[f.Ruleset]; ok {
			later = c.Run != newest
			data["Closed"], data["ClosedBy"], data["Later"] = &c, s.name(st, c.By), later
		}
		return nil
	}); err != nil {
		return err
	}
	if later {
		if err := s.wouldDiffer(q, f.Run, newest, f.Ruleset, data); err != nil {
			return err
		}
	}
	get.Set("as", "xlsx")
	data["Sheet"] = "/lists/" + f.Ruleset + "?" + get.Encode()
	s.render(q, http.StatusOK, "list", data)
	return nil
}

// sortRows puts the rows of a list into the order that was asked for. Those from which the person is
// recused stay last, and votes order nothing for those who do not see them.
func (s *Server) sortRows(q *request, f *publish.File, rows []row, by string) error {
	if n := slices.IndexFunc(rows, func(r row) bool { return r.Aside != "" }); n >= 0 {
		rows = rows[:n]
	}
	less := map[string]func(a, b *row) bool{
		"title":     func(a, b *row) bool { return a.Title < b.Title },
		"unit":      func(a, b *row) bool { return a.UnitName < b.UnitName },
		"votes":     func(a, b *row) bool { return a.Tally.For > b.Tally.For },
		"certainty": func(a, b *row) bool { return certainty(*a) < certainty(*b) },
	}[by]
	if less == nil || by == "votes" && !q.person.May(review.SeeVotes) {
		return nil
	}
	if by == "votes" {
		if err := s.fill(q, f, rows); err != nil {
			return err
		}
	}
	sort.SliceStable(rows, func(i, k int) bool { return less(&rows[i], &rows[k]) })
	return nil
}

// taken are the dossiers that have an evaluator.
func (s *Server) taken(q *request) (map[string]bool, error) {
	out := map[string]bool{}
	err := s.w.Review().View(q.ctx(), func(st *review.State) error {
		for id, people := range st.Assigned {
			out[id] = len(people) > 0
		}
		return nil
	})
	return out, err
}

// mostMoved is how many changes a page tells.
const mostMoved = 100

// wouldDiffer tells what the newest list says otherwise than the one that was closed.
func (s *Server) wouldDiffer(q *request, closed, newest, ruleset string, data map[string]any) error {
	sees, err := s.visibilityOf(q.ctx(), q.person)
	if err != nil {
		return err
	}
	changes, ok, err := s.differences(q.ctx(), closed, newest, ruleset, sees)
	if err == nil && ok {
		data["Changes"] = changes[:min(len(changes), mostMoved)]
	}
	return err
}

// listSheet sends a list as it is shown.
func (s *Server) listSheet(q *request, f *publish.File, rows []row) error {
	if err := s.fill(q, f, rows); err != nil {
		return err
	}
	t := table{head: []string{"rank", "dossier", "unit", "field", "outcome", "points", "certainty", "flags", "decision", "reason"}, widths: []float64{8, 44, 22, 22, 18, 9, 10, 40, 18, 70}}
	votes := q.person.May(review.SeeVotes)
	if votes {
		t.head, t.widths = append(t.head, "vote.for", "vote.against", "vote.abstain"), append(t.widths, 9, 9, 9)
	}
	for _, r := range rows {
		if r.Aside != "" {
			t.rows = append(t.rows, []any{"", r.Title, r.UnitName, "", s.texts.say(q.lang, "aside.here")})
			continue
		}
		var flags []string
		for _, c := range r.FlagCodes {
			flags = append(flags, s.texts.say(q.lang, "flag."+c))
		}
		decision, sure := "", any("")
		if r.Decision != nil {
			decision = s.texts.say(q.lang, "decision."+string(r.Decision.Decision))
		}
		if r.Certainty != nil {
			sure = r.Certainty.Keeps
		}
		rank, outcome, points := any(r.Rank), "", any(r.Points)
		if r.Hidden {
			rank, points = "", ""
		} else {
			outcome = s.texts.say(q.lang, "outcome."+string(r.Outcome))
		}
		cells := []any{rank, r.Title, r.UnitName, r.FieldName, outcome, points, sure, strings.Join(flags, ", "), decision, r.Reason}
		if votes {
			cells = append(cells, r.Tally.For, r.Tally.Against, r.Tally.Abstain)
		}
		t.rows = append(t.rows, cells)
	}
	return s.sheet(q, f.Ruleset, t)
}

func certainty(r row) float64 {
	if r.Entry.Certainty == nil || r.Entry.Certainty.Certainty == nil {
		return math.Inf(1)
	}
	return r.Entry.Certainty.Keeps
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
		a, err := s.w.Store.Assessments.Get(q.ctx(), id)
		if err != nil || a == nil {
			return errors.Join(err, notFoundWhere(a == nil))
		}
		e, err := s.entryOf(q, d, a)
		if err != nil {
			return err
		}
		sides = append(sides, side{d, e})
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
