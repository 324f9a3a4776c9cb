// Package rulesets holds kheo rules, the command for those who write rulesets: its subcommands explain, test, sample,
// try and backtest them, show those of published lists, make workbooks of them, and propose and approve changes.
//
// Subcommands take the id of a ruleset of the campaign, or a file with a changed one under the same id. All but
// propose, approve and import change nothing in the workspace. Those two ask for the password of the person whom --by
// names, since a proposal needs two people; import writes the file of a ruleset and keeps the former one beside it.
// Mistakes in files are reported all at once, with line and column or with sheet and cell.
package rulesets

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/trial"
	"kheo/pipeline/workspace"
)

// Command groups the commands for writing and testing rulesets; `rules try` is defined here. It assesses all
// dossiers of a list under a changed ruleset, and compares the result with the list in force. Nothing is recorded,
// and results are not cached.
//
// With --json `rules try` prints { "ruleset", "now", "then", "changes", "verdicts" }, in which now and then are counts
// by outcome, and verdicts says how far the ruleset agrees with what people said of evidence.
func Command(env *cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "Work on rulesets",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, args []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "try FILE",
		Short: "Assess with a changed ruleset without recording it: what would move",
		Long: "Assess with a changed ruleset without recording it: what would move.\n" +
			"FILE is a copy of one of the campaign's rulesets, under the same `ruleset:` name.",
		Args: cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			now, then, changes, err := trial.Try(cmd.Context(), w, args[0])
			if err != nil {
				if os.IsNotExist(err) {
					err = fmt.Errorf("%s does not exist", args[0])
				}
				return env.Problems(cmd, err)
			}
			held, err := holdFile(cmd, w, args[0])
			if err != nil {
				return env.Problems(cmd, err)
			}
			if env.JSON {
				return cli.PrintJSON(
					cmd.OutOrStdout(),
					map[string]any{
						"ruleset":  now.Ruleset,
						"now":      now.Counts,
						"then":     then.Counts,
						"changes":  changes,
						"verdicts": held,
					},
				)
			}
			out := cmd.OutOrStdout()
			cli.CountsTable(out, [][]string{
				cli.OutcomeRow("now", now.Counts), cli.OutcomeRow("with the change", then.Counts),
			})
			fmt.Fprint(out, "\n")
			cli.PrintChanges(out, changes)
			if held.Verdicts > 0 {
				fmt.Fprint(out, "\n")
				printHeld(out, held, env.TextLanguage(w.Campaign()))
			}
			fmt.Fprintf(
				out,
				"\nNothing was recorded. To apply it, replace the ruleset in rules/ by this file; then `kheo run`.\n",
			)
			return nil
		}),
	}, explainCmd(env), testRulesCmd(env), sampleCmd(env), backtestCmd(env), versionsCmd(env), schemaCmd(),
		exportCmd(env), importCmd(env), diffCmd(env), historyCmd(env), proposeCmd(env), approveCmd(env))
	return cmd
}
