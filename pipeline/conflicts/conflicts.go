// Package conflicts finds conflicts of interest: people of the committee who are named in dossiers.
package conflicts

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"kheo/pipeline/review"
	"kheo/pipeline/search"
	"kheo/pipeline/workspace"
)

// Find looks for the names of those who score, vote or decide in the dossiers, exactly as
// they are written, and lets whoever is named stand aside. A tie that was found once is not
// found again, also where somebody dismissed it as another person of that name.
func Find(ctx context.Context, w *workspace.Workspace) (int, error) {
	type named struct{ id, name string }
	var people []named
	known := map[[2]string]bool{}
	if err := w.Review().View(ctx, func(s *review.State) error {
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
		hits, err := search.Named(ctx, w, p.name)
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
			if err := w.Review().Do(ctx, review.Subject{}, e); err != nil {
				return found, err
			}
			found++
		}
	}
	return found, nil
}
