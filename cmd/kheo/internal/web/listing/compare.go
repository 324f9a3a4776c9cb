package listing

import (
	"errors"
	"net/http"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/publish"
)

// side is one of two entries that are compared.
type side struct {
	D *access.Seen
	E *publish.Entry
}

// line is one criterion of two entries that are compared.
type line struct {
	Title       string
	A, B        publish.Criterion
	Max, Differ float64
}

// Compare shows two entries side by side: outcome, conditions, criteria with reasons and quotes, and flags.
// The query names them by a and b, or by the first two that were selected in the list (d).
func (s *Room) Compare(q *page.Request) error {
	f, err := s.lists.ListOf(q)
	if err != nil {
		return err
	}
	get := q.R.URL.Query()
	ids := []string{get.Get("a"), get.Get("b")}
	if d := get["d"]; len(d) > 0 {
		if ids = d; len(ids) != 2 {
			return page.Refuse(http.StatusBadRequest, "error.two", len(ids))
		}
	}
	var sides []side
	for _, id := range ids {
		x, err := s.side(q, f, id)
		if err != nil {
			return err
		}
		sides = append(sides, x)
	}
	s.site.Render(q, http.StatusOK, "compare", map[string]any{"F": f, "A": sides[0], "B": sides[1],
		"Lines": lines(sides[0].E, sides[1].E), "Differ": sides[0].E.Outcome != sides[1].E.Outcome &&
			!sides[0].E.Hidden && !sides[1].E.Hidden})
	return nil
}

// side returns an entry of a list as the person may see it. One that is not on the list is not found.
func (s *Room) side(q *page.Request, f *publish.File, id string) (side, error) {
	d, err := s.lists.See(q, id)
	if err != nil {
		return side{}, err
	}
	if d.Entry == nil || d.Ruleset != f.Ruleset {
		return side{}, page.NotFound()
	}
	a, err := s.site.W.Store.Assessments.Get(q.Ctx(), id)
	if err != nil || a == nil {
		return side{}, errors.Join(err, page.NotFoundWhere(a == nil))
	}
	e, err := s.lists.EntryOf(q, d, a)
	return side{d, e}, err
}

// lines pairs the criteria of two entries, by position and id. One that only one of them has is left out.
func lines(a, b *publish.Entry) []line {
	var out []line
	for i, c := range a.Criteria {
		if i < len(b.Criteria) && b.Criteria[i].ID == c.ID {
			o := b.Criteria[i]
			out = append(out, line{c.Title, c, o, c.Max, c.Points - o.Points})
		}
	}
	return out
}
