package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/tidwall/gjson"

	"kheo/pipeline/campaign"
	"kheo/pipeline/publish"
	"kheo/pipeline/recommend"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
)

// ListNow is the list of a ruleset that holds: as it was closed, or else as a run published it, with
// the outcomes that people have set since. It is nil where there is none. What is shown, counted,
// exported or put on paper of a list comes from here.
func (w *Workspace) ListNow(ctx context.Context, run, ruleset string) (*publish.File, error) {
	if err := w.review.View(ctx, func(s *review.State) error {
		if c, ok := s.Closed[ruleset]; ok {
			run = c.Run
		}
		return nil
	}); err != nil {
		return nil, err
	}
	f, err := w.List(ctx, run, ruleset)
	if err != nil {
		return nil, err
	}
	err = w.review.View(ctx, func(s *review.State) error {
		f = s.InForce(f, ruleset, w.Campaign().Env.Languages[0])
		return nil
	})
	return f, err
}

// ListedEntry is one entry of a list as a run published it; nil where it is not there.
func (w *Workspace) ListedEntry(ctx context.Context, run, ruleset, id string) (*publish.Entry, error) {
	b, err := w.Store.Lists.Get(ctx, run, ruleset)
	if err != nil || b == nil {
		return nil, err
	}
	var e *publish.Entry
	gjson.GetBytes(b, "entries").ForEach(func(_, v gjson.Result) bool {
		if v.Get("dossier").String() != id {
			return true
		}
		e = &publish.Entry{}
		err = json.Unmarshal([]byte(v.Raw), e)
		return false
	})
	return e, err
}

// ListsNow are the lists that hold, by ruleset: those of a run, and those that were closed.
func (w *Workspace) ListsNow(ctx context.Context, run string) (map[string]*publish.File, error) {
	names, err := w.Store.Lists.Rulesets(ctx, run)
	if err != nil {
		return nil, err
	}
	if err := w.review.View(ctx, func(s *review.State) error {
		names = slices.AppendSeq(names, maps.Keys(s.Closed))
		return nil
	}); err != nil {
		return nil, err
	}
	slices.Sort(names)
	out := map[string]*publish.File{}
	for _, name := range slices.Compact(names) {
		f, err := w.ListNow(ctx, run, name)
		if err != nil {
			return nil, err
		}
		if f != nil {
			out[name] = f
		}
	}
	return out, nil
}

// readChoices reads the outcomes that people set. What they set from here on asks for an edition.
func (r *runner) readChoices(ctx context.Context) error {
	if err := r.Store.State.EditionRequest.Drop(ctx); err != nil {
		return err
	}
	r.choices = map[string]map[string]recommend.Choice{}
	return r.review.View(ctx, func(s *review.State) error {
		for _, rs := range r.Campaign.Rulesets {
			if chosen := s.Choices(rs.ID); len(chosen) > 0 {
				r.choices[rs.ID] = chosen
			}
		}
		return nil
	})
}

// EditionCause is the cause of a run that publishes anew what the last run assessed.
const EditionCause = "edition"

// AskEdition has the lists published anew soon: pages show at once what people set, and the files
// follow. Whoever keeps the schedule does it, also after a crash; the next run does it otherwise.
func (w *Workspace) AskEdition(ctx context.Context) error {
	return w.Store.State.EditionRequest.Set(ctx, true)
}

// PublishEdition publishes the lists anew with the outcomes that people have set, where that was
// asked for: from what the last run assessed, and without taking anything in. It leaves it to the
// next run where the last one did not end well or the rulesets are others since, so that no list
// mixes two states: ErrLater says so. ErrBusy tells that a run is at work.
func (w *Workspace) PublishEdition(ctx context.Context, opts Options) error {
	if asked, err := w.Store.State.EditionRequest.Get(ctx); err != nil || !asked {
		return err
	}
	if ok, err := w.asLastAssessed(ctx); err != nil {
		return err
	} else if !ok {
		return ErrLater
	}
	opts.Cause, opts.edition = EditionCause, true
	opts.Cause, opts.edition = EditionCause, true
	_, err := w.Run(ctx, opts)
	return err
}

// ErrLater is returned where the next run publishes what people have set.
var ErrLater = errors.New("the last run did not end well, or the rulesets were changed since: the next run publishes the lists anew")

// asLastAssessed reports whether the records are those that the newest lists were made of.
func (w *Workspace) asLastAssessed(ctx context.Context) (bool, error) {
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
		f, err := w.List(ctx, newest, rs.ID)
		if err != nil || f == nil || f.RulesetSHA256 != rs.SHA256 {
			return false, err
		}
	}
	return true, nil
}

// doesEditions publishes the editions that are asked for.
func (s *Service) doesEditions(ctx context.Context) {
	type state struct {
		run   int64
		ended string
		rules *campaign.Campaign
	}
	var left state // in which it has to wait for the next run
	for pause(ctx, askedAgain) {
		runs, err := s.w.Store.Runs.Newest(ctx, 1)
		if err == nil && len(runs) > 0 {
			now := state{runs[0].Number, runs[0].State, s.w.Campaign()}
			if now == left {
				continue
			}
			if err = s.PublishEdition(ctx); errors.Is(err, ErrLater) {
				left, err = now, nil
				s.log.Info("what people have set is published by the next run", "why", ErrLater.Error())
			}
		}
		if err != nil && !errors.Is(err, ErrBusy) && ctx.Err() == nil {
			s.log.Error("publishing the lists anew; it is tried again", "error", err)
		}
	}
}

// editionStages are those of a run that only publishes anew.
func (r *runner) editionStages() []stage {
	return []stage{{"records", r.records}, {"recommend", r.recommend}, {"index", r.index}, {"publish", r.publish}}
}

// records reads what the last run left. The lists made of it are held against no key: the next run
// makes its own, and finds the same files.
func (r *runner) records(ctx context.Context) (int, int, error) {
	all, err := r.Store.Dossiers.Heads(ctx)
	if err != nil {
		return 0, 0, err
	}
	for i := range all {
		r.dossiers[all[i].ID] = &all[i]
		r.ids = append(r.ids, all[i].ID)
	}
	r.memory.allow(len(r.ids))
	if r.profiles, err = r.Store.Profiles.Heads(ctx); err != nil {
		return 0, 0, err
	}
	maps.DeleteFunc(r.profiles, func(id string, _ store.ProfileHead) bool { return r.dossiers[id] == nil })
	r.key = "edition"
	return len(r.ids), 0, nil
}
