package schedule

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/visible"
	"kheo/pipeline/anchor"
	"kheo/pipeline/editions"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// digest writes what the evaluators look for in the morning, and has it sent.
func (s *Service) digest(ctx context.Context) {
	text, err := Digest(ctx, s.w)
	if err == nil {
		err = store.WriteFile(filepath.Join(s.w.Lists(), "digest.txt"), []byte(visible.Text(text)))
	}
	if err != nil {
		s.log.Error("digest failed", "error", err)
	} else {
		s.log.Info("digest", "file", filepath.Join(s.w.Lists(), "digest.txt"))
	}
	if err := anchor.Keep(ctx, s.w, s.Anchored); err != nil {
		s.log.Error("anchoring the audit trail", "error", err)
	}
	if s.Digested == nil {
		return
	}
	sent, err := s.Digested(ctx)
	if err != nil {
		s.log.Error("sending digests", "sent", sent, "error", err)
		return
	}
	s.log.Info("digests sent", "to", sent)
}

// Digest sums the newest lists up: how many there are, what needs a person, and
// what went wrong in the last run.
func Digest(ctx context.Context, w *workspace.Workspace) (string, error) {
	run, err := editions.FindRun(ctx, w, "")
	if err != nil {
		return "", err
	}
	lists, err := editions.ListsNow(ctx, w, run.Run)
	if err != nil {
		return "", err
	}
	open := map[string][]string{}
	if err := w.Review().View(ctx, func(s *review.State) error {
		for name, f := range lists {
			open[name] = s.Open(f)
		}
		return nil
	}); err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s, run %d, %s\n", w.Campaign().ID, run.Number, run.Finished.In(w.Campaign().Location).Format("2006-01-02 15:04"))
	for _, n := range slices.Sorted(maps.Keys(lists)) {
		f := lists[n]
		fmt.Fprintf(&b, "\n%s\n%d registered, %d recommended, %d need review, %d quarantined; %d must still be decided\n",
			f.Title, f.Counts.Registered, f.Counts.Recommended, f.Counts.NeedsReview, f.Counts.Quarantined, len(open[n]))
		for _, e := range f.Entries {
			if e.Outcome == dossier.NeedsReview || e.Outcome == dossier.Quarantined {
				fmt.Fprintf(&b, "  %s (%s): %s\n", e.Title, e.Dossier, e.Reason)
				for _, x := range e.Flags {
					fmt.Fprintf(&b, "      %s\n", x.Message)
				}
			}
		}
	}
	for _, s := range run.Stages {
		for _, e := range s.Errors {
			fmt.Fprintf(&b, "\nnote: %s: %s\n", s.Name, e)
		}
	}
	return b.String(), nil
}
