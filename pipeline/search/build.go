package search

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"kheo/index"
	"kheo/internal/dossier"
	"kheo/pipeline/progress"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// Bounds of one write to the index: number of dossiers, and bytes of their text.
const (
	indexBatch = 1000
	indexBytes = 8 << 20
)

// Update brings the search index to the state that the record store requires, and returns how many
// dossiers it indexed. With rebuild, or if the present index is damaged, wasteful or of another epoch, a
// new index is built beside it, which searches use only when it is complete. Otherwise the present index
// is changed. The caller holds the run lock.
func Update(ctx context.Context, w *workspace.Workspace, on progress.Reporter, rebuild bool) (int, error) {
	want, err := w.Store.Index.State(ctx)
	if err != nil {
		return 0, err
	}
	x, err := index.Open(w.IndexDir())
	if err != nil {
		return 0, err
	}
	done := 0
	if x.State() != "" && index.EpochOf(x.State()) != index.EpochOf(want) {
		rebuild = true // its files may still contain what was forgotten
		if err := index.DropResultPages(w.IndexDir()); err != nil {
			return 0, errors.Join(err, x.Close())
		}
	}
	if !rebuild && (x.State() != want || want == "") {
		if done, err = fill(ctx, w, x, on, want); errors.Is(err, index.ErrDamaged) {
			rebuild, err = true, nil
		}
	}
	// Changed dossiers leave dead entries behind; a rebuild is cheaper than carrying too many of them.
	if err == nil && !rebuild && done > 0 {
		rebuild, err = x.Wasteful()
	}
	if err == nil && rebuild {
		return replace(ctx, w, x, on, want)
	}
	return done, errors.Join(err, x.Close())
}

// replace builds a new index, closes the old one, and swaps the new one in. It closes both. The old index is
// closed before the new one takes its place, because SwapIn removes its files.
func replace(
	ctx context.Context, w *workspace.Workspace, old *index.Index, on progress.Reporter, state string,
) (int, error) {
	x, err := index.Create(w.IndexDir())
	if err != nil {
		return 0, errors.Join(err, old.Close())
	}
	done, err := fill(ctx, w, x, on, state)
	if err = errors.Join(err, old.Close()); err == nil {
		w.CloseSnapshot() // or else this process keeps the files of the old index in use
		err = x.SwapIn()
	}
	return done, errors.Join(err, x.Close())
}

// fill indexes the dossiers that an index lacks or has in another version, removes those that it should
// not have, and records the state that it then has. It may be interrupted after any batch.
func fill(
	ctx context.Context, w *workspace.Workspace, x *index.Index, on progress.Reporter, state string,
) (int, error) {
	want, err := w.Store.Index.Keys(ctx)
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

// behind compares the keys that an index should have with those that it has, and returns the ids that must be
// indexed and those that must be removed, each sorted. Keys change with the text and the assessment of a
// dossier, so a dossier with another key is indexed as a whole.
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

// entries loads the next batch of entries to index from position from, and returns the position of the batch after
// it begins. Dossiers that were removed meanwhile are skipped.
func entries(ctx context.Context, w *workspace.Workspace, ids []string, from int) ([]dossier.IndexEntry, int, error) {
	batch := ids[from:min(len(ids), from+indexBatch)]
	found, err := w.Store.Index.Entries(ctx, batch)
	if err != nil {
		return nil, from, err
	}
	var out []dossier.IndexEntry
	size := 0
	for i, id := range batch {
		if size > indexBytes {
			return out, from + i, nil
		}
		// The text is loaded one dossier at a time, so that a batch ends soon after it exceeds indexBytes.
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

// Refresh brings the search index up to date outside of a run: after it was deleted or damaged, or if this
// kheo has another index format. It does nothing if the index is up to date, unless rebuild is set. It
// returns ErrBusy if a run is in progress, which updates the index itself. on may be nil.
func Refresh(ctx context.Context, w *workspace.Workspace, on progress.Reporter, rebuild bool) (int, error) {
	// Without the lock first: most calls find an index that is up to date.
	if x, release, err := w.Snapshot(); err == nil && !rebuild {
		state, err := w.Store.Index.State(ctx)
		same := x.State() == state
		release()
		if err != nil || same {
			return 0, err
		}
	} else if err == nil {
		release()
	}
	unlock, err := w.Lock()
	if errors.Is(err, store.ErrReadOnly) {
		return 0, fmt.Errorf("the search index is missing, damaged or out of date, and cannot be built here: "+
			"%w. Run `kheo check --index --rebuild` once where the workspace may be written", err)
	}
	if err != nil {
		return 0, err
	}
	defer unlock()
	if on == nil {
		on = progress.None{}
	}
	defer on.End()
	return Update(ctx, w, on, rebuild)
}
