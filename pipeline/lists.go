package pipeline

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"

	"kheo/index"
	"kheo/internal/dossier"
	"kheo/pipeline/parallel"
	"kheo/pipeline/publish"
	"kheo/pipeline/recommend"
	"kheo/pipeline/store"
	"kheo/rules"
)

// recommend makes the lists. That is cheap beside everything before it, so it
// is done in every run.
func (r *runner) recommend(ctx context.Context) (int, int, error) {
	if err := r.readChoices(ctx); err != nil {
		return 0, 0, err
	}
	if same, err := r.asPublished(ctx); err != nil || same {
		return len(r.counts), 0, err
	}
	r.opts.Progress.Begin("recommend", 0)
	for _, rs := range r.Campaign.Rulesets {
		as, err := r.briefs(ctx, rs.ID)
		if err != nil {
			return 0, 0, err
		}
		r.lists = append(r.lists, recommend.Make(rs, as))
	}
	as, err := r.briefs(ctx, rules.UnplacedID)
	if err != nil {
		return 0, 0, err
	}
	if len(as) > 0 {
		r.lists = append(r.lists, recommend.Unplaced(as))
	}
	for _, l := range r.lists {
		l.Choose(r.choices[l.Ruleset])
		r.counts = append(r.counts, ListCounts{l.Ruleset, publish.CountsOf(l)})
	}
	return len(r.lists), 0, r.checkLoss(ctx)
}

// ListCounts counts the dossiers of one list.
type ListCounts struct {
	Ruleset string         `json:"ruleset"`
	Counts  publish.Counts `json:"counts"`
}

// published is what was published last, and what it hung on.
type published struct {
	Key    string       `json:"key"`
	Run    string       `json:"run"`
	Counts []ListCounts `json:"counts"`
}

// listsKey is the hash of all that the lists hang on.
func (r *runner) listsKey() string {
	if r.key == "" {
		r.key = r.hashLists()
	}
	return r.key
}

func (r *runner) hashLists() string {
	assessed := map[string]string{}
	for _, id := range r.ids {
		assessed[id] = r.assessKey(id)
	}
	var rulesets []string
	for _, rs := range r.Campaign.Rulesets {
		rulesets = append(rulesets, rs.ID, rs.SHA256, rs.Version)
	}
	e := r.Campaign.Env
	return dossier.HashOf([]any{publish.Version, recommend.Version, r.Campaign.ID, r.Campaign.Title, rulesets, assessed, e.Languages, e.Units, e.Levels, e.Fields, e.Kinds, r.choices})
}

// asPublished reports whether the lists stand as the last run published them, and nothing that
// they hang on has changed since.
func (r *runner) asPublished(ctx context.Context) (bool, error) {
	var was published
	ok, err := r.Store.State.Published.Get(ctx, &was)
	if err != nil && !errors.Is(err, store.ErrBadDocument) {
		return false, err
	}
	if !ok || was.Key != r.listsKey() {
		return false, nil
	}
	if r.Store.Shared() && !latestIs(r.Workspace.Lists(), was.Run) { // another machine made them
		if err := r.bringEdition(ctx, was.Run); err != nil {
			r.opts.Log.Info("the lists are made here again", "because", err.Error())
		}
	}
	if !latestIs(r.Workspace.Lists(), was.Run) || !intact(filepath.Join(r.Workspace.Lists(), was.Run)) {
		return false, nil
	}
	r.run.Run, r.counts, r.unchanged = was.Run, was.Counts, true
	return true, nil
}

// briefs are the assessments of a ruleset, but for those of dossiers that have since moved to
// another or are no more, without what only their readers need.
func (r *runner) briefs(ctx context.Context, ruleset string) ([]*dossier.Assessment, error) {
	as, said, err := r.Store.Assessments.Briefs(ctx, ruleset)
	if err != nil {
		return nil, err
	}
	if r.said == nil {
		r.said = map[string]string{}
	}
	maps.Copy(r.said, said)
	return slices.DeleteFunc(as, func(a *dossier.Assessment) bool {
		p, ok := r.profiles[a.Dossier]
		want := rules.UnplacedID
		if rs := r.Campaign.Ruleset(p.Kind, p.Level); rs != nil {
			want = rs.ID
		}
		return !ok || r.dossiers[a.Dossier] == nil || want != ruleset
	}), nil
}

// index tells the record store what the search index is to hold, and brings the index
// there.
func (r *runner) index(ctx context.Context) (int, int, error) {
	if r.unchanged {
		done, err := r.bringIndex(ctx, r.opts.Progress, false)
		return len(r.ids), done, r.tied(ctx, err)
	}
	was, err := r.Store.Index.Keys(ctx)
	if err != nil {
		return 0, 0, err
	}
	keys := map[string]string{}
	var changed []dossier.IndexEntry
	for _, l := range r.lists {
		made, others := make([]string, len(l.Entries)), make([]*dossier.IndexEntry, len(l.Entries))
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
	state, err := r.Store.Index.Epoch(ctx)
	if err != nil {
		return 0, 0, err
	}
	state = index.StateIn(state, dossier.HashOf(keys))
	if old, err := r.Store.Index.State(ctx); err != nil || len(changed) > 0 || len(gone) > 0 || old != state {
		if err = errors.Join(err, r.Store.Index.Put(ctx, changed, gone, state)); err != nil {
			return 0, 0, err
		}
	}
	done, err := r.bringIndex(ctx, r.opts.Progress, false)
	return len(keys), done, r.tied(ctx, err)
}

// tied looks for the people who are named in dossiers, once the index can be searched and before the
// lists are published: nobody sees the place of a dossier and is recused from it only afterwards.
func (r *runner) tied(ctx context.Context, err error) error {
	if err == nil {
		if _, ties := r.FindTies(ctx); ties != nil {
			r.note("%v", ties)
		}
	}
	return err
}

// indexEntry is what the search index holds of an entry of a list, with a hash of all of it.
func (r *runner) indexEntry(l *recommend.List, i int) dossier.IndexEntry {
	a := l.Entries[i].Assessment
	entry := dossier.IndexEntry{Dossier: &dossier.Dossier{ID: a.Dossier}, Title: a.Title, Nominee: a.Nominee, Unit: a.Unit, Level: a.Level, Field: a.Field, Kind: a.Kind,
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
