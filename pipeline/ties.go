package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"kheo/index"
	"kheo/internal/text"
	"kheo/internal/text/query"
	"kheo/pipeline/review"
)

// mostTies is how many dossiers one name may be found in; a name that is in more says nothing.
const mostTies = 200

// FindTies looks for the names of those who score, vote or decide in the dossiers, exactly as
// they are written, and lets whoever is named stand aside. A tie that was found once is not
// found again, also where somebody dismissed it as another person of that name.
func (w *Workspace) FindTies(ctx context.Context) (int, error) {
	type named struct{ id, name string }
	var people []named
	known := map[[2]string]bool{}
	if err := w.review.View(ctx, func(s *review.State) error {
		for _, id := range slices.Sorted(maps.Keys(s.People)) {
			p := s.People[id]
			if (p.May(review.CastVote) || p.May(review.Score) || p.May(review.Decide)) && len(strings.Fields(p.Name)) > 1 {
				people = append(people, named{id, p.Name})
			}
		}
		for _, t := range s.Ties() {
			known[[2]string{t.Person, t.Dossier}] = true
		}
		return nil
	}); err != nil || len(people) == 0 {
		return 0, err
	}
	found := 0
	for _, p := range people {
		hits, err := w.Named(ctx, p.name)
		if err != nil {
			return found, fmt.Errorf("looking for ties of %s: %w", p.id, err)
		}
		for _, h := range hits {
			if known[[2]string{p.id, h.Dossier}] {
				continue
			}
			where := h.Title
			if h.Document != "" {
				where = fmt.Sprintf("%s, %d", h.Document, h.Page)
			}
			e := review.Event{Person: review.System, Action: review.TieFound, Dossier: h.Dossier, Data: review.Data{Subject: p.id, Reason: fmt.Sprintf("“%s” (%s)", p.name, where)}}
			if err := w.review.Do(ctx, review.Subject{}, e); err != nil {
				return found, err
			}
			found++
		}
	}
	return found, nil
}

// Named finds the dossiers in which a name stands exactly as it is written: nothing where it is
// one word alone, or stands in too many to say anything.
func (w *Workspace) Named(ctx context.Context, name string) ([]index.Hit, error) {
	term := query.Term{Exact: true}
	for _, t := range text.Terms(name) {
		term.Words = append(term.Words, t.Exact)
	}
	if len(term.Words) < 2 {
		return nil, nil
	}
	x, leave, err := w.View()
	if err != nil {
		return nil, err
	}
	defer leave()
	res, err := x.Search(ctx, term.String(), index.How{Limit: mostTies}, func(id string) (*index.Text, error) { return w.text(ctx, id) })
	if err != nil || res.Instead != "" || res.Total > mostTies {
		return nil, err
	}
	return res.Hits, nil
}
