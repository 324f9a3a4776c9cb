// Package search searches the index of a workspace, and keeps the index as the records say it is to be.
package search

import (
	"context"
	"errors"
	"fmt"

	"kheo/index"
	"kheo/internal/text"
	"kheo/internal/text/query"
	"kheo/pipeline/extract"
	"kheo/pipeline/progress"
	"kheo/pipeline/reading"
	"kheo/pipeline/workspace"
)

// Find finds dossiers. Where the index is missing or cannot be read it is built first,
// which progress shows.
func Find(ctx context.Context, w *workspace.Workspace, q string, how index.How, on progress.Reporter) (*index.Results, error) {
	x, leave, err := w.View()
	if err == nil && x.Unfilled() {
		leave()
		err = index.ErrNone
	}
	if errors.Is(err, index.ErrNone) || errors.Is(err, index.ErrDamaged) {
		if state, err := w.Store.Index.State(ctx); err != nil {
			return nil, err
		} else if state == "" {
			n, err := w.Store.Dossiers.Unlisted(ctx)
			if err == nil && n > 0 {
				return nil, fmt.Errorf("%d dossiers are taken in and none is assessed yet: `kheo run` does it, and then they can be searched", n)
			}
			return nil, errors.Join(err, errors.New("nothing is indexed yet: put dossiers into inbox/ and run `kheo run`"))
		}
		if _, err := Keep(ctx, w, on, false); err != nil && !errors.Is(err, workspace.ErrBusy) {
			return nil, fmt.Errorf("building the index: %w", err)
		}
		x, leave, err = w.View()
	}
	if err != nil {
		return nil, err
	}
	res, err := searchIn(ctx, w, x, q, how)
	leave()
	if errors.Is(err, index.ErrDamaged) { // seen only now
		if _, err := Keep(ctx, w, on, true); err != nil {
			return nil, fmt.Errorf("the index is damaged, and building it anew failed: %w", err)
		}
		if x, leave, err = w.View(); err != nil {
			return nil, err
		}
		defer leave()
		return searchIn(ctx, w, x, q, how)
	}
	return res, err
}

func searchIn(ctx context.Context, w *workspace.Workspace, x *index.Index, q string, how index.How) (*index.Results, error) {
	res, err := x.Search(ctx, q, how, func(id string) (*index.Text, error) { return Text(ctx, w, id) })
	if err != nil {
		return nil, err
	}
	res.Pending, err = pending(ctx, w, x)
	return res, err
}

// Text is what a search needs of a dossier.
func Text(ctx context.Context, w *workspace.Workspace, id string) (*index.Text, error) {
	a, err := w.Store.Dossiers.Get(ctx, id)
	if err != nil || a == nil {
		return nil, err
	}
	d, err := reading.Load(ctx, w.Store, a, extract.Version)
	if err != nil || d == nil {
		return nil, err
	}
	found, err := w.Store.Index.Entries(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	if e, ok := found[id]; ok {
		return &index.Text{Dossier: d, Title: e.Title, Nominee: e.Nominee}, nil
	}
	return &index.Text{Dossier: d, Title: d.Name}, nil
}

// pending is how many dossiers cannot be found yet, or only as they were.
func pending(ctx context.Context, w *workspace.Workspace, x *index.Index) (int, error) {
	n, err := w.Store.Dossiers.Unlisted(ctx)
	if err != nil {
		return 0, err
	}
	state, err := w.Store.Index.State(ctx)
	if err != nil || x.State() == state {
		return n, err
	}
	want, err := w.Store.Index.Keys(ctx)
	if err != nil {
		return 0, err
	}
	known, err := x.Known()
	if err != nil {
		return 0, err
	}
	todo, gone := behind(want, known)
	return n + len(todo) + len(gone), nil
}

// mostTies is how many dossiers one name may be found in; a name that is in more says nothing.
const mostTies = 200

// Named finds the dossiers in which a name stands exactly as it is written: nothing where it is
// one word alone, or stands in too many to say anything.
func Named(ctx context.Context, w *workspace.Workspace, name string) ([]index.Hit, error) {
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
	res, err := x.Search(ctx, term.String(), index.How{Limit: mostTies}, func(id string) (*index.Text, error) { return Text(ctx, w, id) })
	if err != nil || res.Instead != "" || res.Total > mostTies {
		return nil, err
	}
	return res.Hits, nil
}
