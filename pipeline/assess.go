package pipeline

import (
	"context"
	"slices"

	"kheo/internal/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/reading"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// assessKey is the memo key of a dossier's assessment.
func (r *runner) assessKey(id string) string {
	p := r.profiles[id]
	rs := r.Campaign.Ruleset(p.Kind, p.Level)
	sha := rules.UnplacedID
	if rs != nil {
		sha = rs.SHA256
	}
	key := p.Key + " " + sha
	if copies, scores := r.copies[id], r.scores[id]; len(copies)+len(scores) > 0 {
		key += " " + dossier.HashOf([]any{copies, scores})
	}
	return dossier.SHA256([]byte(key))
}

func (r *runner) assess(ctx context.Context) (total, done int, err error) {
	if r.scores, err = CountedScores(ctx, r.Workspace); err != nil {
		return 0, 0, err
	}
	if err := r.unsettled(ctx); err != nil {
		return 0, 0, err
	}
	have, err := r.Store.Assessments.Keys(ctx)
	if err != nil {
		return 0, 0, err
	}
	var todo []string
	for _, id := range r.ids {
		if have[id] != r.assessKey(id) {
			todo = append(todo, id)
		}
	}
	r.opts.Progress.Begin("assess", len(todo))
	return len(r.ids), len(todo), r.work(ctx, "assess", todo, batchOf(len(todo), 25, 400))
}

func (r *runner) assessBatch(ctx context.Context, ids []string) error {
	identities, err := r.Store.Profiles.Identities(ctx, ids)
	if err != nil {
		return err
	}
	all, err := r.Store.Dossiers.ByID(ctx, ids...)
	if err != nil {
		return err
	}
	list := make([]*store.Accepted, len(all))
	for i := range all {
		list[i] = &all[i]
	}
	out := make([]store.Keyed, 0, len(ids))
	err = reading.LoadEach(ctx, r.Store, list, extract.Version, func(a *store.Accepted, d *dossier.Dossier) error {
		id := identities[a.ID]
		given := rules.Given{Identity: id, Copies: r.copies[a.ID], Scores: r.scores[a.ID]}
		out = append(out, store.Keyed{Key: r.assessKey(a.ID), Assessment: Assess(r.Campaign.Env, r.Campaign.Ruleset(id.Kind, id.Level), d, given)})
		r.opts.Progress.Add(1)
		return nil
	})
	if err != nil {
		return err
	}
	return r.Store.Assessments.Put(ctx, out)
}

// Assess assesses one dossier under a ruleset, which is nil where none applies.
func Assess(env *rules.Env, rs *rules.Ruleset, d *dossier.Dossier, given rules.Given) *dossier.Assessment {
	reading := rules.Read(d)
	defer reading.Close()
	if rs == nil {
		return rules.Unplaced(env, reading, given.Identity)
	}
	return rs.Assess(reading, given)
}

// CountedScores returns the scores by which dossiers are assessed, as the audit trail tells them: those that
// count, and those of which it must be settled whose they are. Scores of people who are recused are not
// among them. No dossiers named means all.
func CountedScores(ctx context.Context, w *workspace.Workspace, only ...string) (map[string][]dossier.PanelScore, error) {
	var ids []string
	if err := w.Review().View(ctx, func(s *review.State) error { ids = s.Scored(); return nil }); err != nil {
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
	err = w.Review().View(ctx, func(s *review.State) error {
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
func PanelScores(ctx context.Context, w *workspace.Workspace, id, unit string) (out []dossier.PanelScore, err error) {
	err = w.Review().View(ctx, func(s *review.State) error { out = s.Scores(id, unit); return nil })
	return out, err
}

// unsettled notes the names under which scores are recorded and that fit several people, and scores in the
// records that are not those of the audit trail, by which the run goes.
func (r *runner) unsettled(ctx context.Context) error {
	var open []review.Unsettled
	if err := r.Review().View(ctx, func(s *review.State) error { open = s.Unsettled(); return nil }); err != nil {
		return err
	}
	for _, u := range open {
		r.note("%s", u)
	}
	faults, err := r.Review().ScoreFaults(ctx)
	for _, f := range faults {
		r.note("%s. The run goes by the audit trail; `kheo audit verify` tells more", f)
	}
	return err
}
