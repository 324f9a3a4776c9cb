package rulesets

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/internal/dossier"
	"kheo/pipeline/trial"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// testVerdicts holds the campaign's rulesets, or the one of a file, against what people said of evidence. It fails if
// one contradicts a verdict.
//
// With --json it prints { "verdicts": [ { "ruleset", "verdicts", "agree", "uncertain", "contradicts", "left_out" } ] }.
func testVerdicts(cmd *cobra.Command, env *cli.Env, w *workspace.Workspace, args []string) error {
	sets := w.Campaign().Rulesets
	if len(args) > 0 {
		rs, err := trial.RulesetFor(w, args[0])
		if err != nil {
			return env.Problems(cmd, err)
		}
		sets = []*rules.Ruleset{rs}
	}
	all := []*trial.Held{}
	verdicts, against := 0, 0
	for _, rs := range sets {
		held, err := trial.Hold(cmd.Context(), w, rs)
		if err != nil {
			return err
		}
		all = append(all, held)
		verdicts, against = verdicts+held.Verdicts, against+len(held.Contradicts)
	}
	out := cmd.OutOrStdout()
	if env.JSON {
		if err := cli.PrintJSON(out, map[string]any{"verdicts": all}); err != nil {
			return err
		}
	} else {
		for _, held := range all {
			if held.Verdicts+held.LeftOut > 0 {
				printHeld(out, held, env.TextLanguage(w.Campaign()))
			}
		}
	}
	switch {
	case verdicts == 0:
		fmt.Fprintln(cli.Stderr,
			"nobody has checked evidence of these rulesets yet; `kheo evidence check` lists what waits")
	case against > 0:
		return fmt.Errorf("%d of %s contradicted", against, cli.PluralIs(verdicts, "verdict"))
	}
	return nil
}

// holdFile holds the ruleset of a file against what people said.
func holdFile(cmd *cobra.Command, w *workspace.Workspace, file string) (*trial.Held, error) {
	rs, err := trial.RulesetFor(w, file)
	if err != nil {
		return nil, err
	}
	return trial.Hold(cmd.Context(), w, rs)
}

// printHeld prints how far a ruleset agrees with what people said, and each verdict that it contradicts.
func printHeld(out io.Writer, h *trial.Held, lang string) {
	fmt.Fprintf(out, "%s: of %s people gave on its evidence it agrees with %d, is uncertain about %d and contradicts "+
		"%d.\n", h.Ruleset, cli.Plural(h.Verdicts, "verdict"), h.Agree, h.Uncertain, len(h.Contradicts))
	if h.LeftOut > 0 {
		fmt.Fprintf(out, "%s on criteria that look for no evidence any more.\n", cli.PluralIs(h.LeftOut, "verdict"))
	}
	for i := range h.Contradicts {
		c := &h.Contradicts[i]
		says := "was rejected, and would count"
		if c.Verdict == dossier.VerdictRight {
			says = "was confirmed, and would not be found"
			if c.Answer == rules.Refuted {
				says = "was confirmed, and would not count: " + c.Why.In(lang, "en")
			}
		}
		fmt.Fprintf(out, "  ✗ %s %s: “%s” %s\n      %s, %s:%d\n", c.Piece, c.Criterion, cli.Clip(c.Quote, 160), says,
			c.Dossier, c.Document, c.Page)
	}
}
