// Package search searches the index of a workspace, and keeps the index in the state that the records require.
// Package index knows nothing of workspaces; this package connects the two.
//
// A run calls [Update] after it has recorded what the index must hold: a key for each dossier. Update indexes what
// has another key, removes what is gone, and rebuilds beside the old index if that is damaged, wasteful or of another
// format. [Find] and [Named] search a snapshot, also while a run writes. What a person must not find is passed in as
// index.How.Hidden by the pages; this package knows no people.
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

// Find searches for dossiers. If the index is missing or cannot be read, it is built first, which is reported
// to on; damage that appears only while searching leads to one rebuild. An error of the query is a
// *query.Error. It may be called while a run is in progress, and then searches what the index has.
func Find(
	ctx context.Context, w *workspace.Workspace, q string, how index.How, on progress.Reporter,
) (*index.Results, error) {
	x, release, err := w.Snapshot()
	if err == nil && x.Unfilled() {
		release()
		err = index.ErrNone
	}
	if errors.Is(err, index.ErrNone) || errors.Is(err, index.ErrDamaged) {
		if err := build(ctx, w, on); err != nil {
			return nil, err
		}
		x, release, err = w.Snapshot()
	}
	if err != nil {
		return nil, err
	}
	res, err := searchIn(ctx, w, x, q, how)
	release()
	if errors.Is(err, index.ErrDamaged) { // opening reads only a part of the files
		if _, err := Refresh(ctx, w, on, true); err != nil {
			return nil, fmt.Errorf("the index is damaged, and rebuilding it failed: %w", err)
		}
		if x, release, err = w.Snapshot(); err != nil {
			return nil, err
		}
		defer release()
		return searchIn(ctx, w, x, q, how)
	}
	return res, err
}

// build builds a missing index. It fails if no run has recorded what the index must contain. A run in
// progress is not an error: the index may be there when it is opened again.
func build(ctx context.Context, w *workspace.Workspace, on progress.Reporter) error {
	state, err := w.Store.Index.State(ctx)
	if err != nil {
		return err
	}
	if state == "" {
		n, err := w.Store.Dossiers.Unlisted(ctx)
		if err == nil && n > 0 {
			return fmt.Errorf("%d dossiers were received and none is assessed yet: "+
				"run `kheo run`, then they can be searched", n)
		}
		return errors.Join(err, errors.New("nothing is indexed yet: put dossiers into inbox/ and run `kheo run`"))
	}
	if _, err := Refresh(ctx, w, on, false); err != nil && !errors.Is(err, workspace.ErrBusy) {
		return fmt.Errorf("building the index: %w", err)
	}
	return nil
}

// searchIn searches one snapshot of the index, and adds how many dossiers it does not show yet.
func searchIn(
	ctx context.Context, w *workspace.Workspace, x *index.Index, q string, how index.How,
) (*index.Results, error) {
	res, err := x.Search(ctx, q, how, func(id string) (*index.Text, error) { return Text(ctx, w, id) })
	if err != nil {
		return nil, err
	}
	res.Pending, err = pending(ctx, w, x)
	return res, err
}

// Text returns what a search quotes of a dossier: its pages, title and nominee; nil if it is gone.
func Text(ctx context.Context, w *workspace.Workspace, id string) (*index.Text, error) {
	a, err := w.Store.Dossiers.Get(ctx, id)
	if err != nil || a == nil {
		return nil, err
	}
	d, err := reading.LoadLatest(ctx, w.Store, a, extract.Version)
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

// pending returns how many dossiers cannot be found yet, or only in an earlier version.
func pending(ctx context.Context, w *workspace.Workspace, x *index.Index) (int, error) {
	n, err := w.Store.Dossiers.Unlisted(ctx)
	if err != nil {
		return 0, err
	}
	// Comparing every key is needed only if the index is behind; the state is the hash of all keys.
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

// maxConflicts is in how many dossiers a name may occur; a more frequent name does not identify a person.
const maxConflicts = 200

// Named finds the dossiers that contain a name exactly as it is written. It finds nothing if the name is a
// single word, or occurs in more than maxConflicts dossiers. Diacritics must agree, because names often differ
// in nothing else.
func Named(ctx context.Context, w *workspace.Workspace, name string) ([]index.Hit, error) {
	term := query.Term{Exact: true}
	for _, t := range text.Terms(name) {
		term.Words = append(term.Words, t.Exact)
	}
	if len(term.Words) < 2 {
		return nil, nil
	}
	x, release, err := w.Snapshot()
	if err != nil {
		return nil, err
	}
	defer release()
	res, err := x.Search(ctx, term.String(), index.How{Limit: maxConflicts}, func(id string) (*index.Text, error) {
		return Text(ctx, w, id)
	})
	if err != nil || res.Instead != "" || res.Total > maxConflicts {
		return nil, err
	}
	return res.Hits, nil
}
