package pipeline

import (
	"context"

	"kheo/index"
	"kheo/internal/dossier"
	"kheo/pipeline/conflicts"
	"kheo/pipeline/parallel"
	"kheo/pipeline/recommend"
	"kheo/pipeline/search"
	"kheo/pipeline/store"
)

// updateIndex is the stage index: it records what the search index must hold and brings the index there. Then
// it looks for people who are named in dossiers: they must be recused before the lists are published, or they
// could see the place of a dossier first.
func updateIndex(ctx context.Context, run *runEnv, all *dossierSet, profiles profileHeads, lists *listSet) error {
	total := len(all.ids)
	if lists.unchanged == "" {
		entries := recordedEntries{lists: lists.lists, dossiers: all, profiles: profiles}
		var err error
		if total, err = entries.save(ctx, run.ws.Store); err != nil {
			return err
		}
	}
	done, err := search.Update(ctx, run.ws, run.opts.Progress, false)
	run.count(total, done)
	if err != nil {
		return err
	}
	if _, err := conflicts.Find(ctx, run.ws); err != nil {
		run.note("%v", err)
	}
	return nil
}

// recordedEntries are what the search index must hold of the entries of lists, as the records say it.
type recordedEntries struct {
	lists    []*recommend.List
	dossiers *dossierSet
	profiles profileHeads
}

// save saves the entries that differ from those in the records, removes those that are on no list any more,
// and returns how many there are.
func (r recordedEntries) save(ctx context.Context, s *store.Store) (int, error) {
	saved, err := s.Index.Keys(ctx)
	if err != nil {
		return 0, err
	}
	keys := map[string]string{}
	var changed []dossier.IndexEntry
	for _, l := range r.lists {
		entryKeys, entries := make([]string, len(l.Entries)), make([]*dossier.IndexEntry, len(l.Entries))
		parallel.Each(len(entryKeys), func(_, i int) {
			e := r.entry(l, i)
			if entryKeys[i] = e.Key; saved[e.Dossier.ID] != e.Key {
				entries[i] = &e
			}
		})
		for i, e := range entries {
			if keys[l.Entries[i].Dossier] = entryKeys[i]; e != nil {
				changed = append(changed, *e)
			}
		}
	}
	var gone []string
	for id := range saved {
		if _, ok := keys[id]; !ok {
			gone = append(gone, id)
		}
	}
	epoch, err := s.Index.Epoch(ctx)
	if err != nil {
		return 0, err
	}
	state := index.StateIn(epoch, dossier.HashOf(keys))
	if old, err := s.Index.State(ctx); err == nil && len(changed) == 0 && len(gone) == 0 && old == state {
		return len(keys), nil
	} else if err != nil {
		return 0, err
	}
	return len(keys), s.Index.Put(ctx, changed, gone, state)
}

// entry is what the search index holds of entry i of a list. Its key is a hash of all of it.
func (r recordedEntries) entry(l *recommend.List, i int) dossier.IndexEntry {
	a := l.Entries[i].Assessment
	entry := dossier.IndexEntry{
		Dossier: &dossier.Dossier{ID: a.Dossier}, Title: a.Title, Nominee: a.Nominee,
		Unit: a.Unit, Level: a.Level, Field: a.Field, Kind: a.Kind,
		Ruleset: l.Ruleset, Outcome: string(a.Outcome), Points: a.Points,
		Registered: r.registered(a), Facts: indexedFacts(a),
	}
	for _, f := range a.Flags {
		entry.Flags = append(entry.Flags, f.Code)
	}
	entry.Key = dossier.HashOf([]any{r.profiles[a.Dossier].Key, entry})[:32]
	return entry
}

// registered is the date of registration by which a dossier is assessed, or the one of its manifest.
func (r recordedEntries) registered(a *dossier.Assessment) string {
	for _, f := range a.Facts {
		if s, ok := f.Value.(string); ok && f.Name == "registered_on" {
			return s
		}
	}
	return r.dossiers.byID[a.Dossier].Manifest.RegisteredOn
}

// indexedFacts are the facts that a search can compare: numbers, dates as numbers, and yes and no as 1 and 0.
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
