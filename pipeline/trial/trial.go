// Package trial tries rulesets on what a workspace holds, and records nothing.
package trial

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"kheo/internal/dossier"
	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/recommend"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// Try assesses with another ruleset without recording anything: file is a
// ruleset of the same name as one of the campaign's. It returns the list as it
// stands, the list as it would be, and what would move.
func Try(ctx context.Context, w *workspace.Workspace, file string) (now, then *publish.File,
	changes []publish.Change, err error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, nil, err
	}
	return TrySource(ctx, w, filepath.ToSlash(file), src, w.Campaign().RulesBeside(file))
}

// TrySource is Try for a ruleset that stands in no file; open reads what it extends.
func TrySource(ctx context.Context, w *workspace.Workspace, name string, src []byte,
	open func(string) ([]byte, error)) (now, then *publish.File, changes []publish.Change, err error) {
	rs, err := rules.Load(name, src, w.Campaign().Env, open)
	if err != nil {
		return nil, nil, nil, err
	}
	run, err := editions.FindRun(ctx, w, "")
	if err != nil {
		return nil, nil, nil, err
	}
	if now, err = editions.List(ctx, w, run.Run, rs.ID); err != nil {
		return nil, nil, nil, err
	}
	if now != nil {
		now = now.Program() // what people set stays what it is whatever the rules say
	}
	if now == nil {
		return nil, nil, nil, fmt.Errorf("the campaign has no list of a ruleset %q; the file must keep the name of the ruleset that it changes", rs.ID)
	}
	assessed, err := assessWith(ctx, w, rs)
	if err != nil {
		return nil, nil, nil, err
	}
	then = publish.NewFile(recommend.Make(rs, assessed), w.Campaign().ID, w.Campaign().Env.Languages...)
	changes = publish.Diff(now, then)
	byID := map[string]*dossier.Assessment{}
	for _, a := range assessed {
		byID[a.Dossier] = a
	}
	old := map[string]*publish.Entry{}
	for i := range now.Entries {
		old[now.Entries[i].Dossier] = &now.Entries[i]
	}
	for i := range changes {
		if c := &changes[i]; byID[c.Dossier] != nil && old[c.Dossier] != nil {
			c.Because = because(rs, byID[c.Dossier], old[c.Dossier], c)
		}
	}
	return now, then, changes, nil
}

// because tells what of a changed ruleset moved an entry: the criterion that alone, with
// its old points, would have left it where it was; failing that all that changed; the
// gates that are met otherwise; the bands or a quota where no points changed.
func because(rs *rules.Ruleset, a *dossier.Assessment, old *publish.Entry, c *publish.Change) []string {
	var gates, changed, alone []string
	passed := map[string]bool{}
	for _, g := range old.Gates {
		passed[g.ID] = g.Passed
	}
	for _, g := range a.Gates {
		if was, known := passed[g.ID]; known && was != g.Passed || !known && !g.Passed {
			gates = append(gates, "gate:"+g.ID)
		}
		delete(passed, g.ID)
	}
	for _, g := range old.Gates { // one that is no longer asked
		if was, left := passed[g.ID]; left && !was {
			gates = append(gates, "gate:"+g.ID)
		}
	}
	if len(gates) > 0 && c.From != c.To {
		return gates
	}
	st := rs.WhatIf(a)
	points := map[string]float64{}
	for _, x := range old.Criteria {
		points[x.ID] = x.Points
	}
	for _, x := range a.Criteria {
		was, known := points[x.ID]
		delete(points, x.ID)
		if known && was == x.Points {
			continue
		}
		changed = append(changed, x.ID)
		if st.Without(x.ID, was) == c.From {
			alone = append(alone, x.ID)
		}
	}
	for _, x := range old.Criteria {
		if _, left := points[x.ID]; left && x.Points != 0 {
			changed = append(changed, x.ID)
		}
	}
	switch {
	case c.From != c.To && len(alone) > 0:
		return alone
	case len(changed) > 0:
		return changed
	case c.From == c.To:
		return nil // only its place moved, because others' did
	case a.Outcome != c.To || st.With(st.Points()) == c.From:
		return []string{"quota"}
	}
	return []string{"bands"}
}
