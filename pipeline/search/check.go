package search

import (
	"context"
	"errors"
	"maps"
	"slices"

	"kheo/index"
	"kheo/pipeline/workspace"
)

// Report is how the search index compares with the record store.
type Report struct {
	index.Report
	Waiting int `json:"waiting"` // dossiers that were taken in and no run has assessed yet: not the index's fault
}

// Check compares the search index with the record store, and reads all of it.
func Check(ctx context.Context, w *workspace.Workspace) (*Report, error) {
	want, err := w.Store.IndexKeys(ctx)
	if err != nil {
		return nil, err
	}
	waiting, err := w.Store.Unlisted(ctx)
	if err != nil {
		return nil, err
	}
	out := &Report{Waiting: waiting}
	x, err := index.OpenForSearch(w.IndexDir())
	switch {
	case errors.Is(err, index.ErrNone):
		out.Report = index.Report{Missing: slices.Sorted(maps.Keys(want)), Outdated: []string{}, Extra: []string{}, Damaged: []string{}}
		return out, nil
	case errors.Is(err, index.ErrDamaged):
		out.Report = index.Report{Missing: []string{}, Outdated: []string{}, Extra: []string{}, Damaged: []string{err.Error()}}
		return out, nil
	case err != nil:
		return nil, err
	}
	defer x.Close()
	r, err := x.Check(want)
	if err != nil {
		return nil, err
	}
	out.Report = *r
	return out, nil
}
