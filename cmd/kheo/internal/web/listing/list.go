package listing

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// perPage is how many entries of a list a page shows: as many as keep it below 200 KB with every column.
const perPage = 150

// List shows the list of a ruleset, with the columns, filters and order that the query asks for.
func (s *Room) List(q *page.Request) error {
	get := q.R.URL.Query()
	f, err := s.lists.ListOf(q)
	if err != nil {
		return err
	}
	if page.WantsSheet(q) {
		rows, err := s.Chosen(q, f)
		if err != nil {
			return err
		}
		return s.listSheet(q, f, rows)
	}
	chosen, err := s.newFilter(q, f)
	if err != nil {
		return err
	}
	picked, err := access.Pick(s.lists, q, f, chosen.keep())
	if err != nil {
		return err
	}
	from, _ := strconv.Atoi(get.Get("from"))
	total := picked.Len()
	from = min(max(0, from), total)
	to := min(total, from+perPage)
	// Only the rows of this page are filled; hideUntagged needs their tags.
	rows, err := s.rows(q, f, picked, from, to)
	if err != nil {
		return err
	}
	cols := chosenColumns(q.Person, get)
	hideBlank(cols, get, f.Entries)
	hideUntagged(cols, get, rows)
	columnHeads := heads(f.Ruleset, get, cols)
	data := map[string]any{"F": f, "Title": s.site.Ruleset(f.Ruleset), "Total": total, "From": min(from+1, total),
		"To": to, "Get": get, "Outcomes": page.Outcomes(),
		"Units": s.site.W.Campaign().Env.Units, "Fields": s.site.W.Campaign().Env.Fields,
		"Files": ListFiles(f.Ruleset), "Flags": dossier.FlagCodes, "Todos": todos(q.Person), "Cols": cols,
		"Heads": columnHeads, "Columns": choosable(q.Person), "Narrowed": chosen.narrows(),
		"Clear": "/lists/" + f.Ruleset, "May": mayDo(q.Person)}
	if from > 0 {
		data["Before"] = linkTo(f.Ruleset, get, "from", strconv.Itoa(max(0, from-perPage)))
	}
	if to < total {
		data["After"] = linkTo(f.Ruleset, get, "from", strconv.Itoa(to))
	}
	data["Sheet"] = linkTo(f.Ruleset, get, "as", "xlsx")
	_, data["Query"], _ = strings.Cut(linkTo(f.Ruleset, get, "", ""), "?")
	if data["Views"], err = s.views(q, f.Ruleset); err != nil {
		return err
	}
	if err := s.addState(q, f, data); err != nil {
		return err
	}
	t := table{site: s.site, lang: q.Lang, cols: cols, heads: len(columnHeads), cut: chosen.cut(picked.Entries)}
	data["Rows"] = t.rows(rows, f.Counts.Recommended, s.site.Ruleset(f.Ruleset))
	s.site.Render(q, http.StatusOK, "list", data)
	return nil
}

// rows returns the chosen entries of a list from one on and before another, in the order that the query of a request
// asks for, with all that a page shows. Only if it asks for another order than the list's are rows of all entries made.
func (s *Room) rows(q *page.Request, f *publish.File, picked *access.Picked, from, to int) ([]access.Row, error) {
	by := sortOf(q)
	if by == "" {
		rows, err := picked.Rows(from, to)
		if err != nil {
			return nil, err
		}
		return rows, s.lists.Fill(q, f, rows)
	}
	rows, err := picked.Rows(0, picked.Len())
	if err != nil {
		return nil, err
	}
	if err := s.sortRows(q, f, rows, by); err != nil {
		return nil, err
	}
	rows = rows[from:to]
	return rows, s.lists.Fill(q, f, rows)
}

// sortOf returns by what the query of a request sorts a list; "" is the list's own order.
func sortOf(q *page.Request) string {
	get := q.R.URL.Query()
	by := get.Get("sort")
	// A person who asks for uncertain facts wants to settle those first that decide most.
	if by == "" && get.Get("flag") == dossier.FlagUncertainFact {
		by = "deciding"
	}
	return by
}

// Chosen returns the rows of a list that the query of a request asks for, in its order.
func (s *Room) Chosen(q *page.Request, f *publish.File) ([]access.Row, error) {
	chosen, err := s.newFilter(q, f)
	if err != nil {
		return nil, err
	}
	rows, err := s.lists.Rows(q, f, chosen.keep())
	if err != nil {
		return nil, err
	}
	return rows, s.sortRows(q, f, rows, sortOf(q))
}

// Choice is what Chosen returns, of which rows are made when they are asked for: of thousands, an answer has a few.
type Choice struct {
	Entries []*publish.Entry
	picked  *access.Picked
	rows    []access.Row // of all entries, if they had to be made to be sorted
}

// Rows returns the rows of entries from one on and before another.
func (c *Choice) Rows(from, to int) ([]access.Row, error) {
	if c.picked == nil {
		return c.rows[from:to], nil
	}
	return c.picked.Rows(from, to)
}

