package listing

import (
	"cmp"
	"math"
	"net/url"
	"slices"
	"sort"
	"strings"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// column is one column of a list beside rank and dossier, which every list shows.
type column struct {
	ID    string
	Text  string       // the key of its heading
	Right review.Right // that it needs; "" is everybody
	First bool         // shown unless the person chooses
	Num   bool         // numbers, at the right edge
}

// columns are those that a person may choose, in their order.
var columns = []column{
	{ID: "unit", Text: "unit", First: true},
	{ID: "field", Text: "field"},
	{ID: "outcome", Text: "outcome", First: true},
	{ID: "points", Text: "points", First: true, Num: true},
	{ID: "certainty", Text: "certainty", First: true, Num: true},
	{ID: "flags", Text: "flags", First: true},
	{ID: "tags", Text: "tags", Right: review.Discuss, First: true},
	{ID: "evaluators", Text: "list.evaluators"},
	{ID: "votes", Text: "votes", Right: review.SeeVotes, First: true},
	{ID: "mine", Text: "vote.mine", Right: review.CastVote},
	{ID: "decision", Text: "decision", First: true},
}

// chosenColumns returns the columns that a query chooses: the values of "col", if "cols" says that it chooses
// any. Unknown ones, and those for which the person lacks the right, are left out.
func chosenColumns(p *review.Person, get url.Values) map[string]bool {
	out := map[string]bool{}
	for _, c := range columns {
		wanted := c.First
		if get.Get("cols") != "" {
			wanted = slices.Contains(get["col"], c.ID)
		}
		out[c.ID] = wanted && (c.Right == "" || p.May(c.Right))
	}
	return out
}

// hideBlank hides columns that no entry of a list fills, unless the query chooses the columns: units of a campaign that
// has none, and the certainty of outcomes that were not tried.
func hideBlank(shown map[string]bool, get url.Values, entries []publish.Entry) {
	if get.Get("cols") != "" {
		return
	}
	has := func(fills func(e *publish.Entry) bool) bool {
		for i := range entries {
			if fills(&entries[i]) {
				return true
			}
		}
		return len(entries) == 0
	}
	shown["unit"] = shown["unit"] && has(func(e *publish.Entry) bool { return e.Unit != "" })
	shown["certainty"] = shown["certainty"] && has(func(e *publish.Entry) bool { return e.Certainty != nil })
}

// hideUntagged hides the column of tags if none of the rows has one, unless the query chooses the columns: the table of
// a closed list does not fit a desk beside it.
func hideUntagged(shown map[string]bool, get url.Values, rows []access.Row) {
	if get.Get("cols") == "" {
		shown["tags"] = shown["tags"] && slices.ContainsFunc(rows, func(r access.Row) bool {
			return r.Filled != nil && len(r.Tags) > 0
		})
	}
}

// choosable returns the columns that a person may choose.
func choosable(p *review.Person) []column {
	return slices.DeleteFunc(slices.Clone(columns), func(c column) bool {
		return c.Right != "" && !p.May(c.Right)
	})
}

// head is the heading of a column, with the link that sorts by it.
type head struct {
	ID, Text, Link string
	Sorted         string // the value of aria-sort, or ""
	Num            bool
}

// heads returns the headings of the shown columns, rank and dossier first. Pressing the heading by which a
// list is sorted turns the order round.
func heads(ruleset string, get url.Values, shown map[string]bool) []head {
	all := []column{{ID: "rank", Text: "rank", Num: true}, {ID: "title", Text: "dossier"}}
	for _, c := range columns {
		if shown[c.ID] {
			all = append(all, c)
		}
	}
	by, down := strings.CutPrefix(get.Get("sort"), "-")
	by = cmp.Or(by, "rank")
	var out []head
	for _, c := range all {
		h := head{ID: c.ID, Text: c.Text, Num: c.Num}
		if orders[c.ID] != nil || c.ID == "rank" {
			// The next press sorts by this column or, if the list is sorted by it, the other way round. Rank is
			// the list's own order, which has no other way round and no value in the query.
			next := c.ID
			if by == c.ID {
				h.Sorted = "ascending"
				if down != highestFirst[c.ID] {
					h.Sorted = "descending"
				}
				if !down && c.ID != "rank" {
					next = "-" + c.ID
				}
			}
			if next == "rank" {
				next = ""
			}
			h.Link = linkTo(ruleset, get, "sort", next)
		}
		out = append(out, h)
	}
	return out
}

// linkTo returns a link to a list with the query of get and one value changed; a link to another order begins
// with the first row.
func linkTo(ruleset string, get url.Values, name, value string) string {
	v := url.Values{}
	for _, k := range append([]string{"sort", "cols", "col"}, filterNames...) {
		for _, x := range get[k] {
			if x != "" {
				v.Add(k, x)
			}
		}
	}
	if v.Del(name); value != "" {
		v.Set(name, value)
	}
	path := "/lists/" + url.PathEscape(ruleset)
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// orders are the orders of a list, by column; the list itself is ordered by rank.
var orders = map[string]func(a, b *access.Row) int{
	"title":     func(a, b *access.Row) int { return strings.Compare(a.Title, b.Title) },
	"unit":      func(a, b *access.Row) int { return strings.Compare(a.UnitName, b.UnitName) },
	"field":     func(a, b *access.Row) int { return strings.Compare(a.Field, b.Field) },
	"points":    func(a, b *access.Row) int { return cmp.Compare(b.Points, a.Points) },
	"votes":     func(a, b *access.Row) int { return cmp.Compare(b.Tally.For, a.Tally.For) },
	"certainty": func(a, b *access.Row) int { return cmp.Compare(certainty(a), certainty(b)) },
	"deciding":  func(a, b *access.Row) int { return cmp.Compare(len(b.Deciding), len(a.Deciding)) },
	"decision":  func(a, b *access.Row) int { return strings.Compare(decisionOf(a), decisionOf(b)) },
}

// highestFirst are the columns whose order begins with the highest value.
var highestFirst = map[string]bool{"points": true, "votes": true}

// decisionOf returns the decision on a row; undecided ones sort first.
func decisionOf(r *access.Row) string {
	if r.Decision == nil {
		return ""
	}
	return string(r.Decision.Decision)
}

// certainty returns the share of trials in which the outcome stays; entries without one sort last.
func certainty(r *access.Row) float64 {
	if r.Entry.Certainty == nil || r.Entry.Certainty.Certainty == nil {
		return math.Inf(1)
	}
	return r.Entry.Certainty.Keeps
}

// sortRows sorts the rows of a list by a column, turned round if by begins with a minus sign. Rows from which
// the person is recused stay last, those with hidden points before them, and votes are no order for people
// who may not see them. An unknown order leaves the rows as they are, in the order of the list. Entries that
// are equal keep that order, too.
func (s *Room) sortRows(q *page.Request, f *publish.File, rows []access.Row, by string) error {
	if n := slices.IndexFunc(rows, func(r access.Row) bool { return r.Aside != "" || r.Hidden }); n >= 0 {
		rows = rows[:n]
	}
	by, turned := strings.CutPrefix(by, "-")
	order := orders[by]
	if order == nil || by == "votes" && !q.Person.May(review.SeeVotes) {
		return nil
	}
	if by == "votes" { // rows have no tally before they are filled
		if err := s.lists.Fill(q, f, rows); err != nil {
			return err
		}
	}
	sort.SliceStable(rows, func(i, k int) bool {
		// The operands change places instead of the result being negated, so that equal entries keep the order of the
		// list.
		if turned {
			i, k = k, i
		}
		return order(&rows[i], &rows[k]) < 0
	})
	return nil
}
