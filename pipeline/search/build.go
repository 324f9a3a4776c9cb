package search

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"kheo/index"
	"kheo/pipeline/progress"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// Batches of the index: so many dossiers, or so many bytes of text, are written at once.
const (
	indexBatch = 1000
	indexBytes = 8 << 20
)

// Update brings the search index to what the record store says it is to hold; anew, in a
// place of its own while the old one is searched, where anew is set or the old one holds
// too much that is no more. It returns how many dossiers it indexed. It must hold the
// workspace's lock.
func Update(ctx context.Context, w *workspace.Workspace, on progress.Reporter, anew bool) (int, error) {
	want, err := w.Store.IndexState(ctx)
	if err != nil {
		return 0, err
	}
	x, err := index.Open(w.IndexDir())
	if err != nil {
		return 0, err
	}
	done := 0
	if x.State() != "" && index.EpochOf(x.State()) != index.EpochOf(want) { // what was forgotten may still be in its files
		anew = true
		if err := index.DropHeld(w.IndexDir()); err != nil {
			return 0, errors.Join(err, x.Close())
		}
	}
	if !anew && (x.State() != want || want == "") {
		if done, err = fill(ctx, w, x, on, want); errors.Is(err, index.ErrDamaged) {
			anew, err = true, nil
		}
	}
	if err == nil && !anew && done > 0 {
		anew, err = x.Wasteful()
	}
	if err == nil && anew {
		var fresh *index.Index
		if fresh, err = index.Anew(w.IndexDir()); err == nil {
			done, err = fill(ctx, w, fresh, on, want)
			err = errors.Join(err, x.Close())
			x = fresh
			if err == nil {
				w.CloseView()
				err = fresh.Hold()
			}
		}
	}
	return done, errors.Join(err, x.Close())
}

// fill indexes what an index does not have, or not as it is now.
func fill(ctx context.Context, w *workspace.Workspace, x *index.Index, on progress.Reporter, state string) (int, error) {
	want, err := w.Store.IndexKeys(ctx)
	if err != nil {
		return 0, err
	}
	known, err := x.Known()
	if err != nil {
		return 0, err
	}
	todo, gone := behind(want, known)
	on.Begin("index", len(todo))
	for at := 0; at < len(todo) || len(gone) > 0; {
		entries, next, err := entries(ctx, w, todo, at)
		if err != nil {
			return at, err
		}
		if err := x.Update(entries, gone); err != nil {
			return at, err
		}
		on.Add(next - at)
		at, gone = next, nil
		if err := ctx.Err(); err != nil {
			return at, err
		}
	}
	return len(todo), x.SetState(state)
}

// behind are the dossiers that an index does not hold as it should, and those that it should
// not hold, in order.
func behind(want, known map[string]string) (todo, gone []string) {
	for _, id := range slices.Sorted(maps.Keys(want)) {
		if known[id] != want[id] {
			todo = append(todo, id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(known)) {
		if _, ok := want[id]; !ok {
			gone = append(gone, id)
		}
	}
	return todo, gone
}

// entries loads the next batch of what is to be indexed, and tells where the one after it
// begins.
func entries(ctx context.Context, w *workspace.Workspace, ids []string, from int) ([]index.Entry, int, error) {
	batch := ids[from:min(len(ids), from+indexBatch)]
	found, err := w.Store.IndexEntries(ctx, batch)
	if err != nil {
		return nil, from, err
	}
	var out []index.Entry
	size := 0
	for i, id := range batch {
		if size > indexBytes {
			return out, from + i, nil
		}
		e, ok := found[id]
		_, d, err := w.Load(ctx, id)
		if err != nil {
			return nil, from, err
		}
		if !ok || d == nil {
			continue
		}
		e.Dossier = d
		for k := range d.Documents {
			for p := range d.Documents[k].Pages {
				size += len(d.Documents[k].Pages[p].Text)
			}
		}
		out = append(out, e)
	}
	return out, from + len(batch), nil
}

// Keep brings the search index up to date where it is not, with no other work: after it
// was deleted or damaged, or kheo has another form of it. It returns ErrBusy where a run is at
// work, which does the same.
func Keep(ctx context.Context, w *workspace.Workspace, on progress.Reporter, anew bool) (int, error) {
	if x, leave, err := w.View(); err == nil && !anew {
		state, err := w.Store.IndexState(ctx)
		same := x.State() == state
		leave()
		if err != nil || same {
			return 0, err
		}
	} else if err == nil {
		leave()
	}
	unlock, err := w.Lock()
	if errors.Is(err, store.ErrReadOnly) {
		return 0, fmt.Errorf("the search index is missing, damaged or behind the records, and cannot be built here: %w. "+
			"Run `kheo check --index --rebuild` once where the workspace may be written", err)
	}
	if err != nil {
		return 0, err
	}
	defer unlock()
	if on == nil {
		on = progress.None{}
	}
	defer on.End()
	return Update(ctx, w, on, anew)
}
