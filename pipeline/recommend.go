package pipeline

import (
	"context"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"

	"kheo/internal/dossier"
	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/recommend"
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
	text, err := r.Store.Setting(ctx, editions.PublishedKey)
	if err != nil || text == "" {
		return false, err
	}
	var was published
	if json.Unmarshal([]byte(text), &was) != nil || was.Key != r.listsKey() {
		return false, nil
	}
	if r.Store.Shared() && !editions.LatestIs(r.Workspace.Lists(), was.Run) { // another machine made them
		if err := editions.Bring(ctx, r.Workspace, was.Run); err != nil {
			r.opts.Log.Info("the lists are made here again", "because", err.Error())
		}
	}
	if !editions.LatestIs(r.Workspace.Lists(), was.Run) || !editions.Intact(filepath.Join(r.Workspace.Lists(), was.Run)) {
		return false, nil
	}
	r.run.Run, r.counts, r.unchanged = was.Run, was.Counts, true
	return true, nil
}

// briefs are the assessments of a ruleset, but for those of dossiers that have since moved to
// another or are no more, without what only their readers need.
func (r *runner) briefs(ctx context.Context, ruleset string) ([]*dossier.Assessment, error) {
	as, said, err := r.Store.Briefs(ctx, ruleset)
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
