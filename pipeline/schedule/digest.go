package schedule

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/durable"
	"kheo/internal/visible"
	"kheo/pipeline/anchor"
	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// digest writes lists/<campaign>/digest.txt, anchors the audit trail, and has the digest mailed. Each of these is
// done even if another fails.
func (s *Service) digest(ctx context.Context) {
	text, err := Digest(ctx, s.w)
	if err == nil {
		err = durable.WriteFile(filepath.Join(s.w.Lists(), "digest.txt"), []byte(visible.Text(text)))
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

// Digest summarises the newest lists as text, for evaluators to read in the morning: how many dossiers there are,
// which ones need a person, and what went wrong in the last run.
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
	finished := run.Finished.In(w.Campaign().Location).Format("2006-01-02 15:04")
	fmt.Fprintf(&b, "%s, run %d, %s\n", w.Campaign().ID, run.Number, finished)
	for _, n := range slices.Sorted(maps.Keys(lists)) {
		digestList(&b, lists[n], len(open[n]))
	}
	for _, s := range run.Stages {
		for _, e := range s.Errors {
			fmt.Fprintf(&b, "\nnote: %s: %s\n", s.Name, e)
		}
	}
	return b.String(), nil
}

// digestList writes the part of the digest about one list, of which people must still decide a number of entries.
func digestList(b *strings.Builder, f *publish.File, undecided int) {
	c := f.Counts
	fmt.Fprintf(b, "\n%s\n", f.Title)
	fmt.Fprintf(b, "%d registered, %d recommended, %d need review, %d quarantined; %d must still be decided\n",
		c.Registered, c.Recommended, c.NeedsReview, c.Quarantined, undecided)
	for _, e := range f.Entries {
		if e.Outcome != dossier.NeedsReview && e.Outcome != dossier.Quarantined {
			continue
		}
		fmt.Fprintf(b, "  %s (%s): %s\n", e.Title, e.Dossier, e.Reason)
		for _, x := range e.Flags {
			fmt.Fprintf(b, "      %s\n", x.Message)
		}
	}
}
