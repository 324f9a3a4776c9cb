// Package conflicts finds conflicts of interest: people of the committee who are named in dossiers. It is one of the
// three ways to a conflict: a person's own unit and a declaration are handled by package review. A run calls [Find]
// after the index is up to date, because it searches the index.
//
// A hit is recorded as an event of the system, with the name and its place as the reason, and recuses the person at
// once: a person who is wrongly recused is seen, and a conflict that is overlooked is not. People with the right to
// judge conflicts dismiss what is only a namesake; a dismissed conflict is known, and not recorded again by the next
// run.
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

// Find searches the dossiers for the names of people who score, vote or decide, exactly as they are
// written, and records each match as a conflict of interest, which recuses the person. A conflict that was
// found once is not found again, even if it was dismissed because another person has that name. It returns
// how many conflicts are new. Names of one word are not searched for.
func Find(ctx context.Context, w *workspace.Workspace) (int, error) {
	type named struct{ id, name string }
	var people []named
	known := map[[2]string]bool{}
	if err := w.Review().View(ctx, func(s *review.State) error {
		for _, id := range slices.Sorted(maps.Keys(s.People)) {
			p := s.People[id]
			judges := p.May(review.CastVote) || p.May(review.Score) || p.May(review.Decide)
			if judges && len(strings.Fields(p.Name)) > 1 {
				people = append(people, named{id, p.Name})
			}
		}
		// Dismissed ones are among them, so that a namesake is not found again each night.
		for _, t := range s.Ties() {
			known[[2]string{t.Person, t.Dossier}] = true
		}
		return nil
	}); err != nil || len(people) == 0 {
		return 0, err
	}
	found := 0
	for _, p := range people {
		// A snapshot is opened for each name, so that a rebuild of the index can proceed meanwhile.
		hits, err := search.Named(ctx, w, p.name)
		if err != nil {
			return found, fmt.Errorf("searching for conflicts of interest of %s: %w", p.id, err)
		}
		for _, h := range hits {
			if known[[2]string{p.id, h.Dossier}] {
				continue
			}
			where := h.Title
			if h.Document != "" {
				where = fmt.Sprintf("%s, %d", h.Document, h.Page)
			}
			e := review.Event{Person: review.System, Action: review.TieFound, Dossier: h.Dossier,
				Data: review.Data{Subject: p.id, Reason: fmt.Sprintf("“%s” (%s)", p.name, where)}}
			if err := w.Review().Do(ctx, review.Subject{}, e); err != nil {
				return found, err
			}
			found++
		}
	}
	return found, nil
}
