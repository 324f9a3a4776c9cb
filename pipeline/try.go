package pipeline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"kheo/pipeline/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/publish"
	"kheo/pipeline/recommend"
	"kheo/rules"
)

// Try assesses with another ruleset without recording anything: file is a
// ruleset of the same name as one of the campaign's. It returns the list as it
// stands, the list as it would be, and what would move.
func (w *Workspace) Try(ctx context.Context, file string) (now, then *publish.File, changes []publish.Change, err error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, nil, err
	}
	rs, err := rules.Load(filepath.ToSlash(file), src, w.Campaign.Env, os.ReadFile)
	if err != nil {
		return nil, nil, nil, err
	}
	run, err := w.FindRun(ctx, "")
	if err != nil {
		return nil, nil, nil, err
	}
	if now, err = w.List(ctx, run.Run, rs.ID); err != nil {
		return nil, nil, nil, err
	}
	if now == nil {
		return nil, nil, nil, fmt.Errorf("the campaign has no list of a ruleset %q; the file must keep the name of the ruleset that it changes", rs.ID)
	}
	all, err := w.Store.Dossiers(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	copies, err := w.Store.Copies(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	scores, err := w.Store.PanelScores(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	var assessed []*dossier.Assessment
	for i := range all {
		a := &all[i]
		id, ok, err := w.Store.Identity(ctx, a.ID)
		if err != nil {
			return nil, nil, nil, err
		}
		if !ok || !rs.AppliesTo(id.Kind, id.Level) {
			continue
		}
		d, err := w.Store.Load(ctx, a, extract.Version)
		if err != nil {
			return nil, nil, nil, err
		}
		assessed = append(assessed, Assess(w.Campaign.Env, rs, d, rules.Given{Identity: id, Copies: copies[a.ID], Scores: scores[a.ID]}))
	}
	then = publish.NewFile(recommend.Make(rs, assessed), w.Campaign.ID, w.Campaign.Env.Languages...)
	return now, then, publish.Diff(now, then), nil
}
