package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"kheo/index"
	"kheo/internal/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/reading"
	"kheo/pipeline/store"
)

// Batches of the index: so many dossiers, or so many bytes of text, are written at once.
const (
	indexBatch = 1000
	indexBytes = 8 << 20
)

// bringIndex brings the search index to what the record store says it is to hold; anew, in a
// place of its own while the old one is searched, where anew is set or the old one holds
// too much that is no more. It returns how many dossiers it indexed. It must hold the
// workspace's lock.
func (w *Workspace) bringIndex(ctx context.Context, progress Progress, anew bool) (int, error) {
	want, err := w.Store.Index.State(ctx)
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
		if err := index.DropResultPages(w.IndexDir()); err != nil {
			return 0, errors.Join(err, x.Close())
		}
	}
	if !anew && (x.State() != want || want == "") {
		if done, err = w.fill(ctx, x, progress, want); errors.Is(err, index.ErrDamaged) {
			anew, err = true, nil
		}
	}
	if err == nil && !anew && done > 0 {
		anew, err = x.Wasteful()
	}
	if err == nil && anew {
		var fresh *index.Index
		if fresh, err = index.Create(w.IndexDir()); err == nil {
			done, err = w.fill(ctx, fresh, progress, want)
			err = errors.Join(err, x.Close())
			x = fresh
			if err == nil {
				w.CloseView()
				err = fresh.SwapIn()
			}
		}
	}
	return done, errors.Join(err, x.Close())
}

// fill indexes what an index does not have, or not as it is now.
func (w *Workspace) fill(ctx context.Context, x *index.Index, progress Progress, state string) (int, error) {
	want, err := w.Store.Index.Keys(ctx)
	if err != nil {
		return 0, err
	}
	known, err := x.Known()
	if err != nil {
		return 0, err
	}
	todo, gone := behind(want, known)
	progress.Begin("index", len(todo))
	for at := 0; at < len(todo) || len(gone) > 0; {
		entries, next, err := w.entries(ctx, todo, at)
		if err != nil {
			return at, err
		}
		if err := x.Update(entries, gone); err != nil {
			return at, err
		}
		progress.Add(next - at)
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
func (w *Workspace) entries(ctx context.Context, ids []string, from int) ([]dossier.IndexEntry, int, error) {
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

// KeepIndex brings the search index up to date where it is not, with no other work: after it
// was deleted or damaged, or kheo has another form of it. It returns ErrBusy where a run is at
// work, which does the same.
func (w *Workspace) KeepIndex(ctx context.Context, progress Progress, anew bool) (int, error) {
	if x, leave, err := w.View(); err == nil && !anew {
		state, err := w.Store.Index.State(ctx)
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
	if progress == nil {
		progress = Silent{}
	}
	defer progress.End()
	return w.bringIndex(ctx, progress, anew)
}

// Search finds dossiers. Where the index is missing or cannot be read it is built first,
// which progress shows.
func (w *Workspace) Search(ctx context.Context, q string, how index.How, progress Progress) (*index.Results, error) {
	x, leave, err := w.View()
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
		if _, err := w.KeepIndex(ctx, progress, false); err != nil && !errors.Is(err, ErrBusy) {
			return nil, fmt.Errorf("building the index anew: %w", err)
		}
		x, leave, err = w.View()
	}
	if err != nil {
		return nil, err
	}
	res, err := w.searchIn(ctx, x, q, how)
	leave()
	if errors.Is(err, index.ErrDamaged) { // seen only now
		if _, err := w.KeepIndex(ctx, progress, true); err != nil {
			return nil, fmt.Errorf("the index is damaged, and building it anew failed: %w", err)
		}
		if x, leave, err = w.View(); err != nil {
			return nil, err
		}
		defer leave()
		return w.searchIn(ctx, x, q, how)
	}
	return res, err
}

func (w *Workspace) searchIn(ctx context.Context, x *index.Index, q string, how index.How) (*index.Results, error) {
	res, err := x.Search(ctx, q, how, func(id string) (*index.Text, error) { return w.text(ctx, id) })
	if err != nil {
		return nil, err
	}
	res.Pending, err = w.pending(ctx, x)
	return res, err
}

// text is what a search needs of a dossier.
func (w *Workspace) text(ctx context.Context, id string) (*index.Text, error) {
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
func (w *Workspace) pending(ctx context.Context, x *index.Index) (int, error) {
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

// IndexReport is how the search index compares with the record store.
type IndexReport struct {
	index.Report
	Waiting int `json:"waiting"` // dossiers that were taken in and no run has assessed yet: not the index's fault
}

// CheckIndex compares the search index with the record store, and reads all of it.
func (w *Workspace) CheckIndex(ctx context.Context) (*IndexReport, error) {
	want, err := w.Store.Index.Keys(ctx)
	if err != nil {
		return nil, err
	}
	waiting, err := w.Store.Dossiers.Unlisted(ctx)
	if err != nil {
		return nil, err
	}
	out := &IndexReport{Waiting: waiting}
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

// keepsIndex looks now and then whether the search index is as it should be, until ctx ends.
func (s *Service) keepsIndex(ctx context.Context) {
	every := time.NewTicker(time.Minute)
	defer every.Stop()
	for {
		if n, err := s.w.KeepIndex(ctx, nil, false); n > 0 {
			s.log.Info("the search index was brought up to date", "dossiers", n)
		} else if err != nil && !errors.Is(err, ErrBusy) && ctx.Err() == nil {
			s.log.Error("keeping the search index", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
	}
}
