package reading

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// List shows the list of a ruleset, filtered and sorted as the query asks.
func (s *Room) List(q *page.Request) error {
	get := q.R.URL.Query()
	taken, err := s.taken(q)
	if err != nil {
		return err
	}
	f, shown, err := s.lists.ListRows(q, func(e *publish.Entry) bool { return wanted(e, get, taken) })
	if err != nil {
		return err
	}
	by := get.Get("sort")
	if by == "" && get.Get("flag") == dossier.FlagUncertainFact {
		by = "deciding"
	}
	if err := s.sortRows(q, f, shown, by); err != nil {
		return err
	}
	if page.WantsSheet(q) {
		return s.listSheet(q, f, shown)
	}
	from, _ := strconv.Atoi(get.Get("from"))
	from = min(max(0, from), len(shown))
	to := min(len(shown), from+page.PerPage)
	if err := s.lists.Fill(q, f, shown[from:to]); err != nil {
		return err
	}
	data := map[string]any{"F": f, "Title": s.site.Ruleset(f.Ruleset), "Rows": shown[from:to],
		"Total": len(shown), "From": from + 1, "To": to, "Get": get, "Outcomes": page.Outcomes(),
		"Units": s.site.W.Campaign().Env.Units, "Files": s.ListFiles(f.Ruleset), "Flags": dossier.FlagCodes}
	link := func(at int) string {
		v := url.Values{}
		for _, k := range []string{"outcome", "unit", "field", "flag", "sort", "alone"} {
			if get.Get(k) != "" {
				v.Set(k, get.Get(k))
			}
		}
		v.Set("from", strconv.Itoa(at))
		return "/lists/" + f.Ruleset + "?" + v.Encode()
	}
	if from > 0 {
		data["Before"] = link(max(0, from-page.PerPage))
	}
	if to < len(shown) {
		data["After"] = link(to)
	}
	if err := s.addState(q, f, data); err != nil {
		return err
	}
	get.Set("as", "xlsx")
	data["Sheet"] = "/lists/" + f.Ruleset + "?" + get.Encode()
	s.site.Render(q, http.StatusOK, "list", data)
	return nil
}

// wanted reports whether an entry passes the filters of a list: outcome, unit, field, flag, and "alone" for
// entries without an evaluator. "alone" leaves out the entries from which the person is recused: they have no
// outcome, and are not marked as hidden.
func wanted(e *publish.Entry, get url.Values, taken map[string]bool) bool {
	outcome, unit, field := get.Get("outcome"), get.Get("unit"), get.Get("field")
	if outcome != "" && string(e.Outcome) != outcome || unit != "" && e.Unit != unit || field != "" &&
		e.Field != field {
		return false
	}
	flagged := func(f publish.Flag) bool { return f.Code == get.Get("flag") }
	if get.Get("flag") != "" && !slices.ContainsFunc(e.Flags, flagged) {
		return false
	}
	return get.Get("alone") == "" || (e.Outcome != "" || e.Hidden) && !taken[e.Dossier]
}

// addState adds to the data of a list's page what is hidden of the list, what must still be decided, and
// whether the list is closed and a later run differs from it. later is true if the list was closed on another
// run than the newest. The two are compared outside of the view, because that calls the log again.
func (s *Room) addState(q *page.Request, f *publish.File, data map[string]any) error {
	mine, err := s.lists.For(q.Ctx(), q.Person)
	if err != nil {
		return err
	}
	data["Apart"], data["Blind"] = len(mine.Aside[f.Ruleset]), mine.Sees.Blind(f.Ruleset)
	newest, later := mine.Run, false
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		data["Open"], data["OpenOthers"] = access.OpenFor(q.Person, st, f)
		if c, ok := st.Closed[f.Ruleset]; ok {
			later = c.Run != newest
			data["Closed"], data["ClosedBy"], data["Later"] = &c, s.site.Name(st, c.By), later
		}
		return nil
	}); err != nil {
		return err
	}
	if later {
		return s.wouldDiffer(q, f.Run, newest, f.Ruleset, data)
	}
	return nil
}

// sortRows sorts the rows of a list. Rows from which the person is recused stay last, and votes are no order
// for people who may not see them. An unknown order leaves the rows as they are, in the order of the list.
// Entries that are equal keep that order, too.
func (s *Room) sortRows(q *page.Request, f *publish.File, rows []access.Row, by string) error {
	if n := slices.IndexFunc(rows, func(r access.Row) bool { return r.Aside != "" }); n >= 0 {
		rows = rows[:n]
	}
	less := map[string]func(a, b *access.Row) bool{
		"title":     func(a, b *access.Row) bool { return a.Title < b.Title },
		"unit":      func(a, b *access.Row) bool { return a.UnitName < b.UnitName },
		"votes":     func(a, b *access.Row) bool { return a.Tally.For > b.Tally.For },
		"certainty": func(a, b *access.Row) bool { return certainty(*a) < certainty(*b) },
		"deciding":  func(a, b *access.Row) bool { return len(a.Deciding) > len(b.Deciding) },
	}[by]
	if less == nil || by == "votes" && !q.Person.May(review.SeeVotes) {
		return nil
	}
	if by == "votes" {
		if err := s.lists.Fill(q, f, rows); err != nil {
			return err
		}
	}
	sort.SliceStable(rows, func(i, k int) bool { return less(&rows[i], &rows[k]) })
	return nil
}