// Choose returns the entries of a list that the query of a request asks for, in its order.
func (s *Room) Choose(q *page.Request, f *publish.File) (*Choice, error) {
	if sortOf(q) == "" {
		chosen, err := s.newFilter(q, f)
		if err != nil {
			return nil, err
		}
		picked, err := access.Pick(s.lists, q, f, chosen.keep())
		if err != nil {
			return nil, err
		}
		return &Choice{Entries: picked.Entries, picked: picked}, nil
	}
	rows, err := s.Chosen(q, f)
	out := &Choice{Entries: make([]*publish.Entry, len(rows)), rows: rows}
	for i := range rows {
		out.Entries[i] = rows[i].Entry
	}
	return out, err
}

// addState adds to the data of a list's page what is hidden of the list, what must still be decided, and
// whether the list is closed and a later run differs from it. later is true if the list was closed on another
// run than the newest. The two are compared outside of the view, because that calls the log again.
func (s *Room) addState(q *page.Request, f *publish.File, data map[string]any) error {
	mine, err := s.lists.For(q.Ctx(), q.Person)
	if err != nil {
		return err
	}
	if rs := s.site.Ruleset(f.Ruleset); rs != nil {
		if data["Evidence"], err = s.lists.EvidenceSentence(q, rs); err != nil {
			return err
		}
	}
	data["Apart"], data["Blind"] = len(mine.Aside[f.Ruleset]), mine.Sees.Blind(f.Ruleset)
	newest, later := mine.Run, false
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		data["Open"], data["OpenOthers"] = access.OpenFor(q.Person, st, f)
		var evaluators []*review.Person
		for _, id := range slices.Sorted(maps.Keys(st.People)) {
			if p := st.People[id]; !p.Disabled && p.May(review.Score) {
				copied := *p
				evaluators = append(evaluators, &copied)
			}
		}
		data["Evaluators"] = evaluators
		if q.Person.May(review.Discuss) {
			data["Tags"] = st.TagsOf(func(yield func(string) bool) {
				for i := range f.Entries {
					if !yield(f.Entries[i].Dossier) {
						return
					}
				}
			})
		}
		if c, ok := st.Closed[f.Ruleset]; ok {
			later = c.Run != newest
			var open []*publish.Entry
			for _, id := range st.OpenObjections(f.Ruleset) {
				if e := mine.Whole[id].Entry; e != nil && !mine.Sees.Of(id, e.Unit) {
					open = append(open, e)
				}
			}
			data["Objections"], data["Counted"] = open, access.CountDecisions(st, f)
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

// wouldDiffer adds to the data of a page how the newest list differs from the closed one.
func (s *Room) wouldDiffer(q *page.Request, closed, newest, ruleset string, data map[string]any) error {
	sees, err := s.lists.VisibilityOf(q.Ctx(), q.Person)
	if err != nil {
		return err
	}
	changes, ok, err := s.lists.Differences(q.Ctx(), closed, newest, ruleset, sees)
	if rs := s.site.Ruleset(ruleset); err == nil && ok && rs != nil {
		data["Changes"], err = s.lists.InWords(q.Ctx(), sees, q.Lang, rs, changes[:min(len(changes), access.MaxMoved)])
	}
	return err
}

// listSheet sends the shown rows of a list as a workbook. It has all rows that pass the filters, not only
// those of one page. Cells are empty, and not zero, if a value is hidden from the person.
func (s *Room) listSheet(q *page.Request, f *publish.File, rows []access.Row) error {
	if err := s.lists.Fill(q, f, rows); err != nil {
		return err
	}
	t := page.Table{Head: []string{"rank", "dossier", "unit", "field", "outcome", "points", "certainty",
		"flags", "decision", "reason"}, Widths: []float64{8, 44, 22, 22, 18, 9, 10, 40, 18, 70}}
	tags := q.Person.May(review.Discuss)
	if tags {
		t.Head, t.Widths = append(t.Head, "tags"), append(t.Widths, 22)
	}
	votes := q.Person.May(review.SeeVotes)
	if votes {
		t.Head, t.Widths = append(t.Head, "vote.for", "vote.against", "vote.abstain"), append(t.Widths, 9, 9, 9)
	}
	answered := slices.ContainsFunc(rows, func(r access.Row) bool { return r.NextTier != nil })
	if answered {
		t.Head, t.Widths = append(t.Head, "handover.next"), append(t.Widths, 30)
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
		if r.Rank == 0 { // it is not among those that are ranked
			rank = ""
		}
		if r.Hidden {
			points = ""
		} else {
			outcome = s.site.Texts.Say(q.Lang, "outcome."+string(r.Outcome))
		}
		cells := []any{rank, r.Title, r.UnitName, r.FieldName, outcome, points, sure, strings.Join(flags,
			", "), decision, r.Reason}
		if tags {
			cells = append(cells, strings.Join(r.Tags, ", "))
		}
		if votes {
			cells = append(cells, r.Tally.For, r.Tally.Against, r.Tally.Abstain)
		}
		if answered {
			cells = append(cells, page.NextTier(s.site, q.Lang, r.NextTier))
		}
		t.Rows = append(t.Rows, cells)
	}
	return s.site.SendSheet(q, f.Ruleset, t)
}
