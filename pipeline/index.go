package pipeline

import (
	"context"
	"errors"

	"kheo/index"
	"kheo/internal/dossier"
	"kheo/pipeline/conflicts"
	"kheo/pipeline/parallel"
	"kheo/pipeline/recommend"
	"kheo/pipeline/search"
)

// index tells the record store what the search index is to hold, and brings the index
// there.
func (r *runner) index(ctx context.Context) (int, int, error) {
	if r.unchanged {
		done, err := search.Update(ctx, r.Workspace, r.opts.Progress, false)
		return len(r.ids), done, r.tied(ctx, err)
	}
	was, err := r.Store.IndexKeys(ctx)
	if err != nil {
		return 0, 0, err
	}
	keys := map[string]string{}
	var changed []index.Entry
	for _, l := range r.lists {
		made, others := make([]string, len(l.Entries)), make([]*index.Entry, len(l.Entries))
		parallel.Each(len(made), func(_, i int) {
			e := r.indexEntry(l, i)
			if made[i] = e.Key; was[e.Dossier.ID] != e.Key {
				others[i] = &e
			}
		})
		for i, e := range others {
			if keys[l.Entries[i].Dossier] = made[i]; e != nil {
				changed = append(changed, *e)
			}
		}
	}
	var gone []string
	for id := range was {
		if _, ok := keys[id]; !ok {
			gone = append(gone, id)
		}
	}
	state, err := r.Store.IndexEpoch(ctx)
	if err != nil {
		return 0, 0, err
	}
	state = index.StateIn(state, dossier.HashOf(keys))
	if old, err := r.Store.IndexState(ctx); err != nil || len(changed) > 0 || len(gone) > 0 || old != state {
		if err = errors.Join(err, r.Store.PutIndexEntries(ctx, changed, gone, state)); err != nil {
			return 0, 0, err
		}
	}
	done, err := search.Update(ctx, r.Workspace, r.opts.Progress, false)
	return len(keys), done, r.tied(ctx, err)
}

// tied looks for the people who are named in dossiers, once the index can be searched and before the
// lists are published: nobody sees the place of a dossier and is recused from it only afterwards.
func (r *runner) tied(ctx context.Context, err error) error {
	if err == nil {
		if _, ties := conflicts.Find(ctx, r.Workspace); ties != nil {
			r.note("%v", ties)
		}
	}
	return err
}

// indexEntry is what the search index holds of an entry of a list, with a hash of all of it.
func (r *runner) indexEntry(l *recommend.List, i int) index.Entry {
	a := l.Entries[i].Assessment
	entry := index.Entry{Dossier: &dossier.Dossier{ID: a.Dossier}, Title: a.Title, Nominee: a.Nominee, Unit: a.Unit, Level: a.Level, Field: a.Field, Kind: a.Kind,
		Ruleset: l.Ruleset, Outcome: string(a.Outcome), Points: a.Points, Registered: r.registered(a), Facts: indexedFacts(a)}
	for _, f := range a.Flags {
		entry.Flags = append(entry.Flags, f.Code)
	}
	entry.Key = dossier.HashOf([]any{r.profiles[a.Dossier].Key, entry})[:32]
	return entry
}

// registered is the date of registration that a dossier's assessment goes by.
func (r *runner) registered(a *dossier.Assessment) string {
	for _, f := range a.Facts {
		if s, ok := f.Value.(string); ok && f.Name == "registered_on" {
			return s
		}
	}
	return r.dossiers[a.Dossier].Manifest.RegisteredOn
}

// indexedFacts are the facts that a search can compare: numbers, dates, yes and no.
func indexedFacts(a *dossier.Assessment) map[string]float64 {
	out := map[string]float64{}
	for _, f := range a.Facts {
		switch v := f.Value.(type) {
		case float64:
			out[f.Name] = v
		case bool:
			out[f.Name] = 0
			if v {
				out[f.Name] = 1
			}
		case string:
			if n := index.DateNumber(v); n > 0 {
				out[f.Name] = n
			}
		}
	}
	return out
}
