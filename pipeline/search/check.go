package search

import (
	"context"
	"errors"
	"maps"
	"slices"

	"kheo/index"
	"kheo/pipeline/workspace"
)

// Report is the result of comparing the search index with the record store.
type Report struct {
	index.Report
	Waiting int `json:"waiting"` // ingested dossiers that no run has assessed yet; not a fault of the index
}

// Check reads the whole search index and compares it with the record store. A missing or damaged index is
// described in the report, not returned as an error.
func Check(ctx context.Context, w *workspace.Workspace) (*Report, error) {
	want, err := w.Store.Index.Keys(ctx)
	if err != nil {
		return nil, err
	}
	waiting, err := w.Store.Dossiers.Unlisted(ctx)
	if err != nil {
		return nil, err
	}
	out := &Report{Waiting: waiting}
	x, err := index.OpenForSearch(w.IndexDir())
	switch {
	case errors.Is(err, index.ErrNone):
		out.Report = index.Report{Missing: slices.Sorted(maps.Keys(want)),
			Outdated: []string{}, Extra: []string{}, Damaged: []string{}}
		return out, nil
	case errors.Is(err, index.ErrDamaged):
		out.Report = index.Report{Missing: []string{}, Outdated: []string{}, Extra: []string{},
			Damaged: []string{err.Error()}}
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
