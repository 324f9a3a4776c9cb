package pipeline

import (
	"context"
	"errors"
	"maps"
	"slices"

	"kheo/pipeline/editions"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// EditionCause is the cause of a run that publishes again what the last run assessed.
const EditionCause = "edition"

// ErrLater is returned if it is left to the next run to publish what people have set.
var ErrLater = errors.New("the last run did not end well, or the rulesets were changed since: " +
	"the next run publishes the lists again")

// AskEdition asks for the lists to be published again soon: pages show at once what people set, and the files
// follow. The machine that keeps the schedule does it, also after a crash; otherwise the next run does.
func AskEdition(ctx context.Context, w *workspace.Workspace) error {
	return w.Store.State.EditionRequest.Set(ctx, true)
}

// PublishEdition publishes the lists again with the outcomes and facts that people have set, if that was
// asked for: from what the last run assessed, and without ingesting anything. Only dossiers whose facts were
// corrected are assessed. If the last run did not end well or the rulesets were changed since, it returns
// ErrLater and leaves it to the next run, so that no list mixes two states. The error is workspace.ErrBusy if
// a run is under way.
func PublishEdition(ctx context.Context, w *workspace.Workspace, opts Options) error {
	if asked, err := w.Store.State.EditionRequest.Get(ctx); err != nil || !asked {
		return err
	}
	if ok, err := isLastAssessed(ctx, w); err != nil {
		return err
	} else if !ok {
		return ErrLater
	}
	opts.Cause, opts.edition = EditionCause, true
	_, err := Run(ctx, w, opts)
	return err
}

// isLastAssessed reports whether the newest lists were made from the assessments that are in the records.
func isLastAssessed(ctx context.Context, w *workspace.Workspace) (bool, error) {
	runs, err := w.Store.Runs.Newest(ctx, 1000)
	if err != nil {
		return false, err
	}
	last := slices.IndexFunc(runs, func(r store.Run) bool { return r.Cause != "intake" && r.Cause != EditionCause })
	if last < 0 || runs[last].State != store.RunDone {
		return false, nil
	}
	newest, err := w.Store.Runs.Latest(ctx)
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

// readChoices returns the outcomes that people set so far. What they set after this asks for another edition.
func readChoices(ctx context.Context, run *runEnv) (choicesByRuleset, error) {
	if err := run.ws.Store.State.EditionRequest.Drop(ctx); err != nil {
		return nil, err
	}
	out := choicesByRuleset{}
	return out, run.ws.Review().View(ctx, func(s *review.State) error {
		for _, rs := range run.campaign.Rulesets {
			if chosen := s.Choices(rs.ID); len(chosen) > 0 {
				out[rs.ID] = chosen
			}
		}
		return nil
	})
}

// editionStages does the stages of a run that only publishes again.
func editionStages(ctx context.Context, run *runEnv) (*results, error) {
	in, err := stage(ctx, run, "records", readRecords)
	if err != nil {
		return nil, err
	}
	if err := reassessStated(ctx, run, in); err != nil {
		return nil, err
	}
	lists, err := listStages(ctx, run, in.dossiers, in.profiles, nil)
	return &results{lists: lists}, err
}

// assessedBefore is what the last run left in the records.
type assessedBefore struct {
	dossiers *dossierSet
	profiles profileHeads // of dossiers that are still there
}

// readRecords is the stage records of an edition.
func readRecords(ctx context.Context, run *runEnv) (*assessedBefore, error) {
	all, err := loadDossiers(ctx, run)
	if err != nil {
		return nil, err
	}
	profiles, err := run.ws.Store.Profiles.Heads(ctx)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(profiles, func(id string, _ store.ProfileHead) bool { return all.byID[id] == nil })
	run.count(len(all.ids), 0)
	return &assessedBefore{all, profiles}, nil
}
