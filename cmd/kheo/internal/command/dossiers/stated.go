package dossiers

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/build"
	"kheo/cmd/kheo/internal/cli"
	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// This file has what the commands share by which people state something of a dossier: kheo facts and kheo
// evidence.

// statedFlags adds the flags that say who states something, and why.
func statedFlags(cmd *cobra.Command, why, by *string) {
	cmd.Flags().StringVar(why, "why", "", "the reason, for the record")
	cmd.Flags().StringVar(by, "by", "", "the sign-in `NAME` of the person whose statement it is")
}

// result is the points and outcome of a dossier before quotas.
type result struct {
	Points  float64         `json:"points"`
	Max     float64         `json:"max"`
	Outcome dossier.Outcome `json:"outcome"`
}

// effect is what a statement changes.
type effect struct {
	Before    result `json:"before"`
	After     result `json:"after"`
	Published bool   `json:"published"` // the lists say so already
	Closed    bool   `json:"closed"`    // the list is closed and keeps what it says
}

// usageOf marks a statement that does not fit the dossier as wrong use.
func usageOf(err error) error {
	var wrong *rules.ValueError
	if errors.As(err, &wrong) {
		return cli.Usage(err)
	}
	return err
}

// publishStated publishes the lists again with what a person stated, unless a run does or will.
func publishStated(cmd *cobra.Command, w *workspace.Workspace, done *pipeline.Changed) (effect, error) {
	of := func(a *dossier.Assessment) result { return result{a.Points, a.Max, a.Outcome} }
	out := effect{Before: of(done.Before), After: of(done.After), Closed: done.Closed}
	err := pipeline.PublishEdition(cmd.Context(), w, pipeline.Options{Version: build.Release})
	if err != nil && !errors.Is(err, workspace.ErrBusy) && !errors.Is(err, pipeline.ErrLater) {
		return out, fmt.Errorf("the lists could not be published again: %w", err)
	}
	out.Published = err == nil
	return out, nil
}

// print says what a statement changes on the list of a ruleset.
func (e *effect) print(w io.Writer, ruleset string) {
	number := func(f float64) string { return rules.Number(f, "en") }
	fmt.Fprintf(w, "  points:  %s → %s of %s\n", number(e.Before.Points), number(e.After.Points), number(e.After.Max))
	fmt.Fprintf(w, "  outcome: %s → %s (before quotas)\n", e.Before.Outcome, e.After.Outcome)
	switch {
	case e.Closed:
		fmt.Fprintf(w, "The list of %s is closed and keeps what it says.\n", ruleset)
	case e.Published:
		fmt.Fprintln(w, "The lists are published again with it.")
	default:
		fmt.Fprintln(w, "Pages show it now; the lists follow with the next run.")
	}
}
