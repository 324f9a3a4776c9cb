package access

import (
	"context"

	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
)

// MaxMoved is how many changes a page shows.
const MaxMoved = 100

// Moved is what a run changed on one list, as far as a person may know.
type Moved struct {
	Title   string
	Changes []publish.Change
	Apart   bool // the person is recused from some of it, which is left out
	Blind   bool // the person has yet to score some of it, which is left out
}

// maxMovedOfList is how many changes of one list are shown.
const maxMovedOfList = 200

// Same reports whether the list is as it was, also where the person may not look.
func (m Moved) Same() bool { return len(m.Changes) == 0 && !m.Apart && !m.Blind }

// MovedLists is what a run changed on each list.
type MovedLists []Moved

// Same returns the titles of the lists that are as they were.
func (l MovedLists) Same() []string {
	var out []string
	for _, m := range l {
		if m.Same() {
			out = append(out, m.Title)
		}
	}
	return out
}

// Moves returns what a run changed compared with the previous run that published other lists; from is nil
// without such a run.
func (s *Lists) Moves(ctx context.Context, p *review.Person, lang string, to *store.Run) (from *store.Run,
	all MovedLists, err error) {
	runs, err := s.site.W.Store.Runs.Newest(ctx, 100000)
	if err != nil {
		return nil, nil, err
	}
	for i := range runs {
		// A run is named by what its lists say, so one of the same name changed nothing and is not compared with.
		if r := &runs[i]; r.Number < to.Number && r.Run != "" && r.Run != to.Run && r.State == store.RunDone {
			from = r
			break
		}
	}
	if from == nil {
		return nil, nil, nil
	}
	mine, err := s.For(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	for _, rs := range s.site.W.Campaign().Rulesets {
		changes, ok, err := s.Differences(ctx, from.Run, to.Run, rs.ID, mine.Sees)
		if err != nil {
			return nil, nil, err
		}
		if !ok {
			continue
		}
		changes, err = s.InWords(ctx, mine.Sees, lang, rs, changes[:min(len(changes), maxMovedOfList)])
		if err != nil {
			return nil, nil, err
		}
		all = append(all, Moved{Title: rs.Title.In(lang, "en", "vi"), Changes: changes,
			Apart: len(mine.Aside[rs.ID]) > 0, Blind: mine.Sees.Blind(rs.ID)})
	}
	return from, all, nil
}