// taken returns the dossiers that are assigned to an evaluator. Dossiers whose assignments were all taken away
// are in the map with false.
func (s *Room) taken(q *page.Request) (map[string]bool, error) {
	out := map[string]bool{}
	err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for id, people := range st.Assigned {
			out[id] = len(people) > 0
		}
		return nil
	})
	return out, err
}

// wouldDiffer adds to the data of a page how the newest list differs from the closed one.
func (s *Room) wouldDiffer(q *page.Request, closed, newest, ruleset string, data map[string]any) error {
	sees, err := s.lists.VisibilityOf(q.Ctx(), q.Person)
	if err != nil {
		return err
	}
	changes, ok, err := s.lists.Differences(q.Ctx(), closed, newest, ruleset, sees)
	if err == nil && ok {
		data["Changes"] = changes[:min(len(changes), access.MaxMoved)]
	}
	return err
}

// listSheet sends the shown rows of a list as a workbook. It has all rows that pass the filters, not only those
// of one page. Cells are empty, and not zero, if a value is hidden from the person.
func (s *Room) listSheet(q *page.Request, f *publish.File, rows []access.Row) error {
	if err := s.lists.Fill(q, f, rows); err != nil {
		return err
	}
	t := page.Table{Head: []string{"rank", "dossier", "unit", "field", "outcome", "points", "certainty",
		"flags", "decision", "reason"}, Widths: []float64{8, 44, 22, 22, 18, 9, 10, 40, 18, 70}}
	votes := q.Person.May(review.SeeVotes)
	if votes {
		t.Head, t.Widths = append(t.Head, "vote.for", "vote.against", "vote.abstain"), append(t.Widths, 9, 9, 9)
	}
	for _, r := range rows {
		if r.Aside != "" {
			t.Rows = append(t.Rows, []any{"", r.Title, r.UnitName, "", s.site.Texts.Say(q.Lang, "aside.here")})
			continue
		}
		var flags []string
		for _, c := range r.FlagCodes {
			flags = append(flags, s.site.Texts.Say(q.Lang, "flag."+c))
		}
		if len(r.Corrected) > 0 {
			flags = append(flags, s.site.Texts.Say(q.Lang, "list.corrected", strings.Join(r.Corrected, ", ")))
		}
		decision, sure := "", any("")
		if r.Decision != nil {
			decision = s.site.Texts.Say(q.Lang, "decision."+string(r.Decision.Decision))
		}
		if r.Certainty != nil {
			sure = r.Certainty.Keeps
		}
		rank, outcome, points := any(r.Rank), "", any(r.Points)
		if r.Hidden {
			rank, points = "", ""
		} else {
			outcome = s.site.Texts.Say(q.Lang, "outcome."+string(r.Outcome))
		}
		cells := []any{rank, r.Title, r.UnitName, r.FieldName, outcome, points, sure, strings.Join(flags,
			", "), decision, r.Reason}
		if votes {
			cells = append(cells, r.Tally.For, r.Tally.Against, r.Tally.Abstain)
		}
		t.Rows = append(t.Rows, cells)
	}
	return s.site.SendSheet(q, f.Ruleset, t)
}

// certainty returns the share of trials in which the outcome stays; entries without one sort last.
func certainty(r access.Row) float64 {
	if r.Entry.Certainty == nil || r.Entry.Certainty.Certainty == nil {
		return math.Inf(1)
	}
	return r.Entry.Certainty.Keeps
}

// Compare shows two entries side by side, criterion by criterion. Criteria are matched by position and id; one
// that only one of the entries has is left out.
func (s *Room) Compare(q *page.Request) error {
	f, err := s.lists.ListOf(q)
	if err != nil {
		return err
	}
	get := q.R.URL.Query()
	type side struct {
		D *access.Seen
		E *publish.Entry
	}
	var sides []side
	for _, id := range []string{get.Get("a"), get.Get("b")} {
		d, err := s.lists.See(q, id)
		if err != nil {
			return err
		}
		if d.Entry == nil || d.Ruleset != f.Ruleset {
			return page.NotFound()
		}
		a, err := s.site.W.Store.Assessments.Get(q.Ctx(), id)
		if err != nil || a == nil {
			return errors.Join(err, page.NotFoundWhere(a == nil))
		}
		e, err := s.lists.EntryOf(q, d, a)
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
		lines = append(lines, line{c.Title, c, o, c.Max, c.Points - o.Points,
			int(100 * c.Points / max(c.Max, 1)), int(100 * o.Points / max(o.Max, 1))})
	}
	s.site.Render(q, http.StatusOK, "compare", map[string]any{"F": f, "A": sides[0], "B": sides[1],
		"Lines": lines})
	return nil
}

// ListFiles returns the names of the files of a list that can be downloaded.
func (s *Room) ListFiles(ruleset string) []string {
	var out []string
	for _, ext := range []string{".xlsx", ".docx", ".csv", ".json"} {
		out = append(out, ruleset+ext)
	}
	return out
}
