// Package trial tries changed rulesets on the dossiers of a workspace: which entries would move ([Try]), how far
// recommendations agree with past decisions ([Compare]), whether what people said of evidence still holds, and what
// the clues of a ruleset find in a sample of sentences. It records nothing.
//
// A changed ruleset comes as a file or a text, and is loaded with the environment of the campaign as a run would load
// it. Dossiers are assessed from what was read of them before; no document is read again. Overrides are left out,
// because the question is what the rules recommend. Subcommands of `kheo rules` and the pages of rulesets use it; the
// pages leave out what the person may not see.
package trial

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/recommend"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// Try assesses the dossiers with a changed ruleset. file has the same id as a ruleset of the campaign. The results
// are the present list, without overrides; the list that the changed ruleset would make; and the entries that would
// move, each with what moved it.
func Try(ctx context.Context, w *workspace.Workspace,
	file string) (now, then *publish.File, changes []publish.Change, err error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, nil, err
	}
	return TrySource(ctx, w, filepath.ToSlash(file), src, w.Campaign().RulesBeside(file))
}

// TrySource is Try for a ruleset that is not in a file. name is used in messages; open reads what the ruleset
// extends.
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
	// Overrides would show as changes, although people made them.
	if now != nil {
		now = now.Program() // overrides do not depend on the ruleset
	}
	if now == nil {
		return nil, nil, nil, fmt.Errorf("the campaign has no list of a ruleset %q; "+
			"the file must keep the id of the ruleset that it changes", rs.ID)
	}
	assessed, err := assessWith(ctx, w, rs)
	if err != nil {
		return nil, nil, nil, err
	}
	// The same code as in a run makes the list, quotas included; only nothing is stored.
	then = publish.NewFile(recommend.Make(rs, assessed), w.Campaign().ID, w.Campaign().Env.Languages...)
	changes = publish.Diff(now, then)
	// Changes are explained one by one from the new assessment and the old entry.
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

// AssessOne assesses one dossier with a ruleset, which may be a changed one, and returns what its clues find as well,
// whether or not it counts. The assessment is nil if the ruleset does not apply to the dossier, or if there is no such
// dossier. It records nothing.
func AssessOne(ctx context.Context, w *workspace.Workspace, rs *rules.Ruleset,
	id string) (a *dossier.Assessment, finds []rules.Find, err error) {
	err = eachDossier(ctx, w, rs, map[string]bool{id: true}, func(d *dossier.Dossier, given rules.Given) error {
		a = pipeline.Assess(w.Campaign().Env, rs, d, given)
		finds = rs.Finds(rules.Read(d), given)
		return nil
	})
	return a, finds, err
}

// because returns what in a changed ruleset moved an entry: gates with another result; otherwise the criteria that
// alone, with their old points, would have left the outcome as it was; otherwise all criteria whose points changed;
// otherwise the quota or the bands. It returns nil if only the rank changed because others moved. Names of gates
// begin with "gate:".
func because(rs *rules.Ruleset, a *dossier.Assessment, old *publish.Entry, c *publish.Change) []string {
	if gates := changedGates(a, old); len(gates) > 0 && c.From != c.To {
		return gates
	}
	st := rs.WhatIf(a)
	changed, alone := changedCriteria(st.Without, a, old, c.From)
	switch {
	case c.From != c.To && len(alone) > 0:
		return alone
	case len(changed) > 0:
		return changed
	case c.From == c.To:
		return nil
	case a.Outcome != c.To || st.With(st.Points()) == c.From: // the bands alone would not have moved it
		return []string{"quota"}
	}
	return []string{"bands"}
}

// changedGates returns the gates with another result than before, new ones that are not passed, and failed ones
// that were removed.
func changedGates(a *dossier.Assessment, old *publish.Entry) (gates []string) {
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
	for _, g := range old.Gates {
		if was, left := passed[g.ID]; left && !was {
			gates = append(gates, "gate:"+g.ID)
		}
	}
	return gates
}

// changedCriteria returns the criteria with other points than before, former ones included, and those that alone,
// with their old points, would have given the outcome from. without returns the outcome with other points for one
// criterion.
func changedCriteria(without func(criterion string, points float64) dossier.Outcome, a *dossier.Assessment,
	old *publish.Entry, from dossier.Outcome) (changed, alone []string) {
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
		if without(x.ID, was) == from {
			alone = append(alone, x.ID)
		}
	}
	for _, x := range old.Criteria {
		if _, left := points[x.ID]; left && x.Points != 0 {
			changed = append(changed, x.ID)
		}
	}
	return changed, alone
}
