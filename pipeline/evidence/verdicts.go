// Package evidence deals with the passages that criteria quote, as people check them: it lists them (Piece),
// says in which order they are to be checked, draws samples of them, and estimates from the verdicts how much
// of the evidence of a list is right.
//
// What people say is recorded by package review, as events; what follows from it for points is decided by
// package rules, which is given the verdicts. Between the two, everything here is computed from the stored
// assessments and the state of the review, so that it can be shown at any time and no table holds a copy of
// it.
package evidence

import (
	"cmp"
	"context"
	"slices"

	"kheo/internal/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// VerdictsByDossier are the verdicts on evidence by which dossiers are assessed. Those that settle nothing
// are left out.
type VerdictsByDossier = map[string][]dossier.Verdict

// Verdicts returns what people say of the papers that dossiers contain now, from the audit trail: right,
// wrong or disputed. A verdict holds in every dossier with the paper, except where a person who gave it is
// recused. Without ids it returns those of all dossiers.
func Verdicts(ctx context.Context, w *workspace.Workspace, ids ...string) (VerdictsByDossier, error) {
	var papers []string
	err := w.Review().View(ctx, func(s *review.State) error { papers = s.JudgedPapers(); return nil })
	out := VerdictsByDossier{}
	if err != nil || len(papers) == 0 {
		return out, err
	}
	holders, err := w.Store.Dossiers.PaperHolders(ctx, papers, extract.Version)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, list := range holders {
		all = append(all, list...)
	}
	slices.Sort(all)
	identities, err := w.Store.Profiles.Identities(ctx, slices.Compact(all))
	if err != nil {
		return nil, err
	}
	err = w.Review().View(ctx, func(s *review.State) error {
		for _, sha := range papers {
			for _, piece := range s.JudgedPieces(sha) {
				for _, id := range holders[sha] {
					if len(ids) > 0 && !slices.Contains(ids, id) {
						continue
					}
					kind := review.Verdict(s.Verdicts(piece, id, identities[id].Unit))
					if kind.Settles() || kind == dossier.VerdictDisputed {
						out[id] = append(out[id], dossier.Verdict{PieceKey: piece, Kind: kind})
					}
				}
			}
		}
		return nil
	})
	for _, list := range out { // cache keys are made of them
		slices.SortFunc(list, func(a, b dossier.Verdict) int { return compareKeys(a.PieceKey, b.PieceKey) })
	}
	return out, err
}

// compareKeys orders pieces by ruleset, criterion, paper and place.
func compareKeys(a, b dossier.PieceKey) int {
	return cmp.Or(cmp.Compare(a.Ruleset, b.Ruleset), cmp.Compare(a.Criterion, b.Criterion),
		cmp.Compare(a.SHA256, b.SHA256), cmp.Compare(a.Page, b.Page), cmp.Compare(a.Quote, b.Quote))
}

// JudgedDossiers returns the dossiers that contain papers of which people judged passages, or did, in order.
func JudgedDossiers(ctx context.Context, w *workspace.Workspace) ([]string, error) {
	var papers []string
	err := w.Review().View(ctx, func(s *review.State) error { papers = s.JudgedPapers(); return nil })
	if err != nil || len(papers) == 0 {
		return nil, err
	}
	holders, err := w.Store.Dossiers.PaperHolders(ctx, papers, extract.Version)
	var all []string
	for _, list := range holders {
		all = append(all, list...)
	}
	slices.Sort(all)
	return slices.Compact(all), err
}
