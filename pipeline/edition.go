package pipeline

import (
	"context"
	"errors"
	"maps"
	"slices"

	"kheo/pipeline/editions"
	"kheo/pipeline/recommend"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// readChoices reads the outcomes that people set. What they set from here on asks for an edition.
func (r *runner) readChoices(ctx context.Context) error {
	if err := r.Store.DropSetting(ctx, editionKey); err != nil {
		return err
	}
	r.choices = map[string]map[string]recommend.Choice{}
	return r.Review().View(ctx, func(s *review.State) error {
		for _, rs := range r.Campaign.Rulesets {
			if chosen := s.Choices(rs.ID); len(chosen) > 0 {
				r.choices[rs.ID] = chosen
			}
		}
		return nil
	})
}

// editionKey is the setting by which whoever sets an outcome asks for the lists to be published anew.
const editionKey = "edition asked for"

// EditionCause is the cause of a run that publishes anew what the last run assessed.
const EditionCause = "edition"

// AskEdition has the lists published anew soon: pages show at once what people set, and the files
// follow. Whoever keeps the schedule does it, also after a crash; the next run does it otherwise.
func AskEdition(ctx context.Context, w *workspace.Workspace) error {
	return w.Store.SetSetting(ctx, editionKey, "1")
}

// PublishEdition publishes the lists anew with the outcomes that people have set, where that was
// asked for: from what the last run assessed, and without taking anything in. It leaves it to the
// next run where the last one did not end well or the rulesets are others since, so that no list
// mixes two states: ErrLater says so. ErrBusy tells that a run is at work.
func PublishEdition(ctx context.Context, w *workspace.Workspace, opts Options) error {
	if asked, err := w.Store.Setting(ctx, editionKey); err != nil || asked == "" {
		return err
	}
	if ok, err := asLastAssessed(ctx, w); err != nil {
		return err
	} else if !ok {
		return ErrLater
	}
	opts.Cause, opts.edition = EditionCause, true
	opts.Cause, opts.edition = EditionCause, true
	_, err := Run(ctx, w, opts)
	return err
}

// ErrLater is returned where the next run publishes what people have set.
var ErrLater = errors.New("the last run did not end well, or the rulesets were changed since: the next run publishes the lists anew")

// asLastAssessed reports whether the records are those that the newest lists were made of.
func asLastAssessed(ctx context.Context, w *workspace.Workspace) (bool, error) {
	runs, err := w.Store.Runs(ctx, 1000)
	if err != nil {
		return false, err
	}
	last := slices.IndexFunc(runs, func(r store.Run) bool { return r.Cause != "intake" && r.Cause != EditionCause })
	if last < 0 || runs[last].State != store.RunDone {
		return false, nil
	}
	newest, err := w.Store.LatestRun(ctx)
	if err != nil {
		return false, err
	}
	for _, rs := range w.Campaign().Rulesets {
		f, err := editions.List(ctx, w, newest, rs.ID)
		if err != nil || f == nil || f.RulesetSHA256 != rs.SHA256 {
			return false, err
		}
	}
	return true, nil
}

// editionStages are those of a run that only publishes anew.
func (r *runner) editionStages() []stage {
	return []stage{{"records", r.records}, {"recommend", r.recommend}, {"index", r.index}, {"publish", r.publish}}
}

// records reads what the last run left. The lists made of it are held against no key: the next run
// makes its own, and finds the same files.
func (r *runner) records(ctx context.Context) (int, int, error) {
	all, err := r.Store.Heads(ctx)
	if err != nil {
		return 0, 0, err
	}
	for i := range all {
		r.dossiers[all[i].ID] = &all[i]
		r.ids = append(r.ids, all[i].ID)
	}
	r.memory.allow(len(r.ids))
	if r.profiles, err = r.Store.Profiles(ctx); err != nil {
		return 0, 0, err
	}
	maps.DeleteFunc(r.profiles, func(id string, _ store.ProfileRow) bool { return r.dossiers[id] == nil })
	r.key = "edition"
	return len(r.ids), 0, nil
}
