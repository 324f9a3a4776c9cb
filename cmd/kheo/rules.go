package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"kheo/pipeline/campaign"
	"kheo/pipeline/trial"
	"kheo/pipeline/workspace"
)

// textLanguage returns the language for texts about rules: the one that --lang names, or the campaign's first.
func textLanguage(c *common, camp *campaign.Campaign) string {
	if c.lang != "" {
		return c.lang
	}
	return camp.Env.Languages[0]
}

// rulesCmd groups the commands for writing and testing rulesets; `rules try` is defined here.
func rulesCmd(c *common) *cobra.Command {
	cmd := &cobra.Command{Use: "rules", Short: "Work on rulesets", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, args []string) error { return cmd.Help() }}
	cmd.AddCommand(&cobra.Command{
		Use:   "try FILE",
		Short: "Assess with a changed ruleset without recording it: what would move",
		Long:  "Assess with a changed ruleset without recording it: what would move.\nFILE is a copy of one of the campaign's rulesets, under the same `ruleset:` name.",
		Args:  cobra.ExactArgs(1),
		RunE: c.with(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			now, then, changes, err := trial.Try(cmd.Context(), w, args[0])
			if err != nil {
				if os.IsNotExist(err) {
					err = fmt.Errorf("%s does not exist", args[0])
				}
				return jsonProblems(cmd, c, err)
			}
			if c.json {
				return printJSON(cmd.OutOrStdout(), map[string]any{"ruleset": now.Ruleset, "now": now.Counts, "then": then.Counts, "changes": changes})
			}
			out := cmd.OutOrStdout()
			countsTable(out, [][]string{outcomeRow("now", now.Counts), outcomeRow("with the change", then.Counts)})
			fmt.Fprint(out, "\n")
			printChanges(out, changes)
			fmt.Fprintf(out, "\nNothing was recorded. To apply it, replace the ruleset in rules/ with this file and run `kheo run`.\n")
			return nil
		}),
	}, explainCmd(c), testRulesCmd(c), backtestCmd(c), versionsCmd(c), schemaCmd())
	return cmd
}
