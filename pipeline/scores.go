package pipeline

import (
	"context"
	"slices"

	"kheo/internal/dossier"
	"kheo/pipeline/review"
)

// countedScores returns the scores by which dossiers are assessed, as the audit trail tells them: those that
// count, and those of which it must be settled whose they are. Scores of people who are recused are not
// among them. No dossiers named means all.
func (w *Workspace) countedScores(ctx context.Context, only ...string) (map[string][]dossier.PanelScore, error) {
	var ids []string
	if err := w.review.View(ctx, func(s *review.State) error { ids = s.Scored(); return nil }); err != nil {
		return nil, err
	}
	if len(only) > 0 {
		ids = slices.DeleteFunc(ids, func(id string) bool { return !slices.Contains(only, id) })
	}
	out := map[string][]dossier.PanelScore{}
	if len(ids) == 0 {
		return out, nil
	}
	identities, err := w.Store.Profiles.Identities(ctx, ids)
	if err != nil {
		return nil, err
	}
	err = w.review.View(ctx, func(s *review.State) error {
		for _, id := range ids {
			list := slices.DeleteFunc(s.Scores(id, identities[id].Unit),
				func(x dossier.PanelScore) bool { return x.Recused != "" })
			if len(list) > 0 {
				out[id] = list
			}
		}
		return nil
	})
	return out, err
}

// PanelScores returns all scores on a dossier of a unit, also those that do not count.
func (w *Workspace) PanelScores(ctx context.Context, id, unit string) (out []dossier.PanelScore, err error) {
	err = w.review.View(ctx, func(s *review.State) error { out = s.Scores(id, unit); return nil })
	return out, err
}

// unsettled notes the names under which scores are recorded and that fit several people, and scores in the
// records that are not those of the audit trail, by which the run goes.
func (r *runner) unsettled(ctx context.Context) error {
	var open []review.Unsettled
	if err := r.review.View(ctx, func(s *review.State) error { open = s.Unsettled(); return nil }); err != nil {
		return err
	}
	for _, u := range open {
		r.note("%s", u)
	}
	faults, err := r.review.ScoreFaults(ctx)
	for _, f := range faults {
		r.note("%s. The run goes by the audit trail; `kheo audit verify` tells more", f)
	}
	return err
}
